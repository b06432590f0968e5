//! Weighting steps: identities, R's numbers, refusals, and what the variance makes of calibrated weights.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests stop where the test fails")]

use estimation::replication::{Method, ReplicateWeights};
use estimation::table::{Cells, Column, Table};
use estimation::weighting::{
    Adjustment, Bounds, Controls, Distance, Margin, Propensity, PropensityUse, TrimLimits, WeightSet, WeightStep,
    calibrate, poststratify, rake, redistribute, trim,
};
use estimation::{DesignColumns, EstimationDesign, Scores, mean, read, total};
use problem::Problems;

fn schools() -> Table {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/data/apiclus1.csv")).unwrap();
    read::csv(&bytes, "apiclus1.csv").unwrap()
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match &table.column(name).unwrap().cells {
        Cells::Numeric(values) => values.clone(),
        Cells::Categorical { .. } => panic!("{name} is not numeric"),
    }
}

fn labels(table: &Table, name: &str) -> Vec<Option<String>> {
    (0..table.n_rows()).map(|row| table.column(name).unwrap().label(row)).collect()
}

fn margin(table: &Table, name: &str, counts: &[(&str, f64)]) -> Margin {
    let counts: Vec<(String, f64)> = counts.iter().map(|(label, count)| ((*label).to_owned(), *count)).collect();
    Margin::new(name, &labels(table, name), &counts).unwrap()
}

fn types(table: &Table) -> Margin {
    margin(table, "stype", &[("E", 4421.0), ("H", 755.0), ("M", 1018.0)])
}

fn indicators(table: &Table, name: &str, counts: &[(&str, f64)]) -> Controls {
    let mut controls = Controls::new();
    for (category, count) in counts {
        let is = |label: &Option<String>| f64::from(u8::from(label.as_deref() == Some(*category)));
        controls.add(format!("{name}={category}"), labels(table, name).iter().map(is).collect(), *count);
    }
    controls
}

fn codes(problems: Result<WeightStep, Problems>) -> Vec<&'static str> {
    problems.unwrap_err().iter().map(|problem| problem.code).collect()
}

fn close(got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (row, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!((got - expected).abs() <= tolerance * expected.abs().max(1e-300), "row {row}: {got} {expected}");
    }
}

#[test]
fn raking_on_one_margin_is_poststratification() {
    let table = schools();
    let weights = numbers(&table, "pw");
    let one = poststratify("p", &weights, &types(&table)).unwrap();
    let other = rake("r", &weights, &[types(&table)]).unwrap();
    assert_eq!(one.weights, other.weights);
    let sums: Vec<f64> = one.cells.iter().map(|cell| cell.sum_after).collect();
    close(&sums, &[4421.0, 755.0, 1018.0], 1e-13);
    assert!((one.diagnostics.sum - 6194.0).abs() < 1e-9);
    assert!(one.changed_share == 1.0 && one.factor_range[0] < one.factor_range[1]);
}

#[test]
fn linear_calibration_on_indicators_is_poststratification() {
    let table = schools();
    let weights = numbers(&table, "pw");
    let counts = [("E", 4421.0), ("H", 755.0), ("M", 1018.0)];
    let expected = poststratify("p", &weights, &types(&table)).unwrap().weights;
    for distance in [Distance::Linear, Distance::Raking, Distance::Sinh] {
        let controls = indicators(&table, "stype", &counts);
        let step = calibrate("c", &weights, &controls, distance, Bounds::NONE).unwrap();
        close(&step.weights, &expected, 1e-11);
    }
}

#[test]
fn raking_is_calibration_with_the_raking_distance_and_redundant_totals_are_harmless() {
    let table = schools();
    let weights = numbers(&table, "pw");
    let wide = margin(&table, "sch_wide", &[("No", 1072.0), ("Yes", 5122.0)]);
    let raked = rake("r", &weights, &[types(&table), wide]).unwrap();
    assert!(raked.convergence.unwrap().largest_gap <= 1e-11);
    let mut controls = indicators(&table, "stype", &[("E", 4421.0), ("H", 755.0), ("M", 1018.0)]);
    for (category, count) in [("No", 1072.0), ("Yes", 5122.0)] {
        let is = |label: &Option<String>| f64::from(u8::from(label.as_deref() == Some(category)));
        controls.add(category, labels(&table, "sch_wide").iter().map(is).collect(), count);
    }
    let step = calibrate("c", &weights, &controls, Distance::Raking, Bounds::NONE).unwrap();
    close(&step.weights, &raked.weights, 1e-9);
}

#[test]
fn calibrated_totals_are_the_controls_and_bounds_are_kept() {
    let table = schools();
    let weights = numbers(&table, "pw");
    let api99 = numbers(&table, "api99");
    for (distance, bounds) in [
        (Distance::Linear, Bounds::NONE),
        (Distance::Linear, Bounds { lower: 0.4, upper: 2.6 }),
        (Distance::Raking, Bounds { lower: 0.4, upper: 3.0 }),
        (Distance::Logit, Bounds { lower: 0.3, upper: 4.0 }),
        (Distance::Sinh, Bounds { lower: 0.4, upper: 3.0 }),
    ] {
        let mut controls = indicators(&table, "stype", &[("H", 755.0), ("M", 1018.0)]);
        controls.add("N", vec![1.0; 183], 6194.0);
        controls.add("api99", api99.clone(), 3_914_069.0);
        let step = calibrate("c", &weights, &controls, distance, bounds).unwrap();
        let total: f64 = step.weights.iter().zip(&api99).map(|(weight, x)| weight * x).sum();
        assert!((total / 3_914_069.0 - 1.0).abs() < 1e-10, "{distance:?}");
        assert!((step.weights.iter().sum::<f64>() / 6194.0 - 1.0).abs() < 1e-10, "{distance:?}");
        for (new, old) in step.weights.iter().zip(&weights) {
            assert!((bounds.lower - 1e-12..=bounds.upper + 1e-12).contains(&(new / old)), "{distance:?} {}", new / old);
        }
    }
}

#[test]
fn what_cannot_be_met_is_refused_and_never_returned_near_enough() {
    let table = schools();
    let weights = numbers(&table, "pw");
    let tight = Bounds { lower: 0.95, upper: 1.05 };
    let controls = || indicators(&table, "stype", &[("E", 4421.0), ("H", 755.0), ("M", 1018.0)]);
    assert_eq!(codes(calibrate("c", &weights, &controls(), Distance::Linear, tight))[0], "calibration_out_of_reach");
    // Each total alone is within reach, both together are not: all schools of one type share one factor.
    let mut twice = indicators(&table, "stype", &[("E", 4421.0), ("H", 755.0), ("M", 1018.0)]);
    twice.add("E again", numbers_of_type(&table, "E"), 4500.0);
    assert_eq!(codes(calibrate("c", &weights, &twice, Distance::Linear, Bounds::NONE)), ["calibration_not_met"]);
    assert_eq!(codes(calibrate("c", &weights, &twice, Distance::Raking, Bounds::NONE)), ["calibration_not_met"]);
    let wide = Bounds { lower: 0.2, upper: 5.0 };
    assert_eq!(codes(calibrate("c", &weights, &twice, Distance::Logit, wide)), ["calibration_not_met"]);
    let negative = indicators(&table, "stype", &[("E", -5.0)]);
    assert_eq!(
        codes(calibrate("c", &weights, &negative, Distance::Raking, Bounds::NONE)),
        ["calibration_out_of_reach"]
    );
    assert!(calibrate("c", &weights, &negative, Distance::Linear, Bounds::NONE).unwrap().n_negative > 0);
    let mut missing = Controls::new();
    let mut values = vec![1.0; 183];
    values[4] = f64::NAN;
    missing.add("x", values, 3.0);
    missing.add("nobody", vec![0.0; 183], 3.0);
    assert_eq!(
        codes(calibrate("c", &weights, &missing, Distance::Logit, Bounds::NONE)),
        ["weight_missing_value", "calibration_empty_cell", "calibration_bounds"]
    );
    assert_eq!(
        codes(calibrate("c", &weights, &Controls::new(), Distance::Linear, Bounds::NONE)),
        ["calibration_no_control"]
    );
}

fn numbers_of_type(table: &Table, category: &str) -> Vec<f64> {
    let is = |label: &Option<String>| f64::from(u8::from(label.as_deref() == Some(category)));
    labels(table, "stype").iter().map(is).collect()
}

#[test]
fn margins_that_do_not_fit_the_sample_are_refused() {
    let text =
        |labels: &[&str]| -> Vec<Option<String>> { labels.iter().map(|label| Some((*label).to_owned())).collect() };
    let count = |label: &str, count: f64| (label.to_owned(), count);
    let bad = Margin::new("m", &text(&["a", "c"]), &[count("a", 0.0), count("b", f64::NAN), count("b", 1.0)]);
    let found: Vec<&str> = bad.unwrap_err().iter().map(|problem| problem.code).collect();
    assert_eq!(found, ["margin_count", "margin_count", "margin_twice", "margin_unknown_cell"]);
    let labels = [Some("a".to_owned()), None, Some("b".to_owned())];
    let margin = Margin::new("m", &labels, &[count("a", 1.0), count("b", 2.0), count("c", 3.0)]).unwrap();
    assert_eq!(
        codes(poststratify("p", &[1.0, 1.0, 0.0], &margin)),
        ["margin_missing_value", "margin_empty_cell", "margin_empty_cell"]
    );
    let one = Margin::new("one", &text(&["a", "b"]), &[count("a", 10.0), count("b", 20.0)]).unwrap();
    let other = Margin::new("other", &text(&["x", "x"]), &[count("x", 31.0)]).unwrap();
    assert_eq!(codes(rake("r", &[1.0, 1.0], &[one.clone(), other])), ["rake_totals_differ"]);
    assert_eq!(codes(rake("r", &[1.0, 1.0], &[])), ["rake_no_margin"]);
    // Both margins hold the same two units apart: only equal counts could be met.
    let crossed = Margin::new("crossed", &text(&["x", "y"]), &[count("x", 15.0), count("y", 15.0)]).unwrap();
    assert_eq!(codes(rake("r", &[1.0, 1.0], &[one.clone(), crossed])), ["rake_not_converged"]);
    assert_eq!(codes(poststratify("p", &[1.0, -1.0], &one)), ["weight_value"]);
    assert_eq!(codes(poststratify("p", &[1.0], &one)), ["weight_length"]);
}

#[test]
fn trimming_follows_the_rule_of_r_and_keeps_the_sum() {
    let weights = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 40.0, 50.0, 0.5];
    // R 4.2.2, survey 4.1-1: trimWeights(design, upper = 20, lower = 1), the last program lines of the reference script.
    let once = trim("t", &weights, TrimLimits { lower: 1.0, upper: 20.0, strict: false }, None).unwrap();
    let share = 8.071_428_571_428_57 - 1.0;
    let expected: Vec<f64> = (1..=7).map(|weight| f64::from(weight) + share).chain([20.0, 20.0, 1.0]).collect();
    close(&once.weights, &expected, 1e-13);
    assert!((once.diagnostics.sum - 118.5).abs() < 1e-12);
    // A unit without a weight gets none.
    let with_zero: Vec<f64> = weights.iter().copied().chain([0.0]).collect();
    let trimmed = trim("t", &with_zero, TrimLimits { lower: 1.0, upper: 20.0, strict: false }, None).unwrap();
    assert_eq!(&trimmed.weights[..10], &once.weights[..]);
    assert_eq!(trimmed.weights[10], 0.0);
    let cells: Vec<String> = (0..10).map(|row| if row < 5 { "a" } else { "b" }.to_owned()).collect();
    let by_cell = trim("t", &weights, TrimLimits { lower: 0.0, upper: 30.0, strict: true }, Some(&cells)).unwrap();
    assert_eq!(&by_cell.weights[..5], &weights[..5], "nothing is cut in this cell, so nothing moves");
    assert!((by_cell.weights[5..].iter().sum::<f64>() - 103.5).abs() < 1e-12);
}

#[test]
fn strict_trimming_ends_inside_the_limits() {
    let weights = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 40.0, 50.0, 0.5];
    // R 4.2.2, survey 4.1-1: trimWeights(design, upper = 14, lower = 1, strict = TRUE).
    let expected = [
        10.257_142_857_142_85,
        11.257_142_857_142_85,
        12.257_142_857_142_85,
        13.257_142_857_142_85,
        14.0,
        14.0,
        14.0,
        14.0,
        14.0,
        1.471_428_571_428_57,
    ];
    let limits = TrimLimits { lower: 1.0, upper: 14.0, strict: true };
    let step = trim("t", &weights, limits, None).unwrap();
    close(&step.weights, &expected, 1e-13);
    assert!(step.weights.iter().all(|weight| (1.0..=14.0).contains(weight)));
    assert_eq!(codes(trim("t", &weights, TrimLimits { upper: 11.0, ..limits }, None)), ["trim_infeasible"]);
    assert_eq!(codes(trim("t", &weights, TrimLimits { lower: f64::NAN, ..limits }, None)), ["trim_limits"]);
    assert_eq!(codes(trim("t", &weights, TrimLimits { lower: 14.0, ..limits }, None)), ["trim_limits"]);
}

#[test]
fn propensities_are_those_of_a_logistic_regression_in_r() {
    let table = schools();
    let weights = numbers(&table, "pw");
    let respondent: Vec<bool> = (1..=183).map(|row| row % 7 > 1).collect();
    let nonrespondent: Vec<bool> = respondent.iter().map(|answered| !answered).collect();
    let mut predictors = Controls::new();
    predictors.add("api99", numbers(&table, "api99"), 0.0);
    predictors.add("H", numbers_of_type(&table, "H"), 0.0);
    predictors.add("M", numbers_of_type(&table, "M"), 0.0);
    let model = Propensity { predictors, using: PropensityUse::Inverse };
    let step = model.adjust("nonresponse", &weights, &nonrespondent, &respondent).unwrap();
    // R 4.2.2: glm(r ~ api99 + stype, quasibinomial, weights = pw), fitted values; see the reference script.
    for (row, propensity) in [(2, 0.727_283_893_697_966), (51, 0.767_594_036_738_240), (180, 0.698_856_221_035_784)] {
        assert!(respondent[row - 1]);
        close(&[step.weights[row - 1]], &[weights[row - 1] / propensity], 1e-9);
    }
    assert!((0..183).all(|row| respondent[row] || step.weights[row] == 0.0));
    // Predictors that tell everyone apart are refused.
    let mut perfect = Controls::new();
    perfect.add("answered", respondent.iter().map(|answered| f64::from(u8::from(*answered))).collect(), 0.0);
    let model = Propensity { predictors: perfect, using: PropensityUse::Inverse };
    assert_eq!(codes(model.adjust("n", &weights, &nonrespondent, &respondent)), ["propensity_separated"]);
}

#[test]
fn a_propensity_model_of_one_category_is_the_cell_adjustment() {
    let table = schools();
    let weights = numbers(&table, "pw");
    let respondent: Vec<bool> = (0..183).map(|row| row % 5 != 0).collect();
    let nonrespondent: Vec<bool> = respondent.iter().map(|answered| !answered).collect();
    let cells: Vec<String> = labels(&table, "stype").into_iter().map(Option::unwrap).collect();
    let by_cell = redistribute("n", &weights, &cells, &nonrespondent, &respondent).unwrap();
    let predictors = indicators(&table, "stype", &[("H", 0.0), ("M", 0.0)]);
    for using in [PropensityUse::Inverse, PropensityUse::Classes(50)] {
        let model = Propensity { predictors: predictors.clone(), using };
        let step = model.adjust("n", &weights, &nonrespondent, &respondent).unwrap();
        close(&step.weights, &by_cell.weights, 1e-9);
    }
    // Five classes of a continuous predictor keep the sum of each class.
    let mut predictors = Controls::new();
    predictors.add("api99", numbers(&table, "api99"), 0.0);
    let model = Propensity { predictors, using: PropensityUse::Classes(5) };
    let step = model.adjust("n", &weights, &nonrespondent, &respondent).unwrap();
    assert_eq!(step.cells.len(), 5);
    for cell in &step.cells {
        assert!((30..=45).contains(&(cell.n_reduced + cell.n_increased)), "{cell:?}");
        assert!((cell.sum_after / cell.sum_before - 1.0).abs() < 1e-12);
    }
}

fn design_of<'a>(psu: &'a Column, weights: &'a [f64]) -> DesignColumns<'a> {
    DesignColumns { ids: vec![("dnum", psu)], weights: Some(("pw", weights)), ..DesignColumns::new(weights.len()) }
}

#[test]
fn replicates_go_through_the_same_steps() {
    let table = schools();
    let weights = numbers(&table, "pw");
    let psu = table.column("dnum").unwrap();
    let columns = design_of(psu, &weights);
    let design = EstimationDesign::new(&columns).unwrap();
    let replicates = ReplicateWeights::make(&design, &columns, &Method::Jackknife1).unwrap();
    let adjustment = Adjustment::Poststratify(types(&table));
    let set = WeightSet::new(&weights, Some(replicates.clone())).unwrap().apply("poststratify", &adjustment).unwrap();
    for number in 0..15 {
        let by_hand = poststratify("p", &replicates.replicate(number), &types(&table)).unwrap().weights;
        assert_eq!(set.replicates().unwrap().replicate(number), by_hand);
    }
    // A replicate in which a cell is empty stops the step and says which replicate.
    let cells: Vec<Option<String>> = (0..183)
        .map(|row| Some(if psu.label(row).unwrap() == psu.label(0).unwrap() { "first" } else { "rest" }.to_owned()))
        .collect();
    let margin = Margin::new("dnum", &cells, &[("first".to_owned(), 10.0), ("rest".to_owned(), 90.0)]).unwrap();
    let set = WeightSet::new(&weights, Some(replicates)).unwrap();
    let told = set.apply("poststratify", &Adjustment::Poststratify(margin)).unwrap_err();
    assert_eq!(told.0[0].code, "margin_empty_cell");
    assert!(told.to_string().contains("replicate "), "{told}");
}

/// The trap: without residuals the standard error of a calibrated total of a control would be far from zero.
#[test]
fn a_calibrated_total_of_a_control_has_no_variance_and_ignoring_calibration_would_show() {
    let table = schools();
    let weights = numbers(&table, "pw");
    let columns = design_of(table.column("dnum").unwrap(), &weights);
    let design = EstimationDesign::new(&columns).unwrap();
    let api99 = numbers(&table, "api99");
    let mut controls = Controls::new();
    controls.add("N", vec![1.0; 183], 6194.0);
    controls.add("api99", api99.clone(), 3_914_069.0);
    let step = Adjustment::Calibrate { controls, distance: Distance::Linear, bounds: Bounds::NONE };
    let set = WeightSet::new(&weights, None).unwrap().apply("greg", &step).unwrap();
    let error =
        |design: &EstimationDesign, scores: &Scores| design.covariance(&[scores]).unwrap().standard_error(0).unwrap();
    let reweighted = design.reweighted(&set).unwrap();
    assert!(reweighted.is_calibrated());
    let of_control = total(&reweighted, &api99, None).unwrap();
    assert!((of_control.estimate().unwrap() / 3_914_069.0 - 1.0).abs() < 1e-10);
    let naive_columns = DesignColumns { weights: Some(("w", set.weights())), ..columns.clone() };
    let naive = EstimationDesign::new(&naive_columns).unwrap();
    let naive_error = error(&naive, &total(&naive, &api99, None).unwrap());
    assert!(error(&reweighted, &of_control) < 1e-7 * naive_error, "{} {naive_error}", error(&reweighted, &of_control));
    let api00 = numbers(&table, "api00");
    let quotient = error(&reweighted, &mean(&reweighted, &api00, None).unwrap())
        / error(&naive, &mean(&naive, &api00, None).unwrap());
    assert!(quotient < 0.25, "api00 is nearly explained by api99: {quotient}");
}

/// Poststratified Taylor variance against the poststratified jackknife: two roads to the same number, to the second order.
#[test]
fn residuals_agree_with_replicates_that_were_calibrated() {
    let table = schools();
    let weights = numbers(&table, "pw");
    let columns = design_of(table.column("dnum").unwrap(), &weights);
    let design = EstimationDesign::new(&columns).unwrap();
    let replicates = ReplicateWeights::make(&design, &columns, &Method::Jackknife1).unwrap();
    let mut controls = Controls::new();
    controls.add("N", vec![1.0; 183], 6194.0);
    controls.add("api99", numbers(&table, "api99"), 3_914_069.0);
    let step = Adjustment::Calibrate { controls, distance: Distance::Raking, bounds: Bounds::NONE };
    let set = WeightSet::new(&weights, Some(replicates)).unwrap().apply("raking", &step).unwrap();
    let api00 = numbers(&table, "api00");
    let reweighted = design.reweighted(&set).unwrap();
    let taylor =
        reweighted.covariance(&[&mean(&reweighted, &api00, None).unwrap()]).unwrap().standard_error(0).unwrap();
    let replicates = set.replicates().unwrap();
    let jackknife =
        replicates.covariance(&[&replicates.mean("y", &api00, None).unwrap()]).unwrap().standard_error(0).unwrap();
    assert!((jackknife / taylor - 1.0).abs() < 0.25, "{jackknife} {taylor}");
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let table = schools();
    let weights = numbers(&table, "pw");
    let order: Vec<usize> = (0..183).map(|row| (row * 101 + 17) % 183).collect();
    let api99 = numbers(&table, "api99");
    let of = |order: &[usize]| {
        let mut controls = Controls::new();
        controls.add("N", vec![1.0; 183], 6194.0);
        controls.add("api99", order.iter().map(|&row| api99[row]).collect(), 3_914_069.0);
        let weights: Vec<f64> = order.iter().map(|&row| weights[row]).collect();
        calibrate("c", &weights, &controls, Distance::Logit, Bounds { lower: 0.3, upper: 4.0 }).unwrap().weights
    };
    let plain = of(&(0..183).collect::<Vec<_>>());
    let shuffled = of(&order);
    close(&shuffled, &order.iter().map(|&row| plain[row]).collect::<Vec<_>>(), 1e-11);
}
