//! The questionnaires of a round: versions, a file handed in, checked, kept as a draft, and published for good.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::{Deserialize, Serialize};

use super::frame::{Frame, Room};
use super::{DoneQuery, PageQuery, refused, see};
use crate::app::App;
use crate::http::auth::{Caller, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::estimates::invalid;
use crate::http::forgery::Posted;
use crate::http::in_store;
use crate::problem as catalogue;
use crate::questionnaire::{BUILTIN, Questionnaire};
use crate::questionnaire_draft::{CheckedSheets, HandedFile, check, kinds, of_program, read};
use crate::rounds::{Sheets, ask};
use crate::secret::Secret;
use crate::store::{DraftHead, DraftKind, QuestionnaireVersionHead, StoreError};
use ::problem::{Problem, Problems};

/// So many problems are listed; the rest is counted.
const PROBLEMS_SHOWN: usize = 200;
/// So many questions are shown of a draft.
const QUESTIONS_SHOWN: usize = 400;

/// A problem as a row of a table.
pub(super) struct ProblemRow {
    pub(super) place: [String; 3],
    pub(super) message: String,
}

/// Problems as rows, and how many are left out.
pub(super) fn problem_rows(frame: &Frame, problems: &Problems) -> (Vec<ProblemRow>, usize) {
    let rows = problems.iter().take(PROBLEMS_SHOWN).map(|problem| {
        let place = problem.place.clone().unwrap_or_default();
        let sheet = [place.file, place.sheet].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let mut plain = problem.clone();
        plain.place = None;
        ProblemRow {
            place: [sheet, place.row.map(|row| row.to_string()).unwrap_or_default(), place.column.unwrap_or_default()],
            message: plain.describe(frame.language()),
        }
    });
    (rows.collect(), problems.len().saturating_sub(PROBLEMS_SHOWN))
}

struct VersionLine {
    title: String,
    form_id: String,
    version: String,
    sha256: String,
    published: String,
}

struct QuestionLine {
    name: String,
    kind: &'static str,
    label: String,
    choices: String,
    when: String,
}

struct Draft {
    id: String,
    title: String,
    form_id: String,
    version: String,
    who: String,
    when: String,
    kinds: Vec<String>,
    has_index: bool,
    /// The version it would be is there already.
    is_taken: bool,
    questions: Vec<QuestionLine>,
    n_more: usize,
}

#[derive(Template)]
#[template(path = "questionnaire.html")]
struct QuestionnairePage {
    frame: Frame,
    here: String,
    may_publish: bool,
    versions: Vec<VersionLine>,
    templates: Vec<&'static str>,
    drafts: Vec<Draft>,
    problems: Vec<ProblemRow>,
    n_more_problems: usize,
}

/// What a draft of a questionnaire remembers.
#[derive(Serialize, Deserialize)]
struct Kept {
    sheets: Sheets,
}

/// The questionnaires of a round, and drafts of new versions.
#[utoipa::path(get, path = "/rounds/{code}/questionnaire", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    done: web::Query<DoneQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Questionnaire);
    frame.told = done.told(&[
        (
            "checked",
            frame.say("Tệp không có lỗi; đã lưu thành bản nháp.", "The file has no problems; it is kept as a draft."),
        ),
        (
            "published",
            frame.say(
                "Đã phát hành. Phiên bản này không sửa được nữa.",
                "Published. This version cannot change any more.",
            ),
        ),
        ("dropped", frame.say("Đã bỏ bản nháp.", "The draft was thrown away.")),
    ]);
    page(app, &caller, round, frame, Problems::none()).await
}

/// Hands in a file, publishes a draft or throws it away.
#[utoipa::path(post, path = "/rounds/{code}/questionnaire", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 303, description = "Done; leads back to the page"),
        (status = 200, description = "The page, with everything that is wrong", content_type = "text/html", body = String),
        (status = 403, body = ErrorReply), (status = 413, body = ErrorReply),
    ))]
pub(in crate::http) async fn post(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    posted: Posted,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Questionnaire);
    let here = format!("/rounds/{}/questionnaire", round.0.code);
    let (result, done) = match posted.field("act") {
        "publish" => (publish(&app, &caller, &round, &posted).await, "published"),
        "drop" => (drop_draft(&app, &caller, &round, posted.field("draft")).await, "dropped"),
        _ => (hand_in(&app, &caller, &round, &posted).await, "checked"),
    };
    match result {
        Ok(()) => Ok(see(&frame, &here, done)),
        Err(Refused::Sheets(problems)) => page(app, &caller, round, frame, problems).await,
        Err(Refused::Act(error)) if error.status().is_client_error() => {
            frame.told = Some(refused(&error, &frame));
            page(app, &caller, round, frame, Problems::none()).await
        }
        Err(Refused::Act(error)) => Err(error),
    }
}

/// Why nothing was done.
enum Refused {
    /// What is wrong with the sheets.
    Sheets(Problems),
    /// Anything else.
    Act(ApiError),
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self::Act(error)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    web::block(work).await.map_err(|_cancelled| ApiError::new(catalogue::internal()))
}

async fn hand_in(app: &web::Data<App>, caller: &Caller, round: &ReadableRound, posted: &Posted) -> Result<(), Refused> {
    let template = posted.field("template").to_owned();
    let files: Vec<_> = posted.all_files().cloned().collect();
    if template.is_empty() && files.is_empty() {
        return Err(invalid(nothing().into()).into());
    }
    let checked = blocking(move || {
        if files.is_empty() {
            return of_program(&template);
        }
        let files: Vec<HandedFile<'_>> =
            files.iter().map(|file| HandedFile { name: &file.name, bytes: &file.bytes }).collect();
        read(&files)
    })
    .await?
    .map_err(Refused::Sheets)?;
    let internal = |_error| Refused::from(ApiError::new(catalogue::internal()));
    let kept = serde_json::to_string(&Kept { sheets: checked.sheets }).map_err(internal)?;
    let id = draft_id()?;
    let (code, actor, app) = (round.0.code.clone(), caller.actor()?, app.clone());
    let stored = blocking(move || {
        app.store.write(&actor, move |tx| tx.create_draft(&id, DraftKind::Questionnaire, Some(&code), &kept, None))
    });
    match stored.await? {
        Err(StoreError::Exists { .. }) => Err(ApiError::new(catalogue::drafts_full()).into()),
        other => Ok(other.map_err(ApiError::from)?),
    }
}

/// A name that nobody guesses.
pub(super) fn draft_id() -> Result<String, ApiError> {
    let secret = Secret::generate().map_err(|error| {
        tracing::error!(?error, "no randomness");
        ApiError::new(catalogue::internal())
    })?;
    Ok(secret.sha256().chars().take(32).collect())
}

async fn sheets_of(app: &web::Data<App>, round: &ReadableRound, id: &str) -> Result<Sheets, ApiError> {
    let (id, code) = (id.to_owned(), round.0.code.clone());
    let found =
        in_store(app.clone(), move |store| store.read(|snapshot| snapshot.find_draft(&id, DraftKind::Questionnaire)));
    let draft = found.await?.filter(|draft| draft.round_code.as_deref() == Some(code.as_str()));
    let kept = draft.and_then(|draft| serde_json::from_str::<Kept>(&draft.settings).ok());
    kept.map(|kept| kept.sheets).ok_or_else(|| ApiError::new(catalogue::draft_unknown()))
}

async fn publish(app: &web::Data<App>, caller: &Caller, round: &ReadableRound, posted: &Posted) -> Result<(), Refused> {
    if posted.field("confirmed") != "yes" {
        return Err(ApiError::new(catalogue::publication_unconfirmed()).into());
    }
    let id = posted.field("draft").to_owned();
    let sheets = sheets_of(app, round, &id).await?;
    let (code, actor, app) = (round.0.code.clone(), caller.actor()?, app.clone());
    blocking(move || {
        ask(&app.store, &actor, &code, &[sheets])?;
        app.store.write(&actor, move |tx| tx.drop_draft(&id)).map_err(Problems::from)
    })
    .await?
    .map_err(Refused::Sheets)
}

async fn drop_draft(app: &web::Data<App>, caller: &Caller, round: &ReadableRound, id: &str) -> Result<(), Refused> {
    sheets_of(app, round, id).await?;
    let (id, actor, app) = (id.to_owned(), caller.actor()?, app.clone());
    Ok(blocking(move || app.store.write(&actor, move |tx| tx.drop_draft(&id))).await?.map_err(ApiError::from)?)
}

async fn page(
    app: web::Data<App>,
    caller: &Caller,
    round: ReadableRound,
    frame: Frame,
    problems: Problems,
) -> Result<HttpResponse, ApiError> {
    let code = round.0.code.clone();
    let (heads, drafts, accounts) = in_store(app, move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((
                snapshot.list_round_questionnaires(&code)?,
                snapshot.list_drafts(DraftKind::Questionnaire)?,
                snapshot.list_accounts()?,
            ))
        })
    })
    .await?;
    let names: BTreeMap<&str, &str> =
        accounts.iter().map(|account| (account.id.as_str(), account.name.as_str())).collect();
    let may_publish = Frame::leads(caller, &round.0);
    let own = drafts.iter().filter(|draft| may_publish && draft.round_code.as_deref() == Some(round.0.code.as_str()));
    let drafts = own.filter_map(|draft| draft_of(&frame, draft, &heads, &names)).collect();
    let (problems, n_more_problems) = problem_rows(&frame, &problems);
    super::html(&QuestionnairePage {
        here: frame.to(&format!("/rounds/{}/questionnaire", round.0.code)),
        may_publish,
        versions: heads
            .iter()
            .map(|head| VersionLine {
                title: head.title.clone(),
                form_id: head.form_id.clone(),
                version: head.version.clone(),
                sha256: head.sha256.chars().take(12).collect(),
                published: frame.moment(&head.published_at),
            })
            .collect(),
        templates: BUILTIN.iter().map(|instrument| instrument.name).collect(),
        drafts,
        problems,
        n_more_problems,
        frame,
    })
}

/// A draft in words; a draft that a newer program cannot read any more is not shown.
fn draft_of(
    frame: &Frame,
    draft: &DraftHead,
    heads: &[QuestionnaireVersionHead],
    names: &BTreeMap<&str, &str>,
) -> Option<Draft> {
    let kept: Kept = serde_json::from_str(&draft.settings).ok()?;
    let has_index = kept.sheets.contains_key(crate::rounds::INDEX);
    let CheckedSheets { questionnaire, .. } = check(kept.sheets).ok()?;
    let (form_id, version) = (questionnaire.id().to_owned(), questionnaire.version().to_owned());
    let lines = question_lines(frame, &questionnaire);
    Some(Draft {
        id: draft.draft_id.clone(),
        title: questionnaire
            .title()
            .first_of(&[language(frame), questionnaire.default_language()])
            .unwrap_or(&form_id)
            .to_owned(),
        who: names.get(draft.made_by.as_str()).map_or_else(|| draft.made_by.clone(), |name| (*name).to_owned()),
        when: frame.moment(&draft.changed_at),
        kinds: kinds(&questionnaire).into_iter().map(|(kind, n)| format!("{kind} {n}")).collect(),
        has_index,
        is_taken: heads.iter().any(|head| head.form_id == form_id && head.version == version),
        n_more: lines.len().saturating_sub(QUESTIONS_SHOWN),
        questions: lines.into_iter().take(QUESTIONS_SHOWN).collect(),
        form_id,
        version,
    })
}

fn language(frame: &Frame) -> &'static str {
    if frame.english { "en" } else { "vi" }
}

fn question_lines(frame: &Frame, questionnaire: &Questionnaire) -> Vec<QuestionLine> {
    let spoken = [language(frame), questionnaire.default_language()];
    let asked = questionnaire.questions().iter();
    asked
        .map(|question| {
            let choices = questionnaire.choices(question).map(|list| list.choices.as_slice()).unwrap_or_default();
            let label = |texts: &crate::questionnaire::Texts| texts.first_of(&spoken).unwrap_or_default().to_owned();
            QuestionLine {
                name: question.name.clone(),
                kind: question.kind.name(),
                label: label(&question.label),
                choices: choices
                    .iter()
                    .map(|choice| format!("{} {}", choice.name, label(&choice.label)))
                    .collect::<Vec<_>>()
                    .join(" · "),
                when: question.relevant.as_ref().map(|formula| formula.text().to_owned()).unwrap_or_default(),
            }
        })
        .collect()
}

fn nothing() -> Problem {
    Problem::new("questionnaire_nothing", "chưa chọn tệp hoặc mẫu nào", "neither a file nor a template is chosen")
        .expected((
            "một tệp XLSForm (.xlsx), hoặc survey.csv, choices.csv và settings.csv",
            "an XLSForm (.xlsx), or survey.csv, choices.csv and settings.csv",
        ))
}
