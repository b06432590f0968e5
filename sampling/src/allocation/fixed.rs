//! Given numbers.

use problem::{Place, Problem, Problems};

use super::{AllocationRequest, AllocationStratum, check};

/// The numbers as they were given, checked against the bounds of each stratum and, where a total is asked, against it.
///
/// # Errors
/// Every number that is missing, not whole, below the minimum or above the stratum's population; a sum that is not the total.
pub(super) fn given_numbers(request: AllocationRequest, strata: &[AllocationStratum]) -> Result<Vec<u64>, Problems> {
    let mut problems = Problems::none();
    let mut numbers = Vec::with_capacity(strata.len());
    for stratum in strata {
        let (least, most) = (request.least_in(stratum), stratum.population);
        match whole(stratum.given) {
            Some(n) if (least..=most).contains(&n) => numbers.push(n),
            _ => problems
                .push(check::bad_number("numbers", &stratum.label, stratum.given).expected(format!("{least}–{most}"))),
        }
    }
    let sum: u64 = numbers.iter().sum();
    if let Some(total) = request.total.filter(|total| problems.is_empty() && *total != sum) {
        problems.push(
            Problem::new(
                "allocation_sum",
                "tổng các số đã cho của các tầng khác total",
                "the numbers given for the strata do not sum to the total",
            )
            .at(Place::column("total"))
            .expected(sum.to_string())
            .got(total.to_string()),
        );
    }
    problems.into_result(numbers)
}

/// A whole number of at least 1, as a count.
fn whole(number: Option<f64>) -> Option<u64> {
    let number = number.filter(|number| number.fract() == 0.0 && (1.0..=1e9).contains(number))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, from 1 to 10⁹")]
    Some(number as u64)
}
