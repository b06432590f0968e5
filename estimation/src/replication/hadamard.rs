//! Hadamard matrices, which balance half samples.

/// A normalized Hadamard matrix of the smallest order at least `at_least` that the constructions reach: entries ±1, rows orthogonal,
/// first row and first column all 1.
///
/// # Formula
/// Sylvester: `[[H, H], [H, −H]]`. Paley I: order q+1, q a prime, q ≡ 3 mod 4. Paley II: order 2(q+1), q a prime, q ≡ 1 mod 4. The quadratic
/// character of the difference of two elements of GF(q) fills the core.
///
/// # Source
/// Sylvester (1867), Phil. Mag. 34, 461–475; Paley (1933), J. Math. Phys. 12, 311–320.
///
/// # Limits
/// A few orders divisible by 4 are reached by neither (52, 92, 100, …); the next that is reached is taken.
///
/// Checked: `hadamard::tests`.
#[must_use]
pub fn hadamard(at_least: usize) -> Vec<Vec<i8>> {
    let mut order = at_least.max(1);
    loop {
        if let Some(matrix) = construct(order) {
            return normalize(matrix);
        }
        order += 1;
    }
}

fn construct(order: usize) -> Option<Vec<Vec<i8>>> {
    match order {
        1 => Some(vec![vec![1]]),
        2 => Some(vec![vec![1, 1], vec![1, -1]]),
        _ if !order.is_multiple_of(4) => None,
        _ => paley_one(order - 1)
            .or_else(|| paley_two(order / 2 - 1))
            .or_else(|| construct(order / 2).map(|half| double(&half))),
    }
}

fn double(matrix: &[Vec<i8>]) -> Vec<Vec<i8>> {
    let row = |row: &Vec<i8>, sign: i8| row.iter().copied().chain(row.iter().map(|&value| sign * value)).collect();
    matrix.iter().map(|r| row(r, 1)).chain(matrix.iter().map(|r| row(r, -1))).collect()
}

/// The quadratic character of each element of GF(q): 0, 1 for squares, −1 for the others.
fn character(q: usize) -> Vec<i8> {
    let mut character = vec![-1; q];
    character[0] = 0;
    (1..q).for_each(|x| character[x * x % q] = 1);
    character
}

fn is_prime(q: usize) -> bool {
    q >= 2 && (2..).take_while(|divisor| divisor * divisor <= q).all(|divisor| !q.is_multiple_of(divisor))
}

/// `I + S` with S skew: a border of ones around the character of differences.
fn paley_one(q: usize) -> Option<Vec<Vec<i8>>> {
    if q % 4 != 3 || !is_prime(q) {
        return None;
    }
    let character = character(q);
    let entry = |i: usize, j: usize| match (i, j) {
        (0, _) => 1,
        (_, 0) => -1,
        (i, j) if i == j => 1,
        (i, j) => character[(q + i - j) % q],
    };
    Some((0..=q).map(|i| (0..=q).map(|j| entry(i, j)).collect()).collect())
}

/// A symmetric conference matrix C of order q+1; each entry c becomes `c·[[1, 1], [1, −1]]`, each 0 `[[1, −1], [−1, −1]]`.
fn paley_two(q: usize) -> Option<Vec<Vec<i8>>> {
    if q % 4 != 1 || !is_prime(q) {
        return None;
    }
    let character = character(q);
    let entry = |i: usize, j: usize| match (i, j) {
        (0, 0) => 0,
        (0, _) | (_, 0) => 1,
        (i, j) => character[(q + i - j) % q],
    };
    let block = |i: usize, j: usize| {
        let c = entry(i / 2, j / 2);
        match (c, i % 2, j % 2) {
            (0, 0, 0) => 1,
            (0, _, _) => -1,
            (c, 1, 1) => -c,
            (c, _, _) => c,
        }
    };
    Some((0..2 * (q + 1)).map(|i| (0..2 * (q + 1)).map(|j| block(i, j)).collect()).collect())
}

/// Changes signs of rows and columns so that the first of each is all 1.
fn normalize(mut matrix: Vec<Vec<i8>>) -> Vec<Vec<i8>> {
    let first = matrix[0].clone();
    for row in &mut matrix {
        row.iter_mut().zip(&first).for_each(|(value, sign)| *value *= sign);
        let sign = row[0];
        row.iter_mut().for_each(|value| *value *= sign);
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_up_to_a_thousand_is_orthogonal_and_normalized() {
        let mut at_least = 1;
        let mut orders = Vec::new();
        while at_least <= 1000 {
            let matrix = hadamard(at_least);
            let order = matrix.len();
            orders.push(order);
            assert!(order >= at_least && order - at_least < 12, "order {order} for {at_least}");
            assert!(matrix[0].iter().all(|&value| value == 1) && matrix.iter().all(|row| row[0] == 1));
            // As bits: two rows are orthogonal when they differ in half of their places.
            let bits = |row: &Vec<i8>| -> Vec<u64> {
                row.chunks(64)
                    .map(|part| part.iter().fold(0, |bits, &value| bits << 1 | u64::from(value < 0)))
                    .collect()
            };
            assert!(matrix.iter().flatten().all(|&value| value == 1 || value == -1));
            let rows: Vec<Vec<u64>> = matrix.iter().map(bits).collect();
            for i in 0..order {
                for j in 0..i {
                    let apart: u32 = rows[i].iter().zip(&rows[j]).map(|(a, b)| (a ^ b).count_ones()).sum();
                    assert_eq!(apart as usize * 2, order, "order {order}, rows {i} and {j}");
                }
            }
            at_least = order + 1;
        }
        assert!(orders.len() > 180, "{} orders", orders.len());
        assert!([4, 12, 20, 28, 36, 76, 500, 1000].iter().all(|order| orders.contains(order)));
    }
}
