//! `khaosat index`: definitions of indices, scores from published values, comparisons, and checks of a definition.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use problem::{Language, Place, Problem, Problems};
use reports::export;
use reports::export::values::UnitScores;
use reports::index::{
    GivenValues, IndexDefinition, IndexScores, Preset, check_series, compare_scores, differences, preset, presets,
    read_values,
};
use unicode_normalization::UnicodeNormalization;

/// Look at index definitions, compute scores and compare them.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  khaosat index list\n  khaosat index show papi-2019\n  \
    khaosat index score --definition papi-2019 --values values.csv --format json\n  \
    khaosat index compare papi-2018 papi-2019\n  \
    khaosat index estimate --definition sipas-2023 --data answers.csv --psu village --weights w\n\n\
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
    List(Printing),
    /// One definition: its tree, formulas, scales and what is not certain.
    Show {
        /// A shipped definition, or the path of an index.toml.
        definition: String,
        /// How the result is printed.
        #[command(flatten)]
        printing: Printing,
    },
    /// Finds every problem of a definition: its tree, its weights, its questions, and the years of its series.
    Check {
        /// Paths of definitions, or names of shipped ones.
        #[arg(required = true)]
        definitions: Vec<String>,
        /// The questionnaire that gives the answers: a folder, an .xlsx file or a built-in name [default: the one that the
        /// definition names].
        #[arg(long)]
        questionnaire: Option<String>,
    },
    /// Scores of every level from published values.
    #[command(after_help = VALUES_HELP)]
    Score {
        /// A shipped definition, or the path of an index.toml.
        #[arg(long)]
        definition: String,
        /// CSV with the columns `indicator_code,value`, and `unit`, `year`, `base` where there are any.
        #[arg(long, value_name = "FILE.csv")]
        values: PathBuf,
        /// Which units and years.
        #[command(flatten)]
        pick: Pick,
        /// How the result is printed.
        #[command(flatten)]
        printing: Printing,
    },
    /// What is not alike in two definitions; or, with values, the change of every score and what brought it.
    #[command(after_help = "Examples:\n  khaosat index compare papi-2018 papi-2019\n  \
        khaosat index compare papi-2019 --before 2019.csv --after 2020.csv\n  \
        khaosat index compare papi-2021 --before all.csv --before-year 2023 --after all.csv --after-year 2024 --unit Huế")]
    Compare {
        /// The definition before.
        first: String,
        /// The definition after [default: the same].
        second: Option<String>,
        /// Values before.
        #[arg(long, value_name = "FILE.csv", requires = "after")]
        before: Option<PathBuf>,
        /// Values after.
        #[arg(long, value_name = "FILE.csv", requires = "before")]
        after: Option<PathBuf>,
        /// The unit to compare, where the files hold several.
        #[arg(long)]
        unit: Option<String>,
        /// The year before, where the file holds several.
        #[arg(long)]
        before_year: Option<i64>,
        /// The year after, where the file holds several.
        #[arg(long)]
        after_year: Option<i64>,
        /// How the result is printed.
        #[command(flatten)]
        printing: Printing,
    },
    /// Scores with standard errors and intervals from answers.
    Estimate(super::index_estimate::EstimateArgs),
}

const VALUES_HELP: &str = "Example:\n  khaosat index score --definition papi-2019 --values values.csv --format json\n\n\
    The file: a heading with indicator_code (or code, mã) and value (or score, giá trị), and where there are any unit (or \
    province, đơn vị), year (or năm), base (or n: number of answers, which pooled scores need). Columns are separated by comma, \
    semicolon or tab; numbers have a decimal point. A code may be a node's: its published score then stands for it where \
    its parts are not all there. A code with an empty value was published as having none and is left out where the definition \
    allows; a code that is not in the file at all is missing, and so is every score that needs it.";

/// How the result is printed.
#[derive(Args, Clone, Copy, Debug)]
pub struct Printing {
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// The language of names and notes.
    #[arg(long, value_enum, default_value_t = Tongue::Vi)]
    pub language: Tongue,
}

/// Which of the units and years of a file.
#[derive(Args, Clone, Debug)]
pub struct Pick {
    /// Only this unit.
    #[arg(long)]
    unit: Option<String>,
    /// Only this year.
    #[arg(long)]
    year: Option<i64>,
}

impl Pick {
    /// The values asked for.
    fn of(&self, given: Vec<GivenValues>) -> Result<Vec<GivenValues>, Problem> {
        let unit = self.unit.as_ref().map(|unit| unit.nfc().collect::<String>());
        let there: Vec<String> = given.iter().map(label).collect();
        let picked: Vec<GivenValues> = given
            .into_iter()
            .filter(|one| unit.is_none() || one.unit == unit)
            .filter(|one| self.year.is_none() || one.year == self.year)
            .collect();
        if picked.is_empty() {
            return Err(Problem::new(
                "index_values_not_there",
                "tệp không có số liệu của đơn vị hoặc năm đó",
                "the file has no values of that unit or year",
            )
            .expected(there.join("; ")));
        }
        Ok(picked)
    }

    /// The one set of values asked for.
    fn one(&self, given: Vec<GivenValues>) -> Result<GivenValues, Problem> {
        let mut picked = self.of(given)?;
        let there: Vec<String> = picked.iter().map(label).collect();
        match (picked.pop(), picked.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => Err(Problem::new(
                "index_values_several",
                "tệp có nhiều đơn vị hoặc nhiều năm; hãy chọn một",
                "the file holds several units or years; choose one",
            )
            .got(there.join("; "))
            .hint("dùng --unit, --before-year, --after-year", "use --unit, --before-year, --after-year")),
        }
    }
}

fn label(given: &GivenValues) -> String {
    let year = given.year.map(|year| year.to_string());
    [given.unit.clone(), year].into_iter().flatten().collect::<Vec<_>>().join(" ")
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
    /// A definition as a complete index.toml, with all that it inherits written out.
    Toml,
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
        IndexCommand::List(printing) => list(*printing)?,
        IndexCommand::Show { definition, printing } => {
            let definition = find(definition)?;
            match printing.format {
                Format::Text => export::definition::to_text(&definition, printing.language.into()),
                Format::Json => json(&definition)?,
                Format::Toml => export::definition_toml::to_toml(&definition),
                Format::Csv => return Err(no_format("text, json, toml")),
            }
        }
        IndexCommand::Check { definitions, questionnaire } => {
            super::index_check::check(definitions, questionnaire.as_deref())?
        }
        IndexCommand::Score { definition, values, pick, printing } => {
            let definition = find(definition)?;
            let units = score_file(&definition, values, pick)?;
            match printing.format {
                Format::Text => export::values::to_text(&definition, &units, printing.language.into())?,
                Format::Json => export::values::to_json(&units)? + "\n",
                Format::Csv => export::values::to_csv(&units)?,
                Format::Toml => return Err(no_format("text, json, csv")),
            }
        }
        IndexCommand::Compare { first, second, before, after, unit, before_year, after_year, printing } => {
            let (first, second) = (find(first)?, find(second.as_ref().unwrap_or(first))?);
            match (before, after) {
                (Some(before), Some(after)) => {
                    let pick = |year: Option<i64>| Pick { unit: unit.clone(), year };
                    let one =
                        pick(*before_year).one(values_of(before)?).map_err(|told| told.in_file(&shown(before)))?;
                    let other = pick(*after_year).one(values_of(after)?).map_err(|told| told.in_file(&shown(after)))?;
                    let one = score(&first, &one, &shown(before))?;
                    let other = score(&second, &other, &shown(after))?;
                    let comparison = compare_scores((&first, &one), (&second, &other));
                    match printing.format {
                        Format::Text => {
                            export::compare::to_text(&first, &second, &comparison, printing.language.into())?
                        }
                        Format::Json => json(&comparison)?,
                        Format::Csv | Format::Toml => return Err(no_format("text, json")),
                    }
                }
                _ => {
                    let broken = differences(&first, &second);
                    match printing.format {
                        Format::Text => {
                            export::compare::definitions_to_text(&first, &second, &broken, printing.language.into())
                        }
                        Format::Json => json(&serde_json::json!({
                            "before": first.code(), "after": second.code(), "broken": broken
                        }))?,
                        Format::Csv | Format::Toml => return Err(no_format("text, json")),
                    }
                }
            }
        }
        IndexCommand::Estimate(args) => super::index_estimate::run(args)?,
    };
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| unwritable(&error))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn values_of(path: &Path) -> Result<Vec<GivenValues>, Problems> {
    read_values(&read(path)?).complete().map_err(|problems| problems.in_file(&shown(path)))
}

/// The scores of every unit and year asked for, or every problem of the file, from its first row to its last.
fn score_file(definition: &IndexDefinition, path: &Path, pick: &Pick) -> Result<Vec<UnitScores>, Problems> {
    let read = read_values(&read(path)?);
    let mut problems = read.problems.in_file(&shown(path));
    let picked = match pick.of(read.given) {
        Ok(picked) => picked,
        // What could not be read may be the unit that was asked for.
        Err(_) if !problems.is_empty() => return Err(problems),
        Err(problem) => return Err(problem.in_file(&shown(path)).into()),
    };
    let mut units = Vec::new();
    for given in picked {
        match score(definition, &given, &shown(path)) {
            Ok(scores) => units.push(UnitScores::new(&given, scores)),
            Err(told) => problems.extend(told),
        }
    }
    problems.0.sort_by_key(|problem| problem.place.as_ref().and_then(|place| place.row));
    problems.into_result(units)
}

/// The scores of one set of values; a year in which the definition does not hold is refused.
fn score(definition: &IndexDefinition, given: &GivenValues, file: &str) -> Result<IndexScores, Problems> {
    if let Some(year) = given.year.filter(|year| !definition.holds_in(*year)) {
        let holds = |preset: &&Preset| {
            reports::index::preset(preset.name)
                .is_ok_and(|one| one.series() == definition.series() && one.holds_in(year))
        };
        let others: Vec<&str> = presets().iter().filter(holds).map(|preset| preset.name).collect();
        let problem = Problem::new(
            "index_not_in_force",
            format!("bộ chỉ số {} không có hiệu lực năm {year}", definition.code()),
            format!("the definition {} does not hold in {year}", definition.code()),
        )
        .at(Place::default().in_file(file))
        .got(label(given));
        return Err(match others.as_slice() {
            [] => problem,
            some => problem.expected(some.join(", ")),
        }
        .into());
    }
    definition.score_given(given).map_err(|problems| problems.in_file(file))
}

fn list(printing: Printing) -> Result<String, Problems> {
    let mut definitions = Vec::new();
    for shipped in presets() {
        definitions.push(preset(shipped.name)?);
    }
    check_series(&definitions)?;
    match printing.format {
        Format::Text => Ok(export::definition::list_to_text(&definitions, printing.language.into())),
        Format::Json => json(&definitions),
        Format::Csv | Format::Toml => Err(no_format("text, json")),
    }
}

/// A shipped definition by name, otherwise the file of that path.
pub(super) fn find(name: &str) -> Result<IndexDefinition, Problems> {
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
        let problem = Problem::new("index_file", "không đọc được tệp", "the file cannot be read")
            .at(Place::default().in_file(path.display().to_string()))
            .got(error.to_string());
        match error.kind() {
            std::io::ErrorKind::InvalidData => {
                problem.hint("lưu lại bảng ở dạng CSV UTF-8", "save the table as CSV UTF-8")
            }
            _ => problem,
        }
        .into()
    })
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Problems> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| unwritable(&error))
}

pub(super) fn no_format(formats: &str) -> Problems {
    Problem::new("index_format", "lệnh này không có dạng đó", "this command has no such form").expected(formats).into()
}

fn unwritable(error: &dyn std::error::Error) -> Problems {
    Problem::new("index_output", "không ghi được kết quả", "the result cannot be written").got(error.to_string()).into()
}
