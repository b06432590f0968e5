//! What is odd about a response at the moment it arrives, before its answers are looked at.
//!
//! Nothing here refuses anything. An enumerator may be right where the office is wrong: a case that is not in the sample,
//! a round that was closed too early, an old questionnaire are all kept, and people decide.

use problem::Words;

use super::disposition::outcome;

/// How the questionnaire that the sender names fits the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionnaireFit {
    /// It is one the round asks, in the version the sender names.
    Asked,
    /// The sender names no version and the round asks several; the latest was taken.
    VersionAssumed,
    /// The round asks this form, but not in the version the sender names.
    VersionUnknown,
    /// The round does not ask this form.
    FormUnknown,
}

/// Whether a response corrects another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// It says nothing of another one.
    No,
    /// It corrects one that was returned.
    Asked,
    /// It corrects one that was not returned.
    NotAsked,
    /// The case has no such interview.
    OfUnknown,
}

/// What is known when a response arrives.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Whether the round takes responses.
    pub round_is_open: bool,
    /// Whether the case is in the sample.
    pub case_is_known: bool,
    /// Whether the case is a reserve that nobody has released.
    pub is_unreleased_reserve: bool,
    /// The person the case is assigned to.
    pub assignee: Option<&'a str>,
    /// The person whose token sent it, if the token has one.
    pub sender: Option<&'a str>,
    /// What the sender says of an earlier interview that this one corrects.
    pub correction: Correction,
    /// How the questionnaire fits.
    pub questionnaire: QuestionnaireFit,
    /// Outcome code, as sent.
    pub disposition: &'a str,
    /// Keys that stand twice in one object of the message, as far as they are named.
    pub repeated_keys: &'a [String],
    /// Start and end by the device's clock, in microseconds since 1970; `None` where missing or unreadable.
    pub device_started_us: Option<i64>,
    /// End of the interview, likewise.
    pub device_ended_us: Option<i64>,
}

/// One oddity: its code and what was seen.
pub type Oddity = (&'static str, Words);

/// All that is odd, in a fixed order.
#[must_use]
pub fn oddities(arrival: &Arrival<'_>) -> Vec<Oddity> {
    let mut found: Vec<Oddity> = Vec::new();
    if !arrival.round_is_open {
        found.push((
            "round_not_open",
            Words::new("phiếu đến khi đợt khảo sát không mở", "the round was not open when this arrived"),
        ));
    }
    if !arrival.case_is_known {
        found.push((
            "case_unknown",
            Words::new("hộ không có trong mẫu của đợt khảo sát", "the case is not in the sample of the round"),
        ));
    }
    if arrival.is_unreleased_reserve {
        found.push((
            "reserve_not_released",
            Words::new(
                "hộ dự phòng này chưa được đưa vào khảo sát; phiếu vẫn được giữ lại",
                "nobody has released this reserve; the response is kept all the same",
            ),
        ));
    }
    if let Some(assignee) = arrival.assignee
        && Some(assignee) != arrival.sender
    {
        found.push((
            "case_of_another",
            Words::new(format!("hộ được giao cho {assignee}"), format!("the case is assigned to {assignee}")),
        ));
    }
    match arrival.correction {
        Correction::No | Correction::Asked => {}
        Correction::NotAsked => found.push((
            "correction_not_asked",
            Words::new(
                "phiếu sửa một phiếu không bị trả lại; chỉ được tính khi người duyệt chấp nhận",
                "it corrects an interview that was not returned; it counts only once a reviewer approves it",
            ),
        )),
        Correction::OfUnknown => found.push((
            "correction_of_unknown",
            Words::new(
                "phiếu sửa một phiếu không có ở hộ này",
                "it corrects an interview that this case does not have",
            ),
        )),
    }
    match arrival.questionnaire {
        QuestionnaireFit::Asked => {}
        QuestionnaireFit::VersionAssumed => found.push((
            "questionnaire_version_assumed",
            Words::new(
                "đợt khảo sát có nhiều phiên bản bảng hỏi mà phiếu không nêu phiên bản; lấy bản mới nhất",
                "several versions are asked and none was named; the latest was assumed",
            ),
        )),
        QuestionnaireFit::VersionUnknown => found.push((
            "questionnaire_version_unknown",
            Words::new(
                "đợt khảo sát không dùng phiên bản bảng hỏi này; câu trả lời chưa được kiểm tra",
                "the round does not ask this version; the answers were not checked",
            ),
        )),
        QuestionnaireFit::FormUnknown => found.push((
            "questionnaire_unknown",
            Words::new(
                "đợt khảo sát không dùng bảng hỏi này; câu trả lời chưa được kiểm tra",
                "the round does not ask this form; the answers were not checked",
            ),
        )),
    }
    if outcome(arrival.disposition).is_none() {
        found.push((
            "disposition_unknown",
            Words::new(
                format!("{} không phải là mã kết quả tiếp cận", arrival.disposition),
                format!("{} is no outcome code", arrival.disposition),
            ),
        ));
    }
    if !arrival.repeated_keys.is_empty() {
        let named = arrival.repeated_keys.join(", ");
        found.push((
            "key_repeated",
            Words::new(
                format!("gửi hai lần, chỉ lần cuối được đọc: {named}"),
                format!("sent twice, and the last one was read: {named}"),
            ),
        ));
    }
    match (arrival.device_started_us, arrival.device_ended_us) {
        (Some(started), Some(ended)) if ended < started => {
            found.push((
                "device_time_order",
                Words::new("giờ kết thúc trước giờ bắt đầu", "the interview ended before it started"),
            ));
        }
        (Some(_), Some(_)) => {}
        _ => found.push((
            "device_time_missing",
            Words::new("thiếu giờ bắt đầu hoặc kết thúc, hoặc không đọc được", "start or end is missing or unreadable"),
        )),
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Arrival<'static> {
        Arrival {
            round_is_open: true,
            case_is_known: true,
            is_unreleased_reserve: false,
            assignee: Some("ac-1"),
            sender: Some("ac-1"),
            correction: Correction::No,
            questionnaire: QuestionnaireFit::Asked,
            disposition: "1.1",
            repeated_keys: &[],
            device_started_us: Some(1),
            device_ended_us: Some(2),
        }
    }

    fn codes(arrival: &Arrival<'_>) -> Vec<&'static str> {
        oddities(arrival).into_iter().map(|(code, _)| code).collect()
    }

    #[test]
    fn a_usual_arrival_has_no_flags() {
        assert!(codes(&usual()).is_empty());
        assert!(codes(&Arrival { assignee: None, ..usual() }).is_empty());
    }

    #[test]
    fn everything_odd_is_said_at_once() {
        let repeated = ["n_adults".to_owned()];
        let odd = Arrival {
            round_is_open: false,
            case_is_known: false,
            is_unreleased_reserve: true,
            assignee: Some("ac-2"),
            questionnaire: QuestionnaireFit::FormUnknown,
            disposition: "done",
            repeated_keys: &repeated,
            device_started_us: Some(3),
            ..usual()
        };
        assert_eq!(
            codes(&odd),
            [
                "round_not_open",
                "case_unknown",
                "reserve_not_released",
                "case_of_another",
                "questionnaire_unknown",
                "disposition_unknown",
                "key_repeated",
                "device_time_order"
            ]
        );
    }
}
