//! What is done to an answer when its numbers stand: marks on small cells, and the printed style of PAPI's intervals.

use problem::Problems;
use serde_json::Value;

use super::answer::{Answer, Contrast, Entry, ProportionRow, QuantileRow, Row, limits, papi_note};
use super::document::{EstimandKeys, unknown};
use super::further::{Further, Share};
use crate::WhyMissing;
use crate::interval::IntervalMethod;
use crate::small_cells::{Action, Facts, SmallCell, SmallCellRules};

pub(super) struct Finish {
    rules: Option<SmallCellRules>,
    papi_style: bool,
    /// Whether the estimates are proportions, which have a width in points.
    proportions: bool,
}

impl Finish {
    pub(super) fn of(keys: &EstimandKeys, problems: &mut Problems) -> Self {
        let kind = keys.kind.as_str();
        let rules = match &keys.small_cells {
            None | Some(Value::Null | Value::Bool(false)) => None,
            Some(Value::Bool(true)) => Some(SmallCellRules::house()),
            Some(own) => Some(SmallCellRules::parse(&own.to_string())),
        };
        let rules = match rules {
            None => None,
            Some(Ok(rules)) => Some(rules),
            Some(Err(wrong)) => {
                problems.extend(wrong.0);
                None
            }
        };
        let papi_style = keys.papi_style == Some(true);
        // Quantiles have intervals of their own; kinds of inference refuse the key themselves.
        if papi_style && kind == "quantile" {
            problems.push(unknown("estimand.papi_style", &Value::from(kind)));
        }
        Self { rules, papi_style, proportions: kind == "proportion" }
    }

    pub(super) fn apply(&self, mut answer: Answer) -> Answer {
        if self.papi_style {
            answer.notes.push(papi_note());
        }
        // Which of the listed estimates are hidden: their variances are hidden with them.
        let mut hidden = vec![false; answer.estimates.len()];
        for (entry, hidden) in answer.estimates.iter_mut().zip(&mut hidden) {
            *hidden = match entry {
                Entry::Estimate(row) => self.row(row),
                Entry::Quantile(row) => self.quantile(row),
                Entry::Proportion(row) => self.proportion(row),
                Entry::PpsTotal(row) => self.row(&mut row.row),
                // Replicates refuse the keys that would change a row.
                Entry::Statistic(_) => false,
            };
        }
        for (i, row) in answer.vcov.iter_mut().flatten().enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                let either = [i, j].iter().any(|&at| hidden.get(at).copied().unwrap_or(false));
                *value = value.filter(|_| !either);
            }
        }
        if self.papi_style {
            answer.contrasts.iter_mut().flatten().for_each(papi_contrast);
        }
        let tables = match &mut answer.further {
            Some(Further::CrossTable(table)) => std::slice::from_mut(&mut **table),
            Some(Further::CrossTables { domains }) => &mut domains[..],
            _ => &mut [],
        };
        for cell in tables.iter_mut().flat_map(|table| &mut table.cells) {
            for share in [&mut cell.of_table, &mut cell.of_row, &mut cell.of_col] {
                self.share(share);
            }
        }
        answer
    }

    fn judge(&self, facts: &Facts) -> (Option<SmallCell>, bool) {
        let verdict = self.rules.as_ref().and_then(|rules| rules.judge(facts));
        let hide = verdict.as_ref().is_some_and(|verdict| verdict.flag == Action::Hide);
        (verdict, hide)
    }

    fn row(&self, row: &mut Row) -> bool {
        if self.papi_style {
            row.ci_papi_90 = Some(limits(row.est, row.se, 0.95, IntervalMethod::PapiStyle));
        }
        let width = row.ci_t[0].zip(row.ci_t[1]).map(|(lower, upper)| upper - lower).filter(|_| self.proportions);
        let facts =
            Facts { n: row.n, estimate: row.est, standard_error: row.se, degrees_of_freedom: row.df_domain, width };
        let (verdict, hide) = self.judge(&facts);
        row.small_cell = verdict;
        if hide {
            (row.est, row.se, row.why_missing) = (None, None, Some(WhyMissing::SmallCell));
            row.deff = row.deff.map(|_| None);
            row.ci_papi_90 = row.ci_papi_90.map(|_| [None, None]);
            for ci in [&mut row.ci_t, &mut row.ci_t_domain, &mut row.ci_z] {
                *ci = [None, None];
            }
        }
        hide
    }

    fn quantile(&self, row: &mut QuantileRow) -> bool {
        let facts = Facts {
            n: row.n,
            estimate: row.est,
            standard_error: row.se,
            degrees_of_freedom: Some(row.df_domain),
            width: None,
        };
        let (verdict, hide) = self.judge(&facts);
        row.small_cell = verdict;
        if hide {
            (row.est, row.se, row.ci, row.why_missing) = (None, None, [None, None], Some(WhyMissing::SmallCell));
        }
        hide
    }

    fn proportion(&self, row: &mut ProportionRow) -> bool {
        let width = row.ci[0].zip(row.ci[1]).map(|(lower, upper)| upper - lower);
        let facts =
            Facts { n: row.n, estimate: row.est, standard_error: row.se, degrees_of_freedom: Some(row.df), width };
        let (verdict, hide) = self.judge(&facts);
        row.small_cell = verdict;
        if hide {
            (row.est, row.se, row.ci, row.why_missing) = (None, None, [None, None], Some(WhyMissing::SmallCell));
            row.n_effective = None;
        }
        hide
    }

    fn share(&self, share: &mut Share) {
        let width = share.ci[0].zip(share.ci[1]).map(|(lower, upper)| upper - lower);
        let facts = Facts {
            n: share.n,
            estimate: share.est,
            standard_error: share.se,
            degrees_of_freedom: Some(share.df),
            width,
        };
        let (verdict, hide) = self.judge(&facts);
        share.small_cell = verdict;
        if hide {
            (share.est, share.se, share.ci) = (None, None, [None, None]);
            share.why_missing = Some(WhyMissing::SmallCell);
        }
    }
}

fn papi_contrast(contrast: &mut Contrast) {
    contrast.ci_papi_90 = Some(limits(contrast.est, contrast.se, 0.95, IntervalMethod::PapiStyle));
}
