//! `khaosat sample allocate`: a total spread over strata by each rule, with the precision that each would give.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use problem::{Language, Place, Problem, Problems};
use reports::vietnamese;
use sampling::allocation::{
    AllocationRequest, AllocationRule, AllocationStratum, allocate, real_valued, total_for_budget, variance_of_mean,
};
use serde::Serialize;

use super::frame::Format;
use super::{files, language, say};

/// Arguments of `khaosat sample allocate`.
#[derive(Debug, Args)]
#[command(
    about = "Spreads a total over strata by each rule of allocation and compares their precision",
    after_help = "Examples:\n  khaosat sample allocate strata.csv --total 600\n  \
                  khaosat sample allocate strata.csv --total 600 --minimum 20 --rule neyman --format json\n  \
                  khaosat sample allocate strata.csv --budget 90000\n\n\
                  strata.csv has a row for each stratum: stratum (its name), population (its units); and where known\n  \
                  spread    standard deviation of the variable: neyman, optimal, and the precision of every rule\n  \
                  cost      cost of one unit: optimal, --budget, and the cost of every rule\n  \
                  measure   X of power allocation (without it, the population)\n  \
                  cv        coefficient of variation, for power allocation\n  \
                  number    given numbers, for fixed\n\
                  Numbers with a decimal point. Rules whose columns are not there are left out, unless --rule names them."
)]
pub struct AllocateArgs {
    /// The strata: a CSV file
    strata: PathBuf,
    /// How many units all strata get together
    #[arg(long, required_unless_present = "budget", conflicts_with = "budget")]
    total: Option<u64>,
    /// What all units together may cost: the total is the one that optimal allocation pays with it
    #[arg(long)]
    budget: Option<f64>,
    /// The least number in a stratum; without any unit a stratum's units would have no chance
    #[arg(long, default_value_t = 1)]
    minimum: u64,
    /// Only this rule: equal, proportional, `square_root`, power, neyman, optimal or fixed
    #[arg(long)]
    rule: Option<String>,
    /// The power of power allocation, from 0 to 1; without it the rule is left out
    #[arg(long)]
    power: Option<f64>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// Every problem of the table with row and column; an unknown rule; an allocation that cannot be made.
pub fn run(args: &AllocateArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let file = args.strata.display().to_string();
    let table = Table::read(&files::read(&args.strata)?).map_err(|problems| problems.in_file(&file))?;
    let answer = Answer::of(args, &table).map_err(|problems| problems.in_file(&file))?;
    say(out, if args.format == Format::Json { answer.json()? } else { answer.text(language()) })
}

/// The strata with what the columns say.
struct Table {
    rows: Vec<Row>,
    headings: Vec<String>,
}

struct Row {
    label: String,
    population: u64,
    numbers: Vec<(&'static str, Option<f64>)>,
}

const NUMBERS: [&str; 5] = ["spread", "cost", "measure", "cv", "number"];

impl Table {
    fn read(bytes: &[u8]) -> Result<Self, Problems> {
        let text = std::str::from_utf8(bytes).map_err(|_| {
            Problem::new("allocation_table", "tệp không phải văn bản UTF-8", "the file is not UTF-8 text")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut records = reader.records().flatten();
        let headings: Vec<String> = records
            .next()
            .map(|record| record.iter().map(|cell| vietnamese::nfc(cell.trim())).collect())
            .unwrap_or_default();
        let mut problems = Problems::none();
        for heading in ["stratum", "population"].into_iter().filter(|needed| !headings.iter().any(|one| one == needed))
        {
            problems.push(
                Problem::new("allocation_table", "bảng tầng thiếu một cột", "the table of strata lacks a column")
                    .at(Place::cell(1, heading))
                    .expected(heading)
                    .got(headings.join(", ")),
            );
        }
        problems.into_result(())?;
        let mut problems = Problems::none();
        let mut rows = Vec::new();
        for record in records {
            let row = record.position().and_then(|place| usize::try_from(place.line()).ok()).unwrap_or_default();
            let cell = |heading: &str| {
                let place = headings.iter().position(|other| other == heading)?;
                record.get(place).map(str::trim).filter(|cell| !cell.is_empty())
            };
            let mut number = |heading: &'static str| {
                let text = cell(heading)?;
                text.parse::<f64>().map_err(|_| problems.push(not_a_number(row, heading, text))).ok()
            };
            let numbers = NUMBERS.map(|heading| (heading, number(heading)));
            let population = match cell("population").map(str::parse::<u64>) {
                Some(Ok(population)) => population,
                _ => {
                    problems.push(not_a_number(row, "population", cell("population").unwrap_or_default()));
                    1
                }
            };
            let label = vietnamese::nfc(cell("stratum").unwrap_or_default());
            if label.is_empty() {
                problems.push(
                    Problem::new("allocation_table", "thiếu tên tầng", "the stratum has no name")
                        .at(Place::cell(row, "stratum")),
                );
            }
            rows.push(Row { label, population, numbers: numbers.to_vec() });
        }
        problems.into_result(Self { rows, headings })
    }

    fn has(&self, heading: &str) -> bool {
        self.headings.iter().any(|other| other == heading)
    }

    /// The strata as a rule sees them.
    #[expect(clippy::cast_precision_loss, reason = "populations are far below 2⁵³")]
    fn strata(&self, rule: AllocationRule) -> Vec<AllocationStratum> {
        let is_power = matches!(rule, AllocationRule::Power { .. });
        let stratum = |row: &Row| {
            let number =
                |heading| row.numbers.iter().find(|(name, _)| *name == heading).and_then(|(_, number)| *number);
            let population = row.population as f64;
            AllocationStratum {
                label: row.label.clone(),
                population: row.population,
                measure: number("measure").filter(|_| is_power).unwrap_or(population),
                spread: number(if is_power { "cv" } else { "spread" }),
                cost: number("cost"),
                given: number("number"),
            }
        };
        self.rows.iter().map(stratum).collect()
    }
}

fn not_a_number(row: usize, heading: &str, got: &str) -> Problem {
    Problem::new("allocation_table", "không đọc được số", "the number cannot be read")
        .at(Place::cell(row, heading))
        .got(got)
        .hint(
            "viết dấu chấm thập phân, không có dấu phân cách, ví dụ 1234.5",
            "write a decimal point and no separators, such as 1234.5",
        )
}

/// The rules to compare: the one that is asked, or all whose columns are there.
fn rules(args: &AllocateArgs, table: &Table) -> Result<Vec<AllocationRule>, Problems> {
    let all = [
        (AllocationRule::Equal, true),
        (AllocationRule::Proportional, true),
        (AllocationRule::SquareRoot, true),
        (AllocationRule::Power { power: args.power.unwrap_or_default() }, args.power.is_some()),
        (AllocationRule::Neyman, table.has("spread")),
        (AllocationRule::Optimal, table.has("spread") && table.has("cost")),
        (AllocationRule::Fixed, table.has("number")),
    ];
    let Some(asked) = args.rule.as_deref() else {
        return Ok(all.into_iter().filter(|(_, possible)| *possible).map(|(rule, _)| rule).collect());
    };
    if asked == "power" && args.power.is_none() {
        let (vi, en) = ("quy tắc power cần --power", "the rule power needs --power");
        return Err(Problem::new("allocation_bad_power", vi, en).expected("0–1").into());
    }
    match all.into_iter().find(|(rule, _)| rule.name() == asked) {
        Some((rule, _)) => Ok(vec![rule]),
        None => Err(Problem::new(
            "design_unknown_allocation",
            "không có quy tắc phân bổ này",
            "there is no such rule of allocation",
        )
        .expected(AllocationRule::NAMES.join(", "))
        .got(asked)
        .into()),
    }
}

/// The comparison.
#[derive(Serialize)]
struct Answer {
    total: u64,
    minimum: u64,
    strata: Vec<String>,
    rules: Vec<RuleAnswer>,
}

#[derive(Serialize)]
struct RuleAnswer {
    #[serde(flatten)]
    rule: AllocationRule,
    /// Whole numbers, in the order of the strata.
    n: Vec<u64>,
    /// Before bounds and whole numbers.
    real_valued: Vec<f64>,
    /// Of the mean, under simple random sampling in each stratum; missing where a spread is not known.
    variance_of_mean: Option<f64>,
    standard_error_of_mean: Option<f64>,
    /// Missing where a cost is not known.
    cost: Option<f64>,
}

impl Answer {
    fn of(args: &AllocateArgs, table: &Table) -> Result<Self, Problems> {
        let total = match (args.total, args.budget) {
            (Some(total), _) => total,
            (None, budget) => {
                affordable(total_for_budget(&table.strata(AllocationRule::Optimal), budget.unwrap_or(f64::NAN))?)
            }
        };
        let answer = |rule| -> Result<RuleAnswer, Problems> {
            let strata = table.strata(rule);
            let asked = (rule != AllocationRule::Fixed).then_some(total);
            let request = AllocationRequest { rule, total: asked, minimum: args.minimum };
            let n = allocate(request, &strata)?;
            // The spread of the variable, also where the rule looked at a coefficient of variation.
            let plain = table.strata(AllocationRule::Neyman);
            let real: Vec<f64> = n.iter().map(|n| f64::from(u32::try_from(*n).unwrap_or(u32::MAX))).collect();
            let variance_of_mean = variance_of_mean(&plain, &real);
            let costs = plain.iter().zip(&real).map(|(stratum, n)| Some(stratum.cost? * n));
            Ok(RuleAnswer {
                rule,
                real_valued: real_valued(request, &strata)?,
                standard_error_of_mean: variance_of_mean.map(f64::sqrt),
                variance_of_mean,
                cost: costs.sum(),
                n,
            })
        };
        Ok(Self {
            total,
            minimum: args.minimum,
            strata: table.rows.iter().map(|row| row.label.clone()).collect(),
            rules: rules(args, table)?.into_iter().map(answer).collect::<Result<_, _>>()?,
        })
    }

    fn json(&self) -> Result<String, Problems> {
        serde_json::to_string_pretty(self).map_err(|error| {
            Problem::new("output", "không ghi được kết quả", "the output cannot be written")
                .got(error.to_string())
                .into()
        })
    }

    fn text(&self, language: Language) -> String {
        let word = |vi: &'static str, en: &'static str| if language == Language::Vi { vi } else { en };
        let shown = |number: Option<f64>, decimals: usize| match (number, language) {
            (None, _) => "—".to_owned(),
            (Some(number), Language::En) => format!("{number:.decimals$}"),
            (Some(number), Language::Vi) => format!("{number:.decimals$}").replace('.', ","),
        };
        let width = self.strata.iter().map(|label| label.chars().count()).max().unwrap_or(0).max(26) + 2;
        let line = |first: &str, cells: Vec<String>| {
            let cells: String = cells.iter().map(|cell| format!("{cell:>15}")).collect();
            format!("{first:<width$}{cells}")
        };
        let of = |cell: &dyn Fn(&RuleAnswer) -> String| self.rules.iter().map(cell).collect::<Vec<_>>();
        let mut lines = vec![
            format!(
                "{}: {}; {}: {}",
                word("tổng", "total"),
                self.total,
                word("tối thiểu mỗi tầng", "least in a stratum"),
                self.minimum
            ),
            line(word("tầng", "stratum"), of(&|answer| answer.rule.name().to_owned())),
        ];
        for (place, label) in self.strata.iter().enumerate() {
            lines.push(line(label, of(&|answer| answer.n[place].to_string())));
        }
        lines.push(line(word("cộng", "sum"), of(&|answer| answer.n.iter().sum::<u64>().to_string())));
        lines.push(line(
            word("sai số chuẩn của trung bình", "standard error of mean"),
            of(&|answer| shown(answer.standard_error_of_mean, 6)),
        ));
        lines.push(line(word("chi phí", "cost"), of(&|answer| shown(answer.cost, 2))));
        lines.join("\n")
    }
}

/// The whole units that a budget pays for.
fn affordable(total: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive and cut at the largest sample"
    )]
    let whole = total.min(1e9) as u64;
    whole
}

#[cfg(test)]
mod tests {
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
}
