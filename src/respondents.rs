//! What respondents asked for, and by when: the rule of `fieldwork::deadline` on what the store knows.

use chrono::NaiveDate;

use crate::fieldwork::deadline::{Asked, Deadlines, Holidays, deadlines};
use crate::store::{RequestKind, RespondentRequest, Timestamp};

/// What the rule of the days calls a kind of request.
#[must_use]
pub fn asked(kind: RequestKind) -> Asked {
    match kind {
        RequestKind::Access => Asked::Access,
        RequestKind::Correct => Asked::Correct,
        RequestKind::Withdraw => Asked::Withdraw,
        RequestKind::Erase => Asked::Erase,
    }
}

/// When a request is due; `None` when the stored day is none.
#[must_use]
pub fn due(request: &RespondentRequest, holidays: &Holidays) -> Option<Deadlines> {
    deadlines(asked(request.kind), request.requested_on.parse().ok()?, holidays)
}

/// The day in Vietnam at an instant: the law counts there.
#[must_use]
pub fn day_in_vietnam(now: Timestamp) -> NaiveDate {
    let there = now.plus_seconds(7 * 3600).unwrap_or(now).to_string();
    there.get(..10).and_then(|day| day.parse().ok()).unwrap_or_default()
}

/// Whether something of a request is late.
#[must_use]
pub fn is_late(request: &RespondentRequest, due: &Deadlines, today: NaiveDate) -> bool {
    request.done_at.is_none() && (today > due.done_by || request.answered_at.is_none() && today > due.answer_by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_in_vietnam_seven_hours_earlier() {
        let at = |text: &str| day_in_vietnam(Timestamp::parse(text).expect("an instant")).to_string();
        assert_eq!(at("2026-11-26T16:59:59Z"), "2026-11-26");
        assert_eq!(at("2026-11-26T17:00:00Z"), "2026-11-27");
    }

    #[test]
    fn a_request_is_late_the_day_after_it_was_due() {
        let mut one = RespondentRequest {
            round_code: "r".to_owned(),
            case_id: "c".to_owned(),
            request_no: 1,
            kind: RequestKind::Withdraw,
            requested_on: "2026-03-02".to_owned(),
            note: String::new(),
            recorded_by: "x".to_owned(),
            answered_at: None,
            done_at: None,
        };
        let due = due(&one, &Holidays::built_in()).expect("days");
        let late = |one: &RespondentRequest, day: &str| is_late(one, &due, day.parse().expect("a day"));
        assert!(!late(&one, "2026-03-04") && late(&one, "2026-03-05"));
        one.answered_at = Some("2026-03-04T00:00:00.000000Z".to_owned());
        assert!(!late(&one, "2026-03-17") && late(&one, "2026-03-18"));
        one.done_at = one.answered_at.clone();
        assert!(!late(&one, "2027-01-01"));
    }
}
