//! Where a change of a score comes from.

use std::collections::BTreeMap;

use problem::{Problem, Problems};
use serde::Serialize;

use super::definition::IndexDefinition;

/// One indicator's part in the change of a score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangePart {
    /// Code of the indicator.
    pub code: String,
    /// Its value before.
    pub before: f64,
    /// Its value after.
    pub after: f64,
    /// Points of the score that its change brought.
    pub points: f64,
}

impl IndexDefinition {
    /// The change of a node's score between two sets of indicator values as a sum over indicators, in reading order. Their
    /// points add up to the whole change, because scores are linear: nothing is left to interaction.
    ///
    /// # Formula
    /// `S(after) − S(before) = Σ_j c_j (x_j,after − x_j,before)`, `c_j` as in [`IndexDefinition::sensitivity`].
    ///
    /// # Limits
    /// Both sets must be complete for the node. Both must follow this definition: a change across a break in the
    /// definition has no such parts.
    ///
    /// # Errors
    /// `index_unknown_node`; `index_change_incomplete` for each indicator without a value on one side; pooled nodes have no
    /// form in their items (`index_change_pooled`); those of [`IndexDefinition::score_values`].
    ///
    /// # Proofs
    /// `the_parts_of_a_change_add_up_to_the_change`.
    pub fn decompose_change(
        &self,
        node: &str,
        before: &BTreeMap<String, f64>,
        after: &BTreeMap<String, f64>,
    ) -> Result<Vec<ChangePart>, Problems> {
        self.score_values(before)?;
        self.score_values(after)?;
        let forms = self.forms(|_| None);
        let form = forms.get(node).and_then(|node| node.form.as_ref().ok()).ok_or_else(|| {
            Problem::new("index_unknown_node", format!("không có nút {node}"), format!("there is no node {node}"))
        })?;
        let mut problems = Problems::none();
        if let Some(pooled) = form.terms.keys().find(|code| self.node(code).is_some()) {
            problems.push(Problem::new(
                "index_change_pooled",
                format!("tỷ lệ gộp {pooled} không tách được theo từng mục khi không có câu trả lời"),
                format!("the pooled share {pooled} cannot be divided among its items without the answers"),
            ));
        }
        let mut parts = Vec::new();
        for indicator in self.indicators() {
            let code = &indicator.code;
            let Some(worth) = form.terms.get(code) else { continue };
            match (before.get(code), after.get(code)) {
                (Some(&before), Some(&after)) => {
                    parts.push(ChangePart { code: code.clone(), before, after, points: worth * (after - before) });
                }
                _ => problems.push(Problem::new(
                    "index_change_incomplete",
                    format!("chỉ tiêu {code} thiếu giá trị ở một trong hai kỳ"),
                    format!("indicator {code} lacks a value on one side"),
                )),
            }
        }
        problems.into_result(parts)
    }
}
