//! The settings of a running service, in one place.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::store::{DatabaseUrl, KeySource};

/// The files of TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificates, the server's own first, as PEM.
    pub certificate: PathBuf,
    /// Its private key, as PEM.
    pub key: PathBuf,
}

/// What a service needs to know before it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where everything is kept.
    pub database: DatabaseUrl,
    /// Where the key of the answers is.
    pub keys: KeySource,
    /// The largest JSON body taken, in bytes.
    pub body_bytes_max: usize,
    /// How long a body may take before its mean speed counts.
    pub body_grace: Duration,
    /// The slowest mean speed of a body after the grace, in bytes per second. 256 B/s is what a bad 2G line still does.
    pub body_bytes_per_s_min: u64,
    /// How long running requests may take to finish when the service is asked to stop, in seconds.
    pub shutdown_s_max: u64,
    /// How often the audit log is sealed.
    pub audit_seal_every: Duration,
    /// How often it is looked whether a round has come to its last day.
    pub retention_every: Duration,
    /// A file outside of the database to which the seals are added.
    pub audit_heads: Option<PathBuf>,
    /// Threads that serve requests.
    pub workers: usize,
    /// The address under which people reach the service, such as `https://khaosat.example`; as the browser names it, if absent.
    pub public_url: Option<String>,
    /// Where the service does TLS itself: its certificate and key.
    pub tls: Option<TlsFiles>,
    /// Proxies whose word on the caller's address is taken.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Config {
    /// The usual settings for a database.
    #[must_use]
    pub fn new(database: DatabaseUrl) -> Self {
        Self {
            database,
            keys: KeySource::Beside,
            body_bytes_max: 1024 * 1024,
            body_grace: Duration::from_secs(30),
            body_bytes_per_s_min: 256,
            shutdown_s_max: 10,
            audit_seal_every: Duration::from_secs(60),
            retention_every: Duration::from_secs(3600),
            audit_heads: None,
            public_url: None,
            trusted_proxies: Vec::new(),
            tls: None,
            workers: std::thread::available_parallelism().map_or(2, |cores| cores.get().min(8)),
        }
    }

    /// Whether people reach the service by https: cookies then never travel in clear.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.tls.is_some() || self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}
