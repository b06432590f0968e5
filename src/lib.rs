//! khaosat: from the sampling frame to the chart a decision is made on.

pub mod questionnaire;

/// One file a command.
pub mod cli {
    pub mod questionnaire;
}
