//! Thousands of estimates at once: many items by many domains, in one pass over each column.
//!
//! [`Scores`] hold one number a row, which lets any statistics be combined. A table of means by domains needs
//! less: the operator only sees the totals of the scores by sampling unit, and those of means, totals, ratios and proportions
//! follow from a few sums by unit and domain. So each column is read once, no row-by-row scores are kept, and the work grows
//! with rows × items, hardly with the number of domains. Both routes end in the same operator and agree to 1e-12.
//!
//! ```
//! use estimation::{DesignColumns, EstimationDesign, domain::Domains, table::{Column, Table}};
//! use estimation::tabulation::{Item, Statistic, tabulate};
//!
//! let village = Column::numeric(vec![1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
//! let design = EstimationDesign::new(&DesignColumns {
//!     ids: vec![("village", &village)],
//!     weights: Some(("weight", &[10.0, 10.0, 20.0, 20.0, 30.0, 30.0])),
//!     ..DesignColumns::new(6)
//! })?;
//! let mut table = Table::new();
//! table.insert("sex", Column::categorical(&["Nam", "Nữ", "Nam", "Nữ", "Nam", "Nữ"].map(Some)))?;
//! let domains = Domains::crossing(&table, &["sex"])?;
//! let satisfied = [1.0, 0.0, 1.0, 1.0, f64::NAN, 0.0];
//! let item = Item { name: "satisfied".into(), statistic: Statistic::Mean(&satisfied) };
//! let answers = tabulate(&design, &domains, &[item], 0.95, 1)?;
//! let men = &answers.get(0, 0)[0];
//! assert_eq!((men.estimate, men.n), (Some(1.0), 2));
//! # Ok::<(), problem::Problems>(())
//! ```

mod found;
mod layout;
mod linearized;
mod sums;

use problem::{Place, Problem};

use crate::domain::Domains;
use crate::estimand::infinite_value;
use crate::interval::Quantiles;
use crate::scores::wrong_length;
use crate::share::share_out;
use crate::table::{Cells, first_infinite};
use crate::{Estimate, EstimationDesign, Scores, estimate, mean, proportion, ratio, total};
use linearized::Linearized;
use sums::{CategorySums, ItemSums};

pub(crate) use found::{FoundCells, Labels};
pub(crate) use layout::Layout;
pub(crate) use sums::NO_CELL;

/// A row of the table: what is estimated in every domain.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// The name that its estimates get.
    pub name: String,
    /// The statistic and its columns, one value a row.
    pub statistic: Statistic<'a>,
}

/// The statistics that one pass can make; NaN is no answer.
#[derive(Clone, Debug)]
pub enum Statistic<'a> {
    /// As [`mean`](crate::mean()).
    Mean(&'a [f64]),
    /// As [`total`](crate::total()).
    Total(&'a [f64]),
    /// As [`ratio`](crate::ratio()): numerator and denominator.
    Ratio(&'a [f64], &'a [f64]),
    /// As [`proportion`](crate::proportion()), of every category.
    Proportions {
        /// The category of each row; [`Cells::MISSING_CODE`](crate::table::Cells::MISSING_CODE) is no answer.
        codes: &'a [u32],
        /// The names of the estimates, one for each code.
        categories: Vec<String>,
    },
}

/// The estimates of every item in every domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Tabulation {
    n_domains: usize,
    of_item: Vec<Vec<Estimate>>,
}

impl Tabulation {
    pub(crate) fn new(n_domains: usize, of_item: Vec<Vec<Estimate>>) -> Self {
        Self { n_domains, of_item }
    }

    /// Number of items.
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.of_item.len()
    }

    /// The estimates of an item in a domain, counted from 0: one, or one for each category.
    #[must_use]
    pub fn get(&self, item: usize, domain: usize) -> &[Estimate] {
        let of_item = self.of_item.get(item).map_or(&[][..], Vec::as_slice);
        let each = of_item.len() / self.n_domains.max(1);
        of_item.get(domain * each..(domain + 1) * each).unwrap_or_default()
    }
}

/// Estimates every item in every domain.
///
/// # Formula
/// With `c` a provisional centre of each cell (a unit of the last stage that counts × a domain), one pass over the rows
/// gives `W = Σ w`, `Y = Σ w y`, `D = Σ w (y − c x)`, `X = Σ w x` over the cell's answers. The total of the scores of a cell is
/// `(D − (ȳ − c) W)/Σ W` for a mean, `(D − (R − c) X)/Σ X` for a ratio, `Y` for a total, `(W_k − p W)/Σ W` for the proportion of a
/// category with weight `W_k`; sums go over the cells of the domain. The variance is
/// [`EstimationDesign::covariance`] of these totals.
///
/// # Source
/// The statistics' own: [`mean`](crate::mean()), [`total`](crate::total()), [`ratio`](crate::ratio()),
/// [`proportion`](crate::proportion()). Sums around a provisional centre: Chan, Golub and `LeVeque` (1983), The American
/// Statistician 37, 242–247. Sums with compensation: Ogita, Rump and Oishi (2005).
///
/// # Limits
/// Estimates stand by themselves: covariances between them need [`Scores`]. With Brewer's approximation the
/// work grows with units × domains. Results do not depend on `n_threads`: threads share out items, never a sum.
///
/// # Errors
/// `interval_level`; `scores_length`; `scores_infinite_value`; `scores_category` when a code has no name; `lonely_psu`.
///
/// Checked: `tests/tabulation.rs`, `tests/against_r.rs`.
pub fn tabulate(
    design: &EstimationDesign,
    domains: &Domains,
    items: &[Item<'_>],
    level: f64,
    n_threads: usize,
) -> Result<Tabulation, Problem> {
    Quantiles::new(level)?;
    if domains.of_row.len() != design.n_rows {
        return Err(wrong_length("domains", design.n_rows, domains.of_row.len()));
    }
    items.iter().try_for_each(|item| check(design, item))?;
    if design.is_calibrated() || design.joint.is_some() {
        return by_scores(design, domains, items, level);
    }
    let (layout, cell_of_row) = Layout::of_rows(design, domains);
    let task = |item: &Item<'_>| {
        let mut sums = Sums::new(item.statistic.kind(), layout.n_cells());
        sums.add(&cell_of_row, &design.weights, &item.statistic);
        sums.finish();
        estimates(design, &layout, &item.names(), &sums, level)
    };
    let is_worth_it = design.n_rows.saturating_mul(items.len()) > WORTH_A_THREAD;
    let of_item = share_out(items, if is_worth_it { n_threads } else { 1 }, task);
    Ok(Tabulation::new(domains.len(), of_item.into_iter().collect::<Result<_, _>>()?))
}

/// Calibrated weights (the residuals of a score on the calibration variables spread over rows of other domains) and joint
/// probabilities: sums by cell are not enough, and every statistic goes through its scores.
fn by_scores(
    design: &EstimationDesign,
    domains: &Domains,
    items: &[Item<'_>],
    level: f64,
) -> Result<Tabulation, Problem> {
    let mut of_item = Vec::with_capacity(items.len());
    for item in items {
        let mut estimates = Vec::new();
        for domain in 0..domains.len() {
            let inside: Vec<bool> = domains.of_row.iter().map(|&of_row| of_row as usize == domain).collect();
            for scores in item.scores(design, Some(&inside))? {
                estimates.push(estimate(design, &scores, level)?);
            }
        }
        of_item.push(estimates);
    }
    Ok(Tabulation::new(domains.len(), of_item))
}

/// So many additions take longer than to start a thread.
const WORTH_A_THREAD: usize = 100_000;

impl Item<'_> {
    /// The same statistics as scores, which can be combined with others: one, or one for each category.
    ///
    /// # Errors
    /// `scores_length`, `scores_infinite_value`.
    pub fn scores(&self, design: &EstimationDesign, domain: Option<&[bool]>) -> Result<Vec<Scores>, Problem> {
        Ok(match &self.statistic {
            Statistic::Mean(y) => vec![mean(design, y, domain)?.named(&self.name)],
            Statistic::Total(y) => vec![total(design, y, domain)?.named(&self.name)],
            Statistic::Ratio(y, x) => vec![ratio(design, y, x, domain)?.named(&self.name)],
            Statistic::Proportions { codes, categories } => {
                let of_category = |(code, name): (usize, &String)| {
                    proportion(design, codes, code as u32, domain).map(|scores| scores.named(name))
                };
                categories.iter().enumerate().map(of_category).collect::<Result<_, _>>()?
            }
        })
    }

    /// The names of its estimates.
    fn names(&self) -> Vec<String> {
        match &self.statistic {
            Statistic::Proportions { categories, .. } => categories.clone(),
            _ => vec![self.name.clone()],
        }
    }
}

impl Statistic<'_> {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Mean(_) => Kind::Mean,
            Self::Total(_) => Kind::Total,
            Self::Ratio(..) => Kind::Ratio,
            Self::Proportions { .. } => Kind::Proportions,
        }
    }
}

/// Columns as long as the design, finite numbers, codes with names.
fn check(design: &EstimationDesign, item: &Item<'_>) -> Result<(), Problem> {
    let (columns, codes): (Vec<&[f64]>, &[u32]) = match &item.statistic {
        Statistic::Mean(y) | Statistic::Total(y) => (vec![y], &[]),
        Statistic::Ratio(y, x) => (vec![y, x], &[]),
        Statistic::Proportions { codes, categories } => {
            let is_unknown = |code: &u32| *code != Cells::MISSING_CODE && *code as usize >= categories.len();
            if let Some(row) = codes.iter().position(is_unknown) {
                return Err(Problem::new(
                    "scores_category",
                    format!("{}: mã phân loại không có tên", item.name),
                    format!("{}: a category code has no name", item.name),
                )
                .at(Place::row(row + 2))
                .expected((format!("mã nhỏ hơn {}", categories.len()), format!("codes below {}", categories.len())))
                .got(codes[row].to_string()));
            }
            (Vec::new(), codes)
        }
    };
    let lengths = columns.iter().map(|column| column.len());
    let lengths: Vec<usize> = if columns.is_empty() { vec![codes.len()] } else { lengths.collect() };
    if let Some(&length) = lengths.iter().find(|&&length| length != design.n_rows) {
        return Err(wrong_length(&item.name, design.n_rows, length));
    }
    match columns.iter().find_map(|column| first_infinite(column)) {
        Some(row) => Err(infinite_value(&item.name, row)),
        None => Ok(()),
    }
}

/// Which sums a statistic needs, and what is made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Mean,
    Total,
    Ratio,
    Proportions,
}

/// The sums of one item over the rows added so far.
#[derive(Clone, Debug)]
pub(crate) enum Sums {
    Values(Kind, ItemSums),
    Categories(CategorySums),
}

impl Sums {
    pub(crate) fn new(kind: Kind, n_cells: usize) -> Self {
        match kind {
            Kind::Proportions => Self::Categories(CategorySums::new(n_cells)),
            _ => Self::Values(kind, ItemSums::new(n_cells)),
        }
    }

    /// Adds rows: the columns of a statistic of this kind.
    pub(crate) fn add(&mut self, cell_of_row: &[u32], weights: &[f64], statistic: &Statistic<'_>) {
        match (self, statistic) {
            (Self::Values(_, sums), Statistic::Mean(y) | Statistic::Total(y)) => {
                sums.add_values(cell_of_row, weights, y);
            }
            (Self::Values(_, sums), Statistic::Ratio(y, x)) => sums.add_pairs(cell_of_row, weights, y, x),
            (Self::Categories(sums), Statistic::Proportions { codes, categories }) => {
                sums.grow(0, categories.len());
                sums.add(cell_of_row, weights, codes);
            }
            _ => {}
        }
    }

    /// Makes room for cells that have come up.
    pub(crate) fn grow(&mut self, n_cells: usize) {
        match self {
            Self::Values(_, sums) => sums.grow(n_cells),
            Self::Categories(sums) => sums.grow(n_cells, 0),
        }
    }

    /// Adds what is still on its way: the sums are complete.
    pub(crate) fn finish(&mut self) {
        match self {
            Self::Values(_, sums) => sums.finish(),
            Self::Categories(sums) => sums.finish(),
        }
    }

    /// Multiplies all weights of a cell by its factor.
    pub(crate) fn scale(&mut self, factor_of_cell: &[f64]) {
        match self {
            Self::Values(_, sums) => sums.scale(factor_of_cell),
            Self::Categories(sums) => sums.scale(factor_of_cell),
        }
    }

    /// Keeps these cells and categories, in this order.
    pub(crate) fn reorder(&mut self, cells: &[u32], categories: &[usize]) {
        match self {
            Self::Values(_, sums) => sums.reorder(cells),
            Self::Categories(sums) => sums.reorder(cells, categories),
        }
    }
}

/// The estimates of one item from its sums: domain by domain, in each one for each name.
///
/// # Errors
/// `interval_level`, `lonely_psu`.
pub(crate) fn estimates(
    design: &EstimationDesign,
    layout: &Layout,
    names: &[String],
    sums: &Sums,
    level: f64,
) -> Result<Vec<Estimate>, Problem> {
    let mut quantiles = Quantiles::new(level)?;
    let mut all = Vec::with_capacity(layout.n_domains() * names.len());
    for domain in 0..layout.n_domains() {
        let cells = layout.cells_of_domain(domain);
        for (category, name) in names.iter().enumerate() {
            let linearized = match sums {
                Sums::Values(Kind::Total, sums) => Linearized::total(layout, sums, cells.clone()),
                Sums::Values(Kind::Ratio, sums) => Linearized::ratio(layout, sums, cells.clone()),
                Sums::Values(_, sums) => Linearized::mean(layout, sums, cells.clone()),
                Sums::Categories(sums) => Linearized::proportion(layout, sums, category, cells.clone()),
            };
            all.push(linearized.estimate(name, design, layout, &mut quantiles)?);
        }
    }
    Ok(all)
}
