//! Index scores as CSV and JSON: every number with its precision, every missing one with its reason.

use estimation::Estimate;
use problem::Problem;
use serde::Serialize;

use crate::index::{IndexEstimates, IndexMissing, IndicatorEstimate, NodeEstimate};

/// How the numbers came about, carried in the JSON beside them.
const METHOD: [&str; 4] = [
    "Indicators are weighted means over their own answerers; nothing is filled in for a missing answer.",
    "Scores are linear in the indicators (pooled scores: a ratio of sums over answers).",
    "Standard errors come from Taylor linearization over the design, with the covariances between indicators.",
    "Intervals are Student t with the degrees of freedom of the design (PSUs minus strata).",
];

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
        Self {
            method: METHOD,
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
    method: [&'static str; 4],
    notes: Vec<Note<'a>>,
}

#[derive(Serialize)]
struct Note<'a> {
    code: &'a str,
    vi: String,
    en: String,
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
