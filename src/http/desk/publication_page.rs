//! What the public is to see of a closed round: chosen, looked at as the public would see it, published, taken back.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use estimation::disclosure::DisclosureRules;
use reports::export::data::DataSet;

use super::analyst::Choice as Entry;
use super::frame::{Frame, Room};
use super::public_page::Sheet;
use super::{DoneQuery, PageQuery, refused, see};
use crate::analysis::publication::{Choice, PublishedRound, Released, Spoken};
use crate::app::App;
use crate::http::auth::{Caller, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::estimates::{Questioned, data_of, invalid};
use crate::http::forgery::Posted;
use crate::http::in_store;
use crate::http::results::of_round;
use crate::problem as catalogue;
use crate::publication;
use crate::results::RoundResults;
use crate::store::{Account, PublicationHead, Round, RoundState, StoreError};
use ::problem::{Language, Problems};

/// A publication in the list of all.
struct Line {
    number: i64,
    published: String,
    withdrawn: Option<String>,
}

/// A question that can be chosen.
struct Question {
    name: String,
    label: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "publication.html")]
struct PublicationPage {
    frame: Frame,
    here: String,
    closing: String,
    may_publish: bool,
    is_closed: bool,
    /// The address that the public sees, while it sees something.
    public: Option<String>,
    lines: Vec<Line>,
    forms: Vec<Entry>,
    form: String,
    questions: Vec<Question>,
    by: Vec<Entry>,
    n_min: String,
    n_before: usize,
    chosen: Vec<String>,
    chosen_by: String,
    preview: Option<Sheet>,
}

/// What a form asks to publish.
struct Asked {
    choice: Choice,
    n_min: String,
    is_preview: bool,
}

impl Asked {
    fn of<'a>(field: impl Fn(&str) -> Vec<&'a str>) -> Self {
        let first = |name: &str| field(name).first().map(|text| text.trim().to_owned()).unwrap_or_default();
        let by = first("by");
        Self {
            choice: Choice {
                form: first("questionnaire"),
                questions: field("question").into_iter().map(str::to_owned).collect(),
                by: (!by.is_empty()).then_some(by),
            },
            n_min: first("n_min"),
            is_preview: !field("preview").is_empty(),
        }
    }

    fn rules(&self) -> Result<DisclosureRules, Problems> {
        match self.n_min.as_str() {
            "" => Ok(DisclosureRules::default()),
            text => Ok(DisclosureRules::new(text.parse().unwrap_or(0))?),
        }
    }
}

/// What is public, and the form that chooses what is to be.
#[utoipa::path(get, path = "/rounds/{code}/publication", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    fields: web::Query<Vec<(String, String)>>,
    done: web::Query<DoneQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Publication);
    frame.told = done.told(&[
        ("published", frame.say("Đã công bố.", "Published.")),
        ("withdrawn", frame.say("Đã gỡ xuống: người ngoài không còn thấy gì.", "Taken back: the public sees nothing.")),
    ]);
    let asked =
        Asked::of(|name| fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect());
    page(app, &caller, round, frame, asked).await
}

/// Publishes what was chosen, or takes back what is public.
#[utoipa::path(post, path = "/rounds/{code}/publication", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 303, description = "Done; leads back to the page"),
        (status = 200, description = "The page, saying why not", content_type = "text/html", body = String),
        (status = 403, body = ErrorReply),
    ))]
pub(in crate::http) async fn post(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    posted: Posted,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Publication);
    let mut asked = Asked::of(|name| posted.fields(name).collect());
    let (result, done) = match posted.field("act") {
        "withdraw" => (withdraw(&app, &caller, &round.0).await, "withdrawn"),
        _ => (publish(&app, &caller, &round, &posted, &asked).await, "published"),
    };
    match result {
        Ok(()) => Ok(see(&frame, &format!("/rounds/{}/publication", round.0.code), done)),
        Err(error) if error.status().is_client_error() => {
            frame.told = Some(refused(&error, &frame));
            asked.is_preview = posted.field("act") == "publish";
            page(app, &caller, round, frame, asked).await
        }
        Err(error) => Err(error),
    }
}

async fn withdraw(app: &web::Data<App>, caller: &Caller, round: &Round) -> Result<(), ApiError> {
    let (code, actor) = (round.code.clone(), caller.actor()?);
    let kept = web::block({
        let app = app.clone();
        move || app.store.write(&actor, move |tx| tx.withdraw_publication(&code))
    });
    told(kept.await.map_err(|_cancelled| ApiError::new(catalogue::internal()))?)
}

/// A row that is there already, or gone, is another person's doing.
fn told(kept: Result<(), StoreError>) -> Result<(), ApiError> {
    match kept {
        Err(StoreError::Exists { .. } | StoreError::Missing { .. }) => {
            Err(ApiError::new(catalogue::publication_meanwhile()))
        }
        other => Ok(other?),
    }
}

async fn publish(
    app: &web::Data<App>,
    caller: &Caller,
    round: &ReadableRound,
    posted: &Posted,
    asked: &Asked,
) -> Result<(), ApiError> {
    if posted.field("confirmed") != "yes" {
        return Err(ApiError::new(catalogue::publication_unconfirmed()));
    }
    let n_before: i64 = posted.field("n_before").parse().map_err(|_| ApiError::new(catalogue::request_invalid()))?;
    let (published, released) = Material::of(app, round, asked.choice.form.as_str()).await?.made(app, asked).await?;
    let internal = |error: serde_json::Error| {
        tracing::error!(%error, "a publication could not be written");
        ApiError::new(catalogue::internal())
    };
    let (document, released) =
        (serde_json::to_vec(&published).map_err(internal)?, serde_json::to_vec(&released).map_err(internal)?);
    let (code, actor) = (round.0.code.clone(), caller.actor()?);
    let kept = web::block({
        let app = app.clone();
        move || app.store.write(&actor, move |tx| tx.publish(&code, n_before, &document, &released))
    });
    told(kept.await.map_err(|_cancelled| ApiError::new(catalogue::internal()))?)
}

/// What a publication is made of.
struct Material {
    results: Arc<RoundResults>,
    vi: Questioned,
    en: Arc<Vec<DataSet>>,
    earlier: Vec<Vec<u8>>,
}

impl Material {
    async fn of(app: &web::Data<App>, round: &ReadableRound, form: &str) -> Result<Self, ApiError> {
        let code = round.0.code.clone();
        let results = of_round(app.clone(), round).await?;
        let vi = data_of(app.clone(), &code, Language::Vi).await?;
        let vi = Questioned::choose(vi, Some(form)).map_err(|problem| invalid(problem.into()))?;
        let en = data_of(app.clone(), &code, Language::En).await?;
        let earlier = in_store(app.clone(), move |store| store.read(|snapshot| snapshot.list_released(&code))).await?;
        Ok(Self { results, vi, en, earlier })
    }

    fn english(&self) -> &DataSet {
        let same = self.en.iter().find(|data| data.origin.form_id == self.vi.of().origin.form_id);
        same.unwrap_or_else(|| self.vi.of())
    }

    async fn made(self, app: &web::Data<App>, asked: &Asked) -> Result<(PublishedRound, Released), ApiError> {
        let rules = asked.rules().map_err(invalid)?;
        let mut choice = asked.choice.clone();
        choice.form = self.vi.of().origin.form_id.clone();
        let now = app.store.now().to_string();
        web::block(move || {
            let earlier = publication::earlier(&self.earlier)?;
            publication::document(&self.results, (self.vi.of(), self.english()), &choice, rules, &earlier, &now)
        })
        .await
        .map_err(|_cancelled| ApiError::new(catalogue::internal()))?
        .map_err(invalid)
    }
}

async fn page(
    app: web::Data<App>,
    caller: &Caller,
    round: ReadableRound,
    mut frame: Frame,
    asked: Asked,
) -> Result<HttpResponse, ApiError> {
    let code = round.0.code.clone();
    let (heads, accounts) = in_store(app.clone(), move |store| {
        store.read(|snapshot| Ok::<_, StoreError>((snapshot.list_publications(&code)?, snapshot.list_accounts()?)))
    })
    .await?;
    let is_closed = round.0.state == RoundState::Closed;
    let material = Material::of(&app, &round, &asked.choice.form).await;
    let (mut forms, mut form, mut questions, mut by) = (Vec::new(), String::new(), Vec::new(), Vec::new());
    let mut preview = None;
    match material {
        Ok(material) => {
            let data = Spoken {
                vi: if frame.english { material.english() } else { material.vi.of() },
                en: material.english(),
            };
            form.clone_from(&data.vi.origin.form_id);
            let is_form = |id: &str| id == form;
            forms = material
                .vi
                .forms()
                .map(|(id, title)| Entry { value: id.to_owned(), text: title.to_owned(), is_here: is_form(id) })
                .collect();
            questions = data
                .tabulated()
                .into_iter()
                .map(|(name, label)| Question { is_chosen: asked.choice.questions.contains(&name), name, label })
                .collect();
            by = data
                .groups()
                .into_iter()
                .map(|(name, label)| Entry {
                    is_here: asked.choice.by.as_deref() == Some(name.as_str()),
                    text: label,
                    value: name,
                })
                .collect();
            if asked.is_preview {
                match material.made(&app, &asked).await {
                    Ok((published, _)) => preview = Some(Sheet::new(&frame, &published)),
                    Err(error) if error.status().is_client_error() => {
                        frame.told.get_or_insert(refused(&error, &frame));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Err(error) if error.status().is_client_error() => {
            frame.told.get_or_insert(refused(&error, &frame));
        }
        Err(error) => return Err(error),
    }
    let public = heads.first().is_some_and(|head| head.withdrawn_at.is_none());
    let code = &round.0.code;
    super::html(&PublicationPage {
        here: frame.to(&format!("/rounds/{code}/publication")),
        closing: frame.to(&format!("/rounds/{code}/closing")),
        may_publish: Frame::leads(caller, &round.0),
        is_closed,
        public: public.then(|| frame.to(&format!("/public/{code}"))),
        lines: heads.iter().map(|head| line(&frame, head, &accounts)).collect(),
        forms,
        form,
        questions,
        by,
        n_min: if asked.n_min.is_empty() { DisclosureRules::default().n_min().to_string() } else { asked.n_min },
        n_before: heads.len(),
        chosen: asked.choice.questions,
        chosen_by: asked.choice.by.unwrap_or_default(),
        preview,
        frame,
    })
}

fn line(frame: &Frame, head: &PublicationHead, accounts: &[Account]) -> Line {
    let act = |who: &str, when: &str| {
        let name = accounts.iter().find(|one| one.id == who).map_or(who, |one| one.name.as_str());
        format!("{name}, {}", frame.moment(when))
    };
    Line {
        number: head.publication_no,
        published: act(&head.published_by, &head.published_at),
        withdrawn: head.withdrawn_by.as_deref().zip(head.withdrawn_at.as_deref()).map(|(who, when)| act(who, when)),
    }
}
