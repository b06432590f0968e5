//! Killed under load, again and again: whatever was acknowledged is there, once, byte for byte.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::store::{Role, SystemClock};

use crate::support::database::TestDatabase;
use crate::support::ledger::{Breach, Ledger};
use crate::support::on_both_databases;
use crate::support::process::Process;
use crate::support::service::{Client, ROUND, new_round, response_body, uuid};

const SENDERS: usize = 8;

/// Sends new responses until the server is gone; what was acknowledged goes into the ledger.
fn send_until_gone(client: &Client, secret: &str, next: &AtomicU64, ledger: &Ledger, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let body = response_body("v1-1", &format!("câu trả lời {number} {}", "x".repeat((number % 977) as usize)));
        match client.send("PUT", &format!("/api/v1/responses/{}", uuid(number)), Some(secret), &[], &body) {
            Ok(reply) if reply.status == 201 => ledger.acknowledged(uuid(number), body),
            Ok(reply) => panic!("{}: {}", reply.status, String::from_utf8_lossy(&reply.bytes)),
            Err(_gone) => return,
        }
    }
}

/// Before each kill.
const ACKNOWLEDGED_AT_LEAST: usize = 6;

/// How often the server is killed; more by hand: `KHAOSAT_CRASHES=1000`.
fn n_crashes() -> u64 {
    std::env::var("KHAOSAT_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

on_both_databases! {
    fn a_killed_server_loses_nothing_that_it_acknowledged(database: &TestDatabase) {
        let store = database.open(std::sync::Arc::new(SystemClock));
        create(&store, &new_round(ROUND)).expect("a round");
        let issued = issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Nothing).expect("a token");
        drop(store);
        let (ledger, next) = (Ledger::default(), AtomicU64::new(0));
        for crash in 0..n_crashes() {
            let process = Process::serve(&database.url);
            let (client, stop) = (process.client.clone(), AtomicBool::new(false));
            std::thread::scope(|scope| {
                for _ in 0..SENDERS {
                    scope.spawn(|| send_until_gone(&client, issued.secret.reveal(), &next, &ledger, &stop));
                }
                // Under way, however busy the machine is; and then at different moments of the commits each time.
                let (before, began) = (ledger.len(), Instant::now());
                while ledger.len() < before + ACKNOWLEDGED_AT_LEAST && began.elapsed() < Duration::from_secs(30) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                std::thread::sleep(Duration::from_millis(crash * 137 % 400));
                process.kill_9();
                stop.store(true, Ordering::Relaxed);
            });
        }
        let process = Process::serve(&database.url);
        assert_eq!(process.client.get("/readyz", None).status, 200, "it starts again");
        assert_eq!(process.terminate(), Some(0));
        eprintln!("{} kills, {} sent, {} acknowledged", n_crashes(), next.load(Ordering::Relaxed), ledger.len());
        let least = ACKNOWLEDGED_AT_LEAST * usize::try_from(n_crashes()).expect("few");
        assert!(ledger.len() >= least, "only {} were acknowledged: no test at all", ledger.len());
        assert_eq!(ledger.audit(database), []);
        let kept = database.number("SELECT count(*) AS n FROM response");
        assert!(kept <= i64::try_from(next.load(Ordering::Relaxed)).expect("few"), "nothing was invented");

        // Negative controls: the same audit must see a loss, a change and a doubling.
        ledger.acknowledged(uuid(u64::from(u32::MAX)), b"never sent".to_vec());
        assert_eq!(ledger.audit(database), [Breach::Lost(uuid(u64::from(u32::MAX)))]);
        let changed = database.query::<Uuid>("SELECT uuid FROM response ORDER BY sequence LIMIT 1").remove(0).uuid;
        ledger.acknowledged(changed.clone(), b"forged".to_vec());
        assert!(ledger.audit(database).contains(&Breach::Changed(changed.clone())));
        database.execute(&format!(
            "INSERT INTO response (uuid, version_no, sequence, round_code, form_id, questionnaire_sha256, case_id, \
             disposition, token_id, body, body_sha256, received_at, state) SELECT uuid, 2, -1, round_code, form_id, \
             questionnaire_sha256, case_id, disposition, token_id, body, '{}', received_at, 'conflict' FROM response \
             WHERE uuid = '{changed}'",
            "0".repeat(64)
        ));
        assert!(ledger.audit(database).contains(&Breach::Doubled(changed)));
    }
}

#[derive(diesel::QueryableByName)]
struct Uuid {
    #[diesel(sql_type = diesel::sql_types::Text)]
    uuid: String,
}
