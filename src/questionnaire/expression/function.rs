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
];

/// Functions that are known but not supported yet; `floor` and `ceiling` because ODK Collect has neither.
const NOT_YET: &[&str] = &[
    "area",
    "base64-decode",
    "ceiling",
    "checklist",
    "count",
    "count-non-empty",
    "current",
    "date-time",
    "decimal-date-time",
    "decimal-time",
    "digest",
    "distance",
    "exp",
    "exp10",
    "extract-signed",
    "floor",
    "format-date-time",
    "geofence",
    "id",
    "indexed-repeat",
    "instance",
    "intersects",
    "join",
    "jr:choice-name",
    "jr:itext",
    "last",
    "local-name",
    "log",
    "log10",
    "name",
    "now",
    "once",
    "pi",
    "position",
    "pow",
    "property",
    "pulldata",
    "random",
    "randomize",
    "regex",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "sqrt",
    "substring",
    "sum",
    "uuid",
    "version",
    "weighted-checklist",
];

impl Function {
    /// Its name in expressions.
    #[must_use]
    pub fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function, ..)| *function == self).map_or("", |(name, ..)| name)
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
