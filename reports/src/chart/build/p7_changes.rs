//! P7: changes between two rounds, each with the interval of the difference.

use problem::{Problem, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, by_value, count_of, difference, dot_rows, framed, nice_ticks, told};
use super::{EstimateRow, Look, Metadata, index_heading, say};
use crate::chart::number::decimal;
use crate::chart::{
    Axis, Band, Caution, Cell, ChartSpec, DotPlot, Figure, Guide, GuideKind, Interval, Plot, ValueFormat, VerdictKind,
};

/// Half axes of differences: the usual one, wider ones where a change does not fit.
const HALVES: [f64; 4] = [2.0, 5.0, 10.0, 100.0];

/// What P7 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// The earlier round, such as `2024`.
    pub before: Words,
    /// The later round.
    pub after: Words,
    /// Length of the scale of the scores, 9 for 1–10; for the rule on small cells.
    pub scale: f64,
    /// Differences within ± this are too small to matter.
    #[serde(default = "usual_negligible")]
    pub negligible: f64,
    /// Differences, later minus earlier, with their intervals.
    pub rows: Vec<EstimateRow>,
}

fn usual_negligible() -> f64 {
    0.1
}

/// Builds P7: differences on an axis with zero in its middle, by size.
///
/// # Errors
/// All that is wrong with the rows; a difference beyond ±100.
pub fn p7_changes(figure: &ChangeFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let mut rows = dot_rows(&figure.rows, metadata, figure.scale, language, &mut problems);
    for row in &mut rows {
        let Cell::Shown(mark) = &mut row.cell else { continue };
        // A relative error says nothing where the value may be zero.
        mark.cautions.retain(|caution| *caution != Caution::LargeRelativeError);
        let Some(limits) = mark.interval else { continue };
        let words = [("tăng", "up"), ("giảm", "down"), ("chưa đủ cơ sở", "unclear")];
        row.verdict = difference(&row.id, limits, words, language, &mut problems);
        let small = limits.lower >= -figure.negligible && limits.upper <= figure.negligible;
        if let Some(verdict) = row.verdict.as_mut().filter(|_| small) {
            verdict.kind = VerdictKind::Unclear;
            verdict.words = say(language, "không đáng kể", "negligible");
        }
    }
    by_value(&mut rows);
    let largest = rows.iter().filter_map(|row| row.cell.mark()).map(|mark| mark.value.abs()).fold(0.0, f64::max);
    let Some(half) = HALVES.into_iter().find(|half| largest <= *half) else {
        return Err(Problem::new(
            "chart_value_outside_axis",
            "giá trị nằm ngoài trục của biểu đồ",
            "a value lies outside the axis of the figure",
        )
        .expected("−100…100")
        .got(largest.to_string())
        .into());
    };
    let (up, down) = (count_of(&rows, VerdictKind::Up), count_of(&rows, VerdictKind::Down));
    let (before, after) = (told(&figure.before, language), told(&figure.after, language));
    let judged = rows.iter().any(|row| row.verdict.is_some());
    let title = match (judged, up + down) {
        (false, _) => say(
            language,
            format!("Thay đổi {before} → {after}, không kèm khoảng tin cậy"),
            format!("Change {before} → {after}, without confidence intervals"),
        ),
        (true, 0) => say(
            language,
            format!("Chưa đủ cơ sở kết luận thay đổi {before} → {after}"),
            format!("Not enough evidence of change {before} → {after}"),
        ),
        _ => say(
            language,
            format!("{up} mục tăng, {down} mục giảm, {before} → {after}"),
            format!("{up} rose, {down} fell, {before} → {after}"),
        ),
    };
    let negligible = decimal(figure.negligible, if figure.negligible < 0.1 { 2 } else { 1 }, language);
    let remarks = judged.then(|| {
        say(
            language,
            "▲ ▼: khoảng tin cậy của chênh lệch không chứa 0; ●: có chứa 0, hoặc nằm gọn trong vùng không đáng kể.",
            "▲ ▼: the interval of the difference does not hold 0; ●: it does, or lies within the negligible field.",
        )
    });
    let plot = DotPlot {
        axis: Axis {
            min: -half,
            max: half,
            ticks: nice_ticks(-half, half, 4),
            format: ValueFormat::Change,
            decimals: 2,
            log: false,
        },
        series_label: say(language, "chênh lệch", "difference"),
        value_heading: say(language, "Chênh lệch", "Difference"),
        rows,
        references: Vec::new(),
        guides: vec![Guide { kind: GuideKind::Zero, value: 0.0, label: say(language, "không đổi", "no change") }],
        bands: vec![Band {
            limits: Interval { lower: -figure.negligible.min(half), upper: figure.negligible.min(half) },
            label: say(language, format!("không đáng kể (±{negligible})"), format!("negligible (±{negligible})")),
        }],
        aside_heading: Some("n".to_owned()),
        verdict_heading: judged.then(|| say(language, "Kết luận", "Verdict")),
    };
    let subtitle = say(
        language,
        format!("Thay đổi điểm {before} → {after}, {}", index_heading(metadata, language)),
        format!("Change of scores {before} → {after}, {}", index_heading(metadata, language)),
    );
    let framed_as =
        Framed { figure: Figure::P7, title, subtitle, plot: Plot::Dots(plot), remarks: remarks.into_iter().collect() };
    framed(framed_as, metadata, look, problems)
}
