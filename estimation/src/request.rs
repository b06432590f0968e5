//! The request document: a design, a data file and what to estimate, as JSON.
//!
//! ```json
//! {
//!   "data": "apiclus2.csv",
//!   "design": { "ids": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"] },
//!   "estimand": { "kind": "mean", "vars": ["api00", "enroll"], "by": ["stype"], "deff": true }
//! }
//! ```
//!
//! [`Request::stream`] does the same for data larger than memory, part after part.
//!
//! Kinds: `mean`, `total`, `proportion` (of each category of a column), `ratio`, `quantile` (`probs`; all rules and kinds of interval, or
//! those in `qrules` and `intervals`), `contrast` and `composite` (linear combinations of domain means), `calibration` (one step of
//! weighting, with the `weights` it makes), `replicate_variance`, `proportion_ci` (`event`, `methods`), `tests` (`row` and `col`; `y`,
//! `g`, `lev`), `regression` (`formula`, `family`), `variance_covariance`, `pps_total`, `cross_table` (`row`, `col`). `design.weighting` is
//! a list of steps that weights go through, `design.replicates` declares replicate weights or makes them. Any may be marked for
//! small cells (`small_cells`) where it lists estimates, and shown in the style of PAPI's files (`papi_style`). What the program
//! does not know it refuses with `not_supported_yet`; it never guesses.

//! # A worked example
//! Two-stage sample of schools in the manner of `apiclus2`: districts, then schools in each, with the numbers in the population
//! at both stages. The weights follow from the counts: 40/3 · 2/2 for the first district, and so on.
//!
//! ```
//! use estimation::{read, request::{Entry, Request}};
//!
//! let schools = "district,school,n_districts,n_schools,score,level\n\
//!     15,1,40,2,821,E\n15,2,40,2,773,E\n\
//!     63,1,40,5,652,H\n63,2,40,5,,M\n63,3,40,5,701,E\n\
//!     83,1,40,3,545,H\n83,2,40,3,630,M\n";
//! let table = read::csv(schools.as_bytes(), "schools.csv")?;
//! let request = Request::parse(r#"{
//!     "data": "schools.csv",
//!     "design": { "ids": ["district", "school"], "fpc": ["n_districts", "n_schools"] },
//!     "estimand": { "kind": "mean", "vars": ["score"] }
//! }"#)?;
//! let answer = request.run(&table)?;
//! let Entry::Estimate(mean) = &answer.estimates[0] else { unreachable!("a mean is asked for") };
//! // (2·(821+773)/2 + 5·(652+701)/3 + 3·(545+630)/2) / (2 + 5·2/3 + 3): the school without a score counts nowhere.
//! assert!((mean.est.unwrap_or(0.0) - (1594.0 + 2255.0 + 1762.5) / (2.0 + 10.0 / 3.0 + 3.0)).abs() < 1e-9);
//! assert_eq!((mean.n, mean.df), (6, Some(2)));
//! # Ok::<(), problem::Problems>(())
//! ```

mod answer;
mod cross_table;
mod design;
mod document;
mod finish;
mod further;
mod inference;
mod linear;
mod moments;
mod pps_total;
mod proportion_ci;
mod quantiles;
mod regression;
mod replicates;
mod resampled;
mod run;
mod same_in;
mod statistics;
mod stream;
mod tests;
mod weighting;

pub use answer::{
    Answer, Contrast, DesignSummary, Entry, PpsRow, ProportionRow, QuantileRow, ReplicateSummary, Row, StatisticRow,
};
pub use document::Request;
pub use further::{CrossCell, CrossTable, Difference, Fitted, Further, Moments, Share, Tests};
pub use same_in::Program;
pub use stream::Stream;
