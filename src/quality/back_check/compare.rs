//! Original answers against those of the second visit.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::rules::{BackCheckRules, QuestionRule, QuestionType};
use crate::quality::statistics::{clopper_pearson_interval, clustered_share};

/// Codes after which nothing is compared.
const UNKNOWN: [&str; 3] = ["-888", "-999", "-777"];

/// One household with both visits' answers, as text by question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// The case.
    pub case_id: String,
    /// Who interviewed first.
    pub enumerator: String,
    /// The first answers.
    pub original: BTreeMap<String, String>,
    /// The second answers.
    pub second: BTreeMap<String, String>,
}

/// Two answers that differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The case.
    pub case_id: String,
    /// Who interviewed first.
    pub enumerator: String,
    /// The question.
    pub question: String,
    /// 1 never differs, 2 skill, 3 may change.
    #[serde(rename = "type")]
    pub kind: QuestionType,
    /// The first answer; empty where there was none.
    pub original: String,
    /// The second answer.
    pub second: String,
}

/// A rate with what it rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rate {
    /// How many.
    pub n_differing: usize,
    /// Out of so many.
    pub n_compared: usize,
    /// The rate; `None` of nothing.
    pub rate: Option<f64>,
    /// 95 % interval.
    pub interval: Option<(f64, f64)>,
}

impl Rate {
    /// Answers that come in interviews: Wilson's interval at the effective number of answers.
    fn of_answers(clusters: &[(usize, usize)]) -> Self {
        let (d, n) = clusters.iter().fold((0, 0), |(d, n), (more_d, more_n)| (d + more_d, n + more_n));
        let share = clustered_share(clusters);
        Self {
            n_differing: d,
            n_compared: n,
            rate: share.map(|one| one.share),
            interval: share.and_then(|one| one.interval),
        }
    }

    /// Interviews, each a trial of its own: the exact interval of Clopper and Pearson.
    fn of_interviews(n_differing: usize, n_compared: usize) -> Self {
        let rate = (n_compared > 0).then(|| n_differing as f64 / n_compared as f64);
        Self { n_differing, n_compared, rate, interval: clopper_pearson_interval(n_differing, n_compared, 0.05) }
    }
}

/// One enumerator's errors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnumeratorErrors {
    /// The enumerator.
    pub enumerator: String,
    /// Interviews that were compared.
    pub n_interviews: usize,
    /// Answers that differ, by type 1, 2 and 3. Intervals: Wilson's at the effective number of answers; none for one interview.
    pub by_type: [Rate; 3],
    /// Interviews with a difference in a question of type 1. Interval: exact, Clopper and Pearson.
    pub interviews_with_fixed: Rate,
    /// Whether the rate of type 1 is above the rate for action.
    pub is_above: bool,
    /// Whether its whole interval is.
    pub is_surely_above: bool,
}

/// One question's errors over all interviews.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuestionErrors {
    /// The question.
    pub question: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: QuestionType,
    /// Differences. Interval: exact, Clopper and Pearson: each interview has one answer.
    pub rate: Rate,
    /// Simple response variance, of numbers.
    pub simple_response_variance: Option<f64>,
    /// Share of the variance that is not error: `1 − SRV/Var(x₁)`.
    pub reliability: Option<f64>,
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// By enumerator, in the order of their ids.
    pub enumerators: Vec<EnumeratorErrors>,
    /// By question, in the order of the rules.
    pub questions: Vec<QuestionErrors>,
    /// All differences.
    pub differences: Vec<Difference>,
    /// Answers not compared, for the second visit has none or one that says why there is none.
    pub n_not_compared: usize,
}

enum Outcome {
    Same,
    Differs,
    NotCompared,
}

/// Compares by the rules.
///
/// # Formula
/// Compared is what the second visit answered in substance; a first answer that is missing or says "don't know" then differs. Numbers are the same
/// when `|x₁ − x₂| ≤ max(tolerance, tolerance_share · |x₁|)`, texts after trimming. Rates: see [`Rate`]. `SRV = Σ (x₁ − x₂)²/2n`, reliability
/// `1 − SRV/Var(x₁)`, Var with n − 1.
///
/// # Source
/// World Bank, *Back Checks*, DIME Wiki; Innovations for Poverty Action, `bcstats` (types, SRV); Hansen, Hurwitz and Bershad (1961).
///
/// # Limits
/// A difference does not say which visit was right. Whether the second visit asked the same person, nothing here knows.
#[must_use]
pub fn compare(pairs: &[Pair], rules: &BackCheckRules) -> Comparison {
    let mut made = Comparison::default();
    // By enumerator and type: differing and compared answers of each interview.
    let mut clusters: BTreeMap<&str, [Vec<(usize, usize)>; 3]> = BTreeMap::new();
    for pair in pairs {
        let mut counts = [(0, 0); 3];
        for rule in &rules.question {
            let of_type = &mut counts[usize::from(rule.kind.number()) - 1];
            match outcome(pair, rule) {
                Outcome::NotCompared => made.n_not_compared += 1,
                Outcome::Same => of_type.1 += 1,
                Outcome::Differs => {
                    *of_type = (of_type.0 + 1, of_type.1 + 1);
                    made.differences.push(Difference {
                        case_id: pair.case_id.clone(),
                        enumerator: pair.enumerator.clone(),
                        question: rule.name.clone(),
                        kind: rule.kind,
                        original: pair.original.get(&rule.name).cloned().unwrap_or_default(),
                        second: pair.second.get(&rule.name).cloned().unwrap_or_default(),
                    });
                }
            }
        }
        let own = clusters.entry(&pair.enumerator).or_default();
        own.iter_mut().zip(counts).for_each(|(own, count)| own.push(count));
    }
    made.enumerators = clusters.into_iter().map(|(who, own)| errors_of(who, &own, rules.action_rate)).collect();
    made.questions = rules.question.iter().map(|rule| errors_in(rule, pairs)).collect();
    made
}

fn errors_of(enumerator: &str, by_type: &[Vec<(usize, usize)>; 3], action_rate: f64) -> EnumeratorErrors {
    let fixed = &by_type[0];
    let with_fixed = fixed.iter().filter(|(_, n)| *n > 0).count();
    let rates = [0, 1, 2].map(|kind: usize| Rate::of_answers(&by_type[kind]));
    EnumeratorErrors {
        enumerator: enumerator.to_owned(),
        n_interviews: fixed.len(),
        is_above: rates[0].rate.is_some_and(|rate| rate > action_rate),
        is_surely_above: rates[0].interval.is_some_and(|(low, _)| low > action_rate),
        by_type: rates,
        interviews_with_fixed: Rate::of_interviews(fixed.iter().filter(|(d, _)| *d > 0).count(), with_fixed),
    }
}

fn errors_in(rule: &QuestionRule, pairs: &[Pair]) -> QuestionErrors {
    let (mut n_differing, mut n_compared) = (0, 0);
    let mut numbers: Vec<(f64, f64)> = Vec::new();
    let mut all_numbers = true;
    for pair in pairs {
        match outcome(pair, rule) {
            Outcome::NotCompared => continue,
            Outcome::Same => {}
            Outcome::Differs => n_differing += 1,
        }
        n_compared += 1;
        match (answer(&pair.original, rule).and_then(number), answer(&pair.second, rule).and_then(number)) {
            (Some(first), Some(second)) => numbers.push((first, second)),
            (None, Some(_)) if answer(&pair.original, rule).is_none() => {}
            _ => all_numbers = false,
        }
    }
    let is_scale = rule.tolerance.is_some() || rule.tolerance_share.is_some();
    let variance = (all_numbers && is_scale && numbers.len() > 1).then(|| response_variance(&numbers));
    QuestionErrors {
        question: rule.name.clone(),
        kind: rule.kind,
        rate: Rate::of_interviews(n_differing, n_compared),
        simple_response_variance: variance.map(|(srv, _)| srv),
        reliability: variance.and_then(|(_, reliability)| reliability),
    }
}

/// Simple response variance and reliability.
fn response_variance(numbers: &[(f64, f64)]) -> (f64, Option<f64>) {
    let n = numbers.len() as f64;
    let srv = numbers.iter().map(|(a, b)| (a - b).powi(2)).sum::<f64>() / (2.0 * n);
    let mean = numbers.iter().map(|(a, _)| a).sum::<f64>() / n;
    let variance = numbers.iter().map(|(a, _)| (a - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (srv, (variance > 0.0).then(|| 1.0 - srv / variance).filter(|one| one.is_finite()))
}

fn answer<'a>(answers: &'a BTreeMap<String, String>, rule: &QuestionRule) -> Option<&'a str> {
    let text = answers.get(&rule.name)?.trim();
    (!text.is_empty() && !UNKNOWN.contains(&text)).then_some(text)
}

fn outcome(pair: &Pair, rule: &QuestionRule) -> Outcome {
    let Some(second) = answer(&pair.second, rule) else { return Outcome::NotCompared };
    let Some(first) = answer(&pair.original, rule) else { return Outcome::Differs };
    let same = match (number(first), number(second)) {
        (Some(a), Some(b)) => {
            let allowed = rule.tolerance.unwrap_or(0.0).max(rule.tolerance_share.unwrap_or(0.0) * a.abs());
            // A hair more: 0.3 − 0.2 is not 0.1 in binary.
            (a - b).abs() <= allowed + 1e-9 * a.abs().max(b.abs())
        }
        // Choices of a list, in whatever order.
        _ => choices(first) == choices(second),
    };
    if same { Outcome::Same } else { Outcome::Differs }
}

fn choices(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

/// A number, with a decimal point or a decimal comma.
fn number(text: &str) -> Option<f64> {
    let number = text.parse::<f64>().or_else(|_| text.replacen(',', ".", 1).parse()).ok()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> BackCheckRules {
        BackCheckRules::from_toml(text).expect("rules")
    }

    fn answers(given: &[(&str, &str)]) -> BTreeMap<String, String> {
        given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn pair(case: &str, who: &str, original: &[(&str, &str)], second: &[(&str, &str)]) -> Pair {
        Pair {
            case_id: case.to_owned(),
            enumerator: who.to_owned(),
            original: answers(original),
            second: answers(second),
        }
    }

    const RULES: &str = "[[question]]\nname = \"sex\"\ntype = 1\n[[question]]\nname = \"area\"\ntype = 2\ntolerance = 0.1\n\
        [[question]]\nname = \"income\"\ntype = 3\ntolerance_share = 0.1\n";

    #[test]
    fn two_households_by_hand() {
        let made = compare(
            &[
                pair(
                    "c1",
                    "e1",
                    &[("sex", "1"), ("area", "0.2"), ("income", "100")],
                    &[("sex", "1"), ("area", "0,3"), ("income", "111")],
                ),
                pair(
                    "c2",
                    "e1",
                    &[("sex", "1"), ("area", "-888"), ("income", "100")],
                    &[("sex", "2"), ("area", "2"), ("income", "")],
                ),
            ],
            &rules(RULES),
        );
        let told: Vec<(&str, &str)> =
            made.differences.iter().map(|one| (one.case_id.as_str(), one.question.as_str())).collect();
        assert_eq!(told, [("c1", "income"), ("c2", "sex"), ("c2", "area")]);
        assert_eq!(made.n_not_compared, 1, "the second visit did not ask for income");
        let one = &made.enumerators[0];
        let counts: Vec<(usize, usize)> = one.by_type.iter().map(|rate| (rate.n_differing, rate.n_compared)).collect();
        assert_eq!(counts, [(1, 2), (1, 2), (1, 1)]);
        assert_eq!((one.interviews_with_fixed.n_differing, one.interviews_with_fixed.n_compared), (1, 2));
        assert!(one.is_above && !one.is_surely_above, "one of two says little: {one:?}");
        assert_eq!(one.by_type[2].interval, None, "one interview has no interval");
    }

    #[test]
    fn every_fixed_answer_different_is_surely_above() {
        let pairs: Vec<Pair> = (0..12).map(|n| pair(&n.to_string(), "e", &[("sex", "1")], &[("sex", "2")])).collect();
        let made = compare(&pairs, &rules(RULES));
        assert!(made.enumerators[0].is_surely_above);
        // binom.test(12, 12), R 4: lower bound 0.025^(1/12).
        let (low, high) = made.enumerators[0].interviews_with_fixed.interval.expect("an interval");
        assert!((low - 0.025_f64.powf(1.0 / 12.0)).abs() < 1e-9 && high == 1.0);
    }

    #[test]
    fn response_variance_as_in_r() {
        // R 4: mean((x1-x2)^2)/2 and 1 - srv/var(x1).
        let first = [1200, 800, 950, 2000, 400, 1500, 700, 1100];
        let second = [1250, 800, 900, 1500, 400, 1500, 760, 1000];
        let pairs: Vec<Pair> = first
            .iter()
            .zip(second)
            .enumerate()
            .map(|(n, (a, b))| pair(&n.to_string(), "e", &[("income", &a.to_string())], &[("income", &b.to_string())]))
            .collect();
        let income = &compare(&pairs, &rules(RULES)).questions[2];
        assert_eq!(income.simple_response_variance, Some(16_787.5));
        assert!((income.reliability.expect("a variance") - 0.932_451_948_985_09).abs() < 1e-12);
        // Beyond a tenth of the original: 2000 → 1500 only.
        assert_eq!((income.rate.n_differing, income.rate.n_compared), (1, 8));
    }

    #[test]
    fn choices_are_sets_and_words_are_words() {
        let rules = rules("[[question]]\nname = \"m\"\ntype = 2\n");
        let differs = |a: &str, b: &str| compare(&[pair("c", "e", &[("m", a)], &[("m", b)])], &rules).differences.len();
        assert_eq!(
            (differs("1 3", "3 1"), differs("1 3", "1"), differs("có", " có "), differs("1", "1.0"), differs("", "1")),
            (0, 1, 0, 0, 1)
        );
        let nothing = compare(&[], &rules);
        assert!(nothing.enumerators.is_empty() && nothing.questions[0].rate == Rate::default());
    }
}
