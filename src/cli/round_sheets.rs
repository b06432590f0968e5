//! The sheets of a questionnaire: found, read, and frozen together for a round.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ::problem::{Place, Problem, Problems};
use reports::export::definition_toml::to_toml;
use reports::index::IndexDefinition;
use unicode_normalization::UnicodeNormalization;

use crate::app::Rooms;
use crate::questionnaire::SHEET_FILES;
use crate::secret::sha256_hex;
use crate::store::QuestionnaireVersion;

/// The files of a questionnaire that are frozen together; the first three must be there.
const SHEETS: &[(&str, bool)] = &[("survey.csv", true), ("choices.csv", true), ("settings.csv", true), (INDEX, false)];

/// The scoring tree beside the sheets.
pub(super) const INDEX: &str = "index.toml";

/// The texts of a questionnaire by file name.
pub type Sheets = BTreeMap<String, String>;

/// The value, or its problems among the others.
pub(super) fn collect<T>(result: Result<T, Problems>, problems: &mut Problems) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(told) => {
            problems.extend(told);
            None
        }
    }
}

/// The sheets with a scoring tree that hangs on no other: a definition that it extends could change with the program.
fn whole_index(sheets: &Sheets) -> Result<Sheets, Problems> {
    let mut sheets = sheets.clone();
    if let Some(text) = sheets.get_mut(INDEX) {
        let definition = IndexDefinition::from_toml(text).map_err(|problems| problems.in_file(INDEX))?;
        if definition.extends().is_some() {
            *text = to_toml(&definition);
        }
    }
    Ok(sheets)
}

/// Freezes the sheets: one JSON object of their texts, keys in order, so that the same texts have the same hash.
pub(super) fn freeze(sheets: &Sheets) -> Result<QuestionnaireVersion, Problems> {
    let settings = sheets.get("settings.csv").map(String::as_str).unwrap_or_default();
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(settings.trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers().cloned().unwrap_or_default();
    let first = reader.records().next().and_then(Result::ok).unwrap_or_default();
    let cell = |column: &str| -> Option<String> {
        let position = headers.iter().position(|header| header.trim() == column)?;
        let text: String = first.get(position)?.trim().nfc().collect();
        (!text.is_empty()).then_some(text)
    };
    let missing = |column: &str| {
        Problem::new(
            "questionnaire_setting",
            "thiếu một thiết lập của bảng hỏi",
            "a setting of the questionnaire is missing",
        )
        .at(Place::cell(2, column).in_file("settings.csv"))
    };
    let mut problems = Problems::none();
    let mut needed = |column: &str| {
        cell(column).unwrap_or_else(|| {
            problems.push(missing(column));
            String::new()
        })
    };
    let (form_id, version) = (needed("form_id"), needed("version"));
    problems.into_result(())?;
    let sheets = &whole_index(sheets)?;
    let bytes = serde_json::to_vec(sheets).map_err(|error| {
        Problem::new("questionnaire_sheets", "không lưu được bảng hỏi", "the questionnaire cannot be kept")
            .got(error.to_string())
    })?;
    Ok(QuestionnaireVersion {
        sha256: sha256_hex(&bytes),
        title: cell("form_title").unwrap_or_else(|| form_id.clone()),
        form_id,
        version,
        sheets: bytes,
    })
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn sheets(settings: &str) -> Sheets {
        Sheets::from([
            ("settings.csv".to_owned(), settings.to_owned()),
            ("survey.csv".to_owned(), "type,name\n".to_owned()),
        ])
    }

    #[test]
    fn the_same_sheets_freeze_to_the_same_hash() {
        let one = freeze(&sheets("form_title,form_id,version\nPAPI,papi-2019,1\n")).expect("complete");
        let two = freeze(&sheets("form_title,form_id,version\nPAPI,papi-2019,1\n")).expect("complete");
        assert_eq!(one, two);
        assert_eq!((one.form_id.as_str(), one.version.as_str(), one.title.as_str()), ("papi-2019", "1", "PAPI"));
        assert_eq!(one.sha256, sha256_hex(&one.sheets));
        assert_ne!(one.sha256, freeze(&sheets("form_id,version\npapi-2019,2\n")).expect("complete").sha256);
    }

    #[test]
    fn a_scoring_tree_that_extends_another_is_frozen_whole() {
        let mut with = sheets("form_id,version\npapi-2021,1\n");
        let shipped = reports::index::presets().iter().find(|preset| preset.name == "papi-2021").expect("shipped");
        with.insert(INDEX.to_owned(), shipped.text.to_owned());
        let frozen: Sheets = serde_json::from_slice(&freeze(&with).expect("complete").sheets).expect("JSON");
        assert!(shipped.text.contains("extends = ") && !frozen[INDEX].contains("extends = "));
        let definition = IndexDefinition::from_toml(&frozen[INDEX]).expect("valid");
        assert_eq!(definition.code(), "papi-2021");
        with.insert(INDEX.to_owned(), "[index]\n".to_owned());
        let told = freeze(&with).expect_err("no definition");
        assert!(
            told.iter().all(|problem| problem.place.as_ref().and_then(|place| place.file.as_deref()) == Some(INDEX))
        );
    }

    #[test]
    fn a_questionnaire_without_id_or_version_is_refused() {
        assert_eq!(freeze(&sheets("form_title\nPAPI\n")).expect_err("no id").len(), 2);
        assert_eq!(freeze(&sheets("")).expect_err("nothing").len(), 2);
    }
}
