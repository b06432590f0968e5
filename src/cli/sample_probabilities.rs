//! `khaosat sample probabilities`: inclusion probabilities of the methods of selection on one frame.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use problem::{Language, Place, Problem, Problems, Words};
use sampling::probability::{
    Exactness, InclusionProbabilities, JointProbabilities, Observed, inclusion_probabilities, simulate, target,
};
use sampling::selection::{PreparedSelection, SelectionMethod, Units, whole_sizes};
use serde::Serialize;
use serde_json::Value;

use super::language;

/// Exact inclusion probabilities, first and second order, of the methods of selection on one frame.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  khaosat sample probabilities request.json --simulate 200000 --seed 7\n\n\
    request.json:\n  {\"size\": [5, 8, 12, 20, 30, 45], \"n\": 2, \"methods\": [\"sampford\", \"pareto\"]}\n\n\
    With --simulate, each method also draws R samples with the very code that draws samples, and the shares are printed as\n\
    observed_pi and observed_joint. What has no affordable exact algorithm is null without --simulate.")]
pub struct ProbabilitiesArgs {
    /// The request: a JSON document with `size`, `n` and `methods`
    pub request: PathBuf,
    /// Also draw this many samples by each method and count
    #[arg(long, value_name = "R", requires = "seed", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub simulate: Option<u64>,
    /// The seed of the simulation; there is no default
    #[arg(long, value_name = "S", requires = "simulate")]
    pub seed: Option<u64>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
}

/// How to print the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One document with every number at full precision.
    Json,
    /// A table of the first-order probabilities for reading.
    Text,
}

/// Runs the command.
///
/// # Errors
/// A request that cannot be read or is not one, all its problems at once; an output that cannot be written.
pub fn run(args: &ProbabilitiesArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let file = args.request.display().to_string();
    let request = Request::parse(&read(&args.request)?).map_err(|problems| problems.in_file(&file))?;
    let simulation = args.simulate.zip(args.seed);
    let answer = Answer::of(&request, simulation).map_err(|problems| problems.in_file(&file))?;
    let text = match args.format {
        Format::Json => serde_json::to_string(&answer).map_err(|error| unwritable(&error))? + "\n",
        Format::Text => answer.text(language()),
    };
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| unwritable(&error))
}

fn read(path: &Path) -> Result<Vec<u8>, Problems> {
    std::fs::read(path).map_err(|error| {
        let (vi, en) = ("không đọc được tệp yêu cầu", "the request cannot be read");
        Problem::new("probabilities_file", vi, en).got(error.to_string()).in_file(&path.display().to_string()).into()
    })
}

fn unwritable(error: &dyn std::fmt::Display) -> Problems {
    Problem::new("probabilities_output", "không ghi được kết quả", "the result cannot be written")
        .got(error.to_string())
        .into()
}

/// A checked request.
struct Request {
    sizes: Vec<u64>,
    n: u64,
    /// Names as asked, each once.
    methods: BTreeMap<String, SelectionMethod>,
}

impl Request {
    fn parse(bytes: &[u8]) -> Result<Self, Problems> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            Problem::new("probabilities_request", "yêu cầu không phải là JSON hợp lệ", "the request is not valid JSON")
                .expected("{\"size\": […], \"n\": …, \"methods\": […]}")
                .got(error.to_string())
        })?;
        let mut problems = Problems::none();
        let sizes = collected(sizes_of(&value), &mut problems);
        let n = collected(n_of(&value), &mut problems);
        let methods = collected(methods_of(&value), &mut problems);
        let request = Self { sizes, n, methods };
        if problems.is_empty() {
            // Certainty units and limits are checked where they are found.
            target(&request.sizes, request.n)?;
        }
        problems.into_result(request)
    }
}

fn collected<T: Default>(part: Result<T, Problems>, problems: &mut Problems) -> T {
    part.unwrap_or_else(|found| {
        problems.extend(found);
        T::default()
    })
}

fn missing(key: &str, expected: &str, got: Option<&Value>) -> Problems {
    Problem::new("probabilities_request", "yêu cầu thiếu hoặc sai một mục", "the request lacks an entry or it is wrong")
        .at(Place::column(key))
        .expected(expected)
        .got(got.map_or_else(|| "—".to_owned(), ToString::to_string))
        .into()
}

fn sizes_of(request: &Value) -> Result<Vec<u64>, Problems> {
    let expected = "a list of numbers above 0";
    let value = request.get("size");
    let list = value.and_then(Value::as_array).filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| missing("size", expected, value))?;
    let mut problems = Problems::none();
    let sizes: Vec<f64> = list
        .iter()
        .enumerate()
        .map(|(position, size)| {
            size.as_f64().unwrap_or_else(|| {
                problems.extend(missing(&format!("size[{position}]"), "a number above 0", Some(size)));
                1.0
            })
        })
        .collect();
    if let Err(found) = whole_sizes(&sizes) {
        problems.extend(found);
    }
    problems.into_result(())?;
    whole_sizes(&sizes)
}

fn n_of(request: &Value) -> Result<u64, Problems> {
    let value = request.get("n");
    let whole = value.and_then(|value| {
        // 3.0 is three.
        let real = value.as_f64().filter(|n| n.fract() == 0.0 && (1.0..=9e15).contains(n));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of that range")]
        real.map(|n| n as u64)
    });
    whole.ok_or_else(|| missing("n", "a whole number from 1 to the number of units", value))
}

fn methods_of(request: &Value) -> Result<BTreeMap<String, SelectionMethod>, Problems> {
    let known: Vec<&str> = ["systematic_fixed_order", "pivotal_sequential"]
        .into_iter()
        .chain(SelectionMethod::ALL.iter().map(|method| method.name()))
        .collect();
    let known = known.join(", ");
    let value = request.get("methods");
    let list = value.and_then(Value::as_array).filter(|list| !list.is_empty());
    let mut problems = Problems::none();
    let mut methods = BTreeMap::new();
    for name in list.ok_or_else(|| missing("methods", &known, value))? {
        match name.as_str().and_then(SelectionMethod::of_table_name) {
            Some(method) => {
                methods.insert(name.as_str().unwrap_or_default().to_owned(), method);
            }
            None => {
                let (vi, en) = ("không có phương pháp chọn mẫu này", "there is no such selection method");
                let problem = Problem::new("probabilities_unknown_method", vi, en).at(Place::column("methods"));
                problems.push(problem.expected(known.clone()).got(name.to_string()));
            }
        }
    }
    problems.into_result(methods)
}

/// What is printed.
#[derive(Serialize)]
struct Answer {
    n: u64,
    target_pi: Vec<f64>,
    certainty_units: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    simulation: Option<Simulation>,
    methods: BTreeMap<String, MethodAnswer>,
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
    pi_joint: Option<Vec<Vec<f64>>>,
    /// Of a simulated `pi_joint`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pi_joint_standard_error: Option<Vec<Vec<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_pi: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_joint: Option<Vec<Vec<f64>>>,
    notes: Vec<Words>,
}

impl Answer {
    fn of(request: &Request, simulation: Option<(u64, u64)>) -> Result<Self, Problems> {
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
        Ok(Self { n: request.n, target_pi: aim.pi, certainty_units: aim.certain, simulation, methods })
    }

    /// One line a unit: target and the π of each method.
    fn text(&self, language: Language) -> String {
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
        let pi = match (found.first_order, observed) {
            (Exactness::NotComputed, observed) => observed.map(|observed| observed.pi.clone()),
            _ => Some(found.pi),
        };
        let counted = observed.filter(|_| found.joint.is_none());
        let pi_joint_standard_error = counted.map(|observed| {
            observed.joint.rows().map(|row| row.iter().map(|joint| observed.standard_error(*joint)).collect()).collect()
        });
        let pi_joint = found.joint.as_ref().or(counted.map(|observed| &observed.joint)).map(rows);
        if !exact {
            notes.push(not_computed_note(observed));
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
            observed_joint: observed.map(|observed| rows(&observed.joint)),
            notes,
        }
    }
}

fn rows(table: &JointProbabilities) -> Vec<Vec<f64>> {
    table.rows().map(<[f64]>::to_vec).collect()
}

fn not_computed_note(observed: Option<&Observed>) -> Words {
    match observed {
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

#[cfg(test)]
mod tests;
