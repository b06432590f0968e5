//! What an estimated index carries to its readers.

use estimation::Estimate;
use problem::Words;
use serde::Serialize;

use super::missing::IndexMissing;
use super::respondent::Filling;
use super::rules::Certainty;

/// An index with everything that its numbers must travel with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexEstimates {
    /// Code of the definition.
    pub definition: String,
    /// Name of the definition.
    pub name: Words,
    /// How answers are scored, where more than one way is in use.
    pub scoring: Option<Words>,
    /// How missing answers were filled in the per-respondent form; `None`: the ratio-of-means form, nothing is filled in.
    pub filling: Option<Filling>,
    /// SHA-256 of the definition's text.
    pub definition_sha256: String,
    /// The least certain thing that can be said of the whole.
    pub certainty: Certainty,
    /// Confidence level of the intervals, such as 0.95.
    pub confidence_level: f64,
    /// Degrees of freedom of the design.
    pub degrees_of_freedom: usize,
    /// Every node, the root first, each before what stands below it.
    pub scores: Vec<NodeEstimate>,
    /// Every indicator in reading order.
    pub indicators: Vec<IndicatorEstimate>,
}

/// One node's score with its sampling error, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeEstimate {
    /// Level of the tree, such as `dimension`.
    pub level: String,
    /// Code.
    pub code: String,
    /// Code of the node above.
    pub parent: Option<String>,
    /// Name.
    pub name: Words,
    /// Lower end of the score as printed.
    pub score_min: f64,
    /// Upper end of the score as printed.
    pub score_max: f64,
    /// The score; `None` exactly when `missing` says why. `n` counts the respondents who have a part in it.
    pub estimate: Option<Estimate>,
    /// Why there is no score.
    pub missing: Option<IndexMissing>,
    /// Scored indicators that are left out because they have no value, here or below.
    pub dropped: Vec<String>,
    /// Scored indicators that count here although they rest on too few answers to be published by themselves.
    pub below_base: Vec<String>,
    /// The least certain of the formulas that the score rests on.
    pub certainty: Certainty,
}

/// One indicator with its sampling error, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndicatorEstimate {
    /// Code.
    pub code: String,
    /// Code of the node above.
    pub parent: String,
    /// Name.
    pub name: Words,
    /// Whether the formula uses it.
    pub scored: bool,
    /// The value; `None` exactly when `missing` says why. `n` counts its own answerers.
    pub estimate: Option<Estimate>,
    /// Why there is no value.
    pub missing: Option<IndexMissing>,
    /// How sure scale, direction and weight are.
    pub certainty: Certainty,
}

impl IndexEstimates {
    /// The estimate of a node.
    #[must_use]
    pub fn score(&self, code: &str) -> Option<&NodeEstimate> {
        self.scores.iter().find(|node| node.code == code)
    }

    /// The estimate of an indicator.
    #[must_use]
    pub fn indicator(&self, code: &str) -> Option<&IndicatorEstimate> {
        self.indicators.iter().find(|indicator| indicator.code == code)
    }
}

impl NodeEstimate {
    /// What a reader must know beside the number: what was left out, what rests on few answers, what is inferred.
    #[must_use]
    pub fn notes(&self) -> Vec<Words> {
        let mut notes = Vec::new();
        if !self.dropped.is_empty() {
            let codes = self.dropped.join(", ");
            notes.push(Words::new(
                format!("tính trên các chỉ tiêu còn lại, không có: {codes}"),
                format!("computed over the other indicators, without: {codes}"),
            ));
        }
        if !self.below_base.is_empty() {
            let codes = self.below_base.join(", ");
            notes.push(Words::new(
                format!("có chỉ tiêu dựa trên rất ít câu trả lời: {codes}"),
                format!("rests in part on indicators with few answers: {codes}"),
            ));
        }
        if self.certainty != Certainty::Certain {
            let words = self.certainty.words();
            notes.push(Words::new(format!("công thức: {}", words.vi), format!("formula: {}", words.en)));
        }
        notes
    }
}
