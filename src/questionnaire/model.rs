//! The parts of a questionnaire, as plain data.
//!
//! Sections and questions are two flat lists: a question knows its section, a section the one around it. The order of the
//! questions is the order of the interview.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::expression::{Expression, ExpressionError, Function, parse};
pub use super::kind::QuestionKind;

/// A text in the languages of the questionnaire, by language code (`vi`, `en`, …).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Texts(pub BTreeMap<String, String>);

impl Texts {
    /// Whether there is no text in any language.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text in one language, if it is written.
    #[must_use]
    pub fn get(&self, language: &str) -> Option<&str> {
        self.0.get(language).map(String::as_str)
    }

    /// The text in the first of these languages in which it is written, otherwise in any.
    #[must_use]
    pub fn first_of(&self, languages: &[&str]) -> Option<&str> {
        languages.iter().find_map(|language| self.get(language)).or_else(|| self.0.values().next().map(String::as_str))
    }
}

/// A language of the questionnaire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormLanguage {
    /// Its code, such as `vi`.
    pub code: String,
    /// Its name as the sheets write it, such as `Tiếng Việt (vi)`.
    pub name: String,
}

/// An expression: the text that was written, and its tree. Stored and hashed as the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Formula {
    text: String,
    expression: Expression,
}

impl Question {
    /// Whether its value is only known to the device that made it: a trigger, the clock, chance.
    #[must_use]
    pub fn is_known_to_the_device_only(&self) -> bool {
        let mut by_chance = false;
        if let Some(formula) = &self.calculation {
            formula.expression().visit(&mut |node| {
                let of_device = |function: &Function| function.is_known_to_the_device_only();
                by_chance |= matches!(node, Expression::Call { function, .. } if of_device(function));
            });
        }
        by_chance || !self.trigger.is_empty()
    }

    /// Whether a formula gives its value, so that it is not read from the person who answers.
    #[must_use]
    pub fn is_calculated(&self) -> bool {
        self.calculation.is_some() && !self.kind.is_shown()
    }

    /// A value of `parameters` (`start=1 end=10`).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let parts = self.parameters.as_deref()?.split([' ', ',', ';']);
        parts.filter_map(|part| part.split_once('=')).find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl Formula {
    /// The formula written as `text`.
    ///
    /// # Errors
    /// The first fault of the text.
    pub fn new(text: impl Into<String>) -> Result<Self, ExpressionError> {
        let text = text.into();
        let expression = parse(&text)?;
        Ok(Self { text, expression })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its tree.
    #[must_use]
    pub fn expression(&self) -> &Expression {
        &self.expression
    }
}

impl From<Formula> for String {
    fn from(formula: Formula) -> Self {
        formula.text
    }
}

impl TryFrom<String> for Formula {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(text).map_err(|error| format!("character {}: {}", error.position, error.fault.words().en))
    }
}

/// A question, or another row that holds an answer or words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name, unique in the questionnaire.
    pub name: String,
    /// What kind of answer it takes.
    pub kind: QuestionKind,
    /// The section it stands in: a position in [`Draft::groups`].
    pub group: Option<usize>,
    /// The question as it is read aloud.
    pub label: Texts,
    /// Advice to the enumerator.
    pub hint: Texts,
    /// Whether an answer must be given when the question is due.
    pub required: Option<Formula>,
    /// What is said when a required answer is missing.
    pub required_message: Texts,
    /// When the question is put; always, if absent.
    pub relevant: Option<Formula>,
    /// What holds for a good answer.
    pub constraint: Option<Formula>,
    /// What is said when the constraint is broken.
    pub constraint_message: Texts,
    /// The value of a `calculate`.
    pub calculation: Option<Formula>,
    /// Which choices are offered; all, if absent.
    pub choice_filter: Option<Formula>,
    /// How the screen shows it.
    pub appearance: Option<String>,
    /// The answer that the screen begins with.
    pub default: Option<String>,
    /// The same, worked out when the interview or the turn begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_formula: Option<Formula>,
    /// Further settings of the screen.
    pub parameters: Option<String>,
    /// Further advice, unfolded on demand.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub guidance_hint: Texts,
    /// Files that are shown or played, by kind (`image`, `big-image`, `audio`, `video`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub media: BTreeMap<String, Texts>,
    /// When the answer cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<Formula>,
    /// The questions at whose change the calculation is made, instead of always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trigger: Vec<String>,
    /// Its row in the sheet, for messages; no part of the questionnaire itself.
    #[serde(skip)]
    pub row: Option<usize>,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name, unique in the questionnaire.
    pub name: String,
    /// The section around it: a position in [`Draft::groups`], smaller than its own.
    pub parent: Option<usize>,
    /// Its title.
    pub label: Texts,
    /// Advice to the enumerator.
    pub hint: Texts,
    /// When the section is put; always, if absent.
    pub relevant: Option<Formula>,
    /// How the screen shows it.
    pub appearance: Option<String>,
    /// Set where the section is put several times, such as once for each member of the household.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// Its row in the sheet, for messages.
    #[serde(skip)]
    pub row: Option<usize>,
}

/// How often a section is put.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// The number of turns; the enumerator adds them, if absent.
    pub count: Option<Formula>,
}

/// A choice of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its code, unique in the list.
    pub name: String,
    /// As it is read aloud.
    pub label: Texts,
    /// Further columns, for choice filters.
    pub columns: BTreeMap<String, String>,
    /// Files that are shown or played, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub media: BTreeMap<String, Texts>,
    /// Its row in the sheet, for messages.
    #[serde(skip)]
    pub row: Option<usize>,
}

impl Choice {
    /// A cell of its row: `name`, `label` or a further column.
    #[must_use]
    pub fn cell(&self, column: &str, language: &str) -> Option<&str> {
        match column {
            "name" => Some(&self.name),
            "label" => self.label.first_of(&[language]),
            _ => self.columns.get(column).map(String::as_str),
        }
    }
}

/// The choices of one or more questions, in the order in which they are offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceList {
    /// Its name; that of a list in a file of its own ends in `.csv`.
    pub name: String,
    /// Its choices.
    pub choices: Vec<Choice>,
}

impl ChoiceList {
    /// Whether it stands in a file of its own; the name of a list in the sheet has no dot.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.name.ends_with(".csv")
    }

    /// The sheet or file it stands in.
    #[must_use]
    pub fn sheet(&self) -> &str {
        if self.is_file() { &self.name } else { "choices" }
    }

    /// Its name without the ending of a file.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.name.strip_suffix(".csv").unwrap_or(&self.name)
    }

    /// The choice of that code.
    #[must_use]
    pub fn choice(&self, name: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.name == name)
    }
}

/// All that the sheets say, not yet checked as a whole. [`Draft::check`] makes a [`super::Questionnaire`] of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The name of the form, the same in all versions (`form_id`).
    pub id: String,
    /// The title.
    pub title: Texts,
    /// The version, as the author names it.
    pub version: String,
    /// The code of the language in which an interview begins.
    pub default_language: String,
    /// The languages, in the order of the sheets.
    pub languages: Vec<FormLanguage>,
    /// How pages are shown (`pages`, …).
    pub style: Option<String>,
    /// How a finished interview is called in lists.
    pub instance_name: Option<Formula>,
    /// The sections, outer before inner.
    pub groups: Vec<Group>,
    /// The questions, in the order of the interview.
    pub questions: Vec<Question>,
    /// The choice lists, in the order of the sheet.
    pub choice_lists: Vec<ChoiceList>,
}
