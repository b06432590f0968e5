//! From estimates to the index, the chart and the paper.

pub mod chart;
