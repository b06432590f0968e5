//! The rule of the reserves, case by case.

use super::*;

/// Two villages of two mains and two reserves: `a1 a2 | a3 a4` and `b1 b2 | b3 b4`.
fn units() -> Vec<ListedUnit> {
    let unit = |village: &str, group: usize, order: u64| ListedUnit {
        unit_id: format!("{village}{order}"),
        group,
        is_reserve: order > 2,
        visiting_order: order,
    };
    // The file's order has no part in it.
    [4, 2, 3, 1].into_iter().flat_map(|order| [unit("a", 0, order), unit("b", 1, order)]).collect()
}

fn request(replaces: &str, disposition: &str) -> ReleaseRequest {
    ReleaseRequest {
        replaces: replaces.to_owned(),
        disposition: disposition.to_owned(),
        attempts: ATTEMPTS_MIN,
        reason: "từ chối".to_owned(),
        reserve: None,
    }
}

fn codes(result: Result<Release, Problems>) -> Vec<&'static str> {
    result.expect_err("refused").iter().map(|problem| problem.code).collect()
}

/// Releases one after the other; all must be given.
fn released(wishes: &[(&str, &str)]) -> Vec<Release> {
    let mut ledger = Vec::new();
    for (replaces, disposition) in wishes {
        ledger.push(release(&units(), &ledger, &request(replaces, disposition)).expect("given"));
    }
    ledger
}

#[test]
fn reserves_come_one_at_a_time_in_their_order_and_from_their_own_village() {
    let ledger = released(&[("b2", "2.11"), ("a1", "2.20"), ("b1", "4.50"), ("a3", "3.10")]);
    let given: Vec<(u64, &str)> = ledger.iter().map(|release| (release.number, release.reserve.as_str())).collect();
    assert_eq!(given, [(1, "b3"), (2, "a3"), (3, "b4"), (4, "a4")]);
    assert!(check_releases(&units(), &ledger).is_ok());
    assert_eq!(codes(release(&units(), &ledger, &request("a2", "2.11"))), ["replacement_no_reserve"]);
}

#[test]
fn a_case_is_replaced_once_and_only_when_it_is_in_work() {
    let ledger = released(&[("a1", "2.11")]);
    let refused = |replaces: &str| codes(release(&units(), &ledger, &request(replaces, "2.11")));
    assert_eq!(refused("a1"), ["replacement_twice"]);
    assert_eq!(refused("a4"), ["replacement_not_in_work"]);
    assert_eq!(refused("x9"), ["replacement_unit_unknown"]);
    assert!(release(&units(), &ledger, &request("a3", "2.11")).is_ok(), "a released reserve can fail in its turn");
}

#[test]
fn the_reserve_in_hand_must_be_the_next() {
    let wish = |reserve: &str| ReleaseRequest { reserve: Some(reserve.to_owned()), ..request("a1", "2.11") };
    assert!(release(&units(), &[], &wish("a3")).is_ok());
    for other in ["a4", "b3", "a2", ""] {
        assert_eq!(codes(release(&units(), &[], &wish(other))), ["replacement_out_of_order"], "{other}");
    }
}

#[test]
fn only_a_final_failure_is_replaced() {
    let given = |disposition: &str, attempts: u32| {
        release(&units(), &[], &ReleaseRequest { attempts, ..request("a1", disposition) })
    };
    for (disposition, attempts) in [("2.10", 1), ("2.31", 1), ("4.70", 1), ("2.24", 3), ("3.10", 3), ("3.90", 5)] {
        assert!(given(disposition, attempts).is_ok(), "{disposition} after {attempts}");
    }
    for (disposition, attempts) in [("2.24", 2), ("3.18", 1), ("3.21", 2), ("2.11", 0)] {
        assert_eq!(codes(given(disposition, attempts)), ["replacement_attempts_open"], "{disposition}");
    }
    for interview in ["1.1", "1.2"] {
        assert_eq!(codes(given(interview, 3)), ["replacement_completed"]);
    }
    assert_eq!(codes(given("refused", 3)), ["replacement_disposition"]);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let wish = ReleaseRequest {
        attempts: 0,
        reason: " \u{7}".to_owned(),
        reserve: Some("b4".to_owned()),
        ..request("a4", "9")
    };
    assert_eq!(
        codes(release(&units(), &[], &wish)),
        ["replacement_disposition", "replacement_reason", "replacement_not_in_work", "replacement_out_of_order"]
    );
}

#[test]
fn what_the_field_reported_decides() {
    let told = |disposition: &str, reported: &[&str]| {
        agrees_with_field(&request("a1", disposition), reported)
            .err()
            .map(|problems| problems.iter().map(|problem| problem.code).collect::<Vec<_>>())
    };
    assert_eq!(told("2.11", &["2.24", "2.12"]), None, "another code of the same group");
    assert_eq!(told("2.11", &[]), Some(vec!["replacement_not_reported"]));
    assert_eq!(told("2.11", &["2.24"]), Some(vec!["replacement_disposition_differs"]));
    assert_eq!(told("2.11", &["1.1", "2.11"]), Some(vec!["replacement_completed"]), "the interview stands");
}

#[test]
fn a_ledger_that_the_rule_did_not_write_is_found_line_by_line() {
    let mut ledger = released(&[("a1", "2.11"), ("b1", "2.11"), ("a2", "2.11")]);
    ledger[2].reserve = "b4".to_owned();
    let found = check_releases(&units(), &ledger).expect_err("another village's reserve");
    assert_eq!(found.0[0].code, "replacement_out_of_order");
    assert_eq!(found.0[0].place.as_ref().and_then(|place| place.row), Some(4));
    ledger.remove(0);
    assert!(check_releases(&units(), &ledger).is_err(), "a4 before a3");
}
