//! How much the service takes: `cargo bench --bench load -- [WHAT] [--postgres URL] [--rate N] [--seconds N] [--connections N]`.
//!
//! Starts the program itself on a free loopback port with a new database (a file in a temporary folder, or an empty PostgreSQL
//! database) and speaks HTTP to it from this process, on the same cores. `WHAT`:
//!
//! ```text
//! responses   interviews of 120 answers at a fixed rate for some seconds; latency counts from the moment each was due
//! lists       a form list of 200 forms, households.csv of 5,000 rows
//! same        1,000 instance ids, each posted 50 times at once: one row each, every reply a success with the same receipt
//! hostile     8,000 idle connections and 1,000 that send a byte a second, beside good clients at the rate (50 a second by default)
//! nodes       interviews as fast as they are taken, for some seconds each, by 1, 2 and 4 processes on one PostgreSQL (`--postgres`)
//! ```
//!
//! At most 1,000 a second, 600 seconds and 256 connections of good clients. The memory of the service (resident) is told beside each.

#![expect(clippy::expect_used, clippy::panic, reason = "a measurement that cannot go on stops")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use khaosat::cli::round::{NewRound, create};
use khaosat::cli::token::{Assign, issue};
use khaosat::store::{DatabaseUrl, KeySource, Role, Store, SystemClock, migrate};
use ureq::Agent;

const ROUND: &str = "tai";
const QUESTIONS: usize = 120;
const HOUSEHOLDS: usize = 5_000;
const BOUNDARY: &str = "----khaosat-load";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| one != "--bench").collect();
    let after = |name: &str| arguments.iter().position(|one| one == name).and_then(|at| arguments.get(at + 1)).cloned();
    let number = |name: &str, default: usize, max: usize| {
        after(name).map_or(default, |text| text.parse().expect("a number")).clamp(1, max)
    };
    let what = arguments.first().map_or("responses", String::as_str);
    let folder = tempfile::tempdir().expect("a folder");
    let database = after("--postgres").unwrap_or_else(|| folder.path().join("load.db").display().to_string());
    let forms = if what == "lists" { 200 } else { 1 };
    let (token, account_token) = prepare(&database, forms);
    if what == "nodes" {
        assert!(database.starts_with("postgres"), "several processes need --postgres URL");
        nodes(&database, &token, number("--seconds", 10, 300), number("--connections", 32, 256));
        return;
    }
    let service = Service::start(&database);
    match what {
        "responses" => {
            let (rate, seconds) = (number("--rate", 500, 1_000), number("--seconds", 60, 600));
            responses(&service, &token, rate, seconds, number("--connections", 64, 256));
        }
        "hostile" => {
            let (rate, seconds) = (number("--rate", 50, 1_000), number("--seconds", 60, 600));
            hostile(&service, &token, rate, seconds, number("--connections", 16, 256));
        }
        "lists" => lists(&service, &account_token),
        "same" => same(&service, &account_token, number("--ids", 1_000, 1_000), number("--posts", 50, 50)),
        other => panic!("responses, hostile, lists, same or nodes, not {other}"),
    }
    let stored = open(&database).read(|snapshot| snapshot.list_interview_heads(ROUND, None)).expect("read").len();
    println!("rows in the database: {stored}");
}

/// PostgreSQL has no place of its own for the key of the answers: one beside the temporary files, for all nodes.
fn key_file(database: &str) -> Option<std::path::PathBuf> {
    database.starts_with("postgres").then(|| std::env::temp_dir().join("khaosat-bench-answers.key"))
}

fn open(database: &str) -> Store {
    let keys = key_file(database).map_or(KeySource::Beside, KeySource::File);
    Store::open_with(&DatabaseUrl::parse(database).expect("a database"), Arc::new(SystemClock), &keys).expect("opened")
}

/// A round with so many forms and 5,000 households, all of them of one enumerator; her token, and one of her person for Collect.
fn prepare(database: &str, forms: usize) -> (String, String) {
    migrate(&DatabaseUrl::parse(database).expect("a database")).expect("migrated");
    let store = open(database);
    let mut list = String::from(
        "unit_id,commune_code,commune_name,village_code,village_name,household_number,role,visiting_order,inclusion_probability,base_weight\n",
    );
    for at in 0..HOUSEHOLDS {
        let (village, order) = (at / 50, at % 50 + 1);
        writeln!(list, "h{at},c1,Xã Tân Dĩnh,v{village},Thôn số {village},{order},main,{order},0.1,10").expect("text");
    }
    let round = NewRound {
        code: ROUND.to_owned(),
        name: "Đo tải".to_owned(),
        list_csv: list.into_bytes(),
        certificate: None,
        questionnaires: (0..forms).map(sheets).collect(),
        geography_day: None,
    };
    create(&store, &round).expect("a round");
    let sender = issue(&store, Role::Enumerator, Some(ROUND), "máy", None, Assign::Nothing).expect("a token");
    let reader = issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Everything).expect("a token");
    (sender.secret.reveal().to_owned(), reader.secret.reveal().to_owned())
}

/// A questionnaire of 120 whole numbers with a rule each.
fn sheets(number: usize) -> BTreeMap<String, String> {
    let mut survey = String::from("type,name,label,required,constraint\nselect_one yes_no,consent,Đồng ý?,true(),\n");
    for at in 0..QUESTIONS {
        writeln!(survey, "integer,q{at},Câu {at},true(),. >= 0 and . <= 100").expect("text");
    }
    BTreeMap::from([
        ("survey.csv".to_owned(), survey),
        ("choices.csv".to_owned(), "list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\n".to_owned()),
        (
            "settings.csv".to_owned(),
            format!("form_title,form_id,version,default_language\nPhiếu {number},tai-{number},1,vi\n"),
        ),
    ])
}

struct Service {
    child: Child,
    base: String,
}

impl Service {
    fn start(database: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_khaosat"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--database", database]);
        if let Some(file) = key_file(database) {
            command.arg("--key-file").arg(file);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let base = line.split_whitespace().next().expect("an address").to_owned();
        Self { child, base }
    }
}

impl Service {
    /// Resident memory of the process in MiB, by the kernel's account.
    fn memory_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kib.unwrap_or_default() / 1024.0
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

fn agent() -> Agent {
    Agent::config_builder().timeout_global(Some(Duration::from_secs(60))).http_status_as_error(false).build().into()
}

fn uuid(number: usize) -> String {
    format!("{number:08x}-0000-4000-8000-{:012x}", std::process::id())
}

/// Sends interviews at a fixed rate; whoever is late counts as late.
fn responses(service: &Service, token: &str, rate: usize, seconds: usize, connections: usize) {
    let total = rate * seconds;
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let began = Instant::now() + Duration::from_millis(500);
    let mut memory = Vec::new();
    let mut latencies: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(|| {
                    let (agent, mut taken) = (agent(), Vec::new());
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        if at >= total {
                            return taken;
                        }
                        let due = began + Duration::from_micros(at as u64 * 1_000_000 / rate as u64);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        let is_kept = put(&agent, service, token, at);
                        failed.fetch_add(usize::from(!is_kept), Ordering::Relaxed);
                        taken.push(due.elapsed());
                    }
                })
            })
            .collect();
        while threads.iter().any(|thread| !thread.is_finished()) {
            memory.push(service.memory_mib());
            std::thread::sleep(Duration::from_secs(1));
        }
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    let spent = began.elapsed();
    latencies.sort_unstable();
    let failed = failed.load(Ordering::Relaxed);
    println!(
        "{total} responses of {QUESTIONS} answers in {:.1} s: {:.0}/s, {:.2} % success, {connections} connections",
        spent.as_secs_f64(),
        total as f64 / spent.as_secs_f64(),
        100.0 * (total - failed) as f64 / total as f64
    );
    println!("latency ms: {}", percentiles(&latencies));
    let at = |share: f64| memory.get((memory.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!(
        "memory MiB: {:.0} at a tenth of the time, {:.0} at half, {:.0} at the end, {:.0} at most",
        at(0.1),
        at(0.5),
        memory.last().copied().unwrap_or_default(),
        memory.iter().copied().fold(0.0, f64::max)
    );
}

const IDLE: usize = 8_000;
const SLOW: usize = 1_000;

/// A connection that means no good.
struct Bad {
    stream: TcpStream,
    opened: Instant,
}

impl Bad {
    fn open(address: &str, first: &str) -> Option<Self> {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.write_all(first.as_bytes()).ok()?;
        stream.set_nonblocking(true).ok()?;
        Some(Self { stream, opened: Instant::now() })
    }

    /// Reads what has come; whether the service has hung up.
    fn is_cut(&mut self) -> bool {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }
}

/// Good clients beside thousands of connections that do nothing or send a byte a second; those that are cut come again.
fn hostile(service: &Service, token: &str, rate: usize, seconds: usize, connections: usize) {
    let address = service.base.split("//").nth(1).expect("an address").to_owned();
    let ask = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let creep = format!(
        "PUT /api/v1/responses/{} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n",
        uuid(usize::MAX >> 33)
    );
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let idle = scope.spawn(|| {
            let mut open: Vec<Bad> = (0..IDLE).filter_map(|_| Bad::open(&address, &ask)).collect();
            let mut n_cut = 0_usize;
            while !is_over.load(Ordering::Relaxed) {
                open.retain_mut(|one| !one.is_cut());
                n_cut += IDLE - open.len();
                open.extend((open.len()..IDLE).filter_map(|_| Bad::open(&address, &ask)));
                std::thread::sleep(Duration::from_millis(200));
            }
            println!("idle: {} open at the end, {n_cut} cut and opened again", open.len());
        });
        let slow = scope.spawn(|| {
            let mut open: Vec<Bad> = (0..SLOW).filter_map(|_| Bad::open(&address, &creep)).collect();
            let mut lasted: Vec<Duration> = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_secs(1));
                open.retain_mut(|one| {
                    let gone = one.is_cut() || one.stream.write_all(b" ").is_err();
                    if gone {
                        lasted.push(one.opened.elapsed());
                    }
                    !gone
                });
                open.extend((open.len()..SLOW).filter_map(|_| Bad::open(&address, &creep)));
            }
            lasted.sort_unstable();
            println!("slow: {} cut, ms after they began: {}", lasted.len(), percentiles(&lasted));
        });
        std::thread::sleep(Duration::from_secs(3));
        responses(service, token, rate, seconds, connections);
        is_over.store(true, Ordering::Relaxed);
        idle.join().expect("no panic");
        slow.join().expect("no panic");
    });
}

/// As many interviews as are taken, connection by connection, over one, two and four processes; on the cores of this process.
fn nodes(database: &str, token: &str, seconds: usize, connections: usize) {
    println!("{:>5} {:>12} {:>8}  latency ms", "nodes", "responses/s", "failed");
    let next = AtomicUsize::new(0);
    for n in [1, 2, 4] {
        let services: Vec<Service> = (0..n).map(|_| Service::start(database)).collect();
        let (failed, until) = (AtomicUsize::new(0), Instant::now() + Duration::from_secs(seconds as u64));
        let began = Instant::now();
        let mut taken: Vec<Duration> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..connections)
                .map(|at| {
                    let (service, next, failed) = (&services[at % n], &next, &failed);
                    scope.spawn(move || {
                        let (agent, mut taken) = (agent(), Vec::new());
                        while Instant::now() < until {
                            let id = next.fetch_add(1, Ordering::Relaxed);
                            let sent = Instant::now();
                            let is_kept = put(&agent, service, token, id);
                            failed.fetch_add(usize::from(!is_kept), Ordering::Relaxed);
                            taken.push(sent.elapsed());
                        }
                        taken
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
        });
        let rate = taken.len() as f64 / began.elapsed().as_secs_f64();
        taken.sort_unstable();
        println!("{n:>5} {rate:>12.0} {:>8}  {}", failed.load(Ordering::Relaxed), percentiles(&taken));
    }
    let stored = open(database).read(|snapshot| snapshot.list_interview_heads(ROUND, None)).expect("read").len();
    println!("rows in the database: {stored} of {}", next.load(Ordering::Relaxed));
}

/// Sends one interview of all questions; whether it was new and is kept.
fn put(agent: &Agent, service: &Service, token: &str, at: usize) -> bool {
    let answers: Vec<String> = (0..QUESTIONS).map(|at| format!("\"q{at}\":{}", at % 100)).collect();
    let body = format!(
        "{{\"round\":\"{ROUND}\",\"questionnaire\":\"tai-0\",\"case_id\":\"h{}\",\"disposition\":\"1.1\",\
         \"device_started_at\":\"2026-11-26T08:00:00+07:00\",\"device_ended_at\":\"2026-11-26T08:45:00+07:00\",\
         \"language\":\"vi\",\"answers\":{{\"consent\":\"1\",{}}}}}",
        at % HOUSEHOLDS,
        answers.join(",")
    );
    let reply = agent
        .put(format!("{}/api/v1/responses/{}", service.base, uuid(at)))
        .header("Authorization", format!("Bearer {token}"))
        .header("Content-Type", "application/json")
        .send(body);
    reply.is_ok_and(|mut reply| {
        reply.status() == 201 && reply.body_mut().read_to_vec().is_ok_and(|bytes| !bytes.is_empty())
    })
}

fn percentiles(sorted: &[Duration]) -> String {
    let at = |share: f64| {
        let place = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        sorted.get(place).map_or(0.0, |one| one.as_secs_f64() * 1_000.0)
    };
    format!("p50 {:.1}, p95 {:.1}, p99 {:.1}, max {:.1}", at(0.5), at(0.95), at(0.99), at(1.0))
}

/// The list of forms and the households, a hundred times each after the first.
fn lists(service: &Service, key: &str) {
    let agent = agent();
    let base = format!("{}/v1/key/{key}/projects/{ROUND}", service.base);
    let fetch = |url: &str| {
        let mut reply = agent.get(url).header("X-OpenRosa-Version", "1.0").call().expect("a reply");
        assert_eq!(reply.status(), 200, "{url}");
        reply.body_mut().with_config().limit(64 << 20).read_to_string().expect("text")
    };
    let list = fetch(&format!("{base}/formList"));
    let form =
        list.split("<downloadUrl>").nth(1).and_then(|rest| rest.split(".xml").next()).expect("a form").to_owned();
    for (name, url) in [("formList", format!("{base}/formList")), ("households.csv", format!("{form}/households.csv"))]
    {
        let rows = fetch(&url);
        let mut taken: Vec<Duration> = (0..100)
            .map(|_| {
                let began = Instant::now();
                fetch(&url);
                began.elapsed()
            })
            .collect();
        taken.sort_unstable();
        let n = rows.matches("<xform>").count().max(rows.lines().count() - 1);
        println!("{name}: {n} rows, {} bytes, ms: {}", rows.len(), percentiles(&taken));
    }
}

/// The same submission many times at once, for many.
fn same(service: &Service, key: &str, ids: usize, posts: usize) {
    let url = format!("{}/v1/key/{key}/projects/{ROUND}/submission", service.base);
    let began = Instant::now();
    for at in 0..ids {
        let xml = format!(
            "<data id=\"tai-0\" version=\"1\"><khs_visit><khs_case_id>h{at}</khs_case_id></khs_visit><khs_interview><q0>1</q0></khs_interview>\
             <khs_disposition>1.1</khs_disposition><meta><instanceID>uuid:{}</instanceID></meta></data>",
            uuid(at)
        );
        let body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"a.xml\"\r\nContent-Type: text/xml\r\n\r\n{xml}\r\n--{BOUNDARY}--\r\n"
        );
        let replies: Vec<(u16, String)> = std::thread::scope(|scope| {
            let post = || {
                let mut reply = agent()
                    .post(&url)
                    .header("X-OpenRosa-Version", "1.0")
                    .header("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"))
                    .send(body.as_str())
                    .expect("a reply");
                (reply.status().as_u16(), reply.body_mut().read_to_string().expect("text"))
            };
            let threads: Vec<_> = (0..posts).map(|_| scope.spawn(post)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        let first = replies.first().expect("a reply");
        assert_eq!(first.0, 201, "{}", first.1);
        assert!(replies.iter().all(|one| one == first), "receipts differ for {at}");
    }
    println!("{ids} ids × {posts} posts at once in {:.1} s: all 201 with one receipt", began.elapsed().as_secs_f64());
}
