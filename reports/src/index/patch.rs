//! A node or an indicator as a file writes it: whole, or the keys in which it differs from the one it inherits.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems, Words};

use super::check_value::check_value_shape;
use super::rules::{
    Aggregation, Certainty, Direction, Indicator, MissingChild, Node, PartsMissing, PointsPiece, ValueKind, ValueRule,
};
use super::section::Section;

const CERTAINTIES: [(&str, Certainty); 3] =
    [("certain", Certainty::Certain), ("inferred", Certainty::Inferred), ("recalled", Certainty::Recalled)];

#[derive(Clone, Copy, PartialEq)]
enum AggregationWord {
    Sum,
    Mean,
    LinearMean,
    Pooled,
    Points,
}

/// How sure a rule is, where that must be written.
pub(super) fn required_certainty(section: &mut Section<'_, '_>, problems: &mut Problems) -> Option<Certainty> {
    let certainty = section.word("certainty", &CERTAINTIES, problems);
    need(certainty, "certainty", section, problems)
}

/// The value, or a problem if the key is not written at all (a key that is written wrongly has been told already).
pub(super) fn need<T>(value: Option<T>, key: &str, section: &Section<'_, '_>, problems: &mut Problems) -> Option<T> {
    if value.is_none() && !section.has(key) {
        section.absent(key, problems);
    }
    value
}

/// Vietnamese and English, each written or inherited.
fn words(vi: Option<String>, en: Option<String>, base: Option<&Words>) -> (Option<String>, Option<String>) {
    (vi.or_else(|| base.map(|words| words.vi.clone())), en.or_else(|| base.map(|words| words.en.clone())))
}

/// What a section says of a node.
#[derive(Clone)]
pub(super) struct NodePatch {
    parent: Option<String>,
    level: Option<String>,
    name_vi: Option<String>,
    name_en: Option<String>,
    aggregation: Option<AggregationWord>,
    a: Option<f64>,
    b: Option<f64>,
    score_min: Option<f64>,
    score_max: Option<f64>,
    maximum_known: Option<bool>,
    weight: Option<f64>,
    missing_child: Option<MissingChild>,
    range_exception: Option<String>,
    certainty: Option<Certainty>,
    source: Option<String>,
    note: Option<String>,
}

impl NodePatch {
    /// Reads every key but `code`; `level` too, unless it says which nodes an `[[every]]` is about.
    pub(super) fn read(section: &mut Section<'_, '_>, every: bool, problems: &mut Problems) -> Self {
        let aggregations = [
            ("sum", AggregationWord::Sum),
            ("mean", AggregationWord::Mean),
            ("linear_mean", AggregationWord::LinearMean),
            ("pooled", AggregationWord::Pooled),
            ("points", AggregationWord::Points),
        ];
        let choices = [("fail", MissingChild::Fail), ("drop", MissingChild::Drop)];
        Self {
            parent: if every { None } else { section.text("parent", problems) },
            level: if every { None } else { section.text("level", problems) },
            name_vi: section.text("name_vi", problems),
            name_en: section.text("name_en", problems),
            aggregation: section.word("aggregation", &aggregations, problems),
            a: section.number("a", problems),
            b: section.number("b", problems),
            score_min: section.number("score_min", problems),
            score_max: section.number("score_max", problems),
            maximum_known: section.flag("maximum_known", problems),
            weight: section.number("weight", problems),
            missing_child: section.word("missing_child", &choices, problems),
            range_exception: section.text("range_exception", problems),
            certainty: section.word("certainty", &CERTAINTIES, problems),
            source: section.text("source", problems),
            note: section.text("note", problems),
        }
    }

    /// The node that results; every key that neither the section nor `base` has is told.
    pub(super) fn onto(
        self,
        code: &str,
        base: Option<&Node>,
        section: &Section<'_, '_>,
        problems: &mut Problems,
    ) -> Option<Node> {
        let aggregation = self.aggregation(base, section, problems);
        let level = need(self.level.or_else(|| base.map(|node| node.level.clone())), "level", section, problems);
        let (vi, en) = words(self.name_vi, self.name_en, base.map(|node| &node.name));
        let vi = need(vi, "name_vi", section, problems);
        let en = need(en, "name_en", section, problems);
        let low = need(self.score_min.or_else(|| base.map(|node| node.score_min)), "score_min", section, problems);
        let high = need(self.score_max.or_else(|| base.map(|node| node.score_max)), "score_max", section, problems);
        let certainty =
            need(self.certainty.or_else(|| base.map(|node| node.certainty)), "certainty", section, problems);
        Some(Node {
            code: code.to_owned(),
            parent: self.parent.or_else(|| base.and_then(|node| node.parent.clone())),
            level: level?,
            name: Words::new(vi?, en?),
            aggregation: aggregation?,
            score_min: low?,
            score_max: high?,
            maximum_known: self.maximum_known.unwrap_or_else(|| base.is_none_or(|node| node.maximum_known)),
            weight: self.weight.unwrap_or_else(|| base.map_or(1.0, |node| node.weight)),
            missing_child: self
                .missing_child
                .unwrap_or_else(|| base.map_or_else(Default::default, |n| n.missing_child)),
            range_exception: self.range_exception.or_else(|| base.and_then(|node| node.range_exception.clone())),
            certainty: certainty?,
            source: self.source.or_else(|| base.and_then(|node| node.source.clone())),
            note: self.note.or_else(|| base.and_then(|node| node.note.clone())),
        })
    }

    fn aggregation(
        &self,
        base: Option<&Node>,
        section: &Section<'_, '_>,
        problems: &mut Problems,
    ) -> Option<Aggregation> {
        let inherited = base.map(|node| node.aggregation);
        let (base_a, base_b) = match inherited {
            Some(Aggregation::LinearMean { a, b }) => (Some(a), Some(b)),
            _ => (None, None),
        };
        let linear = match (self.aggregation, inherited) {
            (Some(word), _) => word == AggregationWord::LinearMean,
            (None, Some(Aggregation::LinearMean { .. })) => true,
            (None, Some(other)) => {
                self.say_unused(section, problems);
                return Some(other);
            }
            (None, None) => {
                return need(None, "aggregation", section, problems);
            }
        };
        if linear {
            let a = need(self.a.or(base_a), "a", section, problems);
            let b = need(self.b.or(base_b), "b", section, problems);
            return Some(Aggregation::LinearMean { a: a?, b: b? });
        }
        self.say_unused(section, problems);
        match self.aggregation? {
            AggregationWord::Sum => Some(Aggregation::Sum),
            AggregationWord::Mean => Some(Aggregation::Mean),
            AggregationWord::Pooled => Some(Aggregation::Pooled),
            AggregationWord::Points => Some(Aggregation::Points),
            AggregationWord::LinearMean => None,
        }
    }

    fn say_unused(&self, section: &Section<'_, '_>, problems: &mut Problems) {
        for (key, constant) in [("a", self.a), ("b", self.b)] {
            if constant.is_some() {
                problems.push(
                    Problem::new(
                        "index_unused_constant",
                        format!("{key} chỉ dùng cho linear_mean"),
                        format!("{key} belongs to linear_mean only"),
                    )
                    .at(section.place(key)),
                );
            }
        }
    }
}

/// What a section says of an indicator.
#[derive(Clone)]
pub(super) struct IndicatorPatch {
    parent: Option<String>,
    name_vi: Option<String>,
    name_en: Option<String>,
    scale_min: Option<f64>,
    scale_max: Option<f64>,
    published_min: Option<f64>,
    published_max: Option<f64>,
    maximum_known: Option<bool>,
    direction: Option<Direction>,
    scored: Option<bool>,
    weight: Option<f64>,
    certainty: Option<Certainty>,
    note: Option<String>,
    value: Option<ValuePatch>,
    points: Vec<PointsPiece>,
}

impl IndicatorPatch {
    pub(super) fn read(section: &mut Section<'_, '_>, every: bool, problems: &mut Problems) -> Self {
        let directions = [("+", Direction::Higher), ("-", Direction::Lower)];
        let value = section.section("value", problems);
        Self {
            parent: if every { None } else { section.text("parent", problems) },
            name_vi: section.text("name_vi", problems),
            name_en: section.text("name_en", problems),
            scale_min: section.number("scale_min", problems),
            scale_max: section.number("scale_max", problems),
            published_min: section.number("published_min", problems),
            published_max: section.number("published_max", problems),
            maximum_known: section.flag("maximum_known", problems),
            direction: section.word("direction", &directions, problems),
            scored: section.flag("scored", problems),
            weight: section.number("weight", problems),
            certainty: section.word("certainty", &CERTAINTIES, problems),
            note: section.text("note", problems),
            value: value.map(|mut section| ValuePatch::read(&mut section, problems)),
            points: read_points(section, problems),
        }
    }

    /// The indicator that results; every key that neither the section nor `base` has is told.
    pub(super) fn onto(
        self,
        code: &str,
        base: Option<&Indicator>,
        section: &Section<'_, '_>,
        problems: &mut Problems,
    ) -> Option<Indicator> {
        let parent = need(self.parent.or_else(|| base.map(|one| one.parent.clone())), "parent", section, problems);
        let (vi, en) = words(self.name_vi, self.name_en, base.map(|one| &one.name));
        let vi = need(vi, "name_vi", section, problems);
        let en = need(en, "name_en", section, problems);
        // A new scale is also the published range, unless that is written too.
        let published = base.filter(|_| self.scale_min.is_none() && self.scale_max.is_none());
        let low = need(self.scale_min.or_else(|| base.map(|one| one.scale_min)), "scale_min", section, problems);
        let high = need(self.scale_max.or_else(|| base.map(|one| one.scale_max)), "scale_max", section, problems);
        let direction = need(self.direction.or_else(|| base.map(|one| one.direction)), "direction", section, problems);
        let certainty = need(self.certainty.or_else(|| base.map(|one| one.certainty)), "certainty", section, problems);
        let scored = self.scored.unwrap_or_else(|| base.is_none_or(|one| one.scored));
        if !scored && self.weight.is_some() {
            problems.push(
                Problem::new(
                    "index_weight_not_scored",
                    "chỉ tiêu không tính điểm thì không có trọng số",
                    "an indicator that is not scored has no weight",
                )
                .at(section.place("weight")),
            );
        }
        let inherited = base.and_then(|one| one.value.clone());
        let value = match self.value {
            None => inherited,
            // A rule that cannot be read has been told; an indicator without it would tell more that is not so.
            Some(patch) => Some(patch.onto(inherited.as_ref(), section, problems)?),
        };
        Some(Indicator {
            code: code.to_owned(),
            parent: parent?,
            name: Words::new(vi?, en?),
            scale_min: low?,
            scale_max: high?,
            published_min: self.published_min.or(published.map(|one| one.published_min)).or(low)?,
            published_max: self.published_max.or(published.map(|one| one.published_max)).or(high)?,
            maximum_known: self.maximum_known.unwrap_or_else(|| base.is_none_or(|one| one.maximum_known)),
            direction: direction?,
            scored,
            weight: self.weight.unwrap_or_else(|| base.map_or(1.0, |one| one.weight)),
            certainty: certainty?,
            note: self.note.or_else(|| base.and_then(|one| one.note.clone())),
            value,
            points: if self.points.is_empty() {
                base.map(|one| one.points.clone()).unwrap_or_default()
            } else {
                self.points
            },
        })
    }
}

fn read_points(section: &mut Section<'_, '_>, problems: &mut Problems) -> Vec<PointsPiece> {
    let mut pieces = Vec::new();
    for mut piece in section.sections("points", problems) {
        let (from, points) = (piece.required_number("from", problems), piece.required_number("points", problems));
        let each = piece.number("each", problems).unwrap_or(0.0);
        piece.finish(problems);
        if let (Some(from), Some(points)) = (from, points) {
            pieces.push(PointsPiece { from, points, each });
        }
    }
    pieces
}

/// What a section says of a value rule.
#[derive(Clone)]
struct ValuePatch {
    kind: Option<ValueKind>,
    questions: Option<Vec<String>>,
    codes: Option<Vec<String>>,
    values: Option<BTreeMap<String, f64>>,
    multiply: Option<f64>,
    not_applicable: Option<f64>,
    parts_missing: Option<PartsMissing>,
    place: Place,
    /// Whether a key was written wrongly, and so is not absent.
    told: bool,
}

impl ValuePatch {
    fn read(section: &mut Section<'_, '_>, problems: &mut Problems) -> Self {
        let parts = [("missing", PartsMissing::Missing), ("zero", PartsMissing::Zero), ("valid", PartsMissing::Valid)];
        let before = problems.len();
        let patch = Self {
            kind: section.word("kind", &ValueKind::ALL, problems),
            questions: section.texts("questions", problems),
            codes: section.texts("codes", problems),
            values: section.numbers_by_text("values", problems),
            multiply: section.number("multiply", problems),
            not_applicable: section.number("not_applicable", problems),
            parts_missing: section.word("parts_missing", &parts, problems),
            place: section.place("kind"),
            told: false,
        };
        section.finish(problems);
        Self { told: problems.len() > before, ..patch }
    }

    fn onto(self, base: Option<&ValueRule>, section: &Section<'_, '_>, problems: &mut Problems) -> Option<ValueRule> {
        let before = problems.len();
        let kind = self.kind.or(base.map(|rule| rule.kind));
        let questions = self.questions.or_else(|| base.map(|rule| rule.questions.clone()));
        for (key, there) in [("value.kind", kind.is_some()), ("value.questions", questions.is_some())] {
            if !there && !self.told {
                section.absent(key, problems);
            }
        }
        // Codes belong to rules that compare, numbers to rules that compute: a change of kind starts from none.
        let same = base.filter(|rule| kind.is_some_and(|kind| kind.is_coded() == rule.kind.is_coded()));
        let rule = ValueRule {
            kind: kind?,
            questions: questions?,
            codes: self.codes.or_else(|| same.map(|rule| rule.codes.clone())).unwrap_or_default(),
            values: self.values.or_else(|| same.map(|rule| rule.values.clone())).unwrap_or_default(),
            multiply: self.multiply.or(base.map(|rule| rule.multiply)).unwrap_or(1.0),
            not_applicable: self.not_applicable.or(base.and_then(|rule| rule.not_applicable)),
            parts_missing: self.parts_missing.or(base.map(|rule| rule.parts_missing)).unwrap_or_default(),
        };
        check_value_shape(&self.place, &rule, problems);
        (problems.len() == before).then_some(rule)
    }
}
