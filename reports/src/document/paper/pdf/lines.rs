//! Text into lines. Vietnamese is written in syllables and never hyphenated; a word that is longer than a line is cut where it must be.

use super::font::{Face, width};
use crate::vietnamese::nfc;

/// A stretch of text that looks alike.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) face: Face,
    pub(super) is_grey: bool,
}

impl Run {
    /// Letters with their marks composed, so that each is one glyph.
    pub(super) fn new(text: impl AsRef<str>, face: Face) -> Self {
        Self { text: nfc(text.as_ref()), face, is_grey: false }
    }

    pub(super) fn grey(text: impl AsRef<str>, face: Face) -> Self {
        Self { is_grey: true, ..Self::new(text, face) }
    }
}

/// A line: its runs with the spaces between words inside.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    pub(super) runs: Vec<Run>,
    /// In points.
    pub(super) width: f64,
    /// Spaces that a justified line widens.
    pub(super) spaces: usize,
    /// The paragraph ends here.
    pub(super) is_last: bool,
}

/// The lines of runs at a size; the first line has less room by `indent`.
pub(super) fn lines(runs: &[Run], points: f64, room: f64, indent: f64) -> Vec<Line> {
    let mut breaker = Breaker { points, room, lines: Vec::new(), line: Line::default(), left: room - indent };
    for run in runs {
        for (place, word) in run.text.split(' ').enumerate() {
            // A space stands between two words; one that a run begins with stands between it and the run before.
            breaker.word(word, run, place > 0);
        }
    }
    breaker.finish()
}

struct Breaker {
    points: f64,
    room: f64,
    lines: Vec<Line>,
    line: Line,
    left: f64,
}

impl Breaker {
    fn word(&mut self, word: &str, run: &Run, follows_space: bool) {
        if word.is_empty() {
            // A run that begins or ends with a space: the next word follows it.
            if follows_space || self.line.runs.is_empty() {
                return;
            }
        }
        let space = if follows_space && !self.line.runs.is_empty() { width(" ", self.points, run.face) } else { 0.0 };
        let own = width(word, self.points, run.face);
        if space + own <= self.left + 1e-6 {
            return self.put(word, run, space);
        }
        if !self.line.runs.is_empty() {
            self.next_line();
        }
        if own <= self.left + 1e-6 {
            return self.put(word, run, 0.0);
        }
        // Longer than a line: letter by letter.
        let mut piece = String::new();
        for letter in word.chars() {
            let longer = format!("{piece}{letter}");
            if !piece.is_empty() && width(&longer, self.points, run.face) > self.left {
                self.put(&piece, run, 0.0);
                self.next_line();
                piece = letter.to_string();
            } else {
                piece = longer;
            }
        }
        self.put(&piece, run, 0.0);
    }

    fn put(&mut self, word: &str, run: &Run, space: f64) {
        let text = if space > 0.0 { format!(" {word}") } else { word.to_owned() };
        let taken = space + width(word, self.points, run.face);
        self.line.width += taken;
        self.left -= taken;
        self.line.spaces += usize::from(space > 0.0);
        match self.line.runs.last_mut() {
            Some(last) if (last.face, last.is_grey) == (run.face, run.is_grey) => last.text.push_str(&text),
            _ => self.line.runs.push(Run { text, face: run.face, is_grey: run.is_grey }),
        }
    }

    fn next_line(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        self.left = self.room;
    }

    fn finish(mut self) -> Vec<Line> {
        self.lines.push(self.line);
        if let Some(last) = self.lines.last_mut() {
            last.is_last = true;
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.runs.iter().map(|run| run.text.as_str()).collect()).collect()
    }

    #[test]
    fn words_go_on_the_line_that_has_room_and_none_is_lost() {
        let text =
            "Tỷ lệ hài lòng chung được ước lượng ở mức 82,14% (khoảng tin cậy 95%: 75,03–89,25; n = 1.234 người).";
        for room in [95.0, 130.0, 180.0, 453.5] {
            let made = lines(&[Run::new(text, Face::Regular)], 14.0, room, 20.0);
            assert_eq!(texts(&made).join(" "), text, "{room}");
            for (number, line) in made.iter().enumerate() {
                let room = if number == 0 { room - 20.0 } else { room };
                assert!(line.width <= room + 1e-6, "{number}: {} > {room}", line.width);
                assert_eq!(line.is_last, number + 1 == made.len());
            }
        }
    }

    #[test]
    fn a_word_longer_than_the_line_is_cut_and_runs_follow_each_other() {
        let made = lines(&[Run::new("aaaaaaaaaaaaaaaaaaaaaaaa b", Face::Regular)], 10.0, 30.0, 0.0);
        assert_eq!(texts(&made).concat().replace(' ', ""), "aaaaaaaaaaaaaaaaaaaaaaaab");
        assert!(made.iter().all(|line| line.width <= 30.0 + 1e-6));
        let made =
            lines(&[Run::new("Một câu.", Face::Regular), Run::grey(" [DỰ THẢO]", Face::Regular)], 10.0, 300.0, 0.0);
        assert_eq!(texts(&made), ["Một câu. [DỰ THẢO]"]);
        assert_eq!(made[0].runs.len(), 2);
        assert_eq!(texts(&lines(&[Run::new("", Face::Regular)], 10.0, 30.0, 0.0)), [""]);
    }
}
