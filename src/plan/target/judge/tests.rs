//! Verdicts on the shipped targets: by published values, estimates of a round, reports of offices.

use super::super::shipped_targets;
use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn judged(id: &str, estimates: &[Estimated], reports: &[Report], more: &str, today: &str) -> Vec<Judged> {
    let mut official = OfficialResults::shipped().expect("shipped");
    if !more.is_empty() {
        let text = format!("index,year,unit,code,status,value,rank,rank_of,source\n{more}");
        official = official.with_table(&text).expect("valid");
    }
    let targets = shipped_targets().expect("shipped");
    let target = targets.iter().find(|target| target.id == id).expect("a target");
    let evidence = Evidence { official: &official, unit: "bac-giang", estimates, reports, today: day(today) };
    judge(target, evidence).expect("figures in order")
}

fn sipas(value: f64, error: f64, interval: [f64; 2]) -> Estimated {
    let round = "sipas-2024".to_owned();
    Estimated {
        index: "sipas".to_owned(),
        unit: "bac-giang".to_owned(),
        remarks: Vec::new(),
        round,
        year: 2024,
        code: "total".to_owned(),
        value,
        standard_error: error,
        degrees_of_freedom: 10,
        interval,
    }
}

#[test]
fn figures_of_the_year_before_only_show_where_things_stand() {
    let sipas = &judged("T02", &[], &[], "", "2024-06-01")[0];
    assert_eq!((sipas.state, sipas.year, sipas.is_target_year), (TargetState::NoData, Some(2023), false));
    assert!((sipas.distance.expect("81.62 is short of 90") + 8.38).abs() < 1e-9);
    assert!(sipas.remarks[0].en.ends_with("not reached"), "{:?}", sipas.remarks);
}

#[test]
fn a_published_value_decides_as_published_and_ninety_is_not_above_ninety() {
    let with = |value: &str| {
        judged("T02", &[], &[], &format!("sipas,2024,bac-giang,total,published,{value},,,x\n"), "2025-06-01")[0].state
    };
    assert_eq!(
        [with("90"), with("90.01"), with("84.1")],
        [TargetState::NotReached, TargetState::Reached, TargetState::NotReached]
    );
    let ranks = |rank: &str| {
        judged("T03", &[], &[], &format!("sipas,2024,bac-giang,total,published,84.1,{rank},63,x\n"), "2025-06-01")[0]
            .state
    };
    assert_eq!([ranks("20"), ranks("21")], [TargetState::Reached, TargetState::NotReached]);
}

#[test]
fn an_estimate_is_judged_by_its_interval_and_never_by_its_point() {
    let states = [[88.0, 95.0], [90.0, 95.0], [90.1, 95.0], [80.0, 90.0]].map(|interval| {
        let all = judged("T02", &[sipas(92.0, 1.5, interval)], &[], "", "2024-12-01");
        assert_eq!(all.len(), 2, "the published value of 2023 and our estimate");
        (all[1].basis, all[1].state)
    });
    use TargetState::{NotEnoughEvidence, NotReached, Reached};
    assert_eq!(states.map(|(_, state)| state), [NotEnoughEvidence, NotEnoughEvidence, Reached, NotReached]);
    assert!(states.iter().all(|(basis, _)| *basis == Some(Basis::Estimate)));
    // A rank is a matter among all units.
    assert!(
        judged("T03", &[sipas(92.0, 1.0, [90.0, 94.0])], &[], "", "2024-12-01")
            .iter()
            .all(|one| one.basis != Some(Basis::Estimate))
    );
}

#[test]
fn a_score_on_the_edge_of_the_highest_group_is_not_enough_evidence() {
    let papi = &judged("T04", &[], &[], "", "2025-06-01")[0];
    assert_eq!((papi.state, papi.year, papi.value), (TargetState::NotEnoughEvidence, Some(2024), Some(44.6854)));
    assert!(papi.remarks.iter().any(|words| words.vi.contains("sát ngưỡng")));
}

#[test]
fn dimensions_to_hold_and_to_raise_are_judged_one_by_one() {
    // 2023 → 2024: 5.5787 → 5.9546, 5.6870 → 5.3860, 4.3875 → 4.3864, 7.1515 → 7.1373, 7.3001 → 7.2343, 3.4825 → 3.5376.
    let held: Vec<TargetState> = judged("T13", &[], &[], "", "2025-06-01").iter().map(|one| one.state).collect();
    // PAPI publishes no errors of dimensions: 4.3875 → 4.3864 is no proof of a fall, nor 5.5787 → 5.9546 of a rise.
    assert_eq!(held, [TargetState::NotEnoughEvidence; 6]);
    // 7.4286 → 7.8577, 3.3046 → 3.1916.
    let raised = judged("T14", &[], &[], "", "2025-06-01");
    let change: Vec<f64> = raised.iter().filter_map(|one| one.distance).collect();
    assert!((change[0] - 0.4291).abs() < 1e-9 && (change[1] + 0.1130).abs() < 1e-9, "{change:?}");
    assert_eq!(raised.iter().map(|one| one.state).collect::<Vec<_>>(), [TargetState::NotEnoughEvidence; 2]);
    assert!(raised[0].remarks.iter().any(|words| words.en.contains("exceeds")));
}

#[test]
fn two_published_values_with_errors_are_compared_by_the_interval_of_their_difference() {
    let states = |error: f64| {
        let cells = [("6", 2023, 7.4286), ("6", 2024, 7.8577), ("7", 2023, 3.3046), ("7", 2024, 3.1916)];
        let rows: String = cells
            .iter()
            .map(|(code, year, value)| format!("papi,{year},bac-giang,{code},published,{value},{error},papi-files\n"))
            .collect();
        let text = format!("index,year,unit,code,status,value,standard_error,source\n{rows}");
        let official = OfficialResults::shipped().and_then(|shipped| shipped.with_table(&text)).expect("valid");
        let targets = shipped_targets().expect("shipped");
        let target = targets.iter().find(|target| target.id == "T14").expect("a target");
        let today = day("2025-06-01");
        let evidence = Evidence { official: &official, unit: "bac-giang", estimates: &[], reports: &[], today };
        judge(target, evidence).expect("figures in order").iter().map(|one| one.state).collect::<Vec<_>>()
    };
    use TargetState::{NotEnoughEvidence, NotReached, Reached};
    // Changes of 0.4291 and −0.1130; half-widths of 0.0277, 0.2218 and 0.5544.
    assert_eq!(states(0.01), [Reached, NotReached]);
    assert_eq!(states(0.08), [Reached, NotEnoughEvidence]);
    assert_eq!(states(0.2), [NotEnoughEvidence; 2]);
}

#[test]
fn a_deadline_is_met_by_a_report_in_time_and_missed_when_it_has_passed() {
    let at = |reports: &[Report], today| judged("T18", &[], reports, "", today)[0].state;
    let done = |on| [Report { day: day(on), value: None }];
    use TargetState::{NoData, NotReached, Reached};
    assert_eq!([at(&[], "2024-12-01"), at(&[], "2024-12-31")], [NoData, NotReached]);
    assert_eq!([at(&done("2024-12-30"), "2025-03-01"), at(&done("2024-12-31"), "2025-03-01")], [Reached, NotReached]);
}

#[test]
fn what_offices_count_themselves_is_judged_by_the_newest_report_of_the_year() {
    let at =
        |value| judged("T16", &[], &[Report { day: day("2024-10-15"), value: Some(value) }], "", "2024-12-01")[0].state;
    assert_eq!([at(39.9), at(40.0)], [TargetState::NotReached, TargetState::Reached]);
    assert_eq!(judged("T16", &[], &[], "", "2024-12-01")[0].state, TargetState::NoData);
}

#[test]
fn the_probability_is_one_half_on_the_bound_and_follows_the_tables() {
    let p = |estimate, error, df, bound| probability_from(estimate, error, df, bound).expect("numbers");
    assert!((p(90.0, 2.0, None, 90.0) - 0.5).abs() < 1e-15);
    // Tables: Φ(1.96) = 0.9750; t(10) exceeds −1.812 with probability 0.95, t(2) exceeds −4.303 with 0.975.
    assert!((p(91.96, 1.0, None, 90.0) - 0.975).abs() < 5e-6);
    assert!((p(91.812, 1.0, Some(10), 90.0) - 0.95).abs() < 5e-5);
    assert!((p(94.303, 1.0, Some(2), 90.0) - 0.975).abs() < 5e-6);
    assert!(probability_from(f64::NAN, 1.0, None, 90.0).is_err() && probability_from(90.0, 0.0, None, 90.0).is_err());
    assert!(probability_from(90.0, 1.0, Some(0), 90.0).is_err());
}

#[test]
fn a_target_without_published_figures_says_that_there_are_none() {
    // Of the domains of the PAR Index only the seventh of 2023 was found.
    for id in ["T05", "T06", "T07", "T08", "T09", "T10", "T12"] {
        let judged = judged(id, &[], &[], "", "2024-12-01");
        assert_eq!((judged.len(), judged[0].state, judged[0].value), (1, TargetState::NoData, None));
        assert!(judged[0].remarks.iter().any(|words| words.en.contains("no value and no rank")), "{id}: {judged:?}");
    }
    for id in ["T15", "T16", "T17", "T18"] {
        let judged = judged(id, &[], &[], "", "2024-12-01");
        assert!(judged[0].remarks.iter().any(|words| words.en.contains("not reported")), "{id}: {judged:?}");
    }
    let without_rank = judged("T06", &[], &[], "par-index,2024,bac-giang,2,published,91.5,,,x\n", "2025-03-01");
    assert!(
        without_rank[0].remarks.iter().any(|words| words.en.contains("rank was not published")),
        "{without_rank:?}"
    );
}
