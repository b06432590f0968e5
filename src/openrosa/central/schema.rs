//! The fields of a form as its submissions have them: where each stands, what it holds.

use crate::openrosa::form::{CASE_ID, DISPOSITION, ENDED, QUESTIONNAIRE, STARTED};
use crate::questionnaire::{Question, QuestionKind, Questionnaire, Step};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A whole number.
    Int,
    /// A number.
    Decimal,
    /// A text, also the code of a choice.
    Text,
    /// Codes of choices, separated by blanks.
    Several,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A moment.
    DateTime,
    /// A position.
    Geopoint,
    /// A line.
    Geotrace,
    /// An area.
    Geoshape,
    /// The name of a file that comes with it.
    File,
}

impl FieldKind {
    /// The type in the form's own words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Decimal => "decimal",
            Self::Text | Self::Several => "string",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "dateTime",
            Self::Geopoint => "geopoint",
            Self::Geotrace => "geotrace",
            Self::Geoshape => "geoshape",
            Self::File => "binary",
        }
    }

    fn of(question: &Question) -> Self {
        match question.kind {
            QuestionKind::Integer => Self::Int,
            QuestionKind::Range => match question.parameters.as_deref() {
                Some(parameters) if parameters.contains('.') => Self::Decimal,
                _ => Self::Int,
            },
            QuestionKind::Decimal => Self::Decimal,
            QuestionKind::Date | QuestionKind::Today => Self::Date,
            QuestionKind::Time => Self::Time,
            QuestionKind::DateTime | QuestionKind::Start | QuestionKind::End => Self::DateTime,
            QuestionKind::SelectMultiple(_) | QuestionKind::Rank(_) => Self::Several,
            QuestionKind::Geopoint => Self::Geopoint,
            QuestionKind::Geotrace => Self::Geotrace,
            QuestionKind::Geoshape => Self::Geoshape,
            QuestionKind::Image | QuestionKind::Audio | QuestionKind::Video | QuestionKind::File => Self::File,
            _ => Self::Text,
        }
    }
}

/// A place in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// What is there.
    pub content: Content,
}

/// What is at a place in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A value.
    Field(FieldKind),
    /// A section.
    Section(Vec<Node>),
    /// A section that is gone through several times.
    Repeat(Vec<Node>),
}

/// A form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The form, the same in all its versions.
    pub form_id: String,
    /// Its version.
    pub version: String,
    /// What stands in it.
    pub nodes: Vec<Node>,
}

/// A place and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<'a> {
    /// The names from the top, its own last.
    pub path: Vec<&'a str>,
    /// The place.
    pub node: &'a Node,
}

impl Schema {
    /// The form of a questionnaire as it is given to Collect; without `identifying`, fields that can tell a person are not in it.
    #[must_use]
    pub fn of(questionnaire: &Questionnaire, identifying: bool) -> Self {
        let mut open: Vec<(String, bool, Vec<Node>)> = vec![("khs_interview".to_owned(), false, Vec::new())];
        for step in questionnaire.steps() {
            match step {
                Step::Open(group) => open.push((group.name.clone(), group.repeat.is_some(), Vec::new())),
                Step::Question(question) => {
                    let is_shown =
                        question.kind.has_answer() && (identifying || !questionnaire.can_tell_a_person(question));
                    if is_shown && let Some((.., nodes)) = open.last_mut() {
                        nodes.push(field(&question.name, FieldKind::of(question)));
                    }
                }
                Step::Close(_) => close(&mut open),
            }
        }
        let questions = open.pop().map(|(.., nodes)| nodes).unwrap_or_default();
        Self {
            form_id: questionnaire.id().to_owned(),
            version: questionnaire.version().to_owned(),
            nodes: vec![
                field(STARTED, FieldKind::DateTime),
                field(ENDED, FieldKind::DateTime),
                field(QUESTIONNAIRE, FieldKind::Text),
                section("khs_visit", vec![field(CASE_ID, FieldKind::Text)]),
                section("khs_interview", questions),
                field(DISPOSITION, FieldKind::Text),
                section("meta", vec![field("instanceID", FieldKind::Text)]),
            ],
        }
    }

    /// Every place, each section before what stands in it.
    #[must_use]
    pub fn located(&self) -> Vec<Located<'_>> {
        let mut found = Vec::new();
        walk(&self.nodes, &[], &mut found);
        found
    }

    /// The path of each repeat.
    #[must_use]
    pub fn repeats(&self) -> Vec<Vec<&str>> {
        let is_repeat = |one: &Located<'_>| matches!(one.node.content, Content::Repeat(_));
        self.located().into_iter().filter(is_repeat).map(|one| one.path).collect()
    }
}

fn field(name: &str, kind: FieldKind) -> Node {
    Node { name: name.to_owned(), content: Content::Field(kind) }
}

fn section(name: &str, nodes: Vec<Node>) -> Node {
    Node { name: name.to_owned(), content: Content::Section(nodes) }
}

fn close(open: &mut Vec<(String, bool, Vec<Node>)>) {
    if let Some((name, repeats, nodes)) = open.pop()
        && let Some((.., around)) = open.last_mut()
    {
        let content = if repeats { Content::Repeat(nodes) } else { Content::Section(nodes) };
        around.push(Node { name, content });
    }
}

fn walk<'a>(nodes: &'a [Node], around: &[&'a str], found: &mut Vec<Located<'a>>) {
    for node in nodes {
        let path: Vec<&str> = around.iter().copied().chain([node.name.as_str()]).collect();
        found.push(Located { path: path.clone(), node });
        if let Content::Section(inside) | Content::Repeat(inside) = &node.content {
            walk(inside, &path, found);
        }
    }
}
