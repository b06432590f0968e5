//! What must hold before a figure of the plan is drawn.

use problem::{Place, Problem, Problems};

use super::super::plan_spec::{MatrixPlot, TargetPlot};
use super::{count, duplicates};

pub(super) fn targets(plot: &TargetPlot, problems: &mut Problems) {
    if plot.rows.is_empty() {
        problems.push(count("rows", "≥ 1", 0));
    }
    duplicates(plot.rows.iter().map(|row| row.id.as_str()), problems);
    for row in &plot.rows {
        let refuse = |problem: Problem| problem.at(Place::column(&row.id));
        let interval = row.value.as_ref().and_then(|value| value.interval);
        let value = row.value.as_ref().map(|value| value.value);
        let numbers = [value, row.bound, row.distance, interval.map(|one| one.lower), interval.map(|one| one.upper)];
        if numbers.iter().flatten().any(|number| !number.is_finite()) {
            let problem =
                Problem::new("chart_not_finite", "dòng có số không hữu hạn", "a row has a number that is not finite");
            problems.push(refuse(problem.got(format!("{numbers:?}"))));
        }
        if let (Some(limits), Some(value)) = (interval, value)
            && !(limits.lower <= value && value <= limits.upper)
        {
            let problem = Problem::new(
                "chart_interval",
                "khoảng tin cậy không chứa ước lượng",
                "the interval does not hold the estimate",
            );
            problems.push(refuse(problem.got(format!("{} ≤ {value} ≤ {}", limits.lower, limits.upper))));
        }
        let Some(scale) = row.scale else { continue };
        let is_scale = scale.worst.is_finite() && scale.best.is_finite() && scale.worst != scale.best;
        let on_it = |number: f64| (0.0..=1.0).contains(&scale.part(number));
        if !is_scale || [value, row.bound].into_iter().flatten().any(|number| !on_it(number)) {
            let problem = Problem::new(
                "chart_value_outside_axis",
                "giá trị nằm ngoài trục của biểu đồ",
                "a value lies outside the axis of the figure",
            );
            let expected = format!("{}–{}", scale.worst, scale.best);
            problems.push(refuse(problem.expected(expected).got(format!("{value:?}, {:?}", row.bound))));
        }
    }
}

pub(super) fn matrix(plot: &MatrixPlot, problems: &mut Problems) {
    if plot.rows.is_empty() || plot.columns.is_empty() {
        problems.push(count("rows", "≥ 1", 0));
    }
    duplicates(plot.rows.iter().map(|row| row.id.as_str()), problems);
    for row in plot.rows.iter().filter(|row| row.cells.len() != plot.columns.len()) {
        problems.push(count(&row.id, &plot.columns.len().to_string(), row.cells.len()));
    }
}

pub(super) fn target_texts(plot: &mut TargetPlot, change: &mut impl FnMut(&mut String)) {
    plot.headings.iter_mut().for_each(&mut *change);
    for row in &mut plot.rows {
        for text in [&mut row.number, &mut row.group, &mut row.label, &mut row.state_words] {
            change(text);
        }
        row.distance_written.iter_mut().chain(&mut row.aside).for_each(&mut *change);
        if let Some(value) = &mut row.value {
            change(&mut value.written);
            value.interval_written.iter_mut().for_each(&mut *change);
        }
    }
}

pub(super) fn matrix_texts(plot: &mut MatrixPlot, change: &mut impl FnMut(&mut String)) {
    for text in [&mut plot.label_heading, &mut plot.tag_heading, &mut plot.total_label] {
        change(text);
    }
    plot.columns.iter_mut().for_each(&mut *change);
    for row in &mut plot.rows {
        for text in [&mut row.group, &mut row.label, &mut row.tag] {
            change(text);
        }
    }
}
