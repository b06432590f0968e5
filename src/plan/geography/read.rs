//! Units and changes from their tables.

use std::collections::{BTreeMap, BTreeSet};

use problem::{Place, Problem, Problems};

use super::{ChangeKind, Geography, Unit, UnitChange, span};
use crate::plan::rows::Rows;

const UNITS: &str = include_str!("../data/units.csv");
const CHANGES: &str = include_str!("../data/unit_changes.csv");

const KINDS: [(&str, ChangeKind); 3] =
    [("merged", ChangeKind::Merged), ("split", ChangeKind::Split), ("renamed", ChangeKind::Renamed)];

impl Geography {
    /// The units that come with the program.
    ///
    /// # Errors
    /// Only if the program's own files were damaged; a test reads them.
    pub fn shipped() -> Result<Self, Problems> {
        Self::read(UNITS, CHANGES)
    }

    /// Units and changes from tables with the columns of `src/plan/data/units.csv` and `unit_changes.csv`.
    ///
    /// # Errors
    /// As [`Geography::with_units`] and [`Geography::with_changes`], of both tables at once.
    pub fn read(units: &str, changes: &str) -> Result<Self, Problems> {
        let nothing = Self { units: BTreeMap::new(), changes: Vec::new() };
        match (nothing.with_units(units), read_changes(changes)) {
            (Ok(known), Ok(_)) => known.with_changes(changes).map_err(|told| told.in_file("unit_changes.csv")),
            (units, changes) => {
                let mut problems = units.err().unwrap_or_default().in_file("units.csv");
                problems.extend(changes.err().unwrap_or_default().in_file("unit_changes.csv"));
                Err(problems)
            }
        }
    }

    /// The same with an office's units: one with a known id takes the place of what was known of it, others are added.
    ///
    /// # Errors
    /// `plan_heading`, `plan_csv`, `plan_value` with row and column; `geography_unknown_unit` for a unit above that nobody knows
    /// or an id that stands twice; `geography_shared_code` for a code that two units of a level have on the same day. All at once.
    pub fn with_units(mut self, table: &str) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let units = read_units(table)?;
        let mut ids: BTreeSet<String> = BTreeSet::new();
        for unit in units {
            if !ids.insert(unit.id.clone()) {
                problems.push(unknown("mã định danh có hai lần", "an id stands twice", &unit.id));
            }
            self.units.insert(unit.id.clone(), unit);
        }
        self.check(&mut problems);
        problems.into_result(self)
    }

    /// The same with an office's changes: one from a unit to another takes the place of what was known of these two, others are
    /// added.
    ///
    /// # Errors
    /// Those of the table; `geography_unknown_unit`, `geography_circle`. All at once.
    pub fn with_changes(mut self, table: &str) -> Result<Self, Problems> {
        let changes = read_changes(table)?;
        self.changes.retain(|known| !changes.iter().any(|one| (&one.from, &one.to) == (&known.from, &known.to)));
        self.changes.extend(changes);
        self.changes.sort_by(|a, b| (a.on, &a.from, &a.to).cmp(&(b.on, &b.from, &b.to)));
        let mut problems = Problems::none();
        self.check(&mut problems);
        problems.into_result(self)
    }

    fn check(&self, problems: &mut Problems) {
        for unit in self.units.values() {
            if let Some(parent) = unit.parent.as_ref().filter(|parent| self.get(parent).is_none()) {
                problems.push(unknown(
                    "đơn vị cấp trên không có trong bảng",
                    "the unit above is not in the table",
                    parent,
                ));
            }
        }
        for change in &self.changes {
            for id in [&change.from, &change.to].into_iter().filter(|id| self.get(id).is_none()) {
                problems.push(unknown("đơn vị không có trong bảng", "a unit of a change is not in the table", id));
            }
            if self.returns(&change.from) {
                problems.push(
                    Problem::new("geography_circle", "các thay đổi nối thành vòng", "changes run in a circle")
                        .at(Place::column(change.from.clone())),
                );
            }
        }
        self.check_codes(problems);
    }

    fn check_codes(&self, problems: &mut Problems) {
        let mut by_code: BTreeMap<(&str, &str), Vec<&Unit>> = BTreeMap::new();
        for unit in self.units.values().filter(|unit| !unit.code.is_empty()) {
            by_code.entry((&unit.level, &unit.code)).or_default().push(unit);
        }
        for ((_, code), mut units) in by_code {
            units.sort_by_key(|unit| unit.valid_from);
            for pair in units.windows(2) {
                let ends_before = pair[0].valid_to.zip(pair[1].valid_from).is_some_and(|(last, first)| last < first);
                if !ends_before {
                    problems.push(
                        Problem::new(
                            "geography_shared_code",
                            "hai đơn vị cùng cấp mang một mã trong cùng thời gian",
                            "two units of a level have one code at the same time",
                        )
                        .at(Place::column(code))
                        .got(format!("{}; {}", span(pair[0]), span(pair[1]))),
                    );
                }
            }
        }
    }

    /// Whether following changes from a unit leads back to it.
    fn returns(&self, id: &str) -> bool {
        let mut open: Vec<&str> = vec![id];
        let mut seen: Vec<&str> = Vec::new();
        while let Some(unit) = open.pop() {
            for change in self.changes.iter().filter(|change| change.from == unit) {
                if change.to == id {
                    return true;
                }
                if !seen.contains(&change.to.as_str()) {
                    seen.push(&change.to);
                    open.push(&change.to);
                }
            }
        }
        false
    }
}

fn unknown(vi: &str, en: &str, id: &str) -> Problem {
    Problem::new("geography_unknown_unit", vi, en).at(Place::column(id))
}

fn read_units(text: &str) -> Result<Vec<Unit>, Problems> {
    let required = ["id", "code", "level", "name", "source", "certainty"];
    Rows::read(text, &required, &["parent", "valid_from", "valid_to", "note"])?.each(|row| {
        let (valid_from, valid_to) = (row.day("valid_from"), row.day("valid_to"));
        if let (Some(first), Some(last)) = (valid_from, valid_to)
            && last < first
        {
            row.problem(
                "kết thúc trước khi bắt đầu",
                "it ends before it begins",
                "valid_to",
                ("một ngày sau đó", "a later day"),
            );
        }
        Some(Unit {
            id: row.required("id")?,
            code: row.text("code").unwrap_or_default(),
            level: row.required("level")?,
            name: row.required("name")?,
            parent: row.text("parent"),
            valid_from,
            valid_to,
            source: row.text("source").unwrap_or_default(),
            certainty: row.certainty()?,
            note: row.text("note"),
        })
    })
}

fn read_changes(text: &str) -> Result<Vec<UnitChange>, Problems> {
    let rows = Rows::read(text, &["from", "to", "on", "kind", "certainty"], &["share", "source", "note"])?;
    rows.each(|row| {
        let share = row.number("share");
        if share.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
            row.problem(
                "tỷ lệ nằm ngoài 0 đến 1",
                "the share lies outside 0 to 1",
                "share",
                ("lớn hơn 0, nhiều nhất 1", "above 0, at most 1"),
            );
        }
        row.required("on")?;
        Some(UnitChange {
            from: row.required("from")?,
            to: row.required("to")?,
            on: row.day("on")?,
            kind: row.word("kind", &KINDS)?,
            share,
            source: row.text("source").unwrap_or_default(),
            certainty: row.certainty()?,
            note: row.text("note"),
        })
    })
}
