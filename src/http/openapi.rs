//! The OpenAPI document. Every address of the table is listed here; a test compares the two.

use actix_web::HttpResponse;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{
    assignments, cases, collect, comparison, contact_attempts, desk, devices, enumerators, error, estimates, exports,
    field, forms, health, plan, plan_files, progress, quality, receipt, replacements, responses, results, returned,
    reviews, rounds, sessions, weights,
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
        estimates::estimates_json,
        estimates::estimates_csv,
        comparison::comparison_json,
        weights::weights_json,
        exports::export,
        exports::odata_service,
        exports::odata_metadata,
        exports::odata_rows,
        enumerators::list,
        enumerators::add,
        enumerators::make_code,
        enumerators::devices,
        enumerators::revoke,
        assignments::list,
        assignments::post,
        reviews::list,
        reviews::post,
        quality::show,
        quality::show_csv,
        sessions::sign_in,
        sessions::show,
        sessions::sign_out,
        sessions::change_password,
        sessions::set_password,
        desk::sign_in::show,
        desk::sign_in::enter,
        desk::sign_in::leave,
        desk::sign_in::password_form,
        desk::sign_in::set_password,
        desk::home,
        desk::round,
        desk::analyst::index_page::show,
        desk::analyst::question_page::show,
        desk::analyst::cross_page::show,
        desk::analyst::compare_page::show,
        desk::analyst::weights_page::show,
        desk::analyst::data_page::show,
        desk::design_page::show,
        desk::field_page::show,
        desk::interviews_page::list,
        desk::interview_page::show,
        desk::interview_page::post,
        desk::assignment_page::show,
        desk::assignment_page::post,
        desk::reserves_page::show,
        desk::reserves_page::post,
        desk::devices_page::show,
        desk::devices_page::post,
        desk::plan_page::show,
        desk::plan_page::task,
        desk::plan_page::report,
        desk::quality_page::show,
        desk::asset,
        field::to_page,
        field::page,
        field::asset,
        field::screen,
        responses::get,
        responses::file,
        collect::form_list,
        collect::form,
        collect::manifest,
        collect::households,
        collect::head,
        collect::probe,
        collect::post,
        plan::targets,
        plan::tasks,
        plan::report_task,
        plan::official,
        plan_files::chart,
        plan_files::add_evidence,
        plan_files::evidence,
    ),
    components(schemas(error::ErrorReply, receipt::KeptReply)),
    modifiers(&WaysIn),
    tags(
        (name = "server", description = "Anybody, and those who watch over the server"),
        (name = "devices", description = "Enumerators' devices"),
        (name = "collect", description = "ODK Collect (OpenRosa): the token is in the address"),
        (name = "desk", description = "Coordinators and analysts; everybody, where a round is public"),
        (name = "field", description = "Those who lead the field: enumerators, devices, assignment, review"),
        (name = "people", description = "Signing in"),
        (name = "results", description = "Scores and figures; everybody, where a round is public"),
        (name = "plan", description = "Targets, tasks and published results"),
        (name = "pages", description = "Pages for people"),
    )
)]
struct Document;

struct WaysIn;

impl Modify for WaysIn {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("Made with `khaosat token add`; shown once, kept as SHA-256"))
            .build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        let cookie = ApiKeyValue::with_description(
            "khaosat",
            "Set by signing in (`__Host-khaosat` where the address is https); what changes something must also carry `X-CSRF-Token`",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
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
