//! `khaosat account`: people, what they may do, how they get in.

use std::io::{BufRead, Write};

use ::problem::{Problem, Problems};

use super::{DatabaseArg, from_store, say};
use crate::assignment::{AssignmentRefused, AssignmentWish, assign};
use crate::password::{self, PasswordRoom};
use crate::people::{self, CodeRefused, PASSWORD_LINK_HOURS, issue_code, no_randomness, shown_code};
use crate::problem as catalogue;
use crate::secret::Secret;
use crate::store::{Account, Grant, Role, Snapshot, Store, StoreError, Transaction};

/// The name under which the command line stands in the audit log.
const ACTOR: &str = "command line";

/// People: who they are, what they may do, how they get in
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Adds a person; without a password it prints a link to set one
    ///
    /// Example, the first administrator: khaosat account add --login lan --name "Nguyễn Thị Lan" --role administrator
    Add(AddArgs),
    /// Lists the people and what they may do
    List(DatabaseArg),
    /// Gives a person a role
    ///
    /// Example: khaosat account grant lan --role supervisor --round bac-giang-2026
    Grant(RoleArgs),
    /// Takes a role from a person, with the tokens and devices that rest on it
    Take(RoleArgs),
    /// Lets a person in no more: sessions, tokens, devices, codes and links end at once
    Disable(OneArgs),
    /// Lets a disabled person sign in again; devices need new codes
    Enable(OneArgs),
    /// Prints a new link to set a password; it works once
    Link(OneArgs),
    /// Prints a one-time activation code for an enumerator's device
    ///
    /// Example: khaosat account code hoa --round bac-giang-2026
    Code(CodeArgs),
    /// Gives villages or single cases to an enumerator, or takes them back: all of it or nothing
    ///
    /// Example: khaosat account assign hoa --round bac-giang-2026 --area 24-213-07207-0720708
    Assign(AssignArgs),
}

/// A new person
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// What the person signs in with: 2–60 letters, digits and . - _ @
    #[arg(long)]
    login: String,
    /// The name
    #[arg(long)]
    name: String,
    /// administrator, coordinator, supervisor, enumerator, analyst or auditor
    #[arg(long, value_parser = parse_role)]
    role: Role,
    /// The round it holds in; without it, all rounds (never for an enumerator)
    #[arg(long, value_name = "CODE")]
    round: Option<String>,
    /// Reads the password from the first line of standard input, instead of printing a link
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

/// A person and a role
#[derive(Debug, clap::Args)]
pub struct RoleArgs {
    /// The login
    login: String,
    /// administrator, coordinator, supervisor, enumerator, analyst or auditor
    #[arg(long, value_parser = parse_role)]
    role: Role,
    /// The round it holds in; without it, all rounds (never for an enumerator)
    #[arg(long, value_name = "CODE")]
    round: Option<String>,
    #[command(flatten)]
    database: DatabaseArg,
}

/// A person
#[derive(Debug, clap::Args)]
pub struct OneArgs {
    /// The login
    login: String,
    #[command(flatten)]
    database: DatabaseArg,
}

/// An enumerator and a round
#[derive(Debug, clap::Args)]
pub struct CodeArgs {
    /// The login
    login: String,
    /// The round
    #[arg(long, value_name = "CODE")]
    round: String,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Who gets which cases
#[derive(Debug, clap::Args)]
pub struct AssignArgs {
    /// The login; without it the cases are taken back
    login: Option<String>,
    /// The round
    #[arg(long, value_name = "CODE")]
    round: String,
    /// An area of the list's lowest level: its code, or the codes from the top joined by hyphens; may be repeated
    #[arg(long, value_name = "AREA_CODE")]
    area: Vec<String>,
    /// A single case; may be repeated
    #[arg(long, value_name = "CASE_ID")]
    case: Vec<String>,
    /// Also cases that somebody else has started
    #[arg(long)]
    even_started: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

fn parse_role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| Role::ALL.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", "))
}

/// Runs the command.
///
/// # Errors
/// Whatever the database or the arguments do not allow, in words.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Add(add) => run_add(add, out),
        Args::List(database) => run_list(database, out),
        Args::Grant(role) => {
            let grant = grant_of(role.role, role.round.as_deref())?;
            on_account(&role.database, &role.login, move |tx, account| tx.grant_role(&account.id, &grant))?;
            say(out, format_args!("{}: + {} {}", role.login, role.role.as_str(), role.round.as_deref().unwrap_or("*")))
        }
        Args::Take(role) => {
            let grant = Grant { role: role.role, round_code: role.round.clone() };
            on_account(&role.database, &role.login, move |tx, account| tx.revoke_role(&account.id, &grant))?;
            say(out, format_args!("{}: − {} {}", role.login, role.role.as_str(), role.round.as_deref().unwrap_or("*")))
        }
        Args::Disable(one) => {
            on_account(&one.database, &one.login, |tx, account| tx.set_account_disabled(&account.id, true))?;
            say(out, format_args!("đã khoá {}", one.login))
        }
        Args::Enable(one) => {
            on_account(&one.database, &one.login, |tx, account| tx.set_account_disabled(&account.id, false))?;
            say(out, format_args!("đã mở lại {}", one.login))
        }
        Args::Link(one) => {
            let secret = Secret::generate().map_err(|error| no_randomness(&error))?;
            let sha256 = secret.sha256();
            on_account(&one.database, &one.login, move |tx, account| {
                tx.create_password_link(&account.id, &sha256, PASSWORD_LINK_HOURS)
            })?;
            say_link(out, &secret)
        }
        Args::Code(code) => run_code(code, out),
        Args::Assign(wish) => run_assign(wish, out),
    }
}

fn grant_of(role: Role, round: Option<&str>) -> Result<Grant, Problems> {
    if role == Role::Enumerator && round.is_none() {
        return Err(people::enumerator_round_missing().into());
    }
    Ok(Grant { role, round_code: round.map(str::to_owned) })
}

fn account_unknown(login: &str) -> Problems {
    Problem::new("account_unknown", "không có tài khoản này", "there is no such account")
        .got(login)
        .hint("khaosat account list", "khaosat account list")
        .into()
}

fn find(snapshot: &mut Snapshot<'_>, login: &str) -> Result<Option<Account>, StoreError> {
    match people::login(login) {
        Ok(login) => snapshot.find_account_by_login(&login),
        Err(_no_login) => Ok(None),
    }
}

/// Finds a person and acts on it, in one transaction.
fn on_account(
    database: &DatabaseArg,
    login: &str,
    act: impl FnOnce(&mut Transaction<'_>, Account) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), Problems> {
    let wanted = login.to_owned();
    let done = database.open()?.write(ACTOR, move |tx| match find(tx, &wanted)? {
        None => Ok(false),
        Some(account) => act(tx, account).map(|()| true),
    });
    if done.map_err(|error| from_store(&error))? { Ok(()) } else { Err(account_unknown(login)) }
}

fn say_link(out: &mut dyn Write, secret: &Secret) -> Result<(), Problems> {
    say(out, format_args!("/set-password?link={}", secret.reveal()))?;
    say(out, format_args!("mở sau địa chỉ của máy chủ; dùng một lần, trong {PASSWORD_LINK_HOURS} giờ"))
}

/// The first line, without its end.
fn password_of_stdin() -> Result<String, Problems> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| {
        Problems::from(
            Problem::new("password_unread", "không đọc được mật khẩu", "the password cannot be read")
                .got(error.to_string()),
        )
    })?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn run_add(add: &AddArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let grant = Grant { role: add.role, round_code: add.round.clone() };
    let mut new = people::new_account(&add.login, &add.name, vec![grant])?;
    let mut secret = None;
    if add.password_stdin {
        let password = password_of_stdin()?;
        password::check(&password, &new.login)?;
        new.password_hash = Some(PasswordRoom::default().hash(&password).map_err(|_failed| no_randomness(&"argon2"))?);
    } else if add.role != Role::Enumerator {
        // Enumerators get in by activation codes.
        secret = Some(Secret::generate().map_err(|error| no_randomness(&error))?);
    }
    let link_sha256 = secret.as_ref().map(Secret::sha256);
    let login = new.login.clone();
    add.database
        .open()?
        .write(ACTOR, move |tx| {
            tx.create_account(&new)?;
            match &link_sha256 {
                None => Ok(()),
                Some(sha256) => tx.create_password_link(&new.id, sha256, PASSWORD_LINK_HOURS),
            }
        })
        .map_err(|error| from_store(&error))?;
    say(out, format_args!("{login}: {} {}", add.role.as_str(), add.round.as_deref().unwrap_or("*")))?;
    match &secret {
        None => Ok(()),
        Some(secret) => say_link(out, secret),
    }
}

fn run_list(database: &DatabaseArg, out: &mut dyn Write) -> Result<(), Problems> {
    let accounts = database.open()?.read(|snapshot| snapshot.list_accounts()).map_err(|error| from_store(&error))?;
    for account in accounts {
        let state = match (&account.disabled_at, account.has_password) {
            (Some(_), _) => "disabled",
            (None, true) => "password",
            (None, false) => "-",
        };
        let roles: Vec<String> = account
            .grants
            .iter()
            .map(|grant| format!("{}@{}", grant.role.as_str(), grant.round_code.as_deref().unwrap_or("*")))
            .collect();
        say(out, format_args!("{}\t{}\t{state}\t{}\t{}", account.login, account.id, roles.join(" "), account.name))?;
    }
    Ok(())
}

fn run_code(args: &CodeArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let store: Store = args.database.open()?;
    let issued =
        issue_code(&store, &PasswordRoom::default(), ACTOR, &args.round, &args.login).map_err(
            |refused| match refused {
                CodeRefused::Unknown => catalogue::enumerator_unknown(&args.login).into(),
                CodeRefused::Busy => no_randomness(&"argon2"),
                CodeRefused::Failed(problems) => problems,
                CodeRefused::Store(error) => from_store(&error),
            },
        )?;
    let shown = shown_code(&issued.code);
    say(out, &shown)?;
    say(
        out,
        format_args!(
            "{}: gõ mã này ở /field/, hoặc mở /field/#t={shown}; dùng một lần, đến {}",
            issued.enumerator.name, issued.expires_at
        ),
    )
}

fn run_assign(args: &AssignArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let wish = AssignmentWish {
        enumerator: args.login.clone(),
        areas: args.area.clone(),
        cases: args.case.clone(),
        even_started: args.even_started,
    };
    let store = args.database.open()?;
    let code = args.round.clone();
    if store.read(|snapshot| snapshot.find_round(&code)).map_err(|error| from_store(&error))?.is_none() {
        return Err(catalogue::round_unknown(&args.round).into());
    }
    let done = store.write(ACTOR, move |tx| assign(tx, &code, &wish)).map_err(|error| from_store(&error))?;
    let assigned = done.map_err(|refused| match refused {
        AssignmentRefused::Invalid(problems) => problems,
        AssignmentRefused::Started(mut problems) => {
            problems.push(catalogue::assignment_started().hint("thêm --even-started", "add --even-started"));
            problems
        }
    })?;
    say(out, format_args!("{} hộ, đổi người {}", assigned.n_named, assigned.n_changed))
}
