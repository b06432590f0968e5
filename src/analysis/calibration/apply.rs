//! A recipe applied: controls out of margins, weights out of the steps of `estimation`, every margin before and after.

use estimation::weighting::{Adjustment, Controls, Convergence, TrimLimits, WeightSet};
use problem::{Problems, Words};
use sampling::Sample;

use super::categories::{CaseFacts, Classified, MarginVariable, classify};
use super::recipe::{MarginRule, MarginUnit, Missing, Recipe};
use super::totals::{Totals, totals};
use super::words;

/// Weights that moved by more than this factor are worth a look.
const FACTOR_FAR: f64 = 5.0;
/// A population this far from what the weights add up to is perhaps another one.
const SCALE_FAR: f64 = 2.0;

/// A column that the calibration meets the total of: what an analyst needs to do the same elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// Its name in data sets.
    pub name: String,
    /// In words.
    pub label: Words,
    /// One value a case.
    pub values: Vec<f64>,
    /// Its total in the population.
    pub total: f64,
}

/// A cell of a margin before and after.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MarginCell {
    /// Which values are in it.
    pub category: String,
    /// In words.
    pub label: Words,
    /// Interviews in it.
    pub n: usize,
    /// Its weighted count by the weights before any total was met.
    pub before: f64,
    /// By the new weights.
    pub after: f64,
    /// In the population.
    pub target: f64,
}

/// A margin before and after.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MarginFound {
    /// The variable.
    pub variable: String,
    /// In words.
    pub label: Words,
    /// What is counted.
    pub unit: MarginUnit,
    /// Where the totals come from.
    pub source: String,
    /// Interviews without an answer, counted in all cells by their shares.
    pub n_missing: usize,
    /// The cells.
    pub cells: Vec<MarginCell>,
}

/// What a recipe made of weights.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// The weights with the steps they went through: what the variance needs.
    pub set: WeightSet,
    /// The weights that the totals were met from: scaled, and trimmed where that was asked.
    pub before: Vec<f64>,
    /// The controls.
    pub controls: Vec<Control>,
    /// Every margin before and after.
    pub margins: Vec<MarginFound>,
    /// By how much all weights were multiplied first.
    pub scale: f64,
    /// Weights that were cut.
    pub n_trimmed: usize,
    /// The limit they were cut at.
    pub limit: Option<f64>,
    /// How the iterations ended.
    pub convergence: Option<Convergence>,
    /// Smallest and largest factor of the last step.
    pub factor_range: [f64; 2],
    /// What a reader must know.
    pub notes: Vec<Words>,
}

/// A margin with the cells of the cases.
pub(super) struct Bound<'a> {
    pub(super) rule: &'a MarginRule,
    pub(super) classified: Classified,
}

/// Brings weights to the totals of a recipe. `weights` are those of the cases before, 0 where there is no usable interview.
///
/// # Formula
/// 1. all weights times the population over their sum, where the margins tell it (means and shares do not change by this);
/// 2. if asked, weights above `trim` medians cut, the excess in equal parts to the others;
/// 3. `w' = w F(xᵀλ)` such that every margin is met: of margins of people x is 1 in the cell, of margins of households 1 over the
///    people for whom the respondent speaks in the household. One step, so that its variance is that of one regression.
///
/// # Source
/// Deville and Särndal (1992), JASA 87, 376–382; Deville, Särndal and Sautory (1993), JASA 88, 1013–1020: raking is calibration with
/// the distance whose factor is `exp u`.
///
/// # Limits
/// The variance takes the nonresponse adjustment and the trimming as given, and is as good as the linearization: few interviews in a
/// cell make it optimistic.
///
/// # Errors
/// Everything that keeps the totals from being met, by margin and category; there is never a half-met margin.
pub(super) fn calibrated(
    recipe: &Recipe,
    known: &[MarginVariable],
    sample: &Sample,
    cases: &[CaseFacts<'_>],
    weights: &[f64],
) -> Result<Calibrated, Problems> {
    recipe.check()?;
    let used: Vec<bool> = weights.iter().map(|weight| *weight > 0.0).collect();
    let bound = bind(recipe, known, sample, cases, &used)?;
    let people: f64 = weights.iter().sum();
    let in_households =
        |weights: &[f64]| weights.iter().zip(cases).map(|(weight, case)| weight / case.factor).sum::<f64>();
    let is_same = cases.iter().zip(&used).all(|(case, used)| !used || case.factor == 1.0);
    let Totals { counts, scale, mut notes } = totals(recipe, people, in_households(weights), is_same)?;
    let scaled: Vec<f64> = weights.iter().map(|weight| weight * scale).collect();
    let mut set = WeightSet::new(&scaled, None)?;
    let limit = recipe.trim.map(|times| times * median(&scaled));
    let n_trimmed = limit.map_or(0, |limit| scaled.iter().filter(|weight| **weight > limit).count());
    if let Some(upper) = limit.filter(|_| n_trimmed > 0) {
        let limits = TrimLimits { lower: 0.0, upper, strict: true };
        set = set.apply("trim", &Adjustment::Trim { limits, cells: None })?;
    }
    let before = set.weights().to_vec();
    let (columns, names) = controls(&bound, cases, &used, &counts, is_same);
    let mut joint = Controls::new();
    for (control, (name, ..)) in columns.iter().zip(&names) {
        joint.add(name.clone(), control.values.clone(), control.total);
    }
    let step = Adjustment::Calibrate { controls: joint, distance: recipe.distance, bounds: recipe.factor_bounds() };
    let set = set.apply("calibration", &step).map_err(|problems| words::not_met(problems, &names, &bound, &used))?;
    let n_not_positive = set.weights().iter().zip(&used).filter(|(weight, used)| **used && **weight <= 0.0).count();
    if n_not_positive > 0 {
        return Err(words::negative(n_not_positive).into());
    }
    let (convergence, factor_range) =
        set.steps().last().map_or((None, [1.0, 1.0]), |step| (step.convergence, step.factor_range));
    if factor_range[1] > FACTOR_FAR || factor_range[0] < 1.0 / FACTOR_FAR {
        notes.push(Words::new(
            "Có trọng số thay đổi trên 5 lần: mẫu khác xa tổng thể ở một nhóm nào đó. Nên gộp nhóm hoặc đặt giới hạn.",
            "Some weights changed more than fivefold: in some cell the sample is far from the population. Join cells, or set bounds.",
        ));
    }
    if !(1.0 / SCALE_FAR..=SCALE_FAR).contains(&scale) {
        notes.push(Words::new(
            "Tổng của biên lệch trên 2 lần so với số người mà trọng số thiết kế ước lượng: kiểm tra biên có đúng là của tổng thể này không.",
            "The margins' total is more than twice away from what the design weights estimate: check that it is this population.",
        ));
    }
    if !is_same && recipe.margins.iter().any(|margin| margin.unit == MarginUnit::Households) {
        notes.push(Words::new(
            "Biên tính theo hộ gồm mọi hộ trong khung, kể cả hộ không có ai thuộc đối tượng; chỉ cơ cấu giữa các nhóm có ý nghĩa.",
            "Margins of households count all that are listed, also those without an eligible member; only the cells' proportions matter.",
        ));
    }
    let after = set.weights();
    let margins =
        bound.iter().zip(&counts).map(|(one, counts)| found(one, cases, &scaled, after, counts, &used)).collect();
    Ok(Calibrated {
        before,
        controls: columns,
        margins,
        scale,
        n_trimmed,
        limit,
        convergence,
        factor_range,
        notes,
        set,
    })
}

/// Every margin with the cells of the cases, or everything that is wrong.
fn bind<'a>(
    recipe: &'a Recipe,
    known: &[MarginVariable],
    sample: &Sample,
    cases: &[CaseFacts<'_>],
    used: &[bool],
) -> Result<Vec<Bound<'a>>, Problems> {
    let (mut bound, mut problems) = (Vec::new(), Problems::none());
    for rule in &recipe.margins {
        let classified = match classify(rule, known, sample, cases, used) {
            Ok(classified) => classified,
            Err(told) => {
                problems.extend(told);
                continue;
            }
        };
        for (cell, total) in rule.totals.iter().enumerate() {
            if !classified.cell_of.contains(&Some(cell)) {
                problems.push(words::empty_cell(rule, &total.category, &classified.labels[cell]));
            }
        }
        let n_missing = n_without(&classified, used);
        if n_missing > 0 && recipe.missing == Missing::Refuse {
            problems.push(words::no_answer(rule, n_missing));
        }
        bound.push(Bound { rule, classified });
    }
    problems.into_result(bound)
}

fn n_without(classified: &Classified, used: &[bool]) -> usize {
    classified.cell_of.iter().zip(used).filter(|(cell, used)| **used && cell.is_none()).count()
}

/// How much of a case is in a cell: all, nothing, or the cell's share of the population where there is no answer.
fn part(one: &Bound<'_>, counts: &[f64], case: usize, cell: usize) -> f64 {
    match one.classified.cell_of[case] {
        Some(own) => f64::from(u8::from(own == cell)),
        None => counts[cell] / counts.iter().sum::<f64>(),
    }
}

/// What a case counts in a margin: a person, or its part of a household.
fn size(unit: MarginUnit, case: &CaseFacts<'_>) -> f64 {
    if unit == MarginUnit::Households { 1.0 / case.factor } else { 1.0 }
}

type Named = (String, usize, usize);

/// The columns of the calibration. Of all margins of one unit only the first keeps all of its cells: the others' last follows from it.
fn controls(
    bound: &[Bound<'_>],
    cases: &[CaseFacts<'_>],
    used: &[bool],
    counts: &[Vec<f64>],
    is_same: bool,
) -> (Vec<Control>, Vec<Named>) {
    let (mut columns, mut names) = (Vec::new(), Vec::new());
    let mut whole: Vec<bool> = Vec::new();
    for (place, (one, counts)) in bound.iter().zip(counts).enumerate() {
        let in_households = one.rule.unit == MarginUnit::Households && !is_same;
        let n_kept = if whole.contains(&in_households) { counts.len() - 1 } else { counts.len() };
        whole.push(in_households);
        for cell in 0..n_kept {
            let of_case = |case: usize| {
                if used[case] { part(one, counts, case, cell) * size(one.rule.unit, &cases[case]) } else { 0.0 }
            };
            let (category, label) = (&one.rule.totals[cell].category, &one.classified.labels[cell]);
            columns.push(Control {
                name: format!("control_{:02}", columns.len() + 1),
                label: Words::new(
                    format!("{}: {}", one.rule.variable, label.vi),
                    format!("{}: {}", one.rule.variable, label.en),
                ),
                values: (0..cases.len()).map(of_case).collect(),
                total: counts[cell],
            });
            names.push((format!("{} = {category}", one.rule.variable), place, cell));
        }
    }
    (columns, names)
}

fn found(
    one: &Bound<'_>,
    cases: &[CaseFacts<'_>],
    before: &[f64],
    after: &[f64],
    counts: &[f64],
    used: &[bool],
) -> MarginFound {
    let sum = |weights: &[f64], cell: usize| {
        let of_case =
            |(case, weight): (usize, &f64)| weight * part(one, counts, case, cell) * size(one.rule.unit, &cases[case]);
        weights.iter().enumerate().filter(|(case, _)| used[*case]).map(of_case).sum::<f64>()
    };
    let cells = one.rule.totals.iter().enumerate().map(|(cell, rule)| MarginCell {
        category: rule.category.clone(),
        label: one.classified.labels[cell].clone(),
        n: one.classified.cell_of.iter().filter(|found| **found == Some(cell)).count(),
        before: sum(before, cell),
        after: sum(after, cell),
        target: counts[cell],
    });
    MarginFound {
        variable: one.rule.variable.clone(),
        label: one.classified.label.clone(),
        unit: one.rule.unit,
        source: one.rule.source.clone(),
        n_missing: n_without(&one.classified, used),
        cells: cells.collect(),
    }
}

/// The median of the weights above 0.
fn median(weights: &[f64]) -> f64 {
    let mut positive: Vec<f64> = weights.iter().copied().filter(|weight| *weight > 0.0).collect();
    positive.sort_by(f64::total_cmp);
    let half = positive.len() / 2;
    match positive.len() {
        0 => 0.0,
        n if n.is_multiple_of(2) => 0.5 * (positive[half - 1] + positive[half]),
        _ => positive[half],
    }
}
