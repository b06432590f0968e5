//! The two commands as a user types them, on files.

mod commitment;

use sampling::Preset;
use tempfile::TempDir;

use super::*;

fn frame() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sampling/frames/bac-giang-2019-example.csv")
}

fn draw_to(out: &Path, design: &str, only: Option<&str>) -> Result<String, Problems> {
    let args = DrawArgs {
        frame: frame(),
        design: design.to_owned(),
        seed: Some(20_241),
        commitment: None,
        seed_text: None,
        out: out.to_owned(),
        only: only.map(str::to_owned),
        split: None,
        reading: ReadingArgs::default(),
    };
    told(&SampleArgs { act: Act::Draw(args) })
}

fn verify_file(sample: &Path, design: Option<&str>) -> Result<String, Problems> {
    told(&SampleArgs {
        act: Act::Verify(VerifyArgs { design: design.map(str::to_owned), ..verify_args(sample, &frame()) }),
    })
}

fn verify_args(sample: &Path, frame: &Path) -> VerifyArgs {
    VerifyArgs {
        sample: sample.to_owned(),
        frame: frame.to_owned(),
        reading: ReadingArgs::default(),
        design: None,
        commitment: None,
        commitment_sha256: None,
        seed_text: None,
        format: crate::cli::frame::Format::Text,
    }
}

fn told(args: &SampleArgs) -> Result<String, Problems> {
    let mut out = Vec::new();
    run(args, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn codes(result: Result<String, Problems>) -> Vec<&'static str> {
    result.unwrap_err().iter().map(|problem| problem.code).collect()
}

fn drawn(name: &str) -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join(name);
    let said = draw_to(&list, "papi-3x2x2x20", None).unwrap();
    assert!(said.contains("240") && said.contains("120"), "{said}");
    let certificate = folder.path().join(format!("{name}.certificate.json"));
    assert!(certificate.is_file());
    (folder, list, certificate)
}

#[test]
fn a_drawn_list_verifies_with_and_without_its_certificate() {
    for name in ["list.csv", "list.xlsx"] {
        let (_folder, list, certificate) = drawn(name);
        let said = verify_file(&list, None).unwrap();
        assert!(said.contains("240") && said.contains("20241"), "{said}");
        std::fs::remove_file(certificate).unwrap();
        verify_file(&list, None).unwrap();
        verify_file(&list, Some("papi-3x2x2x20")).unwrap();
        assert_eq!(codes(verify_file(&list, Some("papi-2011-small"))), ["sample_other_design"]);
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    for name in ["list.csv", "list.xlsx"] {
        let ((_one, first, _), (_two, second, _)) = (drawn(name), drawn(name));
        assert_eq!(std::fs::read(first).unwrap(), std::fs::read(second).unwrap());
    }
}

#[test]
fn a_changed_list_or_certificate_is_told() {
    let (_folder, list, certificate) = drawn("list.csv");
    let text = std::fs::read_to_string(&list).unwrap();
    std::fs::write(&list, text.replacen(",main,1,", ",main,2,", 1)).unwrap();
    assert_eq!(codes(verify_file(&list, None)), ["sample_cell_changed"]);
    std::fs::write(&list, &text).unwrap();
    let json = std::fs::read_to_string(&certificate).unwrap();
    for (from, to) in
        [("\"n_main\": 240", "\"n_main\": 241"), ("\"list_sha256\": \"", "\"list_sha256\": \"0"), ("n = 20", "n = 19")]
    {
        std::fs::write(&certificate, json.replacen(from, to, 1)).unwrap();
        assert_eq!(codes(verify_file(&list, None)), ["certificate_changed"], "{from}");
    }
}

#[test]
fn a_design_from_a_file_is_found_again_in_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let design = folder.path().join("mine.toml");
    let text = Preset::of_name("papi-3x2x2x20").unwrap().text.replace("n = 20", "n = 12");
    std::fs::write(&design, text).unwrap();
    let list = folder.path().join("list.csv");
    draw_to(&list, &design.display().to_string(), None).unwrap();
    verify_file(&list, None).unwrap();
    std::fs::remove_file(folder.path().join("list.csv.certificate.json")).unwrap();
    assert_eq!(codes(verify_file(&list, None)), ["sample_design_unknown"]);
    verify_file(&list, Some(&design.display().to_string())).unwrap();
}

#[test]
fn a_part_can_be_drawn_and_verified_alone() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.csv");
    draw_to(&list, "papi-3x2x2x20", Some("district=213")).unwrap();
    verify_file(&list, None).unwrap();
    assert_eq!(std::fs::read_to_string(&list).unwrap().lines().count(), 1 + 4 * 30);
    assert_eq!(codes(draw_to(&list, "papi-3x2x2x20", Some("district"))), ["only_not_readable"]);
    assert_eq!(codes(draw_to(&list, "papi-3x2x2x20", Some("district=999"))), ["only_not_in_frame"]);
}

#[test]
fn names_that_are_neither_csv_nor_xlsx_and_folders_that_are_not_there_are_told() {
    assert_eq!(codes(draw_to(Path::new("list.pdf"), "papi-3x2x2x20", None)), ["sample_unknown_format"]);
    assert_eq!(codes(draw_to(Path::new("no-such-folder/list.csv"), "papi-3x2x2x20", None)), ["file_unwritable"]);
    assert_eq!(codes(verify_file(Path::new("no-such.csv"), None)), ["file_not_found"]);
}

#[test]
fn a_draw_split_by_a_level_gives_lists_that_verify_by_themselves_and_are_those_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.csv");
    draw_to(&whole, "papi-3x2x2x20", None).unwrap();
    let args = DrawArgs {
        frame: frame(),
        design: "papi-3x2x2x20".to_owned(),
        seed: Some(20_241),
        commitment: None,
        seed_text: None,
        out: folder.path().join("list.csv"),
        only: None,
        split: Some("district".to_owned()),
        reading: ReadingArgs::default(),
    };
    let said = told(&SampleArgs { act: Act::Draw(args) }).unwrap();
    println!("{said}");
    assert!(said.contains("240") && said.contains("Thành phố Bắc Giang"), "{said}");
    let whole = Sample::from_csv(&std::fs::read(whole).unwrap()).unwrap().units;
    let mut of_parts = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("list-") && name.ends_with(".csv") {
            verify_file(&path, None).unwrap();
            of_parts.extend(Sample::from_csv(&std::fs::read(path).unwrap()).unwrap().units);
        }
    }
    of_parts.sort_by(|a, b| a.unit_id.cmp(&b.unit_id));
    let mut sorted = whole;
    sorted.sort_by(|a, b| a.unit_id.cmp(&b.unit_id));
    assert_eq!(of_parts, sorted);
    let args = DrawArgs {
        frame: frame(),
        design: "papi-3x2x2x20".to_owned(),
        seed: Some(1),
        commitment: None,
        seed_text: None,
        out: folder.path().join("list.csv"),
        only: None,
        split: Some("planet".to_owned()),
        reading: ReadingArgs::default(),
    };
    assert_eq!(codes(told(&SampleArgs { act: Act::Draw(args) })), ["only_unknown_level"]);
}
