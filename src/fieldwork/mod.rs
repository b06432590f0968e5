//! Fieldwork: cases, dispositions and rates, progress, the sample list for the field. Pure.

pub mod arrival;
pub mod case_list;
pub mod disposition;
pub mod progress;
pub mod rates;
pub mod sample_list;
