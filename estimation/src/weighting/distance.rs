//! How far calibrated weights may move from the old ones: distances and bounds of the factor `g = w'/w`.

use problem::{Place, Problem};
use serde::{Deserialize, Serialize};

/// The distance between old and new weights that calibration makes small; it decides the shape of the factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// `g = 1 + u`: the generalized regression estimator (GREG). Without bounds weights can become negative.
    Linear,
    /// `g = exp(u)`: always positive, can become large.
    Raking,
    /// `g` runs from the lower to the upper bound along a logistic curve; needs both.
    Logit,
    /// `g` solves `(g − 1/g)/2 ∼ sinh`-like growth: positive, slower to grow than raking (R `survey::cal.sinh`).
    Sinh,
}

impl Distance {
    /// Its name in requests and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Raking => "raking",
            Self::Logit => "logit",
            Self::Sinh => "sinh",
        }
    }
}

/// Bounds of the factor `w'/w`; infinite where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Smallest factor.
    pub lower: f64,
    /// Largest factor.
    pub upper: f64,
}

impl Bounds {
    /// No bounds.
    pub const NONE: Self = Self { lower: f64::NEG_INFINITY, upper: f64::INFINITY };

    /// # Errors
    /// `calibration_bounds` unless lower < 1 < upper; for the logit distance also unless both are finite.
    pub(super) fn check(self, distance: Distance) -> Result<(), Problem> {
        let finite = self.lower.is_finite() && self.upper.is_finite();
        if self.lower < 1.0 && self.upper > 1.0 && (finite || distance != Distance::Logit) {
            return Ok(());
        }
        Err(Problem::new(
            "calibration_bounds",
            "giới hạn của hệ số hiệu chỉnh không hợp lệ",
            "the bounds of the calibration factor are not usable",
        )
        .at(Place::column("bounds"))
        .expected(if distance == Distance::Logit { ("hai số, dưới < 1 < trên (khoảng cách logit cần cả hai)", "two numbers, lower < 1 < upper (the logit distance needs both)") } else { ("dưới < 1 < trên", "lower < 1 < upper") })
        .got(format!("[{}, {}]", self.lower, self.upper))
        .hint(
            "giới hạn áp dụng cho trọng số mới chia trọng số cũ; nếu tổng thể lớn hơn hẳn tổng trọng số thì nhân trọng số lên trước",
            "they bound the new weight over the old; if the population is much larger than the sum of the weights, scale these first",
        ))
    }
}

impl Distance {
    /// The factor and its derivative at `u`.
    ///
    /// # Source
    /// Deville and Särndal (1992), JASA 87, 376–382, table 1 (cases 1, 2, 6, 7); Deville, Särndal and Sautory (1993).
    pub(super) fn factor(self, u: f64, bounds: Bounds) -> (f64, f64) {
        let (value, slope) = match self {
            Self::Linear => (1.0 + u, 1.0),
            Self::Raking => (u.exp(), u.exp()),
            Self::Sinh => {
                let p = (2.0 * u).asinh();
                let root = p.hypot(2.0);
                (0.5 * (p + root), (1.0 + p / root) / (2.0 * u).hypot(1.0))
            }
            Self::Logit => {
                let Bounds { lower, upper } = bounds;
                let steepness = (upper - lower) / ((upper - 1.0) * (1.0 - lower));
                let odds = (upper - 1.0) / (1.0 - lower) * (-steepness * u).exp();
                let share = 1.0 / (1.0 + odds);
                let other = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
                return (lower + (upper - lower) * share, steepness * (upper - lower) * share * other);
            }
        };
        if value <= bounds.lower {
            (bounds.lower, 0.0)
        } else if value >= bounds.upper {
            (bounds.upper, 0.0)
        } else {
            (value, slope)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_factor_is_one_at_zero_with_slope_one_and_its_slope_is_its_derivative() {
        let bounds = Bounds { lower: 0.4, upper: 2.5 };
        for distance in [Distance::Linear, Distance::Raking, Distance::Logit, Distance::Sinh] {
            let (value, slope) = distance.factor(0.0, bounds);
            assert!((value - 1.0).abs() < 1e-15 && (slope - 1.0).abs() < 1e-14, "{distance:?}: {value} {slope}");
            for u in [-0.5, -0.1, 0.2, 0.7] {
                let step = 1e-6;
                let by_difference =
                    (distance.factor(u + step, bounds).0 - distance.factor(u - step, bounds).0) / (2.0 * step);
                let slope = distance.factor(u, bounds).1;
                assert!((slope - by_difference).abs() < 1e-8, "{distance:?} {u}: {slope} {by_difference}");
            }
            for u in [-1e4, 1e4] {
                let value = distance.factor(u, bounds).0;
                assert!((bounds.lower..=bounds.upper).contains(&value), "{distance:?} {u}: {value}");
            }
        }
    }

    #[test]
    fn bounds_must_hold_one_and_the_logit_needs_both() {
        let lower_only = Bounds { lower: 0.5, upper: f64::INFINITY };
        assert!(lower_only.check(Distance::Linear).is_ok());
        assert!(lower_only.check(Distance::Logit).is_err());
        assert!(Bounds { lower: 1.0, upper: 2.0 }.check(Distance::Linear).is_err());
        assert!(Bounds { lower: f64::NAN, upper: 2.0 }.check(Distance::Linear).is_err());
    }
}
