//! The groups that are drawn from: the units of one stratum under one unit of the stage before.

use std::borrow::Cow;
use std::collections::HashMap;

use problem::{Language, Problem, Problems};

use crate::design::{LevelKind, SampleDesign, Stage, StageVariable};
use crate::frame::{FrameUnit, SamplingFrame};

/// The position of a unit: level and place in the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) level: usize,
    pub(crate) unit: usize,
}

/// The units of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Members {
    /// Units that stand in the frame, in its order.
    Listed(Vec<usize>),
    /// Units that are only counted.
    Counted(u64),
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Label of the explicit stratum, empty without strata.
    pub(crate) stratum: String,
    pub(crate) members: Members,
}

impl Group {
    pub(crate) fn population(&self) -> u64 {
        match &self.members {
            Members::Listed(units) => units.len() as u64,
            Members::Counted(count) => *count,
        }
    }
}

impl SamplingFrame {
    pub(crate) fn unit(&self, position: Position) -> &FrameUnit {
        &self.levels[position.level].units[position.unit]
    }

    /// The unit of an upper level (or the same) that a unit lies in.
    pub(crate) fn ancestor(&self, position: Position, level: usize) -> usize {
        (level..position.level).rev().fold(position.unit, |unit, below| self.levels[below + 1].units[unit].parent)
    }

    /// The identity of a unit: the keys from the top level down, joined by `-`.
    pub(crate) fn identity(&self, position: Position) -> String {
        let mut identity = String::new();
        for level in 0..=position.level {
            if level > 0 {
                identity.push('-');
            }
            identity.push_str(&escape(&self.levels[level].units[self.ancestor(position, level)].key));
        }
        identity
    }

    /// The units of a lower level that lie in a unit (or in the whole frame), in the order of the file.
    pub(crate) fn below(&self, parent: Option<Position>, level: usize) -> Vec<usize> {
        match parent {
            None => (0..self.levels[level].units.len()).collect(),
            Some(parent) => (parent.level..level).fold(vec![parent.unit], |units, above| {
                units.iter().flat_map(|unit| self.levels[above].children[*unit].iter().copied()).collect()
            }),
        }
    }

    /// The sizes of all units of a level in a size column.
    pub(crate) fn sizes_at(&self, level: usize, column: &str) -> &[u64] {
        let place = self.columns.sizes.iter().position(|heading| heading == column);
        place.and_then(|place| self.levels[level].sizes.get(place)).map_or(&[], Vec::as_slice)
    }

    /// The values of a flag column of a level.
    pub(crate) fn flags(&self, level: usize, column: &str) -> &[bool] {
        self.levels[level].flags.iter().find(|(heading, _)| heading == column).map_or(&[], |(_, values)| values)
    }

    /// The values of a text column of a level.
    pub(crate) fn texts(&self, level: usize, column: &str) -> &[String] {
        self.levels[level].texts.iter().find(|(heading, _)| heading == column).map_or(&[], |(_, values)| values)
    }

    /// The groups of a stage under a unit of the stage before, in the order in which they first stand in the frame.
    pub(crate) fn groups(&self, design: &SampleDesign, stage: &Stage, parent: Option<Position>) -> Vec<Group> {
        if let LevelKind::Counted { count } = &design.level_of(stage).kind {
            let counted = parent.map_or(0, |parent| self.sizes_at(parent.level, count)[parent.unit]);
            return vec![Group { stratum: String::new(), members: Members::Counted(counted) }];
        }
        let units = self.below(parent, stage.level);
        if stage.strata.is_empty() {
            return vec![Group { stratum: String::new(), members: Members::Listed(units) }];
        }
        let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for unit in units {
            let label = self.stratum_label(stage, unit);
            let place = *known.entry(label.clone()).or_insert_with(|| {
                groups.push((label, Vec::new()));
                groups.len() - 1
            });
            groups[place].1.push(unit);
        }
        groups.into_iter().map(|(stratum, units)| Group { stratum, members: Members::Listed(units) }).collect()
    }

    fn stratum_label(&self, stage: &Stage, unit: usize) -> String {
        self.label_of(&stage.strata, Position { level: stage.level, unit })
    }

    /// The values of some variables of a unit, as they stand in labels of strata.
    pub(crate) fn label_of(&self, variables: &[StageVariable], position: Position) -> String {
        let parts = variables.iter().map(|variable| match variable {
            StageVariable::Level(level) => {
                Cow::Owned(self.identity(Position { level: *level, unit: self.ancestor(position, *level) }))
            }
            StageVariable::Column(column) => escape(&self.texts(position.level, column)[position.unit]),
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// For each level, which units touch the design's restriction: lie in its unit, are it, or hold it.
    pub(crate) fn inside(&self, design: &SampleDesign) -> Result<Option<Vec<Vec<bool>>>, Problems> {
        let (Some(only), Some(at)) = (design.only(), design.only_level()) else { return Ok(None) };
        let mut inside: Vec<Vec<bool>> = self.levels.iter().map(|level| vec![false; level.units.len()]).collect();
        for (unit, inside) in self.levels[at].units.iter().zip(&mut inside[at]) {
            *inside = unit.code == only.code || (unit.is_known_by_name() && unit.name == only.code);
        }
        if !inside[at].contains(&true) {
            let known: Vec<&str> = self.levels[at].units.iter().map(|unit| unit.code.as_str()).take(70).collect();
            return Err(Problem::new(
                "only_not_in_frame",
                format!("khung mẫu không có đơn vị {only}"),
                format!("the frame has no unit {only}"),
            )
            .expected(known.join(", "))
            .got(only.code.clone())
            .into());
        }
        for level in at + 1..self.levels.len() {
            for unit in 0..inside[level].len() {
                inside[level][unit] = inside[level - 1][self.levels[level].units[unit].parent];
            }
        }
        for level in (1..=at).rev() {
            for unit in 0..inside[level].len() {
                if inside[level][unit] {
                    inside[level - 1][self.levels[level].units[unit].parent] = true;
                }
            }
        }
        Ok(Some(inside))
    }
}

/// Keys are joined by `-` and `/`; where they hold these signs themselves they are written as in a web address.
pub(crate) fn escape(key: &str) -> Cow<'_, str> {
    if !key.contains(['%', '-', '/']) {
        return Cow::Borrowed(key);
    }
    Cow::Owned(key.replace('%', "%25").replace('-', "%2D").replace('/', "%2F"))
}

/// The group in words, such as `thôn Đông (24-213-07201-001)` or `tỉnh 24`.
pub(crate) fn describe_group(
    frame: &SamplingFrame,
    design: &SampleDesign,
    parent: Option<Position>,
    group: &Group,
    language: Language,
) -> String {
    let parent = parent.map(|parent| {
        let word = design.levels()[parent.level].words.in_language(language);
        format!("{word} {} ({})", frame.unit(parent).name, frame.identity(parent))
    });
    let stratum = (!group.stratum.is_empty()).then(|| match language {
        Language::Vi => format!("tầng {}", group.stratum),
        Language::En => format!("stratum {}", group.stratum),
    });
    let words: Vec<String> = parent.into_iter().chain(stratum).collect();
    match (words.is_empty(), language) {
        (true, Language::Vi) => "khung mẫu".to_owned(),
        (true, Language::En) => "the frame".to_owned(),
        (false, _) => words.join(", "),
    }
}
