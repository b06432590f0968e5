//! Design-based tests: of differences, of several parameters at once, of independence; and families of tests.

mod holm;
mod independence;
mod wald;

pub use holm::holm;
pub use independence::{AdjustedWald, IndependenceTests, RaoScottChiSquared, RaoScottF, independence, independence_in};
pub use wald::{WaldTest, wald};
