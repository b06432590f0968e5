//! What Prometheus reads: numbers about the service, on an address of its own. No names, no places, no answers: labels are patterns
//! of addresses, methods, statuses and words of this program, and nothing that a caller could choose.

use std::fmt;
use std::net::TcpListener;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::Next;
use actix_web::{App as ActixApp, HttpResponse, HttpServer, web};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::error::ApiError;
use super::in_store;
use crate::app::App;
use crate::durable::beside;
use crate::problem as catalogue;
use crate::store::{COMMIT_BOUNDS, DatabaseUrl, Store, StoreError};

/// The form of the answer.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Bounds of answering times, in seconds: what a person takes for at once, for waiting, for broken.
const SECONDS: [f64; 11] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    /// The pattern of the address.
    route: String,
    status: u32,
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Address {
    /// The pattern of the address.
    route: String,
}

/// The version of the program.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

type Seconds = Family<Address, Histogram, fn() -> Histogram>;

/// What is counted of requests.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Seconds,
    running: Gauge,
}

impl Metrics {
    /// Of a service that starts now.
    pub(super) fn new(app: web::Data<App>) -> Self {
        let mut registry = Registry::with_prefix("khaosat");
        let requests = Family::<Answered, Counter>::default();
        let seconds: Seconds = Family::new_with_constructor(|| Histogram::new(SECONDS));
        let (running, started) = (Gauge::<i64>::default(), Gauge::<i64>::default());
        let build = Family::<Build, Gauge>::default();
        build.get_or_create(&Build { version: env!("CARGO_PKG_VERSION") }).set(1);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        started.set(i64::try_from(now.as_secs()).unwrap_or_default());
        registry.register("build", "The version of the program; always 1", build);
        registry.register("start_time_seconds", "When the service started, in seconds since 1970", started);
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_seconds", "Time to the answer's head", seconds.clone());
        registry.register("http_requests_running", "Requests that are being answered", running.clone());
        registry.register_collector(Box::new(Seen(app)));
        Self { registry, requests, seconds, running }
    }

    /// Something was answered.
    fn note(&self, method: &Method, route: String, status: u16, took: Duration) {
        let answered = Answered { method: word_of(method), route: route.clone(), status: status.into() };
        self.requests.get_or_create(&answered).inc();
        self.seconds.get_or_create(&Address { route }).observe(took.as_secs_f64());
    }

    fn text(&self) -> Result<String, fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

/// A caller may invent methods; we do not count them one by one.
fn word_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// Counts each request; outermost but for the log.
pub(super) async fn count(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let metrics = request.app_data::<web::Data<Metrics>>().cloned();
    let (began, method) = (std::time::Instant::now(), request.method().clone());
    // Also a request whose connection breaks stops running.
    let _running = metrics.clone().map(Running::begin);
    let response = next.call(request).await?;
    if let Some(metrics) = metrics {
        let route = response.request().match_pattern().unwrap_or_else(|| "(unknown)".to_owned());
        metrics.note(&method, route, response.status().as_u16(), began.elapsed());
    }
    Ok(response)
}

struct Running(web::Data<Metrics>);

impl Running {
    fn begin(metrics: web::Data<Metrics>) -> Self {
        metrics.running.inc();
        Self(metrics)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.dec();
    }
}

/// What the store has seen and what the machine has left, read at each scrape.
struct Seen(web::Data<App>);

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seen")
    }
}

impl Collector for Seen {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let store = &self.0.store;
        counters(&mut encoder, store)?;
        let (open, idle) = store.connections();
        let mut connections = encoder.encode_descriptor(
            "database_connections",
            "Connections of this process",
            None,
            MetricType::Gauge,
        )?;
        for (state, n) in [("idle", idle), ("used", open.saturating_sub(idle))] {
            connections.encode_family(&[("state", state)])?.encode_gauge(&i64::from(n))?;
        }
        gauge(&mut encoder, "database_ready", "1 where interviews can be taken", u64::from(store.is_ready()))?;
        if let Ok(n) = store.read(|snapshot| snapshot.count_open_sessions(store.now())) {
            gauge(&mut encoder, "sessions_open", "Sessions of people, of all nodes", n)?;
        }
        if let DatabaseUrl::Sqlite(path) = store.url() {
            let bytes_of = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |file| file.len());
            gauge(&mut encoder, "database_bytes", "The database file", bytes_of(path))?;
            gauge(&mut encoder, "database_log_bytes", "The log beside it", bytes_of(&beside(path, "-wal")))?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Ok(free) = fs4::available_space(folder.unwrap_or(std::path::Path::new("."))) {
                gauge(&mut encoder, "disk_free_bytes", "Room on the disk of the database", free)?;
            }
        }
        Ok(())
    }
}

fn gauge(encoder: &mut DescriptorEncoder, name: &str, help: &str, value: u64) -> Result<(), fmt::Error> {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
}

fn counters(encoder: &mut DescriptorEncoder, store: &Store) -> Result<(), fmt::Error> {
    type NoLabels = [(&'static str, &'static str); 0];
    let signs = store.signs();
    let mut received = encoder.encode_descriptor(
        "received",
        "Interviews and contact attempts: new, the same again, other bytes under one id",
        None,
        MetricType::Counter,
    )?;
    for (kind, outcome, n) in signs.received() {
        let labels = [("kind", kind.as_str()), ("outcome", outcome)];
        received.encode_family(&labels)?.encode_counter::<NoLabels, _, u64>(&n, None)?;
    }
    let mut failures =
        encoder.encode_descriptor("database_failures", "Failures of the database", None, MetricType::Counter)?;
    for (kind, n) in signs.failures() {
        failures.encode_family(&[("kind", kind)])?.encode_counter::<NoLabels, _, u64>(&n, None)?;
    }
    encoder
        .encode_descriptor("guesses_refused", "Guesses that were not looked at", None, MetricType::Counter)?
        .encode_counter::<NoLabels, _, u64>(&signs.closed_guesses(), None)?;
    if matches!(store.url(), DatabaseUrl::Postgresql(_)) {
        return Ok(());
    }
    gauge(encoder, "writer_waiting", "Jobs that wait for the one writer", signs.waiting())?;
    let (commits, jobs) = signs.commits();
    let bounds = COMMIT_BOUNDS.iter().map(|bound| *bound as f64).chain(std::iter::once(f64::INFINITY));
    let buckets: Vec<(f64, u64)> = bounds.zip(commits.into_iter().chain(std::iter::once(0))).collect();
    let none: Option<&std::collections::HashMap<usize, Exemplar<NoLabels, f64>>> = None;
    encoder
        .encode_descriptor("writer_commit_jobs", "Jobs in one commit", None, MetricType::Histogram)?
        .encode_histogram::<NoLabels>(jobs as f64, commits.iter().sum(), &buckets, none)
}

/// The numbers.
async fn scrape(app: web::Data<App>, metrics: web::Data<Metrics>) -> Result<HttpResponse, ApiError> {
    let text = in_store(app, move |_| Ok::<_, StoreError>(metrics.text())).await?;
    let text = text.map_err(|_unwritable| ApiError::new(catalogue::internal()))?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, OPEN_METRICS)).body(text))
}

/// The small server beside the service.
pub(super) fn server(
    app: web::Data<App>,
    metrics: web::Data<Metrics>,
    listener: TcpListener,
) -> std::io::Result<actix_web::dev::Server> {
    let server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(app.clone())
            .app_data(metrics.clone())
            .route("/metrics", web::get().to(scrape))
            .default_service(web::to(super::route_unknown))
    })
    .workers(1)
    .max_connections(64)
    .disable_signals()
    .shutdown_timeout(1);
    Ok(server.listen(listener)?.run())
}
