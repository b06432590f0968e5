//! What a row of the sheet `survey` is: its cell `type`.

use problem::Problems;

use super::at;
use crate::questionnaire::model::QuestionKind;
use crate::questionnaire::sheets::{Sheet, SheetRow};
use crate::questionnaire::words;

/// Types that ODK knows and this program does not take: the data come from elsewhere, or only an old Android gives them.
const TYPES_NOT_YET: &[&str] = &[
    "select_one_external",
    "simserial",
    "subscriberid",
    "background-audio",
    "start-geopoint",
    "csv-external",
    "xml-external",
    "osm",
];

/// What a row is.
pub(super) enum RowKind {
    BeginGroup,
    BeginRepeat,
    EndGroup,
    EndRepeat,
    Question(QuestionKind),
    /// A select with a further choice “other” and a question for its words.
    OrOther(QuestionKind),
}

pub(super) fn row_kind(sheet: &Sheet, row: &SheetRow, problems: &mut Problems) -> RowKind {
    let cell = sheet.cell(row, "type");
    let mut parts = cell.split_whitespace();
    let (first, rest) = (parts.next().unwrap_or_default(), parts.collect::<Vec<_>>());
    match (first, rest.as_slice()) {
        ("begin_group", []) | ("begin", ["group"]) => return RowKind::BeginGroup,
        ("end_group", []) | ("end", ["group"]) => return RowKind::EndGroup,
        ("begin_repeat", []) | ("begin", ["repeat"]) => return RowKind::BeginRepeat,
        ("end_repeat", []) | ("end", ["repeat"]) => return RowKind::EndRepeat,
        ("select_one" | "select_multiple" | "rank" | "select_one_from_file" | "select_multiple_from_file", list) => {
            return select(sheet, row, first, list, problems);
        }
        (name, []) => {
            if let Some(kind) = QuestionKind::plain(name) {
                return RowKind::Question(kind);
            }
        }
        _ => {}
    }
    let problem = if cell.is_empty() {
        words::cell_missing("type")
    } else if TYPES_NOT_YET.contains(&first) {
        words::not_yet(cell)
    } else {
        words::type_unknown(cell)
    };
    problems.push(at(problem, sheet, row, "type"));
    // The row is kept so that what refers to it or stands in it is not told as wrong too.
    match first {
        "begin" => RowKind::BeginGroup,
        "end" => RowKind::EndGroup,
        _ => RowKind::Question(QuestionKind::Text),
    }
}

fn select(sheet: &Sheet, row: &SheetRow, kind: &str, list: &[&str], problems: &mut Problems) -> RowKind {
    let name = list.first().copied().unwrap_or_default();
    let from_file = kind.ends_with("_from_file");
    if name.is_empty() || name.contains("${") {
        problems.push(at(words::list_not_named(kind), sheet, row, "type"));
    } else if from_file && !name.ends_with(".csv") {
        problems.push(at(words::list_file(name), sheet, row, "type"));
    }
    let other = match list.get(1..).unwrap_or_default() {
        [] => false,
        ["or_other"] if matches!(kind, "select_one" | "select_multiple") => true,
        [more, ..] => {
            problems.push(at(words::not_yet(more), sheet, row, "type"));
            false
        }
    };
    let name = name.to_owned();
    let kind = match kind {
        "rank" => QuestionKind::Rank(name),
        "select_one" | "select_one_from_file" => QuestionKind::SelectOne(name),
        _ => QuestionKind::SelectMultiple(name),
    };
    if other { RowKind::OrOther(kind) } else { RowKind::Question(kind) }
}
