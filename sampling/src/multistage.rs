//! The draw: stage after stage, group after group.

use std::collections::BTreeSet;

use problem::{Language, Problems, Words};

use crate::coordination::StageNumbers;
use crate::design::{SampleDesign, Stage};
use crate::feasibility::{feasibility, plural};
use crate::frame::SamplingFrame;
use crate::group::{Group, Members, Position, describe_group};
use crate::group_certainty::{GroupCertainty, certainty_of};
use crate::group_plan::PlannedGroup;
use crate::respondent::RespondentNumber;
use crate::sample::{
    InclusionProbability, Provenance, RespondentUsed, Role, Sample, SampleLevel, SampledUnit, StageDraw, UnitLabel,
};
use crate::selection::{PreparedSelection, Selected, Units};
use crate::stream::{GENERATOR, Stream, StreamKey};

/// Draws a sample.
///
/// At each stage, in each group (a stratum under a unit of the stage before), the flagged units are taken with certainty and
/// the others by the stage's method, with a random stream of the group's own ([`StreamKey`]).
///
/// # Formula
/// Overall probability π = π₁·π₂·…, each given the stages before; base weight 1/π. Reserves carry the π of the mains of their
/// group: see METHODS for the weights of those that are released.
///
/// # Source
/// Särndal, Swensson & Wretman (1992), §4.3 and §4.4 (invariance and independence of the later stages).
///
/// # Errors
/// Those of [`feasibility`] and of [`PreparedSelection::new`]: whether a draw is possible never depends on the seed.
pub fn draw(frame: &SamplingFrame, design: &SampleDesign, seed: u64) -> Result<Sample, Problems> {
    feasibility(frame, design)?;
    let mut drawing = Drawing {
        frame,
        design,
        seed,
        inside: frame.inside(design)?,
        units: Vec::new(),
        notes: frame.notes().to_vec(),
        problems: Problems::none(),
    };
    drawing.note_units_known_by_name();
    drawing.stage(0, None, &[]);
    let Drawing { units, notes, problems, .. } = drawing;
    problems.into_result(())?;
    let depth = design.stages().last().map_or(0, |stage| stage.level + 1);
    let levels = design.levels().iter().take(depth).map(|level| SampleLevel {
        name: level.name.clone(),
        words: level.words.clone(),
        counted: matches!(level.kind, crate::design::LevelKind::Counted { .. }),
    });
    Ok(Sample {
        levels: levels.collect(),
        stages: design.stages().iter().map(|stage| design.level_of(stage).name.clone()).collect(),
        respondent: design.respondent().map(|respondent| RespondentUsed {
            rule: respondent.rule,
            counted_by: respondent.counted_by.clone().unwrap_or_default(),
        }),
        carried: if depth >= frame.levels.len() { frame.carried_headings.clone() } else { Vec::new() },
        units,
        provenance: provenance(frame, design, seed),
        notes,
    })
}

/// What a draw with this seed will say of itself.
pub(crate) fn provenance(frame: &SamplingFrame, design: &SampleDesign, seed: u64) -> Provenance {
    Provenance {
        design: design.name().to_owned(),
        design_sha256: design.sha256().to_owned(),
        frame_sha256: frame.sha256().to_owned(),
        frame_reading: Some(frame.reading()).filter(|reading| !reading.is_plain()).cloned(),
        seed,
        only: design.only().map(ToString::to_string),
        generator: GENERATOR.to_owned(),
        methods: design.methods(),
        program_version: crate::PROGRAM_VERSION.to_owned(),
    }
}

/// More strata are in the list alone, where each has its column `<stage>_n`.
const STRATA_IN_NOTE: usize = 20;

struct Drawing<'a> {
    frame: &'a SamplingFrame,
    design: &'a SampleDesign,
    seed: u64,
    inside: Option<Vec<Vec<bool>>>,
    units: Vec<SampledUnit>,
    notes: Vec<Words>,
    problems: Problems,
}

impl Drawing<'_> {
    fn is_inside(&self, level: usize, unit: usize) -> bool {
        self.inside.as_ref().is_none_or(|inside| inside[level][unit])
    }

    /// Draws one stage under a unit of the stage before, and all stages below what it draws.
    fn stage(&mut self, number: usize, parent: Option<Position>, above: &[StageDraw]) {
        let Some(stage) = self.design.stages().get(number) else { return };
        let parent_id = parent.map(|parent| self.frame.identity(parent)).unwrap_or_default();
        let planned = match self.frame.plan(self.design, number, parent) {
            Ok(planned) => planned,
            Err(problems) => return self.problems.extend(problems.0),
        };
        self.note_allocation(parent, &planned);
        let varying_n = stage.has_varying_n();
        for one_planned in planned {
            let PlannedGroup { group, stage, n, .. } = &one_planned;
            if let Members::Listed(units) = &group.members
                && !units.iter().any(|unit| self.is_inside(stage.level, *unit))
            {
                continue;
            }
            let key = StreamKey {
                seed: self.seed,
                stage: &self.design.level_of(stage).name,
                stratum: &group.stratum,
                parent: &parent_id,
            };
            let numbers = StageNumbers::of(self.frame, self.design, stage);
            let (mut drawn, note) = match draw_group(self.frame, &one_planned, numbers.as_ref(), &mut Stream::new(&key))
            {
                Ok(drawn) => drawn,
                Err(problems) => {
                    self.problems.extend(problems);
                    continue;
                }
            };
            self.note_method(stage, note);
            self.note_group(parent, &one_planned, &drawn);
            let last = number + 1 == self.design.stages().len();
            if !last {
                drawn.sort_by_key(|one| one.member);
            }
            for (order, one) in drawn.iter().enumerate() {
                let mut stages = above.to_vec();
                stages.push(StageDraw {
                    stratum: group.stratum.clone(),
                    probability: one.probability,
                    n: varying_n.then_some(*n),
                });
                let listed = matches!(group.members, Members::Listed(_));
                let position = Position { level: stage.level, unit: usize::try_from(one.member).unwrap_or(usize::MAX) };
                if listed && !self.is_inside(position.level, position.unit) {
                    continue;
                }
                match (last, listed, parent) {
                    (false, _, _) => self.stage(number + 1, Some(position), &stages),
                    (true, true, _) => self.take(position, None, order, one.role, stages, group.population()),
                    (true, false, Some(parent)) => {
                        self.take(parent, Some(one.member + 1), order, one.role, stages, group.population());
                    }
                    // A checked design never counts units without a parent.
                    (true, false, None) => {}
                }
            }
        }
    }

    fn take(
        &mut self,
        position: Position,
        number: Option<u64>,
        order: usize,
        role: Role,
        stages: Vec<StageDraw>,
        listing_size: u64,
    ) {
        let path = (0..=position.level).map(|level| {
            let unit = &self.frame.levels[level].units[self.frame.ancestor(position, level)];
            UnitLabel { code: unit.code.clone(), name: unit.name.clone() }
        });
        let identity = self.frame.identity(position);
        let lowest = position.level + 1 == self.frame.levels.len();
        let inclusion_probability =
            stages.iter().fold(InclusionProbability::CERTAIN, |all, stage| all.then(stage.probability));
        let unit_id = number.map_or_else(|| identity.clone(), |number| format!("{identity}-{number}"));
        let chooses = self.design.respondent().is_some_and(|respondent| respondent.rule.chooses_a_person());
        let unit = SampledUnit {
            respondent_number: chooses.then(|| RespondentNumber::of_household(self.seed, &unit_id)),
            unit_id,
            path: path.collect(),
            number,
            role,
            visiting_order: order as u64 + 1,
            stages,
            inclusion_probability,
            base_weight: inclusion_probability.base_weight(),
            listing_size,
            carried: if lowest { self.frame.carried[position.unit].clone() } else { Vec::new() },
        };
        self.units.push(unit);
    }

    fn note_units_known_by_name(&mut self) {
        for (level, count) in self.frame.known_by_name() {
            let words = self.design.levels().iter().find(|other| other.name == level).map(|level| &level.words);
            let (vi, en) = words.map_or((level, level), |words| (words.vi.as_str(), words.en.as_str()));
            self.notes.push(Words::new(
                format!("{count} {vi} trong khung không có mã và được nhận biết theo tên"),
                format!("{count} {} of the frame carry no code and are known by name", plural(en, count as u64)),
            ));
        }
    }

    /// Says once for each stage what its method's probabilities need to be said.
    fn note_method(&mut self, stage: &Stage, note: Option<Words>) {
        let Some(note) = note else { return };
        let level = &self.design.level_of(stage).words;
        let note = Words::new(format!("{}: {}", level.vi, note.vi), format!("{}: {}", level.en, note.en));
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Says how a total was spread: what each stratum got is in the list, too.
    fn note_allocation(&mut self, parent: Option<Position>, planned: &[PlannedGroup<'_>]) {
        let reached = planned.iter().filter(|one| one.stage.n.allocation().is_some()).filter(|one| {
            matches!(&one.group.members, Members::Listed(units)
                if units.iter().any(|unit| self.is_inside(one.stage.level, *unit)))
        });
        let reached: Vec<&PlannedGroup<'_>> = reached.collect();
        let Some(stage) = reached.first().map(|first| first.stage) else { return };
        let unit = &self.design.level_of(stage).words;
        let rules: BTreeSet<&str> = reached
            .iter()
            .filter_map(|one| one.stage.n.allocation())
            .map(|allocation| allocation.rule.name())
            .collect();
        let rules = rules.into_iter().collect::<Vec<_>>().join(", ");
        let of = |one: &&PlannedGroup<'_>| format!("{} {}/{}", one.group.stratum, one.n, one.group.population());
        let mut numbers = reached.iter().take(STRATA_IN_NOTE).map(of).collect::<Vec<_>>().join("; ");
        if reached.len() > STRATA_IN_NOTE {
            let level = &self.design.level_of(stage).name;
            numbers += &format!("; … ({}; {level}_n)", reached.len());
        }
        let whole = Group { stratum: String::new(), members: Members::Counted(0) };
        let place = |language| describe_group(self.frame, self.design, parent, &whole, language);
        let note = Words::new(
            format!("{}: số {} phân bổ theo quy tắc {rules}: {numbers}", place(Language::Vi), unit.vi),
            format!("{}: {} allocated by the rule {rules}: {numbers}", place(Language::En), plural(&unit.en, 2)),
        );
        self.notes.push(note);
    }

    fn note_group(&mut self, parent: Option<Position>, planned: &PlannedGroup<'_>, drawn: &[Drawn]) {
        let PlannedGroup { group, stage, n, .. } = planned;
        let n = *n;
        let population = group.population();
        let reserves = drawn.iter().filter(|one| one.role == Role::Reserve).count() as u64;
        let unflagged = stage.certainty.as_deref().filter(|column| {
            let flags = self.frame.flags(stage.level, column);
            matches!(&group.members, Members::Listed(units) if !units.iter().any(|unit| flags[*unit]))
        });
        if population >= n && reserves >= stage.reserves && unflagged.is_none() {
            return;
        }
        let place = |language| describe_group(self.frame, self.design, parent, group, language);
        let (vi, en, unit) = (place(Language::Vi), place(Language::En), &self.design.level_of(stage).words);
        if population < n {
            self.notes.push(Words::new(
                format!("{vi}: lấy hết {population} {} (thiết kế cần {n})", unit.vi),
                format!("{en}: all {population} {} taken ({n} asked)", plural(&unit.en, population)),
            ));
        }
        if reserves < stage.reserves {
            self.notes.push(Words::new(
                format!("{vi}: chỉ còn {reserves} {} dự phòng (thiết kế cần {})", unit.vi, stage.reserves),
                format!("{en}: only {reserves} reserves ({} asked)", stage.reserves),
            ));
        }
        if let Some(column) = unflagged {
            self.notes.push(Words::new(
                format!("{vi}: không có {} nào được đánh dấu {column}", unit.vi),
                format!("{en}: no {} is marked {column}", unit.en),
            ));
        }
    }
}

/// A unit drawn from a group: its place in the frame's level, or in the listing.
struct Drawn {
    member: u64,
    role: Role,
    probability: InclusionProbability,
}

/// Draws from one group: certain units first, then `n` of the others, then reserves; with what the reader must know of the
/// method's probabilities.
fn draw_group(
    frame: &SamplingFrame,
    planned: &PlannedGroup<'_>,
    numbers: Option<&StageNumbers<'_>>,
    stream: &mut Stream,
) -> Result<(Vec<Drawn>, Option<Words>), Problems> {
    let PlannedGroup { group, stage, n, .. } = planned;
    let n = (*n).min(group.population());
    let units = match &group.members {
        Members::Counted(count) => {
            let (selected, note) = select_noted(stage, Units::Counted(*count), n, |prepared| prepared.draw(stream))?;
            return Ok((with_roles(selected, n_mains(stage, n), |position| position), note));
        }
        Members::Listed(units) => units,
    };
    let GroupCertainty { by_flag, by_size, mut others, n_left } = certainty_of(frame, stage, units, n);
    put_in_order(frame, stage, &mut others);
    let sizes: Option<Vec<u64>> = stage.size.as_deref().map(|column| {
        let sizes = frame.sizes_at(stage.level, column);
        others.iter().map(|unit| sizes[*unit]).collect()
    });
    let candidates = sizes.as_deref().map_or(Units::Counted(others.len() as u64), Units::Sized);
    let (selected, note) = select_noted(stage, candidates, n_left, |prepared| {
        let by_numbers = numbers.and_then(|numbers| {
            let unit = |position: u64| usize::try_from(position).map_or(usize::MAX, |place| others[place]);
            prepared.draw_by_numbers(|position, pi| numbers.step(unit(position), pi))
        });
        // A checked design has permanent numbers only for methods that draw by them.
        by_numbers.unwrap_or_else(|| prepared.draw(stream))
    })?;
    let mut drawn: Vec<Drawn> = by_flag
        .into_iter()
        .chain(by_size)
        .map(|unit| Drawn { member: unit as u64, role: Role::Main, probability: InclusionProbability::CERTAIN })
        .collect();
    let member = |position: u64| {
        usize::try_from(position).ok().and_then(|place| others.get(place)).map_or(0, |unit| *unit as u64)
    };
    drawn.extend(with_roles(selected, n_mains(stage, n_left), member));
    Ok((drawn, note))
}

/// Draws by the stage's method.
fn select_noted(
    stage: &Stage,
    units: Units<'_>,
    n: u64,
    draw: impl FnOnce(&PreparedSelection<'_>) -> Vec<Selected>,
) -> Result<(Vec<Selected>, Option<Words>), Problems> {
    let prepared = PreparedSelection::new(stage.method, units, n.min(units.population()), stage.reserves)?;
    Ok((draw(&prepared), prepared.note().cloned()))
}

/// How many selected units are mains, the rest being reserves. Methods without a fixed size have no reserves: however many
/// units come, all are mains.
fn n_mains(stage: &Stage, n: u64) -> u64 {
    if stage.method.has_fixed_size() { n } else { u64::MAX }
}

fn with_roles(selected: Vec<Selected>, n: u64, member: impl Fn(u64) -> u64) -> Vec<Drawn> {
    let role = |order: usize| if (order as u64) < n { Role::Main } else { Role::Reserve };
    selected
        .into_iter()
        .enumerate()
        .map(|(order, one)| Drawn { member: member(one.position), role: role(order), probability: one.probability })
        .collect()
}

/// The order that a method sees: that of the keys where the frame's order does not matter, otherwise that of the frame,
/// sorted by the design's columns (whole numbers first, then other text in the order the design names; ties as in the frame).
fn put_in_order(frame: &SamplingFrame, stage: &Stage, units: &mut [usize]) {
    if stage.method.is_order_free() {
        units.sort_by_cached_key(|unit| frame.identity(Position { level: stage.level, unit: *unit }));
        return;
    }
    for column in stage.sort_by.iter().rev() {
        let texts = frame.texts(stage.level, column);
        units.sort_by_cached_key(|unit| match texts[*unit].parse::<u64>() {
            Ok(number) => (number, None),
            Err(_) => (u64::MAX, Some(stage.text_order.key(&texts[*unit]))),
        });
    }
}
