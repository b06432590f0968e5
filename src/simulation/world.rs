//! The places of the simulated province: villages with an effect for each group of questions.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};

/// Standard deviations of the place effects, on the tilt scale of [`super::item::Item`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EffectSizes {
    /// Between districts.
    pub district: f64,
    /// Between communes of one district.
    pub commune: f64,
    /// Between villages of one commune.
    pub village: f64,
}

impl Default for EffectSizes {
    /// Sizes that give standard errors of the PAPI total of about the published size (median 0.37 over the provinces in 2019).
    fn default() -> Self {
        Self { district: 0.12, commune: 0.10, village: 0.12 }
    }
}

/// A step of the grid that effects are rounded to; [`super::truth`] computes each grid point once.
pub const GRID_STEP: f64 = 0.05;
/// Effects are cut at this many grid steps either way.
pub const GRID_REACH: i32 = 40;

/// The classes of people: share of adults and shift.
pub const CLASSES: [(f64, f64); 3] = [(0.3, -0.35), (0.4, 0.0), (0.3, 0.35)];

/// Adults (18+) in a household: number and share of households.
pub const ADULTS: [(u32, f64); 5] = [(1, 0.14), (2, 0.46), (3, 0.22), (4, 0.13), (5, 0.05)];

/// One village of the simulated province.
#[derive(Clone, Debug, PartialEq)]
pub struct Village {
    /// Codes from the district down to the village; the key of its effects.
    pub path: Vec<String>,
    /// Households on the list.
    pub households: u32,
    /// Effect of each group of questions, in grid steps, in the order of the groups.
    pub effect_steps: Vec<i32>,
    /// Probability that an approached household is interviewed in the end.
    pub response_rate: f64,
}

impl Village {
    /// Effect of one group of questions.
    pub fn effect(&self, group: usize) -> f64 {
        f64::from(self.effect_steps[group]) * GRID_STEP
    }
}

/// A random stream of its own for a labelled purpose, so that nothing depends on the order of work.
pub fn stream(seed: u64, label: &str) -> ChaCha20Rng {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(label.as_bytes());
    ChaCha20Rng::from_seed(hash.finalize().into())
}

/// A standard normal number (Box–Muller, one of the pair).
pub fn standard_normal(random: &mut ChaCha20Rng) -> f64 {
    let radius: f64 = 1.0 - random.random::<f64>();
    let angle: f64 = random.random::<f64>() * std::f64::consts::TAU;
    (-2.0 * radius.ln()).sqrt() * angle.cos()
}

/// Position drawn from probabilities that sum to 1.
pub fn draw(random: &mut ChaCha20Rng, probabilities: impl IntoIterator<Item = f64>) -> usize {
    let mut left: f64 = random.random();
    let mut last = 0;
    for (position, probability) in probabilities.into_iter().enumerate() {
        last = position;
        left -= probability;
        if left < 0.0 {
            break;
        }
    }
    last
}

/// The villages of a province, each `(path, households)`, given their effects for the `n_groups` groups of questions of
/// one questionnaire.
pub fn build(
    villages: &[(Vec<String>, u32)],
    n_groups: usize,
    sizes: EffectSizes,
    form_id: &str,
    seed: u64,
) -> Vec<Village> {
    let mut above: BTreeMap<Vec<String>, Vec<f64>> = BTreeMap::new();
    let mut effects = |path: &[String], size: f64| -> Vec<f64> {
        above
            .entry(path.to_vec())
            .or_insert_with(|| {
                let mut random = stream(seed, &format!("effect/{form_id}/{}", path.join("/")));
                (0..n_groups).map(|_| size * standard_normal(&mut random)).collect()
            })
            .clone()
    };
    villages
        .iter()
        .map(|(path, households)| {
            let depth = path.len();
            let parts = [
                effects(&path[..depth - 2], sizes.district),
                effects(&path[..depth - 1], sizes.commune),
                effects(path, sizes.village),
            ];
            let effect_steps = (0..n_groups)
                .map(|group| {
                    let effect: f64 = parts.iter().map(|part| part[group]).sum();
                    ((effect / GRID_STEP).round() as i32).clamp(-GRID_REACH, GRID_REACH)
                })
                .collect();
            let mut random = stream(seed, &format!("response/{}", path.join("/")));
            let response_rate = (0.86 + 0.06 * standard_normal(&mut random)).clamp(0.68, 0.98);
            Village { path: path.clone(), households: *households, effect_steps, response_rate }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Vec<(Vec<String>, u32)> {
        let mut places = Vec::new();
        for (district, commune, village) in [("a", "x", "1"), ("a", "x", "2"), ("b", "y", "1")] {
            places.push((vec![district.to_owned(), commune.to_owned(), village.to_owned()], 100));
        }
        places
    }

    #[test]
    fn the_same_seed_builds_the_same_world_in_any_order() {
        let forward = build(&places(), 3, EffectSizes::default(), "f", 7);
        let backward = build(&places().into_iter().rev().collect::<Vec<_>>(), 3, EffectSizes::default(), "f", 7);
        assert_eq!(forward, backward.into_iter().rev().collect::<Vec<_>>());
        assert_ne!(forward, build(&places(), 3, EffectSizes::default(), "f", 8));
    }

    #[test]
    fn without_effects_all_places_are_alike() {
        let flat = EffectSizes { district: 0.0, commune: 0.0, village: 0.0 };
        assert!(build(&places(), 2, flat, "f", 7).iter().all(|village| village.effect_steps == [0, 0]));
    }

    #[test]
    fn draws_follow_their_probabilities() {
        let mut random = stream(1, "test");
        let mut counts = [0_u32; 3];
        for _ in 0..30_000 {
            counts[draw(&mut random, [0.2, 0.5, 0.3])] += 1;
        }
        for (count, share) in counts.iter().zip([0.2, 0.5, 0.3]) {
            let sigma = (30_000.0 * share * (1.0_f64 - share)).sqrt();
            assert!((f64::from(*count) - 30_000.0 * share).abs() < 4.5 * sigma);
        }
    }
}
