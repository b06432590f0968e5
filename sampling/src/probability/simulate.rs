//! Inclusion probabilities counted over repeated draws.

use problem::{Problem, Problems};

use super::joint::JointProbabilities;
use super::{TABLE_POPULATION_MAX, checked_target};
use crate::selection::{PreparedSelection, SelectionMethod, Units};
use crate::stream::{Stream, StreamKey};

/// Draws of one simulation at most.
const DRAWS_MAX: u64 = 1_000_000_000;

/// What repeated draws showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// How many draws.
    pub draws: u64,
    /// The share of draws that hold each unit.
    pub pi: Vec<f64>,
    /// The share of draws that hold each pair; the diagonal holds the shares of the units.
    pub joint: JointProbabilities,
}

impl Observed {
    /// The standard error of a share: √(p·(1 − p)/R).
    #[must_use]
    pub fn standard_error(&self, share: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most 1e9 draws")]
        let draws = self.draws as f64;
        (share * (1.0 - share) / draws).sqrt()
    }
}

/// Draws `draws` samples of a group, one after the other from one stream, and counts units and pairs.
///
/// # Formula
/// Shares of the draws; unbiased, with standard error √(p·(1 − p)/R).
///
/// # Errors
/// As [`super::target`]; no draws or more than 10^9; more than 5,000 units.
pub fn simulate(method: SelectionMethod, sizes: &[u64], n: u64, draws: u64, seed: u64) -> Result<Observed, Problems> {
    checked_target(sizes, n)?;
    if draws == 0 || draws > DRAWS_MAX {
        return Err(out_of_range("simulation_draws", ("số lần rút", "the number of draws"), DRAWS_MAX, draws));
    }
    if sizes.len() > TABLE_POPULATION_MAX {
        let words = ("số đơn vị để mô phỏng", "the number of units to simulate");
        return Err(out_of_range("simulation_units", words, TABLE_POPULATION_MAX as u64, sizes.len() as u64));
    }
    let prepared = PreparedSelection::new(method, Units::Sized(sizes), n, 0)?;
    let mut stream = Stream::new(&StreamKey { seed, stage: "simulation", stratum: method.name(), parent: "" });
    let mut counts = vec![0_u32; sizes.len() * sizes.len()];
    for _ in 0..draws {
        let mut drawn: Vec<usize> =
            prepared.draw(&mut stream).iter().filter_map(|one| usize::try_from(one.position).ok()).collect();
        drawn.sort_unstable();
        for (place, k) in drawn.iter().enumerate() {
            for l in &drawn[place..] {
                counts[k * sizes.len() + l] += 1;
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "at most 1e9 draws")]
    let share = |k: usize, l: usize| f64::from(counts[k * sizes.len() + l]) / draws as f64;
    let pi: Vec<f64> = (0..sizes.len()).map(|k| share(k, k)).collect();
    let joint = JointProbabilities::of_pairs(&pi, share);
    Ok(Observed { draws, pi, joint })
}

fn out_of_range(code: &'static str, (vi, en): (&str, &str), most: u64, got: u64) -> Problems {
    Problem::new(code, format!("{vi} nằm ngoài phạm vi cho phép"), format!("{en} is out of range"))
        .expected(format!("1–{most}"))
        .got(got.to_string())
        .into()
}
