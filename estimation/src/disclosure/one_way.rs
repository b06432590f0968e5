//! A line of cells that add up to a known sum: the categories of one question, or the groups that a mean is told of.

use std::collections::BTreeSet;

use super::{DisclosureRules, Treatment};

/// What becomes of the categories of a table whose total is known. `known` are those that were shown before: they hide nothing.
/// `None` when what is known already gives a hidden category away.
///
/// # Formula
/// Hidden cells add up to a known h, and each may be anything from 0 to h. So at least two are hidden, with h ≥ `n_min`: the smallest
/// that are left are hidden too until that holds.
#[must_use]
pub fn protect_one_way(counts: &[usize], rules: DisclosureRules, known: &BTreeSet<usize>) -> Option<Vec<Treatment>> {
    let mut treatments: Vec<Treatment> =
        counts.iter().map(|count| if *count < rules.n_min() { Treatment::Small } else { Treatment::Shown }).collect();
    loop {
        let hidden = || (0..counts.len()).filter(|at| !treatments[*at].is_shown() && !known.contains(at));
        let sum: usize = hidden().map(|at| counts[at]).sum();
        let n_hidden = hidden().count();
        if n_hidden == 0 || (n_hidden >= 2 && sum >= rules.n_min()) {
            return Some(treatments);
        }
        let left = (0..counts.len()).filter(|at| treatments[*at].is_shown() && !known.contains(at));
        let smallest = left.min_by_key(|at| (counts[*at], std::cmp::Reverse(*at)))?;
        treatments[smallest] = Treatment::Complementary;
    }
}

#[cfg(test)]
mod tests {
    use super::Treatment::{Complementary, Shown, Small};
    use super::*;

    fn of(counts: &[usize]) -> Option<Vec<Treatment>> {
        protect_one_way(counts, DisclosureRules::default(), &BTreeSet::new())
    }

    #[test]
    fn a_small_cell_takes_the_smallest_others_along() {
        assert_eq!(of(&[100, 60, 40]), Some(vec![Shown, Shown, Shown]));
        assert_eq!(of(&[180, 57, 3]), Some(vec![Shown, Complementary, Small]));
        assert_eq!(of(&[100, 60, 4, 6]), Some(vec![Shown, Shown, Small, Small]), "4 + 6 are ten");
        assert_eq!(of(&[100, 60, 4, 5]), Some(vec![Shown, Complementary, Small, Small]), "4 + 5 are nine");
        assert_eq!(of(&[200, 0, 0]), Some(vec![Complementary, Small, Small]), "that all said one thing");
    }

    #[test]
    fn what_was_shown_before_hides_nothing() {
        let known = |at: &[usize]| at.iter().copied().collect::<BTreeSet<_>>();
        let rules = DisclosureRules::default();
        assert_eq!(
            protect_one_way(&[100, 60, 57, 3], rules, &known(&[2])),
            Some(vec![Shown, Complementary, Shown, Small])
        );
        assert_eq!(protect_one_way(&[180, 57, 3], rules, &known(&[0, 1])), None);
        let strict = DisclosureRules::new(15).unwrap();
        assert_eq!(protect_one_way(&[180, 60, 12], strict, &known(&[2])), Some(vec![Shown, Shown, Small]));
    }
}
