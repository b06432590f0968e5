//! Joint probabilities of Tillé's elimination procedure.

use super::joint::JointProbabilities;
use crate::selection::{Elimination, Target};

/// Exact, in time N².
///
/// # Formula
/// πₖₗ = Π over the steps of (1 − rₖ − rₗ), r the dropping probabilities. While k is certain rₖ = 0 and the product over l
/// alone is π(l|m); once neither is certain both have the common r of the step.
///
/// # Source
/// Tillé (1996), *Biometrika* 83, 238–241.
pub(crate) fn tille_joint(target: &Target) -> JointProbabilities {
    let population = target.sizes.len();
    let steps = Elimination::new(target);
    let m_of = |step: usize| population - 1 - step;
    let certain_before = |step: usize| if step == 0 { population } else { steps.n_certain[step - 1] };
    // Product of 1 − 2r over the steps from each one on.
    let mut both_stay = vec![1.0; steps.n_certain.len() + 1];
    // For each place, the step at which its unit stops being certain.
    let mut enters = vec![0_usize; population];
    for step in (0..steps.n_certain.len()).rev() {
        let (certain, before) = (steps.n_certain[step], certain_before(step));
        // Without units that were not certain before the step there is no common r; nothing multiplies by it then.
        let stay =
            if before == population { 0.0 } else { 1.0 - 2.0 * steps.drop_of_others(m_of(step), certain, before) };
        both_stay[step] = stay.max(0.0) * both_stay[step + 1];
        for enters in &mut enters[certain..before] {
            *enters = step;
        }
    }
    let mut table = JointProbabilities::with_diagonal(&target.pi());
    for later in 0..population {
        let step = enters[later];
        let (m, certain, before) = (m_of(step), steps.n_certain[step], certain_before(step));
        let drop_later = 1.0 - steps.probability(m, certain, later);
        for (earlier, entered) in enters.iter().enumerate().skip(later + 1) {
            // The smaller unit stopped being certain at the same step or before it.
            let (until, drop) = if *entered == step {
                (1.0, 1.0 - steps.probability(m, certain, earlier))
            } else {
                (steps.probability(m + 1, before, earlier), steps.drop_of_others(m, certain, before))
            };
            let joint = until * (1.0 - drop_later - drop).max(0.0) * both_stay[step + 1];
            table.set(steps.by_size[later], steps.by_size[earlier], joint);
        }
    }
    table
}
