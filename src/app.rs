//! What every request needs, built once: the settings, the store with its clock, and the rooms that judge what arrives.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::problem::Problems;
use serde_json::{Map, Value};

use crate::config::Config;
use crate::store::{Clock, Flag, Store, StoreError, migrate};

/// Checks the answers of an interview against the frozen sheets of its questionnaire, in the interview's language, and
/// says what is odd about them. It never refuses: data that break a rule are kept and flagged.
pub type CheckAnswers = fn(sheets: &[u8], language: Option<&str>, answers: &Map<String, Value>) -> Vec<Flag>;

/// Makes the workbook of a sample list out of its CSV.
pub type SampleWorkbook = fn(list_csv: &[u8]) -> Result<Vec<u8>, Problems>;

/// The sheets of a questionnaire that is built into the program, by file name.
pub type BuiltinQuestionnaire = fn(name: &str) -> Option<BTreeMap<String, String>>;

/// What the pure rooms do for the service. Functions, so that this floor can be built and tested without them.
#[derive(Clone, Copy, Default)]
pub struct Rooms {
    /// The questionnaire room; without it answers are kept unchecked.
    pub check_answers: Option<CheckAnswers>,
    /// The sample-list room; without it there is no `.xlsx` of the sample.
    pub sample_workbook: Option<SampleWorkbook>,
    /// The questionnaires that are built in; without it, only folders can be published.
    pub builtin_questionnaire: Option<BuiltinQuestionnaire>,
}

impl Rooms {
    /// The rooms this program is built with: the one place where they are joined to the service.
    #[must_use]
    pub fn of_this_program() -> Self {
        Self::default()
    }
}

/// The running program.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// The rooms.
    pub rooms: Rooms,
}

impl App {
    /// Brings the database up to date and opens it.
    ///
    /// # Errors
    /// That the database cannot be opened, is newer than this program, or its engine cannot be trusted.
    pub fn open(config: Config, clock: Arc<dyn Clock>, rooms: Rooms) -> Result<Self, StoreError> {
        let ran = migrate(&config.database)?;
        if !ran.is_empty() {
            tracing::info!(database = %config.database, migrations = ran.join(", "), "migrated");
        }
        let store = Store::open(&config.database, clock)?;
        Ok(Self { config, store, rooms })
    }
}
