//! The true scores of a simulated province: sums over villages, classes of people and possible answers, no random number.

use std::collections::BTreeMap;

use problem::{Problem, Problems};
use reports::index::{Aggregation, IndexDefinition, Indicator, PartsMissing, ValueKind, ValueRule};

use super::script::{Answered, Origin, Script};
use super::world::{ADULTS, CLASSES, Village};

/// True values over all adults of the province.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Value of each indicator that respondents can answer, by code; the truth of a median is the interpolated one.
    pub indicators: BTreeMap<String, f64>,
    /// Score of each node that has one, by code.
    pub nodes: BTreeMap<String, f64>,
}

/// More gate answers than this in one condition would make the sums long; no instrument comes near.
const GATE_COMBINATIONS_MAX: usize = 4096;

/// The true scores of `definition` when the people of `villages` answer `script`.
///
/// # Errors
/// When an indicator names a question that the script lacks, or routing hangs on too many answers to sum over.
pub fn truth(definition: &IndexDefinition, script: &Script, villages: &[Village]) -> Result<Truth, Problems> {
    let mut indicators = BTreeMap::new();
    let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for indicator in definition.indicators() {
        if let Some(rule) = &indicator.value {
            if rule.kind == ValueKind::Median {
                if let Some(median) = median(indicator, rule, script, villages)? {
                    indicators.insert(indicator.code.clone(), median);
                }
                continue;
            }
            if matches!(rule.kind, ValueKind::All | ValueKind::MeanDifference) {
                return Err(not_simulated(indicator).into());
            }
            let (sum, base) = indicator_sums(indicator, rule, script, villages)?;
            sums.insert(&indicator.code, (sum, base));
            if base > 0.0 {
                indicators.insert(indicator.code.clone(), sum / base);
            }
        }
    }
    let mut nodes: BTreeMap<String, f64> = definition
        .score_values(&indicators)?
        .scores
        .into_iter()
        .filter_map(|node| node.score.map(|score| (node.code, score)))
        .collect();
    // A pooled score depends on how many answer each item, which indicator values alone do not tell.
    for node in definition.nodes().iter().filter(|node| node.aggregation == Aggregation::Pooled) {
        let leaves = definition.scored_leaves(&node.code);
        let (sum, base) = leaves.iter().filter_map(|leaf| Some((leaf, sums.get(leaf.code.as_str())?))).fold(
            (0.0, 0.0),
            |(sum, base), (leaf, (one_sum, one_base))| {
                let (offset, slope) = leaf.rescaling();
                (sum + leaf.weight * (offset * one_base + slope * one_sum), base + leaf.weight * one_base)
            },
        );
        if base > 0.0 {
            let range = node.score_max - node.score_min;
            nodes.insert(node.code.clone(), node.score_min + range * sum / base);
        }
    }
    Ok(Truth { indicators, nodes })
}

/// Sum of the indicator's value and number of adults in its base, over the province.
fn indicator_sums(
    indicator: &Indicator,
    rule: &ValueRule,
    script: &Script,
    villages: &[Village],
) -> Result<(f64, f64), Problem> {
    let parts: Vec<usize> = rule
        .questions
        .iter()
        .map(|name| script.position(name).ok_or_else(|| unknown_question(indicator, name)))
        .collect::<Result<_, _>>()?;
    let adults_mean: f64 = ADULTS.iter().map(|(number, share)| f64::from(*number) * share).sum();
    let mut asked = Vec::new();
    for class in 0..CLASSES.len() {
        asked.push(probability_asked(script, &parts, class)?);
    }
    let valid: f64 = match rule.parts_missing {
        PartsMissing::Missing => parts.iter().map(|&part| script.questions[part].valid()).product(),
        PartsMissing::Zero | PartsMissing::Valid => {
            1.0 - parts.iter().map(|&part| 1.0 - script.questions[part].valid()).product::<f64>()
        }
    };
    // Places of equal effects share one computation.
    let mut known: BTreeMap<Vec<i32>, (f64, f64)> = BTreeMap::new();
    let (mut sum, mut base) = (0.0, 0.0);
    for village in villages {
        let key: Vec<i32> = parts
            .iter()
            .map(|&part| script.questions[part].group.map_or(0, |group| village.effect_steps[group]))
            .collect();
        let (value, share) = *known.entry(key).or_insert_with(|| {
            let (mut value, mut share) = (0.0, 0.0);
            for (class, (class_share, shift)) in CLASSES.iter().enumerate() {
                let here = asked[class] * valid;
                value += class_share * here * expected_value(rule, script, &parts, village, *shift, valid);
                share += class_share * here;
                if let Some(outside) = rule.not_applicable {
                    value += class_share * (1.0 - asked[class]) * outside;
                    share += class_share * (1.0 - asked[class]);
                }
            }
            (value, share)
        });
        let adults = f64::from(village.households) * adults_mean;
        sum += adults * value;
        base += adults * share;
    }
    Ok((sum, base))
}

fn number(rule: &ValueRule, answer: &str) -> f64 {
    rule.values.get(answer).copied().or_else(|| answer.parse().ok()).unwrap_or(0.0)
}

/// The median of the whole population's answers, interpolated between the middles of their steps.
fn median(
    indicator: &Indicator,
    rule: &ValueRule,
    script: &Script,
    villages: &[Village],
) -> Result<Option<f64>, Problem> {
    let Some(question) = rule.questions.first() else { return Ok(None) };
    let part = script.position(question).ok_or_else(|| unknown_question(indicator, question))?;
    let question = &script.questions[part];
    let Origin::Drawn(item) = &question.origin else { return Ok(None) };
    let mut asked = Vec::new();
    for class in 0..CLASSES.len() {
        asked.push(probability_asked(script, &[part], class)?);
    }
    let mut shares = vec![0.0; item.possible().len()];
    for village in villages {
        for (class, (class_share, shift)) in CLASSES.iter().enumerate() {
            let people = f64::from(village.households) * class_share * asked[class];
            for (share, probability) in shares.iter_mut().zip(item.probabilities(question.effect(village), *shift)) {
                *share += people * probability;
            }
        }
    }
    let mut steps: Vec<(f64, f64)> =
        item.possible().iter().zip(shares).map(|(one, share)| (number(rule, &one.answer), share)).collect();
    steps.sort_by(|one, other| one.0.total_cmp(&other.0));
    let total: f64 = steps.iter().map(|step| step.1).sum();
    let mut before = 0.0;
    let mut last: Option<(f64, f64)> = None;
    for (value, share) in steps {
        let middle = before + share / 2.0;
        if middle >= total / 2.0 {
            return Ok(Some(match last {
                Some((low, at)) => low + (value - low) * (total / 2.0 - at) / (middle - at),
                None => value,
            }));
        }
        before += share;
        last = Some((value, middle));
    }
    Ok(last.map(|step| step.0))
}

/// Expected value for an asked respondent with a valid answer.
fn expected_value(
    rule: &ValueRule,
    script: &Script,
    parts: &[usize],
    village: &Village,
    shift: f64,
    valid: f64,
) -> f64 {
    let mean = |part: usize| -> f64 {
        let question = &script.questions[part];
        let Origin::Drawn(item) = &question.origin else { return 0.0 };
        let worth = |answer: &str| -> f64 {
            match rule.kind {
                kind if kind.is_coded() => f64::from(u8::from(rule.codes.iter().any(|code| code == answer))),
                _ => number(rule, answer),
            }
        };
        let probabilities = item.probabilities(question.effect(village), shift);
        item.possible().iter().zip(probabilities).map(|(one, probability)| probability * worth(&one.answer)).sum()
    };
    // With `zero`, a part that was not answered counts as 0 among respondents who answered at least one.
    let answered = |part: usize| match rule.parts_missing {
        PartsMissing::Zero => script.questions[part].valid() / valid,
        PartsMissing::Missing | PartsMissing::Valid => 1.0,
    };
    let total: f64 = parts.iter().map(|&part| mean(part) * answered(part)).sum();
    rule.multiply
        * match rule.kind {
            ValueKind::MeanShare => total / parts.len() as f64,
            // The others have one part, or add up; what the simulation has not was refused before.
            ValueKind::Share
            | ValueKind::Mean
            | ValueKind::Count
            | ValueKind::Median
            | ValueKind::All
            | ValueKind::MeanDifference => total,
            ValueKind::Difference => parts.first().map_or(0.0, |&first| 2.0 * mean(first) - total),
        }
}

/// Probability that a person of a class is asked all the given questions: a sum over the answers that routing hangs on.
fn probability_asked(script: &Script, parts: &[usize], class: usize) -> Result<f64, Problem> {
    let gates = gates_of(script, parts);
    let choices: Vec<Vec<(&str, f64)>> = gates.iter().map(|&gate| possible_answers(script, gate, class)).collect();
    let combinations: usize = choices.iter().map(Vec::len).product();
    if combinations > GATE_COMBINATIONS_MAX {
        return Err(Problem::new(
            "simulation_routing",
            "điều kiện hỏi phụ thuộc quá nhiều câu trả lời để tính tổng",
            "routing hangs on too many answers to sum over",
        )
        .expected((
            format!("nhiều nhất {GATE_COMBINATIONS_MAX} tổ hợp"),
            format!("at most {GATE_COMBINATIONS_MAX} combinations"),
        ))
        .got(combinations.to_string()));
    }
    let mut asked = 0.0;
    for combination in 0..combinations {
        let mut said: BTreeMap<&str, &str> = BTreeMap::new();
        let mut probability = 1.0;
        let mut rest = combination;
        for (gate, options) in gates.iter().zip(&choices) {
            let (answer, share) = options[rest % options.len()];
            rest /= options.len();
            let question = &script.questions[*gate];
            if question.relevant.iter().all(|condition| condition.holds(&Answered(&said))) {
                said.insert(&question.name, answer);
                probability *= share;
            } else if !std::ptr::eq(answer, options[0].0) {
                // Not asked: one combination stands for all of its answers.
                probability = 0.0;
            }
        }
        let all = parts
            .iter()
            .all(|&part| script.questions[part].relevant.iter().all(|condition| condition.holds(&Answered(&said))));
        if all {
            asked += probability;
        }
    }
    Ok(asked)
}

/// The questions that decide whether the given ones are asked, in the order of the interview.
fn gates_of(script: &Script, parts: &[usize]) -> Vec<usize> {
    let mut gates: Vec<usize> = Vec::new();
    let mut open: Vec<usize> = parts.to_vec();
    while let Some(position) = open.pop() {
        for name in script.questions[position].relevant.iter().flat_map(|condition| condition.questions()) {
            if let Some(gate) = script.position(name).filter(|gate| !gates.contains(gate)) {
                gates.push(gate);
                open.push(gate);
            }
        }
    }
    gates.sort_unstable();
    gates
}

fn possible_answers(script: &Script, gate: usize, class: usize) -> Vec<(&str, f64)> {
    match &script.questions[gate].origin {
        Origin::Fixed(answer) => vec![(answer.as_str(), 1.0)],
        Origin::Adults => vec![("1", 1.0)],
        Origin::Drawn(item) => item
            .possible()
            .iter()
            .zip(item.probabilities(0.0, CLASSES[class].1))
            .map(|(one, share)| (one.answer.as_str(), share))
            .collect(),
    }
}

fn not_simulated(indicator: &Indicator) -> Problem {
    Problem::new(
        "simulation_not_simulated",
        format!("mô phỏng chưa tính được giá trị thật của chỉ tiêu {}", indicator.code),
        format!("the simulation has no true value for indicator {}", indicator.code),
    )
    .expected((
        "share, mean, count, mean_share, difference hoặc median",
        "share, mean, count, mean_share, difference or median",
    ))
}

fn unknown_question(indicator: &Indicator, name: &str) -> Problem {
    Problem::new(
        "simulation_unknown_question",
        format!("chỉ tiêu {} dùng câu hỏi {name} mà bảng hỏi không có", indicator.code),
        format!("indicator {} uses question {name}, which the questionnaire does not have", indicator.code),
    )
}
