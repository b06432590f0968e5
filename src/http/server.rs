//! Start and stop. Stopping finishes what has begun: requests that run are answered, jobs that wait are written.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;
use std::{io, panic};

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App as ActixApp, HttpServer, rt, web};

use super::metrics::{self, Metrics};
use super::tls::Certificates;
use super::{configure, error, headers};
use crate::app::App;
use crate::audit_keeper::AuditKeeper;
use crate::retention_keeper::RetentionKeeper;

/// Connections beyond this are not accepted until others close, per worker.
const CONNECTIONS_MAX: usize = 10_000;

/// The head of a request must be there by then; the body has its own rule (`body.rs`).
const HEAD_WITHIN: Duration = Duration::from_secs(5);

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopOn {
    /// When [`Server::stop`] is called.
    Call,
    /// On Ctrl-C or SIGTERM as well.
    Signal,
}

/// A service that runs on its own thread.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    handle: ServerHandle,
    thread: JoinHandle<io::Result<()>>,
}

/// Where a service listens.
pub struct Listeners {
    /// For everybody.
    pub service: TcpListener,
    /// For whoever watches over it; without, nothing is told.
    pub metrics: Option<TcpListener>,
    /// The certificate to show; without, the service speaks in clear.
    pub certificates: Option<Arc<Certificates>>,
}

/// Serves an app on a listener in clear, in this process. `127.0.0.1:0` makes a listener on a free port.
///
/// # Errors
/// That the listener cannot be used or a thread cannot be started.
pub fn serve(app: App, listener: TcpListener, stop_on: StopOn) -> io::Result<Server> {
    serve_on(app, Listeners { service: listener, metrics: None, certificates: None }, stop_on)
}

/// Serves an app on listeners, in this process.
///
/// # Errors
/// That a listener cannot be used or a thread cannot be started.
pub fn serve_on(app: App, listeners: Listeners, stop_on: StopOn) -> io::Result<Server> {
    let address = listeners.service.local_addr()?;
    let scheme = if listeners.certificates.is_some() { "https" } else { "http" };
    let (ready, started) = sync_channel(1);
    let thread = std::thread::Builder::new().name("khaosat-http".to_owned()).spawn(move || {
        rt::System::new().block_on(async move {
            let app = web::Data::new(app);
            let Running { service, beside } = build(app.clone(), listeners, stop_on)?;
            let ahead = app.clone();
            std::thread::Builder::new()
                .name("khaosat-ahead".to_owned())
                .spawn(move || ahead.results.read_ahead(&ahead.store))?;
            // Dropped when the last request was answered: then it seals what is left.
            let app = app.into_inner();
            let _keeper = AuditKeeper::start(Arc::clone(&app))?;
            // Dropped before it, so that what it does last is sealed, too.
            let _retention = RetentionKeeper::start(app)?;
            // The receiver waits below; it cannot be gone.
            let _sent = ready.send(service.handle());
            let beside = beside.map(|server| (server.handle(), rt::spawn(server)));
            let ended = service.await;
            if let Some((handle, task)) = beside {
                handle.stop(false).await;
                let _its_own_end = task.await;
            }
            ended
        })
    })?;
    match started.recv() {
        Ok(handle) => Ok(Server { address, scheme, handle, thread }),
        Err(_never_started) => Err(match thread.join() {
            Ok(Err(error)) => error,
            _ => io::Error::other("the service could not be started"),
        }),
    }
}

/// The service, and the small server beside it.
struct Running {
    service: actix_web::dev::Server,
    beside: Option<actix_web::dev::Server>,
}

fn build(data: web::Data<App>, listeners: Listeners, stop_on: StopOn) -> io::Result<Running> {
    let (workers, shutdown_s_max) = (data.config.workers, data.config.shutdown_s_max);
    let counted = web::Data::new(Metrics::new(data.clone()));
    let beside = match listeners.metrics {
        Some(listener) => Some(metrics::server(data.clone(), counted.clone(), listener)?),
        None => None,
    };
    let server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(data.clone())
            .app_data(counted.clone())
            .configure(configure)
            .wrap(from_fn(error::in_language))
            .wrap(from_fn(headers::secure))
            .wrap(from_fn(headers::log))
            .wrap(from_fn(metrics::count))
    })
    .workers(workers)
    .max_connections(CONNECTIONS_MAX)
    .client_request_timeout(HEAD_WITHIN)
    .shutdown_timeout(shutdown_s_max);
    let server = match stop_on {
        StopOn::Call => server.disable_signals(),
        StopOn::Signal => server.shutdown_signal(asked_to_stop()),
    };
    let service = match listeners.certificates {
        None => server.listen(listeners.service)?,
        Some(certificates) => {
            let settings = certificates.server().map_err(io::Error::other)?;
            rt::spawn(certificates.watch());
            server.tls_handshake_timeout(HEAD_WITHIN).listen_rustls_0_23(listeners.service, settings)?
        }
    };
    Ok(Running { service: service.run(), beside })
}

/// Ctrl-C is as graceful as SIGTERM: an enumerator's upload must not be cut because somebody closed a terminal.
async fn asked_to_stop() {
    let interrupted = rt::signal::ctrl_c();
    #[cfg(unix)]
    {
        if let Ok(mut terminated) = rt::signal::unix::signal(rt::signal::unix::SignalKind::terminate()) {
            let mut interrupted = std::pin::pin!(interrupted);
            std::future::poll_fn(|context| {
                let done = interrupted.as_mut().poll(context).is_ready() || terminated.poll_recv(context).is_ready();
                if done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
            })
            .await;
            return;
        }
    }
    let _unavailable = interrupted.await;
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address for a browser or a client on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Takes no new requests, finishes those that run, writes what waits, and returns.
    ///
    /// # Errors
    /// That the service had failed.
    pub fn stop(self) -> io::Result<()> {
        // The command goes out at once; what is awaited is only its end, and for that we join the thread.
        drop(self.handle.stop(true));
        self.wait()
    }

    /// Returns when the service has ended.
    ///
    /// # Errors
    /// That the service had failed.
    pub fn wait(self) -> io::Result<()> {
        match self.thread.join() {
            Ok(ended) => ended,
            Err(panicked) => panic::resume_unwind(panicked),
        }
    }
}
