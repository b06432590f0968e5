//! From inclusion probabilities and outcomes to the weight of each interview.

use std::collections::{BTreeMap, BTreeSet};

use estimation::weighting::{WeightDiagnostics, WeightStep, diagnose, redistribute};
use problem::{Place, Problem, Problems, Words};
use serde::Serialize;

use crate::fieldwork::disposition::Outcome;

/// A case that the field has worked, with what the draw says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkedUnit {
    /// Id of the case in the sample list.
    pub case_id: String,
    /// Identity of the unit drawn at each stage above the household, from the top down; the last is the listing area.
    pub areas: Vec<String>,
    /// Probability of each of these stages.
    pub area_probabilities: Vec<f64>,
    /// Whether each of these units was taken with certainty.
    pub area_certainty: Vec<bool>,
    /// Explicit stratum of the first stage.
    pub stratum: String,
    /// Households on the list of the area.
    pub listing_size: u64,
    /// Final disposition.
    pub disposition: Outcome,
    /// 1/π of the respondent in the household; `None` without an interview that tells how many members are eligible.
    pub respondent_factor: Option<f64>,
}

impl WorkedUnit {
    fn listing_area(&self) -> String {
        self.areas.join("/")
    }
}

/// One step on the way to the final weights, for the record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightRecord {
    /// What was done.
    pub name: String,
    /// The weights after it.
    pub diagnostics: WeightDiagnostics,
}

/// The weights of the worked units with their history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightHistory {
    /// Final weight of each unit; 0 for those without a usable interview.
    pub weights: Vec<f64>,
    /// The steps in order.
    pub steps: Vec<WeightRecord>,
    /// What a reader of the results must know.
    pub notes: Vec<Words>,
}

/// Weights of the worked units.
///
/// # Formula
/// In listing area v with `N_v` households on the list, `m_v` of them worked (main, and the reserves released in order):
/// 1. base `w = 1 / (Π_stages π · m_v/N_v)`: the worked ones are the first `m_v` of a random permutation of the list;
/// 2. unknown eligibility: the weight of cases with unknown eligibility moves to those with known, within the cell;
/// 3. nonresponse: the weight of eligible nonrespondents moves to respondents, within the cell;
/// 4. respondent: times 1/π of the person in the household, by the rule of the sample list: the number of eligible members for
///    a random respondent, 1/π of the selected member for Kish's grid, 1 where the household itself is asked.
///
/// The cell is the listing area. An area without any usable interview shares the cell of the unit above it (the commune,
/// then the district, then the stratum), and a note names it: nobody's weight is dropped, nobody's is invented.
///
/// # Source
/// Valliant, Dever, Kreuter (2018), *Practical Tools*, ch. 13; for PAPI's stages see docs/METHODS.md.
///
/// # Limits
/// Stopping at a target of interviews is ignored (`m_v` is taken as fixed); households within an area are supposed to answer
/// independently of what they would say.
///
/// # Errors
/// All of: nothing worked, more worked than listed, a probability outside (0, 1], an area with nobody to receive weight.
pub fn weigh(units: &[WorkedUnit]) -> Result<WeightHistory, Problems> {
    weigh_within(units, usize::MAX)
}

/// As [`weigh`], with cells that are the units of the stage at that depth instead of the listing areas: 0 is the stratum, 1 the first
/// stage, and so on. Larger cells suppose that who answers hangs less on the place.
///
/// # Errors
/// As [`weigh`].
pub fn weigh_within(units: &[WorkedUnit], depth_max: usize) -> Result<WeightHistory, Problems> {
    let base = base_weights(units)?;
    let usable: Vec<bool> = units
        .iter()
        .map(|unit| unit.disposition.is_interview() && unit.respondent_factor.is_some_and(|factor| factor >= 1.0))
        .collect();
    let of = |what: &dyn Fn(&WorkedUnit) -> bool| -> Vec<bool> { units.iter().map(what).collect() };
    let unknown = of(&|unit| unit.disposition.is_eligible().is_none());
    let known = of(&|unit| unit.disposition.is_eligible().is_some());
    let mut notes = unweighable(units, &usable);
    let cells = adjustment_cells(units, &usable, depth_max, &mut notes);
    let eligibility = redistribute("unknown_eligibility", &base, &cells, &unknown, &known)?;
    let silent: Vec<bool> = units
        .iter()
        .zip(&usable)
        .map(|(unit, usable)| unit.disposition.is_eligible() == Some(true) && !usable)
        .collect();
    let nonresponse = redistribute("nonresponse", &eligibility.weights, &cells, &silent, &usable)?;
    let weights: Vec<f64> = units
        .iter()
        .zip(&nonresponse.weights)
        .zip(&usable)
        .map(|((unit, weight), usable)| if *usable { weight * unit.respondent_factor.unwrap_or(0.0) } else { 0.0 })
        .collect();
    let Some(final_diagnostics) = diagnose(&weights) else { return Err(nobody().into()) };
    let Some(base_diagnostics) = diagnose(&base) else { return Err(nobody().into()) };
    let record = |step: &WeightStep| WeightRecord { name: step.name.clone(), diagnostics: step.diagnostics.clone() };
    let steps = vec![
        WeightRecord { name: "base".to_owned(), diagnostics: base_diagnostics },
        record(&eligibility),
        record(&nonresponse),
        WeightRecord { name: "respondent".to_owned(), diagnostics: final_diagnostics },
    ];
    Ok(WeightHistory { weights, steps, notes })
}

/// The adjustment cell of each unit: its listing area, or the smallest area around it that has a usable interview.
fn adjustment_cells(units: &[WorkedUnit], usable: &[bool], deepest: usize, notes: &mut Vec<Words>) -> Vec<String> {
    let depth_max = units.iter().map(|unit| unit.areas.len()).max().unwrap_or(0);
    let path = |unit: &WorkedUnit, depth: usize| -> String {
        let parts: Vec<&str> =
            std::iter::once(unit.stratum.as_str()).chain(unit.areas.iter().take(depth).map(String::as_str)).collect();
        parts.join("/")
    };
    let mut depths: Vec<usize> = units.iter().map(|unit| unit.areas.len().min(deepest)).collect();
    for depth in (1..=depth_max).rev() {
        let with_interview: BTreeSet<String> =
            units.iter().zip(usable).filter(|(_, usable)| **usable).map(|(unit, _)| path(unit, depth)).collect();
        // An area without an interview pulls all of the unit above it into one cell.
        let merged: BTreeSet<String> = units
            .iter()
            .zip(&depths)
            .filter(|(unit, own)| **own >= depth && !with_interview.contains(&path(unit, depth)))
            .map(|(unit, _)| path(unit, depth - 1))
            .collect();
        for (unit, own) in units.iter().zip(&mut depths) {
            if merged.contains(&path(unit, depth - 1)) {
                *own = (*own).min(depth - 1);
            }
        }
    }
    let n_merged = {
        let with: BTreeSet<String> =
            units.iter().zip(usable).filter(|(_, usable)| **usable).map(|(unit, _)| unit.listing_area()).collect();
        let all: BTreeSet<String> = units.iter().map(WorkedUnit::listing_area).collect();
        all.difference(&with).count()
    };
    if n_merged > 0 && depth_max <= deepest {
        notes.push(Words::new(
            format!("{n_merged} địa bàn chưa có phiếu dùng được; trọng số của các hộ ở đó được chuyển trong phạm vi đơn vị cấp trên."),
            format!("{n_merged} areas have no usable interview yet; the weight of their households moves within the unit above."),
        ));
    }
    units.iter().zip(depths).map(|(unit, depth)| path(unit, depth)).collect()
}

fn base_weights(units: &[WorkedUnit]) -> Result<Vec<f64>, Problems> {
    let mut worked: BTreeMap<String, u64> = BTreeMap::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut problems = Problems::none();
    for unit in units {
        *worked.entry(unit.listing_area()).or_default() += 1;
        if !seen.insert(&unit.case_id) {
            problems.push(
                Problem::new("weight_duplicate_case", "một hộ mẫu đứng hai lần", "a case stands twice")
                    .got(unit.case_id.clone()),
            );
        }
    }
    let base = units
        .iter()
        .enumerate()
        .map(|(row, unit)| {
            let worked_here = worked.get(&unit.listing_area()).copied().unwrap_or(0);
            let bad = unit.area_probabilities.iter().any(|probability| !(*probability > 0.0 && *probability <= 1.0));
            if bad || worked_here > unit.listing_size {
                problems.push(bad_probability(row, unit, worked_here));
            }
            let household = worked_here as f64 / unit.listing_size as f64;
            1.0 / (unit.area_probabilities.iter().product::<f64>() * household)
        })
        .collect();
    if units.is_empty() {
        problems.push(nobody());
    }
    problems.into_result(base)
}

fn bad_probability(row: usize, unit: &WorkedUnit, worked: u64) -> Problem {
    Problem::new(
        "weight_probability",
        format!(
            "hộ {}: xác suất các giai đoạn phải trong (0, 1] và số hộ đã tiếp cận không vượt số hộ của danh sách",
            unit.case_id
        ),
        format!(
            "case {}: stage probabilities must lie in (0, 1] and no more households be worked than are listed",
            unit.case_id
        ),
    )
    .at(Place::row(row + 1))
    .got((
        format!("{:?}; {worked} trên {}", unit.area_probabilities, unit.listing_size),
        format!("{:?}; {worked} of {}", unit.area_probabilities, unit.listing_size),
    ))
}

fn nobody() -> Problem {
    Problem::new("weight_nobody", "chưa có phiếu nào dùng được", "there is no usable interview yet")
        .hint("chờ phiếu đầu tiên được gửi về", "wait for the first interview to arrive")
}

fn unweighable(units: &[WorkedUnit], usable: &[bool]) -> Vec<Words> {
    let n = units.iter().zip(usable).filter(|(unit, usable)| unit.disposition.is_interview() && !**usable).count();
    if n == 0 {
        return Vec::new();
    }
    vec![Words::new(
        format!(
            "{n} hộ được ghi là đã phỏng vấn nhưng không có phiếu của bảng hỏi này hoặc phiếu không ghi số người thuộc đối tượng hỏi; trọng số của họ chuyển sang hộ khác trong cùng ô."
        ),
        format!(
            "{n} households count as interviewed but have no response to this questionnaire, or one without the number of eligible members; their weight moves to others of the same cell."
        ),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(case_id: &str, area: &str, disposition: Outcome, eligible: Option<u32>) -> WorkedUnit {
        WorkedUnit {
            case_id: case_id.to_owned(),
            areas: vec!["d".to_owned(), area.to_owned()],
            area_probabilities: vec![0.5, 0.2],
            area_certainty: vec![false, false],
            stratum: String::new(),
            listing_size: 100,
            disposition,
            respondent_factor: eligible.map(f64::from),
        }
    }

    #[test]
    fn weights_follow_the_steps_by_hand() {
        use Outcome::{Complete, NotEligible, Refusal, UnknownOther};
        // Area a: 5 worked of 100, so base = 1 / (0.1 · 0.05) = 200. Unknown (200) goes to the 4 known: 250 each.
        // Refusal (250) goes to the 2 interviews: 375 each; 375·2 adults and 375·1 adult. The empty dwelling keeps its own.
        let units = [
            unit("1", "a", Complete, Some(2)),
            unit("2", "a", Complete, Some(1)),
            unit("3", "a", Refusal, None),
            unit("4", "a", UnknownOther, None),
            unit("5", "a", NotEligible, None),
        ];
        let history = weigh(&units).expect("valid");
        for (weight, expected) in history.weights.iter().zip([750.0, 375.0, 0.0, 0.0, 0.0]) {
            assert!((weight - expected).abs() < 1e-9, "{:?}", history.weights);
        }
        assert_eq!(history.steps.len(), 4);
        assert!((history.steps[0].diagnostics.sum - 1000.0).abs() < 1e-9, "1000 households in the frame part");
    }

    #[test]
    fn an_interview_without_household_size_is_noted_and_its_weight_moves() {
        let units = [unit("1", "a", Outcome::Complete, Some(1)), unit("2", "a", Outcome::Complete, None)];
        let history = weigh(&units).expect("valid");
        assert!((history.weights[0] - 1000.0).abs() < 1e-9);
        assert_eq!(history.notes.len(), 1);
    }

    #[test]
    fn a_village_of_refusals_shares_the_cell_above_it_and_no_weight_is_lost() {
        use Outcome::{Complete, Refusal};
        let units = [
            unit("1", "a", Complete, Some(1)),
            unit("2", "a", Refusal, None),
            unit("3", "b", Refusal, None),
            unit("4", "c", Complete, Some(1)),
        ];
        let history = weigh(&units).expect("areas a, b and c become one cell, their district");
        let base: f64 = history.steps[0].diagnostics.sum;
        assert!((history.weights.iter().sum::<f64>() - base).abs() < 1e-9, "one adult each, so the sum stays");
        assert_eq!(history.notes.len(), 1);
        // Area c alone has base 1/(0.1·0.01) = 1000 and a has 500 a case; all 3,000 go in proportion 500 : 1000.
        assert!((history.weights[0] - 1000.0).abs() < 1e-9 && (history.weights[3] - 2000.0).abs() < 1e-9);
    }

    #[test]
    fn impossible_cases_are_told_at_once() {
        let mut wrong = unit("1", "a", Outcome::Complete, Some(1));
        wrong.area_probabilities = vec![1.5, 0.2];
        let told = weigh(&[wrong.clone(), wrong]).expect_err("bad probability twice, one case twice");
        assert_eq!(told.len(), 3);
        assert_eq!(weigh(&[]).expect_err("nothing").0[0].code, "weight_nobody");
    }
}
