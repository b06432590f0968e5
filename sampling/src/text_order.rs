//! The order of texts that a design sorts by.
//!
//! A sample must come back the same in ten years, so the order of names is written down here and not taken from a library,
//! whose tables move with each edition of CLDR. It agrees with CLDR's `vi` on letters, digits and spaces (tested). A change of
//! the rule is another word in [`TextOrder`], never another meaning of a word that designs already use.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;

/// How a design's `sort_by` compares texts that are not whole numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextOrder {
    /// `characters`: by code point, so that `Đ` follows `Z`.
    #[default]
    Characters,
    /// `vietnamese`: letter by letter in the order of the Vietnamese alphabet (`a ă â b c d đ e ê …`); among equal letters by
    /// tone (none, huyền, hỏi, ngã, sắc, nặng), then small before capital.
    Vietnamese,
}

/// A text as its order sees it; keys of one order compare among themselves.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TextKey {
    Characters(String),
    Vietnamese { letters: Vec<(u8, u32)>, tones: Vec<u32>, capitals: Vec<bool> },
}

impl TextOrder {
    /// The words of a design.
    pub const WORDS: [(&'static str, Self); 2] = [("characters", Self::Characters), ("vietnamese", Self::Vietnamese)];

    pub(crate) fn key(self, text: &str) -> TextKey {
        match self {
            Self::Characters => TextKey::Characters(text.to_owned()),
            Self::Vietnamese => vietnamese(text),
        }
    }

    /// Which of two texts comes first.
    #[must_use]
    pub fn compare(self, one: &str, other: &str) -> Ordering {
        self.key(one).cmp(&self.key(other))
    }
}

/// The alphabet with the letters that only foreign names have (`f j w z`).
const ALPHABET: &str = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";

/// Marks that make another letter of the one they stand on.
const BREVE: char = '\u{306}';
const CIRCUMFLEX: char = '\u{302}';
const HORN: char = '\u{31b}';

/// Tones in their order: huyền, hỏi, ngã, sắc, nặng. No mark is 0.
const TONES: [char; 5] = ['\u{300}', '\u{309}', '\u{303}', '\u{301}', '\u{323}'];

fn vietnamese(text: &str) -> TextKey {
    let (mut letters, mut tones, mut capitals) = (Vec::new(), Vec::new(), Vec::new());
    let mut marked = text.nfd().peekable();
    while let Some(base) = marked.next() {
        let (mut shape, mut tone) = (None, 0);
        while let Some(mark) = marked.next_if(|next| unicode_normalization::char::is_combining_mark(*next)) {
            match mark {
                BREVE | CIRCUMFLEX | HORN => shape = Some(mark),
                // A mark of another language follows the tones.
                _ => tone = TONES.iter().position(|one| *one == mark).map_or(u32::from(mark), |place| place as u32 + 1),
            }
        }
        letters.push(place(base, shape));
        tones.push(tone);
        capitals.push(base.is_uppercase());
    }
    TextKey::Vietnamese { letters, tones, capitals }
}

/// Signs and spaces, then digits, then the alphabet, then what is not in it.
fn place(base: char, shape: Option<char>) -> (u8, u32) {
    let small = base.to_lowercase().next().unwrap_or(base);
    let letter: char = shape.map_or(small, |mark| [small, mark].into_iter().nfc().next().unwrap_or(small));
    let of_alphabet = |letter: char| ALPHABET.chars().position(|one| one == letter);
    match of_alphabet(letter).or_else(|| of_alphabet(small)) {
        Some(rank) => (2, rank as u32),
        None if base.is_ascii_digit() => (1, u32::from(base)),
        None if base.is_alphabetic() => (3, u32::from(small)),
        None => (0, u32::from(base)),
    }
}

#[cfg(test)]
mod tests {
    use icu_collator::Collator;
    use icu_collator::options::CollatorOptions;
    use icu_locale_core::locale;
    use proptest::prelude::*;

    use super::*;

    const SYLLABLES: [&str; 24] = [
        "An", "ăn", "Ân", "Đa", "da", "Đà", "đả", "Đã", "Đá", "đạ", "Ưng", "ung", "Ơn", "on", "Ôn", "ộn", "Ỷ", "y",
        "Xã", "xa", "Zét", "E", "ề", "3",
    ];

    proptest! {
        #[test]
        fn names_stand_as_cldr_puts_them(
            one in proptest::collection::vec(0_usize..24, 1..4),
            other in proptest::collection::vec(0_usize..24, 1..4),
        ) {
            let collator = Collator::try_new(locale!("vi").into(), CollatorOptions::default()).expect("the vi order");
            let text = |words: &[usize]| words.iter().map(|word| SYLLABLES[*word]).collect::<Vec<_>>().join(" ");
            let (one, other) = (text(&one), text(&other));
            prop_assert_eq!(TextOrder::Vietnamese.compare(&one, &other), collator.compare(&one, &other), "{} {}", one, other);
        }
    }

    #[test]
    fn composed_and_decomposed_are_one_text_and_d_with_a_stroke_follows_d() {
        let decomposed: String = "Xã Đại Hoá".nfd().collect();
        assert_eq!(TextOrder::Vietnamese.compare("Xã Đại Hoá", &decomposed), Ordering::Equal);
        let mut names = ["Yên Dũng", "Đông Sơn", "Dương Đức", "Đa Mai", "Ân Thi", "An Hà"];
        names.sort_by(|one, other| TextOrder::Vietnamese.compare(one, other));
        assert_eq!(names, ["An Hà", "Ân Thi", "Dương Đức", "Đa Mai", "Đông Sơn", "Yên Dũng"]);
        assert_eq!(TextOrder::Characters.compare("Yên", "Đa"), Ordering::Less, "code points put Đ last");
    }
}
