//! What must hold of a definition as a whole. All problems are found in one go.

use std::collections::BTreeSet;

use problem::{Place, Problem, Problems};

use super::definition::{
    Aggregation, IndexDefinition, Indicator, MissingChild, Node, PartsMissing, ValueKind, ValueRule,
};
use super::read::Lines;
use super::section::Section;

/// Printed ranges are rounded (0.33–3.33 for thirds), so ends may differ by this much per component.
const ROUNDING: f64 = 0.0101;

struct Checker<'a> {
    definition: &'a IndexDefinition,
    lines: &'a Lines,
    problems: Problems,
}

/// The definition in reading order, or everything that is wrong with it.
pub(super) fn check(definition: IndexDefinition, lines: &Lines) -> Result<IndexDefinition, Problems> {
    let mut checker = Checker { definition: &definition, lines, problems: Problems::none() };
    checker.check_tree();
    for node in &definition.nodes {
        checker.check_node(node);
    }
    for indicator in &definition.indicators {
        checker.check_indicator(indicator);
    }
    let problems = checker.problems;
    problems.into_result(())?;
    Ok(in_reading_order(definition))
}

impl Checker<'_> {
    fn say(&mut self, code: &'static str, item: &str, key: &str, vi: String, en: String) {
        let place =
            Place { row: self.lines.get(item).copied(), column: Some(format!("{item} {key}")), ..Place::default() };
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

    fn check_parent(&mut self, code: &str, parent: &str) {
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
            (false, false) => self.say(
                "index_mixed_children",
                &node.code,
                "code",
                format!("nút {} vừa có nút con vừa có chỉ tiêu", node.code),
                format!("node {} has nodes and indicators below it: {}", node.code, indicators[0].code),
            ),
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
        match node.aggregation {
            Aggregation::Sum | Aggregation::Mean => {
                if !indicators.is_empty() {
                    self.say(
                        "index_aggregation",
                        &node.code,
                        "aggregation",
                        "sum và mean chỉ dùng cho nút con; với chỉ tiêu dùng linear_mean hoặc pooled".to_owned(),
                        "sum and mean are for child nodes; over indicators use linear_mean or pooled".to_owned(),
                    );
                }
                if node.aggregation == Aggregation::Sum && node.missing_child == MissingChild::Drop {
                    self.say(
                        "index_partial_sum",
                        &node.code,
                        "missing_child",
                        "tổng không được tính khi thiếu thành phần".to_owned(),
                        "a sum is never taken over a part of its components".to_owned(),
                    );
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
                self.check_reach(node, a.min(a + b), a.max(a + b), ROUNDING);
            }
            Aggregation::Pooled => self.check_pooled(node, children, indicators),
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
        self.check_reach(node, low, high, ROUNDING * children.len() as f64);
        let short = node.score_max - high > ROUNDING * children.len() as f64
            || low - node.score_min > ROUNDING * children.len() as f64;
        if short && node.range_exception.is_none() {
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

    fn check_weight(&mut self, code: &str, weight: f64) {
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

    fn check_indicator(&mut self, indicator: &Indicator) {
        let code = indicator.code.as_str();
        self.check_parent(code, &indicator.parent);
        if indicator.scored {
            self.check_weight(code, indicator.weight);
        }
        for (low, high, key) in [
            (indicator.scale_min, indicator.scale_max, "scale_max"),
            (indicator.published_min, indicator.published_max, "published_max"),
        ] {
            if low >= high {
                self.say(
                    "index_empty_range",
                    code,
                    key,
                    format!("khoảng giá trị trống: {low}–{high}"),
                    format!("the range {low} to {high} is empty"),
                );
            }
        }
        if let Some(rule) = &indicator.value {
            self.check_value_range(indicator, rule);
        }
    }

    /// The values that the rule can give must lie where the indicator can lie.
    fn check_value_range(&mut self, indicator: &Indicator, rule: &ValueRule) {
        let possible: Vec<f64> = match rule.kind {
            ValueKind::Share | ValueKind::MeanShare => vec![0.0, 1.0],
            ValueKind::Count if rule.questions.len() > 1 => vec![0.0, rule.questions.len() as f64],
            ValueKind::Mean => rule.values.values().copied().collect(),
            ValueKind::Count | ValueKind::Difference => Vec::new(),
        };
        let (low, high) = indicator.answer_range();
        let given = possible.into_iter().map(|value| value * rule.multiply).chain(rule.not_applicable);
        for value in given {
            if value < low - 1e-9 || value > high + 1e-9 {
                self.say(
                    "index_value_range",
                    &indicator.code,
                    "value",
                    format!("quy tắc cho giá trị {value} ngoài khoảng {low}–{high}"),
                    format!("the rule gives {value}, outside {low} to {high}"),
                );
            }
        }
    }
}

impl Indicator {
    /// The interval in which a respondent's value may lie: formula scale and published range together.
    #[must_use]
    pub fn answer_range(&self) -> (f64, f64) {
        (self.scale_min.min(self.published_min), self.scale_max.max(self.published_max))
    }
}

/// The keys of a value rule must fit its kind.
pub(super) fn check_value_shape(section: &Section<'_, '_>, rule: &ValueRule, problems: &mut Problems) {
    let mut say = |key: &str, vi: &str, en: &str| {
        problems.push(Problem::new("index_value_rule", vi, en).at(section.place(key)));
    };
    let coded = matches!(rule.kind, ValueKind::Share | ValueKind::Count | ValueKind::MeanShare);
    let fits = match rule.kind {
        ValueKind::Share | ValueKind::Mean => rule.questions.len() == 1,
        ValueKind::Difference => rule.questions.len() == 2,
        ValueKind::Count | ValueKind::MeanShare => !rule.questions.is_empty(),
    };
    if !fits {
        say("questions", "số câu hỏi không hợp với kind", "the number of questions does not fit the kind");
    }
    if rule.questions.iter().any(|name| name.is_empty() || name.contains(|letter: char| letter.is_whitespace())) {
        say("questions", "tên câu hỏi không hợp lệ", "a question name is empty or has a space");
    }
    let distinct: BTreeSet<&String> = rule.questions.iter().collect();
    if distinct.len() != rule.questions.len() {
        say("questions", "câu hỏi bị lặp", "a question is listed twice");
    }
    if coded && rule.codes.is_empty() {
        say("codes", "thiếu codes", "codes are missing");
    }
    if !coded && !rule.codes.is_empty() {
        say("codes", "codes không dùng cho kind này", "codes do not belong to this kind");
    }
    if coded && !rule.values.is_empty() {
        say("values", "values không dùng cho kind này", "values do not belong to this kind");
    }
    if rule.multiply <= 0.0 {
        say("multiply", "multiply phải lớn hơn 0", "multiply must be above 0");
    }
    if !matches!(rule.kind, ValueKind::Count | ValueKind::MeanShare) && rule.parts_missing != PartsMissing::Missing {
        say(
            "parts_missing",
            "parts_missing chỉ dùng cho count và mean_share",
            "parts_missing is for counts and mean shares",
        );
    }
    if rule.kind == ValueKind::Count && rule.parts_missing == PartsMissing::Valid {
        say(
            "parts_missing",
            "valid chỉ dùng cho mean_share",
            "valid is for mean shares: a count over fewer parts is another count",
        );
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
