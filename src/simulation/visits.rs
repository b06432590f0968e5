//! Fieldwork in the simulated province: who is met, who refuses, which reserve follows.

use rand::RngExt;

use super::world::{ADULTS, CLASSES, Village, draw, stream};
use crate::fieldwork::disposition::Outcome;

/// A household is not there at all (vacant, demolished) with this probability, the same everywhere.
const NOT_HOUSEHOLD: f64 = 0.01;
/// Among households that are not interviewed: refusal, nobody met in three visits, another reason.
const FAILURES: [(Outcome, f64); 3] =
    [(Outcome::Refusal, 0.55), (Outcome::NonContact, 0.35), (Outcome::OtherNonInterview, 0.10)];
/// Visits before a household counts as not met.
const ATTEMPTS_MAX: u32 = 3;

/// A case that was worked, in the order of work.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkedCase {
    /// Its id in the sample list.
    pub case_id: String,
    /// The outcome of each visit; the last one is final.
    pub attempts: Vec<Outcome>,
    /// Who answered, if there was an interview.
    pub respondent: Option<Respondent>,
}

impl WorkedCase {
    /// The final disposition.
    pub fn disposition(&self) -> Option<Outcome> {
        self.attempts.last().copied()
    }
}

/// The person who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Respondent {
    /// Class of the person, a position in [`CLASSES`].
    pub class: usize,
    /// Adults in the household, of whom one was drawn at random.
    pub adults: u32,
}

/// Works one village: the main households in visiting order; each one that fails releases the next reserve, in order only.
pub fn work(village: &Village, main: &[String], reserves: &[String], seed: u64) -> Vec<WorkedCase> {
    let mut worked: Vec<WorkedCase> = main.iter().map(|case_id| visit(village, case_id, seed)).collect();
    let mut wanted = worked.iter().filter(|case| case.respondent.is_none()).count();
    let mut reserves = reserves.iter();
    while wanted > 0 {
        let Some(case_id) = reserves.next() else { break };
        let case = visit(village, case_id, seed);
        wanted -= usize::from(case.respondent.is_some());
        worked.push(case);
    }
    worked
}

/// What happens at one household depends on the household and the seed only, not on when or whether others are visited.
fn visit(village: &Village, case_id: &str, seed: u64) -> WorkedCase {
    let mut random = stream(seed, &format!("household/{case_id}"));
    let adults = ADULTS[draw(&mut random, ADULTS.map(|(_, share)| share))].0;
    let class = draw(&mut random, CLASSES.map(|(share, _)| share));
    let visits_needed = 1 + draw(&mut random, [0.7, 0.2, 0.1]);
    let mut attempts = vec![Outcome::NonContact; visits_needed - 1];
    let case_id = case_id.to_owned();
    if random.random::<f64>() < NOT_HOUSEHOLD {
        return WorkedCase { case_id, attempts: vec![Outcome::NotEligible], respondent: None };
    }
    if random.random::<f64>() < village.response_rate {
        attempts.push(Outcome::Complete);
        return WorkedCase { case_id, attempts, respondent: Some(Respondent { class, adults }) };
    }
    let failure = FAILURES[draw(&mut random, FAILURES.map(|(_, share)| share))].0;
    if failure == Outcome::NonContact {
        attempts = vec![failure; ATTEMPTS_MAX as usize];
    } else {
        attempts.push(failure);
    }
    WorkedCase { case_id, attempts, respondent: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn village(response_rate: f64) -> Village {
        Village {
            path: vec!["d".into(), "c".into(), "v".into()],
            households: 200,
            effect_steps: vec![0],
            response_rate,
        }
    }

    fn cases(prefix: &str, n: usize) -> Vec<String> {
        (1..=n).map(|number| format!("{prefix}{number}")).collect()
    }

    #[test]
    fn a_reserve_is_released_only_for_a_failure_and_in_order() {
        let worked = work(&village(0.7), &cases("m", 20), &cases("r", 10), 5);
        let interviews = worked.iter().filter(|case| case.respondent.is_some()).count();
        let reserves: Vec<&str> = worked[20..].iter().map(|case| case.case_id.as_str()).collect();
        assert_eq!(reserves, cases("r", reserves.len()));
        assert!(interviews == 20 || reserves.len() == 10, "{interviews} interviews with {} reserves", reserves.len());
        assert!(
            worked
                .iter()
                .all(|case| case.disposition().is_some_and(|last| last.is_interview() == case.respondent.is_some()))
        );
    }

    #[test]
    fn without_failures_no_reserve_is_used() {
        let worked = work(&village(1.0), &cases("m", 20), &cases("r", 10), 11);
        let missing = worked[..20].iter().filter(|case| case.respondent.is_none()).count();
        assert!(missing <= 2, "only places without a household fail");
        assert!(worked.len() - 20 >= missing && worked.len() <= 20 + 2 * missing);
    }
}
