//! The line under a figure: source, n, method, degrees of freedom, what the signs mean, dates, fingerprint.

use problem::Language;

use super::facts::Fact;
use super::number::{date, decimal, level, whole};
use super::plan_words;
use super::{Axis, Caution, Cell, ChartSpec, DotPlot, Layer, PageBlock, Plot, ValueFormat};

/// The note of a figure, composed from what the figure holds, so that no star, dash or arrow can stay unexplained.
#[must_use]
pub fn note_text(spec: &ChartSpec) -> String {
    if let Some(text) = plan_words::note(spec) {
        return text;
    }
    let entries = spec.plot.entries();
    let mut sentences = vec![source(spec), sample(spec, &entries)];
    sentences.extend(signs(spec, &entries));
    sentences.extend(spec.note.remarks.iter().cloned());
    sentences.push(dates(spec));
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

fn say(spec: &ChartSpec, vi: &str, en: &str) -> String {
    match spec.language {
        Language::Vi => vi.to_owned(),
        Language::En => en.to_owned(),
    }
}

fn source(spec: &ChartSpec) -> String {
    let (survey, unit) = (&spec.note.survey, &spec.note.unit);
    say(spec, &format!("Nguồn: {survey}, {unit}."), &format!("Source: {survey}, {unit}."))
}

fn sample(spec: &ChartSpec, entries: &[Fact<'_>]) -> String {
    let (note, language) = (&spec.note, spec.language);
    let villages = note.villages.map_or_else(String::new, |villages| {
        let villages = whole(villages, language);
        say(spec, &format!(" ({villages} thôn)"), &format!(" ({villages} villages)"))
    });
    let people = note.n.map_or_else(
        || say(spec, "n: không công bố", "n: not published"),
        |n| {
            let n = whole(n, language);
            say(spec, &format!("n = {n} người"), &format!("n = {n} people"))
        },
    );
    if spec.plot.counts() {
        return if note.n.is_some() { format!("{people}{villages}.") } else { String::new() };
    }
    // Series that never have an interval, such as a median or the parts of a bar, need no excuse.
    let has_interval = |entry: &Fact<'_>| entry.cell.mark().is_some_and(|mark| mark.interval.is_some());
    let with: Vec<&str> = entries.iter().filter(|entry| has_interval(entry)).map(|entry| entry.series).collect();
    let own = entries.iter().filter(|entry| with.is_empty() || with.contains(&entry.series));
    let marks: Vec<_> = own.filter_map(|entry| entry.cell.mark()).collect();
    let without = marks.iter().filter(|mark| mark.interval.is_none()).count();
    let intervals = if without == marks.len() {
        say(spec, "không công bố khoảng tin cậy", "no confidence intervals published")
    } else {
        let limits = level(note.confidence_level, language);
        let df = degrees_of_freedom(spec, entries);
        let method = &note.method;
        let some = if without > 0 {
            say(
                spec,
                "; mục không có vạch: không công bố khoảng tin cậy",
                "; rows without a line: no interval published",
            )
        } else {
            String::new()
        };
        say(
            spec,
            &format!("khoảng tin cậy {limits} ({method}{df}){some}"),
            &format!("{limits} confidence intervals ({method}{df}){some}"),
        )
    };
    format!("{people}{villages}; {intervals}.")
}

fn degrees_of_freedom(spec: &ChartSpec, entries: &[Fact<'_>]) -> String {
    let values = entries.iter().filter_map(|entry| entry.cell.mark()?.degrees_of_freedom);
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), df| (low.min(df), high.max(df)));
    if low > high {
        return String::new();
    }
    let write = |df: f64| decimal(df, usize::from((df - df.round()).abs() > 0.05), spec.language);
    let (low, high) = (write(low), write(high));
    let text = if low == high { low } else { format!("{low}–{high}") };
    say(spec, &format!(", {text} bậc tự do"), &format!(", {text} degrees of freedom"))
}

/// Whether an interval of the figure is longer than its axis shows.
pub(crate) fn has_clipped_interval(spec: &ChartSpec) -> bool {
    let beyond = |cell: &Cell, axis: &Axis| {
        let limits = cell.mark().and_then(|mark| mark.interval);
        limits.is_some_and(|limits| limits.lower < axis.min || limits.upper > axis.max)
    };
    let dots = |plot: &DotPlot| plot.rows.iter().any(|row| beyond(&row.cell, &plot.axis));
    match &spec.plot {
        Plot::Dots(plot) => dots(plot),
        Plot::Radar(plot) => plot.series.iter().flat_map(|series| &series.cells).any(|cell| beyond(cell, &plot.axis)),
        Plot::Rows(plot) => plot.rows.iter().flat_map(|row| &row.parts).any(|part| {
            let axis = plot.panels.get(part.panel).map(|panel| &panel.axis);
            axis.zip(part.cell.as_ref().filter(|_| part.drawn.is_none())).is_some_and(|(axis, cell)| beyond(cell, axis))
        }),
        Plot::Panels(plot) => plot.panels.iter().any(|panel| {
            let points = panel.layers.iter().filter_map(|layer| match layer {
                Layer::Line { points, .. } => Some(points),
                _ => None,
            });
            points.flatten().any(|point| beyond(&point.cell, &panel.y))
        }),
        Plot::Page(plot) => plot.blocks.iter().any(|block| match block {
            PageBlock::Dots { plot, .. } => dots(plot),
            PageBlock::Targets { .. } | PageBlock::Lists { .. } => false,
        }),
        Plot::Targets(_) | Plot::Matrix(_) | Plot::Areas(_) => false,
    }
}

fn signs(spec: &ChartSpec, entries: &[Fact<'_>]) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(reasons) = cautions(spec, entries) {
        sentences.push(format!("*: {reasons}."));
    }
    if entries.iter().any(|entry| matches!(entry.cell.as_ref(), Cell::Suppressed)) {
        let least = spec.small_cells.hide_below_n;
        sentences.push(say(spec, &format!("–: không hiển thị, n < {least}."), &format!("–: not shown, n < {least}.")));
    }
    if has_clipped_interval(spec) {
        sentences.push(say(
            spec,
            "Mũi tên: khoảng tin cậy vượt ra ngoài trục.",
            "Arrow: the confidence interval goes beyond the axis.",
        ));
    }
    if matches!(spec.plot, Plot::Radar(_)) {
        sentences.push(say(
            spec,
            "Diện tích không có ý nghĩa; xem biểu đồ điểm và khoảng tin cậy.",
            "The area has no meaning; see the chart of dots and intervals.",
        ));
    }
    sentences
}

/// How the values that may be starred are written: in a scatter the warnings are on the level axis, which has shares.
fn cautioned_format(spec: &ChartSpec) -> ValueFormat {
    if let Plot::Panels(plot) = &spec.plot
        && plot.panels.iter().flat_map(|panel| &panel.layers).any(|layer| matches!(layer, Layer::Crosses { .. }))
    {
        return ValueFormat::Percent;
    }
    spec.plot.axis().map_or(ValueFormat::Points, |axis| axis.format)
}

fn cautions(spec: &ChartSpec, entries: &[Fact<'_>]) -> Option<String> {
    let has = |caution: Caution| {
        entries.iter().filter_map(|entry| entry.cell.mark()).any(|mark| mark.cautions.contains(&caution))
    };
    let rule = &spec.small_cells;
    let mut reasons = Vec::new();
    if has(Caution::SmallSample) {
        reasons.push(format!("n {}–{}", rule.hide_below_n, rule.caution_below_n.saturating_sub(1)));
    }
    if has(Caution::WideInterval) {
        let width = decimal(rule.caution_interval_width * 100.0, 0, spec.language);
        reasons.push(match cautioned_format(spec) {
            ValueFormat::Points | ValueFormat::Change | ValueFormat::Count => say(
                spec,
                &format!("khoảng rộng hơn {width}\u{2009}% thang điểm"),
                &format!("interval wider than {width}% of the scale"),
            ),
            ValueFormat::Percent | ValueFormat::Share => say(
                spec,
                &format!("khoảng rộng hơn {width} điểm phần trăm"),
                &format!("interval wider than {width} percentage points"),
            ),
        });
    }
    if has(Caution::LargeRelativeError) {
        let share = decimal(rule.caution_relative_standard_error * 100.0, 0, spec.language);
        reasons.push(say(
            spec,
            &format!("sai số chuẩn tương đối trên {share}\u{2009}%"),
            &format!("relative standard error above {share}%"),
        ));
    }
    let joined = reasons.join(&say(spec, " hoặc ", " or "));
    (!joined.is_empty()).then_some(joined)
}

pub(super) fn dates(spec: &ChartSpec) -> String {
    let (note, language) = (&spec.note, spec.language);
    let fieldwork = note.fieldwork.map_or_else(String::new, |(first, last)| {
        let (first, last) = (date(first, language), date(last, language));
        say(spec, &format!("Thực địa {first}–{last}; "), &format!("Fieldwork {first}–{last}; "))
    });
    let computed = date(note.computed, language);
    let code: String = note.fingerprint.chars().take(8).collect();
    let draft =
        if spec.draft { say(spec, "Số liệu tạm tính. ", "Provisional figures. ") } else { String::new() };
    let rest = match (language, fieldwork.is_empty()) {
        (Language::Vi, true) => format!("Tính ngày {computed}; mã\u{A0}{code}."),
        (Language::Vi, false) => format!("tính ngày {computed}; mã\u{A0}{code}."),
        (Language::En, true) => format!("Computed {computed}; code\u{A0}{code}."),
        (Language::En, false) => format!("computed {computed}; code\u{A0}{code}."),
    };
    format!("{draft}{fieldwork}{rest}")
}
