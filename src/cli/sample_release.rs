//! `khaosat sample release` and `releases`: reserves given out one at a time, with a ledger beside the list.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use problem::{Language, Place, Problem, Problems};
use sampling::{Sample, sha256_hex};
use unicode_normalization::UnicodeNormalization;

use super::{files, language, say};
use crate::fieldwork::release_ledger::Ledger;
use crate::fieldwork::replacement::{ReleaseRequest, check_releases, listed_units, release};
use crate::store::{Clock, SystemClock};

/// Arguments of `khaosat sample release`.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    /// The sample list (CSV), as it was drawn
    #[arg(long, value_name = "LIST.csv")]
    sample: PathBuf,
    /// The ledger of this list's releases; made with the first
    #[arg(long, value_name = "LEDGER.csv")]
    ledger: PathBuf,
    /// The case that has failed: a main one, or a reserve that was released before
    #[arg(long = "for", value_name = "UNIT_ID")]
    replaces: String,
    /// Its final disposition, an AAPOR code such as 2.11 or 4.50
    #[arg(long)]
    disposition: String,
    /// Visits that were made to it; nobody met (2.2x) and unknown eligibility (3.x) need three
    #[arg(long)]
    attempts: u32,
    /// Why it is replaced, in words; no names of people
    #[arg(long)]
    reason: String,
    /// Who releases it
    #[arg(long, value_name = "NAME")]
    by: String,
    /// The reserve in hand; refused unless it is the next of the area
    #[arg(long, value_name = "UNIT_ID")]
    reserve: Option<String>,
}

/// Arguments of `khaosat sample releases`.
#[derive(Debug, Args)]
pub struct ReleasesArgs {
    /// The sample list (CSV), as it was drawn
    #[arg(long, value_name = "LIST.csv")]
    sample: PathBuf,
    /// The ledger of its releases
    #[arg(long, value_name = "LEDGER.csv")]
    ledger: PathBuf,
    /// The seal that was written down when the ledger was last looked at: lines cut off its end are found by it
    #[arg(long, value_name = "SHA256")]
    seal: Option<String>,
}

fn clean(text: &str) -> String {
    text.trim().nfc().collect()
}

/// The sample with the hash of its list.
fn read_sample(path: &Path) -> Result<(Sample, String), Problems> {
    let bytes = files::read(path)?;
    let sample = Sample::from_csv(&bytes).map_err(|problems| problems.in_file(&path.display().to_string()))?;
    Ok((sample, sha256_hex(&bytes)))
}

/// Releases the next reserve and adds it to the ledger.
///
/// # Errors
/// What the rule refuses; a ledger that was changed; files that cannot be read or written.
pub fn run_release(args: &ReleaseArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let (sample, list_sha256) = read_sample(&args.sample)?;
    let by = clean(&args.by);
    if by.is_empty() || by.chars().any(char::is_control) {
        let (vi, en) = ("thiếu tên người cho dùng hộ dự phòng", "who releases the reserve is not said");
        return Err(Problem::new("replacement_by", vi, en).at(Place::column("--by")).into());
    }
    let mut file = open(&args.ledger)?;
    let mut ledger = read_ledger(&mut file, &args.ledger, &list_sha256)?;
    let units = listed_units(&sample);
    check_releases(&units, &ledger.releases()).map_err(|problems| problems.in_file(&shown(&args.ledger)))?;
    let request = ReleaseRequest {
        replaces: clean(&args.replaces),
        disposition: clean(&args.disposition),
        attempts: args.attempts,
        reason: clean(&args.reason),
        reserve: args.reserve.as_deref().map(clean),
    };
    let given = release(&units, &ledger.releases(), &request)?;
    let line = ledger.add(given.clone(), &SystemClock.now().to_string(), &by);
    file.write_all(line.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| file_problem(&args.ledger, &error.to_string()))?;
    let order = units.iter().find(|unit| unit.unit_id == given.reserve).map_or(0, |unit| unit.visiting_order);
    say(
        out,
        match language() {
            Language::Vi => format!(
                "Hộ dự phòng {} (thứ tự {order}) thay cho {}\n  dòng {} của {}\n  dấu niêm {}",
                given.reserve,
                given.replaces,
                given.number,
                shown(&args.ledger),
                ledger.last_seal()
            ),
            Language::En => format!(
                "Reserve {} (visiting order {order}) replaces {}\n  line {} of {}\n  seal {}",
                given.reserve,
                given.replaces,
                given.number,
                shown(&args.ledger),
                ledger.last_seal()
            ),
        },
    )
}

/// Checks a ledger: seals, and every release by the rule again.
///
/// # Errors
/// Every line that was changed, or that the rule would not have given.
pub fn run_releases(args: &ReleasesArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let (sample, list_sha256) = read_sample(&args.sample)?;
    let bytes = files::read(&args.ledger)?;
    let in_file = |problems: Problems| problems.in_file(&shown(&args.ledger));
    let ledger = Ledger::read(&bytes, &list_sha256).map_err(in_file)?;
    let units = listed_units(&sample);
    check_releases(&units, &ledger.releases()).map_err(in_file)?;
    if let Some(seal) = args.seal.as_deref()
        && seal != list_sha256
        && !ledger.lines().iter().any(|line| line.sha256 == seal)
    {
        return Err(in_file(
            Problem::new(
                "ledger_cut",
                "sổ không còn dòng mang dấu niêm này: đã bị cắt bớt hoặc là sổ khác",
                "no line of the ledger has this seal: it was cut, or it is another ledger",
            )
            .expected(seal)
            .got(ledger.last_seal())
            .into(),
        ));
    }
    let (n_released, n_reserves) = (ledger.lines().len(), units.iter().filter(|unit| unit.is_reserve).count());
    say(
        out,
        match language() {
            Language::Vi => format!(
                "Đúng: {n_released} trong {n_reserves} hộ dự phòng đã được dùng, lần lượt theo thứ tự\n  dấu niêm cuối {}",
                ledger.last_seal()
            ),
            Language::En => format!(
                "Verified: {n_released} of {n_reserves} reserves released, in their order\n  last seal {}",
                ledger.last_seal()
            ),
        },
    )?;
    for line in ledger.lines() {
        let release = &line.release;
        say(
            out,
            format_args!(
                "  {}\t{} → {}\t{}\t{}\t{}\t{}",
                release.number,
                release.replaces,
                release.reserve,
                release.disposition,
                line.released_at,
                line.released_by,
                release.reason
            ),
        )?;
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Opens the ledger for adding, and holds it alone until it is closed: two releases at once would have the same number.
fn open(path: &Path) -> Result<File, Problems> {
    let file = OpenOptions::new().read(true).append(true).create(true).open(path);
    let file = file.map_err(|error| file_problem(path, &error.to_string()))?;
    file.lock().map_err(|error| file_problem(path, &error.to_string()))?;
    Ok(file)
}

fn read_ledger(file: &mut File, path: &Path, list_sha256: &str) -> Result<Ledger, Problems> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| file_problem(path, &error.to_string()))?;
    Ledger::read(&bytes, list_sha256).map_err(|problems| problems.in_file(&shown(path)))
}

fn file_problem(path: &Path, error: &str) -> Problems {
    Problem::new("ledger_file", "không đọc hoặc ghi được sổ", "the ledger cannot be read or written")
        .got(error)
        .in_file(&shown(path))
        .into()
}
