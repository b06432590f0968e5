//! What every request needs, built once: the settings, the store with its clock, and the rooms that judge what arrives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::problem::{Language, Problem, Problems};
use reports::index::presets;
use sampling::{Certificate, Sample};
use serde_json::{Map, Value};

use crate::config::Config;
use crate::export::FeedCache;
use crate::fieldwork::sample_list::to_xlsx;
use crate::happened::Memory;
use crate::inspection::InspectionCache;
use crate::openrosa::form::xform;
use crate::openrosa::md5_hex;
use crate::password::PasswordRoom;
use crate::questionnaire::{Formula, Interview, Questionnaire, builtin, validate};
use crate::results::{Remembered, ResultsCache, thaw};
use crate::secret::sha256_hex;
use crate::store::{Clock, Flag, Migrated, Safeguard, Store, StoreError, migrate_with};

/// Checks the answers of an interview against the frozen sheets of its questionnaire, in the interview's language, and
/// says what is odd about them. It never refuses: data that break a rule are kept and flagged.
pub type CheckAnswers = fn(sheets: &[u8], language: Option<&str>, answers: &Map<String, Value>) -> Vec<Flag>;

/// Makes the workbook of a sample list out of its CSV and the certificate of the draw.
pub type SampleWorkbook = fn(list_csv: &[u8], certificate: Option<&str>) -> Result<Vec<u8>, Problems>;

/// The sheets of a questionnaire that is built into the program, by file name.
pub type BuiltinQuestionnaire = fn(name: &str) -> Option<BTreeMap<String, String>>;

/// The questionnaire as the JSON document that devices work with, out of its frozen sheets.
pub type FormDocument = fn(sheets: &[u8]) -> Result<Value, Problems>;

/// What the pure rooms do for the service. Functions, so that this floor can be built and tested without them.
#[derive(Clone, Copy, Default)]
pub struct Rooms {
    /// The questionnaire room; without it answers are kept unchecked.
    pub check_answers: Option<CheckAnswers>,
    /// The sample-list room; without it there is no `.xlsx` of the sample.
    pub sample_workbook: Option<SampleWorkbook>,
    /// The questionnaires that are built in; without it, only folders can be published.
    pub builtin_questionnaire: Option<BuiltinQuestionnaire>,
    /// The questionnaire room; without it there are no forms for devices.
    pub form_document: Option<FormDocument>,
}

impl Rooms {
    /// The rooms this program is built with: the one place where they are joined to the service.
    #[must_use]
    pub fn of_this_program() -> Self {
        Self {
            check_answers: Some(check_answers),
            sample_workbook: Some(sample_workbook),
            builtin_questionnaire: Some(builtin_questionnaire),
            form_document: Some(form_document),
        }
    }
}

/// Questionnaires that were read before, by the hash of their sheets; they never change. The few that a service meets stay.
static THAWED: Mutex<BTreeMap<String, Arc<Questionnaire>>> = Mutex::new(BTreeMap::new());

fn check_answers(sheets: &[u8], language: Option<&str>, answers: &Map<String, Value>) -> Vec<Flag> {
    let reader = interview_language(language);
    let questionnaire = match thawed(sheets) {
        Ok(questionnaire) => questionnaire,
        Err(problems) => return problems.into_iter().map(|problem| flag(None, &problem, reader)).collect(),
    };
    let interview = Interview { language: language.map(str::to_owned), today: None };
    validate(&questionnaire, answers, &interview)
        .findings
        .iter()
        .map(|finding| flag(finding.question.as_deref(), &finding.problem, reader))
        .collect()
}

/// A published questionnaire, read once.
///
/// # Errors
/// What is wrong with the sheets, which a published version does not have.
pub fn thawed(sheets: &[u8]) -> Result<Arc<Questionnaire>, Problems> {
    let sha256 = sha256_hex(sheets);
    // Entries are inserted whole, so a map that a panicking thread left behind is a good one.
    if let Some(known) = THAWED.lock().unwrap_or_else(PoisonError::into_inner).get(&sha256) {
        return Ok(Arc::clone(known));
    }
    let questionnaire = Arc::new(thaw(sheets)?.0);
    THAWED.lock().unwrap_or_else(PoisonError::into_inner).insert(sha256, Arc::clone(&questionnaire));
    Ok(questionnaire)
}

/// A published questionnaire as Collect gets it.
pub struct CollectForm {
    /// The XForm.
    pub xml: String,
    /// MD5 of its bytes: the name by which Collect knows it.
    pub md5: String,
    /// The title in the language in which an interview begins.
    pub title: String,
}

static COLLECT_FORMS: Mutex<BTreeMap<String, Arc<CollectForm>>> = Mutex::new(BTreeMap::new());

/// The form of a questionnaire that was made before, by the SHA-256 of its sheets.
#[must_use]
pub fn known_collect_form(sha256: &str) -> Option<Arc<CollectForm>> {
    COLLECT_FORMS.lock().unwrap_or_else(PoisonError::into_inner).get(sha256).cloned()
}

/// The form of a published questionnaire.
///
/// # Errors
/// That the sheets cannot be read, or say what a form cannot.
pub fn collect_form(sheets: &[u8]) -> Result<Arc<CollectForm>, Problems> {
    let questionnaire = thawed(sheets)?;
    let sha256 = sha256_hex(sheets);
    let xml = xform(&questionnaire, &sha256)?;
    let title = questionnaire.title().first_of(&[questionnaire.default_language()]).unwrap_or(questionnaire.id());
    let form = Arc::new(CollectForm { md5: md5_hex(xml.as_bytes()), title: title.to_owned(), xml });
    COLLECT_FORMS.lock().unwrap_or_else(PoisonError::into_inner).insert(sha256, Arc::clone(&form));
    Ok(form)
}

/// The language that flags are written in: that of the interview where we speak it, else Vietnamese.
#[must_use]
pub fn interview_language(code: Option<&str>) -> Language {
    if code == Some("en") { Language::En } else { Language::Vi }
}

fn flag(question: Option<&str>, problem: &Problem, language: Language) -> Flag {
    Flag { code: problem.code.to_owned(), question: question.map(str::to_owned), detail: problem.describe(language) }
}

/// With its certificate a list gives the workbook of the draw to the last byte; without, the columns' names stand for words.
fn sample_workbook(list_csv: &[u8], certificate: Option<&str>) -> Result<Vec<u8>, Problems> {
    let sample = Sample::from_csv(list_csv)?;
    match certificate {
        Some(certificate) => to_xlsx(&Certificate::from_json(certificate.as_bytes())?.complete(sample)?),
        None => to_xlsx(&sample),
    }
}

/// The one place that says what a form looks like to a device: the questionnaire, each formula with its text and its tree.
fn form_document(sheets: &[u8]) -> Result<Value, Problems> {
    let questionnaire = thawed(sheets)?;
    let unreadable = |error: &dyn std::fmt::Display| {
        Problem::new(
            "questionnaire_sheets",
            "không đọc được bảng hỏi đã lưu",
            "the stored questionnaire cannot be read",
        )
        .got(error.to_string())
    };
    let draft = questionnaire.draft();
    let mut document = serde_json::to_value(draft).map_err(|error| unreadable(&error))?;
    let tree = |formula: &Option<Formula>| match formula {
        None => Value::Null,
        Some(formula) => serde_json::json!({ "text": formula.text(), "tree": formula.expression() }),
    };
    document["instance_name"] = tree(&draft.instance_name);
    for (at, group) in draft.groups.iter().enumerate() {
        document["groups"][at]["relevant"] = tree(&group.relevant);
        if let Some(repeat) = &group.repeat {
            document["groups"][at]["repeat"]["count"] = tree(&repeat.count);
        }
    }
    for (at, question) in draft.questions.iter().enumerate() {
        let place = &mut document["questions"][at];
        for (field, formula) in [
            ("required", &question.required),
            ("relevant", &question.relevant),
            ("constraint", &question.constraint),
            ("calculation", &question.calculation),
            ("choice_filter", &question.choice_filter),
            ("default_formula", &question.default_formula),
            ("read_only", &question.read_only),
        ] {
            place[field] = tree(formula);
        }
    }
    Ok(document)
}

fn builtin_questionnaire(name: &str) -> Option<BTreeMap<String, String>> {
    let sheets = builtin(name)?;
    let mut files = BTreeMap::from(
        [("survey.csv", sheets.survey), ("choices.csv", sheets.choices), ("settings.csv", sheets.settings)]
            .map(|(file, text)| (file.to_owned(), text.to_owned())),
    );
    if let Some(index) = presets().iter().find(|preset| preset.name == name) {
        files.insert("index.toml".to_owned(), index.text.to_owned());
    }
    Some(files)
}

/// The running program.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// The rooms.
    pub rooms: Rooms,
    /// What happened in the rounds, as it was read before.
    pub memory: Arc<Memory>,
    /// Results that were computed before.
    pub results: ResultsCache,
    /// How many interviews of each round are there and wanted, as counted before.
    pub counts: Remembered<(u64, u64)>,
    /// Inspections that were made before.
    pub inspections: InspectionCache,
    /// The data that feeds were read from.
    pub feeds: FeedCache,
    /// Where passwords are hashed, one after the other.
    pub passwords: PasswordRoom,
}

impl App {
    /// Brings the database up to date and opens it.
    ///
    /// # Errors
    /// That the database cannot be opened, is newer than this program, or its engine cannot be trusted.
    pub fn open(config: Config, clock: Arc<dyn Clock>, rooms: Rooms) -> Result<Self, StoreError> {
        let Migrated { ran, copy } = migrate_with(&config.database, Safeguard::CopyBeside)?;
        if let Some(copy) = copy {
            tracing::warn!(copy = %copy.display(), "the database was copied before it was migrated");
        }
        if !ran.is_empty() {
            tracing::info!(database = %config.database, migrations = ran.join(", "), "migrated");
        }
        let store = Store::open_with(&config.database, clock, &config.keys)?;
        if let Some(file) = store.key_made() {
            tracing::warn!(file = %file.display(), "a key of the answers was made: keep a copy of it apart from the backups");
        }
        let memory = Arc::<Memory>::default();
        let results = ResultsCache::beside(Arc::clone(&memory));
        Ok(Self {
            config,
            store,
            rooms,
            feeds: FeedCache::beside(&results),
            memory,
            results,
            counts: Remembered::default(),
            inspections: InspectionCache::default(),
            passwords: PasswordRoom::default(),
        })
    }
}
