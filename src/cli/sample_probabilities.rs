//! `khaosat sample probabilities`: inclusion probabilities of the methods of selection on one frame.

mod answer;
mod request;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use answer::Answer;
use clap::{Args, ValueEnum};
use problem::{Problem, Problems};
use request::Request;

use super::language;

/// Exact inclusion probabilities, first and second order, of the methods of selection on one frame.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  khaosat sample probabilities request.json --simulate 200000 --seed 7\n\n\
    request.json:\n  {\"size\": [5, 8, 12, 20, 30, 45], \"n\": 2, \"methods\": [\"sampford\", \"pareto\"]}\n\
    \"u\": [0.05, 0.5] adds the systematic samples of these starts (shares of the interval).\n\n\
    With --simulate, each method also draws R samples with the very code that draws samples, and the shares are printed as\n\
    observed_pi and observed_joint, with largest_z, the largest distance from a computed probability in standard errors. What has no affordable exact algorithm is null without --simulate.")]
pub struct ProbabilitiesArgs {
    /// The request: a JSON document with `size`, `n` and `methods`
    pub request: PathBuf,
    /// Also draw this many samples by each method and count
    #[arg(long, value_name = "R", requires = "seed", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub simulate: Option<u64>,
    /// The seed of the simulation; there is no default
    #[arg(long, value_name = "S", requires = "simulate")]
    pub seed: Option<u64>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
}

/// How to print the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One document with every number at full precision.
    Json,
    /// A table of the first-order probabilities for reading.
    Text,
}

/// Runs the command.
///
/// # Errors
/// A request that cannot be read or is not one, all its problems at once; an output that cannot be written.
pub fn run(args: &ProbabilitiesArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let file = args.request.display().to_string();
    let request = Request::parse(&read(&args.request)?).map_err(|problems| problems.in_file(&file))?;
    let simulation = args.simulate.zip(args.seed);
    let answer = Answer::of(&request, simulation).map_err(|problems| problems.in_file(&file))?;
    // A table of thousands of units has millions of numbers: written as it goes, never held as one text.
    let mut out = BufWriter::new(out);
    match args.format {
        Format::Json => serde_json::to_writer(&mut out, &answer).map_err(|error| unwritable(&error))?,
        Format::Text => {
            out.write_all(answer.text(language()).trim_end().as_bytes()).map_err(|error| unwritable(&error))?;
        }
    }
    out.write_all(b"\n").and_then(|()| out.flush()).map_err(|error| unwritable(&error))
}

fn read(path: &Path) -> Result<Vec<u8>, Problems> {
    std::fs::read(path).map_err(|error| {
        let (vi, en) = ("không đọc được tệp yêu cầu", "the request cannot be read");
        Problem::new("probabilities_file", vi, en).got(error.to_string()).in_file(&path.display().to_string()).into()
    })
}

fn unwritable(error: &dyn std::fmt::Display) -> Problems {
    Problem::new("probabilities_output", "không ghi được kết quả", "the result cannot be written")
        .got(error.to_string())
        .into()
}

#[cfg(test)]
mod tests;
