//! The disk says no: nothing is acknowledged that is not kept, and the server says so.

use std::process::{Command, Stdio};

use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::store::{Role, SystemClock};

use crate::support::database::TestDatabase;
use crate::support::ledger::Ledger;
use crate::support::process::Process;
use crate::support::service::{ROUND, new_round, response_body, uuid};

/// No file of this server may grow beyond 1 MiB: the log of SQLite hits it as it would hit a full disk.
fn serve_with_little_disk(database: &str) -> Process {
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\" serve --listen 127.0.0.1:0 --database \"$1\""])
        .args([env!("CARGO_BIN_EXE_khaosat"), database])
        .stderr(Stdio::null());
    Process::start(command)
}

#[test]
fn after_a_failed_commit_nothing_is_acknowledged_until_the_server_is_started_again() {
    let database = TestDatabase::sqlite();
    let store = database.open(std::sync::Arc::new(SystemClock));
    create(&store, &new_round(ROUND)).expect("a round");
    let issued = issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Nothing).expect("a token");
    drop(store);
    let put = |process: &Process, number: u64, body: &[u8]| {
        process.client.put(&format!("/api/v1/responses/{}", uuid(number)), Some(issued.secret.reveal()), body)
    };
    let body = |number: u64| response_body("v1-1", &format!("{number} {}", "x".repeat(50_000)));

    let ledger = Ledger::default();
    let process = serve_with_little_disk(&database.url);
    let mut refused = None;
    for number in 0..200 {
        let reply = put(&process, number, &body(number));
        match reply.status {
            201 => ledger.acknowledged(uuid(number), body(number)),
            503 => {
                refused = Some(number);
                break;
            }
            other => panic!("{other}: {}", String::from_utf8_lossy(&reply.bytes)),
        }
    }
    let refused = refused.expect("the disk was never full: no test at all");
    assert!(ledger.len() > 3, "{}", ledger.len());
    let small = put(&process, 1_000, &response_body("v1-1", "có"));
    assert_eq!((small.status, small.code().as_str()), (503, "database_stopped"), "also what would still fit");
    assert_eq!(small.headers.get("retry-after").map(String::as_str), Some("5"));
    assert_eq!(process.client.get("/readyz", None).status, 503);
    assert_eq!(process.client.get("/healthz", None).status, 200);
    assert_eq!(process.terminate(), Some(0));
    assert_eq!(ledger.audit(&database), []);

    let process = Process::serve(&database.url);
    assert_eq!(put(&process, refused, &body(refused)).status, 201, "with room again the same is taken");
    assert_eq!(put(&process, 0, &body(0)).status, 200);
    assert_eq!(process.terminate(), Some(0));
    assert_eq!(ledger.audit(&database), []);
}
