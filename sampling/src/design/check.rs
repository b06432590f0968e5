//! From the raw text to a checked design; all problems at once.

use problem::{Place, Problem, Problems, Words};

use super::prn::{check_prn, check_prn_seed};
use super::raw::{RawDesign, RawLevel, RawStage, RawWords, parse};
use super::respondent::check_respondent;
use super::{Column, Level, LevelKind, Only, SampleDesign, Stage, StageVariable, UnitKey, UnitScope, WhenShort};
use crate::hash::{nfc, sha256_hex};
use crate::selection::SelectionMethod;

/// More units in one group than any survey draws: a slip of the keyboard.
const N_MAX: i64 = 1_000_000_000;

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

fn check_levels(raw: &RawDesign, problems: &mut Problems) -> Vec<Level> {
    if raw.level.is_empty() {
        problems.push(design_problem(
            "design_no_level",
            "level",
            "thiết kế chưa có cấp nào",
            "the design has no level",
        ));
    }
    let last = raw.level.len().saturating_sub(1);
    let mut levels: Vec<Level> = Vec::new();
    for (position, raw_level) in raw.level.iter().enumerate() {
        let place = format!("level[{}]", position + 1);
        let level = Level {
            name: nfc(&raw_level.name),
            words: words(raw_level.words.as_ref(), &raw_level.name),
            kind: check_kind(raw_level, &place, position > 0 && position == last, problems),
        };
        if !is_label(&level.name) || ["unit", "inclusion"].contains(&level.name.as_str()) {
            problems.push(
                design_problem("design_bad_name", &place, "tên cấp không hợp lệ", "the level's name is not usable")
                    .expected("a-z 0-9 - _")
                    .got(level.name.clone()),
            );
        }
        if levels.iter().any(|earlier| earlier.name == level.name) {
            let (vi, en) = ("hai cấp cùng một tên", "two levels have the same name");
            problems.push(design_problem("design_level_twice", &place, vi, en).got(level.name.clone()));
        }
        levels.push(level);
    }
    levels
}

fn check_kind(raw: &RawLevel, place: &str, may_be_counted: bool, problems: &mut Problems) -> LevelKind {
    match (&raw.code, &raw.counted_by) {
        (Some(code), None) => LevelKind::Listed(Column {
            code: nfc(code),
            label: raw.label.as_deref().map(nfc),
            key: one_of(
                raw.key.as_deref(),
                &[("code", UnitKey::Code), ("code_or_name", UnitKey::CodeOrName), ("name", UnitKey::Name)],
                &format!("{place}.key"),
                problems,
            ),
            scope: one_of(
                raw.unique.as_deref(),
                &[("in_parent", UnitScope::Parent), ("in_frame", UnitScope::Frame)],
                &format!("{place}.unique"),
                problems,
            ),
        }),
        (None, Some(count)) => {
            if !may_be_counted {
                let (vi, en) = ("chỉ cấp cuối cùng mới được đếm thay vì liệt kê", "only the last level may be counted");
                problems.push(design_problem("design_counted_level", place, vi, en));
            }
            LevelKind::Counted { count: nfc(count) }
        }
        _ => {
            let (vi, en) = (
                "mỗi cấp cần đúng một trong hai: code (cột mã) hoặc counted_by (cột đếm)",
                "a level needs exactly one of code (a column) and counted_by (a column)",
            );
            problems.push(design_problem("design_level_source", place, vi, en).got(raw.name.clone()));
            LevelKind::Counted { count: String::new() }
        }
    }
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

fn check_stages(raw: &[RawStage], levels: &[Level], problems: &mut Problems) -> Vec<Stage> {
    if raw.is_empty() {
        problems.push(design_problem(
            "design_no_stage",
            "stage",
            "thiết kế chưa có giai đoạn nào",
            "the design has no stage",
        ));
    }
    let mut stages: Vec<Stage> = Vec::new();
    for (position, raw_stage) in raw.iter().enumerate() {
        let place = format!("stage[{}]", position + 1);
        let Some(level) = levels.iter().position(|level| level.name == nfc(&raw_stage.level)) else {
            let known: Vec<&str> = levels.iter().map(|level| level.name.as_str()).collect();
            problems.push(
                design_problem(
                    "design_unknown_level",
                    &place,
                    "giai đoạn nêu một cấp không có",
                    "the stage names no known level",
                )
                .expected(known.join(", "))
                .got(raw_stage.level.clone()),
            );
            continue;
        };
        if stages.last().is_some_and(|before| before.level >= level) {
            let (vi, en) =
                ("các giai đoạn phải đi từ cấp trên xuống cấp dưới", "stages must go from upper to lower levels");
            problems.push(design_problem("design_stage_order", &place, vi, en).got(raw_stage.level.clone()));
        }
        let before = stages.last().map(|before| before.level);
        let stage = check_stage(raw_stage, level, levels, &place, problems);
        check_reach(&stage, before, levels, &place, problems);
        if stage.reserves > 0 && (position + 1 != raw.len() || stage.method != SelectionMethod::SimpleRandom) {
            let (vi, en) = (
                "danh sách dự phòng chỉ có ở giai đoạn cuối, với simple_random (thứ tự ngẫu nhiên đi tiếp)",
                "reserves belong to the last stage, drawn by simple_random (its random order goes on)",
            );
            problems.push(design_problem("design_reserves", &place, vi, en));
        }
        stages.push(stage);
    }
    stages
}

fn check_stage(raw: &RawStage, level: usize, levels: &[Level], place: &str, problems: &mut Problems) -> Stage {
    let counted = matches!(levels[level].kind, LevelKind::Counted { .. });
    let method = check_method(&raw.method, place, problems);
    for (column, value, least) in [("n", raw.n, 1), ("reserves", raw.reserves, 0)] {
        if !(least..=N_MAX).contains(&value) {
            problems.push(
                design_problem(
                    "design_bad_number",
                    &format!("{place}.{column}"),
                    "số không hợp lệ",
                    "the number is out of range",
                )
                .expected(format!("{least}–{N_MAX}"))
                .got(value.to_string()),
            );
        }
    }
    if method.uses_size() != raw.size.is_some() || (counted && raw.size.is_some()) {
        let (vi, en) = (
            "cột quy mô (size) cần có khi chọn theo quy mô, và chỉ khi đó",
            "a measure of size (size) is needed when selection is by size, and only then",
        );
        problems.push(design_problem("design_size", &format!("{place}.size"), vi, en).got(raw.method.clone()));
    }
    if counted && (raw.certainty.is_some() || !raw.sort_by.is_empty()) {
        let (vi, en) = (
            "đơn vị chỉ được đếm thì không có cột cờ hay cột sắp xếp",
            "units that are only counted have no flag and nothing to sort by",
        );
        problems.push(design_problem("design_counted_level", place, vi, en));
    }
    if !raw.sort_by.is_empty() && method.is_order_free() {
        let (vi, en) = ("sắp xếp không có tác dụng với phương pháp này", "sorting has no effect with this method");
        problems.push(design_problem("design_sort_by", &format!("{place}.sort_by"), vi, en).got(raw.method.clone()));
    }
    Stage {
        level,
        n: u64::try_from(raw.n).unwrap_or(1),
        method,
        size: raw.size.as_deref().map(nfc),
        certainty: raw.certainty.as_deref().map(nfc),
        strata: raw.strata.iter().map(|name| stage_variable(&nfc(name), levels)).collect(),
        sort_by: raw.sort_by.iter().map(|column| nfc(column)).collect(),
        reserves: u64::try_from(raw.reserves).unwrap_or(0),
        when_short: one_of(
            raw.when_short.as_deref(),
            &[("stop", WhenShort::Stop), ("take_all", WhenShort::TakeAll)],
            &format!("{place}.when_short"),
            problems,
        ),
        prn: raw.prn.as_ref().map(|raw| check_prn(raw, method, counted, place, problems)),
    }
}

fn stage_variable(name: &str, levels: &[Level]) -> StageVariable {
    levels
        .iter()
        .position(|level| level.name == name)
        .map_or_else(|| StageVariable::Column(name.to_owned()), StageVariable::Level)
}

/// What a stage may lean on: strata above it, and the level right above it when its units are only counted.
fn check_reach(stage: &Stage, before: Option<usize>, levels: &[Level], place: &str, problems: &mut Problems) {
    let counted = matches!(levels[stage.level].kind, LevelKind::Counted { .. });
    for variable in &stage.strata {
        let fits = match variable {
            StageVariable::Level(level) => *level < stage.level && !counted,
            StageVariable::Column(_) => !counted,
        };
        if !fits {
            let (vi, en) = (
                "tầng phải là cấp ở trên hoặc cột của khung mẫu, và đơn vị phải có trong khung",
                "strata are levels above or columns of the frame, for units that stand in the frame",
            );
            problems.push(design_problem("design_strata", &format!("{place}.strata"), vi, en));
        }
    }
    if counted && before.is_none_or(|before| before + 1 != stage.level) {
        let (vi, en) = (
            "đơn vị chỉ được đếm thì giai đoạn trước phải rút cấp ngay bên trên",
            "units that are only counted need a stage that draws the level right above",
        );
        problems.push(design_problem("design_counted_level", place, vi, en));
    }
}

fn check_method(name: &str, place: &str, problems: &mut Problems) -> SelectionMethod {
    if let Some(method) = SelectionMethod::of_name(name) {
        return method;
    }
    let known: Vec<&str> = SelectionMethod::ALL.iter().map(|method| method.name()).collect();
    let (code, vi, en) =
        ("design_unknown_method", "không có phương pháp chọn mẫu này", "there is no such selection method");
    problems
        .push(design_problem(code, &format!("{place}.method"), vi, en).expected(known.join(", ")).got(name.to_owned()));
    SelectionMethod::SimpleRandom
}
