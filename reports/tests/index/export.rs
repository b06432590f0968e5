//! Scores for other programs.

use reports::export::scores::{to_csv, to_json};
use reports::index::{IndexEstimates, estimate_index};

use crate::scene::{Scene, TWO_DIMENSIONS, definition};

fn estimates() -> IndexEstimates {
    let scene = Scene::new(6, 5, 11);
    estimate_index(&definition(TWO_DIMENSIONS), &scene.design(), &scene.table(12), 0.95).expect("estimates")
}

#[test]
fn csv_reads_back_to_the_same_numbers() {
    let estimates = estimates();
    let text = to_csv(&estimates).expect("CSV");
    assert!(text.starts_with("kind,level,code,parent,") && text.ends_with("\r\n"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 3 + 4);
    let total = estimates.score("total").and_then(|node| node.estimate.as_ref()).expect("an estimate");
    assert_eq!(&rows[0][2], "total");
    assert_eq!(rows[0][6].parse::<f64>().ok(), total.estimate);
    assert_eq!(rows[0][7].parse::<f64>().ok(), total.standard_error);
    assert_eq!(rows[0][12].parse::<usize>().ok(), Some(total.n));
    let c = rows.iter().find(|row| &row[2] == "c").expect("c");
    assert_eq!((&c[6], &c[13]), ("", "not_collected"));
    assert_eq!(&rows[0][14], "c");
}

#[test]
fn json_carries_definition_hash_method_and_reasons() {
    let estimates = estimates();
    let text = to_json(&estimates).expect("JSON");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["definition"], "two");
    assert_eq!(json["definition_sha256"].as_str().map(str::len), Some(64));
    assert_eq!(json["certainty"], "certain");
    assert_eq!(json["method"].as_array().map(Vec::len), Some(4));
    let total = estimates.score("total").and_then(|node| node.estimate.as_ref()).expect("an estimate");
    assert_eq!(json["scores"][0]["estimate"]["estimate"].as_f64(), total.estimate);
    let missing = json["indicators"].as_array().expect("rows").iter().find(|row| row["code"] == "c").expect("c");
    assert_eq!(missing["missing"]["reason"], "not_collected");
    assert!(missing["estimate"].is_null());
}

#[test]
fn the_same_estimates_give_the_same_bytes() {
    assert_eq!(to_json(&estimates()).expect("JSON"), to_json(&estimates()).expect("JSON"));
    assert_eq!(to_csv(&estimates()).expect("CSV"), to_csv(&estimates()).expect("CSV"));
}
