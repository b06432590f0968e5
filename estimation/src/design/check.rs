//! Builds a design from its columns; finds all problems, not only the first.

use problem::{Place, Problem, Problems};

use super::collapse::collapse;
use super::{DesignColumns, EstimationDesign, LonelyPsu, Ranks, Stage, UnequalProbability};
use crate::degrees_of_freedom;
use crate::share::{n_threads, share_out};
use crate::table::Column;

mod choices;
mod fractions;
mod weights;

pub(crate) use weights::check_each as check_weights;

pub(super) fn build(columns: &DesignColumns<'_>) -> Result<EstimationDesign, Problems> {
    let mut problems = lengths(columns);
    let both: Vec<(&str, &Column)> = columns.ids.iter().chain(&columns.strata).copied().collect();
    let mut ids = ranks(&both, &mut problems);
    // Where a column has no ranks, nothing is built from them.
    let strata = ids.split_off(columns.ids.len().min(ids.len()));
    if columns.strata.len() > columns.ids.len().max(1) {
        problems.push(
            Problem::new(
                "design_strata_stages",
                "có nhiều cột tầng hơn số giai đoạn chọn mẫu",
                "there are more columns of strata than stages of units",
            )
            .expected((
                format!("nhiều nhất {}", columns.ids.len().max(1)),
                format!("at most {}", columns.ids.len().max(1)),
            ))
            .got(columns.strata.len().to_string()),
        );
    }
    if columns.fpc.len() > columns.ids.len().max(1) {
        problems.push(
            Problem::new(
                "design_fpc",
                "có nhiều cột fpc hơn số giai đoạn chọn mẫu",
                "there are more columns of fpc than stages of units",
            )
            .expected((
                format!("nhiều nhất {}", columns.ids.len().max(1)),
                format!("at most {}", columns.ids.len().max(1)),
            ))
            .got(columns.fpc.len().to_string()),
        );
    }
    choices::check(columns, &mut problems);
    fractions::check_values(columns, &mut problems);
    weights::check_values(columns, &mut problems);
    let mut problems = match problems.into_result(()) {
        Ok(()) => Problems::none(),
        Err(problems) => return Err(problems),
    };
    let mut stages = all_stages(columns.n_rows, &ids, &strata);
    for (number, stage) in stages.iter().enumerate() {
        if !columns.nest {
            units_in_two_strata(columns, number, stage, &ids, &mut problems);
        }
    }
    let told_apart_by_strata = columns.nest && !columns.strata.is_empty();
    if stages.first().is_some_and(|stage| stage.n_units() == 1) && !told_apart_by_strata {
        problems.push(
            Problem::new(
                "design_one_psu",
                "thiết kế chỉ có một đơn vị mẫu cấp một nên không tính được phương sai",
                "the design has only one primary sampling unit, so there is no variance",
            )
            .expected(("ít nhất 2 đơn vị ở giai đoạn đầu", "at least 2 units at the first stage"))
            .hint(
                "kiểm tra cột mã đơn vị chọn mẫu; có thể cột này bị chép cùng một giá trị",
                "check the column of unit codes; it may hold the same value on every row",
            ),
        );
    }
    for (number, stage) in stages.iter_mut().enumerate() {
        fractions::set(columns, number, stage, &mut problems);
    }
    let weights = weights::of(columns, &stages, &mut problems);
    problems = match problems.into_result(()) {
        Ok(()) => Problems::none(),
        Err(problems) => return Err(problems),
    };
    if columns.lonely_psu == LonelyPsu::Collapse
        && let Some(joined) = collapse(columns, &stages[0])?
    {
        stages = collapsed(&stages, joined, ids, strata);
    }
    for (number, stage) in stages.iter_mut().enumerate() {
        name_lonely_strata(columns, number, stage);
    }
    choices::variance_stages(columns, &mut stages)?;
    let joint = choices::joint(columns, &stages[0])?;
    let degrees_of_freedom = degrees_of_freedom::of_rows(&stages[0], &weights, 0..columns.n_rows);
    problems.into_result(EstimationDesign {
        n_rows: columns.n_rows,
        weights,
        stages,
        unequal_probability: columns.unequal_probability,
        lonely_psu: columns.lonely_psu,
        adjust_domain_lonely: columns.adjust_domain_lonely,
        degrees_of_freedom,
        calibrations: Vec::new(),
        weighting: Vec::new(),
        joint,
    })
}

/// The same stages with the strata of the first one joined; every unit keeps its fraction.
fn collapsed(stages: &[Stage], joined: Ranks, mut ids: Vec<Ranks>, mut strata: Vec<Ranks>) -> Vec<Stage> {
    // Codes may start again in each stratum: from here on a unit is known by its number.
    let units = stages[0].as_ranks().to_ranks();
    match ids.first_mut() {
        Some(first) => *first = units,
        None => ids.push(units),
    }
    match strata.first_mut() {
        Some(first) => *first = joined,
        None => strata.push(joined),
    }
    let mut new = all_stages(stages[0].unit_of_row.len(), &ids, &strata);
    for (new, old) in new.iter_mut().zip(stages) {
        let fraction = |row: &u32| old.fraction(old.unit_of_row[*row as usize] as usize);
        new.fraction_of_unit = old.fraction_of_unit.as_ref().map(|_| new.row_of_unit.iter().map(fraction).collect());
    }
    new
}

fn lengths(columns: &DesignColumns<'_>) -> Problems {
    let mut problems = Problems::none();
    if columns.n_rows == 0 || columns.n_rows >= u32::MAX as usize {
        problems.push(
            Problem::new("design_no_rows", "bảng số liệu không có dòng nào", "the data have no rows")
                .expected(("1 đến 4294967294 dòng", "1 to 4294967294 rows"))
                .got(columns.n_rows.to_string()),
        );
    }
    let labels = columns.ids.iter().chain(&columns.strata).map(|(name, column)| (*name, column.len()));
    let numbers = columns.fpc.iter().chain(&columns.weights).map(|(name, values)| (*name, values.len()));
    for (name, length) in labels.chain(numbers).filter(|(_, length)| *length != columns.n_rows) {
        problems.push(
            Problem::new(
                "design_length",
                format!("cột {name} không dài bằng bảng số liệu"),
                format!("column {name} is not as long as the data"),
            )
            .at(Place::column(name))
            .expected(format!("{} rows", columns.n_rows))
            .got(format!("{length} rows")),
        );
    }
    problems
}

/// The problem of values that must be complete; `rows` count from 0.
pub(crate) fn missing(name: &str, rows: &[usize]) -> Problem {
    let first = rows.first().map_or(0, |row| row + 2);
    Problem::new(
        "design_missing_value",
        format!("cột {name} của thiết kế mẫu thiếu giá trị ở {} dòng", rows.len()),
        format!("design column {name} has no usable value in {} rows", rows.len()),
    )
    .at(Place::cell(first, name))
    .expected(("một giá trị ở mỗi dòng", "a value in every row"))
    .hint(
        "điền giá trị, hoặc bỏ các dòng không thuộc mẫu trước khi tính",
        "fill it in, or leave out rows that are not part of the sample",
    )
}

fn ranks(named: &[(&str, &Column)], problems: &mut Problems) -> Vec<Ranks> {
    let results = share_out(named, if is_long(named) { n_threads() } else { 1 }, |(_, column)| Ranks::of(column));
    let mut all = Vec::with_capacity(named.len());
    for ((name, _), ranks) in named.iter().zip(results) {
        match ranks {
            Ok(ranks) => all.push(ranks),
            Err(rows) => problems.push(missing(name, &rows)),
        }
    }
    all
}

/// Whether ranking takes longer than to start a thread.
fn is_long(named: &[(&str, &Column)]) -> bool {
    named.iter().map(|(_, column)| column.len()).sum::<usize>() > 100_000
}

fn all_stages(n_rows: usize, ids: &[Ranks], strata: &[Ranks]) -> Vec<Stage> {
    let whole = Ranks::constant(n_rows);
    let mut stages: Vec<Stage> = Vec::with_capacity(ids.len().max(1));
    for number in 0..ids.len().max(1) {
        let parent = stages.last().map_or(whole.as_slice(), Stage::as_ranks);
        let stage = Stage::new(parent, strata.get(number), ids.get(number));
        stages.push(stage);
    }
    stages
}

/// Without `nest` the same code under one parent is one unit; it cannot lie in two strata.
fn units_in_two_strata(
    columns: &DesignColumns<'_>,
    number: usize,
    stage: &Stage,
    ids: &[Ranks],
    problems: &mut Problems,
) {
    let (Some(ranks), Some((name, column))) = (ids.get(number), columns.ids.get(number)) else { return };
    let code = |unit: usize| (stage.parent_of_unit[unit], ranks.of_row[stage.row_of_unit[unit] as usize]);
    let mut units: Vec<usize> = (0..stage.n_units()).collect();
    units.sort_by_key(|&unit| code(unit));
    let twice: Vec<usize> =
        units.windows(2).filter(|pair| code(pair[0]) == code(pair[1])).map(|pair| pair[1]).collect();
    let Some(&first) = twice.first() else { return };
    let row = stage.row_of_unit[first] as usize;
    let label = column.label(row).unwrap_or_default();
    let stratum_column = columns.strata.get(number).map_or("", |(name, _)| *name);
    problems.push(
        Problem::new(
            "design_unit_in_two_strata",
            format!("{} đơn vị của cột {name} nằm trong hai tầng, ví dụ «{label}»", twice.len()),
            format!("{} units of column {name} lie in two strata, for example \"{label}\"", twice.len()),
        )
        .at(Place::cell(row + 2, *name))
        .expected((
            format!("một giá trị của {stratum_column} cho mỗi đơn vị"),
            format!("one value of {stratum_column} for each unit"),
        ))
        .hint(
            "nếu mã đơn vị được đánh lại từ đầu trong mỗi tầng thì đặt nest = true",
            "if codes start again in each stratum, set nest to true",
        ),
    );
}

/// Remembers the labels of strata with one unit, which the rule `fail` has to name.
fn name_lonely_strata(columns: &DesignColumns<'_>, number: usize, stage: &mut Stage) {
    let lonely: Vec<usize> = (0..stage.n_strata()).filter(|&stratum| stage.n_units_of_stratum(stratum) == 1).collect();
    for stratum in lonely {
        let row = stage.row_of_unit[stage.first_unit_of_stratum[stratum] as usize] as usize;
        let above = number.checked_sub(1).and_then(|above| columns.ids.get(above));
        let labels = above.into_iter().chain(columns.strata.get(number));
        let labels: Vec<String> = labels.filter_map(|(_, column)| column.label(row)).collect();
        stage.lonely_labels.insert(stratum as u32, labels.join(" / "));
    }
}

/// Whether each unit has its own probability.
pub(super) fn has_own_probabilities(columns: &DesignColumns<'_>) -> bool {
    columns.unequal_probability != UnequalProbability::None
}
