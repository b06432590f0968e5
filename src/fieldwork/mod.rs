//! Fieldwork: cases, dispositions and rates, the sample list for the field. Pure.

pub mod disposition;
pub mod rates;
pub mod sample_list;
