//! Rows of dot and interval, with names at the left and written values (and verdicts) at the right.

use problem::{Language, Problems};

use super::super::font::{widest, wrap_balanced};
use super::super::number::{bare, level, range, with_unit};
use super::super::palette::{AXIS, BLACK, BLUE, GRID, MUTED};
use super::super::scene::{Anchor, Group, LEADING, Letters, Rect};
use super::super::{Cell, ChartSpec, DotPlot, DotRow, GuideKind, Mark, Verdict};
use super::key::{self, Entry};
use super::marks::{self, Marker};
use super::{LABEL, LABEL_BOLD, SMALL, TICK, does_not_fit};

const POINTS_PER_MM: f64 = 72.0 / 25.4;
/// Widths tried for the names, in millimetres: the usual one first, wider ones when names are long.
const NAME_WIDTHS_MM: [f64; 5] = [46.0, 52.0, 58.0, 64.0, 70.0];
/// Least width of the plot.
const PLOT_WIDTH_MIN: f64 = 110.0;
/// White between columns.
const GUTTER: f64 = 9.0;
/// White between the names of two rows.
const ROW_GAP: f64 = 3.2;
/// A row is at least this high, so that reference signs do not touch.
const ROW_MIN: f64 = 13.0;
/// Height of the axis numbers under the plot.
const AXIS_HEIGHT: f64 = 14.0;
/// Widest column of verdicts.
const VERDICT_MAX: f64 = 74.0;
const VERDICT_SIGN: f64 = 11.0;

/// Places of the columns.
struct Columns {
    number: f64,
    name: f64,
    name_width: f64,
    plot_left: f64,
    plot_right: f64,
    value_end: f64,
    interval: f64,
    verdict: f64,
}

/// A laid-out row: its lines and its middle.
struct Place<'a> {
    row: &'a DotRow,
    index: usize,
    lines: Vec<String>,
    middle: f64,
}

struct Layout<'a> {
    spec: &'a ChartSpec,
    plot: &'a DotPlot,
    columns: Columns,
    area: Rect,
}

pub(super) fn lay(spec: &ChartSpec, plot: &DotPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let (mut groups, top) = key::lay(&key_entries(spec, plot), body);
    let body = Rect { top, ..body };
    let mut shortage = does_not_fit("rows", 0.0, 0.0);
    for millimetres in NAME_WIDTHS_MM {
        let columns = columns(spec, plot, body, millimetres * POINTS_PER_MM);
        if columns.plot_right - columns.plot_left < PLOT_WIDTH_MIN {
            shortage = does_not_fit("columns", PLOT_WIDTH_MIN, columns.plot_right - columns.plot_left);
            break;
        }
        let heading = heading_height(spec, plot, &columns, body);
        let area = Rect {
            left: columns.plot_left,
            right: columns.plot_right,
            top: body.top + heading,
            bottom: body.bottom - AXIS_HEIGHT,
        };
        match rows(plot, &columns, area) {
            Ok(places) => {
                let layout = Layout { spec, plot, columns, area };
                groups.extend(layout.groups(&places, body));
                return Ok((area, groups));
            }
            Err(needed) => shortage = does_not_fit("rows", needed, area.height()),
        }
    }
    Err(shortage)
}

fn name_letters(row: &DotRow) -> Letters {
    if row.overall { LABEL_BOLD } else { LABEL }
}

fn value_text(spec: &ChartSpec, plot: &DotPlot, mark: &Mark) -> String {
    with_unit(mark.value, plot.axis.format, plot.axis.decimals, spec.language)
}

fn interval_text(spec: &ChartSpec, plot: &DotPlot, mark: &Mark) -> Option<String> {
    let limits = mark.interval?;
    Some(format!("({})", range(limits.lower, limits.upper, plot.axis.format, plot.axis.decimals, spec.language)))
}

fn verdict_lines(verdict: &Verdict) -> Vec<String> {
    wrap_balanced(&verdict.words, LABEL.size, LABEL.weight, VERDICT_MAX - VERDICT_SIGN)
}

fn columns(spec: &ChartSpec, plot: &DotPlot, body: Rect, names: f64) -> Columns {
    let shown: Vec<&Mark> = plot.rows.iter().filter_map(|row| row.cell.mark()).collect();
    let values: Vec<String> = shown.iter().map(|mark| value_text(spec, plot, mark)).collect();
    let intervals: Vec<String> = shown.iter().filter_map(|mark| interval_text(spec, plot, mark)).collect();
    let star = if shown.iter().any(|mark| !mark.cautions.is_empty()) { LABEL_BOLD.width("*") } else { 0.0 };
    let value =
        widest(values.iter().map(String::as_str), LABEL_BOLD.size, LABEL_BOLD.weight).max(LABEL_BOLD.width("–"));
    let interval = widest(intervals.iter().map(String::as_str), LABEL.size, LABEL.weight);
    let between = if intervals.is_empty() { 0.0 } else { 4.0 };
    let written = value + star + between + interval;
    let verdict_widths = plot.rows.iter().filter_map(|row| row.verdict.as_ref()).map(|verdict| {
        let lines = verdict_lines(verdict);
        VERDICT_SIGN + widest(lines.iter().map(String::as_str), LABEL.size, LABEL.weight)
    });
    let heading = plot.verdict_heading.as_ref().map(|words| {
        let lines = wrap_balanced(words, SMALL.size, SMALL.weight, VERDICT_MAX);
        widest(lines.iter().map(String::as_str), SMALL.size, SMALL.weight)
    });
    let verdict = heading.map_or(0.0, |heading| verdict_widths.fold(heading, f64::max) + GUTTER);
    let numbers: Vec<&str> = plot.rows.iter().filter_map(|row| row.number.as_deref()).collect();
    let number = if numbers.is_empty() { 0.0 } else { widest(numbers, LABEL.size, LABEL.weight) + 5.0 };
    let value_start = body.right - verdict - written;
    Columns {
        number: body.left,
        name: body.left + number,
        name_width: names - number,
        plot_left: body.left + names + GUTTER,
        plot_right: value_start - GUTTER,
        value_end: value_start + value,
        interval: value_start + value + star + between,
        verdict: body.right - verdict + GUTTER,
    }
}

/// Middles of the rows, or the height they would need.
fn rows<'a>(plot: &'a DotPlot, columns: &Columns, area: Rect) -> Result<Vec<Place<'a>>, f64> {
    let lines: Vec<Vec<String>> = plot
        .rows
        .iter()
        .map(|row| wrap_balanced(&row.label, LABEL.size, name_letters(row).weight, columns.name_width))
        .collect();
    let too_wide = plot.rows.iter().zip(&lines).any(|(row, lines)| {
        widest(lines.iter().map(String::as_str), LABEL.size, name_letters(row).weight) > columns.name_width
    });
    let leading = LABEL.size * LEADING;
    let heights: Vec<f64> = plot
        .rows
        .iter()
        .zip(&lines)
        .map(|(row, lines)| {
            let verdict = row.verdict.as_ref().map_or(1, |verdict| verdict_lines(verdict).len());
            (leading * lines.len().max(verdict) as f64 + ROW_GAP).max(ROW_MIN)
        })
        .collect();
    let needed: f64 = heights.iter().sum();
    if too_wide || needed > area.height() {
        return Err(needed);
    }
    let spare = (area.height() - needed) / heights.len() as f64;
    let mut top = area.top;
    let places = plot.rows.iter().enumerate().zip(lines).zip(heights).map(|(((index, row), lines), height)| {
        let middle = top + (height + spare) / 2.0;
        top += height + spare;
        Place { row, index, lines, middle }
    });
    Ok(places.collect())
}

const HEADING_LEADING: f64 = SMALL.size * LEADING;

fn heading_lines(spec: &ChartSpec, plot: &DotPlot, columns: &Columns, body: Rect) -> [Vec<String>; 2] {
    let value = if plot.rows.iter().any(|row| row.cell.mark().is_some_and(|mark| mark.interval.is_some())) {
        let level = level(spec.note.confidence_level, spec.language);
        match spec.language {
            Language::Vi => format!("{} (khoảng tin cậy {level})", plot.value_heading),
            Language::En => format!("{} ({level} interval)", plot.value_heading),
        }
    } else {
        plot.value_heading.clone()
    };
    let end = if plot.verdict_heading.is_some() { columns.verdict - GUTTER } else { body.right };
    let room = end - columns.plot_right - GUTTER;
    let verdict = plot
        .verdict_heading
        .as_deref()
        .map_or_else(Vec::new, |words| wrap_balanced(words, SMALL.size, SMALL.weight, VERDICT_MAX));
    [wrap_balanced(&value, SMALL.size, SMALL.weight, room), verdict]
}

/// Room above the plot for column heads and for the names of the upright lines.
fn heading_height(spec: &ChartSpec, plot: &DotPlot, columns: &Columns, body: Rect) -> f64 {
    let [value, verdict] = heading_lines(spec, plot, columns, body);
    let levels = guide_levels(plot, columns).into_iter().map(|level| level + 1).max().unwrap_or(0);
    HEADING_LEADING * value.len().max(verdict.len()).max(levels) as f64 + 4.0
}

fn guide_span(plot: &DotPlot, columns: &Columns, index: usize) -> (f64, f64, f64) {
    let guide = &plot.guides[index];
    let x = x_of(plot, columns, guide.value);
    let half = SMALL.width(&guide.label) / 2.0;
    let middle = x.clamp(columns.plot_left + half, (columns.plot_right - half).max(columns.plot_left + half));
    (middle, middle - half - 3.0, middle + half + 3.0)
}

/// Line of each guide's name: names that would touch go one line up.
fn guide_levels(plot: &DotPlot, columns: &Columns) -> Vec<usize> {
    let mut levels: Vec<usize> = Vec::new();
    for index in 0..plot.guides.len() {
        let (_, left, right) = guide_span(plot, columns, index);
        let taken = |level: usize| {
            (0..index).any(|other| {
                let (_, other_left, other_right) = guide_span(plot, columns, other);
                levels[other] == level && left < other_right && other_left < right
            })
        };
        let level = (0..=index).find(|&level| !taken(level)).unwrap_or(index);
        levels.push(level);
    }
    levels
}

fn x_of(plot: &DotPlot, columns: &Columns, value: f64) -> f64 {
    let part = (value - plot.axis.min) / (plot.axis.max - plot.axis.min);
    columns.plot_left + part.clamp(0.0, 1.0) * (columns.plot_right - columns.plot_left)
}

fn key_entries<'a>(spec: &'a ChartSpec, plot: &'a DotPlot) -> Vec<Entry<'a>> {
    let any = |test: &dyn Fn(&Mark) -> bool| plot.rows.iter().filter_map(|row| row.cell.mark()).any(test);
    let with_interval = any(&|mark| mark.interval.is_some());
    let marker = if plot.rows.iter().all(|row| row.overall) { Marker::Diamond } else { Marker::Circle };
    let mut entries = vec![Entry {
        width: if with_interval { 22.0 } else { 8.0 },
        sign: Box::new(move |groups, (x, y)| {
            let mut group = Group::default();
            if with_interval {
                group.line(&[(x - 11.0, y), (x + 11.0, y)], BLUE, 1.5);
            }
            marks::estimate(&mut group, marker, (x, y), false);
            groups.push(group);
        }),
        label: if with_interval {
            let level = level(spec.note.confidence_level, spec.language);
            match spec.language {
                Language::Vi => format!("{}, khoảng tin cậy {level}", plot.series_label),
                Language::En => format!("{}, {level} interval", plot.series_label),
            }
        } else {
            plot.series_label.clone()
        },
    }];
    if any(&|mark| !mark.cautions.is_empty()) {
        entries.push(Entry {
            width: 8.0,
            sign: Box::new(|groups, at| {
                let mut group = Group::default();
                marks::estimate(&mut group, Marker::Circle, at, true);
                groups.push(group);
            }),
            label: match spec.language {
                Language::Vi => "* cần thận trọng".to_owned(),
                Language::En => "* read with care".to_owned(),
            },
        });
    }
    entries.extend(plot.references.iter().map(|reference| Entry {
        width: 11.0,
        sign: Box::new(move |groups, at| {
            let mut group = Group::default();
            marks::reference(&mut group, reference.kind, at);
            groups.push(group);
        }),
        label: reference.label.clone(),
    }));
    entries
}

impl Layout<'_> {
    fn groups(&self, places: &[Place<'_>], body: Rect) -> Vec<Group> {
        let mut groups = vec![self.grid(places)];
        groups.extend(self.guides());
        groups.push(self.headings(body));
        groups.push(self.words(places));
        for place in places {
            groups.extend(self.references(place));
            groups.extend(self.mark(place));
            groups.extend(self.verdict(place));
        }
        groups
    }

    fn x(&self, value: f64) -> f64 {
        x_of(self.plot, &self.columns, value)
    }

    fn grid(&self, places: &[Place<'_>]) -> Group {
        let mut group = Group::class("axis");
        let axis = &self.plot.axis;
        for place in places {
            group.line(&[(self.area.left, place.middle), (self.area.right, place.middle)], GRID, 0.5);
        }
        for &tick in &axis.ticks {
            let x = self.x(tick);
            group.line(&[(x, self.area.top), (x, self.area.bottom)], GRID, 0.5);
            group.line(&[(x, self.area.bottom), (x, self.area.bottom + 2.5)], AXIS, 0.7);
            let text = bare(tick, axis.format, 0, self.spec.language);
            group.text((x, self.area.bottom + 3.5 + TICK.size * 0.85), Anchor::Middle, TICK, text);
        }
        group.line(&[(self.area.left, self.area.bottom), (self.area.right, self.area.bottom)], AXIS, 0.7);
        group
    }

    fn guides(&self) -> Vec<Group> {
        let levels = guide_levels(self.plot, &self.columns);
        let guides = self.plot.guides.iter().enumerate().zip(levels).map(|((index, guide), level)| {
            let x = self.x(guide.value);
            let base = self.area.top - 4.0 - HEADING_LEADING * level as f64;
            let (middle, _, _) = guide_span(self.plot, &self.columns, index);
            let mut group = Group::class("guide").with("data-guide", guide.value.to_string());
            let (color, width) = match guide.kind {
                GuideKind::Target => (BLACK, 1.2),
                GuideKind::Comparison => {
                    group = group.with("stroke-dasharray", "1.5 2");
                    (MUTED, 1.0)
                }
            };
            group.line(&[(x, base + 1.5), (x, self.area.bottom)], color, width);
            group.text((middle, base), Anchor::Middle, Letters { color, ..SMALL }, guide.label.clone());
            group
        });
        guides.collect()
    }

    fn headings(&self, body: Rect) -> Group {
        let mut group = Group::class("headings");
        let [value, verdict] = heading_lines(self.spec, self.plot, &self.columns, body);
        let value_left = self.columns.plot_right + GUTTER;
        for (x, lines) in [(value_left, value), (self.columns.verdict, verdict)] {
            for (index, line) in lines.iter().rev().enumerate() {
                group.text(
                    (x, self.area.top - 4.0 - HEADING_LEADING * index as f64),
                    Anchor::Start,
                    SMALL,
                    line.clone(),
                );
            }
        }
        group
    }

    fn words(&self, places: &[Place<'_>]) -> Group {
        let mut group = Group::class("names");
        for place in places {
            let letters = name_letters(place.row);
            if let Some(number) = &place.row.number {
                let first = place.middle - letters.size * LEADING * (place.lines.len() as f64 - 1.0) / 2.0;
                group.text(
                    (self.columns.number, first + letters.centre_shift()),
                    Anchor::Start,
                    letters,
                    number.clone(),
                );
            }
            group.block(&place.lines, self.columns.name, place.middle, Anchor::Start, letters);
        }
        group
    }

    fn references(&self, place: &Place<'_>) -> Vec<Group> {
        let shown = self
            .plot
            .references
            .iter()
            .filter_map(|reference| Some((reference, (*reference.values.get(place.index)?)?)));
        let groups = shown.map(|(reference, value)| {
            let mut group = Group::class("reference")
                .with("data-id", place.row.id.clone())
                .with("data-series", reference.label.clone())
                .with("data-marker", format!("hollow-{}", marks::reference_marker(reference.kind).name()))
                .with("data-value", value.to_string());
            let axis = &self.plot.axis;
            let text = with_unit(value, axis.format, axis.decimals, self.spec.language);
            group.tooltip = Some(format!("{}, {}: {text}", place.row.label, reference.label));
            marks::reference(&mut group, reference.kind, (self.x(value), place.middle));
            group
        });
        groups.collect()
    }

    fn mark(&self, place: &Place<'_>) -> Vec<Group> {
        match &place.row.cell {
            Cell::Shown(mark) => vec![self.shown(place, mark), self.written(place, mark)],
            Cell::Suppressed => {
                let least = self.spec.small_cells.hide_below_n;
                vec![self.absent(
                    place,
                    match self.spec.language {
                        Language::Vi => format!("không hiển thị, n < {least}"),
                        Language::En => format!("not shown, n < {least}"),
                    },
                )]
            }
            Cell::Missing { reason } => vec![self.absent(place, reason.clone())],
        }
    }

    fn shown(&self, place: &Place<'_>, mark: &Mark) -> Group {
        let marker = if place.row.overall { Marker::Diamond } else { Marker::Circle };
        let careful = !mark.cautions.is_empty();
        let hollow = if careful { "hollow-" } else { "" };
        let mut group = Group::class("mark")
            .with("data-id", place.row.id.clone())
            .with("data-series", self.plot.series_label.clone())
            .with("data-marker", format!("{hollow}{}", marker.name()))
            .with("data-value", mark.value.to_string());
        let mut text = value_text(self.spec, self.plot, mark);
        if let Some(limits) = mark.interval {
            group = group.with("data-lo", limits.lower.to_string()).with("data-hi", limits.upper.to_string());
            self.interval(&mut group, limits.lower, limits.upper, place.middle, careful);
        }
        if let Some(interval) = interval_text(self.spec, self.plot, mark) {
            text = format!("{text} {interval}");
        }
        if let Some(n) = mark.n {
            group = group.with("data-n", n.to_string());
            text = format!("{text}, n = {n}");
        }
        group.tooltip = Some(format!("{}: {text}", place.row.label));
        marks::estimate(&mut group, marker, (self.x(mark.value), place.middle), careful);
        group
    }

    /// The line of an interval; an end beyond the axis becomes an arrow head at the edge.
    fn interval(&self, group: &mut Group, lower: f64, upper: f64, y: f64, careful: bool) {
        let axis = &self.plot.axis;
        let width = if careful { 0.9 } else { 1.5 };
        group.line(&[(self.x(lower), y), (self.x(upper), y)], BLUE, width);
        if lower < axis.min {
            marks::arrow(group, (self.area.left, y), false, BLUE);
        }
        if upper > axis.max {
            marks::arrow(group, (self.area.right, y), true, BLUE);
        }
    }

    fn written(&self, place: &Place<'_>, mark: &Mark) -> Group {
        let mut group = Group::class("value");
        let y = place.middle + LABEL.centre_shift();
        group.text((self.columns.value_end, y), Anchor::End, LABEL_BOLD, value_text(self.spec, self.plot, mark));
        if !mark.cautions.is_empty() {
            group.text((self.columns.value_end, y), Anchor::Start, LABEL_BOLD, "*");
        }
        if let Some(interval) = interval_text(self.spec, self.plot, mark) {
            group.text((self.columns.interval, y), Anchor::Start, LABEL, interval);
        }
        group
    }

    fn absent(&self, place: &Place<'_>, reason: String) -> Group {
        let mut group = Group::class("absent").with("data-id", place.row.id.clone());
        let y = place.middle + LABEL.centre_shift();
        group.text((self.columns.value_end, y), Anchor::End, LABEL, "–");
        let room = self.area.width() - 8.0;
        let lines = wrap_balanced(&reason, SMALL.size, SMALL.weight, room);
        let block = Rect {
            left: self.area.left + 1.0,
            right: self.area.left + 7.0 + widest(lines.iter().map(String::as_str), SMALL.size, SMALL.weight),
            top: place.middle - 1.0,
            bottom: place.middle + 1.0,
        };
        // White behind the words, or the row's line would strike them through.
        group.area(
            &[
                (block.left, block.top),
                (block.right, block.top),
                (block.right, block.bottom),
                (block.left, block.bottom),
            ],
            super::super::palette::WHITE,
        );
        group.block(&lines, self.area.left + 4.0, place.middle, Anchor::Start, SMALL);
        group
    }

    fn verdict(&self, place: &Place<'_>) -> Option<Group> {
        let verdict = place.row.verdict.as_ref()?;
        self.plot.verdict_heading.as_ref()?;
        let mut group = Group::class("verdict").with("data-id", place.row.id.clone());
        marks::verdict(&mut group, verdict.kind, (self.columns.verdict + 3.6, place.middle));
        let letters = Letters { color: marks::VERDICT_WORDS, ..LABEL };
        group.block(&verdict_lines(verdict), self.columns.verdict + VERDICT_SIGN, place.middle, Anchor::Start, letters);
        Some(group)
    }
}
