//! `khaosat frame`: is this list of units fit to draw from?

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use problem::{Language, Problem, Problems, Words};
use sampling::{FrameColumns, FrameFile, FrameReading, Preset, SampleDesign, SamplingFrame, feasibility, presets};
use serde::Serialize;

use super::frame_file::{self, ReadingArgs};
use super::{files, language, say};

/// Arguments of `khaosat frame`.
#[derive(Debug, Args)]
#[command(
    about = "Checks a sampling frame: every problem with row and column, counts per level",
    after_help = "Examples:\n  khaosat frame check villages.csv\n  \
                  khaosat frame check villages.csv --design papi-3x2x2x20 --format json\n  \
                  khaosat frame check thon.xlsx --design papi-3x2x2x20 --sheet Khung --map households=\"Số hộ\""
)]
pub struct FrameArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Finds every problem of a frame; without problems, counts its units
    Check(CheckArgs),
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// The frame: a CSV file or a workbook (.xlsx), one row for each unit of its lowest level
    file: PathBuf,
    /// The design that names the columns: a built-in name or a TOML file; without it, the first built-in design whose columns
    /// are all in the file
    #[arg(long)]
    design: Option<String>,
    #[command(flatten)]
    reading: ReadingArgs,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Runs the command.
///
/// # Errors
/// Every problem of the frame, or of the design for this frame; or that a file cannot be read.
pub fn run(args: &FrameArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let Act::Check(args) = &args.act;
    let bytes = files::read(&args.file)?;
    let name = args.file.display().to_string();
    let named = |problems: Problems| problems.in_file(&name);
    let reading = args.reading.reading()?.unwrap_or_default();
    let file = frame_file::open(&bytes, &reading).map_err(named)?;
    let design = match &args.design {
        Some(design) => self::design(design)?,
        None => guess_design(&file, &reading).map_err(named)?,
    };
    let frame = frame_file::read_opened(&file, bytes.len(), &design, &reading).map_err(named)?;
    feasibility(&frame, &design).map_err(|problems| problems.in_file(&name))?;
    let summary = Summary::of(&frame, &design, &name, args.design.is_none());
    say(out, if args.format == Format::Json { summary.json()? } else { summary.text(language()) })
}

/// The design of a name: a built-in one, or a TOML file.
///
/// # Errors
/// That there is no such design, or the problems of the file.
pub(super) fn design(name: &str) -> Result<SampleDesign, Problems> {
    if let Some(preset) = Preset::of_name(name) {
        return preset.design();
    }
    if !Path::new(name).is_file() {
        let known: Vec<&str> = presets().iter().map(|preset| preset.name).collect();
        return Err(Problem::new("design_not_found", "không có thiết kế mẫu này", "there is no such sample design")
            .expected((
                format!("{}, hoặc một tệp TOML", known.join(", ")),
                format!("{}, or a TOML file", known.join(", ")),
            ))
            .got(name.to_owned())
            .into());
    }
    let bytes = files::read(Path::new(name))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Problem::new("design_not_readable", "thiết kế không phải văn bản UTF-8", "the design is not UTF-8 text")
            .in_file(name)
    })?;
    SampleDesign::from_toml(&text).map_err(|problems| problems.in_file(name))
}

/// The first built-in design whose columns are all in a row at the top of the file.
fn guess_design(file: &FrameFile<'_>, reading: &FrameReading) -> Result<SampleDesign, Problems> {
    let headers = file.possible_headers();
    let mut lacking: Vec<String> = Vec::new();
    for preset in presets() {
        let design = preset.design()?;
        let columns = FrameColumns::of(&design);
        let missing_from = |headings: &[String]| -> Vec<&str> {
            let is_there = |heading: &str| headings.iter().any(|other| other == reading.in_file(heading));
            columns.needed().into_iter().filter(|heading| !is_there(heading)).collect()
        };
        let fewest = headers.iter().map(|(_, headings)| missing_from(headings)).min_by_key(Vec::len);
        match fewest {
            Some(missing) if missing.is_empty() => return Ok(design),
            Some(missing) => lacking.push(format!("{}: {}", preset.name, missing.join(", "))),
            None => {}
        }
    }
    Err(Problem::new(
        "frame_unknown_columns",
        "các cột của tệp không khớp với thiết kế có sẵn nào",
        "the file has not the columns of any built-in design",
    )
    .expected(lacking.join("; "))
    .got(headers.first().map(|(_, headings)| headings.join(", ")).unwrap_or_default())
    .hint(
        "nêu thiết kế bằng --design; nếu cột có tên khác, ghép bằng --map",
        "name a design with --design; map columns with other headings with --map",
    )
    .into())
}

/// What there is to say of a frame without problems.
#[derive(Serialize)]
struct Summary {
    file: String,
    sha256: String,
    design: String,
    design_was_guessed: bool,
    levels: Vec<LevelCount>,
    totals: Vec<ColumnTotal>,
    known_by_name: Vec<LevelCount>,
    reading: FrameReading,
    notes: Vec<Words>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct LevelCount {
    level: String,
    units: usize,
}

#[derive(Serialize)]
struct ColumnTotal {
    column: String,
    total: u64,
}

impl Summary {
    fn of(frame: &SamplingFrame, design: &SampleDesign, file: &str, design_was_guessed: bool) -> Self {
        let counts = |list: Vec<(&str, usize)>| {
            list.into_iter().map(|(level, units)| LevelCount { level: level.to_owned(), units }).collect()
        };
        Self {
            file: file.to_owned(),
            sha256: frame.sha256().to_owned(),
            design: design.name().to_owned(),
            design_was_guessed,
            levels: counts(frame.counts()),
            totals: frame
                .totals()
                .into_iter()
                .map(|(column, total)| ColumnTotal { column: column.to_owned(), total })
                .collect(),
            known_by_name: counts(frame.known_by_name()),
            reading: frame.reading().clone(),
            notes: frame.notes().to_vec(),
            problems: Vec::new(),
        }
    }

    fn json(&self) -> Result<String, Problems> {
        serde_json::to_string_pretty(self).map_err(|error| {
            Problem::new("output", "không ghi được kết quả", "the output cannot be written")
                .got(error.to_string())
                .into()
        })
    }

    fn text(&self, language: Language) -> String {
        let vietnamese = language == Language::Vi;
        let word = |vi: &'static str, en: &'static str| if vietnamese { vi } else { en };
        let mut lines = vec![format!("{}: {}", self.file, word("không có vấn đề nào", "no problems"))];
        let guessed =
            if self.design_was_guessed { word(" (chọn theo các cột)", " (chosen by the columns)") } else { "" };
        lines.push(format!("  {:<24}{}{guessed}", word("thiết kế", "design"), self.design));
        lines.extend(self.levels.iter().map(|count| format!("  {:<24}{}", count.level, count.units)));
        lines.extend(self.totals.iter().map(|sum| format!("  {:<24}{}", format!("Σ {}", sum.column), sum.total)));
        lines.extend(
            self.known_by_name
                .iter()
                .map(|count| format!("  {:<24}{} {}", word("không có mã", "without a code"), count.units, count.level)),
        );
        lines.push(format!("  {:<24}{}", "sha256", self.sha256));
        lines.extend(
            self.notes.iter().map(|note| format!("  {}: {}", word("lưu ý", "note"), note.in_language(language))),
        );
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &Path, design: Option<&str>, format: Format) -> Result<String, Problems> {
        let reading = ReadingArgs::default();
        let args = CheckArgs { file: file.to_owned(), design: design.map(str::to_owned), reading, format };
        let mut out = Vec::new();
        run(&FrameArgs { act: Act::Check(args) }, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn example() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sampling/frames/bac-giang-2019-example.csv")
    }

    #[test]
    fn the_example_is_counted_by_the_design_that_its_columns_suggest() {
        let json: serde_json::Value = serde_json::from_str(&check(&example(), None, Format::Json).unwrap()).unwrap();
        assert_eq!(json["design"], "papi-3x2x2x20");
        assert_eq!(json["design_was_guessed"], true);
        assert_eq!(json["levels"][3]["units"], 2095);
        assert_eq!(json["totals"][0]["total"], 478_834);
        assert!(check(&example(), Some("papi-2011-small"), Format::Text).unwrap().contains("1803950"));
    }

    #[test]
    fn missing_files_unknown_designs_and_foreign_columns_are_told() {
        let code = |result: Result<String, Problems>| result.unwrap_err().iter().next().unwrap().code;
        assert_eq!(code(check(Path::new("no-such.csv"), None, Format::Text)), "file_not_found");
        assert_eq!(code(check(&example(), Some("no-such"), Format::Text)), "design_not_found");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        std::fs::write(&file, "a,b\n1,2\n").unwrap();
        assert_eq!(code(check(&file, None, Format::Text)), "frame_unknown_columns");
        std::fs::write(&file, std::fs::read_to_string(example()).unwrap().replacen(",246,", ",-246,", 1)).unwrap();
        let problems = check(&file, None, Format::Text).unwrap_err();
        assert!(
            problems.describe(Language::En).contains("a.csv, row 2, column households: the size is negative"),
            "{problems}"
        );
    }
}
