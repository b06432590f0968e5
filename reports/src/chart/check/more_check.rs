//! What must hold before rows, panels, areas and pages are drawn.

use problem::{Place, Problem, Problems};

use super::super::{AreasPlot, Axis, Cell, Layer, PageBlock, PagePlot, Panel, PanelsPlot, RowsPlot};
use super::{axis, cell, count, dots, duplicates, inside, numbers, outside, plan_check};

fn not_finite(what: &str, got: f64) -> Problem {
    Problem::new("chart_not_finite", "dòng có số không hữu hạn", "a row has a number that is not finite")
        .at(Place::column(what))
        .got(got.to_string())
}

pub(super) fn rows(plot: &RowsPlot, problems: &mut Problems) {
    if plot.rows.is_empty() || plot.panels.is_empty() {
        problems.push(count("rows", "≥ 1", 0));
    }
    duplicates(plot.rows.iter().map(|row| row.id.as_str()), problems);
    for panel in &plot.panels {
        axis(&panel.axis, problems);
        for guide in panel.guides.iter().filter(|guide| !inside(guide.value, &panel.axis)) {
            problems.push(outside(&guide.label, guide.value, &panel.axis));
        }
    }
    for row in &plot.rows {
        if row.texts.len() != plot.columns.len() {
            problems.push(count(&row.id, &plot.columns.len().to_string(), row.texts.len()));
        }
        for part in &row.parts {
            let Some(panel) = plot.panels.get(part.panel) else {
                problems.push(count(&row.id, "panel", part.panel));
                continue;
            };
            match (&part.cell, part.span) {
                // The length of a bar may stand elsewhere than its value, as in a diverging bar.
                (Some(shown), Some((from, to))) => {
                    numbers(&row.id, shown, problems);
                    for end in [from, to].into_iter().filter(|end| !inside(*end, &panel.axis)) {
                        problems.push(outside(&row.id, end, &panel.axis));
                    }
                    if let Some(mark) = shown.mark()
                        && !mark.value.is_finite()
                    {
                        problems.push(not_finite(&row.id, mark.value));
                    }
                }
                (Some(shown), None) => match part.drawn {
                    Some((place, _)) if !inside(place, &panel.axis) => {
                        problems.push(outside(&row.id, place, &panel.axis));
                    }
                    Some(_) => numbers(&row.id, shown, problems),
                    None => cell(&row.id, shown, &panel.axis, problems),
                },
                (None, _) => {}
            }
            for value in part.values.iter().filter(|value| !inside(**value, &panel.axis)) {
                problems.push(outside(&row.id, *value, &panel.axis));
            }
        }
    }
}

pub(super) fn panels(plot: &PanelsPlot, problems: &mut Problems) {
    if plot.panels.is_empty() {
        problems.push(count("panels", "≥ 1", 0));
    }
    duplicates(plot.panels.iter().map(|panel| panel.id.as_str()), problems);
    for panel in &plot.panels {
        axis(&panel.y, problems);
        axis(&across(panel), problems);
        panel.layers.iter().for_each(|layer| layer_check(panel, layer, problems));
    }
}

/// The horizontal axis as an axis of values.
fn across(panel: &Panel) -> Axis {
    Axis {
        min: panel.x.min,
        max: panel.x.max,
        ticks: panel.x.ticks.iter().map(|tick| tick.at).collect(),
        log: panel.x.log,
        ..panel.y.clone()
    }
}

fn layer_check(panel: &Panel, layer: &Layer, problems: &mut Problems) {
    let x_axis = across(panel);
    let mut on_x = |what: &str, x: f64| {
        if !inside(x, &x_axis) {
            problems.push(outside(what, x, &x_axis));
        }
    };
    match layer {
        Layer::Line { points, .. } => {
            points.iter().for_each(|point| on_x(&point.label, point.x));
            points.iter().for_each(|point| cell(&point.label, &point.cell, &panel.y, problems));
        }
        Layer::Columns { columns, .. } => {
            columns
                .iter()
                .for_each(|column| [column.ends.0, column.ends.1].iter().for_each(|x| on_x(&column.label, *x)));
            columns.iter().for_each(|column| cell(&column.label, &column.cell, &panel.y, problems));
        }
        Layer::Crosses { points, .. } => {
            for point in points {
                cell(&point.id, &point.x, &x_axis, problems);
                cell(&point.id, &point.y, &panel.y, problems);
            }
        }
        Layer::Spread { five, .. } => five.iter().for_each(|point| on_x(&point.label, point.x)),
        Layer::Upright { x, label, .. } => on_x(label, *x),
        Layer::Level { y, label, .. } if !inside(*y, &panel.y) => problems.push(outside(label, *y, &panel.y)),
        Layer::Gap { ends, label } => [ends.0, ends.1].iter().for_each(|x| on_x(label, *x)),
        Layer::Level { .. } | Layer::Words { .. } => {}
    }
}

pub(super) fn areas(plot: &AreasPlot, problems: &mut Problems) {
    if plot.areas.is_empty() {
        problems.push(count("areas", "≥ 1", 0));
    }
    duplicates(plot.areas.iter().map(|area| area.id.as_str()), problems);
    for area in &plot.areas {
        numbers(&area.id, &area.cell, problems);
        if let Some(mark) = area.cell.mark()
            && !mark.value.is_finite()
        {
            problems.push(not_finite(&area.id, mark.value));
        }
        if area.class.is_some_and(|class| class >= plot.classes.len()) || area.class.is_some() != shown(&area.cell) {
            problems.push(count(&area.id, "class", area.class.unwrap_or_default()));
        }
        let points = area.outline.iter().flat_map(|outline| outline.polygons.iter().flatten().flatten());
        if let Some((x, y)) = points.copied().find(|(x, y)| !(x.is_finite() && y.is_finite())) {
            problems.push(not_finite(&area.id, if x.is_finite() { y } else { x }));
        }
    }
}

fn shown(cell: &Cell) -> bool {
    cell.mark().is_some()
}

pub(super) fn page(plot: &PagePlot, problems: &mut Problems) {
    if plot.headlines.is_empty() || plot.headlines.len() > 4 {
        problems.push(count("headlines", "1–4", plot.headlines.len()));
    }
    plot.headlines.iter().for_each(|one| numbers(&one.id, &one.cell, problems));
    for block in &plot.blocks {
        match block {
            PageBlock::Dots { plot, .. } => {
                axis(&plot.axis, problems);
                dots(plot, problems);
            }
            PageBlock::Targets { plot, .. } => plan_check::targets(plot, problems),
            PageBlock::Lists { lists } => {
                let cells = lists.iter().flat_map(|(_, items)| items);
                cells.filter_map(|item| Some((item, item.cell.as_ref()?))).for_each(|(item, shown)| {
                    numbers(&item.id, shown, problems);
                });
            }
        }
    }
}
