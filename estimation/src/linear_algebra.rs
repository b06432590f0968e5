//! The little linear algebra that calibration and ranks need, in a fixed order of operations.

/// A pivot below this share of its variable's own size counts as a combination of the others.
const DEPENDENT: f64 = 1e-11;

/// Solves `A x = b` for a symmetric positive semidefinite `A` (row by row): Cholesky with the largest pivot first; variables
/// that depend on the others get 0.
///
/// # Source
/// Golub and Van Loan (2013), Matrix Computations, §4.2.8 (pivoted Cholesky).
pub(crate) fn solve_semidefinite(n: usize, matrix: &[f64], right: &[f64]) -> Vec<f64> {
    let mut left = matrix.to_vec();
    let own: Vec<f64> = (0..n).map(|i| matrix[i * n + i]).collect();
    let mut order: Vec<usize> = Vec::with_capacity(n);
    let mut open: Vec<usize> = (0..n).filter(|&i| own[i] > 0.0).collect();
    // `left` is overwritten by the factor: left[j][k] is L of row j and the k-th pivot's column.
    while let Some((at, &pivot)) = open
        .iter()
        .enumerate()
        .max_by(|a, b| (left[a.1 * n + a.1] / own[*a.1]).total_cmp(&(left[b.1 * n + b.1] / own[*b.1])))
    {
        let diagonal = left[pivot * n + pivot];
        if diagonal <= DEPENDENT * own[pivot] || !diagonal.is_finite() {
            break;
        }
        open.remove(at);
        let root = diagonal.sqrt();
        left[pivot * n + pivot] = root;
        for &j in &open {
            left[j * n + pivot] /= root;
        }
        for &j in &open {
            for &k in &open {
                left[j * n + k] -= left[j * n + pivot] * left[k * n + pivot];
            }
        }
        order.push(pivot);
    }
    let mut solution = vec![0.0; n];
    for (position, &i) in order.iter().enumerate() {
        let sum: f64 = order[..position].iter().map(|&k| left[i * n + k] * solution[k]).sum();
        solution[i] = (right[i] - sum) / left[i * n + i];
    }
    for (position, &i) in order.iter().enumerate().rev() {
        let sum: f64 = order[position + 1..].iter().map(|&k| left[k * n + i] * solution[k]).sum();
        solution[i] = (solution[i] - sum) / left[i * n + i];
    }
    solution
}

/// An orthonormal basis of the columns (each of the same length); a column that keeps less than `tolerance` of its length
/// beside those before it adds nothing.
///
/// # Source
/// Björck (1994), Numerics of Gram–Schmidt orthogonalization (modified, each column taken twice); the rule for dependent columns is that
/// of LINPACK's `dqrdc2`, which R's `qr` uses.
pub(crate) fn orthonormal_basis(columns: impl Iterator<Item = Vec<f64>>, tolerance: f64) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for mut column in columns {
        let own = norm(&column);
        if own == 0.0 || !own.is_finite() || basis.len() == column.len() {
            continue;
        }
        for _ in 0..2 {
            basis.iter().for_each(|unit| remove(&mut column, unit));
        }
        let left = norm(&column);
        if left >= tolerance * own {
            column.iter_mut().for_each(|value| *value /= left);
            basis.push(column);
        }
    }
    basis
}

/// The rank of a matrix given row by row, each with a factor; a column that keeps less than `tolerance` of its length beside those
/// before it adds nothing.
///
/// By the Cholesky factor of the inner products of the columns: their rounding errors (near 10⁻¹⁵ of a squared length) are far below
/// the square of the tolerances asked for.
pub(crate) fn rank<'a>(n: usize, rows: impl Iterator<Item = (&'a [f64], f64)>, tolerance: f64) -> usize {
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
        if own > 0.0 && left.is_finite() && left > tolerance * tolerance * own {
            products[i][i] = left.sqrt();
            kept.push(i);
        }
    }
    kept.len()
}

/// Takes the part along `unit` out of `column`.
pub(crate) fn remove(column: &mut [f64], unit: &[f64]) {
    let along: f64 = column.iter().zip(unit).map(|(a, b)| a * b).sum();
    column.iter_mut().zip(unit).for_each(|(a, b)| *a -= along * b);
}

fn norm(column: &[f64]) -> f64 {
    column.iter().map(|value| value * value).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_system_is_solved_and_a_redundant_variable_gets_nothing() {
        // A = [[4,2,0],[2,3,1],[0,1,2]], x = (1,2,3) → b = (8,11,8).
        let solution = solve_semidefinite(3, &[4.0, 2.0, 0.0, 2.0, 3.0, 1.0, 0.0, 1.0, 2.0], &[8.0, 11.0, 8.0]);
        for (got, expected) in solution.iter().zip([1.0, 2.0, 3.0]) {
            assert!((got - expected).abs() < 1e-14, "{solution:?}");
        }
        // The third variable is the sum of the first two; b is consistent, so A x = b holds again.
        let matrix = [1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0];
        let solution = solve_semidefinite(3, &matrix, &[1.0, 3.0, 4.0]);
        for (i, b) in [1.0, 3.0, 4.0].into_iter().enumerate() {
            let got: f64 = (0..3).map(|j| matrix[i * 3 + j] * solution[j]).sum();
            assert!((got - b).abs() < 1e-14, "{solution:?}");
        }
        assert_eq!(solution.iter().filter(|value| **value == 0.0).count(), 1);
    }

    #[test]
    fn a_basis_counts_the_rank() {
        let columns = [vec![1.0, 1.0, 0.0], vec![1.0, 0.0, 1.0], vec![2.0, 1.0, 1.0], vec![0.0, 0.0, 0.0]];
        let basis = orthonormal_basis(columns.into_iter(), 1e-7);
        assert_eq!(basis.len(), 2);
        let product: f64 = basis[0].iter().zip(&basis[1]).map(|(a, b)| a * b).sum();
        assert!(product.abs() < 1e-15);
        let rows = [[1.0, 1.0, 2.0, 0.0], [1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0]];
        assert_eq!(rank(4, rows.iter().map(|row| (&row[..], 3.0)), 1e-5), 2);
        assert_eq!(rank(3, [[1.0, 1.0, 1.0], [0.0, 1e-3, 1e-7]].iter().map(|row| (&row[..], 1.0)), 1e-5), 2);
    }
}
