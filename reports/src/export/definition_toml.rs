//! A definition as the text of a complete `index.toml`: what it inherits written out.

use std::fmt::Write;

use crate::index::{
    Aggregation, BelowMinimumBase, Direction, IndexDefinition, Indicator, MissingChild, Node, PartsMissing, ValueRule,
};

/// The whole definition in its own file format, without `extends`. What is frozen with a questionnaire must not hang on another
/// file, which a later version of the program may change. Read again it is the same definition under another hash.
#[must_use]
pub fn to_toml(definition: &IndexDefinition) -> String {
    let mut text = Lines(String::from("[index]\n"));
    text.words("code", definition.code());
    text.words("series", definition.series());
    if let Some(scoring) = definition.scoring() {
        text.words("scoring_vi", &scoring.vi);
        text.words("scoring_en", &scoring.en);
    }
    text.maybe("questionnaire", definition.questionnaire());
    text.words("name_vi", &definition.name().vi);
    text.words("name_en", &definition.name().en);
    text.plain("valid_from", definition.valid_from());
    if let Some(last) = definition.valid_to() {
        text.plain("valid_to", last);
    }
    text.words("source", definition.source());
    text.words("certainty", definition.certainty().code());
    if let Some(base) = definition.minimum_base() {
        text.plain("minimum_base", base);
    }
    if definition.below_minimum_base() == BelowMinimumBase::Use {
        text.words("below_minimum_base", "use");
    }
    text.words("root", definition.root());
    text.maybe("note", definition.note());
    for node in definition.nodes() {
        text.node(node);
    }
    for indicator in definition.indicators() {
        text.indicator(indicator);
    }
    text.0
}

/// A basic string of TOML: the escapes of JSON are among its own.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string().replace('\u{7f}', "\\u007F")
}

struct Lines(String);

impl Lines {
    fn words(&mut self, key: &str, value: &str) {
        self.plain(key, quoted(value));
    }

    fn maybe(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.words(key, value);
        }
    }

    fn number(&mut self, key: &str, value: f64) {
        self.plain(key, format_args!("{value:?}"));
    }

    fn plain(&mut self, key: &str, value: impl std::fmt::Display) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn list(&mut self, key: &str, values: &[String]) {
        let values = values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ");
        self.plain(key, format_args!("[{values}]"));
    }

    fn node(&mut self, node: &Node) {
        self.0.push_str("\n[[node]]\n");
        self.words("code", &node.code);
        self.maybe("parent", node.parent.as_deref());
        self.words("level", &node.level);
        self.words("name_vi", &node.name.vi);
        self.words("name_en", &node.name.en);
        let word = match node.aggregation {
            Aggregation::Sum => "sum",
            Aggregation::Mean => "mean",
            Aggregation::LinearMean { .. } => "linear_mean",
            Aggregation::Pooled => "pooled",
            Aggregation::Points => "points",
        };
        self.words("aggregation", word);
        if let Aggregation::LinearMean { a, b } = node.aggregation {
            self.number("a", a);
            self.number("b", b);
        }
        self.number("score_min", node.score_min);
        self.number("score_max", node.score_max);
        if !node.maximum_known {
            self.plain("maximum_known", false);
        }
        self.number("weight", node.weight);
        if node.missing_child == MissingChild::Drop {
            self.words("missing_child", "drop");
        }
        self.maybe("range_exception", node.range_exception.as_deref());
        self.words("certainty", node.certainty.code());
        self.maybe("source", node.source.as_deref());
        self.maybe("note", node.note.as_deref());
    }

    fn indicator(&mut self, indicator: &Indicator) {
        self.0.push_str("\n[[indicator]]\n");
        self.words("code", &indicator.code);
        self.words("parent", &indicator.parent);
        self.words("name_vi", &indicator.name.vi);
        self.words("name_en", &indicator.name.en);
        self.number("scale_min", indicator.scale_min);
        self.number("scale_max", indicator.scale_max);
        self.number("published_min", indicator.published_min);
        self.number("published_max", indicator.published_max);
        if !indicator.maximum_known {
            self.plain("maximum_known", false);
        }
        self.words("direction", if indicator.direction == Direction::Higher { "+" } else { "-" });
        if indicator.scored {
            self.number("weight", indicator.weight);
        } else {
            self.plain("scored", false);
        }
        self.words("certainty", indicator.certainty.code());
        self.maybe("note", indicator.note.as_deref());
        if let Some(rule) = &indicator.value {
            self.rule(rule);
        }
        for piece in &indicator.points {
            self.0.push_str("[[indicator.points]]\n");
            self.number("from", piece.from);
            self.number("points", piece.points);
            self.number("each", piece.each);
        }
    }

    fn rule(&mut self, rule: &ValueRule) {
        self.0.push_str("[indicator.value]\n");
        self.words("kind", rule.kind.code());
        self.list("questions", &rule.questions);
        if !rule.codes.is_empty() {
            self.list("codes", &rule.codes);
        }
        if !rule.values.is_empty() {
            let number = |(code, value): (&String, &f64)| format!("{} = {value:?}", quoted(code));
            self.plain("values", format!("{{ {} }}", rule.values.iter().map(number).collect::<Vec<_>>().join(", ")));
        }
        self.number("multiply", rule.multiply);
        if let Some(outside) = rule.not_applicable {
            self.number("not_applicable", outside);
        }
        match rule.parts_missing {
            PartsMissing::Missing => {}
            PartsMissing::Zero => self.words("parts_missing", "zero"),
            PartsMissing::Valid => self.words("parts_missing", "valid"),
        }
    }
}
