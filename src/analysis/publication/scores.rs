//! The index in a publication: the whole and its dimensions, never a part of the sample.

use estimation::disclosure::DisclosureRules;
use estimation::small_cells::{Action, Facts, SmallCellRules};
use problem::Problems;
use reports::chart::build::FactorTarget;
use reports::index::{IndexDefinition, NodeEstimate};
use reports::verdict::verdict;

use super::document::{Hidden, PublishedIndex, PublishedScore, rounded};
use crate::analysis::round::RoundAnalysis;

/// Nodes down to here are told: the whole is 0, its dimensions 1.
const DEPTH_MAX: usize = 1;

/// An index as it may be published.
///
/// # Errors
/// Only that the rules of the house cannot be read.
pub fn published_index(
    definition: &IndexDefinition,
    analysis: &RoundAnalysis,
    target: Option<FactorTarget>,
    rules: DisclosureRules,
) -> Result<PublishedIndex, Problems> {
    let house = SmallCellRules::house()?;
    let nodes = &analysis.estimates.scores;
    // The target is in the unit of the whole: only scores on the same scale are held against it.
    let scale = analysis.estimates.score(definition.root()).map(|root| (root.score_min, root.score_max));
    let score = |node: &NodeEstimate| {
        let estimate = node.estimate.as_ref();
        let judged = estimate.and_then(|one| {
            house.judge(&Facts {
                n: one.n,
                estimate: one.estimate,
                standard_error: one.standard_error,
                degrees_of_freedom: Some(one.domain_degrees_of_freedom),
                width: None,
            })
        });
        let hidden = match estimate {
            Some(one) if one.n < rules.n_min() => Some(Hidden::Disclosure),
            Some(_) if judged.is_some_and(|cell| cell.flag == Action::Hide) => Some(Hidden::Precision),
            Some(one) if one.estimate.is_some() => None,
            _ => Some(Hidden::NotComputed),
        };
        let shown = estimate.filter(|_| hidden.is_none());
        let interval = shown.and_then(|one| one.interval.as_ref());
        let judged = target.filter(|_| scale == Some((node.score_min, node.score_max))).zip(interval);
        PublishedScore {
            code: node.code.clone(),
            name: node.name.clone(),
            depth: definition.depth(&node.code),
            estimate: rounded(shown.and_then(|one| one.estimate), 2),
            lower: rounded(interval.map(|one| one.lower), 2),
            upper: rounded(interval.map(|one| one.upper), 2),
            verdict: judged
                .and_then(|(target, one)| verdict(one.lower, one.upper, target.value, target.rule).ok())
                .map(reports::verdict::Verdict::words),
            hidden,
        }
    };
    Ok(PublishedIndex {
        code: definition.code().to_owned(),
        name: definition.name().clone(),
        certainty: definition.certainty().words(),
        target: target.map(|target| {
            let value = reports::vietnamese::number(target.value, 2).unwrap_or_default();
            let (vi, en) = (target.rule.words(&value).vi, target.rule.words(&format!("{:.2}", target.value)).en);
            (problem::Words::new(vi, en), target.value)
        }),
        scores: nodes.iter().filter(|node| definition.depth(&node.code) <= DEPTH_MAX).map(score).collect(),
        method: analysis.method.clone(),
        fingerprint: analysis.fingerprint.clone(),
    })
}
