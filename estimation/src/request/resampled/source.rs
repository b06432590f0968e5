//! The lines of an answer, whether variances come from scores or from replicates.

use problem::{Problem, Problems};
use serde_json::Value;

use crate::domain::{Categories, Domain, Label, crossing};
use crate::estimand::{mean_of_rows, total_of_rows};
use crate::interval::IntervalMethod;
use crate::replication::{ReplicateWeights, Replicated};
use crate::request::answer::{Entry, StatisticRow, limits};
use crate::request::design::numbers;
use crate::request::document::{Request, unknown};
use crate::share::share_out;
use crate::table::Table;
use crate::{EstimationDesign, QuantileRule, Scores, WhyMissing};

/// Where estimates and their variance come from.
pub(super) enum Source<'a> {
    Scores(&'a EstimationDesign),
    Replicates(&'a ReplicateWeights),
}

impl Source<'_> {
    /// All lines of the answer. The kinds `replicate_variance` and `calibration` tell of everyone, variable by variable, and of each domain
    /// by its means; the others tell domain by domain.
    pub(super) fn estimates(
        &self,
        request: &Request,
        table: &Table,
        level: f64,
        n_threads: usize,
    ) -> Result<Vec<Entry>, Problems> {
        let keys = &request.estimand;
        let by: Vec<&str> = keys.by.0.iter().map(String::as_str).collect();
        let domains = crossing(table, &by)?;
        let everyone = [Domain::everyone(table.n_rows())];
        let variables = if keys.kind == "proportion" { Vec::new() } else { variables(request, table)? };
        let share = Share { n_threads: if table.n_rows() > WORTH_A_THREAD { n_threads } else { 1 } };
        let entries = match keys.kind.as_str() {
            "proportion" => {
                share.out(&pairs(&domains, &keys.vars.0), |(domain, name)| self.proportions(name, table, domain, level))
            }
            "mean" | "total" => share.out(&pairs(&domains, &variables), |(domain, (name, y))| {
                Ok(vec![self.one(&keys.kind, name, y, domain, level)?])
            }),
            "ratio" => {
                let pair =
                    keys.numerator.iter().zip(&keys.denominator).map(|(above, below)| [above.clone(), below.clone()]);
                self.ratios(&pair.collect::<Vec<_>>(), table, &domains, level)
            }
            "quantile" => self.quantiles(request, &variables, &domains, level, share),
            _ => {
                let cells = if by.is_empty() { &[][..] } else { &domains[..] };
                let mut entries = share.out(&variables, |&(name, y)| {
                    let of_everyone = ["mean", "total"].into_iter().map(|stat| (stat, &everyone[0]));
                    let of_cells = cells.iter().map(|domain| ("mean", domain));
                    of_everyone.chain(of_cells).map(|(stat, domain)| self.one(stat, name, y, domain, level)).collect()
                })?;
                if keys.kind == "replicate_variance" {
                    entries.extend(self.ratios(&keys.ratios, table, &everyone, level)?);
                    entries.extend(self.quantiles(request, &variables, &everyone, level, share)?);
                }
                Ok(entries)
            }
        };
        Ok(entries?)
    }

    /// The mean or total of a variable in a domain.
    fn one(&self, stat: &str, name: &str, y: &[f64], domain: &Domain, level: f64) -> Result<Entry, Problem> {
        let rows = answered(domain, &[y]);
        match (self, stat) {
            (Self::Scores(design), "total") => {
                by_scores(design, &total_of_rows(design, name, rows, |row| y[row]), stat, &domain.labels, level)
            }
            (Self::Replicates(replicates), "total") => {
                let one = replicates.total_of_rows(name, &rows, |row| y[row]);
                replicated(replicates, &one, stat, &domain.labels, level)
            }
            _ => self.mean(name, stat, &domain.labels, rows, |row| y[row], level),
        }
    }

    fn ratios(
        &self,
        pairs: &[[String; 2]],
        table: &Table,
        domains: &[Domain],
        level: f64,
    ) -> Result<Vec<Entry>, Problem> {
        let Self::Replicates(replicates) = self else { return Ok(Vec::new()) };
        let mut entries = Vec::new();
        for (domain, [above, below]) in self::pairs(domains, pairs) {
            let y = numbers(above, table.column(above)?)?;
            let x = numbers(below, table.column(below)?)?;
            let rows = answered(domain, &[y, x]);
            let ratio = replicates.quotient_of_rows(&format!("{above}/{below}"), &rows, |row| y[row], |row| x[row]);
            entries.push(replicated(replicates, &ratio, "ratio", &domain.labels, level)?);
        }
        Ok(entries)
    }

    /// Quantiles by the rules asked for (`math` by default) at the levels asked for (quartiles by default).
    fn quantiles(
        &self,
        request: &Request,
        variables: &[(&str, &[f64])],
        domains: &[Domain],
        level: f64,
        share: Share,
    ) -> Result<Vec<Entry>, Problem> {
        let Self::Replicates(replicates) = self else { return Ok(Vec::new()) };
        let asked = &request.estimand.probs.0;
        let probs = if asked.is_empty() { &[0.25, 0.5, 0.75][..] } else { asked };
        let rules = rules(request)?;
        let asked = pairs(&rules, probs);
        share.out(&pairs(domains, variables), |(domain, (name, y))| {
            let rows = answered(domain, &[y]);
            let of = |(rule, p): &(&QuantileRule, &f64)| {
                let one = replicates.quantile_of_rows(&format!("{name}@{p}"), &rows, y, **p, **rule);
                let stat = format!("quantile({} rule)", rule.name());
                replicated(replicates, &one, &stat, &domain.labels, level)
            };
            asked.iter().map(of).collect()
        })
    }

    fn mean(
        &self,
        name: &str,
        stat: &str,
        labels: &[(String, Label)],
        rows: Vec<u32>,
        y: impl Fn(usize) -> f64,
        level: f64,
    ) -> Result<Entry, Problem> {
        match self {
            Self::Scores(design) => by_scores(design, &mean_of_rows(design, name, rows, y), stat, labels, level),
            Self::Replicates(replicates) => {
                let one = replicates.quotient_of_rows(name, &rows, y, |_| 1.0);
                replicated(replicates, &one, stat, labels, level)
            }
        }
    }

    fn proportions(&self, name: &str, table: &Table, domain: &Domain, level: f64) -> Result<Vec<Entry>, Problem> {
        let categories = Categories::of(table.column(name)?);
        let code = |row: usize| categories.codes[row] as usize;
        let n_labels = categories.labels.len();
        let rows: Vec<u32> = domain.rows.iter().copied().filter(|&row| code(row as usize) < n_labels).collect();
        let of = |(at, label): (usize, &Label)| {
            let name = format!("factor({name}){}", label.text());
            let is = |row: usize| f64::from(u8::from(code(row) == at));
            self.mean(&name, "proportion", &domain.labels, rows.clone(), is, level)
        };
        categories.labels.iter().enumerate().map(of).collect()
    }
}

/// Threads share out tasks, never a sum.
#[derive(Clone, Copy)]
struct Share {
    n_threads: usize,
}

/// A statistic of so many rows takes longer than a thread to start.
const WORTH_A_THREAD: usize = 1_000;

impl Share {
    /// The lines of each task, in their order, or the first problem.
    fn out<T: Sync>(
        self,
        tasks: &[T],
        lines: impl Fn(&T) -> Result<Vec<Entry>, Problem> + Sync,
    ) -> Result<Vec<Entry>, Problem> {
        let mut all = Vec::with_capacity(tasks.len());
        for lines in share_out(tasks, self.n_threads, lines) {
            all.extend(lines?);
        }
        Ok(all)
    }
}

/// Each of the first with each of the second.
fn pairs<'a, A, B>(first: &'a [A], second: &'a [B]) -> Vec<(&'a A, &'a B)> {
    first.iter().flat_map(|one| second.iter().map(move |other| (one, other))).collect()
}

fn variables<'a>(request: &'a Request, table: &'a Table) -> Result<Vec<(&'a str, &'a [f64])>, Problems> {
    let (mut variables, mut problems) = (Vec::new(), Problems::none());
    for name in &request.estimand.vars.0 {
        match table.column(name).and_then(|column| numbers(name, column)) {
            Ok(values) => variables.push((name.as_str(), values)),
            Err(problem) => problems.push(problem),
        }
    }
    problems.into_result(variables)
}

fn rules(request: &Request) -> Result<Vec<QuantileRule>, Problem> {
    let read = |name: &String| {
        let rule = serde_json::from_value(Value::from(name.as_str()));
        rule.map_err(|_| unknown("estimand.qrules", &Value::from(name.as_str())))
    };
    let rules: Vec<QuantileRule> = request.estimand.qrules.0.iter().map(read).collect::<Result<_, _>>()?;
    Ok(if rules.is_empty() { vec![QuantileRule::Math] } else { rules })
}

/// The rows of a domain that have all of these answers.
pub(super) fn answered(domain: &Domain, columns: &[&[f64]]) -> Vec<u32> {
    let complete = |row: &u32| columns.iter().all(|values| !values[*row as usize].is_nan());
    domain.rows.iter().copied().filter(complete).collect()
}

fn by_scores(
    design: &EstimationDesign,
    scores: &Scores,
    stat: &str,
    labels: &[(String, Label)],
    level: f64,
) -> Result<Entry, Problem> {
    let covariance = design.covariance(&[scores])?;
    let why = scores.why_missing().or(covariance.why_missing(0));
    let (est, se) = (scores.estimate(), covariance.standard_error(0));
    Ok(entry(&scores.name, stat, labels, (est, se), scores.n(), design.degrees_of_freedom(), why, level))
}

pub(super) fn replicated(
    weights: &ReplicateWeights,
    one: &Replicated,
    stat: &str,
    labels: &[(String, Label)],
    level: f64,
) -> Result<Entry, Problem> {
    let covariance = weights.covariance(&[one])?;
    let (est, se) = (one.estimate(), covariance.standard_error(0));
    let df = weights.degrees_of_freedom();
    Ok(entry(&one.name, stat, labels, (est, se), one.n(), df, covariance.why_missing(0), level))
}

#[expect(clippy::too_many_arguments, reason = "the parts of one line of the answer")]
fn entry(
    name: &str,
    stat: &str,
    labels: &[(String, Label)],
    (est, se): (Option<f64>, Option<f64>),
    n: usize,
    df: usize,
    why: Option<WhyMissing>,
    level: f64,
) -> Entry {
    let ci_t = limits(est, se, level, IntervalMethod::T { degrees_of_freedom: df });
    Entry::Statistic(StatisticRow {
        domain: labels.to_vec(),
        name: name.to_owned(),
        stat: stat.to_owned(),
        est,
        se,
        n,
        df,
        ci_t,
        ci_z: limits(est, se, level, IntervalMethod::Normal),
        why_missing: why.or(ci_t[0].is_none().then_some(WhyMissing::NoDegreesOfFreedom)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DesignColumns;
    use crate::replication::Method;
    use crate::table::Column;

    #[test]
    fn one_and_many_threads_give_the_same_lines() {
        let n_rows = 1_500;
        let mut table = Table::new();
        let mut insert = |name: &str, value: &dyn Fn(usize) -> f64| {
            table.insert(name.to_owned(), Column::numeric((0..n_rows).map(value).collect())).unwrap();
        };
        insert("y", &|row| if row % 11 == 0 { f64::NAN } else { (row * 37 % 101) as f64 / 7.0 });
        insert("x", &|row| 1.0 + (row * 53 % 89) as f64);
        insert("group", &|row| (row * 7 % 3) as f64);
        let psu = Column::numeric((0..n_rows).map(|row| (row / 50) as f64).collect());
        let w: Vec<f64> = (0..n_rows).map(|row| 1.0 + (row * 29 % 17) as f64).collect();
        let columns =
            DesignColumns { ids: vec![("psu", &psu)], weights: Some(("w", &w)), ..DesignColumns::new(n_rows) };
        let design = EstimationDesign::new(&columns).unwrap();
        let method = Method::RaoWu { n_draws: None, n_replicates: 40, seed: 3 };
        let weights = ReplicateWeights::make(&design, &columns, &method).unwrap();
        for (kind, rest, n_lines) in [
            ("mean", r#""vars": ["y", "x"], "by": "group""#, 6),
            ("total", r#""vars": ["y", "x"]"#, 2),
            ("proportion", r#""vars": ["group"]"#, 3),
            ("quantile", r#""vars": ["y", "x"], "probs": [0.5], "by": "group""#, 6),
            ("replicate_variance", r#""vars": ["y", "x"], "by": "group", "ratios": [["y", "x"]]"#, 17),
        ] {
            let estimand = format!(r#"{{"kind": "{kind}", {rest}}}"#);
            let request = format!(
                r#"{{"data": "", "design": {{"ids": "psu", "replicates": {{"type": "JK1"}}}}, "estimand": {estimand}}}"#
            );
            let request = Request::parse(&request).unwrap();
            let lines = |n| Source::Replicates(&weights).estimates(&request, &table, 0.95, n).unwrap();
            let one = lines(1);
            assert_eq!(one.len(), n_lines, "{kind}");
            assert!([2, 3, 64].into_iter().all(|n| lines(n) == one), "{kind}");
        }
    }
}
