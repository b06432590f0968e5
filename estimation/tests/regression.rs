//! Regressions: published fits, identities, invariances, refusals.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its own design must stop")]

use estimation::regression::{Family, Formula, Regression, regression};
use estimation::table::{Column, Table};
use estimation::{DesignColumns, EstimationDesign, Scores, estimate, mean};
use problem::Problems;

fn simple(n: usize) -> EstimationDesign {
    EstimationDesign::new(&DesignColumns { weights: Some(("w", &vec![2.5; n])), ..DesignColumns::new(n) }).unwrap()
}

fn table(columns: &[(&str, Column)]) -> Table {
    let mut table = Table::new();
    columns.iter().for_each(|(name, column)| table.insert(*name, column.clone()).unwrap());
    table
}

fn fit(design: &EstimationDesign, table: &Table, formula: &str, family: Family) -> Result<Regression, Problems> {
    let rows: Vec<u32> = (0..design.n_rows() as u32).collect();
    regression(design, table, &Formula::parse(formula)?, family, &rows)
}

fn coefficients(fit: &Regression) -> Vec<f64> {
    fit.coefficients.iter().map(|scores| scores.estimate().unwrap()).collect()
}

fn error(fit: &Regression, at: usize) -> f64 {
    fit.covariance[at * fit.coefficients.len() + at].sqrt()
}

#[test]
fn anscombes_first_line_is_found() {
    // Anscombe (1973), The American Statistician 27, 17–21: intercept 3.0001, slope 0.5001.
    let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
    let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    let table = table(&[("x", Column::numeric(x.to_vec())), ("y", Column::numeric(y.to_vec()))]);
    let got = fit(&simple(11), &table, "y ~ x", Family::Gaussian).unwrap();
    let b = coefficients(&got);
    assert!((b[0] - 3.0001).abs() < 5e-5 && (b[1] - 0.5001).abs() < 5e-5, "{b:?}");
    assert_eq!((got.residual_degrees_of_freedom, got.n), (9, 11));
    // By hand: with equal weights and no clusters the covariance is White's (1980) times n/(n−1).
    let mean_x = x.iter().sum::<f64>() / 11.0;
    let s_xx: f64 = x.iter().map(|x| (x - mean_x).powi(2)).sum();
    let meat: f64 = x.iter().zip(y).map(|(x, y)| ((x - mean_x) * (y - b[0] - b[1] * x)).powi(2)).sum();
    assert!((error(&got, 1) / (11.0 / 10.0 * meat / (s_xx * s_xx)).sqrt() - 1.0).abs() < 1e-12);
}

#[test]
fn a_two_by_two_table_gives_its_log_odds_ratio() {
    // Agresti (2002), Categorical Data Analysis, table 2.3: placebo and aspirin, odds ratio 1.832; Woolf's standard error.
    let counts = [(0.0, 1.0, 189_usize), (0.0, 0.0, 10_845), (1.0, 1.0, 104), (1.0, 0.0, 10_933)];
    let column = |pick: fn(&(f64, f64, usize)) -> f64| {
        Column::numeric(counts.iter().flat_map(|cell| std::iter::repeat_n(pick(cell), cell.2)).collect())
    };
    let table = table(&[("aspirin", column(|cell| cell.0)), ("attack", column(|cell| cell.1))]);
    let n = table.n_rows();
    let got = fit(&simple(n), &table, "attack ~ aspirin", Family::Quasibinomial).unwrap();
    let b = coefficients(&got);
    assert!((b[1] + 1.832_f64.ln()).abs() < 2e-4, "{b:?}");
    assert!((b[1] - (104.0 * 10_845.0 / (10_933.0_f64 * 189.0)).ln()).abs() < 1e-11);
    let woolf = (1.0 / 189.0 + 1.0 / 10_845.0 + 1.0 / 104.0 + 1.0_f64 / 10_933.0).sqrt();
    // A saturated model: the design's covariance is Woolf's but for n/(n−1).
    assert!((error(&got, 1) / woolf - (n as f64 / (n as f64 - 1.0)).sqrt()).abs() < 1e-9);
}

/// Clusters, unequal weights, gaps, a category.
fn villages() -> (EstimationDesign, Table) {
    let n = 90;
    let number = |f: &dyn Fn(i32) -> f64| Column::numeric((0..n).map(f).collect());
    let village = number(&|i| f64::from(i / 6));
    let weights: Vec<f64> = (0..n).map(|i| 1.0 + f64::from(i * 5 % 4)).collect();
    let table = table(&[
        ("y", number(&|i| if i % 19 == 3 { f64::NAN } else { f64::from(i * 37 % 29) + f64::from(i / 6) })),
        ("x", number(&|i| f64::from(i * 11 % 17))),
        ("yes", number(&|i| f64::from(u8::from((i * 7 + i / 6) % 5 < 2)))),
        (
            "vùng",
            Column::categorical(
                &(0..n).map(|i| Some(["núi", "đồng bằng", "biển"][(i % 3) as usize])).collect::<Vec<_>>(),
            ),
        ),
    ]);
    let design = EstimationDesign::new(&DesignColumns {
        ids: vec![("village", &village)],
        weights: Some(("w", &weights)),
        ..DesignColumns::new(n as usize)
    })
    .unwrap();
    (design, table)
}

fn values<'a>(table: &'a Table, name: &str) -> &'a [f64] {
    match &table.get(name).unwrap().cells {
        estimation::table::Cells::Numeric(values) => values,
        estimation::table::Cells::Categorical { .. } => &[],
    }
}

#[test]
fn a_model_without_variables_is_the_mean_and_the_logit_of_the_proportion() {
    let (design, table) = villages();
    let linear = fit(&design, &table, "y ~ 1", Family::Gaussian).unwrap();
    let of_mean = estimate(&design, &mean(&design, values(&table, "y"), None).unwrap(), 0.95).unwrap();
    assert!((coefficients(&linear)[0] / of_mean.estimate.unwrap() - 1.0).abs() < 1e-13);
    assert!((error(&linear, 0) / of_mean.standard_error.unwrap() - 1.0).abs() < 1e-12);
    let logit = fit(&design, &table, "yes ~ 1", Family::Quasibinomial).unwrap();
    let share = estimate(&design, &mean(&design, values(&table, "yes"), None).unwrap(), 0.95).unwrap();
    let p = share.estimate.unwrap();
    assert!((coefficients(&logit)[0] - (p / (1.0 - p)).ln()).abs() < 1e-12);
    assert!((error(&logit, 0) - share.standard_error.unwrap() / (p * (1.0 - p))).abs() < 1e-12);
}

#[test]
fn categories_alone_give_domain_means_whatever_the_coding() {
    let (design, table) = villages();
    let whole = fit(&design, &table, "y ~ 0 + `vùng`", Family::Gaussian).unwrap();
    let names: Vec<&str> = whole.coefficients.iter().map(|scores| scores.name.as_str()).collect();
    assert_eq!(names, ["vùngbiển", "vùngnúi", "vùngđồng bằng"]);
    for (at, place) in [2_usize, 0, 1].into_iter().enumerate() {
        let domain: Vec<bool> = (0..90).map(|i| i % 3 == place).collect();
        let of_domain = estimate(&design, &mean(&design, values(&table, "y"), Some(&domain)).unwrap(), 0.95).unwrap();
        assert!((coefficients(&whole)[at] / of_domain.estimate.unwrap() - 1.0).abs() < 1e-12);
        assert!((error(&whole, at) / of_domain.standard_error.unwrap() - 1.0).abs() < 1e-11);
    }
    let contrasts = fit(&design, &table, "y ~ factor(`vùng`)", Family::Gaussian);
    // factor() takes a bare name.
    assert!(contrasts.is_ok());
    let contrasts = contrasts.unwrap();
    let (b, means) = (coefficients(&contrasts), coefficients(&whole));
    assert!((b[0] - means[0]).abs() < 1e-11 && (b[0] + b[1] - means[1]).abs() < 1e-11);
    let difference =
        Scores::linear_combination("d", 0.0, &[(1.0, &whole.coefficients[1]), (-1.0, &whole.coefficients[0])]).unwrap();
    let difference = estimate(&design, &difference, 0.95).unwrap();
    assert!((error(&contrasts, 1) / difference.standard_error.unwrap() - 1.0).abs() < 1e-11);
}

#[test]
fn the_scale_of_weights_and_of_variables_changes_what_it_must_and_nothing_else() {
    let (design, mut table) = villages();
    let first = fit(&design, &table, "yes ~ x + `vùng`", Family::Quasibinomial).unwrap();
    let heavy: Vec<f64> = design.weights().iter().map(|weight| weight * 1e6).collect();
    let village = Column::numeric((0..90).map(|i| f64::from(i / 6)).collect());
    let heavy = EstimationDesign::new(&DesignColumns {
        ids: vec![("village", &village)],
        weights: Some(("w", &heavy)),
        ..DesignColumns::new(90)
    })
    .unwrap();
    table.insert("x", Column::numeric(values(&table, "x").iter().map(|x| 1000.0 * x).collect())).unwrap();
    let second = fit(&heavy, &table, "yes ~ x + `vùng`", Family::Quasibinomial).unwrap();
    for (at, factor) in [1.0, 1000.0, 1.0, 1.0].into_iter().enumerate() {
        assert!((coefficients(&first)[at] - factor * coefficients(&second)[at]).abs() < 1e-10);
        assert!((error(&first, at) / (factor * error(&second, at)) - 1.0).abs() < 1e-8);
    }
}

#[test]
fn what_has_no_fit_is_refused_and_says_why() {
    let (design, mut table) = villages();
    let twice = values(&table, "x").iter().map(|x| 2.0 * x + 1.0).collect();
    table.insert("twice", Column::numeric(twice)).unwrap();
    let separated = values(&table, "x").iter().map(|x| f64::from(u8::from(*x > 8.0))).collect();
    table.insert("separated", Column::numeric(separated)).unwrap();
    let partly = (0..90).map(|i| f64::from(u8::from(i % 3 == 0 || i % 7 == 0))).collect();
    table.insert("partly", Column::numeric(partly)).unwrap();
    table.insert("one", Column::categorical(&vec![Some("a"); 90])).unwrap();
    table.insert("none", Column::numeric(vec![f64::NAN; 90])).unwrap();
    let mut infinite = vec![1.0; 90];
    infinite[4] = f64::INFINITY;
    table.insert("infinite", Column::numeric(infinite)).unwrap();
    for (formula, family, code) in [
        ("y ~ x + twice", Family::Gaussian, "regression_collinear"),
        ("yes ~ x + twice", Family::Quasibinomial, "regression_collinear"),
        ("separated ~ x", Family::Quasibinomial, "regression_separation"),
        ("partly ~ `vùng`", Family::Quasibinomial, "regression_separation"),
        ("y ~ x", Family::Quasibinomial, "regression_response"),
        ("y ~ one", Family::Gaussian, "regression_one_category"),
        ("y ~ none", Family::Gaussian, "regression_no_rows"),
        ("y ~ infinite", Family::Gaussian, "scores_infinite_value"),
        ("`vùng` ~ x", Family::Gaussian, "request_not_numeric"),
        ("y ~ I(x == 'a')", Family::Gaussian, "regression_comparison"),
        ("y ~ I(`vùng` > 2)", Family::Gaussian, "regression_comparison"),
        ("y ~ nothing + nowhere", Family::Gaussian, "table_unknown_column"),
        ("y ~ x^2", Family::Gaussian, "regression_formula"),
    ] {
        let problems = fit(&design, &table, formula, family).unwrap_err();
        assert_eq!(problems.0[0].code, code, "{formula}: {problems}");
    }
    let both = fit(&design, &table, "y ~ nothing + nowhere", Family::Gaussian).unwrap_err();
    assert_eq!(both.0.len(), 2, "all at once");
}

#[test]
fn a_domain_that_cannot_be_fitted_says_why_and_keeps_the_others() {
    let csv = "psu,w,g,x,y\n1,1,a,1,2\n2,1,a,2,3\n3,1,a,3,5\n4,1,a,4,4\n1,1,b,1,2\n2,1,b,1,3\n";
    let table = estimation::read::csv(csv.as_bytes(), "t.csv").unwrap();
    let request = r#"{"data": "t.csv", "design": {"ids": "psu", "weights": "w"}, "estimand": {"kind": "regression", "formula": "y ~ x", "by": "g"}}"#;
    let answer = estimation::request::Request::parse(request).unwrap().run(&table).unwrap();
    let answer = serde_json::to_value(&answer).unwrap();
    let domains = answer["domains"].as_array().unwrap();
    assert_eq!((domains[0]["domain"]["g"].as_str(), domains[1]["domain"]["g"].as_str()), (Some("a"), Some("b")));
    // Least squares by hand: mean 2.5 and 3.5, slope 4/5, intercept 3/2.
    assert!((domains[0]["coef"]["x"].as_f64().unwrap() - 0.8).abs() < 1e-12);
    assert!((domains[0]["coef"]["(Intercept)"].as_f64().unwrap() - 1.5).abs() < 1e-12);
    assert!(domains[0].get("problems").is_none());
    assert!(!domains[1]["problems"].as_array().unwrap().is_empty(), "{answer}");
    assert!(domains[1]["coef"].as_object().unwrap().is_empty());
}
