//! Random sets of tables against the attacker.

use std::collections::BTreeSet;

use super::attacker::leaks;
use super::*;

/// A small generator of our own (`SplitMix64`), so that a failing set of tables can be made again from its number.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

pub(super) fn two_by_two(counts: [[usize; 2]; 2]) -> TableSet {
    let rows = counts.iter().map(|row| row.iter().sum()).collect();
    let cols = (0..2).map(|col| counts.iter().map(|row| row[col]).sum()).collect();
    let variables =
        vec![Variable { name: "a".to_owned(), counts: rows }, Variable { name: "b".to_owned(), counts: cols }];
    let cross = CrossTable { row: 0, col: 1, counts: counts.map(|row| row.to_vec()).to_vec() };
    TableSet::new(counts.iter().flatten().sum(), variables, vec![cross]).unwrap()
}

/// People with answers to up to four questions, and tables of them: a chain or a star, so that margins are shared.
fn random_set(dice: &mut Dice) -> TableSet {
    let n = 20 + dice.below(500);
    let n_variables = 2 + dice.below(3);
    let sizes: Vec<usize> = (0..n_variables).map(|_| 2 + dice.below(4)).collect();
    // Some answers are rare, some are given by nearly everybody, and later answers lean on the first.
    let people: Vec<Vec<usize>> = (0..n)
        .map(|_| {
            let mut answers = Vec::new();
            for size in &sizes {
                let skewed = dice.below(*size).min(dice.below(*size)).min(dice.below(*size));
                let leans = answers.first().is_some_and(|_| dice.below(3) == 0);
                answers.push(if leans { answers[0] % size } else { skewed });
            }
            answers
        })
        .collect();
    let count = |is: &dyn Fn(&[usize]) -> bool| people.iter().filter(|answers| is(answers)).count();
    let variables = sizes
        .iter()
        .enumerate()
        .map(|(at, size)| Variable {
            name: format!("q{at}"),
            counts: (0..*size).map(|code| count(&|answers| answers[at] == code)).collect(),
        })
        .collect();
    let is_star = dice.below(2) == 0;
    let crosses = (1..n_variables)
        .map(|col| {
            let row = if is_star { 0 } else { col - 1 };
            let cell = |a: usize, b: usize| count(&|answers| answers[row] == a && answers[col] == b);
            let counts = (0..sizes[row]).map(|a| (0..sizes[col]).map(|b| cell(a, b)).collect()).collect();
            CrossTable { row, col, counts }
        })
        .collect();
    TableSet::new(n, variables, crosses).unwrap()
}

/// So many random sets are tried.
const SETS: u64 = 2_000;

fn every_cell(set: &TableSet) -> Vec<Cell> {
    let margins = set
        .variables()
        .iter()
        .enumerate()
        .flat_map(|(variable, one)| (0..one.counts.len()).map(move |category| Cell::Margin { variable, category }));
    let inner = set.crosses().iter().enumerate().flat_map(|(table, cross)| {
        let n_cols = cross.counts[0].len();
        (0..cross.counts.len()).flat_map(move |row| (0..n_cols).map(move |col| Cell::Inner { table, row, col }))
    });
    margins.chain(inner).collect()
}

#[test]
fn no_small_cell_is_shown_and_the_attacker_never_wins() {
    let (mut shown, mut hidden) = (0, 0);
    for number in 0..SETS {
        let mut dice = Dice(number);
        let set = random_set(&mut dice);
        let rules = DisclosureRules::new([5, 10, 10, 10, 30][dice.below(5)]).unwrap();
        if set.n() < rules.n_min() {
            continue;
        }
        let protected = set.protect(rules, &BTreeSet::new()).unwrap();
        for cell in every_cell(&set) {
            if protected.of(cell).is_shown() {
                shown += 1;
                assert!(set.count(cell) >= rules.n_min(), "set {number}: {cell:?} rests on {}", set.count(cell));
            } else {
                hidden += 1;
            }
        }
        let told = leaks(&set, &protected, |range| rules.hides(range), |_| false);
        assert!(told.is_empty(), "set {number}: {told:?}");
    }
    // A program that hides everything would pass: here most that may be shown is shown.
    assert!(shown > 1_000 && hidden > 1_000, "{shown} shown, {hidden} hidden");
}

#[test]
fn the_audit_says_what_the_attacker_finds() {
    for number in 0..SETS / 3 {
        let set = random_set(&mut Dice(1_000_000 + number));
        let rules = DisclosureRules::default();
        let protected = set.protect(rules, &BTreeSet::new()).unwrap();
        let mut ours = set.ranges(&protected, &BTreeSet::new());
        let is_shown = |cell: Cell| protected.of(cell).is_shown();
        let mut theirs = super::attacker::Attacker::new(&set, is_shown).ranges();
        ours.sort_by_key(|(cell, _)| *cell);
        theirs.sort_by_key(|(cell, _)| *cell);
        assert_eq!(ours, theirs, "set {number}");
    }
}

#[test]
fn without_complementary_suppression_the_attacker_wins() {
    let rules = DisclosureRules::default();
    let mut n_won = 0;
    for number in 0..100 {
        let set = random_set(&mut Dice(number));
        let mut protected = set.protect(rules, &BTreeSet::new()).unwrap();
        let rows = protected.inner.iter_mut().flatten();
        for treatment in protected.margins.iter_mut().chain(rows).flatten() {
            if *treatment == Treatment::Complementary {
                *treatment = Treatment::Shown;
            }
        }
        n_won += usize::from(!leaks(&set, &protected, |range| rules.hides(range), |_| false).is_empty());
    }
    assert!(n_won > 50, "the attacker won {n_won} of 100");
}

#[test]
fn what_was_published_before_counts() {
    let (mut n_protected, mut n_refused) = (0, 0);
    for number in 0..SETS {
        let set = random_set(&mut Dice(2_000_000 + number));
        // First under a mild rule, then under a strict one: what the first told stays told.
        let (mild, strict) = (DisclosureRules::new(5).unwrap(), DisclosureRules::new(12).unwrap());
        if set.n() < strict.n_min() {
            continue;
        }
        let first = set.protect(mild, &BTreeSet::new()).unwrap();
        let known: BTreeSet<Cell> = every_cell(&set).into_iter().filter(|cell| first.of(*cell).is_shown()).collect();
        match set.protect(strict, &known) {
            Ok(second) => {
                n_protected += 1;
                let told = leaks(&set, &second, |range| strict.hides(range), |cell| known.contains(&cell));
                assert!(told.is_empty(), "set {number}: {told:?}");
            }
            Err(problems) => {
                n_refused += 1;
                assert!(problems.iter().all(|problem| problem.code == "disclosure_earlier"), "{problems}");
            }
        }
        // The same rule again is no news.
        assert_eq!(set.protect(mild, &known).unwrap(), first, "set {number}");
    }
    assert!(n_protected > 5 && n_refused > 5, "{n_protected} protected, {n_refused} refused");
}

#[test]
fn a_ring_of_tables_is_refused() {
    let half = |name: &str| Variable { name: name.to_owned(), counts: vec![40, 40] };
    let cross = |row, col| CrossTable { row, col, counts: vec![vec![20, 20], vec![20, 20]] };
    let variables = vec![half("a"), half("b"), half("c")];
    assert!(TableSet::new(80, variables.clone(), vec![cross(0, 1), cross(1, 2)]).is_ok());
    let told = TableSet::new(80, variables.clone(), vec![cross(0, 1), cross(1, 2), cross(0, 2)]).unwrap_err();
    assert_eq!(told.0[0].code, "disclosure_ring");
    // The same pair twice is a ring as well; a table that does not add up is told by its name.
    assert_eq!(
        TableSet::new(80, variables.clone(), vec![cross(0, 1), cross(1, 0)]).unwrap_err().0[0].code,
        "disclosure_ring"
    );
    let wrong = CrossTable { row: 0, col: 1, counts: vec![vec![20, 20], vec![20, 21]] };
    assert_eq!(TableSet::new(80, variables, vec![wrong]).unwrap_err().0[0].code, "disclosure_table");
}

#[test]
fn a_row_that_all_agree_in_is_hidden() {
    // Forty of forty in the first row said the same.
    let set = two_by_two([[40, 0], [60, 100]]);
    let protected = set.protect(DisclosureRules::default(), &BTreeSet::new()).unwrap();
    assert!(protected.margins.iter().flatten().all(|treatment| treatment.is_shown()));
    assert!(protected.inner[0].iter().flatten().all(|treatment| !treatment.is_shown()), "{protected:?}");
}

#[test]
fn large_cells_are_all_shown() {
    let set = two_by_two([[40, 30], [60, 100]]);
    let protected = set.protect(DisclosureRules::default(), &BTreeSet::new()).unwrap();
    assert!(protected.inner[0].iter().flatten().all(|treatment| treatment.is_shown()));
}

#[test]
fn too_few_people_have_no_tables() {
    let set = two_by_two([[3, 2], [2, 2]]);
    let told = set.protect(DisclosureRules::default(), &BTreeSet::new()).unwrap_err();
    assert_eq!(told.0[0].code, "disclosure_few");
}
