//! A service in this process with one round in it, and a client that speaks to it.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use khaosat::app::{App, Rooms};
use khaosat::cli::round::{self, NewRound, Sheets};
use khaosat::cli::token::{Assign, Issued, issue};
use khaosat::config::Config;
use khaosat::http::{Server, StopOn, serve};
use khaosat::store::{Clock, Grant, NewAccount, Role, Store};
use serde_json::{Value, json};

use super::clock::TestClock;
use super::database::TestDatabase;

pub(crate) const ROUND: &str = "bac-giang-2024";

/// Two villages, two main households and one reserve each.
pub(crate) fn sample_list() -> String {
    let mut list = String::from(
        "unit_id,commune_code,commune_name,village_code,village_name,household_number,role,visiting_order,\
         inclusion_probability,base_weight\n",
    );
    for (village, name) in [("v1", "Thôn Hạ"), ("v2", "Thôn Thượng")] {
        for (order, role) in [(1, "main"), (2, "main"), (3, "reserve")] {
            list.push_str(&format!(
                "{village}-{order},c1,Xã Tân Dĩnh,{village},{name},{order},{role},{order},0.1,10\n"
            ));
        }
    }
    list
}

pub(crate) fn sheets(form_id: &str, version: &str) -> Sheets {
    BTreeMap::from([
        (
            "survey.csv".to_owned(),
            "type,name,label,required\nselect_one yes_no,consent,Đồng ý?,true()\ntext,a,A,\n".to_owned(),
        ),
        ("choices.csv".to_owned(), "list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\n".to_owned()),
        (
            "settings.csv".to_owned(),
            format!("form_title,form_id,version,default_language\nThử,{form_id},{version},vi\n"),
        ),
    ])
}

pub(crate) fn new_round(code: &str) -> NewRound {
    NewRound {
        code: code.to_owned(),
        name: "Bắc Giang 2024".to_owned(),
        list_csv: sample_list().into_bytes(),
        certificate: None,
        questionnaires: vec![sheets("papi-2019", "1")],
        geography_day: None,
    }
}

/// A body as a device would send it.
pub(crate) fn response_body(case_id: &str, answer: &str) -> Vec<u8> {
    json!({
        "round": ROUND, "questionnaire": "papi-2019", "case_id": case_id, "disposition": "1.1",
        "device_started_at": "2024-10-01T08:00:00+07:00", "device_ended_at": "2024-10-01T08:45:00+07:00",
        "language": "vi", "answers": {"a": answer},
    })
    .to_string()
    .into_bytes()
}

pub(crate) fn uuid(number: u64) -> String {
    uuid::Uuid::from_u64_pair(0x1111_2222_3333_4444, 0x8000_0000_0000_0000 | number).hyphenated().to_string()
}

pub(crate) struct TestService {
    server: Option<Server>,
    pub(crate) store: Store,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) client: Client,
    /// An enumerator's secret, with village v1 assigned.
    pub(crate) enumerator: String,
    pub(crate) enumerator_id: String,
    /// A coordinator's secret, of this round.
    pub(crate) coordinator: String,
}

impl TestService {
    pub(crate) fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, |_| {})
    }

    pub(crate) fn start_with(database: &TestDatabase, change: impl FnOnce(&mut Config)) -> Self {
        let clock = TestClock::at("2024-10-01T01:00:00Z");
        let store = database.open(Arc::<TestClock>::clone(&clock));
        round::create(&store, &new_round(ROUND)).expect("a round");
        let token = |role, assign| issue(&store, role, Some(ROUND), "Hoa", None, assign).expect("a token");
        let enumerator = token(Role::Enumerator, Assign::Areas(vec!["v1".to_owned()]));
        let coordinator = token(Role::Coordinator, Assign::Nothing);
        let mut config = Config::new(database.parsed());
        config.workers = 2;
        config.keys = database.keys();
        change(&mut config);
        let app =
            App::open(config, Arc::<TestClock>::clone(&clock) as Arc<dyn Clock>, Rooms::default()).expect("an app");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = serve(app, listener, StopOn::Call).expect("a server");
        let client = Client::new(server.url());
        Self {
            server: Some(server),
            store,
            clock,
            client,
            enumerator: enumerator.secret.reveal().to_owned(),
            enumerator_id: enumerator.id,
            coordinator: coordinator.secret.reveal().to_owned(),
        }
    }

    pub(crate) fn token(&self, role: Role, round: Option<&str>) -> Issued {
        issue(&self.store, role, round, "Lan", None, Assign::Nothing).expect("a token")
    }

    /// A person without a password who holds a role; the login is also the account's id.
    pub(crate) fn person(&self, login: &str, role: Role, round: Option<&str>) {
        let new = NewAccount {
            id: login.to_owned(),
            login: login.to_owned(),
            name: format!("Người {login}"),
            password_hash: None,
            grants: vec![Grant { role, round_code: round.map(str::to_owned) }],
        };
        self.store.write("test", move |tx| tx.create_account(&new)).expect("a person");
    }

    /// Signs a person in past the password; gives the cookie.
    pub(crate) fn session(&self, login: &str) -> Browser {
        let secret = khaosat::secret::Secret::generate().expect("randomness");
        let (id, sha256) = (login.to_owned(), secret.sha256());
        self.store.write("test", move |tx| tx.open_session(&id, &sha256, None)).expect("a session");
        let cookie = format!("khaosat={}", secret.reveal());
        let csrf = self.client.send("GET", "/api/v1/session", None, &[("Cookie", &cookie)], b"").expect("a reply");
        Browser { cookie, csrf: csrf.json()["csrf"].as_str().expect("a token").to_owned() }
    }

    /// Sends JSON to an address of this round, with a bearer.
    pub(crate) fn post(&self, token: &str, path: &str, body: &Value) -> Reply {
        let path = format!("/api/v1/rounds/{ROUND}/{path}");
        self.client.send("POST", &path, Some(token), &[], body.to_string().as_bytes()).expect("a reply")
    }

    /// Makes an enumerator of this round and an activation code for her.
    pub(crate) fn activation_code(&self, login: &str) -> String {
        let added = self.post(&self.coordinator, "enumerators", &json!({"login": login, "name": "Nguyễn Thị Hoa"}));
        assert!([200, 201].contains(&added.status), "{}", String::from_utf8_lossy(&added.bytes));
        let made = self.post(&self.coordinator, "activation-codes", &json!({"enumerator": login}));
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.bytes));
        made.json()["code"].as_str().expect("a code").to_owned()
    }

    pub(crate) fn activate(&self, code: &str) -> Reply {
        let body = json!({"code": code, "device_name": "Android · Chrome"}).to_string();
        self.client.send("POST", "/api/v1/activation", None, &[], body.as_bytes()).expect("a reply")
    }

    pub(crate) fn put_response(&self, number: u64, body: &[u8]) -> Reply {
        self.client.put(&format!("/api/v1/responses/{}", uuid(number)), Some(&self.enumerator), body)
    }

    pub(crate) fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().expect("a clean end");
        }
    }
}

impl Drop for TestService {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What a browser holds of somebody who is signed in.
pub(crate) struct Browser {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

/// Speaks HTTP to one address.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) base: String,
    agent: ureq::Agent,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn receipt(&self) -> Value {
        self.json()["receipt"].clone()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().expect("an error").to_owned()
    }

    pub(crate) fn flags(&self) -> Vec<String> {
        let receipt = self.receipt();
        let flags = receipt["flags"].as_array().expect("flags");
        flags.iter().map(|flag| flag["code"].as_str().expect("a code").to_owned()).collect()
    }
}

impl Client {
    pub(crate) fn new(base: String) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .max_idle_connections_per_host(64)
            .build();
        Self { base, agent: config.into() }
    }

    pub(crate) fn put(&self, path: &str, token: Option<&str>, body: &[u8]) -> Reply {
        self.send("PUT", path, token, &[], body).expect("a reply")
    }

    pub(crate) fn get(&self, path: &str, token: Option<&str>) -> Reply {
        self.send("GET", path, token, &[], b"").expect("a reply")
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, ureq::Error> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = if body.is_empty() && method != "PUT" {
            self.agent.run(request.body(()).expect("a request"))?
        } else {
            self.agent.run(request.body(body).expect("a request"))?
        };
        let headers = reply
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let status = reply.status().as_u16();
        Ok(Reply { status, headers, bytes: reply.into_body().read_to_vec()? })
    }
}
