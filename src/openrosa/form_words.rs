//! The words of the questions that this program adds to a form. Outcome codes: AAPOR Standard Definitions, table 2.

/// A choice, with its code.
pub(super) struct Words {
    pub(super) code: &'static str,
    vi: &'static str,
    en: &'static str,
}

const fn words(code: &'static str, vi: &'static str, en: &'static str) -> Words {
    Words { code, vi, en }
}

/// What an enumerator can say at the door.
pub(super) const OUTCOMES: &[Words] = &[
    words("interview", "Gặp được người cần hỏi: bắt đầu phỏng vấn", "The right person is here: begin the interview"),
    words("2.24", "Vắng nhà", "Nobody at home"),
    words("2.25", "Người được chọn đi vắng", "Selected person is away"),
    words("2.111", "Hộ từ chối", "Household refuses"),
    words("2.112", "Người được chọn từ chối", "Selected person refuses"),
    words("2.32", "Không đủ sức khỏe trả lời", "Physically or mentally unable"),
    words("2.33", "Không cùng ngôn ngữ", "Language barrier"),
    words("2.31", "Người được chọn đã mất", "Selected person has died"),
    words("2.23", "Không vào được nhà", "No access to the building"),
    words("3.18", "Không tìm thấy địa chỉ", "Address not found"),
    words("3.17", "Không đến được, không an toàn", "Unsafe or unreachable"),
    words("4.70", "Không có ai đủ điều kiện", "Nobody eligible"),
    words("4.60", "Nhà bỏ trống", "Vacant dwelling"),
    words("4.50", "Không phải nhà ở", "Not a dwelling"),
];

/// How an interview that has begun can end. Codes of both lists have the same words where they are in both.
pub(super) const FINISHES: &[Words] = &[
    words("1.1", "Hoàn thành", "Complete"),
    words("1.2", "Dở dang, dùng được phần đã hỏi", "Partial: what was asked can be used"),
    words("2.112", "Người được chọn từ chối", "Selected person refuses"),
    words("2.12", "Bỏ dở, không dùng được", "Broken off: cannot be used"),
    words("4.70", "Không có ai đủ điều kiện", "Nobody eligible"),
];

/// A label of this program's own.
#[derive(Clone, Copy)]
pub(super) enum OwnText {
    Visit,
    Case,
    Respondent,
    Reached,
    Finish,
}

const LABELS: &[(OwnText, Words)] = &[
    (OwnText::Visit, words("visit", "Lần đến hộ", "The visit")),
    (OwnText::Case, words("case", "Hộ nào?", "Which household?")),
    (
        OwnText::Respondent,
        words(
            "respondent",
            "Hỏi ai: xếp người đủ điều kiện theo thứ tự của danh sách; theo số người, chọn người số:",
            "Whom to ask: put the eligible members in the order of the list; by their number, take number:",
        ),
    ),
    (OwnText::Reached, words("reached", "Kết quả khi đến hộ", "What came of the visit")),
    (OwnText::Finish, words("finish", "Cuộc phỏng vấn kết thúc thế nào?", "How did the interview end?")),
];

impl OwnText {
    /// Where its text is.
    pub(super) fn id(self) -> String {
        LABELS
            .iter()
            .find(|(text, _)| *text as u8 == self as u8)
            .map_or_else(String::new, |(_, words)| format!("khs:{}", words.code))
    }
}

impl Words {
    /// Vietnamese for Vietnamese, English for all others.
    pub(super) fn in_language(&self, code: &str) -> &'static str {
        if code == "vi" { self.vi } else { self.en }
    }

    /// Every own text by its id, each once.
    pub(super) fn all() -> Vec<(String, &'static Self)> {
        let mut all: Vec<(String, &'static Self)> = Vec::new();
        for words in LABELS.iter().map(|(_, words)| words).chain(OUTCOMES).chain(FINISHES) {
            let id = format!("khs:{}", words.code);
            if !all.iter().any(|(known, _)| *known == id) {
                all.push((id, words));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fieldwork::disposition::outcome;

    #[test]
    fn every_choice_is_an_outcome_the_fieldwork_knows() {
        for words in OUTCOMES.iter().skip(1).chain(FINISHES) {
            assert!(outcome(words.code).is_some(), "{}", words.code);
        }
        for finish in FINISHES {
            if let Some(same) = OUTCOMES.iter().find(|one| one.code == finish.code) {
                assert_eq!((same.vi, same.en), (finish.vi, finish.en));
            }
        }
    }
}
