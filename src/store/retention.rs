//! Until when a round may know what its respondents said, and what is done then: everybody who answered is erased.

use diesel::prelude::*;

use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::leftovers::scrub;
use super::schema::{contact_attempt, respondent_key, response, retention};
use super::sealing::Keys;
use super::{NewErasure, Snapshot, Store, Transaction};
use crate::erased::{self, ErasedLine};

/// Respondents that are erased in one transaction: others shall not wait for long.
const AT_ONCE: usize = 25;

/// The day until which a round keeps what respondents said.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = retention)]
pub struct Retention {
    /// The round.
    pub round_code: String,
    /// Its number within the round, from 1; the last one holds.
    pub retention_no: i64,
    /// The last day, `2031-12-31`.
    pub until: String,
    /// Who set it.
    pub set_by: String,
    /// When.
    pub set_at: String,
    /// When everybody was erased.
    pub applied_at: Option<String>,
}

impl Snapshot<'_> {
    /// The day that holds for each round that has one, by round.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_retentions(&mut self) -> Result<Vec<Retention>, StoreError> {
        let rows: Vec<Retention> = retention::table
            .order((retention::round_code, retention::retention_no))
            .select(Retention::as_select())
            .load(self.conn)?;
        let mut last: Vec<Retention> = Vec::new();
        for row in rows {
            if last.last().is_some_and(|before| before.round_code == row.round_code) {
                last.pop();
            }
            last.push(row);
        }
        Ok(last)
    }

    /// Cases of a round of which something is kept and not erased, in their order.
    /// At most `n_max`.
    pub(super) fn list_unerased_cases(&mut self, round_code: &str, n_max: usize) -> Result<Vec<String>, StoreError> {
        let erased = || {
            respondent_key::table
                .filter(respondent_key::round_code.eq(round_code))
                .filter(respondent_key::erased_at.is_not_null())
                .select(respondent_key::case_id)
        };
        let limit = i64::try_from(n_max).unwrap_or(i64::MAX);
        let mut cases: Vec<String> = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::case_id.ne_all(erased()))
            .select(response::case_id)
            .distinct()
            .limit(limit)
            .load(self.conn)?;
        cases.extend(
            contact_attempt::table
                .filter(contact_attempt::round_code.eq(round_code))
                .filter(contact_attempt::case_id.ne_all(erased()))
                .select(contact_attempt::case_id)
                .distinct()
                .limit(limit)
                .load::<String>(self.conn)?,
        );
        cases.sort();
        cases.dedup();
        cases.truncate(n_max);
        Ok(cases)
    }
}

/// The days that hold in a database, as [`Snapshot::list_retentions`].
///
/// # Errors
/// That it cannot be read.
pub fn retentions_in(url: &DatabaseUrl) -> Result<Vec<Retention>, StoreError> {
    Snapshot { conn: &mut connect(url, Purpose::Read)?, keys: &Keys::none() }.list_retentions()
}

impl Transaction<'_> {
    /// Sets until when a round keeps what respondents said.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such round; [`StoreError::Exists`] when another day was set at the same time.
    pub fn set_retention(&mut self, round_code: &str, until: &str) -> Result<(), StoreError> {
        if self.find_round(round_code)?.is_none() {
            return Err(StoreError::Missing { what: format!("round {round_code}") });
        }
        let last: Option<i64> = retention::table
            .filter(retention::round_code.eq(round_code))
            .select(diesel::dsl::max(retention::retention_no))
            .first(self.conn)?;
        let retention_no = last.unwrap_or(0) + 1;
        diesel::insert_into(retention::table)
            .values((
                retention::round_code.eq(round_code),
                retention::retention_no.eq(retention_no),
                retention::until.eq(until),
                retention::set_by.eq(self.actor.clone()),
                retention::set_at.eq(self.now.to_string()),
            ))
            .execute(self.conn)
            .map_err(|error| {
                StoreError::from(error).exists_if_unique(|| format!("retention {retention_no} of round {round_code}"))
            })?;
        self.audit("retention.set", round_code, until)
    }

    fn finish_retention(&mut self, one: &Retention) -> Result<(), StoreError> {
        let n = diesel::update(retention::table.find((&one.round_code, one.retention_no)))
            .filter(retention::applied_at.is_null())
            .set(retention::applied_at.eq(self.now.to_string()))
            .execute(self.conn)?;
        if n == 0 { Ok(()) } else { self.audit("retention.applied", &one.round_code, &one.until) }
    }
}

impl Store {
    /// Erases everybody of every round whose last day is over on a day (`2032-01-01`); gives rounds with the number of cases. What was cut
    /// off goes on the next time; what arrives later for such a round is erased the next time, too. Blocks.
    ///
    /// # Errors
    /// That the database or the file of erasures did not take it.
    pub fn apply_retentions(&self, actor: &str, today: &str) -> Result<Vec<(String, usize)>, StoreError> {
        let due =
            self.read(|snapshot| snapshot.list_retentions())?.into_iter().filter(|one| one.until.as_str() < today);
        let mut done = Vec::new();
        for one in due {
            let mut n_erased = 0;
            loop {
                let cases = self.read(|snapshot| snapshot.list_unerased_cases(&one.round_code, AT_ONCE))?;
                if cases.is_empty() {
                    break;
                }
                n_erased += self.erase_some(actor, &one, cases)?;
            }
            if n_erased > 0 || one.applied_at.is_none() {
                let ended = one.clone();
                self.write(actor, move |tx| tx.finish_retention(&ended))?;
                done.push((one.round_code, n_erased));
            }
        }
        if done.iter().any(|(_, n)| *n > 0) {
            scrub(&self.url)?;
        }
        Ok(done)
    }

    fn erase_some(&self, actor: &str, one: &Retention, cases: Vec<String>) -> Result<usize, StoreError> {
        let reason = format!("hết thời hạn lưu giữ {}", one.until);
        if let Some(path) = self.erased_file() {
            let erased_at = self.now().to_string();
            let lines: Vec<ErasedLine> = cases
                .iter()
                .map(|case| ErasedLine {
                    round: one.round_code.clone(),
                    case: case.clone(),
                    requested_on: one.until.clone(),
                    reason: reason.clone(),
                    erased_at: erased_at.clone(),
                    erased_by: actor.to_owned(),
                })
                .collect();
            erased::append(&path, &lines)
                .map_err(|error| StoreError::KeyFile { detail: format!("{}: {error}", path.display()) })?;
        }
        let (round_code, requested_on) = (one.round_code.clone(), one.until.clone());
        self.write(actor, move |tx| {
            let mut n = 0;
            for case_id in cases {
                let new = NewErasure {
                    round_code: round_code.clone(),
                    case_id,
                    requested_on: requested_on.clone(),
                    reason: reason.clone(),
                };
                match tx.erase_respondent(&new) {
                    Ok(_) => n += 1,
                    // Another node was quicker.
                    Err(StoreError::Exists { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(n)
        })
    }
}
