//! M1: one page for the one who decides.

use problem::{Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, framed, short_enough, told, whole_of};
use super::s1_factors::target_verdict;
use super::{
    DimensionFigure, EstimateRow, FactorFigure, FactorTarget, Look, Metadata, TargetFigure, cell, index_heading,
    p1_dimensions, r1_targets, s1_factors, say,
};
use crate::chart::number::{range, with_unit};
use crate::chart::{
    Cell, ChartSpec, DotPlot, DotRow, Figure, Headline, ListItem, PageBlock, PagePlot, Plot, TargetPlot, ValueFormat,
    VerdictKind,
};

/// A headline figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreHeadline {
    /// The estimate; its code and name are those of the headline.
    pub estimate: EstimateRow,
    /// Points, percent or share.
    pub format: ValueFormat,
    /// Length of the scale of points, 70 for a total of 10–80; not used for shares.
    pub scale: f64,
    /// What the plan asks for.
    pub target: Option<FactorTarget>,
    /// Rank, group or source, below the figure.
    pub below: Option<Words>,
}

/// What is to be done, and who leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What.
    pub what: Words,
    /// Who leads.
    pub lead: Words,
}

/// What M1 is made from; parts that are left out leave their block out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScorecardFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// One to four headline figures.
    pub headlines: Vec<ScoreHeadline>,
    /// As for P1.
    pub dimensions: Option<DimensionFigure>,
    /// As for S1.
    pub factors: Option<FactorFigure>,
    /// As for R1.
    pub targets: Option<TargetFigure>,
    /// The best sub-dimensions.
    #[serde(default)]
    pub strengths: Vec<EstimateRow>,
    /// The weakest sub-dimensions.
    #[serde(default)]
    pub weaknesses: Vec<EstimateRow>,
    /// What is to be done.
    #[serde(default)]
    pub actions: Vec<Action>,
}

/// Most lines of a list: the page is one page.
const LIST_MAX: usize = 5;

/// Builds M1 from the same inputs as P1, S1 and R1; their plots are those of the figures.
///
/// # Errors
/// All that is wrong with its parts.
pub fn m1_scorecard(figure: &ScorecardFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let headlines: Vec<Headline> =
        figure.headlines.iter().map(|one| headline(one, metadata, look, &mut problems)).collect();
    let mut blocks = Vec::new();
    let mut take = |made: Result<ChartSpec, Problems>, block: &dyn Fn(ChartSpec) -> Option<PageBlock>| match made {
        Ok(spec) => blocks.extend(block(spec)),
        Err(more) => problems.0.extend(more.0),
    };
    if let Some(dimensions) = &figure.dimensions {
        take(p1_dimensions(dimensions, look), &|spec| dots_block(spec));
    }
    if let Some(factors) = &figure.factors {
        take(s1_factors(factors, look), &|spec| Some(without_headlines(dots_block(spec)?, &headlines)));
    }
    if let Some(targets) = &figure.targets {
        take(r1_targets(targets, look), &|spec| {
            let Plot::Targets(plot) = spec.plot else { return None };
            Some(PageBlock::Targets { title: spec.title, plot: without_groups(plot) })
        });
    }
    let mut lists = Vec::new();
    for (rows, vi, en) in [
        (&figure.strengths, "Nội dung thành phần cao nhất", "Highest sub-dimensions"),
        (&figure.weaknesses, "Nội dung thành phần thấp nhất", "Lowest sub-dimensions"),
    ] {
        if !rows.is_empty() {
            let items = rows.iter().take(LIST_MAX).map(|row| list_item(row, metadata, look, &mut problems)).collect();
            lists.push((say(language, vi, en), items));
        }
    }
    if !lists.is_empty() {
        blocks.push(PageBlock::Lists { lists });
    }
    if !figure.actions.is_empty() {
        let items = (1..).zip(figure.actions.iter().take(LIST_MAX)).map(|(number, action)| ListItem {
            id: format!("action-{number}"),
            label: format!("{number}. {}", told(&action.what, language)),
            cell: None,
            written: told(&action.lead, language),
        });
        blocks.push(PageBlock::Lists {
            lists: vec![(
                say(language, "Việc cần làm và cơ quan chủ trì", "What to do and who leads"),
                items.collect(),
            )],
        });
    }
    let of =
        |kind| headlines.iter().filter(|one| one.verdict.as_ref().is_some_and(|verdict| verdict.kind == kind)).count();
    let (up, down, unclear) = (of(VerdictKind::Up), of(VerdictKind::Down), of(VerdictKind::Unclear));
    let unit = told(&metadata.unit, language);
    let title = if up + down + unclear == 0 {
        short_enough([
            say(
                language,
                format!("Kết quả {} của {unit}", metadata.year),
                format!("Results of {unit}, {}", metadata.year),
            ),
            say(language, "Kết quả của đợt khảo sát", "Results of the round"),
        ])
    } else {
        say(
            language,
            format!("{up} chỉ số đạt, {down} chưa đạt, {unclear} chưa đủ cơ sở"),
            format!("{up} reached, {down} not reached, {unclear} not enough evidence"),
        )
    };
    let spoken = headlines.iter().filter(|one| one.cell.mark().is_some()).map(|one| {
        let verdict = one.verdict.as_ref().map(|verdict| format!(" ({})", verdict.words)).unwrap_or_default();
        format!("{}: {}{verdict}", one.label, one.written)
    });
    let spoken: Vec<String> = spoken.collect();
    let plot = PagePlot {
        headlines,
        blocks,
        told: if spoken.is_empty() { Vec::new() } else { vec![format!("{}.", spoken.join("; "))] },
    };
    let subtitle = say(
        language,
        format!("Tóm tắt một trang, {}", index_heading(metadata, language)),
        format!("One-page scorecard, {}", index_heading(metadata, language)),
    );
    let remarks = vec![say(
        language,
        "▲ đạt hoặc tăng, ▼ chưa đạt hoặc giảm: cả khoảng tin cậy nằm về một phía; ●: chưa đủ cơ sở.",
        "▲ reached or up, ▼ not reached or down: the whole interval lies on one side; ●: not enough evidence.",
    )];
    framed(Framed { figure: Figure::M1, title, subtitle, plot: Plot::Page(plot), remarks }, metadata, look, problems)
}

fn dots_block(spec: ChartSpec) -> Option<PageBlock> {
    let Plot::Dots(plot) = spec.plot else { return None };
    Some(PageBlock::Dots { title: spec.title, plot: DotPlot { aside_heading: None, ..plot } })
}

/// The whole stands above the page in large figures; once is enough, unless nothing else is left.
fn without_headlines(block: PageBlock, headlines: &[Headline]) -> PageBlock {
    match block {
        PageBlock::Dots { title, mut plot } if plot.references.is_empty() && plot.rows.len() > 1 => {
            let is_told = |row: &DotRow| headlines.iter().any(|one| one.id == row.id && one.cell == row.cell);
            plot.rows.retain(|row| !(row.overall && is_told(row)));
            PageBlock::Dots { title, plot }
        }
        other => other,
    }
}

/// On the page the targets stand together, without headings of groups.
fn without_groups(plot: TargetPlot) -> TargetPlot {
    let rows = plot.rows.into_iter().map(|row| crate::chart::TargetRow { group: String::new(), ..row }).collect();
    TargetPlot { rows, ..plot }
}

fn headline(one: &ScoreHeadline, metadata: &Metadata, look: Look, problems: &mut Problems) -> Headline {
    let language = look.language;
    let scale = whole_of(one.format).unwrap_or(one.scale);
    let cell = cell(&one.estimate, &metadata.small_cells, scale, language, problems);
    let below = one.below.as_ref().map(|words| told(words, language));
    let interval = cell.mark().and_then(|mark| mark.interval);
    let interval = interval.map(|limits| format!("({})", range(limits.lower, limits.upper, one.format, 2, language)));
    let least = metadata.small_cells.hide_below_n;
    let absent = match &cell {
        Cell::Shown(_) => None,
        Cell::Suppressed => {
            Some(say(language, format!("không hiển thị, n < {least}"), format!("not shown, n < {least}")))
        }
        Cell::Missing { reason } => Some(reason.clone()),
    };
    let written = cell.mark().map(|mark| {
        let star = if mark.cautions.is_empty() { "" } else { "*" };
        format!("{}{star}", with_unit(mark.value, one.format, 2, language))
    });
    let verdict = one.target.and_then(|target| target_verdict(cell.mark()?, target, language));
    let verdict = verdict.transpose().unwrap_or_else(|problem| {
        problems.push(problem);
        None
    });
    Headline {
        id: crate::vietnamese::nfc(&one.estimate.code),
        label: told(&one.estimate.name, language),
        written: written.unwrap_or_default(),
        below: [absent, interval, below].into_iter().flatten().collect::<Vec<_>>().join(" · "),
        cell,
        verdict,
    }
}

fn list_item(row: &EstimateRow, metadata: &Metadata, look: Look, problems: &mut Problems) -> ListItem {
    let language = look.language;
    // The scale of a sub-dimension is that of its definition; what is short or small is still hidden or starred.
    let cell = cell(row, &metadata.small_cells, f64::INFINITY, language, problems);
    let written = match &cell {
        Cell::Shown(mark) => {
            let star = if mark.cautions.is_empty() { "" } else { "*" };
            format!("{}{star}", with_unit(mark.value, ValueFormat::Points, 2, language))
        }
        Cell::Suppressed | Cell::Missing { .. } => "–".to_owned(),
    };
    ListItem { id: crate::vietnamese::nfc(&row.code), label: told(&row.name, language), cell: Some(cell), written }
}
