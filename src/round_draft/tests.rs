//! What is put together in the browser is what the command line makes.

use super::*;
use crate::simulation::coverage::EXAMPLE_FRAME;

fn draft() -> RoundDraft {
    RoundDraft {
        code: "thu".to_owned(),
        name: "Thử".to_owned(),
        questionnaires: vec!["papi-2019".to_owned()],
        design: "papi-3x2x2x20".to_owned(),
        seed: "20260401".to_owned(),
        ..RoundDraft::default()
    }
}

#[test]
fn what_is_drawn_here_is_what_the_command_line_draws() {
    let draft = draft();
    let frame = draft.frame(EXAMPLE_FRAME.as_bytes()).expect("a frame");
    let sample = draft.sample(&frame).expect("a sample");
    let preset = Preset::of_name("papi-3x2x2x20").expect("a preset").design().expect("a design");
    let own = SamplingFrame::read(EXAMPLE_FRAME.as_bytes(), &preset).expect("a frame");
    assert_eq!(sample.to_csv(), draw(&own, &preset, 20_260_401).expect("a sample").to_csv());
    assert_eq!(by_area(&sample).len(), 12);
    let round = draft.round(&sample).expect("a round");
    assert_eq!(sha256_hex(&round.list_csv), list_sha256(&sample));
    assert!(round.certificate.is_some_and(|text| text.contains(&list_sha256(&sample))));
}

#[test]
fn changed_stages_are_another_design() {
    let mut draft = draft();
    draft.stages = stages_of(&draft.design().expect("a design"));
    assert_eq!(draft.design().expect("a design").name(), "papi-3x2x2x20", "nothing is changed");
    draft.stages[2].n = 3;
    draft.stages[3] = StageChoice { n: 15, method: "simple_random".to_owned(), reserves: 5 };
    let design = draft.design().expect("a design");
    assert_eq!(design.name(), "papi-3x2x2x20-changed");
    assert_eq!(stages_of(&design), draft.stages);
    let frame = draft.frame(EXAMPLE_FRAME.as_bytes()).expect("a frame");
    let sample = draft.sample(&frame).expect("a sample");
    assert_eq!((sample.units_of(Role::Main).count(), sample.units_of(Role::Reserve).count()), (270, 90));
    assert!(!draft.outlook(Some(&sample), 0.95).expect("a table").is_empty());
    // Every preset that can be changed can be read again after it was.
    for preset in sampling::presets() {
        let mut draft = RoundDraft { design: preset.name.to_owned(), ..draft.clone() };
        draft.stages = stages_of(&preset.design().expect("a design"));
        draft.stages.iter_mut().for_each(|stage| stage.n += u64::from(stage.n > 0));
        let wanted = draft.stages.clone();
        match draft.design() {
            Ok(design) => assert_eq!(stages_of(&design), wanted, "{}", preset.name),
            Err(problems) => panic!("{}: {problems}", preset.name),
        }
    }
}

#[test]
fn the_top_of_a_file_and_the_columns_it_lacks_are_shown() {
    let draft = draft();
    let (preview, needed) = draft.preview(EXAMPLE_FRAME.as_bytes()).expect("opened");
    assert!(needed.iter().all(|column| column.found.is_some()), "{needed:?}");
    assert_eq!((preview.rows.len(), preview.rows[0].len()), (ROWS_SHOWN, preview.headings.len()));
    let renamed = EXAMPLE_FRAME.replacen("households", "Số hộ", 1).replace(',', ";");
    let (preview, needed) = draft.preview(renamed.as_bytes()).expect("opened");
    let lacking: Vec<&str> =
        needed.iter().filter(|column| column.found.is_none()).map(|column| column.heading.as_str()).collect();
    assert_eq!(lacking, ["households"]);
    assert!(preview.headings.contains(&"Số hộ".to_owned()));
    let mut mapped = draft.clone();
    mapped.columns.insert("households".to_owned(), "Số hộ".to_owned());
    assert!(mapped.frame(renamed.as_bytes()).is_ok());
    let nonsense = RoundDraft { seed: "hôm nay".to_owned(), ..draft };
    let frame = nonsense.frame(EXAMPLE_FRAME.as_bytes()).expect("a frame");
    assert_eq!(nonsense.sample(&frame).expect_err("no seed").0[0].code, "seed_missing");
}
