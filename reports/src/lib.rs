//! From estimates to the index, the chart and the paper.
//!
//! Pure: no file, clock, network or environment is read here. Definitions come in as text, estimates as values, and what
//! goes out is text, bytes or plain data.

#![expect(clippy::result_large_err, reason = "a problem is told to a person, once; its size costs nothing")]

pub mod chart;
pub mod document;
pub mod export;
pub mod index;
pub mod verdict;
pub mod vietnamese;
