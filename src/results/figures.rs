//! The figures of a round.

use ::problem::{Language, Problems};
use reports::chart::ChartSpec;
use reports::chart::build::{Look, Metadata, ScorecardFigure, f1_progress, f2_funnel, f3_weights, m1_scorecard};

use super::{IndexResult, RoundResults};
use crate::analysis::field_figures;
use crate::analysis::figures::{ScoreFigure, chart, dimension_figure, extremes, factor_figure, headline};
use crate::analysis::round::RoundAnalysis;

/// Sub-dimensions in each list of the scorecard.
const EXTREMES: usize = 3;

impl RoundResults {
    /// The figure of one index of this round.
    ///
    /// # Errors
    /// Why there are no scores, or what the chart's builder finds wrong.
    pub fn chart(&self, index: &IndexResult, figure: ScoreFigure, language: Language) -> Result<ChartSpec, Problems> {
        let look = Look { language, size: figure.size(&index.definition) };
        let analysis = index.analysis.as_ref().map_err(Clone::clone)?;
        let metadata = self.metadata(index, analysis);
        chart(figure, &index.definition, &analysis.estimates, metadata, self.target(index), Vec::new(), look)
    }

    /// The figures of fieldwork: progress by area, from household to interview, and the weights of the first index that has
    /// scores. Each is left out where there is nothing to draw. Areas are small: they are for the people of the round.
    ///
    /// # Errors
    /// What a chart's builder finds wrong.
    pub fn field_charts(&self, language: Language) -> Result<Vec<ChartSpec>, Problems> {
        let look = Look { language, ..Look::default() };
        let Some((index, analysis)) =
            self.indexes.iter().find_map(|index| Some((index, index.analysis.as_ref().ok()?)))
        else {
            return Ok(Vec::new());
        };
        let metadata = || Metadata { remarks: Vec::new(), ..self.metadata(index, analysis) };
        let mut charts = Vec::new();
        if let Some(sample) = &self.sample {
            charts.push(f1_progress(&field_figures::progress(sample, &self.outcomes, metadata()), look)?);
        }
        charts.push(f2_funnel(&field_figures::funnel(&self.outcomes, metadata()), look)?);
        charts.push(f3_weights(&field_figures::weights(&analysis.weights.weights, metadata()), look)?);
        Ok(charts.into_iter().map(ChartSpec::fitted).collect())
    }

    /// M1 of the round: each index with its target, the dimensions of the one, the factors of the other, the parts that
    /// stand highest and lowest on their scales. None without scores.
    ///
    /// # Errors
    /// What the chart's builder finds wrong.
    pub fn scorecard(&self, language: Language) -> Result<Option<ChartSpec>, Problems> {
        let scored: Vec<(&IndexResult, &RoundAnalysis)> =
            self.indexes.iter().filter_map(|index| Some((index, index.analysis.as_ref().ok()?))).collect();
        let Some(&(first, analysis)) = scored.first() else { return Ok(None) };
        let shown_by = |figure: ScoreFigure| scored.iter().find(|(index, _)| figure.shows(&index.definition));
        let headlines = scored
            .iter()
            .filter_map(|(index, analysis)| headline(&index.definition, &analysis.estimates, self.target(index)));
        let dimensions = shown_by(ScoreFigure::P1).map(|(index, analysis)| {
            dimension_figure(&index.definition, &analysis.estimates, self.metadata(index, analysis), Vec::new())
        });
        let factors = shown_by(ScoreFigure::S1).map(|(index, analysis)| {
            let metadata = self.metadata(index, analysis);
            factor_figure(&index.definition, &analysis.estimates, metadata, self.target(index), Vec::new())
        });
        let (strengths, weaknesses) = shown_by(ScoreFigure::P1)
            .map(|(index, analysis)| extremes(&index.definition, &analysis.estimates, EXTREMES))
            .unwrap_or_default();
        let input = ScorecardFigure {
            metadata: self.metadata(first, analysis),
            headlines: headlines.collect(),
            dimensions,
            factors,
            targets: None,
            strengths,
            weaknesses,
            actions: Vec::new(),
        };
        Ok(Some(m1_scorecard(&input, Look { language, ..Look::default() })?.fitted()))
    }
}
