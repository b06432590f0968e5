//! The definitions that come with the program.

use problem::{Problem, Problems};

use super::definition::IndexDefinition;

/// A definition shipped with the program.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its code, which is also the name of its folder.
    pub name: &'static str,
    /// Its `index.toml`.
    pub text: &'static str,
}

const PRESETS: [Preset; 2] = [
    Preset { name: "papi-2019", text: include_str!("../../../questionnaires/papi-2019/index.toml") },
    Preset { name: "sipas-2023", text: include_str!("../../../questionnaires/sipas-2023/index.toml") },
];

/// All shipped definitions.
#[must_use]
pub fn presets() -> &'static [Preset] {
    &PRESETS
}

/// The shipped definition of that name.
///
/// # Errors
/// `index_unknown_preset` when there is none; the problems of the definition if it does not hold (a test proves it does).
pub fn preset(name: &str) -> Result<IndexDefinition, Problems> {
    let found = PRESETS.iter().find(|preset| preset.name == name);
    let found = found.ok_or_else(|| {
        Problem::new(
            "index_unknown_preset",
            format!("không có bộ chỉ số tên {name}"),
            format!("there is no index definition named {name}"),
        )
        .expected(PRESETS.map(|preset| preset.name).join(", "))
    })?;
    IndexDefinition::from_toml(found.text)
}
