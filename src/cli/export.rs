//! `khaosat export`: a round's data as files for other programs.

use std::io::Write;
use std::path::PathBuf;

use ::problem::Problems;
use reports::export::data::{CellWords, CsvFlavour, DataFormat, DataOptions, ExportFile, files};

use super::round::ACTOR;
use super::{DatabaseArg, files as disk, from_store, say};
use crate::analysis::microdata::{Rows, rows_of_name};
use crate::export::{Wanted, data_sets, log, stem, the_one};
use crate::problem as catalogue;
use crate::results::ResultsError;

/// Writes a round's interviews for Excel, R, Stata, SPSS or an archive: weights, strata, PSUs and codebook included
///
/// Example: khaosat export bac-giang-2024 --questionnaire sipas-2023 --format dta
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Code of the round
    round: String,
    /// csv, xlsx, parquet, dta (Stata), sav (SPSS) or ddi (DDI Codebook 2.5, no rows)
    #[arg(long, value_parser = |text: &str| DataFormat::of_name(text).map_err(|problem| problem.describe(super::language())))]
    format: DataFormat,
    /// The questionnaire; may be left out where the round has one
    #[arg(long, value_name = "FORM")]
    questionnaire: Option<String>,
    /// Folder to write to; made if it is not there
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Which cases: interviews, or worked (also refusals and the like)
    #[arg(long, default_value = "interviews", value_parser = |text: &str| rows_of_name(text).map_err(|problem| problem.describe(super::language())))]
    rows: Rows,
    /// Categories and missing answers in words instead of codes (csv, xlsx)
    #[arg(long)]
    labels: bool,
    /// A CSV behind a byte order mark
    #[arg(long)]
    bom: bool,
    /// A CSV that a Vietnamese Excel opens by a double click: byte order mark, semicolon, decimal comma
    #[arg(long, conflicts_with = "bom")]
    excel: bool,
    /// Answers to a question with several choices in one column
    #[arg(long)]
    joined: bool,
    /// Missing answers are empty cells, whatever their reason (csv, xlsx)
    #[arg(long)]
    blank: bool,
    /// Also columns that can tell a person: positions, devices, free texts
    #[arg(long)]
    identifying: bool,
    /// Words in English
    #[arg(long)]
    english: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Runs the command.
///
/// # Errors
/// No such round or questionnaire; what the format cannot hold; a folder that cannot be written to.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    let store = args.database.open()?;
    let wanted = Wanted {
        form: args.questionnaire.clone(),
        rows: args.rows,
        identifying: args.identifying,
        in_english: args.english,
    };
    let all = data_sets(&store, &args.round, &wanted)
        .map_err(told)?
        .ok_or_else(|| Problems::from(catalogue::round_unknown(&args.round)))?;
    let data = the_one(all, &wanted)?;
    let options = DataOptions {
        words: if args.labels { CellWords::Labels } else { CellWords::Codes },
        flavour: match (args.excel, args.bom) {
            (true, _) => CsvFlavour::Excel,
            (_, true) => CsvFlavour::Bom,
            _ => CsvFlavour::Standard,
        },
        joined: args.joined,
        blank_missing: args.blank,
    };
    let made = files(&data, args.format, options)?;
    log(&store, ACTOR, &data, &format!("format={}", args.format.name())).map_err(told)?;
    disk::folder(&args.out)?;
    for ExportFile { ending, bytes } in made {
        let path = args.out.join(format!("{}{ending}", stem(&data)));
        disk::write(&path, &bytes)?;
        say(out, path.display())?;
    }
    for table in data.tables() {
        let name = table.table().map_or_else(String::new, |name| format!("{name}: "));
        let (n_rows, n_columns) = (table.n_rows(), table.variables().len());
        say(out, format_args!("{name}{n_rows} dòng, {n_columns} cột, SHA-256 {}", table.sha256()))?;
    }
    Ok(())
}

/// A failure of reading as problems.
pub(super) fn told(error: ResultsError) -> Problems {
    match error {
        ResultsError::Store(error) => from_store(&error),
        ResultsError::Data(problems) => problems,
    }
}
