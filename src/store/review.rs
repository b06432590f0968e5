//! What reviewers said of interviews: added one after the other, never changed. The data stay as they came.

use diesel::prelude::*;

use super::error::StoreError;
use super::received::ReceivedState;
use super::schema::{response, review};
use super::{Snapshot, Transaction, stored_words};

stored_words! {
    /// What a reviewer says of an interview.
    Verdict {
        /// It is good.
        Approved = "approved",
        /// It goes back to the enumerator, with a comment.
        Returned = "returned",
        /// It is not used, with a comment why. It stays where it is.
        Rejected = "rejected",
    }
}

/// A review to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReview {
    /// The interview.
    pub uuid: String,
    /// The round.
    pub round_code: String,
    /// How many reviews the reviewer had seen: another one in the meantime is not overruled unseen.
    pub n_seen: i64,
    /// What is said of it.
    pub verdict: Verdict,
    /// Why; what the enumerator must do.
    pub comment: String,
    /// The question it is about.
    pub question: Option<String>,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The interview.
    pub uuid: String,
    /// Its number, from 1.
    pub review_no: i64,
    /// What was said.
    pub verdict: Verdict,
    /// Why.
    pub comment: String,
    /// The question it is about.
    pub question: Option<String>,
    /// When, by the server's clock.
    pub reviewed_at: String,
    /// The id of an account or token.
    pub reviewed_by: String,
}

/// An interview as reviews see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterviewHead {
    /// Its UUID.
    pub uuid: String,
    /// The interview it says it corrects.
    pub replaces_uuid: Option<String>,
    /// Order of arrival.
    pub sequence: i64,
    /// The case.
    pub case_id: String,
    /// Outcome code.
    pub disposition: String,
    /// The token that sent it.
    pub token_id: String,
    /// When it arrived.
    pub received_at: String,
}

type Row = (String, i64, String, String, Option<String>, String, String);

fn from_row(
    (uuid, review_no, verdict, comment, question, reviewed_at, reviewed_by): Row,
) -> Result<Review, StoreError> {
    let verdict = Verdict::from_stored(&verdict)?;
    Ok(Review { uuid, review_no, verdict, comment, question, reviewed_at, reviewed_by })
}

impl Snapshot<'_> {
    /// All reviews of a round, those of one interview in their order.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_reviews(&mut self, round_code: &str) -> Result<Vec<Review>, StoreError> {
        let rows: Vec<Row> = review::table
            .filter(review::round_code.eq(round_code))
            .order((review::uuid, review::review_no))
            .select((
                review::uuid,
                review::review_no,
                review::verdict,
                review::comment,
                review::question,
                review::reviewed_at,
                review::reviewed_by,
            ))
            .load(self.conn)?;
        rows.into_iter().map(from_row).collect()
    }

    /// Whether an interview was ever returned.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn was_returned(&mut self, uuid: &str) -> Result<bool, StoreError> {
        let returned =
            review::table.filter(review::uuid.eq(uuid)).filter(review::verdict.eq(Verdict::Returned.as_str()));
        Ok(diesel::select(diesel::dsl::exists(returned)).get_result(self.conn)?)
    }

    /// How many reviews a round has.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn count_reviews(&mut self, round_code: &str) -> Result<i64, StoreError> {
        Ok(review::table.filter(review::round_code.eq(round_code)).count().get_result(self.conn)?)
    }

    /// The accepted interviews of a round without their bodies, in the order of arrival.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_interview_heads(&mut self, round_code: &str) -> Result<Vec<InterviewHead>, StoreError> {
        type HeadRow = (String, Option<String>, i64, String, String, String, String);
        let rows: Vec<HeadRow> = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::state.eq(ReceivedState::Accepted.as_str()))
            .order(response::sequence)
            .select((
                response::uuid,
                response::replaces_uuid,
                response::sequence,
                response::case_id,
                response::disposition,
                response::token_id,
                response::received_at,
            ))
            .load(self.conn)?;
        let head = |(uuid, replaces_uuid, sequence, case_id, disposition, token_id, received_at)| InterviewHead {
            uuid,
            replaces_uuid,
            sequence,
            case_id,
            disposition,
            token_id,
            received_at,
        };
        Ok(rows.into_iter().map(head).collect())
    }
}

impl Transaction<'_> {
    /// Adds a review to an interview.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the round has no such interview; [`StoreError::Exists`] when another review came in the
    /// meantime.
    pub fn create_review(&mut self, new: &NewReview) -> Result<(), StoreError> {
        let known: i64 = response::table
            .find((&new.uuid, 1_i64))
            .filter(response::round_code.eq(&new.round_code))
            .count()
            .get_result(self.conn)?;
        if known == 0 {
            return Err(StoreError::Missing { what: format!("response {}", new.uuid) });
        }
        let n: i64 = review::table.filter(review::uuid.eq(&new.uuid)).count().get_result(self.conn)?;
        if n != new.n_seen {
            return Err(StoreError::Exists { what: format!("another review of {}", new.uuid) });
        }
        let (reviewed_at, reviewed_by) = (self.now.to_string(), self.actor.clone());
        diesel::insert_into(review::table)
            .values((
                review::uuid.eq(&new.uuid),
                review::review_no.eq(n + 1),
                review::round_code.eq(&new.round_code),
                review::verdict.eq(new.verdict.as_str()),
                review::comment.eq(&new.comment),
                review::question.eq(&new.question),
                review::reviewed_at.eq(reviewed_at),
                review::reviewed_by.eq(reviewed_by),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(|| format!("another review of {}", new.uuid)))?;
        self.audit("response.reviewed", &new.uuid, new.verdict.as_str())
    }
}
