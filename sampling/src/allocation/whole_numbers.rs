//! From scores to whole numbers that sum to the total.

/// The whole numbers nₕ within bounds, with sum `total`, that make Σ aₕ²/nₕ smallest.
///
/// # Formula
/// The method of equal proportions: after the lower bounds, each next unit goes to the stratum with the highest priority
/// aₕ/√(nₕ(nₕ + 1)) that has not reached its upper bound; a tie goes to the stratum that is first in `order`. Among whole
/// numbers this is the exact optimum, so Neyman's allocation stays the allocation of least variance after rounding, bounds
/// included; nobody loses a unit when the total grows; and the sum is the total by construction. (Rounding to the nearest
/// does not keep the sum; the largest remainder keeps it, but takes units away from a stratum when the total grows, and is
/// not the optimum.) Priorities are compared as aₕ²/(nₕ(nₕ + 1)).
///
/// The units are not dealt one by one: a priority t is found by bisection over all floating-point numbers, such that the
/// strata together take no more than the total at t and more just below; what is left are ties.
///
/// # Source
/// Huntington (1928), "The apportionment of representatives in Congress", *Trans. AMS* 30, 85–110; Wright (2012), "The
/// equivalence of Neyman optimum allocation for sampling and equal proportions for apportioning the U.S. House of
/// Representatives", *The American Statistician* 66, 217–224; with bounds Wright (2017), "Exact optimal sample allocation",
/// *Statistics & Probability Letters* 129, 50–57.
///
/// # Limits
/// Scores positive and finite, squares of their ratios within floating-point range; 1 ≤ lower ≤ upper ≤ 10⁹ and
/// Σ lower ≤ total ≤ Σ upper ([`super::allocate`] checks all this). A number can lie more than one from n·aₕ/Σaₕ.
///
/// Checked: `allocation::proofs`: `the_house_of_representatives_of_2020`, `whole_numbers_are_those_of_dealing_one_by_one`,
/// `no_whole_numbers_beat_neyman`.
#[must_use]
pub fn whole_numbers(scores: &[f64], lower: &[u64], upper: &[u64], total: u64, order: &[usize]) -> Vec<u64> {
    let scores = scaled(scores);
    let at = |threshold: f64| -> Vec<u64> {
        let bounds = lower.iter().zip(upper);
        scores.iter().zip(bounds).map(|(score, (lower, upper))| taken(*score, threshold, *lower, *upper)).collect()
    };
    // Positive floating-point numbers stand in the order of their bits.
    let (mut below, mut above) = (0_u64, f64::INFINITY.to_bits());
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if at(f64::from_bits(middle)).iter().sum::<u64>() <= total {
            above = middle;
        } else {
            below = middle;
        }
    }
    let mut numbers = at(f64::from_bits(above));
    let mut left = total.saturating_sub(numbers.iter().sum());
    for stratum in order {
        let tied = priority(scores[*stratum], numbers[*stratum]) >= f64::from_bits(below);
        if left > 0 && tied && numbers[*stratum] < upper[*stratum] {
            numbers[*stratum] += 1;
            left -= 1;
        }
    }
    numbers
}

/// The scores divided by a power of two, which changes no digit: the largest lies between 1 and 2.
fn scaled(scores: &[f64]) -> Vec<f64> {
    let largest = scores.iter().copied().fold(0.0, f64::max);
    let exponent = (largest.to_bits() >> 52) & 0x7ff;
    let scale = f64::from_bits((2046 - exponent.clamp(1, 2045)) << 52);
    scores.iter().map(|score| score * scale).collect()
}

/// The squared priority of a stratum for one unit more.
#[expect(clippy::cast_precision_loss, reason = "numbers are at most 10⁹; their product is rounded once")]
fn priority(score: f64, n: u64) -> f64 {
    score * score / (n as f64 * (n as f64 + 1.0))
}

/// How many units a stratum takes whose priorities reach a threshold, within its bounds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "not negative, and cut at the upper bound"
)]
fn taken(score: f64, threshold: f64, lower: u64, upper: u64) -> u64 {
    // n(n + 1) ≤ a²/t; a first guess, put right by the priorities themselves.
    let guess = (score * score / threshold + 0.25).sqrt() + 0.5;
    let mut n = if guess < upper as f64 { guess as u64 } else { upper }.max(lower);
    while n < upper && priority(score, n) >= threshold {
        n += 1;
    }
    while n > lower && priority(score, n - 1) < threshold {
        n -= 1;
    }
    n
}
