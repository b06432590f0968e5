//! Guesses at passwords: how many are looked at, and whether the time of the answer tells who has an account.

use std::time::Instant;

use khaosat::password::PasswordRoom;
use khaosat::store::{Grant, NewAccount, Role};
use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, TestService};

const PASSWORD: &str = "trâu vàng ăn cỏ bên sông";

/// A number that can be raised by hand.
fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A service behind a proxy: each guess may then come from a network of its own.
fn behind_a_proxy(database: &TestDatabase) -> TestService {
    TestService::start_with(database, |config| config.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")])
}

/// Guesses at a login from the network with that number; gives the status.
fn guess(service: &TestService, login: &str, password: &str, network: usize) -> u16 {
    let from = format!("10.{}.{}.1", network / 256 % 256, network % 256);
    let body = json!({"login": login, "password": password}).to_string();
    let headers = [("X-Forwarded-For", from.as_str())];
    service.client.send("POST", "/api/v1/session", None, &headers, body.as_bytes()).expect("a reply").status
}

fn with_password(service: &TestService, logins: &[String], hash: Option<&str>) {
    for login in logins {
        let new = NewAccount {
            id: login.clone(),
            login: login.clone(),
            name: "Nguyễn Thị Lan".to_owned(),
            password_hash: hash.map(str::to_owned),
            grants: vec![Grant { role: Role::Coordinator, round_code: Some(ROUND.to_owned()) }],
        };
        service.store.write("test", move |tx| tx.create_account(&new)).expect("a person");
    }
}

on_both_databases! {
    // `KHAOSAT_GUESSES=1000` by hand.
    fn of_many_guesses_from_many_networks_few_are_looked_at(database: &TestDatabase) {
        let service = behind_a_proxy(database);
        let hash = PasswordRoom::default().hash(PASSWORD).expect("hashed");
        with_password(&service, &["lan".to_owned()], Some(&hash));
        let n = number("KHAOSAT_GUESSES", 200);
        // A thousand seconds pass meanwhile, however many guesses there are.
        let pause_s = i64::try_from(1_000 / n.min(1_000)).expect("small");
        let mut looked_at = 0;
        for at in 0..n {
            match guess(&service, "lan", &format!("đoán mò lần thứ {at}"), at) {
                401 => looked_at += 1,
                429 => {}
                other => panic!("{other}"),
            }
            service.clock.pass_seconds(pause_s);
        }
        eprintln!("{n} guesses at one account, {looked_at} looked at");
        assert!((5..=20).contains(&looked_at), "{looked_at} of {n}");
        // The negative control: guesses at other accounts, each for the first time, are all looked at.
        let others = (0..10).filter(|at| guess(&service, &format!("other-{at}"), "đoán mò", 5_000 + at) == 401).count();
        assert_eq!(others, 10);
    }
}

/// `KHAOSAT_TIMINGS=500` by hand: medians of more tell smaller differences.
#[test]
fn the_time_of_the_answer_does_not_tell_whether_there_is_an_account() {
    let service = behind_a_proxy(&TestDatabase::sqlite());
    let n = number("KHAOSAT_TIMINGS", 15);
    let hash = PasswordRoom::default().hash(PASSWORD).expect("hashed");
    let logins = |what: &str| (0..n).map(|at| format!("{what}-{at}")).collect::<Vec<_>>();
    with_password(&service, &logins("known"), Some(&hash));
    with_password(&service, &logins("new"), None);
    let mut network = 0;
    let mut seconds = |login: &str, expected: u16| {
        network += 1;
        let began = Instant::now();
        assert_eq!(guess(&service, login, "không phải mật khẩu này", network), expected, "{login}");
        began.elapsed().as_secs_f64()
    };
    seconds("warm-up", 401);
    let mut kinds: [Vec<f64>; 3] = Default::default();
    for at in 0..n {
        // One after the other, in turn: what the machine does beside meets all three alike.
        for turn in 0..3 {
            let kind = (turn + at) % 3;
            kinds[kind].push(seconds(&format!("{}-{at}", ["known", "new", "nobody"][kind]), 401));
        }
    }
    let median = |times: &[f64]| {
        let mut times = times.to_vec();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let medians: Vec<f64> = kinds.iter().map(|times| median(times)).collect();
    let (least, most) = (medians.iter().copied().fold(f64::MAX, f64::min), medians.iter().copied().fold(0.0, f64::max));
    // Few on a busy machine scatter by themselves.
    let allowed = if n >= 500 { 1.05 } else { 1.5 };
    eprintln!("{n} each; medians with password, without, nobody: {medians:.4?} s");
    assert!(most <= least * allowed, "{medians:?}");
    // The negative control: an answer without the slow hash would be seen.
    for _ in 0..5 {
        let _counted = seconds("closed", 401);
    }
    let quick: Vec<f64> = (0..5).map(|_| seconds("closed", 429)).collect();
    assert!(median(&quick) * allowed < least, "{quick:?} {medians:?}");
}
