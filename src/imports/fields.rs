//! What is known of an interview beside its answers: in which columns it stands.

use std::collections::BTreeSet;

use problem::{Problem, Problems};

use super::columns::missing;
use super::mapping::{Mapping, Source};
use super::table::Table;

/// Where the parts of an interview are.
pub(super) struct Fields {
    pub(super) case_id: Field,
    pub(super) disposition: Field,
    pub(super) uuid: Field,
    pub(super) started_at: Field,
    pub(super) ended_at: Field,
    pub(super) language: Field,
    pub(super) key: Option<usize>,
}

/// A column, a fixed value, or nothing.
pub(super) enum Field {
    Column(usize),
    Fixed(String),
    Absent,
}

impl Field {
    pub(super) fn text(&self, cells: &[String]) -> String {
        match self {
            Self::Column(at) => cells.get(*at).cloned().unwrap_or_default(),
            Self::Fixed(value) => value.clone(),
            Self::Absent => String::new(),
        }
    }
}

impl Fields {
    /// Finds them; tells of those that are needed and not there.
    pub(super) fn of(mapping: &Mapping, table: &Table, problems: &mut Problems) -> Self {
        let interview = &mapping.interview;
        let mut field = |given: &Option<Source>, central: &str, kobo: &str, needed: Option<&str>| {
            let source = mapping.source(given, central, kobo);
            let field = match &source {
                Some(Source::Fixed { value }) => Field::Fixed(value.clone()),
                Some(Source::Column(heading)) => match table.column(heading) {
                    Some(at) => Field::Column(at),
                    None => {
                        // A column that the mapping does not name may be absent.
                        if given.is_some() || needed.is_some() {
                            problems.push(missing(table, heading));
                        }
                        Field::Absent
                    }
                },
                None => Field::Absent,
            };
            if let (None, Some(name)) = (&source, needed) {
                let problem = Problem::new(
                    "import_field_missing",
                    format!("tệp ánh xạ chưa nói {name} lấy từ đâu"),
                    format!("the mapping does not say where {name} comes from"),
                );
                problems.push(problem.expected(format!("[interview] {name} = \"column\" / {{ value = \"…\" }}")));
            }
            field
        };
        let case_id = field(&interview.case_id, "khs_visit-khs_case_id", "khs_visit/khs_case_id", Some("case_id"));
        let disposition = field(&interview.disposition, "khs_disposition", "khs_disposition", Some("disposition"));
        let uuid = field(&interview.uuid, "KEY", "_uuid", None);
        let started_at = field(&interview.started_at, "khs_started", "khs_started", None);
        let ended_at = field(&interview.ended_at, "khs_ended", "khs_ended", None);
        let language = field(&interview.language, "", "", None);
        let key = match &interview.key {
            Some(heading) => {
                let at = table.column(heading);
                if at.is_none() {
                    problems.push(missing(table, heading));
                }
                at
            }
            None => ["KEY", "_index"].iter().find_map(|heading| table.column(heading)).or(match &uuid {
                Field::Column(at) => Some(*at),
                _ => None,
            }),
        };
        Self { case_id, disposition, uuid, started_at, ended_at, language, key }
    }

    /// The columns that are taken by them.
    pub(super) fn columns(&self) -> BTreeSet<usize> {
        let fields = [&self.case_id, &self.disposition, &self.uuid, &self.started_at, &self.ended_at, &self.language];
        let columns =
            fields.into_iter().filter_map(|field| if let Field::Column(at) = field { Some(*at) } else { None });
        columns.chain(self.key).collect()
    }
}
