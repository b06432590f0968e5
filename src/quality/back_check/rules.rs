//! Which questions are compared, of which type, and how far two answers may lie apart: as data.

use std::collections::BTreeSet;

use problem::{Place, Problem, Problems};
use serde::{Deserialize, Serialize};

/// What a difference means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum QuestionType {
    /// Should never differ, such as the sex of the respondent: a difference speaks of the enumerator.
    Fixed,
    /// Hard to ask: a difference speaks of skill.
    Skill,
    /// May change from day to day: a difference speaks of the question.
    Changing,
}

impl QuestionType {
    /// 1, 2 or 3, as the field's handbooks count.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Fixed => 1,
            Self::Skill => 2,
            Self::Changing => 3,
        }
    }
}

impl From<QuestionType> for u8 {
    fn from(kind: QuestionType) -> Self {
        kind.number()
    }
}

impl TryFrom<u8> for QuestionType {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            1 => Ok(Self::Fixed),
            2 => Ok(Self::Skill),
            3 => Ok(Self::Changing),
            other => Err(format!("type {other}: 1, 2 or 3")),
        }
    }
}

/// How one question is compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionRule {
    /// Its name in the questionnaire and in the table of the back-check.
    pub name: String,
    /// 1 never differs, 2 skill, 3 may change.
    #[serde(rename = "type")]
    pub kind: QuestionType,
    /// Numbers may lie so far apart.
    pub tolerance: Option<f64>,
    /// Numbers may lie apart by this share of the original's size.
    pub tolerance_share: Option<f64>,
}

/// The rules of a back-check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackCheckRules {
    /// An error rate above this is told.
    #[serde(default = "action_rate")]
    pub action_rate: f64,
    /// The questions.
    pub question: Vec<QuestionRule>,
}

fn action_rate() -> f64 {
    0.1
}

impl BackCheckRules {
    /// Reads the rules.
    ///
    /// # Errors
    /// `back_check_rules` for everything that is wrong with them.
    pub fn from_toml(text: &str) -> Result<Self, Problems> {
        let wrong = |vi: &str, en: &str| Problem::new("back_check_rules", vi, en);
        let rules: Self = toml::from_str(text).map_err(|error| {
            let row =
                error.span().map(|span| 1 + text.get(..span.start).map_or(0, |before| before.matches('\n').count()));
            let mut problem =
                wrong("không đọc được quy tắc kiểm tra lại", "the rules of the back-check cannot be read")
                    .got(error.message().to_owned())
                    .hint(
                        "mỗi câu một mục: [[question]] name = \"…\" type = 1",
                        "one entry a question: [[question]] name = \"…\" type = 1",
                    );
            problem.place = row.map(Place::row);
            Problems::from(problem)
        })?;
        let mut problems = Problems::none();
        if rules.question.is_empty() {
            problems
                .push(wrong("chưa có câu hỏi nào để so", "there is no question to compare").expected("[[question]]"));
        }
        if !(0.0..=1.0).contains(&rules.action_rate) {
            problems.push(
                wrong("tỷ lệ phải từ 0 đến 1", "a rate lies between 0 and 1")
                    .at(Place::column("action_rate"))
                    .got(rules.action_rate.to_string()),
            );
        }
        let mut seen = BTreeSet::new();
        for question in &rules.question {
            if !seen.insert(&question.name) {
                problems.push(
                    wrong("câu hỏi được ghi hai lần", "the question stands there twice")
                        .at(Place::column(&question.name)),
                );
            }
            for tolerance in [question.tolerance, question.tolerance_share].into_iter().flatten() {
                if !(tolerance.is_finite() && tolerance >= 0.0) {
                    problems.push(
                        wrong("dung sai phải từ 0 trở lên", "a tolerance is 0 or more")
                            .at(Place::column(&question.name))
                            .got(tolerance.to_string()),
                    );
                }
            }
        }
        problems.into_result(rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_and_slips_are_told_together() {
        let rules = BackCheckRules::from_toml(
            "[[question]]\nname = \"sex\"\ntype = 1\n[[question]]\nname = \"income\"\ntype = 3\ntolerance_share = 0.1\n",
        )
        .expect("rules");
        assert_eq!(
            (rules.action_rate, rules.question[0].kind, rules.question[1].tolerance_share),
            (0.1, QuestionType::Fixed, Some(0.1))
        );
        let slips = BackCheckRules::from_toml(
            "action_rate = 2\n[[question]]\nname = \"a\"\ntype = 1\ntolerance = -1\n[[question]]\nname = \"a\"\ntype = 2\n",
        )
        .expect_err("three slips");
        assert_eq!(slips.len(), 3, "{slips:?}");
        for text in
            ["", "question = []", "[[question]]\nname = \"a\"\ntype = 4\n", "[[question]]\nname = \"a\"\n", "x = = 1"]
        {
            assert!(BackCheckRules::from_toml(text).is_err(), "{text}");
        }
    }
}
