//! Bombs in requests, at the program running as a process of its own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::store::{Role, SystemClock};

use super::{CPU_S_MAX, Elsewhere, MEMORY_KIB_MAX};
use crate::support::database::TestDatabase;
use crate::support::machine;
use crate::support::process::Process;
use crate::support::service::{ROUND, new_round, response_body, uuid};

const MIB: usize = 1024 * 1024;

/// A bomb: a whole request as it goes over the line, and the answers that are right.
struct Bomb {
    what: &'static str,
    request: Vec<u8>,
    right: &'static [u16],
}

fn bomb(what: &'static str, request: Vec<u8>, right: &'static [u16]) -> Bomb {
    Bomb { what, request, right }
}

fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Sends the bytes, even where the other side has had enough, and gives the status; 0 where the connection was closed without one.
fn status(address: &str, bytes: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let mut writer = stream.try_clone().expect("cloned");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let _refused_meanwhile = writer.write_all(bytes);
            let _nothing_follows = writer.shutdown(std::net::Shutdown::Write);
        });
        let mut head = Vec::new();
        let mut buffer = [0; 1024];
        while head.len() < 12 {
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(n) => head.extend_from_slice(&buffer[..n]),
            }
        }
        let _both_ways = stream.shutdown(std::net::Shutdown::Both);
        let text = String::from_utf8_lossy(&head);
        text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).unwrap_or(0)
    })
}

/// A submission of Collect with this XML.
fn submission(secret: &str, xml: &[u8]) -> Vec<u8> {
    let mut body =
        b"--b\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"a.xml\"\r\n\r\n".to_vec();
    body.extend_from_slice(xml);
    body.extend_from_slice(b"\r\n--b--\r\n");
    form(secret, &body)
}

fn form(secret: &str, body: &[u8]) -> Vec<u8> {
    let path = format!("/v1/key/{secret}/projects/{ROUND}/submission");
    request("POST", &path, "Content-Type: multipart/form-data; boundary=b\r\n", body)
}

fn xml(prologue: &str, root: &str, inside: &str) -> Vec<u8> {
    let meta = "<meta><instanceID>uuid:11112222-3333-4444-8000-0000000000aa</instanceID></meta>";
    format!("{prologue}<data id=\"papi-2019\"{root}>{inside}{meta}</data>").into_bytes()
}

/// XML: nothing is unfolded, nothing fetched, nothing deeper than the stack.
fn xml_bombs(secret: &str, elsewhere: &str) -> Vec<Bomb> {
    let laughs: String = std::iter::once("<!DOCTYPE data [<!ENTITY a0 \"ha\">".to_owned())
        .chain((1..10).map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10))))
        .chain(std::iter::once("]>".to_owned()))
        .collect();
    let quadratic = format!("<!DOCTYPE data [<!ENTITY a \"{}\">]>", "x".repeat(50_000));
    let utf16: Vec<u8> =
        String::from_utf8(xml("", "", "")).expect("text").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let attributes: String = (0..1_000_000).map(|at| format!(" a{at}=\"\"")).collect();
    let namespaces: String = (0..1_000_000).map(|at| format!(" xmlns:a{at}=\"u\"")).collect();
    let some_namespaces: String = (0..20_000).map(|at| format!(" xmlns:a{at}=\"u\"")).collect();
    let some_attributes: String = (0..40_000).map(|at| format!(" a{at}=\"\"")).collect();
    let nested = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    let to = |bytes: Vec<u8>| submission(secret, &bytes);
    let refused: &[u16] = &[400, 413];
    vec![
        bomb("a document type", to(xml("<!DOCTYPE data>", "", "")), &[400]),
        bomb(
            "a document type of elsewhere",
            to(xml(&format!("<!DOCTYPE data SYSTEM \"{elsewhere}\">"), "", "")),
            &[400],
        ),
        bomb(
            "a public document type",
            to(xml(&format!("<!DOCTYPE data PUBLIC \"-//x\" \"{elsewhere}\">"), "", "")),
            &[400],
        ),
        bomb("laughs", to(xml(&laughs, "", "<a>&a9;</a>")), &[400]),
        bomb(
            "one long entity, many times",
            to(xml(&quadratic, "", &format!("<a>{}</a>", "&a;".repeat(20_000)))),
            &[400],
        ),
        bomb(
            "an entity out of a file",
            to(xml("<!DOCTYPE data [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>", "", "<a>&x;</a>")),
            &[400],
        ),
        bomb(
            "an entity from elsewhere",
            to(xml(&format!("<!DOCTYPE data [<!ENTITY x SYSTEM \"{elsewhere}\">]>"), "", "<a>&x;</a>")),
            &[400],
        ),
        bomb(
            "a parameter entity",
            to(xml(&format!("<!DOCTYPE data [<!ENTITY % x SYSTEM \"{elsewhere}\"> %x;]>"), "", "")),
            &[400],
        ),
        bomb("an entity nobody declared", to(xml("", "", "<a>&nobody;</a>")), &[400]),
        bomb("a million attributes", to(xml("", &attributes, "")), refused),
        bomb("forty thousand attributes", to(xml("", &some_attributes, "")), refused),
        bomb("a million namespaces", to(xml("", &namespaces, "")), refused),
        bomb("twenty thousand namespaces", to(xml("", &some_namespaces, "<a/>")), refused),
        bomb("a hundred thousand levels", to(xml("", "", &nested(100_000))), &[400]),
        bomb("four hundred thousand levels", to(xml("", "", &nested(400_000))), refused),
        bomb("a million siblings", to(xml("", "", &"<a/>".repeat(1_000_000))), refused),
        bomb("twenty megabytes of spaces", to(xml("", "", &" ".repeat(20 * MIB))), refused),
        bomb("one tag of twenty megabytes", to(xml("", "", &format!("<{}/>", "a".repeat(20 * MIB)))), refused),
        bomb("UTF-16", to([&[0xff, 0xfe], &utf16[..]].concat()), &[400]),
        bomb(
            "UTF-7",
            to(b"<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADw-data id=+ACI-papi-2019+ACI-/+AD4-".to_vec()),
            &[400],
        ),
        bomb("a NUL", to(xml("", "", "<a>\u{0}</a>")), &[400]),
        bomb("a NUL by its number", to(xml("", "", "<a>&#0;</a>")), &[400]),
        bomb("bytes that are no text", to([b"<data>".as_slice(), &[0xff; 1_000]].concat()), &[400]),
        bomb("comments without end", to(xml("", "", &"<!--".repeat(100_000))), &[400]),
        bomb("processing instructions", to(xml("", "", &"<?a?>".repeat(300_000))), &[201, 400, 409, 413]),
    ]
}

/// Uploads: parts, types, lengths.
fn upload_bombs(secret: &str) -> Vec<Bomb> {
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n";
    let long_name =
        format!("--b\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\nx\r\n--b--\r\n", "a".repeat(MIB));
    let many_headers = format!("--b\r\n{}\r\nx\r\n--b--\r\n", "X-A: b\r\n".repeat(100_000));
    let path = format!("/v1/key/{secret}/projects/{ROUND}/submission");
    let kind = |kind: &str| request("POST", &path, &format!("Content-Type: {kind}\r\n"), b"--b--\r\n");
    let two = b"--b\r\nContent-Disposition: form-data; name=\"xml_submission_file\"\r\n\r\n<a/>\r\n--b\r\n\
        Content-Disposition: form-data; name=\"xml_submission_file\"\r\n\r\n<a/>\r\n--b--\r\n";
    let gzip = "Content-Encoding: gzip\r\nContent-Type: multipart/form-data; boundary=b\r\n";
    vec![
        bomb("a hundred thousand parts", form(secret, (part.repeat(100_000) + "--b--\r\n").as_bytes()), &[400, 413]),
        bomb("a part with a name of a megabyte", form(secret, long_name.as_bytes()), &[400, 413]),
        bomb("a part with a hundred thousand headers", form(secret, many_headers.as_bytes()), &[400, 413]),
        bomb("a form without an end", form(secret, part.as_bytes()), &[400]),
        bomb("two documents in one upload", form(secret, two), &[400]),
        bomb("no boundary", kind("multipart/form-data"), &[400]),
        bomb(
            "a boundary of sixty kilobytes",
            kind(&format!("multipart/form-data; boundary={}", "b".repeat(60_000))),
            &[400],
        ),
        bomb("another kind of multipart", kind("multipart/mixed; boundary=b"), &[400]),
        bomb("a packed upload", request("POST", &path, gzip, &[0x1f, 0x8b, 8, 0]), &[415]),
    ]
}

/// JSON and plain bodies.
fn json_bombs(secret: &str) -> Vec<Bomb> {
    let put = |number: u64, headers: &str, body: &[u8]| {
        let headers = format!("Authorization: Bearer {secret}\r\n{headers}");
        request("PUT", &format!("/api/v1/responses/{}", uuid(number)), &headers, body)
    };
    let answers = |inside: &str| {
        let body = String::from_utf8(response_body("v1-1", "có")).expect("text");
        body.replace("{\"a\":\"có\"}", inside).into_bytes()
    };
    let doubled: String = (0..60_000).map(|_| "\"a\":0,").collect();
    let keys: String = (0..80_000).map(|at| format!("\"{at}\":0,")).collect();
    // What can be read is kept, and flagged: an interview is never refused for what it says.
    let kept: &[u16] = &[201];
    let head = format!("Authorization: Bearer {secret}\r\n");
    let line = format!("PUT /api/v1/responses/{} HTTP/1.1\r\nHost: x\r\n{head}", uuid(90));
    vec![
        bomb("half a million levels", put(1, "", "[".repeat(MIB / 2).as_bytes()), &[400]),
        bomb(
            "levels in the answers",
            put(2, "", &answers(&format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)))),
            &[400],
        ),
        bomb("a number beyond all numbers", put(3, "", &answers("{\"a\":1e999999999}")), &[400]),
        bomb(
            "a number of a million digits",
            put(4, "", &answers(&format!("{{\"a\":{}}}", "1".repeat(1_000_000)))),
            &[201, 400],
        ),
        bomb(
            "a fraction of a million digits",
            put(5, "", &answers(&format!("{{\"a\":0.{}}}", "1".repeat(1_000_000)))),
            &[201, 400],
        ),
        bomb("sixty thousand times the same key", put(6, "", &answers(&format!("{{{doubled}\"a\":1}}"))), kept),
        bomb("eighty thousand keys", put(7, "", &answers(&format!("{{{keys}\"a\":1}}"))), kept),
        bomb("a list of half a million", put(8, "", &answers(&format!("{{\"a\":[{}0]}}", "0,".repeat(500_000)))), kept),
        bomb("a surrogate alone", put(9, "", &answers("{\"a\":\"\\ud800\"}")), &[400]),
        bomb("a text of NULs", put(10, "", &answers(&format!("{{\"a\":\"{}\"}}", "\\u0000".repeat(150_000)))), kept),
        bomb("a packed body", put(11, "Content-Encoding: gzip\r\n", &[0x1f, 0x8b, 8, 0]), &[415]),
        bomb("a body packed in another way", put(12, "Content-Encoding: br\r\n", b"x"), &[415]),
        bomb("two megabytes", put(13, "", &vec![b' '; 2 * MIB]), &[413]),
        bomb("a terabyte, announced", format!("{line}Content-Length: 1099511627776\r\n\r\n").into_bytes(), &[413]),
        bomb(
            "a length beyond all lengths",
            format!("{line}Content-Length: 99999999999999999999999\r\n\r\n").into_bytes(),
            &[400],
        ),
        bomb(
            "a chunk beyond all chunks",
            format!("{line}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx").into_bytes(),
            &[0, 400, 408, 413],
        ),
        bomb(
            "a chunk with an endless remark",
            format!("{line}Transfer-Encoding: chunked\r\n\r\n1;{}\r\nx", "a".repeat(MIB)).into_bytes(),
            &[0, 400, 408, 413],
        ),
    ]
}

/// Heads, addresses, forms.
fn head_bombs(secret: &str) -> Vec<Bomb> {
    let get = |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n").into_bytes();
    let bearer = format!("Authorization: Bearer {secret}\r\n");
    let many = |n: usize| "X-A: b\r\n".repeat(n);
    let pairs = "a=b&".repeat(250_000);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    vec![
        bomb("an address of a megabyte", get(&format!("/{}", "a".repeat(MIB)), ""), &[0, 400, 404, 414, 431]),
        bomb("ten thousand headers", get("/healthz", &many(10_000)), &[0, 400, 431]),
        bomb("a header of a megabyte", get("/healthz", &format!("X-A: {}\r\n", "b".repeat(MIB))), &[0, 400, 431]),
        bomb(
            "a cookie of a hundred kilobytes",
            get("/", &format!("Cookie: {}\r\n", "a=b; ".repeat(20_000))),
            &[200, 400, 431],
        ),
        bomb(
            "languages",
            get("/api/v1/cases", &format!("Accept-Language: {}\r\n", "vi;q=0.1,".repeat(10_000))),
            &[400, 401, 431],
        ),
        bomb("signs that are none", get("/rounds/%zz%ff%00", ""), &[400, 401, 404]),
        bomb("steps up", get("/static/../../../../etc/passwd", ""), &[400, 404]),
        bomb("steps up, in other words", get("/static/%2e%2e%2f%2e%2e%2fetc%2fpasswd", ""), &[400, 404]),
        bomb(
            "a feed with ten thousand names",
            get(&format!("/api/v1/rounds/{ROUND}/odata/x?$select={}", "a,".repeat(10_000)), &bearer),
            &[400, 403, 404, 431],
        ),
        bomb(
            "a form of a quarter million fields",
            request("POST", "/sign-in", form, pairs.as_bytes()),
            &[303, 400, 401, 413],
        ),
        bomb(
            "a password of a megabyte",
            request(
                "POST",
                "/api/v1/session",
                "",
                format!("{{\"login\":\"a\",\"password\":\"{}\"}}", "a".repeat(MIB - 60)).as_bytes(),
            ),
            &[400],
        ),
        bomb("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(100), &[0, 400]),
    ]
}

#[test]
fn every_bomb_in_a_request_is_answered_cheaply_and_nothing_is_fetched() {
    let database = TestDatabase::sqlite();
    let store = database.open(std::sync::Arc::new(SystemClock));
    create(&store, &new_round(ROUND)).expect("a round");
    let issued = issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Everything).expect("a token");
    drop(store);
    let elsewhere = Elsewhere::listen();
    let process = Process::serve(&database.url);
    let address = process.client.base.trim_start_matches("http://").to_owned();
    let (pid, secret) = (process.id(), issued.secret.reveal());
    // Pools and buffers are filled before anything is measured.
    for number in 100..140 {
        let body = response_body("v1-1", &"x".repeat(100_000));
        assert_eq!(process.client.put(&format!("/api/v1/responses/{}", uuid(number)), Some(secret), &body).status, 201);
    }
    let bombs: Vec<Bomb> = xml_bombs(secret, &elsewhere.url)
        .into_iter()
        .chain(upload_bombs(secret))
        .chain(json_bombs(secret))
        .chain(head_bombs(secret))
        .collect();
    assert!(bombs.len() >= 40, "{}", bombs.len());
    let mut wrong = Vec::new();
    let (mut most_cpu, mut most_kib) = (0.0_f64, 0);
    for bomb in &bombs {
        let (cpu, memory) = (machine::cpu_s(pid).expect("alive"), machine::memory_kib(pid).expect("alive"));
        machine::forget_peak(pid);
        let began = Instant::now();
        let status = status(&address, &bomb.request);
        let cpu = machine::cpu_s(pid).expect("alive") - cpu;
        let grown = machine::peak_kib(pid).expect("alive").saturating_sub(memory);
        (most_cpu, most_kib) = (most_cpu.max(cpu), most_kib.max(grown));
        if !bomb.right.contains(&status) || cpu > CPU_S_MAX || grown > MEMORY_KIB_MAX {
            wrong.push(format!(
                "{}: {status}, {cpu:.2} s of {:.2} s, {grown} KiB",
                bomb.what,
                began.elapsed().as_secs_f64()
            ));
        }
    }
    eprintln!("{} bombs, at most {most_cpu:.2} s and {} MiB", bombs.len(), most_kib / 1024);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    elsewhere.assert_nobody_came();
    // The negative control: it would have been seen.
    drop(TcpStream::connect(elsewhere.url.trim_start_matches("http://").trim_end_matches("/x")).expect("connected"));
    for _ in 0..100 {
        if elsewhere.n_came.load(std::sync::atomic::Ordering::SeqCst) == 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(elsewhere.n_came.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert_eq!(process.client.get("/readyz", None).status, 200, "and it goes on");
    assert_eq!(process.terminate(), Some(0));
}
