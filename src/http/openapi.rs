//! The OpenAPI document. Every address of the table is listed here; a test compares the two.

use actix_web::HttpResponse;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{
    cases, contact_attempts, desk, devices, error, field, forms, health, plan, plan_files, progress, receipt, replacements,
    responses, results, returned, rounds,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "khaosat",
        description = "Household surveys from sampling frame to chart. Errors come in one shape (ErrorReply), in \
                       Vietnamese unless Accept-Language prefers English."
    ),
    paths(
        health::healthz,
        health::readyz,
        document,
        responses::put,
        contact_attempts::put,
        cases::list,
        returned::list,
        forms::list,
        forms::show,
        devices::state,
        devices::activate,
        rounds::list,
        rounds::show,
        rounds::sample_csv,
        rounds::sample_xlsx,
        replacements::list,
        replacements::post,
        progress::show,
        results::scores_json,
        results::scores_csv,
        results::chart,
        desk::home,
        desk::round,
        desk::asset,
        field::to_page,
        field::page,
        field::asset,
        field::screen,
        responses::get,
        plan::targets,
        plan::tasks,
        plan::report_task,
        plan::official,
        plan_files::chart,
        plan_files::add_evidence,
        plan_files::evidence,
    ),
    components(schemas(error::ErrorReply, receipt::KeptReply)),
    modifiers(&Bearer),
    tags(
        (name = "server", description = "Anybody, and those who watch over the server"),
        (name = "devices", description = "Enumerators' devices"),
        (name = "desk", description = "Coordinators and analysts; everybody, where a round is public"),
        (name = "results", description = "Scores and figures; everybody, where a round is public"),
        (name = "plan", description = "Targets, tasks and published results"),
        (name = "pages", description = "Pages for people"),
    )
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("Made with `khaosat token add`; shown once, kept as SHA-256"))
            .build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "server", responses(
    (status = 200, description = "OpenAPI", content_type = "application/json", body = serde_json::Value),
))]
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok().json(openapi())
}
