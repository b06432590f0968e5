//! Composite indices as data: the definition says how answers become indicators, indicators sub-dimensions, and so on up
//! to the total; this room reads definitions, applies them to published values and estimates them from answers.
//!
//! Every score is an affine function of its indicators ([`LinearForm`]), so one idea serves the score, its variance, the
//! worth of one more point in an indicator, and the decomposition of a change.

mod answers;
mod check;
mod definition;
mod estimate;
mod form;
mod missing;
mod presets;
mod read;
mod score;
mod section;
mod values;

pub use definition::{
    Aggregation, BelowMinimumBase, Certainty, Direction, IndexDefinition, Indicator, MissingChild, Node, PartsMissing,
    ValueKind, ValueRule,
};
pub use estimate::{IndexEstimates, IndicatorEstimate, LinearizedIndex, NodeEstimate, estimate_index, linearize_index};
pub use form::{LinearForm, NodeForm};
pub use missing::IndexMissing;
pub use presets::{Preset, preset, presets};
pub use score::{IndexScores, IndicatorValue, NodeScore};
pub use values::read_values;
