//! The instruments that come with the program, as their sheets.

use problem::Problems;

use super::{Questionnaire, Sheets, xlsform};

/// An instrument of the house: three sheets as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// Its name, as commands take it.
    pub name: &'static str,
    /// The sheet `survey`.
    pub survey: &'static str,
    /// The sheet `choices`.
    pub choices: &'static str,
    /// The sheet `settings`.
    pub settings: &'static str,
}

macro_rules! builtin {
    ($($name:literal)*) => {
        &[$(Builtin {
            name: $name,
            survey: include_str!(concat!("../../questionnaires/", $name, "/survey.csv")),
            choices: include_str!(concat!("../../questionnaires/", $name, "/choices.csv")),
            settings: include_str!(concat!("../../questionnaires/", $name, "/settings.csv")),
        }),*]
    };
}

/// All instruments of the house.
pub const BUILTIN: &[Builtin] = builtin![
    "papi-2019"
    "papi-2021"
    "sipas-2023"
    "health-inpatient-2019"
    "health-outpatient-2019"
    "education-parent-2023"
    "education-student-2023"
];

/// The instrument of that name.
#[must_use]
pub fn builtin(name: &str) -> Option<Builtin> {
    BUILTIN.iter().copied().find(|instrument| instrument.name == name)
}

impl Builtin {
    /// The instrument, read and checked.
    ///
    /// # Errors
    /// Every problem of its sheets; the tests see to it that there are none.
    pub fn questionnaire(&self) -> Result<Questionnaire, Problems> {
        xlsform::read(&Sheets::from_csv(self.survey, self.choices, self.settings)?)
    }
}
