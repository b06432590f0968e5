//! Variances from joint inclusion probabilities: Horvitz–Thompson, Yates–Grundy, and the approximations of Overton and of
//! Hartley and Rao.

mod matrix;

pub use matrix::SquareMatrix;

use problem::{Place, Problem};

use crate::UnequalProbability;
use crate::design::Stage;

/// The joint probabilities of the sampled units of a one-stage design, in the form that variances use:
/// `Δ̌_kl = 1 − π_k π_l/π_kl`, `Δ̌_kk = 1 − π_k`.
#[derive(Clone, Debug)]
pub(crate) struct JointDesign {
    estimator: UnequalProbability,
    /// Row by row over the units in the order of the design.
    delta: Vec<f64>,
}

impl JointDesign {
    /// From the matrix of `π_kl`, in the order in which units first occur in the data.
    ///
    /// # Errors
    /// `joint_size`, `joint_value` (not between 0 and the smaller π, or zero), `joint_symmetry`, `joint_diagonal` (not the π of
    /// the unit).
    pub(crate) fn from_matrix(
        estimator: UnequalProbability,
        matrix: &SquareMatrix,
        stage: &Stage,
    ) -> Result<Self, Problem> {
        let n = stage.n_units();
        if matrix.size() != n {
            return Err(joint_problem(
                "joint_size",
                "ma trận xác suất chung không khớp với số đơn vị trong mẫu",
                "the matrix of joint probabilities does not have one row for each sampled unit",
            )
            .expected((format!("{n} dòng và cột"), format!("{n} rows and columns")))
            .got(matrix.size().to_string()));
        }
        let place = places(stage);
        let mut delta = vec![0.0; n * n];
        for k in 0..n {
            for l in 0..n {
                let (pi_k, pi_l) = (stage.fraction(k), stage.fraction(l));
                let joint = matrix.get(place[k], place[l]);
                check(matrix, place[k], place[l], joint, pi_k, pi_l)?;
                delta[k * n + l] = if k == l { 1.0 - pi_k } else { 1.0 - pi_k * pi_l / joint };
            }
        }
        Ok(Self { estimator, delta })
    }

    /// From an approximation that needs the π of the sample only. `sum` is `Σ_U π²/n` of the population for Hartley and Rao;
    /// without it the mean of the sampled π of the stratum stands in, which estimates it.
    ///
    /// # Formula
    /// Units of one stratum, `n` of them: Overton `Δ̌_kl = 1 − (n − (π_k+π_l)/2)/(n−1)`; Hartley–Rao
    /// `Δ̌_kl = 1 − (n − (π_k+π_l) + Σπ²/n)/(n−1)`. Pairs of certain units, and units of different strata: 0.
    ///
    /// # Errors
    /// `lonely_psu` when a stratum holds one sampled unit that was not certain.
    pub(crate) fn approximate(estimator: UnequalProbability, sum: Option<f64>, stage: &Stage) -> Result<Self, Problem> {
        let n = stage.n_units();
        let mut delta = vec![0.0; n * n];
        for stratum in 0..stage.n_strata() {
            let first = stage.first_unit_of_stratum[stratum] as usize;
            let units = first..first + stage.n_units_of_stratum(stratum);
            let size = units.len() as f64;
            if units.len() == 1 && stage.fraction(first) < 1.0 {
                return Err(joint_problem(
                    "lonely_psu",
                    "có tầng chỉ chọn một đơn vị nên không tính được xác suất chung gần đúng",
                    "a stratum has only one sampled unit, so its joint probabilities cannot be approximated",
                )
                .at(Place::row(stage.row_of_unit[first] as usize + 2))
                .expected(("ít nhất 2 đơn vị trong mỗi tầng", "at least 2 units in each stratum")));
            }
            let mean = units.clone().map(|unit| stage.fraction(unit)).sum::<f64>() / size;
            let squares = sum.unwrap_or(mean);
            for k in units.clone() {
                for l in units.clone() {
                    let (pi_k, pi_l) = (stage.fraction(k), stage.fraction(l));
                    delta[k * n + l] = if k == l {
                        1.0 - pi_k
                    } else if pi_k >= 1.0 && pi_l >= 1.0 {
                        0.0
                    } else if estimator == UnequalProbability::Overton {
                        1.0 - (size - 0.5 * (pi_k + pi_l)) / (size - 1.0)
                    } else {
                        1.0 - (size - (pi_k + pi_l) + squares) / (size - 1.0)
                    };
                }
            }
        }
        Ok(Self { estimator, delta })
    }

    /// The upper triangle of the covariance matrix of `size` statistics whose scores sum to these totals, unit by unit.
    ///
    /// # Formula
    /// `z_k` the total of the scores of unit k, which hold the weight 1/π. Horvitz–Thompson: `Σ_k Σ_l Δ̌_kl z_k z_l`; Yates–Grundy:
    /// `−½ Σ_k Σ_l Δ̌_kl (z_k − z_l)²`, and the same with products for covariances.
    pub(crate) fn covariance(&self, totals: &[f64], size: usize) -> Vec<f64> {
        let n = totals.len().checked_div(size).unwrap_or(0);
        let mut sums = vec![0.0; size * size];
        for k in 0..n {
            for l in 0..n {
                let delta = self.delta[k * n + l];
                if delta == 0.0 {
                    continue;
                }
                let (z_k, z_l) = (&totals[k * size..][..size], &totals[l * size..][..size]);
                for i in 0..size {
                    for j in i..size {
                        sums[i * size + j] += delta
                            * match self.estimator {
                                UnequalProbability::Yg => -0.5 * (z_k[i] - z_l[i]) * (z_k[j] - z_l[j]),
                                _ => z_k[i] * z_l[j],
                            };
                    }
                }
            }
        }
        sums
    }
}

/// For each unit of the design its place in the order in which units first occur in the data.
fn places(stage: &Stage) -> Vec<usize> {
    let mut place = vec![usize::MAX; stage.n_units()];
    let mut next = 0;
    for &unit in &stage.unit_of_row {
        if place[unit as usize] == usize::MAX {
            place[unit as usize] = next;
            next += 1;
        }
    }
    place
}

/// Probabilities read from a file agree to so many digits.
const SAME: f64 = 1e-6;

fn check(matrix: &SquareMatrix, k: usize, l: usize, joint: f64, pi_k: f64, pi_l: f64) -> Result<(), Problem> {
    let differs = |a: f64, b: f64| (a - b).abs() > SAME * a.abs().max(b.abs());
    let at = || Place::cell(k + 1, (l + 1).to_string());
    if k == l {
        return if differs(joint, pi_k) {
            Err(joint_problem(
                "joint_diagonal",
                "đường chéo của ma trận xác suất chung khác xác suất chọn trong cột fpc",
                "the diagonal of the joint probabilities is not the inclusion probability in fpc",
            )
            .at(at())
            .expected(pi_k.to_string())
            .got(joint.to_string()))
        } else {
            Ok(())
        };
    }
    if differs(joint, matrix.get(l, k)) {
        return Err(joint_problem(
            "joint_symmetry",
            "ma trận xác suất chung không đối xứng",
            "the matrix of joint probabilities is not symmetric",
        )
        .at(at())
        .expected(matrix.get(l, k).to_string())
        .got(joint.to_string()));
    }
    let usable = joint > 0.0 && joint <= pi_k.min(pi_l) * (1.0 + SAME);
    if usable {
        return Ok(());
    }
    Err(joint_problem(
        "joint_value",
        "xác suất chung không hợp lệ",
        "a joint inclusion probability is out of range",
    )
    .at(at())
    .expected((format!("lớn hơn 0, nhiều nhất {}", pi_k.min(pi_l)), format!("above 0, at most {}", pi_k.min(pi_l))))
    .got(joint.to_string())
    .hint(
        "xác suất chung bằng 0 (ví dụ chọn hệ thống) thì không có ước lượng phương sai không chệch; dùng brewer hoặc overton",
        "where joint probabilities are zero (systematic draws) no unbiased variance exists; use brewer or overton",
    ))
}

fn joint_problem(code: &'static str, vi: &str, en: &str) -> Problem {
    Problem::new(code, vi, en).at(Place::column("design.joint_probabilities"))
}
