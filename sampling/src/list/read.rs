//! Reading a sample list back.

use problem::{Place, Problem, Problems, Words};

use crate::respondent::{RESPONDENT_RANGE, RespondentNumber, RespondentRule};
use crate::sample::{
    InclusionProbability, Provenance, RespondentUsed, Role, Sample, SampleLevel, SampledUnit, StageDraw, UnitLabel,
};

/// The cells of a sample list as text, before anything is believed about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRows {
    /// The headings.
    pub headings: Vec<String>,
    /// Rows of a person's count (the header is row 1) with their cells.
    pub rows: Vec<(usize, Vec<String>)>,
}

impl ListRows {
    /// Reads CSV bytes.
    ///
    /// # Errors
    /// A problem when the bytes are not UTF-8 text or hold no header.
    pub fn from_csv(bytes: &[u8]) -> Result<Self, Problems> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let row = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            Problem::new(
                "sample_not_utf8",
                "danh sách mẫu không phải văn bản UTF-8",
                "the sample list is not UTF-8 text",
            )
            .at(Place::row(row))
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut rows = reader
            .records()
            .flatten()
            .enumerate()
            .map(|(place, record)| (place + 1, record.iter().map(str::to_owned).collect::<Vec<String>>()));
        let Some((_, headings)) = rows.next() else {
            return Err(Problem::new("sample_empty", "danh sách mẫu trống", "the sample list is empty").into());
        };
        Ok(Self { headings, rows: rows.collect() })
    }

    /// The position of a heading.
    pub(crate) fn column(&self, heading: &str) -> Result<usize, Problems> {
        self.headings.iter().position(|other| other == heading).ok_or_else(|| {
            Problem::new("sample_missing_column", "danh sách mẫu thiếu một cột", "the sample list lacks a column")
                .at(Place::cell(1, heading))
                .expected(heading.to_owned())
                .into()
        })
    }
}

/// Where each part of the list stands.
struct Columns {
    levels: Vec<SampleLevel>,
    stages: Vec<StageColumns>,
    only: Option<usize>,
    carried: Vec<String>,
    first_carried: usize,
}

/// The columns of one stage, beside its probability.
struct StageColumns {
    name: String,
    stratum: Option<usize>,
    n: Option<usize>,
}

impl Columns {
    fn find(rows: &ListRows) -> Result<Self, Problems> {
        let (role, version) = (rows.column("role")?, rows.column("program_version")?);
        let mut levels: Vec<SampleLevel> = Vec::new();
        for heading in rows.headings.iter().take(role) {
            let level =
                |name: &str, counted| SampleLevel { name: name.to_owned(), words: Words::new(name, name), counted };
            levels.extend(heading.strip_suffix("_code").map(|name| level(name, false)));
            levels.extend(heading.strip_suffix("_number").map(|name| level(name, true)));
        }
        let between = rows.headings.get(role..version).unwrap_or_default();
        let place = |heading: &str| between.iter().position(|other| other == heading).map(|place| role + place);
        let stages = between.iter().filter_map(|heading| heading.strip_suffix("_probability"));
        let stages = stages
            .filter(|name| *name != "inclusion")
            .map(|name| StageColumns {
                name: name.to_owned(),
                stratum: place(&format!("{name}_stratum")),
                n: place(&format!("{name}_n")),
            })
            .collect();
        let only = rows.headings.get(version + 1).filter(|heading| *heading == "only").map(|_| version + 1);
        let first_carried = only.unwrap_or(version) + 1;
        let carried = rows.headings.iter().skip(first_carried).cloned().collect();
        Ok(Self { levels, stages, only, carried, first_carried })
    }
}

impl Sample {
    /// Reads a sample list back from CSV. Names of levels stand in for their words; generator, methods and notes are in the
    /// certificate, not in the list, and come back empty.
    ///
    /// # Errors
    /// All missing columns, ragged rows and cells that are not what their column holds. This does not prove the list: see
    /// [`crate::verify`].
    pub fn from_csv(bytes: &[u8]) -> Result<Self, Problems> {
        Self::from_rows(&ListRows::from_csv(bytes)?)
    }

    /// The same from cells, wherever they were read from.
    ///
    /// # Errors
    /// As [`Sample::from_csv`].
    pub fn from_rows(rows: &ListRows) -> Result<Self, Problems> {
        let columns = Columns::find(rows)?;
        let mut problems = Problems::none();
        let mut units = Vec::new();
        let mut provenance: Option<(Provenance, Option<RespondentUsed>)> = None;
        for (row, cells) in &rows.rows {
            if cells.len() != rows.headings.len() {
                problems.push(
                    Problem::new(
                        "sample_ragged_row",
                        "số ô của dòng khác dòng tiêu đề",
                        "the row has not as many cells as the header",
                    )
                    .at(Place::row(*row))
                    .expected(rows.headings.len().to_string())
                    .got(cells.len().to_string()),
                );
                continue;
            }
            let reader = RowReader { rows, row: *row, cells };
            match reader.unit(&columns) {
                Ok(unit) => units.push(unit),
                Err(found) => problems.extend(found),
            }
            let origin = reader.provenance(&columns).and_then(|read| Ok((read, reader.respondent()?)));
            match (origin, &provenance) {
                (Ok(read), None) => provenance = Some(read),
                (Ok(read), Some(first)) if read == *first => {}
                (Ok(_), Some(_)) => problems.push(
                    Problem::new(
                        "sample_mixed",
                        "nguồn gốc (hạt giống, mã băm, thiết kế) khác với dòng đầu",
                        "the provenance (seed, hashes, design) differs from the first row",
                    )
                    .at(Place::row(*row)),
                ),
                (Err(found), _) => problems.extend(found),
            }
        }
        let Some((provenance, respondent)) = provenance else {
            problems.push(Problem::new("sample_empty", "danh sách mẫu trống", "the sample list is empty"));
            return Err(problems);
        };
        problems.into_result(Self {
            levels: columns.levels,
            stages: columns.stages.into_iter().map(|stage| stage.name).collect(),
            respondent,
            carried: columns.carried,
            units,
            provenance,
            notes: Vec::new(),
        })
    }
}

struct RowReader<'a> {
    rows: &'a ListRows,
    row: usize,
    cells: &'a [String],
}

impl RowReader<'_> {
    fn text(&self, heading: &str) -> Result<&str, Problems> {
        Ok(&self.cells[self.rows.column(heading)?])
    }

    fn parsed<T: std::str::FromStr>(&self, heading: &str) -> Result<T, Problems> {
        let text = self.text(heading)?;
        text.parse().map_err(|_| {
            Problem::new("sample_bad_cell", "ô không đọc được", "the cell cannot be read")
                .at(Place::cell(self.row, heading))
                .got(text.to_owned())
                .into()
        })
    }

    fn probability(&self, heading: &str) -> Result<InclusionProbability, Problems> {
        let number: f64 = self.parsed(heading)?;
        InclusionProbability::new(number).ok_or_else(|| {
            Problem::new("sample_bad_cell", "không phải xác suất", "the cell is not a probability")
                .at(Place::cell(self.row, heading))
                .expected("0 < π ≤ 1")
                .got(number.to_string())
                .into()
        })
    }

    fn unit(&self, columns: &Columns) -> Result<SampledUnit, Problems> {
        let mut path = Vec::new();
        let mut number = None;
        for level in &columns.levels {
            if level.counted {
                number = Some(self.parsed(&format!("{}_number", level.name))?);
            } else {
                let part = |part: &str| self.text(&format!("{}_{part}", level.name)).map(str::to_owned);
                path.push(UnitLabel { code: part("code")?, name: part("name")? });
            }
        }
        let stages = columns.stages.iter().map(|stage| {
            let n = stage.n.map(|_| self.parsed(&format!("{}_n", stage.name))).transpose()?;
            Ok(StageDraw {
                stratum: stage.stratum.map(|place| self.cells[place].clone()).unwrap_or_default(),
                probability: self.probability(&format!("{}_probability", stage.name))?,
                n,
            })
        });
        let inclusion_probability = self.probability("inclusion_probability")?;
        let role = match self.text("role")? {
            "main" => Role::Main,
            "reserve" => Role::Reserve,
            other => {
                return Err(Problem::new("sample_bad_cell", "vai trò không hợp lệ", "the role is not a known one")
                    .at(Place::cell(self.row, "role"))
                    .expected("main, reserve")
                    .got(other.to_owned())
                    .into());
            }
        };
        Ok(SampledUnit {
            unit_id: self.text("unit_id")?.to_owned(),
            path,
            number,
            role,
            visiting_order: self.parsed("visiting_order")?,
            stages: stages.collect::<Result<_, Problems>>()?,
            inclusion_probability,
            base_weight: inclusion_probability.base_weight(),
            listing_size: self.parsed("listing_size")?,
            respondent_number: self.respondent_number()?,
            carried: self.cells[columns.first_carried..].to_vec(),
        })
    }

    /// How the respondent is found, where the list says so.
    fn respondent(&self) -> Result<Option<RespondentUsed>, Problems> {
        if self.rows.column("respondent_rule").is_err() {
            return Ok(None);
        }
        let name = self.text("respondent_rule")?;
        let Some(rule) = RespondentRule::of_name(name) else {
            return Err(self.bad_cell("respondent_rule", RespondentRule::ALL.map(RespondentRule::name).join(", ")));
        };
        let counted_by =
            if rule.chooses_a_person() { self.text("respondent_counted_by")?.to_owned() } else { String::new() };
        Ok(Some(RespondentUsed { rule, counted_by }))
    }

    /// The household's number; the table of Kish beside it must be the one that follows from it.
    fn respondent_number(&self) -> Result<Option<RespondentNumber>, Problems> {
        let Some(used) = self.respondent().ok().flatten().filter(|used| used.rule.chooses_a_person()) else {
            return Ok(None);
        };
        let Some(number) = RespondentNumber::new(self.parsed("respondent_number")?) else {
            return Err(self.bad_cell("respondent_number", format!("0–{}", RESPONDENT_RANGE - 1)));
        };
        let table = number.kish_table().name();
        if used.rule == RespondentRule::Kish && self.text("kish_table")? != table {
            return Err(self.bad_cell("kish_table", table.to_owned()));
        }
        Ok(Some(number))
    }

    fn bad_cell(&self, heading: &str, expected: String) -> Problems {
        let got = self.text(heading).unwrap_or_default().to_owned();
        Problem::new("sample_bad_cell", "ô không hợp lệ", "the cell is not right")
            .at(Place::cell(self.row, heading))
            .expected(expected)
            .got(got)
            .into()
    }

    fn provenance(&self, columns: &Columns) -> Result<Provenance, Problems> {
        Ok(Provenance {
            design: self.text("design")?.to_owned(),
            design_sha256: self.text("design_sha256")?.to_owned(),
            frame_sha256: self.text("frame_sha256")?.to_owned(),
            frame_reading: None,
            seed: self.parsed("seed")?,
            only: columns.only.map(|place| self.cells[place].clone()),
            generator: String::new(),
            methods: Vec::new(),
            program_version: self.text("program_version")?.to_owned(),
        })
    }
}
