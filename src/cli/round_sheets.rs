//! The sheets of a questionnaire: found and read.

use std::path::{Path, PathBuf};

use ::problem::{Problem, Problems};
use unicode_normalization::UnicodeNormalization;

use crate::app::Rooms;
use crate::questionnaire::SHEET_FILES;
use crate::rounds::{INDEX, Sheets, collect};

/// The files of a questionnaire that are frozen together; the first three must be there.
const SHEETS: &[(&str, bool)] = &[("survey.csv", true), ("choices.csv", true), ("settings.csv", true), (INDEX, false)];

/// A folder, or a questionnaire that is built in.
pub(super) fn find_sheets(name: &str) -> Result<Sheets, Problems> {
    let folder = Path::new(name);
    if !folder.is_dir() {
        let builtin = Rooms::of_this_program().builtin_questionnaire.and_then(|find| find(name));
        return builtin.ok_or_else(|| {
            Problem::new("questionnaire_unknown", "không tìm thấy bảng hỏi", "the questionnaire cannot be found")
                .got(name)
                .into()
        });
    }
    let (mut sheets, mut problems) = (Sheets::new(), Problems::none());
    for (file, needed) in SHEETS {
        let path = folder.join(file);
        if !needed && !path.exists() {
            continue;
        }
        let text = read_file(&path).and_then(|bytes| text_of(bytes, &path));
        if let Some(text) = collect(text, &mut problems) {
            sheets.insert((*file).to_owned(), text);
        }
    }
    let survey = sheets.get("survey.csv").cloned().unwrap_or_default();
    for path in list_files(folder, &survey) {
        let (text, name) = (read_file(&path).and_then(|bytes| text_of(bytes, &path)), path.file_name());
        if let (Some(text), Some(name)) = (collect(text, &mut problems), name.and_then(|name| name.to_str())) {
            sheets.insert(name.nfc().collect(), text);
        }
    }
    problems.into_result(sheets)
}

/// The lists and tables of a questionnaire that stand in files of their own: every `.csv` beside its sheets that the survey names,
/// in order of name. A sample list in the same folder is none.
pub(super) fn list_files(folder: &Path, survey: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let survey: String = survey.nfc().collect();
    let is_list = |path: &PathBuf| {
        let name: String = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().nfc().collect();
        let Some(stem) = name.strip_suffix(".csv").filter(|_| !SHEET_FILES.contains(&name.as_str())) else {
            return false;
        };
        survey.contains(&format!("_from_file {name}"))
            || (survey.contains("pulldata(")
                && [format!("'{stem}'"), format!("\"{stem}\"")].iter().any(|quoted| survey.contains(quoted)))
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_list).collect();
    paths.sort();
    paths
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Problems> {
    std::fs::read(path).map_err(|error| {
        Problem::new("file_unreadable", "không đọc được tệp", "the file cannot be read")
            .in_file(&path.display().to_string())
            .got(error.to_string())
            .into()
    })
}

pub(super) fn text_of(bytes: Vec<u8>, path: &Path) -> Result<String, Problems> {
    String::from_utf8(bytes).map_err(|_not_utf8| {
        Problem::new("file_not_utf8", "tệp không phải là văn bản UTF-8", "the file is not text in UTF-8")
            .in_file(&path.display().to_string())
            .into()
    })
}
