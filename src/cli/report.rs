//! `khaosat report`: papers that an office can file, from a round or from the plan.

use std::io::Write;
use std::path::{Path, PathBuf};

use ::problem::{Language, Problem, Problems};
use chrono::{Datelike, NaiveDate};
use clap::Subcommand;
use reports::document::paper::{Accepted, Material, Outline, Paper, SENTENCES, Sentences, presets};

use super::plan::{Source, day, today};
use super::{DatabaseArg, files, say};
use crate::export::FeedCache;
use crate::report::kept::House;
use crate::report::{PaperFiles, of_plan, rendered, renderings};
use crate::results::{IndexResult, ResultsCache, RoundResults};

/// Papers for the file: DOCX by Nghị định 30/2020, PDF, HTML, XLSX
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  khaosat report round bac-giang-2024 --questionnaire sipas-2023 --out bao-cao\n  \
    khaosat report plan --outline scorecard --out bao-cao\n  khaosat report outline sipas > sipas.toml\n\n\
    Generated sentences are marked until somebody accepts them: read NAME.sentences.toml, write who accepts each,\n\
    and run again with --accepted; or accept them on the report's page and run with --saved. Number, date and signature stay blank.")]
pub enum Args {
    /// The report of one index of a round
    Round(RoundArgs),
    /// A paper of the plan: par (self-scoring) or scorecard (one page)
    Plan(PlanArgs),
    /// Prints an outline (papi, sipas, par, scorecard) or the sentences, to be edited
    Outline {
        /// papi, sipas, par, scorecard or sentences
        name: String,
    },
}

/// How a paper is made
#[derive(Debug, clap::Args)]
pub struct Making {
    /// Folder to write to; made if it is not there
    #[arg(long, value_name = "DIR", default_value = "bao-cao")]
    out: PathBuf,
    /// An outline of your own (TOML), or the name of one that comes with the program
    #[arg(long, value_name = "NAME|FILE")]
    outline: Option<String>,
    /// Sentences of your own (TOML); those it does not name stay as they are
    #[arg(long, value_name = "FILE")]
    sentences: Option<PathBuf>,
    /// Which sentences were accepted, and by whom: the NAME.sentences.toml of an earlier run, filled in
    #[arg(long, value_name = "FILE")]
    accepted: Option<PathBuf>,
    /// In English
    #[arg(long)]
    english: bool,
}

/// Which index
#[derive(Debug, clap::Args)]
pub struct RoundArgs {
    /// Code of the round
    round: String,
    /// The questionnaire; may be left out where one is scored
    #[arg(long, value_name = "FORM")]
    questionnaire: Option<String>,
    /// An earlier round to compare with: the same index, other areas
    #[arg(long, value_name = "ROUND")]
    before: Option<String>,
    /// The report as it was edited on its page, with what was accepted there
    #[arg(long, conflicts_with_all = ["before", "outline", "sentences", "accepted"])]
    saved: bool,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Which plan
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// The unit that the plan is of
    #[arg(long, default_value = "bac-giang")]
    unit: String,
    /// The year of tasks and points; without it, that of the day
    #[arg(long)]
    year: Option<i32>,
    /// The day on which it is looked at; without it, today
    #[arg(long, value_parser = day)]
    day: Option<NaiveDate>,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
///
/// # Errors
/// No such round or index, no scores yet; outlines and sentences that cannot be used; a folder that cannot be written to.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Round(args) => round(args, out),
        Args::Plan(args) => {
            let standing = args.source.standing_with_rounds(&args.unit)?;
            let day = args.day.unwrap_or_else(today);
            let year = args.year.unwrap_or_else(|| day.year());
            let material = of_plan(&standing, &args.unit, year, day, args.making.language())?;
            let outline = args.making.outline("scorecard")?;
            let stem = format!("{}_{year}_{}", outline.0, args.unit);
            args.making.write(&outline.1, &material, &stem, out)
        }
        Args::Outline { name } => {
            let text = if name == "sentences" { SENTENCES } else { preset(name)? };
            say(out, text.trim_end())
        }
    }
}

fn round(args: &RoundArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let store = args.database.open()?;
    let (results, feeds) = (ResultsCache::default(), FeedCache::default());
    let house = House { store: &store, results: &results, feeds: &feeds };
    let results = house.results_of(&args.round)?;
    let index = the_one(&results, args.questionnaire.as_deref())?;
    if args.saved {
        let report = house.report(&args.round, Some(index.questionnaire.id()), args.making.language())?;
        report.problems().into_result(())?;
        let files = renderings(&report.assembled.paper)?;
        return args.making.keep(&report.assembled.paper, files, &report.stem, out);
    }
    let earlier = args.before.as_ref().map(|code| house.results_of(code)).transpose()?;
    let earlier = match &earlier {
        Some(before) => Some((before.as_ref(), the_one(before, Some(index.questionnaire.id()))?)),
        None => None,
    };
    let material = house.material(&results, index, earlier, args.making.language())?;
    let family = index.definition.code().split('-').next().unwrap_or_default();
    let outline = args.making.outline(family)?;
    let stem = format!("bao-cao_{}_{}", index.definition.code(), args.round);
    args.making.write(&outline.1, &material, &stem, out)
}

fn the_one<'a>(results: &'a RoundResults, form: Option<&str>) -> Result<&'a IndexResult, Problem> {
    let mut found = results.indexes.iter().filter(|index| form.is_none_or(|form| index.questionnaire.id() == form));
    if let (Some(index), None) = (found.next(), found.next()) {
        return Ok(index);
    }
    let known: Vec<&str> = results.indexes.iter().map(|index| index.questionnaire.id()).collect();
    Err(Problem::new("report_form", "hãy nêu đúng một bảng hỏi có chỉ số", "name one scored questionnaire")
        .expected(known.join(", ")))
}

fn preset(name: &str) -> Result<&'static str, Problem> {
    presets().iter().find(|preset| preset.name == name).map(|preset| preset.text).ok_or_else(|| {
        let known: Vec<&str> = presets().iter().map(|preset| preset.name).collect();
        Problem::new("outline_missing", "không có dàn ý này", "there is no such outline")
            .expected(known.join(", "))
            .got(name)
            .hint("thêm --outline TÊN hoặc TỆP", "add --outline NAME or FILE")
    })
}

impl Making {
    fn language(&self) -> Language {
        if self.english { Language::En } else { Language::Vi }
    }

    /// The outline with its name.
    fn outline(&self, usual: &str) -> Result<(String, Outline), Problems> {
        let wanted = self.outline.as_deref().unwrap_or(usual);
        let path = Path::new(wanted);
        if path.extension().is_none() && !path.exists() {
            return Ok((wanted.to_owned(), Outline::read(preset(wanted)?)?));
        }
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let outline = Outline::read(&text(path)?).map_err(|problems| problems.in_file(wanted))?;
        Ok((name, outline))
    }

    fn write(&self, outline: &Outline, material: &Material, stem: &str, out: &mut dyn Write) -> Result<(), Problems> {
        let shipped = Sentences::read(SENTENCES, None)?;
        let sentences = match &self.sentences {
            Some(path) => Sentences::read(&text(path)?, Some(&shipped))
                .map_err(|problems| problems.in_file(&path.display().to_string()))?,
            None => shipped,
        };
        let accepted = self.accepted.as_ref().map(|path| Accepted::read(&text(path)?).map_err(Problems::from));
        let accepted = accepted.transpose()?.unwrap_or_default();
        let (paper, made) = rendered(outline, &sentences, material, &accepted, self.language())?;
        self.keep(&paper, made, stem, out)
    }

    /// All renderings are made before the first is written.
    fn keep(&self, paper: &Paper, made: PaperFiles, stem: &str, out: &mut dyn Write) -> Result<(), Problems> {
        files::folder(&self.out)?;
        for (ending, bytes) in made {
            let path = self.out.join(format!("{stem}.{ending}"));
            files::write(&path, &bytes)?;
            say(out, path.display())?;
        }
        let waiting = paper.sentences().filter(|sentence| sentence.accepted_by.is_none()).count();
        if waiting > 0 {
            say(out, format_args!("{}: {waiting} câu chưa được chấp nhận", paper.draft_words()))?;
        }
        Ok(())
    }
}

fn text(path: &Path) -> Result<String, Problems> {
    String::from_utf8(files::read(path)?).map_err(|_| {
        Problem::new("file_not_utf8", "tệp không phải UTF-8", "the file is not UTF-8")
            .in_file(&path.display().to_string())
            .into()
    })
}
