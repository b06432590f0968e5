//! Two definitions, or two sets of published values, side by side: what changed, what brought it, and where the structure
//! is broken so that nothing may be joined.

use std::collections::BTreeMap;

use problem::Words;
use serde::Serialize;

use super::definition::IndexDefinition;
use super::rules::{Aggregation, Indicator, Node};
use super::score::IndexScores;

/// Two sets of scores compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexComparison {
    /// Code of the definition before.
    pub before: String,
    /// Code of the definition after.
    pub after: String,
    /// Nodes whose scores may not be compared, and why.
    pub broken: BTreeMap<String, Words>,
    /// The nodes of the definition after, in reading order.
    pub nodes: Vec<NodeChange>,
    /// What each indicator (or published score that stands for a node) brought to the total. Empty when the total is broken.
    pub parts: Vec<ChangeOfTotal>,
}

/// One node before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeChange {
    /// Level of the tree.
    pub level: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: Words,
    /// Score before.
    pub before: Option<f64>,
    /// Score after.
    pub after: Option<f64>,
    /// After minus before; `None` when a score is missing or `why_not` says why there is none.
    pub change: Option<f64>,
    /// Points of the total that the change brought; `None` when the total is broken.
    pub points_of_total: Option<f64>,
    /// Why the two may not be compared.
    pub why_not: Option<Words>,
}

/// One part of the change of the total.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangeOfTotal {
    /// Code of the indicator or node.
    pub code: String,
    /// Value before, as it counts in the formula.
    pub before: f64,
    /// Value after.
    pub after: f64,
    /// What one unit is worth in the total.
    pub worth: f64,
    /// Points of the total: `worth × (after − before)`.
    pub points: f64,
}

/// Nodes that are not made alike in two definitions, with the first reason found; nodes that only one of the two has too.
#[must_use]
pub fn differences(before: &IndexDefinition, after: &IndexDefinition) -> BTreeMap<String, Words> {
    let mut broken = BTreeMap::new();
    if before.sha256() == after.sha256() {
        return broken;
    }
    // Backwards each node comes after all that stands below it.
    for node in after.nodes().iter().rev() {
        if let Some(why) = difference(before, after, node, &broken) {
            broken.insert(node.code.clone(), why);
        }
    }
    for node in before.nodes().iter().filter(|node| after.node(&node.code).is_none()) {
        broken.insert(node.code.clone(), Words::new("không còn trong bộ sau", "no longer in the definition after"));
    }
    broken
}

fn difference(
    before: &IndexDefinition,
    after: &IndexDefinition,
    node: &Node,
    broken: &BTreeMap<String, Words>,
) -> Option<Words> {
    let Some(old) = before.node(&node.code) else {
        return Some(Words::new("chưa có trong bộ trước", "not in the definition before"));
    };
    if old.aggregation != node.aggregation || (old.score_min, old.score_max) != (node.score_min, node.score_max) {
        return Some(Words::new("công thức hoặc thang điểm khác", "another formula or range"));
    }
    if old.missing_child != node.missing_child {
        return Some(Words::new("quy tắc khi thiếu thành phần khác", "another rule for missing components"));
    }
    let children = |definition: &IndexDefinition| -> Vec<(String, f64)> {
        let weight = |node: &Node| (node.code.clone(), node.weight);
        let mut children: Vec<(String, f64)> = definition.child_nodes(&node.code).map(weight).collect();
        children.sort_by(|a, b| a.0.cmp(&b.0));
        children
    };
    if children(before) != children(after) {
        return Some(Words::new("gồm các thành phần khác hoặc trọng số khác", "other components or weights"));
    }
    let leaves = |definition: &'_ IndexDefinition| -> BTreeMap<String, Indicator> {
        definition
            .child_indicators(&node.code)
            .filter(|one| one.scored)
            .map(|one| (one.code.clone(), one.clone()))
            .collect()
    };
    let (old, new) = (leaves(before), leaves(after));
    if !old.keys().eq(new.keys()) {
        let gone: Vec<&String> = old.keys().filter(|code| !new.contains_key(*code)).collect();
        let come: Vec<&String> = new.keys().filter(|code| !old.contains_key(*code)).collect();
        return Some(Words::new(
            format!("chỉ tiêu khác: bỏ {gone:?}, thêm {come:?}"),
            format!("other indicators: without {gone:?}, with {come:?}"),
        ));
    }
    if let Some((code, _)) = old.iter().zip(&new).find(|((_, a), (_, b))| !alike(a, b)).map(|(old, _)| old) {
        return Some(Words::new(
            format!("chỉ tiêu {code} được đo hoặc tính khác"),
            format!("indicator {code} is measured or scored otherwise"),
        ));
    }
    let mut below = after.child_nodes(&node.code);
    below.find(|child| broken.contains_key(&child.code)).map(|child| {
        Words::new(
            format!("thành phần {} không so sánh được", child.code),
            format!("component {} cannot be compared", child.code),
        )
    })
}

/// Whether one unit of an indicator means the same in both: names, notes and certainty may differ.
fn alike(one: &Indicator, other: &Indicator) -> bool {
    (one.scale_min, one.scale_max, one.direction, one.weight)
        == (other.scale_min, other.scale_max, other.direction, other.weight)
        && one.points == other.points
        && one.value.as_ref().map(|rule| (rule.kind, rule.multiply))
            == other.value.as_ref().map(|rule| (rule.kind, rule.multiply))
}

/// The differences of all scores between two sets of published values, and what brought the change of the total.
///
/// # Formula
/// `S(after) − S(before) = Σ_j c_j (x_j,after − x_j,before)`: scores are affine in what they are made of, so the parts add up
/// exactly. What a node brings to the total is the sum over the parts below it. A pooled or published score is one part.
///
/// # Limits
/// A node that is not made alike on both sides has no change, and nothing above it has: totals are never joined across a
/// break. It is not made alike when the definitions differ in it, or when other indicators had values.
///
/// # Proofs
/// `the_parts_of_a_change_add_up_to_the_change`, `a_break_is_told_and_nothing_is_joined_across_it`.
#[must_use]
pub fn compare_scores(
    before: (&IndexDefinition, &IndexScores),
    after: (&IndexDefinition, &IndexScores),
) -> IndexComparison {
    let (definition, scores) = after;
    let mut broken = differences(before.0, definition);
    let form = |scores: &'_ IndexScores, code: &str| scores.forms.get(code).and_then(|form| form.form.clone().ok());
    for node in definition.nodes() {
        if let (Some(one), Some(other)) = (form(before.1, &node.code), form(scores, &node.code))
            && one != other
        {
            let why = Words::new("được tính trên các chỉ tiêu khác nhau", "computed over other indicators");
            broken.entry(node.code.clone()).or_insert(why);
        }
    }
    let total = form(scores, definition.root()).filter(|_| !broken.contains_key(definition.root()));
    let mut parts = Vec::new();
    for (code, worth) in total.iter().flat_map(|form| &form.terms) {
        if let (Some(&one), Some(&other)) = (before.1.atoms.get(code), scores.atoms.get(code)) {
            let points = worth * (other - one);
            parts.push(ChangeOfTotal { code: code.clone(), before: one, after: other, worth: *worth, points });
        }
    }
    if form(before.1, definition.root()).is_none() {
        parts.clear();
    }
    let nodes = scores
        .scores
        .iter()
        .map(|node| {
            let (one, other) = (before.1.score(&node.code), node.score);
            let why_not = broken.get(&node.code).cloned();
            NodeChange {
                level: node.level.clone(),
                code: node.code.clone(),
                name: node.name.clone(),
                before: one,
                after: other,
                change: one.zip(other).filter(|_| why_not.is_none()).map(|(one, other)| other - one),
                points_of_total: (!parts.is_empty()).then(|| points_below(definition, &node.code, &parts)),
                why_not,
            }
        })
        .collect();
    IndexComparison { before: before.0.code().to_owned(), after: definition.code().to_owned(), broken, nodes, parts }
}

/// The points of all parts that stand under a node, or are the node.
fn points_below(definition: &IndexDefinition, node: &str, parts: &[ChangeOfTotal]) -> f64 {
    let under = |code: &str| {
        let mut current = Some(code.to_owned());
        while let Some(one) = current {
            if one == node {
                return true;
            }
            current = definition
                .indicator(&one)
                .map(|indicator| indicator.parent.clone())
                .or_else(|| definition.node(&one).and_then(|above| above.parent.clone()));
        }
        false
    };
    parts.iter().filter(|part| under(&part.code)).map(|part| part.points).sum()
}

impl IndexDefinition {
    /// Whether the total can be divided among indicators, or is a pooled share that needs the answers.
    #[must_use]
    pub fn pools_answers(&self) -> bool {
        self.node(&self.root).is_some_and(|root| root.aggregation == Aggregation::Pooled)
    }
}
