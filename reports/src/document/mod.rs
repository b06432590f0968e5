//! Papers and workbooks.

pub mod paper;
pub mod xlsx;
