//! Every method in a design: from the frame to weights that estimate its total.

use std::collections::BTreeSet;

use problem::Language;
use sampling::selection::SelectionMethod;
use sampling::{Role, Sample, SampleDesign, SamplingFrame, draw};

use crate::{SMALL_DESIGN, SMALL_FRAME};

fn design(method: SelectionMethod) -> SampleDesign {
    let text = SMALL_DESIGN.replace("pps_systematic", method.name());
    let text = if method.uses_size() { text } else { text.replace("size = \"households\"\n", "") };
    SampleDesign::from_toml(&text).unwrap()
}

fn clusters(sample: &Sample) -> BTreeSet<&str> {
    sample.units.iter().map(|unit| unit.path[1].code.as_str()).collect()
}

#[test]
fn weights_of_every_method_estimate_the_number_of_households() {
    for method in SelectionMethod::ALL {
        let design = design(method);
        let frame = SamplingFrame::read(SMALL_FRAME.as_bytes(), &design).unwrap();
        let draws = 2_000_u32;
        let estimates: Vec<f64> = (0..draws)
            .map(|seed| {
                let sample = draw(&frame, &design, u64::from(seed)).unwrap();
                assert!(sample.provenance.methods[0].method.starts_with(method.name()));
                sample.units_of(Role::Main).map(|unit| unit.base_weight.get()).sum()
            })
            .collect();
        let mean = estimates.iter().sum::<f64>() / f64::from(draws);
        let variance = estimates.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / f64::from(draws - 1);
        let error = (variance / f64::from(draws)).sqrt();
        // 140 households; where π is in proportion to them every sample gives 140, but for rounding.
        assert!((mean - 140.0).abs() < 4.5 * error + 1e-9, "{}: {mean}, standard error {error}", method.name());
    }
}

#[test]
fn the_rows_of_the_frame_may_stand_in_any_order_for_order_free_methods() {
    let mut rows: Vec<&str> = SMALL_FRAME.lines().collect();
    rows[1..].reverse();
    let turned = rows.join("\n");
    for method in SelectionMethod::ALL.into_iter().filter(|method| method.is_order_free()) {
        let design = design(method);
        let frames = [SMALL_FRAME, &turned].map(|text| SamplingFrame::read(text.as_bytes(), &design).unwrap());
        for seed in 0..40 {
            let [one, other] = [&frames[0], &frames[1]].map(|frame| draw(frame, &design, seed).unwrap());
            assert_eq!(clusters(&one), clusters(&other), "{} seed {seed}", method.name());
        }
    }
}

#[test]
fn a_random_number_of_units_is_said_in_the_sample() {
    let design = design(SelectionMethod::Poisson);
    let frame = SamplingFrame::read(SMALL_FRAME.as_bytes(), &design).unwrap();
    let sizes: BTreeSet<usize> = (0..60).map(|seed| clusters(&draw(&frame, &design, seed).unwrap()).len()).collect();
    assert!(sizes.len() > 2, "{sizes:?}");
    let sample = draw(&frame, &design, 1).unwrap();
    let told: Vec<&str> = sample.notes.iter().map(|note| note.in_language(Language::En)).collect();
    assert_eq!(told.iter().filter(|note| note.starts_with("village: Poisson sampling")).count(), 1, "{told:?}");
}
