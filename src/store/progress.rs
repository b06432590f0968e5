//! What happened at each case, in the order the server learned of it. `fieldwork::progress` counts it.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::Snapshot;
use super::error::StoreError;
use super::received::ReceivedState;
use super::respondent::gone_in;
use super::response::BodyFormat;
use super::schema::{contact_attempt, response, response_flag, review};

/// The outcome of a case whose respondent took the answers back: a refusal, after the fact.
pub const GONE: &str = "2.11";

/// How we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseEventKind {
    /// A response was accepted.
    Response,
    /// A contact attempt was reported.
    ContactAttempt,
}

/// Something that happened at a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseEvent {
    /// Order of arrival at the server.
    pub sequence: i64,
    /// The case the sender named; it need not be in the sample.
    pub case_id: String,
    /// Outcome code, as sent.
    pub disposition: String,
    /// How we know.
    pub kind: CaseEventKind,
    /// How many flags the response has.
    pub n_flags: i64,
    /// The response's UUID, for a response.
    pub uuid: Option<String>,
}

/// Collect has one form for both: a visit without an interview (AAPOR class 1) is a contact attempt.
pub(super) fn kind_of(format: &str, disposition: &str) -> CaseEventKind {
    if format == BodyFormat::Xform.as_str() && !disposition.starts_with("1.") {
        CaseEventKind::ContactAttempt
    } else {
        CaseEventKind::Response
    }
}

impl Snapshot<'_> {
    /// All contact attempts of a round and what came first under each UUID, in the order of arrival: all that happened. What of it
    /// counts, `crate::review` says. At a respondent who withdrew or was erased the same happened, and all that is told of it is that
    /// there is no interview to use ([`GONE`]).
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_case_events(&mut self, round_code: &str) -> Result<Vec<CaseEvent>, StoreError> {
        let accepted = ReceivedState::Accepted.as_str();
        let responses: Vec<(i64, String, String, String, String)> = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::version_no.eq(1))
            .select((response::sequence, response::case_id, response::disposition, response::uuid, response::format))
            .load(self.conn)?;
        let in_round = response::table.filter(response::round_code.eq(round_code)).select(response::uuid);
        let flags: Vec<(String, i64)> = response_flag::table
            .filter(response_flag::uuid.eq_any(in_round))
            .filter(response_flag::version_no.eq(1))
            .group_by(response_flag::uuid)
            .select((response_flag::uuid, diesel::dsl::count_star()))
            .load(self.conn)?;
        let flags: std::collections::BTreeMap<String, i64> = flags.into_iter().collect();
        let attempts: Vec<(i64, String, String)> = contact_attempt::table
            .filter(contact_attempt::round_code.eq(round_code))
            .filter(contact_attempt::state.eq(accepted))
            .select((contact_attempt::sequence, contact_attempt::case_id, contact_attempt::disposition))
            .load(self.conn)?;
        let gone: BTreeSet<String> = gone_in(round_code).load(self.conn)?.into_iter().collect();
        let mut events: Vec<CaseEvent> = responses
            .into_iter()
            .map(|(sequence, case_id, disposition, uuid, format)| CaseEvent {
                sequence,
                case_id,
                kind: kind_of(&format, &disposition),
                disposition,
                n_flags: flags.get(&uuid).copied().unwrap_or(0),
                uuid: Some(uuid),
            })
            .chain(attempts.into_iter().map(|(sequence, case_id, disposition)| CaseEvent {
                sequence,
                case_id,
                disposition,
                kind: CaseEventKind::ContactAttempt,
                n_flags: 0,
                uuid: None,
            }))
            .collect();
        for event in events.iter_mut().filter(|event| gone.contains(&event.case_id)) {
            event.disposition = GONE.to_owned();
            (event.kind, event.n_flags, event.uuid) = (CaseEventKind::ContactAttempt, 0, None);
        }
        events.sort_by_key(|event| event.sequence);
        Ok(events)
    }

    /// The sequence number of the newest of [`Self::list_case_events`] (0 without any) and how many there are, without reading
    /// them: while both stay, nothing new has happened.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn count_case_events(&mut self, round_code: &str) -> Result<(i64, usize), StoreError> {
        use diesel::dsl::{count_star, max};
        let (last_response, n_responses): (Option<i64>, i64) = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::version_no.eq(1))
            .select((max(response::sequence), count_star()))
            .first(self.conn)?;
        let (last_attempt, n_attempts): (Option<i64>, i64) = contact_attempt::table
            .filter(contact_attempt::round_code.eq(round_code))
            .filter(contact_attempt::state.eq(ReceivedState::Accepted.as_str()))
            .select((max(contact_attempt::sequence), count_star()))
            .first(self.conn)?;
        let newest = last_response.into_iter().chain(last_attempt).max().unwrap_or(0);
        Ok((newest, usize::try_from(n_responses + n_attempts).unwrap_or_default()))
    }

    /// How many conflicts of a round wait for the supervisor: other bytes under a known UUID, and corrections that came too late
    /// and were not reviewed.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn count_conflicts(&mut self, round_code: &str) -> Result<i64, StoreError> {
        Ok(response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::state.eq(ReceivedState::Conflict.as_str()))
            .filter(response::case_id.ne_all(gone_in(round_code)))
            .filter(response::version_no.gt(1).or(response::uuid.ne_all(review::table.select(review::uuid))))
            .count()
            .get_result(self.conn)?)
    }
}
