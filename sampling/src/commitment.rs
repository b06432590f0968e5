//! The commitment: what is published before a draw, so that afterwards nobody can have chosen the sample.
//!
//! It names frame, design, methods, generator and program by hash or version, and the public source that the seed will come
//! from. [`Commitment::open`] turns what that source published into the seed; the [`Opening`] stands in the certificate.

use problem::{Place, Problem, Problems};
use serde::{Deserialize, Serialize};

use crate::design::SampleDesign;
use crate::frame::SamplingFrame;
use crate::hash::{nfc, sha256_hex};
use crate::multistage::provenance;
use crate::sample::{MethodUsed, Provenance};

const KIND: &str = "khaosat_sample_commitment";
const VERSION: u32 = 1;

/// The name and version of the rule from a published text to a seed. A changed rule gets a new name.
pub const SEED_RULE: &str = "khaosat_seed_v1";

/// What a public source will publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeedForm {
    /// A line of text, such as the digits of a lottery's first prize; the seed is computed from it ([`seed_of_text`]).
    PublishedText,
    /// A whole number that is the seed itself.
    PublishedNumber,
}

/// Where the seed will come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedSource {
    form: SeedForm,
    /// The rule from text to number; none when the number itself is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// The public source, in words; none when nobody named one, which the verification says.
    source: Option<String>,
}

impl SeedSource {
    /// A source that will publish a text or a number, described so exactly that only one text or number can be meant.
    ///
    /// # Errors
    /// `seed_source_missing` for a text without a named source; `seed_text` for a description with hidden characters.
    pub fn new(form: SeedForm, source: Option<&str>) -> Result<Self, Problems> {
        let source = source.map(|text| one_line(text, "seed_source")).transpose()?;
        if form == SeedForm::PublishedText && source.is_none() {
            return Err(Problem::new(
                "seed_source_missing",
                "chưa nêu nguồn công khai của số khởi đầu",
                "no public source is named for the seed",
            )
            .at(Place::column("seed_source"))
            .into());
        }
        let rule = (form == SeedForm::PublishedText).then(|| SEED_RULE.to_owned());
        Ok(Self { form, rule, source })
    }

    /// Whether a text or a number will be published.
    #[must_use]
    pub fn form(&self) -> SeedForm {
        self.form
    }

    /// The public source in words, if one was named.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }
}

/// What the source has published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published<'a> {
    /// A line of text.
    Text(&'a str),
    /// A whole number.
    Number(u64),
}

/// What is fixed before the draw. Its JSON has one writing only, and the SHA-256 of that is what has to be published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    kind: String,
    version: u32,
    program_version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    program_sha256: Option<String>,
    generator: String,
    methods: Vec<MethodUsed>,
    frame_sha256: String,
    design: String,
    design_sha256: String,
    only: Option<String>,
    seed: SeedSource,
}

/// How a commitment was opened: the part of a certificate that leads back to what was published before the draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    commitment_sha256: String,
    seed: SeedSource,
    /// The published text; none when the number itself was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

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
/// Proofs: `tests::the_seed_of_a_text_is_frozen_and_can_be_computed_by_hand`,
/// `tests::the_seed_hangs_on_text_and_commitment_and_not_on_how_accents_are_typed`.
pub fn seed_of_text(commitment_sha256: &str, text: &str) -> Result<u64, Problems> {
    let text = one_line(text, "seed_text")?;
    let digest = sha256_hex(format!("{SEED_RULE}\n{commitment_sha256}\n{text}").as_bytes());
    let seed = digest.bytes().take(16).fold(0_u64, |seed, digit| seed << 4 | u64::from(hex_digit(digit)));
    Ok(seed)
}

fn hex_digit(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit - b'0' } else { digit.wrapping_sub(b'a').wrapping_add(10) & 0xf }
}

/// One line of visible text in NFC. Hidden characters are refused, not removed: they would let somebody who already knows the
/// published text try many seeds that all look the same on paper.
fn one_line(text: &str, column: &str) -> Result<String, Problems> {
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

impl Commitment {
    /// The commitment to draw by this design from this frame, with a seed from this source.
    #[must_use]
    pub fn of(frame: &SamplingFrame, design: &SampleDesign, seed: SeedSource) -> Self {
        let provenance = provenance(frame, design, 0);
        Self {
            kind: KIND.to_owned(),
            version: VERSION,
            program_version: provenance.program_version,
            program_sha256: None,
            generator: provenance.generator,
            methods: provenance.methods,
            frame_sha256: provenance.frame_sha256,
            design: provenance.design,
            design_sha256: provenance.design_sha256,
            only: provenance.only,
            seed,
        }
    }

    /// The same commitment, bound to one file of the program as well.
    #[must_use]
    pub fn with_program(mut self, program: &[u8]) -> Self {
        self.program_sha256 = Some(sha256_hex(program));
        self
    }

    /// The hash of the program's file, if the commitment is bound to it.
    #[must_use]
    pub fn program_sha256(&self) -> Option<&str> {
        self.program_sha256.as_deref()
    }

    /// The hash of the design that will be drawn by.
    #[must_use]
    pub fn design_sha256(&self) -> &str {
        &self.design_sha256
    }

    /// Where the seed will come from.
    #[must_use]
    pub fn seed_source(&self) -> &SeedSource {
        &self.seed
    }

    /// The document: the bytes to keep, and whose hash is published.
    ///
    /// # Errors
    /// A problem if the document cannot be written as JSON, which plain text and numbers always can.
    pub fn to_json(&self) -> Result<String, Problems> {
        serde_json::to_string_pretty(self).map(|text| text + "\n").map_err(|error| not_readable(&error.to_string()).into())
    }

    /// SHA-256 of the document.
    ///
    /// # Errors
    /// As [`Commitment::to_json`].
    pub fn sha256(&self) -> Result<String, Problems> {
        Ok(sha256_hex(self.to_json()?.as_bytes()))
    }

    /// Reads a commitment.
    ///
    /// # Errors
    /// A problem when it is not a commitment of this kind and version, or not written byte for byte as the program writes it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Problems> {
        let commitment: Self = serde_json::from_slice(bytes).map_err(|error| not_readable(&error.to_string()))?;
        if commitment.kind != KIND || commitment.version != VERSION {
            return Err(not_readable(&format!("{} {}", commitment.kind, commitment.version)).into());
        }
        if commitment.to_json()?.as_bytes() != bytes {
            return Err(Problem::new(
                "commitment_bytes_changed",
                "bản cam kết không được viết đúng từng byte như chương trình đã viết",
                "the commitment is not written byte for byte as the program wrote it",
            )
            .hint("dùng tệp gốc, không lưu lại bằng chương trình khác", "use the original file, never saved again")
            .into());
        }
        Ok(commitment)
    }

    /// Whether a draw is the one committed to: every field of its provenance that differs. A commitment to the whole frame
    /// also covers the draw of one part of it, because its units are those of the whole draw.
    ///
    /// # Errors
    /// `commitment_differs` for each field.
    pub fn check(&self, provenance: &Provenance) -> Result<(), Problems> {
        let methods = |methods: &[MethodUsed]| {
            methods.iter().map(|used| format!("{} {}", used.stage, used.method)).collect::<Vec<_>>().join(", ")
        };
        let only = |only: &Option<String>| only.clone().unwrap_or_else(|| "—".to_owned());
        let mut fields = vec![
            ("frame_sha256", self.frame_sha256.clone(), provenance.frame_sha256.clone()),
            ("design", self.design.clone(), provenance.design.clone()),
            ("design_sha256", self.design_sha256.clone(), provenance.design_sha256.clone()),
            ("generator", self.generator.clone(), provenance.generator.clone()),
            ("methods", methods(&self.methods), methods(&provenance.methods)),
            ("program_version", self.program_version.clone(), provenance.program_version.clone()),
        ];
        if self.only.is_some() {
            fields.push(("only", only(&self.only), only(&provenance.only)));
        }
        let mut problems = Problems::none();
        for (field, committed, is) in fields.into_iter().filter(|(_, committed, is)| committed != is) {
            problems.push(
                Problem::new("commitment_differs", "khác với bản cam kết", "this differs from the commitment")
                    .at(Place::column(field))
                    .expected(committed)
                    .got(is),
            );
        }
        problems.into_result(())
    }

    /// Whether this frame and design, drawn by this program, are what was committed to.
    ///
    /// # Errors
    /// As [`Commitment::check`].
    pub fn check_draw(&self, frame: &SamplingFrame, design: &SampleDesign) -> Result<(), Problems> {
        self.check(&provenance(frame, design, 0))
    }

    /// The seed, and how it came about, from what the named source has published.
    ///
    /// # Errors
    /// `commitment_seed_form` when a number is given for a text or the other way round; those of [`seed_of_text`].
    pub fn open(&self, published: Published<'_>) -> Result<(u64, Opening), Problems> {
        let commitment_sha256 = self.sha256()?;
        let (seed, text) = match (self.seed.form, published) {
            (SeedForm::PublishedText, Published::Text(text)) => {
                (seed_of_text(&commitment_sha256, text)?, Some(one_line(text, "seed_text")?))
            }
            (SeedForm::PublishedNumber, Published::Number(seed)) => (seed, None),
            (form, _) => return Err(wrong_form(form, self.seed.source()).into()),
        };
        Ok((seed, Opening { commitment_sha256, seed: self.seed.clone(), text }))
    }
}

impl Opening {
    /// The hash of the commitment that was opened.
    #[must_use]
    pub fn commitment_sha256(&self) -> &str {
        &self.commitment_sha256
    }

    /// Where the seed came from.
    #[must_use]
    pub fn seed_source(&self) -> &SeedSource {
        &self.seed
    }

    /// The published text that the seed was computed from.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Whether the opening gives this seed by its own rule, as far as that can be said without the commitment.
    ///
    /// # Errors
    /// `opening_other_seed` when the text gives another seed; `opening_not_readable` when form, rule and text do not go together.
    pub fn check_seed(&self, seed: u64) -> Result<(), Problems> {
        match (self.seed.form, self.seed.rule.as_deref(), &self.text) {
            (SeedForm::PublishedText, Some(SEED_RULE), Some(text)) => {
                let implied = seed_of_text(&self.commitment_sha256, text)?;
                if implied == seed && one_line(text, "seed_text")? == *text {
                    return Ok(());
                }
                Err(Problem::new(
                    "opening_other_seed",
                    "văn bản đã công bố cho số khởi đầu khác",
                    "the published text gives another seed",
                )
                .at(Place::column("seed"))
                .expected(implied.to_string())
                .got(seed.to_string())
                .into())
            }
            (SeedForm::PublishedNumber, None, None) => Ok(()),
            _ => Err(Problem::new(
                "opening_not_readable",
                "phần mở cam kết không đầy đủ hoặc theo quy tắc lạ",
                "the opening of the commitment is incomplete or by an unknown rule",
            )
            .at(Place::column("commitment"))
            .expected(SEED_RULE)
            .into()),
        }
    }

    /// Whether this is the opening of a commitment: same hash, same source.
    ///
    /// # Errors
    /// `opening_other_commitment` for a certificate made under another commitment, or a commitment changed since.
    pub fn check_commitment(&self, commitment: &Commitment) -> Result<(), Problems> {
        let sha256 = commitment.sha256()?;
        if self.commitment_sha256 == sha256 && self.seed == commitment.seed {
            return Ok(());
        }
        Err(Problem::new(
            "opening_other_commitment",
            "chứng thư được lập theo một bản cam kết khác (hoặc bản cam kết đã bị sửa)",
            "the certificate was made under another commitment (or the commitment was changed)",
        )
        .at(Place::column("commitment"))
        .expected(sha256)
        .got(self.commitment_sha256.clone())
        .into())
    }
}

fn wrong_form(form: SeedForm, source: Option<&str>) -> Problem {
    let problem = match form {
        SeedForm::PublishedText => Problem::new(
            "commitment_seed_form",
            "bản cam kết nói số khởi đầu được tính từ một văn bản sẽ công bố",
            "by the commitment the seed is computed from a published text",
        )
        .hint("nêu văn bản bằng --seed-text", "give the text with --seed-text"),
        SeedForm::PublishedNumber => Problem::new(
            "commitment_seed_form",
            "bản cam kết nói số khởi đầu là một số sẽ công bố",
            "by the commitment the seed is a published number",
        )
        .hint("nêu số bằng --seed", "give the number with --seed"),
    };
    problem.expected(source.unwrap_or("—"))
}

fn not_readable(got: &str) -> Problem {
    Problem::new("commitment_not_readable", "không đọc được bản cam kết", "the commitment cannot be read")
        .expected(format!("JSON, {KIND} {VERSION}"))
        .got(got)
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
        for text in ["", "  ", "20  48", "20\u{a0}48", "20\n48", "20\u{200b}48", "20\u{ad}48", "\u{feff}2048", "20\u{fe0f}48"] {
            let problems = seed_of_text(COMMITMENT, text).expect_err(text);
            assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["seed_text"], "{text:?}");
        }
        assert!(SeedSource::new(SeedForm::PublishedText, None).is_err(), "a text needs a named source");
        assert!(SeedSource::new(SeedForm::PublishedNumber, None).is_ok());
    }
}
