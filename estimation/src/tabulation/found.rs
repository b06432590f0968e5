//! Cells that are found while the data go by, for data that do not fit into memory.

use std::collections::{BTreeMap, HashMap};

use crate::design::{RankSlice, Ranks, of_numbers};
use crate::domain::Label;
use crate::table::{Cells, Column};

const MISSING: u32 = Cells::MISSING_CODE;

/// The distinct values of a column, numbered as they come up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    labels: Vec<Label>,
    of_number: HashMap<u64, u32>,
    of_text: BTreeMap<String, u32>,
}

impl Labels {
    /// The number of each row's value; missing cells have the missing code.
    pub(crate) fn codes(&mut self, column: &Column) -> Vec<u32> {
        let (ranks, numbers) = self.ranks(column);
        ranks.of_row.iter().map(|&rank| numbers[rank as usize]).collect()
    }

    /// Ranks within these rows (a missing cell has one, too), and the number of the value behind each.
    fn ranks(&mut self, column: &Column) -> (Ranks, Vec<u32>) {
        let (mut ranks, mut numbers): (Ranks, Vec<u32>) = match &column.cells {
            Cells::Numeric(values) => {
                let (ranks, distinct) = of_numbers(values);
                let numbers = distinct.iter().map(|&value| self.number(value)).collect();
                (ranks, numbers)
            }
            Cells::Categorical { codes, labels } => {
                let numbers = labels.iter().map(|label| self.text(label)).collect();
                (Ranks { of_row: codes.clone(), n_labels: labels.len() }, numbers)
            }
        };
        let last = ranks.n_labels as u32;
        ranks.of_row.iter_mut().filter(|rank| **rank >= last).for_each(|rank| *rank = last);
        ranks.n_labels += 1;
        numbers.push(MISSING);
        (ranks, numbers)
    }

    fn number(&mut self, value: f64) -> u32 {
        *self.of_number.entry(value.to_bits()).or_insert_with(|| {
            self.labels.push(Label::Number(value));
            (self.labels.len() - 1) as u32
        })
    }

    fn text(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.of_text.get(text) {
            return number;
        }
        let number = self.labels.len() as u32;
        self.of_text.insert(text.to_owned(), number);
        self.labels.push(Label::Text(text.to_owned()));
        number
    }

    pub(crate) fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The column that holds these values.
    fn column(&self, codes: impl Iterator<Item = u32>) -> Column {
        if self.of_text.is_empty() {
            let number = |code: u32| match self.labels.get(code as usize) {
                Some(Label::Number(value)) => *value,
                _ => f64::NAN,
            };
            return Column::numeric(codes.map(number).collect());
        }
        let cells =
            Cells::Categorical { codes: codes.collect(), labels: self.labels.iter().map(Label::text).collect() };
        Column { cells, missing_reasons: BTreeMap::new() }
    }
}

/// The combinations of the key columns that have come up: each is a cell, numbered as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct FoundCells {
    columns: Vec<Labels>,
    cell_of_key: HashMap<Vec<u32>, u32>,
    /// Key by key, in the order of the cells.
    keys: Vec<u32>,
    /// The row on which each cell came up first.
    pub(crate) first_row: Vec<usize>,
    /// Whether a row of it has a weight above zero.
    pub(crate) has_weight: Vec<bool>,
}

impl FoundCells {
    pub(crate) fn new(n_columns: usize) -> Self {
        Self { columns: vec![Labels::default(); n_columns], ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.first_row.len()
    }

    /// The cell of each of these rows, the first of which is row `first_row` of the data.
    pub(crate) fn find(&mut self, columns: &[&Column], weights: &[f64], first_row: usize) -> Vec<u32> {
        let n_rows = weights.len();
        let coded: Vec<(Ranks, Vec<u32>)> =
            self.columns.iter_mut().zip(columns).map(|(labels, column)| labels.ranks(column)).collect();
        let mut cells = Ranks::constant(n_rows);
        for (ranks, _) in &coded {
            cells = cells.as_slice().cross(RankSlice { of_row: &ranks.of_row, n_labels: ranks.n_labels });
        }
        let mut number = vec![MISSING; cells.n_labels];
        for (row, &cell) in cells.of_row.iter().enumerate() {
            if number[cell as usize] == MISSING {
                let key: Vec<u32> = coded.iter().map(|(ranks, numbers)| numbers[ranks.of_row[row] as usize]).collect();
                number[cell as usize] = self.number(key, first_row + row);
            }
        }
        for (cell, weight) in cells.of_row.iter_mut().zip(weights) {
            *cell = number[*cell as usize];
            self.has_weight[*cell as usize] |= *weight != 0.0;
        }
        cells.of_row
    }

    fn number(&mut self, key: Vec<u32>, row: usize) -> u32 {
        let next = self.first_row.len() as u32;
        if let Some(&cell) = self.cell_of_key.get(&key) {
            return cell;
        }
        self.keys.extend(&key);
        self.first_row.push(row);
        self.has_weight.push(false);
        self.cell_of_key.insert(key, next);
        next
    }

    /// One of the key columns, with one row for each cell.
    pub(crate) fn column(&self, number: usize) -> Column {
        self.columns[number].column(self.keys.iter().skip(number).step_by(self.columns.len()).copied())
    }
}
