//! Names that statistical programs accept, made from any names: short enough, of their letters, different without regard to case.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// Longest name in Stata.
const STATA_LENGTH: usize = 32;
/// Longest name in SPSS, in bytes.
const SPSS_LENGTH: usize = 64;

/// Words that Stata keeps for itself.
const STATA_RESERVED: [&str; 30] = [
    "_all",
    "_b",
    "_coef",
    "_cons",
    "_n",
    "_pi",
    "_pred",
    "_rc",
    "_se",
    "_skip",
    "_weight",
    "byte",
    "double",
    "float",
    "if",
    "in",
    "int",
    "long",
    "strl",
    "using",
    "with",
    "aggregate",
    "array",
    "boolean",
    "class",
    "complex",
    "const",
    "delete",
    "end",
    "for",
];
/// Words that SPSS keeps for itself.
const SPSS_RESERVED: [&str; 13] = ["all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"];

/// Names for Stata, one for each of these, in order: at most 32 of `a-z A-Z 0-9 _`.
#[must_use]
pub fn stata<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    all(names, STATA_LENGTH, |name| STATA_RESERVED.contains(&name) || is_string_type(name))
}

/// Names for SPSS, one for each of these, in order: at most 64 of `a-z A-Z 0-9 _`, beginning with a letter, not ending with `_`.
#[must_use]
pub fn spss<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    all(names, SPSS_LENGTH, |name| SPSS_RESERVED.contains(&name))
}

fn is_string_type(name: &str) -> bool {
    name.strip_prefix("str")
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn all<'a>(names: impl Iterator<Item = &'a str>, length: usize, reserved: impl Fn(&str) -> bool) -> Vec<String> {
    let mut taken = BTreeSet::new();
    names
        .map(|name| {
            let mut wish = letters(name);
            if reserved(&wish.to_ascii_lowercase()) {
                wish.insert_str(0, "v_");
            }
            let shortened = |room: usize| wish.chars().take(room).collect::<String>().trim_end_matches('_').to_owned();
            let mut chosen = shortened(length);
            let mut number = 2_usize;
            while !taken.insert(chosen.to_ascii_lowercase()) {
                let suffix = format!("_{number}");
                chosen = shortened(length - suffix.len()) + &suffix;
                number += 1;
            }
            chosen
        })
        .collect()
}

/// The name in the letters of both programs, beginning with a letter.
fn letters(name: &str) -> String {
    let plain =
        name.nfd().filter(|letter| !unicode_normalization::char::is_combining_mark(*letter)).map(
            |letter| match letter {
                'đ' => 'd',
                'Đ' => 'D',
                letter if letter.is_ascii_alphanumeric() => letter,
                _ => '_',
            },
        );
    let text: String = plain.collect();
    let text = text.trim_end_matches('_');
    if text.starts_with(|first: char| first.is_ascii_alphabetic()) { text.to_owned() } else { format!("v{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_stay_apart_and_come_back_the_same() {
        let long = "d301_muc_do_hai_long_ve_ket_qua_cung_ung_dich_vu";
        let names = [
            long,
            "d301_muc_do_hai_long_ve_ket_qua_cung_ung_dich_vu_2",
            "q/1",
            "q_1",
            "Q_1",
            "_n",
            "1a",
            "Tuổi Đời",
            "if",
            "str12",
            "///",
        ];
        let stata = stata(names.into_iter());
        assert_eq!(stata[0], "d301_muc_do_hai_long_ve_ket_qua");
        assert_eq!(stata[1], "d301_muc_do_hai_long_ve_ket_qu_2");
        assert_eq!(&stata[2..], ["q_1", "q_1_2", "Q_1_3", "v_n", "v1a", "Tuoi_Doi", "v_if", "v_str12", "v"]);
        assert!(stata.iter().all(|name| name.len() <= STATA_LENGTH));
        let spss = spss(["with", "x", "X", long].into_iter());
        assert_eq!(spss, ["v_with", "x", "X_2", long]);
    }

    #[test]
    fn a_thousand_names_of_one_beginning_are_a_thousand_names() {
        let names: Vec<String> = (0..1000).map(|number| format!("{}{number}", "a".repeat(60))).collect();
        let made: BTreeSet<String> = stata(names.iter().map(String::as_str)).into_iter().collect();
        assert_eq!(made.len(), 1000);
    }
}
