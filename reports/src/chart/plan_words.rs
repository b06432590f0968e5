//! The figures of the plan in words and rows: alternative text, note, data table.

use problem::Language;

use super::data_table::{DataTable, TableCell};
use super::note::dates;
use super::plan_spec::{MatrixCell, MatrixPlot, PlanBasis, PlanState, TargetPlot, TargetRow};
use super::{ChartSpec, Plot};

/// The words of one language.
fn say(spec: &ChartSpec, vi: &str, en: &str) -> String {
    match spec.language {
        Language::Vi => vi.to_owned(),
        Language::En => en.to_owned(),
    }
}

/// The text alternative of a figure of the plan; `None` for the others.
pub(super) fn alt(spec: &ChartSpec) -> Option<String> {
    match &spec.plot {
        Plot::Targets(plot) => Some(targets_alt(spec, plot)),
        Plot::Matrix(plot) => Some(matrix_alt(spec, plot)),
        _ => None,
    }
}

fn targets_alt(spec: &ChartSpec, plot: &TargetPlot) -> String {
    let subtitle = spec.subtitle.trim_end_matches('.');
    let kind = say(spec, "Bảng biểu đồ các mục tiêu", "Chart of targets, one row each");
    let mut sentences = vec![format!("{kind}: {subtitle}.")];
    let mut parts = Vec::new();
    for state in [PlanState::Reached, PlanState::NotReached, PlanState::NotEnoughEvidence, PlanState::NoData] {
        let rows: Vec<&TargetRow> = plot.rows.iter().filter(|row| row.state == state).collect();
        let Some(first) = rows.first() else { continue };
        let names: Vec<String> = rows.iter().map(|row| told(row)).collect();
        parts.push(format!("{}: {}", first.state_words, names.join("; ")));
    }
    sentences.push(format!("{}.", parts.join(". ").trim_end_matches('.')));
    sentences.join(" ")
}

/// One target as a reader hears it: number, words, figure.
fn told(row: &TargetRow) -> String {
    let figure = row.value.as_ref().map(|value| format!(" ({}, {})", value.written, value.year)).unwrap_or_default();
    format!("{} {}{figure}", row.number, row.label)
}

fn matrix_alt(spec: &ChartSpec, plot: &MatrixPlot) -> String {
    let kind = say(spec, "Bảng ô nhiệm vụ theo quý", "Grid of tasks by quarter");
    let counts: Vec<String> = plot
        .columns
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let of = |state: MatrixCell| plot.rows.iter().filter(|row| row.cells.get(column) == Some(&state)).count();
            let parts: Vec<String> = CELLS
                .iter()
                .map(|state| (of(*state), cell_words(*state, spec.language)))
                .filter(|(count, _)| *count > 0)
                .map(|(count, words)| format!("{count} {words}"))
                .collect();
            format!("{name}: {}", parts.join(", "))
        })
        .collect();
    format!("{kind}: {}. {}.", spec.subtitle.trim_end_matches('.'), counts.join("; "))
}

/// Every cell, in the order of a key.
pub(super) const CELLS: [MatrixCell; 5] =
    [MatrixCell::Complete, MatrixCell::Partial, MatrixCell::Overdue, MatrixCell::Open, MatrixCell::NotDue];

/// What a cell says.
pub(super) fn cell_words(cell: MatrixCell, language: Language) -> &'static str {
    match (cell, language) {
        (MatrixCell::Complete, Language::Vi) => "đã báo cáo xong",
        (MatrixCell::Complete, Language::En) => "reported done",
        (MatrixCell::Partial, Language::Vi) => "báo cáo một phần",
        (MatrixCell::Partial, Language::En) => "reported in part",
        (MatrixCell::Overdue, Language::Vi) => "hết quý, chưa báo cáo",
        (MatrixCell::Overdue, Language::En) => "quarter over, no report",
        (MatrixCell::Open, Language::Vi) => "chưa hết quý",
        (MatrixCell::Open, Language::En) => "quarter not over",
        (MatrixCell::NotDue, Language::Vi) => "không phải báo cáo",
        (MatrixCell::NotDue, Language::En) => "not due",
    }
}

/// What a value of a target is.
pub(super) fn basis_words(basis: PlanBasis, language: Language) -> &'static str {
    match (basis, language) {
        (PlanBasis::Official, Language::Vi) => "kết quả công bố",
        (PlanBasis::Official, Language::En) => "published result",
        (PlanBasis::OwnEstimate, Language::Vi) => "ước lượng của tỉnh, không phải kết quả công bố",
        (PlanBasis::OwnEstimate, Language::En) => "the office's own estimate, not official",
        (PlanBasis::Reported, Language::Vi) => "số do cơ quan báo cáo",
        (PlanBasis::Reported, Language::En) => "counted by an office",
    }
}

/// The note of a figure of the plan: sources, what a reader must know, dates; `None` for the others.
pub(super) fn note(spec: &ChartSpec) -> Option<String> {
    if !matches!(spec.plot, Plot::Targets(_) | Plot::Matrix(_)) {
        return None;
    }
    let note = &spec.note;
    let mut sentences = vec![say(spec, &format!("Nguồn: {}.", note.survey), &format!("Source: {}.", note.survey))];
    if has_clipped_value(spec) {
        sentences.push(say(
            spec,
            "Mũi tên: khoảng tin cậy vượt ra ngoài thang.",
            "Arrow: the interval goes beyond the scale.",
        ));
    }
    sentences.extend(note.remarks.iter().cloned());
    sentences.push(dates(spec));
    Some(sentences.join(" "))
}

/// Whether an interval is longer than its scale.
fn has_clipped_value(spec: &ChartSpec) -> bool {
    let Plot::Targets(plot) = &spec.plot else { return false };
    plot.rows.iter().any(|row| {
        let limits = row.value.as_ref().and_then(|value| value.interval);
        let ends = row.scale.map(|scale| (scale.worst.min(scale.best), scale.worst.max(scale.best)));
        limits.zip(ends).is_some_and(|(limits, (low, high))| limits.lower < low || limits.upper > high)
    })
}

/// The rows of a figure of the plan; `None` for the others.
pub(super) fn table(spec: &ChartSpec) -> Option<DataTable> {
    match &spec.plot {
        Plot::Targets(plot) => Some(targets_table(spec, plot)),
        Plot::Matrix(plot) => Some(matrix_table(spec, plot)),
        _ => None,
    }
}

fn columns(spec: &ChartSpec, all: &[(&str, &str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(key, vi, en)| ((*key).to_owned(), say(spec, vi, en))).collect()
}

fn number(value: Option<f64>) -> TableCell {
    value.map_or(TableCell::Empty, TableCell::Number)
}

fn text(words: impl Into<String>) -> TableCell {
    let words = words.into();
    if words.is_empty() { TableCell::Empty } else { TableCell::Text(words) }
}

fn targets_table(spec: &ChartSpec, plot: &TargetPlot) -> DataTable {
    let columns = columns(
        spec,
        &[
            ("code", "Mã", "Code"),
            ("group", "Chỉ số", "Index"),
            ("name", "Mục tiêu", "Target"),
            ("bound", "Ngưỡng", "Bound"),
            ("value", "Giá trị", "Value"),
            ("lower", "Giới hạn dưới", "Lower limit"),
            ("upper", "Giới hạn trên", "Upper limit"),
            ("year", "Năm", "Year"),
            ("basis", "Căn cứ", "Basis"),
            ("distance", "Cách mục tiêu", "Distance"),
            ("verdict", "Kết luận", "Verdict"),
            ("remark", "Lưu ý", "Remark"),
        ],
    );
    let rows = plot.rows.iter().map(|row| {
        let value = row.value.as_ref();
        vec![
            text(&row.id),
            text(&row.group),
            text(&row.label),
            number(row.bound),
            number(value.map(|value| value.value)),
            number(value.and_then(|value| value.interval).map(|limits| limits.lower)),
            number(value.and_then(|value| value.interval).map(|limits| limits.upper)),
            value.map_or(TableCell::Empty, |value| TableCell::Whole(u64::try_from(value.year).unwrap_or_default())),
            text(value.map_or("", |value| basis_words(value.basis, spec.language))),
            number(row.distance),
            text(&row.state_words),
            text(row.aside.clone().unwrap_or_default()),
        ]
    });
    DataTable { columns, rows: rows.collect() }
}

fn matrix_table(spec: &ChartSpec, plot: &MatrixPlot) -> DataTable {
    let mut columns = columns(spec, &[("no", "Số", "No"), ("name", "Nhiệm vụ", "Task"), ("lead", "Chủ trì", "Lead")]);
    columns.extend(plot.columns.iter().enumerate().map(|(index, name)| (format!("cell_{}", index + 1), name.clone())));
    columns.push(("tag".to_owned(), plot.tag_heading.clone()));
    let rows = plot.rows.iter().map(|row| {
        let mut cells = vec![text(&row.id), text(&row.label), text(&row.group)];
        cells.extend(row.cells.iter().map(|cell| text(cell_words(*cell, spec.language))));
        cells.push(text(&row.tag));
        cells
    });
    DataTable { columns, rows: rows.collect() }
}
