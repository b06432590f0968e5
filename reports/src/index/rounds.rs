//! The change of an estimated index between two groups or two rounds, and what it is made of.

use std::collections::BTreeMap;

use estimation::{Estimate, EstimationDesign, Scores, estimate, t_quantile};
use problem::{Problem, Problems};
use serde::Serialize;

use super::compare::differences;
use super::definition::IndexDefinition;
use super::estimate::LinearizedIndex;
use super::estimates::IndexEstimates;

/// The change of one node, with its sampling error, and the part of every indicator in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexChange {
    /// Code of the node.
    pub node: String,
    /// After minus before.
    pub change: Estimate,
    /// What each indicator brought; the points add up to the change less `composition`.
    pub parts: Vec<PartOfChange>,
    /// Points that come from other shares of answers among the items of pooled nodes, not from other answers.
    pub composition: f64,
}

/// One indicator's part in the change of a node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartOfChange {
    /// Code of the indicator.
    pub code: String,
    /// Code of the node above it.
    pub parent: String,
    /// Its value before.
    pub before: f64,
    /// Its value after.
    pub after: f64,
    /// What one unit more of it is worth in the node.
    pub worth: f64,
    /// Points of the node that its change brought.
    pub points: Estimate,
}

/// The difference of two independent estimates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndependentChange {
    /// Code of the node.
    pub code: String,
    /// Score before.
    pub before: f64,
    /// Score after.
    pub after: f64,
    /// After minus before.
    pub change: f64,
    /// Its standard error; `None` when one of the two has none.
    pub standard_error: Option<f64>,
    /// Degrees of freedom by Satterthwaite.
    pub degrees_of_freedom: Option<f64>,
    /// Lower and upper limit of Student's t interval.
    pub interval: Option<(f64, f64)>,
}

impl LinearizedIndex<'_> {
    /// What one unit more in each indicator is worth in a node: the derivative of the score. For a pooled node the weights are
    /// the shares of the items among the answers.
    ///
    /// # Formula
    /// `∂S/∂x_j`: the coefficient of the node's form; under a pooled node `(score_max − score_min) · n_j v_j / Σ n v`, turned for
    /// direction `-`.
    ///
    /// # Proofs
    /// `the_worth_of_an_indicator_is_the_derivative_of_the_score`.
    #[must_use]
    pub fn worth(&self, node: &str) -> BTreeMap<String, f64> {
        let mut worth = BTreeMap::new();
        let terms = self.forms.get(node).and_then(|form| form.form.as_ref().ok()).map(|form| &form.terms);
        for (atom, coefficient) in terms.into_iter().flatten() {
            match (self.definition.node(atom), self.answer_shares.get(atom)) {
                (Some(pool), Some(shares)) => {
                    for (code, share) in shares {
                        let slope = self.definition.indicator(code).map_or(0.0, |leaf| leaf.rescaling().1);
                        let points = coefficient * (pool.score_max - pool.score_min) * share * slope;
                        *worth.entry(code.clone()).or_insert(0.0) += points;
                    }
                }
                _ => *worth.entry(atom.clone()).or_insert(0.0) += coefficient,
            }
        }
        worth
    }

    /// The change of a node from this index to another one of the same design: two domains, or two rounds that stand in one
    /// table with their shared PSUs. Covariances between the two are in the standard error.
    ///
    /// # Formula
    /// `ΔS = Σ_j c_j (x_j,after − x_j,before)`, exact for forms with equal coefficients. Under a pooled node `c_j` is the mean of
    /// the two worths, and what is left comes from the composition of the answers (Kitagawa); its points have no error here.
    ///
    /// # Source
    /// Kitagawa (1955), JASA 50, 1168–1194; Woodruff (1971), JASA 66, 411–414.
    ///
    /// # Limits
    /// The standard error of an item's points under a pooled node takes the shares of the items as given.
    ///
    /// # Errors
    /// `index_unknown_node`; `index_change_broken` when the two are not made alike (other indicators have answers, another
    /// filling): such a change has no parts; `index_change_filled` for the per-respondent form; those of
    /// [`estimation::estimate`].
    ///
    /// # Proofs
    /// `the_change_between_two_domains_is_the_sum_of_its_parts_with_the_error_of_the_contrast`,
    /// `the_change_of_a_pooled_score_is_answers_and_composition`.
    pub fn change_to(
        &self,
        after: &Self,
        node: &str,
        design: &EstimationDesign,
        level: f64,
    ) -> Result<IndexChange, Problems> {
        if self.filling.is_some() || after.filling.is_some() {
            return Err(Problem::new(
                "index_change_filled",
                "chỉ phân tích thay đổi theo chỉ tiêu ở dạng tỷ số của các trung bình",
                "a change is divided among indicators in the ratio-of-means form only",
            )
            .into());
        }
        let (Some(first), Some(second)) = (self.scores.get(node), after.scores.get(node)) else {
            return Err(Problem::new(
                "index_unknown_node",
                format!("{node} không có điểm"),
                format!("{node} has no score"),
            )
            .into());
        };
        if self.definition.sha256() != after.definition.sha256() || !self.same_form(after, node) {
            return Err(broken(node).into());
        }
        let change = contrast(node, &[(1.0, second), (-1.0, first)], design, level)?;
        let (worth_before, worth_after) = (self.worth(node), after.worth(node));
        let mut parts = Vec::new();
        let mut explained = 0.0;
        for indicator in self.definition.indicators() {
            let code = &indicator.code;
            let (Some(one), Some(other)) = (worth_before.get(code), worth_after.get(code)) else { continue };
            let (Some(Ok(first)), Some(Ok(second))) = (self.atoms.get(code), after.atoms.get(code)) else { continue };
            let (Some(before), Some(value)) = (first.estimate(), second.estimate()) else { continue };
            let worth = f64::midpoint(*one, *other);
            explained += worth * (value - before);
            let points = contrast(code, &[(worth, second), (-worth, first)], design, level)?;
            parts.push(PartOfChange {
                code: code.clone(),
                parent: indicator.parent.clone(),
                before,
                after: value,
                worth,
                points,
            });
        }
        let pooled = !self.answer_shares.is_empty();
        let composition = if pooled { change.estimate.unwrap_or(0.0) - explained } else { 0.0 };
        Ok(IndexChange { node: node.to_owned(), change, parts, composition })
    }

    fn same_form(&self, other: &Self, node: &str) -> bool {
        let items = |index: &Self| -> BTreeMap<String, Vec<String>> {
            index.answer_shares.iter().map(|(pool, shares)| (pool.clone(), shares.keys().cloned().collect())).collect()
        };
        self.forms.get(node) == other.forms.get(node) && items(self) == items(other)
    }
}

fn contrast(name: &str, parts: &[(f64, &Scores)], design: &EstimationDesign, level: f64) -> Result<Estimate, Problem> {
    estimate(design, &Scores::linear_combination(name, 0.0, parts)?, level)
}

fn broken(node: &str) -> Problem {
    Problem::new(
        "index_change_broken",
        format!("{node} không được tính như nhau ở hai kỳ"),
        format!("{node} is not made alike on the two sides"),
    )
    .hint("so sánh các thành phần có cấu trúc như nhau", "compare the components whose structure is the same")
}

/// The change of every node that is made alike in two rounds with independent samples.
///
/// # Formula
/// `Δ = S₂ − S₁`, `SE² = SE₁² + SE₂²`, degrees of freedom `(SE₁² + SE₂²)² / (SE₁⁴/ν₁ + SE₂⁴/ν₂)`.
///
/// # Source
/// Satterthwaite (1946), Biometrics Bulletin 2, 110–114; Welch (1947), Biometrika 34, 28–35.
///
/// # Limits
/// Rounds that share districts, communes or villages are not independent: put them in one table with their shared PSUs and
/// use [`LinearizedIndex::change_to`]. A node that was computed over other indicators, or by another formula, is not there.
///
/// # Errors
/// `interval_level` for a level outside 0 to 1.
///
/// # Proofs
/// `the_change_of_independent_rounds_has_both_errors_and_satterthwaites_degrees_of_freedom`.
pub fn independent_changes(
    before: (&IndexDefinition, &IndexEstimates),
    after: (&IndexDefinition, &IndexEstimates),
    level: f64,
) -> Result<Vec<IndependentChange>, Problem> {
    if !(level > 0.0 && level < 1.0) {
        return Err(Problem::new(
            "interval_level",
            "độ tin cậy phải nằm giữa 0 và 1",
            "the confidence level must lie between 0 and 1",
        )
        .got(level.to_string()));
    }
    let broken = differences(before.0, after.0);
    let mut changes = Vec::new();
    for node in &before.1.scores {
        let Some(other) = after.1.score(&node.code) else { continue };
        if broken.contains_key(&node.code) || node.dropped != other.dropped || before.1.filling != after.1.filling {
            continue;
        }
        let (Some(first), Some(second)) = (&node.estimate, &other.estimate) else { continue };
        let (Some(one), Some(two)) = (first.estimate, second.estimate) else { continue };
        let variances = first.standard_error.zip(second.standard_error).map(|(a, b)| (a * a, b * b));
        let standard_error = variances.map(|(a, b)| (a + b).sqrt());
        let degrees = variances.and_then(|(a, b)| {
            let (df1, df2) = (first.degrees_of_freedom as f64, second.degrees_of_freedom as f64);
            let below = a * a / df1 + b * b / df2;
            (below > 0.0 && below.is_finite()).then(|| (a + b) * (a + b) / below)
        });
        let half = standard_error
            .zip(degrees)
            .and_then(|(error, df)| Some(error * t_quantile(f64::midpoint(1.0, level), df)?));
        changes.push(IndependentChange {
            code: node.code.clone(),
            before: one,
            after: two,
            change: two - one,
            standard_error,
            degrees_of_freedom: degrees,
            interval: half.map(|half| (two - one - half, two - one + half)),
        });
    }
    Ok(changes)
}
