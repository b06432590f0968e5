//! The plan: official results, targets, tasks. All of it is data with a source, a certainty and a validity; nothing is code. Pure.
//!
//! ```text
//! geography places with dates
//! official  published values: groups, gaps, trends that end where the definition changes
//! target    what the plan asks, and what the figures say about it
//! par       criteria of the PAR Index and their points
//! task      what agencies were given to do, and whether they reported
//! data/     the tables that come with the program; an office adds its own
//! ```

pub mod geography;
pub mod official;
pub mod par;
pub mod quarter;
mod rows;
pub mod target;
pub mod task;

pub use target::target_of;
