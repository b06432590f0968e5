//! What the page of margins shows.

use std::collections::BTreeMap;

use askama::Template;
use estimation::weighting::WeightDiagnostics;
use problem::{Problems, Words};

use super::super::frame::Frame;
use super::Choice;
use crate::analysis::calibration::{MarginFound, MarginUnit, MarginVariable};
use crate::http::weight_versions::in_use;
use crate::store::{Account, WeightsChoice, WeightsVersion};
use crate::weights::{Ground, Preview, ScoreShown};

/// A row of a margin as it stands in the form.
#[derive(Clone, Debug, Default)]
pub(super) struct CellForm {
    pub(super) category: String,
    pub(super) total: String,
}

/// A margin as it stands in the form.
#[derive(Clone, Debug)]
pub(super) struct MarginForm {
    pub(super) variable: String,
    pub(super) unit: MarginUnit,
    pub(super) source: String,
    pub(super) cells: Vec<CellForm>,
}

/// The form as it was sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub(super) questionnaire: String,
    pub(super) margins: Vec<MarginForm>,
    pub(super) cells: String,
    pub(super) method: String,
    pub(super) lower: String,
    pub(super) upper: String,
    pub(super) trim: String,
    pub(super) missing: String,
    pub(super) pasted: String,
    pub(super) name: String,
}

struct CellRow {
    category: String,
    label: String,
    n: String,
    /// People by the design weights.
    people: String,
    total: String,
}

struct MarginCard {
    variable: String,
    label: String,
    is_number: bool,
    units: Vec<Choice>,
    source: String,
    cells: Vec<CellRow>,
}

struct SeenCell {
    category: String,
    label: String,
    n: usize,
    before: String,
    before_share: String,
    after: String,
    after_share: String,
    target: String,
}

struct SeenMargin {
    title: String,
    cells: Vec<SeenCell>,
}

struct SpreadRow {
    name: &'static str,
    cells: [String; 6],
}

struct ScoreRow {
    code: String,
    name: String,
    before: String,
    after: String,
}

struct Seen {
    margins: Vec<SeenMargin>,
    convergence: String,
    spread: Vec<SpreadRow>,
    trimmed: String,
    factors: String,
    scores: Vec<ScoreRow>,
    notes: Vec<String>,
    recipe_sha256: String,
    weights_sha256: String,
}

struct VersionRow {
    number: i64,
    name: String,
    made: String,
    margins: String,
    recipe_sha256: String,
    weights_sha256: String,
    is_used: bool,
}

struct ChoiceRow {
    when: String,
    text: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "margins.html")]
pub(super) struct MarginsPage {
    frame: Frame,
    here: String,
    back: String,
    may_change: bool,
    /// Why there are no weights at all.
    why_not: Option<String>,
    form_id: String,
    forms: Vec<Choice>,
    problems: Vec<String>,
    margins: Vec<MarginCard>,
    variables: Vec<Choice>,
    levels: Vec<Choice>,
    cells: Vec<Choice>,
    methods: Vec<Choice>,
    missing: Vec<Choice>,
    form: Form,
    seen: Option<Seen>,
    versions: Vec<VersionRow>,
    design_is_used: bool,
    choices: Vec<ChoiceRow>,
}

/// The page.
#[expect(clippy::too_many_arguments, reason = "one page, made in one place")]
pub(super) fn page(
    frame: Frame,
    code: &str,
    may_change: bool,
    mut form: Form,
    ground: Result<Ground, Problems>,
    seen: Result<Option<Preview>, Problems>,
    (versions, choices): &(Vec<WeightsVersion>, Vec<WeightsChoice>),
    accounts: &[Account],
) -> MarginsPage {
    let language = frame.language();
    let (seen, problems) = match seen {
        Ok(seen) => (seen, Vec::new()),
        Err(problems) => (None, problems.iter().map(|problem| problem.describe(language)).collect()),
    };
    let why_not = ground.as_ref().err().map(|problems| problems.describe(language));
    let ground = ground.ok();
    let form_id = ground.as_ref().map(|ground| ground.form_id.clone()).unwrap_or_default();
    form.questionnaire.clone_from(&form_id);
    let known = ground.as_ref().map(Ground::variables).unwrap_or_default();
    let choice =
        |value: &str, text: String, here: &str| Choice { value: value.to_owned(), text, is_here: value == here };
    let listed = |all: Vec<(String, Words)>, here: &str| -> Vec<Choice> {
        all.into_iter().map(|(value, words)| choice(&value, frame.words(&words), here)).collect()
    };
    let is_free = |one: &&MarginVariable| !form.margins.iter().any(|margin| margin.variable == one.name);
    let variables = known.iter().filter(is_free).map(|one| {
        let label: String = frame.words(&one.label).chars().take(super::LABEL_SIGNS).collect();
        choice(&one.name, if label == one.name { label } else { format!("{} · {label}", one.name) }, "")
    });
    let variables = variables.collect();
    let methods = [
        ("raking", frame.say("lặp tỷ lệ theo biên (raking)", "raking")),
        ("logit", frame.say("logit, hệ số trong giới hạn", "logit, factors within bounds")),
        ("linear", frame.say("tuyến tính (GREG)", "linear (GREG)")),
    ];
    let missing = [
        ("refuse", frame.say("dừng lại và báo", "stop and tell")),
        (
            "share",
            frame.say(
                "tính vào các nhóm theo cơ cấu của tổng thể",
                "count them in every cell by the population's shares",
            ),
        ),
    ];
    let said = |all: &[(&str, &str)], here: &str| -> Vec<Choice> {
        all.iter().map(|(value, text)| choice(value, (*text).to_owned(), here)).collect()
    };
    let name =
        |id: &str| accounts.iter().find(|one| one.id == id).map_or_else(|| id.to_owned(), |one| one.name.clone());
    let used = in_use(choices, &form_id);
    let version = |one: &WeightsVersion| VersionRow {
        number: one.version_no,
        name: one.name.clone(),
        made: format!("{}, {}", name(&one.made_by), frame.moment(&one.made_at)),
        margins: margins_of(&one.recipe),
        recipe_sha256: one.recipe_sha256.chars().take(12).collect(),
        weights_sha256: one.weights_sha256.chars().take(12).collect(),
        is_used: used == Some(one.version_no),
    };
    let step = |one: &WeightsChoice| ChoiceRow {
        when: frame.moment(&one.chosen_at),
        text: match one.version_no {
            Some(number) => format!("{}: {} {number}", name(&one.chosen_by), frame.say("dùng bản", "uses version")),
            None => {
                format!("{}: {}", name(&one.chosen_by), frame.say("dùng trọng số thiết kế", "uses the design weights"))
            }
        },
        reason: one.reason.clone(),
    };
    MarginsPage {
        here: frame.to(&format!("/rounds/{code}/weights/margins")),
        back: frame.to(&format!("/rounds/{code}/weights")),
        may_change,
        why_not,
        forms: ground
            .as_ref()
            .map(|ground| listed(ground.forms.clone(), &form_id))
            .filter(|all| all.len() > 1)
            .unwrap_or_default(),
        problems,
        margins: form.margins.iter().map(|margin| card(&frame, margin, &known, ground.as_ref())).collect(),
        variables,
        levels: ground.as_ref().map(|ground| listed(ground.frame_levels(), "")).unwrap_or_default(),
        cells: ground.as_ref().map(|ground| listed(ground.cells(), &form.cells)).unwrap_or_default(),
        methods: said(&methods, &form.method),
        missing: said(&missing, &form.missing),
        seen: seen.map(|preview| view(&frame, &preview)),
        versions: versions.iter().filter(|one| one.form_id == form_id).map(version).collect(),
        design_is_used: used.is_none(),
        choices: choices.iter().filter(|one| one.form_id == form_id).map(step).collect(),
        form_id,
        form,
        frame,
    }
}

/// The variables of a recipe, for a table.
fn margins_of(recipe: &str) -> String {
    let recipe = crate::analysis::calibration::Recipe::from_json(recipe);
    let one = |margin: &crate::analysis::calibration::MarginRule| match margin.source.as_str() {
        "" => margin.variable.clone(),
        source => format!("{} ({source})", margin.variable),
    };
    recipe.map(|recipe| recipe.margins.iter().map(one).collect::<Vec<_>>().join("; ")).unwrap_or_default()
}

fn card(frame: &Frame, margin: &MarginForm, known: &[MarginVariable], ground: Option<&Ground>) -> MarginCard {
    let variable = known.iter().find(|one| one.name == margin.variable);
    let counts: BTreeMap<String, (usize, f64)> =
        variable.zip(ground).and_then(|(variable, ground)| ground.counts(variable).ok()).unwrap_or_default();
    let row = |cell: &CellForm| {
        let codes: Vec<&str> = cell.category.split('|').map(str::trim).collect();
        let word = |code: &&str| {
            let value = variable.and_then(|one| one.values.iter().find(|(known, _)| known == code));
            value.map(|(_, words)| frame.words(words)).unwrap_or_default()
        };
        let is_plain = variable.is_some_and(|one| !one.is_number) && cell.category != "*";
        let of = codes.iter().filter_map(|code| counts.get(*code));
        let (n, people) = of.fold((0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let told = |text: String| if is_plain { text } else { "–".to_owned() };
        CellRow {
            category: cell.category.clone(),
            label: codes.iter().map(word).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" | "),
            n: told(frame.whole(n)),
            people: told(frame.whole(people.round() as usize)),
            total: cell.total.clone(),
        }
    };
    MarginCard {
        variable: margin.variable.clone(),
        label: variable.map_or_else(|| margin.variable.clone(), |one| frame.words(&one.label)),
        is_number: variable.is_some_and(|one| one.is_number),
        units: MarginUnit::ALL
            .iter()
            .map(|unit| Choice {
                value: unit.name().to_owned(),
                text: frame.words(&unit.words()),
                is_here: *unit == margin.unit,
            })
            .collect(),
        source: margin.source.clone(),
        cells: margin.cells.iter().map(row).collect(),
    }
}

fn view(frame: &Frame, preview: &Preview) -> Seen {
    let found = &preview.calibration;
    let spread = |name: &'static str, one: &WeightDiagnostics| SpreadRow {
        name,
        cells: [
            frame.number(Some(one.smallest), 1),
            frame.number(Some(one.largest), 1),
            frame.number(Some(one.sum), 0),
            frame.number(Some(one.coefficient_of_variation), 3),
            frame.number(Some(one.kish_design_effect), 3),
            frame.number(Some(one.effective_n), 1),
        ],
    };
    let score = |one: Option<ScoreShown>| match one {
        None => "–".to_owned(),
        Some(ScoreShown { estimate, interval, .. }) => {
            let limits = interval
                .map(|(low, high)| format!(" ({}–{})", frame.number(Some(low), 3), frame.number(Some(high), 3)));
            format!("{}{}", frame.number(Some(estimate), 3), limits.unwrap_or_default())
        }
    };
    Seen {
        margins: found.margins.iter().map(|margin| seen_margin(frame, margin)).collect(),
        convergence: format!(
            "{} {}; {} {:.1e}. {} {}.",
            frame.say("Hội tụ sau", "Converged after"),
            match found.iterations {
                1 => frame.say("1 vòng", "1 iteration").to_owned(),
                n => format!("{} {}", frame.whole(n), frame.say("vòng", "iterations")),
            },
            frame.say("lệch tương đối lớn nhất", "largest relative gap"),
            found.largest_gap,
            frame.say("Mọi trọng số thiết kế được nhân trước với", "All design weights were first multiplied by"),
            frame.number(Some(found.scale), 4),
        ),
        spread: vec![
            spread(frame.say("Trước", "Before"), &found.before),
            spread(frame.say("Sau", "After"), &found.after),
        ],
        trimmed: match found.trim_limit {
            None => frame.say("Không cắt trọng số nào.", "No weight was cut.").to_owned(),
            Some(limit) => format!(
                "{} {} {}.",
                frame.whole(found.n_trimmed),
                frame.say("trọng số bị cắt ở mức", "weights were cut at"),
                frame.number(Some(limit), 1)
            ),
        },
        factors: format!(
            "{}–{}",
            frame.number(Some(found.factor_range[0]), 3),
            frame.number(Some(found.factor_range[1]), 3)
        ),
        scores: preview
            .scores
            .iter()
            .map(|one| ScoreRow {
                code: one.code.clone(),
                name: frame.words(&one.name),
                before: score(one.before),
                after: score(one.after),
            })
            .collect(),
        notes: preview.notes.iter().map(|note| frame.words(note)).collect(),
        recipe_sha256: found.recipe_sha256.clone(),
        weights_sha256: found.weights_sha256.clone(),
    }
}

fn seen_margin(frame: &Frame, margin: &MarginFound) -> SeenMargin {
    let sum = |of: fn(&crate::analysis::calibration::MarginCell) -> f64| margin.cells.iter().map(of).sum::<f64>();
    let (before, after) = (sum(|cell| cell.before), sum(|cell| cell.after));
    let share = |part: f64, whole: f64| super::share(frame, (whole > 0.0).then(|| part / whole));
    let missing = match margin.n_missing {
        0 => String::new(),
        n => format!(
            " · {} {}",
            frame.whole(n),
            frame.say("không trả lời, tính theo cơ cấu", "without an answer, counted by shares")
        ),
    };
    SeenMargin {
        title: format!(
            "{} · {} · {}{missing}",
            margin.variable,
            frame.words(&margin.label),
            frame.words(&margin.unit.words())
        ),
        cells: margin
            .cells
            .iter()
            .map(|cell| SeenCell {
                category: cell.category.clone(),
                label: frame.words(&cell.label),
                n: cell.n,
                before: frame.number(Some(cell.before), 0),
                before_share: share(cell.before, before),
                after: frame.number(Some(cell.after), 0),
                after_share: share(cell.after, after),
                target: frame.number(Some(cell.target), 0),
            })
            .collect(),
    }
}
