//! Measures of size that are not whole numbers, as whole numbers.

use problem::{Place, Problem, Problems};

/// The largest power of ten that decimals are multiplied by.
const DECIMALS_MAX: u32 = 9;

/// Beyond 2^62 in total, sizes are rounded instead of kept.
const TOTAL_MAX: f64 = 4_611_686_018_427_387_904.0;

/// Sizes as whole numbers in the same proportions: selection counts in whole numbers, so that no rounding decides who is
/// certain and probabilities are exact.
///
/// Whole sizes are kept. Decimals of up to nine places are multiplied by a power of ten. Any others are scaled so that their
/// total is about 2^62 and rounded: a relative error of the probabilities of at most 2^-62·Σx/xₖ, which is refused when it
/// is above 1e-9.
///
/// # Errors
/// All sizes that are missing, not a number, infinite, zero, negative, or too small beside the total.
pub fn whole_sizes(sizes: &[f64]) -> Result<Vec<u64>, Problems> {
    let mut problems = Problems::none();
    for (position, size) in sizes.iter().enumerate() {
        if !(size.is_finite() && *size > 0.0) {
            problems.push(bad_size(position, *size));
        }
    }
    problems.into_result(())?;
    for decimals in 0..=DECIMALS_MAX {
        if let Some(whole) = times_power_of_ten(sizes, decimals) {
            return Ok(whole);
        }
    }
    // The largest first, so that a total beyond the largest double cannot arise.
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let total: f64 = sizes.iter().map(|size| size / largest).sum();
    let mut problems = Problems::none();
    let scaled = sizes.iter().enumerate().map(|(position, size)| {
        let whole = (size / largest / total * TOTAL_MAX).round();
        if whole < 5e8 {
            problems.push(too_small(position, *size));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2^62")]
        let whole = whole as u64;
        whole
    });
    let scaled = scaled.collect();
    problems.into_result(scaled)
}

/// The sizes times 10^decimals, if that makes each whole and leaves room in 62 bits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be between 0 and 2^53")]
fn times_power_of_ten(sizes: &[f64], decimals: u32) -> Option<Vec<u64>> {
    let factor = f64::from(10_u32.pow(decimals));
    let mut total = 0.0;
    let whole = sizes.iter().map(|size| {
        let whole = (size * factor).round();
        total += whole;
        // The decimal that was written is the one that reads back as the same double.
        (whole <= 9e15 && whole / factor == *size && total <= TOTAL_MAX).then_some(whole as u64)
    });
    whole.collect()
}

fn bad_size(position: usize, size: f64) -> Problem {
    Problem::new("selection_bad_size", "quy mô của một đơn vị không hợp lệ", "a unit's size is not usable")
        .at(Place::column(format!("size[{position}]")))
        .expected(("số lớn hơn 0", "a number above 0"))
        .got(size.to_string())
        .hint(
            "bỏ đơn vị quy mô 0 khỏi khung hoặc sửa quy mô: một đơn vị không có cơ hội được chọn thì không thuộc tổng thể chọn mẫu",
            "take units of size 0 out of the frame or mend the size: a unit without a chance is not in the sampled population",
        )
}

fn too_small(position: usize, size: f64) -> Problem {
    Problem::new(
        "selection_size_too_small",
        "quy mô của một đơn vị quá nhỏ so với tổng quy mô",
        "a unit's size is too small beside the total",
    )
    .at(Place::column(format!("size[{position}]")))
    .expected(("ít nhất 1.1e-10 của tổng", "at least 1.1e-10 of the total"))
    .got(size.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_decimal_sizes_keep_their_exact_proportions() {
        assert_eq!(whole_sizes(&[3.0, 400.0]).unwrap(), [3, 400]);
        assert_eq!(whole_sizes(&[4.9999, 1.0]).unwrap(), [49_999, 10_000]);
        assert_eq!(whole_sizes(&[0.1, 0.2, 0.3]).unwrap(), [1, 2, 3]);
        assert_eq!(whole_sizes(&[1e-6, 6.0]).unwrap(), [1, 6_000_000]);
    }

    #[test]
    fn other_sizes_are_scaled_to_within_their_last_digits() {
        let sizes = [1.0 / 3.0, std::f64::consts::PI, 1e-3 * std::f64::consts::E];
        let whole = whole_sizes(&sizes).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "a comparison within 1e-15")]
        let ratio = whole[1] as f64 / whole[0] as f64;
        assert!((ratio / (3.0 * std::f64::consts::PI) - 1.0).abs() < 1e-15);
        assert!(whole_sizes(&[1e300, 1.7e308, 1.3e300]).is_ok());
    }

    #[test]
    fn unusable_sizes_are_all_told() {
        let problems = whole_sizes(&[0.0, 1.0, f64::NAN, -2.0, f64::INFINITY]).unwrap_err();
        assert_eq!(problems.len(), 4);
        assert!(problems.iter().all(|problem| problem.code == "selection_bad_size"));
        assert_eq!(whole_sizes(&[1e-20 / 3.0, 1.0 / 3.0]).unwrap_err().len(), 1);
    }
}
