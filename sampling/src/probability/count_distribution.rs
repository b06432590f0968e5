//! How many of a set of independent events happen: the Poisson binomial distribution.

use crate::selection::Odds;

/// Probabilities below this are left off at both ends: for 10^5 events they add up to less than 10^-17.
const NEGLIGIBLE: f64 = 1e-22;

/// The distribution of a number of independent events, on the window where it is not negligible.
///
/// # Formula
/// Adding an event of probability p (q = 1 − p): f′(m) = q·f(m) + p·f(m−1). Removing it solves the same equation for f, upward
/// from the low end when p ≤ ½, downward from the high end otherwise.
///
/// # Source
/// Chen & Liu (1997), "Statistical applications of the Poisson-binomial and conditional Bernoulli distributions", §2; the
/// direction of the removal is that in which errors shrink by the factor p/q or q/p at each step.
#[derive(Clone, Debug)]
pub(crate) struct CountDistribution {
    low: usize,
    mass: Vec<f64>,
}

impl CountDistribution {
    /// No event: the count is zero.
    pub(crate) fn nothing() -> Self {
        Self { low: 0, mass: vec![1.0] }
    }

    /// The count of all the events.
    pub(crate) fn of(events: &[Odds]) -> Self {
        let mut all = Self::nothing();
        for event in events {
            all.add(*event);
        }
        all
    }

    /// Adds an event.
    pub(crate) fn add(&mut self, event: Odds) {
        let mut before = 0.0;
        for mass in &mut self.mass {
            let here = *mass;
            *mass = event.no * here + event.yes * before;
            before = here;
        }
        self.mass.push(event.yes * before);
        while self.mass.len() > 1 && self.mass.last().is_some_and(|mass| *mass < NEGLIGIBLE) {
            self.mass.pop();
        }
        let leading = self.mass.iter().take_while(|mass| **mass < NEGLIGIBLE).count().min(self.mass.len() - 1);
        if leading > 0 {
            self.mass.drain(..leading);
            self.low += leading;
        }
    }

    /// The distribution without one of its events.
    pub(crate) fn without(&self, event: Odds) -> Self {
        let len = self.mass.len();
        if event.yes <= event.no {
            let (inverse, ratio) = (1.0 / event.no, event.yes / event.no);
            let mut mass = Vec::with_capacity(len);
            let mut before = 0.0;
            for here in &self.mass {
                before = (here * inverse - ratio * before).max(0.0);
                mass.push(before);
            }
            return Self { low: self.low, mass };
        }
        let (inverse, ratio) = (1.0 / event.yes, event.no / event.yes);
        let mut mass = vec![0.0; len];
        let mut after = 0.0;
        for (here, place) in self.mass.iter().zip(&mut mass).rev() {
            after = (here * inverse - ratio * after).max(0.0);
            *place = after;
        }
        match self.low.checked_sub(1) {
            Some(low) => Self { low, mass },
            // The first place would be a count of −1.
            None => Self { low: 0, mass: mass.split_off(1.min(len)) },
        }
    }

    /// Without one of its events: the probabilities of `count` − 1 and of `count`, without making the whole distribution.
    ///
    /// The recursion of [`Self::without`] written out: g(m) = Σ (−r)^j·f(m − j)/q with r = p/q ≤ 1, and likewise from above
    /// with q/p; the few terms with r^j above 1e-25 are enough.
    pub(crate) fn around_without(&self, event: Odds, count: usize) -> (f64, f64) {
        if event.yes <= event.no {
            let ratio = event.yes / event.no;
            let before = alternating(ratio, (self.low..count).rev().map(|place| self.at(place))) / event.no;
            return (before.max(0.0), (self.at(count) / event.no - ratio * before).max(0.0));
        }
        let (ratio, end) = (event.no / event.yes, self.low + self.mass.len());
        let here = alternating(ratio, (count + 1..end).map(|place| self.at(place))) / event.yes;
        ((self.at(count) / event.yes - ratio * here).max(0.0), here.max(0.0))
    }

    /// The probability of a count.
    pub(crate) fn at(&self, count: usize) -> f64 {
        count.checked_sub(self.low).and_then(|place| self.mass.get(place)).copied().unwrap_or(0.0)
    }

    /// The probability of at most a count.
    pub(crate) fn at_most(&self, count: usize) -> f64 {
        let places = (count + 1).saturating_sub(self.low).min(self.mass.len());
        self.mass[..places].iter().sum()
    }

    /// How many counts are not negligible.
    #[cfg(test)]
    pub(crate) fn width(&self) -> usize {
        self.mass.len()
    }
}

/// Σ (−ratio)^j·term, until the powers are negligible.
fn alternating(ratio: f64, terms: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut power) = (0.0, 1.0_f64);
    for term in terms {
        sum += power * term;
        power *= -ratio;
        if power.abs() < 1e-25 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(p: f64) -> Odds {
        Odds { yes: p, no: 1.0 - p }
    }

    #[test]
    fn the_count_of_equal_events_is_binomial() {
        let all = CountDistribution::of(&[event(0.25); 10]);
        // dbinom(3, 10, 0.25) = 120 · 0.25^3 · 0.75^7
        assert!((all.at(3) - 120.0 * 0.25_f64.powi(3) * 0.75_f64.powi(7)).abs() < 1e-16);
        assert!((all.at_most(10) - 1.0).abs() < 1e-15);
        assert!(all.at(11) == 0.0);
    }

    #[test]
    fn removing_an_event_undoes_adding_it_even_for_thousands_of_large_and_small_chances() {
        let events: Vec<Odds> = (0..3_000_u32).map(|k| event(0.02 + 0.97 * f64::from(k % 101) / 101.0)).collect();
        let all = CountDistribution::of(&events);
        assert!(all.width() < 700, "window {}", all.width());
        for gone in [0, 50, 52, 100] {
            let others: Vec<Odds> = (0..events.len()).filter(|k| *k != gone).map(|k| events[k]).collect();
            let (direct, removed) = (CountDistribution::of(&others), all.without(events[gone]));
            for count in 1_300..1_700 {
                assert!((direct.at(count) - removed.at(count)).abs() < 1e-16, "count {count} without {gone}");
                let (before, here) = all.around_without(events[gone], count);
                assert!((before - direct.at(count - 1)).abs() < 1e-16 && (here - direct.at(count)).abs() < 1e-16);
            }
        }
    }

    #[test]
    fn certain_events_only_shift_the_count() {
        let certain = Odds { yes: 1.0, no: 0.0 };
        let all = CountDistribution::of(&[certain, event(0.5), certain]);
        assert!(all.at(2) == 0.5 && all.at(3) == 0.5);
        assert!(all.without(certain).at(1) == 0.5);
        let one = CountDistribution::of(&[certain]);
        assert!(one.without(certain).at(0) == 1.0);
    }
}
