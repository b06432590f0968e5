//! Where each column of a design stands in a file.

use problem::{Place, Problem, Problems};

use super::table::Header;
use super::{FrameColumns, FrameReading};

/// Positions of the columns, in the order of [`FrameColumns`].
pub(super) struct Places {
    pub(super) levels: Vec<(usize, Option<usize>)>,
    pub(super) sizes: Vec<usize>,
    pub(super) flags: Vec<usize>,
    pub(super) texts: Vec<usize>,
    /// The design's headings of those that the file has.
    pub(super) carried: Vec<(String, usize)>,
}

impl Places {
    /// # Errors
    /// Every needed heading that the header lacks, every used one that it has twice.
    pub(super) fn find(columns: &FrameColumns, reading: &FrameReading, header: &Header) -> Result<Self, Problems> {
        let headings = &header.headings;
        let mut problems = Problems::none();
        let mapped: Vec<&str> = columns
            .carried
            .iter()
            .map(String::as_str)
            .filter(|heading| reading.columns.contains_key(*heading))
            .collect();
        let mut needed = columns.needed();
        needed.extend(mapped.into_iter().filter(|heading| !columns.needed().contains(heading)));
        for heading in needed.iter().filter(|heading| !headings.iter().any(|other| other == reading.in_file(heading))) {
            let present: Vec<&str> =
                headings.iter().map(String::as_str).filter(|heading| !heading.is_empty()).collect();
            problems.push(
                Problem::new("frame_missing_column", "khung mẫu thiếu một cột", "the frame lacks a column")
                    .at(Place::cell(header.row, *heading))
                    .expected(reading.in_file(heading).to_owned())
                    .got(present.join(", "))
                    .hint(
                        format!("nếu cột có tên khác trong tệp, ghép bằng --map {heading}=\"Tên cột trong tệp\""),
                        format!(
                            "if the file has it under another heading, say --map {heading}=\"heading in the file\""
                        ),
                    ),
            );
        }
        let used = needed.iter().copied().chain(columns.carried.iter().map(String::as_str));
        let mut told: Vec<&str> = Vec::new();
        for heading in used {
            let in_file = reading.in_file(heading);
            if !told.contains(&in_file) && headings.iter().filter(|other| *other == in_file).count() > 1 {
                told.push(in_file);
                problems.push(
                    Problem::new("frame_column_twice", "hai cột cùng một tên", "two columns have the same heading")
                        .at(Place::cell(header.row, heading)),
                );
            }
        }
        let place = |heading: &str| headings.iter().position(|other| other == reading.in_file(heading));
        let find = |heading: &str| place(heading).unwrap_or(usize::MAX);
        let levels = columns.levels.iter().map(|(_, level)| (find(&level.code), level.label.as_deref().map(find)));
        let places = Self {
            levels: levels.collect(),
            sizes: columns.sizes.iter().map(|heading| find(heading)).collect(),
            flags: columns.flags.iter().map(|(_, heading)| find(heading)).collect(),
            texts: columns.texts.iter().map(|(_, heading)| find(heading)).collect(),
            carried: columns
                .carried
                .iter()
                .filter_map(|heading| place(heading).map(|at| (heading.clone(), at)))
                .collect(),
        };
        problems.into_result(places)
    }

    /// Every column that is read for the draw, with its heading in the design.
    pub(super) fn drawn_by<'a>(&'a self, columns: &'a FrameColumns) -> impl Iterator<Item = (usize, &'a str)> {
        let levels = self.levels.iter().zip(&columns.levels).flat_map(|((code, label), (_, level))| {
            [Some((*code, level.code.as_str())), label.zip(level.label.as_deref())]
        });
        let sizes = self.sizes.iter().copied().zip(columns.sizes.iter().map(String::as_str));
        let flags = self.flags.iter().copied().zip(columns.flags.iter().map(|(_, heading)| heading.as_str()));
        let texts = self.texts.iter().copied().zip(columns.texts.iter().map(|(_, heading)| heading.as_str()));
        levels.flatten().chain(sizes).chain(flags).chain(texts)
    }
}
