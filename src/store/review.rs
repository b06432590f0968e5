//! What reviewers said of interviews: added one after the other, never changed. The data stay as they came.

use diesel::prelude::*;

use super::error::StoreError;
use super::progress::{CaseEventKind, kind_of};
use super::received::ReceivedState;
use super::respondent::gone_in;
use super::schema::{response, review};
use super::sealing::{Place, Stored, text_of};
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
    /// The form it answers.
    pub form_id: String,
    /// Whether it tells of a visit only.
    pub is_visit: bool,
    /// Whether it corrects what another had corrected before.
    pub is_stale: bool,
    /// Outcome code.
    pub disposition: String,
    /// The token that sent it.
    pub token_id: String,
    /// When it arrived.
    pub received_at: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = review)]
struct Row {
    uuid: String,
    review_no: i64,
    verdict: String,
    comment: String,
    question: Option<String>,
    reviewed_at: String,
    reviewed_by: String,
    key_id: Option<String>,
    sealed_comment: Option<Vec<u8>>,
}

impl Row {
    fn stored(&self) -> Stored<'_> {
        Stored {
            // An empty comment stands for itself.
            key_id: self.key_id.as_deref().filter(|_| self.sealed_comment.is_some()),
            place: Place::Comment { uuid: &self.uuid, review_no: self.review_no },
            bytes: self.sealed_comment.as_deref().unwrap_or_default(),
        }
    }

    fn into_review(self, opened: Option<Vec<u8>>) -> Result<Review, StoreError> {
        Ok(Review {
            verdict: Verdict::from_stored(&self.verdict)?,
            uuid: self.uuid,
            review_no: self.review_no,
            comment: text_of(self.comment, opened)?,
            question: self.question,
            reviewed_at: self.reviewed_at,
            reviewed_by: self.reviewed_by,
        })
    }
}

impl Snapshot<'_> {
    fn open_reviews(&mut self, rows: Vec<Row>) -> Result<Vec<Review>, StoreError> {
        let opened = self.open_all(&rows, Row::stored)?;
        rows.into_iter().zip(opened).map(|(row, opened)| row.into_review(opened)).collect()
    }

    /// All reviews of a round, those of one interview in their order; without those of interviews that respondents took back.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_reviews(&mut self, round_code: &str) -> Result<Vec<Review>, StoreError> {
        let gone = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::case_id.eq_any(gone_in(round_code)))
            .select(response::uuid);
        let rows: Vec<Row> = review::table
            .filter(review::round_code.eq(round_code))
            .filter(review::uuid.ne_all(gone))
            .order((review::uuid, review::review_no))
            .select(Row::as_select())
            .load(self.conn)?;
        self.open_reviews(rows)
    }

    /// The reviews of one interview, in their order.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_reviews_of(&mut self, uuid: &str) -> Result<Vec<Review>, StoreError> {
        if self.has_gone(uuid)? {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = review::table
            .filter(review::uuid.eq(uuid))
            .order(review::review_no)
            .select(Row::as_select())
            .load(self.conn)?;
        self.open_reviews(rows)
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

    /// How often something was said of a round's interviews after they came: reviews, and respondents who took theirs back. It only
    /// ever grows, and with it whatever is kept of what follows from the interviews is out of date.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn count_reviews(&mut self, round_code: &str) -> Result<i64, StoreError> {
        let n: i64 = review::table.filter(review::round_code.eq(round_code)).count().get_result(self.conn)?;
        Ok(n + self.count_taken_back(round_code)?)
    }

    /// What came first under each UUID in a round, or at one case of it, without the bodies, in the order of arrival: accepted
    /// interviews, and corrections that came too late. Without what respondents took back.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_interview_heads(
        &mut self,
        round_code: &str,
        case_id: Option<&str>,
    ) -> Result<Vec<InterviewHead>, StoreError> {
        let first = response::table.filter(response::version_no.eq(1)).order(response::sequence);
        let of_round = first.filter(response::case_id.ne_all(gone_in(round_code)));
        let rows: Vec<HeadRow> = match case_id {
            None => {
                of_round.filter(response::round_code.eq(round_code)).select(HeadRow::as_select()).load(self.conn)?
            }
            // In two steps, each along an index of its own: for each interview that arrives this is asked.
            Some(case_id) => {
                let at_case: Vec<String> = response::table
                    .filter(response::case_id.eq(case_id))
                    .filter(response::round_code.eq(round_code))
                    .select(response::uuid)
                    .load(self.conn)?;
                let both: Vec<(HeadRow, String)> = of_round
                    .filter(response::uuid.eq_any(at_case))
                    .select((HeadRow::as_select(), response::round_code))
                    .load(self.conn)?;
                let is_here = |(row, round): &(HeadRow, String)| round == round_code && row.case_id == case_id;
                both.into_iter().filter(is_here).map(|(row, _)| row).collect()
            }
        };
        rows.into_iter().map(HeadRow::into_head).collect()
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = response)]
struct HeadRow {
    uuid: String,
    replaces_uuid: Option<String>,
    sequence: i64,
    case_id: String,
    form_id: String,
    format: String,
    state: String,
    disposition: String,
    token_id: String,
    received_at: String,
}

impl HeadRow {
    fn into_head(self) -> Result<InterviewHead, StoreError> {
        Ok(InterviewHead {
            is_visit: kind_of(&self.format, &self.disposition) == CaseEventKind::ContactAttempt,
            is_stale: ReceivedState::from_stored(&self.state)? == ReceivedState::Conflict,
            uuid: self.uuid,
            replaces_uuid: self.replaces_uuid,
            sequence: self.sequence,
            case_id: self.case_id,
            form_id: self.form_id,
            disposition: self.disposition,
            token_id: self.token_id,
            received_at: self.received_at,
        })
    }
}

impl Transaction<'_> {
    /// Adds a review to an interview.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the round has no such interview; [`StoreError::Exists`] when another review came in the
    /// meantime.
    pub fn create_review(&mut self, new: &NewReview) -> Result<(), StoreError> {
        let known: Option<String> = response::table
            .find((&new.uuid, 1_i64))
            .filter(response::round_code.eq(&new.round_code))
            .select(response::case_id)
            .first(self.conn)
            .optional()?;
        let missing = || StoreError::Missing { what: format!("response {}", new.uuid) };
        let case_id = known.ok_or_else(missing)?;
        if self.is_gone(&new.round_code, &case_id)? {
            return Err(missing());
        }
        let holder = self.holder(&new.round_code, &case_id)?;
        let n: i64 = review::table.filter(review::uuid.eq(&new.uuid)).count().get_result(self.conn)?;
        if n != new.n_seen {
            return Err(StoreError::Exists { what: format!("another review of {}", new.uuid) });
        }
        let (reviewed_at, reviewed_by) = (self.now.to_string(), self.actor.clone());
        let place = Place::Comment { uuid: &new.uuid, review_no: n + 1 };
        let (comment, sealed_comment) = holder.seal_text(place, &new.comment)?;
        diesel::insert_into(review::table)
            .values((
                review::uuid.eq(&new.uuid),
                review::review_no.eq(n + 1),
                review::round_code.eq(&new.round_code),
                review::verdict.eq(new.verdict.as_str()),
                review::comment.eq(comment),
                review::key_id.eq(holder.key_id()),
                review::sealed_comment.eq(sealed_comment),
                review::question.eq(&new.question),
                review::reviewed_at.eq(reviewed_at),
                review::reviewed_by.eq(reviewed_by),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(|| format!("another review of {}", new.uuid)))?;
        self.audit("response.reviewed", &new.uuid, new.verdict.as_str())
    }
}
