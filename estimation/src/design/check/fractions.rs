//! Finite population corrections: population counts or sampling fractions, one column a stage.

use problem::{Place, Problem, Problems};

use super::super::{DesignColumns, Stage};
use super::has_own_probabilities;

/// Largest relative difference of two fractions that count as the same.
const SAME: f64 = 1e-10;

/// Whether the columns hold population counts: as soon as any value exceeds 1.
pub(super) fn are_counts(columns: &DesignColumns<'_>) -> bool {
    columns.fpc.iter().any(|(_, values)| values.iter().any(|&value| value > 1.0))
}

/// Checks each value by itself.
pub(super) fn check_values(columns: &DesignColumns<'_>, problems: &mut Problems) {
    let counts = are_counts(columns);
    if has_own_probabilities(columns) && (counts || columns.fpc.is_empty()) {
        problems.push(
            Problem::new(
                "design_fpc",
                "thiết kế với xác suất không đều cần xác suất chọn của từng đơn vị trong cột fpc",
                "a design of unequal probabilities needs each unit's inclusion probability in the fpc columns",
            )
            .expected(("xác suất từ 0 đến 1", "probabilities from 0 to 1"))
            .got(if counts {
                ("số đếm tổng thể", "population counts")
            } else {
                ("không có fpc", "no fpc")
            }),
        );
    }
    for (name, values) in &columns.fpc {
        let missing: Vec<usize> = (0..values.len()).filter(|&row| values[row].is_nan()).collect();
        if !missing.is_empty() {
            problems.push(super::missing(name, &missing));
        }
        let low = if counts { 1.0 } else { 0.0 };
        let bad = |value: f64| value < low || value.is_infinite();
        if let Some(row) = values.iter().position(|&value| bad(value)) {
            let hint_vi = "dùng toàn số đơn vị của tổng thể, hoặc toàn tỷ lệ chọn, không trộn lẫn";
            let hint_en = "use population counts throughout or sampling fractions throughout, not a mixture";
            problems.push(
                Problem::new(
                    "design_fpc",
                    format!("cột fpc {name} có giá trị không hợp lệ"),
                    format!("fpc column {name} holds a value out of range"),
                )
                .at(Place::cell(row + 2, *name))
                .expected(if counts {
                    ("số đếm ít nhất là 1", "a count of at least 1")
                } else {
                    ("tỷ lệ từ 0 đến 1", "a fraction from 0 to 1")
                })
                .got(values[row].to_string())
                .hint(hint_vi, hint_en),
            );
        }
    }
}

/// Turns the column of one stage into a fraction for each unit.
pub(super) fn set(columns: &DesignColumns<'_>, number: usize, stage: &mut Stage, problems: &mut Problems) {
    let Some((name, values)) = columns.fpc.get(number) else { return };
    let counts = are_counts(columns);
    let value_of = |unit: usize| values[stage.row_of_unit[unit] as usize];
    let differs = |a: f64, b: f64| (a - b).abs() > SAME * a.abs().max(b.abs());
    let in_unit = (0..columns.n_rows).find(|&row| differs(values[row], value_of(stage.unit_of_row[row] as usize)));
    if let Some(row) = in_unit {
        problems.push(varies(name, row, "một đơn vị chọn mẫu", "a sampling unit"));
        return;
    }
    let mut fractions = Vec::with_capacity(stage.n_units());
    for stratum in 0..stage.n_strata() {
        let n_units = stage.n_units_of_stratum(stratum);
        let first = stage.first_unit_of_stratum[stratum] as usize;
        let units = first..first + n_units;
        let other = units.clone().find(|&unit| differs(value_of(unit), value_of(first)));
        if let (Some(unit), false) = (other, has_own_probabilities(columns)) {
            problems.push(varies(name, stage.row_of_unit[unit] as usize, "một tầng", "a stratum"));
            return;
        }
        let population = value_of(first);
        if counts && population < n_units as f64 {
            problems.push(small(name, stage.row_of_unit[first] as usize, population, n_units));
            return;
        }
        fractions.extend(units.map(|unit| if counts { n_units as f64 / population } else { value_of(unit) }));
    }
    stage.fraction_of_unit = Some(fractions);
}

fn varies(name: &str, row: usize, vi: &str, en: &str) -> Problem {
    Problem::new(
        "design_fpc_varies",
        format!("cột fpc {name} có nhiều giá trị trong cùng {vi}"),
        format!("fpc column {name} takes several values within {en}"),
    )
    .at(Place::cell(row + 2, name))
    .expected((format!("một giá trị cho {vi}"), format!("one value for {en}")))
    .hint(
        "nếu các đơn vị được chọn với xác suất khác nhau thì dùng pps = \"brewer\" và ghi xác suất chọn vào cột fpc",
        "if units were drawn with unequal probabilities, set pps to \"brewer\" and put the probabilities into fpc",
    )
}

fn small(name: &str, row: usize, population: f64, n_units: usize) -> Problem {
    Problem::new(
        "design_fpc_small",
        format!("cột fpc {name}: tổng thể của tầng nhỏ hơn số đơn vị trong mẫu"),
        format!("fpc column {name}: the population of the stratum is smaller than its sample"),
    )
    .at(Place::cell(row + 2, name))
    .expected((format!("ít nhất {n_units}"), format!("at least {n_units}")))
    .got(population.to_string())
}
