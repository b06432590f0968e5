//! What was sent is kept exactly once, whatever the network did.
//!
//! The unique keys decide, never a look beforehand: the row is inserted, and only when the database says no do we ask why.
//! Same UUID and same bytes: it arrived before, and the first receipt is given again. Same UUID, other bytes: kept beside
//! the first as a conflict. Nothing is overwritten.

use diesel::Connection;

use super::any_conn::AnyConn;
use super::error::StoreError;
use super::sealing::Holder;
use super::{Transaction, stored_words};

/// Other senders may take a version number between our look and our insert; each try gives one of them its place, so this
/// many *different* bodies under one UUID would have to arrive at the same instant to exhaust it.
const TRIES_MAX: u32 = 32;

stored_words! {
    /// What became of something received.
    ReceivedState {
        /// The first under its UUID.
        Accepted = "accepted",
        /// Other bytes came first under its UUID; kept for the supervisor to decide.
        Conflict = "conflict",
        /// The respondent asked for erasure: it was not kept, and shall not be sent again. No row has this state.
        Erased = "erased",
    }
}

/// Something odd about a response, for people to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Stable name of the rule, such as `case_unknown`.
    pub code: String,
    /// The question it is about, if it is about one.
    pub question: Option<String>,
    /// What was seen.
    pub detail: String,
}

/// What a sender may rely on: these bytes are on our disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The UUID the sender gave.
    pub uuid: String,
    /// 1 for the first body under the UUID, higher for conflicts; 0 where nothing was kept.
    pub version_no: i64,
    /// SHA-256 of the bytes kept, in hexadecimal: the sender compares it with its own.
    pub sha256: String,
    /// Order of arrival at the server.
    pub sequence: i64,
    /// When it arrived, by the server's clock.
    pub received_at: String,
    /// Accepted, kept as a conflict, or not kept because the respondent was erased.
    pub state: ReceivedState,
    /// What was found odd on arrival.
    pub flags: Vec<Flag>,
}

/// What keeping came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is new.
    New(Receipt),
    /// The same bytes were kept before; this is the receipt of that time.
    Again(Receipt),
}

impl Kept {
    /// The receipt.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        match self {
            Self::New(receipt) | Self::Again(receipt) => receipt,
        }
    }
}

/// A kind of thing that is received: where its rows are.
pub(super) trait Received {
    /// The round and the case it says it is about.
    fn respondent(&self) -> (&str, &str);
    /// Its UUID and the SHA-256 of its bytes.
    fn name(&self) -> (&str, &str);
    /// Inserts the row with this version number and state, and whatever belongs to it.
    fn insert(
        &self,
        tx: &mut Transaction<'_>,
        version_no: i64,
        state: ReceivedState,
        holder: &Holder,
    ) -> Result<Receipt, StoreError>;
    /// The receipt of the version with these very bytes.
    fn find_same(&self, tx: &mut Transaction<'_>) -> Result<Option<Receipt>, StoreError>;
    /// The highest version number under this UUID; 0 when there is none.
    fn version_no_max(&self, tx: &mut Transaction<'_>) -> Result<i64, StoreError>;
    /// Whether what was kept under this UUID was erased.
    fn was_erased(&self, tx: &mut Transaction<'_>) -> Result<bool, StoreError>;
}

impl Transaction<'_> {
    pub(super) fn keep(&mut self, received: &impl Received) -> Result<Kept, StoreError> {
        let (round_code, case_id) = received.respondent();
        let holder = self.holder(round_code, case_id)?;
        if matches!(holder, Holder::Erased) {
            return self.turn_away(received);
        }
        let mut version_no = 1;
        for _ in 0..TRIES_MAX {
            let state = if version_no == 1 { ReceivedState::Accepted } else { ReceivedState::Conflict };
            match self.savepoint(|tx| received.insert(tx, version_no, state, &holder)) {
                Ok(receipt) => return Ok(Kept::New(receipt)),
                Err(error) if error.is_unique_violation() => {}
                Err(error) => return Err(error),
            }
            if let Some(receipt) = received.find_same(self)? {
                return Ok(Kept::Again(receipt));
            }
            // Another case in the same interview does not bring it back.
            if received.was_erased(self)? {
                return self.turn_away(received);
            }
            version_no = received.version_no_max(self)? + 1;
        }
        Err(StoreError::Busy { detail: "too many different bodies at once under one UUID".to_owned() })
    }

    /// Nothing is kept of a respondent who asked for erasure. The sender is told so with a receipt, else it would send for ever; for
    /// what was kept once it is the receipt of that time.
    fn turn_away(&mut self, received: &impl Received) -> Result<Kept, StoreError> {
        if let Some(receipt) = received.find_same(self)? {
            return Ok(Kept::Again(receipt));
        }
        let (uuid, sha256) = received.name();
        self.audit("respondent.turned_away", uuid, sha256)?;
        Ok(Kept::Again(Receipt {
            uuid: uuid.to_owned(),
            version_no: 0,
            sha256: sha256.to_owned(),
            sequence: 0,
            received_at: self.now.to_string(),
            state: ReceivedState::Erased,
            flags: Vec::new(),
        }))
    }

    /// Undone alone when it fails: on PostgreSQL a refused insert would otherwise take the whole transaction with it.
    pub(super) fn savepoint<T>(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (now, actor, keys) = (self.now, self.actor.clone(), self.snapshot.keys);
        self.snapshot.conn.transaction(|conn: &mut AnyConn| {
            work(&mut Transaction { now, actor, snapshot: super::Snapshot { conn, keys } })
        })
    }
}
