//! Which columns of a file a design needs.

use std::collections::BTreeSet;

use crate::design::{Column, LevelKind, SampleDesign, Stage};

/// The columns of a frame, as a design names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameColumns {
    /// Listed levels from the top down: name and columns.
    pub levels: Vec<(String, Column)>,
    /// Columns with whole numbers of at least 1, summed upward: measures of size and counts of the last level.
    pub sizes: Vec<String>,
    /// Columns with 0 or 1, constant within a unit: position of the level, heading.
    pub flags: Vec<(usize, String)>,
    /// Columns with text, constant within a unit: position of the level, heading.
    pub texts: Vec<(usize, String)>,
    /// Columns that go along into the sample list, if the file has them.
    pub carried: Vec<String>,
}

impl FrameColumns {
    /// The columns that a design needs.
    #[must_use]
    pub fn of(design: &SampleDesign) -> Self {
        let mut sizes: Vec<String> = Vec::new();
        let mut flags: Vec<(usize, String)> = Vec::new();
        let mut texts: Vec<(usize, String)> = Vec::new();
        let counts = design.levels().iter().filter_map(|level| match &level.kind {
            LevelKind::Counted { count } => Some(count),
            LevelKind::Listed(_) => None,
        });
        for size in design.stages().iter().flat_map(Stage::size_columns).chain(counts) {
            push_new(&mut sizes, size.clone());
        }
        for stage in design.stages() {
            for flag in stage.flag_columns() {
                push_new(&mut flags, (stage.level, flag.clone()));
            }
            for column in stage.text_columns() {
                push_new(&mut texts, (design.text_level(stage), column.clone()));
            }
        }
        Self {
            levels: design.listed().map(|(level, column)| (level.name.clone(), column.clone())).collect(),
            sizes,
            flags,
            texts,
            carried: design.carried.clone(),
        }
    }

    /// The headings a file must have, each once.
    #[must_use]
    pub fn needed(&self) -> Vec<&str> {
        let of_levels =
            self.levels.iter().flat_map(|(_, column)| [Some(column.code.as_str()), column.label.as_deref()]).flatten();
        let others = self.flags.iter().chain(&self.texts).map(|(_, heading)| heading);
        let mut needed: Vec<&str> = Vec::new();
        for heading in of_levels.chain(self.sizes.iter().chain(others).map(String::as_str)) {
            push_new(&mut needed, heading);
        }
        needed
    }

    /// The needed headings that a header lacks.
    #[must_use]
    pub fn missing_from(&self, headings: &[String]) -> Vec<&str> {
        let present: BTreeSet<&str> = headings.iter().map(String::as_str).collect();
        self.needed().into_iter().filter(|heading| !present.contains(heading)).collect()
    }
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
