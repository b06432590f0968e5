//! What must hold for every sample: 256 random ones each, or as many as `PROPTEST_CASES` says.
//!
//! Elsewhere: the order of rows, one pass against scores, a weight split over two rows, cells that add up to margins, shares within
//! 0 and 1 and intervals around their estimates (`tabulation.rs`); replicates (`replicate_paths.rs`); mangled input (`mutations.rs`).

#![expect(clippy::expect_used, reason = "helpers of tests stop where the test fails")]

use estimation::table::Column;
use estimation::{
    DesignColumns, Estimate, EstimationDesign, LonelyPsu, QuantileRule, Scores, SortedAnswers, correlation, estimate,
    mean, proportion, ratio, total,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A row: stratum, units of two stages, weight, two answers, category, domain.
#[derive(Clone, Debug)]
struct Line {
    stratum: u8,
    psu: u8,
    ssu: u8,
    weight: f64,
    y: f64,
    x: f64,
    category: u8,
    inside: bool,
}

fn line() -> impl Strategy<Value = Line> {
    let answer = prop_oneof![6 => -50.0..150.0, 2 => (0_u8..3).prop_map(f64::from), 1 => Just(f64::NAN)];
    ((0_u8..3, 0_u8..4, 0_u8..3), 0.5..40.0, answer, 0.5..9.0, 0_u8..3, any::<bool>()).prop_map(
        |((stratum, psu, ssu), weight, y, x, category, inside)| Line {
            stratum,
            psu,
            ssu,
            weight,
            y,
            x,
            category,
            inside,
        },
    )
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(line(), 2..40)
}

/// The rule for lonely PSUs and the number of stages with fractions.
type Choices = (LonelyPsu, usize);

fn choices() -> impl Strategy<Value = Choices> {
    let rule = prop_oneof![
        Just(LonelyPsu::Fail),
        Just(LonelyPsu::Remove),
        Just(LonelyPsu::Certainty),
        Just(LonelyPsu::Adjust),
        Just(LonelyPsu::Average)
    ];
    (rule, 0_usize..3)
}

const PLAIN: Choices = (LonelyPsu::Remove, 0);

/// Fractions of both stages.
const FRACTIONS: [[f64; 4]; 2] = [[0.25, 0.5, 0.8, 0.8], [0.1, 0.4, 0.75, 1.0]];

fn design(lines: &[Line], (lonely_psu, n_fractions): Choices) -> EstimationDesign {
    design_with(lines, FRACTIONS, (lonely_psu, n_fractions))
}

fn design_with(lines: &[Line], fractions: [[f64; 4]; 2], (lonely_psu, n_fractions): Choices) -> EstimationDesign {
    let numbers = |of: &dyn Fn(&Line) -> f64| -> Vec<f64> { lines.iter().map(of).collect() };
    let column = |of: &dyn Fn(&Line) -> f64| Column::numeric(numbers(of));
    let stratum = column(&|line| f64::from(line.stratum));
    let (psu, ssu) = (column(&|line| f64::from(line.psu)), column(&|line| f64::from(line.ssu)));
    // Codes may be renamed below; what is known of a unit goes by its code of old.
    let first = numbers(&|line| fractions[0][usize::from(line.stratum) % 4]);
    let second = numbers(&|line| fractions[1][usize::from(line.psu) % 4]);
    let weight = numbers(&|line| line.weight);
    EstimationDesign::new(&DesignColumns {
        ids: vec![("psu", &psu), ("ssu", &ssu)],
        strata: vec![("stratum", &stratum)],
        nest: true,
        fpc: [("f1", &first[..]), ("f2", &second[..])][..n_fractions].to_vec(),
        weights: Some(("weight", &weight)),
        lonely_psu,
        ..DesignColumns::new(lines.len())
    })
    .expect("a design")
}

fn y(lines: &[Line]) -> Vec<f64> {
    lines.iter().map(|line| line.y).collect()
}

/// Mean, ratio, share and mean of a domain; then total and total of a domain. `None` under a rule that refuses the design.
fn estimates(design: &EstimationDesign, lines: &[Line]) -> Option<Vec<Estimate>> {
    let x: Vec<f64> = lines.iter().map(|line| line.x).collect();
    let codes: Vec<u32> = lines.iter().map(|line| u32::from(line.category)).collect();
    let inside: Vec<bool> = lines.iter().map(|line| line.inside).collect();
    let (y, inside) = (y(lines), Some(&inside[..]));
    let scores = [
        mean(design, &y, None),
        ratio(design, &y, &x, None),
        proportion(design, &codes, 1, None),
        mean(design, &y, inside),
        total(design, &y, None),
        total(design, &y, inside),
    ];
    scores.into_iter().map(|scores| estimate(design, &scores.expect("scores"), 0.95).ok()).collect()
}

/// Equal up to roundings of numbers of this size.
fn near(a: Option<f64>, b: Option<f64>, scale: f64) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()) + 1e-13 * scale,
        (a, b) => a == b,
    }
}

/// The same estimates but for factors of those and of their errors.
fn same(one: &[Estimate], other: &[Estimate], factors: (f64, f64), scale: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(one.len(), other.len());
    for (a, b) in one.iter().zip(other) {
        let of = |value: Option<f64>, factor: f64| value.map(|value| value * factor);
        prop_assert!(near(of(a.estimate, factors.0), b.estimate, scale), "{:?} {:?}", a, b);
        prop_assert!(near(of(a.standard_error, factors.1), b.standard_error, scale), "{:?} {:?}", a, b);
        prop_assert_eq!((a.degrees_of_freedom, a.why_missing), (b.degrees_of_freedom, b.why_missing));
    }
    Ok(())
}

/// Answers of 150 with weights of 40 in 40 rows, and their quotients.
const OF_TOTALS: f64 = 3e5;
const OF_MEANS: f64 = 1e3;

/// Standard errors; none at all where the rule for lonely PSUs refuses, none where nothing is left to take one from.
fn errors(design: &EstimationDesign, scores: &[&Scores]) -> Option<Vec<Option<f64>>> {
    let covariance = design.covariance(scores).ok()?;
    Some((0..scores.len()).map(|at| covariance.standard_error(at)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2026),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_constant_factor_of_all_weights_moves_no_mean_and_stretches_totals(
        lines in lines(), choices in choices(), factor in 1e-3..1e3,
    ) {
        let scaled: Vec<Line> = lines.iter().map(|line| Line { weight: line.weight * factor, ..line.clone() }).collect();
        let one = estimates(&design(&lines, choices), &lines);
        let other = estimates(&design(&scaled, choices), &scaled);
        prop_assert_eq!(one.is_some(), other.is_some());
        let (Some(one), Some(other)) = (one, other) else { return Ok(()) };
        same(&one[..4], &other[..4], (1.0, 1.0), OF_MEANS)?;
        same(&one[4..], &other[4..], (factor, factor), OF_TOTALS * factor.max(1.0))?;
    }

    #[test]
    fn names_of_strata_and_units_do_not_matter(lines in lines(), rule in choices(), order in Just([0_u8, 1, 2, 3]).prop_shuffle()) {
        // Fractions hang on codes, so none here.
        let choices = (rule.0, 0);
        let new = |code: u8| 10 * order[usize::from(code)] + 7;
        let renamed: Vec<Line> = lines
            .iter()
            .map(|line| Line { stratum: new(line.stratum), psu: new(line.psu), ssu: new(line.ssu), ..line.clone() })
            .collect();
        let one = estimates(&design(&lines, choices), &lines);
        let other = estimates(&design(&renamed, choices), &renamed);
        prop_assert_eq!(one.is_some(), other.is_some());
        let (Some(one), Some(other)) = (one, other) else { return Ok(()) };
        same(&one, &other, (1.0, 1.0), OF_TOTALS)?;
    }

    /// n PSUs a stratum become 2n of half the weight: `n/(n−1) Σ u²` becomes `2n/(2n−1) · 2 Σ (u/2)²`.
    #[test]
    fn duplicated_clusters_bring_no_more_than_their_number_says(
        n_strata in 1_usize..4, n in 2_usize..5, some in prop::collection::vec(line(), 12),
    ) {
        let mut lines = Vec::new();
        for (at, line) in some.iter().cycle().take(2 * n_strata * n).enumerate() {
            lines.push(Line { stratum: (at / 2 / n) as u8, psu: (at / 2 % n) as u8, ..line.clone() });
        }
        let half = |psu: u8| move |line: &Line| Line { psu: line.psu + psu, weight: line.weight / 2.0, ..line.clone() };
        let twice: Vec<Line> = lines.iter().map(half(0)).chain(lines.iter().map(half(n as u8))).collect();
        let one = estimates(&design(&lines, PLAIN), &lines).expect("estimates");
        let other = estimates(&design(&twice, PLAIN), &twice).expect("estimates");
        let n = n as f64;
        for (a, b) in one.iter().zip(&other) {
            prop_assert!(near(a.estimate, b.estimate, OF_TOTALS), "{:?} {:?}", a, b);
            let expected = a.standard_error.map(|error| error * ((n - 1.0) / (2.0 * n - 1.0)).sqrt());
            prop_assert!(near(expected, b.standard_error, OF_TOTALS), "{:?} {:?}", a, b);
            prop_assert_eq!(2 * a.n, b.n);
        }
    }

    #[test]
    fn a_constant_added_to_all_answers_moves_the_mean_and_no_error(
        lines in lines(), choices in choices(), constant in -1e3..1e3,
    ) {
        let moved: Vec<Line> = lines.iter().map(|line| Line { y: line.y + constant, ..line.clone() }).collect();
        let design = design(&lines, choices);
        let (Some(one), Some(other)) = (estimates(&design, &lines), estimates(&design, &moved)) else { return Ok(()) };
        for at in [0, 3] {
            prop_assert!(near(one[at].estimate.map(|mean| mean + constant), other[at].estimate, OF_MEANS));
            prop_assert!(near(one[at].standard_error, other[at].standard_error, 10.0 * OF_MEANS));
        }
        // A total moves by the constant for each of those who answered.
        let answered: Vec<f64> = lines.iter().map(|line| if line.y.is_nan() { f64::NAN } else { constant }).collect();
        let by = total(&design, &answered, None).expect("scores").estimate();
        let expected = one[4].estimate.zip(by).map(|(total, by)| total + by);
        prop_assert!(near(expected, other[4].estimate, 10.0 * OF_TOTALS));
    }

    #[test]
    fn another_unit_of_measurement_stretches_estimates_and_errors(
        lines in lines(), choices in choices(), factor in prop_oneof![-1e3..-1e-3, 1e-3..1e3],
    ) {
        let stretched: Vec<Line> = lines.iter().map(|line| Line { y: line.y * factor, ..line.clone() }).collect();
        let design = design(&lines, choices);
        let (Some(one), Some(other)) = (estimates(&design, &lines), estimates(&design, &stretched)) else { return Ok(()) };
        for at in [0, 1, 3, 4, 5] {
            same(&one[at..=at], &other[at..=at], (factor, factor.abs()), OF_TOTALS * factor.abs().max(1.0))?;
        }
    }

    #[test]
    fn parts_of_a_domain_make_the_whole(lines in lines(), choices in choices()) {
        let design = design(&lines, choices);
        if estimates(&design, &lines).is_none() { return Ok(()) }
        let y = y(&lines);
        let part = |code: u8| -> Vec<bool> { lines.iter().map(|line| line.inside && line.category == code).collect() };
        let whole: Vec<bool> = lines.iter().map(|line| line.inside).collect();
        let answered = |mask: &[bool]| -> Vec<f64> {
            mask.iter().zip(&y).map(|(inside, y)| f64::from(u8::from(*inside && !y.is_nan()))).collect()
        };
        let (mut totals, mut weighted, mut weights) = (Vec::new(), 0.0, 0.0);
        for mask in (0..3).map(part) {
            let weight = total(&design, &answered(&mask), None).expect("scores").estimate().unwrap_or(0.0);
            let mean = mean(&design, &y, Some(&mask)).expect("scores").estimate();
            weighted += mean.unwrap_or(0.0) * weight;
            weights += weight;
            totals.push(total(&design, &y, Some(&mask)).expect("scores").over_whole_design());
        }
        // A part without answers has no total; it adds nothing.
        let parts: Vec<(f64, &Scores)> = totals.iter().filter(|part| part.estimate().is_some()).map(|part| (1.0, part)).collect();
        let mean = mean(&design, &y, Some(&whole)).expect("scores");
        let total = total(&design, &y, Some(&whole)).expect("scores").over_whole_design();
        prop_assert_eq!(parts.is_empty(), total.estimate().is_none());
        if parts.is_empty() { return Ok(()) }
        prop_assert!(near(mean.estimate(), Some(weighted / weights), OF_MEANS));
        let sum = Scores::linear_combination("sum", 0.0, &parts).expect("scores");
        prop_assert!(near(sum.estimate(), total.estimate(), OF_TOTALS));
        let Some(errors) = errors(&design, &[&sum, &total]) else { return Ok(()) };
        prop_assert!(near(errors[0], errors[1], OF_TOTALS), "{:?}", errors);
    }

    #[test]
    fn strata_are_independent(lines in lines(), n_fractions in 0_usize..3) {
        let design = design(&lines, (LonelyPsu::Remove, n_fractions));
        let y = y(&lines);
        let whole = total(&design, &y, None).expect("scores");
        if whole.estimate().is_none() { return Ok(()) }
        let mut sum_of_squares = 0.0;
        for stratum in 0..3 {
            let mask: Vec<bool> = lines.iter().map(|line| line.stratum == stratum).collect();
            let part = total(&design, &y, Some(&mask)).expect("scores").over_whole_design();
            let error = errors(&design, &[&part]).expect("a matrix")[0];
            prop_assert_eq!(part.estimate().is_none(), error.is_none());
            sum_of_squares += error.unwrap_or(0.0).powi(2);
        }
        let error = errors(&design, &[&whole]).expect("a matrix")[0];
        prop_assert!(near(error, Some(sum_of_squares.sqrt()), OF_TOTALS), "{:?} {}", error, sum_of_squares);
    }

    #[test]
    fn a_contrast_and_its_opposite_are_equally_sure(lines in lines(), choices in choices()) {
        let design = design(&lines, choices);
        if estimates(&design, &lines).is_none() { return Ok(()) }
        let mask = |inside: bool| -> Vec<bool> { lines.iter().map(|line| line.inside == inside).collect() };
        let [a, b] = [true, false].map(|inside| mean(&design, &y(&lines), Some(&mask(inside))).expect("scores"));
        let of = |name: &str, signs: [f64; 2]| Scores::linear_combination(name, 0.0, &[(signs[0], &a), (signs[1], &b)]).expect("scores");
        let (one, other, nothing) = (of("a − b", [1.0, -1.0]), of("b − a", [-1.0, 1.0]), of("a", [1.0, 0.0]));
        prop_assert_eq!(one.estimate(), other.estimate().map(|value| -value));
        prop_assert_eq!(one.why_missing(), other.why_missing());
        if one.estimate().is_none() { return Ok(()) }
        let Some(errors) = errors(&design, &[&one, &other, &nothing]) else { return Ok(()) };
        prop_assert_eq!(errors[0], errors[1]);
        prop_assert_eq!(nothing.estimate(), a.estimate());
    }

    #[test]
    fn a_census_has_no_sampling_error(lines in lines()) {
        let choices = (LonelyPsu::Fail, 2);
        let all: Vec<Line> = lines.iter().map(|line| Line { weight: 1.0, ..line.clone() }).collect();
        let design = design_with(&all, [[1.0; 4]; 2], choices);
        for one in estimates(&design, &all).expect("no stratum of a census is lonely") {
            prop_assert!(one.standard_error.is_none_or(|error| error == 0.0), "{:?}", one);
            prop_assert_eq!(one.estimate.is_none(), one.standard_error.is_none());
        }
    }

    #[test]
    fn who_did_not_answer_never_counts(lines in lines(), choices in choices(), filler in -1e6..1e6) {
        let design = design(&lines, choices);
        if estimates(&design, &lines).is_none() { return Ok(()) }
        let y = y(&lines);
        let answered: Vec<bool> = y.iter().map(|y| !y.is_nan()).collect();
        let filled: Vec<f64> = y.iter().map(|y| if y.is_nan() { filler } else { *y }).collect();
        let one = estimate(&design, &mean(&design, &y, None).expect("scores"), 0.95);
        let other = estimate(&design, &mean(&design, &filled, Some(&answered)).expect("scores"), 0.95);
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(one.expect("an estimate").n, answered.iter().filter(|answered| **answered).count());
    }

    #[test]
    fn a_row_without_weight_changes_nothing(lines in lines(), extra in prop::collection::vec(line(), 1..5), n_fractions in 0_usize..3) {
        // It lies in a household that is there already: units are counted whether they weigh anything or not.
        let home = lines[0].clone();
        let rest = extra.into_iter().map(|line| Line { stratum: home.stratum, psu: home.psu, ssu: home.ssu, weight: 0.0, ..line });
        let more: Vec<Line> = lines.iter().cloned().chain(rest).collect();
        let choices = (LonelyPsu::Remove, n_fractions);
        let one = estimates(&design(&lines, choices), &lines).expect("estimates");
        let other = estimates(&design(&more, choices), &more).expect("estimates");
        for (a, b) in one.iter().zip(&other).filter(|(a, _)| a.estimate.is_some()) {
            prop_assert_eq!((a.estimate, a.n), (b.estimate, b.n));
            prop_assert!(near(a.standard_error, b.standard_error, OF_TOTALS), "{:?} {:?}", a, b);
        }
    }

    /// Cochran (1977), §2.5: `s²/n · (1−f)`.
    #[test]
    fn a_simple_random_sample_is_the_textbook(answers in prop::collection::vec(-50.0..150.0, 2..30), extra in 0_usize..100) {
        let n = answers.len() as f64;
        let population = n + extra as f64;
        let design = EstimationDesign::new(&DesignColumns {
            fpc: vec![("N", &vec![population; answers.len()])],
            ..DesignColumns::new(answers.len())
        })
        .expect("a design");
        let average = answers.iter().sum::<f64>() / n;
        let spread = answers.iter().map(|y| (y - average).powi(2)).sum::<f64>() / (n - 1.0);
        let error = (spread / n * (1.0 - n / population)).sqrt();
        let of_mean = estimate(&design, &mean(&design, &answers, None).expect("scores"), 0.95).expect("an estimate");
        prop_assert!(near(of_mean.estimate, Some(average), OF_MEANS) && near(of_mean.standard_error, Some(error), OF_MEANS));
        let of_total = estimate(&design, &total(&design, &answers, None).expect("scores"), 0.95).expect("an estimate");
        prop_assert!(near(of_total.estimate, Some(average * population), OF_TOTALS));
        prop_assert!(near(of_total.standard_error, Some(error * population), OF_TOTALS));
        // Its own design effect is 1.
        if extra > 0 && error > 1e-6 {
            prop_assert!(of_mean.design_effect.is_some_and(|effect| (effect - 1.0).abs() < 1e-9), "{:?}", of_mean);
        }
    }

    #[test]
    fn yes_and_no_are_equally_sure_and_a_ratio_to_itself_is_one(lines in lines(), choices in choices()) {
        let design = design(&lines, choices);
        if estimates(&design, &lines).is_none() { return Ok(()) }
        let is = |yes: bool| -> Vec<f64> { lines.iter().map(|line| f64::from(u8::from(line.inside == yes))).collect() };
        let [yes, no] = [true, false].map(|answer| mean(&design, &is(answer), None).expect("scores"));
        let x: Vec<f64> = lines.iter().map(|line| line.x).collect();
        let itself = ratio(&design, &x, &x, None).expect("scores");
        let errors = errors(&design, &[&yes, &no, &itself]).expect("a matrix");
        prop_assert!(near(yes.estimate().zip(no.estimate()).map(|(yes, no)| yes + no), Some(1.0), 1.0));
        prop_assert!(near(errors[0], errors[1], 1.0), "{:?}", errors);
        prop_assert_eq!(itself.estimate(), Some(1.0));
        prop_assert!(errors[2].is_none_or(|error| error == 0.0), "{:?}", errors);
    }

    #[test]
    fn correlations_know_neither_place_nor_scale_but_the_direction(lines in lines(), factor in 0.01..100.0, constant in -1e2..1e2) {
        let design = design(&lines, PLAIN);
        let (y, x): (Vec<f64>, Vec<f64>) = (y(&lines), lines.iter().map(|line| line.x).collect());
        let moved = |sign: f64| -> Vec<f64> { y.iter().map(|y| sign * factor * y + constant).collect() };
        let of = |y: &[f64], x: &[f64]| correlation(&design, y, x, None).expect("scores").estimate();
        let one = of(&y, &x);
        if let Some(one) = one { prop_assert!((-1.0 - 1e-12..=1.0 + 1e-12).contains(&one), "{}", one) }
        // Answers that are all but equal have no correlation to speak of.
        let answers: Vec<f64> = y.iter().copied().filter(|y| !y.is_nan()).collect();
        let spread = answers.iter().copied().fold(f64::NEG_INFINITY, f64::max) - answers.iter().copied().fold(f64::INFINITY, f64::min);
        if spread.is_nan() || spread < 1e-2 { return Ok(()) }
        let close = |a: Option<f64>, b: Option<f64>| a.zip(b).is_some_and(|(a, b)| (a - b).abs() < 1e-6) || (a.is_none() && b.is_none());
        prop_assert!(close(one, of(&x, &y)) && close(one, of(&moved(1.0), &x)) && close(one, of(&moved(-1.0), &x).map(|r| -r)));
    }

    #[test]
    fn quantiles_move_with_the_answers(lines in lines(), p in 0.01..0.99, constant in -1e3..1e3) {
        let design = design(&lines, PLAIN);
        let of = |y: &[f64]| SortedAnswers::new(&design, y, None).expect("answers").quantile(p, QuantileRule::Math);
        let y = y(&lines);
        let moved: Vec<f64> = y.iter().map(|y| y + constant).collect();
        prop_assert_eq!(of(&y).map(|value| value + constant), of(&moved));
        prop_assert!(of(&y).is_none_or(|value| y.contains(&value)));
    }
}
