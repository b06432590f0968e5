use super::*;

const STRATA: &str = "stratum,population,spread,cost,measure,cv,number\n\
    Thành thị,3395,9.694,2,11087.28,1.064,80\nNông thôn,507,11.952,1,2290.39,0.348,40\n\
    Miền núi,1110,2.136,4,3537.94,0.992,25\nHải đảo,1622,1.405,9,9928.77,0.206,20\n";

fn allocated(table: &str, more: impl FnOnce(&mut AllocateArgs)) -> Result<serde_json::Value, Problems> {
    let folder = tempfile::tempdir().unwrap();
    let strata = folder.path().join("strata.csv");
    std::fs::write(&strata, table).unwrap();
    let mut args = AllocateArgs {
        strata,
        total: Some(165),
        budget: None,
        minimum: 1,
        rule: None,
        power: Some(0.5),
        format: Format::Json,
    };
    more(&mut args);
    let mut out = Vec::new();
    run(&args, &mut out)?;
    Ok(serde_json::from_slice(&out).unwrap())
}

#[test]
fn all_rules_stand_side_by_side_and_neyman_is_the_most_precise() {
    let answer = allocated(STRATA, |_| {}).unwrap();
    let rules = answer["rules"].as_array().unwrap();
    let names: Vec<&str> = rules.iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
    assert_eq!(names, ["equal", "proportional", "square_root", "power", "neyman", "optimal", "fixed"]);
    let variance = |rule: &serde_json::Value| rule["variance_of_mean"].as_f64().unwrap();
    let neyman = rules.iter().find(|rule| rule["rule"] == "neyman").unwrap();
    assert!(rules.iter().all(|rule| variance(neyman) <= variance(rule)));
    // The reference of the library's tests gives 0.252946 for real numbers.
    assert!((variance(neyman) - 0.252_946).abs() < 1e-4);
    for rule in rules {
        let n = rule["n"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap());
        assert_eq!(n.sum::<u64>(), 165, "{}", rule["rule"]);
    }
    let power = rules.iter().find(|rule| rule["rule"] == "power").unwrap();
    assert!((power["real_valued"][0].as_f64().unwrap() - 88.779_700_533).abs() < 1e-9);
}

#[test]
fn people_read_a_table_with_a_column_for_each_rule() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("strata.csv");
    std::fs::write(&file, STRATA).unwrap();
    let table = Table::read(&std::fs::read(&file).unwrap()).unwrap();
    let args = AllocateArgs {
        strata: file,
        total: Some(165),
        budget: None,
        minimum: 10,
        rule: None,
        power: None,
        format: Format::Text,
    };
    let text = Answer::of(&args, &table).unwrap().text(Language::Vi);
    println!("{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "tổng: 165; tối thiểu mỗi tầng: 10");
    assert_eq!(lines.len(), 2 + 4 + 3);
    let cells = |line: &str| line.split_whitespace().rev().take(6).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(cells(lines[6]), ["165"; 6], "every rule sums to the total");
    // Neyman's real numbers are 124.5, 22.9, 9.0 and 8.6: the last two are raised to ten.
    assert_eq!((cells(lines[4])[2].as_str(), cells(lines[5])[2].as_str()), ("10", "10"));
    assert!(lines[7].starts_with("sai số chuẩn của trung bình") && lines[7].contains("0,5"), "{text}");
}

#[test]
fn a_budget_is_not_overspent_by_more_than_rounding() {
    let answer = allocated(STRATA, |args| {
        (args.total, args.budget, args.rule) = (None, Some(300.0), Some("optimal".to_owned()));
    })
    .unwrap();
    let cost = answer["rules"][0]["cost"].as_f64().unwrap();
    assert!((cost - 300.0).abs() < 9.0, "{cost}");
}

#[test]
fn what_is_wrong_in_the_table_is_told_with_row_and_column() {
    let told = |table: &str| allocated(table, |_| {}).unwrap_err().describe(Language::En);
    let text = told(&STRATA.replace("507,11.952", "many,\"11,952\"").replace("Miền núi", ""));
    for place in ["row 3, column population", "row 3, column spread", "row 4, column stratum"] {
        assert!(text.contains(place), "{text}");
    }
    assert!(told("a,b\n1,2\n").contains("row 1, column stratum"));
    let misspelt = told(&STRATA.replace("spread", "sd"));
    assert!(misspelt.contains("row 1, column sd: the table of strata has no such column"), "{misspelt}");
    assert!(told(&STRATA.replace("cost", "spread")).contains("row 1, column spread: the column stands twice"));
    assert!(told(&STRATA.replace("Miền núi", "Nông thôn")).contains("Nông thôn also in row 3"));
    for number in ["NaN", "inf", "9,1"] {
        assert!(told(&STRATA.replace("9.694", number)).contains("row 2"), "{number}");
    }
    assert!(told("").contains("lacks a column"));
    assert!(told("stratum,population\n").contains("there is no stratum"));
    assert!(told(&STRATA.replace(",9.694,", ",0,")).contains("spread of stratum Thành thị"));
    assert!(allocated(STRATA, |args| args.rule = Some("best".to_owned())).is_err());
    assert!(allocated(STRATA, |args| args.total = Some(3)).is_err());
    assert!(allocated(STRATA, |args| args.power = Some(f64::NAN)).is_err());
}

#[test]
fn without_spreads_there_is_no_precision_and_no_rule_that_needs_them() {
    let table = "stratum,population\nA,100\nB,50\n";
    let answer = allocated(table, |args| (args.total, args.power) = (Some(30), None)).unwrap();
    assert_eq!(answer["rules"].as_array().unwrap().len(), 3);
    assert!(answer["rules"][1]["variance_of_mean"].is_null());
    assert_eq!(answer["rules"][1]["n"], serde_json::json!([20, 10]));
}
