//! The plan: official results, targets, tasks. All of it is data with a source, a certainty and a validity; nothing is code. Pure.
//!
//! ```text
//! official  published values: groups, gaps, trends that end where the definition changes
//! target    what the plan asks, and what the figures say about it
//! data/     the tables that come with the program; an office adds its own
//! ```

pub mod official;
mod rows;
pub mod target;

pub use target::target_of;
