//! The set of tables that is to be published at once, and what of it may be shown.

use std::collections::BTreeSet;

use problem::{Place, Problem, Problems};
use serde::{Deserialize, Serialize};

use super::network::{Arc, Freedom, Network, Way};
use super::one_way::protect_one_way;
use super::{DisclosureRules, Treatment, known_too_well};

/// A variable with how many people (unweighted) are in each of its categories. Everybody is in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name, for messages.
    pub name: String,
    /// People by category; "no answer" is a category.
    pub counts: Vec<usize>,
}

/// Two variables against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossTable {
    /// The variable down the side, by its place in the set.
    pub row: usize,
    /// The variable across the top.
    pub col: usize,
    /// People by row and column.
    pub counts: Vec<Vec<usize>>,
}

/// A cell of a set of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// A category of a variable: a cell of its one-way table, and a total of every cross table with that variable.
    Margin {
        /// The variable, by its place.
        variable: usize,
        /// The category, by its place.
        category: usize,
    },
    /// A cell of a cross table.
    Inner {
        /// The table, by its place.
        table: usize,
        /// The row, by its place.
        row: usize,
        /// The column, by its place.
        col: usize,
    },
}

/// What somebody who sees all that is shown can say of the count in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// It is at least this.
    pub lower: usize,
    /// It is at most this.
    pub upper: usize,
}

/// Tables of the same people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSet {
    n: usize,
    variables: Vec<Variable>,
    crosses: Vec<CrossTable>,
}

/// What became of every cell of a [`TableSet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    /// By variable and category.
    pub margins: Vec<Vec<Treatment>>,
    /// By table, row and column.
    pub inner: Vec<Vec<Vec<Treatment>>>,
}

impl Protected {
    /// What became of a cell; one that is not in the set is not shown.
    #[must_use]
    pub fn of(&self, cell: Cell) -> Treatment {
        let found = match cell {
            Cell::Margin { variable, category } => self.margins.get(variable).and_then(|all| all.get(category)),
            Cell::Inner { table, row, col } => {
                self.inner.get(table).and_then(|rows| rows.get(row)).and_then(|cells| cells.get(col))
            }
        };
        found.copied().unwrap_or(Treatment::Small)
    }
}

impl TableSet {
    /// Tables of `n` people.
    ///
    /// # Errors
    /// `disclosure_table`: fewer than two categories, counts that do not add up to n or to the margins, a table of a variable with
    /// itself or with none; `disclosure_ring`: pairs of variables that close a ring.
    pub fn new(n: usize, variables: Vec<Variable>, crosses: Vec<CrossTable>) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let wrong = |name: &str, got: String| {
            Problem::new("disclosure_table", "số đếm của bảng không khớp", "the counts of a table do not add up")
                .at(Place::column(name))
                .got(got)
        };
        for one in &variables {
            let sum: usize = one.counts.iter().sum();
            if one.counts.len() < 2 || sum != n {
                problems.push(wrong(&one.name, format!("{} categories, {sum} of {n}", one.counts.len())));
            }
        }
        // Each variable begins as a group of its own; a table joins two groups, and within one group it closes a ring.
        let mut group: Vec<usize> = (0..variables.len()).collect();
        for cross in &crosses {
            let (Some(row), Some(col)) = (variables.get(cross.row), variables.get(cross.col)) else {
                problems.push(wrong("", format!("variables {} and {}", cross.row, cross.col)));
                continue;
            };
            let name = format!("{} × {}", row.name, col.name);
            let is_square = cross.counts.len() == row.counts.len()
                && cross.counts.iter().all(|cells| cells.len() == col.counts.len());
            let rows_add_up =
                || cross.counts.iter().zip(&row.counts).all(|(cells, total)| cells.iter().sum::<usize>() == *total);
            let cols_add_up = || {
                (0..col.counts.len())
                    .all(|at| cross.counts.iter().map(|cells| cells[at]).sum::<usize>() == col.counts[at])
            };
            if cross.row == cross.col || !is_square || !rows_add_up() || !cols_add_up() {
                problems.push(wrong(&name, "rows, columns".to_owned()));
            }
            let (mine, other) = (group[cross.row], group[cross.col]);
            if mine == other {
                problems.push(
                    Problem::new(
                        "disclosure_ring",
                        "các bảng chéo khép thành vòng: ghép lại có thể suy ra ô bị ẩn",
                        "the cross tables close a ring: together they can give hidden cells away",
                    )
                    .at(Place::column(&name))
                    .got(name)
                    .hint("bỏ một trong các bảng của vòng", "leave one table of the ring out"),
                );
            }
            group.iter_mut().filter(|one| **one == other).for_each(|one| *one = mine);
        }
        problems.into_result(Self { n, variables, crosses })
    }

    /// How many people all tables count.
    #[must_use]
    pub fn n(&self) -> usize {
        self.n
    }

    /// The variables.
    #[must_use]
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The cross tables.
    #[must_use]
    pub fn crosses(&self) -> &[CrossTable] {
        &self.crosses
    }

    /// People in a cell; none in one that is not in the set.
    #[must_use]
    pub fn count(&self, cell: Cell) -> usize {
        let found = match cell {
            Cell::Margin { variable, category } => {
                self.variables.get(variable).and_then(|one| one.counts.get(category))
            }
            Cell::Inner { table, row, col } => {
                self.crosses.get(table).and_then(|one| one.counts.get(row)).and_then(|cells| cells.get(col))
            }
        };
        found.copied().unwrap_or_default()
    }

    /// What of the tables may be shown. `known` are cells that were shown before, of the same people: they cannot be hidden any more,
    /// and nothing can be hidden behind them.
    ///
    /// # Errors
    /// `disclosure_few`: fewer than `n_min` people; `disclosure_earlier`: with what is known already a table gives somebody away.
    pub fn protect(&self, rules: DisclosureRules, known: &BTreeSet<Cell>) -> Result<Protected, Problems> {
        if self.n < rules.n_min() {
            return Err(Problem::new(
                "disclosure_few",
                "quá ít người trả lời để công bố",
                "too few people answered to publish anything",
            )
            .expected(format!("≥ {}", rules.n_min()))
            .got(self.n.to_string())
            .into());
        }
        let mut problems = Problems::none();
        let mut margins = Vec::new();
        for (at, variable) in self.variables.iter().enumerate() {
            let known: BTreeSet<usize> = (0..variable.counts.len())
                .filter(|category| known.contains(&Cell::Margin { variable: at, category: *category }))
                .collect();
            match protect_one_way(&variable.counts, rules, &known) {
                Some(treatments) => margins.push(treatments),
                None => {
                    problems.extend(known_too_well(&variable.name));
                    margins.push(vec![Treatment::Line; variable.counts.len()]);
                }
            }
        }
        let mut protected = Protected { margins, inner: Vec::new() };
        for table in 0..self.crosses.len() {
            match self.protect_cross(table, &protected.margins, rules, known) {
                Some(inner) => protected.inner.push(inner),
                None => {
                    let cross = &self.crosses[table];
                    let (row, col) = (&self.variables[cross.row].name, &self.variables[cross.col].name);
                    problems.extend(known_too_well(&format!("{row} × {col}")));
                    protected.inner.push(Vec::new());
                }
            }
        }
        problems.into_result(protected)
    }

    fn protect_cross(
        &self,
        table: usize,
        margins: &[Vec<Treatment>],
        rules: DisclosureRules,
        known: &BTreeSet<Cell>,
    ) -> Option<Vec<Vec<Treatment>>> {
        let cross = &self.crosses[table];
        let (rows, cols) = (&margins[cross.row], &margins[cross.col]);
        let is_line = |row: usize, col: usize| !rows[row].is_shown() || !cols[col].is_shown();
        let start = |row: usize, col: usize| {
            let count = cross.counts[row][col];
            let (of_row, of_col) = (self.variables[cross.row].counts[row], self.variables[cross.col].counts[col]);
            if is_line(row, col) {
                Treatment::Line
            } else if count < rules.n_min() || count == of_row || count == of_col {
                Treatment::Small
            } else {
                Treatment::Shown
            }
        };
        let mut inner: Vec<Vec<Treatment>> =
            (0..rows.len()).map(|row| (0..cols.len()).map(|col| start(row, col)).collect()).collect();
        let (mut network, cells) = self.network(table, &inner, margins, known);
        while let Some((arc, _)) = next_leak(&network, cells.len(), rules) {
            if !widen(&mut network, arc, rules) {
                // Whatever can be hidden is; if that is not enough, the table cannot be published.
                for arc in &mut network.arcs[..cells.len()] {
                    if arc.freedom == Freedom::Shown {
                        arc.freedom = Freedom::Hidden;
                    }
                }
                if next_leak(&network, cells.len(), rules).is_some() {
                    return None;
                }
            }
        }
        for (arc, &(row, col)) in network.arcs.iter().zip(&cells) {
            if arc.freedom == Freedom::Hidden && inner[row][col].is_shown() {
                inner[row][col] = Treatment::Complementary;
            }
        }
        Some(inner)
    }

    /// A cross table as a network: its cells first, row by row, then the totals that are hidden.
    fn network(
        &self,
        table: usize,
        inner: &[Vec<Treatment>],
        margins: &[Vec<Treatment>],
        known: &BTreeSet<Cell>,
    ) -> (Network, Vec<(usize, usize)>) {
        let cross = &self.crosses[table];
        let (n_rows, n_cols) = (margins[cross.row].len(), margins[cross.col].len());
        let (mut arcs, mut cells) = (Vec::new(), Vec::new());
        for (row, treatments) in inner.iter().enumerate() {
            for (col, treatment) in treatments.iter().enumerate() {
                let freedom = if known.contains(&Cell::Inner { table, row, col }) {
                    Freedom::Known
                } else if treatment.is_shown() {
                    Freedom::Shown
                } else {
                    Freedom::Hidden
                };
                arcs.push(Arc { from: row, to: n_rows + col, count: cross.counts[row][col], freedom });
                cells.push((row, col));
            }
        }
        let (of_rows, of_cols) = (n_rows + n_cols, n_rows + n_cols + 1);
        let hidden = |variable: usize| {
            let is_hidden = move |category: &usize| {
                !margins[variable][*category].is_shown()
                    && !known.contains(&Cell::Margin { variable, category: *category })
            };
            (0..margins[variable].len()).filter(is_hidden)
        };
        for row in hidden(cross.row) {
            let count = self.variables[cross.row].counts[row];
            arcs.push(Arc { from: of_rows, to: row, count, freedom: Freedom::Hidden });
        }
        for col in hidden(cross.col) {
            let count = self.variables[cross.col].counts[col];
            arcs.push(Arc { from: n_rows + col, to: of_cols, count, freedom: Freedom::Hidden });
        }
        (Network { n_nodes: n_rows + n_cols + 2, arcs, n: self.n }, cells)
    }

    /// What can be said of every cell that is hidden and was not known before: the audit, cell by cell, exact in whole numbers.
    #[must_use]
    pub fn ranges(&self, protected: &Protected, known: &BTreeSet<Cell>) -> Vec<(Cell, Range)> {
        let mut ranges = Vec::new();
        for (at, variable) in self.variables.iter().enumerate() {
            let cell = |category: usize| Cell::Margin { variable: at, category };
            let is_unknown =
                |category: &usize| !protected.of(cell(*category)).is_shown() && !known.contains(&cell(*category));
            let hidden: Vec<usize> = (0..variable.counts.len()).filter(is_unknown).collect();
            let sum: usize = hidden.iter().map(|category| variable.counts[*category]).sum();
            let lower = if hidden.len() == 1 { sum } else { 0 };
            ranges.extend(hidden.into_iter().map(|category| (cell(category), Range { lower, upper: sum })));
        }
        for (table, cross) in self.crosses.iter().enumerate() {
            let inner: Vec<Vec<Treatment>> = (0..cross.counts.len())
                .map(|row| {
                    let of = |col| protected.of(Cell::Inner { table, row, col });
                    (0..cross.counts[row].len()).map(of).collect()
                })
                .collect();
            let (network, cells) = self.network(table, &inner, &protected.margins, known);
            for (arc, &(row, col)) in cells.iter().enumerate() {
                if network.arcs[arc].freedom == Freedom::Hidden {
                    ranges.push((Cell::Inner { table, row, col }, range(&network, arc, self.n)));
                }
            }
        }
        ranges
    }
}

fn range(network: &Network, arc: usize, enough: usize) -> Range {
    let count = network.arcs[arc].count;
    Range { lower: count - network.room(arc, Way::Down, enough), upper: count + network.room(arc, Way::Up, enough) }
}

/// The first hidden cell whose range is too narrow. Ranges are looked at as far as the rule needs.
fn next_leak(network: &Network, n_cells: usize, rules: DisclosureRules) -> Option<(usize, Range)> {
    let hidden = (0..n_cells).filter(|arc| network.arcs[*arc].freedom == Freedom::Hidden);
    hidden.map(|arc| (arc, range(network, arc, rules.n_min()))).find(|(_, range)| !rules.hides(*range))
}

fn widen(network: &mut Network, arc: usize, rules: DisclosureRules) -> bool {
    let (count, n_min) = (network.arcs[arc].count, rules.n_min());
    if count < n_min {
        // Anything from 0 to n_min − 1.
        return network.widen(arc, Way::Down, count) && network.widen(arc, Way::Up, n_min - 1 - count);
    }
    let down = network.room(arc, Way::Down, n_min);
    network.widen(arc, Way::Up, n_min - down) || network.widen(arc, Way::Down, n_min)
}
