//! R1: every target of the plan, each on its own scale, with figure, distance and verdict.

use chrono::NaiveDate;
use problem::{Language, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Look, say};
use crate::chart::check::checked;
use crate::chart::number::{decimal, with_unit};
use crate::chart::{
    ChartSpec, Figure, Interval, Note, PlanBasis, PlanState, Plot, Scale, SmallCellRule, TargetPlot, TargetRow,
    TargetValue, ValueFormat, file_stem,
};
use crate::vietnamese::nfc;

/// What the figures of a plan share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanMetadata {
    /// Where the figures are from, for the source line.
    pub source: Words,
    /// The unit that the plan is of, such as "Bắc Giang".
    pub unit: Words,
    /// The year whose figures decide.
    pub year: i32,
    /// The day on which it is looked at.
    pub day: NaiveDate,
    /// Fingerprint of the inputs, hexadecimal, at least eight digits; a data file without one gets its own.
    #[serde(default)]
    pub fingerprint: String,
    /// More sentences for the note.
    #[serde(default)]
    pub remarks: Vec<Words>,
}

/// In what a target is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanUnit {
    /// Points of a scale.
    Points,
    /// Per cent, 0–100.
    Percent,
    /// Ranks, 1 the best.
    Rank,
    /// Days, of which only the distance is known.
    Days,
}

/// A figure as the plan's room judged it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanFigure {
    /// The figure.
    pub value: f64,
    /// Its interval of 95 %.
    pub interval: Option<Interval>,
    /// What it is.
    pub basis: PlanBasis,
    /// The year it speaks of.
    pub year: i32,
    /// Whether that is the year that decides.
    pub is_target_year: bool,
}

/// One target, or one part of a target that is judged by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanTarget {
    /// Stable code.
    pub id: String,
    /// Its name in the plan's list.
    pub number: String,
    /// The group it stands in, such as the index.
    pub group: Words,
    /// What it asks.
    pub name: Words,
    /// In what it is counted.
    pub unit: PlanUnit,
    /// Ends of its scale, worse and better; `None` where there is none.
    pub scale: Option<(f64, f64)>,
    /// Where it begins to be reached.
    pub bound: Option<f64>,
    /// The figure, if there is one.
    pub figure: Option<PlanFigure>,
    /// How far beyond the target.
    pub distance: Option<f64>,
    /// The verdict.
    pub state: PlanState,
    /// The verdict by an older figure, where the deciding one is not there yet.
    pub by_older: Option<PlanState>,
    /// What a reader must know beside the verdict, in a few words.
    pub aside: Option<Words>,
}

/// What R1 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetFigure {
    /// What the plan's figures share.
    pub metadata: PlanMetadata,
    /// The targets in the order of the figure; those of one group stand together.
    pub rows: Vec<PlanTarget>,
}

impl PlanState {
    /// The words of the state.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Reached => Words::new("Đạt", "Reached"),
            Self::NotReached => Words::new("Chưa đạt", "Not reached"),
            Self::NotEnoughEvidence => Words::new("Chưa đủ cơ sở", "Not enough evidence"),
            Self::NoData => Words::new("Chưa có số liệu", "No figures yet"),
        }
    }
}

/// Builds R1. The title counts verdicts; the scales are those given, so that figures of two years can be laid side by side.
///
/// # Errors
/// All that is wrong with the rows.
pub fn r1_targets(figure: &TargetFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let rows: Vec<TargetRow> = figure.rows.iter().map(|row| target_row(row, language)).collect();
    let no_data = rows.iter().filter(|row| row.state == PlanState::NoData).count();
    let unit = metadata.unit.in_language(language);
    let mut numbers: Vec<&str> = rows.iter().map(|row| row.number.as_str()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let (n_targets, n_rows, year) = (numbers.len(), rows.len(), metadata.year);
    let subtitle = say(
        language,
        format!("{n_targets} mục tiêu của kế hoạch, {unit}, {year}: {n_rows} mục, {no_data} mục chưa có số liệu"),
        format!("{n_targets} targets of the plan, {unit}, {year}: {n_rows} rows, {no_data} without figures yet"),
    );
    let headings = [
        ("Mục tiêu", "Target"),
        ("Thang riêng từng dòng, phải là tốt hơn", "Own scale of each row, right is better"),
        ("Giá trị · năm", "Figure · year"),
        ("Cách mục tiêu", "Beyond target"),
        ("Kết luận", "Verdict"),
    ];
    checked(&ChartSpec {
        figure: Figure::R1,
        language,
        size: look.size,
        title: title(&rows, language),
        subtitle: nfc(&subtitle),
        plot: Plot::Targets(TargetPlot { headings: headings.map(|(vi, en)| say(language, vi, en)), rows }),
        note: metadata.note(language),
        small_cells: SmallCellRule::default(),
        draft: false,
        file_stem: metadata.file_stem(Figure::R1),
    })
}

impl PlanMetadata {
    pub(super) fn note(&self, language: Language) -> Note {
        Note {
            survey: nfc(self.source.in_language(language)),
            unit: nfc(self.unit.in_language(language)),
            n: None,
            villages: None,
            confidence_level: 0.95,
            method: String::new(),
            fieldwork: None,
            computed: self.day,
            fingerprint: self.fingerprint.clone(),
            remarks: self.remarks.iter().map(|words| nfc(words.in_language(language))).collect(),
        }
    }

    pub(super) fn file_stem(&self, figure: Figure) -> String {
        file_stem("ke-hoach", self.year, &self.unit.vi, figure, self.day)
    }
}

fn title(rows: &[TargetRow], language: Language) -> String {
    let of = |state| rows.iter().filter(|row| row.state == state).count();
    let (reached, not, unclear) = (of(PlanState::Reached), of(PlanState::NotReached), of(PlanState::NotEnoughEvidence));
    if reached + not + unclear == 0 {
        return say(language, "Chưa có số liệu để kết luận mục tiêu nào", "No figures yet that decide any target");
    }
    say(
        language,
        format!("{reached} mục đạt, {not} chưa đạt, {unclear} chưa đủ cơ sở"),
        format!("{reached} rows reached, {not} not reached, {unclear} without enough evidence"),
    )
}

fn target_row(row: &PlanTarget, language: Language) -> TargetRow {
    let words = |words: &Words| nfc(words.in_language(language));
    let format = if row.unit == PlanUnit::Percent { ValueFormat::Percent } else { ValueFormat::Points };
    let value = row.figure.as_ref().map(|figure| TargetValue {
        value: figure.value,
        interval: figure.interval,
        basis: figure.basis,
        year: figure.year,
        is_target_year: figure.is_target_year,
        written: written(figure.value, row.unit, language),
        interval_written: figure.interval.map(|limits| {
            let decimals = decimals(row.unit);
            format!("({}–{})", decimal(limits.lower, decimals, language), decimal(limits.upper, decimals, language))
        }),
    });
    let older = row.by_older.zip(row.figure.as_ref()).map(|(state, figure)| {
        let state = words(&state.words()).to_lowercase();
        say(language, format!("số {}: {state}", figure.year), format!("by {}: {state}", figure.year))
    });
    TargetRow {
        id: row.id.clone(),
        number: row.number.clone(),
        group: words(&row.group),
        label: capital(&words(&row.name)),
        scale: row.scale.map(|(worst, best)| Scale { worst, best, format }),
        bound: row.bound,
        value,
        distance: row.distance,
        distance_written: row.distance.map(|distance| distance_text(distance, row.unit, language)),
        state: row.state,
        state_words: words(&row.state.words()),
        aside: older.or_else(|| row.aside.as_ref().map(words)),
    }
}

/// Sentences of the plan begin small; rows begin with a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn decimals(unit: PlanUnit) -> usize {
    match unit {
        PlanUnit::Points | PlanUnit::Percent => 2,
        PlanUnit::Rank | PlanUnit::Days => 0,
    }
}

fn written(value: f64, unit: PlanUnit, language: Language) -> String {
    match unit {
        PlanUnit::Points | PlanUnit::Days => decimal(value, decimals(unit), language),
        PlanUnit::Percent => with_unit(value, ValueFormat::Percent, 2, language),
        PlanUnit::Rank => {
            let rank = decimal(value, 0, language);
            say(language, format!("hạng {rank}"), format!("rank {rank}"))
        }
    }
}

fn distance_text(distance: f64, unit: PlanUnit, language: Language) -> String {
    let number = decimal(distance, decimals(unit), language);
    let has_digit = number.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    let signed = if distance > 0.0 && has_digit { format!("+{number}") } else { number };
    match unit {
        PlanUnit::Points => signed,
        PlanUnit::Percent => say(language, format!("{signed} điểm\u{A0}%"), format!("{signed} pp")),
        PlanUnit::Rank => say(language, format!("{signed} bậc"), format!("{signed} places")),
        PlanUnit::Days => say(language, format!("{signed} ngày"), format!("{signed} days")),
    }
}
