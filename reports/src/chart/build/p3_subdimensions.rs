//! P3: the sub-dimensions of one dimension.

use problem::{Problem, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, dot_rows, framed, nice_ticks, points_axis, short_enough, told, value_in_text};
use super::{EstimateRow, Look, Metadata, ReferenceValues, aligned, index_heading, say};
use crate::chart::number::{decimal, with_unit};
use crate::chart::{Axis, ChartSpec, DotPlot, Figure, Guide, GuideKind, Plot, Reference, ValueFormat};

/// What P3 is made from: one row a sub-dimension, in the official order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubdimensionFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Name of the dimension.
    pub dimension: Words,
    /// Least and most that a sub-dimension can have in the definition of the year, such as 0.25 and 2.5.
    pub scale: (f64, f64),
    /// The sub-dimensions in official order.
    pub rows: Vec<EstimateRow>,
    /// Median of all units and others.
    #[serde(default)]
    pub references: Vec<ReferenceValues>,
}

/// Builds P3. The axis is what a sub-dimension can have; the middle of that range is marked. Each row has its own n, because
/// some rest on the few people to whom the questions applied.
///
/// # Errors
/// All that is wrong with the rows and the references.
pub fn p3_subdimensions(figure: &SubdimensionFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let (least, most) = figure.scale;
    if !(least.is_finite() && most.is_finite() && least < most) {
        return Err(Problem::new("chart_axis", "trục giá trị không hợp lệ", "the axis of values is not valid")
            .got(format!("{least}–{most}"))
            .into());
    }
    let rows = dot_rows(&figure.rows, metadata, most - least, language, &mut problems);
    let codes: Vec<&str> = figure.rows.iter().map(|row| row.code.as_str()).collect();
    let references: Vec<Reference> = figure
        .references
        .iter()
        .map(|reference| Reference {
            kind: reference.kind,
            label: told(&reference.label, language),
            values: aligned(reference, &codes, &mut problems),
        })
        .collect();
    let axis = Axis { ticks: nice_ticks(least, most, 5), ..points_axis(figure.scale, 5) };
    let middle = f64::midpoint(least, most);
    let middle_text = with_unit(middle, ValueFormat::Points, 2, language);
    let dimension = told(&figure.dimension, language);
    let shown = rows.iter().filter_map(|row| Some((row, row.cell.mark()?.value)));
    let lowest = shown.min_by(|one, other| one.1.total_cmp(&other.1));
    let title = match lowest {
        Some((row, value)) => {
            let value = value_in_text(value, &axis, language);
            short_enough([
                say(
                    language,
                    format!("{dimension}: thấp nhất là {}", row.label),
                    format!("{dimension}: lowest in {}", row.label),
                ),
                say(
                    language,
                    format!("Thấp nhất là {}, {value}", row.label),
                    format!("Lowest in {}, {value}", row.label),
                ),
                say(
                    language,
                    format!("Nội dung thành phần thấp nhất: {value}"),
                    format!("Lowest sub-dimension: {value}"),
                ),
            ])
        }
        None => say(language, "Chưa có nội dung thành phần nào đủ số liệu", "No sub-dimension has enough data"),
    };
    let [low, high] = [least, most].map(|end| decimal(end, 2, language));
    let subtitle = say(
        language,
        format!("Nội dung thành phần của “{dimension}”, {}; thang {low}–{high}", index_heading(metadata, language)),
        format!("Sub-dimensions of “{dimension}”, {}; scale {low}–{high}", index_heading(metadata, language)),
    );
    let plot = DotPlot {
        axis,
        series_label: format!("{} {}", told(&metadata.unit, language), metadata.year),
        value_heading: say(language, "Điểm", "Score"),
        rows,
        references,
        guides: vec![Guide {
            kind: GuideKind::Comparison,
            value: middle,
            label: say(language, format!("giữa thang {middle_text}"), format!("midpoint {middle_text}")),
        }],
        bands: Vec::new(),
        aside_heading: Some("n".to_owned()),
        verdict_heading: None,
    };
    let remarks = vec![say(
        language,
        "Thấp nhất theo ước lượng điểm; các khoảng tin cậy chồng nhau thì chưa đủ cơ sở xếp thứ tự.",
        "Lowest by the estimate; where intervals overlap the order is not certain.",
    )];
    framed(Framed { figure: Figure::P3, title, subtitle, plot: Plot::Dots(plot), remarks }, metadata, look, problems)
}
