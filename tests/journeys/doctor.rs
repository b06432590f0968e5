//! `khaosat doctor`: it finds what was broken on purpose, and nothing in what is well.

use std::path::Path;
use std::sync::Arc;

use khaosat::store::SystemClock;
use serde_json::Value;

use super::workshop::{khaosat, run_in, succeed_in, text};
use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, new_round};

/// What the doctor says as JSON, and its exit code.
fn examined(database: &TestDatabase) -> (Value, Option<i32>) {
    let arguments =
        ["doctor", "--format", "json", "--database", &database.url, "--public-url", "https://khaosat.example"];
    let mut command = khaosat();
    command.args(arguments);
    crate::support::answers::give_key(&mut command);
    let output = command.output().expect("it runs");
    let told = serde_json::from_slice(&output.stdout);
    (told.unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr))), output.status.code())
}

fn health_of(report: &Value, check: &str) -> String {
    let findings = report["findings"].as_array().expect("a list");
    let found = findings.iter().find(|finding| finding["check"] == check);
    found.unwrap_or_else(|| panic!("{check} is missing: {report}"))["health"].as_str().expect("a word").to_owned()
}

fn code_of(report: &Value, check: &str) -> String {
    let findings = report["findings"].as_array().expect("a list");
    let found = findings.iter().find(|finding| finding["check"] == check && finding["health"] != "good");
    found.map_or_else(String::new, |finding| finding["problem"]["code"].as_str().expect("a code").to_owned())
}

on_both_databases! {
    fn it_finds_what_is_broken_and_only_that(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        khaosat::cli::round::create(&store, &new_round(ROUND)).expect("a round");
        drop(store);
        let (report, code) = examined(database);
        assert_eq!((code, code_of(&report, "database.backup").as_str()), (Some(0), "backup_never"), "{report}");
        assert_eq!(report["health"], "warning");

        let folder = tempfile::tempdir().expect("a folder");
        let public = succeed_in(folder.path(), &["backup", "key", "--out", "khaosat.key"]);
        succeed_in(folder.path(), &["backup", "one.age", "--database", &database.url, "--recipient", public.trim()]);
        let (report, code) = examined(database);
        assert_eq!((code, &report["health"]), (Some(0), &Value::from("good")), "{report}");
        for check in ["database.schema", "database.engine", "database.kept", "database.clock", "machine.clock", "configuration.address"] {
            assert_eq!(health_of(&report, check), "good", "{check}");
        }

        database.execute("UPDATE audit_event SET at = '2024-01-01T00:00:00.000000Z' WHERE act = 'database.backed_up'");
        assert_eq!(code_of(&examined(database).0, "database.backup"), "backup_old");
        database.execute("UPDATE audit_event SET at = '2999-01-01T00:00:00.000000Z' WHERE act = 'database.backed_up'");
        assert_eq!(code_of(&examined(database).0, "database.clock"), "clock_behind");
        database.execute("UPDATE audit_event SET at = '2026-11-26T00:00:00.000000Z' WHERE act = 'database.backed_up'");

        let one_byte = if database.is_sqlite() { "X'00'" } else { "'\\x00'::bytea" };
        database.execute(&format!("UPDATE sample SET list_csv = {one_byte} || list_csv"));
        let (report, code) = examined(database);
        assert_eq!((code, health_of(&report, "database.kept").as_str()), (Some(1), "bad"));

        database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000001')");
        let (report, code) = examined(database);
        assert_eq!((code, code_of(&report, "database.schema").as_str()), (Some(78), "database_newer"));
    }
}

#[test]
fn files_that_others_can_read_are_told_in_both_languages() {
    use std::os::unix::fs::PermissionsExt;
    let database = TestDatabase::sqlite();
    database.open(Arc::new(SystemClock));
    std::fs::set_permissions(&database.url, std::fs::Permissions::from_mode(0o644)).expect("set");
    let arguments = ["doctor", "--quick", "--database", &database.url];
    let output = run_in(Path::new("."), &arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("others on this machine can read the file"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("chmod 600"), "{}", text(&output.stderr));
    let output = khaosat().args(arguments).env("KHAOSAT_LANGUAGE", "vi").output().expect("it runs");
    assert!(text(&output.stdout).contains("người khác trên máy đọc được tệp"), "{}", text(&output.stdout));
    std::fs::set_permissions(&database.url, std::fs::Permissions::from_mode(0o600)).expect("set");
    assert_eq!(run_in(Path::new("."), &arguments).status.code(), Some(0));
}
