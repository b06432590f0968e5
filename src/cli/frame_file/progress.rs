//! How far a long reading is, on a terminal.

use std::io::{IsTerminal, Stderr, Write};

use problem::Language;

use crate::cli::language;

/// From this size in bytes on, reading says how far it is.
const PROGRESS_FROM: usize = 16 * 1024 * 1024;

/// A line on the terminal that is written over as the work goes on, and cleared at the end; silent for small files and where
/// nobody looks.
pub(super) struct Progress {
    errors: Option<Stderr>,
    words: &'static str,
    shown: u32,
}

impl Progress {
    /// Of reading a file of so many bytes.
    pub(super) fn of_reading(size: usize) -> Self {
        let errors = Some(std::io::stderr()).filter(|errors| size >= PROGRESS_FROM && errors.is_terminal());
        let words = if language() == Language::Vi { "đọc khung mẫu" } else { "reading the frame" };
        Self { errors, words, shown: u32::MAX }
    }

    /// `share` of the work is done.
    pub(super) fn show(&mut self, share: f64) {
        let Some(errors) = &mut self.errors else { return };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 100")]
        let percent = (share * 100.0) as u32;
        if percent != self.shown {
            self.shown = percent;
            // A terminal that went away must not stop the reading.
            let _shown = write!(errors, "\r{}: {percent} %", self.words).and_then(|()| errors.flush());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(errors) = &mut self.errors {
            let _cleared = write!(errors, "\r\x1b[K").and_then(|()| errors.flush());
        }
    }
}
