//! A statistic as a value and one linearized score per row.

use problem::{Problem, Words};
use serde::{Deserialize, Serialize};

/// Why a number is missing. A missing number always says so; it is never a zero and never a NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyMissing {
    /// No row of the domain has an answer.
    NoAnswers,
    /// Rows have answers, but their weights sum to zero.
    NoWeight,
    /// The estimated denominator of the ratio is zero.
    ZeroDenominator,
    /// A part of the linear combination is missing.
    PartMissing,
    /// Every stratum has a single sampled unit, so that the rule `average` has nothing to average.
    NoStratumToAverage,
    /// The numbers are so large that the computation overflows.
    Overflow,
    /// A limit of the proportion that a quantile's interval inverts does not exist, or lies outside 0 to 1.
    LimitOutside,
    /// The degrees of freedom are zero: an estimate and its standard error exist, an interval does not.
    NoDegreesOfFreedom,
    /// The estimated variance is negative, as estimators from joint probabilities can be.
    NegativeVariance,
    /// A rule for small cells hides it.
    SmallCell,
    /// The answers do not vary, or the sample is the population: no simple random sample to compare with.
    NoSimpleRandomVariance,
    /// The statistic does not exist in some replicate, for example because the domain has no weight in it.
    MissingInReplicate,
}

impl WhyMissing {
    /// The reason in Vietnamese and English.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::NoAnswers => Words::new("không có câu trả lời nào trong nhóm này", "no answers in this domain"),
            Self::NoWeight => Words::new("tổng trọng số bằng 0", "the weights sum to zero"),
            Self::ZeroDenominator => Words::new("mẫu số của tỷ số bằng 0", "the denominator of the ratio is zero"),
            Self::PartMissing => Words::new("một thành phần không có giá trị", "a part of it is missing"),
            Self::NoStratumToAverage => Words::new(
                "mọi tầng đều chỉ có một đơn vị mẫu nên không tính được sai số chuẩn",
                "every stratum has a single sampled unit, so there is no standard error",
            ),
            Self::Overflow => {
                Words::new("số quá lớn, vượt khả năng tính toán", "the numbers are too large to compute with")
            }
            Self::LimitOutside => Words::new(
                "khoảng tin cậy của phân vị vượt ra ngoài số liệu",
                "the interval of the quantile reaches beyond the data",
            ),
            Self::NoDegreesOfFreedom => Words::new(
                "không còn bậc tự do để lập khoảng tin cậy",
                "no degrees of freedom are left for an interval",
            ),
            Self::NegativeVariance => Words::new(
                "phương sai ước lượng là số âm nên không có sai số chuẩn",
                "the estimated variance is negative, so there is no standard error",
            ),
            Self::SmallCell => Words::new("ẩn vì quá ít câu trả lời", "hidden: it rests on too few answers"),
            Self::MissingInReplicate => Words::new(
                "có bản lặp trong đó nhóm này không còn trọng số nên không tính được sai số chuẩn",
                "in some replicate the statistic does not exist, so there is no standard error",
            ),
            Self::NoSimpleRandomVariance => Words::new(
                "không có phương sai mẫu ngẫu nhiên đơn để so sánh",
                "there is no simple random sampling variance to compare with",
            ),
        }
    }
}

/// The variance that a simple random sample of the same size would have had, for design effects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimpleRandomVariance {
    /// Sampling without replacement from a population as large as the sum of the weights; `None` when the weights sum to
    /// no more than the sample.
    pub without_replacement: Option<f64>,
    /// Sampling with replacement.
    pub with_replacement: f64,
}

/// Which rows the variance of a statistic looks at when a stratum or PSU holds none of its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Strata without an answer do not exist (R's `subset()`); matters for the lonely-PSU rules only.
    OwnRows,
    /// The whole design, as for contrasts and composites.
    WholeDesign,
    /// The whole design, and the scores are already residuals on the calibration variables.
    Residuals,
}

/// The value of a statistic and its linearized score on each row that has a part in it; all other rows score zero.
///
/// The scores include the weight: their sum over the sample has, to first order, the sampling error of the statistic.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// What is estimated.
    pub name: String,
    pub(crate) value: Result<f64, WhyMissing>,
    pub(crate) rows: Vec<u32>,
    pub(crate) scores: Vec<f64>,
    pub(crate) n_rows: usize,
    pub(crate) n: usize,
    pub(crate) scope: Scope,
    pub(crate) simple_random: Option<SimpleRandomVariance>,
    pub(crate) domain_degrees_of_freedom: Option<usize>,
}

impl Scores {
    /// The estimate, or `None` with a reason in [`Self::why_missing`].
    #[must_use]
    pub fn estimate(&self) -> Option<f64> {
        self.value.ok()
    }

    /// Why there is no estimate.
    #[must_use]
    pub fn why_missing(&self) -> Option<WhyMissing> {
        self.value.err()
    }

    /// Unweighted number of answers it rests on (rows with weight zero do not count).
    #[must_use]
    pub fn n(&self) -> usize {
        self.n
    }

    /// The rows with a score, ascending from 0, and their scores; every other row scores zero.
    pub fn iter(&self) -> impl Iterator<Item = (usize, f64)> {
        self.rows.iter().map(|&row| row as usize).zip(self.scores.iter().copied())
    }

    /// The same statistic under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same statistic with its variance taken over the whole design, also over strata that hold none of its answers.
    ///
    /// Only the lonely-PSU rules `fail`, `adjust` and `average` can tell the difference.
    #[must_use]
    pub fn over_whole_design(mut self) -> Self {
        self.scope = Scope::WholeDesign;
        self
    }

    pub(crate) fn missing(name: &str, n_rows: usize, why: WhyMissing) -> Self {
        Self {
            name: name.to_owned(),
            value: Err(why),
            rows: Vec::new(),
            scores: Vec::new(),
            n_rows,
            n: 0,
            scope: Scope::OwnRows,
            simple_random: None,
            domain_degrees_of_freedom: None,
        }
    }

    /// The same statistic with its scores replaced by their residuals on the design's calibration variables.
    pub(crate) fn residuals(&self, design: &crate::EstimationDesign) -> Self {
        if self.value.is_err() {
            return Self { scope: Scope::Residuals, ..self.clone() };
        }
        let mut dense = vec![0.0; self.n_rows];
        self.iter().for_each(|(row, score)| dense[row] = score);
        design.calibrations.iter().for_each(|calibration| calibration.residualize(&mut dense));
        Self { rows: (0..self.n_rows as u32).collect(), scores: dense, scope: Scope::Residuals, ..self.clone() }
    }

    /// The same statistic, or missing when a number in it has overflowed: nothing but finite numbers leaves.
    pub(crate) fn finite(self) -> Self {
        let overflow =
            self.value.is_ok_and(|value| !value.is_finite()) || self.scores.iter().any(|score| !score.is_finite());
        if overflow { Self::missing(&self.name, self.n_rows, WhyMissing::Overflow) } else { self }
    }

    /// The statistic `constant + Σ aᵢ θᵢ`: a contrast, a change between years, a composite index.
    ///
    /// # Formula
    /// Value `constant + Σ aᵢ θᵢ`; the score of a row is `Σ aᵢ uᵢ` of that row, because linearization is linear. The
    /// covariances between the parts, which come from shared rows and shared PSUs, are therefore in the variance. `n` is
    /// the number of rows that have a part in at least one of them.
    ///
    /// # Source
    /// Woodruff (1971), A simple method for approximating the variance of a complicated estimate, JASA 66, 411–414.
    ///
    /// # Limits
    /// All parts must come from one design. A part with coefficient 0 has no influence, missing or not. If any other part
    /// is missing, so is the combination ([`WhyMissing::PartMissing`]).
    ///
    /// # Errors
    /// `scores_coefficient` when the constant or a coefficient is not a finite number; `scores_length` when the parts do
    /// not have the same number of rows.
    ///
    /// Checked: `tests/against_r.rs` (contrast, composite), `tests/identities.rs::a_composite_is_the_delta_method`.
    pub fn linear_combination(name: &str, constant: f64, parts: &[(f64, &Self)]) -> Result<Self, Problem> {
        for coefficient in parts.iter().map(|part| part.0).chain([constant]) {
            if !coefficient.is_finite() {
                return Err(Problem::new(
                    "scores_coefficient",
                    format!("hệ số của {name} không phải là số hữu hạn"),
                    format!("a coefficient of {name} is not a finite number"),
                )
                .expected(("số hữu hạn", "a finite number"))
                .got(coefficient.to_string()));
            }
        }
        let n_rows = parts.first().map_or(0, |part| part.1.n_rows);
        if let Some(other) = parts.iter().find(|part| part.1.n_rows != n_rows) {
            return Err(wrong_length(&other.1.name, n_rows, other.1.n_rows));
        }
        let parts: Vec<(f64, &Self)> = parts.iter().copied().filter(|part| part.0 != 0.0).collect();
        if parts.iter().any(|part| part.1.value.is_err()) {
            return Ok(Self::missing(name, n_rows, WhyMissing::PartMissing).over_whole_design());
        }
        let mut value = crate::sum::Sum::default();
        value.add(constant);
        for (coefficient, part) in &parts {
            value.add(coefficient * part.value.unwrap_or(0.0));
        }
        let (rows, scores) = merge(n_rows, &parts);
        Ok(Self {
            value: Ok(value.value()),
            n: rows.len(),
            rows,
            scores,
            ..Self::missing(name, n_rows, WhyMissing::PartMissing).over_whole_design()
        }
        .finite())
    }
}

/// The union of the rows of all parts, ascending, and `Σ aᵢ uᵢ` on each.
fn merge(n_rows: usize, parts: &[(f64, &Scores)]) -> (Vec<u32>, Vec<f64>) {
    let mut dense = vec![0.0; n_rows];
    let mut touched = vec![false; n_rows];
    for (coefficient, part) in parts {
        for (row, score) in part.iter() {
            dense[row] += coefficient * score;
            touched[row] = true;
        }
    }
    (0..n_rows as u32).filter(|&row| touched[row as usize]).map(|row| (row, dense[row as usize])).unzip()
}

/// The problem of a column that is not as long as the design.
pub(crate) fn wrong_length(name: &str, expected: usize, got: usize) -> Problem {
    Problem::new(
        "scores_length",
        format!("{name}: số dòng không khớp với thiết kế mẫu"),
        format!("{name}: the number of rows does not match the design"),
    )
    .expected(format!("{expected} rows"))
    .got(format!("{got} rows"))
}
