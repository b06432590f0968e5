//! Model formulas: `y ~ a + b`, `I(answer == 'Yes') ~ 0 + sex * age`.

use problem::{Place, Problem};

/// How `I(column OP value)` compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Different,
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `>`
    Above,
}

impl Comparison {
    /// In the order in which they must be looked for.
    const ALL: [(&'static str, Self); 6] = [
        ("==", Self::Equal),
        ("!=", Self::Different),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("<", Self::Below),
        (">", Self::Above),
    ];

    pub(super) fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(_, other)| *other == self).map_or("", |(sign, _)| sign)
    }
}

/// One variable of a formula.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// A column: numbers as they are, categories by contrasts.
    Column(String),
    /// `factor(column)`: each value a category.
    Factor(String),
    /// `I(column OP value)`: whether it holds.
    Holds {
        /// The column.
        column: String,
        /// Its comparison with the value, as written (`==`, `<` …).
        sign: &'static str,
        /// The value, without quotes.
        value: String,
        /// Whether it was quoted.
        is_text: bool,
    },
}

impl Variable {
    /// The column it rests on.
    #[must_use]
    pub fn column(&self) -> &str {
        match self {
            Self::Column(column) | Self::Factor(column) | Self::Holds { column, .. } => column,
        }
    }

    /// Its name as R prints it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Column(column) => column.clone(),
            Self::Factor(column) => format!("factor({column})"),
            Self::Holds { column, sign, value, is_text: true } => format!("I({column} {sign} \"{value}\")"),
            Self::Holds { column, sign, value, .. } => format!("I({column} {sign} {value})"),
        }
    }
}

/// A model: what is explained, by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    /// What is explained.
    pub response: Variable,
    /// Whether there is an intercept.
    pub intercept: bool,
    /// The terms: one variable, or several for an interaction. Main effects come first, then interactions of two, and so on, as
    /// in R.
    pub terms: Vec<Vec<Variable>>,
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Formula
    /// `response ~ terms`, terms joined by `+`: a column, `factor(column)`, `I(column == 'value')` (also `!=`, `<`, `<=`, `>`, `>=`),
    /// interactions `a:b`, `a*b` for `a + b + a:b`; `0` or `- 1` takes the intercept away, `1` says that there is one. A column
    /// whose name is no word stands between backquotes.
    ///
    /// # Source
    /// Wilkinson and Rogers (1973), Applied Statistics 22, 392–399, in R's notation.
    ///
    /// # Limits
    /// No `^`, `%in%`, `.`, brackets, offsets, powers or functions other than `factor` and `I`.
    ///
    /// # Errors
    /// `regression_formula`.
    ///
    /// Checked: `regression::formula::tests`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let parts = split(text, '~');
        let [left, right] = parts.as_slice() else { return Err(wrong(text, text)) };
        let mut formula = Self { response: variable(left, text)?, intercept: true, terms: Vec::new() };
        for (plus, term) in signed(right) {
            match (plus, term.trim()) {
                (true, "0") | (false, "1") => formula.intercept = false,
                (true, "1") => formula.intercept = true,
                (true, term) => formula.add(term, text)?,
                (false, _) => return Err(wrong(text, &format!("- {}", term.trim()))),
            }
        }
        if formula.terms.is_empty() && !formula.intercept {
            return Err(wrong(text, right));
        }
        formula.in_order_of_appearance(right, text)?;
        formula.terms.sort_by_key(Vec::len);
        Ok(formula)
    }

    /// Every variable, the response first, each once.
    #[must_use]
    pub fn variables(&self) -> Vec<&Variable> {
        let mut all = vec![&self.response];
        for variable in self.terms.iter().flatten() {
            if !all.contains(&variable) {
                all.push(variable);
            }
        }
        all
    }

    /// Puts the variables of each term in the order in which the formula first names them.
    fn in_order_of_appearance(&mut self, right: &str, text: &str) -> Result<(), Problem> {
        let mut order: Vec<Variable> = Vec::new();
        for (_, term) in signed(right) {
            for part in split(term, '*').into_iter().flat_map(|part| split(part, ':')) {
                if !matches!(part.trim(), "0" | "1") {
                    order.push(variable(part, text)?);
                }
            }
        }
        for term in &mut self.terms {
            term.sort_by_key(|variable| order.iter().position(|other| other == variable));
        }
        Ok(())
    }

    fn add(&mut self, term: &str, text: &str) -> Result<(), Problem> {
        let mut crossed: Vec<Vec<Variable>> = Vec::new();
        for factor in split(term, '*') {
            let mut together = Vec::new();
            for part in split(factor, ':') {
                let variable = variable(part, text)?;
                if !together.contains(&variable) {
                    together.push(variable);
                }
            }
            let longer: Vec<Vec<Variable>> = crossed
                .iter()
                .map(|other| {
                    let new = together.iter().filter(|variable| !other.contains(variable)).cloned();
                    other.iter().cloned().chain(new).collect()
                })
                .collect();
            crossed.push(together);
            crossed.extend(longer);
        }
        for term in crossed {
            let same = |other: &Vec<Variable>| other.len() == term.len() && other.iter().all(|v| term.contains(v));
            if !self.terms.iter().any(same) {
                self.terms.push(term);
            }
        }
        Ok(())
    }
}

fn variable(text: &str, formula: &str) -> Result<Variable, Problem> {
    let text = text.trim();
    let inside = |function: &str| text.strip_prefix(function)?.trim_start().strip_prefix('(')?.strip_suffix(')');
    if let Some(column) = inside("factor") {
        return Ok(Variable::Factor(column_name(column, formula)?));
    }
    let Some(condition) = inside("I") else { return column_name(text, formula).map(Variable::Column) };
    for (sign, comparison) in Comparison::ALL {
        let Some((column, value)) = condition.split_once(sign) else { continue };
        let value = value.trim();
        let quoted = ['\'', '"'].iter().find_map(|&mark| value.strip_prefix(mark)?.strip_suffix(mark));
        let is_number = value.parse::<f64>().is_ok_and(f64::is_finite);
        if quoted.is_none() && !is_number {
            return Err(wrong(formula, text));
        }
        return Ok(Variable::Holds {
            column: column_name(column, formula)?,
            sign: comparison.sign(),
            value: quoted.unwrap_or(value).to_owned(),
            is_text: quoted.is_some(),
        });
    }
    Err(wrong(formula, text))
}

/// A word, or anything between backquotes.
fn column_name(text: &str, formula: &str) -> Result<String, Problem> {
    let text = text.trim();
    if let Some(name) = text.strip_prefix('`').and_then(|text| text.strip_suffix('`')) {
        return if name.is_empty() || name.contains('`') { Err(wrong(formula, text)) } else { Ok(name.to_owned()) };
    }
    let is_word = |text: &str| text.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.');
    let begins = text.chars().next().is_some_and(|first| first.is_alphabetic() || first == '.' || first == '_');
    if begins && is_word(text) { Ok(text.to_owned()) } else { Err(wrong(formula, text)) }
}

/// The parts between a mark that stands outside quotes and brackets.
fn split(text: &str, mark: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in outside(text).filter(|&(_, letter)| letter == mark) {
        parts.push(&text[start..at]);
        start = at + mark.len_utf8();
    }
    parts.push(&text[start..]);
    parts
}

/// The terms with their signs.
fn signed(text: &str) -> Vec<(bool, &str)> {
    let mut parts = Vec::new();
    let (mut start, mut plus) = (0, true);
    for (at, letter) in outside(text).filter(|&(_, letter)| letter == '+' || letter == '-') {
        // A sign in front of the first term, as in `y ~ -1 + x`, has nothing before it.
        if !(parts.is_empty() && text[start..at].trim().is_empty()) {
            parts.push((plus, &text[start..at]));
        }
        (start, plus) = (at + 1, letter == '+');
    }
    parts.push((plus, &text[start..]));
    parts
}

/// The letters that stand outside quotes and brackets, with their places.
fn outside(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quote, mut depth) = (None, 0_usize);
    text.char_indices().filter(move |&(_, letter)| match (quote, letter) {
        (Some(open), _) => {
            if letter == open {
                quote = None;
            }
            false
        }
        (None, '\'' | '"' | '`') => {
            quote = Some(letter);
            false
        }
        (None, '(') => {
            depth += 1;
            false
        }
        (None, ')') => {
            depth = depth.saturating_sub(1);
            false
        }
        (None, _) => depth == 0,
    })
}

fn wrong(formula: &str, part: &str) -> Problem {
    Problem::new(
        "regression_formula",
        format!("không hiểu công thức hồi quy «{}»", formula.trim()),
        format!("the formula \"{}\" cannot be read", formula.trim()),
    )
    .at(Place::column("estimand.formula"))
    .expected("y ~ a + b; factor(a), I(a == 'value'), a:b, a*b, - 1")
    .got(part.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> (String, bool, Vec<String>) {
        let formula = Formula::parse(text).unwrap();
        let term = |term: &Vec<Variable>| term.iter().map(Variable::name).collect::<Vec<_>>().join(":");
        (formula.response.name(), formula.intercept, formula.terms.iter().map(term).collect())
    }

    #[test]
    fn formulas_are_read_as_r_reads_them() {
        assert_eq!(names("api00 ~ ell + meals"), ("api00".into(), true, vec!["ell".into(), "meals".into()]));
        // R: attr(terms(y ~ a*b + c - 1), "term.labels") is a, b, c, a:b.
        assert_eq!(names("y~a*b+c-1").2, ["a", "b", "c", "a:b"]);
        assert_eq!(names("y~a*b*c").2, ["a", "b", "c", "a:b", "a:c", "b:c", "a:b:c"]);
        assert!(!names("y ~ 0 + x").1 && !names("y ~ -1 + x").1 && names("y ~ 1").1);
        assert_eq!(names("I(sch_wide=='Yes') ~ a:b + b:a").0, "I(sch_wide == \"Yes\")");
        assert_eq!(names("y ~ a:b + b:a + a:a").2, ["a", "a:b"]);
        assert_eq!(names("y ~ 0 + s + a + m:a").2, ["s", "a", "a:m"], "in the order of first appearance");
        assert_eq!(names("y ~ I(x <= -3.5) + factor( g )").2, ["I(x <= -3.5)", "factor(g)"]);
        assert_eq!(names("y ~ `thu nhập (triệu)` + I(xã == 'Tân Mỹ + Đồng ~ Sơn')").2[0], "thu nhập (triệu)");
    }

    #[test]
    fn what_is_no_formula_is_refused() {
        for text in [
            "y",
            "~ x",
            "y ~",
            "y ~ x ~ z",
            "y ~ x + ",
            "y ~ log(x)",
            "y ~ x^2",
            "y ~ (a + b)",
            "y ~ x - z",
            "y ~ 0",
            "y ~ I(x)",
            "y ~ I(x == )",
            "y ~ I(x == abc)",
            "y ~ x $",
            "y ~ ``",
            "y ~ factor(x, y)",
            "",
            "y ~ I('a' == 'b')",
            "y ~ 2",
        ] {
            assert_eq!(Formula::parse(text).map_err(|problem| problem.code), Err("regression_formula"), "{text}");
        }
    }
}
