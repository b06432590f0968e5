//! Limits on guessing: wrong guesses are counted, and after a few the next is looked at only after a growing delay.
//!
//! A guess is counted *before* it is looked at: a hundred at once are not a hundred free guesses. A right one takes its count
//! back.

use diesel::prelude::*;

use super::Transaction;
use super::any_conn::AnyConn;
use super::clock::Timestamp;
use super::error::StoreError;
use super::schema::guess;

/// The longest delay, in seconds.
const DELAY_MAX_S: i64 = 15 * 60;

/// What is guessed at, with its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuessSubject {
    /// Its name, such as `login:…`; holds no secret.
    pub name: String,
    /// Guesses that cost nothing.
    pub n_free: i64,
    /// The first delay after those, in seconds; it doubles up to a quarter of an hour.
    pub first_delay_s: i64,
    /// After so many seconds without a guess all is forgotten.
    pub forget_after_s: i64,
}

/// Whether a guess is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// It is, and counted as wrong until [`Transaction::forget_guess`].
    Counted,
    /// It is not; not before so many seconds.
    Closed {
        /// How long to wait.
        wait_s: i64,
    },
}

fn delay_s(subject: &GuessSubject, n_failed: i64) -> i64 {
    let over = n_failed - subject.n_free;
    if over < 0 {
        return 0;
    }
    let doublings = u32::try_from(over).unwrap_or(u32::MAX).min(20);
    subject.first_delay_s.saturating_mul(1 << doublings).min(DELAY_MAX_S)
}

impl Transaction<'_> {
    /// Counts a guess at each of the subjects, or says that it is too early; then none is counted. Subjects of one kind must
    /// always come in the same order, so that two requests cannot wait for each other.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn count_guess(&mut self, subjects: &[GuessSubject]) -> Result<Guess, StoreError> {
        let now = self.now;
        let mut counts = Vec::new();
        for subject in subjects {
            let (n_failed, closed_until) = self.hold_guess(subject)?;
            if let Some(until) = Timestamp::parse(&closed_until)
                && until > now
            {
                let wait_s = (until.micros() - now.micros()).div_euclid(1_000_000) + 1;
                return Ok(Guess::Closed { wait_s });
            }
            counts.push((subject, n_failed + 1));
        }
        for (subject, n_failed) in counts {
            let closed_until = now.plus_seconds(delay_s(subject, n_failed)).unwrap_or(now).to_string();
            diesel::update(guess::table.find(&subject.name))
                .set((
                    guess::n_failed.eq(n_failed),
                    guess::last_tried_at.eq(now.to_string()),
                    guess::closed_until.eq(closed_until),
                ))
                .execute(self.conn)?;
        }
        Ok(Guess::Counted)
    }

    /// The count of a subject, its row held until the transaction ends.
    fn hold_guess(&mut self, subject: &GuessSubject) -> Result<(i64, String), StoreError> {
        let now = self.now.to_string();
        let first = (
            guess::subject.eq(&subject.name),
            guess::n_failed.eq(0),
            guess::last_tried_at.eq(&now),
            guess::closed_until.eq(&now),
        );
        let insert = diesel::insert_into(guess::table).values(first).on_conflict_do_nothing();
        match &mut *self.conn {
            AnyConn::Sqlite(sqlite) => insert.execute(sqlite)?,
            AnyConn::Postgresql(postgresql) => insert.execute(postgresql)?,
        };
        // An update holds the row on PostgreSQL; SQLite has one writer.
        diesel::update(guess::table.find(&subject.name)).set(guess::n_failed.eq(guess::n_failed)).execute(self.conn)?;
        let (n_failed, last, closed_until): (i64, String, String) = guess::table
            .find(&subject.name)
            .select((guess::n_failed, guess::last_tried_at, guess::closed_until))
            .first(self.conn)?;
        let forgotten = self.now.plus_seconds(-subject.forget_after_s).is_some_and(|edge| last < edge.to_string());
        Ok((if forgotten { 0 } else { n_failed }, closed_until))
    }

    /// Takes back what was counted: the guess was right.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn forget_guess(&mut self, subject: &str, all: bool) -> Result<(), StoreError> {
        let now = self.now.to_string();
        if all {
            diesel::delete(guess::table.find(subject)).execute(self.conn)?;
        } else {
            diesel::update(guess::table.find(subject).filter(guess::n_failed.gt(0)))
                .set((guess::n_failed.eq(guess::n_failed - 1), guess::closed_until.eq(now)))
                .execute(self.conn)?;
        }
        // Nobody needs yesterday's addresses.
        if let Some(edge) = self.now.plus_days(-1) {
            diesel::delete(guess::table.filter(guess::last_tried_at.lt(edge.to_string()))).execute(self.conn)?;
        }
        Ok(())
    }

    /// Writes down that a sign-in or an activation failed; whose, as far as it is known.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn audit_failed_guess(&mut self, act: &str, object: &str) -> Result<(), StoreError> {
        self.audit(act, object, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_to_a_quarter_of_an_hour_and_no_further() {
        let subject = GuessSubject { name: String::new(), n_free: 5, first_delay_s: 30, forget_after_s: 1 };
        let delays: Vec<i64> = [1, 4, 5, 6, 7, 10, 1_000].iter().map(|n| delay_s(&subject, *n)).collect();
        assert_eq!(delays, [0, 0, 30, 60, 120, 900, 900]);
        assert_eq!(delay_s(&subject, i64::MAX), 900);
    }
}
