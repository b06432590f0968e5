//! F1: interviews by village against what is planned and expected by today.

use problem::{Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, count_axis, counted, framed, told};
use super::{Look, Metadata, index_heading, say};
use crate::chart::number::whole;
use crate::chart::{
    Cell, ChartRow, ChartSpec, Figure, Plot, RowLook, RowPanel, RowPart, RowSeries, RowsPlot, TextColumn,
};

/// One village.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VillageProgress {
    /// Stable code.
    pub code: String,
    /// Name.
    pub name: Words,
    /// The commune it lies in.
    pub commune: Words,
    /// Who interviews there.
    pub enumerator: Option<String>,
    /// Interviews planned.
    pub planned: u64,
    /// Interviews accepted.
    pub complete: u64,
    /// Interviews that wait for review.
    #[serde(default)]
    pub in_review: u64,
    /// Interviews begun.
    #[serde(default)]
    pub started: u64,
    /// Interviews expected by today.
    pub expected: Option<f64>,
}

/// What F1 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgressFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// The villages.
    pub villages: Vec<VillageProgress>,
}

/// Builds F1: communes by completion, the lowest first; villages likewise inside each.
///
/// # Errors
/// All that is wrong with the counts.
pub fn f1_progress(figure: &ProgressFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let share = |done: u64, planned: u64| done as f64 / planned.max(1) as f64;
    let commune_share = |commune: &Words| {
        let of = || figure.villages.iter().filter(|village| village.commune == *commune);
        share(of().map(|village| village.complete).sum(), of().map(|village| village.planned).sum())
    };
    let mut villages: Vec<&VillageProgress> = figure.villages.iter().collect();
    villages.sort_by(|one, other| {
        let key =
            |village: &VillageProgress| (commune_share(&village.commune), share(village.complete, village.planned));
        let ((a, b), (c, d)) = (key(one), key(other));
        a.total_cmp(&c)
            .then(one.commune.vi.cmp(&other.commune.vi))
            .then(b.total_cmp(&d))
            .then(one.code.cmp(&other.code))
    });
    let (complete, planned) = villages
        .iter()
        .fold((0, 0), |(complete, planned), village| (complete + village.complete, planned + village.planned));
    let is_slow = |village: &&&VillageProgress| {
        let received = (village.complete + village.in_review) as f64;
        village.expected.is_some_and(|expected| received < expected)
    };
    let slow: Vec<String> = villages.iter().filter(is_slow).map(|village| told(&village.name, language)).collect();
    let has_expected = villages.iter().any(|village| village.expected.is_some());
    let [done, all] = [complete, planned].map(|count| whole(count, language));
    let title = match (has_expected, slow.len()) {
        (false, _) => {
            say(language, format!("Đã hoàn thành {done}/{all} phiếu"), format!("{done} of {all} interviews done"))
        }
        (true, 0) => say(
            language,
            format!("Đã hoàn thành {done}/{all} phiếu, không thôn nào chậm"),
            format!("{done} of {all} interviews done, no village is late"),
        ),
        (true, count) => say(
            language,
            format!("Đã hoàn thành {done}/{all} phiếu, {count} thôn chậm tiến độ"),
            format!("{done} of {all} interviews done, {count} villages late"),
        ),
    };
    let largest = villages
        .iter()
        .map(|village| (village.planned.max(village.complete + village.in_review + village.started)) as f64)
        .chain(villages.iter().filter_map(|village| village.expected))
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max);
    let series = |vi: &str, en: &str, look| RowSeries { label: say(language, vi, en), look };
    let with_enumerator = villages.iter().any(|village| village.enumerator.is_some());
    let mut columns =
        vec![TextColumn { heading: say(language, "Xong / cần", "Done / planned"), numeric: true, strong: true }];
    if with_enumerator {
        columns.push(TextColumn {
            heading: say(language, "Điều tra viên", "Enumerator"),
            numeric: false,
            strong: false,
        });
    }
    let late = (!slow.is_empty())
        .then(|| say(language, format!("Chậm tiến độ: {}.", slow.join(", ")), format!("Late: {}.", slow.join(", "))));
    let sentences =
        [Some(say(language, format!("Xong {done} trên {all} phiếu."), format!("{done} of {all} done."))), late];
    let plot = RowsPlot {
        kind_words: say(language, "Biểu đồ thanh xếp chồng theo thôn", "Stacked bars by village"),
        series: vec![
            series("hoàn thành", "complete", RowLook::BarBest),
            series("chờ duyệt", "in review", RowLook::BarGood),
            series("đang làm", "begun", RowLook::BarHatched),
            series("còn lại", "to do", RowLook::BarEmpty),
            series("cần có đến hôm nay", "expected by today", RowLook::Middle),
        ],
        panels: vec![RowPanel {
            heading: say(language, "Số phiếu", "Interviews"),
            axis: count_axis(largest, 4),
            without_signs: false,
            guides: Vec::new(),
            weight: 1.0,
        }],
        columns,
        verdict_heading: None,
        rows: villages.iter().map(|village| row(village, with_enumerator, look)).collect(),
        counts: true,
        told: sentences.into_iter().flatten().collect(),
    };
    let subtitle = say(
        language,
        format!("Tiến độ theo thôn, {}", index_heading(metadata, language)),
        format!("Progress by village, {}", index_heading(metadata, language)),
    );
    let remarks = Vec::new();
    framed(
        Framed { figure: Figure::F1, title, subtitle, plot: Plot::Rows(plot), remarks },
        metadata,
        look,
        Problems::none(),
    )
}

fn row(village: &VillageProgress, with_enumerator: bool, look: Look) -> ChartRow {
    let language = look.language;
    let taken = village.complete + village.in_review + village.started;
    let counts = [village.complete, village.in_review, village.started, village.planned.saturating_sub(taken)];
    let mut end = 0.0;
    let mut parts: Vec<RowPart> = counts
        .into_iter()
        .enumerate()
        .filter(|(_, count)| *count > 0)
        .map(|(series, count)| {
            let start = end;
            end += count as f64;
            RowPart::bar(0, series, counted(count), (start, end), whole(count, language))
        })
        .collect();
    parts.extend(village.expected.map(|expected| RowPart::at(0, 4, Cell::known(expected))));
    let mut texts = vec![format!("{}/{}", whole(village.complete, language), whole(village.planned, language))];
    if with_enumerator {
        texts.push(crate::vietnamese::nfc(village.enumerator.as_deref().unwrap_or("–")));
    }
    ChartRow {
        id: crate::vietnamese::nfc(&village.code),
        label: told(&village.name, language),
        group: Some(told(&village.commune, language)),
        parts,
        texts,
        verdict: None,
    }
}
