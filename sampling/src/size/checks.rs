//! Arguments of planning that no formula can use, all told at once.

use problem::{Place, Problem, Problems, Words};

/// What is wrong with the arguments so far.
#[derive(Default)]
pub(super) struct Checks(Problems);

impl Checks {
    pub(super) fn out_of_range(&mut self, argument: &str, expected: impl Into<Words>, got: f64) {
        self.0.push(
            Problem::new(
                "size_out_of_range",
                "giá trị không dùng được để tính cỡ mẫu",
                "this value cannot be used for planning",
            )
            .at(Place::column(argument))
            .expected(expected)
            .got(got.to_string()),
        );
    }

    /// Strictly between two numbers.
    pub(super) fn between(&mut self, argument: &str, value: f64, low: f64, high: f64) {
        if !(value > low && value < high) {
            self.out_of_range(argument, format!("> {low}, < {high}"), value);
        }
    }

    pub(super) fn positive(&mut self, argument: &str, value: f64) {
        if !(value > 0.0 && value.is_finite()) {
            self.out_of_range(argument, "> 0", value);
        }
    }

    pub(super) fn least(&mut self, argument: &str, value: f64, least: f64) {
        if !(value >= least && value.is_finite()) {
            self.out_of_range(argument, format!("≥ {least}"), value);
        }
    }

    /// From one number to another, both allowed.
    pub(super) fn within(&mut self, argument: &str, value: f64, low: f64, high: f64) {
        if !(value >= low && value <= high) {
            self.out_of_range(argument, format!("{low} – {high}"), value);
        }
    }

    /// A share above 0 and at most 1.
    pub(super) fn share(&mut self, argument: &str, value: f64) {
        if !(value > 0.0 && value <= 1.0) {
            self.out_of_range(argument, "> 0, ≤ 1", value);
        }
    }

    pub(super) fn finite(&mut self, argument: &str, value: f64) {
        if !value.is_finite() {
            self.out_of_range(argument, ("số hữu hạn", "a finite number"), value);
        }
    }

    pub(super) fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    pub(super) fn into_result<T>(self, value: T) -> Result<T, Problems> {
        self.0.into_result(value)
    }
}
