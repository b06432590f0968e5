use std::sync::Arc;

use diesel::Connection;
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use khaosat::store::{SchemaState, Store, StoreError, SystemClock, inspect, migrate};

use crate::support::database::TestDatabase;
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
