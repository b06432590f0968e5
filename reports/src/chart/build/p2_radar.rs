//! P2: the star of PAPI, companion of P1.

use problem::{Problem, Problems};

use super::p1_dimensions::{SCALE, axis};
use super::{DimensionFigure, Look, aligned, cell, index_heading, say};
use crate::chart::check::checked;
use crate::chart::{Cell, ChartSpec, Figure, Plot, RadarPlot, RadarSeries, ReferenceKind, SeriesKind};
use crate::vietnamese::nfc;

/// Builds P2 from the same input as P1: this round, the previous round, and one other reference (the median before others).
///
/// # Errors
/// All that is wrong with the rows and the references; more than three series.
pub fn p2_radar(figure: &DimensionFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let current = figure
        .rows
        .iter()
        .map(|row| cell(row, &metadata.small_cells, SCALE.1 - SCALE.0, language, &mut problems))
        .collect();
    let unit = nfc(metadata.unit.in_language(language));
    let mut series =
        vec![RadarSeries { kind: SeriesKind::Current, label: format!("{unit} {}", metadata.year), cells: current }];
    let codes: Vec<&str> = figure.rows.iter().map(|row| row.code.as_str()).collect();
    for reference in &figure.references {
        let kind = match reference.kind {
            ReferenceKind::Previous => SeriesKind::Previous,
            ReferenceKind::Median | ReferenceKind::Other => SeriesKind::Reference,
        };
        let values = aligned(reference, &codes, &mut problems);
        let cells =
            values.into_iter().map(|value| known(value, &say(language, "không có số liệu", "no data"))).collect();
        series.push(RadarSeries { kind, label: nfc(reference.label.in_language(language)), cells });
    }
    if series.len() > 3 {
        problems.push(
            Problem::new(
                "chart_too_many_series",
                "biểu đồ hình sao có quá nhiều chuỗi",
                "the star has too many series",
            )
            .expected("≤ 3")
            .got(series.len().to_string())
            .hint("chọn kỳ trước và trung vị", "choose the previous round and the median"),
        );
    }
    let spec = ChartSpec {
        figure: Figure::P2,
        language,
        size: look.size,
        title: say(
            language,
            format!("Hồ sơ {} của {unit}, {}", metadata.index, metadata.year),
            format!("{} profile of {unit}, {}", metadata.index, metadata.year),
        ),
        subtitle: say(
            language,
            format!(
                "Điểm các chỉ số nội dung {}; thang điểm 1 (tâm) đến 10 (vành ngoài)",
                index_heading(metadata, language)
            ),
            format!("Dimension scores of {}; scale 1 (centre) to 10 (outer ring)", index_heading(metadata, language)),
        ),
        plot: Plot::Radar(RadarPlot {
            axis: axis(SCALE, vec![2.0, 4.0, 6.0, 8.0, 10.0]),
            spokes: figure.rows.iter().map(|row| (row.code.clone(), nfc(row.name.in_language(language)))).collect(),
            series,
        }),
        note: metadata.note(language),
        small_cells: metadata.small_cells,
        draft: metadata.draft,
        file_stem: metadata.file_stem(Figure::P2),
    };
    problems.into_result(())?;
    checked(&spec)
}

/// A known value as a cell: no interval, no n.
fn known(value: Option<f64>, absent: &str) -> Cell {
    match value {
        Some(value) => Cell::known(value),
        None => Cell::Missing { reason: absent.to_owned() },
    }
}
