//! How often the default variance covers the truth in a national survey of the PAPI design and in each of its provinces:
//! `cargo bench -p khaosat-estimation --bench national_coverage -- [POPULATIONS [SAMPLES [SEED [SEAT_PERCENT]]]]`.
//!
//! 63 provinces of 10 districts of 12 communes of 8 villages, sizes lognormal, answers differ by district, commune and village
//! and most of all by person. In each province: the capital district and 2 of 9 by size, in each the seat's commune and 1 of 11
//! by size, in each the seat's village and 1 of 7 by size, 20 people a village. Variance: a certainty district's communes are the
//! PSUs, the other districts are PSUs; with replacement; Student's t with PSUs − strata of the domain. `SEAT_PERCENT` makes seats and
//! capitals differ more or less from the other places: that difference is no sampling error, but it widens the intervals.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on stops")]

mod common;

use common::Random;
use estimation::domain::Domains;
use estimation::table::{Column, Table};
use estimation::tabulation::{Item, Statistic, tabulate};
use estimation::{DesignColumns, Estimate, EstimationDesign, IntervalMethod, interval};

const PROVINCES: usize = 63;
const DISTRICTS: usize = 10;
const COMMUNES: usize = 12;
const VILLAGES: usize = 8;
const PEOPLE: usize = 20;

/// Box and Muller (1958).
fn normal(random: &mut Random) -> f64 {
    (-2.0 * (1.0 - random.next()).ln()).sqrt() * (std::f64::consts::TAU * random.next()).cos()
}

/// `n` places drawn systematically by size in random order, with their probabilities.
fn by_size(random: &mut Random, sizes: &[f64], n: usize) -> Vec<(usize, f64)> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, ((at + 1) as f64 * random.next()) as usize);
    }
    let step = sizes.iter().sum::<f64>() / n as f64;
    let (mut reach, mut point, mut drawn) = (0.0, step * random.next(), Vec::new());
    for place in order {
        reach += sizes[place];
        if point < reach {
            drawn.push((place, (sizes[place] / step).min(1.0)));
            point += step;
        }
    }
    drawn
}

/// A village: its size and its mean answer.
#[derive(Clone, Copy)]
struct Village {
    size: f64,
    mean: f64,
}

type Province = Vec<Vec<Vec<Village>>>;

/// Capitals and seats (place 0 everywhere) are larger and answer differently.
fn province(random: &mut Random, seat: f64) -> Province {
    let level = 0.2 * normal(random);
    let mut district = |at: usize| {
        let of_district = level + 0.18 * normal(random) + if at == 0 { 0.25 * seat } else { 0.0 };
        let mut commune = |place: usize| {
            let of_commune = of_district + 0.15 * normal(random) + if place == 0 { 0.15 * seat } else { 0.0 };
            let stretch = if at == 0 { 1.8 } else { 1.0 } * if place == 0 { 1.5 } else { 1.0 };
            let mut village = || Village {
                size: stretch * (5.8 + 0.4 * normal(random)).exp(),
                mean: of_commune + 0.12 * normal(random),
            };
            (0..VILLAGES).map(|_| village()).collect()
        };
        (0..COMMUNES).map(&mut commune).collect()
    };
    (0..DISTRICTS).map(&mut district).collect()
}

fn size(villages: &[Village]) -> f64 {
    villages.iter().map(|village| village.size).sum()
}

fn size_of(communes: &[Vec<Village>]) -> f64 {
    communes.iter().map(|villages| size(villages)).sum()
}

/// Total of size × mean, and of size.
fn truth(province: &Province) -> (f64, f64) {
    let villages = || province.iter().flatten().flatten();
    (villages().map(|village| village.size * village.mean).sum(), villages().map(|village| village.size).sum())
}

#[derive(Default)]
struct Sample {
    province: Vec<f64>,
    stratum: Vec<f64>,
    psu: Vec<f64>,
    weight: Vec<f64>,
    answer: Vec<f64>,
}

impl Sample {
    fn draw(&mut self, number: usize, province: &Province, random: &mut Random) {
        let sizes: Vec<f64> = province[1..].iter().map(|communes| size_of(communes)).collect();
        let mut districts = vec![(0, 1.0)];
        districts.extend(by_size(random, &sizes, 2).into_iter().map(|(at, p)| (at + 1, p)));
        for (district, p_district) in districts {
            let sizes: Vec<f64> = province[district][1..].iter().map(|villages| size(villages)).collect();
            let (drawn, p_drawn) = by_size(random, &sizes, 1)[0];
            for (commune, p_commune) in [(0, 1.0), (drawn + 1, p_drawn)] {
                let villages = &province[district][commune];
                let sizes: Vec<f64> = villages[1..].iter().map(|village| village.size).collect();
                let (drawn, p_drawn) = by_size(random, &sizes, 1)[0];
                for (village, p_village) in [(0, 1.0), (drawn + 1, p_drawn)] {
                    let Village { size, mean } = villages[village];
                    for _ in 0..PEOPLE {
                        let capital = district == 0;
                        self.province.push(number as f64);
                        self.stratum.push((number * 2 + usize::from(capital)) as f64);
                        let unit = if capital { 100 + commune } else { district };
                        self.psu.push((number * 1_000 + unit) as f64);
                        self.weight.push(size / (p_district * p_commune * p_village * PEOPLE as f64));
                        self.answer.push(mean + normal(random));
                    }
                }
            }
        }
    }

    /// The estimates of the provinces, then that of the country.
    fn estimates(self) -> Vec<Estimate> {
        let n_rows = self.answer.len();
        let (stratum, psu) = (Column::numeric(self.stratum), Column::numeric(self.psu));
        let design = EstimationDesign::new(&DesignColumns {
            ids: vec![("psu", &psu)],
            strata: vec![("stratum", &stratum)],
            weights: Some(("weight", &self.weight)),
            ..DesignColumns::new(n_rows)
        })
        .unwrap();
        let mut table = Table::new();
        table.insert("province", Column::numeric(self.province)).unwrap();
        let item = Item { name: "score".into(), statistic: Statistic::Mean(&self.answer) };
        let mut all = Vec::new();
        for domains in [Domains::crossing(&table, &["province"]).unwrap(), Domains::everyone(n_rows)] {
            let made = tabulate(&design, &domains, std::slice::from_ref(&item), 0.95, 1).unwrap();
            all.extend((0..domains.len()).flat_map(|domain| made.get(0, domain).to_vec()));
        }
        all
    }
}

#[derive(Default)]
struct Tally {
    n: usize,
    covered: usize,
    variance: f64,
    square_error: f64,
}

impl Tally {
    fn add(&mut self, estimate: &Estimate, truth: f64) {
        let (value, error) = (estimate.estimate.unwrap(), estimate.standard_error.unwrap());
        let method = IntervalMethod::T { degrees_of_freedom: estimate.domain_degrees_of_freedom };
        let interval = interval(value, error, 0.95, method).unwrap().unwrap();
        self.n += 1;
        self.covered += usize::from(interval.lower <= truth && truth <= interval.upper);
        self.variance += error * error;
        self.square_error += (value - truth).powi(2);
    }

    fn show(&self, name: &str, degrees: usize) {
        let share = self.covered as f64 / self.n as f64;
        println!(
            "{name}: {} intervals with df {degrees}, {:.2} % cover the truth (± {:.2}), mean variance / mean squared error {:.2}",
            self.n,
            100.0 * share,
            100.0 * (share * (1.0 - share) / self.n as f64).sqrt(),
            self.variance / self.square_error
        );
    }
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let populations = numbers.next().unwrap_or(40);
    let samples = numbers.next().unwrap_or(50);
    let mut random = Random(numbers.next().unwrap_or(5).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let seat = numbers.next().map_or(1.0, |percent| percent as f64 / 100.0);
    let (mut of_province, mut national, mut degrees) = (Tally::default(), Tally::default(), (0, 0));
    for _ in 0..populations {
        let provinces: Vec<Province> = (0..PROVINCES).map(|_| province(&mut random, seat)).collect();
        let truths: Vec<(f64, f64)> = provinces.iter().map(truth).collect();
        let of_country =
            truths.iter().map(|truth| truth.0).sum::<f64>() / truths.iter().map(|truth| truth.1).sum::<f64>();
        for _ in 0..samples {
            let mut sample = Sample::default();
            provinces.iter().enumerate().for_each(|(number, province)| sample.draw(number, province, &mut random));
            let estimates = sample.estimates();
            for (estimate, (total, size)) in estimates.iter().zip(&truths) {
                of_province.add(estimate, total / size);
            }
            national.add(&estimates[PROVINCES], of_country);
            let df = |at: usize| estimates[at].domain_degrees_of_freedom;
            degrees = (df(0), df(PROVINCES));
        }
    }
    of_province.show("province", degrees.0);
    national.show("national", degrees.1);
}
