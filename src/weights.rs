//! Weights of a round that meet margins: looked at on what the store knows now, kept as a version, chosen for the results.

use std::collections::BTreeMap;

use ::problem::{Place, Problem, Problems, Words};
use reports::index::{IndexDefinition, NodeEstimate};
use sampling::{Certificate, FrameReading, LevelKind, Sample, SampleDesign, SamplingFrame};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use crate::analysis::calibration::{
    CalibrationRecord, Chosen, MarginRule, MarginVariable, Recipe, cell_choices, frame_margins, variables,
};
use crate::analysis::round::{Fieldwork, analyse_with, value_counts, weigh_round};
use crate::analysis::weights::WeightRecord;
use crate::fieldwork::disposition::Outcome;
use crate::frame_file;
use crate::questionnaire::{Questionnaire, Validated};
use crate::results::{Body, CONFIDENCE_LEVEL, Raw, ResultsError, counting, no_sample, outcomes, read, thaw};
use crate::side_by_side;
use crate::store::{NewWeights, Store, StoreError, StoredSample, WeightsVersion};

/// So long a name and a reason may be.
const NAME_MAX: usize = 80;
const REASON_MAX: usize = 500;

/// What weights of a questionnaire are made from, as the store knew it in one instant.
pub struct Ground {
    /// The questionnaires of the round: form id and title.
    pub forms: Vec<(String, Words)>,
    /// The one that is weighed.
    pub form_id: String,
    sample: Sample,
    stored: StoredSample,
    questionnaire: Questionnaire,
    definition: Option<IndexDefinition>,
    outcomes: BTreeMap<String, Outcome>,
    interviews: BTreeMap<String, Validated>,
    /// The version that the results use.
    chosen: Option<Chosen>,
}

/// A score by one set of weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScoreShown {
    /// The score.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: Option<f64>,
    /// Limits of its interval.
    pub interval: Option<(f64, f64)>,
}

/// A score by the design weights and by the new ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreChange {
    /// Code of the node.
    pub code: String,
    /// Its name.
    pub name: Words,
    /// By the design weights.
    pub before: Option<ScoreShown>,
    /// By the new weights; the interval rests on the residuals of the calibration.
    pub after: Option<ScoreShown>,
}

/// What a recipe would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preview {
    /// The questionnaire.
    pub form_id: String,
    /// Margins, iterations, spread of the weights, hashes.
    pub calibration: CalibrationRecord,
    /// The weights after each step.
    pub steps: Vec<WeightRecord>,
    /// What a reader of the results would be told.
    pub notes: Vec<Words>,
    /// Every score before and after; empty where the questionnaire has no index.
    pub scores: Vec<ScoreChange>,
}

/// What weights of a questionnaire are made from; without a name, of the first. `None` when there is no such round.
///
/// # Errors
/// That the database did not answer; `weights_form`: no such questionnaire; a round without a sample that can be read.
pub fn ground(store: &Store, code: &str, form: Option<&str>) -> Result<Option<Ground>, ResultsError> {
    let Some(raw) = store.read(|snapshot| read(snapshot, code))? else { return Ok(None) };
    Ok(Some(Ground::of(&raw, form)?))
}

impl Ground {
    fn of(raw: &Raw, form: Option<&str>) -> Result<Self, Problems> {
        let (mut forms, mut found) = (Vec::new(), None);
        for (form_id, sha256, sheets) in &raw.forms {
            let (questionnaire, definition) = thaw(sheets)?;
            let title = |languages: &[&str]| questionnaire.title().first_of(languages).unwrap_or(form_id).to_owned();
            forms.push((form_id.clone(), Words::new(title(&["vi", "en"]), title(&["en", "vi"]))));
            if found.is_none() && form.is_none_or(|form| form == form_id) {
                found = Some((form_id.clone(), sha256, questionnaire, definition));
            }
        }
        let Some((form_id, sha256, questionnaire, definition)) = found else {
            return Err(Problem::new(
                "weights_form",
                "đợt khảo sát không có bảng hỏi này",
                "the round has no such questionnaire",
            )
            .expected(forms.into_iter().map(|(form_id, _)| form_id).collect::<Vec<_>>().join(", "))
            .got(form.unwrap_or_default())
            .into());
        };
        let stored = raw.sample.clone().ok_or_else(no_sample)?;
        let sample = Sample::from_csv(&stored.list_csv)?;
        let bodies: Vec<Option<Body>> = side_by_side::map(&raw.responses, Body::of);
        let interviews = counting(sha256, &raw.responses, &bodies, &raw.chains)
            .into_iter()
            .map(|(case_id, (_, body))| (case_id.to_owned(), body.validated(&questionnaire)))
            .collect();
        let chosen = raw.weights_of(&form_id)?.cloned();
        Ok(Self {
            forms,
            form_id,
            sample,
            stored,
            questionnaire,
            definition,
            outcomes: outcomes(&raw.events),
            interviews,
            chosen,
        })
    }

    /// The variables that can be margins.
    #[must_use]
    pub fn variables(&self) -> Vec<MarginVariable> {
        variables(&self.questionnaire, &self.sample)
    }

    /// The cells that the weight of nonrespondents may move in.
    #[must_use]
    pub fn cells(&self) -> Vec<(String, Words)> {
        cell_choices(&self.sample)
    }

    /// The levels whose households the frame can tell.
    #[must_use]
    pub fn frame_levels(&self) -> Vec<(String, Words)> {
        self.sample.listed_levels().map(|level| (level.name.clone(), level.words.clone())).collect()
    }

    /// The version that the results use; `None`: the design weights.
    #[must_use]
    pub fn chosen(&self) -> Option<&Chosen> {
        self.chosen.as_ref()
    }

    /// How many interviews hold each value of a variable, and how many people they stand for by the design weights.
    ///
    /// # Errors
    /// Why there are no design weights.
    pub fn counts(&self, variable: &MarginVariable) -> Result<BTreeMap<String, (usize, f64)>, Problems> {
        value_counts(&self.fieldwork(), variable)
    }

    /// A margin out of the frame that the sample was drawn from.
    ///
    /// # Errors
    /// Another frame, or one that cannot be read; a sample that does not keep its design.
    pub fn frame_margin(&self, bytes: &[u8], level: &str) -> Result<MarginRule, Problems> {
        let without = || {
            Problem::new(
                "margin_frame_design",
                "đợt khảo sát không lưu thiết kế mẫu nên không đọc được khung mẫu",
                "the round does not keep its design, so the frame cannot be read",
            )
            .hint("nhập số hộ bằng tay hoặc từ tệp", "type the households, or hand them in as a file")
        };
        let certificate =
            self.stored.certificate.as_deref().map(|text| Certificate::from_json(text.as_bytes())).transpose()?;
        let design = match (&certificate, &self.stored.design) {
            (Some(certificate), _) => certificate.design()?,
            (None, Some(text)) => SampleDesign::from_toml(text)?,
            (None, None) => return Err(without().into()),
        };
        let plain = FrameReading::default();
        let reading = certificate.as_ref().and_then(Certificate::frame_reading).unwrap_or(&plain);
        let counted = design.levels().iter().find_map(|level| match &level.kind {
            LevelKind::Counted { count } => Some(count.clone()),
            LevelKind::Listed(_) => None,
        });
        let size = counted.ok_or_else(without)?;
        let file = frame_file::open(bytes, reading, &mut |_| {})?;
        let frame = SamplingFrame::of_file(&file, &design, reading, &mut |_| {})?;
        frame_margins(&self.sample, &frame, level, &size)
    }

    /// What a recipe would do; nothing is kept.
    ///
    /// # Errors
    /// Everything that keeps the totals from being met, by margin and category.
    pub fn preview(&self, recipe: &Recipe, name: &str) -> Result<Preview, Problems> {
        let chosen = Chosen { number: None, name: name.to_owned(), recipe: recipe.clone() };
        let fieldwork = self.fieldwork();
        let weighed = weigh_round(&fieldwork, Some(&chosen))?;
        let Some(calibration) = weighed.calibration else { return Err(no_sample().into()) };
        let mut scores = Vec::new();
        if let Some(definition) = &self.definition {
            let before = analyse_with(&fieldwork, definition, CONFIDENCE_LEVEL, None)?;
            let after = analyse_with(&fieldwork, definition, CONFIDENCE_LEVEL, Some(&chosen))?;
            for (old, new) in before.estimates.scores.iter().zip(&after.estimates.scores) {
                scores.push(ScoreChange {
                    code: new.code.clone(),
                    name: new.name.clone(),
                    before: shown(old),
                    after: shown(new),
                });
            }
        }
        Ok(Preview {
            form_id: self.form_id.clone(),
            calibration,
            steps: weighed.history.steps,
            notes: weighed.history.notes,
            scores,
        })
    }

    fn fieldwork(&self) -> Fieldwork<'_> {
        Fieldwork {
            sample: &self.sample,
            outcomes: &self.outcomes,
            questionnaire: &self.questionnaire,
            interviews: &self.interviews,
        }
    }
}

fn shown(node: &NodeEstimate) -> Option<ScoreShown> {
    let estimate = node.estimate.as_ref()?;
    Some(ScoreShown {
        estimate: estimate.estimate?,
        standard_error: estimate.standard_error,
        interval: estimate.interval.as_ref().map(|interval| (interval.lower, interval.upper)),
    })
}

/// A text of one line, NFC, or why it is none.
fn line(text: &str, field: &str, n_max: usize) -> Result<String, Problem> {
    let clean: String = text.trim().nfc().collect();
    if !clean.is_empty() && clean.chars().count() <= n_max && !clean.chars().any(char::is_control) {
        return Ok(clean);
    }
    Err(Problem::new(
        "weights_text",
        "văn bản trống, quá dài hoặc có ký tự điều khiển",
        "a text is empty, too long or has control characters",
    )
    .at(Place::column(field))
    .expected(format!("1–{n_max}"))
    .got(clean.chars().take(40).collect::<String>()))
}

/// Keeps a recipe as a version of a round's weights, computed anew; gives its number and what it does. `seen` is the hash of the weights
/// that somebody looked at: with others nothing is kept.
///
/// # Errors
/// Those of [`Ground::preview`]; `weights_changed`; `weights_name`; the database.
pub fn save(
    store: &Store,
    actor: &str,
    code: &str,
    (form, name): (Option<&str>, &str),
    recipe: &Recipe,
    seen: Option<&str>,
) -> Result<Option<(i64, Preview)>, ResultsError> {
    let name = line(name, "name", NAME_MAX).map_err(Problems::from)?;
    let Some(ground) = ground(store, code, form)? else { return Ok(None) };
    let preview = ground.preview(recipe, &name)?;
    let found = preview.calibration.weights_sha256.as_str();
    if let Some(seen) = seen.filter(|seen| *seen != found) {
        return Err(Problems::from(
            Problem::new(
                "weights_changed",
                "số liệu đã đổi từ lần xem thử, chưa lưu gì",
                "the data changed since the preview; nothing was kept",
            )
            .expected(seen)
            .got(found)
            .hint("xem thử lại rồi lưu", "look at the preview again, then keep it"),
        )
        .into());
    }
    let new = NewWeights {
        form_id: preview.form_id.clone(),
        name: name.clone(),
        recipe: recipe.to_json().map_err(Problems::from)?,
        recipe_sha256: preview.calibration.recipe_sha256.clone(),
        weights_sha256: found.to_owned(),
        n_interviews: i64::try_from(preview.calibration.after.n).unwrap_or(i64::MAX),
    };
    let round = code.to_owned();
    match store.write(actor, move |tx| tx.save_weights(&round, &new)) {
        Ok(number) => Ok(Some((number, preview))),
        Err(StoreError::Exists { .. }) => Err(Problems::from(
            Problem::new("weights_name", "đã có bản trọng số mang tên này", "a version has that name already")
                .at(Place::column("name"))
                .got(name)
                .hint(
                    "đặt tên khác, ví dụ thêm năm của số liệu dân số",
                    "choose another, such as with the year of the population figures",
                ),
        )
        .into()),
        Err(error) => Err(error.into()),
    }
}

/// Chooses the version that the results of a questionnaire use from now on; `None`: the design weights. A version that cannot be applied
/// to the data as they are is refused, so that no result disappears.
///
/// # Errors
/// `weights_unknown`, `weights_in_use`, `weights_text` for a reason that is none; why the version cannot be applied; the database.
pub fn choose(
    store: &Store,
    actor: &str,
    code: &str,
    form: Option<&str>,
    version: Option<i64>,
    reason: &str,
) -> Result<Option<()>, ResultsError> {
    let reason = line(reason, "reason", REASON_MAX).map_err(Problems::from)?;
    let Some(ground) = ground(store, code, form)? else { return Ok(None) };
    if let Some(number) = version {
        let versions = store.read(|snapshot| snapshot.list_weights_versions(code))?;
        let found = versions.iter().find(|one| one.form_id == ground.form_id && one.version_no == number);
        let found = found.ok_or_else(|| Problems::from(unknown(&versions, &ground.form_id, number)))?;
        ground.preview(&Recipe::from_json(&found.recipe)?, &found.name)?;
    }
    let (round, form_id) = (code.to_owned(), ground.form_id);
    match store.write(actor, move |tx| tx.choose_weights(&round, &form_id, version, &reason)) {
        Ok(()) => Ok(Some(())),
        Err(StoreError::Exists { .. }) => Err(Problems::from(
            Problem::new(
                "weights_in_use",
                "kết quả đang dùng bản trọng số này",
                "the results use these weights already",
            )
            .got(version.map_or_else(|| "design".to_owned(), |number| number.to_string())),
        )
        .into()),
        Err(error) => Err(error.into()),
    }
}

fn unknown(versions: &[WeightsVersion], form_id: &str, number: i64) -> Problem {
    let known = versions.iter().filter(|one| one.form_id == form_id).map(|one| one.version_no.to_string());
    Problem::new("weights_unknown", "không có bản trọng số này", "there is no such version of the weights")
        .expected(known.collect::<Vec<_>>().join(", "))
        .got(number.to_string())
}
