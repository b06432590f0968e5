//! Keys that stand twice in one JSON object: readers differ in which of the two they take, so people must hear of it.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// No more than this many are named: enough for a person, too few to fill a disk with.
const NAMED_MAX: usize = 5;
/// The longest part of a key that is named, in characters.
const KEY_CHARS_MAX: usize = 80;

/// The keys that are repeated in an object anywhere in a JSON text, in the order in which they are met; the first few. A text
/// that is not JSON has none.
pub(super) fn repeated_keys(json: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let walked = Walk(&mut found).deserialize(&mut serde_json::Deserializer::from_slice(json));
    if walked.is_err() {
        found.clear();
    }
    found
}

/// Walks through any value and notes repeated keys.
struct Walk<'a>(&'a mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Walk(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        while let Some(key) = object.next_key::<String>()? {
            if seen.contains(&key) {
                let name: String = key.chars().take(KEY_CHARS_MAX).collect();
                if self.0.len() < NAMED_MAX && !self.0.contains(&name) {
                    self.0.push(name);
                }
                object.next_value::<IgnoredAny>()?;
            } else {
                seen.insert(key);
                object.next_value_seed(Walk(self.0))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_repeated_within_its_own_object_only() {
        assert!(repeated_keys(br#"{"a": {"a": [{"a": 1}, {"a": 2.5}]}, "b": null, "c": "a", "d": true}"#).is_empty());
        assert_eq!(repeated_keys(br#"{"a": 1, "b": [{"c": 1, "c": {}}], "a": -2, "a": ""}"#), ["c", "a"]);
        assert_eq!(repeated_keys(br#"{"a": 1, "\u0061": 2}"#), ["a"], "however it is written");
        assert!(repeated_keys(b"{\"a\": 1, \"a\": ").is_empty(), "no JSON");
    }

    #[test]
    fn only_the_first_few_are_named() {
        let keys: Vec<String> = (0..2000).map(|number| format!("\"k{}\":0", number % 1000)).collect();
        assert_eq!(repeated_keys(format!("{{{}}}", keys.join(",")).as_bytes()), ["k0", "k1", "k2", "k3", "k4"]);
        let long = "x".repeat(10_000);
        assert_eq!(repeated_keys(format!("{{\"{long}\":0,\"{long}\":1}}").as_bytes())[0].len(), KEY_CHARS_MAX);
    }
}
