//! The one thing every XML writer of this crate needs.

use std::borrow::Cow;

/// Text as it may stand in XML, in an element or between double quotes; characters that XML 1.0 does not know are left out.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| !matches!(letter, '&' | '<' | '>' | '"' | '\'') && is_allowed(letter);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars().filter(|letter| is_allowed(*letter)) {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

fn is_allowed(letter: char) -> bool {
    !matches!(letter, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_escaped_and_what_xml_does_not_know_is_left_out() {
        assert_eq!(escaped("a<b> & \"c\"\u{0}\u{1b}\t'"), "a&lt;b&gt; &amp; &quot;c&quot;\t&apos;");
        assert_eq!(escaped("Đào Ước"), "Đào Ước");
    }
}
