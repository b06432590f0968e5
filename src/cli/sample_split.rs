//! `khaosat sample draw --split LEVEL`: one list for each province (or other unit) of one draw.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use problem::{Language, Place, Problem, Problems};
use reports::vietnamese::slug;
use sampling::{Only, Role, Sample, SampleDesign, SamplingFrame, UnitLabel, draw};

/// One part of a draw: its own sample, which is what the draw restricted to this part gives.
pub(super) struct Part {
    unit: UnitLabel,
    pub(super) file: PathBuf,
    pub(super) design: SampleDesign,
    pub(super) sample: Sample,
}

/// Draws the whole frame, and each unit of a level that the sample reaches as a list that verifies by itself.
///
/// # Errors
/// Those of the draw; an unknown level; two parts whose files would have one name.
pub(super) fn parts(
    frame: &SamplingFrame,
    design: &SampleDesign,
    seed: u64,
    level: &str,
    out: &Path,
) -> Result<Vec<Part>, Problems> {
    let whole = draw(frame, design, seed)?;
    let depth = whole.listed_levels().position(|listed| listed.name == level);
    let mut seen = BTreeSet::new();
    let mut files = BTreeSet::new();
    let mut parts = Vec::new();
    for unit in whole.units.iter().filter_map(|unit| unit.path.get(depth.unwrap_or_default())) {
        let code = if unit.code.is_empty() { &unit.name } else { &unit.code };
        if !seen.insert(code.clone()) {
            continue;
        }
        // An unknown level is told here, with the known ones.
        let design = design.clone().restricted_to(Only { level: level.to_owned(), code: code.clone() })?;
        let file = file_of(out, code);
        if !files.insert(file.clone()) {
            return Err(Problem::new(
                "sample_split_names",
                "hai phần sẽ có cùng một tên tệp",
                "two parts would have the same file name",
            )
            .at(Place::column("--split"))
            .got(file.display().to_string())
            .into());
        }
        let sample = draw(frame, &design, seed)?;
        parts.push(Part { unit: unit.clone(), file, design, sample });
    }
    Ok(parts)
}

/// `lists/round.csv` and `24` → `lists/round-24.csv`.
fn file_of(out: &Path, code: &str) -> PathBuf {
    let part = |end: Option<&std::ffi::OsStr>| end.and_then(|end| end.to_str()).unwrap_or_default().to_owned();
    out.with_file_name(format!("{}-{}.{}", part(out.file_stem()), slug(code), part(out.extension())))
}

/// What was drawn, part by part.
pub(super) fn told(parts: &[Part], level: &str, language: Language) -> String {
    let n = |sample: &Sample, role| sample.units_of(role).count();
    let main: usize = parts.iter().map(|part| n(&part.sample, Role::Main)).sum();
    let reserve: usize = parts.iter().map(|part| n(&part.sample, Role::Reserve)).sum();
    let mut lines = match language {
        Language::Vi => vec![
            format!("Đã rút {main} đơn vị chính và {reserve} dự phòng trong {} phần ({level})", parts.len()),
            format!("  {:<10}{:<28}{:>8}{:>10}{:>8}  tệp", "mã", "tên", "chính", "dự phòng", "nhóm"),
        ],
        Language::En => vec![
            format!("Drawn: {main} main units and {reserve} reserves in {} parts ({level})", parts.len()),
            format!("  {:<10}{:<28}{:>8}{:>10}{:>8}  file", "code", "name", "main", "reserve", "groups"),
        ],
    };
    lines.extend(parts.iter().map(|Part { unit, file, sample, .. }| {
        format!(
            "  {:<10}{:<28}{:>8}{:>10}{:>8}  {}",
            unit.code,
            unit.name,
            n(sample, Role::Main),
            n(sample, Role::Reserve),
            sample.groups().len(),
            file.display()
        )
    }));
    lines.join("\n")
}
