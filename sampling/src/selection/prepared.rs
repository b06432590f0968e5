//! A method made ready for one group: what can be computed before the first random number.

use problem::{Problems, Words};

use super::brewer::Brewer;
use super::chromy::Chromy;
use super::max_entropy::MaxEntropy;
use super::order_sampling::{OrderKind, OrderSampling};
use super::pivotal::Pivotal;
use super::poisson::Poisson;
use super::pps_with_replacement::PpsWithReplacement;
use super::sampford::Sampford;
use super::systematic_random_order::SystematicRandomOrder;
use super::target::{Target, check_sizes};
use super::tille::Tille;
use super::{Selected, SelectionMethod, Units, pps_systematic, simple_random, systematic};
use crate::probability::true_order_probabilities;
use crate::sample::InclusionProbability;
use crate::stream::Stream;

/// Draws positions among the units that are not certain, in any order, each at most once.
pub(super) trait Draw {
    /// One sample from the target it was made for.
    fn draw(&self, target: &Target, stream: &mut Stream) -> Vec<usize>;

    /// The sample that the units' own random numbers give: steps below 2^52, one for each unit that is not certain. `None`
    /// for methods in which a unit has no number of its own.
    fn draw_by_numbers(&self, _target: &Target, _steps: &[u64]) -> Option<Vec<usize>> {
        None
    }
}

/// A method made ready for one group; every draw from the group goes through it.
pub struct PreparedSelection<'a> {
    kind: Kind<'a>,
    note: Option<Words>,
}

enum Kind<'a> {
    /// Needs no preparation.
    Direct {
        method: SelectionMethod,
        units: Units<'a>,
        n: u64,
        reserves: u64,
    },
    BySize(BySize),
}

/// Certainty units, the others with their probabilities, and how these are drawn.
struct BySize {
    target: Target,
    /// True probabilities of the others, where they are not the target.
    off_target: Option<Vec<f64>>,
    /// Missing when there is nothing to draw.
    draw: Option<Box<dyn Draw>>,
}

impl<'a> PreparedSelection<'a> {
    /// Makes a method ready to draw `n` units of a group, with ordered `reserves` after them where the method has them.
    ///
    /// # Errors
    /// For methods by size: sizes of zero, or beyond 64 bits in total. For methods by size other than [`pps_systematic`]: more
    /// units asked than there are; that one, and those with equal probabilities, then take all.
    pub fn new(method: SelectionMethod, units: Units<'a>, n: u64, reserves: u64) -> Result<Self, Problems> {
        let Some(preparation) = preparation(method) else {
            if let (SelectionMethod::PpsSystematic, Units::Sized(sizes)) = (method, units) {
                check_sizes(sizes)?;
            }
            return Ok(Self { kind: Kind::Direct { method, units, n, reserves }, note: None });
        };
        let equal;
        let sizes = match units {
            Units::Sized(sizes) => sizes,
            Units::Counted(population) => {
                // One size for all.
                equal = vec![1; usize::try_from(population).unwrap_or(usize::MAX)];
                &equal
            }
        };
        let mut target = Target::new(sizes, n)?;
        if method == SelectionMethod::PpsWithReplacement {
            target.take_nobody_for_certain(sizes, n);
        }
        if target.n == 0 {
            return Ok(Self { kind: Kind::BySize(BySize { target, off_target: None, draw: None }), note: None });
        }
        let Prepared { draw, off_target, note } = preparation(&target);
        Ok(Self { kind: Kind::BySize(BySize { target, off_target, draw: Some(draw) }), note })
    }

    /// What the reader of the sample must know about its probabilities, if anything.
    #[must_use]
    pub fn note(&self) -> Option<&Words> {
        self.note.as_ref()
    }

    /// Draws once. Units come in the order of the group; for simple random sampling in the order of drawing.
    #[must_use]
    pub fn draw(&self, stream: &mut Stream) -> Vec<Selected> {
        match &self.kind {
            Kind::Direct { method, units, n, reserves } => draw_directly(*method, *units, *n, *reserves, stream),
            Kind::BySize(by_size) => by_size.draw(stream),
        }
    }

    /// The sample that the units' own random numbers give. `step` tells the number of a unit, below 2^52, from its position
    /// and its target probability. `None` for methods in which a unit has no number of its own.
    pub(crate) fn draw_by_numbers(&self, step: impl Fn(u64, f64) -> u64) -> Option<Vec<Selected>> {
        match &self.kind {
            Kind::Direct { method: SelectionMethod::SimpleRandom, units, n, reserves } => {
                let population = units.population();
                let probability = InclusionProbability::ratio(*n, population);
                let mut order: Vec<(u64, u64)> =
                    (0..population).map(|position| (step(position, probability.get()), position)).collect();
                order.sort_unstable();
                order.truncate(usize::try_from(n.saturating_add(*reserves)).unwrap_or(usize::MAX));
                Some(order.into_iter().map(|(_, position)| Selected { position, probability }).collect())
            }
            Kind::Direct { .. } => None,
            Kind::BySize(by_size) => by_size.draw_by_numbers(step),
        }
    }
}

fn draw_directly(
    method: SelectionMethod,
    units: Units<'_>,
    n: u64,
    reserves: u64,
    stream: &mut Stream,
) -> Vec<Selected> {
    let population = units.population();
    let positions = match (method, units) {
        (SelectionMethod::PpsSystematic, Units::Sized(sizes)) => return pps_systematic(sizes, n, stream),
        (SelectionMethod::SimpleRandom, _) => simple_random(population, n.saturating_add(reserves), stream),
        // One size for all: proportional to size is equal probability.
        _ => systematic(population, n, stream),
    };
    let probability = InclusionProbability::ratio(n.min(population), population);
    positions.into_iter().map(|position| Selected { position, probability }).collect()
}

/// What preparing a method gives.
struct Prepared {
    draw: Box<dyn Draw>,
    off_target: Option<Vec<f64>>,
    note: Option<Words>,
}

impl Prepared {
    /// A method whose probabilities are the target.
    fn on_target(draw: impl Draw + 'static) -> Self {
        Self { draw: Box::new(draw), off_target: None, note: None }
    }
}

/// How a method is made ready; nothing for those that need no preparation.
fn preparation(method: SelectionMethod) -> Option<fn(&Target) -> Prepared> {
    match method {
        SelectionMethod::SimpleRandom | SelectionMethod::Systematic | SelectionMethod::PpsSystematic => None,
        SelectionMethod::SystematicRandomOrder => Some(|_| Prepared::on_target(SystematicRandomOrder)),
        SelectionMethod::Sampford => Some(|target| Prepared::on_target(Sampford::new(target))),
        SelectionMethod::Brewer => Some(|target| Prepared::on_target(Brewer::new(target))),
        SelectionMethod::Tille => Some(|target| Prepared::on_target(Tille::new(target))),
        SelectionMethod::Pivotal => Some(|_| Prepared::on_target(Pivotal { in_random_order: false })),
        SelectionMethod::PivotalRandomOrder => Some(|_| Prepared::on_target(Pivotal { in_random_order: true })),
        SelectionMethod::MaxEntropy => Some(max_entropy),
        SelectionMethod::Chromy => Some(|target| Prepared::on_target(Chromy::new(target))),
        SelectionMethod::Poisson => {
            Some(|_| Prepared { note: Some(random_size_note()), ..Prepared::on_target(Poisson) })
        }
        SelectionMethod::SequentialPoisson => Some(|target| order_sampling(OrderKind::Uniform, target)),
        SelectionMethod::Pareto => Some(|target| order_sampling(OrderKind::Pareto, target)),
        SelectionMethod::ExponentialOrder => Some(|target| order_sampling(OrderKind::Exponential, target)),
        SelectionMethod::PpsWithReplacement => Some(with_replacement),
    }
}

fn max_entropy(target: &Target) -> Prepared {
    let design = MaxEntropy::new(target);
    let note = (design.distance() > 1e-9).then(|| off_target_note(design.distance()));
    Prepared { off_target: Some(design.inclusion().to_vec()), note, draw: Box::new(design) }
}

fn order_sampling(kind: OrderKind, target: &Target) -> Prepared {
    let off_target = true_order_probabilities(kind, target);
    let note = off_target.is_none().then(target_only_note);
    Prepared { off_target, note, draw: Box::new(OrderSampling::new(kind)) }
}

fn with_replacement(target: &Target) -> Prepared {
    let off_target = Some(with_replacement_probabilities(&target.sizes, target.n));
    Prepared { off_target, note: Some(distinct_units_note()), draw: Box::new(PpsWithReplacement::new(target)) }
}

impl BySize {
    fn draw(&self, stream: &mut Stream) -> Vec<Selected> {
        let Self { target, draw, .. } = self;
        self.selected(draw.as_ref().map(|draw| draw.draw(target, stream)).unwrap_or_default())
    }

    fn draw_by_numbers(&self, step: impl Fn(u64, f64) -> u64) -> Option<Vec<Selected>> {
        let Self { target, draw, .. } = self;
        let Some(draw) = draw else { return Some(self.selected(Vec::new())) };
        let steps: Vec<u64> =
            target.others.iter().zip(target.pi()).map(|(position, pi)| step(*position as u64, pi)).collect();
        Some(self.selected(draw.draw_by_numbers(target, &steps)?))
    }

    /// The certain units and the drawn others, in the order of the group.
    fn selected(&self, drawn: Vec<usize>) -> Vec<Selected> {
        let target = &self.target;
        let certain = target
            .certain
            .iter()
            .map(|unit| Selected { position: *unit as u64, probability: InclusionProbability::CERTAIN });
        let others = drawn
            .into_iter()
            .map(|other| Selected { position: target.others[other] as u64, probability: self.probability(other) });
        let mut selected: Vec<Selected> = certain.chain(others).collect();
        selected.sort_unstable_by_key(|one| one.position);
        selected
    }

    /// The probability that a drawn unit carries. Computed ones are above 0, and above 1 only by rounding.
    fn probability(&self, other: usize) -> InclusionProbability {
        let computed = self.off_target.as_ref().and_then(|pi| InclusionProbability::new(pi[other].min(1.0)));
        computed.unwrap_or_else(|| {
            let total = u128::from(self.target.total.get());
            InclusionProbability::of_shares(u128::from(self.target.share(other)), total)
        })
    }
}

/// The ranking of a method of order sampling.
pub(crate) fn order_kind(method: SelectionMethod) -> OrderKind {
    match method {
        SelectionMethod::SequentialPoisson => OrderKind::Uniform,
        SelectionMethod::ExponentialOrder => OrderKind::Exponential,
        _ => OrderKind::Pareto,
    }
}

/// 1 − (1 − xₖ/Σx)^n of all units.
pub(crate) fn with_replacement_probabilities(sizes: &[u64], n: u64) -> Vec<f64> {
    let total: u128 = sizes.iter().copied().map(u128::from).sum();
    sizes.iter().map(|size| missed_never(u128::from(*size), total, n)).collect()
}

/// 1 − (1 − part/total)^n without loss of digits for small parts.
pub(crate) fn missed_never(part: u128, total: u128, n: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a probability is a rounded quotient")]
    let (yes, no) = (part as f64 / total as f64, (total - part) as f64 / total as f64);
    // By squaring: after bit by bit of n, `hit` = 1 − no^bits and `miss` = no^bits.
    let (mut hit, mut miss) = (0.0, 1.0);
    for bit in (0..64 - n.leading_zeros()).rev() {
        (hit, miss) = (hit * (1.0 + miss), miss * miss);
        if (n >> bit) & 1 == 1 {
            (hit, miss) = (hit + miss * yes, miss * no);
        }
    }
    hit
}

fn random_size_note() -> Words {
    Words::new(
        "mẫu Poisson: số đơn vị được chọn là ngẫu nhiên, chỉ trung bình mới bằng số đã định",
        "Poisson sampling: the number of selected units is random, equal to the number asked only on average",
    )
}

fn distinct_units_note() -> Words {
    Words::new(
        "chọn có hoàn lại: đơn vị được rút nhiều lần chỉ ghi một lần, nên số đơn vị có thể ít hơn số đã định; xác suất ghi \
         trong mẫu là xác suất được rút ít nhất một lần",
        "with replacement: a unit drawn more than once stands in the sample once, so there can be fewer units than asked; \
         the sample carries the probabilities to be drawn at least once",
    )
}

fn target_only_note() -> Words {
    Words::new(
        "xác suất ghi trong mẫu là xác suất mục tiêu (tỷ lệ với quy mô); xác suất chọn thật của phương pháp này hơi khác và \
         không tính được với khung lớn như vậy. Sampford, Brewer hoặc pivotal cho xác suất đúng bằng mục tiêu",
        "the sample carries the target probabilities (proportional to size); the true ones of this method differ a little \
         and cannot be computed for a frame this large. Sampford, Brewer or pivotal meet the target exactly",
    )
}

fn off_target_note(distance: f64) -> Words {
    Words::new(
        format!(
            "phép lặp tìm xác suất dừng ở sai lệch tương đối {distance:.1e} so với mục tiêu; mẫu ghi xác suất chọn thật"
        ),
        format!(
            "the search for the target stopped at a relative distance of {distance:.1e}; the sample carries the true probabilities"
        ),
    )
}
