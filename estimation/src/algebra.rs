//! Small dense linear algebra on row-major slices: what regressions and tests of a handful of parameters need.

/// The Cholesky factor of a symmetric positive definite matrix.
pub(crate) struct Cholesky {
    size: usize,
    /// Lower triangle, row by row.
    lower: Vec<f64>,
}

/// A pivot below this share of its diagonal element counts as zero.
const SINGULAR: f64 = 1e-11;

impl Cholesky {
    /// Factors the matrix; `None` when it is singular to working precision or holds something that is no number.
    ///
    /// # Source
    /// Golub and Van Loan (2013), Matrix Computations, algorithm 4.2.1.
    pub(crate) fn new(matrix: &[f64], size: usize) -> Option<Self> {
        let mut lower = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                let inner: f64 = (0..j).map(|k| lower[i * size + k] * lower[j * size + k]).sum();
                let rest = matrix[i * size + j] - inner;
                if i == j {
                    let usable = rest.is_finite() && rest > SINGULAR * matrix[i * size + i];
                    if !usable {
                        return None;
                    }
                    lower[i * size + i] = rest.sqrt();
                } else {
                    lower[i * size + j] = rest / lower[j * size + j];
                }
            }
        }
        Some(Self { size, lower })
    }

    /// The solution of `matrix · x = right`.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (size, mut x) = (self.size, right.to_vec());
        for i in 0..size {
            let inner: f64 = (0..i).map(|k| self.lower[i * size + k] * x[k]).sum();
            x[i] = (x[i] - inner) / self.lower[i * size + i];
        }
        for i in (0..size).rev() {
            let inner: f64 = (i + 1..size).map(|k| self.lower[k * size + i] * x[k]).sum();
            x[i] = (x[i] - inner) / self.lower[i * size + i];
        }
        x
    }

    /// `rightᵀ · matrix⁻¹ · right`.
    pub(crate) fn quadratic_form(&self, right: &[f64]) -> f64 {
        self.solve(right).iter().zip(right).map(|(x, y)| x * y).sum()
    }
}

/// `X = Q R` of a matrix given by its columns: Q orthonormal, R upper triangular.
pub(crate) struct Qr {
    columns: Vec<Vec<f64>>,
    /// Upper triangle, row by row.
    upper: Vec<f64>,
}

impl Qr {
    /// Factors the columns.
    ///
    /// # Errors
    /// The position of the first column that is a linear combination of those before it (its part orthogonal to them is below
    /// 10⁻⁹ of its length), or that is zero or not finite.
    ///
    /// # Source
    /// Modified Gram–Schmidt with every projection done twice: Daniel, Gragg, Kaufman and Stewart (1976), Mathematics of
    /// Computation 30, 772–795.
    pub(crate) fn new(columns: Vec<Vec<f64>>) -> Result<Self, usize> {
        let size = columns.len();
        let mut upper = vec![0.0; size * size];
        let mut done: Vec<Vec<f64>> = Vec::with_capacity(size);
        for (j, mut column) in columns.into_iter().enumerate() {
            let length = dot(&column, &column).sqrt();
            for _ in 0..2 {
                for (i, other) in done.iter().enumerate() {
                    let share = dot(other, &column);
                    upper[i * size + j] += share;
                    column.iter_mut().zip(other).for_each(|(value, other)| *value -= share * other);
                }
            }
            let rest = dot(&column, &column).sqrt();
            let independent = rest.is_finite() && rest > 1e-9 * length;
            if !independent {
                return Err(j);
            }
            upper[j * size + j] = rest;
            column.iter_mut().for_each(|value| *value /= rest);
            done.push(column);
        }
        Ok(Self { columns: done, upper })
    }

    /// The coefficients of the least squares fit of `y`.
    pub(crate) fn solve(&self, y: &[f64]) -> Vec<f64> {
        self.back(&self.columns.iter().map(|column| dot(column, y)).collect::<Vec<_>>())
    }

    /// `(XᵀX)⁻¹`, row by row.
    pub(crate) fn inverse_of_cross_product(&self) -> Vec<f64> {
        let size = self.columns.len();
        let unit = |j: usize| (0..size).map(|i| f64::from(u8::from(i == j))).collect::<Vec<_>>();
        // Columns of R⁻¹; (XᵀX)⁻¹ = R⁻¹ R⁻ᵀ.
        let inverse: Vec<Vec<f64>> = (0..size).map(|j| self.back(&unit(j))).collect();
        let mut product = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..size {
                product[i * size + j] = inverse.iter().map(|column| column[i] * column[j]).sum();
            }
        }
        product
    }

    fn back(&self, right: &[f64]) -> Vec<f64> {
        let (size, mut x) = (self.columns.len(), right.to_vec());
        for i in (0..size).rev() {
            let inner: f64 = (i + 1..size).map(|k| self.upper[i * size + k] * x[k]).sum();
            x[i] = (x[i] - inner) / self.upper[i * size + i];
        }
        x
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sum = crate::sum::Sum::default();
    a.iter().zip(b).for_each(|(a, b)| sum.add(a * b));
    sum.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solved_system_gives_its_right_side_back() {
        let matrix = [4.0, 2.0, -1.0, 2.0, 5.0, 0.5, -1.0, 0.5, 3.0];
        let factor = Cholesky::new(&matrix, 3).unwrap();
        let x = factor.solve(&[1.0, -2.0, 0.25]);
        for (i, right) in [1.0, -2.0, 0.25].into_iter().enumerate() {
            let left: f64 = (0..3).map(|j| matrix[i * 3 + j] * x[j]).sum();
            assert!((left - right).abs() < 1e-14);
        }
        assert!(Cholesky::new(&[1.0, 1.0, 1.0, 1.0], 2).is_none(), "singular");
        assert!(Cholesky::new(&[f64::NAN], 1).is_none());
    }

    #[test]
    fn least_squares_is_that_of_the_normal_equations() {
        let columns = vec![vec![1.0; 5], vec![1.0, 2.0, 3.0, 4.0, 7.0]];
        let qr = Qr::new(columns).unwrap();
        let fit = qr.solve(&[2.0, 4.0, 6.0, 8.0, 14.0]);
        assert!((fit[0]).abs() < 1e-13 && (fit[1] - 2.0).abs() < 1e-13, "{fit:?}");
        // XᵀX = [5 17; 17 79], determinant 106.
        for (got, exact) in qr.inverse_of_cross_product().iter().zip([79.0, -17.0, -17.0, 5.0]) {
            assert!((got - exact / 106.0).abs() < 1e-14);
        }
    }

    #[test]
    fn a_dependent_column_is_named() {
        let twice = vec![vec![1.0; 4], vec![1.0, 2.0, 3.0, 4.0], vec![3.0, 5.0, 7.0, 9.0]];
        assert_eq!(Qr::new(twice).err(), Some(2));
        assert_eq!(Qr::new(vec![vec![0.0; 3]]).err(), Some(0));
    }
}
