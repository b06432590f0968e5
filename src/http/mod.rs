//! The only room that speaks HTTP. Every address is in `table`, grouped by who calls it.
//!
//! ```text
//! auth     who may do what           error    how failures are told
//! body     bodies with limits        receipt  what a sender may rely on
//! headers  what every reply carries  openapi  the document of all this
//! server   start and stop            tls      metrics  health  responses  contact_attempts  cases  rounds  replacements  progress  quality  results
//! collect  ODK Collect             central  what programs of ODK Central read
//! handed_in what came in a file instead
//! public   what anybody may see of a published round
//! doors    the readers of this room, for those who mangle bytes
//! field    the phones' client         desk  pages for people          plan (targets, tasks, published results): one file a resource
//! ```
//!
//! A handler reads as the sentence of the act; work that blocks runs in `in_store`. A new address is a line in
//! `table` and a line in `openapi.rs`; a test fails when one of the two is missing.

mod assignments;
mod auth;
mod body;
mod cases;
mod central;
mod client_address;
mod collect;
mod comparison;
mod contact_attempts;
mod cookie;
mod desk;
mod devices;
pub(crate) mod doors;
mod enumerators;
mod error;
mod estimates;
mod exports;
mod field;
mod forgery;
mod forms;
mod guessing;
mod handed_in;
mod headers;
mod health;
mod lean;
#[cfg(test)]
mod matrix;
mod metrics;
mod multipart;
mod openapi;
mod plan;
mod plan_files;
mod progress;
mod public;
mod quality;
mod receipt;
mod repeated_keys;
mod replacements;
mod responses;
mod results;
mod returned;
mod reviews;
mod round_asked;
mod rounds;
mod server;
mod sessions;
mod tls;
mod weight_versions;
mod weights;

use std::collections::BTreeMap;

use actix_web::http::Method;
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::{Route, web};

pub use handed_in::{HandedIn, HandedInKind, keep_all};
pub use server::{Listeners, Server, StopOn, serve, serve_on};
pub use tls::Certificates;

use auth::{
    ADMINISTRATION, ANALYSTS, EXPORTERS, FIELD_LEADERS, FIELD_READERS, PLAN_READERS, PLAN_WRITERS, READERS,
    RELEASE_READERS, RELEASERS, RESPONSE_READERS, REVIEW_READERS, REVIEWERS, ROUND_MAKERS, ROUND_READERS, SENDERS,
    SENTENCE_READERS, WHOLE_READERS, Who, admit,
};
use error::ApiError;

use crate::app::App;
use crate::problem as catalogue;
use crate::store::{Store, StoreError};

/// One address: how it is called, by whom, and what answers.
struct Entry {
    method: Method,
    path: &'static str,
    who: Who,
    route: fn() -> Route,
}

/// Every address of the service.
fn table() -> Vec<Entry> {
    vec![
        // Anybody, and those who watch over the server
        get("/healthz", Who::Anyone, || web::to(health::healthz)),
        get("/readyz", Who::Anyone, || web::to(health::readyz)),
        get("/api/v1/openapi.json", Who::Anyone, || web::to(openapi::document)),
        // Enumerators' devices
        put("/api/v1/responses/{uuid}", SENDERS, || web::to(responses::put)),
        put("/api/v1/contact-attempts/{uuid}", SENDERS, || web::to(contact_attempts::put)),
        get("/api/v1/cases", SENDERS, || web::to(cases::list)),
        // ODK Collect: the key is in the address, and each handler looks at it first
        get("/v1/key/{key}/projects/{round}/formList", Who::Anyone, || web::to(collect::form_list)),
        get("/v1/key/{key}/projects/{round}/forms/{sha256}.xml", Who::Anyone, || web::to(collect::form)),
        get("/v1/key/{key}/projects/{round}/forms/{sha256}/manifest", Who::Anyone, || web::to(collect::manifest)),
        get("/v1/key/{key}/projects/{round}/forms/{sha256}/households.csv", Who::Anyone, || {
            web::to(collect::households)
        }),
        head("/v1/key/{key}/projects/{round}/submission", Who::Anyone, || web::to(collect::head)),
        get("/v1/key/{key}/projects/{round}/submission", Who::Anyone, || web::to(collect::probe)),
        post("/v1/key/{key}/projects/{round}/submission", Who::Anyone, || web::to(collect::post)),
        get("/api/v1/returned", SENDERS, || web::to(returned::list)),
        get("/api/v1/forms", SENDERS, || web::to(forms::list)),
        get("/api/v1/forms/{sha256}", SENDERS, || web::to(forms::show)),
        post("/api/v1/device/state", SENDERS, || web::to(devices::state)),
        post("/api/v1/activation", Who::Anyone, || web::to(devices::activate)),
        // Programs of ODK Central: the same guards, no cookies, failures in Central's shape
        post("/v1/sessions", Who::Anyone, || web::to(central::sign_in)),
        delete("/v1/sessions/current", Who::SignedIn, || web::to(central::sign_out)),
        get("/v1/users/current", READERS, || web::to(central::current)),
        get("/v1/projects", READERS, || web::to(central::projects)),
        get("/v1/projects/{project}", RELEASE_READERS, || web::to(central::project)),
        get("/v1/projects/{project}/forms", RELEASE_READERS, || web::to(central::list)),
        get("/v1/projects/{project}/forms/{form}", RELEASE_READERS, || web::to(central::show)),
        get("/v1/projects/{project}/forms/{form}.xml", RELEASE_READERS, || web::to(central::xml)),
        get("/v1/projects/{project}/forms/{form}/versions", RELEASE_READERS, || web::to(central::versions)),
        get("/v1/projects/{project}/forms/{form}/fields", RELEASE_READERS, || web::to(central::fields)),
        get("/v1/projects/{project}/forms/{form}.svc", EXPORTERS, || web::to(central::service)),
        get("/v1/projects/{project}/forms/{form}.svc/$metadata", EXPORTERS, || web::to(central::metadata)),
        get("/v1/projects/{project}/forms/{form}.svc/{table}", EXPORTERS, || web::to(central::rows)),
        get("/v1/projects/{project}/forms/{form}/submissions", REVIEW_READERS, || web::to(central::submissions)),
        get("/v1/projects/{project}/forms/{form}/submissions/{instance}", REVIEW_READERS, || {
            web::to(central::submission)
        }),
        patch("/v1/projects/{project}/forms/{form}/submissions/{instance}", REVIEWERS, || web::to(central::review)),
        get("/v1/projects/{project}/forms/{form}/submissions/{instance}.xml", WHOLE_READERS, || {
            web::to(central::submission_xml)
        }),
        get("/v1/projects/{project}/forms/{form}/submissions/{instance}/attachments", WHOLE_READERS, || {
            web::to(central::attachments)
        }),
        get("/v1/projects/{project}/forms/{form}/submissions/{instance}/attachments/{file}", WHOLE_READERS, || {
            web::to(central::attachment)
        }),
        get("/v1/projects/{project}/forms/{form}/submissions/{instance}/comments", REVIEW_READERS, || {
            web::to(central::comments)
        }),
        post("/v1/projects/{project}/forms/{form}/submissions/{instance}/comments", REVIEWERS, || {
            web::to(central::comment)
        }),
        // Coordinators and analysts; everybody, where a round is public
        get("/api/v1/rounds", Who::AnyoneOrKnown, || web::to(rounds::list)),
        get("/api/v1/rounds/{code}", ROUND_READERS, || web::to(rounds::show)),
        get("/api/v1/rounds/{code}/sample.csv", ROUND_READERS, || web::to(rounds::sample_csv)),
        get("/api/v1/rounds/{code}/sample.xlsx", ROUND_READERS, || web::to(rounds::sample_xlsx)),
        get("/api/v1/rounds/{code}/progress", ROUND_READERS, || web::to(progress::show)),
        get("/api/v1/rounds/{code}/scores.json", ROUND_READERS, || web::to(results::scores_json)),
        get("/api/v1/rounds/{code}/scores.csv", ROUND_READERS, || web::to(results::scores_csv)),
        get("/api/v1/rounds/{code}/charts/{file}", ROUND_READERS, || web::to(results::chart)),
        get("/api/v1/rounds/{code}/comparison.json", ROUND_READERS, || web::to(comparison::comparison_json)),
        // Coordinators and analysts only, also where a round is public
        get("/api/v1/rounds/{code}/estimates.json", ANALYSTS, || web::to(estimates::estimates_json)),
        get("/api/v1/rounds/{code}/estimates.csv", ANALYSTS, || web::to(estimates::estimates_csv)),
        get("/api/v1/rounds/{code}/weights.json", ANALYSTS, || web::to(weights::weights_json)),
        get("/api/v1/rounds/{code}/weights/versions", ANALYSTS, || web::to(weight_versions::list)),
        post("/api/v1/rounds/{code}/weights/versions", EXPORTERS, || web::to(weight_versions::keep)),
        post("/api/v1/rounds/{code}/weights/preview", ANALYSTS, || web::to(weight_versions::preview)),
        post("/api/v1/rounds/{code}/weights/choice", EXPORTERS, || web::to(weight_versions::pick)),
        get("/api/v1/rounds/{code}/export", EXPORTERS, || web::to(exports::export)),
        get("/api/v1/rounds/{code}/odata/", EXPORTERS, || web::to(exports::odata_service)),
        get("/api/v1/rounds/{code}/odata/$metadata", EXPORTERS, || web::to(exports::odata_metadata)),
        get("/api/v1/rounds/{code}/odata/{set}", EXPORTERS, || web::to(exports::odata_rows)),
        get("/api/v1/rounds/{code}/replacements", RELEASE_READERS, || web::to(replacements::list)),
        post("/api/v1/rounds/{code}/replacements", RELEASERS, || web::to(replacements::post)),
        get("/api/v1/responses/{uuid}", RESPONSE_READERS, || web::to(responses::get)),
        get("/api/v1/responses/{uuid}/files/{name}", RESPONSE_READERS, || web::to(responses::file)),
        // Those who lead the field
        get("/api/v1/rounds/{code}/enumerators", FIELD_READERS, || web::to(enumerators::list)),
        post("/api/v1/rounds/{code}/enumerators", FIELD_LEADERS, || web::to(enumerators::add)),
        post("/api/v1/rounds/{code}/activation-codes", FIELD_LEADERS, || web::to(enumerators::make_code)),
        get("/api/v1/rounds/{code}/devices", FIELD_READERS, || web::to(enumerators::devices)),
        post("/api/v1/rounds/{code}/devices/{device}/revocation", FIELD_LEADERS, || web::to(enumerators::revoke)),
        get("/api/v1/rounds/{code}/assignments", FIELD_READERS, || web::to(assignments::list)),
        post("/api/v1/rounds/{code}/assignments", FIELD_LEADERS, || web::to(assignments::post)),
        get("/api/v1/rounds/{code}/reviews", REVIEW_READERS, || web::to(reviews::list)),
        post("/api/v1/rounds/{code}/reviews", REVIEWERS, || web::to(reviews::post)),
        get("/api/v1/rounds/{code}/quality", REVIEW_READERS, || web::to(quality::show)),
        get("/api/v1/rounds/{code}/quality.csv", REVIEW_READERS, || web::to(quality::show_csv)),
        // Signing in
        post("/api/v1/session", Who::Anyone, || web::to(sessions::sign_in)),
        get("/api/v1/session", Who::SignedIn, || web::to(sessions::show)),
        delete("/api/v1/session", Who::SignedIn, || web::to(sessions::sign_out)),
        post("/api/v1/session/password", Who::SignedIn, || web::to(sessions::change_password)),
        post("/api/v1/password", Who::Anyone, || web::to(sessions::set_password)),
        // The plan
        get("/api/v1/plan/targets", PLAN_READERS, || web::to(plan::targets)),
        get("/api/v1/plan/tasks", PLAN_READERS, || web::to(plan::tasks)),
        post("/api/v1/plan/tasks/{no}/reports", PLAN_WRITERS, || web::to(plan::report_task)),
        get("/api/v1/plan/official", PLAN_READERS, || web::to(plan::official)),
        get("/api/v1/plan/charts/{file}", PLAN_READERS, || web::to(plan_files::chart)),
        post("/api/v1/plan/reports/{report}/evidence", PLAN_WRITERS, || web::to(plan_files::add_evidence)),
        get("/api/v1/plan/reports/{report}/evidence/{number}", PLAN_READERS, || web::to(plan_files::evidence)),
        // People
        get("/", Who::AnyoneOrKnown, || web::to(desk::home)),
        get("/rounds/{code}", ROUND_READERS, || web::to(desk::round)),
        get("/rounds/{code}/index", ROUND_READERS, || web::to(desk::analyst::index_page::show)),
        get("/rounds/{code}/question", ANALYSTS, || web::to(desk::analyst::question_page::show)),
        get("/rounds/{code}/cross-table", ANALYSTS, || web::to(desk::analyst::cross_page::show)),
        get("/rounds/{code}/comparison", ANALYSTS, || web::to(desk::analyst::compare_page::show)),
        get("/rounds/{code}/weights", ANALYSTS, || web::to(desk::analyst::weights_page::show)),
        get("/rounds/{code}/weights/margins", ANALYSTS, || web::to(desk::analyst::margins_page::show)),
        post("/rounds/{code}/weights/margins", EXPORTERS, || web::to(desk::analyst::margins_page::post)),
        get("/rounds/{code}/data", EXPORTERS, || web::to(desk::analyst::data_page::show)),
        get("/rounds/{code}/report", ANALYSTS, || web::to(desk::analyst::report_page::show)),
        post("/rounds/{code}/report", EXPORTERS, || web::to(desk::analyst::report_page::post)),
        get("/rounds/{code}/report/{file}", ANALYSTS, || web::to(desk::analyst::report_page::file)),
        get("/sentences", SENTENCE_READERS, || web::to(desk::analyst::sentences_page::show)),
        post("/sentences", SENTENCE_READERS, || web::to(desk::analyst::sentences_page::post)),
        get("/rounds/{code}/design", RELEASE_READERS, || web::to(desk::design_page::show)),
        get("/rounds/{code}/field", FIELD_READERS, || web::to(desk::field_page::show)),
        get("/rounds/{code}/interviews", REVIEW_READERS, || web::to(desk::interviews_page::list)),
        get("/rounds/{code}/interviews/{uuid}", WHOLE_READERS, || web::to(desk::interview_page::show)),
        post("/rounds/{code}/interviews/{uuid}", REVIEWERS, || web::to(desk::interview_page::post)),
        get("/rounds/{code}/assignment", FIELD_READERS, || web::to(desk::assignment_page::show)),
        post("/rounds/{code}/assignment", FIELD_LEADERS, || web::to(desk::assignment_page::post)),
        get("/rounds/{code}/reserves", RELEASE_READERS, || web::to(desk::reserves_page::show)),
        post("/rounds/{code}/reserves", RELEASERS, || web::to(desk::reserves_page::post)),
        get("/rounds/{code}/rights", FIELD_LEADERS, || web::to(desk::rights_page::show)),
        post("/rounds/{code}/rights", FIELD_LEADERS, || web::to(desk::rights_page::post)),
        get("/rounds/{code}/devices", FIELD_READERS, || web::to(desk::devices_page::show)),
        post("/rounds/{code}/devices", FIELD_LEADERS, || web::to(desk::devices_page::post)),
        get("/plan", PLAN_READERS, || web::to(desk::plan_page::show)),
        get("/plan/tasks/{no}", PLAN_READERS, || web::to(desk::plan_page::task)),
        post("/plan/tasks/{no}", PLAN_WRITERS, || web::to(desk::plan_page::report)),
        get("/rounds/{code}/quality", REVIEW_READERS, || web::to(desk::quality_page::show)),
        get("/static/{file}", Who::Anyone, || web::to(desk::asset)),
        get("/sign-in", Who::AnyoneOrKnown, || web::to(desk::sign_in::show)),
        post("/sign-in", Who::Anyone, || web::to(desk::sign_in::enter)),
        post("/sign-out", Who::SignedIn, || web::to(desk::sign_in::leave)),
        get("/set-password", Who::Anyone, || web::to(desk::sign_in::password_form)),
        post("/set-password", Who::Anyone, || web::to(desk::sign_in::set_password)),
        get("/new-round", ROUND_MAKERS, || web::to(desk::new_round::begin)),
        post("/new-round", ROUND_MAKERS, || web::to(desk::new_round::make)),
        get("/new-round/{draft}", ROUND_MAKERS, || web::to(desk::new_round::show)),
        post("/new-round/{draft}", ROUND_MAKERS, || web::to(desk::new_round::change)),
        get("/rounds/{code}/questionnaire", RELEASE_READERS, || web::to(desk::questionnaire_page::show)),
        post("/rounds/{code}/questionnaire", FIELD_LEADERS, || web::to(desk::questionnaire_page::post)),
        get("/rounds/{code}/closing", RELEASE_READERS, || web::to(desk::closing_page::show)),
        post("/rounds/{code}/closing", FIELD_LEADERS, || web::to(desk::closing_page::post)),
        get("/rounds/{code}/publication", ANALYSTS, || web::to(desk::publication_page::show)),
        post("/rounds/{code}/publication", FIELD_LEADERS, || web::to(desk::publication_page::post)),
        get("/administration", ADMINISTRATION, || web::to(desk::administration_page::show)),
        get("/administration/people", ADMINISTRATION, || web::to(desk::administration_page::people)),
        // The public
        get("/public/{round}", Who::Anyone, || web::to(public::page)),
        get("/public/{round}/{file}", Who::Anyone, || web::to(public::file)),
        // The client of the enumerators' phones
        get("/field", Who::Anyone, || web::to(field::to_page)),
        get("/field/", Who::Anyone, || web::to(field::page)),
        get("/field/{file}", Who::Anyone, || web::to(field::asset)),
        get("/field/screens/{file}", Who::Anyone, || web::to(field::screen)),
    ]
}

fn get(path: &'static str, who: Who, route: fn() -> Route) -> Entry {
    Entry { method: Method::GET, path, who, route }
}

fn head(path: &'static str, who: Who, route: fn() -> Route) -> Entry {
    Entry { method: Method::HEAD, path, who, route }
}

fn post(path: &'static str, who: Who, route: fn() -> Route) -> Entry {
    Entry { method: Method::POST, path, who, route }
}

fn patch(path: &'static str, who: Who, route: fn() -> Route) -> Entry {
    Entry { method: Method::PATCH, path, who, route }
}

fn delete(path: &'static str, who: Who, route: fn() -> Route) -> Entry {
    Entry { method: Method::DELETE, path, who, route }
}

fn put(path: &'static str, who: Who, route: fn() -> Route) -> Entry {
    Entry { method: Method::PUT, path, who, route }
}

/// Registers the table. Each route stands behind its own guard, so none can be forgotten.
fn configure(config: &mut web::ServiceConfig) {
    let mut by_path: BTreeMap<&'static str, Vec<Entry>> = BTreeMap::new();
    for entry in table() {
        by_path.entry(entry.path).or_default().push(entry);
    }
    // The first address that fits answers: `{form}.xml` goes before `{form}`, which would fit as well.
    let mut by_path: Vec<(&'static str, Vec<Entry>)> = by_path.into_iter().collect();
    by_path.sort_by_key(|(path, _)| std::cmp::Reverse(n_fixed(path)));
    for (path, entries) in by_path {
        let mut resource = web::resource(path);
        let methods: Vec<&str> = entries.iter().map(|entry| entry.method.as_str()).collect();
        let allowed = methods.join(", ");
        for Entry { method, who, route, .. } in entries {
            let route = route().method(method).wrap(from_fn(move |request, next| admit(who, request, next)));
            // What people look at travels small; what programs agreed on byte for byte stays as it is.
            let is_page = !["/api/", "/v1/"].iter().any(|start| path.starts_with(start));
            resource = resource.route(route.wrap(Condition::new(is_page, Compress::default())));
        }
        config.service(resource.default_service(web::to(move || method_unknown(allowed.clone()))));
    }
    config.default_service(web::to(route_unknown));
}

/// How many characters of an address are not in braces.
fn n_fixed(path: &str) -> usize {
    path.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest).len()).sum()
}

async fn method_unknown(allowed: String) -> Result<&'static str, ApiError> {
    Err(ApiError::method_unknown(allowed))
}

async fn route_unknown() -> Result<&'static str, ApiError> {
    Err(ApiError::new(catalogue::route_unknown()))
}

/// Asks the store and what is kept of it in memory, on a thread where waiting is allowed.
async fn in_app<T: Send + 'static>(
    app: web::Data<App>,
    work: impl FnOnce(&App) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    match web::block(move || work(&app)).await {
        Ok(result) => Ok(result?),
        Err(_cancelled) => Err(ApiError::new(catalogue::internal())),
    }
}

/// Runs blocking work on the threads that are there for it.
async fn in_store<T: Send + 'static>(
    app: web::Data<App>,
    work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    match web::block(move || work(&app.store)).await {
        Ok(result) => Ok(result?),
        Err(_cancelled) => Err(ApiError::new(catalogue::internal())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_address_is_in_the_document_and_the_document_has_no_other() {
        let registered: BTreeSet<(String, String)> = table()
            .into_iter()
            .map(|entry| (entry.path.to_owned(), entry.method.as_str().to_ascii_lowercase()))
            .collect();
        assert_eq!(registered.len(), table().len(), "an address is registered twice");
        let document = serde_json::to_value(openapi::openapi()).expect("JSON");
        let documented: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .expect("paths")
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().expect("methods");
                methods.keys().map(|method| (path.clone(), method.clone())).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(registered, documented);
    }

    #[test]
    fn an_address_with_a_round_is_guarded_by_the_round() {
        for entry in table() {
            let by_round = matches!(entry.who, Who::RoundReaders(_) | Who::RoundRoles(_));
            let names_round = entry.path.contains("{code}") || entry.path.contains("{project}");
            assert_eq!(names_round, by_round, "{}", entry.path);
        }
    }
}
