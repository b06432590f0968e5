//! Too fast: against the median of the same questionnaire, and against what reading aloud takes.

use super::data::{LogKind, RoundData, cell};
use super::flag::{Check, Flag, Found, Strength, Subject};
use super::rules::SpeedRules;
use super::statistics::median;

/// How long an interview took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Duration {
    pub(super) seconds: f64,
    /// Whether it is the sum of screens in the device's log, or only end minus start.
    pub(super) from_log: bool,
}

/// Duration of each interview: the sum of its screens in the log without stays longer than the gap, else end minus start.
///
/// # Formula
/// `T = Σ (end − start)` over question events of at most 10 min; without such a log `T = end − start` where that is positive.
///
/// # Source
/// ODK form audit log (`audit.csv`): elapsed time is measured by a monotonic count, so durations hold when clocks do not.
///
/// # Limits
/// End minus start holds every pause. An interview finished on paper and typed later is slow or fast for no reason of its own.
pub(super) fn durations(data: &RoundData, rules: &SpeedRules) -> Vec<Option<Duration>> {
    let gap_ms = rules.gap_minutes * 60_000.0;
    data.interviews
        .iter()
        .map(|interview| {
            let screens = interview
                .log
                .iter()
                .filter(|event| event.kind == LogKind::Question)
                .filter_map(|event| Some(event.end_ms?.saturating_sub(event.start_ms) as f64))
                .filter(|stay| (0.0..=gap_ms).contains(stay));
            let (n, total) = screens.fold((0_usize, 0.0), |(n, total), stay| (n + 1, total + stay));
            if n > 0 {
                return Some(Duration { seconds: total / 1_000.0, from_log: true });
            }
            let elapsed = interview.ended_ms?.checked_sub(interview.started_ms?)?;
            (elapsed > 0).then(|| Duration { seconds: elapsed as f64 / 1_000.0, from_log: false })
        })
        .collect()
}

/// Answers in substance, don't know and refusals: everything that took a question.
pub(super) fn n_answered(data: &RoundData, interview: usize) -> usize {
    let one = &data.interviews[interview];
    let cells = one.form.and_then(|form| data.forms.get(form)).map(|form| form.row(one.row)).unwrap_or_default();
    cells.iter().filter(|code| **code != cell::NONE).count()
}

/// Flags interviews that were too short, and those where many questions were on the screen for a moment.
pub(super) fn check(data: &RoundData, rules: &SpeedRules, durations: &[Option<Duration>]) -> Found {
    let mut found = Found::default();
    let mut n_timed = 0;
    for form in 0..data.forms.len() {
        for from_log in [true, false] {
            let timed: Vec<(usize, f64)> = data
                .interviews
                .iter()
                .enumerate()
                .filter(|(_, one)| one.is_complete && one.form == Some(form))
                .filter_map(|(at, _)| {
                    durations[at].filter(|time| time.from_log == from_log).map(|time| (at, time.seconds))
                })
                .collect();
            n_timed += timed.len();
            let usual = (timed.len() >= rules.interviews_min)
                .then(|| median(timed.iter().map(|(_, seconds)| *seconds)))
                .flatten();
            for (at, seconds) in timed {
                found.flags.extend(too_fast(seconds, usual, n_answered(data, at), rules).map(|(strength, limit)| {
                    let (minutes, bound) = (seconds / 60.0, limit / 60.0);
                    Flag::on(
                        Check::TooFast,
                        strength,
                        Subject::Interview(at),
                        problem::Words::new(
                            format!("{} phút; ngưỡng {} phút", comma(minutes), comma(bound)),
                            format!("{minutes:.1} min; limit {bound:.1} min"),
                        ),
                    )
                    .measured(minutes, bound)
                }));
            }
        }
    }
    if n_timed == 0 {
        found.not_done(
            Check::TooFast,
            "không phiếu hoàn thành nào có thời lượng",
            "no complete interview has a duration",
        );
    }
    hasty(data, rules, &mut found);
    found
}

/// Strength and the limit that was passed, in seconds.
fn too_fast(seconds: f64, usual: Option<f64>, n_answers: usize, rules: &SpeedRules) -> Option<(Strength, f64)> {
    let floor = rules.seconds_per_answer * n_answers as f64;
    if seconds < floor {
        return Some((Strength::Strong, floor));
    }
    let limit = rules.share_of_median * usual?;
    (seconds < limit).then_some((Strength::Review, limit))
}

fn hasty(data: &RoundData, rules: &SpeedRules, found: &mut Found) {
    let mut any = false;
    for (at, interview) in data.interviews.iter().enumerate() {
        let stays: Vec<i64> = interview
            .log
            .iter()
            .filter(|event| event.kind == LogKind::Question)
            .filter_map(|event| Some(event.end_ms?.saturating_sub(event.start_ms)))
            .filter(|stay| *stay >= 0)
            .collect();
        any |= !stays.is_empty();
        if stays.len() < rules.interviews_min {
            continue;
        }
        let n_hasty = stays.iter().filter(|stay| (**stay as f64) < rules.question_seconds_min * 1_000.0).count();
        let share = n_hasty as f64 / stays.len() as f64;
        if share > rules.hasty_share_max {
            let words = problem::Words::new(
                format!(
                    "{n_hasty} trong {} màn hình chỉ hiện dưới {} giây",
                    stays.len(),
                    comma(rules.question_seconds_min)
                ),
                format!(
                    "{n_hasty} of {} screens were shown for less than {} s",
                    stays.len(),
                    rules.question_seconds_min
                ),
            );
            found.flags.push(
                Flag::on(Check::HastyQuestions, Strength::Strong, Subject::Interview(at), words)
                    .measured(share, rules.hasty_share_max),
            );
        }
    }
    if !any {
        found.not_done(Check::HastyQuestions, "không có nhật ký màn hình", "there are no logs of screens");
    }
}

/// One decimal with a comma.
pub(super) fn comma(value: f64) -> String {
    format!("{value:.1}").replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::super::data::{Form, Interview, Item, LogEvent};
    use super::*;
    use crate::quality::Rules;

    fn rules() -> SpeedRules {
        Rules::defaults().expect("defaults").speed
    }

    fn timed(minutes: &[i64]) -> RoundData {
        let interviews = minutes.iter().map(|minutes| Interview {
            form: Some(0),
            is_complete: true,
            started_ms: Some(0),
            ended_ms: Some(minutes * 60_000),
            ..Interview::default()
        });
        RoundData { interviews: interviews.collect(), forms: vec![Form::default()], ..RoundData::default() }
    }

    fn flagged(data: &RoundData) -> Vec<(usize, Strength)> {
        let found = check(data, &rules(), &durations(data, &rules()));
        found
            .flags
            .iter()
            .map(|flag| match flag.subject {
                Subject::Interview(at) => (at, flag.strength),
                Subject::Enumerator(_) => panic!("an interview"),
            })
            .collect()
    }

    #[test]
    fn half_the_median_is_the_limit() {
        // Median 40: below 20 is told, 20 itself is not.
        let data = timed(&[40, 40, 40, 40, 40, 40, 40, 40, 20, 19, 90]);
        assert_eq!(flagged(&data), [(9, Strength::Review)]);
        assert_eq!(flagged(&timed(&[40, 40, 1])), [], "three interviews have no median");
    }

    #[test]
    fn the_floor_holds_even_if_everybody_rushes() {
        let mut data = timed(&[3; 12]);
        data.forms[0].items = (0..100).map(|n| Item { name: format!("q{n}"), ..Item::default() }).collect();
        data.forms[0].cells = vec![cell::FIRST; 1_200];
        for (row, interview) in data.interviews.iter_mut().enumerate() {
            interview.row = row;
        }
        assert_eq!(flagged(&data).len(), 12, "100 answers in 3 minutes");
        data.forms[0].cells = vec![cell::NONE; 1_200];
        assert!(flagged(&data).is_empty(), "no answers need no time");
    }

    #[test]
    fn screens_count_without_pauses() {
        let screen = |start_ms, end_ms| LogEvent { kind: LogKind::Question, start_ms, end_ms };
        let mut data = timed(&[60]);
        // 30 s, a pause of 20 min, 10 min exactly, a screen that never ended, and a clock that ran backwards.
        data.interviews[0].log = vec![
            screen(0, Some(30_000)),
            screen(30_000, Some(1_230_000)),
            screen(0, Some(600_000)),
            screen(5, None),
            screen(9_000, Some(1_000)),
        ];
        let time = durations(&data, &rules())[0].expect("a duration");
        assert_eq!((time.seconds, time.from_log), (630.0, true));
    }

    #[test]
    fn an_end_before_the_start_is_no_duration() {
        assert_eq!(durations(&timed(&[-5, 0]), &rules()), [None, None]);
        let found = check(&timed(&[-5]), &rules(), &[None]);
        assert!(found.not_done.iter().any(|one| one.check == Check::TooFast));
    }

    #[test]
    fn questions_that_flash_by_are_told() {
        let mut data = timed(&[40, 40]);
        let flash =
            |n: i64, ms: i64| LogEvent { kind: LogKind::Question, start_ms: n * 1_000, end_ms: Some(n * 1_000 + ms) };
        data.interviews[0].log = (0..20).map(|n| flash(n, if n < 11 { 400 } else { 5_000 })).collect();
        data.interviews[1].log = (0..20).map(|n| flash(n, if n < 10 { 400 } else { 5_000 })).collect();
        let found = check(&data, &rules(), &durations(&data, &rules()));
        let hasty: Vec<_> = found.flags.iter().filter(|flag| flag.check == Check::HastyQuestions).collect();
        assert_eq!(hasty.len(), 1, "half of them is not more than half");
        assert_eq!(hasty[0].subject, Subject::Interview(0));
    }
}
