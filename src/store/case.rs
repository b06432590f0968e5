//! Cases: the sampled units as fieldwork sees them, and who visits them.

use std::sync::Arc;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::schema::sampled_unit;
use super::{Snapshot, Transaction, stored_words};

stored_words! {
    /// Whether a unit was drawn to be visited, or to stand in.
    CaseRole {
        /// Drawn to be visited.
        Main = "main",
        /// Stands in when a main unit cannot be interviewed, in the order of the list.
        Reserve = "reserve",
    }
}

/// One level of geography above a household, such as the commune.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaLevel {
    /// The level's name in the sample list, such as `commune`.
    pub level: String,
    /// The unit's code.
    pub code: String,
    /// The unit's name.
    pub name: String,
}

/// A row of the sample list to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCase {
    /// The list's `unit_id`.
    pub case_id: String,
    /// Position in the list, from 1.
    pub list_order: i64,
    /// The levels from the top; the last one contains the households.
    pub area_path: Vec<AreaLevel>,
    /// Main or reserve.
    pub role: CaseRole,
    /// Order of the visit within the area, from 1.
    pub visiting_order: i64,
    /// Base weight, 1 / inclusion probability as a rule.
    pub base_weight: f64,
    /// Inclusion probability, in (0, 1].
    pub inclusion_probability: f64,
}

/// A stored case.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The list's `unit_id`.
    pub case_id: String,
    /// Code of the area that contains it, a village as a rule.
    pub area_code: String,
    /// Name of that area.
    pub area_name: String,
    /// All levels from the top; cases of one area share them.
    pub area_path: Arc<[AreaLevel]>,
    /// Main or reserve.
    pub role: CaseRole,
    /// Order of the visit within the area, from 1.
    pub visiting_order: i64,
    /// Base weight.
    pub base_weight: f64,
    /// Inclusion probability, in (0, 1].
    pub inclusion_probability: f64,
    /// The person it is assigned to.
    pub assigned_account_id: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sampled_unit)]
struct Row {
    case_id: String,
    area_code: String,
    area_name: String,
    area_path: String,
    role: String,
    visiting_order: i64,
    base_weight: f64,
    inclusion_probability: f64,
    assigned_account_id: Option<String>,
}

impl Row {
    fn into_cases(rows: Vec<Self>) -> Result<Vec<Case>, StoreError> {
        let mut known = None;
        rows.into_iter().map(|row| row.into_case(&mut known)).collect()
    }

    /// `known` is the path of the last case and its text: a list of 30,000 cases has 1,000 paths.
    fn into_case(self, known: &mut Option<(String, Arc<[AreaLevel]>)>) -> Result<Case, StoreError> {
        let area_path = match known {
            Some((text, path)) if *text == self.area_path => Arc::clone(path),
            _ => {
                let path: Arc<[AreaLevel]> = serde_json::from_str::<Vec<AreaLevel>>(&self.area_path)
                    .map_err(|error| StoreError::Damaged {
                        detail: format!("area_path of case {}: {error}", self.case_id),
                    })?
                    .into();
                *known = Some((self.area_path, Arc::clone(&path)));
                path
            }
        };
        Ok(Case {
            role: CaseRole::from_stored(&self.role)?,
            area_path,
            case_id: self.case_id,
            area_code: self.area_code,
            area_name: self.area_name,
            visiting_order: self.visiting_order,
            base_weight: self.base_weight,
            inclusion_probability: self.inclusion_probability,
            assigned_account_id: self.assigned_account_id,
        })
    }
}

impl Snapshot<'_> {
    /// All cases of a round, in the order of the list.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_cases(&mut self, round_code: &str) -> Result<Vec<Case>, StoreError> {
        let rows: Vec<Row> = sampled_unit::table
            .filter(sampled_unit::round_code.eq(round_code))
            .order(sampled_unit::list_order)
            .select(Row::as_select())
            .load(self.conn)?;
        Row::into_cases(rows)
    }

    /// The cases of a round assigned to a person, in the order of the list.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_assigned_cases(&mut self, round_code: &str, account_id: &str) -> Result<Vec<Case>, StoreError> {
        let rows: Vec<Row> = sampled_unit::table
            .filter(sampled_unit::round_code.eq(round_code))
            .filter(sampled_unit::assigned_account_id.eq(account_id))
            .order(sampled_unit::list_order)
            .select(Row::as_select())
            .load(self.conn)?;
        Row::into_cases(rows)
    }

    /// One case of a round, if it is in the sample.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_case(&mut self, round_code: &str, case_id: &str) -> Result<Option<Case>, StoreError> {
        let row: Option<Row> =
            sampled_unit::table.find((round_code, case_id)).select(Row::as_select()).first(self.conn).optional()?;
        row.map(|row| row.into_case(&mut None)).transpose()
    }
}

impl Transaction<'_> {
    /// Stores the cases of a round's sample list.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when a `case_id` occurs twice; [`StoreError::Damaged`] when a case lies in no area.
    pub fn create_cases(&mut self, round_code: &str, cases: &[NewCase]) -> Result<(), StoreError> {
        for case in cases {
            let Some(area) = case.area_path.last() else {
                return Err(StoreError::Damaged { detail: format!("case {} lies in no area", case.case_id) });
            };
            let area_path = serde_json::to_string(&case.area_path)
                .map_err(|error| StoreError::Damaged { detail: error.to_string() })?;
            diesel::insert_into(sampled_unit::table)
                .values((
                    sampled_unit::round_code.eq(round_code),
                    sampled_unit::case_id.eq(&case.case_id),
                    sampled_unit::list_order.eq(case.list_order),
                    sampled_unit::area_code.eq(&area.code),
                    sampled_unit::area_name.eq(&area.name),
                    sampled_unit::area_path.eq(area_path),
                    sampled_unit::role.eq(case.role.as_str()),
                    sampled_unit::visiting_order.eq(case.visiting_order),
                    sampled_unit::base_weight.eq(case.base_weight),
                    sampled_unit::inclusion_probability.eq(case.inclusion_probability),
                ))
                .execute(self.conn)
                .map_err(|error| {
                    StoreError::from(error).exists_if_unique(|| format!("case {} in round {round_code}", case.case_id))
                })?;
        }
        self.audit("cases.created", round_code, &format!("{} cases", cases.len()))
    }

    /// Assigns the cases of some areas, or of all of them, to a person; says how many cases that is.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn assign_cases(
        &mut self,
        round_code: &str,
        account_id: &str,
        area_codes: Option<&[String]>,
    ) -> Result<usize, StoreError> {
        let cases = self.list_cases(round_code)?;
        let mut n_assigned = 0;
        for case in cases.iter().filter(|case| area_codes.is_none_or(|codes| codes.contains(&case.area_code))) {
            self.assign_case(round_code, &case.case_id, Some(account_id))?;
            n_assigned += 1;
        }
        self.audit("cases.assigned", account_id, &format!("{n_assigned} cases of round {round_code}"))?;
        Ok(n_assigned)
    }
}
