//! What must be settled before a round is closed.

use problem::Words;
use serde::Serialize;

/// What the checklist is made from, counted in one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClosingFacts {
    /// Main households and released reserves of which nothing is known.
    pub n_without_outcome: usize,
    /// Interviews and visits that wait on phones, and interviews that were begun there, as the phones said last.
    pub n_unsent: usize,
    /// Phones that never said what waits on them.
    pub n_silent_devices: usize,
    /// Interviews kept beside others that nobody has decided on.
    pub n_conflicts: usize,
    /// Interviews that went back and have not come again.
    pub n_returned: usize,
    /// Indices whose weights and scores cannot be computed.
    pub n_without_scores: usize,
}

/// One line of the checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosingCheck {
    /// Every household has an outcome.
    Outcomes,
    /// Nothing waits on a phone.
    Unsent,
    /// Every phone has said what waits on it.
    Silent,
    /// No conflict is open.
    Conflicts,
    /// Nothing that went back is still away.
    Returned,
    /// Weights and scores can be computed.
    Weights,
}

impl ClosingCheck {
    /// All lines, in order.
    pub const ALL: [Self; 6] =
        [Self::Outcomes, Self::Unsent, Self::Silent, Self::Conflicts, Self::Returned, Self::Weights];

    /// In words.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Outcomes => Words::new("Hộ nào cũng có kết quả", "Every household has an outcome"),
            Self::Unsent => Words::new("Không còn phiếu nào nằm trên máy", "Nothing is left on a phone"),
            Self::Silent => Words::new("Máy nào cũng đã đồng bộ", "Every phone has been in touch"),
            Self::Conflicts => Words::new("Không còn phiếu trùng chờ quyết định", "No conflict is undecided"),
            Self::Returned => Words::new("Phiếu trả lại đều đã sửa", "Whatever went back has come again"),
            Self::Weights => Words::new("Tính được trọng số và điểm", "Weights and scores can be computed"),
        }
    }

    /// What is open, in words, for a count above zero.
    #[must_use]
    pub fn open_words(self, n: usize) -> Words {
        let (vi, en) = match self {
            Self::Outcomes => ("hộ chưa có kết quả", "households without an outcome"),
            Self::Unsent => ("phiếu hoặc lượt đến còn trên máy", "interviews or visits on phones"),
            Self::Silent => ("máy chưa từng đồng bộ", "phones that were never in touch"),
            Self::Conflicts => ("phiếu trùng", "conflicts"),
            Self::Returned => ("phiếu trả lại chưa sửa", "returned interviews"),
            Self::Weights => ("chỉ số chưa tính được", "indices without scores"),
        };
        Words::new(format!("{n} {vi}"), format!("{n} {en}"))
    }
}

/// The checklist: each line with how much of it is open.
#[must_use]
pub fn checklist(facts: &ClosingFacts) -> Vec<(ClosingCheck, usize)> {
    let n_open = |check| match check {
        ClosingCheck::Outcomes => facts.n_without_outcome,
        ClosingCheck::Unsent => facts.n_unsent,
        ClosingCheck::Silent => facts.n_silent_devices,
        ClosingCheck::Conflicts => facts.n_conflicts,
        ClosingCheck::Returned => facts.n_returned,
        ClosingCheck::Weights => facts.n_without_scores,
    };
    ClosingCheck::ALL.into_iter().map(|check| (check, n_open(check))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fact_opens_its_own_line() {
        assert!(checklist(&ClosingFacts::default()).iter().all(|(_, n)| *n == 0));
        let facts = ClosingFacts {
            n_without_outcome: 1,
            n_unsent: 2,
            n_silent_devices: 3,
            n_conflicts: 4,
            n_returned: 5,
            n_without_scores: 6,
        };
        assert_eq!(checklist(&facts).into_iter().map(|(_, n)| n).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    }
}
