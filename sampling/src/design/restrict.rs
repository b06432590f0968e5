//! Drawing one part of a frame exactly as the draw of the whole would.

use problem::{Place, Problem, Problems};

use super::{LevelKind, SampleDesign};
use crate::hash::nfc;

/// One unit of a level, such as province 24: the draw is kept to what lies in it.
///
/// Streams are keyed by labels, so the units are those that the draw of the whole frame would give there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Only {
    /// Name of the level, such as `province`.
    pub level: String,
    /// Code of the unit there (or its name, where it has no code).
    pub code: String,
}

impl Only {
    /// Reads `level=code`.
    ///
    /// # Errors
    /// A problem when there is no `=` or a side is empty.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        match text.split_once('=') {
            Some((level, code)) if !level.trim().is_empty() && !code.trim().is_empty() => {
                Ok(Self { level: nfc(level), code: nfc(code) })
            }
            _ => Err(Problem::new(
                "only_not_readable",
                "phần giới hạn phải viết dạng cấp=mã",
                "a restriction is written level=code",
            )
            .expected("province=24")
            .got(text.to_owned())
            .into()),
        }
    }
}

impl std::fmt::Display for Only {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.level, self.code)
    }
}

impl SampleDesign {
    /// The same design, kept to one unit of a listed level.
    ///
    /// # Errors
    /// A problem when the level is not a listed level of the design.
    pub fn restricted_to(mut self, only: Only) -> Result<Self, Problems> {
        let known: Vec<&str> = self.listed().map(|(level, _)| level.name.as_str()).collect();
        if !known.contains(&only.level.as_str()) {
            return Err(Problem::new(
                "only_unknown_level",
                format!("thiết kế không có cấp “{}” trong khung mẫu", only.level),
                format!("the design has no level \"{}\" in its frame", only.level),
            )
            .at(Place::column("only"))
            .expected(known.join(", "))
            .into());
        }
        self.only = Some(only);
        Ok(self)
    }

    /// Position of the level that the restriction names.
    pub(crate) fn only_level(&self) -> Option<usize> {
        let only = self.only.as_ref()?;
        self.levels.iter().position(|level| level.name == only.level && matches!(level.kind, LevelKind::Listed(_)))
    }
}
