//! PAR Index: a criteria set as data, the province's own points with their evidence, the appraised points, and what they add to.
//!
//! The criteria set changes nearly every year and its full text is not public in every year: a maximum that is not known
//! stays unknown, and no share is computed from it. An office reads in the set of its own decision.

mod read;

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};
use reports::index::Certainty;
use serde::Serialize;

pub use read::{read_criteria, shipped_criteria};

/// One criterion, domain or whole of a criteria set. Codes nest by points: `3`, `3.2`, `3.2.1`; `total` is the whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Criterion {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The most points it gives, self-scored and surveyed together.
    pub max_points: Option<f64>,
    /// Of these, by self-scoring and appraisal.
    pub max_self: Option<f64>,
    /// Of these, by surveys.
    pub max_survey: Option<f64>,
    /// Where it is written.
    pub source: String,
    /// How sure that is.
    pub certainty: Certainty,
    /// What a reader must know.
    pub note: Option<String>,
}

/// A criteria set with its years.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CriteriaSet {
    /// Its name: the number of the decision.
    pub name: String,
    /// First year that it scores.
    pub first_year: i32,
    /// Last year; `None` while it stands.
    pub last_year: Option<i32>,
    /// All its criteria, in the order of their codes.
    pub criteria: Vec<Criterion>,
}

/// The points of one criterion: what the province gave itself, and what the appraisal confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Points {
    /// By the province.
    pub own: Option<f64>,
    /// By the appraisal, or the survey.
    pub appraised: Option<f64>,
}

/// One line of a score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreLine {
    /// The criterion.
    pub code: String,
    /// Points of itself or of all below it; `None` while any of those is missing.
    pub points: Points,
    /// The most it gives.
    pub max_points: Option<f64>,
    /// Appraised points in per cent of the maximum: the "index" of a domain. `None` without both.
    pub index_percent: Option<f64>,
    /// Own points less appraised ones.
    pub lost_in_appraisal: Option<f64>,
    /// Criteria below it (or itself) without points.
    pub without_points: Vec<String>,
}

impl CriteriaSet {
    /// A criterion by its code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.code == code)
    }

    /// The criteria directly below one.
    pub fn below<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Criterion> {
        self.criteria.iter().filter(move |criterion| parent(&criterion.code) == Some(code))
    }

    /// Points of every criterion, from the lowest up.
    ///
    /// # Formula
    /// A criterion with criteria below it has the sum of their points; the whole is the sum of the domains. Index of a
    /// domain = appraised points / maximum × 100.
    ///
    /// # Source
    /// Sums: published components of PAR Index 2018–2021 add to the published totals. The share of the maximum is inferred from the
    /// published domain index of Bắc Giang 2023 (91.99 %).
    ///
    /// # Errors
    /// `par_unknown_criterion`, `par_points` (negative, or above the maximum), `par_points_above` for points given to a criterion
    /// that is the sum of others, all at once.
    pub fn score(&self, given: &BTreeMap<String, Points>) -> Result<Vec<ScoreLine>, Problems> {
        self.check(given)?;
        Ok(self.criteria.iter().map(|criterion| self.line(criterion, given)).collect())
    }

    fn check(&self, given: &BTreeMap<String, Points>) -> Result<(), Problems> {
        let mut problems = Problems::none();
        for (code, points) in given {
            let Some(criterion) = self.get(code) else {
                problems.push(
                    Problem::new(
                        "par_unknown_criterion",
                        "bộ tiêu chí không có mã này",
                        "the set has no such criterion",
                    )
                    .at(Place::column(code.clone()))
                    .expected((format!("một mã trong bộ {}", self.name), format!("a code of the set {}", self.name))),
                );
                continue;
            };
            if self.below(code).next().is_some() {
                problems.push(
                    Problem::new(
                        "par_points_above",
                        "điểm của tiêu chí này là tổng các tiêu chí thành phần, không nhập trực tiếp",
                        "the points of this criterion are the sum of those below it and are not entered",
                    )
                    .at(Place::column(code.clone())),
                );
            }
            for number in [points.own, points.appraised].into_iter().flatten() {
                let most = self.most_points(&criterion.code);
                if !(0.0..=most + 1e-9).contains(&number) {
                    problems.push(
                        Problem::new(
                            "par_points",
                            "điểm nằm ngoài thang của tiêu chí",
                            "the points lie outside the criterion's scale",
                        )
                        .at(Place::column(code.clone()))
                        .expected((format!("0 đến {most}"), format!("0 to {most}")))
                        .got(number.to_string()),
                    );
                }
            }
        }
        problems.into_result(())
    }

    /// The most points that a criterion can give: its maximum; where that is not known, the nearest one known above it, as no part
    /// gives more than the whole; in the end the 100 points of the index.
    fn most_points(&self, code: &str) -> f64 {
        let above = std::iter::successors(Some(code), |code| parent(code));
        above.filter_map(|code| self.get(code)?.max_points).next().unwrap_or(WHOLE)
    }

    fn line(&self, criterion: &Criterion, given: &BTreeMap<String, Points>) -> ScoreLine {
        let leaves = self.leaves(&criterion.code);
        let sum = |of: fn(&Points) -> Option<f64>| {
            leaves.iter().map(|leaf| given.get(leaf.code.as_str()).and_then(of)).sum::<Option<f64>>()
        };
        let points = Points { own: sum(|one| one.own), appraised: sum(|one| one.appraised) };
        let missing = |leaf: &&&Criterion| {
            given.get(leaf.code.as_str()).is_none_or(|one| one.own.is_none() && one.appraised.is_none())
        };
        ScoreLine {
            code: criterion.code.clone(),
            points,
            max_points: criterion.max_points,
            index_percent: points
                .appraised
                .zip(criterion.max_points.filter(|most| *most > 0.0))
                .map(|(got, most)| got / most * 100.0),
            lost_in_appraisal: points.own.zip(points.appraised).map(|(own, appraised)| own - appraised),
            without_points: leaves.iter().filter(missing).map(|leaf| leaf.code.clone()).collect(),
        }
    }

    /// The criteria that are scored themselves, at or below one.
    fn leaves(&self, code: &str) -> Vec<&Criterion> {
        self.criteria
            .iter()
            .filter(|one| one.code != "total" && self.below(&one.code).next().is_none())
            .filter(|one| {
                code == "total"
                    || one.code == code
                    || one.code.strip_prefix(code).is_some_and(|rest| rest.starts_with('.'))
            })
            .collect()
    }
}

/// Points of the whole index, in every criteria set.
const WHOLE: f64 = 100.0;

/// The code one level up; the whole for a domain.
fn parent(code: &str) -> Option<&str> {
    match code.rsplit_once('.') {
        Some((above, _)) => Some(above),
        None if code == "total" => None,
        None => Some("total"),
    }
}

/// The points that a SIPAS share gives, to two decimals as they are published.
///
/// # Formula
/// share / 100 × maximum: 81.62 % of 10 points are 8.16.
///
/// # Source
/// Hà Tĩnh 2021: SIPAS 91.17 %, 9.12 points (published).
///
/// # Errors
/// `par_points` for a share outside 0 to 100 or a maximum that is not above 0.
///
/// Checked: `sipas_gives_the_published_points`.
pub fn points_of_sipas(share_percent: f64, max_points: f64) -> Result<f64, Problem> {
    if !(0.0..=100.0).contains(&share_percent) || !max_points.is_finite() || max_points <= 0.0 {
        return Err(Problem::new("par_points", "không đổi được SIPAS ra điểm", "SIPAS cannot be turned into points")
            .expected(("tỷ lệ từ 0 đến 100 %, điểm tối đa lớn hơn 0", "a share of 0 to 100 %, a maximum above 0"))
            .got(format!("{share_percent} %, {max_points}")));
    }
    // Rounded as printed; the small addend keeps 9.115 from falling to 9.11 by its binary form.
    Ok(((share_percent * max_points + 1e-9).round()) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str) -> CriteriaSet {
        shipped_criteria().expect("shipped").into_iter().find(|set| set.name == name).expect("a set")
    }

    fn points(of: &[(&str, f64)]) -> BTreeMap<String, Points> {
        of.iter().map(|(code, value)| ((*code).to_owned(), Points { own: None, appraised: Some(*value) })).collect()
    }

    #[test]
    fn the_maxima_of_the_set_of_2017_sum_to_100() {
        let sum: f64 = set("2948").criteria.iter().filter_map(|one| one.max_points).sum();
        assert!((sum - 100.0).abs() < 1e-9, "{sum}");
    }

    #[test]
    fn sipas_gives_the_published_points() {
        assert_eq!(points_of_sipas(81.62, 10.0), Ok(8.16));
        assert_eq!(points_of_sipas(91.17, 10.0), Ok(9.12));
        assert!(points_of_sipas(101.0, 10.0).is_err() && points_of_sipas(f64::NAN, 10.0).is_err());
    }

    #[test]
    fn published_parts_add_to_the_published_totals() {
        // par_parts.csv: Lạng Sơn 2018, Quảng Ninh, Hải Phòng and Huế 2020, Thanh Hóa 2021; totals are printed to 0.01 after rounding.
        let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for line in include_str!("../data/par_parts.csv").lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |place: usize| cells[place].parse::<f64>().expect("a number");
            let sum = sums.entry(format!("{} {}", cells[0], cells[1])).or_insert((0.0, number(4)));
            sum.0 += number(3);
        }
        assert_eq!(sums.len(), 5);
        for (unit, (sum, published)) in sums {
            assert!((sum - published).abs() < 0.011, "{unit}: {sum} is not {published}");
        }
    }

    #[test]
    fn domains_add_to_the_published_total_of_thanh_hoa() {
        // Thanh Hóa 2021, eight domains; published total 87.83.
        let given = points(&[
            ("1", 7.82),
            ("2", 8.93),
            ("3", 12.70),
            ("4", 9.23),
            ("5", 11.49),
            ("6", 9.88),
            ("7", 14.18),
            ("8", 13.61),
        ]);
        let mut set = set("1150");
        set.criteria.push(Criterion { code: "total".to_owned(), max_points: Some(100.0), ..set.criteria[0].clone() });
        let lines = set.score(&given).expect("known codes");
        let total = lines.iter().find(|line| line.code == "total").expect("total");
        assert!((total.points.appraised.expect("all known") - 87.84).abs() < 1e-9);
        assert!((total.index_percent.expect("of 100") - 87.84).abs() < 1e-9);
    }

    #[test]
    fn a_domain_is_unknown_while_one_of_its_criteria_has_no_points() {
        let set = set("876");
        let lines = set.score(&points(&[("8.1", 8.16)])).expect("known codes");
        let of = |code: &str| lines.iter().find(|line| line.code == code).expect("a line");
        assert_eq!(
            (of("8.1").index_percent.map(|share| (share * 100.0).round()), of("8").points.appraised),
            (Some(8160.0), None)
        );
        assert_eq!(of("8").without_points, ["8.2", "8.3", "8.4", "8.5"]);
        assert!(of("total").without_points.len() > 30);
    }

    #[test]
    fn impossible_points_are_told_all_at_once() {
        let given = points(&[("8.1", 10.5), ("8", 12.0), ("9", 1.0), ("8.2", -1.0)]);
        let problems = set("876").score(&given).expect_err("four faults");
        let mut codes: Vec<&str> = problems.iter().map(|one| one.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["par_points", "par_points", "par_points_above", "par_unknown_criterion"]);
        // The maximum of 1.1 was not found, that of its domain was: 9.5.
        assert!(set("876").score(&points(&[("1.1", 9.5)])).is_ok());
        let told = set("876").score(&points(&[("1.1", 9.6)])).expect_err("more than its domain");
        assert_eq!(told.0[0].expected.as_ref().map(|words| words.en.as_str()), Some("0 to 9.5"));
        assert!(set("876").score(&points(&[("2.1", 1e308)])).is_err(), "more than the index");
    }
}
