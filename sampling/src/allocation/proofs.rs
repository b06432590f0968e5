//! Proofs of the allocations: an independent table, published examples, enumeration, identities, invariance, bad input.

use std::collections::BTreeMap;

use problem::Language;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

const RULES: [AllocationRule; 6] = [
    AllocationRule::Equal,
    AllocationRule::Proportional,
    AllocationRule::SquareRoot,
    AllocationRule::Power { power: 0.3 },
    AllocationRule::Neyman,
    AllocationRule::Optimal,
];

fn request(rule: AllocationRule, total: u64, minimum: u64) -> AllocationRequest {
    AllocationRequest { rule, total: Some(total), minimum }
}

/// Strata named by their place: population, spread, cost.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn strata(of: &[(u64, f64, f64)]) -> Vec<AllocationStratum> {
    let stratum = |(place, (population, spread, cost)): (usize, &(u64, f64, f64))| AllocationStratum {
        label: format!("{place:03}"),
        population: *population,
        measure: *population as f64,
        spread: Some(*spread),
        cost: Some(*cost),
        given: None,
    };
    of.iter().enumerate().map(stratum).collect()
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn real(numbers: &[u64]) -> Vec<f64> {
    numbers.iter().map(|n| *n as f64).collect()
}

fn variance(strata: &[AllocationStratum], n: &[u64]) -> f64 {
    variance_of_mean(strata, &real(n)).unwrap()
}

#[derive(Deserialize)]
#[expect(non_snake_case, reason = "the names of the table")]
struct Case {
    N_h: Vec<u64>,
    S_h: Vec<f64>,
    X_h: Vec<f64>,
    CV_h: Vec<f64>,
    n: u64,
    real_valued_n_h: BTreeMap<String, Vec<f64>>,
    var_of_mean: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

impl Case {
    fn all() -> Vec<Self> {
        serde_json::from_str::<Cases>(include_str!("../../tests/reference/allocation.json")).unwrap().cases
    }

    /// The strata as a rule of the table sees them.
    fn strata(&self, power: bool) -> Vec<AllocationStratum> {
        let mut strata =
            strata(&self.N_h.iter().zip(&self.S_h).map(|(units, spread)| (*units, *spread, 1.0)).collect::<Vec<_>>());
        for (stratum, (x, cv)) in strata.iter_mut().zip(self.X_h.iter().zip(&self.CV_h)).filter(|_| power) {
            (stratum.measure, stratum.spread) = (*x, Some(*cv));
        }
        strata
    }
}

const IN_TABLE: [(&str, AllocationRule); 5] = [
    ("equal", AllocationRule::Equal),
    ("proportional", AllocationRule::Proportional),
    ("sqrt", AllocationRule::SquareRoot),
    ("neyman", AllocationRule::Neyman),
    ("power_q0.5", AllocationRule::Power { power: 0.5 }),
];

#[test]
fn real_numbers_are_those_of_the_reference() {
    for case in Case::all() {
        assert_eq!(case.real_valued_n_h.len(), IN_TABLE.len());
        for (name, rule) in IN_TABLE {
            let strata = case.strata(name.starts_with("power"));
            let computed = real_valued(request(rule, case.n, 1), &strata).unwrap();
            for (computed, expected) in computed.iter().zip(&case.real_valued_n_h[name]) {
                assert!((computed / expected - 1.0).abs() < 1e-13, "{name}: {computed} for {expected}");
            }
            let whole = allocate(request(rule, case.n, 1), &strata).unwrap();
            assert_eq!(whole.iter().sum::<u64>(), case.n);
            for (whole, expected) in real(&whole).iter().zip(&case.real_valued_n_h[name]) {
                assert!((whole - expected).abs() < 1.0, "{name}: {whole} for {expected}");
            }
        }
    }
}

#[test]
fn variances_are_those_of_the_reference() {
    for case in Case::all() {
        for (name, expected) in &case.var_of_mean {
            let computed = variance_of_mean(&case.strata(false), &case.real_valued_n_h[name]).unwrap();
            assert!((computed / expected - 1.0).abs() < 1e-12, "{name}: {computed} for {expected}");
        }
    }
}

/// Lohr (2010), *Sampling: Design and Analysis*, 2nd ed., §3.4.2 (caribou herd of Siniff and Skoog 1964): n = 225.
#[test]
fn neyman_of_the_caribou_is_that_of_the_textbook() {
    let herd: [(u64, f64, f64); 6] = [
        (400, 3_000.0, 1.0),
        (30, 2_000.0, 1.0),
        (61, 9_000.0, 1.0),
        (18, 2_000.0, 1.0),
        (70, 12_000.0, 1.0),
        (120, 1_000.0, 1.0),
    ];
    let computed = real_valued(request(AllocationRule::Neyman, 225, 1), &strata(&herd)).unwrap();
    for (computed, printed) in computed.iter().zip([96.26, 4.81, 44.04, 2.89, 67.38, 9.63]) {
        assert!((computed - printed).abs() < 0.005, "{computed} for {printed}");
    }
    let whole = allocate(request(AllocationRule::Neyman, 225, 1), &strata(&herd)).unwrap();
    assert_eq!(whole, [96, 5, 44, 3, 67, 10]);
}

/// U.S. Census Bureau, apportionment population and number of representatives by state, 2020 Census, table 1: the method of
/// equal proportions with at least one seat a state, 435 seats.
const HOUSE_2020: [(&str, u64, u64); 50] = [
    ("Alabama", 5_030_053, 7),
    ("Alaska", 736_081, 1),
    ("Arizona", 7_158_923, 9),
    ("Arkansas", 3_013_756, 4),
    ("California", 39_576_757, 52),
    ("Colorado", 5_782_171, 8),
    ("Connecticut", 3_608_298, 5),
    ("Delaware", 990_837, 1),
    ("Florida", 21_570_527, 28),
    ("Georgia", 10_725_274, 14),
    ("Hawaii", 1_460_137, 2),
    ("Idaho", 1_841_377, 2),
    ("Illinois", 12_822_739, 17),
    ("Indiana", 6_790_280, 9),
    ("Iowa", 3_192_406, 4),
    ("Kansas", 2_940_865, 4),
    ("Kentucky", 4_509_342, 6),
    ("Louisiana", 4_661_468, 6),
    ("Maine", 1_363_582, 2),
    ("Maryland", 6_185_278, 8),
    ("Massachusetts", 7_033_469, 9),
    ("Michigan", 10_084_442, 13),
    ("Minnesota", 5_709_752, 8),
    ("Mississippi", 2_963_914, 4),
    ("Missouri", 6_160_281, 8),
    ("Montana", 1_085_407, 2),
    ("Nebraska", 1_963_333, 3),
    ("Nevada", 3_108_462, 4),
    ("New Hampshire", 1_379_089, 2),
    ("New Jersey", 9_294_493, 12),
    ("New Mexico", 2_120_220, 3),
    ("New York", 20_215_751, 26),
    ("North Carolina", 10_453_948, 14),
    ("North Dakota", 779_702, 1),
    ("Ohio", 11_808_848, 15),
    ("Oklahoma", 3_963_516, 5),
    ("Oregon", 4_241_500, 6),
    ("Pennsylvania", 13_011_844, 17),
    ("Rhode Island", 1_098_163, 2),
    ("South Carolina", 5_124_712, 7),
    ("South Dakota", 887_770, 1),
    ("Tennessee", 6_916_897, 9),
    ("Texas", 29_183_290, 38),
    ("Utah", 3_275_252, 4),
    ("Vermont", 643_503, 1),
    ("Virginia", 8_654_542, 11),
    ("Washington", 7_715_946, 10),
    ("West Virginia", 1_795_045, 2),
    ("Wisconsin", 5_897_473, 8),
    ("Wyoming", 577_719, 1),
];

#[test]
fn the_house_of_representatives_of_2020() {
    assert_eq!(HOUSE_2020.iter().map(|(_, people, _)| people).sum::<u64>(), 331_108_434);
    let seats = |new_york: u64| {
        let mut states = strata(&HOUSE_2020.map(|(_, people, _)| (people, 1.0, 1.0)));
        #[expect(clippy::cast_precision_loss, reason = "people of a state")]
        for (state, (name, people, _)) in states.iter_mut().zip(HOUSE_2020) {
            name.clone_into(&mut state.label);
            state.measure = (people + if name == "New York" { new_york } else { 0 }) as f64;
        }
        allocate(request(AllocationRule::Proportional, 435, 1), &states).unwrap()
    };
    assert_eq!(seats(0), HOUSE_2020.map(|(_, _, seats)| seats));
    // As the Bureau told the press: with 89 people more New York would have kept its seat, and Minnesota lost one.
    assert_eq!(seats(88), seats(0));
    let more = seats(89);
    assert_eq!((more[31], more[22]), (27, 7));
}

/// The definition, one unit at a time.
fn dealt_one_by_one(scores: &[f64], lower: &[u64], upper: &[u64], total: u64, order: &[usize]) -> Vec<u64> {
    let mut n = lower.to_vec();
    while n.iter().sum::<u64>() < total {
        let mut best: Option<usize> = None;
        for stratum in order.iter().copied().filter(|stratum| n[*stratum] < upper[*stratum]) {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let priority = |stratum: usize| {
                let n = n[stratum] as f64;
                scores[stratum] * scores[stratum] / (n * (n + 1.0))
            };
            if best.is_none_or(|best| priority(stratum) > priority(best)) {
                best = Some(stratum);
            }
        }
        n[best.unwrap()] += 1;
    }
    n
}

/// All whole numbers within bounds with a sum.
fn all_numbers(lower: &[u64], upper: &[u64], total: u64) -> Vec<Vec<u64>> {
    match (lower.split_first(), upper.split_first()) {
        (Some((least, lower)), Some((most, upper))) => (*least..=*most.min(&total))
            .flat_map(|n| {
                let rest = all_numbers(lower, upper, total - n);
                rest.into_iter().map(move |rest| [vec![n], rest].concat())
            })
            .collect(),
        _ if total == 0 => vec![Vec::new()],
        _ => Vec::new(),
    }
}

#[test]
fn no_whole_numbers_beat_neyman() {
    let strata = strata(&[(12, 3.0, 1.0), (5, 20.0, 1.0), (30, 1.0, 1.0), (7, 2.5, 1.0)]);
    let upper: Vec<u64> = strata.iter().map(|stratum| stratum.population).collect();
    for minimum in 1..=3_u64 {
        let lower: Vec<u64> = upper.iter().map(|units| minimum.min(*units)).collect();
        for total in lower.iter().sum()..=30 {
            let best =
                all_numbers(&lower, &upper, total).iter().map(|n| variance(&strata, n)).fold(f64::INFINITY, f64::min);
            let ours = variance(&strata, &allocate(request(AllocationRule::Neyman, total, minimum), &strata).unwrap());
            assert!(ours <= best * (1.0 + 1e-12), "minimum {minimum}, total {total}: {ours} above {best}");
        }
    }
}

#[test]
fn what_a_stratum_cannot_take_goes_to_the_others_in_proportion() {
    // Neyman would give the small stratum 50 of its 10 units; the others share the rest as 2 : 1.
    let strata = strata(&[(10, 100.0, 1.0), (100, 10.0, 1.0), (100, 5.0, 1.0)]);
    assert_eq!(allocate(request(AllocationRule::Neyman, 70, 1), &strata).unwrap(), [10, 40, 20]);
    assert_eq!(allocate(request(AllocationRule::Neyman, 70, 25), &strata).unwrap(), [10, 35, 25]);
    assert_eq!(allocate(request(AllocationRule::Neyman, 210, 1), &strata).unwrap(), [10, 100, 100], "all there are");
}

#[test]
fn power_allocation_leads_from_equal_to_neyman() {
    let strata = strata(&[(900, 3.0, 1.0), (50, 3.0, 1.0), (400, 3.0, 1.0)]);
    let of = |power: f64| real_valued(request(AllocationRule::Power { power }, 100, 1), &strata).unwrap();
    let near = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(&b).all(|(a, b)| (a / b - 1.0).abs() < 1e-13);
    assert!(near(of(0.0), real_valued(request(AllocationRule::Equal, 100, 1), &strata).unwrap()));
    assert!(near(of(0.5), real_valued(request(AllocationRule::SquareRoot, 100, 1), &strata).unwrap()));
    assert!(near(of(1.0), real_valued(request(AllocationRule::Neyman, 100, 1), &strata).unwrap()));
    // Our own power against that of the system, over the whole range of sizes.
    for (measure, power) in [(1e-9, 0.1), (0.7, 0.25), (1.0, 0.9), (3.0, 1.0 / 3.0), (96_208_984.0, 0.75), (1e15, 0.2)]
    {
        assert!((power_score(measure, power, 1.0) / measure.powf(power) - 1.0).abs() < 2e-14, "{measure}^{power}");
    }
}

#[test]
fn equal_costs_make_the_optimum_neymans() {
    let strata = strata(&[(900, 3.0, 4.0), (50, 11.0, 4.0), (400, 0.5, 4.0)]);
    let of = |rule| allocate(request(rule, 77, 1), &strata).unwrap();
    assert_eq!(of(AllocationRule::Optimal), of(AllocationRule::Neyman));
}

#[test]
fn a_budget_is_spent_exactly() {
    let strata = strata(&[(900, 3.0, 4.0), (50, 11.0, 25.0), (400, 0.5, 1.0)]);
    let n = total_for_budget(&strata, 600.0).unwrap();
    // n·aₕ/Σaₕ with the real n.
    let shares = real_valued(request(AllocationRule::Optimal, 1, 1), &strata).unwrap();
    let cost: f64 = shares.iter().zip(&strata).map(|(share, stratum)| share * n * stratum.cost.unwrap()).sum();
    assert!((cost / 600.0 - 1.0).abs() < 1e-12, "{cost}");
    assert!(total_for_budget(&strata, f64::NAN).is_err() && total_for_budget(&strata, -1.0).is_err());
}

#[test]
fn no_cheaper_allocation_is_as_precise() {
    // Continuous optimum: V·C (without the finite population term) is smallest, by Cauchy's inequality (ΣNₕSₕ√cₕ)².
    let strata = strata(&[(900, 3.0, 4.0), (50, 11.0, 25.0), (400, 0.5, 1.0)]);
    let product = |n: &[f64]| {
        let precision =
            |(n, stratum): (&f64, &AllocationStratum)| (stratum.measure * stratum.spread.unwrap()).powi(2) / n;
        let cost = |(n, stratum): (&f64, &AllocationStratum)| n * stratum.cost.unwrap();
        n.iter().zip(&strata).map(precision).sum::<f64>() * n.iter().zip(&strata).map(cost).sum::<f64>()
    };
    let bound = strata
        .iter()
        .map(|stratum| stratum.measure * stratum.spread.unwrap() * stratum.cost.unwrap().sqrt())
        .sum::<f64>()
        .powi(2);
    for rule in RULES {
        let product = product(&real_valued(request(rule, 100, 1), &strata).unwrap());
        let is_bound = (product / bound - 1.0).abs() < 1e-12;
        assert!(product >= bound * (1.0 - 1e-12) && is_bound == (rule == AllocationRule::Optimal), "{rule:?}");
    }
}

fn codes(result: Result<Vec<u64>, Problems>) -> Vec<&'static str> {
    result.expect_err("a problem").iter().map(|problem| problem.code).collect()
}

#[test]
fn what_cannot_be_allocated_is_told_with_the_stratum() {
    let good = strata(&[(10, 1.0, 1.0), (20, 2.0, 3.0)]);
    let neyman = |total, minimum| request(AllocationRule::Neyman, total, minimum);
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-30, 1e30] {
        let mut strata = good.clone();
        (strata[0].spread, strata[1].cost, strata[1].measure) = (Some(bad), Some(bad), bad);
        assert_eq!(codes(allocate(neyman(10, 1), &strata)), ["allocation_bad_number"; 2], "{bad}");
        assert_eq!(codes(allocate(request(AllocationRule::Optimal, 10, 1), &strata)), ["allocation_bad_number"; 3]);
        assert_eq!(codes(allocate(request(AllocationRule::Proportional, 10, 1), &strata)), ["allocation_bad_number"]);
        assert_eq!(codes(real_valued(neyman(10, 1), &strata).map(|_| Vec::new())), ["allocation_bad_number"; 2]);
        assert!(!codes(allocate(request(AllocationRule::Power { power: bad }, 10, 1), &strata)).is_empty());
    }
    let mut strata = good.clone();
    (strata[0].spread, strata[1].spread) = (None, None);
    assert_eq!(codes(allocate(neyman(10, 1), &strata)), ["allocation_missing_number"; 2], "all of them at once");
    strata[1].label = "000".to_owned();
    strata[0].population = 0;
    assert_eq!(codes(allocate(request(AllocationRule::Equal, 3, 0), &strata)).len(), 3, "minimum, name, population");
    assert_eq!(codes(allocate(neyman(10, 1), &[])), ["allocation_no_stratum"]);
    assert_eq!(codes(allocate(neyman(1, 1), &good)), ["allocation_below_minimum"]);
    assert_eq!(codes(allocate(neyman(9, 5), &good)), ["allocation_below_minimum"]);
    assert_eq!(codes(allocate(neyman(31, 1), &good)), ["allocation_too_many"]);
    assert_eq!(codes(allocate(neyman(u64::MAX, 1), &good)), ["allocation_too_many"]);
    assert_eq!(
        codes(allocate(AllocationRequest { total: None, ..neyman(9, 1) }, &good)),
        ["allocation_missing_number"]
    );
    let problems = allocate(neyman(31, 1), &good).expect_err("more than there are");
    assert!(problems.describe(Language::En).contains("(expected 2–30, got 31)"), "{problems}");
    assert!(problems.describe(Language::Vi).contains("tổng lớn hơn số đơn vị có trong các tầng"), "{problems}");
}

#[test]
fn given_numbers_are_kept_or_refused() {
    let mut strata = strata(&[(10, 1.0, 1.0), (20, 2.0, 3.0)]);
    let fixed = |total| AllocationRequest { rule: AllocationRule::Fixed, total, minimum: 2 };
    (strata[0].given, strata[1].given) = (Some(4.0), Some(20.0));
    assert_eq!(allocate(fixed(None), &strata).unwrap(), [4, 20]);
    assert_eq!(allocate(fixed(Some(24)), &strata).unwrap(), [4, 20]);
    assert_eq!(codes(allocate(fixed(Some(25)), &strata)), ["allocation_sum"]);
    for (one, other, n_problems) in [
        (Some(11.0), Some(2.0), 1),
        (Some(1.0), Some(21.0), 2),
        (Some(2.5), None, 2),
        (Some(f64::NAN), Some(-3.0), 2),
        (Some(0.0), Some(f64::INFINITY), 2),
    ] {
        (strata[0].given, strata[1].given) = (one, other);
        assert_eq!(codes(allocate(fixed(None), &strata)).len(), n_problems, "{one:?} {other:?}");
    }
}

#[test]
fn a_billion_units_in_many_strata_are_allocated_at_once() {
    let many: Vec<(u64, f64, f64)> = (0..5_000_u32).map(|k| (900_000, f64::from(k % 977 + 1), 1.0)).collect();
    let n = allocate(request(AllocationRule::Neyman, 1_000_000_000, 2), &strata(&many)).unwrap();
    assert_eq!(n.iter().sum::<u64>(), 1_000_000_000);
}

/// Strata with sizes, spreads and costs, a total and a minimum that fit.
fn any_case() -> impl Strategy<Value = (Vec<AllocationStratum>, u64, u64)> {
    let stratum = (1_u64..400, 0.01_f64..50.0, 0.1_f64..20.0);
    (proptest::collection::vec(stratum, 1..9), 1_u64..5, any::<proptest::sample::Index>()).prop_map(
        |(of, minimum, index)| {
            let least: u64 = of.iter().map(|(units, ..)| minimum.min(*units)).sum();
            let most: u64 = of.iter().map(|(units, ..)| units).sum();
            let total = least + index.index(usize::try_from(most - least + 1).unwrap()) as u64;
            (strata(&of), total, minimum)
        },
    )
}

proptest! {
    #[test]
    fn numbers_sum_to_the_total_within_the_bounds((strata, total, minimum) in any_case()) {
        for rule in RULES {
            let n = allocate(request(rule, total, minimum), &strata).unwrap();
            prop_assert_eq!(n.iter().sum::<u64>(), total);
            for (n, stratum) in n.iter().zip(&strata) {
                prop_assert!((minimum.min(stratum.population)..=stratum.population).contains(n));
            }
        }
    }

    #[test]
    fn the_variance_of_neyman_is_the_least((strata, total, minimum) in any_case()) {
        let neyman = variance(&strata, &allocate(request(AllocationRule::Neyman, total, minimum), &strata).unwrap());
        for rule in RULES {
            let other = variance(&strata, &allocate(request(rule, total, minimum), &strata).unwrap());
            prop_assert!(neyman <= other * (1.0 + 1e-12) + 1e-300, "{rule:?}: {other} below {neyman}");
        }
    }

    #[test]
    fn equal_spreads_make_neyman_proportional((mut strata, total, minimum) in any_case(), power in -3..4_i32) {
        for stratum in &mut strata {
            stratum.spread = Some(2.0_f64.powi(power));
        }
        let of = |rule| allocate(request(rule, total, minimum), &strata).unwrap();
        prop_assert_eq!(of(AllocationRule::Neyman), of(AllocationRule::Proportional));
    }

    #[test]
    fn the_order_of_the_strata_changes_nothing((strata, total, minimum) in any_case()) {
        let turned: Vec<AllocationStratum> = strata.iter().rev().cloned().collect();
        for rule in RULES {
            let mut n = allocate(request(rule, total, minimum), &turned).unwrap();
            n.reverse();
            prop_assert_eq!(n, allocate(request(rule, total, minimum), &strata).unwrap());
        }
    }

    #[test]
    fn a_larger_total_takes_nothing_from_anybody((strata, total, minimum) in any_case()) {
        let most: u64 = strata.iter().map(|stratum| stratum.population).sum();
        for rule in RULES {
            let n = allocate(request(rule, total, minimum), &strata).unwrap();
            let more = allocate(request(rule, (total + 1).min(most), minimum), &strata).unwrap();
            prop_assert!(n.iter().zip(&more).all(|(n, more)| n <= more), "{rule:?}: {n:?} then {more:?}");
        }
    }

    #[test]
    fn whole_numbers_are_those_of_dealing_one_by_one((strata, total, minimum) in any_case(), equal in any::<bool>()) {
        // Equal scores make ties everywhere.
        let scores: Vec<f64> =
            strata.iter().map(|stratum| if equal { 1.0 } else { stratum.measure * stratum.spread.unwrap() }).collect();
        let lower: Vec<u64> = strata.iter().map(|stratum| minimum.min(stratum.population)).collect();
        let upper: Vec<u64> = strata.iter().map(|stratum| stratum.population).collect();
        let order: Vec<usize> = (0..strata.len()).rev().collect();
        prop_assert_eq!(
            whole_numbers(&scores, &lower, &upper, total, &order),
            dealt_one_by_one(&scores, &lower, &upper, total, &order)
        );
    }
}
