//! One stage of selection: how many, how, in which strata; and what differs from stratum to stratum.

use std::collections::BTreeMap;

use crate::allocation::AllocationRule;
use crate::coordination::PermanentNumbers;
use crate::selection::{CertaintyThreshold, SelectionMethod};
use crate::text_order::TextOrder;

/// One stage of selection.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Position in [`super::SampleDesign::levels`] of the level whose units are drawn.
    pub level: usize,
    /// How many units are drawn.
    pub n: SampleSize,
    /// How they are drawn.
    pub method: SelectionMethod,
    /// The column with the measure of size; a unit's size is the sum over its rows.
    pub size: Option<String>,
    /// The column (0 or 1) that marks units taken with certainty.
    pub certainty: Option<String>,
    /// Units whose probability by size reaches this are taken with certainty; without it, those whose reaches 1.
    pub certainty_threshold: Option<CertaintyThreshold>,
    /// Explicit strata: levels above, or columns that are constant within a unit.
    pub strata: Vec<StageVariable>,
    /// Implicit strata: units are sorted by these columns before a systematic draw; ties keep the order of the frame.
    pub sort_by: Vec<String>,
    /// How texts in them compare.
    pub text_order: TextOrder,
    /// How many ordered reserves follow, in each group; at the last stage only.
    pub reserves: u64,
    /// What happens in a group with fewer units than asked.
    pub when_short: WhenShort,
    /// Drawn by the units' permanent random numbers instead of the stream of the draw.
    pub prn: Option<PermanentNumbers>,
    /// What is different in some of the groups.
    pub rules: Vec<StageRule>,
}

/// How many units a stage draws in each group, that is in each stratum of each unit of the stage before.
#[derive(Clone, Debug, PartialEq)]
pub enum SampleSize {
    /// The same number in each group.
    Fixed(u64),
    /// A total, spread over the strata of each unit of the stage before.
    Allocated(StageAllocation),
    /// Each group has a rule with its number.
    ByRule,
}

impl SampleSize {
    /// The number, when it is the same in each group.
    #[must_use]
    pub fn fixed(&self) -> Option<u64> {
        match self {
            Self::Fixed(n) => Some(*n),
            Self::Allocated(_) | Self::ByRule => None,
        }
    }

    pub(crate) fn allocation(&self) -> Option<&StageAllocation> {
        match self {
            Self::Allocated(allocation) => Some(allocation),
            Self::Fixed(_) | Self::ByRule => None,
        }
    }
}

/// What is different in the groups for which all conditions hold.
#[derive(Clone, Debug, PartialEq)]
pub struct StageRule {
    /// The conditions.
    pub when: Vec<Condition>,
    /// The whole stage as it reads in these groups; it has no rules of its own.
    pub stage: Stage,
}

/// A level or column that must have one of some values in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The level (compared by code) or column.
    pub variable: StageVariable,
    /// The values.
    pub values: Vec<String>,
}

/// How a stage's total is spread over its strata.
#[derive(Clone, Debug, PartialEq)]
pub struct StageAllocation {
    /// The rule.
    pub rule: AllocationRule,
    /// How many units the strata get together; only given numbers can do without.
    pub total: Option<u64>,
    /// The least number in a stratum.
    pub minimum: u64,
    /// Strata with the same values of these have a total of their own; empty: one total in each unit of the stage before.
    pub within: Vec<StageVariable>,
    /// The measure of a stratum, where the rule looks at it.
    pub measure: Option<AllocationMeasure>,
    /// Standard deviations, or coefficients of variation for power allocation.
    pub spread: Option<StratumNumbers>,
    /// Costs of one unit.
    pub cost: Option<StratumNumbers>,
    /// Given numbers.
    pub numbers: Option<StratumNumbers>,
}

/// The measure of a stratum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllocationMeasure {
    /// The number of its units.
    Units,
    /// The sum of a column.
    Column(String),
}

/// One number for each stratum.
#[derive(Clone, Debug, PartialEq)]
pub enum StratumNumbers {
    /// In a column of the frame, the same in all rows of the stratum.
    Column(String),
    /// In the design, by the stratum's label as it stands in the sample list.
    Given(BTreeMap<String, f64>),
}

/// Something that splits units into strata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StageVariable {
    /// The unit of a level above, by its position in [`super::SampleDesign::levels`].
    Level(usize),
    /// A column of the frame.
    Column(String),
}

/// What happens in a group with fewer units than asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenShort {
    /// The draw stops with a problem for each such group: the default.
    #[default]
    Stop,
    /// All units of the group are taken, with probability one, and the sample says so.
    TakeAll,
}

impl Stage {
    /// The stage as it reads for groups without a rule, then as it reads by each rule.
    pub fn readings(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.rules.iter().map(|rule| &rule.stage))
    }

    /// Whether the number of units can differ from group to group.
    #[must_use]
    pub fn has_varying_n(&self) -> bool {
        !self.rules.is_empty() || self.n.fixed().is_none()
    }

    /// Columns whose numbers are summed: measures of size and of allocation.
    pub(crate) fn size_columns(&self) -> impl Iterator<Item = &String> {
        let measures = self.allocations().filter_map(|allocation| match &allocation.measure {
            Some(AllocationMeasure::Column(column)) => Some(column),
            _ => None,
        });
        self.readings().filter_map(|reading| reading.size.as_ref()).chain(measures)
    }

    /// Columns with flags.
    pub(crate) fn flag_columns(&self) -> impl Iterator<Item = &String> {
        self.readings().filter_map(|reading| reading.certainty.as_ref())
    }

    /// Columns with text: strata, sorting, conditions, numbers of strata.
    pub(crate) fn text_columns(&self) -> impl Iterator<Item = &String> {
        let variables = self.strata.iter().filter_map(StageVariable::column);
        let sorting = self.readings().flat_map(|reading| &reading.sort_by);
        let conditions = self.rules.iter().flat_map(|rule| &rule.when);
        let numbers =
            self.allocations().flat_map(|allocation| allocation.numbers_of_strata()).filter_map(
                |numbers| match numbers {
                    StratumNumbers::Column(column) => Some(column),
                    StratumNumbers::Given(_) => None,
                },
            );
        variables.chain(sorting).chain(conditions.filter_map(|condition| condition.variable.column())).chain(numbers)
    }

    /// The allocations of the stage and its rules.
    pub(crate) fn allocations(&self) -> impl Iterator<Item = &StageAllocation> {
        self.readings().filter_map(|reading| reading.n.allocation())
    }
}

impl StageVariable {
    fn column(&self) -> Option<&String> {
        match self {
            Self::Column(column) => Some(column),
            Self::Level(_) => None,
        }
    }
}

impl StageAllocation {
    /// Spreads, costs and given numbers, as far as the allocation has them.
    pub(crate) fn numbers_of_strata(&self) -> impl Iterator<Item = &StratumNumbers> {
        [&self.spread, &self.cost, &self.numbers].into_iter().flatten()
    }
}
