//! Erasures, written down outside of the database: a file beside the key of the answers, one line of JSON each, only ever added to.
//!
//! A backup that was made before an erasure still holds what was erased. Whoever restores it applies these lines, so that what was
//! erased stays erased. A line says who (round and case), when, by whom and why; nothing of what was said.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use ::problem::{Place, Problem, Problems};
use serde::{Deserialize, Serialize};

use crate::durable::sync_folder_of;

/// One erasure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ErasedLine {
    /// The round.
    pub round: String,
    /// The case.
    pub case: String,
    /// The day of the request, `2026-11-27`.
    pub requested_on: String,
    /// Why.
    pub reason: String,
    /// When it was erased, UTC.
    pub erased_at: String,
    /// By whom.
    pub erased_by: String,
}

/// Adds lines; they are on the disk when this returns.
///
/// # Errors
/// That the file cannot be written.
pub fn append(path: &Path, lines: &[ErasedLine]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut text = Vec::new();
    // A line that was cut off by a crash is ended first, so that it does not take the next one with it.
    if std::fs::read(path).is_ok_and(|there| there.last().is_some_and(|byte| *byte != b'\n')) {
        text.push(b'\n');
    }
    for line in lines {
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(&text)?;
    file.sync_all()?;
    sync_folder_of(path)
}

/// Reads all lines; none where there is no file.
///
/// # Errors
/// That it cannot be read; every line that is none. What follows a line that was cut off counts all the same.
pub fn read(path: &Path) -> Result<Vec<ErasedLine>, Problems> {
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Problem::new(
                "erased_file",
                "không đọc được tệp ghi các lần xóa",
                "the file of erasures cannot be read",
            )
            .got(error.to_string())
            .in_file(&name)
            .into());
        }
    };
    let (mut lines, mut problems) = (Vec::new(), Problems::none());
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(line) => lines.push(line),
            Err(error) => problems.push(
                Problem::new(
                    "erased_line",
                    "một dòng của tệp ghi các lần xóa không đọc được",
                    "a line of the file of erasures cannot be read",
                )
                .got(error.to_string())
                .hint(
                    "dòng bị cắt khi mất điện là của một lần xóa chưa làm: hỏi người đã làm, rồi bỏ dòng đó hoặc viết lại cho đủ",
                    "a line that was cut off is of an erasure that was not done: ask who did it, then take the line out or complete it",
                )
                .at(Place::row(number))
                .in_file(&name),
            ),
        }
    }
    problems.into_result(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(case: &str) -> ErasedLine {
        ErasedLine {
            round: "r".to_owned(),
            case: case.to_owned(),
            requested_on: "2026-11-27".to_owned(),
            reason: "theo yêu cầu\ncủa người trả lời".to_owned(),
            erased_at: "2026-11-27T08:00:00.000000Z".to_owned(),
            erased_by: "lan".to_owned(),
        }
    }

    #[test]
    fn lines_are_added_and_read_back_and_a_cut_one_is_told_and_takes_no_other_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("khaosat.db.erased");
        assert_eq!(read(&path).expect("none"), []);
        append(&path, &[line("a"), line("b")]).expect("written");
        append(&path, &[line("c")]).expect("written");
        assert_eq!(read(&path).expect("read"), [line("a"), line("b"), line("c")]);
        let text = std::fs::read(&path).expect("read");
        std::fs::write(&path, &text[..text.len() - 20]).expect("cut");
        append(&path, &[line("d")]).expect("written");
        let problems = read(&path).expect_err("a cut line");
        assert_eq!(problems.iter().map(|one| one.place.as_ref().and_then(|at| at.row)).collect::<Vec<_>>(), [Some(3)]);
        assert_eq!(std::fs::read_to_string(&path).expect("read").lines().count(), 4);
    }
}
