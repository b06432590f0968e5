//! Design-based estimation for complex surveys.
//!
//! One idea carries the statistics: every statistic gives a value and one linearized score per row
//! ([`Scores`]); one operator turns any set of scores into a covariance matrix for any design
//! ([`EstimationDesign::covariance`]). A domain is a set of rows whose scores are kept and all others zero; a composite, a
//! contrast or a change between years is a linear combination of scores. There is nothing else to learn.
//!
//! # Chapters
//! 1. **A table** holds the answers: [`table`], read from CSV and Parquet by [`read`].
//! 2. **A design** says how the rows were drawn: [`DesignColumns`] → [`EstimationDesign`] (stages, strata, fractions, weights,
//!    the rule for lonely PSUs), all of it checked.
//! 3. **Statistics as scores**: [`mean()`], [`total()`], [`ratio()`], [`proportion()`], each under a domain ([`domain`]).
//! 4. **Combinations**: contrasts, changes, composite indices are [`Scores::linear_combination`].
//! 5. **Variance**: [`EstimationDesign::covariance`] of any of them.
//! 6. **Estimates**: [`estimate()`] gives standard error, interval, degrees of freedom, design effect, or the reason why not.
//! 7. **Quantiles** are no sums, and have their own door: [`SortedAnswers`].
//! 8. **Thousands at once**: [`tabulation`] makes items × domains in one pass over each column, to the same numbers.
//! 9. **A request** asks for all of it in one JSON document: [`request`], also over files larger than memory
//!    ([`request::Stream`]).
//! 10. **Weights** before all that: [`weighting`] (eligibility, nonresponse, poststratification, raking, calibration, trimming).
//! 11. **Replicate weights**, made from the design or declared: [`replication`].
//! 12. **Inference**: intervals of proportions ([`proportion_interval`]), variances, covariances and correlations of variables
//!     ([`covariance()`], [`correlation()`]), tests and families of tests ([`mod@test`]), linear and logistic [`regression`].
//! 13. **Unequal probabilities**: variances from joint inclusion probabilities ([`UnequalProbability`], [`joint`]).
//! 14. **Small cells**: which estimates rest on too little ([`small_cells`]).
//! 15. **Disclosure control**: which cells of a published set of tables give nobody away ([`disclosure`]).
//!
//! Missing numbers are `None` with a reason ([`WhyMissing`]); a NaN never leaves. Everything is deterministic to the last bit.
//!
//! # A worked example
//! `apiclus2` of R's `survey`: 40 districts drawn from 757, then schools in each. The question: do elementary schools score
//! better than high schools, and how sure is that?
//!
//! ```
//! use estimation::{DesignColumns, EstimationDesign, Scores, domain::{Label, selection}, estimate, mean, read, table::Cells};
//!
//! let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/data/apiclus2.csv");
//! let schools = read::csv(&std::fs::read(file).expect("the tests' data"), "apiclus2.csv")?;
//! let numbers = |name: &str| match &schools.column(name).map(|column| &column.cells) {
//!     Ok(Cells::Numeric(values)) => values.as_slice(),
//!     _ => &[],
//! };
//!
//! // Two stages with the number of units in the population at each: the weights follow from them.
//! let design = EstimationDesign::new(&DesignColumns {
//!     ids: vec![("dnum", schools.column("dnum")?), ("snum", schools.column("snum")?)],
//!     fpc: vec![("fpc1", numbers("fpc1")), ("fpc2", numbers("fpc2"))],
//!     ..DesignColumns::new(schools.n_rows())
//! })?;
//! assert_eq!((design.n_psus(), design.degrees_of_freedom()), (40, 39));
//!
//! // The mean score of all schools. R survey 4.5: svymean(~api00, dclus2) is 670.811808118081, SE 30.0990273768366.
//! let all = estimate(&design, &mean(&design, numbers("api00"), None)?, 0.95)?;
//! let near = |got: Option<f64>, expected: f64| (got.unwrap_or(f64::NAN) / expected - 1.0).abs() < 1e-9;
//! assert!(near(all.estimate, 670.811808118081) && near(all.standard_error, 30.0990273768366));
//!
//! // Two domains and their difference: both rest on the same districts, so the covariance between them counts.
//! let of_type = |stype: &str| {
//!     let domain = selection(&schools, &[("stype".into(), Label::Text(stype.into()))])?;
//!     mean(&design, numbers("api00"), Some(&domain.mask(schools.n_rows())))
//! };
//! let (elementary, high) = (of_type("E")?, of_type("H")?);
//! let difference = Scores::linear_combination("E − H", 0.0, &[(1.0, &elementary), (-1.0, &high)])?;
//! let difference = estimate(&design, &difference, 0.95)?;
//! assert!(near(difference.estimate, 692.810400866739 - 598.340659340659));
//! // The whole interval lies above zero: elementary schools do score better.
//! assert!(difference.interval.is_some_and(|interval| interval.lower > 0.0));
//! # Ok::<(), problem::Problems>(())
//! ```
//!
//! # By hand
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

mod degrees_of_freedom;
mod design;
pub mod disclosure;
mod distribution;
pub mod domain;
mod estimand;
mod estimate;
mod interval;
pub mod joint;
mod linear_algebra;
pub mod read;
pub mod regression;
pub mod replication;
pub mod request;
mod scores;
mod share;
pub mod small_cells;
mod stream;
mod sum;
pub mod table;
pub mod tabulation;
pub mod test;
mod variance;
pub mod weighting;

pub use design::{DesignColumns, EstimationDesign, LonelyPsu, UnequalProbability, VarianceStages};
pub use distribution::t_two_sided;
pub use estimand::{Quantile, QuantileRule, SortedAnswers, correlation, covariance, mean, proportion, ratio, total};
pub use estimate::{Estimate, estimate};
pub use interval::{
    Interval, IntervalMethod, PAPI_FACTOR, ProportionInterval, ProportionLimits, interval, proportion_interval,
    t_quantile,
};
pub use scores::{Scores, SimpleRandomVariance, WhyMissing};
pub use variance::CovarianceMatrix;
