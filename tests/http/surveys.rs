//! The surveys of the sectors, from the sample to the score: hospitals and schools go the same road as PAPI.

use std::collections::BTreeMap;

use khaosat::app::Rooms;
use khaosat::cli::round::{NewRound, create};
use khaosat::store::{Role, RoundState};
use sampling::{SampleDesign, SamplingFrame, draw};
use serde_json::{Map, Value, json};

use crate::support::database::TestDatabase;
use crate::support::service::{TestService, uuid};

/// Patients or pupils stand on the list themselves: nobody is chosen within a unit.
fn design(rule: &str) -> String {
    let respondent = match rule {
        "household" => "[respondent]\nrule = \"household\"\n".to_owned(),
        rule => format!(
            "[respondent]\nrule = \"{rule}\"\neligible = {{ vi = \"người lớn\", en = \"adults\" }}\ncounted_by = \"n_adults\"\n"
        ),
    };
    let preset = sampling::presets().iter().find(|one| one.name == "papi-3x2x2x20").expect("a preset");
    let before = preset.text.find("[respondent]").expect("a rule");
    format!("{}{respondent}", &preset.text[..before])
}

pub(super) fn sample(rule: &str) -> String {
    let design = SampleDesign::from_toml(&design(rule)).expect("a design");
    let text = khaosat::simulation::coverage::EXAMPLE_FRAME;
    let frame = SamplingFrame::read(text.as_bytes(), &design).expect("a frame");
    draw(&frame, &design, 9).expect("a sample").to_csv()
}

/// Everybody agrees and gives the second best answer to every question with five.
fn answers(sheets: &BTreeMap<String, String>) -> Map<String, Value> {
    let rows = |name: &str| -> Vec<BTreeMap<String, String>> {
        csv::Reader::from_reader(sheets[name].as_bytes()).deserialize().collect::<Result<_, _>>().expect("a sheet")
    };
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows("choices.csv") {
        lists.entry(row["list_name"].clone()).or_default().push(row["name"].clone());
    }
    let mut all = Map::new();
    for row in rows("survey.csv") {
        let (kind, list) = row["type"].split_once(' ').unwrap_or((&row["type"], ""));
        let value = match kind {
            "select_one" if ["1", "2", "3", "4", "5"].iter().all(|one| lists[list].iter().any(|code| code == one)) => {
                json!("4")
            }
            "select_one" => json!(lists[list][0]),
            "integer" => json!(3),
            _ => continue,
        };
        all.insert(row["name"].clone(), value);
    }
    all.insert("consent".to_owned(), json!("1"));
    all
}

#[test]
fn a_hospital_and_a_school_survey_go_from_the_sample_to_the_score() {
    let list = sample("household");
    for (name, root, expected) in [
        ("health-inpatient-2019", "inpatient", 4.0),
        ("health-outpatient-2019", "outpatient", 4.0),
        ("education-parent-2023", "education", 100.0),
        ("education-student-2023", "education", 100.0),
    ] {
        let service = TestService::start(&TestDatabase::sqlite());
        let files = Rooms::of_this_program().builtin_questionnaire.expect("built in");
        let sheets = files(name).expect("an instrument");
        let round = NewRound {
            code: "nganh".to_owned(),
            name: name.to_owned(),
            list_csv: list.clone().into_bytes(),
            certificate: None,
            questionnaires: vec![sheets.clone()],
            geography_day: None,
        };
        create(&service.store, &round).expect("a round");
        let token = service.token(Role::Coordinator, Some("nganh")).secret.reveal().to_owned();
        let given = Value::Object(answers(&sheets));
        let mut rows = csv::Reader::from_reader(list.as_bytes());
        let rows: Vec<BTreeMap<String, String>> = rows.deserialize().collect::<Result<_, _>>().expect("a list");
        let main = rows.iter().filter(|row| row["role"] == "main");
        for (number, row) in main.enumerate() {
            let body = json!({
                "round": "nganh", "questionnaire": name, "case_id": row["unit_id"], "disposition": "1.1",
                "device_started_at": "2024-10-01T08:00:00+07:00", "device_ended_at": "2024-10-01T08:45:00+07:00",
                "language": "vi", "answers": given,
            });
            let path = format!("/api/v1/responses/{}", uuid(number as u64 + 1));
            let reply =
                service.client.send("PUT", &path, Some(&token), &[], body.to_string().as_bytes()).expect("a reply");
            assert_eq!(reply.status, 201, "{name}: {}", String::from_utf8_lossy(&reply.bytes));
        }
        let geography = service.client.get("/api/v1/rounds/nganh", Some(&token)).json()["geography"].clone();
        assert_eq!(
            (geography["unit"].as_str(), geography["version"].as_str().map(str::len)),
            (Some("bac-giang"), Some(64))
        );
        service.store.write("test", |tx| tx.set_round_state("nganh", RoundState::Closed)).expect("closed");
        let reply = service.client.get("/api/v1/rounds/nganh/scores.json", Some(&token)).json();
        let scores =
            reply["indexes"][0]["scores"]["scores"].as_array().unwrap_or_else(|| panic!("{name}: {reply}")).clone();
        let whole = scores.iter().find(|one| one["code"] == root).unwrap_or_else(|| panic!("{name}: {scores:?}"));
        let value = whole["estimate"]["estimate"].as_f64().unwrap_or_else(|| panic!("{name}: {whole}"));
        assert!((value - expected).abs() < 1e-9, "{name}: {value}");
        let told = reply["indexes"][0]["scores"].to_string();
        assert!(told.contains("scoring"), "{name} says which of the scorings it is");
        let figure = if expected > 10.0 { "s1" } else { "p1" };
        let svg = service.client.get(&format!("/api/v1/rounds/nganh/charts/{figure}.svg?lang=vi"), Some(&token));
        let text = String::from_utf8_lossy(&svg.bytes).into_owned();
        assert!(svg.status == 200 && text.contains("Cách tính"), "{name}: the figure says so too: {text}");
        assert!(figure == "s1" || text.contains("thang điểm 1–5"), "{name}: on its own scale");
    }
}

#[test]
fn a_questionnaire_that_cannot_be_weighted_is_refused_before_fieldwork() {
    let service = TestService::start(&TestDatabase::sqlite());
    let files = Rooms::of_this_program().builtin_questionnaire.expect("built in");
    let round = NewRound {
        code: "nganh".to_owned(),
        name: "Người bệnh".to_owned(),
        list_csv: sample("roster").into_bytes(),
        certificate: None,
        questionnaires: vec![files("health-inpatient-2019").expect("an instrument")],
        geography_day: None,
    };
    let problems = create(&service.store, &round).expect_err("the list asks for n_adults");
    assert_eq!(problems.iter().map(|one| one.code).collect::<Vec<_>>(), ["weight_eligible_not_asked"]);
    assert_eq!(service.store.read(|snapshot| snapshot.find_round("nganh")).expect("read"), None, "nothing was made");
}
