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

/// Bars, from the worst answer to the best: red and blue, which every kind of colour blindness tells apart; steps of
/// lightness keep neighbours apart in grey.
pub(crate) const BAR_WORST: Color = Color(0xCA, 0x00, 0x20);
/// The next after the worst.
pub(crate) const BAR_BAD: Color = Color(0xF4, 0xA5, 0x82);
/// Neither good nor bad.
pub(crate) const BAR_NEUTRAL: Color = Color(0xE6, 0xE6, 0xE6);
/// The next before the best.
pub(crate) const BAR_GOOD: Color = Color(0x92, 0xC5, 0xDE);
/// The best.
pub(crate) const BAR_BEST: Color = Color(0x05, 0x71, 0xB0);
/// Classes of areas, the highest first: 24 steps of lightness and more between neighbours, so that a grey printer keeps them
/// apart, and black or white letters keep 4.5:1 on each.
pub(crate) const CLASSES: [Color; 4] =
    [Color(0x08, 0x30, 0x6B), Color(0x21, 0x71, 0xB5), Color(0x6B, 0xAE, 0xD6), Color(0xDE, 0xEB, 0xF7)];
/// Outline of areas.
pub(crate) const OUTLINE: Color = Color(0x3D, 0x3D, 0x3D);
/// Field of an interval or of missing years, behind the marks.
pub(crate) const FIELD: Color = Color(0xEC, 0xEC, 0xEC);
