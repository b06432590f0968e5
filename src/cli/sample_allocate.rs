//! `khaosat sample allocate`: a total spread over strata by each rule, with the precision that each would give.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use problem::{Language, Problem, Problems};
use sampling::allocation::{
    AllocationRequest, AllocationRule, allocate, real_valued, total_for_budget, variance_of_mean,
};
use serde::Serialize;

use super::frame::Format;
use super::{files, language, say};

mod table;

use table::Table;

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
                  Numbers with a decimal point; other columns are refused. Rules whose columns are not there are left out, unless --rule names them."
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
            strata: table.labels(),
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
mod tests;
