//! What must hold before a figure is drawn, and NFC at the border.

mod more_check;
mod plan_check;

use problem::{Problem, Problems};

use super::{Axis, Cell, ChartSpec, DotPlot, Plot, RadarPlot};
use crate::vietnamese::nfc;

/// Longest title, in words separated by spaces.
pub(crate) const TITLE_WORDS_MAX: usize = 12;

/// Most upright lines of a dot plot: more names do not fit above it.
const GUIDES_MAX: usize = 3;

/// The spec with all its text in NFC, if it can be drawn truthfully.
pub(crate) fn checked(spec: &ChartSpec) -> Result<ChartSpec, Problems> {
    let mut spec = spec.clone();
    for_each_text(&mut spec, |text| *text = nfc(text));
    let mut problems = Problems::none();
    title(&spec, &mut problems);
    note(&spec, &mut problems);
    if let (Plot::Dots(_) | Plot::Radar(_), Some(values)) = (&spec.plot, spec.plot.axis()) {
        axis(values, &mut problems);
    }
    match &spec.plot {
        Plot::Dots(plot) => dots(plot, &mut problems),
        Plot::Radar(plot) => radar(plot, &mut problems),
        Plot::Targets(plot) => plan_check::targets(plot, &mut problems),
        Plot::Matrix(plot) => plan_check::matrix(plot, &mut problems),
        Plot::Rows(plot) => more_check::rows(plot, &mut problems),
        Plot::Panels(plot) => more_check::panels(plot, &mut problems),
        Plot::Areas(plot) => more_check::areas(plot, &mut problems),
        Plot::Page(plot) => more_check::page(plot, &mut problems),
    }
    problems.into_result(spec)
}

fn title(spec: &ChartSpec, problems: &mut Problems) {
    let words = spec.title.split_whitespace().count();
    if words == 0 || words > TITLE_WORDS_MAX {
        problems.push(
            Problem::new(
                "chart_title_length",
                "tiêu đề biểu đồ quá dài hoặc để trống",
                "the title of the figure is too long or empty",
            )
            .expected(format!("1–{TITLE_WORDS_MAX}"))
            .got(format!("{words}: {}", spec.title))
            .hint("nêu một phát hiện, ngắn gọn", "state one finding, briefly"),
        );
    }
}

fn note(spec: &ChartSpec, problems: &mut Problems) {
    let note = &spec.note;
    let digits = note.fingerprint.chars().take_while(char::is_ascii_hexdigit).count();
    if digits < 8 || digits != note.fingerprint.len() {
        problems.push(
            Problem::new(
                "chart_fingerprint",
                "thiếu mã nhận dạng dữ liệu của biểu đồ",
                "the fingerprint of the figure's data is missing",
            )
            .expected(("≥ 8 chữ số thập lục phân", "≥ 8 hexadecimal digits"))
            .got(note.fingerprint.clone()),
        );
    }
    if !(note.confidence_level > 0.0 && note.confidence_level < 1.0) {
        problems.push(
            Problem::new("chart_confidence_level", "mức tin cậy không hợp lệ", "the confidence level is not valid")
                .expected("0 < level < 1")
                .got(note.confidence_level.to_string()),
        );
    }
    if let Some((first, last)) = note.fieldwork
        && first > last
    {
        problems.push(
            Problem::new(
                "chart_fieldwork_dates",
                "ngày kết thúc thực địa trước ngày bắt đầu",
                "fieldwork ends before it begins",
            )
            .got(format!("{first} – {last}")),
        );
    }
}

fn axis(axis: &Axis, problems: &mut Problems) {
    let ordered = axis.min.is_finite() && axis.max.is_finite() && axis.min < axis.max && !(axis.log && axis.min <= 0.0);
    if !ordered || axis.ticks.iter().any(|tick| !inside(*tick, axis)) {
        problems.push(
            Problem::new("chart_axis", "trục giá trị không hợp lệ", "the axis of values is not valid")
                .got(format!("{}–{}: {:?}", axis.min, axis.max, axis.ticks)),
        );
    }
}

fn inside(value: f64, axis: &Axis) -> bool {
    value.is_finite() && value >= axis.min && value <= axis.max
}

fn outside(id: &str, value: f64, axis: &Axis) -> Problem {
    Problem::new(
        "chart_value_outside_axis",
        "giá trị nằm ngoài trục của biểu đồ",
        "a value lies outside the axis of the figure",
    )
    .at(problem::Place::column(id))
    .expected(format!("{}–{}", axis.min, axis.max))
    .got(value.to_string())
}

fn cell(id: &str, cell: &Cell, axis: &Axis, problems: &mut Problems) {
    if let Some(mark) = cell.mark()
        && !inside(mark.value, axis)
    {
        problems.push(outside(id, mark.value, axis));
    }
    numbers(id, cell, problems);
}

/// An estimate lies in its interval, and its precision is a number.
fn numbers(id: &str, cell: &Cell, problems: &mut Problems) {
    let Some(mark) = cell.mark() else { return };
    if let Some(limits) = mark.interval
        && !(limits.lower.is_finite()
            && limits.upper.is_finite()
            && limits.lower <= mark.value
            && mark.value <= limits.upper)
    {
        problems.push(
            Problem::new(
                "chart_interval",
                "khoảng tin cậy không chứa ước lượng",
                "the interval does not hold the estimate",
            )
            .at(problem::Place::column(id))
            .expected("lower ≤ value ≤ upper")
            .got(format!("{} ≤ {} ≤ {}", limits.lower, mark.value, limits.upper)),
        );
    }
    let extras = [mark.standard_error, mark.degrees_of_freedom];
    if extras.into_iter().flatten().any(|number| !number.is_finite() || number < 0.0) {
        problems.push(
            Problem::new(
                "chart_precision",
                "sai số chuẩn hoặc bậc tự do không hợp lệ",
                "standard error or degrees of freedom is not valid",
            )
            .at(problem::Place::column(id))
            .expected("finite, ≥ 0")
            .got(format!("{extras:?}")),
        );
    }
}

fn count(what: &str, expected: &str, got: usize) -> Problem {
    Problem::new("chart_shape", "các phần của biểu đồ không khớp nhau", "the parts of the figure do not match")
        .at(problem::Place::column(what))
        .expected(expected)
        .got(got.to_string())
}

fn duplicates<'a>(ids: impl Iterator<Item = &'a str>, problems: &mut Problems) {
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    let mut repeated: Vec<&str> = ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    repeated.dedup();
    for id in repeated {
        problems.push(Problem::new("chart_duplicate_id", "mã dòng bị trùng", "two rows have the same code").got(id));
    }
}

fn dots(plot: &DotPlot, problems: &mut Problems) {
    if plot.rows.is_empty() {
        problems.push(count("rows", "≥ 1", 0));
    }
    duplicates(plot.rows.iter().map(|row| row.id.as_str()), problems);
    for limits in plot.bands.iter().map(|band| band.limits) {
        if !(inside(limits.lower, &plot.axis) && inside(limits.upper, &plot.axis) && limits.lower <= limits.upper) {
            problems.push(outside("band", limits.lower, &plot.axis));
        }
    }
    for row in &plot.rows {
        cell(&row.id, &row.cell, &plot.axis, problems);
    }
    for (index, reference) in plot.references.iter().enumerate() {
        if reference.values.len() != plot.rows.len() {
            problems.push(count(&reference.label, &plot.rows.len().to_string(), reference.values.len()));
        }
        for value in reference.values.iter().flatten().filter(|value| !inside(**value, &plot.axis)) {
            problems.push(outside(&reference.label, *value, &plot.axis));
        }
        if plot.references[..index].iter().any(|other| other.kind == reference.kind) {
            problems.push(
                Problem::new(
                    "chart_same_sign",
                    "hai chuỗi đối chiếu có cùng ký hiệu",
                    "two reference series have the same sign",
                )
                .got(reference.label.clone()),
            );
        }
    }
    if plot.guides.len() > GUIDES_MAX {
        problems.push(count("guides", &format!("≤ {GUIDES_MAX}"), plot.guides.len()));
    }
    for guide in plot.guides.iter().filter(|guide| !inside(guide.value, &plot.axis)) {
        problems.push(outside(&guide.label, guide.value, &plot.axis));
    }
}

fn radar(plot: &RadarPlot, problems: &mut Problems) {
    if plot.spokes.len() < 3 {
        problems.push(count("spokes", "≥ 3", plot.spokes.len()));
    }
    if plot.series.is_empty() || plot.series.len() > 3 {
        problems.push(count("series", "1–3", plot.series.len()));
    }
    duplicates(plot.spokes.iter().map(|(id, _)| id.as_str()), problems);
    for (index, series) in plot.series.iter().enumerate() {
        if series.cells.len() != plot.spokes.len() {
            problems.push(count(&series.label, &plot.spokes.len().to_string(), series.cells.len()));
        }
        if plot.series[..index].iter().any(|other| other.kind == series.kind) {
            problems.push(
                Problem::new(
                    "chart_same_sign",
                    "hai chuỗi đối chiếu có cùng ký hiệu",
                    "two reference series have the same sign",
                )
                .got(series.label.clone()),
            );
        }
        for ((id, _), this) in plot.spokes.iter().zip(&series.cells) {
            cell(id, this, &plot.axis, problems);
        }
    }
}

fn for_each_text(spec: &mut ChartSpec, mut change: impl FnMut(&mut String)) {
    let note = &mut spec.note;
    for text in [&mut spec.title, &mut spec.subtitle, &mut note.survey, &mut note.unit, &mut note.method] {
        change(text);
    }
    note.remarks.iter_mut().for_each(&mut change);
    match &mut spec.plot {
        Plot::Dots(plot) => dots_text(plot, &mut change),
        Plot::Radar(plot) => {
            plot.spokes.iter_mut().for_each(|(_, label)| change(label));
            for series in &mut plot.series {
                change(&mut series.label);
                series.cells.iter_mut().for_each(|cell| cell_text(cell, &mut change));
            }
        }
        Plot::Targets(plot) => plan_check::target_texts(plot, &mut change),
        Plot::Matrix(plot) => plan_check::matrix_texts(plot, &mut change),
        // Their builders take every word through NFC; see `build::nfc_words`.
        Plot::Rows(_) | Plot::Panels(_) | Plot::Areas(_) | Plot::Page(_) => {}
    }
}

fn dots_text(plot: &mut DotPlot, change: &mut impl FnMut(&mut String)) {
    change(&mut plot.series_label);
    change(&mut plot.value_heading);
    plot.verdict_heading.iter_mut().chain(&mut plot.aside_heading).for_each(&mut *change);
    plot.bands.iter_mut().for_each(|band| change(&mut band.label));
    for row in &mut plot.rows {
        change(&mut row.label);
        change(&mut row.aside);
        row.number.iter_mut().chain(&mut row.group).for_each(&mut *change);
        row.verdict.iter_mut().for_each(|verdict| change(&mut verdict.words));
        cell_text(&mut row.cell, change);
    }
    plot.references.iter_mut().for_each(|reference| change(&mut reference.label));
    plot.guides.iter_mut().for_each(|guide| change(&mut guide.label));
}

fn cell_text(cell: &mut Cell, change: &mut impl FnMut(&mut String)) {
    if let Cell::Missing { reason } = cell {
        change(reason);
    }
}
