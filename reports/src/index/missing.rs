//! Why a score is not there.

use problem::Words;
use serde::Serialize;

/// Why an indicator or a node has no value. A score is a number or one of these, never NaN and never a zero that stands
/// for "none".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum IndexMissing {
    /// The values that were given do not hold this indicator.
    NotGiven,
    /// It is no mean over respondents (a median of the province, a list-type experiment), or nobody was asked.
    NotCollected,
    /// Nobody answered.
    NoAnswers,
    /// Answers, but fewer than may be published.
    BelowMinimumBase {
        /// Answers there are.
        n: usize,
        /// Answers there must be.
        minimum: usize,
    },
    /// A child that the formula needs is missing.
    ChildMissing {
        /// The child's code.
        code: String,
    },
    /// A pooled score needs the answers themselves, shares are not enough.
    NeedsAnswers,
}

impl IndexMissing {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotGiven => "not_given",
            Self::NotCollected => "not_collected",
            Self::NoAnswers => "no_answers",
            Self::BelowMinimumBase { .. } => "below_minimum_base",
            Self::ChildMissing { .. } => "child_missing",
            Self::NeedsAnswers => "needs_answers",
        }
    }

    /// The reason for people.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::NotGiven => Words::new("không có trong số liệu đưa vào", "not among the given values"),
            Self::NotCollected => Words::new(
                "không tính được từ câu trả lời của từng người",
                "cannot be computed from respondents' answers",
            ),
            Self::NoAnswers => Words::new("không có câu trả lời nào", "no answers"),
            Self::BelowMinimumBase { n, minimum } => Words::new(
                format!("chỉ có {n} câu trả lời, cần ít nhất {minimum}"),
                format!("only {n} answers, at least {minimum} needed"),
            ),
            Self::ChildMissing { code } => {
                Words::new(format!("thiếu thành phần {code}"), format!("component {code} is missing"))
            }
            Self::NeedsAnswers => Words::new(
                "tỷ lệ gộp phải tính từ các câu trả lời, không tính được từ tỷ lệ từng mục",
                "a pooled share must be computed from the answers, not from the shares of the items",
            ),
        }
    }
}
