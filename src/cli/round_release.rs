//! `khaosat round release` and `releases`: reserves of a round, by rule and by what the field has reported.

use std::io::Write;

use ::problem::Problems;
use unicode_normalization::UnicodeNormalization;

use super::round::ACTOR;
use super::{DatabaseArg, from_store, say};
use crate::replacements::{ReplacementWish, release_reserve};
use crate::store::{Replacement, Store};

/// Which case is replaced, and why
#[derive(Debug, clap::Args)]
pub struct ReleaseArgs {
    /// Code of the round
    code: String,
    /// The case that has failed: a main one, or a reserve that was released before
    #[arg(long = "for", value_name = "CASE")]
    replaces: String,
    /// Its final disposition, an AAPOR code; the field must have reported the same
    #[arg(long)]
    disposition: String,
    /// Why it is replaced, in words; no names of people
    #[arg(long)]
    reason: String,
    /// The reserve in hand; refused unless it is the next of the area
    #[arg(long, value_name = "CASE")]
    reserve: Option<String>,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Releases the next reserve for a case that has failed.
///
/// # Errors
/// What the rule refuses; an unknown round; the database.
pub(super) fn run_release(args: &ReleaseArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let clean = |text: &str| -> String { text.trim().nfc().collect() };
    let wish = ReplacementWish {
        replaces: clean(&args.replaces),
        disposition: clean(&args.disposition),
        reason: clean(&args.reason),
        reserve: args.reserve.as_deref().map(clean),
    };
    let (store, code) = (args.database.open()?, args.code.clone());
    require_round(&store, &code)?;
    let released =
        store.write(ACTOR, move |tx| release_reserve(tx, &code, &wish)).map_err(|error| from_store(&error))??;
    say_release(released.replacement(), out)
}

/// Lists the reserves of a round that were released.
///
/// # Errors
/// An unknown round; the database.
pub(super) fn list_releases(code: &str, database: &DatabaseArg, out: &mut dyn Write) -> Result<(), Problems> {
    let store = database.open()?;
    require_round(&store, code)?;
    let released = store.read(|snapshot| snapshot.list_replacements(code)).map_err(|error| from_store(&error))?;
    released.iter().try_for_each(|replacement| say_release(replacement, out))
}

fn require_round(store: &Store, code: &str) -> Result<(), Problems> {
    match store.read(|snapshot| snapshot.find_round(code)).map_err(|error| from_store(&error))? {
        Some(_) => Ok(()),
        None => Err(crate::problem::round_unknown(code).into()),
    }
}

fn say_release(given: &Replacement, out: &mut dyn Write) -> Result<(), Problems> {
    let Replacement { release_no, case_id, replaces_case_id, disposition, released_at, released_by, reason, .. } =
        given;
    say(
        out,
        format_args!(
            "{release_no}\t{replaces_case_id} → {case_id}\t{disposition}\t{released_at}\t{released_by}\t{reason}"
        ),
    )
}
