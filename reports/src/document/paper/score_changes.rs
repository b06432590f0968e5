//! What changed since an earlier round, in words that the interval of the difference gives.

use problem::Problem;

use super::material::Making;
use super::model::shown;
use super::scores::{DECIMALS, ScoreMaterial};
use crate::chart::Cell;
use crate::index::IndependentChange;
use crate::verdict::difference_verdict;

/// An earlier round to compare with.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// What it is called, such as "PAPI Bắc Giang 2023".
    pub name: String,
    /// The changes of the nodes that are made alike, or why there may be none.
    pub changes: Result<Vec<IndependentChange>, String>,
}

impl ScoreMaterial<'_> {
    /// One sentence for the whole and for each part that may be shown; a node that was hidden then or is hidden now has none.
    pub(super) fn changes(&self) -> Result<Vec<Making>, Problem> {
        let Some(earlier) = &self.earlier else { return Ok(Vec::new()) };
        let made = |template: &str, fields: Vec<(&str, String)>| -> Making {
            (template.to_owned(), fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
        };
        let changes = match &earlier.changes {
            Ok(changes) => changes,
            Err(reason) => {
                let fields = vec![("earlier", earlier.name.clone()), ("reason", reason.clone())];
                return Ok(vec![made("change_none", fields)]);
            }
        };
        let root = self.definition.root();
        let mut all = Vec::new();
        for node in &self.estimates.scores {
            let is_wanted = node.code == root || node.parent.as_deref() == Some(root);
            let change = changes.iter().find(|change| change.code == node.code);
            let (true, Some(change), Cell::Shown(_)) = (is_wanted, change, self.cell(node)) else { continue };
            let Some((lower, upper)) = change.interval else { continue };
            let verdict = self.words(&difference_verdict(lower, upper)?.words()).to_lowercase();
            let points = |value: f64| shown(value, DECIMALS, self.language);
            let unit = if self.is_percent() {
                self.pick("điểm phần trăm", "percentage points")
            } else {
                self.pick("điểm", "points")
            };
            all.push(made(
                "change",
                vec![
                    ("name", self.words(&node.name)),
                    ("earlier", earlier.name.clone()),
                    ("before", self.number(change.before)?),
                    ("after", self.number(change.after)?),
                    (
                        "change",
                        format!("{}{} {unit}", if change.change > 0.0 { "+" } else { "" }, points(change.change)?),
                    ),
                    ("range", format!("{} … {}", points(lower)?, points(upper)?)),
                    ("verdict", verdict),
                ],
            ));
        }
        Ok(all)
    }
}
