//! A data set as SPSS's .sav, compressed by bytes (SPSS 8 and later; text in UTF-8).
//!
//! # Source
//! The description of the format in the PSPP developers' manual, "System File Format". The three reasons for a missing answer
//! are declared as missing values (SPSS takes three), an answer that never came is system-missing. Weights are a variable like
//! any other: `WEIGHT BY` would make SPSS take them for numbers of people and its errors too small.

use problem::Problems;

use super::dataset::DataSet;
use super::spss_data::Packed;
use super::spss_dictionary::{Layout, documents, extensions, is_cut, put, shortened, value_labels, variable_records};

/// The bytes of the `.sav`.
///
/// # Errors
/// None for the data sets that there are: what does not fit is cut with a mark and told in the file.
pub fn bytes(data: &DataSet) -> Result<Vec<u8>, Problems> {
    let (layouts, n_elements) = Layout::of(data);
    let n_cut = layouts.iter().map(|layout| (0..data.n_rows()).filter(|row| is_cut(layout, *row)).count()).sum();
    let told;
    let data = if n_cut > 0 {
        told = with_note(data, n_cut);
        &told
    } else {
        data
    };
    let mut out = Vec::with_capacity(data.n_rows() * n_elements * 2);
    header(&mut out, data, n_elements);
    variable_records(&mut out, &layouts);
    value_labels(&mut out, &layouts, data);
    documents(&mut out, data);
    extensions(&mut out, &layouts, data);
    put(&mut out, 999);
    put(&mut out, 0);
    let mut cases = Packed::new(&mut out);
    for row in 0..data.n_rows() {
        cases.case(&layouts, row);
    }
    cases.finished();
    Ok(out)
}

fn with_note(data: &DataSet, n_cut: usize) -> DataSet {
    let mut told = data.clone();
    told.origin.notes.push(problem::Words::new(
        format!("{n_cut} văn bản dài hơn 32767 byte bị cắt (kết thúc bằng …)"),
        format!("{n_cut} texts above 32767 bytes were cut (they end with …)"),
    ));
    told
}

fn header(out: &mut Vec<u8>, data: &DataSet, n_elements: usize) {
    out.extend_from_slice(b"$FL2");
    filled(out, &format!("@(#) SPSS DATA FILE - {}", data.origin.program), 60);
    put(out, 2);
    put(out, n_elements as i32);
    put(out, 1);
    put(out, 0);
    put(out, data.n_rows() as i32);
    out.extend_from_slice(&100.0_f64.to_le_bytes());
    let (day, time) = moment(&data.origin.exported_at);
    filled(out, &day, 9);
    filled(out, &time, 8);
    filled(out, &shortened(&data.origin.round_name, 64), 64);
    out.extend_from_slice(&[0; 3]);
}

/// `26 Nov 26` and `10:11:12` of an ISO 8601 moment.
fn moment(instant: &str) -> (String, String) {
    let parsed = chrono::DateTime::parse_from_rfc3339(instant);
    match parsed {
        Ok(at) => (at.format("%d %b %y").to_string(), at.format("%H:%M:%S").to_string()),
        Err(_) => ("01 Jan 70".to_owned(), "00:00:00".to_owned()),
    }
}

fn filled(out: &mut Vec<u8>, text: &str, width: usize) {
    let text = super::spss_dictionary::cut(text, width);
    out.extend_from_slice(text.as_bytes());
    out.resize(out.len() + width - text.len(), b' ');
}
