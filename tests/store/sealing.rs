//! What respondents say is sealed: without the key nothing of it can be read, and what is changed does not open.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use khaosat::answer_key::{SealKey, erased_beside, read, write_new};
use khaosat::store::{
    DatabaseUrl, KeySource, Store, StoreError, SystemClock, check_with, count_plain_in, migrate, rotate_key,
};

use super::spoken::{CANARIES, CASE, KEPT, OTHER_CASE, dump, files_below, found, keep, readable, response, speak};
use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::process::khaosat;
use crate::support::service::{ROUND, uuid};

fn folder_of(database: &TestDatabase) -> PathBuf {
    Path::new(&database.url).parent().expect("a folder").to_owned()
}

/// A key file of this test's own, for either engine.
fn own_key(database: &TestDatabase) -> (tempfile::TempDir, KeySource, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    if database.is_sqlite() {
        let file = PathBuf::from(format!("{}.key", database.url));
        return (folder, KeySource::Beside, file);
    }
    let file = folder.path().join("answers.key");
    (folder, KeySource::File(file.clone()), file)
}

fn open(database: &TestDatabase, keys: &KeySource) -> Result<Store, StoreError> {
    Store::open_with(&database.parsed(), Arc::new(SystemClock), keys)
}

fn swap(database: &TestDatabase, one: u64, other: u64) {
    let (one, other) = (uuid(one), uuid(other));
    let from = format!("(CASE response.uuid WHEN '{one}' THEN '{other}' ELSE '{one}' END)");
    database.execute("CREATE TABLE beside AS SELECT uuid, body, key_id FROM response WHERE version_no = 1");
    database.execute(&format!(
        "UPDATE response SET body = (SELECT b.body FROM beside b WHERE b.uuid = {from}), \
         key_id = (SELECT b.key_id FROM beside b WHERE b.uuid = {from}) \
         WHERE version_no = 1 AND uuid IN ('{one}', '{other}')"
    ));
    database.execute("DROP TABLE beside");
}

on_both_databases! {
    fn without_the_key_nothing_that_a_respondent_said_is_there(database: &TestDatabase) {
        let (store, _) = speak(database, &database.keys());
        assert_eq!(found(&readable(&store)).len(), CANARIES.len() - 1, "all but the visit's note, which nobody reads back");
        // The name that a sender gave a file is no answer, and is not sealed.
        assert_eq!(found(&dump(&database.parsed())), [CANARIES[5]]);
        if database.is_sqlite() {
            assert_eq!(found(&files_below(&folder_of(database))), [CANARIES[5]]);
        }
        assert_eq!(database.damages(), Vec::<String>::new());
        assert_eq!(count_plain_in(&database.parsed()).expect("counted"), 0);
        assert_eq!(database.number("SELECT count(*) AS n FROM respondent_key"), 2, "one key a respondent");
    }

    fn the_control_kept_as_it_comes_everything_is_there(database: &TestDatabase) {
        let (store, _) = speak(database, &KeySource::Plain);
        assert_eq!(found(&dump(&database.parsed())), CANARIES);
        drop(store);
        if database.is_sqlite() {
            assert_eq!(found(&files_below(&folder_of(database))), CANARIES);
        }
        assert!(count_plain_in(&database.parsed()).expect("counted") >= 7);
    }

    fn what_is_put_in_the_place_of_another_or_changed_does_not_open(database: &TestDatabase) {
        let (store, token) = speak(database, &database.keys());
        keep(&store, response(4, OTHER_CASE, &token, "phiếu thứ hai của cùng một người"));
        let read = || store.read(|snapshot| snapshot.list_first_responses(ROUND));
        assert_eq!(read().expect("it opens").len(), 3);
        // Between respondents, and between two interviews of one.
        for (one, other) in [(1, 2), (2, 4)] {
            swap(database, one, other);
            assert!(matches!(read(), Err(StoreError::Damaged { .. })));
            assert_eq!(database.damages().len(), 2, "{:?}", database.damages());
            swap(database, one, other);
            assert_eq!(database.damages(), Vec::<String>::new());
        }
        let one_byte = if database.is_sqlite() { "X'00'" } else { "'\\x00'::bytea" };
        database.execute(&format!("UPDATE response SET body = body || {one_byte} WHERE uuid = '{}'", uuid(2)));
        assert!(database.damages().concat().contains(&uuid(2)));
    }

    fn a_missing_or_another_key_is_told_and_none_is_made(database: &TestDatabase) {
        let (_folder, keys, file) = own_key(database);
        let _of_the_tests = std::fs::remove_file(&file);
        migrate(&database.parsed()).expect("migrated");
        let store = open(database, &keys).expect("it opens");
        assert_eq!(store.key_made(), Some(file.as_path()), "the first opening makes the key, and says so");
        drop(store);
        assert_eq!(open(database, &keys).expect("again").key_made(), None);
        let named: Vec<&str> = match &keys {
            KeySource::File(file) => vec!["--key-file", file.to_str().expect("UTF-8")],
            _ => Vec::new(),
        };
        let list = || khaosat(&[&["token", "list", "--database", &database.url][..], &named].concat());
        assert_eq!(list().status.code(), Some(0));

        let aside = file.with_extension("aside");
        std::fs::rename(&file, &aside).expect("moved");
        assert!(matches!(open(database, &keys), Err(StoreError::KeyMissing { .. })));
        let told = list();
        assert_eq!(told.status.code(), Some(77), "{}", String::from_utf8_lossy(&told.stderr));
        assert!(String::from_utf8_lossy(&told.stderr).contains(".key"), "{}", String::from_utf8_lossy(&told.stderr));
        assert!(!file.exists(), "no key is made for a database that has one");

        write_new(&file, &SealKey::generate().expect("a key")).expect("written");
        assert!(matches!(open(database, &keys), Err(StoreError::KeyWrong { .. })));
        assert_eq!(list().status.code(), Some(77));
        std::fs::write(&file, "nothing").expect("written");
        assert!(matches!(open(database, &keys), Err(StoreError::KeyFile { .. })));
        assert!(matches!(open(database, &KeySource::Plain), Err(StoreError::KeyMissing { .. })), "sealed once, sealed for ever");
        std::fs::rename(&aside, &file).expect("moved back");
        assert_eq!(list().status.code(), Some(0));
    }

    fn a_new_key_takes_over_and_the_old_one_is_kept(database: &TestDatabase) {
        let (_folder, keys, file) = own_key(database);
        let (store, token) = speak(database, &keys);
        let old = read(&file).expect("a key");
        let before = readable(&store);
        let done = rotate_key(&database.parsed(), &keys, now()).expect("rotated");
        assert_eq!((done.n_keys, &done.file), (2, &file));
        assert_eq!(read(&done.old).expect("the old one"), old);
        let new = read(&file).expect("the new one");
        assert!(new != old && new.fingerprint() == done.fingerprint);
        // Whoever still has the old one keeps nothing of a new respondent with it.
        let late = response(5, "v2-1", &token, "muộn");
        let refused = store.write("test", move |tx| tx.keep_response(&late));
        assert!(matches!(refused, Err(StoreError::KeyChanged)), "{refused:?}");
        drop(store);
        assert!(readable(&open(database, &keys).expect("it opens")) == before, "every word as before");
        assert_eq!(check_with(&database.parsed(), &keys).expect("checked").damages, Vec::<String>::new());

        // Cut off behind the commit: the names are as they were, and the new key still lies beside.
        let next = PathBuf::from(format!("{}.new", file.display()));
        std::fs::rename(&file, &next).expect("moved");
        std::fs::rename(&done.old, &file).expect("moved");
        assert!(readable(&open(database, &keys).expect("it opens all the same")) == before);
        let finished = rotate_key(&database.parsed(), &keys, now()).expect("finished");
        assert_eq!((finished.n_keys, read(&file).expect("a key")), (0, new));
        assert!(!next.exists());
        // Cut off before the commit: what lies beside is of nothing.
        write_new(&next, &SealKey::generate().expect("a key")).expect("written");
        assert!(readable(&open(database, &keys).expect("it opens")) == before);
        assert_eq!(rotate_key(&database.parsed(), &keys, now()).expect("rotated").n_keys, 2);
        assert!(readable(&open(database, &keys).expect("it opens")) == before);
    }

    fn what_was_kept_before_there_was_a_key_is_sealed_afterwards(database: &TestDatabase) {
        let (_folder, keys, _file) = own_key(database);
        let (store, token) = speak(database, &KeySource::Plain);
        let before = readable(&store);
        drop(store);
        let store = open(database, &keys).expect("with a key");
        assert!(readable(&store) == before, "what is not sealed is still read");
        keep(&store, response(6, "v2-1", &token, "sau khi có khóa"));
        let n_plain = count_plain_in(&database.parsed()).expect("counted");
        let mut told = Vec::new();
        let n = store.seal_plain("test", &mut |done, all| told.push((done, all))).expect("sealed");
        assert_eq!((n, told.last()), (n_plain, Some(&(n_plain, n_plain))));
        assert_eq!(count_plain_in(&database.parsed()).expect("counted"), 0);
        assert_eq!(store.seal_plain("test", &mut |_, _| {}).expect("nothing to do"), 0);
        let after = readable(&store);
        assert!(found(&after) == found(&before) && memchr::memmem::find(&after, KEPT.as_bytes()).is_some());
        assert_eq!(check_with(&database.parsed(), &keys).expect("checked").damages, Vec::<String>::new());
        assert_eq!(found(&dump(&database.parsed())), [CANARIES[5]]);
        if database.is_sqlite() {
            // Also nothing of it in the log, in free pages, anywhere.
            assert_eq!(found(&files_below(&folder_of(database))), [CANARIES[5]]);
        }
        assert!(store.read(|snapshot| snapshot.knows_case(ROUND, CASE)).expect("read"));
    }
}

fn now() -> khaosat::store::Timestamp {
    khaosat::store::Clock::now(&SystemClock)
}

#[test]
fn postgresql_is_not_served_without_a_key_or_a_word() {
    let Some(database) = TestDatabase::postgresql() else { return };
    migrate(&database.parsed()).expect("migrated");
    let serve = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_khaosat"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--database", &database.url]).args(more);
        command.env_remove("KHAOSAT_KEY_FILE");
        command
    };
    let refused = serve(&[]).output().expect("it runs");
    assert_eq!(refused.status.code(), Some(77));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--key-file"));
    let process = crate::support::process::Process::start(serve(&["--plain-answers"]));
    assert_eq!(process.client.get("/readyz", None).status, 200);
    drop(process);
    // Once sealed, the word alone is not enough any more.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("answers.key");
    open(&database, &KeySource::File(file.clone())).expect("made");
    assert!(file.exists() && erased_beside(&file).ends_with("answers.erased"));
    assert_eq!(serve(&["--plain-answers"]).output().expect("it runs").status.code(), Some(77));
}

#[test]
fn a_key_is_checked_and_copied() {
    let database = TestDatabase::sqlite();
    drop(speak(&database, &KeySource::Beside));
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.key");
    let copy = copy.to_str().expect("UTF-8");
    let run = |arguments: &[&str]| khaosat(&[&["key"], arguments, &["--database", &database.url]].concat());
    assert_eq!(run(&["copy", copy]).status.code(), Some(0));
    assert_eq!(run(&["check", copy]).status.code(), Some(0));
    assert_eq!(run(&["copy", copy]).status.code(), Some(1), "nothing is written over");
    assert_eq!(run(&["rotate"]).status.code(), Some(0));
    assert_eq!((run(&["check"]).status.code(), run(&["check", copy]).status.code()), (Some(0), Some(77)));
    assert!(matches!(
        check_with(&DatabaseUrl::Sqlite((&database.url).into()), &KeySource::File(copy.into())),
        Err(StoreError::KeyWrong { .. })
    ));
}
