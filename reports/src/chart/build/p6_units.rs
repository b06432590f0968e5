//! P6: units compared with the whole.

use problem::{Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{
    Framed, by_value, count_of, difference, dot_row, dot_rows, framed, n_text, points_axis, share_axis, short_enough,
    told, value_in_text, whole_of,
};
use super::{EstimateRow, Look, Metadata, cell, index_heading, say};
use crate::chart::{Band, ChartSpec, DotPlot, DotRow, Figure, Guide, GuideKind, Plot, ValueFormat, VerdictKind};

/// Below this many degrees of freedom a comparison of units is a hint only.
const DEGREES_OF_FREEDOM_FEW: f64 = 8.0;

/// What P6 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// What the units are: `xã, phường`.
    pub level: Words,
    /// What is compared, such as the name of the index.
    pub measure: Words,
    /// Ends of the scale of points; not used for shares.
    pub scale: (f64, f64),
    /// Points, percent or share.
    pub format: ValueFormat,
    /// The whole.
    pub overall: EstimateRow,
    /// The units; `change` is the interval of the difference from the rest of the whole.
    pub rows: Vec<EstimateRow>,
}

/// Builds P6: the whole first, then the units by value. A unit differs only if the interval of its difference from the rest
/// says so.
///
/// # Errors
/// All that is wrong with the rows.
pub fn p6_units(figure: &UnitFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let scale = whole_of(figure.format).unwrap_or(figure.scale.1 - figure.scale.0);
    let whole = cell(&figure.overall, &metadata.small_cells, scale, language, &mut problems);
    let mut units = dot_rows(&figure.rows, metadata, scale, language, &mut problems);
    for (row, given) in units.iter_mut().zip(&figure.rows) {
        let Some(change) = given.change.filter(|_| row.cell.mark().is_some()) else { continue };
        let words = [("cao hơn", "higher"), ("thấp hơn", "lower"), ("chưa đủ cơ sở", "unclear")];
        row.verdict = difference(&row.id, change, words, language, &mut problems);
    }
    by_value(&mut units);
    let (count, differ) = (units.len(), count_of(&units, VerdictKind::Up) + count_of(&units, VerdictKind::Down));
    let judged = units.iter().any(|row| row.verdict.is_some());
    let overall =
        DotRow { overall: true, aside: n_text(&whole, language), ..dot_row(&figure.overall, whole.clone(), language) };
    let rows: Vec<DotRow> = std::iter::once(overall).chain(units).collect();
    let values = rows.iter().filter_map(|row| row.cell.mark()).map(|mark| mark.value);
    let axis = match whole_of(figure.format) {
        Some(whole) => share_axis(figure.format, whole, values),
        None => points_axis(figure.scale, 9),
    };
    let (guides, bands) = match whole.mark() {
        Some(mark) => {
            let name = told(&figure.overall.name, language);
            let value = value_in_text(mark.value, &axis, language);
            let inside = |value: f64| value.clamp(axis.min, axis.max);
            let band = mark.interval.map(|limits| Band {
                limits: crate::chart::Interval { lower: inside(limits.lower), upper: inside(limits.upper) },
                label: say(language, format!("khoảng tin cậy của {name}"), format!("interval of {name}")),
            });
            let guide = Guide { kind: GuideKind::Zero, value: mark.value, label: format!("{name} {value}") };
            (vec![guide], band.into_iter().collect())
        }
        None => (Vec::new(), Vec::new()),
    };
    let level = told(&figure.level, language);
    let measure = told(&figure.measure, language);
    let title = if !judged {
        short_enough([
            say(language, format!("{measure} theo {level}"), format!("{measure} by {level}")),
            say(language, "So sánh giữa các đơn vị", "Units compared"),
        ])
    } else if differ == 0 {
        say(
            language,
            "Chưa đủ cơ sở kết luận đơn vị nào khác phần còn lại",
            "Not enough evidence that any unit differs from the rest",
        )
    } else {
        say(
            language,
            format!("{differ} trong {count} đơn vị khác phần còn lại"),
            format!("{differ} of {count} units differ from the rest"),
        )
    };
    let mut remarks = Vec::new();
    let df = figure.rows.iter().chain([&figure.overall]).filter_map(|row| row.degrees_of_freedom);
    if df.fold(f64::INFINITY, f64::min) < DEGREES_OF_FREEDOM_FEW {
        remarks.push(say(
            language,
            "Mẫu thiết kế cho cấp tỉnh; khác biệt giữa các đơn vị chỉ để tham khảo.",
            "The sample was designed for the province; differences between units are a hint only.",
        ));
    }
    if judged {
        remarks.push(say(
            language,
            "▲ ▼: khoảng tin cậy của chênh lệch với phần còn lại không chứa 0; ●: có chứa 0.",
            "▲ ▼: the interval of the difference from the rest does not hold 0; ●: it does.",
        ));
    }
    let subtitle = say(
        language,
        format!("{measure} theo {level}, {}", index_heading(metadata, language)),
        format!("{measure} by {level}, {}", index_heading(metadata, language)),
    );
    let plot = DotPlot {
        axis,
        series_label: level,
        value_heading: say(language, "Ước lượng", "Estimate"),
        rows,
        references: Vec::new(),
        guides,
        bands,
        aside_heading: Some("n".to_owned()),
        verdict_heading: judged.then(|| say(language, "So với phần còn lại", "Against the rest")),
    };
    framed(Framed { figure: Figure::P6, title, subtitle, plot: Plot::Dots(plot), remarks }, metadata, look, problems)
}
