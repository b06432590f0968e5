//! The parts of a questionnaire, as plain data.
//!
//! Sections and questions are two flat lists: a question knows its section, a section the one around it. The order of the
//! questions is the order of the interview.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::expression::{Expression, ExpressionError, parse};

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

/// What kind of answer a question takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// Words to read; no answer.
    Note,
    /// The moment the interview began, from the device.
    Start,
    /// The moment the interview ended, from the device.
    End,
    /// The day of the interview, from the device.
    Today,
    /// The device.
    DeviceId,
    /// Computed from other answers.
    Calculate,
    /// Free text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A day.
    Date,
    /// One choice of the named list.
    SelectOne(String),
    /// Any number of choices of the named list.
    SelectMultiple(String),
    /// A confirmation (`OK`).
    Acknowledge,
    /// A position on the earth.
    Geopoint,
}

impl QuestionKind {
    /// The name that the sheets use, without the list.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Start => "start",
            Self::End => "end",
            Self::Today => "today",
            Self::DeviceId => "deviceid",
            Self::Calculate => "calculate",
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Date => "date",
            Self::SelectOne(_) => "select_one",
            Self::SelectMultiple(_) => "select_multiple",
            Self::Acknowledge => "acknowledge",
            Self::Geopoint => "geopoint",
        }
    }

    /// The list of a select question.
    #[must_use]
    pub fn list(&self) -> Option<&str> {
        match self {
            Self::SelectOne(list) | Self::SelectMultiple(list) => Some(list),
            _ => None,
        }
    }

    /// Whether a person answers: not a note, not filled in by the device, not computed.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        !matches!(self, Self::Note | Self::Start | Self::End | Self::Today | Self::DeviceId | Self::Calculate)
    }

    /// Whether an answer can exist at all.
    #[must_use]
    pub fn has_answer(&self) -> bool {
        *self != Self::Note
    }

    /// Whether the enumerator sees it, so that it needs a label.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.is_asked() || *self == Self::Note
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
    /// Further settings of the screen.
    pub parameters: Option<String>,
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
    /// Its row in the sheet, for messages.
    #[serde(skip)]
    pub row: Option<usize>,
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
    /// Its row in the sheet, for messages.
    #[serde(skip)]
    pub row: Option<usize>,
}

/// The choices of one or more questions, in the order in which they are offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceList {
    /// Its name.
    pub name: String,
    /// Its choices.
    pub choices: Vec<Choice>,
}

impl ChoiceList {
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
