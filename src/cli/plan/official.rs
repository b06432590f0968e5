//! `khaosat official`: published results, their gaps to others, their groups, and their trends.

use std::collections::BTreeMap;
use std::io::Write;

use ::problem::{Language, Problem, Problems, Words};
use clap::Subcommand;
use serde::Serialize;

use super::{Cell, ImportArgs, Print, Source, Table, View};
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
    List(View),
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
    Import(ImportArgs),
    /// Checks a table without entering it
    Check(ImportArgs),
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
        OfficialArgs::List(view) => list(&view.source.standing()?, view.print, out),
        OfficialArgs::Show { of, year, print } => show(&of.source.standing()?.official, of, *year, *print, out),
        OfficialArgs::Import(table) => table.run(PlanTableKind::Official, out),
        OfficialArgs::Check(table) => {
            table.checked(table.source.standing()?, PlanTableKind::Official)?;
            say(out, if language() == Language::Vi { "Bảng hợp lệ" } else { "The table is in order" })
        }
        OfficialArgs::Gap { of, year, print } => gap(&of.source.standing()?, &of.index, &of.unit, *year, *print, out),
        OfficialArgs::Trend { of, code, print } => trend(&of.source.standing()?, of, code, *print, out),
    }
}

/// The results that there are of one unit.
#[derive(Serialize)]
struct Holding<'a> {
    index: &'a str,
    unit: &'a str,
    first_year: i32,
    last_year: i32,
    n_values: usize,
}

fn list(standing: &Standing, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let mut all: BTreeMap<(&str, &str), Holding<'_>> = BTreeMap::new();
    for value in standing.official.values().iter().filter(|value| value.publication == Publication::Published) {
        let (index, unit, year) = (value.index.as_str(), value.unit.as_str(), value.year);
        let new = Holding { index, unit, first_year: year, last_year: year, n_values: 0 };
        let holding = all.entry((index, unit)).or_insert(new);
        holding.first_year = holding.first_year.min(year);
        holding.last_year = holding.last_year.max(year);
        holding.n_values += 1;
    }
    let all: Vec<Holding<'_>> = all.into_values().collect();
    let name = |unit: &str| standing.geography.get(unit).map_or(unit.to_owned(), |one| one.name.clone());
    let table = Table::of(
        &all,
        &[
            ("chỉ số", "index", &|one: &&Holding<'_>| Cell::of(one.index)),
            ("đơn vị", "unit", &|one| Cell::of(one.unit)),
            ("tên", "name", &|one| Cell::of(name(one.unit))),
            ("từ năm", "first_year", &|one| Cell::of(one.first_year.to_string())),
            ("đến năm", "last_year", &|one| Cell::of(one.last_year.to_string())),
            ("số giá trị", "n_values", &|one| Cell::count(one.n_values)),
        ],
    );
    table.print(out, print.format, &all)
}

fn show(results: &OfficialResults, of: &Of, year: i32, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    // The gap table knows what to say where there is nothing.
    results.gaps(&of.index, &of.unit, year)?;
    let is_asked = |one: &&OfficialValue| one.index == of.index && one.unit == of.unit && one.year == year;
    let values: Vec<&OfficialValue> = results.values().iter().filter(is_asked).collect();
    let told = |value: &OfficialValue| {
        remarks(value).iter().map(|words| words.in_language(language()).to_owned()).collect::<Vec<_>>().join("; ")
    };
    let limit = |value: &OfficialValue, end: usize| Cell::Number(value.interval_95().map(|limits| limits[end]), 4);
    let table = Table::of(
        values.iter().copied(),
        &[
            ("mã", "code", &|value: &&OfficialValue| Cell::of(&value.code)),
            ("công bố", "status", &|value| Cell::words(&value.publication.words())),
            ("giá trị", "value", &|value| Cell::Number(value.value, 4)),
            ("sai số chuẩn", "standard_error", &|value| Cell::Number(value.standard_error, 4)),
            ("dưới 95 %", "lower_95", &|value| limit(value, 0)),
            ("trên 95 %", "upper_95", &|value| limit(value, 1)),
            ("hạng", "rank", &|value| Cell::maybe(value.rank.map(|rank| placed(rank, value.rank_of)))),
            ("nguồn", "source", &|value| Cell::of(&value.source)),
            ("lưu ý", "remarks", &|value| Cell::of(told(value))),
        ],
    );
    table.print(out, print.format, &values)
}

/// A rank, and among how many units where that is known: `16/61`.
fn placed(rank: u32, of: Option<u32>) -> String {
    of.map_or_else(|| rank.to_string(), |of| format!("{rank}/{of}"))
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
    gap_table(&rows, &part_names(index, year)).print(out, print.format, &rows)
}

/// The gaps as a table, with the names of the parts.
pub(super) fn gap_table(gaps: &[GapRow], names: &BTreeMap<String, Words>) -> Table {
    let group = |row: &GapRow| {
        row.grouped.map_or_else(String::new, |one| {
            let edge = Words::new(" (sát ngưỡng)", " (on the edge)");
            let mark = if one.on_edge.is_some() { edge.in_language(language()) } else { "" };
            format!("{}{mark}", one.group.words().in_language(language()))
        })
    };
    let before = |row: &GapRow| match (&row.not_comparable, row.last_year) {
        (Some(_), Some(year)) => {
            let words = Words::new("không so sánh được", "not comparable");
            format!("{year}: {}", words.in_language(language()))
        }
        (None, Some(year)) => year.to_string(),
        _ => String::new(),
    };
    Table::of(
        gaps,
        &[
            ("mã", "code", &|row: &&GapRow| Cell::of(&row.code)),
            ("nội dung", "name", &|row| {
                Cell::of(names.get(&row.code).map_or("", |words| words.in_language(language())))
            }),
            ("giá trị", "value", &|row| Cell::Number(row.value, 4)),
            ("nhóm", "group", &|row| Cell::of(group(row))),
            ("kỳ trước", "last_year", &|row| Cell::of(before(row))),
            ("so kỳ trước", "to_own_last", &|row| Cell::Difference(row.to_own_last, 4)),
            ("so trung vị", "to_median", &|row| Cell::Difference(row.to_median, 4)),
            ("so nhóm cao nhất", "to_p75", &|row| Cell::Difference(row.to_p75, 4)),
            ("so tốt nhất", "to_best", &|row| Cell::Difference(row.to_best, 4)),
        ],
    )
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
    let points = trends.iter().flat_map(|one| one.trend.points.iter().map(move |point| (one.unit.as_str(), point)));
    let table = Table::of(
        points,
        &[
            ("đơn vị", "unit", &|(unit, _): &(&str, &TrendPoint)| Cell::of(*unit)),
            ("năm", "year", &|(_, point)| Cell::of(point.year.to_string())),
            ("giá trị", "value", &|(_, point)| Cell::Number(point.value, 4)),
            ("hạng", "rank", &|(_, point)| Cell::maybe(point.rank.map(|(rank, of)| placed(rank, of)))),
            ("đoạn", "piece", &|(_, point)| Cell::maybe(point.piece.map(|piece| piece + 1))),
            ("lưu ý", "remarks", &|(_, point)| Cell::of(why(point))),
        ],
    );
    table.print(out, print.format, &trends)?;
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

/// Why a new piece begins, or why there is no value.
fn why(point: &TrendPoint) -> String {
    match (&point.breaks, point.publication.filter(|one| *one != Publication::Published)) {
        (Some(breaks), _) => format!("⟂ {breaks}"),
        (None, Some(state)) => state.words().in_language(language()).to_owned(),
        _ => String::new(),
    }
}
