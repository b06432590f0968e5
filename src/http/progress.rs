//! How far a round has come, area by area.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::ReadableRound;
use super::cases::AreaLevelReply;
use super::error::{ApiError, ErrorReply};
use super::in_store;
use crate::app::App;
use crate::fieldwork::progress::{self, CountedCase, Counts, Happening, Progress};
use crate::review::counting_events;
use crate::store::{AreaLevel, Case, CaseEvent, CaseEventKind, CaseRole, StoreError};

/// How far a round has come.
#[derive(Serialize, ToSchema)]
pub(super) struct ProgressReply {
    /// Code of the round.
    round: String,
    /// All areas together.
    total: CountsReply,
    /// Each area, in the order of the sample list.
    areas: Vec<AreaProgressReply>,
    /// Responses and contact attempts at cases that are not in the sample.
    n_outside_sample: u64,
    /// Responses with a changed body that wait for the supervisor.
    n_conflicts: i64,
    /// Cases whose respondents took their answers back: counted as refusals, whatever came before.
    n_withdrawn: usize,
    /// Of these, cases that were erased at the respondent's request.
    n_erased: usize,
}

/// How far one area has come.
#[derive(Serialize, ToSchema)]
struct AreaProgressReply {
    /// The levels from the top; the last one is the area.
    area_path: Vec<AreaLevelReply>,
    /// Its counts.
    counts: CountsReply,
}

/// Cases, each counted once by its outcome so far.
#[derive(Serialize, ToSchema)]
struct CountsReply {
    /// Main cases of the sample.
    n_main: u64,
    /// Reserve cases of the sample.
    n_reserve: u64,
    /// Cases at which anything has happened; the outcomes below add up to it.
    n_asked: u64,
    /// Reserve cases at which anything has happened.
    n_reserves_used: u64,
    /// Complete interviews.
    n_complete: u64,
    /// Partial interviews.
    n_partial: u64,
    /// Refusals and break-offs.
    n_refusal: u64,
    /// Nobody reached.
    n_non_contact: u64,
    /// Eligible, no interview for another reason.
    n_other: u64,
    /// Eligibility unknown.
    n_unknown: u64,
    /// Not eligible.
    n_not_eligible: u64,
    /// An outcome code that is not in the list.
    n_unreadable: u64,
    /// Responses that carry at least one flag.
    n_flagged_responses: u64,
    /// Responses at cases that had one already.
    n_second_responses: u64,
}

impl From<&Counts> for CountsReply {
    fn from(counts: &Counts) -> Self {
        let Counts {
            n_main,
            n_reserve,
            n_asked,
            n_reserves_used,
            n_complete,
            n_partial,
            n_refusal,
            n_non_contact,
            n_other,
            n_unknown,
            n_not_eligible,
            n_unreadable,
            n_flagged_responses,
            n_second_responses,
        } = *counts;
        Self {
            n_main,
            n_reserve,
            n_asked,
            n_reserves_used,
            n_complete,
            n_partial,
            n_refusal,
            n_non_contact,
            n_other,
            n_unknown,
            n_not_eligible,
            n_unreadable,
            n_flagged_responses,
            n_second_responses,
        }
    }
}

/// How far a round has come, area by area.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/progress", tag = "desk", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, body = ProgressReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn show(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    let ReadableRound(round) = round;
    let code = round.code.clone();
    let (cases, events, n_conflicts, gone) = in_store(app, move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((
                snapshot.list_cases(&code)?,
                counting_events(snapshot, &code)?,
                snapshot.count_conflicts(&code)?,
                snapshot.list_gone_respondents(&code)?,
            ))
        })
    })
    .await?;
    let (areas, progress) = count_areas(&cases, &events);
    Ok(HttpResponse::Ok().json(ProgressReply {
        round: round.code,
        total: CountsReply::from(&progress.total),
        areas: areas
            .iter()
            .zip(&progress.areas)
            .map(|(path, counts)| AreaProgressReply {
                area_path: path.iter().map(AreaLevelReply::from).collect(),
                counts: counts.into(),
            })
            .collect(),
        n_outside_sample: progress.n_outside_sample,
        n_conflicts,
        n_withdrawn: gone.len(),
        n_erased: gone.iter().filter(|one| one.erased_at.is_some()).count(),
    }))
}

/// The areas of a round in the order of its sample list, and the counts of its cases.
pub(super) fn count_areas<'a>(
    cases: &'a [Case],
    events: impl IntoIterator<Item = &'a CaseEvent>,
) -> (Vec<&'a [AreaLevel]>, Progress) {
    let (areas, counted) = by_area(cases);
    let happenings: Vec<Happening<'_>> = events.into_iter().map(happening).collect();
    let progress = progress::count(areas.len(), &counted, &happenings);
    (areas, progress)
}

/// The areas in the order of the list, and each case with the number of its area.
fn by_area(cases: &[Case]) -> (Vec<&[AreaLevel]>, Vec<CountedCase<'_>>) {
    let mut areas: Vec<&[AreaLevel]> = Vec::new();
    let mut number_of = std::collections::BTreeMap::<Vec<&str>, usize>::new();
    let mut counted = Vec::with_capacity(cases.len());
    let mut before: Option<(&Arc<[AreaLevel]>, usize)> = None;
    for case in cases {
        let area = match before.filter(|(path, _)| Arc::ptr_eq(path, &case.area_path)) {
            Some((_, area)) => area,
            None => {
                // The whole path, for village codes may be given anew in each commune.
                let key: Vec<&str> = case.area_path.iter().map(|level| level.code.as_str()).collect();
                *number_of.entry(key).or_insert_with(|| {
                    areas.push(&case.area_path);
                    areas.len() - 1
                })
            }
        };
        before = Some((&case.area_path, area));
        counted.push(CountedCase { case_id: &case.case_id, area, is_reserve: case.role == CaseRole::Reserve });
    }
    (areas, counted)
}

fn happening(event: &CaseEvent) -> Happening<'_> {
    Happening {
        is_response: event.kind == CaseEventKind::Response,
        case_id: &event.case_id,
        disposition: &event.disposition,
        n_flags: event.n_flags,
    }
}
