//! Figures for other programs: CSV and JSON.

pub mod scores;
