//! Drawing again and comparing, unit by unit: the proof for an auditor.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems, Words};

use crate::design::SampleDesign;
use crate::frame::SamplingFrame;
use crate::list::{ListCell, ListRows, ListTable};
use crate::multistage::draw;
use crate::sample::{Role, Sample};

/// The list is the one that frame, design and seed imply.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// The sample drawn again.
    pub sample: Sample,
    /// Main units compared.
    pub n_main: usize,
    /// Reserve units compared.
    pub n_reserve: usize,
    /// What the reader should know, though nothing is wrong.
    pub notes: Vec<Words>,
}

/// Draws again from frame, design and the seed in the list, and compares with the list, byte by byte.
///
/// # Errors
/// Another frame or design than the list names; every unit that is missing, added or doubled; every changed cell with row
/// and column; a changed order; and, when all cells are the same, the row of the first byte that is not.
pub fn verify(frame: &SamplingFrame, design: &SampleDesign, list: &[u8]) -> Result<Verification, Problems> {
    verify_with_seed(frame, design, None, list)
}

/// The same with the seed that a commitment implies, whatever seed the list names.
///
/// # Errors
/// As [`verify`], and `sample_other_seed`.
pub fn verify_with_seed(
    frame: &SamplingFrame,
    design: &SampleDesign,
    seed: Option<u64>,
    list: &[u8],
) -> Result<Verification, Problems> {
    let verification = verify_rows_with_seed(frame, design, seed, &ListRows::from_csv(list)?)?;
    let expected = verification.sample.to_csv();
    if expected.as_bytes() == list {
        return Ok(verification);
    }
    let same = expected.bytes().zip(list).take_while(|(a, b)| a == *b).count();
    let row = expected.as_bytes()[..same].iter().filter(|byte| **byte == b'\n').count() + 1;
    Err(Problem::new(
        "sample_bytes_changed",
        format!("các ô đều đúng nhưng tệp khác từ byte thứ {}", same + 1),
        format!("all cells are right, but the file differs from byte {} on", same + 1),
    )
    .at(Place::row(row))
    .hint(
        "tệp đã được lưu lại bằng chương trình khác (dấu xuống dòng, dấu ngoặc kép, BOM)",
        "another program saved the file again (line ends, quotes, byte order mark)",
    )
    .into())
}

/// The same for cells, wherever they were read from: cells are compared, bytes are not.
///
/// # Errors
/// As [`verify`], without the bytes.
pub fn verify_rows(frame: &SamplingFrame, design: &SampleDesign, rows: &ListRows) -> Result<Verification, Problems> {
    verify_rows_with_seed(frame, design, None, rows)
}

/// The same with the seed that a commitment implies, whatever seed the list names.
///
/// # Errors
/// As [`verify_rows`], and `sample_other_seed`.
pub fn verify_rows_with_seed(
    frame: &SamplingFrame,
    design: &SampleDesign,
    seed: Option<u64>,
    rows: &ListRows,
) -> Result<Verification, Problems> {
    let claims = Claims::read(rows)?;
    claims.check(frame, design)?;
    let design = match &claims.only {
        Some(only) => design.clone().restricted_to(crate::Only::parse(only)?)?,
        None => design.clone(),
    };
    let mut sample = draw(frame, &design, seed.unwrap_or(claims.seed))?;
    let mut problems = claims.check_seed(sample.provenance.seed);
    // Told once, and not again in every row.
    sample.provenance.seed = claims.seed;
    let mut notes = Vec::new();
    if claims.program_version != sample.provenance.program_version {
        notes.push(Words::new(
            format!("danh sách do phiên bản {} rút; phiên bản này cho cùng kết quả", claims.program_version),
            format!("the list was drawn by version {}; this version gives the same", claims.program_version),
        ));
        sample.provenance.program_version = claims.program_version;
    }
    if let Err(found) = compare(&sample.table(), rows) {
        problems.extend(found);
    }
    problems.into_result(())?;
    let count = |role| sample.units_of(role).count();
    Ok(Verification { n_main: count(Role::Main), n_reserve: count(Role::Reserve), sample, notes })
}

/// What a list says about itself: the value that most of its rows carry, so that one changed row is found, not followed.
struct Claims {
    seed: u64,
    only: Option<String>,
    frame_sha256: String,
    design_sha256: String,
    program_version: String,
}

impl Claims {
    fn read(rows: &ListRows) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let mut say = |heading: &str| match rows.column(heading).map(|column| most_frequent(rows, column)) {
            Ok(Some(value)) => value,
            Ok(None) => String::new(),
            Err(found) => {
                problems.extend(found);
                String::new()
            }
        };
        let (seed, frame_sha256, design_sha256) = (say("seed"), say("frame_sha256"), say("design_sha256"));
        let program_version = say("program_version");
        let only = rows.column("only").ok().and_then(|column| most_frequent(rows, column));
        if rows.rows.is_empty() {
            problems.push(Problem::new("sample_empty", "danh sách mẫu trống", "the sample list is empty"));
        }
        let parsed = seed.parse();
        if parsed.is_err() && problems.is_empty() {
            problems.push(
                Problem::new("sample_bad_seed", "hạt giống không phải số nguyên", "the seed is not a whole number")
                    .at(Place::column("seed"))
                    .got(seed),
            );
        }
        problems.into_result(Self {
            seed: parsed.unwrap_or_default(),
            only,
            frame_sha256,
            design_sha256,
            program_version,
        })
    }

    fn check(&self, frame: &SamplingFrame, design: &SampleDesign) -> Result<(), Problems> {
        let mut problems = Problems::none();
        if self.frame_sha256 != frame.sha256() {
            problems.push(
                Problem::new(
                    "sample_other_frame",
                    "danh sách không được rút từ tệp khung mẫu này (hoặc khung đã bị sửa)",
                    "the list was not drawn from this frame file (or the frame was changed)",
                )
                .at(Place::column("frame_sha256"))
                .expected(frame.sha256().to_owned())
                .got(self.frame_sha256.clone()),
            );
        }
        if self.design_sha256 != design.sha256() {
            problems.push(
                Problem::new(
                    "sample_other_design",
                    "danh sách không được rút theo thiết kế này (hoặc thiết kế đã bị sửa)",
                    "the list was not drawn by this design (or the design was changed)",
                )
                .at(Place::column("design_sha256"))
                .expected(design.sha256().to_owned())
                .got(self.design_sha256.clone()),
            );
        }
        problems.into_result(())
    }

    fn check_seed(&self, implied: u64) -> Problems {
        if implied == self.seed {
            return Problems::none();
        }
        Problem::new(
            "sample_other_seed",
            "danh sách được rút với số khởi đầu khác số mà bản cam kết cho",
            "the list was drawn with another seed than the commitment implies",
        )
        .at(Place::column("seed"))
        .expected(implied.to_string())
        .got(self.seed.to_string())
        .into()
    }
}

fn most_frequent(rows: &ListRows, column: usize) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, cells) in &rows.rows {
        *counts.entry(cells.get(column).map_or("", String::as_str)).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(value, _)| value.to_owned())
}

/// Every difference between the table that should be and the rows that are.
fn compare(expected: &ListTable, actual: &ListRows) -> Result<(), Problems> {
    let mut problems = compare_headings(expected, actual);
    if !problems.is_empty() {
        return Err(problems);
    }
    let ids: Vec<String> = expected.rows.iter().map(|row| row[0].to_text()).collect();
    let places: BTreeMap<&str, usize> = ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    let mut seen: Vec<Option<usize>> = vec![None; ids.len()];
    let mut order: Vec<usize> = Vec::new();
    for (row, cells) in &actual.rows {
        let id = cells.first().map_or("", String::as_str);
        let Some(place) = places.get(id).copied() else {
            problems.push(unit_problem(
                "sample_unit_added",
                "đơn vị không có trong lần rút lại",
                "the unit is not in the draw",
                id,
                *row,
            ));
            continue;
        };
        if let Some(first) = seen[place] {
            let problem = unit_problem("sample_unit_twice", "đơn vị có hai dòng", "the unit stands twice", id, *row);
            problems.push(problem.expected((format!("dòng {first}"), format!("row {first}"))));
            continue;
        }
        seen[place] = Some(*row);
        order.push(place);
        compare_row(&expected.headings, &expected.rows[place], *row, cells, id, &mut problems);
    }
    for (id, _) in ids.iter().zip(&seen).filter(|(_, seen)| seen.is_none()) {
        problems.push(
            Problem::new(
                "sample_unit_missing",
                format!("thiếu đơn vị {id} của lần rút lại"),
                format!("unit {id} of the draw is missing from the list"),
            )
            .expected(id.clone()),
        );
    }
    if problems.is_empty()
        && let Some(first) = order.iter().enumerate().position(|(here, place)| here != *place)
    {
        problems.push(
            Problem::new("sample_order_changed", "thứ tự các dòng đã bị đổi", "the order of the rows was changed")
                .at(Place::row(actual.rows[first].0))
                .expected(ids[first].clone())
                .got(ids[order[first]].clone()),
        );
    }
    problems.into_result(())
}

fn compare_headings(expected: &ListTable, actual: &ListRows) -> Problems {
    let mut problems = Problems::none();
    for place in 0..expected.headings.len().max(actual.headings.len()) {
        let (should, is) = (expected.headings.get(place), actual.headings.get(place));
        if should != is {
            let (should, is) = (should.cloned().unwrap_or_default(), is.cloned().unwrap_or_default());
            problems.push(
                Problem::new("sample_heading_changed", "tiêu đề cột đã bị đổi", "a column heading was changed")
                    .at(Place::cell(1, if should.is_empty() { is.clone() } else { should.clone() }))
                    .expected(should)
                    .got(is),
            );
        }
    }
    problems
}

fn compare_row(
    headings: &[String],
    expected: &[ListCell],
    row: usize,
    cells: &[String],
    id: &str,
    problems: &mut Problems,
) {
    for (place, heading) in headings.iter().enumerate() {
        let (should, is) = (expected[place].to_text(), cells.get(place).map_or("", String::as_str));
        if should != is {
            problems.push(
                Problem::new(
                    "sample_cell_changed",
                    format!("ô của đơn vị {id} khác lần rút lại"),
                    format!("a cell of unit {id} differs from the draw"),
                )
                .at(Place::cell(row, heading))
                .expected(should)
                .got(is.to_owned()),
            );
        }
    }
    if cells.len() > headings.len() {
        problems.push(
            unit_problem("sample_ragged_row", "dòng thừa ô", "the row has extra cells", id, row)
                .got(cells[headings.len()..].join(",")),
        );
    }
}

fn unit_problem(code: &'static str, vi: &str, en: &str, id: &str, row: usize) -> Problem {
    Problem::new(code, format!("{vi}: {id}"), format!("{en}: {id}")).at(Place::cell(row, "unit_id")).got(id.to_owned())
}
