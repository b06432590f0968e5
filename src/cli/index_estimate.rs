//! `khaosat index estimate`: an index from a table of answers, with standard errors and intervals.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use estimation::domain::crossing;
use estimation::table::{Column, Table};
use estimation::{DesignColumns, EstimationDesign, LonelyPsu, read};
use problem::{Language, Place, Problem, Problems};
use reports::export;
use reports::index::{
    Filling, IndexChange, IndexDefinition, IndexEstimates, LinearizedIndex, linearize_index, linearize_per_respondent,
};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::index::{Format, Printing, find, no_format};

/// Arguments of `khaosat index estimate`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  khaosat index estimate --definition papi-2019 --data answers.csv --strata stratum --psu commune --weights w\n  \
    … --by sex                        one set of scores for each sex\n  \
    … --by round --change papi        two rounds in one table: the change and what each indicator brought\n  \
    … --filling own_mean              a score for each respondent instead of means over answerers"
)]
pub struct EstimateArgs {
    /// A shipped definition, or the path of an index.toml.
    #[arg(long)]
    definition: String,
    /// The answers, one respondent a row, one column a question: CSV or Parquet.
    #[arg(long)]
    data: PathBuf,
    /// Column of the weights; without it every row weighs 1.
    #[arg(long)]
    weights: Option<String>,
    /// Column of the strata.
    #[arg(long)]
    strata: Option<String>,
    /// Column of the primary sampling units; without it every row is one.
    #[arg(long)]
    psu: Option<String>,
    /// Whether PSU codes start again in each stratum.
    #[arg(long)]
    nest: bool,
    /// What to do with a stratum of one PSU.
    #[arg(long, value_enum, default_value_t = Lonely::Fail)]
    lonely_psu: Lonely,
    /// One set of scores for each value of this column.
    #[arg(long)]
    by: Option<String>,
    /// With --by: the change of this node from the first value to the last, divided among its indicators.
    #[arg(long, requires = "by")]
    change: Option<String>,
    /// A score for each respondent, with missing answers filled in by this rule.
    #[arg(long, value_enum)]
    filling: Option<FillingWord>,
    /// Confidence level of the intervals.
    #[arg(long, default_value_t = 0.95)]
    level: f64,
    #[command(flatten)]
    printing: Printing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Lonely {
    Fail,
    Certainty,
    Adjust,
    Average,
}

/// [`Filling`] as a word of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FillingWord {
    /// The respondent's own other answers under the node.
    #[value(name = "own_mean")]
    OwnMean,
    /// The mean of those who answered.
    #[value(name = "answerer_mean")]
    AnswererMean,
    /// The worst value.
    Worst,
    /// The best value.
    Best,
}

impl From<FillingWord> for Filling {
    fn from(word: FillingWord) -> Self {
        match word {
            FillingWord::OwnMean => Self::OwnMean,
            FillingWord::AnswererMean => Self::AnswererMean,
            FillingWord::Worst => Self::Worst,
            FillingWord::Best => Self::Best,
        }
    }
}

#[derive(Serialize)]
struct Group {
    /// Value of the column of `--by`; absent without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(flatten)]
    estimates: serde_json::Value,
}

/// The estimates as text.
///
/// # Errors
/// Files that cannot be read; all problems of the definition, the table, the design and the answers.
pub(super) fn run(args: &EstimateArgs) -> Result<String, Problems> {
    let definition = find(&args.definition)?;
    let table = read_table(&args.data)?;
    let design = design(args, &table).map_err(|told| told.in_file(&args.data.display().to_string()))?;
    let mut groups: Vec<(Option<String>, LinearizedIndex<'_>)> = Vec::new();
    match &args.by {
        None => groups.push((None, linearized(args, &definition, &design, &table, None)?)),
        Some(column) => {
            for domain in crossing(&table, &[column.as_str()])? {
                let name = domain.labels.iter().map(|label| label.1.text()).collect::<Vec<_>>().join(" ");
                let mask = domain.mask(table.n_rows());
                groups.push((Some(name), linearized(args, &definition, &design, &table, Some(&mask))?));
            }
        }
    }
    let mut estimates: Vec<(Option<String>, IndexEstimates)> = Vec::new();
    for (name, index) in &groups {
        estimates.push((name.clone(), index.estimates(&design, args.level)?));
    }
    let change = match (&args.change, groups.as_slice()) {
        (Some(node), [(_, first), .., (_, last)]) => Some(first.change_to(last, node, &design, args.level)?),
        (Some(_), _) => {
            return Err(Problem::new(
                "index_change_one_group",
                "cần ít nhất hai nhóm để so sánh",
                "a change needs at least two groups",
            )
            .into());
        }
        (None, _) => None,
    };
    printed(args, &definition, &estimates, change.as_ref())
}

fn linearized<'d>(
    args: &EstimateArgs,
    definition: &'d IndexDefinition,
    design: &EstimationDesign,
    table: &Table,
    domain: Option<&[bool]>,
) -> Result<LinearizedIndex<'d>, Problems> {
    match args.filling {
        None => linearize_index(definition, design, table, domain),
        Some(filling) => linearize_per_respondent(definition, design, table, domain, filling.into()),
    }
}

fn printed(
    args: &EstimateArgs,
    definition: &IndexDefinition,
    estimates: &[(Option<String>, IndexEstimates)],
    change: Option<&IndexChange>,
) -> Result<String, Problems> {
    let language: Language = args.printing.language.into();
    match args.printing.format {
        Format::Toml => Err(no_format("text, json, csv")),
        Format::Csv => {
            let mut text = String::new();
            for (name, one) in estimates {
                if let Some(name) = name {
                    text.push_str(&format!("# {name}\r\n"));
                }
                text.push_str(&export::scores::to_csv(one)?);
            }
            Ok(text)
        }
        Format::Json => {
            let mut groups = Vec::new();
            for (name, one) in estimates {
                groups.push(Group { group: name.clone(), estimates: export::scores::to_json_value(one)? });
            }
            let document = match (groups.as_slice(), change) {
                ([one], None) => serde_json::to_value(one),
                _ => Ok(serde_json::json!({ "groups": groups, "change": change })),
            };
            let text = document.and_then(|document| serde_json::to_string_pretty(&document));
            Ok(text.map_err(|error| unprintable(&error))? + "\n")
        }
        Format::Text => {
            let mut text = String::new();
            for (name, one) in estimates {
                if let Some(name) = name {
                    text.push_str(&format!("\n{} = {name}\n", args.by.as_deref().unwrap_or_default()));
                }
                text.push_str(&export::scores::to_text(definition, one, language)?);
            }
            if let Some(change) = change {
                text.push_str(&format!("\n{}", export::scores::change_to_text(definition, change, language)?));
            }
            Ok(text)
        }
    }
}

fn design(args: &EstimateArgs, table: &Table) -> Result<EstimationDesign, Problems> {
    let mut problems = Problems::none();
    let mut column = |name: &Option<String>| -> Option<(String, Column)> {
        let name: String = name.as_ref()?.nfc().collect();
        match table.column(&name) {
            Ok(column) => Some((name, column.clone())),
            Err(problem) => {
                problems.push(problem);
                None
            }
        }
    };
    let (psu, strata, weights) = (column(&args.psu), column(&args.strata), column(&args.weights));
    problems.into_result(())?;
    let n_rows = table.n_rows();
    let numbers = match &weights {
        None => vec![1.0; n_rows],
        Some((name, column)) => match &column.cells {
            estimation::table::Cells::Numeric(numbers) => numbers.clone(),
            estimation::table::Cells::Categorical { .. } => {
                return Err(Problem::new("design_weight", "trọng số phải là số", "weights must be numbers")
                    .at(Place::column(name))
                    .into());
            }
        },
    };
    let name = weights.as_ref().map_or("1", |weights| weights.0.as_str());
    EstimationDesign::new(&DesignColumns {
        ids: psu.iter().map(|(name, column)| (name.as_str(), column)).collect(),
        strata: strata.iter().map(|(name, column)| (name.as_str(), column)).collect(),
        nest: args.nest,
        weights: Some((name, numbers.as_slice())),
        lonely_psu: match args.lonely_psu {
            Lonely::Fail => LonelyPsu::Fail,
            Lonely::Certainty => LonelyPsu::Certainty,
            Lonely::Adjust => LonelyPsu::Adjust,
            Lonely::Average => LonelyPsu::Average,
        },
        ..DesignColumns::new(n_rows)
    })
}

fn read_table(path: &Path) -> Result<Table, Problems> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Problem::new("index_file", "không đọc được tệp", "the file cannot be read")
            .at(Place::default().in_file(&shown))
            .got(error.to_string())
    })?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet")) {
        read::parquet(bytes, &shown)
    } else {
        read::csv(&bytes, &shown)
    }
}

fn unprintable(error: &dyn std::error::Error) -> Problem {
    Problem::new("index_output", "không ghi được kết quả", "the result cannot be written").got(error.to_string())
}
