//! Charts: from estimates to the picture a decision is made on.
//!
//! ```text
//! rows + metadata ──build──▶ ChartSpec ──layout──▶ Scene ──render──▶ SVG ──png──▶ PNG
//!                            │  plain data          boxes in points     (plotters, own backend)
//!                            ├──▶ alt text
//!                            └──▶ data table (CSV, JSON)
//! ```
//!
//! A [`ChartSpec`] is all that a figure says: what is not in it can be neither drawn, read aloud nor downloaded, which is how
//! a suppressed cell stays suppressed everywhere. One pure builder per figure (module [`build`]) makes it; one page
//! (`render`) knows the drawing library. The same spec gives the same bytes on every machine.

mod alt;
mod areas_spec;
pub mod build;
mod check;
mod data;
mod data_table;
mod facts;
mod figure;
mod file_name;
mod font;
mod formats;
mod layout;
mod note;
mod number;
mod page_spec;
mod palette;
mod panels_spec;
mod pdf;
mod plan_spec;
mod plan_words;
mod png;
mod render;
mod rows_spec;
mod scene;
mod size;
mod small_cells;
mod spec;
mod svg;
mod wrap;

#[cfg(test)]
mod acceptance;
#[cfg(test)]
mod behaviour;

pub use alt::alt_text;
pub use areas_spec::{Area, AreaClass, AreasPlot, Outline};
pub use data::{from_json, json_schema};
pub use data_table::{CsvProfile, DataTable, TableCell, data_table};
pub use figure::Figure;
pub use file_name::file_stem;
pub use font::{BUNDLED_FONTS, FONT_FAMILY};
pub use formats::{ChartFormat, rendered};
pub use note::note_text;
pub use page_spec::{Headline, ListItem, PageBlock, PagePlot};
pub use panels_spec::{Column, Crossed, Layer, LineLook, LinePoint, Panel, PanelsPlot, XAxis, XTick};
pub use pdf::pdf;
pub use plan_spec::{
    MatrixCell, MatrixPlot, MatrixRow, PlanBasis, PlanState, Scale, TargetPlot, TargetRow, TargetValue,
};
pub use png::png;
pub(crate) use png::tree as drawing;
pub use render::{fits, svg};
pub use rows_spec::{ChartRow, RowLook, RowPanel, RowPart, RowSeries, RowsPlot, TextColumn};
pub use size::Size;
pub use small_cells::SmallCellRule;
pub use spec::{
    Axis, Band, Caution, Cell, ChartSpec, DotPlot, DotRow, Guide, GuideKind, Interval, Mark, Note, Plot, RadarPlot,
    RadarSeries, Reference, ReferenceKind, SeriesKind, ValueFormat, Verdict, VerdictKind,
};
