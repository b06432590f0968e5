//! Targets from their table.

use std::collections::BTreeSet;

use problem::{Problems, Words};
use reports::verdict::TargetRule;

use super::{Baseline, Target, TargetKind};
use crate::plan::official::Group;
use crate::plan::rows::{Row, Rows};

const TARGETS: &str = include_str!("../data/targets.csv");

/// The targets that come with the program: those of the plan of Bắc Giang of May 2024.
///
/// # Errors
/// Only if the program's own file was damaged; a test reads it.
pub fn shipped_targets() -> Result<Vec<Target>, Problems> {
    read_targets(TARGETS).map_err(|problems| problems.in_file("targets.csv"))
}

/// Targets from a table with the columns of `src/plan/data/targets.csv`.
///
/// # Errors
/// `plan_heading`, `plan_csv`, `plan_value` with row and column, all at once.
pub fn read_targets(text: &str) -> Result<Vec<Target>, Problems> {
    let required =
        ["id", "index", "code", "kind", "target_year", "valid_from", "name_vi", "name_en", "source", "certainty"];
    let optional = [
        "value",
        "group",
        "baseline_year",
        "baseline_value",
        "baseline_rank",
        "valid_to",
        "responsible",
        "section",
        "note",
    ];
    let mut seen = BTreeSet::new();
    Rows::read(text, &required, &optional)?.each(|row| {
        let target = target(row)?;
        if !seen.insert(target.id.clone()) {
            row.problem(
                "mục tiêu này đã có ở dòng trên",
                "this target stands in a row above",
                "id",
                ("mỗi mục tiêu một dòng", "one row a target"),
            );
        }
        Some(target)
    })
}

fn target(row: &mut Row<'_>) -> Option<Target> {
    let kind = kind(row);
    let (id, index, code) = (row.required("id"), row.required("index"), row.required("code"));
    let (target_year, valid_from, valid_to) = (row.year("target_year"), row.day("valid_from"), row.day("valid_to"));
    let (vi, en, source, certainty) =
        (row.required("name_vi"), row.required("name_en"), row.required("source"), row.certainty());
    let baseline = row.year("baseline_year").map(|year| Baseline {
        year,
        value: row.number("baseline_value"),
        rank: row.whole("baseline_rank"),
    });
    if matches!(kind, Some(TargetKind::Maintain | TargetKind::Improve)) && baseline.is_none() {
        row.problem("thiếu năm gốc để so sánh", "there is no year to compare with", "baseline_year", "2023");
    }
    if matches!(kind, Some(TargetKind::Deadline)) && valid_to.is_none() {
        row.problem("thiếu thời hạn", "the deadline is missing", "valid_to", "2024-12-30");
    }
    if let (Some(first), Some(last)) = (valid_from, valid_to)
        && last < first
    {
        row.problem(
            "hết hiệu lực trước khi có hiệu lực",
            "it ends before it begins",
            "valid_to",
            ("một ngày sau đó", "a later day"),
        );
    }
    Some(Target {
        id: id?,
        index: index?,
        codes: list(&code?),
        kind: kind?,
        baseline,
        target_year: target_year?,
        valid_from: valid_from?,
        valid_to,
        responsible: row.text("responsible").map(|text| list(&text)).unwrap_or_default(),
        section: row.text("section").unwrap_or_default(),
        name: Words::new(vi?, en?),
        source: source?,
        certainty: certainty?,
        note: row.text("note"),
    })
}

/// The parts of a cell that holds a list: `1;2;3`.
fn list(text: &str) -> Vec<String> {
    text.split(';').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

const KINDS: [(&str, Kind); 9] = [
    ("above", Kind::Value(TargetRule::Above)),
    ("at_least", Kind::Value(TargetRule::AtLeast)),
    ("below", Kind::Value(TargetRule::Below)),
    ("at_most", Kind::Value(TargetRule::AtMost)),
    ("rank_at_most", Kind::Rank),
    ("group", Kind::Group),
    ("maintain", Kind::Other(TargetKind::Maintain)),
    ("improve", Kind::Other(TargetKind::Improve)),
    ("deadline", Kind::Other(TargetKind::Deadline)),
];

#[derive(Clone, Copy)]
enum Kind {
    Value(TargetRule),
    Rank,
    Group,
    Other(TargetKind),
}

fn kind(row: &mut Row<'_>) -> Option<TargetKind> {
    match row.word("kind", &KINDS)? {
        Kind::Value(rule) => {
            row.required("value")?;
            Some(TargetKind::Value { rule, value: row.number("value")? })
        }
        Kind::Rank => {
            row.required("value")?;
            let rank = row.whole("value")?;
            if rank == 0 {
                row.problem("thứ hạng bắt đầu từ 1", "ranks begin with 1", "value", "1");
            }
            Some(TargetKind::RankAtMost(rank))
        }
        Kind::Group => {
            let text = row.required("group")?;
            let group = Group::parse(&text);
            if group.is_none() {
                row.problem(
                    "không có nhóm này",
                    "there is no such group",
                    "group",
                    "highest, high_average, low_average, lowest",
                );
            }
            group.map(TargetKind::Group)
        }
        Kind::Other(kind) => Some(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::super::target_of;
    use super::*;

    #[test]
    fn the_plans_eighteen_targets_read() {
        let targets = shipped_targets().expect("shipped");
        assert_eq!(targets.len(), 18);
        // The plan says "trên 90 %": 90 % exactly does not meet it.
        assert_eq!(target_of("sipas", 2024).and_then(|target| target.value()), Some((TargetRule::Above, 90.0)));
        assert_eq!(target_of("sipas", 2023), None);
        assert_eq!(target_of("papi", 2024), None);
        assert_eq!(targets.iter().filter(|target| matches!(target.kind, TargetKind::RankAtMost(_))).count(), 10);
    }

    #[test]
    fn impossible_targets_are_told_with_row_and_column() {
        let head = TARGETS.lines().next().expect("a heading");
        let row = |text: &str| format!("{head}\n{text}\n");
        let told = |text: &str| -> Vec<String> {
            let problems = read_targets(&row(text)).expect_err(text);
            problems.iter().filter_map(|one| one.place.as_ref().and_then(|place| place.column.clone())).collect()
        };
        let base = |kind: &str, value: &str, group: &str, year: &str, to: &str| {
            format!("X,sipas,total,{kind},{value},{group},{year},,,2024,2024-05-01,{to},a,I,n,n,s,certain,")
        };
        assert_eq!(told(&base("above", "", "", "", "")), ["value"]);
        assert_eq!(told(&base("above", "\"90,5\"", "", "", "")), ["value"]);
        assert_eq!(told(&base("rank_at_most", "0", "", "", "")), ["value"]);
        assert_eq!(told(&base("group", "", "best", "", "")), ["group"]);
        assert_eq!(told(&base("improve", "", "", "", "")), ["baseline_year"]);
        assert_eq!(told(&base("deadline", "", "", "", "")), ["valid_to"]);
        assert_eq!(told(&base("trên", "90", "", "", "2020-01-01")), ["kind", "valid_to"]);
    }
}
