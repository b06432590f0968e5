//! The commitment: what is published before a draw, so that afterwards nobody can have chosen the sample.
//!
//! It names frame, design, methods, generator and program by hash or version, and the public source that the seed will
//! come from. [`Commitment::open`] turns what that source published into the seed; the [`Opening`] stands in the
//! certificate.

mod opening;
mod seed;

pub use opening::Opening;
pub use seed::{SEED_RULE, seed_of_text};

use problem::{Place, Problem, Problems};
use serde::{Deserialize, Serialize};

use crate::design::SampleDesign;
use crate::frame::{FrameReading, SamplingFrame};
use crate::hash::sha256_hex;
use crate::multistage::provenance;
use crate::sample::{MethodUsed, Provenance};

use seed::one_line;

const KIND: &str = "khaosat_sample_commitment";
const VERSION: u32 = 1;

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frame_reading: Option<FrameReading>,
    design: String,
    design_sha256: String,
    only: Option<String>,
    seed: SeedSource,
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
            frame_reading: provenance.frame_reading,
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

    /// How the frame's file is read, unless as it lies.
    #[must_use]
    pub fn frame_reading(&self) -> Option<&FrameReading> {
        self.frame_reading.as_ref()
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
        serde_json::to_string_pretty(self)
            .map(|text| text + "\n")
            .map_err(|error| not_readable(&error.to_string()).into())
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
    /// A problem when it is not a commitment of this kind and version, or not written byte for byte as the program
    /// writes it.
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

    /// Whether a draw is the one committed to: every field of its provenance that differs. A commitment to the whole
    /// frame also covers the draw of one part of it, because its units are those of the whole draw.
    ///
    /// # Errors
    /// `commitment_differs` for each field.
    pub fn check(&self, provenance: &Provenance) -> Result<(), Problems> {
        let methods = |methods: &[MethodUsed]| {
            methods.iter().map(|used| format!("{} {}", used.stage, used.method)).collect::<Vec<_>>().join(", ")
        };
        let only = |only: &Option<String>| only.clone().unwrap_or_else(|| "—".to_owned());
        // Which column is the measure of size decides who is drawn: how the frame is read is fixed with its bytes.
        let reading = |reading: &Option<FrameReading>| {
            let note = reading.as_ref().and_then(FrameReading::note);
            note.map_or_else(|| "—".to_owned(), |note| note.en)
        };
        let mut fields = vec![
            ("frame_sha256", self.frame_sha256.clone(), provenance.frame_sha256.clone()),
            ("frame_reading", reading(&self.frame_reading), reading(&provenance.frame_reading)),
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
