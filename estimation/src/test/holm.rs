//! Several tests at once.

/// The p values of a family of tests, adjusted so that the chance of one false rejection or more is at most the level, whatever
/// holds and however the tests depend on each other.
///
/// # Formula
/// With the `m` p values in ascending order, `p̃_(k) = min(1, max_{j ≤ k} (m − j + 1) p_(j))`. A test that could not be made (`None`)
/// does not count in `m` and stays `None`.
///
/// # Source
/// Holm (1979), Scandinavian Journal of Statistics 6, 65–70; R `p.adjust(method = "holm")`.
///
/// # Limits
/// It guards against false rejections in the family that is given, not against choosing the family after looking.
///
/// # Errors
/// None.
///
/// Checked: `test::holm::tests`.
#[must_use]
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = p_values.iter().enumerate().filter_map(|(at, p)| p.map(|p| (at, p))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut adjusted = vec![None; p_values.len()];
    let mut largest = 0.0_f64;
    for (place, &(at, p)) in order.iter().enumerate() {
        largest = largest.max(p * (order.len() - place) as f64).min(1.0);
        adjusted[at] = Some(largest);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_is_adjusted_as_r_does() {
        // R 4.2.2: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.6), "holm").
        let got = holm(&[0.01, 0.04, 0.03, 0.005, 0.6].map(Some));
        for (got, exact) in got.iter().zip([0.04, 0.09, 0.09, 0.025, 0.6]) {
            assert!((got.unwrap() - exact).abs() < 1e-15, "{got:?} {exact}");
        }
    }

    #[test]
    fn a_test_that_could_not_be_made_takes_no_part() {
        assert_eq!(holm(&[Some(0.02), None, Some(0.9)]), [Some(0.04), None, Some(0.9)]);
        assert_eq!(holm(&[None]), [None]);
        assert_eq!(holm(&[Some(0.8), Some(0.7)]), [Some(1.0), Some(1.0)], "never above 1");
    }
}
