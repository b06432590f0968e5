//! What papers are made of: facts, sentences with their fields, figures, tables, the method.

use std::collections::{BTreeMap, BTreeSet};

use problem::{Language, Problem, Problems};

use super::model::{Align, Dot, Figure, Table, TableColumn, Value};
use crate::chart::{ChartSpec, Plot, TableCell, alt_text, data_table, svg};
use crate::verdict::Verdict;

/// The name of a unit inside a sentence: "tỉnh Bắc Giang".
#[must_use]
pub fn in_text(unit: &str) -> String {
    match ["Tỉnh ", "Thành phố "].into_iter().find_map(|kind| Some((kind, unit.strip_prefix(kind)?))) {
        Some((kind, name)) => format!("{}{name}", kind.to_lowercase()),
        None => unit.to_owned(),
    }
}

/// The place of a paper: the name without its kind.
#[must_use]
pub fn place_of(unit: &str) -> String {
    let kinds = ["tỉnh ", "thành phố "];
    kinds.into_iter().find_map(|kind| unit.strip_prefix(kind)).unwrap_or(unit).to_owned()
}

/// Points of a millimetre.
const POINTS_PER_MM: f64 = 72.0 / 25.4;
/// Decimals of figures' data in a paper.
const DECIMALS: usize = 2;

/// A sentence to be made: its template, and the words of each field.
pub type Making = (String, BTreeMap<String, String>);

/// Everything that an outline may ask for.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// Fields of titles and texts, such as `unit` and `year`.
    pub facts: BTreeMap<String, String>,
    /// Sentences by name: template and fields of each.
    pub sentences: BTreeMap<String, Vec<Making>>,
    /// Figures by name.
    pub figures: BTreeMap<String, FigureMaterial>,
    /// Figures of the catalogue that do not exist here, which an outline may still name.
    pub absent: BTreeSet<String>,
    /// Tables by name.
    pub tables: BTreeMap<String, Table>,
    /// Numbers that texts may name, such as `papi.total` and `papi.total.range`.
    pub quantities: BTreeMap<String, Quantity>,
    /// Tables that analysts cited from their pages, by [`citation`]; or why there is none.
    pub cited: BTreeMap<String, Result<Cited, Problem>>,
    /// What stands across every page while the numbers are not final.
    pub watermark: String,
    /// Paragraphs on sample, method, weights, and what a reader must know.
    pub method: Vec<String>,
}

/// A number that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// As it is read; a number that may not be shown says why.
    pub text: String,
    /// What its interval says about the target, where there is one.
    pub verdict: Option<Verdict>,
}

/// A table of an analyst's page, made anew from the present data.
#[derive(Clone, Debug, PartialEq)]
pub struct Cited {
    /// The table.
    pub table: Table,
    /// The hash of the data that went in now.
    pub input: String,
}

/// The name of a cited table: page and question.
#[must_use]
pub fn citation(page: &str, query: &str) -> String {
    format!("{page}?{query}")
}

/// A figure without its number.
#[derive(Clone, Debug)]
pub struct FigureMaterial(Figure);

impl FigureMaterial {
    /// Its title.
    #[must_use]
    pub fn caption(&self) -> &str {
        &self.0.caption
    }

    pub(super) fn numbered(&self, id: &str, number: usize) -> Figure {
        Figure { id: id.to_owned(), number, ..self.0.clone() }
    }
}

/// The figure of a chart: drawn once, the same in every rendering.
///
/// # Errors
/// What the renderer finds wrong with the chart.
pub fn figure_of(spec: &ChartSpec) -> Result<FigureMaterial, Problems> {
    let svg = svg(spec)?;
    let (width, height) = spec.size.points();
    let data = data_table(spec);
    let align = |column: usize| {
        let is_number = |row: &Vec<TableCell>| matches!(row[column], TableCell::Number(_) | TableCell::Whole(_));
        if data.rows.iter().any(is_number) { Align::Right } else { Align::Left }
    };
    // Columns that are empty throughout say nothing on paper.
    let kept: Vec<usize> =
        (0..data.columns.len()).filter(|column| data.rows.iter().any(|row| row[*column] != TableCell::Empty)).collect();
    let columns = kept
        .iter()
        .map(|column| {
            // Numbers are never broken, names are.
            let length = |row: &Vec<TableCell>| {
                if let TableCell::Text(text) = &row[*column] { text.chars().count() } else { 11 }
            };
            let width = data.rows.iter().map(length).max().unwrap_or(11).clamp(7, 24) as f64;
            TableColumn::new(data.columns[*column].1.clone(), width, align(*column))
        })
        .collect();
    // Counts and degrees of freedom are whole throughout; a score that happens to be whole keeps its decimals.
    let decimals: Vec<usize> = (0..data.columns.len())
        .map(|column| {
            let broken =
                |row: &Vec<TableCell>| matches!(row[column], TableCell::Number(number) if number.fract() != 0.0);
            if data.rows.iter().any(broken) { DECIMALS } else { 0 }
        })
        .collect();
    let value = |column: usize, cell: &TableCell| match cell {
        TableCell::Empty => Value::Empty,
        TableCell::Text(text) => Value::text(in_words(text, spec.language)),
        TableCell::Number(number) => Value::Number(*number, decimals[column]),
        TableCell::Whole(number) => Value::Number(*number as f64, 0),
    };
    let cells = |row: &Vec<TableCell>| kept.iter().map(|column| value(*column, &row[*column])).collect();
    let rows = data.rows.iter().map(cells).collect();
    let caption = if spec.language == Language::Vi { "Số liệu của hình" } else { "Data of the figure" };
    Ok(FigureMaterial(Figure {
        id: String::new(),
        number: 0,
        caption: format!("{}. {}", spec.title.trim_end_matches('.'), spec.subtitle),
        alt: alt_text(spec),
        size: spec.size,
        size_mm: (width / POINTS_PER_MM, height / POINTS_PER_MM),
        data: Table { caption: caption.to_owned(), columns, rows, ..Table::default() },
        dots: dots(spec),
        svg,
    }))
}

/// The names that a figure's data have for programs, in words.
fn in_words(text: &str, language: Language) -> String {
    let known = [
        ("small_sample", "ít người trả lời", "few respondents"),
        ("wide_interval", "khoảng rộng", "wide interval"),
        ("large_relative_error", "sai số lớn", "large error"),
    ];
    let pick = |vi, en| if language == Language::Vi { vi } else { en };
    known.iter().fold(text.to_owned(), |text, (name, vi, en)| text.replace(name, pick(*vi, *en)))
}

fn dots(spec: &ChartSpec) -> Vec<Dot> {
    let Plot::Dots(plot) = &spec.plot else { return Vec::new() };
    let of = |row: &crate::chart::DotRow| {
        let mark = row.cell.mark()?;
        let interval = mark.interval.map(|limits| (limits.lower, limits.upper));
        Some(Dot { name: row.label.clone(), value: mark.value, interval })
    };
    plot.rows.iter().filter_map(of).collect()
}
