//! The XML of a submission → what it says. Nothing is repaired: what cannot be read is named.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use super::attributes::most_attributes;
use super::form::{CASE_ID, DISPOSITION, ENDED, QUESTIONNAIRE, STARTED};

/// More elements than any form has; a document with more is an attack or a mistake.
const NODES_MAX: u32 = 200_000;
/// More attributes and namespaces than any element has.
const ATTRIBUTES_MAX: usize = 256;
/// Deeper than any form goes.
const DEPTH_MAX: usize = 64;
/// The longest id of an instance or of a form, in characters.
const ID_CHARS_MAX: usize = 249;
/// As in a response of our own clients.
const CASE_ID_CHARS_MAX: usize = 200;
const DISPOSITION_CHARS_MAX: usize = 40;

/// Why the XML cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Not UTF-8, not well-formed, with a document type, or without end; in the words of the parser.
    Xml(String),
    /// It does not say which form it answers, or the id is too long.
    NoFormId,
    /// It has no instance id, so that nobody could tell whether it came before.
    NoInstanceId,
}

/// What a submission says.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// The form it answers.
    pub form_id: String,
    /// The version of the form; `None` where it says none.
    pub version: Option<String>,
    /// The id of the instance, as it is written.
    pub instance_id: String,
    /// SHA-256 of the published questionnaire, as the form said it; `None` in forms of other makers.
    pub questionnaire_sha256: Option<String>,
    /// The instance that it edits.
    pub deprecated_id: Option<String>,
    /// Its answers are encrypted: then nothing else can be read.
    pub is_encrypted: bool,
    /// The case it is about; empty where it does not say.
    pub case_id: String,
    /// Outcome code; empty where it does not say.
    pub disposition: String,
    /// Start by the device's clock, as it is written.
    pub started_at: Option<String>,
    /// End by the device's clock, as it is written.
    pub ended_at: Option<String>,
    /// Question → answer, as text; sections as objects of their questions, several under one name as a list. The questionnaire
    /// says which sections repeat.
    pub answers: Map<String, Value>,
    /// Every text of the document, in NFC: names of files stand among them.
    pub texts: BTreeSet<String>,
}

impl Submission {
    /// Reads a submission.
    ///
    /// # Errors
    /// Why it cannot be taken.
    pub fn read(xml: &[u8]) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(xml).map_err(|error| Unreadable::Xml(error.to_string()))?;
        // Readers compare each attribute of an element with all others of it.
        if most_attributes(text) > ATTRIBUTES_MAX {
            return Err(Unreadable::Xml(format!("more than {ATTRIBUTES_MAX} attributes")));
        }
        // A document type could define entities that unfold without end: it is refused, not read.
        let options = ParsingOptions { nodes_limit: NODES_MAX, ..ParsingOptions::default() };
        let document =
            Document::parse_with_options(text, options).map_err(|error| Unreadable::Xml(error.to_string()))?;
        let root = document.root_element();
        let form_id = attribute(root, "id").filter(|id| is_id(id)).ok_or(Unreadable::NoFormId)?;
        let mut found = Found::default();
        found.walk(root)?;
        let instance_id = found.meta.remove("instanceID").filter(|id| is_id(id)).ok_or(Unreadable::NoInstanceId)?;
        let mut take = |name: &str| found.own.remove(name);
        Ok(Self {
            version: attribute(root, "version"),
            deprecated_id: found.meta.remove("deprecatedID").filter(|id| is_id(id)),
            is_encrypted: attribute(root, "encrypted").as_deref() == Some("yes"),
            questionnaire_sha256: take(QUESTIONNAIRE),
            case_id: take(CASE_ID).map(|text| cut(text, CASE_ID_CHARS_MAX)).unwrap_or_default(),
            disposition: take(DISPOSITION).map(|text| cut(text, DISPOSITION_CHARS_MAX)).unwrap_or_default(),
            started_at: take(STARTED),
            ended_at: take(ENDED),
            answers: found.answers,
            texts: found.texts,
            form_id,
            instance_id,
        })
    }
}

/// What is longer than any case or outcome of ours is none of them; in the body it stands as it came. An engine's index takes no more.
fn cut(text: String, chars_max: usize) -> String {
    if text.chars().count() <= chars_max { text } else { text.chars().take(chars_max - 1).chain(['…']).collect() }
}

fn is_id(text: &str) -> bool {
    (1..=ID_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn attribute(node: Node<'_, '_>, name: &str) -> Option<String> {
    let text: String = node.attribute(name)?.trim().nfc().collect();
    (!text.is_empty()).then_some(text)
}

#[derive(Default)]
struct Found {
    /// Children of `meta`, of whatever namespace: pyxform writes none, the specification has one.
    meta: BTreeMap<String, String>,
    /// Questions that this program adds to a form.
    own: BTreeMap<String, String>,
    answers: Map<String, Value>,
    texts: BTreeSet<String>,
}

impl Found {
    fn walk(&mut self, root: Node<'_, '_>) -> Result<(), Unreadable> {
        self.answers = self.section(root, 0)?;
        Ok(())
    }

    /// The answers in a section. The depth is bounded before it is gone into, so that no document is deeper than the stack.
    fn section(&mut self, section: Node<'_, '_>, depth: usize) -> Result<Map<String, Value>, Unreadable> {
        if depth >= DEPTH_MAX {
            return Err(Unreadable::Xml(format!("more than {DEPTH_MAX} levels")));
        }
        let mut answers = Map::new();
        for node in section.children().filter(Node::is_element) {
            let name: String = node.tag_name().name().nfc().collect();
            if node.children().any(|child| child.is_element()) {
                let inside = self.section(node, depth + 1)?;
                if depth == 0 && name == "meta" {
                    self.meta(&inside);
                } else if super::form::is_own(&name) {
                    // The program's own sections hold the questions; they are none.
                    inside.into_iter().for_each(|(name, value)| add(&mut answers, name, value));
                } else {
                    add(&mut answers, name, Value::Object(inside));
                }
                continue;
            }
            // Comments and CDATA split a text into several nodes.
            let text: String = node.children().filter_map(|child| child.text()).collect();
            let text: String = text.trim().nfc().collect();
            if text.is_empty() {
                continue;
            }
            self.texts.insert(text.clone());
            if super::form::is_own(&name) {
                self.own.insert(name, text);
            } else {
                add(&mut answers, name, Value::String(text));
            }
        }
        Ok(answers)
    }

    /// Children of the root's `meta`, of whatever namespace: pyxform writes none, the specification has one.
    fn meta(&mut self, meta: &Map<String, Value>) {
        for (name, value) in meta {
            if let Some(text) = value.as_str() {
                self.meta.insert(name.clone(), text.to_owned());
            }
        }
    }
}

fn add(answers: &mut Map<String, Value>, name: String, value: Value) {
    match answers.get_mut(&name) {
        None => {
            answers.insert(name, value);
        }
        Some(Value::Array(several)) => several.push(value),
        Some(one) => *one = Value::Array(vec![one.take(), value]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str) -> Result<Submission, Unreadable> {
        Submission::read(xml.as_bytes())
    }

    #[test]
    fn a_submission_says_what_it_is_about() {
        let submission = read(
            "<?xml version='1.0'?><data id=\"papi\" version=\"3\" xmlns:jr=\"http://openrosa.org/javarosa\">\
             <khs_started>2024-10-01T08:00:00.000+07:00</khs_started><khs_visit><khs_case_id>v1-1</khs_case_id></khs_visit>\
             <khs_interview><sec><a> Ho\u{323} </a><b/><c>1 2</c></sec></khs_interview>\
             <khs_disposition>1.1</khs_disposition><n>1</n><n>2</n>\
             <meta><instanceID>uuid:1</instanceID><deprecatedID>uuid:0</deprecatedID></meta></data>",
        )
        .expect("readable");
        assert_eq!((submission.form_id.as_str(), submission.version.as_deref()), ("papi", Some("3")));
        assert_eq!((submission.instance_id.as_str(), submission.deprecated_id.as_deref()), ("uuid:1", Some("uuid:0")));
        assert_eq!((submission.case_id.as_str(), submission.disposition.as_str()), ("v1-1", "1.1"));
        assert_eq!(submission.started_at.as_deref(), Some("2024-10-01T08:00:00.000+07:00"));
        let answers = serde_json::json!({"sec": {"a": "Họ", "c": "1 2"}, "n": ["1", "2"]});
        assert_eq!(Value::Object(submission.answers), answers);
        assert!(!submission.is_encrypted);
    }

    #[test]
    fn the_instance_id_is_found_in_both_namespaces() {
        for meta in [
            "<meta><instanceID>uuid:1</instanceID></meta>",
            "<orx:meta xmlns:orx=\"http://openrosa.org/xforms\"><orx:instanceID>uuid:1</orx:instanceID></orx:meta>",
        ] {
            assert_eq!(read(&format!("<d id=\"f\">{meta}</d>")).expect("readable").instance_id, "uuid:1");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(read("<d><meta><instanceID>u</instanceID></meta></d>"), Err(Unreadable::NoFormId));
        for meta in ["", "<meta/>", "<meta><instanceID/></meta>", "<meta><instanceID> </instanceID></meta>"] {
            assert_eq!(read(&format!("<d id=\"f\">{meta}</d>")), Err(Unreadable::NoInstanceId), "{meta}");
        }
        let laughs = "<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><d id=\"f\"><x>&b;</x></d>";
        let xxe = "<!DOCTYPE d [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><d id=\"f\"><x>&a;</x></d>";
        let deep = format!("<d id=\"f\">{}{}</d>", "<a>".repeat(5000), "</a>".repeat(5000));
        let wide = format!("<d id=\"f\">{}</d>", "<a/>".repeat(300_000));
        for xml in ["", "x", "<d id=\"f\">", "<d id=\"f\"><a></d>", laughs, xxe, &deep, &wide] {
            assert!(matches!(read(xml), Err(Unreadable::Xml(_))), "{}", xml.get(..60).unwrap_or(xml));
        }
        assert!(matches!(Submission::read(&[0xff, 0xfe, 0x3c, 0]), Err(Unreadable::Xml(_))));
    }
}
