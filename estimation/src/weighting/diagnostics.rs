//! What a set of weights does to precision.

use serde::Serialize;

/// Range, spread and cost of a set of weights; rows of weight zero do not count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightDiagnostics {
    /// Rows with a positive weight.
    pub n: usize,
    /// Sum of the weights: the estimated size of the population.
    pub sum: f64,
    /// Smallest positive weight.
    pub smallest: f64,
    /// Largest weight.
    pub largest: f64,
    /// Coefficient of variation of the positive weights (population form).
    pub coefficient_of_variation: f64,
    /// Kish's design effect of weighting.
    pub kish_design_effect: f64,
    /// Effective sample size, `n / kish_design_effect`.
    pub effective_n: f64,
}

/// Describes a set of weights; `None` when no weight is positive.
///
/// # Formula
/// Kish effect `n Σw² / (Σw)² = 1 + CV²`, with sums over the rows of positive weight.
///
/// # Source
/// Kish (1965), *Survey Sampling*, §11.7; Kish (1992), J. Official Statistics 8, 183–200.
///
/// # Limits
/// The effect supposes weights unrelated to the answers; it is a warning light, not a variance.
///
/// Checked: `equal_weights_cost_nothing`, `the_effect_is_one_plus_squared_variation`.
#[must_use]
pub fn diagnose(weights: &[f64]) -> Option<WeightDiagnostics> {
    let (mut n, mut sum, mut squares) = (0_usize, 0.0, 0.0);
    let (mut smallest, mut largest) = (f64::INFINITY, 0.0_f64);
    for &weight in weights.iter().filter(|&&weight| weight > 0.0) {
        n += 1;
        sum += weight;
        squares += weight * weight;
        smallest = smallest.min(weight);
        largest = largest.max(weight);
    }
    if n == 0 {
        return None;
    }
    let effect = n as f64 * squares / (sum * sum);
    Some(WeightDiagnostics {
        n,
        sum,
        smallest,
        largest,
        coefficient_of_variation: (effect - 1.0).max(0.0).sqrt(),
        kish_design_effect: effect,
        effective_n: n as f64 / effect,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_weights_cost_nothing() {
        let told = diagnose(&[2.5; 8]).expect("positive weights");
        assert_eq!((told.n, told.sum), (8, 20.0));
        assert!((told.kish_design_effect - 1.0).abs() < 1e-15);
    }

    #[test]
    fn the_effect_is_one_plus_squared_variation() {
        // Weights 1, 1, 4: mean 2, population variance 2, CV² = 0.5.
        let told = diagnose(&[1.0, 0.0, 1.0, 4.0]).expect("positive weights");
        assert!((told.kish_design_effect - 1.5).abs() < 1e-15);
        assert!((told.effective_n - 2.0).abs() < 1e-15);
        assert_eq!((told.smallest, told.largest), (1.0, 4.0));
    }

    #[test]
    fn no_positive_weight_is_no_diagnosis() {
        assert_eq!(diagnose(&[0.0, 0.0]), None);
    }
}
