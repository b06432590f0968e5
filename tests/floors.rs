//! The floors of the house, proved: who may import whom, what a pure room may not touch, and that the map is true.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder of the project, with their text. Panics where there is none: a check of nothing is no check.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(place) = open.pop() {
        for entry in fs::read_dir(&place).unwrap_or_else(|error| panic!("{}: {error}", place.display())) {
            let path = entry.expect("readable entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("readable source");
                found.push((path.strip_prefix(root()).expect("inside the project").to_owned(), text));
            }
        }
    }
    assert!(!found.is_empty(), "no Rust file below {folder}");
    found.sort();
    found
}

/// Lines of code outside comments that hold the word.
fn uses<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//") && line.contains(word)).collect()
}

/// Files that use the word although they do not stand below one of the allowed places.
fn outside(folders: &[&str], word: &str, allowed: &[&str]) -> Vec<String> {
    folders
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|(path, text)| !allowed.iter().any(|place| path.starts_with(place)) && !uses(text, word).is_empty())
        .map(|(path, text)| format!("{}: {}", path.display(), uses(&text, word)[0].trim()))
        .collect()
}

const ALL: [&str; 5] = ["src", "problem/src", "sampling/src", "estimation/src", "reports/src"];
const PURE: [&str; 12] = [
    "sampling/src",
    "estimation/src",
    "reports/src",
    "problem/src",
    "src/questionnaire",
    "src/fieldwork",
    "src/analysis",
    "src/simulation",
    "src/plan",
    "src/openrosa",
    "src/quality",
    "src/imports",
];

#[test]
fn only_the_store_knows_diesel() {
    assert_eq!(outside(&ALL, "diesel", &["src/store"]), Vec::<String>::new());
}

#[test]
fn only_the_http_room_knows_actix() {
    assert_eq!(outside(&ALL, "actix_web", &["src/http"]), Vec::<String>::new());
}

#[test]
fn only_the_renderer_knows_plotters() {
    assert_eq!(
        outside(&ALL, "plotters", &["reports/src/chart/render.rs", "reports/src/chart/render"]),
        Vec::<String>::new()
    );
}

#[test]
fn pure_rooms_touch_neither_file_nor_clock_nor_network_nor_environment() {
    for word in [
        "std::fs",
        "std::env",
        "std::net",
        "SystemTime",
        "Instant::now",
        "Utc::now",
        "Local::now",
        "thread_rng",
        "rand::rng()",
    ] {
        // Tests that compare with golden files read them.
        assert_eq!(outside(&PURE, word, &["reports/src/chart/acceptance"]), Vec::<String>::new(), "{word}");
    }
}

#[test]
fn arrows_point_down_only() {
    let manifest = |member: &str| fs::read_to_string(root().join(member).join("Cargo.toml")).expect("manifest");
    let forbidden: [(&str, &[&str]); 4] = [
        ("problem", &["sampling", "estimation", "reports", "polars", "diesel", "actix-web"]),
        ("sampling", &["estimation", "reports", "polars", "diesel", "actix-web", "plotters"]),
        ("estimation", &["sampling", "reports", "diesel", "actix-web", "plotters"]),
        ("reports", &["sampling", "diesel", "actix-web"]),
    ];
    for (member, words) in forbidden {
        let text = manifest(member);
        for word in words {
            let named =
                text.lines().any(|line| line.starts_with(&format!("{word}.")) || line.starts_with(&format!("{word} ")));
            assert!(!named, "{member} must not depend on {word}");
        }
    }
    for room in ["src/questionnaire", "src/fieldwork", "src/quality", "src/analysis", "src/simulation", "src/imports"] {
        for word in ["crate::store", "crate::http", "crate::cli", "crate::app"] {
            assert_eq!(outside(&[room], word, &[]), Vec::<String>::new());
        }
    }
    for word in ["crate::http", "crate::cli"] {
        assert_eq!(outside(&["src/store"], word, &[]), Vec::<String>::new());
    }
}

#[test]
fn a_forbidden_import_would_be_found() {
    // The negative control: the same search finds what is known to be there.
    assert!(!outside(&["src"], "diesel", &[]).is_empty());
    assert!(!outside(&["src"], "actix_web", &[]).is_empty());
}

#[test]
fn every_place_that_the_architecture_page_names_exists() {
    let page = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("docs/ARCHITECTURE.md");
    let mut checked = 0;
    for word in page.split('`').skip(1).step_by(2) {
        let looks_like_a_path =
            word.contains('/') && !word.contains([' ', '{', '<', '*', ':', '(']) && !word.starts_with('/');
        if looks_like_a_path {
            checked += 1;
            assert!(root().join(Path::new(word)).exists(), "docs/ARCHITECTURE.md names {word}, which does not exist");
        }
    }
    assert!(checked > 20, "only {checked} paths found on the page");
}
