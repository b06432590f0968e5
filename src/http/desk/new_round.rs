//! A new round in the browser, step by step: name and questionnaire, frame, design, draw. Nothing is in the field before the last step,
//! and what is confirmed there never changes.

mod view;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::analyst::Choice;
use super::frame::Frame;
use super::questionnaire_page::draft_id;
use super::{DoneQuery, PageQuery, refused, see};
use crate::app::App;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, ErrorReply};
use crate::http::estimates::invalid;
use crate::http::forgery::Posted;
use crate::http::in_store;
use crate::problem as catalogue;
use crate::round_draft::{RoundDraft, StageChoice, list_sha256, usual_design};
use crate::rounds;
use crate::store::{DraftHead, DraftKind, StoreError};
use view::{draft_page, templates};

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
