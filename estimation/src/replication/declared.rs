//! Replicate weights that came with the data.

use problem::{Place, Problem, Problems};

use super::ReplicateWeights;
use super::weights::{Store, too_many};

/// Replicate weights as a file gives them, with all that their makers say of them.
#[derive(Clone, Debug)]
pub struct Declared<'a> {
    /// Full-sample weights, one a row.
    pub full: &'a [f64],
    /// Name and weights of each replicate, in order.
    pub replicates: Vec<(&'a str, &'a [f64])>,
    /// Whether they are weights (`true`) or factors of the full-sample weights.
    pub combined: bool,
    /// Multiplies the sum over all replicates.
    pub scale: f64,
    /// Multiplies the square of each replicate: one number for all, or one each.
    pub rscales: Vec<f64>,
    /// Whether squares are taken around the full-sample estimate instead of the mean of the replicates.
    pub mse: bool,
    /// Degrees of freedom; `None`: the rank of the weights less one.
    pub degrees_of_freedom: Option<usize>,
}

impl ReplicateWeights {
    /// Declared replicate weights, checked.
    ///
    /// # Errors
    /// All at once: `replicates_number` (fewer than 2), `replicates_length`, `replicates_value` (not finite), `replicates_scale` (scale or
    /// rscales negative or not finite, another number of rscales than of replicates, all zero), `replicates_too_many`.
    ///
    /// Checked: `tests/against_r.rs` (`replicate_variance`), `tests/replication.rs::declared_replicates_are_checked`.
    pub fn declared(declared: &Declared<'_>) -> Result<Self, Problems> {
        let size = declared.replicates.len();
        let n_rows = declared.full.len();
        let mut problems = Problems::none();
        if size < 2 {
            problems.push(
                Problem::new("replicates_number", "số bản lặp quá ít", "there are too few replicates")
                    .expected(("ít nhất 2", "at least 2"))
                    .got(size.to_string()),
            );
        }
        problems.extend(too_many(n_rows, size).err());
        let columns = declared.replicates.iter().copied().chain([("full weights", declared.full)]);
        for (name, values) in columns {
            if values.len() != n_rows {
                problems.push(
                    Problem::new(
                        "replicates_length",
                        format!("bản lặp {name} không dài bằng bảng số liệu"),
                        format!("replicate {name} is not as long as the data"),
                    )
                    .at(Place::column(name))
                    .expected(format!("{n_rows} rows"))
                    .got(format!("{} rows", values.len())),
                );
            } else if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                problems.push(
                    Problem::new(
                        "replicates_value",
                        format!("bản lặp {name} thiếu giá trị hoặc có giá trị vô hạn"),
                        format!("replicate {name} has a missing or infinite value"),
                    )
                    .at(Place::cell(row + 2, name)),
                );
            }
        }
        let mut rscales = declared.rscales.clone();
        if rscales.len() == 1 {
            rscales = vec![rscales[0]; size];
        }
        let usable = |value: &f64| value.is_finite() && *value >= 0.0;
        if rscales.len() != size
            || !rscales.iter().all(usable)
            || !usable(&declared.scale)
            || rscales.iter().sum::<f64>() * declared.scale <= 0.0
        {
            problems.push(
                Problem::new(
                    "replicates_scale",
                    "scale hoặc rscales của trọng số lặp không hợp lệ",
                    "scale or rscales of the replicate weights are not usable",
                )
                .at(Place::column("rscales"))
                .expected((
                    format!("các số ít nhất là 0, không phải đều bằng 0; một rscale hoặc {size}"),
                    format!("numbers of at least 0, not all 0; one rscale or {size}"),
                ))
                .got((
                    format!("scale {}, {} rscale", declared.scale, declared.rscales.len()),
                    format!("scale {}, {} rscales", declared.scale, declared.rscales.len()),
                )),
            );
        }
        problems.into_result(())?;
        let mut weights = vec![0.0; n_rows * size];
        for (number, (_, values)) in declared.replicates.iter().enumerate() {
            for (row, value) in values.iter().enumerate() {
                weights[row * size + number] = if declared.combined { *value } else { value * declared.full[row] };
            }
        }
        let mut made = Self {
            full: declared.full.to_vec(),
            store: Store::Rows(weights),
            scale: declared.scale,
            rscales,
            mse: declared.mse,
            degrees_of_freedom: 0,
        };
        made.degrees_of_freedom = declared.degrees_of_freedom.unwrap_or_else(|| made.rank().saturating_sub(1));
        Ok(made)
    }
}
