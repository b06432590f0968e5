//! Quantiles: each probability by each rule, with Woodruff's interval.

use problem::{Place, Problem, Problems};
use serde_json::Value;

use super::answer::{Answer, DesignSummary, Entry, QuantileRow};
use super::design::numbers;
use super::document::{Request, unknown};
use crate::domain::crossing;
use crate::table::Table;
use crate::{EstimationDesign, ProportionInterval, QuantileRule, SortedAnswers};

const RULES: [QuantileRule; 9] = [
    QuantileRule::Math,
    QuantileRule::School,
    QuantileRule::Shahvaish,
    QuantileRule::Hf4,
    QuantileRule::Hf5,
    QuantileRule::Hf6,
    QuantileRule::Hf7,
    QuantileRule::Hf8,
    QuantileRule::Hf9,
];

const INTERVALS: [ProportionInterval; 4] =
    [ProportionInterval::Mean, ProportionInterval::Xlogit, ProportionInterval::Asin, ProportionInterval::Beta];

pub(super) fn run(request: &Request, table: &Table, design: &EstimationDesign, level: f64) -> Result<Answer, Problems> {
    let keys = &request.estimand;
    let mut problems = Problems::none();
    let mut variables: Vec<(&str, &[f64])> = Vec::new();
    for name in &keys.vars.0 {
        match table.column(name).and_then(|column| numbers(name, column)) {
            Ok(values) => variables.push((name, values)),
            Err(problem) => problems.push(problem),
        }
    }
    for p in keys.probs.0.iter().filter(|p| !(0.0..=1.0).contains(*p)) {
        problems.push(
            Problem::new("request_probability", "mức phân vị không hợp lệ", "a quantile does not exist")
                .at(Place::column("estimand.probs"))
                .expected(("số từ 0 đến 1", "a number from 0 to 1"))
                .got(p.to_string()),
        );
    }
    let ways = ways(request, &mut problems);
    problems.into_result(())?;
    let mut estimates = Vec::new();
    let by: Vec<&str> = keys.by.0.iter().map(String::as_str).collect();
    for domain in crossing(table, &by)? {
        for &(name, y) in &variables {
            let rows = domain.rows.iter().copied().filter(|&row| !y[row as usize].is_nan()).collect();
            let answers = SortedAnswers::of_rows(design, y, rows);
            for &(rule, interval) in &ways {
                for &p in &keys.probs.0 {
                    let quantile = answers.woodruff(design, y, p, rule, interval, level)?;
                    estimates.push(Entry::Quantile(QuantileRow {
                        domain: domain.labels.clone(),
                        name: name.to_owned(),
                        p,
                        qrule: rule,
                        interval,
                        est: quantile.estimate,
                        ci: [quantile.lower, quantile.upper],
                        se: quantile.standard_error,
                        n: quantile.n,
                        df: design.degrees_of_freedom(),
                        df_domain: quantile.domain_degrees_of_freedom,
                        small_cell: None,
                        why_missing: quantile.why_missing,
                    }));
                }
            }
        }
    }
    Ok(Answer::of(estimates, DesignSummary::of(design)))
}

/// The rules and intervals asked for. Where none are named: all rules with the plain interval, `math` and `hf7` with all
/// intervals.
fn ways(request: &Request, problems: &mut Problems) -> Vec<(QuantileRule, ProportionInterval)> {
    let keys = &request.estimand;
    let mut named = |names: &[String], key: &str, known: &[&str]| {
        for name in names.iter().filter(|name| !known.contains(&name.as_str())) {
            problems.push(unknown(key, &Value::from(name.as_str())));
        }
    };
    named(&keys.qrules.0, "estimand.qrules", &RULES.map(QuantileRule::name));
    named(&keys.intervals.0, "estimand.intervals", &INTERVALS.map(ProportionInterval::name));
    let asked = |names: &[String], name: &str| names.is_empty() || names.iter().any(|asked| asked == name);
    let mut ways = Vec::new();
    for rule in RULES.into_iter().filter(|rule| asked(&keys.qrules.0, rule.name())) {
        let every = !keys.intervals.0.is_empty() || matches!(rule, QuantileRule::Math | QuantileRule::Hf7);
        let intervals = if every { &INTERVALS[..] } else { &INTERVALS[..1] };
        let intervals = intervals.iter().filter(|interval| asked(&keys.intervals.0, interval.name()));
        ways.extend(intervals.map(|&interval| (rule, interval)));
    }
    ways
}
