//! Verification: the list, every byte of it, is what frame, design and seed imply.

use std::collections::BTreeSet;

use sampling::selection::SelectionMethod;
use sampling::{Certificate, Only, Sample, SampleDesign, SamplingFrame, certificate_name, draw, verify};

use crate::{SMALL_FRAME, small_design, small_frame, told};

fn drawn() -> (SamplingFrame, SampleDesign, Sample, String) {
    let (frame, design) = (small_frame(SMALL_FRAME), small_design());
    let sample = draw(&frame, &design, 4711).unwrap();
    let csv = sample.to_csv();
    (frame, design, sample, csv)
}

#[test]
fn a_list_verifies_and_reads_back() {
    let (frame, design, sample, csv) = drawn();
    let verification = verify(&frame, &design, csv.as_bytes()).unwrap();
    assert_eq!((verification.n_main, verification.n_reserve), (20, 8));
    assert_eq!(verification.sample, sample);
    let read = Sample::from_csv(csv.as_bytes()).unwrap();
    assert_eq!(read.units, sample.units);
    assert_eq!(read.provenance.seed, 4711);
    assert_eq!(read.to_csv(), csv);
}

#[test]
fn every_changed_byte_anywhere_is_found() {
    let (frame, design, _, csv) = drawn();
    for place in 0..csv.len() {
        for change in [1_u8, 0x20] {
            let mut bytes = csv.clone().into_bytes();
            bytes[place] ^= change;
            assert!(verify(&frame, &design, &bytes).is_err(), "byte {place} of {:?}", csv.as_bytes()[place]);
        }
    }
    for text in [csv.replace('\n', "\r\n"), format!("\u{feff}{csv}"), format!("{csv}\n"), csv.trim_end().to_owned()] {
        assert_eq!(
            told(&verify(&frame, &design, text.as_bytes()).expect_err("other bytes")).0,
            ["sample_bytes_changed"]
        );
    }
}

#[test]
fn what_was_changed_is_named() {
    let (frame, design, sample, csv) = drawn();
    let lines: Vec<&str> = csv.lines().collect();
    let told_of = |text: String| told(&verify(&frame, &design, text.as_bytes()).expect_err("changed"));

    let role = csv.replacen(",main,3,", ",reserve,3,", 1);
    let (codes, english) = told_of(role);
    assert_eq!(codes, ["sample_cell_changed"]);
    assert!(
        english.contains(&format!(
            "row 4, column role: a cell of unit {} differs from the draw (expected main, got reserve)",
            sample.units[2].unit_id
        )),
        "{english}"
    );

    let mut removed = lines.clone();
    removed.remove(5);
    let (codes, english) = told_of(removed.join("\n") + "\n");
    assert_eq!(codes, ["sample_unit_missing"]);
    assert!(english.contains(&sample.units[4].unit_id), "{english}");

    let mut doubled = lines.clone();
    doubled.push(lines[5]);
    assert_eq!(told_of(doubled.join("\n") + "\n").0, ["sample_unit_twice"]);

    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    assert_eq!(told_of(swapped.join("\n") + "\n").0, ["sample_order_changed"]);

    let (codes, _) = told_of(csv.replacen(&sample.units[0].unit_id, "N-9-1", 1));
    assert_eq!(codes, ["sample_unit_added", "sample_unit_missing"]);

    let (codes, english) = told_of(csv.replacen(",4711,", ",4712,", 1));
    assert_eq!(codes, ["sample_cell_changed"], "one row with another seed is found, not followed");
    assert!(english.contains("row 2, column seed"), "{english}");
    assert!(told_of(csv.replace(",4711,", ",4712,")).0.len() > 10, "another seed is another sample");
    assert_eq!(told_of(csv.replacen("role", "rule", 1)).0, ["sample_heading_changed"]);
}

#[test]
fn another_frame_or_design_is_refused_by_its_hash() {
    let (frame, design, _, csv) = drawn();
    let other = small_frame(&SMALL_FRAME.replace("An,30", "An,31"));
    assert_eq!(told(&verify(&other, &design, csv.as_bytes()).expect_err("frame")).0, ["sample_other_frame"]);
    let other = SampleDesign::from_toml(&format!("{}\n# a comment more", design.text())).unwrap();
    assert_eq!(told(&verify(&frame, &other, csv.as_bytes()).expect_err("design")).0, ["sample_other_design"]);
}

#[test]
fn a_list_of_one_part_verifies_by_itself() {
    let (frame, design, ..) = drawn();
    let part = design.clone().restricted_to(Only::parse("region=S").unwrap()).unwrap();
    let csv = draw(&frame, &part, 4711).unwrap().to_csv();
    assert!(csv.contains(",region=S"));
    assert_eq!(verify(&frame, &design, csv.as_bytes()).unwrap().n_main, 10);
}

#[test]
fn another_version_of_the_program_is_noted_not_refused() {
    let (frame, design, _, csv) = drawn();
    let csv = csv.replace(&format!(",small,{}", sampling::PROGRAM_VERSION), ",small,0.0.9");
    assert_eq!(verify(&frame, &design, csv.as_bytes()).unwrap().notes.len(), 1);
}

#[test]
fn a_certificate_carries_the_design_and_finds_changes_in_itself_and_in_the_list() {
    let (_, design, sample, csv) = drawn();
    let certificate = Certificate::of(&sample, &design, csv.as_bytes());
    let json = certificate.to_json().unwrap();
    let read = Certificate::from_json(json.as_bytes()).unwrap();
    assert_eq!(read, certificate);
    assert_eq!(read.design().unwrap(), design);
    read.check(&sample, &design).unwrap();
    assert!(read.is_of_list(csv.as_bytes()) && !read.is_of_list(csv.replacen('1', "2", 1).as_bytes()));
    for (from, to, field) in [
        ("\"seed\": 4711", "\"seed\": 4712", "seed"),
        ("\"n_main\": 20", "\"n_main\": 21", "n_main"),
        ("simple_random_v1", "simple_random_v2", "methods"),
    ] {
        let changed = Certificate::from_json(json.replacen(from, to, 1).as_bytes()).unwrap();
        let problems = changed.check(&sample, &design).expect_err(field);
        assert_eq!(problems.iter().next().unwrap().place.as_ref().unwrap().column.as_deref(), Some(field));
    }
    let changed = Certificate::from_json(json.replacen("n = 5", "n = 6", 1).as_bytes()).unwrap();
    assert_eq!(told(&changed.design().expect_err("another text")).0, ["certificate_changed"]);
    assert_eq!(certificate_name("a/b.csv"), "a/b.csv.certificate.json");
}

#[test]
fn a_list_that_cannot_be_read_is_told_row_by_row() {
    let (_, _, _, csv) = drawn();
    let broken = csv.replacen(",main,1,", ",chief,1,", 1).replacen(",main,2,0.", ",main,2,7.", 1);
    let (codes, english) = told(&Sample::from_csv(broken.as_bytes()).expect_err("two bad cells"));
    assert_eq!(codes, ["sample_bad_cell", "sample_bad_cell"]);
    assert!(
        english.contains("row 2, column role") && english.contains("row 3, column cluster_probability"),
        "{english}"
    );
    assert_eq!(told(&Sample::from_csv(b"").expect_err("empty")).0, ["sample_empty"]);
    assert_eq!(told(&Sample::from_csv(b"a,b\n1,2\n").expect_err("no list")).0, ["sample_missing_column"]);
}

#[test]
fn every_method_gives_a_list_of_different_units_that_verifies() {
    for method in SelectionMethod::ALL.into_iter().filter(|method| method.uses_size()) {
        let text = small_design().text().replace("pps_systematic", method.name());
        let design = SampleDesign::from_toml(&text).unwrap();
        let frame = SamplingFrame::read(SMALL_FRAME.as_bytes(), &design).unwrap();
        for seed in 0..40 {
            let sample = draw(&frame, &design, seed).unwrap();
            let ids: BTreeSet<&str> = sample.units.iter().map(|unit| unit.unit_id.as_str()).collect();
            assert_eq!(ids.len(), sample.units.len(), "{method:?}, seed {seed}: no unit twice");
            if sample.units.is_empty() {
                assert!(!method.has_fixed_size(), "{method:?}, seed {seed}");
                continue;
            }
            let verification = verify(&frame, &design, sample.to_csv().as_bytes()).unwrap();
            assert_eq!(verification.sample, sample, "{method:?}, seed {seed}");
        }
    }
}
