//! The table that statistics are computed from: named columns of equal length, nothing else.
//!
//! A cell is a number, a category or missing *with a reason*; a missing answer is never a number. Reading CSV and Parquet
//! goes through polars (`read`), the kernels work on the plain slices kept here.

use std::collections::BTreeMap;

use problem::{Place, Problem};
use serde::{Deserialize, Serialize};

/// Why an answer is not there. The four reasons are never mixed: a refusal is not a "don't know".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingReason {
    /// The question was not put to this respondent, because routing skipped it or it does not apply.
    NotApplicable,
    /// The respondent said that they do not know.
    DontKnow,
    /// The respondent refused this question.
    Refused,
    /// The question was due and no answer was recorded.
    NotAnswered,
}

/// The cells of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Numbers; NaN marks a missing cell and never leaves this crate.
    Numeric(Vec<f64>),
    /// Categories as positions in `labels`; [`Cells::MISSING_CODE`] marks a missing cell.
    Categorical {
        /// One code a row.
        codes: Vec<u32>,
        /// The label of each code, in the order of the choice list.
        labels: Vec<String>,
    },
}

impl Cells {
    /// The code of a missing category.
    pub const MISSING_CODE: u32 = u32::MAX;

    fn len(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Categorical { codes, .. } => codes.len(),
        }
    }
}

/// A named column: its cells and, where it is known, why a cell is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The cells, one a row.
    pub cells: Cells,
    /// Why cells are missing, by row; rows that are missing without an entry here have no recorded reason.
    pub missing_reasons: BTreeMap<usize, MissingReason>,
}

impl Column {
    /// A column of numbers; NaN is a missing cell.
    #[must_use]
    pub fn numeric(values: Vec<f64>) -> Self {
        Self { cells: Cells::Numeric(values), missing_reasons: BTreeMap::new() }
    }

    /// A column of categories; `None` is a missing cell. Labels keep the order in which they first occur.
    #[must_use]
    pub fn categorical<S: AsRef<str>>(values: &[Option<S>]) -> Self {
        let mut positions: BTreeMap<&str, u32> = BTreeMap::new();
        let mut labels: Vec<String> = Vec::new();
        let codes = values
            .iter()
            .map(|value| match value {
                None => Cells::MISSING_CODE,
                Some(label) => *positions.entry(label.as_ref()).or_insert_with(|| {
                    labels.push(label.as_ref().to_owned());
                    (labels.len() - 1) as u32
                }),
            })
            .collect();
        Self { cells: Cells::Categorical { codes, labels }, missing_reasons: BTreeMap::new() }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// The text of a cell as it would be printed (`E`, `1`, `7.5`), or `None` when the cell is missing.
    #[must_use]
    pub fn label(&self, row: usize) -> Option<String> {
        match &self.cells {
            Cells::Numeric(values) => {
                values.get(row).filter(|value| !value.is_nan()).map(|value| (value + 0.0).to_string())
            }
            Cells::Categorical { codes, labels } => {
                codes.get(row).and_then(|&code| labels.get(code as usize)).map(ToOwned::to_owned)
            }
        }
    }

    /// Whether a cell is missing. A row beyond the end is missing.
    #[must_use]
    pub fn is_missing(&self, row: usize) -> bool {
        match &self.cells {
            Cells::Numeric(values) => values.get(row).is_none_or(|value| value.is_nan()),
            Cells::Categorical { codes, labels } => codes.get(row).is_none_or(|&code| code as usize >= labels.len()),
        }
    }

    /// The rows that name no unit and hold no finite number: missing cells and infinite numbers.
    pub(crate) fn unusable_rows(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match &self.cells {
            Cells::Numeric(values) => Box::new((0..values.len()).filter(|&row| !values[row].is_finite())),
            Cells::Categorical { codes, labels } => {
                Box::new((0..codes.len()).filter(|&row| codes[row] as usize >= labels.len()))
            }
        }
    }

    /// Whether the column has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cells of these rows in this order; where there is none, a cell that is missing for the reason `blank`, as is a row
    /// beyond the end. Categories keep their labels.
    #[must_use]
    pub fn pick(&self, rows: &[Option<usize>], blank: MissingReason) -> Self {
        let cells = match &self.cells {
            Cells::Numeric(values) => {
                let cell = |row: &Option<usize>| row.and_then(|row| values.get(row).copied()).unwrap_or(f64::NAN);
                Cells::Numeric(rows.iter().map(cell).collect())
            }
            Cells::Categorical { codes, labels } => {
                let cell =
                    |row: &Option<usize>| row.and_then(|row| codes.get(row).copied()).unwrap_or(Cells::MISSING_CODE);
                Cells::Categorical { codes: rows.iter().map(cell).collect(), labels: labels.clone() }
            }
        };
        let reason = |(place, row): (usize, &Option<usize>)| match row.filter(|row| *row < self.len()) {
            None => Some((place, blank)),
            Some(row) if self.is_missing(row) => Some((place, *self.missing_reasons.get(&row)?)),
            Some(_) => None,
        };
        Self { cells, missing_reasons: rows.iter().enumerate().filter_map(reason).collect() }
    }

    /// The same cells with the labels that occur, in the order in which they first do.
    #[must_use]
    pub fn with_labels_that_occur(self) -> Self {
        let Cells::Categorical { codes, labels } = self.cells else { return self };
        let mut place = vec![Cells::MISSING_CODE; labels.len()];
        let mut kept = Vec::new();
        let mut recoded = codes;
        for code in &mut recoded {
            let Some(known) = place.get_mut(*code as usize) else { continue };
            if *known == Cells::MISSING_CODE {
                *known = kept.len() as u32;
                kept.push(labels[*code as usize].clone());
            }
            *code = *known;
        }
        Self { cells: Cells::Categorical { codes: recoded, labels: kept }, missing_reasons: self.missing_reasons }
    }

    /// Puts the cells of another column behind these; `false`, and nothing is done, when one holds numbers and the other categories.
    fn append(&mut self, more: &Self) -> bool {
        let n_before = self.len();
        match (&mut self.cells, &more.cells) {
            (Cells::Numeric(values), Cells::Numeric(others)) => values.extend_from_slice(others),
            (Cells::Categorical { codes, labels }, Cells::Categorical { codes: others, labels: theirs }) => {
                let known: BTreeMap<&str, u32> =
                    labels.iter().enumerate().map(|(code, label)| (label.as_str(), code as u32)).collect();
                let mut fresh = Vec::new();
                let recoded: Vec<u32> = theirs
                    .iter()
                    .map(|label| {
                        known.get(label.as_str()).copied().unwrap_or_else(|| {
                            fresh.push(label.clone());
                            (known.len() + fresh.len() - 1) as u32
                        })
                    })
                    .collect();
                labels.extend(fresh);
                codes.extend(
                    others.iter().map(|code| recoded.get(*code as usize).copied().unwrap_or(Cells::MISSING_CODE)),
                );
            }
            _ => return false,
        }
        self.missing_reasons.extend(more.missing_reasons.iter().map(|(row, reason)| (n_before + row, *reason)));
        true
    }
}

/// Named columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: BTreeMap<String, Column>,
    n_rows: Option<usize>,
}

impl Table {
    /// A table without columns.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column, or replaces the one of that name.
    ///
    /// # Errors
    /// `table_length` when the column is not as long as the others.
    pub fn insert(&mut self, name: impl Into<String>, column: Column) -> Result<(), Problem> {
        let (name, length) = (name.into(), column.len());
        let expected = *self.n_rows.get_or_insert(length);
        if length != expected {
            return Err(Problem::new(
                "table_length",
                format!("cột {name} không dài bằng các cột khác"),
                format!("column {name} is not as long as the others"),
            )
            .at(Place::column(name))
            .expected(format!("{expected} rows"))
            .got(format!("{length} rows")));
        }
        self.columns.insert(name, column);
        Ok(())
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows.unwrap_or(0)
    }

    /// Puts the rows of a table with the same columns behind these.
    ///
    /// # Errors
    /// `table_columns` when the columns are others; then nothing is done.
    pub fn append(&mut self, more: &Self) -> Result<(), Problem> {
        let kinds = |table: &Self| -> Vec<(String, bool)> {
            let kind = |(name, column): (&String, &Column)| (name.clone(), matches!(column.cells, Cells::Numeric(_)));
            table.columns.iter().map(kind).collect()
        };
        if kinds(self) != kinds(more) {
            let names = |table: &Self| table.names().collect::<Vec<_>>().join(", ");
            let problem =
                Problem::new("table_columns", "hai bảng không cùng các cột", "the tables do not have the same columns");
            return Err(problem.expected(names(self)).got(names(more)));
        }
        for (column, others) in self.columns.values_mut().zip(more.columns.values()) {
            column.append(others);
        }
        self.n_rows = Some(self.n_rows() + more.n_rows());
        Ok(())
    }

    /// The names of the columns, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// The column of that name, if there is one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Column> {
        self.columns.get(name)
    }

    /// The column of that name.
    ///
    /// # Errors
    /// `table_unknown_column` when there is none.
    pub fn column(&self, name: &str) -> Result<&Column, Problem> {
        self.columns.get(name).ok_or_else(|| unknown_column(name, &self.names().collect::<Vec<_>>()))
    }
}

/// The problem of a column that is not there.
pub(crate) fn unknown_column(name: &str, there: &[&str]) -> Problem {
    Problem::new("table_unknown_column", format!("không có cột {name}"), format!("there is no column {name}"))
        .at(Place::column(name))
        .expected((format!("một trong {}", there.join(", ")), format!("one of {}", there.join(", "))))
}

/// The first row with an infinite number. Blocks are looked at as a whole, which is several times faster than row by row.
pub(crate) fn first_infinite(values: &[f64]) -> Option<usize> {
    let is_bad = |block: &[f64]| block.iter().fold(false, |bad, value| bad | value.is_infinite());
    if values.chunks(4096).any(is_bad) { values.iter().position(|value| value.is_infinite()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(numbers: &[f64], labels: &[Option<&str>]) -> Table {
        let mut table = Table::new();
        table.insert("n", Column::numeric(numbers.to_vec())).expect("fits");
        let mut column = Column::categorical(labels);
        let missing = labels.iter().enumerate().filter(|(_, label)| label.is_none());
        column.missing_reasons = missing.map(|(row, _)| (row, MissingReason::Refused)).collect();
        table.insert("c", column).expect("fits");
        table
    }

    fn labels(column: &Column) -> Vec<Option<String>> {
        (0..column.len()).map(|row| column.label(row)).collect()
    }

    #[test]
    fn rows_put_behind_keep_their_labels_and_reasons() {
        let mut all = table(&[1.0, 2.0], &[Some("a"), None]);
        all.append(&table(&[3.0, f64::NAN, 5.0], &[Some("b"), Some("a"), None])).expect("the same columns");
        let text = |label: &str| Some(label.to_owned());
        let column = all.column("c").expect("there");
        assert_eq!(labels(column), [text("a"), None, text("b"), text("a"), None]);
        assert_eq!(column.missing_reasons.keys().copied().collect::<Vec<_>>(), [1, 4]);
        assert_eq!(labels(all.column("n").expect("there")), [text("1"), text("2"), text("3"), None, text("5")]);
        assert_eq!(all.n_rows(), 5);
        let mut other = Table::new();
        other.insert("n", Column::numeric(vec![1.0])).expect("fits");
        assert_eq!(all.append(&other).expect_err("a column is lacking").code, "table_columns");
        assert_eq!(all.n_rows(), 5, "nothing was done");
    }

    #[test]
    fn picked_rows_come_in_the_order_asked_for_and_rows_that_are_not_there_are_missing() {
        let all = table(&[1.0, 2.0, 3.0], &[Some("x"), None, Some("y")]);
        let rows = [Some(2), None, Some(1), Some(9)];
        let picked = all.column("c").expect("there").pick(&rows, MissingReason::NotAnswered);
        assert_eq!(labels(&picked), [Some("y".to_owned()), None, None, None]);
        let reasons: Vec<_> = picked.missing_reasons.iter().map(|(row, reason)| (*row, *reason)).collect();
        let (blank, refused) = (MissingReason::NotAnswered, MissingReason::Refused);
        assert_eq!(reasons, [(1, blank), (2, refused), (3, blank)]);
        let Cells::Categorical { labels: kept, codes } = picked.with_labels_that_occur().cells else {
            panic!("categories")
        };
        assert_eq!((kept, codes), (vec!["y".to_owned()], vec![0, u32::MAX, u32::MAX, u32::MAX]));
    }
}
