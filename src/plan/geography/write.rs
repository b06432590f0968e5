//! Units and changes written as the tables that `read` takes: an office exports them, adds what it knows and imports the file again.

use chrono::NaiveDate;

use super::{ChangeKind, Geography};

impl Geography {
    /// All units as a table, in the order of their ids.
    #[must_use]
    pub fn units_csv(&self) -> String {
        let headings =
            ["id", "code", "level", "name", "parent", "valid_from", "valid_to", "source", "certainty", "note"];
        table(
            &headings,
            self.units().map(|unit| {
                vec![
                    unit.id.clone(),
                    unit.code.clone(),
                    unit.level.clone(),
                    unit.name.clone(),
                    unit.parent.clone().unwrap_or_default(),
                    day(unit.valid_from),
                    day(unit.valid_to),
                    unit.source.clone(),
                    unit.certainty.code().to_owned(),
                    unit.note.clone().unwrap_or_default(),
                ]
            }),
        )
    }

    /// All changes as a table, in the order of their days.
    #[must_use]
    pub fn changes_csv(&self) -> String {
        let headings = ["from", "to", "on", "kind", "share", "source", "certainty", "note"];
        table(
            &headings,
            self.changes().iter().map(|change| {
                vec![
                    change.from.clone(),
                    change.to.clone(),
                    change.on.to_string(),
                    match change.kind {
                        ChangeKind::Merged => "merged",
                        ChangeKind::Split => "split",
                        ChangeKind::Renamed => "renamed",
                    }
                    .to_owned(),
                    change.share.map(|share| share.to_string()).unwrap_or_default(),
                    change.source.clone(),
                    change.certainty.code().to_owned(),
                    change.note.clone().unwrap_or_default(),
                ]
            }),
        )
    }
}

fn day(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// A CSV text; cells are quoted where they must be.
fn table(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let quoted = |cell: &str| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    };
    let mut text = headings.join(",") + "\n";
    for row in rows {
        text.push_str(&row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    text
}
