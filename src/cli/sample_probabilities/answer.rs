//! The answer: probabilities of each method, with how they were found.

use std::collections::BTreeMap;

use problem::{Language, Problems, Words};
use sampling::probability::{
    Exactness, InclusionProbabilities, JointProbabilities, Observed, TABLE_POPULATION_MAX, inclusion_probabilities,
    simulate, target,
};
use sampling::selection::{PreparedSelection, Units, certain_by_size, pps_systematic_from};
use serde::Serialize;
use serde_json::Value;

use super::request::Request;

/// What is printed.
#[derive(Serialize)]
pub(super) struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    size: Vec<Value>,
    n: u64,
    target_pi: Vec<f64>,
    certainty_units: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    systematic_given_u: Option<GivenStarts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    simulation: Option<Simulation>,
    methods: BTreeMap<String, MethodAnswer>,
}

/// Systematic samples in the order given, each from its start.
#[derive(Serialize)]
struct GivenStarts {
    rule: &'static str,
    draws: Vec<GivenStart>,
}

#[derive(Serialize)]
struct GivenStart {
    u: f64,
    units: Vec<usize>,
}

impl GivenStarts {
    fn of(request: &Request) -> Option<Self> {
        if request.starts.is_empty() {
            return None;
        }
        let split = certain_by_size(&request.sizes, request.n);
        let others: Vec<usize> = (0..request.sizes.len()).filter(|k| !split.certain[*k]).collect();
        let sizes: Vec<u64> = others.iter().map(|k| request.sizes[*k]).collect();
        let draw = |u: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a start below a total of 64 bits; the whole part decides"
            )]
            let start = (u * split.total_left as f64) as u64;
            let drawn = pps_systematic_from(&sizes, split.n_left, start).into_iter().map(|place| others[place]);
            let mut units: Vec<usize> = (0..request.sizes.len()).filter(|k| split.certain[*k]).chain(drawn).collect();
            units.sort_unstable();
            GivenStart { u, units }
        };
        Some(Self {
            rule: "certainty units removed first; then unit k is taken when some integer j has C_{k-1} <= j+u < C_k (C cumulative pi)",
            draws: request.starts.iter().map(|u| draw(*u)).collect(),
        })
    }
}

#[derive(Clone, Copy, Serialize)]
struct Simulation {
    draws: u64,
    seed: u64,
}

/// How probabilities were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum How {
    Exact,
    Integrated,
    Simulated,
    NotComputed,
}

#[derive(Serialize)]
struct MethodAnswer {
    /// Whether both orders were computed: by formula, algorithm or integration, not by simulation.
    exact: bool,
    /// Whether π is the target.
    exact_design: Option<bool>,
    max_abs_pi_minus_target: Option<f64>,
    pi_computed: How,
    pi_joint_computed: How,
    /// The largest change at the last refinement of the integrals.
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerance: Option<f64>,
    pi: Option<Vec<f64>>,
    pi_joint: Option<JointProbabilities>,
    /// Of a simulated `pi_joint`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pi_joint_standard_error: Option<Vec<Vec<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_pi: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_joint: Option<JointProbabilities>,
    /// The largest distance of an observed share from a computed probability, units and pairs, in standard errors; missing
    /// when a probability of 0 or 1 was missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    largest_z: Option<f64>,
    notes: Vec<Words>,
}

impl Answer {
    pub(super) fn of(request: &Request, simulation: Option<(u64, u64)>) -> Result<Self, Problems> {
        let aim = target(&request.sizes, request.n)?;
        let mut methods = BTreeMap::new();
        for (name, method) in &request.methods {
            let observed = simulation
                .map(|(draws, seed)| simulate(*method, &request.sizes, request.n, draws, seed))
                .transpose()?;
            let found = inclusion_probabilities(*method, &request.sizes, request.n)?;
            let prepared = PreparedSelection::new(*method, Units::Sized(&request.sizes), request.n, 0)?;
            let notes = prepared.note().cloned().into_iter().collect();
            methods.insert(name.clone(), MethodAnswer::of(found, observed.as_ref(), notes));
        }
        let simulation = simulation.map(|(draws, seed)| Simulation { draws, seed });
        Ok(Self {
            id: request.id.clone(),
            size: request.written.clone(),
            n: request.n,
            target_pi: aim.pi,
            certainty_units: aim.certain,
            systematic_given_u: GivenStarts::of(request),
            simulation,
            methods,
        })
    }

    /// One line a unit: target and the π of each method.
    pub(super) fn text(&self, language: Language) -> String {
        let title = match language {
            Language::Vi => ["đơn vị", "mục tiêu"],
            Language::En => ["unit", "target"],
        };
        let mut text = format!("{:>8} {:>12}", title[0], title[1]);
        for name in self.methods.keys() {
            text += &format!(" {name:>24}");
        }
        for (unit, target) in self.target_pi.iter().enumerate() {
            text += &format!("\n{unit:>8} {target:>12.9}");
            for method in self.methods.values() {
                let shown = method.pi.as_ref().map_or_else(|| "—".to_owned(), |pi| format!("{:.9}", pi[unit]));
                text += &format!(" {shown:>24}");
            }
        }
        text.push('\n');
        for (name, method) in &self.methods {
            for note in &method.notes {
                text += &format!("{name}: {}\n", note.in_language(language));
            }
        }
        text
    }
}

impl MethodAnswer {
    fn of(found: InclusionProbabilities, observed: Option<&Observed>, mut notes: Vec<Words>) -> Self {
        let exact = found.first_order.is_computed() && found.second_order.is_computed();
        let tolerance = match found.first_order {
            Exactness::Integrated(tolerance) => Some(tolerance),
            Exactness::Exact | Exactness::NotComputed => None,
        };
        let how = |exactness| match exactness {
            Exactness::Exact => How::Exact,
            Exactness::Integrated(_) => How::Integrated,
            Exactness::NotComputed if observed.is_some() => How::Simulated,
            Exactness::NotComputed => How::NotComputed,
        };
        let (pi_computed, pi_joint_computed) = (how(found.first_order), how(found.second_order));
        let off = found.pi.iter().zip(&found.target).map(|(pi, target)| (pi - target).abs()).fold(0.0, f64::max);
        let off = found.first_order.is_computed().then_some(off);
        let largest_z = observed.and_then(|observed| largest_z(&found, observed));
        let pi = match (found.first_order, observed) {
            (Exactness::NotComputed, observed) => observed.map(|observed| observed.pi.clone()),
            _ => Some(found.pi),
        };
        let counted = observed.filter(|_| found.joint.is_none());
        let pi_joint_standard_error = counted.map(|observed| {
            observed.joint.rows().map(|row| row.iter().map(|joint| observed.standard_error(*joint)).collect()).collect()
        });
        let pi_joint = found.joint.or_else(|| counted.map(|observed| observed.joint.clone()));
        if !exact {
            notes.push(not_computed_note(observed, found.target.len()));
        }
        Self {
            exact,
            exact_design: off.map(|off| off < 1e-8),
            max_abs_pi_minus_target: off,
            pi_computed,
            pi_joint_computed,
            tolerance,
            pi,
            pi_joint,
            pi_joint_standard_error,
            observed_pi: observed.map(|observed| observed.pi.clone()),
            observed_joint: observed.map(|observed| observed.joint.clone()),
            largest_z,
            notes,
        }
    }
}

/// Over all probabilities that were computed; `None` without any, or when a share differs from a probability of 0 or 1.
fn largest_z(found: &InclusionProbabilities, observed: &Observed) -> Option<f64> {
    let units = found.pi.iter().zip(&observed.pi).filter(|_| found.first_order.is_computed());
    let pairs = found.joint.iter().flat_map(|joint| joint.rows().flatten().zip(observed.joint.rows().flatten()));
    let mut largest = None;
    for (probability, share) in units.chain(pairs) {
        let (distance, error) = ((probability - share).abs(), observed.standard_error(*probability));
        let z = match distance {
            // Probabilities are rounded in the last digits: one of 1 − 1e-16 is one.
            distance if distance <= 1e-12 => 0.0,
            distance if error > 0.0 => distance / error,
            _ => return None,
        };
        largest = Some(z.max(largest.unwrap_or(0.0)));
    }
    largest
}

fn not_computed_note(observed: Option<&Observed>, population: usize) -> Words {
    match observed {
        None if population > TABLE_POPULATION_MAX => Words::new(
            format!("không lập bảng xác suất đồng thời cho hơn {TABLE_POPULATION_MAX} đơn vị"),
            format!("no table of joint probabilities is made for more than {TABLE_POPULATION_MAX} units"),
        ),
        Some(observed) => Words::new(
            format!(
                "xác suất chưa tính chính xác được thì ước lượng từ {} lần rút, sai số chuẩn √(p(1−p)/R)",
                observed.draws
            ),
            format!(
                "what has no affordable exact algorithm is counted over {} draws, standard error √(p(1−p)/R)",
                observed.draws
            ),
        ),
        None => Words::new(
            "không có thuật toán chính xác nào đủ nhanh với khung này: thêm --simulate R --seed S để ước lượng",
            "no exact algorithm is affordable on this frame: add --simulate R --seed S to estimate",
        ),
    }
}
