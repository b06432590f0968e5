//! Published values as levels of the simulated answers: only for realism, never as a result.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};

/// Indicator values of Bắc Giang 2019, rounded to four decimals; from the official workbook of provincial indicators 2019
/// (papi.org.vn).
const PAPI_2019: &str = include_str!("levels-papi-2019.csv");

/// Published values for the indicators of an instrument, by indicator code; empty where none are carried.
///
/// # Errors
/// A line that cannot be read, which a test excludes.
pub fn levels_of(instrument: &str) -> Result<BTreeMap<String, f64>, Problems> {
    if !instrument.starts_with("papi") {
        return Ok(BTreeMap::new());
    }
    let mut levels = BTreeMap::new();
    let mut problems = Problems::none();
    for (row, line) in PAPI_2019.lines().enumerate().skip(1) {
        match line.split_once(',').map(|(code, value)| (code, value.trim().parse::<f64>())) {
            Some((code, Ok(value))) if value.is_finite() => {
                levels.insert(code.to_owned(), value);
            }
            _ => problems.push(
                Problem::new("simulation_levels", "không đọc được dòng này", "this line cannot be read")
                    .at(Place::row(row + 1))
                    .got(line.to_owned()),
            ),
        }
    }
    problems.into_result(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_published_values_read() {
        assert_eq!(levels_of("papi-2019").expect("valid").len(), 127);
    }
}
