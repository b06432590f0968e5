//! Papers that an office can file: one description, rendered as DOCX, HTML and XLSX.
//!
//! ```text
//! outline (TOML) ┐
//! sentences (TOML) ├─▶ assemble ─▶ Paper ─┬▶ html   preview and print
//! material ──────┘      (plain data)      ├▶ docx   by Nghị định 30/2020/NĐ-CP
//!   (scores, plan)                        └▶ sheets real numbers, native charts
//! ```
//!
//! A [`Paper`] is all that a rendering may say. Every number in it has passed through one place ([`Value`]), so what is visible
//! in one rendering is visible in the others. Number, date and signature are never filled in: an officer does that.

mod docx;
mod docx_parts;
mod html;
mod material;
mod model;
mod outline;
mod score_changes;
mod score_tables;
mod scores;
mod sentence;
mod sheets;

pub use docx::docx;
pub use html::html;
pub use material::{FigureMaterial, Making, Material, figure_of, in_text, place_of};
pub use model::{Align, Block, Figure, Letterhead, Paper, Sentence, Table, TableColumn, Value};
pub use outline::{Outline, OutlineBlock, assemble};
pub use score_changes::Earlier;
pub use scores::{ScoreMaterial, score_material};
pub use sentence::{Accepted, Sentences};
pub use sheets::xlsx;

/// An outline that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaperPreset {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The outlines that come with the program.
#[must_use]
pub fn presets() -> &'static [PaperPreset] {
    &[
        PaperPreset { name: "papi", text: include_str!("../../../papers/papi.toml") },
        PaperPreset { name: "sipas", text: include_str!("../../../papers/sipas.toml") },
        PaperPreset { name: "par", text: include_str!("../../../papers/par.toml") },
        PaperPreset { name: "scorecard", text: include_str!("../../../papers/scorecard.toml") },
    ]
}

/// The sentences that come with the program.
pub const SENTENCES: &str = include_str!("../../../papers/sentences.toml");
