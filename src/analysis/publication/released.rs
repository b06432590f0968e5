//! Whose answers stand behind what was shown. Kept inside the house, so that the next publication can be held against it.

use std::collections::{BTreeMap, BTreeSet};

use estimation::disclosure::{DisclosureRules, too_close};
use problem::{Problem, Problems};
use serde::{Deserialize, Serialize};

use super::Choice;

/// What a publication told of whom. Never published itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// What was published.
    pub choice: Choice,
    /// The cases behind it, sorted.
    pub people: Vec<String>,
    /// Of each cell that was shown the places of its cases in `people`, sorted.
    pub cells: BTreeMap<String, Vec<u32>>,
}

/// The name of a cell of a one-way table.
pub(super) fn margin_key(name: &str, code: &str) -> String {
    format!("{name}={code}")
}

/// The name of a cell of a cross table.
pub(super) fn inner_key(row: (&str, &str), col: (&str, &str)) -> String {
    format!("{}={}|{}={}", row.0, row.1, col.0, col.1)
}

impl Released {
    fn cases(&self, places: &[u32]) -> Vec<&str> {
        places.iter().filter_map(|at| self.people.get(*at as usize)).map(String::as_str).collect()
    }

    /// Whether both speak of the same people and the same questionnaire, so that what one showed is known to the reader of the other.
    pub(super) fn shares_people_with(&self, other: &Self) -> bool {
        self.people == other.people && self.choice.form == other.choice.form
    }

    /// Whether the same people stood in a cell.
    pub(super) fn has_same_cell(&self, other: &Self, key: &str) -> bool {
        match (self.cells.get(key), other.cells.get(key)) {
            (Some(mine), Some(others)) => self.cases(mine) == other.cases(others),
            _ => false,
        }
    }

    /// What a new release would tell together with this one about 1 … `n_min` − 1 people.
    pub(super) fn differences(&self, new: &Self, rules: DisclosureRules) -> Problems {
        let mut problems = Problems::none();
        let few = |what: &str, n: usize| {
            Problem::new(
                "publication_difference",
                "so với lần công bố trước, số liệu khác nhau ở quá ít người: lấy hiệu sẽ lộ câu trả lời của họ",
                "compared with an earlier publication too few people differ: the difference would give their answers away",
            )
            .expected((
                format!("không khác ai, hoặc khác từ {} người", rules.n_min()),
                format!("nobody, or at least {} people", rules.n_min()),
            ))
            .got((format!("{what}: {n} người"), format!("{what}: {n} people")))
        };
        if let Some(n) = too_close(&self.people, &new.people, rules) {
            problems.push(few("n", n).hint(
                "giữ nguyên lần công bố trước, hoặc công bố lại khi khác ít nhất bằng số tối thiểu",
                "keep what was published, or publish again when at least the least number of people differ",
            ));
            return problems;
        }
        if self.choice.form != new.choice.form {
            return problems;
        }
        for (key, places) in &new.cells {
            let Some(before) = self.cells.get(key) else { continue };
            if let Some(n) = too_close(&self.cases(before), &new.cases(places), rules) {
                problems.push(few(key, n).hint("bỏ câu hỏi này khỏi lần công bố", "leave this question out"));
            }
        }
        problems
    }
}

/// The choices of earlier releases about the same people: their tables are protected along with the new ones.
pub(super) fn earlier_choices<'a>(earlier: &'a [Released], new: &Released) -> Vec<&'a Choice> {
    let mut seen = BTreeSet::new();
    let same = earlier.iter().filter(|one| one.shares_people_with(new)).map(|one| &one.choice);
    same.filter(|choice| seen.insert((choice.questions.clone(), choice.by.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn released(people: std::ops::Range<u32>, yes: std::ops::Range<u32>) -> Released {
        Released {
            choice: Choice { form: "papi".to_owned(), questions: vec!["q".to_owned()], by: None },
            people: people.clone().map(|case| format!("{case:04}")).collect(),
            cells: BTreeMap::from([(margin_key("q", "1"), yes.map(|case| case - people.start).collect())]),
        }
    }

    #[test]
    fn few_people_more_or_less_are_not_published_again() {
        let rules = DisclosureRules::default();
        let codes = |new: &Released| -> Vec<&'static str> {
            released(0..200, 0..100).differences(new, rules).iter().map(|problem| problem.code).collect()
        };
        assert!(codes(&released(0..200, 0..100)).is_empty());
        assert_eq!(codes(&released(0..201, 0..100)), ["publication_difference"]);
        assert_eq!(codes(&released(0..200, 0..97)), ["publication_difference"], "three changed their answer");
        assert!(codes(&released(0..220, 0..120)).is_empty());
        assert_eq!(codes(&released(0..220, 0..103)), ["publication_difference"], "of twenty new people three said yes");
    }
}
