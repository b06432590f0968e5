//! Index scores as CSV and JSON: every number with its precision, every missing one with its reason.

use estimation::Estimate;
use problem::{Language, Problem, Words};
use serde::Serialize;

use super::aligned::aligned;
use crate::index::{IndexChange, IndexDefinition, IndexEstimates, IndexMissing, IndicatorEstimate, NodeEstimate};
use crate::vietnamese;

/// How the numbers came about, carried in the JSON beside them; the first line is [`RATIO`] or the rule of filling.
const METHOD: [&str; 3] = [
    "Scores are linear in the indicators (pooled scores: a ratio of sums over answers).",
    "Standard errors come from Taylor linearization over the design, with the covariances between indicators.",
    "Intervals are Student t with the degrees of freedom of the design (PSUs minus strata).",
];

const RATIO: &str =
    "Indicators are weighted means over their own answerers; nothing is filled in for a missing answer.";

const COLUMNS: [&str; 17] = [
    "kind",
    "level",
    "code",
    "parent",
    "name_vi",
    "name_en",
    "estimate",
    "standard_error",
    "lower",
    "upper",
    "confidence_level",
    "degrees_of_freedom",
    "n",
    "missing",
    "dropped",
    "below_base",
    "certainty",
];

/// The scores and indicators as CSV (RFC 4180): UTF-8, comma, decimal point, CRLF, one row a score, first the nodes from
/// the total down, then the indicators. An empty cell is a number that is not there; the column `missing` says why.
///
/// # Errors
/// `export_failed` when the writer fails.
pub fn to_csv(estimates: &IndexEstimates) -> Result<String, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(super::failed)?;
    for node in &estimates.scores {
        writer.write_record(node_row(node, estimates.confidence_level)).map_err(super::failed)?;
    }
    for indicator in &estimates.indicators {
        writer.write_record(indicator_row(indicator, estimates.confidence_level)).map_err(super::failed)?;
    }
    let bytes = writer.into_inner().map_err(super::failed)?;
    String::from_utf8(bytes).map_err(super::failed)
}

/// The same as JSON, with the definition, its hash and certainty, and the method in words. Keys always stand in the same
/// order; numbers are written so that they read back to the same bits.
///
/// # Errors
/// `export_failed` when a number cannot be written.
pub fn to_json(estimates: &IndexEstimates) -> Result<String, Problem> {
    serde_json::to_string_pretty(&Paper::of(estimates)).map_err(super::failed)
}

/// As [`to_json`], as a value to stand inside another document: text that is read back would lose the last bit of some
/// numbers.
///
/// # Errors
/// `export_failed` when a number cannot be written.
pub fn to_json_value(estimates: &IndexEstimates) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(Paper::of(estimates)).map_err(super::failed)
}

impl<'a> Paper<'a> {
    fn of(estimates: &'a IndexEstimates) -> Self {
        let first = estimates.filling.map_or_else(|| RATIO.to_owned(), |filling| filling.words().en);
        Self {
            method: std::iter::once(first).chain(METHOD.map(str::to_owned)).collect(),
            notes: estimates
                .scores
                .iter()
                .flat_map(|node| {
                    node.notes().into_iter().map(|note| Note { code: &node.code, vi: note.vi, en: note.en })
                })
                .collect(),
            estimates,
        }
    }
}

#[derive(Serialize)]
struct Paper<'a> {
    #[serde(flatten)]
    estimates: &'a IndexEstimates,
    method: Vec<String>,
    notes: Vec<Note<'a>>,
}

#[derive(Serialize)]
struct Note<'a> {
    code: &'a str,
    vi: String,
    en: String,
}

/// Scores with standard error, 95 % (or other) interval and number of answers, for people.
///
/// # Errors
/// None in practice: estimates are finite.
pub fn to_text(
    definition: &IndexDefinition,
    estimates: &IndexEstimates,
    language: Language,
) -> Result<String, Problem> {
    let headings = match language {
        Language::Vi => ["Mã", "Tên", "Điểm", "Sai số chuẩn", "Từ", "Đến", "n", "Ghi chú"],
        Language::En => ["Code", "Name", "Score", "Std. error", "From", "To", "n", "Note"],
    };
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    let mut add = |code: &str, name: String, estimate: Option<&Estimate>, note: String| -> Result<(), Problem> {
        let interval = estimate.and_then(|estimate| estimate.interval.as_ref());
        rows.push(vec![
            code.to_owned(),
            name,
            number(estimate.and_then(|estimate| estimate.estimate), language)?,
            number(estimate.and_then(|estimate| estimate.standard_error), language)?,
            number(interval.map(|interval| interval.lower), language)?,
            number(interval.map(|interval| interval.upper), language)?,
            estimate.map(|estimate| estimate.n.to_string()).unwrap_or_default(),
            note,
        ]);
        Ok(())
    };
    for node in &estimates.scores {
        let depth = definition.depth(&node.code);
        let why = node.missing.as_ref().map(|missing| missing.words().in_language(language).to_owned());
        let notes =
            node.notes().iter().map(|note| note.in_language(language).to_owned()).collect::<Vec<_>>().join("; ");
        let name = format!("{}{}", "  ".repeat(depth), node.name.in_language(language));
        add(&node.code, name, node.estimate.as_ref(), why.unwrap_or(notes))?;
        for leaf in estimates.indicators.iter().filter(|leaf| leaf.parent == node.code) {
            let why = leaf.missing.as_ref().map(|missing| missing.words().in_language(language).to_owned());
            let name = format!("{}· {}", "  ".repeat(depth + 1), leaf.name.in_language(language));
            add(&leaf.code, name, leaf.estimate.as_ref(), why.unwrap_or_default())?;
        }
    }
    let mut text = format!("{}  {}\n", estimates.definition, estimates.name.in_language(language));
    if let Some(scoring) = &estimates.scoring {
        let word = if language == Language::Vi { "cách tính điểm" } else { "scoring" };
        text.push_str(&format!("{word}: {}\n", scoring.in_language(language)));
    }
    let certainty = estimates.certainty.words();
    let form = estimates.filling.map(|filling| filling.words());
    let ratio =
        Words::new("tỷ số của các trung bình, không điền câu trả lời thiếu", "ratio of means, nothing is filled in");
    let form = form.unwrap_or(ratio);
    text.push_str(&match language {
        Language::Vi => format!(
            "dạng tính: {}\nmức chắc chắn của công thức: {}\nkhoảng tin cậy {} %, {} bậc tự do\n",
            form.vi,
            certainty.vi,
            estimates.confidence_level * 100.0,
            estimates.degrees_of_freedom
        ),
        Language::En => format!(
            "form: {}\ncertainty of the formula: {}\n{} % intervals, {} degrees of freedom\n",
            form.en,
            certainty.en,
            estimates.confidence_level * 100.0,
            estimates.degrees_of_freedom
        ),
    });
    text.push_str(&aligned(&rows, &[2, 3, 4, 5, 6]));
    Ok(text)
}

/// The change of a node and what each indicator brought to it, for people.
///
/// # Errors
/// None in practice: estimates are finite.
pub fn change_to_text(
    definition: &IndexDefinition,
    change: &IndexChange,
    language: Language,
) -> Result<String, Problem> {
    let headings = match language {
        Language::Vi => ["Mã", "Tên", "Trước", "Sau", "Một đơn vị đáng giá", "Điểm", "Sai số chuẩn", "Từ", "Đến"],
        Language::En => ["Code", "Name", "Before", "After", "One unit is worth", "Points", "Std. error", "From", "To"],
    };
    let precision = |estimate: &Estimate| -> Result<Vec<String>, Problem> {
        let interval = estimate.interval.as_ref();
        Ok(vec![
            number(estimate.estimate, language)?,
            number(estimate.standard_error, language)?,
            number(interval.map(|interval| interval.lower), language)?,
            number(interval.map(|interval| interval.upper), language)?,
        ])
    };
    let mut rows = vec![headings.map(str::to_owned).to_vec()];
    let name = definition.node(&change.node).map(|node| node.name.in_language(language).to_owned());
    let mut total = vec![change.node.clone(), name.unwrap_or_default(), String::new(), String::new(), String::new()];
    total.extend(precision(&change.change)?);
    rows.push(total);
    for part in &change.parts {
        let name = definition.indicator(&part.code).map(|one| one.name.in_language(language).to_owned());
        let mut row = vec![part.code.clone(), format!("  {}", name.unwrap_or_default())];
        for value in [part.before, part.after, part.worth] {
            row.push(number(Some(value), language)?);
        }
        row.extend(precision(&part.points)?);
        rows.push(row);
    }
    if change.composition != 0.0 {
        let words = Words::new("  cơ cấu câu trả lời", "  composition of the answers");
        let mut row = vec![String::new(), words.in_language(language).to_owned()];
        row.extend([String::new(), String::new(), String::new(), number(Some(change.composition), language)?]);
        rows.push(row);
    }
    Ok(aligned(&rows, &[2, 3, 4, 5, 6, 7, 8]))
}

fn number(value: Option<f64>, language: Language) -> Result<String, Problem> {
    match (value, language) {
        (None, _) => Ok("–".to_owned()),
        (Some(value), Language::Vi) => vietnamese::number(value, 4),
        (Some(value), Language::En) => Ok(format!("{value:.4}")),
    }
}

fn node_row(node: &NodeEstimate, level: f64) -> Vec<String> {
    let mut row = vec![
        "score".to_owned(),
        node.level.clone(),
        node.code.clone(),
        node.parent.clone().unwrap_or_default(),
        node.name.vi.clone(),
        node.name.en.clone(),
    ];
    row.extend(numbers(node.estimate.as_ref(), level));
    row.push(why(node.estimate.as_ref(), node.missing.as_ref()));
    row.push(node.dropped.join(" "));
    row.push(node.below_base.join(" "));
    row.push(node.certainty.code().to_owned());
    row
}

fn indicator_row(indicator: &IndicatorEstimate, level: f64) -> Vec<String> {
    let mut row = vec![
        "indicator".to_owned(),
        if indicator.scored { "indicator" } else { "indicator_not_scored" }.to_owned(),
        indicator.code.clone(),
        indicator.parent.clone(),
        indicator.name.vi.clone(),
        indicator.name.en.clone(),
    ];
    row.extend(numbers(indicator.estimate.as_ref(), level));
    row.push(why(indicator.estimate.as_ref(), indicator.missing.as_ref()));
    row.extend([String::new(), String::new(), indicator.certainty.code().to_owned()]);
    row
}

fn numbers(estimate: Option<&Estimate>, level: f64) -> [String; 7] {
    let Some(estimate) = estimate else { return Default::default() };
    let text = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    [
        text(estimate.estimate),
        text(estimate.standard_error),
        text(estimate.interval.as_ref().map(|interval| interval.lower)),
        text(estimate.interval.as_ref().map(|interval| interval.upper)),
        level.to_string(),
        estimate.degrees_of_freedom.to_string(),
        estimate.n.to_string(),
    ]
}

/// The stable word for what is missing: the value, or the precision of a value that is there.
fn why(estimate: Option<&Estimate>, missing: Option<&IndexMissing>) -> String {
    let precision = estimate.and_then(|estimate| estimate.why_missing);
    match (missing, precision) {
        (Some(IndexMissing::ChildMissing { code }), _) => format!("child_missing {code}"),
        (Some(missing), _) => missing.code().to_owned(),
        (None, Some(reason)) => {
            serde_json::to_value(reason).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
        }
        (None, None) => String::new(),
    }
}
