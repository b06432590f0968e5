//! Tables of text for a terminal.

/// Columns padded to their widest cell, two spaces between; the columns named in `right` are set flush right. Width is
/// counted in characters, which is what a terminal shows for Vietnamese in NFC.
#[must_use]
pub fn aligned(rows: &[Vec<String>], right: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let space = " ".repeat(width - cell.chars().count());
            if right.contains(&column) {
                line.push_str(&space);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&space);
            }
            line.push_str("  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_letters_count_as_one() {
        let rows = [vec!["Điểm".to_owned(), "1".to_owned()], vec!["a".to_owned(), "10".to_owned()]];
        assert_eq!(aligned(&rows, &[1]), "Điểm   1\na     10\n");
    }
}
