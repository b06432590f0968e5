//! `khaosat round`: a survey round is put together here from a sample list and questionnaires.

use std::io::Write;
use std::path::{Path, PathBuf};

use ::problem::{Problem, Problems};
use chrono::NaiveDate;

use super::round_import::{ImportArgs, run_import};
use super::round_release::{ReleaseArgs, list_releases, run_release};
use super::round_sheets::{find_sheets, read_file, text_of};
use super::{DatabaseArg, from_store, say};
use crate::rounds;
use crate::rounds::collect;
pub use crate::rounds::{NewRound, Sheets};
use crate::store::{Role, RoundState, Store, StoreError, Visibility};

/// The name under which the command line stands in the audit log.
pub(super) const ACTOR: &str = "command line";

/// Makes, lists, publishes, opens and closes survey rounds
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Makes a round from a sample list and questionnaires; it is open for responses, and private
    ///
    /// Example: khaosat round create --code bac-giang-2024 --name "PAPI Bắc Giang 2024" --sample sample.csv --questionnaire papi-2019
    Create(CreateArgs),
    /// Lets a round ask a further questionnaire, or a new version of one; older versions stay answerable
    ///
    /// Example: khaosat round ask bac-giang-2024 --questionnaire ./papi-v2
    Ask(AskArgs),
    /// Keeps interviews that were written down elsewhere: CSV, XLSX, exports of ODK Central and KoboToolbox; all of a file or nothing
    ///
    /// Example: khaosat round import bac-giang-2026 --questionnaire papi-2019 --data interviews.csv --mapping mapping.toml --dry-run
    Import(ImportArgs),
    /// Lists the rounds
    ///
    /// Example: khaosat round list
    List(DatabaseArg),
    /// Lets everybody read the round, its sample list, its progress and its results, without a token; only while nobody has an account
    ///
    /// Where people have accounts, a round is published on its page, where disclosure control decides what is shown.
    ///
    /// Example: khaosat round publish bac-giang-2024
    Publish(OneRound),
    /// Takes the round back from the public
    ///
    /// Example: khaosat round unpublish bac-giang-2024
    Unpublish(OneRound),
    /// Releases the next reserve for a case that has failed, by what the field has reported of it
    ///
    /// Example: khaosat round release bac-giang-2024 --for 24-213-07201-001-17 --disposition 2.11 --reason "refused at the door"
    Release(ReleaseArgs),
    /// Lists the reserves that were released
    ///
    /// Example: khaosat round releases bac-giang-2024
    Releases(OneRound),
    /// Ends fieldwork: what still arrives is kept and flagged; only while nobody has an account
    ///
    /// Where people have accounts, a round is closed on its page, by two of them.
    ///
    /// Example: khaosat round close bac-giang-2024
    Close(OneRound),
    /// Opens a closed round again
    ///
    /// Example: khaosat round open bac-giang-2024 --reason "thiếu thôn Hạ"
    Open(OpenArgs),
}

/// Which round
#[derive(Debug, clap::Args)]
pub struct OneRound {
    /// Code of the round
    code: String,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Which round is opened again, and why
#[derive(Debug, clap::Args)]
pub struct OpenArgs {
    /// Code of the round
    code: String,
    /// Why; it stands in the audit log
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    database: DatabaseArg,
}

/// What a round is made of
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// Its name in addresses: small letters, digits and hyphens
    #[arg(long)]
    code: String,
    /// Its name for people
    #[arg(long)]
    name: String,
    /// The sample list that `khaosat sample draw` made (CSV); its certificate beside it is stored with it
    #[arg(long, value_name = "FILE.csv")]
    sample: PathBuf,
    /// A questionnaire: the name of a built-in one, or a folder with survey.csv, choices.csv, settings.csv; may be repeated
    #[arg(long, value_name = "NAME|DIR", required = true)]
    questionnaire: Vec<String>,
    /// The day whose units the round keeps to; without it, today, or the last day of a unit that is gone by now
    #[arg(long, value_name = "DAY", value_parser = super::plan::day)]
    geography_day: Option<NaiveDate>,
    #[command(flatten)]
    database: DatabaseArg,
}

/// What a round is to ask besides
#[derive(Debug, clap::Args)]
pub struct AskArgs {
    /// Code of the round
    code: String,
    /// A questionnaire: the name of a built-in one, or a folder with survey.csv, choices.csv, settings.csv; may be repeated
    #[arg(long, value_name = "NAME|DIR", required = true)]
    questionnaire: Vec<String>,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Makes a round, all of it or nothing; says how many cases it has. In the audit log it is the command line's.
///
/// # Errors
/// As [`rounds::create`].
pub fn create(store: &Store, round: &NewRound) -> Result<usize, Problems> {
    rounds::create(store, ACTOR, round)
}

/// Runs the command.
///
/// # Errors
/// Whatever the files, the database or the arguments do not allow, in words.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Create(create_args) => run_create(create_args, out),
        Args::Ask(ask_args) => run_ask(ask_args, out),
        Args::Import(import_args) => run_import(import_args, out),
        Args::List(database) => {
            let rounds = database
                .open()?
                .read(|snapshot| {
                    let rounds = snapshot.list_rounds()?.into_iter();
                    rounds
                        .map(|round| Ok((round.clone(), snapshot.find_round_geography(&round.code)?)))
                        .collect::<Result<Vec<_>, StoreError>>()
                })
                .map_err(|error| from_store(&error))?;
            for (round, geography) in rounds {
                let (state, visibility) = (round.state.as_str(), round.visibility.as_str());
                let units = geography.map_or_else(
                    || "–".to_owned(),
                    |pin| format!("{} {}", pin.unit.as_deref().unwrap_or("–"), pin.seen_on),
                );
                say(
                    out,
                    format_args!(
                        "{}\t{state}\t{visibility}\t{}\t{units}\t{}",
                        round.code, round.created_at, round.name
                    ),
                )?;
            }
            Ok(())
        }
        Args::Publish(one) => {
            without_people(one, "publication")?;
            set_visibility(one, Visibility::Public, out)
        }
        Args::Unpublish(one) => set_visibility(one, Visibility::Private, out),
        Args::Release(release_args) => run_release(release_args, out),
        Args::Releases(one) => list_releases(&one.code, &one.database, out),
        Args::Close(one) => {
            without_people(one, "closing")?;
            set_state(one, RoundState::Closed, out)
        }
        Args::Open(open) => {
            let (code, reason) = (open.code.clone(), open.reason.trim().to_owned());
            if reason.is_empty() {
                return Err(crate::problem::closing_reason().into());
            }
            let store = open.database.open()?;
            store.write(ACTOR, move |tx| tx.reopen_round(&code, &reason)).map_err(|error| from_store(&error))?;
            say(out, format_args!("{}: {}", open.code, RoundState::Open.as_str()))
        }
    }
}

/// Refuses what people do on a page of the round: there two of them are needed to close, and disclosure control looks at what is shown.
/// Only a database without anybody who could has no other way.
fn without_people(one: &OneRound, page: &str) -> Result<(), Problems> {
    let accounts =
        one.database.open()?.read(|snapshot| snapshot.list_accounts()).map_err(|error| from_store(&error))?;
    let leads = |account: &crate::store::Account| {
        account.disabled_at.is_none() && account.holds(&[Role::Coordinator, Role::Administrator], &one.code)
    };
    let n = accounts.iter().filter(|account| leads(account)).count();
    if n == 0 {
        return Ok(());
    }
    let (vi, en) = match page {
        "closing" => (
            "khoá sổ là việc của hai người trên trang Khoá sổ, không làm một mình bằng dòng lệnh",
            "a round is closed by two people on its page Closing, not by one on the command line",
        ),
        _ => (
            "công bố làm trên trang Công bố, nơi kiểm soát bảo mật quyết định được hiện những gì",
            "a round is published on its page Publication, where disclosure control decides what is shown",
        ),
    };
    Err(Problem::new("round_on_its_page", vi, en)
        .got((format!("{n} người phụ trách có tài khoản"), format!("{n} people in charge have an account")))
        .hint(format!("mở /rounds/{}/{page}", one.code), format!("open /rounds/{}/{page}", one.code))
        .into())
}

fn set_visibility(one: &OneRound, visibility: Visibility, out: &mut dyn Write) -> Result<(), Problems> {
    let code = one.code.clone();
    let store = one.database.open()?;
    store.write(ACTOR, move |tx| tx.set_round_visibility(&code, visibility)).map_err(|error| from_store(&error))?;
    say(out, format_args!("{}: {}", one.code, visibility.as_str()))
}

fn set_state(one: &OneRound, state: RoundState, out: &mut dyn Write) -> Result<(), Problems> {
    let code = one.code.clone();
    let store = one.database.open()?;
    store.write(ACTOR, move |tx| tx.set_round_state(&code, state)).map_err(|error| from_store(&error))?;
    say(out, format_args!("{}: {}", one.code, state.as_str()))
}

fn run_create(args: &CreateArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let mut problems = Problems::none();
    let list_csv = collect(read_file(&args.sample), &mut problems).unwrap_or_default();
    let questionnaires: Vec<Sheets> =
        args.questionnaire.iter().filter_map(|name| collect(find_sheets(name), &mut problems)).collect();
    problems.into_result(())?;
    let mut beside = args.sample.clone().into_os_string();
    beside.push(".certificate.json");
    let certificate = match Path::new(&beside).exists() {
        true => Some(text_of(read_file(Path::new(&beside))?, Path::new(&beside))?),
        false => None,
    };
    let store = args.database.open()?;
    let round = NewRound {
        code: args.code.clone(),
        name: args.name.clone(),
        list_csv,
        certificate,
        questionnaires,
        geography_day: args.geography_day,
    };
    let n_cases = create(&store, &round)?;
    say(out, format_args!("{}: {n_cases} hộ, {} bảng hỏi", args.code, args.questionnaire.len()))
}

fn run_ask(args: &AskArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let mut problems = Problems::none();
    let sheets: Vec<Sheets> =
        args.questionnaire.iter().filter_map(|name| collect(find_sheets(name), &mut problems)).collect();
    problems.into_result(())?;
    let store = args.database.open()?;
    for version in rounds::ask(&store, ACTOR, &args.code, &sheets)? {
        say(out, format_args!("{}: {} {} {}", args.code, version.form_id, version.version, version.sha256))?;
    }
    Ok(())
}
