//! Domains: groups of rows named by the values of some columns.

use problem::Problem;
use serde::{Serialize, Serializer};

use crate::design::{RankSlice, Ranks, of_numbers};
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

impl Label {
    /// Numbers by size, texts by code point, numbers first.
    pub(crate) fn order(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => std::cmp::Ordering::Less,
            (Self::Text(_), Self::Number(_)) => std::cmp::Ordering::Greater,
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
                let (ranks, distinct) = of_numbers(values);
                Self { codes: ranks.of_row, labels: distinct.into_iter().map(Label::Number).collect() }
            }
            Cells::Categorical { codes, labels } => {
                // Labels that no row uses are no observed values.
                let mut is_used = vec![false; labels.len()];
                for &code in codes.iter().filter(|&&code| (code as usize) < labels.len()) {
                    is_used[code as usize] = true;
                }
                let mut used: Vec<&String> =
                    (0..labels.len()).filter(|&at| is_used[at]).map(|at| &labels[at]).collect();
                used.sort();
                used.dedup();
                let rank = |label| used.binary_search(&label).map_or(Cells::MISSING_CODE, |rank| rank as u32);
                let ranks: Vec<u32> = labels.iter().map(rank).collect();
                let code = |&code: &u32| ranks.get(code as usize).copied().unwrap_or(Cells::MISSING_CODE);
                Self {
                    codes: codes.iter().map(code).collect(),
                    labels: used.into_iter().map(|label| Label::Text(label.to_owned())).collect(),
                }
            }
        }
    }

    fn as_ranks(&self) -> RankSlice<'_> {
        RankSlice { of_row: &self.codes, n_labels: self.labels.len() }
    }
}

/// All domains of a crossing: what names each, and which one a row lies in.
#[derive(Clone, Debug, PartialEq)]
pub struct Domains {
    /// Column and value for each domain, sorted by the first column, then the second, …: numbers by size, texts by code point.
    pub labels: Vec<Vec<(String, Label)>>,
    /// The domain of each row; [`Cells::MISSING_CODE`] for rows with a missing value, which belong to none.
    pub of_row: Vec<u32>,
}

impl Domains {
    /// One domain of all rows, under no name.
    #[must_use]
    pub fn everyone(n_rows: usize) -> Self {
        Self { labels: vec![Vec::new()], of_row: vec![0; n_rows] }
    }

    /// Every combination of the values of these columns that occurs. No columns: everyone.
    ///
    /// # Errors
    /// `table_unknown_column`.
    pub fn crossing(table: &Table, by: &[&str]) -> Result<Self, Problem> {
        let mut columns: Vec<Categories> = Vec::with_capacity(by.len());
        for name in by {
            columns.push(Categories::of(table.column(name)?));
        }
        Ok(Self::of_categories(table.n_rows(), by, &columns))
    }

    pub(crate) fn of_categories(n_rows: usize, by: &[&str], columns: &[Categories]) -> Self {
        let mut ranks = Ranks::constant(n_rows);
        for column in columns {
            ranks = ranks.as_slice().cross(column.as_ranks());
        }
        let mut labels = vec![Vec::new(); ranks.n_labels];
        for (row, &domain) in ranks.of_row.iter().enumerate() {
            let is_new = domain != Cells::MISSING_CODE && labels[domain as usize].len() < by.len();
            if is_new {
                let label = |column: &Categories| column.labels[column.codes[row] as usize].clone();
                labels[domain as usize] =
                    by.iter().map(|&name| name.to_owned()).zip(columns.iter().map(label)).collect();
            }
        }
        Self { labels, of_row: ranks.of_row }
    }

    /// Number of domains.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no domain, because each row misses a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    pub(crate) fn as_ranks(&self) -> RankSlice<'_> {
        RankSlice { of_row: &self.of_row, n_labels: self.labels.len() }
    }
}

/// Every combination of the values of these columns that occurs, with its rows; rows with a missing value belong to none.
///
/// Domains come in the order of [`Domains`]. No columns: one domain of all rows.
///
/// # Errors
/// `table_unknown_column`.
pub fn crossing(table: &Table, by: &[&str]) -> Result<Vec<Domain>, Problem> {
    let Domains { labels, of_row } = Domains::crossing(table, by)?;
    let mut domains: Vec<Domain> = labels.into_iter().map(|labels| Domain { labels, rows: Vec::new() }).collect();
    for (row, &domain) in of_row.iter().enumerate().filter(|(_, domain)| **domain != Cells::MISSING_CODE) {
        domains[domain as usize].rows.push(row as u32);
    }
    Ok(domains)
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
