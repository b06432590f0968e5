//! `khaosat par`: points of the PAR Index, given by the province itself and confirmed by the appraisal, with their evidence.

use std::collections::BTreeMap;
use std::io::Write;

use ::problem::Problems;
use clap::Subcommand;

use super::{Cell, ImportArgs, Print, Proof, Table, View, in_language};
use crate::cli::say;
use crate::plan::par::{CriteriaSet, Points, ScoreLine, points_of_sipas};
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
    Sets(View),
    /// The points of a year: own, appraised, maximum, index, what is still missing
    Show {
        /// The year that is scored
        #[arg(long)]
        year: i32,
        #[command(flatten)]
        view: View,
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
        #[command(flatten)]
        proof: Proof,
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
    Import(ImportArgs),
}

/// Runs the command.
///
/// # Errors
/// Problems of tables, files and of the database; `par_no_set`, `par_unknown_criterion`, `par_points`, `par_points_above`.
pub(crate) fn run(args: &ParArgs, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        ParArgs::Sets(view) => sets(&view.source.standing()?, view.print, out),
        ParArgs::Show { year, view } => show(&view.source.standing()?, *year, view.print, out),
        ParArgs::Give { code, year, own, appraised, proof } => {
            let given = Points { own: *own, appraised: *appraised };
            proof.keep(|standing, note, files| standing.new_points(code, *year, given, note, files), out)
        }
        ParArgs::Sipas { share, max } => say(out, in_language(points_of_sipas(*share, *max)?, 2)?),
        ParArgs::Import(table) => table.run(PlanTableKind::ParCriteria, out),
    }
}

fn sets(standing: &Standing, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let known = |set: &CriteriaSet| set.criteria.iter().filter(|one| one.max_points.is_some()).count();
    let table = Table::of(
        &standing.criteria,
        &[
            ("bộ tiêu chí", "set", &|set: &&CriteriaSet| Cell::of(&set.name)),
            ("từ năm", "first_year", &|set| Cell::of(set.first_year.to_string())),
            ("đến năm", "last_year", &|set| Cell::maybe(set.last_year)),
            ("số dòng", "n_criteria", &|set| Cell::count(set.criteria.len())),
            ("biết điểm tối đa", "n_with_maximum", &|set| Cell::count(known(set))),
        ],
    );
    table.print(out, print.format, &standing.criteria)
}

fn show(standing: &Standing, year: i32, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let set = standing.criteria_of(year)?;
    let lines = set.score(standing.points.get(&year).unwrap_or(&BTreeMap::new()))?;
    let of = |line: &ScoreLine| set.get(&line.code);
    // A criterion without points of its own says so by its empty cells.
    let missing = |line: &ScoreLine| match line.without_points.as_slice() {
        [one] if *one == line.code => String::new(),
        several => several.join(","),
    };
    let table = Table::of(
        &lines,
        &[
            ("mã", "code", &|line: &&ScoreLine| Cell::of(&line.code)),
            ("tiêu chí", "criterion", &|line| Cell::maybe(of(line).map(|one| &one.name))),
            ("tối đa", "max_points", &|line| Cell::Number(line.max_points, 2)),
            ("tự chấm", "own", &|line| Cell::Number(line.points.own, 2)),
            ("thẩm định", "appraised", &|line| Cell::Number(line.points.appraised, 2)),
            ("chỉ số %", "index_percent", &|line| Cell::Number(line.index_percent, 2)),
            ("chưa có điểm", "without_points", &|line| Cell::of(missing(line))),
            ("độ chắc", "certainty", &|line| Cell::maybe(of(line).map(|one| one.certainty.code()))),
        ],
    );
    table.print(out, print.format, &lines)
}
