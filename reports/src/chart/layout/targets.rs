//! Targets of a plan: a row each, on its own scale whose better end is at the right, with figure, distance and verdict.

mod columns;
mod strip;

use problem::{Language, Problems};

use super::super::ChartSpec;
use super::super::number::level;
use super::super::plan_spec::{PlanBasis, TargetPlot, TargetRow, TargetValue};
use super::super::plan_words::basis_words;
use super::super::scene::{Anchor, Group, LEADING, Rect};
use super::key::{self, Entry};
use super::marks;
use super::{SMALL, does_not_fit};
use columns::{Columns, VERDICT_SIGN};

/// Letter sizes tried for the rows, in points, never below the least size of print.
const LETTER_SIZES: [f64; 3] = [8.5, 8.0, 7.5];

pub(super) fn lay(spec: &ChartSpec, plot: &TargetPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let (mut groups, top) = key::lay(&key_entries(spec, plot), body);
    let mut shortage = Problems::none();
    for size in LETTER_SIZES {
        match Columns::place(plot, Rect { top, ..body }, size, spec.language) {
            Ok(placed) => {
                groups.extend(draw(plot, &placed, body));
                let columns = &placed.columns;
                let left = columns.strip_left - columns::END_ROOM;
                let right = columns.strip_right + columns::END_ROOM;
                return Ok((Rect { left, right, top: placed.top, bottom: placed.rows.bottom }, groups));
            }
            Err((what, needed, available)) => shortage = does_not_fit(what, needed, available),
        }
    }
    Err(shortage)
}

fn key_entries<'a>(spec: &'a ChartSpec, plot: &'a TargetPlot) -> Vec<Entry<'a>> {
    let language = spec.language;
    let values: Vec<&TargetValue> = plot.rows.iter().filter_map(|row| row.value.as_ref()).collect();
    let say = |vi: &str, en: &str| match language {
        Language::Vi => vi.to_owned(),
        Language::En => en.to_owned(),
    };
    let mut entries = vec![Entry {
        width: 20.0,
        sign: Box::new(|groups, (x, y)| {
            let mut group = Group::default();
            strip::zone(&mut group, x - 6.0, x + 10.0, y);
            strip::bound(&mut group, x - 6.0, y);
            groups.push(group);
        }),
        label: say("mục tiêu và vùng đạt", "target and where it is reached"),
    }];
    for basis in [PlanBasis::Official, PlanBasis::OwnEstimate, PlanBasis::Reported] {
        let of_basis: Vec<&&TargetValue> = values.iter().filter(|value| value.basis == basis).collect();
        if of_basis.is_empty() {
            continue;
        }
        let with_interval = of_basis.iter().any(|value| value.interval.is_some());
        let words = basis_words(basis, language);
        let limits = level(spec.note.confidence_level, language);
        entries.push(Entry {
            width: if with_interval { 20.0 } else { 8.0 },
            sign: Box::new(move |groups, (x, y)| {
                let mut group = Group::default();
                if with_interval {
                    strip::interval(&mut group, (x - 9.5, x + 9.5), y);
                }
                // Filled, also where every figure of this kind is an older one: that is said by an entry of its own.
                strip::sign(&mut group, basis, (x, y), false);
                groups.push(group);
            }),
            label: if with_interval {
                format!("{words}, {}", say(&format!("khoảng tin cậy {limits}"), &format!("{limits} interval")))
            } else {
                words.to_owned()
            },
        });
    }
    // Every shape that is hollow somewhere.
    let older = |basis: &PlanBasis| values.iter().any(|value| value.basis == *basis && !value.is_target_year);
    let hollow: Vec<PlanBasis> =
        [PlanBasis::Official, PlanBasis::OwnEstimate, PlanBasis::Reported].into_iter().filter(older).collect();
    if !hollow.is_empty() {
        let width = 10.0 * hollow.len() as f64 - 2.0;
        entries.push(Entry {
            width,
            sign: Box::new(move |groups, (x, y)| {
                let mut group = Group::default();
                for (place, basis) in hollow.iter().enumerate() {
                    strip::sign(&mut group, *basis, (x - width / 2.0 + 4.0 + 10.0 * place as f64, y), true);
                }
                groups.push(group);
            }),
            label: say("rỗng: số của năm trước năm mục tiêu", "hollow: of a year before the target's"),
        });
    }
    entries
}

fn draw(plot: &TargetPlot, placed: &columns::Placed, body: Rect) -> Vec<Group> {
    let columns = &placed.columns;
    let mut groups = vec![columns.headings(plot, placed.top), placed.rows.draw_headings(columns.bold(), body)];
    let mut words = Group::class("names");
    for (row, (&middle, block)) in plot.rows.iter().zip(placed.rows.middles.iter().zip(&placed.blocks)) {
        let label = columns.label();
        let first = middle - label.size * LEADING * (block.label.len() as f64 - 1.0) / 2.0 + label.centre_shift();
        words.text((columns.number, first), Anchor::Start, label, row.number.clone());
        words.block(&block.label, columns.name, middle, Anchor::Start, label);
    }
    groups.push(words);
    for (row, (&middle, block)) in plot.rows.iter().zip(placed.rows.middles.iter().zip(&placed.blocks)) {
        groups.extend(strip::draw(row, columns, middle));
        groups.push(figure(row, columns, block, middle));
        groups.push(verdict(row, columns, block, middle));
    }
    groups
}

/// Figure with its year, interval below; distance.
fn figure(row: &TargetRow, columns: &Columns, block: &columns::Block, middle: f64) -> Group {
    let mut group = Group::class("value").with("data-row", row.id.clone());
    let (label, bold) = (columns.label(), columns.bold());
    match &row.value {
        Some(value) => {
            let two = value.interval_written.is_some();
            let y = middle - if two { label.size * LEADING / 2.0 } else { 0.0 } + label.centre_shift();
            group.text((columns.value, y), Anchor::Start, bold, value.written.clone());
            let after = columns.value + bold.width(&value.written);
            group.text((after, y), Anchor::Start, label, format!("\u{A0}· {}", value.year));
            if let Some(interval) = &value.interval_written {
                group.text((columns.value, y + label.size * LEADING), Anchor::Start, SMALL, interval.clone());
            }
        }
        None => group.text((columns.value, middle + label.centre_shift()), Anchor::Start, label, "–"),
    }
    group.block(&block.distance, columns.distance, middle, Anchor::Start, label);
    group
}

fn verdict(row: &TargetRow, columns: &Columns, block: &columns::Block, middle: f64) -> Group {
    let label = columns.label();
    let mut group = Group::class("verdict").with("data-row", row.id.clone());
    let lines = block.verdict.len() as f64 * label.size + block.aside.len() as f64 * SMALL.size;
    let mut y = middle - lines * LEADING / 2.0;
    marks::plan_state(&mut group, row.state, (columns.verdict + 3.6, y + label.size * LEADING / 2.0));
    for (text, letters) in
        block.verdict.iter().map(|text| (text, label)).chain(block.aside.iter().map(|text| (text, SMALL)))
    {
        let baseline = y + letters.size * LEADING / 2.0 + letters.centre_shift();
        group.text((columns.verdict + VERDICT_SIGN, baseline), Anchor::Start, letters, text.clone());
        y += letters.size * LEADING;
    }
    group
}
