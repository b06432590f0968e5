//! Two released numbers whose people nearly coincide: their difference is a number about the few.

use std::cmp::Ordering;

use super::DisclosureRules;

/// By how many people two sets differ, if that is between 1 and `n_min` − 1: then both together tell of those few. The sets are sorted
/// and without repetitions.
#[must_use]
pub fn too_close<T: Ord>(earlier: &[T], new: &[T], rules: DisclosureRules) -> Option<usize> {
    let (mut at, mut other, mut differing) = (0, 0, 0);
    while at < earlier.len() && other < new.len() {
        match earlier[at].cmp(&new[other]) {
            Ordering::Less => (at, differing) = (at + 1, differing + 1),
            Ordering::Greater => (other, differing) = (other + 1, differing + 1),
            Ordering::Equal => (at, other) = (at + 1, other + 1),
        }
        if differing >= rules.n_min() {
            return None;
        }
    }
    differing += (earlier.len() - at) + (new.len() - other);
    (1..rules.n_min()).contains(&differing).then_some(differing)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_to_nine_people_are_too_few() {
        let rules = DisclosureRules::default();
        let all: Vec<u32> = (0..240).collect();
        assert_eq!(too_close(&all, &all, rules), None, "the same people twice tell nothing new");
        assert_eq!(too_close(&all, &all[..239], rules), Some(1));
        assert_eq!(too_close(&all[1..], &all[..239], rules), Some(2));
        assert_eq!(too_close(&all[9..], &all, rules), Some(9));
        assert_eq!(too_close(&all[10..], &all, rules), None);
        assert_eq!(too_close(&[], &all[..5], rules), Some(5));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn of_random_pairs_none_is_released_that_differs_by_one_to_nine(
            base in prop::collection::btree_set(0_u32..60, 0..40),
            changes in prop::collection::btree_set(0_u32..60, 0..14),
        ) {
            let new: BTreeSet<u32> = base.symmetric_difference(&changes).copied().collect();
            let (earlier, new): (Vec<u32>, Vec<u32>) = (base.into_iter().collect(), new.into_iter().collect());
            let refused = too_close(&earlier, &new, DisclosureRules::default());
            prop_assert_eq!(refused, (1..10).contains(&changes.len()).then_some(changes.len()));
        }
    }
}
