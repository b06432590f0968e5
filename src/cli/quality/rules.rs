//! `khaosat quality rules`: thresholds as a file.

use std::io::Write;
use std::path::PathBuf;

use ::problem::{Language, Problem, Problems};
use unicode_normalization::UnicodeNormalization;

use super::super::round::ACTOR;
use super::{DatabaseArg, files, from_store, language, require_round, say};
use crate::inspection::check_rules;
use crate::quality::default_text;

/// Thresholds of the checks
#[derive(Debug, clap::Subcommand)]
pub(super) enum Args {
    /// Prints the defaults, or what was set for a round
    ///
    /// Example: khaosat quality rules show > quy-tac.toml
    Show(ShowArgs),
    /// Sets the thresholds of a round from now on: a file with the keys that differ from the defaults
    ///
    /// Example: khaosat quality rules set bac-giang-2024 quy-tac.toml
    Set(SetArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// Code of the round; without it, the defaults
    round: Option<String>,
    #[command(flatten)]
    database: DatabaseArg,
}

#[derive(Debug, clap::Args)]
pub(super) struct SetArgs {
    /// Code of the round
    round: String,
    /// The file (TOML)
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseArg,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Show(ShowArgs { round: None, .. }) => say(out, default_text().trim_end()),
        Args::Show(ShowArgs { round: Some(round), database }) => {
            let store = database.open()?;
            require_round(&store, round)?;
            let set = store.read(|snapshot| snapshot.find_quality_rules(round)).map_err(|error| from_store(&error))?;
            match set {
                Some(set) => {
                    say(out, format_args!("# {} · {} · {}", set.rules_no, set.set_at, set.set_by))?;
                    say(out, set.body.trim_end())
                }
                None => say(
                    out,
                    match language() {
                        Language::Vi => "# Đợt này dùng quy tắc mặc định: khaosat quality rules show",
                        Language::En => "# This round uses the defaults: khaosat quality rules show",
                    },
                ),
            }
        }
        Args::Set(args) => set(args, out),
    }
}

fn set(args: &SetArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let shown = args.file.display().to_string();
    let bytes = files::read(&args.file)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Problems::from(
            Problem::new("quality_rules", "tệp không phải UTF-8", "the file is not UTF-8")
                .got(error.to_string())
                .in_file(&shown),
        )
    })?;
    let text: String = text.strip_prefix('\u{feff}').unwrap_or(&text).nfc().collect();
    check_rules(&text).map_err(|problems| problems.in_file(&shown))?;
    let store = args.database.open()?;
    require_round(&store, &args.round)?;
    let round = args.round.clone();
    let set = store.write(ACTOR, move |tx| tx.set_quality_rules(&round, &text)).map_err(|error| from_store(&error))?;
    say(
        out,
        match language() {
            Language::Vi => format!("Đã đặt quy tắc số {} cho đợt {}", set.rules_no, args.round),
            Language::En => format!("Rules {} hold for round {}", set.rules_no, args.round),
        },
    )
}
