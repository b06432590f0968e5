//! The index of a round as one table: the whole, dimensions, sub-dimensions, indicators, each with how sure it is.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use estimation::Estimate;
use estimation::small_cells::{Action, Facts, SmallCellRules};
use reports::index::IndexMissing;
use reports::verdict::{Verdict, verdict};
use serde::Deserialize;

use super::super::PageQuery;
use super::super::frame::{Frame, Room};
use super::{Choice, Elsewhere, Permanent, Place, base, data_file, design_in_r, in_common, limits};
use crate::analysis::round::RoundAnalysis;
use crate::app::App;
use crate::http::auth::{Caller, EXPORTER_ROLES, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::estimates::data_of;
use crate::http::results::of_round;
use crate::results::{IndexResult, RoundResults};
use crate::store::RoundState;

/// Which index.
#[derive(Default, Deserialize)]
pub(in crate::http) struct IndexQuery {
    /// Form id; without it, the first.
    index: Option<String>,
}

struct Row {
    level: String,
    /// Steps below the whole.
    depth: usize,
    code: String,
    name: String,
    score: String,
    interval: String,
    standard_error: String,
    n: String,
    design_effect: String,
    flags: Vec<String>,
    /// Why there is no number.
    missing: Option<String>,
    /// Glyph and words.
    verdict: Option<(&'static str, String)>,
}

struct Table {
    title: String,
    caption: String,
    target: Option<String>,
    /// What to mind in every row.
    common: Vec<String>,
    rows: Vec<Row>,
    notes: Vec<String>,
    elsewhere: Elsewhere,
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage {
    frame: Frame,
    here: String,
    indexes: Vec<Choice>,
    is_draft: bool,
    /// Why there are no scores.
    why_not: Option<String>,
    table: Option<Table>,
}

/// The index of a round with intervals, design effects, flags and the verdict on its target.
#[utoipa::path(get, path = "/rounds/{code}/index", tag = "pages", security((), ("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    asked: web::Query<IndexQuery>,
    permanent: web::Query<Permanent>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Index);
    let results = of_round(app.clone(), &round).await?;
    let wanted = asked.into_inner().index;
    let form_of = |index: &IndexResult| index.questionnaire.id().to_owned();
    let chosen = results
        .indexes
        .iter()
        .find(|index| wanted.as_deref().is_none_or(|wanted| wanted.is_empty() || form_of(index) == wanted));
    let indexes = results.indexes.iter().map(|index| Choice {
        value: form_of(index),
        text: frame.words(index.definition.name()),
        is_here: chosen.is_some_and(|chosen| form_of(chosen) == form_of(index)),
    });
    let indexes: Vec<Choice> = indexes.collect();
    let here = format!("/rounds/{}/index", round.0.code);
    let place = Place {
        frame: &frame,
        base: base(&app, &request),
        round: &round.0.code,
        page: here.clone(),
        seen: permanent.into_inner().input,
        may_export: caller.holds(EXPORTER_ROLES, &round.0.code),
    };
    let (why_not, table) = match chosen.map(|index| (index, &index.analysis)) {
        None if wanted.is_some() && !results.indexes.is_empty() => {
            return Err(ApiError::new(crate::problem::index_unknown()));
        }
        None => (
            Some(
                frame.say("Đợt khảo sát không có chỉ số nào để tính.", "The round has no index to compute.").to_owned(),
            ),
            None,
        ),
        Some((_, Err(problems))) => (Some(problems.describe(frame.language())), None),
        Some((index, Ok(analysis))) => {
            let file = data_file(&app, &round.0.code, index.questionnaire.id());
            // Only weights that meet totals need the data to be declared elsewhere.
            let design = match analysis.calibration.is_some() && place.may_export {
                true => {
                    let all = data_of(app.clone(), &round.0.code, frame.language()).await?;
                    design_in_r(all.iter().find(|data| data.origin.form_id == index.questionnaire.id()), &file)
                }
                false => design_in_r(None, &file),
            };
            (None, Some(table(&results, index, analysis, &place, design)?))
        }
    };
    let is_draft = round.0.state != RoundState::Closed;
    super::super::html(&IndexPage { here, indexes, is_draft, why_not, table, frame })
}

fn table(
    results: &RoundResults,
    index: &IndexResult,
    analysis: &RoundAnalysis,
    place: &Place<'_>,
    design: Option<String>,
) -> Result<Table, ApiError> {
    let (frame, definition) = (place.frame, &index.definition);
    let rules =
        SmallCellRules::house().map_err(|problems| ApiError::with_details(crate::problem::internal(), problems))?;
    let target = results.target(index);
    let estimates = &analysis.estimates;
    let root = estimates.score(definition.root());
    // The target is in the unit of the whole: only scores on the same scale are held against it.
    let scale = root.map(|root| (root.score_min, root.score_max));
    let judged = |scale_of_row: (f64, f64), row: &mut Row, estimate: Option<&Estimate>| {
        let Some(target) = target.filter(|_| scale == Some(scale_of_row)) else { return };
        let interval = estimate.and_then(|estimate| estimate.interval.as_ref());
        let said = interval.and_then(|one| verdict(one.lower, one.upper, target.value, target.rule).ok());
        row.verdict = said.map(|said| {
            let glyph = match said {
                Verdict::Reached => "▲",
                Verdict::NotReached => "▼",
                Verdict::NotEnoughEvidence => "●",
            };
            (glyph, frame.words(&said.words()))
        });
    };
    let mut rows = Vec::new();
    for node in &estimates.scores {
        let depth = definition.depth(&node.code);
        let mut row = row(
            frame,
            &rules,
            (&node.level, depth, &node.code),
            frame.words(&node.name),
            node.estimate.as_ref(),
            node.missing.as_ref(),
        );
        judged((node.score_min, node.score_max), &mut row, node.estimate.as_ref());
        rows.push(row);
        for leaf in estimates.indicators.iter().filter(|leaf| leaf.parent == node.code) {
            let name = frame.words(&leaf.name);
            let name = if leaf.scored {
                name
            } else {
                format!("{name} ({})", frame.say("không tính điểm", "not scored"))
            };
            rows.push(self::row(
                frame,
                &rules,
                ("indicator", depth + 1, &leaf.code),
                name,
                leaf.estimate.as_ref(),
                leaf.missing.as_ref(),
            ));
        }
    }
    let common = in_common(rows.iter_mut().filter(|row| row.missing.is_none()).map(|row| &mut row.flags).collect());
    let form_id = index.questionnaire.id();
    let asked = serde_urlencoded::to_string([("index", form_id)]).unwrap_or_default();
    let code = design.map(|design| {
        format!("{design}# {}\n", frame.say("một chỉ tiêu: svymean(~biến, design, na.rm = TRUE); điểm chỉ số ghép từ nhiều chỉ tiêu theo định nghĩa trong index.toml", "one indicator: svymean(~variable, design, na.rm = TRUE); scores combine indicators as index.toml defines"))
    });
    let elsewhere = Elsewhere::new(
        place,
        &analysis.fingerprint,
        &asked,
        &format!("scores.json?{asked}"),
        Some(&format!("scores.csv?{asked}")),
    );
    let mut notes: Vec<String> = estimates
        .scores
        .iter()
        .flat_map(|node| node.notes().into_iter().map(|note| format!("{}: {}", node.code, frame.words(&note))))
        .chain(analysis.weights.notes.iter().map(|note| frame.words(note)))
        .collect();
    notes.dedup();
    Ok(Table {
        title: frame.words(definition.name()),
        caption: format!(
            "{} · {} {} · {} {} · {}",
            definition.code(),
            analysis.n_interviews,
            frame.say("phỏng vấn", "interviews"),
            analysis.degrees_of_freedom,
            frame.say("bậc tự do", "degrees of freedom"),
            frame.words(&analysis.method)
        ),
        target: target.map(|target| frame.words(&target.rule.words(&frame.number(Some(target.value), 2)))),
        common,
        rows,
        notes,
        elsewhere: match code {
            Some(code) => elsewhere.in_r(place, form_id, &code),
            None => elsewhere,
        },
    })
}

/// What a reader sees of one score: few answers are not shown, other doubts are flagged.
fn row(
    frame: &Frame,
    rules: &SmallCellRules,
    (level, depth, code): (&str, usize, &str),
    name: String,
    estimate: Option<&Estimate>,
    missing: Option<&IndexMissing>,
) -> Row {
    let judged = estimate.and_then(|estimate| {
        rules.judge(&Facts {
            n: estimate.n,
            estimate: estimate.estimate,
            standard_error: estimate.standard_error,
            degrees_of_freedom: Some(estimate.domain_degrees_of_freedom),
            width: None,
        })
    });
    let hidden = judged.as_ref().is_some_and(|cell| cell.flag == Action::Hide);
    let flags: Vec<String> = judged
        .iter()
        .flat_map(|cell| &cell.reason)
        .map(|reason| frame.say(&reason.vi, &reason.en).to_owned())
        .collect();
    let shown = estimate.filter(|_| !hidden);
    let number = |of: fn(&Estimate) -> Option<f64>, decimals| frame.number(shown.and_then(of), decimals);
    let interval = shown.and_then(|estimate| estimate.interval.as_ref());
    Row {
        level: level.to_owned(),
        depth,
        code: code.to_owned(),
        name,
        score: number(|one| one.estimate, 2),
        interval: limits(frame, interval.map_or([None, None], |one| [Some(one.lower), Some(one.upper)]), 1.0, 2),
        standard_error: number(|one| one.standard_error, 3),
        n: estimate.map_or_else(|| "–".to_owned(), |estimate| frame.whole(estimate.n)),
        design_effect: number(|one| one.design_effect_with_replacement, 2),
        missing: match (missing, hidden) {
            (Some(missing), _) => Some(frame.words(&missing.words())),
            (None, true) => Some(format!("{}: {}", frame.say("không hiển thị", "not shown"), flags.join("; "))),
            (None, false) => None,
        },
        flags: if hidden { Vec::new() } else { flags },
        verdict: None,
    }
}
