//! Are two categorical variables independent?

use problem::Problem;
use serde::Serialize;

use super::wald::{WaldTest, wald};
use crate::distribution::{chi_squared_upper, f_upper};
use crate::estimand::{mean_of_rows, total_of_rows};
use crate::linear_algebra::Cholesky;
use crate::table::Cells;
use crate::{EstimationDesign, Scores};

/// Pearson's X² with Rao and Scott's second-order correction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RaoScottF {
    /// X² over the trace of the design effects.
    #[serde(rename = "F")]
    pub f: f64,
    /// Degrees of freedom of the numerator, not whole.
    pub ndf: f64,
    /// Degrees of freedom of the denominator: `ndf` times those of the design.
    pub ddf: f64,
    /// The probability of a larger F under independence.
    pub p: Option<f64>,
}

/// Pearson's X² with Rao and Scott's first-order correction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RaoScottChiSquared {
    /// Pearson's X² of the estimated proportions times the number of rows.
    #[serde(rename = "X2")]
    pub x2: f64,
    /// (rows − 1)(columns − 1).
    pub df: f64,
    /// The mean design effect that X² is divided by before it is looked up.
    pub mean_design_effect: f64,
    /// The probability of a larger value under independence.
    pub p: Option<f64>,
}

/// Wald's test adjusted for few degrees of freedom.
pub type AdjustedWald = WaldTest;

/// The tests of one table; what cannot be computed is `None`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndependenceTests {
    /// Second-order Rao–Scott: the one to report.
    #[serde(rename = "rao_scott_F")]
    pub rao_scott_f: Option<RaoScottF>,
    /// First-order Rao–Scott.
    pub rao_scott_chisq: Option<RaoScottChiSquared>,
    /// Wald.
    pub wald: Option<WaldTest>,
    /// Adjusted Wald.
    pub adj_wald: Option<AdjustedWald>,
    /// Rows with both answers and a weight above zero.
    pub n: usize,
}

/// The tests that `row` and `column` are independent, over the rows that have both.
///
/// # Formula
/// `p_rc` the estimated proportions with covariance V, `X² = N Σ (p_rc − p_r p_c)²/(p_r p_c)`, `N` the rows of the data.
/// `Δ = (Cᵀ D⁻¹ C/N)⁻¹ (Cᵀ D⁻¹ V D⁻¹ C)`, `D` the diagonal of the `p_rc`, C the interaction contrasts; `δ` its eigenvalues.
/// Second order: `F = X²/Σδ`, `ndf = (Σδ)²/Σδ²`, `ddf = ndf·ν`. First order: `X²/mean(δ)` on chi-squared with (R−1)(C−1) degrees.
/// Wald: of `Y_rc = N̂_rc − N̂_r N̂_c/N̂` without the first row and column, plain and adjusted ([`wald`]). `ν` = PSUs − strata.
///
/// # Source
/// Rao and Scott (1984), Annals of Statistics 12, 46–60; Thomas and Rao (1987), JASA 82, 630–636; R `survey::svychisq` 4.5.
///
/// # Limits
/// A cell that nobody is in enters `D⁻¹` as 0, as in R; with several the approximation is poor, and Wald's matrix is singular:
/// its tests are `None`. `X2` alone depends on the number of rows, also of those without answers, as R's does; the tests do not.
///
/// # Errors
/// Those of [`EstimationDesign::covariance`].
///
/// Checked: `tests/against_r.rs`, `tests/hypotheses.rs`.
pub fn independence(design: &EstimationDesign, row: &[u32], column: &[u32]) -> Result<IndependenceTests, Problem> {
    let size = Size { nu: (design.n_psus() - design.n_strata()) as f64, n: design.n_rows as f64 };
    of_codes(design, row, column, &size)
}

/// The same within a domain: over its rows that have both, in a table of the categories that occur there, with `ν` and `N` of its rows.
/// The design stays whole: rows outside have no score (R: `svychisq` of `subset(design, …)`).
///
/// # Errors
/// Those of [`EstimationDesign::covariance`].
///
/// Checked: `tests/hypotheses.rs`, `tests/same_in.rs`.
pub fn independence_in(
    design: &EstimationDesign,
    row: &[u32],
    column: &[u32],
    domain: &[u32],
) -> Result<IndependenceTests, Problem> {
    let nu = design.degrees_of_freedom_of(domain.iter().map(|&at| at as usize)) as f64;
    let within = |codes: &[u32]| {
        let mut there: Vec<u32> = domain.iter().filter_map(|&at| codes.get(at as usize).copied()).collect();
        there.sort_unstable();
        there.dedup();
        let mut renumbered = vec![Cells::MISSING_CODE; codes.len()];
        for &at in domain.iter().filter(|&&at| codes.get(at as usize).is_some_and(|code| *code != Cells::MISSING_CODE))
        {
            renumbered[at as usize] = there.partition_point(|code| *code < codes[at as usize]) as u32;
        }
        renumbered
    };
    of_codes(design, &within(row), &within(column), &Size { nu, n: domain.len() as f64 })
}

/// What the tests take from the design, or from a domain.
struct Size {
    /// PSUs minus strata.
    nu: f64,
    /// Rows.
    n: f64,
}

fn of_codes(
    design: &EstimationDesign,
    row: &[u32],
    column: &[u32],
    whole: &Size,
) -> Result<IndependenceTests, Problem> {
    let size = |codes: &[u32]| {
        codes.iter().filter(|&&code| code != Cells::MISSING_CODE).max().map_or(0, |&max| max as usize + 1)
    };
    let (n_rows, n_columns) = (size(row), size(column));
    let both: Vec<u32> = (0..design.n_rows.min(row.len()).min(column.len()))
        .filter(|&at| row[at] != Cells::MISSING_CODE && column[at] != Cells::MISSING_CODE)
        .map(|at| at as u32)
        .collect();
    let n = both.iter().filter(|&&at| design.weights[at as usize] != 0.0).count();
    let none = IndependenceTests { rao_scott_f: None, rao_scott_chisq: None, wald: None, adj_wald: None, n };
    if n == 0 || n_rows < 2 || n_columns < 2 {
        return Ok(none);
    }
    let indicator = |yes: bool| f64::from(u8::from(yes));
    let share =
        |inside: &dyn Fn(usize) -> bool| mean_of_rows(design, "share", both.clone(), |at| indicator(inside(at)));
    let of_row: Vec<f64> = (0..n_rows).map(|r| share(&|at| row[at] as usize == r).value.unwrap_or(0.0)).collect();
    let of_column: Vec<f64> =
        (0..n_columns).map(|c| share(&|at| column[at] as usize == c).value.unwrap_or(0.0)).collect();
    if of_row.iter().chain(&of_column).any(|&share| share <= 0.0) {
        // A category whose answers all weigh nothing leaves no table of this size.
        return Ok(none);
    }
    let table = Table { n_rows, n_columns, of_row, of_column };
    let cells: Vec<Scores> = (0..n_rows * n_columns)
        .map(|cell| share(&|at| row[at] as usize * n_columns + column[at] as usize == cell))
        .collect();
    let (rao_scott_f, rao_scott_chisq) = rao_scott(design, &table, &cells, whole)?;
    let deviations: Vec<Scores> = (1..n_rows)
        .flat_map(|r| (1..n_columns).map(move |c| (r, c)))
        .map(|(r, c)| {
            // N_rc − N_r N_c/N is the total of this product of deviations.
            total_of_rows(design, "deviation", both.clone(), |at| {
                let of_row = indicator(row[at] as usize == r) - table.of_row[r];
                of_row * (indicator(column[at] as usize == c) - table.of_column[c])
            })
        })
        .collect();
    let theta: Vec<f64> = deviations.iter().map(|scores| scores.value.unwrap_or(f64::NAN)).collect();
    let covariance = design.covariance(&deviations.iter().collect::<Vec<_>>())?;
    let size = theta.len();
    let matrix: Option<Vec<f64>> = (0..size * size).map(|at| covariance.get(at / size, at % size)).collect();
    let of_wald = |adjusted| matrix.as_deref().and_then(|matrix| wald(&theta, matrix, whole.nu, adjusted));
    Ok(IndependenceTests { rao_scott_f, rao_scott_chisq, wald: of_wald(false), adj_wald: of_wald(true), n })
}

/// Size and margins of the table.
struct Table {
    n_rows: usize,
    n_columns: usize,
    of_row: Vec<f64>,
    of_column: Vec<f64>,
}

/// Both orders of the correction.
fn rao_scott(
    design: &EstimationDesign,
    table: &Table,
    cells: &[Scores],
    whole: &Size,
) -> Result<(Option<RaoScottF>, Option<RaoScottChiSquared>), Problem> {
    let size = cells.len();
    let shares: Vec<f64> = cells.iter().map(|scores| scores.value.unwrap_or(0.0)).collect();
    let covariance = design.covariance(&cells.iter().collect::<Vec<_>>())?;
    let v: Option<Vec<f64>> = (0..size * size).map(|at| covariance.get(at / size, at % size)).collect();
    let Some(v) = v else { return Ok((None, None)) };
    let n = whole.n;
    let x2 = n
        * (0..size)
            .map(|cell| {
                let expected = table.of_row[cell / table.n_columns] * table.of_column[cell % table.n_columns];
                (shares[cell] - expected).powi(2) / expected
            })
            .sum::<f64>();
    // Contrasts: (e_r − 1/R) ⊗ (e_c − 1/C), divided by the proportions; a cell nobody is in drops out.
    let contrasts: Vec<Vec<f64>> = (1..table.n_rows)
        .flat_map(|r| (1..table.n_columns).map(move |c| (r, c)))
        .map(|(r, c)| {
            let centred = |at: usize, chosen: usize, of: usize| f64::from(u8::from(at == chosen)) - 1.0 / of as f64;
            (0..size)
                .map(|cell| {
                    let of_row = centred(cell / table.n_columns, r, table.n_rows);
                    of_row * centred(cell % table.n_columns, c, table.n_columns)
                })
                .collect()
        })
        .collect();
    let over_share = |contrast: &Vec<f64>| -> Vec<f64> {
        contrast.iter().zip(&shares).map(|(value, &share)| if share > 0.0 { value / share } else { 0.0 }).collect()
    };
    let divided: Vec<Vec<f64>> = contrasts.iter().map(over_share).collect();
    let k = contrasts.len();
    let (mut simple, mut actual) = (vec![0.0; k * k], vec![0.0; k * k]);
    for i in 0..k {
        let times_v: Vec<f64> = (0..size).map(|b| (0..size).map(|a| divided[i][a] * v[a * size + b]).sum()).collect();
        for j in 0..k {
            simple[i * k + j] = contrasts[i].iter().zip(&divided[j]).map(|(a, b)| a * b).sum::<f64>() / n;
            actual[i * k + j] = times_v.iter().zip(&divided[j]).map(|(a, b)| a * b).sum();
        }
    }
    let Some(factor) = Cholesky::definite(&simple, k) else { return Ok((None, None)) };
    // Columns of Δ; the eigenvalues enter through the traces of Δ and Δ² only.
    let delta: Vec<Vec<f64>> =
        (0..k).map(|j| factor.solve(&(0..k).map(|i| actual[i * k + j]).collect::<Vec<_>>())).collect();
    let trace: f64 = (0..k).map(|i| delta[i][i]).sum();
    let trace_of_square: f64 =
        (0..k).flat_map(|i| (0..k).map(move |j| (i, j))).map(|(i, j)| delta[i][j] * delta[j][i]).sum();
    let usable = trace.is_finite() && trace > 0.0 && trace_of_square > 0.0;
    if !usable {
        return Ok((None, None));
    }
    let (ndf, mean) = (trace * trace / trace_of_square, trace / k as f64);
    let f = RaoScottF { f: x2 / trace, ndf, ddf: ndf * whole.nu, p: f_upper(x2 / trace, ndf, ndf * whole.nu) };
    let first =
        RaoScottChiSquared { x2, df: k as f64, mean_design_effect: mean, p: chi_squared_upper(x2 / mean, k as f64) };
    Ok((Some(f), Some(first)))
}
