//! Cholesky's factor, and what is solved with it.

/// The Cholesky factor of a symmetric positive semidefinite matrix, with the largest pivot first.
///
/// # Source
/// Golub and Van Loan (2013), Matrix Computations, §4.2.8 (pivoted Cholesky).
pub(crate) struct Cholesky {
    size: usize,
    /// `factor[j · size + k]`: row `j` of the factor in the column of pivot `k`.
    factor: Vec<f64>,
    /// The variables in the order of their pivots; those that depend on the others are left out.
    order: Vec<usize>,
}

/// A pivot below this share of its variable's own size counts as a combination of the others.
const DEPENDENT: f64 = 1e-11;

impl Cholesky {
    /// Factors the matrix (row by row) as far as its variables do not depend on each other.
    pub(crate) fn semidefinite(matrix: &[f64], size: usize) -> Self {
        let mut factor = matrix.to_vec();
        let own: Vec<f64> = (0..size).map(|i| matrix[i * size + i]).collect();
        let mut order: Vec<usize> = Vec::with_capacity(size);
        let mut open: Vec<usize> = (0..size).filter(|&i| own[i] > 0.0).collect();
        let share = |factor: &[f64], i: usize| factor[i * size + i] / own[i];
        while let Some((at, &pivot)) =
            open.iter().enumerate().max_by(|a, b| share(&factor, *a.1).total_cmp(&share(&factor, *b.1)))
        {
            let diagonal = factor[pivot * size + pivot];
            if diagonal <= DEPENDENT * own[pivot] || !diagonal.is_finite() {
                break;
            }
            open.remove(at);
            let root = diagonal.sqrt();
            factor[pivot * size + pivot] = root;
            for &j in &open {
                factor[j * size + pivot] /= root;
            }
            for &j in &open {
                for &k in &open {
                    factor[j * size + k] -= factor[j * size + pivot] * factor[k * size + pivot];
                }
            }
            order.push(pivot);
        }
        Self { size, factor, order }
    }

    /// Factors a positive definite matrix; `None` when it is singular to working precision or holds something that is no number.
    pub(crate) fn definite(matrix: &[f64], size: usize) -> Option<Self> {
        let factored = Self::semidefinite(matrix, size);
        (factored.order.len() == size).then_some(factored)
    }

    /// The solution of `matrix · x = right`; variables that depend on the others get 0.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (factor, order, n) = (&self.factor, &self.order, self.size);
        let mut solution = vec![0.0; n];
        for (position, &i) in order.iter().enumerate() {
            let sum: f64 = order[..position].iter().map(|&k| factor[i * n + k] * solution[k]).sum();
            solution[i] = (right[i] - sum) / factor[i * n + i];
        }
        for (position, &i) in order.iter().enumerate().rev() {
            let sum: f64 = order[position + 1..].iter().map(|&k| factor[k * n + i] * solution[k]).sum();
            solution[i] = (solution[i] - sum) / factor[i * n + i];
        }
        solution
    }

    /// `rightᵀ · matrix⁻¹ · right`.
    pub(crate) fn quadratic_form(&self, right: &[f64]) -> f64 {
        self.solve(right).iter().zip(right).map(|(x, y)| x * y).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(matrix: &[f64], x: &[f64]) -> Vec<f64> {
        matrix.chunks_exact(x.len()).map(|row| row.iter().zip(x).map(|(a, x)| a * x).sum()).collect()
    }

    #[test]
    fn a_solved_system_gives_its_right_side_back() {
        let matrix = [4.0, 2.0, -1.0, 2.0, 5.0, 0.5, -1.0, 0.5, 3.0];
        let right = [1.0, -2.0, 0.25];
        let factor = Cholesky::definite(&matrix, 3).unwrap();
        for (left, right) in times(&matrix, &factor.solve(&right)).iter().zip(right) {
            assert!((left - right).abs() < 1e-14);
        }
        // A = [[4,2,0],[2,3,1],[0,1,2]], x = (1,2,3) → b = (8,11,8).
        let factor = Cholesky::definite(&[4.0, 2.0, 0.0, 2.0, 3.0, 1.0, 0.0, 1.0, 2.0], 3).unwrap();
        for (got, expected) in factor.solve(&[8.0, 11.0, 8.0]).iter().zip([1.0, 2.0, 3.0]) {
            assert!((got - expected).abs() < 1e-14);
        }
        assert!((factor.quadratic_form(&[8.0, 11.0, 8.0]) - 54.0).abs() < 1e-12);
    }

    #[test]
    fn a_redundant_variable_gets_nothing_and_makes_a_matrix_singular() {
        // The third variable is the sum of the first two; b is consistent, so A x = b holds.
        let matrix = [1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0];
        let solution = Cholesky::semidefinite(&matrix, 3).solve(&[1.0, 3.0, 4.0]);
        for (got, expected) in times(&matrix, &solution).iter().zip([1.0, 3.0, 4.0]) {
            assert!((got - expected).abs() < 1e-14, "{solution:?}");
        }
        assert_eq!(solution.iter().filter(|value| **value == 0.0).count(), 1);
        assert!(Cholesky::definite(&matrix, 3).is_none());
        assert!(Cholesky::definite(&[1.0, 1.0, 1.0, 1.0], 2).is_none());
        assert!(Cholesky::definite(&[1.0, f64::NAN, f64::NAN, 1.0], 2).is_none());
        assert!(Cholesky::definite(&[f64::NAN], 1).is_none());
        assert!(Cholesky::definite(&[f64::INFINITY], 1).is_none());
        assert!(Cholesky::definite(&[-1.0], 1).is_none(), "not even semidefinite");
    }
}
