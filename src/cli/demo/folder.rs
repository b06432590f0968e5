//! The folder of a demonstration: only what a demonstration wrote is ever replaced.

use std::fs;
use std::path::{Path, PathBuf};

use ::problem::{Problem, Problems};

use super::papers::{ENDINGS, PAPERS};
use super::{FIELD_FIGURES, FIGURES, FORMATS, QUESTIONNAIRES};
use crate::standing::PlanChart;

/// Marks a folder as one that a demonstration made.
const MARK: &str = "khaosat-demo.json";
/// The folders in it.
const FOLDERS: [&str; 6] = ["sample", "scores", "figures", "plan", "phone", "bao-cao"];
/// The files that it writes outside `scores` and `figures`.
const FILES: [&str; 18] = [
    "frame.csv",
    "index.html",
    "truth.csv",
    "khaosat.db",
    "khaosat.db-wal",
    "khaosat.db-shm",
    "khaosat.db.key",
    "khaosat.db.erased",
    "sample/sample.csv",
    "sample/sample.csv.certificate.json",
    "sample/sample.xlsx",
    "phone/collect.svg",
    "phone/trinh-duyet.svg",
    "plan/targets.csv",
    "plan/tasks-by-agency.csv",
    "plan/papi-gap.csv",
    "plan/ke-hoach.xlsx",
    MARK,
];

/// A folder to write to.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder, or empties one that an earlier demonstration made; a folder with anything else in it is refused.
    pub(super) fn prepare(path: &Path) -> Result<Self, Problems> {
        let failed = |error: std::io::Error| cannot_write(path, &error);
        fs::create_dir_all(path).map_err(failed)?;
        let found = entries(path, "").map_err(failed)?;
        let foreign: Vec<&str> = found.iter().map(String::as_str).filter(|name| !is_ours(name)).collect();
        let is_ours = found.iter().any(|name| name == MARK) && foreign.is_empty();
        if !found.is_empty() && !is_ours {
            let named = if foreign.is_empty() { found.join(", ") } else { foreign.join(", ") };
            return Err(Problem::new(
                "demo_folder_used",
                "thư mục này đã có tệp khác",
                "that folder holds other files",
            )
            .got(format!("{}: {named}", path.display()))
            .hint("chọn thư mục khác bằng --out", "choose another folder with --out")
            .into());
        }
        let folder = Self(path.to_owned());
        // What lies in a folder stands after it, and goes before it.
        for name in found.iter().rev() {
            let old = folder.path(name);
            if FOLDERS.contains(&name.as_str()) { fs::remove_dir(&old) } else { fs::remove_file(&old) }
                .map_err(failed)?;
        }
        // Marked at once, so that a run that was cut short can be repeated.
        folder.write(MARK, b"{}\n")?;
        Ok(folder)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn shown(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Problems> {
        let path = self.path(name);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, bytes));
        written.map_err(|error| cannot_write(&path, &error))
    }

    /// Says in the mark what made the folder.
    pub(super) fn finish(&self, seed: u64) -> Result<(), Problems> {
        let mark = serde_json::json!({ "program": concat!("khaosat ", env!("CARGO_PKG_VERSION")), "seed": seed });
        self.write(MARK, format!("{mark}\n").as_bytes())
    }
}

/// Everything in the folder: our own folders with what is in them, each before its content.
fn entries(folder: &Path, within: &str) -> Result<Vec<String>, std::io::Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{within}{}", entry.file_name().to_string_lossy());
        let inside = if FOLDERS.contains(&name.as_str()) && entry.file_type()?.is_dir() {
            entries(&entry.path(), &format!("{name}/"))?
        } else {
            Vec::new()
        };
        found.push(name);
        found.extend(inside);
    }
    Ok(found)
}

/// Whether a demonstration writes a file or folder of this name.
fn is_ours(name: &str) -> bool {
    let one_of = |within: &str, stems: &[&str], formats: &[&str]| {
        let file = name.strip_prefix(within).and_then(|file| file.rsplit_once('.'));
        file.is_some_and(|(stem, format)| stems.contains(&stem) && formats.contains(&format))
    };
    FILES.contains(&name)
        || FOLDERS.contains(&name)
        || PAPERS.iter().any(|paper| ENDINGS.iter().any(|ending| name == format!("bao-cao/{paper}.{ending}")))
        || one_of("scores/", &QUESTIONNAIRES, &["csv", "json"])
        || one_of("figures/", &FIGURES, &FORMATS)
        || one_of("figures/", &FIELD_FIGURES, &FORMATS)
        || one_of("plan/", &PlanChart::ALL.map(PlanChart::id), &FORMATS)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Problems {
    Problem::new("demo_folder", "không ghi được vào thư mục này", "that folder cannot be written to")
        .got(format!("{}: {error}", path.display()))
        .into()
}
