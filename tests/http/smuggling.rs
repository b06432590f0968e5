//! Requests whose end two programs could see at two places: refused at the socket, and the connection is closed, so that nothing of
//! what follows is taken for a request of somebody else.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::database::TestDatabase;
use crate::support::service::TestService;

/// Everything that comes back until the connection is closed, or two seconds have passed without a byte.
fn answers(address: &str, request: &str) -> (String, bool) {
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(2))).expect("set");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    let is_closed = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break true,
            Ok(n) => all.extend_from_slice(&buffer[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break true,
            Err(_nothing_more) => break false,
        }
    };
    (String::from_utf8_lossy(&all).into_owned(), is_closed)
}

#[test]
fn requests_with_two_ends_are_refused_and_nothing_behind_them_is_answered() {
    let service = TestService::start(&TestDatabase::sqlite());
    let address = service.client.base.trim_start_matches("http://").to_owned();
    let hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let post = |headers: &str, body: &str| {
        format!("POST /api/v1/session HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{body}{hidden}")
    };
    let chunked = "0\r\n\r\n";
    let probes = [
        ("CL.TE", post("Content-Length: 5\r\nTransfer-Encoding: chunked", chunked)),
        ("TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 5", chunked)),
        ("two lengths", post("Content-Length: 2\r\nContent-Length: 5", "{}   ")),
        ("the same length twice", post("Content-Length: 2\r\nContent-Length: 2", "{}")),
        ("a list of lengths", post("Content-Length: 2, 5", "{}")),
        ("a length with a sign", post("Content-Length: +2", "{}")),
        ("a negative length", post("Content-Length: -2", "{}")),
        ("a length in other digits", post("Content-Length: 0x2", "{}")),
        ("an empty length", post("Content-Length:", "")),
        ("an unknown encoding", post("Transfer-Encoding: xchunked", chunked)),
        ("chunked, and then something else", post("Transfer-Encoding: chunked, identity", chunked)),
        ("two encodings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", chunked)),
        ("a space before the colon", post("Transfer-Encoding : chunked", chunked)),
        ("a folded encoding", post("Transfer-Encoding:\r\n chunked", chunked)),
        ("a folded header", post("X-A: a\r\n b\r\nContent-Length: 2", "{}")),
        ("a header that begins with a space", post(" Content-Length: 2", "{}")),
        ("a header without a colon", post("Content-Length 2", "{}")),
        ("a NUL in a header", post("X-A: a\0b\r\nContent-Length: 2", "{}")),
        ("a chunk that is no number", post("Transfer-Encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n")),
        ("a chunk without its end", post("Transfer-Encoding: chunked", "2\r\n{}xx0\r\n\r\n")),
        ("two hosts", format!("GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n{hidden}")),
        ("no host", format!("GET /healthz HTTP/1.1\r\n\r\n{hidden}")),
    ];
    let mut wrong = Vec::new();
    for (what, request) in probes {
        let (text, is_closed) = answers(&address, &request);
        let n_answers = text.matches("HTTP/1.1 ").count();
        if !text.starts_with("HTTP/1.1 400") || n_answers != 1 || !is_closed {
            let first: String = text.lines().next().unwrap_or_default().to_owned();
            wrong.push(format!("{what}: {first:?}, {n_answers} answers, closed: {is_closed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The negative control: two plain requests behind each other are two answers on an open connection.
    let (text, is_closed) = answers(&address, &format!("{hidden}{hidden}"));
    assert_eq!((text.matches("HTTP/1.1 200").count(), is_closed), (2, false));
}
