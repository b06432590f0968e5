//! The sample list as a table: the columns are a contract with everyone who reads the file.
//!
//! `unit_id`; for each listed level `<level>_code`, `<level>_name`; `<last>_number` when the last level is counted; `role`,
//! `visiting_order`; for each stage `<stage>_probability`, `<stage>_certainty`, when the stage has strata
//! `<stage>_stratum`, and when its number differs from group to group `<stage>_n`; `inclusion_probability`, `base_weight`,
//! `listing_size`; when the design says who is asked, `respondent_rule`, and where a person is chosen `respondent_counted_by`,
//! `respondent_number` and (rule `kish`) `kish_table`; `seed`, `frame_sha256`, `design_sha256`, `design`, `program_version`;
//! `only` when the draw was kept to a part; then the carried columns.

mod read;

use crate::respondent::RespondentRule;
use crate::sample::{Sample, SampledUnit, StageDraw};

pub use read::ListRows;

/// One cell of the list.
#[derive(Clone, Debug, PartialEq)]
pub enum ListCell {
    /// Text: codes, names, hashes, the seed.
    Text(String),
    /// A whole number.
    Whole(u64),
    /// A probability or a weight; always finite.
    Number(f64),
}

impl ListCell {
    /// The cell as it stands in the CSV file: numbers with a point, and the fewest digits that read back the same.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// A table with headings; every row has as many cells.
#[derive(Clone, Debug, PartialEq)]
pub struct ListTable {
    /// The headings.
    pub headings: Vec<String>,
    /// The rows, one for each unit of the sample.
    pub rows: Vec<Vec<ListCell>>,
}

/// Columns that a stage has only when it needs them.
struct StageExtras {
    stratum: bool,
    n: bool,
}

impl Sample {
    /// The sample list as a table.
    #[must_use]
    pub fn table(&self) -> ListTable {
        let extras = self.stage_extras();
        ListTable {
            headings: self.headings(&extras),
            rows: self.units.iter().map(|unit| self.row(unit, &extras)).collect(),
        }
    }

    /// The sample list as CSV: UTF-8, commas, line feeds.
    #[must_use]
    pub fn to_csv(&self) -> String {
        self.table().to_csv()
    }

    /// For each stage, which columns it has beside its probability.
    fn stage_extras(&self) -> Vec<StageExtras> {
        let some = |stage: usize, has: fn(&StageDraw) -> bool| {
            self.units.iter().any(|unit| unit.stages.get(stage).is_some_and(has))
        };
        (0..self.stages.len())
            .map(|stage| StageExtras {
                stratum: some(stage, |draw| !draw.stratum.is_empty()),
                n: some(stage, |draw| draw.n.is_some()),
            })
            .collect()
    }

    fn headings(&self, extras: &[StageExtras]) -> Vec<String> {
        let mut headings = vec!["unit_id".to_owned()];
        for level in &self.levels {
            if level.counted {
                headings.push(format!("{}_number", level.name));
            } else {
                headings.extend([format!("{}_code", level.name), format!("{}_name", level.name)]);
            }
        }
        headings.extend(["role", "visiting_order"].map(str::to_owned));
        for (stage, extras) in self.stages.iter().zip(extras) {
            headings.extend([format!("{stage}_probability"), format!("{stage}_certainty")]);
            headings.extend(extras.stratum.then(|| format!("{stage}_stratum")));
            headings.extend(extras.n.then(|| format!("{stage}_n")));
        }
        headings.extend(["inclusion_probability", "base_weight", "listing_size"].map(str::to_owned));
        headings.extend(self.respondent_headings().map(str::to_owned));
        headings.extend(["seed", "frame_sha256", "design_sha256", "design", "program_version"].map(str::to_owned));
        headings.extend(self.provenance.only.as_ref().map(|_| "only".to_owned()));
        headings.extend(self.carried.iter().cloned());
        headings
    }

    /// The columns about the respondent that this sample has.
    fn respondent_headings(&self) -> impl Iterator<Item = &'static str> {
        let rule = self.respondent.as_ref().map(|respondent| respondent.rule);
        let chosen = rule.is_some_and(RespondentRule::chooses_a_person);
        [
            rule.map(|_| "respondent_rule"),
            chosen.then_some("respondent_counted_by"),
            chosen.then_some("respondent_number"),
            (rule == Some(RespondentRule::Kish)).then_some("kish_table"),
        ]
        .into_iter()
        .flatten()
    }

    fn respondent_cells(&self, unit: &SampledUnit) -> impl Iterator<Item = ListCell> {
        let text = |text: &str| ListCell::Text(text.to_owned());
        let used = self.respondent.as_ref();
        let number = unit.respondent_number;
        let table = number.filter(|_| used.is_some_and(|used| used.rule == RespondentRule::Kish));
        [
            used.map(|used| text(used.rule.name())),
            number.and(used).map(|used| text(&used.counted_by)),
            number.map(|number| ListCell::Whole(number.get())),
            table.map(|number| text(number.kish_table().name())),
        ]
        .into_iter()
        .flatten()
    }

    fn row(&self, unit: &SampledUnit, extras: &[StageExtras]) -> Vec<ListCell> {
        let text = |text: &str| ListCell::Text(text.to_owned());
        let mut row = vec![text(&unit.unit_id)];
        row.extend(unit.path.iter().flat_map(|label| [text(&label.code), text(&label.name)]));
        row.extend(unit.number.map(ListCell::Whole));
        row.extend([text(unit.role.name()), ListCell::Whole(unit.visiting_order)]);
        for (draw, extras) in unit.stages.iter().zip(extras) {
            row.push(ListCell::Number(draw.probability.get()));
            row.push(ListCell::Whole(u64::from(draw.probability.is_certain())));
            row.extend(extras.stratum.then(|| text(&draw.stratum)));
            row.extend(draw.n.filter(|_| extras.n).map(ListCell::Whole));
        }
        let provenance = &self.provenance;
        row.extend([
            ListCell::Number(unit.inclusion_probability.get()),
            ListCell::Number(unit.base_weight.get()),
            ListCell::Whole(unit.listing_size),
        ]);
        row.extend(self.respondent_cells(unit));
        row.extend([
            // Text, because spreadsheets keep only 15 digits of a number.
            ListCell::Text(provenance.seed.to_string()),
            text(&provenance.frame_sha256),
            text(&provenance.design_sha256),
            text(&provenance.design),
            text(&provenance.program_version),
        ]);
        row.extend(provenance.only.as_deref().map(text));
        row.extend(unit.carried.iter().map(|value| text(value)));
        row
    }
}

impl ListTable {
    /// The table as CSV: UTF-8, commas, line feeds.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        push_line(&mut csv, self.headings.iter().map(String::as_str));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(ListCell::to_text).collect();
            push_line(&mut csv, cells.iter().map(String::as_str));
        }
        csv
    }
}

fn push_line<'a>(csv: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            csv.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            csv.push('"');
            csv.push_str(&cell.replace('"', "\"\""));
            csv.push('"');
        } else {
            csv.push_str(cell);
        }
    }
    csv.push('\n');
}
