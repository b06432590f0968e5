//! Looks once an hour whether a round of a running service has come to its last day, and erases then.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;

use crate::app::App;
use crate::respondents::day_in_vietnam;
use crate::store::Store;

const ACTOR: &str = "khaosat serve";

/// The thread; dropped, it ends.
pub struct RetentionKeeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RetentionKeeper {
    /// Starts to look.
    ///
    /// # Errors
    /// That there is no thread to be had.
    pub fn start(app: Arc<App>) -> io::Result<Self> {
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::Builder::new().name("khaosat-retention".to_owned()).spawn(move || {
            loop {
                keep(&app.store);
                if stopped.recv_timeout(app.config.retention_every) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for RetentionKeeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// What fails now is tried again an hour later; the audit log says what was done.
fn keep(store: &Store) {
    match store.apply_retentions(ACTOR, &day_in_vietnam(store.now()).to_string()) {
        Ok(done) => {
            for (round, n) in done {
                tracing::warn!(round, respondents = n, "the last day of a round is over: its respondents were erased");
            }
        }
        Err(error) => tracing::error!(%error, "what is over could not be erased"),
    }
}
