//! The round that an address names: by its code, or by its number for programs of ODK Central.

use actix_web::dev::ServiceRequest;

use super::central;
use crate::store::{Round, Snapshot, StoreError};

/// The round that an address names.
pub(super) enum RoundAsked {
    /// None.
    None,
    /// By its code.
    Code(String),
    /// By its number for programs of ODK Central.
    Number(String),
}

impl RoundAsked {
    /// The round that a request names.
    pub(super) fn of(request: &ServiceRequest) -> Self {
        match request.match_info().get("project") {
            Some(number) => Self::Number(number.to_owned()),
            None => Self::Code(request.match_info().query("code").to_owned()),
        }
    }

    /// The round, if there is one, and its name in what is told of it.
    pub(super) fn find(&self, snapshot: &mut Snapshot<'_>) -> Result<(Option<Round>, String), StoreError> {
        match self {
            Self::None => Ok((None, String::new())),
            Self::Code(code) if code.contains('\0') => Ok((None, code.clone())),
            Self::Code(code) => Ok((snapshot.find_round(code)?, code.clone())),
            Self::Number(number) => {
                let round = central::find_round(snapshot, number)?;
                // A number that is none of a round belongs to no role of one.
                let code = round.as_ref().map_or_else(|| format!("#{number}"), |round| round.code.clone());
                Ok((round, code))
            }
        }
    }
}
