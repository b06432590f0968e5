//! When an estimate rests on too little to be shown, or to be shown without a warning.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Caution, Cell, Mark};

/// Limits of what is shown, as data: an office may be stricter.
///
/// # Source
/// n < 30 not shown, 30–59 starred: US NCHS and the surveys that follow it; relative standard error above 25 %: Australian
/// Bureau of Statistics.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SmallCellRule {
    /// Estimates on fewer answers are hidden.
    pub hide_below_n: u64,
    /// Estimates on fewer answers are starred.
    pub caution_below_n: u64,
    /// Estimates with an interval wider than this part of their whole scale are starred, 0–1 (0.2 is 20 points of 0–100).
    pub caution_interval_width: f64,
    /// Estimates with standard error over value above this are starred.
    pub caution_relative_standard_error: f64,
}

impl Default for SmallCellRule {
    fn default() -> Self {
        Self {
            hide_below_n: 30,
            caution_below_n: 60,
            caution_interval_width: 0.20,
            caution_relative_standard_error: 0.25,
        }
    }
}

impl SmallCellRule {
    /// The mark, hidden or starred by the rule. `scale` is the length of the whole scale in the unit of the value (9 for 1–10).
    ///
    /// A mark whose number of answers was not published can be neither hidden nor starred for it.
    #[must_use]
    pub fn apply(&self, mark: &Mark, scale: f64) -> Cell {
        if mark.n.is_some_and(|n| n < self.hide_below_n) {
            return Cell::Suppressed;
        }
        let mut cautions = Vec::new();
        if mark.n.is_some_and(|n| n < self.caution_below_n) {
            cautions.push(Caution::SmallSample);
        }
        // A hair of tolerance: 60.1 % – 40.1 % must not count as wider than 20 points for the last bit.
        if mark
            .interval
            .is_some_and(|limits| limits.upper - limits.lower > self.caution_interval_width * scale * (1.0 + 1e-9))
        {
            cautions.push(Caution::WideInterval);
        }
        if mark.standard_error.is_some_and(|error| error > self.caution_relative_standard_error * mark.value.abs()) {
            cautions.push(Caution::LargeRelativeError);
        }
        Cell::Shown(Mark { cautions, ..mark.clone() })
    }
}
