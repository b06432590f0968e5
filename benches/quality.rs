//! How long the quality of a large round takes: `cargo bench --bench quality [-- INTERVIEWS]`. Not a test.
//!
//! 20,000 interviews of 120 questions in 1,000 villages by 200 enumerators, in a new SQLite database, with positions, times and logs; then the
//! daily page over HTTP (first call: everything is read and checked; later calls: nothing has arrived since), and percent match by itself.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on stops")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

use khaosat::app::{App, Rooms};
use khaosat::cli::round::{NewRound, create};
use khaosat::cli::token::{Assign, issue};
use khaosat::config::Config;
use khaosat::http::{StopOn, serve};
use khaosat::inspection;
use khaosat::quality::{Rules, percent_match};
use khaosat::secret::sha256_hex;
use khaosat::store::{BodyFormat, DatabaseUrl, NewResponse, Role, Store, SystemClock, migrate};
use serde_json::json;

const QUESTIONS: usize = 120;
const PER_VILLAGE: usize = 20;
const PER_ENUMERATOR: usize = 100;

/// A small generator with a fixed seed: the same round each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn sheets() -> BTreeMap<String, String> {
    let mut survey = String::from(
        "type,name,label,relevant,required\nselect_one yes_no,consent,Đồng ý?,,true()\ngeopoint,place,Vị trí,,\ninteger,age,Tuổi,,\n",
    );
    for at in 0..QUESTIONS {
        let relevant = if at % 10 == 5 { format!("${{q{}}} != 1", at - 1) } else { String::new() };
        writeln!(survey, "select_one scale,q{at},Câu {at},{relevant},").expect("a text grows");
    }
    let choices = "list_name,name,label\nscale,1,1\nscale,2,2\nscale,3,3\nscale,4,4\nscale,5,5\nscale,-888,Không biết\nyes_no,1,Có\nyes_no,0,Không\n";
    BTreeMap::from([
        ("survey.csv".to_owned(), survey),
        ("choices.csv".to_owned(), choices.to_owned()),
        ("settings.csv".to_owned(), "form_title,form_id,version,default_language\nThử,bench,1,vi\n".to_owned()),
    ])
}

fn sample(n: usize) -> String {
    let mut list = String::from(
        "unit_id,commune_code,commune_name,village_code,village_name,household_number,role,visiting_order,inclusion_probability,base_weight\n",
    );
    for at in 0..n {
        let (village, order) = (at / PER_VILLAGE, at % PER_VILLAGE + 1);
        writeln!(list, "h{at},c{0},Xã {0},v{village},Thôn {village},{order},main,{order},0.1,10", village / 10)
            .expect("a text grows");
    }
    list
}

fn body(at: usize, numbers: &mut Numbers) -> Vec<u8> {
    let mut answers = serde_json::Map::new();
    let (north, east) = (numbers.below(1_000) as f64 / 1e5, numbers.below(1_000) as f64 / 1e5);
    let village = (at / PER_VILLAGE) as f64;
    answers.insert("consent".to_owned(), json!("1"));
    answers.insert("place".to_owned(), json!(format!("{:.6} {:.6} 10 5", 21.0 + village / 1e3 + north, 106.0 + east)));
    answers.insert("age".to_owned(), json!(18 + numbers.below(60)));
    for question in 0..QUESTIONS {
        let code = match numbers.below(20) {
            0 => "-888".to_owned(),
            other => (1 + other % 5).to_string(),
        };
        answers.insert(format!("q{question}"), json!(code));
    }
    let events: Vec<_> = (0..QUESTIONS as i64)
        .flat_map(|q| {
            [json!([q * 20_000, "enter", format!("q{q}")]), json!([q * 20_000 + 19_000, "leave", format!("q{q}")])]
        })
        .collect();
    let hour = 7 + at % 10;
    json!({
        "round": "bench", "questionnaire": "bench", "case_id": format!("h{at}"), "disposition": "1.1",
        "device_started_at": format!("2024-10-{:02}T{hour:02}:00:00+07:00", 1 + at / 10 % 28),
        "device_ended_at": format!("2024-10-{:02}T{hour:02}:45:00+07:00", 1 + at / 10 % 28),
        "language": "vi", "answers": answers,
        "paradata": {"format": "khaosat-field-1", "clock_offset_ms": 120, "events": events},
    })
    .to_string()
    .into_bytes()
}

fn fill(store: &Store, n: usize) -> (String, String) {
    let round = NewRound {
        code: "bench".to_owned(),
        name: "Đo tốc độ".to_owned(),
        list_csv: sample(n).into_bytes(),
        certificate: None,
        questionnaires: vec![sheets()],
        geography_day: None,
    };
    create(store, &round).expect("a round");
    let token = |role| issue(store, role, Some("bench"), "Người đo", None, Assign::Nothing).expect("a token");
    let enumerators: Vec<String> = (0..n.div_ceil(PER_ENUMERATOR)).map(|_| token(Role::Enumerator).id).collect();
    let questionnaire = store
        .read(|snapshot| snapshot.list_round_questionnaires("bench"))
        .expect("a form")
        .first()
        .expect("one")
        .sha256
        .clone();
    let mut numbers = Numbers(20_241);
    for first in (0..n).step_by(1_000) {
        let responses: Vec<NewResponse> = (first..(first + 1_000).min(n))
            .map(|at| {
                let body = body(at, &mut numbers);
                NewResponse {
                    uuid: uuid::Uuid::from_u64_pair(1 << 63, at as u64).hyphenated().to_string(),
                    round_code: "bench".to_owned(),
                    form_id: "bench".to_owned(),
                    questionnaire_sha256: Some(questionnaire.clone()),
                    case_id: format!("h{at}"),
                    disposition: "1.1".to_owned(),
                    token_id: enumerators[at / PER_ENUMERATOR].clone(),
                    replaces_uuid: None,
                    format: BodyFormat::Json,
                    body_sha256: sha256_hex(&body),
                    body,
                    flags: Vec::new(),
                }
            })
            .collect();
        store
            .write("bench", move |tx| responses.iter().try_for_each(|response| tx.keep_response(response).map(|_| ())))
            .expect("kept");
    }
    (token(Role::Coordinator).secret.reveal().to_owned(), enumerators[0].clone())
}

fn main() {
    let n: usize = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(20_000);
    let folder = tempfile::tempdir().expect("a folder");
    let url = DatabaseUrl::parse(folder.path().join("bench.db").to_str().expect("UTF-8")).expect("a URL");
    migrate(&url).expect("migrated");
    let store = Store::open(&url, Arc::new(SystemClock)).expect("opens");
    let started = Instant::now();
    let (secret, _) = fill(&store, n);
    println!("{n} interviews of {QUESTIONS} questions kept in {:.1} s", started.elapsed().as_secs_f64());

    let app = App::open(Config::new(url), Arc::new(SystemClock), Rooms::of_this_program()).expect("an app");
    let server = serve(app, TcpListener::bind("127.0.0.1:0").expect("a port"), StopOn::Call).expect("a server");
    // A service that starts reads the round for its results: that is not what is measured here.
    std::thread::sleep(std::time::Duration::from_secs(8));
    let get = |path: &str| {
        let started = Instant::now();
        let mut reply = ureq::get(format!("{}{path}", server.url()))
            .header("Authorization", format!("Bearer {secret}"))
            .call()
            .expect("a page");
        let bytes = reply.body_mut().with_config().limit(1 << 30).read_to_vec().expect("read");
        (started.elapsed(), bytes.len())
    };
    for (name, path) in [
        ("daily page, everything new", "/rounds/bench/quality"),
        ("daily page, nothing new", "/rounds/bench/quality"),
        ("page of the whole round", "/rounds/bench/quality?day=all"),
        ("JSON of the whole round", "/api/v1/rounds/bench/quality"),
        ("CSV of the whole round", "/api/v1/rounds/bench/quality.csv"),
    ] {
        let (time, bytes) = get(path);
        println!("{name}: {:.0} ms, {bytes} bytes", 1e3 * time.as_secs_f64());
    }
    server.stop().expect("a clean end");

    let mut times: Vec<f64> = (0..3)
        .map(|_| {
            let started = Instant::now();
            let found = inspection::of_round(&store, "bench").expect("read").expect("a round");
            assert_eq!(found.data.interviews.len(), n, "all interviews are looked at");
            1e3 * started.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("read and checked, median of 3: {:.0} ms ({times:.0?})", times[1]);
    let found = inspection::of_round(&store, "bench").expect("read").expect("a round");
    println!("flags: {}", found.report.flags.len());
    let rules = Rules::defaults().expect("defaults").answers;
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let started = Instant::now();
            let shares = percent_match(&found.data, 0, &rules);
            assert!(shares.iter().all(Option::is_some), "each interview has a village");
            1e3 * started.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("percent match within villages, median of 5: {:.1} ms", times[2]);
    // One village with everybody in it: all pairs.
    let mut together = found.data;
    together.interviews.iter_mut().for_each(|one| one.village = Some(0));
    let started = Instant::now();
    let n_pairs = n * (n - 1) / 2;
    let shares = percent_match(&together, 0, &rules);
    println!(
        "percent match of all {n_pairs} pairs: {:.0} ms (best {:.3})",
        1e3 * started.elapsed().as_secs_f64(),
        shares.iter().flatten().copied().fold(0.0, f64::max)
    );
}
