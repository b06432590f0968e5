//! Comparisons: groups of one round, pair by pair, and an index in two rounds. Always the interval of the difference, never two
//! intervals beside each other.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use reports::export::data::DataSet;
use reports::verdict::{DifferenceVerdict, difference_verdict};

use super::super::frame::{Frame, Room, Told};
use super::super::{PageQuery, html};
use super::{
    Choice, ChoiceGroup, Elsewhere, Permanent, Place, base, choices, code_in_r, forms, in_common, limits, p_value,
    remarks, share,
};
use crate::analysis::inquiry::{Ask, Finding, Line, Part, groups, questions};
use crate::app::App;
use crate::http::auth::{Caller, EXPORTER_ROLES, ReadableRound};
use crate::http::comparison::{ComparisonQuery, of_rounds};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::estimates::{EstimatesQuery, Questioned, answered, data_of};
use crate::http::in_store;
use crate::http::results::of_round;
use crate::results::compare::{RoundComparison, family_of};

struct MeanRow {
    group: String,
    value: String,
    interval: String,
    n: usize,
    hidden: Option<String>,
    flags: Vec<String>,
}

struct PairRow {
    pair: String,
    difference: String,
    interval: String,
    p: String,
    p_holm: String,
    verdict: (&'static str, &'static str),
    hidden: Option<String>,
}

struct Groups {
    title: String,
    by: String,
    means: Vec<MeanRow>,
    /// Flags that all of them carry.
    common: Vec<String>,
    pairs: Vec<PairRow>,
    elsewhere: Elsewhere,
}

struct RoundRow {
    level: String,
    name: String,
    before: String,
    after: String,
    change: String,
    interval: String,
    p_holm: String,
    verdict: (&'static str, &'static str),
    why_not: Option<String>,
}

struct Rounds {
    title: String,
    note: Option<String>,
    rows: Vec<RoundRow>,
    elsewhere: Elsewhere,
}

#[derive(Template)]
#[template(path = "comparison.html")]
struct ComparePage {
    frame: Frame,
    here: String,
    forms: Vec<Choice>,
    questions: Vec<ChoiceGroup>,
    /// The answers of the chosen question, whose share may be compared.
    values: Vec<Choice>,
    by: Vec<ChoiceGroup>,
    groups: Option<Groups>,
    others: Vec<Choice>,
    families: Vec<Choice>,
    rounds: Option<Rounds>,
}

/// Groups of a round, and the round with another.
#[utoipa::path(get, path = "/rounds/{code}/comparison", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
#[expect(clippy::too_many_arguments, reason = "each is a part of the request that actix-web hands in")]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    asked: web::Query<EstimatesQuery>,
    other: web::Query<ComparisonQuery>,
    permanent: web::Query<Permanent>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Comparison);
    let here = format!("/rounds/{}/comparison", round.0.code);
    let all = data_of(app.clone(), &round.0.code, frame.language()).await?;
    let data = Questioned::choose(all, asked.questionnaire.as_deref()).ok();
    let seen = permanent.into_inner().input;
    let base = base(&app, &request);
    let place = |frame| Place {
        frame,
        base: base.clone(),
        round: &round.0.code,
        page: here.clone(),
        seen: seen.clone(),
        may_export: caller.holds(EXPORTER_ROLES, &round.0.code),
    };
    let mut problem = None;
    let values = data.as_ref().map(|data| values(data.of(), &asked)).unwrap_or_default();
    let mut compared = None;
    // While the answer is still to be chosen there is nothing to compare.
    let is_whole = values.is_empty() || values.iter().any(|value| value.is_here);
    if let (Some(data), Some(ask @ Ask::Groups { .. }), true) = (&data, asked.ask(), is_whole) {
        match answered(data.clone(), ask).await {
            Ok((data, finding)) => compared = Some(Groups::new(&data, &finding, &place(&frame), &asked.text())),
            Err(error) => problem = Some(error.words(frame.language())),
        }
    }
    let own = round.0.code.clone();
    let known = in_store(app.clone(), |store| store.read(|snapshot| snapshot.list_rounds())).await?;
    let others: Vec<Choice> = known
        .into_iter()
        .filter(|one| one.code != own && caller.may_read(one))
        .map(|one| Choice { is_here: other.with.as_deref() == Some(&one.code), value: one.code, text: one.name })
        .collect();
    let families = if others.is_empty() {
        Vec::new()
    } else {
        let results = of_round(app.clone(), &round).await?;
        let family = |index| {
            let value = family_of(index).to_owned();
            Choice { is_here: other.family.as_deref() == Some(&value), text: value.to_uppercase(), value }
        };
        results.indexes.iter().map(family).collect()
    };
    let mut rounds = None;
    if let Some(with) = other.with.clone().filter(|with| !with.is_empty()) {
        match of_rounds(app.clone(), &caller, &round, &with, other.family.as_deref()).await {
            Ok(comparison) => rounds = Some(Rounds::new(&comparison, &place(&frame), &other)),
            Err(error) if error.status().is_client_error() => problem = Some(error.words(frame.language())),
            Err(error) => return Err(error),
        }
    }
    frame.told = problem.map(|text| Told { is_problem: true, text });
    let of = |data: &Questioned| choices(&questions(data.of()), asked.question.as_deref(), "");
    html(&ComparePage {
        forms: data.as_ref().map(forms).unwrap_or_default(),
        questions: data.as_ref().map(of).unwrap_or_default(),
        by: data.as_ref().map(|data| choices(&groups(data.of()), asked.groups.as_deref(), "")).unwrap_or_default(),
        values,
        groups: compared,
        others,
        families,
        rounds,
        here,
        frame,
    })
}

/// The answers to choose from when a question of categories was chosen.
fn values(data: &DataSet, asked: &EstimatesQuery) -> Vec<Choice> {
    let question = data.variables().iter().find(|one| Some(&one.name) == asked.question.as_ref());
    let categories = question.filter(|one| one.multiple.is_none()).map(|one| one.categories()).unwrap_or_default();
    categories
        .iter()
        .map(|category| Choice {
            value: category.code.clone(),
            text: category.label.clone(),
            is_here: asked.value.as_ref() == Some(&category.code),
        })
        .collect()
}

/// What the interval of a difference says: glyph and words.
fn verdict(frame: &Frame, interval: [Option<f64>; 2], p_holm: Option<f64>) -> (&'static str, &'static str) {
    let said = interval[0].zip(interval[1]).and_then(|(lower, upper)| difference_verdict(lower, upper).ok());
    // In a family of tests the adjusted p value decides.
    let is_clear = p_holm.is_some_and(|p| p < 0.05);
    match said {
        Some(DifferenceVerdict::Higher) if is_clear => ("▲", frame.say("cao hơn", "higher")),
        Some(DifferenceVerdict::Lower) if is_clear => ("▼", frame.say("thấp hơn", "lower")),
        Some(_) => ("●", frame.say("chưa đủ cơ sở kết luận", "not enough evidence")),
        None => ("–", ""),
    }
}

impl Groups {
    fn new(data: &Questioned, finding: &Finding, place: &Place<'_>, asked: &str) -> Self {
        let (frame, set) = (place.frame, data.of());
        let label = |known: Vec<crate::analysis::inquiry::Asked<'_>>, name: &str| {
            known.into_iter().find(|one| one.name == name).map_or_else(|| name.to_owned(), |one| one.label.to_owned())
        };
        let is_share = finding.steps.iter().any(|step| step.derived.is_some());
        let number = |value: Option<f64>| if is_share { share(frame, value) } else { frame.number(value, 2) };
        let interval = |line: &Line| {
            if is_share { limits(frame, line.interval, 100.0, 1) } else { limits(frame, line.interval, 1.0, 2) }
        };
        let hidden = |line: &Line| line.estimate.is_none().then(|| remarks(frame, line).join("; "));
        let (means, pairs): (Vec<&Line>, Vec<&Line>) =
            finding.lines.iter().partition(|line| line.part != Part::Difference);
        let mean = |line: &&Line| MeanRow {
            group: finding.ask.labels(set, line).0,
            value: number(line.estimate),
            interval: interval(line),
            n: line.n,
            hidden: hidden(line),
            flags: if line.estimate.is_some() { remarks(frame, line) } else { Vec::new() },
        };
        let pair = |line: &&Line| {
            let (a, b) = finding.ask.labels(set, line);
            PairRow {
                pair: format!("{a} − {b}"),
                difference: number(line.estimate),
                interval: interval(line),
                p: p_value(frame, line.p),
                p_holm: p_value(frame, line.p_holm),
                verdict: verdict(frame, line.interval, line.p_holm),
                hidden: hidden(line),
            }
        };
        let (title, by) = match &finding.ask {
            Ask::Groups { var, value, by } => {
                let answer =
                    data.of().variables().iter().find(|one| one.name == *var).and_then(|one| {
                        one.categories().iter().find(|category| Some(&category.code) == value.as_ref())
                    });
                let title = label(questions(set), var);
                let title = answer.map_or_else(|| title.clone(), |answer| format!("{title}: {}", answer.label));
                (title, label(groups(set), by))
            }
            _ => (String::new(), String::new()),
        };
        let mut rows: Vec<MeanRow> = means.iter().map(mean).collect();
        let shown = rows.iter_mut().filter(|row| row.hidden.is_none());
        Self {
            title,
            by,
            common: in_common(shown.map(|row| &mut row.flags).collect()),
            means: rows,
            pairs: pairs.iter().map(pair).collect(),
            elsewhere: Elsewhere::new(
                place,
                data.input(),
                asked,
                &format!("estimates.json?{asked}"),
                Some(&format!("estimates.csv?{asked}")),
            )
            .in_r(place, &set.origin.form_id, &code_in_r(finding)),
        }
    }
}

impl Rounds {
    fn new(comparison: &RoundComparison, place: &Place<'_>, asked: &ComparisonQuery) -> Self {
        let frame = place.frame;
        let row = |node: &crate::results::compare::NodeDifference| {
            let interval = node.interval.map_or([None, None], |(lower, upper)| [Some(lower), Some(upper)]);
            RoundRow {
                level: node.level.clone(),
                name: format!("{} {}", node.code, frame.words(&node.name)),
                before: frame.number(node.before, 2),
                after: frame.number(node.after, 2),
                change: frame.number(node.change, 2),
                interval: limits(frame, interval, 1.0, 2),
                p_holm: p_value(frame, node.p_holm),
                verdict: verdict(frame, interval, node.p_holm),
                why_not: node.why_not.as_ref().map(|words| frame.words(words)),
            }
        };
        let n = comparison.n_shared_areas;
        let note = (n > 0).then(|| {
            format!(
                "{n} {}",
                frame.say(
                    "địa bàn có trong cả hai mẫu: hai đợt không độc lập hẳn, sai số thật của chênh lệch thường nhỏ hơn sai số ghi ở đây.",
                    "areas are in both samples: the rounds are not quite independent, and the true error of a difference is mostly smaller than told here."
                )
            )
        });
        let query = serde_urlencoded::to_string(asked).unwrap_or_default();
        let input = format!("{}-{}", comparison.before.1, comparison.after.1);
        Self {
            title: format!(
                "{} ({}) → {} ({})",
                comparison.before.0, comparison.definitions.0, comparison.after.0, comparison.definitions.1
            ),
            note,
            rows: comparison.nodes.iter().map(row).collect(),
            elsewhere: Elsewhere::new(place, &input, &query, &format!("comparison.json?{query}"), None),
        }
    }
}
