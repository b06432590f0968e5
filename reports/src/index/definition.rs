//! The scoring tree: nodes, indicators and the rules that turn answers into indicator values.

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
    /// How a respondent's answers give it; `None`: a respondent cannot be asked.
    pub value: Option<ValueRule>,
}

impl Indicator {
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

/// A checked scoring tree with its validity. Made by [`IndexDefinition::from_toml`] and never changed afterwards.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexDefinition {
    pub(super) code: String,
    pub(super) name: Words,
    pub(super) valid_from: i64,
    pub(super) valid_to: Option<i64>,
    pub(super) source: String,
    pub(super) certainty: Certainty,
    pub(super) minimum_base: Option<usize>,
    pub(super) below_minimum_base: BelowMinimumBase,
    pub(super) note: Option<String>,
    pub(super) root: String,
    /// In reading order: each node before what stands below it.
    pub(super) nodes: Vec<Node>,
    /// In the order of the nodes above them.
    pub(super) indicators: Vec<Indicator>,
    pub(super) sha256: String,
}

impl IndexDefinition {
    /// Code, such as `papi-2019`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Name.
    #[must_use]
    pub fn name(&self) -> &Words {
        &self.name
    }

    /// First year in which the definition holds.
    #[must_use]
    pub fn valid_from(&self) -> i64 {
        self.valid_from
    }

    /// Last year in which it holds, inclusive; `None`: still in force.
    #[must_use]
    pub fn valid_to(&self) -> Option<i64> {
        self.valid_to
    }

    /// Whether it holds in a year.
    #[must_use]
    pub fn holds_in(&self, year: i64) -> bool {
        self.valid_from <= year && self.valid_to.is_none_or(|last| year <= last)
    }

    /// Where the definition comes from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The least certain thing that can be said of the whole.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// Fewest answers on which an indicator may be published.
    #[must_use]
    pub fn minimum_base(&self) -> Option<usize> {
        self.minimum_base
    }

    /// What happens under the minimum base.
    #[must_use]
    pub fn below_minimum_base(&self) -> BelowMinimumBase {
        self.below_minimum_base
    }

    /// What a reader should know about the whole.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Code of the root node: the total.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// All nodes in reading order, the root first.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All indicators in reading order.
    #[must_use]
    pub fn indicators(&self) -> &[Indicator] {
        &self.indicators
    }

    /// SHA-256 of the definition's text, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The node of that code.
    #[must_use]
    pub fn node(&self, code: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.code == code)
    }

    /// The indicator of that code.
    #[must_use]
    pub fn indicator(&self, code: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.code == code)
    }

    /// The nodes directly under a node.
    pub fn child_nodes<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Node> {
        self.nodes.iter().filter(move |node| node.parent.as_deref() == Some(code))
    }

    /// The indicators directly under a node, scored or not.
    pub fn child_indicators<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Indicator> {
        self.indicators.iter().filter(move |indicator| indicator.parent == code)
    }

    /// The scored indicators under a node at any depth: those whose answers a pooled node pools.
    #[must_use]
    pub fn scored_leaves<'a>(&'a self, code: &'a str) -> Vec<&'a Indicator> {
        let mut leaves: Vec<&Indicator> = self.child_indicators(code).filter(|indicator| indicator.scored).collect();
        for child in self.child_nodes(code) {
            leaves.extend(self.scored_leaves(&child.code));
        }
        leaves
    }

    /// The certainty of a score: the least of the node's own formula and of everything scored below it. A total that sums
    /// inferred scores is inferred, however sure the sum is.
    #[must_use]
    pub fn certainty_of(&self, code: &str) -> Certainty {
        let own = self.node(code).map_or(Certainty::Certain, |node| node.certainty);
        let nodes = self.child_nodes(code).map(|child| self.certainty_of(&child.code));
        let leaves = self.child_indicators(code).filter(|leaf| leaf.scored).map(|leaf| leaf.certainty);
        nodes.chain(leaves).fold(own, Certainty::max)
    }

    /// How deep a node stands: 0 for the root.
    #[must_use]
    pub fn depth(&self, code: &str) -> usize {
        let mut depth = 0;
        let mut current = self.node(code);
        while let Some(parent) = current.and_then(|node| node.parent.as_deref()) {
            depth += 1;
            current = self.node(parent);
        }
        depth
    }
}
