//! Names of files as phones send them: without folders, in NFC, and mended where UTF-8 was read as Latin-1 on the way.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// The longest name kept, in characters.
const CHARS_MAX: usize = 200;

/// The name under which a file is kept; `None` where nothing is left of it. `named` are the texts of the submission, in NFC:
/// a name that stands there is right, whatever it looks like.
#[must_use]
pub fn kept_name(sent: &str, named: &BTreeSet<String>) -> Option<String> {
    let plain = tidy(sent)?;
    if named.contains(&plain) {
        return Some(plain);
    }
    match unmangled(sent).and_then(|mended| tidy(&mended)) {
        Some(mended) => Some(mended),
        None => Some(plain),
    }
}

/// The last part of a path, whatever slashes it has, without what cannot be printed.
fn tidy(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let text: String = base.nfc().filter(|c| !c.is_control()).collect();
    let text = text.trim();
    if text.is_empty() || text == "." || text == ".." {
        return None;
    }
    // The end says what kind of file it is; a name that is too long loses its beginning.
    let n_chars = text.chars().count();
    Some(text.chars().skip(n_chars.saturating_sub(CHARS_MAX)).collect())
}

/// UTF-8 that somebody read as Latin-1: every character is below U+0100, and the bytes are UTF-8 with more than ASCII in it.
fn unmangled(name: &str) -> Option<String> {
    if name.is_ascii() {
        return None;
    }
    let bytes: Vec<u8> = name.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<_>>()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(sent: &str) -> Option<String> {
        kept_name(sent, &BTreeSet::new())
    }

    #[test]
    fn names_are_composed_and_without_folders() {
        assert_eq!(kept("a\u{309}nh ho\u{323}.jpg").as_deref(), Some("ảnh họ.jpg"));
        for (sent, name) in [
            ("../../etc/passwd", Some("passwd")),
            ("C:\\anh\\nha.jpg", Some("nha.jpg")),
            ("/", None),
            ("..", None),
            ("", None),
            ("a\u{0}b\n.txt", Some("ab.txt")),
        ] {
            assert_eq!(kept(sent).as_deref(), name, "{sent:?}");
        }
        assert_eq!(kept(&format!("{}.jpg", "x".repeat(500))).expect("a name").chars().count(), CHARS_MAX);
    }

    #[test]
    fn latin_1_is_mended_unless_the_submission_names_it_so() {
        let right = "ảnh hộ gia đình - Đồng Văn.jpg";
        let mangled: String = right.bytes().map(char::from).collect();
        assert_eq!(kept(&mangled).as_deref(), Some(right));
        assert_eq!(kept(right).as_deref(), Some(right));
        // "Ã©" may be meant: then the submission says so.
        let named = BTreeSet::from(["Ã©.txt".to_owned()]);
        assert_eq!(kept_name("Ã©.txt", &named).as_deref(), Some("Ã©.txt"));
        assert_eq!(kept("Ã©.txt").as_deref(), Some("é.txt"));
        assert_eq!(kept("é.txt").as_deref(), Some("é.txt"), "Latin-1 that is no UTF-8 is a name of its own");
    }
}
