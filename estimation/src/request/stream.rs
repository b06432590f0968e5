//! Carrying out a request on data that come in parts and need not fit into memory.

use problem::{Problem, Problems};

use super::answer::{Answer, DesignSummary};
use super::design::{design, numbers};
use super::document::{DesignKeys, Request};
use super::run::Options;
use super::statistics::{Variable, category_names, entries, is_answered};
use crate::EstimationDesign;
use crate::design::{check_weights, missing_values};
use crate::domain::{Categories, Domains};
use crate::share::{n_threads, share_out, share_out_mut};
use crate::table::{Column, Table};
use crate::tabulation::estimates;
use crate::tabulation::{FoundCells, Labels, Layout, NO_CELL, Statistic, Sums, Tabulation};

/// A request for means, totals, ratios or proportions that takes its rows part by part.
///
/// Kept in memory are the sums of each item in each cell (a unit of the last stage that counts × a domain), and nothing of
/// the rows: however long the data are, memory is bounded by cells × items. The design is checked on the cells, which hold
/// every unit, stratum and fraction that came up; the answer is that of [`Request::run`] to 1e-12.
#[derive(Clone, Debug)]
pub struct Stream<'a> {
    request: &'a Request,
    options: Options,
    /// The stages that count.
    keys: DesignKeys,
    key_columns: Vec<&'a str>,
    cells: FoundCells,
    items: Vec<StreamItem>,
    n_rows: usize,
}

#[derive(Clone, Debug)]
struct StreamItem {
    name: String,
    sums: Sums,
    /// The categories of a proportion.
    labels: Labels,
}

impl Request {
    /// Whether the request can be carried out part by part: means, totals, ratios and proportions of a design with a column of
    /// units, without a covariance matrix. Others need all rows at once.
    #[must_use]
    pub fn can_stream(&self) -> bool {
        let keys = &self.estimand;
        let kind = matches!(keys.kind.as_str(), "mean" | "total" | "ratio" | "proportion");
        let covariances = keys.missing.as_deref() == Some("listwise") && keys.by.0.is_empty();
        kind && !covariances && self.has_plain_design() && !self.design.ids.0.is_empty()
    }

    /// Starts to carry out the request on rows that come part by part.
    ///
    /// # Errors
    /// Those of [`Request::run`] that do not need the data; `request_cannot_stream` unless [`Self::can_stream`].
    pub fn stream(&self) -> Result<Stream<'_>, Problems> {
        let mut problems = Problems::none();
        let options = self.options(&mut problems);
        if !self.can_stream() {
            problems.push(cannot_stream());
        }
        problems.into_result(())?;
        let mut keys = self.design.clone();
        let n_stages = (keys.fpc.0.len() + 1).min(keys.ids.0.len());
        keys.ids.0.truncate(n_stages);
        keys.strata.0.truncate(n_stages);
        let design = self.design.ids.0[..n_stages].iter().chain(self.design.strata.0.iter().take(n_stages));
        let mut key_columns: Vec<&str> = Vec::new();
        for name in design.chain(&self.design.fpc.0).chain(&self.estimand.by.0) {
            if !key_columns.contains(&name.as_str()) {
                key_columns.push(name);
            }
        }
        let cells = FoundCells::new(key_columns.len());
        Ok(Stream { request: self, options, keys, key_columns, cells, items: Vec::new(), n_rows: 0 })
    }
}

fn cannot_stream() -> Problem {
    Problem::new(
        "request_cannot_stream",
        "yêu cầu này cần toàn bộ số liệu trong bộ nhớ",
        "this request needs all rows in memory at once",
    )
    .expected((
        "mean, total, ratio hoặc proportion, design.ids, không có ma trận hiệp phương sai",
        "a mean, total, ratio or proportion, design.ids, and no covariance matrix",
    ))
    .hint("đọc cả tệp vào bộ nhớ", "read the whole file into memory")
}

impl Stream<'_> {
    /// Number of rows taken so far.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Takes the next rows.
    ///
    /// # Errors
    /// Problems of these rows: columns that are not there, missing values of the design, unusable weights, texts where
    /// numbers are needed, infinite numbers. Nothing of the rows is taken then.
    pub fn add(&mut self, rows: &Table) -> Result<(), Problems> {
        let mut problems = Problems::none();
        if self.n_rows + rows.n_rows() >= u32::MAX as usize {
            let problem =
                Problem::new("design_no_rows", "bảng số liệu có quá nhiều dòng", "the data have too many rows");
            problems.push(problem.expected(("1 đến 4294967294 dòng", "1 to 4294967294 rows")));
        }
        let columns = self.key_columns(rows, &mut problems);
        let ones;
        let weights = match &self.keys.weights {
            None => {
                ones = vec![1.0; rows.n_rows()];
                &ones[..]
            }
            Some(name) => match rows.column(name).and_then(|column| numbers(name, column)) {
                Ok(weights) => {
                    check_weights(name, weights, self.n_rows, &mut problems);
                    weights
                }
                Err(problem) => {
                    problems.push(problem);
                    &[]
                }
            },
        };
        let request = self.request;
        let variables = match request.variables(rows) {
            Ok(variables) => variables,
            Err(more) => {
                problems.0.extend(more.0);
                Vec::new()
            }
        };
        problems.into_result(())?;
        let mut cell_of_row = self.cells.find(&columns, weights, self.n_rows);
        if self.options.listwise {
            let complete = |row: usize| is_answered(&variables, row);
            cell_of_row.iter_mut().enumerate().filter(|(row, _)| !complete(*row)).for_each(|(_, cell)| *cell = NO_CELL);
        }
        self.sum(&cell_of_row, weights, rows, &variables);
        self.n_rows += rows.n_rows();
        Ok(())
    }

    /// The columns that tell cells apart. Those of the design are complete.
    fn key_columns<'t>(&self, rows: &'t Table, problems: &mut Problems) -> Vec<&'t Column> {
        let mut columns = Vec::with_capacity(self.key_columns.len());
        for &name in &self.key_columns {
            let Ok(column) = rows.column(name) else {
                let is_told_with_the_variables = self.request.estimand.by.0.iter().any(|other| other == name);
                problems.0.extend(rows.column(name).err().filter(|_| !is_told_with_the_variables));
                continue;
            };
            columns.push(column);
            let keys = &self.keys;
            if keys.ids.0.iter().chain(&keys.strata.0).chain(&keys.fpc.0).any(|other| other == name) {
                let bad: Vec<usize> = column.unusable_rows().map(|row| self.n_rows + row).collect();
                if !bad.is_empty() {
                    problems.push(missing_values(name, &bad));
                }
            }
        }
        columns
    }

    fn sum(&mut self, cell_of_row: &[u32], weights: &[f64], rows: &Table, variables: &[Variable<'_>]) {
        let items = self.request.items(variables);
        if self.items.is_empty() {
            let new = |item: &crate::tabulation::Item<'_>| StreamItem {
                name: item.name.clone(),
                sums: Sums::new(item.statistic.kind(), 0),
                labels: Labels::default(),
            };
            self.items = items.iter().map(new).collect();
        }
        let n_cells = self.cells.len();
        let mut work: Vec<(&mut StreamItem, &crate::tabulation::Item<'_>)> =
            self.items.iter_mut().zip(&items).collect();
        share_out_mut(&mut work, n_threads(), |(of_item, item)| {
            let StreamItem { sums, labels, .. } = &mut **of_item;
            sums.grow(n_cells);
            match (&item.statistic, rows.get(&item.name)) {
                (Statistic::Proportions { .. }, Some(column)) => {
                    let codes = labels.codes(column);
                    let categories = vec![String::new(); labels.labels().len()];
                    sums.add(cell_of_row, weights, &Statistic::Proportions { codes: &codes, categories });
                }
                (statistic, _) => sums.add(cell_of_row, weights, statistic),
            }
        });
    }

    /// The answer, when all rows have been taken.
    ///
    /// # Errors
    /// Problems of the design, as [`Request::run`] tells them; `lonely_psu`.
    pub fn finish(mut self) -> Result<Answer, Problems> {
        let table = self.cell_table()?;
        let design = design(&self.keys, &table, None).map_err(|problems| self.at_rows_of_the_data(problems))?;
        let by: Vec<&str> = self.request.estimand.by.0.iter().map(String::as_str).collect();
        let domains = Domains::crossing(&table, &by)?;
        let (layout, order) = self.layout(&design, &domains);
        let derived = self.keys.weights.is_none().then(|| design.weights());
        let level = self.options.level;
        share_out_mut(&mut self.items, n_threads(), |item| item.complete(derived, &order));
        let all =
            share_out(&self.items, n_threads(), |item| estimates(&design, &layout, &item.names(), &item.sums, level));
        let tabulation = Tabulation::new(domains.len(), all.into_iter().collect::<Result<_, _>>()?);
        let names: Vec<&str> = self.items.iter().map(|item| item.name.as_str()).collect();
        let estimates = entries(&tabulation, &domains.labels, &names, design.degrees_of_freedom(), &self.options)?;
        let design = DesignSummary { n_rows: self.n_rows, ..DesignSummary::of(&design) };
        Ok(Answer::of(estimates, design))
    }

    /// One row for each cell: what the design and the domains are made from.
    fn cell_table(&self) -> Result<Table, Problem> {
        let mut table = Table::new();
        for (number, &name) in self.key_columns.iter().enumerate() {
            table.insert(name, self.cells.column(number))?;
        }
        if let Some(name) = self.keys.weights.as_ref().filter(|name| table.get(name).is_none()) {
            let weights = self.cells.has_weight.iter().map(|&has_weight| f64::from(u8::from(has_weight)));
            table.insert(name, Column::numeric(weights.collect()))?;
        }
        Ok(table)
    }

    /// Cells in order of domain and unit; those of no domain have no place.
    fn layout(&self, design: &EstimationDesign, domains: &Domains) -> (Layout, Vec<u32>) {
        let stage = &design.stages[design.n_active_stages() - 1];
        let unit = |cell: u32| stage.unit_of_row[cell as usize];
        let domain = |cell: u32| domains.of_row[cell as usize];
        let mut order: Vec<u32> = (0..self.cells.len() as u32).filter(|&cell| domain(cell) != NO_CELL).collect();
        order.sort_by_key(|&cell| (domain(cell), unit(cell)));
        let has_weight = order.iter().map(|&cell| self.cells.has_weight[cell as usize]).collect();
        let domain_of_cell: Vec<u32> = order.iter().map(|&cell| domain(cell)).collect();
        let units = order.iter().map(|&cell| unit(cell)).collect();
        (Layout::new(design, domains.len(), units, &domain_of_cell, has_weight), order)
    }

    /// The design was checked on cells; people look for rows of their data.
    fn at_rows_of_the_data(&self, problems: Problems) -> Problems {
        let row_of = |row: usize| row.checked_sub(2).and_then(|cell| self.cells.first_row.get(cell)).map(|row| row + 2);
        let moved = |mut problem: Problem| {
            if let Some(place) = &mut problem.place {
                place.row = place.row.map(|row| row_of(row).unwrap_or(row));
            }
            problem
        };
        Problems(problems.0.into_iter().map(moved).collect())
    }
}

impl StreamItem {
    /// Ends the sums, weighs them where weights follow from the fractions, and puts cells and categories in order.
    fn complete(&mut self, weights: Option<&[f64]>, order: &[u32]) {
        self.sums.finish();
        if let Some(weights) = weights {
            self.sums.scale(weights);
        }
        self.sums.reorder(order, &self.categories().0);
    }

    /// Categories by size or code point: their numbers, and their labels.
    fn categories(&self) -> (Vec<usize>, Categories) {
        let labels = self.labels.labels();
        let mut order: Vec<usize> = (0..labels.len()).collect();
        order.sort_by(|&a, &b| labels[a].order(&labels[b]));
        let sorted = order.iter().map(|&at| labels[at].clone()).collect();
        (order, Categories { codes: Vec::new(), labels: sorted })
    }

    fn names(&self) -> Vec<String> {
        match self.sums {
            Sums::Categories(_) => category_names(&self.name, &self.categories().1),
            Sums::Values(..) => vec![self.name.clone()],
        }
    }
}
