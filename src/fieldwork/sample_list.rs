//! The sample list as a workbook for the field: the whole list, one form a listing area, and where it all comes from.

mod check;
mod respondent;

use self::respondent::{respondent_column, respondent_line, whom_to_ask};
use problem::{Problems, Words};
use reports::document::xlsx::{Cell, Column, Sheet, Workbook, sheet_name};
use sampling::{ListCell, Role, Sample, SampledUnit};

use super::disposition::Outcome;

pub use check::{design_sha256_of_xlsx, verify_xlsx, verify_xlsx_with_seed};

/// Tab of the whole list: the columns of the CSV file.
pub const LIST_SHEET: &str = "Danh sách";
/// Tab of the provenance.
pub const PROVENANCE_SHEET: &str = "Nguồn gốc";

/// The columns of a form that the field fills in: heading and width.
const CONTACT_LOG: [(&str, f64); 9] = [
    ("Họ tên chủ hộ", 24.0),
    ("Lần 1: ngày, giờ", 13.0),
    ("Kết quả 1", 10.0),
    ("Lần 2: ngày, giờ", 13.0),
    ("Kết quả 2", 10.0),
    ("Lần 3: ngày, giờ", 13.0),
    ("Kết quả 3", 10.0),
    ("Thay cho số", 8.0),
    ("Ghi chú", 24.0),
];

/// The workbook of a sample: the whole list first, then a form for each listing area (such as a village) with main and
/// reserve units in visiting order and an empty contact log, then the provenance.
#[must_use]
pub fn workbook(sample: &Sample) -> Workbook {
    let mut sheets = vec![list_sheet(sample)];
    let mut names = vec![LIST_SHEET.to_owned(), PROVENANCE_SHEET.to_owned()];
    for group in sample.groups() {
        let sheet = form_sheet(sample, group, &names);
        names.push(sheet.name.clone());
        sheets.push(sheet);
    }
    sheets.push(provenance_sheet(sample));
    Workbook { title: format!("Danh sách mẫu {}", sample.provenance.design), sheets }
}

/// The bytes of the workbook; the same sample gives the same bytes.
///
/// # Errors
/// What the format refuses, such as more than a million units.
pub fn to_xlsx(sample: &Sample) -> Result<Vec<u8>, Problems> {
    workbook(sample).to_xlsx()
}

fn list_sheet(sample: &Sample) -> Sheet {
    let table = sample.table();
    let width = |heading: &str| match heading {
        "unit_id" => 30.0,
        heading if heading.ends_with("_name") => 22.0,
        heading if heading.ends_with("_sha256") => 14.0,
        _ => 13.0,
    };
    let cell = |cell: &ListCell| match cell {
        ListCell::Text(text) => Cell::text(text),
        ListCell::Number(number) => Cell::Number(*number),
        ListCell::Whole(number) => whole(*number),
    };
    Sheet {
        name: LIST_SHEET.to_owned(),
        above: Vec::new(),
        columns: table.headings.iter().map(|heading| Column::new(heading, width(heading))).collect(),
        rows: table.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        landscape: true,
        form: false,
        wrap: false,
    }
}

/// A whole number as a spreadsheet keeps it: as a number while it is exact, otherwise as text.
fn whole(number: u64) -> Cell {
    match u32::try_from(number) {
        Ok(number) => Cell::Number(f64::from(number)),
        Err(_) => Cell::Text(number.to_string()),
    }
}

/// The levels above the listed units, lowest first: `thôn Đông (0720101), xã …`.
fn place_of(sample: &Sample, unit: &SampledUnit) -> String {
    let listed_units = usize::from(!sample.levels.last().is_some_and(|level| level.counted));
    let areas = unit.path.len().saturating_sub(listed_units);
    let parts = unit.path[..areas].iter().zip(sample.listed_levels()).map(|(label, level)| {
        let code = if label.code.is_empty() { String::new() } else { format!(" ({})", label.code) };
        format!("{}: {}{code}", level.words.vi, label.name)
    });
    let mut parts: Vec<String> = parts.collect();
    parts.reverse();
    parts.join("; ")
}

fn form_sheet(sample: &Sample, group: &[SampledUnit], taken: &[String]) -> Sheet {
    let counted = sample.levels.last().is_some_and(|level| level.counted);
    let word = sample.levels.last().map_or("đơn vị", |level| level.words.vi.as_str());
    let n = |role| group.iter().filter(|unit| unit.role == role).count();
    let (n_main, n_reserve) = (n(Role::Main), n(Role::Reserve));
    let first = group.first();
    let area = first.and_then(|unit| unit.path.get(unit.path.len().wrapping_sub(1 + usize::from(!counted))));
    let wish = area.map_or_else(String::new, |area| format!("{} {}", area.code, area.name));
    let mut above = vec![first.map(|unit| place_of(sample, unit)).unwrap_or_default()];
    above.push(format!(
        "Trong danh sách: {} {word}; chính {n_main}, dự phòng {n_reserve}. Mã {word}: {}…",
        first.map_or(0, |unit| unit.listing_size),
        common_start(group),
    ));
    above.push(format!("Kết quả ghi bằng mã: {}", outcome_legend()));
    above.push(format!(
        "Đi theo đúng thứ tự. Chỉ dùng {word} dự phòng khi một {word} chính đã kết thúc không thành công, lấy lần lượt từ trên xuống."
    ));
    above.extend(respondent_line(sample));
    let mut columns = vec![Column::new("Thứ tự", 7.0)];
    columns.push(if counted { Column::new(format!("Số {word}"), 8.0) } else { Column::new("Mã", 14.0) });
    if !counted {
        columns.push(Column::new("Tên", 26.0));
    }
    columns.push(Column::new("Vai trò", 10.0));
    let respondent = respondent_column(sample);
    columns.extend(respondent.clone());
    columns.extend(CONTACT_LOG.iter().map(|(heading, width)| Column::new(*heading, *width)));
    let rows = group.iter().map(|unit| {
        let mut row = vec![whole(unit.visiting_order)];
        match (unit.number, unit.path.last()) {
            (Some(number), _) => row.push(whole(number)),
            (None, label) => row.extend([
                Cell::text(label.map_or("", |label| &label.code)),
                Cell::text(label.map_or("", |label| &label.name)),
            ]),
        }
        row.push(Cell::text(match unit.role {
            Role::Main => "Chính",
            Role::Reserve => "Dự phòng",
        }));
        row.extend(respondent.as_ref().map(|_| Cell::Text(whom_to_ask(sample, unit))));
        row.resize(columns.len(), Cell::Empty);
        row
    });
    Sheet {
        name: sheet_name(&wish, taken),
        above,
        rows: rows.collect(),
        columns,
        landscape: true,
        form: true,
        wrap: false,
    }
}

/// The codes that the columns of results take, in a line.
fn outcome_legend() -> String {
    let words = [
        (Outcome::Complete, "phỏng vấn xong"),
        (Outcome::Partial, "xong một phần"),
        (Outcome::Refusal, "từ chối"),
        (Outcome::NonContact, "không gặp"),
        (Outcome::OtherNonInterview, "không phỏng vấn được vì lý do khác"),
        (Outcome::UnknownHousehold, "không rõ có hộ ở đó"),
        (Outcome::UnknownOther, "không rõ có người thuộc diện"),
        (Outcome::NotEligible, "không thuộc diện"),
    ];
    words.map(|(outcome, words)| format!("{} {words}", outcome.code())).join("; ")
}

/// What the identities of a group have in common, up to the last `-`.
fn common_start(group: &[SampledUnit]) -> &str {
    let id = group.first().map_or("", |unit| unit.unit_id.as_str());
    id.rfind('-').map_or(id, |end| &id[..=end])
}

fn provenance_sheet(sample: &Sample) -> Sheet {
    let provenance = &sample.provenance;
    let mut lines: Vec<(String, String)> = vec![
        ("Thiết kế (design)".to_owned(), provenance.design.clone()),
        ("SHA-256 của thiết kế (design_sha256)".to_owned(), provenance.design_sha256.clone()),
        ("SHA-256 của khung mẫu (frame_sha256)".to_owned(), provenance.frame_sha256.clone()),
        ("Hạt giống (seed)".to_owned(), provenance.seed.to_string()),
        ("Bộ sinh số ngẫu nhiên (generator)".to_owned(), provenance.generator.clone()),
        ("Phiên bản chương trình (program_version)".to_owned(), provenance.program_version.clone()),
    ];
    lines.extend(provenance.only.iter().map(|only| ("Chỉ rút trong (only)".to_owned(), only.clone())));
    lines.extend(provenance.methods.iter().map(|used| (format!("Phương pháp ({})", used.stage), used.method.clone())));
    let n = |role| sample.units_of(role).count().to_string();
    lines.push(("Số đơn vị chính (main)".to_owned(), n(Role::Main)));
    lines.push(("Số đơn vị dự phòng (reserve)".to_owned(), n(Role::Reserve)));
    lines.extend(size_sources(sample).into_iter().map(|text| ("Nguồn số liệu quy mô (size_source)".to_owned(), text)));
    lines.extend(sample.notes.iter().map(|Words { vi, .. }| ("Lưu ý".to_owned(), vi.clone())));
    lines.push((
        "Kiểm chứng".to_owned(),
        "khaosat sample verify --sample TỆP --frame KHUNG: rút lại và so sánh từng đơn vị".to_owned(),
    ));
    Sheet {
        name: PROVENANCE_SHEET.to_owned(),
        above: Vec::new(),
        columns: vec![Column::new("Mục", 40.0), Column::new("Giá trị", 90.0)],
        rows: lines.into_iter().map(|(name, value)| vec![Cell::Text(name), Cell::Text(value)]).collect(),
        landscape: true,
        form: false,
        wrap: false,
    }
}

/// What the frame says about where its sizes come from, each once, in the order of the list.
fn size_sources(sample: &Sample) -> Vec<String> {
    let Some(place) = sample.carried.iter().position(|heading| heading == "size_source") else { return Vec::new() };
    let mut sources: Vec<String> = Vec::new();
    for source in sample.units.iter().filter_map(|unit| unit.carried.get(place)) {
        if !sources.contains(source) {
            sources.push(source.clone());
        }
    }
    sources
}

#[cfg(test)]
mod tests;
