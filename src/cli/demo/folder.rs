//! The folder of a demonstration: only what a demonstration wrote is ever replaced.

use std::fs;
use std::path::{Path, PathBuf};

use ::problem::{Problem, Problems};

/// Marks a folder as one that a demonstration made.
const MARK: &str = "khaosat-demo.json";
/// What a demonstration writes, beside its mark.
const OURS: [&str; 10] = [
    "frame.csv",
    "sample",
    "scores",
    "figures",
    "index.html",
    "truth.csv",
    "khaosat.db",
    "khaosat.db-wal",
    "khaosat.db-shm",
    MARK,
];

/// A folder to write to.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder, or empties one that an earlier demonstration made; a folder with anything else in it is refused.
    pub(super) fn prepare(path: &Path) -> Result<Self, Problems> {
        let failed = |error: std::io::Error| cannot_write(path, &error);
        fs::create_dir_all(path).map_err(failed)?;
        let mut found = Vec::new();
        for entry in fs::read_dir(path).map_err(failed)? {
            found.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
        }
        found.sort();
        let is_ours = found.iter().any(|name| name == MARK) && found.iter().all(|name| OURS.contains(&name.as_str()));
        if !found.is_empty() && !is_ours {
            return Err(Problem::new(
                "demo_folder_used",
                "thư mục này đã có tệp khác",
                "that folder holds other files",
            )
            .got(format!("{}: {}", path.display(), found.join(", ")))
            .hint("chọn thư mục khác bằng --out", "choose another folder with --out")
            .into());
        }
        let folder = Self(path.to_owned());
        for name in found {
            let old = folder.path(&name);
            if old.is_dir() { fs::remove_dir_all(&old) } else { fs::remove_file(&old) }.map_err(failed)?;
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

fn cannot_write(path: &Path, error: &std::io::Error) -> Problems {
    Problem::new("demo_folder", "không ghi được vào thư mục này", "that folder cannot be written to")
        .got(format!("{}: {error}", path.display()))
        .into()
}
