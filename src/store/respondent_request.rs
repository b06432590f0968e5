//! What respondents ask for, and that somebody answered and did it.

use diesel::dsl::max;
use diesel::prelude::*;

use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::schema::{respondent_key, respondent_request};
use super::sealing::Keys;
use super::{Snapshot, Transaction, stored_words};

stored_words! {
    /// What a respondent asks for.
    RequestKind {
        /// To see what is kept.
        Access = "access",
        /// To have it corrected.
        Correct = "correct",
        /// That it is not used any more.
        Withdraw = "withdraw",
        /// That it is deleted.
        Erase = "erase",
    }
}

/// A request that is to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequest {
    /// The round.
    pub round_code: String,
    /// The case.
    pub case_id: String,
    /// What is asked for.
    pub kind: RequestKind,
    /// The day it came, `2026-11-27`.
    pub requested_on: String,
    /// How it came; without names.
    pub note: String,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RespondentRequest {
    /// The round.
    pub round_code: String,
    /// The case.
    pub case_id: String,
    /// Its number at this case, from 1.
    pub request_no: i64,
    /// What is asked for.
    pub kind: RequestKind,
    /// The day it came.
    pub requested_on: String,
    /// How it came.
    pub note: String,
    /// Who recorded it.
    pub recorded_by: String,
    /// When the respondent was answered.
    pub answered_at: Option<String>,
    /// When it was done.
    pub done_at: Option<String>,
}

type Row = (String, String, i64, String, String, String, String, Option<String>, Option<String>);

impl Snapshot<'_> {
    /// Requests of a round, or of all, the earliest first.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_requests(&mut self, round_code: Option<&str>) -> Result<Vec<RespondentRequest>, StoreError> {
        let mut wanted = respondent_request::table.into_boxed();
        if let Some(round_code) = round_code {
            wanted = wanted.filter(respondent_request::round_code.eq(round_code));
        }
        let rows: Vec<Row> = wanted
            .order((respondent_request::requested_on, respondent_request::recorded_at))
            .select((
                respondent_request::round_code,
                respondent_request::case_id,
                respondent_request::request_no,
                respondent_request::kind,
                respondent_request::requested_on,
                respondent_request::note,
                respondent_request::recorded_by,
                respondent_request::answered_at,
                respondent_request::done_at,
            ))
            .load(self.conn)?;
        rows.into_iter()
            .map(|(round_code, case_id, request_no, kind, requested_on, note, recorded_by, answered_at, done_at)| {
                let kind = RequestKind::from_stored(&kind)?;
                Ok(RespondentRequest {
                    round_code,
                    case_id,
                    request_no,
                    kind,
                    requested_on,
                    note,
                    recorded_by,
                    answered_at,
                    done_at,
                })
            })
            .collect()
    }
}

/// The requests in a database, as [`Snapshot::list_requests`].
///
/// # Errors
/// That it cannot be read.
pub fn requests_in(url: &DatabaseUrl) -> Result<Vec<RespondentRequest>, StoreError> {
    Snapshot { conn: &mut connect(url, Purpose::Read)?, keys: &Keys::none() }.list_requests(None)
}

impl Transaction<'_> {
    /// Records a request; gives its number at this case.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such round or case.
    pub fn record_request(&mut self, new: &NewRequest) -> Result<i64, StoreError> {
        self.hold_alone(&new.round_code, &new.case_id)?;
        let last: Option<i64> = respondent_request::table
            .filter(respondent_request::round_code.eq(&new.round_code))
            .filter(respondent_request::case_id.eq(&new.case_id))
            .select(max(respondent_request::request_no))
            .first(self.conn)?;
        let request_no = last.unwrap_or(0) + 1;
        diesel::insert_into(respondent_request::table)
            .values((
                respondent_request::round_code.eq(&new.round_code),
                respondent_request::case_id.eq(&new.case_id),
                respondent_request::request_no.eq(request_no),
                respondent_request::kind.eq(new.kind.as_str()),
                respondent_request::requested_on.eq(&new.requested_on),
                respondent_request::note.eq(&new.note),
                respondent_request::recorded_at.eq(self.now.to_string()),
                respondent_request::recorded_by.eq(self.actor.clone()),
            ))
            .execute(self.conn)?;
        let detail = format!("round {}: {} on {}", new.round_code, new.kind.as_str(), new.requested_on);
        self.audit("respondent.requested", &new.case_id, &detail)?;
        Ok(request_no)
    }

    /// Records that the respondent was answered, or with `is_done` that what was asked for is done; a second time it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such request.
    pub fn settle_request(
        &mut self,
        round_code: &str,
        case_id: &str,
        request_no: i64,
        is_done: bool,
    ) -> Result<(), StoreError> {
        let one = respondent_request::table.find((round_code, case_id, request_no));
        let known: i64 = one.count().get_result(self.conn)?;
        if known == 0 {
            return Err(StoreError::Missing {
                what: format!("request {request_no} of case {case_id} in round {round_code}"),
            });
        }
        let (at, by) = (self.now.to_string(), self.actor.clone());
        let mut n = diesel::update(one.filter(respondent_request::answered_at.is_null()))
            .set((respondent_request::answered_at.eq(&at), respondent_request::answered_by.eq(&by)))
            .execute(self.conn)?;
        if is_done {
            n += diesel::update(one.filter(respondent_request::done_at.is_null()))
                .set((respondent_request::done_at.eq(&at), respondent_request::done_by.eq(&by)))
                .execute(self.conn)?;
        }
        if n == 0 {
            return Ok(());
        }
        let act = if is_done { "respondent.request_done" } else { "respondent.answered" };
        self.audit(act, case_id, &format!("round {round_code}: request {request_no}"))
    }

    /// From now on nothing of a respondent is used; it is kept, and nobody sees it.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such round or case; [`StoreError::Exists`] when it was withdrawn or erased before.
    pub fn withdraw_respondent(&mut self, round_code: &str, case_id: &str) -> Result<(), StoreError> {
        let (_, withdrawn_at, erased_at) = self.hold_alone(round_code, case_id)?;
        if withdrawn_at.is_some() || erased_at.is_some() {
            return Err(StoreError::Exists { what: format!("the withdrawal of case {case_id} in round {round_code}") });
        }
        diesel::update(respondent_key::table.find((round_code, case_id)))
            .set(respondent_key::withdrawn_at.eq(self.now.to_string()))
            .execute(self.conn)?;
        self.audit("respondent.withdrawn", case_id, &format!("round {round_code}"))?;
        self.finish_requests(round_code, case_id, &[RequestKind::Withdraw])
    }

    /// What was asked for is done: the open requests of these kinds end.
    pub(super) fn finish_requests(
        &mut self,
        round_code: &str,
        case_id: &str,
        kinds: &[RequestKind],
    ) -> Result<(), StoreError> {
        let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let open: Vec<i64> = respondent_request::table
            .filter(respondent_request::round_code.eq(round_code))
            .filter(respondent_request::case_id.eq(case_id))
            .filter(respondent_request::kind.eq_any(words))
            .filter(respondent_request::done_at.is_null())
            .select(respondent_request::request_no)
            .load(self.conn)?;
        for request_no in open {
            self.settle_request(round_code, case_id, request_no, true)?;
        }
        Ok(())
    }
}
