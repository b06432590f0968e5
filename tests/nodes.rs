//! Several nodes on one PostgreSQL: one row for each interview whichever node took it, and a database that goes away and comes back.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::store::{Role, SystemClock};

use crate::support::cluster::Cluster;
use crate::support::database::TestDatabase;
use crate::support::ledger::{Breach, Ledger};
use crate::support::process::Process;
use crate::support::service::{Client, ROUND, new_round, response_body, uuid};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Makes a round; gives a secret that sends.
fn prepared(url: &str) -> String {
    let store = TestDatabase::at(url).open(std::sync::Arc::new(SystemClock));
    create(&store, &new_round(ROUND)).expect("a round");
    issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Nothing)
        .expect("a token")
        .secret
        .reveal()
        .to_owned()
}

// `KHAOSAT_IDS=1000` by hand.
#[test]
fn the_same_interview_at_two_nodes_at_once_is_one_row_and_one_receipt() {
    let Some(database) = TestDatabase::postgresql() else { return };
    let secret = prepared(&database.url);
    let nodes = [Process::serve(&database.url), Process::serve(&database.url)];
    let n = number("KHAOSAT_IDS", 25);
    for id in 0..n {
        let body = response_body("v1-1", &format!("hộ {id}"));
        let receipts: Vec<(u16, String)> = std::thread::scope(|scope| {
            let posts: Vec<_> = (0..10)
                .map(|at| {
                    let (client, body, secret) = (nodes[at % 2].client.clone(), &body, &secret);
                    scope.spawn(move || {
                        let reply = client.put(&format!("/api/v1/responses/{}", uuid(id)), Some(secret), body);
                        (reply.status, reply.receipt().to_string())
                    })
                })
                .collect();
            posts.into_iter().map(|post| post.join().expect("no panic")).collect()
        });
        assert_eq!(receipts.iter().filter(|(status, _)| *status == 201).count(), 1, "{receipts:?}");
        assert!(
            receipts.iter().all(|(status, receipt)| [200, 201].contains(status) && *receipt == receipts[0].1),
            "{receipts:?}"
        );
    }
    assert_eq!(database.number("SELECT count(*) AS n FROM response"), i64::try_from(n).expect("few"));
    // Other bytes at the other node: the same order of things holds there.
    let other =
        nodes[1].client.put(&format!("/api/v1/responses/{}", uuid(0)), Some(&secret), &response_body("v1-1", "khác"));
    assert_eq!(other.status, 409);
    for node in nodes {
        assert_eq!(node.terminate(), Some(0));
    }
}

#[test]
fn nodes_that_start_at_once_on_an_empty_database_migrate_it_once() {
    let Some(database) = TestDatabase::postgresql() else { return };
    let nodes: Vec<Process> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(|| Process::serve(&database.url))).collect();
        starting.into_iter().map(|one| one.join().expect("it starts")).collect()
    });
    for node in &nodes {
        assert_eq!(node.client.get("/readyz", None).status, 200);
    }
    let doubled = "SELECT count(*) - count(DISTINCT version) AS n FROM __diesel_schema_migrations";
    assert_eq!(database.number(doubled), 0);
    assert!(database.number("SELECT count(*) AS n FROM __diesel_schema_migrations") > 3);
}

/// Sends new interviews, each until it has a receipt, to one node after the other.
fn send(clients: &[Client], secret: &str, next: &AtomicU64, ledger: &Ledger, again: &AtomicU64, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let id = next.fetch_add(1, Ordering::Relaxed);
        let body = response_body("v1-1", &id.to_string());
        for client in clients.iter().cycle().skip(usize::try_from(id % 2).expect("small")) {
            match client.send("PUT", &format!("/api/v1/responses/{}", uuid(id)), Some(secret), &[], &body) {
                Ok(reply) if [200, 201].contains(&reply.status) => {
                    ledger.acknowledged(uuid(id), body);
                    break;
                }
                Ok(reply) if reply.status == 503 => {
                    again.fetch_add(1, Ordering::Relaxed);
                    // As a phone does it, but sooner.
                    std::thread::sleep(Duration::from_millis(20));
                }
                Ok(reply) => panic!("{}: {}", reply.status, String::from_utf8_lossy(&reply.bytes)),
                Err(error) => panic!("{error}"),
            }
            if stop.load(Ordering::Relaxed) {
                return;
            }
        }
    }
}

/// `KHAOSAT_RESTARTS=30` by hand.
#[test]
fn postgresql_goes_away_again_and_again_under_two_nodes_and_nothing_is_lost() {
    let Some(mut cluster) = Cluster::start() else { return };
    let url = format!("{}/khaosat", cluster.base_url);
    {
        use diesel::Connection;
        let mut conn = diesel::PgConnection::establish(&format!("{}/postgres", cluster.base_url)).expect("it answers");
        diesel::sql_query("CREATE DATABASE khaosat TEMPLATE template0 ENCODING 'UTF8'")
            .execute(&mut conn)
            .expect("made");
    }
    let database = TestDatabase::at(&url);
    let secret = prepared(&url);
    let nodes = [Process::serve(&url), Process::serve(&url)];
    let clients: Vec<Client> = nodes.iter().map(|node| node.client.clone()).collect();
    let (ledger, next, again, stop) = (Ledger::default(), AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let n = number("KHAOSAT_RESTARTS", 3);
    let mut slowest = Duration::ZERO;
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| send(&clients, &secret, &next, &ledger, &again, &stop));
        }
        for at in 0..n {
            let before = ledger.len();
            let began = Instant::now();
            while ledger.len() < before + 10 && began.elapsed() < Duration::from_secs(60) {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_millis(at * 137 % 400));
            cluster.restart(["fast", "immediate", "kill"][usize::try_from(at % 3).expect("small")]);
            let up = Instant::now();
            for client in &clients {
                while client.get("/readyz", None).status != 200 {
                    assert!(up.elapsed() < Duration::from_secs(30), "restart {at}: the service does not come back");
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
            slowest = slowest.max(up.elapsed());
        }
        stop.store(true, Ordering::Relaxed);
    });
    let (sent, again) = (next.load(Ordering::Relaxed), again.load(Ordering::Relaxed));
    eprintln!(
        "{n} restarts, {sent} sent, {} acknowledged, {again} told to send again, back after {slowest:?}",
        ledger.len()
    );
    assert!(ledger.len() >= 10 && again > 0, "no test at all");
    assert!(slowest <= Duration::from_secs(3), "{slowest:?}");
    assert_eq!(ledger.audit(&database), []);
    assert!(database.number("SELECT count(*) AS n FROM response") <= i64::try_from(sent).expect("few"));
    ledger.acknowledged(uuid(u64::from(u32::MAX)), b"never sent".to_vec());
    assert_eq!(ledger.audit(&database), [Breach::Lost(uuid(u64::from(u32::MAX)))], "the negative control");
    for node in nodes {
        assert_eq!(node.terminate(), Some(0));
    }
}
