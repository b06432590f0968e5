//! Areas in classes: tiles, or a map with numbers and the list of their names.

mod outline;

use problem::{Language, Problems};

use super::super::font::widest;
use super::super::number::with_unit;
use super::super::palette::{CLASSES, Color, OUTLINE, TEXT, WHITE};
use super::super::scene::{Anchor, Group, LEADING, Letters, Rect};
use super::super::wrap::wrap_balanced;
use super::super::{Area, AreasPlot, Cell, ChartSpec};
use super::key::{self, Entry};
use super::{LABEL_BOLD, SMALL, bars, does_not_fit};

/// Least width of a tile; white between tiles.
const TILE_WIDTH: f64 = 60.0;
const GAP: f64 = 3.0;
/// Least height of a map.
const MAP_MIN: f64 = 120.0;
const OUTLINE_WIDTH: f64 = 0.5;

const NAME: Letters = Letters { color: TEXT, ..SMALL };

pub(super) fn lay(spec: &ChartSpec, plot: &AreasPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let (mut groups, top) = key::lay(&key_entries(spec, plot), body);
    let body = Rect { top: top + 3.0, ..body };
    let is_map = plot.areas.iter().any(|area| area.outline.is_some());
    let (area, more) = if is_map { map(spec, plot, body)? } else { tiles(spec, plot, body)? };
    groups.extend(more);
    Ok((area, groups))
}

fn key_entries<'a>(spec: &ChartSpec, plot: &'a AreasPlot) -> Vec<Entry<'a>> {
    let square = |x: f64, y: f64| Rect { left: x - 5.5, right: x + 5.5, top: y - 4.0, bottom: y + 4.0 };
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for (class, color) in plot.classes.iter().zip(CLASSES) {
        entries.push(Entry {
            width: 11.0,
            sign: Box::new(move |groups, (x, y)| {
                let mut group = Group::default();
                group.area(&square(x, y).corners(), color);
                bars::outline(&mut group, &square(x, y).corners(), OUTLINE, OUTLINE_WIDTH);
                groups.push(group);
            }),
            label: format!("{} ({})", class.label, class.count),
        });
    }
    let without = plot.areas.iter().filter(|area| area.class.is_none()).count();
    if without > 0 {
        entries.push(Entry {
            width: 11.0,
            sign: Box::new(move |groups, (x, y)| {
                let mut group = Group::default();
                bars::slants(&mut group, &[square(x, y).corners().to_vec()]);
                bars::outline(&mut group, &square(x, y).corners(), OUTLINE, OUTLINE_WIDTH);
                groups.push(group);
            }),
            label: match spec.language {
                Language::Vi => format!("không hiển thị hoặc không có mẫu ({without})"),
                Language::En => format!("not shown or not sampled ({without})"),
            },
        });
    }
    entries
}

/// Colour of a class and of the letters on it.
fn paint(class: Option<usize>) -> (Color, Color) {
    match class.and_then(|class| Some((class, *CLASSES.get(class)?))) {
        Some((class, color)) => (color, if class < 2 { WHITE } else { TEXT }),
        None => (WHITE, TEXT),
    }
}

fn value_text(spec: &ChartSpec, plot: &AreasPlot, area: &Area) -> String {
    match &area.cell {
        Cell::Shown(mark) => {
            let star = if mark.cautions.is_empty() { "" } else { "*" };
            format!("{}{star}", with_unit(mark.value, plot.format, plot.decimals, spec.language))
        }
        Cell::Suppressed | Cell::Missing { .. } => "–".to_owned(),
    }
}

/// The group of an area with its numbers and words.
fn group_of(spec: &ChartSpec, plot: &AreasPlot, area: &Area) -> Group {
    let Cell::Shown(mark) = &area.cell else {
        let mut group = Group::class("absent").with("data-id", area.id.clone());
        group.tooltip = Some(format!("{}: –", area.label));
        return group;
    };
    let mut group = Group::class("area")
        .with("data-id", area.id.clone())
        .with("data-series", plot.series.clone())
        .with("data-class", area.class.map_or_else(String::new, |class| (class + 1).to_string()))
        .with("data-value", mark.value.to_string());
    if let Some(limits) = mark.interval {
        group = group.with("data-lo", limits.lower.to_string()).with("data-hi", limits.upper.to_string());
    }
    if let Some(n) = mark.n {
        group = group.with("data-n", n.to_string());
    }
    group.tooltip = Some(format!("{}: {}", area.label, value_text(spec, plot, area)));
    group
}

fn tiles(spec: &ChartSpec, plot: &AreasPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let most = ((body.width() + GAP) / (TILE_WIDTH + GAP)).floor().max(1.0) as usize;
    // Rows of equal length: eleven areas are six and five, not seven and four.
    let count = plot.areas.len().max(1);
    let across = count.div_ceil(count.div_ceil(most));
    let width = ((body.width() + GAP) / across as f64 - GAP).min(110.0);
    let names: Vec<Vec<String>> =
        plot.areas.iter().map(|area| wrap_balanced(&area.label, NAME.size, NAME.weight, width - 6.0)).collect();
    let widest = widest(names.iter().flatten().map(String::as_str), NAME.size, NAME.weight);
    if widest > width - 4.0 {
        return Err(does_not_fit("width", widest + 4.0, width));
    }
    let lines = names.iter().map(Vec::len).max().unwrap_or(1) as f64;
    let value_height = LABEL_BOLD.size + 5.0;
    let least = NAME.size * LEADING * lines + value_height + 4.0;
    let down = plot.areas.len().div_ceil(across) as f64;
    let needed = down * (least + GAP) - GAP;
    if needed > body.height() {
        return Err(does_not_fit("height", needed, body.height()));
    }
    // Tiles grow into the room there is, not into towers.
    let height = ((body.height() + GAP) / down - GAP).min(least * 1.6);
    let air = (height - least) / 2.0;
    let mut groups = Vec::new();
    for (index, (area, name)) in plot.areas.iter().zip(&names).enumerate() {
        let left = body.left + (width + GAP) * (index % across) as f64;
        let top = body.top + (height + GAP) * (index / across) as f64;
        let tile = Rect { left, top, right: left + width, bottom: top + height };
        let (fill, ink) = paint(area.class);
        let mut group = group_of(spec, plot, area);
        group.area(&tile.corners(), fill);
        if area.class.is_none() {
            // Only the place of the value is hatched: the name stays readable.
            let foot = Rect { top: tile.bottom - value_height - air, ..tile };
            bars::slants(&mut group, &[foot.corners().to_vec()]);
        }
        bars::outline(&mut group, &tile.corners(), OUTLINE, OUTLINE_WIDTH);
        let middle = f64::midpoint(tile.left, tile.right);
        for (line, text) in name.iter().enumerate() {
            let y = tile.top + 2.0 + air * 0.8 + NAME.size * (0.95 + LEADING * line as f64);
            group.text((middle, y), Anchor::Middle, Letters { color: ink, ..NAME }, text.clone());
        }
        if area.class.is_some() {
            let letters = Letters { color: ink, ..LABEL_BOLD };
            group.text((middle, tile.bottom - 4.5 - air * 0.8), Anchor::Middle, letters, value_text(spec, plot, area));
        }
        groups.push(group);
    }
    Ok((Rect { bottom: body.top + down * (height + GAP) - GAP, ..body }, groups))
}

fn map(spec: &ChartSpec, plot: &AreasPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let entries: Vec<[String; 3]> = plot
        .areas
        .iter()
        .map(|area| [area.number.to_string(), area.label.clone(), value_text(spec, plot, area)])
        .collect();
    let width_of = |part: usize| widest(entries.iter().map(|entry| entry[part].as_str()), NAME.size, LABEL_BOLD.weight);
    let (number, name, value) = (width_of(0) + 4.0, width_of(1) + 6.0, width_of(2));
    let gap = 14.0;
    let across = ((body.width() + gap) / (number + name + value + gap)).floor().max(1.0) as usize;
    let down = entries.len().div_ceil(across);
    let leading = NAME.size * LEADING + 0.4;
    let list_top = body.bottom - leading * down as f64;
    let place = Rect { bottom: list_top - 8.0, ..body };
    if place.height() < MAP_MIN {
        return Err(does_not_fit("height", MAP_MIN, place.height()));
    }
    let height = place.height().min(place.width() / plot.aspect.max(0.01));
    let width = (height * plot.aspect).min(place.width());
    let middle = f64::midpoint(place.left, place.right);
    let frame =
        Rect { left: middle - width / 2.0, right: middle + width / 2.0, top: place.top, bottom: place.top + height };
    let mut groups = Vec::new();
    for area in &plot.areas {
        let Some(shape) = &area.outline else { continue };
        let (fill, ink) = paint(area.class);
        let mut group = group_of(spec, plot, area);
        let polygons = outline::placed(shape, frame);
        for rings in &polygons {
            group.area(&outline::keyholed(rings), fill);
            if area.class.is_none() {
                bars::slants(&mut group, rings);
            }
            rings.iter().for_each(|ring| bars::outline(&mut group, ring, OUTLINE, OUTLINE_WIDTH));
        }
        let text = area.number.to_string();
        let letters = Letters { color: ink, ..SMALL };
        if let Some((x, y)) = outline::label_place(&polygons, letters.width(&text) / 2.0 + 1.5, SMALL.size / 2.0) {
            if area.class.is_none() {
                let (half, up) = (letters.width(&text) / 2.0 + 1.0, SMALL.size / 2.0);
                group.area(&Rect { left: x - half, right: x + half, top: y - up, bottom: y + up }.corners(), WHITE);
            }
            group.text((x, y + letters.centre_shift()), Anchor::Middle, letters, text);
        }
        groups.push(group);
    }
    // The list follows the map, however flat it is.
    let list_top = list_top.min(frame.bottom + 10.0);
    let mut list = Group::class("names");
    let pitch = (body.width() + gap) / across as f64;
    for (index, entry) in entries.iter().enumerate() {
        let left = body.left + pitch * (index / down) as f64;
        let y = list_top + leading * (index % down) as f64 + NAME.size;
        list.text((left, y), Anchor::Start, NAME, entry[0].clone());
        list.text((left + number, y), Anchor::Start, NAME, entry[1].clone());
        let bold = Letters { weight: LABEL_BOLD.weight, ..NAME };
        list.text((left + number + name + value, y), Anchor::End, bold, entry[2].clone());
    }
    groups.push(list);
    Ok((frame, groups))
}
