//! The only room that speaks SQL.
//!
//! ```text
//! connection  which database, what is asked of the engine      migrate   the portable migrations
//! copy        all rows, for backups and moves                  before    the copy before a migration
//! writer      SQLite's one writer: group commit, then answer   sequence  the server's order of things
//! signs       what a store has seen, as numbers
//! received    what was sent is kept exactly once               audit     who did what, in the same transaction; audit_seal: unchanged since
//! sealing     words of respondents are sealed here; seal_plain: those from before      rotation  a new master key
//! respondent  who took the answers back                        erasure   what is taken away then, and its proof
//! account  session  guess  device  assignment  review  quality  back_check  publication  closing  draft  weights
//! attachment  response_edit  round  questionnaire  sample  case  token  response  contact_attempt  replacement  progress  plan: one file a stored thing
//! ```
//!
//! A caller says what it wants as one act: `store.write(actor, |tx| …)` is one transaction with one verdict, and when it
//! returns `Ok` the work is on the disk. `store.read(|snapshot| …)` sees one instant of the database.
//! Inside, the acts are methods of [`Transaction`] and [`Snapshot`].

mod account;
mod any_conn;
mod assignment;
mod attachment;
mod audit;
mod audit_seal;
mod back_check;
mod before;
mod case;
mod check;
mod clock;
mod closing;
mod connection;
mod contact_attempt;
pub mod copy;
mod device;
mod draft;
mod erasure;
mod error;
mod geography;
mod guess;
mod key_source;
mod leftovers;
mod migrate;
mod plan;
mod plan_evidence;
mod progress;
mod publication;
mod quality;
mod questionnaire;
mod received;
mod replacement;
mod report;
mod respondent;
mod respondent_request;
mod response;
mod response_edit;
mod retention;
mod review;
mod rotation;
mod round;
mod sample;
mod schema;
mod seal_plain;
mod sealing;
mod sequence;
mod session;
mod signs;
mod token;
mod vital_signs;
mod weights;
mod writer;

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::r2d2::Pool;

pub use account::{Account, Grant, NewAccount};
pub use assignment::Assignment;
pub use attachment::{Attachment, AttachmentHead, NewAttachment};
pub use audit::{AuditEvent, AuditFilter};
pub use audit_seal::{AuditSeal, AuditVerified, verify as verify_audit_log};
pub use back_check::{BackCheckDraw, BackCheckUnit, NewBackCheckDraw};
pub use case::{AreaLevel, Case, CaseRole, NewCase};
pub use check::{Checked, check, check_with};
pub use clock::{Clock, SystemClock, Timestamp};
pub use closing::{Closing, ClosingOutcome};
pub use connection::DatabaseUrl;
pub use contact_attempt::NewContactAttempt;
pub use device::{Activated, Device, DeviceState, NewActivationCode, NewDevice};
pub use draft::{DRAFTS_MAX, DraftHead, DraftKind};
pub use erasure::{Erasure, ErasureDone, GoneRespondent, NewErasure, erasures_of};
pub use error::StoreError;
pub use geography::RoundGeography;
pub use guess::{Guess, GuessSubject};
pub use key_source::{KeySource, answer_key_of};
pub use migrate::{Migrated, Safeguard, SchemaState, inspect, migrate, migrate_with};
pub use plan::{
    Evidence, KeptReport, NewEvidence, NewPlanReport, PlanReport, PlanReportKind, PlanTable, PlanTableKind,
};
pub use plan_evidence::{AddedEvidence, EVIDENCE_FILES_MAX};
pub use progress::{CaseEvent, CaseEventKind, GONE};
pub use publication::PublicationHead;
pub use quality::{QualityRules, ReportedAttempt};
pub use questionnaire::{QuestionnaireVersion, QuestionnaireVersionHead};
pub use received::{Flag, Kept, Receipt, ReceivedState};
pub use replacement::{NewReplacement, Replacement};
pub use report::{ReportAcceptance, ReportSaved, ReportVersion, SaidOfSentence, SentenceLibrary};
pub use respondent_request::{NewRequest, RequestKind, RespondentRequest, requests_in};
pub use response::{BodyFormat, NewResponse, StoredResponse};
pub use retention::{Retention, retentions_in};
pub use review::{InterviewHead, NewReview, Review, Verdict};
pub use rotation::{Rotated, rotate_key};
pub use round::{Round, RoundState, Visibility};
pub use sample::StoredSample;
pub use seal_plain::count_plain_in;
pub use session::{ABSOLUTE_S, IDLE_S, OpenSession};
pub use signs::{COMMIT_BOUNDS, FAILURES, OUTCOMES, ReceivedKind, Signs};
pub use token::{AccessToken, NewToken, Role};
pub use vital_signs::{VitalSigns, vital_signs};
pub use weights::{NewWeights, WeightsChoice, WeightsVersion};

use any_conn::AnyConn;
use connection::{Manager, Purpose, connect};
use sealing::{Keys, Settled};
use writer::Writer;

/// How the connections are shared out.
const SQLITE_READERS: u32 = 4;
const POSTGRESQL_CONNECTIONS: u32 = 16;

/// How long a request waits for a free connection. For half of it the pool rests before it tries a server again that was away: two
/// seconds after PostgreSQL is back at the latest, so is the service.
const SQLITE_POOL_WAIT: std::time::Duration = std::time::Duration::from_secs(10);
const POSTGRESQL_POOL_WAIT: std::time::Duration = std::time::Duration::from_secs(4);

/// The database of one running program. Share it in an [`Arc`].
pub struct Store {
    pool: Pool<Manager>,
    /// Only for SQLite; PostgreSQL groups its commits itself.
    writer: Option<Writer>,
    clock: Arc<dyn Clock>,
    url: DatabaseUrl,
    signs: Arc<Signs>,
    keys: Arc<Keys>,
    key_source: KeySource,
    key_made: Option<PathBuf>,
}

impl Store {
    /// [`Store::open_with`] the key in its usual place.
    ///
    /// # Errors
    /// As [`Store::open_with`].
    pub fn open(url: &DatabaseUrl, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Self::open_with(url, clock, &KeySource::Beside)
    }

    /// Opens a database that is current (see [`migrate`]) with the key of its answers. Where there never was one, and a place for
    /// it is known, it is made.
    ///
    /// # Errors
    /// That it is older or newer than this program, cannot be opened, or its engine cannot be trusted; that the key is missing or
    /// another one.
    pub fn open_with(url: &DatabaseUrl, clock: Arc<dyn Clock>, key_source: &KeySource) -> Result<Self, StoreError> {
        match inspect(url)? {
            SchemaState::Current { .. } => {}
            SchemaState::Older { pending } => return Err(StoreError::Older { pending }),
            SchemaState::Empty => return Err(StoreError::Older { pending: vec!["all".to_owned()] }),
        }
        let Settled { keys, made: key_made } = Keys::settle(url, key_source, clock.now())?;
        let signs = Arc::new(Signs::default());
        let (writer, purpose, size, wait) = match url {
            DatabaseUrl::Sqlite(_) => {
                let own = url.clone();
                let writer = Writer::start(move || connect(&own, Purpose::Write), Arc::clone(&signs))?;
                (Some(writer), Purpose::Read, SQLITE_READERS, SQLITE_POOL_WAIT)
            }
            DatabaseUrl::Postgresql(_) => (None, Purpose::Write, POSTGRESQL_CONNECTIONS, POSTGRESQL_POOL_WAIT),
        };
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(wait)
            .build(Manager { url: url.clone(), purpose })
            .map_err(|error| StoreError::Unreachable { detail: error.to_string() })?;
        let (keys, key_source, url) = (Arc::new(keys), key_source.clone(), url.clone());
        Ok(Self { pool, writer, clock, url, signs, keys, key_source, key_made })
    }

    /// The file of the key of the answers, if it was made when this store was opened: somebody must keep a copy of it.
    #[must_use]
    pub fn key_made(&self) -> Option<&Path> {
        self.key_made.as_deref()
    }

    /// The file in which erasures are written down outside of the database.
    #[must_use]
    pub fn erased_file(&self) -> Option<PathBuf> {
        self.key_source.erased_file(&self.url)
    }

    /// Which database this is; prints without a password.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// The present instant, by the clock this store was given.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What this store has seen since it was opened.
    #[must_use]
    pub fn signs(&self) -> &Signs {
        &self.signs
    }

    /// Connections for reading, or all of them on PostgreSQL: open ones, and those of them that nobody uses.
    #[must_use]
    pub fn connections(&self) -> (u32, u32) {
        let state = self.pool.state();
        (state.connections, state.idle_connections)
    }

    /// Whether responses can be taken: the writer lives and the database answers.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.writer.as_ref().is_none_or(|writer| !writer.is_stopped())
            && self.pool.get().is_ok_and(|mut conn| conn.batch_execute("SELECT 1").is_ok())
    }

    /// Does `work` as one transaction in the name of `actor` (a token id, or a command). When this returns `Ok`, it is on
    /// the disk; when it returns an error, nothing of it is, unless the connection broke during the commit itself: then
    /// sending the same again is right, and harmless. Blocks.
    ///
    /// # Errors
    /// The work's own, or that the database did not take it.
    pub fn write<T, F>(&self, actor: &str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (clock, keys, actor) = (Arc::clone(&self.clock), Arc::clone(&self.keys), actor.to_owned());
        let act = move |conn: &mut AnyConn| {
            work(&mut Transaction { now: clock.now(), actor, snapshot: Snapshot { conn, keys: &keys } })
        };
        let done = match &self.writer {
            Some(writer) => writer.write(act),
            None => self.on_pooled(act),
        };
        done.inspect_err(|error| self.signs.note_failure(error))
    }

    /// Reads one consistent instant of the database. Blocks.
    ///
    /// # Errors
    /// The work's own, or that the database did not answer.
    pub fn read<T>(&self, work: impl FnOnce(&mut Snapshot<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.on_pooled(|conn| {
            if matches!(conn, AnyConn::Postgresql(_)) {
                conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
            }
            work(&mut Snapshot { conn, keys: &self.keys })
        })
        .inspect_err(|error| self.signs.note_failure(error))
    }

    fn on_pooled<T>(&self, act: impl FnOnce(&mut AnyConn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut conn = self.pool.get().map_err(|error| StoreError::Unreachable { detail: error.to_string() })?;
        conn.transaction(|conn| act(conn)).map_err(|error: StoreError| match error {
            // A server that went away says so in many ways; whether it still answers is the one that can be relied on.
            full if full.is_full() => StoreError::Full,
            StoreError::Database(cause) if conn.batch_execute("SELECT 1").is_err() => {
                StoreError::Lost { detail: cause.to_string() }
            }
            other => other,
        })
    }
}

/// The database at one instant; the reading acts are its methods.
pub struct Snapshot<'a> {
    conn: &'a mut AnyConn,
    keys: &'a Keys,
}

/// A transaction under way; the writing acts are its methods, and it can read too.
pub struct Transaction<'a> {
    now: Timestamp,
    actor: String,
    snapshot: Snapshot<'a>,
}

impl<'a> Deref for Transaction<'a> {
    type Target = Snapshot<'a>;

    fn deref(&self) -> &Snapshot<'a> {
        &self.snapshot
    }
}

impl<'a> DerefMut for Transaction<'a> {
    fn deref_mut(&mut self) -> &mut Snapshot<'a> {
        &mut self.snapshot
    }
}

/// Two directions between a closed list of the program and its text in the database.
macro_rules! stored_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// All values, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for this value, in the database, in JSON and on the command line.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// The value of a word the database gave us.
            pub(super) fn from_stored(word: &str) -> Result<Self, $crate::store::StoreError> {
                Self::parse(word).ok_or_else(|| $crate::store::StoreError::Damaged {
                    detail: format!("{word:?} is no {}", stringify!($name)),
                })
            }
        }
    };
}
use stored_words;
