//! From scores to figures: the plain rows that the chart builders take.

use problem::{Problem, Problems, Words};
use reports::chart::build::{
    DimensionFigure, EstimateRow, FactorFigure, FactorTarget, Look, Metadata, ReferenceValues, p1_dimensions, p2_radar,
    s1_factors,
};
use reports::chart::{ChartSpec, Size, ValueFormat};
use reports::index::{Aggregation, IndexDefinition, IndexEstimates, NodeEstimate};

/// Rows beside the overall value that fit half a page.
const HALF_PAGE_ROWS: usize = 10;

/// The figures that can be drawn of a round's scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScoreFigure {
    /// Dimension scores as dots with intervals.
    P1,
    /// The same as a radar: companion of P1, never alone.
    P2,
    /// Satisfaction shares of the factors against the target.
    S1,
}

impl ScoreFigure {
    /// All figures, in the order of a page.
    pub const ALL: [Self; 3] = [Self::P1, Self::P2, Self::S1];

    /// Its name in addresses and files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::P1 => "p1",
            Self::P2 => "p2",
            Self::S1 => "s1",
        }
    }

    /// The figure of a name.
    ///
    /// # Errors
    /// `chart_unknown` with the names that exist.
    pub fn of_id(id: &str) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|figure| figure.id() == id).ok_or_else(|| {
            Problem::new("chart_unknown", "không có biểu đồ này", "there is no such figure")
                .expected(Self::ALL.map(Self::id).join(", "))
                .got(id.to_owned())
        })
    }

    /// The paper that the figure needs: many factors want a whole page.
    #[must_use]
    pub fn size(self, definition: &IndexDefinition) -> Size {
        let n_rows = definition.nodes().iter().filter(|node| is_lowest(definition, &node.code)).count();
        if self == Self::S1 && n_rows > HALF_PAGE_ROWS { Size::A4Cao } else { Size::A4 }
    }

    /// Whether the figure shows scores of this kind of index.
    #[must_use]
    pub fn shows(self, definition: &IndexDefinition) -> bool {
        let pooled = definition.node(definition.root()).is_some_and(|root| root.aggregation == Aggregation::Pooled);
        match self {
            Self::S1 => pooled,
            Self::P1 => !pooled,
            // The star is PAPI's own: eight spokes from 1 to 10.
            Self::P2 => !pooled && scale_of_parts(definition) == PAPI_SCALE,
        }
    }
}

/// The chart of `figure`; `target` is drawn where the figure has one, in the unit of the scores.
///
/// # Errors
/// Whatever the chart's builder finds wrong with the rows.
pub fn chart(
    figure: ScoreFigure,
    definition: &IndexDefinition,
    estimates: &IndexEstimates,
    metadata: Metadata,
    target: Option<FactorTarget>,
    references: Vec<ReferenceValues>,
    look: Look,
) -> Result<ChartSpec, Problems> {
    match figure {
        ScoreFigure::P1 | ScoreFigure::P2 => {
            let rows = estimates.scores.iter().filter(|node| node.parent.as_deref() == Some(definition.root()));
            let scale = scale_of_parts(definition);
            let dimensions = DimensionFigure { metadata, scale, rows: rows.map(estimate_row).collect(), references };
            if figure == ScoreFigure::P1 { p1_dimensions(&dimensions, look) } else { p2_radar(&dimensions, look) }
        }
        ScoreFigure::S1 => {
            let overall = estimates.score(definition.root()).map(estimate_row);
            let rows = estimates
                .scores
                .iter()
                .filter(|node| node.code != definition.root() && is_lowest(definition, &node.code))
                .map(estimate_row)
                .collect();
            let factors = FactorFigure {
                metadata,
                overall,
                rows,
                format: ValueFormat::Percent,
                target,
                comparisons: Vec::new(),
                references,
            };
            s1_factors(&factors, look)
        }
    }
}

/// Ends of the dimensions' scale.
const PAPI_SCALE: (f64, f64) = (1.0, 10.0);

/// The scale that holds the scores of all parts of the whole.
fn scale_of_parts(definition: &IndexDefinition) -> (f64, f64) {
    let parts = || definition.child_nodes(definition.root());
    let (low, high) = (parts().map(|node| node.score_min), parts().map(|node| node.score_max));
    let (low, high) = (low.fold(f64::INFINITY, f64::min), high.fold(f64::NEG_INFINITY, f64::max));
    if low < high { (low, high) } else { PAPI_SCALE }
}

/// Whether only indicators stand below the node.
fn is_lowest(definition: &IndexDefinition, code: &str) -> bool {
    definition.child_nodes(code).next().is_none()
}

/// One score as the chart builders take it.
#[must_use]
pub fn estimate_row(node: &NodeEstimate) -> EstimateRow {
    let estimate = node.estimate.as_ref();
    let interval = estimate.and_then(|estimate| estimate.interval.as_ref());
    EstimateRow {
        code: node.code.clone(),
        name: node.name.clone(),
        estimate: estimate.and_then(|estimate| estimate.estimate),
        lower: interval.map(|interval| interval.lower),
        upper: interval.map(|interval| interval.upper),
        standard_error: estimate.and_then(|estimate| estimate.standard_error),
        degrees_of_freedom: estimate.map(|estimate| estimate.degrees_of_freedom as f64),
        n: estimate.map(|estimate| estimate.n as u64),
        missing_reason: node
            .missing
            .as_ref()
            .map(|missing| missing.words())
            .or_else(|| estimate.is_none().then(|| Words::new("không có giá trị", "there is no value"))),
        change: None,
    }
}
