//! From published indicator values to scores.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems, Words};
use serde::Serialize;

use super::definition::{Aggregation, Certainty, IndexDefinition};
use super::missing::IndexMissing;

/// The scores that follow from given indicator values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexScores {
    /// Code of the definition.
    pub definition: String,
    /// SHA-256 of the definition's text.
    pub definition_sha256: String,
    /// Every node, the root first, each before what stands below it.
    pub scores: Vec<NodeScore>,
    /// Every indicator in reading order.
    pub indicators: Vec<IndicatorValue>,
}

impl IndexScores {
    /// The score of a node, if it has one.
    #[must_use]
    pub fn score(&self, code: &str) -> Option<f64> {
        self.scores.iter().find(|node| node.code == code).and_then(|node| node.score)
    }
}

/// One node's score, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeScore {
    /// Level of the tree, such as `dimension`.
    pub level: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: Words,
    /// The score; `None` exactly when `missing` says why.
    pub score: Option<f64>,
    /// Why there is no score.
    pub missing: Option<IndexMissing>,
    /// Scored indicators without a value that the definition allows to leave out, here or below.
    pub dropped: Vec<String>,
    /// The least certain of the formulas that the score rests on.
    pub certainty: Certainty,
}

/// One indicator's given value, and the same rescaled to 0–1 for the formula.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndicatorValue {
    /// Code.
    pub code: String,
    /// Name.
    pub name: Words,
    /// Whether the formula uses it.
    pub scored: bool,
    /// The value; `None` exactly when `missing` says why.
    pub value: Option<f64>,
    /// The value as the formula takes it, 0 worst and 1 best.
    pub rescaled: Option<f64>,
    /// Why there is no value.
    pub missing: Option<IndexMissing>,
    /// How sure scale, direction and weight are.
    pub certainty: Certainty,
}

impl IndexDefinition {
    /// The score of every node from published indicator values, by indicator code.
    ///
    /// # Formula
    /// See [`IndexDefinition::forms`]. Pooled nodes need the answers and are missing here, with that reason.
    ///
    /// # Errors
    /// All at once: a code that the definition does not know, a value that is not a finite number or lies outside the
    /// range in which the indicator is published. An indicator without a value is no error: what needs it is missing.
    ///
    /// # Proofs
    /// `papi_2019_reproduces_the_official_scores_of_bac_giang`, `an_estimated_index_is_the_score_of_its_indicators`.
    pub fn score_values(&self, values: &BTreeMap<String, f64>) -> Result<IndexScores, Problems> {
        self.check_values(values)?;
        let pooled: Vec<&str> = self
            .nodes
            .iter()
            .filter(|node| node.aggregation == Aggregation::Pooled)
            .map(|node| node.code.as_str())
            .collect();
        let missing = |code: &str| {
            if pooled.contains(&code) {
                Some(IndexMissing::NeedsAnswers)
            } else if values.contains_key(code) {
                None
            } else {
                Some(IndexMissing::NotGiven)
            }
        };
        let forms = self.forms(missing);
        let scores = self
            .nodes
            .iter()
            .map(|node| {
                let form = forms.get(&node.code);
                let (score, missing) = match form.map(|form| &form.form) {
                    Some(Ok(form)) => (form.at(values), None),
                    Some(Err(reason)) => (None, Some(reason.clone())),
                    None => (None, None),
                };
                NodeScore {
                    level: node.level.clone(),
                    code: node.code.clone(),
                    name: node.name.clone(),
                    missing: missing.or_else(|| score.is_none().then_some(IndexMissing::NotGiven)),
                    score,
                    dropped: form.map(|form| form.dropped.clone()).unwrap_or_default(),
                    certainty: self.certainty_of(&node.code),
                }
            })
            .collect();
        Ok(IndexScores {
            definition: self.code.clone(),
            definition_sha256: self.sha256.clone(),
            scores,
            indicators: self.indicator_rows(values),
        })
    }

    fn indicator_rows(&self, values: &BTreeMap<String, f64>) -> Vec<IndicatorValue> {
        self.indicators
            .iter()
            .map(|indicator| {
                let value = values.get(&indicator.code).copied();
                let (offset, slope) = indicator.rescaling();
                IndicatorValue {
                    code: indicator.code.clone(),
                    name: indicator.name.clone(),
                    scored: indicator.scored,
                    value,
                    rescaled: value.filter(|_| indicator.scored).map(|value| offset + slope * value),
                    missing: value.is_none().then_some(IndexMissing::NotGiven),
                    certainty: indicator.certainty,
                }
            })
            .collect()
    }

    fn check_values(&self, values: &BTreeMap<String, f64>) -> Result<(), Problems> {
        let mut problems = Problems::none();
        for (code, value) in values {
            let Some(indicator) = self.indicator(code) else {
                problems.push(
                    Problem::new(
                        "index_unknown_indicator",
                        format!("bộ chỉ số {} không có chỉ tiêu {code}", self.code),
                        format!("the definition {} has no indicator {code}", self.code),
                    )
                    .at(Place::column(code)),
                );
                continue;
            };
            let (low, high) = (indicator.published_min, indicator.published_max);
            if !(low..=high).contains(value) {
                problems.push(
                    Problem::new(
                        "index_value_outside_range",
                        format!("giá trị của chỉ tiêu {code} nằm ngoài khoảng cho phép"),
                        format!("the value of indicator {code} is outside its range"),
                    )
                    .at(Place::column(code))
                    .expected(format!("{low}–{high}"))
                    .got(value.to_string()),
                );
            }
        }
        problems.into_result(())
    }
}
