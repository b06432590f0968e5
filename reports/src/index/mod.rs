//! Composite indices as data: the definition says how answers become indicators, indicators sub-dimensions, and so on up
//! to the total; this room reads definitions, applies them to published values and estimates them from answers.
//!
//! # The file `index.toml`
//!
//! ```toml
//! extends = "papi-2019"         # optional: a shipped definition whose tree this file changes
//! remove = ["5.2"]              # with extends: indicators, or nodes with all that stands below them
//!
//! [index]                       # never inherited
//! code = "papi-2019"            # name of the definition
//! series = "papi"               # of one series and scoring one definition holds in a year; absent: the code
//! scoring_vi = "…"              # and scoring_en: where several ways of scoring are in use; printed with every result
//! questionnaire = "papi-2019"   # whose answers it takes; absent: published values only
//! name_vi = "…"                 # and name_en
//! valid_from = 2019             # first and last year, inclusive; valid_to absent: still in force
//! valid_to = 2020
//! source = "…"
//! certainty = "inferred"        # certain | inferred | recalled, here and for every node and indicator
//! minimum_base = 15             # fewer answers: an indicator is not published; absent: no rule
//! below_minimum_base = "use"    # missing (default): nor does it count above; use: it counts above, which says so
//! root = "papi"                 # the node that is the total
//! note = "…"                    # optional, as for nodes and indicators
//!
//! [[every]]                     # with extends: the same keys for all nodes of a level, or all scored indicators
//! level = "factor"              # a level of the tree, or "indicator"
//! aggregation = "mean"          # any key of a node or an indicator but code, parent and level
//!
//! [[node]]                      # with extends: a code that is there already is changed in the keys that stand here
//! code = "1.1"
//! parent = "1"                  # absent for the root only
//! level = "sub_dimension"       # the tree's own word
//! name_vi = "…"                 # and name_en
//! aggregation = "linear_mean"   # over indicators: linear_mean, pooled, points; over nodes: sum, mean, pooled
//! a = 0.25                      # linear_mean: a + b × weighted mean of the rescaled indicators
//! b = 2.25
//! score_min = 0.25              # the score's range as printed; the formula must fit it
//! score_max = 2.5
//! maximum_known = true          # default; false: score_max is only a bound, the maximum was not found
//! range_exception = "…"         # why the formula does not fit, where it is published so
//! weight = 1.0                  # among the siblings under a sum or mean, default 1
//! missing_child = "drop"        # fail (default): missing too; drop: over the others, and lists what is left out
//! certainty = "certain"
//! source = "…"                  # optional
//!
//! [[indicator]]
//! code = "1.1.1"
//! parent = "1.1"                # a node; beside other nodes only what is not scored
//! name_vi = "…"                 # and name_en
//! scale_min = 0.0               # what the formula takes as the ends; with points: least and most points
//! scale_max = 2.0
//! published_min = 0.0           # range of published values, where it differs
//! published_max = 1.0
//! maximum_known = true          # default; false: scale_max is only a bound
//! direction = "+"               # "+" more is better, "-" less is better
//! scored = true                 # default true; false: published, not in the formula
//! weight = 1.0                  # among the scored indicators of the node, default 1
//! certainty = "certain"
//! [indicator.value]             # absent: respondents are not asked
//! kind = "share"                # share | mean | count | mean_share | all | difference | median | mean_difference
//! questions = ["q_1_1_1"]
//! codes = ["1"]                 # share, count, mean_share, all: answers that count; other valid answers do not
//! values = { "1" = 3.0 }        # mean, median, differences: numbers for codes; absent: the code is the number
//! multiply = 100.0              # default 1: per cent of a share, thousands of đồng from đồng
//! not_applicable = 0.0          # value of those whom routing skipped; absent: they are outside the base
//! parts_missing = "valid"       # missing (default) | zero | valid: what a part without answer does to a count
//! [[indicator.points]]          # from a published figure to points, by thresholds in ascending order
//! from = 80.0                   # first figure of the piece
//! points = 1.6                  # points there
//! each = 0.02                   # points for each unit above it, default 0
//! ```
//!
//! Every score is an affine function of its indicators ([`LinearForm`]), so one idea serves the score, its variance, the
//! worth of one more point in an indicator, and the decomposition of a change.

mod answers;
mod change;
mod check;
mod check_value;
mod columns;
mod compare;
mod definition;
mod estimate;
mod estimates;
mod form;
mod median;
mod missing;
mod patch;
mod presets;
mod questions;
mod read;
mod respondent;
mod rounds;
mod rules;
mod score;
mod section;
mod series;
mod values;

pub use change::ChangePart;
pub use compare::{ChangeOfTotal, IndexComparison, NodeChange, compare_scores, differences};
pub use definition::IndexDefinition;
pub use estimate::{LinearizedIndex, estimate_index, linearize_index};
pub use estimates::{IndexEstimates, IndicatorEstimate, NodeEstimate};
pub use form::{LinearForm, NodeForm};
pub use missing::IndexMissing;
pub use presets::{Preset, preset, presets};
pub use questions::Questions;
pub use respondent::{Filling, linearize_per_respondent};
pub use rounds::{IndependentChange, IndexChange, PartOfChange, independent_changes};
pub use rules::{
    Aggregation, BelowMinimumBase, Certainty, Direction, Indicator, MissingChild, Node, PartsMissing, PointsPiece,
    ValueKind, ValueRule,
};
pub use score::{IndexScores, IndicatorValue, NodeScore};
pub use series::check_series;
pub use values::{GivenValues, ReadValues, read_values};
