//! Respondents who took their answers back: whose words are not used any more, or are gone.

use diesel::helper_types::{Eq, Filter, IsNotNull, Or, Select};
use diesel::prelude::*;

use super::Snapshot;
use super::error::StoreError;
use super::schema::{respondent_key, response};

/// Key, and since when a respondent withdrew or was erased.
pub(super) type Standing = (String, Option<String>, Option<String>);

type InRound<'a> = Eq<respondent_key::round_code, &'a str>;
type HasGone = Or<IsNotNull<respondent_key::withdrawn_at>, IsNotNull<respondent_key::erased_at>>;

/// The cases of a round whose respondents withdrew or were erased: whoever reads answers leaves these out.
pub(super) fn gone_in(
    round_code: &str,
) -> Select<Filter<Filter<respondent_key::table, InRound<'_>>, HasGone>, respondent_key::case_id> {
    respondent_key::table
        .filter(respondent_key::round_code.eq(round_code))
        .filter(respondent_key::withdrawn_at.is_not_null().or(respondent_key::erased_at.is_not_null()))
        .select(respondent_key::case_id)
}

impl Snapshot<'_> {
    /// Whether the respondent of a case withdrew or was erased.
    pub(super) fn is_gone(&mut self, round_code: &str, case_id: &str) -> Result<bool, StoreError> {
        let gone = gone_in(round_code).filter(respondent_key::case_id.eq(case_id));
        Ok(diesel::select(diesel::dsl::exists(gone)).get_result(self.conn)?)
    }

    /// Whether the respondent of an interview, by what came first under its UUID, withdrew or was erased.
    pub(super) fn has_gone(&mut self, uuid: &str) -> Result<bool, StoreError> {
        let first: Option<(String, String)> = response::table
            .find((uuid, 1_i64))
            .select((response::round_code, response::case_id))
            .first(self.conn)
            .optional()?;
        match first {
            Some((round_code, case_id)) => self.is_gone(&round_code, &case_id),
            None => Ok(false),
        }
    }

    /// Whether what was kept under a UUID was erased.
    pub(super) fn was_response_erased(&mut self, uuid: &str) -> Result<bool, StoreError> {
        let erased = respondent_key::table.filter(respondent_key::erased_at.is_not_null());
        let kept = response::table
            .filter(response::uuid.eq(uuid))
            .filter(response::key_id.eq_any(erased.select(respondent_key::key_id.nullable())));
        Ok(diesel::select(diesel::dsl::exists(kept)).get_result(self.conn)?)
    }

    /// How often respondents of a round took something back: each withdrawal and each erasure. It only ever grows.
    pub(super) fn count_taken_back(&mut self, round_code: &str) -> Result<i64, StoreError> {
        let of_round = respondent_key::table.filter(respondent_key::round_code.eq(round_code));
        let withdrawn: i64 =
            of_round.filter(respondent_key::withdrawn_at.is_not_null()).count().get_result(self.conn)?;
        let erased: i64 = of_round.filter(respondent_key::erased_at.is_not_null()).count().get_result(self.conn)?;
        Ok(withdrawn + erased)
    }
}
