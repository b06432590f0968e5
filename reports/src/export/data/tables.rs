//! Further tables of a data set: one for each repeat of the questionnaire, linked to the interviews by keys.
//!
//! | column | what |
//! | --- | --- |
//! | [`KEY`] | the turn, unique in its table: `interview/member[2]/job[1]` |
//! | [`PARENT_KEY`] | what the turn belongs to: the interview, or the key of the turn around it |
//! | [`TURN`] | its number within the parent, from 1 |

use problem::Words;

use super::dataset::DataSet;

/// Name of the column with the key of a row.
pub const KEY: &str = "key";
/// Name of the column with the key of what a row belongs to.
pub const PARENT_KEY: &str = "parent_key";
/// Name of the column with the number of a row within its parent, from 1.
pub const TURN: &str = "turn";

impl DataSet {
    /// The data set with tables of repeats, each under the name of its repeat. They come along in every format.
    #[must_use]
    pub fn with_repeats(mut self, repeats: Vec<(String, Self)>) -> Self {
        self.repeats = repeats
            .into_iter()
            .map(|(name, mut data)| {
                data.table = Some(name);
                data
            })
            .collect();
        self
    }

    /// The repeat whose table it is; `None` for the interviews.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.table.as_deref()
    }

    /// The tables of repeats, in the order of the questionnaire.
    #[must_use]
    pub fn repeats(&self) -> &[Self] {
        &self.repeats
    }

    /// All tables: the interviews, then those of repeats.
    pub fn tables(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.repeats)
    }

    /// What stands in the name of its file behind the export's name: nothing, or `.member`.
    #[must_use]
    pub(super) fn in_file_name(&self) -> String {
        let safe =
            |letter: char| if letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.') { letter } else { '-' };
        self.table.as_ref().map_or_else(String::new, |name| format!(".{}", name.chars().map(safe).collect::<String>()))
    }

    /// Which table it is, in words: for headings and facts.
    #[must_use]
    pub(super) fn table_words(&self) -> Words {
        match &self.table {
            None => Words::new("phiếu", "interviews"),
            Some(name) => Words::new(name.clone(), name.clone()),
        }
    }
}
