//! Almost the same answers as another interview: percent match.

use std::num::NonZeroU64;
use std::thread;

use problem::Words;
use sampling::{Stream, StreamKey};

use super::data::{Form, Interview, ItemKind, RoundData, cell};
use super::flag::{Check, Flag, Found, Strength, Subject};
use super::kernel::Comparable;
use super::rules::AnswerRules;
use super::speed::comma;
use super::statistics::{quantile, sorted};

/// The best match of a row within its group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Best {
    /// Share of the row's answers that the other gives too; 0 when it stands alone.
    pub(super) share: f64,
    /// The other row.
    pub(super) with: usize,
}

/// Rows that the reference looks at, each against a whole group put together at random.
const REFERENCE_ROWS: usize = 2_000;
/// Random interviews looked at for one that counts; where most are of the same person there is no reference.
const TRIES_A_PEER: usize = 8;
/// Random interviews looked at in all: large groups are looked at in fewer rows.
const REFERENCE_DRAWS: usize = 20_000_000;
/// Pairs of one piece of work.
const PAIRS_A_PIECE: usize = 500_000;

/// Flags interviews that match another one of the same village, or of the same enumerator, too well.
///
/// # Formula
/// `PM_i = max_{j≠i} #{k : x_ik = x_jk} / #{k : x_ik answered}` over items whose commonest answer has at most 95 %; groups are
/// villages and enumerators. Flag when `PM_i > max(0.85, q)`: q the 0.999 quantile of PM of interviews against as
/// many others taken at random among those of neither the same village nor the same enumerator.
///
/// # Source
/// Kuriakose and Robbins (2016), *Statistical Journal of the IAOS* 32, 283–291; Simmons, Mercer, Schwarzer and Kennedy (2016),
/// *Evaluating a New Proposal for Detecting Data Falsification in Surveys*, Pew Research Center: PM depends on the number of items,
/// their answers, n and how alike people are, hence the reference, and hence a flag only.
///
/// # Limits
/// Neighbours are more alike than strangers, so within villages the reference is too low: a match there speaks less than one
/// within a person's interviews of several villages. Values that nobody else gave match nothing. Fewer than 20 answers: no word.
pub(super) fn check(data: &RoundData, rules: &AnswerRules) -> Found {
    let mut found = Found::default();
    let mut any = false;
    for (position, form) in data.forms.iter().enumerate() {
        let rows: Vec<usize> =
            (0..data.interviews.len()).filter(|at| data.interviews[*at].form == Some(position)).collect();
        let items = matching_items(form, rows.iter().map(|at| data.interviews[*at].row), rules.constant_share);
        if rows.len() < 2 || items.len() < rules.match_items_min {
            found.note(
                format!("{}: chưa so trùng phiếu ({} phiếu, {} câu dùng được).", form.id, rows.len(), items.len()),
                format!(
                    "{}: not searched for duplicates ({} interviews, {} usable items).",
                    form.id,
                    rows.len(),
                    items.len()
                ),
            );
            continue;
        }
        any = true;
        let groupings: [(&str, &str, GroupOf); 2] = [
            ("cùng điều tra viên", "of the same enumerator", |one| Some(one.enumerator)),
            ("cùng thôn", "of the same village", |one| one.village),
        ];
        let mut told = vec![false; data.interviews.len()];
        for (vi, en, group_of) in groupings {
            let groups = groups(data, &rows, group_of);
            let order: Vec<usize> = groups.iter().flatten().copied().collect();
            let laid_out = lay_out(form, data, &items, &order);
            let reference = reference(data, &order, &groups, rules, &laid_out);
            let limit = rules.match_share.max(quantile(&reference, 1.0 - rules.match_reference_share).unwrap_or(0.0));
            if limit > rules.match_share {
                found.note(
                    format!(
                        "{}, {vi}: ngưỡng trùng nâng từ {} lên {} vì các phiếu không liên quan cũng trùng nhiều.",
                        form.id,
                        percent(rules.match_share),
                        percent(limit)
                    ),
                    format!(
                        "{}, {en}: the limit is raised from {:.0} to {:.1} %, for unrelated interviews match as well.",
                        form.id,
                        100.0 * rules.match_share,
                        100.0 * limit
                    ),
                );
            }
            if reference.is_empty() {
                found.note(
                    format!("{}, {vi}: không đủ phiếu của người khác ở thôn khác để biết phiếu không liên quan trùng nhau bao nhiêu; dùng ngưỡng {}.", form.id, percent(rules.match_share)),
                    format!("{}, {en}: too few interviews of other people in other villages to know how well unrelated ones match; the limit is {:.0} %.", form.id, 100.0 * rules.match_share),
                );
            }
            let bests = best_matches(&laid_out, &groups.iter().map(Vec::len).collect::<Vec<_>>());
            for (place, best) in bests.iter().enumerate() {
                let (at, with) = (order[place], order[best.with]);
                if laid_out.n_answered(place) < rules.match_items_min || best.share <= limit || told[at] {
                    continue;
                }
                told[at] = true;
                let words = words(best.share, (vi, en), &reference);
                let flag = Flag::on(Check::NearDuplicate, Strength::Review, Subject::Interview(at), words);
                found.flags.push(flag.measured(best.share, limit).with([with]));
            }
        }
    }
    if !any {
        found.not_done(Check::NearDuplicate, "chưa đủ phiếu hoặc câu để so", "too few interviews or items to compare");
    }
    found
}

/// What was seen, and how often unrelated interviews match as well.
fn words(share: f64, (vi, en): (&str, &str), reference: &[f64]) -> Words {
    let mut words = Words::new(
        format!("{} câu trả lời trùng với một phiếu {vi}", percent(share)),
        format!("{:.1} % of the answers are those of another interview {en}", 100.0 * share),
    );
    if !reference.is_empty() {
        let as_good = reference.len() - reference.partition_point(|other| *other < share);
        let chance = as_good as f64 / reference.len() as f64;
        words.vi.push_str(&format!("; trong các phiếu không liên quan có {} trùng như vậy", percent(chance)));
        words.en.push_str(&format!("; {:.1} % of unrelated interviews match as well", 100.0 * chance));
    }
    words
}

fn percent(share: f64) -> String {
    format!("{} %", comma(100.0 * share))
}

/// The percent match of each interview of a form with the best of its village, in the order of the interviews; `None` outside the
/// sample. What the check starts from, by itself.
#[must_use]
pub fn percent_match(data: &RoundData, form: usize, rules: &AnswerRules) -> Vec<Option<f64>> {
    let mut shares = vec![None; data.interviews.len()];
    let Some(table) = data.forms.get(form) else { return shares };
    let rows: Vec<usize> = (0..data.interviews.len()).filter(|at| data.interviews[*at].form == Some(form)).collect();
    let items = matching_items(table, rows.iter().map(|at| data.interviews[*at].row), rules.constant_share);
    let groups = groups(data, &rows, |one| one.village);
    let order: Vec<usize> = groups.iter().flatten().copied().collect();
    let laid_out = lay_out(table, data, &items, &order);
    let bests = best_matches(&laid_out, &groups.iter().map(Vec::len).collect::<Vec<_>>());
    for (at, best) in order.into_iter().zip(bests) {
        shares[at] = Some(best.share);
    }
    shares
}

/// Rows of these interviews, side by side.
fn lay_out(form: &Form, data: &RoundData, items: &[usize], order: &[usize]) -> Comparable {
    let codes = order.iter().map(|at| {
        let cells = form.row(data.interviews[*at].row);
        items.iter().map(|item| cells.get(*item).copied().unwrap_or(cell::NONE))
    });
    Comparable::new(codes, items.len())
}

/// Items that can tell people apart.
fn matching_items(form: &Form, rows: impl Iterator<Item = usize>, constant_share: f64) -> Vec<usize> {
    let mut counts = vec![[0_u32; 256]; form.items.len()];
    for row in rows {
        for (counts, code) in counts.iter_mut().zip(form.row(row)) {
            counts[usize::from(*code)] += 1;
        }
    }
    (0..form.items.len())
        .filter(|item| form.items[*item].kind != ItemKind::Text)
        .filter(|item| {
            // Answers that nobody else gave are many different ones, not a common one.
            let answers = &counts[*item][usize::from(cell::ALONE)..];
            let (all, most) = (answers.iter().sum::<u32>(), answers.iter().skip(1).copied().max().unwrap_or(0));
            all > 0 && f64::from(most) <= constant_share * f64::from(all)
        })
        .collect()
}

/// The group of an interview.
type GroupOf = fn(&Interview) -> Option<usize>;

fn groups(data: &RoundData, rows: &[usize], group_of: GroupOf) -> Vec<Vec<usize>> {
    let mut groups = std::collections::BTreeMap::<usize, Vec<usize>>::new();
    for at in rows {
        if let Some(group) = group_of(&data.interviews[*at]) {
            groups.entry(group).or_default().push(*at);
        }
    }
    groups.into_values().collect()
}

/// Percent matches of interviews with as many others as their group has, taken at random among those of neither the same village nor
/// the same enumerator: a copy within a group does not raise the limit that is to find it. Sorted. The seed is fixed: same data, same reference.
fn reference(
    data: &RoundData,
    order: &[usize],
    groups: &[Vec<usize>],
    rules: &AnswerRules,
    laid_out: &Comparable,
) -> Vec<f64> {
    let mut stream = Stream::new(&StreamKey { seed: 0, stage: "@near_duplicate", stratum: "", parent: "" });
    let Some(bound) = NonZeroU64::new(order.len() as u64) else { return Vec::new() };
    let is_apart = |one: usize, other: usize| {
        let (one, other) = (&data.interviews[order[one]], &data.interviews[order[other]]);
        one.enumerator != other.enumerator && (one.village.is_none() || one.village != other.village)
    };
    let draws: usize = groups.iter().map(|group| group.len().saturating_mul(group.len())).sum();
    let draws = draws.saturating_mul(TRIES_A_PEER * rules.relabellings);
    let step = order.len().div_ceil(REFERENCE_ROWS).max(draws.div_ceil(REFERENCE_DRAWS)).max(1);
    let mut shares = Vec::new();
    for _ in 0..rules.relabellings {
        let mut from = 0;
        for group in groups {
            let (first, wanted) = (from, group.len().saturating_sub(1));
            from += group.len();
            for one in (first..from).filter(|one| one % step == 0 && laid_out.n_answered(*one) >= rules.match_items_min)
            {
                let (mut n, mut most) = (0, 0);
                for _ in 0..TRIES_A_PEER * wanted {
                    let other = stream.below(bound) as usize;
                    if n < wanted && is_apart(one, other) {
                        n += 1;
                        most = most.max(laid_out.n_equal(one, other));
                    }
                    if n == wanted {
                        break;
                    }
                }
                // With fewer peers the best match would be lower by that alone.
                if wanted > 0 && n == wanted {
                    shares.push(most as f64 / laid_out.n_answered(one) as f64);
                }
            }
        }
    }
    sorted(shares)
}

/// The best match of each row, rows standing group after group; the first of equals.
pub(super) fn best_matches(rows: &Comparable, group_sizes: &[usize]) -> Vec<Best> {
    let pieces = pieces(group_sizes);
    let n_threads = thread::available_parallelism().map_or(1, |cores| cores.get().min(8)).min(pieces.len().max(1));
    let partial: Vec<Vec<Best>> = if n_threads < 2 {
        vec![match_pieces(rows, pieces.iter())]
    } else {
        let pieces = &pieces;
        thread::scope(|scope| {
            let workers: Vec<_> = (0..n_threads)
                .map(|first| scope.spawn(move || match_pieces(rows, pieces.iter().skip(first).step_by(n_threads))))
                .collect();
            // A worker that could not finish leaves its piece to this thread.
            workers
                .into_iter()
                .enumerate()
                .map(|(first, worker)| {
                    worker
                        .join()
                        .unwrap_or_else(|_lost| match_pieces(rows, pieces.iter().skip(first).step_by(n_threads)))
                })
                .collect()
        })
    };
    let mut bests = vec![Best::default(); rows.len()];
    for of_worker in partial {
        for (best, one) in bests.iter_mut().zip(of_worker) {
            better(best, one);
        }
    }
    bests
}

/// A higher share wins, then the earlier row: independent of how the work is shared out.
fn better(best: &mut Best, one: Best) {
    if one.share > best.share || (one.share == best.share && one.share > 0.0 && one.with < best.with) {
        *best = one;
    }
}

/// Rows of a group, compared with those after them up to `until`.
struct Piece {
    rows: std::ops::Range<usize>,
    until: usize,
}

fn pieces(group_sizes: &[usize]) -> Vec<Piece> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    for size in group_sizes {
        let until = from + size;
        let mut first = from;
        while first < until {
            let n_rows = (PAIRS_A_PIECE / (until - first)).clamp(1, until - first);
            pieces.push(Piece { rows: first..first + n_rows, until });
            first += n_rows;
        }
        from = until;
    }
    pieces
}

fn match_pieces<'a>(rows: &Comparable, pieces: impl Iterator<Item = &'a Piece>) -> Vec<Best> {
    let mut bests = vec![Best::default(); rows.len()];
    for piece in pieces {
        for one in piece.rows.clone() {
            for other in one + 1..piece.until {
                let equal = rows.n_equal(one, other) as f64;
                for (row, with) in [(one, other), (other, one)] {
                    if equal > 0.0 {
                        better(&mut bests[row], Best { share: equal / rows.n_answered(row) as f64, with });
                    }
                }
            }
        }
    }
    bests
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::data::Item;
    use super::*;
    use crate::quality::Rules;

    #[test]
    fn three_rows_by_hand() {
        // 1 and 2 agree on three of four, 3 has two answers, one of them as in 1.
        let rows = [[4, 5, 6, 7], [4, 5, 6, 8], [4, 9, 0, 0]];
        let bests = best_matches(&Comparable::new(rows, 4), &[3]);
        assert_eq!(bests, [Best { share: 0.75, with: 1 }, Best { share: 0.75, with: 0 }, Best { share: 0.5, with: 0 }]);
        assert_eq!(best_matches(&Comparable::new(rows, 4), &[1, 2])[0], Best::default(), "alone in its group");
    }

    #[test]
    fn percent_match_of_a_small_table_as_in_python() {
        // 12 × 10 codes (7 i² + 3 k i + k²) mod 5 + 4, 0 where (i + 2k) mod 7 = 0; maxima by a double loop, Python 3.11.
        let code = |i: usize, k: usize| {
            if (i + 2 * k).is_multiple_of(7) { 0 } else { ((7 * i * i + 3 * k * i + k * k) % 5 + 4) as u8 }
        };
        let rows: Vec<Vec<u8>> = (0..12).map(|i| (0..10).map(|k| code(i, k)).collect()).collect();
        let shares: Vec<f64> = best_matches(&Comparable::new(rows, 10), &[12]).iter().map(|best| best.share).collect();
        for (share, expected) in shares.iter().zip(PYTHON) {
            assert!((share - expected).abs() < 1e-12, "{shares:?}");
        }
    }
    const PYTHON: [f64; 12] = [
        0.75,
        0.8888888888888888,
        0.7777777777777778,
        0.875,
        0.8888888888888888,
        0.75,
        0.8888888888888888,
        0.875,
        0.7777777777777778,
        0.8888888888888888,
        0.75,
        0.8888888888888888,
    ];

    fn round(n: usize, n_items: usize) -> RoundData {
        let mut state = 12_345_u64;
        let mut cells = Vec::new();
        for _ in 0..n * n_items {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            cells.push(4 + (state >> 33) as u8 % 3);
        }
        let interviews = (0..n).map(|row| Interview {
            id: row.to_string(),
            form: Some(0),
            row,
            enumerator: row % 3,
            village: Some(row % 7),
            ..Interview::default()
        });
        let form = Form { items: vec![Item::default(); n_items], cells, ..Form::default() };
        RoundData { interviews: interviews.collect(), forms: vec![form], ..RoundData::default() }
    }

    #[test]
    fn a_copied_interview_is_found_and_chance_is_not() {
        let rules = Rules::defaults().expect("defaults").answers;
        let mut data = round(210, 60);
        assert!(check(&data, &rules).flags.is_empty());
        // Row 33 copies row 30, of the same enumerator, and changes 6 answers of 60.
        let copied: Vec<u8> = data.forms[0].row(30).to_vec();
        for (k, code) in copied.into_iter().enumerate() {
            data.forms[0].cells[33 * 60 + k] = if k % 10 == 0 { 4 + (code - 3) % 3 } else { code };
        }
        let flags = check(&data, &rules).flags;
        let pairs: Vec<_> = flags.iter().map(|flag| (flag.subject, flag.others.clone(), flag.value)).collect();
        assert_eq!(
            pairs,
            [(Subject::Interview(30), vec![33], Some(0.9)), (Subject::Interview(33), vec![30], Some(0.9))]
        );
    }

    #[test]
    fn alike_people_raise_the_limit_instead_of_the_alarm() {
        let rules = Rules::defaults().expect("defaults").answers;
        let mut data = round(210, 60);
        // Nine in ten give the commonest answer everywhere: unrelated interviews match by 85 % and more.
        for (n, code) in data.forms[0].cells.iter_mut().enumerate() {
            *code = if n * 7_919 % 100 < 93 { 4 } else { *code };
        }
        let found = check(&data, &rules);
        assert!(found.notes.iter().any(|note| note.en.contains("raised")), "{:?}", found.notes);
        assert!(found.flags.len() < 5, "{} flags", found.flags.len());
    }

    #[test]
    fn without_unrelated_interviews_there_is_no_reference_and_it_is_said() {
        let rules = Rules::defaults().expect("defaults").answers;
        let mut data = round(60, 60);
        data.interviews.iter_mut().for_each(|one| one.enumerator = 0);
        let copied: Vec<u8> = data.forms[0].row(0).to_vec();
        data.forms[0].cells[60..120].copy_from_slice(&copied);
        let found = check(&data, &rules);
        assert_eq!(found.flags.len(), 2);
        assert!(
            !found.flags[0].words.en.contains("unrelated")
                && found.notes.iter().any(|note| note.en.contains("too few"))
        );
    }

    #[test]
    fn constant_items_and_few_items_are_left_out() {
        let rules = Rules::defaults().expect("defaults").answers;
        let mut data = round(210, 60);
        for row in 0..210 {
            for k in 0..45 {
                data.forms[0].cells[row * 60 + k] = 4;
            }
        }
        let found = check(&data, &rules);
        assert_eq!(found.not_done[0].check, Check::NearDuplicate, "15 items are left");
    }

    proptest! {
        #[test]
        fn pieces_and_threads_find_what_a_double_loop_finds(
            codes in proptest::collection::vec(0_u8..8, 40 * 8),
            cut in 1_usize..39,
        ) {
            let rows: Vec<&[u8]> = codes.chunks(8).collect();
            let made = best_matches(&Comparable::new(rows.iter().map(|row| row.to_vec()), 8), &[cut, 40 - cut]);
            for (i, best) in made.iter().enumerate() {
                let group = if i < cut { 0..cut } else { cut..40 };
                let n = rows[i].iter().filter(|code| cell::is_answer(**code)).count();
                let most = group
                    .filter(|j| *j != i)
                    .map(|j| rows[i].iter().zip(rows[j]).filter(|(a, b)| a == b && **a > cell::ALONE).count())
                    .max()
                    .unwrap_or(0);
                let expected = if most == 0 { 0.0 } else { most as f64 / n as f64 };
                prop_assert!((best.share - expected).abs() < 1e-12);
            }
        }
    }
}
