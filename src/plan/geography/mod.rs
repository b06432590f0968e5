//! Places with dates: which units there are on a day, what became of them, and which old units make up a new one.
//!
//! A bare code names nothing: 24 was Bắc Giang until 30 June 2025 and is Bắc Ninh since. A unit is known by its id; a code
//! is read together with a day ([`Geography::by_code`]). The units that come with the program are the provinces before and
//! after 1 July 2025 and the districts of Bắc Giang; communes come from an office's own table.

mod read;
mod write;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use problem::{Place, Problem, Words};
use reports::index::Certainty;
use reports::vietnamese::Alphabet;
use serde::Serialize;

/// A place that exists for some time under one boundary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Unit {
    /// Its name in data, such as `bac-giang`.
    pub id: String,
    /// Its official code; empty for a country.
    pub code: String,
    /// Its level, such as `province`.
    pub level: String,
    /// Its name, in NFC.
    pub name: String,
    /// The unit it lies in.
    pub parent: Option<String>,
    /// It exists from this day; `None`: since before all figures.
    pub valid_from: Option<NaiveDate>,
    /// To this day; `None`: still.
    pub valid_to: Option<NaiveDate>,
    /// Where it was read.
    pub source: String,
    /// How sure that is.
    pub certainty: Certainty,
    /// What a reader must know.
    pub note: Option<String>,
}

/// What happened to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It became part of another, whole.
    Merged,
    /// Parts of it went to several others.
    Split,
    /// It lived on under another name or code.
    Renamed,
}

/// One step from an old unit to a new one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitChange {
    /// The old unit.
    pub from: String,
    /// The new one.
    pub to: String,
    /// From this day.
    pub on: NaiveDate,
    /// What happened.
    pub kind: ChangeKind,
    /// Which share of the old unit's population went this way; `None` when it is not known.
    pub share: Option<f64>,
    /// Where it was read.
    pub source: String,
    /// How sure that is.
    pub certainty: Certainty,
    /// What a reader must know.
    pub note: Option<String>,
}

/// Units and what became of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Geography {
    units: BTreeMap<String, Unit>,
    changes: Vec<UnitChange>,
}

/// An old unit's part in a new one, or the other way round.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// The unit.
    pub unit: String,
    /// The share of the old unit's population that is in the new one; `None` when one step on the way is not known.
    pub share: Option<f64>,
}

impl Unit {
    /// Whether it exists on a day.
    #[must_use]
    pub fn exists_on(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|first| first <= day) && self.valid_to.is_none_or(|last| day <= last)
    }
}

impl Geography {
    /// The version of these tables: the SHA-256 of both as [`Geography::units_csv`] and [`Geography::changes_csv`] write them, so it
    /// hangs on what is known and not on the order or the files in which it came. A survey round keeps it, with the day that it looks at.
    #[must_use]
    pub fn version(&self) -> String {
        sampling::sha256_hex(format!("{}\u{1e}{}", self.units_csv(), self.changes_csv()).as_bytes())
    }

    /// A unit by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Unit> {
        self.units.get(id)
    }

    /// All units, in the order of their ids.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.units.values()
    }

    /// All changes, in the order of their days.
    #[must_use]
    pub fn changes(&self) -> &[UnitChange] {
        &self.changes
    }

    /// The units of a level on a day, in Vietnamese order of their names.
    ///
    /// # Errors
    /// `vietnamese_no_collation` when the program was built without the data of the alphabet.
    pub fn on(&self, level: &str, day: NaiveDate) -> Result<Vec<&Unit>, Problem> {
        let alphabet = Alphabet::vietnamese()?;
        let mut units: Vec<&Unit> =
            self.units.values().filter(|unit| unit.level == level && unit.exists_on(day)).collect();
        units.sort_by(|a, b| alphabet.compare(&a.name, &b.name).then_with(|| a.id.cmp(&b.id)));
        Ok(units)
    }

    /// The unit that a code names on a day.
    ///
    /// # Errors
    /// `geography_unknown_code` with the days on which the code named something.
    pub fn by_code(&self, level: &str, code: &str, day: NaiveDate) -> Result<&Unit, Problem> {
        let of_code = || self.units.values().filter(|unit| unit.level == level && unit.code == code);
        of_code().find(|unit| unit.exists_on(day)).ok_or_else(|| {
            let known: Vec<String> = of_code().map(span).collect();
            Problem::new(
                "geography_unknown_code",
                "không có đơn vị nào mang mã này vào ngày đó",
                "no unit has this code on that day",
            )
            .at(Place::column(level))
            .expected(if known.is_empty() {
                Words::new("một mã đã biết", "a known code")
            } else {
                known.join("; ").into()
            })
            .got(format!("{code}, {}", day.format("%d/%m/%Y")))
        })
    }

    /// What a unit has become on a day: itself while it exists, else the units that took it over.
    #[must_use]
    pub fn forward(&self, id: &str, day: NaiveDate) -> Vec<Part> {
        self.follow(id, |change, unit| (change.from == unit && change.on <= day).then_some(change.to.as_str()))
    }

    /// Which units of a day make up a unit that exists later: for a trend that looks back.
    #[must_use]
    pub fn backward(&self, id: &str, day: NaiveDate) -> Vec<Part> {
        self.follow(id, |change, unit| (change.to == unit && change.on > day).then_some(change.from.as_str()))
    }

    /// Follows changes until there are none; `read` refuses circles, so it ends.
    fn follow<'a>(&'a self, id: &'a str, step: impl Fn(&'a UnitChange, &str) -> Option<&'a str>) -> Vec<Part> {
        let mut open: Vec<(&str, Option<f64>)> = vec![(id, Some(1.0))];
        let mut parts: BTreeMap<&str, Option<f64>> = BTreeMap::new();
        while let Some((unit, share)) = open.pop() {
            let next: Vec<(&str, Option<f64>)> = self
                .changes
                .iter()
                .filter_map(|change| step(change, unit).map(|next| (next, share.zip(change.share).map(|(a, b)| a * b))))
                .collect();
            if next.is_empty() {
                let known = parts.entry(unit).or_insert(Some(0.0));
                *known = known.zip(share).map(|(a, b)| a + b);
            }
            open.extend(next);
        }
        parts.into_iter().map(|(unit, share)| Part { unit: unit.to_owned(), share }).collect()
    }
}

fn span(unit: &Unit) -> String {
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "…".to_owned(), |day| day.format("%d/%m/%Y").to_string());
    format!("{} {}–{}", unit.name, day(unit.valid_from), day(unit.valid_to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn shares(parts: &[Part]) -> Vec<(&str, Option<f64>)> {
        parts.iter().map(|part| (part.unit.as_str(), part.share)).collect()
    }

    #[test]
    fn code_24_names_two_places_and_a_day_tells_which() {
        let geography = Geography::shipped().expect("shipped");
        let name = |on| geography.by_code("province", "24", day(on)).map(|unit| unit.name.clone());
        assert_eq!(name("2025-06-30"), Ok("Tỉnh Bắc Giang".to_owned()));
        assert_eq!(name("2025-07-01"), Ok("Tỉnh Bắc Ninh".to_owned()));
        let problem = geography.by_code("province", "27", day("2025-07-01")).expect_err("27 is gone");
        assert!(problem.expected.is_some_and(|known| known.en.contains("30/06/2025")));
    }

    #[test]
    fn there_were_63_provinces_and_there_are_34() {
        let geography = Geography::shipped().expect("shipped");
        let on = |level, text| geography.on(level, day(text)).expect("an alphabet");
        assert_eq!((on("province", "2025-06-30").len(), on("province", "2025-07-01").len()), (63, 34));
        assert_eq!((on("district", "2019-04-01").len(), on("district", "2025-07-01").len()), (10, 0));
        let names: Vec<&str> = on("province", "2024-01-01").iter().map(|unit| unit.name.as_str()).collect();
        let place = |name: &str| names.iter().position(|one| *one == name).expect("a province");
        // Vietnamese order: Đ comes after D and before E.
        assert!(place("Tỉnh Đắk Lắk") > place("Tỉnh Cao Bằng") && place("Tỉnh Đắk Lắk") < place("Tỉnh Gia Lai"));
    }

    #[test]
    fn old_and_new_units_map_onto_each_other() {
        let geography = Geography::shipped().expect("shipped");
        assert_eq!(shares(&geography.forward("bac-giang", day("2026-01-01"))), [("bac-ninh-2025", Some(1.0))]);
        assert_eq!(shares(&geography.forward("bac-giang", day("2024-01-01"))), [("bac-giang", Some(1.0))]);
        let back = geography.backward("bac-ninh-2025", day("2023-06-01"));
        assert_eq!(shares(&back), [("bac-giang", Some(1.0)), ("bac-ninh", Some(1.0))]);
        assert_eq!(shares(&geography.backward("ha-noi", day("2023-06-01"))), [("ha-noi", Some(1.0))]);
        assert_eq!(geography.version().len(), 64);
    }

    #[test]
    fn a_share_that_is_not_known_stays_unknown() {
        let units = "id,code,level,name,source,certainty,valid_from,valid_to\na,1,commune,A,s,certain,,2025-06-30\nb,2,commune,B,s,certain,2025-07-01,\nc,3,commune,C,s,certain,2025-07-01,\n";
        let changes =
            "from,to,on,kind,certainty,share\na,b,2025-07-01,split,certain,0.6\na,c,2025-07-01,split,inferred,\n";
        let geography = Geography::read(units, changes).expect("in order");
        assert_eq!(shares(&geography.forward("a", day("2026-01-01"))), [("b", Some(0.6)), ("c", None)]);
    }

    #[test]
    fn an_office_adds_its_communes_and_corrects_a_day() {
        let shipped = Geography::shipped().expect("shipped");
        let head = "id,code,level,name,source,certainty,parent,valid_from,valid_to\n";
        let added = format!("{head}xa-tan-my,07687,commune,Xã Tân Mỹ,office,certain,bac-giang,,2025-06-30\n");
        let joined = shipped.clone().with_units(&added).expect("one commune more");
        assert_eq!(joined.units().count(), shipped.units().count() + 1);
        assert_ne!(joined.version(), shipped.version());

        // What is exported is what is known: read again it is the same, alone and on top of the shipped tables.
        let alone = Geography::read(&joined.units_csv(), &joined.changes_csv()).expect("its own export");
        assert_eq!(alone, joined);
        let again =
            shipped.clone().with_units(&joined.units_csv()).and_then(|one| one.with_changes(&joined.changes_csv()));
        assert_eq!(again.expect("on top").version(), joined.version());

        // A merger's day, corrected: one change takes the place of the shipped one, the others stay.
        let later = "from,to,on,kind,certainty,share\nbac-giang,bac-ninh-2025,2025-07-02,merged,certain,1\n";
        let corrected = shipped.clone().with_changes(later).expect("another day");
        assert_eq!(corrected.changes().len(), shipped.changes().len());
        assert_eq!(shares(&corrected.forward("bac-giang", day("2025-07-01"))), [("bac-giang", Some(1.0))]);

        let told = shipped.with_units(&added.replace("bac-giang", "nowhere").replace("07687,commune", "24,province"));
        let mut codes: Vec<&str> = told.expect_err("two faults").iter().map(|one| one.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["geography_shared_code", "geography_unknown_unit"]);
    }

    #[test]
    fn tables_that_contradict_themselves_are_told() {
        let head = "id,code,level,name,source,certainty,parent,valid_from,valid_to\n";
        let units = format!("{head}a,1,province,A,s,certain,,,\nb,1,province,B,s,certain,nowhere,,\n");
        let changes = "from,to,on,kind,certainty,share\na,x,2025-07-01,merged,certain,1\n";
        let problems = Geography::read(&units, changes).expect_err("three faults");
        let mut codes: Vec<&str> = problems.iter().map(|one| one.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["geography_shared_code", "geography_unknown_unit"]);
        let changes_told = Geography::read(&format!("{head}a,1,province,A,s,certain,,,\n"), changes).expect_err("x");
        assert_eq!(changes_told.iter().map(|one| one.code).collect::<Vec<_>>(), ["geography_unknown_unit"]);
        let units = format!("{head}c,9,province,C,s,certain,,2025-07-01,2025-01-01\n");
        let changes = "from,to,on,kind,certainty,share\na,x,2025-07-01,merged,certain,1.5\n";
        assert_eq!(Geography::read(&units, changes).expect_err("two rows").len(), 2);
        let circle = "from,to,on,kind,certainty,share\nbac-giang,bac-ninh,2025-07-01,merged,certain,1\nbac-ninh,bac-giang,2025-07-01,merged,certain,1\n";
        let units = "id,code,level,name,source,certainty\nbac-giang,24,province,A,s,certain\nbac-ninh,27,province,B,s,certain\n";
        assert!(Geography::read(units, circle).expect_err("a circle").iter().any(|one| one.code == "geography_circle"));
    }
}
