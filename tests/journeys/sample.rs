//! `khaosat sample draw` and `verify`: from a frame to a list that an auditor can check.

use std::path::{Path, PathBuf};

use super::workshop::{EXAMPLE_FRAME, beside_project, fail_in, of_project, rows, succeed_in};

fn draw(folder: &Path, frame: &Path, design: &str, seed: &str, list: &str, more: &[&str]) -> String {
    let frame = frame.to_str().expect("UTF-8");
    let fixed = ["sample", "draw", "--frame", frame, "--design", design, "--seed", seed, "--out", list];
    succeed_in(folder, &[&fixed[..], more].concat())
}

#[test]
fn a_drawn_list_is_verified_and_one_changed_byte_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let frame = of_project(EXAMPLE_FRAME);
    let told = draw(folder.path(), &frame, "papi-3x2x2x20", "20241", "list.csv", &[]);
    assert!(told.contains("240 main units and 120 reserves"), "{told}");
    let verify = ["sample", "verify", "--sample", "list.csv", "--frame", frame.to_str().expect("UTF-8")];
    let told = succeed_in(folder.path(), &verify);
    assert!(told.contains("Verified") && told.contains("and of the certificate"), "{told}");

    let list = std::fs::read(folder.path().join("list.csv")).expect("the list");
    let text = String::from_utf8(list.clone()).expect("UTF-8");
    let header: Vec<&str> = text.lines().next().expect("a heading").split(',').collect();
    for column in ["household_number", "visiting_order", "role", "base_weight", "village_code", "seed"] {
        let at = header.iter().position(|name| *name == column).unwrap_or_else(|| panic!("{column} in {header:?}"));
        let changed = with_changed_cell(&text, 5, at);
        assert_eq!(changed.len(), text.len(), "one byte and no more");
        std::fs::write(folder.path().join("list.csv"), changed).expect("written");
        let told = fail_in(folder.path(), &verify);
        assert!(told.contains(column) && told.contains("list.csv"), "{column}: {told}");
    }
    // Any byte at all, also one that no table reader would see.
    for at in (0..list.len()).step_by(list.len() / 40) {
        let mut changed = list.clone();
        changed[at] ^= 1;
        std::fs::write(folder.path().join("list.csv"), changed).expect("written");
        fail_in(folder.path(), &verify);
    }
    std::fs::write(folder.path().join("list.csv"), list).expect("written");
    succeed_in(folder.path(), &verify);
}

/// The text with the last character of one cell changed for another of its kind. No cell of these columns is quoted.
fn with_changed_cell(text: &str, line: usize, column: usize) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let mut cells: Vec<String> = lines[line].split(',').map(str::to_owned).collect();
    let last = cells[column].trim_end().chars().next_back().expect("a cell with something in it");
    let other = if last == '7' || last == 'n' { 'e' } else { '7' };
    let end = cells[column].rfind(last).expect("its place");
    cells[column].replace_range(end..=end, &other.to_string());
    lines[line] = cells.join(",");
    lines.join("\n")
}

#[test]
fn a_workbook_is_the_same_draw_and_a_changed_cell_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let frame = of_project(EXAMPLE_FRAME);
    let frame_name = frame.to_str().expect("UTF-8");
    draw(folder.path(), &frame, "papi-3x2x2x20", "5", "list.xlsx", &[]);
    let verify = ["sample", "verify", "--sample", "list.xlsx", "--frame", frame_name];
    assert!(succeed_in(folder.path(), &verify).contains("Verified: 240"));
    let sheets = {
        use calamine::Reader;
        let book: calamine::Xlsx<_> = calamine::open_workbook(folder.path().join("list.xlsx")).expect("a workbook");
        book.sheet_names().len()
    };
    assert!(sheets >= 12, "one sheet a village: {sheets}");

    // The other seed's certificate beside this list, and the list without its certificate.
    draw(folder.path(), &frame, "papi-3x2x2x20", "6", "other.xlsx", &[]);
    let certificate = |name: &str| folder.path().join(format!("{name}.certificate.json"));
    std::fs::copy(certificate("other.xlsx"), certificate("list.xlsx")).expect("copied");
    assert!(fail_in(folder.path(), &verify).contains("certificate"));
    std::fs::remove_file(certificate("list.xlsx")).expect("removed");
    assert!(succeed_in(folder.path(), &verify).contains("no certificate beside the list"));

    // Damaged bytes anywhere in the file end in words, whatever the library that reads workbooks makes of them.
    let whole = std::fs::read(folder.path().join("list.xlsx")).expect("the workbook");
    std::fs::write(folder.path().join("list.xlsx"), &whole[..whole.len() / 2]).expect("written");
    fail_in(folder.path(), &verify);
    std::fs::write(folder.path().join("list.xlsx"), b"not a workbook").expect("written");
    fail_in(folder.path(), &verify);
}

#[test]
fn another_frame_or_design_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let frame = of_project(EXAMPLE_FRAME);
    draw(folder.path(), &frame, "papi-3x2x2x20", "20241", "list.csv", &[]);
    let changed: String = std::fs::read_to_string(&frame).expect("the frame").replacen(",246,", ",247,", 1);
    std::fs::write(folder.path().join("frame.csv"), changed).expect("written");
    let told = fail_in(folder.path(), &["sample", "verify", "--sample", "list.csv", "--frame", "frame.csv"]);
    assert!(told.contains("frame"), "{told}");
    let frame = frame.to_str().expect("UTF-8");
    fail_in(
        folder.path(),
        &["sample", "verify", "--sample", "list.csv", "--frame", frame, "--design", "papi-2011-small"],
    );
}

fn census() -> Option<PathBuf> {
    beside_project("data/census-2019/communes.csv")
}

#[test]
fn the_national_census_frame_is_drawn_whole_and_by_province_alike() {
    let Some(frame) = census() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    draw(folder.path(), &frame, "census-communes", "2019", "all.csv", &[]);
    let all = rows(&std::fs::read_to_string(folder.path().join("all.csv")).expect("the list"));
    let mut provinces: Vec<&str> = all.iter().map(|row| row["province_code"].as_str()).collect();
    provinces.sort_unstable();
    provinces.dedup();
    assert_eq!(provinces.len(), 63);
    for province in ["24", "01", "96"] {
        let list = format!("{province}.csv");
        draw(folder.path(), &frame, "census-communes", "2019", &list, &["--only", &format!("province={province}")]);
        let one = rows(&std::fs::read_to_string(folder.path().join(&list)).expect("the list"));
        let of_all: Vec<_> = all.iter().filter(|row| row["province_code"] == province).collect();
        assert_eq!(one.len(), of_all.len(), "province {province}");
        assert!(one.len() >= 240, "6 communes × 60 households, less where there are not so many: {}", one.len());
        for (alone, among_all) in one.iter().zip(of_all) {
            for column in ["unit_id", "role", "visiting_order", "inclusion_probability", "base_weight"] {
                assert_eq!(alone[column], among_all[column], "province {province}");
            }
        }
        let told = succeed_in(
            folder.path(),
            &["sample", "verify", "--sample", &list, "--frame", frame.to_str().expect("UTF-8")],
        );
        assert!(told.contains("Verified"), "{told}");
    }
    let frame = frame.to_str().expect("UTF-8");
    let wrong = ["sample", "draw", "--frame", frame, "--design", "census-communes", "--seed", "1", "--out", "x.csv"];
    fail_in(folder.path(), &[&wrong[..], &["--only", "province=99"]].concat());
    fail_in(folder.path(), &[&wrong[..], &["--only", "24"]].concat());
    assert!(!folder.path().join("x.csv").exists());
}
