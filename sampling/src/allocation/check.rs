//! What an allocation needs to be told.

use std::collections::BTreeSet;

use problem::{Place, Problem, Problems};

use super::{AllocationRequest, AllocationRule, AllocationStratum};

/// More units than any survey draws: a slip of the keyboard.
const N_MAX: u64 = 1_000_000_000;

/// Numbers outside are slips, and squares of ratios inside stay far from the ends of floating point.
const SMALLEST: f64 = 1e-12;
const LARGEST: f64 = 1e15;

/// Whether a measure, spread or cost can be used.
pub(super) fn is_usable(number: f64) -> bool {
    (SMALLEST..=LARGEST).contains(&number)
}

pub(super) fn missing(what: &str, label: &str) -> Problem {
    Problem::new(
        "allocation_missing_number",
        format!("phân bổ: tầng {label} thiếu {what}"),
        format!("allocation: stratum {label} has no {what}"),
    )
    .at(Place::column(what))
}

pub(super) fn bad_number(what: &str, label: &str, got: Option<f64>) -> Problem {
    let Some(got) = got else { return missing(what, label) };
    Problem::new(
        "allocation_bad_number",
        format!("phân bổ: {what} của tầng {label} không dùng được"),
        format!("allocation: {what} of stratum {label} is not usable"),
    )
    .at(Place::column(what))
    .expected(format!("{SMALLEST:e} – {LARGEST:e}"))
    .got(got.to_string())
}

/// The strata, each by itself, and the rule.
pub(super) fn strata(request: AllocationRequest, strata: &[AllocationStratum]) -> Result<(), Problems> {
    let mut problems = Problems::none();
    if strata.is_empty() {
        problems.push(Problem::new("allocation_no_stratum", "không có tầng nào để phân bổ", "there is no stratum"));
    }
    if let AllocationRule::Power { power } = request.rule
        && !(0.0..=1.0).contains(&power)
    {
        problems.push(
            Problem::new("allocation_bad_power", "số mũ của phân bổ lũy thừa không hợp lệ", "the power is not usable")
                .at(Place::column("power"))
                .expected("0–1")
                .got(power.to_string()),
        );
    }
    if !(1..=N_MAX).contains(&request.minimum) {
        problems.push(
            Problem::new(
                "allocation_bad_minimum",
                "số tối thiểu của một tầng phải từ 1: tầng không có đơn vị nào được rút thì không có cơ hội",
                "the minimum of a stratum is at least 1: units of a stratum without a draw would have no chance",
            )
            .at(Place::column("minimum"))
            .expected(format!("1–{N_MAX}"))
            .got(request.minimum.to_string()),
        );
    }
    let mut labels = BTreeSet::new();
    for stratum in strata {
        if !labels.insert(&stratum.label) {
            let (vi, en) = ("hai tầng cùng một tên", "two strata have the same name");
            problems.push(Problem::new("allocation_stratum_twice", vi, en).got(stratum.label.clone()));
        }
        if !(1..=N_MAX).contains(&stratum.population) {
            problems.push(
                bad_number("population", &stratum.label, None)
                    .expected(format!("1–{N_MAX}"))
                    .got(stratum.population.to_string()),
            );
        }
        for (what, number) in needed(request.rule, stratum) {
            if !number.is_some_and(is_usable) {
                problems.push(bad_number(what, &stratum.label, number).hint(
                    "tầng không có biến động hay không có đơn vị: gộp với tầng khác, hoặc cho số riêng của tầng",
                    "a stratum without spread or without units: merge it with another, or give it a number of its own",
                ));
            }
        }
    }
    problems.into_result(())
}

/// The numbers that a rule looks at, as far as they are known.
fn needed(rule: AllocationRule, stratum: &AllocationStratum) -> Vec<(&'static str, Option<f64>)> {
    let measure = ("measure", Some(stratum.measure));
    match rule {
        AllocationRule::Equal | AllocationRule::Fixed => Vec::new(),
        AllocationRule::Proportional | AllocationRule::SquareRoot => vec![measure],
        AllocationRule::Power { .. } => vec![measure, ("cv", Some(stratum.spread.unwrap_or(1.0)))],
        AllocationRule::Neyman => vec![measure, ("spread", stratum.spread)],
        AllocationRule::Optimal => vec![measure, ("spread", stratum.spread), ("cost", stratum.cost)],
    }
}

/// The total, when all strata together can take it.
pub(super) fn total(request: AllocationRequest, strata: &[AllocationStratum]) -> Result<u64, Problems> {
    let least: u64 = strata.iter().map(|stratum| request.least_in(stratum)).sum();
    let most: u64 = strata.iter().map(|stratum| stratum.population).sum();
    let problem = |code, vi: &str, en: &str, got: String| {
        Problem::new(code, vi, en).at(Place::column("total")).expected(format!("{least}–{most}")).got(got)
    };
    match request.total {
        None => Err(missing("total", "").into()),
        Some(total) if total < least => Err(problem(
            "allocation_below_minimum",
            "tổng nhỏ hơn số tối thiểu của tất cả các tầng cộng lại",
            "the total is below the minimum of all strata together",
            total.to_string(),
        )
        .hint("tăng tổng, giảm minimum, hoặc gộp tầng", "raise the total, lower the minimum, or merge strata")
        .into()),
        Some(total) if total > most => Err(problem(
            "allocation_too_many",
            "tổng lớn hơn số đơn vị có trong các tầng",
            "the total is above the number of units in the strata",
            total.to_string(),
        )
        .hint(
            "giảm tổng; trong thiết kế, when_short = \"take_all\" lấy hết",
            "lower the total; in a design, when_short = \"take_all\" takes them all",
        )
        .into()),
        Some(total) if total > N_MAX => {
            let (vi, en) = ("tổng lớn vô lý", "the total is absurdly large");
            Err(problem("allocation_absurd_total", vi, en, total.to_string()).into())
        }
        Some(total) => Ok(total),
    }
}
