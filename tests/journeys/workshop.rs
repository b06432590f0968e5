//! What the journeys share: folders, runs of the program, files of the project, demonstrations already run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use crate::support::answers::give_key;

/// The frame that comes with the program.
pub(super) const EXAMPLE_FRAME: &str = "sampling/frames/bac-giang-2019-example.csv";

/// A file of this project.
pub(super) fn of_project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file beside the project, or `None` with a loud word that nothing was tested.
pub(super) fn beside_project(path: &str) -> Option<PathBuf> {
    let file = of_project("../shared").join(path);
    if file.exists() {
        return Some(file);
    }
    eprintln!("SKIPPED: {path} does not lie beside the project");
    None
}

/// The program, told to speak English.
pub(super) fn khaosat() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_khaosat"));
    command.stdin(Stdio::null()).env("KHAOSAT_LANGUAGE", "en").env_remove("KHAOSAT_DATABASE");
    command
}

/// Runs the program in a folder.
pub(super) fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = khaosat();
    command.current_dir(folder).args(arguments);
    give_key(&mut command);
    command.output().expect("the program runs")
}

/// Runs the program in a folder; it must succeed.
pub(super) fn succeed_in(folder: &Path, arguments: &[&str]) -> String {
    let output = run_in(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Runs the program in a folder; it must end with 1, print nothing and say why.
pub(super) fn fail_in(folder: &Path, arguments: &[&str]) -> String {
    let output = run_in(folder, arguments);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
    assert_eq!(text(&output.stdout), "", "{arguments:?}: nothing that looks like a result");
    assert!(!told.contains("panicked") && told.trim().len() > 10, "{arguments:?}: {told}");
    told
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every file below a folder, by its path from there with `/`.
pub(super) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(here) = open.pop() {
        for entry in std::fs::read_dir(&here).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it").to_str().expect("UTF-8").to_owned();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// The files that must be the same bytes whenever the seed is: all but the database.
pub(super) fn lasting_files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = files(folder);
    found.retain(|name, _| !name.starts_with("khaosat.db"));
    found
}

/// The two sets have the same names and the same bytes.
pub(super) fn assert_same_files(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    let differ: Vec<&String> =
        one.iter().filter(|(name, bytes)| other[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(differ.is_empty(), "other bytes in {differ:?}");
}

/// The seed of the demonstration that most journeys look at.
pub(super) const SEED: &str = "20241";

/// A demonstration that was run once for all tests of this process.
pub(super) struct Demonstration {
    pub(super) folder: PathBuf,
    pub(super) told: String,
}

impl Demonstration {
    /// The folder in which its files lie.
    pub(super) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(super) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("UTF-8")
    }
}

/// Runs the demonstration once; the folder lies with the build, so that it is looked at after a failure.
pub(super) fn demonstration() -> &'static Demonstration {
    static RUN: OnceLock<Demonstration> = OnceLock::new();
    RUN.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demonstration");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("an old run is put away");
        }
        let told = run_demo(&folder, SEED, &[]);
        Demonstration { folder, told }
    })
}

/// Runs `khaosat demo` into a folder; gives what it printed.
pub(super) fn run_demo(folder: &Path, seed: &str, more: &[&str]) -> String {
    let output = khaosat()
        .args(["demo", "--seed", seed, "--out", folder.to_str().expect("UTF-8")])
        .args(more)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// Rows of a CSV text as maps from heading to cell.
pub(super) fn rows(csv_text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv_text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().expect("a table")
}
