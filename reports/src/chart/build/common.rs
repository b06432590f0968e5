//! What the builders of figures share: rows of dots, nice axes, the frame of a figure.

use problem::{Language, Place, Problem, Problems, Words};

use super::{EstimateRow, Look, Metadata, cell, say};
use crate::chart::check::{TITLE_WORDS_MAX, checked};
use crate::chart::number::{in_text, range, with_unit};
use crate::chart::{Axis, Cell, ChartSpec, DotRow, Figure, Interval, Mark, Plot, ValueFormat, Verdict, VerdictKind};
use crate::verdict::{DifferenceVerdict, difference_verdict};
use crate::vietnamese::nfc;

/// Words of a language in NFC.
pub(super) fn told(words: &Words, language: Language) -> String {
    nfc(words.in_language(language))
}

/// What differs from figure to figure around its plot.
pub(super) struct Framed {
    pub(super) figure: Figure,
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) plot: Plot,
    /// Sentences of the note that come before those of the metadata.
    pub(super) remarks: Vec<String>,
}

/// The figure with its note, checked.
pub(super) fn framed(
    framed: Framed,
    metadata: &Metadata,
    look: Look,
    problems: Problems,
) -> Result<ChartSpec, Problems> {
    problems.into_result(())?;
    let mut note = metadata.note(look.language);
    note.remarks.splice(0..0, framed.remarks);
    checked(&ChartSpec {
        figure: framed.figure,
        language: look.language,
        size: look.size,
        title: framed.title,
        subtitle: framed.subtitle,
        plot: framed.plot,
        note,
        small_cells: metadata.small_cells,
        draft: metadata.draft,
        file_stem: metadata.file_stem(framed.figure),
    })
}

/// The first of the titles, from the fullest to the shortest, that is short enough.
pub(super) fn short_enough(titles: impl IntoIterator<Item = String>) -> String {
    let mut last = String::new();
    for title in titles {
        let words = title.split_whitespace().count();
        if words <= TITLE_WORDS_MAX {
            return title;
        }
        last = title;
    }
    last.split_whitespace().take(TITLE_WORDS_MAX).collect::<Vec<_>>().join(" ")
}

/// The length of the whole scale of a format whose values are shares.
pub(super) fn whole_of(format: ValueFormat) -> Option<f64> {
    match format {
        ValueFormat::Percent => Some(100.0),
        ValueFormat::Share => Some(1.0),
        ValueFormat::Points | ValueFormat::Change | ValueFormat::Count => None,
    }
}

/// Values that must be shares.
pub(super) fn share_scale(format: ValueFormat, problems: &mut Problems) -> f64 {
    whole_of(format).unwrap_or_else(|| {
        problems.push(
            Problem::new("chart_format", "biểu đồ này cần tỷ lệ phần trăm", "this figure needs percentages")
                .at(Place::column("format"))
                .expected("percent, share"),
        );
        1.0
    })
}

/// Ticks at round numbers between two ends, about as many as wanted.
pub(super) fn nice_ticks(min: f64, max: f64, wanted: usize) -> Vec<f64> {
    let raw = (max - min) / wanted.max(1) as f64;
    if !(raw.is_finite() && raw > 0.0) {
        return vec![min];
    }
    let power = 10_f64.powi(raw.log10().floor() as i32);
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= raw * 0.999);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((min / step - 1e-9).ceil() as i64, (max / step + 1e-9).floor() as i64);
    // Without the dust of binary steps, whatever their size.
    let factor = 10_f64.powi((2 - step.log10().floor() as i32).clamp(0, 300));
    let clean = |value: f64| if (value * factor).is_finite() { (value * factor).round() / factor } else { value };
    (first..=last).map(|index| clean(index as f64 * step).clamp(min, max)).collect()
}

/// An axis from zero to a round number that holds the largest value, for things that are counted.
pub(super) fn count_axis(largest: f64, wanted: usize) -> Axis {
    let largest = largest.max(1.0);
    let raw = (largest / wanted.max(1) as f64).max(1.0);
    let power = 10_f64.powi(raw.log10().floor() as i32);
    // Things are counted whole: no halves between two ticks.
    let step = [1.0, 2.0, 5.0].map(|factor| factor * power).into_iter().find(|step| *step >= raw * 0.999);
    let step = step.unwrap_or(10.0 * power);
    let max = (largest / step).ceil() * step;
    let ticks = (0_u32..=1000).map(|index| step * f64::from(index)).take_while(|tick| *tick <= max + 1e-9).collect();
    Axis { min: 0.0, max, ticks, format: ValueFormat::Count, decimals: 0, log: false }
}

/// The axis of shares: 50–100 % when every value fits, otherwise the whole.
pub(super) fn share_axis(format: ValueFormat, whole: f64, values: impl IntoIterator<Item = f64>) -> Axis {
    let fits = values.into_iter().all(|value| value >= whole / 2.0);
    let (first, step) = if fits { (5, 1) } else { (0, 2) };
    let ticks = (first..=10).step_by(step).map(|tenth| whole * f64::from(tenth) / 10.0).collect();
    Axis { min: if fits { whole / 2.0 } else { 0.0 }, max: whole, ticks, format, decimals: 2, log: false }
}

/// The axis of a whole scale of points, with a tick at each whole number, or fewer where the scale is long.
pub(super) fn points_axis((min, max): (f64, f64), wanted: usize) -> Axis {
    Axis { min, max, ticks: nice_ticks(min, max, wanted), format: ValueFormat::Points, decimals: 2, log: false }
}

/// A row of dots from an estimate, without verdict or aside.
pub(super) fn dot_row(row: &EstimateRow, cell: Cell, language: Language) -> DotRow {
    DotRow {
        id: nfc(&row.code),
        number: None,
        label: told(&row.name, language),
        cell,
        overall: false,
        group: None,
        aside: String::new(),
        verdict: None,
    }
}

/// Rows of dots with n at their side.
pub(super) fn dot_rows(
    rows: &[EstimateRow],
    metadata: &Metadata,
    scale: f64,
    language: Language,
    problems: &mut Problems,
) -> Vec<DotRow> {
    let of = |row: &EstimateRow| {
        let cell = cell(row, &metadata.small_cells, scale, language, problems);
        DotRow { aside: n_text(&cell, language), ..dot_row(row, cell, language) }
    };
    rows.iter().map(of).collect()
}

/// The number of answers of a shown estimate.
pub(super) fn n_text(cell: &Cell, language: Language) -> String {
    let n = cell.mark().and_then(|mark| mark.n);
    n.map_or_else(String::new, |n| crate::chart::number::whole(n, language))
}

/// Highest first; hidden and missing ones last, in the given order.
pub(super) fn by_value(rows: &mut [DotRow]) {
    let value = |row: &DotRow| row.cell.mark().map_or(f64::NEG_INFINITY, |mark| mark.value);
    rows.sort_by(|one, other| value(other).total_cmp(&value(one)));
}

/// The verdict that the interval of a difference carries, in the given words for up, down and unclear.
pub(super) fn difference(
    code: &str,
    change: Interval,
    words: [(&str, &str); 3],
    language: Language,
    problems: &mut Problems,
) -> Option<Verdict> {
    let (kind, index) = match difference_verdict(change.lower, change.upper) {
        Ok(DifferenceVerdict::Higher) => (VerdictKind::Up, 0),
        Ok(DifferenceVerdict::Lower) => (VerdictKind::Down, 1),
        Ok(DifferenceVerdict::NoClearDifference) => (VerdictKind::Unclear, 2),
        Err(problem) => {
            problems.push(problem.at(Place::column(code)));
            return None;
        }
    };
    Some(Verdict { kind, words: say(language, words[index].0, words[index].1) })
}

/// How many rows have a verdict of a kind.
pub(super) fn count_of(rows: &[DotRow], kind: VerdictKind) -> usize {
    rows.iter().filter(|row| row.verdict.as_ref().is_some_and(|verdict| verdict.kind == kind)).count()
}

/// An estimate in running text.
pub(super) fn value_in_text(value: f64, axis: &Axis, language: Language) -> String {
    in_text(value, axis.format, axis.decimals, language)
}

/// An estimate with its interval as a column of text has it.
pub(super) fn written(mark: &Mark, format: ValueFormat, decimals: usize, language: Language) -> String {
    let star = if mark.cautions.is_empty() { "" } else { "*" };
    let value = format!("{}{star}", with_unit(mark.value, format, decimals, language));
    match mark.interval {
        Some(limits) => format!("{value} ({})", range(limits.lower, limits.upper, format, decimals, language)),
        None => value,
    }
}

/// The smallest and the largest shown value, in words.
pub(super) fn ends_in_text<'a>(
    cells: impl Iterator<Item = &'a Cell>,
    format: ValueFormat,
    decimals: usize,
    language: Language,
) -> Option<(String, String)> {
    let values: Vec<f64> = cells.filter_map(|cell| Some(cell.mark()?.value)).collect();
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    Some((in_text(low, format, decimals, language), in_text(high, format, decimals, language)))
}

/// Counts as a number of the analysis.
pub(super) fn counted(count: u64) -> Cell {
    Cell::known(count as f64)
}

/// The quantile of sorted values between their order statistics.
///
/// # Source
/// Hyndman and Fan (1996), type 7: the default of R.
pub(super) fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let place = part * (sorted.len().checked_sub(1)?) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    let (low, high) = (sorted.get(low)?, sorted.get(high)?);
    Some(low + (place - place.floor()) * (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stand_at_round_numbers_inside_the_axis() {
        assert_eq!(nice_ticks(0.25, 2.5, 5), [0.5, 1.0, 1.5, 2.0, 2.5]);
        assert_eq!(nice_ticks(1.0, 10.0, 9), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
        assert_eq!(nice_ticks(0.0, 1e-7, 4).len(), 5);
        assert_eq!(nice_ticks(5.0, 5.0, 4), [5.0]);
        assert_eq!(count_axis(17.0, 4).max, 20.0);
        assert_eq!(count_axis(0.0, 4).max, 1.0);
        assert_eq!(count_axis(1_234_567.0, 5).max, 1_500_000.0);
        assert_eq!(count_axis(10.0, 4).ticks, [0.0, 5.0, 10.0]);
    }

    #[test]
    fn quantiles_are_those_of_r() {
        // R: quantile(c(1, 2, 4, 8), c(.25, .5, .75)) is 1.75, 3, 5.
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!([0.25, 0.5, 0.75].map(|part| quantile(&values, part)), [Some(1.75), Some(3.0), Some(5.0)]);
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
    }

    #[test]
    fn a_long_title_gives_way_to_a_shorter_one() {
        let long = "một ".repeat(13);
        assert_eq!(short_enough([long.clone(), "ngắn".to_owned()]), "ngắn");
        assert_eq!(short_enough([long]).split(' ').count(), 12);
    }
}
