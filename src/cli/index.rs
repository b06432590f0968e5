//! `khaosat index`: definitions of indices, and scores from published indicator values.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use problem::{Language, Place, Problem, Problems};
use reports::export;
use reports::index::{IndexDefinition, preset, presets, read_values};

/// Look at index definitions and compute scores from published indicator values.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  khaosat index list\n  khaosat index show papi-2019\n  \
    khaosat index score --definition papi-2019 --values values.csv --format json\n\n\
    values.csv:\n  indicator_code,value\n  1.1.1,0.806528\n  1.1.2,0.127585")]
pub struct IndexArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: IndexCommand,
}

/// What can be done with index definitions.
#[derive(Clone, Debug, Subcommand)]
pub enum IndexCommand {
    /// The definitions that come with the program.
    List {
        /// How to print the result.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// The language of names and notes.
        #[arg(long, value_enum, default_value_t = Tongue::Vi)]
        language: Tongue,
    },
    /// One definition: its tree, formulas, scales and what is not certain.
    Show {
        /// A shipped definition, or the path of an index.toml.
        definition: String,
        /// How to print the result.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// The language of names and notes.
        #[arg(long, value_enum, default_value_t = Tongue::Vi)]
        language: Tongue,
    },
    /// Scores of every level from published indicator values.
    #[command(after_help = "Example:\n  khaosat index score --definition papi-2019 --values values.csv --format json")]
    Score {
        /// A shipped definition, or the path of an index.toml.
        #[arg(long)]
        definition: String,
        /// CSV with the columns `indicator_code,value`.
        #[arg(long, value_name = "FILE.csv")]
        values: PathBuf,
        /// How to print the result.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// The language of names and notes.
        #[arg(long, value_enum, default_value_t = Tongue::Vi)]
        language: Tongue,
    },
}

/// How to print the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// An aligned table for reading.
    Text,
    /// One document with every number at full precision.
    Json,
    /// One line a score, at full precision.
    Csv,
}

/// The language of names and notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tongue {
    /// Tiếng Việt.
    Vi,
    /// English.
    En,
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Vi => Self::Vi,
            Tongue::En => Self::En,
        }
    }
}

/// Carries out the command and prints the result.
///
/// # Errors
/// `index_file` when a file cannot be read; all problems of the definition or the values; `index_format` for a format that
/// the command does not have; `index_output` when the result cannot be written.
pub fn run(args: &IndexArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let text = match &args.command {
        IndexCommand::List { format, language } => list(*format, (*language).into())?,
        IndexCommand::Show { definition, format, language } => {
            let definition = find(definition)?;
            match format {
                Format::Text => export::definition::to_text(&definition, (*language).into()),
                Format::Json => json(&definition)?,
                Format::Csv => return Err(no_csv()),
            }
        }
        IndexCommand::Score { definition, values, format, language } => {
            let definition = find(definition)?;
            let shown = values.display().to_string();
            let given = read_values(&read(values)?).map_err(|problems| problems.in_file(&shown))?;
            let scores =
                definition.score_values(&given.values).map_err(|problems| given.place(problems).in_file(&shown))?;
            match format {
                Format::Text => export::values::to_text(&definition, &scores, (*language).into())?,
                Format::Json => export::values::to_json(&scores)? + "\n",
                Format::Csv => export::values::to_csv(&scores)?,
            }
        }
    };
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| unwritable(&error))
}

fn list(format: Format, language: Language) -> Result<String, Problems> {
    let mut definitions = Vec::new();
    for shipped in presets() {
        definitions.push(preset(shipped.name)?);
    }
    match format {
        Format::Text => Ok(export::definition::list_to_text(&definitions, language)),
        Format::Json => json(&definitions),
        Format::Csv => Err(no_csv()),
    }
}

/// A shipped definition by name, otherwise the file of that path.
fn find(name: &str) -> Result<IndexDefinition, Problems> {
    if presets().iter().any(|shipped| shipped.name == name) {
        return preset(name);
    }
    let path = Path::new(name);
    if !path.exists() {
        // The problem of the preset lists the names that there are.
        return preset(name).map_err(|problems| {
            Problems(
                problems
                    .into_iter()
                    .map(|problem| {
                        problem.hint("hoặc đường dẫn tới một tệp index.toml", "or the path of an index.toml")
                    })
                    .collect(),
            )
        });
    }
    IndexDefinition::from_toml(&read(path)?).map_err(|problems| problems.in_file(name))
}

fn read(path: &Path) -> Result<String, Problems> {
    std::fs::read_to_string(path).map_err(|error| {
        Problem::new("index_file", "không đọc được tệp", "the file cannot be read")
            .at(Place::default().in_file(path.display().to_string()))
            .got(error.to_string())
            .into()
    })
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Problems> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| unwritable(&error))
}

fn no_csv() -> Problems {
    Problem::new("index_format", "lệnh này không có dạng CSV", "this command has no CSV form")
        .expected("text, json")
        .into()
}

fn unwritable(error: &dyn std::error::Error) -> Problems {
    Problem::new("index_output", "không ghi được kết quả", "the result cannot be written").got(error.to_string()).into()
}
