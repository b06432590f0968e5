//! True inclusion probabilities of order sampling, by numerical integration.

use super::CountDistribution;
use super::elementary::{minus_ln_of_no, within};
use super::joint::JointProbabilities;
use crate::selection::{Odds, OrderKind};

/// The largest change of any probability at the last refinement.
pub(crate) const TOLERANCE: f64 = 1e-12;

/// Refinements of the step; each halves it.
const REFINEMENTS: u32 = 5;

/// Positive nodes and weights of Gauss–Legendre with eight points (Abramowitz & Stegun, table 25.4).
const GAUSS: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_27),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];

/// First-order and, if asked, joint inclusion probabilities of order sampling; `None` when the integrals do not settle.
///
/// # Formula
/// Fₖ and fₖ distribution and density of the ranking variable, C₋ the count of the other units below t:
/// πₖ = ∫ fₖ·P(C₋ₖ ≤ n−1) dt and πₖₗ = ∫ (fₖ·Fₗ + Fₖ·fₗ)·P(C₋ₖₗ ≤ n−2) dt (t the larger of the two). The counts are
/// Poisson binomial. Pareto and exponential: the trapezoidal rule in log t, whose error falls like e^(−c/h) for these analytic
/// integrands; the step is halved until nothing changes by more than 1e-12. Sequential Poisson: polynomials between the
/// points 1/πₖ, by Gauss–Legendre on halved pieces until the same.
///
/// # Source
/// Rosén (1997), §3; Aires (1999), *Methodology and Computing in Applied Probability* 1, 457–469 (same integrals).
pub(crate) fn order_probabilities(
    kind: OrderKind,
    odds: &[Odds],
    n: usize,
    joint: bool,
) -> Option<(Vec<f64>, Option<JointProbabilities>)> {
    let mut last: Option<Sums> = None;
    for level in 1..=REFINEMENTS {
        let sums = match kind {
            OrderKind::Uniform => by_pieces(odds, n, joint, level),
            OrderKind::Pareto | OrderKind::Exponential => by_octaves(kind, odds, n, joint, level),
        };
        if last.as_ref().is_some_and(|last| last.distance(&sums) <= TOLERANCE) {
            let table = joint.then(|| JointProbabilities::of_pairs(&sums.pi, |k, l| sums.pairs[k * odds.len() + l]));
            return Some((sums.pi, table));
        }
        last = Some(sums);
    }
    None
}

/// About how many elementary steps [`order_probabilities`] takes.
pub(crate) fn cost(kind: OrderKind, odds: &[Odds], n: usize, joint: bool) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let (population, n_real) = (odds.len() as f64, n as f64);
    let width = (n_real + 2.0).min(10.0 * n_real.sqrt() + 20.0);
    let nodes = match kind {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        OrderKind::Uniform => 56.0 * (ends_of_pieces(odds, n).len() as f64 + 3.0),
        OrderKind::Pareto | OrderKind::Exponential => 420.0,
    };
    nodes * population * width * if joint { population / 2.0 } else { 1.0 }
}

/// The points 1/πₖ in order, up to where the chance of fewer than n units below t is negligible, which is the last end.
///
/// With mean m the count is below m − λ with probability at most e^(−λ²/2m) (Chernoff): λ²/2m = 58 leaves less than 1e-25.
fn ends_of_pieces(odds: &[Odds], n: usize) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a sample size is far below 2^53")]
    let n = n as f64;
    let negligible = |t: f64| {
        let mean: f64 = odds.iter().map(|odds| (t * odds.yes).min(1.0)).sum();
        mean > n && (mean - n).powi(2) > 116.0 * mean
    };
    let mut ends: Vec<f64> = odds.iter().map(|odds| 1.0 / odds.yes).collect();
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    let Some(mut end) = ends.last().copied().filter(|end| negligible(*end)) else { return ends };
    let mut start = 0.0;
    for _ in 0..40 {
        let middle = 0.5 * (start + end);
        if negligible(middle) { end = middle } else { start = middle }
    }
    ends.retain(|other| *other < end);
    ends.push(end);
    ends
}

/// The integrals so far.
struct Sums {
    n: usize,
    pi: Vec<f64>,
    /// Upper triangle of a square; empty when not asked for.
    pairs: Vec<f64>,
}

impl Sums {
    fn new(population: usize, n: usize, joint: bool) -> Self {
        let pairs = if joint { vec![0.0; population * population] } else { Vec::new() };
        Self { n, pi: vec![0.0; population], pairs }
    }

    fn distance(&self, other: &Self) -> f64 {
        let both = self.pi.iter().zip(&other.pi).chain(self.pairs.iter().zip(&other.pairs));
        both.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    /// Adds one node: the chances to lie below it, and density times weight. False when all later nodes are negligible.
    fn add(&mut self, below: &[Odds], mass: &[f64]) -> bool {
        let count = CountDistribution::of(below);
        if count.at_most(self.n - 1) < 1e-25 {
            return false;
        }
        for k in 0..below.len() {
            let others = count.without(below[k]);
            self.pi[k] += mass[k] * others.at_most(self.n - 1);
            if self.pairs.is_empty() || self.n < 2 {
                continue;
            }
            for l in k + 1..below.len() {
                let density = mass[k] * below[l].yes + below[k].yes * mass[l];
                if density > 0.0 {
                    self.pairs[k * below.len() + l] += density * others.without(below[l]).at_most(self.n - 2);
                }
            }
        }
        true
    }
}

/// Trapezoidal rule in log t with 2^level steps for each doubling of t; nodes by multiplication alone.
fn by_octaves(kind: OrderKind, odds: &[Odds], n: usize, joint: bool, level: u32) -> Sums {
    let rates: Vec<f64> =
        odds.iter().map(|odds| if kind == OrderKind::Pareto { odds.ratio() } else { minus_ln_of_no(*odds) }).collect();
    let ratio = (0..level).fold(2.0_f64, |ratio, _| ratio.sqrt());
    let step = std::f64::consts::LN_2 / f64::from(1_u32 << level);
    let mut sums = Sums::new(odds.len(), n, joint);
    // Below this the chance of any unit is less than 1e-18 of what it becomes; above 2^200 times it all chances are one.
    let mut t = 1e-18 / rates.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    for _ in 0..200 * (1_u32 << level) {
        let below: Vec<Odds> = rates
            .iter()
            .map(|rate| if kind == OrderKind::Pareto { Odds::of_ratio(rate * t) } else { within(rate * t) })
            .collect();
        // t·f(t): F·(1 − F) for Pareto, rate·t·(1 − F) for the exponential.
        let mass: Vec<f64> = below
            .iter()
            .zip(&rates)
            .map(|(odds, rate)| step * odds.no * if kind == OrderKind::Pareto { odds.yes } else { rate * t })
            .collect();
        if !sums.add(&below, &mass) {
            break;
        }
        t *= ratio;
    }
    sums
}

/// Gauss–Legendre on each piece between the points 1/πₖ, cut into 2^(level−1) parts (the first, the longest, into 4 times that).
fn by_pieces(odds: &[Odds], n: usize, joint: bool, level: u32) -> Sums {
    let mut sums = Sums::new(odds.len(), n, joint);
    let mut start = 0.0;
    for end in ends_of_pieces(odds, n) {
        let parts = if start == 0.0 { 4 << (level - 1) } else { 1_u32 << (level - 1) };
        for part in 0..parts {
            let half = 0.5 * (end - start) / f64::from(parts);
            let middle = start + half * f64::from(2 * part + 1);
            let mut reached = false;
            for (node, weight) in GAUSS.iter().flat_map(|(node, weight)| [(-node, weight), (*node, weight)]) {
                let t = middle + half * node;
                let chance = |odds: &Odds| {
                    let yes = (t * odds.yes).min(1.0);
                    Odds { yes, no: 1.0 - yes }
                };
                let below: Vec<Odds> = odds.iter().map(chance).collect();
                let density = |odds: &Odds| if t * odds.yes < 1.0 { half * weight * odds.yes } else { 0.0 };
                let mass: Vec<f64> = odds.iter().map(density).collect();
                reached |= sums.add(&below, &mass);
            }
            if !reached {
                return sums;
            }
        }
        start = end;
    }
    sums
}
