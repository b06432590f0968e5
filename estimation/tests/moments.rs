//! Variances, covariances and correlations of variables.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its own design must stop")]

use estimation::table::Column;
use estimation::{DesignColumns, EstimationDesign, WhyMissing, correlation, covariance, estimate, mean};

const X: [f64; 11] = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
const Y: [f64; 11] = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];

fn simple(n: usize) -> EstimationDesign {
    EstimationDesign::new(&DesignColumns { weights: Some(("w", &vec![4.0; n])), ..DesignColumns::new(n) }).unwrap()
}

#[test]
fn anscombes_first_set_has_its_published_moments() {
    // Anscombe (1973), The American Statistician 27, 17–21: variance of x 11.0 (sum of squares 110), correlation 0.816 (R² 0.667).
    let design = simple(11);
    let value = |scores: estimation::Scores| scores.estimate().unwrap();
    assert!((value(covariance(&design, &X, &X, None).unwrap()) - 11.0).abs() < 1e-12);
    assert!((value(correlation(&design, &X, &Y, None).unwrap()).powi(2) - 0.667).abs() < 5e-4);
    let xy = value(covariance(&design, &X, &Y, None).unwrap());
    assert_eq!(xy, value(covariance(&design, &Y, &X, None).unwrap()));
    let slope = xy / 11.0;
    assert!((slope - 0.500_09).abs() < 5e-5, "the slope of the regression is s_xy/s_xx");
}

#[test]
fn the_error_of_a_variance_is_that_of_the_mean_of_squared_deviations() {
    let design = simple(11);
    let of_variance = estimate(&design, &covariance(&design, &X, &X, None).unwrap(), 0.95).unwrap();
    let squares: Vec<f64> = X.iter().map(|x| 1.1 * (x - 9.0).powi(2)).collect();
    let of_squares = estimate(&design, &mean(&design, &squares, None).unwrap(), 0.95).unwrap();
    assert!((of_variance.standard_error.unwrap() / of_squares.standard_error.unwrap() - 1.0).abs() < 1e-13);
}

#[test]
fn the_error_of_a_correlation_is_near_the_jackknife() {
    // 150 people: leaving out one at a time, (n−1)/n Σ (r₍ᵢ₎ − r̄)², is an independent way to the same variance.
    let n = 150;
    let x: Vec<f64> = (0..n).map(|i| f64::from(i * 37 % 101)).collect();
    let y: Vec<f64> = (0..n).map(|i| x[i as usize] * 0.7 + f64::from(i * 53 % 89)).collect();
    let design = simple(n as usize);
    let r = estimate(&design, &correlation(&design, &x, &y, None).unwrap(), 0.95).unwrap();
    let without: Vec<f64> = (0..n as usize)
        .map(|out| {
            let inside: Vec<bool> = (0..n as usize).map(|i| i != out).collect();
            correlation(&design, &x, &y, Some(&inside)).unwrap().estimate().unwrap()
        })
        .collect();
    let average = without.iter().sum::<f64>() / f64::from(n);
    let jackknife = f64::from(n - 1) / f64::from(n) * without.iter().map(|r| (r - average).powi(2)).sum::<f64>();
    assert!((r.standard_error.unwrap() / jackknife.sqrt() - 1.0).abs() < 0.02, "{r:?} {}", jackknife.sqrt());
    assert!(r.estimate.unwrap() > 0.5 && r.estimate.unwrap() < 1.0);
}

#[test]
fn scale_and_place_leave_a_correlation_alone() {
    let psu = Column::numeric((0..11).map(|i| f64::from(i / 2)).collect());
    let weights: Vec<f64> = (0..11).map(|i| 1.0 + f64::from(i % 3)).collect();
    let design = EstimationDesign::new(&DesignColumns {
        ids: vec![("psu", &psu)],
        weights: Some(("w", &weights)),
        ..DesignColumns::new(11)
    })
    .unwrap();
    let first = estimate(&design, &correlation(&design, &X, &Y, None).unwrap(), 0.95).unwrap();
    let turned: Vec<f64> = X.iter().map(|x| 100.0 - 7.0 * x).collect();
    let second = estimate(&design, &correlation(&design, &turned, &Y, None).unwrap(), 0.95).unwrap();
    assert!((first.estimate.unwrap() + second.estimate.unwrap()).abs() < 1e-12);
    assert!((first.standard_error.unwrap() / second.standard_error.unwrap() - 1.0).abs() < 1e-10);
    // A variable with itself: exactly related, without an error.
    let itself = estimate(&design, &correlation(&design, &X, &X, None).unwrap(), 0.95).unwrap();
    assert!((itself.estimate.unwrap() - 1.0).abs() < 1e-14 && itself.standard_error.unwrap() < 1e-14);
}

#[test]
fn moments_that_do_not_exist_say_why() {
    let design = simple(3);
    let why = |scores: estimation::Scores| scores.why_missing();
    let nan = [f64::NAN; 3];
    assert_eq!(why(covariance(&design, &nan, &nan, None).unwrap()), Some(WhyMissing::NoAnswers));
    let one = [1.0, f64::NAN, f64::NAN];
    assert_eq!(why(covariance(&design, &one, &one, None).unwrap()), Some(WhyMissing::ZeroDenominator));
    let (constant, y) = ([2.0; 3], [1.0, 2.0, 4.0]);
    assert_eq!(why(correlation(&design, &constant, &y, None).unwrap()), Some(WhyMissing::ZeroDenominator));
    assert_eq!(
        covariance(&design, &constant, &y, None).unwrap().estimate(),
        Some(0.0),
        "a covariance of 0 is a number"
    );
    let huge = [1e300, -1e300, 1e300];
    assert_eq!(why(covariance(&design, &huge, &huge, None).unwrap()), Some(WhyMissing::Overflow));
    assert_eq!(covariance(&design, &[f64::INFINITY, 1.0, 2.0], &y, None).unwrap_err().code, "scores_infinite_value");
}
