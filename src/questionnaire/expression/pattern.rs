//! Patterns of `regex`: the part of the language that `ODK` Collect (Java), this program and the browser read alike, matched in
//! linear time.
//!
//! Literals, `.`, classes, `\d \w \s` and their opposites (of ASCII, as in Java), `\p{…}` of general categories, groups,
//! alternatives, `^`, `$`, and `? * + {n} {n,} {n,m}`. Refused: look-around, back-references, flags, possessive and lazy marks,
//! word boundaries, operations on classes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// The longest pattern, in characters.
const MAX_CHARACTERS: usize = 500;
/// The largest machine, in bytes: it bounds the states that the browser walks.
const MAX_BYTES: usize = 1 << 18;
/// Machines that one thread keeps; a questionnaire has a few.
const KEPT: usize = 64;

thread_local! {
    static KNOWN: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };
}

/// Whether the pattern fits the whole text; false for a pattern that the parser would have refused.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    KNOWN.with_borrow_mut(|known| {
        if let Some(machine) = known.get(pattern) {
            return machine.is_match(text);
        }
        let Ok(machine) = compiled(pattern) else { return false };
        if known.len() >= KEPT {
            known.clear();
        }
        let fits = machine.is_match(text);
        known.insert(pattern.to_owned(), machine);
        fits
    })
}

/// The machine of a pattern, or why there is none.
pub(super) fn compiled(pattern: &str) -> Result<Regex, String> {
    if pattern.chars().count() > MAX_CHARACTERS {
        return Err(format!("> {MAX_CHARACTERS}"));
    }
    let plain = Translator { rest: pattern.chars().peekable(), out: String::new() }.translated()?;
    RegexBuilder::new(&format!("\\A(?:{plain})\\z")).size_limit(MAX_BYTES).nest_limit(32).build().map_err(|error| {
        match error {
            regex::Error::CompiledTooBig(_) => format!("> {MAX_BYTES}"),
            other => other.to_string().lines().last().unwrap_or_default().trim().to_owned(),
        }
    })
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
}

impl Translator<'_> {
    fn translated(mut self) -> Result<String, String> {
        let mut quantified = false;
        while let Some(character) = self.rest.next() {
            match character {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '(' => self.group()?,
                '{' if !quantified => return Err("{".to_owned()),
                '?' | '*' | '+' | '{' => {
                    self.quantifier(character)?;
                    // `a**`, `a+?`: lazy and possessive marks mean different things to different engines.
                    if let Some(next) = self.rest.peek().filter(|next| matches!(next, '?' | '*' | '+' | '{')) {
                        return Err(format!("{character}{next}"));
                    }
                    quantified = false;
                    continue;
                }
                ']' | '}' => return Err(character.to_string()),
                // `$` before a last line break, as in Java: answers have none.
                _ => self.out.push(character),
            }
            quantified = !matches!(character, '(' | '|' | '^');
        }
        Ok(self.out)
    }

    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.rest.peek() == Some(&'?') {
            self.rest.next();
            if self.rest.next() != Some(':') {
                return Err("(?".to_owned());
            }
            self.out.push_str("?:");
        }
        Ok(())
    }

    /// A quantifier as it is written; bounds are numbers.
    fn quantifier(&mut self, first: char) -> Result<(), String> {
        self.out.push(first);
        if first != '{' {
            return Ok(());
        }
        let mut bounds = String::new();
        loop {
            match self.rest.next() {
                Some('}') => break,
                Some(digit) if digit.is_ascii_digit() || digit == ',' => bounds.push(digit),
                _ => return Err("{".to_owned()),
            }
        }
        if !bounds.starts_with(|digit: char| digit.is_ascii_digit()) || bounds.matches(',').count() > 1 {
            return Err(format!("{{{bounds}}}"));
        }
        self.out.push_str(&bounds);
        self.out.push('}');
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.peek() == Some(&'^') {
            self.rest.next();
            self.out.push('^');
        }
        let mut empty = true;
        loop {
            match self.rest.next() {
                None => return Err("[".to_owned()),
                Some(']') if empty => return Err("[]".to_owned()),
                Some(']') => break,
                Some('\\') => self.escape(true)?,
                Some(character @ ('[' | '&' | '~')) if character == '[' || self.rest.peek() == Some(&character) => {
                    return Err(format!("[{character}"));
                }
                Some('-') if self.rest.peek() == Some(&'-') => return Err("[--".to_owned()),
                Some(character) => self.out.push(character),
            }
            empty = false;
        }
        self.out.push(']');
        Ok(())
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let escaped = self.rest.next().ok_or("\\")?;
        let ascii = match escaped {
            'd' => "0-9",
            'w' => "A-Za-z0-9_",
            's' => "\\t\\n\\x0B\\f\\r ",
            'D' => "^0-9",
            'W' => "^A-Za-z0-9_",
            'S' => "^\\t\\n\\x0B\\f\\r ",
            'p' | 'P' => return self.category(escaped),
            'n' | 't' | 'r' => {
                self.out.push('\\');
                self.out.push(escaped);
                return Ok(());
            }
            _ if escaped.is_ascii_punctuation() => {
                self.out.push_str(&regex::escape(&escaped.to_string()));
                return Ok(());
            }
            _ => return Err(format!("\\{escaped}")),
        };
        if in_class && ascii.starts_with('^') {
            return Err(format!("[\\{escaped}"));
        }
        if in_class {
            self.out.push_str(ascii);
        } else {
            self.out.push_str(&format!("[{ascii}]"));
        }
        Ok(())
    }

    /// `\p{L}`, `\p{Lu}`: general categories, which all engines name alike.
    fn category(&mut self, sign: char) -> Result<(), String> {
        let mut name = String::new();
        if self.rest.next() == Some('{') {
            while let Some(letter) = self.rest.next_if(char::is_ascii_alphabetic) {
                name.push(letter);
            }
        }
        let known =
            matches!(name.as_str(), "L" | "Lu" | "Ll" | "Lt" | "Lm" | "Lo" | "M" | "Mn" | "N" | "Nd" | "P" | "S" | "Z");
        if !known || self.rest.next() != Some('}') {
            return Err(format!("\\{sign}{{{name}"));
        }
        self.out.push_str(&format!("\\{sign}{{{name}}}"));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_the_whole_text() {
        for (pattern, fitting, other) in [
            ("[0-9]{10}", "0912345678", "x0912345678"),
            ("0\\d{9}", "0912345678", "٠912345678"),
            ("(a|bc)+", "abca", "abx"),
            ("\\p{Lu}\\p{L}*", "Đồng", "đồng"),
            ("a\\.b", "a.b", "axb"),
            ("[^\\d ]+", "abc", "a c"),
            ("^ab$", "ab", "abab"),
            ("[a-z\\-]+", "a-b", "A"),
        ] {
            assert!(fits(pattern, fitting) && !fits(pattern, other), "{pattern}");
        }
    }

    #[test]
    fn what_engines_read_differently_is_refused() {
        for pattern in [
            "(?=a)",
            "(?i)a",
            "(a)\\1",
            "a+?",
            "a++",
            "[a&&b]",
            "[[:alpha:]]",
            "\\bx",
            "a{",
            "a{,3}",
            "[",
            "]",
            "(",
            ")",
            "\\",
            "\\p{Greek}",
            "[]",
            "*a",
            "a{1,2,3}",
            "[\\D]",
            "x{100000}",
            "((a{1000}){1000})",
            "\\u1234",
        ] {
            assert!(compiled(pattern).is_err(), "{pattern}");
        }
        assert!(compiled(&"a".repeat(MAX_CHARACTERS + 1)).is_err());
    }

    #[test]
    fn a_pattern_that_takes_other_engines_for_ever_takes_no_time() {
        let text = format!("{}!", "a".repeat(50_000));
        for pattern in ["(a+)+", "(a|a)*", "(a*)*b", "(.*a){20}"] {
            assert!(!fits(pattern, &text), "{pattern}");
        }
    }
}
