//! The drill: back up, destroy, restore, compare, through the built program; under load, and killed half-way.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::store::copy::digest;
use khaosat::store::{DatabaseUrl, Role, SchemaState, SystemClock, inspect};

use super::workshop::{demonstration, fail_in, files, khaosat, run_in, succeed_in, text};
use crate::support::database::TestDatabase;
use crate::support::ledger::Ledger;
use crate::support::on_both_databases;
use crate::support::process::Process;
use crate::support::service::{ROUND, new_round, response_body, uuid};

/// The database that the demonstration leaves, in a folder of its own, with a pair of keys.
struct Workplace {
    folder: tempfile::TempDir,
    public: String,
}

impl Workplace {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let public = succeed_in(folder.path(), &["backup", "key", "--out", "khaosat.key"]).trim().to_owned();
        assert!(public.starts_with("age1"), "{public}");
        Self { folder, public }
    }

    fn with_demonstration() -> Self {
        let place = Self::new();
        for (name, bytes) in files(&demonstration().folder) {
            if name.starts_with("khaosat.db") {
                std::fs::write(place.path().join(name), bytes).expect("copied");
            }
        }
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn back_up(&self, file: &str, database: &str) -> String {
        succeed_in(self.path(), &["backup", file, "--database", database, "--recipient", &self.public])
    }

    fn digest_of(&self, database: &str) -> String {
        let url = if database.contains("://") {
            database.to_owned()
        } else {
            self.path().join(database).display().to_string()
        };
        digest(&DatabaseUrl::parse(&url).expect("a URL")).expect("read").digest()
    }

    fn database_files(&self) -> Vec<PathBuf> {
        let names = std::fs::read_dir(self.path()).expect("a folder").map(|entry| entry.expect("an entry").path());
        let is_key = |path: &PathBuf| path.to_string_lossy().ends_with(".key");
        names.filter(|path| path.to_string_lossy().contains("restored.db") && !is_key(path)).collect()
    }
}

#[test]
fn the_demonstration_is_backed_up_destroyed_and_restored_on_both_engines() {
    let place = Workplace::with_demonstration();
    let before = place.digest_of("khaosat.db");
    assert!(place.back_up("one.age", "khaosat.db").contains(&before), "the command says the digest");
    let told = succeed_in(place.path(), &["backup", "verify", "one.age", "--identity", "khaosat.key"]);
    assert!(told.contains(&before) && told.contains("response: "), "{told}");
    for name in ["khaosat.db", "khaosat.db-wal", "khaosat.db-shm"] {
        let _not_there = std::fs::remove_file(place.path().join(name));
    }
    let restore = ["restore", "one.age", "--identity", "khaosat.key", "--database", "khaosat.db"];
    assert!(succeed_in(place.path(), &restore).contains(&before));
    assert_eq!(place.digest_of("khaosat.db"), before);
    succeed_in(place.path(), &["db", "check", "--database", "khaosat.db"]);
    assert!(fail_in(place.path(), &restore).contains("khaosat.db"), "a second time it is not empty");
    assert_eq!(place.digest_of("khaosat.db"), before);

    let Some(server) = TestDatabase::postgresql() else { return };
    let moved = succeed_in(place.path(), &["db", "move", "--from", "khaosat.db", "--to", &server.url]);
    assert!(moved.contains(&before));
    place.back_up("two.age", &server.url);
    let restore = [
        "restore",
        "two.age",
        "--identity",
        "khaosat.key",
        "--database",
        "restored.db",
        "--key-file",
        "khaosat.db.key",
    ];
    assert!(succeed_in(place.path(), &restore).contains(&before), "home again by way of the other engine");
    assert_eq!(place.digest_of("restored.db"), before);
    // The same scores out of the restored one as out of the first.
    let scores = |database: &str| {
        let process = Process::serve(place.path().join(database).to_str().expect("UTF-8"));
        process.client.get("/api/v1/rounds/bac-giang-mo-phong/scores.csv?index=papi-2019", None).bytes
    };
    assert!(scores("restored.db") == demonstration().read("scores/papi-2019.csv"), "the statistics, bit for bit");
}

#[test]
fn refusals_say_why_in_both_languages_and_do_nothing_by_half() {
    let place = Workplace::with_demonstration();
    place.back_up("one.age", "khaosat.db");
    assert!(fail_in(place.path(), &["backup", "one.age", "--recipient", &place.public]).contains("exists"));
    assert!(fail_in(place.path(), &["backup", "two.age"]).contains("no passphrase"), "no terminal to ask");
    assert!(fail_in(place.path(), &["backup", "two.age", "--recipient", "age1nonsense"]).contains("no public key"));
    assert!(
        fail_in(place.path(), &["backup", "two.age", "--database", "none.db", "--recipient", &place.public])
            .contains("none.db")
    );
    assert!(!place.path().join("two.age").exists() && !place.path().join("two.age.part").exists());
    assert!(fail_in(place.path(), &["restore", "none.age", "--identity", "khaosat.key"]).contains("none.age"));
    std::fs::write(place.path().join("passphrase"), "hoàn toàn sai rồi\n").expect("written");
    let wrong = ["restore", "one.age", "--passphrase-file", "passphrase", "--database", "restored.db"];
    assert!(fail_in(place.path(), &wrong).contains("does not open"));
    let output =
        khaosat().current_dir(place.path()).args(wrong).env("KHAOSAT_LANGUAGE", "vi").output().expect("it runs");
    assert!(text(&output.stderr).contains("không mở được tệp sao lưu"), "{}", text(&output.stderr));
    let bytes = std::fs::read(place.path().join("one.age")).expect("read");
    std::fs::write(place.path().join("cut.age"), &bytes[..bytes.len() - 100]).expect("written");
    for command in [&["restore", "cut.age", "--database", "restored.db"][..], &["backup", "verify", "cut.age"]] {
        let told = fail_in(place.path(), &[command, &["--identity", "khaosat.key"]].concat());
        assert!(told.contains("cut off"), "{told}");
    }
    assert_eq!(place.database_files(), Vec::<PathBuf>::new());
}

#[test]
fn a_passphrase_comes_from_a_file_or_the_environment() {
    let place = Workplace::with_demonstration();
    std::fs::write(place.path().join("passphrase"), "tiếng Việt có dấu\n").expect("written");
    succeed_in(place.path(), &["backup", "one.age", "--passphrase-file", "passphrase"]);
    // The same words as another keyboard writes them: letters and marks apart.
    let apart: String = unicode_normalization::UnicodeNormalization::nfd("tiếng Việt có dấu").collect();
    let mut command = khaosat();
    command.current_dir(place.path()).args(["backup", "verify", "one.age"]).env("KHAOSAT_BACKUP_PASSPHRASE", apart);
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Kills a restore at later and later moments until one comes through. Gives how many were killed.
fn kill_until_done(place: &Workplace, database: &str, is_untouched: impl Fn() -> bool) -> u32 {
    let mut n_killed = 0;
    // From 20 milliseconds on, each time a third later.
    for pause_ms in std::iter::successors(Some(20), |ms: &u64| Some(ms * 4 / 3)) {
        let mut command = khaosat();
        command.current_dir(place.path()).args([
            "restore",
            "one.age",
            "--identity",
            "khaosat.key",
            "--database",
            database,
            "--key-file",
            "khaosat.db.key",
        ]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(pause_ms));
        if let Some(status) = child.try_wait().expect("looked at") {
            assert!(status.success(), "{}", text(&child.wait_with_output().expect("its words").stderr));
            return n_killed;
        }
        child.kill().expect("killed");
        let status = child.wait().expect("it ends");
        if status.success() {
            return n_killed;
        }
        n_killed += 1;
        assert!(is_untouched(), "killed after {pause_ms} ms it left something under the name");
    }
    n_killed
}

#[test]
fn a_killed_restore_leaves_nothing_under_the_name_and_the_next_one_succeeds() {
    let place = Workplace::with_demonstration();
    let before = place.digest_of("khaosat.db");
    place.back_up("one.age", "khaosat.db");
    let n_killed = kill_until_done(&place, "restored.db", || !place.path().join("restored.db").exists());
    assert!(n_killed >= 3, "only {n_killed} were killed: no test at all");
    assert_eq!(place.digest_of("restored.db"), before);
    assert_eq!(place.database_files(), [place.path().join("restored.db")], "and nothing beside it");

    let Some(server) = TestDatabase::postgresql() else { return };
    let is_empty = || {
        // The server undoes what the killed one had begun as soon as it notices that nobody is there.
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            matches!(inspect(&server.parsed()), Ok(SchemaState::Empty))
        })
    };
    let n_on_server = kill_until_done(&place, &server.url, is_empty);
    assert!(n_on_server >= 3, "only {n_on_server} were killed: no test at all");
    assert_eq!(place.digest_of(&server.url), before);
    eprintln!("{n_killed} + {n_on_server} restores killed");
}

on_both_databases! {
    fn a_backup_under_load_holds_everything_that_was_acknowledged_before_it(database: &TestDatabase) {
        let place = Workplace::new();
        let store = database.open(Arc::new(SystemClock));
        create(&store, &new_round(ROUND)).expect("a round");
        let issued = issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Nothing).expect("a token");
        drop(store);
        let process = Process::serve(&database.url);
        let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        // What was acknowledged before each backup began.
        let ledgers: Vec<Ledger> = (0..3).map(|_| Ledger::default()).collect();
        let begun = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let body = response_body("v1-1", &format!("câu trả lời {number}"));
                        let reply = process.client.put(&format!("/api/v1/responses/{}", uuid(number)), Some(issued.secret.reveal()), &body);
                        assert_eq!(reply.status, 201, "{}", text(&reply.bytes));
                        let first = usize::try_from(begun.load(Ordering::SeqCst)).expect("few");
                        ledgers.iter().skip(first).for_each(|ledger| ledger.acknowledged(uuid(number), body.clone()));
                    }
                });
            }
            for number in 0..3_u64 {
                // However busy the machine is.
                let waiting_since = Instant::now();
                while ledgers[usize::try_from(number).expect("few")].len() < 10 && waiting_since.elapsed() < Duration::from_secs(60) {
                    std::thread::sleep(Duration::from_millis(10));
                }
                begun.store(number + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(50)); // who was between reply and ledger
                place.back_up(&format!("{number}.age"), &database.url);
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(process.terminate(), Some(0));
        for (number, ledger) in ledgers.iter().enumerate() {
            let restored = TestDatabase::sqlite();
            let file = format!("{number}.age");
            succeed_in(place.path(), &["restore", &file, "--identity", "khaosat.key", "--database", &restored.url]);
            assert!(ledger.len() >= 10, "{} were acknowledged before backup {number}: no test at all", ledger.len());
            assert_eq!(ledger.audit(&restored), [], "backup {number}");
        }
        // Which backups were made is known to the running database.
        assert_eq!(database.number("SELECT count(*) AS n FROM audit_event WHERE act = 'database.backed_up'"), 3);
        ledgers[0].acknowledged(uuid(u64::from(u32::MAX)), b"never sent".to_vec());
        assert_eq!(ledgers[0].audit(database).len(), 1, "the negative control");
    }
}

#[test]
fn what_a_backup_command_leaves_behind_is_its_file_alone() {
    let place = Workplace::with_demonstration();
    place.back_up("one.age", "khaosat.db");
    let names: Vec<String> = files(place.path()).into_keys().collect();
    assert_eq!(names, ["khaosat.db", "khaosat.db.key", "khaosat.key", "one.age"]);
    use std::os::unix::fs::PermissionsExt;
    for name in ["khaosat.key", "one.age"] {
        assert_eq!(
            std::fs::metadata(place.path().join(name)).expect("a file").permissions().mode() & 0o077,
            0,
            "{name}"
        );
    }
    assert_eq!(run_in(place.path(), &["backup"]).status.code(), Some(2), "wrong usage");
}
