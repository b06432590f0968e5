//! S4: satisfaction by group of respondents.

use problem::{Place, Problem, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, dot_row, dot_rows, framed, n_text, share_axis, share_scale, told};
use super::{EstimateRow, Look, Metadata, cell, index_heading, say};
use crate::chart::number::{decimal, with_unit};
use crate::chart::{ChartSpec, DotPlot, DotRow, Figure, Guide, GuideKind, Plot, ValueFormat};

/// Tests below this say that the groups differ.
const LEVEL: f64 = 0.05;

/// One way to divide respondents, such as by age.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RespondentGroup {
    /// Its name, such as `Tuổi`.
    pub name: Words,
    /// The p value of the design-based test of no difference, adjusted by Holm for all tests of the figure.
    pub p_value: Option<f64>,
    /// Its groups in the order of the survey.
    pub rows: Vec<EstimateRow>,
}

/// What S4 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Percent or share.
    pub format: ValueFormat,
    /// The whole.
    pub overall: EstimateRow,
    /// Ways to divide respondents.
    pub groups: Vec<RespondentGroup>,
}

/// Builds S4: groups in the order of the survey, the whole as a line. Which divisions differ, the tests say, never the dots.
///
/// # Errors
/// All that is wrong with the rows; p values that are none.
pub fn s4_groups(figure: &GroupFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let scale = share_scale(figure.format, &mut problems);
    let whole = cell(&figure.overall, &metadata.small_cells, scale, language, &mut problems);
    let name = told(&figure.overall.name, language);
    let mut rows = vec![DotRow {
        overall: true,
        aside: n_text(&whole, language),
        ..dot_row(&figure.overall, whole.clone(), language)
    }];
    let (mut tested, mut differ) = (0, Vec::new());
    for group in &figure.groups {
        let label = told(&group.name, language);
        let heading = match group.p_value {
            Some(p) if (0.0..=1.0).contains(&p) => {
                tested += 1;
                if p < LEVEL {
                    differ.push(label.clone());
                }
                format!("{label} ({})", p_text(p, language))
            }
            Some(p) => {
                let problem = Problem::new("chart_p_value", "giá trị p không hợp lệ", "the p value is not valid");
                problems.push(problem.at(Place::column(&group.name.vi)).expected("0–1").got(p.to_string()));
                label
            }
            None => label,
        };
        let of_group = dot_rows(&group.rows, metadata, scale, language, &mut problems);
        rows.extend(of_group.into_iter().map(|row| DotRow { group: Some(heading.clone()), ..row }));
    }
    let axis = share_axis(figure.format, scale, rows.iter().filter_map(|row| row.cell.mark()).map(|mark| mark.value));
    let guide = whole.mark().map(|mark| Guide {
        kind: GuideKind::Zero,
        value: mark.value,
        label: format!("{name} {}", with_unit(mark.value, axis.format, axis.decimals, language)),
    });
    let title = match (tested, differ.len()) {
        (0, _) => say(language, "Mức độ hài lòng theo nhóm người trả lời", "Satisfaction by group of respondents"),
        (_, 0) => say(language, "Chưa đủ cơ sở kết luận các nhóm khác nhau", "Not enough evidence that groups differ"),
        (_, count) => say(
            language,
            format!("{count} trong {tested} cách chia nhóm có khác biệt"),
            format!("Groups differ in {count} of {tested} divisions"),
        ),
    };
    let mut remarks = Vec::new();
    if tested > 0 {
        remarks.push(say(
            language,
            "p: kiểm định theo thiết kế mẫu, hiệu chỉnh Holm cho các kiểm định của biểu đồ.",
            "p: design-based test, adjusted by Holm for the tests of this figure.",
        ));
    }
    let plot = DotPlot {
        axis,
        series_label: say(language, "tỷ lệ hài lòng", "share satisfied"),
        value_heading: say(language, "Hài lòng", "Satisfied"),
        rows,
        references: Vec::new(),
        guides: guide.into_iter().collect(),
        bands: Vec::new(),
        aside_heading: Some("n".to_owned()),
        verdict_heading: None,
    };
    let subtitle = say(
        language,
        format!("Mức độ hài lòng theo nhóm người trả lời, {}", index_heading(metadata, language)),
        format!("Satisfaction by group of respondents, {}", index_heading(metadata, language)),
    );
    framed(Framed { figure: Figure::S4, title, subtitle, plot: Plot::Dots(plot), remarks }, metadata, look, problems)
}

fn p_text(p: f64, language: problem::Language) -> String {
    if p < 0.001 { format!("p < {}", decimal(0.001, 3, language)) } else { format!("p = {}", decimal(p, 3, language)) }
}
