//! Repeats: which questions are put once for each turn, and how the turns of an interview hang together.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::Questionnaire;
use super::model::{Draft, Question};

/// The most turns of one repeat in an interview that are looked at; more are kept as they came and told.
pub(super) const MAX_TURNS: usize = 2_000;

/// Where questions stand: a scope is a repeat, by its position in [`Draft::groups`], or the interview itself.
pub trait Scopes {
    /// The innermost repeat of a section and those around it, itself included.
    fn scope_of_group(&self, group: Option<usize>) -> Option<usize>;
    /// The repeats around a scope and itself, outermost first.
    fn scope_chain(&self, scope: Option<usize>) -> Vec<usize>;
    /// The position of a section by its name.
    fn group_position(&self, name: &str) -> Option<usize>;
    /// The repeat around a repeat.
    fn scope_around(&self, repeat: usize) -> Option<usize>;
}

impl Scopes for Draft {
    fn scope_of_group(&self, group: Option<usize>) -> Option<usize> {
        let mut inside = group;
        while let Some(index) = inside {
            if self.groups[index].repeat.is_some() {
                return Some(index);
            }
            inside = self.groups[index].parent;
        }
        None
    }

    fn scope_chain(&self, scope: Option<usize>) -> Vec<usize> {
        let mut chain = Vec::new();
        let mut inside = scope;
        while let Some(repeat) = inside {
            chain.push(repeat);
            inside = self.scope_around(repeat);
        }
        chain.reverse();
        chain
    }

    fn group_position(&self, name: &str) -> Option<usize> {
        self.groups.iter().position(|group| group.name == name)
    }

    fn scope_around(&self, repeat: usize) -> Option<usize> {
        self.scope_of_group(self.groups[repeat].parent)
    }
}

impl Questionnaire {
    /// Whether a question is put once for each turn of a repeat.
    #[must_use]
    pub fn is_repeated(&self, question: &Question) -> bool {
        self.draft().scope_of_group(question.group).is_some()
    }

    /// The answers outside repeats by question, whichever sections the sender put around them.
    #[must_use]
    pub fn outside_repeats<'a>(&self, answers: &'a Map<String, Json>) -> Cow<'a, Map<String, Json>> {
        if !answers.values().any(Json::is_object) {
            return Cow::Borrowed(answers);
        }
        let received = Received::sorted(self.draft(), self.positions(), answers);
        let outside = received.answers.get(&None).and_then(|instances| instances.first());
        let owned = |(name, answer): (&&str, &&Json)| ((*name).to_owned(), (*answer).clone());
        Cow::Owned(outside.into_iter().flatten().map(owned).collect())
    }

    /// The answers as they came, each turn of a repeat in its place, whichever sections the sender put around them. What no question
    /// has is not in it.
    #[must_use]
    pub fn arranged<'a>(&'a self, answers: &'a Map<String, Json>) -> Arranged<'a> {
        let received = Received::sorted(self.draft(), self.positions(), answers);
        received.arranged(self.draft(), None, 0)
    }
}

/// Answers as they came, with the turns of repeats.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arranged<'a> {
    /// By question.
    pub answers: BTreeMap<&'a str, &'a Json>,
    /// By repeat, in the order of its turns.
    pub turns: BTreeMap<&'a str, Vec<Self>>,
}

/// The turns of an interview: of each repeat, the turn of the repeat around it in which each turn stands (0 where there is none).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Turns(BTreeMap<usize, Vec<usize>>);

impl Turns {
    /// How many instances a scope has.
    pub(super) fn count(&self, scope: Option<usize>) -> usize {
        scope.map_or(1, |repeat| self.0.get(&repeat).map_or(0, Vec::len))
    }

    /// The instance of the scope around in which a turn stands.
    pub(super) fn parent(&self, repeat: usize, turn: usize) -> usize {
        self.0.get(&repeat).and_then(|parents| parents.get(turn)).copied().unwrap_or(0)
    }

    /// The turns of a repeat inside one instance of the scope around it.
    pub(super) fn inside(&self, repeat: usize, parent: usize) -> impl Iterator<Item = usize> + '_ {
        let parents = self.0.get(&repeat).map(Vec::as_slice).unwrap_or_default();
        parents.iter().enumerate().filter(move |(_, known)| **known == parent).map(|(turn, _)| turn)
    }

    /// The number of a turn among those of the same parent, from 1.
    pub(super) fn number(&self, repeat: usize, turn: usize) -> usize {
        self.inside(repeat, self.parent(repeat, turn)).take_while(|other| *other <= turn).count()
    }

    /// The instance at `levels` scopes further out.
    pub(super) fn climb(&self, chain: &[usize], turn: usize, levels: usize) -> usize {
        chain.iter().rev().take(levels).fold(turn, |turn, repeat| self.parent(*repeat, turn))
    }

    /// A turn as people read it: `member[2]`, `house[1]/member[2]`.
    pub(super) fn words(&self, draft: &Draft, scope: Option<usize>, turn: usize) -> String {
        let chain = draft.scope_chain(scope);
        let parts = chain.iter().enumerate().map(|(level, repeat)| {
            let turn = self.climb(&chain, turn, chain.len() - 1 - level);
            format!("{}[{}]", draft.groups[*repeat].name, self.number(*repeat, turn))
        });
        parts.collect::<Vec<_>>().join("/")
    }
}

/// The answers of an interview as they came, sorted into the scopes of the questionnaire.
#[derive(Default)]
pub(super) struct Received<'a> {
    pub(super) turns: Turns,
    /// By scope and instance: answers by question name.
    answers: BTreeMap<Option<usize>, Vec<BTreeMap<&'a str, &'a Json>>>,
    /// Names that no question has where they stand.
    pub(super) unknown: Vec<(String, &'a Json)>,
    /// Repeats with more turns than are looked at.
    pub(super) too_many: Vec<usize>,
}

impl<'a> Received<'a> {
    /// Sorts answers: a repeat is an array of objects, or one object; any other object is a section and may as well be left out.
    pub(super) fn sorted(draft: &Draft, positions: &BTreeMap<String, usize>, answers: &'a Map<String, Json>) -> Self {
        let mut found = Self::default();
        found.answers.insert(None, vec![BTreeMap::new()]);
        found.take(draft, positions, None, 0, answers);
        found
    }

    /// The answer to a question in an instance of its scope.
    pub(super) fn answer(&self, scope: Option<usize>, instance: usize, name: &str) -> Option<&'a Json> {
        self.answers.get(&scope)?.get(instance)?.get(name).copied()
    }

    fn arranged(&self, draft: &'a Draft, scope: Option<usize>, instance: usize) -> Arranged<'a> {
        let answers = self.answers.get(&scope).and_then(|all| all.get(instance)).cloned().unwrap_or_default();
        let repeats = (0..draft.groups.len())
            .filter(|group| draft.groups[*group].repeat.is_some() && draft.scope_around(*group) == scope);
        let turns = repeats.map(|repeat| {
            let turns = self.turns.inside(repeat, instance).map(|turn| self.arranged(draft, Some(repeat), turn));
            (draft.groups[repeat].name.as_str(), turns.collect())
        });
        Arranged { answers, turns: turns.collect() }
    }

    fn take(
        &mut self,
        draft: &Draft,
        positions: &BTreeMap<String, usize>,
        scope: Option<usize>,
        instance: usize,
        answers: &'a Map<String, Json>,
    ) {
        for (name, value) in answers {
            let question = positions.get(name).map(|position| &draft.questions[*position]);
            if let Some(question) = question.filter(|_| !value.is_array() && !value.is_object())
                && draft.scope_of_group(question.group) == scope
                && let Some(here) = self.answers.get_mut(&scope).and_then(|all| all.get_mut(instance))
            {
                here.insert(name, value);
                continue;
            }
            let repeat = draft.group_position(name).filter(|group| draft.groups[*group].repeat.is_some());
            if let Some(repeat) = repeat.filter(|repeat| draft.scope_around(*repeat) == scope)
                && let Some(turns) = objects(value)
            {
                let room = MAX_TURNS.saturating_sub(self.turns.count(Some(repeat)));
                if turns.len() > room {
                    self.too_many.push(repeat);
                }
                for turn in turns.into_iter().take(room) {
                    let parents = self.turns.0.entry(repeat).or_default();
                    parents.push(instance);
                    let number = parents.len() - 1;
                    self.answers.entry(Some(repeat)).or_default().push(BTreeMap::new());
                    self.take(draft, positions, Some(repeat), number, turn);
                }
                continue;
            }
            match (question, value) {
                (Some(question), _) if draft.scope_of_group(question.group) == scope => {
                    if let Some(here) = self.answers.get_mut(&scope).and_then(|all| all.get_mut(instance)) {
                        here.insert(name, value);
                    }
                }
                (None, Json::Object(section)) if repeat.is_none() => {
                    self.take(draft, positions, scope, instance, section);
                }
                _ => self.unknown.push((name.clone(), value)),
            }
        }
    }
}

/// The turns in a value: an array of objects, or one object.
fn objects(value: &Json) -> Option<Vec<&Map<String, Json>>> {
    match value {
        Json::Object(turn) => Some(vec![turn]),
        Json::Array(turns) => turns.iter().map(Json::as_object).collect(),
        _ => None,
    }
}
