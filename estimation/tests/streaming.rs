//! Rows that come part by part give what all rows at once give.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its own data must stop")]

use std::io::Cursor;

use estimation::read::{self, Parquet};
use estimation::request::{Answer, Entry, Request};
use estimation::table::{Cells, Column, Table};
use polars::prelude::{Column as Series, DataFrame};
use problem::Problems;

const N: usize = 3_000;

/// A two-stage sample whose rows come in no order, as a data frame.
fn frame() -> DataFrame {
    let mut state = 5_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let psu: Vec<i64> = (0..N).map(|_| (40.0 * next()) as i64).collect();
    let ssu: Vec<i64> = psu.iter().map(|psu| psu * 10 + (5.0 * next()) as i64).collect();
    let stratum: Vec<&str> = psu.iter().map(|psu| ["Bắc", "Nam", "Trung"][*psu as usize % 3]).collect();
    // Units and second-stage units in the population; 40 PSUs in 3 strata of 14, 13, 13.
    let n_psus: Vec<i64> = psu.iter().map(|psu| 30 + psu % 3).collect();
    let n_ssus: Vec<i64> = psu.iter().map(|psu| 20 + psu % 7).collect();
    let weight: Vec<f64> = (0..N).map(|_| if next() < 0.02 { 0.0 } else { 1.0 + 20.0 * next() }).collect();
    let y: Vec<Option<f64>> = (0..N).map(|_| (next() > 0.1).then(|| 1e6 + next())).collect();
    let x: Vec<f64> = (0..N).map(|_| 1.0 + next()).collect();
    let choice: Vec<Option<&str>> =
        (0..N).map(|_| [Some("có"), Some("không"), None][(3.0 * next()) as usize]).collect();
    let score: Vec<i32> = (0..N).map(|_| (4.0 * next()) as i32 + 1).collect();
    let sex: Vec<Option<bool>> = (0..N).map(|_| (next() > 0.05).then(|| next() > 0.5)).collect();
    DataFrame::new_infer_height(vec![
        Series::new("psu".into(), psu),
        Series::new("ssu".into(), ssu),
        Series::new("stratum".into(), stratum),
        Series::new("n_psus".into(), n_psus),
        Series::new("n_ssus".into(), n_ssus),
        Series::new("w".into(), weight),
        Series::new("y".into(), y),
        Series::new("x".into(), x),
        Series::new("choice".into(), choice),
        Series::new("score".into(), score),
        Series::new("sex".into(), sex),
        Series::new("not needed".into(), vec!["text"; N]),
    ])
    .unwrap()
}

/// As a Parquet file with row groups of a size that cuts units and domains apart.
fn parquet_bytes(frame: &mut DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    let writer = polars_io::prelude::ParquetWriter::new(&mut bytes);
    writer.with_row_group_size(Some(701)).finish(frame).unwrap();
    bytes
}

fn request(design: &str, estimand: &str) -> Request {
    Request::parse(&format!(r#"{{"data": "d.parquet", "design": {design}, "estimand": {estimand}}}"#)).unwrap()
}

fn streamed(request: &Request, bytes: &[u8]) -> Result<Answer, Problems> {
    let mut stream = request.stream()?;
    Parquet::new(Cursor::new(bytes), "d.parquet")?.parts(&request.columns().unwrap(), |rows| stream.add(rows))?;
    stream.finish()
}

/// All numbers of the answer, those that are missing as NaN, and everything else as text.
fn parts_of(answer: &Answer) -> (Vec<f64>, Vec<String>) {
    let (mut numbers, mut rest) = (Vec::new(), vec![format!("{:?}", answer.design)]);
    for entry in &answer.estimates {
        let Entry::Estimate(row) = entry else { unreachable!("no quantiles were asked for") };
        let limits = [row.ci_t, row.ci_t_domain, row.ci_z].into_iter().flatten();
        numbers.extend([row.est, row.se, row.deff.flatten()].into_iter().chain(limits).map(|v| v.unwrap_or(f64::NAN)));
        rest.push(format!("{:?}", (&row.domain, &row.name, row.n, row.df, row.df_domain, row.why_missing)));
    }
    (numbers, rest)
}

const DESIGNS: [&str; 4] = [
    r#"{"ids": ["psu", "ssu"], "strata": "stratum", "weights": "w"}"#,
    r#"{"ids": ["psu", "ssu"], "strata": "stratum", "fpc": ["n_psus", "n_ssus"], "weights": "w"}"#,
    r#"{"ids": ["psu", "ssu"], "strata": "stratum", "fpc": ["n_psus", "n_ssus"]}"#,
    r#"{"ids": "ssu", "weights": "w", "lonely_psu": "adjust"}"#,
];

const ESTIMANDS: [&str; 6] = [
    r#"{"kind": "mean", "vars": ["y", "x"], "by": ["sex", "stratum"], "deff": true}"#,
    r#"{"kind": "mean", "vars": ["y"]}"#,
    r#"{"kind": "total", "vars": ["x", "score"], "by": "sex", "deff": "replace"}"#,
    r#"{"kind": "ratio", "numerator": "y", "denominator": "x", "by": ["choice"]}"#,
    r#"{"kind": "proportion", "vars": ["choice", "score"], "by": ["stratum"], "deff": true}"#,
    r#"{"kind": "mean", "vars": ["y", "x"], "by": ["choice"], "missing": "listwise"}"#,
];

#[test]
fn parts_of_a_file_and_the_whole_file_give_the_same_answer() {
    let bytes = parquet_bytes(&mut frame());
    let table = read::parquet(bytes.clone(), "d.parquet").unwrap();
    for design in DESIGNS {
        for estimand in ESTIMANDS {
            let request = request(design, estimand);
            let (numbers, rest) = parts_of(&streamed(&request, &bytes).unwrap());
            let (expected, expected_rest) = parts_of(&request.run(&table).unwrap());
            assert_eq!(rest, expected_rest, "{design} {estimand}");
            for (got, expected) in numbers.iter().zip(&expected) {
                let same = (got - expected).abs() <= 1e-12 * expected.abs() || (got.is_nan() && expected.is_nan());
                assert!(same, "{design} {estimand}: {got} {expected}");
            }
        }
    }
}

#[test]
fn problems_name_the_rows_of_the_file() {
    let mut data = frame();
    let mut with = |name: &str, at: usize, value: f64| {
        let mut values: Vec<f64> = match data.column(name).unwrap().cast(&polars::prelude::DataType::Float64) {
            Ok(column) => column.f64().unwrap().iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
            Err(error) => panic!("{error}"),
        };
        values[at] = value;
        data.with_column(Series::new(name.into(), values)).unwrap();
    };
    with("w", 2_500, -1.0);
    with("psu", 2_600, f64::NAN);
    let request = request(DESIGNS[0], ESTIMANDS[1]);
    let problems = streamed(&request, &parquet_bytes(&mut data)).unwrap_err();
    let told: Vec<_> = problems.iter().map(|problem| (problem.code, problem.place.clone().unwrap().row)).collect();
    assert_eq!(told, [("design_missing_value", Some(2_602)), ("design_weight", Some(2_502))]);
}

#[test]
fn a_fraction_that_varies_is_found_in_the_file_where_it_varies() {
    let mut data = frame();
    let mut counts: Vec<f64> =
        data.column("n_psus").unwrap().i64().unwrap().iter().map(|n| n.unwrap() as f64).collect();
    counts[1_234] = 77.0;
    data.with_column(Series::new("n_psus".into(), counts)).unwrap();
    let request = request(DESIGNS[1], ESTIMANDS[1]);
    let bytes = parquet_bytes(&mut data);
    let (streamed, whole) = (streamed(&request, &bytes).unwrap_err(), request.run(&read::parquet(bytes, "d").unwrap()));
    let codes = |problems: &Problems| problems.iter().map(|problem| problem.code).collect::<Vec<_>>();
    assert_eq!(codes(&streamed), ["design_fpc_varies"]);
    assert_eq!(streamed, whole.unwrap_err());
}

#[test]
fn what_cannot_be_streamed_and_what_is_not_there_are_told() {
    let quantile = request(DESIGNS[0], r#"{"kind": "quantile", "vars": "x", "probs": 0.5}"#);
    assert!(!quantile.can_stream());
    assert_eq!(quantile.stream().unwrap_err().0[0].code, "request_cannot_stream");
    let each_row_a_unit = request(r#"{"weights": "w"}"#, ESTIMANDS[1]);
    assert!(!each_row_a_unit.can_stream());
    let bytes = parquet_bytes(&mut frame());
    let unknown = request(DESIGNS[0], r#"{"kind": "mean", "vars": ["z"], "by": ["nowhere"]}"#);
    let problems = streamed(&unknown, &bytes).unwrap_err();
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["table_unknown_column"; 2]);
    assert!(problems.to_string().contains("not needed"), "{problems}");
    let text = request(DESIGNS[0], r#"{"kind": "mean", "vars": ["choice"]}"#);
    assert_eq!(streamed(&text, &bytes).unwrap_err().0[0].code, "request_not_numeric");
    let nothing = request(DESIGNS[0], ESTIMANDS[1]).stream().unwrap().finish().unwrap_err();
    assert_eq!(nothing.0[0].code, "design_no_rows");
}

#[test]
fn texts_of_a_parquet_file_stay_texts() {
    let columns = vec![Series::new("code".into(), ["01", "2"]), Series::new("v".into(), ["xa\u{303}", "xã"])];
    let mut frame = DataFrame::new_infer_height(columns).unwrap();
    let table: Table = read::parquet(parquet_bytes(&mut frame), "t").unwrap();
    assert_eq!(table.get("code").map(|code| code.label(1)), Some(Some("2".to_owned())));
    assert!(matches!(&table.get("code").unwrap().cells, Cells::Categorical { .. }));
    let same: &Column = table.get("v").unwrap();
    assert_eq!(same.cells, Cells::Categorical { codes: vec![0, 0], labels: vec!["xã".to_owned()] });
}
