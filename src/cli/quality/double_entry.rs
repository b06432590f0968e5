//! `khaosat quality double-entry`: two entries of the same paper forms.

use std::io::Write;
use std::path::PathBuf;

use ::problem::{Language, Problem, Problems};

use super::{DatabaseArg, Format, files, from_store, interval, language, percent, require_round, say};
use crate::inspection::double_entries;
use crate::quality::paper::{DoubleEntry, Entries, compare_entries, resolutions_from_csv, resolve};

/// Two files and what decides between them
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The first entry (CSV)
    #[arg(required_unless_present = "round", conflicts_with = "round")]
    first: Option<PathBuf>,
    /// The second entry (CSV), typed by somebody else
    #[arg(required_unless_present = "round", conflicts_with = "round")]
    second: Option<PathBuf>,
    /// Instead of files: the cases of this round that two people sent as complete
    #[arg(long, value_name = "ROUND")]
    round: Option<String>,
    /// The column that names the form
    #[arg(long, default_value = "case_id")]
    key: String,
    /// What a third look decided (CSV: form,field,value)
    #[arg(long, value_name = "FILE.csv", requires = "out")]
    resolutions: Option<PathBuf>,
    /// Writes the agreed entry; refused while a difference is open
    #[arg(long, value_name = "FILE.csv")]
    out: Option<PathBuf>,
    /// How to print the differences; the CSV is the file of decisions with the values still empty
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    database: DatabaseArg,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    let (first, second) = both(args)?;
    let compared = compare_entries(&first, &second)?;
    if let Some(target) = &args.out {
        let resolutions = match &args.resolutions {
            Some(path) => resolutions_from_csv(&files::read(path)?)
                .map_err(|problems| problems.in_file(&path.display().to_string()))?,
            None => Vec::new(),
        };
        let agreed = resolve(&first, &second, &compared, &resolutions)?;
        files::write(target, &to_csv(&agreed)?)?;
        return say(
            out,
            match language() {
                Language::Vi => format!("Đã ghi {} phiếu vào {}", agreed.forms.len(), target.display()),
                Language::En => format!("{} forms written to {}", agreed.forms.len(), target.display()),
            },
        );
    }
    match args.format {
        Format::Json => say(out, serde_json::to_string_pretty(&compared).map_err(|error| unwritable(&error))?),
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            let written = writer.write_record(["form", "field", "first", "second", "value"]).and_then(|()| {
                compared
                    .differences
                    .iter()
                    .try_for_each(|one| writer.write_record([&one.form, &one.field, &one.first, &one.second, ""]))
            });
            written.map_err(|error| unwritable(&error))?;
            let bytes = writer.into_inner().map_err(|error| unwritable(&error))?;
            super::emit(None, &bytes, out)
        }
        Format::Table => table(&compared, out),
    }
}

/// Both entries, out of files or out of the store; the slips of both files at once.
fn both(args: &Args) -> Result<(Entries, Entries), Problems> {
    if let Some(round) = &args.round {
        let store = args.database.open()?;
        require_round(&store, round)?;
        return store.read(|snapshot| double_entries(snapshot, round)).map_err(|error| from_store(&error));
    }
    let read = |path: &Option<PathBuf>| match path {
        Some(path) => Entries::from_csv(&files::read(path)?, &args.key)
            .map_err(|problems| problems.in_file(&path.display().to_string())),
        None => Err(Problem::new("double_entry", "thiếu tệp", "a file is missing").into()),
    };
    match (read(&args.first), read(&args.second)) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (one, other) => Err(Problems([one.err(), other.err()].into_iter().flatten().flatten().collect())),
    }
}

fn table(compared: &DoubleEntry, out: &mut dyn Write) -> Result<(), Problems> {
    let language = language();
    let tell = |vi: &str, en: &str| if language == Language::Vi { vi.to_owned() } else { en.to_owned() };
    for one in &compared.differences {
        say(out, format_args!("{} · {}: {:?} / {:?}", one.form, one.field, one.first, one.second))?;
    }
    for (forms, words) in [
        (&compared.only_first, tell("chỉ có ở lần nhập thứ nhất", "typed by the first only")),
        (&compared.only_second, tell("chỉ có ở lần nhập thứ hai", "typed by the second only")),
    ] {
        for form in forms {
            say(out, format_args!("{form}: {words}"))?;
        }
    }
    let (rate, range) = (percent(compared.rate, language), interval(compared.interval, language));
    let (n, forms, fields) = (compared.differences.len(), compared.n_forms, compared.n_fields);
    say(
        out,
        tell(
            &format!(
                "{forms} phiếu, {fields} ô: {n} ô khác nhau, {rate} (khoảng 95 % chính xác Clopper–Pearson: {range})"
            ),
            &format!("{forms} forms, {fields} cells: {n} differ, {rate} (95 % exact Clopper–Pearson: {range})"),
        ),
    )
}

fn to_csv(entries: &Entries) -> Result<Vec<u8>, Problems> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let headings = std::iter::once(entries.key.as_str()).chain(entries.fields.iter().map(String::as_str));
    writer.write_record(headings).map_err(|error| unwritable(&error))?;
    for (form, cells) in &entries.forms {
        let row = std::iter::once(form.as_str()).chain(cells.iter().map(String::as_str));
        writer.write_record(row).map_err(|error| unwritable(&error))?;
    }
    writer.into_inner().map_err(|error| unwritable(&error))
}

fn unwritable(error: &dyn std::fmt::Display) -> Problems {
    Problem::new("double_entry", "không ghi được bảng", "the table cannot be written").got(error.to_string()).into()
}
