//! `khaosat estimate`: one request document in, estimates out.

mod further;

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use estimation::domain::Label;
use estimation::read;
use estimation::request::{Answer, Entry, PpsRow, Program, ProportionRow, QuantileRow, Request, Row, StatisticRow};
use estimation::small_cells::{Action, SmallCell};
use estimation::table::Table;
use problem::{Place, Problem, Problems, Words};
use unicode_normalization::UnicodeNormalization;

/// Estimate means, totals, ratios, proportions, quantiles, contrasts, tests, regressions and more with design-based standard
/// errors; calibrate weights; use or make replicate weights.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  khaosat estimate request.json --data-dir data --format text\n\n\
    request.json:\n  {\"data\": \"answers.csv\",\n   \"design\": {\"ids\": \"psu\", \"strata\": \"stratum\", \"weights\": \"w\"},\n   \
    \"estimand\": {\"kind\": \"mean\", \"vars\": [\"satisfaction\"], \"by\": [\"sex\"]}}")]
pub struct EstimateArgs {
    /// The request: a JSON document with `data`, `design` and `estimand`.
    pub request: PathBuf,
    /// The folder that the path in `data` starts from [default: the folder of the request].
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
    /// Print code that repeats the request in another program, instead of carrying it out.
    #[arg(long, value_enum, value_name = "PROGRAM")]
    pub same_in: Option<OtherProgram>,
}

/// A program that can repeat a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OtherProgram {
    /// R, package survey.
    R,
    /// Stata, svyset and svy.
    Stata,
    /// Python, package svy.
    Python,
}

/// How to print the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One document with every number at full precision.
    Json,
    /// One line an estimate, at full precision.
    Csv,
    /// An aligned table for reading.
    Text,
}

/// Carries out the request and prints the answer.
///
/// # Errors
/// `estimate_file` when a file cannot be read; all problems of the request, the data and the design; `estimate_output` when
/// the answer cannot be written.
pub fn run(args: &EstimateArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let shown = args.request.display().to_string();
    let text = String::from_utf8(bytes(&args.request)?).map_err(|error| unreadable(&args.request, &error))?;
    let request = Request::parse(&text.nfc().collect::<String>()).map_err(|problems| problems.in_file(&shown))?;
    if let Some(program) = args.same_in {
        let program = match program {
            OtherProgram::R => Program::R,
            OtherProgram::Stata => Program::Stata,
            OtherProgram::Python => Program::Python,
        };
        let code = request.same_in(program).map_err(|problem| problem.in_file(&shown))?;
        return out.write_all(code.as_bytes()).and_then(|()| out.flush()).map_err(|error| unwritable(&error));
    }
    let folder = args.data_dir.clone().or_else(|| args.request.parent().map(Path::to_path_buf)).unwrap_or_default();
    let answer = answer(&request, &folder).map_err(|problems| problems.in_file(&request.data))?;
    let text = match args.format {
        Format::Json => serde_json::to_string_pretty(&answer).map_err(|error| unwritable(&error))? + "\n",
        Format::Csv => csv_text(&lines(&answer, Precision::Full))?,
        Format::Text => {
            let notes: String = answer.notes.iter().map(|note| format!("{}\n{}\n", note.vi, note.en)).collect();
            aligned(&lines(&answer, Precision::Reading)) + &steps(&answer) + &notes
        }
    };
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| unwritable(&error))
}

/// Parquet goes by part after part where the request allows it, so that its size does not matter; everything else is read
/// whole: of a CSV only its last line tells whether a column holds numbers.
fn answer(request: &Request, folder: &Path) -> Result<Answer, Problems> {
    if request.can_stream() && is_parquet(&request.data) {
        return of_stream(request, &folder.join(&request.data));
    }
    let table = table(folder, &request.data, request.columns().as_deref())?;
    let mut files = BTreeMap::new();
    for name in request.other_files() {
        files.insert(name.to_owned(), bytes(&folder.join(name))?);
    }
    request.run_with(&table, &files)
}

fn is_parquet(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

/// A data file of the folder: Parquet by its ending, else CSV; only these columns, where they are known.
fn table(folder: &Path, name: &str, columns: Option<&[String]>) -> Result<Table, Problems> {
    let path = folder.join(name);
    if !is_parquet(name) {
        return read::csv_columns(&bytes(&path)?, name, columns);
    }
    let file = std::fs::File::open(&path).map_err(|error| unreadable(&path, &error))?;
    let mut parquet = read::Parquet::new(file, name)?;
    if parquet.n_rows() > LARGE {
        eprintln!("{}", all_in_memory(parquet.n_rows()).in_language(super::language()));
    }
    parquet.whole(columns)
}

fn of_stream(request: &Request, path: &Path) -> Result<Answer, Problems> {
    let file = std::fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut parquet = read::Parquet::new(file, &request.data)?;
    let columns = request.columns().unwrap_or_default();
    let mut stream = request.stream()?;
    let n_rows = parquet.n_rows();
    let mut progress = Progress::new(n_rows);
    let taken = parquet.parts(&columns, |rows| {
        stream.add(rows)?;
        progress.show(stream.n_rows());
        Ok(())
    });
    progress.end();
    taken?;
    stream.finish()
}

/// Reading so many rows into memory is worth a word beforehand.
const LARGE: usize = 5_000_000;

fn all_in_memory(n_rows: usize) -> Words {
    Words::new(
        format!("Yêu cầu này cần mọi dòng cùng lúc: đang đọc {n_rows} dòng vào bộ nhớ"),
        format!("This request needs all rows at once: reading {n_rows} rows into memory"),
    )
}

/// How far the reading has come, on one line of a terminal; nowhere else.
struct Progress {
    n_rows: usize,
    is_shown: bool,
}

impl Progress {
    fn new(n_rows: usize) -> Self {
        Self { n_rows, is_shown: n_rows > LARGE && std::io::stderr().is_terminal() }
    }

    fn show(&mut self, taken: usize) {
        if self.is_shown {
            let percent = taken * 100 / self.n_rows.max(1);
            let words = Words::new(format!("Đã đọc {percent} %"), format!("Read {percent} %"));
            eprint!("\r{}", words.in_language(super::language()));
        }
    }

    fn end(&self) {
        if self.is_shown {
            eprintln!();
        }
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Problems> {
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> Problems {
    Problem::new("estimate_file", "không đọc được tệp", "the file cannot be read")
        .at(Place::default().in_file(path.display().to_string()))
        .got(error.to_string())
        .into()
}

fn unwritable(error: &dyn std::error::Error) -> Problems {
    Problem::new("estimate_output", "không ghi được kết quả", "the result cannot be written")
        .got(error.to_string())
        .into()
}

#[derive(Clone, Copy)]
enum Precision {
    Full,
    Reading,
}

const HEADINGS: [&str; 18] = [
    "domain",
    "name",
    "est",
    "se",
    "n",
    "df",
    "df_domain",
    "ci_t_lower",
    "ci_t_upper",
    "ci_t_domain_lower",
    "ci_t_domain_upper",
    "ci_z_lower",
    "ci_z_upper",
    "ci_papi_90_lower",
    "ci_papi_90_upper",
    "deff",
    "flag",
    "why_missing",
];

/// The answer as lines of cells under [`HEADINGS`]; contrasts follow the estimates.
fn lines(answer: &Answer, precision: Precision) -> Vec<Vec<String>> {
    if let Some(further) = &answer.further {
        return further::lines(further, precision);
    }
    let mut lines = vec![HEADINGS.map(str::to_owned).to_vec()];
    for entry in &answer.estimates {
        lines.push(match entry {
            Entry::Estimate(row) => estimate_line(row, precision),
            Entry::Quantile(row) => quantile_line(row, precision),
            Entry::Statistic(row) => statistic_line(row, precision),
            Entry::Proportion(row) => proportion_line(row, precision),
            Entry::PpsTotal(PpsRow { method, row, .. }) => {
                estimate_line(&Row { name: format!("{} {method}", row.name), ..row.clone() }, precision)
            }
        });
    }
    for contrast in answer.contrasts.iter().flatten() {
        let number = |value| number(value, precision);
        let mut line =
            vec![String::new(), contrast.name.clone(), number(contrast.est), number(contrast.se), String::new()];
        line.extend([contrast.df.to_string(), String::new()]);
        let papi = contrast.ci_papi_90.unwrap_or_default();
        line.extend([contrast.ci_t, [None, None], contrast.ci_z, papi].into_iter().flatten().map(number));
        line.extend([String::new(), String::new(), reason(contrast.why_missing)]);
        lines.push(line);
    }
    lines
}

fn estimate_line(row: &Row, precision: Precision) -> Vec<String> {
    let number = |value| number(value, precision);
    let count = |value: Option<usize>| value.map_or_else(String::new, |value| value.to_string());
    let mut line = vec![shown(&row.domain), row.name.clone(), number(row.est), number(row.se), row.n.to_string()];
    line.extend([count(row.df), count(row.df_domain)]);
    let papi = row.ci_papi_90.unwrap_or_default();
    line.extend([row.ci_t, row.ci_t_domain, row.ci_z, papi].into_iter().flatten().map(number));
    line.extend([number(row.deff.flatten()), flag(row.small_cell.as_ref()), reason(row.why_missing)]);
    line
}

/// The interval of a quantile uses the degrees of freedom of the domain.
fn quantile_line(row: &QuantileRow, precision: Precision) -> Vec<String> {
    let number = |value| number(value, precision);
    let label = format!("{}@{} {} {}", row.name, row.p, row.qrule.name(), row.interval.name());
    let mut line = vec![shown(&row.domain), label, number(row.est), number(row.se), row.n.to_string()];
    line.extend([row.df.to_string(), row.df_domain.to_string()]);
    line.extend([[None, None], row.ci, [None, None], [None, None]].into_iter().flatten().map(number));
    line.extend([String::new(), flag(row.small_cell.as_ref()), reason(row.why_missing)]);
    line
}

fn statistic_line(row: &StatisticRow, precision: Precision) -> Vec<String> {
    let number = |value| number(value, precision);
    let label = format!("{} {}", row.name, row.stat);
    let mut line = vec![shown(&row.domain), label, number(row.est), number(row.se), row.n.to_string()];
    line.extend([row.df.to_string(), String::new()]);
    line.extend([row.ci_t, [None, None], row.ci_z, [None, None]].into_iter().flatten().map(number));
    line.extend([String::new(), String::new(), reason(row.why_missing)]);
    line
}

/// The steps that the weights went through, one line each; nothing where there were none.
fn steps(answer: &Answer) -> String {
    if answer.design.weighting.is_empty() {
        return String::new();
    }
    let headings =
        ["step", "", "n", "sum", "smallest", "largest", "kish_effect", "effective_n", "changed", "iterations"];
    let mut lines = vec![headings.map(str::to_owned).to_vec()];
    for step in &answer.design.weighting {
        let told = &step.diagnostics;
        let mut line = vec![step.name.clone(), String::new(), told.n.to_string()];
        line.extend([told.sum, told.smallest, told.largest].map(|value| format!("{value:.2}")));
        line.extend([format!("{:.3}", told.kish_design_effect), format!("{:.1}", told.effective_n)]);
        line.push(format!("{:.1} %", 100.0 * step.changed_share));
        line.push(step.convergence.map_or_else(String::new, |convergence| convergence.iterations.to_string()));
        lines.push(line);
    }
    format!("\n{}", aligned(&lines))
}

/// The name says which interval it is, and which took its place.
fn proportion_line(row: &ProportionRow, precision: Precision) -> Vec<String> {
    let number = |value| number(value, precision);
    let made_by = if row.made_by == row.method { String::new() } else { format!(" -> {}", row.made_by.name()) };
    let label = format!("{}={} {}{made_by}", row.name, row.event.text(), row.method.name());
    let mut line = vec![shown(&row.domain), label, number(row.est), number(row.se), row.n.to_string()];
    line.extend([String::new(), row.df.to_string()]);
    line.extend([[None, None], row.ci, [None, None], [None, None]].into_iter().flatten().map(number));
    line.extend([String::new(), flag(row.small_cell.as_ref()), reason(row.why_missing)]);
    line
}

fn flag(small_cell: Option<&SmallCell>) -> String {
    small_cell.map_or_else(String::new, |cell| {
        let rules: Vec<&str> = cell.reason.iter().map(|reason| reason.rule.as_str()).collect();
        let action = if cell.flag == Action::Hide { "hide" } else { "flag" };
        format!("{action}: {}", rules.join(", "))
    })
}

fn number(value: Option<f64>, precision: Precision) -> String {
    match (value, precision) {
        (None, _) => String::new(),
        (Some(value), Precision::Full) => value.to_string(),
        (Some(value), Precision::Reading) => format!("{value:.4}"),
    }
}

fn reason(why: Option<estimation::WhyMissing>) -> String {
    why.map_or_else(String::new, |why| why.words().en)
}

fn shown(domain: &[(String, Label)]) -> String {
    domain.iter().map(|(name, label)| format!("{name}={}", label.text())).collect::<Vec<_>>().join("; ")
}

fn csv_text(lines: &[Vec<String>]) -> Result<String, Problems> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.write_record(line).map_err(|error| unwritable(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| unwritable(&error))?;
    String::from_utf8(bytes).map_err(|error| unwritable(&error))
}

/// Columns of equal width; columns that are empty throughout are left out. Texts stand left, numbers right.
fn aligned(lines: &[Vec<String>]) -> String {
    let n_columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let columns: Vec<(usize, usize)> = (0..n_columns)
        .filter(|&column| lines.iter().skip(1).any(|line| !line[column].is_empty()))
        .map(|column| (column, width(column)))
        .collect();
    let mut text = String::new();
    for line in lines {
        let cells = columns.iter().map(|&(column, width)| {
            let is_text = column < 2 || column + 2 >= n_columns;
            if is_text { format!("{:<width$}", line[column]) } else { format!("{:>width$}", line[column]) }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = r#"{"data": "d.csv", "design": {"ids": "psu", "weights": "w"},
        "estimand": {"kind": "mean", "vars": ["y"], "by": ["sex"]}}"#;
    const DATA: &str = "psu,w,sex,y\n1,2,Nam,1\n1,2,Nữ,0\n2,3,Nam,\n2,3,Nữ,1\n3,1,Nam,0\n";

    fn printed(request: &str, format: Format) -> Result<String, Problems> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("r.json"), request).unwrap();
        std::fs::write(folder.path().join("d.csv"), DATA).unwrap();
        let mut out = Vec::new();
        run(&EstimateArgs { request: folder.path().join("r.json"), data_dir: None, format, same_in: None }, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_three_formats_tell_the_same_numbers() {
        let json: serde_json::Value = serde_json::from_str(&printed(REQUEST, Format::Json).unwrap()).unwrap();
        assert_eq!(json["estimates"][0]["domain"]["sex"], "Nam");
        assert_eq!(json["estimates"][0]["n"], 2);
        let est = json["estimates"][0]["est"].as_f64().unwrap();
        assert!((est - 2.0 / 3.0).abs() < 1e-15);
        let csv = printed(REQUEST, Format::Csv).unwrap();
        assert!(csv.lines().nth(1).unwrap().starts_with(&format!("sex=Nam,y,{est},")), "{csv}");
        let text = printed(REQUEST, Format::Text).unwrap();
        assert!(text.lines().nth(1).unwrap().starts_with("sex=Nam  y     0.6667"), "{text}");
        assert!(!text.contains("deff"), "empty columns are left out: {text}");
    }

    #[test]
    fn weights_are_calibrated_and_replicates_made_from_a_request() {
        let raked = r#"{"data": "d.csv", "design": {"ids": "psu", "weights": "w", "replicates": {"type": "JK1"}},
            "estimand": {"kind": "calibration", "vars": ["y"], "method": "poststratify",
                         "margins": [{"var": "sex", "counts": {"Nam": 60, "Nữ": 40}}]}}"#;
        // Every replicate goes through the same step; leaving out any PSU leaves men and women.
        let replicated: serde_json::Value = serde_json::from_str(&printed(raked, Format::Json).unwrap()).unwrap();
        assert_eq!(replicated["design"]["replicates"]["n_replicates"], 3);
        assert!(replicated["estimates"][0]["se"].as_f64().unwrap() > 0.0);
        let plain = raked.replace(r#", "replicates": {"type": "JK1"}"#, "");
        let json: serde_json::Value = serde_json::from_str(&printed(&plain, Format::Json).unwrap()).unwrap();
        let weights: Vec<f64> =
            json["weights"].as_array().unwrap().iter().map(|weight| weight.as_f64().unwrap()).collect();
        for (got, expected) in weights.iter().zip([20.0, 16.0, 30.0, 24.0, 10.0]) {
            assert!((got - expected).abs() < 1e-12, "{weights:?}");
        }
        let text = printed(&plain, Format::Text).unwrap();
        assert!(text.contains("y mean") && text.contains("poststratify"), "{text}");
        let jackknife = REQUEST.replace(r#""weights": "w""#, r#""weights": "w", "replicates": {"type": "JK1"}"#);
        let json: serde_json::Value = serde_json::from_str(&printed(&jackknife, Format::Json).unwrap()).unwrap();
        assert_eq!(json["design"]["replicates"]["n_replicates"], 3);
        assert_eq!(json["estimates"][0]["df"], 2);
        assert!(printed(&jackknife, Format::Csv).unwrap().contains("y mean"));
    }

    #[test]
    fn tests_and_regressions_are_lines_too() {
        let tests = REQUEST
            .replace(r#""kind": "mean", "vars": ["y"], "by": ["sex"]"#, r#""kind": "tests", "y": "y", "g": "sex""#);
        let text = printed(&tests, Format::Text).unwrap();
        assert!(text.lines().nth(1).unwrap().starts_with("t     Nữ - Nam"), "{text}");
        let model = REQUEST.replace(
            r#""kind": "mean", "vars": ["y"], "by": ["sex"]"#,
            r#""kind": "regression", "formula": "y ~ sex""#,
        );
        let csv = printed(&model, Format::Csv).unwrap();
        assert!(
            csv.starts_with("coefficient,family,est,se,t,df,p,ci_lower,ci_upper,n\n(Intercept),gaussian,"),
            "{csv}"
        );
        assert!(csv.contains("\nsexNữ,gaussian,"), "{csv}");
    }

    #[test]
    fn the_same_request_is_printed_for_another_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.json");
        std::fs::write(&path, REQUEST).unwrap();
        let print = |same_in| {
            let mut out = Vec::new();
            let args =
                EstimateArgs { request: path.clone(), data_dir: None, format: Format::Json, same_in: Some(same_in) };
            run(&args, &mut out).map(|()| String::from_utf8(out).unwrap())
        };
        assert!(print(OtherProgram::R).unwrap().contains("svydesign(ids = ~`psu`, weights = ~`w`, data = d)"));
        assert!(print(OtherProgram::Stata).unwrap().contains("svyset _unit1 [pweight=w], singleunit(missing)"));
        assert!(print(OtherProgram::Python).unwrap().contains("svy.Design(wgt=\"w\", psu=\"psu\")"));
    }

    #[test]
    fn problems_name_the_file_and_say_what_is_wrong() {
        let unknown = printed(&REQUEST.replace("\"mean\"", "\"mode\""), Format::Json).unwrap_err();
        assert_eq!(unknown.0[0].code, "not_supported_yet");
        assert!(unknown.describe(problem::Language::En).contains("estimand.kind is not supported yet"));
        let lost = printed(&REQUEST.replace("d.csv", "lost.csv"), Format::Json).unwrap_err();
        assert_eq!(lost.0[0].code, "estimate_file");
        assert!(lost.to_string().contains("lost.csv"));
    }
}
