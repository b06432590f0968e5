//! F2: from the sample to valid interviews, step by step.

use problem::{Place, Problem, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, count_axis, counted, framed, told};
use super::{Look, Metadata, index_heading, say};
use crate::chart::number::{in_text, whole, with_unit};
use crate::chart::{
    ChartRow, ChartSpec, Figure, Plot, RowLook, RowPanel, RowPart, RowSeries, RowsPlot, TextColumn, ValueFormat,
};

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelStage {
    /// Stable code.
    pub code: String,
    /// Name, such as `Tiếp cận được`.
    pub name: Words,
    /// How many reached it.
    pub count: u64,
}

/// A rate that the note tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelRate {
    /// Name with its definition, such as `tỷ lệ trả lời RR1`.
    pub name: Words,
    /// Its value, 0–1.
    pub value: f64,
}

/// What F2 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunnelFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Steps from the sample to the last one.
    pub stages: Vec<FunnelStage>,
    /// Rates by the standard definitions of AAPOR.
    #[serde(default)]
    pub rates: Vec<FunnelRate>,
}

/// Builds F2: bars from one left edge, with each step's share of the one before and of the first.
///
/// # Errors
/// Steps that grow; rates that are none.
pub fn f2_funnel(figure: &FunnelFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    for two in figure.stages.windows(2).filter(|two| two[1].count > two[0].count) {
        problems.push(
            Problem::new(
                "chart_funnel_grows",
                "bước sau nhiều hơn bước trước",
                "a step has more than the one before it",
            )
            .at(Place::column(&two[1].code))
            .expected(format!("≤ {}", two[0].count))
            .got(two[1].count.to_string()),
        );
    }
    for rate in figure.rates.iter().filter(|rate| !(0.0..=1.0).contains(&rate.value)) {
        problems.push(
            Problem::new("chart_rate", "tỷ lệ không nằm trong 0–1", "a rate is not within 0–1")
                .at(Place::column(&rate.name.vi))
                .expected("0–1")
                .got(rate.value.to_string()),
        );
    }
    let first = figure.stages.first().map_or(0, |stage| stage.count);
    // Running text and columns of numbers write per cent differently.
    type Write = fn(f64, ValueFormat, usize, problem::Language) -> String;
    let share = |part: u64, of: u64, write: Write| {
        if of == 0 { "–".to_owned() } else { write(part as f64 / of as f64, ValueFormat::Share, 1, language) }
    };
    let percent = |part: u64, of: u64| share(part, of, with_unit);
    let rows: Vec<ChartRow> = figure
        .stages
        .iter()
        .enumerate()
        .map(|(index, stage)| {
            let before = index.checked_sub(1).and_then(|before| figure.stages.get(before));
            let count = stage.count as f64;
            ChartRow {
                id: crate::vietnamese::nfc(&stage.code),
                label: told(&stage.name, language),
                group: None,
                parts: vec![RowPart::bar(0, 0, counted(stage.count), (0.0, count), String::new())],
                texts: vec![
                    whole(stage.count, language),
                    before.map_or_else(String::new, |before| percent(stage.count, before.count)),
                    percent(stage.count, first),
                ],
                verdict: None,
            }
        })
        .collect();
    let title = match figure.stages.last() {
        Some(last) if first > 0 => {
            let (count, part) = (whole(last.count, language), share(last.count, first, in_text));
            say(
                language,
                format!("{count} phiếu dùng được, {part} số hộ trong mẫu"),
                format!("{count} usable interviews, {part} of the sample"),
            )
        }
        _ => say(language, "Chưa có hộ nào trong mẫu", "No household in the sample yet"),
    };
    let steps: Vec<String> = rows.iter().map(|row| format!("{} {}", row.label, row.texts[0])).collect();
    let column = |vi: &str, en: &str, strong| TextColumn { heading: say(language, vi, en), numeric: true, strong };
    let plot = RowsPlot {
        kind_words: say(language, "Biểu đồ phễu bằng thanh ngang", "Funnel of bars"),
        series: vec![RowSeries { label: say(language, "số hộ", "households"), look: RowLook::BarBest }],
        panels: vec![RowPanel {
            heading: say(language, "Số hộ", "Households"),
            axis: count_axis(first as f64, 4),
            without_signs: false,
            guides: Vec::new(),
            weight: 1.0,
        }],
        columns: vec![
            column("Số lượng", "Count", true),
            column("% bước trước", "% of step before", false),
            column("% ban đầu", "% of first", false),
        ],
        verdict_heading: None,
        rows,
        counts: true,
        told: vec![format!("{}.", steps.join("; "))],
    };
    let remarks = figure
        .rates
        .iter()
        .map(|rate| {
            format!("{}: {}.", told(&rate.name, language), in_text(rate.value, ValueFormat::Share, 1, language))
        })
        .collect();
    let subtitle = say(
        language,
        format!("Kết quả tiếp cận, {}", index_heading(metadata, language)),
        format!("From sample to interview, {}", index_heading(metadata, language)),
    );
    framed(Framed { figure: Figure::F2, title, subtitle, plot: Plot::Rows(plot), remarks }, metadata, look, problems)
}
