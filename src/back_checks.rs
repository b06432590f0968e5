//! Back-checks of a round: the draw and the comparison of `quality::back_check` on what the store knows.

use std::collections::{BTreeMap, BTreeSet};

use ::problem::{Problem, Problems};

use crate::fieldwork::disposition::{Outcome, outcome};
use crate::fieldwork::review::ReviewState;
use crate::inspection::{original_answers, second_answers};
use crate::quality::back_check::{Candidate, Drawn, Pair, Plan, check_draw, draw, frame_sha256};
use crate::review;
use crate::store::{BackCheckDraw, BackCheckUnit, NewBackCheckDraw, Snapshot, StoreError, Transaction};

/// What became of a request for a draw.
#[derive(Clone, Debug, PartialEq)]
pub enum Drew {
    /// It was drawn now.
    New(BackCheckDraw),
    /// The same was asked and drawn before: a repeated request is harmless.
    Again(BackCheckDraw),
}

/// Complete interviews of a round that have not faced a draw: one a case, not rejected, without those in whose place a correction stands.
///
/// # Errors
/// Only that the database did not answer.
pub fn candidates(snapshot: &mut Snapshot<'_>, round_code: &str) -> Result<Vec<Candidate>, StoreError> {
    let reviewed = review::of_round(snapshot, round_code)?;
    let faced: BTreeSet<String> =
        snapshot.list_back_check_units(round_code)?.into_iter().map(|unit| unit.case_id).collect();
    let known: BTreeSet<String> = snapshot.list_cases(round_code)?.into_iter().map(|case| case.case_id).collect();
    let people: BTreeMap<String, String> = snapshot
        .list_tokens()?
        .into_iter()
        .map(|token| (token.id.clone(), token.account_id.unwrap_or(token.id)))
        .collect();
    let mut by_case: BTreeMap<String, Candidate> = BTreeMap::new();
    for one in &reviewed.interviews {
        let is_open = reviewed.chains.counts(&one.uuid)
            && reviewed.state(&one.uuid) != ReviewState::Rejected
            && outcome(&one.disposition) == Some(Outcome::Complete);
        if is_open && known.contains(&one.case_id) && !faced.contains(&one.case_id) {
            by_case.entry(one.case_id.clone()).or_insert_with(|| Candidate {
                case_id: one.case_id.clone(),
                enumerator: people.get(&one.token_id).cloned().unwrap_or_else(|| one.token_id.clone()),
                uuid: one.uuid.clone(),
            });
        }
    }
    Ok(by_case.into_values().collect())
}

/// Draws households to be visited again among the interviews that have not faced a draw, and records it with all that stood before it.
///
/// # Errors
/// Only that the database did not take it, or that another draw was made at the same time ([`StoreError::Busy`]: asking again is right).
/// What the rule refuses is in the inner result.
pub fn draw_back_check(
    tx: &mut Transaction<'_>,
    round_code: &str,
    plan: &Plan,
) -> Result<Result<Drew, Problems>, StoreError> {
    tx.hold_releases(round_code)?;
    let plan = match plan.clone().checked() {
        Ok(plan) => plan,
        Err(problems) => return Ok(Err(problems)),
    };
    let minimum = i64::try_from(plan.per_enumerator_min).unwrap_or(i64::MAX);
    if let Some(earlier) = tx.list_back_check_draws(round_code)?.into_iter().find(|one| one.seed_text == plan.seed_text)
    {
        let same = earlier.share.to_bits() == plan.share.to_bits() && earlier.per_enumerator_min == minimum;
        return Ok(if same {
            Ok(Drew::Again(earlier))
        } else {
            Err(Problem::new(
                "back_check_seed_used",
                "chuỗi gieo này đã được dùng cho một lần rút thăm khác",
                "this seed was used for another draw",
            )
            .got(format!("#{} {}", earlier.draw_no, earlier.drawn_at))
            .into())
        });
    }
    let candidates = candidates(tx, round_code)?;
    if candidates.is_empty() {
        return Ok(Err(Problem::new(
            "back_check_nothing",
            "không có phiếu hoàn thành nào chưa qua rút thăm",
            "no complete interview has not faced a draw",
        )
        .hint(
            "mỗi hộ chỉ qua rút thăm một lần; xem lại bằng khaosat quality back-check list",
            "a case faces one draw only; see khaosat quality back-check list",
        )
        .into()));
    }
    let new = NewBackCheckDraw {
        seed_text: plan.seed_text.clone(),
        share: plan.share,
        per_enumerator_min: minimum,
        frame_sha256: frame_sha256(&candidates),
        units: draw(&plan, &candidates).into_iter().map(as_unit).collect(),
    };
    match tx.record_back_check_draw(round_code, &new) {
        Ok(drawn) => Ok(Ok(Drew::New(drawn))),
        Err(StoreError::Exists { what }) => Err(StoreError::Busy { detail: what }),
        Err(error) => Err(error),
    }
}

fn as_unit(drawn: Drawn) -> BackCheckUnit {
    let Drawn { candidate: Candidate { case_id, enumerator, uuid }, ticket, is_drawn } = drawn;
    BackCheckUnit { case_id, draw_no: 0, uuid, enumerator, ticket, is_drawn }
}

fn as_drawn(unit: &BackCheckUnit) -> Drawn {
    Drawn {
        candidate: Candidate {
            case_id: unit.case_id.clone(),
            enumerator: unit.enumerator.clone(),
            uuid: unit.uuid.clone(),
        },
        ticket: unit.ticket.clone(),
        is_drawn: unit.is_drawn,
    }
}

/// A recorded draw that was drawn again.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedDraw {
    /// The draw.
    pub draw: BackCheckDraw,
    /// Cases that stood before it.
    pub n_cases: usize,
    /// Cases that were drawn.
    pub n_drawn: usize,
}

/// Draws all recorded draws of a round again.
///
/// # Errors
/// Only that the database did not answer. What is not as it was drawn is in the inner result.
pub fn verify(
    snapshot: &mut Snapshot<'_>,
    round_code: &str,
) -> Result<Result<Vec<VerifiedDraw>, Problems>, StoreError> {
    let units = snapshot.list_back_check_units(round_code)?;
    let (mut told, mut problems) = (Vec::new(), Problems::none());
    for one in snapshot.list_back_check_draws(round_code)? {
        let own: Vec<Drawn> = units.iter().filter(|unit| unit.draw_no == one.draw_no).map(as_drawn).collect();
        let plan = Plan {
            round: round_code.to_owned(),
            seed_text: one.seed_text.clone(),
            share: one.share,
            per_enumerator_min: usize::try_from(one.per_enumerator_min).unwrap_or(usize::MAX),
        };
        if let Err(found) = check_draw(&plan, &own, &one.frame_sha256) {
            found.in_file(&format!("#{}", one.draw_no)).into_iter().for_each(|problem| problems.push(problem));
        }
        let n_drawn = own.iter().filter(|unit| unit.is_drawn).count();
        told.push(VerifiedDraw { draw: one, n_cases: own.len(), n_drawn });
    }
    Ok(problems.into_result(told))
}

/// Where the second answers come from.
#[derive(Clone, Debug)]
pub enum Second {
    /// By case, as somebody typed them.
    Table(BTreeMap<String, BTreeMap<String, String>>),
    /// Another round, whose cases have the same ids.
    Round(String),
}

/// Both answers of each drawn household that was visited again; and the drawn households that were not, and answers of households that were
/// not drawn.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// To be compared.
    pub pairs: Vec<Pair>,
    /// Drawn, without second answers.
    pub waiting: Vec<String>,
    /// Second answers of cases that were not drawn: not compared, for they were chosen.
    pub not_drawn: Vec<String>,
}

/// Puts first and second answers together.
///
/// # Errors
/// Only that the database did not answer.
pub fn pairs(snapshot: &mut Snapshot<'_>, round_code: &str, second: &Second) -> Result<Pairs, StoreError> {
    let drawn: Vec<BackCheckUnit> =
        snapshot.list_back_check_units(round_code)?.into_iter().filter(|unit| unit.is_drawn).collect();
    let uuids: BTreeSet<String> = drawn.iter().map(|unit| unit.uuid.clone()).collect();
    let mut originals = original_answers(snapshot, round_code, &uuids)?;
    let mut seconds = match second {
        Second::Table(table) => table.clone(),
        Second::Round(other) => second_answers(snapshot, other)?,
    };
    let mut made = Pairs::default();
    for unit in drawn {
        match seconds.remove(&unit.case_id) {
            Some(second) => made.pairs.push(Pair {
                original: originals.remove(&unit.uuid).unwrap_or_default(),
                case_id: unit.case_id,
                enumerator: unit.enumerator,
                second,
            }),
            None => made.waiting.push(unit.case_id),
        }
    }
    made.not_drawn = seconds.into_keys().collect();
    Ok(made)
}
