//! Where columns and rows of a dot plot stand.

use problem::{Language, Problems};

use super::super::super::font::widest;
use super::super::super::number::{level, range, with_unit};
use super::super::super::scene::{LEADING, Letters, Rect};
use super::super::super::wrap::wrap_balanced;
use super::super::super::{Cell, ChartSpec, DotPlot, DotRow, Mark, Verdict};
use super::super::field::{AXIS_HEIGHT, Field, HEADING_LEADING};
use super::super::plan_rows::{ROW_GAP, ROW_MIN, Rows, stack};
use super::super::{LABEL, LABEL_BOLD, SMALL, does_not_fit, guides};

const POINTS_PER_MM: f64 = 72.0 / 25.4;
/// Widths tried for the names, in millimetres: the usual one first, wider ones when names are long, narrower ones when
/// the columns at the right leave no room.
const NAME_WIDTHS_MM: [f64; 7] = [46.0, 52.0, 58.0, 64.0, 72.0, 40.0, 34.0];
/// Letter sizes tried for the rows, in points: the usual one first, never below the least size of print.
const LETTER_SIZES: [f64; 3] = [8.5, 8.0, 7.5];
/// Least width of the plot.
const PLOT_WIDTH_MIN: f64 = 108.0;
/// White between columns.
pub(super) const GUTTER: f64 = 9.0;
/// Widest column of verdicts.
const VERDICT_MAX: f64 = 76.0;
/// Room for the sign of a verdict.
pub(super) const VERDICT_SIGN: f64 = 11.0;
/// Widest column before the verdicts.
const ASIDE_MAX: f64 = 52.0;

/// Places of the columns.
pub(super) struct Columns {
    /// Letter size of names and values.
    pub(super) size: f64,
    pub(super) number: f64,
    pub(super) name: f64,
    pub(super) name_width: f64,
    pub(super) plot_left: f64,
    pub(super) plot_right: f64,
    pub(super) value_start: f64,
    pub(super) value_end: f64,
    pub(super) interval: f64,
    /// Right end of the written values.
    pub(super) written_end: f64,
    /// Right end of the column before the verdicts.
    pub(super) aside_end: f64,
    pub(super) verdict: f64,
}

/// A laid-out row: its lines and its middle.
pub(super) struct Place<'a> {
    pub(super) row: &'a DotRow,
    pub(super) index: usize,
    pub(super) name: Vec<String>,
    pub(super) middle: f64,
}

/// Everything placed.
pub(super) struct Placed<'a> {
    pub(super) columns: Columns,
    /// The plot box.
    pub(super) area: Rect,
    pub(super) rows: Vec<Place<'a>>,
    /// Group headings and the end of the rows.
    pub(super) stacked: Rows,
}

/// Finds the first combination of letter size and name width in which everything fits.
pub(super) fn place<'a>(spec: &ChartSpec, plot: &'a DotPlot, body: Rect) -> Result<Placed<'a>, Problems> {
    let mut shortage = None;
    for size in LETTER_SIZES {
        for millimetres in NAME_WIDTHS_MM {
            let columns = Columns::new(spec, plot, body, size, millimetres * POINTS_PER_MM);
            let width = columns.plot_right - columns.plot_left;
            if width < PLOT_WIDTH_MIN {
                shortage.get_or_insert_with(|| does_not_fit("width", PLOT_WIDTH_MIN, width));
                continue;
            }
            let top = body.top + columns.heading_height(spec, plot);
            let area =
                Rect { left: columns.plot_left, right: columns.plot_right, top, bottom: body.bottom - AXIS_HEIGHT };
            match columns.rows(spec, plot, area) {
                Ok((rows, stacked)) => return Ok(Placed { columns, area, rows, stacked }),
                Err(needed) => shortage = Some(does_not_fit("height", needed, area.height())),
            }
        }
    }
    Err(shortage.unwrap_or_default())
}

pub(super) fn value_text(spec: &ChartSpec, plot: &DotPlot, mark: &Mark) -> String {
    with_unit(mark.value, plot.axis.format, plot.axis.decimals, spec.language)
}

pub(super) fn interval_text(spec: &ChartSpec, plot: &DotPlot, mark: &Mark) -> Option<String> {
    let limits = mark.interval?;
    Some(format!("({})", range(limits.lower, limits.upper, plot.axis.format, plot.axis.decimals, spec.language)))
}

fn widest_of(lines: &[String], letters: Letters) -> f64 {
    widest(lines.iter().map(String::as_str), letters.size, letters.weight)
}

impl Columns {
    fn new(spec: &ChartSpec, plot: &DotPlot, body: Rect, size: f64, names: f64) -> Self {
        let (label, bold) = (Letters { size, ..LABEL }, Letters { size, ..LABEL_BOLD });
        let shown: Vec<&Mark> = plot.rows.iter().filter_map(|row| row.cell.mark()).collect();
        let values: Vec<String> = shown.iter().map(|mark| value_text(spec, plot, mark)).collect();
        let intervals: Vec<String> = shown.iter().filter_map(|mark| interval_text(spec, plot, mark)).collect();
        let star = if shown.iter().any(|mark| !mark.cautions.is_empty()) { bold.width("*") } else { 0.0 };
        let value = widest_of(&values, bold);
        let between = if intervals.is_empty() { 0.0 } else { 4.5 };
        let absent = if shown.len() < plot.rows.len() { 60.0 } else { 0.0 };
        let heading = widest_of(&value_heading(spec, plot), SMALL);
        let written = (value + star + between + widest_of(&intervals, label)).max(absent).max(heading);
        let verdict = verdict_width(plot, label);
        let numbers: Vec<&str> = plot.rows.iter().filter_map(|row| row.number.as_deref()).collect();
        let number = if numbers.is_empty() { 0.0 } else { widest(numbers, size, label.weight) + 5.0 };
        let aside = aside_width(plot, label);
        let value_start = body.right - verdict - aside - written;
        Self {
            size,
            number: body.left,
            name: body.left + number,
            name_width: names - number,
            plot_left: body.left + names + GUTTER,
            plot_right: value_start - GUTTER,
            value_start,
            value_end: value_start + value,
            interval: value_start + value + star + between,
            written_end: value_start + written,
            aside_end: body.right - verdict,
            verdict: body.right - verdict + GUTTER,
        }
    }

    /// Letters of names and intervals.
    pub(super) fn label(&self) -> Letters {
        Letters { size: self.size, ..LABEL }
    }

    /// Letters of values and of the whole.
    pub(super) fn bold(&self) -> Letters {
        Letters { size: self.size, ..LABEL_BOLD }
    }

    /// Letters of a row's name.
    pub(super) fn name_letters(&self, row: &DotRow) -> Letters {
        if row.overall { self.bold() } else { self.label() }
    }

    pub(super) fn verdict_lines(&self, verdict: &Verdict) -> Vec<String> {
        verdict_lines(verdict, self.label())
    }

    /// Why a row has no estimate, in the place of its value.
    pub(super) fn absent_lines(&self, spec: &ChartSpec, cell: &Cell) -> Vec<String> {
        let least = spec.small_cells.hide_below_n;
        let words = match (cell, spec.language) {
            (Cell::Shown(_), _) => return Vec::new(),
            (Cell::Missing { reason }, _) => format!("– {reason}"),
            (Cell::Suppressed, Language::Vi) => format!("– không hiển thị, n\u{A0}<\u{A0}{least}"),
            (Cell::Suppressed, Language::En) => format!("– not shown, n\u{A0}<\u{A0}{least}"),
        };
        wrap_balanced(&words, SMALL.size, SMALL.weight, self.written_end - self.value_start)
    }

    /// Lines of the heads of values and verdicts.
    pub(super) fn heading_lines(&self, spec: &ChartSpec, plot: &DotPlot) -> [Vec<String>; 3] {
        let wrapped = |words: Option<&str>, room: f64| {
            words.map_or_else(Vec::new, |words| wrap_balanced(words, SMALL.size, SMALL.weight, room))
        };
        [
            value_heading(spec, plot),
            wrapped(plot.verdict_heading.as_deref(), VERDICT_MAX),
            wrapped(plot.aside_heading.as_deref(), ASIDE_MAX),
        ]
    }

    /// The axis between the edges of the plot.
    pub(super) fn field<'a>(&self, plot: &'a DotPlot) -> Field<'a> {
        Field { axis: &plot.axis, left: self.plot_left, right: self.plot_right }
    }

    /// Room above the plot for column heads and for the names of the upright lines.
    fn heading_height(&self, spec: &ChartSpec, plot: &DotPlot) -> f64 {
        let lines = self.heading_lines(spec, plot).iter().map(Vec::len).max().unwrap_or(0);
        let labels = guides::place(&plot.guides, self.field(plot));
        let levels = labels.iter().map(|label| label.level + 1).max().unwrap_or(0);
        HEADING_LEADING * lines.max(levels) as f64 + 4.0
    }

    /// Middles of the rows with their headings, or the height they would need.
    fn rows<'a>(&self, spec: &ChartSpec, plot: &'a DotPlot, area: Rect) -> Result<(Vec<Place<'a>>, Rows), f64> {
        let leading = self.size * LEADING;
        let mut too_wide = false;
        let (mut names, mut heights) = (Vec::new(), Vec::new());
        for row in &plot.rows {
            let letters = self.name_letters(row);
            let name = wrap_balanced(&row.label, letters.size, letters.weight, self.name_width);
            too_wide |= widest_of(&name, letters) > self.name_width;
            let verdict = row.verdict.as_ref().map_or(0, |verdict| self.verdict_lines(verdict).len());
            let absent = self.absent_lines(spec, &row.cell);
            too_wide |= widest_of(&absent, SMALL) > self.written_end - self.value_start;
            let lines = name.len().max(verdict).max(absent.len());
            heights.push((leading * lines as f64 + ROW_GAP).max(ROW_MIN));
            names.push(name);
        }
        let groups: Vec<&str> = plot.rows.iter().map(|row| row.group.as_deref().unwrap_or_default()).collect();
        let stacked = stack(&groups, &heights, self.bold(), area, f64::INFINITY)?;
        if too_wide {
            return Err(heights.iter().sum());
        }
        let places = plot.rows.iter().zip(names).zip(&stacked.middles).enumerate();
        let places = places.map(|(index, ((row, name), &middle))| Place { row, index, name, middle }).collect();
        Ok((places, stacked))
    }
}

/// What the written values are, and their intervals.
fn value_heading(spec: &ChartSpec, plot: &DotPlot) -> Vec<String> {
    let mut lines = vec![plot.value_heading.clone()];
    if plot.rows.iter().any(|row| row.cell.mark().is_some_and(|mark| mark.interval.is_some())) {
        let level = level(spec.note.confidence_level, spec.language);
        lines.push(match spec.language {
            Language::Vi => format!("(khoảng tin cậy {level})"),
            Language::En => format!("({level} interval)"),
        });
    }
    lines
}

fn verdict_lines(verdict: &Verdict, letters: Letters) -> Vec<String> {
    wrap_balanced(&verdict.words, letters.size, letters.weight, VERDICT_MAX - VERDICT_SIGN)
}

/// Width of the column before the verdicts with the white before it; none without a heading.
fn aside_width(plot: &DotPlot, letters: Letters) -> f64 {
    let Some(heading) = &plot.aside_heading else { return 0.0 };
    let heading = widest_of(&wrap_balanced(heading, SMALL.size, SMALL.weight, ASIDE_MAX), SMALL);
    plot.rows.iter().map(|row| letters.width(&row.aside)).fold(heading, f64::max) + GUTTER
}

/// Width of the column of verdicts with the white before it; none without a heading.
fn verdict_width(plot: &DotPlot, letters: Letters) -> f64 {
    let Some(heading) = &plot.verdict_heading else { return 0.0 };
    let heading = widest_of(&wrap_balanced(heading, SMALL.size, SMALL.weight, VERDICT_MAX), SMALL);
    let verdicts = plot.rows.iter().filter_map(|row| row.verdict.as_ref());
    verdicts.map(|verdict| VERDICT_SIGN + widest_of(&verdict_lines(verdict, letters), letters)).fold(heading, f64::max)
        + GUTTER
}
