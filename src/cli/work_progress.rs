//! How far long work is: on a terminal a line that is written over, elsewhere a line now and then.

use std::io::{IsTerminal, Stderr, Write};
use std::time::{Duration, Instant};

use ::problem::Words;

use super::language;

/// Between two lines on a terminal, and where nobody looks.
const ON_TERMINAL: Duration = Duration::from_millis(250);
const ELSEWHERE: Duration = Duration::from_secs(10);

/// Tells on standard error how many of so many things are done; silent for work that ends soon.
pub(super) struct WorkProgress {
    words: Words,
    errors: Stderr,
    is_terminal: bool,
    told: Instant,
    is_shown: bool,
}

impl WorkProgress {
    pub(super) fn of(vi: &str, en: &str) -> Self {
        let errors = std::io::stderr();
        let is_terminal = errors.is_terminal();
        Self { words: Words::new(vi, en), errors, is_terminal, told: Instant::now(), is_shown: false }
    }

    pub(super) fn show(&mut self, n_done: u64, n_all: u64) {
        if self.told.elapsed() < if self.is_terminal { ON_TERMINAL } else { ELSEWHERE } {
            return;
        }
        (self.told, self.is_shown) = (Instant::now(), true);
        let percent = n_done.saturating_mul(100).checked_div(n_all).unwrap_or(100);
        let words = self.words.in_language(language());
        let (before, after) = if self.is_terminal { ("\r", "\x1b[K") } else { ("", "\n") };
        // A terminal that went away must not stop the work.
        let _shown = write!(self.errors, "{before}{words}: {n_done}/{n_all} ({percent} %){after}")
            .and_then(|()| self.errors.flush());
    }
}

impl Drop for WorkProgress {
    fn drop(&mut self) {
        if self.is_terminal && self.is_shown {
            let _cleared = write!(self.errors, "\r\x1b[K").and_then(|()| self.errors.flush());
        }
    }
}
