//! What holds over all samples, or over many.

use estimation::table::Column;
use estimation::{DesignColumns, EstimationDesign, LonelyPsu, estimate, mean, total};

/// Every pair out of `n`.
fn pairs(n: usize) -> Vec<(usize, usize)> {
    (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).collect()
}

/// All 6 · 3 · 3 = 54 two-stage samples (2 of 4 villages, 2 of 3 households in each) of a population of 12: the average
/// estimate is the truth and the average variance estimate is the variance of the estimates, both exactly.
#[test]
fn totals_and_their_variances_are_unbiased_over_all_two_stage_samples() {
    let population = [[3.0, 7.0, 1.0], [2.0, 2.5, 9.0], [4.0, 8.0, 8.0], [0.0, 1.0, 5.0]];
    let truth: f64 = population.iter().flatten().sum();
    let (mut totals, mut variances) = (Vec::new(), Vec::new());
    for (a, b) in pairs(4) {
        for (a1, a2) in pairs(3) {
            for (b1, b2) in pairs(3) {
                let village = Column::numeric(vec![a as f64, a as f64, b as f64, b as f64]);
                let household = Column::numeric([a1, a2, b1, b2].map(|unit| unit as f64).to_vec());
                let y = [population[a][a1], population[a][a2], population[b][b1], population[b][b2]];
                let design = EstimationDesign::new(&DesignColumns {
                    ids: vec![("village", &village), ("household", &household)],
                    fpc: vec![("N", &[4.0; 4]), ("M", &[3.0; 4])],
                    ..DesignColumns::new(4)
                })
                .expect("a valid design");
                let scores = total(&design, &y, None).expect("scores");
                totals.push(scores.estimate().expect("a total"));
                variances.push(design.covariance(&[&scores]).expect("a variance").variance(0).expect("a variance"));
            }
        }
    }
    let average = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert_eq!(totals.len(), 54);
    assert!((average(&totals) / truth - 1.0).abs() < 1e-13);
    let true_variance = average(&totals.iter().map(|total| (total - truth).powi(2)).collect::<Vec<_>>());
    assert!((average(&variances) / true_variance - 1.0).abs() < 1e-12, "{} {true_variance}", average(&variances));
}

/// A reproducible generator for the simulation below (PCG-like congruence, upper bits).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as f64 + 0.5) / (1_u64 << 31) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// 3000 samples of 6 of 60 villages in each of two strata, all 10 to 30 households of a village asked, 15 % of answers
/// missing at random: the 95 % t interval of the mean covers the truth in 93 to 97 % of them, and the average variance is
/// within 6 % of the variance of the estimates.
#[test]
fn intervals_cover_the_truth_about_as_often_as_they_say() {
    let mut random = Random(20_241);
    let villages: Vec<Vec<f64>> = (0..120)
        .map(|village| {
            let effect = random.normal() + f64::from(village / 60);
            let size = 10 + (random.uniform() * 21.0) as usize;
            (0..size).map(|_| effect + random.normal()).collect()
        })
        .collect();
    let households: usize = villages.iter().map(Vec::len).sum();
    let truth = villages.iter().flatten().sum::<f64>() / households as f64;
    let (mut covered, mut estimates, mut variances) = (0, Vec::new(), Vec::new());
    let repetitions = 3000;
    for _ in 0..repetitions {
        let (mut psu, mut stratum, mut y) = (Vec::new(), Vec::new(), Vec::new());
        for side in 0..2 {
            let mut left: Vec<usize> = (side * 60..(side + 1) * 60).collect();
            for _ in 0..6 {
                let village = left.swap_remove((random.uniform() * left.len() as f64) as usize);
                for value in &villages[village] {
                    psu.push(village as f64);
                    stratum.push(side as f64);
                    y.push(if random.uniform() < 0.15 { f64::NAN } else { *value });
                }
            }
        }
        let n_rows = y.len();
        let (psu, stratum) = (Column::numeric(psu), Column::numeric(stratum));
        let design = EstimationDesign::new(&DesignColumns {
            ids: vec![("psu", &psu)],
            strata: vec![("stratum", &stratum)],
            fpc: vec![("N", &vec![60.0; n_rows])],
            lonely_psu: LonelyPsu::Fail,
            ..DesignColumns::new(n_rows)
        })
        .expect("a valid design");
        let result = estimate(&design, &mean(&design, &y, None).expect("scores"), 0.95).expect("an estimate");
        let interval = result.interval.expect("an interval");
        covered += usize::from(interval.lower <= truth && truth <= interval.upper);
        estimates.push(result.estimate.expect("a mean"));
        variances.push(result.standard_error.expect("a standard error").powi(2));
    }
    let average = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let share = covered as f64 / f64::from(repetitions);
    let centre = average(&estimates);
    let spread = average(&estimates.iter().map(|value| (value - centre).powi(2)).collect::<Vec<_>>());
    let quotient = average(&variances) / spread;
    println!("coverage {share:.4}, average variance / variance {quotient:.3}");
    assert!((0.93..=0.97).contains(&share), "coverage {share}");
    assert!((0.94..=1.06).contains(&quotient), "average variance over variance {quotient}");
}
