//! A figure from a data file: JSON whose shape is that of the figure's input. All that is wrong is told at once.

mod read;

use problem::Problems;

use super::build::{self, Look, Outlines};
use super::{ChartSpec, Figure, Size};
use read::{read, schema_of};

/// Which input a figure has, and which function makes it.
macro_rules! inputs {
    ($($figure:ident => $input:ident, $build:expr;)*) => {
        /// Makes a figure from the bytes of a data file.
        ///
        /// # Errors
        /// All that is wrong with the file's shape, then all that is wrong with its numbers.
        pub fn from_json(figure: Figure, bytes: &[u8], outlines: Option<&Outlines>, look: Look) -> Result<ChartSpec, Problems> {
            match figure {
                $(Figure::$figure => {
                    let make: fn(&build::$input, Option<&Outlines>, Look) -> Result<ChartSpec, Problems> = $build;
                    make(&read(bytes)?, outlines, look)
                })*
            }
        }

        /// The JSON Schema of a figure's data file, with the meaning of each field.
        #[must_use]
        pub fn json_schema(figure: Figure) -> serde_json::Value {
            match figure {
                $(Figure::$figure => schema_of::<build::$input>(),)*
            }
        }
    };
}

inputs! {
    P1 => DimensionFigure, |input, _, look| build::p1_dimensions(input, look);
    P2 => DimensionFigure, |input, _, look| build::p2_radar(input, look);
    P3 => SubdimensionFigure, |input, _, look| build::p3_subdimensions(input, look);
    P4 => TrendFigure, |input, _, look| build::p4_total(input, look);
    P5 => TrendFigure, |input, _, look| build::p5_dimensions(input, look);
    P6 => UnitFigure, |input, _, look| build::p6_units(input, look);
    P7 => ChangeFigure, |input, _, look| build::p7_changes(input, look);
    P8 => PriorityFigure, |input, _, look| build::p8_priorities(input, look);
    S1 => FactorFigure, |input, _, look| build::s1_factors(input, look);
    S2 => LikertFigure, |input, _, look| build::s2_answers(input, look);
    S3 => FactorFigure, |input, _, look| build::s3_services(input, look);
    S4 => GroupFigure, |input, _, look| build::s4_groups(input, look);
    S5 => DriverFigure, |input, _, look| build::s5_drivers(input, look);
    S6 => ExpectationFigure, |input, _, look| build::s6_expectations(input, look);
    S7 => TrendFigure, |input, _, look| build::s7_satisfaction(input, look);
    R1 => TargetFigure, |input, _, look| build::r1_targets(input, look);
    R2 => TaskFigure, |input, _, look| build::r2_tasks(input, look);
    R3 => TaskFigure, |input, _, look| build::r3_agencies(input, look);
    F1 => ProgressFigure, |input, _, look| build::f1_progress(input, look);
    F2 => FunnelFigure, |input, _, look| build::f2_funnel(input, look);
    F3 => WeightFigure, |input, _, look| build::f3_weights(input, look);
    F4 => MarginFigure, |input, _, look| build::f4_margins(input, look);
    F5 => DurationFigure, |input, _, look| build::f5_durations(input, look);
    F6 => ReceiptsFigure, |input, _, look| build::f6_receipts(input, look);
    G1 => AreaFigure, |input, outlines, look| build::g1_areas(input, outlines, look);
    M1 => ScorecardFigure, |input, _, look| build::m1_scorecard(input, look);
}

impl ChartSpec {
    /// The figure at the smallest paper size of the text's width that it fits, its own first.
    #[must_use]
    pub fn fitted(self) -> Self {
        let sizes = [self.size, Size::A4, Size::A4Vua, Size::A4Cao, Size::A4Trang, Size::Dai, Size::DaiDoi];
        let with_size = |size| Self { size, ..self.clone() };
        sizes.into_iter().map(with_size).find(super::fits).unwrap_or(self)
    }
}
