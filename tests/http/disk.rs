//! The disk says no: nothing is acknowledged that is not kept, and the server says so.

use std::path::{Path, PathBuf};
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

/// A disk of so many MiB on a folder; `None` where this machine does not let us (not root).
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn on(folder: &Path, mebibytes: u32) -> Option<Self> {
        let size = format!("size={mebibytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "khaosat-test"])
            .arg(folder)
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(folder.to_owned()))
    }

    /// Leaves no room at all.
    fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.0.join("filler")).expect("a file");
        while file.write_all(&[7; 4096]).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("filler")).expect("there is a filler");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").args(["-l"]).arg(&self.0).status();
    }
}

/// R6: a full disk refuses with 507, reading goes on, and with room again writing does without a restart. `KHAOSAT_DISKS` full disks.
#[test]
fn a_full_disk_refuses_and_with_room_again_everything_is_taken_without_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(disk) = SmallDisk::on(folder.path(), 24) else {
        println!("SKIPPED: no small disk without being root");
        return;
    };
    let database = TestDatabase::sqlite_in(folder);
    // Dropped before the database, whose folder it lies on.
    let disk = disk;
    let store = database.open(std::sync::Arc::new(SystemClock));
    create(&store, &new_round(ROUND)).expect("a round");
    let issued = issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Nothing).expect("a token");
    drop(store);
    let process = Process::serve(&database.url);
    let token = issued.secret.reveal();
    let put = |number: u64, body: &[u8]| {
        process.client.put(&format!("/api/v1/responses/{}", uuid(number)), Some(token), body)
    };
    let body = |number: u64| response_body("v1-1", &format!("{number} {}", "x".repeat(20_000)));
    let ledger = Ledger::default();
    let n_disks: u64 = std::env::var("KHAOSAT_DISKS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let (mut number, mut longest) = (0, std::time::Duration::ZERO);
    for _ in 0..n_disks {
        disk.fill();
        let mut refused = None;
        for _ in 0..300 {
            number += 1;
            let reply = put(number, &body(number));
            match reply.status {
                201 => ledger.acknowledged(uuid(number), body(number)),
                507 => {
                    assert_eq!(reply.code(), "database_full");
                    assert_eq!(reply.headers.get("retry-after").map(String::as_str), Some("5"));
                    refused = Some(number);
                    break;
                }
                other => panic!("{other}: {}", String::from_utf8_lossy(&reply.bytes)),
            }
        }
        let refused = refused.expect("the disk was never full: no test at all");
        assert_eq!(process.client.get("/api/v1/cases", Some(token)).status, 200, "reading goes on");
        disk.make_room();
        let since = std::time::Instant::now();
        assert_eq!(put(refused, &body(refused)).status, 201, "the same is taken, by the same process");
        longest = longest.max(since.elapsed());
        ledger.acknowledged(uuid(refused), body(refused));
    }
    assert!(longest < std::time::Duration::from_secs(5), "{longest:?}");
    println!("{n_disks} full disks, {} acknowledged, written again after at most {longest:?}", ledger.len());
    assert_eq!(process.terminate(), Some(0));
    assert_eq!(ledger.audit(&database), []);
    drop(disk);
}
