//! Codes of units and strata as ranks of their labels.

use std::collections::HashMap;

use crate::table::{Cells, Column};

/// The rank of each row's label among the labels that occur, in label order: the numbering of units, and with it the order
/// of every sum over them, does not depend on the order of the rows.
#[derive(Clone, Debug)]
pub(crate) struct Ranks {
    pub(crate) of_row: Vec<u32>,
    pub(crate) n_labels: usize,
}

impl Ranks {
    /// One label for all rows.
    pub(crate) fn constant(n_rows: usize) -> Self {
        Self { of_row: vec![0; n_rows], n_labels: 1 }
    }

    /// The ranks of a complete column.
    ///
    /// # Errors
    /// The rows that have no label (missing, or an infinite number).
    pub(crate) fn of(column: &Column) -> Result<Self, Vec<usize>> {
        match &column.cells {
            Cells::Numeric(values) => of_numbers(values),
            Cells::Categorical { codes, labels } => of_codes(codes, labels),
        }
    }

    /// The rows sorted by `self`, rows of equal rank in the order given: one counting sort.
    pub(crate) fn sort(&self, rows: &[u32]) -> Vec<u32> {
        let mut next = vec![0_usize; self.n_labels + 1];
        for &rank in &self.of_row {
            next[rank as usize + 1] += 1;
        }
        for label in 1..next.len() {
            next[label] += next[label - 1];
        }
        let mut sorted = vec![0_u32; rows.len()];
        for &row in rows {
            let place = &mut next[self.of_row[row as usize] as usize];
            sorted[*place] = row;
            *place += 1;
        }
        sorted
    }
}

fn of_numbers(values: &[f64]) -> Result<Ranks, Vec<usize>> {
    let bad: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_finite()).collect();
    if !bad.is_empty() {
        return Err(bad);
    }
    let mut positions: HashMap<u64, u32> = HashMap::new();
    let mut distinct: Vec<f64> = Vec::new();
    let mut of_row: Vec<u32> = Vec::with_capacity(values.len());
    for &value in values {
        // −0 and 0 are one label.
        let value = value + 0.0;
        of_row.push(*positions.entry(value.to_bits()).or_insert_with(|| {
            distinct.push(value);
            (distinct.len() - 1) as u32
        }));
    }
    Ok(renumber(of_row, &distinct, |a, b| a.total_cmp(b)))
}

fn of_codes(codes: &[u32], labels: &[String]) -> Result<Ranks, Vec<usize>> {
    let bad: Vec<usize> = (0..codes.len()).filter(|&row| codes[row] as usize >= labels.len()).collect();
    if bad.is_empty() { Ok(renumber(codes.to_vec(), labels, Ord::cmp)) } else { Err(bad) }
}

/// Replaces positions in `labels` by ranks in the order of `compare`.
fn renumber<T>(mut of_row: Vec<u32>, labels: &[T], compare: impl Fn(&T, &T) -> std::cmp::Ordering) -> Ranks {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| compare(&labels[a], &labels[b]));
    let mut rank = vec![0_u32; labels.len()];
    for (place, &label) in order.iter().enumerate() {
        rank[label] = place as u32;
    }
    for position in &mut of_row {
        *position = rank[*position as usize];
    }
    Ranks { of_row, n_labels: labels.len() }
}
