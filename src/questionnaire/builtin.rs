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

/// All instruments of the house.
pub const BUILTIN: &[Builtin] = &[
    Builtin {
        name: "papi-2019",
        survey: include_str!("../../questionnaires/papi-2019/survey.csv"),
        choices: include_str!("../../questionnaires/papi-2019/choices.csv"),
        settings: include_str!("../../questionnaires/papi-2019/settings.csv"),
    },
    Builtin {
        name: "sipas-2023",
        survey: include_str!("../../questionnaires/sipas-2023/survey.csv"),
        choices: include_str!("../../questionnaires/sipas-2023/choices.csv"),
        settings: include_str!("../../questionnaires/sipas-2023/settings.csv"),
    },
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
