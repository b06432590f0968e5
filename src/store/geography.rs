//! Which units a round was made with. Written once, with the round; never changed.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::round_geography;
use super::{Snapshot, Transaction};

/// The geography that a round is pinned to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundGeography {
    /// SHA-256 of the tables of units.
    pub version: String,
    /// The day on which they are looked at, `2025-06-30`.
    pub seen_on: String,
    /// The unit that the sample lies in; `None` where the tables do not know it.
    pub unit: Option<String>,
}

impl Snapshot<'_> {
    /// The geography of a round; `None` for a round made before rounds had one.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_round_geography(&mut self, code: &str) -> Result<Option<RoundGeography>, StoreError> {
        let row: Option<(String, String, String, String)> =
            round_geography::table.find(code).first(self.conn).optional()?;
        Ok(row.map(|(_, version, seen_on, unit)| RoundGeography {
            version,
            seen_on,
            unit: Some(unit).filter(|unit| !unit.is_empty()),
        }))
    }
}

impl Transaction<'_> {
    /// Pins a new round to a geography.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the round has one, a missing round, or that the database did not answer.
    pub fn pin_round_geography(&mut self, code: &str, geography: &RoundGeography) -> Result<(), StoreError> {
        diesel::insert_into(round_geography::table)
            .values((
                round_geography::round_code.eq(code),
                round_geography::version.eq(&geography.version),
                round_geography::seen_on.eq(&geography.seen_on),
                round_geography::unit.eq(geography.unit.as_deref().unwrap_or_default()),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(|| format!("geography of round {code}")))?;
        let unit = geography.unit.as_deref().unwrap_or("–");
        self.audit("round.geography", code, &format!("{unit} {} {}", geography.seen_on, geography.version))
    }
}
