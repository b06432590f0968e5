//! `khaosat par`: points of the PAR Index, given by the province itself and confirmed by the appraisal, with their evidence.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use ::problem::{Language, Problems};
use clap::Subcommand;

use super::{Cell, Print, Source, Table, evidence, import, keep, print};
use crate::cli::{language, say};
use crate::plan::par::{Points, points_of_sipas};
use crate::standing::Standing;
use crate::store::PlanTableKind;

/// Self-scoring of the PAR Index: points by criterion with evidence, appraised points, indices by domain
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  khaosat par sets\n  khaosat par give 1.1 --year 2023 --own 1.5 --evidence ke-hoach.pdf\n  \
    khaosat par show --year 2023\n  khaosat par sipas 81.62"
)]
pub(crate) enum ParArgs {
    /// The criteria sets and the years they score
    Sets {
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        print: Print,
    },
    /// The points of a year: own, appraised, maximum, index, what is still missing
    Show {
        /// The year that is scored
        #[arg(long)]
        year: i32,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        print: Print,
    },
    /// Gives points to a criterion; a correction is a later entry
    Give {
        /// The criterion, such as 3.4
        code: String,
        /// The year that is scored
        #[arg(long)]
        year: i32,
        /// The province's own points
        #[arg(long)]
        own: Option<f64>,
        /// The points after the appraisal, or of the survey
        #[arg(long)]
        appraised: Option<f64>,
        /// Why
        #[arg(long, default_value = "")]
        note: String,
        /// A file that proves it; may be repeated
        #[arg(long, value_name = "FILE")]
        evidence: Vec<PathBuf>,
        #[command(flatten)]
        source: Source,
    },
    /// The points that a SIPAS share gives
    Sipas {
        /// The share in per cent
        share: f64,
        /// The most points it gives
        #[arg(long, default_value_t = 10.0)]
        max: f64,
    },
    /// Enters the criteria set of a decision, with its maxima
    Import {
        /// The table: CSV, UTF-8
        file: PathBuf,
        #[command(flatten)]
        source: Source,
    },
}

/// Runs the command.
///
/// # Errors
/// Problems of tables, files and of the database; `par_no_set`, `par_unknown_criterion`, `par_points`, `par_points_above`.
pub(crate) fn run(args: &ParArgs, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        ParArgs::Sets { source, print } => sets(&source.standing()?, *print, out),
        ParArgs::Show { year, source, print } => show(&source.standing()?, *year, *print, out),
        ParArgs::Give { code, year, own, appraised, note, evidence: files, source } => {
            let files = evidence(files)?;
            let given = Points { own: *own, appraised: *appraised };
            let standing = Standing::of(&source.store()?)?;
            keep(source, standing.new_points(code, *year, given, note, files)?, out)
        }
        ParArgs::Sipas { share, max } => {
            let points = points_of_sipas(*share, *max)?;
            let text = match language() {
                Language::Vi => reports::vietnamese::number(points, 2)?,
                Language::En => format!("{points:.2}"),
            };
            say(out, text)
        }
        ParArgs::Import { file, source } => import(source, PlanTableKind::ParCriteria, file, out),
    }
}

fn sets(standing: &Standing, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let rows = standing
        .criteria
        .iter()
        .map(|set| {
            let known = set.criteria.iter().filter(|one| one.max_points.is_some()).count();
            vec![
                Cell::of(&set.name),
                Cell::of(set.first_year.to_string()),
                Cell::of(set.last_year.map(|year| year.to_string()).unwrap_or_default()),
                Cell::Number(Some(set.criteria.len() as f64), 0),
                Cell::Number(Some(known as f64), 0),
            ]
        })
        .collect();
    let headings = [
        ("bộ tiêu chí", "set"),
        ("từ năm", "first_year"),
        ("đến năm", "last_year"),
        ("số dòng", "n_criteria"),
        ("biết điểm tối đa", "n_with_maximum"),
    ];
    self::print(out, print.format, &Table { headings: &headings, rows }, &standing.criteria)
}

fn show(standing: &Standing, year: i32, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let set = standing.criteria_of(year)?;
    let lines = set.score(standing.points.get(&year).unwrap_or(&BTreeMap::new()))?;
    let rows = lines
        .iter()
        .map(|line| {
            let criterion = set.get(&line.code);
            let missing = if line.without_points.len() == 1 && line.without_points[0] == line.code {
                String::new()
            } else {
                line.without_points.join(",")
            };
            vec![
                Cell::of(&line.code),
                Cell::of(criterion.map(|one| one.name.clone()).unwrap_or_default()),
                Cell::Number(line.max_points, 2),
                Cell::Number(line.points.own, 2),
                Cell::Number(line.points.appraised, 2),
                Cell::Number(line.index_percent, 2),
                Cell::of(missing),
                Cell::of(criterion.map(|one| one.certainty.code().to_owned()).unwrap_or_default()),
            ]
        })
        .collect();
    let headings = [
        ("mã", "code"),
        ("tiêu chí", "criterion"),
        ("tối đa", "max_points"),
        ("tự chấm", "own"),
        ("thẩm định", "appraised"),
        ("chỉ số %", "index_percent"),
        ("chưa có điểm", "without_points"),
        ("độ chắc", "certainty"),
    ];
    self::print(out, print.format, &Table { headings: &headings, rows }, &lines)
}
