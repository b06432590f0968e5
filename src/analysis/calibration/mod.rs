//! Weights that meet known totals of the population: the recipe, what it needs of the data, what becomes of the weights.
//!
//! ```text
//! recipe      steps and margins as data, with their hash     file    margins out of a table, or typed
//! categories  which variables can be margins, which cell a household is in     frame   households of the frame as a margin
//! apply       the controls, the weights, every margin before and after     totals  what the margins add up to     words  why not
//! ```
//!
//! Nothing here computes weights by itself: that is done by the steps of `estimation`, whose variance knows them.

mod apply;
mod categories;
mod file;
mod frame;
mod recipe;
mod totals;
mod weighed;
mod words;

pub use apply::{Calibrated, Control, MarginCell, MarginFound};
pub use categories::{MarginVariable, variables};
pub use file::{margins_of_table, number};
pub use frame::frame_margins;
pub use recipe::{CellTotal, Chosen, MarginRule, MarginUnit, Missing, Recipe};
pub use weighed::{CalibrationRecord, cell_choices};
pub(super) use weighed::{Weighed, Weighing};

#[cfg(test)]
mod tests;
