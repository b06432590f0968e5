//! How many units two lists have in common.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::sample::{Role, Sample, SampledUnit};

/// The units of one level in two samples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelOverlap {
    /// Name of the level.
    pub level: String,
    /// Different units in the first sample.
    pub n_first: usize,
    /// Different units in the second.
    pub n_second: usize,
    /// Units in both.
    pub n_common: usize,
}

/// The overlap of two samples at every level that both have, from the top down. Reserves are left out: they need not be
/// visited.
///
/// Units are the same when their codes (or names, where they have no code) are, from the top level down to them.
#[must_use]
pub fn overlap(first: &Sample, second: &Sample) -> Vec<LevelOverlap> {
    let shared = first
        .levels
        .iter()
        .zip(&second.levels)
        .take_while(|(one, other)| one.name == other.name && one.counted == other.counted);
    shared
        .enumerate()
        .map(|(depth, (level, _))| {
            let (ours, theirs) = (units_at(first, depth, level.counted), units_at(second, depth, level.counted));
            LevelOverlap {
                level: level.name.clone(),
                n_first: ours.len(),
                n_second: theirs.len(),
                n_common: ours.intersection(&theirs).count(),
            }
        })
        .collect()
}

fn units_at(sample: &Sample, depth: usize, counted: bool) -> BTreeSet<(Vec<&str>, Option<u64>)> {
    let key = |unit: &SampledUnit| unit.number.filter(|_| counted);
    let main = sample.units_of(Role::Main);
    main.map(|unit| {
        let path = unit.path.iter().take(depth + 1);
        let codes = path.map(|label| if label.code.is_empty() { label.name.as_str() } else { label.code.as_str() });
        (codes.collect(), key(unit))
    })
    .collect()
}
