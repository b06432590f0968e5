//! `khaosat round import`: interviews that were written down elsewhere, kept as if devices had sent them; all of a file or nothing.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use ::problem::{Place, Problem, Problems};

use super::round::ACTOR;
use super::{DatabaseArg, files, from_store, say};
use crate::app::Rooms;
use crate::http::{HandedIn, HandedInKind, keep_all};
use crate::imports::{ImportedInterview, Mapping, Table, interviews};
use crate::people::no_randomness;
use crate::questionnaire::Questionnaire;
use crate::results::thaw;
use crate::rounds::collect;
use crate::secret::Secret;
use crate::store::{AccessToken, Kept, NewToken, ReceivedState, Role, Store};

/// Which interviews, of which round
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// Code of the round
    code: String,
    /// The form that was answered; its latest version in the round
    #[arg(long, value_name = "FORM_ID")]
    questionnaire: String,
    /// The interviews: .csv or .xlsx, one row each
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Which column is what (TOML); see docs/vi/nhap-du-lieu.md
    #[arg(long, value_name = "FILE.toml")]
    mapping: PathBuf,
    /// Reads and checks everything, and keeps nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Imports the interviews of a file.
///
/// # Errors
/// Every problem of the files, with row and column; an unknown round or form; the database. Nothing is kept then.
pub(super) fn run_import(args: &ImportArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let store = args.database.open()?;
    let (questionnaire, sha256) = asked(&store, args)?;
    let found = read(args, &questionnaire, &sha256)?;
    if args.dry_run {
        return say(out, format_args!("{}: {} phiếu đọc được, chưa nhập", args.code, found.len()));
    }
    let token = sender(&store, &args.code)?;
    let rows: Vec<usize> = found.iter().map(|one| one.row).collect();
    let items = found
        .into_iter()
        .map(|one| HandedIn { kind: HandedInKind::Response, uuid: one.uuid, body: one.body })
        .collect();
    let check = Rooms::of_this_program().check_answers;
    // What a device would be refused for is told by its number; people look for the row.
    let kept =
        keep_all(&store, ACTOR, &token, check, items).map_err(|problems| at_rows(problems, &rows, &args.data))?;
    let is_new = |one: &&Kept| matches!(one, Kept::New(_));
    let conflicts = kept.iter().filter(|one| one.receipt().state == ReceivedState::Conflict).filter(is_new).count();
    let new = kept.iter().filter(is_new).count() - conflicts;
    let again = kept.len() - new - conflicts;
    let flagged = kept.iter().filter(is_new).filter(|one| !one.receipt().flags.is_empty()).count();
    say(
        out,
        format_args!("{}: {new} phiếu mới, {again} đã có, {conflicts} khác nội dung; {flagged} bị đánh dấu", args.code),
    )
}

fn at_rows(problems: Problems, rows: &[usize], data: &Path) -> Problems {
    let at_row = |problem: Problem| {
        let number = problem.place.as_ref().and_then(|place| place.row);
        match number.and_then(|number| rows.get(number.checked_sub(1)?)) {
            Some(row) => problem.at(Place::row(*row)).in_file(&data.display().to_string()),
            None => problem,
        }
    };
    Problems(problems.into_iter().map(at_row).collect())
}

/// The latest version of the form that the round asks.
fn asked(store: &Store, args: &ImportArgs) -> Result<(Questionnaire, String), Problems> {
    let (round, found, known) = store
        .read(|snapshot| {
            let round = snapshot.find_round(&args.code)?;
            let heads = snapshot.list_round_questionnaires(&args.code)?;
            // Of one form the latest version comes first.
            let sheets = match heads.iter().find(|head| head.form_id == args.questionnaire) {
                Some(head) => {
                    snapshot.find_questionnaire_sheets(&head.sha256)?.map(|sheets| (head.sha256.clone(), sheets))
                }
                None => None,
            };
            Ok((round, sheets, heads.into_iter().map(|head| head.form_id).collect::<Vec<_>>()))
        })
        .map_err(|error| from_store(&error))?;
    if round.is_none() {
        return Err(crate::problem::round_unknown(&args.code).into());
    }
    let Some((sha256, sheets)) = found else {
        return Err(crate::problem::form_not_asked(&args.questionnaire, &known).into());
    };
    Ok((thaw(&sheets)?.0, sha256))
}

/// The interviews in the files, or everything that is wrong with them.
fn read(args: &ImportArgs, questionnaire: &Questionnaire, sha256: &str) -> Result<Vec<ImportedInterview>, Problems> {
    let text = String::from_utf8(files::read(&args.mapping)?).map_err(|_not_utf8| {
        Problem::new("file_not_utf8", "tệp không phải là văn bản UTF-8", "the file is not text in UTF-8")
            .in_file(&args.mapping.display().to_string())
    })?;
    let mapping =
        Mapping::from_toml(&text).map_err(|problems| problems.in_file(&args.mapping.display().to_string()))?;
    let mut problems = Problems::none();
    let table = collect(table(&args.data, mapping.file.sheet.as_deref()), &mut problems);
    let beside = args.data.parent().unwrap_or(Path::new(""));
    let mut repeats: BTreeMap<String, Table> = BTreeMap::new();
    for (name, repeat) in &mapping.repeats {
        let path = repeat.file.as_ref().map_or_else(|| args.data.clone(), |file| beside.join(file));
        let sheet = repeat.sheet.as_deref().or(repeat.file.is_none().then_some(name.as_str()));
        if let Some(table) = collect(self::table(&path, sheet), &mut problems) {
            repeats.insert(name.clone(), table);
        }
    }
    problems.into_result(())?;
    let Some(table) = table else { return Ok(Vec::new()) };
    interviews(&args.code, questionnaire, sha256, &mapping, &table, &repeats)
}

fn table(path: &Path, sheet: Option<&str>) -> Result<Table, Problems> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Table::read(name, &files::read(path)?, sheet)
}

/// The token under which imports of a round stand: nobody holds its secret, and it is revoked from the beginning.
fn sender(store: &Store, code: &str) -> Result<AccessToken, Problems> {
    let id = format!("import-{code}");
    let known = |store: &Store| -> Result<Option<AccessToken>, Problems> {
        let tokens = store.read(|snapshot| snapshot.list_tokens()).map_err(|error| from_store(&error))?;
        Ok(tokens.into_iter().find(|token| token.id == id))
    };
    if let Some(token) = known(store)? {
        return Ok(token);
    }
    let secret = Secret::generate().map_err(|error| no_randomness(&error))?;
    let token = NewToken {
        id: id.clone(),
        round_code: Some(code.to_owned()),
        name: "Nhập từ tệp".to_owned(),
        role: Role::Coordinator,
        token_sha256: secret.sha256(),
        expires_at: None,
        account_id: None,
    };
    store
        .write(ACTOR, move |tx| {
            tx.create_token(&token)?;
            tx.revoke_token(&token.id)
        })
        .map_err(|error| from_store(&error))?;
    known(store)?
        .ok_or_else(|| Problem::new("import_sender", "không tạo được mã nhập", "the import has no sender").into())
}
