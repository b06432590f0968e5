//! Two questions against each other: shares with intervals, the test of Rao and Scott, cells on few answers hidden.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use estimation::request::Further;
use serde::Deserialize;

use super::super::frame::{Frame, Room, Told};
use super::super::{PageQuery, html};
use super::{
    Choice, ChoiceGroup, Elsewhere, Permanent, Place, base, choices, code_in_r, forms, limits, p_value, remarks, share,
};
use crate::analysis::inquiry::{Ask, Finding, Line, Part, groups};
use crate::app::App;
use crate::http::auth::{Caller, EXPORTER_ROLES, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::estimates::{EstimatesQuery, Questioned, answered, data_of};

/// Shares of what.
#[derive(Default, Deserialize)]
pub(in crate::http) struct Shares {
    /// `row` (the default), `col` or `table`.
    show: Option<String>,
}

struct Cell {
    value: String,
    interval: String,
    n: String,
    hidden: Option<String>,
    flags: Vec<String>,
}

struct Row {
    name: String,
    cells: Vec<Cell>,
}

struct Shown {
    title: String,
    row_name: String,
    columns: Vec<String>,
    rows: Vec<Row>,
    test: String,
    n_hidden: usize,
    elsewhere: Elsewhere,
}

#[derive(Template)]
#[template(path = "cross_table.html")]
struct CrossPage {
    frame: Frame,
    here: String,
    forms: Vec<Choice>,
    down: Vec<ChoiceGroup>,
    across: Vec<ChoiceGroup>,
    shares: Vec<Choice>,
    shown: Option<Shown>,
}

/// A cross table of a round.
#[utoipa::path(get, path = "/rounds/{code}/cross-table", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
#[expect(clippy::too_many_arguments, reason = "each is a part of the request that actix-web hands in")]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    asked: web::Query<EstimatesQuery>,
    shares: web::Query<Shares>,
    permanent: web::Query<Permanent>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::CrossTable);
    let here = format!("/rounds/{}/cross-table", round.0.code);
    let part = match shares.show.as_deref() {
        Some("col") => Part::OfCol,
        Some("table") => Part::OfTable,
        _ => Part::OfRow,
    };
    let all = data_of(app.clone(), &round.0.code, frame.language()).await?;
    let Ok(data) = Questioned::choose(all, asked.questionnaire.as_deref()) else {
        let page = CrossPage {
            here,
            forms: Vec::new(),
            down: Vec::new(),
            across: Vec::new(),
            shares: Vec::new(),
            shown: None,
            frame,
        };
        return html(&page);
    };
    let mut shown = None;
    if let Some(ask @ Ask::CrossTable { .. }) = asked.ask() {
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
                shown = Some(Shown::new(&data, &finding, part, &place, &asked.text()));
            }
            Err(error) => frame.told = Some(Told { is_problem: true, text: error.words(frame.language()) }),
        }
    }
    let choice = |value: &str, text: &str, of: Part| Choice {
        value: value.to_owned(),
        text: text.to_owned(),
        is_here: of == part,
    };
    let shares = vec![
        choice("row", frame.say("% theo hàng", "% of rows"), Part::OfRow),
        choice("col", frame.say("% theo cột", "% of columns"), Part::OfCol),
        choice("table", frame.say("% của tất cả", "% of everybody"), Part::OfTable),
    ];
    let known = groups(data.of());
    html(&CrossPage {
        forms: forms(&data),
        down: choices(&known, asked.row.as_deref(), ""),
        across: choices(&known, asked.col.as_deref(), ""),
        shares,
        shown,
        here,
        frame,
    })
}

impl Shown {
    fn new(data: &Questioned, finding: &Finding, part: Part, place: &Place<'_>, asked: &str) -> Self {
        let (frame, set) = (place.frame, data.of());
        let label = |name: &str| {
            groups(set)
                .into_iter()
                .find(|one| one.name == name)
                .map_or_else(|| name.to_owned(), |one| one.label.to_owned())
        };
        let (row_name, col_name) = match &finding.ask {
            Ask::CrossTable { row, col } => (label(row), label(col)),
            _ => (String::new(), String::new()),
        };
        let (mut columns, mut rows): (Vec<String>, Vec<Row>) = (Vec::new(), Vec::new());
        let of_part: Vec<&Line> = finding.lines.iter().filter(|line| line.part == part).collect();
        for line in &of_part {
            let (row, column) = finding.ask.labels(set, line);
            if !columns.contains(&column) {
                columns.push(column);
            }
            let cell = cell(frame, line);
            match rows.last_mut() {
                Some(last) if last.name == row => last.cells.push(cell),
                _ => rows.push(Row { name: row, cells: vec![cell] }),
            }
        }
        let show = match part {
            Part::OfCol => "col",
            Part::OfTable => "table",
            _ => "row",
        };
        let elsewhere = Elsewhere::new(
            place,
            data.input(),
            &format!("{asked}&show={show}"),
            &format!("estimates.json?{asked}"),
            Some(&format!("estimates.csv?{asked}")),
        )
        .in_r(place, &set.origin.form_id, &code_in_r(finding));
        Self {
            title: format!("{row_name} × {col_name}"),
            row_name,
            columns,
            rows,
            test: test_words(frame, finding),
            n_hidden: of_part.iter().filter(|line| line.is_hidden()).count(),
            elsewhere,
        }
    }
}

fn cell(frame: &Frame, line: &Line) -> Cell {
    let told = remarks(frame, line);
    Cell {
        value: share(frame, line.estimate),
        interval: limits(frame, line.interval, 100.0, 1),
        n: line.n_cell.map_or_else(String::new, |n| n.to_string()),
        hidden: line.estimate.is_none().then(|| told.join("; ")),
        flags: if line.estimate.is_some() { told } else { Vec::new() },
    }
}

/// What the test says, in one sentence.
fn test_words(frame: &Frame, finding: &Finding) -> String {
    let tests = finding.steps.iter().find_map(|step| match &step.answer.further {
        Some(Further::CrossTable(table)) => Some(&table.tests),
        _ => None,
    });
    let Some((tests, f)) = tests.and_then(|tests| Some((tests, tests.rao_scott_f?))) else {
        return frame
            .say(
                "Không kiểm định được: mỗi câu cần ít nhất hai câu trả lời có người chọn.",
                "No test: each question needs two answers that somebody gave.",
            )
            .to_owned();
    };
    let verdict = match f.p {
        Some(p) if p < 0.05 => frame.say("hai câu có liên hệ", "the two are associated"),
        Some(_) => frame.say("chưa đủ cơ sở nói hai câu có liên hệ", "not enough evidence of an association"),
        None => "–",
    };
    format!(
        "{} F({}; {}) = {}, p = {}, n = {}: {verdict}.",
        frame.say("Kiểm định độc lập Rao–Scott bậc hai:", "Second-order Rao–Scott test of independence:"),
        frame.number(Some(f.ndf), 2),
        frame.number(Some(f.ddf), 1),
        frame.number(Some(f.f), 3),
        p_value(frame, f.p),
        tests.n
    )
}
