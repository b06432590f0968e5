//! Every address × every kind of caller. The addresses come from the service's own document, so that a new one cannot be
//! left out: it would have no line in the table of what is allowed.

use khaosat::store::Role;

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, TestService, new_round, response_body, uuid};

/// Who is let in. Tokens: anonymous; enumerator, coordinator, analyst, administrator of this round; the same roles of another
/// round. People: enumerator, coordinator, supervisor, analyst, auditor, administrator of this round; the supervisor of another
/// round; the administrator of all rounds. `Y` let in, `n` refused with 401 or 403.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("get", "/healthz", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/readyz", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/api/v1/openapi.json", "Y YYYY YYYY YYYYYY Y Y"),
    ("put", "/api/v1/responses/{uuid}", "n YYnY nnnn nnnnnn n n"),
    ("put", "/api/v1/contact-attempts/{uuid}", "n YYnY nnnn nnnnnn n n"),
    ("get", "/api/v1/cases", "n YYnY YYnY nnnnnn n n"),
    ("get", "/api/v1/rounds", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/api/v1/rounds/{code}", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/api/v1/rounds/{code}/sample.csv", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/api/v1/rounds/{code}/sample.xlsx", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/api/v1/rounds/{code}/progress", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/api/v1/rounds/{code}/scores.json", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/api/v1/rounds/{code}/scores.csv", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/api/v1/rounds/{code}/charts/{file}", "n nYYY nnnn nYYYYY n Y"),
    // Interviews leave the house by these roles only; the template's set is no set.
    ("get", "/api/v1/rounds/{code}/comparison.json", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/api/v1/rounds/{code}/estimates.json", "n nYYY nnnn nYnYYY n Y"),
    ("get", "/api/v1/rounds/{code}/estimates.csv", "n nYYY nnnn nYnYYY n Y"),
    ("get", "/api/v1/rounds/{code}/weights.json", "n nYYY nnnn nYnYYY n Y"),
    ("get", "/api/v1/rounds/{code}/weights/versions", "n nYYY nnnn nYnYYY n Y"),
    ("post", "/api/v1/rounds/{code}/weights/versions", "n nYYY nnnn nYnYnY n Y"),
    ("post", "/api/v1/rounds/{code}/weights/preview", "n nYYY nnnn nYnYYY n Y"),
    ("post", "/api/v1/rounds/{code}/weights/choice", "n nYYY nnnn nYnYnY n Y"),
    ("get", "/rounds/{code}/weights/margins", "n nYYY nnnn nYnYYY n Y"),
    ("post", "/rounds/{code}/weights/margins", "n nYYY nnnn nYnYnY n Y"),
    // The house as a whole: those who look after all rounds.
    ("get", "/administration", "n nnnn nnnn nnnnnn n Y"),
    ("get", "/administration/people", "n nnnn nnnn nnnnnn n Y"),
    ("get", "/rounds/{code}/index", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/rounds/{code}/question", "n nYYY nnnn nYnYYY n Y"),
    ("get", "/rounds/{code}/cross-table", "n nYYY nnnn nYnYYY n Y"),
    ("get", "/rounds/{code}/comparison", "n nYYY nnnn nYnYYY n Y"),
    ("get", "/rounds/{code}/weights", "n nYYY nnnn nYnYYY n Y"),
    ("get", "/rounds/{code}/data", "n nYYY nnnn nYnYnY n Y"),
    ("get", "/rounds/{code}/report", "n nYYY nnnn nYnYYY n Y"),
    ("post", "/rounds/{code}/report", "n nYYY nnnn nYnYnY n Y"),
    ("get", "/rounds/{code}/report/{file}", "n nYYY nnnn nYnYYY n Y"),
    ("get", "/sentences", "n nYYY nYYY nYnYYY n Y"),
    // The office's templates belong to no round; the handler refuses who works in one only.
    ("post", "/sentences", "n nnnn nnnn nnnnnn n Y"),
    ("get", "/rounds/{code}/design", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/api/v1/rounds/{code}/export", "n nYYY nnnn nYnYnY n Y"),
    ("get", "/api/v1/rounds/{code}/odata/", "n nYYY nnnn nYnYnY n Y"),
    ("get", "/api/v1/rounds/{code}/odata/$metadata", "n nYYY nnnn nYnYnY n Y"),
    ("get", "/api/v1/rounds/{code}/odata/{set}", "n nYYY nnnn nYnYnY n Y"),
    ("get", "/api/v1/responses/{uuid}", "n nYnY nYnY nYYnYY Y Y"),
    ("get", "/api/v1/rounds/{code}/replacements", "n nYYY nnnn nYYYYY n Y"),
    ("post", "/api/v1/rounds/{code}/replacements", "n nYnY nnnn nYnnnY n Y"),
    ("get", "/api/v1/plan/targets", "n nYYY nYYY nYnYYY n Y"),
    ("get", "/api/v1/plan/tasks", "n nYYY nYYY nYnYYY n Y"),
    ("get", "/api/v1/plan/official", "n nYYY nYYY nYnYYY n Y"),
    ("get", "/api/v1/plan/charts/{file}", "n nYYY nYYY nYnYYY n Y"),
    ("get", "/api/v1/plan/reports/{report}/evidence/{number}", "n nYYY nYYY nYnYYY n Y"),
    ("get", "/api/v1/responses/{uuid}/files/{name}", "n nYnY nYnY nYYnYY Y Y"),
    // Collect's key is in the address: what a bearer sends is not looked at, and the template's key is no key.
    ("get", "/v1/key/{key}/projects/{round}/formList", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/v1/key/{key}/projects/{round}/forms/{sha256}.xml", "n nnnn nnnn nnnnnn n n"),
    ("get", "/v1/key/{key}/projects/{round}/forms/{sha256}/manifest", "n nnnn nnnn nnnnnn n n"),
    ("get", "/v1/key/{key}/projects/{round}/forms/{sha256}/households.csv", "n nnnn nnnn nnnnnn n n"),
    ("head", "/v1/key/{key}/projects/{round}/submission", "n nnnn nnnn nnnnnn n n"),
    ("get", "/v1/key/{key}/projects/{round}/submission", "n nnnn nnnn nnnnnn n n"),
    ("post", "/v1/key/{key}/projects/{round}/submission", "n nnnn nnnn nnnnnn n n"),
    // Programs of ODK Central: no cookie is looked at, so people sign in there for a bearer token (tests/http/central.rs).
    ("post", "/v1/sessions", "Y YYYY YYYY YYYYYY Y Y"),
    ("delete", "/v1/sessions/current", "n nnnn nnnn nnnnnn n n"),
    ("get", "/v1/users/current", "n nYYY nYYY nnnnnn n n"),
    ("get", "/v1/projects", "n nYYY nYYY nnnnnn n n"),
    ("get", "/v1/projects/{project}", "n nYYY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms", "n nYYY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}", "n nYYY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}.xml", "n nYYY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}/versions", "n nYYY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}/fields", "n nYYY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}.svc", "n nYYY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}.svc/$metadata", "n nYYY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}.svc/{table}", "n nYYY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}/submissions", "n nYYY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}/submissions/{instance}", "n nYYY nnnn nnnnnn n n"),
    ("patch", "/v1/projects/{project}/forms/{form}/submissions/{instance}", "n nYnY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}/submissions/{instance}.xml", "n nYnY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}/submissions/{instance}/attachments", "n nYnY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}/submissions/{instance}/attachments/{file}", "n nYnY nnnn nnnnnn n n"),
    ("get", "/v1/projects/{project}/forms/{form}/submissions/{instance}/comments", "n nYYY nnnn nnnnnn n n"),
    ("post", "/v1/projects/{project}/forms/{form}/submissions/{instance}/comments", "n nYnY nnnn nnnnnn n n"),
    // The plan belongs to no round, so no token of a round writes it.
    ("post", "/api/v1/plan/tasks/{no}/reports", "n nnnn nnnn nnnnnn n Y"),
    ("post", "/api/v1/plan/reports/{report}/evidence", "n nnnn nnnn nnnnnn n Y"),
    ("get", "/", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/rounds/{code}", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/rounds/{code}/field", "n nYnY nnnn nYYnYY n Y"),
    ("get", "/rounds/{code}/interviews", "n nYYY nnnn nYYYYY n Y"),
    // What tells who was asked is not for analysts.
    ("get", "/rounds/{code}/interviews/{uuid}", "n nYnY nnnn nYYnYY n Y"),
    ("post", "/rounds/{code}/interviews/{uuid}", "n nYnY nnnn nYYnnY n Y"),
    ("get", "/rounds/{code}/assignment", "n nYnY nnnn nYYnYY n Y"),
    ("post", "/rounds/{code}/assignment", "n nYnY nnnn nYnnnY n Y"),
    ("get", "/rounds/{code}/reserves", "n nYYY nnnn nYYYYY n Y"),
    ("post", "/rounds/{code}/reserves", "n nYnY nnnn nYnnnY n Y"),
    ("get", "/rounds/{code}/rights", "n nYnY nnnn nYnnnY n Y"),
    // Two people act: the handler refuses a token.
    ("post", "/rounds/{code}/rights", "n nYnY nnnn nYnnnY n Y"),
    ("get", "/rounds/{code}/devices", "n nYnY nnnn nYYnYY n Y"),
    ("post", "/rounds/{code}/devices", "n nYnY nnnn nYnnnY n Y"),
    ("get", "/plan", "n nYYY nYYY nYnYYY n Y"),
    ("get", "/plan/tasks/{no}", "n nYYY nYYY nYnYYY n Y"),
    // The plan belongs to no round; the handler refuses who works in one only.
    ("post", "/plan/tasks/{no}", "n nnnn nnnn nnnnnn n Y"),
    ("get", "/static/{file}", "Y YYYY YYYY YYYYYY Y Y"),
    // A round is made by those who work in all of them.
    ("get", "/new-round", "n nnnn nnnn nnnnnn n Y"),
    ("post", "/new-round", "n nnnn nnnn nnnnnn n Y"),
    ("get", "/new-round/{draft}", "n nnnn nnnn nnnnnn n Y"),
    ("post", "/new-round/{draft}", "n nnnn nnnn nnnnnn n Y"),
    ("get", "/rounds/{code}/questionnaire", "n nYYY nnnn nYYYYY n Y"),
    ("post", "/rounds/{code}/questionnaire", "n nYnY nnnn nYnnnY n Y"),
    ("get", "/rounds/{code}/closing", "n nYYY nnnn nYYYYY n Y"),
    // Two people close a round: the handler refuses a token.
    ("post", "/rounds/{code}/closing", "n nYnY nnnn nYnnnY n Y"),
    ("get", "/rounds/{code}/publication", "n nYYY nnnn nYnYYY n Y"),
    ("post", "/rounds/{code}/publication", "n nYnY nnnn nYnnnY n Y"),
    // Nothing is published there: everybody is told the same (404).
    ("get", "/public/{round}", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/public/{round}/{file}", "Y YYYY YYYY YYYYYY Y Y"),
    // The phones' client is the same for everybody; what it fetches is not.
    ("get", "/field", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/field/", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/field/{file}", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/field/screens/{file}", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/api/v1/returned", "n YYnY YYnY nnnnnn n n"),
    ("get", "/api/v1/forms", "n YYnY YYnY nnnnnn n n"),
    ("get", "/api/v1/forms/{sha256}", "n YYnY YYnY nnnnnn n n"),
    // A token that is no activated device's is told so (404).
    ("post", "/api/v1/device/state", "n YYnY YYnY nnnnnn n n"),
    ("post", "/api/v1/activation", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/api/v1/rounds/{code}/enumerators", "n nYnY nnnn nYYnYY n Y"),
    ("post", "/api/v1/rounds/{code}/enumerators", "n nYnY nnnn nYnnnY n Y"),
    ("post", "/api/v1/rounds/{code}/activation-codes", "n nYnY nnnn nYnnnY n Y"),
    ("get", "/api/v1/rounds/{code}/devices", "n nYnY nnnn nYYnYY n Y"),
    ("post", "/api/v1/rounds/{code}/devices/{device}/revocation", "n nYnY nnnn nYnnnY n Y"),
    ("get", "/api/v1/rounds/{code}/assignments", "n nYnY nnnn nYYnYY n Y"),
    ("post", "/api/v1/rounds/{code}/assignments", "n nYnY nnnn nYnnnY n Y"),
    ("get", "/api/v1/rounds/{code}/reviews", "n nYYY nnnn nYYYYY n Y"),
    ("post", "/api/v1/rounds/{code}/reviews", "n nYnY nnnn nYYnnY n Y"),
    // They name enumerators: a public round does not open them.
    ("get", "/api/v1/rounds/{code}/quality", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/api/v1/rounds/{code}/quality.csv", "n nYYY nnnn nYYYYY n Y"),
    ("get", "/rounds/{code}/quality", "n nYYY nnnn nYYYYY n Y"),
    ("post", "/api/v1/session", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/api/v1/session", "n nnnn nnnn YYYYYY Y Y"),
    ("delete", "/api/v1/session", "n nnnn nnnn YYYYYY Y Y"),
    ("post", "/api/v1/session/password", "n nnnn nnnn YYYYYY Y Y"),
    ("post", "/api/v1/password", "Y YYYY YYYY YYYYYY Y Y"),
    ("get", "/sign-in", "Y YYYY YYYY YYYYYY Y Y"),
    ("post", "/sign-in", "Y YYYY YYYY YYYYYY Y Y"),
    ("post", "/sign-out", "n nnnn nnnn YYYYYY Y Y"),
    ("get", "/set-password", "Y YYYY YYYY YYYYYY Y Y"),
    ("post", "/set-password", "Y YYYY YYYY YYYYYY Y Y"),
];

const ROLES: [Role; 4] = [Role::Enumerator, Role::Coordinator, Role::Analyst, Role::Administrator];

/// Login, role, round.
const PEOPLE: [(&str, Role, Option<&str>); 8] = [
    ("enumerator", Role::Enumerator, Some(ROUND)),
    ("coordinator", Role::Coordinator, Some(ROUND)),
    ("supervisor", Role::Supervisor, Some(ROUND)),
    ("analyst", Role::Analyst, Some(ROUND)),
    ("auditor", Role::Auditor, Some(ROUND)),
    ("administrator", Role::Administrator, Some(ROUND)),
    ("elsewhere", Role::Supervisor, Some("other")),
    ("everywhere", Role::Administrator, None),
];

/// Who calls.
enum Caller {
    Token(Option<String>),
    Person(&'static str),
}

on_both_databases! {
    fn every_address_lets_in_whom_it_should_and_nobody_else(database: &TestDatabase) {
        let service = TestService::start(database);
        khaosat::cli::round::create(&service.store, &new_round("other")).expect("another round");
        assert_eq!(service.put_response(1, &response_body("v1-1", "có")).status, 201);
        for (login, role, round) in PEOPLE {
            service.person(login, role, round);
        }
        let callers: Vec<Caller> = std::iter::once(Caller::Token(None))
            .chain([ROUND, "other"].into_iter().flat_map(|round| {
                ROLES.map(|role| Caller::Token(Some(service.token(role, Some(round)).secret.reveal().to_owned())))
            }))
            .chain(PEOPLE.iter().map(|(login, ..)| Caller::Person(login)))
            .collect();
        let document = service.client.get("/api/v1/openapi.json", None).json();
        let mut n_checked = 0;
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for method in methods.as_object().expect("methods").keys() {
                let row = ALLOWED.iter().find(|(m, p, _)| m == method && p == path);
                let allowed = row.unwrap_or_else(|| panic!("{method} {path} has no line in the table")).2.replace(' ', "");
                assert_eq!(allowed.len(), callers.len(), "{method} {path}");
                for (at, (caller, expected)) in callers.iter().zip(allowed.chars()).enumerate() {
                    let reply = match caller {
                        Caller::Token(secret) => call(&service, method, path, secret.as_deref(), &[]),
                        // A new session each time: one of the addresses ends it.
                        Caller::Person(login) => {
                            let browser = service.session(login);
                            let headers = [("Cookie", browser.cookie.as_str()), ("X-CSRF-Token", browser.csrf.as_str())];
                            call(&service, method, path, None, &headers)
                        }
                    };
                    let refused = reply.status == 401 || reply.status == 403;
                    assert_eq!(refused, expected == 'n', "{method} {path} caller {at}: {}", reply.status);
                    n_checked += 1;
                }
            }
        }
        assert_eq!(n_checked, ALLOWED.len() * callers.len());
    }

    fn a_token_of_another_round_is_not_told_of_a_response(database: &TestDatabase) {
        let service = TestService::start(database);
        khaosat::cli::round::create(&service.store, &new_round("other")).expect("another round");
        assert_eq!(service.put_response(1, &response_body("v1-1", "có")).status, 201);
        let path = format!("/api/v1/responses/{}", uuid(1));
        let stranger = service.token(Role::Coordinator, Some("other"));
        assert_eq!(service.client.get(&path, Some(stranger.secret.reveal())).code(), "response_unknown");
        let everywhere = service.token(Role::Administrator, None);
        assert_eq!(service.client.get(&path, Some(everywhere.secret.reveal())).status, 200);
        assert_eq!(service.client.get(&path, Some(&service.enumerator)).code(), "not_allowed", "phones cannot read back");
    }

    fn wrong_expired_and_revoked_tokens_are_refused_alike(database: &TestDatabase) {
        let service = TestService::start(database);
        let refused = |token: &str| {
            let reply = service.client.get("/api/v1/cases", Some(token));
            assert_eq!(reply.headers.get("www-authenticate").map(String::as_str), Some("Bearer"));
            (reply.status, reply.bytes)
        };
        let wrong = refused("khs_0000000000000000000000000000000000000000000000000000000000000000");
        assert_eq!(wrong.0, 401);
        let soon = service.store.now().plus_days(1);
        let expiring = khaosat::cli::token::issue(
            &service.store, Role::Enumerator, Some(ROUND), "Hoa", soon, khaosat::cli::token::Assign::Nothing,
        )
        .expect("a token");
        assert_eq!(service.client.get("/api/v1/cases", Some(expiring.secret.reveal())).status, 200);
        service.clock.pass_days(1);
        assert_eq!(refused(expiring.secret.reveal()), wrong);
        assert_eq!(service.client.get("/api/v1/cases", Some(&service.enumerator)).status, 200);
        let id = service.enumerator_id.clone();
        service.store.write("test", move |tx| tx.revoke_token(&id)).expect("revoked");
        assert_eq!(refused(&service.enumerator), wrong);
        assert_eq!(service.put_response(1, &response_body("v1-1", "có")).status, 401);
        let basic = service.client.send("GET", "/api/v1/cases", None, &[("Authorization", "Basic eDp5")], b"").expect("a reply");
        assert_eq!(basic.code(), "token_invalid");
    }
}

fn call(
    service: &TestService,
    method: &str,
    path: &str,
    secret: Option<&str>,
    headers: &[(&str, &str)],
) -> crate::support::service::Reply {
    let path = path.replace("{uuid}", &uuid(1)).replace("{code}", ROUND).replace("{file}", "desk.css");
    let path =
        path.replace("{key}", "khs_x").replace("{round}", ROUND).replace("{sha256}", "x").replace("{name}", "a.jpg");
    let path = path.replace("{no}", "1").replace("{report}", "1").replace("{number}", "1");
    let path = path.replace("{sha256}", "0").replace("{device}", "dv-0");
    let project = khaosat::openrosa::central::number_of("round", ROUND).to_string();
    let path = path.replace("{project}", &project).replace("{form}", "papi-2019").replace("{table}", "Submissions");
    let path = path.replace("{instance}", &format!("uuid:{}", uuid(1)));
    let body = match method {
        "get" | "head" | "delete" => Vec::new(),
        "post" => b"{}".to_vec(),
        _ if path.contains("contact-attempts") => {
            format!("{{\"round\":\"{ROUND}\",\"case_id\":\"v1-1\",\"attempt_no\":1,\"disposition\":\"1.1\",\"at\":\"2024-10-01T00:00:00Z\"}}")
                .into_bytes()
        }
        _ => response_body("v1-1", "có"),
    };
    service.client.send(&method.to_uppercase(), &path, secret, headers, &body).expect("a reply")
}
