//! The tasks of the plan as a list.

use super::frame::Frame;
use super::list::{Cell, List, number, text};

/// The tasks of the plan, one a row.
pub(super) fn task_list(frame: &Frame, rows: Vec<Vec<Cell>>) -> List<'static> {
    List {
        id: "tasks",
        noun: frame.say("nhiệm vụ", "tasks").to_owned(),
        find: frame
            .say("Tìm nhiệm vụ, cơ quan (không cần dấu)", "Find a task, an agency (without diacritics)")
            .to_owned(),
        caption: frame.say("Nhiệm vụ", "Tasks").to_owned(),
        columns: vec![
            text("task", frame.say("Nhiệm vụ", "Task")),
            number("no", frame.say("Số", "No.")),
            text("lead", frame.say("Chủ trì", "Lead")),
            text("q1", "Q1"),
            text("q2", "Q2"),
            text("q3", "Q3"),
            text("q4", "Q4"),
            text("missing", frame.say("Chưa báo cáo", "Missing")),
        ],
        rows: rows.into(),
    }
}
