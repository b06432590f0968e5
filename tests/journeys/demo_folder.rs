//! `khaosat demo` run again: the same bytes, on both databases, after a kill; other people's files are left alone.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::workshop::{
    SEED, assert_same_files, demonstration, fail_in, files, khaosat, lasting_files, run_demo, succeed_in, text,
};
use crate::support::database::TestDatabase;

#[test]
fn cut_short_then_another_seed_then_the_first_seed_again_gives_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("again");
    let mut child = khaosat()
        .args(["demo", "--seed", SEED, "--out", out.to_str().expect("UTF-8")])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    assert!(lines.any(|line| line.expect("a line").starts_with("[3/8]")), "it came to step 3");
    child.kill().expect("it was running");
    assert!(!child.wait().expect("it ends").success());
    assert!(!out.join("index.html").exists(), "it was cut short");

    run_demo(&out, "7", &[]);
    let (first, other) = (lasting_files(&demonstration().folder), lasting_files(&out));
    assert_eq!(first.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &first {
        // The verdicts hold the round's own estimate; tasks, gaps and the paper on the PAR INDEX are the plan's.
        let of_plan = ["plan/r2.", "plan/r3.", "plan/tasks-by-agency.csv", "plan/papi-gap.csv", "bao-cao/par."];
        let is_given = name == "frame.csv" || of_plan.iter().any(|start| name.starts_with(start));
        assert_eq!(other[name] == *bytes, is_given, "{name}: all but the frame and the tasks follow the seed");
    }
    run_demo(&out, SEED, &[]);
    assert_same_files(&first, &lasting_files(&out));
}

#[test]
fn postgresql_gives_the_same_bytes_and_a_used_database_is_refused() {
    let Some(database) = TestDatabase::postgresql() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("postgresql");
    let told = run_demo(&out, SEED, &["--database", &database.url]);
    assert!(told.contains("khaosat serve --database postgresql://"), "{told}");
    assert!(!out.join("khaosat.db").exists());
    assert_same_files(&lasting_files(&demonstration().folder), &lasting_files(&out));

    let before = files(&out);
    let told = fail_in(folder.path(), &["demo", "--seed", "1", "--out", "postgresql", "--database", &database.url]);
    assert!(told.contains("holds survey rounds already"), "{told}");
    assert_same_files(&before, &files(&out));
}

#[test]
fn a_folder_with_other_files_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let made_by_hand = folder.path().join("by-hand");
    std::fs::create_dir_all(made_by_hand.join("sample")).expect("a folder");
    std::fs::write(made_by_hand.join("sample/list.csv"), "mine").expect("written");
    let told = refused(&folder, "by-hand");
    assert!(told.contains("that folder holds other files") && told.contains("--out"), "{told}");

    // A finished demonstration in which somebody keeps notes, on any level.
    for (number, foreign) in ["notes.txt", "sample/filled in by Hoa.xlsx", "figures/p1.svg.bak"].iter().enumerate() {
        let name = format!("finished-{number}");
        copy(&demonstration().folder, &folder.path().join(&name));
        std::fs::write(folder.path().join(&name).join(foreign), "mine").expect("written");
        let told = refused(&folder, &name);
        assert!(told.contains(foreign), "the foreign file is named: {told}");
    }
    std::fs::write(folder.path().join("a-file"), "mine").expect("written");
    fail_in(folder.path(), &["demo", "--seed", "1", "--out", "a-file"]);
    assert_eq!(std::fs::read(folder.path().join("a-file")).expect("still there"), b"mine");
}

/// Runs the demonstration, which must refuse and change nothing; gives what it said.
fn refused(folder: &tempfile::TempDir, name: &str) -> String {
    let before = files(&folder.path().join(name));
    let told = fail_in(folder.path(), &["demo", "--seed", "1", "--out", name]);
    assert_same_files(&before, &files(&folder.path().join(name)));
    told
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for (name, bytes) in files(from) {
        let path = to.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("written");
    }
}

#[test]
fn a_seed_that_is_no_seed_is_wrong_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    for seed in ["-1", "1.5", "abc", "18446744073709551616", ""] {
        let output = khaosat()
            .current_dir(folder.path())
            .args(["demo", "--out", "x", "--seed", seed])
            .output()
            .expect("the program runs");
        assert_eq!(output.status.code(), Some(2), "{seed}: {}", text(&output.stderr));
    }
    assert!(!folder.path().join("x").exists());
    assert!(succeed_in(folder.path(), &["demo", "--help"]).contains("khaosat demo --seed 20241"));
}
