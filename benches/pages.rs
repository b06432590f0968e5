//! How fast the desk's pages are: `cargo bench --bench pages [-- CALLS]`. Not a test.
//!
//! A round of 42 × 4 × 6 villages × 20 households with two indices (PAPI, SIPAS), simulated as the demonstration's is, about
//! 17,000 interviews of each in a new SQLite database. Each page is asked for once when nothing is remembered of the round (a new
//! service) and then CALLS times; printed are the first time, the median, the 95th percentile and the bytes.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on stops")]

use std::fmt::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

use khaosat::app::{App, Rooms};
use khaosat::cli::round::{NewRound, create};
use khaosat::cli::token::{Assign, issue};
use khaosat::config::Config;
use khaosat::http::{StopOn, serve};
use khaosat::questionnaire::builtin;
use khaosat::secret::sha256_hex;
use khaosat::simulation::levels::levels_of;
use khaosat::simulation::round::{Instrument, SimulatedRound, simulate};
use khaosat::simulation::world::EffectSizes;
use khaosat::store::{BodyFormat, DatabaseUrl, NewResponse, Role, Store, SystemClock, migrate};
use sampling::{Certificate, Sample, SampleDesign, SamplingFrame, draw};
use serde_json::json;

const ROUND: &str = "lon";
const FORMS: [&str; 2] = ["papi-2019", "sipas-2023"];
const SEED: u64 = 20_241;

/// 60 districts of 8 communes of 10 villages.
fn frame() -> String {
    let mut csv = String::from(
        "province_code,province_name,district_code,district_name,commune_code,commune_name,village_code,village_name,households,district_capital,commune_seat,village_seat,size_source\n",
    );
    for village in 0..4_800_usize {
        let (commune, district) = (village / 10, village / 80);
        let households = 120 + village * 37 % 200;
        writeln!(csv, "24,Tỉnh Thử,{district:03},Huyện {district},{commune:05},Xã {commune},{village:07},Thôn {village},{households},0,0,0,made")
            .expect("a text grows");
    }
    csv
}

fn design() -> SampleDesign {
    let preset = sampling::presets().iter().find(|one| one.name == "papi-3x2x2x20").expect("the plan's design");
    let larger = preset.text.replacen("n = 3\n", "n = 42\n", 1).replacen("n = 2\n", "n = 4\n", 1);
    SampleDesign::from_toml(&larger.replacen("n = 2\n", "n = 6\n", 1)).expect("a design")
}

fn simulated(frame: &SamplingFrame, design: &SampleDesign, sample: &Sample) -> SimulatedRound {
    let questionnaires: Vec<_> =
        FORMS.iter().map(|name| builtin(name).expect("built in").questionnaire().expect("a questionnaire")).collect();
    let definitions: Vec<_> = FORMS.iter().map(|name| reports::index::preset(name).expect("an index")).collect();
    let levels: Vec<_> = FORMS.iter().map(|name| levels_of(name).expect("levels")).collect();
    let instruments: Vec<Instrument<'_>> = questionnaires
        .iter()
        .zip(&definitions)
        .zip(&levels)
        .map(|((questionnaire, definition), levels)| Instrument { questionnaire, definition, levels })
        .collect();
    simulate(frame, design, sample, &instruments, EffectSizes::default(), SEED).expect("a simulated round")
}

/// Keeps the round; gives the coordinator's and the analyst's secrets and the id of one interview.
fn fill(store: &Store) -> (String, String, String) {
    let design = design();
    let frame = SamplingFrame::read(frame().as_bytes(), &design).expect("a frame");
    let sample = draw(&frame, &design, SEED).expect("a draw");
    let list = sample.to_csv();
    let certificate = Certificate::of(&sample, &design, list.as_bytes()).to_json().expect("a certificate");
    let sheets = Rooms::of_this_program().builtin_questionnaire.expect("there is one");
    let round = NewRound {
        code: ROUND.to_owned(),
        name: "Đợt lớn".to_owned(),
        list_csv: list.into_bytes(),
        certificate: Some(certificate),
        questionnaires: FORMS.iter().filter_map(|name| sheets(name)).collect(),
        geography_day: None,
    };
    create(store, &round).expect("a round");
    let token = |role| issue(store, role, Some(ROUND), "Người đo", None, Assign::Nothing).expect("a token");
    let enumerators: Vec<String> = (0..200).map(|_| token(Role::Enumerator).id).collect();
    let heads = store.read(|snapshot| snapshot.list_round_questionnaires(ROUND)).expect("forms");
    let worked = simulated(&frame, &design, &sample);
    let (mut responses, mut one) = (Vec::new(), String::new());
    for (at, case) in worked.worked.iter().enumerate() {
        let Some(disposition) = case.disposition() else { continue };
        for form in &worked.forms {
            let Some(answers) = form.answers.get(&case.case_id) else { continue };
            let (day, hour) = (1 + at / 720, 7 + at % 10);
            let body = json!({
                "round": ROUND, "questionnaire": form.form_id, "case_id": case.case_id, "disposition": disposition.code(),
                "device_started_at": format!("2024-10-{day:02}T{hour:02}:00:00+07:00"),
                "device_ended_at": format!("2024-10-{day:02}T{hour:02}:38:00+07:00"), "language": "vi", "answers": answers,
            })
            .to_string()
            .into_bytes();
            one = uuid::Uuid::from_u64_pair(1 << 63, responses.len() as u64).hyphenated().to_string();
            responses.push(NewResponse {
                uuid: one.clone(),
                round_code: ROUND.to_owned(),
                form_id: form.form_id.clone(),
                questionnaire_sha256: heads
                    .iter()
                    .find(|head| head.form_id == form.form_id)
                    .map(|head| head.sha256.clone()),
                case_id: case.case_id.clone(),
                disposition: disposition.code().to_owned(),
                token_id: enumerators[at / 20 % enumerators.len()].clone(),
                replaces_uuid: None,
                format: BodyFormat::Json,
                body_sha256: sha256_hex(&body),
                body,
                flags: Vec::new(),
            });
        }
    }
    println!("{} households worked, {} interviews", worked.worked.len(), responses.len());
    let mut rest = responses.into_iter().peekable();
    while rest.peek().is_some() {
        let part: Vec<NewResponse> = rest.by_ref().take(1_000).collect();
        store
            .write("bench", move |tx| part.iter().try_for_each(|one| tx.keep_response(one).map(|_| ())))
            .expect("kept");
    }
    let secret = |role| token(role).secret.reveal().to_owned();
    (secret(Role::Coordinator), secret(Role::Analyst), one)
}

fn main() {
    let calls: usize = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(40);
    let folder = tempfile::tempdir().expect("a folder");
    let url = DatabaseUrl::parse(folder.path().join("bench.db").to_str().expect("UTF-8")).expect("a URL");
    migrate(&url).expect("migrated");
    let store = Store::open(&url, Arc::new(SystemClock)).expect("opens");
    let (coordinator, analyst, interview) = fill(&store);
    drop(store);
    let pages = [
        ("home", &coordinator, "/".to_owned()),
        ("results", &coordinator, format!("/rounds/{ROUND}")),
        ("index", &analyst, format!("/rounds/{ROUND}/index")),
        ("first chart (P1)", &analyst, format!("/api/v1/rounds/{ROUND}/charts/p1.svg")),
        ("question", &analyst, format!("/rounds/{ROUND}/question?questionnaire=sipas-2023&question=q1")),
        ("cross table", &analyst, format!("/rounds/{ROUND}/cross-table")),
        ("comparison", &analyst, format!("/rounds/{ROUND}/comparison")),
        ("weights", &analyst, format!("/rounds/{ROUND}/weights")),
        ("data", &analyst, format!("/rounds/{ROUND}/data")),
        ("sample", &coordinator, format!("/rounds/{ROUND}/design")),
        ("progress", &coordinator, format!("/rounds/{ROUND}/field")),
        ("interviews", &coordinator, format!("/rounds/{ROUND}/interviews")),
        ("one interview", &coordinator, format!("/rounds/{ROUND}/interviews/{interview}")),
        ("assignment", &coordinator, format!("/rounds/{ROUND}/assignment")),
        ("reserves", &coordinator, format!("/rounds/{ROUND}/reserves")),
        ("devices", &coordinator, format!("/rounds/{ROUND}/devices")),
        ("quality", &coordinator, format!("/rounds/{ROUND}/quality")),
    ];
    for (name, secret, path) in &pages {
        let app = App::open(Config::new(url.clone()), Arc::new(SystemClock), Rooms::of_this_program()).expect("an app");
        let server = serve(app, TcpListener::bind("127.0.0.1:0").expect("a port"), StopOn::Call).expect("a server");
        let agent = ureq::Agent::new_with_config(ureq::config::Config::builder().http_status_as_error(false).build());
        let get = || {
            let started = Instant::now();
            let mut reply = agent
                .get(format!("{}{path}", server.url()))
                .header("Authorization", format!("Bearer {secret}"))
                .call()
                .expect("a reply");
            let bytes = reply.body_mut().with_config().limit(1 << 30).read_to_vec().expect("read");
            (1e3 * started.elapsed().as_secs_f64(), bytes.len(), reply.status().as_u16())
        };
        let (first, bytes, status) = get();
        let mut times: Vec<f64> = (0..calls).map(|_| get().0).collect();
        times.sort_by(f64::total_cmp);
        let (median, p95) = (times[times.len() / 2], times[times.len() * 95 / 100]);
        println!("{name:20} {status} first {first:8.1} ms  median {median:7.1} ms  p95 {p95:7.1} ms  {bytes:8} bytes");
        server.stop().expect("a clean end");
    }
}
