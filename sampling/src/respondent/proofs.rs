//! The rules of the respondent: shares of the tables, frequencies over many households, and what cannot move a choice.

use problem::Language;

use super::*;

fn member(sex: Sex, age_years: u32, name: &str) -> Member {
    Member { sex, age_years, name: name.to_owned(), birthday: None }
}

fn born(name: &str, month: u32, day: u32) -> Member {
    Member { birthday: DayOfYear::new(month, day), ..member(Sex::Female, 40, name) }
}

fn household(number: u64) -> RespondentNumber {
    RespondentNumber::new(number).unwrap()
}

fn members(k: u32) -> Vec<Member> {
    (0..k).map(|order| member(Sex::Male, 90 - order, &format!("m{order}"))).collect()
}

#[test]
fn the_range_is_the_least_common_multiple_of_one_to_thirty() {
    fn gcd(a: u64, b: u64) -> u64 {
        if b == 0 { a } else { gcd(b, a % b) }
    }
    let lcm = (1..=u64::from(ELIGIBLE_MAX)).fold(1, |lcm, k| lcm / gcd(lcm, k) * k);
    assert_eq!(RESPONDENT_RANGE, lcm);
    // Whole in a double, so that a client in JavaScript counts exactly.
    const { assert!(RESPONDENT_RANGE < 1 << 53) };
}

#[test]
fn the_number_of_a_household_is_frozen() {
    let numbers = ["24-213-07201-001-17", "24-213-07201-001-18", "Vôi-17"]
        .map(|unit_id| RespondentNumber::of_household(20_241, unit_id).get());
    assert_eq!(numbers, FROZEN, "a changed number needs a new version of the rules");
}

const FROZEN: [u64; 3] = [1_202_803_487_822, 1_196_220_295_531, 1_194_153_286_766];

/// Pearson's statistic stays below the mean of its distribution by 4.5 of its standard deviations.
fn is_uniform(counts: &[f64], shares: &[f64]) -> bool {
    let n: f64 = counts.iter().sum();
    let chi_square: f64 =
        counts.iter().zip(shares).map(|(count, share)| (count - n * share).powi(2) / (n * share)).sum();
    let df = counts.len() as f64 - 1.0;
    chi_square < df + 4.5 * (2.0 * df).sqrt()
}

#[test]
fn over_many_households_every_member_is_chosen_as_often_as_the_rule_says() {
    const HOUSEHOLDS: u64 = 200_000;
    for rule in [RespondentRule::Roster, RespondentRule::Kish] {
        for k in [2_u32, 3, 4, 5, 6, 7, 30] {
            if rule == RespondentRule::Kish && k > 6 {
                continue;
            }
            let mut counts = vec![0.0; k as usize];
            let mut shares = vec![0.0; k as usize];
            let roster = members(k);
            for unit in 0..HOUSEHOLDS / 4 {
                let number = RespondentNumber::of_household(7, &format!("v-{k}-{unit}"));
                let choice = choose_respondent(rule, number, &roster, None).unwrap();
                counts[choice.position] += 1.0;
                shares[choice.position] = choice.probability.get();
            }
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{rule:?} {k}: {shares:?}");
            assert!(is_uniform(&counts, &shares), "{rule:?} {k}: {counts:?} for {shares:?}");
        }
    }
}

#[test]
fn a_residue_is_taken_exactly_equally_often_over_the_whole_range() {
    // u mod k over 0..RANGE: the range is a multiple of k, so every residue has RANGE/k numbers.
    for k in 1..=u64::from(ELIGIBLE_MAX) {
        assert_eq!(RESPONDENT_RANGE % k, 0, "{k}");
    }
    // The edges of the range, by hand.
    assert_eq!(household(0).member(7), Some(1));
    assert_eq!(household(RESPONDENT_RANGE - 1).member(30), Some(30));
    assert_eq!(household(1_234_567_890_123).member(4), Some(4), "…23 mod 4 = 3");
    assert_eq!((household(5).member(0), household(5).member(31)), (None, None));
    assert_eq!(RespondentNumber::new(RESPONDENT_RANGE), None);
}

/// The probability of each of k members, added up table by table from the grid alone.
fn from_the_grid(k: u32) -> Vec<f64> {
    (1..=k)
        .map(|number| {
            let tables = KishTable::ALL.iter().filter(|table| table.selects(k) == number);
            tables.map(|table| table.twelfths() as f64).sum::<f64>() / 12.0
        })
        .collect()
}

#[test]
fn the_shares_of_the_tables_give_the_stated_probabilities() {
    assert_eq!(KishTable::ALL.iter().map(|table| table.twelfths()).sum::<u64>(), 12);
    for k in [1, 2, 3, 4, 6] {
        for share in from_the_grid(k) {
            assert!((share - 1.0 / f64::from(k)).abs() < 1e-15, "{k}: {share}");
        }
    }
    // Kish (1949): of five adults the third and the fifth are selected more often than 1/5.
    assert_eq!(from_the_grid(5), [2.0, 2.0, 3.0, 2.0, 3.0].map(|twelfths: f64| twelfths / 12.0));
    assert_eq!(from_the_grid(8)[6..], [0.0, 0.0], "a seventh member is never selected");
}

#[test]
fn every_twelfth_of_the_range_has_its_table() {
    let tables: Vec<&str> = (0..12).map(|twelfth| household(twelfth).kish_table().name()).collect();
    assert_eq!(tables, ["A", "A", "B1", "B2", "C", "C", "D", "D", "E1", "E2", "F", "F"]);
}

#[test]
fn the_factor_is_one_over_the_probability_of_the_chosen_member() {
    for rule in [RespondentRule::Roster, RespondentRule::Kish] {
        for k in 1..=ELIGIBLE_MAX {
            let roster = members(k);
            // The factor's mean over all equally likely twelfths (and residues) counts the members that can be chosen.
            let mut mean = 0.0;
            let cycle = 12 * u64::from(k);
            for number in (0..cycle).map(household) {
                let choice = choose_respondent(rule, number, &roster, None).unwrap();
                let factor = respondent_factor(rule, number, k).unwrap();
                assert!((factor * choice.probability.get() - 1.0).abs() < 1e-12, "{rule:?} {k}");
                mean += factor / cycle as f64;
            }
            let reached = if rule == RespondentRule::Kish { k.min(6) } else { k };
            assert!((mean - f64::from(reached)).abs() < 1e-9, "{rule:?} {k}: {mean}");
        }
    }
    assert!((respondent_factor(RespondentRule::LastBirthday, household(3), 4).unwrap() - 4.0).abs() < 1e-15);
    assert!((respondent_factor(RespondentRule::Household, household(3), 0).unwrap() - 1.0).abs() < 1e-15);
}

#[test]
fn the_order_of_writing_down_moves_nobody() {
    let roster = [
        member(Sex::Female, 70, "Bà"),
        member(Sex::Male, 30, "Con"),
        member(Sex::Male, 72, "Ông"),
        member(Sex::Other, 25, "Út"),
        member(Sex::Female, 31, "Dâu"),
    ];
    let mut turned = roster.clone();
    turned.reverse();
    let typed_apart: Vec<Member> =
        roster.iter().map(|one| Member { name: one.name.replace('Ô', "O\u{302}"), ..one.clone() }).collect();
    for number in (0..60).map(household) {
        for rule in [RespondentRule::Roster, RespondentRule::Kish] {
            let chosen = |members: &[Member]| {
                let choice = choose_respondent(rule, number, members, None).unwrap();
                (choice.number, members[choice.position].age_years)
            };
            assert_eq!(chosen(&roster), chosen(&turned));
            assert_eq!(chosen(&roster), chosen(&typed_apart));
        }
    }
    let order: Vec<&str> = super::roster::order(&roster).into_iter().map(|place| roster[place].name.as_str()).collect();
    assert_eq!(order, ["Ông", "Con", "Bà", "Dâu", "Út"], "men first, then women, the oldest first");
}

fn by_birthday(rule: RespondentRule, members: &[Member], month: u32, day: u32, number: u64) -> String {
    let choice = choose_respondent(rule, household(number), members, DayOfYear::new(month, day)).unwrap();
    assert!((choice.probability.get() - 1.0 / members.len() as f64).abs() < 1e-15);
    members[choice.position].name.clone()
}

#[test]
fn birthdays_are_compared_round_the_year() {
    use RespondentRule::{LastBirthday, NextBirthday};
    let three = [born("Giêng", 1, 5), born("Hè", 7, 1), born("Chạp", 12, 30)];
    for (month, day, next, last) in [
        (12, 31, "Giêng", "Chạp"),
        (1, 4, "Giêng", "Chạp"),
        (1, 5, "Hè", "Giêng"), // on the day itself: it is the last one, and the next is another's
        (6, 30, "Hè", "Giêng"),
        (7, 1, "Chạp", "Hè"),
    ] {
        assert_eq!(by_birthday(NextBirthday, &three, month, day, 0), next, "{day}/{month}");
        assert_eq!(by_birthday(LastBirthday, &three, month, day, 0), last, "{day}/{month}");
    }
    // A household where everybody's birthday is today still has somebody to ask.
    assert_eq!(by_birthday(NextBirthday, &[born("Một", 7, 1)], 7, 1, 9), "Một");
}

#[test]
fn the_twenty_ninth_of_february_has_its_own_place_in_every_year() {
    use RespondentRule::{LastBirthday, NextBirthday};
    let two = [born("Nhuận", 2, 29), born("Ba", 3, 1)];
    assert_eq!(by_birthday(NextBirthday, &two, 2, 28, 0), "Nhuận");
    assert_eq!(by_birthday(LastBirthday, &two, 2, 28, 0), "Ba");
    assert_eq!(by_birthday(LastBirthday, &two, 3, 1, 0), "Ba");
    assert_eq!(by_birthday(LastBirthday, &two, 2, 29, 0), "Nhuận");
    for (month, day) in [(2, 30), (4, 31), (13, 1), (0, 1), (1, 0), (6, 32)] {
        assert_eq!(DayOfYear::new(month, day), None, "{day}/{month}");
    }
}

#[test]
fn a_shared_birthday_is_decided_by_the_households_number() {
    let twins = [born("An", 5, 5), born("Bình", 5, 5), born("Xa", 11, 1)];
    let chosen: Vec<String> = (0..4).map(|u| by_birthday(RespondentRule::NextBirthday, &twins, 5, 1, u)).collect();
    assert_eq!(chosen, ["An", "Bình", "An", "Bình"]);
}

#[test]
fn what_cannot_be_chosen_is_told_all_at_once() {
    let told = |rule, members: &[Member], day| {
        let problems = choose_respondent(rule, household(1), members, day).unwrap_err();
        (problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), problems.describe(Language::En))
    };
    assert_eq!(told(RespondentRule::Roster, &[], None).0, ["respondent_nobody_eligible"]);
    assert_eq!(told(RespondentRule::Kish, &members(31), None).0, ["respondent_too_many_eligible"]);
    assert_eq!(told(RespondentRule::Household, &members(2), None).0, ["respondent_no_rule"]);
    let unknown = [member(Sex::Female, 30, "A"), born("B", 1, 1), member(Sex::Male, 20, "C")];
    let (codes, words) = told(RespondentRule::NextBirthday, &unknown, None);
    assert_eq!(codes, ["respondent_day_missing", "respondent_birthday_missing", "respondent_birthday_missing"]);
    assert!(words.contains("got A") && words.contains("got C"), "{words}");
    assert_eq!(respondent_factor(RespondentRule::Roster, household(0), 0).unwrap_err().len(), 1);
}
