//! What Collect fetches: the list of forms, a form, its manifest, the households of the enumerator.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use sampling::respondent::{RespondentNumber, RespondentRule};
use serde::Deserialize;

use super::super::cases::{CaseReply, RespondentReply, read_cases};
use super::super::error::ApiError;
use super::super::in_store;
use super::{Base, OfForm, XML, admitted, answer, base_url, failure, tagged};
use crate::app::{App, CollectForm, collect_form, known_collect_form};
use crate::openrosa::documents::{self, ListedForm, MediaFile};
use crate::openrosa::households::{Household, households_csv};
use crate::openrosa::md5_hex;
use crate::problem as catalogue;
use crate::store::{AccessToken, CaseRole, QuestionnaireVersionHead, RoundState, Snapshot, StoreError};

/// The note of the form lists whom to ask for households of up to so many eligible members.
const MEMBERS_LISTED: u32 = 12;

/// What may be asked of the list.
#[derive(Deserialize)]
pub(in super::super) struct ListQuery {
    #[serde(rename = "formID")]
    form_id: Option<String>,
    verbose: Option<String>,
}

/// The forms of the round: of each the latest version. Empty when the round is not open; interviews given before are still taken.
#[utoipa::path(get, path = "/v1/key/{key}/projects/{round}/formList", tag = "collect",
    params(("key" = String, Path, description = "The enumerator's token"), ("round" = String, Path, description = "Code of the round"),
        ("formID" = Option<String>, Query, description = "Only this form"), ("verbose" = Option<String>, Query, description = "`true`: with descriptions")),
    responses(
        (status = 200, description = "OpenRosa form list", content_type = "text/xml"),
        (status = 400, description = "No X-OpenRosa-Version"),
        (status = 401, description = "Login or key in the header are wrong or missing, where the address has `-` for a key"),
        (status = 403, description = "The key is wrong, expired, revoked, or of another round"),
        (status = 404, description = "No such round"),
        (status = 503, description = "Try again later"),
    ))]
pub(in super::super) async fn form_list(
    app: web::Data<App>,
    path: web::Path<Base>,
    query: web::Query<ListQuery>,
    request: HttpRequest,
) -> HttpResponse {
    let work = async {
        if !request.headers().contains_key(HeaderName::from_static("x-openrosa-version")) {
            return Err(ApiError::new(catalogue::openrosa_version_missing()));
        }
        let (_, round) = admitted(&app, &request, &path.key, &path.round).await?;
        if round.state != RoundState::Open {
            return Ok(Vec::new());
        }
        let base = base_url(&request, &app.config, &path.key, &path.round);
        let code = round.code;
        let forms = in_store(app, move |store| store.read(|snapshot| latest_forms(snapshot, &code))).await?;
        let is_asked =
            |head: &QuestionnaireVersionHead| query.form_id.as_ref().is_none_or(|only| *only == head.form_id);
        let verbose = query.verbose.as_deref() == Some("true");
        Ok(forms
            .into_iter()
            .filter(|(head, _)| is_asked(head))
            .map(|(head, form)| ListedForm {
                form_id: head.form_id,
                name: form.title.clone(),
                description: verbose.then(|| format!("{} · {}", round.name, head.version)),
                version: head.version,
                md5: form.md5.clone(),
                download_url: format!("{base}/forms/{}.xml", head.sha256),
                manifest_url: Some(format!("{base}/forms/{}/manifest", head.sha256)),
            })
            .collect())
    };
    match work.await {
        Ok(forms) => {
            answer(&request, StatusCode::OK).insert_header((CONTENT_TYPE, XML)).body(documents::form_list(&forms))
        }
        Err(error) => failure(&request, &error),
    }
}

/// A form that cannot be written for Collect is left out and logged: it must not keep the others from the enumerators.
fn latest_forms(
    snapshot: &mut Snapshot<'_>,
    round_code: &str,
) -> Result<Vec<(QuestionnaireVersionHead, Arc<CollectForm>)>, StoreError> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut forms = Vec::new();
    for head in snapshot.list_round_questionnaires(round_code)? {
        // Of one form the latest version comes first.
        if seen.insert(head.form_id.clone())
            && let Some(form) = form_of(snapshot, &head.sha256)?
        {
            forms.push((head, form));
        }
    }
    Ok(forms)
}

pub(in super::super) fn form_of(
    snapshot: &mut Snapshot<'_>,
    sha256: &str,
) -> Result<Option<Arc<CollectForm>>, StoreError> {
    if let Some(known) = known_collect_form(sha256) {
        return Ok(Some(known));
    }
    let Some(sheets) = snapshot.find_questionnaire_sheets(sha256)? else { return Ok(None) };
    match collect_form(&sheets) {
        Ok(form) => Ok(Some(form)),
        Err(problems) => {
            tracing::error!(sha256, ?problems, "a questionnaire cannot be given to Collect");
            Ok(None)
        }
    }
}

/// A form, in the version that the address names.
#[utoipa::path(get, path = "/v1/key/{key}/projects/{round}/forms/{sha256}.xml", tag = "collect",
    params(("key" = String, Path, description = "The enumerator's token"), ("round" = String, Path, description = "Code of the round"),
        ("sha256" = String, Path, description = "SHA-256 of the published questionnaire")),
    responses(
        (status = 200, description = "XForm", content_type = "text/xml"),
        (status = 304, description = "The one with this entity tag"),
        (status = 401, description = "Login or key in the header are wrong or missing, where the address has `-` for a key"),
        (status = 403, description = "The key is wrong, expired, revoked, or of another round"),
        (status = 404, description = "No such form in this round"),
        (status = 503, description = "Try again later"),
    ))]
pub(in super::super) async fn form(app: web::Data<App>, path: web::Path<OfForm>, request: HttpRequest) -> HttpResponse {
    match the_form(&app, &request, &path).await {
        Ok((form, _)) => tagged(&request, XML, &form.md5, form.xml.clone().into_bytes()),
        Err(error) => failure(&request, &error),
    }
}

async fn the_form(
    app: &web::Data<App>,
    request: &HttpRequest,
    path: &OfForm,
) -> Result<(Arc<CollectForm>, AccessToken), ApiError> {
    let (token, round) = admitted(app, request, &path.key, &path.round).await?;
    let wanted = path.sha256.clone();
    let (form, asked) = in_store(app.clone(), move |store| {
        store.read(|snapshot| {
            let heads = snapshot.list_round_questionnaires(&round.code)?;
            let form = if heads.iter().any(|head| head.sha256 == wanted) { form_of(snapshot, &wanted)? } else { None };
            Ok::<_, StoreError>((form, heads.into_iter().map(|head| head.form_id).collect::<Vec<_>>()))
        })
    })
    .await?;
    let form = form.ok_or_else(|| ApiError::new(catalogue::form_not_asked(&path.sha256, &asked)))?;
    Ok((form, token))
}

/// The files of a form: the enumerator's households.
#[utoipa::path(get, path = "/v1/key/{key}/projects/{round}/forms/{sha256}/manifest", tag = "collect",
    params(("key" = String, Path, description = "The enumerator's token"), ("round" = String, Path, description = "Code of the round"),
        ("sha256" = String, Path, description = "SHA-256 of the published questionnaire")),
    responses(
        (status = 200, description = "OpenRosa manifest", content_type = "text/xml"),
        (status = 401, description = "Login or key in the header are wrong or missing, where the address has `-` for a key"),
        (status = 403, description = "The key is wrong, expired, revoked, or of another round"),
        (status = 404, description = "No such form in this round"),
        (status = 503, description = "Try again later"),
    ))]
pub(in super::super) async fn manifest(
    app: web::Data<App>,
    path: web::Path<OfForm>,
    request: HttpRequest,
) -> HttpResponse {
    let work = async {
        let (_, token) = the_form(&app, &request, &path).await?;
        let table = table_of(&app, token, &path.round).await?;
        let base = base_url(&request, &app.config, &path.key, &path.round);
        Ok(documents::manifest(&[MediaFile {
            file_name: "households.csv".to_owned(),
            md5: md5_hex(&table),
            download_url: format!("{base}/forms/{}/households.csv", path.sha256),
        }]))
    };
    match work.await {
        Ok(xml) => answer(&request, StatusCode::OK).insert_header((CONTENT_TYPE, XML)).body(xml),
        Err(error) => failure(&request, &error),
    }
}

/// The households assigned to the enumerator that may be visited.
#[utoipa::path(get, path = "/v1/key/{key}/projects/{round}/forms/{sha256}/households.csv", tag = "collect",
    params(("key" = String, Path, description = "The enumerator's token"), ("round" = String, Path, description = "Code of the round"),
        ("sha256" = String, Path, description = "SHA-256 of the published questionnaire")),
    responses(
        (status = 200, description = "name, label, area, visiting_order, role, visits, respondent, status, note", content_type = "text/csv"),
        (status = 304, description = "The one with this entity tag"),
        (status = 401, description = "Login or key in the header are wrong or missing, where the address has `-` for a key"),
        (status = 403, description = "The key is wrong, expired, revoked, or of another round"),
        (status = 404, description = "No such form in this round"),
        (status = 503, description = "Try again later"),
    ))]
pub(in super::super) async fn households(
    app: web::Data<App>,
    path: web::Path<OfForm>,
    request: HttpRequest,
) -> HttpResponse {
    let work = async {
        let (_, token) = the_form(&app, &request, &path).await?;
        table_of(&app, token, &path.round).await
    };
    match work.await {
        Ok(table) => tagged(&request, "text/csv; charset=utf-8", &md5_hex(&table), table),
        Err(error) => failure(&request, &error),
    }
}

async fn table_of(app: &web::Data<App>, token: AccessToken, round: &str) -> Result<Vec<u8>, ApiError> {
    // A token that belongs to nobody has no households of its own.
    let Some(account_id) = token.account_id else { return households_csv(&[]).map_err(ApiError::new) };
    let round = round.to_owned();
    let cases =
        in_store(app.clone(), move |store| store.read(|snapshot| read_cases(snapshot, &round, &account_id))).await?;
    let households: Vec<Household> = cases.into_iter().filter(|one| one.is_released).map(household).collect();
    households_csv(&households).map_err(ApiError::new)
}

fn household(case: CaseReply) -> Household {
    let name = |area: super::super::cases::AreaLevelReply| if area.name.is_empty() { area.code } else { area.name };
    Household {
        areas: case.area_path.into_iter().map(name).collect(),
        visiting_order: case.visiting_order,
        is_reserve: case.role == CaseRole::Reserve.as_str(),
        status: case.state.to_owned(),
        note: case.returned.map(|said| said.comment).or(case.rejected).unwrap_or_default(),
        dispositions: case.dispositions,
        respondent: case.respondent.as_ref().and_then(of_reply).unwrap_or_default(),
        case_id: case.case_id,
    }
}

fn of_reply(respondent: &RespondentReply) -> Option<String> {
    Some(whom_to_ask(RespondentRule::of_name(respondent.rule)?, respondent.number.and_then(RespondentNumber::new)))
}

/// By the number of eligible members, the number of the one to ask: nothing is left to choose at the door.
fn whom_to_ask(rule: RespondentRule, number: Option<RespondentNumber>) -> String {
    let of = |n_eligible: u32| match (rule, number) {
        (RespondentRule::Roster, Some(number)) => number.member(n_eligible),
        (RespondentRule::Kish, Some(number)) => Some(number.kish_table().selects(n_eligible)),
        _ => None,
    };
    let numbers: Vec<String> =
        (1..=MEMBERS_LISTED).filter_map(|n_eligible| Some(format!("{n_eligible}→{}", of(n_eligible)?))).collect();
    match rule {
        RespondentRule::NextBirthday => "người có ngày sinh nhật sắp tới gần nhất".to_owned(),
        RespondentRule::LastBirthday => "người có ngày sinh nhật vừa qua gần nhất".to_owned(),
        _ => numbers.join(" · "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_to_ask_is_what_the_draw_fixed() {
        let number = RespondentNumber::new(7).expect("a number");
        assert!(
            whom_to_ask(RespondentRule::Roster, Some(number)).starts_with("1→1 · 2→2 · 3→2 · 4→4 · 5→3 · 6→2 · 7→1")
        );
        assert!(whom_to_ask(RespondentRule::Kish, Some(number)).starts_with("1→1 · 2→"));
        assert_eq!(whom_to_ask(RespondentRule::Roster, None), "");
    }
}
