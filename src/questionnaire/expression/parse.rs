//! From tokens to the tree, by precedence climbing.

use super::shape;
use super::token::{Placed, Token, tokens};
use super::{Expression, ExpressionError, ExpressionFault, Function, Operator};

/// The longest text of an expression, in characters.
pub const MAX_CHARACTERS: usize = 10_000;
/// The deepest tree of an expression, in levels; it bounds the stack of parser and evaluator.
pub const MAX_DEPTH: usize = 128;

/// The tree of an expression.
///
/// # Errors
/// The first fault, with the position of the character where it was noticed.
pub fn parse(text: &str) -> Result<Expression, ExpressionError> {
    let n_characters = text.chars().count();
    if n_characters > MAX_CHARACTERS {
        return Err(ExpressionError { position: MAX_CHARACTERS, fault: ExpressionFault::TooLong });
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(ExpressionError { position: 1, fault: ExpressionFault::Empty });
    }
    let mut parser = Parser { tokens, next: 0, end: n_characters + 1 };
    let tree = parser.binary(1, 1)?;
    match parser.peek() {
        None => Ok(tree.node),
        Some(_) => Err(parser.unexpected()),
    }
}

/// A node and the number of levels below and including it.
struct Tree {
    node: Expression,
    depth: usize,
}

impl Tree {
    fn leaf(node: Expression) -> Self {
        Self { node, depth: 1 }
    }
}

struct Parser {
    tokens: Vec<Placed>,
    next: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Placed> {
        self.tokens.get(self.next)
    }

    fn position(&self) -> usize {
        self.peek().map_or(self.end, |placed| placed.position)
    }

    fn fault(&self, fault: ExpressionFault) -> ExpressionError {
        ExpressionError { position: self.position(), fault }
    }

    fn unexpected(&self) -> ExpressionError {
        self.fault(ExpressionFault::Unexpected(self.peek().map(|placed| placed.written.clone())))
    }

    fn takes(&mut self, token: &Token) -> bool {
        let there = self.peek().is_some_and(|placed| placed.token == *token);
        self.next += usize::from(there);
        there
    }

    /// The operator that comes next; `and`, `or`, `div` and `mod` are names wherever an operand is due.
    fn operator(&self) -> Option<Operator> {
        match &self.peek()?.token {
            Token::Operator(operator) => Some(*operator),
            Token::Name(name) => match name.as_str() {
                "or" => Some(Operator::Or),
                "and" => Some(Operator::And),
                "div" => Some(Operator::Divide),
                "mod" => Some(Operator::Modulo),
                _ => None,
            },
            _ => None,
        }
    }

    fn binary(&mut self, least_precedence: u8, level: usize) -> Result<Tree, ExpressionError> {
        let mut left = self.unary(level)?;
        while let Some(operator) = self.operator().filter(|operator| operator.precedence() >= least_precedence) {
            let position = self.position();
            self.next += 1;
            let right = self.binary(operator.precedence() + 1, level + 1)?;
            let depth = 1 + left.depth.max(right.depth);
            let node = Expression::Binary { operator, left: Box::new(left.node), right: Box::new(right.node) };
            left = bounded(node, depth, position)?;
        }
        Ok(left)
    }

    fn unary(&mut self, level: usize) -> Result<Tree, ExpressionError> {
        let position = self.position();
        if level > MAX_DEPTH {
            return Err(self.fault(ExpressionFault::TooDeep));
        }
        if self.takes(&Token::Operator(Operator::Subtract)) {
            let inner = self.unary(level + 1)?;
            return bounded(Expression::Negate(Box::new(inner.node)), inner.depth + 1, position);
        }
        self.operand(level)
    }

    fn operand(&mut self, level: usize) -> Result<Tree, ExpressionError> {
        let Some(placed) = self.peek().cloned() else { return Err(self.unexpected()) };
        let leaf = match placed.token {
            Token::Number(number) => Expression::Number(number),
            Token::Text(text) => Expression::Text(text),
            Token::Question(name) => Expression::Question(name),
            Token::This => Expression::This,
            Token::LeftParenthesis => return self.parenthesis(level),
            Token::Name(name) => {
                if self.tokens.get(self.next + 1).is_some_and(|after| after.token == Token::LeftParenthesis) {
                    return self.call(&name, level);
                }
                if matches!(name.as_str(), "and" | "or" | "div" | "mod") {
                    return Err(self.unexpected());
                }
                Expression::ChoiceColumn(name)
            }
            Token::Around => return Err(self.fault(ExpressionFault::Around)),
            Token::Operator(_) | Token::RightParenthesis | Token::Comma => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(Tree::leaf(leaf))
    }

    fn parenthesis(&mut self, level: usize) -> Result<Tree, ExpressionError> {
        let open = self.position();
        self.next += 1;
        let inner = self.binary(1, level + 1)?;
        if self.takes(&Token::RightParenthesis) {
            return Ok(inner);
        }
        match self.peek() {
            None => Err(ExpressionError { position: open, fault: ExpressionFault::OpenParenthesis }),
            Some(_) => Err(self.unexpected()),
        }
    }

    fn call(&mut self, name: &str, level: usize) -> Result<Tree, ExpressionError> {
        let position = self.position();
        let fail = |fault| Err(ExpressionError { position, fault });
        let Some((function, least, most)) = Function::find(name) else {
            return fail(if Function::is_not_yet(name) {
                ExpressionFault::FunctionNotYet(name.to_owned())
            } else {
                ExpressionFault::UnknownFunction(name.to_owned())
            });
        };
        self.next += 2;
        if function == Function::Position {
            let there = self.takes(&Token::Around) && self.takes(&Token::RightParenthesis);
            let node = Expression::Call { function, arguments: Vec::new() };
            return if there { Ok(Tree::leaf(node)) } else { fail(ExpressionFault::Around) };
        }
        let (mut arguments, depth) = self.arguments(position, level)?;
        if arguments.len() < least || arguments.len() > most {
            return fail(ExpressionFault::Arguments(name.to_owned(), arguments.len()));
        }
        if let Some(fault) = shape::fault(function, &mut arguments) {
            return fail(fault);
        }
        bounded(Expression::Call { function, arguments }, depth + 1, position)
    }

    /// The arguments up to and with the closing parenthesis, and the depth of the deepest.
    fn arguments(&mut self, open: usize, level: usize) -> Result<(Vec<Expression>, usize), ExpressionError> {
        let (mut arguments, mut depth) = (Vec::new(), 0);
        if self.takes(&Token::RightParenthesis) {
            return Ok((arguments, depth));
        }
        loop {
            let argument = self.binary(1, level + 1)?;
            depth = depth.max(argument.depth);
            arguments.push(argument.node);
            if self.takes(&Token::RightParenthesis) {
                return Ok((arguments, depth));
            }
            if !self.takes(&Token::Comma) {
                return Err(match self.peek() {
                    None => ExpressionError { position: open, fault: ExpressionFault::OpenParenthesis },
                    Some(_) => self.unexpected(),
                });
            }
        }
    }
}

fn bounded(node: Expression, depth: usize, position: usize) -> Result<Tree, ExpressionError> {
    if depth > MAX_DEPTH {
        return Err(ExpressionError { position, fault: ExpressionFault::TooDeep });
    }
    Ok(Tree { node, depth })
}
