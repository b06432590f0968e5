//! S6: what people expect, from a question with several answers.

use problem::Problems;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, framed, share_scale, short_enough, told, written};
use super::{EstimateRow, Look, Metadata, cell, index_heading, say};
use crate::chart::number::in_text;
use crate::chart::{
    Axis, Cell, ChartRow, ChartSpec, Figure, Plot, RowLook, RowPanel, RowPart, RowSeries, RowsPlot, TextColumn,
    ValueFormat,
};

/// What S6 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectationFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Percent or share of all people asked.
    pub format: ValueFormat,
    /// The answers.
    pub rows: Vec<EstimateRow>,
    /// Code of "other", which stands last.
    pub other: Option<String>,
    /// Most answers a person may choose.
    pub most: Option<u32>,
}

/// Builds S6: bars from zero with thin intervals, by share; "other" last.
///
/// # Errors
/// All that is wrong with the rows.
pub fn s6_expectations(figure: &ExpectationFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let scale = share_scale(figure.format, &mut problems);
    let mut shown: Vec<(&EstimateRow, Cell)> =
        figure.rows.iter().map(|row| (row, cell(row, &metadata.small_cells, scale, language, &mut problems))).collect();
    let is_other = |row: &EstimateRow| figure.other.as_deref() == Some(row.code.as_str());
    let value = |cell: &Cell| cell.mark().map_or(f64::NEG_INFINITY, |mark| mark.value);
    shown.sort_by(|one, other| is_other(one.0).cmp(&is_other(other.0)).then(value(&other.1).total_cmp(&value(&one.1))));
    let first = shown.iter().find(|(row, cell)| !is_other(row) && cell.mark().is_some());
    let title = match first {
        Some((row, cell)) => {
            let share = in_text(value(cell), figure.format, 0, language);
            let name = told(&row.name, language);
            short_enough([
                say(
                    language,
                    format!("Mong đợi nhiều nhất: {name} ({share})"),
                    format!("Expected most: {name} ({share})"),
                ),
                say(language, format!("Mong đợi nhiều nhất được {share} chọn"), format!("The top choice has {share}")),
            ])
        }
        None => say(language, "Chưa có mong đợi nào đủ số liệu", "No answer has enough data"),
    };
    let sentences = first.map(|_| {
        let list: Vec<String> = shown
            .iter()
            .filter_map(|(row, cell)| Some((row, cell.mark()?)))
            .take(3)
            .map(|(row, mark)| {
                format!("{} {}", told(&row.name, language), in_text(mark.value, figure.format, 0, language))
            })
            .collect();
        say(
            language,
            format!("Được chọn nhiều nhất: {}.", list.join("; ")),
            format!("Chosen most: {}.", list.join("; ")),
        )
    });
    let rows = shown
        .iter()
        .map(|(row, cell)| ChartRow {
            id: crate::vietnamese::nfc(&row.code),
            label: told(&row.name, language),
            group: None,
            parts: vec![RowPart::bar(0, 0, cell.clone(), (0.0, value(cell).clamp(0.0, scale)), String::new())],
            texts: vec![match cell {
                Cell::Shown(mark) => written(mark, figure.format, 0, language),
                Cell::Suppressed | Cell::Missing { .. } => "–".to_owned(),
            }],
            verdict: None,
        })
        .collect();
    let plot = RowsPlot {
        kind_words: say(language, "Biểu đồ thanh ngang", "Bar chart"),
        series: vec![RowSeries {
            label: say(language, "tỷ lệ chọn", "share that chose it"), look: RowLook::BarGood
        }],
        panels: vec![RowPanel {
            heading: say(language, "Tỷ lệ chọn, % số người được hỏi", "Share of all people asked, %"),
            axis: Axis {
                min: 0.0,
                max: scale,
                ticks: [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].map(|part| part * scale).to_vec(),
                format: figure.format,
                decimals: 0,
                log: false,
            },
            without_signs: false,
            guides: Vec::new(),
            weight: 1.0,
        }],
        columns: vec![TextColumn {
            heading: say(language, "Tỷ lệ (khoảng\u{A0}tin\u{A0}cậy)", "Share (interval)"),
            numeric: true,
            strong: false,
        }],
        verdict_heading: None,
        rows,
        counts: false,
        told: sentences.into_iter().collect(),
    };
    let most = figure.most.map_or_else(String::new, |most| {
        say(language, format!("; chọn tối đa {most}"), format!("; at most {most} choices"))
    });
    let subtitle = say(
        language,
        format!("Người dân mong đợi gì, {}{most}", index_heading(metadata, language)),
        format!("What people expect, {}{most}", index_heading(metadata, language)),
    );
    let remarks = vec![say(
        language,
        "Một người chọn được nhiều mục nên tổng vượt 100\u{2009}%.",
        "A person may choose several answers, so that shares add up to more than 100%.",
    )];
    framed(Framed { figure: Figure::S6, title, subtitle, plot: Plot::Rows(plot), remarks }, metadata, look, problems)
}
