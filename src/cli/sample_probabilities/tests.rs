//! The command as a user meets it: a file in, a document out.

use problem::Language;
use serde_json::{Value, json};

use super::*;

fn answer(request: &Value, simulate: Option<u64>) -> Result<Value, Problems> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.json");
    std::fs::write(&path, request.to_string()).unwrap();
    let seed = simulate.map(|_| 7);
    let mut out = Vec::new();
    run(&ProbabilitiesArgs { request: path, simulate, seed, format: Format::Json }, &mut out)?;
    Ok(serde_json::from_slice(&out).unwrap())
}

fn codes(request: &Value) -> Vec<&'static str> {
    answer(request, None).unwrap_err().iter().map(|problem| problem.code).collect()
}

#[test]
fn each_method_of_the_exact_tables_answers_as_they_do() {
    let tables = include_str!("../../../sampling/tests/reference/inclusion_probabilities.json");
    let tables: Value = serde_json::from_str(tables).unwrap();
    let mut compared = 0;
    for table in tables["tables"].as_array().unwrap() {
        let methods: Vec<&String> = table["methods"].as_object().unwrap().keys().collect();
        let found = answer(&json!({"size": table["size"], "n": table["n"], "methods": methods}), None).unwrap();
        assert_eq!(found["certainty_units"], table["certainty_units"]);
        for name in methods {
            let (found, expected) = (&found["methods"][name], &table["methods"][name]);
            assert_eq!(found["exact"], true);
            assert_eq!(found["exact_design"], expected["exact_design"], "{name}");
            let numbers =
                |value: &Value| value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect::<Vec<f64>>();
            let pairs =
                |value: &Value| value["pi_joint"].as_array().unwrap().iter().flat_map(numbers).collect::<Vec<f64>>();
            let all = numbers(&found["pi"]).into_iter().chain(pairs(found));
            for (found, expected) in all.zip(numbers(&expected["pi"]).into_iter().chain(pairs(expected))) {
                assert!((found - expected).abs() <= 1e-9, "{} {name}: {found} {expected}", table["id"]);
                compared += 1;
            }
        }
    }
    assert!(compared > 1_900, "{compared} numbers");
}

#[test]
fn a_simulation_stays_near_the_exact_probabilities_and_is_the_same_for_the_same_seed() {
    let request = json!({"size": [5, 8.5, 12, 20, 30.25, 45], "n": 2, "methods": ["sampford", "sequential_poisson"]});
    let found = answer(&request, Some(20_000)).unwrap();
    for name in ["sampford", "sequential_poisson"] {
        let method = &found["methods"][name];
        for (exact, observed) in method["pi"].as_array().unwrap().iter().zip(method["observed_pi"].as_array().unwrap())
        {
            let (exact, observed) = (exact.as_f64().unwrap(), observed.as_f64().unwrap());
            assert!((exact - observed).abs() < 4.5 * (exact * (1.0 - exact) / 20_000.0).sqrt(), "{name}");
        }
        assert_eq!(method["observed_joint"].as_array().unwrap().len(), 6);
    }
    assert_eq!(answer(&request, Some(20_000)).unwrap(), found);
}

#[test]
fn systematic_samples_of_given_starts_are_those_of_the_exact_tables() {
    let tables = include_str!("../../../sampling/tests/reference/systematic_exact.json");
    let tables: Value = serde_json::from_str(tables).unwrap();
    for table in tables["tables"].as_array().unwrap() {
        // A start on the very edge between two units belongs to the second here and to the first in the table.
        let on_edge = |draw: &Value| table["id"] == "equal6_n3" && draw["u"] == 0.5;
        let draws: Vec<&Value> =
            table["systematic_given_u"].as_array().unwrap().iter().filter(|draw| !on_edge(draw)).collect();
        let starts: Vec<&Value> = draws.iter().map(|draw| &draw["u"]).collect();
        let request = json!({
            "id": table["id"], "size": table["size"], "n": table["n"], "u": starts,
            "methods": {"systematic_fixed_order": {}}
        });
        let found = answer(&request, None).unwrap();
        assert_eq!((&found["id"], &found["size"]), (&table["id"], &table["size"]));
        assert_eq!(found["systematic_given_u"]["draws"], json!(draws));
    }
    assert_eq!(codes(&json!({"size": [1, 2], "n": 1, "methods": ["tille"], "u": [0.5, 1.0, "x"]})).len(), 2);
}

#[test]
fn repeated_draws_stay_within_four_and_a_half_standard_errors_on_frames_of_all_kinds() {
    let names: Vec<&str> = sampling::selection::SelectionMethod::ALL.iter().map(|method| method.name()).collect();
    // Ties; a size of a third of the total; decimals; sizes beyond 2^53; one unit certain and another nearly so.
    for (size, n) in [
        (json!([3, 3, 3, 3, 3, 7, 7, 7]), 4),
        (json!([1, 2, 50, 40, 30, 27]), 2),
        (json!([0.5, 1.25, 2.125, 0.75, 1.5]), 2),
        (
            json!([
                9_007_199_254_740_993_u64,
                8_007_199_254_740_993_u64,
                7_000_000_000_000_001_u64,
                6_000_000_000_000_000_u64
            ]),
            2,
        ),
        (json!([1000, 99, 98, 97, 5]), 3),
    ] {
        let found = answer(&json!({"size": size, "n": n, "methods": names}), Some(20_000)).unwrap();
        for name in &names {
            let z = &found["methods"][name]["largest_z"];
            assert!(z.as_f64().is_some_and(|z| z < 4.5), "{size} {name}: {z}");
        }
    }
}

#[test]
fn equal_sizes_give_simple_random_joint_probabilities_whatever_their_number() {
    let size = vec![7; 150];
    let order_free = [
        "systematic_random_order",
        "sampford",
        "brewer",
        "tille",
        "pivotal_random_order",
        "max_entropy",
        "sequential_poisson",
        "pareto",
        "exponential_order",
        "simple_random",
    ];
    let found = answer(&json!({"size": size, "n": 30, "methods": order_free}), None).unwrap();
    for name in order_free {
        let method = &found["methods"][name];
        assert_eq!(method["exact"], true, "{name}");
        let pair = method["pi_joint"][3][77].as_f64().unwrap();
        assert!((pair - 30.0 * 29.0 / (150.0 * 149.0)).abs() < 1e-14, "{name}: {pair}");
    }
}

#[test]
fn what_is_not_computed_is_null_until_it_is_simulated() {
    let size: Vec<u64> = (10..40).collect();
    let request = json!({"size": size, "n": 5, "methods": ["systematic_random_order"]});
    let plain = &answer(&request, None).unwrap()["methods"]["systematic_random_order"];
    assert_eq!((&plain["exact"], &plain["pi_joint"]), (&json!(false), &Value::Null));
    assert_eq!(plain["pi_joint_computed"], "not_computed");
    assert_eq!(plain["pi"].as_array().unwrap().len(), 30, "the first order is exact");
    let counted = &answer(&request, Some(1_000)).unwrap()["methods"]["systematic_random_order"];
    assert_eq!(counted["pi_joint_computed"], "simulated");
    assert!(counted["pi_joint_standard_error"][0][1].as_f64().unwrap() > 0.0);
}

#[test]
fn bad_requests_are_told_with_all_their_problems() {
    let methods = json!(["sampford"]);
    assert_eq!(codes(&json!({"size": [1, 2], "n": 0, "methods": methods})), ["probabilities_request"]);
    assert_eq!(codes(&json!({"size": [1, 2], "n": 3, "methods": methods})), ["selection_bad_n"]);
    assert_eq!(codes(&json!({"size": [1, 2], "n": 9e15, "methods": methods})), ["selection_bad_n"]);
    assert_eq!(codes(&json!({"size": [1, 0, -2], "n": 1, "methods": methods})), ["selection_bad_size"; 2]);
    assert_eq!(codes(&json!({"size": [], "n": 1, "methods": methods})), ["probabilities_request"]);
    let three = codes(&json!({"size": [1, null, "x"], "n": 1.5, "methods": ["sampfort"]}));
    assert_eq!(
        three,
        ["probabilities_request", "probabilities_request", "probabilities_request", "probabilities_unknown_method"]
    );
    assert_eq!(codes(&json!({"size": [1, 2], "n": 1})), ["probabilities_request"]);
    assert_eq!(codes(&json!([1, 2])).len(), 3);
}

#[test]
fn frames_at_the_edges_are_answered() {
    let names: Vec<&str> = sampling::selection::SelectionMethod::ALL.iter().map(|method| method.name()).collect();
    // One unit; all units; one size of 10^15 beside small ones; the least and the most that a sample can leave out.
    for (size, n, certain) in [
        (json!([5]), 1, json!([0])),
        (json!([2, 3, 4]), 3, json!([0, 1, 2])),
        (json!([1e15, 1, 2, 3]), 2, json!([0])),
        (json!([1e15, 1e15, 1e15]), 2, json!([])),
        (json!([1e-9, 2e-9, 3e-9]), 1, json!([])),
        (json!([4, 4, 4, 4, 4, 4, 4]), 6, json!([])),
    ] {
        let found = answer(&json!({"size": size, "n": n, "methods": names}), Some(500)).unwrap();
        assert_eq!(found["certainty_units"], certain, "{size}");
        for name in &names {
            let method = &found["methods"][name];
            let numbers =
                |value: &Value| value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect::<Vec<_>>();
            let pi = numbers(&method["pi"]);
            assert!(method["exact"] == true && pi.iter().all(|pi| (0.0..=1.0 + 1e-12).contains(pi)), "{size} {name}");
            if sampling::selection::SelectionMethod::of_name(name).unwrap().has_fixed_size() {
                assert!((pi.iter().sum::<f64>() - f64::from(n)).abs() < 1e-9, "{size} {name}");
                for (row, pi) in method["pi_joint"].as_array().unwrap().iter().zip(&pi) {
                    assert!((numbers(row).iter().sum::<f64>() - f64::from(n) * pi).abs() < 1e-9, "{size} {name}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_request_is_told_and_never_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.json");
    for text in [
        "",
        "null",
        "{",
        r#"{"size": [1, NaN], "n": 1, "methods": ["sampford"]}"#,
        r#"{"size": [1, Infinity], "n": 1, "methods": ["sampford"]}"#,
        r#"{"size": [1, 1e400], "n": 1, "methods": ["sampford"]}"#,
        r#"{"size": ["1", "2"], "n": 1, "methods": ["sampford"]}"#,
        r#"{"size": [[1, 2]], "n": 1, "methods": ["sampford"]}"#,
        r#"{"size": [1, 2], "n": "1", "methods": ["sampford"]}"#,
        r#"{"size": [1, 2], "n": -1, "methods": ["sampford"]}"#,
        r#"{"size": [1, 2], "n": 1, "methods": "sampford"}"#,
        r#"{"size": [1, 2], "n": 1, "methods": []}"#,
        r#"{"size": [1, 2], "n": 1, "methods": [7]}"#,
    ] {
        std::fs::write(&path, text).unwrap();
        let args = ProbabilitiesArgs { request: path.clone(), simulate: None, seed: None, format: Format::Json };
        let mut out = Vec::new();
        let problems = run(&args, &mut out).expect_err(text);
        assert!(problems.iter().all(|problem| problem.code.starts_with("probabilities_")), "{text}: {problems}");
        assert!(out.is_empty(), "nothing half said: {text}");
    }
}

#[test]
fn text_output_shows_each_method_beside_the_target() {
    let request = Request::parse(br#"{"size": [1, 2, 3], "n": 1, "methods": ["pareto", "poisson"]}"#).unwrap();
    let text = Answer::of(&request, None).unwrap().text(Language::Vi);
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(
        text.contains("mục tiêu") && text.contains("0.333333333") && text.contains("poisson: mẫu Poisson"),
        "{text}"
    );
}
