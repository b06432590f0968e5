//! Random numbers for the bootstrap: one stream for each group of units that is resampled.

use std::num::NonZeroU64;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// The name and version of the generator. A changed algorithm gets a new name.
pub(crate) const GENERATOR: &str = "chacha20_sha256_replicates_v1";

/// A stream of random numbers: `ChaCha` with 20 rounds, seeded by the SHA-256 of generator, seed, method and the label of the
/// group; never by a position, so that neither the order of rows nor another stratum changes what is drawn here.
///
/// # Source
/// D. J. Bernstein, "`ChaCha`, a variant of Salsa20" (2008).
pub(crate) struct Stream(ChaCha20Rng);

impl Stream {
    pub(crate) fn new(seed: u64, method: &str, label: &str) -> Self {
        let mut hasher = Sha256::new();
        for part in [GENERATOR.as_bytes(), &seed.to_le_bytes(), method.as_bytes(), label.as_bytes()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(ChaCha20Rng::from_seed(hasher.finalize().into()))
    }

    /// An integer of `0..bound`, each equally likely (draws in the incomplete last block are rejected).
    ///
    /// # Source
    /// D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019), algorithm 5.
    pub(crate) fn below(&mut self, bound: NonZeroU64) -> u64 {
        let bound = bound.get();
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the low half of the product is what the algorithm asks for"
            )]
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// How often each of `n` units is drawn in `n_draws` draws with replacement.
    pub(crate) fn with_replacement(&mut self, n: usize, n_draws: usize, counts: &mut [u32]) {
        counts[..n].fill(0);
        let Some(bound) = NonZeroU64::new(n as u64) else { return };
        for _ in 0..n_draws {
            counts[self.below(bound) as usize] += 1;
        }
    }

    /// Marks `n_draws` of `n` units, a simple random sample without replacement (the first steps of a Fisher–Yates shuffle).
    pub(crate) fn without_replacement(&mut self, n: usize, n_draws: usize) -> Vec<bool> {
        let mut order: Vec<usize> = (0..n).collect();
        let mut drawn = vec![false; n];
        for at in 0..n_draws.min(n) {
            let Some(left) = NonZeroU64::new((n - at) as u64) else { break };
            order.swap(at, at + self.below(left) as usize);
            drawn[order[at]] = true;
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_of_a_key_is_frozen() {
        let mut stream = Stream::new(2026, "rao_wu", "north");
        let hundred = NonZeroU64::new(100).unwrap();
        let numbers: Vec<u64> = (0..8).map(|_| stream.below(hundred)).collect();
        assert_eq!(numbers, [61, 84, 45, 57, 51, 28, 60, 46], "a changed generator needs a new name");
        let other = Stream::new(2026, "rao_wun", "orth").below(NonZeroU64::MAX);
        assert_ne!(other, Stream::new(2026, "rao_wu", "north").below(NonZeroU64::MAX), "keys do not run together");
    }

    #[test]
    fn draws_have_the_right_size_and_are_uniform() {
        let mut stream = Stream::new(1, "test", "");
        let (mut with, mut without) = ([0_u32; 5], [0_u32; 5]);
        let mut counts = [0_u32; 5];
        for _ in 0..20_000 {
            stream.with_replacement(5, 4, &mut counts);
            assert_eq!(counts.iter().sum::<u32>(), 4);
            with.iter_mut().zip(&counts).for_each(|(sum, count)| *sum += count);
            let drawn = stream.without_replacement(5, 2);
            assert_eq!(drawn.iter().filter(|&&drawn| drawn).count(), 2);
            without.iter_mut().zip(&drawn).for_each(|(sum, drawn)| *sum += u32::from(*drawn));
        }
        // 80,000 and 40,000 draws over 5 units; standard deviations 113 and 69.
        assert!(with.iter().all(|&count| (f64::from(count) - 16_000.0).abs() < 4.5 * 113.2), "{with:?}");
        assert!(without.iter().all(|&count| (f64::from(count) - 8_000.0).abs() < 4.5 * 69.3), "{without:?}");
    }
}
