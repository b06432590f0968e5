//! The sheets of a questionnaire, frozen together for a round.

use std::collections::BTreeMap;

use ::problem::{Place, Problem, Problems};
use reports::export::definition_toml::to_toml;
use reports::index::IndexDefinition;
use unicode_normalization::UnicodeNormalization;

use crate::secret::sha256_hex;
use crate::store::QuestionnaireVersion;

/// The scoring tree beside the sheets.
pub const INDEX: &str = "index.toml";

/// The texts of a questionnaire by file name.
pub type Sheets = BTreeMap<String, String>;

/// The value, or its problems among the others.
pub fn collect<T>(result: Result<T, Problems>, problems: &mut Problems) -> Option<T> {
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
pub fn freeze(sheets: &Sheets) -> Result<QuestionnaireVersion, Problems> {
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
