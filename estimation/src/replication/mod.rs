//! Replicate weights: made from the design itself or declared, and the variance of anything estimated with them.
//!
//! | method | [`Method`] | stages | finite population |
//! | --- | --- | --- | --- |
//! | delete one PSU, no strata | `Jackknife1` | first | by scale |
//! | delete one PSU, by strata | `JackknifeN` | first | by scale |
//! | balanced half samples, Fay | `Balanced { rho }` | first, two PSUs a stratum | no |
//! | Rao and Wu | `RaoWu { n_draws }` | first | by rescaling |
//! | Rao, Wu and Yue; Beaumont and Émond | `RaoWuYueBeaumont` | all | by rescaling, also unit by unit |
//! | Preston | `Preston` | all | by rescaling |
//!
//! A stratum taken completely is not resampled; where it has a stage below, its units become strata and their units are resampled
//! instead. So certainty units keep the variance of their lower stages.
//!
//! ```
//! use estimation::replication::{Method, ReplicateWeights};
//! use estimation::{DesignColumns, EstimationDesign, estimate, mean, table::Column};
//!
//! let stratum = Column::categorical(&["N", "N", "N", "N", "S", "S", "S", "S"].map(Some));
//! let village = Column::numeric(vec![1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
//! let weight = [10.0, 10.0, 10.0, 10.0, 30.0, 30.0, 30.0, 30.0];
//! let columns = DesignColumns {
//!     ids: vec![("village", &village)],
//!     strata: vec![("stratum", &stratum)],
//!     weights: Some(("weight", &weight)),
//!     ..DesignColumns::new(8)
//! };
//! let design = EstimationDesign::new(&columns)?;
//! let replicates = ReplicateWeights::make(&design, &columns, &Method::JackknifeN)?;
//! assert_eq!((replicates.n_replicates(), replicates.degrees_of_freedom()), (4, 2));
//! let income = [3.0, 4.0, 6.0, 5.0, 2.0, 2.0, 7.0, 1.0];
//! let total = replicates.total("income", &income, None)?;
//! let error = replicates.covariance(&[&total])?.standard_error(0);
//! // The jackknife of a total is the Taylor variance, exactly.
//! let taylor = estimate(&design, &estimation::total(&design, &income, None)?, 0.95)?;
//! assert!((error.unwrap_or(0.0) - taylor.standard_error.unwrap_or(1.0)).abs() < 1e-9);
//! # Ok::<(), problem::Problems>(())
//! ```

mod balanced;
mod bootstrap;
mod covariance;
mod declared;
mod groups;
pub mod hadamard;
mod jackknife;
mod kinds;
mod preston;
mod statistic;
mod sums;
mod weights;

pub use declared::Declared;
pub use statistic::Replicated;
pub use weights::{Method, ReplicateWeights};
