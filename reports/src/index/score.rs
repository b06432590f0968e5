//! From published values to scores.

use std::collections::{BTreeMap, BTreeSet};

use problem::{Place, Problem, Problems, Words};
use serde::Serialize;

use super::definition::IndexDefinition;
use super::form::{Atoms, NodeForm};
use super::missing::IndexMissing;
use super::rules::{Aggregation, Certainty, Indicator, Node};
use super::values::GivenValues;

/// Published scores are rounded, so an end of a range may be passed by this much.
const ROUNDING: f64 = 0.0101;

/// The scores that follow from given values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexScores {
    /// Code of the definition.
    pub definition: String,
    /// Name of the definition.
    pub name: Words,
    /// How answers are scored, where more than one way is in use.
    pub scoring: Option<Words>,
    /// SHA-256 of the definition's text.
    pub definition_sha256: String,
    /// The least certain of the formulas that the total rests on.
    pub certainty: Certainty,
    /// Every node, the root first, each before what stands below it.
    pub scores: Vec<NodeScore>,
    /// Every indicator in reading order.
    pub indicators: Vec<IndicatorValue>,
    /// The forms behind the scores.
    #[serde(skip)]
    pub(super) forms: BTreeMap<String, NodeForm>,
    /// The values of the atoms of the forms.
    #[serde(skip)]
    pub(super) atoms: BTreeMap<String, f64>,
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
    /// Score over maximum, in per cent, for a node that adds points whose maximum is known.
    pub percent_of_maximum: Option<f64>,
    /// The published score, where one was given.
    pub given: Option<f64>,
    /// Whether `score` is the given one, because not all of its parts were there.
    pub as_given: bool,
    /// The computed score less the given one, where both are there.
    pub difference_from_given: Option<f64>,
    /// Why there is no score.
    pub missing: Option<IndexMissing>,
    /// With `missing`: every scored indicator, here or below, that the score lacks.
    pub lacking: Vec<String>,
    /// Scored indicators without a value that the definition allows to leave out, here or below.
    pub dropped: Vec<String>,
    /// The least certain of the formulas that the score rests on; a given score rests on none.
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
    /// What counts in the formula, where thresholds turn the value into points.
    pub points: Option<f64>,
    /// The value (or its points) as a share of the scale, 0 worst and 1 best; `None` too where the maximum was not found.
    pub rescaled: Option<f64>,
    /// What one unit more of the value (of the points, where there are thresholds) adds to the total.
    pub worth_in_total: Option<f64>,
    /// Why there is no value.
    pub missing: Option<IndexMissing>,
    /// How sure scale, direction and weight are.
    pub certainty: Certainty,
}

impl IndexDefinition {
    /// The score of every node from published values, by code of indicator or node.
    ///
    /// # Formula
    /// See [`IndexDefinition::forms`]. A score is computed where everything below it is there; where it is not, the node's own
    /// given value stands for it. Pooled nodes need the answers and are missing here unless bases are given
    /// ([`IndexDefinition::score_values_on`]).
    ///
    /// # Errors
    /// All at once: a code that the definition does not know, a value that is not a finite number or lies outside the
    /// range in which the indicator or node is published. An indicator without a value is no error: what needs it is missing.
    ///
    /// # Proofs
    /// `papi_2019_reproduces_the_official_scores_of_bac_giang`, `an_estimated_index_is_the_score_of_its_indicators`,
    /// `official_dimensions_of_2023_add_up_to_the_official_total`.
    pub fn score_values(&self, values: &BTreeMap<String, f64>) -> Result<IndexScores, Problems> {
        self.score_values_on(values, &BTreeMap::new())
    }

    /// As [`IndexDefinition::score_values`], with the number of valid answers (or their weights) behind an indicator: a pooled
    /// score is `score_min + (score_max − score_min) Σ v_j n_j x_j / Σ v_j n_j` where all its items have both.
    ///
    /// # Errors
    /// As there; and a base that is not a number above 0.
    ///
    /// # Proofs
    /// `a_pooled_share_from_shares_and_bases_is_that_from_the_answers`.
    pub fn score_values_on(
        &self,
        values: &BTreeMap<String, f64>,
        bases: &BTreeMap<String, f64>,
    ) -> Result<IndexScores, Problems> {
        self.check_values(values, bases, &BTreeSet::new())?;
        Ok(self.scores_of(values, bases, &|_| true))
    }

    /// The scores of one unit and year of a file. Where a definition may compute a node over the others, only those are left out that
    /// stand in the file with an empty value: an indicator that the file does not name is missing, and so is what needs it. One
    /// item of thirty-one is no score of a hospital.
    ///
    /// # Errors
    /// As [`IndexDefinition::score_values_on`], with the row and column of the file.
    ///
    /// # Proofs
    /// `an_indicator_that_the_file_does_not_name_is_never_left_out`.
    pub fn score_given(&self, given: &GivenValues) -> Result<IndexScores, Problems> {
        self.check_values(&given.values, &given.bases, &given.unreadable).map_err(|problems| given.place(problems))?;
        Ok(self.scores_of(&given.values, &given.bases, &|code| given.blank.contains(code)))
    }

    /// The scores of values that were checked.
    fn scores_of(
        &self,
        values: &BTreeMap<String, f64>,
        bases: &BTreeMap<String, f64>,
        may_drop: &dyn Fn(&str) -> bool,
    ) -> IndexScores {
        let mut atoms: BTreeMap<String, f64> = self
            .indicators
            .iter()
            .filter_map(|one| Some((one.code.clone(), one.counted(*values.get(&one.code)?))))
            .collect();
        let pools: Vec<&Node> = self.nodes.iter().filter(|node| node.aggregation == Aggregation::Pooled).collect();
        for node in &pools {
            if let Some(pooled) = self.pooled_value(node, values, bases) {
                atoms.insert(node.code.clone(), pooled);
            }
        }
        let missing = |code: &str| {
            if atoms.contains_key(code) {
                None
            } else if pools.iter().any(|node| node.code == code) {
                Some(IndexMissing::NeedsAnswers)
            } else {
                Some(IndexMissing::NotGiven)
            }
        };
        let forms = self.forms_of(&Atoms { missing: &missing, given: &|code| values.contains_key(code), may_drop });
        for node in &self.nodes {
            if let Some(value) = values.get(&node.code) {
                atoms.entry(node.code.clone()).or_insert(*value);
            }
        }
        let mut scores: Vec<NodeScore> = Vec::new();
        for node in self.nodes.iter().rev() {
            scores.push(self.node_score(node, &forms, &atoms, values, &scores));
        }
        for at in 0..scores.len() {
            if scores[at].score.is_none() {
                scores[at].lacking = self.lacking(&scores[at].code, &scores, values, may_drop);
            }
        }
        scores.reverse();
        let certainty = scores.first().map_or(self.certainty, |root| root.certainty);
        IndexScores {
            definition: self.code.clone(),
            name: self.name.clone(),
            scoring: self.scoring.clone(),
            definition_sha256: self.sha256.clone(),
            certainty,
            scores,
            indicators: self.indicator_rows(values, &forms),
            forms,
            atoms,
        }
    }

    /// The scored indicators that a node without a score lacks, in reading order: not those below a part that has one.
    fn lacking(
        &self,
        code: &str,
        scores: &[NodeScore],
        values: &BTreeMap<String, f64>,
        may_drop: &dyn Fn(&str) -> bool,
    ) -> Vec<String> {
        let is_lacking = |leaf: &&Indicator| leaf.scored && !values.contains_key(&leaf.code) && !may_drop(&leaf.code);
        let mut all: Vec<String> =
            self.child_indicators(code).filter(is_lacking).map(|leaf| leaf.code.clone()).collect();
        for child in self.child_nodes(code) {
            let has_score = scores.iter().any(|one| one.code == child.code && one.score.is_some());
            if !has_score && !may_drop(&child.code) {
                all.extend(self.lacking(&child.code, scores, values, may_drop));
            }
        }
        all
    }

    /// The score of one node; those below it have been computed.
    fn node_score(
        &self,
        node: &Node,
        forms: &BTreeMap<String, NodeForm>,
        atoms: &BTreeMap<String, f64>,
        values: &BTreeMap<String, f64>,
        below: &[NodeScore],
    ) -> NodeScore {
        let form = forms.get(&node.code);
        let (score, missing) = match form.map(|form| &form.form) {
            Some(Ok(form)) => (form.at(atoms), None),
            Some(Err(reason)) => (None, Some(reason.clone())),
            None => (None, None),
        };
        let given = values.get(&node.code).copied();
        let pooled = node.aggregation == Aggregation::Pooled;
        let is_atom = form.and_then(|form| form.form.as_ref().ok()).is_some_and(|form| form.is_atom(&node.code));
        let as_given = given.is_some() && is_atom && !(pooled && given != score);
        let children = |code: &String| self.node(code).is_some_and(|one| one.parent.as_deref() == Some(&node.code));
        let certainty = if as_given {
            Certainty::Certain
        } else {
            let nodes = below.iter().filter(|one| children(&one.code)).map(|one| one.certainty);
            let leaves = self.child_indicators(&node.code).filter(|leaf| leaf.scored).map(|leaf| leaf.certainty);
            nodes.chain(leaves).fold(node.certainty, Certainty::max)
        };
        let adds_points = self.scored_leaves(&node.code).iter().all(|leaf| self.brings_points(leaf));
        NodeScore {
            level: node.level.clone(),
            code: node.code.clone(),
            name: node.name.clone(),
            percent_of_maximum: score
                .filter(|_| adds_points && node.maximum_known)
                .map(|score| 100.0 * score / node.score_max),
            missing: missing.or_else(|| score.is_none().then_some(IndexMissing::NotGiven)),
            score,
            given,
            as_given,
            difference_from_given: score.zip(given).filter(|_| !as_given).map(|(score, given)| score - given),
            lacking: Vec::new(),
            dropped: form.map(|form| form.dropped.clone()).unwrap_or_default(),
            certainty,
        }
    }

    fn brings_points(&self, leaf: &Indicator) -> bool {
        self.node(&leaf.parent).is_some_and(|node| node.aggregation == Aggregation::Points)
    }

    /// The pooled share on the node's scale, if all its items have a share and a base.
    fn pooled_value(&self, node: &Node, values: &BTreeMap<String, f64>, bases: &BTreeMap<String, f64>) -> Option<f64> {
        let (mut satisfied, mut answers) = (0.0, 0.0);
        for leaf in self.scored_leaves(&node.code) {
            let (offset, slope) = leaf.rescaling();
            let (value, base) = (values.get(&leaf.code)?, bases.get(&leaf.code)?);
            satisfied += leaf.weight * base * (offset + slope * value);
            answers += leaf.weight * base;
        }
        (answers > 0.0).then(|| node.score_min + (node.score_max - node.score_min) * satisfied / answers)
    }

    fn indicator_rows(
        &self,
        values: &BTreeMap<String, f64>,
        forms: &BTreeMap<String, NodeForm>,
    ) -> Vec<IndicatorValue> {
        let total = forms.get(&self.root).and_then(|form| form.form.as_ref().ok());
        let row = |indicator: &Indicator| {
            let value = values.get(&indicator.code).copied();
            let (offset, slope) = indicator.rescaling();
            let rescalable = indicator.scored && indicator.maximum_known;
            IndicatorValue {
                code: indicator.code.clone(),
                name: indicator.name.clone(),
                scored: indicator.scored,
                value,
                points: value.filter(|_| !indicator.points.is_empty()).map(|value| indicator.counted(value)),
                rescaled: value.filter(|_| rescalable).map(|value| offset + slope * indicator.counted(value)),
                worth_in_total: total.and_then(|form| form.terms.get(&indicator.code).copied()),
                missing: value.is_none().then_some(IndexMissing::NotGiven),
                certainty: indicator.certainty,
            }
        };
        self.indicators.iter().map(row).collect()
    }

    /// `unreadable`: codes with a value that is none; it was told, but the code may be unknown as well.
    fn check_values(
        &self,
        values: &BTreeMap<String, f64>,
        bases: &BTreeMap<String, f64>,
        unreadable: &BTreeSet<String>,
    ) -> Result<(), Problems> {
        let mut problems = Problems::none();
        let is_unknown = |code: &&String| self.indicator(code).is_none() && self.node(code).is_none();
        for code in values.keys().chain(unreadable).filter(is_unknown) {
            problems.push(
                Problem::new(
                    "index_unknown_indicator",
                    format!("bộ chỉ số {} không có chỉ tiêu hay nút {code}", self.code),
                    format!("the definition {} has no indicator or node {code}", self.code),
                )
                .at(Place::column(code))
                .hint(
                    format!("khaosat index show {} liệt kê các mã", self.code),
                    format!("khaosat index show {} lists the codes", self.code),
                ),
            );
        }
        for (code, value) in values {
            let (low, high) = match (self.indicator(code), self.node(code)) {
                (Some(indicator), _) => (indicator.published_min, indicator.published_max),
                (None, Some(node)) => (node.score_min - ROUNDING, node.score_max + ROUNDING),
                (None, None) => continue,
            };
            if !(low..=high).contains(value) {
                problems.push(
                    Problem::new(
                        "index_value_outside_range",
                        format!("giá trị của {code} nằm ngoài khoảng cho phép"),
                        format!("the value of {code} is outside its range"),
                    )
                    .at(Place::column(code))
                    .expected(format!("{}–{}", shortest(low), shortest(high)))
                    .got(value.to_string()),
                );
            }
        }
        for (code, base) in bases {
            if self.indicator(code).is_some() && !(base.is_finite() && *base > 0.0) {
                problems.push(
                    Problem::new(
                        "index_base",
                        format!("số câu trả lời của {code} phải lớn hơn 0"),
                        format!("the number of answers of {code} must be above 0"),
                    )
                    .at(Place::column(code))
                    .got(base.to_string()),
                );
            }
        }
        problems.into_result(())
    }
}

/// A bound without the dust of a subtraction.
fn shortest(bound: f64) -> f64 {
    (bound * 1e6).round() / 1e6
}
