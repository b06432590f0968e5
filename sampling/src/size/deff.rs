//! Design effects: what clusters and unequal weights cost.

use problem::Problems;

use super::checks::Checks;

/// The design effect of clusters of equal size.
///
/// # Formula
/// deff = 1 + (b − 1)ρ, b interviews in each cluster, ρ the intraclass correlation.
///
/// # Source
/// Kish (1965), *Survey Sampling*, §5.4 and §8.2.
///
/// # Limits
/// Equal numbers in each cluster, drawn with equal probabilities; with b varying, the mean of b² over the mean of b is
/// nearer.
///
/// # Errors
/// `size_out_of_range` for b < 1 or a correlation that no population can have (below −1/(b − 1) or above 1).
///
/// Proofs: `size::proofs::clusters_cost_what_kish_says`,
/// `size::proofs::simulated_clusters_have_the_stated_design_effect`.
pub fn design_effect(cluster_size: f64, intraclass_correlation: f64) -> Result<f64, Problems> {
    let mut checks = Checks::default();
    checks.least("cluster_size", cluster_size, 1.0);
    let least = if cluster_size > 1.0 { (-1.0 / (cluster_size - 1.0)).max(-1.0) } else { -1.0 };
    checks.within("icc", intraclass_correlation, least, 1.0);
    checks.into_result(1.0 + (cluster_size - 1.0) * intraclass_correlation)
}

/// The intraclass correlation that a design effect implies: the inverse of [`design_effect`].
///
/// # Formula
/// ρ = (deff − 1)/(b − 1).
///
/// # Source
/// Kish (1965), §5.4.
///
/// # Errors
/// `size_out_of_range` for b ≤ 1 or a design effect outside 0 … b.
pub fn intraclass_correlation(cluster_size: f64, deff: f64) -> Result<f64, Problems> {
    let mut checks = Checks::default();
    if !(cluster_size > 1.0 && cluster_size.is_finite()) {
        checks.out_of_range("cluster_size", "> 1", cluster_size);
    }
    checks.within("deff", deff, 0.0, cluster_size);
    checks.into_result((deff - 1.0) / (cluster_size - 1.0))
}

/// The design effect of weights that have nothing to do with what is measured.
///
/// # Formula
/// 1 + CV², CV the coefficient of variation of the weights (with n below, not n − 1). Together with clusters the two
/// effects multiply.
///
/// # Source
/// Kish (1965), §11.7; Kish (1992), *Journal of Official Statistics* 8, 183–200; Gabler, Häder and Lahiri (1999),
/// *Survey Methodology* 25, 105–106 (the model under which the two effects multiply).
///
/// # Limits
/// An upper view where weights follow the answers, as PPS weights should.
///
/// # Errors
/// `size_out_of_range` for a negative or infinite CV.
pub fn weighting_effect(weight_cv: f64) -> Result<f64, Problems> {
    let mut checks = Checks::default();
    checks.least("weight_cv", weight_cv, 0.0);
    checks.into_result(1.0 + weight_cv * weight_cv)
}

/// One level of clusters in a sample of several stages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelHomogeneity {
    /// How many clusters of this level the sample has.
    pub clusters: f64,
    /// The share of the variance that lies between clusters of this level, within those of the level above.
    pub share: f64,
}

/// The design effect of several levels of clusters inside each other.
///
/// # Formula
/// deff = 1 + Σρ(n/m − 1) over the levels: m clusters of a level with n people in all, ρ its share of the variance.
/// For one level this is Kish's 1 + (b − 1)ρ.
///
/// # Source
/// The variance of a mean under nested random effects with equal sizes, ΣρS²/m + (1 − Σρ)S²/n, divided by S²/n
/// (Searle, Casella and `McCulloch` 1992, *Variance Components*, ch. 3); two and three stages in Valliant, Dever and
/// Kreuter (2018), ch. 9.
///
/// # Limits
/// Equal sizes; large populations of clusters at each level: certainty units add less than it says.
///
/// # Errors
/// `size_out_of_range` for shares outside 0 … 1 or with a sum above 1, or more clusters than people.
///
/// Proofs: `size::proofs::one_level_is_kish_and_levels_add_up`,
/// `size::proofs::simulated_clusters_have_the_stated_design_effect`.
pub fn multistage_effect(n: f64, levels: &[LevelHomogeneity]) -> Result<f64, Problems> {
    let mut checks = Checks::default();
    checks.positive("n", n);
    for level in levels {
        checks.within("icc", level.share, 0.0, 1.0);
        if !(level.clusters > 0.0 && level.clusters <= n) {
            checks.out_of_range("clusters", format!("> 0, ≤ {n}"), level.clusters);
        }
    }
    let sum: f64 = levels.iter().map(|level| level.share).sum();
    if sum > 1.0 {
        checks.out_of_range("icc", "Σ ≤ 1", sum);
    }
    checks.into_result(1.0 + levels.iter().map(|level| level.share * (n / level.clusters - 1.0)).sum::<f64>())
}
