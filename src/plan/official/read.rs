//! Official results from their tables.

use std::collections::BTreeSet;

use problem::{Place, Problem, Problems};
use reports::index::Certainty;

use super::{Break, NationalStatistic, OfficialResults, OfficialValue, Publication, Series, Statistic};
use crate::plan::rows::{Row, Rows};

const OFFICIAL: &str = include_str!("../data/official.csv");
const NATIONAL: &str = include_str!("../data/national.csv");
const SERIES: &str = include_str!("../data/series.csv");
const BREAKS: &str = include_str!("../data/breaks.csv");

const PUBLICATIONS: [(&str, Publication); 4] = [
    ("published", Publication::Published),
    ("not_published", Publication::NotPublished),
    ("withdrawn", Publication::Withdrawn),
    ("suppressed", Publication::Suppressed),
];

const STATISTICS: [(&str, Statistic); 6] = [
    ("mean", Statistic::Mean),
    ("p25", Statistic::P25),
    ("p50", Statistic::P50),
    ("p75", Statistic::P75),
    ("min", Statistic::Min),
    ("max", Statistic::Max),
];

pub(super) fn shipped() -> Result<OfficialResults, Problems> {
    let series = series().map_err(|problems| problems.in_file("series.csv"))?;
    let all = OfficialResults {
        values: in_order(values(OFFICIAL, &series).map_err(|problems| problems.in_file("official.csv"))?),
        national: national().map_err(|problems| problems.in_file("national.csv"))?,
        breaks: breaks().map_err(|problems| problems.in_file("breaks.csv"))?,
        series,
    };
    all.check_sums()?;
    Ok(all)
}

/// The order that everything else relies on: index, year, unit, parts before their total.
pub(super) fn in_order(mut values: Vec<OfficialValue>) -> Vec<OfficialValue> {
    values.sort_by(|a, b| a.place().cmp(&b.place()));
    values
}

/// The values of a table; every row is checked against the limits of its series.
pub(super) fn values(text: &str, series: &[Series]) -> Result<Vec<OfficialValue>, Problems> {
    let required = ["index", "year", "unit", "code", "status", "value", "source"];
    let optional = ["standard_error", "printed_lower", "printed_upper", "n", "rank", "rank_of", "certainty", "note"];
    let rows = Rows::read(text, &required, &optional)?;
    let mut seen = BTreeSet::new();
    rows.each(|row| {
        let value = value(row)?;
        if !seen.insert((value.index.clone(), value.year, value.unit.clone(), value.code.clone())) {
            row.problem("giá trị này đã có ở dòng trên", "this value stands in a row above", "code", "one row a value");
        }
        check_row(row, &value, series);
        Some(value)
    })
}

fn value(row: &mut Row<'_>) -> Option<OfficialValue> {
    let (index, year, unit, code) =
        (row.required("index"), row.year("year"), row.required("unit"), row.required("code"));
    let publication = row.word("status", &PUBLICATIONS);
    let certainty = if row.text("certainty").is_some() { row.certainty() } else { Some(Certainty::Certain) };
    let limits = (row.number("printed_lower"), row.number("printed_upper"));
    if limits.0.is_some() != limits.1.is_some() {
        row.problem(
            "thiếu một đầu của khoảng tin cậy",
            "one end of the interval is missing",
            "printed_lower",
            ("cả hai đầu", "both ends"),
        );
    }
    Some(OfficialValue {
        value: row.number("value"),
        standard_error: row.number("standard_error"),
        printed_interval: limits.0.zip(limits.1).map(|(lower, upper)| [lower, upper]),
        n: row.whole("n"),
        rank: row.whole("rank"),
        rank_of: row.whole("rank_of"),
        source: row.required("source")?,
        note: row.text("note"),
        index: index?,
        year: year?,
        unit: unit?,
        code: code?,
        publication: publication?,
        certainty: certainty?,
    })
}

/// What contradicts itself within one row.
fn check_row(row: &mut Row<'_>, value: &OfficialValue, series: &[Series]) {
    let published = value.publication == Publication::Published;
    // A value that is no number was told already.
    if published && row.text("value").is_none() && value.rank.is_none() {
        row.problem(
            "đã công bố nhưng không có giá trị",
            "published, but there is no value",
            "value",
            ("giá trị hoặc thứ hạng", "a value or a rank"),
        );
    }
    if !published && (value.value.is_some() || value.rank.is_some()) {
        row.problem(
            "không công bố nhưng lại có giá trị",
            "not published, but there is a value",
            "value",
            ("ô trống", "an empty cell"),
        );
    }
    let Some(limits) = Series::of(series, value) else {
        let known = series.iter().map(|one| one.index.as_str()).collect::<BTreeSet<_>>();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        row.problem("chỉ số này không có cho năm đó", "there is no such index in that year", "index", &known);
        return;
    };
    let range = format!("{} – {}", limits.lower, limits.upper);
    // 85 % typed as 0,85 lies on the scale and would be believed. No total or domain of a unit is 1 % or less.
    let is_percent = limits.upper == 100.0 && matches!(limits.code.as_str(), "total" | "dimension");
    if is_percent && value.value.is_some_and(|number| number > 0.0 && number <= 1.0) {
        row.problem(
            "trông như tỷ lệ từ 0 đến 1, nhưng thang điểm này là 0 – 100",
            "it looks like a share of 0 to 1, but this scale is 0 – 100",
            "value",
            ("85 thay cho 0,85", "85 instead of 0.85"),
        );
    }
    if value.value.is_some_and(|number| !(limits.lower..=limits.upper).contains(&number)) {
        row.problem("giá trị nằm ngoài thang điểm", "the value lies outside its scale", "value", range.as_str());
    }
    if value.standard_error.is_some_and(|error| error < 0.0) {
        row.problem(
            "sai số chuẩn âm",
            "the standard error is negative",
            "standard_error",
            ("từ 0 trở lên", "0 or more"),
        );
    }
    if let (Some([lower, upper]), Some(number)) = (value.printed_interval, value.value)
        && !(lower <= number && number <= upper)
    {
        row.problem(
            "giá trị nằm ngoài khoảng tin cậy của nó",
            "the value lies outside its interval",
            "printed_lower",
            "",
        );
    }
    match (value.rank, value.rank_of) {
        (Some(0), _) => row.problem("thứ hạng bắt đầu từ 1", "ranks begin with 1", "rank", "1"),
        (Some(rank), Some(of)) if rank > of => {
            row.problem(
                "thứ hạng lớn hơn số đơn vị",
                "the rank exceeds the number of units",
                "rank",
                format!("1 – {of}"),
            );
        }
        (None, Some(_)) => row.problem("có số đơn vị nhưng không có thứ hạng", "units without a rank", "rank", ""),
        _ => {}
    }
}

impl Series {
    /// The limits of a value: those of its code, or of the kind of code it is.
    pub(super) fn of<'a>(series: &'a [Self], value: &OfficialValue) -> Option<&'a Self> {
        let in_year = |one: &&Self| {
            one.index == value.index
                && one.first_year <= value.year
                && one.last_year.is_none_or(|last| value.year <= last)
        };
        let kind = match value.code.as_str() {
            "total" => "total",
            code if code.contains('.') => "sub_dimension",
            code if code.bytes().all(|byte| byte.is_ascii_digit()) => "dimension",
            _ => "part",
        };
        series.iter().filter(in_year).find(|one| one.code == kind)
    }
}

fn series() -> Result<Vec<Series>, Problems> {
    let headings =
        ["index", "first_year", "last_year", "code", "lower", "upper", "sums_to", "source", "certainty", "note"];
    Rows::read(SERIES, &headings, &[])?.each(|row| {
        Some(Series {
            index: row.required("index")?,
            first_year: row.year("first_year")?,
            last_year: row.year("last_year"),
            code: row.required("code")?,
            lower: row.number("lower")?,
            upper: row.number("upper")?,
            sums_to: row.text("sums_to"),
        })
    })
}

fn breaks() -> Result<Vec<Break>, Problems> {
    Rows::read(BREAKS, &["index", "code", "first_year", "source", "certainty", "note"], &[])?.each(|row| {
        Some(Break {
            index: row.required("index")?,
            code: row.required("code")?,
            first_year: row.year("first_year")?,
            certainty: row.certainty()?,
            note: row.required("note")?,
        })
    })
}

fn national() -> Result<Vec<NationalStatistic>, Problems> {
    let headings = ["index", "year", "code", "statistic", "value", "n_units", "source", "certainty"];
    Rows::read(NATIONAL, &headings, &[])?.each(|row| {
        Some(NationalStatistic {
            index: row.required("index")?,
            year: row.year("year")?,
            code: row.required("code")?,
            statistic: row.word("statistic", &STATISTICS)?,
            value: row.number("value")?,
            n_units: row.whole("n_units"),
            source: row.required("source")?,
            certainty: row.certainty()?,
        })
    })
}

/// How far parts may lie from their whole: half a unit in the fourth decimal for each part and for the whole.
const SUM_TOLERANCE_PER_PART: f64 = 0.5e-4;

impl OfficialResults {
    /// Whether dimensions add to their total and sub-dimensions to their dimension, wherever all of them are known. The values
    /// are in order, so those of one unit in one year stand together.
    pub(super) fn check_sums(&self) -> Result<(), Problems> {
        let mut problems = Problems::none();
        let same = |a: &OfficialValue, b: &OfficialValue| (&a.index, a.year, &a.unit) == (&b.index, b.year, &b.unit);
        for of_unit in self.values.chunk_by(same) {
            for whole in of_unit {
                problems.extend(self.check_sum(whole, of_unit));
            }
        }
        problems.into_result(())
    }

    fn check_sum(&self, whole: &OfficialValue, of_unit: &[OfficialValue]) -> Option<Problem> {
        let sum = whole.value?;
        let parts: Vec<&OfficialValue> = of_unit.iter().filter(|part| self.is_part(part, whole)).collect();
        let total = parts.iter().map(|part| part.value).sum::<Option<f64>>().filter(|_| !parts.is_empty())?;
        let is_far = (total - sum).abs() > SUM_TOLERANCE_PER_PART * (parts.len() + 1) as f64 + 1e-9;
        is_far.then(|| {
            Problem::new(
                "official_sum",
                "các phần cộng lại không bằng giá trị chung",
                "the parts do not add to their whole",
            )
            .at(Place::column(format!("{} {} {} {}", whole.index, whole.year, whole.unit, whole.code)))
            .expected((
                format!("{total:.4} (tổng của {} phần)", parts.len()),
                format!("{total:.4} (the sum of {} parts)", parts.len()),
            ))
            .got(sum.to_string())
        })
    }

    /// Whether a value is one of those that add to another: a dimension to the total, a sub-dimension to its dimension.
    fn is_part(&self, part: &OfficialValue, whole: &OfficialValue) -> bool {
        let kind = if whole.code == "total" { "total" } else { "dimension" };
        Series::of(&self.series, part).is_some_and(|series| series.sums_to.as_deref() == Some(kind))
            && (kind == "total" || part.code.split('.').next() == Some(&whole.code))
    }
}
