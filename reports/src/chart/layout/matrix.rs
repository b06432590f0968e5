//! Tasks by quarter: a row a task under the agency that leads it, a cell a quarter.

use problem::{Language, Problems};

use super::super::ChartSpec;
use super::super::font::widest;
use super::super::palette::{AXIS, BLUE, Color, MUTED, VERMILLION, WHITE};
use super::super::plan_spec::{MatrixCell, MatrixPlot};
use super::super::plan_words::{CELLS, cell_words};
use super::super::scene::{Anchor, Group, LEADING, Letters, Point, Rect};
use super::super::wrap::wrap_balanced;
use super::key::{self, Entry};
use super::marks::{self, Marker};
use super::plan_rows::{ROW_GAP, ROW_MIN, SPARE_MAX, stack};
use super::{LABEL, LABEL_BOLD, SMALL, does_not_fit};

/// Letter sizes tried for the rows, in points.
const LETTER_SIZES: [f64; 3] = [8.5, 8.0, 7.5];
/// Width of the column of a quarter.
const CELL: f64 = 27.0;
/// Half the side of a cell's square.
const SQUARE: f64 = 3.8;
const GUTTER: f64 = 8.0;
/// Least room for the tasks.
const NAME_MIN: f64 = 120.0;
/// Room for the line of totals.
const TOTALS: f64 = 17.0;

pub(super) fn lay(spec: &ChartSpec, plot: &MatrixPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let (mut groups, top) = key::lay(&key_entries(plot, spec.language), body);
    let mut shortage = Problems::none();
    for size in LETTER_SIZES {
        match rows(plot, Rect { top, ..body }, size) {
            Ok((area, more)) => {
                groups.extend(more);
                return Ok((area, groups));
            }
            Err(problems) => shortage = problems,
        }
    }
    Err(shortage)
}

fn key_entries(plot: &MatrixPlot, language: Language) -> Vec<Entry<'_>> {
    let is_used = |cell: &MatrixCell| plot.rows.iter().any(|row| row.cells.contains(cell));
    let entry = |cell: MatrixCell| Entry {
        width: 9.0,
        sign: Box::new(move |groups, at| {
            let mut group = Group::default();
            sign(&mut group, cell, at);
            groups.push(group);
        }),
        label: cell_words(cell, language).to_owned(),
    };
    CELLS.into_iter().filter(is_used).map(entry).collect()
}

/// The sign of a cell: told from the others by its shape alone.
fn sign(group: &mut Group, cell: MatrixCell, at: Point) {
    let half = |group: &mut Group, color: Color| {
        let (x, y) = at;
        group.area(&[(x - SQUARE, y - SQUARE), (x, y - SQUARE), (x, y + SQUARE), (x - SQUARE, y + SQUARE)], color);
    };
    match cell {
        MatrixCell::Complete => marks::filled(group, Marker::Square, at, SQUARE, BLUE),
        MatrixCell::Partial => {
            marks::hollow(group, Marker::Square, at, SQUARE, BLUE, 0.9);
            half(group, BLUE);
        }
        MatrixCell::Overdue => {
            marks::filled(group, Marker::Square, at, SQUARE, VERMILLION);
            marks::filled(group, Marker::Square, at, SQUARE - 1.2, WHITE);
        }
        MatrixCell::Open => marks::filled(group, Marker::Circle, at, 1.3, MUTED),
        MatrixCell::NotDue => group.line(&[(at.0 - 2.6, at.1), (at.0 + 2.6, at.1)], MUTED, 0.9),
    }
}

fn state_code(cell: MatrixCell) -> &'static str {
    match cell {
        MatrixCell::Complete => "complete",
        MatrixCell::Partial => "partial",
        MatrixCell::Overdue => "overdue",
        MatrixCell::Open => "open",
        MatrixCell::NotDue => "not_due",
    }
}

fn rows(plot: &MatrixPlot, body: Rect, size: f64) -> Result<(Rect, Vec<Group>), Problems> {
    let (label, bold) = (Letters { size, ..LABEL }, Letters { size, ..LABEL_BOLD });
    let widest_of =
        |texts: &mut dyn Iterator<Item = &str>, letters: Letters| widest(texts, letters.size, letters.weight);
    let number = widest_of(&mut plot.rows.iter().map(|row| row.id.as_str()), label) + 6.0;
    let tag_head = wrap_balanced(&plot.tag_heading, SMALL.size, SMALL.weight, 44.0);
    let tags = widest_of(&mut plot.rows.iter().map(|row| row.tag.as_str()), label)
        .max(widest_of(&mut tag_head.iter().map(String::as_str), SMALL));
    let tag = body.right - tags;
    let cells_left = tag - GUTTER - CELL * plot.columns.len() as f64;
    let name = body.left + number;
    let room = cells_left - GUTTER - name;
    let lines: Vec<Vec<String>> =
        plot.rows.iter().map(|row| wrap_balanced(&row.label, label.size, label.weight, room)).collect();
    let needed = widest_of(&mut lines.iter().flatten().map(String::as_str), label).max(NAME_MIN);
    if needed > room {
        return Err(does_not_fit("width", needed, room));
    }
    let heights: Vec<f64> =
        lines.iter().map(|lines| (label.size * LEADING * lines.len() as f64 + ROW_GAP).max(ROW_MIN)).collect();
    let top = body.top + SMALL.size * LEADING * tag_head.len().max(1) as f64 + 2.0;
    let area = Rect { top, bottom: body.bottom - TOTALS, ..body };
    let groups: Vec<&str> = plot.rows.iter().map(|row| row.group.as_str()).collect();
    let placed = stack(&groups, &heights, bold, area, SPARE_MAX)
        .map_err(|needed| does_not_fit("height", needed, area.height()))?;
    let x_of = |column: usize| cells_left + CELL * (column as f64 + 0.5);

    let mut heads = Group::class("headings");
    heads.text((body.left, top - 3.0), Anchor::Start, SMALL, plot.label_heading.clone());
    for (column, text) in plot.columns.iter().enumerate() {
        heads.text((x_of(column), top - 3.0), Anchor::Middle, SMALL, text.clone());
    }
    for (index, line) in tag_head.iter().rev().enumerate() {
        heads.text((tag, top - 3.0 - SMALL.size * LEADING * index as f64), Anchor::Start, SMALL, line.clone());
    }
    let mut all = vec![heads, placed.draw_headings(bold, body)];
    let mut words = Group::class("names");
    for ((row, lines), &middle) in plot.rows.iter().zip(&lines).zip(&placed.middles) {
        let first = middle - label.size * LEADING * (lines.len() as f64 - 1.0) / 2.0 + label.centre_shift();
        words.text((body.left, first), Anchor::Start, label, row.id.clone());
        words.block(lines, name, middle, Anchor::Start, label);
        words.text((tag, middle + label.centre_shift()), Anchor::Start, label, row.tag.clone());
    }
    all.push(words);
    for (row, &middle) in plot.rows.iter().zip(&placed.middles) {
        for (column, cell) in row.cells.iter().enumerate() {
            let mut group = Group::class("cell")
                .with("data-id", row.id.clone())
                .with("data-column", plot.columns[column].clone())
                .with("data-state", state_code(*cell));
            sign(&mut group, *cell, (x_of(column), middle));
            all.push(group);
        }
    }
    all.push(totals(plot, body, placed.bottom, bold, &x_of));
    Ok((Rect { left: cells_left, right: tag - GUTTER, top, bottom: placed.bottom }, all))
}

/// How many tasks were reported in each quarter, of those due.
fn totals(plot: &MatrixPlot, body: Rect, bottom: f64, bold: Letters, x_of: &dyn Fn(usize) -> f64) -> Group {
    let mut group = Group::class("totals");
    group.line(&[(body.left, bottom + 3.0), (body.right, bottom + 3.0)], AXIS, 0.7);
    let baseline = bottom + 5.0 + bold.size;
    group.text((body.left, baseline), Anchor::Start, bold, plot.total_label.clone());
    for column in 0..plot.columns.len() {
        let cells = || plot.rows.iter().filter_map(move |row| row.cells.get(column));
        let due = cells().filter(|cell| **cell != MatrixCell::NotDue).count();
        let reported = cells().filter(|cell| matches!(cell, MatrixCell::Complete | MatrixCell::Partial)).count();
        let text = if due == 0 { "–".to_owned() } else { format!("{reported}/{due}") };
        group.text((x_of(column), baseline), Anchor::Middle, bold, text);
    }
    group
}
