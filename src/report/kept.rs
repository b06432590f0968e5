//! The report of an index of a round as it is kept: the draft that people edit, the sentences they accepted, the office's templates, and the
//! present numbers. Read in one go; nothing of it is computed from stored numbers.

use std::collections::{BTreeMap, BTreeSet};

use ::problem::{Language, Problem, Problems};
use chrono::{Datelike, NaiveDate};
use reports::document::paper::{
    Accepted, Assembled, Check, CheckKind, Decided, Draft, DraftAct, LastAct, Material, Outline, OutlineBlock,
    SENTENCES, Sentences, assembled, checks, citation, presets,
};

use super::{cited, of_plan, of_round, with_plan};
use crate::export::FeedCache;
use crate::fieldwork::clock;
use crate::problem as catalogue;
use crate::results::{IndexResult, ResultsCache, ResultsError, RoundResults};
use crate::standing::Standing;
use crate::store::{ReportAcceptance, ReportSaved, ReportVersion, SaidOfSentence, Store, StoreError};

/// What a report is read from.
#[derive(Clone, Copy)]
pub struct House<'a> {
    /// The database.
    pub store: &'a Store,
    /// Results of rounds.
    pub results: &'a ResultsCache,
    /// Data for questions.
    pub feeds: &'a FeedCache,
}

/// A report as it stands now.
pub struct Report {
    /// The questionnaire whose index it is about.
    pub form_id: String,
    /// Number of the last saved state; 0 while nobody has changed it.
    pub version_no: i64,
    /// Who saved it last, and when (as it is read).
    pub saved: Option<(String, String)>,
    /// What people edit.
    pub draft: Draft,
    /// The templates that hold.
    pub sentences: Sentences,
    /// What the paper is made of.
    pub material: Material,
    /// The paper as far as it can be made.
    pub assembled: Assembled,
    /// The last that was said of each sentence.
    pub acts: BTreeMap<String, LastAct>,
    /// What to look at.
    pub checks: Vec<Check>,
    /// Name of the files.
    pub stem: String,
}

impl Report {
    /// What keeps the paper from being made.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems(
            self.checks
                .iter()
                .filter(|check| check.kind == CheckKind::Problem)
                .filter_map(|check| check.problem.clone())
                .collect(),
        )
    }
}

/// The problems of results that could not be had.
pub(super) fn told(error: ResultsError) -> Problems {
    match error {
        ResultsError::Store(error) => catalogue::from_store(&error).into(),
        ResultsError::Data(problems) => problems,
    }
}

fn of_store(error: &StoreError) -> Problems {
    catalogue::from_store(error).into()
}

/// The index of a round that a report is about: that of the questionnaire, else the first.
///
/// # Errors
/// `report_form` with the questionnaires that have an index.
pub fn index_of<'a>(results: &'a RoundResults, form: Option<&str>) -> Result<&'a IndexResult, Problem> {
    let found = results.indexes.iter().find(|index| form.is_none_or(|form| index.questionnaire.id() == form));
    found.ok_or_else(|| {
        let known: Vec<&str> = results.indexes.iter().map(|index| index.questionnaire.id()).collect();
        Problem::new("report_form", "không có chỉ số nào để báo cáo", "there is no index to report on")
            .expected(known.join(", "))
            .got(form.unwrap_or("–"))
    })
}

impl House<'_> {
    /// The results of a round.
    ///
    /// # Errors
    /// `round_unknown`; that its data cannot be read.
    pub fn results_of(&self, code: &str) -> Result<std::sync::Arc<RoundResults>, Problems> {
        let found = self.results.of_round(self.store, code).map_err(told)?;
        found.ok_or_else(|| catalogue::round_unknown(code).into())
    }

    /// Today in Vietnam, by the store's clock.
    fn today(&self) -> NaiveDate {
        clock::day_of_micros(self.store.now().micros())
    }

    /// Everything that the report of an index may show: its scores, and the plan of the unit that the round is of, where there is one.
    ///
    /// # Errors
    /// As [`of_round`].
    pub fn material(
        &self,
        results: &RoundResults,
        index: &IndexResult,
        earlier: Option<(&RoundResults, &IndexResult)>,
        language: Language,
    ) -> Result<Material, Problems> {
        let mut material = of_round(results, index, earlier, language)?;
        if let Some(plan) = self.plan(results, language)? {
            with_plan(&mut material, plan);
        }
        Ok(material)
    }

    /// The plan of the unit that a round is pinned to.
    fn plan(&self, results: &RoundResults, language: Language) -> Result<Option<Material>, Problems> {
        let code = results.round.code.clone();
        let pin =
            self.store.read(move |snapshot| snapshot.find_round_geography(&code)).map_err(|error| of_store(&error))?;
        let Some(unit) = pin.and_then(|pin| pin.unit) else { return Ok(None) };
        let standing = Standing::of(self.store)?.with_rounds(self.store, self.results, &unit)?;
        let material = of_plan(&standing, &unit, results.as_of.year(), self.today(), language)?;
        Ok(Some(material))
    }

    /// The report of a round's index, with its present numbers.
    ///
    /// # Errors
    /// `round_unknown`, `report_form`, why there are no scores, that what is kept cannot be read.
    pub fn report(&self, code: &str, form: Option<&str>, language: Language) -> Result<Report, Problems> {
        let results = self.results_of(code)?;
        let index = index_of(&results, form)?;
        let form_id = index.questionnaire.id().to_owned();
        let mut material = self.material(&results, index, None, language)?;
        let kept = self.kept(code, &form_id)?;
        let draft = match &kept.version {
            Some(version) => Draft::read(&version.body)?,
            None => Draft::of(&usual(index)?),
        };
        let wanted: BTreeSet<(&str, &str)> = draft
            .blocks
            .iter()
            .filter_map(|one| {
                if let OutlineBlock::Cited { page, query, .. } = &one.block {
                    Some((page.as_str(), query.as_str()))
                } else {
                    None
                }
            })
            .collect();
        for (page, query) in wanted {
            material.cited.insert(citation(page, query), cited::cited(self, code, page, query, language));
        }
        let sentences = kept.sentences()?;
        let accepted = kept.acts.values().filter(|act| act.is_accepted);
        let decided = Decided {
            accepted: Accepted(accepted.map(|act| (act.sentence_key.clone(), kept.name_of(&act.acted_by))).collect()),
            edited: draft.edited.clone(),
        };
        let assembled = assembled(&draft.outline(), &sentences, &material, &decided, language);
        let acts: BTreeMap<String, LastAct> =
            kept.acts.iter().map(|(slot, act)| (slot.clone(), kept.last_act(act))).collect();
        let checks = checks(&draft, &assembled, &material, &acts, language);
        Ok(Report {
            version_no: kept.version.as_ref().map_or(0, |version| version.version_no),
            saved: kept
                .version
                .as_ref()
                .map(|version| (kept.name_of(&version.saved_by), clock::shown(&version.saved_at))),
            stem: format!("bao-cao_{}_{code}", index.definition.code()),
            form_id,
            draft,
            sentences,
            material,
            assembled,
            acts,
            checks,
        })
    }

    fn kept(&self, code: &str, form_id: &str) -> Result<Kept, Problems> {
        let (code, form_id) = (code.to_owned(), form_id.to_owned());
        self.store
            .read(move |snapshot| {
                let accounts = snapshot.list_accounts()?;
                Ok(Kept {
                    version: snapshot.find_report(&code, &form_id)?,
                    acts: snapshot.list_report_acceptances(&code, &form_id)?,
                    templates: snapshot.find_sentence_library()?.map(|library| library.body),
                    names: accounts.into_iter().map(|one| (one.id, one.name)).collect(),
                })
            })
            .map_err(|error| of_store(&error))
    }

    /// Does an act on the last saved draft. With `seen`, only if nobody else has saved since that version.
    ///
    /// # Errors
    /// `report_meanwhile` when somebody has; what the act is refused for.
    pub fn act(
        &self,
        actor: &str,
        (code, form): (&str, Option<&str>),
        seen: Option<i64>,
        act: &DraftAct,
        name: &str,
    ) -> Result<i64, Problems> {
        let results = self.results_of(code)?;
        let index = index_of(&results, form)?;
        let form_id = index.questionnaire.id().to_owned();
        // Without `seen` it is an addition, which two people may make at once: the later one comes behind the earlier one.
        for _ in 0..4 {
            let kept = self.kept(code, &form_id)?;
            let last = kept.version.as_ref().map_or(0, |version| version.version_no);
            if seen.is_some_and(|seen| seen != last) {
                return Err(catalogue::report_meanwhile().into());
            }
            let draft = match &kept.version {
                Some(version) => Draft::read(&version.body)?,
                None => Draft::of(&usual(index)?),
            };
            let body = draft.after(act.clone())?.to_json()?;
            let (code, form_id, name) = (code.to_owned(), form_id.clone(), name.to_owned());
            let saved = self.store.write(actor, move |tx| tx.save_report((&code, &form_id), last, &body, &name));
            match saved {
                Ok(ReportSaved::Kept(version)) => return Ok(version),
                Ok(ReportSaved::Meanwhile) | Err(StoreError::Exists { .. }) if seen.is_none() => {}
                Ok(ReportSaved::Meanwhile) | Err(StoreError::Exists { .. }) => break,
                Err(error) => return Err(of_store(&error)),
            }
        }
        Err(catalogue::report_meanwhile().into())
    }

    /// Accepts sentences by their keys, or takes that back. Each must stand in the report at this moment with these very numbers.
    ///
    /// # Errors
    /// `report_sentence_changed` when one of them does not.
    pub fn say(
        &self,
        actor: &str,
        (code, form): (&str, Option<&str>),
        keys: &[String],
        is_accepted: bool,
        language: Language,
    ) -> Result<(), Problems> {
        let report = self.report(code, form, language)?;
        let mut said = Vec::new();
        for key in keys {
            let sentence = report.assembled.paper.sentences().find(|sentence| sentence.key == *key);
            let sentence = sentence.ok_or_else(catalogue::report_sentence_changed)?;
            if sentence.accepted_by.is_some() != is_accepted {
                said.push(SaidOfSentence {
                    slot: sentence.slot.clone(),
                    key: key.clone(),
                    text: sentence.text.clone(),
                });
            }
        }
        if said.is_empty() {
            return Ok(());
        }
        let (code, form_id) = (code.to_owned(), report.form_id);
        self.store
            .write(actor, move |tx| tx.say_of_sentences((&code, &form_id), &said, is_accepted))
            .map_err(|error| of_store(&error))
    }
}

struct Kept {
    version: Option<ReportVersion>,
    acts: BTreeMap<String, ReportAcceptance>,
    templates: Option<String>,
    names: BTreeMap<String, String>,
}

impl Kept {
    fn name_of(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    fn last_act(&self, act: &ReportAcceptance) -> LastAct {
        LastAct {
            key: act.sentence_key.clone(),
            is_accepted: act.is_accepted,
            text: act.sentence.clone(),
            by: self.name_of(&act.acted_by),
            at: clock::shown(&act.acted_at),
        }
    }

    fn sentences(&self) -> Result<Sentences, Problems> {
        office_sentences(self.templates.as_deref())
    }
}

/// The templates that hold: the program's, and the office's in their place.
///
/// # Errors
/// As [`Sentences::read`].
pub fn office_sentences(library: Option<&str>) -> Result<Sentences, Problems> {
    let shipped = Sentences::read(SENTENCES, None)?;
    match library {
        Some(body) => Sentences::read(body, Some(&shipped)),
        None => Ok(shipped),
    }
}

/// The outline that a report of an index begins with: that of its family; an index of another family has the sections of PAPI's.
fn usual(index: &IndexResult) -> Result<Outline, Problems> {
    let family = index.definition.code().split('-').next().unwrap_or_default();
    let all = presets();
    let preset = all.iter().find(|preset| preset.name == family).or_else(|| all.first());
    Outline::read(preset.map(|preset| preset.text).unwrap_or_default())
}
