//! The headings of a sheet: which columns there are, and in which languages.

use problem::{Place, Problems};

use crate::questionnaire::model::{FormLanguage, Texts};
use crate::questionnaire::sheets::{Sheet, SheetRow};
use crate::questionnaire::words;

/// What a column of a sheet may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// A column that must be there.
    Needed,
    /// A column that may be there.
    Plain,
    /// Text for people, in one column a language: `label::vi`.
    Words,
    /// A column of ODK that is not supported yet; it may be there while it is empty.
    NotYet,
}

/// The kinds of files that a question or choice may show or play.
pub(super) const MEDIA: &[&str] = &["image", "big-image", "audio", "video"];

/// The columns that hold words, with their languages.
pub(super) struct Headings {
    /// Heading as written, what it holds (`label`), language as written.
    words: Vec<(String, String, String)>,
    /// Columns with a plain name that the sheet does not define.
    pub(super) others: Vec<String>,
}

impl Headings {
    /// Reads the headings; an unsuffixed `label` is in the default language.
    pub(super) fn of(sheet: &Sheet, known: &[(&str, Known)], default_language: &str, problems: &mut Problems) -> Self {
        let mut found = Self { words: Vec::new(), others: Vec::new() };
        let place = |column: &str| Place::cell(1, column).in_sheet(&sheet.name);
        for (name, _) in known
            .iter()
            .filter(|(name, kind)| *kind == Known::Needed && !sheet.columns.iter().any(|column| column == name))
        {
            problems.push(words::column_missing(name).at(Place::column(*name).in_sheet(&sheet.name)));
        }
        for column in sheet.columns.iter().filter(|column| !column.is_empty() && !column.starts_with('#')) {
            // `media::image::vi` is also written `image::vi`.
            let plain = column.strip_prefix("media::").unwrap_or(column);
            let (base, language) = plain.split_once("::").unwrap_or((plain, ""));
            let (base, language) = (base.trim(), language.trim());
            match known.iter().find(|(name, _)| *name == base).map(|(_, kind)| *kind) {
                Some(Known::Words) => {
                    let language = if language.is_empty() { default_language } else { language };
                    found.words.push((column.clone(), base.to_owned(), language.to_owned()));
                }
                Some(Known::NotYet) => {
                    if let Some(row) = sheet.rows.iter().find(|row| !sheet.cell(row, column).is_empty()) {
                        problems.push(words::not_yet(column).at(sheet.place(row, column)));
                    }
                }
                Some(Known::Needed | Known::Plain) if language.is_empty() => {}
                None if language.is_empty() => found.others.push(column.clone()),
                _ => problems.push(words::column_unknown(column).at(place(column))),
            }
        }
        found
    }

    /// The words of a row in all languages.
    pub(super) fn texts(&self, sheet: &Sheet, row: &SheetRow, base: &str) -> Texts {
        let cells = self
            .words
            .iter()
            .filter(|(_, holds, _)| holds == base)
            .map(|(column, _, language)| (language_code(language), sheet.cell(row, column).to_owned()));
        Texts(cells.filter(|(_, text)| !text.is_empty()).collect())
    }
}

impl Headings {
    /// The files of a row by kind, in all languages.
    pub(super) fn media<'a>(
        &'a self,
        sheet: &'a Sheet,
        row: &'a SheetRow,
    ) -> impl Iterator<Item = (String, Texts)> + 'a {
        MEDIA.iter().map(|kind| ((*kind).to_owned(), self.texts(sheet, row, kind)))
    }

    /// The codes of the languages of the columns with words, each once.
    pub(super) fn languages(&self) -> Vec<String> {
        let mut codes: Vec<String> = Vec::new();
        for code in self.words.iter().map(|(_, _, language)| language_code(language)) {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }
}

/// All languages of the sheets in order of appearance; the default language must be one of them.
pub(super) fn languages(sheets: &[&Headings], default: &str, problems: &mut Problems) -> Vec<FormLanguage> {
    let mut languages: Vec<FormLanguage> = Vec::new();
    for (_, _, name) in sheets.iter().flat_map(|headings| &headings.words) {
        let code = language_code(name);
        if !languages.iter().any(|language| language.code == code) {
            languages.push(FormLanguage { code, name: name.clone() });
        }
    }
    if !default.is_empty() && !languages.iter().any(|language| language.code == language_code(default)) {
        let known = languages.iter().map(|language| language.code.as_str()).collect::<Vec<_>>().join(", ");
        problems
            .push(words::language_unknown(default, &known).at(Place::column("default_language").in_sheet("settings")));
    }
    languages
}

/// The code of a language as headings write it: `vi` of `vi` and of `Tiếng Việt (vi)`.
pub(super) fn language_code(name: &str) -> String {
    let inside = name.strip_suffix(')').and_then(|name| name.rsplit_once('(')).map(|(_, code)| code.trim());
    inside.unwrap_or(name).trim().to_owned()
}
