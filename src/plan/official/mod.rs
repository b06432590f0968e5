//! Official results: published values of an index, as they were published, with their gaps and their breaks.
//!
//! A value is never interpolated, never averaged over units and never joined to another across a change of definition
//! ([`OfficialResults::trend`]). Groups follow the written rule of [`group`]. The figures that come with the program are in
//! `src/plan/data/official.csv`, `national.csv`, `series.csv`, `breaks.csv`, each with source and certainty; an office adds its own.

mod check;
mod gap;
mod group;
mod names;
mod read;
mod trend;

use problem::{Problems, Words};
use reports::index::Certainty;
use serde::Serialize;

pub(crate) use check::Z_95;
pub use check::remarks;
pub use gap::GapRow;
pub use group::{CutOffs, Group, Grouped, group, percentile};
pub use names::part_names;
pub use trend::{Trend, TrendPoint};

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Publication {
    /// It was published.
    Published,
    /// It was not published, for whatever reason.
    NotPublished,
    /// It was left out because the data were doubted.
    Withdrawn,
    /// It was hidden because it rests on too few answers.
    Suppressed,
}

impl Publication {
    /// The word in data files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::NotPublished => "not_published",
            Self::Withdrawn => "withdrawn",
            Self::Suppressed => "suppressed",
        }
    }

    /// The word for people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Published => Words::new("đã công bố", "published"),
            Self::NotPublished => Words::new("không công bố", "not published"),
            Self::Withdrawn => {
                Words::new("không công bố do nghi ngờ dữ liệu", "left out because the data were doubted")
            }
            Self::Suppressed => Words::new("ẩn vì quá ít câu trả lời", "hidden: too few answers"),
        }
    }
}

/// One cell of an official table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfficialValue {
    /// The index: `papi`, `sipas`, `par-index`.
    pub index: String,
    /// The year it speaks of.
    pub year: i32,
    /// The unit, by its name in the geography, such as `bac-giang`.
    pub unit: String,
    /// `total`, a dimension (`6`), a sub-dimension (`6.2`) or a part (`policy`).
    pub code: String,
    /// What became of it.
    pub publication: Publication,
    /// The value in the unit of the index; there is none unless it was published (and sometimes only the rank is known).
    pub value: Option<f64>,
    /// The published standard error.
    pub standard_error: Option<f64>,
    /// The interval as printed, whatever level it has in truth.
    pub printed_interval: Option<[f64; 2]>,
    /// Unweighted number of respondents.
    pub n: Option<u32>,
    /// The published rank, 1 the best.
    pub rank: Option<u32>,
    /// Among how many units.
    pub rank_of: Option<u32>,
    /// Where it was read.
    pub source: String,
    /// How sure that is.
    pub certainty: Certainty,
    /// What a reader must know.
    pub note: Option<String>,
}

/// A figure over all units of the country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// Simple mean over the units.
    Mean,
    /// First quartile, type 7.
    P25,
    /// Median, type 7.
    P50,
    /// Third quartile, type 7.
    P75,
    /// The lowest.
    Min,
    /// The best.
    Max,
}

/// A figure over all units of the country, as published or computed from the published values of all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NationalStatistic {
    /// The index.
    pub index: String,
    /// The year.
    pub year: i32,
    /// As in [`OfficialValue::code`].
    pub code: String,
    /// Which figure.
    pub statistic: Statistic,
    /// Its value.
    pub value: f64,
    /// Over how many units.
    pub n_units: Option<u32>,
    /// Where it was read.
    pub source: String,
    /// How sure that is.
    pub certainty: Certainty,
}

/// The limits of a value, for the years of one structure of an index.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub(crate) index: String,
    pub(crate) first_year: i32,
    pub(crate) last_year: Option<i32>,
    pub(crate) code: String,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    pub(crate) sums_to: Option<String>,
}

/// A year from which a value means something else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Break {
    /// The index.
    pub index: String,
    /// The value; `*` for all values of the index.
    pub code: String,
    /// The first year of the new meaning.
    pub first_year: i32,
    /// How sure that is.
    pub certainty: Certainty,
    /// What changed.
    pub note: String,
}

/// Published results with all that is needed to read them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfficialResults {
    values: Vec<OfficialValue>,
    national: Vec<NationalStatistic>,
    series: Vec<Series>,
    breaks: Vec<Break>,
}

impl OfficialResults {
    /// What comes with the program.
    ///
    /// # Errors
    /// Only if the program's own files were damaged; a test reads them.
    pub fn shipped() -> Result<Self, Problems> {
        read::shipped()
    }

    /// These results and those of a table (CSV with the columns of `official.csv`; `certainty` is `certain` where it is left
    /// out). A row for a cell that is known already takes its place.
    ///
    /// # Errors
    /// `plan_heading`, `plan_csv`, `plan_value` with row and column; `official_out_of_range`, `official_twice`,
    /// `official_status` for rows that contradict themselves; `official_sum` where parts do not add to their whole. All at once; nothing is taken over.
    pub fn with_table(&self, text: &str) -> Result<Self, Problems> {
        let values = read::values(text, &self.series)?;
        let mut all = self.clone();
        for value in values {
            all.values.retain(|known| !known.is_cell_of(&value));
            all.values.push(value);
        }
        all.values = read::in_order(all.values);
        all.check_sums()?;
        Ok(all)
    }

    /// All values, by index, year, unit and code.
    #[must_use]
    pub fn values(&self) -> &[OfficialValue] {
        &self.values
    }

    /// One cell; `None` when nothing is known of it.
    #[must_use]
    pub fn value(&self, index: &str, year: i32, unit: &str, code: &str) -> Option<&OfficialValue> {
        self.values.iter().find(|one| (&*one.index, one.year, &*one.unit, &*one.code) == (index, year, unit, code))
    }

    /// The newest published value of a cell up to a year.
    #[must_use]
    pub fn latest(&self, index: &str, unit: &str, code: &str, up_to: i32) -> Option<&OfficialValue> {
        self.values
            .iter()
            .filter(|one| one.index == index && one.unit == unit && one.code == code && one.year <= up_to)
            .filter(|one| one.value.is_some() || one.rank.is_some())
            .max_by_key(|one| one.year)
    }

    /// A figure over all units.
    #[must_use]
    pub fn national(&self, index: &str, year: i32, code: &str, statistic: Statistic) -> Option<&NationalStatistic> {
        self.national
            .iter()
            .find(|one| one.index == index && one.year == year && one.code == code && one.statistic == statistic)
    }

    /// The cut-offs of a value's groups in a year, where all three are known.
    #[must_use]
    pub fn cut_offs(&self, index: &str, year: i32, code: &str) -> Option<CutOffs> {
        let of = |statistic| self.national(index, year, code, statistic).map(|one| one.value);
        Some(CutOffs { p25: of(Statistic::P25)?, p50: of(Statistic::P50)?, p75: of(Statistic::P75)? })
    }

    /// The first break of a value after one year and up to another; definitions of the years on both sides differ.
    #[must_use]
    pub fn break_between(&self, index: &str, code: &str, after: i32, up_to: i32) -> Option<&Break> {
        self.breaks
            .iter()
            .filter(|one| one.index == index && (one.code == code || one.code == "*"))
            .filter(|one| after < one.first_year && one.first_year <= up_to)
            .min_by_key(|one| one.first_year)
    }
}

impl OfficialValue {
    /// What orders the table: index, year, unit, the total after its parts.
    fn place(&self) -> (&str, i32, &str, bool, &str) {
        (&self.index, self.year, &self.unit, self.code == "total", &self.code)
    }

    fn is_cell_of(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}
