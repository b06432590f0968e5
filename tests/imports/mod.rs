//! Interviews out of tables: every cell understood, or every problem told with its row and column, and nothing kept.
#![cfg(test)]

mod command;

use std::collections::BTreeMap;

use khaosat::imports::{ImportedInterview, Mapping, Table, interviews};
use khaosat::questionnaire::{Questionnaire, Sheets, xlsform};
use problem::Problems;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Value as Json, json};
use unicode_normalization::UnicodeNormalization;

fn form() -> Questionnaire {
    let survey = "type,name,label,required,constraint,repeat_count\nselect_one yes_no,consent,Đồng ý?,yes,,\n\
                  begin_group,about,Về ông/bà,,,\ninteger,age,Tuổi,yes,. >= 18,\nselect_one sex,sex,Giới tính,,,\n\
                  select_multiple services,used,Dịch vụ,,,\ndecimal,income,Thu nhập,,,\ndate,built,Ngày,,,\ngeopoint,place,Vị trí,,,\n\
                  end_group,,,,,\nbegin_repeat,member,Thành viên,,,\ntext,nickname,Tên,,,\ninteger,years,Tuổi,,,\n\
                  begin_repeat,job,Việc,,,\ntext,title,Việc gì,,,\nend_repeat,,,,,\nend_repeat,,,,,\ntext,remark,Ghi chú,,,\n";
    let choices = "list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\nsex,male,Nam\nsex,female,Nữ\nservices,id,Căn cước\nservices,land,Đất\n";
    let settings = "form_title,form_id,version,default_language\nThử,thu,1,vi\n";
    xlsform::read(&Sheets::from_csv(survey, choices, settings).expect("sheets")).expect("a questionnaire")
}

const MAPPING: &str = r#"
[interview]
case_id = "Mã hộ"
disposition = { value = "1.1" }
started_at = "Bắt đầu"
[file]
day_first = true
decimal_comma = true
zone = "+07:00"
between_choices = ";"
ignore = ["STT"]
[columns]
age = "Tuổi"
consent = "Đồng ý"
sex = "Giới"
used = "Dịch vụ"
built = "Ngày xây"
income = "Thu nhập"
[codes.sex]
"Nam" = "male"
"Nữ" = "female"
[codes.used]
"Căn cước" = "id"
"Đất" = "land"
"#;

const DATA: &str = "STT;Mã hộ;Đồng ý;Tuổi;Giới;Dịch vụ;Thu nhập;Ngày xây;Bắt đầu;remark\n\
                    1;c1;1;43;Nam;Căn cước;1.234,5;31/12/2020;01/11/2026 08:00:00;\n\n2;c2;1;17;Nữ;;;;;Nói nhỏ\n";

fn import(mapping: &str, data: &str, repeats: &[(&str, &str)]) -> Result<Vec<ImportedInterview>, Problems> {
    let mapping = Mapping::from_toml(mapping)?;
    let table = Table::read("phieu.csv", data.as_bytes(), None)?;
    let read = |(name, text): &(&str, &str)| {
        Ok(((*name).to_owned(), Table::read(&format!("{name}.csv"), text.as_bytes(), None)?))
    };
    let repeats: BTreeMap<String, Table> = repeats.iter().map(read).collect::<Result<_, Problems>>()?;
    interviews("r", &form(), "sha", &mapping, &table, &repeats)
}

fn body(interview: &ImportedInterview) -> Json {
    serde_json::from_slice(&interview.body).expect("JSON")
}

fn told(result: Result<Vec<ImportedInterview>, Problems>) -> Vec<String> {
    let problems = result.expect_err("there should be problems");
    let line = |problem: &problem::Problem| {
        let place = problem.place.clone().unwrap_or_default();
        let row = place.row.map_or_else(|| "-".to_owned(), |row| row.to_string());
        format!("{} {} {row} {}", problem.code, place.file.unwrap_or_default(), place.column.unwrap_or_default())
    };
    problems.iter().map(line).collect()
}

#[test]
fn a_table_in_vietnamese_becomes_interviews() {
    let found = import(MAPPING, DATA, &[]).expect("interviews");
    assert_eq!(found.iter().map(|one| (one.row, one.case_id.as_str())).collect::<Vec<_>>(), [(2, "c1"), (4, "c2")]);
    assert_eq!(
        body(&found[0]),
        json!({
            "round": "r", "questionnaire": "thu", "questionnaire_sha256": "sha", "case_id": "c1", "disposition": "1.1",
            "device_started_at": "2026-11-01T08:00:00+07:00",
            "answers": {"consent": "1", "age": "43", "sex": "male", "used": ["id"], "income": "1234.5", "built": "2020-12-31"},
        })
    );
    // Below the age that the questionnaire asks for: an interview like any other, flagged when it arrives.
    assert_eq!(body(&found[1])["answers"]["age"], "17");
    let again = import(MAPPING, DATA, &[]).expect("interviews");
    assert_eq!(found, again, "the same file gives the same ids and bytes");
    let decomposed: String = DATA.nfd().collect();
    assert_eq!(import(MAPPING, &decomposed, &[]).expect("interviews"), found);
}

#[test]
fn every_problem_is_told_with_its_row_and_column_and_nothing_is_made() {
    let broken = DATA
        .replace(";43;Nam;", ";bốn ba;Nam giới;")
        .replace("31/12/2020", "2020/31/12")
        .replace("c2;1", ";2")
        .replace("01/11/2026 08:00:00", "hôm qua");
    assert_eq!(
        told(import(MAPPING, &broken, &[])),
        [
            "answer_wrong_kind phieu.csv 2 Tuổi",
            "answer_not_in_list phieu.csv 2 Giới",
            "answer_wrong_kind phieu.csv 2 Ngày xây",
            "import_moment phieu.csv 2 Bắt đầu",
            "import_cell_missing phieu.csv 4 Mã hộ",
            "answer_not_in_list phieu.csv 4 Đồng ý",
        ]
    );
    assert_eq!(
        told(import(MAPPING, &DATA.replace("remark", "nhan_xet"), &[])),
        ["import_column_unknown phieu.csv 4 nhan_xet"]
    );
    assert_eq!(
        told(import(MAPPING, &DATA.replace("Tuổi", "Tuoi"), &[])),
        ["import_column_missing phieu.csv - Tuổi", "import_column_unknown phieu.csv 2 Tuoi",]
    );
    assert_eq!(told(import(MAPPING, &DATA.replace("c2", "c1"), &[])), ["import_row_doubled phieu.csv 4 "]);
    assert_eq!(
        told(import(&MAPPING.replace("age = ", "tuoi = "), DATA, &[]))[0],
        "import_question_unknown [columns] - "
    );
    assert_eq!(told(import("[interview]\nwhere = 1\n", DATA, &[])), ["import_mapping  - "]);
    assert_eq!(told(import("", DATA, &[]))[..2], ["import_field_missing  - ", "import_field_missing  - "]);
    for data in ["", "\n\n", "a;a\n1;2\n", "a\n1;2\n", "\"a\n"] {
        assert!(import(MAPPING, data, &[]).is_err(), "{data:?}");
    }
    assert!(Table::read("a.csv", &[0xff, 0xfe], None).is_err());
    assert!(Table::read("a.xlsx", b"PK", None).is_err());
}

const CENTRAL: &str = "SubmissionDate,khs_started,khs_ended,khs_visit-khs_case_id,khs_visit-khs_reached,khs_interview-consent,\
khs_interview-about-age,khs_interview-about-used,khs_interview-about-place-Latitude,khs_interview-about-place-Longitude,\
khs_interview-about-place-Altitude,khs_interview-about-place-Accuracy,SET-OF-member,khs_disposition,meta-instanceID,KEY\n\
2026-11-02T00:00:00Z,2026-11-01T08:00:00.000+07:00,2026-11-01T08:30:00.000+07:00,c1,interview,1,43,id land,21.27,106.19,,5,x,1.1,\
uuid:67e55044-10b1-426f-9247-bb680e5fe0c8,uuid:67e55044-10b1-426f-9247-bb680e5fe0c8\n";

#[test]
fn an_export_of_central_needs_no_mapping_but_its_name_and_its_repeats() {
    let key = "uuid:67e55044-10b1-426f-9247-bb680e5fe0c8";
    let members = format!("nickname,years,PARENT_KEY,KEY\nLan,40,{key},{key}/member[1]\nBa,7,{key},{key}/member[2]\n");
    let jobs = format!("title,PARENT_KEY,KEY\nY tá,{key}/member[1],{key}/member[1]/job[1]\n");
    let mapping = "[file]\nfrom = \"central\"\n[repeats.member]\nfile = \"m.csv\"\n[repeats.job]\nfile = \"j.csv\"\n";
    let repeats = [("member", members.as_str()), ("job", jobs.as_str())];
    let found = import(mapping, CENTRAL, &repeats).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(found[0].uuid, "67e55044-10b1-426f-9247-bb680e5fe0c8");
    assert_eq!(
        body(&found[0])["answers"],
        json!({"consent": "1", "age": "43", "used": ["id", "land"], "place": "21.27 106.19 0 5",
               "member": [{"nickname": "Lan", "years": "40", "job": [{"title": "Y tá"}]}, {"nickname": "Ba", "years": "7"}]})
    );
    let orphan = members.replace(&format!("Ba,7,{key},"), "Ba,7,uuid:other,");
    assert_eq!(
        told(import(mapping, CENTRAL, &[("member", &orphan), ("job", &jobs)])),
        ["import_parent_unknown member.csv 3 "]
    );
    let unreadable = members.replace("Ba,7,", "Ba,bảy,");
    assert_eq!(
        told(import(mapping, CENTRAL, &[("member", &unreadable), ("job", &jobs)])),
        ["answer_wrong_kind phieu.csv 2 member[2]/years"]
    );
    let stranger = mapping.replace("[repeats.job]", "[repeats.house]");
    assert!(told(import(&stranger, CENTRAL, &repeats))[0].starts_with("import_repeat_unknown"));
}

#[test]
fn an_export_of_kobo_is_put_together_from_its_columns() {
    let data = "start,end,consent,about/age,about/used,about/used/id,about/used/land,about/_place_latitude,about/_place_longitude,\
                about/_place_altitude,about/_place_precision,_id,_uuid,_index,ho,__version__\n\
                x,y,1,43,,1,0,21.27,106.19,,,9,67e55044-10b1-426f-9247-bb680e5fe0c8,1,c1,v1\n";
    let mapping = "[file]\nfrom = \"kobo\"\nignore = [\"start\", \"end\"]\n[interview]\ncase_id = \"ho\"\ndisposition = { value = \"1.1\" }\n\
                   [repeats.member]\nfile = \"m.csv\"\n";
    let members = "nickname,years,_index,_parent_index,_parent_table_name\nLan,40,1,1,x\n";
    // The joined column is empty for everybody here: it is taken, and its parts say nothing more.
    let data = data.replace(",about/used,", ",").replace("43,,1,0", "43,1,0");
    let found = import(mapping, &data, &[("member", members)]).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(
        body(&found[0])["answers"],
        json!({"consent": "1", "age": "43", "used": ["id"], "place": "21.27 106.19", "member": [{"nickname": "Lan", "years": "40"}]})
    );
}

#[test]
fn a_workbook_says_the_same_as_a_text_and_its_numbers_keep_their_point() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Phiếu").expect("a name");
    for (column, heading) in ["Mã hộ", "Đồng ý", "Tuổi", "Ngày xây", "Bắt đầu", "Thu nhập"].into_iter().enumerate()
    {
        sheet.write_string(0, u16::try_from(column).expect("few"), heading).expect("a cell");
    }
    let day = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    sheet.write_string(1, 0, "c1").expect("a cell");
    sheet.write_number(1, 1, 1).expect("a cell");
    sheet.write_number(1, 2, 43).expect("a cell");
    sheet
        .write_datetime_with_format(1, 3, ExcelDateTime::from_ymd(2020, 12, 31).expect("a day"), &day)
        .expect("a cell");
    let start = ExcelDateTime::from_ymd(2026, 11, 1).and_then(|day| day.and_hms(8, 0, 0)).expect("a moment");
    sheet.write_datetime_with_format(1, 4, start, &day).expect("a cell");
    sheet.write_number(1, 5, 1234.5).expect("a cell");
    let bytes = workbook.save_to_buffer().expect("bytes");
    let mapping = MAPPING.replace("sex = \"Giới\"\nused = \"Dịch vụ\"\n", "");
    let table = Table::read("phieu.xlsx", &bytes, Some("Phiếu")).expect("a table");
    let found =
        interviews("r", &form(), "sha", &Mapping::from_toml(&mapping).expect("a mapping"), &table, &BTreeMap::new())
            .unwrap_or_else(|problems| panic!("{problems}"));
    let body = body(&found[0]);
    assert_eq!(
        (&body["device_started_at"], &body["answers"]["built"]),
        (&json!("2026-11-01T08:00:00+07:00"), &json!("2020-12-31"))
    );
    assert_eq!((&body["answers"]["income"], &body["answers"]["age"]), (&json!("1234.5"), &json!("43")));
    assert!(Table::read("phieu.xlsx", &bytes, Some("Khác")).is_err());
}
