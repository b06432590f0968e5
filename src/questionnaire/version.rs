//! A checked questionnaire: it never changes, and its hash says which one it is.

use std::collections::BTreeMap;
use std::fmt::Write;

use problem::{Problem, Problems};
use sha2::{Digest, Sha256};

use super::model::{ChoiceList, Draft, FormLanguage, Group, Question, Texts};

/// Written before the canonical text when it is hashed; a changed canonical form gets a new name.
const CANONICAL_FORM: &str = "khaosat-questionnaire-v1\n";

/// A questionnaire that has been checked. Its parts can be read, not changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Questionnaire {
    draft: Draft,
    positions: BTreeMap<String, usize>,
    order: Vec<usize>,
}

impl Questionnaire {
    /// A draft that has been checked, with the positions of its questions by name and their order of evaluation.
    pub(super) fn new(draft: Draft, positions: BTreeMap<String, usize>, order: Vec<usize>) -> Self {
        Self { draft, positions, order }
    }

    /// The questionnaire from its canonical text.
    ///
    /// # Errors
    /// `questionnaire_canonical` when the text is not one, or the problems of the questionnaire in it.
    pub fn from_canonical(text: &str) -> Result<Self, Problems> {
        let draft: Draft = serde_json::from_str(text).map_err(|error| {
            Problem::new(
                "questionnaire_canonical",
                "không phải bản chuẩn của bảng hỏi",
                "not the canonical text of a questionnaire",
            )
            .got(error.to_string())
        })?;
        draft.check()
    }

    /// The canonical text: JSON with fields in a fixed order, formulas as they were written, without rows of sheets.
    ///
    /// # Errors
    /// `questionnaire_canonical` if it cannot be written as JSON, which no checked questionnaire is known to cause.
    pub fn canonical(&self) -> Result<String, Problems> {
        serde_json::to_string(&self.draft).map_err(|error| {
            Problem::new("questionnaire_canonical", "không ghi được bảng hỏi", "the questionnaire cannot be written")
                .got(error.to_string())
                .into()
        })
    }

    /// SHA-256 of the canonical text, 64 hexadecimal digits.
    ///
    /// # Errors
    /// As [`Questionnaire::canonical`].
    pub fn version_hash(&self) -> Result<String, Problems> {
        let canonical = self.canonical()?;
        let digest = Sha256::new().chain_update(CANONICAL_FORM).chain_update(canonical).finalize();
        Ok(digest.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }

    /// The name of the form, the same in all versions.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.draft.id
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &Texts {
        &self.draft.title
    }

    /// The version, as its author names it.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.draft.version
    }

    /// The code of the language in which an interview begins.
    #[must_use]
    pub fn default_language(&self) -> &str {
        &self.draft.default_language
    }

    /// The languages.
    #[must_use]
    pub fn languages(&self) -> &[FormLanguage] {
        &self.draft.languages
    }

    /// The sections, outer before inner.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.draft.groups
    }

    /// The questions, in the order of the interview.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.draft.questions
    }

    /// The choice lists.
    #[must_use]
    pub fn choice_lists(&self) -> &[ChoiceList] {
        &self.draft.choice_lists
    }

    /// All parts as plain data.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The question of that name.
    #[must_use]
    pub fn question(&self, name: &str) -> Option<&Question> {
        self.position(name).map(|position| &self.draft.questions[position])
    }

    /// The choices of a select question.
    #[must_use]
    pub fn choices(&self, question: &Question) -> Option<&ChoiceList> {
        let list = question.kind.list()?;
        self.draft.choice_lists.iter().find(|known| known.name == list)
    }

    /// The sections around a question, outermost first.
    #[must_use]
    pub fn sections(&self, question: &Question) -> Vec<&Group> {
        let mut around = Vec::new();
        let mut inside = question.group;
        while let Some(group) = inside.map(|index| &self.draft.groups[index]) {
            around.push(group);
            inside = group.parent;
        }
        around.reverse();
        around
    }

    /// The files that questions and choices show or play, each once; they are no part of the sheets.
    #[must_use]
    pub fn media(&self) -> Vec<&str> {
        let of_questions = self.draft.questions.iter().flat_map(|question| question.media.values());
        let choices = self.draft.choice_lists.iter().flat_map(|list| &list.choices);
        let all = of_questions.chain(choices.flat_map(|choice| choice.media.values()));
        let mut files: Vec<&str> = all.flat_map(|texts| texts.0.values()).map(String::as_str).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// The position of a question in [`Questionnaire::questions`].
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// The positions of the questions by name.
    pub(super) fn positions(&self) -> &BTreeMap<String, usize> {
        &self.positions
    }

    /// Positions in the order of evaluation.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }
}
