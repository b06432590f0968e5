//! Rows of bars, dots or strips in one or more panels, with names at the left and columns of text at the right.

mod columns;
mod parts;

use problem::Problems;

use super::super::palette::GRID;
use super::super::scene::{Anchor, Group, Rect};
use super::super::{ChartSpec, RowLook, RowsPlot};
use super::field::HEADING_LEADING;
use super::key::{self, Entry};
use super::{SMALL, guides, marks};
use columns::{Columns, Placed};

/// Room for the sign of a verdict.
const VERDICT_SIGN: f64 = 11.0;

pub(super) fn lay(spec: &ChartSpec, plot: &RowsPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let (mut groups, top) = key::lay(&key_entries(spec, plot), body);
    let placed = columns::place(plot, Rect { top, ..body }, spec.language)?;
    let columns = &placed.columns;
    let ends = (placed.top, placed.rows.bottom);
    for (panel, field) in plot.panels.iter().zip(columns.fields(plot)) {
        let mut axis = Group::class("axis");
        field.ticks(&mut axis, ends, !panel.without_signs, spec.language);
        groups.push(axis);
    }
    groups.push(headings(plot, &placed));
    if !placed.rows.headings.is_empty() {
        groups.push(placed.rows.draw_headings(columns.bold(), body));
    }
    groups.push(words(plot, &placed, body));
    for (row, &middle) in plot.rows.iter().zip(&placed.rows.middles) {
        for part in &row.parts {
            groups.extend(parts::draw(spec, plot, row, part, columns, middle));
        }
        groups.extend(verdict(plot, row, columns, middle));
    }
    // Upright lines run over the bars: a target behind them would be hidden.
    for (panel, field) in plot.panels.iter().zip(columns.fields(plot)) {
        groups.extend(field.guides(&panel.guides, &guides::place(&panel.guides, field), ends));
    }
    let area = Rect { left: columns.panels_left(), right: columns.panels_right(), top: ends.0, bottom: ends.1 };
    Ok((area, groups))
}

fn key_entries<'a>(spec: &'a ChartSpec, plot: &'a RowsPlot) -> Vec<Entry<'a>> {
    let used = |series: usize| plot.rows.iter().flat_map(|row| &row.parts).any(|part| part.series == series);
    let mut entries: Vec<Entry<'a>> = Vec::new();
    // One series that the heading names needs no key.
    if plot.series.len() == 1 && plot.series[0].look.is_bar() {
        return entries;
    }
    let in_key = |index: usize, look: RowLook| used(index) && look != RowLook::Written;
    for (index, series) in plot.series.iter().enumerate().filter(|(index, one)| in_key(*index, one.look)) {
        let with_interval = plot.rows.iter().flat_map(|row| &row.parts).any(|part| {
            part.series == index
                && part.cell.as_ref().and_then(|cell| cell.mark()).is_some_and(|mark| mark.interval.is_some())
        });
        entries.push(Entry {
            width: parts::key_width(series.look, with_interval),
            sign: Box::new(move |groups, at| groups.push(parts::key_sign(series.look, with_interval, at))),
            label: series.label.clone(),
        });
    }
    let careful = plot
        .rows
        .iter()
        .flat_map(|row| &row.parts)
        .any(|part| part.cell.as_ref().and_then(|cell| cell.mark()).is_some_and(|mark| !mark.cautions.is_empty()));
    if careful {
        entries.push(key::careful(spec.language));
    }
    entries
}

fn headings(plot: &RowsPlot, placed: &Placed) -> Group {
    let mut group = Group::class("headings");
    let columns = &placed.columns;
    let mut write = |x: f64, anchor: Anchor, lines: &[String]| {
        for (index, line) in lines.iter().rev().enumerate() {
            let y = placed.top - 4.0 - HEADING_LEADING * index as f64;
            group.text((x, y), anchor, SMALL, line.clone());
        }
    };
    for (panel, field) in plot.panels.iter().zip(columns.fields(plot)) {
        write(field.left, Anchor::Start, &columns.panel_heading(panel, field));
    }
    for ((column, head), &(left, right)) in plot.columns.iter().zip(&columns.heads).zip(&columns.texts) {
        let (x, anchor) = if column.numeric { (right, Anchor::End) } else { (left, Anchor::Start) };
        write(x, anchor, head);
    }
    write(columns.verdict, Anchor::Start, &columns.verdict_head);
    group
}

fn words(plot: &RowsPlot, placed: &Placed, body: Rect) -> Group {
    let columns = &placed.columns;
    let mut group = Group::class("names");
    for ((row, name), &middle) in plot.rows.iter().zip(&placed.names).zip(&placed.rows.middles) {
        group.block(name, body.left, middle, Anchor::Start, columns.label());
        for ((text, column), &(left, right)) in row.texts.iter().zip(&plot.columns).zip(&columns.texts) {
            let letters = if column.strong { columns.bold() } else { columns.label() };
            let lines = columns.text_lines(text, column);
            let (x, anchor) = if column.numeric { (right, Anchor::End) } else { (left, Anchor::Start) };
            group.block(&lines, x, middle, anchor, letters);
        }
    }
    // Hairlines lead the eye from the name to its numbers where the row is long; headings have their own.
    for (two, &y) in plot.rows.windows(2).zip(&placed.rows.bottoms) {
        if plot.panels.len() > 1 && two[0].group == two[1].group {
            group.line(&[(body.left, y), (body.right, y)], GRID, 0.4);
        }
    }
    group
}

fn verdict(plot: &RowsPlot, row: &super::super::ChartRow, columns: &Columns, middle: f64) -> Option<Group> {
    let verdict = row.verdict.as_ref()?;
    plot.verdict_heading.as_ref()?;
    let mut group = Group::class("verdict").with("data-id", row.id.clone());
    marks::verdict(&mut group, verdict.kind, (columns.verdict + 3.6, middle));
    let lines = columns.verdict_lines(&verdict.words);
    group.block(&lines, columns.verdict + VERDICT_SIGN, middle, Anchor::Start, columns.label());
    Some(group)
}
