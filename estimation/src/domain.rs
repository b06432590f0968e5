//! Domains: groups of rows named by the values of some columns.

use std::collections::BTreeMap;

use problem::Problem;
use serde::{Serialize, Serializer};

use crate::table::{Cells, Column, Table};

/// The value of a column that names a domain, as the data hold it: a number or a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Label {
    /// A number.
    Number(f64),
    /// A category.
    Text(String),
}

impl Label {
    /// The label as text, printed as in the data.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Number(value) => value.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // Whole numbers are printed without a decimal point, as in the data: 2023, not 2023.0.
            Self::Number(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
                serializer.serialize_i64(*value as i64)
            }
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// A group of rows and what names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Domain {
    /// Column and value, in the order of the columns asked for.
    pub labels: Vec<(String, Label)>,
    /// The rows, ascending from 0.
    pub rows: Vec<u32>,
}

impl Domain {
    /// Every row, under no name.
    #[must_use]
    pub fn everyone(n_rows: usize) -> Self {
        Self { labels: Vec::new(), rows: (0..n_rows as u32).collect() }
    }

    /// The rows as one flag a row.
    #[must_use]
    pub fn mask(&self, n_rows: usize) -> Vec<bool> {
        let mut mask = vec![false; n_rows];
        self.rows.iter().for_each(|&row| mask[row as usize] = true);
        mask
    }
}

/// A column's values as codes: positions in `labels`, which are sorted (numbers by size, texts by code point).
pub(crate) struct Categories {
    /// One code a row; [`Cells::MISSING_CODE`] marks a missing cell.
    pub(crate) codes: Vec<u32>,
    pub(crate) labels: Vec<Label>,
}

impl Categories {
    pub(crate) fn of(column: &Column) -> Self {
        match &column.cells {
            Cells::Numeric(values) => {
                let mut distinct: Vec<f64> =
                    values.iter().filter(|value| !value.is_nan()).map(|value| value + 0.0).collect();
                distinct.sort_by(f64::total_cmp);
                distinct.dedup();
                let code = |value: &f64| match distinct.binary_search_by(|other| other.total_cmp(&(value + 0.0))) {
                    Ok(position) => position as u32,
                    Err(_) => Cells::MISSING_CODE,
                };
                let codes = values.iter().map(code).collect();
                Self { codes, labels: distinct.into_iter().map(Label::Number).collect() }
            }
            Cells::Categorical { codes, labels } => {
                // Labels that no row uses are no observed values.
                let mut used: BTreeMap<&str, u32> = BTreeMap::new();
                for label in codes.iter().filter_map(|&code| labels.get(code as usize)) {
                    used.insert(label, 0);
                }
                used.values_mut().enumerate().for_each(|(position, code)| *code = position as u32);
                let code =
                    |code: &u32| labels.get(*code as usize).map_or(Cells::MISSING_CODE, |label| used[label.as_str()]);
                let codes = codes.iter().map(code).collect();
                Self { codes, labels: used.keys().map(|&label| Label::Text(label.to_owned())).collect() }
            }
        }
    }
}

/// Every combination of the values of these columns that occurs, with its rows; rows with a missing value belong to none.
///
/// Domains come sorted by the first column, then the second, …: numbers by size, texts by code point. No columns: one domain of
/// all rows.
///
/// # Errors
/// `table_unknown_column`.
pub fn crossing(table: &Table, by: &[&str]) -> Result<Vec<Domain>, Problem> {
    let mut columns: Vec<Categories> = Vec::with_capacity(by.len());
    for name in by {
        columns.push(Categories::of(table.column(name)?));
    }
    let mut cells: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
    for row in 0..table.n_rows() {
        let key: Vec<u32> = columns.iter().map(|column| column.codes[row]).collect();
        if !key.contains(&Cells::MISSING_CODE) {
            cells.entry(key).or_default().push(row as u32);
        }
    }
    let name = |key: Vec<u32>| {
        let labels = key.iter().zip(&columns).map(|(&code, column)| column.labels[code as usize].clone());
        by.iter().map(|&name| name.to_owned()).zip(labels).collect()
    };
    Ok(cells.into_iter().map(|(key, rows)| Domain { labels: name(key), rows }).collect())
}

/// The rows in which each column has the given value; a number also matches its printed text and the other way round.
///
/// # Errors
/// `table_unknown_column`.
pub fn selection(table: &Table, labels: &[(String, Label)]) -> Result<Domain, Problem> {
    let mut rows: Vec<u32> = (0..table.n_rows() as u32).collect();
    for (name, label) in labels {
        let column = table.column(name)?;
        match &column.cells {
            Cells::Numeric(values) => {
                let wanted = match label {
                    Label::Number(value) => Some(*value),
                    Label::Text(text) => text.trim().parse().ok(),
                };
                rows.retain(|&row| wanted == Some(values[row as usize]));
            }
            Cells::Categorical { codes, labels } => {
                let text = label.text();
                let wanted = labels.iter().position(|label| *label == text);
                rows.retain(|&row| wanted == Some(codes[row as usize] as usize));
            }
        }
    }
    Ok(Domain { labels: labels.to_vec(), rows })
}
