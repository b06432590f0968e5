//! Weights, step by step: each step takes weights and returns new ones with a diagnosis, nothing is changed in place.
//!
//! base weight → unknown eligibility → nonresponse ([`redistribute`] in cells, [`Propensity`]) → calibration ([`poststratify`],
//! [`rake`], [`calibrate`]) → [`trim`]. A [`WeightSet`] takes full-sample and replicate weights through the same steps, and hands
//! the design what its variance must know ([`EstimationDesign::reweighted`](crate::EstimationDesign::reweighted)).

mod calibrate;
mod controls;
mod diagnostics;
mod distance;
mod margin;
mod poststratify;
mod propensity;
mod rake;
mod redistribute;
mod residual;
mod step;
mod trim;
mod weight_set;

pub use calibrate::calibrate;
pub use controls::Controls;
pub use diagnostics::{WeightDiagnostics, diagnose};
pub use distance::{Bounds, Distance};
pub use margin::Margin;
pub use poststratify::poststratify;
pub use propensity::{Propensity, PropensityUse};
pub use rake::rake;
pub use redistribute::redistribute;
pub use residual::Calibration;
pub use step::{CellAdjustment, Convergence, WeightStep};
pub use trim::{TrimLimits, trim};
pub use weight_set::{Adjustment, WeightSet};
