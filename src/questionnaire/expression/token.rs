//! From text to tokens.

use super::{ExpressionError, ExpressionFault, Operator};

/// A piece of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    Question(String),
    This,
    /// `..`, `../..`: what is around.
    Around,
    Name(String),
    Operator(Operator),
    LeftParenthesis,
    RightParenthesis,
    Comma,
}

/// A token and where it begins, in characters counted from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) position: usize,
    /// As it was written, for messages.
    pub(super) written: String,
}

/// All tokens of the text.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ExpressionError> {
    let mut reader = Reader { characters: text.chars().collect(), at: 0 };
    let mut found = Vec::new();
    loop {
        while reader.peek(0).is_some_and(|character| matches!(character, ' ' | '\t' | '\r' | '\n')) {
            reader.at += 1;
        }
        let begin = reader.at;
        let Some(character) = reader.peek(0) else { return Ok(found) };
        let token = reader.token(character).map_err(|fault| ExpressionError { position: begin + 1, fault })?;
        let written = reader.characters[begin..reader.at].iter().collect();
        found.push(Placed { token, position: begin + 1, written });
    }
}

struct Reader {
    characters: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    /// Takes characters as long as they fit.
    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let begin = self.at;
        while self.peek(0).is_some_and(&fits) {
            self.at += 1;
        }
        self.characters[begin..self.at].iter().collect()
    }

    fn take(&mut self, count: usize, token: Token) -> Token {
        self.at += count;
        token
    }

    fn token(&mut self, first: char) -> Result<Token, ExpressionFault> {
        let second = self.peek(1);
        match first {
            '\'' | '"' => self.quoted(first),
            '$' => self.question(),
            '0'..='9' => self.number(),
            '.' if second.is_some_and(|next| next.is_ascii_digit()) => self.number(),
            '.' if second == Some('.') => self.around(),
            '.' => Ok(self.take(1, Token::This)),
            '/' | '[' | ']' | '@' => Err(ExpressionFault::Path),
            _ if first.is_alphabetic() || first == '_' => Ok(self.name()),
            _ => self.mark(first, second),
        }
    }

    fn mark(&mut self, first: char, second: Option<char>) -> Result<Token, ExpressionFault> {
        let other = |found, right| Err(ExpressionFault::OtherMark(found, right));
        match (first, second) {
            ('(', _) => Ok(self.take(1, Token::LeftParenthesis)),
            (')', _) => Ok(self.take(1, Token::RightParenthesis)),
            (',', _) => Ok(self.take(1, Token::Comma)),
            ('+', _) => Ok(self.take(1, Token::Operator(Operator::Add))),
            ('-', _) => Ok(self.take(1, Token::Operator(Operator::Subtract))),
            ('*', _) => Ok(self.take(1, Token::Operator(Operator::Multiply))),
            ('=', Some('=')) => other("==", "="),
            ('=', _) => Ok(self.take(1, Token::Operator(Operator::Equal))),
            ('!', Some('=')) => Ok(self.take(2, Token::Operator(Operator::NotEqual))),
            ('!', _) => other("!", "not(…)"),
            ('<', Some('>')) => other("<>", "!="),
            ('<', Some('=')) => Ok(self.take(2, Token::Operator(Operator::LessOrEqual))),
            ('<', _) => Ok(self.take(1, Token::Operator(Operator::Less))),
            ('>', Some('=')) => Ok(self.take(2, Token::Operator(Operator::GreaterOrEqual))),
            ('>', _) => Ok(self.take(1, Token::Operator(Operator::Greater))),
            ('&', _) => other("&", "and"),
            ('|', Some('|')) => other("||", "or"),
            ('|', _) => Err(ExpressionFault::Path),
            ('≤', _) => other("≤", "<="),
            ('≥', _) => other("≥", ">="),
            ('≠', _) => other("≠", "!="),
            ('–' | '—' | '−', _) => other("–", "-"),
            ('“' | '”' | '„', _) => other("“ ”", "\""),
            ('‘' | '’', _) => other("‘ ’", "'"),
            _ if first.is_whitespace() || first == '\u{feff}' => Err(ExpressionFault::Blank),
            _ => Err(ExpressionFault::Character(first)),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Token, ExpressionFault> {
        self.at += 1;
        let text = self.take_while(|character| character != quote);
        if self.peek(0).is_none() {
            return Err(ExpressionFault::OpenQuote);
        }
        Ok(self.take(1, Token::Text(text)))
    }

    fn question(&mut self) -> Result<Token, ExpressionFault> {
        if self.peek(1) != Some('{') {
            return Err(ExpressionFault::OpenReference);
        }
        self.at += 2;
        let name = self.take_while(|character| !matches!(character, '}' | '{' | '$' | '\'' | '"' | '(' | ')' | '='));
        let name = name.trim();
        if self.peek(0) != Some('}') || name.is_empty() || name.contains(char::is_whitespace) {
            return Err(ExpressionFault::OpenReference);
        }
        let name = name.to_owned();
        Ok(self.take(1, Token::Question(name)))
    }

    /// `..`, `../..` and so on, as `position()` takes it; the innermost repeat is meant however many groups lie between.
    fn around(&mut self) -> Result<Token, ExpressionFault> {
        self.at += 2;
        while self.peek(0) == Some('/') {
            if (self.peek(1), self.peek(2)) != (Some('.'), Some('.')) {
                return Err(ExpressionFault::Path);
            }
            self.at += 3;
        }
        Ok(Token::Around)
    }

    fn number(&mut self) -> Result<Token, ExpressionFault> {
        let mut digits = self.take_while(|character| character.is_ascii_digit());
        if self.peek(0) == Some('.') {
            self.at += 1;
            digits.push('.');
            digits.push_str(&self.take_while(|character| character.is_ascii_digit()));
        }
        let number: f64 = digits.parse().map_err(|_| ExpressionFault::Number)?;
        if number.is_finite() { Ok(Token::Number(number)) } else { Err(ExpressionFault::Number) }
    }

    fn name(&mut self) -> Token {
        // As in XML, a name may hold hyphens and dots: `string-length`, and `a-1` is one name.
        Token::Name(
            self.take_while(|character| character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | ':')),
        )
    }
}
