//! What analysts ask of a round's answers: a distribution, a cross table, a comparison of groups.

use std::sync::Arc;

use ::problem::{Language, Problem, Problems};
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse, web};
use reports::export::data::DataSet;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::ReadableRound;
use super::error::{ApiError, ErrorReply};
use super::results::language_of;
use crate::analysis::inquiry::{Ask, Finding, to_csv};
use crate::analysis::microdata::Rows;
use crate::app::App;
use crate::export::{Wanted, stem};
use crate::problem as catalogue;
use crate::results::{CONFIDENCE_LEVEL, ResultsError};

/// What is asked: `question` (with `by`), or `row` and `col`, or `question`, `groups` and, for an answer, `value`.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
pub(super) struct EstimatesQuery {
    /// Form id; may be left out where the round has one questionnaire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) questionnaire: Option<String>,
    /// The question, by its name in the export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) question: Option<String>,
    /// The variable that makes groups: each group has its own distribution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<String>,
    /// Of a cross table: down the side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) row: Option<String>,
    /// Of a cross table: across the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) col: Option<String>,
    /// The variable whose groups are compared with each other, pair by pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) groups: Option<String>,
    /// The answer whose share is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    /// `vi` or `en`; else by `Accept-Language`.
    #[serde(skip_serializing)]
    pub(super) lang: Option<String>,
}

/// What stands in a field: a form sends empty ones for what was left open.
fn full(field: &Option<String>) -> Option<String> {
    field.clone().filter(|text| !text.is_empty())
}

impl EstimatesQuery {
    /// What is asked; `None` while nothing is.
    pub(super) fn ask(&self) -> Option<Ask> {
        Ask::of(|name| match name {
            "question" => full(&self.question),
            "by" => full(&self.by),
            "row" => full(&self.row),
            "col" => full(&self.col),
            "groups" => full(&self.groups),
            "value" => full(&self.value),
            _ => None,
        })
    }

    /// The same address for the same question, whatever a form sent along.
    pub(super) fn text(&self) -> String {
        let kept = Self {
            questionnaire: full(&self.questionnaire),
            question: full(&self.question),
            by: full(&self.by),
            row: full(&self.row),
            col: full(&self.col),
            groups: full(&self.groups),
            value: full(&self.value),
            lang: None,
        };
        serde_urlencoded::to_string(kept).unwrap_or_default()
    }
}

/// Estimates with the requests that made them.
#[derive(Serialize, ToSchema)]
struct EstimatesReply {
    /// Code of the round.
    round: String,
    /// The questionnaire.
    form_id: String,
    /// First eight hexadecimal digits of `data_sha256`: while they stay, so do the numbers.
    input: String,
    /// SHA-256 of the data that went in: that of the export with `rows=worked`.
    data_sha256: String,
    /// Confidence level of the intervals.
    confidence_level: f64,
    /// What was asked, the request documents with their answers, the same in R.
    finding: serde_json::Value,
}

/// Weighted estimates of a question, a cross table, or a comparison of groups, with the request documents that
/// `khaosat estimate` takes and the same in R. Estimates on fewer than 30 answers are hidden.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/estimates.json", tag = "results", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round"), EstimatesQuery),
    responses(
        (status = 200, body = EstimatesReply),
        (status = 400, description = "No such question, or it cannot be asked in this way", body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn estimates_json(
    app: web::Data<App>,
    round: ReadableRound,
    query: web::Query<EstimatesQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (data, finding) = found(app, &round, &query, &request).await?;
    let finding = serde_json::to_value(&finding).map_err(|error| {
        tracing::error!(%error, "estimates could not be written");
        ApiError::new(catalogue::internal())
    })?;
    Ok(HttpResponse::Ok().json(EstimatesReply {
        round: round.0.code.clone(),
        form_id: data.of().origin.form_id.clone(),
        input: data.input().to_owned(),
        data_sha256: data.of().sha256().to_owned(),
        confidence_level: CONFIDENCE_LEVEL,
        finding,
    }))
}

/// The same as CSV, one estimate a line.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/estimates.csv", tag = "results", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round"), EstimatesQuery),
    responses(
        (status = 200, content_type = "text/csv", body = String),
        (status = 400, description = "No such question, or it cannot be asked in this way", body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn estimates_csv(
    app: web::Data<App>,
    round: ReadableRound,
    query: web::Query<EstimatesQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (data, finding) = found(app, &round, &query, &request).await?;
    let text = to_csv(&finding, data.of(), CONFIDENCE_LEVEL).map_err(ApiError::new)?;
    let name = format!("attachment; filename=\"{}_estimates_{}.csv\"", stem(data.of()), data.input());
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").insert_header((CONTENT_DISPOSITION, name)).body(text))
}

async fn found(
    app: web::Data<App>,
    round: &ReadableRound,
    query: &EstimatesQuery,
    request: &HttpRequest,
) -> Result<(Questioned, Finding), ApiError> {
    let language = language_of(request, query.lang.as_deref());
    let ask = query.ask().ok_or_else(|| invalid(nothing_asked().into()))?;
    let all = data_of(app, &round.0.code, language).await?;
    let data = Questioned::choose(all, query.questionnaire.as_deref()).map_err(|problem| invalid(problem.into()))?;
    answered(data, ask).await
}

/// Asks the data, away from the threads that serve.
pub(super) async fn answered(data: Questioned, ask: Ask) -> Result<(Questioned, Finding), ApiError> {
    web::block(move || {
        let finding = ask.put(data.of(), &format!("{}.csv", stem(data.of())))?;
        Ok((data, finding))
    })
    .await
    .map_err(|_cancelled| ApiError::new(catalogue::internal()))?
    .map_err(invalid)
}

/// The data of a round, one set a questionnaire: every worked case, nothing that can tell a person.
pub(super) async fn data_of(
    app: web::Data<App>,
    code: &str,
    language: Language,
) -> Result<Arc<Vec<DataSet>>, ApiError> {
    let code = code.to_owned();
    web::block(move || {
        let wanted = Wanted { rows: Rows::Worked, in_english: language == Language::En, ..Wanted::default() };
        match app.feeds.data_sets(&app.store, &code, &wanted) {
            Ok(Some(all)) => Ok(all),
            Ok(None) => Err(ApiError::new(catalogue::round_unknown(&code))),
            Err(ResultsError::Store(error)) => Err(error.into()),
            Err(ResultsError::Data(problems)) => {
                tracing::error!(%problems, "what is kept of a round cannot be asked");
                Err(ApiError::new(catalogue::internal()))
            }
        }
    })
    .await
    .map_err(|_cancelled| ApiError::new(catalogue::internal()))?
}

/// One questionnaire's data out of those of a round.
#[derive(Clone)]
pub(super) struct Questioned {
    all: Arc<Vec<DataSet>>,
    chosen: usize,
}

impl Questioned {
    /// The data of a questionnaire; without a name, of the first.
    pub(super) fn choose(all: Arc<Vec<DataSet>>, form: Option<&str>) -> Result<Self, Problem> {
        let form = form.filter(|form| !form.is_empty());
        let chosen = all.iter().position(|data| form.is_none_or(|form| data.origin.form_id == form));
        match chosen {
            Some(chosen) => Ok(Self { all, chosen }),
            None => {
                let names: Vec<&str> = all.iter().map(|data| data.origin.form_id.as_str()).collect();
                Err(Problem::new(
                    "export_form",
                    "đợt khảo sát không có bảng hỏi này",
                    "the round has no such questionnaire",
                )
                .expected(names.join(", "))
                .got(form.unwrap_or_default()))
            }
        }
    }

    pub(super) fn of(&self) -> &DataSet {
        &self.all[self.chosen]
    }

    /// The form ids and titles of all questionnaires of the round.
    pub(super) fn forms(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all.iter().map(|data| (data.origin.form_id.as_str(), data.origin.form_title.as_str()))
    }

    /// First eight digits of the hash of what went in.
    pub(super) fn input(&self) -> &str {
        self.of().sha256().get(..8).unwrap_or_default()
    }
}

fn nothing_asked() -> Problem {
    Problem::new("inquiry_nothing", "chưa nêu câu hỏi nào", "no question is named")
        .expected("question | question & groups | row & col")
}

pub(super) fn invalid(problems: Problems) -> ApiError {
    ApiError::with_details(catalogue::request_invalid(), problems)
}
