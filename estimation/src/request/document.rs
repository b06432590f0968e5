//! Reading the document; every key is known or refused.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use problem::{Place, Problem, Problems};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::replicates::ReplicateKeys;
use super::weighting::{MarginKeys, StepKeys};
use crate::domain::Label;

/// A request: which data, which design, which estimates.
///
/// Keys of the document other than `data`, `design` and `estimand` are comments and are ignored.
#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    /// Path of the data file, relative to the data folder.
    pub data: String,
    #[serde(default)]
    pub(super) design: DesignKeys,
    pub(super) estimand: EstimandKeys,
}

impl Request {
    /// Paths of the files a request needs beside its data, relative to the data folder: [`Self::run_with`] wants their bytes.
    #[must_use]
    pub fn other_files(&self) -> Vec<&str> {
        let replicates = self.design.replicates.iter().filter_map(|replicates| replicates.file.as_deref());
        self.design.joint_probabilities.as_deref().into_iter().chain(replicates).collect()
    }

    /// Reads a request from JSON.
    ///
    /// # Errors
    /// `request_json` when it is not such a document; `not_supported_yet` for keys and values the program does not know.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let request: Self = serde_json::from_str(text).map_err(|error| {
            Problem::new("request_json", "tệp yêu cầu không đúng cấu trúc", "the request does not have the right shape")
                .at(Place::row(error.line()))
                .expected(("JSON có data, design và estimand", "JSON with data, design and estimand"))
                .got(error.to_string())
        })?;
        let mut problems = Problems::none();
        for (key, value) in request.design.other.iter().filter(|(_, value)| !value.is_null()) {
            problems.push(unknown(&format!("design.{key}"), value));
        }
        for (key, value) in request.estimand.other.iter().filter(|(_, value)| !value.is_null()) {
            problems.push(unknown(&format!("estimand.{key}"), value));
        }
        problems.into_result(request)
    }
}

impl Request {
    /// The columns that the request names, sorted: all that need be read. `None` when keys that name columns in ways of their
    /// own are there (weighting, replicates, formulas): then every column is needed.
    #[must_use]
    pub fn columns(&self) -> Option<Vec<String>> {
        let (design, estimand) = (&self.design, &self.estimand);
        let is_plain = matches!(
            estimand.kind.as_str(),
            "mean" | "total" | "ratio" | "proportion" | "quantile" | "contrast" | "composite"
        );
        if !is_plain || !self.has_plain_design() {
            return None;
        }
        let lists = [&design.ids, &design.strata, &design.fpc, &estimand.vars, &estimand.by];
        let single = [&design.weights, &estimand.numerator, &estimand.denominator];
        let mut names: Vec<String> = lists.into_iter().flat_map(|list| list.0.iter().cloned()).collect();
        names.extend(single.into_iter().flatten().cloned());
        for (_, mean) in &estimand.estimates.0 {
            names.push(mean.var.clone());
            names.extend(mean.domain.0.iter().map(|(column, _)| column.clone()));
        }
        names.sort();
        names.dedup();
        Some(names)
    }

    /// Whether the design is told by its columns alone: weights as they stand, one operator.
    pub(super) fn has_plain_design(&self) -> bool {
        self.design.replicates.is_none()
            && self.design.weighting.as_ref().is_none_or(Vec::is_empty)
            && self.design.collapse_by.is_none()
            && self.design.joint_probabilities.is_none()
    }
}

/// Something the program does not know (yet): it is refused, because ignoring it would give another number than asked for.
pub(super) fn unknown(key: &str, value: &Value) -> Problem {
    let shown: String = value.to_string().chars().take(80).collect();
    Problem::new("not_supported_yet", format!("chương trình chưa hỗ trợ {key}"), format!("{key} is not supported yet"))
        .at(Place::column(key))
        .got(shown)
        .hint(
            "bỏ khóa này, hoặc xem tài liệu về các yêu cầu được hỗ trợ",
            "leave it out, or see the manual for what is supported",
        )
}

/// A value of the document as the label of a domain.
pub(super) fn label(key: &str, value: &Value) -> Result<Label, Problem> {
    match value {
        Value::Number(number) => Ok(Label::Number(number.as_f64().unwrap_or(f64::NAN))),
        Value::String(text) => Ok(Label::Text(text.clone())),
        Value::Bool(flag) => Ok(Label::Text(if *flag { "TRUE" } else { "FALSE" }.to_owned())),
        other => Err(unknown(key, other)),
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct DesignKeys {
    #[serde(default)]
    pub(super) ids: List<String>,
    #[serde(default)]
    pub(super) strata: List<String>,
    #[serde(default)]
    pub(super) nest: Option<bool>,
    #[serde(default)]
    pub(super) fpc: List<String>,
    #[serde(default)]
    pub(super) pps: Option<Value>,
    #[serde(default)]
    pub(super) weights: Option<String>,
    #[serde(default)]
    pub(super) lonely_psu: Option<Value>,
    #[serde(default)]
    pub(super) adjust_domain_lonely: Option<bool>,
    #[serde(default)]
    pub(super) weighting: Option<Vec<StepKeys>>,
    #[serde(default)]
    pub(super) replicates: Option<ReplicateKeys>,
    #[serde(default)]
    pub(super) collapse_by: Option<String>,
    #[serde(default)]
    pub(super) variance: Option<String>,
    #[serde(default)]
    pub(super) joint_probabilities: Option<String>,
    #[serde(default)]
    pub(super) hartley_rao_sum: Option<f64>,
    /// Set by the program: `fpc` gives the weights and no finite population correction.
    #[serde(skip)]
    pub(super) probabilities_as_weights: bool,
    #[serde(flatten)]
    pub(super) other: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct EstimandKeys {
    pub(super) kind: String,
    #[serde(default)]
    pub(super) vars: List<String>,
    #[serde(default)]
    pub(super) by: List<String>,
    #[serde(default)]
    pub(super) missing: Option<String>,
    #[serde(default)]
    pub(super) level: Option<f64>,
    #[serde(default)]
    pub(super) deff: Option<Value>,
    #[serde(default)]
    pub(super) numerator: Option<String>,
    #[serde(default)]
    pub(super) denominator: Option<String>,
    #[serde(default)]
    pub(super) estimates: Entries<DomainMean>,
    #[serde(default)]
    pub(super) contrasts: Entries<Entries<f64>>,
    #[serde(default)]
    pub(super) probs: List<f64>,
    #[serde(default)]
    pub(super) qrules: List<String>,
    #[serde(default)]
    pub(super) intervals: List<String>,
    /// Of the kind `calibration`: a step of weighting under another name.
    #[serde(default)]
    pub(super) method: Option<String>,
    #[serde(default)]
    pub(super) margins: Vec<MarginKeys>,
    #[serde(default)]
    pub(super) totals: Entries<Value>,
    #[serde(default)]
    pub(super) bounds: Option<Value>,
    /// Pairs of numerator and denominator, of the kind `replicate_variance`.
    #[serde(default)]
    pub(super) ratios: Vec<[String; 2]>,
    /// The call in R that does the same: a comment.
    #[serde(default)]
    pub(super) r: Option<Value>,
    #[serde(default)]
    pub(super) event: Option<Value>,
    #[serde(default)]
    pub(super) methods: List<String>,
    #[serde(default)]
    pub(super) row: Option<String>,
    #[serde(default)]
    pub(super) col: Option<String>,
    #[serde(default)]
    pub(super) y: Option<String>,
    #[serde(default)]
    pub(super) g: Option<String>,
    #[serde(default)]
    pub(super) lev: Option<Value>,
    #[serde(default)]
    pub(super) formula: Option<String>,
    #[serde(default)]
    pub(super) family: Option<String>,
    #[serde(default)]
    pub(super) small_cells: Option<Value>,
    #[serde(default)]
    pub(super) papi_style: Option<bool>,
    #[serde(flatten)]
    pub(super) other: BTreeMap<String, Value>,
}

/// The mean of a variable in a domain, as a part of contrasts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DomainMean {
    pub(super) var: String,
    #[serde(default)]
    pub(super) domain: Entries<Value>,
}

/// One value or several; `null` is none.
#[derive(Clone, Debug)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Shape<T> {
            One(T),
            Several(Vec<T>),
            None(()),
        }
        Ok(match Shape::deserialize(deserializer)? {
            Shape::One(value) => Self(vec![value]),
            Shape::Several(values) => Self(values),
            Shape::None(()) => Self(Vec::new()),
        })
    }
}

/// A JSON object whose order counts; `[]` and `null` are empty ones.
#[derive(Clone, Debug)]
pub(super) struct Entries<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object, or [] for an empty one")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries: Vec<(String, T)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, T>()? {
            if entries.iter().any(|(other, _)| *other == key) {
                return Err(serde::de::Error::custom(format!("key {key} occurs twice")));
            }
            entries.push((key, value));
        }
        Ok(Entries(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        if seq.next_element::<serde::de::IgnoredAny>()?.is_some() {
            return Err(serde::de::Error::custom("expected an object, got a list"));
        }
        Ok(Entries::default())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Entries::default())
    }
}
