//! Fieldwork: cases, dispositions and rates, replacement, progress, the sample list for the field. Pure.

pub mod arrival;
pub mod case_list;
pub mod clock;
pub mod closing;
pub mod deadline;
pub mod disposition;
pub mod progress;
pub mod rates;
pub mod release_ledger;
pub mod replacement;
pub mod review;
pub mod sample_list;
