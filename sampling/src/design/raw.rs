//! The TOML text of a design, before it is checked.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDesign {
    pub(super) name: String,
    pub(super) title: Option<RawWords>,
    pub(super) source: Option<String>,
    #[serde(default)]
    pub(super) carry: Vec<String>,
    pub(super) only: Option<RawOnly>,
    pub(super) prn_seed: Option<i64>,
    pub(super) respondent: Option<RawRespondent>,
    #[serde(default)]
    pub(super) level: Vec<RawLevel>,
    #[serde(default)]
    pub(super) stage: Vec<RawStage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWords {
    pub(super) vi: String,
    pub(super) en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOnly {
    pub(super) level: String,
    pub(super) code: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrn {
    pub(super) start: f64,
    #[serde(default)]
    pub(super) rotation: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRespondent {
    pub(super) rule: String,
    pub(super) eligible: Option<RawWords>,
    pub(super) counted_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLevel {
    pub(super) name: String,
    pub(super) words: Option<RawWords>,
    pub(super) code: Option<String>,
    pub(super) label: Option<String>,
    pub(super) key: Option<String>,
    pub(super) unique: Option<String>,
    pub(super) counted_by: Option<String>,
}

/// A stage, or one reading of it: itself, or itself with the keys of a rule in their place.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStage {
    pub(super) level: String,
    pub(super) n: Option<i64>,
    pub(super) allocation: Option<RawAllocation>,
    pub(super) method: String,
    pub(super) size: Option<String>,
    pub(super) certainty: Option<String>,
    pub(super) certainty_threshold: Option<f64>,
    #[serde(default)]
    pub(super) strata: Vec<String>,
    #[serde(default)]
    pub(super) sort_by: Vec<String>,
    pub(super) text_order: Option<String>,
    #[serde(default)]
    pub(super) reserves: i64,
    pub(super) when_short: Option<String>,
    pub(super) prn: Option<RawPrn>,
    #[serde(default)]
    pub(super) rule: Vec<RawRule>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub(super) when: BTreeMap<String, RawValues>,
    n: Option<i64>,
    allocation: Option<RawAllocation>,
    method: Option<String>,
    size: Option<String>,
    certainty: Option<String>,
    certainty_threshold: Option<f64>,
    sort_by: Option<Vec<String>>,
    text_order: Option<String>,
    reserves: Option<i64>,
    when_short: Option<String>,
}

/// One value or several; anything else is kept to be told.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum RawValues {
    One(String),
    Several(Vec<String>),
    Other(toml::Value),
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAllocation {
    pub(super) rule: String,
    pub(super) total: Option<i64>,
    pub(super) minimum: Option<i64>,
    #[serde(default)]
    pub(super) within: Vec<String>,
    pub(super) measure: Option<String>,
    pub(super) power: Option<f64>,
    pub(super) spread: Option<RawNumbers>,
    pub(super) cv: Option<RawNumbers>,
    pub(super) cost: Option<RawNumbers>,
    pub(super) numbers: Option<RawNumbers>,
}

/// A column, or a number for each stratum's label.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum RawNumbers {
    Column(String),
    Given(BTreeMap<String, f64>),
}

impl RawStage {
    /// Whether it says how many units are drawn.
    pub(super) fn has_number(&self) -> bool {
        self.n.is_some() || self.allocation.is_some()
    }

    /// The stage as a rule makes it read: what the rule says stands in the place of what the stage says. A rule's `n` takes
    /// the place of an allocation, and the other way round; an empty text means "no column here".
    pub(super) fn read_by(&self, rule: &RawRule) -> Self {
        let (n, allocation) = match (rule.n, &rule.allocation) {
            (None, None) => (self.n, self.allocation.clone()),
            (n, allocation) => (n, allocation.clone()),
        };
        let column = |rule: &Option<String>, stage: &Option<String>| {
            rule.clone().or_else(|| stage.clone()).filter(|column| !column.is_empty())
        };
        Self {
            level: self.level.clone(),
            n,
            allocation,
            method: rule.method.clone().unwrap_or_else(|| self.method.clone()),
            size: column(&rule.size, &self.size),
            certainty: column(&rule.certainty, &self.certainty),
            certainty_threshold: rule.certainty_threshold.or(self.certainty_threshold),
            strata: self.strata.clone(),
            sort_by: rule.sort_by.clone().unwrap_or_else(|| self.sort_by.clone()),
            text_order: rule.text_order.clone().or_else(|| self.text_order.clone()),
            reserves: rule.reserves.unwrap_or(self.reserves),
            when_short: rule.when_short.clone().or_else(|| self.when_short.clone()),
            prn: self.prn.clone(),
            rule: Vec::new(),
        }
    }
}

/// Reads the text; a TOML error becomes one problem with its row.
pub(super) fn parse(text: &str) -> Result<RawDesign, Problems> {
    toml::from_str(text).map_err(|error| {
        let row = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let problem = Problem::new(
            "design_not_readable",
            "thiết kế mẫu không đọc được: sai cú pháp TOML, thiếu khóa hoặc có khóa lạ",
            "the sample design cannot be read: broken TOML, a missing or an unknown key",
        )
        .got(error.message().to_owned());
        match row {
            Some(row) => problem.at(Place::row(row)).into(),
            None => problem.into(),
        }
    })
}
