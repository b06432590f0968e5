//! `khaosat sample`: drawing a sample, and proving afterwards that it was drawn so.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use problem::{Language, Place, Problem, Problems, Words};
use sampling::{
    Certificate, ListRows, Only, Preset, Role, Sample, SampleDesign, Verification, certificate_name, draw, verify,
};

use super::frame::design;
use super::frame_file::{self, ReadingArgs};
use super::sample_probabilities::{self, ProbabilitiesArgs};
use super::{files, language, say};
use crate::fieldwork::sample_list::{design_sha256_of_xlsx, to_xlsx, verify_xlsx};

/// Arguments of `khaosat sample`.
#[derive(Debug, Args)]
#[command(
    about = "Draws a sample from a frame, and verifies a drawn one",
    after_help = "Examples:\n  khaosat sample draw --frame villages.csv --design papi-3x2x2x20 --seed 20241 --out list.csv\n  \
                  khaosat sample draw --frame communes.csv --design census-communes --seed 7 --only province=24 --out list.xlsx\n  \
                  khaosat sample verify --sample list.csv --frame villages.csv"
)]
pub struct SampleArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Draws a sample and writes the list (CSV, or XLSX with one sheet a village) with its certificate beside it
    Draw(DrawArgs),
    /// Draws again and compares with the list, unit by unit: proof for an auditor
    Verify(VerifyArgs),
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
    #[arg(long)]
    seed: u64,
    /// The list to write: a name that ends in .csv or .xlsx
    #[arg(long)]
    out: PathBuf,
    /// Keep the draw to one unit of a level, such as province=24: the units are those of the whole draw
    #[arg(long, value_name = "LEVEL=CODE")]
    only: Option<String>,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// The list: .csv or .xlsx
    #[arg(long)]
    sample: PathBuf,
    /// The frame it was drawn from
    #[arg(long)]
    frame: PathBuf,
    /// Without these, the frame is read as the certificate says
    #[command(flatten)]
    reading: ReadingArgs,
    /// The design; without it, the one in the certificate beside the list, or the built-in one with the hash in the list
    #[arg(long)]
    design: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Problems of files, frame or design; for `verify`, everything in which the list differs from the draw.
pub fn run(args: &SampleArgs, out: &mut dyn Write) -> Result<(), Problems> {
    match &args.act {
        Act::Draw(args) => run_draw(args, out),
        Act::Verify(args) => run_verify(args, out),
        Act::Probabilities(args) => sample_probabilities::run(args, out),
    }
}

/// What kind of file a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListFormat {
    Csv,
    Xlsx,
}

impl ListFormat {
    fn of(path: &Path) -> Result<Self, Problems> {
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

fn run_draw(args: &DrawArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let format = ListFormat::of(&args.out)?;
    let mut design = design(&args.design)?;
    if let Some(only) = &args.only {
        design = design.restricted_to(Only::parse(only)?)?;
    }
    let frame = frame_file::read(&args.frame, &design, &args.reading.reading()?.unwrap_or_default())?;
    let sample = draw(&frame, &design, args.seed)?;
    let list = match format {
        ListFormat::Csv => sample.to_csv().into_bytes(),
        ListFormat::Xlsx => to_xlsx(&sample)?,
    };
    let certificate = PathBuf::from(certificate_name(&args.out.display().to_string()));
    files::write(&args.out, &list)?;
    files::write(&certificate, Certificate::of(&sample, &design, &list).to_json()?.as_bytes())?;
    say(out, drawn(&sample, &args.out, &certificate, language()))
}

fn drawn(sample: &Sample, list: &Path, certificate: &Path, language: Language) -> String {
    let (n_main, n_reserve) = (sample.units_of(Role::Main).count(), sample.units_of(Role::Reserve).count());
    let groups = sample.groups().len();
    let mut lines = match language {
        Language::Vi => vec![format!("Đã rút {n_main} đơn vị chính và {n_reserve} dự phòng trong {groups} nhóm cuối")],
        Language::En => vec![format!("Drawn: {n_main} main units and {n_reserve} reserves in {groups} last groups")],
    };
    lines.push(format!("  {}\n  {}", list.display(), certificate.display()));
    lines.extend(noted(&sample.notes, language));
    lines.join("\n")
}

fn noted(notes: &[Words], language: Language) -> impl Iterator<Item = String> {
    let word = match language {
        Language::Vi => "lưu ý",
        Language::En => "note",
    };
    notes.iter().map(move |note| format!("  {word}: {}", note.in_language(language)))
}

fn run_verify(args: &VerifyArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let format = ListFormat::of(&args.sample)?;
    let list_name = args.sample.display().to_string();
    let list = files::read(&args.sample)?;
    let certificate_path = PathBuf::from(certificate_name(&list_name));
    let certificate = if certificate_path.is_file() {
        let certificate = Certificate::from_json(&files::read(&certificate_path)?);
        Some(certificate.map_err(|problems| problems.in_file(&certificate_path.display().to_string()))?)
    } else {
        None
    };
    let design = match (&args.design, &certificate) {
        (Some(name), _) => design(name)?,
        (None, Some(certificate)) => {
            certificate.design().map_err(|problems| problems.in_file(&certificate_path.display().to_string()))?
        }
        (None, None) => built_in_design(format, &list).map_err(|problems| problems.in_file(&list_name))?,
    };
    let certified = || certificate.as_ref().and_then(Certificate::frame_reading).cloned();
    let reading = args.reading.reading()?.or_else(certified).unwrap_or_default();
    let frame = frame_file::read(&args.frame, &design, &reading)?;
    let verification = match format {
        ListFormat::Csv => verify(&frame, &design, &list),
        ListFormat::Xlsx => verify_xlsx(&frame, &design, &list),
    };
    let mut verification = verification.map_err(|problems| problems.in_file(&list_name))?;
    if let Some(certificate) = &certificate {
        let checked = check_certificate(certificate, &design, &list, format, &mut verification);
        checked.map_err(|problems| problems.in_file(&certificate_path.display().to_string()))?;
    }
    say(out, verified(&verification, certificate.is_some(), language()))
}

/// The built-in design whose hash the list names.
fn built_in_design(format: ListFormat, list: &[u8]) -> Result<SampleDesign, Problems> {
    let sha256 = match format {
        ListFormat::Csv => Sample::from_rows(&ListRows::from_csv(list)?)?.provenance.design_sha256,
        ListFormat::Xlsx => design_sha256_of_xlsx(list)?,
    };
    match Preset::of_sha256(&sha256) {
        Some(preset) => preset.design(),
        None => Err(Problem::new(
            "sample_design_unknown",
            "không tìm thấy thiết kế đã dùng để rút danh sách",
            "the design that the list was drawn by is not at hand",
        )
        .got(sha256)
        .hint(
            "nêu tệp thiết kế bằng --design, hoặc để chứng thư (….certificate.json) bên cạnh danh sách",
            "name its file with --design, or keep the certificate (….certificate.json) beside the list",
        )
        .into()),
    }
}

/// The certificate must say what the draw says. The bytes of a CSV list must be the certified ones; a workbook may have been
/// filled in or saved again, which is noted.
fn check_certificate(
    certificate: &Certificate,
    design: &SampleDesign,
    list: &[u8],
    format: ListFormat,
    verification: &mut Verification,
) -> Result<(), Problems> {
    certificate.check(&verification.sample, design)?;
    match (certificate.is_of_list(list), format) {
        (true, _) => Ok(()),
        (false, ListFormat::Xlsx) => {
            verification.notes.push(Words::new(
                "bảng tính đã được điền hoặc lưu lại sau khi rút; mọi ô của lần rút vẫn đúng",
                "the workbook was filled in or saved again after the draw; every cell of the draw is right",
            ));
            Ok(())
        }
        (false, ListFormat::Csv) => Err(Problem::new(
            "certificate_changed",
            "mã băm của danh sách trong chứng thư không đúng",
            "the certificate names another hash of the list",
        )
        .at(Place::column("list_sha256"))
        .expected(sampling::sha256_hex(list))
        .into()),
    }
}

fn verified(verification: &Verification, with_certificate: bool, language: Language) -> String {
    let Verification { n_main, n_reserve, sample, notes } = verification;
    let provenance = &sample.provenance;
    let first = match (language, with_certificate) {
        (Language::Vi, true) => {
            format!("Đúng: {n_main} đơn vị chính và {n_reserve} dự phòng khớp với lần rút lại và với chứng thư")
        }
        (Language::Vi, false) => format!(
            "Đúng: {n_main} đơn vị chính và {n_reserve} dự phòng khớp với lần rút lại (không có chứng thư bên cạnh)"
        ),
        (Language::En, true) => format!(
            "Verified: {n_main} main units and {n_reserve} reserves are those of the draw and of the certificate"
        ),
        (Language::En, false) => format!(
            "Verified: {n_main} main units and {n_reserve} reserves are those of the draw (no certificate beside the list)"
        ),
    };
    let mut lines = vec![first];
    lines.push(format!("  design  {} {}", provenance.design, provenance.design_sha256));
    lines.push(format!("  frame   {}", provenance.frame_sha256));
    lines.push(format!("  seed    {}", provenance.seed));
    lines.extend(provenance.only.iter().map(|only| format!("  only    {only}")));
    lines.extend(noted(notes, language));
    lines.join("\n")
}

#[cfg(test)]
mod tests;
