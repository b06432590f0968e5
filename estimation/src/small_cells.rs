//! Which estimates rest on too little to be shown, or to be shown without a mark: rules as data.

use problem::{Place, Problem, Problems};
use serde::{Deserialize, Serialize};

/// A named set of rules.
///
/// The set of the house ([`SmallCellRules::house`]) hides estimates on fewer than 30 answers and flags those on 30 to 59, with a
/// relative standard error above 25 %, with fewer than 8 degrees of freedom, or (proportions) with an interval wider than 20
/// points.
///
/// # Source
/// Parker et al. (2017), National Center for Health Statistics Data Presentation Standards for Proportions (30 answers, 8 degrees
/// of freedom, widths); Australian Bureau of Statistics (relative standard errors above 25 %).
///
/// # Limits
/// Hiding an estimate does not hide what others give away (complements, totals): rules judge each number by itself. They protect
/// readers from noise; they are no disclosure control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmallCellRules {
    /// Its name, which travels with what it hid or flagged.
    pub name: String,
    /// The rules; every rule that holds is told.
    pub rules: Vec<SmallCellRule>,
}

/// One rule: a measure below or above a limit has a consequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmallCellRule {
    /// Its name.
    pub name: String,
    /// What is measured.
    pub measure: Measure,
    /// The rule holds below this limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// The rule holds above this limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// What follows.
    pub action: Action,
    /// The reason in Vietnamese.
    pub vi: String,
    /// The reason in English.
    pub en: String,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Unweighted number of answers.
    Answers,
    /// Standard error over the size of the estimate.
    RelativeStandardError,
    /// PSUs minus strata of those who answered.
    DegreesOfFreedom,
    /// Upper minus lower limit; only proportions have it.
    IntervalWidthOfAProportion,
}

/// What follows when a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The number is shown with a mark.
    Flag,
    /// The number is not shown.
    Hide,
}

/// What the rules look at, of one estimate. What is missing breaks no rule.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Facts {
    /// Unweighted number of answers.
    pub n: usize,
    /// The estimate.
    pub estimate: Option<f64>,
    /// Its standard error.
    pub standard_error: Option<f64>,
    /// PSUs minus strata of those who answered.
    pub degrees_of_freedom: Option<usize>,
    /// Upper minus lower limit of a proportion.
    pub width: Option<f64>,
}

/// The verdict on an estimate that some rule holds for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SmallCell {
    /// The strongest consequence.
    pub flag: Action,
    /// Every rule that holds.
    pub reason: Vec<Reason>,
}

/// A rule that holds, in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// Its name.
    pub rule: String,
    /// The reason in Vietnamese.
    pub vi: String,
    /// The reason in English.
    pub en: String,
}

const HOUSE: &str = include_str!("small_cells/house.json");

impl SmallCellRules {
    /// The rules of the house (`estimation/src/small_cells/house.json`).
    ///
    /// # Errors
    /// Those of [`Self::parse`]; the file of the house is tested to have none.
    pub fn house() -> Result<Self, Problems> {
        Self::parse(HOUSE)
    }

    /// Reads a set of rules from JSON.
    ///
    /// # Errors
    /// `small_cells_rules`: another shape, no rules, a rule with no limit or with two, a limit that is not finite.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let wrong = |got: String| {
            Problem::new(
                "small_cells_rules",
                "bộ quy tắc ô nhỏ không đúng cấu trúc",
                "the rules for small cells do not have the right shape",
            )
            .at(Place::column("small_cells"))
            .expected("{name, rules: [{name, measure, below or above, action: hide or flag, vi, en}]}")
            .got(got)
        };
        let rules: Self = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let mut problems = Problems::none();
        if rules.rules.is_empty() {
            problems.push(wrong("no rules".to_owned()));
        }
        for rule in &rules.rules {
            match (rule.below, rule.above) {
                (Some(limit), None) | (None, Some(limit)) if limit.is_finite() => {}
                _ => problems.push(wrong(format!("{}: one limit is needed, below or above", rule.name))),
            }
        }
        problems.into_result(rules)
    }

    /// The verdict on an estimate, or `None` when no rule holds. An estimate that is missing has its own reason already.
    #[must_use]
    pub fn judge(&self, facts: &Facts) -> Option<SmallCell> {
        let estimate = facts.estimate?;
        let measured = |measure| match measure {
            Measure::Answers => Some(facts.n as f64),
            // An estimate of 0 with an error is infinitely uncertain in relative terms; without one it is exact.
            Measure::RelativeStandardError => {
                facts.standard_error.map(|error| if error == 0.0 { 0.0 } else { error / estimate.abs() })
            }
            Measure::DegreesOfFreedom => facts.degrees_of_freedom.map(|df| df as f64),
            Measure::IntervalWidthOfAProportion => facts.width,
        };
        let holds = |rule: &&SmallCellRule| {
            measured(rule.measure).is_some_and(|value| {
                rule.below.is_some_and(|limit| value < limit) || rule.above.is_some_and(|limit| value > limit)
            })
        };
        let held: Vec<&SmallCellRule> = self.rules.iter().filter(holds).collect();
        // Of the rules on one measure only the strongest is told: 20 answers are fewer than 30, and nobody asks about 60.
        let stronger = |rule: &SmallCellRule, other: &SmallCellRule| {
            other.measure == rule.measure
                && (other.action > rule.action
                    || other.action == rule.action
                        && (other.below.zip(rule.below).is_some_and(|(a, b)| a < b)
                            || other.above.zip(rule.above).is_some_and(|(a, b)| a > b)))
        };
        let told: Vec<&SmallCellRule> =
            held.iter().copied().filter(|rule| !held.iter().any(|other| stronger(rule, other))).collect();
        let flag = told.iter().map(|rule| rule.action).max()?;
        let reason =
            told.iter().map(|rule| Reason { rule: rule.name.clone(), vi: rule.vi.clone(), en: rule.en.clone() });
        Some(SmallCell { flag, reason: reason.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(facts: Facts) -> Option<(Action, Vec<String>)> {
        let verdict = SmallCellRules::house().unwrap().judge(&facts)?;
        Some((verdict.flag, verdict.reason.into_iter().map(|reason| reason.rule).collect()))
    }

    const GOOD: Facts = Facts {
        n: 200,
        estimate: Some(0.4),
        standard_error: Some(0.04),
        degrees_of_freedom: Some(20),
        width: Some(0.16),
    };

    #[test]
    fn each_limit_is_on_the_side_the_rule_says() {
        assert_eq!(told(GOOD), None);
        let one = |facts: Facts| told(facts).map(|(action, mut rules)| (action, rules.remove(0), rules.len()));
        let flag = |rule: &str| Some((Action::Flag, rule.to_owned(), 0));
        assert_eq!(one(Facts { n: 29, ..GOOD }), Some((Action::Hide, "answers_under_30".to_owned(), 0)));
        assert_eq!(one(Facts { n: 30, ..GOOD }), flag("answers_under_60"));
        assert_eq!(one(Facts { n: 59, ..GOOD }), flag("answers_under_60"));
        assert_eq!(told(Facts { n: 60, ..GOOD }), None);
        assert_eq!(told(Facts { standard_error: Some(0.1), ..GOOD }), None, "25 % itself is not above 25 %");
        let noisy = Facts { standard_error: Some(0.101), ..GOOD };
        assert_eq!(one(noisy), flag("relative_error_over_25_percent"));
        assert_eq!(one(Facts { degrees_of_freedom: Some(7), ..GOOD }), flag("fewer_than_8_degrees_of_freedom"));
        assert_eq!(told(Facts { degrees_of_freedom: Some(8), ..GOOD }), None);
        assert_eq!(one(Facts { width: Some(0.21), ..GOOD }), flag("interval_wider_than_20_points"));
        assert_eq!(told(Facts { width: None, ..GOOD }), None, "a mean has no width in points");
    }

    #[test]
    fn all_rules_that_hold_are_told_and_the_strongest_decides() {
        let poor = Facts { n: 12, standard_error: Some(0.2), degrees_of_freedom: Some(2), width: Some(0.9), ..GOOD };
        let (action, rules) = told(poor).unwrap();
        assert_eq!(action, Action::Hide);
        assert_eq!(
            rules,
            [
                "answers_under_30",
                "relative_error_over_25_percent",
                "fewer_than_8_degrees_of_freedom",
                "interval_wider_than_20_points"
            ]
        );
        assert_eq!(told(Facts { estimate: None, ..poor }), None, "what is missing has its own reason");
        let zero = Facts { estimate: Some(0.0), standard_error: Some(0.0), ..GOOD };
        assert_eq!(told(zero), None, "an exact zero has no relative error");
    }

    #[test]
    fn rules_without_a_usable_limit_are_refused() {
        let rule = |limits: &str| {
            format!(
                r#"{{"name": "n", "rules": [{{"name": "r", "measure": "answers", {limits} "action": "hide", "vi": "v", "en": "e"}}]}}"#
            )
        };
        assert!(SmallCellRules::parse(&rule(r#""below": 10,"#)).is_ok());
        for text in [rule(""), rule(r#""below": 1, "above": 2,"#), rule(r#""below": 1, "colour": 2,"#), "[]".to_owned()]
        {
            assert_eq!(SmallCellRules::parse(&text).unwrap_err().0[0].code, "small_cells_rules", "{text}");
        }
        assert!(SmallCellRules::parse(r#"{"name": "n", "rules": []}"#).is_err());
    }
}
