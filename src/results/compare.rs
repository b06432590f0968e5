//! Two rounds side by side: what of an index changed, and how sure that is.

use std::collections::BTreeSet;

use ::problem::{Problem, Problems, Words};
use estimation::{t_two_sided, test::holm};
use reports::index::{differences, independent_changes};
use serde::Serialize;

use super::{CONFIDENCE_LEVEL, IndexResult, RoundResults};
use crate::analysis::round::RoundAnalysis;

/// A score in both rounds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeDifference {
    /// Code of the node.
    pub code: String,
    /// Its name.
    pub name: Words,
    /// Level of the tree.
    pub level: String,
    /// The score of the earlier round.
    pub before: Option<f64>,
    /// The score of the later round.
    pub after: Option<f64>,
    /// Later minus earlier.
    pub change: Option<f64>,
    /// Its standard error.
    pub standard_error: Option<f64>,
    /// Degrees of freedom by Satterthwaite.
    pub degrees_of_freedom: Option<f64>,
    /// Limits of the interval of the difference.
    pub interval: Option<(f64, f64)>,
    /// Two-sided p value.
    pub p: Option<f64>,
    /// The same after Holm, over all scores of the table.
    pub p_holm: Option<f64>,
    /// Why the two are not compared.
    pub why_not: Option<Words>,
}

/// An index in two rounds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoundComparison {
    /// Code of the earlier round and fingerprint of its scores.
    pub before: (String, String),
    /// Code of the later round and fingerprint of its scores.
    pub after: (String, String),
    /// Definitions of the index in both.
    pub definitions: (String, String),
    /// Confidence level of the intervals.
    pub confidence_level: f64,
    /// Every score of the later round, from the whole down.
    pub nodes: Vec<NodeDifference>,
    /// Listing areas that are in both samples: then the rounds are not independent.
    pub n_shared_areas: usize,
}

/// What changed in the index of this family (`papi`, `sipas`) from one round to the other.
///
/// # Formula
/// See [`independent_changes`]; p values two-sided by Student's t, adjusted by Holm over all scores that can be compared.
///
/// # Limits
/// The rounds count as independent. Where they share areas, scores go together and the true error is smaller; `n_shared_areas` says so.
///
/// # Errors
/// `comparison_index` when one of the rounds has no such index; the problems of its scores.
pub fn compare(before: &RoundResults, after: &RoundResults, family: &str) -> Result<RoundComparison, Problems> {
    let (first, first_scores) = of_family(before, family)?;
    let (second, second_scores) = of_family(after, family)?;
    let changes = independent_changes(
        (&first.definition, &first_scores.estimates),
        (&second.definition, &second_scores.estimates),
        CONFIDENCE_LEVEL,
    )?;
    let broken = differences(&first.definition, &second.definition);
    let mut nodes: Vec<NodeDifference> = Vec::new();
    for node in &second_scores.estimates.scores {
        let change = changes.iter().find(|change| change.code == node.code);
        let p = change.and_then(|change| {
            let error = change.standard_error.filter(|error| *error > 0.0)?;
            t_two_sided(change.change / error, change.degrees_of_freedom?)
        });
        let score = |estimate: Option<&estimation::Estimate>| estimate.and_then(|estimate| estimate.estimate);
        let earlier = first_scores.estimates.score(&node.code);
        let why_not = change.is_none().then(|| {
            broken
                .get(&node.code)
                .cloned()
                .unwrap_or_else(|| Words::new("không được tính như nhau ở hai đợt", "not made alike in the two rounds"))
        });
        nodes.push(NodeDifference {
            code: node.code.clone(),
            name: node.name.clone(),
            level: node.level.clone(),
            before: score(earlier.and_then(|node| node.estimate.as_ref())),
            after: score(node.estimate.as_ref()),
            change: change.map(|change| change.change),
            standard_error: change.and_then(|change| change.standard_error),
            degrees_of_freedom: change.and_then(|change| change.degrees_of_freedom),
            interval: change.and_then(|change| change.interval),
            p,
            p_holm: None,
            why_not,
        });
    }
    let family_of_tests: Vec<Option<f64>> = nodes.iter().map(|node| node.p).collect();
    for (node, adjusted) in nodes.iter_mut().zip(holm(&family_of_tests)) {
        node.p_holm = adjusted;
    }
    Ok(RoundComparison {
        before: (before.round.code.clone(), first_scores.fingerprint.clone()),
        after: (after.round.code.clone(), second_scores.fingerprint.clone()),
        definitions: (first.definition.code().to_owned(), second.definition.code().to_owned()),
        confidence_level: CONFIDENCE_LEVEL,
        nodes,
        n_shared_areas: areas(before).intersection(&areas(after)).count(),
    })
}

/// The part of an index's name that stays from year to year.
#[must_use]
pub fn family_of(index: &IndexResult) -> &str {
    index.definition.code().split('-').next().unwrap_or_default()
}

fn of_family<'a>(results: &'a RoundResults, family: &str) -> Result<(&'a IndexResult, &'a RoundAnalysis), Problems> {
    let index = results.indexes.iter().find(|index| family_of(index) == family).ok_or_else(|| {
        Problem::new("comparison_index", "đợt khảo sát không có chỉ số này", "the round has no such index")
            .expected(results.indexes.iter().map(family_of).collect::<Vec<_>>().join(", "))
            .got(format!("{}: {family}", results.round.code))
    })?;
    Ok((index, index.analysis.as_ref().map_err(Clone::clone)?))
}

/// The listing areas of a sample, by their whole path.
fn areas(results: &RoundResults) -> BTreeSet<Vec<&str>> {
    let units = results.sample.iter().flat_map(|sample| &sample.units);
    units.map(|unit| unit.path.iter().map(|label| label.code.as_str()).collect()).collect()
}
