//! `khaosat sample commit`: what has to be published before a draw.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use problem::{Language, Problems};
use sampling::{Commitment, Only, SeedForm, SeedSource, feasibility};

use super::frame::design;
use super::frame_file::ReadingArgs;
use super::sample::read_frame;
use super::{files, language, say};

/// Arguments of `khaosat sample commit`.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Publish the SHA-256 that is printed, and keep the file. Only then let the source speak, and draw:\n  \
    khaosat sample draw … --commitment commitment.json --seed-text \"what was published\"\n\n\
    Name the source so exactly that only one text can be meant, best of all digits that nobody can influence."
)]
pub struct CommitArgs {
    /// The frame that will be drawn from
    #[arg(long)]
    pub frame: PathBuf,
    #[command(flatten)]
    pub(super) reading: ReadingArgs,
    /// The design that will be drawn by: a built-in name or a TOML file
    #[arg(long)]
    pub design: String,
    /// The public source of the seed, in words; without it the commitment says that none was named
    #[arg(long, value_name = "TEXT")]
    pub seed_source: Option<String>,
    /// What the source publishes: a text from which the seed is computed, or the seed itself; a number when no source is named
    #[arg(long, value_enum, requires = "seed_source")]
    pub seed_form: Option<Form>,
    /// Bind the commitment to one part of the frame as well, such as province=24
    #[arg(long, value_name = "LEVEL=CODE")]
    pub only: Option<String>,
    /// Bind the commitment to a file of the program as well: the draw is refused by any other
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// The commitment to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// What a source publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A line of text; the seed is computed from it.
    Text,
    /// A whole number that is the seed.
    Number,
}

/// Runs the command.
///
/// # Errors
/// Problems of files, frame or design, or that the design cannot be drawn from the frame.
pub fn run(args: &CommitArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let mut design = design(&args.design)?;
    if let Some(only) = &args.only {
        design = design.restricted_to(Only::parse(only)?)?;
    }
    let form = match (args.seed_form, &args.seed_source) {
        (Some(Form::Number), _) | (None, None) => SeedForm::PublishedNumber,
        (Some(Form::Text), _) | (None, Some(_)) => SeedForm::PublishedText,
    };
    let source = SeedSource::new(form, args.seed_source.as_deref())?;
    let frame = read_frame(&args.frame, &design, &args.reading)?;
    // Nobody should find out after the publication that nothing can be drawn.
    feasibility(&frame, &design).map_err(|problems| problems.in_file(&args.frame.display().to_string()))?;
    let mut commitment = Commitment::of(&frame, &design, source);
    if let Some(program) = &args.program {
        commitment = commitment.with_program(&files::read(program)?);
    }
    files::write(&args.out, commitment.to_json()?.as_bytes())?;
    say(out, committed(&commitment, &commitment.sha256()?, args, language()))
}

fn committed(commitment: &Commitment, sha256: &str, args: &CommitArgs, language: Language) -> String {
    let vietnamese = language == Language::Vi;
    let word = |vi: &'static str, en: &'static str| if vietnamese { vi } else { en };
    let mut lines = vec![
        format!("{} {}", word("Đã ghi bản cam kết", "Commitment written:"), args.out.display()),
        format!("  sha256 {sha256}"),
        word(
            "Hãy công bố mã sha256 này trước khi nguồn của số khởi đầu lên tiếng; giữ nguyên tệp, khung mẫu và thiết kế.",
            "Publish this sha256 before the source of the seed speaks; keep the file, the frame and the design as they are.",
        )
        .to_owned(),
    ];
    let source = commitment.seed_source();
    lines.push(match (source.source(), source.form()) {
        (None, _) => word(
            "  lưu ý: không nêu nguồn công khai; bản cam kết không chứng minh được rằng số khởi đầu không do ai chọn",
            "  note: no public source is named; the commitment cannot prove that nobody chose the seed",
        )
        .to_owned(),
        (Some(source), SeedForm::PublishedText) => {
            format!("  {}: {source} (--seed-text)", word("nguồn của số khởi đầu", "source of the seed"))
        }
        (Some(source), SeedForm::PublishedNumber) => {
            format!("  {}: {source} (--seed)", word("nguồn của số khởi đầu", "source of the seed"))
        }
    });
    lines.join("\n")
}
