//! Is everything as it should be, on this machine and in its database? Looked at without changing anything.
//!
//! ```text
//! answers   the key of the answers, what is not sealed
//! database  engine, schema, integrity, bodies, last backup      machine  disk, rights of files, clock, addresses
//! ```

mod answers;
mod database;
mod machine;

use ::problem::{Problem, Problems, Words};
use serde::Serialize;

use crate::store::{DatabaseUrl, KeySource, Timestamp};

/// How one thing stands, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Good,
    /// It works, and should be looked at.
    Warning,
    /// It must be mended.
    Bad,
}

/// What was looked at, and how it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// A stable name, such as `database.schema`.
    pub check: &'static str,
    /// How it stands.
    pub health: Health,
    /// What was found, if all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Words>,
    /// What is not well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What the doctor is told.
pub struct Patient {
    /// The database.
    pub database: DatabaseUrl,
    /// Where the key of the answers is.
    pub keys: KeySource,
    /// The address under which people reach the service, as it is given to `khaosat serve`.
    pub public_url: Option<String>,
    /// The present instant.
    pub now: Timestamp,
    /// How old the last backup may be, in hours.
    pub backup_within_h: u32,
    /// Leaves out what takes long on a large database: the engine's own check and the hash of every body.
    pub is_quick: bool,
}

/// All that was found, in the order it was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The worst of all.
    pub health: Health,
    /// The version of the program.
    pub program: &'static str,
    /// When it was looked at, UTC.
    pub at: String,
    /// The database, without its password.
    pub database: String,
    /// One by one.
    pub findings: Vec<Finding>,
}

impl Report {
    /// What must be mended.
    #[must_use]
    pub fn problems(&self) -> Problems {
        let mut problems = Problems::none();
        let bad = self.findings.iter().filter(|finding| finding.health == Health::Bad);
        problems.extend(bad.filter_map(|finding| finding.problem.clone()));
        problems
    }
}

/// Looks at everything.
#[must_use]
pub fn examine(patient: &Patient) -> Report {
    let mut findings = machine::examine(patient);
    findings.extend(database::examine(patient));
    Report {
        health: findings.iter().map(|finding| finding.health).max().unwrap_or(Health::Good),
        program: env!("CARGO_PKG_VERSION"),
        at: patient.now.to_string(),
        database: patient.database.to_string(),
        findings,
    }
}

fn good(check: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Finding {
    Finding { check, health: Health::Good, found: Some(Words::new(vi, en)), problem: None }
}

fn warning(check: &'static str, problem: Problem) -> Finding {
    Finding { check, health: Health::Warning, found: None, problem: Some(problem) }
}

fn bad(check: &'static str, problem: Problem) -> Finding {
    Finding { check, health: Health::Bad, found: None, problem: Some(problem) }
}
