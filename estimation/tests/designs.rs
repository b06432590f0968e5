//! What a design refuses, and that it says everything at once.

#![expect(clippy::expect_used, reason = "helpers of tests stop where the test fails")]

use estimation::table::Column;
use estimation::{DesignColumns, EstimationDesign, UnequalProbability};
use problem::{Language, Problems};

fn codes(problems: &Problems) -> Vec<&str> {
    problems.iter().map(|problem| problem.code).collect()
}

fn refused(columns: &DesignColumns<'_>) -> Problems {
    let problems = EstimationDesign::new(columns).expect_err("a problem");
    for language in [Language::Vi, Language::En] {
        assert!(!problems.describe(language).is_empty());
    }
    problems
}

fn numeric(values: &[f64]) -> Column {
    Column::numeric(values.to_vec())
}

#[test]
fn all_problems_are_told_at_once_with_their_rows() {
    let psu = Column::categorical(&[Some("a"), None, Some("b")]);
    let problems = refused(&DesignColumns {
        ids: vec![("psu", &psu)],
        weights: Some(("w", &[1.0, -2.0, f64::NAN])),
        fpc: vec![("fpc", &[0.5, 1.5, 2.0])],
        ..DesignColumns::new(3)
    });
    assert_eq!(codes(&problems), ["design_missing_value", "design_fpc", "design_missing_value", "design_weight"]);
    let rows: Vec<Option<usize>> = problems.iter().map(|problem| problem.place.as_ref()?.row).collect();
    assert_eq!(rows, [Some(3), Some(2), Some(4), Some(3)]);
}

#[test]
fn weights_are_never_assumed() {
    assert_eq!(codes(&refused(&DesignColumns::new(3))), ["design_no_weight"]);
    let psu = numeric(&[1.0, 2.0, 3.0]);
    let household = numeric(&[1.0, 1.0, 1.0]);
    let one_stage_only = DesignColumns {
        ids: vec![("psu", &psu), ("household", &household)],
        fpc: vec![("N", &[30.0; 3])],
        ..DesignColumns::new(3)
    };
    assert_eq!(codes(&refused(&one_stage_only)), ["design_no_weight"]);
    let zero = DesignColumns { weights: Some(("w", &[0.0; 3])), ..DesignColumns::new(3) };
    assert_eq!(codes(&refused(&zero)), ["design_no_weight"]);
}

#[test]
fn a_psu_in_two_strata_is_refused_unless_codes_are_nested() {
    let psu = numeric(&[1.0, 2.0, 1.0, 2.0]);
    let stratum = Column::categorical(&["a", "a", "b", "b"].map(Some));
    let columns = DesignColumns {
        ids: vec![("psu", &psu)],
        strata: vec![("stratum", &stratum)],
        weights: Some(("w", &[1.0; 4])),
        ..DesignColumns::new(4)
    };
    let problems = refused(&columns);
    assert_eq!(codes(&problems), ["design_unit_in_two_strata"]);
    assert!(problems.to_string().contains("set nest to true"), "{problems}");
    let nested = EstimationDesign::new(&DesignColumns { nest: true, ..columns }).expect("nested codes");
    assert_eq!((nested.n_psus(), nested.n_strata(), nested.degrees_of_freedom()), (4, 2, 2));
}

#[test]
fn populations_smaller_than_the_sample_or_varying_are_refused() {
    let small = DesignColumns { fpc: vec![("N", &[2.0; 3])], ..DesignColumns::new(3) };
    assert_eq!(codes(&refused(&small)), ["design_fpc_small"]);
    let varying = DesignColumns { fpc: vec![("f", &[0.5, 0.5, 0.4])], ..DesignColumns::new(3) };
    let problems = refused(&varying);
    assert_eq!(codes(&problems), ["design_fpc_varies"]);
    assert!(problems.to_string().contains("brewer"), "{problems}");
    let brewer = DesignColumns { unequal_probability: UnequalProbability::Brewer, ..varying };
    assert!(EstimationDesign::new(&brewer).is_ok());
    let psu = numeric(&[1.0, 2.0, 2.0]);
    let within_unit = DesignColumns { ids: vec![("psu", &psu)], ..brewer };
    assert_eq!(codes(&refused(&within_unit)), ["design_fpc_varies"]);
}

#[test]
fn brewer_needs_probabilities_and_not_counts() {
    let brewer = UnequalProbability::Brewer;
    let counts = DesignColumns { fpc: vec![("N", &[9.0; 3])], unequal_probability: brewer, ..DesignColumns::new(3) };
    assert_eq!(codes(&refused(&counts)), ["design_fpc"]);
    let none = DesignColumns { weights: Some(("w", &[1.0; 3])), unequal_probability: brewer, ..DesignColumns::new(3) };
    assert_eq!(codes(&refused(&none)), ["design_fpc"]);
}

#[test]
fn columns_of_another_length_and_designs_of_one_psu_are_refused() {
    let psu = numeric(&[1.0, 1.0]);
    let long = DesignColumns { ids: vec![("psu", &psu)], weights: Some(("w", &[1.0; 4])), ..DesignColumns::new(3) };
    assert_eq!(codes(&refused(&long)), ["design_length", "design_length"]);
    let one = DesignColumns { ids: vec![("psu", &psu)], weights: Some(("w", &[1.0; 2])), ..DesignColumns::new(2) };
    assert_eq!(codes(&refused(&one)), ["design_one_psu"]);
    assert_eq!(
        codes(&refused(&DesignColumns { weights: Some(("w", &[])), ..DesignColumns::new(0) }))[0],
        "design_no_rows"
    );
}
