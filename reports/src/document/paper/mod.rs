//! Papers that an office can file: one description, rendered as DOCX, HTML and XLSX.
//!
//! ```text
//! outline (TOML) ┐
//! sentences (TOML) ├─▶ assemble ─▶ Paper ─┬▶ html   preview and print
//! material ──────┘      (plain data)      ├▶ docx   by Nghị định 30/2020/NĐ-CP
//!   (scores, plan)                        ├▶ pdf    the same page, tagged, figures as vectors
//!                                         └▶ sheets real numbers, native charts
//! ```
//!
//! On a page an outline is a [`Draft`]: blocks that people move, leave out and write, sentences that they edit and accept; [`checks`] says
//! what a reader should look at before the paper leaves.
//!
//! A [`Paper`] is all that a rendering may say. Every number in it has passed through one place ([`Value`]), so what is visible
//! in one rendering is visible in the others. Number, date and signature are never filled in: an officer does that.

mod checks;
mod columns;
mod docx;
mod docx_parts;
mod draft;
mod html;
mod material;
mod model;
mod outline;
mod own_words;
mod pdf;
mod score_changes;
mod score_tables;
mod scores;
mod sentence;
mod sheets;

pub use checks::{Check, CheckKind, LastAct, checks};
pub use docx::docx;
pub use draft::{Draft, DraftAct, DraftBlock};
pub use html::html;
pub use material::{Cited, FigureMaterial, Making, Material, Quantity, citation, figure_of, in_text, place_of};
pub use model::{Align, Block, Figure, Letterhead, Origin, Paper, Sentence, Table, TableColumn, Value};
pub use outline::{Assembled, Outline, OutlineBlock, assemble, assembled};
pub use pdf::pdf;
pub use score_changes::Earlier;
pub use scores::{ScoreMaterial, score_material};
pub use sentence::{Accepted, Decided, Sentences};
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
