//! The TOML text of a design, before it is checked.

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

#[derive(Deserialize)]
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStage {
    pub(super) level: String,
    pub(super) n: i64,
    pub(super) method: String,
    pub(super) size: Option<String>,
    pub(super) certainty: Option<String>,
    #[serde(default)]
    pub(super) strata: Vec<String>,
    #[serde(default)]
    pub(super) sort_by: Vec<String>,
    #[serde(default)]
    pub(super) reserves: i64,
    pub(super) when_short: Option<String>,
    pub(super) prn: Option<RawPrn>,
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
