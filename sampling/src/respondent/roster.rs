//! The roster of a household and its order.

use super::birthday::DayOfYear;
use crate::hash::nfc;

/// Sex, as far as the order of the roster needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sex {
    /// Men are numbered first.
    Male,
    /// Women follow.
    Female,
    /// Other or not told: last.
    Other,
}

/// An eligible member of a household.
///
/// The order of a roster: men before women before others (Kish 1949), within these the oldest first by age in completed
/// years, then by name (Unicode code points of its NFC form), then as written down. So whoever writes the roster down
/// cannot move a person to the number that will be selected, except by a false age or sex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Sex.
    pub sex: Sex,
    /// Age in completed years.
    pub age_years: u32,
    /// Name.
    pub name: String,
    /// Birthday; needed by the birthday rules only.
    pub birthday: Option<DayOfYear>,
}

/// The positions of the members in the order of the roster.
pub(super) fn order(members: &[Member]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_cached_key(|position| {
        let Member { sex, age_years, name, .. } = &members[*position];
        (*sex, u32::MAX - *age_years, nfc(name))
    });
    order
}
