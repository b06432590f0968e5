//! What the design asks in each group: which rule applies, and how many units.

use std::collections::BTreeMap;

use problem::{Language, Place, Problem, Problems, Words};

use crate::allocation::{AllocationRequest, AllocationStratum, allocate};
use crate::design::{
    AllocationMeasure, Condition, SampleDesign, SampleSize, Stage, StageAllocation, StageVariable, StratumNumbers,
    WhenShort,
};
use crate::frame::SamplingFrame;
use crate::group::{Group, Members, Position, describe_group};

/// A group with what the design asks there.
#[derive(Clone, Debug)]
pub(crate) struct PlannedGroup<'d> {
    pub(crate) group: Group,
    /// The stage as it reads in this group: itself, or by a rule.
    pub(crate) stage: &'d Stage,
    /// Which of the stage's rules applies.
    pub(crate) rule: Option<usize>,
    /// How many units are asked.
    pub(crate) n: u64,
}

impl SamplingFrame {
    /// The groups of a stage under a unit of the stage before, with what is asked in each.
    ///
    /// # Errors
    /// A group that two rules match or none, or whose units disagree on a rule's condition; an allocation that cannot be made.
    pub(crate) fn plan<'d>(
        &self,
        design: &'d SampleDesign,
        number: usize,
        parent: Option<Position>,
    ) -> Result<Vec<PlannedGroup<'d>>, Problems> {
        let stage = &design.stages()[number];
        let asking = Asking { frame: self, design, number, stage, parent };
        let mut problems = Problems::none();
        let mut planned = Vec::new();
        for group in self.groups(design, stage, parent) {
            match asking.rule_of(&group) {
                Ok(rule) => {
                    let stage = rule.map_or(stage, |rule| &stage.rules[rule].stage);
                    planned.push(PlannedGroup { group, stage, rule, n: stage.n.fixed().unwrap_or_default() });
                }
                Err(problem) => problems.push(problem),
            }
        }
        // An allocation over some of its strata would be another allocation.
        let mut planned = problems.into_result(planned)?;
        asking.allocate(&mut planned)?;
        Ok(planned)
    }

    /// The value of a level or column in a group; `None` when its units disagree.
    pub(crate) fn value_in(
        &self,
        group: &Group,
        level: usize,
        parent: Option<Position>,
        variable: &StageVariable,
    ) -> Option<&str> {
        let counted = parent.map(|parent| (parent.level, parent.unit));
        let (level, units) = match &group.members {
            Members::Listed(units) => (level, units.as_slice()),
            Members::Counted(_) => (counted?.0, &[] as &[usize]),
        };
        let value = |unit: usize| match variable {
            StageVariable::Level(above) => {
                let unit = &self.levels[*above].units[self.ancestor(Position { level, unit }, *above)];
                if unit.code.is_empty() { unit.name.as_str() } else { unit.code.as_str() }
            }
            StageVariable::Column(column) => self.texts(level, column).get(unit).map_or("", String::as_str),
        };
        let first = value(units.first().copied().or(counted.map(|counted| counted.1))?);
        units.iter().all(|unit| value(*unit) == first).then_some(first)
    }
}

/// One stage under one unit of the stage before.
struct Asking<'a, 'd> {
    frame: &'a SamplingFrame,
    design: &'d SampleDesign,
    number: usize,
    stage: &'d Stage,
    parent: Option<Position>,
}

impl Asking<'_, '_> {
    fn place(&self, of: &str) -> Place {
        Place::column(format!("stage[{}]{of}", self.number + 1))
    }

    fn group_in_words(&self, group: &Group) -> Words {
        let of = |language| describe_group(self.frame, self.design, self.parent, group, language);
        Words::new(of(Language::Vi), of(Language::En))
    }

    /// The one rule whose conditions hold in a group.
    fn rule_of(&self, group: &Group) -> Result<Option<usize>, Problem> {
        let mut found: Option<usize> = None;
        for (position, rule) in self.stage.rules.iter().enumerate() {
            if !self.holds(position, &rule.when, group)? {
                continue;
            }
            if let Some(first) = found {
                let words = self.group_in_words(group);
                return Err(Problem::new(
                    "draw_two_rules",
                    format!("{}: hai rule cùng áp dụng ({} và {})", words.vi, first + 1, position + 1),
                    format!("{}: two rules apply ({} and {})", words.en, first + 1, position + 1),
                )
                .at(self.place(&format!(".rule[{}]", position + 1)))
                .hint("thêm điều kiện để mỗi tầng chỉ có một rule", "add conditions until each stratum has one rule"));
            }
            found = Some(position);
        }
        if found.is_none() && self.stage.n == SampleSize::ByRule {
            let words = self.group_in_words(group);
            return Err(Problem::new(
                "draw_no_rule",
                format!("{}: không rule nào áp dụng và giai đoạn không có n chung", words.vi),
                format!("{}: no rule applies and the stage has no n of its own", words.en),
            )
            .at(self.place(".n"))
            .hint(
                "thêm rule cho tầng này, hoặc n chung cho các tầng còn lại",
                "add a rule for it, or an n for all others",
            ));
        }
        Ok(found)
    }

    fn holds(&self, rule: usize, when: &[Condition], group: &Group) -> Result<bool, Problem> {
        let mut holds = true;
        for Condition { variable, values } in when {
            let Some(value) = self.frame.value_in(group, self.stage.level, self.parent, variable) else {
                let words = self.group_in_words(group);
                let name = variable_name(self.design, variable);
                return Err(Problem::new(
                    "draw_rule_splits_stratum",
                    format!("{}: các đơn vị có giá trị {name} khác nhau, không thể áp dụng rule", words.vi),
                    format!("{}: its units differ in {name}, so the rule cannot be applied", words.en),
                )
                .at(self.place(&format!(".rule[{}].when.{name}", rule + 1)))
                .hint(format!("thêm {name} vào strata của giai đoạn"), format!("add {name} to the stage's strata")));
            };
            holds &= values.iter().any(|other| other == value);
        }
        Ok(holds)
    }

    /// Gives every group that stands under an allocation its number. Groups that read the same allocation, and have the same
    /// values of its `within`, share a total.
    fn allocate(&self, planned: &mut [PlannedGroup<'_>]) -> Result<(), Problems> {
        let mut shares: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
        for (position, one) in planned.iter().enumerate() {
            if let Some(allocation) = one.stage.n.allocation() {
                let same = |reading: &Stage| reading.n.allocation() == Some(allocation);
                let reading = self.stage.readings().position(same).unwrap_or_default();
                let label = self.label_within(&one.group, &allocation.within);
                shares.entry((reading, label)).or_default().push(position);
            }
        }
        let mut problems = Problems::none();
        for ((reading, label), members) in shares {
            let Some(stage) = members.first().map(|first| planned[*first].stage) else { continue };
            let Some(allocation) = stage.n.allocation() else { continue };
            let groups: Vec<&Group> = members.iter().map(|member| &planned[*member].group).collect();
            match self.numbers(stage, allocation, &groups) {
                Ok(numbers) => members.iter().zip(numbers).for_each(|(member, n)| planned[*member].n = n),
                Err(found) => {
                    problems.extend(found.0.into_iter().map(|problem| self.placed(problem, reading, &label)));
                }
            }
        }
        problems.into_result(())
    }

    /// The values of some of the strata's variables, which are the same for all units of a group.
    fn label_within(&self, group: &Group, within: &[StageVariable]) -> String {
        match &group.members {
            Members::Listed(units) => units.first().map_or_else(String::new, |unit| {
                self.frame.label_of(within, Position { level: self.stage.level, unit: *unit })
            }),
            Members::Counted(_) => String::new(),
        }
    }

    fn numbers(&self, stage: &Stage, allocation: &StageAllocation, groups: &[&Group]) -> Result<Vec<u64>, Problems> {
        let mut problems = Problems::none();
        let mut strata = Vec::with_capacity(groups.len());
        for group in groups {
            let mut number = |numbers: &Option<StratumNumbers>, key: &str| {
                let read = numbers.as_ref().map(|numbers| self.number_of(numbers, group, key));
                read.and_then(|read| read.map_err(|problem| problems.push(problem)).ok())
            };
            strata.push(AllocationStratum {
                label: group.stratum.clone(),
                population: group.population(),
                measure: self.measure(allocation, group),
                spread: number(&allocation.spread, "spread"),
                cost: number(&allocation.cost, "cost"),
                given: number(&allocation.numbers, "numbers"),
            });
        }
        problems.into_result(())?;
        let population: u64 = strata.iter().map(|stratum| stratum.population).sum();
        if stage.when_short == WhenShort::TakeAll && allocation.total.is_some_and(|total| total >= population) {
            return Ok(strata.iter().map(|stratum| stratum.population).collect());
        }
        let request = AllocationRequest { rule: allocation.rule, total: allocation.total, minimum: allocation.minimum };
        allocate(request, &strata)
    }

    #[expect(clippy::cast_precision_loss, reason = "a measure is rounded once, far below 2⁵³ as a rule")]
    fn measure(&self, allocation: &StageAllocation, group: &Group) -> f64 {
        match (&allocation.measure, &group.members) {
            (Some(AllocationMeasure::Column(column)), Members::Listed(units)) => {
                let sizes = self.frame.sizes_at(self.stage.level, column);
                units.iter().map(|unit| u128::from(sizes[*unit])).sum::<u128>() as f64
            }
            _ => group.population() as f64,
        }
    }

    /// The number that the design or the frame gives a stratum.
    fn number_of(&self, numbers: &StratumNumbers, group: &Group, key: &str) -> Result<f64, Problem> {
        let of_group = |vi: &str, en: &str, code| {
            let words = self.group_in_words(group);
            Problem::new(code, format!("{}: {vi}", words.vi), format!("{}: {en}", words.en)).at(Place::column(key))
        };
        match numbers {
            StratumNumbers::Given(given) => given.get(&group.stratum).copied().ok_or_else(|| {
                of_group(
                    "thiết kế không cho số của tầng này",
                    "the design gives no number for it",
                    "allocation_missing_number",
                )
                .expected(group.stratum.clone())
                .got(given.keys().cloned().collect::<Vec<_>>().join(", "))
            }),
            StratumNumbers::Column(column) => {
                let variable = StageVariable::Column(column.clone());
                let Some(text) = self.frame.value_in(group, self.stage.level, self.parent, &variable) else {
                    let (vi, en) = ("các dòng cho những số khác nhau", "its rows give different numbers");
                    return Err(of_group(vi, en, "allocation_number_differs").got(column.clone()));
                };
                text.parse().map_err(|_| {
                    let (vi, en) = ("không đọc được số", "the number cannot be read");
                    of_group(vi, en, "allocation_bad_number")
                        .got(format!("{column} = {text}"))
                        .hint("viết dấu chấm thập phân, ví dụ 0.45", "write a decimal point, such as 0.45")
                })
            }
        }
    }

    /// A problem of an allocation, with its place in the design and the part of the frame it is about.
    fn placed(&self, problem: Problem, reading: usize, label: &str) -> Problem {
        let key = problem.place.as_ref().and_then(|place| place.column.clone()).unwrap_or_default();
        let rule = if reading == 0 { String::new() } else { format!(".rule[{reading}]") };
        let share = Group { stratum: label.to_owned(), members: Members::Counted(0) };
        let words = self.group_in_words(&share);
        let message = Words::new(
            format!("{}: {}", words.vi, problem.message.vi),
            format!("{}: {}", words.en, problem.message.en),
        );
        Problem { message, ..problem }.at(self.place(&format!("{rule}.allocation.{key}")))
    }
}

/// The name of a variable in a design.
pub(crate) fn variable_name<'a>(design: &'a SampleDesign, variable: &'a StageVariable) -> &'a str {
    match variable {
        StageVariable::Level(level) => &design.levels()[*level].name,
        StageVariable::Column(column) => column,
    }
}
