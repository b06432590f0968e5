//! The mapping file: which column of which table is what.

use std::collections::BTreeMap;

use problem::{Problem, Problems};
use serde::Deserialize;

/// What a mapping file says. Everything but the case may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// What is known of each interview beside its answers.
    pub interview: InterviewMapping,
    /// How the file is written.
    pub file: FileMapping,
    /// Columns of questions whose name differs from that of the question: question = column.
    pub columns: BTreeMap<String, String>,
    /// Words of the file for codes of a question: `[codes.sex]`, `"Nam" = "1"`.
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
    /// The tables of repeats, by name of the repeat.
    pub repeats: BTreeMap<String, RepeatMapping>,
}

/// Where the parts of an interview are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InterviewMapping {
    /// The case.
    pub case_id: Option<Source>,
    /// Outcome code (AAPOR).
    pub disposition: Option<Source>,
    /// The id that makes the import repeatable; without it, one made from round, form and case.
    pub uuid: Option<Source>,
    /// Start by the device's clock.
    pub started_at: Option<Source>,
    /// End by the device's clock.
    pub ended_at: Option<Source>,
    /// Language of the interview.
    pub language: Option<Source>,
    /// What rows of repeats name as their parent; that of `uuid` if absent.
    pub key: Option<String>,
}

/// A column, or the same value for all rows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// The column with that heading.
    Column(String),
    /// The same for all.
    Fixed {
        /// What it is.
        value: String,
    },
}

/// How the file is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileMapping {
    /// Which program wrote it: its own columns are then known.
    pub from: Origin,
    /// The sheet of a workbook; the first, if absent.
    pub sheet: Option<String>,
    /// Days as `dd/mm/yyyy` instead of `yyyy-mm-dd`.
    pub day_first: bool,
    /// Numbers as `1.234,5` instead of `1234.5`.
    pub decimal_comma: bool,
    /// What stands between several choices in one cell; a blank, if absent.
    pub between_choices: Option<String>,
    /// The zone of moments that name none, such as `+07:00`.
    pub zone: Option<String>,
    /// Columns that are left aside on purpose.
    pub ignore: Vec<String>,
}

/// The program that wrote a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// None in particular.
    #[default]
    Table,
    /// ODK Central.
    Central,
    /// `KoboToolbox`.
    Kobo,
}

/// The table of a repeat.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepeatMapping {
    /// The file, beside the mapping file; the same workbook, if absent.
    #[serde(default)]
    pub file: Option<String>,
    /// The sheet of a workbook.
    #[serde(default)]
    pub sheet: Option<String>,
    /// The column that names the row of the parent; `PARENT_KEY` or `_parent_index`, if absent.
    #[serde(default)]
    pub parent: Option<String>,
    /// The column by which rows of a repeat inside this one name this row; `KEY` or `_index`, if absent.
    #[serde(default)]
    pub key: Option<String>,
    /// Columns of questions, as above.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
}

impl Mapping {
    /// The mapping of a text.
    ///
    /// # Errors
    /// `import_mapping`: where it is not TOML or says what a mapping cannot say.
    pub fn from_toml(text: &str) -> Result<Self, Problems> {
        toml::from_str(text).map_err(|error| {
            Problem::new("import_mapping", "tệp ánh xạ không đọc được", "the mapping file cannot be read")
                .got(error.to_string().trim().to_owned())
                .hint("xem mẫu trong docs/vi/nhap-du-lieu.md", "see the example in docs/vi/nhap-du-lieu.md")
                .into()
        })
    }

    /// Where a part of the interview is: as the mapping says, else where the program that wrote the file puts it.
    pub(super) fn source(&self, given: &Option<Source>, central: &str, kobo: &str) -> Option<Source> {
        given.clone().or_else(|| match self.file.from {
            Origin::Central if !central.is_empty() => Some(Source::Column(central.to_owned())),
            Origin::Kobo if !kobo.is_empty() => Some(Source::Column(kobo.to_owned())),
            _ => None,
        })
    }
}

impl Origin {
    /// The columns that the program adds by itself, in lower case.
    pub(super) fn own_columns(self) -> &'static [&'static str] {
        match self {
            Self::Table => &[],
            Self::Central => &[
                "submissiondate",
                "key",
                "parent_key",
                "submitterid",
                "submittername",
                "attachmentspresent",
                "attachmentsexpected",
                "status",
                "reviewstate",
                "deviceid",
                "edits",
                "formversion",
                "meta-instanceid",
                "meta-instancename",
                "meta-audit",
                "instanceid",
                "instancename",
            ],
            Self::Kobo => &[
                "_id",
                "_uuid",
                "_submission_time",
                "_validation_status",
                "_notes",
                "_status",
                "_submitted_by",
                "__version__",
                "_version_",
                "_tags",
                "_index",
                "_parent_index",
                "_parent_table_name",
                "_submission__id",
                "_submission__uuid",
                "_submission__submission_time",
                "_submission__validation_status",
                "_submission__notes",
                "_submission__status",
                "_submission__submitted_by",
                "_submission___version__",
                "_submission__tags",
                "meta/instanceid",
                "meta/instancename",
                "meta/rootuuid",
                "formhub/uuid",
            ],
        }
    }
}
