//! Whatever the answers: a number or a reason, never NaN, and the exports hold the same.

use estimation::table::{Column, Table};
use proptest::prelude::*;
use reports::export::scores::{to_csv, to_json};
use reports::index::{IndexEstimates, estimate_index, preset};

use crate::scene::{Scene, TWO_DIMENSIONS, definition};

fn every_number(estimates: &IndexEstimates) -> Vec<f64> {
    let nodes = estimates.scores.iter().map(|node| &node.estimate);
    let indicators = estimates.indicators.iter().map(|indicator| &indicator.estimate);
    nodes
        .chain(indicators)
        .flatten()
        .flat_map(|estimate| {
            let ends = estimate.interval.as_ref().map(|interval| [interval.lower, interval.upper]);
            [estimate.estimate, estimate.standard_error, estimate.design_effect]
                .into_iter()
                .flatten()
                .chain(ends.into_iter().flatten())
        })
        .collect()
}

fn answers() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    proptest::collection::vec((0_u8..4, 0_u8..7, 0_u8..4), 24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn an_estimated_index_holds_numbers_or_reasons(rows in answers(), empty in 0_u8..8) {
        let choice = |code: u8| ["1", "0", "-888"].get(code as usize).map(|code| (*code).to_owned());
        let mut table = Table::new();
        let qa: Vec<_> = rows.iter().map(|row| choice(if empty & 1 == 0 { row.0 } else { 3 })).collect();
        let qb: Vec<f64> = rows
            .iter()
            .map(|row| if empty & 2 == 0 && (1..=5).contains(&row.1) { f64::from(row.1) } else { f64::NAN })
            .collect();
        let qd: Vec<_> = rows.iter().map(|row| choice(if empty & 4 == 0 { row.2 } else { 3 })).collect();
        table.insert("qa", Column::categorical(&qa)).expect("a column");
        table.insert("qb", Column::numeric(qb)).expect("a column");
        table.insert("qd", Column::categorical(&qd)).expect("a column");
        let scene = Scene::new(4, 3, 7);
        let estimates = estimate_index(&definition(TWO_DIMENSIONS), &scene.design(), &table, 0.95).expect("estimates");
        prop_assert!(every_number(&estimates).iter().all(|number| number.is_finite()));
        for node in &estimates.scores {
            prop_assert_eq!(node.estimate.is_none(), node.missing.is_some());
        }
        let text = to_csv(&estimates).expect("CSV") + &to_json(&estimates).expect("JSON");
        prop_assert!(!text.contains("NaN") && !text.contains("inf"));
    }

    #[test]
    fn scores_of_values_are_numbers_or_reasons(
        given in proptest::collection::vec(any::<bool>(), 127),
        position in 0.0_f64..=1.0,
    ) {
        let papi = preset("papi-2019").expect("valid");
        let values = papi
            .indicators()
            .iter()
            .zip(&given)
            .filter(|(_, given)| **given)
            .map(|(one, _)| {
                (one.code.clone(), (one.published_min * (1.0 - position) + one.published_max * position).clamp(one.published_min, one.published_max))
            })
            .collect();
        let scores = papi.score_values(&values).expect("in range");
        for node in &scores.scores {
            prop_assert!(node.score.is_none_or(f64::is_finite));
            prop_assert_eq!(node.score.is_none(), node.missing.is_some());
        }
    }
}
