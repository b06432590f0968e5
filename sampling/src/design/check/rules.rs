//! What a stage says for some of its groups.

use problem::Problems;

use super::design_problem;
use super::stages::{Surroundings, check_reading, no_number, stage_variable};
use crate::design::raw::{RawRule, RawStage, RawValues};
use crate::design::{Condition, Stage, StageRule, StageVariable};
use crate::hash::nfc;

/// Every rule with the whole stage as it reads by it. What is already wrong with the stage itself is told there only.
pub(super) fn check_rules(
    raw: &RawStage,
    stage: &Stage,
    around: &Surroundings<'_>,
    place: &str,
    problems: &mut Problems,
) -> Vec<StageRule> {
    let told: Vec<_> = problems.iter().map(|problem| (problem.code, problem.got.clone())).collect();
    let mut rules = Vec::new();
    for (position, rule) in raw.rule.iter().enumerate() {
        let place = format!("{place}.rule[{}]", position + 1);
        let mut found = Problems::none();
        let when = check_when(rule, around, &place, &mut found);
        let raw_reading = raw.read_by(rule);
        let reading = check_reading(&raw_reading, around, &place, &mut found);
        if !raw_reading.has_number() {
            no_number(&place, &mut found);
        }
        if reading == *stage && found.is_empty() {
            let (vi, en) = ("rule không đổi gì so với giai đoạn", "the rule changes nothing of the stage");
            found.push(design_problem("design_rule_same", &place, vi, en));
        }
        let new = |problem: &problem::Problem| !told.contains(&(problem.code, problem.got.clone()));
        problems.extend(found.0.into_iter().filter(new));
        rules.push(StageRule { when, stage: reading });
    }
    rules
}

fn check_when(rule: &RawRule, around: &Surroundings<'_>, place: &str, problems: &mut Problems) -> Vec<Condition> {
    if rule.when.is_empty() {
        let (vi, en) = ("rule không có điều kiện nào", "the rule has no condition");
        problems.push(
            design_problem("design_rule_when", &format!("{place}.when"), vi, en)
                .expected("when = { province = \"01\" }"),
        );
    }
    let conditions = rule.when.iter().map(|(name, values)| {
        let name = nfc(name);
        let place = format!("{place}.when.{name}");
        let variable = stage_variable(&name, around.levels);
        if matches!(variable, StageVariable::Level(level) if level >= around.level) {
            let (vi, en) = ("điều kiện phải nêu cấp ở trên giai đoạn này", "a condition names a level above the stage");
            problems.push(design_problem("design_rule_when", &place, vi, en).got(name));
        }
        Condition { variable, values: check_values(values, &place, problems) }
    });
    conditions.collect()
}

fn check_values(raw: &RawValues, place: &str, problems: &mut Problems) -> Vec<String> {
    let values: Vec<String> = match raw {
        RawValues::One(value) => vec![nfc(value)],
        RawValues::Several(values) => values.iter().map(|value| nfc(value)).collect(),
        RawValues::Other(other) => {
            let (vi, en) = (
                "giá trị phải là chữ trong ngoặc kép: mã “01” không phải là số 1",
                "values are text in quotes: the code \"01\" is not the number 1",
            );
            problems.push(
                design_problem("design_rule_when", place, vi, en)
                    .expected("\"01\" | [\"01\", \"79\"]")
                    .got(other.type_str()),
            );
            return Vec::new();
        }
    };
    let twice = values.iter().enumerate().any(|(position, value)| values[..position].contains(value));
    if values.is_empty() || twice || values.iter().any(String::is_empty) {
        let (vi, en) =
            ("thiếu giá trị, giá trị trống hoặc lặp lại", "no value, an empty one, or one that stands twice");
        problems.push(design_problem("design_rule_when", place, vi, en).got(values.join(", ")));
    }
    values
}
