//! Replacement: ordered reserves, released one at a time by rule.
//!
//! Nobody chooses a reserve. Who asks names the case that has failed, with its final disposition and a reason; the rule names
//! the reserve: the next one of the same listing area. Every release is recorded and none is taken back.

use ::problem::{Place, Problem, Problems};
use sampling::{Role, Sample};

use super::disposition::{Outcome, outcome};
use super::progress::outcome_so_far;

/// Visits before "nobody met" and "eligibility unknown" are final: the contact log of a form has as many.
pub const ATTEMPTS_MIN: u32 = 3;

/// The longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// A unit of the sample list, as far as replacement needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedUnit {
    /// Its id in the list.
    pub unit_id: String,
    /// The group it was drawn from, a village as a rule: reserves stand in for units of their own group only.
    pub group: usize,
    /// Whether it was drawn as a reserve.
    pub is_reserve: bool,
    /// Order of the visit within the group, from 1.
    pub visiting_order: u64,
}

/// The units of a sample with their groups.
#[must_use]
pub fn listed_units(sample: &Sample) -> Vec<ListedUnit> {
    let groups = sample.groups().into_iter().enumerate();
    groups
        .flat_map(|(group, units)| {
            units.iter().map(move |unit| ListedUnit {
                unit_id: unit.unit_id.clone(),
                group,
                is_reserve: unit.role == Role::Reserve,
                visiting_order: unit.visiting_order,
            })
        })
        .collect()
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRequest {
    /// The case that has failed: a main one, or a reserve that was released before.
    pub replaces: String,
    /// Its final disposition, an AAPOR code.
    pub disposition: String,
    /// Visits that were made to it.
    pub attempts: u32,
    /// Why it is replaced, in words.
    pub reason: String,
    /// The reserve that whoever asks has in hand; it must be the next. `None` leaves it to the rule, which knows it anyway.
    pub reserve: Option<String>,
}

/// One reserve that was released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its number in the ledger of the sample, from 1.
    pub number: u64,
    /// The reserve.
    pub reserve: String,
    /// The case it stands in for.
    pub replaces: String,
    /// Final disposition of that case.
    pub disposition: String,
    /// Visits that were made to it.
    pub attempts: u32,
    /// Why.
    pub reason: String,
}

/// Releases the next reserve for a case that has failed.
///
/// # Formula
/// Main units and reserves of a group are one random permutation of its list, so the units worked, in order and without a gap,
/// are a simple random sample of as many. A release therefore goes to the reserve with the lowest visiting order that is not
/// released yet, and each failed case has at most one.
///
/// # Source
/// Lohr (2022), *Sampling: Design and Analysis*, ch. 8 (substitution hides nonresponse unless it is recorded and weighted);
/// AAPOR (2023), *Standard Definitions* (a replaced case stays in the denominator of every rate).
///
/// # Limits
/// A replacement is not a remedy for nonresponse: those who answer in place of others are those who answer. Refusals, other
/// failures and ineligible cases are final at once; noncontacts (2.2x) and unknown eligibility (3.x) after [`ATTEMPTS_MIN`]
/// visits.
///
/// # Errors
/// All of: a case that is not in the sample, or a reserve that is not released itself; a case that has a reserve already; a
/// disposition that is no code, or is an interview; too few visits; no reason; a reserve that is not the next; no reserve
/// left.
///
/// Checked: the tests of this file; `weights_give_back_the_households_and_adults_of_the_frame_on_average`.
pub fn release(units: &[ListedUnit], earlier: &[Release], request: &ReleaseRequest) -> Result<Release, Problems> {
    let mut problems = Problems::none();
    let ReleaseRequest { replaces, disposition, attempts, reason, reserve } = request;
    check_words(disposition, *attempts, reason, &mut problems);
    if let Some(given) = earlier.iter().find(|release| release.replaces == *replaces) {
        problems.push(
            Problem::new(
                "replacement_twice",
                "hộ này đã có hộ dự phòng thay thế",
                "this case has been given a reserve already",
            )
            .got(format!("{replaces}: {}", given.reserve))
            .hint(
                "nếu hộ dự phòng đó cũng không phỏng vấn được, hãy nêu mã của chính hộ dự phòng",
                "if that reserve has failed too, name the reserve itself",
            ),
        );
    }
    let Some(unit) = units.iter().find(|unit| unit.unit_id == *replaces) else {
        let (vi, en) = ("hộ không có trong danh sách mẫu", "the case is not in the sample list");
        problems.push(Problem::new("replacement_unit_unknown", vi, en).got(replaces.clone()));
        return Err(problems);
    };
    let is_released = |unit_id: &str| earlier.iter().any(|release| release.reserve == unit_id);
    if unit.is_reserve && !is_released(replaces) {
        problems.push(
            Problem::new(
                "replacement_not_in_work",
                "hộ này là dự phòng chưa được đưa vào khảo sát, nên không thể được thay",
                "this is a reserve that has not been released, so nothing can replace it",
            )
            .got(replaces.clone()),
        );
    }
    let mut reserves: Vec<&ListedUnit> =
        units.iter().filter(|other| other.is_reserve && other.group == unit.group).collect();
    reserves.sort_by_key(|reserve| reserve.visiting_order);
    let next = reserves.iter().find(|reserve| !is_released(&reserve.unit_id));
    match (next, reserve) {
        (None, _) => problems.push(
            Problem::new(
                "replacement_no_reserve",
                "địa bàn không còn hộ dự phòng nào",
                "the listing area has no reserve left",
            )
            .got(format!("{} / {}", reserves.len(), reserves.len()))
            .hint(
                "không lấy hộ ngoài danh sách: số phiếu ít hơn được tính bằng trọng số",
                "take no household from outside the list: fewer interviews are what weights are for",
            ),
        ),
        (Some(next), Some(reserve)) if next.unit_id != *reserve => problems.push(
            Problem::new(
                "replacement_out_of_order",
                "không phải hộ dự phòng kế tiếp của địa bàn",
                "this is not the next reserve of the listing area",
            )
            .expected(next.unit_id.clone())
            .got(reserve.clone()),
        ),
        _ => {}
    }
    let next = next.map(|next| next.unit_id.clone()).unwrap_or_default();
    problems.into_result(Release {
        number: earlier.len() as u64 + 1,
        reserve: next,
        replaces: replaces.clone(),
        disposition: disposition.clone(),
        attempts: *attempts,
        reason: reason.clone(),
    })
}

/// What is wrong with disposition, visits and reason, whatever the case is.
fn check_words(disposition: &str, attempts: u32, reason: &str, problems: &mut Problems) {
    let at = |column: &str| Place::column(column);
    match outcome(disposition) {
        None => problems.push(
            Problem::new("replacement_disposition", "không phải mã kết quả tiếp cận", "this is no outcome code")
                .at(at("disposition"))
                .expected("AAPOR: 2.10, 2.11, 2.20, 2.30, 3.10, 4.50 …")
                .got(disposition),
        ),
        Some(outcome) if outcome.is_interview() => problems.push(completed(disposition).at(at("disposition"))),
        Some(outcome) if attempts < attempts_needed(outcome) => problems.push(
            Problem::new(
                "replacement_attempts_open",
                "chưa đến đủ số lần: hộ này vẫn còn trong khảo sát",
                "there are visits left: the case is still being worked",
            )
            .at(at("attempts"))
            .expected(format!("≥ {}", attempts_needed(outcome)))
            .got(attempts.to_string())
            .hint(
                "đến vào ngày và giờ khác rồi mới xin hộ dự phòng",
                "visit on another day and at another hour before asking for a reserve",
            ),
        ),
        Some(_) => {}
    }
    let n_chars = reason.chars().count();
    if reason.trim().is_empty() || n_chars > REASON_CHARS_MAX || reason.chars().any(char::is_control) {
        problems.push(
            Problem::new(
                "replacement_reason",
                "thiếu lý do hoặc lý do không hợp lệ",
                "the reason is missing or not usable",
            )
            .at(at("reason"))
            .expected((
                format!("1–{REASON_CHARS_MAX} ký tự, một dòng"),
                format!("1–{REASON_CHARS_MAX} characters, one line"),
            ))
            .got(format!("{n_chars}")),
        );
    }
}

/// Visits after which an outcome is final.
fn attempts_needed(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::NonContact | Outcome::UnknownHousehold | Outcome::UnknownOther => ATTEMPTS_MIN,
        _ => 1,
    }
}

fn completed(disposition: &str) -> Problem {
    Problem::new(
        "replacement_completed",
        "hộ đã có phiếu phỏng vấn, không cần thay",
        "the case has an interview; nothing replaces it",
    )
    .got(disposition)
}

/// Whether what the field has reported of a case is what is said of it now: `reported` are the dispositions of its visits and
/// interviews, in the order in which they became known.
///
/// # Errors
/// Nothing reported yet; an interview; another outcome than was reported last.
pub fn agrees_with_field(request: &ReleaseRequest, reported: &[&str]) -> Result<(), Problems> {
    let Some(so_far) = outcome_so_far(reported.iter().copied()) else {
        return Err(Problem::new(
            "replacement_not_reported",
            "chưa có lần tiếp cận nào của hộ này được gửi về",
            "no visit to this case has been reported yet",
        )
        .got(request.replaces.clone())
        .hint("gửi các lần tiếp cận trước", "send its contact attempts first")
        .into());
    };
    if so_far.is_interview() {
        return Err(completed(so_far.code()).into());
    }
    match outcome(&request.disposition) {
        Some(said) if said != so_far => Err(Problem::new(
            "replacement_disposition_differs",
            "kết quả nêu ra khác kết quả đã được gửi về từ thực địa",
            "the disposition is not the one that the field has reported",
        )
        .at(Place::column("disposition"))
        .expected(so_far.code())
        .got(request.disposition.clone())
        .into()),
        _ => Ok(()),
    }
}

/// Goes through all releases of a sample again, each by the rule.
///
/// # Errors
/// Every release that the rule would not have given, with its number as the row.
pub fn check_releases(units: &[ListedUnit], releases: &[Release]) -> Result<(), Problems> {
    let mut problems = Problems::none();
    for (place, recorded) in releases.iter().enumerate() {
        let request = ReleaseRequest {
            replaces: recorded.replaces.clone(),
            disposition: recorded.disposition.clone(),
            attempts: recorded.attempts,
            reason: recorded.reason.clone(),
            reserve: Some(recorded.reserve.clone()),
        };
        if let Err(found) = release(units, &releases[..place], &request) {
            problems.extend(found.into_iter().map(|mut problem| {
                let column = problem.place.take().and_then(|place| place.column);
                let place = Place::row(place + 2);
                problem.at(Place { column, ..place })
            }));
        }
    }
    problems.into_result(())
}

#[cfg(test)]
mod tests;
