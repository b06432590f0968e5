//! What programs written for ODK Central read, as plain values: nothing here knows HTTP, the database or a clock.
//!
//! ```text
//! schema    the fields of a form: sections, repeats, questions with their types
//! rows      an interview as rows of the feed; geometry: positions as GeoJSON or WKT
//! document  the feed's service document and its types (EDMX)
//! query     the options of a feed's address
//! filter    $filter: who sent it, when, and where it stands
//! xml       an interview of another client as the XML of a submission
//! ```
//!
//! The API: <https://docs.getodk.org/central-api/>. What is different here: `docs/API.md`.

pub mod document;
pub mod filter;
mod geometry;
pub mod query;
pub mod rows;
pub mod schema;
pub mod xml;

use sha2::{Digest as _, Sha256};

use crate::fieldwork::review::ReviewState;

/// The number by which Central's programs know a thing that has a name here, such as a round: the first 31 bits of the SHA-256 of
/// `kind:name`, so that it is the same in every database and after every move. From 1 to 2 147 483 647.
#[must_use]
pub fn number_of(kind: &str, name: &str) -> i32 {
    let digest = Sha256::digest(format!("{kind}:{name}").as_bytes());
    let bits = digest.iter().take(4).fold(0_i32, |number, byte| (number << 8) | i32::from(*byte));
    (bits & i32::MAX).max(1)
}

/// Where an interview stands in Central's words; `None` is "received". An interview that corrects another and that nobody has looked
/// at is Central's edit; one that went back, or that a person must decide on, has issues.
#[must_use]
pub fn review_state(state: ReviewState, corrects_another: bool) -> Option<&'static str> {
    match state {
        ReviewState::Approved => Some("approved"),
        ReviewState::Rejected => Some("rejected"),
        ReviewState::Returned | ReviewState::Corrected | ReviewState::Conflict => Some("hasIssues"),
        ReviewState::Received => corrects_another.then_some("edited"),
    }
}

/// The id of an instance as Central writes it.
#[must_use]
pub fn instance_id(uuid: &str) -> String {
    format!("uuid:{uuid}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_always_the_same_and_never_negative() {
        assert_eq!(number_of("round", "bac-giang-2026"), number_of("round", "bac-giang-2026"));
        assert_ne!(number_of("round", "bac-giang-2026"), number_of("round", "bac-giang-2027"));
        assert_ne!(number_of("round", "a"), number_of("sender", "a"));
        assert!((0..2_000).all(|n| number_of("round", &n.to_string()) > 0));
        // The rule is a promise: other programs keep the number.
        assert_eq!(number_of("round", "papi"), {
            let digest = crate::secret::sha256_hex(b"round:papi");
            i32::try_from(u32::from_str_radix(&digest[..8], 16).expect("hexadecimal") & 0x7fff_ffff).expect("31 bits")
        });
    }
}
