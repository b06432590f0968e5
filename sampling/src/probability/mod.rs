//! Inclusion probabilities of the methods of selection, first and second order.
//!
//! [`inclusion_probabilities`] computes them exactly where a formula or an algorithm exists; [`simulate`] counts them over
//! draws that go through the very code that draws samples ([`crate::selection::PreparedSelection`]), with standard errors.

mod brewer;
mod conditional;
mod count_distribution;
mod elementary;
mod joint;
mod marked_distribution;
mod order_sampling;
mod pivotal;
mod simulate;
mod systematic;
mod tille;

use problem::{Problem, Problems};

pub(crate) use count_distribution::CountDistribution;
pub(crate) use elementary::{minus_ln_of_no, within};
pub use joint::JointProbabilities;
pub(crate) use marked_distribution::MarkedDistribution;
pub use simulate::{Observed, simulate};

use crate::selection::{
    MaxEntropy, OrderKind, SelectionMethod, Target, missed_never, order_kind, with_replacement_probabilities,
};

/// Elementary steps that a draw may spend on true probabilities: about a tenth of a second.
const DRAW_COST_MAX: f64 = 1e8;

/// Elementary steps that a table of joint probabilities may cost: some seconds.
const TABLE_COST_MAX: f64 = 3e9;

/// Units in a table of joint probabilities at most.
pub const TABLE_POPULATION_MAX: usize = 5_000;

/// How far probabilities can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exactness {
    /// By formula or by a finite algorithm; only rounding (below 1e-12).
    Exact,
    /// By numerical integration until refinement changed nothing by more than this.
    Integrated(f64),
    /// Not computed: no affordable algorithm. [`simulate`] counts them.
    NotComputed,
}

impl Exactness {
    /// Whether the probabilities were computed, not left to simulation.
    #[must_use]
    pub fn is_computed(self) -> bool {
        self != Self::NotComputed
    }
}

/// The inclusion probabilities of one method on one group, in the order of the group.
#[derive(Clone, Debug, PartialEq)]
pub struct InclusionProbabilities {
    /// Those aimed at; see [`target`].
    pub target: Vec<f64>,
    /// The true πₖ; the target when [`Self::first_order`] is [`Exactness::NotComputed`].
    pub pi: Vec<f64>,
    /// How πₖ was found.
    pub first_order: Exactness,
    /// πₖₗ, with πₖ on the diagonal; missing when [`Self::second_order`] is [`Exactness::NotComputed`].
    pub joint: Option<JointProbabilities>,
    /// How πₖₗ was found.
    pub second_order: Exactness,
}

/// What probability proportional to size aims at.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetProbabilities {
    /// πₖ: 1 for certainty units, otherwise n·xₖ/Σx with n and Σx over the others.
    pub pi: Vec<f64>,
    /// Positions of the certainty units.
    pub certain: Vec<usize>,
}

/// The target probabilities of a group.
///
/// # Formula
/// See [`crate::selection::certain_by_size`].
///
/// # Errors
/// `n` of zero or larger than the group, sizes of zero, a total size beyond 64 bits, no units.
pub fn target(sizes: &[u64], n: u64) -> Result<TargetProbabilities, Problems> {
    let target = checked_target(sizes, n)?;
    Ok(TargetProbabilities { pi: spread(&target, &target.pi(), sizes.len()), certain: target.certain })
}

/// The inclusion probabilities of a method.
///
/// # Formula
/// Each in its own file; certainty units are joined afterwards: πₖₗ = πₗ when k is certain.
///
/// # Limits
/// Joint probabilities are not computed (see [`Exactness::NotComputed`]) for more than 5,000 units, for Brewer's procedure
/// beyond two million sets of units, for a random order (systematic beyond 20 units, pivotal beyond 8), and where the
/// integrals of order sampling or the chains of Chromy's selection would take more than some seconds.
///
/// # Errors
/// As [`target`].
pub fn inclusion_probabilities(
    method: SelectionMethod,
    sizes: &[u64],
    n: u64,
) -> Result<InclusionProbabilities, Problems> {
    let target = checked_target(sizes, n)?;
    let aim = spread(&target, &target.pi(), sizes.len());
    match method {
        SelectionMethod::SimpleRandom | SelectionMethod::Systematic => equal(method, sizes.len(), n),
        SelectionMethod::PpsWithReplacement => Ok(with_replacement(aim, sizes, n)),
        _ => {
            let (first, joint) = if target.n == 0 { nothing_left() } else { others(method, &target) };
            let pi = spread(&target, first.pi.as_deref().unwrap_or(&target.pi()), sizes.len());
            let second_order = if joint.is_some() { first.joint_exactness } else { Exactness::NotComputed };
            let joint = joint.map(|joint| spread_joint(&target, &pi, &joint));
            Ok(InclusionProbabilities { target: aim, pi, first_order: first.exactness, joint, second_order })
        }
    }
}

fn checked_target(sizes: &[u64], n: u64) -> Result<Target, Problems> {
    if n == 0 || n > sizes.len() as u64 {
        return Err(Problem::new(
            "selection_bad_n",
            "số đơn vị cần chọn phải từ 1 đến số đơn vị có trong khung",
            "the number of units asked must be from 1 to the number there are",
        )
        .at(problem::Place::column("n"))
        .expected(format!("1–{}", sizes.len()))
        .got(n.to_string())
        .into());
    }
    Target::new(sizes, n)
}

/// What was found about the first order of the units that are not certain.
struct First {
    /// Missing: the target itself.
    pi: Option<Vec<f64>>,
    exactness: Exactness,
    /// That of the joint probabilities, if they were computed.
    joint_exactness: Exactness,
}

const ON_TARGET: First = First { pi: None, exactness: Exactness::Exact, joint_exactness: Exactness::Exact };

fn nothing_left() -> (First, Option<JointProbabilities>) {
    (ON_TARGET, Some(JointProbabilities::with_diagonal(&[])))
}

fn others(method: SelectionMethod, target: &Target) -> (First, Option<JointProbabilities>) {
    let (population, n) = (target.sizes.len(), target.count());
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let (all, width) = (population as f64, (n as f64 + 2.0).min(10.0 * (n as f64).sqrt() + 20.0));
    let fits = population <= TABLE_POPULATION_MAX;
    let if_affordable = |cost: f64| fits && cost <= TABLE_COST_MAX;
    if method.is_order_free() && method.has_fixed_size() && all_alike(target) {
        return (ON_TARGET, fits.then(|| simple_random_joint(&target.pi(), n)));
    }
    let joint = match method {
        SelectionMethod::PpsSystematic => fits.then(|| systematic::systematic_joint(target)),
        SelectionMethod::SystematicRandomOrder => systematic::random_order_joint(target),
        SelectionMethod::Sampford => {
            if_affordable(all * all * width).then(|| conditional::sampford_joint(&target.odds(), n))
        }
        SelectionMethod::Brewer => brewer::brewer_joint(&target.odds(), n),
        SelectionMethod::Tille => fits.then(|| tille::tille_joint(target)),
        SelectionMethod::Pivotal => fits.then(|| pivotal::pivotal_joint(target)),
        SelectionMethod::PivotalRandomOrder => pivotal::random_order_joint(target),
        SelectionMethod::Chromy => if_affordable(all * all * all).then(|| pivotal::chromy_joint(target)),
        SelectionMethod::Poisson => fits.then(|| {
            let pi = target.pi();
            JointProbabilities::of_pairs(&pi, |k, l| pi[k] * pi[l])
        }),
        SelectionMethod::MaxEntropy => return max_entropy(target, if_affordable(all * all * width)),
        SelectionMethod::SequentialPoisson | SelectionMethod::Pareto | SelectionMethod::ExponentialOrder => {
            return by_integration(order_kind(method), target);
        }
        // Answered before.
        SelectionMethod::SimpleRandom | SelectionMethod::Systematic | SelectionMethod::PpsWithReplacement => None,
    };
    (ON_TARGET, joint)
}

/// Whether all units have one size: a method of fixed size for which their order does not matter then treats all pairs alike.
fn all_alike(target: &Target) -> bool {
    target.sizes.windows(2).all(|pair| pair[0] == pair[1])
}

/// n(n − 1)/(N(N − 1)) for every pair.
#[expect(clippy::cast_precision_loss, reason = "a probability is a rounded quotient")]
fn simple_random_joint(pi: &[f64], n: usize) -> JointProbabilities {
    let pair = if pi.len() > 1 { pi[0] * n.saturating_sub(1) as f64 / (pi.len() - 1) as f64 } else { 0.0 };
    JointProbabilities::of_pairs(pi, |_, _| pair)
}

fn max_entropy(target: &Target, joint: bool) -> (First, Option<JointProbabilities>) {
    let design = MaxEntropy::new(target);
    let table =
        joint.then(|| conditional::conditional_poisson_joint(design.working(), design.inclusion(), target.count()));
    (First { pi: Some(design.inclusion().to_vec()), ..ON_TARGET }, table)
}

fn by_integration(kind: OrderKind, target: &Target) -> (First, Option<JointProbabilities>) {
    let (odds, n) = (target.odds(), target.count());
    let not = First { pi: None, exactness: Exactness::NotComputed, joint_exactness: Exactness::NotComputed };
    let cost = |joint| order_sampling::cost(kind, &odds, n, joint);
    let joint = odds.len() <= TABLE_POPULATION_MAX && cost(true) <= TABLE_COST_MAX;
    if !joint && cost(false) > TABLE_COST_MAX {
        return (not, None);
    }
    match order_sampling::order_probabilities(kind, &odds, n, joint) {
        Some((pi, table)) => {
            let exactness = Exactness::Integrated(order_sampling::TOLERANCE);
            (First { pi: Some(pi), exactness, joint_exactness: exactness }, table)
        }
        None => (not, None),
    }
}

/// The true first-order probabilities of order sampling, if a draw can afford them.
pub(crate) fn true_order_probabilities(kind: OrderKind, target: &Target) -> Option<Vec<f64>> {
    let (odds, n) = (target.odds(), target.count());
    if all_alike(target) {
        return Some(target.pi());
    }
    if order_sampling::cost(kind, &odds, n, false) > DRAW_COST_MAX {
        return None;
    }
    order_sampling::order_probabilities(kind, &odds, n, false).map(|(pi, _)| pi)
}

#[expect(clippy::cast_precision_loss, reason = "a probability is a rounded quotient")]
fn equal(method: SelectionMethod, population: usize, n: u64) -> Result<InclusionProbabilities, Problems> {
    let pi = vec![n as f64 / population as f64; population];
    let joint = if population > TABLE_POPULATION_MAX {
        None
    } else if method == SelectionMethod::Systematic {
        let target = checked_target(&vec![1; population], n)?;
        Some(if target.n == 0 {
            JointProbabilities::of_pairs(&pi, |_, _| 1.0)
        } else {
            systematic::systematic_joint(&target)
        })
    } else {
        Some(simple_random_joint(&pi, usize::try_from(n).unwrap_or(population)))
    };
    let second_order = if joint.is_some() { Exactness::Exact } else { Exactness::NotComputed };
    Ok(InclusionProbabilities { target: pi.clone(), pi, first_order: Exactness::Exact, joint, second_order })
}

fn with_replacement(aim: Vec<f64>, sizes: &[u64], n: u64) -> InclusionProbabilities {
    let pi = with_replacement_probabilities(sizes, n);
    let total: u128 = sizes.iter().copied().map(u128::from).sum();
    let joint = (sizes.len() <= TABLE_POPULATION_MAX).then(|| {
        JointProbabilities::of_pairs(&pi, |k, l| {
            let either = missed_never(u128::from(sizes[k]) + u128::from(sizes[l]), total, n);
            (pi[k] + pi[l] - either).max(0.0)
        })
    });
    let second_order = if joint.is_some() { Exactness::Exact } else { Exactness::NotComputed };
    InclusionProbabilities { target: aim, pi, first_order: Exactness::Exact, joint, second_order }
}

/// The probabilities of the others put beside those of the certainty units.
fn spread(target: &Target, others: &[f64], population: usize) -> Vec<f64> {
    let mut pi = vec![1.0; population];
    for (unit, other) in target.others.iter().zip(others) {
        pi[*unit] = *other;
    }
    pi
}

fn spread_joint(target: &Target, pi: &[f64], others: &JointProbabilities) -> JointProbabilities {
    // With a certain unit the joint probability is that of the other one.
    let mut table = JointProbabilities::of_pairs(pi, |k, l| pi[k] * pi[l]);
    for (place, k) in target.others.iter().enumerate() {
        for (before, l) in target.others[..place].iter().enumerate() {
            table.set(*k, *l, others.get(place, before));
        }
    }
    table
}

#[cfg(test)]
mod proofs;
