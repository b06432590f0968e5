//! From answers to tables that may be published: counted, protected as one set, and only then estimated.

use std::collections::{BTreeMap, BTreeSet};

use estimation::disclosure::{Cell, CrossTable, DisclosureRules, Protected, TableSet, Variable};
use estimation::request::{Entry, Request};
use estimation::small_cells::Action;
use estimation::table::Table;
use problem::{Place, Problem, Problems, Words};
use serde_json::json;

use super::coded::{Coded, Spoken};
use super::document::{Hidden, PublishedCell, PublishedTable, rounded};
use super::released::{Released, earlier_choices, inner_key, margin_key};
use super::{Choice, QUESTIONS_MAX};
use crate::analysis::inquiry::{design_columns, design_of, variable};

/// Tables that may be published, and what has to be remembered of them.
pub struct Prepared {
    /// The tables.
    pub tables: Vec<PublishedTable>,
    /// Whose answers they tell.
    pub released: Released,
}

/// The tables of a choice, protected as one set together with what was published before.
///
/// # Errors
/// `publication_question`, `publication_questions`: what cannot be a table; `publication_difference`: few people differ from an
/// earlier publication; those of [`TableSet`].
pub fn prepare(
    data: Spoken<'_>,
    choice: &Choice,
    rules: DisclosureRules,
    earlier: &[Released],
) -> Result<Prepared, Problems> {
    if choice.questions.len() > QUESTIONS_MAX {
        return Err(Problem::new("publication_questions", "chọn quá nhiều câu hỏi", "too many questions are chosen")
            .expected(format!("≤ {QUESTIONS_MAX}"))
            .got(choice.questions.len().to_string())
            .into());
    }
    let people = data.people()?;
    let mut set = Gathered::default();
    let blank = Released { choice: choice.clone(), people: cases(data, &people)?, cells: BTreeMap::new() };
    set.add(data, choice, &people)?;
    let n_new = set.crosses.len();
    for old in earlier_choices(earlier, &blank) {
        set.add(data, old, &people)?;
    }
    let tables = set.counted(people.len())?;
    // What the reader of an earlier publication knows of these people; of all cells, whoever was shown them.
    let all = set.released(&blank, |_| true);
    let known: BTreeSet<Cell> = set
        .keys()
        .into_iter()
        .filter(|(_, key)| earlier.iter().any(|old| old.shares_people_with(&all) && old.has_same_cell(&all, key)))
        .map(|(cell, _)| cell)
        .collect();
    let protected = tables.protect(rules, &known)?;
    let wanted = set.of_choice(data, choice, &people)?;
    let is_new = |cell: Cell| match cell {
        Cell::Margin { variable, .. } => wanted.contains(&set.variables[variable].name),
        Cell::Inner { table, .. } => table < n_new,
    };
    let released = set.released(&blank, |cell| is_new(cell) && protected.of(cell).is_shown());
    let mut problems = Problems::none();
    earlier.iter().for_each(|old| problems.extend(old.differences(&released, rules)));
    problems.into_result(())?;
    let estimated = Estimated::new(data, &people, &set, choice)?;
    let tables = set.published(data, choice, &people, &protected, &estimated)?;
    Ok(Prepared { tables, released })
}

/// The cases of the rows that count.
fn cases(data: Spoken<'_>, people: &[usize]) -> Result<Vec<String>, Problem> {
    let column = &variable(data.vi, "case_id")?.column;
    let mut cases: Vec<String> = people.iter().filter_map(|row| column.label(*row)).collect();
    cases.sort();
    Ok(cases)
}

/// Variables and pairs of them, each once.
#[derive(Default)]
struct Gathered {
    variables: Vec<Coded>,
    crosses: Vec<(usize, usize)>,
    /// The place of each person among the sorted cases.
    place: Vec<u32>,
}

impl Gathered {
    fn add(&mut self, data: Spoken<'_>, choice: &Choice, people: &[usize]) -> Result<(), Problems> {
        let mut problems = Problems::none();
        let mut questions = Vec::new();
        for name in &choice.questions {
            match data.question(name, people) {
                Ok(coded) => questions.extend(coded),
                Err(told) => problems.extend(told),
            }
        }
        let by = choice.by.as_deref().map(|name| data.group(name, people)).transpose();
        match by {
            Ok(Some(by)) => {
                let row = self.place_of(by);
                for question in questions {
                    let col = self.place_of(question);
                    if col != row && !self.crosses.contains(&(row, col)) {
                        self.crosses.push((row, col));
                    }
                }
            }
            Ok(None) => questions.into_iter().for_each(|question| {
                self.place_of(question);
            }),
            Err(problem) => problems.push(problem),
        }
        if self.place.is_empty() {
            let column = &variable(data.vi, "case_id")?.column;
            let mut order: Vec<(Option<String>, usize)> =
                people.iter().enumerate().map(|(at, row)| (column.label(*row), at)).collect();
            order.sort();
            self.place = vec![0; people.len()];
            for (place, (_, at)) in (0_u32..).zip(order) {
                self.place[at] = place;
            }
        }
        problems.into_result(())
    }

    fn place_of(&mut self, coded: Coded) -> usize {
        match self.variables.iter().position(|known| known.name == coded.name) {
            Some(known) => known,
            None => {
                self.variables.push(coded);
                self.variables.len() - 1
            }
        }
    }

    /// The names of the variables that a choice shows.
    fn of_choice(&self, data: Spoken<'_>, choice: &Choice, people: &[usize]) -> Result<BTreeSet<String>, Problems> {
        let mut names = BTreeSet::new();
        for name in &choice.questions {
            names.extend(data.question(name, people)?.into_iter().map(|coded| coded.name));
        }
        names.extend(choice.by.clone());
        Ok(names)
    }

    /// Categories that nobody is in are no cells of the questionnaire's making only: they stay, and are hidden.
    fn counted(&self, n: usize) -> Result<TableSet, Problems> {
        let variables =
            self.variables.iter().map(|one| Variable { name: one.name.clone(), counts: one.counts() }).collect();
        let crosses = self.crosses.iter().map(|&(row, col)| {
            let (rows, cols) = (&self.variables[row], &self.variables[col]);
            let mut counts = vec![vec![0; cols.categories.len()]; rows.categories.len()];
            for (a, b) in rows.of_person.iter().zip(&cols.of_person) {
                counts[*a][*b] += 1;
            }
            CrossTable { row, col, counts }
        });
        TableSet::new(n, variables, crosses.collect())
    }

    /// All cells with their names.
    fn keys(&self) -> Vec<(Cell, String)> {
        let mut keys = Vec::new();
        for (variable, one) in self.variables.iter().enumerate() {
            for (category, told) in one.categories.iter().enumerate() {
                keys.push((Cell::Margin { variable, category }, margin_key(&one.name, &told.code)));
            }
        }
        for (table, &(a, b)) in self.crosses.iter().enumerate() {
            let (rows, cols) = (&self.variables[a], &self.variables[b]);
            for (row, of_row) in rows.categories.iter().enumerate() {
                for (col, of_col) in cols.categories.iter().enumerate() {
                    let key = inner_key((&rows.name, &of_row.code), (&cols.name, &of_col.code));
                    keys.push((Cell::Inner { table, row, col }, key));
                }
            }
        }
        keys
    }

    /// Whose answers stand in the cells.
    fn released(&self, blank: &Released, is_shown: impl Fn(Cell) -> bool) -> Released {
        let mut released = blank.clone();
        for (cell, key) in self.keys().into_iter().filter(|(cell, _)| is_shown(*cell)) {
            let is_in = |person: usize| match cell {
                Cell::Margin { variable, category } => self.variables[variable].of_person[person] == category,
                Cell::Inner { table, row, col } => {
                    let (a, b) = self.crosses[table];
                    self.variables[a].of_person[person] == row && self.variables[b].of_person[person] == col
                }
            };
            let mut places: Vec<u32> =
                (0..self.place.len()).filter(|person| is_in(*person)).map(|person| self.place[person]).collect();
            places.sort_unstable();
            released.cells.insert(key, places);
        }
        released
    }

    fn published(
        &self,
        data: Spoken<'_>,
        choice: &Choice,
        people: &[usize],
        protected: &Protected,
        estimated: &Estimated,
    ) -> Result<Vec<PublishedTable>, Problems> {
        let place = |name: &str| self.variables.iter().position(|one| one.name == name);
        let by = choice.by.as_deref().and_then(place);
        let mut tables = Vec::new();
        for question in &choice.questions {
            let columns = data.question(question, people)?;
            let places: Vec<usize> = columns.iter().filter_map(|coded| place(&coded.name)).collect();
            let label = columns.first().map_or_else(|| Words::from(question), |coded| coded.label.clone());
            let table = |by: Option<usize>| PublishedTable {
                question: question.clone(),
                label: label.clone(),
                by: by.map(|by| self.variables[by].name.clone()),
                by_label: by.map(|by| self.variables[by].label.clone()),
                cells: Vec::new(),
            };
            let mut of_all = table(None);
            for &variable in &places {
                for (category, _) in self.told(variable) {
                    let treatment = protected.of(Cell::Margin { variable, category });
                    of_all.cells.push(self.cell(None, (variable, category), treatment.is_shown(), estimated));
                }
            }
            tables.push(of_all);
            let Some(by) = by.filter(|by| !places.contains(by)) else { continue };
            let mut crossed = table(Some(by));
            for (row, _) in self.variables[by].categories.iter().enumerate() {
                for &variable in &places {
                    let cross = self.crosses.iter().position(|pair| *pair == (by, variable));
                    for (col, _) in self.told(variable) {
                        let is_shown =
                            cross.is_some_and(|table| protected.of(Cell::Inner { table, row, col }).is_shown());
                        crossed.cells.push(self.cell(Some((by, row)), (variable, col), is_shown, estimated));
                    }
                }
            }
            tables.push(crossed);
        }
        Ok(tables)
    }

    fn told(&self, variable: usize) -> impl Iterator<Item = (usize, &super::coded::Category)> {
        self.variables[variable].categories.iter().enumerate().filter(|(_, category)| category.is_told)
    }

    fn cell(
        &self,
        group: Option<(usize, usize)>,
        (variable, category): (usize, usize),
        is_shown: bool,
        estimated: &Estimated,
    ) -> PublishedCell {
        let group = group.map(|(variable, category)| &self.variables[variable].categories[category]);
        let (coded, answer) = (&self.variables[variable], &self.variables[variable].categories[category]);
        let group_code = group.map(|group| group.code.clone()).unwrap_or_default();
        let key = (coded.name.clone(), group_code.clone(), answer.code.clone());
        let found = estimated.0.get(&key);
        let (share, hidden) = match (is_shown, found) {
            (false, _) => (None, Some(Hidden::Disclosure)),
            (true, Some(Share::Shown(share))) => (Some(share), None),
            (true, Some(Share::Imprecise)) => (None, Some(Hidden::Precision)),
            (true, Some(Share::Missing) | None) => (None, Some(Hidden::NotComputed)),
        };
        PublishedCell {
            group: group_code,
            group_label: group.map_or_else(|| Words::new("Tất cả", "Everybody"), |group| group.label.clone()),
            variable: coded.name.clone(),
            answer: answer.code.clone(),
            answer_label: answer.label.clone(),
            share: share.and_then(|share| rounded(share[0], 3)),
            lower: share.and_then(|share| rounded(share[1], 3)),
            upper: share.and_then(|share| rounded(share[2], 3)),
            hidden,
        }
    }
}

enum Share {
    /// Share, lower and upper limit.
    Shown([Option<f64>; 3]),
    Imprecise,
    Missing,
}

/// Shares by variable, group (empty for everybody) and answer.
struct Estimated(BTreeMap<(String, String, String), Share>);

impl Estimated {
    fn new(data: Spoken<'_>, people: &[usize], set: &Gathered, choice: &Choice) -> Result<Self, Problems> {
        let mut table = Table::new();
        let n_rows = variable(data.vi, "weight")?.column.len();
        // Names of the design are not those of questions.
        for name in design_columns(data.vi) {
            table.insert(format!("design {name}"), variable(data.vi, name)?.column.clone())?;
        }
        for coded in &set.variables {
            table.insert(coded.name.clone(), coded.column(people, n_rows))?;
        }
        let mut shares = BTreeMap::new();
        for coded in &set.variables {
            let is_asked = |(category, _): &(usize, &usize)| coded.categories[*category].is_told;
            let counts = coded.counts();
            let events: Vec<&str> = counts
                .iter()
                .enumerate()
                .filter(is_asked)
                .filter(|(_, count)| **count > 0)
                .map(|(category, _)| coded.categories[category].code.as_str())
                .collect();
            let groups = choice.by.as_deref().filter(|by| *by != coded.name);
            for by in [None, groups].into_iter().take(1 + usize::from(groups.is_some())) {
                let request = json!({
                    "data": "publication",
                    "design": design_of(data.vi, "design "),
                    "estimand": {
                        "kind": "proportion_ci", "vars": [coded.name], "event": events, "methods": ["logit"],
                        "by": by.into_iter().collect::<Vec<_>>(), "small_cells": true,
                    },
                });
                if events.is_empty() {
                    continue;
                }
                for entry in Request::parse(&request.to_string())?.run(&table)?.estimates {
                    let Entry::Proportion(row) = entry else { continue };
                    let group = row.domain.first().map(|(_, label)| label.text()).unwrap_or_default();
                    let is_hidden = row.small_cell.as_ref().is_some_and(|cell| cell.flag == Action::Hide);
                    let share = match (is_hidden, row.est) {
                        (true, _) => Share::Imprecise,
                        (false, Some(_)) => Share::Shown([row.est, row.ci[0], row.ci[1]]),
                        (false, None) => Share::Missing,
                    };
                    shares.insert((coded.name.clone(), group, row.event.text()), share);
                }
            }
        }
        if shares.is_empty() && !set.variables.is_empty() {
            return Err(Problem::new("publication_question", "không tính được bảng nào", "no table could be computed")
                .at(Place::column("questions"))
                .into());
        }
        Ok(Self(shares))
    }
}
