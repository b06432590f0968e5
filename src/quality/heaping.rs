//! Last digits: whether a person's numbers end otherwise than those of peers.

use problem::Words;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::data::{ItemKind, RoundData};
use super::flag::{Check, Flag, Found, Strength, Subject};
use super::rules::AnswerRules;

/// Numbers of fewer different values have no last digit worth the name.
const DISTINCT_MIN: usize = 20;
/// Digits of which fewer than this are expected of a person are too few for chi-square.
const EXPECTED_MIN: f64 = 5.0;

/// Pearson's chi-square of two rows of counts, its degrees of freedom and p; columns that are empty in both are left out.
///
/// # Formula
/// `X² = Σ (O − E)²/E`, E from the margins, df = columns − 1.
///
/// # Source
/// Pearson (1900); for heaping of last digits: Shryock and Siegel (1976), *The Methods and Materials of Demography*, ch. 8.
///
/// # Limits
/// `None` where any expected count is below 5.
pub(super) fn homogeneity(one: &[usize; 10], other: &[usize; 10]) -> Option<(f64, usize, f64)> {
    let (n1, n2) = (one.iter().sum::<usize>() as f64, other.iter().sum::<usize>() as f64);
    let (mut statistic, mut columns) = (0.0, 0_usize);
    for (a, b) in one.iter().zip(other) {
        let both = (a + b) as f64;
        if both == 0.0 {
            continue;
        }
        columns += 1;
        for (observed, n) in [(*a as f64, n1), (*b as f64, n2)] {
            let expected = both * n / (n1 + n2);
            if expected < EXPECTED_MIN {
                return None;
            }
            statistic += (observed - expected).powi(2) / expected;
        }
    }
    let df = columns.checked_sub(1).filter(|df| *df > 0)?;
    let p = ChiSquared::new(df as f64).ok()?.sf(statistic);
    p.is_finite().then_some((statistic, df, p))
}

/// Flags people whose last digits differ from those of all others, at the level shared out over all tests (Bonferroni).
///
/// # Limits
/// People round their own age and years of schooling: that is in the peers' digits too, hence the comparison with peers and not
/// with equal shares. Whole numbers of at least 20 different values only; at least 50 numbers of the person.
pub(super) fn check(data: &RoundData, rules: &AnswerRules) -> Found {
    let mut found = Found::default();
    let mut tests: Vec<(usize, String, f64, f64, [usize; 10])> = Vec::new();
    for (position, form) in data.forms.iter().enumerate() {
        for (item, question) in form.items.iter().enumerate().filter(|(_, item)| item.kind == ItemKind::Number) {
            let Some(numbers) = form.numbers.get(item) else { continue };
            let whole: Vec<(usize, i64)> = data
                .interviews
                .iter()
                .filter(|one| one.form == Some(position))
                .filter_map(|one| Some((one.enumerator, *numbers.get(one.row)?)))
                .filter(|(_, value)| value.is_finite() && value.fract() == 0.0 && value.abs() < 1e15)
                .map(|(who, value)| (who, value as i64))
                .collect();
            let distinct: std::collections::BTreeSet<i64> = whole.iter().map(|(_, value)| *value).collect();
            if distinct.len() < DISTINCT_MIN {
                continue;
            }
            let mut counts = vec![[0_usize; 10]; data.enumerators.len()];
            let mut all = [0_usize; 10];
            for (who, value) in whole {
                let digit = value.unsigned_abs() as usize % 10;
                all[digit] += 1;
                if let Some(of) = counts.get_mut(who) {
                    of[digit] += 1;
                }
            }
            for (who, own) in
                counts.iter().enumerate().filter(|(_, own)| own.iter().sum::<usize>() >= rules.heaping_n_min)
            {
                let mut others = all;
                others.iter_mut().zip(own).for_each(|(all, own)| *all -= own);
                if let Some((statistic, _, p)) = homogeneity(own, &others) {
                    tests.push((who, question.name.clone(), statistic, p, *own));
                }
            }
        }
    }
    if tests.is_empty() {
        found.not_done(
            Check::Heaping,
            "không điều tra viên nào có đủ câu trả lời bằng số để so chữ số cuối",
            "nobody has enough numbers to compare last digits",
        );
    }
    let level = rules.heaping_p / tests.len().max(1) as f64;
    for (who, question, statistic, p, own) in tests.into_iter().filter(|test| test.3 < level) {
        let n: usize = own.iter().sum();
        let share = 100.0 * (own[0] + own[5]) as f64 / n as f64;
        let words = Words::new(
            format!(
                "câu {question}: chữ số cuối khác hẳn các điều tra viên khác ({share:.0} % là 0 hoặc 5; X² = {})",
                super::speed::comma(statistic)
            ),
            format!(
                "question {question}: last digits unlike those of others ({share:.0} % are 0 or 5; X² = {statistic:.1})"
            ),
        );
        let flag = Flag::on(Check::Heaping, Strength::Review, Subject::Enumerator(who), words);
        found.flags.push(flag.measured(p, level).at(&question));
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::data::{Enumerator, Form, Interview, Item};
    use super::*;
    use crate::quality::Rules;

    #[test]
    fn two_digits_by_hand() {
        // (10, 20 | 20, 10): E = 15 everywhere, X² = 4 · 25/15.
        let mut counts = [[0; 10]; 2];
        (counts[0][0], counts[0][5], counts[1][0], counts[1][5]) = (10, 20, 20, 10);
        let (statistic, df, p) = homogeneity(&counts[0], &counts[1]).expect("enough");
        assert!((statistic - 100.0 / 15.0).abs() < 1e-12 && df == 1);
        assert!((p - 0.009_823_274_507_519_26).abs() < 1e-12, "{p}");
    }

    #[test]
    fn ten_digits_as_in_r() {
        // R 4: chisq.test(rbind(c(22,5,6,8,7,21,6,9,8,8), c(90,80,85,70,95,88,79,84,91,76))).
        let (statistic, df, p) =
            homogeneity(&[22, 5, 6, 8, 7, 21, 6, 9, 8, 8], &[90, 80, 85, 70, 95, 88, 79, 84, 91, 76]).expect("enough");
        assert_eq!(df, 9);
        assert!((statistic - R_X2).abs() < 1e-9, "{statistic}");
        assert!((p - R_P).abs() < 1e-11, "{p}");
        assert_eq!(homogeneity(&[1; 10], &[90; 10]), None, "one of each is too few");
    }
    const R_X2: f64 = 25.196_431_787_235_433;
    const R_P: f64 = 0.002_761_401_945_177_3;

    #[test]
    fn who_rounds_to_tens_is_told_and_others_are_not() {
        let ages =
            |who: usize, n: usize| if who == 1 { 20.0 + 10.0 * (n % 6) as f64 } else { 18.0 + (n * 7 % 60) as f64 };
        let interviews: Vec<Interview> =
            (0..360).map(|row| Interview { form: Some(0), row, enumerator: row % 3, ..Interview::default() }).collect();
        let form = Form {
            items: vec![Item { name: "age".to_owned(), kind: ItemKind::Number, ..Item::default() }],
            cells: vec![4; 360],
            numbers: vec![(0..360).map(|row| ages(row % 3, row / 3)).collect()],
            ..Form::default()
        };
        let data = RoundData {
            interviews,
            forms: vec![form],
            enumerators: vec![Enumerator::default(); 3],
            ..RoundData::default()
        };
        let rules = Rules::defaults().expect("defaults").answers;
        let told: Vec<Subject> = check(&data, &rules).flags.iter().map(|flag| flag.subject).collect();
        assert!(told.contains(&Subject::Enumerator(1)), "{told:?}");
        assert_eq!(check(&RoundData::default(), &rules).not_done.len(), 1);
    }

    proptest! {
        #[test]
        fn rows_can_be_swapped(one in proptest::array::uniform10(20_usize..60), other in proptest::array::uniform10(20_usize..60)) {
            let (there, back) = (homogeneity(&one, &other), homogeneity(&other, &one));
            match (there, back) {
                (Some(a), Some(b)) => prop_assert!((a.0 - b.0).abs() < 1e-9 && a.1 == b.1),
                (a, b) => prop_assert_eq!(a, b),
            }
            if let Some((statistic, _, p)) = homogeneity(&one, &one) {
                prop_assert!(statistic.abs() < 1e-9 && (p - 1.0).abs() < 1e-9);
            }
        }
    }
}
