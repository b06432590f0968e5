//! Codes of units and strata as ranks of their labels.

use std::collections::HashMap;

use crate::table::{Cells, Column, first_infinite};

/// The rank of each row's label among the labels that occur, in label order: the numbering of units, and with it the order
/// of every sum over them, does not depend on the order of the rows. Every label occurs.
#[derive(Clone, Debug)]
pub(crate) struct Ranks {
    /// One rank a row; [`Cells::MISSING_CODE`] where there is no label.
    pub(crate) of_row: Vec<u32>,
    pub(crate) n_labels: usize,
}

/// Ranks lent by whoever holds them.
#[derive(Clone, Copy)]
pub(crate) struct RankSlice<'a> {
    pub(crate) of_row: &'a [u32],
    pub(crate) n_labels: usize,
}

const NONE: u32 = Cells::MISSING_CODE;

/// A table of this many entries for `n_rows` rows is cheaper to walk than rows are to sort.
fn is_small(n_entries: usize, n_rows: usize) -> bool {
    n_entries <= n_rows.saturating_mul(4).max(1 << 16)
}

impl Ranks {
    /// One label for all rows.
    pub(crate) fn constant(n_rows: usize) -> Self {
        Self { of_row: vec![0; n_rows], n_labels: 1 }
    }

    /// A label of its own for each row.
    pub(crate) fn each(n_rows: usize) -> Self {
        Self { of_row: (0..n_rows as u32).collect(), n_labels: n_rows }
    }

    /// The ranks of a complete column.
    ///
    /// # Errors
    /// The rows that have no label (missing, or an infinite number).
    pub(crate) fn of(column: &Column) -> Result<Self, Vec<usize>> {
        let ranks = match &column.cells {
            Cells::Numeric(values) => of_numbers(values).0,
            Cells::Categorical { codes, labels } => {
                // Labels that no row uses are no units.
                let mut place = vec![NONE; labels.len()];
                codes.iter().filter(|&&code| (code as usize) < labels.len()).for_each(|&code| place[code as usize] = 0);
                number_entries(&mut place);
                let used: Vec<&String> =
                    labels.iter().zip(&place).filter(|(_, at)| **at != NONE).map(|used| used.0).collect();
                let of_row = codes.iter().map(|&code| place.get(code as usize).copied().unwrap_or(NONE)).collect();
                renumber(of_row, &used, Ord::cmp)
            }
        };
        let is_complete = !ranks.of_row.contains(&NONE) && !has_infinite(column);
        if is_complete { Ok(ranks) } else { Err(column.unusable_rows().collect()) }
    }

    pub(crate) fn as_slice(&self) -> RankSlice<'_> {
        RankSlice { of_row: &self.of_row, n_labels: self.n_labels }
    }
}

impl RankSlice<'_> {
    pub(crate) fn to_ranks(self) -> Ranks {
        Ranks { of_row: self.of_row.to_vec(), n_labels: self.n_labels }
    }

    /// The combinations of both labels that occur, ranked by this one first. A row without one of them has no combination. All
    /// labels of `other` must occur.
    pub(crate) fn cross(self, other: RankSlice<'_>) -> Ranks {
        let n_rows = self.of_row.len();
        if self.n_labels == 1 && self.of_row.iter().fold(0, |any, rank| any | rank) == 0 {
            return other.to_ranks();
        }
        let n_entries = self.n_labels.saturating_mul(other.n_labels);
        if is_small(n_entries, n_rows) {
            return self.cross_by_table(other, n_entries);
        }
        let complete = |&row: &u32| self.of_row[row as usize] != NONE && other.of_row[row as usize] != NONE;
        let rows: Vec<u32> = (0..n_rows as u32).filter(complete).collect();
        let rows = self.sort(&other.sort(&rows));
        let (mut of_row, mut n_labels, mut last) = (vec![NONE; n_rows], 0, None);
        for row in rows {
            let pair = (self.of_row[row as usize], other.of_row[row as usize]);
            n_labels += usize::from(last != Some(pair));
            last = Some(pair);
            of_row[row as usize] = (n_labels - 1) as u32;
        }
        Ranks { of_row, n_labels }
    }

    fn cross_by_table(self, other: RankSlice<'_>, n_entries: usize) -> Ranks {
        let place = |(&a, &b): (&u32, &u32)| (a != NONE && b != NONE).then(|| a as usize * other.n_labels + b as usize);
        let mut rank = vec![NONE; n_entries];
        for at in self.of_row.iter().zip(other.of_row).filter_map(place) {
            rank[at] = 0;
        }
        let n_labels = number_entries(&mut rank);
        let of_row = self.of_row.iter().zip(other.of_row).map(|pair| place(pair).map_or(NONE, |at| rank[at])).collect();
        Ranks { of_row, n_labels }
    }

    /// The rows sorted by rank, rows of equal rank in the order given: one counting sort. Each has a label.
    fn sort(self, rows: &[u32]) -> Vec<u32> {
        let mut next = vec![0_usize; self.n_labels + 1];
        for &row in rows {
            next[self.of_row[row as usize] as usize + 1] += 1;
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

fn has_infinite(column: &Column) -> bool {
    matches!(&column.cells, Cells::Numeric(values) if first_infinite(values).is_some())
}

/// Numbers the entries that are not [`NONE`] from 0 on; says how many there are.
fn number_entries(entries: &mut [u32]) -> usize {
    let mut n = 0;
    for entry in entries.iter_mut().filter(|entry| **entry != NONE) {
        *entry = n;
        n += 1;
    }
    n as usize
}

/// Ranks of numbers (NaN has none), and the distinct numbers by size; −0 and 0 are one.
pub(crate) fn of_numbers(values: &[f64]) -> (Ranks, Vec<f64>) {
    if let Some((low, n_entries)) = whole_range(values).filter(|range| is_small(range.1, values.len())) {
        let place = |value: f64| (value as i64 - low) as usize;
        let mut rank = vec![NONE; n_entries];
        for &value in values.iter().filter(|value| !value.is_nan()) {
            rank[place(value)] = 0;
        }
        let n_labels = number_entries(&mut rank);
        let of_row = values.iter().map(|&value| if value.is_nan() { NONE } else { rank[place(value)] }).collect();
        let distinct = (0..n_entries).filter(|&at| rank[at] != NONE).map(|at| (low + at as i64) as f64).collect();
        return (Ranks { of_row, n_labels }, distinct);
    }
    let mut positions: HashMap<u64, u32> = HashMap::new();
    let mut distinct: Vec<f64> = Vec::new();
    let mut of_row: Vec<u32> = Vec::with_capacity(values.len());
    for value in values.iter().map(|value| value + 0.0) {
        of_row.push(if value.is_nan() {
            NONE
        } else {
            *positions.entry(value.to_bits()).or_insert_with(|| {
                distinct.push(value);
                (distinct.len() - 1) as u32
            })
        });
    }
    let ranks = renumber(of_row, &distinct, |a, b| a.total_cmp(b));
    distinct.sort_by(f64::total_cmp);
    (ranks, distinct)
}

/// The smallest value and the length of the range, when all values are whole numbers.
fn whole_range(values: &[f64]) -> Option<(i64, usize)> {
    let (mut low, mut high) = (i64::MAX, i64::MIN);
    for &value in values.iter().filter(|value| !value.is_nan()) {
        let whole = value as i64;
        if whole as f64 != value || whole.abs() > 1 << 52 {
            return None;
        }
        (low, high) = (low.min(whole), high.max(whole));
    }
    (low <= high).then(|| (low, (high - low) as usize + 1))
}

/// Replaces positions in `labels` by ranks in the order of `compare`; positions beyond the labels stand for no label.
fn renumber<T>(mut of_row: Vec<u32>, labels: &[T], compare: impl Fn(&T, &T) -> std::cmp::Ordering) -> Ranks {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| compare(&labels[a], &labels[b]));
    let mut rank = vec![0_u32; labels.len()];
    for (place, &label) in order.iter().enumerate() {
        rank[label] = place as u32;
    }
    for position in &mut of_row {
        *position = rank.get(*position as usize).copied().unwrap_or(NONE);
    }
    Ranks { of_row, n_labels: labels.len() }
}
