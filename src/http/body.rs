//! Bodies: read with a limit on size and on slowness, and looked into without losing a byte.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use ::problem::{Place, Problem, Problems, Words};
use actix_web::HttpRequest;
use actix_web::body::{BodyStream, MessageBody};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::rt::time::timeout;
use actix_web::web::Payload;
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use super::error::ApiError;
use crate::config::Config;
use crate::problem as catalogue;
use crate::store::Timestamp;

/// Reads a body exactly as it was sent.
pub(super) async fn read(request: &HttpRequest, payload: Payload, config: &Config) -> Result<Vec<u8>, ApiError> {
    read_up_to(request, payload, config, config.body_bytes_max).await
}

/// The same with another limit on its size: files are larger than answers.
pub(super) async fn read_up_to(
    request: &HttpRequest,
    payload: Payload,
    config: &Config,
    bytes_max: usize,
) -> Result<Vec<u8>, ApiError> {
    if let Some(encoding) = request.headers().get(CONTENT_ENCODING)
        && encoding.as_bytes() != b"identity"
    {
        return Err(ApiError::new(catalogue::body_encoded(&String::from_utf8_lossy(encoding.as_bytes()))));
    }
    let too_large = || ApiError::new(catalogue::body_too_large(bytes_max));
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > bytes_max) {
        return Err(too_large());
    }
    let started = Instant::now();
    let mut stream = BodyStream::new(payload);
    let mut bytes = Vec::with_capacity(announced.unwrap_or(0).min(config.body_bytes_max));
    loop {
        let seconds_earned = bytes.len() as u64 / config.body_bytes_per_s_min.max(1);
        let allowed = config.body_grace + Duration::from_secs(seconds_earned);
        let left = allowed.saturating_sub(started.elapsed());
        let chunk = timeout(left, poll_fn(|context| Pin::new(&mut stream).poll_next(context)))
            .await
            .map_err(|_elapsed| ApiError::new(catalogue::body_too_slow()))?;
        match chunk {
            None => return Ok(bytes),
            Some(Ok(chunk)) if bytes.len() + chunk.len() <= bytes_max => bytes.extend_from_slice(&chunk),
            Some(Ok(_)) => return Err(too_large()),
            Some(Err(_cut)) => return Err(ApiError::new(catalogue::request_invalid())),
        }
    }
}

/// Reads fields out of a JSON object and collects everything that is wrong with them.
pub(super) struct Fields {
    object: Map<String, Value>,
    problems: Problems,
}

impl Fields {
    /// The fields of a body that must be a JSON object.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ApiError> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(object)) => Ok(Self { object, problems: Problems::none() }),
            Ok(_) => Err(ApiError::new(catalogue::body_not_json("not an object"))),
            Err(error) => Err(ApiError::new(catalogue::body_not_json(&error.to_string()))),
        }
    }

    /// A text that must be there: 1 to `chars_max` characters without control characters, in Unicode form NFC.
    pub(super) fn text(&mut self, field: &'static str, chars_max: usize) -> String {
        match self.object.get(field) {
            Some(Value::String(text)) => match clean(text, chars_max) {
                Some(text) => text,
                None => self.wrong(
                    field,
                    (
                        format!("1–{chars_max} ký tự, không có ký tự điều khiển"),
                        format!("1–{chars_max} characters, no control characters"),
                    ),
                    ("văn bản khác", "another text"),
                ),
            },
            other => {
                let got = kind(other);
                self.wrong(field, ("văn bản", "a text"), got)
            }
        }
    }

    /// A text that may be missing or null.
    pub(super) fn optional_text(&mut self, field: &'static str, chars_max: usize) -> Option<String> {
        match self.object.get(field) {
            None | Some(Value::Null) => None,
            Some(_) => Some(self.text(field, chars_max)),
        }
    }

    /// A text that must be there or be null: leaving the field out is a slip, not a null.
    pub(super) fn text_or_null(&mut self, field: &'static str, chars_max: usize) -> Option<String> {
        match self.object.get(field) {
            Some(Value::Null) => None,
            _ => Some(self.text(field, chars_max)),
        }
    }

    /// A list of texts; a field that is missing or null is an empty list.
    pub(super) fn texts(&mut self, field: &'static str, n_max: usize, chars_max: usize) -> Vec<String> {
        let given = match self.object.get(field) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(items)) if items.len() <= n_max => {
                items.iter().map(|item| item.as_str().and_then(|text| clean(text, chars_max))).collect()
            }
            Some(_) => None,
        };
        given.unwrap_or_else(|| {
            let got = kind(self.object.get(field));
            self.wrong(
                field,
                (
                    format!("danh sách nhiều nhất {n_max} văn bản, mỗi văn bản 1–{chars_max} ký tự"),
                    format!("a list of at most {n_max} texts of 1–{chars_max} characters"),
                ),
                got,
            );
            Vec::new()
        })
    }

    /// A whole number within bounds.
    pub(super) fn integer(&mut self, field: &'static str, bounds: std::ops::RangeInclusive<i64>) -> i64 {
        match self.object.get(field).and_then(Value::as_i64) {
            Some(number) if bounds.contains(&number) => number,
            _ => {
                let got = kind(self.object.get(field));
                self.wrong(
                    field,
                    (
                        format!("số nguyên từ {} đến {}", bounds.start(), bounds.end()),
                        format!("a whole number from {} to {}", bounds.start(), bounds.end()),
                    ),
                    got,
                );
                0
            }
        }
    }

    /// An instant that must be there.
    pub(super) fn instant(&mut self, field: &'static str) -> Option<Timestamp> {
        let instant = self.lenient_instant(field);
        if instant.is_none() {
            let got = kind(self.object.get(field));
            self.wrong(field, "RFC 3339, 2026-11-23T15:15:02+07:00", got);
        }
        instant
    }

    /// An instant of a device's clock: if it cannot be read, that is no reason to refuse the data around it.
    pub(super) fn lenient_instant(&self, field: &'static str) -> Option<Timestamp> {
        self.object.get(field).and_then(Value::as_str).and_then(Timestamp::parse)
    }

    /// A text that is of use if it is there; empty otherwise, and cut to what is kept.
    pub(super) fn lenient_text(&self, field: &'static str, chars_max: usize) -> String {
        let text = self.object.get(field).and_then(Value::as_str).unwrap_or_default();
        text.chars().filter(|c| !c.is_control()).take(chars_max).nfc().collect()
    }

    /// Whether a field says yes.
    pub(super) fn lenient_bool(&self, field: &'static str) -> bool {
        self.object.get(field).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A whole number that is of use if it is there.
    pub(super) fn lenient_integer(&self, field: &'static str) -> Option<i64> {
        self.object.get(field).and_then(Value::as_i64)
    }

    /// An object that must be there; it is taken out.
    pub(super) fn object(&mut self, field: &'static str) -> Map<String, Value> {
        match self.object.remove(field) {
            Some(Value::Object(object)) => object,
            other => {
                let got = kind(other.as_ref());
                self.wrong(field, ("một đối tượng JSON", "an object"), got);
                Map::new()
            }
        }
    }

    /// Everything that was wrong, if anything was.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(ApiError::with_details(catalogue::body_invalid(), self.problems))
        }
    }

    fn wrong(&mut self, field: &'static str, expected: impl Into<Words>, got: impl Into<Words>) -> String {
        let problem = Problem::new(
            "field_invalid",
            format!("trường {field} thiếu hoặc không đúng"),
            format!("the field {field} is missing or wrong"),
        );
        self.problems.push(problem.at(Place::column(field)).expected(expected).got(got));
        String::new()
    }
}

fn clean(text: &str, chars_max: usize) -> Option<String> {
    let text: String = text.nfc().collect();
    let length = text.chars().count();
    ((1..=chars_max).contains(&length) && !text.chars().any(char::is_control)).then_some(text)
}

/// What a value is, without repeating it: an answer must not come back in an error.
fn kind(value: Option<&Value>) -> (&'static str, &'static str) {
    match value {
        None => ("không có gì", "nothing"),
        Some(Value::Null) => ("null", "null"),
        Some(Value::Bool(_)) => ("true hoặc false", "true or false"),
        Some(Value::Number(_)) => ("số khác", "another number"),
        Some(Value::String(_)) => ("văn bản khác", "another text"),
        Some(Value::Array(_)) => ("danh sách", "a list"),
        Some(Value::Object(_)) => ("một đối tượng JSON", "an object"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut fields = Fields::parse(br#"{"a": 1, "b": "x\u0000", "n": 1.5}"#).expect("an object");
        fields.text("a", 10);
        fields.text("b", 10);
        fields.text("c", 10);
        fields.integer("n", 1..=9);
        fields.object("answers");
        assert_eq!(fields.problems.len(), 5);
        assert!(fields.finish().is_err());
    }

    #[test]
    fn texts_come_in_composed_form() {
        let mut fields = Fields::parse("{\"a\": \"Tha\u{302}\u{301}ng\"}".as_bytes()).expect("an object");
        assert_eq!(fields.text("a", 5), "Thấng");
        assert_eq!(fields.optional_text("b", 5), None);
        assert!(fields.finish().is_ok());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in ["", "[]", "1", "{", "{\"a\":1}x", "\u{feff}{}"] {
            assert!(Fields::parse(body.as_bytes()).is_err(), "{body}");
        }
        assert!(Fields::parse(&[0x7b, 0xff, 0x7d]).is_err());
    }
}
