//! The cases of one enumerator: whom to visit, in which order, and how it went so far.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpResponse, web};
use sampling::Sample;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::error::{ApiError, ErrorReply};
use super::in_store;
use super::returned::ReturnedReply;
use crate::app::App;
use crate::fieldwork::review::ReviewState;
use crate::review;
use crate::store::{AreaLevel, Case, CaseEvent, CaseEventKind, CaseRole, Snapshot, StoreError, StoredSample};

/// The cases assigned to the person of the token.
#[derive(Serialize, ToSchema)]
pub(super) struct CasesReply {
    /// The round the token serves.
    round: Option<String>,
    /// In the order of the sample list.
    cases: Vec<CaseReply>,
}

/// One case.
#[derive(Serialize, ToSchema)]
pub(super) struct CaseReply {
    /// `unit_id` of the sample list.
    pub(super) case_id: String,
    /// The levels from the top; the last one contains the household.
    pub(super) area_path: Vec<AreaLevelReply>,
    /// `main` or `reserve`.
    pub(super) role: &'static str,
    /// Order of the visit within its area, from 1.
    pub(super) visiting_order: i64,
    /// Whether it may be visited: a main case, or a reserve that was released.
    pub(super) is_released: bool,
    /// Whom to ask in the household; missing where the sample list does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) respondent: Option<RespondentReply>,
    /// The outcome codes the server knows of, in the order of their arrival.
    pub(super) dispositions: Vec<String>,
    /// Contact attempts the server knows of.
    pub(super) attempts: usize,
    /// `new`, `started` (attempts only), `received`, `returned`, `corrected`, `approved` or `rejected`.
    pub(super) state: &'static str,
    /// Since when the case is this person's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assigned_at: Option<String>,
    /// Why the interview was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rejected: Option<String>,
    /// The interview that came back, with what is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) returned: Option<ReturnedReply>,
}

/// How the respondent of a household is found.
#[derive(Serialize, ToSchema)]
pub(super) struct RespondentReply {
    /// The rule: `roster`, `kish`, `next_birthday`, `last_birthday`, `household`.
    pub(super) rule: &'static str,
    /// The household's random number, fixed at the draw; missing under rules that need none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<u64>,
}

/// One level of geography.
#[derive(Serialize, ToSchema)]
pub(super) struct AreaLevelReply {
    /// Name of the level, such as `commune`.
    pub(super) level: String,
    /// Code of the unit.
    pub(super) code: String,
    /// Name of the unit.
    pub(super) name: String,
}

impl From<&AreaLevel> for AreaLevelReply {
    fn from(area: &AreaLevel) -> Self {
        Self { level: area.level.clone(), code: area.code.clone(), name: area.name.clone() }
    }
}

/// The cases assigned to the person whose token asks, and no others.
#[utoipa::path(get, path = "/api/v1/cases", tag = "devices", security(("bearer" = [])), responses(
    (status = 200, body = CasesReply),
    (status = 401, body = ErrorReply),
    (status = 403, body = ErrorReply),
    (status = 410, description = "The device was revoked", body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let token = caller.token()?.clone();
    let (Some(round), Some(account_id)) = (token.round_code.clone(), token.account_id) else {
        return Ok(HttpResponse::Ok().json(CasesReply { round: token.round_code, cases: Vec::new() }));
    };
    let cases = in_store(app, move |store| store.read(|snapshot| read_cases(snapshot, &round, &account_id))).await?;
    Ok(HttpResponse::Ok().json(CasesReply { round: token.round_code, cases }))
}

/// The cases of a round assigned to a person, in the order of the sample list.
pub(super) fn read_cases(
    snapshot: &mut Snapshot<'_>,
    round: &str,
    account_id: &str,
) -> Result<Vec<CaseReply>, StoreError> {
    let cases = snapshot.list_assigned_cases(round, account_id)?;
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let mut events: BTreeMap<String, Vec<CaseEvent>> = BTreeMap::new();
    for event in snapshot.list_case_events(round)? {
        events.entry(event.case_id.clone()).or_default().push(event);
    }
    let released: BTreeSet<String> =
        snapshot.list_replacements(round)?.into_iter().map(|given| given.case_id).collect();
    let mut respondents = snapshot.find_sample(round)?.map(|stored| whom_to_ask(&stored)).unwrap_or_default();
    let mut since: BTreeMap<String, String> =
        snapshot.list_assignments(round)?.into_iter().map(|one| (one.case_id, one.assigned_at)).collect();
    let reviewed = review::of_round(snapshot, round)?;
    let replies = cases.into_iter().map(|case: Case| {
        let events = events.remove(&case.case_id).unwrap_or_default();
        let counting = reviewed.counting_at(&case.case_id);
        let attempts = events.iter().filter(|event| event.kind == CaseEventKind::ContactAttempt).count();
        CaseReply {
            area_path: case.area_path.iter().map(AreaLevelReply::from).collect(),
            is_released: case.role == CaseRole::Main || released.contains(&case.case_id),
            role: case.role.as_str(),
            visiting_order: case.visiting_order,
            respondent: respondents.remove(&case.case_id),
            attempts,
            state: match counting {
                Some(interview) => reviewed.state(&interview.uuid).as_str(),
                None if attempts > 0 => "started",
                None => "new",
            },
            rejected: counting
                .filter(|interview| reviewed.state(&interview.uuid) == ReviewState::Rejected)
                .and_then(|interview| reviewed.last(&interview.uuid))
                .map(|said| said.comment.clone()),
            returned: counting.and_then(|interview| ReturnedReply::of(&reviewed, interview)),
            assigned_at: since.remove(&case.case_id),
            dispositions: events.into_iter().map(|event| event.disposition).collect(),
            case_id: case.case_id,
        }
    });
    Ok(replies.collect())
}

/// Whom to ask in each household, as the list says it. A list of another program may say nothing of it.
fn whom_to_ask(stored: &StoredSample) -> BTreeMap<String, RespondentReply> {
    let Ok(sample) = Sample::from_csv(&stored.list_csv) else { return BTreeMap::new() };
    let Some(used) = sample.respondent else { return BTreeMap::new() };
    let of_unit = |number: Option<_>| RespondentReply { rule: used.rule.name(), number: number.map(u64::from) };
    sample.units.into_iter().map(|unit| (unit.unit_id, of_unit(unit.respondent_number))).collect()
}
