//! Why weights cannot meet the totals, in words of margins and categories, with what to do.

use problem::{Place, Problem, Problems, Words};

use super::apply::Bound;
use super::recipe::MarginRule;

/// Empty crossings that are named at most.
const CROSSINGS_SHOWN: usize = 6;

pub(super) fn empty_cell(margin: &MarginRule, category: &str, label: &Words) -> Problem {
    Problem::new(
        "margin_empty_cell",
        format!(
            "biên {}: nhóm {category} ({}) có trong tổng thể nhưng không có phỏng vấn nào trong mẫu",
            margin.variable, label.vi
        ),
        format!(
            "margin {}: cell {category} ({}) is in the population and has no interview in the sample",
            margin.variable, label.en
        ),
    )
    .at(Place::column(margin.variable.clone()))
    .got(category)
    .hint(
        "gộp nhóm này với nhóm gần nhất: viết hai mã nối bằng dấu | và cộng hai tổng thể",
        "join the cell with its nearest neighbour: write both codes with | between, and add their totals",
    )
}

pub(super) fn no_answer(margin: &MarginRule, n: usize) -> Problem {
    Problem::new(
        "margin_missing_value",
        format!("{n} phỏng vấn có trọng số nhưng không trả lời {}", margin.variable),
        format!("{n} interviews with a weight have no answer to {}", margin.variable),
    )
    .at(Place::column(margin.variable.clone()))
    .expected(("câu trả lời ở mọi phỏng vấn", "an answer in every interview"))
    .hint(
        "chọn cách tính họ vào các nhóm theo cơ cấu của tổng thể, hoặc dùng biến khác",
        "choose to count them in every cell by the population's shares, or use another variable",
    )
}

/// The failure of a calibration step, told by margin and category.
pub(super) fn not_met(
    problems: Problems,
    names: &[(String, usize, usize)],
    bound: &[Bound<'_>],
    used: &[bool],
) -> Problems {
    let crossings = empty_crossings(bound, used);
    let told = problems.into_iter().map(|mut problem| {
        let column = problem.place.as_ref().and_then(|place| place.column.clone()).unwrap_or_default();
        let Some((_, margin, cell)) = names.iter().find(|(name, ..)| *name == column) else { return problem };
        let (rule, label) = (bound[*margin].rule, &bound[*margin].classified.labels[*cell]);
        let category = &rule.totals[*cell].category;
        let of = Words::new(
            format!("biên {}, nhóm {category} ({})", rule.variable, label.vi),
            format!("margin {}, cell {category} ({})", rule.variable, label.en),
        );
        problem.message = Words::new(
            format!("không có trọng số nào đạt đồng thời mọi biên; lệch nhiều nhất ở {}", of.vi),
            format!("no weights meet all margins together; {} is missed most", of.en),
        );
        problem.place = Some(Place::column(rule.variable.clone()));
        let empty = match crossings.is_empty() {
            true => Words::new("", ""),
            false => Words::new(
                format!("; các ô chéo không có phỏng vấn nào: {}", crossings.join(", ")),
                format!("; crossings without any interview: {}", crossings.join(", ")),
            ),
        };
        problem.hint(
            format!("gộp nhóm này với nhóm bên cạnh, bỏ bớt một biên, nới giới hạn, hoặc kiểm tra các biên có cùng tổng thể không{}", empty.vi),
            format!("join this cell with a neighbour, drop a margin, widen the bounds, or check that the margins are of one population{}", empty.en),
        )
    });
    Problems(told.collect())
}

/// Cells of two margins that nobody is in together: where margins that each can be met contradict each other.
fn empty_crossings(bound: &[Bound<'_>], used: &[bool]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, first) in bound.iter().enumerate() {
        for second in &bound[at + 1..] {
            for a in 0..first.rule.totals.len() {
                for b in 0..second.rule.totals.len() {
                    let cells = first.classified.cell_of.iter().zip(&second.classified.cell_of).zip(used);
                    let is_there = |((one, other), used): ((&Option<usize>, &Option<usize>), &bool)| {
                        *used && *one == Some(a) && *other == Some(b)
                    };
                    if !cells.into_iter().any(is_there) && found.len() < CROSSINGS_SHOWN {
                        found.push(format!(
                            "{}={} × {}={}",
                            first.rule.variable,
                            first.rule.totals[a].category,
                            second.rule.variable,
                            second.rule.totals[b].category
                        ));
                    }
                }
            }
        }
    }
    found
}

pub(super) fn negative(n: usize) -> Problem {
    Problem::new(
        "weights_negative",
        format!("{n} trọng số không dương sau khi hiệu chỉnh tuyến tính"),
        format!("{n} weights are not positive after linear calibration"),
    )
    .expected(("mọi trọng số lớn hơn 0", "all weights above 0"))
    .hint(
        "dùng phép lặp tỷ lệ (raking), hoặc đặt giới hạn dưới cho hệ số",
        "use raking, or bound the factor from below",
    )
}
