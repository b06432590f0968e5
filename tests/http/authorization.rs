//! Every address × every kind of caller. The addresses come from the service's own document, so that a new one cannot be
//! left out: it would have no line in the table of what is allowed.

use khaosat::store::Role;

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, TestService, new_round, response_body, uuid};

/// Who is let in: anonymous, enumerator, coordinator, analyst, administrator, all of this round; the same roles of
/// another round. `Y` let in, `n` refused with 401 or 403.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("get", "/healthz", "Y YYYY YYYY"),
    ("get", "/readyz", "Y YYYY YYYY"),
    ("get", "/api/v1/openapi.json", "Y YYYY YYYY"),
    ("put", "/api/v1/responses/{uuid}", "n YYnY nnnn"),
    ("put", "/api/v1/contact-attempts/{uuid}", "n YYnY nnnn"),
    ("get", "/api/v1/cases", "n YYnY YYnY"),
    ("get", "/api/v1/rounds", "Y YYYY YYYY"),
    ("get", "/api/v1/rounds/{code}", "n nYYY nnnn"),
    ("get", "/api/v1/rounds/{code}/sample.csv", "n nYYY nnnn"),
    ("get", "/api/v1/rounds/{code}/sample.xlsx", "n nYYY nnnn"),
    ("get", "/api/v1/rounds/{code}/progress", "n nYYY nnnn"),
    ("get", "/api/v1/rounds/{code}/scores.json", "n nYYY nnnn"),
    ("get", "/api/v1/rounds/{code}/scores.csv", "n nYYY nnnn"),
    ("get", "/api/v1/rounds/{code}/charts/{file}", "n nYYY nnnn"),
    ("get", "/api/v1/responses/{uuid}", "n nYYY nYYY"),
    ("get", "/api/v1/responses/{uuid}/files/{name}", "n nYYY nYYY"),
    // Collect's key is in the address: what a bearer sends is not looked at, and the template's key is no key.
    ("get", "/v1/key/{key}/projects/{round}/formList", "Y YYYY YYYY"),
    ("get", "/v1/key/{key}/projects/{round}/forms/{sha256}.xml", "n nnnn nnnn"),
    ("get", "/v1/key/{key}/projects/{round}/forms/{sha256}/manifest", "n nnnn nnnn"),
    ("get", "/v1/key/{key}/projects/{round}/forms/{sha256}/households.csv", "n nnnn nnnn"),
    ("head", "/v1/key/{key}/projects/{round}/submission", "n nnnn nnnn"),
    ("get", "/v1/key/{key}/projects/{round}/submission", "n nnnn nnnn"),
    ("post", "/v1/key/{key}/projects/{round}/submission", "n nnnn nnnn"),
    ("get", "/api/v1/rounds/{code}/replacements", "n nYYY nnnn"),
    ("post", "/api/v1/rounds/{code}/replacements", "n nYnY nnnn"),
    ("get", "/api/v1/plan/targets", "n nYYY nYYY"),
    ("get", "/api/v1/plan/tasks", "n nYYY nYYY"),
    ("get", "/api/v1/plan/official", "n nYYY nYYY"),
    ("get", "/api/v1/plan/charts/{file}", "n nYYY nYYY"),
    ("get", "/api/v1/plan/reports/{report}/evidence/{number}", "n nYYY nYYY"),
    // The plan belongs to no round, so no token of a round writes it.
    ("post", "/api/v1/plan/tasks/{no}/reports", "n nnnn nnnn"),
    ("post", "/api/v1/plan/reports/{report}/evidence", "n nnnn nnnn"),
    ("get", "/", "Y YYYY YYYY"),
    ("get", "/rounds/{code}", "n nYYY nnnn"),
    ("get", "/static/{file}", "Y YYYY YYYY"),
    // The phones' client is the same for everybody; what it fetches is not.
    ("get", "/field", "Y YYYY YYYY"),
    ("get", "/field/", "Y YYYY YYYY"),
    ("get", "/field/{file}", "Y YYYY YYYY"),
    ("get", "/field/screens/{file}", "Y YYYY YYYY"),
];

const ROLES: [Role; 4] = [Role::Enumerator, Role::Coordinator, Role::Analyst, Role::Administrator];

on_both_databases! {
    fn every_address_lets_in_whom_it_should_and_nobody_else(database: &TestDatabase) {
        let service = TestService::start(database);
        khaosat::cli::round::create(&service.store, &new_round("other")).expect("another round");
        assert_eq!(service.put_response(1, &response_body("v1-1", "có")).status, 201);
        let secrets: Vec<Option<String>> = std::iter::once(None)
            .chain([ROUND, "other"].into_iter().flat_map(|round| {
                ROLES.map(|role| Some(service.token(role, Some(round)).secret.reveal().to_owned()))
            }))
            .collect();
        let document = service.client.get("/api/v1/openapi.json", None).json();
        let mut n_checked = 0;
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for method in methods.as_object().expect("methods").keys() {
                let row = ALLOWED.iter().find(|(m, p, _)| m == method && p == path);
                let allowed = row.unwrap_or_else(|| panic!("{method} {path} has no line in the table")).2.replace(' ', "");
                for (secret, expected) in secrets.iter().zip(allowed.chars()) {
                    let reply = call(&service, method, path, secret.as_deref());
                    let refused = reply.status == 401 || reply.status == 403;
                    assert_eq!(refused, expected == 'n', "{method} {path} {secret:?}: {}", reply.status);
                    n_checked += 1;
                }
            }
        }
        assert_eq!(n_checked, ALLOWED.len() * secrets.len());
    }

    fn a_token_of_another_round_is_not_told_of_a_response(database: &TestDatabase) {
        let service = TestService::start(database);
        khaosat::cli::round::create(&service.store, &new_round("other")).expect("another round");
        assert_eq!(service.put_response(1, &response_body("v1-1", "có")).status, 201);
        let path = format!("/api/v1/responses/{}", uuid(1));
        let stranger = service.token(Role::Coordinator, Some("other"));
        assert_eq!(service.client.get(&path, Some(stranger.secret.reveal())).code(), "response_unknown");
        let everywhere = service.token(Role::Analyst, None);
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

fn call(service: &TestService, method: &str, path: &str, secret: Option<&str>) -> crate::support::service::Reply {
    let path = path.replace("{uuid}", &uuid(1)).replace("{code}", ROUND).replace("{file}", "desk.css");
    let path =
        path.replace("{key}", "khs_x").replace("{round}", ROUND).replace("{sha256}", "x").replace("{name}", "a.jpg");
    let path = path.replace("{no}", "1").replace("{report}", "1").replace("{number}", "1");
    if method == "post" {
        return service.client.send("POST", &path, secret, &[], b"{}").expect("a reply");
    }
    if method == "head" {
        return service.client.send("HEAD", &path, secret, &[], b"").expect("a reply");
    }
    if method == "get" {
        return service.client.get(&path, secret);
    }
    let body = if path.contains("contact-attempts") {
        format!("{{\"round\":\"{ROUND}\",\"case_id\":\"v1-1\",\"attempt_no\":1,\"disposition\":\"1.1\",\"at\":\"2024-10-01T00:00:00Z\"}}")
            .into_bytes()
    } else {
        response_body("v1-1", "có")
    };
    service.client.put(&path, secret, &body)
}
