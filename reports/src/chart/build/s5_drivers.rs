//! S5: importance and satisfaction of each factor, and what follows for priorities.

use problem::{Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, framed, nice_ticks, share_axis, share_scale, told};
use super::{EstimateRow, Look, Metadata, cell, index_heading, say};
use crate::chart::number::with_unit;
use crate::chart::{
    Axis, Cell, ChartSpec, Crossed, Figure, Layer, Mark, Panel, PanelsPlot, Plot, ValueFormat, XAxis, XTick,
};

/// One factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Driver {
    /// How satisfied people are; its code and name are those of the factor.
    pub satisfaction: EstimateRow,
    /// Its importance: the standardised coefficient.
    pub importance: EstimateRow,
}

/// What S5 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriverFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Percent or share, of the satisfaction.
    pub format: ValueFormat,
    /// What the importance is, in a few words: `hệ số hồi quy chuẩn hoá`.
    pub importance: Words,
    /// The factors.
    pub rows: Vec<Driver>,
}

/// Where a factor belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quarter {
    Priority,
    Unclear,
    Other,
    Hidden,
}

/// Builds S5: satisfaction across, importance up, both with their intervals, lines at the means. A factor is a priority only
/// when both whole intervals lie on that side.
///
/// # Errors
/// All that is wrong with the rows.
pub fn s5_drivers(figure: &DriverFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let scale = share_scale(figure.format, &mut problems);
    let points: Vec<Crossed> = figure
        .rows
        .iter()
        .map(|row| {
            let x = cell(&row.satisfaction, &metadata.small_cells, scale, language, &mut problems);
            let y = cell(&row.importance, &metadata.small_cells, 1.0, language, &mut problems);
            // What hides one number hides the point.
            let (x, y) = match (&x, &y) {
                (Cell::Shown(_), Cell::Shown(_)) => (x, without_cautions(y)),
                (Cell::Shown(_), _) => (y.clone(), y),
                _ => (x.clone(), x),
            };
            Crossed {
                id: crate::vietnamese::nfc(&row.satisfaction.code),
                label: told(&row.satisfaction.name, language),
                x,
                y,
            }
        })
        .collect();
    let marks = || points.iter().filter_map(|point| Some((point.x.mark()?, point.y.mark()?)));
    let count = marks().count();
    let mean = |of: fn(&(&Mark, &Mark)) -> f64| marks().map(|pair| of(&pair)).sum::<f64>() / count.max(1) as f64;
    let (x_mean, y_mean) = (mean(|pair| pair.0.value), mean(|pair| pair.1.value));
    let quarter = |point: &Crossed| {
        let (Some(x), Some(y)) = (point.x.mark(), point.y.mark()) else { return Quarter::Hidden };
        let ends = |mark: &Mark| mark.interval.map_or((mark.value, mark.value), |limits| (limits.lower, limits.upper));
        let ((x_low, x_high), (y_low, y_high)) = (ends(x), ends(y));
        if x.interval.is_none() || y.interval.is_none() {
            Quarter::Unclear
        } else if x_high < x_mean && y_low > y_mean {
            Quarter::Priority
        } else if x_low >= x_mean || y_high <= y_mean {
            Quarter::Other
        } else {
            Quarter::Unclear
        }
    };
    let heading = |quarter: Quarter| match quarter {
        Quarter::Priority => say(language, "Ưu tiên: quan trọng, ít hài lòng", "First: important, not satisfied"),
        Quarter::Unclear => say(language, "Chưa đủ cơ sở", "Not enough evidence"),
        Quarter::Other => say(language, "Không thuộc nhóm ưu tiên", "Not a priority"),
        Quarter::Hidden => say(language, "Không hiển thị", "Not shown"),
    };
    let mut names = Vec::new();
    let mut sentences = Vec::new();
    for group in [Quarter::Priority, Quarter::Unclear, Quarter::Other, Quarter::Hidden] {
        let of: Vec<&Crossed> = points.iter().filter(|point| quarter(point) == group).collect();
        if of.is_empty() {
            continue;
        }
        names.push((String::new(), heading(group)));
        names.extend(of.iter().map(|point| (point.id.clone(), point.label.clone())));
        if group != Quarter::Hidden {
            let labels: Vec<&str> = of.iter().map(|point| point.label.as_str()).collect();
            sentences.push(format!("{}: {}.", heading(group), labels.join(", ")));
        }
    }
    let priorities = points.iter().filter(|point| quarter(point) == Quarter::Priority).count();
    let title = match (count, priorities) {
        (0, _) => say(language, "Chưa có yếu tố nào đủ số liệu", "No factor has enough data"),
        (_, 0) => say(language, "Chưa đủ cơ sở xác định yếu tố ưu tiên", "Not enough evidence of a priority"),
        _ => say(
            language,
            format!("{priorities} trong {count} yếu tố cần ưu tiên cải thiện"),
            format!("{priorities} of {count} factors to improve first"),
        ),
    };
    let share = share_axis(figure.format, scale, marks().map(|pair| pair.0.value));
    let limits = || {
        marks().flat_map(|pair| {
            [pair.1.value].into_iter().chain(pair.1.interval.map(|i| i.lower)).chain(pair.1.interval.map(|i| i.upper))
        })
    };
    let (low, high) = (limits().fold(0.0, f64::min), limits().fold(0.0, f64::max));
    let ticks = nice_ticks(low, if high > low { high } else { low + 1.0 }, 4);
    let step = (ticks.get(1).copied().unwrap_or(1.0) - ticks.first().copied().unwrap_or(0.0)).abs().max(1e-9);
    let (bottom, top) = ((low / step).floor() * step, ((high / step).ceil() * step).max(low + step));
    let y_axis = Axis {
        min: bottom,
        max: top,
        ticks: nice_ticks(bottom, top, 4),
        format: ValueFormat::Points,
        decimals: 2,
        log: false,
    };
    let mut layers = Vec::new();
    if count > 0 {
        let label = say(language, "trung bình các yếu tố", "mean of the factors");
        layers.push(Layer::Upright { x: x_mean, label: label.clone(), dotted: true });
        layers.push(Layer::Level { y: y_mean, label, dotted: false });
        layers.push(Layer::Words { at: (0.0, 1.0), text: say(language, "ưu tiên", "improve first") });
    }
    layers.push(Layer::Crosses {
        series: say(language, "yếu tố, khoảng tin cậy hai chiều", "factor, both intervals"),
        points,
    });
    let importance = told(&figure.importance, language);
    let plot = PanelsPlot {
        kind_words: say(language, "Biểu đồ phân tán", "Scatter plot"),
        across: 1,
        panels: vec![Panel {
            id: "drivers".to_owned(),
            title: say(language, format!("Mức độ quan trọng ({importance})"), format!("Importance ({importance})")),
            x: XAxis {
                min: share.min,
                max: share.max,
                ticks: share
                    .ticks
                    .iter()
                    .map(|tick| XTick { at: *tick, label: with_unit(*tick, figure.format, 0, language) })
                    .collect(),
                log: false,
                title: say(language, "Mức độ hài lòng", "Satisfaction"),
            },
            y: y_axis,
            layers,
            empty: (count == 0).then(|| say(language, "chưa đủ số liệu", "not enough data")),
        }],
        counts: false,
        names,
        told: sentences,
    };
    let subtitle = say(
        language,
        format!("Mức độ quan trọng và mức độ hài lòng, {}", index_heading(metadata, language)),
        format!("Importance and satisfaction, {}", index_heading(metadata, language)),
    );
    let remarks = vec![say(
        language,
        "Mức độ quan trọng là tương quan, không phải nhân quả. Ưu tiên: cả hai khoảng tin cậy về phía đó của trung bình.",
        "Importance is correlation, not cause. Priority: both whole intervals lie on that side of the means.",
    )];
    framed(Framed { figure: Figure::S5, title, subtitle, plot: Plot::Panels(plot), remarks }, metadata, look, problems)
}

/// The warnings on a share do not fit a coefficient, which has no scale.
fn without_cautions(cell: Cell) -> Cell {
    match cell {
        Cell::Shown(mark) => Cell::Shown(Mark { cautions: Vec::new(), ..mark }),
        other => other,
    }
}
