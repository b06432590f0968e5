//! What the public may see of a closed round: scores of the whole, and tables that give nobody away. Pure.
//!
//! ```text
//! coded     a question as categories that everybody interviewed is in      tables    counts → what may be shown → shares
//! released  whose answers stand behind what was shown, and what that rules out for the next time
//! document  what is published, frozen            scores  the index in it    files  the same as CSV and XLSX
//! ```
//!
//! The tables of a publication are protected as one set, together with whatever was shown of the same people before
//! (`estimation::disclosure`). What leaves is rounded: shares to a tenth of a per cent, scores to hundredths.

mod coded;
mod document;
mod files;
mod released;
mod scores;
mod tables;

use serde::{Deserialize, Serialize};

pub use coded::Spoken;
pub use document::{Hidden, PublishedCell, PublishedIndex, PublishedRound, PublishedScore, PublishedTable};
pub use files::{to_csv, to_xlsx};
pub use released::Released;
pub use scores::published_index;
pub use tables::{Prepared, prepare};

/// So many questions fit one publication.
pub const QUESTIONS_MAX: usize = 60;

/// What is to be published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The questionnaire.
    pub form: String,
    /// Questions, by their names in the export: each has a table of its own.
    pub questions: Vec<String>,
    /// The variable whose groups each of them is also shown for. One only: with two, tables would close rings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}
