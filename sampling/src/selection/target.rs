//! What every method proportional to size starts from: the certainty units, and the exact target of the others.

use std::num::NonZeroU64;

use problem::{Place, Problem, Problems};

use super::certainty::certain_by_size;
use super::size_total::SizeTotal;

/// The target of one group. Positions of the others run from 0 in the order of the group.
///
/// # Formula
/// πₖ = 1 for certainty units, otherwise πₖ = n·xₖ / Σx with n and Σx over the others ([`certain_by_size`]); every such πₖ
/// is below 1, and they sum to n. Kept as whole numbers: a *share* n·xₖ of the total Σx.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Positions in the group of the units that are certain.
    pub(crate) certain: Vec<usize>,
    /// Positions in the group of the others.
    pub(crate) others: Vec<usize>,
    /// Sizes of the others.
    pub(crate) sizes: Vec<u64>,
    /// Σx over the others; 1 when there are none.
    pub(crate) total: NonZeroU64,
    /// How many of the others are to be drawn.
    pub(crate) n: u64,
}

impl Target {
    /// The target of a group.
    ///
    /// # Errors
    /// As [`check_sizes`]; `n` larger than the group.
    pub(crate) fn new(sizes: &[u64], n: u64) -> Result<Self, Problems> {
        check_sizes(sizes)?;
        if n > sizes.len() as u64 {
            return Err(Problem::new(
                "selection_too_many",
                "số đơn vị cần chọn lớn hơn số đơn vị có trong khung",
                "more units are asked than there are",
            )
            .expected(format!("≤ {}", sizes.len()))
            .got(n.to_string())
            .into());
        }
        let split = certain_by_size(sizes, n);
        let (certain, others): (Vec<usize>, Vec<usize>) = (0..sizes.len()).partition(|k| split.certain[*k]);
        // The total was checked; without others it is 0.
        let total = u64::try_from(split.total_left).ok().and_then(NonZeroU64::new).unwrap_or(NonZeroU64::MIN);
        Ok(Self { sizes: others.iter().map(|k| sizes[*k]).collect(), certain, others, total, n: split.n_left })
    }

    /// For draws with replacement: nobody is certain, whatever the size. [`Self::share`] and what follows from it have no
    /// meaning then.
    pub(crate) fn take_nobody_for_certain(&mut self, sizes: &[u64], n: u64) {
        let total = sizes.iter().copied().fold(0, u64::saturating_add);
        *self = Self {
            certain: Vec::new(),
            others: (0..sizes.len()).collect(),
            sizes: sizes.to_vec(),
            total: NonZeroU64::new(total).unwrap_or(NonZeroU64::MIN),
            n,
        };
    }

    /// n·xₖ of the total: πₖ is this share of [`Self::total`]. Below the total, because the unit is not certain.
    pub(crate) fn share(&self, other: usize) -> u64 {
        self.n * self.sizes[other]
    }

    /// πₖ of the others and 1 − πₖ, each rounded once.
    #[expect(clippy::cast_precision_loss, reason = "a probability is a rounded quotient")]
    pub(crate) fn odds(&self) -> Vec<Odds> {
        let total = self.total.get();
        let quotient = |share: u64| share as f64 / total as f64;
        (0..self.sizes.len())
            .map(|k| Odds { yes: quotient(self.share(k)), no: quotient(total - self.share(k)) })
            .collect()
    }

    /// πₖ of the others.
    pub(crate) fn pi(&self) -> Vec<f64> {
        self.odds().into_iter().map(|odds| odds.yes).collect()
    }

    /// n as a count of positions.
    pub(crate) fn count(&self) -> usize {
        usize::try_from(self.n).unwrap_or(usize::MAX)
    }
}

/// Checks the sizes of a group.
///
/// # Errors
/// Every size of zero; a total beyond 64 bits.
pub(crate) fn check_sizes(sizes: &[u64]) -> Result<(), Problems> {
    let found = SizeTotal::of(sizes);
    let mut problems = Problems::none();
    let to_search = if found.has_zero { sizes.len() } else { 0 };
    for position in (0..to_search).filter(|position| sizes[*position] == 0) {
        problems.push(
            Problem::new("selection_bad_size", "quy mô của một đơn vị không hợp lệ", "a unit's size is not usable")
                .at(Place::column(format!("size[{position}]")))
                .expected(("số nguyên từ 1 trở lên", "a whole number of at least 1"))
                .got("0"),
        );
    }
    if found.total > u128::from(u64::MAX) {
        let (vi, en) = ("tổng quy mô vượt quá 64 bit", "the total size does not fit 64 bits");
        let problem = Problem::new("selection_total_size", vi, en);
        problems.push(problem.expected(format!("≤ {}", u64::MAX)).got(found.total.to_string()));
    }
    problems.into_result(())
}

/// The probability of an event and of its opposite, both kept to full precision: near one, 1 − π would lose all digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Odds {
    /// The probability.
    pub(crate) yes: f64,
    /// One minus it.
    pub(crate) no: f64,
}

impl Odds {
    /// From the ratio of yes to no.
    pub(crate) fn of_ratio(ratio: f64) -> Self {
        Self { yes: ratio / (1.0 + ratio), no: 1.0 / (1.0 + ratio) }
    }

    /// The ratio of yes to no.
    pub(crate) fn ratio(self) -> f64 {
        self.yes / self.no
    }
}
