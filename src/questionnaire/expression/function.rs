//! The functions that expressions may call, and those that they may not call yet.

use serde::{Deserialize, Serialize};

/// A function of the expression language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Function {
    /// `true()`
    True,
    /// `false()`
    False,
    /// `not(condition)`
    Not,
    /// `if(condition, then, else)`
    If,
    /// `coalesce(a, b)`: `a`, or `b` when `a` is empty or not a number
    Coalesce,
    /// `selected(list, code)`: whether a select question's answer holds the code
    Selected,
    /// `selected-at(list, n)`: the n-th code chosen, counted from 0; empty when there is none
    SelectedAt,
    /// `count-selected(list)`
    CountSelected,
    /// `string-length(text)`: number of Unicode characters
    StringLength,
    /// `number(x)`
    Number,
    /// `string(x)`
    String,
    /// `boolean(x)`
    Boolean,
    /// `boolean-from-string(text)`: true for `'true'` and `'1'`
    BooleanFromString,
    /// `int(x)`: towards zero
    Int,
    /// `round(x)` or `round(x, places)`: halves go up, as in `XPath`; places from -15 to 15
    Round,
    /// `abs(x)`
    Abs,
    /// `min(a, …)` of those that are numbers
    Min,
    /// `max(a, …)` of those that are numbers
    Max,
    /// `concat(a, …)`
    Concat,
    /// `contains(text, part)`
    Contains,
    /// `starts-with(text, part)`
    StartsWith,
    /// `ends-with(text, part)`
    EndsWith,
    /// `substr(text, start)` or `substr(text, start, end)`: counted from 0, end excluded, negative from the end
    Substr,
    /// `substring-before(text, part)`
    SubstringBefore,
    /// `substring-after(text, part)`
    SubstringAfter,
    /// `normalize-space(text)`
    NormalizeSpace,
    /// `translate(text, from, to)`
    Translate,
    /// `today()`: the day of the interview
    Today,
    /// `date(x)`: from an ISO date, or from days since 1970-01-01
    Date,
    /// `format-date(date, 'pattern')` with `%Y %y %m %n %d %e`
    FormatDate,
    /// `now()`: this moment by the device's clock
    Now,
    /// `date-time(x)`: from ISO moments; a day stays a day
    DateTime,
    /// `decimal-date-time(x)`: days since 1970-01-01T00:00Z with their fraction
    DecimalDateTime,
    /// `decimal-time(x)`: the time of day as a fraction of the day, as the clock on the wall shows it
    DecimalTime,
    /// `format-date-time(x, 'pattern')`: also `%H %h %M %S %3`
    FormatDateTime,
    /// `pi()`
    Pi,
    /// `pow(x, y)`
    Pow,
    /// `sqrt(x)`
    Sqrt,
    /// `exp(x)`
    Exp,
    /// `exp10(x)`
    Exp10,
    /// `log(x)`: natural
    Log,
    /// `log10(x)`
    Log10,
    /// `sin(x)`
    Sin,
    /// `cos(x)`
    Cos,
    /// `tan(x)`
    Tan,
    /// `asin(x)`
    Asin,
    /// `acos(x)`
    Acos,
    /// `atan(x)`
    Atan,
    /// `atan2(y, x)`
    Atan2,
    /// `sum(${question})` over the turns of a repeat
    Sum,
    /// `count(${repeat or question})`: turns
    Count,
    /// `count-non-empty(${question})`: turns with an answer
    CountNonEmpty,
    /// `join(separator, a, …)`
    Join,
    /// `position(..)`: the number of this turn, from 1
    Position,
    /// `indexed-repeat(${question}, ${repeat}, number, …)`: the answer in that turn
    IndexedRepeat,
    /// `regex(text, 'pattern')`: whether the pattern fits the whole text
    Regex,
    /// `digest(text, 'algorithm', 'encoding')`
    Digest,
    /// `base64-decode(text)`
    Base64Decode,
    /// `random()`
    Random,
    /// `uuid()`
    Uuid,
    /// `once(x)`: what is there already, else `x`
    Once,
    /// `jr:choice-name(code, '${question}')`: the words of a choice
    #[serde(rename = "jr:choice-name")]
    ChoiceName,
    /// `pulldata('table', 'column', 'key column', key)`: a cell of a table of the questionnaire
    Pulldata,
    /// `checklist(least, most, a, …)`: whether so many conditions hold; -1 is no bound
    Checklist,
    /// `weighted-checklist(least, most, a, weight, …)`
    WeightedChecklist,
    /// `area(shape)` in square metres
    Area,
    /// `distance(line or points)` in metres
    Distance,
}

/// Every function: name, fewest and most arguments.
const FUNCTIONS: &[(&str, Function, usize, usize)] = &[
    ("true", Function::True, 0, 0),
    ("false", Function::False, 0, 0),
    ("not", Function::Not, 1, 1),
    ("if", Function::If, 3, 3),
    ("coalesce", Function::Coalesce, 2, 2),
    ("selected", Function::Selected, 2, 2),
    ("selected-at", Function::SelectedAt, 2, 2),
    ("count-selected", Function::CountSelected, 1, 1),
    ("string-length", Function::StringLength, 1, 1),
    ("number", Function::Number, 1, 1),
    ("string", Function::String, 1, 1),
    ("boolean", Function::Boolean, 1, 1),
    ("boolean-from-string", Function::BooleanFromString, 1, 1),
    ("int", Function::Int, 1, 1),
    ("round", Function::Round, 1, 2),
    ("abs", Function::Abs, 1, 1),
    ("min", Function::Min, 1, usize::MAX),
    ("max", Function::Max, 1, usize::MAX),
    ("concat", Function::Concat, 1, usize::MAX),
    ("contains", Function::Contains, 2, 2),
    ("starts-with", Function::StartsWith, 2, 2),
    ("ends-with", Function::EndsWith, 2, 2),
    ("substr", Function::Substr, 2, 3),
    ("substring-before", Function::SubstringBefore, 2, 2),
    ("substring-after", Function::SubstringAfter, 2, 2),
    ("normalize-space", Function::NormalizeSpace, 1, 1),
    ("translate", Function::Translate, 3, 3),
    ("today", Function::Today, 0, 0),
    ("date", Function::Date, 1, 1),
    ("format-date", Function::FormatDate, 2, 2),
    ("now", Function::Now, 0, 0),
    ("date-time", Function::DateTime, 1, 1),
    ("decimal-date-time", Function::DecimalDateTime, 1, 1),
    ("decimal-time", Function::DecimalTime, 1, 1),
    ("format-date-time", Function::FormatDateTime, 2, 2),
    ("pi", Function::Pi, 0, 0),
    ("pow", Function::Pow, 2, 2),
    ("sqrt", Function::Sqrt, 1, 1),
    ("exp", Function::Exp, 1, 1),
    ("exp10", Function::Exp10, 1, 1),
    ("log", Function::Log, 1, 1),
    ("log10", Function::Log10, 1, 1),
    ("sin", Function::Sin, 1, 1),
    ("cos", Function::Cos, 1, 1),
    ("tan", Function::Tan, 1, 1),
    ("asin", Function::Asin, 1, 1),
    ("acos", Function::Acos, 1, 1),
    ("atan", Function::Atan, 1, 1),
    ("atan2", Function::Atan2, 2, 2),
    ("sum", Function::Sum, 1, 1),
    ("count", Function::Count, 1, 1),
    ("count-non-empty", Function::CountNonEmpty, 1, 1),
    ("join", Function::Join, 2, usize::MAX),
    ("position", Function::Position, 0, 0),
    ("indexed-repeat", Function::IndexedRepeat, 3, 7),
    ("regex", Function::Regex, 2, 2),
    ("digest", Function::Digest, 2, 3),
    ("base64-decode", Function::Base64Decode, 1, 1),
    ("random", Function::Random, 0, 0),
    ("uuid", Function::Uuid, 0, 0),
    ("once", Function::Once, 1, 1),
    ("jr:choice-name", Function::ChoiceName, 2, 2),
    ("pulldata", Function::Pulldata, 4, 4),
    ("checklist", Function::Checklist, 3, usize::MAX),
    ("weighted-checklist", Function::WeightedChecklist, 4, usize::MAX),
    ("area", Function::Area, 1, 1),
    ("distance", Function::Distance, 1, usize::MAX),
];

/// Functions of ODK forms that are refused; `floor`, `ceiling` and `substring` because ODK Collect has none of them.
const NOT_YET: &[&str] = &[
    "ceiling",
    "current",
    "extract-signed",
    "floor",
    "geofence",
    "id",
    "instance",
    "intersects",
    "jr:itext",
    "last",
    "local-name",
    "name",
    "property",
    "randomize",
    "substring",
    "version",
];

impl Function {
    /// Its name in expressions.
    #[must_use]
    pub fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function, ..)| *function == self).map_or("", |(name, ..)| name)
    }

    /// Whether a question as argument stands for its answers in all turns, not for one.
    #[must_use]
    pub fn takes_all_turns(self) -> bool {
        matches!(
            self,
            Self::Sum | Self::Count | Self::CountNonEmpty | Self::Join | Self::Min | Self::Max | Self::Concat
        )
    }

    /// Whether it may give something else each time, so that only the device knows what it gave.
    #[must_use]
    pub fn is_known_to_the_device_only(self) -> bool {
        matches!(self, Self::Now | Self::Random | Self::Uuid | Self::Once | Self::ChoiceName)
    }

    /// The function of that name, with the fewest and the most arguments that it takes.
    pub(super) fn find(name: &str) -> Option<(Self, usize, usize)> {
        FUNCTIONS.iter().find(|(known, ..)| *known == name).map(|(_, function, least, most)| (*function, *least, *most))
    }

    /// Whether ODK knows a function of that name that is not supported here yet.
    pub(super) fn is_not_yet(name: &str) -> bool {
        NOT_YET.contains(&name)
    }
}
