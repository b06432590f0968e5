//! How many units each stratum gets: a total, spread over strata by a rule.
//!
//! A rule is one file with its formula: a *score* aₕ per stratum, so that nₕ is proportional to aₕ. [`allocate`] brings the
//! scores to whole numbers that respect a minimum and the size of each stratum and sum to the total ([`whole_numbers`]).

mod check;
mod equal;
mod fixed;
mod neyman;
mod optimal;
mod power;
mod proportional;
mod square_root;
mod variance;
mod whole_numbers;

use problem::Problems;
use serde::Serialize;

pub use equal::equal_score;
pub use neyman::neyman_score;
pub use optimal::{optimal_score, total_for_budget};
pub use power::power_score;
pub use proportional::proportional_score;
pub use square_root::square_root_score;
pub use variance::variance_of_mean;
pub use whole_numbers::whole_numbers;

/// How a total is spread over strata.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum AllocationRule {
    /// The same number in each stratum: [`equal_score`].
    Equal,
    /// In proportion to the measure: [`proportional_score`].
    Proportional,
    /// In proportion to the square root of the measure: [`square_root_score`].
    SquareRoot,
    /// Power allocation (Bankier 1988): [`power_score`].
    Power {
        /// The power q, from 0 to 1.
        power: f64,
    },
    /// Least variance for a given number of units: [`neyman_score`].
    Neyman,
    /// Least variance for a given cost: [`optimal_score`].
    Optimal,
    /// Numbers given for each stratum.
    Fixed,
}

impl AllocationRule {
    /// The names of the rules in designs.
    pub const NAMES: [&'static str; 7] =
        ["equal", "proportional", "square_root", "power", "neyman", "optimal", "fixed"];

    /// The name in designs, such as `neyman`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Proportional => "proportional",
            Self::SquareRoot => "square_root",
            Self::Power { .. } => "power",
            Self::Neyman => "neyman",
            Self::Optimal => "optimal",
            Self::Fixed => "fixed",
        }
    }

    /// Whether the rule looks at the measure of a stratum.
    #[must_use]
    pub fn uses_measure(self) -> bool {
        !matches!(self, Self::Equal | Self::Fixed)
    }

    /// The score of a stratum; `None` where the rule has none or what it needs is not known.
    fn score(self, stratum: &AllocationStratum) -> Option<f64> {
        let measure = stratum.measure;
        match self {
            Self::Equal => Some(equal_score()),
            Self::Proportional => Some(proportional_score(measure)),
            Self::SquareRoot => Some(square_root_score(measure)),
            Self::Power { power } => Some(power_score(measure, power, stratum.spread.unwrap_or(1.0))),
            Self::Neyman => Some(neyman_score(measure, stratum.spread?)),
            Self::Optimal => Some(optimal_score(measure, stratum.spread?, stratum.cost?)),
            Self::Fixed => None,
        }
    }
}

/// What is known of a stratum.
#[derive(Clone, Debug, PartialEq)]
pub struct AllocationStratum {
    /// Its name, different from all others: it decides ties, so that the order of the strata changes nothing.
    pub label: String,
    /// How many units it has: no more can be drawn.
    pub population: u64,
    /// The measure of the rule: Nₕ (units, households) for most, Xₕ for `power`.
    pub measure: f64,
    /// Standard deviation Sₕ of what is measured, between units of the stratum; for `power` the coefficient of variation
    /// (without one, all strata vary equally).
    pub spread: Option<f64>,
    /// Cost of one unit.
    pub cost: Option<f64>,
    /// The number of units for [`AllocationRule::Fixed`].
    pub given: Option<f64>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AllocationRequest {
    /// The rule.
    pub rule: AllocationRule,
    /// How many units all strata get together; for [`AllocationRule::Fixed`] it may be left out, or is checked.
    pub total: Option<u64>,
    /// The least number in a stratum, at least 1 (without a unit drawn, a stratum's units would have no chance). A stratum
    /// with fewer units is taken whole.
    pub minimum: u64,
}

/// Spreads a total over strata: whole numbers nₕ with Σ nₕ = n and min(minimum, Nₕ) ≤ nₕ ≤ Nₕ, in the order of the strata.
///
/// # Formula
/// With the rule's scores aₕ: the whole numbers within the bounds that make Σ aₕ²/nₕ smallest ([`whole_numbers`]). What a
/// stratum cannot take, or must take more than its share, is made up by the others in proportion to their scores.
///
/// # Source
/// The rules' own files; more than a stratum has: Cochran (1977), §5.8; whole numbers and bounds: Wright (2012), *The
/// American Statistician* 66, 217–224, and (2017), *Statistics & Probability Letters* 129, 50–57.
///
/// # Limits
/// Scores must be above 0: a stratum with Sₕ = 0 is a problem and not a stratum with no units. At most 10⁹ units.
///
/// # Errors
/// Every stratum with a measure, spread or cost that is missing, not positive or absurd; a total below what the minima need
/// or above what there is; a minimum of 0; two strata of one name; for `fixed` numbers outside the bounds.
///
/// Checked: `allocation::proofs`.
pub fn allocate(request: AllocationRequest, strata: &[AllocationStratum]) -> Result<Vec<u64>, Problems> {
    check::strata(request, strata)?;
    if request.rule == AllocationRule::Fixed {
        return fixed::given_numbers(request, strata);
    }
    let total = check::total(request, strata)?;
    let scores = scores(request.rule, strata)?;
    let lower: Vec<u64> = strata.iter().map(|stratum| request.least_in(stratum)).collect();
    let upper: Vec<u64> = strata.iter().map(|stratum| stratum.population).collect();
    let mut by_label: Vec<usize> = (0..strata.len()).collect();
    by_label.sort_by(|a, b| strata[*a].label.cmp(&strata[*b].label));
    Ok(whole_numbers(&scores, &lower, &upper, total, &by_label))
}

/// The same before bounds and whole numbers: n·aₕ/Σaₕ, for comparison.
///
/// # Errors
/// As [`allocate`], without the bounds.
pub fn real_valued(request: AllocationRequest, strata: &[AllocationStratum]) -> Result<Vec<f64>, Problems> {
    check::strata(request, strata)?;
    if request.rule == AllocationRule::Fixed {
        return Ok(strata.iter().filter_map(|stratum| stratum.given).collect());
    }
    let scores = scores(request.rule, strata)?;
    let sum: f64 = scores.iter().sum();
    #[expect(clippy::cast_precision_loss, reason = "a total is at most 10⁹")]
    let total = request.total.unwrap_or_default() as f64;
    Ok(scores.iter().map(|score| total * (score / sum)).collect())
}

fn scores(rule: AllocationRule, strata: &[AllocationStratum]) -> Result<Vec<f64>, Problems> {
    let scores: Option<Vec<f64>> = strata.iter().map(|stratum| rule.score(stratum)).collect();
    // The check has found what is missing; this says it once more rather than guess.
    scores.ok_or_else(|| check::missing("spread", "").into())
}

impl AllocationRequest {
    /// The least number in a stratum.
    fn least_in(self, stratum: &AllocationStratum) -> u64 {
        self.minimum.min(stratum.population)
    }
}

#[cfg(test)]
mod proofs;
