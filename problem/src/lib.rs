//! The words for the person who must act.
//!
//! Every room that checks something answers with [`Problem`]s: what is wrong, where, what was expected, what was found and
//! what to do, in Vietnamese and in English. All problems come at once ([`Problems`]), never only the first.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The language a person reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Vietnamese, the default of the house.
    #[default]
    Vi,
    /// English.
    En,
}

/// The same words in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Words {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Words in Vietnamese and in English, in this order.
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }

    /// The words in one language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Vi => &self.vi,
            Language::En => &self.en,
        }
    }
}

/// What reads the same in both languages: a code, a number, a name, what the person wrote.
impl From<&str> for Words {
    fn from(text: &str) -> Self {
        Self::new(text, text)
    }
}

impl From<&String> for Words {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self { vi: text.clone(), en: text }
    }
}

impl<V: Into<String>, E: Into<String>> From<(V, E)> for Words {
    fn from((vi, en): (V, E)) -> Self {
        Self::new(vi, en)
    }
}

/// Where a problem was found. Rows and columns count as the person sees them: the header is row 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// File name, as the person gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Sheet of a workbook, or table of a document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Row or line, counted from 1 including the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
    /// Column heading, field or key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl Place {
    /// A place that is a row and a column of one table.
    pub fn cell(row: usize, column: impl Into<String>) -> Self {
        Self { row: Some(row), column: Some(column.into()), ..Self::default() }
    }

    /// A place that is a row of one table.
    #[must_use]
    pub fn row(row: usize) -> Self {
        Self { row: Some(row), ..Self::default() }
    }

    /// A place that is a column, field or key.
    pub fn column(column: impl Into<String>) -> Self {
        Self { column: Some(column.into()), ..Self::default() }
    }

    /// The same place, in a named file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// The same place, in a named sheet.
    #[must_use]
    pub fn in_sheet(mut self, sheet: impl Into<String>) -> Self {
        self.sheet = Some(sheet.into());
        self
    }

    fn describe(&self, language: Language) -> String {
        let (row, column, sheet) = match language {
            Language::Vi => ("dòng", "cột", "trang"),
            Language::En => ("row", "column", "sheet"),
        };
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.file.clone());
        parts.extend(self.sheet.as_ref().map(|name| format!("{sheet} {name}")));
        parts.extend(self.row.map(|number| format!("{row} {number}")));
        parts.extend(self.column.as_ref().map(|name| format!("{column} {name}")));
        parts.join(", ")
    }
}

/// One thing that is wrong, told to the person who can mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable name of the kind of problem, such as `frame_duplicate_code`; programs may rely on it.
    pub code: &'static str,
    /// One sentence: what is wrong.
    pub message: Words,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What would have been right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Words>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub got: Option<Words>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Words>,
}

impl Problem {
    /// A problem with its sentence in Vietnamese and English.
    pub fn new(code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, message: Words::new(vi, en), place: None, expected: None, got: None, hint: None }
    }

    /// The same problem, with its place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same problem, with what was expected: a text that reads the same in both languages, or a pair (Vietnamese, English).
    #[must_use]
    pub fn expected(mut self, expected: impl Into<Words>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// The same problem, with what was found: a text that reads the same in both languages, or a pair (Vietnamese, English).
    #[must_use]
    pub fn got(mut self, got: impl Into<Words>) -> Self {
        self.got = Some(got.into());
        self
    }

    /// The same problem, with advice in Vietnamese and English.
    #[must_use]
    pub fn hint(mut self, vi: impl Into<String>, en: impl Into<String>) -> Self {
        self.hint = Some(Words::new(vi, en));
        self
    }

    /// The same problem, its place put into a named file unless it already names one.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        let place = self.place.get_or_insert_with(Place::default);
        place.file.get_or_insert_with(|| file.to_owned());
        self
    }

    /// The whole problem as lines of plain text in one language.
    #[must_use]
    pub fn describe(&self, language: Language) -> String {
        let (expected, got, hint) = match language {
            Language::Vi => ("cần", "gặp", "gợi ý"),
            Language::En => ("expected", "got", "hint"),
        };
        let mut text = String::new();
        if let Some(place) = &self.place {
            let place = place.describe(language);
            if !place.is_empty() {
                text.push_str(&place);
                text.push_str(": ");
            }
        }
        text.push_str(self.message.in_language(language));
        let details: Vec<String> = [(expected, &self.expected), (got, &self.got)]
            .into_iter()
            .filter_map(|(word, value)| Some(format!("{word} {}", value.as_ref()?.in_language(language))))
            .collect();
        if !details.is_empty() {
            text.push_str(&format!(" ({})", details.join(", ")));
        }
        if let Some(words) = &self.hint {
            text.push_str(&format!("\n  {hint}: {}", words.in_language(language)));
        }
        text
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe(Language::En))
    }
}

impl std::error::Error for Problem {}

/// All that is wrong, told at once; never empty when it is returned as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// No problem so far.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds one problem.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many things are wrong.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The problems in the order they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// `Ok(value)` when nothing is wrong, otherwise all the problems.
    ///
    /// # Errors
    /// All collected problems, if there are any.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// The same problems, each placed in a named file unless it already names one.
    #[must_use]
    pub fn in_file(self, file: &str) -> Self {
        Self(self.0.into_iter().map(|problem| problem.in_file(file)).collect())
    }

    /// All problems as plain text in one language, one after the other.
    #[must_use]
    pub fn describe(&self, language: Language) -> String {
        self.0.iter().map(|problem| problem.describe(language)).collect::<Vec<_>>().join("\n")
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl Extend<Problem> for Problems {
    fn extend<T: IntoIterator<Item = Problem>>(&mut self, problems: T) {
        self.0.extend(problems);
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe(Language::En))
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Problem {
        Problem::new("frame_missing_size", "thiếu số hộ", "missing size")
            .at(Place::cell(14, "households"))
            .expected(("số nguyên từ 1 trở lên", "a whole number of at least 1"))
            .got(("ô trống", "an empty cell"))
            .hint("điền số hộ", "fill in the number of households")
    }

    #[test]
    fn a_problem_says_where_what_expected_got_and_hint() {
        assert_eq!(
            example().in_file("frame.csv").describe(Language::En),
            "frame.csv, row 14, column households: missing size (expected a whole number of at least 1, got an empty cell)\
             \n  hint: fill in the number of households"
        );
        assert_eq!(
            example().describe(Language::Vi),
            "dòng 14, cột households: thiếu số hộ (cần số nguyên từ 1 trở lên, gặp ô trống)\n  gợi ý: điền số hộ"
        );
    }

    #[test]
    fn a_file_already_named_is_kept() {
        let placed = example().in_file("a.csv").in_file("b.csv");
        assert_eq!(placed.place.and_then(|place| place.file).as_deref(), Some("a.csv"));
    }

    #[test]
    fn all_problems_are_told_and_none_means_ok() {
        let mut problems = Problems::none();
        assert_eq!(problems.clone().into_result(7), Ok(7));
        problems.push(example());
        problems.push(example());
        let told = problems.clone().into_result(7).expect_err("two problems");
        assert_eq!(told.describe(Language::En).matches("missing size").count(), 2);
    }
}
