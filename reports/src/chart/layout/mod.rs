//! `ChartSpec` → `Scene`: where everything stands, in points.
//!
//! Every figure has the same skeleton, top to bottom: finding title, subtitle, plot with its key, note. What does not fit is a
//! problem with a remedy, never letters on top of each other.

mod areas;
mod bars;
mod dots;
mod field;
mod guides;
mod key;
mod marks;
mod matrix;
mod page;
mod panels;
mod plan_rows;
mod radar;
mod rows;
mod targets;

use problem::{Language, Problem, Problems};

use super::font::Weight;
use super::palette::{GRID, MUTED, TEXT, WATERMARK};
use super::scene::{Anchor, Group, LEADING, Letters, Rect, Scene, misplaced_text};
use super::wrap::wrap;
use super::{ChartSpec, Plot, note_text};

/// Fill of a bar, for the tests of colours.
#[cfg(test)]
pub(super) fn bar_fill(look: super::RowLook) -> super::palette::Color {
    bars::look(look).0
}

/// White edge around everything.
const MARGIN: f64 = 7.0;

const TITLE: Letters = Letters { size: 11.0, weight: Weight::SemiBold, color: TEXT };
const SUBTITLE: Letters = Letters { size: 9.0, weight: Weight::Regular, color: MUTED };
const LABEL: Letters = Letters { size: 8.5, weight: Weight::Regular, color: TEXT };
const LABEL_BOLD: Letters = Letters { size: 8.5, weight: Weight::SemiBold, color: TEXT };
const TICK: Letters = Letters { size: 8.5, weight: Weight::Regular, color: MUTED };
const SMALL: Letters = Letters { size: 7.5, weight: Weight::Regular, color: MUTED };

/// Lays a checked spec out.
pub(super) fn scene(spec: &ChartSpec) -> Result<Scene, Problems> {
    let (width, height) = spec.size.points();
    let page = Rect { left: MARGIN, top: MARGIN, right: width - MARGIN, bottom: height - MARGIN };
    let (head, body_top) = head(spec, page);
    let (foot, body_bottom) = foot(spec, page);
    let body = Rect { top: body_top, bottom: body_bottom, ..page };
    let (plot, marks) = match &spec.plot {
        Plot::Dots(plot) => dots::lay(spec, plot, body)?,
        Plot::Radar(plot) => radar::lay(spec, plot, body)?,
        Plot::Targets(plot) => targets::lay(spec, plot, body)?,
        Plot::Matrix(plot) => matrix::lay(spec, plot, body)?,
        Plot::Rows(plot) => rows::lay(spec, plot, body)?,
        Plot::Panels(plot) => panels::lay(spec, plot, body)?,
        Plot::Areas(plot) => areas::lay(spec, plot, body)?,
        Plot::Page(plot) => page::lay(spec, plot, body)?,
    };
    let mut groups = Vec::new();
    if spec.draft {
        groups.push(watermark(spec, plot));
    }
    groups.push(head);
    groups.extend(marks);
    groups.push(foot);
    if let Some((text, other)) = misplaced_text(&groups, (width, height)) {
        return Err(cramped(text, other));
    }
    Ok(Scene { plot, groups })
}

/// Title and subtitle; returns where the next thing may begin.
fn head(spec: &ChartSpec, page: Rect) -> (Group, f64) {
    let mut group = Group::class("head");
    let mut top = page.top;
    for (text, letters, after) in [(&spec.title, TITLE, 1.5), (&spec.subtitle, SUBTITLE, 5.0)] {
        for line in wrap(text, letters.size, letters.weight, page.width()) {
            // Ascent of Inter is 0.97 em, of its capitals with two marks about that.
            group.text((page.left, top + letters.size * 0.95), Anchor::Start, letters, line);
            top += letters.size * LEADING;
        }
        top += after;
    }
    (group, top)
}

/// The note, standing on the lower edge under a hairline; returns where the plot must end.
fn foot(spec: &ChartSpec, page: Rect) -> (Group, f64) {
    let mut group = Group::class("note");
    let lines = wrap(&note_text(spec), SMALL.size, SMALL.weight, page.width());
    let leading = SMALL.size * LEADING;
    let top = page.bottom - leading * lines.len() as f64;
    group.line(&[(page.left, top - 3.0), (page.right, top - 3.0)], GRID, 0.6);
    for (index, line) in lines.iter().enumerate() {
        group.text((page.left, top + leading * index as f64 + SMALL.size * 0.95), Anchor::Start, SMALL, line.clone());
    }
    (group, top - 8.0)
}

fn watermark(spec: &ChartSpec, plot: Rect) -> Group {
    let words = match spec.language {
        Language::Vi => "SỐ LIỆU TẠM TÍNH",
        Language::En => "PROVISIONAL",
    };
    let (width, height) = spec.size.points();
    let (x, y) =
        (f64::midpoint(plot.left, plot.right).clamp(width * 0.4, width * 0.6), f64::midpoint(plot.top, plot.bottom));
    let angle = -20.0_f64;
    let reach = (plot.height() / angle.to_radians().sin().abs()).min(width * 0.85);
    let unit = super::font::width(words, 1.0, Weight::SemiBold);
    let letters = Letters { size: (reach / unit).min(height * 0.12), weight: Weight::SemiBold, color: WATERMARK };
    let mut group = Group::class("draft").with("transform", format!("rotate({angle} {x:.2} {y:.2})"));
    group.text((x, y + letters.centre_shift()), Anchor::Middle, letters, words);
    group
}

/// The figure needs more room than its size has; `what` is its width or height.
fn does_not_fit(what: &str, needed: f64, available: f64) -> Problems {
    no_room().expected(format!("{what} ≥ {needed:.0} pt")).got(format!("{available:.0} pt")).into()
}

/// A text would lie on another or leave the page.
fn cramped(text: &str, other: Option<&str>) -> Problems {
    no_room().got(other.map_or_else(|| text.to_owned(), |other| format!("{text} × {other}"))).into()
}

fn no_room() -> Problem {
    Problem::new("chart_does_not_fit", "biểu đồ không đủ chỗ ở khổ này", "the figure does not fit this size").hint(
        "chọn khổ lớn hơn, ví dụ a4-vua, a4-cao, a4-trang hoặc dai, hoặc rút ngắn tên",
        "choose a larger size, such as a4-vua, a4-cao, a4-trang or dai, or shorten names",
    )
}
