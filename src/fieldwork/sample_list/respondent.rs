//! Whom to ask in each household, on paper: the selected number for every size of the household, so that nothing is computed
//! and nothing is chosen at the door.

use reports::document::xlsx::Column;
use sampling::respondent::RespondentRule;
use sampling::{Sample, SampledUnit};

/// Sizes that are written out; larger households are told by `khaosat sample respondent`.
const SIZES: std::ops::RangeInclusive<u32> = 2..=9;
/// Kish's tables read one column for six and more.
const KISH_SIZES: std::ops::RangeInclusive<u32> = 2..=5;

/// The column of a form, where the list says who is asked by number.
pub(super) fn respondent_column(sample: &Sample) -> Option<Column> {
    let rule = sample.respondent.as_ref()?.rule;
    rule.is_random().then(|| Column::new("Số người → hỏi người thứ", 34.0))
}

/// What the form says above the table about the person to ask.
pub(super) fn respondent_line(sample: &Sample) -> Option<String> {
    let text = match sample.respondent.as_ref()?.rule {
        RespondentRule::Roster | RespondentRule::Kish => {
            "Người trả lời: kê mọi người thuộc đối tượng, nam trước nữ sau, người cao tuổi trước, rồi hỏi người có số thứ tự ghi \
             ở dòng của hộ. Không được đổi người khác."
        }
        RespondentRule::NextBirthday => {
            "Người trả lời: người thuộc đối tượng có ngày sinh nhật đến sớm nhất sau ngày đến hộ. Không được đổi người khác."
        }
        RespondentRule::LastBirthday => {
            "Người trả lời: người thuộc đối tượng vừa có sinh nhật gần nhất (kể cả ngày đến hộ). Không được đổi người khác."
        }
        RespondentRule::Household => "Hỏi cả hộ: người nắm rõ việc của hộ trả lời.",
    };
    Some(text.to_owned())
}

/// The number to ask for each number of eligible members: `2→1 3→3 …`.
pub(super) fn whom_to_ask(sample: &Sample, unit: &SampledUnit) -> String {
    let (Some(used), Some(number)) = (&sample.respondent, unit.respondent_number) else { return String::new() };
    let cells = |sizes: std::ops::RangeInclusive<u32>, selects: &dyn Fn(u32) -> u32| -> String {
        sizes.map(|size| format!("{size}→{}", selects(size))).collect::<Vec<_>>().join("  ")
    };
    match used.rule {
        RespondentRule::Kish => {
            let table = number.kish_table();
            format!("{}: {}  6+→{}", table.name(), cells(KISH_SIZES, &|size| table.selects(size)), table.selects(6))
        }
        _ => cells(SIZES, &|size| number.member(size).unwrap_or(1)),
    }
}
