//! Choices of the design that fit together or do not.

use problem::{Place, Problem, Problems};

use super::super::{DesignColumns, LonelyPsu, Stage, UnequalProbability, VarianceStages};
use crate::joint::JointDesign;

/// A unit whose `1 − f` is below this is certain.
const COMPLETE: f64 = 1e-7;

fn needs_matrix(columns: &DesignColumns<'_>) -> bool {
    matches!(columns.unequal_probability, UnequalProbability::Ht | UnequalProbability::Yg)
}

fn is_joint(columns: &DesignColumns<'_>) -> bool {
    !matches!(columns.unequal_probability, UnequalProbability::None | UnequalProbability::Brewer)
}

/// Finds choices that contradict each other, or that nothing would come of.
pub(super) fn check(columns: &DesignColumns<'_>, problems: &mut Problems) {
    if is_joint(columns) && columns.ids.len() > 1 {
        problems.push(
            Problem::new(
                "design_one_stage",
                "ước lượng phương sai từ xác suất chung chỉ dùng được cho thiết kế một giai đoạn",
                "variances from joint probabilities exist here for designs of one stage only",
            )
            .at(Place::column("ids"))
            .expected(("nhiều nhất 1 cột đơn vị", "at most 1 column of units"))
            .got(columns.ids.len().to_string())
            .hint("dùng pps = \"brewer\"", "use pps = \"brewer\""),
        );
    }
    if needs_matrix(columns) && columns.joint_probabilities.is_none() {
        problems.push(
            Problem::new(
                "joint_missing",
                "thiếu ma trận xác suất chung",
                "the matrix of joint probabilities is missing",
            )
            .at(Place::column("joint_probabilities"))
            .expected(("ma trận vuông, mỗi đơn vị mẫu một dòng", "a square matrix, one row for each sampled unit"))
            .hint(
                "dùng pps = \"overton\", \"hartley_rao\" hoặc \"brewer\" nếu không có",
                "use pps = \"overton\", \"hartley_rao\" or \"brewer\" without one",
            ),
        );
    }
    let sum = columns.hartley_rao_sum;
    if sum.is_some_and(|sum| !(sum > 0.0 && sum <= 1.0)) {
        problems.push(
            Problem::new("joint_sum", "tổng π²/n của tổng thể không hợp lệ", "the sum of π²/n is out of range")
                .at(Place::column("hartley_rao_sum"))
                .expected(("lớn hơn 0, nhiều nhất 1", "above 0, at most 1"))
                .got(sum.map_or_else(String::new, |sum| sum.to_string())),
        );
    }
    let unused = [
        ("collapse_by", columns.collapse_by.is_some() && columns.lonely_psu != LonelyPsu::Collapse),
        ("joint_probabilities", columns.joint_probabilities.is_some() && !needs_matrix(columns)),
        ("hartley_rao_sum", sum.is_some() && columns.unequal_probability != UnequalProbability::HartleyRao),
        ("variance", is_joint(columns) && columns.variance != VarianceStages::AllStages),
    ];
    for (key, _) in unused.into_iter().filter(|(_, unused)| *unused) {
        problems.push(
            Problem::new(
                "design_key_unused",
                format!("khóa {key} không có tác dụng với thiết kế này"),
                format!("{key} has no effect in this design"),
            )
            .at(Place::column(key))
            .hint("bỏ khóa này, hoặc chọn quy tắc dùng nó", "leave it out, or choose the rule that uses it"),
        );
    }
}

/// Leaves the stages in the variance that were chosen.
///
/// # Errors
/// `variance_certainty_units` when a certain unit of several stages would lose its whole variance.
pub(super) fn variance_stages(columns: &DesignColumns<'_>, stages: &mut Vec<Stage>) -> Result<(), Problem> {
    if columns.variance == VarianceStages::AllStages {
        return Ok(());
    }
    let several = stages.len() > 1;
    stages.truncate(1);
    let Some(stage) = stages.first_mut() else { return Ok(()) };
    if columns.variance == VarianceStages::UltimateCluster {
        stage.fraction_of_unit = None;
        return Ok(());
    }
    match (0..stage.n_units()).find(|&unit| several && 1.0 - stage.fraction(unit) < COMPLETE) {
        None => Ok(()),
        Some(unit) => Err(Problem::new(
            "variance_certainty_units",
            "chỉ tính giai đoạn đầu thì đơn vị lấy chắc chắn mất hết phương sai của các giai đoạn dưới",
            "with the first stage alone a certain unit would lose the variance of all stages below it",
        )
        .at(Place::row(stage.row_of_unit[unit] as usize + 2))
        .expected(("tỷ lệ chọn dưới 1 ở giai đoạn đầu", "fractions below 1 at the first stage"))
        .got("1")
        .hint(
            "dùng variance = \"all_stages\" hoặc \"ultimate_cluster\"",
            "use variance = \"all_stages\" or \"ultimate_cluster\"",
        )),
    }
}

/// The joint probabilities that the estimator needs.
///
/// # Errors
/// Those of the matrix.
pub(super) fn joint(columns: &DesignColumns<'_>, stage: &Stage) -> Result<Option<JointDesign>, Problem> {
    let estimator = columns.unequal_probability;
    match columns.joint_probabilities {
        _ if !is_joint(columns) => Ok(None),
        Some(matrix) if needs_matrix(columns) => JointDesign::from_matrix(estimator, matrix, stage).map(Some),
        _ => JointDesign::approximate(estimator, columns.hartley_rao_sum, stage).map(Some),
    }
}
