//! A questionnaire out of a file that was handed in: its sheets, and what they hold.

use std::collections::BTreeMap;

use ::problem::{Problem, Problems};
use unicode_normalization::UnicodeNormalization;

use crate::questionnaire::{Questionnaire, Sheets as Workbook, builtin, xlsform};
use crate::rounds::{INDEX, Sheets, collect, freeze};

/// The sheets of a questionnaire, read and checked.
#[derive(Debug)]
pub struct CheckedSheets {
    /// Its texts by file name, as they are frozen.
    pub sheets: Sheets,
    /// The questionnaire.
    pub questionnaire: Questionnaire,
}

/// A file that was handed in beside others.
pub struct HandedFile<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// A questionnaire out of a workbook (XLSForm), or out of `survey.csv`, `choices.csv` and `settings.csv`; lists in files of their own
/// and the scoring tree (`index.toml`) may come along.
///
/// # Errors
/// Everything that is wrong, with file, sheet, row and column.
pub fn read(files: &[HandedFile<'_>]) -> Result<CheckedSheets, Problems> {
    let mut problems = Problems::none();
    let mut sheets = Sheets::new();
    for file in files {
        if file.bytes.starts_with(b"PK\x03\x04") {
            let read = Workbook::from_xlsx(file.bytes).map_err(|problems| problems.in_file(file.name));
            let Some(workbook) = collect(read, &mut problems) else { continue };
            for (name, sheet) in
                [("survey", &workbook.survey), ("choices", &workbook.choices), ("settings", &workbook.settings)]
            {
                sheets.insert(format!("{name}.csv"), sheet.to_csv());
            }
            continue;
        }
        match std::str::from_utf8(file.bytes) {
            Ok(text) => {
                sheets.insert(file.name.nfc().collect(), text.trim_start_matches('\u{feff}').to_owned());
            }
            Err(_) => problems.push(
                Problem::new("file_not_utf8", "tệp không phải là văn bản UTF-8", "the file is not text in UTF-8")
                    .in_file(file.name),
            ),
        }
    }
    problems.into_result(())?;
    check(sheets)
}

/// The sheets of a questionnaire that comes with the program.
///
/// # Errors
/// `questionnaire_unknown`.
pub fn of_program(name: &str) -> Result<CheckedSheets, Problems> {
    let unknown = || {
        Problem::new("questionnaire_unknown", "không tìm thấy bảng hỏi", "the questionnaire cannot be found").got(name)
    };
    let instrument = builtin(name).ok_or_else(unknown)?;
    let sheets = crate::app::Rooms::of_this_program().builtin_questionnaire.and_then(|find| find(name));
    Ok(CheckedSheets { sheets: sheets.ok_or_else(unknown)?, questionnaire: instrument.questionnaire()? })
}

/// Sheets that were kept as a draft, checked again.
///
/// # Errors
/// As [`read`].
pub fn check(sheets: Sheets) -> Result<CheckedSheets, Problems> {
    let mut problems = Problems::none();
    for name in ["survey.csv", "choices.csv", "settings.csv"] {
        if !sheets.contains_key(name) {
            problems.push(
                Problem::new(
                    "questionnaire_sheet_missing",
                    "thiếu một phần của bảng hỏi",
                    "a part of the questionnaire is missing",
                )
                .expected((
                    "một tệp .xlsx, hoặc survey.csv, choices.csv, settings.csv",
                    "one .xlsx, or survey.csv, choices.csv, settings.csv",
                ))
                .got(name),
            );
        }
    }
    problems.into_result(())?;
    let file = |name: &str| sheets.get(name).map(String::as_str).unwrap_or_default();
    let known = ["survey.csv", "choices.csv", "settings.csv", INDEX];
    let lists = sheets.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    let workbook = Workbook::from_csv(file("survey.csv"), file("choices.csv"), file("settings.csv"))?
        .with_files(lists.map(|(name, text)| (name.as_str(), text.as_str())))?;
    let mut problems = Problems::none();
    let questionnaire = collect(xlsform::read(&workbook), &mut problems);
    // The scoring tree is checked where it is frozen.
    let frozen = collect(freeze(&sheets), &mut problems);
    match (questionnaire, frozen) {
        (Some(questionnaire), Some(_)) if problems.is_empty() => Ok(CheckedSheets { sheets, questionnaire }),
        _ => Err(problems),
    }
}

/// How many questions of each kind there are, most first.
#[must_use]
pub fn kinds(questionnaire: &Questionnaire) -> Vec<(&'static str, usize)> {
    let mut kinds: BTreeMap<&'static str, usize> = BTreeMap::new();
    for question in questionnaire.questions() {
        *kinds.entry(question.kind.name()).or_default() += 1;
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(formula: &str) -> String {
        format!(
            "type,name,label,required,relevant\nselect_one yn,consent,Đồng ý không?,true(),\ninteger,q2,Mấy lần?,,{formula}\n"
        )
    }

    fn files(survey: &str) -> Result<CheckedSheets, Problems> {
        read(&[
            HandedFile { name: "survey.csv", bytes: survey.as_bytes() },
            HandedFile { name: "choices.csv", bytes: "list_name,name,label\nyn,1,Có\nyn,0,Không\n".as_bytes() },
            HandedFile {
                name: "settings.csv",
                bytes: "form_title,form_id,version,default_language\nThử,thu,1,vi\n".as_bytes(),
            },
        ])
    }

    #[test]
    fn text_files_and_a_workbook_are_read_alike() {
        let texts = files(&survey("${consent} = '1'")).expect("good");
        assert_eq!(kinds(&texts.questionnaire).iter().map(|(_, n)| n).sum::<usize>(), 2);
        let workbook = xlsform::to_xlsx(&xlsform::to_sheets(&texts.questionnaire)).expect("a workbook");
        let again = read(&[HandedFile { name: "form.xlsx", bytes: &workbook }]).expect("good");
        assert_eq!(again.questionnaire.id(), "thu");
        assert_eq!(again.questionnaire.questions().len(), 2);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let told = files(&survey("${q9} = '1'")).expect_err("no such question");
        let place = told.0[0].place.clone().expect("a place");
        assert_eq!((place.sheet.as_deref().or(place.file.as_deref()), place.row), (Some("survey"), Some(3)), "{told}");
        let nothing = read(&[HandedFile { name: "anh.png", bytes: &[0xFF, 0xD8] }]).expect_err("no text");
        assert_eq!(nothing.0[0].code, "file_not_utf8");
        let missing = read(&[HandedFile { name: "survey.csv", bytes: b"type,name\n" }]).expect_err("two are missing");
        assert_eq!(missing.iter().filter(|one| one.code == "questionnaire_sheet_missing").count(), 2);
    }
}
