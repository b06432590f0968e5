//! `khaosat sample overlap`: how many units two lists have in common, and how many they could be expected to have.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use problem::{Language, Problem, Problems};
use sampling::coordination::{ExpectedOverlap, LevelOverlap, expected_first_stage_overlap, overlap};
use sampling::{Certificate, Sample, SampleDesign, SamplingFrame, certificate_name};

use super::{files, frame_file, language, say};

/// Arguments of `khaosat sample overlap`.
#[derive(Debug, Args)]
pub struct OverlapArgs {
    /// The two lists (CSV)
    #[arg(long, value_name = "LIST.csv", required = true, num_args = 1)]
    sample: Vec<PathBuf>,
    /// Their frames, for the expected overlap of the first stage; one, if both were drawn from it. The designs are taken from
    /// the certificates beside the lists
    #[arg(long, value_name = "FRAME.csv", num_args = 1)]
    frame: Vec<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Not two lists; lists, certificates or frames that cannot be read.
pub fn run(args: &OverlapArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let [first, second] = args.sample.as_slice() else {
        return Err(Problem::new(
            "overlap_two_lists",
            "cần đúng hai danh sách: --sample A --sample B",
            "exactly two lists are compared: --sample A --sample B",
        )
        .got(args.sample.len().to_string())
        .into());
    };
    if args.frame.len() > 2 {
        let (vi, en) = ("cần một hoặc hai khung mẫu", "one frame or two are needed");
        return Err(Problem::new("overlap_frames", vi, en).got(args.frame.len().to_string()).into());
    }
    let levels = overlap(&read_list(first)?, &read_list(second)?);
    say(out, table(&levels, language()))?;
    let (Some(frame_of_first), Some(frame_of_second)) = (args.frame.first(), args.frame.last()) else {
        return Ok(());
    };
    let (first_frame, first_design) = drawn_from(first, frame_of_first)?;
    let (second_frame, second_design) = drawn_from(second, frame_of_second)?;
    let expected = expected_first_stage_overlap((&first_frame, &first_design), (&second_frame, &second_design))?;
    let stage = first_design.stages().first().map(|stage| first_design.level_of(stage).name.clone());
    say(out, told(&expected, &stage.unwrap_or_default(), language()))
}

fn table(levels: &[LevelOverlap], language: Language) -> String {
    let heading = match language {
        Language::Vi => "cấp\tdanh sách 1\tdanh sách 2\tchung\tchung / danh sách 2",
        Language::En => "level\tlist 1\tlist 2\tcommon\tcommon / list 2",
    };
    let lines = levels.iter().map(|level| {
        let share = 100.0 * level.n_common as f64 / level.n_second.max(1) as f64;
        let share = match language {
            Language::Vi => format!("{share:.1} %").replace('.', ","),
            Language::En => format!("{share:.1}%"),
        };
        format!("{}\t{}\t{}\t{}\t{share}", level.level, level.n_first, level.n_second, level.n_common)
    });
    std::iter::once(heading.to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

fn told(expected: &ExpectedOverlap, stage: &str, language: Language) -> String {
    let number = format!("{:.2}", expected.n_common);
    match language {
        Language::Vi => format!(
            "{stage}: số đơn vị chung kỳ vọng {} ({}; {})",
            number.replace('.', ","),
            if expected.is_coordinated {
                "cùng số ngẫu nhiên cố định"
            } else {
                "hai lần rút độc lập"
            },
            if expected.is_exact { "chính xác" } else { "xấp xỉ, công thức của mẫu Poisson" }
        ),
        Language::En => format!(
            "{stage}: expected common units {number} ({}; {})",
            if expected.is_coordinated { "the same permanent numbers" } else { "independent draws" },
            if expected.is_exact { "exact" } else { "approximate, by the formula of Poisson sampling" }
        ),
    }
}

fn read_list(path: &Path) -> Result<Sample, Problems> {
    Sample::from_csv(&files::read(path)?).map_err(|problems| problems.in_file(&path.display().to_string()))
}

/// The frame and the design of a list, read as its certificate says.
fn drawn_from(list: &Path, frame: &Path) -> Result<(SamplingFrame, SampleDesign), Problems> {
    let path = PathBuf::from(certificate_name(&list.display().to_string()));
    let in_certificate = |found: Problems| found.in_file(&path.display().to_string());
    let certificate = Certificate::from_json(&files::read(&path)?).map_err(in_certificate)?;
    let design = certificate.design().map_err(in_certificate)?;
    let reading = certificate.frame_reading().cloned().unwrap_or_default();
    Ok((frame_file::read(frame, &design, &reading)?, design))
}
