//! The count of independent events together with the sum over those that happen of their chance not to: Sampford's design.

use crate::selection::Odds;

/// Probabilities below this are left off at both ends (see [`super::CountDistribution`]).
const NEGLIGIBLE: f64 = 1e-22;

/// For a set of independent events with count S: f(m) = P(S = m) and b(m) = E[1{S = m}·Σ over events that happen of q].
///
/// # Formula
/// Adding an event of probability p (q = 1 − p): f′(m) = q·f(m) + p·f(m−1) and b′(m) = q·b(m) + p·b(m−1) + p·q·f(m−1).
/// Removing it solves the same equations, upward when p ≤ ½, downward otherwise.
///
/// # Source
/// Sampford (1967), *Biometrika* 54, 499–513: samples of n with probability ∝ Π λₖ · Σ (1 − πₖ), λ = π/(1 − π), are those
/// of independent events given S = n, weighted by Σ q. The recursions follow from the two outcomes of the added event.
#[derive(Clone, Debug)]
pub(crate) struct MarkedDistribution {
    low: usize,
    mass: Vec<f64>,
    marked: Vec<f64>,
}

impl MarkedDistribution {
    /// No event.
    pub(crate) fn nothing() -> Self {
        Self { low: 0, mass: vec![1.0], marked: vec![0.0] }
    }

    /// Adds an event.
    pub(crate) fn add(&mut self, event: Odds) {
        let (mut mass_before, mut marked_before) = (0.0, 0.0);
        for (mass, marked) in self.mass.iter_mut().zip(&mut self.marked) {
            let (mass_here, marked_here) = (*mass, *marked);
            *mass = event.no * mass_here + event.yes * mass_before;
            *marked = event.no * marked_here + event.yes * (marked_before + event.no * mass_before);
            (mass_before, marked_before) = (mass_here, marked_here);
        }
        self.mass.push(event.yes * mass_before);
        self.marked.push(event.yes * (marked_before + event.no * mass_before));
        while self.mass.len() > 1 && self.mass.last().is_some_and(|mass| *mass < NEGLIGIBLE) {
            self.mass.pop();
            self.marked.pop();
        }
        let leading = self.mass.iter().take_while(|mass| **mass < NEGLIGIBLE).count().min(self.mass.len() - 1);
        if leading > 0 {
            self.mass.drain(..leading);
            self.marked.drain(..leading);
            self.low += leading;
        }
    }

    /// The distribution without one of its events.
    pub(crate) fn without(&self, event: Odds) -> Self {
        let len = self.mass.len();
        let (mut mass, mut marked) = (vec![0.0; len], vec![0.0; len]);
        let Odds { yes, no } = event;
        let (mut last_mass, mut last_marked) = (0.0, 0.0);
        if yes <= no {
            for place in 0..len {
                let marked_here = ((self.marked[place] - yes * (last_marked + no * last_mass)) / no).max(0.0);
                last_mass = ((self.mass[place] - yes * last_mass) / no).max(0.0);
                last_marked = marked_here;
                (mass[place], marked[place]) = (last_mass, last_marked);
            }
            return Self { low: self.low, mass, marked };
        }
        for place in (0..len).rev() {
            last_mass = ((self.mass[place] - no * last_mass) / yes).max(0.0);
            last_marked = ((self.marked[place] - no * last_marked) / yes - no * last_mass).max(0.0);
            (mass[place], marked[place]) = (last_mass, last_marked);
        }
        match self.low.checked_sub(1) {
            Some(low) => Self { low, mass, marked },
            // The first place would be a count of −1.
            None => Self { low: 0, mass: mass.split_off(1.min(len)), marked: marked.split_off(1.min(len)) },
        }
    }

    /// f of a count.
    pub(crate) fn at(&self, count: usize) -> f64 {
        count.checked_sub(self.low).and_then(|place| self.mass.get(place)).copied().unwrap_or(0.0)
    }

    /// b of a count.
    pub(crate) fn marked_at(&self, count: usize) -> f64 {
        count.checked_sub(self.low).and_then(|place| self.marked.get(place)).copied().unwrap_or(0.0)
    }
}
