//! Every number of a figure, whatever the plot: what alternative texts, notes, tables and tests are made from.

use std::borrow::Cow;

use super::areas_spec::AreasPlot;
use super::page_spec::{PageBlock, PagePlot};
use super::panels_spec::{Layer, LineLook, Panel, PanelsPlot};
use super::plan_spec::{PlanBasis, TargetPlot};
use super::rows_spec::RowsPlot;
use super::{Axis, Cell, DotPlot, Guide, Mark, Plot, Verdict};

/// One number of a figure, or the reason why there is none.
#[derive(Clone, Debug)]
pub(crate) struct Fact<'a> {
    /// The panel, block or group it stands in; empty where there is but one.
    pub(crate) panel: Cow<'a, str>,
    /// Stable code.
    pub(crate) id: &'a str,
    /// Name.
    pub(crate) label: &'a str,
    /// What it is.
    pub(crate) series: &'a str,
    /// The number.
    pub(crate) cell: Cow<'a, Cell>,
    /// What it says about a target or a difference.
    pub(crate) verdict: Option<&'a Verdict>,
}

impl Mark {
    /// A known number without sampling error.
    #[must_use]
    pub fn known(value: f64) -> Self {
        Self { value, interval: None, standard_error: None, degrees_of_freedom: None, n: None, cautions: Vec::new() }
    }
}

impl Cell {
    /// A known number without sampling error.
    #[must_use]
    pub fn known(value: f64) -> Self {
        Self::Shown(Mark::known(value))
    }
}

/// Short name of a basis in files.
pub(crate) fn basis_code(basis: PlanBasis) -> &'static str {
    match basis {
        PlanBasis::Official => "official",
        PlanBasis::OwnEstimate => "own_estimate",
        PlanBasis::Reported => "reported",
    }
}

impl Plot {
    /// The axis of values, where all rows share one.
    #[must_use]
    pub fn axis(&self) -> Option<&Axis> {
        match self {
            Self::Dots(plot) => Some(&plot.axis),
            Self::Radar(plot) => Some(&plot.axis),
            Self::Rows(plot) => plot.panels.first().map(|panel| &panel.axis),
            Self::Panels(plot) => plot.panels.first().map(|panel| &panel.y),
            Self::Targets(_) | Self::Matrix(_) | Self::Areas(_) | Self::Page(_) => None,
        }
    }

    /// Whether the figure counts things and estimates nothing.
    pub(crate) fn counts(&self) -> bool {
        match self {
            Self::Rows(plot) => plot.counts,
            Self::Panels(plot) => plot.counts,
            Self::Targets(_) | Self::Matrix(_) => true,
            Self::Dots(_) | Self::Radar(_) | Self::Areas(_) | Self::Page(_) => false,
        }
    }

    /// The main estimates in order; figures of the plan have rows of another kind.
    pub(crate) fn entries(&self) -> Vec<Fact<'_>> {
        match self {
            Self::Dots(plot) => dots(plot, ""),
            Self::Radar(plot) => {
                let Some(series) = plot.series.first() else { return Vec::new() };
                let cells = plot.spokes.iter().zip(&series.cells);
                cells.map(|((id, label), cell)| fact("", id, label, &series.label, cell)).collect()
            }
            Self::Rows(plot) => rows(plot),
            Self::Panels(plot) => panels(plot),
            Self::Areas(plot) => areas(plot),
            Self::Page(plot) => page(plot),
            Self::Targets(_) | Self::Matrix(_) => Vec::new(),
        }
    }

    /// The other series of dots and stars: name and one value an entry.
    pub(crate) fn comparisons(&self) -> Vec<(&str, Vec<Option<f64>>)> {
        match self {
            Self::Dots(plot) => {
                plot.references.iter().map(|reference| (reference.label.as_str(), reference.values.clone())).collect()
            }
            Self::Radar(plot) => {
                let value = |cell: &Cell| cell.mark().map(|mark| mark.value);
                let others = plot.series.iter().skip(1);
                others.map(|series| (series.label.as_str(), series.cells.iter().map(value).collect())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The upright lines through dots.
    pub(crate) fn guides(&self) -> &[Guide] {
        match self {
            Self::Dots(plot) => &plot.guides,
            _ => &[],
        }
    }

    /// What a plot tells of itself to those who do not see it: its kind and its sentences.
    pub(crate) fn told(&self) -> Option<(&str, &[String])> {
        match self {
            Self::Rows(plot) => Some((&plot.kind_words, &plot.told)),
            Self::Panels(plot) => Some((&plot.kind_words, &plot.told)),
            Self::Areas(plot) => Some((&plot.kind_words, &plot.told)),
            Self::Page(plot) => Some(("", &plot.told)),
            Self::Dots(_) | Self::Radar(_) | Self::Targets(_) | Self::Matrix(_) => None,
        }
    }
}

fn fact<'a>(panel: &'a str, id: &'a str, label: &'a str, series: &'a str, cell: &'a Cell) -> Fact<'a> {
    Fact { panel: Cow::Borrowed(panel), id, label, series, cell: Cow::Borrowed(cell), verdict: None }
}

fn dots<'a>(plot: &'a DotPlot, panel: &'a str) -> Vec<Fact<'a>> {
    let of = |row: &'a super::DotRow| Fact {
        verdict: row.verdict.as_ref(),
        ..fact(panel, &row.id, &row.label, &plot.series_label, &row.cell)
    };
    plot.rows.iter().map(of).collect()
}

fn rows(plot: &RowsPlot) -> Vec<Fact<'_>> {
    let mut facts = Vec::new();
    for row in &plot.rows {
        let group = row.group.as_deref().unwrap_or_default();
        for part in &row.parts {
            let Some(cell) = &part.cell else { continue };
            let series = plot.series.get(part.series).map_or("", |series| series.label.as_str());
            facts.push(Fact { verdict: row.verdict.as_ref(), ..fact(group, &row.id, &row.label, series, cell) });
        }
    }
    facts
}

fn panels(plot: &PanelsPlot) -> Vec<Fact<'_>> {
    plot.panels.iter().flat_map(|panel| panel.layers.iter().flat_map(|layer| layer_facts(panel, layer))).collect()
}

fn layer_facts<'a>(panel: &'a Panel, layer: &'a Layer) -> Vec<Fact<'a>> {
    let of = |id: &'a str, label: &'a str, series: &'a str, cell: &'a Cell| fact(&panel.id, id, label, series, cell);
    match layer {
        Layer::Line { series, points, look } => {
            // Lines to compare with are known where they are known; only the main line has gaps that must be told.
            let told = points.iter().filter(|point| *look == LineLook::Main || point.cell.mark().is_some());
            told.map(|point| of(&point.label, &point.label, series, &point.cell)).collect()
        }
        Layer::Spread { series, five } => {
            five.iter().map(|point| of(&point.label, &point.label, series, &point.cell)).collect()
        }
        Layer::Columns { series, columns } => {
            columns.iter().map(|column| of(&column.label, &column.label, series, &column.cell)).collect()
        }
        Layer::Crosses { points, .. } => {
            // Two numbers a name: each under the name of its axis.
            let pair = |point: &'a super::Crossed| {
                [
                    of(&point.id, &point.label, &panel.x.title, &point.x),
                    of(&point.id, &point.label, &panel.title, &point.y),
                ]
            };
            points.iter().flat_map(pair).collect()
        }
        Layer::Upright { .. } | Layer::Level { .. } | Layer::Gap { .. } | Layer::Words { .. } => Vec::new(),
    }
}

fn areas(plot: &AreasPlot) -> Vec<Fact<'_>> {
    plot.areas.iter().map(|area| fact("", &area.id, &area.label, &plot.series, &area.cell)).collect()
}

fn targets<'a>(plot: &'a TargetPlot, panel: &'a str) -> Vec<Fact<'a>> {
    let shown = plot.rows.iter().filter_map(|row| Some((row, row.value.as_ref()?)));
    let of = |(row, value): (&'a super::TargetRow, &'a super::TargetValue)| Fact {
        panel: Cow::Borrowed(panel),
        id: &row.id,
        label: &row.label,
        series: basis_code(value.basis),
        cell: Cow::Owned(Cell::Shown(Mark { interval: value.interval, ..Mark::known(value.value) })),
        verdict: None,
    };
    shown.map(of).collect()
}

fn page(plot: &PagePlot) -> Vec<Fact<'_>> {
    let mut facts: Vec<Fact<'_>> = Vec::new();
    for one in &plot.headlines {
        facts.push(Fact { verdict: one.verdict.as_ref(), ..fact("", &one.id, &one.label, &one.label, &one.cell) });
    }
    for block in &plot.blocks {
        match block {
            PageBlock::Dots { title, plot } => facts.extend(dots(plot, title)),
            PageBlock::Targets { title, plot } => facts.extend(targets(plot, title)),
            PageBlock::Lists { lists } => {
                for (title, items) in lists {
                    let shown = items.iter().filter_map(|item| Some((item, item.cell.as_ref()?)));
                    facts.extend(shown.map(|(item, cell)| fact(title, &item.id, &item.label, title, cell)));
                }
            }
        }
    }
    facts
}
