//! The request: sizes, n and methods, checked.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems, Words};
use sampling::probability::target;
use sampling::selection::{SelectionMethod, whole_sizes};
use serde_json::Value;

/// A checked request.
pub(super) struct Request {
    /// Whatever the request calls itself; it comes back with the answer.
    pub(super) id: Option<Value>,
    /// The sizes as they were written.
    pub(super) written: Vec<Value>,
    pub(super) sizes: Vec<u64>,
    pub(super) n: u64,
    /// Names as asked, each once.
    pub(super) methods: BTreeMap<String, SelectionMethod>,
    /// Starts of systematic samples, as shares of the interval.
    pub(super) starts: Vec<f64>,
}

impl Request {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Problems> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            Problem::new("probabilities_request", "yêu cầu không phải là JSON hợp lệ", "the request is not valid JSON")
                .expected("{\"size\": […], \"n\": …, \"methods\": […]}")
                .got(error.to_string())
        })?;
        let mut problems = Problems::none();
        let sizes = collected(sizes_of(&value), &mut problems);
        let n = collected(n_of(&value), &mut problems);
        let methods = collected(methods_of(&value), &mut problems);
        let starts = collected(starts_of(&value), &mut problems);
        let written = value.get("size").and_then(Value::as_array).cloned().unwrap_or_default();
        let request = Self { id: value.get("id").cloned(), written, sizes, n, methods, starts };
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

fn missing(key: &str, expected: impl Into<Words>, got: Option<&Value>) -> Problems {
    Problem::new("probabilities_request", "yêu cầu thiếu hoặc sai một mục", "the request lacks an entry or it is wrong")
        .at(Place::column(key))
        .expected(expected)
        .got(got.map_or_else(|| "—".to_owned(), ToString::to_string))
        .into()
}

fn sizes_of(request: &Value) -> Result<Vec<u64>, Problems> {
    let expected = ("danh sách các số lớn hơn 0", "a list of numbers above 0");
    let value = request.get("size");
    let list = value.and_then(Value::as_array).filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| missing("size", expected, value))?;
    // Whole sizes as they are, also beyond 2^53, where a double would round them.
    let whole: Option<Vec<u64>> = list.iter().map(|size| size.as_u64().filter(|size| *size > 0)).collect();
    if let Some(whole) = whole {
        return Ok(whole);
    }
    let mut problems = Problems::none();
    let sizes: Vec<f64> = list
        .iter()
        .enumerate()
        .map(|(position, size)| {
            size.as_f64().unwrap_or_else(|| {
                problems.extend(missing(
                    &format!("size[{position}]"),
                    ("số lớn hơn 0", "a number above 0"),
                    Some(size),
                ));
                1.0
            })
        })
        .collect();
    let whole = collected(whole_sizes(&sizes), &mut problems);
    problems.into_result(whole)
}

fn n_of(request: &Value) -> Result<u64, Problems> {
    let value = request.get("n");
    let whole = value.and_then(|value| {
        // 3.0 is three.
        let real = value.as_f64().filter(|n| n.fract() == 0.0 && (1.0..=9e15).contains(n));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of that range")]
        real.map(|n| n as u64)
    });
    whole.ok_or_else(|| {
        missing("n", ("số nguyên từ 1 đến số đơn vị", "a whole number from 1 to the number of units"), value)
    })
}

fn methods_of(request: &Value) -> Result<BTreeMap<String, SelectionMethod>, Problems> {
    let known: Vec<&str> = ["systematic_fixed_order", "pivotal_sequential"]
        .into_iter()
        .chain(SelectionMethod::ALL.iter().map(|method| method.name()))
        .collect();
    let known = known.join(", ");
    let value = request.get("methods");
    // A table of probabilities has its methods as keys; it can be asked again as it is.
    let list: Option<Vec<Value>> = match value {
        Some(Value::Array(list)) => Some(list.clone()),
        Some(Value::Object(table)) => Some(table.keys().cloned().map(Value::String).collect()),
        _ => None,
    };
    let list = list.filter(|list| !list.is_empty());
    let mut problems = Problems::none();
    let mut methods = BTreeMap::new();
    for name in list.ok_or_else(|| missing("methods", known.as_str(), value))? {
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

fn starts_of(request: &Value) -> Result<Vec<f64>, Problems> {
    let Some(value) = request.get("u") else { return Ok(Vec::new()) };
    let expected = ("danh sách các số từ 0 đến dưới 1", "a list of numbers from 0 to below 1");
    let list = value.as_array().ok_or_else(|| missing("u", expected, Some(value)))?;
    let mut problems = Problems::none();
    let mut starts = Vec::new();
    for (position, start) in list.iter().enumerate() {
        match start.as_f64().filter(|start| (0.0..1.0).contains(start)) {
            Some(start) => starts.push(start),
            None => problems.extend(missing(&format!("u[{position}]"), expected, Some(start))),
        }
    }
    problems.into_result(starts)
}
