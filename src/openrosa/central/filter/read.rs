//! Text → expression.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use problem::Problem;

use super::{Comparison, Expression, Field, Part, Value};

/// Deeper than anybody writes.
const DEPTH_MAX: usize = 50;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

/// The day or moment that a text is.
pub(super) fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(day.and_time(NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.with_timezone(&Utc))
}

pub(super) fn read(text: &str) -> Result<Expression, Problem> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, at: 0, depth: 0 };
    let expression = reader.either()?;
    if let Some(rest) = reader.tokens.get(reader.at) {
        return Err(match rest {
            Token::Word(word) => unsupported(word),
            _ => unreadable(words(rest)),
        });
    }
    if is_truth(&expression) { Ok(expression) } else { Err(unreadable(text)) }
}

fn is_truth(expression: &Expression) -> bool {
    matches!(
        expression,
        Expression::Compare(..)
            | Expression::Not(_)
            | Expression::And(..)
            | Expression::Or(..)
            | Expression::Constant(Value::Truth(_))
    )
}

fn unreadable(got: &str) -> Problem {
    Problem::new("odata_filter_unreadable", "không đọc được biểu thức $filter", "the $filter cannot be read").got(got)
}

fn unsupported(got: &str) -> Problem {
    Problem::new(
        "odata_filter_unsupported",
        "máy chủ này không hỗ trợ điều này trong $filter",
        "this server does not support that in $filter",
    )
    .expected(
        "__id, __system/submissionDate, __system/updatedAt, __system/submitterId, __system/reviewState; eq ne lt le gt ge and or not; now year month day hour minute second",
    )
    .got(got)
}

fn words(token: &Token) -> &str {
    match token {
        Token::Word(text) | Token::Text(text) => text,
        Token::Open => "(",
        Token::Close => ")",
        Token::Comma => ",",
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        match first {
            '(' => found.push(Token::Open),
            ')' => found.push(Token::Close),
            ',' => found.push(Token::Comma),
            '\'' => {
                let (quoted, after) = quoted(rest.get(1..).unwrap_or_default()).ok_or_else(|| unreadable(rest))?;
                found.push(Token::Text(quoted));
                rest = after.trim_start();
                continue;
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "(),'".contains(c)).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                found.push(Token::Word(word.to_owned()));
                rest = after.trim_start();
                continue;
            }
        }
        rest = rest.get(1..).unwrap_or_default().trim_start();
    }
    Ok(found)
}

/// A text up to its closing quote, two of which are one inside it, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('\'')?;
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(inside) => {
                value.push('\'');
                rest = inside;
            }
            None => return Some((value, after)),
        }
    }
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn word(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn takes_word(&mut self, wanted: &str) -> bool {
        let is_there = self.word() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    fn takes(&mut self, wanted: &Token) -> Result<(), Problem> {
        if self.tokens.get(self.at) != Some(wanted) {
            return Err(unreadable(self.tokens.get(self.at).map_or("", words)));
        }
        self.at += 1;
        Ok(())
    }

    fn either(&mut self) -> Result<Expression, Problem> {
        let mut left = self.both()?;
        while self.takes_word("or") {
            left = Expression::Or(truth(left)?, truth(self.both()?)?);
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Expression, Problem> {
        let mut left = self.comparison()?;
        while self.takes_word("and") {
            left = Expression::And(truth(left)?, truth(self.comparison()?)?);
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expression, Problem> {
        if self.takes_word("not") {
            self.deeper()?;
            let inner = Expression::Not(truth(self.comparison()?)?);
            self.depth -= 1;
            return Ok(inner);
        }
        let left = self.operand()?;
        let comparison = match self.word() {
            Some("eq") => Comparison::Eq,
            // Central's own documents write both.
            Some("ne" | "neq") => Comparison::Ne,
            Some("lt") => Comparison::Lt,
            Some("le") => Comparison::Le,
            Some("gt") => Comparison::Gt,
            Some("ge") => Comparison::Ge,
            _ => return Ok(left),
        };
        self.at += 1;
        Ok(Expression::Compare(comparison, Box::new(left), Box::new(self.operand()?)))
    }

    fn deeper(&mut self) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(unreadable("((((…")) } else { Ok(()) }
    }

    fn operand(&mut self) -> Result<Expression, Problem> {
        let token = self.tokens.get(self.at).ok_or_else(|| unreadable(""))?.clone();
        self.at += 1;
        match token {
            Token::Text(text) => Ok(Expression::Constant(Value::Text(text))),
            Token::Open => {
                self.deeper()?;
                let inner = self.either()?;
                self.takes(&Token::Close)?;
                self.depth -= 1;
                Ok(inner)
            }
            Token::Word(word) if self.tokens.get(self.at) == Some(&Token::Open) => self.call(&word),
            Token::Word(word) => plain(&word),
            Token::Close | Token::Comma => Err(unreadable(words(&token))),
        }
    }

    fn call(&mut self, name: &str) -> Result<Expression, Problem> {
        let part = match name {
            "now" => {
                self.at += 1;
                self.takes(&Token::Close)?;
                return Ok(Expression::Now);
            }
            "year" => Part::Year,
            "month" => Part::Month,
            "day" => Part::Day,
            "hour" => Part::Hour,
            "minute" => Part::Minute,
            "second" => Part::Second,
            "not" | "and" | "or" | "eq" | "ne" | "lt" | "le" | "gt" | "ge" => return Err(unreadable(name)),
            _ => return Err(unsupported(name)),
        };
        self.at += 1;
        self.deeper()?;
        let of = self.operand()?;
        self.takes(&Token::Close)?;
        self.depth -= 1;
        Ok(Expression::Part(part, Box::new(of)))
    }
}

fn truth(expression: Expression) -> Result<Box<Expression>, Problem> {
    if is_truth(&expression) { Ok(Box::new(expression)) } else { Err(unreadable("and, or, not")) }
}

fn plain(word: &str) -> Result<Expression, Problem> {
    let value = match word {
        "null" => Some(Value::Null),
        "true" => Some(Value::Truth(true)),
        "false" => Some(Value::Truth(false)),
        _ => moment(word).map(Value::Moment).or_else(|| {
            let number: Option<f64> = word.parse().ok();
            number.filter(|number| number.is_finite()).map(Value::Number)
        }),
    };
    if let Some(value) = value {
        return Ok(Expression::Constant(value));
    }
    let field = match word.strip_prefix("$root/Submissions/").unwrap_or(word) {
        "__id" => Field::Id,
        "__system/submissionDate" => Field::SubmissionDate,
        "__system/updatedAt" => Field::UpdatedAt,
        "__system/submitterId" => Field::SubmitterId,
        "__system/reviewState" => Field::ReviewState,
        _ if word.starts_with(|c: char| c.is_ascii_digit()) || is_operator(word) => return Err(unreadable(word)),
        _ => return Err(unsupported(word)),
    };
    Ok(Expression::Field(field))
}

fn is_operator(word: &str) -> bool {
    matches!(word, "eq" | "ne" | "neq" | "lt" | "le" | "gt" | "ge" | "and" | "or" | "not")
}
