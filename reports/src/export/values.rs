//! Scores that follow from published indicator values: as a table for people, as CSV and as JSON.

use problem::{Language, Problem};

use super::aligned::aligned;
use crate::index::{IndexDefinition, IndexMissing, IndexScores};
use crate::vietnamese;

/// A table with one line a node, indented by depth, four decimals; Vietnamese numbers in Vietnamese.
///
/// # Errors
/// None in practice: a score is always finite.
pub fn to_text(definition: &IndexDefinition, scores: &IndexScores, language: Language) -> Result<String, Problem> {
    let headings = match language {
        Language::Vi => ["Mã", "Tên", "Điểm", "Khoảng điểm", "Công thức", "Ghi chú"],
        Language::En => ["Code", "Name", "Score", "Range", "Formula", "Note"],
    };
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    for node in &scores.scores {
        let range = definition.node(&node.code).map(|node| (node.score_min, node.score_max));
        let number = |value: f64, decimals: usize| match language {
            Language::Vi => vietnamese::number(value, decimals),
            Language::En => Ok(format!("{value:.decimals$}")),
        };
        let score = node.score.map(|score| number(score, 4)).transpose()?.unwrap_or_else(|| "–".to_owned());
        let range = match range {
            Some((low, high)) => format!("{}–{}", number(low, 2)?, number(high, 2)?),
            None => String::new(),
        };
        rows.push(vec![
            node.code.clone(),
            format!("{}{}", "  ".repeat(definition.depth(&node.code)), node.name.in_language(language)),
            score,
            range,
            node.certainty.words().in_language(language).to_owned(),
            note(node.missing.as_ref(), &node.dropped, language),
        ]);
    }
    Ok(aligned(&rows, &[2, 3]))
}

fn note(missing: Option<&IndexMissing>, dropped: &[String], language: Language) -> String {
    if let Some(missing) = missing {
        return missing.words().in_language(language).to_owned();
    }
    if dropped.is_empty() {
        return String::new();
    }
    match language {
        Language::Vi => format!("không tính: {}", dropped.join(", ")),
        Language::En => format!("left out: {}", dropped.join(", ")),
    }
}

/// One row a node: `level,code,score,missing,dropped,certainty`; decimal point, all digits.
///
/// # Errors
/// `export_failed` when the writer fails.
pub fn to_csv(scores: &IndexScores) -> Result<String, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(["level", "code", "score", "missing", "dropped", "certainty"]).map_err(super::failed)?;
    for node in &scores.scores {
        let missing = match &node.missing {
            Some(IndexMissing::ChildMissing { code }) => format!("child_missing {code}"),
            Some(missing) => missing.code().to_owned(),
            None => String::new(),
        };
        let score = node.score.map(|score| score.to_string()).unwrap_or_default();
        let certainty = node.certainty.code();
        writer
            .write_record([&node.level, &node.code, &score, &missing, &node.dropped.join(" "), certainty])
            .map_err(super::failed)?;
    }
    let bytes = writer.into_inner().map_err(super::failed)?;
    String::from_utf8(bytes).map_err(super::failed)
}

/// The whole result: definition and hash, `scores` (level, code, name, score, missing, dropped, certainty) and `indicators`
/// (code, name, value, rescaled, missing).
///
/// # Errors
/// `export_failed` when a number cannot be written.
pub fn to_json(scores: &IndexScores) -> Result<String, Problem> {
    serde_json::to_string_pretty(scores).map_err(super::failed)
}
