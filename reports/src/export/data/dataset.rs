//! Rows and what they mean, in one place for all formats.

use std::collections::BTreeMap;

use estimation::table::{Cells, Column, MissingReason};
use problem::{Language, Problem, Problems, Words};
use sha2::{Digest, Sha256};

/// How a missing answer is written where a format has room for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingMark {
    /// The reason.
    pub reason: MissingReason,
    /// The code of the instruments: in CSV, XLSX and SPSS.
    pub code: i32,
    /// The letter of Stata's extended missing value.
    pub letter: char,
    /// In Vietnamese.
    pub vi: &'static str,
    /// In English.
    pub en: &'static str,
}

/// The reasons that are kept apart. An answer that was due and never came has no code: it is an empty cell everywhere.
pub const MISSING: [MissingMark; 3] = [
    MissingMark { reason: MissingReason::DontKnow, code: -888, letter: 'a', vi: "Không biết", en: "Don't know" },
    MissingMark {
        reason: MissingReason::Refused, code: -999, letter: 'b', vi: "Từ chối trả lời", en: "Refused"
    },
    MissingMark {
        reason: MissingReason::NotApplicable,
        code: -777,
        letter: 'c',
        vi: "Không áp dụng",
        en: "Not applicable",
    },
];

impl MissingMark {
    /// The reason in words.
    #[must_use]
    pub fn words(&self, language: Language) -> &'static str {
        if language == Language::Vi { self.vi } else { self.en }
    }
}

/// The mark of a reason; `None` for an answer that never came.
#[must_use]
pub fn missing_mark(reason: Option<MissingReason>) -> Option<&'static MissingMark> {
    MISSING.iter().find(|mark| Some(mark.reason) == reason)
}

/// A code with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// The code in the data.
    pub code: String,
    /// What it means.
    pub label: String,
}

impl Category {
    /// A code with its words.
    pub fn new(code: impl Into<String>, label: impl Into<String>) -> Self {
        Self { code: code.into(), label: label.into() }
    }
}

/// What the cells of a variable are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Numbers.
    Number,
    /// Codes: the column's labels are these codes, in this order.
    Category(Vec<Category>),
    /// Texts: the column's labels.
    Text,
    /// Days since 1970-01-01.
    Date,
}

/// What a variable is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Which case and which interview.
    Identity,
    /// What the draw says of it: areas, probabilities, strata, PSUs, weights.
    Design,
    /// What was answered.
    Answer,
}

/// The question with several choices that a variable holds one choice of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multiple {
    /// Name of the question.
    pub question: String,
    /// The question in words.
    pub label: String,
    /// The choice of this variable.
    pub choice: Category,
}

/// One column with what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name, unique in the data set.
    pub name: String,
    /// What it is, in one line: the question as it was read aloud.
    pub label: String,
    /// The sections around it.
    pub section: String,
    /// When the question is put; always, if empty.
    pub relevant: String,
    /// What the cells are.
    pub kind: Kind,
    /// What it is for.
    pub group: Group,
    /// The question that it holds one choice of.
    pub multiple: Option<Multiple>,
    /// The cells.
    pub column: Column,
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A number; days for a date.
    Number(f64),
    /// A position among the categories.
    Category(usize),
    /// A text.
    Text(&'a str),
    /// Nothing, and why, where that is known.
    Missing(Option<MissingReason>),
}

impl Variable {
    /// The cell of a row.
    #[must_use]
    pub fn cell(&self, row: usize) -> Cell<'_> {
        let missing = || Cell::Missing(self.column.missing_reasons.get(&row).copied());
        match &self.column.cells {
            Cells::Numeric(values) => {
                values.get(row).filter(|value| value.is_finite()).map_or_else(missing, |value| Cell::Number(*value))
            }
            Cells::Categorical { codes, labels } => {
                let position = codes.get(row).map(|code| *code as usize).filter(|position| *position < labels.len());
                match position {
                    None => missing(),
                    Some(position) if matches!(self.kind, Kind::Category(_)) => Cell::Category(position),
                    Some(position) => Cell::Text(&labels[position]),
                }
            }
        }
    }

    /// The categories; none for other kinds.
    #[must_use]
    pub fn categories(&self) -> &[Category] {
        match &self.kind {
            Kind::Category(categories) => categories,
            _ => &[],
        }
    }

    /// The numbers that stand for the categories in formats that want numbers: the codes themselves where all of them are whole
    /// numbers, else 1, 2, 3, …
    #[must_use]
    pub fn category_numbers(&self) -> Vec<i32> {
        let own: Option<Vec<i32>> = self
            .categories()
            .iter()
            // Stata keeps the 27 numbers at the upper end for missing values.
            .map(|category| {
                category.code.parse().ok().filter(|number: &i32| (-i32::MAX..=i32::MAX - 27).contains(number))
            })
            .collect();
        let distinct = own.filter(|numbers| {
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            sorted.windows(2).all(|pair| pair[0] != pair[1])
                && numbers.iter().all(|number| MISSING.iter().all(|mark| mark.code != *number))
        });
        distinct.unwrap_or_else(|| (1..).take(self.categories().len()).collect())
    }

    /// The reasons for missing answers that occur.
    #[must_use]
    pub fn missing_kinds(&self) -> Vec<&'static MissingMark> {
        let mut found = [false; MISSING.len()];
        for reason in self.column.missing_reasons.values() {
            if let Some(position) = MISSING.iter().position(|mark| mark.reason == *reason) {
                found[position] = true;
            }
            if found.iter().all(|one| *one) {
                break;
            }
        }
        MISSING.iter().zip(found).filter(|(_, found)| *found).map(|(mark, _)| mark).collect()
    }
}

/// Where data come from: what an export states about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Program and version.
    pub program: String,
    /// Code of the round.
    pub round: String,
    /// Name of the round.
    pub round_name: String,
    /// The questionnaire.
    pub form_id: String,
    /// Its title.
    pub form_title: String,
    /// Its version, as the author named it.
    pub form_version: String,
    /// SHA-256 of its frozen sheets.
    pub questionnaire_sha256: String,
    /// SHA-256 of the sample list.
    pub sample_sha256: String,
    /// Which rows were taken.
    pub filter: String,
    /// The moment of the export, by the server's clock (ISO 8601).
    pub exported_at: String,
    /// What the reader must know.
    pub notes: Vec<Words>,
}

/// Rows, variables, and where they come from.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    /// Where they come from.
    pub origin: Origin,
    /// Language of the words.
    pub language: Language,
    variables: Vec<Variable>,
    n_rows: usize,
    sha256: String,
    /// The repeat whose table it is.
    pub(super) table: Option<String>,
    /// The tables of repeats.
    pub(super) repeats: Vec<Self>,
    totals: Option<WeightTotals>,
}

/// The step that brought the weights of a data set to totals of the population. Whoever estimates from the set repeats it, so that the
/// variance knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightTotals {
    /// The variable with the weights before the step.
    pub before: String,
    /// What was kept small (`raking`, `linear`, `logit`).
    pub distance: String,
    /// Smallest and largest factor.
    pub bounds: Option<[f64; 2]>,
    /// Variables with their totals in the population.
    pub totals: Vec<(String, f64)>,
}

impl DataSet {
    /// A data set.
    ///
    /// # Errors
    /// All of: columns of other lengths, two variables of one name, cells that are not of their kind.
    pub fn new(origin: Origin, language: Language, n_rows: usize, variables: Vec<Variable>) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let mut names = BTreeMap::new();
        for variable in &variables {
            let fits = match (&variable.kind, &variable.column.cells) {
                (Kind::Number | Kind::Date, Cells::Numeric(_)) | (Kind::Text, Cells::Categorical { .. }) => true,
                (Kind::Category(categories), Cells::Categorical { labels, .. }) => {
                    categories.iter().map(|category| &category.code).eq(labels)
                }
                _ => false,
            };
            let is_new = names.insert(variable.name.as_str(), ()).is_none();
            if !fits || variable.column.len() != n_rows || !is_new {
                problems.push(
                    Problem::new("export_column", "cột dữ liệu không khớp", "a column does not fit the data set")
                        .expected(format!("{n_rows} rows, one name a column, cells of the column's kind"))
                        .got(format!("{}: {} rows", variable.name, variable.column.len())),
                );
            }
        }
        problems.into_result(())?;
        let sha256 = fingerprint(&variables, n_rows);
        Ok(Self { origin, language, variables, n_rows, sha256, table: None, repeats: Vec::new(), totals: None })
    }

    /// The data set with the step that its weights went through.
    #[must_use]
    pub fn with_totals(mut self, totals: WeightTotals) -> Self {
        self.totals = Some(totals);
        self
    }

    /// The step that its weights went through; `None`: they meet no totals.
    #[must_use]
    pub fn totals(&self) -> Option<&WeightTotals> {
        self.totals.as_ref()
    }

    /// The variables, in order.
    #[must_use]
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// SHA-256 of names, codes and all cells with their reasons: the same for the same data in every format and language.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The data set with one column (`1 3 5`) for each question with several choices, in all its tables.
    #[must_use]
    pub fn joined(&self) -> Self {
        let mut variables: Vec<Variable> = Vec::new();
        let mut rest = self.variables.as_slice();
        while let Some(first) = rest.first() {
            let question = first.multiple.as_ref().map(|multiple| &multiple.question);
            let n = match question {
                None => 1,
                Some(question) => rest
                    .iter()
                    .take_while(|one| one.multiple.as_ref().is_some_and(|multiple| multiple.question == *question))
                    .count(),
            };
            let (together, others) = rest.split_at(n);
            variables.push(match &first.multiple {
                None => first.clone(),
                Some(multiple) => joined(multiple, together, self.n_rows),
            });
            rest = others;
        }
        let sha256 = fingerprint(&variables, self.n_rows);
        let repeats = self.repeats.iter().map(Self::joined).collect();
        Self { variables, sha256, repeats, ..self.clone() }
    }
}

fn joined(multiple: &Multiple, together: &[Variable], n_rows: usize) -> Variable {
    let mut reasons = BTreeMap::new();
    let texts: Vec<Option<String>> = (0..n_rows)
        .map(|row| {
            let mut chosen = Vec::new();
            for variable in together {
                match (variable.cell(row), &variable.multiple) {
                    (Cell::Missing(reason), _) => {
                        reasons.extend(reason.map(|reason| (row, reason)));
                        return None;
                    }
                    (Cell::Category(1), Some(one)) => chosen.push(one.choice.code.as_str()),
                    _ => {}
                }
            }
            Some(chosen.join(" "))
        })
        .collect();
    let column = Column { missing_reasons: reasons, ..Column::categorical(&texts) };
    let first = &together[0];
    Variable {
        name: multiple.question.clone(),
        label: multiple.label.clone(),
        kind: Kind::Text,
        multiple: None,
        column,
        section: first.section.clone(),
        relevant: first.relevant.clone(),
        group: first.group,
    }
}

fn fingerprint(variables: &[Variable], n_rows: usize) -> String {
    let mut hash = Sha256::new();
    hash.update((n_rows as u64).to_le_bytes());
    let text = |hash: &mut Sha256, text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    let mut bytes = Vec::with_capacity(n_rows * 9);
    for variable in variables {
        text(&mut hash, &variable.name);
        if let Cells::Categorical { labels, .. } = &variable.column.cells {
            hash.update((labels.len() as u64).to_le_bytes());
            for label in labels {
                text(&mut hash, label);
            }
        }
        bytes.clear();
        for row in 0..n_rows {
            match variable.cell(row) {
                Cell::Number(number) => {
                    bytes.push(0);
                    bytes.extend_from_slice(&number.to_bits().to_le_bytes());
                }
                Cell::Missing(reason) => bytes.push(match reason {
                    None => 1,
                    Some(MissingReason::NotApplicable) => 2,
                    Some(MissingReason::DontKnow) => 3,
                    Some(MissingReason::Refused) => 4,
                    Some(MissingReason::NotAnswered) => 5,
                }),
                Cell::Category(_) | Cell::Text(_) => {
                    bytes.push(6);
                    if let Cells::Categorical { codes, .. } = &variable.column.cells {
                        bytes.extend_from_slice(&codes[row].to_le_bytes());
                    }
                }
            }
        }
        hash.update(&bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
