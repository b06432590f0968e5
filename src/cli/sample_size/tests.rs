//! The command as a planner types it.

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: SizeArgs,
}

fn say_of(line: &str) -> Result<String, Problems> {
    let words = std::iter::once("size").chain(line.split_whitespace());
    let parsed = Line::try_parse_from(words).map_err(|error| error.to_string()).unwrap();
    let mut out = Vec::new();
    run(&parsed.args, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn json_of(line: &str) -> serde_json::Value {
    serde_json::from_str(&say_of(&format!("{line} --format json")).unwrap()).unwrap()
}

fn codes(line: &str) -> Vec<&'static str> {
    say_of(line).unwrap_err().iter().map(|problem| problem.code).collect()
}

#[test]
fn the_table_of_the_plan_has_its_widths_in_vietnamese() {
    let said = say_of("--design papi-3x2x2x20 --p 0.8162 --deff 2 --target 0.9").unwrap();
    for word in
        ["± 4,9", "± 8,0", "± 15,2", "± 19,5", "± 4,6", "chưa đủ cơ sở khẳng định", "81,62 %", "96,9 %", "72,5 %"]
    {
        assert!(said.contains(word), "{word}:\n{said}");
    }
    let frame = concat!(env!("CARGO_MANIFEST_DIR"), "/sampling/frames/bac-giang-2019-example.csv");
    let json = json_of(&format!("--design papi-3x2x2x20 --p 0.8162 --deff 2 --target 0.9 --frame {frame}"));
    let kinds: Vec<&str> =
        json["rows"].as_array().unwrap().iter().filter_map(|row| row["reading"]["kind"].as_str()).collect();
    let expected = [
        "simple_random",
        "clusters",
        "clusters",
        "clusters",
        "default_analysis",
        "one_first_stage_unit",
        "alternative",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(json["rows"][4]["degrees_of_freedom"], 2);
    assert!((json["rows"][3]["target"]["reached_from"].as_f64().unwrap() - 0.968_56).abs() < 1e-5);
}

#[test]
fn sizes_are_those_of_the_library_and_round_up() {
    let json = json_of("--half-width 0.03 --p 0.5 --deff 1.8 --population 100000 --response 0.8");
    assert!((json["n_fpc_plain"].as_f64().unwrap() - 1_884.532_637_726_657_6).abs() < 1e-9);
    assert!((json["gross"].as_f64().unwrap() - 2_355.665_797_158_321_8).abs() < 1e-9);
    assert_eq!((json["interviews"].as_u64(), json["draw"].as_u64()), (Some(1_885), Some(2_356)));
    assert_eq!(json_of("--half-width 0.0801 --p 0.8162 --deff 2 --cluster-size 20 --strata 3")["clusters"], 12);
    assert!(say_of("--cv 0.05 --mean 10 --sd 20 --deff 1").unwrap().contains("1600"));
    assert!(say_of("--half-width 0.05 --p 0.5 --deff 1").unwrap().contains("chưa nêu"));
}

#[test]
fn comparisons_and_cluster_sizes_answer_too() {
    let json = json_of("--detect --p 0.5 --p2 0.6 --deff 1.5 --power 0.8");
    assert!((json["result"]["n_per_group_unpooled"].as_f64().unwrap() - 576.892_660_474_658_2).abs() < 1e-9);
    let json = json_of("--detect --p 0.5 --p2 0.75 --n 50 --deff 1 --pooled");
    assert!((json["result"]["power"].as_f64().unwrap() - 0.740_165_901_331_387_9).abs() < 1e-9);
    let json = json_of("--detect --mean 5 --sd 2 --n 100 --deff 1 --power 0.8");
    assert!((json["result"]["minimum_detectable"]["increase"].as_f64().unwrap() - 0.792_408).abs() < 1e-5);
    assert!(say_of("--detect --p 0.95 --n 80 --deff 2 --power 0.8 --df 4").unwrap().contains("không mức tăng nào"));
    assert_eq!(json_of("--cost-cluster 750 --cost-interview 100 --icc 0.05")["cluster_size"], 12);
}

#[test]
fn what_is_not_stated_is_asked_for_and_never_assumed() {
    assert_eq!(codes(""), ["size_question"]);
    assert_eq!(codes("--half-width 0.03 --cv 0.1 --p 0.5 --deff 1"), ["size_question"]);
    assert_eq!(codes("--half-width 0.03 --deff 1"), ["size_quantity"]);
    assert_eq!(codes("--half-width 0.03 --p 0.5"), ["size_design_effect"]);
    assert_eq!(codes("--half-width 0.03 --p 0.5 --icc 0.05"), ["size_design_effect"]);
    assert_eq!(codes("--design papi-3x2x2x20 --p 0.8"), ["size_design_effect"]);
    assert_eq!(codes("--design papi-3x2x2x20 --p 0.8 --icc 0.05"), ["size_unknown_level"]);
    assert_eq!(codes("--design no-such --p 0.8 --deff 2"), ["design_not_found"]);
    assert_eq!(codes("--detect --p 0.8 --deff 2"), ["size_question"]);
    assert_eq!(codes("--detect --p 0.8 --p2 0.9 --deff 2"), ["size_power"]);
    assert_eq!(codes("--half-width NaN --p 95 --deff=-1"), ["size_out_of_range"; 3]);
    assert_eq!(codes("--cost-cluster 750 --cost-interview 100"), ["size_design_effect"]);
}
