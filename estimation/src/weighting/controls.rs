//! Calibration variables and their known population totals.

use problem::{Place, Problem, Problems};

use super::step::wrong_length;

/// Columns with their population totals: each is a number a row (an indicator for a category, 1 for the size of the
/// population).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Controls {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    totals: Vec<f64>,
}

impl Controls {
    /// No control yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable (`NaN` where a row has no value) with its population total.
    pub fn add(&mut self, name: impl Into<String>, values: Vec<f64>, population_total: f64) {
        self.names.push(name.into());
        self.columns.push(values);
        self.totals.push(population_total);
    }

    /// Number of variables.
    #[must_use]
    pub fn len(&self) -> usize {
        self.totals.len()
    }

    /// Whether there is no variable.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.totals.is_empty()
    }

    pub(super) fn name(&self, at: usize) -> &str {
        &self.names[at]
    }

    pub(super) fn total(&self, at: usize) -> f64 {
        self.totals[at]
    }

    /// The variables of the given rows, row by row.
    pub(super) fn matrix(&self, rows: &[usize]) -> Vec<f64> {
        rows.iter().flat_map(|&row| self.columns.iter().map(move |column| column[row])).collect()
    }

    /// The same with a 1 before each row.
    pub(super) fn matrix_with_constant(&self, rows: &[usize]) -> Vec<f64> {
        let of_row = |&row: &usize| std::iter::once(1.0).chain(self.columns.iter().map(move |column| column[row]));
        rows.iter().flat_map(of_row).collect()
    }

    /// Checks that the given rows have all values.
    pub(super) fn check_values(&self, rows: &[usize], n_rows: usize, problems: &mut Problems) {
        for (name, column) in self.names.iter().zip(&self.columns) {
            if column.len() != n_rows {
                problems.push(wrong_length(name, n_rows, column.len()));
                continue;
            }
            let bad: Vec<usize> = rows.iter().copied().filter(|&row| !column[row].is_finite()).collect();
            if let Some(first) = bad.first() {
                problems.push(
                    Problem::new(
                        "weight_missing_value",
                        format!("{} dòng có trọng số nhưng thiếu giá trị của {name}", bad.len()),
                        format!("{} rows with a weight have no usable value of {name}", bad.len()),
                    )
                    .at(Place::cell(first + 2, name.as_str()))
                    .expected(("số hữu hạn ở mọi dòng có quyền số", "a finite number in every row that has a weight")),
                );
            }
        }
    }

    /// What stops these weights from being calibrated.
    pub(super) fn check(&self, weights: &[f64], problems: &mut Problems) {
        if self.is_empty() {
            problems.push(Problem::new(
                "calibration_no_control",
                "không có tổng thể nào để hiệu chỉnh theo",
                "there is no population total to calibrate to",
            ));
        }
        let rows: Vec<usize> = (0..weights.len()).filter(|&row| weights[row] > 0.0).collect();
        self.check_values(&rows, weights.len(), problems);
        for (at, name) in self.names.iter().enumerate() {
            let (column, total) = (&self.columns[at], self.totals[at]);
            if !total.is_finite() {
                problems.push(
                    Problem::new(
                        "calibration_total",
                        "tổng thể không phải là số",
                        "a population total is not a number",
                    )
                    .at(Place::column(name.as_str()))
                    .got(total.to_string()),
                );
            }
            let empty = |row: usize| weights[row] == 0.0 || column[row] == 0.0;
            if column.len() == weights.len() && total != 0.0 && (0..weights.len()).all(empty) {
                problems.push(
                    Problem::new(
                        "calibration_empty_cell",
                        format!("{name} có tổng thể khác 0 nhưng không có dòng nào trong mẫu"),
                        format!("{name} has a population total but no row of the sample holds it"),
                    )
                    .at(Place::column(name.as_str()))
                    .expected(("ít nhất một dòng có quyền số", "at least one row with a weight"))
                    .hint("gộp nhóm này với nhóm bên cạnh", "merge it with a neighbour"),
                );
            }
        }
    }
}
