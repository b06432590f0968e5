//! F6: interviews by day and their sum against the plan.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use problem::{Place, Problem, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Framed, count_axis, counted, framed};
use super::{Look, Metadata, index_heading, say};
use crate::chart::number::{date, decimal, whole};
use crate::chart::{ChartSpec, Column, Figure, Layer, LineLook, LinePoint, Panel, PanelsPlot, Plot, XAxis, XTick};

/// One day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DayReceipts {
    /// The day.
    pub day: NaiveDate,
    /// Interviews received on it.
    pub received: u64,
}

/// What F6 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptsFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Interviews planned.
    pub planned: u64,
    /// Last day of fieldwork; the needed number a day counts to it.
    pub last_day: Option<NaiveDate>,
    /// The day of the report: the last whose interviews are in.
    pub today: NaiveDate,
    /// Days with interviews; days left out had none.
    pub days: Vec<DayReceipts>,
}

/// Longest time that is drawn day by day.
const DAYS_MAX: i64 = 400;

/// Builds F6: columns a day, the number needed a day, and the sum in a panel of its own.
///
/// # Errors
/// Days told twice or after today, fieldwork longer than four hundred days.
pub fn f6_receipts(figure: &ReceiptsFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let mut days: BTreeMap<NaiveDate, u64> = BTreeMap::new();
    for one in &figure.days {
        if days.insert(one.day, one.received).is_some() {
            let problem = Problem::new("chart_duplicate_id", "mã dòng bị trùng", "two rows have the same code");
            problems.push(problem.at(Place::column("days")).got(one.day.to_string()));
        }
        if one.day > figure.today {
            problems.push(
                Problem::new(
                    "chart_day_after_today",
                    "ngày nằm sau ngày báo cáo",
                    "a day lies after the day of the report",
                )
                .at(Place::column("days"))
                .expected(format!("≤ {}", figure.today))
                .got(one.day.to_string()),
            );
        }
    }
    let started = metadata.fieldwork.map(|(first, _)| first);
    let first = days.keys().next().copied().into_iter().chain(started).min().unwrap_or(figure.today);
    let end = figure.last_day.unwrap_or(figure.today).max(figure.today);
    let length = (end - first).num_days();
    if !(0..=DAYS_MAX).contains(&length) {
        problems.push(
            Problem::new("chart_days", "khoảng ngày quá dài hoặc ngược", "the days are too many or reversed")
                .at(Place::column("days"))
                .expected(format!("0–{DAYS_MAX}"))
                .got(format!("{first} – {end}")),
        );
    }
    problems.into_result(())?;
    let received: u64 = days.values().sum();
    let left = figure.last_day.map_or(0, |last| (last - figure.today).num_days().max(0));
    let missing = figure.planned.saturating_sub(received);
    let needed = (left > 0 && missing > 0).then(|| missing as f64 / left as f64);
    let [got, all] = [received, figure.planned].map(|count| whole(count, language));
    let title = match needed {
        Some(needed) => {
            let needed = decimal(needed.ceil(), 0, language);
            say(
                language,
                format!("Đã nhận {got}/{all} phiếu; cần {needed} phiếu mỗi ngày"),
                format!("{got} of {all} received; {needed} a day are needed"),
            )
        }
        None => say(language, format!("Đã nhận {got}/{all} phiếu"), format!("{got} of {all} interviews received")),
    };
    let place = |day: NaiveDate| (day - first).num_days() as f64;
    let reported: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= figure.today).collect();
    let columns: Vec<Column> = reported
        .iter()
        .map(|day| Column {
            ends: (place(*day) - 0.5, place(*day) + 0.5),
            label: date(*day, language),
            cell: counted(days.get(day).copied().unwrap_or(0)),
        })
        .collect();
    let mut sum = 0;
    let line: Vec<LinePoint> = reported
        .iter()
        .map(|day| {
            sum += days.get(day).copied().unwrap_or(0);
            LinePoint { x: place(*day), label: date(*day, language), cell: counted(sum), written: *day == figure.today }
        })
        .collect();
    let most = days.values().copied().max().unwrap_or(0) as f64;
    let day_name = |day: NaiveDate| format!("{:02}/{:02}", day.day(), day.month());
    let ticks: Vec<XTick> = first
        .iter_days()
        .take_while(|day| *day <= end)
        .map(|day| XTick { at: place(day), label: day_name(day) })
        .collect();
    let x = |title: String| XAxis { min: -0.7, max: place(end) + 0.7, ticks: ticks.clone(), log: false, title };
    let mut by_day =
        vec![Layer::Columns { series: say(language, "phiếu nhận trong ngày", "received on the day"), columns }];
    by_day.extend(needed.map(|needed| Layer::Level {
        y: needed,
        label: say(
            language,
            format!("cần mỗi ngày: {}", decimal(needed, 1, language)),
            format!("needed a day: {}", decimal(needed, 1, language)),
        ),
        dotted: true,
    }));
    let mut cumulative =
        vec![Layer::Line { series: say(language, "tích luỹ", "sum"), look: LineLook::Main, points: line }];
    if figure.planned > 0 {
        cumulative.push(Layer::Level {
            y: figure.planned as f64,
            label: say(language, format!("kế hoạch: {all}"), format!("planned: {all}")),
            dotted: false,
        });
    }
    let today = date(figure.today, language);
    let sentence = say(
        language,
        format!("Đến {today} đã nhận {got} trên {all} phiếu."),
        format!("By {today}, {got} of {all} received."),
    );
    let plot = PanelsPlot {
        kind_words: say(language, "Biểu đồ cột theo ngày và đường tích luỹ", "Columns by day and cumulative line"),
        across: 1,
        panels: vec![
            Panel {
                id: "days".to_owned(),
                title: say(language, "Số phiếu mỗi ngày", "Interviews a day"),
                x: x(String::new()),
                y: count_axis(most.max(needed.unwrap_or(0.0)), 3),
                layers: by_day,
                empty: None,
            },
            Panel {
                id: "sum".to_owned(),
                title: say(language, "Tích luỹ", "Sum"),
                x: x(String::new()),
                y: count_axis(figure.planned.max(received) as f64 * 1.08, 3),
                layers: cumulative,
                empty: None,
            },
        ],
        counts: true,
        names: Vec::new(),
        told: vec![sentence],
    };
    let subtitle = say(
        language,
        format!("Số phiếu nhận theo ngày, {}, đến {today}", index_heading(metadata, language)),
        format!("Interviews by day, {}, by {today}", index_heading(metadata, language)),
    );
    framed(
        Framed { figure: Figure::F6, title, subtitle, plot: Plot::Panels(plot), remarks: Vec::new() },
        metadata,
        look,
        Problems::none(),
    )
}
