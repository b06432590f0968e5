//! Orthogonal columns: bases, least squares, ranks.

use crate::sum::Sum;

/// How an inner product is summed.
type Inner = fn(&[f64], &[f64]) -> f64;

/// Takes the parts along an orthonormal basis out of a column, twice over, so that rounding leaves nothing of them; gives the
/// length of each part.
///
/// # Source
/// Modified Gram–Schmidt with every projection done twice: Daniel, Gragg, Kaufman and Stewart (1976), Mathematics of
/// Computation 30, 772–795; Björck (1994), Numerics of Gram–Schmidt orthogonalization.
fn orthogonalize(column: &mut [f64], basis: &[Vec<f64>], inner: Inner) -> Vec<f64> {
    let mut along = vec![0.0; basis.len()];
    for _ in 0..2 {
        for (unit, along) in basis.iter().zip(&mut along) {
            *along += take_out(column, unit, inner);
        }
    }
    along
}

/// Takes the part along `unit` out of `column`; gives its length.
fn take_out(column: &mut [f64], unit: &[f64], inner: Inner) -> f64 {
    let along = inner(column, unit);
    column.iter_mut().zip(unit).for_each(|(value, unit)| *value -= along * unit);
    along
}

/// Takes the part along `unit` out of `column`.
pub(crate) fn remove(column: &mut [f64], unit: &[f64]) {
    take_out(column, unit, plain);
}

fn plain(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Slower, and the order of rows leaves no trace: for the few columns of a regression.
fn compensated(a: &[f64], b: &[f64]) -> f64 {
    let mut sum = Sum::default();
    a.iter().zip(b).for_each(|(a, b)| sum.add(a * b));
    sum.value()
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
    pub(crate) fn new(columns: Vec<Vec<f64>>) -> Result<Self, usize> {
        let size = columns.len();
        let mut upper = vec![0.0; size * size];
        let mut done: Vec<Vec<f64>> = Vec::with_capacity(size);
        for (j, mut column) in columns.into_iter().enumerate() {
            let length = compensated(&column, &column).sqrt();
            let along = orthogonalize(&mut column, &done, compensated);
            along.into_iter().enumerate().for_each(|(i, along)| upper[i * size + j] = along);
            let rest = compensated(&column, &column).sqrt();
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
        self.back(&self.columns.iter().map(|column| compensated(column, y)).collect::<Vec<_>>())
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

/// An orthonormal basis of the columns (each of the same length); a column that keeps less than `tolerance` of its length
/// beside those before it adds nothing.
///
/// # Source
/// The rule for dependent columns is that of LINPACK's `dqrdc2`, which R's `qr` uses.
pub(crate) fn orthonormal_basis(columns: impl Iterator<Item = Vec<f64>>, tolerance: f64) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for mut column in columns {
        let own = plain(&column, &column).sqrt();
        if own == 0.0 || !own.is_finite() || basis.len() == column.len() {
            continue;
        }
        orthogonalize(&mut column, &basis, plain);
        let left = plain(&column, &column).sqrt();
        if left >= tolerance * own {
            column.iter_mut().for_each(|value| *value /= left);
            basis.push(column);
        }
    }
    basis
}

/// The rank of a matrix given row by row, each with a factor: a column that keeps less than `tolerance` of its length beside those
/// before it adds nothing. `None`: too near to tell, [`orthonormal_basis`] knows.
///
/// By the Cholesky factor of the inner products of the columns: half the work, but a column that keeps little of its length takes
/// digits from all that follow.
pub(crate) fn rank<'a>(n: usize, rows: impl Iterator<Item = (&'a [f64], f64)>, tolerance: f64) -> Option<usize> {
    let mut products: Vec<Vec<f64>> = (0..n).map(|i| vec![0.0; i + 1]).collect();
    for (row, factor) in rows.filter(|(_, factor)| *factor != 0.0) {
        for (i, sums) in products.iter_mut().enumerate().filter(|(i, _)| row[*i] != 0.0) {
            let left = factor * factor * row[i];
            sums.iter_mut().zip(row).for_each(|(sum, right)| *sum += left * right);
        }
    }
    let mut kept: Vec<usize> = Vec::new();
    for i in 0..n {
        let own = products[i][i];
        for (position, &j) in kept.iter().enumerate() {
            let along: f64 = kept[..position].iter().map(|&k| products[i][k] * products[j][k]).sum();
            products[i][j] = (products[i][j] - along) / products[j][j];
        }
        let left = own - kept.iter().map(|&k| products[i][k] * products[i][k]).sum::<f64>();
        if !left.is_finite() {
            return None;
        }
        if own > 0.0 && left > CLEARLY_ITS_OWN * own {
            products[i][i] = left.sqrt();
            kept.push(i);
        } else if left > 0.1 * tolerance * tolerance * own {
            return None;
        }
    }
    Some(kept.len())
}

/// A column that keeps this share of its squared length adds a dimension beyond doubt, and leaves the others their digits.
const CLEARLY_ITS_OWN: f64 = 1e-4;

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_basis_counts_the_rank() {
        let columns = [vec![1.0, 1.0, 0.0], vec![1.0, 0.0, 1.0], vec![2.0, 1.0, 1.0], vec![0.0, 0.0, 0.0]];
        let basis = orthonormal_basis(columns.into_iter(), 1e-7);
        assert_eq!(basis.len(), 2);
        let product: f64 = basis[0].iter().zip(&basis[1]).map(|(a, b)| a * b).sum();
        assert!(product.abs() < 1e-15);
        let rows = [[1.0, 1.0, 2.0, 0.0], [1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0]];
        assert_eq!(rank(4, rows.iter().map(|row| (&row[..], 3.0)), 1e-5), Some(2));
        let columns = [vec![1.0, 0.0], vec![1.0, 1e-3], vec![1.0, 1e-7]];
        assert_eq!(orthonormal_basis(columns.into_iter(), 1e-5).len(), 2);
    }

    #[test]
    fn what_inner_products_cannot_tell_is_not_told() {
        let of = |rows: &[[f64; 3]]| rank(3, rows.iter().map(|row| (&row[..], 1.0)), 1e-5);
        assert_eq!(of(&[[1.0, 1.0, 1.0], [0.0, 1e-3, 1e-7]]), None);
        assert_eq!(of(&[[1.0, 1.0, 1.0], [0.0, 1e-1, 0.0]]), Some(2));
        assert_eq!(of(&[[0.0; 3], [0.0; 3]]), Some(0));
        assert_eq!(of(&[[f64::MAX; 3], [f64::MAX; 3]]), None);
    }
}
