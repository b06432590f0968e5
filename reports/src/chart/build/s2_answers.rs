//! S2: distribution of answers by criterion, as diverging bars with the neutral answers in a panel of their own.

use problem::{Place, Problem, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, ends_in_text, framed, told, written};
use super::{EstimateRow, Look, Metadata, cell, index_heading, say};
use crate::chart::number::{bare, whole};
use crate::chart::{
    Axis, Cell, ChartRow, ChartSpec, Figure, Guide, GuideKind, Mark, Plot, RowLook, RowPanel, RowPart, RowSeries,
    RowsPlot, TextColumn, ValueFormat,
};

/// On which side of the axis an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerSide {
    /// The worst answer: left, outside.
    Worst,
    /// A bad answer: left, inside.
    Bad,
    /// Neither: its own panel.
    Neutral,
    /// A good answer: right, inside.
    Good,
    /// The best answer: right, outside.
    Best,
}

/// One answer of the scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LikertAnswer {
    /// Its words.
    pub name: Words,
    /// Where it stands.
    pub side: AnswerSide,
}

/// One criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LikertItem {
    /// The share satisfied with its interval, 0–100; its code, name and n are those of the criterion.
    pub satisfied: EstimateRow,
    /// The factor it belongs to.
    pub factor: Words,
    /// Weighted share of each answer, 0–100, in the order of the answers; they add up to 100.
    pub shares: Vec<f64>,
    /// Unweighted number of don't-knows and refusals, which are in no share.
    #[serde(default)]
    pub no_answer: u64,
}

/// What S2 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LikertFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Answers from the worst to the best, at most one of each side.
    pub answers: Vec<LikertAnswer>,
    /// Criteria; those of one factor stand together.
    pub items: Vec<LikertItem>,
}

/// Shares may miss 100 by this much for their rounding.
const ROUNDING: f64 = 0.5;
/// Segments narrower than this have no number inside.
const WRITTEN_FROM: f64 = 6.0;

/// Builds S2. Bad answers go left from zero, good ones right, so that both begin at the same line; criteria by net
/// satisfaction inside each factor. A criterion on few answers keeps its row without any share.
///
/// # Errors
/// All that is wrong with answers and shares.
pub fn s2_answers(figure: &LikertFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    answers_check(figure, &mut problems);
    problems.into_result(())?;
    let mut problems = Problems::none();
    let cells: Vec<Cell> = figure
        .items
        .iter()
        .map(|item| cell(&item.satisfied, &metadata.small_cells, 100.0, language, &mut problems))
        .collect();
    let mut factors: Vec<&Words> = Vec::new();
    for item in &figure.items {
        if !factors.contains(&&item.factor) {
            factors.push(&item.factor);
        }
    }
    let net = |item: &LikertItem| {
        let shares = figure.answers.iter().zip(&item.shares);
        shares
            .map(|(answer, share)| match answer.side {
                AnswerSide::Worst | AnswerSide::Bad => -share,
                AnswerSide::Neutral => 0.0,
                AnswerSide::Good | AnswerSide::Best => *share,
            })
            .sum::<f64>()
    };
    let mut order: Vec<usize> = (0..figure.items.len()).collect();
    order.sort_by(|&one, &other| {
        let (a, b) = (&figure.items[one], &figure.items[other]);
        let place = |item: &LikertItem| factors.iter().position(|factor| **factor == item.factor);
        let value = |index: usize, item: &LikertItem| cells[index].mark().map_or(f64::NEG_INFINITY, |_| net(item));
        place(a).cmp(&place(b)).then(value(other, b).total_cmp(&value(one, a)))
    });
    let rows: Vec<ChartRow> =
        order.iter().map(|&index| row(figure, &figure.items[index], &cells[index], look)).collect();
    let sums = |sides: [AnswerSide; 2]| {
        let shown = figure.items.iter().zip(&cells).filter(|(_, cell)| cell.mark().is_some());
        let of = |(item, _): (&LikertItem, &Cell)| {
            let shares = figure.answers.iter().zip(&item.shares);
            shares.filter(|(answer, _)| sides.contains(&answer.side)).map(|(_, share)| *share).sum::<f64>()
        };
        shown.map(of).fold(0.0, f64::max)
    };
    let left = if sums([AnswerSide::Worst, AnswerSide::Bad]) <= 50.0 { -50.0 } else { -100.0 };
    let neutral = if sums([AnswerSide::Neutral; 2]) <= 50.0 { 50.0 } else { 100.0 };
    let has_neutral = figure.answers.iter().any(|answer| answer.side == AnswerSide::Neutral);
    let ends = ends_in_text(cells.iter(), ValueFormat::Percent, 1, language);
    let title = match &ends {
        Some((low, high)) => say(
            language,
            format!("Tỷ lệ hài lòng theo tiêu chí từ {low} đến {high}"),
            format!("Share satisfied by criterion from {low} to {high}"),
        ),
        None => say(language, "Chưa có tiêu chí nào đủ số liệu", "No criterion has enough data"),
    };
    let axis = |min: f64, max: f64, ticks: &[f64]| Axis {
        min,
        max,
        ticks: ticks.to_vec(),
        format: ValueFormat::Percent,
        decimals: 1,
        log: false,
    };
    let main_ticks: &[f64] = if left < -50.0 { &[-100.0, -50.0, 0.0, 50.0, 100.0] } else { &[-50.0, 0.0, 50.0, 100.0] };
    let mut panels = vec![RowPanel {
        heading: say(language, "← không hài lòng · hài lòng →", "← not satisfied · satisfied →"),
        axis: axis(left, 100.0, main_ticks),
        without_signs: true,
        guides: vec![Guide { kind: GuideKind::Zero, value: 0.0, label: String::new() }],
        weight: 100.0 - left,
    }];
    if has_neutral {
        // The same length a point as in the first panel.
        panels.push(RowPanel {
            heading: say(language, "trung lập", "neutral"),
            axis: axis(0.0, neutral, &[0.0, neutral]),
            without_signs: false,
            guides: Vec::new(),
            weight: neutral,
        });
    }
    let told_sentences = ends.map(|(low, high)| {
        say(
            language,
            format!("Tỷ lệ hài lòng (hai mức cao nhất) thấp nhất là {low}, cao nhất là {high}."),
            format!("The share satisfied (two best answers) goes from {low} to {high}."),
        )
    });
    let column =
        |vi: &str, en: &str, strong: bool| TextColumn { heading: say(language, vi, en), numeric: true, strong };
    let plot = RowsPlot {
        kind_words: say(language, "Biểu đồ thanh xếp chồng phân kỳ", "Diverging stacked bars"),
        series: figure
            .answers
            .iter()
            .map(|answer| RowSeries { label: told(&answer.name, language), look: bar(answer.side) })
            .chain([RowSeries {
                label: say(language, "tỷ lệ hài lòng", "share satisfied"), look: RowLook::Written
            }])
            .collect(),
        panels,
        columns: vec![
            column("Hài lòng", "Satisfied", true),
            column("n", "n", false),
            column("KB/KTL", "DK/ref.", false),
        ],
        verdict_heading: None,
        rows,
        counts: false,
        told: told_sentences.into_iter().collect(),
    };
    let subtitle = say(
        language,
        format!("Phân bố trả lời theo tiêu chí, {}", index_heading(metadata, language)),
        format!("Distribution of answers by criterion, {}", index_heading(metadata, language)),
    );
    let remarks = vec![say(
        language,
        "Hài lòng: hai mức cao nhất. KB/KTL: số người không biết hoặc không trả lời, không tính trong tỷ lệ.",
        "Satisfied: the two best answers. DK/ref.: don't know or refused, in no share.",
    )];
    framed(Framed { figure: Figure::S2, title, subtitle, plot: Plot::Rows(plot), remarks }, metadata, look, problems)
}

fn bar(side: AnswerSide) -> RowLook {
    match side {
        AnswerSide::Worst => RowLook::BarWorst,
        AnswerSide::Bad => RowLook::BarBad,
        AnswerSide::Neutral => RowLook::BarNeutral,
        AnswerSide::Good => RowLook::BarGood,
        AnswerSide::Best => RowLook::BarBest,
    }
}

fn answers_check(figure: &LikertFigure, problems: &mut Problems) {
    let sides: Vec<AnswerSide> = figure.answers.iter().map(|answer| answer.side).collect();
    if sides.windows(2).any(|two| two[0] >= two[1]) || sides.len() < 2 {
        problems.push(
            Problem::new("chart_answers", "thang trả lời không đúng thứ tự", "the scale of answers is not in order")
                .at(Place::column("answers"))
                .expected("worst, bad, neutral, good, best")
                .got(format!("{sides:?}")),
        );
    }
    for item in &figure.items {
        let sum: f64 = item.shares.iter().sum();
        let fits = item.shares.len() == figure.answers.len()
            && item.shares.iter().all(|share| (0.0..=100.0).contains(share))
            && (sum - 100.0).abs() <= ROUNDING;
        if !fits {
            problems.push(
                Problem::new(
                    "chart_shares",
                    "tỷ lệ các mức trả lời không cộng thành 100",
                    "the shares do not add up to 100",
                )
                .at(Place::column(&item.satisfied.code))
                .expected(format!("{} × 0–100, Σ = 100", figure.answers.len()))
                .got(format!("{:?}, Σ = {sum}", item.shares)),
            );
        }
    }
}

fn row(figure: &LikertFigure, item: &LikertItem, satisfied: &Cell, look: Look) -> ChartRow {
    let language = look.language;
    let mut parts = Vec::new();
    if satisfied.mark().is_some() {
        let (mut left, mut right) = (0.0, 0.0);
        // From zero outwards: bad before worst, good before best.
        let mut order: Vec<usize> = (0..figure.answers.len()).collect();
        order.sort_by_key(|&index| match figure.answers[index].side {
            AnswerSide::Bad | AnswerSide::Good => 0,
            AnswerSide::Neutral => 1,
            AnswerSide::Worst | AnswerSide::Best => 2,
        });
        for index in order {
            let share = item.shares[index];
            let (panel, span) = match figure.answers[index].side {
                AnswerSide::Worst | AnswerSide::Bad => {
                    left -= share;
                    (0, (f64::max(left, -100.0), left + share))
                }
                AnswerSide::Neutral => (1, (0.0, share)),
                AnswerSide::Good | AnswerSide::Best => {
                    right += share;
                    (0, (right - share, f64::min(right, 100.0)))
                }
            };
            let text =
                if share >= WRITTEN_FROM { bare(share, ValueFormat::Percent, 0, language) } else { String::new() };
            parts.push(RowPart::bar(panel, index, Cell::known(share), span, text));
        }
    }
    let texts = match satisfied {
        Cell::Shown(mark) => vec![
            written(&Mark { n: None, ..mark.clone() }, ValueFormat::Percent, 0, language),
            mark.n.map_or_else(String::new, |n| whole(n, language)),
            whole(item.no_answer, language),
        ],
        Cell::Suppressed | Cell::Missing { .. } => vec!["–".to_owned(), String::new(), String::new()],
    };
    // The share satisfied is written, not drawn: a sign on the bars would hide them.
    parts.push(RowPart::at(0, figure.answers.len(), satisfied.clone()));
    ChartRow {
        id: crate::vietnamese::nfc(&item.satisfied.code),
        label: told(&item.satisfied.name, language),
        group: Some(told(&item.factor, language)),
        parts,
        texts,
        verdict: None,
    }
}
