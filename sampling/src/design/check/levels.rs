//! The levels of a design.

use problem::Problems;

use super::{design_problem, is_label, one_of, words};
use crate::design::raw::{RawDesign, RawLevel};
use crate::design::{Column, Level, LevelKind, UnitKey, UnitScope};
use crate::hash::nfc;

pub(super) fn check_levels(raw: &RawDesign, problems: &mut Problems) -> Vec<Level> {
    if raw.level.is_empty() {
        problems.push(design_problem(
            "design_no_level",
            "level",
            "thiết kế chưa có cấp nào",
            "the design has no level",
        ));
    }
    let last = raw.level.len().saturating_sub(1);
    let mut levels: Vec<Level> = Vec::new();
    for (position, raw_level) in raw.level.iter().enumerate() {
        let place = format!("level[{}]", position + 1);
        let level = Level {
            name: nfc(&raw_level.name),
            words: words(raw_level.words.as_ref(), &raw_level.name),
            kind: check_kind(raw_level, &place, position > 0 && position == last, problems),
        };
        if !is_label(&level.name) || ["unit", "inclusion"].contains(&level.name.as_str()) {
            problems.push(
                design_problem("design_bad_name", &place, "tên cấp không hợp lệ", "the level's name is not usable")
                    .expected("a-z 0-9 - _")
                    .got(level.name.clone()),
            );
        }
        if levels.iter().any(|earlier| earlier.name == level.name) {
            let (vi, en) = ("hai cấp cùng một tên", "two levels have the same name");
            problems.push(design_problem("design_level_twice", &place, vi, en).got(level.name.clone()));
        }
        levels.push(level);
    }
    levels
}

fn check_kind(raw: &RawLevel, place: &str, may_be_counted: bool, problems: &mut Problems) -> LevelKind {
    match (&raw.code, &raw.counted_by) {
        (Some(code), None) => LevelKind::Listed(Column {
            code: nfc(code),
            label: raw.label.as_deref().map(nfc),
            key: one_of(
                raw.key.as_deref(),
                &[("code", UnitKey::Code), ("code_or_name", UnitKey::CodeOrName), ("name", UnitKey::Name)],
                &format!("{place}.key"),
                problems,
            ),
            scope: one_of(
                raw.unique.as_deref(),
                &[("in_parent", UnitScope::Parent), ("in_frame", UnitScope::Frame)],
                &format!("{place}.unique"),
                problems,
            ),
        }),
        (None, Some(count)) => {
            if !may_be_counted {
                let (vi, en) = ("chỉ cấp cuối cùng mới được đếm thay vì liệt kê", "only the last level may be counted");
                problems.push(design_problem("design_counted_level", place, vi, en));
            }
            LevelKind::Counted { count: nfc(count) }
        }
        _ => {
            let (vi, en) = (
                "mỗi cấp cần đúng một trong hai: code (cột mã) hoặc counted_by (cột đếm)",
                "a level needs exactly one of code (a column) and counted_by (a column)",
            );
            problems.push(design_problem("design_level_source", place, vi, en).got(raw.name.clone()));
            LevelKind::Counted { count: String::new() }
        }
    }
}
