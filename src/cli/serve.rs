//! `khaosat serve`: pages and API on one address.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use ::problem::{Problem, Problems};

use super::{DatabaseArg, from_store, say};
use crate::app::{App, Rooms};
use crate::config::Config;
use crate::http::{StopOn, serve};
use crate::store::SystemClock;

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
    if !args.listen.ip().is_loopback() && !args.insecure_lan {
        return Err(Problem::new(
            "listen_insecure",
            "địa chỉ này mở ra mạng mà không có mã hóa",
            "that address is open to the network without encryption",
        )
        .got(args.listen.to_string())
        .hint(
            "dùng 127.0.0.1 sau một máy chủ proxy có TLS, hoặc thêm --insecure-lan nếu mạng là của riêng bạn",
            "use 127.0.0.1 behind a proxy that does TLS, or add --insecure-lan if the network is yours alone",
        )
        .into());
    }
    start_log();
    let mut config = Config::new(args.database.url()?);
    config.public_url = args.public_url.clone();
    config.trusted_proxies = args.trusted_proxy.clone();
    config.audit_heads.clone_from(&args.audit_heads);
    let app = App::open(config, Arc::new(SystemClock), Rooms::of_this_program()).map_err(|error| from_store(&error))?;
    let database = app.store.url().to_string();
    let listener = TcpListener::bind(args.listen).map_err(|error| cannot_listen(args.listen, &error))?;
    let server = serve(app, listener, StopOn::Signal).map_err(|error| cannot_listen(args.listen, &error))?;
    say(out, format_args!("{}  ({database})", server.url()))?;
    let _flushed_or_closed = out.flush();
    server.wait().map_err(|error| cannot_listen(args.listen, &error))
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

/// To standard error; `RUST_LOG` says how much. A log that is already there is kept.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_unset| tracing_subscriber::EnvFilter::new("warn"));
    let _already_set =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).try_init();
}
