//! How a file is read as a frame: which sheet, which row is the header, which column is which.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems, Words};
use serde::{Deserialize, Serialize};

use super::FrameColumns;
use super::table::{Content, FrameFile, Header, heading};

/// How a file is to be read as a frame. What is left out is found by a rule; what was found comes back with the frame
/// ([`super::SamplingFrame::reading`]) and goes into the certificate, so that the frame can be read the same way again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameReading {
    /// The sheet of a workbook; without it, the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The row of the header, counted from 1; without it, the first of the first thirty rows that hold something and have
    /// all columns the design needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_row: Option<usize>,
    /// Whether the content of cells merged over rows counts for each of those rows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fill_merged: bool,
    /// For headings of the design the heading in the file, where they differ.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
}

impl FrameReading {
    /// Reads the TOML text of a mapping: `sheet`, `header_row`, `fill_merged` and a table `[columns]` with lines
    /// `design_heading = "heading in the file"`.
    ///
    /// # Errors
    /// Broken TOML, an unknown key, or what [`FrameReading::map`] refuses.
    pub fn from_toml(text: &str) -> Result<Self, Problems> {
        let raw: Self = toml::from_str(text).map_err(|error| {
            let row = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Problem::new("frame_map_unreadable", "bảng ghép cột không đọc được", "the column mapping cannot be read")
                .at(row.map(Place::row).unwrap_or_default())
                .expected((
                    "sheet, header_row, fill_merged, [columns] tên_trong_thiết_kế = \"tiêu đề trong tệp\"",
                    "sheet, header_row, fill_merged, [columns] design_heading = \"heading in the file\"",
                ))
                .got(error.message().to_owned())
        })?;
        let (mut reading, mut problems) = (Self { columns: BTreeMap::new(), ..raw.clone() }, Problems::none());
        for (design, file) in &raw.columns {
            problems.extend(reading.map(design, file).err().unwrap_or_default());
        }
        problems.into_result(reading)
    }

    /// Says that a heading of the design stands in the file under another heading.
    ///
    /// # Errors
    /// An empty heading, or a heading of the design that was mapped before to another one.
    pub fn map(&mut self, design: &str, file: &str) -> Result<(), Problems> {
        let (design, file) = (heading(design), heading(file));
        let said = format!("{design}={file}");
        if design.is_empty() || file.is_empty() {
            return Err(Problem::new("frame_map_empty", "ghép cột thiếu một vế", "the column mapping lacks a side")
                .expected(("tên_trong_thiết_kế=tiêu đề trong tệp", "design_heading=heading in the file"))
                .got(said)
                .into());
        }
        match self.columns.get(&design) {
            Some(earlier) if *earlier != file => {
                Err(Problem::new("frame_map_twice", "một cột được ghép hai lần", "a column is mapped twice")
                    .at(Place::column(design))
                    .expected(earlier.clone())
                    .got(said)
                    .into())
            }
            _ => {
                self.columns.insert(design, file);
                Ok(())
            }
        }
    }

    /// The heading in the file of a heading of the design.
    #[must_use]
    pub fn in_file<'a>(&'a self, design: &'a str) -> &'a str {
        self.columns.get(design).map_or(design, String::as_str)
    }

    /// Whether a file was read as it lies: one table with the header on top and the design's own headings.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.sheet.is_none()
            && self.header_row.is_none_or(|row| row == 1)
            && !self.fill_merged
            && self.columns.is_empty()
    }

    /// What the reader of a sample must know about it; nothing for a plain one.
    #[must_use]
    pub fn note(&self) -> Option<Words> {
        if self.is_plain() {
            return None;
        }
        let (mut vi, mut en) = (Vec::new(), Vec::new());
        if let Some(sheet) = &self.sheet {
            vi.push(format!("trang “{sheet}”"));
            en.push(format!("sheet \"{sheet}\""));
        }
        if let Some(row) = self.header_row {
            vi.push(format!("tiêu đề ở dòng {row}"));
            en.push(format!("header in row {row}"));
        }
        if self.fill_merged {
            vi.push("ô gộp tính cho mọi dòng của nó".to_owned());
            en.push("merged cells count for each of their rows".to_owned());
        }
        for (design, file) in &self.columns {
            vi.push(format!("{design} = “{file}”"));
            en.push(format!("{design} = \"{file}\""));
        }
        Some(Words::new(
            format!("khung mẫu đọc từ: {}", vi.join("; ")),
            format!("the frame was read from: {}", en.join("; ")),
        ))
    }

    /// Whether all mapped headings are ones that the design reads.
    pub(super) fn check(&self, columns: &FrameColumns) -> Result<(), Problems> {
        let read: Vec<&str> = columns.needed().into_iter().chain(columns.carried.iter().map(String::as_str)).collect();
        let mut problems = Problems::none();
        for design in self.columns.keys().filter(|design| !read.contains(&design.as_str())) {
            problems.push(
                Problem::new("frame_map_unknown", "thiết kế không dùng cột này", "the design reads no such column")
                    .at(Place::column(design.as_str()))
                    .expected(read.join(", "))
                    .got(design.clone())
                    .hint(
                        "bên trái dấu = là tên cột trong thiết kế, bên phải là tên cột trong tệp",
                        "left of = stands the design's heading, right of it the heading in the file",
                    ),
            );
        }
        problems.into_result(())
    }

    /// The header: the row that was named, or the first of the candidates with all headings that are needed. Where none has
    /// all, the one with most of them (the first of equals), for the sake of the problems that will be told.
    pub(super) fn header(&self, file: &FrameFile<'_>, columns: &FrameColumns) -> Result<Header, Problems> {
        let needed: Vec<&str> = columns.needed().into_iter().map(|heading| self.in_file(heading)).collect();
        let present = |header: &Header| {
            needed.iter().filter(|heading| header.headings.iter().any(|other| other == *heading)).count()
        };
        let candidates = file.candidates();
        let named = candidates.iter().filter(|header| self.header_row.is_none_or(|row| header.row == row));
        let mut best: Option<(&Header, usize)> = None;
        for header in named {
            let here = present(header);
            if best.is_none_or(|(_, most)| here > most) {
                best = Some((header, here));
            }
        }
        best.map(|(header, _)| header.clone()).ok_or_else(|| {
            let (problem, rows) = match (self.header_row, &file.content) {
                (Some(row), _) => (
                    Problem::new(
                        "frame_no_header",
                        "dòng tiêu đề đã nêu trống hoặc quá xa đầu tệp",
                        "the header row that was named is empty or too far down",
                    )
                    .at(Place::row(row)),
                    true,
                ),
                (None, _) => (Problem::new("frame_empty", "tệp khung mẫu trống", "the frame file is empty"), false),
            };
            let expected = if rows {
                "one of the first 30 rows that hold something"
            } else {
                "a header and one row for each unit"
            };
            self.placed(problem.expected(expected).into(), file)
        })
    }

    /// What was found, in place of what was left out.
    pub(super) fn resolved(&self, file: &FrameFile<'_>, header: &Header) -> Self {
        let sheet = match &file.content {
            Content::Sheet(cells) => Some(cells.name.clone()),
            Content::Csv(_) => None,
        };
        let columns = self.columns.iter().filter(|(design, file)| design != file);
        Self {
            sheet,
            header_row: Some(header.row),
            fill_merged: self.fill_merged,
            columns: columns.map(|(design, file)| (design.clone(), file.clone())).collect(),
        }
    }

    /// Problems as the person sees them: with the sheet, and with the headings of the file.
    pub(super) fn placed(&self, problems: Problems, file: &FrameFile<'_>) -> Problems {
        let placed = problems.into_iter().map(|mut problem| {
            let mut place = problem.place.take().unwrap_or_default();
            if let Some(heading) = &place.column {
                place.column = Some(self.in_file(heading).to_owned());
            }
            if let Content::Sheet(cells) = &file.content {
                place = place.in_sheet(&cells.name);
            }
            problem.place = (place != Place::default()).then_some(place);
            problem
        });
        Problems(placed.collect())
    }
}
