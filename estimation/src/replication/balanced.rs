//! Balanced repeated replication and Fay's variant.

use problem::{Place, Problem, Problems};

use super::ReplicateWeights;
use super::groups::Groups;
use super::hadamard::hadamard;
use super::jackknife::nothing_to_resample;
use super::weights::too_many;
use crate::{DesignColumns, EstimationDesign};

/// Half samples of two PSUs a stratum, chosen by the columns of a Hadamard matrix.
///
/// # Formula
/// H a normalized Hadamard matrix of order R > number of strata; stratum h uses its row h+1, never the row of ones. In replicate r the
/// first PSU of h gets `2−ρ` and the second ρ where `H[h+1][r] = 1`, the other way round where it is −1. Scale `1/(R(1−ρ)²)`.
///
/// # Source
/// `McCarthy` (1969), Pseudo-replication: half samples, Rev. Int. Stat. Inst. 37, 239–264; Fay (1989), Proc. ASA Survey Research Methods,
/// 212–217; Wolter (2007), ch. 3.
///
/// # Limits
/// Two PSUs in each stratum that was not taken completely, and no sampling fraction there (the method is that of sampling with
/// replacement). For linear statistics exactly the Taylor variance.
pub(super) fn balanced(
    design: &EstimationDesign,
    columns: &DesignColumns<'_>,
    rho: f64,
) -> Result<ReplicateWeights, Problems> {
    let groups = Groups::of(design, columns)?;
    let mut problems = Problems::none();
    if !(0.0..1.0).contains(&rho) {
        problems.push(
            Problem::new("replicates_rho", "hệ số Fay không hợp lệ", "Fay's coefficient is not usable")
                .at(Place::column("rho"))
                .expected(("từ 0 đến dưới 1", "0 up to, not including, 1"))
                .got(rho.to_string()),
        );
    }
    if groups.groups.is_empty() {
        problems.push(nothing_to_resample());
    }
    let unpaired: Vec<&str> =
        groups.groups.iter().filter(|group| group.units.len() != 2).map(|group| group.label.as_str()).collect();
    if let Some(first) = unpaired.first() {
        problems.push(
            Problem::new(
                "replicates_pairs",
                format!("{} tầng không có đúng hai đơn vị, nên không lập được nửa mẫu cân bằng", unpaired.len()),
                format!(
                    "{} strata do not hold exactly two units, so there are no balanced half samples",
                    unpaired.len()
                ),
            )
            .expected(("hai PSU trong mỗi tầng", "two PSUs in each stratum"))
            .got((
                format!("tầng {}", first.replace('\u{1f}', " / ")),
                format!("stratum {}", first.replace('\u{1f}', " / ")),
            ))
            .hint("dùng JKn hoặc rao_wu", "take JKn or rao_wu"),
        );
    }
    if groups.groups.iter().any(|group| group.fraction > 0.0) {
        problems.push(
            Problem::new(
                "replicates_fpc",
                "nửa mẫu cân bằng không tính được phần hữu hạn của tổng thể",
                "balanced half samples know no finite population correction",
            )
            .at(Place::column("fpc"))
            .expected(("không có fpc", "no fpc"))
            .hint(
                "bỏ fpc (giữ cột trọng số), sai số chuẩn sẽ lớn hơn một chút; hoặc dùng JKn",
                "leave out fpc (keep a column of weights), which makes standard errors a little larger; or take JKn",
            ),
        );
    }
    problems.into_result(())?;
    let matrix = hadamard(groups.groups.len() + 1);
    let n_replicates = matrix.len();
    too_many(groups.n_units, n_replicates)?;
    let mut factors = vec![1.0; groups.n_units * n_replicates];
    for (group, signs) in groups.groups.iter().zip(&matrix[1..]) {
        for (replicate, &sign) in signs.iter().enumerate() {
            let chosen = usize::from(sign < 0);
            factors[group.units[chosen] * n_replicates + replicate] = 2.0 - rho;
            factors[group.units[1 - chosen] * n_replicates + replicate] = rho;
        }
    }
    let scale = 1.0 / (n_replicates as f64 * (1.0 - rho).powi(2));
    Ok(ReplicateWeights::of_units(&design.weights, groups.unit_of_row, factors, scale, vec![1.0; n_replicates]))
}
