//! The tree of an expression.

use serde::{Deserialize, Serialize};

use super::Function;

/// A node of the tree. As JSON it is sent to the browser, which evaluates the same tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// A number; always finite.
    Number(f64),
    /// A text between quotes.
    Text(String),
    /// `${name}`: the answer to a question.
    Question(String),
    /// `.`: the answer being checked.
    This,
    /// A bare name: a column of the choice being filtered, allowed in `choice_filter` only.
    ChoiceColumn(String),
    /// A function with its arguments; their number is right.
    Call {
        /// The function.
        function: Function,
        /// Its arguments, in order.
        arguments: Vec<Expression>,
    },
    /// Unary minus.
    Negate(Box<Expression>),
    /// Two sides and what is done with them.
    Binary {
        /// What is done.
        operator: Operator,
        /// The left side.
        left: Box<Expression>,
        /// The right side.
        right: Box<Expression>,
    },
}

impl Expression {
    /// Calls `visit` for this node and every node below it, left to right.
    pub fn visit<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::Number(_) | Self::Text(_) | Self::Question(_) | Self::This | Self::ChoiceColumn(_) => {}
            Self::Call { arguments, .. } => arguments.iter().for_each(|argument| argument.visit(visit)),
            Self::Negate(inner) => inner.visit(visit),
            Self::Binary { left, right, .. } => {
                left.visit(visit);
                right.visit(visit);
            }
        }
    }

    /// The names of the questions that the expression reads, in order of appearance, each once.
    #[must_use]
    pub fn questions(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        self.visit(&mut |node| {
            if let Self::Question(name) = node
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        });
        names
    }
}

/// The operators of two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `or`
    #[serde(rename = "or")]
    Or,
    /// `and`
    #[serde(rename = "and")]
    And,
    /// `=`
    #[serde(rename = "=")]
    Equal,
    /// `!=`
    #[serde(rename = "!=")]
    NotEqual,
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    LessOrEqual,
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`
    #[serde(rename = ">=")]
    GreaterOrEqual,
    /// `+`
    #[serde(rename = "+")]
    Add,
    /// `-`
    #[serde(rename = "-")]
    Subtract,
    /// `*`
    #[serde(rename = "*")]
    Multiply,
    /// `div`
    #[serde(rename = "div")]
    Divide,
    /// `mod`, with the sign of the left side
    #[serde(rename = "mod")]
    Modulo,
}

impl Operator {
    /// How it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "div",
            Self::Modulo => "mod",
        }
    }

    /// How tightly the operator binds; a higher number binds first.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual => 3,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide | Self::Modulo => 6,
        }
    }
}
