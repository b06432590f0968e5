//! Two definitions or two sets of scores side by side, as a table for people.

use problem::{Language, Problem, Words};

use super::aligned::aligned;
use crate::index::{IndexComparison, IndexDefinition};
use crate::vietnamese;

/// Score before and after, change, and the points of the total that it brought, for every node; then the indicators that
/// brought most, in the order of the tree. Where the structure is broken the reason stands instead of a change.
///
/// # Errors
/// None in practice: a score is always finite.
pub fn to_text(
    before: &IndexDefinition,
    after: &IndexDefinition,
    comparison: &IndexComparison,
    language: Language,
) -> Result<String, Problem> {
    let headings = match language {
        Language::Vi => ["Mã", "Tên", "Trước", "Sau", "Thay đổi", "Vào điểm tổng", "Ghi chú"],
        Language::En => ["Code", "Name", "Before", "After", "Change", "Of the total", "Note"],
    };
    let number = |value: Option<f64>, signed: bool| -> Result<String, Problem> {
        let Some(value) = value else { return Ok("–".to_owned()) };
        let text = match language {
            Language::Vi => vietnamese::number(value, 4)?,
            Language::En => format!("{value:.4}"),
        };
        Ok(if signed && value > 0.0 { format!("+{text}") } else { text })
    };
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    for node in &comparison.nodes {
        rows.push(vec![
            node.code.clone(),
            format!("{}{}", "  ".repeat(after.depth(&node.code)), node.name.in_language(language)),
            number(node.before, false)?,
            number(node.after, false)?,
            number(node.change, true)?,
            number(node.points_of_total, true)?,
            node.why_not.as_ref().map(|why| why.in_language(language).to_owned()).unwrap_or_default(),
        ]);
        for part in comparison.parts.iter().filter(|part| parent_of(after, &part.code) == Some(node.code.as_str())) {
            rows.push(vec![
                part.code.clone(),
                format!("{}· {}", "  ".repeat(after.depth(&node.code) + 1), name_of(after, &part.code, language)),
                number(Some(part.before), false)?,
                number(Some(part.after), false)?,
                number(Some(part.after - part.before), true)?,
                number(Some(part.points), true)?,
                String::new(),
            ]);
        }
    }
    let mut text = heading(before, after, language);
    if comparison.broken.contains_key(after.root()) {
        text.push_str(match language {
            Language::Vi => "Cấu trúc đã thay đổi: không nối điểm tổng của hai bên.\n",
            Language::En => "The structure is broken: totals are not joined.\n",
        });
    }
    text.push_str(&aligned(&rows, &[2, 3, 4, 5]));
    Ok(text)
}

/// What is not alike in two definitions, node by node.
#[must_use]
pub fn definitions_to_text(
    before: &IndexDefinition,
    after: &IndexDefinition,
    broken: &std::collections::BTreeMap<String, Words>,
    language: Language,
) -> String {
    let mut text = heading(before, after, language);
    if broken.is_empty() {
        text.push_str(match language {
            Language::Vi => "Hai bộ tính điểm như nhau.\n",
            Language::En => "The two are scored alike.\n",
        });
        return text;
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    for definition in [after, before] {
        for node in definition.nodes() {
            if rows.iter().any(|row| row[0] == node.code) {
                continue;
            }
            let why = broken.get(&node.code).map(|why| why.in_language(language).to_owned());
            let same = if language == Language::Vi { "như nhau" } else { "alike" };
            rows.push(vec![
                node.code.clone(),
                node.name.in_language(language).to_owned(),
                why.unwrap_or_else(|| same.to_owned()),
            ]);
        }
    }
    text.push_str(&aligned(&rows, &[]));
    text
}

fn heading(before: &IndexDefinition, after: &IndexDefinition, language: Language) -> String {
    let line = |definition: &IndexDefinition| {
        let scoring = definition.scoring().map(|scoring| format!("  ({})", scoring.in_language(language)));
        format!("{}{}", definition.code(), scoring.unwrap_or_default())
    };
    let certainty = before.certainty().max(after.certainty()).words();
    match language {
        Language::Vi => format!("{} → {}\nmức chắc chắn: {}\n", line(before), line(after), certainty.vi),
        Language::En => format!("{} → {}\ncertainty: {}\n", line(before), line(after), certainty.en),
    }
}

fn parent_of<'d>(definition: &'d IndexDefinition, code: &str) -> Option<&'d str> {
    definition.indicator(code).map(|indicator| indicator.parent.as_str())
}

fn name_of(definition: &IndexDefinition, code: &str, language: Language) -> String {
    definition.indicator(code).map(|one| one.name.in_language(language).to_owned()).unwrap_or_default()
}
