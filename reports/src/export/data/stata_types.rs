//! How a variable lies in a .dta, and the numbers that stand for missing values there.

use estimation::table::MissingReason;

use super::dataset::{Cell, DataSet, Kind, Variable};

/// Longest text of a fixed width, in bytes; longer ones are strLs.
const FIXED_MAX: usize = 2045;

/// Where a cell lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    Byte,
    Int,
    Long,
    Double,
    /// Text of so many bytes.
    Fixed(u16),
    /// Text in a part of its own, here a pointer to it.
    Elsewhere,
}

impl Storage {
    /// The narrowest that holds all cells of a variable.
    pub(super) fn of(variable: &Variable, data: &DataSet) -> Self {
        match &variable.kind {
            Kind::Text => {
                let longest = (0..data.n_rows()).map(|row| text(variable, row).len()).max().unwrap_or(0).max(1);
                u16::try_from(longest).ok().filter(|_| longest <= FIXED_MAX).map_or(Self::Elsewhere, Self::Fixed)
            }
            Kind::Category(_) => {
                let numbers = variable.category_numbers();
                Self::whole(
                    numbers.iter().copied().min().unwrap_or(0).into(),
                    numbers.iter().copied().max().unwrap_or(0).into(),
                )
            }
            Kind::Date | Kind::Number => {
                let (mut low, mut high) = (0.0_f64, 0.0_f64);
                for row in 0..data.n_rows() {
                    let Cell::Number(number) = variable.cell(row) else { continue };
                    if number.fract() != 0.0 {
                        return Self::Double;
                    }
                    (low, high) = (low.min(number), high.max(number));
                }
                let days = if variable.kind == Kind::Date { DAYS } else { 0.0 };
                Self::whole(low + days, high + days)
            }
        }
    }

    fn whole(low: f64, high: f64) -> Self {
        let holds = |least: f64, most: f64| low >= least && high <= most;
        if holds(-127.0, 100.0) {
            Self::Byte
        } else if holds(-32_767.0, 32_740.0) {
            Self::Int
        } else if holds(-2_147_483_647.0, 2_147_483_620.0) {
            Self::Long
        } else {
            Self::Double
        }
    }

    /// Its number in the file.
    pub(super) fn code(self) -> u16 {
        match self {
            Self::Byte => 65_530,
            Self::Int => 65_529,
            Self::Long => 65_528,
            Self::Double => 65_526,
            Self::Fixed(width) => width,
            Self::Elsewhere => 32_768,
        }
    }

    /// How it is shown.
    pub(super) fn format(self, kind: &Kind) -> String {
        match (self, kind) {
            (_, Kind::Date) => "%td".to_owned(),
            (Self::Byte | Self::Int, _) => "%8.0g".to_owned(),
            (Self::Long, _) => "%12.0g".to_owned(),
            (Self::Double, _) => "%10.0g".to_owned(),
            (Self::Fixed(width), _) => format!("%-{}s", width.min(244)),
            (Self::Elsewhere, _) => "%-9s".to_owned(),
        }
    }

    /// A number, or the missing value of this type.
    pub(super) fn push(self, out: &mut Vec<u8>, number: Result<f64, Missing>) {
        match (self, number) {
            (Self::Byte, Ok(number)) => out.push((number as i8).to_le_bytes()[0]),
            (Self::Byte, Err(missing)) => out.push(101 + missing.0),
            (Self::Int, Ok(number)) => out.extend_from_slice(&(number as i16).to_le_bytes()),
            (Self::Int, Err(missing)) => out.extend_from_slice(&(32_741 + i16::from(missing.0)).to_le_bytes()),
            (Self::Long, Ok(number)) => out.extend_from_slice(&(number as i32).to_le_bytes()),
            (Self::Long, Err(missing)) => out.extend_from_slice(&(missing.as_long()).to_le_bytes()),
            (_, Ok(number)) => out.extend_from_slice(&number.to_le_bytes()),
            (_, Err(missing)) => {
                let bits = 0x7FE0_0000_0000_0000_u64 + (u64::from(missing.0) << 40);
                out.extend_from_slice(&bits.to_le_bytes());
            }
        }
    }
}

/// Days between the epoch of Stata, 1 January 1960, and ours.
pub(super) const DAYS: f64 = 3653.0;

/// A missing value: 0 is `.`, 1 is `.a`, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing(u8);

impl Missing {
    pub(super) fn of(reason: Option<MissingReason>) -> Self {
        Self(super::missing_mark(reason).map_or(0, |mark| mark.letter as u8 - b'a' + 1))
    }

    pub(super) fn as_long(self) -> i32 {
        2_147_483_621 + i32::from(self.0)
    }
}

/// The text of a cell; Stata has no missing text, so a reason stands there as its code.
pub(super) fn text(variable: &Variable, row: usize) -> std::borrow::Cow<'_, str> {
    match variable.cell(row) {
        Cell::Text(text) => text.into(),
        Cell::Missing(reason) => {
            super::missing_mark(reason).map_or_else(|| "".into(), |mark| mark.code.to_string().into())
        }
        Cell::Number(_) | Cell::Category(_) => "".into(),
    }
}
