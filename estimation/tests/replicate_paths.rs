//! Replicates from totals of units are those from rows: whatever is made is also declared row by row, and both must agree.

#![expect(clippy::expect_used, reason = "helpers of tests stop where the test fails")]

use estimation::replication::{Declared, Method, ReplicateWeights, Replicated};
use estimation::table::Column;
use estimation::weighting::{Adjustment, Bounds, Controls, Distance, Margin, TrimLimits, WeightSet};
use estimation::{DesignColumns, EstimationDesign, QuantileRule};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A row: whether it is in the domain, weight, two answers (one may be missing).
type Line = (bool, f64, f64, f64);

fn line() -> impl Strategy<Value = Line> {
    let answer = prop_oneof![7 => 0.1..100.0, 1 => Just(f64::NAN), 1 => Just(0.0)];
    let weight = prop_oneof![9 => 0.5..400.0, 1 => Just(0.0)];
    (any::<bool>(), weight, answer, 0.5..9.0)
}

/// Strata of PSUs of rows; two PSUs each for balanced half samples.
fn strata(n_psus: std::ops::Range<usize>, n_rows: usize) -> impl Strategy<Value = Vec<Vec<Vec<Line>>>> {
    prop::collection::vec(prop::collection::vec(prop::collection::vec(line(), 1..n_rows), n_psus), 1..5)
}

struct Sample {
    stratum: Column,
    psu: Column,
    household: Column,
    fractions: [Vec<f64>; 2],
    weight: Vec<f64>,
    y: Vec<f64>,
    x: Vec<f64>,
    domain: Vec<bool>,
}

impl Sample {
    fn new(strata: &[Vec<Vec<Line>>]) -> Self {
        let mut rows: Vec<(usize, usize, Line)> = Vec::new();
        for (stratum, psus) in strata.iter().enumerate() {
            for (psu, lines) in psus.iter().enumerate() {
                rows.extend(lines.iter().map(|&line| (stratum, 100 * stratum + psu, line)));
            }
        }
        let column = |value: &dyn Fn(&(usize, usize, Line)) -> f64| -> Vec<f64> { rows.iter().map(value).collect() };
        Self {
            stratum: Column::numeric(column(&|row| row.0 as f64)),
            psu: Column::numeric(column(&|row| row.1 as f64)),
            household: Column::numeric((0..rows.len()).map(|row| (row / 2) as f64).collect()),
            fractions: [column(&|row| [0.1, 0.3, 0.5, 0.2, 0.4][row.0]), column(&|row| 0.2 + 0.1 * (row.1 % 4) as f64)],
            weight: column(&|row| row.2.1),
            y: column(&|row| row.2.2),
            x: column(&|row| row.2.3),
            domain: rows.iter().map(|row| row.2.0).collect(),
        }
    }

    fn columns(&self, n_stages: usize, with_fractions: bool) -> DesignColumns<'_> {
        let fractions = if with_fractions { n_stages } else { 0 };
        DesignColumns {
            ids: [("psu", &self.psu), ("household", &self.household)][..n_stages].to_vec(),
            strata: vec![("stratum", &self.stratum)],
            nest: true,
            fpc: [("f1", &self.fractions[0][..]), ("f2", &self.fractions[1][..])][..fractions].to_vec(),
            weights: Some(("weight", &self.weight)),
            ..DesignColumns::new(self.y.len())
        }
    }
}

/// The same replicates, row by row.
fn by_rows(made: &ReplicateWeights) -> ReplicateWeights {
    let replicates: Vec<Vec<f64>> = (0..made.n_replicates()).map(|number| made.replicate(number)).collect();
    ReplicateWeights::declared(&Declared {
        full: made.full(),
        replicates: replicates.iter().map(|weights| ("r", &weights[..])).collect(),
        combined: true,
        scale: made.scale(),
        rscales: made.rscales().to_vec(),
        mse: false,
        degrees_of_freedom: None,
    })
    .expect("replicate weights")
}

fn statistics(weights: &ReplicateWeights, sample: &Sample) -> Vec<Replicated> {
    let (y, x) = (&sample.y, &sample.x);
    let inside = Some(&sample.domain[..]);
    let mut all = vec![
        weights.mean("mean", y, None).expect("a mean"),
        weights.mean("mean of domain", y, inside).expect("a mean"),
        weights.total("total", y, None).expect("a total"),
        weights.total("total of domain", y, inside).expect("a total"),
        weights.ratio("ratio", y, x, None).expect("a ratio"),
        weights.ratio("ratio of domain", y, x, inside).expect("a ratio"),
        weights.quantile("median", y, None, 0.5, QuantileRule::Math).expect("a quantile"),
    ];
    let contrast = Replicated::linear_combination("contrast", 1.0, &[(2.0, &all[0]), (-1.0, &all[4])]);
    all.push(contrast.expect("a contrast"));
    all
}

fn near(a: Option<f64>, b: Option<f64>, scale: f64) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()).max(scale),
        (a, b) => a == b,
    }
}

fn compare(units: &ReplicateWeights, rows: &ReplicateWeights, sample: &Sample) -> Result<(), TestCaseError> {
    let (one, other) = (statistics(units, sample), statistics(rows, sample));
    for (a, b) in one.iter().zip(&other) {
        // A contrast may cancel; its parts are below 200.
        let scale = if a.name == "contrast" { 200.0 } else { 0.0 };
        prop_assert_eq!((a.n(), a.why_missing()), (b.n(), b.why_missing()), "{}", a.name);
        prop_assert!(near(a.estimate(), b.estimate(), scale), "{}: {:?} {:?}", a.name, a.estimate(), b.estimate());
        for (r, s) in a.replicates().iter().zip(b.replicates()) {
            prop_assert!(near(*r, *s, scale), "{}: {:?} {:?}", a.name, r, s);
        }
    }
    let one_covariance = units.covariance(&one.iter().collect::<Vec<_>>()).expect("a matrix");
    let other_covariance = rows.covariance(&other.iter().collect::<Vec<_>>()).expect("a matrix");
    // Deviations are as exact as the values they come from.
    let spread = (units.scale() * units.rscales().iter().sum::<f64>()).sqrt();
    for (at, one) in one.iter().enumerate() {
        let largest = one.replicates().iter().flatten().fold(1.0_f64, |most, value| most.max(value.abs()));
        let (a, b) = (one_covariance.standard_error(at), other_covariance.standard_error(at));
        prop_assert_eq!(one_covariance.why_missing(at), other_covariance.why_missing(at));
        prop_assert!(near(a, b, 4.0 * spread * largest), "{}: {:?} {:?}", one.name, a, b);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2026),
        ..ProptestConfig::default()
    })]

    #[test]
    fn totals_of_units_and_rows_give_the_same_replicates(strata in strata(2..6, 6), seed in any::<u64>()) {
        let sample = Sample::new(&strata);
        let n_replicates = 12;
        for (method, n_stages, with_fractions) in [
            (Method::JackknifeN, 1, false),
            (Method::JackknifeN, 1, true),
            (Method::RaoWu { n_draws: None, n_replicates, seed }, 1, false),
            (Method::RaoWu { n_draws: Some(1), n_replicates, seed }, 1, true),
            (Method::RaoWuYueBeaumont { n_replicates, seed }, 1, true),
            (Method::RaoWuYueBeaumont { n_replicates, seed }, 2, false),
            (Method::Preston { n_replicates, seed }, 1, true),
        ] {
            let columns = sample.columns(n_stages, with_fractions);
            let design = EstimationDesign::new(&columns).expect("a design");
            let made = ReplicateWeights::make(&design, &columns, &method).expect("replicates");
            let rows = by_rows(&made);
            prop_assert_eq!(made.degrees_of_freedom(), rows.degrees_of_freedom(), "{:?}", method);
            compare(&made, &rows, &sample)?;
        }
    }

    #[test]
    fn so_do_half_samples_and_the_jackknife_without_strata(strata in strata(2..3, 8), rho in 0.0..0.9) {
        let sample = Sample::new(&strata);
        let plain = DesignColumns { strata: Vec::new(), ..sample.columns(1, false) };
        for (method, columns) in [
            (Method::Balanced { rho: 0.0 }, sample.columns(1, false)),
            (Method::Balanced { rho }, sample.columns(1, false)),
            (Method::Jackknife1, plain),
        ] {
            let design = EstimationDesign::new(&columns).expect("a design");
            let made = ReplicateWeights::make(&design, &columns, &method).expect("replicates");
            let rows = by_rows(&made);
            prop_assert_eq!(made.degrees_of_freedom(), rows.degrees_of_freedom(), "{:?}", method);
            compare(&made, &rows, &sample)?;
        }
    }
}

/// 40 rows in each of four PSUs of five strata: with 100 replicates enough weights for kinds of rows to be looked for.
fn large(seed: u64) -> Sample {
    let mut state = seed | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let mut line = || {
        let answer = if next() < 0.1 { f64::NAN } else { 0.1 + 50.0 * next() };
        (next() < 0.5, 1.0 + 20.0 * next(), answer, 0.5 + 4.0 * next())
    };
    let strata: Vec<Vec<Vec<Line>>> =
        (0..5).map(|_| (0..4).map(|_| (0..40).map(|_| line()).collect()).collect()).collect();
    Sample::new(&strata)
}

/// The label of each row, a code that goes round by `step`.
fn codes(n_rows: usize, step: usize, n: usize) -> Vec<Option<String>> {
    (0..n_rows).map(|row| Some((row / step % n).to_string())).collect()
}

fn margin(n_rows: usize, step: usize, counts: &[f64]) -> Margin {
    let counts: Vec<(String, f64)> =
        counts.iter().enumerate().map(|(code, count)| (code.to_string(), *count)).collect();
    Margin::new("margin", &codes(n_rows, step, counts.len()), &counts).expect("a margin")
}

#[test]
fn weighting_steps_on_units_and_on_rows_give_the_same_replicates() {
    for seed in 1..=6 {
        let sample = large(seed);
        let n_rows = sample.y.len();
        let columns = sample.columns(1, false);
        let design = EstimationDesign::new(&columns).expect("a design");
        let method = Method::RaoWu { n_draws: None, n_replicates: 100, seed };
        let made = ReplicateWeights::make(&design, &columns, &method).expect("replicates");
        let sexes = margin(n_rows, 1, &[4_000.0, 5_000.0]);
        let ages = margin(n_rows, 2, &[2_000.0, 3_000.0, 4_000.0]);
        let cells = codes(n_rows, 1, 4).into_iter().flatten().collect::<Vec<String>>();
        let ones = vec![1.0; n_rows];
        let years: Vec<f64> = (0..n_rows).map(|row| (row % 5) as f64).collect();
        let mut controls = Controls::new();
        controls.add("one", ones, 9_000.0);
        controls.add("years", years, 18_500.0);
        let refused: Vec<bool> = (0..n_rows).map(|row| row % 9 == 4).collect();
        let steps = [
            Adjustment::Redistribute {
                cells,
                increase: refused.iter().map(|refused| !refused).collect(),
                reduce: refused,
            },
            Adjustment::Poststratify(sexes.clone()),
            Adjustment::Rake(vec![sexes, ages]),
            Adjustment::Calibrate { controls, distance: Distance::Raking, bounds: Bounds::NONE },
            // Each row has a weight of its own, so this one ends with weights by row.
            Adjustment::Trim { limits: TrimLimits { lower: 0.0, upper: 25.0, strict: false }, cells: None },
        ];
        let rows = by_rows(&made);
        let mut pair = [made, rows].map(|weights| WeightSet::new(&sample.weight, Some(weights)).expect("a set"));
        for step in &steps {
            pair = pair.map(|set| set.apply("step", step).expect("a step"));
            let [units, rows] = pair.each_ref().map(|set| set.replicates().expect("replicates"));
            for number in 0..100 {
                for (a, b) in units.replicate(number).into_iter().zip(rows.replicate(number)) {
                    assert!(near(Some(a), Some(b), 0.0), "{seed} {number}: {a} {b}");
                }
            }
            compare(units, rows, &sample).expect("the same numbers");
        }
    }
}
