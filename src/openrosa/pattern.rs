//! Patterns of `regex()` that mean the same to the engines of ODK. Collect fits the whole text and knows classes such as `\p{L}`; Web Forms
//! looks for the pattern anywhere and takes `\p` for a `p`. A pattern that is anchored, with its classes written out, is read alike.

use std::fmt::Write as _;

use regex::Regex;

/// The pattern, anchored, with classes of Unicode written out up to U+FFFF: what lies above is not seen as one character by Web Forms.
pub(super) fn portable(pattern: &str) -> String {
    let mut written = String::from("^(?:");
    let mut in_class = false;
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if let Some((name, after)) = class_name(rest)
            && let Some(ranges) = ranges(name)
        {
            // A class inside brackets is only added to them.
            let _ = if in_class { write!(written, "{ranges}") } else { write!(written, "[{ranges}]") };
            rest = after;
            continue;
        }
        let n_bytes = if first == '\\' { 1 + rest.chars().nth(1).map_or(0, char::len_utf8) } else { first.len_utf8() };
        match first {
            '[' => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
        let (taken, after) = rest.split_at(n_bytes);
        written.push_str(taken);
        rest = after;
    }
    written.push_str(")$");
    written
}

/// `\p{L}`, `\P{Lu}` or `\pL` at the beginning, and what follows.
fn class_name(text: &str) -> Option<(&str, &str)> {
    let after = text.strip_prefix("\\p").or_else(|| text.strip_prefix("\\P"))?;
    let n_bytes = match after.strip_prefix('{') {
        Some(inside) => inside.find('}')? + 2,
        None => after.chars().next()?.len_utf8(),
    };
    Some(text.split_at(2 + n_bytes))
}

/// The characters of a class as ranges, such as `A-Za-z`; `None` where there is no such class.
fn ranges(name: &str) -> Option<String> {
    let class = Regex::new(&format!("^{name}$")).ok()?;
    let mut written = String::new();
    let mut open: Option<(char, char)> = None;
    let mut text = String::new();
    for c in '\0'..='\u{ffff}' {
        text.clear();
        text.push(c);
        match (class.is_match(&text), open) {
            (true, None) => open = Some((c, c)),
            (true, Some((first, _))) => open = Some((first, c)),
            (false, Some(range)) => {
                write_range(&mut written, range);
                open = None;
            }
            (false, None) => {}
        }
    }
    if let Some(range) = open {
        write_range(&mut written, range);
    }
    Some(written)
}

fn write_range(written: &mut String, (first, last): (char, char)) {
    // Written by number: some of them cannot be seen, and some mean something in brackets.
    let _ = write!(written, "\\u{:04x}", u32::from(first));
    if last != first {
        let _ = write!(written, "-\\u{:04x}", u32::from(last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_anchored_and_classes_written_out() {
        assert_eq!(portable("0\\d{9}|x"), "^(?:0\\d{9}|x)$");
        assert_eq!(portable("a\\]b\\\\p{2}"), "^(?:a\\]b\\\\p{2})$", "what is escaped is no class");
        let letters = portable("\\p{L}+( \\p{L}+)*");
        assert!(letters.starts_with("^(?:[\\u0041-\\u005a\\u0061-\\u007a") && letters.ends_with("]+)*)$"), "{letters}");
        assert!(letters.contains("\\u1ea0-") || letters.contains("\\u1e00-"), "letters of Vietnamese: {letters}");
        assert!(portable("[\\p{L}\\p{M}' -]+").starts_with("^(?:[\\u0041-"));
        assert!(!portable("[\\p{L} -]+").contains("[["));
        assert_eq!(portable("\\p{Xyz}"), "^(?:\\p{Xyz})$", "an unknown class is left to the engine");
        assert!(portable("\\pL").len() > 100 && portable("\\P{L}").len() > 100);
    }

    #[test]
    fn what_is_written_out_fits_what_the_class_fits() {
        let (written, plain) =
            (Regex::new(&portable("[\\p{L}' ]+")).expect("a pattern"), Regex::new("^[\\p{L}' ]+$").expect("a pattern"));
        for text in ["Nguyễn Thị Hoa", "Đặng", "ỹ", "o'Neil", "a1", "", "漢", "_", "Ω", "2", "e\u{301}"] {
            assert_eq!(written.is_match(text), plain.is_match(text), "{text}");
        }
    }
}
