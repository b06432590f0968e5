//! Calibration: weights as near as possible to the old ones that meet known population totals.

use problem::{Place, Problem, Problems};

use super::step::check_weights;
use super::{Bounds, Controls, Convergence, Distance, WeightStep};
use crate::linear_algebra::Cholesky;

/// A total counts as met at this relative distance.
const MET: f64 = 1e-10;
/// Iterations go on to this distance, or until they no longer improve.
const AIM: f64 = 1e-14;
const MAX_ITERATIONS: usize = 200;

/// Finds the factors that bring the weighted totals of the controls to their population totals.
///
/// # Formula
/// `w'_i = w_i F(x_iᵀλ)` with λ such that `Σ w_i F(x_iᵀλ) x_i = T`; F by [`Distance`], cut to the [`Bounds`]. λ minimizes the convex
/// function whose gradient is `Σ w_i F(x_iᵀλ) x_i − T`: Newton steps, shortened where the slope along the step has not fallen. For
/// the linear distance without bounds, `w'_i = w_i (1 + x_iᵀ (Σ w x xᵀ)⁻¹ (T − Σ w x))`, the generalized regression weights.
///
/// # Source
/// Deville and Särndal (1992), Calibration estimators in survey sampling, JASA 87, 376–382; Deville, Särndal and Sautory (1993).
///
/// # Limits
/// All totals are met within 10⁻¹⁰, or there is no answer. Redundant variables are harmless as long as their totals agree. The linear
/// distance without bounds may give negative weights; the step counts them. Bounds must hold 1.
///
/// # Errors
/// All at once: `weight_value`, `weight_length`, `calibration_no_control`, `calibration_total`, `weight_missing_value`,
/// `calibration_empty_cell`, `calibration_bounds`, `calibration_out_of_reach` for a total that no weights within the bounds can meet;
/// then `calibration_not_met` when the totals cannot be met together.
///
/// Checked: `tests/against_r.rs` (`apiclus1_greg_linear`, `apiclus1_cal_raking`, `apistrat_cal_linear`, `apistrat_cal_logit_bounded`,
/// `apistrat_cal_linear_bounded`), `tests/weighting.rs`.
pub fn calibrate(
    name: &str,
    weights: &[f64],
    controls: &Controls,
    distance: Distance,
    bounds: Bounds,
) -> Result<WeightStep, Problems> {
    check_weights(weights)?;
    let mut problems = Problems::none();
    controls.check(weights, &mut problems);
    problems.extend(bounds.check(distance).err());
    problems.into_result(())?;
    let rows: Vec<usize> = (0..weights.len()).filter(|&row| weights[row] > 0.0).collect();
    let system = System::new(&rows, weights, controls, distance, bounds);
    system.in_reach(controls)?;
    let solution = system.solve();
    if solution.gap > MET || solution.gap.is_nan() {
        return Err(system.not_met(name, controls, &solution).into());
    }
    let mut adjusted = weights.to_vec();
    rows.iter().zip(&solution.factors).for_each(|(&row, factor)| adjusted[row] *= factor);
    let convergence = Convergence { iterations: solution.iterations, largest_gap: solution.gap };
    Ok(WeightStep::new(name, weights, adjusted, Vec::new(), Some(convergence))?)
}

/// The equations, each variable scaled to at most 1.
struct System {
    n_controls: usize,
    /// Row by row.
    values: Vec<f64>,
    weights: Vec<f64>,
    totals: Vec<f64>,
    scales: Vec<f64>,
    distance: Distance,
    bounds: Bounds,
}

struct Solution {
    factors: Vec<f64>,
    misfit: Vec<f64>,
    gap: f64,
    iterations: usize,
}

impl System {
    fn new(rows: &[usize], weights: &[f64], controls: &Controls, distance: Distance, bounds: Bounds) -> Self {
        let n_controls = controls.len();
        let mut values = controls.matrix(rows);
        let mut scales = vec![0.0_f64; n_controls];
        for row in values.chunks_exact(n_controls) {
            scales.iter_mut().zip(row).for_each(|(scale, value)| *scale = scale.max(value.abs()));
        }
        scales.iter_mut().filter(|scale| **scale == 0.0).for_each(|scale| *scale = 1.0);
        for row in values.chunks_exact_mut(n_controls) {
            row.iter_mut().zip(&scales).for_each(|(value, scale)| *value /= scale);
        }
        let totals = scales.iter().enumerate().map(|(at, scale)| controls.total(at) / scale).collect();
        let weights = rows.iter().map(|&row| weights[row]).collect();
        Self { n_controls, values, weights, totals, scales, distance, bounds }
    }

    fn rows(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.values.chunks_exact(self.n_controls).zip(self.weights.iter().copied())
    }

    /// Refuses a total that lies outside what any weights within the bounds can reach.
    fn in_reach(&self, controls: &Controls) -> Result<(), Problems> {
        let mut problems = Problems::none();
        let positive = matches!(self.distance, Distance::Raking | Distance::Sinh);
        let lowest = if positive { self.bounds.lower.max(0.0) } else { self.bounds.lower };
        for at in 0..self.n_controls {
            let (mut low, mut high) = (0.0, 0.0);
            for (row, weight) in self.rows().filter(|(row, _)| row[at] != 0.0) {
                let (a, b) = (weight * row[at] * lowest, weight * row[at] * self.bounds.upper);
                low += a.min(b);
                high += a.max(b);
            }
            let slack = 1e-12 * self.totals[at].abs();
            if self.totals[at] < low - slack || self.totals[at] > high + slack {
                problems.push(
                    Problem::new(
                        "calibration_out_of_reach",
                        format!("với giới hạn này không thể đạt tổng của {}", controls.name(at)),
                        format!("within these bounds the total of {} cannot be met", controls.name(at)),
                    )
                    .at(Place::column(controls.name(at)))
                    .expected((
                        format!("tổng từ {} đến {}", low * self.scales[at], high * self.scales[at]),
                        format!("a total from {} to {}", low * self.scales[at], high * self.scales[at]),
                    ))
                    .got(controls.total(at).to_string())
                    .hint("nới giới hạn, hoặc kiểm tra tổng thể", "widen the bounds, or check the population total"),
                );
            }
        }
        problems.into_result(())
    }

    /// Factors and misfit `T − Σ w g x` at λ.
    fn at(&self, lambda: &[f64]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let mut misfit: Vec<crate::sum::Sum> = vec![crate::sum::Sum::default(); self.n_controls];
        misfit.iter_mut().zip(&self.totals).for_each(|(sum, total)| sum.add(*total));
        let mut factors = Vec::with_capacity(self.weights.len());
        let mut slopes = Vec::with_capacity(self.weights.len());
        for (row, weight) in self.rows() {
            let u: f64 = row.iter().zip(lambda).map(|(value, lambda)| value * lambda).sum();
            let (factor, slope) = self.distance.factor(u, self.bounds);
            misfit.iter_mut().zip(row).for_each(|(sum, value)| sum.add(-weight * factor * value));
            factors.push(factor);
            slopes.push(slope);
        }
        (factors, slopes, misfit.into_iter().map(crate::sum::Sum::value).collect())
    }

    /// Largest misfit relative to the size of the total (or of the sum of its absolute parts, where it is near zero).
    fn gap(&self, misfit: &[f64], factors: &[f64]) -> f64 {
        let mut sizes: Vec<f64> = self.totals.iter().map(|total| total.abs()).collect();
        let mut parts = vec![0.0; self.n_controls];
        for ((row, weight), factor) in self.rows().zip(factors) {
            parts.iter_mut().zip(row).for_each(|(sum, value)| *sum += (weight * factor * value).abs());
        }
        sizes.iter_mut().zip(&parts).for_each(|(size, parts)| *size = size.max(*parts));
        let mut gap = 0.0_f64;
        for (misfit, size) in misfit.iter().zip(sizes) {
            let relative = if *misfit == 0.0 { 0.0 } else { misfit.abs() / size };
            gap = if relative.is_nan() { f64::INFINITY } else { gap.max(relative) };
        }
        gap
    }

    /// `Σ w · slope · x xᵀ`.
    fn curvature(&self, slopes: &[f64]) -> Vec<f64> {
        let n = self.n_controls;
        let mut matrix = vec![0.0; n * n];
        for ((row, weight), slope) in self.rows().zip(slopes).filter(|(_, slope)| **slope != 0.0) {
            for (i, left) in row.iter().enumerate().filter(|(_, left)| **left != 0.0) {
                let left = weight * slope * left;
                matrix[i * n..(i + 1) * n].iter_mut().zip(row).for_each(|(sum, right)| *sum += left * right);
            }
        }
        matrix
    }

    fn solve(&self) -> Solution {
        let n = self.n_controls;
        let mut lambda = vec![0.0; n];
        let (mut factors, mut slopes, mut misfit) = self.at(&lambda);
        let mut gap = self.gap(&misfit, &factors);
        let full = self.curvature(&vec![1.0; self.weights.len()]);
        let mut iterations = 0;
        while gap > AIM && iterations < MAX_ITERATIONS {
            iterations += 1;
            let mut matrix = self.curvature(&slopes);
            // Where many factors stand at a bound the curvature loses rank; a trace of the full one keeps the step finite.
            if slopes.contains(&0.0) {
                matrix.iter_mut().zip(&full).for_each(|(value, full)| *value += 1e-9 * full);
            }
            let step = Cholesky::semidefinite(&matrix, n).solve(&misfit);
            let downhill: f64 = step.iter().zip(&misfit).map(|(step, misfit)| step * misfit).sum();
            if downhill <= 0.0 || !downhill.is_finite() {
                break;
            }
            let (mut low, mut high, mut length) = (0.0_f64, f64::INFINITY, 1.0_f64);
            let mut next = None;
            for _ in 0..60 {
                let trial: Vec<f64> = lambda.iter().zip(&step).map(|(at, step)| at + length * step).collect();
                let state = self.at(&trial);
                let slope: f64 = step.iter().zip(&state.2).map(|(step, misfit)| step * misfit).sum();
                let finite = slope.is_finite() && state.0.iter().all(|factor| factor.is_finite());
                // `slope` is what is left to gain along the step: negative beyond the minimum.
                if finite && slope.abs() <= 0.9 * downhill {
                    next = Some((trial, state));
                    break;
                }
                if finite && slope > 0.0 {
                    low = length;
                    next = Some((trial, state));
                } else {
                    high = length;
                }
                length = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * length };
            }
            let Some((trial, state)) = next else { break };
            let new_gap = self.gap(&state.2, &state.0);
            if gap <= MET && new_gap >= gap {
                break;
            }
            lambda = trial;
            (factors, slopes, misfit) = state;
            gap = new_gap;
        }
        Solution { factors, misfit, gap, iterations }
    }

    fn not_met(&self, name: &str, controls: &Controls, solution: &Solution) -> Problem {
        let size = |at: usize| solution.misfit[at].abs() / self.totals[at].abs().max(f64::MIN_POSITIVE);
        let worst = (0..self.n_controls).max_by(|&a, &b| size(a).total_cmp(&size(b))).unwrap_or(0);
        let reached = controls.total(worst) - solution.misfit[worst] * self.scales[worst];
        Problem::new(
            "calibration_not_met",
            format!("bước {name}: không có trọng số nào đạt đồng thời mọi tổng thể ({} vòng)", solution.iterations),
            format!("step {name}: no weights meet all population totals together ({} iterations)", solution.iterations),
        )
        .at(Place::column(controls.name(worst)))
        .expected((
            format!("{} cho {}", controls.total(worst), controls.name(worst)),
            format!("{} for {}", controls.total(worst), controls.name(worst)),
        ))
        .got(format!("{reached}"))
        .hint(
            "nới giới hạn, bớt biến, hoặc kiểm tra các tổng thể có mâu thuẫn nhau không",
            "widen the bounds, use fewer variables, or check whether the totals contradict each other",
        )
    }
}
