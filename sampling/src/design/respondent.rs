//! Who in a unit of the last stage is asked.

use problem::{Problems, Words};

use super::Level;
use super::check::design_problem;
use super::raw::RawRespondent;
use crate::hash::nfc;
use crate::respondent::RespondentRule;

/// The part of a design that says who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RespondentDesign {
    /// How the respondent is found.
    pub rule: RespondentRule,
    /// Who is eligible, in words for the interviewer; with rules that choose a person.
    pub eligible: Option<Words>,
    /// The question whose answer is the number of eligible members, such as `n_adults`; with rules that choose a person.
    pub counted_by: Option<String>,
}

/// Reads the table `[respondent]`.
pub(super) fn check_respondent(raw: &RawRespondent, levels: &[Level], problems: &mut Problems) -> RespondentDesign {
    let rule = RespondentRule::of_name(&raw.rule).unwrap_or_else(|| {
        let known = RespondentRule::ALL.map(RespondentRule::name).join(", ");
        let (vi, en) = ("không có cách chọn người trả lời này", "there is no such rule for the respondent");
        problems.push(
            design_problem("design_unknown_respondent_rule", "respondent.rule", vi, en)
                .expected(known)
                .got(raw.rule.clone()),
        );
        RespondentRule::Roster
    });
    let eligible = raw.eligible.as_ref().map(|words| Words::new(nfc(&words.vi), nfc(&words.en)));
    let counted_by = raw.counted_by.as_deref().map(nfc);
    let words_are_there = eligible.as_ref().is_some_and(|words| !words.vi.is_empty() && !words.en.is_empty());
    let name_is_right = counted_by.as_deref().is_some_and(is_question_name);
    for (key, is_right, is_there, expected) in [
        ("eligible", words_are_there, eligible.is_some(), "{ vi = \"…\", en = \"…\" }"),
        ("counted_by", name_is_right, counted_by.is_some(), "the name of a question, such as n_adults"),
    ] {
        let place = format!("respondent.{key}");
        if rule.chooses_a_person() && !is_right {
            let (vi, en) = (
                "chọn người trả lời thì phải nêu ai thuộc đối tượng (eligible) và câu hỏi đếm họ (counted_by)",
                "a rule that chooses a person needs who is eligible (eligible) and the question that counts them (counted_by)",
            );
            problems.push(design_problem("design_respondent", &place, vi, en).expected(expected));
        }
        if !rule.chooses_a_person() && is_there {
            let (vi, en) = (
                "hỏi cả hộ thì không có ai để chọn: bỏ khóa này",
                "where the household is asked nobody is chosen: leave this key out",
            );
            problems.push(design_problem("design_respondent", &place, vi, en).got(rule.name()));
        }
    }
    if levels.iter().any(|level| level.name == "respondent" || level.name == "kish_table") {
        let (vi, en) = ("tên cấp trùng với cột của người trả lời", "a level has the name of the respondent's columns");
        problems.push(design_problem("design_bad_name", "respondent", vi, en).got("respondent"));
    }
    RespondentDesign { rule, eligible, counted_by }
}

/// A name as the columns of a questionnaire's data have it.
fn is_question_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-' || c == '.')
}
