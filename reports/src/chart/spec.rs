//! What a figure says, as plain data.

use chrono::NaiveDate;
use problem::Language;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::areas_spec::AreasPlot;
use super::figure::Figure;
use super::page_spec::PagePlot;
use super::panels_spec::PanelsPlot;
use super::plan_spec::{MatrixPlot, TargetPlot};
use super::rows_spec::RowsPlot;
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
    /// Rows of bars, dots or strips in one or more panels.
    Rows(RowsPlot),
    /// Panels with two axes.
    Panels(PanelsPlot),
    /// Areas in classes.
    Areas(AreasPlot),
    /// One page of several.
    Page(PagePlot),
}

/// How values are written. The values themselves stay in the unit of the analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueFormat {
    /// Points of a scale: `5,58`.
    Points,
    /// Values 0–100: `82,66 %`.
    Percent,
    /// Values 0–1, written as percentages.
    Share,
    /// Differences of points, with their sign: `+0,31`.
    Change,
    /// Whole numbers of things: `1.234`.
    Count,
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
    /// Whether equal ratios have equal lengths, for times and weights.
    #[serde(default)]
    pub log: bool,
}

impl Axis {
    /// Where a value stands, 0 at the left end, 1 at the right one.
    #[must_use]
    pub fn part(&self, value: f64) -> f64 {
        part(value, self.min, self.max, self.log)
    }
}

/// Where a value stands between two ends.
pub(crate) fn part(value: f64, min: f64, max: f64, log: bool) -> f64 {
    if log { (value / min).ln() / (max / min).ln() } else { (value - min) / (max - min) }
}

/// Limits of a confidence interval, as the analysis gave them (never ±).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// The group it stands in; a heading is written where it changes.
    #[serde(default)]
    pub group: Option<String>,
    /// Text of the column before the verdicts, such as n; empty for none.
    #[serde(default)]
    pub aside: String,
    /// Verdict column.
    pub verdict: Option<Verdict>,
}

/// What a reference series is; decides its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// No difference, or the whole of which the rows are parts: thin grey line.
    Zero,
}

/// A grey field through all the rows: an interval of the whole, or what is too small to matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Its left and right end.
    pub limits: Interval,
    /// Its name in the key.
    pub label: String,
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
    /// Grey fields.
    #[serde(default)]
    pub bands: Vec<Band>,
    /// Head of the column before the verdicts; no column without it.
    #[serde(default)]
    pub aside_heading: Option<String>,
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
