//! Final weights: given, or the inverse of the sampling fractions.

use problem::{Place, Problem, Problems};

use super::super::{DesignColumns, Stage};

/// Checks each weight by itself, and that there are some.
pub(super) fn check_values(columns: &DesignColumns<'_>, problems: &mut Problems) {
    let Some((name, weights)) = columns.weights else { return none_possible(columns, problems) };
    let is_usable = check_each(name, weights, 0, problems);
    if is_usable && weights.iter().all(|&weight| weight == 0.0) {
        problems.push(
            Problem::new(
                "design_no_weight",
                format!("mọi trọng số trong cột {name} đều bằng 0"),
                format!("all weights in column {name} are zero"),
            )
            .at(Place::column(name)),
        );
    }
}

/// Checks each weight by itself; the first is that of row `first_row` of the data. Says whether all are usable.
pub(crate) fn check_each(name: &str, weights: &[f64], first_row: usize, problems: &mut Problems) -> bool {
    // Blocks are looked at as a whole, which is several times faster than row by row.
    let is_good =
        |block: &[f64]| block.iter().fold(true, |good, &weight| good & (0.0..f64::INFINITY).contains(&weight));
    if weights.chunks(4096).all(is_good) {
        return true;
    }
    let rows = |is_bad: fn(f64) -> bool| -> Vec<usize> {
        (0..weights.len()).filter(|&row| is_bad(weights[row])).map(|row| first_row + row).collect()
    };
    let missing = rows(f64::is_nan);
    if !missing.is_empty() {
        problems.push(super::missing(name, &missing));
    }
    let bad = rows(|weight| weight < 0.0 || weight.is_infinite());
    if let Some(&row) = bad.first() {
        problems.push(
            Problem::new(
                "design_weight",
                format!("{} trọng số trong cột {name} là số âm hoặc vô hạn", bad.len()),
                format!("{} weights in column {name} are negative or infinite", bad.len()),
            )
            .at(Place::cell(row + 2, name))
            .expected(("quyền số hữu hạn, ít nhất 0", "a finite weight of at least 0"))
            .got(weights[row - first_row].to_string()),
        );
    }
    missing.is_empty() && bad.is_empty()
}

/// Without weights, fractions above zero are needed at every stage.
fn none_possible(columns: &DesignColumns<'_>, problems: &mut Problems) {
    let complete = columns.fpc.len() == columns.ids.len().max(1);
    let zero = columns.fpc.iter().any(|(_, values)| values.contains(&0.0));
    if !complete || zero {
        problems.push(
            Problem::new(
                "design_no_weight",
                "không có cột trọng số và cũng không đủ cột fpc để suy ra trọng số",
                "there is no column of weights, and not enough fpc columns to derive them",
            )
            .expected(("quyền số, hoặc fpc lớn hơn 0 ở mọi giai đoạn", "weights, or an fpc above zero for every stage"))
            .hint(
                "chỉ định cột trọng số; chương trình không tự coi mọi dòng có trọng số bằng nhau",
                "name the column of weights; equal weights are never assumed",
            ),
        );
    }
}

/// The weights of a design whose columns were checked.
pub(super) fn of(columns: &DesignColumns<'_>, stages: &[Stage], problems: &mut Problems) -> Vec<f64> {
    if let Some((_, weights)) = columns.weights {
        return weights.to_vec();
    }
    if !problems.is_empty() {
        return vec![1.0; columns.n_rows];
    }
    (0..columns.n_rows)
        .map(|row| stages.iter().map(|stage| 1.0 / stage.fraction(stage.unit_of_row[row] as usize)).product())
        .collect()
}
