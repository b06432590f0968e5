//! The cases of a .sav, in SPSS's own short writing of numbers.

use super::dataset::{Cell, Kind, missing_mark};
use super::spss_dictionary::{Layout, SEGMENT, SYSTEM_MISSING, TEXT_MAX, segments, shortened};
use super::stata_types::text;

/// Days and seconds between 14 October 1582, where SPSS begins, and 1970.
const DAYS: f64 = 141_428.0;
const SECONDS: f64 = 86_400.0;
/// Small whole numbers are one byte: the number and this.
const BIAS: f64 = 100.0;

/// Eight marks, then what they cannot say.
pub(super) struct Packed<'a> {
    out: &'a mut Vec<u8>,
    marks: [u8; 8],
    n_marks: usize,
    rest: Vec<u8>,
}

impl<'a> Packed<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, marks: [0; 8], n_marks: 0, rest: Vec::with_capacity(64) }
    }

    pub(super) fn case(&mut self, layouts: &[Layout<'_>], row: usize) {
        for layout in layouts {
            if layout.width > 0 {
                let text = text(layout.variable, row);
                self.text(&shortened(&text, TEXT_MAX), layout.width);
                continue;
            }
            let number = match layout.variable.cell(row) {
                Cell::Number(days) if layout.variable.kind == Kind::Date => (days + DAYS) * SECONDS,
                Cell::Number(number) => number,
                Cell::Category(position) => f64::from(layout.numbers[position]),
                // Dates have no room for codes: their missing values are the system's.
                Cell::Missing(_) if layout.variable.kind == Kind::Date => SYSTEM_MISSING,
                Cell::Missing(reason) => missing_mark(reason).map_or(SYSTEM_MISSING, |mark| f64::from(mark.code)),
                Cell::Text(_) => SYSTEM_MISSING,
            };
            self.number(number);
        }
    }

    fn number(&mut self, number: f64) {
        if number == SYSTEM_MISSING {
            self.mark(255, &[]);
        } else if number.fract() == 0.0
            && (1.0..=251.0).contains(&(number + BIAS))
            && !(number == 0.0 && number.is_sign_negative())
        {
            self.mark((number + BIAS) as u8, &[]);
        } else {
            self.mark(253, &number.to_le_bytes());
        }
    }

    /// A text over its segments: 255 bytes in each, in fields that are filled up to eight bytes.
    fn text(&mut self, text: &str, width: usize) {
        let mut rest = text.as_bytes();
        for segment in segments(width) {
            let (here, others) =
                rest.split_at(rest.len().min(if width > SEGMENT { SEGMENT.min(field(segment)) } else { segment }));
            rest = others;
            for place in 0..field(segment) / 8 {
                let mut eight = [b' '; 8];
                let from = (place * 8).min(here.len());
                let part = &here[from..(from + 8).min(here.len())];
                eight[..part.len()].copy_from_slice(part);
                if eight == [b' '; 8] { self.mark(254, &[]) } else { self.mark(253, &eight) }
            }
        }
    }

    fn mark(&mut self, mark: u8, content: &[u8]) {
        self.marks[self.n_marks] = mark;
        self.n_marks += 1;
        self.rest.extend_from_slice(content);
        if self.n_marks == self.marks.len() {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.out.extend_from_slice(&self.marks);
        self.out.extend_from_slice(&self.rest);
        self.marks = [0; 8];
        self.n_marks = 0;
        self.rest.clear();
    }

    pub(super) fn finished(mut self) {
        if self.n_marks > 0 {
            self.flush();
        }
    }
}

fn field(segment: usize) -> usize {
    segment.next_multiple_of(8)
}
