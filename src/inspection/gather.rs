//! What the store keeps of a round → plain data for the checks.

use std::collections::{BTreeMap, BTreeSet};

use ::problem::Problems;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::fieldwork::disposition::{Outcome, outcome};
use crate::fieldwork::review::ReviewState;
use crate::openrosa::submission::Submission;
use crate::quality::data::{Attempt, Enumerator, Interview, RoundData, Village};
use crate::quality::device_log::{DeviceLog, FieldLog, from_audit_csv};
use crate::quality::paper::Entries;
use crate::quality::{Encoded, Encoder, Rules};
use crate::questionnaire::Questionnaire;
use crate::results::thaw;
use crate::review::{self, Reviewed};
use crate::side_by_side;
use crate::store::{
    AttachmentHead, BodyFormat, Case, CaseRole, QualityRules, ReportedAttempt, Round, Snapshot, StoreError,
    StoredResponse, Timestamp,
};

/// The name under which Collect sends its log.
const AUDIT_FILE: &str = "audit.csv";

/// What is read in one instant.
pub(super) struct Raw {
    pub(super) rules: Option<QualityRules>,
    round: Round,
    /// SHA-256 and sheets of each questionnaire version.
    forms: Vec<(String, Vec<u8>)>,
    cases: Vec<Case>,
    list_csv: Option<Vec<u8>>,
    responses: Vec<StoredResponse>,
    attempts: Vec<ReportedAttempt>,
    files: Vec<AttachmentHead>,
    logs: BTreeMap<String, Vec<u8>>,
    reviewed: Reviewed,
    /// Id and name of the person behind each token.
    people: BTreeMap<String, (String, String)>,
}

pub(super) struct Gathered {
    pub(super) round: Round,
    pub(super) data: RoundData,
    pub(super) states: Vec<ReviewState>,
}

pub(super) fn read(snapshot: &mut Snapshot<'_>, code: &str) -> Result<Option<Raw>, StoreError> {
    let Some(round) = snapshot.find_round(code)? else { return Ok(None) };
    let mut forms = Vec::new();
    for head in snapshot.list_round_questionnaires(code)? {
        if let Some(sheets) = snapshot.find_questionnaire_sheets(&head.sha256)? {
            forms.push((head.sha256, sheets));
        }
    }
    forms.sort();
    let accounts: BTreeMap<String, String> =
        snapshot.list_accounts()?.into_iter().map(|account| (account.id, account.name)).collect();
    let people = snapshot
        .list_tokens()?
        .into_iter()
        .map(|token| {
            let person = token.account_id.and_then(|id| accounts.get(&id).map(|name| (id.clone(), name.clone())));
            let own = (token.id.clone(), token.name);
            (token.id, person.unwrap_or(own))
        })
        .collect();
    Ok(Some(Raw {
        rules: snapshot.find_quality_rules(code)?,
        forms,
        cases: snapshot.list_cases(code)?,
        list_csv: snapshot.find_sample(code)?.map(|sample| sample.list_csv),
        responses: snapshot.list_first_responses(code)?,
        attempts: snapshot.list_reported_attempts(code)?,
        files: snapshot.list_round_attachments(code)?,
        logs: snapshot.list_audit_logs(code)?.into_iter().collect(),
        reviewed: review::of_round(snapshot, code)?,
        people,
        round,
    }))
}

/// The parts of a body that are looked at.
#[derive(Deserialize)]
struct Body {
    device_started_at: Option<String>,
    device_ended_at: Option<String>,
    #[serde(default)]
    answers: Map<String, Value>,
    #[serde(default)]
    paradata: FieldLog,
}

impl Body {
    fn of(response: &StoredResponse) -> Option<Self> {
        match response.format {
            BodyFormat::Json => serde_json::from_slice(&response.body).ok(),
            BodyFormat::Xform => {
                let Submission { started_at, ended_at, answers, .. } = Submission::read(&response.body).ok()?;
                Some(Self {
                    device_started_at: started_at,
                    device_ended_at: ended_at,
                    answers,
                    paradata: FieldLog(None),
                })
            }
        }
    }
}

/// Numbers people in the order in which they are met.
#[derive(Default)]
struct People {
    known: BTreeMap<String, usize>,
    list: Vec<Enumerator>,
}

impl People {
    fn position(&mut self, raw: &BTreeMap<String, (String, String)>, token_id: &str) -> usize {
        let (id, name) = raw.get(token_id).cloned().unwrap_or_else(|| (token_id.to_owned(), token_id.to_owned()));
        *self.known.entry(id.clone()).or_insert_with(|| {
            self.list.push(Enumerator { id, name });
            self.list.len() - 1
        })
    }
}

/// Interviews and visits as the checks see them. An interview in whose place a correction stands is left out; one that was rejected stays,
/// for it was held.
pub(super) fn gather(raw: Raw, rules: &Rules) -> Result<Gathered, Problems> {
    let questionnaires: Vec<(String, Questionnaire)> = raw
        .forms
        .iter()
        .map(|(sha256, sheets)| Ok((sha256.clone(), thaw(sheets)?.0)))
        .collect::<Result<_, Problems>>()?;
    let encoders: Vec<Encoder<'_>> =
        questionnaires.iter().map(|(_, questionnaire)| Encoder::new(questionnaire, rules)).collect();
    let form_of: BTreeMap<&str, usize> =
        questionnaires.iter().enumerate().map(|(at, (sha256, _))| (sha256.as_str(), at)).collect();

    let (village_of, villages) = villages(&raw.cases, raw.list_csv.as_deref());
    let mut people = People::default();
    let mut attempts: Vec<(i64, Attempt)> = Vec::new();
    let held: Vec<&StoredResponse> = raw
        .responses
        .iter()
        .filter(|response| raw.reviewed.chains.stands(&response.receipt.uuid))
        .filter(|response| {
            let is_interview = outcome(&response.disposition).is_some_and(Outcome::is_interview);
            if !is_interview {
                let attempt = Attempt {
                    case_id: response.case_id.clone(),
                    enumerator: people.position(&raw.people, &response.token_id),
                    disposition: response.disposition.clone(),
                    received_ms: milliseconds(&response.receipt.received_at).unwrap_or_default(),
                };
                attempts.push((response.receipt.sequence, attempt));
            }
            is_interview
        })
        .collect();
    let mut read = read_bodies(&held, &form_of, &encoders, &raw.logs);
    let logs: Vec<DeviceLog> = read.iter_mut().map(|one| std::mem::take(&mut one.log)).collect();
    let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for head in raw.files.iter().filter(|head| head.file_name != AUDIT_FILE && head.version_no == 1) {
        files.entry(&head.uuid).or_default().push(head.body_sha256.clone());
    }

    let mut rows: Vec<Vec<&Encoded>> = vec![Vec::new(); encoders.len()];
    let mut interviews = Vec::with_capacity(held.len());
    let mut states = Vec::with_capacity(held.len());
    for ((response, read), log) in held.iter().zip(&read).zip(logs) {
        let receipt = &response.receipt;
        let row = read.form.map_or(0, |form| {
            rows[form].push(&read.encoded);
            rows[form].len() - 1
        });
        interviews.push(Interview {
            id: receipt.uuid.clone(),
            case_id: response.case_id.clone(),
            form: read.form,
            row,
            enumerator: people.position(&raw.people, &response.token_id),
            village: village_of.get(response.case_id.as_str()).copied(),
            is_complete: outcome(&response.disposition) == Some(Outcome::Complete),
            received_ms: milliseconds(&receipt.received_at).unwrap_or_default(),
            started_ms: read.started_ms,
            ended_ms: read.ended_ms,
            clock_offset_ms: log.clock_offset_ms,
            position: read.encoded.position.or(log.position),
            phone: read.encoded.phone.clone(),
            attachments: files.remove(receipt.uuid.as_str()).unwrap_or_default(),
            answers_sha256: read.encoded.answers_sha256.clone(),
            n_required_missing: receipt.flags.iter().filter(|flag| flag.code == "answer_required").count(),
            n_arrival_flags: receipt.flags.len(),
            log: log.events,
        });
        states.push(raw.reviewed.state(&receipt.uuid));
    }
    for attempt in &raw.attempts {
        attempts.push((
            attempt.sequence,
            Attempt {
                case_id: attempt.case_id.clone(),
                enumerator: people.position(&raw.people, &attempt.token_id),
                disposition: attempt.disposition.clone(),
                received_ms: milliseconds(&attempt.received_at).unwrap_or_default(),
            },
        ));
    }
    attempts.sort_by_key(|(sequence, _)| *sequence);
    let forms = encoders.iter().zip(&rows).map(|(encoder, rows)| encoder.table(rows)).collect();
    let attempts = attempts.into_iter().map(|(_, attempt)| attempt).collect();
    let data = RoundData { interviews, forms, enumerators: people.list, villages, attempts };
    Ok(Gathered { round: raw.round, data, states })
}

#[derive(Default)]
struct Read {
    form: Option<usize>,
    encoded: Encoded,
    started_ms: Option<i64>,
    ended_ms: Option<i64>,
    log: DeviceLog,
}

/// Bodies are read side by side: that is where the time goes.
fn read_bodies(
    held: &[&StoredResponse],
    form_of: &BTreeMap<&str, usize>,
    encoders: &[Encoder<'_>],
    logs: &BTreeMap<String, Vec<u8>>,
) -> Vec<Read> {
    let read_one = |response: &&StoredResponse| {
        let form = response.questionnaire_sha256.as_deref().and_then(|sha256| form_of.get(sha256).copied());
        // What cannot be read is kept and was flagged on arrival; here it is an interview without answers.
        let Some(body) = Body::of(response) else { return Read { form, ..Read::default() } };
        let log = logs
            .get(&response.receipt.uuid)
            .and_then(|bytes| from_audit_csv(bytes))
            .or(body.paradata.0)
            .unwrap_or_default();
        Read {
            form,
            encoded: form
                .and_then(|form| encoders.get(form))
                .map(|encoder| encoder.read(&body.answers))
                .unwrap_or_default(),
            started_ms: body.device_started_at.as_deref().and_then(milliseconds),
            ended_ms: body.device_ended_at.as_deref().and_then(milliseconds),
            log,
        }
    };
    side_by_side::map(held, read_one)
}

fn milliseconds(instant: &str) -> Option<i64> {
    Some(Timestamp::parse(instant)?.micros().div_euclid(1_000))
}

/// The village of each case, and the villages in the order of the list.
fn villages<'a>(cases: &'a [Case], list_csv: Option<&[u8]>) -> (BTreeMap<&'a str, usize>, Vec<Village>) {
    let places = list_csv.map(places_in_list).unwrap_or_default();
    let (mut village_of, mut villages) = (BTreeMap::new(), Vec::new());
    let mut number_of: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    let mut of_village: Vec<Vec<(f64, f64)>> = Vec::new();
    for case in cases {
        let key: Vec<&str> = case.area_path.iter().map(|level| level.code.as_str()).collect();
        let code = key.join("/");
        let at = *number_of.entry(key).or_insert_with(|| {
            let name =
                case.area_path.iter().rev().take(2).map(|level| level.name.as_str()).collect::<Vec<_>>().join(", ");
            villages.push(Village { code, name, n_main: 0, middle: None });
            of_village.push(Vec::new());
            villages.len() - 1
        });
        villages[at].n_main += usize::from(case.role == CaseRole::Main);
        of_village[at].extend(places.get(&case.case_id));
        village_of.insert(case.case_id.as_str(), at);
    }
    for (village, places) in villages.iter_mut().zip(of_village) {
        let n = places.len() as f64;
        let sum = places.iter().fold((0.0, 0.0), |sum, place| (sum.0 + place.0, sum.1 + place.1));
        village.middle = (n > 0.0).then(|| (sum.0 / n, sum.1 / n));
    }
    (village_of, villages)
}

/// Positions of cases where the sample list has columns `latitude` and `longitude`, or those of the village.
fn places_in_list(csv: &[u8]) -> BTreeMap<String, (f64, f64)> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv);
    let Ok(headings) = reader.headers().cloned() else { return BTreeMap::new() };
    let column = |names: [&str; 2]| headings.iter().position(|heading| names.contains(&heading.trim()));
    let (Some(id), Some(latitude), Some(longitude)) = (
        column(["unit_id", "case_id"]),
        column(["latitude", "village_latitude"]),
        column(["longitude", "village_longitude"]),
    ) else {
        return BTreeMap::new();
    };
    let degrees = |text: Option<&str>, most: f64| {
        text.and_then(|text| text.trim().parse::<f64>().ok()).filter(|degrees| degrees.abs() <= most)
    };
    let records = reader.records().filter_map(Result::ok);
    records
        .filter_map(|record| {
            let place = (degrees(record.get(latitude), 90.0)?, degrees(record.get(longitude), 180.0)?);
            Some((record.get(id)?.trim().to_owned(), place))
        })
        .collect()
}

/// Answers as text by question.
type Texts = BTreeMap<String, String>;

/// The answers of these interviews, as text by question.
///
/// # Errors
/// Only that the database did not answer.
pub fn original_answers(
    snapshot: &mut Snapshot<'_>,
    round_code: &str,
    uuids: &BTreeSet<String>,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, StoreError> {
    let mut found = BTreeMap::new();
    for response in snapshot.list_first_responses(round_code)? {
        if uuids.contains(&response.receipt.uuid)
            && let Some(body) = Body::of(&response)
        {
            found.insert(response.receipt.uuid.clone(), texts(&body.answers));
        }
    }
    Ok(found)
}

/// The answers of the first complete interview of each case of a round, as text by question: a back-check may be a round of its own.
///
/// # Errors
/// Only that the database did not answer.
pub fn second_answers(
    snapshot: &mut Snapshot<'_>,
    round_code: &str,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, StoreError> {
    let chains = review::of_round(snapshot, round_code)?.chains;
    let mut found = BTreeMap::new();
    for response in snapshot.list_first_responses(round_code)? {
        let counts = chains.counts(&response.receipt.uuid);
        if counts
            && outcome(&response.disposition).is_some_and(Outcome::is_interview)
            && let Some(body) = Body::of(&response)
        {
            found.entry(response.case_id.clone()).or_insert_with(|| texts(&body.answers));
        }
    }
    Ok(found)
}

/// Cases of a round that two people sent as complete: two entries of one paper form. The first interview of each of the first two people.
///
/// # Errors
/// Only that the database did not answer.
pub fn double_entries(snapshot: &mut Snapshot<'_>, round_code: &str) -> Result<(Entries, Entries), StoreError> {
    let chains = review::of_round(snapshot, round_code)?.chains;
    let people: BTreeMap<String, String> = snapshot
        .list_tokens()?
        .into_iter()
        .map(|token| (token.id.clone(), token.account_id.unwrap_or(token.id)))
        .collect();
    let mut by_case: BTreeMap<String, Vec<(String, Texts)>> = BTreeMap::new();
    for response in snapshot.list_first_responses(round_code)? {
        let is_entry =
            chains.stands(&response.receipt.uuid) && outcome(&response.disposition) == Some(Outcome::Complete);
        let person = people.get(&response.token_id).unwrap_or(&response.token_id).clone();
        if let Some(body) = Body::of(&response).filter(|_| is_entry) {
            let entries = by_case.entry(response.case_id).or_default();
            if entries.iter().all(|(known, _)| *known != person) {
                entries.push((person, texts(&body.answers)));
            }
        }
    }
    by_case.retain(|_, entries| entries.len() > 1);
    let answers = || by_case.values().flatten().map(|(_, answers)| answers);
    let fields: BTreeSet<String> = answers().flat_map(BTreeMap::keys).cloned().collect();
    let entries = |which: usize| Entries {
        key: "case_id".to_owned(),
        fields: fields.iter().cloned().collect(),
        forms: by_case
            .iter()
            .filter_map(|(case_id, entries)| {
                let (_, answers) = entries.get(which)?;
                let cell = |field: &String| answers.get(field).cloned().unwrap_or_default();
                Some((case_id.clone(), fields.iter().map(cell).collect()))
            })
            .collect(),
    };
    Ok((entries(0), entries(1)))
}

fn texts(answers: &Map<String, Value>) -> BTreeMap<String, String> {
    answers
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), crate::quality::answer_text(value)?.into_owned())))
        .collect()
}
