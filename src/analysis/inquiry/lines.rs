//! The estimates of a finding, one a line: what pages show and a CSV holds.

use estimation::WhyMissing;
use estimation::domain::Label;
use estimation::request::{Difference, Entry, Further, Row, Share};
use estimation::small_cells::{Action, SmallCell};
use problem::Problem;
use reports::export::data::harmless::harmless;
use reports::export::data::{DataSet, Variable};

use super::{Ask, Finding, Step, variable};

/// What a line estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The share of an answer in a group.
    Share,
    /// The mean of a number in a group.
    Mean,
    /// The share of a cell in the whole table.
    OfTable,
    /// Its share in its row.
    OfRow,
    /// Its share in its column.
    OfCol,
    /// The difference of two groups.
    Difference,
}

impl Part {
    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Mean => "mean",
            Self::OfTable => "of_table",
            Self::OfRow => "of_row",
            Self::OfCol => "of_col",
            Self::Difference => "difference",
        }
    }
}

/// One estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it estimates.
    pub part: Part,
    /// The code of the group (of a table: of the row; of a difference: of the first group); empty for everybody.
    pub group: String,
    /// The code of the answer (of a table: of the column; of a difference: of the second group).
    pub value: String,
    /// The estimate; shares from 0 to 1.
    pub estimate: Option<f64>,
    /// Its standard error.
    pub standard_error: Option<f64>,
    /// Its 95 % interval.
    pub interval: [Option<f64>; 2],
    /// Degrees of freedom.
    pub degrees_of_freedom: Option<f64>,
    /// Interviews that the estimate rests on (unweighted).
    pub n: usize,
    /// Interviews in the cell of a table.
    pub n_cell: Option<usize>,
    /// Variance over that of a simple random sample with replacement.
    pub design_effect: Option<f64>,
    /// Two-sided p value of a difference.
    pub p: Option<f64>,
    /// The same after Holm, over all pairs.
    pub p_holm: Option<f64>,
    /// Hidden or flagged, and why.
    pub small_cell: Option<SmallCell>,
    /// Why a number is missing.
    pub why_missing: Option<WhyMissing>,
}

impl Line {
    /// Whether it rests on too few answers to be shown.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.small_cell.as_ref().is_some_and(|cell| cell.flag == Action::Hide)
    }

    fn blank(part: Part) -> Self {
        Self {
            part,
            group: String::new(),
            value: String::new(),
            estimate: None,
            standard_error: None,
            interval: [None, None],
            degrees_of_freedom: None,
            n: 0,
            n_cell: None,
            design_effect: None,
            p: None,
            p_holm: None,
            small_cell: None,
            why_missing: None,
        }
    }
}

/// The lines of all steps, in the order in which the questionnaire lists answers and groups.
pub(super) fn of(ask: &Ask, data: &DataSet, steps: &[Step]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for step in steps {
        for entry in &step.answer.estimates {
            match entry {
                Entry::Proportion(row) => lines.push(Line {
                    group: first(&row.domain),
                    value: if row.event == Label::Text("1".to_owned()) && is_choice(data, &row.name) {
                        row.name.clone()
                    } else {
                        row.event.text()
                    },
                    estimate: row.est,
                    standard_error: row.se,
                    interval: row.ci,
                    degrees_of_freedom: Some(row.df as f64),
                    n: row.n,
                    small_cell: row.small_cell.clone(),
                    why_missing: row.why_missing,
                    ..Line::blank(Part::Share)
                }),
                Entry::Estimate(row) => lines.push(of_mean(row)),
                _ => {}
            }
        }
        match &step.answer.further {
            Some(Further::CrossTable(table)) => {
                for cell in &table.cells {
                    let parts =
                        [(Part::OfTable, &cell.of_table), (Part::OfRow, &cell.of_row), (Part::OfCol, &cell.of_col)];
                    let of_share = |(part, share): (Part, &Share)| Line {
                        group: cell.row.text(),
                        value: cell.col.text(),
                        n_cell: Some(cell.n),
                        estimate: share.est,
                        standard_error: share.se,
                        interval: share.ci,
                        degrees_of_freedom: Some(share.df as f64),
                        n: share.n,
                        small_cell: share.small_cell.clone(),
                        why_missing: share.why_missing,
                        ..Line::blank(part)
                    };
                    lines.extend(parts.map(of_share));
                }
            }
            Some(Further::Tests(tests)) => {
                let differences: Vec<Line> =
                    tests.comparisons.iter().flatten().map(|one| of_difference(one, &lines)).collect();
                lines.extend(differences);
            }
            _ => {}
        }
    }
    in_order(ask, data, &mut lines);
    lines
}

fn of_mean(row: &Row) -> Line {
    Line {
        group: first(&row.domain),
        estimate: row.est,
        standard_error: row.se,
        interval: row.ci_t_domain,
        degrees_of_freedom: row.df_domain.map(|df| df as f64),
        n: row.n,
        design_effect: row.deff.flatten(),
        small_cell: row.small_cell.clone(),
        why_missing: row.why_missing,
        ..Line::blank(Part::Mean)
    }
}

/// A difference to a group that is hidden would give its value away.
fn of_difference(one: &Difference, means: &[Line]) -> Line {
    let (group, value) = (one.a.text(), one.b.as_ref().map(Label::text).unwrap_or_default());
    let hidden = means
        .iter()
        .find(|mean| mean.part != Part::Difference && (mean.group == group || mean.group == value) && mean.is_hidden());
    let line = Line { group, value, n: one.n, ..Line::blank(Part::Difference) };
    if let Some(hidden) = hidden {
        return Line { small_cell: hidden.small_cell.clone(), why_missing: Some(WhyMissing::SmallCell), ..line };
    }
    Line {
        estimate: one.diff,
        standard_error: one.se,
        interval: one.ci,
        degrees_of_freedom: Some(one.df as f64),
        p: one.p,
        p_holm: one.p_holm,
        why_missing: one.why_missing,
        ..line
    }
}

fn first(domain: &[(String, Label)]) -> String {
    domain.first().map(|(_, label)| label.text()).unwrap_or_default()
}

fn is_choice(data: &DataSet, name: &str) -> bool {
    variable(data, name).is_ok_and(|one| one.multiple.is_some())
}

/// Estimation sorts values as texts; readers want the order of the questionnaire.
fn in_order(ask: &Ask, data: &DataSet, lines: &mut [Line]) {
    let place = |name: Option<&String>, code: &str| -> usize {
        let known = name.and_then(|name| variable(data, name).ok());
        let position = |one: &Variable| one.categories().iter().position(|category| category.code == code);
        known.and_then(position).unwrap_or(0)
    };
    let (group, value) = match ask {
        Ask::Question { var, by } => (by.as_ref(), Some(var)),
        Ask::CrossTable { row, col } => (Some(row), Some(col)),
        Ask::Groups { by, .. } => (Some(by), Some(by)),
    };
    let is_difference = |line: &Line| line.part == Part::Difference;
    // Areas have no list of answers: they stand by their names.
    let by_name = |code: &str| {
        group
            .is_none_or(|name| variable(data, name).is_ok_and(|one| one.categories().is_empty()))
            .then(|| code.to_owned())
    };
    lines.sort_by_cached_key(|line| {
        (is_difference(line), place(group, &line.group), by_name(&line.group), place(value, &line.value))
    });
}

const COLUMNS: [&str; 18] = [
    "part",
    "group",
    "group_label",
    "value",
    "value_label",
    "estimate",
    "standard_error",
    "lower",
    "upper",
    "confidence_level",
    "degrees_of_freedom",
    "n",
    "n_cell",
    "design_effect",
    "p",
    "p_holm",
    "flag",
    "missing",
];

/// The lines as CSV (RFC 4180): UTF-8, comma, decimal point. Hidden numbers are empty, and the columns `flag` and `missing` say why.
///
/// # Errors
/// `inquiry_csv` when the writer fails.
pub fn to_csv(finding: &Finding, data: &DataSet, level: f64) -> Result<String, Problem> {
    let failed = |error: &dyn std::fmt::Display| {
        Problem::new("inquiry_csv", "không ghi được tệp CSV", "the CSV could not be written").got(error.to_string())
    };
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(|error| failed(&error))?;
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    for line in &finding.lines {
        let (group_label, value_label) = finding.ask.labels(data, line);
        let flags = line.small_cell.iter().flat_map(|cell| &cell.reason).map(|reason| reason.rule.as_str());
        writer
            .write_record([
                line.part.name().to_owned(),
                harmless(&line.group).into_owned(),
                harmless(&group_label).into_owned(),
                harmless(&line.value).into_owned(),
                harmless(&value_label).into_owned(),
                number(line.estimate),
                number(line.standard_error),
                number(line.interval[0]),
                number(line.interval[1]),
                level.to_string(),
                number(line.degrees_of_freedom),
                line.n.to_string(),
                line.n_cell.map(|n| n.to_string()).unwrap_or_default(),
                number(line.design_effect),
                number(line.p),
                number(line.p_holm),
                flags.collect::<Vec<_>>().join(" "),
                line.why_missing.map(why_name).unwrap_or_default(),
            ])
            .map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

fn why_name(why: WhyMissing) -> String {
    serde_json::to_value(why).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

impl Ask {
    /// What the codes of a line mean, in the language of the data set.
    #[must_use]
    pub fn labels(&self, data: &DataSet, line: &Line) -> (String, String) {
        let of = |name: Option<&String>, code: &str| -> String {
            let known = name.and_then(|name| variable(data, name).ok());
            let label = |one: &Variable| {
                one.categories().iter().find(|category| category.code == code).map(|category| category.label.clone())
            };
            known.and_then(label).unwrap_or_else(|| code.to_owned())
        };
        match self {
            Self::Question { var, by } => {
                let choice = variable(data, &line.value).ok().and_then(|one| one.multiple.as_ref());
                let value = choice.map_or_else(|| of(Some(var), &line.value), |multiple| multiple.choice.label.clone());
                (of(by.as_ref(), &line.group), value)
            }
            Self::CrossTable { row, col } => (of(Some(row), &line.group), of(Some(col), &line.value)),
            Self::Groups { var, by, .. } => {
                let second = if line.part == Part::Difference { by } else { var };
                (of(Some(by), &line.group), of(Some(second), &line.value))
            }
        }
    }
}
