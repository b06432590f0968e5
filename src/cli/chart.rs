//! `khaosat chart`: the figures of the catalogue, from a data file to SVG, PNG, PDF, CSV or JSON.

use std::io::Write;
use std::path::PathBuf;

use ::problem::{Language, Problem, Problems};
use reports::chart::build::{Look, outlines};
use reports::chart::{Figure, Size, from_json, json_schema};

use super::index::Tongue;
use super::{files, language, picture, say};

/// Figures: the catalogue, or one figure from a data file
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  khaosat chart list\n  khaosat chart P3 --schema\n  \
                  khaosat chart P3 --data p3.json --out p3.pdf\n  \
                  khaosat chart G1 --data g1.json --geo xa.geojson --geo-code ma_xa --out g1.png --lang en")]
pub struct Args {
    /// `list`, or the figure: P1 … P8, S1 … S7, R1 … R3, F1 … F6, G1, M1
    figure: String,
    /// The data of the figure: a JSON file in the shape that --schema prints
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Where to write it: a file that ends in svg, png, pdf, csv or json
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The language of words and numbers
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<Tongue>,
    /// Paper or screen: a4, a4-vua, a4-cao, a4-trang, dai, dai-doi, nua, slide, web; without it the smallest paper that fits
    #[arg(long, value_name = "SIZE", value_parser = size)]
    size: Option<Size>,
    /// G1: outlines of the units, a `GeoJSON` file in longitude and latitude; without it tiles
    #[arg(long, value_name = "FILE")]
    geo: Option<PathBuf>,
    /// G1: the property of the `GeoJSON` that holds the code of the unit
    #[arg(long, value_name = "NAME", default_value = "code", requires = "geo")]
    geo_code: String,
    /// Print the shape of the data file (JSON Schema) and stop
    #[arg(long, conflicts_with_all = ["data", "out"])]
    schema: bool,
}

fn size(text: &str) -> Result<Size, String> {
    let name = |size: &Size| serde_json::to_value(size).ok().and_then(|name| name.as_str().map(str::to_owned));
    let known = Size::ALL.iter().find(|size| name(size).as_deref() == Some(text));
    known.copied().ok_or_else(|| Size::ALL.iter().filter_map(name).collect::<Vec<_>>().join(", "))
}

fn missing(argument: &'static str) -> Problem {
    Problem::new("chart_argument", "lệnh vẽ thiếu tham số", "an argument is missing").expected(argument).got("–").hint(
        "ví dụ: khaosat chart P1 --data p1.json --out p1.svg",
        "example: khaosat chart P1 --data p1.json --out p1.svg",
    )
}

/// Carries out the command.
///
/// # Errors
/// `chart_unknown` with the figures that exist, what is wrong with the data file, that a file cannot be read or written.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    let told_in = args.lang.map_or_else(language, Language::from);
    if args.figure.eq_ignore_ascii_case("list") {
        return list(told_in, out);
    }
    let figure = Figure::from_code(&args.figure).ok_or_else(|| {
        Problem::new("chart_unknown", "không có biểu đồ này", "there is no such figure")
            .expected(Figure::ALL.map(Figure::code).join(", "))
            .got(args.figure.clone())
            .hint("xem danh mục bằng lệnh: khaosat chart list", "see the catalogue with: khaosat chart list")
    })?;
    if args.schema {
        return say(out, format_args!("{:#}", json_schema(figure)));
    }
    let mut problems = Problems::none();
    if args.data.is_none() {
        problems.push(missing("--data FILE.json"));
    }
    if args.out.is_none() {
        problems.push(missing("--out FILE.svg|png|pdf|csv|json"));
    }
    if let Some(Err(problem)) = args.out.as_deref().map(picture::format) {
        problems.push(problem);
    }
    if args.geo.is_some() && figure != Figure::G1 {
        problems.push(
            Problem::new("chart_argument", "chỉ G1 dùng đường biên", "only G1 takes outlines")
                .expected("G1")
                .got(figure.code()),
        );
    }
    problems.into_result(())?;
    let (Some(data), Some(target)) = (&args.data, &args.out) else { return Ok(()) };
    let name = data.display().to_string();
    let outlines = match &args.geo {
        Some(path) => {
            let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
            Some(outlines(&text, &args.geo_code).map_err(|problems| problems.in_file(&path.display().to_string()))?)
        }
        None => None,
    };
    let look = Look { language: told_in, size: args.size.unwrap_or_default() };
    let spec = from_json(figure, &files::read(data)?, outlines.as_ref(), look);
    let spec = spec.map_err(|problems| problems.in_file(&name))?;
    let spec = if args.size.is_some() { spec } else { spec.fitted() };
    picture::write(target, &spec)?;
    say(out, format_args!("{}: {}", target.display(), spec.title))
}

/// The catalogue.
fn list(told_in: Language, out: &mut dyn Write) -> Result<(), Problems> {
    for figure in Figure::ALL {
        let words = figure.words();
        say(out, format_args!("{:<3} {}", figure.code().to_uppercase(), words.in_language(told_in)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(figure: &str, rest: &[&str]) -> Args {
        use clap::Parser as _;
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: Args,
        }
        Line::try_parse_from(["chart", figure].iter().chain(rest)).expect("arguments").args
    }

    fn told(args: &Args) -> (Result<(), Problems>, String) {
        let mut out = Vec::new();
        let result = run(args, &mut out);
        (result, String::from_utf8(out).expect("text"))
    }

    #[test]
    fn the_catalogue_has_twenty_six_figures() {
        let (result, text) = told(&args("list", &["--lang", "en"]));
        assert!(result.is_ok());
        assert_eq!(text.lines().count(), 26);
        assert!(text.contains("M1  One-page scorecard"), "{text}");
    }

    #[test]
    fn every_figure_is_drawn_from_its_example_in_every_format() {
        let folder = tempfile::tempdir().expect("a folder");
        for figure in Figure::ALL {
            let data = format!("{}/reports/examples/{}.json", env!("CARGO_MANIFEST_DIR"), figure.code());
            for end in ["svg", "png", "pdf"] {
                let path = folder.path().join(format!("{}.{end}", figure.code()));
                let (result, _) =
                    told(&args(figure.code(), &["--data", &data, "--out", path.to_str().expect("a path")]));
                assert!(result.is_ok(), "{figure:?}: {result:?}");
                let bytes = std::fs::read(&path).expect("a file");
                let head: &[u8] = match end {
                    "svg" => b"<svg",
                    "png" => b"\x89PNG",
                    _ => b"%PDF",
                };
                assert!(bytes.starts_with(head), "{figure:?} {end}");
            }
        }
    }

    #[test]
    fn what_is_wrong_with_the_command_is_told_at_once() {
        let codes = |args: &Args| -> Vec<&'static str> {
            told(args).0.expect_err("refused").iter().map(|problem| problem.code).collect()
        };
        assert_eq!(codes(&args("P9", &[])), ["chart_unknown"]);
        assert_eq!(codes(&args("p1", &[])), ["chart_argument", "chart_argument"]);
        let wrong = args("P1", &["--data", "none.json", "--out", "x.docx", "--geo", "x"]);
        assert_eq!(codes(&wrong), ["chart_format", "chart_argument"]);
        assert_eq!(codes(&args("P1", &["--data", "none.json", "--out", "x.svg"])), ["file_not_found"]);
    }

    #[test]
    fn the_schema_is_json() {
        let (_, text) = told(&args("F2", &["--schema"]));
        let schema: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert!(schema["properties"]["stages"].is_object());
    }
}
