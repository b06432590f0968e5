//! Requests and data that somebody has mangled end in problems or in finite numbers: no panic, no NaN.

use estimation::read;
use estimation::request::{Answer, Request};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const DATA: &str = "psu,ssu,h,w,f1,f2,y,x,g,sex\n\
    1,1,1,2.5,20,8,1,2,a,Nam\n1,2,1,2.5,20,8,0,1,b,Nữ\n2,1,1,3,20,9,1,4,a,Nữ\n2,2,1,3,20,9,,3,b,Nam\n\
    3,1,2,1,30,5,5,1,a,Nam\n3,2,2,1,30,5,4,,a,Nữ\n4,1,2,7,30,6,3,2,b,Nữ\n4,2,2,7,30,6,2,2,,Nam\n";

const DESIGNS: [&str; 4] = [
    r#""design": {"ids": ["psu", "ssu"], "strata": "h", "fpc": ["f1", "f2"], "weights": "w"}"#,
    r#""design": {"ids": "psu", "strata": ["h"], "nest": true, "weights": "w", "lonely_psu": "adjust"}"#,
    r#""design": {"ids": "psu", "fpc": "f1", "pps": "brewer", "weights": "w", "adjust_domain_lonely": true}"#,
    r#""design": {"ids": ["psu", "ssu"], "strata": "h", "fpc": ["f1", "f2"], "lonely_psu": "average"}"#,
];

const ESTIMANDS: [&str; 7] = [
    r#""estimand": {"kind": "mean", "vars": ["y", "x"], "by": ["g", "sex"], "deff": true, "level": 0.9}"#,
    r#""estimand": {"kind": "total", "vars": "y", "by": "sex", "deff": "replace"}"#,
    r#""estimand": {"kind": "ratio", "numerator": "y", "denominator": "x", "by": ["g"]}"#,
    r#""estimand": {"kind": "proportion", "vars": ["g", "y"], "missing": "listwise"}"#,
    r#""estimand": {"kind": "mean", "vars": ["x", "y"], "missing": "listwise", "by": "sex"}"#,
    r#""estimand": {"kind": "quantile", "vars": ["y"], "probs": [0, 0.5, 1], "by": ["sex"]}"#,
    r#""estimand": {"kind": "contrast", "estimates": {"a": {"var": "y", "domain": {"sex": "Nam"}}, "b": {"var": "x"}}, "contrasts": {"d": {"a": 1, "b": -1}}}"#,
];

const WORDS: [&str; 40] = [
    "",
    "\"",
    ",",
    "\n",
    "\r\n",
    "{",
    "}",
    "[",
    "]",
    ":",
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "1e308",
    "-1e308",
    "1e-320",
    "NaN",
    "inf",
    "-inf",
    "0.5",
    "100000000000000000000",
    "\"y\"",
    "\"w\"",
    "\"psu\"",
    "\"nowhere\"",
    "\"kind\":",
    "\"total\"",
    "\"proportion\"",
    "\"mean\"",
    "\"by\":",
    "\"fail\"",
    "y",
    "a\u{306}",
    "\u{0}",
    "\u{feff}",
    "\\u0000",
    "\t",
    "\u{10ffff}",
];

/// Takes out up to so many characters at a place and puts a word there.
type Cut = (prop::sample::Index, usize, usize);

fn cuts(most: usize) -> impl Strategy<Value = Vec<Cut>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0_usize..6, 0..WORDS.len()), 0..most)
}

fn mangled(text: &str, cuts: &[Cut]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for (at, length, word) in cuts {
        let from = at.index(letters.len() + 1);
        let to = (from + length).min(letters.len());
        letters.splice(from..to, WORDS[*word].chars());
    }
    letters.into_iter().collect()
}

/// What is printed of an answer without the texts in it, where a person may have written anything.
fn without_texts(answer: &Answer) -> String {
    let printed = format!("{answer:?}").replace("\\\\", "").replace("\\\"", "");
    printed.split('"').step_by(2).collect()
}

fn check(request: &str, data: &str) -> Result<bool, TestCaseError> {
    let (Ok(request), Ok(table)) = (Request::parse(request), read::csv(data.as_bytes(), "d.csv")) else {
        return Ok(false);
    };
    let whole = request.run(&table);
    let parts = request.stream().and_then(|mut stream| stream.add(&table).and_then(|()| stream.finish()));
    for answer in [&whole, &parts].into_iter().flatten() {
        let numbers = without_texts(answer);
        prop_assert!(!numbers.contains("NaN") && !numbers.contains("inf"), "{}", numbers);
    }
    if request.can_stream() {
        prop_assert_eq!(whole.is_ok(), parts.is_ok(), "{:?} {:?}", whole, parts);
    }
    Ok(whole.is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(22),
        ..ProptestConfig::default()
    })]

    #[test]
    fn mangled_requests_end_in_problems_or_finite_numbers(
        design in 0..DESIGNS.len(),
        estimand in 0..ESTIMANDS.len(),
        cuts in cuts(4),
    ) {
        check(&mangled(&format!("{{\"data\": \"d.csv\", {}, {}}}", DESIGNS[design], ESTIMANDS[estimand]), &cuts), DATA)?;
    }

    #[test]
    fn mangled_data_end_in_problems_or_finite_numbers(
        design in 0..DESIGNS.len(),
        estimand in 0..ESTIMANDS.len(),
        cuts in cuts(6),
    ) {
        let request = format!("{{\"data\": \"d.csv\", {}, {}}}", DESIGNS[design], ESTIMANDS[estimand]);
        check(&request, &mangled(DATA, &cuts))?;
    }
}

#[test]
fn what_nobody_mangled_is_answered() {
    // The negative control: were everything refused, the properties above would say nothing.
    let answered = |design: &&str| {
        let request = |estimand: &&str| format!("{{\"data\": \"d.csv\", {design}, {estimand}}}");
        ESTIMANDS.iter().filter(|estimand| matches!(check(&request(estimand), DATA), Ok(true))).count()
    };
    let counts: Vec<usize> = DESIGNS.iter().map(answered).collect();
    assert_eq!(counts, [7, 7, 0, 7], "the third design asks for probabilities where the data hold counts");
}
