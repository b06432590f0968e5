//! Colours. Each use keeps its contrast on white (WCAG 1.4.11: 3:1 for marks, 1.4.3: 4.5:1 for text) and survives a grey printer
//! because it also has its own marker, dash or words.

/// A colour, red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Color(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl Color {
    /// `#RRGGBB`.
    pub(crate) fn hex(self) -> String {
        format!("#{:02X}{:02X}{:02X}", self.0, self.1, self.2)
    }
}

/// Titles, labels, values.
pub(crate) const TEXT: Color = Color(0x1A, 0x1A, 0x1A);
/// Notes, axis numbers, references.
pub(crate) const MUTED: Color = Color(0x59, 0x59, 0x59);
/// This round.
pub(crate) const BLUE: Color = Color(0x00, 0x72, 0xB2);
/// Previous round in a radar; verdict "down".
pub(crate) const VERMILLION: Color = Color(0xD5, 0x5E, 0x00);
/// Target.
pub(crate) const BLACK: Color = Color(0, 0, 0);
/// Inside of hollow marks.
pub(crate) const WHITE: Color = Color(0xFF, 0xFF, 0xFF);
/// Grid: carries no meaning, so it may be faint.
pub(crate) const GRID: Color = Color(0xE2, 0xE2, 0xE2);
/// Axis line and frame.
pub(crate) const AXIS: Color = Color(0x8C, 0x8C, 0x8C);
/// Watermark of a draft, behind the plot.
pub(crate) const WATERMARK: Color = Color(0xF0, 0xF0, 0xF0);
