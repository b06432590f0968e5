//! The columns of a model: numbers, contrasts of categories, and their products.

use problem::{Place, Problem, Problems};

use super::formula::{Formula, Variable};
use crate::domain::{Categories, Label};
use crate::table::{Cells, Table};

/// The model on the rows that have every variable.
pub(super) struct ModelMatrix {
    /// The rows of the table.
    pub(super) rows: Vec<u32>,
    /// The response on these rows.
    pub(super) response: Vec<f64>,
    /// Name of each coefficient, as R names it.
    pub(super) names: Vec<String>,
    /// For each coefficient its term; `None` for the intercept.
    pub(super) term_of: Vec<Option<usize>>,
    /// The columns on these rows.
    pub(super) columns: Vec<Vec<f64>>,
}

/// A variable on all rows of the table.
enum Values {
    Numbers(Vec<f64>),
    /// Codes, and the label of each code as text.
    Categories(Vec<u32>, Vec<String>),
}

impl ModelMatrix {
    /// # Errors
    /// `table_unknown_column`, `request_not_numeric` (a response that is no number), `scores_infinite_value`,
    /// `regression_no_rows`, `regression_one_category`.
    pub(super) fn new(formula: &Formula, table: &Table, domain: &[u32]) -> Result<Self, Problems> {
        let variables = formula.variables();
        let mut problems = Problems::none();
        let mut values = Vec::with_capacity(variables.len());
        for variable in &variables {
            match values_of(variable, table) {
                Ok(of_variable) => values.push(of_variable),
                Err(problem) => problems.push(problem),
            }
        }
        problems.into_result(())?;
        let rows: Vec<u32> = domain
            .iter()
            .copied()
            .filter(|&row| values.iter().all(|values| values.is_answered(row as usize)))
            .collect();
        let response = match (&values[0], &formula.response) {
            (Values::Numbers(numbers), _) => rows.iter().map(|&row| numbers[row as usize]).collect(),
            // The categories of a condition are no and yes.
            (Values::Categories(codes, _), Variable::Holds { .. }) => {
                rows.iter().map(|&row| f64::from(codes[row as usize])).collect()
            }
            (Values::Categories(..), _) => return Err(not_numeric(formula).into()),
        };
        if rows.is_empty() {
            return Err(Problem::new(
                "regression_no_rows",
                "không có dòng nào đủ giá trị cho mọi biến của mô hình",
                "no row has a value for every variable of the model",
            )
            .into());
        }
        let is_response = |at: usize| at == 0 && !formula.terms.iter().flatten().any(|v| *v == formula.response);
        let values = values.into_iter().zip(&variables).enumerate().map(|(at, (values, variable))| match values {
            Values::Categories(codes, labels) if !is_response(at) => observed(&rows, &codes, labels, variable),
            other => Ok(other),
        });
        let values = values.collect::<Result<Vec<_>, Problem>>()?;
        let is_factor = |variable: &&Variable| {
            let at = variables.iter().position(|other| other == variable);
            at.is_some_and(|at| matches!(values[at], Values::Categories(..)))
        };
        // Without an intercept the first category of the model keeps all its values.
        let whole = formula
            .terms
            .iter()
            .enumerate()
            .find_map(|(number, term)| term.iter().find(is_factor).map(|variable| (number, variable.clone())))
            .filter(|_| !formula.intercept);
        let mut matrix = Self { rows, response, names: Vec::new(), term_of: Vec::new(), columns: Vec::new() };
        if formula.intercept {
            matrix.push("(Intercept)".to_owned(), None, vec![1.0; matrix.rows.len()]);
        }
        for (number, term) in formula.terms.iter().enumerate() {
            let whole = whole.as_ref().filter(|(first, _)| *first == number).map(|(_, variable)| variable);
            for (name, column) in matrix.term(formula, term, whole, &variables, &values) {
                matrix.push(name, Some(number), column);
            }
        }
        Ok(matrix)
    }

    fn push(&mut self, name: String, term: Option<usize>, column: Vec<f64>) {
        self.names.push(name);
        self.term_of.push(term);
        self.columns.push(column);
    }

    /// The columns of one term: all products of those of its variables, the first variable running fastest, as in R.
    fn term(
        &self,
        formula: &Formula,
        term: &[Variable],
        whole: Option<&Variable>,
        variables: &[&Variable],
        values: &[Values],
    ) -> Vec<(String, Vec<f64>)> {
        let mut products = vec![(String::new(), vec![1.0; self.rows.len()])];
        for variable in term {
            let Some(at) = variables.iter().position(|other| *other == variable) else { continue };
            let name = variable.name();
            let own: Vec<(String, Vec<f64>)> = match &values[at] {
                Values::Numbers(numbers) => vec![(name, self.rows.iter().map(|&row| numbers[row as usize]).collect())],
                Values::Categories(codes, labels) => {
                    let contrasts = whole != Some(variable) && margin_is_there(formula, term, variable);
                    let first = usize::from(contrasts);
                    let column = |code: usize| {
                        let is = |row: &u32| f64::from(u8::from(codes[*row as usize] as usize == code));
                        self.rows.iter().map(is).collect()
                    };
                    (first..labels.len()).map(|code| (format!("{name}{}", labels[code]), column(code))).collect()
                }
            };
            let product = |(name, column): &(String, Vec<f64>), (other, left): &(String, Vec<f64>)| {
                let joined = if other.is_empty() { name.clone() } else { format!("{other}:{name}") };
                (joined, left.iter().zip(column).map(|(a, b)| a * b).collect())
            };
            products = own.iter().flat_map(|own| products.iter().map(move |left| product(own, left))).collect();
        }
        products
    }
}

/// Whether the model holds the term without this variable, so that contrasts with the first category are enough. The empty term
/// is the intercept, or the category that stands for it.
fn margin_is_there(formula: &Formula, term: &[Variable], variable: &Variable) -> bool {
    let margin: Vec<&Variable> = term.iter().filter(|other| *other != variable).collect();
    let is_margin = |other: &Vec<Variable>| other.len() == margin.len() && other.iter().all(|v| margin.contains(&v));
    margin.is_empty() || formula.terms.iter().any(is_margin)
}

impl Values {
    fn is_answered(&self, row: usize) -> bool {
        match self {
            Self::Numbers(numbers) => !numbers[row].is_nan(),
            Self::Categories(codes, _) => codes[row] != Cells::MISSING_CODE,
        }
    }
}

fn values_of(variable: &Variable, table: &Table) -> Result<Values, Problem> {
    let column = table.column(variable.column())?;
    let as_categories = || {
        let categories = Categories::of(column);
        Values::Categories(categories.codes, categories.labels.iter().map(Label::text).collect())
    };
    match (variable, &column.cells) {
        (Variable::Column(name), Cells::Numeric(numbers)) => match numbers.iter().position(|x| x.is_infinite()) {
            Some(row) => Err(infinite(name, row)),
            None => Ok(Values::Numbers(numbers.clone())),
        },
        (Variable::Column(_), Cells::Categorical { .. }) | (Variable::Factor(_), _) => Ok(as_categories()),
        (Variable::Holds { sign, value, .. }, Cells::Numeric(numbers)) => {
            let Ok(value) = value.trim().parse::<f64>() else { return Err(never_equal(variable)) };
            let holds = |number: &f64| match *sign {
                "==" => *number == value,
                "!=" => *number != value,
                "<=" => *number <= value,
                ">=" => *number >= value,
                "<" => *number < value,
                _ => *number > value,
            };
            let of = |number: &f64| if number.is_nan() { Cells::MISSING_CODE } else { u32::from(holds(number)) };
            Ok(no_and_yes(numbers.iter().map(of).collect()))
        }
        (Variable::Holds { sign, value, .. }, Cells::Categorical { codes, labels }) => {
            if !matches!(*sign, "==" | "!=") {
                return Err(never_equal(variable));
            }
            let of = |code: &u32| match labels.get(*code as usize) {
                None => Cells::MISSING_CODE,
                Some(label) => u32::from((label == value) == (*sign == "==")),
            };
            Ok(no_and_yes(codes.iter().map(of).collect()))
        }
    }
}

/// Codes 0 and 1 of a condition, with R's words for them.
fn no_and_yes(codes: Vec<u32>) -> Values {
    Values::Categories(codes, vec!["FALSE".to_owned(), "TRUE".to_owned()])
}

/// The categories that occur on the rows of the model, renumbered in their order.
fn observed(rows: &[u32], codes: &[u32], labels: Vec<String>, variable: &Variable) -> Result<Values, Problem> {
    let mut seen = vec![false; labels.len()];
    rows.iter().for_each(|&row| seen[codes[row as usize] as usize] = true);
    let mut new = vec![Cells::MISSING_CODE; labels.len()];
    let mut kept = Vec::new();
    for (code, label) in labels.into_iter().enumerate().filter(|(code, _)| seen[*code]) {
        new[code] = kept.len() as u32;
        kept.push(label);
    }
    if kept.len() < 2 {
        return Err(Problem::new(
            "regression_one_category",
            format!("biến {} chỉ có một giá trị trên các dòng của mô hình", variable.name()),
            format!("{} takes a single value on the rows of the model", variable.name()),
        )
        .at(Place::column(variable.column()))
        .expected(("ít nhất hai nhóm", "at least two categories"))
        .got(kept.join(", "))
        .hint("bỏ biến này khỏi công thức", "leave it out of the formula"));
    }
    let renumbered = codes.iter().map(|&code| new.get(code as usize).copied().unwrap_or(Cells::MISSING_CODE)).collect();
    Ok(Values::Categories(renumbered, kept))
}

fn infinite(name: &str, row: usize) -> Problem {
    Problem::new("scores_infinite_value", format!("{name}: có giá trị vô hạn"), format!("{name}: a value is infinite"))
        .at(Place::cell(row + 2, name))
        .expected(("số hữu hạn, hoặc để trống", "a finite number, or a missing value"))
}

fn not_numeric(formula: &Formula) -> Problem {
    Problem::new(
        "request_not_numeric",
        format!("biến phụ thuộc {} không phải là số", formula.response.name()),
        format!("the response {} is not a number", formula.response.name()),
    )
    .at(Place::column(formula.response.column()))
    .expected(("một cột số, hoặc I(cột == 'giá trị')", "a column of numbers, or I(column == 'value')"))
}

fn never_equal(variable: &Variable) -> Problem {
    Problem::new(
        "regression_comparison",
        format!("không so sánh được trong {}", variable.name()),
        format!("{} compares a column with a value of another kind", variable.name()),
    )
    .at(Place::column(variable.column()))
    .expected((
        "một số nếu là cột số; == hoặc != nếu là cột phân loại",
        "a number for a column of numbers; == or != for categories",
    ))
}
