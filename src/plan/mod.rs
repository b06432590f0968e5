//! The plan: targets as data. Pure.

use problem::{Problem, Problems, Words};
use reports::verdict::TargetRule;
use serde::Deserialize;

/// The targets that come with the program.
const TARGETS: &str = include_str!("targets.toml");

/// What a plan asks of an index.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Family of the index, such as `sipas`.
    pub index: String,
    /// The value, in the unit of the index.
    pub value: f64,
    /// Whether a value that equals the target meets it.
    pub rule: TargetRule,
    /// As the plan words it.
    pub name: Words,
    /// First year of validity.
    pub valid_from: i64,
    /// Last year of validity; `None` while it stands.
    pub valid_to: Option<i64>,
    /// Where it is written.
    pub source: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    target: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    index: String,
    value: f64,
    unit: Unit,
    rule: TargetRule,
    valid_from: i64,
    valid_to: Option<i64>,
    name_vi: String,
    name_en: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    Percent,
}

/// Targets from a TOML text.
///
/// # Errors
/// `plan_targets` with the line and the reason; values that are no percentages, years that run backwards, all at once.
pub fn read_targets(text: &str) -> Result<Vec<Target>, Problems> {
    let file: File = toml::from_str(text).map_err(|error| {
        Problem::new("plan_targets", "không đọc được tệp mục tiêu", "the file of targets cannot be read")
            .got(error.to_string())
    })?;
    let mut problems = Problems::none();
    for row in &file.target {
        let Row { unit: Unit::Percent, .. } = row;
        if !(0.0..=100.0).contains(&row.value) || row.valid_to.is_some_and(|last| last < row.valid_from) {
            problems.push(
                Problem::new("plan_targets", "mục tiêu không hợp lệ", "the target does not hold")
                    .expected("a percentage of 0 to 100; valid_to not before valid_from")
                    .got(format!("{} {} {}–{:?}", row.index, row.value, row.valid_from, row.valid_to)),
            );
        }
    }
    problems.into_result(
        file.target
            .into_iter()
            .map(|row| Target {
                index: row.index,
                value: row.value,
                rule: row.rule,
                name: Words::new(row.name_vi, row.name_en),
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                source: row.source,
            })
            .collect(),
    )
}

/// The target that comes with the program for a family of indices in a year, if there is one.
#[must_use]
pub fn target_of(index: &str, year: i64) -> Option<Target> {
    let mut targets = read_targets(TARGETS).unwrap_or_default();
    targets.retain(|target| {
        target.index == index && target.valid_from <= year && target.valid_to.is_none_or(|last| year <= last)
    });
    targets.into_iter().max_by_key(|target| target.valid_from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_targets_read_and_hold_in_their_years() {
        assert!(!read_targets(TARGETS).expect("valid").is_empty());
        // The plan says "trên 90 %": 90 % exactly does not meet it.
        let sipas = target_of("sipas", 2024).map(|target| (target.value, target.rule));
        assert_eq!(sipas, Some((90.0, TargetRule::Above)));
        assert_eq!(target_of("sipas", 2023), None);
        assert_eq!(target_of("papi", 2024), None);
    }

    #[test]
    fn impossible_targets_are_told() {
        let text = TARGETS
            .replace("value = 90.0", "value = 900.0")
            .replace("valid_from = 2024", "valid_from = 2024\nvalid_to = 2020");
        assert_eq!(read_targets(&text).expect_err("two faults in one row").len(), 1);
        assert!(read_targets("[[target]]\nindex = 1").is_err());
    }
}
