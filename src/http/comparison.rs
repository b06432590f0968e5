//! Two rounds side by side.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::{Caller, ReadableRound};
use super::error::{ApiError, ErrorReply};
use super::in_store;
use super::results::of_round;
use crate::app::App;
use crate::problem as catalogue;
use crate::results::RoundResults;
use crate::results::compare::{RoundComparison, compare, family_of};

/// Which rounds.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
pub(super) struct ComparisonQuery {
    /// Code of the earlier round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) with: Option<String>,
    /// The index by the part of its name that stays from year to year, such as `papi`; the first of the round, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) family: Option<String>,
}

/// The change of every score of an index.
#[derive(Serialize, ToSchema)]
struct ComparisonReply {
    /// Both rounds, their definitions, every score with its difference, interval, p value and p value after Holm.
    #[schema(value_type = Object)]
    comparison: RoundComparison,
}

/// What changed in an index since another round: differences with standard errors, intervals and p values after Holm. The rounds
/// count as independent samples; `n_shared_areas` says how many areas they share.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/comparison.json", tag = "results", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "Code of the later round"), ComparisonQuery),
    responses(
        (status = 200, body = ComparisonReply),
        (status = 400, description = "No other round is named", body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 409, description = "One of the rounds has no scores of this index", body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn comparison_json(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<ComparisonQuery>,
) -> Result<HttpResponse, ApiError> {
    let other = query.with.clone().filter(|other| !other.is_empty());
    let other = other.ok_or_else(|| ApiError::new(catalogue::request_invalid().expected("with=CODE")))?;
    let comparison = of_rounds(app, &caller, &round, &other, query.family.as_deref()).await?;
    Ok(HttpResponse::Ok().json(ComparisonReply { comparison }))
}

/// The comparison of a round with another that the caller may read as well.
pub(super) async fn of_rounds(
    app: web::Data<App>,
    caller: &Caller,
    round: &ReadableRound,
    other: &str,
    family: Option<&str>,
) -> Result<RoundComparison, ApiError> {
    let code = other.to_owned();
    let found = in_store(app.clone(), move |store| store.read(|snapshot| snapshot.find_round(&code))).await?;
    // Whether a round exists is nobody's business who may not read it.
    let earlier =
        found.filter(|found| caller.may_read(found)).ok_or_else(|| ApiError::new(catalogue::round_unknown(other)))?;
    let before = of_round(app.clone(), &ReadableRound(earlier)).await?;
    let after = of_round(app, round).await?;
    let family = family.filter(|family| !family.is_empty()).map_or_else(|| first_family(&after), str::to_owned);
    compare(&before, &after, &family)
        .map_err(|problems| ApiError::with_details(catalogue::scores_unavailable(), problems))
}

fn first_family(results: &Arc<RoundResults>) -> String {
    results.indexes.first().map(family_of).unwrap_or_default().to_owned()
}
