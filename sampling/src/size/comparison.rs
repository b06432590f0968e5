//! Comparing two years or two groups: sample size, power, smallest difference that can be found.

use problem::{Problem, Problems};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::Quantity;
use super::checks::Checks;
use super::noncentral::upper_tail;
use super::quantile::{normal_quantile, quantile};

/// Which differences count against "no difference".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alternative {
    /// A difference in either direction: α is split.
    #[default]
    TwoSided,
    /// Only a difference in the direction that was named beforehand.
    OneSided,
}

/// Which variance the test of two proportions uses for "no difference".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NullVariance {
    /// p₁(1 − p₁) and p₂(1 − p₂) separately: what an interval of the difference does.
    #[default]
    Unpooled,
    /// The common proportion.
    Pooled,
}

/// People who are in both samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// The share of the first sample that is also in the second.
    pub share: f64,
    /// The correlation of a person's two answers.
    pub correlation: f64,
}

/// A comparison of two samples, second minus first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The first year or group.
    pub first: Quantity,
    /// Design effect of both samples.
    pub deff: f64,
    /// Size of the second sample over that of the first.
    pub ratio: f64,
    /// People in both samples.
    pub overlap: Option<Overlap>,
    /// Probability of finding a difference where there is none, such as 0.05.
    pub alpha: f64,
    /// One or two sides.
    pub alternative: Alternative,
    /// For proportions.
    pub null_variance: NullVariance,
    /// PSUs minus strata of both samples together, for Student's t; `None` for the normal distribution.
    pub degrees_of_freedom: Option<u64>,
}

/// Interviews in each sample, not rounded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GroupSizes {
    /// In the first.
    pub first: f64,
    /// In the second.
    pub second: f64,
}

/// The smallest differences that are found with the wanted power; none where even the end of the scale is not enough.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Detectable {
    /// Upwards, as second minus first: positive.
    pub increase: Option<f64>,
    /// Downwards: negative.
    pub decrease: Option<f64>,
}

impl Comparison {
    /// The variance of the difference times the size of the first sample, without deff: under the truth, and under "no
    /// difference".
    fn unit_variances(&self, second: Quantity) -> (f64, f64) {
        let (first, second_variance) = (self.first.element_variance(), second.element_variance());
        let Overlap { share, correlation } = self.overlap.unwrap_or(Overlap { share: 0.0, correlation: 0.0 });
        let shared = 2.0 * share * correlation / self.ratio;
        let truth = first + second_variance / self.ratio - shared * (first * second_variance).sqrt();
        let null = match (self.null_variance, self.first, second) {
            (NullVariance::Pooled, Quantity::Proportion(p1), Quantity::Proportion(p2)) => {
                let common = (p1 + self.ratio * p2) / (1.0 + self.ratio);
                common * (1.0 - common) * (1.0 + 1.0 / self.ratio - shared)
            }
            _ => truth,
        };
        (truth, null)
    }

    fn check(&self, checks: &mut Checks) {
        self.first.check(checks);
        checks.positive("deff", self.deff);
        checks.positive("ratio", self.ratio);
        checks.between("alpha", self.alpha, 0.0, 1.0);
        if let Some(Overlap { share, correlation }) = self.overlap {
            checks.within("overlap", share, 0.0, self.ratio.min(1.0));
            checks.within("correlation", correlation, -1.0, 1.0);
        }
        if self.degrees_of_freedom == Some(0) {
            checks.out_of_range("degrees_of_freedom", "≥ 1", 0.0);
        }
        if self.null_variance == NullVariance::Pooled {
            if self.degrees_of_freedom.is_some() {
                checks.push(Problem::new(
                    "size_pooled_with_df",
                    "phương sai gộp chỉ dùng với phân phối chuẩn, không dùng với bậc tự do",
                    "the pooled variance goes with the normal distribution, not with degrees of freedom",
                ));
            }
            if matches!(self.first, Quantity::Mean { .. }) {
                checks.push(Problem::new(
                    "size_pooled_mean",
                    "phương sai gộp chỉ dùng khi so hai tỷ lệ",
                    "the pooled variance is for two proportions",
                ));
            }
        }
    }

    fn check_second(&self, second: Quantity, checks: &mut Checks) {
        second.check(checks);
        if std::mem::discriminant(&self.first) != std::mem::discriminant(&second) {
            checks.push(Problem::new(
                "size_other_quantity",
                "không so sánh một tỷ lệ với một số trung bình",
                "a proportion is not compared with a mean",
            ));
        }
        if self.unit_variances(second).0 <= 0.0 {
            checks.push(Problem::new(
                "size_no_variance",
                "với phần trùng và tương quan này hiệu số không còn phương sai",
                "with this overlap and correlation the difference has no variance left",
            ));
        }
    }

    fn tail(&self) -> f64 {
        match self.alternative {
            Alternative::TwoSided => self.alpha / 2.0,
            Alternative::OneSided => self.alpha,
        }
    }

    fn power_at(&self, second: Quantity, n_first: f64) -> f64 {
        let difference = (second.value() - self.first.value()).abs();
        let (truth, null) = self.unit_variances(second);
        let scale = self.deff / n_first;
        // The arguments were checked, so there is a quantile.
        let critical = quantile(1.0 - self.tail(), self.degrees_of_freedom).unwrap_or(f64::INFINITY);
        match self.degrees_of_freedom {
            Some(degrees_of_freedom) => upper_tail(critical, degrees_of_freedom, difference / (scale * truth).sqrt()),
            None => Normal::standard().cdf((difference - critical * (scale * null).sqrt()) / (scale * truth).sqrt()),
        }
    }

    /// The probability of finding the difference.
    ///
    /// # Formula
    /// v = S₁² + S₂²/r − 2Pρ S₁S₂/r for r = n₂/n₁, P the share of the first sample that is in the second. Normal:
    /// Φ((|Δ| − z√(deff·v₀/n₁))/√(deff·v/n₁)), v₀ = v, or the pooled p̄(1 − p̄)(1 + 1/r − 2Pρ/r). With degrees of
    /// freedom: P(T > t) for noncentral t with noncentrality |Δ|/√(deff·v/n₁).
    ///
    /// # Source
    /// Fleiss, Levin and Paik (2003), *Statistical Methods for Rates and Proportions*, §4.2–4.4; Kish (1965), ch. 12
    /// (overlap); Valliant, Dever and Kreuter (2018), ch. 4 (`nDep2sam`, `nProp2sam`).
    ///
    /// # Limits
    /// A rejection on the wrong side does not count, as in R's `power.prop.test`. Both samples have the same design
    /// effect, and so has their covariance (the overlap lies in the same clusters). No finite population correction.
    ///
    /// # Errors
    /// `size_out_of_range`, `size_other_quantity`, `size_no_variance`, `size_pooled_with_df`, `size_pooled_mean`: all
    /// that apply.
    ///
    /// Proofs: `size::proofs::power_is_that_of_another_program`,
    /// `size::proofs::simulated_comparisons_have_the_stated_power`.
    pub fn power(&self, second: Quantity, n_first: f64) -> Result<f64, Problems> {
        let mut checks = Checks::default();
        self.check(&mut checks);
        self.check_second(second, &mut checks);
        checks.least("n", n_first, 1.0);
        checks.into_result(())?;
        Ok(self.power_at(second, n_first))
    }

    /// How many interviews each sample takes to find a difference.
    ///
    /// # Formula
    /// Normal: `n₁ = deff·(z_α√v₀ + z_β√v)²/Δ²`. With degrees of freedom: n₁ = deff·v·δ²/Δ², δ the noncentrality with
    /// which the t test has the power. v, v₀ as in [`Comparison::power`]; n₂ = r·n₁.
    ///
    /// # Source
    /// As [`Comparison::power`].
    ///
    /// # Limits
    /// As [`Comparison::power`]. Degrees of freedom are given, not changed with n.
    ///
    /// # Errors
    /// As [`Comparison::power`]; a power not between α and 1; no difference.
    ///
    /// Proofs: `size::proofs::sizes_are_those_of_the_reference_table`,
    /// `size::proofs::power_is_that_of_another_program`.
    pub fn required(&self, second: Quantity, power: f64) -> Result<GroupSizes, Problems> {
        let mut checks = Checks::default();
        self.check(&mut checks);
        self.check_second(second, &mut checks);
        checks.between("power", power, self.tail(), 1.0);
        let difference = (second.value() - self.first.value()).abs();
        if difference == 0.0 {
            checks.out_of_range("difference", "≠ 0", 0.0);
        }
        checks.into_result(())?;
        let (truth, null) = self.unit_variances(second);
        let root = match self.degrees_of_freedom {
            Some(degrees_of_freedom) => truth.sqrt() * self.noncentrality(degrees_of_freedom, power),
            None => {
                let z = |probability| normal_quantile(probability).unwrap_or(f64::NAN);
                z(1.0 - self.tail()) * null.sqrt() + z(power) * truth.sqrt()
            }
        };
        let first = self.deff * (root / difference).powi(2);
        let mut checks = Checks::default();
        checks.positive("n", first);
        checks.into_result(GroupSizes { first, second: self.ratio * first })
    }

    /// The noncentrality with which the t test has the power, by bisection.
    fn noncentrality(&self, degrees_of_freedom: u64, power: f64) -> f64 {
        let critical = quantile(1.0 - self.tail(), Some(degrees_of_freedom)).unwrap_or(f64::INFINITY);
        let is_enough = |delta: f64| upper_tail(critical, degrees_of_freedom, delta) >= power;
        let (mut low, mut high) = (0.0, 1.0);
        while !is_enough(high) && high < 1e12 {
            (low, high) = (high, high * 2.0);
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if is_enough(middle) { high = middle } else { low = middle }
        }
        high
    }

    /// The smallest differences that a sample finds with a wanted power. The spread of a mean is the same in both
    /// samples.
    ///
    /// # Formula
    /// The difference nearest to zero, in each direction, with [`Comparison::power`] at least the wanted one.
    ///
    /// # Source
    /// As [`Comparison::power`]; Bloom (1995), *Evaluation Review* 19, 547–556 (the term).
    ///
    /// # Limits
    /// As [`Comparison::power`]. For proportions found to 1e-12 by bisection, after a search in steps of 1/2000 of the
    /// way to the end of the scale.
    ///
    /// # Errors
    /// As [`Comparison::power`]; a power not between α and 1.
    ///
    /// Proofs: `size::proofs::a_detectable_difference_needs_the_sample_it_was_found_for`.
    pub fn detectable(&self, n_first: f64, power: f64) -> Result<Detectable, Problems> {
        let mut checks = Checks::default();
        self.check(&mut checks);
        self.check_second(self.first, &mut checks);
        checks.least("n", n_first, 1.0);
        checks.between("power", power, self.tail(), 1.0);
        checks.into_result(())?;
        match self.first {
            Quantity::Mean { mean, standard_deviation } => {
                let second = Quantity::Mean { mean: mean + standard_deviation, standard_deviation };
                let difference = standard_deviation * (self.required(second, power)?.first / n_first).sqrt();
                Ok(Detectable { increase: Some(difference), decrease: Some(-difference) })
            }
            Quantity::Proportion(p) => Ok(Detectable {
                increase: self.nearest(p, 1.0 - p, n_first, power),
                decrease: self.nearest(p, -p, n_first, power),
            }),
        }
    }

    /// The smallest share of the way from p towards an end of the scale that has the power, times that way.
    fn nearest(&self, p: f64, way: f64, n_first: f64, power: f64) -> Option<f64> {
        const STEPS: u32 = 2_000;
        let noncentrality = self.degrees_of_freedom.map(|degrees| self.noncentrality(degrees, power));
        let is_enough = |share: f64| {
            let second = Quantity::Proportion(p + share * way);
            let truth = self.unit_variances(second).0;
            truth > 0.0
                && match noncentrality {
                    Some(noncentrality) => share * way.abs() >= noncentrality * (self.deff * truth / n_first).sqrt(),
                    None => self.power_at(second, n_first) >= power,
                }
        };
        let step = (1..STEPS).find(|step| is_enough(f64::from(*step) / f64::from(STEPS)))?;
        let (mut low, mut high) = (f64::from(step - 1) / f64::from(STEPS), f64::from(step) / f64::from(STEPS));
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if is_enough(middle) { high = middle } else { low = middle }
        }
        Some(high * way)
    }
}
