//! F5: length of interviews by enumerator. For coordinators: names of enumerators stand in it.

use problem::{Place, Problem, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, framed, quantile, told};
use super::{Look, Metadata, index_heading, say};
use crate::chart::number::{decimal, whole};
use crate::chart::{
    Axis, Cell, ChartRow, ChartSpec, Figure, Guide, GuideKind, Plot, RowLook, RowPanel, RowPart, RowSeries, RowsPlot,
    TextColumn, ValueFormat,
};

/// One enumerator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnumeratorDurations {
    /// Stable code.
    pub code: String,
    /// Name.
    pub name: Words,
    /// Length of each interview, in minutes.
    pub minutes: Vec<f64>,
}

/// What F5 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DurationFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Interviews shorter than this, in minutes, are looked at.
    pub threshold: f64,
    /// The enumerators.
    pub enumerators: Vec<EnumeratorDurations>,
}

/// Ticks of the axis, in minutes.
const TICKS: [f64; 14] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 240.0, 480.0, 1440.0];

/// Builds F5: a stroke an interview on a logarithmic axis, the median of each enumerator, shortest first.
///
/// # Errors
/// Lengths that are no positive numbers, or above a day.
pub fn f5_durations(figure: &DurationFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let usable = |minutes: f64| (TICKS[0]..=TICKS[TICKS.len() - 1]).contains(&minutes);
    let refuse = |what: &str, got: String| {
        Problem::new("chart_duration", "thời lượng phỏng vấn không hợp lệ", "the length of an interview is not valid")
            .at(Place::column(what))
            .expected("0.1–1440 min")
            .got(got)
    };
    if !usable(figure.threshold) {
        problems.push(refuse("threshold", figure.threshold.to_string()));
    }
    for one in &figure.enumerators {
        let wrong: Vec<f64> = one.minutes.iter().copied().filter(|minutes| !usable(*minutes)).collect();
        if !wrong.is_empty() {
            problems.push(refuse(&one.code, format!("{wrong:?}")));
        }
    }
    problems.into_result(())?;
    let mut medians: Vec<(Option<f64>, &EnumeratorDurations)> = figure
        .enumerators
        .iter()
        .map(|one| {
            let mut sorted = one.minutes.clone();
            sorted.sort_by(f64::total_cmp);
            (quantile(&sorted, 0.5), one)
        })
        .collect();
    medians.sort_by(|one, other| {
        one.0.unwrap_or(f64::INFINITY).total_cmp(&other.0.unwrap_or(f64::INFINITY)).then(one.1.code.cmp(&other.1.code))
    });
    let all = || figure.enumerators.iter().flat_map(|one| one.minutes.iter().copied());
    let short = |minutes: &[f64]| minutes.iter().filter(|minutes| **minutes < figure.threshold).count() as u64;
    let (n, below) = (all().count() as u64, all().filter(|minutes| *minutes < figure.threshold).count() as u64);
    let threshold = decimal(figure.threshold, usize::from(figure.threshold.fract() > 1e-9), language);
    let title = if n == 0 {
        say(language, "Chưa có phiếu nào", "No interview yet")
    } else {
        let (below, n) = (whole(below, language), whole(n, language));
        say(
            language,
            format!("{below} trong {n} phiếu ngắn hơn {threshold} phút"),
            format!("{below} of {n} interviews are shorter than {threshold} minutes"),
        )
    };
    let (low, high) = all()
        .chain([figure.threshold])
        .fold((10.0_f64, 60.0_f64), |(low, high), minutes| (low.min(minutes), high.max(minutes)));
    let min = TICKS.iter().copied().filter(|tick| *tick <= low).fold(TICKS[0], f64::max);
    let max = TICKS.iter().copied().find(|tick| *tick >= high).unwrap_or(1440.0);
    let rows = medians.iter().map(|(median, one)| {
        let strip = RowPart { cell: None, values: one.minutes.clone(), ..RowPart::at(0, 0, Cell::known(0.0)) };
        let middle = median.map(|median| RowPart::at(0, 1, Cell::known(median)));
        ChartRow {
            id: crate::vietnamese::nfc(&one.code),
            label: told(&one.name, language),
            group: None,
            parts: [strip].into_iter().chain(middle).collect(),
            texts: vec![
                median.map_or_else(|| "–".to_owned(), |median| decimal(median, 0, language)),
                whole(short(&one.minutes), language),
                whole(one.minutes.len() as u64, language),
            ],
            verdict: None,
        }
    });
    let fastest = medians.first().and_then(|(median, one)| Some((told(&one.name, language), (*median)?)));
    let sentence = fastest.map(|(name, median)| {
        let median = decimal(median, 0, language);
        say(
            language,
            format!("Trung vị ngắn nhất: {name}, {median} phút."),
            format!("Shortest median: {name}, {median} minutes."),
        )
    });
    let column = |vi: &str, en: &str, strong| TextColumn { heading: say(language, vi, en), numeric: true, strong };
    let plot = RowsPlot {
        kind_words: say(language, "Biểu đồ vạch", "Strip chart"),
        series: vec![
            RowSeries { label: say(language, "một phiếu", "one interview"), look: RowLook::Strip },
            RowSeries { label: say(language, "trung vị, phút", "median, minutes"), look: RowLook::Middle },
        ],
        panels: vec![RowPanel {
            heading: say(language, "Phút (thang logarit)", "Minutes (logarithmic)"),
            axis: Axis {
                min,
                max,
                ticks: TICKS.into_iter().filter(|tick| (min..=max).contains(tick)).collect(),
                format: ValueFormat::Points,
                decimals: 0,
                log: true,
            },
            without_signs: false,
            guides: vec![Guide {
                kind: GuideKind::Comparison,
                value: figure.threshold,
                label: say(language, format!("ngưỡng {threshold} phút"), format!("threshold {threshold} min")),
            }],
            weight: 1.0,
        }],
        columns: vec![
            column("Trung vị, phút", "Median, min", true),
            column("Dưới ngưỡng", "Below", false),
            column("Số phiếu", "Interviews", false),
        ],
        verdict_heading: None,
        rows: rows.collect(),
        counts: true,
        told: sentence.into_iter().collect(),
    };
    let subtitle = say(
        language,
        format!("Thời lượng phỏng vấn theo điều tra viên, {}", index_heading(metadata, language)),
        format!("Length of interviews by enumerator, {}", index_heading(metadata, language)),
    );
    let remarks = vec![say(
        language,
        "Trục phút là thang logarit. Phiếu ngắn cần được xem lại, chưa phải là lỗi.",
        "The axis of minutes is logarithmic. A short interview is to be looked at; it is not an error yet.",
    )];
    framed(
        Framed { figure: Figure::F5, title, subtitle, plot: Plot::Rows(plot), remarks },
        metadata,
        look,
        Problems::none(),
    )
}
