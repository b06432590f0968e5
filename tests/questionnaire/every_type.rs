//! A form with every type: read, written back, answered with turns of repeats, as a table, as a form for ODK Collect and back.

use khaosat::openrosa::form::xform;
use khaosat::openrosa::submission::Submission;
use khaosat::questionnaire::{
    Answer, BUILTIN, ColumnKind, Questionnaire, RepeatAnswers, Sheets, codebook, columns, repeat_tables, to_table,
    validate, xlsform,
};
use serde_json::{Value as Json, json};

use super::support::{findings, interview, told};

const SURVEY: &str = include_str!("fixtures/every/survey.csv");
const CHOICES: &str = include_str!("fixtures/every/choices.csv");
const SETTINGS: &str = include_str!("fixtures/every/settings.csv");
const VILLAGES: &str = include_str!("fixtures/every/villages.csv");

fn read(survey: &str) -> Result<Questionnaire, problem::Problems> {
    let sheets = Sheets::from_csv(survey, CHOICES, SETTINGS)?;
    xlsform::read(&sheets.with_files(std::iter::once(("villages.csv", VILLAGES)))?)
}

fn every() -> Questionnaire {
    read(SURVEY).unwrap_or_else(|problems| panic!("{}", problems.describe(problem::Language::En)))
}

/// A whole interview: two members, the first with two jobs.
fn answers() -> Json {
    json!({
        "began": "2026-11-26T08:00:00.000+07:00", "ended": "2026-11-26T08:40:00.000+07:00", "day": "2026-11-26",
        "device": "collect:x", "user": "hoa", "consent": "1",
        "house": {
            "head": "Nguyễn Thị Hoa", "n_members": 2,
            "member": [
                {"number": 1, "nickname": "Lan", "about": {"age": 40, "sex": "female"},
                 "job": [{"title": "Giáo viên", "hours": 40}, {"title": "Làm ruộng", "hours": "7.5"}], "n_jobs": 2},
                {"number": 2, "nickname": "Ba", "about": {"age": 7, "sex": "male"}},
            ],
        },
        "area_m2": 80.5, "trust": 7, "village": "v3", "used": "id other", "used_other": "Hộ tịch",
        "order": ["land", "id", "health", "other"], "built": "2001-05-02", "meal": "18:30:00.000+07:00",
        "visit": "2026-11-26T08:10:00.000+07:00", "place": "21.27 106.19 12 5",
        "path": "21 106 0 0; 21.01 106 0 0", "field": "21 106 0 0; 21 106.01 0 0; 21.01 106.01 0 0; 21 106 0 0",
        "photo": "nha.jpg", "card": "8936", "read_out": "OK", "made_by": "khaosat", "code": "P-1234",
        "changed_at": "2026-11-26T08:20:00.000+07:00", "draw": "0.25",
    })
}

#[test]
fn the_form_with_every_type_has_no_problems_and_all_kinds() {
    let form = every();
    let mut kinds: Vec<&str> = form.questions().iter().map(|question| question.kind.name()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 30, "{kinds:?}");
    assert!(form.question("used_other").is_some_and(|other| other.relevant.is_some()), "or_other asks for the words");
    let list = form.choices(form.question("used").expect("used")).expect("a list");
    assert_eq!(list.choice("other").and_then(|choice| choice.label.get("vi")), Some("Khác"));
    let villages = form.choices(form.question("village").expect("village")).expect("a list");
    assert_eq!(villages.choice("v3").and_then(|choice| choice.label.get("en")), Some("Thôn Cả, khu \"mới\""));
}

#[test]
fn what_is_written_is_read_as_the_same_questionnaire() {
    let forms = BUILTIN.iter().map(|instrument| instrument.questionnaire().expect("no problems"));
    for form in forms.chain([every(), super::support::household().clone()]) {
        let sheets = xlsform::to_sheets(&form);
        let bytes = xlsform::to_xlsx(&sheets).expect("a workbook");
        assert_eq!(bytes, xlsform::to_xlsx(&sheets).expect("a workbook"), "the same bytes each time");
        let files: Vec<(String, String)> = sheets.files.iter().map(|file| (file.name.clone(), file.to_csv())).collect();
        let files = || files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let from_workbook = Sheets::from_xlsx(&bytes).expect("sheets").with_files(files()).expect("files");
        let texts = [&sheets.survey, &sheets.choices, &sheets.settings].map(|sheet| sheet.to_csv());
        let from_texts =
            Sheets::from_csv(&texts[0], &texts[1], &texts[2]).expect("sheets").with_files(files()).expect("files");
        for again in [from_workbook, from_texts] {
            let again = xlsform::read(&again)
                .unwrap_or_else(|problems| panic!("{}: {}", form.id(), problems.describe(problem::Language::En)));
            assert_eq!(again.canonical().expect("a text"), form.canonical().expect("a text"), "{}", form.id());
        }
    }
}

#[test]
fn turns_are_answered_one_by_one_and_formulas_read_the_right_ones() {
    let form = every();
    let validated = validate(&form, answers().as_object().expect("an object"), &interview("vi"));
    assert_eq!(findings(&validated), Vec::<String>::new());
    let text = |name: &str| match validated.answer(name) {
        Some(Answer::Text(text)) => text.clone(),
        Some(Answer::Number(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!((text("n_adults"), text("oldest"), text("names")), ("2".into(), "40".into(), "Lan, Ba".into()));
    assert_eq!(
        (text("first_name"), text("village_name"), text("first_choice")),
        ("Lan".into(), "c2".into(), "Đất đai".into())
    );
    assert_eq!(text("draw"), "0.25", "what only the device knows counts as it came");
    let [members, jobs] = validated.repeats.as_slice() else { panic!("{:?}", validated.repeats) };
    assert_eq!((members.repeat.as_str(), members.around.as_deref(), members.turns.len()), ("member", None, 2));
    assert_eq!((jobs.repeat.as_str(), jobs.around.as_deref(), jobs.turns.len()), ("job", Some("member"), 2));
    assert_eq!(jobs.turns.iter().map(|turn| (turn.parent, turn.number)).collect::<Vec<_>>(), [(0, 1), (0, 2)]);
    let in_turn = |turn: usize, name: &str| {
        members.turns[turn].answers.iter().find(|(known, _)| known == name).map(|(_, answer)| answer.clone())
    };
    assert_eq!(in_turn(1, "number"), Some(Answer::Number(2.0)));
    assert_eq!((in_turn(0, "n_jobs"), in_turn(1, "n_jobs")), (Some(Answer::Number(2.0)), Some(Answer::Number(0.0))));
}

#[test]
fn faults_in_turns_are_told_with_the_turn() {
    let form = every();
    let mut broken = answers();
    broken["house"]["member"][1]["about"]["age"] = json!(130);
    broken["house"]["member"][1]["job"] = json!([{"title": "x", "hours": 200}]);
    broken["house"]["member"][0]["about"]["sex"] = json!("x");
    broken["house"]["n_members"] = json!(3);
    broken["house"]["member"][0]["job"][1]["hours"] = json!("nhiều");
    broken["order"] = json!(["land", "id"]);
    broken["visit"] = json!("hôm qua");
    broken["stranger"] = json!("?");
    let validated = validate(&form, broken.as_object().expect("an object"), &interview("vi"));
    let mut told: Vec<String> = validated
        .findings
        .iter()
        .map(|finding| {
            let turn = finding.turn.as_deref().unwrap_or("-");
            format!(
                "{} {turn} {}",
                finding.problem.code.trim_start_matches("answer_"),
                finding.question.as_deref().unwrap_or("-")
            )
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "constraint member[2] age",
            "constraint member[2]/job[1] hours",
            "incomplete_order - order",
            "not_in_list member[1] sex",
            "turn_count - member",
            "unknown_question - stranger",
            "wrong_kind - visit",
            "wrong_kind member[1]/job[2] hours",
        ]
    );
}

#[test]
fn repeats_are_tables_of_their_own_linked_to_the_interview() {
    let form = every();
    let one = validate(&form, answers().as_object().expect("an object"), &interview("vi"));
    let none = validate(&form, json!({"consent": "0"}).as_object().expect("an object"), &interview("vi"));
    let responses = [none, one.clone(), one];
    let table = to_table(&form, &responses).expect("a table");
    assert_eq!(table.n_rows(), 3);
    assert!(table.get("age").is_none(), "no turn is flattened into the interview");
    let keys = ["a", "b", "c"].map(str::to_owned);
    let turns: Vec<&[RepeatAnswers]> = responses.iter().map(|one| one.repeats.as_slice()).collect();
    let tables = repeat_tables(&form, &turns, &keys).expect("tables");
    let [(members, member), (jobs, job)] = tables.as_slice() else { panic!("two repeats") };
    assert_eq!((members.as_str(), member.n_rows(), jobs.as_str(), job.n_rows()), ("member", 4, "job", 4));
    let numbers = |table: &estimation::table::Table, column: &str| match &table.get(column).expect("a column").cells {
        estimation::table::Cells::Numeric(numbers) => numbers.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(numbers(member, "age"), [40.0, 7.0, 40.0, 7.0]);
    assert_eq!(numbers(job, "parent_turn"), [1.0, 1.0, 3.0, 3.0]);
    assert_eq!(numbers(job, "turn"), [1.0, 2.0, 1.0, 2.0]);
    assert!(columns(&form).iter().any(|column| column.kind == ColumnKind::Place("land".to_owned())));
    let of_repeats: Vec<String> = codebook(&form).into_iter().filter_map(|entry| entry.repeat).collect();
    assert!(of_repeats.contains(&"member".to_owned()) && of_repeats.contains(&"job".to_owned()));
    assert!(repeat_tables(&form, &turns, &keys[..2]).is_err());
}

#[test]
fn a_submission_of_collect_says_the_same_as_the_client() {
    let form = every();
    let xml = xform(&form, &"a".repeat(64)).expect("a form");
    let document = roxmltree::Document::parse(&xml).expect("well-formed");
    let repeats = document.descendants().filter(|node| node.tag_name().name() == "repeat").count();
    assert_eq!(repeats, 2);
    assert!(
        xml.contains("<member jr:template=\"\">")
            && xml.contains("jr:count=\" /data/khs_interview/house/khs_count_member \""),
        "{xml}"
    );
    let sent = "<data id=\"every\" version=\"2026-1\"><khs_visit><khs_case_id>c</khs_case_id></khs_visit><khs_interview>\
                <consent>1</consent><house><head>Hoa</head><n_members>1</n_members><khs_count_member>1</khs_count_member>\
                <member><number>1</number><nickname>Lan</nickname><about><age>40</age><sex>female</sex></about>\
                <job><title>Y tá</title><hours>40</hours></job><n_jobs>1</n_jobs></member></house></khs_interview>\
                <meta><instanceID>uuid:1</instanceID></meta></data>";
    let submission = Submission::read(sent.as_bytes()).expect("readable");
    let validated = validate(&form, &submission.answers, &interview("vi"));
    assert_eq!(
        validated.repeats.iter().map(|repeat| repeat.turns.len()).collect::<Vec<_>>(),
        [1, 1],
        "one turn is a turn too"
    );
    assert_eq!(validated.set_aside.len(), 0, "{:?}", validated.set_aside);
    let outside = form.outside_repeats(&submission.answers);
    assert_eq!((outside.get("head"), outside.get("age"), outside.get("member")), (Some(&json!("Hoa")), None, None));
}

#[test]
fn what_is_wrong_with_repeats_types_and_parameters_is_told_with_its_place() {
    let change = |from: &str, to: &str| {
        assert!(SURVEY.contains(from), "{from}");
        told(read(&SURVEY.replacen(from, to, 1)))
    };
    assert_eq!(change("end_repeat,,", "end_group,,"), ["group_crossed 25 type"]);
    assert_eq!(change("max(${age})", "${age}"), ["reference_repeated 29 calculation"]);
    assert_eq!(change("max(${age})", "\"max(${age}, 3)\""), ["reference_repeated 29 calculation"]);
    assert_eq!(change("max(${age})", "position(..)"), ["position_outside 29 calculation"]);
    assert_eq!(change("${member}, 1)", "${job}, 1)"), ["not_a_repeat 31 calculation"]);
    assert_eq!(change("start=0 end=10 step=1", "start=5 end=2"), ["parameter_invalid 36 parameters"]);
    assert_eq!(change("start=0 end=10 step=1", "from=5"), ["parameter_unknown 36 parameters"]);
    assert_eq!(change("villages.csv", "thon.csv")[0], "list_file_missing 37 type");
    assert_eq!(change("'villages', 'commune'", "'villages', 'district'"), ["table_column_unknown 38 calculation"]);
    assert_eq!(change("decimal-time(.) > 0.5", ". > 0.5"), ["clock_as_number 43 constraint"]);
    assert_eq!(change("once(random())", "${began} + 1"), ["clock_as_number 58 calculation"]);
    assert_eq!(change("now(),${trust}", "now(),trust"), ["trigger_invalid 57 trigger"]);
    assert_eq!(change("now(),${trust}", "now(),${mark}"), ["trigger_invalid 57 trigger"]);
}

#[test]
fn circles_depth_and_size_end_in_words_and_soon() {
    let header = "type,name,label,calculation,required\nselect_one yes_no,consent,Đồng ý?,,yes\n";
    let choices = "list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\n";
    let settings = "form_title,form_id,version,default_language\nThử,thu,1,vi\n";
    let read =
        |rows: &str| xlsform::read(&Sheets::from_csv(&format!("{header}{rows}"), choices, settings).expect("sheets"));
    assert_eq!(
        told(read("calculate,a,,${b} + 1,\ncalculate,b,,${c} + 1,\ncalculate,c,,${a} + 1,\n")),
        ["cycle 3 name"]
    );
    assert_eq!(told(read("calculate,a,,${a} + 1,\n")), ["reference_self 3 calculation"]);
    let begin = std::time::Instant::now();
    let many: String = (0..10_000)
        .map(|n| format!("calculate,q{n},,{},\n", if n == 0 { "1".to_owned() } else { format!("${{q{}}} + 1", n - 1) }))
        .collect();
    let form = read(&many).expect("a long form");
    let validated = validate(&form, json!({"consent": "1"}).as_object().expect("an object"), &interview("vi"));
    assert_eq!(validated.answer("q9999"), Some(&Answer::Number(10_000.0)));
    let deep = format!(
        "{}text,x,X,,\n{}",
        (0..40).map(|n| format!("begin_group,g{n},G,,\n")).collect::<String>(),
        "end_group,,,,\n".repeat(40)
    );
    assert_eq!(told(read(&deep))[0], "group_too_deep 23 type");
    let deep = format!(
        "{}text,x,X,,\n{}",
        (0..9_000).map(|n| format!("begin_repeat,g{n},G,,\n")).collect::<String>(),
        "end_repeat,,,,\n".repeat(9_000)
    );
    assert!(told(read(&deep))[0].starts_with("group_too_deep"));
    assert_eq!(
        told(read("begin_group,g,G,,\ntext,a,A,,\nend_group,,,,\nbegin_group,h,H,,\ntext,a,A,,\nend_group,,,,\n")),
        ["name_duplicate 7 name"]
    );
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
}

#[test]
fn a_flood_of_turns_is_bounded_and_told() {
    let form = every();
    let turns: Vec<Json> = (0..20_000).map(|n| json!({"nickname": format!("n{n}"), "age": 20})).collect();
    let validated =
        validate(&form, json!({"consent": "1", "member": turns}).as_object().expect("an object"), &interview("vi"));
    assert!(findings(&validated).contains(&"answer_too_many_turns member".to_owned()));
    assert_eq!(validated.repeats[0].turns.len(), 2_000);
}
