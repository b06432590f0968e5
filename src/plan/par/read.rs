//! Criteria sets from their table.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};

use super::{CriteriaSet, Criterion, parent};
use crate::plan::rows::Rows;

const CRITERIA: &str = include_str!("../data/par_criteria.csv");

/// The criteria sets that come with the program; what is not publicly known in them is unknown.
///
/// # Errors
/// Only if the program's own file was damaged; a test reads it.
pub fn shipped_criteria() -> Result<Vec<CriteriaSet>, Problems> {
    read_criteria(CRITERIA).map_err(|problems| problems.in_file("par_criteria.csv"))
}

/// Criteria sets from a table with the columns of `src/plan/data/par_criteria.csv`.
///
/// # Errors
/// `plan_heading`, `plan_csv`, `plan_value` with row and column; `par_maxima` where the maxima of criteria do not add to that
/// of the criterion above them, or sets claim the same year. All at once.
pub fn read_criteria(text: &str) -> Result<Vec<CriteriaSet>, Problems> {
    let required = ["set", "first_year", "code", "name_vi", "source", "certainty"];
    let optional = ["last_year", "max_points", "max_self", "max_survey", "n_criteria", "n_sub_criteria", "note"];
    let rows = Rows::read(text, &required, &optional)?.each(|row| {
        let (set, first, last) = (row.required("set"), row.year("first_year"), row.year("last_year"));
        let criterion = Criterion {
            max_points: row.number("max_points"),
            max_self: row.number("max_self"),
            max_survey: row.number("max_survey"),
            code: row.required("code")?,
            name: row.required("name_vi")?,
            source: row.required("source")?,
            certainty: row.certainty()?,
            note: row.text("note"),
        };
        Some((set?, first?, last, criterion))
    })?;
    let mut sets: BTreeMap<String, CriteriaSet> = BTreeMap::new();
    for (name, first_year, last_year, criterion) in rows {
        let set = sets.entry(name.clone()).or_insert(CriteriaSet { name, first_year, last_year, criteria: Vec::new() });
        set.criteria.push(criterion);
    }
    let mut sets: Vec<CriteriaSet> = sets.into_values().collect();
    sets.sort_by_key(|set| set.first_year);
    let mut problems = Problems::none();
    for set in &sets {
        check(set, &mut problems);
    }
    for pair in sets.windows(2) {
        if pair[0].last_year.is_none_or(|last| last >= pair[1].first_year) {
            problems.push(
                maxima("hai bộ tiêu chí cùng áp dụng cho một năm", "two sets score the same year")
                    .at(Place::column(pair[1].name.clone()))
                    .got(pair[0].name.clone()),
            );
        }
    }
    problems.into_result(sets)
}

fn check(set: &CriteriaSet, problems: &mut Problems) {
    for (position, criterion) in set.criteria.iter().enumerate() {
        let place = || Place::column(format!("{} {}", set.name, criterion.code));
        if set.criteria[..position].iter().any(|other| other.code == criterion.code) {
            problems.push(maxima("mã này có hai lần", "this code stands twice").at(place()));
        }
        if let Some(above) = parent(&criterion.code).filter(|above| *above != "total")
            && set.get(above).is_none()
        {
            problems.push(
                maxima("không có tiêu chí cấp trên", "the criterion above it is missing").at(place()).expected(above),
            );
        }
        let below: Vec<Option<f64>> = set.below(&criterion.code).map(|one| one.max_points).collect();
        let sum: Option<f64> = below.iter().copied().sum();
        if let (false, Some(sum), Some(most)) = (below.is_empty(), sum, criterion.max_points)
            && (sum - most).abs() > 1e-6
        {
            problems.push(
                maxima(
                    "điểm tối đa các phần cộng lại không bằng điểm tối đa chung",
                    "the maxima of the parts do not add to the whole",
                )
                .at(place())
                .expected(most.to_string())
                .got(sum.to_string()),
            );
        }
        if let (Some(own), Some(survey), Some(most)) = (criterion.max_self, criterion.max_survey, criterion.max_points)
            && (own + survey - most).abs() > 1e-6
        {
            problems.push(
                maxima(
                    "điểm tự chấm và điểm điều tra không cộng thành điểm tối đa",
                    "self-scored and surveyed points do not add to the maximum",
                )
                .at(place())
                .expected(most.to_string())
                .got((own + survey).to_string()),
            );
        }
    }
}

fn maxima(vi: &str, en: &str) -> Problem {
    Problem::new("par_maxima", vi, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_sets_read_and_follow_each_other() {
        let names: Vec<String> = shipped_criteria().expect("shipped").into_iter().map(|set| set.name).collect();
        assert_eq!(names, ["2948", "1150", "876", "2024"]);
    }

    #[test]
    fn maxima_that_do_not_add_up_twice_given_codes_and_shared_years_are_told() {
        let head = "set,first_year,last_year,code,max_points,max_self,max_survey,name_vi,source,certainty\n";
        let text = format!(
            "{head}a,2022,2023,total,100,70,32,x,s,certain\na,2022,2023,1,60,,,x,s,certain\na,2022,2023,2,50,,,x,s,certain\n\
             a,2022,2023,2,50,,,x,s,certain\na,2022,2023,3.1,1,,,x,s,certain\nb,2023,,1,10,,,x,s,certain\n"
        );
        let problems = read_criteria(&text).expect_err("five faults");
        assert_eq!(problems.len(), 5, "{}", problems.describe(problem::Language::En));
    }
}
