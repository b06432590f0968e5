//! How wide the columns of a table are on the page: as the table asks, but none narrower than its longest word.

use problem::Language;

use super::model::Table;
use super::pdf::font::{Face, width};

/// Points of a table's letters.
pub(super) const TABLE_POINTS: f64 = 11.0;
/// Points at each side of a cell's text.
pub(super) const CELL_SIDE: f64 = 2.85;
/// What is left for the text on A4, in points.
pub(super) const TEXT_POINTS: f64 = 160.0 * 72.0 / 25.4;

/// Width of the longest word of each column, with the sides of its cells.
fn least(table: &Table, points: f64, language: Language) -> Vec<f64> {
    let longest = |text: &str, face| text.split_whitespace().map(|word| width(word, points, face)).fold(0.0, f64::max);
    let column = |place: usize| {
        let cells = table.rows.iter().filter_map(|row| row.get(place)?.shown(language).ok());
        let words = cells.map(|text| longest(&text, Face::Regular)).fold(0.0, f64::max);
        // A rounding error must not break a word.
        words.max(longest(&table.columns[place].heading, Face::Bold)) + 2.0 * CELL_SIDE + 0.1
    };
    (0..table.columns.len()).map(column).collect()
}

/// Widths in points that add up to `whole`. Columns that would break a word get its width, and the others share what is left as the table
/// asks; where all words together do not fit, every column gives up the same part.
pub(super) fn widths(table: &Table, whole: f64, points: f64, language: Language) -> Vec<f64> {
    let least = least(table, points, language);
    let all: f64 = least.iter().sum();
    if all >= whole {
        return least.iter().map(|one| one / all * whole).collect();
    }
    let mut fixed = vec![false; least.len()];
    loop {
        let taken: f64 = least.iter().zip(&fixed).filter(|(_, fixed)| **fixed).map(|(one, _)| one).sum();
        let asked: f64 = table
            .columns
            .iter()
            .zip(&fixed)
            .filter(|(_, fixed)| !**fixed)
            .map(|(column, _)| column.width.max(0.1))
            .sum();
        let share = |place: usize| table.columns[place].width.max(0.1) / asked * (whole - taken);
        let short = (0..least.len()).find(|&place| !fixed[place] && share(place) < least[place]);
        match short {
            Some(place) => fixed[place] = true,
            None => {
                return (0..least.len()).map(|place| if fixed[place] { least[place] } else { share(place) }).collect();
            }
        }
    }
}

/// Whether words or numbers of the table are broken on an A4 page.
pub(super) fn is_wide(table: &Table, language: Language) -> bool {
    least(table, TABLE_POINTS, language).iter().sum::<f64>() > TEXT_POINTS
}

#[cfg(test)]
mod tests {
    use super::super::model::{Align, TableColumn, Value};
    use super::*;

    fn table(columns: &[(&str, f64)], cells: &[&str]) -> Table {
        Table {
            columns: columns.iter().map(|(heading, width)| TableColumn::new(*heading, *width, Align::Left)).collect(),
            rows: vec![cells.iter().map(|text| Value::text(*text)).collect()],
            ..Table::default()
        }
    }

    #[test]
    fn no_word_is_broken_while_there_is_room() {
        let table = table(&[("Tên", 50.0), ("n", 1.0)], &["một nội dung dài", "1.234.567,89"]);
        let widths = widths(&table, TEXT_POINTS, TABLE_POINTS, Language::Vi);
        assert!((widths.iter().sum::<f64>() - TEXT_POINTS).abs() < 1e-9);
        assert!(widths[1] >= width("1.234.567,89", TABLE_POINTS, Face::Regular) + 2.0 * CELL_SIDE);
        assert!(!is_wide(&table, Language::Vi));
    }

    #[test]
    fn a_table_of_many_numbers_is_wide() {
        let columns: Vec<(&str, f64)> = (0..14).map(|_| ("Khoảngtincậy", 1.0)).collect();
        let cells = ["1.234.567,89"; 14];
        let table = table(&columns, &cells);
        assert!(is_wide(&table, Language::Vi));
        let widths = widths(&table, TEXT_POINTS, TABLE_POINTS, Language::Vi);
        assert!((widths.iter().sum::<f64>() - TEXT_POINTS).abs() < 1e-9 && widths.iter().all(|one| *one > 0.0));
    }
}
