//! Published questionnaires: frozen bytes, named by their hash, and the rounds that ask them.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::{questionnaire_version, round_questionnaire};
use super::{Snapshot, Transaction};

/// What identifies a published questionnaire.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = questionnaire_version)]
pub struct QuestionnaireVersionHead {
    /// SHA-256 of the sheets, in hexadecimal.
    pub sha256: String,
    /// The form, the same in all its versions.
    pub form_id: String,
    /// The version, as the settings sheet says.
    pub version: String,
    /// The title.
    pub title: String,
    /// When it was published.
    pub published_at: String,
}

/// A published questionnaire with its frozen bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionnaireVersion {
    /// SHA-256 of the sheets, in hexadecimal.
    pub sha256: String,
    /// The form, the same in all its versions.
    pub form_id: String,
    /// The version, as the settings sheet says.
    pub version: String,
    /// The title.
    pub title: String,
    /// The sheets, byte for byte.
    pub sheets: Vec<u8>,
}

impl Snapshot<'_> {
    /// The questionnaires a round asks, by form; of one form, the latest published first.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_round_questionnaires(&mut self, round_code: &str) -> Result<Vec<QuestionnaireVersionHead>, StoreError> {
        let mut heads: Vec<QuestionnaireVersionHead> = round_questionnaire::table
            .inner_join(questionnaire_version::table)
            .filter(round_questionnaire::round_code.eq(round_code))
            .select(QuestionnaireVersionHead::as_select())
            .load(self.conn)?;
        // Here and not in SQL, where the order of texts depends on the server's collation.
        heads.sort_by(|a, b| {
            let by_age = || b.published_at.cmp(&a.published_at).then_with(|| b.sha256.cmp(&a.sha256));
            a.form_id.cmp(&b.form_id).then_with(by_age)
        });
        Ok(heads)
    }

    /// The frozen sheets of a questionnaire, if it is published.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_questionnaire_sheets(&mut self, sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(questionnaire_version::table
            .find(sha256)
            .select(questionnaire_version::sheets)
            .first(self.conn)
            .optional()?)
    }
}

impl Transaction<'_> {
    /// Publishes a questionnaire and lets a round ask it. Publishing the same bytes again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when other bytes are published under the same form and version: a published questionnaire
    /// never changes, so the version must be raised.
    pub fn publish_questionnaire(
        &mut self,
        round_code: &str,
        version: &QuestionnaireVersion,
    ) -> Result<(), StoreError> {
        let published_at = self.now.to_string();
        let known: i64 = questionnaire_version::table
            .filter(questionnaire_version::sha256.eq(&version.sha256))
            .count()
            .get_result(self.conn)?;
        if known == 0 {
            diesel::insert_into(questionnaire_version::table)
                .values((
                    questionnaire_version::sha256.eq(&version.sha256),
                    questionnaire_version::form_id.eq(&version.form_id),
                    questionnaire_version::version.eq(&version.version),
                    questionnaire_version::title.eq(&version.title),
                    questionnaire_version::sheets.eq(&version.sheets),
                    questionnaire_version::published_at.eq(published_at),
                ))
                .execute(self.conn)
                .map_err(|error| {
                    StoreError::from(error).exists_if_unique(|| {
                        format!("questionnaire {} version {} with other content", version.form_id, version.version)
                    })
                })?;
        }
        diesel::insert_into(round_questionnaire::table)
            .values((
                round_questionnaire::round_code.eq(round_code),
                round_questionnaire::questionnaire_sha256.eq(&version.sha256),
            ))
            .execute(self.conn)
            .map_err(|error| {
                StoreError::from(error)
                    .exists_if_unique(|| format!("questionnaire {} in round {round_code}", version.form_id))
            })?;
        self.audit("questionnaire.published", round_code, &format!("{} {}", version.form_id, version.sha256))
    }
}
