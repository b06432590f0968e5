//! What a whole design can say, under each way of counting its clusters.

use problem::{Place, Problem, Problems, Words};
use serde::Serialize;

use super::deff::{LevelHomogeneity, multistage_effect};
use super::planned::PlannedSample;
use super::{ExpectedInterval, PlannedEstimate, Population, PopulationCorrection, Quantity, expected_interval};

/// What is assumed about the population.
#[derive(Clone, Debug, PartialEq)]
pub struct OutlookRequest<'a> {
    /// What is estimated.
    pub quantity: Quantity,
    /// Confidence level.
    pub level: f64,
    /// The design effect of every row but the first; or else homogeneities.
    pub deff: Option<f64>,
    /// Levels of clusters with their shares of the variance.
    pub homogeneity: &'a [(String, f64)],
    /// Factor of the design effect for unequal weights; 1 for none.
    pub weighting: f64,
    /// Number of people whom the sample is of, when it is small enough to matter.
    pub population: Option<f64>,
    /// Other samples to compare with: clusters of the last stage but one, and interviews in each.
    pub alternatives: &'a [(u64, u64)],
}

/// How a row counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reading {
    /// As if people had been drawn one by one.
    SimpleRandom,
    /// The units of a stage are the PSUs, within the units of the first stage (or its strata).
    Clusters {
        /// Name of the level.
        level: String,
        /// What people call its units.
        words: Words,
    },
    /// As the program analyses by default: first-stage certainty units are strata of their second-stage units.
    DefaultAnalysis,
    /// One unit of the first stage by itself.
    OneFirstStageUnit {
        /// Name of the level.
        level: String,
        /// What people call its units.
        words: Words,
    },
    /// Another sample: so many clusters, so many interviews in each.
    Alternative {
        /// Clusters.
        clusters: u64,
        /// Interviews in each.
        interviews: u64,
        /// What people call the clusters.
        words: Words,
    },
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutlookRow {
    /// How it counts.
    pub reading: Reading,
    /// Interviews.
    pub n: u64,
    /// PSUs; the people themselves in the first row.
    pub psus: u64,
    /// Strata.
    pub strata: u64,
    /// PSUs minus strata; 0 when there is no interval.
    pub degrees_of_freedom: u64,
    /// Design effect.
    pub deff: f64,
    /// People whom the row speaks of, where their number is stated.
    pub population: Option<f64>,
    /// The interval to be expected; none without degrees of freedom.
    pub interval: Option<ExpectedInterval>,
}

/// The table of what a design can say.
///
/// # Formula
/// Each row is [`expected_interval`] with df = PSUs − strata. First stage: its units within its explicit strata. A
/// later stage: its units within the first-stage units. The deff is the stated one, or [`multistage_effect`] of the
/// stated homogeneities times the weighting factor; 1 in the row of a simple random sample. A stated population of N
/// multiplies the variance of every row by 1 − n/N, but that of one first-stage unit, whose people are not counted.
///
/// # Source
/// Korn and Graubard (1999), *Analysis of Health Surveys* (df); Kish (1965), §8.2.
///
/// # Limits
/// A stated deff is held equal in all rows although clusters higher up usually cost more: state homogeneities for every
/// level to see it. With clusters the finite population correction is the usual approximation: what clusters have in common
/// shrinks by the fraction of clusters drawn, not by that of people. First- stage units as strata pretend that they were not sampled; the rows below are then too
/// narrow, as the table is there to show.
///
/// # Errors
/// Neither or both of deff and homogeneities; levels that are no cluster stage of the design; alternatives of nobody;
/// those of [`expected_interval`] and [`multistage_effect`].
///
/// Proofs: `size::proofs::the_planning_table_of_the_province_is_reproduced`,
/// `size::proofs::homogeneities_change_the_design_effect_of_each_row`.
pub fn outlook(sample: &PlannedSample, request: &OutlookRequest<'_>) -> Result<Vec<OutlookRow>, Problems> {
    let table = Table { sample, request };
    table.check()?;
    let Some((last, clusters)) = sample.stages.split_last() else { return Ok(Vec::new()) };
    let units: Vec<u64> = clusters.iter().map(|stage| stage.units).collect();
    let mut rows = vec![table.row(Reading::SimpleRandom, last.units, (last.units, 1), None)?];
    for (number, stage) in clusters.iter().enumerate().rev() {
        let strata = if number == 0 { sample.strata } else { units[0] };
        let reading = Reading::Clusters { level: stage.level.clone(), words: stage.words.clone() };
        rows.push(table.row(reading, last.units, (stage.units, strata), Some(&units))?);
    }
    if let Some(analysis) = sample.analysis {
        rows.push(table.row(Reading::DefaultAnalysis, last.units, analysis, Some(&units))?);
    }
    if let Some(first) = clusters.first() {
        let reading = Reading::OneFirstStageUnit { level: first.level.clone(), words: first.words.clone() };
        // One of several: the average one, in whole units.
        let within: Vec<u64> = units.iter().map(|count| (count / first.units).max(1)).collect();
        let psus = if clusters.len() > 1 { within[within.len() - 1] } else { last.units / first.units };
        rows.push(table.row(reading, (last.units / first.units).max(1), (psus, 1), Some(&within))?);
    }
    if let Some(lowest) = clusters.last() {
        for (clusters_wanted, interviews) in request.alternatives {
            let mut changed = units.clone();
            if let Some(lowest) = changed.last_mut() {
                *lowest = *clusters_wanted;
            }
            let strata = if clusters.len() > 1 { units[0] } else { sample.strata };
            let reading = Reading::Alternative {
                clusters: *clusters_wanted,
                interviews: *interviews,
                words: lowest.words.clone(),
            };
            let n = clusters_wanted.saturating_mul(*interviews);
            rows.push(table.row(reading, n, (*clusters_wanted, strata), Some(&changed))?);
        }
    }
    Ok(rows)
}

struct Table<'a> {
    sample: &'a PlannedSample,
    request: &'a OutlookRequest<'a>,
}

impl Table<'_> {
    fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::none();
        let request = self.request;
        if request.deff.is_some() != request.homogeneity.is_empty() {
            problems.push(
                Problem::new(
                    "size_design_effect",
                    "cần nêu đúng một trong hai: hệ số thiết kế (deff) hoặc tương quan nội cụm (icc)",
                    "exactly one of design effect (deff) and intraclass correlations (icc) is needed",
                )
                .hint("--deff 2, hoặc --icc village=0.05", "--deff 2, or --icc village=0.05"),
            );
        }
        let clusters = self.sample.stages.split_last().map_or(&[][..], |(_, clusters)| clusters);
        let known: Vec<&str> = clusters.iter().map(|stage| stage.level.as_str()).collect();
        for (place, (level, _)) in request.homogeneity.iter().enumerate() {
            let twice = request.homogeneity[..place].iter().any(|(other, _)| other == level);
            if twice || !known.contains(&level.as_str()) {
                problems.push(
                    Problem::new(
                        "size_unknown_level",
                        "không có giai đoạn chọn cụm nào ở cấp này, hoặc cấp được nêu hai lần",
                        "no stage of clusters has this level, or it is named twice",
                    )
                    .at(Place::column("icc"))
                    .expected(known.join(", "))
                    .got(level.clone()),
                );
            }
        }
        if request.alternatives.iter().any(|(clusters, interviews)| *clusters == 0 || *interviews == 0) {
            problems.push(
                Problem::new("size_out_of_range", "phương án không có ai", "an alternative with nobody in it")
                    .at(Place::column("alternative"))
                    .expected("≥ 1 × ≥ 1"),
            );
        }
        if !(request.weighting >= 1.0 && request.weighting.is_finite()) {
            problems.push(
                Problem::new("size_out_of_range", "hệ số trọng số không hợp lệ", "the weighting effect is not usable")
                    .at(Place::column("weight_cv"))
                    .expected("≥ 1")
                    .got(request.weighting.to_string()),
            );
        }
        problems.into_result(())
    }

    /// One row; `units` are the clusters of each stage that the homogeneities belong to, none for a simple random
    /// sample.
    #[expect(clippy::cast_precision_loss, reason = "numbers of people are far below 2^53")]
    fn row(
        &self,
        reading: Reading,
        n: u64,
        (psus, strata): (u64, u64),
        units: Option<&[u64]>,
    ) -> Result<OutlookRow, Problems> {
        let request = self.request;
        let deff = match (units, request.deff) {
            (None, _) => 1.0,
            (Some(_), Some(deff)) => deff * request.weighting,
            (Some(units), None) => {
                let stages = self.sample.stages.iter().zip(units);
                let levels: Vec<LevelHomogeneity> = stages
                    .filter_map(|(stage, clusters)| {
                        let (_, share) = request.homogeneity.iter().find(|(level, _)| *level == stage.level)?;
                        Some(LevelHomogeneity { clusters: *clusters as f64, share: *share })
                    })
                    .collect();
                multistage_effect(n as f64, &levels)? * request.weighting
            }
        };
        let degrees_of_freedom = psus.saturating_sub(strata);
        let population = match reading {
            Reading::OneFirstStageUnit { .. } => None,
            _ => request.population,
        };
        let planned = PlannedEstimate {
            quantity: request.quantity,
            n: n as f64,
            deff,
            degrees_of_freedom: Some(degrees_of_freedom.max(1)),
            level: request.level,
            population: population.map(|size| Population { size, correction: PopulationCorrection::Plain }),
        };
        let interval = expected_interval(&planned)?;
        let interval = (degrees_of_freedom > 0).then_some(interval);
        Ok(OutlookRow { reading, n, psus, strata, degrees_of_freedom, deff, population, interval })
    }
}
