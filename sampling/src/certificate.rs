//! The certificate of a draw: a small JSON document beside the list, with all that is needed to draw it again.

use problem::{Place, Problem, Problems, Words};
use serde::{Deserialize, Serialize};

use crate::commitment::Opening;
use crate::design::{Only, SampleDesign};
use crate::frame::FrameReading;
use crate::hash::sha256_hex;
use crate::sample::{MethodUsed, Role, Sample};

const KIND: &str = "khaosat_sample_certificate";
const VERSION: u32 = 1;

/// What was drawn from what, how, and the fingerprint of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    kind: String,
    version: u32,
    program_version: String,
    generator: String,
    seed: u64,
    only: Option<String>,
    methods: Vec<MethodUsed>,
    frame_sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frame_reading: Option<FrameReading>,
    design: String,
    design_sha256: String,
    design_toml: String,
    list_sha256: String,
    n_main: usize,
    n_reserve: usize,
    notes: Vec<Words>,
    /// What leads back to the commitment, when the draw was made under one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commitment: Option<Opening>,
}

/// The name of the certificate of a list: `OUT.csv.certificate.json` beside `OUT.csv`.
#[must_use]
pub fn certificate_name(list: &str) -> String {
    format!("{list}.certificate.json")
}

impl Certificate {
    /// The certificate of a sample whose list was written as these bytes.
    #[must_use]
    pub fn of(sample: &Sample, design: &SampleDesign, list: &[u8]) -> Self {
        let provenance = &sample.provenance;
        Self {
            kind: KIND.to_owned(),
            version: VERSION,
            program_version: provenance.program_version.clone(),
            generator: provenance.generator.clone(),
            seed: provenance.seed,
            only: provenance.only.clone(),
            methods: provenance.methods.clone(),
            frame_sha256: provenance.frame_sha256.clone(),
            frame_reading: provenance.frame_reading.clone(),
            design: provenance.design.clone(),
            design_sha256: provenance.design_sha256.clone(),
            design_toml: design.text().to_owned(),
            list_sha256: sha256_hex(list),
            n_main: sample.units_of(Role::Main).count(),
            n_reserve: sample.units_of(Role::Reserve).count(),
            notes: sample.notes.clone(),
            commitment: None,
        }
    }

    /// The same certificate, of a draw under a commitment.
    #[must_use]
    pub fn under_commitment(mut self, opening: Opening) -> Self {
        self.commitment = Some(opening);
        self
    }

    /// How the commitment was opened, when the draw was made under one.
    #[must_use]
    pub fn opening(&self) -> Option<&Opening> {
        self.commitment.as_ref()
    }

    /// The hash of the frame that was drawn from.
    #[must_use]
    pub fn frame_sha256(&self) -> &str {
        &self.frame_sha256
    }

    /// The document as JSON text.
    ///
    /// # Errors
    /// A problem if the document cannot be written as JSON, which plain text and numbers always can.
    pub fn to_json(&self) -> Result<String, Problems> {
        serde_json::to_string_pretty(self).map(|text| text + "\n").map_err(|error| not_readable(&error).into())
    }

    /// Reads a certificate.
    ///
    /// # Errors
    /// A problem when it is not a certificate of this kind and version, or not written byte for byte as the program
    /// writes it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Problems> {
        let certificate: Self = serde_json::from_slice(bytes).map_err(|error| not_readable(&error))?;
        if certificate.kind != KIND || certificate.version != VERSION {
            return Err(Problem::new(
                "certificate_not_readable",
                "chứng thư không đúng loại hoặc phiên bản",
                "the certificate is of another kind or version",
            )
            .expected(format!("{KIND} {VERSION}"))
            .got(format!("{} {}", certificate.kind, certificate.version))
            .into());
        }
        if certificate.to_json()?.as_bytes() != bytes {
            return Err(Problem::new(
                "certificate_bytes_changed",
                "chứng thư không được viết đúng từng byte như chương trình đã viết",
                "the certificate is not written byte for byte as the program wrote it",
            )
            .hint("dùng tệp gốc, không lưu lại bằng chương trình khác", "use the original file, never saved again")
            .into());
        }
        Ok(certificate)
    }

    /// The design in the certificate, restricted as the draw was.
    ///
    /// # Errors
    /// A problem when the text is not the one whose hash the certificate names, or is not a design.
    pub fn design(&self) -> Result<SampleDesign, Problems> {
        let actual = sha256_hex(self.design_toml.as_bytes());
        if actual != self.design_sha256 {
            return Err(changed("design_toml", &self.design_sha256, &actual).into());
        }
        let design = SampleDesign::from_toml(&self.design_toml)?;
        match &self.only {
            Some(only) => design.restricted_to(Only::parse(only)?),
            None => Ok(design),
        }
    }

    /// How the frame's file was read, unless as it lies.
    #[must_use]
    pub fn frame_reading(&self) -> Option<&FrameReading> {
        self.frame_reading.as_ref()
    }

    /// Whether these bytes are the certified list.
    #[must_use]
    pub fn is_of_list(&self, list: &[u8]) -> bool {
        self.list_sha256 == sha256_hex(list)
    }

    /// A sample that was read back from the certified list, with what stands in the certificate alone: generator,
    /// methods, notes and what people call the levels.
    ///
    /// # Errors
    /// As [`Certificate::design`].
    pub fn complete(&self, mut sample: Sample) -> Result<Sample, Problems> {
        let design = self.design()?;
        for level in &mut sample.levels {
            if let Some(designed) = design.levels().iter().find(|designed| designed.name == level.name) {
                level.words = designed.words.clone();
            }
        }
        sample.provenance.generator.clone_from(&self.generator);
        sample.provenance.frame_reading.clone_from(&self.frame_reading);
        sample.provenance.methods.clone_from(&self.methods);
        sample.notes.clone_from(&self.notes);
        Ok(sample)
    }

    /// Every field that differs from the certificate of the sample drawn again; the list's hash is left to
    /// [`Certificate::is_of_list`], the commitment itself to [`Opening::check_commitment`].
    ///
    /// # Errors
    /// One problem for each field.
    pub fn check(&self, redrawn: &Sample, design: &SampleDesign) -> Result<(), Problems> {
        let expected = Self {
            list_sha256: self.list_sha256.clone(),
            commitment: self.commitment.clone(),
            ..Self::of(redrawn, design, &[])
        };
        let mut problems = Problems::none();
        if let Some(Err(found)) = self.commitment.as_ref().map(|opening| opening.check_seed(redrawn.provenance.seed)) {
            problems.extend(found);
        }
        let fields =
            |certificate: &Self| serde_json::to_value(certificate).ok().and_then(|value| value.as_object().cloned());
        let (Some(expected), Some(actual)) = (fields(&expected), fields(self)) else { return Ok(()) };
        for (field, should) in &expected {
            let is = actual.get(field);
            if is != Some(should) {
                problems.push(changed(field, &should.to_string(), &is.map(ToString::to_string).unwrap_or_default()));
            }
        }
        problems.into_result(())
    }
}

fn changed(field: &str, expected: &str, got: &str) -> Problem {
    Problem::new("certificate_changed", "chứng thư đã bị sửa", "the certificate was changed")
        .at(Place::column(field))
        .expected(expected)
        .got(got)
}

fn not_readable(error: &serde_json::Error) -> Problem {
    Problem::new("certificate_not_readable", "không đọc được chứng thư", "the certificate cannot be read")
        .expected(format!("JSON, {KIND} {VERSION}"))
        .got(error.to_string())
}
