//! One interview: its answers in words, its flags, what was said of it, and the form to say more.

use ::problem::Problems;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde_json::{Map, Value};

use super::frame::{Frame, Room, Told};
use super::interviews_page::state_words;
use super::{DoneQuery, PageQuery, refused, see};
use crate::app::App;
use crate::http::auth::{Caller, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::forgery::Posted;
use crate::http::in_app;
use crate::http::responses::parse_uuid;
use crate::http::reviews::{Said, say};
use crate::problem as catalogue;
use crate::questionnaire::{Question, Questionnaire, Texts};
use crate::results::{answers_of, thaw};
use crate::store::{Round, StoredResponse, Verdict};

struct AnswerLine {
    section: Option<String>,
    name: String,
    question: String,
    answer: Option<String>,
}

struct ReviewLine {
    when: String,
    who: String,
    verdict: &'static str,
    comment: String,
    question: Option<String>,
}

struct FlagLine {
    code: String,
    question: Option<String>,
    detail: String,
}

struct VersionLine {
    number: i64,
    is_conflict: bool,
    received: String,
    sha256: String,
}

#[derive(Template)]
#[template(path = "interview.html")]
struct InterviewPage {
    frame: Frame,
    here: String,
    case_id: String,
    area: String,
    facts: Vec<(String, String)>,
    state: &'static str,
    flags: Vec<FlagLine>,
    versions: Vec<VersionLine>,
    reviews: Vec<ReviewLine>,
    n_seen: usize,
    answers: Vec<AnswerLine>,
    unreadable: bool,
    may_review: bool,
    typed: String,
    next: Option<String>,
}

/// One interview, with what was said of it and the form to say more.
#[utoipa::path(get, path = "/rounds/{code}/interviews/{uuid}", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round"), ("uuid" = String, Path, format = "uuid", description = "The interview")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    path: web::Path<(String, String)>,
    query: web::Query<PageQuery>,
    done: web::Query<DoneQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Interviews);
    frame.told = done.told(&[
        ("approved", frame.say("Đã duyệt phiếu trước.", "The interview before was approved.")),
        ("returned", frame.say("Đã trả lại điều tra viên.", "Returned to the enumerator.")),
        ("rejected", frame.say("Phiếu không được dùng.", "The interview is not used.")),
    ]);
    interview(app, caller, round.0, path.into_inner().1, frame, String::new()).await
}

/// Says something of an interview by form.
#[utoipa::path(post, path = "/rounds/{code}/interviews/{uuid}", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round"), ("uuid" = String, Path, format = "uuid", description = "The interview")),
    responses(
        (status = 303, description = "Kept; leads to the next interview to be reviewed, or back"),
        (status = 400, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
    ))]
pub(in crate::http) async fn post(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    path: web::Path<(String, String)>,
    posted: Posted,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Interviews);
    let uuid = path.into_inner().1;
    let question = Some(posted.field("question")).filter(|name| !name.is_empty()).map(str::to_owned);
    let said = Said {
        uuid: uuid.clone(),
        verdict: posted.field("verdict").to_owned(),
        comment: posted.field("comment").chars().take(1_000).collect(),
        question,
        n_seen: posted.field("n_seen").parse().unwrap_or(-1),
    };
    let (word, typed, next) = (said.verdict.clone(), said.comment.clone(), posted.field("next").to_owned());
    match say(&app, &caller, &round.0, said).await {
        Ok(()) => {
            let to = if next.is_empty() || parse_uuid(&next).is_err() { uuid } else { next };
            Ok(see(&frame, &format!("/rounds/{}/interviews/{to}", round.0.code), &word))
        }
        Err(error) if error.status().is_client_error() => {
            frame.told = Some(refused(&error, &frame));
            interview(app, caller, round.0, uuid, frame, typed).await
        }
        Err(error) => Err(error),
    }
}

async fn interview(
    app: web::Data<App>,
    caller: Caller,
    round: Round,
    uuid: String,
    mut frame: Frame,
    typed: String,
) -> Result<HttpResponse, ApiError> {
    let uuid = parse_uuid(&uuid)?;
    let (code, wanted) = (round.code.clone(), uuid.clone());
    let (happened, versions, case, sheets, accounts) = in_app(app, move |app| {
        let happened = app.memory.happened(&app.store, &code)?;
        app.store.read(|snapshot| {
            let versions = snapshot.list_response_versions(&wanted)?;
            let first = versions.first().filter(|first| first.round_code == code);
            let case = first.map(|first| snapshot.find_case(&code, &first.case_id)).transpose()?.flatten();
            let sheets = match first.and_then(|first| first.questionnaire_sha256.as_ref()) {
                Some(sha256) => snapshot.find_questionnaire_sheets(sha256)?,
                None => None,
            };
            Ok((happened, versions, case, sheets, snapshot.list_accounts()?))
        })
    })
    .await?;
    let happened = happened.ok_or_else(|| ApiError::new(catalogue::round_unknown(&round.code)))?;
    let reviewed = &happened.reviewed;
    let Some(first) = versions.first().filter(|first| first.round_code == round.code) else {
        return Err(ApiError::with_details(catalogue::response_unknown(&uuid), Problems::none()));
    };
    let questionnaire = sheets.as_deref().and_then(|sheets| thaw(sheets).ok()).map(|(questionnaire, _)| questionnaire);
    let answers = answers_of(first);
    let name_of =
        |id: &str| accounts.iter().find(|one| one.id == id).map_or_else(|| id.to_owned(), |one| one.name.clone());
    let verdict = |one: Verdict| match one {
        Verdict::Approved => frame.say("Duyệt", "Approved"),
        Verdict::Returned => frame.say("Trả lại", "Returned"),
        Verdict::Rejected => frame.say("Không dùng", "Rejected"),
    };
    let reviews: Vec<ReviewLine> = reviewed
        .reviews
        .get(&uuid)
        .into_iter()
        .flatten()
        .map(|one| ReviewLine {
            when: frame.moment(&one.reviewed_at),
            who: name_of(&one.reviewed_by),
            verdict: verdict(one.verdict),
            comment: one.comment.clone(),
            question: one.question.clone(),
        })
        .collect();
    let next = reviewed
        .interviews
        .iter()
        .find(|one| one.uuid != uuid && reviewed.waits_for_a_look(one))
        .map(|one| one.uuid.clone());
    let area = case.as_ref().map_or_else(
        || frame.say("ngoài mẫu", "outside the sample").to_owned(),
        |case| super::area_words(&case.area_path),
    );
    if answers.is_none() && frame.told.is_none() {
        frame.told = Some(Told {
            is_problem: true,
            text: frame
                .say(
                    "Không đọc được nội dung phiếu; tệp gốc vẫn được giữ.",
                    "The body cannot be read; the bytes are kept.",
                )
                .to_owned(),
        });
    }
    let page = InterviewPage {
        here: frame.to(&format!("/rounds/{}/interviews/{uuid}", round.code)),
        case_id: first.case_id.clone(),
        area,
        facts: facts(first, &frame),
        state: state_words(reviewed.state(&uuid), &frame),
        flags: first
            .receipt
            .flags
            .iter()
            .map(|flag| FlagLine {
                code: flag.code.clone(),
                question: flag.question.clone(),
                detail: flag.detail.clone(),
            })
            .collect(),
        versions: versions
            .iter()
            .map(|version| VersionLine {
                number: version.receipt.version_no,
                is_conflict: version.receipt.version_no > 1,
                received: frame.moment(&version.receipt.received_at),
                sha256: version.receipt.sha256.clone(),
            })
            .collect(),
        n_seen: reviews.len(),
        reviews,
        unreadable: answers.is_none(),
        answers: answer_lines(questionnaire.as_ref(), &answers.unwrap_or_default(), &frame),
        may_review: Frame::reviews(&caller, &round),
        typed,
        next,
        frame,
    };
    super::html(&page)
}

fn facts(response: &StoredResponse, frame: &Frame) -> Vec<(String, String)> {
    let fact = |vi: &str, en: &str, value: String| (frame.say(vi, en).to_owned(), value);
    vec![
        fact("Kết quả tiếp cận", "Outcome", response.disposition.clone()),
        fact("Bảng hỏi", "Questionnaire", response.form_id.clone()),
        fact("Nhận lúc", "Arrived", frame.moment(&response.receipt.received_at)),
        fact("Mã phiếu", "Interview", response.receipt.uuid.clone()),
    ]
}

/// The answers as the questionnaire words them; without a questionnaire that can be read, as they came.
fn answer_lines(questionnaire: Option<&Questionnaire>, answers: &Map<String, Value>, frame: &Frame) -> Vec<AnswerLine> {
    let Some(questionnaire) = questionnaire else {
        return answers
            .iter()
            .map(|(name, value)| AnswerLine {
                section: None,
                name: name.clone(),
                question: name.clone(),
                answer: Some(plain(value)),
            })
            .collect();
    };
    let mut section = String::new();
    let mut lines = Vec::new();
    for question in questionnaire.questions().iter().filter(|question| question.kind.is_asked()) {
        let sections = questionnaire.sections(question);
        let title =
            sections.iter().map(|group| text(&group.label, questionnaire, frame, &group.name)).collect::<Vec<_>>();
        let title = title.join(" › ");
        let is_new = title != section;
        section.clone_from(&title);
        lines.push(AnswerLine {
            section: (is_new && !title.is_empty()).then_some(title),
            name: question.name.clone(),
            question: text(&question.label, questionnaire, frame, &question.name),
            answer: answers.get(&question.name).and_then(|value| in_words(value, question, questionnaire, frame)),
        });
    }
    lines
}

/// Words in the reader's language, else in the form's own.
fn text(texts: &Texts, questionnaire: &Questionnaire, frame: &Frame, otherwise: &str) -> String {
    let own = frame.say("vi", "en");
    texts.first_of(&[own, questionnaire.default_language()]).unwrap_or(otherwise).to_owned()
}

fn in_words(value: &Value, question: &Question, questionnaire: &Questionnaire, frame: &Frame) -> Option<String> {
    let list = questionnaire.choices(question);
    let word = |code: &str| {
        let choice = list.and_then(|list| list.choice(code));
        choice.map_or_else(|| code.to_owned(), |choice| text(&choice.label, questionnaire, frame, code))
    };
    match value {
        Value::Null => None,
        Value::String(code) if list.is_some() => Some(code.split(' ').map(word).collect::<Vec<_>>().join("; ")),
        Value::Array(codes) if list.is_some() => {
            Some(codes.iter().map(|code| word(code.as_str().unwrap_or_default())).collect::<Vec<_>>().join("; "))
        }
        other => Some(plain(other)),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
