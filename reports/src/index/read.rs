//! From the text of an `index.toml` to a checked definition.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems, Words};
use sha2::{Digest, Sha256};
use toml::de::DeTable;

use super::check;
use super::definition::{
    Aggregation, BelowMinimumBase, Certainty, Direction, IndexDefinition, Indicator, MissingChild, Node, PartsMissing,
    ValueKind, ValueRule,
};
use super::section::{Section, line_of};

const CERTAINTIES: [(&str, Certainty); 3] =
    [("certain", Certainty::Certain), ("inferred", Certainty::Inferred), ("recalled", Certainty::Recalled)];

#[derive(Clone, Copy)]
enum AggregationWord {
    Sum,
    Mean,
    LinearMean,
    Pooled,
}

/// Where a node or an indicator was written, for the problems that the checks find.
pub(super) type Lines = BTreeMap<String, usize>;

impl IndexDefinition {
    /// Reads and checks a definition. The file format stands at the top of [this module](super).
    ///
    /// # Errors
    /// Every problem at once, each with its line: not TOML, unknown or missing keys, wrong types, unknown words, duplicate
    /// codes, unknown parents, cycles, indicators under a node that also has nodes, empty or reversed ranges, weights or
    /// constants that leave the printed range, value rules that cannot give the indicator's range, reversed validity.
    pub fn from_toml(text: &str) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let line = error.span().map(|span| line_of(text, span.start));
            problems.push(
                Problem::new("index_not_toml", "tệp không đúng cú pháp TOML", "the file is not valid TOML")
                    .at(Place { row: line, ..Place::default() })
                    .got(error.message().to_owned()),
            );
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut top = Section::new(text, document.get_ref(), "document", 0);
        let mut lines = Lines::new();
        let nodes = read_nodes(&mut top, &mut lines, &mut problems);
        let indicators = read_indicators(&mut top, &mut lines, &mut problems);
        let header = top.section("index", &mut problems);
        if header.is_none() {
            top.absent("index", &mut problems);
        }
        let definition = header.and_then(|section| read_header(section, &mut problems)).map(|header| Self {
            nodes,
            indicators,
            sha256: hexadecimal(&Sha256::digest(text.as_bytes())),
            ..header
        });
        top.finish(&mut problems);
        match definition {
            Some(definition) if problems.is_empty() => check::check(definition, &lines),
            _ => Err(problems),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_name(section: &mut Section<'_, '_>, problems: &mut Problems) -> Option<Words> {
    let vi = section.required_text("name_vi", problems);
    let en = section.required_text("name_en", problems);
    Some(Words { vi: vi?, en: en? })
}

fn required_certainty(section: &mut Section<'_, '_>, problems: &mut Problems) -> Option<Certainty> {
    let before = problems.len();
    let certainty = section.word("certainty", &CERTAINTIES, problems);
    if certainty.is_none() && problems.len() == before {
        section.absent("certainty", problems);
    }
    certainty
}

fn read_header(mut section: Section<'_, '_>, problems: &mut Problems) -> Option<IndexDefinition> {
    let code = section.required_text("code", problems);
    let name = read_name(&mut section, problems);
    let before = problems.len();
    let valid_from = section.whole_number("valid_from", problems);
    if valid_from.is_none() && problems.len() == before {
        section.absent("valid_from", problems);
    }
    let valid_to = section.whole_number("valid_to", problems);
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && to < from
    {
        problems.push(
            Problem::new(
                "index_validity_reversed",
                "năm hết hiệu lực trước năm bắt đầu",
                "the validity ends before it begins",
            )
            .at(section.place("valid_to"))
            .expected(format!("{from} or later"))
            .got(to.to_string()),
        );
    }
    let source = section.required_text("source", problems);
    let certainty = required_certainty(&mut section, problems);
    let base = section.whole_number("minimum_base", problems);
    if base.is_some_and(|base| base < 1) {
        problems.push(
            Problem::new("index_minimum_base", "cỡ mẫu tối thiểu phải từ 1", "the minimum base must be at least 1")
                .at(section.place("minimum_base")),
        );
    }
    let below = [("missing", BelowMinimumBase::Missing), ("use", BelowMinimumBase::Use)];
    let below_minimum_base = section.word("below_minimum_base", &below, problems).unwrap_or_default();
    let root = section.required_text("root", problems);
    let note = section.text("note", problems);
    section.finish(problems);
    Some(IndexDefinition {
        code: code?,
        name: name?,
        valid_from: valid_from?,
        valid_to,
        source: source?,
        certainty: certainty?,
        minimum_base: base.and_then(|base| usize::try_from(base).ok()),
        below_minimum_base,
        note,
        root: root?,
        nodes: Vec::new(),
        indicators: Vec::new(),
        sha256: String::new(),
    })
}

/// Remembers the line of a code; a code that was there before is a problem.
fn claim_code(section: &Section<'_, '_>, code: &str, lines: &mut Lines, problems: &mut Problems) {
    if let Some(first) = lines.insert(code.to_owned(), section.line()) {
        problems.push(
            Problem::new(
                "index_duplicate_code",
                format!("mã {code} xuất hiện nhiều lần"),
                format!("the code {code} occurs more than once"),
            )
            .at(section.place("code"))
            .hint(format!("lần đầu ở dòng {first}"), format!("first on line {first}")),
        );
    }
}

fn read_nodes(top: &mut Section<'_, '_>, lines: &mut Lines, problems: &mut Problems) -> Vec<Node> {
    let sections = top.sections("node", problems);
    sections.into_iter().filter_map(|section| read_node(section, lines, problems)).collect()
}

fn read_node(mut section: Section<'_, '_>, lines: &mut Lines, problems: &mut Problems) -> Option<Node> {
    let code = section.required_text("code", problems);
    if let Some(code) = &code {
        section.rename(format!("[[node]] {code}"));
        claim_code(&section, code, lines, problems);
    }
    let parent = section.text("parent", problems);
    let level = section.required_text("level", problems);
    let name = read_name(&mut section, problems);
    let aggregation = read_aggregation(&mut section, problems);
    let score_min = section.required_number("score_min", problems);
    let score_max = section.required_number("score_max", problems);
    let weight = section.number("weight", problems).unwrap_or(1.0);
    let choices = [("fail", MissingChild::Fail), ("drop", MissingChild::Drop)];
    let missing_child = section.word("missing_child", &choices, problems).unwrap_or_default();
    let range_exception = section.text("range_exception", problems);
    let certainty = required_certainty(&mut section, problems);
    let source = section.text("source", problems);
    let note = section.text("note", problems);
    section.finish(problems);
    Some(Node {
        code: code?,
        parent,
        level: level?,
        name: name?,
        aggregation: aggregation?,
        score_min: score_min?,
        score_max: score_max?,
        weight,
        missing_child,
        range_exception,
        certainty: certainty?,
        source,
        note,
    })
}

fn read_aggregation(section: &mut Section<'_, '_>, problems: &mut Problems) -> Option<Aggregation> {
    let words = [
        ("sum", AggregationWord::Sum),
        ("mean", AggregationWord::Mean),
        ("linear_mean", AggregationWord::LinearMean),
        ("pooled", AggregationWord::Pooled),
    ];
    let before = problems.len();
    let word = section.word("aggregation", &words, problems);
    if word.is_none() && problems.len() == before {
        section.absent("aggregation", problems);
    }
    let (a, b) = (section.number("a", problems), section.number("b", problems));
    let linear = matches!(word, Some(AggregationWord::LinearMean));
    for (key, constant) in [("a", a), ("b", b)] {
        if linear && constant.is_none() {
            section.absent(key, problems);
        }
        if !linear && word.is_some() && constant.is_some() {
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
    match word? {
        AggregationWord::Sum => Some(Aggregation::Sum),
        AggregationWord::Mean => Some(Aggregation::Mean),
        AggregationWord::Pooled => Some(Aggregation::Pooled),
        AggregationWord::LinearMean => Some(Aggregation::LinearMean { a: a?, b: b? }),
    }
}

fn read_indicators(top: &mut Section<'_, '_>, lines: &mut Lines, problems: &mut Problems) -> Vec<Indicator> {
    let sections = top.sections("indicator", problems);
    sections.into_iter().filter_map(|section| read_indicator(section, lines, problems)).collect()
}

fn read_indicator(mut section: Section<'_, '_>, lines: &mut Lines, problems: &mut Problems) -> Option<Indicator> {
    let code = section.required_text("code", problems);
    if let Some(code) = &code {
        section.rename(format!("[[indicator]] {code}"));
        claim_code(&section, code, lines, problems);
    }
    let parent = section.required_text("parent", problems);
    let name = read_name(&mut section, problems);
    let scale_min = section.required_number("scale_min", problems);
    let scale_max = section.required_number("scale_max", problems);
    let published_min = section.number("published_min", problems).or(scale_min);
    let published_max = section.number("published_max", problems).or(scale_max);
    let before = problems.len();
    let direction = section.word("direction", &[("+", Direction::Higher), ("-", Direction::Lower)], problems);
    if direction.is_none() && problems.len() == before {
        section.absent("direction", problems);
    }
    let scored = section.flag("scored", problems).unwrap_or(true);
    let weight = section.number("weight", problems);
    if !scored && weight.is_some() {
        problems.push(
            Problem::new(
                "index_weight_not_scored",
                "chỉ tiêu không tính điểm thì không có trọng số",
                "an indicator that is not scored has no weight",
            )
            .at(section.place("weight")),
        );
    }
    let certainty = required_certainty(&mut section, problems);
    let note = section.text("note", problems);
    let value = section.section("value", problems);
    let declared = value.is_some();
    let value = value.and_then(|section| read_value(section, problems));
    section.finish(problems);
    if declared && value.is_none() {
        return None;
    }
    Some(Indicator {
        code: code?,
        parent: parent?,
        name: name?,
        scale_min: scale_min?,
        scale_max: scale_max?,
        published_min: published_min?,
        published_max: published_max?,
        direction: direction?,
        scored,
        weight: weight.unwrap_or(1.0),
        certainty: certainty?,
        note,
        value,
    })
}

fn read_value(mut section: Section<'_, '_>, problems: &mut Problems) -> Option<ValueRule> {
    let kinds = [
        ("share", ValueKind::Share),
        ("mean", ValueKind::Mean),
        ("count", ValueKind::Count),
        ("mean_share", ValueKind::MeanShare),
        ("difference", ValueKind::Difference),
    ];
    let before = problems.len();
    let kind = section.word("kind", &kinds, problems);
    if kind.is_none() && problems.len() == before {
        section.absent("kind", problems);
    }
    let questions = section.texts("questions", problems);
    if questions.is_none() && problems.len() == before {
        section.absent("questions", problems);
    }
    let parts = [("missing", PartsMissing::Missing), ("zero", PartsMissing::Zero), ("valid", PartsMissing::Valid)];
    let rule = ValueRule {
        kind: kind.unwrap_or(ValueKind::Share),
        questions: questions.clone().unwrap_or_default(),
        codes: section.texts("codes", problems).unwrap_or_default(),
        values: section.numbers_by_text("values", problems).unwrap_or_default(),
        multiply: section.number("multiply", problems).unwrap_or(1.0),
        not_applicable: section.number("not_applicable", problems),
        parts_missing: section.word("parts_missing", &parts, problems).unwrap_or_default(),
    };
    check::check_value_shape(&section, &rule, problems);
    section.finish(problems);
    (kind.is_some() && questions.is_some()).then_some(rule)
}
