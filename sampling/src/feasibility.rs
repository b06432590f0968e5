//! Whether a design can be drawn from a frame, whatever the seed.

use problem::{Language, Problem, Problems};

use crate::design::{SampleDesign, Stage, WhenShort};
use crate::frame::SamplingFrame;
use crate::group::{Group, Members, Position};

/// Checks every group that could be drawn from, not only those that a seed happens to reach: if small units stopped some
/// draws and not others, people would try seeds until one passes, and small units would never be in a sample.
///
/// # Errors
/// All groups with fewer units than asked (unless the design takes all there), with more certainty units than asked, or
/// whose certainty units fill the sample so that the others have no chance; a restriction to a unit that is not there; a
/// frame that was read for another design.
pub fn feasibility(frame: &SamplingFrame, design: &SampleDesign) -> Result<(), Problems> {
    if !frame.fits(design) {
        return Err(Problem::new(
            "draw_other_frame",
            "khung mẫu được đọc theo các cột của một thiết kế khác",
            "the frame was read with the columns of another design",
        )
        .got(design.name().to_owned())
        .into());
    }
    let inside = frame.inside(design)?;
    let touches = |level: usize, unit: usize| inside.as_ref().is_none_or(|inside| inside[level][unit]);
    let mut problems = Problems::none();
    let mut before: Option<usize> = None;
    for stage in design.stages() {
        let parents: Vec<Option<Position>> = match before {
            None => vec![None],
            Some(level) => {
                let units = (0..frame.levels[level].units.len()).filter(|unit| touches(level, *unit));
                units.map(|unit| Some(Position { level, unit })).collect()
            }
        };
        for parent in parents {
            for group in frame.groups(design, stage, parent) {
                let reached = match &group.members {
                    Members::Listed(units) => units.iter().any(|unit| touches(stage.level, *unit)),
                    Members::Counted(_) => true,
                };
                if reached {
                    problems.extend(check_group(frame, design, stage, parent, &group));
                }
            }
        }
        before = Some(stage.level);
    }
    problems.into_result(())
}

fn check_group(
    frame: &SamplingFrame,
    design: &SampleDesign,
    stage: &Stage,
    parent: Option<Position>,
    group: &Group,
) -> Option<Problem> {
    let population = group.population();
    // Only written out when there is something to tell: a frame has very many groups.
    let told = || {
        let place = |language| describe_group(frame, design, parent, group, language);
        (place(Language::Vi), place(Language::En))
    };
    let unit = &design.level_of(stage).words;
    if population < stage.n {
        if stage.when_short == WhenShort::TakeAll {
            return None;
        }
        let (vi, en) = told();
        let n = stage.n;
        return Some(
            Problem::new(
                "draw_too_few_units",
                format!("{vi} chỉ có {population} {}, cần rút {n}", unit.vi),
                format!("{en} has {population} {}, {n} asked", plural(&unit.en, population)),
            )
            .expected(n.to_string())
            .got(population.to_string())
            .hint(
                "(1) gộp với đơn vị bên cạnh trong khung mẫu; (2) giảm n của giai đoạn trong thiết kế; \
                 (3) ghi when_short = \"take_all\" để lấy hết",
                "(1) merge it with a neighbour in the frame; (2) lower the stage's n in the design; \
                 (3) set when_short = \"take_all\" to take them all",
            ),
        );
    }
    let Members::Listed(units) = &group.members else { return None };
    let flags = frame.flags(stage.level, stage.certainty.as_deref()?);
    let certain = units.iter().filter(|unit| flags[**unit]).count() as u64;
    if certain < stage.n || (certain == stage.n && certain == population) {
        return None;
    }
    let (vi, en) = told();
    let (left, column, n) = (population - certain, stage.certainty.clone().unwrap_or_default(), stage.n);
    let problem = if certain > n {
        Problem::new(
            "draw_too_many_certain",
            format!("{vi} có {certain} {} chắc chắn ({column} = 1), chỉ rút {n}", unit.vi),
            format!("{en} has {certain} certain {} ({column} = 1), only {n} asked", plural(&unit.en, certain)),
        )
    } else {
        Problem::new(
            "draw_units_without_chance",
            format!("{vi}: các {} chắc chắn chiếm hết {n} suất, {left} {} còn lại không có cơ hội", unit.vi, unit.vi),
            format!(
                "{en}: certain units fill all {n} places, the other {left} {} have no chance",
                plural(&unit.en, left)
            ),
        )
    };
    Some(problem.hint("bớt cờ hoặc tăng n", "flag fewer units or raise n"))
}

/// The group in words, such as `thôn Đông (24-213-07201-001)` or `tỉnh 24`.
pub(crate) fn describe_group(
    frame: &SamplingFrame,
    design: &SampleDesign,
    parent: Option<Position>,
    group: &Group,
    language: Language,
) -> String {
    let parent = parent.map(|parent| {
        let word = design.levels()[parent.level].words.in_language(language);
        format!("{word} {} ({})", frame.unit(parent).name, frame.identity(parent))
    });
    let stratum = (!group.stratum.is_empty()).then(|| match language {
        Language::Vi => format!("tầng {}", group.stratum),
        Language::En => format!("stratum {}", group.stratum),
    });
    let words: Vec<String> = parent.into_iter().chain(stratum).collect();
    match (words.is_empty(), language) {
        (true, Language::Vi) => "khung mẫu".to_owned(),
        (true, Language::En) => "the frame".to_owned(),
        (false, _) => words.join(", "),
    }
}

/// A rough English plural, for sentences with numbers.
pub(crate) fn plural(word: &str, count: u64) -> String {
    match word.strip_suffix('y') {
        _ if count == 1 => word.to_owned(),
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{word}s"),
    }
}
