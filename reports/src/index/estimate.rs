//! The index from answers, with its sampling error.

use std::collections::{BTreeMap, BTreeSet};

use estimation::table::Table;
use estimation::{Estimate, EstimationDesign, Scores, estimate, mean, ratio};
use problem::{Problem, Problems};

use super::answers::halves;
use super::definition::IndexDefinition;
use super::estimates::{IndexEstimates, IndicatorEstimate, NodeEstimate};
use super::form::NodeForm;
use super::median::interpolated_median;
use super::missing::IndexMissing;
use super::respondent::Filling;
use super::rules::{Aggregation, BelowMinimumBase, Indicator, Node, ValueKind};

/// Under two answers a mean has no sampling error of its own; such an indicator never counts.
const FEWEST_ANSWERS: usize = 2;

/// Every indicator and node of an index as a linearized statistic. Differences between groups or rounds are linear
/// combinations of these; [`LinearizedIndex::estimates`] gives them standard errors and intervals.
#[derive(Clone, Debug)]
pub struct LinearizedIndex<'a> {
    pub(super) definition: &'a IndexDefinition,
    /// By code: indicators that are published, and nodes.
    pub(super) scores: BTreeMap<String, Scores>,
    /// By code: why an indicator is not published.
    pub(super) missing: BTreeMap<String, IndexMissing>,
    /// Indicators that are not published for their small base, but count in the node above.
    below_base: BTreeSet<String>,
    pub(super) forms: BTreeMap<String, NodeForm>,
    /// What the forms are made of.
    pub(super) atoms: Atoms,
    /// Of each pooled node: the share of each item among its answers, weighted.
    pub(super) answer_shares: BTreeMap<String, BTreeMap<String, f64>>,
    pub(super) filling: Option<Filling>,
}

/// The index of the whole design, estimated from answers: `linearize_index`, then `estimates`.
///
/// # Errors
/// Those of [`linearize_index`] and [`LinearizedIndex::estimates`].
pub fn estimate_index(
    definition: &IndexDefinition,
    design: &EstimationDesign,
    table: &Table,
    level: f64,
) -> Result<IndexEstimates, Problems> {
    linearize_index(definition, design, table, None)?.estimates(design, level)
}

/// Every indicator and node of an index as a linearized statistic, for the whole design or for a domain.
///
/// # Formula
/// An indicator is the weighted mean of its respondents' values over its own answerers, a domain mean with score
/// `u_i = w_i a_i (y_i − ȳ) / Σ w a`. A node is the affine form of [`IndexDefinition::forms`] in these means, so its score
/// is the same form in their `u`: the covariances between indicators, which rest on the same people and PSUs, are carried
/// through; no independence is assumed. This is the ratio-of-means form: nothing is filled in for a missing answer.
/// A pooled node is the ratio `R = Σ_i w_i Σ_j v_j y_ij / Σ_i w_i Σ_j v_j a_ij` over all items `j` below it that have answers
/// (`v` the item's weight), with score `u_i = w_i (Y_i − R X_i) / Σ w X`, on the scale `score_min` to `score_max`.
///
/// # Source
/// Särndal, Swensson and Wretman (1992), eq. 5.6.8, 5.7.2; Woodruff (1971), JASA 66, 411–414 for combinations.
///
/// # Limits
/// Linearization: an indicator on a handful of answers has an unreliable standard error; the minimum base keeps it from
/// being published by itself, and the nodes that use it say so.
///
/// # Errors
/// Those of [`IndexDefinition::indicator_values`]; `index_rows` when table and design differ in length; those of
/// [`estimation::mean`].
///
/// # Proofs
/// `an_estimated_index_is_the_score_of_its_indicators`, `the_standard_error_of_the_total_is_that_of_the_delta_method`,
/// `the_standard_error_of_the_total_is_near_the_jackknife`, `a_pooled_share_by_hand`.
pub fn linearize_index<'a>(
    definition: &'a IndexDefinition,
    design: &EstimationDesign,
    table: &Table,
    domain: Option<&[bool]>,
) -> Result<LinearizedIndex<'a>, Problems> {
    if table.n_rows() != design.n_rows() {
        return Err(Problem::new(
            "index_rows",
            "bảng số liệu và thiết kế mẫu không cùng số dòng",
            "the table and the design do not have the same number of rows",
        )
        .expected(format!("{} rows", design.n_rows()))
        .got(format!("{} rows", table.n_rows()))
        .into());
    }
    let values = definition.indicator_values(table)?;
    let mut index = LinearizedIndex {
        definition,
        scores: BTreeMap::new(),
        missing: BTreeMap::new(),
        below_base: BTreeSet::new(),
        forms: BTreeMap::new(),
        atoms: Atoms::new(),
        answer_shares: BTreeMap::new(),
        filling: None,
    };
    index.add_indicators(&Answers { design, table, values: &values, domain })?;
    for node in definition.nodes().iter().filter(|node| node.aggregation == Aggregation::Pooled) {
        let pooled = index.pool(node, design, &values, domain)?;
        index.atoms.insert(node.code.clone(), pooled);
    }
    index.add_nodes()?;
    Ok(index)
}

/// What the forms are made of: a statistic, or why there is none.
pub(super) type Atoms = BTreeMap<String, Result<Scores, IndexMissing>>;

/// What an indicator's statistic is made of.
struct Answers<'d> {
    design: &'d EstimationDesign,
    table: &'d Table,
    values: &'d BTreeMap<String, Vec<f64>>,
    domain: Option<&'d [bool]>,
}

impl Answers<'_> {
    /// The statistic of an indicator and the number of answers that its minimum base is held against; `None`: nobody has a
    /// value that could be asked for.
    fn statistic(&self, indicator: &Indicator) -> Result<Option<(Scores, usize)>, Problems> {
        let Some(rule) = &indicator.value else { return Ok(None) };
        let code = indicator.code.as_str();
        if rule.kind == ValueKind::MeanDifference {
            let halves = halves(rule, self.table)?;
            let means: Vec<Scores> =
                halves.iter().map(|half| mean(self.design, half, self.domain)).collect::<Result<_, _>>()?;
            let n = means.iter().map(Scores::n).min().unwrap_or(0);
            let parts: Vec<(f64, &Scores)> = [1.0, -1.0].into_iter().zip(&means).collect();
            return Ok(Some((Scores::linear_combination(code, 0.0, &parts)?, n)));
        }
        let Some(column) = self.values.get(code) else { return Ok(None) };
        let scores = if rule.kind == ValueKind::Median {
            interpolated_median(self.design, column, self.domain)?
        } else {
            mean(self.design, column, self.domain)?
        };
        let n = scores.n();
        Ok(Some((scores.named(code), n)))
    }
}

impl<'a> LinearizedIndex<'a> {
    /// The statistic of a node or of a published indicator.
    #[must_use]
    pub fn scores(&self, code: &str) -> Option<&Scores> {
        self.scores.get(code)
    }

    /// The definition that this is the index of.
    #[must_use]
    pub fn definition(&self) -> &'a IndexDefinition {
        self.definition
    }

    /// The form of a node in the indicators that had answers: which value counts how much.
    #[must_use]
    pub fn form(&self, code: &str) -> Option<&NodeForm> {
        self.forms.get(code)
    }

    /// Every node and indicator with standard error, degrees of freedom, n and t interval.
    ///
    /// # Errors
    /// Those of [`estimation::estimate`]: the level, a lonely PSU under the rule `fail`.
    pub fn estimates(&self, design: &EstimationDesign, level: f64) -> Result<IndexEstimates, Problems> {
        let definition = self.definition;
        let mut scores = Vec::new();
        for node in definition.nodes() {
            scores.push(self.node_estimate(node, design, level)?);
        }
        let mut indicators = Vec::new();
        for indicator in definition.indicators() {
            let (estimate, missing) = self.estimate_of(&indicator.code, design, level)?;
            indicators.push(IndicatorEstimate {
                code: indicator.code.clone(),
                parent: indicator.parent.clone(),
                name: indicator.name.clone(),
                scored: indicator.scored,
                estimate,
                missing,
                certainty: indicator.certainty,
            });
        }
        Ok(IndexEstimates {
            definition: definition.code().to_owned(),
            name: definition.name().clone(),
            scoring: definition.scoring().cloned(),
            filling: self.filling,
            definition_sha256: definition.sha256().to_owned(),
            certainty: definition.certainty(),
            confidence_level: level,
            degrees_of_freedom: design.degrees_of_freedom(),
            scores,
            indicators,
        })
    }

    fn node_estimate(&self, node: &Node, design: &EstimationDesign, level: f64) -> Result<NodeEstimate, Problem> {
        let (estimate, missing) = self.estimate_of(&node.code, design, level)?;
        let form = self.forms.get(&node.code);
        let used = form.and_then(|form| form.form.as_ref().ok());
        let leaves = self.definition.scored_leaves(&node.code);
        let below_base = leaves
            .iter()
            .map(|leaf| &leaf.code)
            .filter(|code| self.below_base.contains(*code) && used.is_some_and(|form| form.terms.contains_key(*code)))
            .cloned()
            .collect();
        Ok(NodeEstimate {
            level: node.level.clone(),
            code: node.code.clone(),
            parent: node.parent.clone(),
            name: node.name.clone(),
            score_min: node.score_min,
            score_max: node.score_max,
            estimate,
            missing,
            dropped: form.map(|form| form.dropped.clone()).unwrap_or_default(),
            below_base,
            certainty: self.definition.certainty_of(&node.code),
        })
    }

    fn estimate_of(
        &self,
        code: &str,
        design: &EstimationDesign,
        level: f64,
    ) -> Result<(Option<Estimate>, Option<IndexMissing>), Problem> {
        match self.scores.get(code) {
            Some(scores) => Ok((Some(estimate(design, scores, level)?), None)),
            None => Ok((None, Some(self.missing.get(code).cloned().unwrap_or(IndexMissing::NoAnswers)))),
        }
    }

    fn add_indicators(&mut self, answers: &Answers<'_>) -> Result<(), Problems> {
        let mut problems = Problems::none();
        for indicator in self.definition.indicators() {
            match answers.statistic(indicator) {
                Ok(statistic) => self.add_indicator(&indicator.code, statistic),
                Err(told) => problems.extend(told),
            }
        }
        problems.into_result(())
    }

    fn add_indicator(&mut self, code: &str, statistic: Option<(Scores, usize)>) {
        let code = code.to_owned();
        let Some((scores, n)) = statistic else {
            self.missing.insert(code.clone(), IndexMissing::NotCollected);
            self.atoms.insert(code, Err(IndexMissing::NotCollected));
            return;
        };
        if scores.estimate().is_none() {
            self.missing.insert(code.clone(), IndexMissing::NoAnswers);
            self.atoms.insert(code, Err(IndexMissing::NoAnswers));
            return;
        }
        if let Some(minimum) = self.definition.minimum_base().filter(|minimum| n < *minimum) {
            let reason = IndexMissing::BelowMinimumBase { n, minimum };
            self.missing.insert(code.clone(), reason.clone());
            if self.definition.below_minimum_base() != BelowMinimumBase::Use || n < FEWEST_ANSWERS {
                self.atoms.insert(code, Err(reason));
                return;
            }
            self.below_base.insert(code.clone());
        } else {
            self.scores.insert(code.clone(), scores.clone());
        }
        self.atoms.insert(code, Ok(scores));
    }

    /// The pooled share of a node over the items below it that have answers, on the node's scale.
    fn pool(
        &mut self,
        node: &Node,
        design: &EstimationDesign,
        values: &BTreeMap<String, Vec<f64>>,
        domain: Option<&[bool]>,
    ) -> Result<Result<Scores, IndexMissing>, Problems> {
        let mut satisfied = vec![0.0; design.n_rows()];
        let mut answers = vec![0.0; design.n_rows()];
        let mut shares: BTreeMap<String, f64> = BTreeMap::new();
        for leaf in self.definition.scored_leaves(&node.code) {
            if !matches!(self.atoms.get(&leaf.code), Some(Ok(_))) {
                continue;
            }
            let (offset, slope) = leaf.rescaling();
            let mut weight = 0.0;
            for (row, value) in values.get(&leaf.code).into_iter().flatten().enumerate() {
                if !value.is_nan() {
                    satisfied[row] += leaf.weight * (offset + slope * value);
                    answers[row] += leaf.weight;
                    if domain.is_none_or(|inside| inside[row]) {
                        weight += leaf.weight * design.weights()[row];
                    }
                }
            }
            shares.insert(leaf.code.clone(), weight);
        }
        let all: f64 = shares.values().sum();
        for (row, answers) in answers.iter_mut().enumerate() {
            if *answers == 0.0 {
                *answers = f64::NAN;
                satisfied[row] = f64::NAN;
            }
        }
        let share = ratio(design, &satisfied, &answers, domain)?;
        if share.estimate().is_none() {
            return Ok(Err(IndexMissing::NoAnswers));
        }
        shares.values_mut().for_each(|share| *share /= all);
        self.answer_shares.insert(node.code.clone(), shares);
        let range = node.score_max - node.score_min;
        Ok(Ok(Scores::linear_combination(&node.code, node.score_min, &[(range, &share)])?))
    }

    fn add_nodes(&mut self) -> Result<(), Problem> {
        let atoms = &self.atoms;
        self.forms = self.definition.forms(|code| match atoms.get(code) {
            Some(Ok(_)) => None,
            Some(Err(reason)) => Some(reason.clone()),
            None => Some(IndexMissing::NotCollected),
        });
        for (code, node) in &self.forms {
            match &node.form {
                Err(reason) => {
                    self.missing.insert(code.clone(), reason.clone());
                }
                Ok(form) => {
                    let parts: Vec<(f64, &Scores)> = form
                        .terms
                        .iter()
                        .filter_map(|(atom, coefficient)| match atoms.get(atom) {
                            Some(Ok(scores)) => Some((*coefficient, scores)),
                            _ => None,
                        })
                        .collect();
                    let scores = Scores::linear_combination(code, form.constant, &parts)?;
                    self.scores.insert(code.clone(), scores);
                }
            }
        }
        Ok(())
    }
}
