//! Analysis: the one place where sampling and estimation meet. Pure.
//!
//! sample + outcomes + responses → weights → table and design → scores with intervals. Everything here is derived and can be
//! rebuilt to the last bit from what the store keeps.

pub mod calibration;
pub mod field_figures;
pub mod figures;
pub mod inquiry;
pub mod interviews;
pub mod microdata;
pub mod publication;
mod respondent;
pub mod round;
pub mod variance_design;
pub mod weights;
