//! From scores to figures: the plain rows that the chart builders take.

use problem::{Problem, Problems, Words};
use reports::chart::build::{
    DimensionFigure, EstimateRow, FactorFigure, FactorTarget, Look, Metadata, ReferenceValues, ScoreHeadline,
    SubdimensionFigure, p1_dimensions, p2_radar, p3_subdimensions, s1_factors,
};
use reports::chart::{ChartSpec, Size, SmallCellRule, ValueFormat};
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
    /// The parts of the dimension that is weakest on its scale.
    P3,
    /// Satisfaction shares of the factors against the target.
    S1,
}

impl ScoreFigure {
    /// All figures, in the order of a page.
    pub const ALL: [Self; 4] = [Self::P1, Self::P2, Self::P3, Self::S1];

    /// Its name in addresses and files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::P1 => "p1",
            Self::P2 => "p2",
            Self::P3 => "p3",
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
            Self::P3 => {
                !pooled && definition.child_nodes(definition.root()).any(|node| has_one_scale(definition, &node.code))
            }
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
            let dimensions = dimension_figure(definition, estimates, metadata, references);
            if figure == ScoreFigure::P1 { p1_dimensions(&dimensions, look) } else { p2_radar(&dimensions, look) }
        }
        ScoreFigure::P3 => {
            let dimension = weakest_dimension(definition, estimates).ok_or_else(|| {
                Problem::new("chart_no_parts", "không có chỉ số nội dung nào có điểm", "no dimension has a score")
            })?;
            let rows = estimates.scores.iter().filter(|node| node.parent.as_deref() == Some(dimension.code.as_str()));
            let codes: Vec<&str> = definition.child_nodes(&dimension.code).map(|node| node.code.as_str()).collect();
            let references = references.into_iter().filter_map(|mut one| {
                one.values.retain(|code, _| codes.contains(&code.as_str()));
                (!one.values.is_empty()).then_some(one)
            });
            let parts = SubdimensionFigure {
                metadata,
                dimension: dimension.name.clone(),
                scale: scale_under(definition, &dimension.code),
                rows: rows.map(estimate_row).collect(),
                references: references.collect(),
            };
            p3_subdimensions(&parts, look)
        }
        ScoreFigure::S1 => {
            let factors = factor_figure(definition, estimates, metadata, target, references);
            s1_factors(&factors, look)
        }
    }
}

/// What P1 and P2 are made from: the parts of the whole.
#[must_use]
pub fn dimension_figure(
    definition: &IndexDefinition,
    estimates: &IndexEstimates,
    metadata: Metadata,
    references: Vec<ReferenceValues>,
) -> DimensionFigure {
    let rows = estimates.scores.iter().filter(|node| node.parent.as_deref() == Some(definition.root()));
    DimensionFigure { metadata, scale: scale_of_parts(definition), rows: rows.map(estimate_row).collect(), references }
}

/// What S1 is made from: the whole and the lowest parts.
#[must_use]
pub fn factor_figure(
    definition: &IndexDefinition,
    estimates: &IndexEstimates,
    metadata: Metadata,
    target: Option<FactorTarget>,
    references: Vec<ReferenceValues>,
) -> FactorFigure {
    let lowest = |node: &&NodeEstimate| node.code != definition.root() && is_lowest(definition, &node.code);
    FactorFigure {
        metadata,
        overall: estimates.score(definition.root()).map(estimate_row),
        rows: estimates.scores.iter().filter(lowest).map(estimate_row).collect(),
        format: ValueFormat::Percent,
        target,
        comparisons: Vec::new(),
        references,
    }
}

/// The headline of an index: its whole.
#[must_use]
pub fn headline(
    definition: &IndexDefinition,
    estimates: &IndexEstimates,
    target: Option<FactorTarget>,
) -> Option<ScoreHeadline> {
    let root = definition.node(definition.root())?;
    let format = if ScoreFigure::S1.shows(definition) { ValueFormat::Percent } else { ValueFormat::Points };
    let scale = root.score_max - root.score_min;
    Some(ScoreHeadline {
        estimate: estimate_row(estimates.score(definition.root())?),
        format,
        scale,
        target,
        below: None,
    })
}

/// The lowest parts that stand highest and lowest on their own scales.
#[must_use]
pub fn extremes(
    definition: &IndexDefinition,
    estimates: &IndexEstimates,
    count: usize,
) -> (Vec<EstimateRow>, Vec<EstimateRow>) {
    let part = |node: &NodeEstimate| {
        let scale = definition.node(&node.code)?;
        let estimate = node.estimate.as_ref()?;
        // What would be hidden in a figure is no strength and no weakness.
        let shown = estimate.n as u64 >= SmallCellRule::default().hide_below_n;
        shown.then_some((estimate.estimate? - scale.score_min) / (scale.score_max - scale.score_min))
    };
    let lowest =
        estimates.scores.iter().filter(|node| node.code != definition.root() && is_lowest(definition, &node.code));
    let mut parts: Vec<(f64, &NodeEstimate)> = lowest.filter_map(|node| Some((part(node)?, node))).collect();
    parts.sort_by(|one, other| one.0.total_cmp(&other.0));
    let rows = |parts: &mut dyn Iterator<Item = &(f64, &NodeEstimate)>| {
        parts.take(count).map(|(_, node)| estimate_row(node)).collect::<Vec<_>>()
    };
    (rows(&mut parts.iter().rev()), rows(&mut parts.iter()))
}

/// Ends of the dimensions' scale.
const PAPI_SCALE: (f64, f64) = (1.0, 10.0);

/// The scale that holds the scores of all parts of the whole.
fn scale_of_parts(definition: &IndexDefinition) -> (f64, f64) {
    scale_under(definition, definition.root())
}

/// Whether a node has parts, and all of them one scale: only then can they share an axis.
fn has_one_scale(definition: &IndexDefinition, code: &str) -> bool {
    let mut scales = definition.child_nodes(code).map(|node| (node.score_min, node.score_max));
    scales.next().is_some_and(|first| scales.all(|other| other == first))
}

/// The dimension whose score is lowest as a part of its scale, among those whose parts can be drawn.
fn weakest_dimension<'a>(definition: &IndexDefinition, estimates: &'a IndexEstimates) -> Option<&'a NodeEstimate> {
    let (low, high) = scale_of_parts(definition);
    let part = |node: &NodeEstimate| Some((node.estimate.as_ref()?.estimate? - low) / (high - low));
    let dimensions = || {
        let of_root = estimates.scores.iter().filter(|node| node.parent.as_deref() == Some(definition.root()));
        of_root.filter(|node| has_one_scale(definition, &node.code))
    };
    let scored = dimensions().filter_map(|node| Some((node, part(node)?)));
    let lowest = scored.min_by(|one, other| one.1.total_cmp(&other.1)).map(|(node, _)| node);
    // Without any score the first one says, row by row, why there is none.
    lowest.or_else(|| dimensions().next())
}

/// The scale that holds the scores of all parts of a node.
fn scale_under(definition: &IndexDefinition, code: &str) -> (f64, f64) {
    let parts = || definition.child_nodes(code);
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
