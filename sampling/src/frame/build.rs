//! From rows to units of every level; all problems with row and column at once.

use std::collections::HashMap;

use problem::{Place, Problem, Problems};

use super::text::{each_row, header, open};
use super::{FrameColumns, FrameUnit, LevelUnits, SamplingFrame, cell};
use crate::design::{SampleDesign, UnitScope};
use crate::hash::{nfc, sha256_hex};

impl SamplingFrame {
    /// Reads a frame from the bytes of a CSV file: UTF-8 with or without a byte order mark, separated by comma, semicolon or
    /// tab, with any line ends. Text comes in as Unicode normal form C, without white space at the ends of cells.
    ///
    /// # Errors
    /// All problems of the file with row and column: missing or doubled columns, ragged rows, duplicate codes, names that
    /// differ for one code, units without the unit they lie in, sizes that are missing, not whole or not positive, flags that
    /// are not 0 or 1, flags and strata that differ within a unit.
    pub fn read(bytes: &[u8], design: &SampleDesign) -> Result<Self, Problems> {
        let text = open(bytes)?;
        let columns = FrameColumns::of(design);
        let (separator, headings) = header(text);
        let places = Places::find(&columns, &headings)?;
        let mut builder = Builder::new(&columns, &places);
        each_row(text, separator, |row, record| builder.row(row, record, headings.len()));
        let Builder { levels, carried, mut problems, rows, .. } = builder;
        if rows == 0 {
            problems.push(
                Problem::new("frame_empty", "khung mẫu không có dòng dữ liệu nào", "the frame has no rows")
                    .expected("a header and one row for each unit"),
            );
        }
        let carried_headings = places.carried.iter().map(|(heading, _)| heading.clone()).collect();
        let frame = Self { columns, levels, carried_headings, carried, sha256: sha256_hex(bytes) };
        problems.into_result(frame)
    }
}

/// Where each column stands in the file.
struct Places {
    levels: Vec<(usize, Option<usize>)>,
    sizes: Vec<usize>,
    flags: Vec<usize>,
    texts: Vec<usize>,
    carried: Vec<(String, usize)>,
}

impl Places {
    fn find(columns: &FrameColumns, headings: &[String]) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let missing = columns.missing_from(headings);
        for heading in &missing {
            problems.push(
                Problem::new("frame_missing_column", "khung mẫu thiếu một cột", "the frame lacks a column")
                    .at(Place::cell(1, *heading))
                    .expected((*heading).to_owned())
                    .got(headings.join(", ")),
            );
        }
        let used = columns.needed().into_iter().chain(columns.carried.iter().map(String::as_str));
        for heading in used.filter(|heading| headings.iter().filter(|other| other == heading).count() > 1) {
            problems.push(
                Problem::new("frame_column_twice", "hai cột cùng một tên", "two columns have the same heading")
                    .at(Place::cell(1, heading)),
            );
        }
        let find = |heading: &str| headings.iter().position(|other| other == heading).unwrap_or(usize::MAX);
        let levels = columns.levels.iter().map(|(_, level)| (find(&level.code), level.label.as_deref().map(find)));
        let present = |heading: &&String| headings.contains(heading);
        let places = Self {
            levels: levels.collect(),
            sizes: columns.sizes.iter().map(|heading| find(heading)).collect(),
            flags: columns.flags.iter().map(|(_, heading)| find(heading)).collect(),
            texts: columns.texts.iter().map(|(_, heading)| find(heading)).collect(),
            carried: columns.carried.iter().filter(present).map(|heading| (heading.clone(), find(heading))).collect(),
        };
        problems.into_result(places)
    }
}

struct Builder<'a> {
    columns: &'a FrameColumns,
    places: &'a Places,
    levels: Vec<LevelUnits>,
    /// For each level, the position of a unit by its parent and key.
    known: Vec<HashMap<(usize, String), usize>>,
    /// For each level whose codes are unique in the frame, the first unit of a code.
    codes: Vec<HashMap<String, usize>>,
    carried: Vec<Vec<String>>,
    problems: Problems,
    rows: usize,
}

impl<'a> Builder<'a> {
    fn new(columns: &'a FrameColumns, places: &'a Places) -> Self {
        let of_level = |level: usize, list: &[(usize, String)]| {
            list.iter().filter(|(of, _)| *of == level).map(|(_, heading)| heading.clone()).collect::<Vec<_>>()
        };
        let levels = columns.levels.iter().enumerate().map(|(level, (name, _))| LevelUnits {
            name: name.clone(),
            units: Vec::new(),
            sizes: vec![Vec::new(); columns.sizes.len()],
            flags: of_level(level, &columns.flags).into_iter().map(|heading| (heading, Vec::new())).collect(),
            texts: of_level(level, &columns.texts).into_iter().map(|heading| (heading, Vec::new())).collect(),
            children: Vec::new(),
        });
        Self {
            columns,
            places,
            levels: levels.collect(),
            known: vec![HashMap::new(); columns.levels.len()],
            codes: vec![HashMap::new(); columns.levels.len()],
            carried: Vec::new(),
            problems: Problems::none(),
            rows: 0,
        }
    }

    fn row(&mut self, row: usize, record: &csv::StringRecord, n_columns: usize) {
        self.rows += 1;
        if record.len() != n_columns {
            self.problems.push(
                Problem::new(
                    "frame_ragged_row",
                    "số ô của dòng khác dòng tiêu đề",
                    "the row has not as many cells as the header",
                )
                .at(Place::row(row))
                .expected(n_columns.to_string())
                .got(record.len().to_string()),
            );
            return;
        }
        let columns = self.columns;
        let mut sizes = Vec::with_capacity(columns.sizes.len());
        for (heading, place) in columns.sizes.iter().zip(&self.places.sizes) {
            match cell::size(record[*place].trim(), row, heading) {
                Ok(size) => sizes.push(size),
                Err(problems) => self.problems.extend(problems),
            }
        }
        let mut parent = Some(0);
        for level in 0..self.levels.len() {
            parent = self.unit(level, parent, row, record);
            let Some(unit) = parent else { break };
            if sizes.len() == columns.sizes.len() {
                self.add_sizes(level, unit, &sizes, row);
            }
        }
        if parent.is_some() {
            self.carried.push(self.places.carried.iter().map(|(_, place)| nfc(&record[*place])).collect());
        }
    }

    fn add_sizes(&mut self, level: usize, unit: usize, sizes: &[u64], row: usize) {
        for ((totals, size), heading) in self.levels[level].sizes.iter_mut().zip(sizes).zip(&self.columns.sizes) {
            match totals[unit].checked_add(*size) {
                Some(total) => totals[unit] = total,
                None => self.problems.push(
                    Problem::new("frame_absurd_size", "tổng quy mô lớn vô lý", "the total size is absurdly large")
                        .at(Place::cell(row, heading)),
                ),
            }
        }
    }

    /// The unit of a level that a row belongs to, made when it is new; `None` after a problem that leaves none.
    fn unit(&mut self, level: usize, parent: Option<usize>, row: usize, record: &csv::StringRecord) -> Option<usize> {
        let parent = parent?;
        let (_, column) = &self.columns.levels[level];
        let (code_place, label_place) = self.places.levels[level];
        let code = nfc(&record[code_place]);
        let name = label_place.map_or_else(|| code.clone(), |place| nfc(&record[place]));
        let lowest = level + 1 == self.levels.len();
        let Some(key) = FrameUnit::key_of(column.key, &code, &name) else {
            self.problems.push(missing_key(lowest, row, &column.code));
            return None;
        };
        if name.is_empty() {
            let heading = column.label.as_deref().unwrap_or(&column.code);
            self.problems.push(
                Problem::new("frame_missing_name", "thiếu tên đơn vị", "the unit has no name")
                    .at(Place::cell(row, heading)),
            );
        }
        if let Some(unit) = self.known[level].get(&(parent, key.clone())).copied() {
            let earlier = &self.levels[level].units[unit];
            if lowest {
                self.problems.push(
                    Problem::new("frame_duplicate_code", "mã đơn vị bị trùng", "the unit stands twice in the frame")
                        .at(Place::cell(row, &column.code))
                        .expected(format!("one row for {key}"))
                        .got(format!("{key} also in row {}", earlier.row)),
                );
                return None;
            }
            if earlier.name != name {
                self.problems.push(differs(
                    row,
                    column.label.as_deref().unwrap_or(&column.code),
                    "frame_name_differs",
                    &earlier.name,
                    &name,
                    earlier.row,
                ));
            }
            self.check_constant(level, unit, row, record);
            return Some(unit);
        }
        let unit = self.add(level, FrameUnit { code, name, key, parent, row });
        self.read_flags(level, row, record);
        Some(unit)
    }

    fn add(&mut self, level: usize, unit: FrameUnit) -> usize {
        let column = &self.columns.levels[level].1;
        let position = self.levels[level].units.len();
        if column.scope == UnitScope::Frame && !unit.code.is_empty() {
            let first = *self.codes[level].entry(unit.code.clone()).or_insert(position);
            if first != position {
                let earlier = &self.levels[level].units[first];
                self.problems.push(
                    Problem::new(
                        "frame_duplicate_code",
                        "cùng một mã ở hai nơi khác nhau",
                        "the same code stands under two different parents",
                    )
                    .at(Place::cell(unit.row, &column.code))
                    .got(format!("{} also in row {} ({})", unit.code, earlier.row, earlier.name)),
                );
            }
        }
        self.known[level].insert((unit.parent, unit.key.clone()), position);
        if level > 0 {
            self.levels[level - 1].children[unit.parent].push(position);
        }
        let units = &mut self.levels[level];
        units.units.push(unit);
        units.children.push(Vec::new());
        for totals in &mut units.sizes {
            totals.push(0);
        }
        position
    }

    /// Flags and texts of a new unit.
    fn read_flags(&mut self, level: usize, row: usize, record: &csv::StringRecord) {
        for (heading, values) in &mut self.levels[level].flags {
            let place = place_of(&self.columns.flags, &self.places.flags, level, heading);
            let value = cell::flag(record[place].trim(), row, heading);
            values.push(*value.as_ref().unwrap_or(&false));
            self.problems.extend(value.err().unwrap_or_default());
        }
        for (heading, values) in &mut self.levels[level].texts {
            let place = place_of(&self.columns.texts, &self.places.texts, level, heading);
            let value = nfc(&record[place]);
            if value.is_empty() {
                self.problems.push(
                    Problem::new(
                        "frame_missing_stratum",
                        "thiếu giá trị phân tầng",
                        "the value for stratification is missing",
                    )
                    .at(Place::cell(row, heading.as_str())),
                );
            }
            values.push(value);
        }
    }

    /// A later row of a unit must say the same as its first.
    fn check_constant(&mut self, level: usize, unit: usize, row: usize, record: &csv::StringRecord) {
        let first_row = self.levels[level].units[unit].row;
        for (heading, values) in &self.levels[level].flags {
            let place = place_of(&self.columns.flags, &self.places.flags, level, heading);
            match cell::flag(record[place].trim(), row, heading) {
                Ok(value) if value == values[unit] => {}
                Ok(value) => self.problems.push(differs(
                    row,
                    heading,
                    "frame_flag_differs",
                    &u8::from(values[unit]).to_string(),
                    &u8::from(value).to_string(),
                    first_row,
                )),
                Err(problems) => self.problems.extend(problems),
            }
        }
        for (heading, values) in &self.levels[level].texts {
            let place = place_of(&self.columns.texts, &self.places.texts, level, heading);
            let value = nfc(&record[place]);
            if value != values[unit] {
                self.problems.push(differs(row, heading, "frame_stratum_differs", &values[unit], &value, first_row));
            }
        }
    }
}

fn place_of(columns: &[(usize, String)], places: &[usize], level: usize, heading: &str) -> usize {
    let found = columns.iter().position(|(of, name)| *of == level && name == heading);
    found.and_then(|position| places.get(position)).copied().unwrap_or(usize::MAX)
}

fn missing_key(lowest: bool, row: usize, column: &str) -> Problem {
    let problem = if lowest {
        Problem::new("frame_missing_code", "thiếu mã đơn vị", "the unit has no code")
    } else {
        Problem::new(
            "frame_orphan",
            "dòng không cho biết đơn vị cấp trên",
            "the row does not say which unit it lies in",
        )
    };
    problem.at(Place::cell(row, column)).got("an empty cell").hint(
        "điền mã; nếu khung thật sự không có mã, thiết kế có thể ghi key = \"code_or_name\"",
        "fill in the code; where a frame really has none, the design may say key = \"code_or_name\"",
    )
}

fn differs(row: usize, column: &str, code: &'static str, first: &str, here: &str, first_row: usize) -> Problem {
    Problem::new(
        code,
        format!("khác với dòng {first_row} của cùng đơn vị"),
        format!("differs from row {first_row} of the same unit"),
    )
    .at(Place::cell(row, column))
    .expected(first.to_owned())
    .got(here.to_owned())
}
