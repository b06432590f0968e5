//! Replicate weights as data: factors by unit, or weights by row.

use problem::{Problem, Problems};
use serde::{Deserialize, Serialize};

use super::kinds::Kinds;
use super::{balanced, bootstrap, jackknife, preston};
use crate::linear_algebra::{orthonormal_basis, rank};
use crate::share::share_out;
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
    /// `factors[unit · R + r]` multiplies the full weight of every row of the unit: units of the design, or after a weighting step
    /// the kinds of rows in them.
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

    /// The same scheme with other weights: `full`, and what `step` makes of each replicate. Units split into kinds of rows that the
    /// step treats alike, as long as these are few (their weights are then right to a few roundings); else, where weights are row by row
    /// already, and in small tables, each row keeps its own.
    ///
    /// # Errors
    /// Those of the first replicate in which the step fails; `replicates_too_many`.
    pub(crate) fn map(
        self,
        full: Vec<f64>,
        n_threads: usize,
        step: impl Fn(usize, &[f64]) -> Result<Vec<f64>, Problems> + Sync,
    ) -> Result<Self, Problems> {
        let size = self.n_replicates();
        let mut made = Made::new(&self.store, full.len(), size)?;
        let n_threads = if full.len().saturating_mul(size) > WORTH_A_THREAD { n_threads.max(1) } else { 1 };
        let numbers: Vec<usize> = (0..size).collect();
        // A few replicates at a time: memory grows with the kinds, not with rows × replicates.
        for some in numbers.chunks(n_threads * AT_ONCE) {
            let adjusted = share_out(some, n_threads, |&number| step(number, &self.replicate(number)));
            for (&number, weights) in some.iter().zip(adjusted) {
                made.add(&full, size, number, &weights?)?;
            }
        }
        Ok(Self { full, store: made.store(), ..self })
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
                let value =
                    |(unit, square): (usize, &f64), number: usize| factors[unit * size + number] * square.sqrt();
                let column = |number| squares.iter().enumerate().map(|unit| value(unit, number)).collect();
                let exact = || orthonormal_basis((0..size).map(column), RANK_TOLERANCE).len();
                if squares.len() <= size {
                    // Many replicates of few units: a basis of the units' space is the smaller task.
                    return exact();
                }
                let rows = factors.chunks_exact(size).zip(&squares);
                rank(size, rows.map(|(factors, square)| (factors, square.sqrt())), RANK_TOLERANCE).unwrap_or_else(exact)
            }
            Store::Rows(weights) => {
                let exact = || orthonormal_basis((0..size).map(|number| self.replicate(number)), RANK_TOLERANCE).len();
                rank(size, weights.chunks_exact(size).map(|row| (row, 1.0)), RANK_TOLERANCE).unwrap_or_else(exact)
            }
        }
    }
}

/// Replicate weights on their way through a step.
enum Made {
    Kinds(Kinds),
    Rows(Vec<f64>),
}

/// Up to so many weights (half a megabyte) nothing is won by looking for kinds: each row keeps its own to the last bit.
const FEW: usize = 1 << 16;

/// Replicates that a thread adjusts before they are taken in.
const AT_ONCE: usize = 4;

/// So many weights take longer to adjust than a thread to start.
const WORTH_A_THREAD: usize = 100_000;

impl Made {
    fn new(store: &Store, n_rows: usize, size: usize) -> Result<Self, Problem> {
        match store {
            Store::Units { unit_of_row, factors } if n_rows.saturating_mul(size) > FEW => {
                let size = size.max(1);
                Ok(Self::Kinds(Kinds::of_units(unit_of_row, factors.len() / size, MAX_NUMBERS / size)))
            }
            _ => Self::rows(n_rows, size),
        }
    }

    fn rows(n_rows: usize, size: usize) -> Result<Self, Problem> {
        too_many(n_rows, size)?;
        Ok(Self::Rows(vec![0.0; n_rows * size]))
    }

    /// Takes in the weights of the next replicate.
    fn add(&mut self, full: &[f64], size: usize, number: usize, weights: &[f64]) -> Result<(), Problem> {
        if let Self::Kinds(kinds) = self {
            if kinds.add(full, weights) {
                return Ok(());
            }
            let mut rows = Self::rows(full.len(), size)?;
            (0..number).for_each(|number| rows.put(size, number, &kinds.weights(full, number)));
            *self = rows;
        }
        self.put(size, number, weights);
        Ok(())
    }

    fn put(&mut self, size: usize, number: usize, weights: &[f64]) {
        if let Self::Rows(all) = self {
            all.iter_mut().skip(number).step_by(size).zip(weights).for_each(|(own, weight)| *own = *weight);
        }
    }

    fn store(self) -> Store {
        match self {
            Self::Kinds(kinds) => {
                let (unit_of_row, factors) = kinds.finish();
                Store::Units { unit_of_row, factors }
            }
            Self::Rows(weights) => Store::Rows(weights),
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
    .expected((format!("nhiều nhất {MAX_NUMBERS}"), format!("at most {MAX_NUMBERS}")))
    .got((
        format!("{n_replicates} bộ quyền số lặp của {n_units} đơn vị"),
        format!("{n_replicates} replicates of {n_units} units"),
    ))
    .hint(
        "dùng bootstrap với ít bản lặp hơn thay cho jackknife trên từng dòng",
        "take a bootstrap with fewer replicates instead of a jackknife over single rows",
    ))
}

/// Checks the number of replicates of a bootstrap.
pub(super) fn check_number(n_replicates: usize, n_units: usize) -> Result<(), Problem> {
    if n_replicates < 2 {
        return Err(Problem::new("replicates_number", "số bản lặp quá ít", "there are too few replicates")
            .expected(("ít nhất 2; thường dùng 200 đến 1000", "at least 2; 200 to 1000 are common"))
            .got(n_replicates.to_string()));
    }
    too_many(n_units, n_replicates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    const N_ROWS: usize = 900;
    const N_REPLICATES: usize = 100;

    fn made() -> ReplicateWeights {
        let psu = Column::numeric((0..N_ROWS).map(|row| (row / 50) as f64).collect());
        let weights: Vec<f64> = (0..N_ROWS).map(|row| 1.0 + (row * 7 % 13) as f64 / 3.0).collect();
        let columns =
            DesignColumns { ids: vec![("psu", &psu)], weights: Some(("w", &weights)), ..DesignColumns::new(N_ROWS) };
        let design = EstimationDesign::new(&columns).unwrap();
        let method = Method::RaoWu { n_draws: None, n_replicates: N_REPLICATES, seed: 7 };
        ReplicateWeights::make(&design, &columns, &method).unwrap()
    }

    fn units(weights: &ReplicateWeights) -> Option<usize> {
        match &weights.store {
            Store::Units { factors, .. } => Some(factors.len() / weights.n_replicates()),
            Store::Rows(_) => None,
        }
    }

    /// Weights summing to 100 in each of `n` cells.
    fn by_cell(n: usize, weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; n];
        weights.iter().enumerate().for_each(|(row, weight)| sums[row % n] += weight);
        weights.iter().enumerate().map(|(row, weight)| weight * (100.0 / sums[row % n])).collect()
    }

    #[test]
    fn a_step_that_treats_alike_what_is_alike_leaves_few_kinds() {
        let before = made();
        assert_eq!(units(&before), Some(18));
        let full = by_cell(3, &before.full);
        let after = before.clone().map(full.clone(), 1, |_, weights| Ok(by_cell(3, weights))).unwrap();
        assert_eq!(units(&after), Some(3 * 18));
        for number in 0..N_REPLICATES {
            for (got, expected) in after.replicate(number).iter().zip(by_cell(3, &before.replicate(number))) {
                assert!((got - expected).abs() <= 2e-14 * expected, "{got} {expected}");
            }
        }
        for n_threads in [2, 3, 8] {
            let again = before.clone().map(full.clone(), n_threads, |_, weights| Ok(by_cell(3, weights))).unwrap();
            assert_eq!(after, again, "{n_threads} threads");
        }
        // Another step goes on from the kinds.
        let twice = after.map(by_cell(2, &full), 2, |_, weights| Ok(by_cell(2, weights))).unwrap();
        assert_eq!(units(&twice), Some(6 * 18));
    }

    #[test]
    fn a_step_that_moves_each_row_by_itself_leaves_weights_by_row_to_the_last_bit() {
        let before = made();
        // At first all agree; from the third replicate on each row goes its own way.
        let step = |number: usize, weights: &[f64]| -> Result<Vec<f64>, Problems> {
            let factor = |row: usize| if number < 2 { 1.0 } else { 1.0 + (row * number) as f64 / 1e3 };
            Ok(weights.iter().enumerate().map(|(row, weight)| weight * factor(row)).collect())
        };
        let after = before.clone().map(before.full.clone(), 2, step).unwrap();
        assert_eq!(units(&after), None);
        for number in 0..N_REPLICATES {
            assert_eq!(after.replicate(number), step(number, &before.replicate(number)).unwrap());
        }
        let failed = before.clone().map(before.full, 4, |number, weights| match number {
            0..=8 => Ok(weights.to_vec()),
            _ => Err(Problem::new("test", "", number.to_string()).into()),
        });
        assert_eq!(failed.unwrap_err().0[0].message.en, "9", "the first that fails is told");
    }
}
