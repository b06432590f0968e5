//! The OpenAPI document. Every address of the table is listed here; a test compares the two.

use actix_web::HttpResponse;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, ObjectBuilder, Ref, RefOr, ResponseBuilder, Type};
use utoipa::{Modify, OpenApi};

use super::auth::Who;

use super::{
    assignments, cases, central, collect, comparison, contact_attempts, desk, devices, enumerators, error, estimates,
    exports, field, forms, health, plan, plan_files, progress, public, quality, receipt, replacements, responses,
    results, returned, reviews, rounds, sessions, weight_versions, weights,
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
        weight_versions::list,
        weight_versions::keep,
        weight_versions::preview,
        weight_versions::pick,
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
        desk::analyst::margins_page::show,
        desk::analyst::margins_page::post,
        desk::analyst::data_page::show,
        desk::analyst::report_page::show,
        desk::analyst::report_page::post,
        desk::analyst::report_page::file,
        desk::analyst::sentences_page::show,
        desk::analyst::sentences_page::post,
        desk::design_page::show,
        desk::field_page::show,
        desk::interviews_page::list,
        desk::interview_page::show,
        desk::interview_page::post,
        desk::assignment_page::show,
        desk::assignment_page::post,
        desk::reserves_page::show,
        desk::reserves_page::post,
        desk::rights_page::show,
        desk::rights_page::post,
        desk::devices_page::show,
        desk::devices_page::post,
        desk::administration_page::show,
        desk::administration_page::people,
        desk::new_round::begin,
        desk::new_round::make,
        desk::new_round::show,
        desk::new_round::change,
        desk::questionnaire_page::show,
        desk::questionnaire_page::post,
        desk::closing_page::show,
        desk::closing_page::post,
        desk::publication_page::show,
        desk::publication_page::post,
        public::page,
        public::file,
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
        central::sign_in,
        central::sign_out,
        central::current,
        central::projects,
        central::project,
        central::list,
        central::show,
        central::xml,
        central::versions,
        central::fields,
        central::service,
        central::metadata,
        central::rows,
        central::submissions,
        central::submission,
        central::review,
        central::submission_xml,
        central::attachments,
        central::attachment,
        central::comments,
        central::comment,
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
    components(schemas(error::ErrorReply, receipt::KeptReply, central::CentralErrorReply)),
    modifiers(&WaysIn, &Refusals),
    tags(
        (name = "server", description = "Anybody, and those who watch over the server"),
        (name = "devices", description = "Enumerators' devices"),
        (name = "collect", description = "ODK Collect (OpenRosa): the token is in the address"),
        (name = "central", description = "Reading for programs written for ODK Central; failures have its shape"),
        (name = "desk", description = "Coordinators and analysts; everybody, where a round is public"),
        (name = "field", description = "Those who lead the field: enumerators, devices, assignment, review"),
        (name = "people", description = "Signing in"),
        (name = "results", description = "Scores and figures; everybody, where a round is public"),
        (name = "plan", description = "Targets, tasks and published results"),
        (name = "public", description = "Rounds that were published: the same for everybody"),
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

/// What every address may answer, whoever wrote it: the guard of the table refuses before a handler runs, and a request that cannot be
/// read never reaches it. Pages answer in HTML to a browser and in JSON to programs, ODK Collect
/// is answered in its own XML.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for entry in super::table() {
            let Some(item) = document.paths.paths.get_mut(entry.path) else { continue };
            let Some(operation) = operation(item, &entry.method) else { continue };
            let has_tag = |wanted: &str| operation.tags.iter().flatten().any(|tag| tag == wanted);
            let other = match (has_tag("pages"), has_tag("collect")) {
                (true, _) => Some("text/html"),
                (_, true) => Some("text/xml"),
                _ => None,
            };
            let is_central = has_tag("central");
            let is_read = operation.parameters.iter().flatten().next().is_none() && operation.request_body.is_none();
            let mut refusals =
                vec![("503", "Nothing can be read or kept just now"), ("507", "Nothing can be kept: the disk is full")];
            if !is_read || entry.method != actix_web::http::Method::GET {
                refusals.push(("400", "The request is not as it should be"));
            }
            if !matches!(entry.who, Who::Anyone) {
                refusals.push(("401", "Nobody who is known, or no longer"));
                refusals.push(("403", "Not for this role, or not of this round"));
            }
            for (status, description) in refusals {
                let known = &mut operation.responses.responses;
                known
                    .entry(status.to_owned())
                    .or_insert_with(|| ResponseBuilder::new().description(description).build().into());
            }
            for (status, response) in &mut operation.responses.responses {
                let RefOr::T(response) = response else { continue };
                if status.as_str() < "400" {
                    continue;
                }
                if response.content.is_empty() || other.is_some() {
                    let shape = if is_central { "CentralErrorReply" } else { "ErrorReply" };
                    let reply = Content::new(Some(Ref::from_schema_name(shape)));
                    response.content.entry("application/json".to_owned()).or_insert(RefOr::T(reply));
                }
                if let Some(other) = other {
                    let text = Content::new(Some(ObjectBuilder::new().schema_type(Type::String).build()));
                    response.content.entry(other.to_owned()).or_insert(RefOr::T(text));
                }
            }
        }
    }
}

fn operation<'item>(item: &'item mut PathItem, method: &actix_web::http::Method) -> Option<&'item mut Operation> {
    match method.as_str() {
        "GET" => item.get.as_mut(),
        "PUT" => item.put.as_mut(),
        "PATCH" => item.patch.as_mut(),
        "POST" => item.post.as_mut(),
        "DELETE" => item.delete.as_mut(),
        "HEAD" => item.head.as_mut(),
        _ => None,
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
