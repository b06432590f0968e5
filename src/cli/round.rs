//! `khaosat round`: a survey round is put together here from a sample list and questionnaires.

use std::io::Write;
use std::path::{Path, PathBuf};

use ::problem::{Problem, Problems};
use chrono::NaiveDate;
use sampling::Sample;
use unicode_normalization::UnicodeNormalization;

use super::round_import::{ImportArgs, run_import};
use super::round_release::{ReleaseArgs, list_releases, run_release};
pub use super::round_sheets::Sheets;
use super::round_sheets::{INDEX, collect, find_sheets, freeze, read_file, text_of};
use super::{DatabaseArg, from_store, say};
use crate::analysis::round::check_questionnaire;
use crate::fieldwork::case_list::{self, ListedArea, ListedCase};
use crate::results::thaw;
use crate::secret::sha256_hex;
use crate::standing::{Standing, pinned};
use crate::store::{
    AreaLevel, CaseRole, NewCase, QuestionnaireVersion, RoundGeography, RoundState, Store, StoreError, StoredSample,
    Visibility,
};

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
    /// Lets everybody read the round, its sample list, its progress and its results, without a token
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
    /// Ends fieldwork: what still arrives is kept and flagged
    ///
    /// Example: khaosat round close bac-giang-2024
    Close(OneRound),
    /// Opens a closed round again
    ///
    /// Example: khaosat round open bac-giang-2024
    Open(OneRound),
}

/// Which round
#[derive(Debug, clap::Args)]
pub struct OneRound {
    /// Code of the round
    code: String,
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

/// A round to be made.
#[derive(Clone, Debug)]
pub struct NewRound {
    /// Its name in addresses: 1 to 60 of `a-z`, `0-9` and `-`.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// The sample list, byte for byte.
    pub list_csv: Vec<u8>,
    /// The certificate of the draw (JSON).
    pub certificate: Option<String>,
    /// The questionnaires.
    pub questionnaires: Vec<Sheets>,
    /// The day whose units the round keeps to; `None`: see [`pinned`].
    pub geography_day: Option<NaiveDate>,
}

/// Makes a round, all of it or nothing; says how many cases it has.
///
/// # Errors
/// Everything that is wrong with the parts, or that the code is taken.
pub fn create(store: &Store, round: &NewRound) -> Result<usize, Problems> {
    let mut problems = Problems::none();
    let name: String = round.name.trim().nfc().collect();
    if !is_code(&round.code) {
        problems.push(
            Problem::new("round_code", "mã đợt khảo sát không hợp lệ", "the code of the round is not right")
                .expected("a-z, 0-9, -; 1–60")
                .got(&round.code),
        );
    }
    if name.is_empty() || name.chars().any(char::is_control) {
        problems.push(Problem::new(
            "round_name",
            "tên đợt khảo sát không hợp lệ",
            "the name of the round is not right",
        ));
    }
    let cases = collect(case_list::read(&round.list_csv), &mut problems).unwrap_or_default();
    let versions: Vec<QuestionnaireVersion> =
        round.questionnaires.iter().filter_map(|sheets| collect(freeze(sheets), &mut problems)).collect();
    let list_sha256 = sha256_hex(&round.list_csv);
    let design = round
        .certificate
        .as_deref()
        .and_then(|certificate| collect(read_certificate(certificate, &list_sha256), &mut problems)?);
    for version in &versions {
        collect(check_weights(&round.list_csv, version), &mut problems);
        collect(check_media(version), &mut problems);
    }
    let top = cases.first().and_then(|case| case.areas.first());
    let geography = top.and_then(|top| collect(pin(store, round, top), &mut problems));
    problems.into_result(())?;
    let sample =
        StoredSample { list_sha256, list_csv: round.list_csv.clone(), design, certificate: round.certificate.clone() };
    let cases: Vec<NewCase> = (1_i64..).zip(cases).map(|(list_order, case)| new_case(list_order, case)).collect();
    let (code, n_cases) = (round.code.clone(), cases.len());
    store
        .write(ACTOR, move |tx| {
            tx.create_round(&code, &name)?;
            if let Some(geography) = &geography {
                tx.pin_round_geography(&code, geography)?;
            }
            for version in &versions {
                tx.publish_questionnaire(&code, version)?;
            }
            tx.store_sample(&code, &sample)?;
            tx.create_cases(&code, &cases)
        })
        .map_err(|error| from_store(&error))?;
    Ok(n_cases)
}

/// Whether the scored questionnaire asks what the weights of the sample need; a list that names no rule is not judged here.
fn check_weights(list_csv: &[u8], version: &QuestionnaireVersion) -> Result<(), Problems> {
    let is_scored = serde_json::from_slice::<Sheets>(&version.sheets).is_ok_and(|sheets| sheets.contains_key(INDEX));
    match Sample::from_csv(list_csv) {
        Ok(sample) if is_scored && sample.respondent.is_some() => {
            check_questionnaire(&sample, &thaw(&version.sheets)?.0)
        }
        _ => Ok(()),
    }
}

/// Pictures and sounds beside a questionnaire do not reach the phones yet: better said now than seen in the field.
fn check_media(version: &QuestionnaireVersion) -> Result<(), Problems> {
    let Ok((questionnaire, _)) = thaw(&version.sheets) else { return Ok(()) };
    let files = questionnaire.media();
    if files.is_empty() {
        return Ok(());
    }
    let problem = Problem::new(
        "questionnaire_media",
        "chưa gửi được ảnh, âm thanh, phim kèm lời hỏi xuống điện thoại",
        "pictures, sounds and films beside the questions do not reach the phones yet",
    );
    Err(problem.got(files.join(", ")).in_file(&version.form_id).into())
}

/// The geography of the round, by the top level of its sample.
fn pin(store: &Store, round: &NewRound, top: &ListedArea) -> Result<RoundGeography, Problems> {
    let today = chrono::DateTime::from_timestamp_micros(store.now().micros()).unwrap_or_default().date_naive();
    let geography = Standing::of(store)?.geography;
    Ok(pinned(&geography, (&top.level, &top.code, &top.name), round.geography_day, today)?)
}

fn is_code(code: &str) -> bool {
    (1..=60).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The text of the design out of the certificate, which must be the certificate of this very list.
fn read_certificate(certificate: &str, list_sha256: &str) -> Result<Option<String>, Problems> {
    let unreadable = |got: String| {
        Problem::new("certificate_unreadable", "không đọc được chứng nhận của mẫu", "the certificate cannot be read")
            .got(got)
    };
    let document: serde_json::Value =
        serde_json::from_str(certificate).map_err(|error| unreadable(error.to_string()))?;
    let text = |key: &str| document.get(key).and_then(serde_json::Value::as_str);
    match text("list_sha256") {
        Some(certified) if certified == list_sha256 => Ok(text("design_toml").map(str::to_owned)),
        Some(certified) => Err(Problem::new(
            "certificate_of_another_list",
            "chứng nhận không phải của danh sách này: danh sách đã bị sửa, hoặc là một danh sách khác",
            "the certificate is not of this list: the list was changed, or it is another one",
        )
        .expected(certified)
        .got(list_sha256)
        .into()),
        None => Err(unreadable("list_sha256: nothing".to_owned()).into()),
    }
}

fn new_case(list_order: i64, case: ListedCase) -> NewCase {
    NewCase {
        case_id: case.case_id,
        list_order,
        area_path: case
            .areas
            .into_iter()
            .map(|area| AreaLevel { level: area.level, code: area.code, name: area.name })
            .collect(),
        role: if case.is_reserve { CaseRole::Reserve } else { CaseRole::Main },
        visiting_order: case.visiting_order,
        base_weight: case.base_weight,
        inclusion_probability: case.inclusion_probability,
    }
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
        Args::Publish(one) => set_visibility(one, Visibility::Public, out),
        Args::Unpublish(one) => set_visibility(one, Visibility::Private, out),
        Args::Release(release_args) => run_release(release_args, out),
        Args::Releases(one) => list_releases(&one.code, &one.database, out),
        Args::Close(one) => set_state(one, RoundState::Closed, out),
        Args::Open(one) => set_state(one, RoundState::Open, out),
    }
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
    let versions: Vec<QuestionnaireVersion> =
        sheets.iter().filter_map(|sheets| collect(freeze(sheets), &mut problems)).collect();
    let store = args.database.open()?;
    let sample = store.read(|snapshot| snapshot.find_sample(&args.code)).map_err(|error| from_store(&error))?;
    for version in &versions {
        collect(check_media(version), &mut problems);
        collect(sample.as_ref().map_or(Ok(()), |sample| check_weights(&sample.list_csv, version)), &mut problems);
    }
    problems.into_result(())?;
    let (code, published) = (args.code.clone(), versions.clone());
    store
        .write(ACTOR, move |tx| {
            if tx.find_round(&code)?.is_none() {
                return Err(StoreError::Missing { what: format!("round {code}") });
            }
            published.iter().try_for_each(|version| tx.publish_questionnaire(&code, version))
        })
        .map_err(|error| from_store(&error))?;
    for version in &versions {
        say(out, format_args!("{}: {} {} {}", args.code, version.form_id, version.version, version.sha256))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_fit_for_addresses() {
        assert!(is_code("bac-giang-2024"));
        for code in ["", "Bắc Giang", "a/b", "a.b", "A"] {
            assert!(!is_code(code), "{code}");
        }
    }
}
