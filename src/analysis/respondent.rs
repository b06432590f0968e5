//! Who answered for the household, and what that makes of the weight: the rule stands in the sample list.

use problem::{Place, Problem, Problems, Words};
use sampling::respondent::{ELIGIBLE_MAX, RespondentRule, respondent_factor};
use sampling::{Sample, SampledUnit};

use super::interviews::Interviews;
use crate::questionnaire::Questionnaire;

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

    /// 1/π of the respondent; `None` where there is no interview, or it does not tell the number of eligible members, or an
    /// impossible one.
    pub(super) fn factor(
        &self,
        unit: &SampledUnit,
        questionnaire: &Questionnaire,
        interviews: &Interviews,
    ) -> Option<f64> {
        if self.rule == RespondentRule::Household {
            return interviews.has(&unit.unit_id).then_some(1.0);
        }
        let n_eligible = self.n_eligible(questionnaire, interviews, &unit.unit_id)?;
        match unit.respondent_number {
            Some(number) => respondent_factor(self.rule, number, n_eligible).ok(),
            // A list without the household's number: each of the members equally likely.
            None => (self.rule != RespondentRule::Kish).then(|| f64::from(n_eligible)),
        }
    }

    fn n_eligible(&self, questionnaire: &Questionnaire, interviews: &Interviews, case_id: &str) -> Option<u32> {
        let number = interviews.number(questionnaire, case_id, self.counted_by)?;
        (1..=ELIGIBLE_MAX).find(|count| f64::from(*count) == number)
    }

    /// What a reader must know of these weights.
    pub(super) fn notes(&self, questionnaire: &Questionnaire, interviews: &Interviews) -> Vec<Words> {
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
            let n_eligible = |case_id: &str| self.n_eligible(questionnaire, interviews, case_id);
            let beyond = interviews.cases().filter(|case| n_eligible(case).is_some_and(|n| n > KISH_MEMBERS)).count();
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

#[cfg(test)]
mod tests {
    use sampling::{Preset, SampleDesign, SamplingFrame, draw};
    use serde_json::json;

    use super::*;
    use crate::questionnaire::{Interview, Sheets, validate, xlsform};

    const FRAME: &[u8] = include_bytes!("../../sampling/frames/bac-giang-2019-example.csv");

    fn sample(change: impl FnOnce(&str) -> String) -> Sample {
        let text = Preset::of_name("papi-3x2x2x20").expect("a preset").text;
        let design = SampleDesign::from_toml(&change(text)).expect("a design");
        draw(&SamplingFrame::read(FRAME, &design).expect("a frame"), &design, 3).expect("a sample")
    }

    fn questionnaire(question: &str) -> Questionnaire {
        let survey = format!(
            "type,name,label::en,required\nselect_one yes_no,consent,Consent,yes\ninteger,{question},How many?,\n"
        );
        let choices = "list_name,name,label::en\nyes_no,1,Yes\nyes_no,0,No\n";
        let settings = "form_title,form_id,version,default_language\nT,t,1,en\n";
        xlsform::read(&Sheets::from_csv(&survey, choices, settings).expect("sheets")).expect("a form")
    }

    /// Each household of the sample says in turn one of these.
    fn said(sample: &Sample, told: &[serde_json::Value]) -> Interviews {
        let asked = questionnaire("n_adults");
        let one = |answer: &serde_json::Value| {
            let answers = json!({ "consent": "1", "n_adults": answer });
            validate(&asked, answers.as_object().expect("an object"), &Interview::default())
        };
        let by_case =
            sample.units.iter().zip(told.iter().cycle()).map(|(unit, answer)| (unit.unit_id.clone(), one(answer)));
        Interviews::of(&asked, by_case.collect()).expect("its own questionnaire")
    }

    fn first_factor(sample: &Sample, answer: serde_json::Value) -> Option<f64> {
        let interviews = said(sample, &[answer]);
        RespondentOfSample::of(sample).factor(&sample.units[0], &questionnaire("n_adults"), &interviews)
    }

    fn notes(sample: &Sample, told: &[serde_json::Value]) -> Vec<Words> {
        RespondentOfSample::of(sample).notes(&questionnaire("n_adults"), &said(sample, told))
    }

    #[test]
    fn the_factor_is_the_number_of_eligible_members_that_the_interview_tells() {
        let sample = sample(str::to_owned);
        for k in [1, 4, 30] {
            assert_eq!(first_factor(&sample, json!(k)), Some(f64::from(k)));
        }
        // Never 1 in silence: these interviews are not usable, which the weights note.
        for answer in [json!(0), json!(31), json!(2.5), json!(-888), json!(null), json!("many")] {
            assert_eq!(first_factor(&sample, answer.clone()), None, "{answer}");
        }
        assert!(notes(&sample, &[json!(2)]).is_empty());
    }

    #[test]
    fn kish_weights_by_the_member_that_the_households_table_selects() {
        let sample = sample(|text| text.replace("\"roster\"", "\"kish\""));
        let respondent = RespondentOfSample::of(&sample);
        let (asked, fives) = (questionnaire("n_adults"), said(&sample, &[json!(5)]));
        let factors: Vec<f64> =
            sample.units.iter().filter_map(|unit| respondent.factor(unit, &asked, &fives)).collect();
        assert_eq!(factors.len(), sample.units.len());
        assert!(factors.iter().all(|factor| [4.0, 6.0].contains(factor)), "never 5: {factors:?}");
        // 1/π adds up to the members: 5 in the mean over the tables. 360 households, standard error 0.053.
        let mean = factors.iter().sum::<f64>() / factors.len() as f64;
        assert!((mean - 5.0).abs() < 4.5 * 0.053, "{mean}");
        assert_eq!(first_factor(&sample, json!(7)), Some(6.0));
        let half = sample.units.len() / 2;
        let notes = notes(&sample, &[json!(7), json!(6)]);
        assert!(notes.len() == 1 && notes[0].en.starts_with(&format!("{half} households")), "{notes:?}");
    }

    #[test]
    fn a_household_that_is_asked_itself_has_no_factor_and_needs_no_question() {
        let sample = sample(|text| {
            let kept = text.split("[respondent]").next().expect("the design");
            format!("{kept}[respondent]\nrule = \"household\"\n")
        });
        let respondent = RespondentOfSample::of(&sample);
        assert_eq!(first_factor(&sample, json!(null)), Some(1.0));
        let nobody = Interviews::default();
        assert_eq!(respondent.factor(&sample.units[0], &questionnaire("other"), &nobody), None, "no interview");
        assert!(respondent.check(&questionnaire("other")).is_ok());
    }

    #[test]
    fn what_is_assumed_or_cannot_be_known_is_told() {
        let without = sample(|text| text.split("[respondent]").next().expect("the design").to_owned());
        assert_eq!(first_factor(&without, json!(3)), Some(3.0), "as before there were rules");
        assert_eq!(notes(&without, &[json!(3)]).len(), 1);
        let missing = RespondentOfSample::of(&without).check(&questionnaire("other")).expect_err("it is not asked");
        assert_eq!(missing.0[0].code, "weight_eligible_not_asked");
        let birthday = sample(|text| text.replace("\"roster\"", "\"last_birthday\""));
        let notes = notes(&birthday, &[json!(3)]);
        assert!(notes.len() == 1 && notes[0].en.contains("assumed, not drawn"), "{notes:?}");
    }
}
