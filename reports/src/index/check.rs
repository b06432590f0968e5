//! What must hold of a definition as a whole. All problems are found in one go.

use problem::{Place, Problem, Problems};

use super::definition::IndexDefinition;
use super::rules::{Aggregation, Direction, Indicator, MissingChild, Node, ValueKind};

/// Printed ranges are rounded (0.33–3.33 for thirds), so ends may differ by this much per component.
const ROUNDING: f64 = 0.0101;

pub(super) struct Checker<'a> {
    definition: &'a IndexDefinition,
    problems: Problems,
}

/// The definition in reading order, or everything that is wrong with it.
pub(super) fn check(definition: IndexDefinition) -> Result<IndexDefinition, Problems> {
    let mut checker = Checker { definition: &definition, problems: Problems::none() };
    checker.check_tree();
    for node in &definition.nodes {
        checker.check_node(node);
    }
    for indicator in &definition.indicators {
        checker.check_indicator(indicator);
    }
    let problems = checker.problems;
    problems.into_result(())?;
    let mut definition = in_reading_order(definition);
    // What the heading says of the whole cannot be surer than what the total rests on.
    definition.certainty = definition.certainty.max(definition.certainty_of(&definition.root));
    Ok(definition)
}

impl Checker<'_> {
    pub(super) fn say(&mut self, code: &'static str, item: &str, key: &str, vi: String, en: String) {
        let place =
            Place { row: self.definition.line_of(item), column: Some(format!("{item} {key}")), ..Place::default() };
        self.problems.push(Problem::new(code, vi, en).at(place));
    }

    fn check_tree(&mut self) {
        let definition = self.definition;
        let root = definition.root.as_str();
        match definition.node(root) {
            None => self.say(
                "index_unknown_root",
                root,
                "root",
                format!("không có nút gốc {root}"),
                format!("there is no root node {root}"),
            ),
            Some(node) if node.parent.is_some() => self.say(
                "index_root_has_parent",
                root,
                "parent",
                format!("nút gốc {root} không được có nút cha"),
                format!("the root {root} must not have a parent"),
            ),
            Some(_) => {}
        }
        for node in &definition.nodes {
            if definition.indicator(&node.code).is_some() {
                self.say(
                    "index_duplicate_code",
                    &node.code,
                    "code",
                    format!("mã {} vừa là nút vừa là chỉ tiêu", node.code),
                    format!("the code {} is a node's and an indicator's", node.code),
                );
            }
            match node.parent.as_deref() {
                None if node.code != root => self.say(
                    "index_no_parent",
                    &node.code,
                    "parent",
                    format!("nút {} không có nút cha và không phải nút gốc", node.code),
                    format!("node {} has no parent and is not the root", node.code),
                ),
                Some(parent) => self.check_parent(&node.code, parent),
                None => {}
            }
            if self.is_in_cycle(node) {
                self.say(
                    "index_cycle",
                    &node.code,
                    "parent",
                    format!("nút {} nằm trong vòng lặp cha – con", node.code),
                    format!("node {} stands below itself", node.code),
                );
            }
        }
    }

    pub(super) fn check_parent(&mut self, code: &str, parent: &str) {
        if self.definition.node(parent).is_some() {
            return;
        }
        let (vi, en) = if self.definition.indicator(parent).is_some() {
            (format!("nút cha {parent} là một chỉ tiêu"), format!("the parent {parent} is an indicator"))
        } else {
            (format!("không có nút cha {parent}"), format!("there is no parent {parent}"))
        };
        self.say("index_unknown_parent", code, "parent", vi, en);
    }

    fn is_in_cycle(&self, node: &Node) -> bool {
        let mut current = node;
        for _ in 0..self.definition.nodes.len() {
            let Some(parent) = current.parent.as_deref().and_then(|parent| self.definition.node(parent)) else {
                return false;
            };
            if parent.code == node.code {
                return true;
            }
            current = parent;
        }
        false
    }

    fn check_node(&mut self, node: &Node) {
        let definition = self.definition;
        let children: Vec<&Node> = definition.child_nodes(&node.code).collect();
        let indicators: Vec<&Indicator> = definition.child_indicators(&node.code).collect();
        if node.score_min >= node.score_max {
            self.say(
                "index_empty_range",
                &node.code,
                "score_max",
                "score_min phải nhỏ hơn score_max".to_owned(),
                format!("score_min {} must be below score_max {}", node.score_min, node.score_max),
            );
        }
        self.check_weight(&node.code, node.weight);
        match (children.is_empty(), indicators.is_empty()) {
            (true, true) => self.say(
                "index_no_children",
                &node.code,
                "code",
                format!("nút {} không có thành phần nào", node.code),
                format!("node {} has nothing below it", node.code),
            ),
            (false, false) => {
                // What is published beside the parts of a score is no part of it.
                if let Some(scored) = indicators.iter().find(|indicator| indicator.scored) {
                    self.say(
                        "index_mixed_children",
                        &node.code,
                        "code",
                        format!("nút {} vừa có nút con vừa có chỉ tiêu tính điểm", node.code),
                        format!("node {} has nodes and a scored indicator below it: {}", node.code, scored.code),
                    );
                }
            }
            (true, false) if indicators.iter().all(|indicator| !indicator.scored) => self.say(
                "index_nothing_scored",
                &node.code,
                "code",
                format!("nút {} không có chỉ tiêu nào được tính điểm", node.code),
                format!("node {} has no scored indicator", node.code),
            ),
            _ => {}
        }
        self.check_aggregation(node, &children, &indicators);
    }

    fn check_aggregation(&mut self, node: &Node, children: &[&Node], indicators: &[&Indicator]) {
        let adds = matches!(node.aggregation, Aggregation::Sum | Aggregation::Points);
        if adds && node.missing_child == MissingChild::Drop {
            self.say(
                "index_partial_sum",
                &node.code,
                "missing_child",
                "tổng không được tính khi thiếu thành phần".to_owned(),
                "a sum is never taken over a part of its components".to_owned(),
            );
        }
        match node.aggregation {
            Aggregation::Sum | Aggregation::Mean => {
                if indicators.iter().any(|indicator| indicator.scored) {
                    self.say(
                        "index_aggregation",
                        &node.code,
                        "aggregation",
                        "sum và mean chỉ dùng cho nút con; với chỉ tiêu dùng linear_mean hoặc pooled".to_owned(),
                        "sum and mean are for child nodes; over indicators use linear_mean or pooled".to_owned(),
                    );
                }
                if node.aggregation == Aggregation::Mean {
                    self.check_shares(node, children.iter().map(|child| child.weight));
                }
                self.check_composed_range(node, children);
            }
            Aggregation::LinearMean { a, b } => {
                if !children.is_empty() {
                    self.say(
                        "index_aggregation",
                        &node.code,
                        "aggregation",
                        "linear_mean chỉ dùng cho chỉ tiêu".to_owned(),
                        "linear_mean is for indicators; over nodes use sum, mean or pooled".to_owned(),
                    );
                }
                let scored = indicators.iter().filter(|indicator| indicator.scored);
                self.check_shares(node, scored.map(|indicator| indicator.weight));
                self.check_reach(node, a.min(a + b), a.max(a + b), ROUNDING);
            }
            Aggregation::Pooled => self.check_pooled(node, children, indicators),
            Aggregation::Points => self.check_points(node, children, indicators),
        }
    }

    /// Weights that are all below 1 are meant as shares of the whole.
    fn check_shares(&mut self, node: &Node, weights: impl Iterator<Item = f64>) {
        let weights: Vec<f64> = weights.collect();
        let total: f64 = weights.iter().sum();
        if weights.len() > 1 && weights.iter().all(|weight| (0.0..1.0).contains(weight)) && (total - 1.0).abs() > 0.01 {
            self.say(
                "index_weights_do_not_fit",
                &node.code,
                "weight",
                format!("các trọng số dưới {} cộng lại bằng {total:.4}, không bằng 1", node.code),
                format!(
                    "the weights under {} add up to {total:.4}, not to 1 (weights that are no shares are written above 1)",
                    node.code
                ),
            );
        }
    }

    fn check_composed_range(&mut self, node: &Node, children: &[&Node]) {
        if children.is_empty() {
            return;
        }
        let total =
            if node.aggregation == Aggregation::Mean { children.iter().map(|child| child.weight).sum() } else { 1.0 };
        let low = children.iter().map(|child| child.weight * child.score_min).sum::<f64>() / total;
        let high = children.iter().map(|child| child.weight * child.score_max).sum::<f64>() / total;
        if !node.maximum_known || children.iter().any(|child| !child.maximum_known) {
            return self.check_bound(node, low, high);
        }
        self.check_reach(node, low, high, ROUNDING * children.len() as f64);
        let short = node.score_max - high > ROUNDING * children.len() as f64
            || low - node.score_min > ROUNDING * children.len() as f64;
        if short && node.range_exception.is_none() {
            self.say_range(node, low, high);
        }
    }

    /// Where the maxima of the parts were not found, their bounds must at least reach the whole.
    fn check_bound(&mut self, node: &Node, low: f64, high: f64) {
        if high < node.score_max - ROUNDING {
            self.say_range(node, low, high);
        }
    }

    fn check_points(&mut self, node: &Node, children: &[&Node], indicators: &[&Indicator]) {
        if !children.is_empty() {
            self.say(
                "index_aggregation",
                &node.code,
                "aggregation",
                "points chỉ dùng cho chỉ tiêu; với nút con dùng sum".to_owned(),
                "points is for indicators; over nodes use sum".to_owned(),
            );
        }
        let scored: Vec<&&Indicator> = indicators.iter().filter(|indicator| indicator.scored).collect();
        for indicator in &scored {
            if indicator.direction == Direction::Lower {
                self.say(
                    "index_points_direction",
                    &indicator.code,
                    "direction",
                    "điểm luôn theo chiều càng nhiều càng tốt".to_owned(),
                    "points are better the more there are".to_owned(),
                );
            }
        }
        let low = scored.iter().map(|indicator| indicator.weight * indicator.scale_min).sum::<f64>();
        let high = scored.iter().map(|indicator| indicator.weight * indicator.scale_max).sum::<f64>();
        if !node.maximum_known || scored.iter().any(|indicator| !indicator.maximum_known) {
            return self.check_bound(node, low, high);
        }
        let tolerance = 1e-9 * high.abs().max(1.0);
        if ((high - node.score_max).abs() > tolerance || (low - node.score_min).abs() > tolerance)
            && node.range_exception.is_none()
        {
            self.say_range(node, low, high);
        }
    }

    fn check_reach(&mut self, node: &Node, low: f64, high: f64, tolerance: f64) {
        let leaves = low < node.score_min - tolerance || high > node.score_max + tolerance;
        if leaves && node.range_exception.is_none() {
            self.say_range(node, low, high);
        }
    }

    fn say_range(&mut self, node: &Node, low: f64, high: f64) {
        let (min, max) = (node.score_min, node.score_max);
        self.say(
            "index_weights_do_not_fit",
            &node.code,
            "score_max",
            format!("công thức cho điểm từ {low} đến {high}, không khớp khoảng điểm {min}–{max}"),
            format!(
                "the formula gives {low} to {high}, which does not fit the printed range {min} to {max} \
                 (state range_exception if that is how it is published)"
            ),
        );
    }

    fn check_pooled(&mut self, node: &Node, children: &[&Node], indicators: &[&Indicator]) {
        for child in children {
            if child.aggregation != Aggregation::Pooled {
                self.say(
                    "index_aggregation",
                    &child.code,
                    "aggregation",
                    format!("nút cha {} là pooled nên nút này cũng phải là pooled", node.code),
                    format!("the parent {} pools answers, so this node must be pooled too", node.code),
                );
            }
        }
        for indicator in indicators.iter().filter(|indicator| indicator.scored) {
            let share =
                indicator.value.as_ref().is_none_or(|rule| rule.kind == ValueKind::Share && rule.multiply == 1.0);
            if !share || indicator.scale_min != 0.0 || indicator.scale_max != 1.0 {
                self.say(
                    "index_pooled_item",
                    &indicator.code,
                    "value",
                    "mục gộp phải là tỷ lệ trên thang 0–1".to_owned(),
                    "a pooled item must be a share on the scale 0 to 1".to_owned(),
                );
            }
        }
    }

    pub(super) fn check_weight(&mut self, code: &str, weight: f64) {
        if weight <= 0.0 {
            self.say(
                "index_weight",
                code,
                "weight",
                "trọng số phải lớn hơn 0".to_owned(),
                format!("the weight must be above 0, not {weight}"),
            );
        }
    }
}

/// Each node before its children, children in the order of the file, indicators in the order of their nodes.
fn in_reading_order(definition: IndexDefinition) -> IndexDefinition {
    fn walk(definition: &IndexDefinition, node: &Node, nodes: &mut Vec<Node>, indicators: &mut Vec<Indicator>) {
        nodes.push(node.clone());
        indicators.extend(definition.child_indicators(&node.code).cloned());
        for child in definition.child_nodes(&node.code) {
            walk(definition, child, nodes, indicators);
        }
    }
    let (mut nodes, mut indicators) = (Vec::new(), Vec::new());
    if let Some(root) = definition.node(&definition.root) {
        walk(&definition, root, &mut nodes, &mut indicators);
    }
    IndexDefinition { nodes, indicators, ..definition }
}
