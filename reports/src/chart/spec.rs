//! What a figure says, as plain data.

use chrono::NaiveDate;
use problem::Language;
use serde::{Deserialize, Serialize};

use super::figure::Figure;
use super::plan_spec::{MatrixPlot, TargetPlot};
use super::{Size, SmallCellRule};

/// One figure: everything it shows and says, nothing about how it is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartSpec {
    /// Which figure of the catalogue.
    pub figure: Figure,
    /// Language of all the words in it, and of its numbers.
    pub language: Language,
    /// Paper or screen it is laid out for.
    pub size: Size,
    /// The finding, at most twelve words; may be edited.
    pub title: String,
    /// What it is: index, unit, place, year.
    pub subtitle: String,
    /// The marks.
    pub plot: Plot,
    /// Where the numbers come from.
    pub note: Note,
    /// The rule that hid or starred cells; its limits are printed in the note.
    pub small_cells: SmallCellRule,
    /// Whether the round is still open: watermark behind the plot, and said in the alt text.
    pub draft: bool,
    /// File name without extension, ASCII.
    pub file_stem: String,
}

/// The ways to draw, each used by several figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Plot {
    /// One row a name: dot and interval.
    Dots(DotPlot),
    /// One spoke a name.
    Radar(RadarPlot),
    /// One row a target, each on its own scale.
    Targets(TargetPlot),
    /// One row a task, one cell a quarter.
    Matrix(MatrixPlot),
}

/// How values are written. The values themselves stay in the unit of the analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueFormat {
    /// Points of a scale: `5,58`.
    Points,
    /// Values 0–100: `82,66 %`.
    Percent,
    /// Values 0–1, written as percentages.
    Share,
}

/// The axis of values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Left end (centre of a radar), in the unit of the values.
    pub min: f64,
    /// Right end (outer ring).
    pub max: f64,
    /// Where ticks, grid lines or rings stand.
    pub ticks: Vec<f64>,
    /// How values are written.
    pub format: ValueFormat,
    /// Decimals of the written values (ticks are written without).
    pub decimals: usize,
}

/// Limits of a confidence interval, as the analysis gave them (never ±).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

/// Why an estimate is shown hollow and starred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caution {
    /// Few answers.
    SmallSample,
    /// The interval is wide.
    WideInterval,
    /// The relative standard error is large.
    LargeRelativeError,
}

/// One estimate that may be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The estimate.
    pub value: f64,
    /// Its confidence interval; `None` when none was published.
    pub interval: Option<Interval>,
    /// Standard error, in the unit of the value.
    pub standard_error: Option<f64>,
    /// Design degrees of freedom.
    pub degrees_of_freedom: Option<f64>,
    /// Unweighted number of answers; `None` when it was not published.
    pub n: Option<u64>,
    /// Why to read it with care; empty when it needs none.
    pub cautions: Vec<Caution>,
}

/// An estimate, or the reason why there is none. A hidden estimate is nowhere in the spec.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Cell {
    /// Shown.
    Shown(Mark),
    /// Hidden by the small-cell rule.
    Suppressed,
    /// Never estimated.
    Missing {
        /// Why, in words.
        reason: String,
    },
}

impl Cell {
    /// The estimate, if it may be shown.
    #[must_use]
    pub fn mark(&self) -> Option<&Mark> {
        match self {
            Self::Shown(mark) => Some(mark),
            Self::Suppressed | Self::Missing { .. } => None,
        }
    }
}

/// A verdict that an interval carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// ▲ up, or target met.
    Up,
    /// ▼ down, or target not met.
    Down,
    /// ● not enough evidence.
    Unclear,
}

/// A verdict and its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which of the three.
    pub kind: VerdictKind,
    /// The words beside the sign.
    pub words: String,
}

/// One row of a dot plot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DotRow {
    /// Stable code, such as `D1`.
    pub id: String,
    /// Number printed before the name, such as `1`.
    pub number: Option<String>,
    /// Name.
    pub label: String,
    /// The estimate.
    pub cell: Cell,
    /// The whole of which the other rows are parts: drawn as a diamond, in bold.
    pub overall: bool,
    /// Verdict column.
    pub verdict: Option<Verdict>,
}

/// What a reference series is; decides its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    /// Previous measured round: hollow grey circle.
    Previous,
    /// Middle of all units: upright grey tick.
    Median,
    /// Anything else that has a name, such as the true value of a simulation: hollow grey diamond.
    Other,
}

/// Known values to compare the rows with. They have no interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Which sign.
    pub kind: ReferenceKind,
    /// Name in the key.
    pub label: String,
    /// One value a row, in the order of the rows; `None` where there is none.
    pub values: Vec<Option<f64>>,
}

/// What an upright line through all the rows means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuideKind {
    /// The target: solid black line.
    Target,
    /// A value to compare with, such as the national mean: dotted grey line.
    Comparison,
}

/// An upright line through all the rows, with its name on top.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guide {
    /// What it is.
    pub kind: GuideKind,
    /// Its value.
    pub value: f64,
    /// Its name.
    pub label: String,
}

/// Dots and intervals, one row a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DotPlot {
    /// Axis of values.
    pub axis: Axis,
    /// What the main dot is, in the key.
    pub series_label: String,
    /// Head of the column of written values.
    pub value_heading: String,
    /// Rows from top to bottom.
    pub rows: Vec<DotRow>,
    /// Reference values.
    pub references: Vec<Reference>,
    /// Upright lines.
    pub guides: Vec<Guide>,
    /// Head of the verdict column; no column without it.
    pub verdict_heading: Option<String>,
}

/// What a radar series is; decides colour, dash and marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesKind {
    /// This round: solid blue, ●, with whiskers.
    Current,
    /// Previous measured round: dashed vermillion, ■.
    Previous,
    /// Middle of all units or another reference: dotted grey, ◆.
    Reference,
}

/// One closed line of a radar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RadarSeries {
    /// Which look.
    pub kind: SeriesKind,
    /// Name in the key.
    pub label: String,
    /// One cell a spoke, in the order of the spokes.
    pub cells: Vec<Cell>,
}

/// Spokes clockwise from twelve o'clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RadarPlot {
    /// Axis from the centre outwards, the same for every spoke.
    pub axis: Axis,
    /// Code and name of each spoke.
    pub spokes: Vec<(String, String)>,
    /// At most three series; the first is the one whose values are written.
    pub series: Vec<RadarSeries>,
}

/// Where the numbers of a figure come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Survey.
    pub survey: String,
    /// Unit surveyed.
    pub unit: String,
    /// People in the sample; `None` when it was not published.
    pub n: Option<u64>,
    /// Villages in the sample.
    pub villages: Option<u64>,
    /// Confidence level of the intervals, 0–1.
    pub confidence_level: f64,
    /// How the intervals were made.
    pub method: String,
    /// First and last day of fieldwork.
    pub fieldwork: Option<(NaiveDate, NaiveDate)>,
    /// Day of the computation.
    pub computed: NaiveDate,
    /// Fingerprint of the inputs, hexadecimal; its first eight digits are printed.
    pub fingerprint: String,
    /// More sentences.
    pub remarks: Vec<String>,
}

/// One name of a figure with its estimate, whatever the plot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) id: &'a str,
    pub(crate) label: &'a str,
    pub(crate) cell: &'a Cell,
    pub(crate) verdict: Option<&'a Verdict>,
}

impl Plot {
    /// The axis of values, where all rows share one.
    #[must_use]
    pub fn axis(&self) -> Option<&Axis> {
        match self {
            Self::Dots(plot) => Some(&plot.axis),
            Self::Radar(plot) => Some(&plot.axis),
            Self::Targets(_) | Self::Matrix(_) => None,
        }
    }

    /// The main estimates in order; figures of the plan have rows of another kind.
    pub(crate) fn entries(&self) -> Vec<Entry<'_>> {
        match self {
            Self::Dots(plot) => plot
                .rows
                .iter()
                .map(|row| Entry { id: &row.id, label: &row.label, cell: &row.cell, verdict: row.verdict.as_ref() })
                .collect(),
            Self::Radar(plot) => plot
                .spokes
                .iter()
                .zip(plot.series.first().map_or(&[][..], |series| &series.cells))
                .map(|((id, label), cell)| Entry { id, label, cell, verdict: None })
                .collect(),
            Self::Targets(_) | Self::Matrix(_) => Vec::new(),
        }
    }

    /// The other series: name and one value an entry.
    pub(crate) fn comparisons(&self) -> Vec<(&str, Vec<Option<f64>>)> {
        match self {
            Self::Dots(plot) => {
                plot.references.iter().map(|reference| (reference.label.as_str(), reference.values.clone())).collect()
            }
            Self::Radar(plot) => plot
                .series
                .iter()
                .skip(1)
                .map(|series| {
                    (
                        series.label.as_str(),
                        series.cells.iter().map(|cell| cell.mark().map(|mark| mark.value)).collect(),
                    )
                })
                .collect(),
            Self::Targets(_) | Self::Matrix(_) => Vec::new(),
        }
    }

    /// The upright lines.
    pub(crate) fn guides(&self) -> &[Guide] {
        match self {
            Self::Dots(plot) => &plot.guides,
            Self::Radar(_) | Self::Targets(_) | Self::Matrix(_) => &[],
        }
    }
}
