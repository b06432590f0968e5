//! The questions and codes that a definition names must be those of the questionnaire.

use std::collections::{BTreeMap, BTreeSet};

use problem::{Place, Problem, Problems};

use super::definition::IndexDefinition;
use super::rules::{Indicator, ValueRule};

/// A questionnaire as a definition sees it: its questions, and the choice codes of those that have choices.
pub type Questions = BTreeMap<String, Option<BTreeSet<String>>>;

/// Codes that never count: don't know, refused, does not apply.
const MISSING: [&str; 3] = ["-888", "-999", "-777"];

impl IndexDefinition {
    /// Nothing, or every question and code that the questionnaire does not have, with the line of the indicator.
    ///
    /// # Errors
    /// `index_unknown_question`; `index_unknown_code` for a code that no question of the indicator offers;
    /// `index_code_without_number` for a choice that the indicator's rule can give no number of its scale.
    ///
    /// # Proofs
    /// `every_question_and_code_of_a_definition_stands_in_its_questionnaire`, `a_question_that_is_not_asked_is_told`.
    pub fn check_questions(&self, questions: &Questions) -> Result<(), Problems> {
        let mut problems = Problems::none();
        for indicator in self.indicators() {
            if let Some(rule) = &indicator.value {
                self.check_rule(indicator, rule, questions, &mut problems);
            }
        }
        problems.into_result(())
    }

    fn check_rule(&self, indicator: &Indicator, rule: &ValueRule, questions: &Questions, problems: &mut Problems) {
        let code = &indicator.code;
        let mut say = |name, vi: String, en: String| {
            let place = Place { row: self.line_of(code), ..Place::column(format!("{code} questions")) };
            problems.push(Problem::new(name, vi, en).at(place));
        };
        let mut offered: BTreeSet<&str> = BTreeSet::new();
        let mut free = false;
        for question in &rule.questions {
            match questions.get(question) {
                None => say(
                    "index_unknown_question",
                    format!("chỉ tiêu {code} dùng câu hỏi {question} mà bảng hỏi không có"),
                    format!("indicator {code} uses question {question}, which the questionnaire does not have"),
                ),
                Some(None) => free = true,
                Some(Some(choices)) if rule.kind.is_coded() => offered.extend(choices.iter().map(String::as_str)),
                Some(Some(choices)) => {
                    for choice in choices.iter().filter(|choice| !MISSING.contains(&choice.as_str())) {
                        if rule.values.get(choice).copied().or_else(|| choice.parse().ok()).is_none() {
                            say(
                                "index_code_without_number",
                                format!("phương án {choice} của {question} không có số trong chỉ tiêu {code}"),
                                format!("choice {choice} of {question} has no number in indicator {code}"),
                            );
                        }
                    }
                }
            }
        }
        let known = rule.questions.iter().all(|question| questions.contains_key(question));
        for wanted in rule.codes.iter().filter(|wanted| known && !free && !offered.contains(wanted.as_str())) {
            say(
                "index_unknown_code",
                format!("không câu hỏi nào của chỉ tiêu {code} có phương án {wanted}"),
                format!("no question of indicator {code} offers the answer {wanted}"),
            );
        }
    }
}
