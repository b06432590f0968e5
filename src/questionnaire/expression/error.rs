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
    /// A pattern of `format-date-time` that is not a fixed text of known marks.
    MomentPattern,
    /// A function that works on the turns of a repeat, without a question.
    Turns(&'static str),
    /// `position` without `..`, or `..` elsewhere.
    Around,
    /// `indexed-repeat` without a question and pairs of a repeat and a number.
    IndexedRepeat,
    /// `jr:choice-name` whose second part is not a question.
    ChoiceName,
    /// `pulldata` whose first three parts are not fixed texts.
    Pulldata,
    /// A pattern of `regex` that is not a fixed text, or not one that every engine reads alike; why.
    Pattern(String),
    /// An algorithm or encoding of `digest` that is not known.
    Digest,
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
            Self::MomentPattern => Words::new(
                "mẫu ngày giờ phải là chuỗi cố định chỉ gồm %Y %y %m %n %d %e %H %h %M %S %3",
                "the pattern must be a fixed text with only %Y %y %m %n %d %e %H %h %M %S %3",
            ),
            Self::Turns(function) => Words::new(
                format!("{function}() cần một câu hỏi hoặc nhóm lặp: {function}(${{tên}})"),
                format!("{function}() needs a question or repeat: {function}(${{name}})"),
            ),
            Self::Around => Words::new(
                "dấu .. chỉ dùng trong position(..), là số thứ tự của lượt lặp",
                ".. belongs in position(..) only, the number of the turn of a repeat",
            ),
            Self::IndexedRepeat => Words::new(
                "viết indexed-repeat(${câu_hỏi}, ${nhóm_lặp}, số thứ tự)",
                "write indexed-repeat(${question}, ${repeat}, number)",
            ),
            Self::ChoiceName => {
                Words::new("viết jr:choice-name(mã, '${câu_hỏi}')", "write jr:choice-name(code, '${question}')")
            }
            Self::Pulldata => Words::new(
                "viết pulldata('bảng', 'cột', 'cột khóa', khóa), ba phần đầu là chuỗi cố định",
                "write pulldata('table', 'column', 'key column', key), the first three as fixed texts",
            ),
            Self::Pattern(reason) => Words::new(
                format!("mẫu của regex() không dùng được: {reason}"),
                format!("the pattern of regex() cannot be used: {reason}"),
            ),
            Self::Digest => Words::new(
                "digest() nhận 'MD5', 'SHA-1', 'SHA-256' và 'base64' hoặc 'hex', là chuỗi cố định",
                "digest() takes 'MD5', 'SHA-1', 'SHA-256' and 'base64' or 'hex', as fixed texts",
            ),
        }
    }
}
