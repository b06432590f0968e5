//! Tests: published examples, identities, invariances.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its own design must stop")]

use estimation::request::Request;
use estimation::table::{Column, Table};
use estimation::test::{IndependenceTests, independence, wald};
use estimation::{DesignColumns, EstimationDesign, LonelyPsu, Scores, estimate, mean};
use serde_json::Value;

fn simple(n: usize) -> EstimationDesign {
    EstimationDesign::new(&DesignColumns { weights: Some(("w", &vec![1.0; n])), ..DesignColumns::new(n) }).unwrap()
}

/// Codes of a table of counts.
fn expand(counts: &[&[usize]]) -> (Vec<u32>, Vec<u32>) {
    let cells = counts.iter().enumerate().flat_map(|(r, row)| row.iter().enumerate().map(move |(c, &n)| (r, c, n)));
    cells.flat_map(|(r, c, n)| std::iter::repeat_n((r as u32, c as u32), n)).unzip()
}

#[test]
fn a_simple_random_sample_gives_pearsons_test() {
    // Agresti (2002), Categorical Data Analysis, table 2.3: aspirin and heart attacks, X² = 25.01 on 1 degree of freedom.
    let (row, column) = expand(&[&[189, 10_845], &[104, 10_933]]);
    let n = row.len() as f64;
    let tests = independence(&simple(row.len()), &row, &column).unwrap();
    let first = tests.rao_scott_chisq.unwrap();
    assert!((first.x2 - 25.01).abs() < 0.01, "{first:?}");
    // With replacement the design effect of every contrast is exactly n/(n−1).
    assert!((first.mean_design_effect - n / (n - 1.0)).abs() < 1e-12, "{first:?}");
    let second = tests.rao_scott_f.unwrap();
    assert!((second.f - first.x2 * (n - 1.0) / n).abs() < 1e-9 && (second.ndf - 1.0).abs() < 1e-12);
    // Pearson (1900) on three categories: the second order has whole degrees of freedom too.
    let (row, column) = expand(&[&[30, 20, 10], &[15, 25, 20]]);
    let tests = independence(&simple(row.len()), &row, &column).unwrap();
    // Expected counts 22.5, 22.5, 15: X² = 2(7.5²/22.5 + 2.5²/22.5 + 5²/15) by hand.
    let by_hand = 2.0 * (7.5_f64.powi(2) / 22.5 + 2.5_f64.powi(2) / 22.5 + 25.0 / 15.0);
    assert!((tests.rao_scott_chisq.unwrap().x2 - by_hand).abs() < 1e-10);
    assert!((tests.rao_scott_f.unwrap().ndf - 2.0).abs() < 1e-10);
}

/// 12 villages in 3 strata, 10 people each, unequal weights, answers that hang together within villages.
fn clustered() -> (EstimationDesign, Vec<u32>, Vec<u32>, Vec<f64>) {
    let stratum = Column::numeric((0..120).map(|i| f64::from(i / 40)).collect());
    let village = Column::numeric((0..120).map(|i| f64::from(i / 10)).collect());
    let weights: Vec<f64> = (0..120).map(|i| 1.0 + f64::from((i * 7) % 5)).collect();
    let design = EstimationDesign::new(&DesignColumns {
        ids: vec![("village", &village)],
        strata: vec![("stratum", &stratum)],
        weights: Some(("w", &weights)),
        lonely_psu: LonelyPsu::Fail,
        ..DesignColumns::new(120)
    })
    .unwrap();
    let row: Vec<u32> = (0..120).map(|i| ((i * 13 + i / 10 * 5) % 7) / 3).collect();
    let column: Vec<u32> = (0..120).map(|i| u32::from((i * 11 + i / 10) % 5 < 2)).collect();
    let y = (0..120).map(|i| f64::from((i * 17 + i / 10 * 3) % 23)).collect();
    (design, row, column, y)
}

#[test]
fn it_does_not_matter_which_variable_stands_in_the_rows_or_how_values_are_coded() {
    let (design, row, column, _) = clustered();
    let tests = independence(&design, &row, &column).unwrap();
    let numbers = |tests: &IndependenceTests| -> Vec<f64> {
        let (f, first) = (tests.rao_scott_f.unwrap(), tests.rao_scott_chisq.unwrap());
        let wald = tests.adj_wald.unwrap();
        vec![f.f, f.ndf, f.ddf, f.p.unwrap(), first.x2, first.p.unwrap(), wald.f, wald.p.unwrap()]
    };
    let turned = independence(&design, &column, &row).unwrap();
    let recoded: Vec<u32> = row.iter().map(|&code| [2, 0, 1][code as usize]).collect();
    let recoded = independence(&design, &recoded, &column).unwrap();
    for other in [turned, recoded] {
        for (a, b) in numbers(&tests).iter().zip(numbers(&other)) {
            assert!((a - b).abs() < 1e-9 * a.abs(), "{tests:?} {other:?}");
        }
    }
}

#[test]
fn a_table_that_cannot_be_tested_has_no_test() {
    let (design, row, _, _) = clustered();
    let constant = vec![0; 120];
    let none = independence(&design, &row, &constant).unwrap();
    assert_eq!((none.rao_scott_f, none.adj_wald, none.n), (None, None, 120));
    let nobody = independence(&design, &[u32::MAX; 120], &row).unwrap();
    assert_eq!((nobody.rao_scott_chisq, nobody.n), (None, 0));
    // A variable against itself: every cell off the diagonal is empty.
    let itself = independence(&design, &row, &row).unwrap();
    assert!(itself.rao_scott_f.is_none_or(|test| test.f.is_finite() && test.p.is_some()));
}

#[test]
fn wald_of_one_parameter_is_the_square_of_t() {
    let test = wald(&[3.0], &[4.0], 7.0, false).unwrap();
    assert_eq!((test.f, test.ndf, test.ddf), (2.25, 1.0, 7.0));
    let adjusted = wald(&[3.0], &[4.0], 7.0, true).unwrap();
    assert_eq!((adjusted.f, adjusted.ddf), (2.25, 7.0), "with one parameter there is nothing to adjust");
    // By hand: V⁻¹ of [2 1; 1 2] is [2 −1; −1 2]/3, W = (1·2 − 2·1·2 + 4·2)/3 = 2; F* = 2·(9 − 2 + 1)/(2·9).
    let two = wald(&[1.0, 2.0], &[2.0, 1.0, 1.0, 2.0], 9.0, true).unwrap();
    assert!((two.f - 8.0 / 9.0).abs() < 1e-14 && two.ddf == 8.0);
    assert_eq!(wald(&[1.0, 1.0], &[1.0, 1.0, 1.0, 1.0], 9.0, false), None, "a singular matrix");
    assert_eq!(wald(&[1.0, 2.0], &[2.0, 1.0, 1.0, 2.0], 1.0, true), None, "no degrees of freedom are left");
    assert_eq!(wald(&[], &[], 9.0, false), None);
}

fn ask(estimand: &str) -> Value {
    let (design, row, column, y) = clustered();
    let mut table = Table::new();
    let number = |codes: &[u32]| Column::numeric(codes.iter().map(|&code| f64::from(code)).collect());
    table.insert("row", number(&row)).unwrap();
    table.insert("column", number(&column)).unwrap();
    table.insert("y", Column::numeric(y)).unwrap();
    table.insert("w", Column::numeric(design.weights().to_vec())).unwrap();
    table.insert("village", Column::numeric((0..120).map(|i| f64::from(i / 10)).collect())).unwrap();
    table.insert("stratum", Column::numeric((0..120).map(|i| f64::from(i / 40)).collect())).unwrap();
    let request = format!(
        r#"{{"data": "t", "design": {{"ids": "village", "strata": "stratum", "weights": "w"}}, "estimand": {estimand}}}"#
    );
    serde_json::to_value(Request::parse(&request).unwrap().run(&table).unwrap()).unwrap()
}

#[test]
fn the_t_test_is_the_contrast_of_two_domain_means() {
    let (design, row, _, y) = clustered();
    let group = |wanted: u32| -> Vec<bool> { row.iter().map(|&code| code == wanted).collect() };
    let not_one: Vec<bool> = row.iter().map(|&code| code != 1).collect();
    let parts = [mean(&design, &y, Some(&group(1))).unwrap(), mean(&design, &y, Some(&not_one)).unwrap()];
    let contrast = Scores::linear_combination("d", 0.0, &[(1.0, &parts[0]), (-1.0, &parts[1])]).unwrap();
    let contrast = estimate(&design, &contrast, 0.95).unwrap();
    let got = ask(r#"{"kind": "tests", "y": "y", "g": "row", "lev": 1}"#);
    let number = |key: &str| got["ttest"][key].as_f64().unwrap();
    assert!((number("diff") - contrast.estimate.unwrap()).abs() < 1e-12);
    assert!((number("se") / contrast.standard_error.unwrap() - 1.0).abs() < 1e-12);
    assert_eq!(number("df"), 8.0, "12 villages − 3 strata − 1");
    let ci = &got["ttest"]["ci"];
    // t(8) = 2.306004 (tables of Student's t): a comparison always comes with the interval of the difference.
    assert!((ci[1].as_f64().unwrap() - number("diff") - 2.306_004 * number("se")).abs() < 1e-5 * number("se"));
}

#[test]
fn a_family_of_comparisons_is_adjusted_and_each_has_its_interval() {
    let got = ask(r#"{"kind": "tests", "y": "y", "g": "row"}"#);
    let comparisons = got["comparisons"].as_array().unwrap();
    assert_eq!(comparisons.len(), 3, "three groups");
    let mut p: Vec<f64> = comparisons.iter().map(|one| one["p"].as_f64().unwrap()).collect();
    for one in comparisons {
        assert!(one["p_holm"].as_f64().unwrap() >= one["p"].as_f64().unwrap());
        assert!(one["ci"][0].as_f64().unwrap() < one["diff"].as_f64().unwrap());
    }
    p.sort_by(f64::total_cmp);
    let smallest = comparisons.iter().map(|one| one["p_holm"].as_f64().unwrap()).fold(f64::INFINITY, f64::min);
    assert!((smallest - (3.0 * p[0]).min(1.0)).abs() < 1e-15);
}

#[test]
fn a_table_of_two_variables_agrees_with_proportions_and_tests() {
    let table = ask(r#"{"kind": "cross_table", "row": "row", "col": "column"}"#);
    let tests = ask(r#"{"kind": "tests", "row": "row", "col": "column"}"#);
    assert_eq!(table["tests"]["rao_scott_F"], tests["rao_scott_F"]);
    let by_row = ask(r#"{"kind": "proportion", "vars": "column", "by": "row"}"#);
    let cells = table["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 6);
    let sum = |key: &str| cells.iter().map(|cell| cell[key]["est"].as_f64().unwrap()).sum::<f64>();
    assert!(
        (sum("of_table") - 1.0).abs() < 1e-12
            && (sum("of_row") - 3.0).abs() < 1e-12
            && (sum("of_col") - 2.0).abs() < 1e-12
    );
    for (cell, row) in cells.iter().zip(by_row["estimates"].as_array().unwrap()) {
        for key in ["est", "se"] {
            let (cell, row) = (cell["of_row"][key].as_f64().unwrap(), row[key].as_f64().unwrap());
            assert!((cell - row).abs() <= 1e-12 * row, "{key}: {cell} {row}");
        }
    }
    assert_eq!(cells.iter().map(|cell| cell["n"].as_u64().unwrap()).sum::<u64>(), 120);
}

/// R 4.x, survey 4.x: `d <- read.csv("data/apiclus2.csv"); des <- svydesign(ids = ~dnum + snum, fpc = ~fpc1 + fpc2, data = d)`, then for each
/// `stype` `svychisq(~sch_wide + awards, subset(des, stype == s), statistic = …)` and `svyttest(api00 ~ I(awards == "Yes"), …)`.
#[test]
fn tests_within_domains_are_those_of_r() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/data/apiclus2.csv");
    let table = estimation::read::csv(&std::fs::read(file).unwrap(), "apiclus2.csv").unwrap();
    let run = |estimand: &str| {
        let design = r#"{"ids": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]}"#;
        let request = format!(r#"{{"data": "t", "design": {design}, "estimand": {estimand}}}"#);
        serde_json::to_value(Request::parse(&request).unwrap().run(&table).unwrap()).unwrap()
    };
    let theirs = [
        ("E", 34.0, [11.220_211_619_403_1, 23.086_689_949_553_7, 5.182_273_913_111_82], 158.969_963_369_963),
        ("H", 13.0, [35.043_799_899_436_1, 20.0, 7.822_228_972_462_43], 132.675_268_817_204),
        ("M", 20.0, [20.558_318_058_077_7, 16.686_868_686_868_7, 6.765_453_182_482_44], 213.567_158_385_093),
    ];
    let tables = run(r#"{"kind": "cross_table", "row": "sch_wide", "col": "awards", "by": "stype"}"#);
    let tests = run(
        r#"{"kind": "tests", "row": "sch_wide", "col": "awards", "y": "api00", "g": "awards", "lev": "Yes", "by": "stype"}"#,
    );
    assert_eq!(tables["domains"].as_array().unwrap().len(), 3);
    for (at, (name, nu, [f, x2, wald], difference)) in theirs.into_iter().enumerate() {
        let (table, tests) = (&tables["domains"][at], &tests["domains"][at]);
        assert_eq!((table["domain"]["stype"].as_str(), tests["domain"]["stype"].as_str()), (Some(name), Some(name)));
        for found in [&table["tests"], tests] {
            let near = |pointer: &str, expected: f64| {
                let got = found.pointer(pointer).and_then(Value::as_f64).unwrap_or(f64::NAN);
                assert!((got / expected - 1.0).abs() < 1e-10, "{name} {pointer}: {got}, R {expected}");
            };
            near("/rao_scott_F/F", f);
            near("/rao_scott_F/ddf", nu);
            near("/rao_scott_chisq/X2", x2);
            near("/wald/F", wald);
            near("/adj_wald/F", wald);
        }
        assert!((tests["ttest"]["diff"].as_f64().unwrap() / difference - 1.0).abs() < 1e-10);
        assert_eq!(tests["ttest"]["df"].as_f64(), Some(nu - 1.0));
        // The shares of a domain are those of its own rows.
        let shares = table["cells"].as_array().unwrap().iter().map(|cell| cell["of_table"]["est"].as_f64().unwrap());
        assert!((shares.sum::<f64>() - 1.0).abs() < 1e-12);
    }
    // One category in a domain: no table to test, and a difference that says why; the other domains stand.
    let one = run(
        r#"{"kind": "tests", "row": "stype", "col": "awards", "y": "api00", "g": "stype", "lev": "E", "by": "stype"}"#,
    );
    for domain in one["domains"].as_array().unwrap() {
        assert!(domain["rao_scott_F"].is_null() && !domain["problems"].as_array().unwrap().is_empty(), "{domain}");
    }
}
