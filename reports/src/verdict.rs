//! The three-state verdict: what a survey estimate can say about a target.

use problem::{Problem, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the interval says about a target or a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval lies on the good side.
    Reached,
    /// The whole interval lies on the other side.
    NotReached,
    /// The interval holds the target: the sample cannot tell.
    NotEnoughEvidence,
}

/// Whether a value that equals the target reaches it. Plans in Vietnam say both "trên 90%" and "đạt 90%".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetRule {
    /// "Trên x": only values above the target reach it.
    Above,
    /// "Từ x trở lên", "đạt x": the target itself reaches it.
    AtLeast,
    /// "Dưới x": only values below the target reach it.
    Below,
    /// "Không quá x": the target itself reaches it.
    AtMost,
}

/// The sign of a difference between two rounds or two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceVerdict {
    /// The whole interval lies above zero.
    Higher,
    /// The whole interval lies below zero.
    Lower,
    /// The interval holds zero.
    NoClearDifference,
}

impl TargetRule {
    /// A target with its rule, `value` already written for the reader: "trên 90 %".
    #[must_use]
    pub fn words(self, value: &str) -> Words {
        match self {
            Self::Above => Words::new(format!("trên {value}"), format!("above {value}")),
            Self::AtLeast => Words::new(format!("từ {value}"), format!("at least {value}")),
            Self::Below => Words::new(format!("dưới {value}"), format!("below {value}")),
            Self::AtMost => Words::new(format!("đến {value}"), format!("at most {value}")),
        }
    }

    /// Where the whole interval must lie for "reached" and for "not reached", as the note under a figure says it.
    #[must_use]
    pub fn sides(self) -> (Words, Words) {
        let above = Words::new("trên mục tiêu", "above the target");
        let at_least = Words::new("từ mục tiêu trở lên", "at or above the target");
        let below = Words::new("dưới mục tiêu", "below the target");
        let at_most = Words::new("không quá mục tiêu", "at or below the target");
        match self {
            Self::Above => (above, at_most),
            Self::AtLeast => (at_least, below),
            Self::Below => (below, at_least),
            Self::AtMost => (at_most, above),
        }
    }
}

impl Verdict {
    /// The words of the verdict.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Reached => Words::new("Đạt", "Reached"),
            Self::NotReached => Words::new("Chưa đạt", "Not reached"),
            Self::NotEnoughEvidence => Words::new("Chưa đủ cơ sở khẳng định", "Not enough evidence"),
        }
    }
}

impl DifferenceVerdict {
    /// The words of the verdict.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Higher => Words::new("Tăng", "Higher"),
            Self::Lower => Words::new("Giảm", "Lower"),
            Self::NoClearDifference => Words::new("Chưa thấy khác biệt rõ rệt", "No clear difference"),
        }
    }
}

/// What an interval says about a target.
///
/// # Formula
/// For "at least t": reached when `lower ≥ t`, not reached when `upper < t`. For "above t": reached when `lower > t`, not
/// reached when `upper ≤ t`, so an interval that ends exactly on 90 does not reach "over 90". "Below" and "at most" mirror
/// them. Everything else is not enough evidence.
///
/// # Errors
/// `verdict_interval` when an end or the target is not a number, or the ends are reversed.
///
/// # Proofs
/// `an_interval_that_ends_on_the_target_does_not_pass_above_it` and the other tests of this file.
pub fn verdict(lower: f64, upper: f64, target: f64, rule: TargetRule) -> Result<Verdict, Problem> {
    check_interval(lower, upper)?;
    if target.is_nan() {
        return Err(unusable(lower, upper));
    }
    let (reached, not_reached) = match rule {
        TargetRule::Above => (lower > target, upper <= target),
        TargetRule::AtLeast => (lower >= target, upper < target),
        TargetRule::Below => (upper < target, lower >= target),
        TargetRule::AtMost => (upper <= target, lower > target),
    };
    Ok(match (reached, not_reached) {
        (true, _) => Verdict::Reached,
        (_, true) => Verdict::NotReached,
        _ => Verdict::NotEnoughEvidence,
    })
}

/// What the interval of a difference (new minus old, this minus that) says about its sign. An interval that only touches
/// zero is no clear difference.
///
/// # Errors
/// `verdict_interval` when an end is not a number or the ends are reversed.
pub fn difference_verdict(lower: f64, upper: f64) -> Result<DifferenceVerdict, Problem> {
    check_interval(lower, upper)?;
    Ok(if lower > 0.0 {
        DifferenceVerdict::Higher
    } else if upper < 0.0 {
        DifferenceVerdict::Lower
    } else {
        DifferenceVerdict::NoClearDifference
    })
}

fn check_interval(lower: f64, upper: f64) -> Result<(), Problem> {
    if lower <= upper { Ok(()) } else { Err(unusable(lower, upper)) }
}

fn unusable(lower: f64, upper: f64) -> Problem {
    Problem::new(
        "verdict_interval",
        "khoảng tin cậy hoặc mục tiêu không hợp lệ",
        "the interval or the target cannot be used",
    )
    .expected(("các số, đầu dưới không vượt đầu trên", "numbers, the lower end not above the upper end"))
    .got((format!("{lower} đến {upper}"), format!("{lower} to {upper}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_interval_must_pass_the_target() {
        assert_eq!(verdict(91.0, 93.0, 90.0, TargetRule::Above), Ok(Verdict::Reached));
        assert_eq!(verdict(78.0, 85.0, 90.0, TargetRule::Above), Ok(Verdict::NotReached));
        assert_eq!(verdict(88.0, 93.0, 90.0, TargetRule::Above), Ok(Verdict::NotEnoughEvidence));
    }

    #[test]
    fn an_interval_that_ends_on_the_target_does_not_pass_above_it() {
        assert_eq!(verdict(90.0, 93.0, 90.0, TargetRule::Above), Ok(Verdict::NotEnoughEvidence));
        assert_eq!(verdict(90.0, 93.0, 90.0, TargetRule::AtLeast), Ok(Verdict::Reached));
        assert_eq!(verdict(85.0, 90.0, 90.0, TargetRule::Above), Ok(Verdict::NotReached));
        assert_eq!(verdict(85.0, 90.0, 90.0, TargetRule::AtLeast), Ok(Verdict::NotEnoughEvidence));
    }

    #[test]
    fn below_mirrors_above() {
        assert_eq!(verdict(1.0, 2.0, 2.0, TargetRule::Below), Ok(Verdict::NotEnoughEvidence));
        assert_eq!(verdict(1.0, 2.0, 2.0, TargetRule::AtMost), Ok(Verdict::Reached));
        assert_eq!(verdict(2.0, 3.0, 2.0, TargetRule::Below), Ok(Verdict::NotReached));
        assert_eq!(verdict(2.5, 3.0, 2.0, TargetRule::AtMost), Ok(Verdict::NotReached));
    }

    #[test]
    fn a_difference_that_touches_zero_is_not_clear() {
        assert_eq!(difference_verdict(0.0, 2.0), Ok(DifferenceVerdict::NoClearDifference));
        assert_eq!(difference_verdict(0.1, 2.0), Ok(DifferenceVerdict::Higher));
        assert_eq!(difference_verdict(-2.0, -0.1), Ok(DifferenceVerdict::Lower));
    }

    #[test]
    fn an_interval_that_is_no_interval_is_a_problem_not_a_verdict() {
        assert!(verdict(f64::NAN, 1.0, 0.5, TargetRule::Above).is_err());
        assert!(verdict(1.0, 0.0, 0.5, TargetRule::Above).is_err());
        assert!(verdict(0.0, 1.0, f64::NAN, TargetRule::Above).is_err());
        assert!(difference_verdict(0.0, f64::NAN).is_err());
    }
}
