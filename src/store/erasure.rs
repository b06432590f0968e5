//! Erasure of a respondent: the key is destroyed and what it sealed is taken away; a proof stays that says what was there, not what it
//! said.

use std::path::PathBuf;

use diesel::prelude::*;

use super::any_conn::AnyConn;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::leftovers::{copies_before, scrub};
use super::respondent_request::RequestKind;
use super::schema::{
    attachment, contact_attempt, erasure, replacement, respondent_key, respondent_request, response, response_flag,
    review, sampled_unit, survey_round,
};
use super::sealing::{ERASED, Keys};
use super::{Snapshot, Store, Timestamp, Transaction};
use crate::answer_key::new_key_id;
use crate::erased::{self, ErasedLine};

/// What is to be erased, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewErasure {
    /// The round.
    pub round_code: String,
    /// The case.
    pub case_id: String,
    /// The day of the request, `2026-11-27`.
    pub requested_on: String,
    /// Why, without names.
    pub reason: String,
}

/// The proof of an erasure.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = erasure)]
pub struct Erasure {
    /// The round.
    pub round_code: String,
    /// The case.
    pub case_id: String,
    /// The day of the request.
    pub requested_on: String,
    /// Why.
    pub reason: String,
    /// When.
    pub erased_at: String,
    /// The id of an account, or the command.
    pub erased_by: String,
    /// Versions of interviews.
    pub n_responses: i64,
    /// Versions of files.
    pub n_attachments: i64,
    /// Versions of visits.
    pub n_contact_attempts: i64,
    /// Flags.
    pub n_flags: i64,
    /// Reviews.
    pub n_reviews: i64,
    /// Kind and SHA-256 of every body that was there, one a line.
    pub hashes: String,
}

/// What an erasure came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureDone {
    /// The proof.
    pub proof: Erasure,
    /// Whether the engine's own leftovers are gone, too: the log of SQLite, dead rows of PostgreSQL.
    pub is_scrubbed: bool,
    /// Where it was written down outside of the database.
    pub written_to: Option<PathBuf>,
    /// Copies that were made before migrations and still hold what was erased.
    pub copies: Vec<PathBuf>,
}

/// A respondent who took the answers back.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = respondent_key)]
pub struct GoneRespondent {
    /// The case.
    pub case_id: String,
    /// Since when nothing of theirs is used.
    pub withdrawn_at: Option<String>,
    /// Since when there is nothing of theirs.
    pub erased_at: Option<String>,
}

impl Snapshot<'_> {
    /// The proofs of erasures in a round, by case.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_erasures(&mut self, round_code: &str) -> Result<Vec<Erasure>, StoreError> {
        let mut proofs: Vec<Erasure> =
            erasure::table.filter(erasure::round_code.eq(round_code)).select(Erasure::as_select()).load(self.conn)?;
        proofs.sort_by(|one, other| one.case_id.cmp(&other.case_id));
        Ok(proofs)
    }

    /// Respondents of a round who withdrew or were erased, by case.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_gone_respondents(&mut self, round_code: &str) -> Result<Vec<GoneRespondent>, StoreError> {
        let mut gone: Vec<GoneRespondent> = respondent_key::table
            .filter(respondent_key::round_code.eq(round_code))
            .filter(respondent_key::withdrawn_at.is_not_null().or(respondent_key::erased_at.is_not_null()))
            .select(GoneRespondent::as_select())
            .load(self.conn)?;
        gone.sort_by(|one, other| one.case_id.cmp(&other.case_id));
        Ok(gone)
    }

    /// Whether the round has such a case: in its sample, or in anything that came.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn knows_case(&mut self, round_code: &str, case_id: &str) -> Result<bool, StoreError> {
        let drawn: i64 = sampled_unit::table.find((round_code, case_id)).count().get_result(self.conn)?;
        let held: i64 = respondent_key::table.find((round_code, case_id)).count().get_result(self.conn)?;
        let of_responses =
            response::table.filter(response::round_code.eq(round_code)).filter(response::case_id.eq(case_id));
        let of_attempts = contact_attempt::table
            .filter(contact_attempt::round_code.eq(round_code))
            .filter(contact_attempt::case_id.eq(case_id));
        let n: i64 =
            of_responses.count().get_result::<i64>(self.conn)? + of_attempts.count().get_result::<i64>(self.conn)?;
        Ok(drawn + held + n > 0)
    }
}

impl Transaction<'_> {
    /// The respondent's row, held so that whatever is being kept of them is there before, or is turned away after.
    pub(super) fn hold_alone(
        &mut self,
        round_code: &str,
        case_id: &str,
    ) -> Result<super::respondent::Standing, StoreError> {
        let known: i64 = survey_round::table.find(round_code).count().get_result(self.conn)?;
        if known == 0 {
            return Err(StoreError::Missing { what: format!("round {round_code}") });
        }
        if !self.knows_case(round_code, case_id)? {
            return Err(StoreError::Missing { what: format!("case {case_id} in round {round_code}") });
        }
        self.make_respondent(round_code, case_id, &new_key_id()?)?;
        let wanted = respondent_key::table.find((round_code, case_id)).select((
            respondent_key::key_id,
            respondent_key::withdrawn_at,
            respondent_key::erased_at,
        ));
        Ok(match &mut *self.snapshot.conn {
            AnyConn::Postgresql(conn) => wanted.for_update().first(conn)?,
            AnyConn::Sqlite(conn) => wanted.first(conn)?,
        })
    }

    /// Destroys the key of a respondent and takes away what was kept of them: interviews under every UUID that ever named the case, their
    /// files, flags and reviews, visits, and what was written about them. The rows stay, empty, so that what is sent again is known.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such round or case; [`StoreError::Exists`] when it was erased before.
    pub fn erase_respondent(&mut self, new: &NewErasure) -> Result<Erasure, StoreError> {
        let (round_code, case_id) = (new.round_code.as_str(), new.case_id.as_str());
        let (key_id, _, erased_at) = self.hold_alone(round_code, case_id)?;
        if erased_at.is_some() {
            return Err(StoreError::Exists { what: format!("the erasure of case {case_id} in round {round_code}") });
        }
        let erased_at = self.now.to_string();
        diesel::update(respondent_key::table.find((round_code, case_id)))
            .set((respondent_key::wrapped_key.eq(None::<Vec<u8>>), respondent_key::erased_at.eq(&erased_at)))
            .execute(self.conn)?;
        self.keys.forget(&key_id);
        let uuids: Vec<String> = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::case_id.eq(case_id))
            .select(response::uuid)
            .distinct()
            .load(self.conn)?;
        let visits: Vec<String> = contact_attempt::table
            .filter(contact_attempt::round_code.eq(round_code))
            .filter(contact_attempt::case_id.eq(case_id))
            .select(contact_attempt::uuid)
            .distinct()
            .load(self.conn)?;
        let (hashes, n) = self.hashes_of(&uuids, &visits)?;
        let nothing: &[u8] = &[];
        diesel::update(response::table.filter(response::uuid.eq_any(&uuids)))
            .set((response::body.eq(nothing), response::key_id.eq(&key_id)))
            .execute(self.conn)?;
        self.empty_attachments(&uuids, &key_id)?;
        diesel::update(contact_attempt::table.filter(contact_attempt::uuid.eq_any(&visits)))
            .set((contact_attempt::body.eq(nothing), contact_attempt::key_id.eq(&key_id)))
            .execute(self.conn)?;
        let n_flags = diesel::update(response_flag::table.filter(response_flag::uuid.eq_any(&uuids)))
            .set((
                response_flag::detail.eq(ERASED),
                response_flag::question.eq(None::<String>),
                response_flag::key_id.eq(&key_id),
                response_flag::sealed_detail.eq(None::<Vec<u8>>),
            ))
            .execute(self.conn)?;
        let n_reviews = diesel::update(review::table.filter(review::uuid.eq_any(&uuids)))
            .set((
                review::comment.eq(ERASED),
                review::question.eq(None::<String>),
                review::key_id.eq(&key_id),
                review::sealed_comment.eq(None::<Vec<u8>>),
            ))
            .execute(self.conn)?;
        diesel::update(
            replacement::table
                .filter(replacement::round_code.eq(round_code))
                .filter(replacement::replaces_case_id.eq(case_id)),
        )
        .set(replacement::reason.eq(ERASED))
        .execute(self.conn)?;
        diesel::update(
            respondent_request::table
                .filter(respondent_request::round_code.eq(round_code))
                .filter(respondent_request::case_id.eq(case_id)),
        )
        .set(respondent_request::note.eq(ERASED))
        .execute(self.conn)?;
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let proof = Erasure {
            round_code: new.round_code.clone(),
            case_id: new.case_id.clone(),
            requested_on: new.requested_on.clone(),
            reason: new.reason.clone(),
            erased_at,
            erased_by: self.actor.clone(),
            n_responses: count(n[0]),
            n_attachments: count(n[1]),
            n_contact_attempts: count(n[2]),
            n_flags: count(n_flags),
            n_reviews: count(n_reviews),
            hashes,
        };
        diesel::insert_into(erasure::table)
            .values((
                erasure::round_code.eq(&proof.round_code),
                erasure::case_id.eq(&proof.case_id),
                erasure::requested_on.eq(&proof.requested_on),
                erasure::reason.eq(&proof.reason),
                erasure::erased_at.eq(&proof.erased_at),
                erasure::erased_by.eq(&proof.erased_by),
                erasure::n_responses.eq(proof.n_responses),
                erasure::n_attachments.eq(proof.n_attachments),
                erasure::n_contact_attempts.eq(proof.n_contact_attempts),
                erasure::n_flags.eq(proof.n_flags),
                erasure::n_reviews.eq(proof.n_reviews),
                erasure::hashes.eq(&proof.hashes),
            ))
            .execute(self.conn)?;
        let detail = format!(
            "round {round_code}: {} responses, {} files, {} attempts; requested on {}",
            proof.n_responses, proof.n_attachments, proof.n_contact_attempts, proof.requested_on
        );
        self.audit("respondent.erased", case_id, &detail)?;
        self.finish_requests(round_code, case_id, RequestKind::ALL)?;
        Ok(proof)
    }

    /// What was there: a line for each body, and how many of each kind.
    fn hashes_of(&mut self, uuids: &[String], visits: &[String]) -> Result<(String, [usize; 3]), StoreError> {
        let responses: Vec<(String, i64, String)> = response::table
            .filter(response::uuid.eq_any(uuids))
            .order(response::sequence)
            .select((response::uuid, response::version_no, response::body_sha256))
            .load(self.conn)?;
        let mut files: Vec<(String, i64, String)> = attachment::table
            .filter(attachment::uuid.eq_any(uuids))
            .select((attachment::uuid, attachment::version_no, attachment::body_sha256))
            .load(self.conn)?;
        files.sort();
        let attempts: Vec<(String, i64, String)> = contact_attempt::table
            .filter(contact_attempt::uuid.eq_any(visits))
            .order(contact_attempt::sequence)
            .select((contact_attempt::uuid, contact_attempt::version_no, contact_attempt::body_sha256))
            .load(self.conn)?;
        let kinds = [("response", &responses), ("attachment", &files), ("contact_attempt", &attempts)];
        let lines = kinds.iter().flat_map(|(kind, rows)| {
            rows.iter().map(move |(uuid, version_no, sha256)| format!("{kind} {uuid} {version_no} {sha256}\n"))
        });
        Ok((lines.collect(), kinds.map(|(_, rows)| rows.len())))
    }

    /// Files lose their names, too: a sender chose them. No sender's name has a slash.
    fn empty_attachments(&mut self, uuids: &[String], key_id: &str) -> Result<(), StoreError> {
        let mut places: Vec<(String, String, i64)> = attachment::table
            .filter(attachment::uuid.eq_any(uuids))
            .select((attachment::uuid, attachment::file_name, attachment::version_no))
            .load(self.conn)?;
        places.sort();
        let nothing: &[u8] = &[];
        for (number, (uuid, file_name, version_no)) in (1..).zip(&places) {
            diesel::update(attachment::table.find((uuid, file_name, version_no)))
                .set((
                    attachment::file_name.eq(format!("erased/{number}")),
                    attachment::body.eq(nothing),
                    attachment::key_id.eq(key_id),
                ))
                .execute(self.conn)?;
        }
        Ok(())
    }
}

impl Store {
    /// Erases a respondent: written down outside of the database first, then done in one transaction, then the engine's leftovers are
    /// taken away. Blocks.
    ///
    /// # Errors
    /// As [`Transaction::erase_respondent`]; that it cannot be written down. Nothing is erased then.
    pub fn erase(&self, actor: &str, new: NewErasure) -> Result<ErasureDone, StoreError> {
        let (round, case) = (new.round_code.clone(), new.case_id.clone());
        let standing = self.read(|snapshot| {
            let is_known = snapshot.find_round(&round)?.is_some() && snapshot.knows_case(&round, &case)?;
            let erased = snapshot.list_gone_respondents(&round)?;
            Ok((is_known, erased.into_iter().any(|one| one.case_id == case && one.erased_at.is_some())))
        })?;
        match standing {
            (false, _) => return Err(StoreError::Missing { what: format!("case {case} in round {round}") }),
            (true, true) => {
                return Err(StoreError::Exists { what: format!("the erasure of case {case} in round {round}") });
            }
            (true, false) => {}
        }
        let written_to = self.erased_file();
        if let Some(path) = &written_to {
            let line = ErasedLine {
                round,
                case,
                requested_on: new.requested_on.clone(),
                reason: new.reason.clone(),
                erased_at: self.now().to_string(),
                erased_by: actor.to_owned(),
            };
            erased::append(path, &[line])
                .map_err(|error| StoreError::KeyFile { detail: format!("{}: {error}", path.display()) })?;
        }
        let proof = self.write(actor, move |tx| tx.erase_respondent(&new))?;
        Ok(ErasureDone {
            proof,
            is_scrubbed: scrub(&self.url).inspect_err(|error| tracing::warn!(%error, "leftovers stay for now")).is_ok(),
            written_to,
            copies: copies_before(&self.url),
        })
    }
}

/// Does again what was erased, in a database that is not given away yet: the proofs are those of the first time. Rounds and cases that are
/// not there, and what is erased already, are passed over. Says how many were erased.
pub(super) fn erase_again(conn: &mut AnyConn, lines: &[ErasedLine], now: Timestamp) -> Result<usize, StoreError> {
    let keys = Keys::none();
    let mut n_erased = 0;
    for line in lines {
        let mut tx = Transaction {
            now: Timestamp::parse(&line.erased_at).unwrap_or(now),
            actor: line.erased_by.clone(),
            snapshot: Snapshot { conn, keys: &keys },
        };
        let new = NewErasure {
            round_code: line.round.clone(),
            case_id: line.case.clone(),
            requested_on: line.requested_on.clone(),
            reason: line.reason.clone(),
        };
        match tx.erase_respondent(&new) {
            Ok(_) => n_erased += 1,
            Err(StoreError::Missing { .. } | StoreError::Exists { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n_erased)
}

/// The erasures that a database knows of, as lines.
///
/// # Errors
/// That it cannot be read.
pub fn erasures_of(url: &DatabaseUrl) -> Result<Vec<ErasedLine>, StoreError> {
    let mut conn = connect(url, Purpose::Read)?;
    let proofs: Vec<Erasure> = erasure::table.select(Erasure::as_select()).load(&mut conn)?;
    let line = |proof: Erasure| ErasedLine {
        round: proof.round_code,
        case: proof.case_id,
        requested_on: proof.requested_on,
        reason: proof.reason,
        erased_at: proof.erased_at,
        erased_by: proof.erased_by,
    };
    Ok(proofs.into_iter().map(line).collect())
}
