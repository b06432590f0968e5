use std::sync::Arc;

use diesel::Connection;
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use khaosat::store::copy::digest;
use khaosat::store::{
    DatabaseUrl, Safeguard, SchemaState, Store, StoreError, SystemClock, inspect, migrate, migrate_with,
};

use crate::support::database::TestDatabase;
use crate::support::older::make_older;
use crate::support::on_both_databases;
use crate::support::process::khaosat;

const FUTURE: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000001')";

on_both_databases! {
    fn migrating_twice_changes_nothing(database: &TestDatabase) {
        assert_eq!(inspect(&database.parsed()).expect("looked at"), SchemaState::Empty);
        assert!(!migrate(&database.parsed()).expect("migrated").is_empty());
        assert!(matches!(inspect(&database.parsed()), Ok(SchemaState::Current { .. })));
        assert!(migrate(&database.parsed()).expect("migrated").is_empty());
    }

    fn a_database_that_is_not_migrated_is_not_opened(database: &TestDatabase) {
        let opened = Store::open(&database.parsed(), Arc::new(SystemClock));
        assert!(matches!(opened, Err(StoreError::Older { .. })));
    }

    fn a_newer_database_is_refused_with_78_and_left_untouched(database: &TestDatabase) {
        migrate(&database.parsed()).expect("migrated");
        database.execute(FUTURE);
        let n_known = database.number("SELECT count(*) AS n FROM __diesel_schema_migrations");
        let before: Vec<_> = database.files().iter().map(|file| std::fs::read(file).expect("a file")).collect();
        for command in [["serve", "--listen=127.0.0.1:0"], ["db", "migrate"], ["db", "check"], ["token", "list"]] {
            let output = khaosat(&[&command[..], &["--database", &database.url]].concat());
            assert_eq!(output.status.code(), Some(78), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
            assert!(String::from_utf8_lossy(&output.stderr).contains("29991231000001"));
        }
        let after: Vec<_> = database.files().iter().map(|file| std::fs::read(file).expect("a file")).collect();
        assert!(before == after, "a file was changed");
        assert_eq!(database.number("SELECT count(*) AS n FROM __diesel_schema_migrations"), n_known);
    }

    fn before_a_migration_there_is_a_copy_or_the_word_of_the_operator(database: &TestDatabase) {
        make_older(database);
        let before = digest(&database.parsed()).expect("read");
        let refused = ["serve", "--listen=127.0.0.1:0", "--database", &database.url];
        if database.is_sqlite() {
            // Where the copy cannot be made nothing is migrated.
            let first = format!("{}.before-20261125000010", database.url);
            std::fs::create_dir(format!("{first}.part")).expect("in the way");
            let output = khaosat(&refused);
            assert_eq!(output.status.code(), Some(1));
            assert!(String::from_utf8_lossy(&output.stderr).contains("bản sao"), "{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(digest(&database.parsed()).expect("read"), before);
            assert!(matches!(inspect(&database.parsed()), Ok(SchemaState::Older { .. })));
            std::fs::remove_dir(format!("{first}.part")).expect("away");
            let migrated = migrate_with(&database.parsed(), Safeguard::CopyBeside).expect("migrated");
            assert_eq!(migrated.copy.as_deref(), Some(std::path::Path::new(&first)));
            let copy = DatabaseUrl::parse(&first).expect("a path");
            assert_eq!(digest(&copy).expect("read"), before, "the copy is the file as it was");
            assert!(matches!(inspect(&copy), Ok(SchemaState::Older { .. })));
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&first).expect("a file").permissions().mode() & 0o077, 0);
        } else {
            let output = khaosat(&refused);
            assert_eq!(output.status.code(), Some(1));
            assert!(String::from_utf8_lossy(&output.stderr).contains("--have-backup"));
            assert_eq!(khaosat(&["db", "migrate", "--database", &database.url]).status.code(), Some(1));
            assert_eq!(digest(&database.parsed()).expect("read"), before);
            assert_eq!(khaosat(&["db", "migrate", "--have-backup", "--database", &database.url]).status.code(), Some(0));
        }
        assert!(matches!(inspect(&database.parsed()), Ok(SchemaState::Current { .. })));
        assert_eq!(database.number("SELECT count(*) AS n FROM account WHERE id = 'ac-tk-1'"), 1);
    }

    fn a_database_of_another_program_is_not_touched(database: &TestDatabase) {
        database.execute("CREATE TABLE cookbook (name TEXT)");
        assert!(matches!(migrate(&database.parsed()), Err(StoreError::Foreign)));
        let output = khaosat(&["db", "migrate", "--database", &database.url]);
        assert_eq!(output.status.code(), Some(1));
    }

    fn nodes_that_start_at_once_migrate_once(database: &TestDatabase) {
        if database.is_sqlite() {
            return; // one machine, one program: two first starts at once are not promised there
        }
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let url = database.parsed();
                std::thread::spawn(move || migrate(&url).expect("migrated").len())
            })
            .collect();
        let ran: usize = threads.into_iter().map(|thread| thread.join().expect("no panic")).sum();
        let known = i64::try_from(ran).expect("a number");
        assert_eq!(known, database.number("SELECT count(*) AS n FROM __diesel_schema_migrations"));
    }

    fn damage_to_a_kept_body_is_found(database: &TestDatabase) {
        use khaosat::cli::round::create;
        use crate::support::service::{ROUND, new_round};
        let store = database.open(Arc::new(SystemClock));
        create(&store, &new_round(ROUND)).expect("a round");
        drop(store);
        let check = || khaosat(&["db", "check", "--database", &database.url]).status.code();
        assert_eq!(check(), Some(0));
        let one_byte = if database.is_sqlite() { "X'00'" } else { "'\\x00'::bytea" };
        database.execute(&format!("UPDATE sample SET list_csv = {one_byte} || list_csv"));
        assert_eq!(check(), Some(1));
    }
}

#[test]
fn a_newer_database_whose_log_is_not_merged_yet_is_left_untouched_too() {
    let database = TestDatabase::sqlite();
    migrate(&database.parsed()).expect("migrated");
    let mut held_open = SqliteConnection::establish(&database.url).expect("opens");
    held_open.batch_execute(FUTURE).expect("written");
    let contents = || -> Vec<_> {
        let kept = database.files().into_iter().filter(|file| !file.to_string_lossy().ends_with("-shm"));
        kept.map(|file| (std::fs::read(&file).expect("a file"), file)).collect()
    };
    let before = contents();
    assert_eq!(before.len(), 2, "the file and its log");
    assert_eq!(khaosat(&["db", "migrate", "--database", &database.url]).status.code(), Some(78));
    assert!(before == contents(), "a file was changed");
}

#[test]
fn a_second_copy_before_a_migration_never_replaces_the_first() {
    let database = TestDatabase::sqlite();
    make_older(&database);
    let first = format!("{}.before-20261125000010", database.url);
    std::fs::write(&first, "something else").expect("written");
    let migrated = migrate_with(&database.parsed(), Safeguard::CopyBeside).expect("migrated");
    assert_eq!(migrated.copy, Some(format!("{first}-2").into()));
    assert_eq!(std::fs::read(&first).expect("read"), b"something else");
}

#[test]
fn a_damaged_file_is_not_migrated() {
    let database = TestDatabase::sqlite();
    make_older(&database);
    database.execute("PRAGMA foreign_keys=OFF; DELETE FROM survey_round");
    let before = std::fs::read(&database.url).expect("read");
    assert!(matches!(migrate_with(&database.parsed(), Safeguard::CopyBeside), Err(StoreError::Damaged { .. })));
    assert!(std::fs::read(&database.url).expect("read") == before);
}

#[test]
fn a_new_database_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let database = TestDatabase::sqlite();
    let store = database.open(Arc::new(SystemClock));
    store.write("test", |tx| tx.create_round("r", "x")).expect("made");
    assert_eq!(database.files().len(), 3, "the file, its log and its index");
    for file in database.files() {
        let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} {mode:o}", file.display());
    }
}

#[test]
fn postgresql_that_does_not_wait_for_the_disk_is_refused() {
    let Some(database) = TestDatabase::postgresql() else { return };
    migrate(&database.parsed()).expect("migrated");
    let name = database.url.rsplit('/').next().expect("a name");
    database.execute(&format!("ALTER DATABASE {name} SET synchronous_commit = off"));
    let opened = Store::open(&database.parsed(), Arc::new(SystemClock));
    assert!(matches!(opened, Err(StoreError::Untrustworthy { .. })));
    database.execute(&format!("ALTER DATABASE {name} SET synchronous_commit = local"));
    assert!(Store::open(&database.parsed(), Arc::new(SystemClock)).is_ok());
}

on_both_databases! {
    fn corrections_of_before_one_rule_are_brought_together(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        khaosat::cli::round::create(&store, &crate::support::service::new_round("r")).expect("a round");
        let token = khaosat::cli::token::issue(&store, khaosat::store::Role::Enumerator, Some("r"), "Hoa", None, khaosat::cli::token::Assign::Nothing).expect("a token").id;
        drop(store);
        let id = crate::support::service::uuid;
        let mut sequence = 0;
        let mut insert = |number, case_id: &str, format: &str, replaces: Option<u64>| {
            sequence += 1;
            let replaces = replaces.map_or_else(|| "NULL".to_owned(), |of| format!("'{}'", id(of)));
            database.execute(&format!(
                "INSERT INTO response (uuid, version_no, sequence, round_code, form_id, case_id, disposition, token_id, body, body_sha256, received_at, state, format, replaces_uuid) \
                 VALUES ('{}', 1, {sequence}, 'r', 'f', '{case_id}', '1.1', '{token}', '', '{:064}', '2024-10-01T01:00:00.000000Z', 'accepted', '{format}', {replaces})",
                id(number), number
            ));
        };
        insert(1, "a", "json", None);
        insert(2, "a", "json", Some(1));
        insert(3, "a", "json", Some(1));
        insert(4, "b", "xform", None);
        insert(5, "b", "xform", None);
        insert(6, "c", "json", Some(4));
        database.execute(&format!("INSERT INTO response_edit (uuid, round_code, replaces_uuid) VALUES ('{}', 'r', '{}')", id(5), id(4)));
        database.execute(include_str!("../../migrations/2026-11-26-000070_one_rule_for_corrections/up.sql"));
        let first = |of: u64| database.number(&format!("SELECT count(*) AS n FROM response_edit WHERE replaces_uuid = '{}'", id(of)));
        assert_eq!((first(1), first(4)), (1, 1));
        assert_eq!(database.number(&format!("SELECT count(*) AS n FROM response_edit WHERE uuid = '{}'", id(2))), 1, "the first to arrive");
        assert_eq!(database.number(&format!("SELECT count(*) AS n FROM response WHERE replaces_uuid = '{}' AND format = 'xform'", id(4))), 1);
    }
}
