//! What respondents say is sealed at the store's boundary: above it bytes are plain, below it they are not.
//!
//! A respondent is a case of a round and has one key, made with the first thing that is kept of them, wrapped by the master key
//! (`crate::answer_key`). Whoever keeps asks for the [`Holder`] of the respondent and seals with it; whoever reads hands all rows to
//! [`Snapshot::open_all`], which unwraps each key once and opens the rows side by side. A key that is destroyed is not made again:
//! nothing more is kept of that respondent.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use diesel::prelude::*;

use super::any_conn::AnyConn;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::key_source::adopt_or_make;
pub(super) use super::key_source::{KeySource, fitting, recorded};
use super::schema::{answer_key, respondent_key};
use super::{Snapshot, Timestamp, Transaction};
use crate::answer_key::{SealKey, new_key_id};
use crate::side_by_side;

/// So many keys are asked for in one query.
const KEYS_AT_ONCE: usize = 500;

/// What stands in the column of a text that is sealed beside it, and of one that was erased.
const SEALED: &str = "sealed";
pub(super) const ERASED: &str = "erased";

/// How answers are kept.
enum Mode {
    /// Sealed under this master key.
    Sealed { master: SealKey, fingerprint: String },
    /// As they come; the operator said so.
    Plain,
    /// Nobody gave a key, and none was ever made: nothing can be kept before that is settled.
    Undecided,
    /// There is a key, and it was not given.
    Locked,
}

/// The keys of an open database.
pub(super) struct Keys {
    mode: Mode,
    /// Respondents' keys that were unwrapped before, by their id.
    known: RwLock<HashMap<String, SealKey>>,
}

/// What [`Keys::settle`] found or made.
pub(super) struct Settled {
    pub(super) keys: Keys,
    /// The file of a key that was made now.
    pub(super) made: Option<PathBuf>,
}

impl Keys {
    fn new(mode: Mode) -> Self {
        Self { mode, known: RwLock::default() }
    }

    /// Nothing is opened and nothing sealed with these.
    pub(super) fn none() -> Self {
        Self::new(Mode::Locked)
    }

    /// Keys under this master key, whatever the database says of it.
    pub(super) fn under(master: SealKey) -> Self {
        Self::new(Mode::Sealed { fingerprint: master.fingerprint(), master })
    }

    /// Finds the master key of a database; makes one where there never was one and a place for it is known.
    ///
    /// # Errors
    /// That the key is missing or is another one; that the file cannot be read or written.
    pub(super) fn settle(url: &DatabaseUrl, source: &KeySource, now: Timestamp) -> Result<Settled, StoreError> {
        let recorded = recorded(&mut connect(url, Purpose::Read)?)?;
        let settled = |mode| Ok(Settled { keys: Self::new(mode), made: None });
        let file = match (source, &recorded) {
            (KeySource::NotNeeded, Some(_)) => return settled(Mode::Locked),
            (KeySource::NotNeeded, None) => return settled(Mode::Undecided),
            (KeySource::Plain, None) => return settled(Mode::Plain),
            _ => source.file(url),
        };
        match (file, recorded) {
            (None, None) => settled(Mode::Undecided),
            (None, Some(fingerprint)) => Err(StoreError::KeyMissing { file: String::new(), fingerprint }),
            (Some(file), Some(fingerprint)) => {
                Ok(Settled { keys: Self::under(fitting(&file, &fingerprint)?), made: None })
            }
            (Some(file), None) => adopt_or_make(url, file, now),
        }
    }

    fn master(&self) -> Result<&SealKey, StoreError> {
        match &self.mode {
            Mode::Sealed { master, .. } => Ok(master),
            Mode::Plain | Mode::Undecided | Mode::Locked => Err(StoreError::KeyNeeded),
        }
    }

    fn known(&self, key_id: &str) -> Option<SealKey> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(key_id).copied()
    }

    fn unwrap(&self, key_id: &str, wrapped: &[u8]) -> Result<SealKey, StoreError> {
        if let Some(known) = self.known(key_id) {
            return Ok(known);
        }
        let key = self.master()?.unwrap(key_id, wrapped).ok_or_else(|| not_of_this_key(key_id))?;
        self.remember([(key_id.to_owned(), key)]);
        Ok(key)
    }

    fn remember(&self, keys: impl IntoIterator<Item = (String, SealKey)>) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).extend(keys);
    }

    /// Forgets a key that was destroyed.
    pub(super) fn forget(&self, key_id: &str) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(key_id);
    }
}

fn two_at_once() -> StoreError {
    StoreError::Busy { detail: "a respondent's key was made twice at once".to_owned() }
}

fn not_of_this_key(key_id: &str) -> StoreError {
    StoreError::Damaged { detail: format!("respondent key {key_id} does not open with the key of the answers") }
}

/// Where something sealed stands; it opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    Response { uuid: &'a str, version_no: i64 },
    Attachment { uuid: &'a str, file_name: &'a str, version_no: i64 },
    ContactAttempt { uuid: &'a str, version_no: i64 },
    Flag { uuid: &'a str, version_no: i64, flag_no: i64 },
    Comment { uuid: &'a str, review_no: i64 },
}

impl Place<'_> {
    /// Fields of fixed form come first and the free one last, so that no two places are written the same.
    fn written(self, key_id: &str) -> Vec<u8> {
        let text = match self {
            Self::Response { uuid, version_no } => format!("khaosat-1\0response\0{key_id}\0{uuid}\0{version_no}"),
            Self::Attachment { uuid, file_name, version_no } => {
                format!("khaosat-1\0attachment\0{key_id}\0{uuid}\0{version_no}\0{file_name}")
            }
            Self::ContactAttempt { uuid, version_no } => {
                format!("khaosat-1\0contact_attempt\0{key_id}\0{uuid}\0{version_no}")
            }
            Self::Flag { uuid, version_no, flag_no } => {
                format!("khaosat-1\0flag\0{key_id}\0{uuid}\0{version_no}\0{flag_no}")
            }
            Self::Comment { uuid, review_no } => format!("khaosat-1\0comment\0{key_id}\0{uuid}\0{review_no}"),
        };
        text.into_bytes()
    }
}

/// Something that may be sealed, as it is stored.
#[derive(Clone, Copy)]
pub(super) struct Stored<'a> {
    pub(super) key_id: Option<&'a str>,
    pub(super) place: Place<'a>,
    pub(super) bytes: &'a [u8],
}

/// Under what the words of a respondent are kept.
pub(super) enum Holder {
    /// Sealed with their key.
    Sealed { key_id: String, key: SealKey },
    /// As they come.
    Plain,
    /// They asked for erasure: nothing is kept.
    Erased,
}

impl Holder {
    pub(super) fn key_id(&self) -> Option<&str> {
        match self {
            Self::Sealed { key_id, .. } => Some(key_id),
            Self::Plain | Self::Erased => None,
        }
    }

    /// The bytes as they are stored.
    pub(super) fn seal<'b>(&self, place: Place<'_>, plain: &'b [u8]) -> Result<Cow<'b, [u8]>, StoreError> {
        match self {
            Self::Sealed { key_id, key } => Ok(Cow::Owned(key.seal(&place.written(key_id), plain)?)),
            Self::Plain => Ok(Cow::Borrowed(plain)),
            Self::Erased => {
                Err(StoreError::Damaged { detail: "something was to be kept of an erased respondent".to_owned() })
            }
        }
    }

    /// A text as it is stored: the column of the text, and the one beside it.
    pub(super) fn seal_text<'b>(
        &self,
        place: Place<'_>,
        text: &'b str,
    ) -> Result<(&'b str, Option<Vec<u8>>), StoreError> {
        match self {
            Self::Plain => Ok((text, None)),
            _ => Ok((SEALED, Some(self.seal(place, text.as_bytes())?.into_owned()))),
        }
    }
}

type RespondentRow = (String, Option<Vec<u8>>, Option<String>);

impl Transaction<'_> {
    /// Under what the words of a respondent are kept; their key is made with the first of them. On PostgreSQL the respondent's row is
    /// held until the transaction ends, so that nothing is kept beside an erasure that is under way.
    pub(super) fn holder(&mut self, round_code: &str, case_id: &str) -> Result<Holder, StoreError> {
        let found = self.hold_respondent(round_code, case_id)?;
        if let Some((_, _, Some(_erased_at))) = &found {
            return Ok(Holder::Erased);
        }
        if let Some((key_id, Some(wrapped), _)) = found {
            let key = self.keys.unwrap(&key_id, &wrapped)?;
            return Ok(Holder::Sealed { key_id, key });
        }
        let (master, fingerprint) = match &self.snapshot.keys.mode {
            Mode::Plain => return Ok(Holder::Plain),
            Mode::Undecided | Mode::Locked => return Err(StoreError::KeyNeeded),
            Mode::Sealed { master, fingerprint } => (*master, fingerprint.clone()),
        };
        // Whoever rotates the master key holds its row: a key that was wrapped by the old one would never open again.
        let holds = answer_key::table.find(1_i64).select(answer_key::fingerprint);
        let now_recorded: Option<String> = match &mut *self.snapshot.conn {
            AnyConn::Postgresql(conn) => holds.for_share().first(conn).optional()?,
            AnyConn::Sqlite(conn) => holds.first(conn).optional()?,
        };
        if now_recorded.as_deref() != Some(fingerprint.as_str()) {
            return Err(StoreError::KeyChanged);
        }
        self.make_respondent(round_code, case_id, &new_key_id()?)?;
        // Another node may have been first.
        match self.hold_respondent(round_code, case_id)? {
            Some((_, _, Some(_erased_at))) => Ok(Holder::Erased),
            Some((key_id, Some(wrapped), None)) => {
                let key = self.keys.unwrap(&key_id, &wrapped)?;
                Ok(Holder::Sealed { key_id, key })
            }
            Some((key_id, None, None)) => {
                let key = SealKey::generate()?;
                let wrapped = master.wrap(&key_id, &key)?;
                let n_set = diesel::update(respondent_key::table.find((round_code, case_id)))
                    .filter(respondent_key::wrapped_key.is_null())
                    .set(respondent_key::wrapped_key.eq(&wrapped))
                    .execute(self.conn)?;
                if n_set == 1 { Ok(Holder::Sealed { key_id, key }) } else { Err(two_at_once()) }
            }
            None => Err(two_at_once()),
        }
    }

    fn hold_respondent(&mut self, round_code: &str, case_id: &str) -> Result<Option<RespondentRow>, StoreError> {
        let wanted = respondent_key::table.find((round_code, case_id)).select((
            respondent_key::key_id,
            respondent_key::wrapped_key,
            respondent_key::erased_at,
        ));
        Ok(match &mut *self.snapshot.conn {
            AnyConn::Postgresql(conn) => wanted.for_share().first(conn).optional()?,
            AnyConn::Sqlite(conn) => wanted.first(conn).optional()?,
        })
    }

    /// Adds the row of a respondent, still without a key, unless there is one.
    pub(super) fn make_respondent(&mut self, round_code: &str, case_id: &str, key_id: &str) -> Result<(), StoreError> {
        let insert = diesel::insert_into(respondent_key::table).values((
            respondent_key::round_code.eq(round_code),
            respondent_key::case_id.eq(case_id),
            respondent_key::key_id.eq(key_id),
            respondent_key::made_at.eq(self.now.to_string()),
        ));
        match &mut *self.snapshot.conn {
            AnyConn::Postgresql(conn) => insert.on_conflict_do_nothing().execute(conn)?,
            AnyConn::Sqlite(conn) => insert.on_conflict_do_nothing().execute(conn)?,
        };
        Ok(())
    }
}

/// What a row holds, as it came; `None` where it was kept as it came.
type Opened = Result<Option<Vec<u8>>, StoreError>;

impl Snapshot<'_> {
    /// Opens many rows: each key is unwrapped once, the rows are opened side by side. `None` where a row is as it came.
    pub(super) fn open_all<T: Sync>(
        &mut self,
        rows: &[T],
        stored: impl Fn(&T) -> Stored<'_> + Sync,
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.open_each(rows, stored)?.into_iter().collect()
    }

    /// The same, and each row that does not open by itself.
    pub(super) fn open_each<T: Sync>(
        &mut self,
        rows: &[T],
        stored: impl Fn(&T) -> Stored<'_> + Sync,
    ) -> Result<Vec<Opened>, StoreError> {
        self.load_keys(rows.iter().filter_map(|row| stored(row).key_id))?;
        let with_keys: Vec<(&T, Option<SealKey>)> = {
            // The writer adds keys meanwhile: the lock is not held while rows are opened.
            let known = self.keys.known.read().unwrap_or_else(PoisonError::into_inner);
            rows.iter().map(|row| (row, stored(row).key_id.and_then(|id| known.get(id).copied()))).collect()
        };
        Ok(side_by_side::map(&with_keys, |(row, key)| open_one(stored(row), key.as_ref())))
    }

    /// Opens one row; `None` where it is as it came.
    pub(super) fn open_stored(&mut self, stored: Stored<'_>) -> Result<Option<Vec<u8>>, StoreError> {
        self.load_keys(stored.key_id.into_iter())?;
        open_one(stored, stored.key_id.and_then(|id| self.keys.known(id)).as_ref())
    }

    fn load_keys<'i>(&mut self, ids: impl Iterator<Item = &'i str>) -> Result<(), StoreError> {
        let missing: Vec<&str> = {
            let known = self.keys.known.read().unwrap_or_else(PoisonError::into_inner);
            ids.filter(|id| !known.contains_key(*id)).collect::<BTreeSet<_>>().into_iter().collect()
        };
        if missing.is_empty() {
            return Ok(());
        }
        for some in missing.chunks(KEYS_AT_ONCE) {
            let rows: Vec<(String, Option<Vec<u8>>)> = respondent_key::table
                .filter(respondent_key::key_id.eq_any(some))
                .select((respondent_key::key_id, respondent_key::wrapped_key))
                .load(self.conn)?;
            // Where all are erased no key is needed.
            if rows.iter().all(|(_, wrapped)| wrapped.is_none()) {
                continue;
            }
            let master = *self.keys.master()?;
            // A key that does not unwrap leaves its rows closed, and those say so.
            let unwrapped = side_by_side::map(&rows, |(key_id, wrapped)| {
                Some((key_id.clone(), master.unwrap(key_id, wrapped.as_deref()?)?))
            });
            self.keys.remember(unwrapped.into_iter().flatten());
        }
        Ok(())
    }
}

fn open_one(stored: Stored<'_>, key: Option<&SealKey>) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(key_id) = stored.key_id else { return Ok(None) };
    let opened = match key {
        Some(key) => key.open(&stored.place.written(key_id), stored.bytes),
        // Erased: there is neither a key nor anything to open.
        None if stored.bytes.is_empty() => Some(Vec::new()),
        None => None,
    };
    opened.map(Some).ok_or_else(|| StoreError::Damaged { detail: format!("{:?} does not open", stored.place) })
}

/// A text out of its column and what stands sealed beside it.
pub(super) fn text_of(plain: String, opened: Option<Vec<u8>>) -> Result<String, StoreError> {
    match opened {
        None => Ok(plain),
        Some(bytes) => String::from_utf8(bytes)
            .map_err(|_not_text| StoreError::Damaged { detail: "a sealed text is not UTF-8".to_owned() }),
    }
}
