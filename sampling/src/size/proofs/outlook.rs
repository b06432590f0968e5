//! Proofs of the table of a design.

use super::*;
use crate::design::Preset;
use crate::frame::SamplingFrame;
use crate::multistage::draw;

const FRAME: &[u8] = include_bytes!("../../../frames/bac-giang-2019-example.csv");

fn request(deff: Option<f64>, homogeneity: &[(String, f64)]) -> OutlookRequest<'_> {
    OutlookRequest {
        quantity: Quantity::Proportion(0.8162),
        level: 0.95,
        deff,
        homogeneity,
        weighting: 1.0,
        population: None,
        alternatives: &[(30, 20)],
    }
}

fn reading(row: &OutlookRow) -> String {
    match &row.reading {
        Reading::SimpleRandom => "simple random".to_owned(),
        Reading::Clusters { level, .. } => level.clone(),
        Reading::DefaultAnalysis => "analysis".to_owned(),
        Reading::OneFirstStageUnit { level, .. } => format!("one {level}"),
        Reading::Alternative { clusters, interviews, .. } => format!("{clusters}x{interviews}"),
    }
}

#[test]
fn the_planning_table_of_the_province_is_reproduced() {
    // The table of the plan's sample, by hand at the province's satisfaction of 2023, 81.62 %, with deff 2: simple random ±4.9;
    // 12 villages, df 9: ±8.0; districts as PSUs, df 2: ±15; one district of 80: ±19.5; 600 people in 30 villages: ±4.6.
    let design = Preset::of_name("papi-3x2x2x20").unwrap().design().unwrap();
    let frame = SamplingFrame::read(FRAME, &design).unwrap();
    let by_text = PlannedSample::of_design(&design).unwrap();
    let drawn = PlannedSample::of_sample(&draw(&frame, &design, 1).unwrap());
    assert_eq!(drawn.stages, by_text.stages);
    assert_eq!((drawn.strata, drawn.analysis), (1, Some((4, 2))));
    for sample in [&by_text, &drawn] {
        let rows = outlook(sample, &request(Some(2.0), &[])).unwrap();
        let told: Vec<(String, u64, u64, f64)> = rows
            .iter()
            .filter(|row| row.reading != Reading::DefaultAnalysis)
            .map(|row| {
                let tenths = (row.interval.unwrap().half_width * 1_000.0).round() / 10.0;
                (reading(row), row.n, row.degrees_of_freedom, tenths)
            })
            .collect();
        let expected = [
            ("simple random", 240, 239, 4.9),
            ("village", 240, 9, 8.0),
            ("commune", 240, 3, 11.3),
            ("district", 240, 2, 15.2),
            ("one district", 80, 3, 19.5),
            ("30x20", 600, 27, 4.6),
        ];
        assert_eq!(told, expected.map(|(reading, n, df, half)| (reading.to_owned(), n, df, half)));
    }
    let rows = outlook(&drawn, &request(Some(2.0), &[])).unwrap();
    let analysis = rows.iter().find(|row| row.reading == Reading::DefaultAnalysis).unwrap();
    assert_eq!((analysis.psus, analysis.strata, analysis.degrees_of_freedom), (4, 2, 2));
}

#[test]
fn homogeneities_change_the_design_effect_of_each_row() {
    let design = Preset::of_name("papi-3x2x2x20").unwrap().design().unwrap();
    let sample = PlannedSample::of_design(&design).unwrap();
    let homogeneity = [("village".to_owned(), 0.05), ("district".to_owned(), 0.01)];
    let rows = outlook(&sample, &request(None, &homogeneity)).unwrap();
    let deff = |name: &str| rows.iter().find(|row| reading(row) == name).unwrap().deff;
    assert_eq!(deff("simple random"), 1.0);
    close(deff("village"), 1.0 + 0.05 * 19.0 + 0.01 * 79.0, 1e-12);
    close(deff("one district"), 1.0 + 0.05 * 19.0 + 0.01 * 79.0, 1e-12);
    close(deff("30x20"), 1.0 + 0.05 * 19.0 + 0.01 * 199.0, 1e-12);
}

#[test]
fn a_stated_population_narrows_the_rows_by_the_finite_population_correction() {
    let design = Preset::of_name("papi-3x2x2x20").unwrap().design().unwrap();
    let sample = PlannedSample::of_design(&design).unwrap();
    let without = outlook(&sample, &request(Some(2.0), &[])).unwrap();
    let with = outlook(&sample, &OutlookRequest { population: Some(1_000.0), ..request(Some(2.0), &[]) }).unwrap();
    for (plain, corrected) in without.iter().zip(&with) {
        let factor = match reading(plain).as_str() {
            "one district" => 1.0,
            _ => (1.0 - plain.n as f64 / 1_000.0).sqrt(),
        };
        let half = |row: &OutlookRow| row.interval.unwrap().half_width;
        close(half(corrected), half(plain) * factor, 1e-12);
    }
    let too_few = OutlookRequest { population: Some(500.0), ..request(Some(2.0), &[]) };
    assert!(!codes(outlook(&sample, &too_few)).is_empty(), "the alternative asks more people than there are");
}

#[test]
fn one_unit_a_stage_leaves_no_interval_and_the_table_says_so() {
    let text = Preset::of_name("papi-3x2x2x20").unwrap().text.replacen("n = 3", "n = 1", 1);
    let design = crate::SampleDesign::from_toml(&text).unwrap();
    let sample = PlannedSample::of_design(&design).unwrap();
    let rows = outlook(&sample, &request(Some(2.0), &[])).unwrap();
    let district = rows.iter().find(|row| reading(row) == "district").unwrap();
    assert_eq!((district.degrees_of_freedom, district.interval), (0, None));
}

#[test]
fn tables_without_a_stated_design_effect_or_with_unknown_levels_are_refused() {
    let design = Preset::of_name("papi-3x2x2x20").unwrap().design().unwrap();
    let sample = PlannedSample::of_design(&design).unwrap();
    assert_eq!(codes(outlook(&sample, &request(None, &[])))[0].0, "size_design_effect");
    let unknown = [("household".to_owned(), 0.05)];
    let told = codes(outlook(&sample, &request(Some(2.0), &unknown)));
    assert_eq!(told.iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["size_design_effect", "size_unknown_level"]);
    let empty = OutlookRequest { alternatives: &[(0, 20)], weighting: 0.5, ..request(Some(2.0), &[]) };
    assert_eq!(codes(outlook(&sample, &empty)).len(), 2);
}
