//! Least squares and logistic fits, and their covariance under the design.

use problem::{Place, Problem, Problems, Words};
use serde::{Deserialize, Serialize};

use super::formula::Formula;
use super::model_matrix::ModelMatrix;
use crate::estimand::count;
use crate::linear_algebra::Qr;
use crate::table::Table;
use crate::test::{WaldTest, wald};
use crate::{EstimationDesign, Scores, WhyMissing};

/// What the mean of the response depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Linear regression.
    Gaussian,
    /// Logistic regression of a response of 0 and 1.
    #[serde(alias = "binomial")]
    Quasibinomial,
}

/// A fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// The coefficients with their scores, named as R names them: contrasts and covariances of them come from the one variance
    /// operator like those of any statistic.
    pub coefficients: Vec<Scores>,
    /// The covariance matrix of the coefficients, row by row.
    pub covariance: Vec<f64>,
    /// PSUs minus strata of the rows of the model, plus one, minus the coefficients; can be negative.
    pub residual_degrees_of_freedom: i64,
    /// Wald's test of each term.
    pub terms: Vec<TermTest>,
    /// Rows of the model with a weight above zero.
    pub n: usize,
    /// Iterations of the fit; 1 for a linear model.
    pub iterations: usize,
}

/// Wald's test that all coefficients of a term are zero.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TermTest {
    /// The term.
    pub term: String,
    /// The test; `None` when it cannot be made.
    #[serde(flatten)]
    pub test: Option<WaldTest>,
}

/// Most iterations of a logistic fit.
const ITERATIONS: usize = 60;

/// Fits a model to the rows of a domain that have all its variables.
///
/// # Formula
/// Gaussian: β solves `Σ w x (y − xᵀβ) = 0`. Quasibinomial: `Σ w x (y − μ) = 0`, `μ = 1/(1 + exp(−xᵀβ))`, by iteratively
/// reweighted least squares until no linear predictor moves by more than 10⁻¹⁰ of its size (at most 60 steps). Score of a row:
/// `w (y − μ) A⁻¹x`, `A = Σ w v x xᵀ`, `v = 1` or `μ(1−μ)`. Degrees of freedom: PSUs − strata of these rows + 1 − coefficients.
///
/// # Source
/// Binder (1983), Int. Stat. Rev. 51, 279–292; Fuller (1975), Sankhyā C 37, 117–132; R `survey::svyglm` 4.5.
///
/// # Limits
/// The standard errors are first-order: with few PSUs for each coefficient they are too small. Categories are contrasts with their
/// first value. Nothing is dropped to make a model work: collinear columns and separation are refused.
///
/// # Errors
/// `regression_no_rows`, `regression_one_category`, `regression_comparison`, `request_not_numeric`, `table_unknown_column`,
/// `scores_infinite_value`; `regression_response` (not 0 or 1), `regression_collinear`, `regression_separation`,
/// `regression_overflow`, `regression_no_variance`; those of [`EstimationDesign::covariance`].
///
/// Checked: `tests/against_r.rs`, `tests/regression.rs`.
pub fn regression(
    design: &EstimationDesign,
    table: &Table,
    formula: &Formula,
    family: Family,
    domain: &[u32],
) -> Result<Regression, Problems> {
    let model = ModelMatrix::new(formula, table, domain)?;
    let (n, population) = count(design, &model.rows);
    if n == 0 {
        return Err(Problem::new(
            "regression_no_rows",
            "mọi dòng của mô hình có trọng số 0",
            "all rows of the model have weight zero",
        )
        .into());
    }
    // The mean weight is 1, so that sizes do not depend on the population's.
    let scale = n as f64 / population;
    let weights: Vec<f64> = model.rows.iter().map(|&row| design.weights[row as usize] * scale).collect();
    let least_squares = weighted(&model.columns, &weights).map_err(|column| collinear(&model, column))?;
    let fit = match family {
        Family::Gaussian => linear(&model, &weights, &least_squares),
        Family::Quasibinomial => logistic(&model, &weights)?,
    };
    let size = model.columns.len();
    let coefficients: Vec<Scores> = (0..size)
        .map(|j| {
            let score = |at: usize| {
                let x = (0..size).map(|k| model.columns[k][at] * fit.inverse[k * size + j]).sum::<f64>();
                weights[at] * fit.residuals[at] * x
            };
            Scores {
                value: Ok(fit.coefficients[j]),
                n,
                rows: model.rows.clone(),
                scores: (0..model.rows.len()).map(score).collect(),
                ..Scores::missing(&model.names[j], design.n_rows, WhyMissing::NoAnswers)
            }
            .finite()
        })
        .collect();
    if coefficients.iter().any(|scores| scores.value.is_err()) {
        return Err(overflow().into());
    }
    let matrix = design.covariance(&coefficients.iter().collect::<Vec<_>>())?;
    let covariance: Option<Vec<f64>> = (0..size * size).map(|at| matrix.get(at / size, at % size)).collect();
    let covariance = covariance.ok_or_else(|| no_variance(matrix.why_missing(0)))?;
    let of_rows = design.degrees_of_freedom_of(model.rows.iter().map(|&row| row as usize));
    let residual_degrees_of_freedom = of_rows as i64 + 1 - size as i64;
    let terms = formula.terms.iter().enumerate().map(|(number, term)| {
        let own: Vec<usize> = (0..size).filter(|&j| model.term_of[j] == Some(number)).collect();
        let theta: Vec<f64> = own.iter().map(|&j| fit.coefficients[j]).collect();
        let block: Vec<f64> =
            own.iter().flat_map(|&i| own.iter().map(move |&j| (i, j))).map(|(i, j)| covariance[i * size + j]).collect();
        let term = term.iter().map(super::Variable::name).collect::<Vec<_>>().join(":");
        TermTest { term, test: wald(&theta, &block, residual_degrees_of_freedom as f64, false) }
    });
    let terms = terms.collect();
    Ok(Regression { coefficients, terms, covariance, residual_degrees_of_freedom, n, iterations: fit.iterations })
}

struct Fit {
    coefficients: Vec<f64>,
    /// Response minus its fitted mean.
    residuals: Vec<f64>,
    /// `A⁻¹`, row by row.
    inverse: Vec<f64>,
    iterations: usize,
}

/// `√w X = Q R`, or the first dependent column.
fn weighted(columns: &[Vec<f64>], weights: &[f64]) -> Result<Qr, usize> {
    let scaled = |column: &Vec<f64>| column.iter().zip(weights).map(|(x, weight)| x * weight.sqrt()).collect();
    Qr::new(columns.iter().map(scaled).collect())
}

fn predictor(model: &ModelMatrix, coefficients: &[f64]) -> Vec<f64> {
    let at = |row: usize| model.columns.iter().zip(coefficients).map(|(column, b)| column[row] * b).sum();
    (0..model.rows.len()).map(at).collect()
}

fn linear(model: &ModelMatrix, weights: &[f64], least_squares: &Qr) -> Fit {
    let scaled: Vec<f64> = model.response.iter().zip(weights).map(|(y, weight)| y * weight.sqrt()).collect();
    let coefficients = least_squares.solve(&scaled);
    let fitted = predictor(model, &coefficients);
    let residuals = model.response.iter().zip(&fitted).map(|(y, fitted)| y - fitted).collect();
    Fit { coefficients, residuals, inverse: least_squares.inverse_of_cross_product(), iterations: 1 }
}

fn logistic(model: &ModelMatrix, weights: &[f64]) -> Result<Fit, Problem> {
    if let Some(at) = model.response.iter().position(|&y| y != 0.0 && y != 1.0) {
        return Err(not_binary(model, at));
    }
    let mean = |eta: f64| 1.0 / (1.0 + (-eta).exp());
    let mut eta: Vec<f64> = model.response.iter().map(|y| ((y + 0.5) / (1.5 - y)).ln()).collect();
    for iterations in 1..=ITERATIONS {
        let mu: Vec<f64> = eta.iter().map(|&eta| mean(eta)).collect();
        let variance: Vec<f64> = mu.iter().map(|mu| mu * (1.0 - mu)).collect();
        if variance.iter().any(|&variance| variance < 1e-280) {
            return Err(separation(model));
        }
        let working: Vec<f64> = weights.iter().zip(&variance).map(|(weight, variance)| weight * variance).collect();
        let factor = weighted(&model.columns, &working).map_err(|_| separation(model))?;
        let target: Vec<f64> = (0..eta.len())
            .map(|at| working[at].sqrt() * (eta[at] + (model.response[at] - mu[at]) / variance[at]))
            .collect();
        let coefficients = factor.solve(&target);
        let next = predictor(model, &coefficients);
        if next.iter().any(|eta| !eta.is_finite()) {
            return Err(overflow());
        }
        let step = next.iter().zip(&eta).map(|(new, old)| (new - old).abs() / (1.0 + new.abs())).fold(0.0, f64::max);
        eta = next;
        if step <= 1e-10 {
            // The last step is so small that the factor before it is that of the solution to about as many digits.
            let residuals = model.response.iter().zip(&eta).map(|(y, &eta)| y - mean(eta)).collect();
            return Ok(Fit { coefficients, residuals, inverse: factor.inverse_of_cross_product(), iterations });
        }
    }
    Err(separation(model))
}

fn collinear(model: &ModelMatrix, column: usize) -> Problem {
    let (name, before) = (&model.names[column], model.names[..column].join(", "));
    Problem::new(
        "regression_collinear",
        format!("biến {name} là tổ hợp tuyến tính của các biến đứng trước, nên hệ số không xác định"),
        format!("{name} is a linear combination of the variables before it, so its coefficient is not determined"),
    )
    .at(Place::column("estimand.formula"))
    .expected(("các cột độc lập tuyến tính", "columns that are linearly independent"))
    .got(if before.is_empty() {
        Words::new("một cột toàn số 0", "a column of zeros")
    } else {
        Words::new(format!("{name} khi đã có {before}"), format!("{name} given {before}"))
    })
    .hint("bỏ biến này khỏi công thức, hoặc gộp các nhóm", "leave it out of the formula, or merge categories")
}

fn separation(model: &ModelMatrix) -> Problem {
    Problem::new(
        "regression_separation",
        "các biến giải thích tách hẳn hai nhóm trả lời, nên hệ số lớn vô hạn (phép lặp không hội tụ)",
        "the explanatory variables separate the two answers, so coefficients are infinite (the fit did not converge)",
    )
    .at(Place::column("estimand.formula"))
    .expected((
        format!("đủ cả hai câu trả lời ở mọi tổ hợp, hội tụ trong {ITERATIONS} bước"),
        format!("both answers for every combination, convergence in {ITERATIONS} steps"),
    ))
    .got((
        format!("{} hệ số trên {} dòng", model.names.len(), model.rows.len()),
        format!("{} coefficients on {} rows", model.names.len(), model.rows.len()),
    ))
    .hint("gộp các nhóm nhỏ, hoặc bỏ bớt biến", "merge small categories, or leave variables out")
}

fn not_binary(model: &ModelMatrix, at: usize) -> Problem {
    Problem::new(
        "regression_response",
        "hồi quy logit cần biến phụ thuộc là 0 hoặc 1",
        "a logistic regression needs a response of 0 or 1",
    )
    .at(Place::row(model.rows[at] as usize + 2))
    .expected(("0 hoặc 1, hoặc I(cột == 'giá trị')", "0 or 1, or I(column == 'value')"))
    .got(model.response[at].to_string())
}

fn overflow() -> Problem {
    Problem::new(
        "regression_overflow",
        "số quá lớn, vượt khả năng tính toán",
        "the numbers are too large to compute with",
    )
}

fn no_variance(why: Option<WhyMissing>) -> Problem {
    let words = why.unwrap_or(WhyMissing::NoDegreesOfFreedom).words();
    Problem::new(
        "regression_no_variance",
        format!("không có ma trận hiệp phương sai của hệ số: {}", words.vi),
        format!("the coefficients have no covariance matrix: {}", words.en),
    )
}
