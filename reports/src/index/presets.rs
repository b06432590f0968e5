//! The definitions that come with the program.

use problem::{Problem, Problems};

use super::definition::IndexDefinition;

/// A definition shipped with the program.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its code, which is also the name of its folder or file.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal => $path:literal,)*) => {
        [$(Preset { name: $name, text: include_str!(concat!("../../../questionnaires/", $path)) },)*]
    };
}

/// Definitions with an instrument stand beside it as `index.toml`; all others in `questionnaires/indices`.
const PRESETS: &[Preset] = &shipped! {
    "papi-2018" => "indices/papi-2018.toml",
    "papi-2019" => "papi-2019/index.toml",
    "papi-2019-weighted" => "indices/papi-2019-weighted.toml",
    "papi-2021" => "papi-2021/index.toml",
    "sipas-2017" => "indices/sipas-2017.toml",
    "sipas-2017-items" => "indices/sipas-2017-items.toml",
    "sipas-2022" => "indices/sipas-2022.toml",
    "sipas-2023" => "sipas-2023/index.toml",
    "sipas-2023-items" => "indices/sipas-2023-items.toml",
    "sipas-2023-factors" => "indices/sipas-2023-factors.toml",
    "sipas-2023-weighted" => "indices/sipas-2023-weighted.toml",
    "par-2017" => "indices/par-2017.toml",
    "par-2018" => "indices/par-2018.toml",
    "par-2021-domains" => "indices/par-2021-domains.toml",
    "par-2022" => "indices/par-2022.toml",
    "par-2022-domains" => "indices/par-2022-domains.toml",
    "health-inpatient-2019" => "health-inpatient-2019/index.toml",
    "health-inpatient-2019-percent" => "indices/health-inpatient-2019-percent.toml",
    "health-inpatient-2019-satisfied" => "indices/health-inpatient-2019-satisfied.toml",
    "health-outpatient-2019" => "health-outpatient-2019/index.toml",
    "health-outpatient-2019-percent" => "indices/health-outpatient-2019-percent.toml",
    "health-outpatient-2019-satisfied" => "indices/health-outpatient-2019-satisfied.toml",
    "education-parent-2023" => "education-parent-2023/index.toml",
    "education-parent-2023-mean" => "indices/education-parent-2023-mean.toml",
    "education-parent-2023-percent" => "indices/education-parent-2023-percent.toml",
    "education-student-2023" => "education-student-2023/index.toml",
    "education-student-2023-mean" => "indices/education-student-2023-mean.toml",
    "education-student-2023-percent" => "indices/education-student-2023-percent.toml",
};

/// All shipped definitions.
#[must_use]
pub fn presets() -> &'static [Preset] {
    PRESETS
}

/// The text of the shipped definition of that name.
pub(super) fn text(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|preset| preset.name == name).map(|preset| preset.text)
}

/// That there is no definition of that name, with those that there are.
pub(super) fn unknown(name: &str) -> Problem {
    Problem::new(
        "index_unknown_preset",
        format!("không có bộ chỉ số tên {name}"),
        format!("there is no index definition named {name}"),
    )
    .expected(PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", "))
}

/// The shipped definition of that name.
///
/// # Errors
/// `index_unknown_preset` when there is none; the problems of the definition if it does not hold (a test proves it does).
pub fn preset(name: &str) -> Result<IndexDefinition, Problems> {
    IndexDefinition::from_toml(text(name).ok_or_else(|| unknown(name))?)
}
