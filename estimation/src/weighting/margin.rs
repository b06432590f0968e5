//! A population margin: the cells of one column (or of several crossed) with their known counts.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};

/// The cell of each row and the population count of each cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Margin {
    pub(super) name: String,
    /// Position in `labels`; [`Margin::NO_CELL`] where the row has no value.
    pub(super) cell_of_row: Vec<u32>,
    pub(super) labels: Vec<String>,
    pub(super) counts: Vec<f64>,
}

impl Margin {
    pub(super) const NO_CELL: u32 = u32::MAX;

    /// A margin out of the label of each row (`None` where it is missing) and the population count of each label.
    ///
    /// # Errors
    /// All at once: `margin_count` for a count that is not a positive number, `margin_twice` for a label given twice,
    /// `margin_unknown_cell` for a label of the data without a count (rows of weight zero included: a population that lacks
    /// a cell of its own sample is a mistake in one of them), `margin_empty` without any count.
    ///
    /// Checked: `tests/weighting.rs::margins_that_do_not_fit_the_sample_are_refused`.
    pub fn new(name: &str, labels: &[Option<String>], counts: &[(String, f64)]) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let place = || Place::column(name);
        let mut positions: BTreeMap<&str, u32> = BTreeMap::new();
        for (label, count) in counts {
            if !count.is_finite() || *count <= 0.0 {
                problems.push(
                    Problem::new(
                        "margin_count",
                        format!("số tổng thể của ô {label} không hợp lệ"),
                        format!("the population count of cell {label} is not usable"),
                    )
                    .at(place())
                    .expected(("số lớn hơn 0", "a number above 0"))
                    .got(count.to_string()),
                );
            }
            positions.insert(label, 0);
        }
        if positions.len() < counts.len() {
            problems.push(Problem::new("margin_twice", "một ô được cho hai lần", "a cell is given twice").at(place()));
        }
        if counts.is_empty() {
            problems.push(
                Problem::new("margin_empty", "biên không có ô nào", "the margin has no cells")
                    .at(place())
                    .expected(("số đếm của tổng thể cho mỗi ô", "the population count of each cell")),
            );
        }
        positions.values_mut().enumerate().for_each(|(at, position)| *position = at as u32);
        let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
        let mut cell_of_row = vec![Self::NO_CELL; labels.len()];
        for (row, label) in labels.iter().enumerate() {
            let Some(label) = label else { continue };
            match positions.get(label.as_str()) {
                Some(&position) => cell_of_row[row] = position,
                None => *unknown.entry(label).or_insert(0) += 1,
            }
        }
        for (label, n) in unknown {
            problems.push(
                Problem::new(
                    "margin_unknown_cell",
                    format!("{n} dòng có giá trị {label} nhưng tổng thể không có ô này"),
                    format!("{n} rows hold {label}, which has no population count"),
                )
                .at(place())
                .expected((
                    format!("một trong {}", positions.keys().copied().collect::<Vec<_>>().join(", ")),
                    format!("one of {}", positions.keys().copied().collect::<Vec<_>>().join(", ")),
                ))
                .got(label),
            );
        }
        problems.into_result(())?;
        let mut sorted: Vec<(String, f64)> = counts.to_vec();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let (labels, counts) = sorted.into_iter().unzip();
        Ok(Self { name: name.to_owned(), cell_of_row, labels, counts })
    }

    /// Sum of the counts.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.counts.iter().sum()
    }

    pub(super) fn label_of_row(&self, row: usize) -> Option<&str> {
        self.labels.get(self.cell_of_row[row] as usize).map(String::as_str)
    }

    /// The weighted sum of each cell.
    pub(super) fn sums(&self, weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.counts.len()];
        for (&cell, &weight) in self.cell_of_row.iter().zip(weights) {
            if cell != Self::NO_CELL {
                sums[cell as usize] += weight;
            }
        }
        sums
    }

    /// Multiplies the weights of each cell so that they sum to its count.
    pub(super) fn scale(&self, weights: &mut [f64]) {
        let sums = self.sums(weights);
        let factors: Vec<f64> = self.counts.iter().zip(&sums).map(|(count, sum)| count / sum).collect();
        for (&cell, weight) in self.cell_of_row.iter().zip(weights) {
            if cell != Self::NO_CELL && *weight != 0.0 {
                *weight *= factors[cell as usize];
            }
        }
    }

    /// Largest relative distance of a cell's sum from its count.
    pub(super) fn gap(&self, weights: &[f64]) -> f64 {
        let sums = self.sums(weights);
        self.counts.iter().zip(sums).map(|(count, sum)| (sum / count - 1.0).abs()).fold(0.0, f64::max)
    }

    /// What stops these weights from meeting the counts: rows without a cell, and cells without weight.
    pub(super) fn check(&self, weights: &[f64], problems: &mut Problems) {
        if self.cell_of_row.len() != weights.len() {
            problems.push(super::step::wrong_length(&self.name, weights.len(), self.cell_of_row.len()));
            return;
        }
        let lost: Vec<usize> =
            (0..weights.len()).filter(|&row| weights[row] > 0.0 && self.cell_of_row[row] == Self::NO_CELL).collect();
        if let Some(first) = lost.first() {
            problems.push(
                Problem::new(
                    "margin_missing_value",
                    format!("{} dòng có trọng số nhưng thiếu giá trị của {}", lost.len(), self.name),
                    format!("{} rows with a weight have no value of {}", lost.len(), self.name),
                )
                .at(Place::cell(first + 2, self.name.as_str()))
                .expected(("một giá trị ở mọi dòng có quyền số", "a value in every row that has a weight"))
                .hint(
                    "điền giá trị, hoặc chuyển trọng số của các dòng này ở bước không trả lời",
                    "fill it in, or move the weight of these rows in a nonresponse step",
                ),
            );
        }
        for (label, sum) in self.labels.iter().zip(self.sums(weights)).filter(|(_, sum)| *sum <= 0.0) {
            problems.push(
                Problem::new(
                    "margin_empty_cell",
                    format!("ô {label} của {} có trong tổng thể nhưng không có trọng số nào trong mẫu", self.name),
                    format!("cell {label} of {} is in the population but has no weight in the sample", self.name),
                )
                .at(Place::column(self.name.as_str()))
                .got((format!("tổng bằng {sum}"), format!("a sum of {sum}")))
                .hint(
                    "gộp ô này với ô bên cạnh, cả trong mẫu lẫn trong tổng thể",
                    "merge the cell with a neighbour, in the sample and in the population",
                ),
            );
        }
    }
}
