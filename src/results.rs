//! What a round's data say: everything the store keeps of it, analysed. Derived, never stored; kept in memory for as long
//! as nothing new arrives.

pub mod compare;

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
use crate::fieldwork::disposition::{Outcome, outcome};
use crate::fieldwork::progress::outcome_so_far;
use crate::fieldwork::review::Chains;
use crate::openrosa::submission::Submission;
use crate::plan::target_of;
use crate::questionnaire::{Interview, Questionnaire, SHEET_FILES, Sheets, Validated, validate, xlsform};
use crate::review;
use crate::side_by_side;
use crate::store::{
    BodyFormat, CaseEvent, Round, RoundState, Snapshot, Store, StoreError, StoredResponse, StoredSample, WeightsVersion,
};

/// Confidence level of all intervals.
pub const CONFIDENCE_LEVEL: f64 = 0.95;

/// One index of a round.
pub struct IndexResult {
    /// The questionnaire it comes from.
    pub questionnaire: Questionnaire,
    /// How it is computed.
    pub definition: IndexDefinition,
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
    pub sample: Option<Sample>,
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

/// What is read from the store in one instant.
pub(crate) struct Raw {
    pub(crate) round: Round,
    pub(crate) sample: Option<StoredSample>,
    /// The latest version of each questionnaire: form, SHA-256 of its sheets, the sheets.
    pub(crate) forms: Vec<(String, String, Vec<u8>)>,
    /// The accepted responses, of each chain of corrections the one that counts.
    pub(crate) responses: Vec<StoredResponse>,
    pub(crate) events: Vec<CaseEvent>,
    /// Reserves that were released.
    released: BTreeSet<String>,
    /// The versions of the weights that are used, by form; one that cannot be read says why.
    pub(crate) weights: BTreeMap<String, Result<Chosen, Problems>>,
    /// Which of them count.
    pub(crate) chains: Chains,
    /// Sequence number of the newest event, and how many events, releases and reviews there are.
    newest: i64,
    n_events: usize,
}

/// The last results of each round, by the sequence number of the newest thing that happened in it.
#[derive(Default)]
pub struct ResultsCache(Mutex<Known>);

/// By code of the round: newest sequence number, number of events, releases and reviews, results.
type Known = BTreeMap<String, (i64, usize, Arc<RoundResults>)>;

impl ResultsCache {
    /// The results of a round as of now; `None` when there is no such round.
    ///
    /// # Errors
    /// That the database did not answer, or that what it keeps cannot be read.
    pub fn of_round(&self, store: &Store, code: &str) -> Result<Option<Arc<RoundResults>>, ResultsError> {
        let Some(state) = state(store, code)? else { return Ok(None) };
        if let Some((sequence, n_events, known)) = self.lock().get(code)
            && (*sequence, *n_events) == (state.newest, state.n_events)
            && known.round == state.round
        {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(raw) = store.read(|snapshot| read(snapshot, code))? else { return Ok(None) };
        let (newest, n_events) = (raw.newest, raw.n_events);
        let results = Arc::new(raw.analysed(as_of(store))?);
        self.lock().insert(code.to_owned(), (newest, n_events, Arc::clone(&results)));
        Ok(Some(results))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        // A thread that panicked while holding the lock has left a complete map: entries are inserted whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

/// A round as it is kept; `None` when there is none of that code.
pub(crate) fn read(snapshot: &mut Snapshot<'_>, code: &str) -> Result<Option<Raw>, StoreError> {
    let Some(round) = snapshot.find_round(code)? else { return Ok(None) };
    // Of one form the latest version comes first.
    let mut forms: Vec<(String, String, Vec<u8>)> = Vec::new();
    for head in snapshot.list_round_questionnaires(code)? {
        if !forms.iter().any(|(form_id, _, _)| *form_id == head.form_id)
            && let Some(sheets) = snapshot.find_questionnaire_sheets(&head.sha256)?
        {
            forms.push((head.form_id, head.sha256, sheets));
        }
    }
    forms.sort();
    let mut events = snapshot.list_case_events(code)?;
    let released: BTreeSet<String> = snapshot.list_replacements(code)?.into_iter().map(|given| given.case_id).collect();
    let n_reviews = usize::try_from(snapshot.count_reviews(code)?).unwrap_or_default();
    let n_choices = usize::try_from(snapshot.count_weights_choices(code)?).unwrap_or_default();
    let (newest, n_events) =
        (events.last().map_or(0, |event| event.sequence), events.len() + released.len() + n_reviews + n_choices);
    let weights = snapshot.chosen_weights(code)?.into_iter().map(|(form_id, version)| (form_id, chosen(&version)));
    let weights = weights.collect();
    // Of an interview and its corrections one counts, and a rejected one never.
    let chains = review::of_round(snapshot, code)?.chains;
    let mut responses = snapshot.list_first_responses(code)?;
    responses.retain(|response| chains.counts(&response.receipt.uuid));
    events.retain(|event| event.uuid.as_ref().is_none_or(|uuid| chains.counts(uuid)));
    let sample = snapshot.find_sample(code)?;
    Ok(Some(Raw { sample, responses, events, chains, released, weights, newest, n_events, round, forms }))
}

/// A version of the weights as it is applied.
pub(crate) fn chosen(version: &WeightsVersion) -> Result<Chosen, Problems> {
    let recipe = Recipe::from_json(&version.recipe)?;
    Ok(Chosen { number: Some(version.version_no), name: version.name.clone(), recipe })
}

impl Raw {
    /// The version of the weights that the results of a form use; `None`: those of the design.
    pub(crate) fn weights_of(&self, form_id: &str) -> Result<Option<&Chosen>, Problems> {
        self.weights.get(form_id).map(|chosen| chosen.as_ref().map_err(Clone::clone)).transpose()
    }

    fn analysed(self, today: NaiveDate) -> Result<RoundResults, Problems> {
        // A list that another program made may lack what the weights need: then there are no scores, but still a page.
        let sample = match &self.sample {
            Some(stored) => Sample::from_csv(&stored.list_csv),
            None => Err(no_sample().into()),
        };
        let outcomes = outcomes(&self.events);
        let bodies: Vec<Option<Body>> = side_by_side::map(&self.responses, Body::of);
        let days: Vec<NaiveDate> =
            bodies.iter().flatten().filter_map(|body| day(body.device_started_at.as_deref()?)).collect();
        let received = self.responses.iter().filter_map(|response| day(&response.receipt.received_at)).max();
        let mut indexes = Vec::new();
        for (form_id, sha256, sheets) in &self.forms {
            let (questionnaire, definition) = thaw(sheets)?;
            let Some(definition) = definition else { continue };
            let interviews = interviews(&questionnaire, sha256, &self.responses, &bodies, &self.chains);
            let n_older_versions = self
                .responses
                .iter()
                .filter(|one| one.form_id == *form_id && one.questionnaire_sha256.as_ref() != Some(sha256))
                .count();
            let analysis = match &sample {
                Ok(sample) => {
                    let fieldwork = Fieldwork {
                        sample,
                        outcomes: &outcomes,
                        questionnaire: &questionnaire,
                        interviews: &interviews,
                    };
                    let weights = self.weights_of(form_id);
                    let analysed =
                        weights.and_then(|chosen| analyse_with(&fieldwork, &definition, CONFIDENCE_LEVEL, chosen));
                    analysed.map(|mut analysis| {
                        analysis.weights.notes.extend(unreleased_note(sample, &outcomes, &self.released));
                        analysis
                    })
                }
                Err(problems) => Err(problems.clone()),
            };
            indexes.push(IndexResult { questionnaire, definition, analysis, n_older_versions });
        }
        Ok(RoundResults {
            fieldwork_days: days.iter().min().copied().zip(days.iter().max().copied()),
            as_of: received.unwrap_or(today),
            round: self.round,
            events: self.events,
            sample: sample.ok(),
            indexes,
            outcomes,
        })
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
pub(crate) struct Body {
    pub(crate) device_started_at: Option<String>,
    language: Option<String>,
    answers: Map<String, Value>,
}

impl Body {
    /// The answers as they count.
    pub(crate) fn validated(&self, questionnaire: &Questionnaire) -> Validated {
        let today = self.device_started_at.as_deref().and_then(day);
        validate(questionnaire, &self.answers, &Interview { language: self.language.clone(), today })
    }

    pub(crate) fn of(response: &StoredResponse) -> Option<Self> {
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

/// The interviews of one questionnaire version, one a case.
fn interviews(
    questionnaire: &Questionnaire,
    sha256: &str,
    responses: &[StoredResponse],
    bodies: &[Option<Body>],
    chains: &Chains,
) -> BTreeMap<String, Validated> {
    let counting: Vec<(&str, &Body)> =
        counting(sha256, responses, bodies, chains).into_iter().map(|(case_id, (_, body))| (case_id, body)).collect();
    let validated = side_by_side::map(&counting, |(_, body)| body.validated(questionnaire));
    counting.iter().map(|(case_id, _)| (*case_id).to_owned()).zip(validated).collect()
}

/// The interview of each case that speaks for it, among those of one questionnaire version.
pub(crate) fn counting<'a>(
    sha256: &str,
    responses: &'a [StoredResponse],
    bodies: &'a [Option<Body>],
    chains: &Chains,
) -> BTreeMap<&'a str, (&'a StoredResponse, &'a Body)> {
    let speaks = |response: &StoredResponse| {
        response.questionnaire_sha256.as_deref() == Some(sha256)
            && outcome(&response.disposition).is_some_and(Outcome::is_interview)
            && chains.speaks_for_its_case(&response.receipt.uuid)
    };
    let answered = responses.iter().zip(bodies).filter(|(response, _)| speaks(response));
    answered.filter_map(|(response, body)| Some((response.case_id.as_str(), (response, body.as_ref()?)))).collect()
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

mod figures;

#[cfg(test)]
mod tests;
