//! A round as it stands in the store, read piece by piece. An interview never changes, so its answers are read once and kept as rows
//! of a table; what is read anew is only which interviews there are and what was said of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ::problem::Problems;
use chrono::NaiveDate;
use reports::index::IndexDefinition;
use sampling::Sample;

use super::{Body, ResultsError, RoundProgress, chosen, day, no_sample, outcomes, thaw};
use crate::analysis::calibration::Chosen;
use crate::analysis::interviews::{Interviews, ReadInterviews};
use crate::analysis::microdata::InterviewFacts;
use crate::fieldwork::disposition::{Outcome, outcome};
use crate::happened::{Happened, Memory};
use crate::questionnaire::{Questionnaire, Validated};
use crate::review::Reviewed;
use crate::side_by_side;
use crate::store::{CaseEvent, InterviewHead, Round, Snapshot, Store, StoreError, StoredResponse};

/// Interviews that are taken out of the database at once, while those before are read.
const PIECE: i64 = 500;

/// One questionnaire of a round, in its latest version, with its interviews.
pub(crate) struct FormReading {
    pub(crate) form_id: String,
    pub(crate) sha256: String,
    pub(crate) questionnaire: Arc<Questionnaire>,
    /// How its index is computed, if it has one.
    pub(crate) definition: Option<Arc<IndexDefinition>>,
    /// The interviews that count.
    pub(crate) interviews: Interviews,
    /// Responses that count to other versions of the questionnaire.
    pub(crate) n_older_versions: usize,
    facts: Arc<Vec<InterviewFacts>>,
}

impl FormReading {
    /// What is known beside their answers of the interviews that count, by case.
    pub(crate) fn facts(&self) -> BTreeMap<String, InterviewFacts> {
        let fact = |(case_id, row): (&str, usize)| Some((case_id.to_owned(), self.facts.get(row)?.clone()));
        self.interviews.rows().filter_map(fact).collect()
    }
}

/// A round as of one instant.
pub(crate) struct Reading {
    pub(crate) progress: RoundProgress,
    /// The sample, or why it cannot be read.
    pub(crate) sample: Result<Arc<Sample>, Problems>,
    /// SHA-256 of the sample list; empty without one.
    pub(crate) sample_sha256: String,
    /// In the order of their form ids.
    pub(crate) forms: Vec<FormReading>,
    /// What happened and counts, in order of arrival.
    pub(crate) events: Vec<CaseEvent>,
    /// The outcome of each worked case so far.
    pub(crate) outcomes: BTreeMap<String, Outcome>,
    /// Reserves that were released.
    pub(crate) released: BTreeSet<String>,
    /// The versions of the weights that are used, by form; one that cannot be read says why.
    weights: BTreeMap<String, Result<Chosen, Problems>>,
    /// First and last day of what counts, by the devices' clocks.
    pub(crate) fieldwork_days: Option<(NaiveDate, NaiveDate)>,
    /// When the newest of what counts was received.
    pub(crate) received_on: Option<NaiveDate>,
}

impl Reading {
    /// The round.
    pub(crate) fn round(&self) -> &Round {
        &self.progress.round
    }

    /// The version of the weights that the results of a form use; `None`: those of the design.
    pub(crate) fn weights_of(&self, form_id: &str) -> Result<Option<&Chosen>, Problems> {
        self.weights.get(form_id).map(|chosen| chosen.as_ref().map_err(Clone::clone)).transpose()
    }
}

/// The last reading of each round.
#[derive(Default)]
pub(crate) struct ReadingCache {
    memory: Arc<Memory>,
    kept: Mutex<HashMap<String, Arc<Mutex<Kept>>>>,
}

impl ReadingCache {
    /// One that shares what is known of the rounds.
    pub(crate) fn beside(memory: Arc<Memory>) -> Self {
        Self { memory, kept: Mutex::default() }
    }

    /// A round as of now; `None` when there is no such round. Who asks while a round is being read waits for that reading.
    ///
    /// # Errors
    /// That the database did not answer, or that what it keeps cannot be read.
    pub(crate) fn of_round(&self, store: &Store, code: &str) -> Result<Option<Arc<Reading>>, ResultsError> {
        // Entries are inserted whole, so a map that a panicking thread left behind is a good one.
        let kept =
            Arc::clone(self.kept.lock().unwrap_or_else(PoisonError::into_inner).entry(code.to_owned()).or_default());
        // A reading that broke off has left nothing behind: it works on what was taken out.
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(now) = self.memory.happened(store, code)? else {
            *kept = Kept::default();
            return Ok(None);
        };
        if let Some(reading) = kept.last.as_ref().filter(|reading| reading.progress == now.progress) {
            return Ok(Some(Arc::clone(reading)));
        }
        // Taken out: if anything fails on the way, nothing half read stays.
        let mut fresh = std::mem::take(&mut *kept);
        let reading = store.read(|snapshot| Ok(fresh.read(snapshot, code, &now)))??;
        fresh.last = Some(Arc::clone(&reading));
        *kept = fresh;
        Ok(Some(reading))
    }
}

/// What was read of a round so far.
#[derive(Default)]
struct Kept {
    forms: Vec<KeptForm>,
    /// By UUID.
    known: HashMap<String, Known>,
    /// The sample by the SHA-256 of its list.
    sample: Option<(String, Result<Arc<Sample>, Problems>)>,
    last: Option<Arc<Reading>>,
}

/// A questionnaire in its latest version, and all interviews of it.
struct KeptForm {
    form_id: String,
    sha256: String,
    questionnaire: Arc<Questionnaire>,
    definition: Option<Arc<IndexDefinition>>,
    read: Arc<ReadInterviews>,
    facts: Arc<Vec<InterviewFacts>>,
}

/// What is kept of a response.
struct Known {
    started_on: Option<NaiveDate>,
    /// Whether it answers the latest version of its questionnaire.
    is_latest: bool,
    /// Position of its questionnaire, and its row there, if it is an interview that can be read.
    place: Option<(usize, usize)>,
}

/// A response as it was read.
struct JustRead {
    uuid: String,
    started_on: Option<NaiveDate>,
    is_latest: bool,
    interview: Option<(usize, InterviewFacts, String, Validated)>,
}

impl Kept {
    /// Reads what is new among what happened; what has come since `now` is left for the next time.
    fn read(&mut self, snapshot: &mut Snapshot<'_>, code: &str, now: &Happened) -> Result<Arc<Reading>, ResultsError> {
        self.take_forms(snapshot, code)?;
        self.take_interviews(snapshot, code, &now.reviewed)?;
        self.take_sample(snapshot, code)?;
        let events = now.counting().cloned().collect();
        let released = snapshot.list_replacements(code)?.into_iter().map(|given| given.case_id).collect();
        let weights = snapshot.chosen_weights(code)?.into_iter().map(|(form_id, version)| (form_id, chosen(&version)));
        let weights = weights.collect();
        Ok(Arc::new(Reading { weights, ..self.reading(now.progress.clone(), &now.reviewed, events, released) }))
    }

    /// The latest version of each questionnaire; when one is new, everything is read anew.
    fn take_forms(&mut self, snapshot: &mut Snapshot<'_>, code: &str) -> Result<(), ResultsError> {
        let mut latest: BTreeMap<String, String> = BTreeMap::new();
        // Of one form the latest version comes first.
        for head in snapshot.list_round_questionnaires(code)? {
            latest.entry(head.form_id).or_insert(head.sha256);
        }
        if self.forms.iter().map(|form| (&form.form_id, &form.sha256)).eq(&latest) {
            return Ok(());
        }
        *self = Self { sample: self.sample.take(), ..Self::default() };
        for (form_id, sha256) in latest {
            let Some(sheets) = snapshot.find_questionnaire_sheets(&sha256)? else { continue };
            let (questionnaire, definition) = thaw(&sheets)?;
            self.forms.push(KeptForm {
                form_id,
                sha256,
                questionnaire: Arc::new(questionnaire),
                definition: definition.map(Arc::new),
                read: Arc::default(),
                facts: Arc::default(),
            });
        }
        Ok(())
    }

    fn take_sample(&mut self, snapshot: &mut Snapshot<'_>, code: &str) -> Result<(), StoreError> {
        let sha256 = snapshot.find_sample_sha256(code)?;
        if self.sample.as_ref().map(|(known, _)| known) != sha256.as_ref() {
            // A list that another program made may lack what the weights need: then there are no scores, but still a page.
            self.sample = snapshot
                .find_sample(code)?
                .map(|stored| (stored.list_sha256, Sample::from_csv(&stored.list_csv).map(Arc::new)));
        }
        Ok(())
    }

    /// Reads the interviews that are new.
    fn take_interviews(
        &mut self,
        snapshot: &mut Snapshot<'_>,
        code: &str,
        reviewed: &Reviewed,
    ) -> Result<(), ResultsError> {
        let is_known = |uuid: &str| self.known.contains_key(uuid);
        let n_known = reviewed.interviews.iter().filter(|one| is_known(&one.uuid)).count();
        if n_known < self.known.len() {
            // Something that was read is no longer there: nothing of it may stay in memory.
            self.known.clear();
            for form in &mut self.forms {
                (form.read, form.facts) = (Arc::default(), Arc::default());
            }
        }
        // Where several nodes write, numbers are given before rows are seen: a new row may have a number below known ones.
        let unread = |one: &&InterviewHead| !self.known.contains_key(&one.uuid);
        let Some(first) = reviewed.interviews.iter().filter(unread).map(|one| one.sequence).min() else {
            return Ok(());
        };
        let (forms, known) = (&self.forms, &self.known);
        let (send, receive) = sync_channel::<Vec<StoredResponse>>(1);
        let pieces = thread::scope(|scope| -> Result<Vec<Vec<JustRead>>, ResultsError> {
            let reader = scope.spawn(move || {
                let pieces = receive.into_iter();
                pieces.map(|piece| side_by_side::map(&piece, |one| just_read(forms, one))).collect::<Vec<_>>()
            });
            let mut from = first;
            loop {
                let mut piece = snapshot.list_first_responses_from(code, from, PIECE)?;
                let Some(last) = piece.last().map(|one| one.receipt.sequence) else { break };
                from = last + 1;
                piece.retain(|one| !known.contains_key(&one.receipt.uuid));
                if send.send(piece).is_err() {
                    break;
                }
            }
            drop(send);
            reader.join().map_err(|panicked| resume_unwind(panicked))
        })?;
        for piece in pieces {
            self.put(piece)?;
        }
        Ok(())
    }

    /// Puts what was read behind what is kept.
    fn put(&mut self, piece: Vec<JustRead>) -> Result<(), Problems> {
        let mut by_form: Vec<Vec<(String, Validated)>> = self.forms.iter().map(|_| Vec::new()).collect();
        for one in piece {
            let place = one.interview.map(|(at, facts, digest, validated)| {
                let form = &mut self.forms[at];
                let row = form.facts.len();
                Arc::make_mut(&mut form.facts).push(facts);
                by_form[at].push((digest, validated));
                (at, row)
            });
            self.known.insert(one.uuid, Known { started_on: one.started_on, is_latest: one.is_latest, place });
        }
        for (form, interviews) in self.forms.iter_mut().zip(by_form).filter(|(_, interviews)| !interviews.is_empty()) {
            Arc::make_mut(&mut form.read).append(&form.questionnaire, interviews)?;
        }
        Ok(())
    }

    fn reading(
        &self,
        progress: RoundProgress,
        reviewed: &Reviewed,
        events: Vec<CaseEvent>,
        released: BTreeSet<String>,
    ) -> Reading {
        let mut rows: Vec<BTreeMap<String, usize>> = self.forms.iter().map(|_| BTreeMap::new()).collect();
        let mut n_older: BTreeMap<&str, usize> = BTreeMap::new();
        let mut fieldwork_days: Option<(NaiveDate, NaiveDate)> = None;
        let mut received_on = None;
        for head in reviewed.interviews.iter().filter(|head| reviewed.chains.counts(&head.uuid)) {
            received_on = received_on.max(day(&head.received_at));
            let Some(known) = self.known.get(&head.uuid) else { continue };
            if let Some(started_on) = known.started_on {
                let (first, last) = fieldwork_days.unwrap_or((started_on, started_on));
                fieldwork_days = Some((first.min(started_on), last.max(started_on)));
            }
            if !known.is_latest {
                *n_older.entry(&head.form_id).or_default() += 1;
            }
            if let Some((form, row)) = known.place.filter(|_| reviewed.chains.speaks_for_its_case(&head.uuid)) {
                rows[form].insert(head.case_id.clone(), row);
            }
        }
        let form = |(form, rows): (&KeptForm, BTreeMap<String, usize>)| FormReading {
            form_id: form.form_id.clone(),
            sha256: form.sha256.clone(),
            questionnaire: Arc::clone(&form.questionnaire),
            definition: form.definition.clone(),
            interviews: Interviews::new(Arc::clone(&form.read), rows),
            n_older_versions: n_older.get(form.form_id.as_str()).copied().unwrap_or_default(),
            facts: Arc::clone(&form.facts),
        };
        Reading {
            progress,
            sample: self.sample.as_ref().map_or_else(|| Err(no_sample().into()), |(_, sample)| sample.clone()),
            sample_sha256: self.sample.as_ref().map(|(sha256, _)| sha256.clone()).unwrap_or_default(),
            forms: self.forms.iter().zip(rows).map(form).collect(),
            outcomes: outcomes(&events),
            events,
            released,
            weights: BTreeMap::new(),
            fieldwork_days,
            received_on,
        }
    }
}

fn just_read(forms: &[KeptForm], response: &StoredResponse) -> JustRead {
    let sha256 = response.questionnaire_sha256.as_deref();
    let at = forms.iter().position(|form| Some(form.sha256.as_str()) == sha256);
    let body = Body::of(response);
    let started_at = body.as_ref().and_then(|body| body.device_started_at.clone());
    let is_interview = outcome(&response.disposition).is_some_and(Outcome::is_interview);
    let interview = at.zip(body).filter(|_| is_interview).map(|(at, body)| {
        let facts = InterviewFacts {
            uuid: response.receipt.uuid.clone(),
            received_at: response.receipt.received_at.clone(),
            started_at: body.device_started_at.clone().unwrap_or_default(),
        };
        (at, facts, response.receipt.sha256.clone(), body.validated(&forms[at].questionnaire))
    });
    JustRead {
        uuid: response.receipt.uuid.clone(),
        started_on: started_at.as_deref().and_then(day),
        is_latest: at.is_some_and(|at| forms[at].form_id == response.form_id),
        interview,
    }
}
