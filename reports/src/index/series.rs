//! Definitions of one series must not hold in the same year.

use problem::{Place, Problem, Problems};

use super::definition::IndexDefinition;

/// Nothing, or every pair of definitions of one series and scoring whose years overlap.
///
/// # Errors
/// `index_validity_overlap`, once a pair, at the later one in the list.
///
/// # Proofs
/// `two_definitions_of_a_series_never_hold_in_one_year`.
pub fn check_series(definitions: &[IndexDefinition]) -> Result<(), Problems> {
    let mut problems = Problems::none();
    for (position, one) in definitions.iter().enumerate() {
        for other in &definitions[..position] {
            let same = one.series() == other.series() && one.scoring() == other.scoring();
            let last = |definition: &IndexDefinition| definition.valid_to().unwrap_or(i64::MAX);
            if same && one.valid_from() <= last(other) && other.valid_from() <= last(one) {
                problems.push(
                    Problem::new(
                        "index_validity_overlap",
                        format!("{} và {} cùng có hiệu lực trong một năm", other.code(), one.code()),
                        format!("{} and {} hold in the same year", other.code(), one.code()),
                    )
                    .at(Place {
                        row: one.line_of(INDEX),
                        ..Place::column(format!("{} valid_from, valid_to", one.code()))
                    })
                    .expected((
                        format!(
                            "các năm ngoài {}–{}",
                            other.valid_from(),
                            other.valid_to().map_or_else(String::new, |last| last.to_string())
                        ),
                        format!(
                            "years outside {}–{}",
                            other.valid_from(),
                            other.valid_to().map_or_else(String::new, |last| last.to_string())
                        ),
                    ))
                    .got(format!(
                        "{}–{}",
                        one.valid_from(),
                        one.valid_to().map_or_else(String::new, |last| last.to_string())
                    ))
                    .hint(
                        "đặt lại năm hiệu lực, hoặc series, scoring_vi và scoring_en khác nếu là cách tính khác",
                        "change the years, or give it another series or scoring if it is another way of scoring",
                    ),
                );
            }
        }
    }
    problems.into_result(())
}

/// The key under which a definition remembers the line of its heading.
pub(super) const INDEX: &str = "[index]";
