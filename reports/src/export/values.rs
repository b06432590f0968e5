//! Scores that follow from published values: as a table for people, as CSV and as JSON.

use problem::{Language, Problem};
use serde::Serialize;

use super::aligned::aligned;
use crate::index::{Certainty, GivenValues, IndexDefinition, IndexMissing, IndexScores, NodeScore};
use crate::vietnamese;

/// The scores of one unit in one year.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitScores {
    /// The unit, where the file names it.
    pub unit: Option<String>,
    /// The year, where the file names it.
    pub year: Option<i64>,
    /// Its scores.
    #[serde(flatten)]
    pub scores: IndexScores,
}

impl UnitScores {
    /// Scores of the values that were read.
    #[must_use]
    pub fn new(given: &GivenValues, scores: IndexScores) -> Self {
        Self { unit: given.unit.clone(), year: given.year, scores }
    }

    /// Unit and year as a heading, where there are any.
    #[must_use]
    pub fn heading(&self) -> String {
        let year = self.year.map(|year| year.to_string());
        [self.unit.clone(), year].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Tables with one line a node, indented by depth, four decimals; Vietnamese numbers in Vietnamese.
///
/// # Errors
/// None in practice: a score is always finite.
pub fn to_text(definition: &IndexDefinition, units: &[UnitScores], language: Language) -> Result<String, Problem> {
    let mut text = about(definition, language);
    for unit in units {
        if !unit.heading().is_empty() {
            text.push_str(&format!("\n{}\n", unit.heading()));
        }
        text.push_str(&table(definition, &unit.scores, language)?);
    }
    Ok(text)
}

/// Which definition, how it scores, and the least certain thing in it: no table goes without.
fn about(definition: &IndexDefinition, language: Language) -> String {
    let certainty = definition.certainty();
    let scoring = definition.scoring().map(|scoring| scoring.in_language(language).to_owned());
    let mut text = format!("{}  {}\n", definition.code(), definition.name().in_language(language));
    if let Some(scoring) = scoring {
        let word = if language == Language::Vi { "cách tính điểm" } else { "scoring" };
        text.push_str(&format!("{word}: {scoring}\n"));
    }
    if certainty != Certainty::Certain {
        let word = if language == Language::Vi {
            "phần kém chắc chắn nhất của công thức"
        } else {
            "least certain part"
        };
        text.push_str(&format!("{word}: {}\n", certainty.words().in_language(language)));
    }
    text
}

fn table(definition: &IndexDefinition, scores: &IndexScores, language: Language) -> Result<String, Problem> {
    let headings = match language {
        Language::Vi => ["Mã", "Tên", "Điểm", "Khoảng điểm", "Công bố", "Công thức", "Ghi chú"],
        Language::En => ["Code", "Name", "Score", "Range", "Published", "Formula", "Note"],
    };
    let number = |value: f64, decimals: usize| match language {
        Language::Vi => vietnamese::number(value, decimals),
        Language::En => Ok(format!("{value:.decimals$}")),
    };
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    for node in &scores.scores {
        let or_dash = |value: Option<f64>| -> Result<String, Problem> {
            Ok(value.map(|value| number(value, 4)).transpose()?.unwrap_or_else(|| "–".to_owned()))
        };
        let known = definition.node(&node.code);
        let range = match known.map(|node| (node.score_min, node.score_max, node.maximum_known)) {
            Some((low, high, true)) => format!("{}–{}", number(low, 2)?, number(high, 2)?),
            Some((low, _, false)) => format!("{}–?", number(low, 2)?),
            None => String::new(),
        };
        rows.push(vec![
            node.code.clone(),
            format!("{}{}", "  ".repeat(definition.depth(&node.code)), node.name.in_language(language)),
            or_dash(node.score)?,
            range,
            node.given.map(|given| number(given, 4)).transpose()?.unwrap_or_default(),
            if node.as_given { String::new() } else { node.certainty.words().in_language(language).to_owned() },
            note(node, language),
        ]);
    }
    Ok(aligned(&rows, &[2, 3, 4]))
}

fn note(node: &NodeScore, language: Language) -> String {
    let mut notes = Vec::new();
    let vi = language == Language::Vi;
    match &node.missing {
        Some(IndexMissing::ChildMissing { .. }) if node.lacking.len() > 1 => notes.push(lacking(&node.lacking, vi)),
        Some(missing) => notes.push(missing.words().in_language(language).to_owned()),
        None => {}
    }
    if node.as_given {
        notes.push(if vi { "lấy nguyên điểm công bố" } else { "the published score as it is" }.to_owned());
    }
    if let Some(difference) = node.difference_from_given.filter(|difference| difference.abs() >= 0.000_05) {
        let sign = if difference > 0.0 { "+" } else { "" };
        let number = vietnamese::number(difference, 4).unwrap_or_default();
        notes.push(if vi {
            format!("khác điểm công bố {sign}{number}")
        } else {
            format!("{difference:+.4} against the published score")
        });
    }
    if let Some(percent) = node.percent_of_maximum {
        let number = vietnamese::number(percent, 2).unwrap_or_default();
        notes.push(if vi { format!("{number} % điểm tối đa") } else { format!("{percent:.2} % of the maximum") });
    }
    if !node.dropped.is_empty() {
        let codes = node.dropped.join(", ");
        notes.push(if vi { format!("không tính: {codes}") } else { format!("left out: {codes}") });
    }
    notes.join("; ")
}

/// The indicators that a score lacks; many are cut short, the other formats name them all.
fn lacking(codes: &[String], vi: bool) -> String {
    const MOST: usize = 6;
    let shown = codes.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match (codes.len().saturating_sub(MOST), vi) {
        (0, true) => format!("thiếu {shown}"),
        (0, false) => format!("missing: {shown}"),
        (more, true) => format!("thiếu {shown} và {more} chỉ tiêu khác"),
        (more, false) => format!("missing: {shown} and {more} more"),
    }
}

/// One row a node: `level,code,score,missing,dropped,certainty,given,lacking,difference_from_given`; decimal point, all digits. With units or years in the
/// file, `unit` and `year` stand before them.
///
/// # Errors
/// `export_failed` when the writer fails.
pub fn to_csv(units: &[UnitScores]) -> Result<String, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let (named, dated) = (units.iter().any(|one| one.unit.is_some()), units.iter().any(|one| one.year.is_some()));
    let labels = |unit: String, year: String| -> Vec<String> {
        [(named, unit), (dated, year)].into_iter().filter(|label| label.0).map(|label| label.1).collect()
    };
    let mut headings = labels("unit".to_owned(), "year".to_owned());
    headings.extend(["level", "code", "score", "missing", "dropped", "certainty", "given"].map(str::to_owned));
    headings.extend(["lacking", "difference_from_given"].map(str::to_owned));
    writer.write_record(&headings).map_err(super::failed)?;
    for one in units {
        for node in &one.scores.scores {
            let mut row =
                labels(one.unit.clone().unwrap_or_default(), one.year.map(|year| year.to_string()).unwrap_or_default());
            let missing = match &node.missing {
                Some(IndexMissing::ChildMissing { code }) => format!("child_missing {code}"),
                Some(missing) => missing.code().to_owned(),
                None => String::new(),
            };
            let text = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
            row.extend([node.level.clone(), node.code.clone(), text(node.score), missing, node.dropped.join(" ")]);
            row.extend([node.certainty.code().to_owned(), text(node.given)]);
            row.extend([node.lacking.join(" "), text(node.difference_from_given)]);
            writer.write_record(&row).map_err(super::failed)?;
        }
    }
    let bytes = writer.into_inner().map_err(super::failed)?;
    String::from_utf8(bytes).map_err(super::failed)
}

/// The whole result: definition, scoring, hash, certainty, `scores` and `indicators`. One unit and year: that document; several:
/// an object `units` with a list of them.
///
/// # Errors
/// `export_failed` when a number cannot be written.
pub fn to_json(units: &[UnitScores]) -> Result<String, Problem> {
    match units {
        [one] => serde_json::to_string_pretty(one),
        several => serde_json::to_string_pretty(&serde_json::json!({ "units": several })),
    }
    .map_err(super::failed)
}
