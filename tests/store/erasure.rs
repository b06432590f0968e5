//! A respondent who asked for it is gone: from the database, from its files, from what is restored; and nobody else is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use khaosat::backup::{Key, Lock, create, new_identity, restore};
use khaosat::erased;
use khaosat::store::copy::Settling;
use khaosat::store::{
    Clock, Kept, KeySource, NewErasure, NewRequest, NewReview, ReceivedState, RequestKind, Store, StoreError,
    SystemClock, Verdict, check_with,
};

use super::spoken::{
    CANARIES, CASE, KEPT, OTHER_CASE, attempt, dump, files_below, found, keep, readable, response, speak,
};
use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::process::khaosat;
use crate::support::service::{ROUND, uuid};

fn new_erasure(case: &str) -> NewErasure {
    NewErasure {
        round_code: ROUND.to_owned(),
        case_id: case.to_owned(),
        requested_on: "2024-10-02".to_owned(),
        reason: "theo yêu cầu".to_owned(),
    }
}

/// Keys of this test's own: erasures are written down beside them.
fn keys_of(database: &TestDatabase, folder: &Path) -> KeySource {
    if database.is_sqlite() { KeySource::Beside } else { KeySource::File(folder.join("answers.key")) }
}

struct Safe {
    folder: tempfile::TempDir,
    lock: Lock,
    key: Key,
}

impl Safe {
    fn new() -> Self {
        let (secret, public) = new_identity();
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            lock: Lock::recipients(&[public]).expect("a public key"),
            key: Key::identities(&secret).expect("a secret key"),
        }
    }

    fn back_up(&self, database: &TestDatabase, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        create(&database.parsed(), &path, &self.lock, SystemClock.now(), &mut |_, _| {}).expect("backed up");
        path
    }
}

fn open(database: &TestDatabase, keys: &KeySource) -> Store {
    Store::open_with(&database.parsed(), Arc::new(SystemClock), keys).expect("it opens")
}

/// Everything that somebody finds who has database, files and key.
fn everything(database: &TestDatabase, keys: &KeySource) -> Vec<u8> {
    let mut all = dump(&database.parsed());
    if database.is_sqlite() {
        all.extend(files_below(Path::new(&database.url).parent().expect("a folder")));
    }
    all.extend(readable(&open(database, keys)));
    all
}

fn holds(bytes: &[u8], word: &str) -> bool {
    memchr::memmem::find(bytes, word.as_bytes()).is_some()
}

fn erase_and_search(database: &TestDatabase, keys: &KeySource, safe: &Safe) {
    let (store, token) = speak(database, keys);
    let before = everything(database, keys);
    // The control: what is searched for is there, and can be found.
    let n_found = found(&before).len();
    assert!(n_found >= CANARIES.len() - 1, "{:?}", found(&before));
    let older = safe.back_up(database, "before.age");
    let refused = store.erase("test", new_erasure("v9-9"));
    assert!(matches!(refused, Err(StoreError::Missing { .. })), "{refused:?}");

    let done = store.erase("test", new_erasure(CASE)).expect("erased");
    let proof = &done.proof;
    assert_eq!(
        (proof.n_responses, proof.n_attachments, proof.n_contact_attempts, proof.n_flags, proof.n_reviews),
        (2, 1, 1, 2, 1)
    );
    assert!(done.is_scrubbed, "nobody else reads");
    assert_eq!(proof.hashes.lines().count(), 4);
    assert!(proof.hashes.contains(&response(1, CASE, &token, CANARIES[2]).body_sha256), "{}", proof.hashes);
    let again = store.erase("test", new_erasure(CASE));
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");

    // What phones still send: the same, changed, new, under another case, with files, reviewed.
    let same = keep(&store, response(1, CASE, &token, CANARIES[2]));
    assert!(
        matches!(&same, Kept::Again(receipt) if receipt.state == ReceivedState::Accepted && receipt.version_no == 1)
    );
    for sent in [
        response(1, CASE, &token, "đổi nội dung"),
        response(7, CASE, &token, "phiếu mới"),
        response(1, OTHER_CASE, &token, "mã hộ khác"),
    ] {
        let sha256 = sent.body_sha256.clone();
        let kept = keep(&store, sent);
        let receipt = kept.receipt();
        assert!(matches!(kept, Kept::Again(_)), "no sender is told to send it again");
        assert_eq!((receipt.state, &receipt.sha256, receipt.version_no), (ReceivedState::Erased, &sha256, 0));
    }
    let visit = attempt(8, CASE, &token, CANARIES[6]);
    let kept = store.write("test", move |tx| tx.keep_contact_attempt(&visit)).expect("answered");
    assert_eq!(kept.receipt().state, ReceivedState::Erased);
    let review = NewReview {
        uuid: uuid(1),
        round_code: ROUND.to_owned(),
        n_seen: 1,
        verdict: Verdict::Approved,
        comment: CANARIES[8].to_owned(),
        question: None,
    };
    let refused = store.write("test", move |tx| tx.create_review(&review));
    assert!(matches!(refused, Err(StoreError::Missing { .. })), "{refused:?}");
    drop(store);

    let after = everything(database, keys);
    assert_eq!(found(&after), Vec::<&str>::new());
    assert!(holds(&after, KEPT) || !matches!(keys, KeySource::Plain), "nobody else's words are touched");
    let store = open(database, keys);
    let left = store.read(|snapshot| snapshot.list_first_responses(ROUND)).expect("read");
    assert_eq!(left.iter().map(|one| one.receipt.uuid.clone()).collect::<Vec<_>>(), [uuid(2)]);
    assert!(holds(&left[0].body, KEPT));
    assert_eq!(check_with(&database.parsed(), keys).expect("checked").damages, Vec::<String>::new());
    assert_eq!(
        database.number("SELECT count(*) AS n FROM audit_event WHERE act = 'respondent.erased'"),
        1,
        "it stands in the log"
    );
    drop(store);

    // A backup from now, and one from before: opened with key and all.
    let lines = erased::read(&done.written_to.expect("a file")).expect("read");
    assert_eq!(lines.len(), 1);
    let key_file = keys.file(&database.parsed());
    for (backup, erased, n_erased) in [(safe.back_up(database, "after.age"), Vec::new(), 0), (older.clone(), lines, 1)]
    {
        for to in [Some(TestDatabase::sqlite()), TestDatabase::postgresql()].into_iter().flatten() {
            let settling = Settling { key_file: key_file.clone(), erased: erased.clone(), ..Settling::default() };
            let filled = restore(&backup, &safe.key, &to.parsed(), &settling, &mut |_, _| {}).expect("restored");
            assert_eq!(filled.n_erased, n_erased);
            let keys_there = key_file.clone().map_or(KeySource::Plain, KeySource::File);
            let there = everything(&to, &keys_there);
            assert_eq!(found(&there), Vec::<&str>::new(), "{}", to.url);
            assert_eq!(check_with(&to.parsed(), &keys_there).expect("checked").damages, Vec::<String>::new());
            let proofs = open(&to, &keys_there).read(|snapshot| snapshot.list_erasures(ROUND)).expect("read");
            assert_eq!(proofs.len(), 1, "the proof is there, too");
            assert_eq!((&proofs[0].hashes, &proofs[0].requested_on), (&proof.hashes, &proof.requested_on));
        }
    }
    // The control: without the list the older backup brings everything back.
    let to = TestDatabase::sqlite();
    let settling = Settling { key_file: key_file.clone(), ..Settling::default() };
    restore(&older, &safe.key, &to.parsed(), &settling, &mut |_, _| {}).expect("restored");
    let keys_there = key_file.map_or(KeySource::Plain, KeySource::File);
    assert_eq!(found(&everything(&to, &keys_there)).len(), n_found);
}

on_both_databases! {
    fn a_sealed_respondent_is_gone_and_does_not_come_back(database: &TestDatabase) {
        let safe = Safe::new();
        let keys = keys_of(database, safe.folder.path());
        erase_and_search(database, &keys, &safe);
    }

    fn a_respondent_kept_as_they_came_is_gone_and_does_not_come_back(database: &TestDatabase) {
        // Erasures have no place of their own on PostgreSQL without a key.
        if database.is_sqlite() {
            erase_and_search(database, &KeySource::Plain, &Safe::new());
        } else {
            let (store, _) = speak(database, &KeySource::Plain);
            assert_eq!(found(&dump(&database.parsed())), CANARIES);
            assert_eq!(store.erase("test", new_erasure(CASE)).expect("erased").written_to, None);
            assert_eq!(found(&dump(&database.parsed())), Vec::<&str>::new());
        }
    }

    fn what_arrives_while_a_respondent_is_erased_is_there_before_or_turned_away(database: &TestDatabase) {
        let safe = Safe::new();
        let keys = keys_of(database, safe.folder.path());
        let (store, token) = speak(database, &keys);
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                let (store, token) = (&store, &token);
                scope.spawn(move || {
                    for number in 0..25 {
                        keep(store, response(100 + thread * 100 + number, CASE, token, CANARIES[2]));
                    }
                });
            }
            std::thread::sleep(std::time::Duration::from_millis(15));
            store.erase("test", new_erasure(CASE)).expect("erased");
        });
        assert_eq!(check_with(&database.parsed(), &keys).expect("checked").damages, Vec::<String>::new());
        assert_eq!(database.number("SELECT count(*) AS n FROM response WHERE case_id = 'v1-1' AND length(body) > 0"), 0);
        let turned_away = database.number("SELECT count(*) AS n FROM audit_event WHERE act = 'respondent.turned_away'");
        let there = database.number("SELECT count(*) AS n FROM response WHERE case_id = 'v1-1'");
        assert_eq!(turned_away + there, 102, "each of them is one or the other");
    }
}

#[test]
fn the_command_asks_erases_once_and_a_restore_by_command_does_it_again() {
    let database = TestDatabase::sqlite();
    drop(speak(&database, &KeySource::Beside));
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (secret, backup) = (path("backup.key"), path("one.age"));
    let public = String::from_utf8(khaosat(&["backup", "key", "--out", &secret]).stdout).expect("text");
    let made = khaosat(&["backup", &backup, "--database", &database.url, "--recipient", public.trim()]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let erase = |more: &[&str]| {
        let command = ["respondent", "erase", ROUND, CASE, "--requested-on", "02/10/2024", "--database", &database.url];
        khaosat(&[&command[..], more].concat())
    };
    // Nobody typed the code again.
    let refused = erase(&["--reason", "theo yêu cầu"]);
    assert_eq!(refused.status.code(), Some(1), "{}", String::from_utf8_lossy(&refused.stderr));
    assert_eq!(database.number("SELECT count(*) AS n FROM erasure"), 0);
    assert_eq!(erase(&["--reason", " ", "--yes"]).status.code(), Some(1), "a reason is needed");
    let erased = erase(&["--reason", "theo yêu cầu", "--yes"]);
    assert!(erased.status.success(), "{}", String::from_utf8_lossy(&erased.stderr));
    assert_eq!(erase(&["--reason", "theo yêu cầu", "--yes"]).status.code(), Some(1), "once is enough");
    assert_eq!(database.number("SELECT count(*) AS n FROM erasure"), 1);

    // The list lies beside the old name: the same name again, and another one that is told of it.
    let key = format!("{}.key", database.url);
    for (name, list) in [(database.url.clone(), false), (path("other.db"), true)] {
        for suffix in ["", "-wal", "-shm"] {
            let _was_not_there = std::fs::remove_file(format!("{name}{suffix}"));
        }
        let mut restore = vec!["restore", &backup, "--identity", &secret, "--database", &name, "--key-file", &key];
        let erased = format!("{}.erased", database.url);
        if list {
            restore.extend(["--erased", &erased]);
        }
        let restored = khaosat(&restore);
        assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
        assert!(String::from_utf8_lossy(&restored.stdout).contains("đã xóa lại 1"), "{restored:?}");
        let store = Store::open(&khaosat::store::DatabaseUrl::parse(&name).expect("a path"), Arc::new(SystemClock));
        assert_eq!(found(&readable(&store.expect("it opens with the key that was put beside it"))), Vec::<&str>::new());
        assert!(std::path::Path::new(&format!("{name}.erased")).exists(), "the next restore knows it, too");
    }
}

on_both_databases! {
    fn a_withdrawn_respondent_is_in_no_result_and_is_kept(database: &TestDatabase) {
        let (store, token) = speak(database, &database.keys());
        let n_before = store.read(|snapshot| snapshot.count_reviews(ROUND)).expect("read");
        store.write("test", |tx| tx.withdraw_respondent(ROUND, CASE)).expect("withdrawn");
        let again = store.write("test", |tx| tx.withdraw_respondent(ROUND, CASE));
        assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
        // What is remembered of the round is out of date at once.
        assert_eq!(store.read(|snapshot| snapshot.count_reviews(ROUND)).expect("read"), n_before + 1);
        assert_eq!(found(&readable(&store)), Vec::<&str>::new());
        let events = store.read(|snapshot| snapshot.list_case_events(ROUND)).expect("read");
        let of_case: Vec<_> = events.iter().filter(|event| event.case_id == CASE).collect();
        assert_eq!(of_case.len(), 2, "the same happened");
        assert!(of_case.iter().all(|event| event.disposition == "2.11" && event.uuid.is_none()), "and it is a refusal now");
        // What still comes is kept with the rest, and used as little.
        keep(&store, response(9, CASE, &token, "đến muộn"));
        let left = store.read(|snapshot| snapshot.list_first_responses(ROUND)).expect("read");
        assert_eq!(left.iter().map(|one| one.case_id.as_str()).collect::<Vec<_>>(), [OTHER_CASE]);
        assert_eq!(database.number("SELECT count(*) AS n FROM response WHERE case_id = 'v1-1' AND length(body) > 0"), 3);
        assert_eq!(database.damages(), Vec::<String>::new(), "it is whole, and opens");
    }

    fn requests_have_numbers_and_end_with_what_was_asked(database: &TestDatabase) {
        let safe = Safe::new();
        let keys = keys_of(database, safe.folder.path());
        let (store, _) = speak(database, &keys);
        let record = |case: &str, kind: RequestKind| {
            let new = NewRequest {
                round_code: ROUND.to_owned(),
                case_id: case.to_owned(),
                kind,
                requested_on: "2024-10-02".to_owned(),
                note: "qua điện thoại".to_owned(),
            };
            store.write("test", move |tx| tx.record_request(&new))
        };
        assert!(matches!(record("v9-9", RequestKind::Access), Err(StoreError::Missing { .. })));
        assert_eq!(record(CASE, RequestKind::Access).expect("recorded"), 1);
        assert_eq!(record(CASE, RequestKind::Withdraw).expect("recorded"), 2);
        assert_eq!(record(CASE, RequestKind::Erase).expect("recorded"), 3);
        assert_eq!(record(OTHER_CASE, RequestKind::Access).expect("recorded"), 1);
        let open = || {
            let all = store.read(|snapshot| snapshot.list_requests(Some(ROUND))).expect("read");
            all.into_iter().filter(|one| one.done_at.is_none()).map(|one| (one.case_id, one.request_no)).collect::<Vec<_>>()
        };
        assert_eq!(open().len(), 4);
        store.write("test", |tx| tx.settle_request(ROUND, CASE, 1, false)).expect("answered");
        assert_eq!(open().len(), 4, "answered is not done");
        store.write("test", |tx| tx.withdraw_respondent(ROUND, CASE)).expect("withdrawn");
        assert_eq!(open(), [(CASE.to_owned(), 1), (CASE.to_owned(), 3), (OTHER_CASE.to_owned(), 1)]);
        store.erase("test", new_erasure(CASE)).expect("erased, although it was withdrawn");
        assert_eq!(open(), [(OTHER_CASE.to_owned(), 1)]);
        let missing = store.write("test", |tx| tx.settle_request(ROUND, CASE, 7, true));
        assert!(matches!(missing, Err(StoreError::Missing { .. })), "{missing:?}");
    }

    fn a_round_whose_last_day_is_over_forgets_who_answered(database: &TestDatabase) {
        let safe = Safe::new();
        let keys = keys_of(database, safe.folder.path());
        let (store, token) = speak(database, &keys);
        let missing = store.write("test", |tx| tx.set_retention("nowhere", "2024-12-31"));
        assert!(matches!(missing, Err(StoreError::Missing { .. })), "{missing:?}");
        store.write("test", |tx| tx.set_retention(ROUND, "2024-12-31")).expect("set");
        assert_eq!(store.apply_retentions("test", "2024-12-31").expect("looked"), [], "the last day is not over");
        assert_eq!(store.read(|snapshot| snapshot.list_first_responses(ROUND)).expect("read").len(), 2);
        // A later day in time takes its place.
        store.write("test", |tx| tx.set_retention(ROUND, "2025-06-30")).expect("set");
        assert_eq!(store.apply_retentions("test", "2025-01-01").expect("looked"), []);
        assert_eq!(store.apply_retentions("test", "2025-07-01").expect("applied"), [(ROUND.to_owned(), 2)]);
        let left = everything(database, &keys);
        assert!(found(&left).is_empty() && !holds(&left, KEPT), "nobody's words are left");
        assert_eq!(store.read(|snapshot| snapshot.list_erasures(ROUND)).expect("read").len(), 2);
        assert_eq!(store.apply_retentions("test", "2025-07-02").expect("looked"), [], "once");
        // What comes afterwards, at a household nobody knew of, goes the same way.
        keep(&store, response(9, "v2-1", &token, "đến sau ngày cuối"));
        assert_eq!(store.apply_retentions("test", "2025-07-02").expect("applied"), [(ROUND.to_owned(), 1)]);
        assert_eq!(check_with(&database.parsed(), &keys).expect("checked").damages, Vec::<String>::new());
        assert_eq!(database.number("SELECT count(*) AS n FROM sampled_unit"), 6, "the sample stays");
    }
}
