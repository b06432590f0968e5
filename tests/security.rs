//! What `docs/SECURITY.md` and `deny.toml` say is true of the program as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn read(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A version as numbers that compare; what follows a hyphen or a plus does not count here.
fn version(text: &str) -> Vec<u64> {
    let plain = text.split(['-', '+']).next().unwrap_or_default();
    plain.split('.').map(|part| part.parse().unwrap_or_else(|_| panic!("{text} is no version"))).collect()
}

/// What the program and its tests are built with: name → versions. More is locked, behind features that are off.
fn built() -> BTreeMap<String, BTreeSet<String>> {
    let tree = std::process::Command::new(env!("CARGO"))
        .args([
            "tree",
            "--workspace",
            "--locked",
            "--offline",
            "--edges",
            "normal,build,dev",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8(tree.stdout).expect("text").lines() {
        let mut words = line.split(' ');
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            found.entry(name.to_owned()).or_default().insert(version.trim_start_matches('v').to_owned());
        }
    }
    found
}

/// Each ban of `deny.toml` that is broken.
fn broken(deny: &str, built: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let deny: toml::Table = deny.parse().expect("TOML");
    let mut broken = Vec::new();
    for ban in deny["bans"]["deny"].as_array().expect("bans") {
        let named = ban["crate"].as_str().expect("a crate");
        assert!(ban["reason"].as_str().is_some_and(|reason| reason.len() > 20), "{named} has no reason");
        let (name, bound) = named.split_once(':').unwrap_or((named, ""));
        let versions = built.get(name).into_iter().flatten();
        if bound.is_empty() {
            broken.extend(versions.take(1).map(|_| format!("{name} is built in")));
            continue;
        }
        let least = bound.strip_prefix('<').unwrap_or_else(|| panic!("{named}: only minimum versions are understood"));
        let old = versions.filter(|found| version(found) < version(least));
        broken.extend(old.map(|found| format!("{name} {found} is older than {least}")));
    }
    broken
}

#[test]
fn nothing_is_built_with_what_deny_toml_bans() {
    let (deny, built) = (read("deny.toml"), built());
    assert!(built.len() > 200, "{}", built.len());
    assert_eq!(broken(&deny, &built), Vec::<String>::new());
    // The negative controls: an old version, and a crate that is there.
    let banned = |what: &str| {
        deny.replacen(
            "deny = [",
            &format!("deny = [\n  {{ crate = \"{what}\", reason = \"a reason that is long enough\" }},"),
            1,
        )
    };
    assert_eq!(broken(&banned("serde:<99"), &built).len(), 1);
    assert_eq!(broken(&banned("actix-web"), &built), ["actix-web is built in"]);
}

#[test]
fn everything_comes_from_the_registry_with_its_check_sum() {
    let lock: toml::Table = read("Cargo.lock").parse().expect("TOML");
    for package in lock["package"].as_array().expect("packages") {
        let source = package.get("source").and_then(toml::Value::as_str);
        let is_ours = package["name"].as_str().is_some_and(|name| name.starts_with("khaosat"));
        assert!(is_ours || source == Some("registry+https://github.com/rust-lang/crates.io-index"), "{package:?}");
        assert!(is_ours || package.get("checksum").is_some(), "{package:?}");
    }
}

/// Names of tests in the repository.
fn tests_there_are() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<PathBuf> = ["src", "tests", "problem", "sampling", "estimation", "reports", "tools"]
        .map(|folder| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder))
        .into();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source");
                let names = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
                found.extend(names.filter(|name| name.contains('_')).map(str::to_owned));
            }
        }
    }
    found
}

#[test]
fn every_test_that_the_pages_name_exists() {
    let there = tests_there_are();
    let mut checked = 0;
    for page in ["docs/SECURITY.md", "docs/RELIABILITY.md", "docs/asvs.csv"] {
        for word in read(page).split(['`', ' ', ';', ',', '"', '\n']) {
            // Names of tests are sentences.
            let is_name = word.matches('_').count() >= 3
                && word.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
            if is_name {
                checked += 1;
                assert!(there.contains(word), "{page} names {word}, which is no test");
            }
        }
    }
    assert!(checked > 40, "only {checked} names found");
}

#[test]
fn the_list_of_requirements_is_whole_and_honest() {
    let text = read("docs/asvs.csv");
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for row in rows.records() {
        let row = row.expect("a row");
        let (id, level, state, how) = (&row[0], &row[1], &row[2], &row[3]);
        assert!(seen.insert(id.to_owned()), "{id} stands twice");
        assert!(["1", "2"].contains(&level), "{id}");
        assert!(["met", "partly", "not met", "not applicable"].contains(&state), "{id}: {state}");
        assert!(how.len() > 6, "{id} does not say how or why");
        *counts.entry(state.to_owned()).or_default() += 1;
    }
    let page = read("docs/SECURITY.md");
    for (state, n) in &counts {
        assert!(page.contains(&format!("{n} {state}")), "docs/SECURITY.md does not say: {n} {state}");
    }
}
