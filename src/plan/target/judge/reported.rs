//! Targets that offices count themselves.

use problem::Words;

use super::{Basis, Evidence, Judged, TargetState, met, reached, signed};
use crate::plan::target::Target;

/// A thing to be done by a day.
pub(super) fn deadline(target: &Target, code: &str, evidence: Evidence<'_>) -> Judged {
    let base = Judged::without_figures(code);
    let Some(last) = target.valid_to else { return base };
    match evidence.reports.first() {
        Some(report) => Judged {
            state: reached(report.day <= last),
            basis: Some(Basis::Reported),
            is_target_year: true,
            distance: Some((last - report.day).num_days() as f64),
            ..base
        },
        None if evidence.today > last => Judged {
            state: TargetState::NotReached,
            is_target_year: true,
            distance: Some((last - evidence.today).num_days() as f64),
            remarks: vec![Words::new("quá hạn, chưa có báo cáo", "overdue, no report")],
            ..base
        },
        None => {
            Judged { distance: Some((last - evidence.today).num_days() as f64), remarks: vec![not_reported()], ..base }
        }
    }
}

fn not_reported() -> Words {
    Words::new("cơ quan chưa báo cáo", "the agencies have not reported yet")
}

/// What an office counts itself, by its newest report.
pub(super) fn counted(target: &Target, code: &str, evidence: Evidence<'_>) -> Judged {
    let base = Judged::without_figures(code);
    let newest = evidence.reports.iter().rev().find_map(|report| report.value.map(|value| (report.day, value)));
    let (Some((day, number)), Some((rule, value))) = (newest, target.value()) else {
        return Judged { remarks: vec![not_reported()], ..base };
    };
    let year = chrono::Datelike::year(&day);
    let judged = Judged {
        basis: Some(Basis::Reported),
        year: Some(year),
        is_target_year: year == target.target_year,
        value: Some(number),
        bound: Some(value),
        distance: Some(signed(rule, number - value)),
        ..base
    };
    judged.by_year(met(rule, number, value), target.target_year)
}
