//! Reports, checked against the plan before they are kept: the command line and the API come through here.

use std::collections::BTreeMap;

use ::problem::{Problem, Problems};
use chrono::NaiveDate;
use reports::vietnamese::nfc;

use super::Standing;
use crate::plan::par::Points;
use crate::plan::quarter::Quarter;
use crate::plan::target::{Target, TargetKind};
use crate::plan::task::{Progress, Task};
use crate::store::{NewEvidence, NewPlanReport, PlanReportKind};

/// A report on a task as an agency hands it in.
#[derive(Clone, Debug)]
pub struct GivenTaskReport<'a> {
    /// The number of the task.
    pub no: u32,
    /// For which quarter.
    pub quarter: Quarter,
    /// The agency that reports.
    pub agency: &'a str,
    /// How far the task is.
    pub progress: Progress,
    /// In the agency's own words.
    pub note: &'a str,
    /// The files that prove it.
    pub evidence: Vec<NewEvidence>,
    /// The day on which it is handed in.
    pub today: NaiveDate,
}

impl Standing {
    /// A report on a task by one of the agencies that lead it, or that have taken over from one.
    ///
    /// # Errors
    /// `task_unknown` and `agency_unknown`, both at once; those of [`Task::may_report`].
    pub fn new_task_report(&self, given: GivenTaskReport<'_>) -> Result<NewPlanReport, Problems> {
        let GivenTaskReport { no, quarter, agency, progress, note, evidence, today } = given;
        let mut problems = Problems::none();
        problems.extend(self.known_agency(agency).err());
        match self.task(no) {
            Err(problem) => problems.push(problem),
            Ok(task) if problems.is_empty() => {
                problems.extend(task.may_report(agency, quarter, &self.agencies, today).err());
            }
            Ok(_) => {}
        }
        problems.into_result(NewPlanReport {
            kind: PlanReportKind::Task,
            subject: no.to_string(),
            period: quarter.to_string(),
            agency: agency.to_owned(),
            content: serde_json::json!({ "progress": progress.code() }).to_string(),
            note: nfc(note),
            evidence,
        })
    }

    /// A report on a target that the offices count themselves: a share in per cent, or that a thing was done.
    ///
    /// # Errors
    /// `target_unknown`, `agency_unknown`, `target_value` for a target that figures decide, or a value that does not fit. All at once.
    pub fn new_target_report(
        &self,
        id: &str,
        day: NaiveDate,
        value: Option<f64>,
        agency: &str,
        note: &str,
        evidence: Vec<NewEvidence>,
    ) -> Result<NewPlanReport, Problems> {
        let mut problems = Problems::none();
        problems.extend(self.known_agency(agency).err());
        match self.targets.iter().find(|target| target.id == id) {
            None => problems.push(unknown_target(&self.targets, id)),
            Some(target) => problems.extend(check_value(target, value).err()),
        }
        problems.into_result(NewPlanReport {
            kind: PlanReportKind::Target,
            subject: id.to_owned(),
            period: day.to_string(),
            agency: agency.to_owned(),
            content: serde_json::json!({ "value": value }).to_string(),
            note: nfc(note),
            evidence,
        })
    }

    /// Points of a criterion in a year; what was given before and is not given anew stays.
    ///
    /// # Errors
    /// `par_no_set`, and those of [`CriteriaSet::score`](crate::plan::par::CriteriaSet::score).
    pub fn new_points(
        &self,
        code: &str,
        year: i32,
        given: Points,
        note: &str,
        evidence: Vec<NewEvidence>,
    ) -> Result<NewPlanReport, Problems> {
        if given == Points::default() {
            return Err(Problem::new("par_points", "chưa nêu điểm", "no points were given")
                .expected(("điểm tự chấm, điểm thẩm định hoặc cả hai", "own points, appraised points or both"))
                .into());
        }
        let before = self.points.get(&year).and_then(|of_year| of_year.get(code)).copied().unwrap_or_default();
        let points = Points { own: given.own.or(before.own), appraised: given.appraised.or(before.appraised) };
        self.criteria_of(year)?.score(&BTreeMap::from([(code.to_owned(), points)]))?;
        Ok(NewPlanReport {
            kind: PlanReportKind::Par,
            subject: code.to_owned(),
            period: year.to_string(),
            agency: String::new(),
            content: serde_json::json!({ "own": points.own, "appraised": points.appraised }).to_string(),
            note: nfc(note),
            evidence,
        })
    }

    /// A task by its number.
    ///
    /// # Errors
    /// `task_unknown` with the numbers that there are.
    pub fn task(&self, no: u32) -> Result<&Task, Problem> {
        self.tasks.iter().find(|task| task.no == no).ok_or_else(|| {
            let known: Vec<String> = self.tasks.iter().map(|task| task.no.to_string()).collect();
            Problem::new("task_unknown", "không có nhiệm vụ này", "there is no such task")
                .expected(known.join(", "))
                .got(no.to_string())
        })
    }

    fn known_agency(&self, id: &str) -> Result<(), Problem> {
        if self.agencies.get(id).is_some() {
            return Ok(());
        }
        let known: Vec<&str> = self.agencies.iter().map(|agency| agency.id.as_str()).collect();
        Err(Problem::new("agency_unknown", "không có cơ quan này trong danh mục", "there is no such agency")
            .expected(known.join(", "))
            .got(id.to_owned()))
    }
}

fn unknown_target(targets: &[Target], id: &str) -> Problem {
    let known: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
    Problem::new("target_unknown", "không có mục tiêu này", "there is no such target")
        .expected(known.join(", "))
        .got(id.to_owned())
}

fn check_value(target: &Target, value: Option<f64>) -> Result<(), Problem> {
    let is_counted = target.index == "operation" || target.kind == TargetKind::Deadline;
    let needs_value = target.value().is_some();
    let in_range = value.is_none_or(|value| (0.0..=100.0).contains(&value));
    if is_counted && needs_value == value.is_some() && in_range {
        return Ok(());
    }
    Err(Problem::new("target_value", "báo cáo không hợp với mục tiêu", "the report does not fit the target")
        .expected(match (is_counted, needs_value) {
            (false, _) => (
                "chỉ tiêu do các cơ quan tự đếm (index operation)",
                "a target that the offices count themselves (index operation)",
            ),
            (true, true) => ("giá trị từ 0 đến 100", "a value from 0 to 100"),
            (true, false) => ("không có giá trị", "no value"),
        })
        .got(value.map_or_else(|| "–".to_owned(), |value| value.to_string())))
}

/// The most bytes of one file of evidence.
pub const EVIDENCE_BYTES_MAX: usize = 20 * 1024 * 1024;

/// A file of evidence, checked: its kind by the end of its name, its size.
///
/// # Errors
/// `evidence_kind`, `evidence_size`.
pub fn checked_evidence(file_name: &str, body: Vec<u8>) -> Result<NewEvidence, Problem> {
    // Only the last part counts: a name is shown, never opened.
    let name = nfc(file_name.rsplit(['/', '\\']).next().unwrap_or_default());
    let Some(media_type) = media_type(&name) else {
        return Err(Problem::new(
            "evidence_kind",
            "loại tệp minh chứng không nhận",
            "this kind of file is not taken as evidence",
        )
        .expected("pdf, docx, xlsx, csv, txt, png, jpg")
        .got(name));
    };
    if body.len() > EVIDENCE_BYTES_MAX {
        return Err(Problem::new("evidence_size", "tệp minh chứng quá lớn", "the file of evidence is too large")
            .expected(("nhiều nhất 20 MiB", "at most 20 MiB"))
            .got(format!("{name}: {} bytes", body.len())));
    }
    if !holds(media_type, &body) {
        return Err(Problem::new(
            "evidence_content",
            "nội dung tệp không đúng với đuôi của tên tệp",
            "the file is not what the end of its name says",
        )
        .expected(media_type)
        .got(name));
    }
    Ok(NewEvidence { file_name: name, media_type: media_type.to_owned(), body })
}

/// Whether the bytes begin as the kind of file does; texts are UTF-8.
fn holds(media_type: &str, body: &[u8]) -> bool {
    match media_type {
        "application/pdf" => body.starts_with(b"%PDF-"),
        "image/png" => body.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => body.starts_with(b"\xff\xd8\xff"),
        "text/csv" | "text/plain" => !body.is_empty() && std::str::from_utf8(body).is_ok(),
        _ => body.starts_with(b"PK\x03\x04"),
    }
}

fn media_type(name: &str) -> Option<&'static str> {
    let (stem, end) = name.rsplit_once('.')?;
    if stem.is_empty() || name.chars().any(char::is_control) {
        return None;
    }
    Some(match end.to_lowercase().as_str() {
        "pdf" => "application/pdf",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "csv" => "text/csv",
        "txt" => "text/plain",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        _ => return None,
    })
}
