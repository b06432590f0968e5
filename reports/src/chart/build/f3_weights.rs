//! F3: distribution of weights and what it costs.

use estimation::weighting::diagnose;
use problem::{Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, count_axis, counted, framed, nice_ticks, quantile};
use super::{Look, Metadata, index_heading, say};
use crate::chart::number::{bare, decimal};
use crate::chart::{
    Axis, Cell, ChartSpec, Column, Figure, Layer, LineLook, LinePoint, Panel, PanelsPlot, Plot, ValueFormat, XAxis,
    XTick,
};

/// What F3 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// The final weights, all positive.
    pub weights: Vec<f64>,
    /// Limits at which weights were trimmed.
    pub limits: Option<(f64, f64)>,
}

/// Most columns of the histogram.
const COLUMNS_MAX: usize = 20;

/// Builds F3: a histogram over the logarithm of the weights with their quartiles above it, and the share of the whole that the
/// heaviest interviews carry.
///
/// # Errors
/// Weights that are not positive numbers; none at all.
pub fn f3_weights(figure: &WeightFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let wrong: Vec<usize> = (1..)
        .zip(&figure.weights)
        .filter(|(_, weight)| !(weight.is_finite() && **weight > 0.0))
        .map(|(index, _)| index)
        .collect();
    let told = diagnose(&figure.weights).filter(|told| wrong.is_empty() && told.kish_design_effect.is_finite());
    let Some(told) = told else {
        return Err(Problem::new("chart_weights", "trọng số phải là số dương", "weights must be positive numbers")
            .expected("> 0")
            .got(if figure.weights.is_empty() {
                "0".to_owned()
            } else {
                format!("{} × ≤ 0: {wrong:?}", wrong.len())
            })
            .into());
    };
    let mut sorted = figure.weights.clone();
    sorted.sort_by(f64::total_cmp);
    let five = [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| quantile(&sorted, part).unwrap_or(told.smallest));
    let (neff, n) = (decimal(told.effective_n, 0, language), decimal(told.n as f64, 0, language));
    let title = say(
        language,
        format!("{n} phiếu có trọng số tương đương {neff} phiếu"),
        format!("{n} weighted interviews are worth {neff}"),
    );
    let write = |value: f64| decimal(value, if value < 10.0 { 2 } else { 0 }, language);
    let sentence = say(
        language,
        format!(
            "Trọng số từ {} đến {}, trung vị {}; hệ số biến thiên {}, hiệu ứng thiết kế do trọng số {}.",
            write(five[0]),
            write(five[4]),
            write(five[2]),
            decimal(told.coefficient_of_variation, 2, language),
            decimal(told.kish_design_effect, 2, language)
        ),
        format!(
            "Weights from {} to {}, median {}; coefficient of variation {}, design effect of weighting {}.",
            write(five[0]),
            write(five[4]),
            write(five[2]),
            decimal(told.coefficient_of_variation, 2, language),
            decimal(told.kish_design_effect, 2, language)
        ),
    );
    let plot = PanelsPlot {
        kind_words: say(language, "Biểu đồ tần suất và đường tích luỹ", "Histogram and cumulative line"),
        across: 2,
        panels: vec![histogram(figure, &sorted, five, look), heaviest(&sorted, look)],
        counts: true,
        names: Vec::new(),
        told: vec![sentence.clone()],
    };
    let subtitle = say(
        language,
        format!("Phân bố trọng số, {}", index_heading(metadata, language)),
        format!("Distribution of weights, {}", index_heading(metadata, language)),
    );
    let remarks =
        vec![sentence, say(language, "Phiếu tương đương: n / (1 + CV²), theo Kish.", "Worth: n / (1 + CV²), by Kish.")];
    framed(
        Framed { figure: Figure::F3, title, subtitle, plot: Plot::Panels(plot), remarks },
        metadata,
        look,
        Problems::none(),
    )
}

fn histogram(figure: &WeightFigure, sorted: &[f64], five: [f64; 5], look: Look) -> Panel {
    let language = look.language;
    let trimmed = figure.limits.map(|(low, high)| [low, high]).into_iter().flatten().filter(|limit| *limit > 0.0);
    let trimmed: Vec<f64> = trimmed.filter(|limit| limit.is_finite()).collect();
    let (low, high) = trimmed
        .iter()
        .chain([&five[0], &five[4]])
        .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(*value), high.max(*value)));
    // Equal weights still need an axis.
    let (min, max) = if high / low < 1.05 { (low / 1.5, high * 1.5) } else { (low / 1.04, high * 1.04) };
    let bins = ((sorted.len() as f64).sqrt().ceil() as usize).clamp(5, COLUMNS_MAX);
    let edge = |index: usize| min * (max / min).powf(index as f64 / bins as f64);
    let mut counts = vec![0_u64; bins];
    for weight in sorted {
        let place = ((weight / min).ln() / (max / min).ln() * bins as f64).floor();
        if let Some(count) = counts.get_mut((place.max(0.0) as usize).min(bins - 1)) {
            *count += 1;
        }
    }
    let short = |value: f64| decimal(value, if value < 10.0 { 2 } else { 0 }, language);
    let columns = counts
        .iter()
        .enumerate()
        .map(|(index, &count)| Column {
            ends: (edge(index).max(min), edge(index + 1).min(max)),
            // The number keeps names apart where limits look alike.
            label: format!("{}: {}–{}", index + 1, short(edge(index)), short(edge(index + 1))),
            cell: counted(count),
        })
        .collect();
    let largest = counts.iter().copied().max().unwrap_or(1) as f64;
    let names = match language {
        problem::Language::Vi => ["nhỏ nhất", "tứ phân vị 1", "trung vị", "tứ phân vị 3", "lớn nhất"],
        problem::Language::En => ["smallest", "first quartile", "median", "third quartile", "largest"],
    };
    let mut layers = vec![
        Layer::Columns { series: say(language, "số phiếu", "interviews"), columns },
        Layer::Spread {
            series: say(language, "nhỏ nhất, tứ phân vị, lớn nhất", "smallest, quartiles, largest"),
            five: names
                .into_iter()
                .zip(five)
                .map(|(name, value)| LinePoint {
                    x: value,
                    label: name.to_owned(),
                    cell: Cell::known(value),
                    written: false,
                })
                .collect(),
        },
    ];
    layers.extend(trimmed.iter().map(|limit| Layer::Upright {
        x: *limit,
        label: say(language, "giới hạn cắt", "trimming limit"),
        dotted: false,
    }));
    let mut axis = count_axis(largest * 1.25, 4);
    axis.max = axis.max.max(largest * 1.2);
    Panel {
        id: "weights".to_owned(),
        title: say(language, "Số phiếu theo trọng số", "Interviews by weight"),
        x: XAxis {
            min,
            max,
            ticks: log_ticks(min, max).into_iter().map(|at| XTick { at, label: short_tick(at, look) }).collect(),
            log: true,
            title: say(language, "trọng số (thang logarit)", "weight (logarithmic)"),
        },
        y: axis,
        layers,
        empty: None,
    }
}

fn short_tick(value: f64, look: Look) -> String {
    let decimals = if value >= 1.0 { 0 } else { (-value.log10()).ceil().clamp(0.0, 15.0) as usize };
    decimal(value, decimals, look.language)
}

/// 1, 2, 5 of each power of ten inside the axis; the ends where none is.
fn log_ticks(min: f64, max: f64) -> Vec<f64> {
    let (first, last) = (min.log10().floor() as i32, max.log10().ceil() as i32);
    let powers = (first..=last).take(40).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)));
    let ticks: Vec<f64> = powers.filter(|tick| (min..=max).contains(tick)).collect();
    if ticks.len() > 8 {
        return ticks.into_iter().filter(|tick| (tick.log10() - tick.log10().round()).abs() < 1e-9).collect();
    }
    if ticks.is_empty() { nice_ticks(min, max, 2) } else { ticks }
}

/// The share of the sum of weights that the heaviest interviews carry.
fn heaviest(sorted: &[f64], look: Look) -> Panel {
    let language = look.language;
    let total: f64 = sorted.iter().sum();
    let share = |part: f64| {
        let count = part * sorted.len() as f64;
        let whole = count.floor() as usize;
        let sum: f64 = sorted.iter().rev().take(whole).sum();
        let rest = sorted.iter().rev().nth(whole).map_or(0.0, |next| next * (count - count.floor()));
        ((sum + rest) / total).min(1.0)
    };
    let percent = |part: f64| bare(part, ValueFormat::Share, 0, language) + "\u{2009}%";
    let points = (0..=10_u32).map(f64::from).map(|step| LinePoint {
        x: step / 10.0,
        label: percent(step / 10.0),
        cell: Cell::known(share(step / 10.0)),
        written: false,
    });
    let equal =
        [0.0, 1.0].map(|part| LinePoint { x: part, label: percent(part), cell: Cell::known(part), written: false });
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0];
    Panel {
        id: "heaviest".to_owned(),
        title: say(language, "Phần của tổng trọng số", "Share of the sum of weights"),
        x: XAxis {
            min: 0.0,
            max: 1.0,
            ticks: ticks.iter().map(|tick| XTick { at: *tick, label: percent(*tick) }).collect(),
            log: false,
            title: say(language, "phiếu nặng nhất trước", "heaviest interviews first"),
        },
        y: Axis { min: 0.0, max: 1.0, ticks: ticks.to_vec(), format: ValueFormat::Share, decimals: 1, log: false },
        layers: vec![
            Layer::Line {
                series: say(language, "nếu bằng nhau", "if equal"),
                look: LineLook::Middle,
                points: equal.to_vec(),
            },
            Layer::Line {
                series: say(language, "tích luỹ", "cumulative"),
                look: LineLook::Main,
                points: points.collect(),
            },
        ],
        empty: None,
    }
}
