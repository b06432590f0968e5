//! Commitments: what is fixed before the draw cannot be changed after it.

use sampling::{
    Certificate, Commitment, Published, SeedForm, SeedSource, draw, seed_of_text, sha256_hex, verify, verify_with_seed,
};

use crate::{SMALL_FRAME, small_design, small_frame, told};

const SOURCE: &str = "Giải đặc biệt xổ số kiến thiết ngày 12/03/2026, sáu chữ số viết liền";

fn committed() -> Commitment {
    let source = SeedSource::new(SeedForm::PublishedText, Some(SOURCE)).unwrap();
    Commitment::of(&small_frame(SMALL_FRAME), &small_design(), source)
}

#[test]
fn a_commitment_reads_back_and_has_one_writing_only() {
    let commitment = committed();
    let json = commitment.to_json().unwrap();
    assert_eq!(Commitment::from_json(json.as_bytes()).unwrap(), commitment);
    assert_eq!(commitment.sha256().unwrap(), sha256_hex(json.as_bytes()));
    for other in
        [json.replace('\n', "\r\n"), json.replacen("  ", " ", 1), json.trim_end().to_owned(), format!("{json}\n")]
    {
        assert_eq!(told(&Commitment::from_json(other.as_bytes()).unwrap_err()).0, ["commitment_bytes_changed"]);
    }
    let double = json.replacen("\"version\": 1,", "\"version\": 1,\n  \"version\": 1,", 1);
    assert_eq!(told(&Commitment::from_json(double.as_bytes()).unwrap_err()).0, ["commitment_not_readable"]);
    for other in ["", "{}", "[1]", "null"] {
        assert_eq!(told(&Commitment::from_json(other.as_bytes()).unwrap_err()).0, ["commitment_not_readable"]);
    }
    // Two ways to type the accents of the source are one commitment.
    let nfd = SOURCE.replace("Giải", "Gia\u{309}i");
    let source = SeedSource::new(SeedForm::PublishedText, Some(&nfd)).unwrap();
    assert_eq!(Commitment::of(&small_frame(SMALL_FRAME), &small_design(), source), commitment);
}

#[test]
fn a_changed_byte_of_a_commitment_or_certificate_is_found() {
    let (frame, design, commitment) = (small_frame(SMALL_FRAME), small_design(), committed());
    let (seed, opening) = commitment.open(Published::Text("204873")).unwrap();
    assert_eq!(seed, seed_of_text(&commitment.sha256().unwrap(), "204873").unwrap());
    let sample = draw(&frame, &design, seed).unwrap();
    let list = sample.to_csv();
    let certificate = Certificate::of(&sample, &design, list.as_bytes()).under_commitment(opening.clone());
    let accepts = |bytes: &[u8]| {
        let read = Certificate::from_json(bytes)?;
        read.design()?;
        read.check(&sample, &design)?;
        read.opening().unwrap().check_commitment(&commitment)?;
        Ok::<_, problem::Problems>(read.is_of_list(list.as_bytes()))
    };
    let json = certificate.to_json().unwrap().into_bytes();
    assert_eq!(accepts(&json), Ok(true));
    for place in 0..json.len() {
        for change in [1_u8, 4, 0x20] {
            let mut bytes = json.clone();
            bytes[place] ^= change;
            assert_ne!(accepts(&bytes), Ok(true), "certificate, byte {place}");
        }
    }
    let json = commitment.to_json().unwrap().into_bytes();
    for place in 0..json.len() {
        for change in [1_u8, 4, 0x20] {
            let mut bytes = json.clone();
            bytes[place] ^= change;
            let accepted = Commitment::from_json(&bytes).is_ok_and(|read| opening.check_commitment(&read).is_ok());
            assert!(!accepted, "commitment, byte {place}");
        }
    }
}

#[test]
fn what_differs_from_a_commitment_is_named_field_by_field() {
    let commitment = committed();
    commitment.check_draw(&small_frame(SMALL_FRAME), &small_design()).unwrap();
    let other_design = sampling::SampleDesign::from_toml(&small_design().text().replace("n = 5", "n = 4")).unwrap();
    let other_frame = small_frame(&SMALL_FRAME.replace("An,30", "An,29"));
    let (codes, english) = told(&commitment.check_draw(&other_frame, &other_design).unwrap_err());
    assert_eq!(codes, ["commitment_differs"; 2]);
    assert!(english.contains("frame_sha256") && english.contains("design_sha256"), "{english}");
    // A part of the whole is covered, because its units are those of the whole draw.
    let part = small_design().restricted_to(sampling::Only::parse("region=N").unwrap()).unwrap();
    commitment.check_draw(&small_frame(SMALL_FRAME), &part).unwrap();
    let source = || SeedSource::new(SeedForm::PublishedText, Some(SOURCE)).unwrap();
    let of_part = Commitment::of(&small_frame(SMALL_FRAME), &part, source());
    assert!(of_part.check_draw(&small_frame(SMALL_FRAME), &small_design()).is_err());
}

#[test]
fn the_implied_seed_decides_and_not_the_one_the_list_names() {
    let (frame, design) = (small_frame(SMALL_FRAME), small_design());
    let (seed, _) = committed().open(Published::Text("204873")).unwrap();
    let chosen = draw(&frame, &design, 5).unwrap().to_csv();
    verify(&frame, &design, chosen.as_bytes()).unwrap();
    let (codes, _) = told(&verify_with_seed(&frame, &design, Some(seed), chosen.as_bytes()).unwrap_err());
    assert_eq!(codes[0], "sample_other_seed");
    assert!(codes.contains(&"sample_unit_missing") && codes.contains(&"sample_unit_added"), "{codes:?}");
    let implied = draw(&frame, &design, seed).unwrap().to_csv();
    verify_with_seed(&frame, &design, Some(seed), implied.as_bytes()).unwrap();
}

#[test]
fn a_text_needs_a_named_source_and_a_number_may_do_without() {
    assert_eq!(told(&SeedSource::new(SeedForm::PublishedText, None).unwrap_err()).0, ["seed_source_missing"]);
    assert_eq!(SeedSource::new(SeedForm::PublishedNumber, None).unwrap().source(), None);
}
