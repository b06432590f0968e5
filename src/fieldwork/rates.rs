//! Response rates from final dispositions.

use std::collections::BTreeMap;

use serde::Serialize;

use super::disposition::Outcome;

/// Outcome rates of a set of finished cases; a rate without a denominator is missing, never 0.
///
/// # Formula
/// With I complete, P partial, R refusals, NC noncontacts, O other, U unknown (3.x):
/// `RR1 = I / (I+P+R+NC+O+U)`, `COOP1 = I / (I+P+R+O)`, `REF1 = R / (I+P+R+NC+O+U)`,
/// `CON1 = (I+P+R+O) / (I+P+R+NC+O+U)`.
///
/// # Source
/// AAPOR (2023), *Standard Definitions*, 10th edition, "Calculating outcome rates".
///
/// Checked: `rates_follow_the_definitions`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OutcomeRates {
    /// Cases with a final disposition.
    pub n: usize,
    /// Response rate 1, the strictest.
    pub response_rate_1: Option<f64>,
    /// Cooperation rate 1.
    pub cooperation_rate_1: Option<f64>,
    /// Refusal rate 1.
    pub refusal_rate_1: Option<f64>,
    /// Contact rate 1.
    pub contact_rate_1: Option<f64>,
}

/// Outcome rates of the given final dispositions.
pub fn outcome_rates(dispositions: impl IntoIterator<Item = Outcome>) -> OutcomeRates {
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for disposition in dispositions {
        *counts.entry(disposition).or_default() += 1;
    }
    let count = |wanted: &[Outcome]| wanted.iter().filter_map(|one| counts.get(one)).sum::<usize>();
    let complete = count(&[Outcome::Complete]);
    let refused = count(&[Outcome::Refusal]);
    let reached = count(&[Outcome::Complete, Outcome::Partial, Outcome::Refusal, Outcome::OtherNonInterview]);
    let unknown = count(&[Outcome::UnknownHousehold, Outcome::UnknownOther]);
    let all = reached + count(&[Outcome::NonContact]) + unknown;
    let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    OutcomeRates {
        n: counts.values().sum(),
        response_rate_1: share(complete, all),
        cooperation_rate_1: share(complete, reached),
        refusal_rate_1: share(refused, all),
        contact_rate_1: share(reached, all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_follow_the_definitions() {
        use Outcome::{Complete, NonContact, NotEligible, OtherNonInterview, Partial, Refusal, UnknownHousehold};
        let rates = outcome_rates(
            [
                vec![Complete; 6],
                vec![Partial, Refusal, Refusal, NonContact, OtherNonInterview, UnknownHousehold, NotEligible],
            ]
            .concat(),
        );
        assert_eq!(rates.n, 13);
        assert_eq!(rates.response_rate_1, Some(6.0 / 12.0));
        assert_eq!(rates.cooperation_rate_1, Some(6.0 / 10.0));
        assert_eq!(rates.refusal_rate_1, Some(2.0 / 12.0));
        assert_eq!(rates.contact_rate_1, Some(10.0 / 12.0));
    }

    #[test]
    fn without_cases_there_is_no_rate() {
        assert_eq!(outcome_rates([]).response_rate_1, None);
    }
}
