//! One question of a round: weighted shares or the mean with intervals, of everybody or of each group, and who did not answer.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::frame::{Frame, Room, Told};
use super::super::{PageQuery, html};
use super::{
    Choice, ChoiceGroup, Elsewhere, Permanent, Place, base, choices, code_in_r, forms, in_common, limits,
    no_answer_words, remarks, share,
};
use crate::analysis::inquiry::{Ask, Finding, Line, Part, groups, questions};
use crate::app::App;
use crate::http::auth::{Caller, EXPORTER_ROLES, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::estimates::{EstimatesQuery, Questioned, answered, data_of};

/// What narrows the list of questions.
#[derive(Default, Deserialize)]
pub(in crate::http) struct Find {
    /// Part of a question's name or words, also without diacritics.
    find: Option<String>,
}

struct Row {
    text: String,
    value: String,
    interval: String,
    standard_error: String,
    design_effect: String,
    /// Length of the bar, 0 to 100; none for a mean.
    bar: Option<u64>,
    /// Why it is not shown.
    hidden: Option<String>,
    flags: Vec<String>,
}

struct Group {
    /// Empty for everybody.
    name: String,
    n: usize,
    rows: Vec<Row>,
}

struct Shown {
    label: String,
    detail: String,
    /// When the question is put; always, if empty.
    relevant: String,
    is_mean: bool,
    n_interviews: usize,
    /// What to mind in every row.
    common: Vec<String>,
    groups: Vec<Group>,
    no_answer: Vec<(String, usize)>,
    n_hidden: usize,
    elsewhere: Elsewhere,
}

#[derive(Template)]
#[template(path = "question.html")]
struct QuestionPage {
    frame: Frame,
    here: String,
    find: String,
    forms: Vec<Choice>,
    questions: Vec<ChoiceGroup>,
    by: Vec<ChoiceGroup>,
    has_by: bool,
    shown: Option<Shown>,
}

/// One question of a round.
#[utoipa::path(get, path = "/rounds/{code}/question", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
#[expect(clippy::too_many_arguments, reason = "each is a part of the request that actix-web hands in")]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    asked: web::Query<EstimatesQuery>,
    find: web::Query<Find>,
    permanent: web::Query<Permanent>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Question);
    let here = format!("/rounds/{}/question", round.0.code);
    let find = find.into_inner().find.unwrap_or_default();
    let all = data_of(app.clone(), &round.0.code, frame.language()).await?;
    let chosen = Questioned::choose(all, asked.questionnaire.as_deref());
    let Ok(data) = chosen else {
        let page = QuestionPage {
            here,
            find,
            forms: Vec::new(),
            questions: Vec::new(),
            by: Vec::new(),
            has_by: false,
            shown: None,
            frame,
        };
        return html(&page);
    };
    let mut shown = None;
    if let Some(ask @ Ask::Question { .. }) = asked.ask() {
        match answered(data.clone(), ask).await {
            Ok((data, finding)) => {
                let place = Place {
                    frame: &frame,
                    base: base(&app, &request),
                    round: &round.0.code,
                    page: here.clone(),
                    seen: permanent.into_inner().input,
                    may_export: caller.holds(EXPORTER_ROLES, &round.0.code),
                };
                shown = Some(Shown::new(&data, &finding, &place, &asked.text()));
            }
            Err(error) => frame.told = Some(Told { is_problem: true, text: error.words(frame.language()) }),
        }
    }
    let by = choices(&groups(data.of()), asked.by.as_deref(), "");
    let page = QuestionPage {
        forms: forms(&data),
        questions: choices(&questions(data.of()), asked.question.as_deref(), &find),
        has_by: asked.by.as_deref().is_some_and(|by| !by.is_empty()),
        by,
        shown,
        here,
        find,
        frame,
    };
    html(&page)
}

impl Shown {
    fn new(data: &Questioned, finding: &Finding, place: &Place<'_>, asked: &str) -> Self {
        let (frame, set) = (place.frame, data.of());
        let Ask::Question { var, .. } = &finding.ask else { return Self::nothing(place, data) };
        let known = questions(set).into_iter().find(|one| one.name == var);
        let is_mean = finding.lines.iter().any(|line| line.part == Part::Mean);
        let mut groups: Vec<Group> = Vec::new();
        for line in &finding.lines {
            let (group, answer) = finding.ask.labels(set, line);
            let row = row(frame, line, answer, is_mean);
            match groups.last_mut() {
                Some(last) if last.name == group => last.rows.push(row),
                _ => groups.push(Group { name: group, n: line.n, rows: vec![row] }),
            }
        }
        let rows = groups.iter_mut().flat_map(|group| &mut group.rows).filter(|row| row.hidden.is_none());
        let common = in_common(rows.map(|row| &mut row.flags).collect());
        let several = finding.no_answer.iter().any(|one| one.var != *var);
        let mut no_answer: Vec<(String, usize)> = Vec::new();
        // All choices of one question are missing together: the first tells.
        let first = finding.no_answer.first().map(|one| one.var.clone());
        for one in finding.no_answer.iter().filter(|one| !several || Some(&one.var) == first.as_ref()) {
            no_answer.push((no_answer_words(frame, one), one.n));
        }
        let elsewhere = Elsewhere::new(
            place,
            data.input(),
            asked,
            &format!("estimates.json?{asked}"),
            Some(&format!("estimates.csv?{asked}")),
        )
        .in_r(place, &set.origin.form_id, &code_in_r(finding));
        Self {
            label: known.as_ref().map_or_else(|| var.clone(), |one| one.label.to_owned()),
            detail: known.as_ref().map_or_else(String::new, |one| {
                [one.name, one.section].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
            }),
            relevant: known.map_or_else(String::new, |one| one.relevant.to_owned()),
            is_mean,
            n_interviews: finding.n_interviews,
            n_hidden: finding.lines.iter().filter(|line| line.is_hidden()).count(),
            common,
            groups,
            no_answer,
            elsewhere,
        }
    }

    fn nothing(place: &Place<'_>, data: &Questioned) -> Self {
        Self {
            label: String::new(),
            detail: String::new(),
            relevant: String::new(),
            is_mean: false,
            n_interviews: 0,
            common: Vec::new(),
            groups: Vec::new(),
            no_answer: Vec::new(),
            n_hidden: 0,
            elsewhere: Elsewhere::new(place, data.input(), "", "estimates.json", None),
        }
    }
}

fn row(frame: &Frame, line: &Line, text: String, is_mean: bool) -> Row {
    let told = remarks(frame, line);
    let percent = line.estimate.filter(|_| !is_mean).map(|value| (100.0 * value).round().clamp(0.0, 100.0) as u64);
    Row {
        text: if is_mean { frame.say("Trung bình", "Mean").to_owned() } else { text },
        value: if is_mean { frame.number(line.estimate, 2) } else { share(frame, line.estimate) },
        interval: if is_mean { limits(frame, line.interval, 1.0, 2) } else { limits(frame, line.interval, 100.0, 1) },
        standard_error: match (line.degrees_of_freedom.is_some_and(|df| df > 0.0), is_mean) {
            // One PSU alone varies with nothing: its 0 is no precision.
            (false, _) => "–".to_owned(),
            (true, true) => frame.number(line.standard_error, 3),
            (true, false) => frame.number(line.standard_error.map(|error| 100.0 * error), 2),
        },
        design_effect: frame.number(line.design_effect, 2),
        bar: percent,
        hidden: line.estimate.is_none().then(|| told.join("; ")),
        flags: if line.estimate.is_some() { told } else { Vec::new() },
    }
}
