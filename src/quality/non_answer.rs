//! "Don't know", refused and left out: of one interview, and of a person against peers in the same villages.

use problem::Words;
use serde::Serialize;

use super::data::{RoundData, cell};
use super::flag::{Check, Flag, Found, Strength, Subject};
use super::rules::AnswerRules;
use super::speed::comma;

/// What is counted in one interview.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) enumerator: usize,
    pub(super) village: Option<usize>,
    /// Events, such as questions not answered.
    pub(super) x: usize,
    /// Out of so many.
    pub(super) n: usize,
}

/// One person against peers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Log odds ratio of the person against peers.
    pub log_odds_ratio: f64,
    /// Its standard error, with the overdispersion of interviews.
    pub standard_error: f64,
    /// Their ratio.
    pub z: f64,
    /// Whether peers of the same villages were compared; otherwise those of the whole round, and a village's own ways count in.
    pub within_villages: bool,
}

/// Each enumerator against peers in the same villages, on the logit scale.
///
/// # Formula
/// Mantel–Haenszel odds ratio over villages k with the table (a, b | c, d) of the person's and the peers' events and
/// non-events: `OR = Σ a d/N / Σ b c/N`; variance of `ln OR` after Robins, Breslow and Greenland:
/// `Σ P R/2(ΣR)² + Σ (P S + Q R)/(2 ΣR ΣS) + Σ Q S/2(ΣS)²` with `P=(a+d)/N, Q=(b+c)/N, R=ad/N, S=bc/N`, times
/// `φ = max(1, Σ (x_i − n_i p)²/(n_i p(1−p)) / (m − cells))` over the interviews i of each cell (person × village), p the
/// cell's share. `z = ln OR / SE`. Without a village shared with peers, the round is the one stratum.
///
/// # Source
/// Mantel and Haenszel (1959), *JNCI* 22, 719–748; Robins, Breslow and Greenland (1986), *Biometrics* 42, 311–323;
/// Agresti (2002), *Categorical Data Analysis*, §4.7 (φ).
///
/// # Limits
/// Stratified, not a random effect of the PSU. `None` where the odds ratio is 0, infinite or undefined.
pub(super) fn compare_enumerators(shares: &[Share], n_enumerators: usize) -> Vec<Option<Compared>> {
    let phi = dispersion(shares);
    (0..n_enumerators)
        .map(|who| {
            let by_village = strata(shares, who, |share| share.village.map_or(0, |village| village + 1));
            let shared = by_village.iter().any(|[a, b, c, d]| a + b > 0.0 && c + d > 0.0);
            let tables = if shared { by_village } else { strata(shares, who, |_| 0) };
            let (log_odds_ratio, variance) = mantel_haenszel(&tables)?;
            let standard_error = (variance * phi).sqrt();
            let z = log_odds_ratio / standard_error;
            z.is_finite().then_some(Compared { log_odds_ratio, standard_error, z, within_villages: shared })
        })
        .collect()
}

fn strata(shares: &[Share], who: usize, stratum: impl Fn(&Share) -> usize) -> Vec<[f64; 4]> {
    let mut tables: Vec<[f64; 4]> = Vec::new();
    for share in shares {
        let at = stratum(share);
        if tables.len() <= at {
            tables.resize(at + 1, [0.0; 4]);
        }
        let side = if share.enumerator == who { 0 } else { 2 };
        tables[at][side] += share.x as f64;
        tables[at][side + 1] += (share.n - share.x) as f64;
    }
    tables
}

/// `ln OR` and its variance.
pub(super) fn mantel_haenszel(tables: &[[f64; 4]]) -> Option<(f64, f64)> {
    let (mut r_sum, mut s_sum, mut pr, mut psqr, mut qs) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for [a, b, c, d] in tables {
        let n = a + b + c + d;
        if a + b <= 0.0 || c + d <= 0.0 {
            continue;
        }
        let (p, q, r, s) = ((a + d) / n, (b + c) / n, a * d / n, b * c / n);
        r_sum += r;
        s_sum += s;
        pr += p * r;
        psqr += p * s + q * r;
        qs += q * s;
    }
    if r_sum <= 0.0 || s_sum <= 0.0 {
        return None;
    }
    let variance = pr / (2.0 * r_sum * r_sum) + psqr / (2.0 * r_sum * s_sum) + qs / (2.0 * s_sum * s_sum);
    Some(((r_sum / s_sum).ln(), variance))
}

/// Pearson's dispersion of interviews within person × village, at least 1.
fn dispersion(shares: &[Share]) -> f64 {
    let mut cells = std::collections::BTreeMap::<(usize, Option<usize>), (f64, f64)>::new();
    for share in shares.iter().filter(|share| share.n > 0) {
        let cell = cells.entry((share.enumerator, share.village)).or_default();
        cell.0 += share.x as f64;
        cell.1 += share.n as f64;
    }
    let (mut sum, mut m) = (0.0, 0_usize);
    let mut used = std::collections::BTreeSet::new();
    for share in shares.iter().filter(|share| share.n > 0) {
        let key = (share.enumerator, share.village);
        let Some((x, n)) = cells.get(&key) else { continue };
        let p = x / n;
        if p > 0.0 && p < 1.0 {
            let expected = share.n as f64 * p;
            sum += (share.x as f64 - expected).powi(2) / (expected * (1.0 - p));
            m += 1;
            used.insert(key);
        }
    }
    let df = m.saturating_sub(used.len());
    if df == 0 { 1.0 } else { (sum / df as f64).max(1.0) }
}

/// Of each interview: what was not answered, out of what was asked. A question asked is one with an answer, a code for its
/// absence, or one that had to be answered and was not.
pub(super) fn shares(data: &RoundData) -> Vec<Share> {
    data.interviews
        .iter()
        .map(|interview| {
            let (mut x, mut n) = (interview.n_required_missing, interview.n_required_missing);
            if let Some(form) = interview.form.and_then(|form| data.forms.get(form)) {
                for code in form.row(interview.row).iter().filter(|code| **code != cell::NONE) {
                    n += 1;
                    x += usize::from(!cell::is_answer(*code));
                }
            }
            Share { enumerator: interview.enumerator, village: interview.village, x, n }
        })
        .collect()
}

/// Flags interviews and people.
pub(super) fn check(data: &RoundData, rules: &AnswerRules, shares: &[Share]) -> Found {
    let mut found = Found::default();
    for (at, share) in shares.iter().enumerate().filter(|(_, share)| share.n >= rules.asked_min) {
        let of_asked = share.x as f64 / share.n as f64;
        if of_asked > rules.non_answer_share {
            let words = Words::new(
                format!("{} trong {} câu không có trả lời (không biết, từ chối, bỏ trống)", share.x, share.n),
                format!("{} of {} questions without an answer (don't know, refused, left out)", share.x, share.n),
            );
            found.flags.push(
                Flag::on(Check::NonAnswer, Strength::Review, Subject::Interview(at), words)
                    .measured(of_asked, rules.non_answer_share),
            );
        }
    }
    let compared = compare_enumerators(shares, data.enumerators.len());
    flag_enumerators(
        &mut found,
        Check::NonAnswerOfEnumerator,
        &compared,
        rules,
        ("câu không có trả lời", "questions without an answer"),
    );
    found
}

/// Flags people whose z is beyond the limit; says so when nobody can be compared.
pub(super) fn flag_enumerators(
    found: &mut Found,
    check: Check,
    compared: &[Option<Compared>],
    rules: &AnswerRules,
    what: (&str, &str),
) {
    if compared.iter().all(Option::is_none) {
        found.not_done(check, "không có điều tra viên nào để so sánh", "there are no enumerators to compare");
    }
    for (who, compared) in compared.iter().enumerate() {
        let Some(compared) = compared.filter(|compared| compared.z > rules.enumerator_z) else { continue };
        let ratio = compared.log_odds_ratio.exp();
        let (vi, en) = if compared.within_villages {
            ("đồng nghiệp cùng thôn", "peers in the same villages")
        } else {
            (
                "đồng nghiệp cả đợt (không chung thôn nên lẫn với khác biệt giữa các thôn)",
                "peers of the round (no village in common, so differences between villages count in)",
            )
        };
        let words = Words::new(
            format!("{}: tỷ số chênh {} so với {vi}, z = {}", what.0, comma(ratio), comma(compared.z)),
            format!("{}: odds {ratio:.1} times those of {en}, z = {:.1}", what.1, compared.z),
        );
        let strength = if compared.within_villages { Strength::Strong } else { Strength::Review };
        found
            .flags
            .push(Flag::on(check, strength, Subject::Enumerator(who), words).measured(compared.z, rules.enumerator_z));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::data::{Enumerator, Form, Interview, Item};
    use super::*;
    use crate::quality::Rules;

    fn share(enumerator: usize, village: usize, x: usize, n: usize) -> Share {
        Share { enumerator, village: Some(village), x, n }
    }

    #[test]
    fn one_village_by_hand() {
        // a=10 b=90 c=5 d=95: OR = 10·95/(90·5) = 2.111, and in one stratum the variance is 1/a+1/b+1/c+1/d (Woolf).
        let (log_odds, variance) = mantel_haenszel(&[[10.0, 90.0, 5.0, 95.0]]).expect("a ratio");
        assert!((log_odds.exp() - 950.0 / 450.0).abs() < 1e-12);
        assert!((variance - (0.1 + 1.0 / 90.0 + 0.2 + 1.0 / 95.0)).abs() < 1e-12, "{variance}");
    }

    #[test]
    fn three_villages_as_in_r() {
        // R 4, mantelhaen.test(array(c(12,5,88,95, 7,9,43,61, 20,4,60,56), c(2,2,3))): estimate and its 95 % interval.
        let tables = [[12.0, 88.0, 5.0, 95.0], [7.0, 43.0, 9.0, 61.0], [20.0, 60.0, 4.0, 56.0]];
        let (log_odds, variance) = mantel_haenszel(&tables).expect("a ratio");
        assert!((log_odds.exp() - R_ESTIMATE).abs() < 1e-8, "{}", log_odds.exp());
        let half = 1.959_963_984_540_054 * variance.sqrt();
        assert!(((log_odds - half).exp() - R_LOW).abs() < 1e-8, "{}", (log_odds - half).exp());
        assert!(((log_odds + half).exp() - R_HIGH).abs() < 1e-8, "{}", (log_odds + half).exp());
    }
    const R_ESTIMATE: f64 = 2.417_375_354_34;
    const R_LOW: f64 = 1.321_045_412_88;
    const R_HIGH: f64 = 4.423_544_828_06;

    #[test]
    fn people_are_compared_within_villages_or_it_is_said() {
        // Village 1 is hard for everybody: within it nobody stands out.
        let mut shares = Vec::new();
        for _ in 0..10 {
            shares.extend([share(0, 0, 1, 50), share(1, 0, 1, 50), share(0, 1, 20, 50), share(1, 1, 20, 50)]);
        }
        for compared in compare_enumerators(&shares, 2) {
            let compared = compared.expect("compared");
            assert!(compared.within_villages && compared.z.abs() < 1e-9);
        }
        let apart: Vec<Share> = shares.iter().filter(|one| Some(one.enumerator) == one.village).copied().collect();
        let compared = compare_enumerators(&apart, 2)[1].expect("compared");
        assert!(!compared.within_villages && compared.z > 3.0, "{compared:?}");
        assert_eq!(compare_enumerators(&[share(0, 0, 0, 50), share(1, 0, 0, 50)], 3), [None, None, None]);
    }

    #[test]
    fn interviews_that_differ_much_widen_the_error() {
        // The same totals, once spread evenly and once in a few interviews.
        let even: Vec<Share> = (0..20).map(|n| share(n % 2, 0, 5, 50)).collect();
        let lumpy: Vec<Share> = (0..20).map(|n| share(n % 2, 0, if n < 4 { 25 } else { 0 }, 50)).collect();
        let error = |shares: &[Share]| compare_enumerators(shares, 2)[0].expect("compared").standard_error;
        assert!(error(&lumpy) > 2.0 * error(&even));
    }

    #[test]
    fn an_interview_full_of_dont_know_is_told() {
        let rules = Rules::defaults().expect("defaults").answers;
        let form = Form {
            items: (0..12).map(|n| Item { name: format!("q{n}"), ..Item::default() }).collect(),
            cells: [[4; 12], [1, 2, 1, 1, 4, 4, 4, 4, 4, 4, 4, 4], [1, 1, 1, 0, 4, 4, 4, 4, 4, 4, 4, 4]].concat(),
            ..Form::default()
        };
        let mut interviews: Vec<Interview> =
            (0..3).map(|row| Interview { form: Some(0), row, ..Interview::default() }).collect();
        interviews[2].n_required_missing = 1;
        let data = RoundData {
            interviews,
            forms: vec![form],
            enumerators: vec![Enumerator::default()],
            ..RoundData::default()
        };
        let shares = shares(&data);
        assert_eq!(shares.iter().map(|share| (share.x, share.n)).collect::<Vec<_>>(), [(0, 12), (4, 12), (4, 12)]);
        let found = check(&data, &rules, &shares);
        assert_eq!(
            found.flags.iter().map(|flag| flag.subject).collect::<Vec<_>>(),
            [Subject::Interview(1), Subject::Interview(2)]
        );
        assert_eq!(found.not_done[0].check, Check::NonAnswerOfEnumerator);
    }

    proptest! {
        #[test]
        fn two_people_are_mirror_images(tables in proptest::collection::vec((0_usize..20, 1_usize..40, 0_usize..20, 1_usize..40), 1..6)) {
            let mut shares = Vec::new();
            for (village, (x, more, y, less)) in tables.iter().enumerate() {
                shares.extend([share(0, village, *x, x + more), share(1, village, *y, y + less)]);
            }
            let compared = compare_enumerators(&shares, 2);
            match (compared[0], compared[1]) {
                (Some(one), Some(other)) => {
                    prop_assert!((one.z + other.z).abs() < 1e-9);
                    prop_assert!((one.standard_error - other.standard_error).abs() < 1e-9);
                }
                (one, other) => prop_assert_eq!(one, other),
            }
        }
    }
}
