//! Thresholds as data: the defaults that come with the program, and what an office changes of them.

use problem::{Place, Problem, Problems};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

/// The defaults.
const DEFAULTS: &str = include_str!("rules.toml");
/// The version of formulas and defaults; a changed formula gets a new one.
const VERSION: &str = "khaosat-quality-1";

/// All thresholds; the keys are explained in `src/quality/rules.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each key is explained once, in the file of defaults that people copy")]
pub struct Rules {
    pub clock: ClockRules,
    pub speed: SpeedRules,
    pub place: PlaceRules,
    pub answers: AnswerRules,
    pub page: PageRules,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub battery: Vec<BatteryRule>,
}

/// Days, nights and clocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockRules {
    pub utc_offset_minutes: i64,
    pub night_from_hour: u32,
    pub night_to_hour: u32,
    pub wrong_by_minutes: f64,
}

/// Durations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpeedRules {
    pub share_of_median: f64,
    pub seconds_per_answer: f64,
    pub gap_minutes: f64,
    pub interviews_min: usize,
    pub question_seconds_min: f64,
    pub hasty_share_max: f64,
    pub pause_minutes: f64,
}

/// Time and place together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceRules {
    pub overlap_seconds: f64,
    pub speed_kmh: f64,
    pub travel_metres_min: f64,
    pub village_radius_metres: f64,
    pub positions_for_middle: usize,
    pub day_radius_metres: f64,
    pub day_interviews_min: usize,
    pub same_degrees: f64,
}

/// Answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerRules {
    pub battery_items_min: usize,
    pub battery_choices_min: usize,
    pub battery_common_share: f64,
    pub non_answer_share: f64,
    pub asked_min: usize,
    pub enumerator_z: f64,
    pub filter_opens_min: usize,
    pub match_share: f64,
    pub match_items_min: usize,
    pub constant_share: f64,
    pub match_reference_share: f64,
    pub relabellings: usize,
    pub heaping_p: f64,
    pub heaping_n_min: usize,
    pub outlier_mads: f64,
    pub outlier_iqrs: f64,
    pub outlier_n_min: usize,
    pub effect_interviews_min: usize,
    pub effect_people_min: usize,
    pub phone_questions: Vec<String>,
}

/// What the page makes of flags.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageRules {
    pub review_flags_min: usize,
}

/// A battery that the office names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatteryRule {
    /// Form id.
    pub form: String,
    /// Name for people.
    pub name: String,
    /// Its questions in their order.
    pub questions: Vec<String>,
    /// Those that are worded the other way round.
    #[serde(default)]
    pub reversed: Vec<String>,
}

impl Rules {
    /// The defaults.
    ///
    /// # Errors
    /// None that the tests of the shipped file would not find first.
    pub fn defaults() -> Result<Self, Problems> {
        Self::from_toml("")
    }

    /// The defaults with what an office changes of them.
    ///
    /// # Errors
    /// `quality_rules` for each key that is unknown, of the wrong kind or out of range.
    pub fn from_toml(text: &str) -> Result<Self, Problems> {
        let parse = |text: &str| {
            text.parse::<Table>().map_err(|error| {
                let row = error
                    .span()
                    .map(|span| 1 + text.get(..span.start).map_or(0, |before| before.matches('\n').count()));
                let mut problem = wrong("không đọc được tệp quy tắc", "the file of rules cannot be read")
                    .got(error.message().to_owned());
                problem.place = row.map(Place::row);
                Problems::from(problem)
            })
        };
        let mut table = parse(DEFAULTS)?;
        merge(&mut table, parse(text)?)?;
        let rules: Self = Value::Table(table).try_into().map_err(|error: toml::de::Error| {
            Problems::from(wrong("quy tắc sai kiểu", "a rule is of the wrong kind").got(error.message().to_owned()))
        })?;
        rules.checked()
    }

    fn checked(self) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let mut within = |key: &str, value: f64, low: f64, high: f64| {
            if !(low..=high).contains(&value) {
                problems.push(
                    wrong("quy tắc ngoài khoảng cho phép", "a rule is out of range")
                        .at(Place::column(key))
                        .expected(format!("{low} – {high}"))
                        .got(value.to_string()),
                );
            }
        };
        let (clock, speed, place, answers) = (&self.clock, &self.speed, &self.place, &self.answers);
        within("clock.utc_offset_minutes", clock.utc_offset_minutes as f64, -840.0, 840.0);
        within("clock.night_from_hour", f64::from(clock.night_from_hour), 0.0, 24.0);
        within("clock.night_to_hour", f64::from(clock.night_to_hour), 0.0, 24.0);
        within("clock.wrong_by_minutes", clock.wrong_by_minutes, 0.0, 1e6);
        within("speed.share_of_median", speed.share_of_median, 0.0, 1.0);
        within("speed.seconds_per_answer", speed.seconds_per_answer, 0.0, 600.0);
        within("speed.gap_minutes", speed.gap_minutes, 0.1, 1e4);
        within("speed.interviews_min", speed.interviews_min as f64, 2.0, 1e6);
        within("speed.question_seconds_min", speed.question_seconds_min, 0.0, 600.0);
        within("speed.hasty_share_max", speed.hasty_share_max, 0.0, 1.0);
        within("speed.pause_minutes", speed.pause_minutes, 0.1, 1e5);
        within("place.overlap_seconds", place.overlap_seconds, 0.0, 86_400.0);
        within("place.speed_kmh", place.speed_kmh, 1.0, 1_000.0);
        within("place.travel_metres_min", place.travel_metres_min, 0.0, 1e6);
        within("place.village_radius_metres", place.village_radius_metres, 1.0, 1e6);
        within("place.positions_for_middle", place.positions_for_middle as f64, 3.0, 1e6);
        within("place.day_radius_metres", place.day_radius_metres, 0.0, 1e5);
        within("place.day_interviews_min", place.day_interviews_min as f64, 2.0, 1e4);
        within("place.same_degrees", place.same_degrees, 1e-9, 1.0);
        within("answers.battery_items_min", answers.battery_items_min as f64, 3.0, 1e3);
        within("answers.battery_choices_min", answers.battery_choices_min as f64, 2.0, 100.0);
        within("answers.battery_common_share", answers.battery_common_share, 0.0, 1.0);
        within("answers.non_answer_share", answers.non_answer_share, 0.0, 1.0);
        within("answers.asked_min", answers.asked_min as f64, 1.0, 1e4);
        within("answers.enumerator_z", answers.enumerator_z, 0.0, 100.0);
        within("answers.filter_opens_min", answers.filter_opens_min as f64, 1.0, 1e4);
        within("answers.match_share", answers.match_share, 0.0, 1.0);
        within("answers.match_items_min", answers.match_items_min as f64, 1.0, 1e4);
        within("answers.constant_share", answers.constant_share, 0.5, 1.0);
        within("answers.match_reference_share", answers.match_reference_share, 0.0, 1.0);
        within("answers.relabellings", answers.relabellings as f64, 1.0, 100.0);
        within("answers.heaping_p", answers.heaping_p, 0.0, 1.0);
        within("answers.heaping_n_min", answers.heaping_n_min as f64, 50.0, 1e6);
        within("answers.outlier_mads", answers.outlier_mads, 0.1, 100.0);
        within("answers.outlier_iqrs", answers.outlier_iqrs, 0.1, 100.0);
        within("answers.outlier_n_min", answers.outlier_n_min as f64, 5.0, 1e6);
        within("answers.effect_interviews_min", answers.effect_interviews_min as f64, 2.0, 1e6);
        within("answers.effect_people_min", answers.effect_people_min as f64, 2.0, 1e6);
        within("page.review_flags_min", self.page.review_flags_min as f64, 1.0, 100.0);
        problems.into_result(self)
    }

    /// Name and fingerprint of these rules: what a result says it was made by.
    #[must_use]
    pub fn version(&self) -> String {
        // A text of all values in a fixed order; NaN never gets here (see `checked`).
        let text = toml_text(self);
        let digest = Sha256::digest(text.as_bytes());
        let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        format!("{VERSION}+{hex}")
    }
}

fn toml_text(rules: &Rules) -> String {
    serde_json::to_string(rules).unwrap_or_default()
}

fn wrong(vi: &str, en: &str) -> Problem {
    Problem::new("quality_rules", vi, en).hint(
        "các khoá và giá trị mặc định: khaosat quality rules show",
        "keys and defaults: khaosat quality rules show",
    )
}

/// The text of the defaults, for people who change some.
#[must_use]
pub fn default_text() -> &'static str {
    DEFAULTS
}

/// Lays changes over the defaults; a whole number may stand where a decimal is expected.
fn merge(defaults: &mut Table, changes: Table) -> Result<(), Problems> {
    let mut problems = Problems::none();
    for (section, value) in changes {
        match (defaults.get_mut(&section), value) {
            (Some(Value::Table(known)), Value::Table(changed)) => {
                for (key, value) in changed {
                    let place = Place::column(format!("{section}.{key}"));
                    match known.get_mut(&key) {
                        None => problems.push(wrong("không có quy tắc này", "there is no such rule").at(place)),
                        Some(old) => match (&*old, value) {
                            (Value::Float(_), Value::Integer(whole)) => *old = Value::Float(whole as f64),
                            (old_kind, new) if old_kind.same_type(&new) => *old = new,
                            (old_kind, new) => problems.push(
                                wrong("quy tắc sai kiểu", "a rule is of the wrong kind")
                                    .at(place)
                                    .expected(old_kind.type_str())
                                    .got(new.type_str()),
                            ),
                        },
                    }
                }
            }
            (None, batteries @ Value::Array(_)) if section == "battery" => {
                defaults.insert(section, batteries);
            }
            (_, _) => problems.push(wrong("không có mục này", "there is no such section").at(Place::column(section))),
        }
    }
    problems.into_result(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_read_and_a_change_changes_the_version() {
        let defaults = Rules::defaults().expect("defaults");
        assert_eq!(defaults.answers.match_share, 0.85);
        let same = Rules::from_toml("[answers]\nmatch_share = 0.85\n").expect("rules");
        assert_eq!(defaults.version(), same.version());
        let other = Rules::from_toml("[place]\nspeed_kmh = 40\n").expect("a whole number is a number");
        assert_eq!(other.place.speed_kmh, 40.0);
        assert_ne!(defaults.version(), other.version());
        assert!(other.version().starts_with("khaosat-quality-1+"), "{}", other.version());
    }

    #[test]
    fn all_slips_of_a_file_are_told_with_their_keys() {
        let keys = |text: &str| -> Vec<String> {
            let problems = Rules::from_toml(text).expect_err("slips");
            problems.iter().map(|one| one.place.clone().and_then(|place| place.column).unwrap_or_default()).collect()
        };
        assert_eq!(
            keys("[speed]\nshare = 1\npause_minutes = \"long\"\n[clocks]\nx = 1\n"),
            ["clocks", "speed.pause_minutes", "speed.share"]
        );
        assert_eq!(
            keys("[answers]\nmatch_share = 1.5\nrelabellings = 0\n"),
            ["answers.match_share", "answers.relabellings"]
        );
        assert_eq!(keys("[answers]\nmatch_share = nan\n"), ["answers.match_share"]);
        let torn = Rules::from_toml("[speed]\n\nshare_of_median = = 1").expect_err("torn");
        assert_eq!(torn.iter().next().and_then(|one| one.place.as_ref()).and_then(|place| place.row), Some(3));
    }

    #[test]
    fn an_office_names_its_batteries() {
        let rules = Rules::from_toml(
            "[[battery]]\nform = \"f\"\nname = \"niềm tin\"\nquestions = [\"a\", \"b\"]\nreversed = [\"b\"]\n",
        )
        .expect("rules");
        assert_eq!(rules.battery[0].reversed, ["b"]);
        assert!(Rules::from_toml("[[battery]]\nform = \"f\"\n").is_err(), "a battery without questions");
    }
}
