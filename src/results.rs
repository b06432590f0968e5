//! What a round's data say: everything the store keeps of it, analysed. Derived, never stored; kept in memory for as long
//! as nothing new arrives.

pub mod compare;
mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use ::problem::{Problem, Problems, Words};
use chrono::{Datelike, NaiveDate};
use reports::chart::SmallCellRule;
use reports::chart::build::{FactorTarget, Metadata};
use reports::index::{Certainty, IndexDefinition};
use sampling::{Role, Sample};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::analysis::calibration::{Chosen, Recipe};
use crate::analysis::round::{Fieldwork, RoundAnalysis, analyse_with};
use crate::fieldwork::disposition::Outcome;
use crate::fieldwork::progress::outcome_so_far;
use crate::happened::Memory;
use crate::openrosa::submission::Submission;
use crate::plan::target_of;
use crate::questionnaire::{Interview, Questionnaire, SHEET_FILES, Sheets, Validated, validate, xlsform};
use crate::store::{
    BodyFormat, CaseEvent, Round, RoundState, Snapshot, Store, StoreError, StoredResponse, WeightsVersion,
};

/// Confidence level of all intervals.
pub const CONFIDENCE_LEVEL: f64 = 0.95;

/// One index of a round.
pub struct IndexResult {
    /// The questionnaire it comes from.
    pub questionnaire: Arc<Questionnaire>,
    /// How it is computed.
    pub definition: Arc<IndexDefinition>,
    /// The scores, or why there are none yet.
    pub analysis: Result<RoundAnalysis, Problems>,
    /// Responses to older versions of the questionnaire, which are kept but not in the scores.
    pub n_older_versions: usize,
}

/// Everything that is shown of a round.
pub struct RoundResults {
    /// The round.
    pub round: Round,
    /// The sample, once there is one that can be read; else each index says why there are no scores.
    pub sample: Option<Arc<Sample>>,
    /// The indices, in the order of their form ids.
    pub indexes: Vec<IndexResult>,
    /// Final outcome of each worked case.
    pub outcomes: BTreeMap<String, Outcome>,
    /// First and last day of fieldwork by the devices' clocks.
    pub fieldwork_days: Option<(NaiveDate, NaiveDate)>,
    /// Day of the newest data: what the figures are as of.
    pub as_of: NaiveDate,
    /// What happened and counts, in order of arrival.
    pub events: Vec<CaseEvent>,
}

/// The last results of each round.
#[derive(Default)]
pub struct ResultsCache {
    readings: Arc<ReadingCache>,
    /// By code of the round: what was read, and what follows from it.
    known: Mutex<Known>,
}

type Known = BTreeMap<String, (Arc<Reading>, Arc<RoundResults>)>;

impl ResultsCache {
    /// The results of a round as of now; `None` when there is no such round.
    ///
    /// # Errors
    /// That the database did not answer, or that what it keeps cannot be read.
    pub fn of_round(&self, store: &Store, code: &str) -> Result<Option<Arc<RoundResults>>, ResultsError> {
        let Some(reading) = self.readings.of_round(store, code)? else { return Ok(None) };
        if let Some((known, results)) = self.lock().get(code)
            && Arc::ptr_eq(known, &reading)
        {
            return Ok(Some(Arc::clone(results)));
        }
        let results = Arc::new(analysed(&reading, as_of(store)));
        self.lock().insert(code.to_owned(), (reading, Arc::clone(&results)));
        Ok(Some(results))
    }

    /// Results that share what is known of the rounds.
    #[must_use]
    pub fn beside(memory: Arc<Memory>) -> Self {
        Self { readings: Arc::new(ReadingCache::beside(memory)), known: Mutex::default() }
    }

    /// Reads the rounds in the field, so that who first asks after a start does not wait for tens of thousands of interviews to be
    /// read. A round that cannot be read is left to whoever asks: they are told why.
    pub fn read_ahead(&self, store: &Store) {
        let rounds = store.read(|snapshot| snapshot.list_rounds()).unwrap_or_default();
        for round in rounds.iter().filter(|round| round.state == RoundState::Open) {
            if let Err(error) = self.of_round(store, &round.code) {
                tracing::debug!(round = %round.code, ?error, "the round was not read ahead");
            }
        }
    }

    /// What the results of a round are computed from, as of now; `None` when there is no such round.
    ///
    /// # Errors
    /// As [`Self::of_round`].
    pub(crate) fn reading(&self, store: &Store, code: &str) -> Result<Option<Arc<Reading>>, ResultsError> {
        self.readings.of_round(store, code)
    }

    /// What these results are computed from, for others that read the same rounds.
    pub(crate) fn readings(&self) -> Arc<ReadingCache> {
        Arc::clone(&self.readings)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        // A thread that panicked while holding the lock has left a complete map: entries are inserted whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far a round has come: while this stays the same, so does everything that is computed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundProgress {
    round: Round,
    /// Sequence number of the newest event, and how many events, releases and reviews there are.
    newest: i64,
    n_events: usize,
}

/// How far a round has come; `None` when there is none of that code.
pub(crate) fn state(store: &Store, code: &str) -> Result<Option<RoundProgress>, StoreError> {
    store.read(|snapshot| {
        let Some(round) = snapshot.find_round(code)? else { return Ok(None) };
        progress_of(snapshot, round).map(Some)
    })
}

/// How far a round has come, counted and not read.
pub(crate) fn progress_of(snapshot: &mut Snapshot<'_>, round: Round) -> Result<RoundProgress, StoreError> {
    // Releases and reviews change what the same events say.
    let n_said = snapshot.count_replacements(&round.code)?
        + snapshot.count_reviews(&round.code)?
        + snapshot.count_weights_choices(&round.code)?;
    let (newest, n_happened) = snapshot.count_case_events(&round.code)?;
    Ok(RoundProgress { round, newest, n_events: n_happened + usize::try_from(n_said).unwrap_or_default() })
}

/// Something small that follows from what happened in a round, kept until something new does.
pub struct Remembered<T>(Mutex<BTreeMap<String, (RoundProgress, T)>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Remembered<T> {
    /// What is known of a round that has come so far.
    pub(crate) fn get(&self, now: &RoundProgress) -> Option<T> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&now.round.code).filter(|(then, _)| then == now).map(|(_, value)| value.clone())
    }

    /// Keeps it.
    pub(crate) fn keep(&self, now: RoundProgress, value: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(now.round.code.clone(), (now, value));
    }
}

/// Why there are no results.
#[derive(Debug)]
pub enum ResultsError {
    /// The database.
    Store(StoreError),
    /// What it keeps.
    Data(Problems),
}

impl From<StoreError> for ResultsError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Problems> for ResultsError {
    fn from(problems: Problems) -> Self {
        Self::Data(problems)
    }
}

fn as_of(store: &Store) -> NaiveDate {
    day(&store.now().to_string()).unwrap_or_default()
}

/// A version of the weights as it is applied.
pub(crate) fn chosen(version: &WeightsVersion) -> Result<Chosen, Problems> {
    let recipe = Recipe::from_json(&version.recipe)?;
    Ok(Chosen { number: Some(version.version_no), name: version.name.clone(), recipe })
}

fn analysed(reading: &Reading, today: NaiveDate) -> RoundResults {
    let mut indexes = Vec::new();
    for form in &reading.forms {
        let Some(definition) = &form.definition else { continue };
        let analysis = match &reading.sample {
            Ok(sample) => {
                let fieldwork = Fieldwork {
                    sample,
                    outcomes: &reading.outcomes,
                    questionnaire: &form.questionnaire,
                    interviews: &form.interviews,
                };
                let weights = reading.weights_of(&form.form_id);
                let analysed =
                    weights.and_then(|chosen| analyse_with(&fieldwork, definition, CONFIDENCE_LEVEL, chosen));
                analysed.map(|mut analysis| {
                    analysis.weights.notes.extend(unreleased_note(sample, &reading.outcomes, &reading.released));
                    analysis
                })
            }
            Err(problems) => Err(problems.clone()),
        };
        indexes.push(IndexResult {
            questionnaire: Arc::clone(&form.questionnaire),
            definition: Arc::clone(definition),
            analysis,
            n_older_versions: form.n_older_versions,
        });
    }
    RoundResults {
        fieldwork_days: reading.fieldwork_days,
        as_of: reading.received_on.unwrap_or(today),
        round: reading.progress.round.clone(),
        events: reading.events.clone(),
        sample: reading.sample.as_ref().ok().map(Arc::clone),
        indexes,
        outcomes: reading.outcomes.clone(),
    }
}

/// Says how many reserves were worked although nobody released them: then it is not sure that they came in their order.
fn unreleased_note(
    sample: &Sample,
    outcomes: &BTreeMap<String, Outcome>,
    released: &BTreeSet<String>,
) -> Option<Words> {
    let n = sample
        .units_of(Role::Reserve)
        .filter(|unit| outcomes.contains_key(&unit.unit_id) && !released.contains(&unit.unit_id))
        .count();
    (n > 0).then(|| {
        Words::new(
            format!("{n} hộ dự phòng đã được tiếp cận mà không có ghi nhận cho dùng; trọng số đúng khi các hộ này được lấy lần lượt theo thứ tự."),
            format!("{n} reserves were worked without a recorded release; weights hold if they were taken in their order."),
        )
    })
}

/// What the analysis needs of a body; the rest was looked at when it arrived.
#[derive(Deserialize)]
struct Body {
    device_started_at: Option<String>,
    language: Option<String>,
    answers: Map<String, Value>,
}

impl Body {
    /// The answers as they count.
    fn validated(&self, questionnaire: &Questionnaire) -> Validated {
        let today = self.device_started_at.as_deref().and_then(day);
        validate(questionnaire, &self.answers, &Interview { language: self.language.clone(), today })
    }

    fn of(response: &StoredResponse) -> Option<Self> {
        match response.format {
            BodyFormat::Json => serde_json::from_slice(&response.body).ok(),
            BodyFormat::Xform => {
                let Submission { started_at, answers, .. } = Submission::read(&response.body).ok()?;
                Some(Self { device_started_at: started_at, language: None, answers })
            }
        }
    }
}

/// What a response says, as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Received {
    /// Start by the device's clock, as it is written.
    pub started_at: Option<String>,
    /// End by the device's clock, as it is written.
    pub ended_at: Option<String>,
    /// The answers, by question.
    pub answers: Map<String, Value>,
}

/// What a response says, as it came; `None` when its body cannot be read.
#[must_use]
pub fn received(response: &StoredResponse) -> Option<Received> {
    #[derive(Deserialize)]
    struct Sent {
        device_started_at: Option<String>,
        device_ended_at: Option<String>,
        answers: Map<String, Value>,
    }
    match response.format {
        BodyFormat::Json => {
            let Sent { device_started_at, device_ended_at, answers } = serde_json::from_slice(&response.body).ok()?;
            Some(Received { started_at: device_started_at, ended_at: device_ended_at, answers })
        }
        BodyFormat::Xform => {
            let Submission { started_at, ended_at, answers, .. } = Submission::read(&response.body).ok()?;
            Some(Received { started_at, ended_at, answers })
        }
    }
}

/// The answers of a response as they came, by question; `None` when its body cannot be read.
#[must_use]
pub fn answers_of(response: &StoredResponse) -> Option<Map<String, Value>> {
    Body::of(response).map(|body| body.answers)
}

fn day(instant: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(instant.get(..10)?, "%Y-%m-%d").ok()
}

/// The outcome of each case so far.
pub(crate) fn outcomes(events: &[CaseEvent]) -> BTreeMap<String, Outcome> {
    let mut by_case: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in events {
        by_case.entry(&event.case_id).or_default().push(&event.disposition);
    }
    by_case
        .into_iter()
        .filter_map(|(case_id, told)| Some((case_id.to_owned(), outcome_so_far(told.into_iter())?)))
        .collect()
}

/// The questionnaire and its index out of the frozen sheets.
///
/// # Errors
/// What is wrong with the sheets, which a published version does not have.
pub fn thaw(sheets: &[u8]) -> Result<(Questionnaire, Option<IndexDefinition>), Problems> {
    let files: BTreeMap<String, String> = serde_json::from_slice(sheets).map_err(|error| {
        Problem::new(
            "questionnaire_sheets",
            "không đọc được bảng hỏi đã lưu",
            "the stored questionnaire cannot be read",
        )
        .got(error.to_string())
    })?;
    let file = |name: &str| files.get(name).map(String::as_str).unwrap_or_default();
    let lists = files.iter().filter(|(name, _)| name.ends_with(".csv") && !SHEET_FILES.contains(&name.as_str()));
    let sheets = Sheets::from_csv(file("survey.csv"), file("choices.csv"), file("settings.csv"))?
        .with_files(lists.map(|(name, text)| (name.as_str(), text.as_str())))?;
    let definition = files.get("index.toml").map(|text| IndexDefinition::from_toml(text)).transpose()?;
    Ok((xlsform::read(&sheets)?, definition))
}

/// That there is no sample.
pub(crate) fn no_sample() -> Problem {
    Problem::new("round_without_sample", "đợt khảo sát chưa có mẫu", "the round has no sample yet")
}

impl RoundResults {
    /// What the plan asks of the whole of an index in the year of the data.
    #[must_use]
    pub fn target(&self, index: &IndexResult) -> Option<FactorTarget> {
        let family = index.definition.code().split('-').next().unwrap_or_default();
        target_of(family, i64::from(self.as_of.year()))
            .and_then(|target| target.value())
            .map(|(rule, value)| FactorTarget { value, rule })
    }

    /// Name of the surveyed unit: that of the top level, if the sample lies in one.
    #[must_use]
    pub fn unit_name(&self) -> String {
        let mut names = self.sample.iter().flat_map(|sample| &sample.units).filter_map(|unit| unit.path.first());
        match names.next() {
            Some(first) if names.all(|other| other.name == first.name) => first.name.clone(),
            _ => self.round.name.clone(),
        }
    }

    /// Whether sizes in the frame are illustrative, as the frame itself says.
    #[must_use]
    pub fn is_illustrative(&self) -> bool {
        self.sample
            .iter()
            .flat_map(|sample| &sample.units)
            .any(|unit| unit.carried.iter().any(|value| value.contains("illustrative")))
    }

    /// Where an index comes from, for figures and papers.
    #[must_use]
    pub fn metadata(&self, index: &IndexResult, analysis: &RoundAnalysis) -> Metadata {
        let mut remarks = Vec::new();
        if self.is_illustrative() {
            remarks.push(Words::new(
                "Số hộ của xã, thôn trong khung mẫu là minh hoạ.",
                "Commune and village sizes in the frame are illustrative.",
            ));
        }
        if let Some(scoring) = index.definition.scoring() {
            // Where several ways of scoring are in use, a figure without its way says nothing.
            remarks.push(Words::new(format!("Cách tính: {}.", scoring.vi), format!("Scoring: {}.", scoring.en)));
        }
        if index.definition.certainty() != Certainty::Certain {
            let words = index.definition.certainty().words();
            remarks.push(Words::new(format!("Công thức: {}.", words.vi), format!("Formula: {}.", words.en)));
        }
        let family = index.definition.code().split('-').next().unwrap_or_default();
        let unit = self.unit_name();
        Metadata {
            index: family.to_uppercase(),
            survey: Words::new(self.round.name.clone(), self.round.name.clone()),
            unit: Words::new(unit.clone(), unit),
            year: self.as_of.year(),
            n: Some(analysis.n_interviews as u64),
            villages: Some(analysis.n_areas as u64),
            confidence_level: CONFIDENCE_LEVEL,
            method: analysis.method.clone(),
            fieldwork: self.fieldwork_days,
            computed: self.as_of,
            fingerprint: analysis.fingerprint.clone(),
            draft: self.round.state != RoundState::Closed,
            remarks,
            small_cells: SmallCellRule::default(),
        }
    }
}

pub(crate) use reading::{FormReading, Reading, ReadingCache};

mod figures;

#[cfg(test)]
mod tests;
