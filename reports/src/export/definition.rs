//! A scoring tree for people to read.

use problem::Language;

use super::aligned::aligned;
use crate::index::{Aggregation, Direction, IndexDefinition, Indicator, Node};
use crate::vietnamese;

/// The definition as text: what it is, where it comes from, and the tree with formulas, scales, and what one unit more of each
/// indicator adds to the total.
#[must_use]
pub fn to_text(definition: &IndexDefinition, language: Language) -> String {
    let mut rows = Vec::new();
    for node in definition.nodes() {
        let indent = "  ".repeat(definition.depth(&node.code));
        rows.push(vec![
            format!("{indent}{}", node.code),
            node.name.in_language(language).to_owned(),
            formula(node),
            String::new(),
            node.certainty.words().in_language(language).to_owned(),
        ]);
        for indicator in definition.child_indicators(&node.code) {
            rows.push(vec![
                format!("{indent}  {}", indicator.code),
                indicator.name.in_language(language).to_owned(),
                scale(indicator, language),
                worth(definition, indicator, language),
                indicator.certainty.words().in_language(language).to_owned(),
            ]);
        }
    }
    format!("{}\n{}", heading(definition, language), aligned(&rows, &[]))
}

/// All definitions in one table: code, years, certainty, name, and how answers are scored.
#[must_use]
pub fn list_to_text(definitions: &[IndexDefinition], language: Language) -> String {
    let rows: Vec<Vec<String>> = definitions
        .iter()
        .map(|definition| {
            vec![
                definition.code().to_owned(),
                years(definition),
                definition.certainty().words().in_language(language).to_owned(),
                definition.name().in_language(language).to_owned(),
                definition.scoring().map(|scoring| scoring.in_language(language).to_owned()).unwrap_or_default(),
            ]
        })
        .collect();
    aligned(&rows, &[])
}

fn years(definition: &IndexDefinition) -> String {
    match definition.valid_to() {
        Some(last) => format!("{}–{last}", definition.valid_from()),
        None => format!("{}–", definition.valid_from()),
    }
}

fn heading(definition: &IndexDefinition, language: Language) -> String {
    let words = match language {
        Language::Vi => ["hiệu lực", "mức chắc chắn", "nguồn", "ghi chú", "cách tính điểm", "bảng hỏi", "dựa trên"],
        Language::En => ["valid", "certainty", "source", "note", "scoring", "questionnaire", "extends"],
    };
    let mut text = format!("{}  {}\n", definition.code(), definition.name().in_language(language));
    text.push_str(&format!("  {}: {}\n", words[0], years(definition)));
    text.push_str(&format!("  {}: {}\n", words[1], definition.certainty().words().in_language(language)));
    if let Some(scoring) = definition.scoring() {
        text.push_str(&format!("  {}: {}\n", words[4], scoring.in_language(language)));
    }
    for (word, value) in [(words[5], definition.questionnaire()), (words[6], definition.extends())] {
        if let Some(value) = value {
            text.push_str(&format!("  {word}: {value}\n"));
        }
    }
    text.push_str(&format!("  {}: {}\n", words[2], definition.source()));
    if let Some(note) = definition.note() {
        text.push_str(&format!("  {}: {note}\n", words[3]));
    }
    text.push_str(&format!("  sha256: {}\n", definition.sha256()));
    text
}

fn formula(node: &Node) -> String {
    let unknown = if node.maximum_known { "" } else { "?" };
    let range = format!("{}..{}{unknown}", node.score_min, node.score_max);
    match node.aggregation {
        Aggregation::Sum => format!("sum  {range}"),
        Aggregation::Mean => format!("mean  {range}"),
        Aggregation::Pooled => format!("pooled  {range}"),
        Aggregation::Points => format!("points  {range}"),
        Aggregation::LinearMean { a, b } => format!("{a} + {b} * mean(z)  {range}"),
    }
}

/// What one unit more of an indicator adds to the total, where that does not hang on the answers.
fn worth(definition: &IndexDefinition, indicator: &Indicator, language: Language) -> String {
    let worth = definition.sensitivity(&indicator.code).get(definition.root()).copied();
    let number = |worth: f64| match language {
        Language::Vi => vietnamese::number(worth, 4).unwrap_or_default(),
        Language::En => format!("{worth:.4}"),
    };
    let word = if language == Language::Vi { "một đơn vị =" } else { "one unit =" };
    worth.map_or_else(String::new, |worth| format!("{word} {}", number(worth)))
}

fn scale(indicator: &Indicator, language: Language) -> String {
    let sign = match indicator.direction {
        Direction::Higher => "+",
        Direction::Lower => "-",
    };
    let scored = match (indicator.scored, language) {
        (true, _) => "",
        (false, Language::Vi) => "  (không tính điểm)",
        (false, Language::En) => "  (not scored)",
    };
    let unknown = if indicator.maximum_known { "" } else { "?" };
    format!("{sign} {}..{}{unknown}{scored}", indicator.scale_min, indicator.scale_max)
}
