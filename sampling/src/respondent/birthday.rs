//! Next and last birthday.

use problem::{Place, Problem, Problems};

use super::roster::Member;

/// A day of the year without its year: a birthday, or the day of a visit.
///
/// # Formula
/// Days are compared by (month, day) round the year, so 29 February has its own place between 28 February and 1 March in
/// every year, and no calendar is computed. Seen from the day of the visit, the *last* birthday is the nearest one on that
/// day or before, the *next* the nearest after it: a birthday on the very day of the visit is the last one, and as next
/// birthday it is a year away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayOfYear {
    month: u32,
    day: u32,
}

impl DayOfYear {
    /// A day of the year; `None` when no year has it. 29 February is one.
    #[must_use]
    pub fn new(month: u32, day: u32) -> Option<Self> {
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 => 29,
            1..=12 => 31,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { month, day })
    }

    /// Places round the year; months have 31 places each, of which some are never taken.
    fn place(self) -> u32 {
        (self.month - 1) * 31 + self.day - 1
    }

    /// Places from this day on to the other, 0 on the same day.
    fn until(self, other: Self) -> u32 {
        (other.place() + 372 - self.place()) % 372
    }
}

/// Places in the ordered roster of the members whose birthday is nearest: one, or those who share it.
pub(super) fn nearest(
    members: &[Member],
    order: &[usize],
    visited_on: Option<DayOfYear>,
    last: bool,
) -> Result<Vec<usize>, Problems> {
    let mut problems = Problems::none();
    if visited_on.is_none() {
        let (vi, en) = ("thiếu ngày đến hộ", "the day of the visit is missing");
        problems.push(Problem::new("respondent_day_missing", vi, en).at(Place::column("visited_on")));
    }
    for (position, member) in members.iter().enumerate().filter(|(_, member)| member.birthday.is_none()) {
        problems.push(
            Problem::new(
                "respondent_birthday_missing",
                "không rõ ngày sinh nhật của một thành viên",
                "the birthday of a member is not known",
            )
            .at(Place::cell(position + 1, "birthday"))
            .got(member.name.clone())
            .hint("hỏi lại; thiết kế có thể dùng rule = \"roster\"", "ask again; a design can use rule = \"roster\""),
        );
    }
    problems.into_result(())?;
    let Some(today) = visited_on else { return Ok(Vec::new()) };
    let distance = |birthday: DayOfYear| {
        if last {
            birthday.until(today)
        } else {
            // Today's birthday has just been: it is the farthest of the next ones.
            (today.until(birthday) + 371) % 372
        }
    };
    let distances: Vec<u32> = order.iter().filter_map(|position| members[*position].birthday.map(distance)).collect();
    let least = distances.iter().min().copied();
    Ok((0..distances.len()).filter(|place| Some(distances[*place]) == least).collect())
}
