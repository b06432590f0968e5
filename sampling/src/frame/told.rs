//! The problems of a frame: as many as a person reads, and the count of the others.

use std::collections::BTreeMap;

use problem::{Problem, Problems};

/// Problems that are told one by one.
const TOLD_MAX: usize = 200;

/// Problems in the order they were found; beyond the first two hundred only their number by kind is kept.
#[derive(Default)]
pub(super) struct Told {
    problems: Problems,
    counted: BTreeMap<&'static str, usize>,
}

impl Told {
    pub(super) fn push(&mut self, problem: Problem) {
        if self.problems.len() < TOLD_MAX {
            self.problems.push(problem);
        } else {
            *self.counted.entry(problem.code).or_default() += 1;
        }
    }

    pub(super) fn extend(&mut self, problems: Problems) {
        for problem in problems {
            self.push(problem);
        }
    }

    /// The problems, with one more for those that were only counted.
    pub(super) fn into_problems(self) -> Problems {
        let Self { mut problems, counted } = self;
        let more: usize = counted.values().sum();
        if more > 0 {
            let kinds: Vec<String> = counted.iter().map(|(code, count)| format!("{code}: {count}")).collect();
            problems.push(
                Problem::new(
                    "frame_more_problems",
                    format!("còn {more} vấn đề nữa không liệt kê từng cái"),
                    format!("and {more} more problems, not told one by one"),
                )
                .got(kinds.join(", "))
                .hint("sửa những vấn đề trên rồi kiểm tra lại", "mend those above and check again"),
            );
        }
        problems
    }
}
