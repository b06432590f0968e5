//! Numbers and words of a plan in the reader's language.

use problem::{Language, Problems, Words};
use reports::vietnamese;
use sampling::size::Quantity;

/// Says things in one language.
#[derive(Clone, Copy)]
pub(super) struct Speaker(pub(super) Language);

impl Speaker {
    pub(super) fn word(self, vi: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Language::Vi => vi,
            Language::En => en,
        }
    }

    pub(super) fn words(self, words: &Words) -> &str {
        words.in_language(self.0)
    }

    /// A number with so many decimals.
    pub(super) fn number(self, value: f64, decimals: usize) -> Result<String, Problems> {
        match self.0 {
            Language::Vi => Ok(vietnamese::number(value, decimals)?),
            Language::En => Ok(format!("{value:.decimals$}")),
        }
    }

    /// A number as it was stated: as many decimals as it has, at most four.
    pub(super) fn stated(self, value: f64) -> Result<String, Problems> {
        let decimals = (0..4).find(|decimals| {
            let scaled = value * 10_f64.powi(*decimals);
            (scaled - scaled.round()).abs() < 1e-9 * scaled.abs().max(1.0)
        });
        self.number(value, usize::try_from(decimals.unwrap_or(4)).unwrap_or(4))
    }

    /// A share as a per cent, as it was stated.
    pub(super) fn share(self, share: f64) -> Result<String, Problems> {
        Ok(format!("{} %", self.stated(share * 100.0)?))
    }

    /// A value of the quantity: per cent of a proportion, otherwise the number.
    pub(super) fn value(self, quantity: Quantity, value: f64) -> Result<String, Problems> {
        match quantity {
            Quantity::Proportion(_) => Ok(format!("{} %", self.number(value * 100.0, 1)?)),
            Quantity::Mean { .. } => self.number(value, 2),
        }
    }

    /// A difference of two values: percentage points, or the number.
    pub(super) fn difference(self, quantity: Quantity, value: f64) -> Result<String, Problems> {
        match quantity {
            Quantity::Proportion(_) => {
                Ok(format!("{} {}", self.number(value * 100.0, 1)?, self.word("điểm phần trăm", "percentage points")))
            }
            Quantity::Mean { .. } => self.number(value, 2),
        }
    }

    /// What is estimated, in words.
    pub(super) fn quantity(self, quantity: Quantity) -> Result<String, Problems> {
        match quantity {
            Quantity::Proportion(p) => {
                Ok(format!("{} {}", self.word("tỷ lệ dự kiến", "expected share"), self.share(p)?))
            }
            Quantity::Mean { mean, standard_deviation } => Ok(format!(
                "{} {}, {} {}",
                self.word("trung bình dự kiến", "expected mean"),
                self.stated(mean)?,
                self.word("độ lệch chuẩn", "standard deviation"),
                self.stated(standard_deviation)?
            )),
        }
    }
}

/// Columns side by side: the first to the left, the others to the right.
pub(super) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).enumerate().map(|(place, (cell, width))| {
                if place == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}
