//! Whether the service lives, and whether it can take responses.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{ApiError, ErrorReply};
use super::in_store;
use crate::app::App;
use crate::problem as catalogue;
use crate::store::StoreError;

/// That it is well.
#[derive(Serialize, ToSchema)]
pub(super) struct HealthReply {
    /// `ok`.
    status: &'static str,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "server", responses((status = 200, body = HealthReply)))]
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(HealthReply { status: "ok" })
}

/// The database answers and takes writes.
#[utoipa::path(get, path = "/readyz", tag = "server", responses(
    (status = 200, body = HealthReply),
    (status = 503, description = "Nothing can be kept at present", body = ErrorReply),
))]
pub(super) async fn readyz(app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    if in_store(app, |store| Ok(store.is_ready())).await? {
        Ok(HttpResponse::Ok().json(HealthReply { status: "ok" }))
    } else {
        Err(ApiError::new(catalogue::from_store(&StoreError::Stopped)))
    }
}
