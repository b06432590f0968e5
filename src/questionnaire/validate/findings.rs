//! What is told about answers, in words.

use problem::{Place, Problem};
use serde::Serialize;
use serde_json::Value as Json;

use crate::questionnaire::expression::Value;
use crate::questionnaire::model::{ChoiceList, Question, QuestionKind, Texts};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The response is kept and marked for a person to look at.
    Flag,
    /// Nothing in it can be used as answers.
    Reject,
}

/// Something wrong or doubtful in an interview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The question, or the name that no question has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The turn of a repeat in which it stands: `member[2]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<String>,
    /// What is wrong, in Vietnamese and English.
    pub problem: Problem,
    /// The questionnaire's own message, in the language of the interview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_message: Option<String>,
}

fn flag(name: &str, problem: Problem) -> Finding {
    let problem = problem.at(Place::column(name));
    Finding { severity: Severity::Flag, question: Some(name.to_owned()), turn: None, problem, own_message: None }
}

impl Finding {
    /// The same, in a turn of a repeat.
    pub(super) fn in_turn(mut self, turn: &str) -> Self {
        if turn.is_empty() {
            return self;
        }
        if let Some(question) = &self.question {
            self.problem = self.problem.at(Place::column(format!("{turn}/{question}")));
        }
        self.turn = Some(turn.to_owned());
        self
    }
}

/// With the questionnaire's own message: in the interview's language, and as advice in both languages of the house.
fn with_own_message(mut finding: Finding, message: &Texts, language: &str) -> Finding {
    if let (Some(own), Some(vi), Some(en)) =
        (message.first_of(&[language]), message.first_of(&["vi", language]), message.first_of(&["en", language]))
    {
        finding.own_message = Some(own.to_owned());
        finding.problem = finding.problem.hint(vi, en);
    }
    finding
}

/// What was received, cut at 80 characters.
fn shown(raw: &Json) -> String {
    let text = raw.as_str().map_or_else(|| raw.to_string(), str::to_owned);
    if text.chars().count() > 80 { format!("{}…", text.chars().take(80).collect::<String>()) } else { text }
}

pub(super) fn not_an_object(raw: &Json) -> Finding {
    let problem = Problem::new("answers_not_an_object", "phần trả lời không đọc được", "the answers cannot be read")
        .expected("{ \"question\": answer, … }")
        .got(shown(raw));
    Finding { severity: Severity::Reject, question: None, turn: None, problem, own_message: None }
}

pub(super) fn unknown_question(name: &str, raw: &Json) -> Finding {
    let problem = Problem::new(
        "answer_unknown_question",
        format!("bảng hỏi không có câu {name}"),
        format!("the questionnaire has no question {name}"),
    );
    flag(name, problem.got(shown(raw)))
}

/// So many further ones.
pub(super) fn more_unknown_questions(n: usize) -> Finding {
    let problem = Problem::new(
        "answer_unknown_question",
        format!("và {n} câu khác mà bảng hỏi không có"),
        format!("and {n} more that the questionnaire does not have"),
    );
    Finding { severity: Severity::Flag, question: None, turn: None, problem, own_message: None }
}

pub(super) fn wrong_kind(question: &Question, raw: &Json) -> Finding {
    let (vi, en) = match question.kind {
        QuestionKind::Integer => ("một số nguyên, ví dụ 12", "a whole number such as 12"),
        QuestionKind::Decimal | QuestionKind::Range => {
            ("một số, phần thập phân sau dấu chấm, ví dụ 12.5", "a number such as 12.5")
        }
        QuestionKind::Date | QuestionKind::Today => {
            ("ngày dạng năm-tháng-ngày, ví dụ 2026-11-23", "a day such as 2026-11-23")
        }
        QuestionKind::Time => ("giờ dạng giờ:phút, ví dụ 08:30", "a time such as 08:30"),
        QuestionKind::DateTime => {
            ("ngày giờ có múi giờ, ví dụ 2026-11-23T08:30:00+07:00", "a moment such as 2026-11-23T08:30:00+07:00")
        }
        QuestionKind::Geotrace | QuestionKind::Geoshape => (
            "các điểm cách nhau bằng dấu chấm phẩy, ví dụ 21.27 106.19; 21.28 106.20",
            "points divided by semicolons such as 21.27 106.19; 21.28 106.20",
        ),
        QuestionKind::Geopoint => {
            ("vĩ độ và kinh độ, ví dụ 21.27 106.19", "latitude and longitude such as 21.27 106.19")
        }
        QuestionKind::Acknowledge => ("OK", "OK"),
        QuestionKind::SelectOne(_) => ("mã của một lựa chọn", "the code of one choice"),
        QuestionKind::SelectMultiple(_) | QuestionKind::Rank(_) => ("danh sách mã lựa chọn", "a list of choice codes"),
        _ => ("chữ", "text"),
    };
    let name = &question.name;
    let problem = Problem::new(
        "answer_wrong_kind",
        format!("câu {name}: câu trả lời không đọc được; cần {vi}"),
        format!("question {name}: the answer cannot be read; it should be {en}"),
    );
    flag(name, problem.got(shown(raw)))
}

pub(super) fn not_in_list(question: &Question, list: &ChoiceList, code: &str) -> Finding {
    let codes = list.choices.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>().join(", ");
    let name = &question.name;
    let problem = Problem::new(
        "answer_not_in_list",
        format!("câu {name}: không có lựa chọn “{code}”"),
        format!("question {name}: there is no choice “{code}”"),
    );
    flag(name, problem.expected(codes).got(code))
}

pub(super) fn not_offered(question: &Question, code: &str) -> Finding {
    let name = &question.name;
    let problem = Problem::new(
        "answer_not_offered",
        format!("câu {name}: lựa chọn “{code}” không được đưa ra trong trường hợp này"),
        format!("question {name}: the choice “{code}” is not offered here"),
    );
    flag(name, problem.got(code))
}

pub(super) fn repeated_choice(question: &Question, code: &str) -> Finding {
    let name = &question.name;
    let problem = Problem::new(
        "answer_repeated_choice",
        format!("câu {name}: lựa chọn “{code}” được chọn hai lần"),
        format!("question {name}: the choice “{code}” is chosen twice"),
    );
    flag(name, problem)
}

pub(super) fn mixed_missing(question: &Question, code: &str) -> Finding {
    let name = &question.name;
    let problem = Problem::new(
        "answer_mixed_missing",
        format!("câu {name}: vừa chọn câu trả lời vừa ghi mã thiếu {code}"),
        format!("question {name}: choices and the missing code {code} together"),
    );
    flag(name, problem.got(code))
}

pub(super) fn constraint(question: &Question, raw: &Json, language: &str) -> Finding {
    let name = &question.name;
    let problem = Problem::new(
        "answer_constraint",
        format!("câu {name}: câu trả lời không thỏa điều kiện của bảng hỏi"),
        format!("question {name}: the answer breaks the questionnaire's rule"),
    );
    let rule = question.constraint.as_ref().map(|formula| formula.text().to_owned()).unwrap_or_default();
    with_own_message(flag(name, problem.expected(rule).got(shown(raw))), &question.constraint_message, language)
}

pub(super) fn required(question: &Question, language: &str) -> Finding {
    let name = &question.name;
    let problem = Problem::new(
        "answer_required",
        format!("câu {name} phải được trả lời nhưng còn trống"),
        format!("question {name} must be answered and is empty"),
    );
    with_own_message(flag(name, problem), &question.required_message, language)
}

pub(super) fn not_due(question: &Question, raw: &Json) -> Finding {
    let name = &question.name;
    let problem = Problem::new(
        "answer_not_due",
        format!("câu {name} không phải hỏi trong trường hợp này nhưng có câu trả lời"),
        format!("question {name} was not due and yet has an answer"),
    );
    flag(name, problem.got(shown(raw)))
}

pub(super) fn calculation(question: &Question, raw: &Json, value: &Value) -> Finding {
    let name = &question.name;
    let problem = Problem::new(
        "answer_calculation",
        format!("{name}: giá trị thiết bị tính khác với giá trị tính lại"),
        format!("{name}: the device's calculation differs from the one made here"),
    );
    flag(name, problem.expected(value.to_text()).got(shown(raw)))
}

pub(super) fn too_many_turns(repeat: &str, limit: usize) -> Finding {
    let problem = Problem::new(
        "answer_too_many_turns",
        format!("nhóm lặp {repeat} có quá nhiều lượt; chỉ {limit} lượt đầu được xem"),
        format!("the repeat {repeat} has too many turns; only the first {limit} are looked at"),
    );
    flag(repeat, problem)
}

pub(super) fn turn_count(repeat: &str, expected: f64, got: usize) -> Finding {
    let problem = Problem::new(
        "answer_turn_count",
        format!("nhóm lặp {repeat}: số lượt khác với số mà bảng hỏi tính"),
        format!("the repeat {repeat} has another number of turns than the questionnaire calculates"),
    );
    flag(repeat, problem.expected(Value::Number(expected).to_text()).got(got.to_string()))
}

pub(super) fn incomplete_order(question: &Question, missing: &str) -> Finding {
    let name = &question.name;
    let problem = Problem::new(
        "answer_incomplete_order",
        format!("câu {name}: thứ tự xếp chưa đủ các lựa chọn"),
        format!("question {name}: the order lacks choices"),
    );
    flag(name, problem.expected(missing))
}
