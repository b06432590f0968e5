//! The per-respondent form of an index: every respondent gets a score, with missing answers filled in by a stated rule.

use std::collections::BTreeMap;

use estimation::table::Table;
use estimation::{EstimationDesign, Scores, mean};
use problem::{Problem, Problems, Words};
use serde::Serialize;

use super::definition::IndexDefinition;
use super::estimate::{LinearizedIndex, linearize_index};
use super::rules::{Aggregation, Indicator, Node};

/// What stands for an answer that a respondent did not give or was not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Filling {
    /// The mean of the respondent's own other answers under the same node, rescaled to 0–1; a respondent without any takes
    /// the mean of the others.
    OwnMean,
    /// The mean of those who answered the indicator. The score is then that of the ratio-of-means form.
    AnswererMean,
    /// The worst value of the scale: no filling can give a lower score.
    Worst,
    /// The best value of the scale: no filling can give a higher score.
    Best,
}

impl Filling {
    /// All of them, with their words in commands.
    pub const ALL: [(&'static str, Self); 4] = [
        ("own_mean", Self::OwnMean),
        ("answerer_mean", Self::AnswererMean),
        ("worst", Self::Worst),
        ("best", Self::Best),
    ];

    /// The rule for people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::OwnMean => Words::new(
                "điểm từng người; câu thiếu lấy trung bình các câu khác của chính người đó trong cùng nội dung",
                "a score for each respondent; missing answers take the mean of the respondent's own others under the node",
            ),
            Self::AnswererMean => Words::new(
                "điểm từng người; câu thiếu lấy trung bình của những người có trả lời",
                "a score for each respondent; missing answers take the mean of those who answered",
            ),
            Self::Worst => Words::new(
                "điểm từng người; câu thiếu lấy mức kém nhất (cận dưới)",
                "a score for each respondent; missing answers take the worst value (a lower bound)",
            ),
            Self::Best => Words::new(
                "điểm từng người; câu thiếu lấy mức tốt nhất (cận trên)",
                "a score for each respondent; missing answers take the best value (an upper bound)",
            ),
        }
    }
}

/// Every node of an index as the mean over respondents of each one's own score, for the whole design or for a domain.
///
/// # Formula
/// Under a node, `z_ij` the rescaled answers of respondent `i`, filled where missing; `r_i = Σ_j w_j z_ij / Σ_j w_j`; the score
/// is `a + b r̄` with `r̄` the weighted mean over respondents. A mean of filled values is itself a mean, so its scores are exact:
/// *own mean*: `r̄` over those with at least one answer under the node; *answerer mean*: `Σ_j w_j z̄_j / Σ_j w_j`, the
/// ratio-of-means form; *worst*, *best*: `z_ij` = 0 or 1. Indicators without a value for a respondent (medians, differences of
/// two halves) enter as they do in the ratio-of-means form. A pooled node is treated as one over all its items. Nodes above add
/// up as before.
///
/// # Source
/// Särndal, Swensson and Wretman (1992), eq. 5.7.2. That the official PAPI is built per respondent after filling is concluded
/// from equal numbers of observations in all dimensions (official workbook of 2019); the rule of filling was not published.
///
/// # Limits
/// The standard error is that of the filled statistic; it does not say how far the filling is from the truth. *Worst* and
/// *best* bound what any filling could give.
///
/// # Errors
/// Those of [`linearize_index`]; `index_form_points` for a tree that adds points.
///
/// # Proofs
/// `filling_with_the_answerers_mean_is_the_ratio_of_means`, `without_missing_answers_all_forms_agree`,
/// `own_mean_filling_by_hand`, `worst_and_best_hold_every_other_filling_between_them`.
pub fn linearize_per_respondent<'a>(
    definition: &'a IndexDefinition,
    design: &EstimationDesign,
    table: &Table,
    domain: Option<&[bool]>,
    filling: Filling,
) -> Result<LinearizedIndex<'a>, Problems> {
    if definition.nodes().iter().any(|node| node.aggregation == Aggregation::Points) {
        return Err(Problem::new(
            "index_form_points",
            "bộ chỉ số cộng điểm không có dạng tính theo từng người",
            "an index that adds points has no per-respondent form",
        )
        .into());
    }
    let mut index = linearize_index(definition, design, table, domain)?;
    let values = definition.indicator_values(table)?;
    let scene = Scene { index: &index, design, values: &values, domain, filling };
    let mut scores: BTreeMap<String, Scores> = BTreeMap::new();
    // Nodes are kept parents first, so backwards each node comes after all that stands below it.
    for node in definition.nodes().iter().rev().filter(|node| !index.missing.contains_key(&node.code)) {
        let score = match node.aggregation {
            Aggregation::LinearMean { a, b } => {
                let leaves = definition.child_indicators(&node.code).filter(|leaf| leaf.scored).collect();
                scene.score(node, leaves, a, b)?
            }
            Aggregation::Pooled => {
                let range = node.score_max - node.score_min;
                scene.score(node, definition.scored_leaves(&node.code), node.score_min, range)?
            }
            Aggregation::Sum | Aggregation::Mean | Aggregation::Points => {
                let children: Vec<(f64, &Scores)> = definition
                    .child_nodes(&node.code)
                    .filter_map(|child| Some((child.weight, scores.get(&child.code)?)))
                    .collect();
                let total = match node.aggregation {
                    Aggregation::Mean => children.iter().map(|child| child.0).sum(),
                    _ => 1.0,
                };
                let parts: Vec<(f64, &Scores)> = children.iter().map(|(weight, one)| (weight / total, *one)).collect();
                Scores::linear_combination(&node.code, 0.0, &parts)?
            }
        };
        scores.insert(node.code.clone(), score);
    }
    index.scores.extend(scores);
    index.filling = Some(filling);
    Ok(index)
}

struct Scene<'s> {
    index: &'s LinearizedIndex<'s>,
    design: &'s EstimationDesign,
    values: &'s BTreeMap<String, Vec<f64>>,
    domain: Option<&'s [bool]>,
    filling: Filling,
}

impl Scene<'_> {
    /// `a + b × ` the mean of the filled answers under a node.
    fn score(&self, node: &Node, leaves: Vec<&Indicator>, a: f64, b: f64) -> Result<Scores, Problem> {
        // What the ratio-of-means form leaves out is left out here too.
        let leaves: Vec<&Indicator> =
            leaves.into_iter().filter(|leaf| matches!(self.index.atoms.get(&leaf.code), Some(Ok(_)))).collect();
        let total: f64 = leaves.iter().map(|leaf| leaf.weight).sum();
        let by_person = |leaf: &&Indicator| {
            self.filling != Filling::AnswererMean
                && leaf.value.as_ref().is_some_and(|rule| rule.kind.has_respondent_value())
        };
        let (own, others): (Vec<&Indicator>, Vec<&Indicator>) = leaves.into_iter().partition(by_person);
        let mut constant = a;
        let mut parts: Vec<(f64, &Scores)> = Vec::new();
        let people = mean(self.design, &self.filled(&own), self.domain)?;
        if !own.is_empty() {
            parts.push((b * own.iter().map(|leaf| leaf.weight).sum::<f64>() / total, &people));
        }
        for leaf in &others {
            if let Some(Ok(scores)) = self.index.atoms.get(&leaf.code) {
                let (offset, slope) = leaf.rescaling();
                constant += b * leaf.weight * offset / total;
                parts.push((b * leaf.weight * slope / total, scores));
            }
        }
        Scores::linear_combination(&node.code, constant, &parts)
    }

    /// The weighted mean of each respondent's filled answers, 0–1; NaN for a respondent without any under *own mean*.
    fn filled(&self, leaves: &[&Indicator]) -> Vec<f64> {
        let mut sums = vec![0.0; self.design.n_rows()];
        let mut weights = vec![0.0; self.design.n_rows()];
        for leaf in leaves {
            let (offset, slope) = leaf.rescaling();
            for (row, value) in self.values.get(&leaf.code).into_iter().flatten().enumerate() {
                let z = match (value.is_nan(), self.filling) {
                    (false, _) => offset + slope * value,
                    (true, Filling::Worst) => 0.0,
                    (true, Filling::Best) => 1.0,
                    (true, Filling::OwnMean | Filling::AnswererMean) => continue,
                };
                sums[row] += leaf.weight * z;
                weights[row] += leaf.weight;
            }
        }
        let mean = |(sum, weight): (&f64, &f64)| if *weight > 0.0 { sum / weight } else { f64::NAN };
        sums.iter().zip(&weights).map(mean).collect()
    }
}
