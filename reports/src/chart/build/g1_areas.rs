//! G1: areas in classes, as a map where outlines are given and most areas have values, otherwise as tiles.

use problem::{Place, Problem, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, ends_in_text, framed, quantile, short_enough, told, whole_of};
use super::{EstimateRow, Look, Metadata, Outlines, cell, index_heading, say};
use crate::chart::number::bare;
use crate::chart::{Area, AreaClass, AreasPlot, Cell, ChartSpec, Figure, Plot, ValueFormat};

/// What G1 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// What the areas are: `xã, phường`.
    pub level: Words,
    /// What is shown, such as the name of the index.
    pub measure: Words,
    /// Length of the scale of points, 9 for 1–10; not used for shares.
    pub scale: f64,
    /// Points, percent or share.
    pub format: ValueFormat,
    /// Limits between classes, at most three; quartiles of the shown values where none are given.
    #[serde(default)]
    pub thresholds: Vec<f64>,
    /// Every area of the level, those without a sample too.
    pub rows: Vec<EstimateRow>,
}

/// Part of the areas that must have values before a map is drawn: six communes must not become a map of ninety-nine.
const COVERAGE_MIN: f64 = 0.8;

/// Builds G1. Outlines whose codes no row has are left out and told; rows without outline turn the map into tiles.
///
/// # Errors
/// All that is wrong with the rows and the limits.
pub fn g1_areas(figure: &AreaFigure, outlines: Option<&Outlines>, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let scale = whole_of(figure.format).unwrap_or(figure.scale);
    let cells: Vec<Cell> =
        figure.rows.iter().map(|row| cell(row, &metadata.small_cells, scale, language, &mut problems)).collect();
    let limits = class_limits(figure, &cells, &mut problems);
    problems.into_result(())?;
    let classes = class_names(figure, &limits, look);
    let class_of = |value: f64| limits.iter().take_while(|limit| value < **limit).count();
    let mut order: Vec<usize> = (0..figure.rows.len()).collect();
    let value = |index: usize| cells[index].mark().map_or(f64::NEG_INFINITY, |mark| mark.value);
    order.sort_by(|&one, &other| value(other).total_cmp(&value(one)));
    let shown = cells.iter().filter(|cell| cell.mark().is_some()).count();
    let total = figure.rows.len().max(1);
    let covered = shown as f64 >= COVERAGE_MIN * total as f64;
    let without = |outlines: &Outlines| {
        figure.rows.iter().filter(|row| !outlines.by_code.contains_key(&crate::vietnamese::nfc(&row.code))).count()
    };
    let map = outlines.filter(|outlines| covered && without(outlines) == 0);
    let areas: Vec<Area> = (1..)
        .zip(&order)
        .map(|(number, &index)| {
            let (row, cell) = (&figure.rows[index], &cells[index]);
            let id = crate::vietnamese::nfc(&row.code);
            Area {
                number,
                label: told(&row.name, language),
                class: cell.mark().map(|mark| class_of(mark.value)),
                cell: cell.clone(),
                outline: map.and_then(|outlines| outlines.by_code.get(&id).cloned()),
                id,
            }
        })
        .collect();
    let classes: Vec<AreaClass> = classes
        .into_iter()
        .enumerate()
        .map(|(index, label)| AreaClass { label, count: areas.iter().filter(|area| area.class == Some(index)).count() })
        .collect();
    let mut remarks = vec![say(
        language,
        "Màu theo ước lượng điểm; hai đơn vị khác màu chưa chắc khác nhau.",
        "Colours follow the estimates; two units of different colour need not differ.",
    )];
    if let Some(outlines) = outlines {
        let missing = without(outlines);
        if !covered {
            remarks.push(say(
                language,
                format!("Chỉ {shown}/{total} đơn vị có số liệu nên vẽ ô lưới thay bản đồ."),
                format!("Only {shown} of {total} units have data: tiles instead of a map."),
            ));
        } else if missing > 0 {
            remarks.push(say(
                language,
                format!("{missing} đơn vị không có đường biên nên vẽ ô lưới thay bản đồ."),
                format!("{missing} units have no outline: tiles instead of a map."),
            ));
        }
    }
    let (level, measure) = (told(&figure.level, language), told(&figure.measure, language));
    let title = match ends_in_text(cells.iter(), figure.format, 2, language) {
        Some((low, high)) if shown > 1 => short_enough([
            say(
                language,
                format!("{measure} theo {level}: từ {low} đến {high}"),
                format!("{measure} by {level}: {low} to {high}"),
            ),
            say(language, format!("Từ {low} đến {high} giữa các đơn vị"), format!("From {low} to {high} among units")),
        ]),
        Some((low, _)) => {
            say(language, format!("Một đơn vị đủ số liệu: {low}"), format!("One unit has enough data: {low}"))
        }
        None => say(language, "Chưa có đơn vị nào đủ số liệu", "No unit has enough data"),
    };
    let named =
        |index: Option<&usize>| index.map(|&index| told(&figure.rows[index].name, language)).unwrap_or_default();
    let sentences = (shown > 1).then(|| {
        let (best, worst) = (named(order.first()), named(order.get(shown - 1)));
        say(
            language,
            format!("Cao nhất: {best}; thấp nhất: {worst}; {shown}/{total} đơn vị có số liệu."),
            format!("Highest: {best}; lowest: {worst}; {shown} of {total} units have data."),
        )
    });
    let plot = AreasPlot {
        kind_words: if map.is_some() {
            say(language, "Bản đồ phân nhóm", "Map in classes")
        } else {
            say(language, "Ô lưới phân nhóm", "Tiles in classes")
        },
        series: measure.clone(),
        classes,
        areas,
        aspect: map.map_or(1.0, |outlines| outlines.aspect),
        format: figure.format,
        decimals: 2,
        told: sentences.into_iter().collect(),
    };
    let subtitle = say(
        language,
        format!("{measure} theo {level}, {}", index_heading(metadata, language)),
        format!("{measure} by {level}, {}", index_heading(metadata, language)),
    );
    framed(
        Framed { figure: Figure::G1, title, subtitle, plot: Plot::Areas(plot), remarks },
        metadata,
        look,
        Problems::none(),
    )
}

/// Limits from the highest to the lowest.
fn class_limits(figure: &AreaFigure, cells: &[Cell], problems: &mut Problems) -> Vec<f64> {
    if figure.thresholds.is_empty() {
        let mut values: Vec<f64> = cells.iter().filter_map(|cell| Some(cell.mark()?.value)).collect();
        values.sort_by(f64::total_cmp);
        let mut limits: Vec<f64> = [0.75, 0.5, 0.25].iter().filter_map(|part| quantile(&values, *part)).collect();
        limits.dedup();
        return limits;
    }
    let mut limits = figure.thresholds.clone();
    limits.sort_by(|one, other| other.total_cmp(one));
    let distinct = limits.windows(2).all(|two| two[0] > two[1]);
    if limits.len() > 3 || !distinct || limits.iter().any(|limit| !limit.is_finite()) {
        problems.push(
            Problem::new("chart_thresholds", "ngưỡng phân nhóm không hợp lệ", "the limits of classes are not valid")
                .at(Place::column("thresholds"))
                .expected("1–3")
                .got(format!("{:?}", figure.thresholds)),
        );
    }
    limits
}

fn class_names(figure: &AreaFigure, limits: &[f64], look: Look) -> Vec<String> {
    let write = |value: f64| bare(value, figure.format, 2, look.language);
    let (Some(first), Some(last)) = (limits.first(), limits.last()) else {
        return vec![say(look.language, "có số liệu", "with data")];
    };
    let mut names = vec![format!("≥ {}", write(*first))];
    names.extend(limits.windows(2).map(|two| format!("{}–{}", write(two[1]), write(two[0]))));
    names.push(format!("< {}", write(*last)));
    names
}
