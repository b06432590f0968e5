//! Weights that meet margins, step by step on one form: margins, nonresponse, how they are met, a look at what it does, a version.
//! Nothing is kept before the last step; the form carries all of it, so the page needs neither a draft nor scripts.

use actix_web::{HttpRequest, HttpResponse, web};
use estimation::weighting::Distance;
use problem::{Place, Problem, Problems};
use serde::Deserialize;

use super::super::frame::{Frame, Room};
use super::super::{DoneQuery, PageQuery, html, refused, see};
use super::margins_view::{CellForm, Form, MarginForm, page};
use crate::analysis::calibration::{CellTotal, MarginRule, MarginUnit, Missing, Recipe, margins_of_table, number};
use crate::app::App;
use crate::http::auth::{Caller, EXPORTER_ROLES, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::estimates::invalid;
use crate::http::forgery::Posted;
use crate::http::weight_versions::{done, failed, kept};
use crate::imports::Table;
use crate::problem as catalogue;
use crate::weights::{Ground, Preview, choose, ground, save};

/// Empty rows for the cells of a number.
const RANGES_OFFERED: usize = 6;

/// What the page is asked.
#[derive(Default, Deserialize)]
pub(in crate::http) struct MarginsQuery {
    /// Form id; the first, if absent.
    questionnaire: Option<String>,
}

/// Weights of a round that meet margins.
#[utoipa::path(get, path = "/rounds/{code}/weights/margins", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    asked: web::Query<MarginsQuery>,
    told: web::Query<DoneQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Weights);
    frame.told = told.told(&[
        (
            "kept",
            frame.say(
                "Đã lưu thành bản. Kết quả chỉ dùng bản này khi được chọn ở dưới.",
                "Kept as a version. Results use it only when it is chosen below.",
            ),
        ),
        (
            "chosen",
            frame.say(
                "Đã chọn. Trang kết quả, biểu đồ, tệp xuất và báo cáo dùng bản này từ bây giờ.",
                "Chosen. Results, figures, exports and reports use it from now on.",
            ),
        ),
    ]);
    let form = Form { questionnaire: asked.into_inner().questionnaire.unwrap_or_default(), ..Form::default() };
    answer(&app, &caller, &round, frame, form, Ok(None)).await
}

/// Adds margins to the form, looks at what it does, keeps it as a version, chooses a version.
#[utoipa::path(post, path = "/rounds/{code}/weights/margins", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 303, description = "Kept or chosen; leads back to the page"),
        (status = 200, description = "The form with what was added, the preview, or why not", content_type = "text/html", body = String),
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
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Weights);
    let mut form = Form::of(&posted);
    let (code, here) = (round.0.code.clone(), format!("/rounds/{}/weights/margins", round.0.code));
    let act = posted.field("act").to_owned();
    if act == "choose" {
        let (actor, shared) = (caller.actor()?, app.clone());
        let (version, reason) = (posted.field("version").to_owned(), posted.field("reason").to_owned());
        let questionnaire = form.questionnaire.clone();
        let chosen = done(move || {
            let version = match version.as_str() {
                "design" => None,
                number => Some(number.parse().map_err(|_odd| ApiError::new(catalogue::request_invalid()))?),
            };
            let form = Some(questionnaire.as_str()).filter(|form| !form.is_empty());
            choose((&shared.store, &shared.results), &actor, &code, form, version, &reason).map_err(failed)
        });
        return match chosen.await {
            Ok(_) => Ok(see(&frame, &with_form(&here, &form), "chosen")),
            Err(error) if error.status().is_client_error() => {
                frame.told = Some(refused(&error, &frame));
                answer(&app, &caller, &round, frame, form, Ok(None)).await
            }
            Err(error) => Err(error),
        };
    }
    let (shared, actor) = (app.clone(), caller.actor()?);
    let outcome = done(move || {
        let found = act_on(&shared, &actor, &code, &act, &posted, &mut form);
        Ok((form, found))
    });
    let (form, found) = outcome.await?;
    match found {
        Ok(Done::Kept) => Ok(see(&frame, &with_form(&here, &form), "kept")),
        Ok(Done::Changed) => answer(&app, &caller, &round, frame, form, Ok(None)).await,
        Ok(Done::Seen(preview)) => answer(&app, &caller, &round, frame, form, Ok(Some(*preview))).await,
        Err(Refused::Problems(problems)) => answer(&app, &caller, &round, frame, form, Err(problems)).await,
        Err(Refused::Other(error)) => Err(error),
    }
}

fn with_form(here: &str, form: &Form) -> String {
    let asked = serde_urlencoded::to_string([("questionnaire", &form.questionnaire)]).unwrap_or_default();
    format!("{here}?{asked}")
}

enum Done {
    /// The form has changed.
    Changed,
    /// What it would do.
    Seen(Box<Preview>),
    /// It is a version now.
    Kept,
}

enum Refused {
    Problems(Problems),
    Other(ApiError),
}

impl From<Problems> for Refused {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problems(problem.into())
    }
}

impl From<crate::results::ResultsError> for Refused {
    fn from(error: crate::results::ResultsError) -> Self {
        match error {
            crate::results::ResultsError::Store(error) => Self::Other(error.into()),
            crate::results::ResultsError::Data(problems) => Self::Problems(problems),
        }
    }
}

fn act_on(app: &App, actor: &str, code: &str, act: &str, posted: &Posted, form: &mut Form) -> Result<Done, Refused> {
    let questionnaire = Some(form.questionnaire.clone()).filter(|one| !one.is_empty());
    let unknown = || Refused::Other(ApiError::new(catalogue::round_unknown(code)));
    let found =
        || ground(&app.store, &app.results, code, questionnaire.as_deref()).map_err(Refused::from)?.ok_or_else(unknown);
    match act.split_once(':').unwrap_or((act, "")) {
        ("add", _) => {
            let ground = found()?;
            add(&ground, form, posted.field("add"))?;
            Ok(Done::Changed)
        }
        ("drop", place) => {
            let place: usize = place.parse().unwrap_or(usize::MAX);
            if place < form.margins.len() {
                form.margins.remove(place);
            }
            Ok(Done::Changed)
        }
        ("row", place) => {
            let place: usize = place.parse().unwrap_or(usize::MAX);
            if let Some(margin) = form.margins.get_mut(place) {
                margin.cells.push(CellForm::default());
            }
            Ok(Done::Changed)
        }
        ("file", _) => {
            let pasted = posted.field("pasted");
            let table = match posted.file("file") {
                Some(file) => Table::read(&file.name, &file.bytes, None)?,
                None if !pasted.trim().is_empty() => Table::read("csv", pasted.replace('\t', ";").as_bytes(), None)?,
                None => {
                    return Err(Problem::new(
                        "margin_file",
                        "chưa chọn tệp và chưa dán bảng nào",
                        "no file was chosen and no table pasted",
                    )
                    .into());
                }
            };
            let margins = margins_of_table(&table, posted.field("source").trim())?;
            form.put(margins);
            form.pasted.clear();
            Ok(Done::Changed)
        }
        ("frame", _) => {
            let file = posted.file("frame").ok_or_else(crate::rounds::no_file)?;
            let margin = found()?.frame_margin(&file.bytes, posted.field("level"))?;
            form.put(vec![margin]);
            Ok(Done::Changed)
        }
        ("preview", _) => Ok(Done::Seen(Box::new(found()?.preview(&form.recipe()?, "")?))),
        ("keep", _) => {
            let recipe = form.recipe()?;
            let of = (questionnaire.as_deref(), form.name.as_str());
            let seen = Some(posted.field("seen")).filter(|seen| !seen.is_empty());
            save((&app.store, &app.results), actor, code, of, &recipe, seen)?.ok_or_else(unknown)?;
            Ok(Done::Kept)
        }
        _ => Err(Refused::Other(ApiError::new(catalogue::request_invalid()))),
    }
}

/// Puts the rows of a variable into the form, to be filled in.
fn add(ground: &Ground, form: &mut Form, name: &str) -> Result<(), Problems> {
    let variables = ground.variables();
    let Some(variable) = variables.iter().find(|one| one.name == name) else {
        return Err(Problem::new("margin_variable", "hãy chọn một biến", "choose a variable").got(name).into());
    };
    let blank = |category: &str| CellForm { category: category.to_owned(), total: String::new() };
    let cells = match variable.is_number {
        true => vec![CellForm::default(); RANGES_OFFERED],
        // What nobody in the sample answered cannot be met: it is offered all the same, to be joined with a neighbour.
        false => variable.values.iter().map(|(code, _)| blank(code)).collect(),
    };
    form.margins.push(MarginForm {
        variable: name.to_owned(),
        unit: MarginUnit::Persons,
        source: String::new(),
        cells,
    });
    Ok(())
}

impl Form {
    /// The form as it was sent.
    fn of(posted: &Posted) -> Self {
        let text = |name: &str| posted.field(name).trim().to_owned();
        let mut margins = Vec::new();
        for (place, variable) in posted.fields("variable").enumerate() {
            let field = |name: &str| format!("m{place}_{name}");
            let (category, total) = (field("category"), field("total"));
            let cells = posted.fields(&category).zip(posted.fields(&total));
            margins.push(MarginForm {
                variable: variable.trim().to_owned(),
                unit: unit(posted.field(&field("unit"))),
                source: text(&field("source")),
                cells: cells
                    .map(|(category, total)| CellForm {
                        category: category.trim().to_owned(),
                        total: total.trim().to_owned(),
                    })
                    .collect(),
            });
        }
        Self {
            questionnaire: text("questionnaire"),
            margins,
            cells: text("cells"),
            method: text("method"),
            lower: text("lower"),
            upper: text("upper"),
            trim: text("trim"),
            missing: text("missing"),
            pasted: posted.field("pasted").to_owned(),
            name: text("name"),
        }
    }

    /// Puts margins into the form, in the place of those of the same variables.
    fn put(&mut self, margins: Vec<MarginRule>) {
        for margin in margins {
            let cells = margin
                .totals
                .iter()
                .map(|cell| CellForm { category: cell.category.clone(), total: written(cell.total) });
            let made = MarginForm {
                variable: margin.variable.clone(),
                unit: margin.unit,
                source: margin.source,
                cells: cells.collect(),
            };
            match self.margins.iter_mut().find(|known| known.variable == margin.variable) {
                Some(known) => *known = made,
                None => self.margins.push(made),
            }
        }
    }

    /// The recipe that the form describes.
    fn recipe(&self) -> Result<Recipe, Problems> {
        let mut problems = Problems::none();
        let mut read = |text: &str, place: &str| {
            let value = number(text);
            if value.is_none() {
                problems.push(
                    Problem::new(
                        "margin_number",
                        "không đọc được số này",
                        "this is no number that can be read for sure",
                    )
                    .at(Place::column(place))
                    .expected("1234567, 1.234.567, 12,5")
                    .got(text),
                );
            }
            value.unwrap_or_default()
        };
        let mut margins = Vec::new();
        for margin in &self.margins {
            // A row without anything in it is no row; one without a total is told.
            let filled = margin.cells.iter().filter(|cell| !cell.category.is_empty() || !cell.total.is_empty());
            let totals = filled
                .map(|cell| CellTotal {
                    category: cell.category.clone(),
                    total: read(&cell.total, &format!("{} = {}", margin.variable, cell.category)),
                })
                .collect();
            margins.push(MarginRule {
                variable: margin.variable.clone(),
                unit: margin.unit,
                source: margin.source.clone(),
                totals,
            });
        }
        let trim = (!self.trim.is_empty()).then(|| read(&self.trim, "trim"));
        let bounds = (!self.lower.is_empty() || !self.upper.is_empty())
            .then(|| [read(&self.lower, "lower"), read(&self.upper, "upper")]);
        let recipe = Recipe {
            cells: Some(self.cells.clone()).filter(|cells| !cells.is_empty()),
            trim,
            distance: match self.method.as_str() {
                "linear" => Distance::Linear,
                "logit" => Distance::Logit,
                _ => Distance::Raking,
            },
            bounds,
            missing: if self.missing == "share" { Missing::Share } else { Missing::Refuse },
            margins,
        };
        problems.into_result(())?;
        recipe.check()?;
        Ok(recipe)
    }
}

fn unit(text: &str) -> MarginUnit {
    MarginUnit::ALL.into_iter().find(|unit| unit.name() == text).unwrap_or_default()
}

/// A number that is read back as it was.
fn written(value: f64) -> String {
    let text = value.to_string();
    match text.split_once('.') {
        // Three digits behind the mark could be thousands.
        Some((_, part)) if part.len() == 3 => format!("{text}0").replace('.', ","),
        _ => text.replace('.', ","),
    }
}

async fn answer(
    app: &web::Data<App>,
    caller: &Caller,
    round: &ReadableRound,
    frame: Frame,
    form: Form,
    seen: Result<Option<Preview>, Problems>,
) -> Result<HttpResponse, ApiError> {
    let kept = kept(app.clone(), &round.0.code).await?;
    let may_change = caller.holds(EXPORTER_ROLES, &round.0.code);
    let (shared, code) = (app.clone(), round.0.code.clone());
    let accounts = super::super::in_store(app.clone(), |store| store.read(|snapshot| snapshot.list_accounts())).await?;
    let page = done(move || {
        let asked = Some(form.questionnaire.clone()).filter(|one| !one.is_empty());
        let ground = match ground(&shared.store, &shared.results, &code, asked.as_deref()) {
            Ok(Some(ground)) => Ok(ground),
            Ok(None) => return Err(ApiError::new(catalogue::round_unknown(&code))),
            Err(crate::results::ResultsError::Store(error)) => return Err(error.into()),
            Err(crate::results::ResultsError::Data(problems)) if asked.is_some() => return Err(invalid(problems)),
            Err(crate::results::ResultsError::Data(problems)) => Err(problems),
        };
        Ok(page(frame, &code, may_change, form, ground, seen, &kept, &accounts))
    });
    html(&page.await?)
}
