//! Repetition: simulated surveys behave as planned, within 4.5 standard errors and with fixed seeds.

use std::num::NonZeroU64;

use super::*;
use crate::stream::{Stream, StreamKey};

struct Chance(Stream);

impl Chance {
    fn new(label: &str) -> Self {
        Self(Stream::new(&StreamKey { seed: 20_241, stage: label, stratum: "", parent: "" }))
    }

    /// Above 0 and below 1.
    fn uniform(&mut self) -> f64 {
        (self.0.below(NonZeroU64::new(1 << 52).unwrap()) as f64 + 0.5) / 4_503_599_627_370_496.0
    }

    /// Standard normal (Box and Muller 1958).
    fn normal(&mut self) -> f64 {
        let (first, second) = (self.uniform(), self.uniform());
        (-2.0 * first.ln()).sqrt() * (std::f64::consts::TAU * second).cos()
    }
}

fn as_often_as(hits: u32, runs: u32, stated: f64) {
    let share = f64::from(hits) / f64::from(runs);
    let bound = 4.5 * (stated * (1.0 - stated) / f64::from(runs)).sqrt();
    assert!((share - stated).abs() < bound, "{share} instead of {stated} ± {bound}");
}

#[test]
fn simulated_clusters_have_the_stated_design_effect() {
    // 3 districts × 4 villages × 5 people; shares of the variance 0.1 and 0.2.
    let mut chance = Chance::new("clusters");
    let runs = 20_000_u32;
    let mut sum = 0.0;
    for _ in 0..runs {
        let mut mean = 0.0;
        for _ in 0..3 {
            let district = 0.1_f64.sqrt() * chance.normal();
            for _ in 0..4 {
                let village = 0.2_f64.sqrt() * chance.normal();
                for _ in 0..5 {
                    mean += (district + village + 0.7_f64.sqrt() * chance.normal()) / 60.0;
                }
            }
        }
        sum += mean * mean;
    }
    let levels = [LevelHomogeneity { clusters: 3.0, share: 0.1 }, LevelHomogeneity { clusters: 12.0, share: 0.2 }];
    let stated = multistage_effect(60.0, &levels).unwrap();
    let found = sum / f64::from(runs) * 60.0;
    // The relative standard error of a variance of normal values is √(2/R).
    assert!((found / stated - 1.0).abs() < 4.5 * (2.0 / f64::from(runs)).sqrt(), "{found} instead of {stated}");
}

#[test]
fn simulated_surveys_have_the_expected_standard_error() {
    // Simple random samples of 40 of 200, 60 of whom say yes, without replacement.
    let mut chance = Chance::new("finite");
    let runs = 20_000_u32;
    let mut sum = 0.0;
    for _ in 0..runs {
        let (mut yes, mut left, mut taken) = (60.0, 200.0, 0.0);
        for _ in 0..40 {
            if chance.uniform() < yes / left {
                yes -= 1.0;
                taken += 1.0;
            }
            left -= 1.0;
        }
        sum += (taken / 40.0 - 0.3_f64).powi(2);
    }
    let planned = PlannedEstimate {
        quantity: Quantity::Proportion(0.3),
        n: 40.0,
        deff: 1.0,
        degrees_of_freedom: None,
        level: 0.95,
        population: Some(Population { size: 200.0, correction: PopulationCorrection::CochranMinusOne }),
    };
    let stated = expected_interval(&planned).unwrap().standard_error.powi(2);
    let found = sum / f64::from(runs);
    assert!((found / stated - 1.0).abs() < 4.5 * (2.0 / f64::from(runs)).sqrt(), "{found} instead of {stated}");
}

#[test]
fn simulated_comparisons_have_the_stated_power() {
    // Known variances, 30 and 45 people, 12 of whom are in both with a correlation of 0.6.
    let two = Comparison {
        first: Quantity::Mean { mean: 0.0, standard_deviation: 1.0 },
        overlap: Some(Overlap { share: 0.4, correlation: 0.6 }),
        ratio: 1.5,
        ..comparison::proportions(0.5, 1.0)
    };
    let second = Quantity::Mean { mean: 0.5, standard_deviation: 1.0 };
    let mut chance = Chance::new("panel");
    let (runs, mut found) = (20_000_u32, 0);
    let variance: f64 = 1.0 / 30.0 + 1.0 / 45.0 - 2.0 * 12.0 * 0.6 / (30.0 * 45.0);
    for _ in 0..runs {
        let (mut first_mean, mut second_mean) = (0.0, 0.5);
        for person in 0..63 {
            let answer = chance.normal();
            let again = 0.6 * answer + 0.8 * chance.normal();
            if person < 30 {
                first_mean += answer / 30.0;
            }
            if person >= 18 {
                second_mean += if person < 30 { again } else { chance.normal() } / 45.0;
            }
        }
        found += u32::from((second_mean - first_mean) / variance.sqrt() > 1.959_963_984_540_054);
    }
    as_often_as(found, runs, two.power(second, 30.0).unwrap());

    // Student's t with four people in each of two groups: df = 6.
    let two = Comparison { overlap: None, ratio: 1.0, degrees_of_freedom: Some(6), ..two };
    let second = Quantity::Mean { mean: 1.5, standard_deviation: 1.0 };
    let critical = t_quantile(0.975, 6).unwrap();
    let mut found = 0;
    for _ in 0..runs {
        let group = |chance: &mut Chance, mean: f64| {
            let values: Vec<f64> = (0..4).map(|_| mean + chance.normal()).collect();
            let average = values.iter().sum::<f64>() / 4.0;
            (average, values.iter().map(|value| (value - average).powi(2)).sum::<f64>())
        };
        let ((first_mean, first_squares), (second_mean, second_squares)) =
            (group(&mut chance, 0.0), group(&mut chance, 1.5));
        let error = ((first_squares + second_squares) / 6.0 * 0.5).sqrt();
        found += u32::from((second_mean - first_mean) / error > critical);
    }
    as_often_as(found, runs, two.power(second, 4.0).unwrap());
}

#[test]
fn simulated_surveys_reach_the_target_as_often_as_stated() {
    let mean = Quantity::Mean { mean: 80.0, standard_deviation: 20.0 };
    let planned = PlannedEstimate {
        quantity: mean,
        n: 100.0,
        deff: 2.0,
        degrees_of_freedom: None,
        level: 0.95,
        population: None,
    };
    let outlook = target_outlook(&planned, 85.0, 0.8).unwrap();
    let (mut chance, runs, mut reached) = (Chance::new("target"), 20_000_u32, 0);
    for _ in 0..runs {
        let estimate = outlook.true_value_for_chance + chance.normal() * 20.0 * 0.02_f64.sqrt();
        reached += u32::from(estimate - 1.959_963_984_540_054 * 20.0 * 0.02_f64.sqrt() >= 85.0);
    }
    as_often_as(reached, runs, 0.8);

    // A proportion of a simple random sample of 1,000, whose interval uses its own p(1 − p): the exact binomial chance. It is
    // a step function of the bound, so the normal 0.8 is met within half a step and the error of the normal distribution.
    let planned = PlannedEstimate { quantity: Quantity::Proportion(0.9), n: 1_000.0, deff: 1.0, ..planned };
    let outlook = target_outlook(&planned, 0.9, 0.8).unwrap();
    let p = outlook.true_value_for_chance;
    let mut term = 1_000.0 * (1.0 - p).ln();
    let mut chance_of_more = 0.0;
    for yes in 0..=1_000_u32 {
        let share = f64::from(yes) / 1_000.0;
        if share - 1.959_963_984_540_054 * (share * (1.0 - share) / 1_000.0).sqrt() >= 0.9 {
            chance_of_more += term.exp();
        }
        term += (f64::from(1_000 - yes) / f64::from(yes + 1)).ln() + (p / (1.0 - p)).ln();
    }
    assert!((chance_of_more - 0.8).abs() < 0.025, "{chance_of_more}");
}
