//! `khaosat weights`: weights of a round that meet margins: looked at, kept as a version, chosen for the results.

use std::io::Write;
use std::path::PathBuf;

use ::problem::{Language, Problem, Problems};
use clap::Subcommand;
use estimation::weighting::Distance;

use super::round::ACTOR;
use super::{DatabaseArg, files, from_store, language, say};
use crate::analysis::calibration::{Missing, Recipe, margins_of_table};
use crate::imports::Table;
use crate::results::{ResultsCache, ResultsError};
use crate::weights::{Preview, choose, ground, save};

/// Weights of a round that meet known totals of the population
#[derive(Debug, Subcommand)]
pub enum Args {
    /// Meets margins by raking or calibration and says what it does; with --name it is kept as a version
    ///
    /// The file of margins has the columns variable, category, total and, if wanted, unit (persons, households, share); CSV or XLSX. A
    /// file that ends in .json is a whole recipe.
    ///
    /// Example: khaosat weights rake bac-giang-2024 --margins bien.csv --name "Dân số 2024"
    Rake(RakeArgs),
    /// Lists the versions of a round's weights and which of them the results use
    ///
    /// Example: khaosat weights list bac-giang-2024
    List(ListArgs),
    /// Chooses the version that the results use, or the design weights again
    ///
    /// Example: khaosat weights choose bac-giang-2024 --version 1 --reason "biên dân số đã kiểm tra"
    Choose(ChooseArgs),
}

/// How a distance is called on the command line.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Method {
    Raking,
    Linear,
    Logit,
}

/// What becomes of interviews without an answer.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum MissingArg {
    Refuse,
    Share,
}

/// Margins and how they are met
#[derive(Debug, clap::Args)]
pub struct RakeArgs {
    /// Code of the round
    code: String,
    /// The margins: CSV or XLSX with variable, category, total, unit; or a recipe (.json)
    #[arg(long, value_name = "FILE")]
    margins: PathBuf,
    /// Where the totals come from, in words
    #[arg(long, default_value = "")]
    source: String,
    /// The questionnaire; may be left out where the round has one
    #[arg(long, value_name = "FORM")]
    questionnaire: Option<String>,
    /// The cells that the weight of nonrespondents moves in: a stage of the sample, or stratum; without it, the listing areas
    #[arg(long, value_name = "STAGE")]
    cells: Option<String>,
    /// What is kept small
    #[arg(long, value_enum, default_value = "raking")]
    method: Method,
    /// Smallest and largest factor of a weight
    #[arg(long, num_args = 2, value_names = ["LOWER", "UPPER"])]
    bounds: Option<Vec<f64>>,
    /// Before that, weights above so many times their median are cut
    #[arg(long, value_name = "TIMES")]
    trim: Option<f64>,
    /// Interviews without an answer to the variable of a margin
    #[arg(long, value_enum, default_value = "refuse")]
    missing: MissingArg,
    /// Keeps it as a version of that name; without it, nothing is kept
    #[arg(long)]
    name: Option<String>,
    /// Prints everything as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Which round
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Code of the round
    code: String,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Which version
#[derive(Debug, clap::Args)]
pub struct ChooseArgs {
    /// Code of the round
    code: String,
    /// The questionnaire; may be left out where the round has one
    #[arg(long, value_name = "FORM")]
    questionnaire: Option<String>,
    /// Number of the version
    #[arg(long, value_name = "NUMBER", required_unless_present = "design", conflicts_with = "design")]
    version: Option<i64>,
    /// The design weights again
    #[arg(long)]
    design: bool,
    /// Why; it stands in the audit log
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Runs the command.
///
/// # Errors
/// Whatever the files, the database or the arguments do not allow, in words.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Rake(args) => rake(args, out),
        Args::List(args) => list(args, out),
        Args::Choose(args) => {
            let store = args.database.open()?;
            let form = args.questionnaire.as_deref();
            let done = choose((&store, &ResultsCache::default()), ACTOR, &args.code, form, args.version, &args.reason)
                .map_err(problems)?;
            done.ok_or_else(|| unknown(&args.code))?;
            let number = args.version.map_or_else(|| "design".to_owned(), |number| number.to_string());
            say(out, format_args!("{}: {number}", args.code))
        }
    }
}

fn problems(error: ResultsError) -> Problems {
    match error {
        ResultsError::Store(error) => from_store(&error),
        ResultsError::Data(problems) => problems,
    }
}

fn unknown(code: &str) -> Problems {
    crate::problem::round_unknown(code).into()
}

fn recipe(args: &RakeArgs) -> Result<Recipe, Problems> {
    let bytes = files::read(&args.margins)?;
    let name = args.margins.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if name.to_lowercase().ends_with(".json") {
        let text = String::from_utf8(bytes).map_err(|_not_utf8| {
            Problem::new("weights_recipe", "tệp không phải văn bản UTF-8", "the file is not UTF-8 text").in_file(&name)
        })?;
        return Recipe::from_json(&text).map_err(|problems| problems.in_file(&name));
    }
    let margins = margins_of_table(&Table::read(&name, &bytes, None)?, &args.source)?;
    let recipe = Recipe {
        cells: args.cells.clone(),
        trim: args.trim,
        distance: match args.method {
            Method::Raking => Distance::Raking,
            Method::Linear => Distance::Linear,
            Method::Logit => Distance::Logit,
        },
        bounds: args.bounds.as_deref().and_then(|bounds| Some([*bounds.first()?, *bounds.get(1)?])),
        missing: match args.missing {
            MissingArg::Refuse => Missing::Refuse,
            MissingArg::Share => Missing::Share,
        },
        margins,
    };
    recipe.check()?;
    Ok(recipe)
}

fn rake(args: &RakeArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let recipe = recipe(args)?;
    let store = args.database.open()?;
    let form = args.questionnaire.as_deref();
    let (number, preview) = match &args.name {
        Some(name) => {
            let kept = save((&store, &ResultsCache::default()), ACTOR, &args.code, (form, name), &recipe, None)
                .map_err(problems)?;
            let (number, preview) = kept.ok_or_else(|| unknown(&args.code))?;
            (Some(number), preview)
        }
        None => {
            let ground = ground(&store, &ResultsCache::default(), &args.code, form)
                .map_err(problems)?
                .ok_or_else(|| unknown(&args.code))?;
            (None, ground.preview(&recipe, "")?)
        }
    };
    if args.json {
        let text = serde_json::to_string_pretty(&serde_json::json!({ "version": number, "preview": preview }));
        return say(
            out,
            text.map_err(|error| {
                Problem::new("output", "không ghi được", "it cannot be written").got(error.to_string())
            })?,
        );
    }
    table(&preview, number, out)
}

fn table(preview: &Preview, number: Option<i64>, out: &mut dyn Write) -> Result<(), Problems> {
    let said = |words: &::problem::Words| words.in_language(language()).to_owned();
    let pick = |vi: &'static str, en: &'static str| if language() == Language::Vi { vi } else { en };
    let figure = |value: f64, decimals: usize| match language() {
        Language::Vi => reports::vietnamese::number(value, decimals).unwrap_or_else(|_| "–".to_owned()),
        Language::En => format!("{value:.decimals$}"),
    };
    let found = &preview.calibration;
    for margin in &found.margins {
        say(
            out,
            format_args!(
                "{} ({})\tn\t{}\t{}\t{}",
                margin.variable,
                said(&margin.unit.words()),
                pick("trước", "before"),
                pick("sau", "after"),
                pick("tổng thể", "population")
            ),
        )?;
        for cell in &margin.cells {
            let numbers = [cell.before, cell.after, cell.target].map(|value| figure(value, 1));
            say(out, format_args!("  {} {}\t{}\t{}", cell.category, said(&cell.label), cell.n, numbers.join("\t")))?;
        }
    }
    say(
        out,
        format_args!(
            "{}: {} ({:.1e})",
            pick("số vòng lặp (độ lệch lớn nhất)", "iterations (largest gap)"),
            found.iterations,
            found.largest_gap
        ),
    )?;
    say(
        out,
        format_args!(
            "\t{}\t{}\tCV\tKish\t{}",
            pick("nhỏ nhất", "smallest"),
            pick("lớn nhất", "largest"),
            pick("n hiệu dụng", "effective n")
        ),
    )?;
    for (name, one) in [(pick("trước", "before"), &found.before), (pick("sau", "after"), &found.after)] {
        let numbers = [
            (one.smallest, 1),
            (one.largest, 1),
            (one.coefficient_of_variation, 3),
            (one.kish_design_effect, 3),
            (one.effective_n, 1),
        ];
        say(out, format_args!("{name}\t{}", numbers.map(|(value, decimals)| figure(value, decimals)).join("\t")))?;
    }
    say(out, format_args!("{}: {}", pick("trọng số bị cắt", "weights that were cut"), found.n_trimmed))?;
    for score in &preview.scores {
        let one = |shown: Option<crate::weights::ScoreShown>| {
            let Some(shown) = shown else { return "–".to_owned() };
            let limits = shown
                .interval
                .map_or_else(String::new, |(low, high)| format!(" ({}–{})", figure(low, 3), figure(high, 3)));
            format!("{}{limits}", figure(shown.estimate, 3))
        };
        say(out, format_args!("{}\t{}\t{}", score.code, one(score.before), one(score.after)))?;
    }
    for note in &preview.notes {
        say(out, said(note))?;
    }
    say(
        out,
        format_args!(
            "{} {}\n{} {}",
            pick("cách tính", "recipe"),
            found.recipe_sha256,
            pick("trọng số", "weights"),
            found.weights_sha256
        ),
    )?;
    match number {
        Some(number) => say(out, format_args!("{} {number}", pick("đã lưu thành bản", "kept as version"))),
        None => say(out, pick("chưa lưu gì; thêm --name để lưu", "nothing was kept; --name keeps it")),
    }
}

fn list(args: &ListArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let store = args.database.open()?;
    let found = store.read(|snapshot| {
        let is_known = snapshot.find_round(&args.code)?.is_some();
        Ok::<_, crate::store::StoreError>((
            is_known,
            snapshot.list_weights_versions(&args.code)?,
            snapshot.chosen_weights(&args.code)?,
        ))
    });
    let (is_known, versions, chosen) = found.map_err(|error| from_store(&error))?;
    if !is_known {
        return Err(unknown(&args.code));
    }
    for one in versions {
        let is_used = chosen.get(&one.form_id).is_some_and(|used| used.version_no == one.version_no);
        let mark = if is_used { "*" } else { "" };
        say(
            out,
            format_args!(
                "{}\t{}{mark}\t{}\t{}\t{}\t{}",
                one.form_id, one.version_no, one.name, one.recipe_sha256, one.made_by, one.made_at
            ),
        )?;
    }
    Ok(())
}
