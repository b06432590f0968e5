//! A round as the checks see it: plain data, positions instead of pointers.

/// Everything the checks look at.
#[derive(Clone, Debug, Default)]
pub struct RoundData {
    /// Interviews in the order in which the server learned of them.
    pub interviews: Vec<Interview>,
    /// Answers, a table for each questionnaire.
    pub forms: Vec<Form>,
    /// People who interview.
    pub enumerators: Vec<Enumerator>,
    /// Areas that contain the households.
    pub villages: Vec<Village>,
    /// Visits without or before an interview, in the server's order.
    pub attempts: Vec<Attempt>,
}

/// A person who interviews.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enumerator {
    /// What the records call the person: the id of a token or an account.
    pub id: String,
    /// Name for people.
    pub name: String,
}

/// An area that contains households.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Village {
    /// Codes from the top, joined by `/`.
    pub code: String,
    /// Names for people.
    pub name: String,
    /// Main cases of the sample that lie in it.
    pub n_main: usize,
    /// Its middle, where the sample list says it.
    pub middle: Option<(f64, f64)>,
}

/// A visit.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The case.
    pub case_id: String,
    /// Who visited: a position in [`RoundData::enumerators`].
    pub enumerator: usize,
    /// Outcome code, as sent.
    pub disposition: String,
    /// When the server learned of it, in milliseconds since 1970.
    pub received_ms: i64,
}

/// One interview.
#[derive(Clone, Debug, Default)]
pub struct Interview {
    /// Its UUID.
    pub id: String,
    /// The case that the sender named.
    pub case_id: String,
    /// The questionnaire: a position in [`RoundData::forms`], if it is known.
    pub form: Option<usize>,
    /// The row of its answers in the form's table.
    pub row: usize,
    /// Who interviewed.
    pub enumerator: usize,
    /// The area of the case; `None` for a case outside the sample.
    pub village: Option<usize>,
    /// Whether it was sent as complete.
    pub is_complete: bool,
    /// When the server received it, in milliseconds since 1970.
    pub received_ms: i64,
    /// Start by the device's clock, in milliseconds since 1970.
    pub started_ms: Option<i64>,
    /// End by the device's clock.
    pub ended_ms: Option<i64>,
    /// Server's clock minus device's clock, where the device measured it.
    pub clock_offset_ms: Option<i64>,
    /// Where it was held.
    pub position: Option<Position>,
    /// A telephone number that was given, digits only.
    pub phone: Option<String>,
    /// SHA-256 of each attachment.
    pub attachments: Vec<String>,
    /// A fingerprint of all that a person answered.
    pub answers_sha256: Option<String>,
    /// Questions that had to be answered and were not, as found on arrival.
    pub n_required_missing: usize,
    /// Flags it got on arrival.
    pub n_arrival_flags: usize,
    /// The device's log in its order.
    pub log: Vec<LogEvent>,
}

impl Interview {
    /// Start by the server's clock as far as the offset is known.
    #[must_use]
    pub fn start(&self) -> Option<i64> {
        self.started_ms.map(|at| at.saturating_add(self.clock_offset_ms.unwrap_or(0)))
    }

    /// End, likewise.
    #[must_use]
    pub fn end(&self) -> Option<i64> {
        self.ended_ms.map(|at| at.saturating_add(self.clock_offset_ms.unwrap_or(0)))
    }
}

/// A place on the earth (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Degrees north.
    pub latitude_degrees: f64,
    /// Degrees east.
    pub longitude_degrees: f64,
    /// Radius of uncertainty, if measured. Exactly 0 is what Collect writes for a mock location.
    pub accuracy_metres: Option<f64>,
    /// Whether the device says that the position was not measured.
    pub is_mock: bool,
}

/// What a device logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// A question was on the screen.
    Question,
    /// An answer was changed.
    Change,
    /// The interview was finished.
    Finish,
    /// Anything else: opened, paused, another language.
    Other,
}

/// One line of a device's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// What.
    pub kind: LogKind,
    /// When it began, in milliseconds; only differences within one interview mean something.
    pub start_ms: i64,
    /// When it ended.
    pub end_ms: Option<i64>,
}

/// The answers to one questionnaire.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Form id.
    pub id: String,
    /// The columns.
    pub items: Vec<Item>,
    /// Row after row, a byte for each item: see [`cell`].
    pub cells: Vec<u8>,
    /// Numbers of the items of kind [`ItemKind::Number`], by item; NaN where there is none.
    pub numbers: Vec<Vec<f64>>,
    /// Questions asked on one scale, one after the other.
    pub batteries: Vec<Battery>,
}

impl Form {
    /// The cells of one interview.
    #[must_use]
    pub fn row(&self, row: usize) -> &[u8] {
        let width = self.items.len();
        self.cells.get(row * width..(row + 1) * width).unwrap_or_default()
    }
}

/// What a byte of [`Form::cells`] says.
pub mod cell {
    /// There is no answer: not asked, or left out.
    pub const NONE: u8 = 0;
    /// The code for "don't know".
    pub const DONT_KNOW: u8 = 1;
    /// The code for "refused".
    pub const REFUSED: u8 = 2;
    /// An answer that no other interview gave, or one of too many different ones: it equals nothing.
    pub const ALONE: u8 = 3;
    /// The first of the codes that stand for an answer.
    pub const FIRST: u8 = 4;

    /// Whether there is an answer in substance.
    #[must_use]
    pub fn is_answer(code: u8) -> bool {
        code >= ALONE
    }
}

/// A column of answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// Name of the question.
    pub name: String,
    /// What its cells are.
    pub kind: ItemKind,
    /// Other items that are asked or not depending on this one.
    pub opens: Vec<usize>,
}

/// What the cells of an item are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ItemKind {
    /// One choice; the codes are [`cell::FIRST`] plus its position in the list.
    #[default]
    Choice,
    /// Several choices: each set of choices that occurs has a code.
    Choices,
    /// A number.
    Number,
    /// Words; only whether there are any.
    Text,
}

/// Questions asked on one scale, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Battery {
    /// Name for people: the list or what the office calls it.
    pub name: String,
    /// Its items in their order.
    pub items: Vec<usize>,
    /// Whether some of them are worded the other way round, so that one answer to all contradicts itself.
    pub has_reversed: bool,
}
