//! Random numbers, one stream for each group of units that is drawn from.

use std::num::NonZeroU64;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// The name and version of the generator, written into every sample. A changed algorithm gets a new name.
pub const GENERATOR: &str = "chacha20_sha256_stream_v1";

/// What a stream is keyed by: never a position, so that adding a stratum changes no other stratum's draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamKey<'a> {
    /// The seed of the whole sample.
    pub seed: u64,
    /// The name of the stage, such as `village`.
    pub stage: &'a str,
    /// The label of the explicit stratum, empty without strata.
    pub stratum: &'a str,
    /// The identity of the unit drawn at the stage before, empty at the first stage.
    pub parent: &'a str,
}

impl StreamKey<'_> {
    /// SHA-256 over the generator's name and each part with its length before it, so that no two keys run together.
    fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for part in [
            GENERATOR.as_bytes(),
            &self.seed.to_le_bytes(),
            self.stage.as_bytes(),
            self.stratum.as_bytes(),
            self.parent.as_bytes(),
        ] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize().into()
    }
}

/// A stream of random numbers: `ChaCha` with 20 rounds, seeded by the SHA-256 of its [`StreamKey`].
///
/// # Source
/// D. J. Bernstein, "`ChaCha`, a variant of Salsa20" (2008).
pub struct Stream(ChaCha20Rng);

impl Stream {
    /// The stream of a key.
    #[must_use]
    pub fn new(key: &StreamKey<'_>) -> Self {
        Self(ChaCha20Rng::from_seed(key.digest()))
    }

    /// An integer of `0..bound`, each equally likely (no modulo bias: draws in the incomplete last block are rejected).
    ///
    /// # Source
    /// D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019), algorithm 5.
    pub fn below(&mut self, bound: NonZeroU64) -> u64 {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key<'a>(stage: &'a str, stratum: &'a str, parent: &'a str) -> StreamKey<'a> {
        StreamKey { seed: 20_241, stage, stratum, parent }
    }

    fn first(key: &StreamKey<'_>) -> u64 {
        Stream::new(key).below(NonZeroU64::MAX)
    }

    #[test]
    fn the_stream_of_a_key_is_frozen() {
        let mut stream = Stream::new(&key("village", "north", "24-213"));
        let hundred = NonZeroU64::new(100).unwrap();
        let numbers: Vec<u64> = (0..8).map(|_| stream.below(hundred)).collect();
        assert_eq!(numbers, [43, 69, 90, 48, 66, 31, 56, 1], "a changed generator needs a new name");
    }

    #[test]
    fn keys_that_would_run_together_have_different_streams() {
        let all = [key("ab", "c", ""), key("a", "bc", ""), key("", "abc", ""), key("abc", "", ""), key("ab", "", "c")];
        let mut seen: Vec<u64> = all.iter().map(first).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all.len());
    }

    #[test]
    fn integers_below_a_bound_are_uniform() {
        let mut stream = Stream::new(&key("uniform", "", ""));
        let seven = NonZeroU64::new(7).unwrap();
        let draws = 70_000_u32;
        let mut counts = [0_u32; 7];
        for _ in 0..draws {
            counts[usize::try_from(stream.below(seven)).unwrap()] += 1;
        }
        // Chi-square with 6 degrees of freedom: 99.99 % of uniform streams stay below 27.9.
        let chi_square: f64 = counts.iter().map(|count| (f64::from(*count) - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi_square < 27.9, "chi-square {chi_square}, counts {counts:?}");
    }
}
