//! Who visits which households: villages and single cases given to an enumerator or taken back, all of a request or nothing.

use std::collections::{BTreeMap, BTreeSet};

use ::problem::{Problem, Problems};

use crate::people::find_enumerator;
use crate::store::{Case, StoreError, Transaction};

/// So many cases are named in a refusal; the rest is counted.
const NAMED_MAX: usize = 50;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentWish {
    /// Login or account id of the enumerator; `None` takes the cases back.
    pub enumerator: Option<String>,
    /// Areas of the list's lowest level: the code alone, or the codes from the top joined by hyphens.
    pub areas: Vec<String>,
    /// Single cases.
    pub cases: Vec<String>,
    /// Whether cases that were started may change hands.
    pub even_started: bool,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The account the cases belong to now.
    pub account_id: Option<String>,
    /// Cases that were named.
    pub n_named: usize,
    /// Of these, cases that changed hands.
    pub n_changed: usize,
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssignmentRefused {
    /// The round has no such enumerator, or areas and cases are not there.
    Invalid(Problems),
    /// Cases that were started would change hands, and nobody said that they may.
    Started(Problems),
}

/// Gives cases to an enumerator or takes them back.
///
/// # Errors
/// Only that the database did not take it; what is refused is in the inner result, and then nothing was changed.
pub fn assign(
    tx: &mut Transaction<'_>,
    round_code: &str,
    wish: &AssignmentWish,
) -> Result<Result<Assigned, AssignmentRefused>, StoreError> {
    let mut problems = Problems::none();
    let account_id = match &wish.enumerator {
        None => None,
        Some(named) => {
            let found = find_enumerator(tx, round_code, named)?;
            if found.is_none() {
                problems.push(crate::problem::enumerator_unknown(named));
            }
            found.map(|account| account.id)
        }
    };
    let cases = tx.list_cases(round_code)?;
    let chosen = choose(&cases, wish, &mut problems);
    if !problems.is_empty() {
        return Ok(Err(AssignmentRefused::Invalid(problems)));
    }
    let changing: Vec<&Case> = chosen.iter().copied().filter(|case| case.assigned_account_id != account_id).collect();
    if !wish.even_started {
        let worked: BTreeSet<String> =
            tx.list_case_events(round_code)?.into_iter().map(|event| event.case_id).collect();
        let started: Vec<&str> = changing
            .iter()
            .filter(|case| case.assigned_account_id.is_some() && worked.contains(&case.case_id))
            .map(|case| case.case_id.as_str())
            .collect();
        if !started.is_empty() {
            return Ok(Err(AssignmentRefused::Started(started_cases(&started))));
        }
    }
    let mut n_changed = 0;
    for case in &changing {
        n_changed += usize::from(tx.assign_case(round_code, &case.case_id, account_id.as_deref())?);
    }
    let to = account_id.as_deref().unwrap_or("nobody");
    tx.audit_assignment(round_code, &format!("{n_changed} cases to {to}"))?;
    Ok(Ok(Assigned { account_id, n_named: chosen.len(), n_changed }))
}

/// The cases that are meant, in the order of the list; what is not there is a problem.
fn choose<'a>(cases: &'a [Case], wish: &AssignmentWish, problems: &mut Problems) -> Vec<&'a Case> {
    let mut by_area: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in cases {
        let path = path_of(case);
        by_area.entry(case.area_code.clone()).or_default().insert(path.clone());
        by_area.entry(path.clone()).or_default().insert(path);
    }
    if wish.areas.is_empty() && wish.cases.is_empty() {
        problems.push(Problem::new(
            "assignment_empty",
            "chưa nêu thôn hay hộ nào",
            "neither an area nor a case is named",
        ));
    }
    let mut paths: BTreeSet<&str> = BTreeSet::new();
    for area in &wish.areas {
        match by_area.get(area) {
            None => problems.push(
                Problem::new("area_unknown", "mẫu không có thôn này", "the sample has no such area").got(area.clone()),
            ),
            Some(meant) if meant.len() > 1 => problems.push(
                Problem::new("area_ambiguous", "nhiều thôn có cùng mã này", "several areas have this code")
                    .got(area.clone())
                    .expected(meant.iter().cloned().collect::<Vec<_>>().join(", "))
                    .hint("ghi đủ mã từ cấp trên cùng", "give the codes from the top"),
            ),
            Some(meant) => paths.extend(meant.iter().map(String::as_str)),
        }
    }
    let known: BTreeSet<&str> = cases.iter().map(|case| case.case_id.as_str()).collect();
    for case_id in wish.cases.iter().filter(|case_id| !known.contains(case_id.as_str())) {
        problems.push(
            Problem::new("case_unknown", "mẫu không có hộ này", "the sample has no such case").got(case_id.clone()),
        );
    }
    let named: BTreeSet<&str> = wish.cases.iter().map(String::as_str).collect();
    let is_meant = |case: &&Case| named.contains(case.case_id.as_str()) || paths.contains(path_of(case).as_str());
    cases.iter().filter(is_meant).collect()
}

fn path_of(case: &Case) -> String {
    case.area_path.iter().map(|level| level.code.as_str()).collect::<Vec<_>>().join("-")
}

fn started_cases(started: &[&str]) -> Problems {
    let mut problems = Problems::none();
    for case_id in started.iter().take(NAMED_MAX) {
        problems.push(
            Problem::new("case_started", "hộ đã có người đến", "the case was visited already")
                .got((*case_id).to_owned()),
        );
    }
    let n_more = started.len().saturating_sub(NAMED_MAX);
    if n_more > 0 {
        problems.push(Problem::new("case_started", format!("và {n_more} hộ khác"), format!("and {n_more} more cases")));
    }
    problems
}
