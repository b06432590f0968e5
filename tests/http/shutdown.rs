//! Asked to stop: what has begun is finished and answered, nothing new is taken.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::store::{Role, SystemClock};

use crate::support::database::TestDatabase;
use crate::support::ledger::Ledger;
use crate::support::on_both_databases;
use crate::support::process::Process;
use crate::support::service::{ROUND, new_round, response_body, uuid};

/// A request whose body is half sent; the server has said that it is reading it.
fn begin(address: &str, secret: &str, number: u64, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let head = format!(
        "PUT /api/v1/responses/{} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {secret}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        uuid(number),
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).expect("an answer");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&body[..body.len() / 2]).expect("sent");
    stream
}

on_both_databases! {
    fn responses_that_are_under_way_are_finished_and_answered(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        create(&store, &new_round(ROUND)).expect("a round");
        let issued = issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Nothing).expect("a token");
        drop(store);
        let process = Process::serve(&database.url);
        let address = process.client.base.trim_start_matches("http://").to_owned();
        let body = |number: u64| response_body("v1-1", &format!("đang gửi dở {number}"));
        let streams: Vec<TcpStream> =
            (0..20).map(|number| begin(&address, issued.secret.reveal(), number, &body(number))).collect();
        let ledger = Ledger::default();
        let ended = std::thread::scope(|scope| {
            let stopping = scope.spawn(|| {
                let asked = Instant::now();
                (process.terminate(), asked.elapsed())
            });
            std::thread::sleep(Duration::from_millis(500)); // it has been asked
            for (number, mut stream) in (0..).zip(streams) {
                let body = body(number);
                stream.write_all(&body[body.len() / 2..]).expect("the connection is still there");
                let mut reply = String::new();
                let _closed_after_the_reply = stream.read_to_string(&mut reply);
                assert!(reply.starts_with("HTTP/1.1 201"), "{number}: {reply}");
                ledger.acknowledged(uuid(number), body);
            }
            stopping.join().expect("no panic")
        });
        assert_eq!(ended.0, Some(0), "a clean end");
        assert!(ended.1 < Duration::from_secs(10), "{:?}", ended.1);
        assert_eq!(ledger.len(), 20);
        assert_eq!(ledger.audit(database), []);
        assert!(TcpStream::connect(&address).is_err(), "nothing new is taken");
        ledger.acknowledged(uuid(99), b"never sent".to_vec());
        assert_eq!(ledger.audit(database).len(), 1, "the negative control");
    }
}
