//! Reading one table of a TOML document with line numbers, collecting every problem instead of stopping at the first.

use std::collections::{BTreeMap, BTreeSet};

use problem::{Place, Problem, Problems, Words};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};
use unicode_normalization::UnicodeNormalization;

/// One table, with what has been read of it; what has not been read at the end is an unknown key.
pub(super) struct Section<'t, 'd> {
    text: &'t str,
    table: &'t DeTable<'d>,
    label: String,
    offset: usize,
    known: BTreeSet<&'static str>,
}

impl<'t, 'd> Section<'t, 'd> {
    pub(super) fn new(text: &'t str, table: &'t DeTable<'d>, label: impl Into<String>, offset: usize) -> Self {
        Self { text, table, label: label.into(), offset, known: BTreeSet::new() }
    }

    /// The same section under a better name, once its code is known.
    pub(super) fn rename(&mut self, label: impl Into<String>) {
        self.label = label.into();
    }

    /// Line on which the section begins.
    pub(super) fn line(&self) -> usize {
        line_of(self.text, self.offset)
    }

    pub(super) fn place(&self, key: &str) -> Place {
        let line = self.entry(key).map_or_else(|| self.line(), |value| line_of(self.text, value.span().start));
        Place { row: Some(line), column: Some(format!("{} {key}", self.label)), ..Place::default() }
    }

    fn entry(&self, key: &str) -> Option<&'t Spanned<DeValue<'d>>> {
        self.table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value)
    }

    /// Whether the key is written, rightly or wrongly.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    fn take(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'d>>> {
        self.known.insert(key);
        self.entry(key)
    }

    fn wrong_type(&self, key: &str, expected: impl Into<Words>, problems: &mut Problems) {
        let got = self.entry(key).map_or("nothing", |value| value.get_ref().type_str());
        problems.push(
            Problem::new(
                "index_wrong_type",
                format!("giá trị của {key} không đúng kiểu"),
                format!("the value of {key} has the wrong type"),
            )
            .at(self.place(key))
            .expected(expected)
            .got(got),
        );
    }

    /// Says that a key that must be there is not.
    pub(super) fn absent(&self, key: &str, problems: &mut Problems) {
        problems.push(
            Problem::new("index_missing_key", format!("thiếu khóa {key}"), format!("the key {key} is missing"))
                .at(self.place(key)),
        );
    }

    pub(super) fn text(&mut self, key: &'static str, problems: &mut Problems) -> Option<String> {
        let value = self.take(key)?;
        match value.get_ref().as_str() {
            Some(text) if text.trim().is_empty() => {
                self.wrong_type(key, ("văn bản không rỗng", "a text that is not empty"), problems);
                None
            }
            Some(text) => Some(text.trim().nfc().collect()),
            None => {
                self.wrong_type(key, ("văn bản", "a text"), problems);
                None
            }
        }
    }

    pub(super) fn required_text(&mut self, key: &'static str, problems: &mut Problems) -> Option<String> {
        if self.entry(key).is_none() {
            self.known.insert(key);
            self.absent(key, problems);
            return None;
        }
        self.text(key, problems)
    }

    pub(super) fn number(&mut self, key: &'static str, problems: &mut Problems) -> Option<f64> {
        let value = self.take(key)?;
        let number = number_of(value.get_ref());
        if number.is_none() {
            self.wrong_type(key, ("số hữu hạn", "a finite number"), problems);
        }
        number
    }

    pub(super) fn required_number(&mut self, key: &'static str, problems: &mut Problems) -> Option<f64> {
        if self.entry(key).is_none() {
            self.known.insert(key);
            self.absent(key, problems);
            return None;
        }
        self.number(key, problems)
    }

    pub(super) fn whole_number(&mut self, key: &'static str, problems: &mut Problems) -> Option<i64> {
        let value = self.take(key)?;
        let whole = match value.get_ref() {
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok(),
            _ => None,
        };
        if whole.is_none() {
            self.wrong_type(key, ("số nguyên", "a whole number"), problems);
        }
        whole
    }

    pub(super) fn flag(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        let value = self.take(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, ("true hoặc false", "true or false"), problems);
        }
        flag
    }

    /// One of a few words; the problem lists them.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        let text = self.text(key, problems)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let allowed = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            problems.push(
                Problem::new(
                    "index_unknown_word",
                    format!("{key} có giá trị không hợp lệ"),
                    format!("{key} has an unknown value"),
                )
                .at(self.place(key))
                .expected((format!("một trong {allowed}"), format!("one of {allowed}")))
                .got(text),
            );
        }
        found
    }

    pub(super) fn texts(&mut self, key: &'static str, problems: &mut Problems) -> Option<Vec<String>> {
        let value = self.take(key)?;
        let texts: Option<Vec<String>> = value
            .get_ref()
            .as_array()
            .and_then(|array: &DeArray<'_>| array.iter().map(|item| item.get_ref().as_str()).collect())
            .map(|items: Vec<&str>| items.into_iter().map(|item| item.nfc().collect()).collect());
        if texts.is_none() {
            self.wrong_type(key, ("danh sách văn bản", "a list of texts"), problems);
        }
        texts
    }

    pub(super) fn numbers_by_text(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<BTreeMap<String, f64>> {
        let value = self.take(key)?;
        let numbers: Option<BTreeMap<String, f64>> = value.get_ref().as_table().and_then(|table| {
            table
                .iter()
                .map(|(name, value)| number_of(value.get_ref()).map(|number| (name.get_ref().to_string(), number)))
                .collect()
        });
        if numbers.is_none() {
            self.wrong_type(key, ("bảng các số hữu hạn", "a table of finite numbers"), problems);
        }
        numbers
    }

    pub(super) fn section(&mut self, key: &'static str, problems: &mut Problems) -> Option<Section<'t, 'd>> {
        let value = self.take(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(Section::new(self.text, table, format!("{}.{key}", self.label), value.span().start)),
            None => {
                self.wrong_type(key, ("một bảng", "a table"), problems);
                None
            }
        }
    }

    pub(super) fn sections(&mut self, key: &'static str, problems: &mut Problems) -> Vec<Section<'t, 'd>> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let mut sections = Vec::new();
        for item in value.get_ref().as_array().into_iter().flat_map(|array: &DeArray<'_>| array.iter()) {
            match item.get_ref().as_table() {
                Some(table) => {
                    sections.push(Section::new(self.text, table, format!("[[{key}]]"), item.span().start));
                }
                None => self.wrong_type(key, ("các bảng", "tables"), problems),
            }
        }
        if value.get_ref().as_array().is_none() {
            self.wrong_type(key, "a list of tables", problems);
        }
        sections
    }

    /// Says which keys nobody asked for.
    pub(super) fn finish(&self, problems: &mut Problems) {
        for (name, _) in self.table.iter() {
            let key = name.get_ref().as_ref();
            if !self.known.contains(key) {
                let known = self.known.iter().copied().collect::<Vec<_>>().join(", ");
                let line = line_of(self.text, name.span().start);
                problems.push(
                    Problem::new("index_unknown_key", format!("không có khóa tên {key}"), format!("unknown key {key}"))
                        .at(Place {
                            row: Some(line),
                            column: Some(format!("{} {key}", self.label)),
                            ..Place::default()
                        })
                        .expected((format!("một trong {known}"), format!("one of {known}"))),
                );
            }
        }
    }
}

/// The line, counted from 1, on which a byte of the text stands.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn number_of(value: &DeValue<'_>) -> Option<f64> {
    let number = match value {
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|whole| whole as f64)
        }
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    };
    number.filter(|number: &f64| number.is_finite())
}
