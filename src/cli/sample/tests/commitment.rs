//! Committing, drawing and verifying as three people would: who plans, who draws, who audits.

use super::super::sample_commit::{CommitArgs, Form};
use super::*;
use crate::cli::frame::Format;

const FRAME: &str = "region,region_name,cluster,cluster_name,households\n\
    N,North,1,An,30\nN,North,2,Ba,10\nN,North,3,Cô,25\nS,South,1,Én,12\nS,South,2,Gì,40\nS,South,3,Hè,8\n";
const DESIGN: &str = r#"name = "small"
[[level]]
name = "region"
code = "region"
label = "region_name"
[[level]]
name = "cluster"
code = "cluster"
label = "cluster_name"
[[level]]
name = "household"
counted_by = "households"
[[stage]]
level = "cluster"
strata = ["region"]
n = 1
method = "pps_systematic"
size = "households"
[[stage]]
level = "household"
n = 2
method = "simple_random"
reserves = 1
"#;
const SOURCE: &str = "Six digits of the first prize of the lottery of 12/03/2026";

/// A folder with frame and design.
struct Office(TempDir);

impl Office {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("frame.csv"), FRAME).unwrap();
        std::fs::write(folder.path().join("design.toml"), DESIGN).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn commit(&self, source: Option<&str>, form: Option<Form>) -> Result<String, Problems> {
        told(&SampleArgs { act: Act::Commit(self.commit_args(source, form)) })
    }

    fn commit_args(&self, source: Option<&str>, seed_form: Option<Form>) -> CommitArgs {
        CommitArgs {
            reading: ReadingArgs::default(),
            frame: self.path("frame.csv"),
            design: self.path("design.toml").display().to_string(),
            seed_source: source.map(str::to_owned),
            seed_form,
            only: None,
            program: None,
            out: self.path("commitment.json"),
        }
    }

    fn draw(&self, list: &str, published: Published<'_>) -> Result<String, Problems> {
        let (seed, seed_text) = match published {
            Published::Number(seed) => (Some(seed), None),
            Published::Text(text) => (None, Some(text.to_owned())),
        };
        let args = DrawArgs {
            frame: self.path("frame.csv"),
            design: self.path("design.toml").display().to_string(),
            seed,
            commitment: Some(self.path("commitment.json")),
            seed_text,
            out: self.path(list),
            only: None,
            split: None,
            reading: ReadingArgs::default(),
        };
        told(&SampleArgs { act: Act::Draw(args) })
    }

    fn audit(&self, list: &str) -> VerifyArgs {
        VerifyArgs {
            commitment: Some(self.path("commitment.json")),
            ..verify_args(&self.path(list), &self.path("frame.csv"))
        }
    }
}

fn verify(args: VerifyArgs) -> Result<String, Problems> {
    told(&SampleArgs { act: Act::Verify(args) })
}

#[test]
fn a_sample_drawn_under_a_commitment_verifies_and_names_what_was_published() {
    for list in ["list.csv", "list.xlsx"] {
        let office = Office::open();
        let said = office.commit(Some(SOURCE), None).unwrap();
        let sha256 = sha256_hex(&office.read("commitment.json"));
        assert!(said.contains(&sha256) && said.contains(SOURCE), "{said}");
        office.draw(list, Published::Text(" 204873 ")).unwrap();
        let said = verify(office.audit(list)).unwrap();
        for word in [sha256.as_str(), SOURCE, "204873"] {
            assert!(said.contains(word), "{word}: {said}");
        }
        // The auditor's own reading of the source, and the hash from the newspaper.
        let own = VerifyArgs {
            seed_text: Some("204873".to_owned()),
            commitment_sha256: Some(sha256.to_uppercase()),
            ..office.audit(list)
        };
        verify(own).unwrap();
        // Without the certificate the auditor's reading is needed, and is enough.
        std::fs::remove_file(office.path(&format!("{list}.certificate.json"))).unwrap();
        let design = Some(office.path("design.toml").display().to_string());
        let alone = VerifyArgs { design, ..office.audit(list) };
        assert_eq!(codes(verify(alone.clone())), ["seed_missing"]);
        verify(VerifyArgs { seed_text: Some("204873".to_owned()), ..alone }).unwrap();
    }
}

#[test]
fn a_list_drawn_with_another_seed_is_told_unit_by_unit() {
    let office = Office::open();
    office.commit(Some(SOURCE), None).unwrap();
    office.draw("list.csv", Published::Text("204873")).unwrap();
    let other = VerifyArgs { seed_text: Some("204874".to_owned()), ..office.audit("list.csv") };
    let problems = verify(other.clone()).unwrap_err();
    let found: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(found[..2], ["sample_not_implied", "sample_other_seed"]);
    assert!(found.contains(&"sample_unit_missing") && found.contains(&"sample_unit_added"), "{found:?}");
    // The same for programs.
    let mut out = Vec::new();
    let args = SampleArgs { act: Act::Verify(VerifyArgs { format: Format::Json, ..other }) };
    run(&args, &mut out).unwrap_err();
    let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(json["verified"], false);
    assert!(json["units_missing"].as_u64().unwrap() > 0 && json["problems"][1]["code"] == "sample_other_seed");

    let mut out = Vec::new();
    let args = VerifyArgs { format: Format::Json, ..office.audit("list.csv") };
    run(&SampleArgs { act: Act::Verify(args) }, &mut out).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(
        (&json["verified"], &json["n_main"], &json["commitment"]["text"]),
        (&true.into(), &4.into(), &"204873".into())
    );
}

#[test]
fn a_draw_that_differs_from_its_commitment_is_refused_and_writes_nothing() {
    let office = Office::open();
    office.commit(Some(SOURCE), None).unwrap();
    assert_eq!(codes(office.draw("list.csv", Published::Number(7))), ["commitment_seed_form"]);
    assert_eq!(codes(office.draw("list.csv", Published::Text("20 48\u{a0}73"))), ["seed_text"]);
    office.write("frame.csv", FRAME.replace("An,30", "An,31").as_bytes());
    office.write("design.toml", DESIGN.replace("n = 2", "n = 3").as_bytes());
    let problems = office.draw("list.csv", Published::Text("204873")).unwrap_err();
    let places: Vec<_> = problems.iter().filter_map(|problem| problem.place.clone()?.column).collect();
    assert_eq!(places, ["frame_sha256", "design_sha256"]);
    let commitment = String::from_utf8(office.read("commitment.json")).unwrap();
    for (from, to) in [("pps_systematic_v1", "pps_systematic_v2"), ("_stream_v1", "_stream_v2"), ("0.1.0", "0.1.1")] {
        let office = Office::open();
        office.write("commitment.json", commitment.replacen(from, to, 1).as_bytes());
        assert_eq!(codes(office.draw("list.csv", Published::Text("204873"))), ["commitment_differs"], "{from}");
        assert!(!office.path("list.csv").exists());
    }
}

#[test]
fn a_number_may_be_published_and_a_missing_source_is_always_said() {
    let office = Office::open();
    assert_eq!(codes(office.commit(Some("hidden\u{200b}"), None)), ["seed_text"]);
    office.commit(Some("number on the ball"), Some(Form::Number)).unwrap();
    assert_eq!(codes(office.draw("list.csv", Published::Text("204873"))), ["commitment_seed_form"]);
    office.draw("list.csv", Published::Number(204_873)).unwrap();
    assert!(verify(office.audit("list.csv")).unwrap().contains("number on the ball"));

    let office = Office::open();
    assert!(office.commit(None, None).unwrap().contains("không nêu nguồn công khai"));
    office.draw("list.csv", Published::Number(5)).unwrap();
    assert!(verify(office.audit("list.csv")).unwrap().contains("không nêu nguồn công khai"));
    // A certificate of a draw without a commitment does not pass for one under it.
    let certificate = String::from_utf8(office.read("list.csv.certificate.json")).unwrap();
    let end = certificate.find(",\n  \"commitment\"").unwrap();
    office.write("list.csv.certificate.json", format!("{}\n}}\n", &certificate[..end]).as_bytes());
    assert_eq!(codes(verify(office.audit("list.csv"))), ["certificate_without_commitment"]);
}

#[test]
fn a_commitment_can_be_bound_to_one_program_and_to_one_part_of_the_frame() {
    let office = Office::open();
    let args = CommitArgs { program: Some(office.path("frame.csv")), ..office.commit_args(Some(SOURCE), None) };
    told(&SampleArgs { act: Act::Commit(args) }).unwrap();
    assert_eq!(codes(office.draw("list.csv", Published::Text("204873"))), ["commitment_other_program"]);
    let program = std::env::current_exe().unwrap();
    let args = CommitArgs { program: Some(program), ..office.commit_args(Some(SOURCE), None) };
    told(&SampleArgs { act: Act::Commit(args) }).unwrap();
    office.draw("list.csv", Published::Text("204873")).unwrap();
    verify(office.audit("list.csv")).unwrap();

    let args = CommitArgs { only: Some("region=N".to_owned()), ..office.commit_args(Some(SOURCE), None) };
    told(&SampleArgs { act: Act::Commit(args) }).unwrap();
    assert_eq!(codes(office.draw("all.csv", Published::Text("204873"))), ["commitment_differs"]);
}

#[test]
fn a_changed_byte_in_any_of_the_five_files_is_told_in_words() {
    let office = Office::open();
    office.commit(Some(SOURCE), None).unwrap();
    office.draw("list.csv", Published::Text("204873")).unwrap();
    let design = Some(office.path("design.toml").display().to_string());
    let audit = || VerifyArgs { design: design.clone(), ..office.audit("list.csv") };
    verify(audit()).unwrap();
    for name in ["list.csv", "list.csv.certificate.json", "commitment.json", "frame.csv", "design.toml"] {
        let bytes = office.read(name);
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            // A neighbouring letter or digit, the other case, or no text at all.
            changed[place] ^= [0x01, 0x20, 0x02, 0x80][place % 4];
            office.write(name, &changed);
            let problems = verify(audit()).expect_err(name);
            assert!(
                problems.iter().all(|problem| !problem.message.vi.is_empty() && !problem.message.en.is_empty()),
                "{name}, byte {place}"
            );
        }
        for changed in [&bytes[..bytes.len() - 1], &[&bytes[..], b"\n"].concat()] {
            office.write(name, changed);
            assert!(verify(audit()).is_err(), "{name}: a byte less or more");
        }
        office.write(name, &bytes);
    }
    verify(audit()).unwrap();
}
