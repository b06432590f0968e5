//! An enumerator's client: plain HTTP to this machine.

use std::time::Duration;

use ::problem::{Problem, Problems};
use ureq::typestate::WithBody;
use ureq::{Agent, RequestBuilder};

/// A client of a service on this machine.
pub(super) struct Client {
    agent: Agent,
    base: String,
    bearer: String,
}

impl Client {
    pub(super) fn new(base: &str, token: &str) -> Self {
        let config =
            Agent::config_builder().timeout_global(Some(Duration::from_secs(60))).http_status_as_error(false).build();
        Self { agent: config.into(), base: base.to_owned(), bearer: format!("Bearer {token}") }
    }

    /// Reads what everybody may read.
    pub(super) fn get(&self, address: &str) -> Result<Vec<u8>, Problems> {
        let mut reply =
            self.agent.get(format!("{}{address}", self.base)).call().map_err(|error| failed(address, &error))?;
        let bytes =
            reply.body_mut().with_config().limit(64 << 20).read_to_vec().map_err(|error| failed(address, &error))?;
        match reply.status().as_u16() {
            200 => Ok(bytes),
            status => Err(refused(address, status, &bytes)),
        }
    }

    /// Hands something over; only 201 (kept) and 200 (kept before) count.
    pub(super) fn put(&self, address: &str, body: &serde_json::Value) -> Result<(), Problems> {
        self.send(self.agent.put(format!("{}{address}", self.base)), address, body)
    }

    /// Asks for something to be done; only 201 (done) and 200 (done before) count.
    pub(super) fn post(&self, address: &str, body: &serde_json::Value) -> Result<(), Problems> {
        self.send(self.agent.post(format!("{}{address}", self.base)), address, body)
    }

    fn send(&self, request: RequestBuilder<WithBody>, address: &str, body: &serde_json::Value) -> Result<(), Problems> {
        let request = request.header("Authorization", &self.bearer).header("Content-Type", "application/json");
        let mut reply = request.send(body.to_string()).map_err(|error| failed(address, &error))?;
        let bytes = reply.body_mut().read_to_vec().map_err(|error| failed(address, &error))?;
        match reply.status().as_u16() {
            200 | 201 => Ok(()),
            status => Err(refused(address, status, &bytes)),
        }
    }
}

fn failed(address: &str, error: &ureq::Error) -> Problems {
    Problem::new("demo_request", "dịch vụ không trả lời", "the service did not answer")
        .got(format!("{address}: {error}"))
        .into()
}

fn refused(address: &str, status: u16, body: &[u8]) -> Problems {
    let told: String = String::from_utf8_lossy(body).chars().take(400).collect();
    Problem::new("demo_refused", "dịch vụ từ chối", "the service refused")
        .got(format!("{address}: {status} {told}"))
        .into()
}
