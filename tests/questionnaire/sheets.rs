//! Sheets become a questionnaire, or every problem is told with its row and column.

use khaosat::questionnaire::{Questionnaire, Sheets, xlsform};
use problem::Language;

use super::support::{CHOICES, SETTINGS, SURVEY, bare, household, read, rows, told};

#[test]
fn the_household_survey_is_read_as_it_is_written() {
    let survey = household();
    assert_eq!((survey.id(), survey.version(), survey.default_language()), ("household", "2026-1", "vi"));
    assert_eq!(survey.questions().len(), 16);
    assert_eq!(survey.groups().len(), 3);
    let papers = survey.question("papers").expect("there is a question papers");
    let sections: Vec<&str> = survey.sections(papers).iter().map(|group| group.name.as_str()).collect();
    assert_eq!(sections, ["services", "visit"]);
    assert_eq!(papers.label.get("en"), Some("Which papers did you apply for?"));
    assert_eq!(papers.row, Some(13));
    let codes: Vec<&str> = survey.choices(papers).expect("its list").choices.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(codes, ["id_card", "birth", "land", "none", "-888"]);
}

#[test]
fn the_canonical_text_gives_the_same_questionnaire_and_the_same_hash() {
    let survey = household();
    let hash = survey.version_hash().expect("a hash");
    assert_eq!(hash.len(), 64);
    let canonical = survey.canonical().expect("a text");
    let back = Questionnaire::from_canonical(&canonical).expect("the same questionnaire");
    assert_eq!(back.canonical().expect("a text"), canonical);
    assert_eq!(back.version_hash().expect("a hash"), hash);
    let broken = canonical.replace("${consent} = 1", "${konsent} = 1");
    let problems = Questionnaire::from_canonical(&broken).expect_err("an unknown question");
    assert!(problems.iter().all(|problem| problem.code == "questionnaire_reference_unknown"), "{problems}");
    assert!(Questionnaire::from_canonical("{}").is_err());
}

#[test]
fn blank_rows_remarks_and_file_habits_do_not_change_the_hash() {
    let hash = |survey: &str| read(survey).expect("no problems").version_hash().expect("a hash");
    let original = hash(SURVEY);
    assert_eq!(hash(&SURVEY.replace('\n', "\r\n")), original);
    assert_eq!(hash(&format!("\u{feff}{SURVEY}")), original);
    assert_eq!(hash(&SURVEY.replace("\nnote,bye", "\n,,,\n\nnote,bye")), original);
    assert_ne!(hash(&SURVEY.replace("Goodbye", "Good bye")), original);
    assert_ne!(hash(&SURVEY.replace(". <= 20", ". <= 21")), original);
}

#[test]
fn decomposed_vietnamese_is_composed_at_the_border() {
    use unicode_normalization::UnicodeNormalization;
    let decomposed: String = SURVEY.nfd().collect();
    assert_ne!(decomposed, SURVEY);
    let (one, two) = (read(&decomposed).expect("no problems"), household());
    assert_eq!(one.version_hash().expect("a hash"), two.version_hash().expect("a hash"));
}

#[test]
fn all_problems_of_all_sheets_come_at_once_in_reading_order() {
    let survey = SURVEY
        .replace("integer,n_adults", "number,n_adults")
        .replace("text,remarks", "text,visited")
        .replace("select_one commune,", "select_one communes,")
        .replace(". <= today()", ". <= todday()");
    let choices = CHOICES.replace("Birth certificate", "").replace("satisfaction,5", "satisfaction,4");
    let sheets = Sheets::from_csv(&survey, &choices, &SETTINGS.replace("2026-1", "")).expect("tables");
    assert_eq!(
        told(xlsform::read(&sheets)),
        [
            "type_unknown 6 type",
            "expression_invalid 15 constraint",
            "list_unknown 18 type",
            "name_duplicate 19 name",
            "translation_missing 9 label::en",
            "name_duplicate 17 name",
            "cell_missing 2 version",
        ]
    );
}

#[test]
fn a_problem_is_told_in_words_with_its_place() {
    let problems = read(&SURVEY.replace("n_adults}, 2)", "n_adults}, 2")).expect_err("a parenthesis is missing");
    assert_eq!(
        problems.describe(Language::Vi),
        "trang survey, dòng 8, cột calculation: biểu thức sai ở ký tự thứ 1: thiếu dấu ngoặc đóng \
         (gặp round(${income} div ${n_adults}, 2)"
    );
}

#[test]
fn a_misspelt_heading_is_told_and_a_remark_is_not() {
    assert_eq!(told(read(&SURVEY.replace(",relevant,", ",relevent,"))), ["column_unknown 1 relevent"]);
    assert_eq!(told(read(&SURVEY.replace(",relevant,", ",relevant::vi,")))[0], "column_unknown 1 relevant::vi");
    assert!(read(&SURVEY.replace(",parameters\n", ",#remark\n")).is_ok());
    assert_eq!(
        told(read(&SURVEY.replace("label::en", "label::vi"))),
        ["column_duplicate - "].map(|_| "column_duplicate 1 ")
    );
}

#[test]
fn groups_are_closed_in_the_order_in_which_they_were_opened() {
    let label = "Nhóm,Group";
    assert_eq!(told(rows(&format!("begin_group,g,{label}\ntext,a,Hỏi,Ask"))), ["group_unclosed 3 type"]);
    assert_eq!(told(rows("text,a,Hỏi,Ask\nend_group,,,")), ["group_unopened 4 type"]);
    assert_eq!(told(rows(&format!("begin_group,g,{label}\nend_group,g,,"))), ["group_empty 3 type"]);
    let crossed = format!("begin_group,g,{label}\nbegin_group,h,{label}\ntext,a,Hỏi,Ask\nend_group,g,,\nend_group,h,,");
    assert_eq!(told(rows(&crossed)), ["group_crossed 6 name", "group_crossed 7 name"]);
}

#[test]
fn a_reference_must_exist_and_stand_before() {
    let text = "text,a,Hỏi,Ask";
    let told_of = |relevant: &str| told(rows(&format!("{text},{relevant}\ntext,b,Hỏi,Ask\nnote,n,Chào,Hello")));
    assert_eq!(told_of("${c} = 1"), ["reference_unknown 3 relevant"]);
    assert_eq!(told_of("${b} = 1"), ["reference_later 3 relevant"]);
    assert_eq!(told_of("${a} = 1"), ["reference_self 3 relevant"]);
    assert_eq!(told_of("${n} = 1"), ["reference_without_answer 3 relevant"]);
    assert_eq!(told_of("a = 1"), ["bare_name 3 relevant"]);
    assert_eq!(told_of(". = 1"), ["this_misplaced 3 relevant"]);
    assert_eq!(told(rows("text,a,Hỏi ${z},Ask ${z}")), ["reference_unknown 3 label"]);
    let near = rows("text,age_years,Hỏi,Ask\ntext,b,Hỏi,Ask,${age_yaers} = 1").expect_err("misspelt");
    assert!(near.describe(Language::En).ends_with("hint: perhaps age_years?"), "{near}");
}

#[test]
fn a_condition_on_a_code_that_the_list_does_not_have_is_told() {
    assert_eq!(told(rows("text,a,Hỏi,Ask,${consent} = 2")), ["choice_unknown 3 relevant"]);
    assert_eq!(told(rows("text,a,Hỏi,Ask,${consent} = -888")), ["choice_unknown 3 relevant"]);
    assert_eq!(told(rows("text,a,Hỏi,Ask,\"selected(${consent}, 'yes')\"")), ["choice_unknown 3 relevant"]);
    assert_eq!(told(rows("select_one yes_no,a,Hỏi,Ask,,. != 5")), ["choice_unknown 3 constraint"]);
    assert_eq!(told(rows("select_one yes_no,a,Hỏi,Ask,,,,,,yes")), ["choice_unknown 3 default"]);
    assert!(rows("text,a,Hỏi,Ask,${consent} = '' or ${consent} != '0'").is_ok());
}

#[test]
fn what_odk_collect_would_refuse_or_misunderstand_is_told() {
    assert_eq!(told(rows("text,a,Hỏi,Ask,\"selected(${consent}, 1)\"")), ["code_without_quotes 3 relevant"]);
    assert_eq!(told(rows("date,a,Ngày,Day,,. >= '2026-01-01'")), ["date_as_text 3 constraint"]);
    assert_eq!(told(rows("text,a,Hỏi,Ask,'2026-01-01' < today()")), ["date_as_text 3 relevant"]);
    assert!(rows("date,a,Ngày,Day,,. >= date('2026-01-01') and . != '2026-05-01'").is_ok());
    assert_eq!(told(rows("text,a,Hỏi,Ask,floor(1.5) = 1")), ["expression_invalid 3 relevant"]);
    assert_eq!(told(rows("text,a,Hỏi,Ask,${consent}\u{a0}= 1")), ["expression_invalid 3 relevant"]);
}

#[test]
fn calculations_may_not_depend_on_each_other_in_a_circle() {
    let circle = "calculate,a,,,,,${b} + 1\ncalculate,b,,,,,${c} + 1\ncalculate,c,,,,,${a} + 1";
    let problems = rows(circle).expect_err("a circle");
    assert_eq!(problems.len(), 1, "{problems}");
    assert!(problems.describe(Language::En).contains("a → b → c → a"), "{problems}");
    assert_eq!(told(rows("calculate,a,,,,,${a} + 1")), ["reference_self 3 calculation"]);
    assert_eq!(told(rows("calculate,a,,,,,")), ["cell_missing 3 calculation"]);
    // Through relevance: a is asked only if b is big, and b is computed from a.
    let through = "integer,a,Hỏi,Ask,${b} > 1\ncalculate,b,,,,,${a} + 1";
    assert_eq!(told(rows(through)), ["cycle 3 name"]);
}

#[test]
fn consent_comes_first() {
    let header = "type,name,label::vi,label::en,required\n";
    let consent = "select_one yes_no,consent,Đồng ý?,Agree?,yes\n";
    assert_eq!(told(bare(&format!("{header}text,a,Hỏi,Ask,"))), ["consent_missing - name"]);
    assert_eq!(told(bare(&format!("{header}text,a,Hỏi,Ask,\n{consent}"))), ["before_consent 2 name"]);
    assert_eq!(told(bare(&format!("{header}text,consent,Hỏi,Ask,yes"))), ["consent_missing 2 type"]);
    assert_eq!(told(bare(&format!("{header}{}", consent.replace("yes\n", "\n")))), ["consent_missing 2 required"]);
    assert!(bare(&format!("{header}note,hello,Chào,Hello,\n{consent}")).is_ok());
}

#[test]
fn what_is_not_supported_yet_says_so() {
    for kind in [
        "select_one_external yes_no",
        "simserial",
        "subscriberid",
        "background-audio",
        "start-geopoint",
        "csv-external",
        "xml-external",
        "osm",
        "select_one yes_no sometimes",
    ] {
        assert_eq!(told(rows(&format!("{kind},a,Hỏi,Ask"))), ["not_supported 3 type"], "{kind}");
    }
    assert_eq!(told(rows("text,a,Hỏi,Ask,\"instance('x') = 1\"")), ["expression_invalid 3 relevant"]);
}

#[test]
fn names_are_plain_and_unique() {
    assert_eq!(told(rows("text,tuổi,Hỏi,Ask")), ["name_invalid 3 name"]);
    assert_eq!(told(rows("text,1a,Hỏi,Ask")), ["name_invalid 3 name"]);
    assert_eq!(told(rows("text,,Hỏi,Ask")), ["cell_missing 3 name"]);
    assert_eq!(told(rows("text,a,,\ntext,a,Hỏi,Ask")), ["label_missing 3 label", "name_duplicate 4 name"]);
}

#[test]
fn rows_count_as_a_spreadsheet_counts_them() {
    // A quoted cell over two lines is one row; a blank line is a row.
    let survey = "type,name,label::vi,label::en,required\nselect_one yes_no,consent,\"Đồng ý\nkhông?\",Agree?,yes\n\ntext,b b,Hỏi,Ask,";
    assert_eq!(told(bare(survey)), ["name_invalid 4 name"]);
    let open = Sheets::from_csv("type,name\ntext,\"a\ntext,b", CHOICES, SETTINGS).expect_err("an open quote");
    assert_eq!(open.0[0].place.as_ref().and_then(|place| place.row), Some(2));
    assert_eq!(told(read(&format!("{SURVEY}text,more,Hỏi,Ask,,,,,,,,,,,,,outside"))), ["cell_outside 24 "]);
}

#[test]
fn semicolons_of_a_vietnamese_spreadsheet_are_read() {
    let with_semicolons = "form_title;form_id;version;default_language\nKhảo sát, thử;household;1;vi\n";
    let sheets = Sheets::from_csv(SURVEY, CHOICES, with_semicolons).expect("tables");
    let title = xlsform::read(&sheets).expect("no problems").title().get("vi").map(str::to_owned);
    assert_eq!(title.as_deref(), Some("Khảo sát, thử"));
}

#[test]
fn language_names_of_odk_are_understood() {
    let named = |text: &str| text.replace("::vi", "::Tiếng Việt (vi)").replace("::en", "::English (en)");
    let settings = SETTINGS.replace(",vi,", ",Tiếng Việt (vi),");
    let sheets = Sheets::from_csv(&named(SURVEY), &named(CHOICES), &settings).expect("tables");
    let survey = xlsform::read(&sheets).expect("no problems");
    assert_eq!(survey.default_language(), "vi");
    assert_eq!(survey.languages()[0].name, "Tiếng Việt (vi)");
    let other = SETTINGS.replace(",vi,", ",fr,");
    let unknown = xlsform::read(&Sheets::from_csv(SURVEY, CHOICES, &other).expect("tables"));
    assert_eq!(told(unknown), ["language_unknown - default_language"]);
}

#[test]
fn an_empty_sheet_is_missing() {
    let sheets = Sheets::from_csv(SURVEY, "", SETTINGS).expect("tables");
    let problems = xlsform::read(&sheets).expect_err("no choices");
    assert_eq!(problems.0[0].code, "questionnaire_sheet_missing");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(survey in "\\PC{0,200}", choices in "[a-z,\"\n;]{0,60}") {
        if let Ok(sheets) = Sheets::from_csv(&survey, &choices, SETTINGS) {
            let _ = xlsform::read(&sheets);
        }
    }

    #[test]
    fn no_broken_survey_makes_the_reader_panic(at in 0..2_000_usize, piece in "[,\"\n${}()a-z_]{0,6}") {
        let mut broken: Vec<char> = SURVEY.chars().collect();
        let at = at.min(broken.len());
        broken.splice(at..(at + 3).min(broken.len()), piece.chars());
        let _ = read(&broken.into_iter().collect::<String>());
    }
}
