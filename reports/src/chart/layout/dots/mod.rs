//! Rows of dot and interval, with names at the left and written values (and verdicts) at the right.

mod columns;
mod guides;

use problem::{Language, Problems};

use super::super::number::{bare, level, with_unit};
use super::super::palette::{AXIS, BLACK, BLUE, GRID, MUTED};
use super::super::scene::{Anchor, Group, LEADING, Letters, Rect};
use super::super::{Cell, ChartSpec, DotPlot, GuideKind, Mark};
use super::key::{self, Entry};
use super::marks::{self, Marker};
use super::{SMALL, TICK};
use columns::{Columns, HEADING_LEADING, Place, VERDICT_SIGN, interval_text, value_text};

struct Layout<'a> {
    spec: &'a ChartSpec,
    plot: &'a DotPlot,
    columns: Columns,
    area: Rect,
}

pub(super) fn lay(spec: &ChartSpec, plot: &DotPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let (mut groups, top) = key::lay(&key_entries(spec, plot), body);
    let columns::Placed { columns, area, rows } = columns::place(spec, plot, Rect { top, ..body })?;
    groups.extend(Layout { spec, plot, columns, area }.groups(&rows));
    Ok((area, groups))
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
                group.line(&[(x - 10.5, y), (x + 10.5, y)], BLUE, 1.5);
                for end in [x - 10.5, x + 10.5] {
                    group.line(&[(end, y - marks::CAP), (end, y + marks::CAP)], BLUE, 1.0);
                }
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
    fn groups(&self, places: &[Place<'_>]) -> Vec<Group> {
        let mut groups = vec![self.grid(places)];
        groups.extend(self.guides());
        groups.push(self.headings());
        groups.push(self.words(places));
        for place in places {
            groups.extend(self.references(place));
            groups.extend(self.mark(place));
            groups.extend(self.verdict(place));
        }
        groups
    }

    fn x(&self, value: f64) -> f64 {
        guides::x_of(self.plot, &self.columns, value)
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
            let text = self.tick_text(tick);
            group.text((x, self.area.bottom + 3.5 + TICK.size * 0.85), Anchor::Middle, TICK, text);
        }
        group.line(&[(self.area.left, self.area.bottom), (self.area.right, self.area.bottom)], AXIS, 0.7);
        group
    }

    /// A tick with its unit if there is room for all of them, otherwise without.
    fn tick_text(&self, tick: f64) -> String {
        let axis = &self.plot.axis;
        let room = self.area.width() / axis.ticks.len().max(2) as f64;
        let widest = axis.ticks.iter().map(|tick| TICK.width(&with_unit(*tick, axis.format, 0, self.spec.language)));
        if widest.fold(0.0, f64::max) + 4.0 < room {
            with_unit(tick, axis.format, 0, self.spec.language)
        } else {
            bare(tick, axis.format, 0, self.spec.language)
        }
    }

    fn guides(&self) -> Vec<Group> {
        let labels = guides::place(self.plot, &self.columns);
        let guides = self.plot.guides.iter().zip(labels).map(|(guide, label)| {
            let x = self.x(guide.value);
            let base = self.area.top - 4.0 - HEADING_LEADING * label.level as f64;
            let mut group = Group::class("guide").with("data-guide", guide.value.to_string());
            let (color, width) = match guide.kind {
                GuideKind::Target => (BLACK, 1.2),
                GuideKind::Comparison => {
                    group = group.with("stroke-dasharray", "1.5 2");
                    (MUTED, 1.0)
                }
            };
            group.line(&[(x, base + 2.2), (x, self.area.bottom)], color, width);
            group.text((label.x, base), label.anchor, Letters { color, ..SMALL }, guide.label.clone());
            group
        });
        guides.collect()
    }

    fn headings(&self) -> Group {
        let mut group = Group::class("headings");
        let [value, verdict] = self.columns.heading_lines(self.spec, self.plot);
        for (x, lines) in [(self.columns.value_start, value), (self.columns.verdict, verdict)] {
            for (index, line) in lines.iter().rev().enumerate() {
                let y = self.area.top - 4.0 - HEADING_LEADING * index as f64;
                group.text((x, y), Anchor::Start, SMALL, line.clone());
            }
        }
        group
    }

    fn words(&self, places: &[Place<'_>]) -> Group {
        let mut group = Group::class("names");
        for place in places {
            let letters = self.columns.name_letters(place.row);
            if let Some(number) = &place.row.number {
                let first = place.middle - letters.size * LEADING * (place.name.len() as f64 - 1.0) / 2.0;
                let at = (self.columns.number, first + letters.centre_shift());
                group.text(at, Anchor::Start, letters, number.clone());
            }
            group.block(&place.name, self.columns.name, place.middle, Anchor::Start, letters);
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
            Cell::Suppressed | Cell::Missing { .. } => vec![self.absent(place)],
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

    /// The line of an interval, with caps so that a short one shows beside its dot; an end beyond the axis becomes an arrow
    /// head at the edge.
    fn interval(&self, group: &mut Group, lower: f64, upper: f64, y: f64, careful: bool) {
        let axis = &self.plot.axis;
        let width = if careful { 0.9 } else { 1.5 };
        group.line(&[(self.x(lower), y), (self.x(upper), y)], BLUE, width);
        for (value, inside, edge, right) in
            [(lower, lower >= axis.min, self.area.left, false), (upper, upper <= axis.max, self.area.right, true)]
        {
            if inside {
                let x = self.x(value);
                group.line(&[(x, y - marks::CAP), (x, y + marks::CAP)], BLUE, 1.0);
            } else {
                marks::arrow(group, (edge, y), right, BLUE);
            }
        }
    }

    fn written(&self, place: &Place<'_>, mark: &Mark) -> Group {
        let mut group = Group::class("value");
        let (label, bold) = (self.columns.label(), self.columns.bold());
        let y = place.middle + label.centre_shift();
        group.text((self.columns.value_end, y), Anchor::End, bold, value_text(self.spec, self.plot, mark));
        if !mark.cautions.is_empty() {
            group.text((self.columns.value_end, y), Anchor::Start, bold, "*");
        }
        if let Some(interval) = interval_text(self.spec, self.plot, mark) {
            group.text((self.columns.interval, y), Anchor::Start, label, interval);
        }
        group
    }

    fn absent(&self, place: &Place<'_>) -> Group {
        let mut group = Group::class("absent").with("data-id", place.row.id.clone());
        let lines = self.columns.absent_lines(self.spec, &place.row.cell);
        group.block(&lines, self.columns.value_start, place.middle, Anchor::Start, SMALL);
        group
    }

    fn verdict(&self, place: &Place<'_>) -> Option<Group> {
        let verdict = place.row.verdict.as_ref()?;
        self.plot.verdict_heading.as_ref()?;
        let mut group = Group::class("verdict").with("data-id", place.row.id.clone());
        marks::verdict(&mut group, verdict.kind, (self.columns.verdict + 3.6, place.middle));
        let lines = self.columns.verdict_lines(verdict);
        group.block(&lines, self.columns.verdict + VERDICT_SIGN, place.middle, Anchor::Start, self.columns.label());
        Some(group)
    }
}
