//! Total, largest and smallest of many sizes in one pass.

/// Sizes that are added up before the sum is carried into 128 bits.
const BLOCK: usize = 1_024;

/// What one pass over the sizes of a group tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SizeTotal {
    pub(crate) total: u128,
    pub(crate) largest: u64,
    pub(crate) has_zero: bool,
}

impl SizeTotal {
    pub(crate) fn of(sizes: &[u64]) -> Self {
        let mut all = Self { total: 0, largest: 0, has_zero: false };
        for block in sizes.chunks(BLOCK) {
            let (mut sum, mut largest, mut has_zero) = (0_u64, 0, false);
            for size in block {
                // Wrapping is harmless: where it could happen the block is added up again.
                sum = sum.wrapping_add(*size);
                largest = largest.max(*size);
                has_zero |= *size == 0;
            }
            let fits = largest <= u64::MAX / BLOCK as u64;
            all.total += if fits { u128::from(sum) } else { block.iter().copied().map(u128::from).sum() };
            all.largest = all.largest.max(largest);
            all.has_zero |= has_zero;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_exact_also_beyond_64_bits() {
        let sizes: Vec<u64> = (0..5_000_u64).map(|k| k * k).collect();
        let found = SizeTotal::of(&sizes);
        assert_eq!((found.total, found.largest, found.has_zero), (4_999 * 5_000 * 9_999 / 6, 4_999 * 4_999, true));
        let found = SizeTotal::of(&[u64::MAX; 3_000]);
        assert_eq!((found.total, found.largest, found.has_zero), (3_000 * u128::from(u64::MAX), u64::MAX, false));
        assert_eq!(SizeTotal::of(&[]), SizeTotal { total: 0, largest: 0, has_zero: false });
    }
}
