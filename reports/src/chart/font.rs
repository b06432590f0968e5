//! The bundled fonts: text is measured with the same files it is drawn with.

use std::sync::LazyLock;

use problem::{Problem, Problems};
use ttf_parser::Face;

/// `font-family` of every figure. Inter first; the others are narrower, so a reader without Inter still sees labels that fit.
pub const FONT_FAMILY: &str = "Inter, 'Liberation Sans', Arial, sans-serif";

/// Bytes of the bundled fonts, regular and semibold. Figures are made with these and no other.
pub const BUNDLED_FONTS: [&[u8]; 2] =
    [include_bytes!("../../../web/fonts/Inter-Regular.ttf"), include_bytes!("../../../web/fonts/Inter-SemiBold.ttf")];

/// Thickness of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// 400.
    Regular,
    /// 600.
    SemiBold,
}

/// A font with the advances of the characters that figures use, looked up once.
struct Font {
    face: Face<'static>,
    /// Font units in an em.
    units_per_em: f64,
    /// Advance of each character of [`RANGES`], one after the other; `None` without a glyph.
    advances: Vec<Option<u16>>,
}

/// Latin with Vietnamese, punctuation to mathematical signs, geometric shapes. Others are looked up each time.
const RANGES: [(u32, u32); 4] = [(0x20, 0x250), (0x1E00, 0x1F00), (0x2000, 0x2300), (0x25A0, 0x2600)];

static FONTS: LazyLock<[Option<Font>; 2]> = LazyLock::new(|| BUNDLED_FONTS.map(Font::new));

fn font(weight: Weight) -> Option<&'static Font> {
    match weight {
        Weight::Regular => FONTS[0].as_ref(),
        Weight::SemiBold => FONTS[1].as_ref(),
    }
}

impl Font {
    fn new(bytes: &'static [u8]) -> Option<Self> {
        let face = Face::parse(bytes, 0).ok()?;
        let units_per_em = f64::from(face.units_per_em());
        let codes = RANGES.into_iter().flat_map(|(first, end)| first..end);
        let advances = codes.map(|code| looked_up(&face, char::from_u32(code)?)).collect();
        Some(Self { face, units_per_em, advances })
    }

    fn advance(&self, letter: char) -> Option<u16> {
        let code = u32::from(letter);
        let mut before = 0;
        for (first, end) in RANGES {
            if (first..end).contains(&code) {
                return self.advances.get((before + code - first) as usize).copied().flatten();
            }
            before += end - first;
        }
        looked_up(&self.face, letter)
    }
}

fn looked_up(face: &Face<'_>, letter: char) -> Option<u16> {
    face.glyph_index(letter).and_then(|glyph| face.glyph_hor_advance(glyph))
}

/// Width of one line, in the unit of `size`: the sum of the advances. Kerning, which only tightens, is left out.
pub(crate) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let Some(font) = font(weight) else { return 0.0 };
    let units: u32 = text.chars().filter_map(|letter| font.advance(letter)).map(u32::from).sum();
    f64::from(units) * size / font.units_per_em
}

/// Whether both fonts can draw the character.
pub(crate) fn has_glyph(letter: char) -> bool {
    [Weight::Regular, Weight::SemiBold]
        .into_iter()
        .all(|weight| font(weight).is_some_and(|font| font.advance(letter).is_some()))
}

/// Checks that every character can be drawn: a box in place of a letter is not a figure.
///
/// # Errors
/// One problem that names the characters.
pub(crate) fn check_glyphs<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<(), Problems> {
    let mut missing: Vec<char> = texts.into_iter().flat_map(str::chars).filter(|&letter| !has_glyph(letter)).collect();
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> =
        missing.iter().map(|letter| format!("{letter:?} (U+{:04X})", u32::from(*letter))).collect();
    Err(Problem::new(
        "chart_missing_glyph",
        "phông chữ của biểu đồ không có ký tự này",
        "the font of the figure lacks a character",
    )
    .got(names.join(", "))
    .hint("thay ký tự đó trong tên hoặc tiêu đề", "replace the character in the name or title")
    .into())
}

/// Widest of the lines.
pub(crate) fn widest<'a>(lines: impl IntoIterator<Item = &'a str>, size: f64, weight: Weight) -> f64 {
    lines.into_iter().map(|line| width(line, size, weight)).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    #[test]
    fn every_character_a_figure_may_use_has_a_glyph() {
        let signs = "▲▼●○■◆◇≤≥−→←–—*%±·…“”‘’();:,./<>&\u{202F}\u{2009}\u{00A0}";
        let vowels = "aăâeêioôơuưy";
        let plain: String = ('0'..='9').chain('a'..='z').chain('A'..='Z').chain("đĐ".chars()).collect();
        let mut all: Vec<char> = signs.chars().chain(plain.chars()).collect();
        for vowel in vowels.chars() {
            for tone in ['\u{0300}', '\u{0301}', '\u{0303}', '\u{0309}', '\u{0323}'] {
                // Through NFC, because ặ is composed as ạ with a breve, not ă with a dot.
                let composed: String = format!("{vowel}{tone}").nfc().collect();
                assert_eq!(composed.chars().count(), 1, "{composed}");
                all.extend(composed.chars().chain(composed.to_uppercase().chars()));
            }
            all.extend(vowel.to_uppercase().chain([vowel]));
        }
        assert!(all.len() > 200, "{} characters", all.len());
        let missing: Vec<char> = all.into_iter().filter(|&letter| !has_glyph(letter)).collect();
        assert_eq!(missing, Vec::<char>::new());
    }

    #[test]
    fn a_missing_character_is_named() {
        let problems = check_glyphs(["Bắc Giang 🙂"]).expect_err("no emoji in the font");
        assert_eq!(problems.0[0].code, "chart_missing_glyph");
        assert!(problems.0[0].got.as_ref().is_some_and(|got| got.en.contains("U+1F642")));
    }

    #[test]
    fn width_follows_the_font_file() {
        // Advance of "n" and "0" in Inter 4.x Regular, unitsPerEm 2048, read from the hmtx table.
        let face = Face::parse(BUNDLED_FONTS[0], 0).expect("a font");
        let expected: f64 = ['n', '0']
            .iter()
            .map(|&c| f64::from(face.glyph_hor_advance(face.glyph_index(c).expect("glyph")).expect("advance")))
            .sum();
        assert!(
            (width("n0", 2048.0, Weight::Regular) - expected * 2048.0 / f64::from(face.units_per_em())).abs() < 1e-9
        );
        assert!(width("n", 10.0, Weight::SemiBold) > width("n", 10.0, Weight::Regular));
    }
}
