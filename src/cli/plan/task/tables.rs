//! The tasks as tables: by quarter, by agency, what is overdue, what serves the weak parts.

use std::collections::BTreeMap;
use std::io::Write;

use ::problem::{Language, Problems, Words};
use serde::Serialize;

use super::When;
use crate::cli::plan::target::{name, names};
use crate::cli::plan::{Cell, Format, Print, Table};
use crate::cli::{language, say};
use crate::plan::quarter::Quarter;
use crate::plan::task::{AgencyTasks, Deadline, QuarterState, Task, TaskStatus, WeakPart, by_agency, for_weak};
use crate::standing::Standing;

#[derive(Serialize)]
struct Line<'a> {
    no: u32,
    name: &'a str,
    lead: &'a [String],
    /// Of each leading agency, through whose hands its work has gone up to the day.
    lead_chain: Vec<Vec<&'a str>>,
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
    let chain = |lead: &String| standing.agencies.chain(lead, when.day()).into_iter().map(|one| one.id.as_str());
    let lines: Vec<Line<'_>> = standing
        .tasks
        .iter()
        .zip(&statuses)
        .map(|(task, status)| Line {
            no: task.no,
            name: task.name.in_language(language()),
            lead: &task.lead,
            lead_chain: task.lead.iter().map(|lead| chain(lead).collect()).collect(),
            coordinating: &task.coordinating,
            deadline: task.deadline,
            papi_dimensions: &task.papi_dimensions,
            sipas_factors: &task.sipas_factors,
            links_certainty: task.links_certainty.code(),
            status,
        })
        .collect();
    let quarter =
        |line: &Line<'_>, number: usize| Cell::maybe(line.status.quarters.get(number).map(|(_, state)| glyph(*state)));
    let table = Table::of(
        &lines,
        &[
            ("số", "no", &|line: &&Line<'_>| Cell::of(line.no.to_string())),
            ("nhiệm vụ", "task", &|line| Cell::of(short(line.name))),
            ("chủ trì", "lead", &|line| Cell::of(lead(standing, line.lead, when))),
            ("thời hạn", "deadline", &|line| Cell::of(deadline(line.deadline))),
            ("PAPI (suy ra)", "papi_inferred", &|line| Cell::of(line.papi_dimensions.join(","))),
            ("Q1", "q1", &|line| quarter(line, 0)),
            ("Q2", "q2", &|line| quarter(line, 1)),
            ("Q3", "q3", &|line| quarter(line, 2)),
            ("Q4", "q4", &|line| quarter(line, 3)),
        ],
    );
    table.print(out, print.format, &lines)?;
    if print.format == Format::Text {
        let legend = Words::new(
            "■ đã báo cáo xong   ◧ một phần   □ quá hạn, chưa báo cáo   · chưa hết quý   – không phải báo cáo",
            "■ reported done   ◧ in part   □ overdue   · quarter not over   – not due",
        );
        say(out, legend.in_language(language()))?;
    }
    Ok(())
}

/// The leading agencies, each with the one that does its work on the day: `Sở A → Sở B`.
fn lead(standing: &Standing, ids: &[String], when: When) -> String {
    let chain = |id: &String| {
        let chain = standing.agencies.chain(id, when.day());
        match chain.as_slice() {
            [] => id.clone(),
            several => several.iter().map(|one| one.name.in_language(language())).collect::<Vec<_>>().join(" → "),
        }
    };
    ids.iter().map(chain).collect::<Vec<_>>().join("; ")
}

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

/// A name cut to what a terminal shows; the whole is in `task show` and in the other formats.
fn short(name: &str) -> String {
    const MOST: usize = 60;
    if name.chars().count() <= MOST { name.to_owned() } else { name.chars().take(MOST - 1).collect::<String>() + "…" }
}

/// Until when, as a reader writes it.
pub(super) fn deadline(deadline: Deadline) -> String {
    match deadline {
        Deadline::Regular => Words::new("thường xuyên", "regular").in_language(language()).to_owned(),
        Deadline::On(day) => day.format("%d/%m/%Y").to_string(),
    }
}

/// A report that is missing, and who has to be reminded of it.
#[derive(Serialize)]
struct Missing {
    quarter: Quarter,
    /// Who answers for it on the day.
    agency: String,
    /// The leading agencies whose work that is, where it has passed on.
    took_over_from: Vec<String>,
    no: u32,
    is_overdue: bool,
}

pub(in crate::cli::plan) fn overdue(
    standing: &Standing,
    when: When,
    print: Print,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    let mut leads: BTreeMap<(Quarter, String, u32), Vec<String>> = BTreeMap::new();
    for status in standing.statuses(when.year(), when.day()) {
        for (quarter, lead) in status.missing {
            let now = standing.agencies.on(&lead, when.day()).map_or(lead.clone(), |agency| agency.id.clone());
            leads.entry((quarter, now, status.task_no)).or_default().push(lead);
        }
    }
    let missing: Vec<Missing> = leads
        .into_iter()
        .map(|((quarter, agency, no), leads)| Missing {
            took_over_from: leads.into_iter().filter(|lead| *lead != agency).collect(),
            is_overdue: quarter.last_day() < when.day(),
            quarter,
            agency,
            no,
        })
        .collect();
    let task = |no: u32| standing.tasks.iter().find(|task| task.no == no).map(|task| task.name.in_language(language()));
    let state = |is_overdue| match is_overdue {
        true => Words::new("quá hạn", "overdue"),
        false => Words::new("quý này", "this quarter"),
    };
    let table = Table::of(
        &missing,
        &[
            ("quý", "quarter", &|one: &&Missing| Cell::of(one.quarter.to_string())),
            ("cơ quan", "agency", &|one| Cell::of(name(standing, &one.agency))),
            ("kế thừa của", "took_over_from", &|one| Cell::of(names(standing, &one.took_over_from))),
            ("số", "no", &|one| Cell::of(one.no.to_string())),
            ("nhiệm vụ", "task", &|one| Cell::of(short(task(one.no).unwrap_or_default()))),
            ("tình trạng", "state", &|one| Cell::words(&state(one.is_overdue))),
        ],
    );
    table.print(out, print.format, &missing)
}

pub(in crate::cli::plan) fn agencies(
    standing: &Standing,
    when: When,
    print: Print,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    let statuses = standing.statuses(when.year(), when.day());
    let all = by_agency(&standing.tasks, &statuses, &standing.agencies, when.day());
    let table = Table::of(
        &all,
        &[
            ("cơ quan", "agency", &|one: &&AgencyTasks| Cell::of(name(standing, &one.agency))),
            ("chủ trì", "leads", &|one| Cell::of(numbers(&one.leads))),
            ("phối hợp", "coordinates", &|one| Cell::of(numbers(&one.coordinates))),
            ("báo cáo còn thiếu", "n_missing", &|one| Cell::count(one.missing.len())),
        ],
    );
    table.print(out, print.format, &all)
}

fn numbers(tasks: &[u32]) -> String {
    tasks.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
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
    let group = |part: &WeakPart| part.group.map(|group| group.words().in_language(language()).to_owned());
    let table = Table::of(
        &parts,
        &[
            ("nội dung thành phần", "code", &|part: &&WeakPart| Cell::of(&part.code)),
            ("so nhóm cao nhất", "to_p75", &|part| Cell::Difference(Some(part.to_p75), 4)),
            ("nhóm", "group", &|part| Cell::maybe(group(part))),
            ("nhiệm vụ (suy ra)", "tasks_inferred", &|part| Cell::of(numbers(&part.tasks))),
            ("cơ quan chủ trì", "lead", &|part| Cell::of(names(standing, &part.lead))),
        ],
    );
    table.print(out, print.format, &parts)
}

/// One row a task, under the agency that answers for it on the day.
pub(in crate::cli::plan) fn by_task(
    standing: &Standing,
    when: When,
    print: Print,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    task_table(standing, when).print(out, print.format, &standing.statuses(when.year(), when.day()))
}

/// A task under one of the agencies that answer for it.
struct Led<'a> {
    agency: String,
    lead: &'a String,
    task: &'a Task,
    status: &'a TaskStatus,
}

/// The table of [`by_task`]: agencies in the order of their first task, a task with two leading agencies under each.
pub(in crate::cli::plan) fn task_table(standing: &Standing, when: When) -> Table {
    let statuses = standing.statuses(when.year(), when.day());
    let mut rows: Vec<Led<'_>> = Vec::new();
    for (task, status) in standing.tasks.iter().zip(&statuses) {
        for lead in &task.lead {
            let agency = standing.agencies.on(lead, when.day()).map_or(lead, |agency| &agency.id).clone();
            rows.push(Led { agency, lead, task, status });
        }
    }
    let mut first_task: BTreeMap<String, u32> = BTreeMap::new();
    for row in &rows {
        let first = first_task.entry(row.agency.clone()).or_insert(row.task.no);
        *first = row.task.no.min(*first);
    }
    rows.sort_by(|a, b| {
        let place = |row: &Led<'_>| (first_task.get(&row.agency).copied(), row.agency.clone(), row.task.no);
        place(a).cmp(&place(b))
    });
    let state = |row: &Led<'_>, number: usize| {
        Cell::maybe(row.status.quarters.get(number).map(|(_, state)| state_words(*state)))
    };
    let missing = |row: &Led<'_>| {
        let own = row.status.missing.iter().filter(|(_, agency)| agency == row.lead);
        own.map(|(quarter, _)| quarter.to_string()).collect::<Vec<_>>().join(", ")
    };
    Table::of(
        &rows,
        &[
            ("cơ quan chủ trì", "lead", &|row: &&Led<'_>| Cell::of(name(standing, &row.agency))),
            ("số", "no", &|row| Cell::Number(Some(f64::from(row.task.no)), 0)),
            ("nhiệm vụ", "task", &|row| Cell::words(&row.task.name)),
            ("phối hợp", "coordinating", &|row| Cell::of(names(standing, &row.task.coordinating))),
            ("thời hạn", "deadline", &|row| Cell::of(deadline(row.task.deadline))),
            ("PAPI (suy ra)", "papi_inferred", &|row| Cell::of(row.task.papi_dimensions.join(", "))),
            ("quý I", "q1", &|row| state(row, 0)),
            ("quý II", "q2", &|row| state(row, 1)),
            ("quý III", "q3", &|row| state(row, 2)),
            ("quý IV", "q4", &|row| state(row, 3)),
            ("còn thiếu báo cáo", "missing", &|row| Cell::of(missing(row))),
        ],
    )
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
