//! F4: the sample against the population, before and after weighting.

use problem::{Place, Problem, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, framed, told};
use super::{Look, Metadata, index_heading, say};
use crate::chart::number::{decimal, signed};
use crate::chart::{
    Axis, Cell, ChartRow, ChartSpec, Figure, Plot, RowLook, RowPanel, RowPart, RowSeries, RowsPlot, TextColumn,
    ValueFormat,
};

/// One category of a margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarginCategory {
    /// Stable code, unique in the figure.
    pub code: String,
    /// Name.
    pub name: Words,
    /// Its share of the population, 0–100.
    pub population: f64,
    /// Its share of the sample with design weights, 0–100.
    pub before: f64,
    /// Its share after weighting, 0–100.
    pub after: f64,
}

/// One margin, such as age.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Margin {
    /// Its name.
    pub name: Words,
    /// Its categories.
    pub categories: Vec<MarginCategory>,
}

/// What F4 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarginFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Margins in the order of the figure.
    pub margins: Vec<Margin>,
}

/// Builds F4: a row a category with the population's share and the sample's before and after weighting.
///
/// # Errors
/// Shares that are none.
pub fn f4_margins(figure: &MarginFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let categories = || figure.margins.iter().flat_map(|margin| &margin.categories);
    for one in categories() {
        let shares = [one.population, one.before, one.after];
        if shares.iter().any(|share| !(0.0..=100.0).contains(share)) {
            problems.push(
                Problem::new("chart_rate", "tỷ lệ không nằm trong 0–100", "a share is not within 0–100")
                    .at(Place::column(&one.code))
                    .expected("0–100")
                    .got(format!("{shares:?}")),
            );
        }
    }
    let widest = |of: fn(&MarginCategory) -> f64| {
        categories().max_by(|one, other| of(one).abs().total_cmp(&of(other).abs())).map(|one| (one, of(one)))
    };
    let before = widest(|one| one.before - one.population);
    let after = widest(|one| one.after - one.population);
    let points = |gap: f64| decimal(gap.abs(), 1, language);
    let title = match (before, after) {
        (Some((_, before)), Some((_, after))) => say(
            language,
            format!("Gia quyền giảm lệch lớn nhất từ {} còn {} điểm %", points(before), points(after)),
            format!("Weighting cuts the largest gap from {} to {} points", points(before), points(after)),
        ),
        _ => say(language, "Chưa có biến cân chỉnh nào", "No margin yet"),
    };
    let title = match (before, after) {
        (Some((_, before)), Some((_, after))) if after.abs() > before.abs() => say(
            language,
            format!("Sau gia quyền chênh lệch lớn nhất là {} điểm phần trăm", points(after)),
            format!("After weighting the largest gap is {} percentage points", points(after)),
        ),
        _ => title,
    };
    let sentence = after.map(|(one, gap)| {
        let (name, gap) = (told(&one.name, language), signed(gap, 1, language));
        say(
            language,
            format!("Sau gia quyền, chênh lệch lớn nhất ở “{name}”: {gap} điểm phần trăm."),
            format!("After weighting the largest gap is at “{name}”: {gap} percentage points."),
        )
    });
    let largest = categories().flat_map(|one| [one.population, one.before, one.after]).fold(0.0, f64::max);
    let max = if largest <= 60.0 { 60.0 } else { 100.0 };
    let rows = figure.margins.iter().flat_map(|margin| {
        margin.categories.iter().map(|one| ChartRow {
            id: crate::vietnamese::nfc(&one.code),
            label: told(&one.name, language),
            group: Some(told(&margin.name, language)),
            parts: vec![
                RowPart::at(0, 0, Cell::known(one.population)),
                RowPart::at(0, 1, Cell::known(one.before)),
                RowPart::at(0, 2, Cell::known(one.after)),
            ],
            texts: vec![
                decimal(one.population, 1, language),
                signed(one.before - one.population, 1, language),
                signed(one.after - one.population, 1, language),
            ],
            verdict: None,
        })
    });
    let column = |vi: &str, en: &str, strong| TextColumn { heading: say(language, vi, en), numeric: true, strong };
    let plot = RowsPlot {
        kind_words: say(language, "Biểu đồ điểm trước và sau", "Dots before and after"),
        series: vec![
            RowSeries { label: say(language, "dân số", "population"), look: RowLook::Against },
            RowSeries {
                label: say(language, "mẫu trước gia quyền", "sample before weighting"), look: RowLook::Before
            },
            RowSeries {
                label: say(language, "mẫu sau gia quyền", "sample after weighting"), look: RowLook::Estimate
            },
        ],
        panels: vec![RowPanel {
            heading: say(language, "Tỷ lệ, %", "Share, %"),
            axis: Axis {
                min: 0.0,
                max,
                ticks: [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].into_iter().map(|part| (part * max).round()).collect(),
                format: ValueFormat::Percent,
                decimals: 1,
                log: false,
            },
            without_signs: false,
            guides: Vec::new(),
            weight: 1.0,
        }],
        columns: vec![
            column("Dân số, %", "Population, %", false),
            column("Lệch trước, điểm %", "Gap before, points", false),
            column("Lệch sau, điểm %", "Gap after, points", true),
        ],
        verdict_heading: None,
        rows: rows.collect(),
        counts: true,
        told: sentence.into_iter().collect(),
    };
    let subtitle = say(
        language,
        format!("Mẫu so với dân số, {}", index_heading(metadata, language)),
        format!("Sample against population, {}", index_heading(metadata, language)),
    );
    framed(
        Framed { figure: Figure::F4, title, subtitle, plot: Plot::Rows(plot), remarks: Vec::new() },
        metadata,
        look,
        problems,
    )
}
