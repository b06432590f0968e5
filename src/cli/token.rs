//! `khaosat token`: access tokens are made, listed and revoked here.

use std::io::Write;
use std::path::PathBuf;

use ::problem::{Problem, Problems};

use super::{DatabaseArg, from_store, say};
use crate::openrosa::settings;
use crate::people::no_randomness;
use crate::secret::Secret;
use crate::store::{Grant, NewAccount, NewToken, Role, Store, StoreError, Timestamp};

/// The name under which the command line stands in the audit log.
const ACTOR: &str = "command line";

/// Makes, lists and revokes access tokens
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Makes a token and shows its secret, once
    ///
    /// Example: khaosat token add --role enumerator --round bac-giang-2024 --name "Nguyễn Thị Hoa" --area 07420-01
    ///
    /// With ODK Collect: the same with --collect-qr hoa.svg --public-url `https://khaosat.example.gov.vn`
    Add(AddArgs),
    /// Lists the tokens, without their secrets
    ///
    /// Example: khaosat token list
    List(DatabaseArg),
    /// Revokes a token at once and for good
    ///
    /// Example: khaosat token revoke tk-3f9a1c0b
    Revoke {
        /// The id of the token, as `token list` shows it
        id: String,
        /// Where the database is
        #[command(flatten)]
        database: DatabaseArg,
    },
}

/// What a new token is for
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// administrator, coordinator, enumerator or analyst
    #[arg(long, value_parser = parse_role)]
    role: Role,
    /// The round it serves; without it, all rounds (never for an enumerator)
    #[arg(long, value_name = "CODE")]
    round: Option<String>,
    /// Whose it is
    #[arg(long)]
    name: String,
    /// How many days it is valid; without it, until it is revoked
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=36_500))]
    days: Option<i64>,
    /// Assigns the cases of this area (the list's lowest level); may be repeated
    #[arg(long, value_name = "AREA_CODE", conflicts_with = "all_areas")]
    area: Vec<String>,
    /// Assigns all cases of the round
    #[arg(long)]
    all_areas: bool,
    /// Writes the QR code that sets up ODK Collect on the enumerator's phone (SVG); it holds the secret
    #[arg(long, value_name = "FILE", requires_all = ["public_url", "round"])]
    collect_qr: Option<PathBuf>,
    /// The address at which phones reach the service, such as `https://khaosat.example.gov.vn`
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    database: DatabaseArg,
}

fn parse_role(word: &str) -> Result<Role, String> {
    Role::parse(word).filter(|role| Role::OF_TOKENS.contains(role)).ok_or_else(|| {
        let known: Vec<&str> = Role::OF_TOKENS.iter().map(|role| role.as_str()).collect();
        known.join(", ")
    })
}

/// Which cases a new token is assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assign {
    /// None.
    Nothing,
    /// Those of some areas, by the code of the list's lowest level.
    Areas(Vec<String>),
    /// All of the round.
    Everything,
}

/// A token that was just made.
#[derive(Debug)]
pub struct Issued {
    /// Its public name.
    pub id: String,
    /// Its secret; this is the only time it is seen.
    pub secret: Secret,
    /// How many cases were assigned to it.
    pub n_assigned: usize,
}

/// Makes a token and assigns cases to it, in one transaction.
///
/// # Errors
/// That the round is missing, an enumerator has none, an area has no cases, or the database did not take it.
pub fn issue(
    store: &Store,
    role: Role,
    round_code: Option<&str>,
    name: &str,
    expires_at: Option<Timestamp>,
    assign: Assign,
) -> Result<Issued, Problems> {
    if role == Role::Enumerator && round_code.is_none() {
        return Err(Problem::new(
            "token_round_missing",
            "mã của điều tra viên phải thuộc về một đợt khảo sát",
            "an enumerator's token must belong to a round",
        )
        .hint("thêm --round MÃ_ĐỢT", "add --round CODE")
        .into());
    }
    if round_code.is_none() && assign != Assign::Nothing {
        return Err(Problem::new(
            "token_round_missing",
            "muốn giao hộ thì phải nêu đợt khảo sát",
            "cases can only be assigned within a round",
        )
        .into());
    }
    let secret = Secret::generate().map_err(|error| no_randomness(&error))?;
    let token_sha256 = secret.sha256();
    // Part of the hash: short, unique in practice (the database checks), and tells nothing of the secret.
    let id = format!("tk-{}", token_sha256.get(..12).unwrap_or_default());
    let token = NewToken {
        id: id.clone(),
        round_code: round_code.map(str::to_owned),
        name: name.to_owned(),
        role,
        token_sha256,
        expires_at,
        // Cases belong to a person, so whoever may have some is one.
        account_id: (role == Role::Enumerator || assign != Assign::Nothing).then(|| format!("ac-{id}")),
    };
    let n_assigned = store
        .write(ACTOR, move |tx| {
            if let Some(account_id) = &token.account_id {
                let grant = Grant { role: token.role, round_code: token.round_code.clone() };
                tx.create_account(&NewAccount {
                    id: account_id.clone(),
                    login: token.id.clone(),
                    name: token.name.clone(),
                    password_hash: None,
                    grants: vec![grant],
                })?;
            }
            tx.create_token(&token)?;
            let (Some(round), Some(account_id)) = (&token.round_code, &token.account_id) else { return Ok(0) };
            let areas = match &assign {
                Assign::Nothing => return Ok(0),
                Assign::Everything => None,
                Assign::Areas(codes) => Some(codes.as_slice()),
            };
            match tx.assign_cases(round, account_id, areas)? {
                0 => {
                    Err(StoreError::Missing { what: format!("case in area {}", areas.unwrap_or_default().join(", ")) })
                }
                n_assigned => Ok(n_assigned),
            }
        })
        .map_err(|error| from_store(&error))?;
    Ok(Issued { id, secret, n_assigned })
}

/// Runs the command.
///
/// # Errors
/// Whatever the database or the arguments do not allow, in words.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Add(add) => run_add(add, out),
        Args::List(database) => {
            let tokens =
                database.open()?.read(|snapshot| snapshot.list_tokens()).map_err(|error| from_store(&error))?;
            for token in tokens {
                let state = if token.revoked_at.is_some() { "revoked" } else { "valid" };
                let round = token.round_code.as_deref().unwrap_or("*");
                let until = token.expires_at.as_deref().unwrap_or("-");
                say(
                    out,
                    format_args!("{}\t{}\t{round}\t{state}\t{until}\t{}", token.id, token.role.as_str(), token.name),
                )?;
            }
            Ok(())
        }
        Args::Revoke { id, database } => {
            let wanted = id.clone();
            database.open()?.write(ACTOR, move |tx| tx.revoke_token(&wanted)).map_err(|error| from_store(&error))?;
            say(out, format_args!("đã thu hồi {id}"))
        }
    }
}

fn run_add(add: &AddArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let store = add.database.open()?;
    let expires_at = match add.days {
        None => None,
        Some(days) => Some(store.now().plus_days(days).ok_or_else(|| {
            Problem::new("token_days", "số ngày không hợp lệ", "that many days are not possible").got(days.to_string())
        })?),
    };
    let assign = match (add.all_areas, add.area.as_slice()) {
        (true, _) => Assign::Everything,
        (false, []) => Assign::Nothing,
        (false, areas) => Assign::Areas(areas.to_vec()),
    };
    if let Some(file) = add.collect_qr.as_deref().filter(|file| file.exists()) {
        return Err(Problem::new("file_exists", "tệp đã có, không ghi đè", "the file exists and is not overwritten")
            .in_file(&file.display().to_string())
            .into());
    }
    let issued = issue(&store, add.role, add.round.as_deref(), &add.name, expires_at, assign)?;
    say(out, issued.secret.reveal())?;
    say(out, format_args!("{}: mã chỉ hiện một lần; đã giao {} hộ", issued.id, issued.n_assigned))?;
    if let (Some(file), Some(url), Some(round)) = (&add.collect_qr, &add.public_url, &add.round) {
        let server = settings::server_url(url, issued.secret.reveal(), round);
        let packed = settings::packed(&settings::collect_settings(&server, round, &add.name))?;
        std::fs::write(file, settings::qr_svg(&packed)?).map_err(|error| {
            Problem::new("output_failed", "không ghi được tệp", "the file cannot be written")
                .got(error.to_string())
                .in_file(&file.display().to_string())
        })?;
        say(out, format_args!("{}: quét bằng ODK Collect (chứa mã bí mật của điều tra viên)", file.display()))?;
    }
    Ok(())
}
