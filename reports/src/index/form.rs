//! A score as an affine function of its indicators.

use std::collections::BTreeMap;

use super::definition::IndexDefinition;
use super::missing::IndexMissing;
use super::rules::{Aggregation, MissingChild, Node};

/// `constant + Σ coefficient × value`, over atoms: indicators by code, and pooled nodes by code (a pooled share is a ratio
/// of sums over answers and has no form in the shares of its items).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinearForm {
    /// The score when every atom is 0.
    pub constant: f64,
    /// What one unit of each atom adds.
    pub terms: BTreeMap<String, f64>,
}

impl LinearForm {
    /// One atom by itself.
    #[must_use]
    pub fn atom(code: &str) -> Self {
        Self { constant: 0.0, terms: BTreeMap::from([(code.to_owned(), 1.0)]) }
    }

    /// Whether it is that one atom by itself.
    #[must_use]
    pub fn is_atom(&self, code: &str) -> bool {
        self.constant == 0.0 && self.terms.len() == 1 && self.terms.get(code) == Some(&1.0)
    }

    /// Adds `factor` times another form.
    pub fn add(&mut self, factor: f64, other: &Self) {
        self.constant += factor * other.constant;
        for (code, coefficient) in &other.terms {
            *self.terms.entry(code.clone()).or_insert(0.0) += factor * coefficient;
        }
    }

    /// The value of the form; `None` when an atom has no value.
    #[must_use]
    pub fn at(&self, values: &BTreeMap<String, f64>) -> Option<f64> {
        let mut sum = self.constant;
        for (code, coefficient) in &self.terms {
            sum += coefficient * values.get(code)?;
        }
        Some(sum)
    }
}

/// What is known of the atoms that forms are made of.
pub(super) struct Atoms<'a> {
    /// Why an atom has no value; `None` for one that has.
    pub missing: &'a dyn Fn(&str) -> Option<IndexMissing>,
    /// Whether a node has a published score of its own: it stands for a node whose parts are not all there, as an atom.
    pub given: &'a dyn Fn(&str) -> bool,
    /// Whether a node that may be computed over the others may leave this one out.
    pub may_drop: &'a dyn Fn(&str) -> bool,
}

/// The form of a node given which atoms have values.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeForm {
    /// The form, or why there is none.
    pub form: Result<LinearForm, IndexMissing>,
    /// Scored indicators that were left out because they have no value, here or below.
    pub dropped: Vec<String>,
}

impl IndexDefinition {
    /// The form of every node, given why some atoms are missing (`missing` returns `None` for an atom with a value).
    ///
    /// # Formula
    /// `linear_mean`: `a + b Σ_j w_j z_j / Σ_j w_j`, `z_j` the rescaled indicator. `points`: `Σ_j w_j x_j`. `sum`:
    /// `Σ_j w_j S_j`. `mean`: `Σ_j w_j S_j / Σ_j w_j`. `pooled`: an atom of its own.
    pub fn forms(&self, missing: impl Fn(&str) -> Option<IndexMissing>) -> BTreeMap<String, NodeForm> {
        self.forms_of(&Atoms { missing: &missing, given: &|_| false, may_drop: &|_| true })
    }

    /// As [`IndexDefinition::forms`], of atoms of which more is known.
    pub(super) fn forms_of(&self, atoms: &Atoms<'_>) -> BTreeMap<String, NodeForm> {
        let mut forms: BTreeMap<String, NodeForm> = BTreeMap::new();
        // Nodes are kept parents first, so backwards each node comes after all that stands below it.
        for node in self.nodes.iter().rev() {
            let form = match node.aggregation {
                Aggregation::LinearMean { a, b } => self.linear_mean(node, a, b, atoms),
                Aggregation::Sum => self.composed(node, false, &forms, atoms),
                Aggregation::Mean => self.composed(node, true, &forms, atoms),
                Aggregation::Pooled => self.pooled(node, atoms),
                Aggregation::Points => self.points(node, atoms),
            };
            let complete = form.form.is_ok() && form.dropped.is_empty();
            let form = if !complete && (atoms.given)(&node.code) {
                NodeForm { form: Ok(LinearForm::atom(&node.code)), dropped: Vec::new() }
            } else {
                form
            };
            forms.insert(node.code.clone(), form);
        }
        forms
    }

    /// What one unit more in an indicator is worth in every score above it, when nothing is missing: the coefficients of
    /// [`IndexDefinition::forms`], by node code from the indicator's own node up to the root. Empty for an indicator that is
    /// not scored, and for the items of pooled nodes, whose worth depends on how many answered.
    #[must_use]
    pub fn sensitivity(&self, indicator: &str) -> BTreeMap<String, f64> {
        self.forms(|_| None)
            .into_iter()
            .filter_map(|(code, node)| {
                node.form.ok().and_then(|form| form.terms.get(indicator).copied()).map(|worth| (code, worth))
            })
            .filter(|(code, _)| code != indicator)
            .collect()
    }

    fn points(&self, node: &Node, atoms: &Atoms<'_>) -> NodeForm {
        let mut form = LinearForm::default();
        for indicator in self.child_indicators(&node.code).filter(|indicator| indicator.scored) {
            if (atoms.missing)(&indicator.code).is_some() {
                return NodeForm::missing(&indicator.code);
            }
            form.add(indicator.weight, &LinearForm::atom(&indicator.code));
        }
        NodeForm { form: Ok(form), dropped: Vec::new() }
    }

    fn linear_mean(&self, node: &Node, a: f64, b: f64, atoms: &Atoms<'_>) -> NodeForm {
        let mut dropped = Vec::new();
        let mut sum = LinearForm::default();
        let mut total_weight = 0.0;
        for indicator in self.child_indicators(&node.code).filter(|indicator| indicator.scored) {
            if (atoms.missing)(&indicator.code).is_some() {
                if node.missing_child == MissingChild::Fail || !(atoms.may_drop)(&indicator.code) {
                    return NodeForm::missing(&indicator.code);
                }
                dropped.push(indicator.code.clone());
                continue;
            }
            let (offset, slope) = indicator.rescaling();
            sum.constant += indicator.weight * offset;
            sum.add(indicator.weight * slope, &LinearForm::atom(&indicator.code));
            total_weight += indicator.weight;
        }
        if total_weight == 0.0 {
            return dropped.first().map_or_else(|| NodeForm::missing(&node.code), |code| NodeForm::missing(code));
        }
        let mut form = LinearForm { constant: a, ..LinearForm::default() };
        form.add(b / total_weight, &sum);
        NodeForm { form: Ok(form), dropped }
    }

    fn composed(&self, node: &Node, mean: bool, forms: &BTreeMap<String, NodeForm>, atoms: &Atoms<'_>) -> NodeForm {
        let mut dropped = Vec::new();
        let mut form = LinearForm::default();
        let mut total_weight = 0.0;
        for child in self.child_nodes(&node.code) {
            match forms.get(&child.code).map(|below| (&below.form, &below.dropped)) {
                Some((Ok(below), below_dropped)) => {
                    form.add(child.weight, below);
                    total_weight += child.weight;
                    dropped.extend(below_dropped.iter().cloned());
                }
                _ if node.missing_child == MissingChild::Drop && self.may_drop(child, atoms) => {
                    dropped.push(child.code.clone());
                }
                _ => return NodeForm::missing(&child.code),
            }
        }
        if total_weight == 0.0 {
            return dropped.first().map_or_else(|| NodeForm::missing(&node.code), |code| NodeForm::missing(code));
        }
        if mean {
            let mut scaled = LinearForm::default();
            scaled.add(1.0 / total_weight, &form);
            form = scaled;
        }
        NodeForm { form: Ok(form), dropped }
    }

    /// Whether a node without a score may be left out: it, or every indicator that it lacks, is published as having no value.
    fn may_drop(&self, node: &Node, atoms: &Atoms<'_>) -> bool {
        let has_or_may = |code: &str| (atoms.missing)(code).is_none() || (atoms.may_drop)(code);
        (atoms.may_drop)(&node.code) || self.scored_leaves(&node.code).iter().all(|leaf| has_or_may(&leaf.code))
    }

    fn pooled(&self, node: &Node, atoms: &Atoms<'_>) -> NodeForm {
        if let Some(reason) = (atoms.missing)(&node.code) {
            return NodeForm { form: Err(reason), dropped: Vec::new() };
        }
        let dropped: Vec<String> = self
            .scored_leaves(&node.code)
            .into_iter()
            .filter(|leaf| (atoms.missing)(&leaf.code).is_some())
            .map(|leaf| leaf.code.clone())
            .collect();
        match dropped.first() {
            Some(code)
                if node.missing_child == MissingChild::Fail || !dropped.iter().all(|code| (atoms.may_drop)(code)) =>
            {
                NodeForm::missing(code)
            }
            _ => NodeForm { form: Ok(LinearForm::atom(&node.code)), dropped },
        }
    }
}

impl NodeForm {
    fn missing(code: &str) -> Self {
        Self { form: Err(IndexMissing::ChildMissing { code: code.to_owned() }), dropped: Vec::new() }
    }
}
