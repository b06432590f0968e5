//! PostgreSQL goes away under load: senders are told to send again, and nothing acknowledged is lost or doubled.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::support::database::TestDatabase;
use crate::support::ledger::Ledger;
use crate::support::service::{TestService, response_body, uuid};

#[test]
fn every_connection_cut_in_the_middle_again_and_again() {
    let Some(database) = TestDatabase::postgresql() else { return };
    let service = TestService::start(&database);
    let (ledger, next, stop) = (Ledger::default(), AtomicU64::new(0), AtomicBool::new(false));
    let told_to_send_again = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let body = response_body("v1-1", &number.to_string());
                    // As a device does: the same again until there is a receipt.
                    while !stop.load(Ordering::Relaxed) {
                        let reply = service.put_response(number, &body);
                        match reply.status {
                            200 | 201 => {
                                ledger.acknowledged(uuid(number), body);
                                break;
                            }
                            503 => told_to_send_again.fetch_add(1, Ordering::Relaxed),
                            other => panic!("{other}: {}", String::from_utf8_lossy(&reply.bytes)),
                        };
                    }
                }
            });
        }
        // On a busy machine less gets through between two cuts: then there are more of them.
        for cut in 0..200 {
            if cut >= 12 && ledger.len() > 20 && told_to_send_again.load(Ordering::Relaxed) > 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
            database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            );
        }
        stop.store(true, Ordering::Relaxed);
    });
    let n_again = told_to_send_again.load(Ordering::Relaxed);
    eprintln!("{} acknowledged, {n_again} told to send again", ledger.len());
    assert!(ledger.len() > 20 && n_again > 0, "{} acknowledged, {n_again} told to send again", ledger.len());
    assert_eq!(ledger.audit(&database), []);
    assert_eq!(service.client.get("/readyz", None).status, 200);
}
