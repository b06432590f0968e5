//! How a stage spreads a total over its strata.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};

use super::design_problem;
use super::stages::{Surroundings, check_number, stage_variable};
use crate::allocation::AllocationRule;
use crate::design::raw::{RawAllocation, RawNumbers};
use crate::design::{AllocationMeasure, StageAllocation, StageVariable, StratumNumbers};
use crate::hash::nfc;

/// The allocation, or nothing when its rule is not known.
pub(super) fn check_allocation(
    raw: &RawAllocation,
    strata: &[StageVariable],
    around: &Surroundings<'_>,
    place: &str,
    problems: &mut Problems,
) -> Option<StageAllocation> {
    if strata.is_empty() {
        let (vi, en) = (
            "phân bổ cần các tầng tường minh (strata) của giai đoạn",
            "an allocation needs explicit strata of the stage",
        );
        problems.push(design_problem("design_allocation", place, vi, en));
    }
    let within: Vec<StageVariable> = raw.within.iter().map(|name| stage_variable(&nfc(name), around.levels)).collect();
    if within.iter().any(|variable| !strata.contains(variable)) {
        let (vi, en) = ("within chỉ nêu các biến có trong strata", "within names variables that stand in strata");
        problems
            .push(design_problem("design_allocation", &format!("{place}.within"), vi, en).got(raw.within.join(", ")));
    }
    let total = raw.total.map(|total| check_number(total, 1, &format!("{place}.total"), problems));
    let minimum = raw.minimum.map_or(1, |minimum| check_number(minimum, 1, &format!("{place}.minimum"), problems));
    let rule = check_rule(raw, place, problems)?;
    check_keys(raw, rule, place, problems);
    Some(StageAllocation {
        rule,
        total,
        minimum,
        within,
        measure: raw.measure.as_deref().map(|measure| match measure {
            "units" => AllocationMeasure::Units,
            column => AllocationMeasure::Column(nfc(column)),
        }),
        spread: match (&raw.spread, &raw.cv) {
            (Some(spread), _) => Some(numbers(spread, &format!("{place}.spread"), problems)),
            (None, cv) => cv.as_ref().map(|cv| numbers(cv, &format!("{place}.cv"), problems)),
        },
        cost: raw.cost.as_ref().map(|cost| numbers(cost, &format!("{place}.cost"), problems)),
        numbers: raw.numbers.as_ref().map(|given| numbers(given, &format!("{place}.numbers"), problems)),
    })
}

fn check_rule(raw: &RawAllocation, place: &str, problems: &mut Problems) -> Option<AllocationRule> {
    let rule = match raw.rule.as_str() {
        "equal" => AllocationRule::Equal,
        "proportional" => AllocationRule::Proportional,
        "square_root" => AllocationRule::SquareRoot,
        // A power that is missing or out of range is told with the other keys, or by the number itself.
        "power" => AllocationRule::Power { power: raw.power.unwrap_or(0.5) },
        "neyman" => AllocationRule::Neyman,
        "optimal" => AllocationRule::Optimal,
        "fixed" => AllocationRule::Fixed,
        other => {
            let (vi, en) = ("không có quy tắc phân bổ này", "there is no such rule of allocation");
            problems.push(
                design_problem("design_unknown_allocation", &format!("{place}.rule"), vi, en)
                    .expected(AllocationRule::NAMES.join(", "))
                    .got(other.to_owned()),
            );
            return None;
        }
    };
    if let Some(power) = raw.power
        && !(0.0..=1.0).contains(&power)
    {
        let (vi, en) = ("số mũ phải từ 0 đến 1", "a power lies between 0 and 1");
        problems.push(
            design_problem("design_bad_number", &format!("{place}.power"), vi, en)
                .expected("0–1")
                .got(power.to_string()),
        );
    }
    Some(rule)
}

/// Which keys a rule must have, may have, and may not have.
fn check_keys(raw: &RawAllocation, rule: AllocationRule, place: &str, problems: &mut Problems) {
    let is_power = matches!(rule, AllocationRule::Power { .. });
    let by_spread = matches!(rule, AllocationRule::Neyman | AllocationRule::Optimal);
    let is_fixed = rule == AllocationRule::Fixed;
    let is_optimal = rule == AllocationRule::Optimal;
    for (key, there, must, may) in [
        ("total", raw.total.is_some(), !is_fixed, true),
        ("measure", raw.measure.is_some(), rule.uses_measure(), rule.uses_measure()),
        ("power", raw.power.is_some(), is_power, is_power),
        ("cv", raw.cv.is_some(), false, is_power),
        ("spread", raw.spread.is_some(), by_spread, by_spread),
        ("cost", raw.cost.is_some(), is_optimal, is_optimal),
        ("numbers", raw.numbers.is_some(), is_fixed, is_fixed),
    ] {
        if must && !there {
            problems.push(key_problem(rule, key, place, "cần khóa", "needs the key"));
        } else if there && !may {
            problems.push(key_problem(rule, key, place, "không dùng khóa", "does not use the key"));
        }
    }
}

fn key_problem(rule: AllocationRule, key: &str, place: &str, vi: &str, en: &str) -> Problem {
    let name = rule.name();
    Problem::new("design_allocation", format!("quy tắc {name} {vi} {key}"), format!("the rule {name} {en} {key}"))
        .at(Place::column(format!("{place}.{key}")))
}

fn numbers(raw: &RawNumbers, place: &str, problems: &mut Problems) -> StratumNumbers {
    match raw {
        RawNumbers::Column(column) => StratumNumbers::Column(nfc(column)),
        RawNumbers::Given(given) => {
            let kept: BTreeMap<String, f64> = given.iter().map(|(label, number)| (nfc(label), *number)).collect();
            if kept.len() < given.len() {
                let (vi, en) = ("một tầng được cho hai số", "a stratum is given two numbers");
                problems.push(design_problem("design_allocation", place, vi, en).hint(
                    "hai nhãn chỉ khác nhau ở cách mã hóa dấu (Unicode)",
                    "two labels differ only in how accents are encoded (Unicode)",
                ));
            }
            StratumNumbers::Given(kept)
        }
    }
}
