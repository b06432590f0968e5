//! Agencies: their names change and they merge, so each has its days and its successor.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use problem::{Place, Problem, Problems, Words};
use reports::index::Certainty;
use serde::Serialize;

use crate::plan::rows::Rows;

const AGENCIES: &str = include_str!("../data/agencies.csv");

/// An agency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agency {
    /// Its name in data, such as `so-noi-vu`.
    pub id: String,
    /// Its name for people.
    pub name: Words,
    /// It exists from this day; `None`: since before the plan.
    pub valid_from: Option<NaiveDate>,
    /// To this day; `None`: still.
    pub valid_to: Option<NaiveDate>,
    /// Who took over its work.
    pub successor: Option<String>,
    /// How sure name, days and successor are.
    pub certainty: Certainty,
    /// What a reader must know.
    pub note: Option<String>,
}

impl Agency {
    /// Whether it exists on a day.
    #[must_use]
    pub fn exists_on(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|first| first <= day) && self.valid_to.is_none_or(|last| day <= last)
    }
}

/// The list of agencies.
#[derive(Clone, Debug, PartialEq)]
pub struct Agencies {
    all: BTreeMap<String, Agency>,
}

impl Agencies {
    /// Those of the plan that comes with the program.
    ///
    /// # Errors
    /// Only if the program's own file was damaged; a test reads it.
    pub fn shipped() -> Result<Self, Problems> {
        Self::read(AGENCIES).map_err(|problems| problems.in_file("agencies.csv"))
    }

    /// Agencies from a table with the columns of `src/plan/data/agencies.csv`.
    ///
    /// # Errors
    /// `plan_heading`, `plan_csv`, `plan_value` with row and column; `agency_successor` for a successor that is not on the list, or
    /// agencies that follow each other in a circle. All at once.
    pub fn read(text: &str) -> Result<Self, Problems> {
        let required = ["id", "name_vi", "name_en", "certainty"];
        let optional = ["valid_from", "valid_to", "successor", "source", "note"];
        let mut seen = BTreeSet::new();
        let rows = Rows::read(text, &required, &optional)?.each(|row| {
            let id = row.required("id")?;
            if !seen.insert(id.clone()) {
                row.problem(
                    "cơ quan này đã có ở dòng trên",
                    "this agency stands in a row above",
                    "id",
                    ("mỗi cơ quan một dòng", "one row an agency"),
                );
            }
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
            let (vi, en) = (row.required("name_vi")?, row.required("name_en")?);
            let (successor, note) = (row.text("successor"), row.text("note"));
            Some(Agency {
                id,
                name: Words::new(vi, en),
                valid_from,
                valid_to,
                successor,
                certainty: row.certainty()?,
                note,
            })
        })?;
        let all = Self { all: rows.into_iter().map(|agency| (agency.id.clone(), agency)).collect() };
        let mut problems = Problems::none();
        for agency in all.all.values() {
            if let Some(successor) = &agency.successor
                && (!all.all.contains_key(successor) || all.successors(&agency.id).is_none())
            {
                problems.push(
                    Problem::new(
                        "agency_successor",
                        "cơ quan kế thừa không có trong danh mục hoặc nối vòng",
                        "the successor is not on the list, or successors run in a circle",
                    )
                    .at(Place::column(agency.id.clone()))
                    .got(successor.clone()),
                );
            }
        }
        problems.into_result(all)
    }

    /// An agency by its name in data.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Agency> {
        self.all.get(id)
    }

    /// All agencies, by name in data.
    pub fn iter(&self) -> impl Iterator<Item = &Agency> {
        self.all.values()
    }

    /// Who does the work of an agency on a day: itself, or the successor that exists then.
    #[must_use]
    pub fn on(&self, id: &str, day: NaiveDate) -> Option<&Agency> {
        self.chain(id, day).pop()
    }

    /// Through whose hands the work of an agency has gone up to a day: itself first, last the one that does it then. Empty for an
    /// agency that is not on the list.
    #[must_use]
    pub fn chain(&self, id: &str, day: NaiveDate) -> Vec<&Agency> {
        let mut chain: Vec<&Agency> = self.get(id).into_iter().collect();
        // It ends: successors run in no circle, which was checked when they were read.
        while let Some(next) = chain
            .last()
            .filter(|agency| agency.valid_to.is_some_and(|last| last < day))
            .and_then(|agency| self.get(agency.successor.as_deref()?))
        {
            chain.push(next);
        }
        chain
    }

    /// Whether an agency takes over the work of another, at once or in steps.
    #[must_use]
    pub fn succeeds(&self, successor: &str, id: &str) -> bool {
        self.successors(id).is_some_and(|chain| chain.contains(&successor))
    }

    /// The chain of successors; `None` when it runs in a circle.
    fn successors(&self, id: &str) -> Option<Vec<&str>> {
        let mut chain: Vec<&str> = Vec::new();
        let mut at = self.get(id);
        while let Some(successor) = at.and_then(|agency| agency.successor.as_deref()) {
            if successor == id || chain.contains(&successor) {
                return None;
            }
            chain.push(successor);
            at = self.get(successor);
        }
        Some(chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn the_work_of_a_merged_agency_goes_to_its_successor() {
        let agencies = Agencies::shipped().expect("shipped");
        let who = |id, on| agencies.on(id, day(on)).map(|agency| agency.id.as_str());
        assert_eq!(who("ubnd-huyen", "2025-06-30"), Some("ubnd-huyen"));
        assert_eq!(who("ubnd-huyen", "2025-07-01"), Some("ubnd-xa"));
        assert_eq!(who("so-noi-vu", "2026-01-01"), Some("so-noi-vu"));
        assert_eq!(who("nobody", "2026-01-01"), None);
        let chain = agencies.chain("so-tttt", day("2025-03-01"));
        assert_eq!(chain.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["so-tttt", "so-khcn"]);
        assert!(agencies.succeeds("so-khcn", "so-tttt") && !agencies.succeeds("so-tttt", "so-khcn"));
        // What was only recalled says so.
        assert_eq!(agencies.get("so-khdt").map(|agency| agency.certainty), Some(Certainty::Recalled));
    }

    #[test]
    fn a_circle_of_successors_and_an_unknown_one_are_told() {
        let head = "id,name_vi,name_en,certainty,valid_to,successor\n";
        let circle = format!("{head}a,A,A,certain,2025-01-01,b\nb,B,B,certain,2025-01-01,a\n");
        assert_eq!(Agencies::read(&circle).expect_err("a circle").len(), 2);
        let unknown = format!("{head}a,A,A,certain,2025-01-01,x\na,A,A,certain,,\n");
        assert!(Agencies::read(&unknown).is_err());
    }
}
