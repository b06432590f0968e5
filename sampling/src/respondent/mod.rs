//! Who in a household is asked: rules that leave nobody in the field a choice.
//!
//! Each household gets its own [`RespondentNumber`] when the sample is drawn. It stands in the sample list, so that the
//! person is fixed before anybody knocks, and an auditor finds the same number again. With the number and the roster of
//! the household every client computes the same person in whole numbers.

mod birthday;
mod kish;
mod number;
mod roster;

use problem::{Place, Problem, Problems};
use serde::{Deserialize, Serialize};

pub use birthday::DayOfYear;
pub use kish::KishTable;
pub use number::{ELIGIBLE_MAX, RESPONDENT_RANGE, RespondentNumber};
pub use roster::{Member, Sex};

use crate::sample::InclusionProbability;

/// How the respondent of a household is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RespondentRule {
    /// One of the eligible members at random, each equally likely: [`RespondentNumber::member`].
    Roster,
    /// The grid of Kish (1949): [`KishTable`].
    Kish,
    /// The member who has the next birthday: quasi-random.
    NextBirthday,
    /// The member who had the last birthday: quasi-random.
    LastBirthday,
    /// Whoever is at home speaks for the household: answers are the household's, nobody is drawn.
    Household,
}

impl RespondentRule {
    /// All rules.
    pub const ALL: [Self; 5] = [Self::Roster, Self::Kish, Self::NextBirthday, Self::LastBirthday, Self::Household];

    /// The name in designs and lists.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::Kish => "kish",
            Self::NextBirthday => "next_birthday",
            Self::LastBirthday => "last_birthday",
            Self::Household => "household",
        }
    }

    /// The name with its version, as written into samples: a changed rule is a new version.
    #[must_use]
    pub fn versioned_name(self) -> &'static str {
        match self {
            Self::Roster => "respondent_roster_v1",
            Self::Kish => "respondent_kish_v1",
            Self::NextBirthday => "respondent_next_birthday_v1",
            Self::LastBirthday => "respondent_last_birthday_v1",
            Self::Household => "respondent_household_v1",
        }
    }

    /// The rule of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// Whether a person is chosen, so that the number of eligible members enters the weight.
    #[must_use]
    pub fn chooses_a_person(self) -> bool {
        self != Self::Household
    }

    /// Whether chance chooses. A birthday is not drawn: its probability 1/k is an assumption.
    #[must_use]
    pub fn is_random(self) -> bool {
        matches!(self, Self::Roster | Self::Kish)
    }
}

/// The chosen person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Position in the roster as it was given, from 0.
    pub position: usize,
    /// Number in the order of the roster ([`Member`]), from 1.
    pub number: u32,
    /// How many members are eligible.
    pub n_eligible: u32,
    /// The probability that this person is chosen, given the household.
    pub probability: InclusionProbability,
}

/// Chooses the respondent among the eligible members of a household.
///
/// # Formula
/// Members are put in the order of [`Member`] and numbered from 1 to k; the order in which they were written down has no part
/// in it. `roster`: number 1 + (u mod k) with the household's number u. `kish`: the number that its table gives for k.
/// Birthdays: see [`DayOfYear`]; members with the same birthday are numbered among themselves, and u decides.
///
/// # Source
/// Kish (1949), *JASA* 44, 380–387; Salmon and Nichols (1983), *Public Opinion Quarterly* 47, 270–276 (next birthday);
/// Gaziano (2005), *Public Opinion Quarterly* 69, 124–157 (comparison).
///
/// # Limits
/// At most [`ELIGIBLE_MAX`] eligible members. With birthdays nobody is drawn and 1/k is assumed: season and the day of the
/// visit have a part in it, and the interviewer can ask for the birthday that suits. Prefer `roster`.
///
/// # Errors
/// All of: nobody eligible or too many; a rule without a person to choose; for birthdays, members whose birthday is not
/// known and no day of the visit.
///
/// Checked: `respondent::proofs`.
pub fn choose_respondent(
    rule: RespondentRule,
    household: RespondentNumber,
    members: &[Member],
    visited_on: Option<DayOfYear>,
) -> Result<Choice, Problems> {
    let n_eligible = u32::try_from(members.len()).unwrap_or(u32::MAX);
    if let Some(problem) = eligible_problem(n_eligible) {
        return Err(problem.into());
    }
    let order = roster::order(members);
    let among = |candidates: &[usize]| {
        let k = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
        candidates[household.member_below(k) as usize]
    };
    let place = match rule {
        RespondentRule::Roster => household.member_below(n_eligible) as usize,
        RespondentRule::Kish => household.kish_table().selects(n_eligible) as usize - 1,
        RespondentRule::NextBirthday | RespondentRule::LastBirthday => {
            let last = rule == RespondentRule::LastBirthday;
            among(&birthday::nearest(members, &order, visited_on, last)?)
        }
        RespondentRule::Household => {
            return Err(Problem::new(
                "respondent_no_rule",
                "thiết kế hỏi cả hộ, không chọn người trả lời",
                "the design asks the household and chooses no person",
            )
            .at(Place::column("rule"))
            .got(rule.name())
            .into());
        }
    };
    let number = u32::try_from(place + 1).unwrap_or(u32::MAX);
    Ok(Choice { position: order[place], number, n_eligible, probability: probability(rule, n_eligible, number) })
}

/// The probability of the member of a number among k, given the household.
fn probability(rule: RespondentRule, n_eligible: u32, number: u32) -> InclusionProbability {
    match rule {
        RespondentRule::Kish => KishTable::probability(n_eligible, number),
        RespondentRule::Household => InclusionProbability::CERTAIN,
        _ => InclusionProbability::ratio(1, u64::from(n_eligible)),
    }
}

/// What the interview of the chosen person is multiplied by so that it stands for the household's members: 1/π.
///
/// # Formula
/// k for `roster` and, by assumption, for birthdays; 1/π of the member that the household's table selects for `kish`
/// (4 or 6 of five members, never 5); 1 where the household itself is asked.
///
/// # Limits
/// Kish's tables never select a seventh or later member: of larger households the six first are represented, and no more.
///
/// # Errors
/// Nobody eligible, or more than [`ELIGIBLE_MAX`].
///
/// Checked: `the_factor_is_one_over_the_probability_of_the_chosen_member`.
pub fn respondent_factor(rule: RespondentRule, household: RespondentNumber, n_eligible: u32) -> Result<f64, Problems> {
    if rule == RespondentRule::Household {
        return Ok(1.0);
    }
    if let Some(problem) = eligible_problem(n_eligible) {
        return Err(problem.into());
    }
    Ok(match rule {
        RespondentRule::Kish => KishTable::factor(n_eligible, household.kish_table().selects(n_eligible)),
        _ => f64::from(n_eligible),
    })
}

fn eligible_problem(n_eligible: u32) -> Option<Problem> {
    let problem = match n_eligible {
        0 => Problem::new(
            "respondent_nobody_eligible",
            "hộ không có ai thuộc đối tượng hỏi",
            "nobody in the household is eligible",
        )
        .hint("ghi kết quả tiếp cận 4.70", "the disposition of the case is 4.70"),
        1..=ELIGIBLE_MAX => return None,
        _ => Problem::new(
            "respondent_too_many_eligible",
            "hộ có quá nhiều người thuộc đối tượng hỏi",
            "too many members of the household are eligible",
        )
        .hint(
            "xem lại đây là một hộ hay một cơ sở tập thể; tách thành các hộ rồi lập lại bảng kê",
            "see whether this is one household or an institution; list its households apart",
        ),
    };
    Some(problem.at(Place::column("n_eligible")).expected(format!("1–{ELIGIBLE_MAX}")).got(n_eligible.to_string()))
}

#[cfg(test)]
mod proofs;
