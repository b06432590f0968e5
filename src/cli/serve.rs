//! `khaosat serve`: pages and API on one address.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use ::problem::{Problem, Problems};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::{DatabaseArg, from_store, say, tell_key_made};
use crate::app::{App, Rooms};
use crate::config::{Config, TlsFiles};
use crate::http::{Certificates, Listeners, StopOn, serve_on};
use crate::store::{KeySource, StoreError, SystemClock};

/// Serves the pages and the API
///
/// Example: `khaosat serve --database postgres://khaosat@db/khaosat --listen 127.0.0.1:8080`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    database: DatabaseArg,
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", env = "KHAOSAT_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Listens in clear on an address that others can reach. Tokens and answers then cross the network unprotected:
    /// only behind a proxy that does TLS, or in a network that is yours alone
    #[arg(long)]
    insecure_lan: bool,
    /// The certificate with its chain (PEM): the service then speaks https itself, TLS 1.2 and 1.3. Read again when it changes, and on
    /// SIGHUP
    #[arg(long, value_name = "FILE", env = "KHAOSAT_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", env = "KHAOSAT_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// An address of its own for what Prometheus reads (`/metrics`); without it nothing is told. Numbers only, no personal data
    #[arg(long, value_name = "ADDR", env = "KHAOSAT_METRICS")]
    metrics: Option<SocketAddr>,
    /// The address under which people reach the service through the proxy, such as `https://khaosat.example`. With https the
    /// cookie of the session travels encrypted only; links and QR codes name this address
    #[arg(long, value_name = "URL", env = "KHAOSAT_PUBLIC_URL", value_parser = parse_public_url)]
    public_url: Option<String>,
    /// A proxy whose X-Forwarded-For names the caller, for the limits on guessing; may be repeated
    #[arg(long, value_name = "IP", env = "KHAOSAT_TRUSTED_PROXY", value_delimiter = ',')]
    trusted_proxy: Vec<IpAddr>,
    /// A file to which the seals of the audit log are added, on another disk or machine than the database if there is one:
    /// `khaosat audit verify --heads FILE` then finds also a log that was written anew or cut off
    #[arg(long, value_name = "FILE", env = "KHAOSAT_AUDIT_HEADS")]
    audit_heads: Option<PathBuf>,
}

/// Serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// That the address cannot be listened on, or the database cannot be opened.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate: certificate.clone(), key: key.clone() }),
        _ => None,
    };
    let in_clear = args.metrics.into_iter().chain(Some(args.listen).filter(|_| tls.is_none()));
    let open = in_clear.filter(|address| !address.ip().is_loopback() && !args.insecure_lan);
    Problems(open.map(listen_insecure).collect()).into_result(())?;
    let certificates = tls.as_ref().map(Certificates::open).transpose()?;
    start_log();
    let mut config = Config::new(args.database.url()?);
    config.keys = args.database.keys();
    if config.keys.file(&config.database).is_none() && config.keys != KeySource::Plain {
        return Err(from_store(&StoreError::KeyNeeded));
    }
    config.public_url = args.public_url.clone();
    config.trusted_proxies = args.trusted_proxy.clone();
    config.audit_heads.clone_from(&args.audit_heads);
    config.tls = tls;
    let app = App::open(config, Arc::new(SystemClock), Rooms::of_this_program()).map_err(|error| from_store(&error))?;
    tell_key_made(&app.store);
    let database = app.store.url().to_string();
    let bound = |address| TcpListener::bind(address).map_err(|error| cannot_listen(address, &error));
    let (service, metrics) = (bound(args.listen)?, args.metrics.map(bound).transpose()?);
    let told = metrics.as_ref().and_then(|listener| listener.local_addr().ok());
    let listeners = Listeners { service, metrics, certificates };
    let server = serve_on(app, listeners, StopOn::Signal).map_err(|error| cannot_listen(args.listen, &error))?;
    // One line: whoever waits for it may read no further.
    let watched = told.map(|address| format!("  http://{address}/metrics")).unwrap_or_default();
    say(out, format_args!("{}  ({database}){watched}", server.url()))?;
    let _flushed_or_closed = out.flush();
    server.wait().map_err(|error| cannot_listen(args.listen, &error))
}

fn listen_insecure(address: SocketAddr) -> Problem {
    Problem::new(
        "listen_insecure",
        "địa chỉ này mở ra mạng mà không có mã hóa",
        "that address is open to the network without encryption",
    )
    .got(address.to_string())
    .hint(
        "thêm --tls-cert và --tls-key, hoặc dùng 127.0.0.1 sau một máy chủ proxy có TLS; nếu mạng là của riêng bạn: --insecure-lan",
        "give --tls-cert and --tls-key, or use 127.0.0.1 behind a proxy that does TLS; if the network is yours alone: --insecure-lan",
    )
}

/// Scheme and host, and nothing behind them.
fn parse_public_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    match host {
        Some(host) if !host.is_empty() && host.chars().all(is_fine) => Ok(url.to_ascii_lowercase()),
        _ => Err("https://HOST[:PORT]".to_owned()),
    }
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Problems {
    Problem::new("listen", "không mở được địa chỉ này", "that address cannot be listened on")
        .got(format!("{address}: {error}"))
        .into()
}

/// To standard error; `RUST_LOG` says how much, `KHAOSAT_LOG_FORMAT=json` has a JSON object a line. Of other people's crates only
/// warnings are let through, whatever `RUST_LOG` says: at finer levels they log heads and bodies of requests, and tokens stand in
/// these. A log that is already there is kept.
fn start_log() {
    let wanted = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_unset| tracing_subscriber::EnvFilter::new("warn"));
    let ours = filter_fn(|about| *about.level() <= tracing::Level::WARN || about.target().starts_with("khaosat"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let is_json = std::env::var("KHAOSAT_LOG_FORMAT").is_ok_and(|format| format == "json");
    let lines = if is_json { lines.json().boxed() } else { lines.boxed() };
    let _already_set = tracing_subscriber::registry().with(lines.with_filter(ours)).with(wanted).try_init();
}
