//! Proofs of the probabilities: exact tables, enumeration from the definitions, identities, invariance.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::selection::{MaxEntropy, Odds};

#[derive(Deserialize)]
struct Tables {
    tables: Vec<Table>,
}

#[derive(Deserialize)]
struct Table {
    id: String,
    size: Vec<u64>,
    n: u64,
    target_pi: Vec<f64>,
    certainty_units: Vec<usize>,
    methods: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
struct Expected {
    exact_design: bool,
    pi: Vec<f64>,
    pi_joint: Vec<Vec<f64>>,
}

#[test]
fn probabilities_are_those_of_the_exact_tables() {
    let text = include_str!("../../tests/reference/inclusion_probabilities.json");
    let tables: Tables = serde_json::from_str(text).unwrap();
    let (mut compared, mut worst) = (0, BTreeMap::<String, f64>::new());
    for table in tables.tables {
        let aim = target(&table.size, table.n).unwrap();
        assert_eq!(aim.certain, table.certainty_units, "{}", table.id);
        assert!(aim.pi.iter().zip(&table.target_pi).all(|(a, b)| (a - b).abs() < 1e-15), "{}", table.id);
        for (name, expected) in &table.methods {
            let method = SelectionMethod::of_table_name(name).unwrap();
            let found = inclusion_probabilities(method, &table.size, table.n).unwrap();
            let meets = found.pi.iter().zip(&found.target).all(|(pi, target)| (pi - target).abs() < 1e-8);
            assert_eq!(meets, expected.exact_design, "{} {name}", table.id);
            assert!(meets || !method.meets_target(), "{name}");
            let joint = found.joint.unwrap();
            let rows = joint.rows().flatten().zip(expected.pi_joint.iter().flatten());
            let off = found.pi.iter().zip(&expected.pi).chain(rows).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off <= 1e-9, "{} {name}: {off:e}", table.id);
            let worst = worst.entry(name.clone()).or_default();
            *worst = worst.max(off);
            compared += 1;
        }
    }
    println!("largest difference from the tables: {worst:?}");
    assert_eq!((compared, worst.len()), (50, 10));
}

/// A whole design: each sample with its probability.
type Design = BTreeMap<Vec<usize>, f64>;

fn subsets(population: usize, n: usize) -> Vec<Vec<usize>> {
    let all = 0_u32..1 << population;
    let of_n = all.filter(|set| set.count_ones() as usize == n);
    of_n.map(|set| (0..population).filter(|k| set >> k & 1 == 1).collect()).collect()
}

fn proportional(population: usize, n: usize, weight: impl Fn(&[usize]) -> f64) -> Design {
    let mut design: Design = subsets(population, n).into_iter().map(|s| (s.clone(), weight(&s))).collect();
    let sum: f64 = design.values().sum();
    design.values_mut().for_each(|weight| *weight /= sum);
    design
}

fn distance(design: &Design, found: &JointProbabilities) -> f64 {
    let mut joint = vec![vec![0.0; found.population()]; found.population()];
    for (sample, probability) in design {
        for k in sample {
            for l in sample {
                joint[*k][*l] += probability;
            }
        }
    }
    joint.iter().flatten().zip(found.rows().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The duels of the ordered pivotal method, both outcomes of each followed.
fn duels(pi: &[f64], order: &[usize]) -> Design {
    let mut design = Design::new();
    follow(pi, order, None, Vec::new(), 1.0, &mut design);
    design
}

fn follow(
    pi: &[f64],
    left: &[usize],
    fighter: Option<(usize, f64)>,
    taken: Vec<usize>,
    weight: f64,
    design: &mut Design,
) {
    if let Some((unit, share)) = fighter
        && share > 1.0 - 1e-12
    {
        let taken = [taken, vec![unit]].concat();
        return follow(pi, left, None, taken, weight, design);
    }
    let Some((next, left)) = left.split_first() else {
        let mut taken = taken;
        taken.sort_unstable();
        *design.entry(taken).or_default() += weight;
        return;
    };
    let Some((unit, a)) = fighter else {
        return follow(pi, left, Some((*next, pi[*next])), taken, weight, design);
    };
    let b = pi[*next];
    if a + b <= 1.0 + 1e-12 {
        follow(pi, left, Some((*next, a + b)), taken.clone(), weight * b / (a + b), design);
        follow(pi, left, Some((unit, a + b)), taken, weight * a / (a + b), design);
    } else {
        let (rest, sum) = (a + b - 1.0, 2.0 - a - b);
        let with = |one: usize| [taken.clone(), vec![one]].concat();
        follow(pi, left, Some((unit, rest)), with(*next), weight * (1.0 - a) / sum, design);
        follow(pi, left, Some((*next, rest)), with(unit), weight * (1.0 - b) / sum, design);
    }
}

/// Brewer's procedure, every order of drawing followed.
fn brewer_orders(pi: &[f64], n: usize, drawn: &[usize], weight: f64, design: &mut Design) {
    if drawn.len() == n {
        let mut sample = drawn.to_vec();
        sample.sort_unstable();
        *design.entry(sample).or_default() += weight;
        return;
    }
    let a: f64 = drawn.iter().map(|k| pi[*k]).sum();
    let (all, i) = (n as f64, drawn.len() as f64 + 1.0);
    let chance = |k: &usize| pi[*k] * (all - a - pi[*k]) / (all - a - pi[*k] * (all - i + 1.0));
    let left: Vec<usize> = (0..pi.len()).filter(|k| !drawn.contains(k)).collect();
    let sum: f64 = left.iter().map(chance).sum();
    for k in &left {
        brewer_orders(pi, n, &[drawn, &[*k]].concat(), weight * chance(k) / sum, design);
    }
}

/// Tillé's elimination, every unit that can be dropped followed.
fn eliminations(sizes: &[u64], n: usize) -> Design {
    let population = sizes.len();
    let pi_of = |m: usize| if m == population { vec![1.0; m] } else { target(sizes, m as u64).unwrap().pi };
    let mut now = Design::from([((0..population).collect(), 1.0)]);
    for m in (n..population).rev() {
        let (before, after) = (pi_of(m + 1), pi_of(m));
        let mut next = Design::new();
        for (set, probability) in now {
            for gone in &set {
                let kept = set.iter().copied().filter(|k| k != gone).collect();
                *next.entry(kept).or_default() += probability * (1.0 - after[*gone] / before[*gone]);
            }
        }
        now = next;
    }
    now
}

/// A frame without certainty units: sizes of which n times the largest stays below the total.
fn frames() -> impl Strategy<Value = (Vec<u64>, u64)> {
    (proptest::collection::vec(1_u64..60, 3..8), 1_u64..6)
        .prop_filter("n·x < Σx", |(sizes, n)| sizes.iter().all(|x| n * x < sizes.iter().sum::<u64>()))
}

fn table(method: SelectionMethod, sizes: &[u64], n: u64) -> JointProbabilities {
    inclusion_probabilities(method, sizes, n).unwrap().joint.unwrap()
}

/// The largest difference between the tables of six methods and their designs enumerated from the definitions.
fn worst_against_enumeration(sizes: &[u64], n: u64) -> f64 {
    let (goal, take) = (Target::new(sizes, n).unwrap().odds(), usize::try_from(n).unwrap());
    let pi: Vec<f64> = goal.iter().map(|odds| odds.yes).collect();
    let in_order: Vec<usize> = (0..sizes.len()).collect();
    let sampford = proportional(sizes.len(), take, |s| {
        s.iter().map(|k| goal[*k].ratio()).product::<f64>() * s.iter().map(|k| goal[*k].no).sum::<f64>()
    });
    let working: Vec<Odds> = MaxEntropy::new(&Target::new(sizes, n).unwrap()).working().to_vec();
    let max_entropy = proportional(sizes.len(), take, |s| s.iter().map(|k| working[*k].ratio()).product());
    let mut brewer = Design::new();
    brewer_orders(&pi, take, &[], 1.0, &mut brewer);
    let mut chromy = Design::new();
    for (start, chance) in pi.iter().enumerate() {
        let order: Vec<usize> = (start..sizes.len()).chain(0..start).collect();
        for (sample, probability) in duels(&pi, &order) {
            *chromy.entry(sample).or_default() += probability * chance / n as f64;
        }
    }
    let designs = [
        (SelectionMethod::Sampford, sampford),
        (SelectionMethod::MaxEntropy, max_entropy),
        (SelectionMethod::Brewer, brewer),
        (SelectionMethod::Tille, eliminations(sizes, take)),
        (SelectionMethod::Pivotal, duels(&pi, &in_order)),
        (SelectionMethod::Chromy, chromy),
    ];
    let off = designs.iter().map(|(method, design)| {
        let found = table(*method, sizes, n);
        let on_target = pi.iter().enumerate().map(|(k, pi)| (found.get(k, k) - pi).abs()).fold(0.0, f64::max);
        distance(design, &found).max(on_target)
    });
    off.fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn designs_enumerated_from_their_definitions_have_the_same_probabilities((sizes, n) in frames()) {
        let worst = worst_against_enumeration(&sizes, n);
        prop_assert!(worst < 1e-12, "{worst:e}");
    }

    #[test]
    fn probabilities_sum_to_n_and_joint_ones_to_n_minus_one_times_pi((sizes, n) in frames()) {
        for method in SelectionMethod::ALL.into_iter().filter(|method| method.has_fixed_size()) {
            let found = inclusion_probabilities(method, &sizes, n).unwrap();
            prop_assert!((found.pi.iter().sum::<f64>() - n as f64).abs() < 1e-10, "{}", method.name());
            for (row, pi) in found.joint.unwrap().rows().zip(&found.pi) {
                prop_assert!((row.iter().sum::<f64>() - n as f64 * pi).abs() < 1e-10, "{}", method.name());
                prop_assert!(row.iter().all(|joint| *joint >= 0.0 && *joint <= pi + 1e-12), "{}", method.name());
            }
        }
    }

    #[test]
    fn another_order_of_the_frame_changes_nothing_for_order_free_methods(
        (sizes, n) in frames(),
        turn in 1_usize..6,
    ) {
        let turned: Vec<u64> = (0..sizes.len()).map(|k| sizes[(k + turn) % sizes.len()]).collect();
        for method in SelectionMethod::ALL.into_iter().filter(|method| method.is_order_free()) {
            let (one, other) = (table(method, &sizes, n), table(method, &turned, n));
            for k in 0..sizes.len() {
                for l in 0..sizes.len() {
                    let there = one.get((k + turn) % sizes.len(), (l + turn) % sizes.len());
                    prop_assert!((other.get(k, l) - there).abs() < 1e-11, "{}", method.name());
                }
            }
        }
    }
}

#[test]
fn extreme_frames_are_enumerated_to_the_same_probabilities() {
    // A chance of 0.99998 and five of 0.2; one of 3e-7; ties; a cascade whose largest are just not certain; n = N − 1.
    let frames: [(&[u64], u64); 5] = [
        (&[10_000, 10_000, 10_000, 10_000, 10_000, 49_999], 2),
        (&[1, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000, 6_000_000], 2),
        (&[7, 7, 7, 7, 9, 9, 9, 9], 3),
        (&[1, 1, 400_001, 400_000, 400_001], 2),
        (&[100, 101, 99, 100, 102], 4),
    ];
    for (sizes, n) in frames {
        let worst = worst_against_enumeration(sizes, n);
        // Enumeration itself loses digits where 1 − π is taken as a difference.
        assert!(worst < 1e-11, "{sizes:?}: {worst:e}");
        for method in [SelectionMethod::Pareto, SelectionMethod::SequentialPoisson, SelectionMethod::ExponentialOrder] {
            let found = inclusion_probabilities(method, sizes, n).unwrap();
            assert!((found.pi.iter().sum::<f64>() - n as f64).abs() < 1e-10, "{} {sizes:?}", method.name());
        }
    }
}

#[test]
fn random_order_systematic_is_the_mean_over_all_orders() {
    let (sizes, n) = ([7_u64, 3, 9, 4, 8, 5], 3);
    let mut mean = vec![0.0; 36];
    let mut orders = vec![vec![]];
    for _ in 0..6 {
        let longer = |order: &Vec<usize>| {
            (0..6).filter(|k| !order.contains(k)).map(|k| [order.clone(), vec![k]].concat()).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    assert_eq!(orders.len(), 720);
    for order in &orders {
        let ordered: Vec<u64> = order.iter().map(|k| sizes[*k]).collect();
        for start in 0..36 {
            let sample = crate::selection::pps_systematic_from(&ordered, n, start);
            for k in &sample {
                for l in &sample {
                    mean[order[*k] * 6 + order[*l]] += 1.0 / (720.0 * 36.0);
                }
            }
        }
    }
    let found = table(SelectionMethod::SystematicRandomOrder, &sizes, n);
    assert!(found.rows().flatten().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-10));
}

#[test]
fn order_sampling_of_one_unit_has_its_closed_forms() {
    let (sizes, n) = ([2_u64, 3, 5], 1);
    let exponential = inclusion_probabilities(SelectionMethod::ExponentialOrder, &sizes, n).unwrap().pi;
    let rates: Vec<f64> = [0.2_f64, 0.3, 0.5].iter().map(|pi| -(1.0 - pi).ln()).collect();
    for (found, rate) in exponential.iter().zip(&rates) {
        assert!((found - rate / rates.iter().sum::<f64>()).abs() < 1e-13, "the smallest of independent exponentials");
    }
    // Two units of ½: each first half of the time, whatever the ranking.
    for method in [SelectionMethod::SequentialPoisson, SelectionMethod::Pareto] {
        let pi = inclusion_probabilities(method, &[1, 1], 1).unwrap().pi;
        assert!((pi[0] - 0.5).abs() < 1e-13 && (pi[1] - 0.5).abs() < 1e-13, "{pi:?}");
    }
    // U₁/¼ < U₂/¾ with U uniform: P = ∫₀¹ min(1, u·… ) = 1/6.
    let pi = inclusion_probabilities(SelectionMethod::SequentialPoisson, &[1, 3], 1).unwrap().pi;
    assert!((pi[0] - 1.0 / 6.0).abs() < 1e-13, "{pi:?}");
}

#[test]
fn order_sampling_of_twelve_among_120_has_the_probabilities_of_an_independent_integration() {
    // Python 3.11, numpy 2.4.6: Gauss-Legendre with 24 nodes on pieces between fixed points and the points 1/pi, the
    // Poisson binomial distribution of the other units made anew at each node, nothing removed from it.
    let sizes: Vec<u64> = (0..120_u64).map(|k| 20 + k * k % 97).collect();
    let units = [0_usize, 1, 37, 60, 119];
    let expected = [
        (
            SelectionMethod::Pareto,
            [
                0.030_221_795_334_933,
                0.031_732_865_564_120,
                0.046_843_572_839_665,
                0.046_843_572_839_665,
                0.175_301_618_970_598,
            ],
        ),
        (
            SelectionMethod::SequentialPoisson,
            [
                0.029_993_828_028_388,
                0.031_497_436_146_309,
                0.046_554_191_461_044,
                0.046_554_191_461_044,
                0.176_091_817_275_729,
            ],
        ),
        (
            SelectionMethod::ExponentialOrder,
            [
                0.030_106_337_462_981,
                0.031_613_891_443_312,
                0.046_700_710_900_436,
                0.046_700_710_900_436,
                0.175_655_565_774_182,
            ],
        ),
    ];
    for (method, expected) in expected {
        let found = inclusion_probabilities(method, &sizes, 12).unwrap();
        for (unit, expected) in units.into_iter().zip(expected) {
            assert!((found.pi[unit] - expected).abs() < 1e-11, "{} {unit}: {}", method.name(), found.pi[unit]);
        }
    }
}

#[test]
fn order_sampling_keeps_its_size_on_frames_of_thousands() {
    let sizes: Vec<u64> = (0..3_000_u64).map(|k| 40 + k * k % 211).collect();
    for method in [SelectionMethod::Pareto, SelectionMethod::SequentialPoisson, SelectionMethod::ExponentialOrder] {
        for n in [1, 20] {
            let found = inclusion_probabilities(method, &sizes, n).unwrap();
            assert!(found.first_order.is_computed(), "{} {n}", method.name());
            let sum: f64 = found.pi.iter().sum();
            assert!((sum - n as f64).abs() < 1e-9, "{} {n}: {sum}", method.name());
            assert!(true_order_probabilities(order_kind(method), &Target::new(&sizes, n).unwrap()).is_some());
        }
    }
}

#[test]
fn units_of_one_size_have_the_joint_probabilities_of_simple_random_sampling() {
    for method in SelectionMethod::ALL.into_iter().filter(|method| method.is_order_free() && method.has_fixed_size()) {
        // With two certainty units beside them.
        let sizes = [vec![5; 60], vec![900, 1_000]].concat();
        let found = inclusion_probabilities(method, &sizes, 14).unwrap();
        let joint = found.joint.unwrap();
        if method == SelectionMethod::SimpleRandom {
            continue;
        }
        assert!((joint.get(3, 40) - 12.0 * 11.0 / (60.0 * 59.0)).abs() < 1e-15, "{}", method.name());
        assert!((joint.get(3, 61) - 12.0 / 60.0).abs() < 1e-15 && joint.get(60, 61) == 1.0, "{}", method.name());
    }
}

#[test]
fn large_frames_keep_their_probabilities_to_the_last_digits() {
    let sizes: Vec<u64> = (0..400_u64).map(|k| 20 + k * k % 977).collect();
    for (method, n) in
        [SelectionMethod::Sampford, SelectionMethod::MaxEntropy, SelectionMethod::Tille, SelectionMethod::Pivotal]
            .into_iter()
            .flat_map(|method| [(method, 40_u64), (method, 180)])
    {
        let found = inclusion_probabilities(method, &sizes, n).unwrap();
        let off = found.pi.iter().zip(&found.target).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-12, "{} {n}: {off:e}", method.name());
        for (row, pi) in found.joint.unwrap().rows().zip(&found.pi) {
            let miss = row.iter().sum::<f64>() - n as f64 * pi;
            assert!(miss.abs() < 1e-9, "{} {n}: {miss:e}", method.name());
        }
    }
}

#[test]
fn what_cannot_be_computed_is_said_and_not_guessed() {
    let sizes: Vec<u64> = (1..=40).collect();
    for method in [SelectionMethod::Brewer, SelectionMethod::SystematicRandomOrder, SelectionMethod::PivotalRandomOrder]
    {
        let found = inclusion_probabilities(method, &sizes, 12).unwrap();
        assert_eq!((found.second_order, found.joint.is_none()), (Exactness::NotComputed, true), "{}", method.name());
        assert_eq!(found.first_order, Exactness::Exact);
    }
}

#[test]
fn bad_numbers_are_clear_problems() {
    let code = |sizes: &[u64], n: u64| target(sizes, n).unwrap_err().0[0].code;
    assert_eq!(code(&[1, 2, 3], 0), "selection_bad_n");
    assert_eq!(code(&[1, 2, 3], 4), "selection_bad_n");
    assert_eq!(code(&[], 1), "selection_bad_n");
    assert_eq!(code(&[1, 2, 3], u64::MAX), "selection_bad_n");
    assert_eq!(code(&[1, 0, 3], 1), "selection_bad_size");
    assert_eq!(code(&[u64::MAX; 5], 2), "selection_total_size");
    // With all units in the sample, all are certain.
    for method in SelectionMethod::ALL.into_iter().filter(|method| method.has_fixed_size()) {
        let found = inclusion_probabilities(method, &[3, 1, 4, 1, 5], 5).unwrap();
        assert_eq!(found.pi, [1.0; 5], "{}", method.name());
        assert!(found.joint.unwrap().rows().flatten().all(|joint| *joint == 1.0), "{}", method.name());
    }
}
