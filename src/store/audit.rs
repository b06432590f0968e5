//! Who did what. Every writing act calls [`Transaction::audit`] in its own transaction, right after its query.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::any_conn::AnyConn;
use super::error::StoreError;
use super::schema::audit_event;
use super::sequence;
use super::{Snapshot, Timestamp, Transaction};

/// The act of a backup.
const BACKED_UP: &str = "database.backed_up";

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = audit_event)]
pub struct AuditEvent {
    /// Order of the acts.
    pub sequence: i64,
    /// When, by the server's clock.
    pub at: String,
    /// The id of the token that acted, or the command.
    pub actor: String,
    /// What was done, such as `response.received`.
    pub act: String,
    /// To what, such as the UUID of a response.
    pub object: String,
    /// More about it, without answers and without secrets.
    pub detail: String,
}

impl Transaction<'_> {
    pub(super) fn audit(&mut self, act: &str, object: &str, detail: &str) -> Result<(), StoreError> {
        let line = (
            audit_event::at.eq(self.now.to_string()),
            audit_event::actor.eq(&self.actor),
            audit_event::act.eq(act),
            audit_event::object.eq(object),
            audit_event::detail.eq(detail),
        );
        match &mut *self.snapshot.conn {
            // The number is drawn within the statement, that is, under the table's lock: `audit_seal` relies on it.
            AnyConn::Postgresql(conn) => {
                let number = audit_event::sequence.eq(diesel::dsl::sql::<BigInt>("nextval('audit_sequence')"));
                diesel::insert_into(audit_event::table).values((number, line)).execute(conn)?;
            }
            AnyConn::Sqlite(conn) => {
                let number = sequence::count(conn, "audit")?;
                diesel::insert_into(audit_event::table)
                    .values((audit_event::sequence.eq(number), line))
                    .execute(conn)?;
            }
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// Writes down that data of a round left the house: which, how many rows, their hash. Never the data.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn log_export(&mut self, round_code: &str, detail: &str) -> Result<(), StoreError> {
        self.audit("data.exported", round_code, detail)
    }

    /// Writes down that a backup was made, with the digest of what is in it.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn log_backup(&mut self, digest: &str) -> Result<(), StoreError> {
        self.audit(BACKED_UP, "database", digest)
    }
}

/// Which lines of the log.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub before: Option<Timestamp>,
    /// Whose.
    pub actor: Option<String>,
    /// The act; all that begin so where it ends with a dot.
    pub act: Option<String>,
    /// What was touched.
    pub object: Option<String>,
}

impl AuditFilter {
    fn chosen(&self) -> audit_event::BoxedQuery<'_, <AnyConn as diesel::Connection>::Backend> {
        let mut query = audit_event::table.into_boxed();
        if let Some(from) = self.from {
            query = query.filter(audit_event::at.ge(from.to_string()));
        }
        if let Some(before) = self.before {
            query = query.filter(audit_event::at.lt(before.to_string()));
        }
        if let Some(actor) = &self.actor {
            query = query.filter(audit_event::actor.eq(actor));
        }
        match &self.act {
            // The character after the dot ends what begins with the prefix.
            Some(prefix) if prefix.ends_with('.') => {
                let end = format!("{}/", prefix.trim_end_matches('.'));
                query = query.filter(audit_event::act.ge(prefix)).filter(audit_event::act.lt(end));
            }
            Some(act) => query = query.filter(audit_event::act.eq(act)),
            None => {}
        }
        if let Some(object) = &self.object {
            query = query.filter(audit_event::object.eq(object));
        }
        query
    }
}

impl Snapshot<'_> {
    /// The lines that a filter chooses after a line, in order; at most `n_max`.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_audit_events(
        &mut self,
        filter: &AuditFilter,
        after: i64,
        n_max: i64,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let query = filter.chosen().filter(audit_event::sequence.gt(after));
        Ok(query.order(audit_event::sequence).limit(n_max).select(AuditEvent::as_select()).load(self.conn)?)
    }

    /// The last lines that a filter chooses, the newest first; at most `n_max`.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_last_audit_events(&mut self, filter: &AuditFilter, n_max: i64) -> Result<Vec<AuditEvent>, StoreError> {
        let query = filter.chosen().order(audit_event::sequence.desc()).limit(n_max);
        Ok(query.select(AuditEvent::as_select()).load(self.conn)?)
    }

    /// The last times that data of a round left the house, the newest first; at most `n_max`.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_exports(&mut self, round_code: &str, n_max: i64) -> Result<Vec<AuditEvent>, StoreError> {
        Ok(audit_event::table
            .filter(audit_event::act.eq("data.exported"))
            .filter(audit_event::object.eq(round_code))
            .order(audit_event::sequence.desc())
            .limit(n_max)
            .select(AuditEvent::as_select())
            .load(self.conn)?)
    }

    /// When the last backup was made, if one was.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn last_backup_at(&mut self) -> Result<Option<String>, StoreError> {
        Ok(audit_event::table
            .filter(audit_event::act.eq(BACKED_UP))
            .order(audit_event::sequence.desc())
            .select(audit_event::at)
            .first(self.conn)
            .optional()?)
    }

    /// The audit log after a line, in order; at most `n_max` lines.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_audit_events(&mut self, after: i64, n_max: i64) -> Result<Vec<AuditEvent>, StoreError> {
        Ok(audit_event::table
            .filter(audit_event::sequence.gt(after))
            .order(audit_event::sequence)
            .limit(n_max)
            .select(AuditEvent::as_select())
            .load(self.conn)?)
    }
}
