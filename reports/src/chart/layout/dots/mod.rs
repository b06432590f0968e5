//! Rows of dot and interval, with names at the left and written values (and verdicts) at the right.

mod columns;

use problem::{Language, Problems};

use super::super::number::{level, with_unit};
use super::super::palette::{BLUE, GRID};
use super::super::scene::{Anchor, Group, LEADING, Rect};
use super::super::{Cell, ChartSpec, DotPlot, Mark};
use super::key::{self, Entry};
use super::marks::{self, Marker};
use super::plan_rows::Rows;
use super::{SMALL, field, guides};
use columns::{Columns, Place, VERDICT_SIGN, interval_text, value_text};
use field::HEADING_LEADING;

struct Layout<'a> {
    spec: &'a ChartSpec,
    plot: &'a DotPlot,
    columns: Columns,
    area: Rect,
}

pub(super) fn lay(spec: &ChartSpec, plot: &DotPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let (mut groups, top) = key::lay(&key_entries(spec, plot), body);
    let columns::Placed { columns, area, rows, stacked } = columns::place(spec, plot, Rect { top, ..body })?;
    groups.extend(Layout { spec, plot, columns, area }.groups(&rows, &stacked, body));
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
                field::interval_sign(&mut group, (x, y));
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
        entries.push(key::careful(spec.language));
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
    entries.extend(plot.bands.iter().map(|band| Entry {
        width: 13.0,
        sign: Box::new(move |groups, at| {
            let mut group = Group::default();
            field::band_sign(&mut group, at);
            groups.push(group);
        }),
        label: band.label.clone(),
    }));
    entries
}

impl Layout<'_> {
    fn groups(&self, places: &[Place<'_>], stacked: &Rows, body: Rect) -> Vec<Group> {
        let ends = (self.area.top, self.area.bottom);
        let field = self.columns.field(self.plot);
        let mut groups: Vec<Group> = self.plot.bands.iter().map(|band| field.band(band.limits, ends)).collect();
        groups.push(self.grid(places));
        let labels = guides::place(&self.plot.guides, field);
        groups.extend(field.guides(&self.plot.guides, &labels, ends));
        groups.push(self.headings());
        if !stacked.headings.is_empty() {
            groups.push(stacked.draw_headings(self.columns.bold(), body));
        }
        groups.push(self.words(places));
        for place in places {
            groups.extend(self.references(place));
            groups.extend(self.mark(place));
            groups.extend(self.verdict(place));
        }
        groups
    }

    fn x(&self, value: f64) -> f64 {
        self.columns.field(self.plot).x(value)
    }

    fn grid(&self, places: &[Place<'_>]) -> Group {
        let mut group = Group::class("axis");
        for place in places {
            group.line(&[(self.area.left, place.middle), (self.area.right, place.middle)], GRID, 0.5);
        }
        self.columns.field(self.plot).ticks(&mut group, (self.area.top, self.area.bottom), true, self.spec.language);
        group
    }

    fn headings(&self) -> Group {
        let mut group = Group::class("headings");
        let [value, verdict, aside] = self.columns.heading_lines(self.spec, self.plot);
        let (start, end) = (Anchor::Start, Anchor::End);
        let columns = &self.columns;
        for (x, anchor, lines) in
            [(columns.value_start, start, value), (columns.verdict, start, verdict), (columns.aside_end, end, aside)]
        {
            for (index, line) in lines.iter().rev().enumerate() {
                let y = self.area.top - 4.0 - HEADING_LEADING * index as f64;
                group.text((x, y), anchor, SMALL, line.clone());
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
            if self.plot.aside_heading.is_some() && !place.row.aside.is_empty() {
                let at = (self.columns.aside_end, place.middle + self.columns.label().centre_shift());
                group.text(at, Anchor::End, self.columns.label(), place.row.aside.clone());
            }
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
            self.columns.field(self.plot).interval(&mut group, limits, place.middle, careful, BLUE);
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
