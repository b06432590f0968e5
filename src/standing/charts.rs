//! The figures of the plan: all targets with their verdicts, all tasks by quarter.

use ::problem::{Language, Problem, Problems, Words};
use chrono::{Datelike, NaiveDate};
use reports::chart::build::{
    Look, PlanMetadata, PlanTask, TargetFigure, TaskFigure, r1_targets, r2_tasks, r3_agencies,
};
use reports::chart::{ChartSpec, MatrixCell, Size, fits};

use super::Standing;
use crate::plan::official::part_names;
use crate::plan::quarter::Quarter;
use crate::plan::target::{TargetState, figure_rows};
use crate::plan::task::{QuarterState, Task, TaskStatus};
use crate::secret::sha256_hex;

/// A figure of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanChart {
    /// R1: every target with its figure and verdict.
    Targets,
    /// R2: every task with its reports.
    Tasks,
    /// R3: the agencies and what they have reported.
    Agencies,
}

impl PlanChart {
    /// All figures.
    pub const ALL: [Self; 3] = [Self::Targets, Self::Tasks, Self::Agencies];

    /// Its name in addresses and files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Targets => "r1",
            Self::Tasks => "r2",
            Self::Agencies => "r3",
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
}

impl Standing {
    /// A figure of the plan of a unit, as a day sees it; `year` is that of the tasks.
    ///
    /// # Errors
    /// As [`Standing::judge`], and what the chart's builder finds wrong, such as names that do not fit.
    pub fn chart(
        &self,
        figure: PlanChart,
        unit: &str,
        year: i32,
        day: NaiveDate,
        language: Language,
    ) -> Result<ChartSpec, Problems> {
        let on_a_page = Look { language, size: Size::A4Trang };
        let spec = match figure {
            PlanChart::Targets => self.targets_chart(unit, day, on_a_page),
            PlanChart::Tasks => r2_tasks(&self.task_figure(unit, year, day)?, on_a_page),
            // A bar an agency needs no whole page.
            PlanChart::Agencies => {
                return Ok(
                    r3_agencies(&self.task_figure(unit, year, day)?, Look { language, ..Look::default() })?.fitted()
                );
            }
        }?;
        // A long list goes beyond a page rather than below the least letters of print.
        let with_size = |size| ChartSpec { size, ..spec.clone() };
        let chosen = [Size::A4Trang, Size::Dai].into_iter().map(with_size).find(fits);
        Ok(chosen.unwrap_or_else(|| with_size(Size::DaiDoi)))
    }

    /// The year of the plan: the last whose figures decide a target.
    #[must_use]
    pub fn plan_year(&self) -> Option<i32> {
        self.targets.iter().map(|target| target.target_year).max()
    }

    fn targets_chart(&self, unit: &str, day: NaiveDate, look: Look) -> Result<ChartSpec, Problems> {
        let judged = self.verdicts(unit, day)?;
        let year = self.plan_year().unwrap_or_else(|| day.year());
        let n_units = self.geography.on("province", last_day(year))?.len();
        let rows = figure_rows(&judged, &part_names("papi", year), u32::try_from(n_units).unwrap_or_default());
        let mut remarks = vec![Words::new(
            "Giá trị công bố được so như đã công bố; ước lượng của tỉnh được so bằng cả khoảng tin cậy.",
            "Published results are compared as published; the office's own estimates by their whole interval.",
        )];
        let is_unclear_change = |state: TargetState| state == TargetState::NotEnoughEvidence;
        if judged.iter().any(|(target, one)| target.codes.len() > 1 && is_unclear_change(one.state)) {
            remarks.push(Words::new(
                "Thay đổi giữa hai giá trị PAPI công bố không kèm sai số: chưa đủ cơ sở.",
                "A change between two published PAPI values without errors is not enough evidence.",
            ));
        }
        let own = judged.iter().filter_map(|(_, one)| one.round.as_deref());
        let mut own: Vec<&str> = own.collect();
        own.dedup();
        if !own.is_empty() {
            let names = own.join(", ");
            remarks.push(Words::new(
                format!("Ước lượng của đợt {names} không phải kết quả chính thức."),
                format!("Estimates of {names} are not official results."),
            ));
        }
        let published = Words::new(
            "kết quả công bố của PAPI, SIPAS, PAR Index; báo cáo của các cơ quan",
            "published results of PAPI, SIPAS, PAR Index; reports of the offices",
        );
        let metadata = self.metadata(
            unit,
            year,
            day,
            sources(judged.iter().map(|(target, _)| target.source.as_str()), &published),
            remarks,
            &rows,
        );
        r1_targets(&TargetFigure { metadata, rows }, look)
    }

    fn task_figure(&self, unit: &str, year: i32, day: NaiveDate) -> Result<TaskFigure, Problems> {
        let statuses = self.statuses(year, day);
        // Agencies as they are on the day, or were when the year ended: a plan outlives mergers.
        let seen = day.min(last_day(year));
        let mut tasks: Vec<PlanTask> =
            self.tasks.iter().zip(&statuses).map(|(task, status)| self.plan_task(task, status, seen)).collect();
        let order: Vec<Words> = tasks.iter().map(|task| task.lead.clone()).collect();
        // Tasks of one agency stand together, agencies in the order of their first task.
        tasks.sort_by_key(|task| (order.iter().position(|lead| *lead == task.lead), task.no));
        let mut remarks = vec![Words::new(
            "Trục PAPI gắn với nhiệm vụ do người lập dữ liệu suy ra, kế hoạch không in.",
            "The dimensions of PAPI are inferred; the plan does not print them.",
        )];
        let mut followed = self.tasks.iter().flat_map(|task| &task.lead);
        if followed.any(|id| self.agencies.on(id, seen).is_some_and(|now| now.id != *id)) {
            let on = reports::vietnamese::date(seen);
            remarks.push(Words::new(
                format!("Cơ quan chủ trì đã sáp nhập được thay bằng cơ quan kế thừa vào ngày {on}."),
                format!("A lead agency that has merged is shown as its successor on {on}."),
            ));
        }
        let reports = Words::new("báo cáo của các cơ quan", "reports of the offices");
        let source = sources(self.tasks.iter().map(|task| task.source.as_str()), &reports);
        let metadata = self.metadata(unit, year, day, source, remarks, &tasks);
        Ok(TaskFigure { metadata, tasks, quarter: told_quarter(year, day) })
    }

    fn plan_task(&self, task: &Task, status: &TaskStatus, seen: NaiveDate) -> PlanTask {
        let mut quarters = [MatrixCell::NotDue; 4];
        for (cell, (_, state)) in quarters.iter_mut().zip(&status.quarters) {
            *cell = match state {
                QuarterState::Complete => MatrixCell::Complete,
                QuarterState::Incomplete => MatrixCell::Partial,
                QuarterState::Overdue => MatrixCell::Overdue,
                QuarterState::Open => MatrixCell::Open,
                QuarterState::NotDue => MatrixCell::NotDue,
            };
        }
        let mut names: Vec<Words> = task
            .lead
            .iter()
            .map(|id| self.agencies.on(id, seen).map_or_else(|| Words::new(id, id), |agency| agency.name.clone()))
            .collect();
        names.dedup();
        let joined = |language| names.iter().map(|name| name.in_language(language)).collect::<Vec<_>>().join("; ");
        PlanTask {
            no: task.no,
            lead: Words::new(joined(Language::Vi), joined(Language::En)),
            name: task.name.clone(),
            quarters,
            dimensions: {
                let mut codes = task.papi_dimensions.clone();
                codes.sort();
                codes
            },
        }
    }

    fn metadata<T: serde::Serialize>(
        &self,
        unit: &str,
        year: i32,
        day: NaiveDate,
        source: Words,
        remarks: Vec<Words>,
        rows: &[T],
    ) -> PlanMetadata {
        let name = self.geography.get(unit).map_or_else(|| unit.to_owned(), |known| known.name.clone());
        let inputs = serde_json::to_vec(rows).unwrap_or_default();
        PlanMetadata {
            source,
            unit: Words::new(&name, &name),
            year,
            day,
            fingerprint: sha256_hex(&inputs),
            remarks: remarks.into_iter().chain(self.remarks.iter().cloned()).collect(),
        }
    }
}

/// The sources of the plan's rows, each once.
fn sources<'a>(all: impl Iterator<Item = &'a str>, more: &Words) -> Words {
    let mut names: Vec<&str> = Vec::new();
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let told = |language| {
        let of = |name: &&str| match (*name, language) {
            ("plan-2024", Language::Vi) => "kế hoạch của UBND tỉnh, tháng 5/2024".to_owned(),
            ("plan-2024", Language::En) => "the province's plan of May 2024".to_owned(),
            (other, _) => other.to_owned(),
        };
        names.iter().map(of).collect::<Vec<_>>().join("; ")
    };
    Words::new(format!("{}; {}", told(Language::Vi), more.vi), format!("{}; {}", told(Language::En), more.en))
}

fn last_day(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or(NaiveDate::MAX)
}

/// The quarter that the title speaks of: the last one of the year that has ended, else the first that is under way.
fn told_quarter(year: i32, day: NaiveDate) -> usize {
    let ended = Quarter::of_year(year).iter().filter(|quarter| quarter.last_day() < day).count();
    ended.max(1)
}
