//! The square table of joint inclusion probabilities.

use serde::{Serialize, Serializer};

/// πₖₗ for each pair of units: symmetric, the diagonal holds πₖ.
#[derive(Clone, Debug, PartialEq)]
pub struct JointProbabilities {
    population: usize,
    values: Vec<f64>,
}

impl JointProbabilities {
    /// A table with a given diagonal and zero elsewhere.
    pub(crate) fn with_diagonal(pi: &[f64]) -> Self {
        let population = pi.len();
        let mut table = Self { population, values: vec![0.0; population * population] };
        for (k, pi) in pi.iter().enumerate() {
            table.set(k, k, *pi);
        }
        table
    }

    /// A table from its diagonal and a function of the pairs k < l.
    pub(crate) fn of_pairs(pi: &[f64], mut pair: impl FnMut(usize, usize) -> f64) -> Self {
        let mut table = Self::with_diagonal(pi);
        for k in 0..pi.len() {
            for l in k + 1..pi.len() {
                table.set(k, l, pair(k, l));
            }
        }
        table
    }

    /// Sets a pair, both ways.
    pub(crate) fn set(&mut self, k: usize, l: usize, value: f64) {
        self.values[k * self.population + l] = value;
        self.values[l * self.population + k] = value;
    }

    /// Adds to a pair, both ways.
    pub(crate) fn add(&mut self, k: usize, l: usize, value: f64) {
        self.set(k, l, self.get(k, l) + value);
    }

    /// How many units.
    #[must_use]
    pub fn population(&self) -> usize {
        self.population
    }

    /// πₖₗ; πₖ when both are the same.
    ///
    /// # Panics
    /// Positions outside the table.
    #[must_use]
    pub fn get(&self, k: usize, l: usize) -> f64 {
        self.values[k * self.population + l]
    }

    /// The rows, from the first unit on.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks(self.population.max(1))
    }
}

impl Serialize for JointProbabilities {
    /// As a list of rows.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows())
    }
}
