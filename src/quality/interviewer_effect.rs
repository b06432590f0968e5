//! How much of an item's variance lies between interviewers.

use problem::Words;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::data::{Form, ItemKind, RoundData, cell};
use super::flag::Found;
use super::rules::AnswerRules;

/// A one-way analysis of variance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OneWay {
    /// Groups.
    pub n_groups: usize,
    /// Answers.
    pub n: usize,
    /// Intraclass correlation; may be negative, down to −1/(m₀ − 1).
    pub icc: f64,
    /// Kish's factor for the variance of a mean, `1 + ρ (m̄ − 1)`.
    pub design_effect: f64,
    /// 95 % interval of the intraclass correlation; `None` where the groups are all of one value.
    pub interval: Option<(f64, f64)>,
    /// Probability of such an F when interviewers make no difference; `None` where the groups are all of one value.
    pub p_value: Option<f64>,
}

/// Variance between and within groups.
///
/// # Formula
/// `ρ = (MSB − MSW)/(MSB + (m₀ − 1) MSW)`, `m₀ = (n − Σ m_j²/n)/(J − 1)`, `deff_int = 1 + ρ (m̄ − 1)`, `m̄ = n/J`;
/// `F = MSB/MSW` with J − 1 and n − J degrees of freedom; interval of ρ: `(F/F_q − 1)/(F/F_q + m₀ − 1)` at the 97.5 % and 2.5 %
/// quantiles `F_q`, exact for normal data in groups of one size and approximate (m₀) otherwise.
///
/// # Source
/// Kish (1962), "Studies of interviewer variance for attitudinal variables", *JASA* 57, 92–115; Elliott and West (2015)
/// "Clustering by interviewer", *American Statistician* 69; Searle (1971), *Linear Models*, ch. 9 (interval).
///
/// # Limits
/// Where each village has one interviewer, ρ holds the villages' differences too. `None` with fewer than two groups, without a
/// second answer in any group, or when all answers are the same.
#[must_use]
pub fn one_way(groups: &[Vec<f64>]) -> Option<OneWay> {
    let groups: Vec<&Vec<f64>> = groups.iter().filter(|group| !group.is_empty()).collect();
    let (n_groups, n) = (groups.len(), groups.iter().map(|group| group.len()).sum::<usize>());
    if n_groups < 2 || n <= n_groups {
        return None;
    }
    let (j, total) = (n_groups as f64, n as f64);
    let mean_of = |group: &[f64]| group.iter().sum::<f64>() / group.len() as f64;
    let grand = groups.iter().map(|group| group.iter().sum::<f64>()).sum::<f64>() / total;
    let (mut between, mut within, mut squares) = (0.0, 0.0, 0.0);
    for group in &groups {
        let (mean, m) = (mean_of(group), group.len() as f64);
        between += m * (mean - grand).powi(2);
        within += group.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        squares += m * m;
    }
    let (msb, msw) = (between / (j - 1.0), within / (total - j));
    let m0 = (total - squares / total) / (j - 1.0);
    let denominator = msb + (m0 - 1.0) * msw;
    if !denominator.is_finite() || denominator <= 0.0 {
        return None;
    }
    let icc = (msb - msw) / denominator;
    let p_value = (msw > 0.0)
        .then(|| FisherSnedecor::new(j - 1.0, total - j).ok().map(|f| f.sf(msb / msw)))
        .flatten()
        .filter(|p| p.is_finite());
    let interval = (msw > 0.0).then(|| interval(msb / msw, (j - 1.0, total - j), m0)).flatten();
    Some(OneWay { n_groups, n, icc, design_effect: 1.0 + icc * (total / j - 1.0), interval, p_value })
}

fn interval(f: f64, (df1, df2): (f64, f64), m0: f64) -> Option<(f64, f64)> {
    let distribution = FisherSnedecor::new(df1, df2).ok()?;
    let at = |probability: f64| {
        let ratio = f / distribution.inverse_cdf(probability);
        (ratio - 1.0) / (ratio + m0 - 1.0)
    };
    let (low, high) = (at(0.975), at(0.025));
    (low.is_finite() && high.is_finite()).then_some((low, high))
}

/// The effect on one item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemEffect {
    /// Form id.
    pub form: String,
    /// The question.
    pub question: String,
    /// For choices: the answer that is counted as 1, a position in the list; numbers are taken as they are.
    pub answer: Option<usize>,
    /// The analysis.
    #[serde(flatten)]
    pub effect: OneWay,
}

/// Effects of interviewers on each item, the largest first, and what must be said of them.
pub(super) fn effects(data: &RoundData, rules: &AnswerRules) -> (Vec<ItemEffect>, Found) {
    let mut found = Found::default();
    let mut n_too_few = 0_usize;
    let mut effects: Vec<ItemEffect> = Vec::new();
    for (position, form) in data.forms.iter().enumerate() {
        let rows: Vec<(usize, usize)> = data
            .interviews
            .iter()
            .filter(|one| one.form == Some(position))
            .map(|one| (one.row, one.enumerator))
            .collect();
        for item in 0..form.items.len() {
            let Some((mut groups, answer)) = groups_of(form, item, &rows, data.enumerators.len()) else { continue };
            groups.retain(|group| group.len() >= rules.effect_interviews_min);
            if groups.len() < rules.effect_people_min {
                n_too_few += 1;
            } else if let Some(effect) = one_way(&groups) {
                effects.push(ItemEffect {
                    form: form.id.clone(),
                    question: form.items[item].name.clone(),
                    answer,
                    effect,
                });
            }
        }
    }
    effects.sort_by(|a, b| b.effect.icc.total_cmp(&a.effect.icc));
    if effects.is_empty() {
        let (people, interviews) = (rules.effect_people_min, rules.effect_interviews_min);
        found.note(
            format!("Ảnh hưởng của điều tra viên: chưa đủ dữ liệu (cần ít nhất {people} người, mỗi người ít nhất {interviews} câu trả lời cho cùng một câu hỏi)."),
            format!("Interviewer effects: not enough data (at least {people} people with {interviews} answers each to one question are needed)."),
        );
        return (effects, found);
    }
    if n_too_few > 0 {
        found.note(
            format!("Ảnh hưởng của điều tra viên: {n_too_few} câu hỏi chưa đủ câu trả lời nên không tính."),
            format!("Interviewer effects: {n_too_few} questions have too few answers and are left out."),
        );
    }
    let mut people = std::collections::BTreeMap::<usize, std::collections::BTreeSet<usize>>::new();
    for one in &data.interviews {
        if let Some(village) = one.village {
            people.entry(village).or_default().insert(one.enumerator);
        }
    }
    let alone = |village: usize| people.get(&village).is_some_and(|people| people.len() == 1);
    let n_alone = data.interviews.iter().filter(|one| one.village.is_some_and(alone)).count();
    if n_alone > 0 {
        let share = 100.0 * n_alone as f64 / data.interviews.len() as f64;
        found.notes.push(Words::new(
            format!("{share:.0} % số phiếu ở thôn chỉ có một điều tra viên: ở đó ảnh hưởng của người hỏi và khác biệt giữa các thôn không tách được. Đợt sau nên giao mỗi thôn cho hai người."),
            format!("{share:.0} % of the interviews are in villages with one enumerator: there the effect of the person and the difference between villages cannot be told apart. Next time give each village to two people."),
        ));
    }
    (effects, found)
}

/// The values of an item by enumerator: numbers, or whether the commonest answer was given.
fn groups_of(
    form: &Form,
    item: usize,
    rows: &[(usize, usize)],
    n_people: usize,
) -> Option<(Vec<Vec<f64>>, Option<usize>)> {
    let mut groups = vec![Vec::new(); n_people];
    match form.items[item].kind {
        ItemKind::Number => {
            let numbers = form.numbers.get(item)?;
            for (row, who) in rows {
                let value = *numbers.get(*row)?;
                if value.is_finite() {
                    groups.get_mut(*who)?.push(value);
                }
            }
            Some((groups, None))
        }
        ItemKind::Choice => {
            let mut counts = [0_usize; 256];
            let code_of = |row: usize| form.row(row).get(item).copied().unwrap_or(cell::NONE);
            for (row, _) in rows {
                counts[usize::from(code_of(*row))] += 1;
            }
            let first = usize::from(cell::FIRST);
            let most = (first..256).max_by_key(|code| (counts[*code], 256 - code))?;
            for (row, who) in rows {
                let code = code_of(*row);
                if code >= cell::FIRST {
                    groups.get_mut(*who)?.push(f64::from(u8::from(usize::from(code) == most)));
                }
            }
            Some((groups, Some(most - first)))
        }
        ItemKind::Choices | ItemKind::Text => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::data::{Enumerator, Interview, Item};
    use super::*;

    #[test]
    fn two_groups_by_hand() {
        let apart = one_way(&[vec![1.0; 3], vec![2.0; 3]]).expect("two groups");
        assert_eq!((apart.icc, apart.design_effect, apart.p_value), (1.0, 3.0, None));
        // Equal means: ρ = −1/(m₀ − 1).
        let alike = one_way(&[vec![1.0, 2.0, 3.0], vec![3.0, 2.0, 1.0]]).expect("two groups");
        assert!((alike.icc + 0.5).abs() < 1e-15 && alike.p_value == Some(1.0), "{alike:?}");
    }

    #[test]
    fn unequal_groups_as_in_r() {
        // R 4: x <- list(c(3,5,4,6), c(7,8,6), c(2,3,3,4,1)); anova(lm(...)); m0 by hand from the formula.
        let groups = [vec![3.0, 5.0, 4.0, 6.0], vec![7.0, 8.0, 6.0], vec![2.0, 3.0, 3.0, 4.0, 1.0]];
        let made = one_way(&groups).expect("three groups");
        assert!((made.icc - R_ICC).abs() < 1e-10, "{}", made.icc);
        assert!((made.design_effect - R_DEFF).abs() < 1e-10, "{}", made.design_effect);
        assert!((made.p_value.expect("p") - R_P).abs() < 1e-10, "{made:?}");
        let (low, high) = made.interval.expect("an interval");
        assert!((low - 0.256_854_101_238_8).abs() < 1e-8 && (high - 0.992_647_553_864_2).abs() < 1e-8, "{low} {high}");
    }

    #[test]
    fn groups_of_one_size_as_in_r() {
        // R 4: four groups of three, anova(lm(y ~ g)), F quantiles by qf.
        let groups = [vec![3.0, 5.0, 4.0], vec![7.0, 8.0, 6.0], vec![2.0, 3.0, 3.0], vec![5.0, 5.0, 9.0]];
        let made = one_way(&groups).expect("four groups");
        let (low, high) = made.interval.expect("an interval");
        assert!((made.icc - 0.641_868_512_110_726_8).abs() < 1e-12, "{made:?}");
        assert!((low - 0.055_834_968_900_8).abs() < 1e-8 && (high - 0.968_327_073_143_3).abs() < 1e-8, "{low} {high}");
    }

    #[test]
    fn too_few_people_or_interviews_are_said_and_not_computed() {
        let data = one_a_village(12);
        let mut rules = rules();
        let (made, found) = effects(&data, &rules);
        assert!(made.is_empty(), "two people are fewer than three");
        assert!(found.notes[0].en.contains("not enough data"), "{:?}", found.notes);
        rules.effect_people_min = 2;
        assert_eq!(effects(&data, &rules).0.len(), 1);
        rules.effect_interviews_min = 13;
        assert!(effects(&data, &rules).0.is_empty());
    }
    const R_ICC: f64 = 0.760_704_448_710_458_4;
    const R_DEFF: f64 = 3.282_113_346_131_375;
    const R_P: f64 = 0.001_977_320_337_392_2;

    #[test]
    fn what_has_no_variance_has_no_effect() {
        assert_eq!(one_way(&[vec![1.0; 3], vec![1.0; 3]]), None);
        assert_eq!(one_way(&[vec![1.0, 2.0]]), None);
        assert_eq!(one_way(&[vec![1.0], vec![2.0]]), None);
    }

    fn rules() -> AnswerRules {
        crate::quality::Rules::defaults().expect("defaults").answers
    }

    /// Two people with `n` interviews each, each in a village of their own.
    fn one_a_village(n: usize) -> RoundData {
        let cells = (0..2 * n).map(|row| if row % 3 == row / n { 5 } else { 4 }).collect();
        let form = Form { items: vec![Item::default()], cells, ..Form::default() };
        let interviews = (0..2 * n).map(|row| Interview {
            form: Some(0),
            row,
            enumerator: row / n,
            village: Some(row / n),
            ..Interview::default()
        });
        RoundData {
            interviews: interviews.collect(),
            forms: vec![form],
            enumerators: vec![Enumerator::default(); 2],
            ..RoundData::default()
        }
    }

    #[test]
    fn one_person_a_village_is_said() {
        let mut data = one_a_village(12);
        let rules = AnswerRules { effect_people_min: 2, ..rules() };
        let (made, found) = effects(&data, &rules);
        assert_eq!((made.len(), made[0].answer), (1, Some(0)));
        assert!(found.notes[0].en.starts_with("100 %"), "{:?}", found.notes);
        for one in &mut data.interviews {
            one.village = Some(0);
        }
        assert!(effects(&data, &rules).1.notes.is_empty());
    }

    proptest! {
        #[test]
        fn the_icc_is_bounded_and_free_of_scale(
            groups in proptest::collection::vec(proptest::collection::vec(-9.0..9.0_f64, 2..6), 2..6),
            scale in 0.1..50.0_f64,
            shift in -100.0..100.0_f64,
        ) {
            let Some(made) = one_way(&groups) else { return Ok(()) };
            prop_assert!(made.icc <= 1.0 + 1e-9);
            let moved: Vec<Vec<f64>> = groups.iter().map(|group| group.iter().map(|x| shift + scale * x).collect()).collect();
            let other = one_way(&moved).expect("the same spread");
            prop_assert!((made.icc - other.icc).abs() < 1e-6);
        }
    }
}
