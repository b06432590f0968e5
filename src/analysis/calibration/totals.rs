//! What the margins of a recipe add up to, and whether they speak of one population.

use problem::{Place, Problem, Problems, Words};

use super::recipe::{MarginRule, MarginUnit, Recipe};

/// Totals of two margins that differ by more than this, relatively, cannot be met together.
const SAME: f64 = 1e-9;

/// The totals of a recipe as counts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Totals {
    /// Of each margin, the count of each cell.
    pub(super) counts: Vec<Vec<f64>>,
    /// By how much all weights are multiplied before anything else: the population over what the weights add up to.
    pub(super) scale: f64,
    /// What was done to what was given.
    pub(super) notes: Vec<Words>,
}

/// Shares become counts, margins of one unit must have one total. `people` and `households` are what the weights add up to;
/// `is_same` says that every household is one respondent.
pub(super) fn totals(recipe: &Recipe, people: f64, households: f64, is_same: bool) -> Result<Totals, Problems> {
    let mut problems = Problems::none();
    let sum = |margin: &MarginRule| margin.totals.iter().map(|cell| cell.total).sum::<f64>();
    let mut whole = |units: &[MarginUnit]| {
        let mut of_unit = recipe.margins.iter().filter(|margin| units.contains(&margin.unit));
        let first = of_unit.next()?;
        for other in of_unit.filter(|other| (sum(other) / sum(first) - 1.0).abs() > SAME) {
            problems.push(
                Problem::new(
                    "margin_totals_differ",
                    format!("tổng của biên {} khác tổng của biên {}", other.variable, first.variable),
                    format!("margin {} adds up to another total than margin {}", other.variable, first.variable),
                )
                .at(Place::column(other.variable.clone()))
                .expected(sum(first).to_string())
                .got(sum(other).to_string())
                .hint(
                    "dùng biên của cùng một tổng thể và cùng một năm; nếu chỉ lệch do làm tròn, nhập biên sau bằng cơ cấu (%)",
                    "use margins of one population and year; if they differ by rounding only, give the later one as shares (%)",
                ),
            );
        }
        Some(sum(first))
    };
    let (of_people, of_households) = if is_same {
        let both = whole(&[MarginUnit::Persons, MarginUnit::Households]);
        (both, both)
    } else {
        (whole(&[MarginUnit::Persons]), whole(&[MarginUnit::Households]))
    };
    problems.into_result(())?;
    let scale = match (of_people, of_households) {
        (Some(known), _) => known / people,
        (None, Some(known)) => known / households,
        (None, None) => 1.0,
    };
    let population = of_people.unwrap_or(people * scale);
    let mut notes = Vec::new();
    let counts = recipe.margins.iter().map(|margin| {
        let whole = sum(margin);
        let of_cell = |total: f64| if margin.unit == MarginUnit::Share { total / whole * population } else { total };
        if margin.unit == MarginUnit::Share && (whole - 100.0).abs() > SAME * 100.0 {
            notes.push(Words::new(
                format!(
                    "Cơ cấu của {} cộng thành {} %; đã chia lại theo tỷ lệ cho đủ 100 %.",
                    margin.variable,
                    vietnamese(whole)
                ),
                format!(
                    "The shares of {} add up to {whole:.2} %; they were brought to 100 % in proportion.",
                    margin.variable
                ),
            ));
        }
        margin.totals.iter().map(|cell| of_cell(cell.total)).collect()
    });
    let counts = counts.collect();
    Ok(Totals { counts, scale, notes })
}

pub(super) fn vietnamese(value: f64) -> String {
    reports::vietnamese::number(value, 2).unwrap_or_default()
}
