//! The same answer all along a battery.

use problem::Words;

use super::data::{Form, RoundData, cell};
use super::flag::{Check, Flag, Found, Strength, Subject};
use super::rules::AnswerRules;

/// What a person's answers to one battery look like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    /// Answers in substance.
    pub(super) n: usize,
    /// Whether all are the same: their standard deviation is 0.
    pub(super) is_flat: bool,
    /// Length of the longest run of one answer.
    pub(super) longest_run: usize,
    /// Differentiation `1 − Σ p²`.
    pub(super) differentiation: f64,
}

impl Line {
    /// Whether the whole battery, or all but one answer in a row, is one answer.
    pub(super) fn is_straight(&self) -> bool {
        self.is_flat || self.longest_run + 1 >= self.n
    }
}

/// The answers of one battery; `None` when there are fewer than `n_min`.
///
/// # Formula
/// Flat: SD = 0. Longest run of one code over the answers in substance. `P_d = 1 − Σ_c p_c²`, `p_c` the share of answer c.
///
/// # Source
/// Krosnick and Alwin (1988), "A test of the form-resistant correlation hypothesis", *Public Opinion Quarterly* 52, 526–538
/// (differentiation); Kim, Dykema, Stevenson, Black and Moberg (2019), "Straightlining", *Social Science Computer Review* 37, 214–233.
///
/// # Limits
/// "Don't know" and refusals break no run: they are left out.
pub(super) fn line(codes: impl IntoIterator<Item = u8>, n_min: usize) -> Option<Line> {
    let answers: Vec<u8> = codes.into_iter().filter(|code| cell::is_answer(*code)).collect();
    if answers.len() < n_min.max(2) {
        return None;
    }
    let mut counts = [0_u32; 256];
    let (mut longest, mut run, mut before) = (0, 0, None);
    for code in &answers {
        counts[usize::from(*code)] += 1;
        run = if before == Some(*code) { run + 1 } else { 1 };
        longest = longest.max(run);
        before = Some(*code);
    }
    let n = answers.len() as f64;
    let concentration: f64 = counts.iter().map(|count| (f64::from(*count) / n).powi(2)).sum();
    Some(Line {
        n: answers.len(),
        is_flat: longest == answers.len(),
        longest_run: longest,
        differentiation: 1.0 - concentration,
    })
}

/// Flags straight lines: strongly where a battery has reversed items, else for review and only where few people do it.
///
/// # Limits
/// The same opinion on everything is an honest answer where all items point one way: a battery that more than a fifth of
/// people straight-lines tells nothing and is left out, with a note.
pub(super) fn check(data: &RoundData, rules: &AnswerRules) -> Found {
    let mut found = Found::default();
    if data.forms.iter().all(|form| form.batteries.is_empty()) {
        found.not_done(
            Check::StraightLine,
            "bảng hỏi không có loạt câu cùng thang đo",
            "no questionnaire has a battery",
        );
    }
    for (position, form) in data.forms.iter().enumerate() {
        let rows: Vec<usize> =
            (0..data.interviews.len()).filter(|at| data.interviews[*at].form == Some(position)).collect();
        // By battery: the line of each interview, where there is one.
        let lines: Vec<Vec<(usize, Line)>> = (0..form.batteries.len())
            .map(|battery| {
                rows.iter()
                    .filter_map(|at| Some((*at, line_of(form, data.interviews[*at].row, battery, rules)?)))
                    .collect()
            })
            .collect();
        let mut common: Vec<&str> = Vec::new();
        let mut straight: std::collections::BTreeMap<usize, Vec<(usize, Line)>> = std::collections::BTreeMap::new();
        for (battery, of_battery) in
            form.batteries.iter().zip(&lines).enumerate().map(|(n, (one, lines))| ((n, one), lines))
        {
            let n_straight = of_battery.iter().filter(|(_, line)| line.is_straight()).count();
            let share = n_straight as f64 / of_battery.len().max(1) as f64;
            if share > rules.battery_common_share && !battery.1.has_reversed && of_battery.len() >= 10 {
                common.push(&battery.1.name);
                continue;
            }
            for (at, line) in of_battery.iter().filter(|(_, line)| line.is_straight()) {
                straight.entry(*at).or_default().push((battery.0, *line));
            }
        }
        if !common.is_empty() {
            let names = common.join(", ");
            found.note(
                format!("{}: loạt câu mà nhiều người trả lời giống nhau, không dùng để soi: {names}.", form.id),
                format!(
                    "{}: batteries that many people answer alike and that therefore tell nothing: {names}.",
                    form.id
                ),
            );
        }
        for (at, of_interview) in straight {
            let reversed = of_interview.iter().any(|(battery, _)| form.batteries[*battery].has_reversed);
            let names: Vec<&str> =
                of_interview.iter().map(|(battery, _)| form.batteries[*battery].name.as_str()).collect();
            let least = of_interview.iter().map(|(_, line)| line.differentiation).fold(1.0, f64::min);
            let words = Words::new(
                format!("trả lời giống nhau ở {} loạt câu: {}", names.len(), names.join(", ")),
                format!("one answer throughout {} batteries: {}", names.len(), names.join(", ")),
            );
            let strength = if reversed { Strength::Strong } else { Strength::Review };
            let mut flag = Flag::on(Check::StraightLine, strength, Subject::Interview(at), words);
            flag.value = Some(least);
            found.flags.push(flag);
        }
    }
    found
}

fn line_of(form: &Form, row: usize, battery: usize, rules: &AnswerRules) -> Option<Line> {
    let cells = form.row(row);
    line(form.batteries[battery].items.iter().filter_map(|item| cells.get(*item).copied()), rules.battery_items_min)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::data::{Battery, Interview, Item};
    use super::*;
    use crate::quality::Rules;

    fn of(codes: &[u8]) -> Line {
        line(codes.iter().map(|code| code + cell::FIRST), 2).expect("enough answers")
    }

    #[test]
    fn lines_by_hand() {
        // Six answers 3 3 3 3 3 1: run of five, 1 − (25 + 1)/36.
        let line = of(&[3, 3, 3, 3, 3, 1]);
        assert_eq!((line.is_flat, line.longest_run, line.is_straight()), (false, 5, true));
        assert!((line.differentiation - 10.0 / 36.0).abs() < 1e-15);
        assert!(!of(&[3, 3, 1, 3, 3, 3]).is_straight());
        assert_eq!(of(&[2, 2, 2]).differentiation, 0.0);
        // 1 2 3 4 5: 1 − 5 · (1/5)².
        assert!((of(&[1, 2, 3, 4, 5]).differentiation - 0.8).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_answered_breaks_no_run() {
        let codes = [7, cell::DONT_KNOW, 7, cell::NONE, 7, cell::REFUSED, 7];
        let line = line(codes, 4).expect("four answers");
        assert!(line.is_flat && line.n == 4);
        assert_eq!(super::line([7, cell::NONE, 7], 4), None);
    }

    fn round(rows: &[[u8; 4]], has_reversed: bool) -> RoundData {
        let battery = Battery { name: "b".to_owned(), items: vec![0, 1, 2, 3], has_reversed };
        let form =
            Form { items: vec![Item::default(); 4], cells: rows.concat(), batteries: vec![battery], ..Form::default() };
        let interviews = (0..rows.len()).map(|row| Interview { form: Some(0), row, ..Interview::default() });
        RoundData { interviews: interviews.collect(), forms: vec![form], ..RoundData::default() }
    }

    #[test]
    fn reversed_items_speak_strongly_and_common_lines_not_at_all() {
        let rules = Rules::defaults().expect("defaults").answers;
        let mut rows = vec![[4, 5, 6, 7]; 18];
        rows.extend([[6, 6, 6, 6]; 2]);
        let strengths = |data: &RoundData| -> Vec<Strength> {
            check(data, &rules).flags.iter().map(|flag| flag.strength).collect()
        };
        assert_eq!(strengths(&round(&rows, false)), [Strength::Review; 2]);
        assert_eq!(strengths(&round(&rows, true)), [Strength::Strong; 2]);
        rows.extend([[6, 6, 6, 6]; 5]);
        let common = check(&round(&rows, false), &rules);
        assert!(common.flags.is_empty() && common.notes.len() == 1, "7 of 25 do it");
        assert_eq!(strengths(&round(&rows, true)).len(), 7);
        assert_eq!(check(&RoundData::default(), &rules).not_done.len(), 1);
    }

    proptest! {
        #[test]
        fn differentiation_does_not_depend_on_names_or_order(codes in proptest::collection::vec(0_u8..5, 4..20)) {
            let one = of(&codes);
            let renamed: Vec<u8> = codes.iter().map(|code| 4 - code).collect();
            prop_assert!((one.differentiation - of(&renamed).differentiation).abs() < 1e-12);
            let mut sorted = codes;
            sorted.sort_unstable();
            prop_assert!((one.differentiation - of(&sorted).differentiation).abs() < 1e-12);
            prop_assert!(of(&sorted).longest_run >= one.longest_run);
            prop_assert_eq!(one.is_flat, one.differentiation.abs() < 1e-12);
        }
    }
}
