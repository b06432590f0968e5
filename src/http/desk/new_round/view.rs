//! What a draft of a round looks like: the file, the design, what they will be able to say, the sample they make.

use askama::Template;
use sampling::size::Reading;
use sampling::{Role, Sample, SampleDesign, SamplingFrame, presets};

use super::super::analyst::Choice;
use super::super::frame::Frame;
use super::super::questionnaire_page::{ProblemRow, problem_rows};
use super::Kept;
use crate::http::error::ApiError;
use crate::questionnaire::BUILTIN;
use crate::results::CONFIDENCE_LEVEL;
use crate::round_draft::{NeededColumn, Preview, RoundDraft, by_area, list_sha256, methods_for, stages_of};
use ::problem::{Place, Problem, Problems};

/// A stage that can be changed.
struct StageRow {
    words: String,
    /// 0: its number hangs on strata or rules and is not changed here.
    n: u64,
    methods: Vec<Choice>,
    reserves: u64,
    is_last: bool,
}

struct SizeRow {
    column: String,
    total: String,
    smallest: String,
    median: String,
    largest: String,
}

/// What is known of a frame without problems.
struct FrameFacts {
    levels: Vec<(String, String)>,
    sizes: Vec<SizeRow>,
    notes: Vec<String>,
    sha256: String,
}

struct PrecisionRow {
    counted: String,
    n: String,
    df: String,
    half_width: String,
}

struct Drawn {
    n_main: String,
    n_reserve: String,
    areas: Vec<(String, usize, usize)>,
    sha256: String,
    notes: Vec<String>,
}

#[derive(Template)]
#[template(path = "round_draft.html")]
pub(super) struct DraftPage {
    frame: Frame,
    here: String,
    draft: RoundDraft,
    questionnaires: Vec<Choice>,
    designs: Vec<Choice>,
    design_title: String,
    stages: Vec<StageRow>,
    file_name: Option<String>,
    preview: Preview,
    needed: Vec<NeededColumn>,
    facts: Option<FrameFacts>,
    precision: Vec<PrecisionRow>,
    drawn: Option<Drawn>,
    problems: Vec<ProblemRow>,
    n_more_problems: usize,
}

/// The questionnaires of the program, by their titles.
pub(super) fn templates(frame: &Frame, chosen: &[String]) -> Vec<Choice> {
    let language = if frame.english { "en" } else { "vi" };
    BUILTIN
        .iter()
        .map(|instrument| {
            let title = instrument.questionnaire().ok().and_then(|questionnaire| {
                questionnaire.title().first_of(&[language, questionnaire.default_language()]).map(str::to_owned)
            });
            Choice {
                text: title
                    .map_or_else(|| instrument.name.to_owned(), |title| format!("{title} ({})", instrument.name)),
                value: instrument.name.to_owned(),
                is_here: chosen.iter().any(|name| name == instrument.name),
            }
        })
        .collect()
}

pub(super) fn draft_page(found: Kept, frame: Frame) -> Result<DraftPage, ApiError> {
    let Kept { head, draft, file } = found;
    let mut problems = Problems::none();
    let design = draft.design();
    let (mut preview, mut needed, mut facts, mut drawn) = (Preview::default(), Vec::new(), None, None);
    let mut sample = None;
    if let Some(bytes) = &file {
        let name = head.file_name.clone().unwrap_or_default();
        match draft.preview(bytes) {
            Ok(seen) => (preview, needed) = seen,
            Err(told) => problems.extend(told.in_file(&name)),
        }
        for column in needed.iter().filter(|column| column.found.is_none()) {
            problems.push(column_missing(&column.heading).in_file(&name));
        }
        if problems.is_empty() {
            match draft.frame(bytes) {
                Ok(read) => {
                    if !draft.seed.is_empty() {
                        match draft.sample(&read) {
                            Ok(made) => sample = Some(made),
                            Err(told) => problems.extend(told),
                        }
                    }
                    facts = Some(frame_facts(&frame, &read, design.as_ref().ok()));
                }
                Err(told) => problems.extend(told.in_file(&name)),
            }
        }
    }
    if let Err(told) = &design {
        problems.extend(told.clone());
    }
    let precision = draft.outlook(sample.as_ref(), CONFIDENCE_LEVEL);
    if let Some(sample) = &sample {
        drawn = Some(drawn_of(&frame, sample));
    }
    let (problems, n_more_problems) = problem_rows(&frame, &problems);
    let title = design.as_ref().map(|design| frame.words(design.title())).unwrap_or_default();
    Ok(DraftPage {
        here: frame.to(&format!("/new-round/{}", head.draft_id)),
        questionnaires: templates(&frame, &draft.questionnaires),
        designs: designs(&frame, &draft.design),
        design_title: title,
        stages: design.as_ref().map(|design| stage_rows(&frame, design)).unwrap_or_default(),
        file_name: head.file_name,
        preview,
        needed,
        facts,
        precision: precision.map(|rows| precision_rows(&frame, &rows)).unwrap_or_default(),
        drawn,
        problems,
        n_more_problems,
        draft,
        frame,
    })
}

fn column_missing(heading: &str) -> Problem {
    Problem::new(
        "frame_missing_column",
        "tệp chưa có cột mà thiết kế cần",
        "a column that the design needs is not in the file",
    )
    .at(Place::cell(1, heading))
    .hint("chọn cột tương ứng ở bước 2, hoặc thêm cột vào tệp", "choose the column under step 2, or add it to the file")
}

fn designs(frame: &Frame, here: &str) -> Vec<Choice> {
    let entry = |preset: &sampling::Preset| {
        let title = preset.design().map(|design| frame.words(design.title())).unwrap_or_default();
        Choice {
            text: format!("{title} ({})", preset.name),
            value: preset.name.to_owned(),
            is_here: preset.name == here,
        }
    };
    presets().iter().map(entry).collect()
}

fn stage_rows(frame: &Frame, design: &SampleDesign) -> Vec<StageRow> {
    let last = design.stages().len().saturating_sub(1);
    stages_of(design)
        .into_iter()
        .zip(design.stages())
        .enumerate()
        .map(|(at, (choice, stage))| StageRow {
            words: frame.words(&design.level_of(stage).words),
            n: choice.n,
            methods: methods_for(stage.size.is_some())
                .into_iter()
                .map(|method| Choice {
                    text: method_words(frame, method.name()),
                    value: method.name().to_owned(),
                    is_here: method.name() == choice.method,
                })
                .collect(),
            reserves: choice.reserves,
            is_last: at == last,
        })
        .collect()
}

/// The usual methods have words; the others go by their names.
fn method_words(frame: &Frame, name: &str) -> String {
    match name {
        "simple_random" => frame.say("ngẫu nhiên đơn giản", "simple random").to_owned(),
        "systematic" => frame.say("hệ thống", "systematic").to_owned(),
        "pps_systematic" => frame
            .say("hệ thống, xác suất tỷ lệ với quy mô (PPS)", "systematic, probability proportional to size")
            .to_owned(),
        other => other.to_owned(),
    }
}

fn frame_facts(frame: &Frame, read: &SamplingFrame, design: Option<&SampleDesign>) -> FrameFacts {
    let words = |level: &str| {
        let known = design.and_then(|design| design.levels().iter().find(|one| one.name == level));
        known.map_or_else(|| level.to_owned(), |level| frame.words(&level.words))
    };
    let counts = read.counts();
    let lowest = counts.last().map(|(level, _)| *level).unwrap_or_default();
    let size = |(column, total): (&str, u64)| {
        let mut sizes = read.units(lowest).iter().map(|_| 0).collect::<Vec<u64>>();
        if let Some(known) = read.sizes_of(lowest, column) {
            sizes = known.to_vec();
        }
        sizes.sort_unstable();
        let at = |place: usize| sizes.get(place).map_or_else(|| "–".to_owned(), |size| number(frame, *size));
        SizeRow {
            column: column.to_owned(),
            total: number(frame, total),
            smallest: at(0),
            median: at(sizes.len() / 2),
            largest: at(sizes.len().saturating_sub(1)),
        }
    };
    FrameFacts {
        levels: counts.iter().map(|(level, n)| (words(level), frame.whole(*n))).collect(),
        sizes: read.totals().into_iter().map(size).collect(),
        notes: read.notes().iter().map(|note| frame.words(note)).collect(),
        sha256: read.sha256().to_owned(),
    }
}

fn number(frame: &Frame, n: u64) -> String {
    frame.whole(usize::try_from(n).unwrap_or(usize::MAX))
}

fn precision_rows(frame: &Frame, rows: &[sampling::size::OutlookRow]) -> Vec<PrecisionRow> {
    let counted = |reading: &Reading| match reading {
        Reading::SimpleRandom => frame.say("như chọn từng người", "as if people were drawn one by one").to_owned(),
        Reading::Clusters { words, .. } => format!("{} {}", frame.say("cụm là", "clusters:"), frame.words(words)),
        Reading::DefaultAnalysis => {
            frame.say("như chương trình sẽ phân tích", "as the program will analyse").to_owned()
        }
        Reading::OneFirstStageUnit { words, .. } => format!("{} {}", frame.say("riêng một", "one"), frame.words(words)),
        Reading::Alternative { clusters, interviews, .. } => format!("{clusters} × {interviews}"),
    };
    rows.iter()
        .map(|row| PrecisionRow {
            counted: counted(&row.reading),
            n: number(frame, row.n),
            df: number(frame, row.degrees_of_freedom),
            half_width: row.interval.as_ref().map_or_else(
                || frame.say("không có khoảng", "no interval").to_owned(),
                |interval| format!("± {}", frame.number(Some(100.0 * interval.half_width), 1)),
            ),
        })
        .collect()
}

fn drawn_of(frame: &Frame, sample: &Sample) -> Drawn {
    Drawn {
        n_main: frame.whole(sample.units_of(Role::Main).count()),
        n_reserve: frame.whole(sample.units_of(Role::Reserve).count()),
        areas: by_area(sample),
        sha256: list_sha256(sample),
        notes: sample.notes.iter().map(|note| frame.words(note)).collect(),
    }
}
