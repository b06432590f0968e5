//! Weights that meet margins, for programs: looked at, kept as versions, chosen for the results.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{Caller, ReadableRound};
use super::error::{ApiError, ErrorReply};
use super::estimates::invalid;
use super::{body, in_store};
use crate::analysis::calibration::Recipe;
use crate::app::App;
use crate::problem as catalogue;
use crate::results::ResultsError;
use crate::store::{StoreError, WeightsChoice, WeightsVersion};
use crate::weights::{Preview, choose, ground, save};

/// A recipe to be looked at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewBody {
    /// Form id; may be left out where the round has one questionnaire.
    questionnaire: Option<String>,
    /// Margins and how they are met.
    #[schema(value_type = Object)]
    recipe: serde_json::Value,
}

/// A recipe to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionBody {
    /// Form id; may be left out where the round has one questionnaire.
    questionnaire: Option<String>,
    /// What people call it.
    name: String,
    /// Margins and how they are met.
    #[schema(value_type = Object)]
    recipe: serde_json::Value,
    /// `weights_sha256` of the preview; with other data nothing is kept.
    seen: Option<String>,
}

/// Which weights the results are to use.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChoiceBody {
    /// Form id; may be left out where the round has one questionnaire.
    questionnaire: Option<String>,
    /// Number of the version; null: the design weights.
    version: Option<i64>,
    /// Why.
    reason: String,
}

/// A version that was kept, with what it does.
#[derive(Serialize, ToSchema)]
struct KeptReply {
    /// Its number.
    version: i64,
    #[schema(value_type = Object)]
    preview: Preview,
}

/// A version.
#[derive(Serialize, ToSchema)]
struct VersionReply {
    form_id: String,
    version: i64,
    name: String,
    recipe_sha256: String,
    /// SHA-256 of the weights that it gave when it was kept.
    weights_sha256: String,
    n_interviews: i64,
    made_by: String,
    made_at: String,
    /// Whether the results use it.
    is_used: bool,
    #[schema(value_type = Object)]
    recipe: serde_json::Value,
}

/// A choice.
#[derive(Serialize, ToSchema)]
struct ChoiceReply {
    form_id: String,
    /// The version; null: the design weights.
    version: Option<i64>,
    reason: String,
    chosen_by: String,
    chosen_at: String,
}

/// Versions and choices, the newest first.
#[derive(Serialize, ToSchema)]
struct VersionsReply {
    versions: Vec<VersionReply>,
    choices: Vec<ChoiceReply>,
}

/// What a recipe would do to weights and scores: margins before and after, iterations, spread. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/rounds/{code}/weights/preview", tag = "results", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")), request_body = PreviewBody,
    responses(
        (status = 200, body = Object),
        (status = 400, description = "Margins that cannot be met, by margin and category", body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply), (status = 503, body = ErrorReply),
    ))]
pub(super) async fn preview(
    app: web::Data<App>,
    round: ReadableRound,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let PreviewBody { questionnaire, recipe } = read(&app, &request, payload).await?;
    let recipe = recipe_of(&recipe)?;
    let code = round.0.code;
    let preview = done(move || {
        let found = ground(&app.store, &app.results, &code, questionnaire.as_deref()).map_err(failed)?;
        found.ok_or_else(|| ApiError::new(catalogue::round_unknown(&code)))?.preview(&recipe, "").map_err(invalid)
    });
    Ok(HttpResponse::Ok().json(preview.await?))
}

/// Keeps a recipe as a version of the round's weights. Results use it only when it is chosen.
#[utoipa::path(post, path = "/api/v1/rounds/{code}/weights/versions", tag = "results", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")), request_body = VersionBody,
    responses(
        (status = 201, description = "Kept, and on the disk", body = KeptReply),
        (status = 400, description = "Margins that cannot be met, a name that is taken, data that changed", body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply), (status = 503, body = ErrorReply),
    ))]
pub(super) async fn keep(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let VersionBody { questionnaire, name, recipe, seen } = read(&app, &request, payload).await?;
    let recipe = recipe_of(&recipe)?;
    let (actor, code) = (caller.actor()?, round.0.code);
    let kept = done(move || {
        let of = (questionnaire.as_deref(), name.as_str());
        let kept = save((&app.store, &app.results), &actor, &code, of, &recipe, seen.as_deref()).map_err(failed)?;
        kept.ok_or_else(|| ApiError::new(catalogue::round_unknown(&code)))
    });
    let (version, preview) = kept.await?;
    Ok(HttpResponse::Created().json(KeptReply { version, preview }))
}

/// Chooses the weights that results, figures, exports and reports use from now on.
#[utoipa::path(post, path = "/api/v1/rounds/{code}/weights/choice", tag = "results", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")), request_body = ChoiceBody,
    responses(
        (status = 204, description = "Chosen"),
        (status = 400, description = "No such version, or it cannot be applied to the data as they are", body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply), (status = 503, body = ErrorReply),
    ))]
pub(super) async fn pick(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let ChoiceBody { questionnaire, version, reason } = read(&app, &request, payload).await?;
    let (actor, code) = (caller.actor()?, round.0.code);
    done(move || {
        let chosen = choose((&app.store, &app.results), &actor, &code, questionnaire.as_deref(), version, &reason)
            .map_err(failed)?;
        chosen.ok_or_else(|| ApiError::new(catalogue::round_unknown(&code)))
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The versions of a round's weights, which of them the results use, and who chose what.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/weights/versions", tag = "results", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, body = VersionsReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply), (status = 503, body = ErrorReply),
    ))]
pub(super) async fn list(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    let (versions, choices) = kept(app, &round.0.code).await?;
    let is_used = |version: &WeightsVersion| in_use(&choices, &version.form_id) == Some(version.version_no);
    let versions = versions.iter().map(|one| VersionReply {
        form_id: one.form_id.clone(),
        version: one.version_no,
        name: one.name.clone(),
        recipe_sha256: one.recipe_sha256.clone(),
        weights_sha256: one.weights_sha256.clone(),
        n_interviews: one.n_interviews,
        made_by: one.made_by.clone(),
        made_at: one.made_at.clone(),
        is_used: is_used(one),
        recipe: serde_json::from_str(&one.recipe).unwrap_or_default(),
    });
    let versions = versions.collect();
    let choices = choices.into_iter().map(|one| ChoiceReply {
        form_id: one.form_id,
        version: one.version_no,
        reason: one.reason,
        chosen_by: one.chosen_by,
        chosen_at: one.chosen_at,
    });
    Ok(HttpResponse::Ok().json(VersionsReply { versions, choices: choices.collect() }))
}

/// Versions and choices of a round.
pub(super) async fn kept(
    app: web::Data<App>,
    code: &str,
) -> Result<(Vec<WeightsVersion>, Vec<WeightsChoice>), ApiError> {
    let code = code.to_owned();
    in_store(app, move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((snapshot.list_weights_versions(&code)?, snapshot.list_weights_choices(&code)?))
        })
    })
    .await
}

/// The version that the results of a questionnaire use; `None`: the design weights. Choices the newest first.
pub(super) fn in_use(choices: &[WeightsChoice], form_id: &str) -> Option<i64> {
    choices.iter().find(|one| one.form_id == form_id)?.version_no
}

async fn read<T: for<'de> Deserialize<'de>>(
    app: &web::Data<App>,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<T, ApiError> {
    let bytes = body::read(request, payload, &app.config).await?;
    serde_json::from_slice(&bytes).map_err(|error| ApiError::new(catalogue::body_not_json(&error.to_string())))
}

fn recipe_of(document: &serde_json::Value) -> Result<Recipe, ApiError> {
    Recipe::from_json(&document.to_string()).map_err(invalid)
}

/// Why weights could not be looked at or kept: the fault of what was asked, or of the database.
pub(super) fn failed(error: ResultsError) -> ApiError {
    match error {
        ResultsError::Store(error) => error.into(),
        ResultsError::Data(problems) => invalid(problems),
    }
}

/// Runs blocking work away from the threads that serve.
pub(super) async fn done<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    web::block(work).await.map_err(|_cancelled| ApiError::new(catalogue::internal()))?
}
