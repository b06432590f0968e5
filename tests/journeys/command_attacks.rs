//! Bad input at the command line: every command ends in words a person can act on, and leaves nothing half done.

use std::path::Path;

use unicode_normalization::UnicodeNormalization;

use super::workshop::{EXAMPLE_FRAME, fail_in, of_project, rows, run_in, succeed_in, text};

fn example() -> String {
    std::fs::read_to_string(of_project(EXAMPLE_FRAME)).expect("the frame")
}

const DRAW: [&str; 8] = ["sample", "draw", "--design", "papi-3x2x2x20", "--seed", "20241", "--frame", "frame.csv"];

fn draw(folder: &Path, frame: &str, list: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    std::fs::write(folder.join("frame.csv"), frame).expect("written");
    succeed_in(folder, &[&DRAW[..], &["--out", list]].concat());
    rows(&std::fs::read_to_string(folder.join(list)).expect("the list"))
}

#[test]
fn decomposed_names_a_byte_order_mark_and_windows_lines_give_the_same_sample() {
    let folder = tempfile::tempdir().expect("a folder");
    let frame = example();
    let plain = draw(folder.path(), &frame, "plain.csv");
    let decomposed: String = frame.nfd().collect();
    assert_ne!(decomposed, frame);
    for (dress, other) in [
        ("decomposed", decomposed),
        ("mark", format!("\u{feff}{frame}")),
        ("semicolons, as a Vietnamese spreadsheet saves it", frame.replace(',', ";")),
        ("tabs", frame.replace(',', "\t")),
        ("windows", frame.replace('\n', "\r\n")),
        ("no last line end", frame.trim_end().to_owned()),
    ] {
        let drawn = draw(folder.path(), &other, "other.csv");
        assert_eq!(drawn.len(), plain.len());
        for (one, two) in plain.iter().zip(&drawn) {
            for (column, cell) in one.iter().filter(|(column, _)| !column.contains("sha256")) {
                assert_eq!(*cell, two[column], "{dress}: {column}");
            }
        }
        let verify = ["sample", "verify", "--sample", "other.csv", "--frame", "frame.csv"];
        assert!(succeed_in(folder.path(), &verify).contains("Verified"), "{dress}");
    }
}

#[test]
fn a_frame_that_is_none_is_told_with_its_name_and_no_list_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("folder.csv")).expect("a folder");
    let frame = example();
    let heading = frame.lines().next().expect("a heading");
    let one_row = |row: &str| format!("{heading}\n{row}\n");
    for (name, content) in [
        ("empty.csv", String::new()),
        ("blank.csv", "\n\n\n".to_owned()),
        ("mark.csv", "\u{feff}".to_owned()),
        ("heading.csv", format!("{heading}\n")),
        ("nul.csv", frame.replacen("Phường", "Ph\0", 1)),
        ("short.csv", one_row("24,Tỉnh Bắc Giang,213")),
        ("quote.csv", one_row("24,\"Tỉnh Bắc Giang,213,x")),
        ("zero.csv", frame.replacen(",246,", ",0,", 1)),
        ("negative.csv", frame.replacen(",246,", ",-246,", 1)),
        ("fraction.csv", frame.replacen(",246,", ",246.5,", 1)),
        ("missing.csv", frame.replacen(",246,", ",,", 1)),
        ("word.csv", frame.replacen(",246,", ",NaN,", 1)),
        ("too_large.csv", frame.replacen(",246,", ",99999999999999999999,", 1)),
        ("twice.csv", format!("{frame}{}\n", frame.lines().nth(1).expect("a row"))),
    ] {
        std::fs::write(folder.path().join(name), content).expect("written");
        let told = draw_fails(folder.path(), name);
        assert!(told.contains(name), "{name}: {told}");
        fail_in(folder.path(), &["frame", "check", name, "--design", "papi-3x2x2x20"]);
    }
    std::fs::write(folder.path().join("latin.csv"), b"province_code,province_name\n24,B\xe3c Giang\n")
        .expect("written");
    for name in ["latin.csv", "folder.csv", "lost.csv", "\u{1f4c4}.csv"] {
        assert!(draw_fails(folder.path(), name).contains(name), "{name}");
    }
    assert!(!folder.path().join("list.csv").exists() && !folder.path().join("list.csv.part").exists());
}

fn draw_fails(folder: &Path, frame: &str) -> String {
    fail_in(folder, &[&DRAW[..7], &[frame, "--out", "list.csv"]].concat())
}

#[test]
fn enormous_sizes_are_drawn_or_refused_and_never_run_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let design = std::fs::read_to_string(of_project("sampling/designs/papi-3x2x2x20.toml")).expect("the design");
    std::fs::write(folder.path().join("frame.csv"), example()).expect("written");
    for n in ["0", "-1", "20.5", "1000000000000", "18446744073709551616", "\"20\"", "nan"] {
        std::fs::write(folder.path().join("d.toml"), design.replace("n = 20\n", &format!("n = {n}\n")))
            .expect("written");
        let arguments =
            ["sample", "draw", "--design", "d.toml", "--seed", "1", "--frame", "frame.csv", "--out", "list.csv"];
        let began = std::time::Instant::now();
        fail_in(folder.path(), &arguments);
        assert!(began.elapsed().as_secs() < 20, "n = {n} took {:?}", began.elapsed());
    }
    assert!(!folder.path().join("list.csv").exists());
}

#[test]
fn a_seed_below_zero_or_a_missing_one_is_wrong_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("frame.csv"), example()).expect("written");
    let without = ["sample", "draw", "--design", "papi-3x2x2x20", "--frame", "frame.csv", "--out", "list.csv"];
    for seed in [&["--seed", "-1"][..], &["--seed=-1"], &["--seed", "1e3"], &[]] {
        let output = run_in(folder.path(), &[&without[..], seed].concat());
        assert_eq!(output.status.code(), Some(2), "{seed:?}: {}", text(&output.stderr));
    }
    assert!(!folder.path().join("list.csv").exists());
}

#[test]
fn a_list_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("frame.csv"), example()).expect("written");
    std::fs::create_dir(folder.path().join("taken.csv")).expect("a folder");
    for out in ["taken.csv", "no/such/folder/list.csv", "list.txt", "list"] {
        let told = fail_in(folder.path(), &[&DRAW[..], &["--out", out]].concat());
        assert!(told.contains(out), "{out}: {told}");
    }
    let left: Vec<_> = super::workshop::files(folder.path()).into_keys().collect();
    assert_eq!(left, ["frame.csv"], "nothing half written is left");
}

#[test]
fn every_command_that_needs_a_file_says_which_one_it_did_not_find() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["frame", "check", "lost.csv"][..],
        &["sample", "verify", "--sample", "lost.csv", "--frame", "lost2.csv"],
        &["estimate", "lost.json"],
        &["index", "score", "--definition", "papi-2019", "--values", "lost.csv"],
        &["questionnaire", "check", "lost"],
        &["round", "create", "--code", "a", "--name", "A", "--sample", "lost.csv", "--questionnaire", "papi-2019"],
    ] {
        let told = fail_in(folder.path(), arguments);
        assert!(told.contains("lost"), "{arguments:?}: {told}");
    }
    assert!(super::workshop::files(folder.path()).is_empty(), "not even an empty database is left behind");
}

#[test]
fn problems_are_told_in_vietnamese_unless_english_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = |language: Option<&str>| {
        let mut command = super::workshop::khaosat();
        command.current_dir(folder.path()).env_remove("KHAOSAT_LANGUAGE").args(["frame", "check", "lost.csv"]);
        command.envs(language.map(|language| ("KHAOSAT_LANGUAGE", language)));
        text(&command.output().expect("the program runs").stderr)
    };
    assert!(told(None).contains("không có tệp này"), "{}", told(None));
    assert!(told(Some("vi")).contains("không có tệp này"));
    assert!(told(Some("en")).contains("there is no such file"));
}
