//! From rows to units of every level; all problems with row and column at once.

use std::collections::HashMap;

use problem::{Place, Problem, Words};

use super::places::Places;
use super::table::{CellFault, Cells, SheetRow};
use super::told::Told;
use super::{FrameColumns, FrameUnit, LevelUnits, cell};
use crate::design::UnitScope;
use crate::hash::nfc;

/// The units found so far, and what is wrong.
pub(super) struct Builder<'a> {
    columns: &'a FrameColumns,
    places: &'a Places,
    pub(super) levels: Vec<LevelUnits>,
    /// For each level, the position of a unit by its parent and key.
    known: Vec<HashMap<(usize, String), usize>>,
    /// For each level, the unit of the row before: mostly that of this row too.
    last: Vec<Option<usize>>,
    /// For each level whose codes are unique in the frame, the first unit of a code.
    codes: Vec<HashMap<String, usize>>,
    pub(super) carried: Vec<Vec<String>>,
    pub(super) told: Told,
    pub(super) rows: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(columns: &'a FrameColumns, places: &'a Places) -> Self {
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
            last: vec![None; columns.levels.len()],
            codes: vec![HashMap::new(); columns.levels.len()],
            carried: Vec::new(),
            told: Told::default(),
            rows: 0,
        }
    }

    /// A row of a CSV file: it must have as many cells as the header.
    pub(super) fn csv_row(&mut self, row: usize, record: &csv::StringRecord, n_columns: usize) {
        if record.count() != n_columns {
            self.told.push(
                Problem::new(
                    "frame_ragged_row",
                    "số ô của dòng khác dòng tiêu đề",
                    "the row has not as many cells as the header",
                )
                .at(Place::row(row))
                .expected(n_columns.to_string())
                .got(record.count().to_string()),
            );
            self.rows += 1;
            return;
        }
        self.row(row, record);
    }

    /// A row of a sheet: the cells that are read must be what a person typed there.
    pub(super) fn sheet_row(&mut self, cells: &SheetRow<'_>, fill_merged: bool) {
        let (columns, places) = (self.columns, self.places);
        let carried = places.carried.iter().map(|(heading, place)| (*place, heading.as_str(), true));
        let all = places.drawn_by(columns).map(|(place, heading)| (place, heading, false)).chain(carried);
        let mut usable = true;
        for (place, heading, is_carried) in all {
            if let Some(fault) = cells.fault(place) {
                let accepted = match fault {
                    CellFault::MergedInto(_) => fill_merged,
                    // A date is as good as any text where it only goes along into the list.
                    CellFault::Date => is_carried,
                    CellFault::Error | CellFault::NotComputed => false,
                };
                if accepted {
                    continue;
                }
                usable = false;
                self.told.push(faulty(fault, cells, place, heading));
            }
        }
        if usable { self.row(cells.row, cells) } else { self.rows += 1 }
    }

    fn row(&mut self, row: usize, record: &impl Cells) {
        self.rows += 1;
        let columns = self.columns;
        let mut sizes = Vec::with_capacity(columns.sizes.len());
        for (heading, place) in columns.sizes.iter().zip(&self.places.sizes) {
            match cell::size(record.text(*place).trim(), row, heading) {
                Ok(size) => sizes.push(size),
                Err(problems) => self.told.extend(problems),
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
            self.carried.push(self.places.carried.iter().map(|(_, place)| nfc(record.text(*place))).collect());
        }
    }

    fn add_sizes(&mut self, level: usize, unit: usize, sizes: &[u64], row: usize) {
        for ((totals, size), heading) in self.levels[level].sizes.iter_mut().zip(sizes).zip(&self.columns.sizes) {
            match totals[unit].checked_add(*size) {
                Some(total) => totals[unit] = total,
                None => self.told.push(
                    Problem::new("frame_absurd_size", "tổng quy mô lớn vô lý", "the total size is absurdly large")
                        .at(Place::cell(row, heading)),
                ),
            }
        }
    }

    /// The unit of a level that a row belongs to, made when it is new; `None` after a problem that leaves none.
    fn unit(&mut self, level: usize, parent: Option<usize>, row: usize, record: &impl Cells) -> Option<usize> {
        let parent = parent?;
        let (_, column) = &self.columns.levels[level];
        let (code_place, label_place) = self.places.levels[level];
        let lowest = level + 1 == self.levels.len();
        if let Some(last) = self.last[level].filter(|_| !lowest) {
            let unit = &self.levels[level].units[last];
            let is_named = label_place.is_none_or(|place| record.text(place).trim() == unit.name);
            let same = unit.parent == parent && !unit.name.is_empty() && record.text(code_place).trim() == unit.code;
            if same && is_named {
                self.check_constant(level, last, row, record);
                return Some(last);
            }
        }
        let code = nfc(record.text(code_place));
        let name = label_place.map_or_else(|| code.clone(), |place| nfc(record.text(place)));
        let Some(key) = FrameUnit::key_of(column.key, &code, &name) else {
            self.told.push(missing_key(lowest, row, &column.code));
            return None;
        };
        if name.is_empty() {
            let heading = column.label.as_deref().unwrap_or(&column.code);
            self.told.push(
                Problem::new("frame_missing_name", "thiếu tên đơn vị", "the unit has no name")
                    .at(Place::cell(row, heading)),
            );
        }
        if let Some(unit) = self.known[level].get(&(parent, key.clone())).copied() {
            let earlier = &self.levels[level].units[unit];
            if lowest {
                self.told.push(
                    Problem::new("frame_duplicate_code", "mã đơn vị bị trùng", "the unit stands twice in the frame")
                        .at(Place::cell(row, &column.code))
                        .expected((format!("một dòng cho {key}"), format!("one row for {key}")))
                        .got((
                            format!("{key} có cả ở dòng {}", earlier.row),
                            format!("{key} also in row {}", earlier.row),
                        )),
                );
                return None;
            }
            if earlier.name != name {
                self.told.push(differs(
                    row,
                    column.label.as_deref().unwrap_or(&column.code),
                    "frame_name_differs",
                    &earlier.name,
                    &name,
                    earlier.row,
                ));
            }
            self.check_constant(level, unit, row, record);
            self.last[level] = Some(unit);
            return Some(unit);
        }
        let unit = self.add(level, FrameUnit { code, name, key, parent, row });
        self.read_flags(level, row, record);
        self.last[level] = Some(unit);
        Some(unit)
    }

    fn add(&mut self, level: usize, unit: FrameUnit) -> usize {
        let column = &self.columns.levels[level].1;
        let position = self.levels[level].units.len();
        if column.scope == UnitScope::Frame && !unit.code.is_empty() {
            let first = *self.codes[level].entry(unit.code.clone()).or_insert(position);
            if first != position {
                let earlier = &self.levels[level].units[first];
                self.told.push(
                    Problem::new(
                        "frame_duplicate_code",
                        "cùng một mã ở hai nơi khác nhau",
                        "the same code stands under two different parents",
                    )
                    .at(Place::cell(unit.row, &column.code))
                    .got((
                        format!("{} có cả ở dòng {} ({})", unit.code, earlier.row, earlier.name),
                        format!("{} also in row {} ({})", unit.code, earlier.row, earlier.name),
                    )),
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
    fn read_flags(&mut self, level: usize, row: usize, record: &impl Cells) {
        for (heading, values) in &mut self.levels[level].flags {
            let place = place_of(&self.columns.flags, &self.places.flags, level, heading);
            let value = cell::flag(record.text(place).trim(), row, heading);
            values.push(*value.as_ref().unwrap_or(&false));
            self.told.extend(value.err().unwrap_or_default());
        }
        for (heading, values) in &mut self.levels[level].texts {
            let place = place_of(&self.columns.texts, &self.places.texts, level, heading);
            let value = nfc(record.text(place));
            if value.is_empty() {
                self.told.push(
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
    fn check_constant(&mut self, level: usize, unit: usize, row: usize, record: &impl Cells) {
        let first_row = self.levels[level].units[unit].row;
        for (heading, values) in &self.levels[level].flags {
            let place = place_of(&self.columns.flags, &self.places.flags, level, heading);
            match cell::flag(record.text(place).trim(), row, heading) {
                Ok(value) if value == values[unit] => {}
                Ok(value) => self.told.push(differs(
                    row,
                    heading,
                    "frame_flag_differs",
                    &u8::from(values[unit]).to_string(),
                    &u8::from(value).to_string(),
                    first_row,
                )),
                Err(problems) => self.told.extend(problems),
            }
        }
        for (heading, values) in &self.levels[level].texts {
            let place = place_of(&self.columns.texts, &self.places.texts, level, heading);
            if record.text(place).trim() == values[unit] {
                continue;
            }
            let value = nfc(record.text(place));
            if value != values[unit] {
                self.told.push(differs(row, heading, "frame_stratum_differs", &values[unit], &value, first_row));
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
    problem.at(Place::cell(row, column)).got(("ô trống", "an empty cell")).hint(
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

fn faulty(fault: &CellFault, cells: &SheetRow<'_>, place: usize, heading: &str) -> Problem {
    let problem = match fault {
        CellFault::Error => {
            Problem::new("frame_cell_error", "ô chứa công thức bị lỗi", "the cell holds a formula that failed")
                .hint("sửa công thức hoặc dán giá trị", "mend the formula or paste its value")
        }
        CellFault::NotComputed => Problem::new(
            "frame_cell_not_computed",
            "ô chứa công thức chưa được tính",
            "the cell holds a formula that was never computed",
        )
        .hint("mở tệp bằng Excel hoặc LibreOffice rồi lưu lại", "open the file in Excel or LibreOffice and save it"),
        CellFault::Date => Problem::new(
            "frame_cell_date",
            "ô là ngày tháng: bảng tính có thể đã đổi một mã hoặc một số thành ngày",
            "the cell is a date: the spreadsheet may have made one of a code or a number",
        )
        .hint("đặt định dạng cột là Văn bản (Text) rồi nhập lại", "format the column as text and enter it again"),
        CellFault::MergedInto(row) => Problem::new(
            "frame_cell_merged",
            format!("ô bị gộp với dòng {row}"),
            format!("the cell is merged with row {row}"),
        )
        .hint(
            "bỏ gộp ô và điền từng dòng, hoặc thêm --fill-merged để giá trị tính cho mọi dòng của ô gộp",
            "unmerge and fill in each row, or say --fill-merged to let the value count for each row of the merged cell",
        ),
    };
    problem.at(Place::cell(cells.row, heading)).got(match cells.text(place) {
        "" => Words::new("ô trống", "an empty cell"),
        text => text.into(),
    })
}
