//! The one thread that writes to SQLite.
//!
//! It takes what is waiting (at most [`BATCH_JOBS_MAX`] jobs) into one transaction, each job inside its own savepoint, and
//! answers only after COMMIT. While the disk confirms one batch the next one gathers, so the price of a durable commit is
//! shared without anybody waiting on purpose. A job that fails is undone alone; its neighbours are not touched.
//!
//! A failed COMMIT is final: after a failed fsync nobody can say what is on the disk, and a second try may "succeed" over
//! lost pages. Nothing is acknowledged from then on, and nothing written until the program is started again. A full disk is not such a
//! failure: the engine says so before it syncs, the batch is undone with its connection, and the next one finds room or does not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::prelude::*;

use super::any_conn::AnyConn;
use super::error::StoreError;
use super::signs::Signs;

/// At this size the cost of the commit is already shared by enough jobs; more would only lengthen the wait of the first.
const BATCH_JOBS_MAX: usize = 128;

/// Jobs that may wait; beyond it the callers themselves wait, which is felt as slowness and not as loss.
const QUEUE_JOBS_MAX: usize = 4_096;

/// Something to do inside the writer's transaction.
trait Job: Send {
    /// Does the work inside a savepoint and remembers the outcome.
    fn run(&mut self, conn: &mut AnyConn);
    /// Whether it met a full disk.
    fn met_full_disk(&self) -> bool;
    /// Forgets the outcome: the work was not committed.
    fn fail(&mut self, error: StoreError);
    /// Hands the outcome to the caller.
    fn reply(self: Box<Self>);
}

struct TypedJob<T, F> {
    work: Option<F>,
    outcome: Result<T, StoreError>,
    reply: SyncSender<Result<T, StoreError>>,
}

impl<T, F> Job for TypedJob<T, F>
where
    T: Send,
    F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, conn: &mut AnyConn) {
        if let Some(work) = self.work.take() {
            self.outcome = conn.transaction(work);
        }
    }

    fn met_full_disk(&self) -> bool {
        self.outcome.as_ref().is_err_and(StoreError::is_full)
    }

    fn fail(&mut self, error: StoreError) {
        self.outcome = Err(error);
    }

    fn reply(self: Box<Self>) {
        // A caller that no longer listens has lost nothing: the work is committed, and sending it again is harmless.
        let _gone = self.reply.send(self.outcome);
    }
}

/// A handle on the writer thread. Dropping it lets the thread finish what is queued, and waits for it.
pub(super) struct Writer {
    jobs: Option<SyncSender<Box<dyn Job>>>,
    stopped: Arc<AtomicBool>,
    signs: Arc<Signs>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// `connect` opens a connection that may write; it is called again after the disk was full.
    pub(super) fn start(
        connect: impl Fn() -> Result<AnyConn, StoreError> + Send + 'static,
        signs: Arc<Signs>,
    ) -> Result<Self, StoreError> {
        let conn = connect()?;
        let (jobs, queue) = sync_channel(QUEUE_JOBS_MAX);
        let stopped = Arc::new(AtomicBool::new(false));
        let (flag, counters) = (Arc::clone(&stopped), Arc::clone(&signs));
        let thread = std::thread::Builder::new()
            .name("khaosat-writer".to_owned())
            .spawn(move || write_until_closed(conn, &connect, &queue, &flag, &counters))
            .map_err(|error| StoreError::Unreachable { detail: format!("no writer thread: {error}") })?;
        Ok(Self { jobs: Some(jobs), stopped, signs, thread: Some(thread) })
    }

    /// Waits until the work is committed, or has failed.
    pub(super) fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConn) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        let job = Box::new(TypedJob { work: Some(work), outcome: Err(StoreError::Stopped), reply });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Stopped)?;
        self.signs.job_waits();
        jobs.send(job).map_err(|_closed| StoreError::Stopped)?;
        answer.recv().unwrap_or(Err(StoreError::Stopped))
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

fn write_until_closed(
    conn: AnyConn,
    connect: &dyn Fn() -> Result<AnyConn, StoreError>,
    queue: &Receiver<Box<dyn Job>>,
    stopped: &AtomicBool,
    signs: &Signs,
) {
    let mut conn = Some(conn);
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        batch.extend(queue.try_iter().take(BATCH_JOBS_MAX - 1));
        signs.jobs_taken(batch.len());
        // Opening needs room too.
        if conn.is_none() {
            conn = connect().inspect_err(|error| tracing::error!(%error, "the database cannot be opened again")).ok();
        }
        let written = match &mut conn {
            Some(conn) => run_batch(conn, &mut batch, stopped),
            None => Err(StoreError::Full),
        };
        if let Err(error) = written {
            tracing::error!(%error, jobs = batch.len(), "a batch was not written");
            if error.is_full() {
                batch.iter_mut().for_each(|job| job.fail(StoreError::Full));
                // Whatever it had begun goes with it.
                drop(conn.take());
            }
        }
        for job in batch {
            job.reply();
        }
    }
}

/// Afterwards every job holds its true outcome: an `Ok` is on the disk.
fn run_batch(conn: &mut AnyConn, batch: &mut [Box<dyn Job>], stopped: &AtomicBool) -> Result<(), StoreError> {
    if stopped.load(Ordering::Acquire) {
        for job in batch {
            job.fail(StoreError::Stopped);
        }
        return Err(StoreError::Stopped);
    }
    if let Err(error) = begin(conn) {
        for job in batch {
            job.fail(StoreError::Busy { detail: error.to_string() });
        }
        return Err(error.into());
    }
    for job in batch.iter_mut() {
        if catch_unwind(AssertUnwindSafe(|| job.run(conn))).is_err() {
            job.fail(StoreError::Damaged { detail: "the work itself failed; see the log".to_owned() });
            leave_savepoints(conn);
        }
        // The engine may have undone the whole transaction already.
        if job.met_full_disk() {
            return Err(StoreError::Full);
        }
    }
    <AnyConn as Connection>::TransactionManager::commit_transaction(conn).map_err(|error| {
        let error = StoreError::from(error);
        if !error.is_full() {
            stopped.store(true, Ordering::Release);
            for job in batch {
                job.fail(StoreError::Stopped);
            }
        }
        error
    })
}

/// IMMEDIATE takes the write lock at once: a batch that could not get it in the end would have worked for nothing.
fn begin(conn: &mut AnyConn) -> QueryResult<()> {
    match conn {
        AnyConn::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE"),
        AnyConn::Postgresql(postgresql) => AnsiTransactionManager::begin_transaction_sql(postgresql, "BEGIN"),
    }
}

/// After a panic the job's savepoints are still open; undo them, and only them.
fn leave_savepoints(conn: &mut AnyConn) {
    type Manager = <AnyConn as Connection>::TransactionManager;
    loop {
        let depth = Manager::transaction_manager_status_mut(conn).transaction_depth();
        match depth {
            Ok(Some(depth)) if depth.get() > 1 => {}
            _ => return,
        }
        if Manager::rollback_transaction(conn).is_err() {
            return;
        }
    }
}
