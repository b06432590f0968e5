//! What analysts ask of a round's answers: a question, two questions against each other, a question between groups.
//!
//! Each becomes a request document of the `estimation` crate over the very columns that an export gives away. So the page, the
//! API, the CSV and the code in R say the same, and none of them computes anything by itself.

mod lines;
mod variables;

use estimation::request::{Answer, Program, Request};
use estimation::table::{Cells, Column, Table};
use problem::{Place, Problem, Problems};
use reports::export::data::{DataSet, Kind, MissingMark, Variable, missing_mark};
use serde::Serialize;
use serde_json::{Value, json};

pub use lines::{Line, Part, to_csv};
pub use variables::{Asked, groups, questions};

/// So many groups are compared with each other; their pairs are a family of tests.
pub const GROUPS_MAX: usize = 12;

/// What is asked. Variables by their names in the export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ask {
    /// The distribution of a question, of everybody or of each group.
    Question {
        /// The question: a variable, or the name of a question with several choices.
        var: String,
        /// The variable that makes the groups.
        by: Option<String>,
    },
    /// Two questions against each other.
    CrossTable {
        /// Down the side.
        row: String,
        /// Across the top.
        col: String,
    },
    /// A number, or the share of one answer, between groups: every pair.
    Groups {
        /// The question.
        var: String,
        /// The answer whose share is compared; a number has none.
        value: Option<String>,
        /// The variable that makes the groups.
        by: String,
    },
}

/// A column that the export does not hold: 1 where a question has one answer, 0 where it has another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Derived {
    /// Its name.
    pub name: String,
    /// The question.
    pub var: String,
    /// The answer.
    pub equals: String,
}

/// A request with its answer.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The document, as `khaosat estimate` takes it.
    pub request: Value,
    /// The column that it needs beside those of the export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived: Option<Derived>,
    /// What came out.
    pub answer: Answer,
    /// The same in R, package `survey`.
    pub r: String,
}

/// Interviews without a usable answer, by reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoAnswer {
    /// The variable.
    pub var: String,
    /// The code in the export; `None`: due, and never came.
    pub code: Option<i32>,
    /// How many interviews (unweighted).
    pub n: usize,
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was asked.
    pub ask: Ask,
    /// Interviews with a weight above zero.
    pub n_interviews: usize,
    /// The requests that were carried out.
    pub steps: Vec<Step>,
    /// Interviews without an answer.
    pub no_answer: Vec<NoAnswer>,
    /// The estimates, one a line: what pages and CSV show.
    #[serde(skip)]
    pub lines: Vec<Line>,
}

impl Ask {
    /// What the fields of an address ask; `None` while they ask nothing.
    #[must_use]
    pub fn of(field: impl Fn(&str) -> Option<String>) -> Option<Self> {
        match (field("row"), field("col"), field("question")) {
            (Some(row), Some(col), _) => Some(Self::CrossTable { row, col }),
            (_, _, Some(var)) => Some(match field("groups") {
                Some(by) => Self::Groups { var, value: field("value"), by },
                None => Self::Question { var, by: field("by") },
            }),
            _ => None,
        }
    }

    /// Asks the data. `file` is the name of the exported CSV, for the code in R.
    ///
    /// # Errors
    /// `inquiry_variable`: no such variable, or one that cannot be asked in this way; `inquiry_groups`: more than
    /// [`GROUPS_MAX`]; `inquiry_no_weights`; those of the request.
    pub fn put(&self, data: &DataSet, file: &str) -> Result<Finding, Problems> {
        let names = self.columns(data)?;
        let (mut table, n_interviews) = table(data, &names)?;
        let mut steps = Vec::new();
        for (estimand, derived) in self.estimands(data, &names)? {
            if let Some(derived) = &derived {
                insert_derived(&mut table, derived)?;
            }
            steps.push(carry_out(&estimand, derived, data, &table, file)?);
        }
        let no_answer = self.questions(&names).iter().flat_map(|name| no_answer(data, name)).collect();
        let lines = lines::of(self, data, &steps);
        Ok(Finding { ask: self.clone(), n_interviews, steps, no_answer, lines })
    }

    /// The names of the columns that are needed: those of the question first.
    fn columns(&self, data: &DataSet) -> Result<Vec<String>, Problems> {
        let mut problems = Problems::none();
        let (questions, by) = match self {
            Self::Question { var, by } => (vec![var], by.as_ref()),
            Self::CrossTable { row, col } => (vec![row, col], None),
            Self::Groups { var, by, .. } => (vec![var], Some(by)),
        };
        let mut names = Vec::new();
        let is_cross = matches!(self, Self::CrossTable { .. });
        for name in questions {
            // Of a cross table both sides are groups.
            let asked = if is_cross { variables::group(data, name) } else { variables::question(data, name) };
            match asked {
                Some(asked) => names.extend(asked.columns.iter().map(|one| (*one).to_owned())),
                None => problems.push(unknown(name)),
            }
        }
        if let Some(by) = by {
            match variables::group(data, by) {
                Some(_) => names.push(by.clone()),
                None => problems.push(unknown(by)),
            }
        }
        if let Self::CrossTable { row, col } = self
            && row == col
        {
            problems.push(
                Problem::new("inquiry_variable", "cần hai câu hỏi khác nhau", "two different questions are needed")
                    .at(Place::column(col.clone())),
            );
        }
        problems.into_result(names)
    }

    /// Of the columns, those of the question.
    fn questions<'a>(&self, names: &'a [String]) -> &'a [String] {
        let n_groups = match self {
            Self::Question { by, .. } => usize::from(by.is_some()),
            Self::CrossTable { .. } => 0,
            Self::Groups { .. } => 1,
        };
        &names[..names.len().saturating_sub(n_groups)]
    }

    /// The estimands, each with the column it needs beside those of the export.
    fn estimands(&self, data: &DataSet, names: &[String]) -> Result<Vec<(Value, Option<Derived>)>, Problems> {
        let vars = self.questions(names);
        Ok(match self {
            Self::Question { by, .. } => {
                let by: Vec<&String> = by.iter().collect();
                let first = variable(data, &vars[0])?;
                let estimand = if first.multiple.is_some() {
                    json!({ "kind": "proportion_ci", "vars": vars, "event": "1", "methods": ["logit"], "by": by, "small_cells": true })
                } else if first.kind == Kind::Number {
                    json!({ "kind": "mean", "vars": vars, "by": by, "deff": "replace", "small_cells": true })
                } else {
                    let codes: Vec<&String> = first.categories().iter().map(|category| &category.code).collect();
                    json!({ "kind": "proportion_ci", "vars": vars, "event": codes, "methods": ["logit"], "by": by, "small_cells": true })
                };
                vec![(estimand, None)]
            }
            Self::CrossTable { row, col } => {
                vec![(json!({ "kind": "cross_table", "row": row, "col": col, "small_cells": true }), None)]
            }
            Self::Groups { var, value, by } => {
                let question = variable(data, var)?;
                let n_groups = variables::n_used(data, by);
                if n_groups > GROUPS_MAX {
                    return Err(too_many(by, n_groups).into());
                }
                let derived = derived(data, question, value.as_deref())?;
                let y = derived.as_ref().map_or(var, |derived| &derived.name);
                let of_groups = match &derived {
                    Some(Derived { equals, .. }) => {
                        json!({ "kind": "proportion_ci", "vars": [var], "event": equals, "methods": ["logit"], "by": [by], "small_cells": true })
                    }
                    None => {
                        json!({ "kind": "mean", "vars": [var], "by": [by], "deff": "replace", "small_cells": true })
                    }
                };
                let pairs = json!({ "kind": "tests", "y": y, "g": by });
                vec![(of_groups, None), (pairs, derived)]
            }
        })
    }
}

/// The 0/1 column of one answer; a number is compared as it is.
fn derived(data: &DataSet, question: &Variable, value: Option<&str>) -> Result<Option<Derived>, Problem> {
    if question.kind == Kind::Number {
        return Ok(None);
    }
    let value = value.or(question.multiple.as_ref().map(|_| "1"));
    let known = question.categories().iter().find(|category| Some(category.code.as_str()) == value);
    let Some(known) = known else {
        let codes: Vec<&str> = question.categories().iter().map(|category| category.code.as_str()).collect();
        return Err(Problem::new(
            "inquiry_variable",
            "hãy chọn câu trả lời để so sánh tỷ lệ",
            "name the answer whose share is compared",
        )
        .at(Place::column(question.name.clone()))
        .expected(codes.join(", "))
        .got(value.unwrap_or_default()));
    };
    let mut name = format!("{}_is_{}", question.name, known.code);
    while data.variables().iter().any(|one| one.name == name) {
        name.push('_');
    }
    Ok(Some(Derived { name, var: question.name.clone(), equals: known.code.clone() }))
}

fn insert_derived(table: &mut Table, derived: &Derived) -> Result<(), Problem> {
    if table.get(&derived.name).is_some() {
        return Ok(());
    }
    let column = table.column(&derived.var)?;
    let is = |row| column.label(row).map_or(f64::NAN, |label| f64::from(u8::from(label == derived.equals)));
    let values = (0..column.len()).map(is).collect();
    table.insert(derived.name.clone(), Column::numeric(values))
}

/// The design of a data set in a request. Where its weights meet totals, the request begins with the weights before and meets them
/// anew: only so its variance knows them. `prefix` stands before the names of columns.
#[must_use]
pub fn design_of(data: &DataSet, prefix: &str) -> Value {
    let name = |name: &str| format!("{prefix}{name}");
    let mut design = json!({
        "ids": [name("psu")], "strata": [name("stratum")], "weights": name("weight"), "lonely_psu": "fail",
    });
    if let Some(totals) = data.totals() {
        let controls: serde_json::Map<String, Value> =
            totals.totals.iter().map(|(control, total)| (name(control), Value::from(*total))).collect();
        let mut step = json!({ "step": "calibrate", "method": totals.distance, "totals": controls });
        if let Some(bounds) = totals.bounds {
            step["bounds"] = json!(bounds);
        }
        design["weights"] = Value::from(name(&totals.before));
        design["weighting"] = json!([step]);
    }
    design
}

/// The columns that the design of a data set needs.
pub(crate) fn design_columns(data: &DataSet) -> Vec<&str> {
    let of_totals = data.totals().into_iter().flat_map(|totals| {
        std::iter::once(totals.before.as_str()).chain(totals.totals.iter().map(|(name, _)| name.as_str()))
    });
    ["psu", "stratum", "weight"].into_iter().chain(of_totals).collect()
}

fn carry_out(
    estimand: &Value,
    derived: Option<Derived>,
    data: &DataSet,
    table: &Table,
    file: &str,
) -> Result<Step, Problems> {
    let request = json!({ "data": file, "design": design_of(data, ""), "estimand": estimand });
    let parsed = Request::parse(&request.to_string())?;
    let answer = parsed.run(table)?;
    let mut r = parsed.same_in(Program::R)?;
    if let Some(Derived { name, var, equals }) = &derived {
        let [name, var, equals] = [name, var, equals].map(|text| Value::from(text.as_str()).to_string());
        let design = "design <- svydesign(";
        r = r.replacen(design, &format!("d[[{name}]] <- as.numeric(d[[{var}]] == {equals})\n{design}"), 1);
    }
    Ok(Step { request, derived, answer, r })
}

/// The columns of the design and of the question, and how many interviews have a weight. Cases without one (refusals, unusable
/// interviews) stay as rows, so that their PSUs count, but have no answers.
fn table(data: &DataSet, names: &[String]) -> Result<(Table, usize), Problems> {
    let no_weights = || {
        Problem::new(
            "inquiry_no_weights",
            "chưa có trọng số nên chưa tính được",
            "there are no weights to compute with",
        )
        .hint(
            "trọng số có khi đợt khảo sát có mẫu đọc được và có phiếu hoàn thành",
            "there are weights once the round has a readable sample and a complete interview",
        )
    };
    let weights = match data.variables().iter().find(|one| one.name == "weight").map(|one| &one.column.cells) {
        Some(Cells::Numeric(values)) if values.iter().any(|weight| *weight > 0.0) => values,
        _ => return Err(no_weights().into()),
    };
    if weights.iter().any(|weight| !weight.is_finite()) {
        return Err(no_weights().into());
    }
    let used: Vec<bool> = weights.iter().map(|weight| *weight > 0.0).collect();
    let mut table = Table::new();
    for name in design_columns(data) {
        table.insert(name, variable(data, name)?.column.clone())?;
    }
    for name in names {
        if table.get(name).is_none() {
            table.insert(name.clone(), only(&variable(data, name)?.column, &used))?;
        }
    }
    Ok((table, used.iter().filter(|used| **used).count()))
}

/// The column without the cells of rows that are not used.
fn only(column: &Column, used: &[bool]) -> Column {
    let mut column = column.clone();
    match &mut column.cells {
        Cells::Numeric(values) => {
            values.iter_mut().zip(used).filter(|(_, used)| !**used).for_each(|(value, _)| *value = f64::NAN);
        }
        Cells::Categorical { codes, .. } => {
            codes.iter_mut().zip(used).filter(|(_, used)| !**used).for_each(|(code, _)| *code = Cells::MISSING_CODE);
        }
    }
    column
}

/// The interviews in use that have no answer to a variable, by reason, in the order of the codes; none where there is no such
/// variable or no weight.
#[must_use]
pub fn no_answer(data: &DataSet, name: &str) -> Vec<NoAnswer> {
    let Ok(question) = variable(data, name) else { return Vec::new() };
    let Ok(Variable { column: Column { cells: Cells::Numeric(weights), .. }, .. }) = variable(data, "weight") else {
        return Vec::new();
    };
    let mut counts: Vec<(Option<i32>, usize)> = Vec::new();
    let rows = weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0).map(|(row, _)| row);
    for row in rows.filter(|&row| question.column.is_missing(row)) {
        let code = missing_mark(question.column.missing_reasons.get(&row).copied()).map(|mark: &MissingMark| mark.code);
        match counts.iter_mut().find(|(known, _)| *known == code) {
            Some((_, n)) => *n += 1,
            None => counts.push((code, 1)),
        }
    }
    counts.sort_by_key(|(code, _)| code.map_or(i32::MAX, |code| -code));
    counts.into_iter().map(|(code, n)| NoAnswer { var: name.to_owned(), code, n }).collect()
}

pub(crate) fn variable<'a>(data: &'a DataSet, name: &str) -> Result<&'a Variable, Problem> {
    data.variables().iter().find(|one| one.name == name).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Problem {
    Problem::new("inquiry_variable", "không có câu hỏi này", "there is no such question")
        .at(Place::column(name))
        .got(name)
        .hint("xem tên biến trong bảng mã của tệp xuất", "see the names in the codebook of the export")
}

fn too_many(by: &str, n: usize) -> Problem {
    Problem::new("inquiry_groups", "quá nhiều nhóm để so sánh từng cặp", "too many groups to compare every pair")
        .at(Place::column(by))
        .expected((format!("nhiều nhất {GROUPS_MAX} nhóm"), format!("at most {GROUPS_MAX} groups")))
        .got(n.to_string())
}
