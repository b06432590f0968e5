//! Answers that are not a list of estimates: tests, regressions, moments, tables of two variables.

use problem::Problem;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::answer::domain;
use crate::WhyMissing;
use crate::domain::Label;
use crate::regression::{Family, TermTest};
use crate::small_cells::SmallCell;
use crate::test::IndependenceTests;

/// The answer of a kind that is not a list of estimates.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Further {
    /// Tests.
    Tests(Box<Tests>),
    /// Tests within domains.
    TestsOfDomains {
        /// One entry a domain.
        domains: Vec<Tests>,
    },
    /// A regression.
    Regression(Box<Fitted>),
    /// Regressions of domains.
    Regressions {
        /// One entry a domain.
        domains: Vec<Fitted>,
    },
    /// Moments of everyone.
    Moments(Moments),
    /// Moments of domains.
    Domains {
        /// One entry a domain.
        domains: Vec<Moments>,
    },
    /// A table of two variables.
    CrossTable(Box<CrossTable>),
    /// Tables of two variables, of domains.
    CrossTables {
        /// One entry a domain.
        domains: Vec<CrossTable>,
    },
}

/// Tests of independence of two variables, and of differences of a mean between groups.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tests {
    /// Column and value that name the domain; absent for everyone.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "domain")]
    pub domain: Vec<(String, Label)>,
    /// Why something could not be tested in this domain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// Of `row` and `col`.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub independence: Option<IndependenceTests>,
    /// The group `lev` against all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttest: Option<Difference>,
    /// Every pair of groups, when no `lev` is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparisons: Option<Vec<Difference>>,
}

/// The difference of two means with its interval and test.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The group whose mean comes first.
    pub a: Label,
    /// The group whose mean is taken away; `null` for all others together.
    pub b: Option<Label>,
    /// The difference.
    pub diff: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Difference over standard error.
    pub t: Option<f64>,
    /// PSUs minus strata of the two groups, minus 1.
    pub df: i64,
    /// Two-sided p value.
    pub p: Option<f64>,
    /// The same adjusted by Holm for all comparisons of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_holm: Option<f64>,
    /// The interval of the difference.
    pub ci: [Option<f64>; 2],
    /// Unweighted number of answers.
    pub n: usize,
    /// Why there is no difference: nobody answered in one of the groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_missing: Option<WhyMissing>,
}

/// A regression, coefficient by coefficient.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fitted {
    /// Column and value that name the domain; absent for everyone.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "domain")]
    pub domain: Vec<(String, Label)>,
    /// Why there is no fit in this domain; then there are no coefficients, and `n` counts its rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// What is fitted.
    pub family: Family,
    /// The coefficients.
    #[serde(serialize_with = "named")]
    pub coef: Vec<(String, Option<f64>)>,
    /// Their standard errors.
    #[serde(serialize_with = "named")]
    pub se: Vec<(String, Option<f64>)>,
    /// Coefficient over standard error.
    #[serde(serialize_with = "named")]
    pub t: Vec<(String, Option<f64>)>,
    /// Two-sided p values.
    #[serde(serialize_with = "named")]
    pub p: Vec<(String, Option<f64>)>,
    /// Intervals.
    #[serde(serialize_with = "named")]
    pub ci: Vec<(String, [Option<f64>; 2])>,
    /// Covariance matrix of the coefficients.
    pub vcov: Vec<Vec<f64>>,
    /// PSUs minus strata plus one minus coefficients.
    pub df_residual: i64,
    /// Wald's test of each term.
    pub terms: Vec<TermTest>,
    /// Rows of the model with a weight above zero.
    pub n: usize,
    /// Iterations of the fit.
    pub iterations: usize,
}

impl Default for Fitted {
    fn default() -> Self {
        Self {
            domain: Vec::new(),
            problems: Vec::new(),
            family: Family::Gaussian,
            coef: Vec::new(),
            se: Vec::new(),
            t: Vec::new(),
            p: Vec::new(),
            ci: Vec::new(),
            vcov: Vec::new(),
            df_residual: 0,
            terms: Vec::new(),
            n: 0,
            iterations: 0,
        }
    }
}

/// Covariance and correlation matrices with their standard errors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moments {
    /// Column and value that name the domain; `null` for everyone.
    #[serde(serialize_with = "domain")]
    pub domain: Vec<(String, Label)>,
    /// The variables, in the order of rows and columns.
    pub vars: Vec<String>,
    /// Covariances.
    pub cov: Vec<Vec<Option<f64>>>,
    /// Their standard errors.
    pub se: Vec<Vec<Option<f64>>>,
    /// Correlations.
    pub cor: Vec<Vec<Option<f64>>>,
    /// Their standard errors.
    pub cor_se: Vec<Vec<Option<f64>>>,
    /// Unweighted number of answers of each pair.
    pub n: Vec<Vec<usize>>,
    /// Degrees of freedom of the whole design.
    pub df: usize,
    /// Why something is `null`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why_missing: Vec<WhyMissing>,
}

/// A table of two variables, and the tests of their independence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CrossTable {
    /// Column and value that name the domain; absent for everyone.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "domain")]
    pub domain: Vec<(String, Label)>,
    /// The variable of the rows.
    pub row: String,
    /// The variable of the columns.
    pub col: String,
    /// Every combination of their values, also those nobody is in.
    pub cells: Vec<CrossCell>,
    /// Are they independent?
    pub tests: IndependenceTests,
}

/// One cell of a table of two variables.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CrossCell {
    /// The value of the row.
    pub row: Label,
    /// The value of the column.
    pub col: Label,
    /// Unweighted number of answers in the cell.
    pub n: usize,
    /// Its share of everyone.
    pub of_table: Share,
    /// Its share of the row.
    pub of_row: Share,
    /// Its share of the column.
    pub of_col: Share,
}

/// A proportion in a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The proportion.
    pub est: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Its interval (logit; Clopper–Pearson for 0 and 1).
    pub ci: [Option<f64>; 2],
    /// Degrees of freedom of those it is a share of.
    pub df: usize,
    /// Unweighted number of answers it is a share of.
    pub n: usize,
    /// Hidden or flagged as a small cell.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub small_cell: Option<SmallCell>,
    /// Why something is `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_missing: Option<WhyMissing>,
}

fn named<S: Serializer, T: Serialize>(entries: &[(String, T)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (name, value) in entries {
        map.serialize_entry(name, value)?;
    }
    map.end()
}
