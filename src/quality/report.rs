//! All checks of a round together.

use super::data::RoundData;
use super::flag::{Check, Flag, Found, NotDone, Strength, Subject};
use super::interviewer_effect::{self, ItemEffect};
use super::non_answer::{self, Compared};
use super::rules::Rules;
use super::{
    audit_log, exact_duplicate, filter_question, heaping, near_duplicate, outlier, overlap, position, speed,
    straight_line, travel,
};
use problem::Words;

/// What the checks say of a round.
#[derive(Clone, Debug, Default)]
pub struct QualityReport {
    /// Name and fingerprint of the rules it was made by.
    pub rules: String,
    /// All flags: strong ones first, then by check and subject.
    pub flags: Vec<Flag>,
    /// Checks that could not be made: no flag of them means nothing.
    pub not_done: Vec<NotDone>,
    /// What must be known to read the flags.
    pub notes: Vec<Words>,
    /// How much of each item's variance lies between interviewers, the largest first.
    pub effects: Vec<ItemEffect>,
    /// Of each interview: minutes it took, where that is known.
    pub minutes: Vec<Option<f64>>,
    /// Of each interview: questions without an answer, out of those asked.
    pub non_answers: Vec<(usize, usize)>,
    /// Of each enumerator: questions without an answer against peers.
    pub non_answer_compared: Vec<Option<Compared>>,
    /// Of each enumerator: skipping answers to filter questions against peers.
    pub filter_compared: Vec<Option<Compared>>,
    /// Of each interview: positions of its flags in `flags`.
    pub of_interview: Vec<Vec<usize>>,
}

impl QualityReport {
    /// The flags of an interview.
    pub fn flags_of(&self, interview: usize) -> impl Iterator<Item = &Flag> {
        self.of_interview.get(interview).into_iter().flatten().filter_map(|at| self.flags.get(*at))
    }

    /// The flags of an enumerator as a person.
    pub fn flags_of_enumerator(&self, enumerator: usize) -> impl Iterator<Item = &Flag> {
        self.flags.iter().filter(move |flag| flag.subject == Subject::Enumerator(enumerator))
    }

    /// Whether an interview is one to look at: it has a strong flag, or several others.
    #[must_use]
    pub fn is_to_look_at(&self, interview: usize, rules: &Rules) -> bool {
        let n_review = self.flags_of(interview).filter(|flag| flag.strength == Strength::Review).count();
        n_review >= rules.page.review_flags_min
            || self.flags_of(interview).any(|flag| flag.strength == Strength::Strong)
    }
}

/// Makes all checks. Same data and rules, same report.
#[must_use]
pub fn inspect(data: &RoundData, rules: &Rules) -> QualityReport {
    let durations = speed::durations(data, &rules.speed);
    let shares = non_answer::shares(data);
    let (filter, filter_compared) = filter_question::check(data, &rules.answers);
    let (effects, effect_notes) = interviewer_effect::effects(data, &rules.answers);
    let found = [
        speed::check(data, &rules.speed, &durations),
        overlap::check(data, &rules.place),
        travel::check(data, &rules.place),
        position::check(data, rules),
        straight_line::check(data, &rules.answers),
        non_answer::check(data, &rules.answers, &shares),
        filter,
        near_duplicate::check(data, &rules.answers),
        exact_duplicate::check(data, rules),
        heaping::check(data, &rules.answers),
        outlier::check(data, &rules.answers),
        audit_log::check(data, rules),
        effect_notes,
    ];
    let mut all = Found::default();
    for one in found {
        all.flags.extend(one.flags);
        all.not_done.extend(one.not_done);
        all.notes.extend(one.notes);
    }
    all.flags.sort_by(|a, b| {
        let key = |flag: &Flag| (flag.strength, place(flag.check), flag.subject);
        key(a).cmp(&key(b)).then_with(|| a.question.cmp(&b.question))
    });
    let mut of_interview = vec![Vec::new(); data.interviews.len()];
    for (at, flag) in all.flags.iter().enumerate() {
        if let Subject::Interview(interview) = flag.subject
            && let Some(of) = of_interview.get_mut(interview)
        {
            of.push(at);
        }
    }
    QualityReport {
        rules: rules.version(),
        flags: all.flags,
        not_done: all.not_done,
        notes: all.notes,
        effects,
        minutes: durations.iter().map(|one| one.map(|time| time.seconds / 60.0)).collect(),
        non_answers: shares.iter().map(|share| (share.x, share.n)).collect(),
        non_answer_compared: non_answer::compare_enumerators(&shares, data.enumerators.len()),
        filter_compared,
        of_interview,
    }
}

fn place(check: Check) -> usize {
    Check::ALL.iter().position(|one| *one == check).unwrap_or(Check::ALL.len())
}

#[cfg(test)]
mod tests {
    use super::super::data::{Enumerator, Interview};
    use super::*;

    #[test]
    fn a_round_without_interviews_says_what_it_did_not_check() {
        let rules = Rules::defaults().expect("defaults");
        let report = inspect(&RoundData::default(), &rules);
        assert!(report.flags.is_empty() && report.effects.is_empty());
        let not_done: Vec<Check> = report.not_done.iter().map(|one| one.check).collect();
        for check in
            [Check::TooFast, Check::Overlap, Check::Travel, Check::StraightLine, Check::NearDuplicate, Check::Heaping]
        {
            assert!(not_done.contains(&check), "{check:?}");
        }
        assert!(report.notes.iter().any(|note| note.en.contains("not enough data")));
    }

    #[test]
    fn strong_flags_come_first_and_interviews_know_theirs() {
        let held = |case: &str, from: i64, to: i64| Interview {
            case_id: case.to_owned(),
            is_complete: true,
            started_ms: Some(from * 60_000),
            ended_ms: Some(to * 60_000),
            received_ms: 90_000_000,
            ..Interview::default()
        };
        let data = RoundData {
            // 1 and 2 overlap; all are at night by the field's clock (1970-01-01, 7 h is day): 20 h UTC is 3 h.
            interviews: vec![held("a", 1_200, 1_240), held("b", 60, 100), held("c", 90, 130)],
            enumerators: vec![Enumerator::default()],
            ..RoundData::default()
        };
        let rules = Rules::defaults().expect("defaults");
        let report = inspect(&data, &rules);
        let told: Vec<(Check, Subject)> = report.flags.iter().map(|flag| (flag.check, flag.subject)).collect();
        assert_eq!(
            told,
            [
                (Check::Overlap, Subject::Interview(1)),
                (Check::Overlap, Subject::Interview(2)),
                (Check::AtNight, Subject::Interview(0))
            ]
        );
        assert_eq!(report.flags_of(0).count(), 1);
        assert_eq!([0, 1, 2].map(|at| report.is_to_look_at(at, &rules)), [false, true, true]);
        assert_eq!(report.minutes, [Some(40.0); 3]);
    }
}
