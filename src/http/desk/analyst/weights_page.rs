//! Weights and quality: how the weights came about, what they cost, how many answered, which questions did not get answers.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::frame::{Frame, Room};
use super::super::{PageQuery, html};
use super::{Elsewhere, Permanent, Place, base, data_file, design_in_r, limits, share};
use crate::app::App;
use crate::http::auth::{Caller, EXPORTER_ROLES, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::estimates::data_of;
use crate::http::weights::{IndexWeights, ItemNonresponse, of};

/// So many questions with the most missing answers are shown; all are in the API.
const QUESTIONS_SHOWN: usize = 20;

struct Fact {
    label: String,
    value: String,
    detail: String,
}

struct Step {
    name: String,
    n: String,
    sum: String,
    range: String,
    variation: String,
    kish: String,
    effective: String,
}

struct Weights {
    form_id: String,
    design: String,
    /// Which weights the results use.
    used: String,
    steps: Vec<Step>,
    notes: Vec<String>,
}

struct Question {
    name: String,
    label: String,
    n_asked: String,
    n_dont_know: String,
    n_refused: String,
    n_empty: String,
    share: String,
}

struct Questions {
    form_id: String,
    n_interviews: String,
    rows: Vec<Question>,
}

#[derive(Template)]
#[template(path = "weights.html")]
struct WeightsPage {
    frame: Frame,
    rates: Vec<Fact>,
    /// Cases with an outcome.
    n_cases: String,
    has_cases: bool,
    weights: Vec<Weights>,
    /// The page where weights are made to meet margins.
    margins: String,
    questions: Vec<Questions>,
    elsewhere: Elsewhere,
}

/// Weights and quality of a round.
#[utoipa::path(get, path = "/rounds/{code}/weights", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    permanent: web::Query<Permanent>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Weights);
    let found = of(app.clone(), &round, frame.language()).await?;
    let data = data_of(app.clone(), &round.0.code, frame.language()).await?;
    let place = Place {
        frame: &frame,
        base: base(&app, &request),
        round: &round.0.code,
        page: format!("/rounds/{}/weights", round.0.code),
        seen: permanent.into_inner().input,
        may_export: caller.holds(EXPORTER_ROLES, &round.0.code),
    };
    let input = found.indexes.iter().map(|index| index.fingerprint.as_str()).collect::<Vec<_>>().join("-");
    let mut elsewhere = Elsewhere::new(&place, &input, "", "weights.json", None);
    if let Some(index) = found.indexes.first()
        && let Some(design) = design_in_r(
            data.iter().find(|one| one.origin.form_id == index.form_id),
            &data_file(&app, &round.0.code, &index.form_id),
        )
    {
        let code = format!(
            "{design}w <- weights(design); w <- w[w > 0]\nsummary(w)\nlength(w) * sum(w^2) / sum(w)^2  # Kish\ndegf(design)\n"
        );
        elsewhere = elsewhere.in_r(&place, &index.form_id, &code);
    }
    let rates = &found.rates;
    let fact = |label: &str, rate: Option<f64>, detail: &str| Fact {
        label: label.to_owned(),
        value: share(&frame, rate),
        detail: detail.to_owned(),
    };
    let page = WeightsPage {
        rates: vec![
            fact(frame.say("Tỷ lệ trả lời", "Response rate"), rates.response_rate_1, "AAPOR RR1"),
            fact(frame.say("Tỷ lệ hợp tác", "Cooperation rate"), rates.cooperation_rate_1, "AAPOR COOP1"),
            fact(frame.say("Tỷ lệ từ chối", "Refusal rate"), rates.refusal_rate_1, "AAPOR REF1"),
            fact(frame.say("Tỷ lệ tiếp cận được", "Contact rate"), rates.contact_rate_1, "AAPOR CON1"),
        ],
        n_cases: frame.whole(rates.n),
        has_cases: rates.n > 0,
        weights: found.indexes.iter().map(|index| weights(&frame, index)).collect(),
        margins: format!("/rounds/{}/weights/margins", round.0.code),
        questions: found.questionnaires.iter().map(|one| questions(&frame, one)).collect(),
        elsewhere,
        frame,
    };
    html(&page)
}

fn weights(frame: &Frame, index: &IndexWeights) -> Weights {
    let step = |step: &crate::analysis::weights::WeightRecord| {
        let found = &step.diagnostics;
        Step {
            name: super::super::round_page::step_words(&step.name, frame),
            n: frame.whole(found.n),
            // Never negative, and not finite only where a weight was not.
            sum: if found.sum.is_finite() { frame.whole(found.sum.round() as usize) } else { "–".to_owned() },
            range: limits(frame, [Some(found.smallest), Some(found.largest)], 1.0, 1),
            variation: frame.number(Some(found.coefficient_of_variation), 3),
            kish: frame.number(Some(found.kish_design_effect), 3),
            effective: frame.number(Some(found.effective_n), 1),
        }
    };
    let counts = [
        (index.n_interviews, frame.say("phỏng vấn có trọng số", "weighted interviews")),
        (index.n_areas, frame.say("địa bàn", "areas")),
        (index.n_psus, "PSU"),
        (index.n_strata, frame.say("tầng", "strata")),
        (index.degrees_of_freedom, frame.say("bậc tự do", "degrees of freedom")),
    ];
    let counts: Vec<String> = counts.iter().map(|(n, words)| format!("{} {words}", frame.whole(*n))).collect();
    Weights {
        form_id: index.form_id.clone(),
        used: match &index.calibration {
            Some(record) => frame.words(&record.words()),
            None => frame.say("trọng số thiết kế", "the design weights").to_owned(),
        },
        design: format!("{}. {}.", counts.join(" · "), frame.words(&index.method)),
        steps: index.steps.iter().map(step).collect(),
        notes: index.notes.iter().map(|note| frame.words(note)).collect(),
    }
}

fn questions(frame: &Frame, one: &ItemNonresponse) -> Questions {
    let mut with_gaps: Vec<_> =
        one.questions.iter().filter(|question| question.share.is_some_and(|share| share > 0.0)).collect();
    with_gaps.sort_by(|a, b| b.share.unwrap_or(0.0).total_cmp(&a.share.unwrap_or(0.0)));
    Questions {
        form_id: one.form_id.clone(),
        n_interviews: frame.whole(one.n_interviews),
        rows: with_gaps
            .into_iter()
            .take(QUESTIONS_SHOWN)
            .map(|question| Question {
                name: question.name.clone(),
                label: question.label.clone(),
                n_asked: frame.whole(question.n_asked),
                n_dont_know: frame.whole(question.n_dont_know),
                n_refused: frame.whole(question.n_refused),
                n_empty: frame.whole(question.n_empty),
                share: share(frame, question.share),
            })
            .collect(),
    }
}
