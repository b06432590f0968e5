//! The office's templates of sentences: one for all rounds. Only what differs from the program's is kept, so a later program can word the
//! others better.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use reports::document::paper::{SENTENCES, Sentences};

use super::super::frame::{Frame, Told};
use super::super::{DoneQuery, PageQuery, see};
use crate::app::App;
use crate::http::auth::{Caller, EXPORTER_ROLES};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::forgery::Posted;
use crate::http::in_store;
use crate::problem as catalogue;
use crate::report::kept::office_sentences;
use crate::store::ReportSaved;

/// Most signs of a template.
const TEMPLATE_MAX: usize = 1_000;

struct Line {
    name: String,
    vi: String,
    en: String,
    /// Differs from the program's.
    is_own: bool,
}

#[derive(Template)]
#[template(path = "sentences.html")]
struct SentencesPage {
    frame: Frame,
    here: String,
    version_no: i64,
    saved: Option<String>,
    may_edit: bool,
    lines: Vec<Line>,
}

/// The templates that hold.
#[utoipa::path(get, path = "/sentences", tag = "pages", security(("bearer" = []), ("session" = [])),
    responses((status = 200, content_type = "text/html", body = String), (status = 401, body = ErrorReply), (status = 403, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<PageQuery>,
    done: web::Query<DoneQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller);
    frame.told = done.told(&[("saved", frame.say("Đã lưu câu mẫu.", "The templates were saved."))]);
    page(app, &caller, frame, None, StatusCode::OK).await
}

/// Changes templates: those that equal the program's again are the program's.
#[utoipa::path(post, path = "/sentences", tag = "pages", security(("bearer" = []), ("session" = [])),
    responses(
        (status = 303, description = "Saved; leads back to the page"),
        (status = 200, description = "The page, saying what is wrong with which template", content_type = "text/html", body = String),
        (status = 403, body = ErrorReply),
        (status = 409, description = "Somebody else has changed them in the meantime", content_type = "text/html", body = String),
    ))]
pub(in crate::http) async fn post(
    app: web::Data<App>,
    caller: Caller,
    posted: Result<Posted, ApiError>,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    // The templates belong to no round: who works in one only does not change them.
    if !caller.holds_everywhere(EXPORTER_ROLES) {
        return Err(ApiError::new(catalogue::not_allowed()));
    }
    let posted = posted?;
    let mut frame = Frame::new(&request, &query, &caller);
    let actor = caller.actor()?;
    let shipped = Sentences::read(SENTENCES, None).map_err(|problems| internal(&problems))?;
    let seen = posted.field("seen").parse::<i64>().unwrap_or(-1);
    let mut written = String::new();
    let mut lines = Vec::new();
    for (name, [vi, en]) in shipped.iter() {
        let of = |language: &str, usual: &str| -> String {
            let given = posted.fields(&format!("{name}.{language}")).next().unwrap_or(usual).trim();
            let short: String = given.chars().take(TEMPLATE_MAX).collect();
            // An emptied field gives the program's words back.
            if short.is_empty() { usual.to_owned() } else { short.split_whitespace().collect::<Vec<_>>().join(" ") }
        };
        let (own_vi, own_en) = (of("vi", vi), of("en", en));
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        written.push_str(&format!("[{name}]\nvi = {}\nen = {}\n", quoted(&own_vi), quoted(&own_en)));
        lines.push(Line { name: name.to_owned(), is_own: own_vi != vi || own_en != en, vi: own_vi, en: own_en });
    }
    let body = match Sentences::read(&written, Some(&shipped)) {
        Ok(sentences) => sentences.to_toml(Some(&shipped)),
        Err(problems) => {
            frame.told = Some(Told { is_problem: true, text: problems.describe(frame.language()) });
            return page(app, &caller, frame, Some((seen, lines)), StatusCode::OK).await;
        }
    };
    let saved =
        in_store(app.clone(), move |store| store.write(&actor, move |tx| tx.set_sentence_library(seen, &body))).await;
    match saved {
        Ok(ReportSaved::Kept(_)) => Ok(see(&frame, "/sentences", "saved")),
        Ok(ReportSaved::Meanwhile) => meanwhile(app, &caller, frame, (seen, lines)).await,
        Err(error) if error.status() == StatusCode::CONFLICT => meanwhile(app, &caller, frame, (seen, lines)).await,
        Err(error) => Err(error),
    }
}

async fn meanwhile(
    app: web::Data<App>,
    caller: &Caller,
    mut frame: Frame,
    typed: (i64, Vec<Line>),
) -> Result<HttpResponse, ApiError> {
    let text = frame.say(
        "Người khác vừa sửa câu mẫu; thay đổi của bạn chưa được lưu. Mở lại trang để xem bản mới.",
        "Somebody else has changed the templates; yours were not saved. Open the page again to see the new ones.",
    );
    frame.told = Some(Told { is_problem: true, text: text.to_owned() });
    page(app, caller, frame, Some(typed), StatusCode::CONFLICT).await
}

fn internal(problems: &::problem::Problems) -> ApiError {
    tracing::error!(%problems, "the templates of sentences cannot be read");
    ApiError::new(catalogue::internal())
}

/// With `typed`, what somebody wrote stays in the fields.
async fn page(
    app: web::Data<App>,
    caller: &Caller,
    frame: Frame,
    typed: Option<(i64, Vec<Line>)>,
    status: StatusCode,
) -> Result<HttpResponse, ApiError> {
    let (library, accounts) = in_store(app, |store| {
        store.read(|snapshot| Ok((snapshot.find_sentence_library()?, snapshot.list_accounts()?)))
    })
    .await?;
    let shipped = Sentences::read(SENTENCES, None).map_err(|problems| internal(&problems))?;
    let now = office_sentences(library.as_ref().map(|library| library.body.as_str()))
        .map_err(|problems| internal(&problems))?;
    let (version_no, lines) = typed.unwrap_or_else(|| {
        let line = |(name, [vi, en]): (&str, [&str; 2])| {
            let usual =
                [::problem::Language::Vi, ::problem::Language::En].map(|language| shipped.template(name, language));
            Line { name: name.to_owned(), is_own: usual != [Some(vi), Some(en)], vi: vi.to_owned(), en: en.to_owned() }
        };
        (library.as_ref().map_or(0, |library| library.version_no), now.iter().map(line).collect())
    });
    let page = SentencesPage {
        here: frame.to("/sentences"),
        version_no,
        saved: library.map(|library| {
            let name = accounts
                .iter()
                .find(|one| one.id == library.set_by)
                .map_or(library.set_by.clone(), |one| one.name.clone());
            format!(
                "{} {}: {name}, {}",
                frame.say("Bản số", "Version"),
                library.version_no,
                frame.moment(&library.set_at)
            )
        }),
        may_edit: caller.holds_everywhere(EXPORTER_ROLES),
        lines,
        frame,
    };
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        ApiError::new(catalogue::internal())
    })?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(text))
}
