//! Versions of a round's weights, and which of them its results use: rows that are only added.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::{weights_choice, weights_version};
use super::{Snapshot, Transaction};

/// A version of the weights.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = weights_version)]
pub struct WeightsVersion {
    /// The questionnaire whose interviews are weighed.
    pub form_id: String,
    /// Its number within round and questionnaire, from 1.
    pub version_no: i64,
    /// What people call it.
    pub name: String,
    /// Steps, margins and their source (JSON).
    pub recipe: String,
    /// SHA-256 of the recipe.
    pub recipe_sha256: String,
    /// SHA-256 of the weights that it gave when it was saved.
    pub weights_sha256: String,
    /// Interviews that had a weight then.
    pub n_interviews: i64,
    /// The id of an account or token, or the command.
    pub made_by: String,
    /// When, by the server's clock.
    pub made_at: String,
}

/// Which weights somebody chose for the results.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = weights_choice)]
pub struct WeightsChoice {
    /// The questionnaire.
    pub form_id: String,
    /// Its number within round and questionnaire, from 1.
    pub choice_no: i64,
    /// The version; `None`: the design weights.
    pub version_no: Option<i64>,
    /// Why.
    pub reason: String,
    /// The id of an account or token, or the command.
    pub chosen_by: String,
    /// When, by the server's clock.
    pub chosen_at: String,
}

/// A version before it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWeights {
    /// The questionnaire.
    pub form_id: String,
    /// What people call it.
    pub name: String,
    /// The recipe (JSON).
    pub recipe: String,
    /// Its SHA-256.
    pub recipe_sha256: String,
    /// SHA-256 of the weights that it gives.
    pub weights_sha256: String,
    /// Interviews that have a weight.
    pub n_interviews: i64,
}

impl Snapshot<'_> {
    /// All versions of a round's weights, by questionnaire, the newest first.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_weights_versions(&mut self, round_code: &str) -> Result<Vec<WeightsVersion>, StoreError> {
        Ok(weights_version::table
            .filter(weights_version::round_code.eq(round_code))
            .order((weights_version::form_id, weights_version::version_no.desc()))
            .select(WeightsVersion::as_select())
            .load(self.conn)?)
    }

    /// All choices of weights in a round, by questionnaire, the newest first.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_weights_choices(&mut self, round_code: &str) -> Result<Vec<WeightsChoice>, StoreError> {
        Ok(weights_choice::table
            .filter(weights_choice::round_code.eq(round_code))
            .order((weights_choice::form_id, weights_choice::choice_no.desc()))
            .select(WeightsChoice::as_select())
            .load(self.conn)?)
    }

    /// How often weights were chosen in a round: while it stays, so does what the results use.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn count_weights_choices(&mut self, round_code: &str) -> Result<i64, StoreError> {
        Ok(weights_choice::table.filter(weights_choice::round_code.eq(round_code)).count().get_result(self.conn)?)
    }

    /// The versions that a round's results use, by questionnaire; a questionnaire that is not there uses the design weights.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn chosen_weights(&mut self, round_code: &str) -> Result<BTreeMap<String, WeightsVersion>, StoreError> {
        let mut last: BTreeMap<String, Option<i64>> = BTreeMap::new();
        for choice in self.list_weights_choices(round_code)? {
            last.entry(choice.form_id).or_insert(choice.version_no);
        }
        if last.values().all(Option::is_none) {
            return Ok(BTreeMap::new());
        }
        let versions = self.list_weights_versions(round_code)?.into_iter();
        let is_chosen = |one: &WeightsVersion| last.get(&one.form_id).copied().flatten() == Some(one.version_no);
        Ok(versions.filter(is_chosen).map(|one| (one.form_id.clone(), one)).collect())
    }
}

impl Transaction<'_> {
    /// Keeps a version of a round's weights; gives its number. Results use it only when it is chosen.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such round; [`StoreError::Exists`] when a version of the questionnaire has that name.
    pub fn save_weights(&mut self, round_code: &str, new: &NewWeights) -> Result<i64, StoreError> {
        if self.find_round(round_code)?.is_none() {
            return Err(StoreError::Missing { what: format!("round {round_code}") });
        }
        let of_form = weights_version::table
            .filter(weights_version::round_code.eq(round_code))
            .filter(weights_version::form_id.eq(&new.form_id));
        let last: Option<i64> = of_form.select(diesel::dsl::max(weights_version::version_no)).first(self.conn)?;
        let version_no = last.unwrap_or(0) + 1;
        diesel::insert_into(weights_version::table)
            .values((
                weights_version::round_code.eq(round_code),
                weights_version::form_id.eq(&new.form_id),
                weights_version::version_no.eq(version_no),
                weights_version::name.eq(&new.name),
                weights_version::recipe.eq(&new.recipe),
                weights_version::recipe_sha256.eq(&new.recipe_sha256),
                weights_version::weights_sha256.eq(&new.weights_sha256),
                weights_version::n_interviews.eq(new.n_interviews),
                weights_version::made_by.eq(self.actor.clone()),
                weights_version::made_at.eq(self.now.to_string()),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(|| format!("weights {}", new.name)))?;
        let detail = format!("{} {version_no} {}", new.form_id, new.recipe_sha256);
        self.audit("weights.saved", round_code, &detail)?;
        Ok(version_no)
    }

    /// Chooses the version that a round's results use from now on; `None`: the design weights.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such version; [`StoreError::Exists`] when the results use it already.
    pub fn choose_weights(
        &mut self,
        round_code: &str,
        form_id: &str,
        version_no: Option<i64>,
        reason: &str,
    ) -> Result<(), StoreError> {
        let versions = self.list_weights_versions(round_code)?;
        let found = |number: i64| versions.iter().find(|one| one.form_id == form_id && one.version_no == number);
        if let Some(number) = version_no
            && found(number).is_none()
        {
            return Err(StoreError::Missing { what: format!("weights {number} of {form_id} in round {round_code}") });
        }
        let last = self.list_weights_choices(round_code)?.into_iter().find(|one| one.form_id == form_id);
        if last.as_ref().and_then(|last| last.version_no) == version_no {
            return Err(StoreError::Exists { what: "these weights as those of the results".to_owned() });
        }
        diesel::insert_into(weights_choice::table)
            .values((
                weights_choice::round_code.eq(round_code),
                weights_choice::form_id.eq(form_id),
                weights_choice::choice_no.eq(last.map_or(1, |last| last.choice_no + 1)),
                weights_choice::version_no.eq(version_no),
                weights_choice::reason.eq(reason),
                weights_choice::chosen_by.eq(self.actor.clone()),
                weights_choice::chosen_at.eq(self.now.to_string()),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(|| "another choice meanwhile".to_owned()))?;
        let sha256 = version_no.and_then(found).map_or("design", |one| one.recipe_sha256.as_str());
        let number = version_no.map_or_else(|| "–".to_owned(), |number| number.to_string());
        self.audit("weights.chosen", round_code, &format!("{form_id} {number} {sha256} {reason}"))
    }
}
