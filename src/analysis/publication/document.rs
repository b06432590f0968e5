//! What is published: one document, from which the page and all files are made. It is kept as it was published.

use problem::Words;
use serde::{Deserialize, Serialize};

/// Why a number is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hidden {
    /// It could tell of few people. Which of the hidden cells is small is not said.
    Disclosure,
    /// It rests on too few answers to be of use.
    Precision,
    /// It cannot be computed.
    NotComputed,
}

impl Hidden {
    /// In words.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Disclosure => {
                Words::new("không hiển thị để bảo vệ người trả lời", "not shown, to protect those who answered")
            }
            Self::Precision => Words::new("không hiển thị: quá ít câu trả lời", "not shown: too few answers"),
            Self::NotComputed => Words::new("không tính được", "cannot be computed"),
        }
    }
}

/// A share in a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedCell {
    /// Code of the group; empty for everybody.
    pub group: String,
    /// The group in words.
    pub group_label: Words,
    /// The variable whose share it is: of a question with several choices each is one.
    pub variable: String,
    /// Code of the answer.
    pub answer: String,
    /// The answer in words.
    pub answer_label: Words,
    /// The share among all who were interviewed (of the group), from 0 to 1, to three decimals.
    pub share: Option<f64>,
    /// Lower limit of its 95 % interval.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Why it is not told.
    pub hidden: Option<Hidden>,
}

/// The table of a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedTable {
    /// Name of the question.
    pub question: String,
    /// The question as it was read aloud.
    pub label: Words,
    /// Name of the variable that makes groups; none in the table of everybody.
    pub by: Option<String>,
    /// That variable in words.
    pub by_label: Option<Words>,
    /// Its cells, group by group.
    pub cells: Vec<PublishedCell>,
}

/// A score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedScore {
    /// Code in the definition.
    pub code: String,
    /// Name.
    pub name: Words,
    /// Steps below the whole.
    pub depth: usize,
    /// The score, to two decimals.
    pub estimate: Option<f64>,
    /// Lower limit of its 95 % interval.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// What the interval says about the target, where there is one.
    pub verdict: Option<Words>,
    /// Why it is not told.
    pub hidden: Option<Hidden>,
}

/// An index: the whole and its dimensions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedIndex {
    /// Code of the definition.
    pub code: String,
    /// Name.
    pub name: Words,
    /// How sure its formula is.
    pub certainty: Words,
    /// The target of the plan in words and its value.
    pub target: Option<(Words, f64)>,
    /// The scores.
    pub scores: Vec<PublishedScore>,
    /// How variances were computed.
    pub method: Words,
    /// First eight digits of the SHA-256 of what went in.
    pub fingerprint: String,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedRound {
    /// Version of this format.
    pub format: u32,
    /// Code of the round.
    pub round: String,
    /// Its name.
    pub name: String,
    /// Where it was held.
    pub unit: String,
    /// First and last day of fieldwork.
    pub fieldwork: Option<(String, String)>,
    /// When it was published (UTC).
    pub published_at: String,
    /// Interviews that count.
    pub n_interviews: usize,
    /// Areas (villages) with an interview.
    pub n_areas: Option<usize>,
    /// Confidence level of all intervals.
    pub confidence_level: f64,
    /// Every number rests on at least so many people.
    pub n_min: usize,
    /// Response, cooperation, refusal and contact rates (AAPOR RR1, COOP1, REF1, CON1), to three decimals.
    pub rates: [Option<f64>; 4],
    /// How interviews were weighted, and what a reader must know.
    pub notes: Vec<Words>,
    /// The indices.
    pub indexes: Vec<PublishedIndex>,
    /// The tables.
    pub tables: Vec<PublishedTable>,
}

/// To so many decimals.
pub(super) fn rounded(value: Option<f64>, decimals: i32) -> Option<f64> {
    let scale = 10_f64.powi(decimals);
    value.filter(|value| value.is_finite()).map(|value| (value * scale).round() / scale)
}
