//! What can be wrong with the text of an expression.

use problem::Words;

/// A fault at a position of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// The character where it was noticed, counted from 1.
    pub position: usize,
    /// What is wrong.
    pub fault: ExpressionFault,
}

/// What is wrong with the text of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpressionFault {
    /// Nothing is written.
    Empty,
    /// More than [`super::MAX_CHARACTERS`] characters.
    TooLong,
    /// More than [`super::MAX_DEPTH`] levels.
    TooDeep,
    /// A quote that is never closed.
    OpenQuote,
    /// `${` without a name and `}`.
    OpenReference,
    /// A character that has no place in an expression.
    Character(char),
    /// A blank that is not an ordinary one, such as a no-break space; ODK Collect refuses it.
    Blank,
    /// A mark of other languages; the right one is given.
    OtherMark(&'static str, &'static str),
    /// A number too large to hold.
    Number,
    /// A node path or predicate.
    Path,
    /// Something that cannot stand here, or an end that comes too early.
    Unexpected(Option<String>),
    /// A parenthesis that is never closed.
    OpenParenthesis,
    /// No function has that name.
    UnknownFunction(String),
    /// ODK knows that function; this program not yet.
    FunctionNotYet(String),
    /// A function with the wrong number of arguments.
    Arguments(String, usize),
    /// A pattern of `format-date` that is not a fixed text of known marks.
    DatePattern,
}

impl ExpressionFault {
    /// One sentence about the fault.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Empty => Words::new("biểu thức trống", "the expression is empty"),
            Self::TooLong => Words::new("biểu thức quá dài", "the expression is too long"),
            Self::TooDeep => Words::new("biểu thức lồng nhau quá sâu", "the expression is nested too deeply"),
            Self::OpenQuote => Words::new("thiếu dấu nháy đóng", "a quote is not closed"),
            Self::OpenReference => {
                Words::new("sau ${ phải có tên câu hỏi và dấu }", "${ needs the name of a question and a }")
            }
            Self::Character(character) => Words::new(
                format!("ký tự “{character}” không dùng được trong biểu thức"),
                format!("the character “{character}” has no meaning in an expression"),
            ),
            Self::Blank => Words::new(
                "có dấu cách đặc biệt (thường do sao chép); hãy gõ lại dấu cách thường",
                "a special blank (often from copying); type an ordinary one",
            ),
            Self::OtherMark(found, right) => {
                Words::new(format!("viết {right} thay cho {found}"), format!("write {right} instead of {found}"))
            }
            Self::Number => Words::new("số quá lớn", "the number is too large"),
            Self::Path => Words::new(
                "chưa hỗ trợ đường dẫn kiểu XPath; hãy viết ${tên_câu_hỏi}",
                "node paths are not supported; write ${question_name}",
            ),
            Self::Unexpected(Some(token)) => {
                Words::new(format!("không thể đặt {token} ở vị trí này"), format!("{token} cannot stand here"))
            }
            Self::Unexpected(None) => Words::new("biểu thức chưa kết thúc", "the expression ends too early"),
            Self::OpenParenthesis => Words::new("thiếu dấu ngoặc đóng", "a parenthesis is not closed"),
            Self::UnknownFunction(name) => {
                Words::new(format!("không có hàm {name}()"), format!("there is no function {name}()"))
            }
            Self::FunctionNotYet(name) => {
                Words::new(format!("chưa hỗ trợ hàm {name}()"), format!("the function {name}() is not supported yet"))
            }
            Self::Arguments(name, count) => Words::new(
                format!("hàm {name}() không nhận {count} tham số"),
                format!("the function {name}() does not take {count} arguments"),
            ),
            Self::DatePattern => Words::new(
                "mẫu ngày phải là chuỗi cố định chỉ gồm %Y %y %m %n %d %e",
                "the date pattern must be a fixed text with only %Y %y %m %n %d %e",
            ),
        }
    }
}
