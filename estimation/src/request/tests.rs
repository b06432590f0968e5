//! Tests of independence and of differences between groups, among everyone or in each domain.

use problem::Problems;

use super::answer::{Answer, DesignSummary, limits};
use super::document::{Request, label};
use super::further::{Difference, Further, Tests};
use crate::distribution::t_two_sided;
use crate::domain::{Categories, Domain, Label, crossing, selection};
use crate::interval::IntervalMethod;
use crate::regression::{Family, Formula, Variable, regression};
use crate::table::Table;
use crate::test::{holm, independence, independence_in};
use crate::{EstimationDesign, WhyMissing};

pub(super) fn run(request: &Request, table: &Table, design: &EstimationDesign, level: f64) -> Result<Answer, Problems> {
    let by: Vec<&str> = request.estimand.by.0.iter().map(String::as_str).collect();
    let mut all = Vec::new();
    for domain in crossing(table, &by)? {
        let tests = within(request, table, design, level, &domain, by.is_empty())?;
        all.push(Tests { domain: domain.labels, ..tests });
    }
    let further = match <[Tests; 1]>::try_from(all) {
        Ok([tests]) if by.is_empty() => Further::Tests(Box::new(tests)),
        Ok([tests]) => Further::TestsOfDomains { domains: vec![tests] },
        Err(domains) => Further::TestsOfDomains { domains },
    };
    Ok(Answer { further: Some(further), ..Answer::of(Vec::new(), DesignSummary::of(design)) })
}

fn within(
    request: &Request,
    table: &Table,
    design: &EstimationDesign,
    level: f64,
    domain: &Domain,
    is_everyone: bool,
) -> Result<Tests, Problems> {
    let keys = &request.estimand;
    let mut tests = Tests::default();
    if let (Some(row), Some(column)) = (&keys.row, &keys.col) {
        let row = Categories::of(table.column(row)?);
        let column = Categories::of(table.column(column)?);
        tests.independence = Some(if is_everyone {
            independence(design, &row.codes, &column.codes)?
        } else {
            independence_in(design, &row.codes, &column.codes, &domain.rows)?
        });
    }
    if let (Some(y), Some(g)) = (&keys.y, &keys.g) {
        let question = Question { table, design, y, g, level };
        let told = match &keys.lev {
            Some(value) => question
                .difference(&label("estimand.lev", value)?, None, &domain.rows)
                .map(|difference| tests.ttest = Some(difference)),
            None => question.every_pair(&domain.rows).map(|all| tests.comparisons = Some(all)),
        };
        match told {
            // One small domain must not keep the others from being told.
            Err(problems) if !is_everyone => tests.problems = problems.0,
            told => told?,
        }
    }
    Ok(tests)
}

/// What is compared between which groups.
struct Question<'a> {
    table: &'a Table,
    design: &'a EstimationDesign,
    y: &'a str,
    g: &'a str,
    level: f64,
}

impl Question<'_> {
    /// The mean of `y` in the group `a` minus that of all others among the rows: a regression on belonging to it.
    fn difference(&self, a: &Label, b: Option<&Label>, rows: &[u32]) -> Result<Difference, Problems> {
        let belongs = Variable::Holds {
            column: self.g.to_owned(),
            sign: "==",
            value: a.text(),
            is_text: matches!(a, Label::Text(_)),
        };
        let formula =
            Formula { response: Variable::Column(self.y.to_owned()), intercept: true, terms: vec![vec![belongs]] };
        let fit = regression(self.design, self.table, &formula, Family::Gaussian, rows)?;
        let df = usize::try_from(fit.residual_degrees_of_freedom).unwrap_or(0);
        let (diff, se) = (fit.coefficients[1].estimate(), fit.covariance[3].max(0.0).sqrt());
        let t = diff.map(|diff| diff / se).filter(|t| t.is_finite());
        Ok(Difference {
            a: a.clone(),
            b: b.cloned(),
            diff,
            se: Some(se),
            t,
            df: fit.residual_degrees_of_freedom,
            p: t.and_then(|t| t_two_sided(t, df as f64)),
            p_holm: None,
            ci: limits(diff, Some(se), self.level, IntervalMethod::T { degrees_of_freedom: df }),
            n: fit.n,
            why_missing: None,
        })
    }

    /// Every pair of groups, each on its own rows, with p values adjusted for the family.
    fn every_pair(&self, rows: &[u32]) -> Result<Vec<Difference>, Problems> {
        let groups = Categories::of(self.table.column(self.g)?).labels;
        let mut differences = Vec::new();
        for (at, b) in groups.iter().enumerate() {
            for a in &groups[at + 1..] {
                let of = |label: &Label| selection(self.table, &[(self.g.to_owned(), label.clone())]);
                let mut pair = [of(a)?.rows, of(b)?.rows].concat();
                pair.sort_unstable();
                pair.retain(|row| rows.binary_search(row).is_ok());
                differences.push(match self.difference(a, Some(b), &pair) {
                    Err(problems) if problems.iter().all(|problem| NOBODY.contains(&problem.code)) => nobody(a, b),
                    other => other?,
                });
            }
        }
        let adjusted = holm(&differences.iter().map(|difference| difference.p).collect::<Vec<_>>());
        differences.iter_mut().zip(adjusted).for_each(|(difference, p)| difference.p_holm = p);
        Ok(differences)
    }
}

/// What a regression says when one of two groups holds no answer with a weight.
const NOBODY: [&str; 3] = ["regression_no_rows", "regression_one_category", "regression_collinear"];

fn nobody(a: &Label, b: &Label) -> Difference {
    Difference {
        a: a.clone(),
        b: Some(b.clone()),
        diff: None,
        se: None,
        t: None,
        df: 0,
        p: None,
        p_holm: None,
        ci: [None, None],
        n: 0,
        why_missing: Some(WhyMissing::NoAnswers),
    }
}
