//! The bundled fonts of papers: text is measured with the same files it is drawn with.

use std::sync::LazyLock;

use krilla::text::Font;

/// Thickness and slope of letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum Face {
    #[default]
    Regular,
    Bold,
    Italic,
    BoldItalic,
}

const FILES: [&[u8]; 4] = [
    include_bytes!("../../../../fonts/LiberationSerif-Regular.ttf"),
    include_bytes!("../../../../fonts/LiberationSerif-Bold.ttf"),
    include_bytes!("../../../../fonts/LiberationSerif-Italic.ttf"),
    include_bytes!("../../../../fonts/LiberationSerif-BoldItalic.ttf"),
];

struct Known {
    face: ttf_parser::Face<'static>,
    /// Advance and glyph of the characters that papers are made of, looked up once: Latin with Vietnamese, then punctuation to arrows.
    glyphs: [Vec<Option<Glyph>>; 3],
    font: Option<Font>,
}

const RANGES: [(u32, u32); 3] = [(0x20, 0x250), (0x1E00, 0x1F00), (0x2000, 0x2200)];

/// A glyph with its advance in parts of an em.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph {
    pub(super) id: u16,
    pub(super) advance: f64,
}

static KNOWN: LazyLock<[Option<Known>; 4]> = LazyLock::new(|| FILES.map(Known::new));

impl Known {
    fn new(bytes: &'static [u8]) -> Option<Self> {
        let face = ttf_parser::Face::parse(bytes, 0).ok()?;
        let glyphs = RANGES.map(|(first, end)| {
            (first..end).map(|code| char::from_u32(code).and_then(|letter| looked_up(&face, letter))).collect()
        });
        Some(Self { face, glyphs, font: Font::new(bytes.into(), 0) })
    }
}

fn looked_up(face: &ttf_parser::Face<'_>, letter: char) -> Option<Glyph> {
    let id = face.glyph_index(letter)?;
    Some(Glyph { id: id.0, advance: f64::from(face.glyph_hor_advance(id)?) / f64::from(face.units_per_em()) })
}

fn known(face: Face) -> Option<&'static Known> {
    KNOWN[face as usize].as_ref()
}

/// The glyph of a character; `None` where the font has none.
pub(super) fn glyph(letter: char, face: Face) -> Option<Glyph> {
    let known = known(face)?;
    let code = u32::from(letter);
    match RANGES.iter().position(|(first, end)| (*first..*end).contains(&code)) {
        Some(range) => known.glyphs[range].get((code - RANGES[range].0) as usize).copied().flatten(),
        None => looked_up(&known.face, letter),
    }
}

/// The font as the PDF embeds it.
pub(super) fn font(face: Face) -> Option<Font> {
    known(face)?.font.clone()
}

/// Width of a line in points: the sum of the advances.
pub(in super::super) fn width(text: &str, points: f64, face: Face) -> f64 {
    text.chars().filter_map(|letter| glyph(letter, face)).map(|glyph| glyph.advance).sum::<f64>() * points
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    #[test]
    fn every_vietnamese_letter_and_the_signs_of_papers_are_there() {
        let mut all: Vec<char> = "▲▼●≤≥−→–…“”‘’•%±×đĐ₫\u{202F}\u{2009}\u{A0}".chars().chain(' '..='~').collect();
        for vowel in "aăâeêioôơuưy".chars() {
            for tone in ["", "\u{300}", "\u{301}", "\u{303}", "\u{309}", "\u{323}"] {
                let composed: String = format!("{vowel}{tone}").nfc().collect();
                all.extend(composed.chars().chain(composed.to_uppercase().chars()));
            }
        }
        for face in [Face::Regular, Face::Bold, Face::Italic, Face::BoldItalic] {
            let missing: Vec<char> = all.iter().copied().filter(|&letter| glyph(letter, face).is_none()).collect();
            assert_eq!(missing, Vec::<char>::new(), "{face:?}");
            assert!(font(face).is_some());
        }
        assert!(width("n", 10.0, Face::Bold) > width("n", 10.0, Face::Regular));
    }
}
