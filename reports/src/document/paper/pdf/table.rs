//! Tables over pages: the head comes again on each, and no row is broken unless it is higher than a page.

use problem::{Language, Problem};

use super::super::columns::{CELL_SIDE, widths};
use super::super::model::{Align, Table};
use super::font::Face;
use super::lines::{Line, Run, lines};
use super::pages::{BOTTOM, Column, LEFT, Pages, Role, Stand, TOP};

/// Points above and below the text of a cell.
const ABOVE: f64 = 1.4;
const RULE: f64 = 0.5;

/// A row in lines, one list a cell.
struct Row {
    cells: Vec<Vec<Line>>,
    n_lines: usize,
}

/// A table that is laid out but not on pages yet.
pub(super) struct Laid<'a> {
    table: &'a Table,
    widths: Vec<f64>,
    points: f64,
    head: Row,
    rows: Vec<Row>,
}

impl<'a> Laid<'a> {
    pub(super) fn new(table: &'a Table, whole: f64, points: f64, language: Language) -> Result<Self, Problem> {
        let widths = widths(table, whole, points, language);
        let row = |texts: Vec<String>, face| {
            let cells: Vec<Vec<Line>> = texts
                .into_iter()
                .zip(&widths)
                .map(|(text, width)| lines(&[Run::new(text, face)], points, width - 2.0 * CELL_SIDE, 0.0))
                .collect();
            Row { n_lines: cells.iter().map(Vec::len).max().unwrap_or(1), cells }
        };
        let head = row(table.columns.iter().map(|column| column.heading.clone()).collect(), Face::Bold);
        let mut rows = Vec::new();
        for values in &table.rows {
            let texts: Result<Vec<String>, Problem> = values.iter().map(|value| value.shown(language)).collect();
            rows.push(row(texts?, Face::Regular));
        }
        Ok(Self { table, head, rows, points, widths })
    }

    fn line_height(&self) -> f64 {
        self.points * super::pages::LEADING
    }

    fn height(&self, n_lines: usize) -> f64 {
        n_lines as f64 * self.line_height() + 2.0 * ABOVE
    }

    /// Room for the head and the first rows.
    pub(super) fn least_height(&self) -> f64 {
        let first: f64 = self.rows.iter().take(2).map(|row| self.height(row.n_lines.min(12))).sum();
        self.height(self.head.n_lines) + first
    }

    pub(super) fn put(&self, pages: &mut Pages) {
        let table = pages.node(Role::Table, None);
        let head = pages.node(Role::Head, Some(table));
        self.put_head(pages, Some(head));
        let body = pages.node(Role::Body, Some(table));
        for row in &self.rows {
            self.put_row(pages, row, body);
        }
    }

    /// Without a node the head is a repetition, which is not read aloud again.
    fn put_head(&self, pages: &mut Pages, node: Option<usize>) {
        let row = node.map(|node| pages.node(Role::Row, Some(node)));
        let cells: Vec<Option<usize>> =
            (0..self.head.cells.len()).map(|_| row.map(|row| pages.node(Role::HeadCell, Some(row)))).collect();
        self.slice(pages, &self.head, 0..self.head.n_lines, &cells, true);
    }

    fn put_row(&self, pages: &mut Pages, row: &Row, body: usize) {
        let node = pages.node(Role::Row, Some(body));
        let cells: Vec<Option<usize>> = row.cells.iter().map(|_| Some(pages.node(Role::Cell, Some(node)))).collect();
        let whole_page = BOTTOM - TOP - self.height(self.head.n_lines);
        let mut from = 0;
        while from < row.n_lines {
            let left = BOTTOM - pages.y;
            let height = self.height(row.n_lines - from);
            if height > left && (height <= whole_page || left < self.height(3)) {
                pages.next_page();
                self.put_head(pages, None);
            }
            let fits = ((BOTTOM - pages.y - 2.0 * ABOVE) / self.line_height()).floor().max(1.0) as usize;
            let to = row.n_lines.min(from + fits);
            self.slice(pages, row, from..to, &cells, false);
            from = to;
        }
    }

    /// Lines of a row with the frame around them.
    fn slice(
        &self,
        pages: &mut Pages,
        row: &Row,
        wanted: std::ops::Range<usize>,
        nodes: &[Option<usize>],
        is_head: bool,
    ) {
        let (top, height) = (pages.y, self.height(wanted.len()));
        let mut x = LEFT;
        for (place, (cell, width)) in row.cells.iter().zip(&self.widths).enumerate() {
            let stand = match self.table.columns.get(place).map(|column| column.align) {
                _ if is_head => Stand::Centre,
                Some(Align::Centre) => Stand::Centre,
                Some(Align::Right) => Stand::Right,
                _ => Stand::Left,
            };
            let at =
                Column { x: x + CELL_SIDE, room: width - 2.0 * CELL_SIDE, points: self.points, spacing: 1.0, stand };
            let mut y = top + ABOVE;
            for line in cell.iter().take(wanted.end).skip(wanted.start) {
                y += pages.line(line, &at, y, nodes.get(place).copied().flatten());
            }
            pages.rule((x, top), (x, top + height), RULE);
            x += width;
        }
        pages.rule((x, top), (x, top + height), RULE);
        pages.rule((LEFT, top), (x, top), RULE);
        pages.rule((LEFT, top + height), (x, top + height), RULE);
        pages.y = top + height;
    }
}
