//! Designs that come with the program: data in `designs/`, nothing in code.

use problem::Problems;

use super::SampleDesign;

/// A design that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name, such as `papi-3x2x2x20`.
    pub name: &'static str,
    /// Its TOML text.
    pub text: &'static str,
}

const PRESETS: [Preset; 4] = [
    Preset { name: "papi-3x2x2x20", text: include_str!("../../designs/papi-3x2x2x20.toml") },
    Preset { name: "papi-2011-small", text: include_str!("../../designs/papi-2011-small.toml") },
    Preset { name: "census-communes", text: include_str!("../../designs/census-communes.toml") },
    Preset { name: "communes-two-tier", text: include_str!("../../designs/communes-two-tier.toml") },
];

/// All designs that come with the program, in the order in which they are tried on an unknown frame.
#[must_use]
pub fn presets() -> &'static [Preset] {
    &PRESETS
}

impl Preset {
    /// The preset of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The preset whose text has a SHA-256.
    #[must_use]
    pub fn of_sha256(sha256: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| crate::sha256_hex(preset.text.as_bytes()) == sha256)
    }

    /// The checked design.
    ///
    /// # Errors
    /// The problems of its text; none for those that come with the program (tested).
    pub fn design(&self) -> Result<SampleDesign, Problems> {
        SampleDesign::from_toml(self.text)
    }
}
