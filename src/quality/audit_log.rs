//! What is odd in a device's log and clock.

use problem::Words;

use super::data::{Interview, LogEvent, LogKind, RoundData};
use super::flag::{Check, Flag, Found, Strength, Subject};
use super::rules::Rules;
use super::speed::comma;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Logs are written in milliseconds and events may share one; steps back beyond this are a moved clock.
const STEP_BACK_MS: i64 = 1_000;

/// Flags edits after the end, long pauses, interviews at night and clocks that are wrong or were moved.
///
/// # Formula
/// Edit after the end: a change logged after `finish`. Pause: two successive events, or one stay, further apart than 60 min. Night:
/// start (server's time as far as the offset is known, in the field's zone) from 22 h to 5 h. Clock: |offset| > 10 min; a start later than the
/// server's receipt by more than that; an event that begins more than 1 s before the one before it.
///
/// # Source
/// ODK form audit log; getodk/docs#649 (only the start uses the device's clock), getodk/getodk#983.
///
/// # Limits
/// Order between interviews is the server's sequence: a device that is late is not odd. Without a measured offset a clock that is
/// slow cannot be told from an interview that waited.
pub(super) fn check(data: &RoundData, rules: &Rules) -> Found {
    let mut found = Found::default();
    for (at, interview) in data.interviews.iter().enumerate() {
        let tell = |check, strength, vi: String, en: String| {
            Flag::on(check, strength, Subject::Interview(at), Words::new(vi, en))
        };
        let n_edits = edits_after_end(&interview.log);
        if n_edits > 0 {
            found.flags.push(
                tell(
                    Check::EditAfterEnd,
                    Strength::Review,
                    format!("{n_edits} lần sửa sau khi đã kết thúc"),
                    format!("{n_edits} changes after the end"),
                )
                .measured(n_edits as f64, 0.0),
            );
        }
        let pause = longest_pause_ms(&interview.log) as f64 / MINUTE_MS as f64;
        if pause > rules.speed.pause_minutes {
            found.flags.push(
                tell(
                    Check::LongPause,
                    Strength::Review,
                    format!("ngừng {} phút giữa chừng", comma(pause)),
                    format!("a pause of {pause:.0} min"),
                )
                .measured(pause, rules.speed.pause_minutes),
            );
        }
        if let Some(hour) = local_hour(interview, rules)
            && is_night(hour, rules)
        {
            found.flags.push(
                tell(
                    Check::AtNight,
                    Strength::Review,
                    format!("bắt đầu lúc {hour} giờ"),
                    format!("started in the hour from {hour}:00"),
                )
                .measured(f64::from(hour), f64::from(rules.clock.night_from_hour)),
            );
        }
        if let Some((minutes, vi, en)) = clock_fault(interview, rules) {
            let flag = tell(Check::ClockJump, Strength::Review, vi, en);
            found.flags.push(flag.measured(minutes, rules.clock.wrong_by_minutes));
        }
    }
    if data.interviews.iter().all(|one| one.log.is_empty()) {
        for check in [Check::EditAfterEnd, Check::LongPause] {
            found.not_done(check, "không phiếu nào có nhật ký máy", "no interview has a device log");
        }
    }
    if data.interviews.iter().all(|one| one.started_ms.is_none()) {
        found.not_done(Check::AtNight, "không phiếu nào có giờ bắt đầu", "no interview has a start");
    }
    if data.interviews.iter().all(|one| one.clock_offset_ms.is_none()) {
        found.note(
            "Không phiếu nào đo lệch giờ giữa máy và máy chủ: giờ là giờ của máy.",
            "No interview measured how far the device's clock is off: times are those of the devices.",
        );
    }
    found
}

fn edits_after_end(log: &[LogEvent]) -> usize {
    let end = log.iter().position(|event| event.kind == LogKind::Finish).unwrap_or(log.len());
    log[end..].iter().filter(|event| event.kind == LogKind::Change).count()
}

fn longest_pause_ms(log: &[LogEvent]) -> i64 {
    let between =
        log.windows(2).map(|pair| pair[1].start_ms.saturating_sub(pair[0].end_ms.unwrap_or(pair[0].start_ms)));
    let stays = log.iter().filter_map(|event| Some(event.end_ms?.saturating_sub(event.start_ms)));
    between.chain(stays).max().unwrap_or(0)
}

fn local_hour(interview: &Interview, rules: &Rules) -> Option<u32> {
    let local = interview.start()?.saturating_add(rules.clock.utc_offset_minutes * MINUTE_MS);
    u32::try_from(local.rem_euclid(DAY_MS) / (60 * MINUTE_MS)).ok()
}

/// From one hour to the other, over midnight or not.
fn is_night(hour: u32, rules: &Rules) -> bool {
    let (from, to) = (rules.clock.night_from_hour, rules.clock.night_to_hour);
    if from <= to { (from..to).contains(&hour) } else { hour >= from || hour < to }
}

/// Minutes and words of what is wrong with the clock, the worst first.
fn clock_fault(interview: &Interview, rules: &Rules) -> Option<(f64, String, String)> {
    let minutes = |ms: i64| ms as f64 / MINUTE_MS as f64;
    let allowed = rules.clock.wrong_by_minutes;
    let back = interview
        .log
        .windows(2)
        .map(|pair| pair[0].start_ms.saturating_sub(pair[1].start_ms))
        .chain(interview.log.iter().filter_map(|event| Some(event.start_ms.saturating_sub(event.end_ms?))))
        .max()
        .unwrap_or(0);
    if back > STEP_BACK_MS {
        let by = minutes(back);
        return Some((
            by,
            format!("đồng hồ lùi {} phút khi đang phỏng vấn", comma(by)),
            format!("the clock went back {by:.1} min during the interview"),
        ));
    }
    if let Some(offset) = interview.clock_offset_ms
        && minutes(offset).abs() > allowed
    {
        let by = minutes(offset);
        return Some((
            by,
            format!("đồng hồ máy lệch {} phút", comma(by)),
            format!("the device's clock is off by {by:.1} min"),
        ));
    }
    let ahead = minutes(interview.start()?.saturating_sub(interview.received_ms));
    (ahead > allowed).then(|| {
        (
            ahead,
            format!("giờ bắt đầu sau giờ máy chủ nhận {} phút", comma(ahead)),
            format!("it starts {ahead:.1} min after the server received it"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: LogKind, start_ms: i64) -> LogEvent {
        LogEvent { kind, start_ms, end_ms: None }
    }

    fn told(interview: Interview) -> Vec<Check> {
        let data = RoundData { interviews: vec![interview], ..RoundData::default() };
        check(&data, &Rules::defaults().expect("defaults")).flags.iter().map(|flag| flag.check).collect()
    }

    /// 2024-10-01 in Vietnam, at this hour and minute.
    fn local(hour: i64, minute: i64) -> i64 {
        1_727_715_600_000 + (hour * 60 + minute) * MINUTE_MS
    }

    fn usual() -> Interview {
        Interview { started_ms: Some(local(9, 0)), received_ms: local(18, 0), ..Interview::default() }
    }

    #[test]
    fn a_usual_interview_is_not_told() {
        let log = vec![
            event(LogKind::Question, 0),
            event(LogKind::Change, 5),
            event(LogKind::Question, 3_600_000),
            event(LogKind::Finish, 3_600_001),
        ];
        assert_eq!(told(Interview { log, clock_offset_ms: Some(-600_000), ..usual() }), []);
    }

    #[test]
    fn edits_and_pauses_are_counted_from_the_log() {
        let log = vec![event(LogKind::Question, 0), event(LogKind::Finish, 10), event(LogKind::Change, 20)];
        assert_eq!(told(Interview { log, ..usual() }), [Check::EditAfterEnd]);
        let log = vec![event(LogKind::Question, 0), event(LogKind::Question, 3_600_001)];
        assert_eq!(told(Interview { log, ..usual() }), [Check::LongPause]);
        let stay = LogEvent { end_ms: Some(4_000_000), ..event(LogKind::Question, 0) };
        assert_eq!(told(Interview { log: vec![stay], ..usual() }), [Check::LongPause]);
    }

    #[test]
    fn night_is_from_22_to_5_in_the_field() {
        let at =
            |hour, minute| Interview { started_ms: Some(local(hour, minute)), received_ms: local(30, 0), ..usual() };
        for (hour, minute, night) in [(21, 59, false), (22, 0, true), (4, 59, true), (5, 0, false), (12, 0, false)] {
            assert_eq!(told(at(hour, minute)).contains(&Check::AtNight), night, "{hour}:{minute}");
        }
        // The clock of the device is 3 h slow: 20 h on it is 23 h.
        let slow = Interview { clock_offset_ms: Some(3 * 60 * MINUTE_MS), ..at(20, 0) };
        assert_eq!(told(slow), [Check::AtNight, Check::ClockJump]);
    }

    #[test]
    fn clocks_are_told_when_wrong_moved_or_ahead() {
        assert_eq!(told(Interview { clock_offset_ms: Some(-601_000), ..usual() }), [Check::ClockJump]);
        let ahead = Interview { received_ms: local(8, 49), ..usual() };
        assert_eq!(told(ahead), [Check::ClockJump]);
        assert_eq!(told(Interview { received_ms: local(8, 51), ..usual() }), []);
        let log = vec![event(LogKind::Question, 9_000), event(LogKind::Question, 7_500)];
        assert_eq!(told(Interview { log, ..usual() }), [Check::ClockJump]);
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        let wild = Interview {
            started_ms: Some(i64::MAX),
            ended_ms: Some(i64::MIN),
            received_ms: i64::MIN,
            clock_offset_ms: Some(i64::MAX),
            log: vec![event(LogKind::Question, i64::MIN), event(LogKind::Question, i64::MAX)],
            ..Interview::default()
        };
        assert!(told(wild).contains(&Check::ClockJump));
    }
}
