//! How a commitment was opened: the part of a certificate that leads back to it.

use problem::{Place, Problem, Problems};
use serde::{Deserialize, Serialize};

use super::seed::{SEED_RULE, one_line, seed_of_text};
use super::{Commitment, SeedForm, SeedSource};

/// How a commitment was opened: the part of a certificate that leads back to what was published before the draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    pub(super) commitment_sha256: String,
    pub(super) seed: SeedSource,
    /// The published text; none when the number itself was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
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
    /// `opening_other_seed` when the text gives another seed; `opening_not_readable` when form, rule and text do not go
    /// together.
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
