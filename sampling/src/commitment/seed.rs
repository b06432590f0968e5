//! From a published text to a seed.

use problem::{Place, Problem, Problems};

use crate::hash::{nfc, sha256_hex};

/// The name and version of the rule from a published text to a seed. A changed rule gets a new name.
pub const SEED_RULE: &str = "khaosat_seed_v1";

/// The seed that a published text gives under a commitment.
///
/// # Formula
/// The first 16 hexadecimal digits of SHA-256 over the UTF-8 bytes of `khaosat_seed_v1`, a line feed, the commitment's
/// SHA-256 in lower-case hexadecimal, a line feed and the text (NFC, no white space at its ends), read as a number.
///
/// # Source
/// FIPS 180-4 (SHA-256); Unicode Standard Annex 15 (NFC); a published random source fixed beforehand: RFC 3797 (2004).
///
/// # Limits
/// Whoever can influence the text can try texts; the source must be out of everybody's reach and the text unambiguous.
///
/// # Errors
/// `seed_text` for an empty text, several lines, hidden characters, or white space other than single spaces.
///
/// Proofs: `commitment::seed::tests::the_seed_of_a_text_is_frozen_and_can_be_computed_by_hand`,
/// `commitment::seed::tests::the_seed_hangs_on_text_and_commitment_and_not_on_how_accents_are_typed`.
pub fn seed_of_text(commitment_sha256: &str, text: &str) -> Result<u64, Problems> {
    let text = one_line(text, "seed_text")?;
    let digest = sha256_hex(format!("{SEED_RULE}\n{commitment_sha256}\n{text}").as_bytes());
    let seed = digest.bytes().take(16).fold(0_u64, |seed, digit| seed << 4 | u64::from(hex_digit(digit)));
    Ok(seed)
}

fn hex_digit(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit - b'0' } else { digit.wrapping_sub(b'a').wrapping_add(10) & 0xf }
}

/// One line of visible text in NFC. Hidden characters are refused, not removed: they would let somebody who already
/// knows the published text try many seeds that all look the same on paper.
pub(super) fn one_line(text: &str, column: &str) -> Result<String, Problems> {
    let text = nfc(text);
    let hidden = |letter: char| {
        letter.is_control()
            || (letter.is_whitespace() && letter != ' ')
            || matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}')
            || matches!(letter, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
            || matches!(letter, '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    if text.is_empty() || text.contains("  ") || text.contains(hidden) {
        return Err(Problem::new(
            "seed_text",
            "văn bản phải là một dòng chữ nhìn thấy được, các từ cách nhau đúng một dấu cách",
            "the text must be one line of visible characters with single spaces",
        )
        .at(Place::column(column))
        .got(text.escape_debug().to_string())
        .hint(
            "gõ lại văn bản đã công bố thay vì dán: không xuống dòng, không ký tự ẩn",
            "type the published text instead of pasting it: no line breaks, no hidden characters",
        )
        .into());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED_OF_204873: u64 = 7_301_063_489_872_394_176;
    const SEED_OF_PRIZE: u64 = 8_119_290_135_523_882_491;
    const COMMITMENT: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_seed_of_a_text_is_frozen_and_can_be_computed_by_hand() {
        // printf 'khaosat_seed_v1\n%s\n%s' COMMITMENT TEXT | sha256sum | cut -c1-16   (GNU coreutils 9.1)
        assert_eq!(seed_of_text(COMMITMENT, "204873").unwrap(), SEED_OF_204873);
        assert_eq!(seed_of_text(COMMITMENT, "Giải đặc biệt: 204873").unwrap(), SEED_OF_PRIZE);
    }

    #[test]
    fn the_seed_hangs_on_text_and_commitment_and_not_on_how_accents_are_typed() {
        let nfd = "Gia\u{309}i đa\u{323}\u{306}c bie\u{323}\u{302}t: 204873";
        assert_eq!(seed_of_text(COMMITMENT, nfd).unwrap(), SEED_OF_PRIZE);
        assert_eq!(seed_of_text(COMMITMENT, " 204873\n").unwrap(), SEED_OF_204873);
        assert_ne!(seed_of_text(COMMITMENT, "204874").unwrap(), SEED_OF_204873);
        assert_ne!(seed_of_text(&COMMITMENT.replacen('b', "c", 1), "204873").unwrap(), SEED_OF_204873);
    }

    #[test]
    fn texts_that_look_alike_but_are_not_are_refused() {
        for text in
            ["", "  ", "20  48", "20\u{a0}48", "20\n48", "20\u{200b}48", "20\u{ad}48", "\u{feff}2048", "20\u{fe0f}48"]
        {
            let problems = seed_of_text(COMMITMENT, text).expect_err(text);
            assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["seed_text"], "{text:?}");
        }
    }
}
