//! Seals the audit log of a running service each minute, and tells the seals outside of the database.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

use crate::app::App;
use crate::store::{AuditSeal, Store};

const ACTOR: &str = "khaosat serve";

/// The thread; dropped, it seals once more and ends.
pub struct AuditKeeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl AuditKeeper {
    /// Starts to seal the log.
    ///
    /// # Errors
    /// That there is no thread to be had.
    pub fn start(app: Arc<App>) -> io::Result<Self> {
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::Builder::new().name("khaosat-audit".to_owned()).spawn(move || {
            loop {
                let is_last = stopped.recv_timeout(app.config.audit_seal_every) != Err(RecvTimeoutError::Timeout);
                keep(&app.store, app.config.audit_heads.as_deref());
                if is_last {
                    return;
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for AuditKeeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// A database that does not answer now is asked again a minute later: nothing is lost, the lines are only sealed later.
fn keep(store: &Store, heads: Option<&Path>) {
    let seals = match store.seal_audit_log(ACTOR) {
        Ok(seals) => seals,
        Err(error) => {
            tracing::warn!(%error, "the audit log was not sealed");
            return;
        }
    };
    for seal in &seals {
        tracing::info!(seal = seal.seal_no, line = seal.last_sequence, chain = %seal.chain_sha256, "audit log sealed");
    }
    if let Some(path) = heads
        && let Err(error) = add_heads(path, &seals)
    {
        tracing::error!(path = %path.display(), %error, "the seals of the audit log were not told outside");
    }
}

/// A seal as it is told outside: number, last line, chain, instant.
#[must_use]
pub fn head_line(seal: &AuditSeal) -> String {
    format!("{} {} {} {}", seal.seal_no, seal.last_sequence, seal.chain_sha256, seal.sealed_at)
}

/// Adds seals to a file, on the disk when this returns.
///
/// # Errors
/// That the file cannot be written.
pub fn add_heads(path: &Path, seals: &[AuditSeal]) -> io::Result<()> {
    if seals.is_empty() {
        return Ok(());
    }
    let lines: String = seals.iter().map(|seal| head_line(seal) + "\n").collect();
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()
}
