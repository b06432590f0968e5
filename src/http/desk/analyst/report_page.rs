//! The report of an index: its outline as blocks that are moved, left out, written and added; its sentences, edited and accepted; what to look
//! at before it leaves; the paper itself. Every button is a form, so nothing needs a script.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use reports::document::paper::{DraftAct, Outline, OutlineBlock, html as page_of};
use reports::vietnamese::nfc;
use serde::Deserialize;

use super::super::frame::{Frame, Room, Told};
use super::super::{DoneQuery, PageQuery};
use super::report_view::ReportView;
use crate::app::App;
use crate::http::auth::{Caller, EXPORTER_ROLES, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::exports::blocking;
use crate::http::forgery::Posted;
use crate::problem as catalogue;
use crate::report::kept::{House, Report};
use crate::report::{ENDINGS, rendering};

/// Most signs of what a form sends in one field, before the draft's own limits: a text and some.
const FIELD_MAX: usize = 40_000;
/// The page with the paper in a frame: nothing but its own styles.
const FRAMED: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";
/// The page around it, which may frame what is ours.
const FRAMING: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
     frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Which report.
#[derive(Default, Deserialize)]
pub(in crate::http) struct ReportQuery {
    /// The questionnaire whose index it is about; without it, the first with an index.
    index: Option<String>,
    /// Present: the paper as far as it can be made, to be looked at; of the page, in a frame on it.
    preview: Option<String>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    frame: Frame,
    here: String,
    /// The report as its forms name it.
    index: String,
    /// Address, name and whether it is this one.
    forms: Vec<(String, String, bool)>,
    may_edit: bool,
    /// Why there is none.
    unavailable: Option<String>,
    /// What somebody wrote that was not kept.
    yours: Option<String>,
    /// The paper stands in a frame on the page.
    is_framed: bool,
    view: Option<ReportView>,
}

const DONE: [(&str, &str, &str); 4] = [
    ("saved", "Đã lưu.", "Saved."),
    ("accepted", "Đã ghi nhận.", "Noted."),
    ("added", "Đã thêm vào báo cáo.", "Added to the report."),
    ("renewed", "Đã lấy số liệu hiện tại.", "The present data were taken."),
];

/// The report of a round's index.
#[utoipa::path(get, path = "/rounds/{code}/report", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    asked: web::Query<ReportQuery>,
    done: web::Query<DoneQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Report);
    let known = DONE.map(|(name, vi, en)| (name, frame.say(vi, en)));
    frame.told = done.told(&known);
    let ReportQuery { index, preview } = asked.into_inner();
    let index = index.filter(|index| !index.is_empty());
    page(app, &caller, &round, frame, (index, preview.is_some()), None, StatusCode::OK).await
}

/// Changes the report: one act a form.
#[utoipa::path(post, path = "/rounds/{code}/report", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 303, description = "Done; leads back to the page"),
        (status = 200, description = "The page, saying why not", content_type = "text/html", body = String),
        (status = 403, body = ErrorReply),
        (status = 409, description = "Somebody else has changed it in the meantime: the page, with what was not saved", content_type = "text/html", body = String),
    ))]
pub(in crate::http) async fn post(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    posted: Posted,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Report);
    // A table that comes from another page belongs to the report of its questionnaire.
    let query: Vec<(String, String)> = serde_urlencoded::from_str(posted.field("query")).unwrap_or_default();
    let cited = query.into_iter().find(|(name, _)| name == "questionnaire").map(|(_, form)| form);
    let index = Some(posted.field("index").to_owned()).filter(|index| !index.is_empty()).or(cited);
    let index = index.filter(|index| !index.is_empty());
    let actor = caller.actor()?;
    let (code, language) = (round.0.code.clone(), frame.language());
    let wish = Wish::read(&posted);
    let typed = posted.fields("text").next().map(|text| text.chars().take(FIELD_MAX).collect::<String>());
    let anchor = posted.field("block").parse::<u32>().ok().map_or_else(String::new, |id| format!("#b{id}"));
    let shared = app.clone();
    let form = index.clone();
    let done = blocking(move || {
        let house = house(&shared);
        let of = (code.as_str(), form.as_deref());
        let made = match wish {
            Wish::Change { act, name, seen } => house.act(&actor, of, seen, &act, &name).map(|_| ()),
            Wish::Say { keys, is_accepted } => house.say(&actor, of, &keys, is_accepted, language),
            Wish::Nothing => Err(catalogue::request_invalid().into()),
        };
        made.map_err(failed)
    })
    .await;
    match done {
        Ok(()) => {
            let what = match posted.field("act") {
                "accept" | "withdraw" => "accepted",
                "cite" | "add" => "added",
                "renew" => "renewed",
                _ => "saved",
            };
            let pairs = [("index", index.unwrap_or_default()), ("done", what.to_owned())];
            let asked = serde_urlencoded::to_string(pairs).unwrap_or_default();
            let to = frame.to(&format!("/rounds/{}/report?{asked}", round.0.code));
            Ok(HttpResponse::SeeOther().insert_header((LOCATION, format!("{to}{anchor}"))).finish())
        }
        Err(error) if error.status().is_client_error() => {
            let status = if error.status() == StatusCode::CONFLICT { StatusCode::CONFLICT } else { StatusCode::OK };
            frame.told = Some(Told { is_problem: true, text: error.words(language) });
            page(app, &caller, &round, frame, (index, false), typed, status).await
        }
        Err(error) => Err(error),
    }
}

/// The paper as a file: `paper.docx`, `paper.pdf`, `paper.xlsx`, `paper.html`. A download is logged.
#[utoipa::path(get, path = "/rounds/{code}/report/{file}", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(
        ("code" = String, Path, description = "Code of the round"),
        ("file" = String, Path, description = "paper.docx, paper.pdf, paper.xlsx or paper.html"),
    ),
    responses(
        (status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, body = ErrorReply),
        (status = 409, description = "The report has faults, or there are no scores yet; the details say which", body = ErrorReply),
    ))]
pub(in crate::http) async fn file(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    path: web::Path<(String, String)>,
    query: web::Query<PageQuery>,
    asked: web::Query<ReportQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let wanted = path.into_inner().1;
    let ending = wanted.strip_prefix("paper.").and_then(|ending| ENDINGS.iter().find(|known| **known == ending));
    let ending = *ending.ok_or_else(|| ApiError::new(catalogue::route_unknown()))?;
    let language = Frame::new(&request, &query, &caller).language();
    let ReportQuery { index, preview } = asked.into_inner();
    let index = index.filter(|index| !index.is_empty());
    let (code, actor) = (round.0.code.clone(), caller.actor()?);
    let is_preview = preview.is_some() && ending == "html";
    let (bytes, stem) = blocking(move || {
        let report = house(&app).report(&code, index.as_deref(), language).map_err(unavailable)?;
        let paper = &report.assembled.paper;
        if is_preview {
            return Ok((page_of(paper).map_err(failed)?.into_bytes(), report.stem));
        }
        let problems = report.problems();
        if !problems.is_empty() {
            return Err(ApiError::with_details(catalogue::report_incomplete(), problems));
        }
        let made = rendering(paper, ending).map_err(incomplete)?;
        let detail = format!(
            "questionnaire={} version={} format={ending} draft={} watermark={}",
            report.form_id,
            report.version_no,
            paper.is_draft(),
            !paper.watermark.is_empty()
        );
        app.store.write(&actor, move |tx| tx.log_paper(&code, &detail))?;
        Ok((made, report.stem))
    })
    .await?;
    let mut reply = HttpResponse::Ok();
    reply.content_type(match ending {
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pdf" => "application/pdf",
        _ => "text/html; charset=utf-8",
    });
    if is_preview {
        reply.insert_header((CONTENT_SECURITY_POLICY, FRAMED));
    } else {
        reply.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{stem}.{ending}\"")));
    }
    Ok(reply.body(bytes))
}

fn house(app: &App) -> House<'_> {
    House { store: &app.store, results: &app.results, feeds: &app.feeds }
}

/// A single problem with a status of its own is told as it is; others make the request a wrong one.
fn failed(problems: ::problem::Problems) -> ApiError {
    match problems.0.first() {
        Some(first) if catalogue::status(first.code) != 500 || problems.0.is_empty() => ApiError::new(first.clone()),
        _ => ApiError::with_details(catalogue::request_invalid(), problems),
    }
}

fn incomplete(problems: ::problem::Problems) -> ApiError {
    ApiError::with_details(catalogue::report_incomplete(), problems)
}

/// No scores yet is no fault of who asks.
fn unavailable(problems: ::problem::Problems) -> ApiError {
    match problems.0.first() {
        Some(first) if catalogue::status(first.code) != 500 => ApiError::new(first.clone()),
        _ => ApiError::with_details(catalogue::report_unavailable(), problems),
    }
}

/// What a form wants.
enum Wish {
    Change { act: DraftAct, name: String, seen: Option<i64> },
    Say { keys: Vec<String>, is_accepted: bool },
    Nothing,
}

impl Wish {
    fn read(posted: &Posted) -> Self {
        let name = posted.field("act");
        let seen = Some(posted.field("seen").parse().unwrap_or(-1));
        let change = |act: DraftAct| Self::Change { act, name: name.to_owned(), seen };
        let text = || nfc(posted.field("text")).chars().take(FIELD_MAX).collect::<String>();
        let block = posted.field("block").parse::<u32>().ok();
        match (name, block) {
            ("up", Some(id)) => change(DraftAct::Up(id)),
            ("down", Some(id)) => change(DraftAct::Down(id)),
            ("leave_out", Some(id)) => change(DraftAct::LeaveOut(id)),
            ("restore", Some(id)) => change(DraftAct::Restore(id)),
            ("remove", Some(id)) => change(DraftAct::Remove(id)),
            ("write", Some(id)) => change(DraftAct::Write(id, text())),
            ("renew", Some(id)) => change(DraftAct::Renew(id, posted.field("input").chars().take(80).collect())),
            ("edit", _) => change(DraftAct::Edit(posted.field("slot").to_owned(), text())),
            ("reset", _) => change(DraftAct::Edit(posted.field("slot").to_owned(), String::new())),
            ("head", _) => change(DraftAct::Head(Box::new(head(posted)))),
            ("add", _) => match added(posted) {
                Some(added) => change(DraftAct::Add(added, posted.field("behind").parse().ok())),
                None => Self::Nothing,
            },
            ("cite", _) => {
                let short = |name: &str| posted.field(name).chars().take(1_000).collect::<String>();
                let cited = OutlineBlock::Cited { page: short("page"), query: short("query"), input: short("input") };
                // It comes from another page, which knows no version: an addition overwrites nothing.
                Self::Change { act: DraftAct::Add(cited, None), name: name.to_owned(), seen: None }
            }
            ("accept" | "withdraw", _) => Self::Say {
                keys: posted.fields("key").take(500).map(str::to_owned).collect(),
                is_accepted: name == "accept",
            },
            _ => Self::Nothing,
        }
    }
}

/// A new block by its kind and, for what the numbers give, its name.
fn added(posted: &Posted) -> Option<OutlineBlock> {
    let text = || nfc(posted.field("text"));
    let (kind, id) = posted.field("kind").split_once(':').unwrap_or((posted.field("kind"), ""));
    Some(match kind {
        "heading" => {
            OutlineBlock::Heading { level: posted.field("level").parse().unwrap_or(1_u8).clamp(1, 3), text: text() }
        }
        "text" => OutlineBlock::Text { text: text() },
        "prompt" => OutlineBlock::Prompt { text: text(), answer: String::new() },
        "appendix" => OutlineBlock::Appendix { number: posted.field("number").chars().take(8).collect(), text: text() },
        "method" => OutlineBlock::Method {},
        "sentences" => OutlineBlock::Sentences { id: id.to_owned() },
        "figure" => OutlineBlock::Figure { id: id.to_owned() },
        "table" => OutlineBlock::Table { id: id.to_owned() },
        _ => return None,
    })
}

fn head(posted: &Posted) -> Outline {
    let line = |name: &str| nfc(posted.field(name).trim());
    Outline {
        parent: line("parent"),
        body: line("body"),
        symbol: line("symbol"),
        place: line("place"),
        title: line("title"),
        subject: line("subject"),
        recipients: nfc(posted.field("recipients"))
            .lines()
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect(),
        signer: line("signer"),
        one_page: false,
        blocks: Vec::new(),
    }
}

async fn page(
    app: web::Data<App>,
    caller: &Caller,
    round: &ReadableRound,
    frame: Frame,
    (index, is_framed): (Option<String>, bool),
    yours: Option<String>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let (code, language) = (round.0.code.clone(), frame.language());
    let wanted = index.clone();
    let found = blocking(move || {
        let house = house(&app);
        let results = house.results_of(&code).map_err(failed)?;
        let forms: Vec<(String, String)> = results
            .indexes
            .iter()
            .map(|one| (one.questionnaire.id().to_owned(), one.definition.name().in_language(language).to_owned()))
            .collect();
        let report: Result<Report, ApiError> = house.report(&code, wanted.as_deref(), language).map_err(unavailable);
        Ok((forms, report))
    })
    .await?;
    let (known, report) = found;
    let may_edit = caller.holds(EXPORTER_ROLES, &round.0.code);
    let (mut unavailable, mut view) = (None, None);
    match &report {
        Ok(report) => view = Some(ReportView::new(report, &frame, &round.0.code)),
        Err(error) if error.status().is_client_error() && error.status() != StatusCode::NOT_FOUND => {
            unavailable = Some(error.words(language));
        }
        // A round without any index has no report yet; one that was asked for by name and is not there is not found.
        Err(error) if known.is_empty() => unavailable = Some(error.words(language)),
        Err(_) => {}
    }
    let report = match report {
        Ok(report) => Some(report),
        Err(error) if unavailable.is_none() => return Err(error),
        Err(_) => None,
    };
    let here_form = report.map(|report| report.form_id).or(index).unwrap_or_default();
    let form = |(form, name): (String, String)| {
        let asked = serde_urlencoded::to_string([("index", &form)]).unwrap_or_default();
        (frame.to(&format!("/rounds/{}/report?{asked}", round.0.code)), name, form == here_form)
    };
    let forms: Vec<(String, String, bool)> = known.into_iter().map(form).collect();
    let page = ReportPage {
        here: frame.to(&format!("/rounds/{}/report", round.0.code)),
        forms: if forms.len() > 1 { forms } else { Vec::new() },
        index: here_form,
        may_edit,
        unavailable,
        yours,
        is_framed,
        view,
        frame,
    };
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        ApiError::new(catalogue::internal())
    })?;
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, FRAMING))
        .body(text))
}
