//! Paper and screen sizes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Points in a millimetre.
const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// Size of a figure. Every size is laid out in points with the same letters; screens enlarge the whole drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Size {
    /// 160 × 95 mm: the width of the text on an A4 page.
    #[default]
    A4,
    /// 160 × 130 mm: half an A4 page, for lists a little too long for the usual size.
    A4Vua,
    /// 160 × 200 mm: a whole A4 page.
    A4Cao,
    /// 160 × 247 mm: the text of a whole A4 page, with the margins of an official paper.
    A4Trang,
    /// 160 × 300 mm: for a screen, where a list is longer than a page.
    Dai,
    /// 160 × 600 mm: likewise, for twice as long a list.
    DaiDoi,
    /// 78 × 70 mm: two in a row.
    Nua,
    /// 1280 × 720 px: a slide.
    Slide,
    /// A4 proportions for a page: scales with it, smallest letters 12 px at its own width.
    Web,
}

impl Size {
    /// Every size.
    pub const ALL: [Self; 9] =
        [Self::A4, Self::A4Vua, Self::A4Cao, Self::A4Trang, Self::Dai, Self::DaiDoi, Self::Nua, Self::Slide, Self::Web];

    /// Width and height of the drawing's own units (the `viewBox`), in points.
    #[must_use]
    pub fn points(self) -> (f64, f64) {
        match self {
            Self::A4 | Self::Web => (160.0 * POINTS_PER_MM, 95.0 * POINTS_PER_MM),
            Self::A4Vua => (160.0 * POINTS_PER_MM, 130.0 * POINTS_PER_MM),
            Self::A4Cao => (160.0 * POINTS_PER_MM, 200.0 * POINTS_PER_MM),
            Self::A4Trang => (160.0 * POINTS_PER_MM, 247.0 * POINTS_PER_MM),
            Self::Dai => (160.0 * POINTS_PER_MM, 300.0 * POINTS_PER_MM),
            Self::DaiDoi => (160.0 * POINTS_PER_MM, 600.0 * POINTS_PER_MM),
            Self::Nua => (78.0 * POINTS_PER_MM, 70.0 * POINTS_PER_MM),
            Self::Slide => (480.0, 270.0),
        }
    }

    /// `width` and `height` attributes of the SVG.
    #[must_use]
    pub fn svg_attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::A4 => ("160mm", "95mm"),
            Self::A4Vua => ("160mm", "130mm"),
            Self::A4Cao => ("160mm", "200mm"),
            Self::A4Trang => ("160mm", "247mm"),
            Self::Dai => ("160mm", "300mm"),
            Self::DaiDoi => ("160mm", "600mm"),
            Self::Nua => ("78mm", "70mm"),
            Self::Slide => ("1280", "720"),
            Self::Web => ("726", "431"),
        }
    }

    /// Pixels of the PNG: 300 dots an inch on paper, twice the CSS size on a page, the slide's own.
    #[must_use]
    pub fn pixels(self) -> (u32, u32) {
        match self {
            Self::A4 => (1890, 1122),
            Self::A4Vua => (1890, 1535),
            Self::A4Cao => (1890, 2362),
            Self::A4Trang => (1890, 2917),
            Self::Dai => (1890, 3543),
            Self::DaiDoi => (1890, 7087),
            Self::Nua => (921, 827),
            Self::Slide => (1280, 720),
            Self::Web => (1452, 862),
        }
    }

    /// Dots an inch that the PNG claims, which is what gives it its size on paper; `None` for screens.
    #[must_use]
    pub fn dots_per_inch(self) -> Option<u32> {
        match self {
            Self::A4 | Self::A4Vua | Self::A4Cao | Self::A4Trang | Self::Dai | Self::DaiDoi | Self::Nua => Some(300),
            Self::Slide | Self::Web => None,
        }
    }
}
