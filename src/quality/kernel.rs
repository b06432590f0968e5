//! How many bytes two rows have in common: the inner loop of near-duplicates.

/// Bytes compared at once; rows are padded to a multiple. Two SSE2 registers.
const LANE: usize = 32;
/// The most lanes whose counts fit into one byte each.
const LANES_MAX: usize = 255;

/// Rows of codes laid out for comparing: each row stands twice, and where it has nothing to compare the two copies hold
/// different bytes, so that plain equality counts only answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Comparable {
    width: usize,
    left: Vec<u8>,
    right: Vec<u8>,
    n_answered: Vec<u16>,
}

/// Codes up to this one equal nothing.
pub(super) const NOTHING_MAX: u8 = super::data::cell::ALONE;

impl Comparable {
    /// Lays out rows of `width` codes; codes up to [`NOTHING_MAX`] equal nothing.
    pub(super) fn new(rows: impl IntoIterator<Item = impl IntoIterator<Item = u8>>, width: usize) -> Self {
        let padded = width.div_ceil(LANE) * LANE;
        let mut made = Self { width: padded, ..Self::default() };
        for row in rows {
            let from = made.left.len();
            let mut answered = 0_usize;
            for code in row.into_iter().take(width) {
                let is_answer = code > NOTHING_MAX;
                answered += usize::from(super::data::cell::is_answer(code));
                made.left.push(if is_answer { code } else { 0 });
                made.right.push(if is_answer { code } else { 1 });
            }
            made.left.resize(from + padded, 0);
            made.right.resize(from + padded, 1);
            made.n_answered.push(u16::try_from(answered).unwrap_or(u16::MAX));
        }
        made
    }

    pub(super) fn len(&self) -> usize {
        self.n_answered.len()
    }

    /// Answers of a row, those that nobody else gave included: they count below the line, though they equal nothing.
    pub(super) fn n_answered(&self, row: usize) -> usize {
        usize::from(self.n_answered[row])
    }

    /// Items on which two rows give the same answer.
    #[inline]
    pub(super) fn n_equal(&self, one: usize, other: usize) -> usize {
        let left = &self.left[one * self.width..(one + 1) * self.width];
        let right = &self.right[other * self.width..(other + 1) * self.width];
        let mut total = 0_usize;
        for (left, right) in left.chunks(LANE * LANES_MAX).zip(right.chunks(LANE * LANES_MAX)) {
            // Counts in bytes, one for each lane: the compiler makes compare-and-subtract of it.
            let mut counts = [0_u8; LANE];
            for (left, right) in left.chunks_exact(LANE).zip(right.chunks_exact(LANE)) {
                for ((count, a), b) in counts.iter_mut().zip(left).zip(right) {
                    *count += u8::from(a == b);
                }
            }
            total += counts.iter().map(|count| usize::from(*count)).sum::<usize>();
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slow(one: &[u8], other: &[u8]) -> usize {
        one.iter().zip(other).filter(|(a, b)| a == b && **a > NOTHING_MAX).count()
    }

    #[test]
    fn what_is_not_answered_equals_nothing() {
        let rows = [[4_u8, 0, 1, 2, 3, 9], [4, 0, 1, 2, 3, 8]];
        let made = Comparable::new(rows, 6);
        assert_eq!((made.len(), made.n_answered(0), made.n_equal(0, 1), made.n_equal(0, 0)), (2, 3, 1, 2));
    }

    #[test]
    fn long_rows_do_not_overflow_a_byte() {
        let long = vec![7_u8; LANE * LANES_MAX + 40];
        let made = Comparable::new([long.clone(), long.clone()], long.len());
        assert_eq!(made.n_equal(0, 1), long.len());
    }

    proptest! {
        #[test]
        fn lanes_count_as_a_plain_loop_does(width in 1_usize..200, seed in proptest::collection::vec(0_u8..9, 400)) {
            let (one, other) = (&seed[..width], &seed[200..200 + width]);
            let made = Comparable::new([one.to_vec(), other.to_vec()], width);
            prop_assert_eq!(made.n_equal(0, 1), slow(one, other));
            prop_assert_eq!(made.n_equal(1, 0), slow(one, other));
            let n_answered = one.iter().filter(|code| super::super::data::cell::is_answer(**code)).count();
            prop_assert_eq!(made.n_answered(0), n_answered);
            prop_assert!(made.n_equal(0, 0) <= n_answered);
        }
    }
}
