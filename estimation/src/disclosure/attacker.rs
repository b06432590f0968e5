//! Somebody who sees all that is shown and knows how to do linear programming. Independent of the networks: one system of equations
//! over all tables at once, and the simplex method.

use std::collections::BTreeMap;

use super::tables::{Cell, Protected, Range, TableSet};

/// Unknown counts, and equations between them: coefficients by unknown, right side.
pub(super) struct Attacker {
    cells: Vec<Cell>,
    equations: Vec<(BTreeMap<usize, f64>, f64)>,
}

impl Attacker {
    /// Of the tables, only what is shown (or was shown before) and their shape go in.
    pub(super) fn new(set: &TableSet, is_seen: impl Fn(Cell) -> bool) -> Self {
        let mut attacker = Self { cells: Vec::new(), equations: Vec::new() };
        let mut numbers: BTreeMap<Cell, usize> = BTreeMap::new();
        let mut add = |attacker: &mut Self, terms: Vec<(Cell, f64)>, right: f64| {
            let (mut coefficients, mut right) = (BTreeMap::new(), right);
            for (cell, sign) in terms {
                if is_seen(cell) {
                    right -= sign * set.count(cell) as f64;
                    continue;
                }
                let number = *numbers.entry(cell).or_insert_with(|| {
                    attacker.cells.push(cell);
                    attacker.cells.len() - 1
                });
                *coefficients.entry(number).or_insert(0.0) += sign;
            }
            if !coefficients.is_empty() {
                attacker.equations.push((coefficients, right));
            }
        };
        for (variable, one) in set.variables().iter().enumerate() {
            let cells = (0..one.counts.len()).map(|category| (Cell::Margin { variable, category }, 1.0));
            add(&mut attacker, cells.collect(), set.n() as f64);
        }
        for (table, cross) in set.crosses().iter().enumerate() {
            let (n_rows, n_cols) = (cross.counts.len(), cross.counts[0].len());
            for row in 0..n_rows {
                let mut terms: Vec<_> = (0..n_cols).map(|col| (Cell::Inner { table, row, col }, 1.0)).collect();
                terms.push((Cell::Margin { variable: cross.row, category: row }, -1.0));
                add(&mut attacker, terms, 0.0);
            }
            for col in 0..n_cols {
                let mut terms: Vec<_> = (0..n_rows).map(|row| (Cell::Inner { table, row, col }, 1.0)).collect();
                terms.push((Cell::Margin { variable: cross.col, category: col }, -1.0));
                add(&mut attacker, terms, 0.0);
            }
        }
        attacker
    }

    /// What can be said of each unknown count.
    pub(super) fn ranges(&self) -> Vec<(Cell, Range)> {
        let Some(start) = Tableau::feasible(self.cells.len(), &self.equations) else {
            panic!("what is shown contradicts itself")
        };
        let round = |value: f64| (value + 0.5).floor() as usize;
        (0..self.cells.len())
            .map(|at| {
                let lower = -start.clone().greatest(at, -1.0);
                let upper = start.clone().greatest(at, 1.0);
                (self.cells[at], Range { lower: round(lower), upper: round(upper) })
            })
            .collect()
    }
}

/// The cells that are hidden and that the attacker can say too much of.
pub(super) fn leaks(
    set: &TableSet,
    protected: &Protected,
    hides: impl Fn(Range) -> bool,
    is_known: impl Fn(Cell) -> bool,
) -> Vec<(Cell, Range)> {
    let is_seen = |cell: Cell| protected.of(cell).is_shown() || is_known(cell);
    let found = Attacker::new(set, is_seen).ranges();
    found.into_iter().filter(|(_, range)| !hides(*range)).collect()
}

/// A simplex tableau in standard form: `rows` of coefficients with the right side last, and the basic unknown of each row.
#[derive(Clone)]
struct Tableau {
    rows: Vec<Vec<f64>>,
    basis: Vec<usize>,
    n: usize,
}

const SMALL: f64 = 1e-7;

impl Tableau {
    /// A vertex of the polytope: phase one, with an artificial unknown a row.
    fn feasible(n: usize, equations: &[(BTreeMap<usize, f64>, f64)]) -> Option<Self> {
        let m = equations.len();
        let mut rows = vec![vec![0.0; n + m + 1]; m];
        for (at, (coefficients, right)) in equations.iter().enumerate() {
            let sign = if *right < 0.0 { -1.0 } else { 1.0 };
            for (unknown, coefficient) in coefficients {
                rows[at][*unknown] = sign * coefficient;
            }
            rows[at][n + at] = 1.0;
            rows[at][n + m] = sign * right;
        }
        let mut tableau = Self { rows, basis: (n..n + m).collect(), n: n + m };
        let costs: Vec<f64> = (0..n + m).map(|at| if at >= n { -1.0 } else { 0.0 }).collect();
        if tableau.maximize(&costs) < -1e-6 {
            return None;
        }
        // Artificial unknowns that are still basic stand at zero: another takes their place, or the row says nothing.
        let mut at = 0;
        while at < tableau.rows.len() {
            if tableau.basis[at] >= n {
                match (0..n).find(|col| tableau.rows[at][*col].abs() > SMALL) {
                    Some(col) => tableau.pivot(at, col),
                    None => {
                        tableau.rows.remove(at);
                        tableau.basis.remove(at);
                        continue;
                    }
                }
            }
            at += 1;
        }
        for row in &mut tableau.rows {
            let right = row[n + m];
            row.truncate(n);
            row.push(right);
        }
        tableau.n = n;
        Some(tableau)
    }

    fn greatest(mut self, unknown: usize, sign: f64) -> f64 {
        let mut costs = vec![0.0; self.n];
        costs[unknown] = sign;
        self.maximize(&costs)
    }

    /// Bland's rule: slow, and never in a circle.
    fn maximize(&mut self, costs: &[f64]) -> f64 {
        loop {
            let reduced = |tableau: &Self, col: usize| {
                let spent: f64 =
                    tableau.rows.iter().zip(&tableau.basis).map(|(row, basic)| costs[*basic] * row[col]).sum();
                costs[col] - spent
            };
            let Some(entering) = (0..self.n).find(|col| !self.basis.contains(col) && reduced(self, *col) > SMALL)
            else {
                return self.rows.iter().zip(&self.basis).map(|(row, basic)| costs[*basic] * row[self.n]).sum();
            };
            let ratios = self.rows.iter().enumerate().filter(|(_, row)| row[entering] > SMALL);
            let leaving = ratios
                .map(|(at, row)| (row[self.n] / row[entering], self.basis[at], at))
                .min_by(|a, b| if (a.0 - b.0).abs() < SMALL { a.1.cmp(&b.1) } else { a.0.total_cmp(&b.0) });
            match leaving {
                Some((_, _, row)) => self.pivot(row, entering),
                None => return f64::INFINITY,
            }
        }
    }

    fn pivot(&mut self, row: usize, col: usize) {
        let factor = self.rows[row][col];
        self.rows[row].iter_mut().for_each(|value| *value /= factor);
        let pivot = self.rows[row].clone();
        for (at, other) in self.rows.iter_mut().enumerate() {
            let factor = other[col];
            if at != row && factor.abs() > 1e-12 {
                other.iter_mut().zip(&pivot).for_each(|(value, from)| *value -= factor * from);
            }
        }
        self.basis[row] = col;
    }
}

#[test]
fn the_attacker_solves_a_puzzle() {
    // 2 × 2 with all totals shown and nothing else: rows 7 and 5, columns 4 and 8.
    let set = super::proofs::two_by_two([[3, 4], [1, 4]]);
    let is_margin = |cell: Cell| matches!(cell, Cell::Margin { .. });
    let told = Attacker::new(&set, is_margin).ranges();
    let of = |row, col| told.iter().find(|(cell, _)| *cell == Cell::Inner { table: 0, row, col }).unwrap().1;
    assert_eq!(of(0, 0), Range { lower: 0, upper: 4 });
    assert_eq!(of(0, 1), Range { lower: 3, upper: 7 });
    assert_eq!(of(1, 0), Range { lower: 0, upper: 4 });
    assert_eq!(of(1, 1), Range { lower: 1, upper: 5 });
}
