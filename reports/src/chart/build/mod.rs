//! One pure function per figure: analysis results in plain structs → `ChartSpec`.
//!
//! The builder decides what may be shown (small-cell rule, verdicts), in which order, and states the finding. It checks
//! everything it was given and tells all problems at once.

mod common;
mod f1_progress;
mod f2_funnel;
mod f3_weights;
mod f4_margins;
mod f5_durations;
mod f6_receipts;
mod g1_areas;
mod m1_scorecard;
mod outlines;
mod p1_dimensions;
mod p2_radar;
mod p3_subdimensions;
mod p6_units;
mod p7_changes;
mod p8_priorities;
mod r1_targets;
mod r2_tasks;
mod r3_agencies;
mod s1_factors;
mod s2_answers;
mod s4_groups;
mod s5_drivers;
mod s6_expectations;
mod trend;
mod trend_input;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use problem::{Language, Place, Problem, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use f1_progress::{ProgressFigure, VillageProgress, f1_progress};
pub use f2_funnel::{FunnelFigure, FunnelRate, FunnelStage, f2_funnel};
pub use f3_weights::{WeightFigure, f3_weights};
pub use f4_margins::{Margin, MarginCategory, MarginFigure, f4_margins};
pub use f5_durations::{DurationFigure, EnumeratorDurations, f5_durations};
pub use f6_receipts::{DayReceipts, ReceiptsFigure, f6_receipts};
pub use g1_areas::{AreaFigure, g1_areas};
pub use m1_scorecard::{Action, ScoreHeadline, ScorecardFigure, m1_scorecard};
pub use outlines::{Outlines, outlines};
pub use p1_dimensions::{DimensionFigure, p1_dimensions};
pub use p2_radar::p2_radar;
pub use p3_subdimensions::{SubdimensionFigure, p3_subdimensions};
pub use p6_units::{UnitFigure, p6_units};
pub use p7_changes::{ChangeFigure, p7_changes};
pub use p8_priorities::{PriorityFigure, PriorityRow, p8_priorities};
pub use r1_targets::{PlanFigure, PlanMetadata, PlanTarget, PlanUnit, TargetFigure, r1_targets};
pub use r2_tasks::{PlanTask, TaskFigure, r2_tasks};
pub use r3_agencies::r3_agencies;
pub use s1_factors::{FactorFigure, FactorTarget, s1_factors, s3_services};
pub use s2_answers::{AnswerSide, LikertAnswer, LikertFigure, LikertItem, s2_answers};
pub use s4_groups::{GroupFigure, RespondentGroup, s4_groups};
pub use s5_drivers::{Driver, DriverFigure, s5_drivers};
pub use s6_expectations::{ExpectationFigure, s6_expectations};
pub use trend::{p4_total, p5_dimensions, s7_satisfaction};
pub use trend_input::{TrendFigure, TrendPanel, TrendPoint, TrendReference, TrendRole};

use crate::vietnamese::nfc;

use super::{Cell, Figure, Interval, Mark, Note, ReferenceKind, Size, SmallCellRule, file_stem};

/// One estimate as the analysis gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EstimateRow {
    /// Stable code, such as `D1`.
    pub code: String,
    /// Name in both languages.
    pub name: Words,
    /// The estimate; `None` needs a `missing_reason`.
    pub estimate: Option<f64>,
    /// Lower limit of the confidence interval; both limits or none.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Standard error.
    pub standard_error: Option<f64>,
    /// Design degrees of freedom.
    pub degrees_of_freedom: Option<f64>,
    /// Unweighted number of answers; `None` only for published figures that do not tell.
    pub n: Option<u64>,
    /// Why there is no estimate.
    pub missing_reason: Option<Words>,
    /// Interval of the difference from the previous round, if one was computed. Never derived from two intervals here.
    pub change: Option<Interval>,
}

/// Known values to compare with, by the code of the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceValues {
    /// Which sign they get; a figure has at most one series of each kind.
    pub kind: ReferenceKind,
    /// Name in the key, such as "2018" or "trung vị 63 tỉnh".
    pub label: Words,
    /// Code → value; codes may be left out.
    pub values: BTreeMap<String, f64>,
}

/// What all figures of a round share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Index, such as `PAPI`; part of titles and file names.
    pub index: String,
    /// Survey, for the source line.
    pub survey: Words,
    /// Unit surveyed, such as "Bắc Giang".
    pub unit: Words,
    /// Year of the index.
    pub year: i32,
    /// People in the sample; `None` only when it was not published.
    pub n: Option<u64>,
    /// Villages in the sample.
    pub villages: Option<u64>,
    /// Confidence level, 0–1.
    pub confidence_level: f64,
    /// How intervals were made, in a few words.
    pub method: Words,
    /// First and last day of fieldwork.
    pub fieldwork: Option<(NaiveDate, NaiveDate)>,
    /// Day of the computation.
    pub computed: NaiveDate,
    /// Fingerprint of the inputs, hexadecimal, at least eight digits; a data file without one gets its own.
    #[serde(default)]
    pub fingerprint: String,
    /// Whether the round is still open.
    #[serde(default)]
    pub draft: bool,
    /// More sentences for the note, such as "Khung mẫu minh hoạ.".
    #[serde(default)]
    pub remarks: Vec<Words>,
    /// When cells are hidden or starred.
    #[serde(default)]
    pub small_cells: SmallCellRule,
}

/// How the figure shall be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Language of words and numbers.
    pub language: Language,
    /// Paper or screen.
    pub size: Size,
}

impl Metadata {
    fn note(&self, language: Language) -> Note {
        Note {
            survey: nfc(self.survey.in_language(language)),
            unit: nfc(self.unit.in_language(language)),
            n: self.n,
            villages: self.villages,
            confidence_level: self.confidence_level,
            method: nfc(self.method.in_language(language)),
            fieldwork: self.fieldwork,
            computed: self.computed,
            fingerprint: self.fingerprint.clone(),
            remarks: self.remarks.iter().map(|words| nfc(words.in_language(language))).collect(),
        }
    }

    fn file_stem(&self, figure: Figure) -> String {
        // File names are Vietnamese in both languages: the same figure keeps its name.
        file_stem(&self.index, self.year, &self.unit.vi, figure, self.computed)
    }
}

/// The words of one language.
fn say(language: Language, vi: impl Into<String>, en: impl Into<String>) -> String {
    match language {
        Language::Vi => vi.into(),
        Language::En => en.into(),
    }
}

/// The cell of a row under the small-cell rule. `scale` is the length of the whole scale.
fn cell(row: &EstimateRow, rule: &SmallCellRule, scale: f64, language: Language, problems: &mut Problems) -> Cell {
    let Some(value) = row.estimate else {
        return match &row.missing_reason {
            Some(reason) => Cell::Missing { reason: nfc(reason.in_language(language)) },
            None => {
                problems.push(
                    Problem::new(
                        "chart_no_reason",
                        "dòng không có ước lượng và không nêu lý do",
                        "a row has neither an estimate nor a reason",
                    )
                    .at(Place::column(&row.code)),
                );
                Cell::Missing { reason: String::new() }
            }
        };
    };
    let numbers = [Some(value), row.lower, row.upper, row.standard_error, row.degrees_of_freedom];
    if numbers.iter().flatten().any(|number| !number.is_finite()) {
        problems.push(
            Problem::new("chart_not_finite", "dòng có số không hữu hạn", "a row has a number that is not finite")
                .at(Place::column(&row.code))
                .got(format!("{numbers:?}")),
        );
    }
    let interval = match (row.lower, row.upper) {
        (Some(lower), Some(upper)) => Some(Interval { lower, upper }),
        (None, None) => None,
        _ => {
            problems.push(
                Problem::new(
                    "chart_half_interval",
                    "dòng chỉ có một giới hạn của khoảng tin cậy",
                    "a row has only one limit of its interval",
                )
                .at(Place::column(&row.code))
                .got(format!("{:?} – {:?}", row.lower, row.upper)),
            );
            None
        }
    };
    let mark = Mark {
        value,
        interval,
        standard_error: row.standard_error,
        degrees_of_freedom: row.degrees_of_freedom,
        n: row.n,
        cautions: Vec::new(),
    };
    rule.apply(&mark, scale)
}

/// Reference values in the order of the codes.
fn aligned(reference: &ReferenceValues, codes: &[&str], problems: &mut Problems) -> Vec<Option<f64>> {
    for code in reference.values.keys().filter(|code| !codes.contains(&code.as_str())) {
        problems.push(
            Problem::new(
                "chart_unknown_code",
                "giá trị đối chiếu có mã không thuộc biểu đồ",
                "a reference value has a code that the figure lacks",
            )
            .at(Place::column(&reference.label.vi))
            .got(code.clone()),
        );
    }
    codes.iter().map(|code| reference.values.get(*code).copied()).collect()
}

fn index_heading(metadata: &Metadata, language: Language) -> String {
    format!("{} {}, {}", metadata.index, metadata.year, nfc(metadata.unit.in_language(language)))
}

#[cfg(test)]
pub(crate) mod examples;
