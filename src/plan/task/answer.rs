//! Who answers for a task: its leading agencies, and after a merger those that took over their work.

use chrono::NaiveDate;
use problem::Problem;

use super::{Agencies, Task};
use crate::plan::quarter::Quarter;

impl Task {
    /// Whether a report of an agency for a quarter answers for one of the leading agencies.
    ///
    /// Its own does, always. That of a successor does; but one that leads the task in its own right speaks for its predecessor only from
    /// the quarter on in which it took over: before, both had to report.
    #[must_use]
    pub fn is_answered(&self, lead: &str, reporter: &str, quarter: Quarter, agencies: &Agencies) -> bool {
        if lead == reporter {
            return true;
        }
        let leads_itself = self.lead.iter().any(|one| one == reporter);
        let has_ended =
            agencies.get(lead).and_then(|agency| agency.valid_to).is_some_and(|last| last <= quarter.last_day());
        agencies.succeeds(reporter, lead) && (!leads_itself || has_ended)
    }

    /// Whether an agency may report the task for a quarter, on a day: one that leads it, or that has taken over from one that did.
    ///
    /// # Errors
    /// `task_not_lead`; `task_agency_ended` for a quarter that began after the agency had passed its work on.
    pub fn may_report(
        &self,
        reporter: &str,
        quarter: Quarter,
        agencies: &Agencies,
        today: NaiveDate,
    ) -> Result<(), Problem> {
        let has_ended = |id: &str| agencies.on(id, today).is_some_and(|now| now.id != id);
        let answers = |lead: &String| lead == reporter || agencies.succeeds(reporter, lead) && has_ended(lead);
        if !self.lead.iter().any(answers) {
            let mut known: Vec<&str> = Vec::new();
            for agency in self.lead.iter().flat_map(|lead| agencies.chain(lead, today)) {
                if !known.contains(&agency.id.as_str()) {
                    known.push(&agency.id);
                }
            }
            return Err(Problem::new(
                "task_not_lead",
                "cơ quan này không chủ trì nhiệm vụ nên không báo cáo nhiệm vụ",
                "this agency does not lead the task and does not report it",
            )
            .expected(known.join(", "))
            .got(reporter.to_owned()));
        }
        let now = agencies.on(reporter, quarter.first_day());
        match now.filter(|now| now.id != reporter) {
            Some(now) => Err(Problem::new(
                "task_agency_ended",
                "quý này bắt đầu sau khi cơ quan đã chuyển giao công việc; cơ quan kế thừa báo cáo",
                "the quarter began after the agency had passed its work on; its successor reports",
            )
            .expected(now.id.clone())
            .got(format!("{reporter}, {quarter}"))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Progress, QuarterState, TaskReport, by_agency, shipped_tasks, status};
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn quarter(text: &str) -> Quarter {
        text.parse().expect("a quarter")
    }

    fn done(task_no: u32, text: &str, agency: &str) -> TaskReport {
        let quarter = quarter(text);
        let day = quarter.last_day();
        TaskReport { task_no, quarter, agency: agency.to_owned(), progress: Progress::Done, day, n_evidence: 0 }
    }

    /// The plan with a further year, so that quarters after the mergers are due.
    fn task(no: u32) -> Task {
        let mut tasks = shipped_tasks().expect("shipped");
        let mut task = tasks.remove(no as usize - 1);
        task.valid_to = Some(day("2025-12-31"));
        task
    }

    #[test]
    fn a_successor_reports_after_the_merger_and_not_before() {
        let (task, agencies) = (task(12), Agencies::shipped().expect("shipped"));
        let told = |agency: &str, text: &str, today: &str| {
            task.may_report(agency, quarter(text), &agencies, day(today)).map_err(|problem| problem.code)
        };
        // So-tttt passed its work to so-khcn on 1 March 2025.
        assert_eq!(told("so-tttt", "2024Q4", "2025-01-10"), Ok(()));
        assert_eq!(told("so-khcn", "2024Q4", "2025-01-10"), Err("task_not_lead"), "it has not taken over yet");
        assert_eq!(told("so-khcn", "2024Q4", "2025-03-01"), Ok(()), "a late report of what it took over");
        assert_eq!(told("so-khcn", "2025Q1", "2025-04-02"), Ok(()));
        assert_eq!(told("so-tttt", "2025Q1", "2025-04-02"), Ok(()), "it began the quarter");
        assert_eq!(told("so-tttt", "2025Q2", "2025-07-02"), Err("task_agency_ended"));
        assert_eq!(told("so-noi-vu", "2025Q2", "2025-07-02"), Err("task_not_lead"));
        let problem =
            task.may_report("so-y-te", quarter("2025Q2"), &agencies, day("2025-07-02")).expect_err("not lead");
        assert_eq!(problem.expected, Some("so-tttt, so-khcn".into()));
    }

    #[test]
    fn the_report_of_a_successor_counts_for_its_predecessor() {
        let (task, agencies) = (task(12), Agencies::shipped().expect("shipped"));
        let reports = [done(12, "2025Q1", "so-khcn"), done(12, "2025Q2", "so-khcn")];
        let seen = status(&task, &reports, &agencies, 2025, day("2025-08-01"));
        let states: Vec<QuarterState> = seen.quarters.iter().map(|(_, state)| *state).collect();
        assert_eq!(states, [QuarterState::Complete, QuarterState::Complete, QuarterState::Open, QuarterState::Open]);
        assert_eq!(seen.missing, [(quarter("2025Q3"), "so-tttt".to_owned())]);
    }

    #[test]
    fn one_that_led_beside_its_predecessor_speaks_for_it_only_from_the_merger_on() {
        // Districts ended on 30 June 2025; their communes led task 20 beside them.
        let (task, agencies) = (task(20), Agencies::shipped().expect("shipped"));
        let reports = [done(20, "2025Q1", "ubnd-xa"), done(20, "2025Q3", "ubnd-xa")];
        let seen = status(&task, &reports, &agencies, 2025, day("2025-10-05"));
        let states: Vec<QuarterState> = seen.quarters.iter().map(|(_, state)| *state).collect();
        assert_eq!(
            states,
            [QuarterState::Incomplete, QuarterState::Overdue, QuarterState::Complete, QuarterState::Open]
        );
        let districts = [done(20, "2025Q1", "ubnd-huyen")];
        let both: Vec<TaskReport> = reports.into_iter().chain(districts).collect();
        assert_eq!(status(&task, &both, &agencies, 2025, day("2025-10-05")).quarters[0].1, QuarterState::Complete);
    }

    #[test]
    fn two_predecessors_of_one_agency_are_one_missing_report() {
        let (task, agencies) = (task(18), Agencies::shipped().expect("shipped"));
        let seen = status(&task, &[], &agencies, 2025, day("2025-10-05"));
        let all = by_agency(&[task], &[seen], &agencies, day("2025-10-05"));
        let merged = all.iter().find(|one| one.agency == "bao-va-ptth").expect("the merged agency");
        assert_eq!(merged.missing.len(), 4, "{:?}", merged.missing);
    }
}
