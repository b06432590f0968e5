//! Text that a spreadsheet would run as a formula.

use std::borrow::Cow;

/// Whether a spreadsheet that opens a CSV would take the text for a formula or a command.
///
/// # Source
/// OWASP, "CSV Injection": `=`, `+`, `-`, `@`, tab and carriage return at the beginning.
#[must_use]
pub fn is_formula(text: &str) -> bool {
    // A number is a number: `-888` and `+84` run nothing.
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && text.parse::<f64>().is_err()
}

/// The text as it may stand in a CSV: one that begins like a formula gets an apostrophe before it, which spreadsheets show as
/// nothing and other programs as a character.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_run_is_quoted_and_nothing_else() {
        for text in ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "\r=1", "- không"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        for text in ["", "Đào", "-888", "+84", "a=b", "1-2", "'=1"] {
            assert_eq!(harmless(text), text);
        }
    }
}
