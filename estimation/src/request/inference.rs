//! Which keys the kinds of inference need and which they may have.

use problem::{Place, Problem, Problems};
use serde_json::Value;

use super::document::{EstimandKeys, unknown};

/// Kind, keys it needs (alternatives joined by `|`), other keys it may have.
const KINDS: [(&str, &[&str], &[&str]); 6] = [
    ("proportion_ci", &["vars", "event"], &["by", "level", "methods", "missing", "small_cells"]),
    ("tests", &["row|y"], &["by", "col", "g", "lev", "level"]),
    ("regression", &["formula"], &["by", "family", "level", "missing"]),
    ("variance_covariance", &["vars"], &["by", "missing"]),
    ("pps_total", &["vars"], &["by", "methods", "level", "missing"]),
    ("cross_table", &["row", "col"], &["by", "level", "small_cells"]),
];

/// Checks the keys of a kind of inference; `false` when it is another kind.
pub(super) fn check(keys: &EstimandKeys, problems: &mut Problems) -> bool {
    let Some((kind, needed, other)) = KINDS.iter().find(|(kind, ..)| *kind == keys.kind) else { return false };
    let present = present(keys);
    for group in *needed {
        if !group.split('|').any(|key| present.contains(&key)) {
            problems.push(absent(kind, &group.replace('|', ", ")));
        }
    }
    for (one, both) in [("row", "col"), ("col", "row"), ("y", "g"), ("g", "y"), ("lev", "g")] {
        if *kind == "tests" && present.contains(&one) && !present.contains(&both) {
            problems.push(absent(kind, both));
        }
    }
    let allowed = |key: &str| other.contains(&key) || needed.iter().any(|group| group.split('|').any(|one| one == key));
    for key in present.iter().filter(|key| !allowed(key)) {
        problems.push(unknown(&format!("estimand.{key}"), &Value::from(*kind)));
    }
    // Each of these kinds has one way to treat missing answers; naming it is welcome.
    let named = match *kind {
        "regression" => &["listwise"][..],
        "variance_covariance" => &["listwise", "per-variable"][..],
        _ => &["per-variable"][..],
    };
    if let Some(missing) = keys.missing.as_deref().filter(|missing| !named.contains(missing)) {
        problems.push(unknown("estimand.missing", &Value::from(missing)));
    }
    true
}

/// The names of the keys that say something.
fn present(keys: &EstimandKeys) -> Vec<&'static str> {
    let deff = !matches!(keys.deff, None | Some(Value::Null | Value::Bool(false)));
    let all = [
        ("vars", !keys.vars.0.is_empty()),
        ("by", !keys.by.0.is_empty()),
        ("missing", keys.missing.is_some()),
        ("level", keys.level.is_some()),
        ("deff", deff),
        ("numerator", keys.numerator.is_some()),
        ("denominator", keys.denominator.is_some()),
        ("estimates", !keys.estimates.0.is_empty()),
        ("contrasts", !keys.contrasts.0.is_empty()),
        ("probs", !keys.probs.0.is_empty()),
        ("qrules", !keys.qrules.0.is_empty()),
        ("intervals", !keys.intervals.0.is_empty()),
        ("event", keys.event.is_some()),
        ("methods", !keys.methods.0.is_empty()),
        ("row", keys.row.is_some()),
        ("col", keys.col.is_some()),
        ("y", keys.y.is_some()),
        ("g", keys.g.is_some()),
        ("lev", keys.lev.is_some()),
        ("formula", keys.formula.is_some()),
        ("family", keys.family.is_some()),
        ("small_cells", keys.small_cells.is_some()),
        ("papi_style", keys.papi_style == Some(true)),
    ];
    all.into_iter().filter(|(_, there)| *there).map(|(key, _)| key).collect()
}

/// Keys of inference that a kind of estimate has no use for.
pub(super) fn strangers(keys: &EstimandKeys) -> Vec<&'static str> {
    let own = ["event", "methods", "row", "col", "y", "g", "lev", "formula", "family"];
    present(keys).into_iter().filter(|key| own.contains(key)).collect()
}

fn absent(kind: &str, key: &str) -> Problem {
    Problem::new(
        "request_missing_key",
        format!("yêu cầu {kind} thiếu estimand.{key}"),
        format!("a request for {kind} needs estimand.{key}"),
    )
    .at(Place::column(format!("estimand.{key}")))
}
