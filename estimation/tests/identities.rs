//! What must be equal for any data.

#![expect(clippy::expect_used, reason = "helpers of tests stop where the test fails")]

use estimation::table::Column;
use estimation::{DesignColumns, EstimationDesign, LonelyPsu, Scores, estimate, mean, proportion, ratio, total};

/// A stratified two-stage sample of 60 rows with gaps, made by a fixed congruence.
struct Example {
    stratum: Vec<f64>,
    psu: Vec<f64>,
    weight: Vec<f64>,
    y: Vec<f64>,
    x: Vec<f64>,
    domain: Vec<bool>,
    code: Vec<u32>,
}

fn example() -> Example {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let rows = 60;
    Example {
        stratum: (0..rows).map(|row| f64::from(row / 20)).collect(),
        psu: (0..rows).map(|row| f64::from(row / 5)).collect(),
        weight: (0..rows).map(|_| 10.0 + 90.0 * next()).collect(),
        y: (0..rows).map(|_| if next() < 0.1 { f64::NAN } else { 1.0 + 9.0 * next() }).collect(),
        x: (0..rows).map(|_| 1.0 + next()).collect(),
        domain: (0..rows).map(|_| next() < 0.6).collect(),
        code: (0..rows).map(|_| (3.0 * next()) as u32).collect(),
    }
}

fn design(stratum: &[f64], psu: &[f64], weight: &[f64]) -> EstimationDesign {
    let (stratum, psu) = (Column::numeric(stratum.to_vec()), Column::numeric(psu.to_vec()));
    EstimationDesign::new(&DesignColumns {
        ids: vec![("psu", &psu)],
        strata: vec![("stratum", &stratum)],
        weights: Some(("weight", weight)),
        lonely_psu: LonelyPsu::Fail,
        ..DesignColumns::new(weight.len())
    })
    .expect("a valid design")
}

fn close(got: Option<f64>, expected: Option<f64>, tolerance: f64) {
    let (got, expected) = (got.expect("a number"), expected.expect("a number"));
    assert!((got - expected).abs() <= tolerance * got.abs().max(expected.abs()), "{got} {expected}");
}

#[test]
fn a_domain_mean_is_a_ratio() {
    let e = example();
    let design = design(&e.stratum, &e.psu, &e.weight);
    let answered = |row: usize| e.domain[row] && !e.y[row].is_nan();
    let inside: Vec<f64> = (0..60).map(|row| if answered(row) { 1.0 } else { 0.0 }).collect();
    let value: Vec<f64> = (0..60).map(|row| if answered(row) { e.y[row] } else { 0.0 }).collect();
    let of_mean = estimate(&design, &mean(&design, &e.y, Some(&e.domain)).unwrap(), 0.95).unwrap();
    let of_ratio = estimate(&design, &ratio(&design, &value, &inside, None).unwrap(), 0.95).unwrap();
    close(of_mean.estimate, of_ratio.estimate, 1e-14);
    close(of_mean.standard_error, of_ratio.standard_error, 1e-13);
}

#[test]
fn a_proportion_is_the_mean_of_its_category() {
    let e = example();
    let design = design(&e.stratum, &e.psu, &e.weight);
    let shares: Vec<Scores> = (0..3).map(|code| proportion(&design, &e.code, code, Some(&e.domain)).unwrap()).collect();
    for (code, share) in shares.iter().enumerate() {
        let indicator: Vec<f64> = e.code.iter().map(|&other| f64::from(u8::from(other == code as u32))).collect();
        let same = mean(&design, &indicator, Some(&e.domain)).unwrap();
        assert_eq!(share.estimate(), same.estimate());
        assert_eq!(design.covariance(&[share]), design.covariance(&[&same]));
    }
    let parts: Vec<(f64, &Scores)> = shares.iter().map(|share| (1.0, share)).collect();
    let whole = Scores::linear_combination("all", 0.0, &parts).unwrap();
    close(whole.estimate(), Some(1.0), 1e-14);
    assert!(design.covariance(&[&whole]).unwrap().variance(0).unwrap() < 1e-30);
}

#[test]
fn a_composite_is_the_delta_method() {
    // 2 ȳ − 3 x̄ + 1 from the totals Σwy, Σwa, Σwx, Σw: gradient 2/A, −2ȳ/A, −3/N, 3x̄/N.
    let e = example();
    let design = design(&e.stratum, &e.psu, &e.weight);
    let (y, x) = (mean(&design, &e.y, None).unwrap(), mean(&design, &e.x, None).unwrap());
    let composite = Scores::linear_combination("composite", 1.0, &[(2.0, &y), (-3.0, &x)]).unwrap();
    let answered: Vec<f64> = e.y.iter().map(|y| if y.is_nan() { 0.0 } else { 1.0 }).collect();
    let filled: Vec<f64> = e.y.iter().map(|y| if y.is_nan() { 0.0 } else { *y }).collect();
    let totals: Vec<Scores> = [&filled, &answered, &e.x, &vec![1.0; 60]]
        .into_iter()
        .map(|column| total(&design, column, None).unwrap())
        .collect();
    let covariance = design.covariance(&totals.iter().collect::<Vec<_>>()).unwrap();
    let value = |i: usize| totals[i].estimate().unwrap();
    let gradient =
        [2.0 / value(1), -2.0 * value(0) / value(1).powi(2), -3.0 / value(3), 3.0 * value(2) / value(3).powi(2)];
    let mut by_delta = 0.0;
    for i in 0..4 {
        for j in 0..4 {
            by_delta += gradient[i] * gradient[j] * covariance.get(i, j).unwrap();
        }
    }
    close(composite.estimate(), Some(1.0 + 2.0 * value(0) / value(1) - 3.0 * value(2) / value(3)), 1e-13);
    close(design.covariance(&[&composite]).unwrap().variance(0), Some(by_delta), 1e-9);
}

#[test]
fn the_variance_of_a_difference_is_the_sum_less_twice_the_covariance() {
    let e = example();
    let design = design(&e.stratum, &e.psu, &e.weight);
    let outside: Vec<bool> = e.domain.iter().map(|inside| !inside).collect();
    let men = mean(&design, &e.y, Some(&e.domain)).unwrap();
    let women = mean(&design, &e.y, Some(&outside)).unwrap();
    let difference = Scores::linear_combination("difference", 0.0, &[(1.0, &men), (-1.0, &women)]).unwrap();
    let all = design.covariance(&[&men, &women, &difference]).unwrap();
    let get = |i, j| all.get(i, j).unwrap();
    close(Some(get(2, 2)), Some(get(0, 0) + get(1, 1) - 2.0 * get(0, 1)), 1e-12);
    assert_eq!(all.get(0, 1), all.get(1, 0));
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let e = example();
    let shuffled: Vec<usize> = (0..60).map(|row| (row * 37 + 11) % 60).collect();
    let pick = |values: &[f64]| -> Vec<f64> { shuffled.iter().map(|&row| values[row]).collect() };
    let domain: Vec<bool> = shuffled.iter().map(|&row| e.domain[row]).collect();
    let one = design(&e.stratum, &e.psu, &e.weight);
    let other = design(&pick(&e.stratum), &pick(&e.psu), &pick(&e.weight));
    let a = estimate(&one, &mean(&one, &e.y, Some(&e.domain)).unwrap(), 0.95).unwrap();
    let b = estimate(&other, &mean(&other, &pick(&e.y), Some(&domain)).unwrap(), 0.95).unwrap();
    close(a.estimate, b.estimate, 1e-12);
    close(a.standard_error, b.standard_error, 1e-12);
    close(a.design_effect, b.design_effect, 1e-12);
    assert_eq!((a.n, a.domain_degrees_of_freedom), (b.n, b.domain_degrees_of_freedom));
}

#[test]
fn the_scale_of_the_weights_does_not_move_a_mean_and_scales_a_total() {
    let e = example();
    let scaled: Vec<f64> = e.weight.iter().map(|weight| weight * 1000.0).collect();
    let (one, other) = (design(&e.stratum, &e.psu, &e.weight), design(&e.stratum, &e.psu, &scaled));
    let of = |design: &EstimationDesign| estimate(design, &mean(design, &e.y, None).unwrap(), 0.95).unwrap();
    close(of(&one).estimate, of(&other).estimate, 1e-14);
    close(of(&one).standard_error, of(&other).standard_error, 1e-13);
    let of = |design: &EstimationDesign| estimate(design, &total(design, &e.y, None).unwrap(), 0.95).unwrap();
    close(of(&one).estimate.map(|value| value * 1000.0), of(&other).estimate, 1e-14);
    close(of(&one).standard_error.map(|value| value * 1000.0), of(&other).standard_error, 1e-13);
}

#[test]
fn renaming_units_and_strata_changes_nothing() {
    let e = example();
    let one = design(&e.stratum, &e.psu, &e.weight);
    let stratum: Vec<f64> = e.stratum.iter().map(|code| 100.0 - code).collect();
    let psu: Vec<f64> = e.psu.iter().map(|code| (code * 7.0) % 13.0 - 0.5).collect();
    let other = design(&stratum, &psu, &e.weight);
    let of = |design: &EstimationDesign| estimate(design, &mean(design, &e.y, None).unwrap(), 0.95).unwrap();
    close(of(&one).standard_error, of(&other).standard_error, 1e-12);
}

#[test]
fn the_same_input_gives_the_same_bits() {
    let e = example();
    let run = || {
        let design = design(&e.stratum, &e.psu, &e.weight);
        let result = estimate(&design, &mean(&design, &e.y, Some(&e.domain)).unwrap(), 0.95).unwrap();
        (result.estimate.map(f64::to_bits), result.standard_error.map(f64::to_bits))
    };
    assert_eq!(run(), run());
}

#[test]
fn nesting_codes_is_the_same_as_writing_them_out() {
    let e = example();
    let stratum = Column::numeric(e.stratum.clone());
    let code = Column::numeric(e.psu.iter().map(|code| code % 4.0).collect());
    let nested = EstimationDesign::new(&DesignColumns {
        ids: vec![("psu", &code)],
        strata: vec![("stratum", &stratum)],
        nest: true,
        weights: Some(("weight", &e.weight)),
        ..DesignColumns::new(60)
    })
    .unwrap();
    let plain = design(&e.stratum, &e.psu, &e.weight);
    assert_eq!(nested.n_psus(), plain.n_psus());
    let of = |design: &EstimationDesign| estimate(design, &mean(design, &e.y, None).unwrap(), 0.95).unwrap();
    close(of(&nested).standard_error, of(&plain).standard_error, 1e-13);
}
