//! How good the data of a round are: outcome rates, weights step by step, the design behind the variance, answers that are missing.

use actix_web::{HttpResponse, web};
use estimation::table::Cells;
use reports::export::data::DataSet;
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::ReadableRound;
use super::error::{ApiError, ErrorReply};
use super::estimates::data_of;
use super::results::of_round;
use crate::analysis::calibration::CalibrationRecord;
use crate::analysis::inquiry::{no_answer, questions};
use crate::analysis::weights::WeightRecord;
use crate::app::App;
use crate::fieldwork::rates::{OutcomeRates, outcome_rates};
use crate::results::RoundResults;
use ::problem::{Language, Words};

/// Weights and quality of a round.
#[derive(Serialize, ToSchema)]
pub(super) struct WeightsReply {
    /// Code of the round.
    pub(super) round: String,
    /// Rates after AAPOR, with the number of cases that have an outcome.
    #[schema(value_type = Object)]
    pub(super) rates: OutcomeRates,
    /// One entry an index that has scores.
    pub(super) indexes: Vec<IndexWeights>,
    /// One entry a questionnaire.
    pub(super) questionnaires: Vec<ItemNonresponse>,
}

/// The weights behind an index.
#[derive(Serialize, ToSchema)]
pub(super) struct IndexWeights {
    pub(super) form_id: String,
    pub(super) fingerprint: String,
    /// Interviews with a weight.
    pub(super) n_interviews: usize,
    /// Areas with an interview.
    pub(super) n_areas: usize,
    pub(super) n_psus: usize,
    pub(super) n_strata: usize,
    pub(super) degrees_of_freedom: usize,
    /// How the variance is computed.
    #[schema(value_type = Object)]
    pub(super) method: Words,
    /// The weights after each step: n, sum, smallest, largest, Kish's effect, effective n.
    #[schema(value_type = Vec<Object>)]
    pub(super) steps: Vec<WeightRecord>,
    /// The version of the weights, with every margin before and after; absent where the design weights are used.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) calibration: Option<CalibrationRecord>,
    #[schema(value_type = Vec<Object>)]
    pub(super) notes: Vec<Words>,
}

/// Answers that are missing, question by question.
#[derive(Serialize, ToSchema)]
pub(super) struct ItemNonresponse {
    pub(super) form_id: String,
    /// Interviews with a weight.
    pub(super) n_interviews: usize,
    /// The questions in their order.
    pub(super) questions: Vec<MissingAnswers>,
}

/// Answers to one question that are missing (unweighted counts).
#[derive(Serialize, ToSchema)]
pub(super) struct MissingAnswers {
    pub(super) name: String,
    pub(super) label: String,
    /// Interviews in which it was put.
    pub(super) n_asked: usize,
    pub(super) n_dont_know: usize,
    pub(super) n_refused: usize,
    /// Due, and never came.
    pub(super) n_empty: usize,
    /// All three over `n_asked`; absent where it was never put.
    pub(super) share: Option<f64>,
}

/// Outcome rates, weights step by step with Kish's effect, the design behind the variance, missing answers by question.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/weights.json", tag = "results", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, body = WeightsReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn weights_json(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(of(app, &round, Language::Vi).await?))
}

/// The same for a page, with questions in its language.
pub(super) async fn of(
    app: web::Data<App>,
    round: &ReadableRound,
    language: Language,
) -> Result<WeightsReply, ApiError> {
    let results = of_round(app.clone(), round).await?;
    let data = data_of(app, &round.0.code, language).await?;
    Ok(WeightsReply {
        round: round.0.code.clone(),
        rates: outcome_rates(results.outcomes.values().copied()),
        indexes: indexes(&results),
        questionnaires: data.iter().map(item_nonresponse).collect(),
    })
}

fn indexes(results: &RoundResults) -> Vec<IndexWeights> {
    let analysed = results.indexes.iter().filter_map(|index| Some((index, index.analysis.as_ref().ok()?)));
    analysed
        .map(|(index, analysis)| IndexWeights {
            form_id: index.questionnaire.id().to_owned(),
            fingerprint: analysis.fingerprint.clone(),
            n_interviews: analysis.n_interviews,
            n_areas: analysis.n_areas,
            n_psus: analysis.n_psus,
            n_strata: analysis.n_strata,
            degrees_of_freedom: analysis.degrees_of_freedom,
            method: analysis.method.clone(),
            steps: analysis.weights.steps.clone(),
            calibration: analysis.calibration.clone(),
            notes: analysis.weights.notes.clone(),
        })
        .collect()
}

fn item_nonresponse(data: &DataSet) -> ItemNonresponse {
    let weights = data.variables().iter().find(|one| one.name == "weight").map(|one| &one.column.cells);
    let n_interviews = match weights {
        Some(Cells::Numeric(values)) => values.iter().filter(|weight| **weight > 0.0).count(),
        _ => 0,
    };
    let of_question = |name: &str, label: &str, column: &str| {
        let missing = no_answer(data, column);
        let count = |code: Option<i32>| missing.iter().find(|one| one.code == code).map_or(0, |one| one.n);
        let (n_dont_know, n_refused, n_empty) = (count(Some(-888)), count(Some(-999)), count(None));
        let n_asked = n_interviews.saturating_sub(count(Some(-777)));
        MissingAnswers {
            name: name.to_owned(),
            label: label.to_owned(),
            n_asked,
            n_dont_know,
            n_refused,
            n_empty,
            share: (n_asked > 0).then(|| (n_dont_know + n_refused + n_empty) as f64 / n_asked as f64),
        }
    };
    let all = questions(data);
    ItemNonresponse {
        form_id: data.origin.form_id.clone(),
        n_interviews,
        questions: all
            .iter()
            .filter_map(|asked| Some(of_question(asked.name, asked.label, asked.columns.first()?)))
            .collect(),
    }
}
