//! JSON → input of a figure: the shape is checked against the schema of the struct itself, so that all faults come at once.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use problem::{Place, Problem, Problems};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Most faults of a file that are told; more are one fault repeated.
const FAULTS_MAX: usize = 100;
/// Longest value that is quoted.
const QUOTED_MAX: usize = 80;

/// The schema of an input.
pub(super) fn schema_of<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}

/// Reads an input.
pub(super) fn read<T: JsonSchema + DeserializeOwned>(bytes: &[u8]) -> Result<T, Problems> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut value: Value = serde_json::from_slice(bytes).map_err(|error| {
        Problems::from(
            Problem::new("chart_data_json", "tệp dữ liệu không phải JSON hợp lệ", "the data file is not valid JSON")
                .at(Place::row(error.line()))
                .expected("JSON, UTF-8")
                .got(error.to_string()),
        )
    })?;
    let schema = schema_of::<T>();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .map_err(|error| Problems::from(fault(String::new(), String::new(), error.to_string())))?;
    let mut problems = Problems::none();
    for error in validator.iter_errors(&value).take(FAULTS_MAX) {
        tell(&error, &mut problems);
    }
    problems.into_result(())?;
    fingerprint(&mut value, &hash(bytes));
    // What the schema cannot say, such as a day that the calendar lacks.
    serde_json::from_value(value).map_err(|error| fault(String::new(), String::new(), error.to_string()).into())
}

fn fault(place: String, expected: String, got: String) -> Problem {
    let problem =
        Problem::new("chart_data", "dữ liệu của biểu đồ sai dạng", "the data of the figure have the wrong shape")
            .at(Place::column(if place.is_empty() { "/".to_owned() } else { place }));
    let problem = if expected.is_empty() { problem } else { problem.expected(expected) };
    problem
        .got(got)
        .hint("xem dạng dữ liệu bằng lệnh: khaosat chart MÃ --schema", "see the shape with: khaosat chart ID --schema")
}

fn quoted(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= QUOTED_MAX {
        return text;
    }
    format!("{}…", text.chars().take(QUOTED_MAX).collect::<String>())
}

/// One fault of the shape in the words of the house. A value that may be left out is told by what it may be.
fn tell(error: &jsonschema::ValidationError<'_>, problems: &mut Problems) {
    let place = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            problems.push(fault(format!("{place}/{name}"), "a value".to_owned(), "nothing".to_owned()));
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            for name in unexpected {
                problems.push(fault(format!("{place}/{name}"), "a known field".to_owned(), name.clone()));
            }
        }
        ValidationErrorKind::AnyOf { context } => {
            // An optional part: the faults of the part itself, not those of "nothing".
            let inner = context.iter().max_by_key(|errors| errors.iter().map(depth).max().unwrap_or(0));
            let deeper = inner.filter(|errors| errors.iter().any(|one| depth(one) > depth(error)));
            match deeper {
                Some(errors) => errors.iter().for_each(|one| tell(one, problems)),
                None => problems.push(fault(place, String::new(), quoted(error.instance()))),
            }
        }
        kind => {
            let expected = match kind {
                ValidationErrorKind::Type { kind: TypeKind::Single(kind) } => kind.to_string(),
                ValidationErrorKind::Enum { options } => options.to_string(),
                ValidationErrorKind::Format { format } => format.clone(),
                ValidationErrorKind::Minimum { limit } => format!("≥ {limit}"),
                ValidationErrorKind::Maximum { limit } => format!("≤ {limit}"),
                _ => error.to_string(),
            };
            problems.push(fault(place, expected, quoted(error.instance())));
        }
    }
}

fn depth(error: &jsonschema::ValidationError<'_>) -> usize {
    let own = error.instance_path().to_string().matches('/').count();
    // A missing or unknown field lies one level below its object.
    let below =
        matches!(error.kind(), ValidationErrorKind::Required { .. } | ValidationErrorKind::AdditionalProperties { .. });
    own + usize::from(below)
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file that names no fingerprint gets that of its own bytes.
fn fingerprint(value: &mut Value, own: &str) {
    let Value::Object(fields) = value else { return };
    for (name, inner) in fields.iter_mut() {
        if name == "metadata"
            && let Value::Object(metadata) = inner
        {
            let mark = metadata.entry("fingerprint").or_insert_with(|| own.into());
            if mark.as_str() == Some("") {
                *mark = own.into();
            }
        } else {
            fingerprint(inner, own);
        }
    }
}
