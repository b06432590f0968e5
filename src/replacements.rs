//! Releasing a reserve in a round: the rule of `fieldwork::replacement` on what the store knows of sample and field.

use ::problem::Problems;
use sampling::Sample;

use crate::fieldwork::replacement::{ListedUnit, Release, ReleaseRequest, agrees_with_field, listed_units, release};
use crate::review::counting_events;
use crate::store::{
    Case, CaseEventKind, CaseRole, NewReplacement, Replacement, Snapshot, StoreError, StoredSample, Transaction,
};

/// What somebody asks of a round; how many visits were made, the round itself knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplacementWish {
    /// The case that has failed.
    pub replaces: String,
    /// Its final disposition.
    pub disposition: String,
    /// Why it is replaced.
    pub reason: String,
    /// The reserve in hand, if the sender names one; it must be the next.
    pub reserve: Option<String>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Released {
    /// The reserve was released now.
    New(Replacement),
    /// The same was asked and given before: a repeated request is harmless.
    Again(Replacement),
}

impl Released {
    /// The release.
    #[must_use]
    pub fn replacement(&self) -> &Replacement {
        match self {
            Self::New(replacement) | Self::Again(replacement) => replacement,
        }
    }
}

/// Releases the next reserve for a case of a round, and records it.
///
/// # Errors
/// Only that the database did not take it, or that a command released the same beside the service ([`StoreError::Busy`]: asking
/// again is right).
/// What the rule refuses is in the inner result.
pub fn release_reserve(
    tx: &mut Transaction<'_>,
    round_code: &str,
    wish: &ReplacementWish,
) -> Result<Result<Released, Problems>, StoreError> {
    tx.hold_releases(round_code)?;
    let earlier = tx.list_replacements(round_code)?;
    let same = earlier.iter().find(|given| {
        given.replaces_case_id == wish.replaces
            && given.disposition == wish.disposition
            && given.reason == wish.reason
            && wish.reserve.as_ref().is_none_or(|reserve| *reserve == given.case_id)
    });
    if let Some(same) = same {
        return Ok(Ok(Released::Again(same.clone())));
    }
    let events = counting_events(tx, round_code)?;
    let of_case = || events.iter().filter(|event| event.case_id == wish.replaces);
    // An interview that was broken off may be all that was sent of a visit.
    let attempts = of_case()
        .filter(|event| event.kind == CaseEventKind::ContactAttempt)
        .count()
        .max(usize::from(of_case().next().is_some()));
    let request = ReleaseRequest {
        replaces: wish.replaces.clone(),
        disposition: wish.disposition.clone(),
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        reason: wish.reason.clone(),
        reserve: wish.reserve.clone(),
    };
    let units = units_of_round(tx, round_code)?;
    let reported: Vec<&str> = of_case().map(|event| event.disposition.as_str()).collect();
    let releases: Vec<Release> = earlier.iter().map(as_release).collect();
    let given = match (release(&units, &releases, &request), agrees_with_field(&request, &reported)) {
        (Ok(given), Ok(())) => given,
        (given, agrees) => {
            let found = [given.err(), agrees.err()].into_iter().flatten();
            let mut problems = Problems::none();
            for problem in found.flatten() {
                // An interview is told by both.
                if !problems.iter().any(|known| known.code == problem.code) {
                    problems.push(problem);
                }
            }
            return Ok(Err(problems));
        }
    };
    let new = NewReplacement {
        release_no: i64::try_from(given.number).unwrap_or(i64::MAX),
        case_id: given.reserve,
        replaces_case_id: given.replaces,
        disposition: given.disposition,
        attempts: i64::from(given.attempts),
        reason: given.reason,
    };
    match tx.store_replacement(round_code, &new) {
        Ok(stored) => Ok(Ok(Released::New(stored))),
        Err(StoreError::Exists { what }) => Err(StoreError::Busy { detail: what }),
        Err(error) => Err(error),
    }
}

fn as_release(stored: &Replacement) -> Release {
    Release {
        number: u64::try_from(stored.release_no).unwrap_or_default(),
        reserve: stored.case_id.clone(),
        replaces: stored.replaces_case_id.clone(),
        disposition: stored.disposition.clone(),
        attempts: u32::try_from(stored.attempts).unwrap_or(u32::MAX),
        reason: stored.reason.clone(),
    }
}

/// The round's units in the groups they were drawn from. A list of another program may lack what a draw writes; then the
/// area is the group.
fn units_of_round(snapshot: &mut Snapshot<'_>, round_code: &str) -> Result<Vec<ListedUnit>, StoreError> {
    let stored: Option<StoredSample> = snapshot.find_sample(round_code)?;
    if let Some(sample) = stored.and_then(|stored| Sample::from_csv(&stored.list_csv).ok()) {
        return Ok(listed_units(&sample));
    }
    let cases = snapshot.list_cases(round_code)?;
    let mut areas: Vec<Vec<(&str, &str)>> = Vec::new();
    Ok(cases
        .iter()
        .map(|case: &Case| {
            let area: Vec<(&str, &str)> =
                case.area_path.iter().map(|area| (area.code.as_str(), area.name.as_str())).collect();
            let group = areas.iter().position(|known| *known == area).unwrap_or_else(|| {
                areas.push(area);
                areas.len() - 1
            });
            ListedUnit {
                unit_id: case.case_id.clone(),
                group,
                is_reserve: case.role == CaseRole::Reserve,
                visiting_order: u64::try_from(case.visiting_order).unwrap_or_default(),
            }
        })
        .collect())
}
