//! What the office's own rounds say about the plan: estimates with their intervals, never mixed with published results.

use ::problem::{Problems, Words};
use chrono::Datelike;
use reports::index::{Certainty, NodeEstimate};

use super::Standing;
use super::pin::bare_name;
use crate::plan::target::Estimated;
use crate::problem as catalogue;
use crate::results::{IndexResult, ResultsCache, ResultsError, RoundResults};
use crate::store::{RoundState, Store};

/// The indices that plans speak of.
const FAMILIES: [&str; 2] = ["papi", "sipas"];

impl Standing {
    /// The same with the estimates of the rounds of a unit. A round counts once its fieldwork has ended, for the year of its newest
    /// data, and only by a definition that holds in that year: figures across a change of definition are not joined. A round
    /// without scores, for whatever reason, counts not at all; its own page says why.
    ///
    /// # Errors
    /// That the database did not answer, or that what it keeps cannot be read.
    pub fn with_rounds(mut self, store: &Store, results: &ResultsCache, unit: &str) -> Result<Self, Problems> {
        let unreadable = |error| match error {
            ResultsError::Store(error) => Problems::from(catalogue::from_store(&error)),
            ResultsError::Data(problems) => problems,
        };
        let rounds = store
            .read(|snapshot| snapshot.list_rounds())
            .map_err(|error| Problems::from(catalogue::from_store(&error)))?;
        self.estimates.clear();
        for round in rounds.iter().rev().filter(|round| round.state == RoundState::Closed) {
            let pin = store
                .read(|snapshot| snapshot.find_round_geography(&round.code))
                .map_err(|error| Problems::from(catalogue::from_store(&error)))?;
            let pinned_unit = pin.and_then(|pin| pin.unit);
            if pinned_unit.as_deref().is_some_and(|pinned| pinned != unit) {
                continue;
            }
            let Some(results) = results.of_round(store, &round.code).map_err(unreadable)? else { continue };
            if pinned_unit.is_some() || self.is_of(unit, &results) {
                self.estimates.extend(results.indexes.iter().flat_map(|index| estimates(&results, index, unit)));
            }
        }
        Ok(self)
    }

    /// Whether a round that is pinned to no unit was of this one: the top level of its sample has the unit's name.
    fn is_of(&self, unit: &str, results: &RoundResults) -> bool {
        self.geography.get(unit).is_some_and(|known| bare_name(&known.name) == bare_name(&results.unit_name()))
    }
}

fn estimates(results: &RoundResults, index: &IndexResult, unit: &str) -> Vec<Estimated> {
    let definition = &index.definition;
    let year = results.as_of.year();
    let family = definition.series();
    let Ok(analysis) = &index.analysis else { return Vec::new() };
    if !FAMILIES.contains(&family) || !definition.holds_in(i64::from(year)) {
        return Vec::new();
    }
    let mut remarks = Vec::new();
    if let Some(scoring) = definition.scoring() {
        remarks.push(Words::new(format!("cách tính: {}", scoring.vi), format!("scoring: {}", scoring.en)));
    }
    if definition.certainty() != Certainty::Certain {
        let words = definition.certainty().words();
        remarks.push(Words::new(format!("công thức: {}", words.vi), format!("formula: {}", words.en)));
    }
    let root = definition.root();
    let of_node = |node: &NodeEstimate| {
        let code = if node.code == root { "total" } else { &node.code };
        let estimate = node.estimate.as_ref()?;
        let interval = estimate.interval.as_ref()?;
        Some(Estimated {
            index: family.to_owned(),
            unit: unit.to_owned(),
            round: results.round.code.clone(),
            year,
            code: code.to_owned(),
            value: estimate.estimate?,
            standard_error: estimate.standard_error?,
            degrees_of_freedom: u32::try_from(estimate.degrees_of_freedom).ok()?,
            interval: [interval.lower, interval.upper],
            remarks: remarks.clone(),
        })
    };
    let is_asked = |node: &&NodeEstimate| node.code == root || node.parent.as_deref() == Some(root);
    analysis.estimates.scores.iter().filter(is_asked).filter_map(of_node).collect()
}
