//! The figures of the catalogue.

use serde::{Deserialize, Serialize};

/// A figure of the catalogue. New figures are added here; most of them reuse a [`Plot`](super::Plot) that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Figure {
    /// PAPI: dimension scores, dot and interval.
    P1,
    /// PAPI: the star, companion of [`Figure::P1`].
    P2,
    /// SIPAS: satisfaction by factor against the target.
    S1,
    /// The plan: every target with its figure and verdict.
    R1,
    /// The plan: every task with its reports, quarter by quarter.
    R2,
}

impl Figure {
    /// Every figure, in the order of the catalogue.
    pub const ALL: [Self; 5] = [Self::P1, Self::P2, Self::S1, Self::R1, Self::R2];

    /// Short name for addresses and commands: `p1`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::P1 => "p1",
            Self::P2 => "p2",
            Self::S1 => "s1",
            Self::R1 => "r1",
            Self::R2 => "r2",
        }
    }

    /// Part of the file name that says which figure it is: `p1-truc-noi-dung`.
    #[must_use]
    pub fn file_part(self) -> &'static str {
        match self {
            Self::P1 => "p1-truc-noi-dung",
            Self::P2 => "p2-hinh-sao",
            Self::S1 => "s1-yeu-to",
            Self::R1 => "r1-muc-tieu",
            Self::R2 => "r2-nhiem-vu",
        }
    }

    /// The figure with this short name, in any case.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.code().eq_ignore_ascii_case(code))
    }
}
