//! From the text of an `index.toml` to a checked definition.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems, Words};
use sha2::{Digest, Sha256};
use toml::de::DeTable;

use super::check;
use super::definition::IndexDefinition;
use super::patch::{IndicatorPatch, NodePatch, need, required_certainty};
use super::presets;
use super::rules::{BelowMinimumBase, Indicator, Node};
use super::section::{Section, line_of};
use super::series::INDEX;

/// Where a node or an indicator was written, for the problems that the checks find.
pub(super) type Lines = BTreeMap<String, usize>;

/// The level that an `[[every]]` of scored indicators names.
const INDICATOR: &str = "indicator";
/// A definition that extends one that extends … : more than this is a circle.
const CHAIN_MAX: usize = 8;

impl IndexDefinition {
    /// Reads and checks a definition. The file format stands at the top of [this module](super).
    ///
    /// # Errors
    /// Every problem at once, each with its line: not TOML, unknown or missing keys, wrong types, unknown words, duplicate
    /// codes, unknown parents, cycles, scored indicators under a node that also has nodes, empty or reversed ranges, weights
    /// or constants that leave the printed range, value rules that cannot give the indicator's range, reversed validity; for
    /// a definition that extends another: no such shipped definition, a circle, something to change or remove that is not there.
    pub fn from_toml(text: &str) -> Result<Self, Problems> {
        Self::in_chain(text, 0)
    }

    fn in_chain(text: &str, depth: usize) -> Result<Self, Problems> {
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
        let extends = top.text("extends", &mut problems);
        let base = match extends.as_deref().map(|name| base(name, depth, &top)) {
            None => None,
            Some(Ok(base)) => Some(base),
            Some(Err(told)) => {
                problems.extend(told);
                return Err(problems);
            }
        };
        let mut tree = Tree::of(base.as_ref());
        tree.read(&mut top, base.is_some(), &mut problems);
        let header = top.section("index", &mut problems);
        if header.is_none() {
            top.absent("index", &mut problems);
        }
        if let Some(header) = &header {
            tree.lines.insert(INDEX.to_owned(), header.line());
        }
        let definition = header.and_then(|section| read_header(section, &mut problems)).map(|header| Self {
            nodes: tree.nodes,
            indicators: tree.indicators,
            sha256: hash(base.as_ref(), text),
            lines: tree.lines,
            extends,
            ..header
        });
        top.finish(&mut problems);
        match definition {
            Some(definition) if problems.is_empty() => check::check(definition),
            _ => Err(problems),
        }
    }
}

/// The definition that another one extends.
fn base(name: &str, depth: usize, top: &Section<'_, '_>) -> Result<IndexDefinition, Problems> {
    let Some(text) = presets::text(name) else {
        return Err(presets::unknown(name).at(top.place("extends")).into());
    };
    if depth >= CHAIN_MAX {
        return Err(Problem::new(
            "index_extends_cycle",
            format!("các bộ chỉ số dựa vào nhau thành vòng tròn: {name}"),
            format!("definitions extend each other in a circle: {name}"),
        )
        .at(top.place("extends"))
        .into());
    }
    IndexDefinition::in_chain(text, depth + 1).map_err(|told| told.in_file(name))
}

/// Of the text, and of everything that it extends.
fn hash(base: Option<&IndexDefinition>, text: &str) -> String {
    let mut hasher = Sha256::new();
    if let Some(base) = base {
        hasher.update(base.sha256.as_bytes());
    }
    hasher.update(text.as_bytes());
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_header(mut section: Section<'_, '_>, problems: &mut Problems) -> Option<IndexDefinition> {
    let code = section.required_text("code", problems);
    let name_vi = section.required_text("name_vi", problems);
    let name_en = section.required_text("name_en", problems);
    let series = section.text("series", problems);
    let scoring = [section.text("scoring_vi", problems), section.text("scoring_en", problems)];
    for (key, other) in [("scoring_vi", &scoring[1]), ("scoring_en", &scoring[0])] {
        if other.is_some() && !section.has(key) {
            section.absent(key, problems);
        }
    }
    let [scoring_vi, scoring_en] = scoring;
    let questionnaire = section.text("questionnaire", problems);
    let valid_from = section.whole_number("valid_from", problems);
    let valid_from = need(valid_from, "valid_from", &section, problems);
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
            .expected((format!("{from} trở đi"), format!("{from} or later")))
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
        name: Words::new(name_vi?, name_en?),
        series: series.or_else(|| code.clone())?,
        code: code?,
        scoring: scoring_vi.zip(scoring_en).map(|(vi, en)| Words::new(vi, en)),
        questionnaire,
        extends: None,
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
        lines: Lines::new(),
    })
}

/// The tree while it is read: that of the base, changed and added to.
#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
    indicators: Vec<Indicator>,
    lines: Lines,
}

impl Tree {
    fn of(base: Option<&IndexDefinition>) -> Self {
        base.map_or_else(Self::default, |base| Self {
            nodes: base.nodes.clone(),
            indicators: base.indicators.clone(),
            lines: Lines::new(),
        })
    }

    fn read(&mut self, top: &mut Section<'_, '_>, extends: bool, problems: &mut Problems) {
        for key in ["remove", "every"] {
            if !extends && top.has(key) {
                problems.push(
                    Problem::new(
                        "index_nothing_to_change",
                        format!("{key} chỉ dùng cùng với extends"),
                        format!("{key} needs a definition to change: extends is missing"),
                    )
                    .at(top.place(key)),
                );
            }
        }
        for code in top.texts("remove", problems).unwrap_or_default() {
            self.remove(&code, top, problems);
        }
        for mut section in top.sections("every", problems) {
            self.change_every(&mut section, problems);
        }
        for mut section in top.sections("node", problems) {
            let code = self.claim_code(&mut section, "[[node]]", problems);
            let patch = NodePatch::read(&mut section, false, problems);
            section.finish(problems);
            let code = code.unwrap_or_default();
            let position = self.nodes.iter().position(|node| node.code == code);
            let base = position.map(|position| self.nodes[position].clone());
            if let Some(node) = patch.onto(&code, base.as_ref(), &section, problems) {
                match position {
                    Some(position) => self.nodes[position] = node,
                    None => self.nodes.push(node),
                }
            }
        }
        for mut section in top.sections("indicator", problems) {
            let code = self.claim_code(&mut section, "[[indicator]]", problems);
            let patch = IndicatorPatch::read(&mut section, false, problems);
            section.finish(problems);
            let code = code.unwrap_or_default();
            let position = self.indicators.iter().position(|indicator| indicator.code == code);
            let base = position.map(|position| self.indicators[position].clone());
            if let Some(indicator) = patch.onto(&code, base.as_ref(), &section, problems) {
                match position {
                    Some(position) => self.indicators[position] = indicator,
                    None => self.indicators.push(indicator),
                }
            }
        }
    }

    /// Takes an indicator away, or a node with everything below it.
    fn remove(&mut self, code: &str, top: &Section<'_, '_>, problems: &mut Problems) {
        let before = self.nodes.len() + self.indicators.len();
        self.indicators.retain(|indicator| indicator.code != code);
        let mut gone: Vec<String> =
            self.nodes.iter().filter(|node| node.code == code).map(|n| n.code.clone()).collect();
        while let Some(parent) = gone.pop() {
            gone.extend(self.nodes.iter().filter(|n| n.parent.as_ref() == Some(&parent)).map(|n| n.code.clone()));
            self.nodes.retain(|node| node.code != parent);
            self.indicators.retain(|indicator| indicator.parent != parent);
        }
        if self.nodes.len() + self.indicators.len() == before {
            problems.push(
                Problem::new(
                    "index_remove_unknown",
                    format!("không có {code} để bỏ đi"),
                    format!("there is no {code} to remove"),
                )
                .at(top.place("remove")),
            );
        }
    }

    /// One change for all nodes of a level, or for all scored indicators.
    fn change_every(&mut self, section: &mut Section<'_, '_>, problems: &mut Problems) {
        let Some(level) = section.required_text("level", problems) else { return };
        section.rename(format!("[[every]] {level}"));
        if level == INDICATOR {
            let patch = IndicatorPatch::read(section, true, problems);
            for indicator in self.indicators.iter_mut().filter(|indicator| indicator.scored) {
                if let Some(changed) = patch.clone().onto(&indicator.code, Some(&*indicator), section, problems) {
                    *indicator = changed;
                }
            }
        } else {
            let patch = NodePatch::read(section, true, problems);
            if !self.nodes.iter().any(|node| node.level == level) {
                problems.push(
                    Problem::new(
                        "index_level_unknown",
                        format!("không có nút nào ở cấp {level}"),
                        format!("there is no node of level {level}"),
                    )
                    .at(section.place("level")),
                );
            }
            for node in self.nodes.iter_mut().filter(|node| node.level == level) {
                if let Some(changed) = patch.clone().onto(&node.code, Some(&*node), section, problems) {
                    *node = changed;
                }
            }
        }
        section.finish(problems);
    }

    /// Reads the code and remembers its line; a code that this file wrote before is a problem.
    fn claim_code(&mut self, section: &mut Section<'_, '_>, label: &str, problems: &mut Problems) -> Option<String> {
        let code = section.required_text("code", problems)?;
        section.rename(format!("{label} {code}"));
        if let Some(first) = self.lines.insert(code.clone(), section.line()) {
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
        Some(code)
    }
}
