//! The cases of one enumerator: whom to visit, in which order, and how it went so far.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpResponse, web};
use sampling::Sample;
use sampling::respondent::{RespondentNumber, RespondentRule};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::error::{ApiError, ErrorReply};
use super::in_store;
use crate::app::App;
use crate::store::{AccessToken, AreaLevel, Case, CaseRole, Snapshot, StoreError, StoredSample};

/// The cases assigned to the token.
#[derive(Serialize, ToSchema)]
pub(super) struct CasesReply {
    /// The round the token serves.
    round: Option<String>,
    /// In the order of the sample list.
    cases: Vec<CaseReply>,
}

/// One case.
#[derive(Serialize, ToSchema)]
struct CaseReply {
    /// `unit_id` of the sample list.
    case_id: String,
    /// The levels from the top; the last one contains the household.
    area_path: Vec<AreaLevelReply>,
    /// `main` or `reserve`.
    role: &'static str,
    /// Order of the visit within its area, from 1.
    visiting_order: i64,
    /// Whether it may be visited: a main case, or a reserve that was released.
    is_released: bool,
    /// Whom to ask in the household; missing where the sample list does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    respondent: Option<RespondentReply>,
    /// The outcome codes the server knows of, in the order of their arrival.
    dispositions: Vec<String>,
}

/// How the respondent of a household is found.
#[derive(Serialize, ToSchema)]
struct RespondentReply {
    /// The rule: `roster`, `kish`, `next_birthday`, `last_birthday`, `household`.
    rule: &'static str,
    /// The household's random number, fixed at the draw; missing under rules that need none.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
}

/// One level of geography.
#[derive(Serialize, ToSchema)]
pub(super) struct AreaLevelReply {
    /// Name of the level, such as `commune`.
    level: String,
    /// Code of the unit.
    code: String,
    /// Name of the unit.
    name: String,
}

impl From<&AreaLevel> for AreaLevelReply {
    fn from(area: &AreaLevel) -> Self {
        Self { level: area.level.clone(), code: area.code.clone(), name: area.name.clone() }
    }
}

/// The cases assigned to the token that asks, and no others.
#[utoipa::path(get, path = "/api/v1/cases", tag = "devices", security(("bearer" = [])), responses(
    (status = 200, body = CasesReply),
    (status = 401, body = ErrorReply),
    (status = 403, body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let token = caller.token()?.clone();
    let round = token.round_code.clone();
    let cases = in_store(app, move |store| store.read(|snapshot| assigned_cases(snapshot, &token))).await?;
    let cases = cases
        .into_iter()
        .map(|one: AssignedCase| CaseReply {
            area_path: one.case.area_path.iter().map(AreaLevelReply::from).collect(),
            is_released: one.is_released,
            role: one.case.role.as_str(),
            visiting_order: one.case.visiting_order,
            respondent: one
                .respondent
                .map(|(rule, number)| RespondentReply { rule: rule.name(), number: number.map(u64::from) }),
            dispositions: one.dispositions,
            case_id: one.case.case_id,
        })
        .collect();
    Ok(HttpResponse::Ok().json(CasesReply { round, cases }))
}

/// A case with what its enumerator must know.
pub(super) struct AssignedCase {
    pub(super) case: Case,
    /// Whether it may be visited: a main case, or a reserve that was released.
    pub(super) is_released: bool,
    /// The outcome codes the server knows of, in the order of their arrival.
    pub(super) dispositions: Vec<String>,
    /// Whom to ask; missing where the sample list does not say.
    pub(super) respondent: Option<(RespondentRule, Option<RespondentNumber>)>,
}

/// The cases assigned to a token, in the order of the sample list.
pub(super) fn assigned_cases(
    snapshot: &mut Snapshot<'_>,
    token: &AccessToken,
) -> Result<Vec<AssignedCase>, StoreError> {
    let cases = snapshot.list_assigned_cases(&token.id)?;
    let Some(round) = token.round_code.as_deref().filter(|_| !cases.is_empty()) else {
        return Ok(cases.into_iter().map(AssignedCase::unknown).collect());
    };
    let mut dispositions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in snapshot.list_case_events(round)? {
        dispositions.entry(event.case_id).or_default().push(event.disposition);
    }
    let released: BTreeSet<String> =
        snapshot.list_replacements(round)?.into_iter().map(|given| given.case_id).collect();
    let mut respondents = snapshot.find_sample(round)?.map(|stored| whom_to_ask(&stored)).unwrap_or_default();
    let with_all = |case: Case| AssignedCase {
        is_released: case.role == CaseRole::Main || released.contains(&case.case_id),
        dispositions: dispositions.remove(&case.case_id).unwrap_or_default(),
        respondent: respondents.remove(&case.case_id),
        case,
    };
    Ok(cases.into_iter().map(with_all).collect())
}

impl AssignedCase {
    fn unknown(case: Case) -> Self {
        Self { is_released: case.role == CaseRole::Main, dispositions: Vec::new(), respondent: None, case }
    }
}

/// Whom to ask in each household, as the list says it. A list of another program may say nothing of it.
fn whom_to_ask(stored: &StoredSample) -> BTreeMap<String, (RespondentRule, Option<RespondentNumber>)> {
    let Ok(sample) = Sample::from_csv(&stored.list_csv) else { return BTreeMap::new() };
    let Some(used) = sample.respondent else { return BTreeMap::new() };
    sample.units.into_iter().map(|unit| (unit.unit_id, (used.rule, unit.respondent_number))).collect()
}
