//! Where every question and section is in the form, and how formulas find it from where they stand.

use std::collections::BTreeMap;

use crate::questionnaire::{Questionnaire, Step};

/// The places of a questionnaire's questions and sections.
pub(in crate::openrosa) struct Places<'q> {
    paths: BTreeMap<&'q str, String>,
    /// The paths of the repeats.
    repeats: Vec<String>,
    /// Tables whose words are the same in every language, and so stand in the table itself.
    plain_tables: Vec<&'q str>,
}

/// Where a formula stands.
#[derive(Clone, Copy)]
pub(in crate::openrosa) struct Site<'s> {
    /// The node it belongs to.
    pub(in crate::openrosa) path: &'s str,
    /// Whether it filters the items of a list, so that the node is `current()`.
    pub(in crate::openrosa) filters: bool,
}

impl<'s> Site<'s> {
    /// A formula of the node at a path.
    pub(in crate::openrosa) fn at(path: &'s str) -> Self {
        Self { path, filters: false }
    }

    /// The same inside the brackets of a list.
    pub(in crate::openrosa) fn filtering(self) -> Self {
        Self { filters: true, ..self }
    }
}

impl<'q> Places<'q> {
    /// The places below `root`.
    pub(in crate::openrosa) fn of(questionnaire: &'q Questionnaire, root: &str) -> Self {
        let (mut paths, mut repeats) = (BTreeMap::new(), Vec::new());
        let mut open: Vec<String> = vec![root.to_owned()];
        let last = |open: &[String]| open.last().cloned().unwrap_or_default();
        for step in questionnaire.steps() {
            match step {
                Step::Open(group) => {
                    let path = format!("{}/{}", last(&open), group.name);
                    if group.repeat.is_some() {
                        repeats.push(path.clone());
                    }
                    paths.insert(group.name.as_str(), path.clone());
                    open.push(path);
                }
                Step::Question(question) => {
                    paths.insert(question.name.as_str(), format!("{}/{}", last(&open), question.name));
                }
                Step::Close(_) => {
                    open.pop();
                }
            }
        }
        let lists = questionnaire.choice_lists().iter();
        let plain_tables = lists.filter(|list| super::has_one_wording(list)).map(|list| list.stem()).collect();
        Self { paths, repeats, plain_tables }
    }

    /// The absolute path; empty for a name that is not there.
    pub(in crate::openrosa) fn path(&self, name: &str) -> &str {
        self.paths.get(name).map_or("", String::as_str)
    }

    /// Whether a question or section has that name.
    pub(in crate::openrosa) fn is_known(&self, name: &str) -> bool {
        self.paths.contains_key(name)
    }

    /// Whether the words of a table stand in it as a column.
    pub(in crate::openrosa) fn has_plain_words(&self, table: &str) -> bool {
        self.plain_tables.contains(&table)
    }

    /// How a formula at a site finds a question: by a path relative to the innermost repeat that both stand in, so that the same
    /// turn is meant; otherwise from the root.
    pub(in crate::openrosa) fn reference(&self, name: &str, site: Site<'_>) -> String {
        let target = self.path(name);
        // A repeat seen from inside means all its turns, so it is reached from what is around it.
        if is_inside(site.path, target) && self.repeats.iter().any(|repeat| repeat == target) {
            let start = if site.filters { "current()/" } else { "" };
            return format!("{start}{}{name}", "../".repeat(depth(site.path) - depth(target) + 1));
        }
        match self.common_repeat(target, site) {
            None => target.to_owned(),
            Some(repeat) => {
                let start = if site.filters { "current()/" } else { "" };
                let inside = target.get(repeat.len() + 1..).unwrap_or_default();
                format!("{start}{}{inside}", "../".repeat(depth(site.path) - depth(repeat)))
            }
        }
    }

    /// The turn around a site: `..`, `../..`.
    pub(in crate::openrosa) fn turn(&self, site: Site<'_>) -> String {
        let around =
            self.repeats.iter().filter(|repeat| is_inside(site.path, repeat)).max_by_key(|repeat| repeat.len());
        let levels = around.map_or(1, |repeat| depth(site.path) - depth(repeat));
        vec![".."; levels].join("/")
    }

    fn common_repeat(&self, target: &str, site: Site<'_>) -> Option<&str> {
        let common = self.repeats.iter().filter(|repeat| is_inside(site.path, repeat) && is_inside(target, repeat));
        common.max_by_key(|repeat| repeat.len()).map(String::as_str)
    }
}

fn is_inside(path: &str, section: &str) -> bool {
    path.strip_prefix(section).is_some_and(|rest| rest.starts_with('/'))
}

fn depth(path: &str) -> usize {
    path.matches('/').count()
}
