//! One page: headline figures in a line, small plots under headings, lists side by side.

use problem::Problems;

use super::super::font::Weight;
use super::super::palette::{AXIS, GRID, MUTED, TEXT};
use super::super::scene::{Anchor, Group, LEADING, Letters, Rect};
use super::super::wrap::wrap_balanced;
use super::super::{Cell, ChartSpec, Headline, ListItem, PageBlock, PagePlot};
use super::{LABEL, LABEL_BOLD, SMALL, does_not_fit, dots, marks, targets};

const BIG: Letters = Letters { size: 17.0, weight: Weight::SemiBold, color: TEXT };
const HEADING: Letters = Letters { size: 9.5, weight: Weight::SemiBold, color: TEXT };
/// White between headlines, and between lists.
const GUTTER: f64 = 16.0;
/// White above a block, and from its heading to what it holds.
const AIR: (f64, f64) = (7.0, 3.0);
/// White below an item of a list.
const ITEM_AIR: f64 = 2.0;
const SIGN: f64 = 11.0;

pub(super) fn lay(spec: &ChartSpec, plot: &PagePlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let mut groups = Vec::new();
    let mut top = headlines(plot, body, &mut groups);
    // Lists and headings have their heights, plots the least that they can live with; what is left goes to the plots by
    // their rows.
    let air: f64 = plot.blocks.iter().map(|block| block_air(block) + lists_height(block, body)).sum();
    let least = plot.blocks.iter().map(|block| least_height(spec, block, body)).collect::<Result<Vec<f64>, _>>()?;
    let fixed = air + least.iter().sum::<f64>();
    let rows = |block: &PageBlock| match block {
        PageBlock::Dots { plot, .. } => plot.rows.len() as f64 + 4.0,
        PageBlock::Targets { plot, .. } => plot.rows.len() as f64 * 1.8 + 4.0,
        PageBlock::Lists { .. } => 0.0,
    };
    let all_rows: f64 = plot.blocks.iter().map(rows).sum();
    let left_over = body.bottom - top - fixed;
    if left_over < 0.0 {
        return Err(does_not_fit("height", fixed, body.bottom - top));
    }
    for (block, least) in plot.blocks.iter().zip(least) {
        top += AIR.0;
        let share = least + if all_rows > 0.0 { left_over * rows(block) / all_rows } else { 0.0 };
        let title = match block {
            PageBlock::Dots { title, .. } | PageBlock::Targets { title, .. } => Some(title),
            PageBlock::Lists { .. } => None,
        };
        if let Some(title) = title {
            heading(&mut groups, title, (body.left, body.right), top);
            top += HEADING.size * LEADING + AIR.1;
        }
        let area = Rect { top, bottom: top + share, ..body };
        if let PageBlock::Lists { lists: all } = block {
            lists(all, Rect { top, ..body }, &mut groups);
            top += lists_height(block, body);
        } else {
            groups.extend(plot_of(spec, block, area)?);
        }
        top += share;
    }
    Ok((body, groups))
}

/// The plot of a block; none for lists.
fn plot_of(spec: &ChartSpec, block: &PageBlock, area: Rect) -> Result<Vec<Group>, Problems> {
    match block {
        PageBlock::Dots { plot, .. } => dots::lay(spec, plot, area).map(|laid| laid.1),
        PageBlock::Targets { plot, .. } => targets::lay(spec, plot, area).map(|laid| laid.1),
        PageBlock::Lists { .. } => Ok(Vec::new()),
    }
}

/// The least height at which a plot can be laid out, to a point: names take fewer lines where columns may be wider, so it is
/// tried and not computed.
fn least_height(spec: &ChartSpec, block: &PageBlock, body: Rect) -> Result<f64, Problems> {
    if matches!(block, PageBlock::Lists { .. }) {
        return Ok(0.0);
    }
    let of_height = |height: f64| plot_of(spec, block, Rect { bottom: body.top + height, ..body });
    of_height(body.height())?;
    let (mut low, mut high) = (0.0, body.height());
    while high - low > 1.0 {
        let middle = f64::midpoint(low, high);
        if of_height(middle).is_ok() { high = middle } else { low = middle }
    }
    Ok(high)
}

fn block_air(block: &PageBlock) -> f64 {
    AIR.0
        + match block {
            PageBlock::Lists { .. } => 0.0,
            PageBlock::Dots { .. } | PageBlock::Targets { .. } => HEADING.size * LEADING + AIR.1,
        }
}

fn heading(groups: &mut Vec<Group>, title: &str, (left, right): (f64, f64), top: f64) {
    let mut group = Group::class("groups");
    group.line(&[(left, top), (right, top)], AXIS, 0.7);
    group.text((left, top + HEADING.size * 1.2), Anchor::Start, HEADING, title);
    groups.push(group);
}

/// Cards side by side; returns where the next thing may begin.
fn headlines(plot: &PagePlot, body: Rect, groups: &mut Vec<Group>) -> f64 {
    let count = plot.headlines.len().max(1) as f64;
    let width = (body.width() - GUTTER * (count - 1.0)) / count;
    let mut lowest = body.top;
    for (index, one) in plot.headlines.iter().enumerate() {
        let left = body.left + (width + GUTTER) * index as f64;
        lowest = lowest.max(headline(one, left, width, body.top, groups));
    }
    lowest
}

fn headline(one: &Headline, left: f64, width: f64, top: f64, groups: &mut Vec<Group>) -> f64 {
    let mut mark = match &one.cell {
        Cell::Shown(mark) => {
            let mut group = Group::class("headline")
                .with("data-id", one.id.clone())
                .with("data-series", one.label.clone())
                .with("data-value", mark.value.to_string());
            if let Some(limits) = mark.interval {
                group = group.with("data-lo", limits.lower.to_string()).with("data-hi", limits.upper.to_string());
            }
            if let Some(n) = mark.n {
                group = group.with("data-n", n.to_string());
            }
            group
        }
        Cell::Suppressed | Cell::Missing { .. } => Group::class("absent").with("data-id", one.id.clone()),
    };
    let mut y = top;
    let mut write = |group: &mut Group, text: &str, letters: Letters, indent: f64| {
        if !text.is_empty() {
            for line in wrap_balanced(text, letters.size, letters.weight, width - indent) {
                group.text((left + indent, y + letters.size), Anchor::Start, letters, line);
                y += letters.size * LEADING;
            }
        }
        y
    };
    write(&mut mark, &one.label, LABEL, 0.0);
    write(&mut mark, if one.written.is_empty() { "–" } else { &one.written }, BIG, 0.0);
    let below = write(&mut mark, &one.below, SMALL, 0.0);
    let Some(verdict) = &one.verdict else {
        groups.push(mark);
        return below;
    };
    let mut group = Group::class("verdict").with("data-id", one.id.clone());
    marks::verdict(&mut group, verdict.kind, (left + 3.6, below + LABEL.size * LEADING / 2.0 + 1.0));
    let end = write(&mut group, &verdict.words, LABEL, SIGN) + 2.0;
    groups.extend([mark, group]);
    end
}

/// Lines of an item, and the width of its value.
fn item_lines(item: &ListItem, width: f64) -> (Vec<String>, f64) {
    let value = LABEL_BOLD.width(&item.written);
    let room = if value > 0.0 { width - value - 8.0 } else { width };
    (wrap_balanced(&item.label, LABEL.size, LABEL.weight, room), value)
}

/// A value too wide to stand beside its words goes below them.
fn item_height(item: &ListItem, width: f64) -> f64 {
    let lines = if LABEL_BOLD.width(&item.written) > width * 0.45 {
        wrap_balanced(&item.label, LABEL.size, LABEL.weight, width).len()
            + wrap_balanced(&item.written, SMALL.size, SMALL.weight, width).len()
    } else {
        item_lines(item, width).0.len()
    };
    LABEL.size * LEADING * lines as f64 + ITEM_AIR
}

fn list_width(count: usize, body: Rect) -> f64 {
    (body.width() - GUTTER * (count.max(1) - 1) as f64) / count.max(1) as f64
}

fn lists_height(block: &PageBlock, body: Rect) -> f64 {
    let PageBlock::Lists { lists } = block else { return 0.0 };
    let width = list_width(lists.len(), body);
    let of = |items: &Vec<ListItem>| items.iter().map(|item| item_height(item, width)).sum::<f64>();
    lists.iter().map(|(_, items)| of(items)).fold(0.0, f64::max) + HEADING.size * LEADING + AIR.1
}

fn lists(all: &[(String, Vec<ListItem>)], area: Rect, groups: &mut Vec<Group>) {
    let width = list_width(all.len(), area);
    for (index, (title, items)) in all.iter().enumerate() {
        let left = area.left + (width + GUTTER) * index as f64;
        heading(groups, title, (left, left + width), area.top);
        let mut top = area.top + HEADING.size * LEADING + AIR.1;
        for item in items {
            let mark = item.cell.as_ref().and_then(Cell::mark);
            let mut group = Group::class("item").with("data-id", item.id.clone());
            if let Some(mark) = mark {
                group = group.with("data-series", title.clone()).with("data-value", mark.value.to_string());
                if let Some(limits) = mark.interval {
                    group = group.with("data-lo", limits.lower.to_string()).with("data-hi", limits.upper.to_string());
                }
                if let Some(n) = mark.n {
                    group = group.with("data-n", n.to_string());
                }
            }
            let wide = LABEL_BOLD.width(&item.written) > width * 0.45;
            let lines = if wide {
                wrap_balanced(&item.label, LABEL.size, LABEL.weight, width)
            } else {
                item_lines(item, width).0
            };
            let mut y = top;
            for line in &lines {
                group.text((left, y + LABEL.size), Anchor::Start, LABEL, line.clone());
                y += LABEL.size * LEADING;
            }
            if wide {
                for line in wrap_balanced(&item.written, SMALL.size, SMALL.weight, width) {
                    group.text((left, y + SMALL.size), Anchor::Start, Letters { color: MUTED, ..SMALL }, line);
                    y += LABEL.size * LEADING;
                }
            } else if !item.written.is_empty() {
                group.text((left + width, top + LABEL.size), Anchor::End, LABEL_BOLD, item.written.clone());
            }
            top += item_height(item, width);
            group.line(&[(left, top - 0.8), (left + width, top - 0.8)], GRID, 0.4);
            groups.push(group);
        }
    }
}
