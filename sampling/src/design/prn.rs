//! Stages that are drawn by permanent random numbers.

use problem::Problems;

use super::check::design_problem;
use super::raw::{RawPrn, RawStage};
use crate::coordination::PermanentNumbers;
use crate::selection::SelectionMethod;

/// More turns round the circle than any programme of rounds makes.
const ROTATION_MAX: f64 = 1_000_000.0;

/// Reads `prn = { start = …, rotation = … }` of a stage.
pub(super) fn check_prn(
    raw: &RawPrn,
    method: SelectionMethod,
    counted: bool,
    place: &str,
    problems: &mut Problems,
) -> PermanentNumbers {
    if !method.has_own_numbers() {
        let own = SelectionMethod::ALL.into_iter().filter(|method| method.has_own_numbers());
        let known: Vec<&str> = own.map(SelectionMethod::name).collect();
        let (vi, en) = (
            "phương pháp này không chọn từng đơn vị theo số ngẫu nhiên riêng, nên không phối hợp được bằng số cố định",
            "units have no random number of their own in this method, so permanent numbers cannot coordinate it",
        );
        problems.push(
            design_problem("design_prn_method", &format!("{place}.method"), vi, en)
                .expected(known.join(", "))
                .got(method.name()),
        );
    }
    if counted {
        let (vi, en) = (
            "đơn vị chỉ được đếm không có mã bền qua các khung, nên không có số ngẫu nhiên cố định",
            "units that are only counted have no identity over frames, and so no permanent number",
        );
        problems.push(design_problem("design_prn_counted", &format!("{place}.prn"), vi, en));
    }
    for (key, value, is_right, expected) in [
        ("start", raw.start, (0.0..1.0).contains(&raw.start), "0 ≤ start < 1"),
        ("rotation", raw.rotation, (0.0..=ROTATION_MAX).contains(&raw.rotation), "0 ≤ rotation ≤ 1000000"),
    ] {
        if !is_right {
            let (vi, en) = ("số không hợp lệ", "the number is out of range");
            problems.push(
                design_problem("design_bad_number", &format!("{place}.prn.{key}"), vi, en)
                    .expected(expected)
                    .got(value.to_string()),
            );
        }
    }
    PermanentNumbers { start: raw.start, rotation: raw.rotation }
}

/// Reads `prn_seed`, which stands exactly where a stage needs it.
pub(super) fn check_prn_seed(raw: Option<i64>, stages: &[RawStage], problems: &mut Problems) -> Option<u64> {
    let is_used = stages.iter().any(|stage| stage.prn.is_some());
    if raw.is_some() != is_used {
        let (vi, en) = (
            "prn_seed (số khởi đầu cố định, như nhau qua các đợt) cần có khi một giai đoạn dùng prn, và chỉ khi đó",
            "prn_seed (the permanent seed, the same in all rounds) is needed where a stage has prn, and only there",
        );
        problems.push(design_problem("design_prn_seed", "prn_seed", vi, en));
    }
    let seed = u64::try_from(raw?);
    if seed.is_err() {
        let (vi, en) = ("số không hợp lệ", "the number is out of range");
        let problem = design_problem("design_bad_number", "prn_seed", vi, en).expected("≥ 0");
        problems.push(problem.got(raw.unwrap_or_default().to_string()));
    }
    seed.ok()
}
