//! Nonresponse by estimated propensities: a weighted logistic regression of answering on what is known of everyone.

use problem::{Place, Problem, Problems};
use serde::{Deserialize, Serialize};

use super::step::{check_weights, summarize, wrong_length};
use super::{Controls, Convergence, WeightStep, redistribute};
use crate::linear_algebra::Cholesky;

/// How estimated propensities become weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PropensityUse {
    /// Each respondent's weight is divided by its own propensity.
    Inverse,
    /// Respondents and nonrespondents are sorted by propensity into this many classes of nearly equal size; inside a class
    /// the nonrespondents' weight moves to the respondents.
    Classes(usize),
}

/// A propensity adjustment: predictors known of respondents and nonrespondents, and what to do with the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Propensity {
    /// The predictors, one column each (indicators for categories); the constant is added. Totals are not used.
    pub predictors: Controls,
    /// How propensities become weights.
    pub using: PropensityUse,
}

const MAX_ITERATIONS: usize = 50;
const CONVERGED: f64 = 1e-10;
/// Log odds beyond this mean that answering is all but certain: the classes can be told apart perfectly.
const SEPARATED: f64 = 25.0;

impl Propensity {
    /// Moves the weight of nonrespondents to respondents by estimated propensities of answering.
    ///
    /// # Formula
    /// `logit p_i = β₀ + x_iᵀβ`, β the root of `Σ w_i (r_i − p_i) (1, x_i) = 0` over respondents (r = 1) and nonrespondents (r = 0), by
    /// Newton steps. Inverse: `w'_i = w_i / p_i` for respondents. Classes: sorted by p and cut at equal counts, equal propensities stay
    /// together; inside each the rule of [`redistribute`]. Nonrespondents get 0, all others keep their weight.
    ///
    /// # Source
    /// Little (1986), Survey nonresponse adjustments, Int. Stat. Rev. 54, 139–157; Valliant, Dever and Kreuter (2018), §13.5.
    ///
    /// # Limits
    /// Removes bias only as far as answering depends on the predictors. `Inverse` trusts the model and gives large weights where p is
    /// small; classes are sturdier. The variance treats the adjustment as known; replicate weights fit it again in every replicate.
    ///
    /// # Errors
    /// `weight_value`, `weight_length`, `weight_class`, `weight_missing_value`, `propensity_classes`, `propensity_nobody` without
    /// both respondents and nonrespondents; `propensity_separated` when predictors tell the two apart perfectly,
    /// `propensity_not_converged`; `weight_empty_cell` for a class without respondents.
    ///
    /// Checked: `tests/weighting.rs::a_propensity_model_of_one_category_is_the_cell_adjustment`,
    /// `propensities_are_those_of_a_logistic_regression_in_r`.
    pub fn adjust(
        &self,
        name: &str,
        weights: &[f64],
        nonrespondent: &[bool],
        respondent: &[bool],
    ) -> Result<WeightStep, Problems> {
        check_weights(weights)?;
        let rows = self.check(weights, nonrespondent, respondent)?;
        let (propensities, convergence) = self.fit(name, weights, &rows, respondent)?;
        match self.using {
            PropensityUse::Inverse => {
                let mut adjusted = weights.to_vec();
                for (&row, propensity) in rows.iter().zip(&propensities) {
                    adjusted[row] = if respondent[row] { weights[row] / propensity } else { 0.0 };
                }
                (0..weights.len()).filter(|&row| nonrespondent[row]).for_each(|row| adjusted[row] = 0.0);
                let cells = summarize(|_| Some("all"), weights, &adjusted);
                Ok(WeightStep::new(name, weights, adjusted, cells, Some(convergence))?)
            }
            PropensityUse::Classes(n_classes) => {
                let mut cells = vec![String::new(); weights.len()];
                for (&row, class) in rows.iter().zip(classes(&propensities, n_classes)) {
                    cells[row] = format!("class {:0width$}", class + 1, width = n_classes.to_string().len());
                }
                let step = redistribute(name, weights, &cells, nonrespondent, respondent)?;
                Ok(WeightStep { convergence: Some(convergence), ..step })
            }
        }
    }

    /// The rows of the model: respondents and nonrespondents with a weight.
    fn check(&self, weights: &[f64], nonrespondent: &[bool], respondent: &[bool]) -> Result<Vec<usize>, Problems> {
        let mut problems = Problems::none();
        for (what, length) in [("nonrespondent", nonrespondent.len()), ("respondent", respondent.len())] {
            if length != weights.len() {
                problems.push(wrong_length(what, weights.len(), length));
            }
        }
        problems.into_result(())?;
        let mut problems = Problems::none();
        let rows: Vec<usize> =
            (0..weights.len()).filter(|&row| weights[row] > 0.0 && (respondent[row] || nonrespondent[row])).collect();
        self.predictors.check_values(&rows, weights.len(), &mut problems);
        if let PropensityUse::Classes(n) = self.using
            && !(2..=1000).contains(&n)
        {
            problems.push(
                Problem::new("propensity_classes", "số lớp không hợp lệ", "the number of classes is not usable")
                    .at(Place::column("classes"))
                    .expected(("2 đến 1000; thường dùng 5", "2 to 1000; 5 is common"))
                    .got(n.to_string()),
            );
        }
        let n_respondents = rows.iter().filter(|&&row| respondent[row]).count();
        if n_respondents == 0 || n_respondents == rows.len() {
            problems.push(
                Problem::new(
                    "propensity_nobody",
                    "mô hình cần cả người trả lời và người không trả lời",
                    "the model needs respondents and nonrespondents",
                )
                .got((
                    format!("{n_respondents} người trả lời trên {}", rows.len()),
                    format!("{n_respondents} respondents of {}", rows.len()),
                )),
            );
        }
        problems.into_result(rows)
    }

    /// The propensity of each row of the model.
    fn fit(
        &self,
        name: &str,
        weights: &[f64],
        rows: &[usize],
        respondent: &[bool],
    ) -> Result<(Vec<f64>, Convergence), Problem> {
        let n = self.predictors.len() + 1;
        let values = self.predictors.matrix_with_constant(rows);
        let mean = rows.iter().map(|&row| weights[row]).sum::<f64>() / rows.len() as f64;
        let mut beta = vec![0.0; n];
        for iterations in 1..=MAX_ITERATIONS {
            let (mut gradient, mut curvature) = (vec![0.0; n], vec![0.0; n * n]);
            let mut log_odds_max = 0.0_f64;
            let mut propensities = Vec::with_capacity(rows.len());
            for (x, &row) in values.chunks_exact(n).zip(rows) {
                let log_odds: f64 = x.iter().zip(&beta).map(|(x, beta)| x * beta).sum();
                let propensity = 1.0 / (1.0 + (-log_odds).exp());
                log_odds_max = log_odds_max.max(log_odds.abs());
                let weight = weights[row] / mean;
                let residual = weight * (f64::from(u8::from(respondent[row])) - propensity);
                for i in 0..n {
                    gradient[i] += residual * x[i];
                    let left = weight * propensity * (1.0 - propensity) * x[i];
                    curvature[i * n..(i + 1) * n].iter_mut().zip(x).for_each(|(sum, right)| *sum += left * right);
                }
                propensities.push(propensity);
            }
            if log_odds_max > SEPARATED || !log_odds_max.is_finite() {
                return Err(separated(name));
            }
            let step = Cholesky::semidefinite(&curvature, n).solve(&gradient);
            let largest = step.iter().map(|step| step.abs()).fold(0.0, f64::max);
            let gap = gradient.iter().map(|value| value.abs()).fold(0.0, f64::max) / rows.len() as f64;
            if gap < CONVERGED && largest < CONVERGED.sqrt() {
                return Ok((propensities, Convergence { iterations, largest_gap: gap }));
            }
            beta.iter_mut().zip(&step).for_each(|(beta, step)| *beta += step);
        }
        Err(Problem::new(
            "propensity_not_converged",
            format!("bước {name}: hồi quy logistic không hội tụ sau {MAX_ITERATIONS} vòng"),
            format!("step {name}: the logistic regression did not converge in {MAX_ITERATIONS} iterations"),
        )
        .hint("bớt biến hoặc gộp nhóm", "use fewer predictors or merge categories"))
    }
}

/// The class of each value: cut at equal counts, equal values together.
fn classes(values: &[f64], n_classes: usize) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cuts: Vec<f64> = (1..n_classes).map(|class| sorted[(class * sorted.len()) / n_classes]).collect();
    values.iter().map(|value| cuts.partition_point(|cut| cut <= value)).collect()
}

fn separated(name: &str) -> Problem {
    Problem::new(
        "propensity_separated",
        format!("bước {name}: các biến phân biệt hoàn toàn người trả lời với người không trả lời"),
        format!("step {name}: the predictors tell respondents and nonrespondents apart perfectly"),
    )
    .expected(("cả hai trong mỗi nhóm của các biến dự báo", "both in every group of the predictors"))
    .hint(
        "bỏ biến phân biệt hoàn toàn, hoặc gộp nhóm chỉ toàn người trả lời (hay không trả lời)",
        "leave out the predictor that does it, or merge groups in which everybody (or nobody) answers",
    )
}
