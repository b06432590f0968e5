//! Quantiles: each probability by each rule, with Woodruff's interval.

use problem::{Place, Problem, Problems};

use super::answer::{Answer, DesignSummary, Entry, QuantileRow};
use super::document::Request;
use super::run::numbers;
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
                .expected("a number from 0 to 1")
                .got(p.to_string()),
        );
    }
    problems.into_result(())?;
    let mut estimates = Vec::new();
    let by: Vec<&str> = keys.by.0.iter().map(String::as_str).collect();
    for domain in crossing(table, &by)? {
        for &(name, y) in &variables {
            let rows = domain.rows.iter().copied().filter(|&row| !y[row as usize].is_nan()).collect();
            let answers = SortedAnswers::of_rows(design, y, rows);
            for (rule, interval) in ways(request) {
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
                        why_missing: quantile.why_missing,
                    }));
                }
            }
        }
    }
    Ok(Answer { estimates, vcov: None, contrasts: None, df: None, design: DesignSummary::of(design) })
}

/// The rules and intervals asked for. Where none are named: all rules with the plain interval, `math` and `hf7` with all
/// intervals.
fn ways(request: &Request) -> Vec<(QuantileRule, ProportionInterval)> {
    let keys = &request.estimand;
    let rules: &[QuantileRule] = if keys.qrules.0.is_empty() { &RULES } else { &keys.qrules.0 };
    let of_rule = |rule: QuantileRule| -> Vec<ProportionInterval> {
        let every = matches!(rule, QuantileRule::Math | QuantileRule::Hf7);
        match (keys.intervals.0.is_empty(), every) {
            (false, _) => keys.intervals.0.clone(),
            (true, true) => INTERVALS.to_vec(),
            (true, false) => vec![ProportionInterval::Mean],
        }
    };
    rules.iter().flat_map(|&rule| of_rule(rule).into_iter().map(move |interval| (rule, interval))).collect()
}
