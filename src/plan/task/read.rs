//! Tasks from their table.

use std::collections::BTreeSet;

use problem::{Problems, Words};
use reports::index::Certainty;

use super::{Agencies, Deadline, Task};
use crate::plan::rows::{Row, Rows};

const TASKS: &str = include_str!("../data/tasks.csv");

/// The 22 tasks of the plan of Bắc Giang of May 2024.
///
/// # Errors
/// Only if the program's own files were damaged; a test reads them.
pub fn shipped_tasks() -> Result<Vec<Task>, Problems> {
    read_tasks(TASKS, &Agencies::shipped()?).map_err(|problems| problems.in_file("tasks.csv"))
}

/// Tasks from a table with the columns of `src/plan/data/tasks.csv`.
///
/// # Errors
/// `plan_heading`, `plan_csv`, `plan_value` with row and column: also for an agency that is not on the list. All at once.
pub fn read_tasks(text: &str, agencies: &Agencies) -> Result<Vec<Task>, Problems> {
    let required = ["no", "name_vi", "name_en", "lead", "deadline", "valid_from", "source", "certainty"];
    let optional = [
        "coordinating",
        "papi_dimensions",
        "papi_sub_dimensions",
        "sipas_factors",
        "links_certainty",
        "survey",
        "valid_to",
        "note",
    ];
    let mut seen = BTreeSet::new();
    Rows::read(text, &required, &optional)?.each(|row| {
        let task = task(row, agencies)?;
        if !seen.insert(task.no) {
            row.problem(
                "nhiệm vụ này đã có ở dòng trên",
                "this task stands in a row above",
                "no",
                ("mỗi nhiệm vụ một dòng", "one row a task"),
            );
        }
        Some(task)
    })
}

fn task(row: &mut Row<'_>, agencies: &Agencies) -> Option<Task> {
    let lead = agency_list(row, "lead", agencies);
    if lead.is_empty() {
        row.required("lead");
    }
    let coordinating = agency_list(row, "coordinating", agencies);
    let deadline = match row.text("deadline").as_deref() {
        Some("regular") => Some(Deadline::Regular),
        _ => row.required("deadline").and_then(|_| row.day("deadline")).map(Deadline::On),
    };
    let links = [Certainty::Certain, Certainty::Inferred, Certainty::Recalled].map(|one| (one.code(), one));
    let links_certainty = if row.text("links_certainty").is_some() {
        row.word("links_certainty", &links)
    } else {
        Some(Certainty::Inferred)
    };
    let (no, vi, en) =
        (row.required("no").and_then(|_| row.whole("no")), row.required("name_vi"), row.required("name_en"));
    let (valid_from, valid_to) = (row.day("valid_from"), row.day("valid_to"));
    let (source, certainty) = (row.required("source"), row.certainty());
    Some(Task {
        no: no?,
        name: Words::new(vi?, en?),
        lead,
        coordinating,
        deadline: deadline?,
        papi_dimensions: list(row, "papi_dimensions"),
        papi_sub_dimensions: list(row, "papi_sub_dimensions"),
        sipas_factors: list(row, "sipas_factors"),
        links_certainty: links_certainty?,
        survey: row.text("survey"),
        valid_from: valid_from?,
        valid_to,
        source: source?,
        certainty: certainty?,
    })
}

fn list(row: &Row<'_>, column: &str) -> Vec<String> {
    let text = row.text(column).unwrap_or_default();
    text.split(';').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn agency_list(row: &mut Row<'_>, column: &str, agencies: &Agencies) -> Vec<String> {
    let ids = list(row, column);
    for id in ids.iter().filter(|id| agencies.get(id).is_none()) {
        row.problem("cơ quan không có trong danh mục", "this agency is not on the list", column, id);
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twenty_two_tasks_read_with_the_leads_of_the_appendix() {
        let tasks = shipped_tasks().expect("shipped");
        assert_eq!(tasks.iter().map(|task| task.no).collect::<Vec<_>>(), (1..=22).collect::<Vec<_>>());
        assert_eq!(tasks.iter().filter(|task| task.deadline == Deadline::Regular).count(), 21);
        let led_by = |id: &str| tasks.iter().filter(|task| task.lead.iter().any(|lead| lead == id)).count();
        // Counted in the plan's appendix.
        assert_eq!([led_by("so-y-te"), led_by("so-tnmt"), led_by("so-noi-vu"), led_by("van-phong-ubnd")], [3, 3, 2, 1]);
        assert_eq!([led_by("so-gddt"), led_by("so-tttt"), led_by("thanh-tra"), led_by("mttq-tinh")], [2, 2, 2, 2]);
        assert_eq!([led_by("ubnd-huyen"), led_by("ubnd-xa"), led_by("dai-ptth")], [4, 3, 1]);
        assert!(tasks.iter().all(|task| task.links_certainty == Certainty::Inferred), "the plan prints no links");
    }

    #[test]
    fn every_sub_dimension_of_papi_has_a_task_that_answers_for_it() {
        let tasks = shipped_tasks().expect("shipped");
        for code in ["1.1", "2.2", "3.2", "4.3", "5.3", "6.1", "6.2", "6.3", "7.1", "7.3", "8.1", "8.3"] {
            assert!(tasks.iter().any(|task| task.serves(code)), "{code}");
        }
        let of = |no: u32| tasks.iter().find(|task| task.no == no).expect("a task");
        assert!(of(5).serves("6.2") && of(5).serves("6") && !of(5).serves("6.1"));
        assert!(!of(3).serves("6"));
    }

    #[test]
    fn unknown_agencies_and_days_are_told_at_once() {
        let text = "no,name_vi,name_en,lead,deadline,valid_from,source,certainty\n1,a,a,so-x,31/12/2024,2024-05-01,s,certain\n";
        let problems = read_tasks(text, &Agencies::shipped().expect("shipped")).expect_err("two faults");
        assert_eq!(problems.len(), 2);
    }
}
