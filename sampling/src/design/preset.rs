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

/// The presets, each under the name of its file.
macro_rules! presets_in_files {
    ($($name:literal),* $(,)?) => {
        [$(Preset { name: $name, text: include_str!(concat!("../../designs/", $name, ".toml")) }),*]
    };
}

const PRESETS: [Preset; 11] = presets_in_files![
    "papi-3x2x2x20",
    "papi-2011-small",
    "papi-2011-medium",
    "papi-2011-large",
    "papi-2011-national",
    "sipas-2024",
    "sipas-2024-national",
    "census-communes",
    "papi-2011-census",
    "communes-two-tier",
    "communes-two-tier-old-districts",
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
