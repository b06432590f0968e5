//! P8: strengths and priorities: every sub-dimension against the median of all units, and its change.

use problem::{Language, Place, Problem, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, framed, told, written};
use super::{EstimateRow, Look, Metadata, cell, index_heading, say};
use crate::chart::number::signed;
use crate::chart::{
    Axis, Caution, Cell, ChartRow, ChartSpec, Figure, Guide, GuideKind, Interval, Mark, Plot, RowLook, RowPanel,
    RowPart, RowSeries, RowsPlot, TextColumn, ValueFormat,
};

/// One sub-dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorityRow {
    /// Its score; `change` is the interval of the difference from the previous round.
    pub score: EstimateRow,
    /// Least and most that it can have.
    pub scale: (f64, f64),
    /// Median of all units.
    pub median: Option<f64>,
    /// Score of the previous round.
    pub previous: Option<f64>,
}

/// What P8 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorityFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Name of the previous round, such as `2024`.
    pub before: Words,
    /// The sub-dimensions.
    pub rows: Vec<PriorityRow>,
}

/// Where a sub-dimension belongs; the order of the groups.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Priority,
    Unclear,
    Strength,
    Unjudged,
}

impl Group {
    fn words(self, language: Language) -> String {
        match self {
            Self::Priority => say(language, "Ưu tiên cải thiện: dưới trung vị", "To improve first: below the median"),
            Self::Unclear => say(language, "Chưa đủ cơ sở kết luận", "Not enough evidence"),
            Self::Strength => {
                say(language, "Điểm mạnh, cần duy trì: trên trung vị", "Strengths to keep: above the median")
            }
            Self::Unjudged => say(language, "Không so được với trung vị", "Not compared with the median"),
        }
    }
}

/// A sub-dimension on its way to a row.
struct Judged {
    group: Group,
    gap: Option<f64>,
    row: ChartRow,
}

/// Builds P8. A sub-dimension is a priority when its whole interval lies below the median, a strength when above; groups stand
/// in this order, within each the widest gap first.
///
/// # Errors
/// All that is wrong with the rows.
pub fn p8_priorities(figure: &PriorityFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let mut judged: Vec<Judged> = figure.rows.iter().map(|row| judge(row, metadata, language, &mut problems)).collect();
    judged.sort_by(|one, other| {
        let key = |row: &Judged| row.gap.map_or(f64::INFINITY, |gap| gap);
        one.group.cmp(&other.group).then(key(one).total_cmp(&key(other)))
    });
    let of = |group: Group| judged.iter().filter(|row| row.group == group).count();
    let (priorities, strengths) = (of(Group::Priority), of(Group::Strength));
    let title = if of(Group::Unjudged) == judged.len() {
        say(language, "Điểm các nội dung thành phần", "Scores of the sub-dimensions")
    } else {
        say(
            language,
            format!("{strengths} nội dung cần duy trì, {priorities} cần ưu tiên cải thiện"),
            format!("{strengths} to keep, {priorities} to improve first"),
        )
    };
    let names = |group: Group| {
        judged.iter().filter(|row| row.group == group).map(|row| row.row.label.as_str()).collect::<Vec<_>>().join("; ")
    };
    let groups = [Group::Priority, Group::Unclear, Group::Strength].into_iter().filter(|group| of(*group) > 0);
    let sentences = groups.map(|group| format!("{}: {}.", group.words(language), names(group))).collect();
    let change_half = judged
        .iter()
        .flat_map(|row| &row.row.parts)
        .filter(|part| part.panel == 1)
        .filter_map(|part| part.cell.as_ref());
    let change_half = change_half.filter_map(|cell| cell.mark()).map(|mark| {
        let ends = mark.interval.map_or(0.0, |limits| limits.lower.abs().max(limits.upper.abs()));
        mark.value.abs().max(ends)
    });
    let change_half = change_half.fold(0.0, f64::max);
    let half = [0.5, 1.0, 2.0, 5.0, 10.0].into_iter().find(|half| change_half <= *half).unwrap_or(100.0);
    let before = told(&figure.before, language);
    let axis = |min: f64, max: f64, ticks: Vec<f64>, format| Axis { min, max, ticks, format, decimals: 2, log: false };
    let zero = Guide { kind: GuideKind::Zero, value: 0.0, label: String::new() };
    let plot = RowsPlot {
        kind_words: say(language, "Bảng có biểu đồ trong ô", "Table with a plot in each row"),
        series: vec![
            RowSeries { label: told(&metadata.unit, language), look: RowLook::Estimate },
            RowSeries { label: say(language, "trung vị các tỉnh", "median of all units"), look: RowLook::Against },
            RowSeries { label: say(language, "thay đổi", "change"), look: RowLook::Estimate },
        ],
        panels: vec![
            RowPanel {
                heading: say(language, "Phần của thang điểm", "Part of the scale"),
                axis: axis(0.0, 1.0, vec![0.0, 0.5, 1.0], ValueFormat::Share),
                without_signs: false,
                guides: Vec::new(),
                weight: 1.0,
            },
            RowPanel {
                heading: say(language, format!("Thay đổi so với {before}"), format!("Change since {before}")),
                axis: axis(-half, half, vec![-half, 0.0, half], ValueFormat::Change),
                without_signs: false,
                guides: vec![zero],
                weight: 0.8,
            },
        ],
        columns: vec![
            TextColumn { heading: say(language, "Điểm", "Score"), numeric: true, strong: true },
            TextColumn {
                heading: say(language, "So với trung vị", "From the median"), numeric: true, strong: false
            },
        ],
        verdict_heading: None,
        rows: judged.into_iter().map(|row| row.row).collect(),
        counts: false,
        told: sentences,
    };
    let subtitle = say(
        language,
        format!("{} nội dung thành phần so với trung vị, {}", figure.rows.len(), index_heading(metadata, language)),
        format!("{} sub-dimensions against the median, {}", figure.rows.len(), index_heading(metadata, language)),
    );
    let remarks = vec![say(
        language,
        "Trên hoặc dưới trung vị: cả khoảng tin cậy nằm về một phía.",
        "Above or below the median: the whole interval lies on one side.",
    )];
    framed(Framed { figure: Figure::P8, title, subtitle, plot: Plot::Rows(plot), remarks }, metadata, look, problems)
}

fn judge(row: &PriorityRow, metadata: &Metadata, language: Language, problems: &mut Problems) -> Judged {
    let (least, most) = row.scale;
    let score = cell(&row.score, &metadata.small_cells, most - least, language, problems);
    if least >= most || !least.is_finite() || !most.is_finite() {
        problems.push(
            Problem::new("chart_axis", "trục giá trị không hợp lệ", "the axis of values is not valid")
                .at(Place::column(&row.score.code))
                .got(format!("{least}–{most}")),
        );
    }
    let part = |value: f64| (value - least) / (most - least);
    let mark = score.mark().cloned();
    let gap = mark.as_ref().zip(row.median).map(|(mark, median)| mark.value - median);
    let group = match (mark.as_ref().and_then(|mark| mark.interval), row.median) {
        (Some(limits), Some(median)) if limits.upper < median => Group::Priority,
        (Some(limits), Some(median)) if limits.lower > median => Group::Strength,
        (Some(_), Some(_)) => Group::Unclear,
        _ => Group::Unjudged,
    };
    let mut parts = Vec::new();
    if let Some(median) = row.median.filter(|_| mark.is_some()) {
        parts.push(RowPart { drawn: Some((part(median), None)), ..RowPart::at(0, 1, Cell::known(median)) });
    }
    let interval =
        |mark: &Mark| mark.interval.map(|limits| Interval { lower: part(limits.lower), upper: part(limits.upper) });
    let drawn = mark.as_ref().map(|mark| (part(mark.value), interval(mark)));
    parts.push(RowPart { drawn, ..RowPart::at(0, 0, score.clone()) });
    if let (Some(mark), Some(previous)) = (&mark, row.previous) {
        let cautions = mark.cautions.iter().copied().filter(|caution| *caution == Caution::SmallSample).collect();
        let change = Mark { interval: row.score.change, cautions, ..Mark::known(mark.value - previous) };
        // Its own series: the same sign in its own panel.
        parts.push(RowPart::at(1, 2, Cell::Shown(change)));
    }
    let texts = match &score {
        Cell::Shown(mark) => vec![
            written(&Mark { interval: None, ..mark.clone() }, ValueFormat::Points, 2, language),
            gap.map_or_else(String::new, |gap| signed(gap, 2, language)),
        ],
        Cell::Suppressed | Cell::Missing { .. } => vec!["–".to_owned(), String::new()],
    };
    let code = crate::vietnamese::nfc(&row.score.code);
    let name = told(&row.score.name, language);
    Judged {
        group,
        gap,
        row: ChartRow {
            label: if code.starts_with(|letter: char| letter.is_ascii_digit()) {
                format!("{code} {name}")
            } else {
                name
            },
            id: code,
            group: Some(group.words(language)),
            parts,
            texts,
            verdict: None,
        },
    }
}
