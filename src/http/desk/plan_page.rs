//! The plan as leaders read it: every target with its verdict, every task with its quarters, and the reports of agencies.

use ::problem::Problem;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{Datelike, NaiveDate};
use reports::chart::{alt_text, svg};
use serde::Deserialize;

use super::frame::Frame;
use super::list::{Cell, ListQuery, ListView};
use super::plan_list::task_list;
use super::{DoneQuery, PageQuery, refused, see};
use crate::app::App;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, ErrorReply};
use crate::http::forgery::Posted;
use crate::http::plan::{keep_task_report, today, with_standing};
use crate::plan::quarter::Quarter;
use crate::plan::target::TargetState;
use crate::plan::task::{Progress, QuarterState};
use crate::standing::{PlanChart, Standing};
use crate::store::{PlanReportKind, StoreError};

/// Which unit, year and day.
#[derive(Default, Deserialize)]
pub(in crate::http) struct PlanQuery {
    /// The unit that the plan is of; without it, `bac-giang`.
    unit: Option<String>,
    /// The year of the tasks; without it, that of the plan.
    year: Option<i32>,
    /// The day on which it is looked at; without it, today in Vietnam.
    day: Option<NaiveDate>,
}

struct Figure {
    svg: String,
    alt: String,
    file: String,
}

struct Count {
    words: &'static str,
    n: usize,
}

struct TargetLine {
    id: String,
    name: String,
    responsible: String,
    value: String,
    bound: String,
    distance: String,
    glyph: &'static str,
    state: String,
    remarks: Vec<String>,
}

#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage {
    frame: Frame,
    unit: String,
    unit_name: String,
    day: String,
    year: i32,
    counts: Vec<Count>,
    targets: Vec<TargetLine>,
    list: ListView,
    to_remind: Vec<(String, usize)>,
    figures: Vec<Figure>,
}

/// Targets, tasks and whom to remind.
#[utoipa::path(get, path = "/plan", tag = "pages", security(("bearer" = []), ("session" = [])),
    responses((status = 200, content_type = "text/html", body = String), (status = 401, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<PageQuery>,
    asked: web::Query<PlanQuery>,
    listed: web::Query<ListQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller);
    let PlanQuery { unit, year, day } = asked.into_inner();
    let (shared, whole, known, listed) = (app.clone(), app.clone(), caller.clone(), listed.into_inner());
    let wanted = listed.clone();
    let made = with_standing(app, move |store, standing| {
        let unit = unit.unwrap_or_else(|| "bac-giang".to_owned());
        let day = day.unwrap_or_else(|| today(store));
        let year = year.or_else(|| standing.plan_year()).unwrap_or_else(|| day.year());
        let standing = standing.with_rounds(store, &shared.results, &unit)?;
        let mut figures = Vec::new();
        for figure in PlanChart::ALL {
            let spec = standing.chart(figure, &unit, year, day, frame.language())?;
            figures.push(Figure {
                svg: svg(&spec)?,
                alt: alt_text(&spec),
                file: format!("/api/v1/plan/charts/{}.png?unit={unit}&year={year}&day={day}", figure.id()),
            });
        }
        let verdicts = standing.verdicts(&unit, day)?;
        let count = |state: TargetState, words| Count {
            words,
            n: verdicts.iter().filter(|(_, judged)| judged.state == state).count(),
        };
        let counts = vec![
            count(TargetState::Reached, frame.say("đạt", "reached")),
            count(TargetState::NotReached, frame.say("không đạt", "not reached")),
            count(TargetState::NotEnoughEvidence, frame.say("chưa đủ cơ sở", "not enough evidence")),
            count(TargetState::NoData, frame.say("chưa có số liệu", "no figures yet")),
        ];
        let targets = verdicts
            .iter()
            .map(|(target, judged)| TargetLine {
                id: target.id.clone(),
                name: if target.codes.len() > 1 {
                    format!("{} ({})", frame.words(&target.name), judged.code)
                } else {
                    frame.words(&target.name)
                },
                responsible: names(&standing, &target.responsible, day, &frame),
                value: match (judged.value, judged.rank, judged.interval) {
                    (Some(value), _, Some([lower, upper])) => format!(
                        "{} ({}–{})",
                        frame.number(Some(value), 2),
                        frame.number(Some(lower), 2),
                        frame.number(Some(upper), 2)
                    ),
                    (Some(value), Some(rank), None) => {
                        format!("{}; {} {rank}", frame.number(Some(value), 2), frame.say("hạng", "rank"))
                    }
                    (Some(value), None, None) => frame.number(Some(value), 2),
                    (None, Some(rank), _) => format!("{} {rank}", frame.say("hạng", "rank")),
                    (None, None, _) => "–".to_owned(),
                } + &judged.year.map_or_else(String::new, |year| format!(" · {year}")),
                bound: frame.number(judged.bound, 2),
                distance: frame.number(judged.distance, 2),
                glyph: judged.state.glyph(),
                state: frame.words(&judged.state.words()),
                remarks: judged.remarks.iter().map(|words| frame.words(words)).collect(),
            })
            .collect();
        let statuses = standing.statuses(year, day);
        let mut to_remind: Vec<(String, usize)> = Vec::new();
        let rows = standing
            .tasks
            .iter()
            .zip(&statuses)
            .map(|(task, status)| {
                let mut missing: Vec<String> = Vec::new();
                for (_, agency) in &status.missing {
                    let name = name(&standing, agency, day, &frame);
                    if !missing.contains(&name) {
                        match to_remind.iter_mut().find(|(known, _)| *known == name) {
                            Some((_, n)) => *n += 1,
                            None => to_remind.push((name.clone(), 1)),
                        }
                        missing.push(name);
                    }
                }
                let mut row = vec![
                    Cell::text(frame.words(&task.name)).to(frame.to(&format!("/plan/tasks/{}", task.no))),
                    Cell::number(Some(f64::from(task.no)), task.no.to_string()),
                    Cell::text(names(&standing, &task.lead, day, &frame)),
                ];
                row.extend((0..4).map(|quarter| {
                    let state = status.quarters.get(quarter).map(|(_, state)| quarter_words(*state, &frame));
                    state.map_or_else(
                        || Cell::text(""),
                        |(glyph, words)| Cell::text(words).shown(format!("{glyph} {words}")),
                    )
                }));
                row.push(Cell::text(missing.join("; ")));
                row
            })
            .collect();
        to_remind.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let list = task_list(&frame, rows);
        if listed.wants_csv() {
            return Ok(Err(list));
        }
        let (of_year, of_day) = (year.to_string(), day.to_string());
        let list = list.view(&frame, "/plan", &listed, &[("unit", &unit), ("year", &of_year), ("day", &of_day)]);
        let unit_name = standing.geography.get(&unit).map_or_else(|| unit.clone(), |known| known.name.clone());
        let day = reports::vietnamese::date(day);
        Ok(Ok(PlanPage { unit, unit_name, day, year, counts, targets, list, to_remind, figures, frame }))
    })
    .await?;
    match made {
        Ok(page) => super::html(&page),
        Err(list) => list.download(&whole, &known, &wanted, "plan").await,
    }
}

fn quarter_words(state: QuarterState, frame: &Frame) -> (&'static str, &'static str) {
    match state {
        QuarterState::Complete => ("●", frame.say("xong", "done")),
        QuarterState::Incomplete => ("◐", frame.say("đang làm", "under way")),
        QuarterState::Overdue => ("✕", frame.say("quá hạn báo cáo", "report overdue")),
        QuarterState::Open => ("○", frame.say("chờ báo cáo", "report open")),
        QuarterState::NotDue => ("–", frame.say("không phải báo cáo", "not due")),
    }
}

/// Who answers for an agency's work on a day, by name.
fn name(standing: &Standing, id: &str, day: NaiveDate, frame: &Frame) -> String {
    standing.agencies.on(id, day).map_or_else(|| id.to_owned(), |agency| frame.words(&agency.name))
}

fn names(standing: &Standing, ids: &[String], day: NaiveDate, frame: &Frame) -> String {
    let mut all: Vec<String> = ids.iter().map(|id| name(standing, id, day, frame)).collect();
    all.dedup();
    all.join("; ")
}

struct ReportLine {
    quarter: String,
    agency: String,
    progress: String,
    note: String,
    when: String,
    files: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "task.html")]
struct TaskPage {
    frame: Frame,
    here: String,
    back: String,
    no: u32,
    name: String,
    lead: String,
    coordinating: String,
    dimensions: String,
    quarters: Vec<(String, &'static str, &'static str)>,
    reports: Vec<ReportLine>,
    may_report: bool,
    /// Quarters that may be reported now, the present one first.
    open_quarters: Vec<String>,
    agencies: Vec<(String, String)>,
    typed: String,
}

/// One task: who leads it, its quarters, all reports, and the form of the next one.
#[utoipa::path(get, path = "/plan/tasks/{no}", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("no" = u32, Path, description = "Number of the task in the plan's appendix")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn task(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<u32>,
    query: web::Query<PageQuery>,
    done: web::Query<DoneQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller);
    frame.told = done.told(&[("kept", frame.say("Đã lưu báo cáo.", "The report was kept."))]);
    task_page(app, &caller, path.into_inner(), frame, String::new()).await
}

/// Keeps the report of an agency, by form.
#[utoipa::path(post, path = "/plan/tasks/{no}", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("no" = u32, Path, description = "Number of the task in the plan's appendix")),
    responses(
        (status = 303, description = "Kept; leads back to the task"),
        (status = 200, description = "The page, saying why not", content_type = "text/html", body = String),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
    ))]
pub(in crate::http) async fn report(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<u32>,
    posted: Result<Posted, ApiError>,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    caller.plan_writer()?;
    let posted = posted?;
    let mut frame = Frame::new(&request, &query, &caller);
    let no = path.into_inner();
    let field = |name: &str, chars: usize| -> String { posted.field(name).chars().take(chars).collect() };
    let note = field("note", 4_000);
    let given = (no, field("quarter", 10), field("agency", 100), field("progress", 20), note.clone());
    match keep_task_report(app.clone(), &caller, given).await {
        Ok(_) => Ok(see(&frame, &format!("/plan/tasks/{no}"), "kept")),
        Err(error) if error.status().is_client_error() => {
            frame.told = Some(refused(&error, &frame));
            task_page(app, &caller, no, frame, note).await
        }
        Err(error) => Err(error),
    }
}

async fn task_page(
    app: web::Data<App>,
    caller: &Caller,
    no: u32,
    frame: Frame,
    typed: String,
) -> Result<HttpResponse, ApiError> {
    let may_report = caller.plan_writer().is_ok();
    let page = with_standing(app, move |store, standing| {
        let task = standing.task(no)?;
        let day = today(store);
        let year = standing.plan_year().unwrap_or_else(|| day.year()).max(day.year().min(task_last_year(task, day)));
        let status = standing
            .statuses(year, day)
            .into_iter()
            .find(|status| status.task_no == no)
            .ok_or_else(|| Problem::new("task_unknown", "không có nhiệm vụ này", "there is no such task"))?;
        let kept = store
            .read(|snapshot| snapshot.list_plan_reports(PlanReportKind::Task))
            .map_err(|error: StoreError| crate::problem::from_store(&error))?;
        let reports = kept
            .iter()
            .rev()
            .filter(|one| one.subject == no.to_string())
            .map(|one| ReportLine {
                quarter: one.period.clone(),
                agency: name(&standing, &one.agency, day, &frame),
                progress: progress_words(&one.content, &frame).to_owned(),
                note: one.note.clone(),
                when: frame.moment(&one.reported_at),
                files: one
                    .evidence
                    .iter()
                    .map(|file| {
                        let href =
                            format!("/api/v1/plan/reports/{}/evidence/{}", file.report_sequence, file.evidence_no);
                        (href, file.file_name.clone())
                    })
                    .collect(),
            })
            .collect();
        let mut agencies: Vec<(String, String)> = Vec::new();
        for id in &task.lead {
            for agency in standing.agencies.chain(id, day).into_iter().rev() {
                if !agencies.iter().any(|(known, _)| *known == agency.id) {
                    agencies.push((agency.id.clone(), frame.words(&agency.name)));
                }
            }
        }
        let quarters = status
            .quarters
            .iter()
            .map(|(quarter, state)| {
                let (glyph, words) = quarter_words(*state, &frame);
                (quarter.to_string(), glyph, words)
            })
            .collect();
        let mut open_quarters: Vec<String> = status
            .quarters
            .iter()
            .rev()
            .filter(|(quarter, _)| quarter.first_day() <= day)
            .map(|(quarter, _)| quarter.to_string())
            .collect();
        let present = Quarter::of(day).to_string();
        if !open_quarters.contains(&present) {
            open_quarters.insert(0, present);
        }
        Ok(TaskPage {
            here: frame.to(&format!("/plan/tasks/{no}")),
            back: frame.to("/plan"),
            no,
            name: frame.words(&task.name),
            lead: names(&standing, &task.lead, day, &frame),
            coordinating: names(&standing, &task.coordinating, day, &frame),
            dimensions: task.papi_dimensions.join(", "),
            quarters,
            reports,
            may_report,
            open_quarters,
            agencies,
            typed,
            frame,
        })
    })
    .await?;
    super::html(&page)
}

/// The last year in which a task is due, as far as the plan says.
fn task_last_year(task: &crate::plan::task::Task, day: NaiveDate) -> i32 {
    task.valid_to.map_or_else(|| day.year(), |last| last.year())
}

fn progress_words(content: &str, frame: &Frame) -> &'static str {
    let word = serde_json::from_str::<serde_json::Value>(content).ok();
    let word = word.as_ref().and_then(|content| content.get("progress")).and_then(serde_json::Value::as_str);
    match word.and_then(Progress::parse) {
        Some(Progress::NotStarted) => frame.say("chưa làm", "not started"),
        Some(Progress::Partial) => frame.say("đang làm", "under way"),
        Some(Progress::Done) => frame.say("xong", "done"),
        None => "–",
    }
}
