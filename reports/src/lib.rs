//! From estimates to the index, the chart and the paper.
//!
//! Pure: no file, clock, network or environment is read here. Definitions come in as text, estimates as values, and what
//! goes out is text, bytes or plain data.

pub mod chart;
pub mod document;
pub mod export;
pub mod index;
pub mod verdict;
pub mod vietnamese;
mod xml;
