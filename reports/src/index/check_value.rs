//! What must hold of one indicator and of the rule that turns answers into its value.

use std::collections::BTreeSet;

use problem::{Place, Problem, Problems};

use super::check::Checker;
use super::rules::{Indicator, PartsMissing, ValueKind, ValueRule};

impl Checker<'_> {
    pub(super) fn check_indicator(&mut self, indicator: &Indicator) {
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
        self.check_pieces(indicator);
    }

    /// Thresholds must ascend, cover what can be published, and give points of the scale.
    fn check_pieces(&mut self, indicator: &Indicator) {
        let Some(first) = indicator.points.first() else { return };
        let mut say = |vi: &str, en: String| {
            self.say("index_points", &indicator.code, "points", vi.to_owned(), en);
        };
        if indicator.value.is_some() {
            say(
                "điểm theo ngưỡng chỉ dùng cho số liệu công bố, không dùng cho câu trả lời",
                "thresholds are for published figures, not for answers".to_owned(),
            );
        }
        if indicator.points.windows(2).any(|pair| pair[0].from >= pair[1].from) {
            say("các ngưỡng phải tăng dần", "thresholds must ascend".to_owned());
        }
        if first.from > indicator.published_min {
            say(
                "ngưỡng đầu tiên phải bắt đầu từ giá trị nhỏ nhất",
                format!("the first threshold {} lies above the least figure {}", first.from, indicator.published_min),
            );
        }
        let ends = indicator.points.iter().skip(1).map(|piece| piece.from).chain([indicator.published_max]);
        for (piece, end) in indicator.points.iter().zip(ends) {
            for points in [piece.points, piece.points + piece.each * (end - piece.from)] {
                if !(indicator.scale_min - 1e-9..=indicator.scale_max + 1e-9).contains(&points) {
                    say(
                        "ngưỡng cho số điểm ngoài thang điểm",
                        format!(
                            "the threshold {} gives {points} points, outside {} to {}",
                            piece.from, indicator.scale_min, indicator.scale_max
                        ),
                    );
                }
            }
        }
    }

    /// The values that the rule can give must lie where the indicator can lie.
    fn check_value_range(&mut self, indicator: &Indicator, rule: &ValueRule) {
        let possible: Vec<f64> = match rule.kind {
            ValueKind::Share | ValueKind::MeanShare | ValueKind::All => vec![0.0, 1.0],
            ValueKind::Count if rule.questions.len() > 1 => vec![0.0, rule.questions.len() as f64],
            ValueKind::Mean | ValueKind::Median => rule.values.values().copied().collect(),
            ValueKind::Count | ValueKind::Difference | ValueKind::MeanDifference => Vec::new(),
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
pub(super) fn check_value_shape(place: &Place, rule: &ValueRule, problems: &mut Problems) {
    let mut say = |key: &str, vi: &str, en: &str| {
        let column = place.column.as_ref().map(|column| column.replace(" kind", &format!(" {key}")));
        problems.push(Problem::new("index_value_rule", vi, en).at(Place { column, ..place.clone() }));
    };
    let coded = rule.kind.is_coded();
    let fits = match rule.kind {
        ValueKind::Share | ValueKind::Mean | ValueKind::Median => rule.questions.len() == 1,
        ValueKind::Difference | ValueKind::MeanDifference => rule.questions.len() == 2,
        ValueKind::Count | ValueKind::MeanShare | ValueKind::All => !rule.questions.is_empty(),
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
    let several = matches!(rule.kind, ValueKind::Count | ValueKind::MeanShare | ValueKind::All);
    if !several && rule.parts_missing != PartsMissing::Missing {
        say(
            "parts_missing",
            "parts_missing chỉ dùng cho count, mean_share và all",
            "parts_missing is for counts, mean shares and all",
        );
    }
    if rule.not_applicable.is_some() && !rule.kind.has_respondent_value() {
        say(
            "not_applicable",
            "not_applicable không dùng cho trung vị và hiệu hai nửa mẫu",
            "not_applicable does not belong to medians and differences of two halves",
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
