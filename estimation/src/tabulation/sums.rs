//! What one pass over a column leaves behind: sums by cell, from which value and variance follow.

use crate::sum::Sum;
use crate::table::Cells;

/// A row with this code lies in no domain, or takes no part.
pub(crate) const NO_CELL: u32 = Cells::MISSING_CODE;

/// A run of rows of one cell is summed plainly for at most so many rows, then added to the cell with compensation.
const LONGEST_RUN: u32 = 512;

/// The sums of one ratio `Σ w y / Σ w x` in one cell; a mean is the ratio to `x = 1`.
///
/// Scores need `Σ w (y − R x)`, but `R` is known only at the end. So `y` is taken around a provisional `c x`, and
/// `Σ w (y − R x) = Σ w (y − c x) − (R − c) Σ w x`: one pass, and nothing is lost where values are large and differ little.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CellSums {
    /// `c`.
    pub(crate) centre: f64,
    /// `Σ w`
    pub(crate) weight: Sum,
    /// `Σ w y`
    pub(crate) y: Sum,
    /// `Σ w (y − c x)`
    pub(crate) shifted: Sum,
    /// `Σ w (y − c x)²`
    pub(crate) squares: f64,
    /// Rows with an answer.
    pub(crate) n_answered: u32,
    /// Those with a weight above zero.
    pub(crate) n_weighted: u32,
    /// `Σ w x`, `Σ w x (y − c x)` and `Σ w x²`; of ratios only.
    pub(crate) x: Sum,
    pub(crate) products: f64,
    pub(crate) x_squares: f64,
}

/// The sums of all cells of one item, and the run of rows that is being added to one of them.
#[derive(Clone, Debug)]
pub(crate) struct ItemSums {
    pub(crate) cells: Vec<CellSums>,
    run: Run,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    cell: u32,
    n: u32,
    centre: f64,
    weight: f64,
    y: f64,
    shifted: f64,
    squares: f64,
    x: f64,
    products: f64,
    x_squares: f64,
}

impl Run {
    const NONE: Self = Self {
        cell: NO_CELL,
        n: 0,
        centre: 0.0,
        weight: 0.0,
        y: 0.0,
        shifted: 0.0,
        squares: 0.0,
        x: 0.0,
        products: 0.0,
        x_squares: 0.0,
    };
}

impl ItemSums {
    pub(crate) fn new(n_cells: usize) -> Self {
        Self { cells: vec![CellSums::default(); n_cells], run: Run::NONE }
    }

    /// Makes room for cells that have come up.
    pub(crate) fn grow(&mut self, n_cells: usize) {
        self.cells.resize(n_cells.max(self.cells.len()), CellSums::default());
    }

    /// Adds rows of a mean or total: `y` NaN is no answer.
    pub(crate) fn add_values(&mut self, cell_of_row: &[u32], weights: &[f64], y: &[f64]) {
        let mut run = self.run;
        for ((&cell, &weight), &y) in cell_of_row.iter().zip(weights).zip(y) {
            if y.is_nan() || cell == NO_CELL {
                continue;
            }
            if weight == 0.0 {
                self.cells[cell as usize].n_answered += 1;
                continue;
            }
            if run.cell != cell || run.n == LONGEST_RUN {
                self.close::<false>(run);
                run = self.open(cell, || y);
            }
            let shifted = y - run.centre;
            let weighted = weight * shifted;
            run.n += 1;
            run.weight += weight;
            run.y += weight * y;
            run.shifted += weighted;
            run.squares += weighted * shifted;
        }
        self.run = run;
    }

    /// Adds rows of a ratio. The centre of a cell that comes up is the slope `Σ w x y / Σ w x²` of its rows here, which is
    /// near the ratio whatever the size of single `x`.
    pub(crate) fn add_pairs(&mut self, cell_of_row: &[u32], weights: &[f64], y: &[f64], x: &[f64]) {
        let slopes = self.slopes(cell_of_row, weights, y, x);
        let mut run = self.run;
        for (((&cell, &weight), &y), &x) in cell_of_row.iter().zip(weights).zip(y).zip(x) {
            if y.is_nan() || x.is_nan() || cell == NO_CELL {
                continue;
            }
            if weight == 0.0 {
                self.cells[cell as usize].n_answered += 1;
                continue;
            }
            if run.cell != cell || run.n == LONGEST_RUN {
                self.close::<true>(run);
                run = self.open(cell, || slopes[cell as usize]);
            }
            let shifted = y - run.centre * x;
            let weighted = weight * shifted;
            run.n += 1;
            run.weight += weight;
            run.y += weight * y;
            run.shifted += weighted;
            run.squares += weighted * shifted;
            run.x += weight * x;
            run.products += weighted * x;
            run.x_squares += weight * x * x;
        }
        self.run = run;
    }

    /// The slope through the origin of each cell's rows; 0 where there is none.
    fn slopes(&self, cell_of_row: &[u32], weights: &[f64], y: &[f64], x: &[f64]) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); self.cells.len()];
        for (((&cell, &weight), &y), &x) in cell_of_row.iter().zip(weights).zip(y).zip(x) {
            if cell != NO_CELL && !y.is_nan() && !x.is_nan() {
                let (above, below) = &mut sums[cell as usize];
                *above += weight * x * y;
                *below += weight * x * x;
            }
        }
        let slope = |(above, below): (f64, f64)| Some(above / below).filter(|slope| slope.is_finite()).unwrap_or(0.0);
        sums.into_iter().map(slope).collect()
    }

    /// Starts a run; the first run of a cell gives it its centre.
    fn open(&mut self, cell: u32, centre: impl Fn() -> f64) -> Run {
        let sums = &mut self.cells[cell as usize];
        if sums.n_weighted == 0 {
            sums.centre = centre();
        }
        Run { cell, centre: sums.centre, ..Run::NONE }
    }

    fn close<const RATIO: bool>(&mut self, run: Run) {
        if run.n == 0 {
            return;
        }
        let sums = &mut self.cells[run.cell as usize];
        sums.n_answered += run.n;
        sums.n_weighted += run.n;
        sums.weight.add(run.weight);
        sums.y.add(run.y);
        sums.shifted.add(run.shifted);
        sums.squares += run.squares;
        if RATIO {
            sums.x.add(run.x);
            sums.products += run.products;
            sums.x_squares += run.x_squares;
        }
    }

    /// Adds the last run: the sums are complete.
    pub(crate) fn finish(&mut self) {
        self.close::<true>(self.run);
        self.run = Run::NONE;
    }

    /// Multiplies all weights of a cell by its factor.
    pub(super) fn scale(&mut self, factor_of_cell: &[f64]) {
        for (cell, &factor) in self.cells.iter_mut().zip(factor_of_cell) {
            for sum in [&mut cell.weight, &mut cell.y, &mut cell.shifted, &mut cell.x] {
                *sum = sum.times(factor);
            }
            for sum in [&mut cell.squares, &mut cell.products, &mut cell.x_squares] {
                *sum *= factor;
            }
        }
    }

    pub(super) fn reorder(&mut self, cells: &[u32]) {
        self.cells = cells.iter().map(|&cell| self.cells[cell as usize]).collect();
    }
}

/// The weights of one item's answers by cell: all of them, and those of each category.
#[derive(Clone, Debug)]
pub(crate) struct CategorySums {
    pub(crate) all: Vec<CellWeight>,
    pub(crate) of_category: Vec<Vec<CellWeight>>,
    run: (u32, u32, u32, f64),
}

/// The weight of the answers in one cell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CellWeight {
    pub(crate) weight: Sum,
    pub(crate) n_answered: u32,
    pub(crate) n_weighted: u32,
}

impl CellWeight {
    fn add(&mut self, n: u32, weight: f64) {
        self.n_answered += n;
        self.n_weighted += n;
        self.weight.add(weight);
    }
}

impl CategorySums {
    pub(crate) fn new(n_cells: usize) -> Self {
        let all = vec![CellWeight::default(); n_cells];
        Self { all, of_category: Vec::new(), run: (NO_CELL, NO_CELL, 0, 0.0) }
    }

    /// Makes room for cells and categories that have come up.
    pub(crate) fn grow(&mut self, n_cells: usize, n_categories: usize) {
        let n_cells = n_cells.max(self.all.len());
        self.of_category.resize(n_categories.max(self.of_category.len()), Vec::new());
        for cells in self.of_category.iter_mut().chain([&mut self.all]) {
            cells.resize(n_cells, CellWeight::default());
        }
    }

    /// Adds rows; a missing code is no answer.
    ///
    /// A run ends where cell or category changes, so that a cell whose answers are all of one category gets the same sums in
    /// the same order for both, and its proportion is 1 to the last bit.
    pub(crate) fn add(&mut self, cell_of_row: &[u32], weights: &[f64], codes: &[u32]) {
        let mut run = self.run;
        for ((&cell, &weight), &code) in cell_of_row.iter().zip(weights).zip(codes) {
            if code == Cells::MISSING_CODE || cell == NO_CELL {
                continue;
            }
            if weight == 0.0 {
                self.all[cell as usize].n_answered += 1;
                continue;
            }
            if (run.0, run.1) != (cell, code) || run.2 == LONGEST_RUN {
                self.close(run);
                run = (cell, code, 0, 0.0);
            }
            run.2 += 1;
            run.3 += weight;
        }
        self.run = run;
    }

    fn close(&mut self, (cell, code, n, weight): (u32, u32, u32, f64)) {
        if n > 0 {
            self.all[cell as usize].add(n, weight);
            self.of_category[code as usize][cell as usize].add(n, weight);
        }
    }

    /// Adds the last run: the sums are complete.
    pub(crate) fn finish(&mut self) {
        self.close(self.run);
        self.run = (NO_CELL, NO_CELL, 0, 0.0);
    }
    /// Multiplies all weights of a cell by its factor.
    pub(super) fn scale(&mut self, factor_of_cell: &[f64]) {
        for cells in self.of_category.iter_mut().chain([&mut self.all]) {
            for (cell, &factor) in cells.iter_mut().zip(factor_of_cell) {
                cell.weight = cell.weight.times(factor);
            }
        }
    }

    pub(super) fn reorder(&mut self, cells: &[u32], categories: &[usize]) {
        self.of_category = categories.iter().map(|&category| std::mem::take(&mut self.of_category[category])).collect();
        for weights in self.of_category.iter_mut().chain([&mut self.all]) {
            *weights = cells.iter().map(|&cell| weights[cell as usize]).collect();
        }
    }
}
