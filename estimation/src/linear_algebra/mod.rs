//! The little dense linear algebra that regressions, tests, calibration and ranks need, in a fixed order of operations: a few
//! parameters, many rows.

mod cholesky;
mod orthogonal;

pub(crate) use cholesky::Cholesky;
pub(crate) use orthogonal::{Qr, orthonormal_basis, rank, remove};
