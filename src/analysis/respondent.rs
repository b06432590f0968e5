//! Who answered for the household, and what that makes of the weight: the rule stands in the sample list.

use problem::{Place, Problem, Problems, Words};
use sampling::respondent::{ELIGIBLE_MAX, RespondentRule, respondent_factor};
use sampling::{Sample, SampledUnit};

use crate::questionnaire::{Answer, Questionnaire, Validated};

/// The question after the number of adults: what is assumed of a list that names no rule.
const ADULTS: &str = "n_adults";
/// Kish's tables select none of the members beyond this one.
const KISH_MEMBERS: u32 = 6;

/// How the respondents of a sample were found.
pub(super) struct RespondentOfSample<'a> {
    rule: RespondentRule,
    counted_by: &'a str,
    /// The list does not say how: lists that were drawn before designs could say it.
    is_assumed: bool,
}

impl<'a> RespondentOfSample<'a> {
    pub(super) fn of(sample: &'a Sample) -> Self {
        match &sample.respondent {
            Some(used) => Self { rule: used.rule, counted_by: &used.counted_by, is_assumed: false },
            None => Self { rule: RespondentRule::Roster, counted_by: ADULTS, is_assumed: true },
        }
    }

    /// Whether the questionnaire asks what the weights need.
    ///
    /// # Errors
    /// It lacks the question that counts the eligible members.
    pub(super) fn check(&self, questionnaire: &Questionnaire) -> Result<(), Problems> {
        let asks = questionnaire.questions().iter().any(|question| question.name == self.counted_by);
        if asks || !self.rule.chooses_a_person() {
            return Ok(());
        }
        Err(Problem::new(
            "weight_eligible_not_asked",
            "bảng hỏi không có câu hỏi đếm số người thuộc đối tượng, nên không tính được xác suất của người trả lời",
            "the questionnaire does not ask how many members are eligible, so the respondent's probability is not known",
        )
        .at(Place::column("respondent_counted_by"))
        .expected(self.counted_by)
        .hint(
            "thêm câu hỏi đó vào bảng hỏi; nếu hỏi cả hộ, thiết kế ghi rule = \"household\"",
            "add the question; where the household is asked, the design says rule = \"household\"",
        )
        .into())
    }

    /// 1/π of the respondent; `None` where the interview does not tell the number of eligible members, or an impossible one.
    pub(super) fn factor(&self, unit: &SampledUnit, interview: &Validated) -> Option<f64> {
        if self.rule == RespondentRule::Household {
            return Some(1.0);
        }
        let n_eligible = self.n_eligible(interview)?;
        match unit.respondent_number {
            Some(number) => respondent_factor(self.rule, number, n_eligible).ok(),
            // A list without the household's number: each of the members equally likely.
            None => (self.rule != RespondentRule::Kish).then(|| f64::from(n_eligible)),
        }
    }

    fn n_eligible(&self, interview: &Validated) -> Option<u32> {
        let Answer::Number(number) = interview.answer(self.counted_by)? else { return None };
        (1..=ELIGIBLE_MAX).find(|count| f64::from(*count) == *number)
    }

    /// What a reader must know of these weights.
    pub(super) fn notes<'b>(&self, interviews: impl Iterator<Item = &'b Validated>) -> Vec<Words> {
        let mut notes = Vec::new();
        if self.is_assumed {
            notes.push(Words::new(
                "Danh sách mẫu không nêu cách chọn người trả lời; coi như mỗi hộ chọn ngẫu nhiên một trong số người lớn (n_adults).",
                "The sample list does not say how respondents were chosen; one of the adults (n_adults) at random is assumed.",
            ));
        }
        if matches!(self.rule, RespondentRule::NextBirthday | RespondentRule::LastBirthday) {
            notes.push(Words::new(
                "Người trả lời được chọn theo ngày sinh nhật: xác suất 1/k là giả định, không phải rút ngẫu nhiên.",
                "Respondents were chosen by birthday: their probability 1/k is assumed, not drawn.",
            ));
        }
        if self.rule == RespondentRule::Kish {
            let beyond = interviews.filter(|one| self.n_eligible(one).is_some_and(|n| n > KISH_MEMBERS)).count();
            if beyond > 0 {
                notes.push(Words::new(
                    format!("{beyond} hộ có trên {KISH_MEMBERS} người thuộc đối tượng: bảng Kish không chọn được người thứ {} trở đi.", KISH_MEMBERS + 1),
                    format!("{beyond} households have more than {KISH_MEMBERS} eligible members: Kish's tables never select the seventh or later."),
                ));
            }
        }
        notes
    }
}
