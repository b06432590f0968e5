//! Numbers far from the others.

use problem::Words;

use super::data::{ItemKind, RoundData};
use super::flag::{Check, Flag, Found, Strength, Subject};
use super::rules::AnswerRules;
use super::statistics::{MAD_TO_SIGMA, median, quantile, sorted};

/// The limits of one item, and how far values beyond both count as out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limits {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Limits beyond which a value is out by both rules.
///
/// # Formula
/// `|x − median| > 3 · 1.4826 · MAD` and `x < Q1 − 1.5 IQR` or `x > Q3 + 1.5 IQR` (quantiles of type 7).
///
/// # Source
/// Leys, Ley, Klein, Bernard and Licata (2013), *J. Exp. Soc. Psychol.* 49, 764–766 (MAD); Tukey (1977), *Exploratory Data Analysis*.
///
/// # Limits
/// Half of the values equal gives MAD = 0, and then nothing is told: every other value would be out. Skewed amounts give outliers
/// that are right.
pub(super) fn limits(values: &[f64], mads: f64, iqrs: f64) -> Option<Limits> {
    let values = sorted(values.iter().copied());
    let middle = quantile(&values, 0.5)?;
    let mad = median(values.iter().map(|value| (value - middle).abs()))?;
    let (q1, q3) = (quantile(&values, 0.25)?, quantile(&values, 0.75)?);
    let (reach, spread) = (mads * MAD_TO_SIGMA * mad, iqrs * (q3 - q1));
    (mad > 0.0).then(|| Limits { low: (middle - reach).min(q1 - spread), high: (middle + reach).max(q3 + spread) })
}

/// Flags numbers beyond both limits.
pub(super) fn check(data: &RoundData, rules: &AnswerRules) -> Found {
    let mut found = Found::default();
    let mut any = false;
    for (position, form) in data.forms.iter().enumerate() {
        for (item, question) in form.items.iter().enumerate().filter(|(_, item)| item.kind == ItemKind::Number) {
            let Some(numbers) = form.numbers.get(item) else { continue };
            let given: Vec<(usize, f64)> = data
                .interviews
                .iter()
                .enumerate()
                .filter(|(_, one)| one.form == Some(position))
                .filter_map(|(at, one)| Some((at, *numbers.get(one.row)?)))
                .filter(|(_, value)| value.is_finite())
                .collect();
            let values: Vec<f64> = given.iter().map(|(_, value)| *value).collect();
            if values.len() < rules.outlier_n_min {
                continue;
            }
            let Some(limits) = limits(&values, rules.outlier_mads, rules.outlier_iqrs) else { continue };
            any = true;
            for (at, value) in given.into_iter().filter(|(_, value)| *value < limits.low || *value > limits.high) {
                let limit = if value < limits.low { limits.low } else { limits.high };
                let words = Words::new(
                    format!(
                        "câu {}: {} nằm ngoài {} – {}",
                        question.name,
                        short(value),
                        short(limits.low),
                        short(limits.high)
                    ),
                    format!("question {}: {value} lies outside {:.1} – {:.1}", question.name, limits.low, limits.high),
                );
                let flag = Flag::on(Check::Outlier, Strength::Review, Subject::Interview(at), words);
                found.flags.push(flag.measured(value, limit).at(&question.name));
            }
        }
    }
    if !any {
        found.not_done(
            Check::Outlier,
            "không câu hỏi số nào có đủ câu trả lời",
            "no numeric question has enough answers",
        );
    }
    found
}

fn short(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value}") } else { super::speed::comma(value) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn limits_by_hand() {
        // 1 … 9: median 5, MAD 2, Q1 3, Q3 7: 5 ± 8.8956 and 3 − 6, 7 + 6.
        let values: Vec<f64> = (1..=9).map(f64::from).collect();
        let made = limits(&values, 3.0, 1.5).expect("a spread");
        assert!((made.low + 3.8956).abs() < 1e-12 && (made.high - 13.8956).abs() < 1e-12, "{made:?}");
        assert_eq!(limits(&[4.0, 4.0, 4.0, 9.0], 3.0, 1.5), None, "half of them equal");
        assert_eq!(limits(&[], 3.0, 1.5), None);
    }

    #[test]
    fn limits_as_in_r() {
        // R 4: x <- c(2,3,3,4,5,5,6,7,8,9,11,40); median ± 3 mad(x), quantile ± 1.5 IQR; min and max of the two.
        let values = [2.0, 3.0, 3.0, 4.0, 5.0, 5.0, 6.0, 7.0, 8.0, 9.0, 11.0, 40.0];
        let made = limits(&values, 3.0, 1.5).expect("a spread");
        assert!((made.low - R_LOW).abs() < 1e-9 && (made.high - R_HIGH).abs() < 1e-9, "{made:?}");
    }
    const R_LOW: f64 = -5.6195;
    const R_HIGH: f64 = 16.6195;

    proptest! {
        #[test]
        fn limits_move_with_the_values(values in proptest::collection::vec(-50.0..50.0_f64, 5..40), shift in -9.0..9.0_f64) {
            let Some(made) = limits(&values, 3.0, 1.5) else { return Ok(()) };
            let moved: Vec<f64> = values.iter().map(|value| value + shift).collect();
            let other = limits(&moved, 3.0, 1.5).expect("the same spread");
            prop_assert!((made.low + shift - other.low).abs() < 1e-6 && (made.high + shift - other.high).abs() < 1e-6);
            // Never more than half of the values are out.
            let n_out = values.iter().filter(|value| **value < made.low || **value > made.high).count();
            prop_assert!(2 * n_out <= values.len());
        }
    }
}
