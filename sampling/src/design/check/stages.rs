//! The stages of a design, each in every reading that its rules give it.

use problem::Problems;

use super::allocation::check_allocation;
use super::rules::check_rules;
use super::{design_problem, one_of};
use crate::design::prn::check_prn;
use crate::design::raw::RawStage;
use crate::design::{Level, LevelKind, SampleSize, Stage, StageVariable, WhenShort};
use crate::hash::nfc;
use crate::selection::{CertaintyThreshold, SelectionMethod};
use crate::text_order::TextOrder;

/// More units in one group than any survey draws: a slip of the keyboard.
pub(super) const N_MAX: i64 = 1_000_000_000;

/// What a reading of a stage is checked against.
pub(super) struct Surroundings<'a> {
    pub(super) levels: &'a [Level],
    /// Position of the stage's level.
    pub(super) level: usize,
    pub(super) is_last: bool,
}

impl Surroundings<'_> {
    pub(super) fn counted(&self) -> bool {
        matches!(self.levels[self.level].kind, LevelKind::Counted { .. })
    }
}

pub(super) fn check_stages(raw: &[RawStage], levels: &[Level], problems: &mut Problems) -> Vec<Stage> {
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
        let around = Surroundings { levels, level, is_last: position + 1 == raw.len() };
        let mut stage = check_reading(raw_stage, &around, &place, problems);
        check_reach(&stage, before, &around, &place, problems);
        stage.rules = check_rules(raw_stage, &stage, &around, &place, problems);
        if !raw_stage.has_number() && raw_stage.rule.is_empty() {
            no_number(&place, problems);
        }
        stages.push(stage);
    }
    stages
}

/// A stage by itself, or as one of its rules makes it read.
pub(super) fn check_reading(raw: &RawStage, around: &Surroundings<'_>, place: &str, problems: &mut Problems) -> Stage {
    let counted = around.counted();
    let method = check_method(&raw.method, place, problems);
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
    let reserves = check_number(raw.reserves, 0, &format!("{place}.reserves"), problems);
    if reserves > 0 && (!around.is_last || method != SelectionMethod::SimpleRandom) {
        let (vi, en) = (
            "danh sách dự phòng chỉ có ở giai đoạn cuối, với simple_random (thứ tự ngẫu nhiên đi tiếp)",
            "reserves belong to the last stage, drawn by simple_random (its random order goes on)",
        );
        problems.push(design_problem("design_reserves", place, vi, en));
    }
    let strata: Vec<StageVariable> = raw.strata.iter().map(|name| stage_variable(&nfc(name), around.levels)).collect();
    Stage {
        level: around.level,
        n: check_sample_size(raw, &strata, around, place, problems),
        method,
        size: raw.size.as_deref().map(nfc),
        certainty: raw.certainty.as_deref().map(nfc),
        certainty_threshold: check_threshold(raw, method, place, problems),
        strata,
        sort_by: raw.sort_by.iter().map(|column| nfc(column)).collect(),
        text_order: check_text_order(raw, place, problems),
        reserves,
        when_short: one_of(
            raw.when_short.as_deref(),
            &[("stop", WhenShort::Stop), ("take_all", WhenShort::TakeAll)],
            &format!("{place}.when_short"),
            problems,
        ),
        prn: raw.prn.as_ref().map(|raw| check_prn(raw, method, counted, place, problems)),
        rules: Vec::new(),
    }
}

/// The order of texts; it means nothing where nothing is sorted.
fn check_text_order(raw: &RawStage, place: &str, problems: &mut Problems) -> TextOrder {
    let place = format!("{place}.text_order");
    if let (true, Some(word)) = (raw.sort_by.is_empty(), &raw.text_order) {
        let (vi, en) =
            ("text_order cần có sort_by: không có gì để sắp xếp", "text_order needs sort_by: nothing is sorted");
        problems.push(design_problem("design_text_order", &place, vi, en).got(word.clone()));
    }
    one_of(raw.text_order.as_deref(), &TextOrder::WORDS, &place, problems)
}

fn check_sample_size(
    raw: &RawStage,
    strata: &[StageVariable],
    around: &Surroundings<'_>,
    place: &str,
    problems: &mut Problems,
) -> SampleSize {
    if raw.n.is_some() && raw.allocation.is_some() {
        let (vi, en) = ("chỉ được có một trong hai: n hoặc allocation", "only one of n and allocation can be given");
        problems.push(design_problem("design_two_numbers", place, vi, en));
    }
    match (raw.n, &raw.allocation) {
        (Some(n), _) => SampleSize::Fixed(check_number(n, 1, &format!("{place}.n"), problems)),
        (None, Some(allocation)) => {
            check_allocation(allocation, strata, around, &format!("{place}.allocation"), problems)
                .map_or(SampleSize::ByRule, SampleSize::Allocated)
        }
        (None, None) => SampleSize::ByRule,
    }
}

/// That neither the stage nor a rule says how many.
pub(super) fn no_number(place: &str, problems: &mut Problems) {
    let (vi, en) = (
        "thiếu số đơn vị cần rút: n, allocation, hoặc n trong từng rule",
        "how many units are drawn is missing: n, allocation, or n in each rule",
    );
    problems.push(design_problem("design_no_number", &format!("{place}.n"), vi, en));
}

/// A whole number from `least` to a billion.
pub(super) fn check_number(number: i64, least: i64, place: &str, problems: &mut Problems) -> u64 {
    if !(least..=N_MAX).contains(&number) {
        problems.push(
            design_problem("design_bad_number", place, "số không hợp lệ", "the number is out of range")
                .expected(format!("{least}–{N_MAX}"))
                .got(number.to_string()),
        );
    }
    u64::try_from(number).unwrap_or(1)
}

fn check_threshold(
    raw: &RawStage,
    method: SelectionMethod,
    place: &str,
    problems: &mut Problems,
) -> Option<CertaintyThreshold> {
    let number = raw.certainty_threshold?;
    let place = format!("{place}.certainty_threshold");
    if !method.uses_size() || method == SelectionMethod::PpsWithReplacement {
        let (vi, en) = (
            "phương pháp này không lấy đơn vị chắc chắn theo quy mô, nên ngưỡng không có tác dụng",
            "this method takes no unit with certainty for its size, so a threshold has no effect",
        );
        problems.push(design_problem("design_threshold", &place, vi, en).got(raw.method.clone()));
    }
    let threshold = CertaintyThreshold::new(number);
    if threshold.is_none() {
        let (vi, en) = (
            "ngưỡng phải lớn hơn 0, không quá 1 và có tối đa sáu chữ số thập phân",
            "a threshold is above 0, at most 1 and has at most six decimals",
        );
        problems.push(design_problem("design_threshold", &place, vi, en).expected("0 < t ≤ 1").got(number.to_string()));
    }
    threshold
}

pub(super) fn stage_variable(name: &str, levels: &[Level]) -> StageVariable {
    levels
        .iter()
        .position(|level| level.name == name)
        .map_or_else(|| StageVariable::Column(name.to_owned()), StageVariable::Level)
}

/// What a stage may lean on: strata above it, and the level right above it when its units are only counted.
fn check_reach(stage: &Stage, before: Option<usize>, around: &Surroundings<'_>, place: &str, problems: &mut Problems) {
    let counted = around.counted();
    for (position, variable) in stage.strata.iter().enumerate() {
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
        if stage.strata[..position].contains(variable) {
            let (vi, en) = ("một biến phân tầng được nêu hai lần", "a stratification variable is named twice");
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
