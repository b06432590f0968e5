//! A database of many interviews started, checked, backed up, restored and migrated: `cargo bench --bench large [-- N]` with N
//! interviews (a million by default) in SQLite, in a temporary folder. Not a test. Says how long each takes by the clock:
//!
//! ```text
//! start     from `khaosat serve` to the first 200 of /readyz, after the service before was killed
//! check     `khaosat db check`
//! backup    `khaosat backup`, `restore` into a new database, `db check` of that
//! upgrade   `khaosat db migrate` from the migration before the index of heads: the copy before it and the index over all rows
//! ```

#![expect(clippy::expect_used, reason = "a measurement that cannot go on stops")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use khaosat::cli::round::{NewRound, create};
use khaosat::cli::token::{Assign, issue};
use khaosat::secret::sha256_hex;
use khaosat::store::{BodyFormat, DatabaseUrl, NewResponse, Role, Store, SystemClock, migrate};

const ROUND: &str = "lon";
const CASES: usize = 5_000;
const QUESTIONS: usize = 20;

fn main() {
    let n: usize = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.db");
    timed("fill", || fill(&path, n));
    let size = std::fs::metadata(&path).map_or(0, |data| data.len());
    println!("{n} interviews, {:.2} GB", size as f64 / 1e9);
    for _ in 0..2 {
        timed("start", || start_and_kill(&path));
    }
    let database = path.display().to_string();
    timed("check", || run(folder.path(), &["db", "check", "--database", &database]));
    let (file, phrase) = (folder.path().join("all.ksb"), folder.path().join("phrase"));
    std::fs::write(&phrase, "bốn từ không ai đoán ra\n").expect("written");
    let (file, phrase) = (file.display().to_string(), phrase.display().to_string());
    let restored = folder.path().join("restored.db").display().to_string();
    timed("backup", || run(folder.path(), &["backup", &file, "--database", &database, "--passphrase-file", &phrase]));
    timed("restore", || run(folder.path(), &["restore", &file, "--database", &restored, "--passphrase-file", &phrase]));
    timed("check of the restored", || run(folder.path(), &["db", "check", "--database", &restored]));
    take_back(&restored);
    timed("upgrade", || run(folder.path(), &["db", "migrate", "--database", &restored]));
}

/// The database as it was before the index of heads.
fn take_back(database: &str) {
    let mut conn = SqliteConnection::establish(database).expect("opens");
    conn.batch_execute(
        "DROP INDEX response_heads; DELETE FROM __diesel_schema_migrations WHERE version LIKE '20261127000020%'",
    )
    .expect("taken back");
}

fn timed(what: &str, act: impl FnOnce()) {
    let began = Instant::now();
    act();
    println!("{what:22} {:8.1} s", began.elapsed().as_secs_f64());
}

fn run(folder: &Path, arguments: &[&str]) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_khaosat")).args(arguments).current_dir(folder).output().expect("runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn start_and_kill(path: &Path) {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_khaosat"))
        .args(["serve", "--listen", "127.0.0.1:0", "--database", &path.display().to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let base = line.split_whitespace().next().expect("an address");
    let status = ureq::get(format!("{base}/readyz")).call().expect("a reply").status();
    println!("ready: {status} after {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
    child.kill().expect("ended");
    child.wait().expect("gone");
}

fn fill(path: &Path, n: usize) {
    let url = DatabaseUrl::parse(path.to_str().expect("UTF-8")).expect("a URL");
    migrate(&url).expect("migrated");
    let store = Store::open(&url, Arc::new(SystemClock)).expect("opens");
    let mut list = String::from(
        "unit_id,commune_code,commune_name,village_code,village_name,household_number,role,visiting_order,inclusion_probability,base_weight\n",
    );
    for at in 0..CASES {
        let (village, order) = (at / 50, at % 50 + 1);
        writeln!(list, "h{at},c1,Xã Tân Dĩnh,v{village},Thôn số {village},{order},main,{order},0.1,10").expect("text");
    }
    let mut survey = String::from("type,name,label,required\nselect_one yes_no,consent,Đồng ý?,true()\n");
    (0..QUESTIONS).for_each(|at| writeln!(survey, "integer,q{at},Câu {at},").expect("text"));
    let sheets = BTreeMap::from([
        ("survey.csv".to_owned(), survey),
        ("choices.csv".to_owned(), "list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\n".to_owned()),
        ("settings.csv".to_owned(), "form_title,form_id,version,default_language\nPhiếu,lon,1,vi\n".to_owned()),
    ]);
    let round = NewRound {
        code: ROUND.to_owned(),
        name: "Lớn".to_owned(),
        list_csv: list.into_bytes(),
        certificate: None,
        questionnaires: vec![sheets],
        geography_day: None,
    };
    create(&store, &round).expect("a round");
    let token = issue(&store, Role::Enumerator, Some(ROUND), "máy", None, Assign::Nothing).expect("a token").id;
    let sha256 = store.read(|snapshot| snapshot.list_round_questionnaires(ROUND)).expect("forms")[0].sha256.clone();
    for from in (0..n).step_by(5_000) {
        let part: Vec<NewResponse> = (from..n.min(from + 5_000)).map(|at| response(at, &token, &sha256)).collect();
        store
            .write("bench", move |tx| part.iter().try_for_each(|one| tx.keep_response(one).map(|_| ())))
            .expect("kept");
    }
}

fn response(at: usize, token_id: &str, sha256: &str) -> NewResponse {
    let answers: Vec<String> =
        (0..QUESTIONS).map(|question| format!("\"q{question}\":{}", (at * 7 + question) % 100)).collect();
    let body = format!(
        "{{\"device_started_at\":\"2026-11-26T08:00:00+07:00\",\"language\":\"vi\",\"answers\":{{\"consent\":\"1\",{}}}}}",
        answers.join(",")
    )
    .into_bytes();
    NewResponse {
        uuid: format!("{at:08x}-0000-4000-8000-000000000000"),
        round_code: ROUND.to_owned(),
        form_id: "lon".to_owned(),
        questionnaire_sha256: Some(sha256.to_owned()),
        case_id: format!("h{}", at % CASES),
        disposition: "1.1".to_owned(),
        token_id: token_id.to_owned(),
        replaces_uuid: None,
        format: BodyFormat::Json,
        body_sha256: sha256_hex(&body),
        body,
        flags: Vec::new(),
    }
}
