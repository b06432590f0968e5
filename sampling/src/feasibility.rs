//! Whether a design can be drawn from a frame, whatever the seed.

use std::collections::BTreeMap;

use problem::{Language, Place, Problem, Problems, Words};

use crate::design::{Condition, LevelKind, SampleDesign, Stage, StageAllocation, StratumNumbers, WhenShort};
use crate::frame::SamplingFrame;
use crate::group::{Members, Position, describe_group};
use crate::group_certainty::certainty_of;
use crate::group_plan::{PlannedGroup, variable_name};

/// Checks every group that could be drawn from, not only those that a seed happens to reach: if small units stopped some
/// draws and not others, people would try seeds until one passes, and small units would never be in a sample.
///
/// # Errors
/// All groups with fewer units than asked (unless the design takes all there), with more certainty units than asked, or
/// whose certainty units fill the sample so that the others have no chance; groups that two rules match, or none; rules and
/// numbers for strata that the frame does not have; allocations that cannot be made; a restriction to a unit that is not
/// there; a frame that was read for another design.
pub fn feasibility(frame: &SamplingFrame, design: &SampleDesign) -> Result<(), Problems> {
    if !frame.fits(design) {
        return Err(Problem::new(
            "draw_other_frame",
            "khung mẫu được đọc theo các cột của một thiết kế khác",
            "the frame was read with the columns of another design",
        )
        .got(design.name().to_owned())
        .into());
    }
    let inside = frame.inside(design)?;
    let touches = |level: usize, unit: usize| inside.as_ref().is_none_or(|inside| inside[level][unit]);
    let mut problems = Problems::none();
    let mut before: Option<usize> = None;
    for (number, stage) in design.stages().iter().enumerate() {
        let parents: Vec<Option<Position>> = match before {
            None => vec![None],
            Some(level) => {
                let counts = plain_counts(frame, design, stage, level);
                let units = 0..frame.levels[level].units.len();
                let open = units.filter(|unit| counts.is_none_or(|(counts, n)| counts[*unit] < n));
                open.map(|unit| Some(Position { level, unit })).collect()
            }
        };
        let mut unplanned = Unplanned::default();
        let mut used = UsedWords::of(design, number);
        let mut is_whole = true;
        for parent in parents {
            let is_inside = parent.is_none_or(|parent| touches(parent.level, parent.unit));
            // Whether a rule is of use is a question to the whole frame, also when one part is drawn.
            if !is_inside && used.is_empty() {
                continue;
            }
            match frame.plan(design, number, parent) {
                Ok(planned) => {
                    for one in &planned {
                        used.see(frame, parent, one);
                        let reached = is_inside
                            && match &one.group.members {
                                Members::Listed(units) => units.iter().any(|unit| touches(stage.level, *unit)),
                                Members::Counted(_) => true,
                            };
                        if reached {
                            problems.extend(check_group(frame, design, parent, one));
                        }
                    }
                }
                Err(found) => {
                    // What is wrong elsewhere does not stop a part, but leaves open which rules are of use.
                    is_whole = false;
                    unplanned.add(if is_inside { found } else { Problems::none() });
                }
            }
        }
        problems.extend(if is_whole { used.unused() } else { unplanned.told() });
        before = Some(stage.level);
    }
    problems.into_result(())
}

/// The numbers of counted units below each unit of a level, and how many of them are drawn, where that is all there is to
/// check: a national frame has very many such units, and nearly all have enough.
fn plain_counts<'f>(
    frame: &'f SamplingFrame,
    design: &SampleDesign,
    stage: &Stage,
    above: usize,
) -> Option<(&'f [u64], u64)> {
    let LevelKind::Counted { count } = &design.level_of(stage).kind else { return None };
    let n = stage.n.fixed().filter(|_| stage.rules.is_empty())?;
    let counts = frame.sizes_at(above, count);
    (counts.len() == frame.levels[above].units.len()).then_some((counts, n))
}

fn check_group(
    frame: &SamplingFrame,
    design: &SampleDesign,
    parent: Option<Position>,
    planned: &PlannedGroup<'_>,
) -> Option<Problem> {
    let PlannedGroup { group, stage, n, .. } = planned;
    let (stage, n) = (*stage, *n);
    let population = group.population();
    // Only written out when there is something to tell: a frame has very many groups.
    let told = || {
        let place = |language| describe_group(frame, design, parent, group, language);
        (place(Language::Vi), place(Language::En))
    };
    let unit = &design.level_of(stage).words;
    if population < n {
        if stage.when_short == WhenShort::TakeAll {
            return None;
        }
        let (vi, en) = told();
        return Some(
            Problem::new(
                "draw_too_few_units",
                format!("{vi} chỉ có {population} {}, cần rút {n}", unit.vi),
                format!("{en} has {population} {}, {n} asked", plural(&unit.en, population)),
            )
            .expected(n.to_string())
            .got(population.to_string())
            .hint(
                "(1) gộp với đơn vị bên cạnh trong khung mẫu; (2) giảm n của giai đoạn trong thiết kế; \
                 (3) ghi when_short = \"take_all\" để lấy hết",
                "(1) merge it with a neighbour in the frame; (2) lower the stage's n in the design; \
                 (3) set when_short = \"take_all\" to take them all",
            ),
        );
    }
    let Members::Listed(units) = &group.members else { return None };
    // By size alone others always keep a chance: n units that are certain by size would hold the whole total.
    if stage.certainty.is_none() && stage.certainty_threshold.is_none() {
        return None;
    }
    let certain = certainty_of(frame, stage, units, n);
    let by_flag = certain.by_flag.len() as u64;
    if certain.n_left > 0 || certain.others.is_empty() && by_flag <= n {
        return None;
    }
    let (vi, en) = told();
    let unit = &design.level_of(stage).words;
    let (left, column) = (certain.others.len(), stage.certainty.clone().unwrap_or_default());
    let problem = if by_flag > n {
        Problem::new(
            "draw_too_many_certain",
            format!("{vi} có {by_flag} {} chắc chắn ({column} = 1), chỉ rút {n}", unit.vi),
            format!("{en} has {by_flag} certain {} ({column} = 1), only {n} asked", plural(&unit.en, by_flag)),
        )
    } else {
        Problem::new(
            "draw_units_without_chance",
            format!("{vi}: các {} chắc chắn chiếm hết {n} suất, {left} {} còn lại không có cơ hội", unit.vi, unit.vi),
            format!(
                "{en}: certain units fill all {n} places, the other {left} {} have no chance",
                plural(&unit.en, left as u64)
            ),
        )
    };
    Some(match stage.certainty_threshold {
        Some(threshold) if by_flag < n => problem.hint(
            format!("nâng ngưỡng chắc chắn {} hoặc tăng n", threshold.get()),
            format!("raise the certainty threshold of {} or raise n", threshold.get()),
        ),
        _ => problem.hint("bớt cờ hoặc tăng n", "flag fewer units or raise n"),
    })
}

/// Problems of groups that cannot be planned, each kind once in each place, with how many more there are.
#[derive(Default)]
struct Unplanned {
    kinds: Vec<(Problem, usize)>,
}

impl Unplanned {
    fn add(&mut self, problems: Problems) {
        for problem in problems.0 {
            let same = |(known, _): &&mut (Problem, usize)| known.code == problem.code && known.place == problem.place;
            match self.kinds.iter_mut().find(same) {
                Some((_, more)) => *more += 1,
                None => self.kinds.push((problem, 0)),
            }
        }
    }

    fn told(self) -> Problems {
        let tell = |(problem, more): (Problem, usize)| {
            if more == 0 {
                return problem;
            }
            let Words { vi, en } = problem.message;
            let message = Words::new(format!("{vi} (và {more} nơi khác nữa)"), format!("{en} (and {more} more)"));
            Problem { message, ..problem }
        };
        Problems(self.kinds.into_iter().map(tell).collect())
    }
}

/// Words of a design that must be met somewhere in the frame: values of rules, labels of strata with given numbers.
struct UsedWords<'d> {
    design: &'d SampleDesign,
    /// Where a word stands, the word, and whether a group has it.
    words: BTreeMap<(String, &'d str), bool>,
    number: usize,
}

impl<'d> UsedWords<'d> {
    fn of(design: &'d SampleDesign, number: usize) -> Self {
        let stage = &design.stages()[number];
        let mut used = Self { design, words: BTreeMap::new(), number };
        for (rule, condition) in
            stage.rules.iter().enumerate().flat_map(|(rule, of)| of.when.iter().map(move |when| (rule, when)))
        {
            for value in &condition.values {
                used.words.insert((used.place_of_condition(rule, condition), value), false);
            }
        }
        let first_with_same = |reading: &Stage| stage.readings().position(|other| other.n == reading.n);
        for (reading, of) in stage.readings().enumerate().filter(|(k, of)| first_with_same(of) == Some(*k)) {
            for label in given_labels(of) {
                used.words.insert((used.place_of_numbers(reading), label), false);
            }
        }
        used
    }

    fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn place_of_condition(&self, rule: usize, condition: &Condition) -> String {
        let name = variable_name(self.design, &condition.variable);
        format!("stage[{}].rule[{}].when.{name}", self.number + 1, rule + 1)
    }

    fn place_of_numbers(&self, reading: usize) -> String {
        let rule = if reading == 0 { String::new() } else { format!(".rule[{reading}]") };
        format!("stage[{}]{rule}.allocation", self.number + 1)
    }

    fn see(&mut self, frame: &SamplingFrame, parent: Option<Position>, one: &PlannedGroup<'d>) {
        let stage = &self.design.stages()[self.number];
        if let Some(rule) = one.rule {
            for condition in &stage.rules[rule].when {
                let value = frame.value_in(&one.group, stage.level, parent, &condition.variable).unwrap_or_default();
                let of_rule = condition.values.iter().find(|other| *other == value).map_or("", String::as_str);
                self.meet(self.place_of_condition(rule, condition), of_rule);
            }
        }
        if let Some(label) = given_labels(one.stage).find(|label| *label == one.group.stratum) {
            let same = |reading: &Stage| reading.n == one.stage.n;
            self.meet(self.place_of_numbers(stage.readings().position(same).unwrap_or_default()), label);
        }
    }

    fn meet(&mut self, place: String, word: &'d str) {
        if let Some(met) = self.words.get_mut(&(place, word)) {
            *met = true;
        }
    }

    fn unused(self) -> Problems {
        let unmet = self.words.into_iter().filter(|(_, met)| !met);
        let tell = |((place, word), _): ((String, &str), bool)| {
            Problem::new(
                "draw_rule_without_stratum",
                format!("không tầng nào trong khung mẫu mà phần này của thiết kế áp dụng có giá trị “{word}”"),
                format!("no stratum of the frame that this part of the design is for has the value \"{word}\""),
            )
            .at(Place::column(place))
            .got(word.to_owned())
            .hint(
                "sửa giá trị; với khung của riêng một tỉnh, dùng thiết kế cho một tỉnh",
                "correct the value; for the frame of one province take a design for one province",
            )
        };
        Problems(unmet.map(tell).collect())
    }
}

/// The labels of strata that a reading of a stage gives numbers for.
fn given_labels(stage: &Stage) -> impl Iterator<Item = &str> {
    let numbers = stage.n.allocation().into_iter().flat_map(StageAllocation::numbers_of_strata);
    let given = numbers.filter_map(|numbers| match numbers {
        StratumNumbers::Given(given) => Some(given),
        StratumNumbers::Column(_) => None,
    });
    given.flat_map(|given| given.keys().map(String::as_str))
}

/// A rough English plural, for sentences with numbers.
pub(crate) fn plural(word: &str, count: u64) -> String {
    match word.strip_suffix('y') {
        _ if count == 1 => word.to_owned(),
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{word}s"),
    }
}
