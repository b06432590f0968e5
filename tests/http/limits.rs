use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, TestService, response_body, uuid};

/// Sends raw bytes and reads what comes back until the server closes or ten seconds have passed.
fn raw(service: &TestService, bytes: &[u8]) -> String {
    let address = service.client.base.strip_prefix("http://").expect("a URL");
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream.write_all(bytes).expect("sent");
    let mut reply = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(n) = stream.read(&mut buffer) {
        reply.extend_from_slice(&buffer[..n]);
        if n == 0 || reply.ends_with(b"}") {
            break;
        }
    }
    String::from_utf8_lossy(&reply).into_owned()
}

#[test]
fn a_body_up_to_one_mebibyte_is_taken_and_one_byte_more_is_not() {
    let service = TestService::start(&TestDatabase::sqlite());
    let mut body = response_body("v1-1", "có");
    body.resize(1024 * 1024, b' ');
    assert_eq!(service.put_response(1, &body).status, 201);
    body.push(b' ');
    let reply = service.put_response(2, &body);
    assert_eq!((reply.status, reply.code().as_str()), (413, "body_too_large"));
}

#[test]
fn a_body_whose_size_is_not_announced_is_measured_as_it_comes() {
    let service = TestService::start(&TestDatabase::sqlite());
    let head = format!(
        "PUT /api/v1/responses/{} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntransfer-encoding: chunked\r\n\r\n",
        uuid(1),
        service.enumerator
    );
    let body = response_body("v1-1", "có");
    let (first, rest) = body.split_at(10);
    let mut good = head.clone().into_bytes();
    for part in [first, rest, b""] {
        good.extend(format!("{:x}\r\n", part.len()).into_bytes());
        good.extend_from_slice(part);
        good.extend_from_slice(b"\r\n");
    }
    assert!(raw(&service, &good).starts_with("HTTP/1.1 201"));
    let mut large = head.into_bytes();
    for _ in 0..17 {
        large.extend_from_slice(b"10000\r\n");
        large.extend(vec![b' '; 0x10000]);
        large.extend_from_slice(b"\r\n");
    }
    assert!(raw(&service, &large).contains("body_too_large"));
}

#[test]
fn a_body_that_trickles_is_cut_and_one_that_is_merely_slow_is_not() {
    let service = TestService::start_with(&TestDatabase::sqlite(), |config| {
        config.body_grace = Duration::from_millis(700);
    });
    let body = response_body("v1-1", "có");
    let head = |length: usize| {
        format!(
            "PUT /api/v1/responses/{} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {length}\r\n\r\n",
            uuid(1),
            service.enumerator
        )
    };
    let started = Instant::now();
    let reply = raw(&service, format!("{}{{", head(body.len())).as_bytes());
    assert!(reply.starts_with("HTTP/1.1 408") && reply.contains("body_too_slow"), "{reply}");
    assert!(started.elapsed() >= Duration::from_millis(600) && started.elapsed() < Duration::from_secs(5));

    let address = service.client.base.strip_prefix("http://").expect("a URL").to_owned();
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.write_all(head(body.len()).as_bytes()).expect("sent");
    for part in body.chunks(body.len().div_ceil(4)) {
        std::thread::sleep(Duration::from_millis(100));
        stream.write_all(part).expect("sent");
    }
    let mut reply = [0; 12];
    stream.read_exact(&mut reply).expect("a reply");
    assert_eq!(&reply, b"HTTP/1.1 201");
}

#[test]
fn a_compressed_body_is_refused_for_it_is_not_what_would_be_kept() {
    let service = TestService::start(&TestDatabase::sqlite());
    let path = format!("/api/v1/responses/{}", uuid(1));
    let reply = service
        .client
        .send("PUT", &path, Some(&service.enumerator), &[("Content-Encoding", "gzip")], b"\x1f\x8b")
        .expect("a reply");
    assert_eq!((reply.status, reply.code().as_str()), (415, "body_encoded"));
}

#[test]
fn deep_and_broken_json_is_refused_politely() {
    let service = TestService::start(&TestDatabase::sqlite());
    let deep = format!("{{\"answers\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for body in [deep.as_bytes(), b"{\"a\": 1e999999}", b"{\"a\": \"\\ud800\"}", b"\xff\xfe{}", b"null"] {
        let reply = service.put_response(1, body);
        assert_eq!(reply.status, 400, "{}", String::from_utf8_lossy(&reply.bytes));
    }
}

#[test]
fn every_reply_carries_the_security_headers_and_one_shape_of_error() {
    let service = TestService::start(&TestDatabase::sqlite());
    let sample = format!("/api/v1/rounds/{ROUND}/sample.csv");
    let calls = [
        ("GET", "/healthz", None, 200),
        ("GET", "/readyz", None, 200),
        ("GET", "/nowhere", None, 404),
        ("GET", "/api/v1/rounds/%00", Some(&service.coordinator), 403),
        ("GET", "/api/v1/rounds/%ff", Some(&service.coordinator), 403),
        ("DELETE", "/api/v1/rounds", None, 405),
        ("GET", "/api/v1/cases", None, 401),
        ("GET", "/api/v1/cases", Some(&service.enumerator), 200),
        ("GET", sample.as_str(), Some(&service.coordinator), 200),
        ("GET", sample.as_str(), Some(&service.enumerator), 403),
    ];
    for (method, path, token, status) in calls {
        let reply = service.client.send(method, path, token.map(String::as_str), &[], b"").expect("a reply");
        assert_eq!(reply.status, status, "{method} {path}");
        assert!(reply.headers["content-security-policy"].starts_with("default-src 'none'"), "{path}");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        assert_eq!(reply.headers["referrer-policy"], "no-referrer");
        assert_eq!(reply.headers["cross-origin-opener-policy"], "same-origin");
        assert_eq!(reply.headers["cache-control"], "no-store");
        assert!(!reply.headers.contains_key("server"));
        if status == 405 {
            assert_eq!(reply.headers["allow"], "GET");
        }
        if status >= 400 {
            let error = reply.json();
            assert!(
                error["code"].is_string() && error["message"].is_string() && error["details"].is_array(),
                "{error}"
            );
        }
    }
}

#[test]
fn errors_speak_the_language_of_their_reader() {
    let service = TestService::start(&TestDatabase::sqlite());
    let in_language = |language: &str| {
        service
            .client
            .send("GET", "/api/v1/cases", None, &[("Accept-Language", language)], b"")
            .expect("a reply")
            .json()
    };
    let vietnamese = in_language("vi-VN,en;q=0.5");
    assert_eq!(vietnamese["message"], "yêu cầu này cần mã truy cập");
    assert_eq!(vietnamese["message_en"], "this request needs an access token");
    let english = in_language("en");
    assert_eq!(english["message"], "this request needs an access token");
    assert!(english.get("message_en").is_none());
}

on_both_databases! {
    fn a_code_that_no_database_could_hold_is_answered_and_not_failed_on(database: &TestDatabase) {
        let service = TestService::start(database);
        let analyst = service.token(khaosat::store::Role::Analyst, None);
        for code in ["%00", "a%00b", "%F0%9F%92%A5", "'%20OR%201=1--"] {
            let reply = service.client.get(&format!("/api/v1/rounds/{code}"), Some(analyst.secret.reveal()));
            assert_eq!((reply.status, reply.code().as_str()), (404, "round_unknown"), "{code}");
        }
    }
}
