//! The scoring tree with its validity.

use std::collections::BTreeMap;

use problem::Words;
use serde::Serialize;

use super::rules::{BelowMinimumBase, Certainty, Indicator, Node};

/// A checked scoring tree with its validity. Made by [`IndexDefinition::from_toml`] and never changed afterwards.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexDefinition {
    pub(super) code: String,
    pub(super) name: Words,
    pub(super) series: String,
    pub(super) scoring: Option<Words>,
    pub(super) questionnaire: Option<String>,
    pub(super) extends: Option<String>,
    pub(super) valid_from: i64,
    pub(super) valid_to: Option<i64>,
    pub(super) source: String,
    pub(super) certainty: Certainty,
    pub(super) minimum_base: Option<usize>,
    pub(super) below_minimum_base: BelowMinimumBase,
    pub(super) note: Option<String>,
    pub(super) root: String,
    /// In reading order: each node before what stands below it.
    pub(super) nodes: Vec<Node>,
    /// In the order of the nodes above them.
    pub(super) indicators: Vec<Indicator>,
    pub(super) sha256: String,
    /// Lines of the nodes and indicators that the file itself writes, by code.
    #[serde(skip)]
    pub(super) lines: BTreeMap<String, usize>,
}

impl IndexDefinition {
    /// Code, such as `papi-2019`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Name.
    #[must_use]
    pub fn name(&self) -> &Words {
        &self.name
    }

    /// The series that the definition belongs to, such as `papi`: of one series and scoring, one definition holds in a year.
    #[must_use]
    pub fn series(&self) -> &str {
        &self.series
    }

    /// How answers are scored, where more than one way is in use; every report prints it.
    #[must_use]
    pub fn scoring(&self) -> Option<&Words> {
        self.scoring.as_ref()
    }

    /// The questionnaire whose answers it takes; `None`: it is computed from published figures only.
    #[must_use]
    pub fn questionnaire(&self) -> Option<&str> {
        self.questionnaire.as_deref()
    }

    /// The shipped definition whose tree it changes.
    #[must_use]
    pub fn extends(&self) -> Option<&str> {
        self.extends.as_deref()
    }

    /// First year in which the definition holds.
    #[must_use]
    pub fn valid_from(&self) -> i64 {
        self.valid_from
    }

    /// Last year in which it holds, inclusive; `None`: still in force.
    #[must_use]
    pub fn valid_to(&self) -> Option<i64> {
        self.valid_to
    }

    /// Whether it holds in a year.
    #[must_use]
    pub fn holds_in(&self, year: i64) -> bool {
        self.valid_from <= year && self.valid_to.is_none_or(|last| year <= last)
    }

    /// Where the definition comes from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The least certain thing that can be said of the whole.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// Fewest answers on which an indicator may be published.
    #[must_use]
    pub fn minimum_base(&self) -> Option<usize> {
        self.minimum_base
    }

    /// What happens under the minimum base.
    #[must_use]
    pub fn below_minimum_base(&self) -> BelowMinimumBase {
        self.below_minimum_base
    }

    /// What a reader should know about the whole.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Code of the root node: the total.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// All nodes in reading order, the root first.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All indicators in reading order.
    #[must_use]
    pub fn indicators(&self) -> &[Indicator] {
        &self.indicators
    }

    /// SHA-256 of the definition's text, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The node of that code.
    #[must_use]
    pub fn node(&self, code: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.code == code)
    }

    /// The indicator of that code.
    #[must_use]
    pub fn indicator(&self, code: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.code == code)
    }

    /// The nodes directly under a node.
    pub fn child_nodes<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Node> {
        self.nodes.iter().filter(move |node| node.parent.as_deref() == Some(code))
    }

    /// The indicators directly under a node, scored or not.
    pub fn child_indicators<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Indicator> {
        self.indicators.iter().filter(move |indicator| indicator.parent == code)
    }

    /// The scored indicators under a node at any depth: those whose answers a pooled node pools.
    #[must_use]
    pub fn scored_leaves<'a>(&'a self, code: &'a str) -> Vec<&'a Indicator> {
        let mut leaves: Vec<&Indicator> = self.child_indicators(code).filter(|indicator| indicator.scored).collect();
        for child in self.child_nodes(code) {
            leaves.extend(self.scored_leaves(&child.code));
        }
        leaves
    }

    /// The certainty of a score: the least of the node's own formula and of everything scored below it. A total that sums
    /// inferred scores is inferred, however sure the sum is.
    #[must_use]
    pub fn certainty_of(&self, code: &str) -> Certainty {
        let own = self.node(code).map_or(Certainty::Certain, |node| node.certainty);
        let nodes = self.child_nodes(code).map(|child| self.certainty_of(&child.code));
        let leaves = self.child_indicators(code).filter(|leaf| leaf.scored).map(|leaf| leaf.certainty);
        nodes.chain(leaves).fold(own, Certainty::max)
    }

    /// Line of the file on which a node or indicator begins; `None` when it is inherited.
    #[must_use]
    pub fn line_of(&self, code: &str) -> Option<usize> {
        self.lines.get(code).copied()
    }

    /// How deep a node stands: 0 for the root.
    #[must_use]
    pub fn depth(&self, code: &str) -> usize {
        let mut depth = 0;
        let mut current = self.node(code);
        while let Some(parent) = current.and_then(|node| node.parent.as_deref()) {
            depth += 1;
            current = self.node(parent);
        }
        depth
    }
}
