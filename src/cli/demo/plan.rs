//! The plan in the demonstration: published results as they are, reports of the agencies simulated, papers made of both.

use std::io::Write;

use ::problem::{Problem, Problems, Words};
use chrono::NaiveDate;

use super::folder::Folder;
use super::{ACTOR, papers, step};
use crate::app::App;
use crate::cli::{from_store, plan};
use crate::plan::quarter::Quarter;
use crate::plan::task::Progress;
use crate::standing::{GivenTaskReport, Standing};
use crate::store::NewPlanReport;

/// Whose plan is shown, and the day on which it is looked at: the last of its validity.
const UNIT: &str = "bac-giang";
const DAY: &str = "2025-06-30";
const NOTE: &str = "báo cáo mô phỏng";
/// What the offices say they have counted: target, day, value, agency. Made up.
const COUNTED: [(&str, &str, Option<f64>, &str); 4] = [
    ("T15", "2024-12-20", Some(98.6), "van-phong-ubnd"),
    ("T16", "2024-12-20", Some(43.2), "van-phong-ubnd"),
    ("T17", "2024-12-15", Some(96.4), "so-noi-vu"),
    ("T18", "2024-12-27", None, "so-noi-vu"),
];

/// Keeps simulated reports of the agencies, then writes every paper of the plan.
pub(super) fn write(app: &App, folder: &Folder, out: &mut dyn Write) -> Result<(), Problems> {
    let day = DAY.parse().unwrap_or_default();
    for report in simulated(&Standing::of(&app.store)?)? {
        app.store.write(ACTOR, move |tx| tx.keep_plan_report(&report)).map_err(|error| from_store(&error))?;
    }
    let mut standing = Standing::of(&app.store)?.with_rounds(&app.store, &app.results, UNIT)?;
    standing.remarks.push(Words::new(
        "Trình diễn: báo cáo của cơ quan và ước lượng của tỉnh là số mô phỏng; kết quả công bố là thật.",
        "Demonstration: reports of offices and the office's own estimates are simulated; published results are real.",
    ));
    for (name, bytes) in plan::papers::papers(&standing, UNIT, day)? {
        folder.write(&format!("plan/{name}"), &bytes)?;
    }
    step(
        out,
        8,
        format_args!(
            "kế hoạch của tỉnh: biểu đồ mục tiêu (r1), nhiệm vụ (r2), cơ quan (r3), khoảng cách PAPI, ke-hoach.xlsx; kết quả công bố là thật, báo cáo là mô phỏng: {}",
            folder.shown("plan")
        ),
    )?;
    papers::write(app, &standing, (UNIT, day), folder, out)
}

/// Most tasks reported, some in part, a few not at all: every state that a figure can show.
fn simulated(standing: &Standing) -> Result<Vec<NewPlanReport>, Problems> {
    let mut all = Vec::new();
    for quarter in Quarter::of_year(2024).into_iter().skip(1) {
        for task in &standing.tasks {
            let progress = match (task.no + quarter.number()) % 7 {
                0 => continue,
                1 | 2 => Progress::Partial,
                _ => Progress::Done,
            };
            for lead in &task.lead {
                all.push(standing.new_task_report(GivenTaskReport {
                    no: task.no,
                    quarter,
                    agency: lead,
                    progress,
                    note: NOTE,
                    evidence: Vec::new(),
                    today: quarter.last_day(),
                })?);
            }
        }
    }
    for (target, day, value, agency) in COUNTED {
        let day: NaiveDate =
            day.parse().map_err(|_| Problem::new("demo_day", "sai ngày mô phỏng", "bad simulated day"))?;
        all.push(standing.new_target_report(target, day, value, agency, NOTE, Vec::new())?);
    }
    Ok(all)
}
