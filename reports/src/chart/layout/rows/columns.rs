//! Where columns and rows stand.

use problem::{Language, Problems};

use super::super::super::font::widest;
use super::super::super::scene::{LEADING, Letters, Rect};
use super::super::super::wrap::wrap_balanced;
use super::super::super::{RowPanel, RowsPlot, TextColumn};
use super::super::field::{AXIS_HEIGHT, Field, HEADING_LEADING, tick_texts};
use super::super::plan_rows::{ROW_GAP, ROW_MIN, Rows, stack};
use super::super::{LABEL, LABEL_BOLD, SMALL, TICK, does_not_fit, guides};
use super::VERDICT_SIGN;

/// Parts of the width that are tried for the names, the usual one first.
const NAME_PARTS: [f64; 5] = [0.28, 0.24, 0.33, 0.38, 0.44];
/// Letter sizes tried for the rows, in points, never below the least size of print.
const LETTER_SIZES: [f64; 3] = [8.5, 8.0, 7.5];
/// Least width of all panels together, and of one.
const PANELS_MIN: f64 = 112.0;
const PANEL_MIN: f64 = 36.0;
/// White between columns.
const GUTTER: f64 = 9.0;
/// Least white between panels.
const PANEL_GUTTER: f64 = 14.0;
/// White between the last number of an axis and the first of the next.
const NUMBER_GAP: f64 = 5.0;
/// Widest line of a column of words, of a heading, of a verdict.
const TEXT_MAX: f64 = 96.0;
const HEAD_MAX: f64 = 58.0;
const VERDICT_MAX: f64 = 78.0;
/// Rows do not drift apart more than this.
const SPARE_MAX: f64 = 14.0;
/// Thickness of a bar: part of the row's height, and the most.
const BAR_MAX: f64 = 12.0;

/// Places of the columns.
pub(super) struct Columns {
    size: f64,
    /// Left and right end of each panel.
    panels: Vec<(f64, f64)>,
    /// Left and right end of each column of text.
    pub(super) texts: Vec<(f64, f64)>,
    /// Lines of the heads of the columns of text.
    pub(super) heads: Vec<Vec<String>>,
    pub(super) verdict: f64,
    pub(super) verdict_head: Vec<String>,
    /// Half the thickness of a bar.
    pub(super) half_bar: f64,
}

/// Everything placed.
pub(super) struct Placed {
    pub(super) columns: Columns,
    /// Top of the plot.
    pub(super) top: f64,
    pub(super) names: Vec<Vec<String>>,
    pub(super) rows: Rows,
}

/// Finds the first combination of letter size and name width in which everything fits.
pub(super) fn place(plot: &RowsPlot, body: Rect, language: Language) -> Result<Placed, Problems> {
    let mut shortage = None;
    for size in LETTER_SIZES {
        for part in NAME_PARTS {
            match try_place(plot, body, (size, part * body.width()), language) {
                Ok(placed) => return Ok(placed),
                Err((what, needed, got)) => shortage = Some(does_not_fit(what, needed, got)),
            }
        }
    }
    Err(shortage.unwrap_or_default())
}

fn try_place(
    plot: &RowsPlot,
    body: Rect,
    (size, name_width): (f64, f64),
    language: Language,
) -> Result<Placed, (&'static str, f64, f64)> {
    let mut columns = Columns::new(plot, body, (size, name_width), language)?;
    let names: Vec<Vec<String>> =
        plot.rows.iter().map(|row| wrap_balanced(&row.label, size, LABEL.weight, name_width)).collect();
    let needed = widest(names.iter().flatten().map(String::as_str), size, LABEL.weight);
    if needed > name_width {
        return Err(("width", needed, name_width));
    }
    let head = columns.heads.iter().map(Vec::len).max().unwrap_or(0).max(columns.verdict_head.len());
    let over_panels = plot.panels.iter().zip(columns.fields(plot)).map(|(panel, field)| {
        let levels =
            guides::place(&panel.guides, field).into_iter().filter(|label| label.named).map(|label| label.level + 1);
        columns.panel_heading(panel, field).len().max(levels.max().unwrap_or(0))
    });
    let top = body.top + HEADING_LEADING * over_panels.max().unwrap_or(0).max(head) as f64 + 5.0;
    let heights: Vec<f64> =
        plot.rows.iter().zip(&names).map(|(row, name)| columns.row_height(plot, row, name)).collect();
    let groups: Vec<&str> = plot.rows.iter().map(|row| row.group.as_deref().unwrap_or_default()).collect();
    let area = Rect { top, bottom: body.bottom - AXIS_HEIGHT, ..body };
    let rows = stack(&groups, &heights, columns.bold(), area, SPARE_MAX)
        .map_err(|needed| ("height", needed, area.height()))?;
    let pitch = rows.middles.windows(2).map(|two| two[1] - two[0]).fold(f64::INFINITY, f64::min);
    columns.half_bar = (pitch * 0.68).min(BAR_MAX) / 2.0;
    Ok(Placed { columns, top, names, rows })
}

/// White between each panel and the next: the numbers at the ends of their axes hang over the edges.
fn gutters(plot: &RowsPlot, language: Language) -> Vec<f64> {
    let ends = |panel: &RowPanel| {
        let texts = tick_texts(&panel.axis, f64::INFINITY, panel.without_signs, language);
        let half = |text: Option<&String>| text.map_or(0.0, |text| TICK.width(text) / 2.0);
        (half(texts.first()), half(texts.last()))
    };
    let ends: Vec<(f64, f64)> = plot.panels.iter().map(ends).collect();
    ends.windows(2).map(|two| (two[0].1 + two[1].0 + NUMBER_GAP).max(PANEL_GUTTER)).collect()
}

fn widest_of(lines: &[String], letters: Letters) -> f64 {
    widest(lines.iter().map(String::as_str), letters.size, letters.weight)
}

impl Columns {
    fn new(
        plot: &RowsPlot,
        body: Rect,
        (size, names): (f64, f64),
        language: Language,
    ) -> Result<Self, (&'static str, f64, f64)> {
        let mut columns = Self {
            size,
            panels: Vec::new(),
            texts: Vec::new(),
            heads: plot.columns.iter().map(|column| wrapped(&column.heading, SMALL, HEAD_MAX)).collect(),
            verdict: body.right,
            verdict_head: plot.verdict_heading.iter().flat_map(|words| wrapped(words, SMALL, VERDICT_MAX)).collect(),
            half_bar: 4.0,
        };
        let mut right = body.right;
        if plot.verdict_heading.is_some() {
            let verdicts = plot.rows.iter().filter_map(|row| row.verdict.as_ref());
            let lines = verdicts.flat_map(|verdict| columns.verdict_lines(&verdict.words)).collect::<Vec<_>>();
            let width =
                (VERDICT_SIGN + widest_of(&lines, columns.label())).max(widest_of(&columns.verdict_head, SMALL));
            columns.verdict = right - width;
            right = columns.verdict - GUTTER;
        }
        for (index, column) in plot.columns.iter().enumerate().rev() {
            let letters = if column.strong { columns.bold() } else { columns.label() };
            let texts = plot.rows.iter().filter_map(|row| row.texts.get(index));
            let lines: Vec<String> = texts.flat_map(|text| columns.text_lines(text, column)).collect();
            let width = widest_of(&lines, letters).max(widest_of(&columns.heads[index], SMALL));
            columns.texts.insert(0, (right - width, right));
            right -= width + GUTTER;
        }
        // Numbers at the end of an axis hang over its edge.
        right -= if plot.columns.is_empty() && plot.verdict_heading.is_none() { 8.0 } else { 2.0 };
        let left = body.left + names + GUTTER + 4.0;
        let gutters = gutters(plot, language);
        let room = right - left - gutters.iter().sum::<f64>();
        let total: f64 = plot.panels.iter().map(|panel| panel.weight).sum();
        let narrowest = plot.panels.iter().map(|panel| room * panel.weight / total).fold(f64::INFINITY, f64::min);
        if room < PANELS_MIN || narrowest < PANEL_MIN {
            return Err(("width", PANELS_MIN.max(PANEL_MIN * plot.panels.len() as f64), room));
        }
        let mut x = left;
        for (panel, gutter) in plot.panels.iter().zip(gutters.into_iter().chain([0.0])) {
            let width = room * panel.weight / total;
            columns.panels.push((x, x + width));
            x += width + gutter;
        }
        Ok(columns)
    }

    /// Letters of names and texts.
    pub(super) fn label(&self) -> Letters {
        Letters { size: self.size, ..LABEL }
    }

    /// Letters of strong columns and group headings.
    pub(super) fn bold(&self) -> Letters {
        Letters { size: self.size, ..LABEL_BOLD }
    }

    pub(super) fn verdict_lines(&self, words: &str) -> Vec<String> {
        wrapped(words, self.label(), VERDICT_MAX - VERDICT_SIGN)
    }

    /// Lines of a text of a column; numbers are never broken.
    pub(super) fn text_lines(&self, text: &str, column: &TextColumn) -> Vec<String> {
        if column.numeric { vec![text.to_owned()] } else { wrapped(text, self.label(), TEXT_MAX) }
    }

    /// Each panel's axis between its edges.
    pub(super) fn fields<'a>(&'a self, plot: &'a RowsPlot) -> impl Iterator<Item = Field<'a>> {
        plot.panels.iter().zip(&self.panels).map(|(panel, &(left, right))| Field { axis: &panel.axis, left, right })
    }

    /// Lines of the heading of a panel; none where the names of upright lines stand.
    pub(super) fn panel_heading(&self, panel: &RowPanel, field: Field<'_>) -> Vec<String> {
        if panel.heading.is_empty() || panel.guides.iter().any(|guide| !guide.label.is_empty()) {
            return Vec::new();
        }
        wrapped(&panel.heading, SMALL, field.right - field.left + PANEL_GUTTER - 4.0)
    }

    pub(super) fn panels_left(&self) -> f64 {
        self.panels.first().map_or(0.0, |panel| panel.0)
    }

    pub(super) fn panels_right(&self) -> f64 {
        self.panels.last().map_or(0.0, |panel| panel.1)
    }

    fn row_height(&self, plot: &RowsPlot, row: &super::super::super::ChartRow, name: &[String]) -> f64 {
        let texts = row.texts.iter().zip(&plot.columns).map(|(text, column)| self.text_lines(text, column).len());
        let verdict = row.verdict.as_ref().filter(|_| plot.verdict_heading.is_some());
        let verdict = verdict.map_or(0, |verdict| self.verdict_lines(&verdict.words).len());
        let lines = texts.max().unwrap_or(1).max(name.len()).max(verdict);
        (self.size * LEADING * lines as f64 + ROW_GAP).max(ROW_MIN)
    }
}

fn wrapped(text: &str, letters: Letters, room: f64) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { wrap_balanced(text, letters.size, letters.weight, room) }
}
