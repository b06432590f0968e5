//! Words for those who do not see the figure (WCAG 1.1.1).

use std::collections::BTreeSet;

use problem::Language;

use super::facts::Fact;
use super::number::{level, range, with_unit};
use super::plan_words;
use super::{Cell, ChartSpec, Mark, Plot, VerdictKind};

/// Text alternative, two to four sentences: kind and subject, range with the extremes, verdicts or comparisons, what is not shown.
#[must_use]
pub fn alt_text(spec: &ChartSpec) -> String {
    if let Some(text) = plan_words::alt(spec) {
        return text;
    }
    let entries = spec.plot.entries();
    let mut sentences = vec![kind(spec, &entries)];
    if let Some((_, told)) = spec.plot.told() {
        sentences.extend(told.iter().cloned());
    } else {
        sentences.extend(extremes(spec, &entries));
        sentences.extend(verdicts(spec, &entries));
    }
    sentences.extend(hidden(spec, &entries));
    if sentences.len() < 2 {
        sentences.push(spec.title.clone() + ".");
    }
    sentences.join(" ")
}

/// Most names of hidden things that are read aloud.
const HIDDEN_MAX: usize = 12;

fn say(spec: &ChartSpec, vi: String, en: String) -> String {
    match spec.language {
        Language::Vi => vi,
        Language::En => en,
    }
}

fn kind(spec: &ChartSpec, entries: &[Fact<'_>]) -> String {
    let with_intervals = entries.iter().filter_map(|entry| entry.cell.mark()).any(|mark| mark.interval.is_some());
    let limits = level(spec.note.confidence_level, spec.language);
    let kind = match (&spec.plot, with_intervals) {
        (Plot::Dots(_), true) => say(
            spec,
            format!("Biểu đồ điểm có khoảng tin cậy {limits}"),
            format!("Dot chart with {limits} confidence intervals"),
        ),
        (Plot::Dots(_), false) => {
            say(spec, "Biểu đồ điểm không có khoảng tin cậy".into(), "Dot chart without confidence intervals".into())
        }
        (Plot::Radar(_), _) => say(spec, "Biểu đồ hình sao".into(), "Radar chart".into()),
        (Plot::Page(_), _) => say(spec, "Trang tóm tắt".into(), "Summary page".into()),
        (plot, _) => plot.told().map_or("", |(words, _)| words).to_owned(),
    };
    let draft = if spec.draft {
        say(spec, " (số liệu tạm tính)".into(), " (provisional figures)".into())
    } else {
        String::new()
    };
    format!("{kind}{draft}: {}.", spec.subtitle.trim_end_matches('.'))
}

fn written(spec: &ChartSpec, mark: &Mark) -> String {
    let Some(axis) = spec.plot.axis() else { return String::new() };
    let value = with_unit(mark.value, axis.format, axis.decimals, spec.language);
    match mark.interval {
        Some(limits) => {
            format!("{value} ({})", range(limits.lower, limits.upper, axis.format, axis.decimals, spec.language))
        }
        None => value,
    }
}

fn extremes(spec: &ChartSpec, entries: &[Fact<'_>]) -> Option<String> {
    let mut shown: Vec<(&str, &Mark)> =
        entries.iter().filter_map(|entry| Some((entry.label, entry.cell.mark()?))).collect();
    shown.sort_by(|(_, one), (_, other)| one.value.total_cmp(&other.value));
    let ((low_name, low), (high_name, high)) = (*shown.first()?, *shown.last()?);
    let (low, high) = (written(spec, low), written(spec, high));
    Some(if shown.len() == 1 {
        format!("{low_name}: {low}.")
    } else {
        say(
            spec,
            format!("Ước lượng thấp nhất là {low_name}, {low}; cao nhất là {high_name}, {high}."),
            format!("The lowest estimate is {low_name}, {low}; the highest is {high_name}, {high}."),
        )
    })
}

fn verdicts(spec: &ChartSpec, entries: &[Fact<'_>]) -> Option<String> {
    let mut parts = Vec::new();
    for guide in spec.plot.guides() {
        parts.push(guide.label.clone());
    }
    for kind in [VerdictKind::Up, VerdictKind::Down, VerdictKind::Unclear] {
        let mut names =
            entries.iter().filter(|entry| entry.verdict.is_some_and(|verdict| verdict.kind == kind)).peekable();
        if let Some(words) = names.peek().and_then(|entry| entry.verdict).map(|verdict| verdict.words.clone()) {
            parts.push(format!("{words}: {}", names.map(|entry| entry.label).collect::<Vec<_>>().join(", ")));
        }
    }
    let comparisons = spec.plot.comparisons();
    if !comparisons.is_empty() {
        let names: Vec<&str> = comparisons.into_iter().map(|(name, _)| name).collect();
        parts.push(say(
            spec,
            format!("đối chiếu với {}", names.join(", ")),
            format!("compared with {}", names.join(", ")),
        ));
    }
    let text = parts.join("; ");
    let mut letters = text.chars();
    let first = letters.next()?;
    Some(format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

fn hidden(spec: &ChartSpec, entries: &[Fact<'_>]) -> Option<String> {
    let least = spec.small_cells.hide_below_n;
    let mut names: Vec<String> = entries
        .iter()
        .filter_map(|entry| match entry.cell.as_ref() {
            Cell::Shown(_) => None,
            Cell::Suppressed => Some(format!("{} (n < {least})", entry.label)),
            Cell::Missing { reason } => Some(format!("{} ({reason})", entry.label)),
        })
        .collect();
    // The same year is missing in several panels: told once.
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    let more = names.len().saturating_sub(HIDDEN_MAX);
    if more > 0 {
        names.truncate(HIDDEN_MAX);
        names.push(say(spec, format!("và {more} mục khác"), format!("and {more} more")));
    }
    (!names.is_empty()).then(|| {
        say(spec, format!("Không hiển thị: {}.", names.join(", ")), format!("Not shown: {}.", names.join(", ")))
    })
}
