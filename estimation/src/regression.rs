//! Regression with the covariance of the design.

mod fit;
mod formula;
mod model_matrix;

pub use fit::{Family, Regression, TermTest, regression};
pub use formula::{Comparison, Formula, Variable};
