//! `khaosat sample size`: how large a sample should be, and what a design will be able to say.

mod answers;
mod speaker;
mod table;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use problem::{Place, Problem, Problems};
use sampling::size::{Alternative, Quantity, design_effect, weighting_effect};

use super::frame::Format;
use super::frame_file::ReadingArgs;
use super::say;

/// Arguments of `khaosat sample size`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "One question at a time:\n  \
    what can this design say?       khaosat sample size --design papi-3x2x2x20 --p 0.82 --deff 2 --target 0.9\n  \
    how many for this precision?    khaosat sample size --half-width 0.03 --p 0.5 --deff 1.8 --population 100000 --response 0.8\n  \
    \x20                               khaosat sample size --half-width 0.05 --p 0.8 --icc 0.05 --cluster-size 20 --strata 3\n  \
    which change can be found?      khaosat sample size --detect --p 0.82 --n 240 --deff 2 --power 0.8 --df 4\n  \
    how many to find a change?      khaosat sample size --detect --p 0.5 --p2 0.6 --deff 1.5 --power 0.8\n  \
    how many people per cluster?    khaosat sample size --cost-cluster 750 --cost-interview 100 --icc 0.05\n\n\
    Shares are written between 0 and 1 (0.82 is 82 %). What was not stated is said in words with the result.")]
pub struct SizeArgs {
    /// The table of a design: a built-in name or a TOML file
    #[arg(long, help_heading = "Questions")]
    pub design: Option<String>,
    /// How many interviews for an interval of this half-width
    #[arg(long, value_name = "E", help_heading = "Questions")]
    pub half_width: Option<f64>,
    /// How many interviews for this coefficient of variation
    #[arg(long, value_name = "CV", help_heading = "Questions")]
    pub cv: Option<f64>,
    /// Comparing two years or groups: sizes with --p2 (or --mean2), power with --n as well, the smallest change with --n alone
    #[arg(long, help_heading = "Questions")]
    pub detect: bool,
    /// The best number of interviews per cluster, when one more cluster costs this much
    #[arg(long, value_name = "MONEY", requires = "cost_interview", help_heading = "Questions")]
    pub cost_cluster: Option<f64>,

    /// The frame that the design will be drawn from: numbers of units are then those of a trial draw
    #[arg(long, requires = "design", value_name = "FILE")]
    pub frame: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// Keep the design to one part of the frame, such as province=24
    #[arg(long, requires = "frame", value_name = "LEVEL=CODE")]
    pub only: Option<String>,
    /// Samples to compare the design with: clusters x interviews in each
    #[arg(long, value_name = "MxB", default_value = "30x20", value_parser = alternative)]
    pub alternative: Vec<(u64, u64)>,
    /// A target of the plan: from which estimate on, and up to which, the sample can tell
    #[arg(long, value_name = "VALUE", requires = "design")]
    pub target: Option<f64>,

    /// Expected share
    #[arg(long, conflicts_with_all = ["mean", "sd"])]
    pub p: Option<f64>,
    /// Expected mean
    #[arg(long, requires = "sd", allow_negative_numbers = true)]
    pub mean: Option<f64>,
    /// Standard deviation between people
    #[arg(long, requires = "mean")]
    pub sd: Option<f64>,
    /// Design effect
    #[arg(long, conflicts_with = "icc")]
    pub deff: Option<f64>,
    /// Intraclass correlation: RHO with --cluster-size, or LEVEL=RHO for stages of a design (again for more levels)
    #[arg(long, value_name = "RHO", allow_negative_numbers = true)]
    pub icc: Vec<String>,
    /// Interviews in each cluster
    #[arg(long, value_name = "B")]
    pub cluster_size: Option<f64>,
    /// Strata of the clusters: with --half-width and --cluster-size, also tells how many clusters Student's t asks for
    #[arg(long, value_name = "H", requires = "cluster_size")]
    pub strata: Option<u64>,
    /// Coefficient of variation of the weights: multiplies the design effect by 1 + CV²
    #[arg(long, value_name = "CV")]
    pub weight_cv: Option<f64>,
    /// Confidence level of the interval
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// Number of people, when it is small enough to matter
    #[arg(long, value_name = "N")]
    pub population: Option<f64>,
    /// Which finite population correction the number of units to draw rests on
    #[arg(long, value_enum, default_value_t)]
    pub fpc: Fpc,
    /// Expected response rate among the eligible
    #[arg(long, value_name = "SHARE")]
    pub response: Option<f64>,
    /// Expected share of the eligible among the drawn
    #[arg(long, value_name = "SHARE")]
    pub eligibility: Option<f64>,

    /// Expected share in the second year or group
    #[arg(long, requires = "p")]
    pub p2: Option<f64>,
    /// Expected mean in the second year or group
    #[arg(long, requires = "mean", allow_negative_numbers = true)]
    pub mean2: Option<f64>,
    /// Standard deviation in the second year or group; that of the first when not stated
    #[arg(long, requires = "mean2")]
    pub sd2: Option<f64>,
    /// Interviews in the first year or group
    #[arg(long, requires = "detect")]
    pub n: Option<f64>,
    /// Size of the second sample over that of the first
    #[arg(long, default_value_t = 1.0)]
    pub ratio: f64,
    /// Share of the first sample that is interviewed again in the second
    #[arg(long, value_name = "SHARE", requires = "correlation")]
    pub overlap: Option<f64>,
    /// Correlation of a person's two answers
    #[arg(long, requires = "overlap", allow_negative_numbers = true)]
    pub correlation: Option<f64>,
    /// Probability of finding a change where there is none
    #[arg(long, default_value_t = 0.05)]
    pub alpha: f64,
    /// Probability of finding the change
    #[arg(long)]
    pub power: Option<f64>,
    /// Only a change in the direction named beforehand counts
    #[arg(long)]
    pub one_sided: bool,
    /// Use the common share for "no change", as R's power.prop.test does
    #[arg(long)]
    pub pooled: bool,
    /// Degrees of freedom of both samples together; the normal distribution when not stated
    #[arg(long)]
    pub df: Option<u64>,

    /// What one more interview in a cluster costs
    #[arg(long, value_name = "MONEY", requires = "cost_cluster")]
    pub cost_interview: Option<f64>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// The two finite population corrections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Fpc {
    /// n₀/(1 + n₀/N)
    #[default]
    Plain,
    /// n₀/(1 + (n₀ − 1)/N)
    CochranMinus1,
}

fn alternative(text: &str) -> Result<(u64, u64), String> {
    let parts = text
        .split_once(['x', '×'])
        .and_then(|(clusters, interviews)| Some((clusters.trim().parse().ok()?, interviews.trim().parse().ok()?)));
    parts.ok_or_else(|| "30x20: clusters x interviews in each".to_owned())
}

/// Runs the command.
///
/// # Errors
/// Not exactly one question, or arguments that it cannot use: all at once.
pub fn run(args: &SizeArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let asked =
        [args.design.is_some(), args.half_width.is_some(), args.cv.is_some(), args.detect, args.cost_cluster.is_some()];
    if asked.iter().filter(|asked| **asked).count() != 1 {
        return Err(Problem::new("size_question", "cần đúng một câu hỏi", "exactly one question is needed")
            .expected("--design | --half-width | --cv | --detect | --cost-cluster")
            .hint("xem ví dụ: khaosat sample size --help", "for examples: khaosat sample size --help")
            .into());
    }
    let text = if args.design.is_some() {
        table::of_design(args)?
    } else if args.detect {
        answers::comparison(args)?
    } else if args.cost_cluster.is_some() {
        answers::cluster_size(args)?
    } else {
        answers::required(args)?
    };
    say(out, text)
}

impl SizeArgs {
    fn quantity(&self) -> Result<Quantity, Problems> {
        match (self.p, self.mean, self.sd) {
            (Some(p), ..) => Ok(Quantity::Proportion(p)),
            (None, Some(mean), Some(standard_deviation)) => Ok(Quantity::Mean { mean, standard_deviation }),
            _ => Err(Problem::new(
                "size_quantity",
                "chưa nêu giá trị dự kiến của điều cần ước lượng",
                "the expected value of what is estimated is not stated",
            )
            .expected(("--p, hoặc --mean và --sd", "--p, or --mean and --sd"))
            .into()),
        }
    }

    fn weighting(&self) -> Result<f64, Problems> {
        weighting_effect(self.weight_cv.unwrap_or(0.0))
    }

    /// The design effect as one number: stated, or from one intraclass correlation and the size of a cluster.
    fn plain_deff(&self) -> Result<f64, Problems> {
        let weighting = self.weighting()?;
        let deff = match (self.deff, &self.icc[..], self.cluster_size) {
            (Some(deff), [], _) => deff,
            (None, [icc], Some(cluster_size)) => design_effect(cluster_size, number_of(icc)?)?,
            _ => {
                return Err(Problem::new(
                    "size_design_effect",
                    "cần nêu hệ số thiết kế (--deff), hoặc tương quan nội cụm và cỡ cụm (--icc, --cluster-size)",
                    "a design effect (--deff), or an intraclass correlation and a cluster size (--icc, --cluster-size), is needed",
                )
                .hint("chọn mẫu ngẫu nhiên đơn giản: --deff 1", "for a simple random sample: --deff 1")
                .into());
            }
        };
        Ok(deff * weighting)
    }

    fn alternative_hypothesis(&self) -> Alternative {
        if self.one_sided { Alternative::OneSided } else { Alternative::TwoSided }
    }
}

fn number_of(text: &str) -> Result<f64, Problems> {
    text.trim().parse().map_err(|_| {
        Problem::new("size_out_of_range", "không phải là số", "this is not a number")
            .at(Place::column("icc"))
            .expected("0.05")
            .got(text)
            .into()
    })
}

#[cfg(test)]
mod tests;
