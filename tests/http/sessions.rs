//! Signing in: guesses, forged requests, fixation, links, ends.

use khaosat::password::PasswordRoom;
use khaosat::secret::Secret;
use khaosat::store::Role;
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::process::khaosat;
use crate::support::service::{ROUND, Reply, TestService};

const PASSWORD: &str = "trâu vàng ăn cỏ bên sông";

/// A coordinator of the round with a password.
fn with_lan(database: &TestDatabase) -> TestService {
    let service = TestService::start(database);
    service.person("lan", Role::Coordinator, Some(ROUND));
    let hash = PasswordRoom::default().hash(PASSWORD).expect("hashed");
    service.store.write("test", move |tx| tx.set_password("lan", &hash, None)).expect("set");
    service
}

fn send(service: &TestService, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    service.client.send(method, path, None, headers, &body).expect("a reply")
}

fn sign_in(service: &TestService, login: &str, password: &str, headers: &[(&str, &str)]) -> Reply {
    send(service, "POST", "/api/v1/session", headers, &json!({"login": login, "password": password}))
}

/// `name=value` of the cookie a reply sets.
fn cookie(reply: &Reply) -> String {
    reply.headers["set-cookie"].split(';').next().expect("a cookie").to_owned()
}

on_both_databases! {
    fn who_signs_in_reads_the_own_round_until_signing_out(database: &TestDatabase) {
        let service = with_lan(database);
        let path = format!("/api/v1/rounds/{ROUND}");
        assert_eq!(send(&service, "GET", &path, &[], &Value::Null).status, 401);
        let reply = sign_in(&service, " LAN ", PASSWORD, &[]);
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.bytes));
        let set = reply.headers["set-cookie"].clone();
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
        assert_eq!(reply.json()["roles"], json!([{"role": "coordinator", "round": ROUND}]));
        let (cookie, csrf) = (cookie(&reply), reply.json()["csrf"].as_str().expect("a token").to_owned());
        assert!(!cookie.contains(&csrf), "the token is not the secret");
        assert_eq!(send(&service, "GET", &path, &[("Cookie", &cookie)], &Value::Null).status, 200);
        let page = send(&service, "GET", "/", &[("Cookie", &cookie)], &Value::Null);
        assert!(String::from_utf8_lossy(&page.bytes).contains(ROUND), "a private round on the first page");

        // No request that changes something goes through without the token.
        for headers in [vec![], vec![("X-CSRF-Token", "0")], vec![("X-CSRF-Token", csrf.as_str()), ("Origin", "https://evil.example")]] {
            let headers: Vec<_> = headers.into_iter().chain([("Cookie", cookie.as_str())]).collect();
            let forged = send(&service, "DELETE", "/api/v1/session", &headers, &Value::Null);
            assert_eq!((forged.status, forged.code().as_str()), (403, "request_forged"));
            let path = format!("/api/v1/rounds/{ROUND}/enumerators");
            let forged = send(&service, "POST", &path, &headers, &json!({"login": "hoa", "name": "Hoa"}));
            assert_eq!(forged.code(), "request_forged");
        }
        assert!(service.store.read(|s| s.find_account_by_login("hoa")).expect("read").is_none());
        // Devices' addresses look at no cookie.
        assert_eq!(send(&service, "GET", "/api/v1/cases", &[("Cookie", &cookie)], &Value::Null).code(), "token_missing");

        let good = [("Cookie", cookie.as_str()), ("X-CSRF-Token", csrf.as_str())];
        assert_eq!(send(&service, "DELETE", "/api/v1/session", &good, &Value::Null).status, 204);
        assert_eq!(send(&service, "GET", &path, &[("Cookie", &cookie)], &Value::Null).status, 401);
    }

    fn a_session_is_never_the_one_the_browser_came_with(database: &TestDatabase) {
        let service = with_lan(database);
        let planted = "khaosat=khs_0000000000000000000000000000000000000000000000000000000000000000";
        let reply = sign_in(&service, "lan", PASSWORD, &[("Cookie", planted)]);
        let first = cookie(&reply);
        assert_ne!(first, planted);
        assert_eq!(send(&service, "GET", "/api/v1/session", &[("Cookie", planted)], &Value::Null).status, 401);
        // Signing in again ends the session before.
        let second = cookie(&sign_in(&service, "lan", PASSWORD, &[("Cookie", &first)]));
        assert_eq!(send(&service, "GET", "/api/v1/session", &[("Cookie", &first)], &Value::Null).status, 401);
        assert_eq!(send(&service, "GET", "/api/v1/session", &[("Cookie", &second)], &Value::Null).status, 200);
        // Another site cannot sign a browser in either.
        let foreign = sign_in(&service, "lan", PASSWORD, &[("Origin", "https://evil.example")]);
        assert_eq!(foreign.code(), "request_forged");
    }

    fn guesses_are_limited_whether_the_login_exists_or_not(database: &TestDatabase) {
        let service = with_lan(database);
        let mut replies = Vec::new();
        for login in ["lan", "nobody"] {
            let wrong: Vec<(u16, String)> = (0..7)
                .map(|_| {
                    let reply = sign_in(&service, login, "sai mật khẩu rồi đó", &[]);
                    (reply.status, reply.code())
                })
                .collect();
            assert_eq!(wrong[..5].iter().filter(|one| **one == (401, "sign_in_wrong".to_owned())).count(), 5, "{wrong:?}");
            assert_eq!(wrong[5], (429, "too_many_tries".to_owned()));
            replies.push(wrong);
        }
        assert_eq!(replies[0], replies[1], "known and unknown alike");
        let right = sign_in(&service, "lan", PASSWORD, &[]);
        assert_eq!(right.status, 429, "not even the right one is looked at");
        let wait: i64 = right.headers["retry-after"].parse().expect("seconds");
        assert!((1..=31).contains(&wait), "{wait}");
        // Kept in the database: another process, started now, knows of it.
        assert_eq!(database.number("SELECT count(*) AS n FROM guess WHERE n_failed >= 5"), 3, "two logins and the network");
        service.clock.pass_seconds(wait);
        assert_eq!(sign_in(&service, "lan", PASSWORD, &[]).status, 200);
        assert_eq!(sign_in(&service, "lan", "sai mật khẩu rồi đó", &[]).status, 401, "a right one clears the count");
    }

    fn guesses_at_once_are_not_free(database: &TestDatabase) {
        let service = with_lan(database);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let all: Vec<_> =
                (0..16).map(|_| scope.spawn(|| sign_in(&service, "lan", "sai mật khẩu rồi đó", &[]).status)).collect();
            all.into_iter().map(|one| one.join().expect("no panic")).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 11, "{statuses:?}");
    }

    fn sessions_end_when_idle_when_old_and_with_the_person(database: &TestDatabase) {
        let service = with_lan(database);
        let shown = |cookie: &str| send(&service, "GET", "/api/v1/session", &[("Cookie", cookie)], &Value::Null).status;
        let idle = service.session("lan").cookie;
        service.clock.pass_seconds(29 * 60);
        assert_eq!(shown(&idle), 200, "and it is noted");
        service.clock.pass_seconds(29 * 60);
        assert_eq!(shown(&idle), 200);
        service.clock.pass_seconds(31 * 60);
        assert_eq!(shown(&idle), 401);
        let old = service.session("lan").cookie;
        for _ in 0..35 {
            service.clock.pass_seconds(20 * 60);
            assert_eq!(shown(&old), 200);
        }
        service.clock.pass_seconds(20 * 60);
        assert_eq!(shown(&old), 401, "twelve hours");
        let open = service.session("lan").cookie;
        let disabled = khaosat(&["account", "disable", "lan", "--database", &database.url]);
        assert!(disabled.status.success());
        assert_eq!(shown(&open), 401);
        assert_eq!(sign_in(&service, "lan", PASSWORD, &[]).code(), "sign_in_wrong");
    }

    fn a_password_link_works_once_and_weak_passwords_do_not_use_it(database: &TestDatabase) {
        let service = TestService::start(database);
        let added = khaosat(&[
            "account", "add", "--login", "Lan", "--name", "Nguyễn Thị Lan", "--role", "administrator", "--database", &database.url,
        ]);
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        let text = String::from_utf8_lossy(&added.stdout).into_owned();
        let link = text.lines().find_map(|line| line.strip_prefix("/set-password?link=")).expect("a link").to_owned();
        let set = |link: &str, password: &str| {
            send(&service, "POST", "/api/v1/password", &[], &json!({"link": link, "password": password}))
        };
        for weak in ["short", "matkhau123456", "lanlanlanlan"] {
            assert_eq!(set(&link, weak).code(), "account_invalid", "{weak}");
        }
        assert_eq!(set("khs_wrong", PASSWORD).code(), "password_link_invalid");
        let form = format!("link={link}&password=correct%20horse%20battery&again=correct%20horse%20batterx");
        let form_type = [("Content-Type", "application/x-www-form-urlencoded")];
        let differ = service.client.send("POST", "/set-password", None, &form_type, form.as_bytes()).expect("a reply");
        assert_eq!(differ.status, 400);
        assert_eq!(set(&link, PASSWORD).status, 204);
        assert_eq!(set(&link, PASSWORD).code(), "password_link_invalid", "used");
        let reply = sign_in(&service, "lan", PASSWORD, &[]);
        assert_eq!(reply.json()["roles"], json!([{"role": "administrator", "round": null}]));

        // The own password, with the present one; other sessions end.
        let (mine, csrf) = (cookie(&reply), reply.json()["csrf"].as_str().expect("a token").to_owned());
        let other = cookie(&sign_in(&service, "lan", PASSWORD, &[]));
        let headers = [("Cookie", mine.as_str()), ("X-CSRF-Token", csrf.as_str())];
        let change = |current: &str, new: &str| {
            send(&service, "POST", "/api/v1/session/password", &headers, &json!({"current": current, "new": new}))
        };
        assert_eq!(change("sai mật khẩu rồi đó", "correct horse battery").code(), "sign_in_wrong");
        assert_eq!(change(PASSWORD, "password1234").code(), "account_invalid");
        assert_eq!(change(PASSWORD, "correct horse battery").status, 204);
        assert_eq!(send(&service, "GET", "/api/v1/session", &[("Cookie", &other)], &Value::Null).status, 401);
        assert_eq!(send(&service, "GET", "/api/v1/session", &[("Cookie", &mine)], &Value::Null).status, 200);

        // A later link ends an earlier one, and a link has its hours.
        let links: Vec<String> = (0..2)
            .map(|_| {
                let made = khaosat(&["account", "link", "lan", "--database", &database.url]);
                String::from_utf8_lossy(&made.stdout).lines().next().and_then(|line| line.split('=').nth(1)).expect("a link").to_owned()
            })
            .collect();
        assert_eq!(set(&links[0], PASSWORD).code(), "password_link_invalid");
        let hours = Secret::generate().expect("randomness");
        let sha256 = hours.sha256();
        service
            .store
            .write("test", move |tx| {
                let id = tx.find_account_by_login("lan")?.expect("Lan").id;
                tx.create_password_link(&id, &sha256, 48)
            })
            .expect("made");
        service.clock.pass_days(2);
        assert_eq!(set(hours.reveal(), PASSWORD).code(), "password_link_invalid");
    }

    fn the_pages_sign_in_and_out_by_form(database: &TestDatabase) {
        let service = with_lan(database);
        let form_type = ("Content-Type", "application/x-www-form-urlencoded");
        let post = |path: &str, headers: &[(&str, &str)], form: &str| {
            let headers: Vec<_> = headers.iter().copied().chain([form_type]).collect();
            service.client.send("POST", path, None, &headers, form.as_bytes()).expect("a reply")
        };
        let wrong = post("/sign-in", &[], "login=%3Cb%3Elan&password=nothing");
        let text = String::from_utf8_lossy(&wrong.bytes).into_owned();
        assert_eq!(wrong.status, 401);
        assert!(text.contains("role=\"alert\"") && !text.contains("<b>lan"), "{text}");
        let entered = post("/sign-in", &[], "login=lan&password=tr%C3%A2u%20v%C3%A0ng%20%C4%83n%20c%E1%BB%8F%20b%C3%AAn%20s%C3%B4ng");
        assert_eq!((entered.status, entered.headers["location"].as_str()), (303, "/"));
        let cookie = cookie(&entered);
        let page = send(&service, "GET", "/sign-in", &[("Cookie", &cookie)], &Value::Null);
        let text = String::from_utf8_lossy(&page.bytes).into_owned();
        let csrf = text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a token");
        assert_eq!(post("/sign-out", &[("Cookie", &cookie)], "csrf=0").status, 403);
        assert_eq!(post("/sign-out", &[("Cookie", &cookie)], &format!("csrf={csrf}")).status, 303);
        assert_eq!(send(&service, "GET", "/api/v1/session", &[("Cookie", &cookie)], &Value::Null).status, 401);
    }
}

#[test]
fn over_https_the_cookie_is_bound_to_the_host() {
    let database = TestDatabase::sqlite();
    let service =
        TestService::start_with(&database, |config| config.public_url = Some("https://khaosat.example".to_owned()));
    service.person("lan", Role::Auditor, None);
    let hash = PasswordRoom::default().hash(PASSWORD).expect("hashed");
    service.store.write("test", move |tx| tx.set_password("lan", &hash, None)).expect("set");
    let reply = sign_in(&service, "lan", PASSWORD, &[("Origin", "https://khaosat.example")]);
    let set = &reply.headers["set-cookie"];
    assert!(set.starts_with("__Host-khaosat=") && set.contains("Secure") && !set.contains("Domain"), "{set}");
}
