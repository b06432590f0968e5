//! `khaosat sample`: drawing a sample, and proving afterwards that it was drawn so.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use problem::{Language, Place, Problem, Problems, Words};
use sampling::{
    Certificate, Commitment, Only, Opening, Published, Role, Sample, SampleDesign, SamplingFrame, certificate_name,
    draw, sha256_hex,
};

use super::frame::design;
use super::frame_file::{self, ReadingArgs};
use super::sample_allocate::{self, AllocateArgs};
use super::sample_commit::{self, CommitArgs};
use super::sample_overlap::{self, OverlapArgs};
use super::sample_probabilities::{self, ProbabilitiesArgs};
use super::sample_release::{ReleaseArgs, ReleasesArgs, run_release, run_releases};
use super::sample_respondent::{self, RespondentArgs};
use super::sample_size::{self, SizeArgs};
use super::sample_split;
use super::sample_verify::{self, VerifyArgs};
use super::{files, language, say};
use crate::fieldwork::sample_list::to_xlsx;

/// Arguments of `khaosat sample`.
#[derive(Debug, Args)]
#[command(
    about = "Plans a sample, draws it from a frame, and verifies a drawn one",
    after_help = "Examples:\n  khaosat sample size --design papi-3x2x2x20 --p 0.82 --deff 2 --target 0.9\n  \
                  khaosat sample commit --frame villages.csv --design papi-3x2x2x20 \\\n    \
                  --seed-source \"Six digits of the first prize of the provincial lottery of 12/03/2026\" --out commitment.json\n  \
                  khaosat sample draw --frame villages.csv --design papi-3x2x2x20 --commitment commitment.json --seed-text 204873 --out list.csv\n  khaosat sample draw --frame villages.csv --design papi-3x2x2x20 --seed 20241 --out list.csv\n  \
                  khaosat sample draw --frame communes.csv --design census-communes --seed 7 --only province=24 --out list.xlsx\n  \
                  khaosat sample draw --frame communes.csv --design papi-2011-census --seed 7 --split province --out lists/papi.csv\n  \
                  khaosat sample verify --sample list.csv --frame villages.csv\n  \
                  khaosat sample release --sample list.csv --ledger releases.csv --for 24-213-07201-001-17 --disposition 2.11 \
                  --attempts 1 --reason \"refused at the door\" --by Lan"
)]
pub struct SampleArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// How large a sample should be, and what a design will be able to say
    Size(Box<SizeArgs>),
    /// Fixes frame, design and program before a draw, and names the public source of the seed
    Commit(CommitArgs),
    /// Draws a sample and writes the list (CSV, or XLSX with one sheet a village) with its certificate beside it
    Draw(DrawArgs),
    /// Draws again and compares with the list, unit by unit: proof for an auditor
    Verify(VerifyArgs),
    /// Spreads a total over strata by each rule of allocation and compares their precision
    Allocate(AllocateArgs),
    /// Releases the next reserve for a case that has failed, and adds it to a ledger that only grows
    Release(ReleaseArgs),
    /// Checks a ledger of releases: nothing changed, nothing out of order
    Releases(ReleasesArgs),
    /// Whom to ask in a household, by its number in the list
    Respondent(RespondentArgs),
    /// How many units two lists have in common, and how many could be expected
    Overlap(OverlapArgs),
    /// Inclusion probabilities of selection methods on a list of sizes, exact or simulated
    Probabilities(ProbabilitiesArgs),
}

#[derive(Debug, Args)]
struct DrawArgs {
    /// The frame: a CSV file or a workbook (.xlsx)
    #[arg(long)]
    frame: PathBuf,
    #[command(flatten)]
    reading: ReadingArgs,
    /// The design: a built-in name or a TOML file
    #[arg(long)]
    design: String,
    /// The seed, a whole number; there is no default: agree on it before the draw and publish it
    #[arg(long, required_unless_present = "commitment")]
    seed: Option<u64>,
    /// The commitment that was published before the draw: the draw is refused when anything differs from it
    #[arg(long, value_name = "FILE")]
    commitment: Option<PathBuf>,
    /// What the source named in the commitment has published; the seed is computed from it
    #[arg(long, value_name = "TEXT", requires = "commitment", conflicts_with = "seed")]
    seed_text: Option<String>,
    /// The list to write: a name that ends in .csv or .xlsx
    #[arg(long)]
    out: PathBuf,
    /// Keep the draw to one unit of a level, such as province=24: the units are those of the whole draw
    #[arg(long, value_name = "LEVEL=CODE")]
    only: Option<String>,
    /// Write one list for each unit of a level, such as province: OUT-24.csv beside the others, each with its certificate
    #[arg(long, value_name = "LEVEL", conflicts_with = "only")]
    split: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Problems of files, frame or design; for `verify`, everything in which the list differs from the draw.
pub fn run(args: &SampleArgs, out: &mut dyn Write) -> Result<(), Problems> {
    match &args.act {
        Act::Size(args) => sample_size::run(args, out),
        Act::Commit(args) => sample_commit::run(args, out),
        Act::Draw(args) => run_draw(args, out),
        Act::Verify(args) => sample_verify::run(args, out),
        Act::Allocate(args) => sample_allocate::run(args, out),
        Act::Release(args) => run_release(args, out),
        Act::Releases(args) => run_releases(args, out),
        Act::Respondent(args) => sample_respondent::run(args, out),
        Act::Overlap(args) => sample_overlap::run(args, out),
        Act::Probabilities(args) => sample_probabilities::run(args, out),
    }
}

/// What kind of file a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListFormat {
    Csv,
    Xlsx,
}

impl ListFormat {
    pub(super) fn of(path: &Path) -> Result<Self, Problems> {
        match path.extension().and_then(|end| end.to_str()).map(str::to_lowercase).as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("xlsx") => Ok(Self::Xlsx),
            _ => Err(Problem::new(
                "sample_unknown_format",
                "tên tệp phải có đuôi .csv hoặc .xlsx",
                "the file's name must end in .csv or .xlsx",
            )
            .got(path.display().to_string())
            .into()),
        }
    }
}

/// Reads a frame as the arguments say.
pub(super) fn read_frame(path: &Path, design: &SampleDesign, reading: &ReadingArgs) -> Result<SamplingFrame, Problems> {
    frame_file::read(path, design, &reading.reading()?.unwrap_or_default())
}

fn run_draw(args: &DrawArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let format = ListFormat::of(&args.out)?;
    let mut design = design(&args.design)?;
    if let Some(only) = &args.only {
        design = design.restricted_to(Only::parse(only)?)?;
    }
    let frame = read_frame(&args.frame, &design, &args.reading)?;
    let (seed, opening) = seed_of(args, &frame, &design)?;
    if let Some(level) = &args.split {
        let parts = sample_split::parts(&frame, &design, seed, level, &args.out)?;
        for part in &parts {
            write_list(&part.sample, &part.design, &part.file, format, opening.as_ref())?;
        }
        return say(out, sample_split::told(&parts, level, language()));
    }
    let sample = draw(&frame, &design, seed)?;
    let certificate = write_list(&sample, &design, &args.out, format, opening.as_ref())?;
    say(out, drawn(&sample, &args.out, &certificate, opening.as_ref(), language()))
}

/// Writes a list and, beside it, its certificate, whose name is given back.
fn write_list(
    sample: &Sample,
    design: &SampleDesign,
    file: &Path,
    format: ListFormat,
    opening: Option<&Opening>,
) -> Result<PathBuf, Problems> {
    let list = match format {
        ListFormat::Csv => sample.to_csv().into_bytes(),
        ListFormat::Xlsx => to_xlsx(sample)?,
    };
    let certificate = PathBuf::from(certificate_name(&file.display().to_string()));
    files::write(file, &list)?;
    let document = Certificate::of(sample, design, &list);
    let document = match opening {
        Some(opening) => document.under_commitment(opening.clone()),
        None => document,
    };
    files::write(&certificate, document.to_json()?.as_bytes())?;
    Ok(certificate)
}

/// The seed as it was given, or as the commitment makes it of what was published.
fn seed_of(args: &DrawArgs, frame: &SamplingFrame, design: &SampleDesign) -> Result<(u64, Option<Opening>), Problems> {
    let published = match (&args.seed_text, args.seed) {
        (Some(text), _) => Some(Published::Text(text)),
        (None, Some(seed)) => Some(Published::Number(seed)),
        (None, None) => None,
    };
    let Some(path) = &args.commitment else {
        // The command line asks for a seed where there is no commitment.
        return args.seed.map(|seed| (seed, None)).ok_or_else(|| nothing_published().into());
    };
    let name = path.display().to_string();
    let commitment = read_commitment(path)?;
    commitment.check_draw(frame, design).map_err(|problems| problems.in_file(&name))?;
    check_program(&commitment).map_err(|problems| problems.in_file(&name))?;
    let published = published.ok_or_else(|| Problems::from(nothing_published()).in_file(&name))?;
    let (seed, opening) = commitment.open(published).map_err(|problems| problems.in_file(&name))?;
    Ok((seed, Some(opening)))
}

fn nothing_published() -> Problem {
    Problem::new(
        "seed_missing",
        "chưa nêu số khởi đầu, hoặc văn bản mà nguồn trong bản cam kết đã công bố",
        "neither a seed nor what the source of the commitment has published is given",
    )
    .expected("--seed, --seed-text")
}

pub(super) fn read_commitment(path: &Path) -> Result<Commitment, Problems> {
    Commitment::from_json(&files::read(path)?).map_err(|problems| problems.in_file(&path.display().to_string()))
}

/// A commitment bound to a program's file is drawn by that very file.
fn check_program(commitment: &Commitment) -> Result<(), Problems> {
    let Some(committed) = commitment.program_sha256() else { return Ok(()) };
    let running = sha256_of_this_program()?;
    if running == committed {
        return Ok(());
    }
    Err(Problem::new(
        "commitment_other_program",
        "chương trình đang chạy không phải tệp chương trình đã cam kết",
        "the running program is not the committed program file",
    )
    .at(Place::column("program_sha256"))
    .expected(committed)
    .got(running)
    .into())
}

pub(super) fn sha256_of_this_program() -> Result<String, Problems> {
    let path = std::env::current_exe().map_err(|error| {
        Problem::new("program_unknown", "không tìm được tệp chương trình", "the program's own file cannot be found")
            .got(error.to_string())
    })?;
    Ok(sha256_hex(&files::read(&path)?))
}

fn drawn(sample: &Sample, list: &Path, certificate: &Path, opening: Option<&Opening>, language: Language) -> String {
    let (n_main, n_reserve) = (sample.units_of(Role::Main).count(), sample.units_of(Role::Reserve).count());
    let groups = sample.groups().len();
    let mut lines = match language {
        Language::Vi => vec![format!("Đã rút {n_main} đơn vị chính và {n_reserve} dự phòng trong {groups} nhóm cuối")],
        Language::En => vec![format!("Drawn: {n_main} main units and {n_reserve} reserves in {groups} last groups")],
    };
    lines.push(format!("  {}\n  {}", list.display(), certificate.display()));
    if let Some(opening) = opening {
        let (word, seed) = match language {
            Language::Vi => ("cam kết", "số khởi đầu"),
            Language::En => ("commitment", "seed"),
        };
        lines.push(format!("  {word} {}\n  {seed} {}", opening.commitment_sha256(), sample.provenance.seed));
    }
    lines.extend(noted(&sample.notes, language));
    lines.join("\n")
}

pub(super) fn noted(notes: &[Words], language: Language) -> impl Iterator<Item = String> {
    let word = match language {
        Language::Vi => "lưu ý",
        Language::En => "note",
    };
    notes.iter().map(move |note| format!("  {word}: {}", note.in_language(language)))
}

#[cfg(test)]
mod tests;
