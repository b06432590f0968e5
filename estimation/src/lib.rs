//! Design-based estimation for complex surveys.
//!
//! One idea carries the statistics: every statistic gives a value and one linearized score per row
//! ([`Scores`]); one operator turns any set of scores into a covariance matrix for any design
//! ([`EstimationDesign::covariance`]). A domain is a set of rows whose scores are kept and all others zero; a composite, a
//! contrast or a change between years is a linear combination of scores. There is nothing else to learn.
//!
//! | I want | look in |
//! | --- | --- |
//! | a design: stages, strata, fractions, weights, lonely PSUs | [`DesignColumns`], [`EstimationDesign`] |
//! | means, totals, ratios, proportions | [`mean()`], [`total()`], [`ratio()`], [`proportion()`] |
//! | contrasts, changes, composite indices | [`Scores::linear_combination`] |
//! | variances and covariances of any of them | [`EstimationDesign::covariance`] |
//! | an estimate with standard error, interval, degrees of freedom, design effect | [`estimate()`] |
//! | quantiles | [`SortedAnswers`] |
//! | intervals of proportions | [`proportion_interval`] |
//! | variances, covariances, correlations of variables | [`covariance()`], [`correlation()`] |
//! | tests of independence, of several parameters; families of tests | [`mod@test`] |
//! | linear and logistic regression | [`regression`] |
//! | variances from joint inclusion probabilities | [`UnequalProbability`], [`joint`] |
//! | which estimates rest on too little | [`small_cells`] |
//! | all of it from one JSON document | [`request`] |
//! | tables from CSV and Parquet, domains | [`read`], [`domain`] |
//!
//! Missing numbers are `None` with a reason ([`WhyMissing`]); a NaN never leaves. Everything is deterministic to the last bit.
//!
//! ```
//! use estimation::{DesignColumns, EstimationDesign, LonelyPsu, estimate, mean, table::Column};
//!
//! // Two strata, two villages in each, two households in each village.
//! let stratum = Column::categorical(&["N", "N", "N", "N", "S", "S", "S", "S"].map(Some));
//! let village = Column::numeric(vec![1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
//! let weight = [10.0, 10.0, 10.0, 10.0, 30.0, 30.0, 30.0, 30.0];
//! let design = EstimationDesign::new(&DesignColumns {
//!     ids: vec![("village", &village)],
//!     strata: vec![("stratum", &stratum)],
//!     weights: Some(("weight", &weight)),
//!     lonely_psu: LonelyPsu::Fail,
//!     ..DesignColumns::new(8)
//! })?;
//!
//! // The fourth household did not answer: NaN, and it stays out of this mean only.
//! let satisfied = [1.0, 0.0, 1.0, f64::NAN, 0.0, 0.0, 1.0, 0.0];
//! let result = estimate(&design, &mean(&design, &satisfied, None)?, 0.95)?;
//! assert_eq!(result.n, 7);
//! assert_eq!(result.degrees_of_freedom, 2);
//! assert!((result.estimate.unwrap_or(f64::NAN) - 50.0 / 150.0).abs() < 1e-15);
//! # Ok::<(), problem::Problems>(())
//! ```

mod algebra;
mod degrees_of_freedom;
mod design;
mod distribution;
pub mod domain;
mod estimand;
mod estimate;
mod interval;
pub mod joint;
pub mod read;
pub mod regression;
pub mod request;
mod scores;
pub mod small_cells;
mod sum;
pub mod table;
pub mod test;
mod variance;
pub mod weighting;

pub use design::{DesignColumns, EstimationDesign, LonelyPsu, UnequalProbability, VarianceStages};
pub use estimand::{Quantile, QuantileRule, SortedAnswers, correlation, covariance, mean, proportion, ratio, total};
pub use estimate::{Estimate, estimate};
pub use interval::{
    Interval, IntervalMethod, PAPI_FACTOR, ProportionInterval, ProportionLimits, interval, proportion_interval,
    t_quantile,
};
pub use scores::{Scores, SimpleRandomVariance, WhyMissing};
pub use variance::CovarianceMatrix;
