//! A new round in the browser, step by step: name and questionnaire, frame, design, draw. Nothing is in the field before the last step,
//! and what is confirmed there never changes.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::analyst::Choice;
use super::frame::Frame;
use super::questionnaire_page::{ProblemRow, draft_id, problem_rows};
use super::{DoneQuery, PageQuery, refused, see};
use crate::app::App;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, ErrorReply};
use crate::http::estimates::invalid;
use crate::http::forgery::Posted;
use crate::http::in_store;
use crate::problem as catalogue;
use crate::questionnaire::BUILTIN;
use crate::results::CONFIDENCE_LEVEL;
use crate::round_draft::{
    NeededColumn, Preview, RoundDraft, StageChoice, by_area, list_sha256, methods_for, stages_of, usual_design,
};
use crate::rounds;
use crate::store::{DraftHead, DraftKind, StoreError};
use ::problem::{Place, Problem, Problems};
use sampling::size::Reading;
use sampling::{Role, Sample, SampleDesign, SamplingFrame, presets};

struct DraftLine {
    href: String,
    name: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "new_round.html")]
struct NewRoundPage {
    frame: Frame,
    here: String,
    code: String,
    name: String,
    templates: Vec<Choice>,
    drafts: Vec<DraftLine>,
}

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
struct DraftPage {
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

/// Where a round begins: a template, and drafts that were begun.
#[utoipa::path(get, path = "/new-round", tag = "pages", security(("bearer" = []), ("session" = [])),
    responses((status = 200, content_type = "text/html", body = String), (status = 403, body = ErrorReply)))]
pub(in crate::http) async fn begin(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<PageQuery>,
    done: web::Query<DoneQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller);
    frame.told = done.told(&[("dropped", frame.say("Đã bỏ bản nháp.", "The draft was thrown away."))]);
    beginning(app, frame, "", "").await
}

/// Begins a draft.
#[utoipa::path(post, path = "/new-round", tag = "pages", security(("bearer" = []), ("session" = [])),
    responses(
        (status = 303, description = "Begun; leads to the draft"),
        (status = 200, description = "The page, saying why not", content_type = "text/html", body = String),
        (status = 403, body = ErrorReply),
    ))]
pub(in crate::http) async fn make(
    app: web::Data<App>,
    caller: Caller,
    posted: Posted,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller);
    let template = posted.field("template").to_owned();
    let draft = RoundDraft {
        code: posted.field("code").trim().to_owned(),
        name: posted.field("name").trim().to_owned(),
        design: usual_design(&template).to_owned(),
        questionnaires: vec![template],
        ..RoundDraft::default()
    };
    let id = draft_id()?;
    let settings = settings(&draft)?;
    let (actor, shared, new, code) = (caller.actor()?, app.clone(), id.clone(), draft.code.clone());
    let kept = web::block(move || {
        if let Some(problem) = rounds::name_problems(&draft.code, &draft.name) {
            return Err(invalid(problem));
        }
        let taken = shared.store.read(|snapshot| snapshot.find_round(&code))?;
        if taken.is_some() {
            return Err(ApiError::new(catalogue::round_code_taken(&code)));
        }
        match shared.store.write(&actor, move |tx| tx.create_draft(&new, DraftKind::Round, None, &settings, None)) {
            Err(StoreError::Exists { .. }) => Err(ApiError::new(catalogue::drafts_full())),
            other => Ok(other?),
        }
    });
    match kept.await.map_err(|_cancelled| ApiError::new(catalogue::internal()))? {
        Ok(()) => Ok(see(&frame, &format!("/new-round/{id}"), "begun")),
        Err(error) if error.status().is_client_error() => {
            frame.told = Some(refused(&error, &frame));
            beginning(app, frame, posted.field("code"), posted.field("name")).await
        }
        Err(error) => Err(error),
    }
}

async fn beginning(app: web::Data<App>, frame: Frame, code: &str, name: &str) -> Result<HttpResponse, ApiError> {
    let drafts = in_store(app, move |store| store.read(|snapshot| snapshot.list_drafts(DraftKind::Round))).await?;
    let line = |head: &DraftHead| {
        let draft: RoundDraft = serde_json::from_str(&head.settings).ok()?;
        Some(DraftLine {
            href: frame.to(&format!("/new-round/{}", head.draft_id)),
            name: draft.name,
            detail: format!("{} · {}", draft.code, frame.moment(&head.changed_at)),
        })
    };
    super::html(&NewRoundPage {
        here: frame.to("/new-round"),
        code: code.to_owned(),
        name: name.to_owned(),
        templates: templates(&frame, &[]),
        drafts: drafts.iter().filter_map(line).collect(),
        frame,
    })
}

/// The questionnaires of the program, by their titles.
fn templates(frame: &Frame, chosen: &[String]) -> Vec<Choice> {
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

fn settings(draft: &RoundDraft) -> Result<String, ApiError> {
    serde_json::to_string(draft).map_err(|error| {
        tracing::error!(%error, "a draft could not be written");
        ApiError::new(catalogue::internal())
    })
}

/// A draft and its file.
struct Kept {
    head: DraftHead,
    draft: RoundDraft,
    file: Option<Vec<u8>>,
}

async fn kept(app: &web::Data<App>, id: &str) -> Result<Kept, ApiError> {
    let unknown = || ApiError::new(catalogue::draft_unknown());
    let id = id.to_owned();
    if id.len() != 32 || id.contains('\0') {
        return Err(unknown());
    }
    let (head, file) = in_store(app.clone(), move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((snapshot.find_draft(&id, DraftKind::Round)?, snapshot.find_draft_file(&id)?))
        })
    })
    .await?;
    let head = head.ok_or_else(unknown)?;
    let draft = serde_json::from_str(&head.settings).map_err(|_| unknown())?;
    Ok(Kept { head, draft, file })
}

/// A round that is being put together.
#[utoipa::path(get, path = "/new-round/{draft}", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("draft" = String, Path, description = "Name of the draft")),
    responses((status = 200, content_type = "text/html", body = String), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    query: web::Query<PageQuery>,
    done: web::Query<DoneQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller);
    frame.told = done.told(&[
        ("begun", frame.say("Đã tạo bản nháp. Bước tiếp theo: khung mẫu.", "The draft is there. Next: the frame.")),
        ("kept", frame.say("Đã lưu.", "Kept.")),
    ]);
    page(kept(&app, &path).await?, frame).await
}

/// Changes a draft, throws it away, or makes the round of it.
#[utoipa::path(post, path = "/new-round/{draft}", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("draft" = String, Path, description = "Name of the draft")),
    responses(
        (status = 303, description = "Done; leads on"),
        (status = 200, description = "The page, saying why not", content_type = "text/html", body = String),
        (status = 403, body = ErrorReply), (status = 404, body = ErrorReply), (status = 413, body = ErrorReply),
    ))]
pub(in crate::http) async fn change(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    posted: Posted,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller);
    let mut found = kept(&app, &path).await?;
    let (id, actor) = (found.head.draft_id.clone(), caller.actor()?);
    let act = posted.field("act").to_owned();
    let result = match act.as_str() {
        "drop" => {
            let shared = app.clone();
            let gone = web::block(move || shared.store.write(&actor, move |tx| tx.drop_draft(&id)));
            gone.await.map_err(|_cancelled| ApiError::new(catalogue::internal()))??;
            return Ok(see(&frame, "/new-round", "dropped"));
        }
        "confirm" => match confirm(&app, actor.clone(), &found, &posted).await {
            Ok(code) => return Ok(see(&frame, &format!("/rounds/{code}/design"), "made")),
            Err(error) => Err(error),
        },
        _ => change_of(&mut found.draft, &act, &posted).map(|()| posted.file("frame").cloned()),
    };
    match result {
        Ok(file) => {
            let (settings, shared) = (settings(&found.draft)?, app.clone());
            let kept = web::block(move || {
                shared.store.write(&actor, move |tx| {
                    let file = file.as_ref().map(|file| (file.name.as_str(), file.bytes.as_slice()));
                    tx.change_draft(&id, &settings, file)
                })?;
                Ok::<_, ApiError>(())
            });
            kept.await.map_err(|_cancelled| ApiError::new(catalogue::internal()))??;
            Ok(see(&frame, &format!("/new-round/{}", found.head.draft_id), "kept"))
        }
        Err(error) if error.status().is_client_error() => {
            frame.told = Some(refused(&error, &frame));
            page(found, frame).await
        }
        Err(error) => Err(error),
    }
}

/// What a form changes.
fn change_of(draft: &mut RoundDraft, act: &str, posted: &Posted) -> Result<(), ApiError> {
    match act {
        "basics" => {
            draft.code = posted.field("code").trim().to_owned();
            draft.name = posted.field("name").trim().to_owned();
            draft.questionnaires = posted.fields("questionnaire").map(str::to_owned).collect();
            rounds::name_problems(&draft.code, &draft.name).map_or(Ok(()), |problems| Err(invalid(problems)))
        }
        "frame" => {
            draft.sheet = posted.field("sheet").trim().to_owned();
            if posted.file("frame").is_none() && posted.field("columns") != "yes" {
                return Err(invalid(rounds::no_file().into()));
            }
            // Another file has other headings.
            draft.columns.clear();
            for (heading, column) in posted.fields("heading").zip(posted.fields("column")) {
                if !column.is_empty() && column != heading {
                    draft.columns.insert(heading.to_owned(), column.to_owned());
                }
            }
            Ok(())
        }
        "design" => {
            let design = posted.field("design").to_owned();
            let is_other = design != draft.design;
            draft.design = design;
            posted.field("deff").trim().clone_into(&mut draft.deff);
            draft.stages = if is_other { Vec::new() } else { stages(posted) };
            draft.design().map(|_| ()).map_err(invalid)
        }
        "seed" => {
            posted.field("seed").trim().clone_into(&mut draft.seed);
            Ok(())
        }
        _ => Err(ApiError::new(catalogue::request_invalid())),
    }
}

fn stages(posted: &Posted) -> Vec<StageChoice> {
    let number = |text: &str| text.trim().parse().unwrap_or(0);
    let fields = posted.fields("n").zip(posted.fields("method")).zip(posted.fields("reserves"));
    fields
        .map(|((n, method), reserves)| StageChoice {
            n: number(n),
            method: method.to_owned(),
            reserves: number(reserves),
        })
        .collect()
}

/// Makes the round, if the sample is the one that was looked at; gives its code.
async fn confirm(app: &web::Data<App>, actor: String, found: &Kept, posted: &Posted) -> Result<String, ApiError> {
    if posted.field("confirmed") != "yes" {
        return Err(ApiError::new(catalogue::publication_unconfirmed()));
    }
    let (draft, seen, id) = (found.draft.clone(), posted.field("list_sha256").to_owned(), found.head.draft_id.clone());
    let file = found.file.clone().ok_or_else(|| invalid(rounds::no_file().into()))?;
    let app = app.clone();
    web::block(move || {
        let frame = draft.frame(&file).map_err(invalid)?;
        let sample = draft.sample(&frame).map_err(invalid)?;
        if list_sha256(&sample) != seen {
            return Err(ApiError::new(catalogue::publication_meanwhile()));
        }
        let round = draft.round(&sample).map_err(invalid)?;
        if app.store.read(|snapshot| snapshot.find_round(&round.code))?.is_some() {
            return Err(ApiError::new(catalogue::round_code_taken(&round.code)));
        }
        rounds::create(&app.store, &actor, &round).map_err(invalid)?;
        app.store.write(&actor, move |tx| tx.drop_draft(&id))?;
        Ok(round.code)
    })
    .await
    .map_err(|_cancelled| ApiError::new(catalogue::internal()))?
}

async fn page(found: Kept, frame: Frame) -> Result<HttpResponse, ApiError> {
    let page = web::block(move || draft_page(found, frame));
    super::html(&page.await.map_err(|_cancelled| ApiError::new(catalogue::internal()))??)
}

fn draft_page(found: Kept, frame: Frame) -> Result<DraftPage, ApiError> {
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
