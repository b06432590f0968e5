//! What a scoring tree is made of: nodes, indicators and the rules that turn answers into indicator values.

use std::collections::BTreeMap;

use problem::Words;
use serde::Serialize;

/// How sure we are that a rule is the official one. Nothing inferred is presented as official.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Stated by an official source, or reproduces official numbers exactly.
    Certain,
    /// Concluded from published numbers or from the structure of the source.
    Inferred,
    /// From general knowledge; no source was seen.
    Recalled,
}

impl Certainty {
    /// The word for programs, as in the definition's file.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Inferred => "inferred",
            Self::Recalled => "recalled",
        }
    }

    /// The word for people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Certain => Words::new("chắc chắn", "certain"),
            Self::Inferred => Words::new("suy luận", "inferred"),
            Self::Recalled => Words::new("theo trí nhớ, chưa đối chiếu", "recalled, not verified"),
        }
    }
}

/// How the score of a node comes from what stands below it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Aggregation {
    /// Σ weight × score over the child nodes.
    Sum,
    /// Σ weight × score / Σ weight over the child nodes.
    Mean,
    /// `a + b × Σ weight × z / Σ weight` over the scored indicators, where `z` is the indicator rescaled to 0–1.
    LinearMean {
        /// The score when every rescaled indicator is 0.
        a: f64,
        /// The gain when every rescaled indicator goes from 0 to 1.
        b: f64,
    },
    /// `score_min + (score_max − score_min) × Σ satisfied answers / Σ valid answers`, over all items below, whether they
    /// hang here or under child nodes: answers are pooled, nothing is a mean of means.
    Pooled,
    /// Σ weight × value over the scored indicators, in the points that each one brings; nothing is rescaled.
    Points,
}

/// What a node does when a child it needs has no value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingChild {
    /// The node is missing too, and says because of which child.
    #[default]
    Fail,
    /// The node is computed over the other scored indicators, and lists the ones that were left out.
    Drop,
}

/// What happens to an indicator that rests on fewer answers than the minimum base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BelowMinimumBase {
    /// It is missing, for itself and for the node above.
    #[default]
    Missing,
    /// It is not published by itself, but still counts in the node above, which lists it; under two answers it is missing.
    Use,
}

/// Whether more of an indicator is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Direction {
    /// `z = (x − min) / (max − min)`.
    #[serde(rename = "+")]
    Higher,
    /// `z = (max − x) / (max − min)`.
    #[serde(rename = "-")]
    Lower,
}

/// What is computed from a respondent's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// 1 when the answer is one of the codes, else 0.
    Share,
    /// The answer as a number.
    Mean,
    /// Number of questions (or of choices in one multiple-choice question) whose answer is one of the codes.
    Count,
    /// The count divided by the number of questions or choices.
    MeanShare,
    /// First answer minus second answer, as numbers.
    Difference,
    /// 1 when every question's answer is one of the codes, else 0.
    All,
    /// The median over respondents of the answer as a number, interpolated within heaped answers.
    Median,
    /// Mean of the first question over those who were asked it, minus mean of the second over those who were asked that:
    /// a list experiment in two random halves of the sample.
    MeanDifference,
}

impl ValueKind {
    /// All kinds with their words in a definition's file.
    pub const ALL: [(&'static str, Self); 8] = [
        ("share", Self::Share),
        ("mean", Self::Mean),
        ("count", Self::Count),
        ("mean_share", Self::MeanShare),
        ("difference", Self::Difference),
        ("all", Self::All),
        ("median", Self::Median),
        ("mean_difference", Self::MeanDifference),
    ];

    /// The word for it in a definition's file.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }

    /// Whether the answers are compared with codes, not read as numbers.
    #[must_use]
    pub fn is_coded(self) -> bool {
        matches!(self, Self::Share | Self::Count | Self::MeanShare | Self::All)
    }

    /// Whether the indicator is a mean of one value a respondent; medians and differences of two halves are not.
    #[must_use]
    pub fn has_respondent_value(self) -> bool {
        !matches!(self, Self::Median | Self::MeanDifference)
    }
}

/// From a raw figure (a per cent, a number of days) to points: one piece of a table of thresholds. From `from` up to the
/// next piece the points are `points + each × (figure − from)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PointsPiece {
    /// First figure of the piece.
    pub from: f64,
    /// Points at `from`.
    pub points: f64,
    /// Points for each unit above `from`.
    pub each: f64,
}

/// What a count does with a part that has no answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartsMissing {
    /// Any missing part makes the respondent's value missing.
    #[default]
    Missing,
    /// A missing part counts as not met; all parts missing is still missing.
    Zero,
    /// The share over the parts that were answered.
    Valid,
}

/// From the answers of one respondent to the value of an indicator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueRule {
    /// What is computed.
    pub kind: ValueKind,
    /// The questions, by their names in the questionnaire.
    pub questions: Vec<String>,
    /// Answers that count (share, count, mean share).
    pub codes: Vec<String>,
    /// Numbers for choice codes (mean, difference); empty: the answer itself is the number.
    pub values: BTreeMap<String, f64>,
    /// The computed value is multiplied by this (1 unless stated): per cent of a share, thousands of đồng from đồng.
    pub multiply: f64,
    /// The value of respondents whom routing skipped; `None`: they are outside the base.
    pub not_applicable: Option<f64>,
    /// What a count does with a part that has no answer.
    pub parts_missing: PartsMissing,
}

/// A leaf: a published statistic such as "share of citizens who …".
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Indicator {
    /// Unique in the definition.
    pub code: String,
    /// Code of the node above.
    pub parent: String,
    /// Name.
    pub name: Words,
    /// Value that the formula takes as 0 (or 1, if lower is better).
    pub scale_min: f64,
    /// Value that the formula takes as 1 (or 0, if lower is better).
    pub scale_max: f64,
    /// Smallest value that can be published.
    pub published_min: f64,
    /// Largest value that can be published.
    pub published_max: f64,
    /// Whether `scale_max` is the maximum of the source; if not, it is only a bound that no value exceeds.
    pub maximum_known: bool,
    /// Whether more is better.
    pub direction: Direction,
    /// Whether the formula of the node above uses it.
    pub scored: bool,
    /// Weight among the scored indicators of the node above.
    pub weight: f64,
    /// How sure scale, direction and weight are.
    pub certainty: Certainty,
    /// What a reader should know.
    pub note: Option<String>,
    /// How respondents' answers give it; `None`: respondents cannot be asked.
    pub value: Option<ValueRule>,
    /// From the published figure to points, by thresholds in ascending order; empty: the figure counts as it is.
    pub points: Vec<PointsPiece>,
}

impl Indicator {
    /// What counts in the formula when `figure` is published: the figure itself, or its points by the thresholds.
    ///
    /// # Formula
    /// The last piece with `from ≤ figure`: `points + each × (figure − from)`; below the first piece, that piece's points.
    #[must_use]
    pub fn counted(&self, figure: f64) -> f64 {
        let piece = self.points.iter().rfind(|piece| piece.from <= figure).or(self.points.first());
        piece.map_or(figure, |piece| piece.points + piece.each * (figure - piece.from).max(0.0))
    }

    /// The affine map `z = offset + slope × x` that rescales a value to 0–1: `(offset, slope)`.
    #[must_use]
    pub fn rescaling(&self) -> (f64, f64) {
        let range = self.scale_max - self.scale_min;
        match self.direction {
            Direction::Higher => (-self.scale_min / range, 1.0 / range),
            Direction::Lower => (self.scale_max / range, -1.0 / range),
        }
    }
}

/// An inner point of the tree: index, dimension, sub-dimension, part, factor …
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    /// Unique in the definition.
    pub code: String,
    /// Code of the node above; `None` for the root.
    pub parent: Option<String>,
    /// The tree's own word for this level, such as `dimension`.
    pub level: String,
    /// Name.
    pub name: Words,
    /// How the score comes from what stands below.
    pub aggregation: Aggregation,
    /// Lower end of the score as printed.
    pub score_min: f64,
    /// Upper end of the score as printed.
    pub score_max: f64,
    /// Whether `score_max` is the maximum of the source; if not, it is only a bound that no score exceeds.
    pub maximum_known: bool,
    /// Weight among its siblings under a sum or a mean.
    pub weight: f64,
    /// What is done when a needed child is missing.
    pub missing_child: MissingChild,
    /// Why the formula may leave the printed range, where it does.
    pub range_exception: Option<String>,
    /// How sure the formula is.
    pub certainty: Certainty,
    /// Where the formula comes from, if it differs from the whole definition's source.
    pub source: Option<String>,
    /// What a reader should know.
    pub note: Option<String>,
}
