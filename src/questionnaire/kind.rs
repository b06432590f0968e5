//! The kinds of questions.

use serde::{Deserialize, Serialize};

/// What kind of answer a question takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// Words to read; no answer.
    Note,
    /// The moment the interview began, from the device.
    Start,
    /// The moment the interview ended, from the device.
    End,
    /// The day of the interview, from the device.
    Today,
    /// The device.
    DeviceId,
    /// The name of the device's user.
    Username,
    /// The telephone number of the device's user.
    PhoneNumber,
    /// The mail address of the device's user.
    Email,
    /// The log of what was done on the screen; a file beside the answers.
    Audit,
    /// Computed from other answers.
    Calculate,
    /// Never shown; filled by its default, a trigger or a calculation.
    Hidden,
    /// Free text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A number on a scale (`start`, `end`, `step`).
    Range,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time.
    DateTime,
    /// One choice of the named list.
    SelectOne(String),
    /// Any number of choices of the named list.
    SelectMultiple(String),
    /// All choices of the named list, in an order.
    Rank(String),
    /// A confirmation (`OK`).
    Acknowledge,
    /// A position on the earth.
    Geopoint,
    /// A line on the earth.
    Geotrace,
    /// An area on the earth.
    Geoshape,
    /// A photograph, drawing or signature.
    Image,
    /// A recording.
    Audio,
    /// A film.
    Video,
    /// A file.
    File,
    /// A bar code.
    Barcode,
}

/// Kinds without a list: each with its name in the sheets and the other spellings of it.
pub(super) const PLAIN: &[(&str, QuestionKind, &[&str])] = &[
    ("note", QuestionKind::Note, &[]),
    ("start", QuestionKind::Start, &[]),
    ("end", QuestionKind::End, &[]),
    ("today", QuestionKind::Today, &[]),
    ("deviceid", QuestionKind::DeviceId, &[]),
    ("username", QuestionKind::Username, &[]),
    ("phonenumber", QuestionKind::PhoneNumber, &[]),
    ("email", QuestionKind::Email, &[]),
    ("audit", QuestionKind::Audit, &[]),
    ("calculate", QuestionKind::Calculate, &[]),
    ("hidden", QuestionKind::Hidden, &[]),
    ("text", QuestionKind::Text, &["string"]),
    ("integer", QuestionKind::Integer, &["int"]),
    ("decimal", QuestionKind::Decimal, &[]),
    ("range", QuestionKind::Range, &[]),
    ("date", QuestionKind::Date, &[]),
    ("time", QuestionKind::Time, &[]),
    ("dateTime", QuestionKind::DateTime, &["datetime"]),
    ("acknowledge", QuestionKind::Acknowledge, &["trigger"]),
    ("geopoint", QuestionKind::Geopoint, &["gps", "location"]),
    ("geotrace", QuestionKind::Geotrace, &[]),
    ("geoshape", QuestionKind::Geoshape, &[]),
    ("image", QuestionKind::Image, &["photo"]),
    ("audio", QuestionKind::Audio, &[]),
    ("video", QuestionKind::Video, &[]),
    ("file", QuestionKind::File, &[]),
    ("barcode", QuestionKind::Barcode, &[]),
];

impl QuestionKind {
    /// The kind without a list that the sheets name so.
    pub(super) fn plain(name: &str) -> Option<Self> {
        PLAIN
            .iter()
            .find(|(known, _, others)| *known == name || others.contains(&name))
            .map(|(_, kind, _)| kind.clone())
    }

    /// The name that the sheets use, without the list.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SelectOne(_) => "select_one",
            Self::SelectMultiple(_) => "select_multiple",
            Self::Rank(_) => "rank",
            _ => PLAIN.iter().find(|(_, kind, _)| kind == self).map_or("", |(name, ..)| name),
        }
    }

    /// The list of a select question.
    #[must_use]
    pub fn list(&self) -> Option<&str> {
        match self {
            Self::SelectOne(list) | Self::SelectMultiple(list) | Self::Rank(list) => Some(list),
            _ => None,
        }
    }

    /// Whether the device fills it in by itself.
    #[must_use]
    pub fn is_filled_by_the_device(&self) -> bool {
        matches!(
            self,
            Self::Start
                | Self::End
                | Self::Today
                | Self::DeviceId
                | Self::Username
                | Self::PhoneNumber
                | Self::Email
                | Self::Audit
        )
    }

    /// Whether a person answers: not a note, not filled in by the device, not computed, not hidden.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        !self.is_filled_by_the_device() && !matches!(self, Self::Note | Self::Calculate | Self::Hidden)
    }

    /// Whether an answer can exist at all.
    #[must_use]
    pub fn has_answer(&self) -> bool {
        !matches!(self, Self::Note | Self::Audit)
    }

    /// Whether the enumerator sees it, so that it needs a label.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.is_asked() || *self == Self::Note
    }

    /// Whether the answer is a number.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Range)
    }

    /// Whether the answer itself can tell a person: free words, positions, devices, names of files (a file that is picked keeps its name).
    #[must_use]
    pub fn can_tell_a_person(&self) -> bool {
        self.is_file()
            || matches!(
                self,
                Self::Text
                    | Self::Geopoint
                    | Self::Geotrace
                    | Self::Geoshape
                    | Self::DeviceId
                    | Self::Username
                    | Self::PhoneNumber
                    | Self::Email
                    | Self::Barcode
            )
    }

    /// Whether the answer is the name of a file that comes with it.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self, Self::Image | Self::Audio | Self::Video | Self::File)
    }
}
