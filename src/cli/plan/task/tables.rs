//! The tasks as tables: by quarter, by agency, what is overdue, what serves the weak parts.

use std::io::Write;

use ::problem::{Language, Problems};
use serde::Serialize;

use super::When;
use crate::cli::plan::target::names;
use crate::cli::plan::{Cell, Format, Print, Table, print as print_table};
use crate::cli::{language, say};
use crate::plan::quarter::Quarter;
use crate::plan::task::{Deadline, QuarterState, Task, TaskStatus, by_agency, for_weak};
use crate::standing::Standing;

/// How a quarter is written: done, in part, missing, open, not due.
fn glyph(state: QuarterState) -> &'static str {
    match state {
        QuarterState::Complete => "■",
        QuarterState::Incomplete => "◧",
        QuarterState::Overdue => "□",
        QuarterState::Open => "·",
        QuarterState::NotDue => "–",
    }
}

#[derive(Serialize)]
struct Line<'a> {
    no: u32,
    name: &'a str,
    lead: &'a [String],
    coordinating: &'a [String],
    deadline: Deadline,
    papi_dimensions: &'a [String],
    sipas_factors: &'a [String],
    links_certainty: &'static str,
    status: &'a TaskStatus,
}

pub(in crate::cli::plan) fn list(
    standing: &Standing,
    when: When,
    print: Print,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    let statuses = standing.statuses(when.year(), when.day());
    let pairs = || standing.tasks.iter().zip(&statuses);
    let rows = pairs()
        .map(|(task, status)| {
            let mut cells = vec![
                Cell::of(task.no.to_string()),
                Cell::of(short(task.name.in_language(language()))),
                Cell::of(names(standing, &task.lead).join("; ")),
                Cell::of(deadline(task)),
                Cell::of(task.papi_dimensions.join(",")),
            ];
            cells.extend(status.quarters.iter().map(|(_, state)| Cell::of(glyph(*state))));
            cells
        })
        .collect();
    let headings = [
        ("số", "no"),
        ("nhiệm vụ", "task"),
        ("chủ trì", "lead"),
        ("thời hạn", "deadline"),
        ("PAPI (suy ra)", "papi_inferred"),
        ("Q1", "q1"),
        ("Q2", "q2"),
        ("Q3", "q3"),
        ("Q4", "q4"),
    ];
    let document: Vec<Line<'_>> = pairs()
        .map(|(task, status)| Line {
            no: task.no,
            name: task.name.in_language(language()),
            lead: &task.lead,
            coordinating: &task.coordinating,
            deadline: task.deadline,
            papi_dimensions: &task.papi_dimensions,
            sipas_factors: &task.sipas_factors,
            links_certainty: task.links_certainty.code(),
            status,
        })
        .collect();
    print_table(out, print.format, &Table { headings: &headings, rows }, &document)?;
    if print.format == Format::Text {
        let legend = match language() {
            Language::Vi => {
                "■ đã báo cáo xong   ◧ một phần   □ quá hạn, chưa báo cáo   · chưa hết quý   – không phải báo cáo"
            }
            Language::En => "■ reported done   ◧ in part   □ overdue   · quarter not over   – not due",
        };
        say(out, legend)?;
    }
    Ok(())
}

/// A name cut to what a terminal shows; the whole is in `task show` and in the other formats.
fn short(name: &str) -> String {
    const MOST: usize = 60;
    if name.chars().count() <= MOST { name.to_owned() } else { name.chars().take(MOST - 1).collect::<String>() + "…" }
}

/// Until when, as a reader writes it.
pub(super) fn deadline(task: &Task) -> String {
    match task.deadline {
        Deadline::Regular if language() == Language::Vi => "thường xuyên".to_owned(),
        Deadline::Regular => "regular".to_owned(),
        Deadline::On(day) => day.format("%d/%m/%Y").to_string(),
    }
}

pub(in crate::cli::plan) fn overdue(
    standing: &Standing,
    when: When,
    print: Print,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    let mut missing: Vec<(Quarter, String, u32)> = standing
        .statuses(when.year(), when.day())
        .into_iter()
        .flat_map(|status| status.missing.into_iter().map(move |(quarter, agency)| (quarter, agency, status.task_no)))
        .collect();
    missing.sort();
    let present = Quarter::of(when.day());
    let rows = missing
        .iter()
        .map(|(quarter, agency, no)| {
            let name = standing.tasks.iter().find(|task| task.no == *no).map(|task| task.name.in_language(language()));
            let state = if *quarter < present { ("quá hạn", "overdue") } else { ("quý này", "this quarter") };
            vec![
                Cell::of(quarter.to_string()),
                Cell::of(names(standing, std::slice::from_ref(agency)).join("")),
                Cell::of(no.to_string()),
                Cell::of(short(name.unwrap_or_default())),
                Cell::of(if language() == Language::Vi { state.0 } else { state.1 }),
            ]
        })
        .collect();
    let headings =
        [("quý", "quarter"), ("cơ quan", "agency"), ("số", "no"), ("nhiệm vụ", "task"), ("tình trạng", "state")];
    print_table(out, print.format, &Table { headings: &headings, rows }, &missing)
}

pub(in crate::cli::plan) fn agencies(
    standing: &Standing,
    when: When,
    print: Print,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    let statuses = standing.statuses(when.year(), when.day());
    let all = by_agency(&standing.tasks, &statuses, &standing.agencies, when.day());
    let list = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let rows = all
        .iter()
        .map(|one| {
            vec![
                Cell::of(names(standing, std::slice::from_ref(&one.agency)).join("")),
                Cell::of(list(&one.leads)),
                Cell::of(list(&one.coordinates)),
                Cell::Number(Some(one.missing.len() as f64), 0),
            ]
        })
        .collect();
    let headings =
        [("cơ quan", "agency"), ("chủ trì", "leads"), ("phối hợp", "coordinates"), ("báo cáo còn thiếu", "n_missing")];
    print_table(out, print.format, &Table { headings: &headings, rows }, &all)
}

pub(in crate::cli::plan) fn weak(
    standing: &Standing,
    unit: &str,
    year: i32,
    print: Print,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    let gaps = standing.official.gaps("papi", unit, year)?;
    let parts = for_weak(&gaps, &standing.tasks);
    let rows = parts
        .iter()
        .map(|part| {
            vec![
                Cell::of(&part.code),
                Cell::Difference(Some(part.to_p75), 4),
                Cell::of(part.group.map(|group| group.words().in_language(language()).to_owned()).unwrap_or_default()),
                Cell::of(part.tasks.iter().map(u32::to_string).collect::<Vec<_>>().join(",")),
                Cell::of(names(standing, &part.lead).join("; ")),
            ]
        })
        .collect();
    let headings = [
        ("nội dung thành phần", "code"),
        ("so nhóm cao nhất", "to_p75"),
        ("nhóm", "group"),
        ("nhiệm vụ (suy ra)", "tasks_inferred"),
        ("cơ quan chủ trì", "lead"),
    ];
    print_table(out, print.format, &Table { headings: &headings, rows }, &parts)
}

/// One row a task, under the agency that answers for it on the day.
pub(in crate::cli::plan) fn by_task(
    standing: &Standing,
    when: When,
    print: Print,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    let statuses = standing.statuses(when.year(), when.day());
    print_table(out, print.format, &task_table(standing, when), &statuses)
}

/// The table of [`by_task`]: agencies by name in data, a task with two leading agencies under each.
pub(in crate::cli::plan) fn task_table(standing: &Standing, when: When) -> Table<'static> {
    let statuses = standing.statuses(when.year(), when.day());
    let mut rows: Vec<(String, u32, Vec<Cell>)> = Vec::new();
    for (task, status) in standing.tasks.iter().zip(&statuses) {
        for lead in &task.lead {
            let now = standing.agencies.on(lead, when.day()).map_or(lead.as_str(), |agency| agency.id.as_str());
            let missing = status.missing.iter().filter(|(_, agency)| agency == lead);
            let missing: Vec<String> = missing.map(|(quarter, _)| quarter.to_string()).collect();
            let mut cells = vec![
                Cell::of(names(standing, &[now.to_owned()]).join("")),
                Cell::Number(Some(f64::from(task.no)), 0),
                Cell::of(task.name.in_language(language())),
                Cell::of(names(standing, &task.coordinating).join("; ")),
                Cell::of(deadline(task)),
                Cell::of(task.papi_dimensions.join(", ")),
            ];
            cells.extend(status.quarters.iter().map(|(_, state)| Cell::of(state_words(*state))));
            cells.push(Cell::of(missing.join(", ")));
            rows.push((now.to_owned(), task.no, cells));
        }
    }
    let first_task = |agency: &str| rows.iter().filter(|row| row.0 == agency).map(|row| row.1).min();
    let order: Vec<(Option<u32>, u32)> = rows.iter().map(|row| (first_task(&row.0), row.1)).collect();
    let mut placed: Vec<_> = order.into_iter().zip(rows).collect();
    placed.sort_by(|(a, one), (b, other)| (a.0, &one.0, a.1).cmp(&(b.0, &other.0, b.1)));
    let headings: &'static [(&'static str, &'static str)] = &[
        ("cơ quan chủ trì", "lead"),
        ("số", "no"),
        ("nhiệm vụ", "task"),
        ("phối hợp", "coordinating"),
        ("thời hạn", "deadline"),
        ("PAPI (suy ra)", "papi_inferred"),
        ("quý I", "q1"),
        ("quý II", "q2"),
        ("quý III", "q3"),
        ("quý IV", "q4"),
        ("còn thiếu báo cáo", "missing"),
    ];
    Table { headings, rows: placed.into_iter().map(|(_, (_, _, cells))| cells).collect() }
}

fn state_words(state: QuarterState) -> &'static str {
    match (state, language()) {
        (QuarterState::Complete, Language::Vi) => "xong",
        (QuarterState::Complete, Language::En) => "done",
        (QuarterState::Incomplete, Language::Vi) => "một phần",
        (QuarterState::Incomplete, Language::En) => "in part",
        (QuarterState::Overdue, Language::Vi) => "chưa báo cáo",
        (QuarterState::Overdue, Language::En) => "not reported",
        (QuarterState::Open, Language::Vi) => "chưa hết quý",
        (QuarterState::Open, Language::En) => "not over",
        (QuarterState::NotDue, _) => "–",
    }
}
