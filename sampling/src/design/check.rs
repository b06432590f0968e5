//! From the raw text to a checked design; all problems at once.

mod allocation;
mod levels;
mod rules;
mod stages;

use problem::{Place, Problem, Problems, Words};

use super::prn::check_prn_seed;
use super::raw::{RawWords, parse};
use super::respondent::check_respondent;
use super::{Only, SampleDesign};
use crate::hash::{nfc, sha256_hex};
use levels::check_levels;
use stages::check_stages;

impl SampleDesign {
    /// Reads and checks a design.
    ///
    /// # Errors
    /// Every problem of the text: broken TOML, unknown keys, methods or levels, numbers that are not positive, stages out of
    /// order, a missing measure of size, reserves where they have no meaning.
    pub fn from_toml(text: &str) -> Result<Self, Problems> {
        let raw = parse(text)?;
        let mut problems = Problems::none();
        let levels = check_levels(&raw, &mut problems);
        let stages = check_stages(&raw.stage, &levels, &mut problems);
        if !is_label(&raw.name) {
            problems.push(
                design_problem(
                    "design_bad_name",
                    "name",
                    "tên thiết kế không hợp lệ",
                    "the design's name is not usable",
                )
                .expected("a-z 0-9 - _")
                .got(raw.name.clone()),
            );
        }
        let prn_seed = check_prn_seed(raw.prn_seed, &raw.stage, &mut problems);
        let respondent = raw.respondent.as_ref().map(|raw| check_respondent(raw, &levels, &mut problems));
        let name = nfc(&raw.name);
        let design = Self {
            title: words(raw.title.as_ref(), &name),
            name,
            source: raw.source.as_deref().map(nfc),
            levels,
            stages,
            carried: raw.carry.iter().map(|column| nfc(column)).collect(),
            only: None,
            respondent,
            prn_seed,
            text: text.to_owned(),
            sha256: sha256_hex(text.as_bytes()),
        };
        let design = problems.into_result(design)?;
        match raw.only {
            Some(only) => design.restricted_to(Only { level: nfc(&only.level), code: nfc(&only.code) }),
            None => Ok(design),
        }
    }
}

pub(super) fn design_problem(code: &'static str, place: &str, vi: &str, en: &str) -> Problem {
    Problem::new(code, vi, en).at(Place::column(place))
}

fn is_label(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
}

fn words(raw: Option<&RawWords>, name: &str) -> Words {
    raw.map_or_else(|| Words::new(name, name), |words| Words::new(nfc(&words.vi), nfc(&words.en)))
}

/// The value of a word; the first value when no word is given; a problem when the word is unknown.
fn one_of<T: Copy + Default>(word: Option<&str>, known: &[(&str, T)], place: &str, problems: &mut Problems) -> T {
    let Some(word) = word else { return T::default() };
    if let Some((_, value)) = known.iter().find(|(name, _)| *name == word) {
        return *value;
    }
    let expected: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    problems.push(
        design_problem("design_unknown_word", place, "từ khóa không có trong danh mục", "the word is not a known one")
            .expected(expected.join(", "))
            .got(word.to_owned()),
    );
    T::default()
}
