//! `khaosat sample verify`: is this list the one that frame, design, seed and commitment imply?

mod report;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use problem::{Place, Problem, Problems, Words};
use sampling::{
    Certificate, Commitment, ListRows, Preset, Published, Sample, SampleDesign, SeedForm, certificate_name, sha256_hex,
    verify_with_seed,
};

use super::frame::{Format, design};
use super::frame_file::{self, ReadingArgs};
use super::sample::{ListFormat, read_commitment, sha256_of_this_program};
use super::{files, language, say};
use crate::fieldwork::sample_list::{design_sha256_of_xlsx, verify_xlsx_with_seed};

use report::{CommitmentFound, Report, Verified, with_summary};

/// Arguments of `khaosat sample verify`.
#[derive(Args, Clone, Debug)]
pub struct VerifyArgs {
    /// The list: .csv or .xlsx; its certificate lies beside it
    #[arg(long)]
    pub(super) sample: PathBuf,
    /// The frame it was drawn from
    #[arg(long)]
    pub(super) frame: PathBuf,
    /// Without these, the frame is read as the certificate says, or the commitment
    #[command(flatten)]
    pub(super) reading: ReadingArgs,
    /// The design; without it, the one in the certificate beside the list, or the built-in one with the hash in the list
    #[arg(long)]
    pub(super) design: Option<String>,
    /// The commitment that was published before the draw
    #[arg(long, value_name = "FILE")]
    pub(super) commitment: Option<PathBuf>,
    /// The SHA-256 that was published, to compare with the commitment's
    #[arg(long, value_name = "HEX", requires = "commitment")]
    pub(super) commitment_sha256: Option<String>,
    /// What the source of the seed has published, as you read it yourself; without it, the text in the certificate
    #[arg(long, value_name = "TEXT", requires = "commitment")]
    pub(super) seed_text: Option<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// Runs the command.
///
/// # Errors
/// Everything in which list, certificate, commitment, frame or design differ from what they imply.
pub fn run(args: &VerifyArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let found = examine(args).map_err(with_summary);
    if args.format == Format::Json {
        say(out, Report::of(args, &found).json()?)?;
        return found.map(|_| ());
    }
    say(out, found?.text(language()))
}

fn examine(args: &VerifyArgs) -> Result<Verified, Problems> {
    let format = ListFormat::of(&args.sample)?;
    let list_name = args.sample.display().to_string();
    let list = files::read(&args.sample)?;
    let mut problems = Problems::none();
    let certificate_path = PathBuf::from(certificate_name(&list_name));
    let in_certificate = |found: Problems| found.in_file(&certificate_path.display().to_string());
    let has_certificate = certificate_path.is_file();
    let certificate = collected(
        has_certificate.then(|| Certificate::from_json(&files::read(&certificate_path)?).map_err(in_certificate)),
        &mut problems,
    );
    let commitment = collected(args.commitment.as_deref().map(read_commitment), &mut problems);
    let design = match (&args.design, &certificate) {
        (Some(name), _) => design(name),
        (None, Some(certificate)) => certificate.design().map_err(in_certificate),
        (None, None) => built_in_design(format, &list).map_err(|found| found.in_file(&list_name)),
    };
    let Some(design) = collected(Some(design), &mut problems) else { return Err(problems) };
    let recorded = certificate.as_ref().and_then(Certificate::frame_reading);
    let recorded = recorded.or_else(|| commitment.as_ref().and_then(Commitment::frame_reading)).cloned();
    let reading = args.reading.reading()?.or(recorded).unwrap_or_default();
    let frame = frame_file::read(&args.frame, &design, &reading).map_err(|found| {
        let expected = certificate.as_ref().map(Certificate::frame_sha256);
        changed_since(&args.frame, expected, found)
    });
    let Some(frame) = collected(Some(frame), &mut problems) else { return Err(problems) };

    let opened = commitment.as_ref().map(|commitment| {
        open(args, commitment, certificate.as_ref(), has_certificate).map_err(|found| match &args.commitment {
            Some(path) => found.in_file(&path.display().to_string()),
            None => found,
        })
    });
    let (seed, commitment_found) = collected(opened, &mut problems).unzip();
    let verification = match format {
        ListFormat::Csv => verify_with_seed(&frame, &design, seed.flatten(), &list),
        ListFormat::Xlsx => verify_xlsx_with_seed(&frame, &design, seed.flatten(), &list),
    };
    let verification = collected(Some(verification.map_err(|found| found.in_file(&list_name))), &mut problems);
    let Some(mut verification) = verification else { return Err(problems) };
    if let Some(certificate) = &certificate
        && format == ListFormat::Csv
        && !certificate.is_of_list(&list)
    {
        problems.extend(in_certificate(other_list(&list).into()));
    }
    if let Some(certificate) = &certificate {
        let checked = certificate.check(&verification.sample, &design).map_err(in_certificate);
        let _checked = collected(Some(checked), &mut problems);
    }
    if let Some(commitment) = &commitment {
        let checked = commitment.check(&verification.sample.provenance);
        let place = args.commitment.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
        let _checked = collected(Some(checked.map_err(|found| found.in_file(&place))), &mut problems);
    }
    problems.into_result(())?;
    verification.notes.extend(notes(commitment.as_ref(), certificate.as_ref(), &list)?);
    Ok(Verified { verification, has_certificate, commitment: commitment_found })
}

/// The value, or nothing with its problems put to the others: all are told at once.
fn collected<T>(part: Option<Result<T, Problems>>, problems: &mut Problems) -> Option<T> {
    match part? {
        Ok(value) => Some(value),
        Err(found) => {
            problems.extend(found);
            None
        }
    }
}

/// The seed that the commitment implies (none when it is any published number and no certificate names it), with what the
/// auditor should compare with what was published.
fn open(
    args: &VerifyArgs,
    commitment: &Commitment,
    certificate: Option<&Certificate>,
    has_certificate: bool,
) -> Result<(Option<u64>, CommitmentFound), Problems> {
    let mut problems = Problems::none();
    let sha256 = commitment.sha256()?;
    if let Some(published) =
        args.commitment_sha256.as_deref().filter(|published| published.trim().to_lowercase() != sha256)
    {
        problems.push(
            Problem::new(
                "commitment_other_sha256",
                "đây không phải bản cam kết đã công bố: mã sha256 khác",
                "this is not the commitment that was published: its sha256 differs",
            )
            .expected(published)
            .got(sha256.clone()),
        );
    }
    let opening = certificate.and_then(Certificate::opening);
    match opening {
        // Another commitment implies another seed, and units that nobody looked for: told once, here.
        Some(opening) => opening.check_commitment(commitment)?,
        None if has_certificate => problems.push(Problem::new(
            "certificate_without_commitment",
            "chứng thư không nói rằng mẫu được rút theo một bản cam kết",
            "the certificate does not say that the sample was drawn under a commitment",
        )),
        None => {}
    }
    let text = args.seed_text.clone().or_else(|| opening.and_then(|opening| opening.text().map(str::to_owned)));
    let seed = match (&text, commitment.seed_source().form()) {
        (Some(text), _) => collected(Some(commitment.open(Published::Text(text))), &mut problems).map(|(seed, _)| seed),
        (None, SeedForm::PublishedNumber) => None,
        (None, SeedForm::PublishedText) => {
            problems.push(
                Problem::new(
                    "seed_missing",
                    "chưa biết nguồn của số khởi đầu đã công bố văn bản nào",
                    "it is not known what the source of the seed has published",
                )
                .expected(commitment.seed_source().source().unwrap_or_default())
                .hint("nêu bằng --seed-text", "give it with --seed-text"),
            );
            None
        }
    };
    let source = commitment.seed_source().source().map(str::to_owned);
    problems.into_result((seed, CommitmentFound { sha256, source, text }))
}

/// When a frame cannot be read any more, that its bytes are not the certified ones is what an auditor must hear first.
fn changed_since(path: &Path, expected: Option<&str>, found: Problems) -> Problems {
    let (Some(expected), Ok(bytes)) = (expected, files::read(path)) else { return found };
    let sha256 = sha256_hex(&bytes);
    if sha256 == expected {
        return found;
    }
    let mut problems: Problems = Problem::new(
        "sample_other_frame",
        "tệp khung mẫu không phải tệp đã rút (hoặc đã bị sửa)",
        "the frame is not the file that was drawn from (or was changed)",
    )
    .expected(expected)
    .got(sha256)
    .in_file(&path.display().to_string())
    .into();
    problems.extend(found);
    problems
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

/// The bytes of a CSV list must be the certified ones.
fn other_list(list: &[u8]) -> Problem {
    Problem::new(
        "certificate_changed",
        "mã băm của danh sách trong chứng thư không đúng",
        "the certificate names another hash of the list",
    )
    .at(Place::column("list_sha256"))
    .expected(sha256_hex(list))
}

/// What is not wrong, but must be known to read the result rightly.
fn notes(
    commitment: Option<&Commitment>,
    certificate: Option<&Certificate>,
    list: &[u8],
) -> Result<Vec<Words>, Problems> {
    let mut notes = Vec::new();
    // Of a CSV list this was a problem above; a workbook may have been filled in or saved again.
    if certificate.is_some_and(|certificate| !certificate.is_of_list(list)) {
        notes.push(Words::new(
            "bảng tính đã được điền hoặc lưu lại sau khi rút; mọi ô của lần rút vẫn đúng",
            "the workbook was filled in or saved again after the draw; every cell of the draw is right",
        ));
    }
    match (commitment, certificate.and_then(Certificate::opening)) {
        (None, Some(_)) => notes.push(Words::new(
            "chứng thư nêu một bản cam kết; nêu tệp đó bằng --commitment thì mới kiểm tra được nó",
            "the certificate names a commitment, which is only checked when its file is given with --commitment",
        )),
        (Some(commitment), _) if commitment.seed_source().source().is_none() => notes.push(Words::new(
            "bản cam kết không nêu nguồn công khai: không chứng minh được rằng số khởi đầu không do ai chọn",
            "the commitment names no public source: it does not prove that nobody chose the seed",
        )),
        _ => {}
    }
    if let Some(committed) = commitment.and_then(Commitment::program_sha256)
        && committed != sha256_of_this_program()?
    {
        notes.push(Words::new(
            "chương trình đang kiểm tra không phải tệp chương trình đã cam kết, nhưng cho cùng danh sách",
            "the program that verifies is not the committed file of the program, and gives the same list",
        ));
    }
    Ok(notes)
}
