//! Filter questions: who hears "no" oftener than peers spares the questions behind it.

use super::data::{Form, RoundData, cell};
use super::flag::{Check, Found};
use super::non_answer::{Compared, Share, compare_enumerators, flag_enumerators};
use super::rules::AnswerRules;

/// The codes of a filter question after which the questions behind it are mostly not asked.
///
/// # Formula
/// For each code c of the question: the mean share of its dependent questions that hold anything, over interviews that
/// answered c. A code skips when its share is below half of the largest.
///
/// # Limits
/// Learned from the round's own answers: a code nobody gave is no skipping code, and one that everybody gave neither.
pub(super) fn skipping_codes(form: &Form, item: usize, n_rows: usize) -> Vec<u8> {
    let dependents = &form.items[item].opens;
    let mut sums = [(0.0_f64, 0_usize); 256];
    for row in 0..n_rows {
        let cells = form.row(row);
        let Some(code) = cells.get(item).copied().filter(|code| cell::is_answer(*code)) else { continue };
        let filled = dependents.iter().filter(|one| cells.get(**one).is_some_and(|code| *code != cell::NONE)).count();
        let entry = &mut sums[usize::from(code)];
        entry.0 += filled as f64 / dependents.len().max(1) as f64;
        entry.1 += 1;
    }
    let shares: Vec<(u8, f64)> =
        (0_u8..=255).zip(&sums).filter(|(_, (_, n))| *n > 0).map(|(code, (sum, n))| (code, sum / *n as f64)).collect();
    let most = shares.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    shares.into_iter().filter(|(_, share)| *share < 0.5 * most).map(|(code, _)| code).collect()
}

/// Of each interview: skipping answers out of answers to filter questions.
fn shares(data: &RoundData, rules: &AnswerRules) -> Vec<Share> {
    let mut shares: Vec<Share> = data
        .interviews
        .iter()
        .map(|one| Share { enumerator: one.enumerator, village: one.village, x: 0, n: 0 })
        .collect();
    for (position, form) in data.forms.iter().enumerate() {
        let n_rows = form.cells.len().checked_div(form.items.len()).unwrap_or(0);
        let filters: Vec<(usize, Vec<u8>)> = (0..form.items.len())
            .filter(|item| form.items[*item].opens.len() >= rules.filter_opens_min)
            .map(|item| (item, skipping_codes(form, item, n_rows)))
            .filter(|(_, codes)| !codes.is_empty())
            .collect();
        for (interview, share) in data.interviews.iter().zip(&mut shares).filter(|(one, _)| one.form == Some(position))
        {
            let cells = form.row(interview.row);
            for (item, codes) in &filters {
                if let Some(code) = cells.get(*item).filter(|code| cell::is_answer(**code)) {
                    share.n += 1;
                    share.x += usize::from(codes.contains(code));
                }
            }
        }
    }
    shares
}

/// Flags people whose share of skipping answers is far above that of peers; see [`compare_enumerators`].
pub(super) fn check(data: &RoundData, rules: &AnswerRules) -> (Found, Vec<Option<Compared>>) {
    let mut found = Found::default();
    let shares = shares(data, rules);
    if shares.iter().all(|share| share.n == 0) {
        found.not_done(Check::FilterNo, "bảng hỏi không có câu lọc", "no questionnaire has filter questions");
        return (found, vec![None; data.enumerators.len()]);
    }
    let compared = compare_enumerators(&shares, data.enumerators.len());
    let what = ("câu lọc được ghi để bỏ qua phần sau", "filter questions answered so that the rest is skipped");
    flag_enumerators(&mut found, Check::FilterNo, &compared, rules, what);
    (found, compared)
}

#[cfg(test)]
mod tests {
    use super::super::data::{Enumerator, Interview, Item};
    use super::super::flag::Subject;
    use super::*;
    use crate::quality::Rules;

    /// A filter with three questions behind it: "yes" (4) opens them, "no" (5) does not.
    fn form(answers: &[u8]) -> Form {
        let mut items = vec![Item::default(); 4];
        items[0].opens = vec![1, 2, 3];
        let rows = answers.iter().map(|code| if *code == 4 { [4, 6, 6, 6] } else { [*code, 0, 0, 0] });
        Form { items, cells: rows.collect::<Vec<_>>().concat(), ..Form::default() }
    }

    #[test]
    fn the_code_that_skips_is_learned() {
        assert_eq!(skipping_codes(&form(&[4, 4, 5, 5]), 0, 4), [5]);
        assert_eq!(skipping_codes(&form(&[4, 4]), 0, 2), Vec::<u8>::new(), "nobody said no");
        assert_eq!(skipping_codes(&form(&[5, 5]), 0, 2), Vec::<u8>::new(), "nobody said yes");
        assert_eq!(skipping_codes(&form(&[4, 5, cell::DONT_KNOW]), 0, 3), [5], "don't know is no answer");
    }

    #[test]
    fn who_hears_no_all_the_time_is_told() {
        // 60 interviews in one village: half yes for two people, one yes in twenty for the third.
        let answers: Vec<u8> = (0..60)
            .map(|n| {
                if n % 3 == 2 {
                    if n == 2 { 4 } else { 5 }
                } else if n % 2 == 0 {
                    4
                } else {
                    5
                }
            })
            .collect();
        let interviews = (0..60).map(|row| Interview {
            form: Some(0),
            row,
            enumerator: row % 3,
            village: Some(0),
            ..Interview::default()
        });
        let data = RoundData {
            interviews: interviews.collect(),
            forms: vec![form(&answers)],
            enumerators: vec![Enumerator::default(); 3],
            ..RoundData::default()
        };
        let mut rules = Rules::defaults().expect("defaults").answers;
        rules.enumerator_z = 2.5;
        let (found, compared) = check(&data, &rules);
        assert_eq!(found.flags.iter().map(|flag| flag.subject).collect::<Vec<_>>(), [Subject::Enumerator(2)]);
        assert!(compared[0].expect("compared").z < 0.0);
        let none = check(&RoundData::default(), &rules).0;
        assert_eq!(none.not_done[0].check, Check::FilterNo);
    }
}
