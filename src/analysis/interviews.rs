//! The interviews of one questionnaire as the analysis needs them: a table with one row each, not the documents they came in. It
//! takes a tenth of their room, and rows are put behind as interviews arrive.

use std::collections::BTreeMap;
use std::sync::Arc;

use estimation::table::{Cells, MissingReason, Table};
use problem::Problems;

use crate::questionnaire::{
    ColumnKind, QuestionKind, Questionnaire, RepeatAnswers, Validated, columns, repeat_tables, to_table,
};

/// All interviews of a questionnaire that were read, those that count and those that do not.
#[derive(Clone, Debug, Default)]
pub struct ReadInterviews {
    table: Table,
    /// By row; empty for a questionnaire without repeats.
    repeats: Vec<Vec<RepeatAnswers>>,
    /// By row: what tells one answer sheet from another.
    digests: Vec<String>,
}

impl ReadInterviews {
    /// Puts interviews behind, each with a digest of what came in.
    ///
    /// # Errors
    /// `response_of_another_questionnaire`; then nothing is done.
    pub fn append(
        &mut self,
        questionnaire: &Questionnaire,
        interviews: Vec<(String, Validated)>,
    ) -> Result<(), Problems> {
        let (digests, validated): (Vec<String>, Vec<Validated>) = interviews.into_iter().unzip();
        let more = to_table(questionnaire, &validated)?;
        if self.digests.is_empty() {
            self.table = more;
        } else {
            self.table.append(&more)?;
        }
        self.digests.extend(digests);
        if questionnaire.groups().iter().any(|group| group.repeat.is_some()) {
            self.repeats.extend(validated.into_iter().map(|one| one.repeats));
        }
        Ok(())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.digests.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }
}

/// The interviews that count, one a case.
#[derive(Clone, Debug, Default)]
pub struct Interviews {
    read: Arc<ReadInterviews>,
    /// The row of each case.
    rows: BTreeMap<String, usize>,
}

impl Interviews {
    /// The interviews in these rows, by case; a row that is not there is no interview.
    #[must_use]
    pub fn new(read: Arc<ReadInterviews>, mut rows: BTreeMap<String, usize>) -> Self {
        rows.retain(|_, row| *row < read.len());
        Self { read, rows }
    }

    /// Of interviews at hand; what tells them apart are their answers.
    ///
    /// # Errors
    /// `response_of_another_questionnaire`.
    pub fn of(questionnaire: &Questionnaire, by_case: BTreeMap<String, Validated>) -> Result<Self, Problems> {
        let rows = by_case.keys().enumerate().map(|(row, case_id)| (case_id.clone(), row)).collect();
        let mut read = ReadInterviews::default();
        read.append(questionnaire, by_case.into_values().map(|one| (format!("{:?}", one.answers), one)).collect())?;
        Ok(Self::new(Arc::new(read), rows))
    }

    /// The cases, sorted.
    pub fn cases(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }

    /// Each case with its row, sorted by case.
    pub fn rows(&self) -> impl Iterator<Item = (&str, usize)> {
        self.rows.iter().map(|(case_id, row)| (case_id.as_str(), *row))
    }

    /// Each case with the digest of its interview, sorted by case.
    pub fn digests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rows.iter().map(|(case_id, row)| (case_id.as_str(), self.read.digests[*row].as_str()))
    }

    /// Whether a case has an interview.
    #[must_use]
    pub fn has(&self, case_id: &str) -> bool {
        self.rows.contains_key(case_id)
    }

    /// The answer of a case to a question about numbers; `None` where the answer is no number.
    #[must_use]
    pub fn number(&self, questionnaire: &Questionnaire, case_id: &str, question: &str) -> Option<f64> {
        let row = *self.rows.get(case_id)?;
        let column = self.read.table.get(question)?;
        match &column.cells {
            Cells::Numeric(values) => values.get(row).copied().filter(|value| value.is_finite()),
            // A calculation may give numbers without anybody being able to tell from its formula.
            Cells::Categorical { .. } if questionnaire.question(question)?.is_calculated() => {
                column.label(row)?.parse().ok().filter(|value: &f64| value.is_finite())
            }
            Cells::Categorical { .. } => None,
        }
    }

    /// The code that a case chose in a question with one choice; `None` where there is none.
    #[must_use]
    pub fn choice(&self, questionnaire: &Questionnaire, case_id: &str, question: &str) -> Option<String> {
        let is_choice = matches!(questionnaire.question(question)?.kind, QuestionKind::SelectOne(_));
        let row = self.rows.get(case_id).filter(|_| is_choice)?;
        self.read.table.get(question)?.label(*row)
    }

    /// The table of these cases in their order; where there is no interview, nothing was answered. Not "not applicable": what routing
    /// skips has a value in some indicators, and people who were never asked would be counted among those who answered.
    ///
    /// # Errors
    /// None that a caller meets: the columns are as long as the cases.
    pub fn table<'a>(
        &self,
        questionnaire: &Questionnaire,
        cases: impl Iterator<Item = Option<&'a str>>,
    ) -> Result<Table, Problems> {
        let rows: Vec<Option<usize>> = cases.map(|case_id| self.rows.get(case_id?).copied()).collect();
        let mut table = Table::new();
        let nothing = if self.read.is_empty() { to_table::<Validated>(questionnaire, &[])? } else { Table::new() };
        for spec in columns(questionnaire) {
            let Some(column) = self.read.table.get(&spec.name).or_else(|| nothing.get(&spec.name)) else { continue };
            let picked = column.pick(&rows, MissingReason::NotAnswered);
            // Texts of interviews that are not asked for stay here.
            let is_text = spec.kind == ColumnKind::Text;
            table.insert(spec.name, if is_text { picked.with_labels_that_occur() } else { picked })?;
        }
        Ok(table)
    }

    /// The turns of a case's repeats, in the order of the questionnaire.
    #[must_use]
    pub fn repeats(&self, case_id: &str) -> &[RepeatAnswers] {
        let row = self.rows.get(case_id);
        row.and_then(|row| self.read.repeats.get(*row)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The table of each repeat with the turns of these cases.
    ///
    /// # Errors
    /// Those of [`repeat_tables`].
    pub fn repeat_tables(
        &self,
        questionnaire: &Questionnaire,
        cases: &[&str],
        keys: &[String],
    ) -> Result<Vec<(String, Table)>, Problems> {
        if self.read.repeats.is_empty() && !self.read.is_empty() {
            return Ok(Vec::new());
        }
        let turns: Vec<&[RepeatAnswers]> = cases.iter().map(|case_id| self.repeats(case_id)).collect();
        repeat_tables(questionnaire, &turns, keys)
    }
}
