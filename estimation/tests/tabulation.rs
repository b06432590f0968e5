//! One pass over columns gives what scores row by row give, whatever the design, the order of rows and the number of threads.

#![expect(clippy::expect_used, reason = "helpers of tests stop where the test fails")]

use estimation::domain::Domains;
use estimation::table::{Cells, Column, Table};
use estimation::tabulation::{Item, Statistic, Tabulation, tabulate};
use estimation::{DesignColumns, Estimate, EstimationDesign, LonelyPsu, UnequalProbability, WhyMissing, estimate};
use problem::Problem;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A row: stratum, first- and second-stage unit, weight, two answers, category, two domain columns.
#[derive(Clone, Debug)]
struct Line {
    stratum: u8,
    psu: u8,
    ssu: u8,
    weight: f64,
    y: f64,
    x: f64,
    category: u8,
    group: u8,
    sex: u8,
}

fn line() -> impl Strategy<Value = Line> {
    let answer = prop_oneof![6 => -50.0..150.0, 2 => (0_u8..3).prop_map(f64::from), 1 => Just(f64::NAN)];
    let size = prop_oneof![8 => 0.5..9.0, 1 => Just(f64::NAN)];
    let weight = prop_oneof![8 => 0.5..40.0, 1 => Just(0.0)];
    ((0_u8..3, 0_u8..4, 0_u8..3), weight, answer, size, (0_u8..4, 0_u8..4, 0_u8..2)).prop_map(
        |((stratum, psu, ssu), weight, y, x, (category, group, sex))| Line {
            stratum,
            psu,
            ssu,
            weight,
            y,
            x,
            category,
            group,
            sex,
        },
    )
}

#[derive(Clone, Copy, Debug)]
struct Choices {
    n_fractions: usize,
    brewer: bool,
    lonely_psu: LonelyPsu,
    adjust_domain_lonely: bool,
}

fn choices() -> impl Strategy<Value = Choices> {
    let rule = prop_oneof![
        Just(LonelyPsu::Fail),
        Just(LonelyPsu::Remove),
        Just(LonelyPsu::Certainty),
        Just(LonelyPsu::Adjust),
        Just(LonelyPsu::Average)
    ];
    (0_usize..3, any::<bool>(), rule, any::<bool>()).prop_map(
        |(n_fractions, brewer, lonely_psu, adjust_domain_lonely)| Choices {
            n_fractions,
            brewer: brewer && n_fractions > 0,
            lonely_psu,
            adjust_domain_lonely,
        },
    )
}

struct Sample {
    stratum: Column,
    psu: Column,
    ssu: Column,
    fractions: [Vec<f64>; 2],
    weight: Vec<f64>,
    y: Vec<f64>,
    x: Vec<f64>,
    category: Vec<u32>,
    domains: Domains,
}

impl Sample {
    fn new(lines: &[Line]) -> Self {
        let numbers = |pick: fn(&Line) -> f64| -> Vec<f64> { lines.iter().map(pick).collect() };
        let mut table = Table::new();
        // Group 3 is a missing value: rows of no domain.
        let group = lines.iter().map(|line| if line.group == 3 { f64::NAN } else { f64::from(line.group) }).collect();
        table.insert("group", Column::numeric(group)).expect("equal lengths");
        let sex: Vec<Option<&str>> = lines.iter().map(|line| Some(["Nữ", "Nam"][usize::from(line.sex)])).collect();
        table.insert("sex", Column::categorical(&sex)).expect("equal lengths");
        Self {
            stratum: Column::numeric(numbers(|line| f64::from(line.stratum))),
            psu: Column::numeric(numbers(|line| f64::from(line.psu))),
            ssu: Column::numeric(numbers(|line| f64::from(line.ssu))),
            // One fraction a stratum, one a PSU; stratum 2 is taken with certainty.
            fractions: [
                numbers(|line| [0.25, 0.5, 1.0][usize::from(line.stratum)]),
                numbers(|line| [0.1, 0.4, 0.75, 1.0][usize::from(line.psu)]),
            ],
            weight: numbers(|line| line.weight),
            y: numbers(|line| line.y),
            x: numbers(|line| line.x),
            category: lines
                .iter()
                .map(|line| if line.category == 3 { Cells::MISSING_CODE } else { u32::from(line.category) })
                .collect(),
            domains: Domains::crossing(&table, &["group", "sex"]).expect("known columns"),
        }
    }

    fn design(&self, choices: Choices) -> Option<EstimationDesign> {
        EstimationDesign::new(&DesignColumns {
            ids: vec![("psu", &self.psu), ("ssu", &self.ssu)],
            strata: vec![("stratum", &self.stratum)],
            nest: true,
            fpc: [("f1", &self.fractions[0][..]), ("f2", &self.fractions[1][..])][..choices.n_fractions].to_vec(),
            unequal_probability: if choices.brewer { UnequalProbability::Brewer } else { UnequalProbability::None },
            weights: Some(("weight", &self.weight)),
            lonely_psu: choices.lonely_psu,
            adjust_domain_lonely: choices.adjust_domain_lonely,
            ..DesignColumns::new(self.y.len())
        })
        .ok()
    }

    fn items(&self) -> Vec<Item<'_>> {
        let item = |name: &str, statistic| Item { name: name.to_owned(), statistic };
        let categories = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
        vec![
            item("mean", Statistic::Mean(&self.y)),
            item("total", Statistic::Total(&self.y)),
            item("ratio", Statistic::Ratio(&self.y, &self.x)),
            item("shares", Statistic::Proportions { codes: &self.category, categories }),
        ]
    }

    /// The same estimates through scores: item by item, domain by domain.
    fn by_scores(&self, design: &EstimationDesign) -> Result<Vec<Estimate>, Problem> {
        let mut all = Vec::new();
        for item in self.items() {
            for domain in 0..self.domains.len() {
                let mask: Vec<bool> = self.domains.of_row.iter().map(|&other| other as usize == domain).collect();
                for scores in item.scores(design, Some(&mask))? {
                    all.push(estimate(design, &scores, 0.95)?);
                }
            }
        }
        Ok(all)
    }

    fn tabulated(&self, design: &EstimationDesign, n_threads: usize) -> Result<Vec<Estimate>, Problem> {
        let tabulation = tabulate(design, &self.domains, &self.items(), 0.95, n_threads)?;
        Ok(flat(&tabulation, self.domains.len()))
    }
}

fn flat(tabulation: &Tabulation, n_domains: usize) -> Vec<Estimate> {
    let of_item = |item| (0..n_domains).flat_map(move |domain| tabulation.get(item, domain).to_vec());
    (0..tabulation.n_items()).flat_map(of_item).collect()
}

/// `scale`: numbers that differ by less than a rounding of this size are the same.
fn same(a: Option<f64>, b: Option<f64>, scale: f64) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()) + 1e-13 * scale,
        (a, b) => a == b,
    }
}

fn compare(one: &[Estimate], other: &[Estimate]) -> Result<(), TestCaseError> {
    prop_assert_eq!(one.len(), other.len());
    for (a, b) in one.iter().zip(other) {
        prop_assert_eq!((&a.name, a.n, a.why_missing), (&b.name, b.n, b.why_missing), "{:?} {:?}", a, b);
        prop_assert_eq!(a.domain_degrees_of_freedom, b.domain_degrees_of_freedom, "{:?} {:?}", a, b);
        // Answers are up to 150, weights up to 40, in at most 40 rows; a total may cancel to nothing.
        let scale = if a.name == "total" { 1e4 } else { a.estimate.unwrap_or(0.0).abs().max(1.0) };
        prop_assert!(same(a.estimate, b.estimate, scale), "{:?} {:?}", a, b);
        prop_assert!(same(a.standard_error, b.standard_error, scale), "{:?} {:?}", a, b);
        // Where the answers do not vary a design effect is a quotient of roundings.
        let varies = a.standard_error.is_some_and(|error| error > 1e-9 * scale);
        prop_assert!(!varies || effects_agree(a, b), "{:?} {:?}", a, b);
    }
    Ok(())
}

fn effects_agree(a: &Estimate, b: &Estimate) -> bool {
    let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        (a, b) => a.is_none() == b.is_none(),
    };
    near(a.design_effect, b.design_effect) && near(a.design_effect_with_replacement, b.design_effect_with_replacement)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2026),
        ..ProptestConfig::default()
    })]

    #[test]
    fn one_pass_and_scores_row_by_row_agree_on_any_design(
        lines in prop::collection::vec(line(), 2..40),
        choices in choices(),
    ) {
        let sample = Sample::new(&lines);
        let Some(design) = sample.design(choices) else { return Ok(()) };
        match (sample.tabulated(&design, 1), sample.by_scores(&design)) {
            (Ok(one), Ok(other)) => compare(&one, &other)?,
            (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        (lines, shuffled) in prop::collection::vec(line(), 2..40)
            .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        choices in choices(),
    ) {
        let (one, other) = (Sample::new(&lines), Sample::new(&shuffled));
        let (Some(a), Some(b)) = (one.design(choices), other.design(choices)) else { return Ok(()) };
        match (one.tabulated(&a, 1), other.tabulated(&b, 1)) {
            (Ok(one), Ok(other)) => compare(&one, &other)?,
            (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
        }
    }

    #[test]
    fn splitting_a_weight_over_two_rows_of_a_household_changes_no_estimate(
        lines in prop::collection::vec(line(), 2..30),
        share in 0.1..0.9,
    ) {
        let split = lines.iter().flat_map(|line| [share, 1.0 - share].map(|share| Line { weight: line.weight * share, ..line.clone() }));
        let choices = Choices { n_fractions: 0, brewer: false, lonely_psu: LonelyPsu::Remove, adjust_domain_lonely: false };
        let (one, other) = (Sample::new(&lines), Sample::new(&split.collect::<Vec<_>>()));
        let (Some(a), Some(b)) = (one.design(choices), other.design(choices)) else { return Ok(()) };
        let (one, other) = (one.tabulated(&a, 1).expect("a table"), other.tabulated(&b, 1).expect("a table"));
        for (a, b) in one.iter().zip(&other) {
            let scale = if a.name == "total" { 1e4 } else { a.estimate.unwrap_or(0.0).abs().max(1.0) };
            prop_assert!(same(a.estimate, b.estimate, scale) && same(a.standard_error, b.standard_error, scale), "{:?} {:?}", a, b);
        }
    }

    #[test]
    fn cells_add_up_to_their_margin(lines in prop::collection::vec(line(), 2..40)) {
        let mut sample = Sample::new(&lines);
        // Rows of no domain belong to no cell.
        let inside: Vec<bool> = sample.domains.of_row.iter().map(|&domain| domain != Cells::MISSING_CODE).collect();
        let choices = Choices { n_fractions: 0, brewer: false, lonely_psu: LonelyPsu::Remove, adjust_domain_lonely: false };
        let Some(design) = sample.design(choices) else { return Ok(()) };
        let cells = tabulate(&design, &sample.domains, &sample.items(), 0.95, 1).expect("a table");
        let n_domains = sample.domains.len();
        sample.domains = Domains {
            labels: vec![Vec::new()],
            of_row: inside.iter().map(|&inside| if inside { 0 } else { Cells::MISSING_CODE }).collect(),
        };
        let margin = tabulate(&design, &sample.domains, &sample.items(), 0.95, 1).expect("a table");
        let sum: f64 = (0..n_domains).filter_map(|domain| cells.get(1, domain)[0].estimate).sum();
        let n: usize = (0..n_domains).map(|domain| cells.get(1, domain)[0].n).sum();
        prop_assert!((sum - margin.get(1, 0)[0].estimate.unwrap_or(0.0)).abs() < 1e-9);
        prop_assert!(margin.get(1, 0)[0].estimate.is_none() || n == margin.get(1, 0)[0].n);
        for domain in 0..n_domains {
            let shares: Vec<f64> = cells.get(3, domain).iter().filter_map(|share| share.estimate).collect();
            prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{:?}", shares);
            prop_assert!(shares.is_empty() || (shares.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        }
        for estimate in flat(&cells, n_domains) {
            let (Some(value), Some(interval)) = (estimate.estimate, estimate.interval) else { continue };
            prop_assert!(interval.lower <= value && value <= interval.upper);
            prop_assert!(estimate.standard_error.is_some_and(|error| error >= 0.0));
        }
    }
}

/// A stratified sample of `n` rows with gaps, made by a fixed congruence.
fn large(n: usize, stretch: f64, shift: f64) -> Sample {
    let mut state = 11_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let lines: Vec<Line> = (0..n)
        .map(|row| Line {
            stratum: (row * 3 / n) as u8,
            psu: (row * 12 / n % 4) as u8,
            ssu: (row % 3) as u8,
            weight: 1.0 + 9.0 * next(),
            y: if next() < 0.1 { f64::NAN } else { shift + stretch * (next() - 0.5) },
            x: 1.0 + next(),
            category: (4.0 * next()) as u8,
            group: (3.0 * next()) as u8,
            sex: (2.0 * next()) as u8,
        })
        .collect();
    Sample::new(&lines)
}

const PLAIN: Choices =
    Choices { n_fractions: 0, brewer: false, lonely_psu: LonelyPsu::Fail, adjust_domain_lonely: false };

#[test]
fn one_and_many_threads_give_the_same_bits() {
    let sample = large(40_000, 10.0, 0.0);
    let design = sample.design(Choices { n_fractions: 2, ..PLAIN }).expect("a design");
    let bits = |n_threads| -> Vec<[Option<u64>; 3]> {
        let estimates = sample.tabulated(&design, n_threads).expect("a table");
        let of = |estimate: &Estimate| {
            [estimate.estimate, estimate.standard_error, estimate.design_effect].map(|value| value.map(f64::to_bits))
        };
        estimates.iter().map(of).collect()
    };
    let one = bits(1);
    assert_eq!(one.len(), 6 * 6);
    for n_threads in [2, 3, 8, 64] {
        assert_eq!(one, bits(n_threads), "{n_threads} threads");
    }
}

#[test]
fn large_values_that_differ_little_lose_nothing() {
    // The same answers around 0 and around 10⁹ (taking 10⁹ away is exact): a mean moves by 10⁹, its error does not move.
    let (mut near, far) = (large(6_000, 3.0, 0.0), large(6_000, 3.0, 1e9));
    near.y = far.y.iter().map(|y| y - 1e9).collect();
    let design = near.design(PLAIN).expect("a design");
    let one = near.tabulated(&design, 1).expect("a table");
    let other = far.tabulated(&design, 1).expect("a table");
    let relative = |a: Option<f64>, b: Option<f64>| (a.expect("a number") / b.expect("a number") - 1.0).abs();
    for (a, b) in one.iter().zip(&other).filter(|(a, _)| a.name == "mean") {
        assert!(relative(a.standard_error, b.standard_error) < 1e-12, "{a:?} {b:?}");
        assert!(relative(a.design_effect, b.design_effect) < 1e-12, "{a:?} {b:?}");
        assert!((a.estimate.expect("a mean") + 1e9 - b.estimate.expect("a mean")).abs() < 2e-7);
    }
    // A ratio to 1 is a mean, also where the numerator is large.
    let ones = vec![1.0; 6_000];
    let item = Item { name: "ratio".to_owned(), statistic: Statistic::Ratio(&far.y, &ones) };
    let ratios = tabulate(&design, &far.domains, &[item], 0.95, 1).expect("a table");
    for (domain, mean) in other.iter().take(far.domains.len()).enumerate() {
        assert!(relative(ratios.get(0, domain)[0].standard_error, mean.standard_error) < 1e-9, "{mean:?}");
    }
}

#[test]
fn answers_that_are_all_equal_have_no_variance_at_all() {
    let mut sample = large(500, 1.0, 0.0);
    sample.y = vec![0.1; 500];
    sample.category = vec![1; 500];
    let design = sample.design(PLAIN).expect("a design");
    for estimate in sample.tabulated(&design, 1).expect("a table") {
        match estimate.name.as_str() {
            "mean" => assert_eq!((estimate.estimate, estimate.standard_error), (Some(0.1), Some(0.0))),
            "b" => assert_eq!((estimate.estimate, estimate.standard_error), (Some(1.0), Some(0.0))),
            "a" | "c" => assert_eq!((estimate.estimate, estimate.standard_error), (Some(0.0), Some(0.0))),
            _ => {}
        }
    }
}

#[test]
fn what_cannot_be_tabulated_says_why() {
    let sample = large(40, 1.0, 0.0);
    let design = sample.design(PLAIN).expect("a design");
    let with = |statistic| {
        let item = Item { name: "item".to_owned(), statistic };
        tabulate(&design, &sample.domains, &[item], 0.95, 1)
    };
    let code = |result: Result<Tabulation, Problem>| result.expect_err("a problem").code;
    assert_eq!(code(with(Statistic::Mean(&[1.0]))), "scores_length");
    assert_eq!(code(with(Statistic::Ratio(&sample.y, &[1.0]))), "scores_length");
    assert_eq!(code(with(Statistic::Total(&[f64::INFINITY; 40]))), "scores_infinite_value");
    let categories = vec!["only".to_owned()];
    assert_eq!(code(with(Statistic::Proportions { codes: &[1; 40], categories })), "scores_category");
    let level = tabulate(&design, &sample.domains, &sample.items(), 95.0, 1);
    assert_eq!(code(level), "interval_level");
    let unanswered = with(Statistic::Mean(&[f64::NAN; 40])).expect("a table");
    assert_eq!(unanswered.get(0, 0)[0].why_missing, Some(WhyMissing::NoAnswers));
    let huge = with(Statistic::Total(&[f64::MAX; 40])).expect("a table");
    assert_eq!(huge.get(0, 0)[0].why_missing, Some(WhyMissing::Overflow));
}
