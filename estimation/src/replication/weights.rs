//! Replicate weights as data: factors by unit, or weights by row.

use problem::{Problem, Problems};
use serde::{Deserialize, Serialize};

use super::{balanced, bootstrap, jackknife, preston};
use crate::linear_algebra::{orthonormal_basis, rank};
use crate::{DesignColumns, EstimationDesign};

/// How replicate weights are made from a design.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// JK1: each PSU left out in turn, in a design without strata.
    Jackknife1,
    /// `JKn`: each PSU left out in turn, the others of its stratum raised.
    JackknifeN,
    /// BRR: half samples of two PSUs a stratum, balanced by a Hadamard matrix; Fay's variant with `rho` above 0.
    Balanced {
        /// Fay's coefficient, 0 (BRR) up to, not including, 1.
        rho: f64,
    },
    /// Rao and Wu's rescaling bootstrap.
    RaoWu {
        /// PSUs drawn from each stratum; `None`: one less than there are.
        n_draws: Option<usize>,
        /// Number of replicates.
        n_replicates: usize,
        /// The seed; there is no default.
        seed: u64,
    },
    /// The bootstrap of Rao, Wu and Yue with the extension of Beaumont and Émond to several stages and unequal probabilities.
    RaoWuYueBeaumont {
        /// Number of replicates.
        n_replicates: usize,
        /// The seed; there is no default.
        seed: u64,
    },
    /// Preston's multistage rescaled bootstrap.
    Preston {
        /// Number of replicates.
        n_replicates: usize,
        /// The seed; there is no default.
        seed: u64,
    },
}

/// Weights of the full sample and of each replicate, with what turns replicate estimates into a variance.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicateWeights {
    pub(super) full: Vec<f64>,
    pub(super) store: Store,
    /// Multiplies the sum over all replicates.
    pub(super) scale: f64,
    /// Multiplies the square of each replicate.
    pub(super) rscales: Vec<f64>,
    /// Whether squares are taken around the full-sample estimate instead of the mean of the replicates.
    pub(super) mse: bool,
    pub(super) degrees_of_freedom: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Store {
    /// `factors[unit · R + r]` multiplies the full weight of every row of the unit.
    Units { unit_of_row: Vec<u32>, factors: Vec<f64> },
    /// `weights[row · R + r]` is the weight itself.
    Rows(Vec<f64>),
}

/// Factors or weights beyond this number (2 GB) are refused.
const MAX_NUMBERS: usize = 1 << 28;

/// R's tolerance for the rank of the weights.
const RANK_TOLERANCE: f64 = 1e-5;

impl ReplicateWeights {
    /// Makes replicate weights from a design; `columns` are those it was built from (their labels key the random streams).
    ///
    /// # Errors
    /// `replicates_number`, `replicates_strata` (JK1 with strata), `replicates_pairs` (BRR without two PSUs in each stratum),
    /// `replicates_fpc` (BRR with sampling fractions), `replicates_lower_stages` (a method of one stage where the lower
    /// stages have a part in the variance), `replicates_unequal`, `replicates_rho`, `replicates_draws`, `replicates_too_many`,
    /// `replicates_calibrated`; `lonely_psu` under the rule `fail`, `replicates_lonely` under `adjust` and `average`.
    ///
    /// Checked: `tests/replication.rs`, `tests/against_r.rs`.
    pub fn make(design: &EstimationDesign, columns: &DesignColumns<'_>, method: &Method) -> Result<Self, Problems> {
        if design.is_calibrated() {
            return Err(Problem::new(
                "replicates_calibrated",
                "bản lặp phải được tạo trước khi hiệu chỉnh trọng số",
                "replicates must be made before weights are calibrated",
            )
            .hint(
                "tạo bản lặp từ trọng số gốc rồi cho cả hai qua cùng các bước",
                "make them from the base weights and take both through the same steps",
            )
            .into());
        }
        match *method {
            Method::Jackknife1 => jackknife::jk1(design, columns),
            Method::JackknifeN => jackknife::jkn(design, columns),
            Method::Balanced { rho } => balanced::balanced(design, columns, rho),
            Method::RaoWu { n_draws, n_replicates, seed } => {
                bootstrap::rao_wu(design, columns, n_draws, n_replicates, seed)
            }
            Method::RaoWuYueBeaumont { n_replicates, seed } => {
                bootstrap::rao_wu_yue_beaumont(design, columns, n_replicates, seed)
            }
            Method::Preston { n_replicates, seed } => preston::preston(design, columns, n_replicates, seed),
        }
    }

    pub(super) fn of_units(
        full: &[f64],
        unit_of_row: Vec<u32>,
        factors: Vec<f64>,
        scale: f64,
        rscales: Vec<f64>,
    ) -> Self {
        let store = Store::Units { unit_of_row, factors };
        let mut made = Self { full: full.to_vec(), store, scale, rscales, mse: false, degrees_of_freedom: 0 };
        made.degrees_of_freedom = made.rank().saturating_sub(1);
        made
    }

    /// The same replicates with squares taken around the full-sample estimate (`true`) or around the mean of the replicates.
    ///
    /// The scale of a bootstrap is that of the mean, `1/(R−1)`; it stays.
    #[must_use]
    pub fn around_the_estimate(mut self, mse: bool) -> Self {
        self.mse = mse;
        self
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.full.len()
    }

    /// Number of replicates.
    #[must_use]
    pub fn n_replicates(&self) -> usize {
        self.rscales.len()
    }

    /// The factor of all replicates in the variance.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The factor of each replicate in the variance.
    #[must_use]
    pub fn rscales(&self) -> &[f64] {
        &self.rscales
    }

    /// Degrees of freedom: given, or the rank of the replicate weights less one (tolerance 10⁻⁵, as R's `degf`). Weighting steps
    /// keep those of the replicates they started from.
    #[must_use]
    pub fn degrees_of_freedom(&self) -> usize {
        self.degrees_of_freedom
    }

    /// The weights of the full sample.
    #[must_use]
    pub fn full(&self) -> &[f64] {
        &self.full
    }

    /// The weights of one replicate, counted from 0; empty when there is none.
    #[must_use]
    pub fn replicate(&self, number: usize) -> Vec<f64> {
        let size = self.n_replicates();
        if number >= size {
            return Vec::new();
        }
        match &self.store {
            Store::Units { unit_of_row, factors } => {
                let factor = |&unit: &u32| factors[unit as usize * size + number];
                self.full.iter().zip(unit_of_row).map(|(weight, unit)| weight * factor(unit)).collect()
            }
            Store::Rows(weights) => weights.iter().skip(number).step_by(size).copied().collect(),
        }
    }

    /// The same scheme with other weights: `full`, and what `step` makes of each replicate.
    pub(crate) fn map(
        self,
        full: Vec<f64>,
        mut step: impl FnMut(usize, &[f64]) -> Result<Vec<f64>, Problems>,
    ) -> Result<Self, Problems> {
        let size = self.n_replicates();
        too_many(full.len(), size)?;
        let mut weights = vec![0.0; full.len() * size];
        for number in 0..size {
            let adjusted = step(number, &self.replicate(number))?;
            for (row, weight) in adjusted.into_iter().enumerate() {
                weights[row * size + number] = weight;
            }
        }
        Ok(Self { full, store: Store::Rows(weights), ..self })
    }

    /// The rank of the matrix of replicate weights.
    pub(super) fn rank(&self) -> usize {
        let size = self.n_replicates();
        match &self.store {
            Store::Units { unit_of_row, factors } => {
                // Rows of a unit are proportional: one of the length of all has the same inner products.
                let mut squares = vec![0.0; factors.len() / size.max(1)];
                unit_of_row
                    .iter()
                    .zip(&self.full)
                    .for_each(|(&unit, weight)| squares[unit as usize] += weight * weight);
                if squares.len() <= size {
                    // Many replicates of few units: a basis of the units' space is the smaller task.
                    let value =
                        |(unit, square): (usize, &f64), number: usize| factors[unit * size + number] * square.sqrt();
                    let column = |number| squares.iter().enumerate().map(|unit| value(unit, number)).collect();
                    return orthonormal_basis((0..size).map(column), RANK_TOLERANCE).len();
                }
                let rows = factors.chunks_exact(size).zip(squares);
                rank(size, rows.map(|(factors, square)| (factors, square.sqrt())), RANK_TOLERANCE)
            }
            Store::Rows(weights) => rank(size, weights.chunks_exact(size).map(|row| (row, 1.0)), RANK_TOLERANCE),
        }
    }
}

/// Refuses what would not fit into memory.
pub(super) fn too_many(n_units: usize, n_replicates: usize) -> Result<(), Problem> {
    if n_units.saturating_mul(n_replicates) <= MAX_NUMBERS {
        return Ok(());
    }
    Err(Problem::new(
        "replicates_too_many",
        "số bản lặp nhân số đơn vị quá lớn",
        "replicates times units are too many to hold",
    )
    .expected(format!("at most {MAX_NUMBERS}"))
    .got(format!("{n_replicates} replicates of {n_units} units"))
    .hint(
        "dùng bootstrap với ít bản lặp hơn thay cho jackknife trên từng dòng",
        "take a bootstrap with fewer replicates instead of a jackknife over single rows",
    ))
}

/// Checks the number of replicates of a bootstrap.
pub(super) fn check_number(n_replicates: usize, n_units: usize) -> Result<(), Problem> {
    if n_replicates < 2 {
        return Err(Problem::new("replicates_number", "số bản lặp quá ít", "there are too few replicates")
            .expected("at least 2; 200 to 1000 are common")
            .got(n_replicates.to_string()));
    }
    too_many(n_units, n_replicates)
}
