//! `khaosat official`: published results, their gaps to others, their groups, and their trends.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use ::problem::{Language, Problem, Problems, Words};
use clap::Subcommand;
use serde::Serialize;

use super::{Cell, Print, Source, Table, import, print};
use crate::cli::{language, say};
use crate::plan::official::{
    GapRow, OfficialResults, OfficialValue, Publication, Trend, TrendPoint, part_names, remarks,
};
use crate::standing::Standing;
use crate::store::PlanTableKind;

/// Published results of PAPI, SIPAS and PAR Index: look them up, enter them, compare with others
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example:\n  khaosat official gap --index papi --unit bac-giang --year 2024\n\nA table to import has the columns\n  \
    index,year,unit,code,status,value,source  and, where known,\n  standard_error,printed_lower,printed_upper,n,rank,rank_of,certainty,note\n  \
    papi,2025,bac-ninh-2025,total,published,44.1203,Báo cáo PAPI 2025"
)]
pub(crate) enum OfficialArgs {
    /// Which indices, years and units there are results of
    List {
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        print: Print,
    },
    /// The values of one unit in one year, with what must be known of them
    Show {
        #[command(flatten)]
        of: Of,
        /// The year
        #[arg(long)]
        year: i32,
        #[command(flatten)]
        print: Print,
    },
    /// Enters a table of results; all of it or nothing
    Import {
        /// The table: CSV, UTF-8
        file: PathBuf,
        #[command(flatten)]
        source: Source,
    },
    /// Checks a table without entering it
    Check {
        /// The table: CSV, UTF-8
        file: PathBuf,
        #[command(flatten)]
        source: Source,
    },
    /// How far a unit lies from its own last value, the median, the highest group and the best
    Gap {
        #[command(flatten)]
        of: Of,
        /// The year
        #[arg(long)]
        year: i32,
        #[command(flatten)]
        print: Print,
    },
    /// One value over the years; a line ends where the definition changes
    Trend {
        #[command(flatten)]
        of: Of,
        /// `total`, a dimension or a sub-dimension
        #[arg(long, default_value = "total")]
        code: String,
        #[command(flatten)]
        print: Print,
    },
}

/// Of which index and unit.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Of {
    /// papi, sipas or par-index
    #[arg(long)]
    index: String,
    /// The unit, such as bac-giang; `khaosat geography list` shows them
    #[arg(long)]
    unit: String,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
///
/// # Errors
/// Problems of tables and of the database; `official_no_values` where nothing is known.
pub(crate) fn run(args: &OfficialArgs, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        OfficialArgs::List { source, print } => list(&source.standing()?, *print, out),
        OfficialArgs::Show { of, year, print } => show(&of.source.standing()?.official, of, *year, *print, out),
        OfficialArgs::Import { file, source } => import(source, PlanTableKind::Official, file, out),
        OfficialArgs::Check { file, source } => {
            let body = crate::cli::files::read(file)?;
            let shown = file.display().to_string();
            let checked = source.standing()?.with_table(PlanTableKind::Official, &body);
            checked.map_err(|problems| problems.in_file(&shown))?;
            say(out, if language() == Language::Vi { "Bảng hợp lệ" } else { "The table is in order" })
        }
        OfficialArgs::Gap { of, year, print } => gap(&of.source.standing()?, &of.index, &of.unit, *year, *print, out),
        OfficialArgs::Trend { of, code, print } => trend(&of.source.standing()?, of, code, *print, out),
    }
}

fn list(standing: &Standing, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let mut lines: Vec<(String, String, i32, i32, usize)> = Vec::new();
    for value in standing.official.values().iter().filter(|value| value.publication == Publication::Published) {
        match lines.iter_mut().find(|line| line.0 == value.index && line.1 == value.unit) {
            Some(line) => {
                line.2 = line.2.min(value.year);
                line.3 = line.3.max(value.year);
                line.4 += 1;
            }
            None => lines.push((value.index.clone(), value.unit.clone(), value.year, value.year, 1)),
        }
    }
    lines.sort();
    let rows = lines
        .iter()
        .map(|(index, unit, first, last, n)| {
            let name = standing.geography.get(unit).map_or(unit.clone(), |one| one.name.clone());
            vec![
                Cell::of(index),
                Cell::of(unit),
                Cell::of(name),
                Cell::of(first.to_string()),
                Cell::of(last.to_string()),
                Cell::Number(Some(*n as f64), 0),
            ]
        })
        .collect();
    let headings = [
        ("chỉ số", "index"),
        ("đơn vị", "unit"),
        ("tên", "name"),
        ("từ năm", "first_year"),
        ("đến năm", "last_year"),
        ("số giá trị", "n_values"),
    ];
    self::print(out, print.format, &Table { headings: &headings, rows }, &lines)
}

fn show(results: &OfficialResults, of: &Of, year: i32, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    // The gap table knows what to say where there is nothing.
    results.gaps(&of.index, &of.unit, year)?;
    let values: Vec<&OfficialValue> = results
        .values()
        .iter()
        .filter(|one| one.index == of.index && one.unit == of.unit && one.year == year)
        .collect();
    let rows = values
        .iter()
        .map(|value| {
            let told: Vec<String> =
                remarks(value).iter().map(|words| words.in_language(language()).to_owned()).collect();
            let rank = value.rank.map(|rank| match value.rank_of {
                Some(of) => format!("{rank}/{of}"),
                None => rank.to_string(),
            });
            vec![
                Cell::of(&value.code),
                Cell::of(value.publication.words().in_language(language())),
                Cell::Number(value.value, 4),
                Cell::Number(value.standard_error, 4),
                Cell::Number(value.interval_95().map(|limits| limits[0]), 4),
                Cell::Number(value.interval_95().map(|limits| limits[1]), 4),
                Cell::of(rank.unwrap_or_default()),
                Cell::of(&value.source),
                Cell::of(told.join("; ")),
            ]
        })
        .collect();
    let headings = [
        ("mã", "code"),
        ("công bố", "status"),
        ("giá trị", "value"),
        ("sai số chuẩn", "standard_error"),
        ("dưới 95 %", "lower_95"),
        ("trên 95 %", "upper_95"),
        ("hạng", "rank"),
        ("nguồn", "source"),
        ("lưu ý", "remarks"),
    ];
    self::print(out, print.format, &Table { headings: &headings, rows }, &values)
}

pub(super) fn gap(
    standing: &Standing,
    index: &str,
    unit: &str,
    year: i32,
    print: Print,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    let rows = standing.official.gaps(index, unit, year)?;
    self::print(out, print.format, &gap_table(&rows, &part_names(index, year)), &rows)
}

/// The gaps as a table, with the names of the parts.
pub(super) fn gap_table(gaps: &[GapRow], names: &BTreeMap<String, Words>) -> Table<'static> {
    let rows = gaps
        .iter()
        .map(|row| {
            let group = row.grouped.map_or_else(String::new, |one| {
                let edge = Words::new(" (sát ngưỡng)", " (on the edge)");
                let mark = if one.on_edge.is_some() { edge.in_language(language()) } else { "" };
                format!("{}{mark}", one.group.words().in_language(language()))
            });
            let before = match (&row.not_comparable, row.last_year) {
                (Some(_), Some(year)) => {
                    let words = Words::new("không so sánh được", "not comparable");
                    format!("{year}: {}", words.in_language(language()))
                }
                (None, Some(year)) => year.to_string(),
                _ => String::new(),
            };
            vec![
                Cell::of(&row.code),
                Cell::of(names.get(&row.code).map_or("", |words| words.in_language(language()))),
                Cell::Number(row.value, 4),
                Cell::of(group),
                Cell::of(before),
                Cell::Difference(row.to_own_last, 4),
                Cell::Difference(row.to_median, 4),
                Cell::Difference(row.to_p75, 4),
                Cell::Difference(row.to_best, 4),
            ]
        })
        .collect();
    let headings: &'static [(&'static str, &'static str)] = &[
        ("mã", "code"),
        ("nội dung", "name"),
        ("giá trị", "value"),
        ("nhóm", "group"),
        ("kỳ trước", "last_year"),
        ("so kỳ trước", "to_own_last"),
        ("so trung vị", "to_median"),
        ("so nhóm cao nhất", "to_p75"),
        ("so tốt nhất", "to_best"),
    ];
    Table { headings, rows }
}

/// The values of a unit over the years; before them, those of the units that it was made of, each by itself.
#[derive(Serialize)]
struct UnitTrend {
    unit: String,
    /// Which share of the old unit's population is in the new one; 1 for the unit itself.
    share: Option<f64>,
    #[serde(flatten)]
    trend: Trend,
}

fn trend(standing: &Standing, of: &Of, code: &str, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let (results, geography) = (&standing.official, &standing.geography);
    let began = geography.get(&of.unit).and_then(|unit| unit.valid_from).and_then(|day| day.pred_opt());
    let before = began.map_or_else(Vec::new, |day| geography.backward(&of.unit, day));
    let mut parts: Vec<(String, Option<f64>)> = before.into_iter().map(|part| (part.unit, part.share)).collect();
    parts.retain(|(unit, _)| *unit != of.unit);
    parts.push((of.unit.clone(), Some(1.0)));
    let trends: Vec<UnitTrend> = parts
        .into_iter()
        .map(|(unit, share)| UnitTrend { trend: results.trend(&of.index, &unit, code), unit, share })
        .filter(|one| !one.trend.points.is_empty())
        .collect();
    if trends.is_empty() {
        return Err(Problem::new("official_no_values", "không có giá trị nào", "there is no value")
            .got(format!("{} {} {code}", of.index, of.unit))
            .hint("khaosat official list cho biết có những gì", "khaosat official list shows what there is")
            .into());
    }
    let rows = trends.iter().flat_map(|one| one.trend.points.iter().map(|point| trend_row(&one.unit, point)));
    let headings = [
        ("đơn vị", "unit"),
        ("năm", "year"),
        ("giá trị", "value"),
        ("hạng", "rank"),
        ("đoạn", "piece"),
        ("lưu ý", "remarks"),
    ];
    self::print(out, print.format, &Table { headings: &headings, rows: rows.collect() }, &trends)?;
    if print.format == super::Format::Text {
        for remark in trends.iter().flat_map(|one| &one.trend.remarks) {
            say(out, format_args!("  {}", remark.in_language(language())))?;
        }
        if trends.iter().any(|one| one.unit != of.unit) {
            let words = Words::new(
                "các đơn vị cũ hợp thành đơn vị này: mỗi đơn vị một chuỗi riêng, không cộng, không nối",
                "units that this one was made of: a line each, neither added nor joined",
            );
            say(out, format_args!("  {}", words.in_language(language())))?;
        }
    }
    Ok(())
}

fn trend_row(unit: &str, point: &TrendPoint) -> Vec<Cell> {
    let state = point.publication.filter(|one| *one != Publication::Published);
    let why = state.map(|one| one.words().in_language(language()).to_owned());
    let told = match (&point.breaks, why) {
        (Some(breaks), _) => format!("⟂ {breaks}"),
        (None, Some(why)) => why,
        _ => String::new(),
    };
    let rank = point.rank.map(|(rank, of)| of.map_or(rank.to_string(), |of| format!("{rank}/{of}")));
    vec![
        Cell::of(unit),
        Cell::of(point.year.to_string()),
        Cell::Number(point.value, 4),
        Cell::of(rank.unwrap_or_default()),
        Cell::of(point.piece.map(|piece| (piece + 1).to_string()).unwrap_or_default()),
        Cell::of(told),
    ]
}
