//! People: reserves released to a ledger, the person to ask, and two rounds that know of each other.

use std::path::Path;

use super::workshop::{EXAMPLE_FRAME, fail_in, of_project, rows, succeed_in};

fn drawn(folder: &Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let frame = of_project(EXAMPLE_FRAME);
    let frame = frame.to_str().expect("UTF-8");
    let arguments =
        ["sample", "draw", "--frame", frame, "--design", "papi-3x2x2x20", "--seed", "7", "--out", "list.csv"];
    succeed_in(folder, &arguments);
    rows(&std::fs::read_to_string(folder.join("list.csv")).expect("the list"))
}

fn release<'a>(case: &'a str, disposition: &'a str, attempts: &'a str) -> Vec<&'a str> {
    vec![
        "sample",
        "release",
        "--sample",
        "list.csv",
        "--ledger",
        "releases.csv",
        "--for",
        case,
        "--disposition",
        disposition,
        "--attempts",
        attempts,
        "--reason",
        "không gặp, \"đi xa\"",
        "--by",
        "Lan",
    ]
}

const CHECK: [&str; 6] = ["sample", "releases", "--sample", "list.csv", "--ledger", "releases.csv"];

#[test]
fn reserves_are_released_in_order_to_a_ledger_that_shows_every_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let list = drawn(folder);
    let village = |order: &str| {
        let unit = list.iter().find(|row| row["visiting_order"] == order).expect("a unit of the first village");
        unit["unit_id"].clone()
    };
    let (first, second) = (village("1"), village("2"));
    let told = succeed_in(folder, &release(&first, "2.24", "3"));
    assert!(told.contains(&format!("Reserve {} (visiting order 21)", village("21"))), "{told}");
    assert!(fail_in(folder, &release(&first, "2.24", "3")).contains("has been given a reserve already"));
    assert!(fail_in(folder, &release(&second, "2.24", "2")).contains("visits left"));
    assert!(fail_in(folder, &release(&second, "1.1", "1")).contains("has an interview"));
    assert!(fail_in(folder, &release(&village("23"), "2.11", "1")).contains("has not been released"));
    let mut out_of_order = release(&second, "2.11", "1");
    let third = village("23");
    out_of_order.extend(["--reserve", &third]);
    assert!(fail_in(folder, &out_of_order).contains("not the next reserve"));
    let told = succeed_in(folder, &release(&village("21"), "2.11", "1"));
    assert!(told.contains(&village("22")), "a released reserve fails in its turn: {told}");

    let told = succeed_in(folder, &CHECK);
    assert!(told.contains("2 of 120 reserves released"), "{told}");
    let seal = told.lines().nth(1).and_then(|line| line.split_whitespace().last()).expect("a seal").to_owned();
    let whole = std::fs::read_to_string(folder.join("releases.csv")).expect("the ledger");
    std::fs::write(folder.join("releases.csv"), whole.replace("Lan", "Lam")).expect("written");
    assert!(fail_in(folder, &CHECK).contains("ledger was changed"));
    assert!(fail_in(folder, &release(&second, "2.11", "1")).contains("ledger was changed"), "nothing is added to it");
    let cut: String = whole.lines().take(2).map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.join("releases.csv"), cut).expect("written");
    succeed_in(folder, &CHECK);
    assert!(
        fail_in(folder, &[&CHECK[..], &["--seal", &seal]].concat()).contains("no line of the ledger has this seal")
    );
    std::fs::write(folder.join("releases.csv"), &whole).expect("written");
    succeed_in(folder, &[&CHECK[..], &["--seal", &seal]].concat());
    // The ledger of another list.
    let other = std::fs::read_to_string(folder.join("list.csv")).expect("the list") + "\n";
    std::fs::write(folder.join("other.csv"), other).expect("written");
    let told = fail_in(folder, &["sample", "releases", "--sample", "other.csv", "--ledger", "releases.csv"]);
    assert!(told.contains("belongs to another list"), "{told}");
}

#[test]
fn whom_to_ask_is_told_by_the_number_in_the_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = drawn(folder.path());
    let unit = &list[17];
    let number: u64 = unit["respondent_number"].parse().expect("a number");
    for eligible in ["1", "4", "30"] {
        let k: u64 = eligible.parse().expect("a number");
        let arguments =
            ["sample", "respondent", "--sample", "list.csv", "--unit", &unit["unit_id"], "--eligible", eligible];
        let told = succeed_in(folder.path(), &arguments);
        assert!(told.starts_with(&format!("Ask number {} of {eligible}:", number % k + 1)), "{told}");
    }
    for (unit, eligible) in [(unit["unit_id"].as_str(), "0"), (&unit["unit_id"], "31"), ("nobody", "2")] {
        fail_in(
            folder.path(),
            &["sample", "respondent", "--sample", "list.csv", "--unit", unit, "--eligible", eligible],
        );
    }
}

#[test]
fn two_rounds_by_permanent_numbers_tell_how_much_they_share() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let frame: String = (0..60).map(|row| format!("{},{}\n", row, 30 + row % 7)).collect();
    std::fs::write(folder.join("frame.csv"), format!("village,households\n{frame}")).expect("written");
    for (name, rotation) in [("one", "0.0"), ("two", "0.5"), ("three", "1.0")] {
        let design = format!(
            "name = \"{name}\"\nprn_seed = 2024\n[[level]]\nname = \"village\"\ncode = \"village\"\n\
             [[stage]]\nlevel = \"village\"\nn = 20\nmethod = \"poisson\"\nsize = \"households\"\n\
             prn = {{ start = 0.1, rotation = {rotation} }}\n"
        );
        std::fs::write(folder.join(format!("{name}.toml")), design).expect("written");
        let (design, list) = (format!("{name}.toml"), format!("{name}.csv"));
        succeed_in(
            folder,
            &["sample", "draw", "--frame", "frame.csv", "--design", &design, "--seed", "1", "--out", &list],
        );
        succeed_in(folder, &["sample", "verify", "--sample", &list, "--frame", "frame.csv"]);
    }
    let overlap = |first: &str, second: &str| {
        succeed_in(folder, &["sample", "overlap", "--sample", first, "--sample", second, "--frame", "frame.csv"])
    };
    let told = overlap("one.csv", "two.csv");
    assert!(told.contains("expected common units 10.00 (the same permanent numbers; exact)"), "{told}");
    let told = overlap("one.csv", "three.csv");
    assert!(told.contains("\t0\t0.0%") && told.contains("expected common units 0.00"), "{told}");
    assert!(overlap("one.csv", "one.csv").contains("100.0%"));
    fail_in(folder, &["sample", "overlap", "--sample", "one.csv"]);
}
