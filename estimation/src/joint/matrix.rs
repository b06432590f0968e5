//! A square table of numbers.

use problem::{Place, Problem};

/// A square matrix, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct SquareMatrix {
    size: usize,
    values: Vec<f64>,
}

impl SquareMatrix {
    /// A matrix of this size, its values row by row; `None` when there are not as many.
    #[must_use]
    pub fn new(size: usize, values: Vec<f64>) -> Option<Self> {
        (values.len() == size * size).then_some(Self { size, values })
    }

    /// Reads a square CSV of numbers. Where there is one line more than columns, the first line names the columns.
    ///
    /// # Errors
    /// `joint_csv` when a field is no number or the table is not square.
    pub fn csv(bytes: &[u8], file: &str) -> Result<Self, Problem> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| unreadable(file, None, error.to_string()))?;
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let size = lines.first().map_or(0, |line| line.split(',').count());
        let skipped = usize::from(lines.len() == size + 1);
        let mut values = Vec::with_capacity(size * size);
        for (number, line) in lines.iter().enumerate().skip(skipped) {
            let before = values.len();
            for field in line.split(',') {
                let value = field.trim().trim_matches('"').parse::<f64>().ok().filter(|value| value.is_finite());
                values.push(value.ok_or_else(|| unreadable(file, Some(number + 1), field.to_owned()))?);
            }
            if values.len() - before != size {
                return Err(unreadable(file, Some(number + 1), format!("{} fields", values.len() - before)));
            }
        }
        let n_lines = lines.len() - skipped;
        Self::new(size, values)
            .filter(|matrix| matrix.size > 0)
            .ok_or_else(|| unreadable(file, None, format!("{n_lines} lines of {size} fields")))
    }

    /// Number of rows and of columns.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The value in a row and a column, counted from 0; 0 outside.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> f64 {
        if row < self.size && column < self.size { self.values[row * self.size + column] } else { 0.0 }
    }
}

fn unreadable(file: &str, line: Option<usize>, got: String) -> Problem {
    let place = line.map_or_else(Place::default, Place::row);
    Problem::new(
        "joint_csv",
        "không đọc được ma trận xác suất chung",
        "the matrix of joint probabilities cannot be read",
    )
    .at(place.in_file(file))
    .expected(("CSV vuông toàn số", "a square CSV of numbers"))
    .got(got)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_more_than_columns_is_their_names() {
        let plain = SquareMatrix::csv(b"0.5,0.2\n0.2,0.4\n", "j.csv").unwrap();
        assert_eq!(plain.get(1, 1), 0.4);
        assert_eq!(SquareMatrix::csv(b"1,2\n0.5,0.2\r\n0.2,0.4", "j.csv").unwrap(), plain);
        for wrong in [&b""[..], b"1,2\n3", b"a,b\nc,d\n", b"1,2,3\n4,5,6\n", b"1,nan\n2,3\n", b"\xff\n"] {
            assert_eq!(SquareMatrix::csv(wrong, "j.csv").map_err(|problem| problem.code), Err("joint_csv"));
        }
    }
}
