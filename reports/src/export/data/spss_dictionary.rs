//! The dictionary of a .sav: one record a variable, and what is known of them.

use std::collections::BTreeMap;

use super::dataset::{Cell, DataSet, Group, Kind, MISSING, Variable};
use super::names;

/// Bytes of text that a variable holds at most.
pub(super) const TEXT_MAX: usize = 32_767;
/// Bytes of a segment of a long text, and bytes by which segments are counted: two different numbers, as SPSS has it.
pub(super) const SEGMENT: usize = 255;
const COUNTED: usize = 252;
/// Bytes of a label of a variable and of a value.
const LABEL_MAX: usize = 255;
const VALUE_LABEL_MAX: usize = 120;

/// A variable as it lies in the file.
pub(super) struct Layout<'a> {
    pub(super) variable: &'a Variable,
    /// Its name for people, at most 64 bytes.
    pub(super) long_name: String,
    /// Names of its records, at most 8 bytes each; more than one for a long text.
    pub(super) short_names: Vec<String>,
    /// Bytes of its text; 0 for a number.
    pub(super) width: usize,
    /// Position of its first record, from 1, continuations counted.
    pub(super) index: usize,
    /// The numbers of its categories.
    pub(super) numbers: Vec<i32>,
}

impl<'a> Layout<'a> {
    /// The layout of all variables, and how many elements of eight bytes a case has.
    pub(super) fn of(data: &'a DataSet) -> (Vec<Self>, usize) {
        let long_names = names::spss(data.variables().iter().map(|variable| variable.name.as_str()));
        let (mut index, mut number) = (1, 0);
        let layouts = data
            .variables()
            .iter()
            .zip(long_names)
            .map(|(variable, long_name)| {
                let width = width(variable, data);
                let n_segments = segments(width).len();
                let short_names = (0..n_segments)
                    .map(|_| {
                        number += 1;
                        format!("V{number}")
                    })
                    .collect();
                let own = index;
                index += elements(width);
                let numbers = variable.category_numbers();
                Self { variable, long_name, short_names, width, index: own, numbers }
            })
            .collect();
        (layouts, index - 1)
    }
}

fn width(variable: &Variable, data: &DataSet) -> usize {
    if variable.kind != Kind::Text {
        return 0;
    }
    let longest = (0..data.n_rows()).map(|row| super::stata_types::text(variable, row).len()).max().unwrap_or(0);
    longest.clamp(1, TEXT_MAX)
}

/// Widths of the records of a text: one up to 255 bytes, else as many as 252 goes into it.
pub(super) fn segments(width: usize) -> Vec<usize> {
    if width <= SEGMENT {
        return vec![width];
    }
    let n = width.div_ceil(COUNTED);
    (0..n).map(|place| if place + 1 < n { SEGMENT } else { width - place * COUNTED }).collect()
}

/// Elements of eight bytes that a variable takes in each case.
pub(super) fn elements(width: usize) -> usize {
    segments(width).iter().map(|segment| segment.div_ceil(8).max(1)).sum()
}

/// The records of all variables.
pub(super) fn variable_records(out: &mut Vec<u8>, layouts: &[Layout<'_>]) {
    for layout in layouts {
        for (place, (segment, name)) in segments(layout.width).iter().zip(&layout.short_names).enumerate() {
            let label = if place == 0 { layout.variable.label.as_str() } else { "" };
            record(out, layout, *segment, name, label);
            for _ in 1..segment.div_ceil(8) {
                continuation(out);
            }
        }
    }
}

fn record(out: &mut Vec<u8>, layout: &Layout<'_>, width: usize, name: &str, label: &str) {
    let marks = missing_values(layout);
    let label = shortened(label, LABEL_MAX);
    put(out, 2);
    put(out, width as i32);
    put(out, i32::from(!label.is_empty()));
    put(out, marks.len() as i32);
    let format = format(layout, width);
    put(out, format);
    put(out, format);
    out.extend_from_slice(format!("{name:<8}").as_bytes());
    if !label.is_empty() {
        put(out, label.len() as i32);
        padded(out, label.as_bytes(), 4, 0);
    }
    for code in marks {
        out.extend_from_slice(&f64::from(code).to_le_bytes());
    }
}

/// The codes that are declared as missing. SPSS takes three, which is how many reasons there are.
fn missing_values(layout: &Layout<'_>) -> Vec<i32> {
    if layout.width > 0 || layout.variable.group != Group::Answer || layout.variable.kind == Kind::Date {
        return Vec::new();
    }
    MISSING.iter().map(|mark| mark.code).collect()
}

fn continuation(out: &mut Vec<u8>) {
    put(out, 2);
    put(out, -1);
    out.extend_from_slice(&[0; 16]);
    out.extend_from_slice(&[b' '; 8]);
}

fn format(layout: &Layout<'_>, width: usize) -> i32 {
    let code = |kind: i32, width: i32, decimals: i32| (kind << 16) | (width << 8) | decimals;
    match &layout.variable.kind {
        Kind::Text => code(1, width as i32, 0),
        // EDATE: dd.mm.yyyy
        Kind::Date => code(38, 10, 0),
        Kind::Category(_) => code(5, 8, 0),
        Kind::Number => {
            let is_whole = match &layout.variable.column.cells {
                estimation::table::Cells::Numeric(values) => {
                    values.iter().all(|value| !value.is_finite() || value.fract() == 0.0)
                }
                estimation::table::Cells::Categorical { .. } => true,
            };
            if is_whole { code(5, 8, 0) } else { code(5, 16, 6) }
        }
    }
}

/// Records 3 and 4: the words of values, once for all variables that share them.
pub(super) fn value_labels(out: &mut Vec<u8>, layouts: &[Layout<'_>], data: &DataSet) {
    let mut sets: BTreeMap<Vec<(i32, String)>, Vec<usize>> = BTreeMap::new();
    for layout in layouts.iter().filter(|layout| layout.width == 0 && layout.variable.kind != Kind::Date) {
        let categories = layout.variable.categories();
        let mut labels: Vec<(i32, String)> =
            layout.numbers.iter().copied().zip(categories.iter().map(|category| category.label.clone())).collect();
        if layout.variable.group == Group::Answer {
            let marks = if categories.is_empty() { layout.variable.missing_kinds() } else { MISSING.iter().collect() };
            labels.extend(marks.iter().map(|mark| (mark.code, mark.words(data.language).to_owned())));
        }
        if !labels.is_empty() {
            sets.entry(labels).or_default().push(layout.index);
        }
    }
    for (labels, variables) in sets {
        put(out, 3);
        put(out, labels.len() as i32);
        for (number, label) in labels {
            out.extend_from_slice(&f64::from(number).to_le_bytes());
            let label = shortened(&label, VALUE_LABEL_MAX);
            out.push(label.len() as u8);
            let used = label.len() + 1;
            out.extend_from_slice(label.as_bytes());
            out.resize(out.len() + used.next_multiple_of(8) - used, b' ');
        }
        put(out, 4);
        put(out, variables.len() as i32);
        for index in variables {
            put(out, index as i32);
        }
    }
}

/// Record 7: names, widths, how columns are shown, what the file says about itself, how many cases, how text is encoded.
pub(super) fn extensions(out: &mut Vec<u8>, layouts: &[Layout<'_>], data: &DataSet) {
    // Version 27; IEEE numbers, least byte first; UTF-8.
    let integers: [i32; 8] = [27, 0, 0, -1, 1, 1, 2, 65_001];
    extension(out, 3, 4, &integers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>());
    let floats = [SYSTEM_MISSING, f64::MAX, LOWEST];
    extension(out, 4, 8, &floats.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>());
    let display: Vec<u8> = layouts
        .iter()
        .flat_map(|layout| {
            let (measure, align) = match &layout.variable.kind {
                Kind::Number | Kind::Date => (3, 1),
                Kind::Category(_) => (1, 1),
                Kind::Text => (1, 0),
            };
            std::iter::repeat_n([measure, 10, align], layout.short_names.len()).flatten()
        })
        .flat_map(|number: i32| number.to_le_bytes())
        .collect();
    extension(out, 11, 4, &display);
    let pairs: Vec<String> =
        layouts.iter().map(|layout| format!("{}={}", layout.short_names[0], layout.long_name)).collect();
    extension(out, 13, 1, pairs.join("\t").as_bytes());
    let long: String = layouts
        .iter()
        .filter(|layout| layout.width > SEGMENT)
        .map(|layout| format!("{}={:05}\0\t", layout.short_names[0], layout.width))
        .collect();
    if !long.is_empty() {
        extension(out, 14, 1, long.as_bytes());
    }
    let cases: Vec<u8> = [1_i64, data.n_rows() as i64].iter().flat_map(|number| number.to_le_bytes()).collect();
    extension(out, 16, 8, &cases);
    extension(out, 17, 1, file_attributes(data).as_bytes());
    let attributes = variable_attributes(layouts);
    if !attributes.is_empty() {
        extension(out, 18, 1, attributes.as_bytes());
    }
    extension(out, 20, 1, b"UTF-8");
}

fn file_attributes(data: &DataSet) -> String {
    let mut text = String::new();
    if let serde_json::Value::Object(facts) = data.facts_json() {
        for (name, value) in facts {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.push_str(&format!("{name}('{}'\n)", one_line(&value)));
        }
    }
    text
}

/// Whole labels and original names, where the dictionary has no room for them.
fn variable_attributes(layouts: &[Layout<'_>]) -> String {
    let of = |layout: &Layout<'_>| {
        let mut text = String::new();
        if layout.long_name != layout.variable.name {
            text.push_str(&format!("name('{}'\n)", one_line(&layout.variable.name)));
        }
        if layout.variable.label.len() > LABEL_MAX {
            text.push_str(&format!("label('{}'\n)", one_line(&layout.variable.label)));
        }
        if let Some(multiple) = &layout.variable.multiple {
            text.push_str(&format!("question('{}'\n)", one_line(&multiple.label)));
        }
        (!text.is_empty()).then(|| format!("{}:{text}", layout.long_name))
    };
    layouts.iter().filter_map(of).collect::<Vec<_>>().join("/")
}

/// An attribute's value ends with its line.
fn one_line(text: &str) -> String {
    text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The system-missing value, and the lowest number above it.
pub(super) const SYSTEM_MISSING: f64 = -f64::MAX;
const LOWEST: f64 = f64::from_bits(0xFFEF_FFFF_FFFF_FFFE);

fn extension(out: &mut Vec<u8>, subtype: i32, size: usize, content: &[u8]) {
    put(out, 7);
    put(out, subtype);
    put(out, size as i32);
    put(out, (content.len() / size) as i32);
    out.extend_from_slice(content);
}

/// Record 6: lines of 80 bytes, shown by `DISPLAY DOCUMENTS`.
pub(super) fn documents(out: &mut Vec<u8>, data: &DataSet) {
    let mut lines: Vec<String> = Vec::new();
    for (label, value) in data.facts() {
        let mut rest = one_line(&format!("{label}: {value}"));
        while !rest.is_empty() {
            let line = cut(&rest, 80).to_owned();
            rest.drain(..line.len());
            lines.push(line);
        }
    }
    put(out, 6);
    put(out, lines.len() as i32);
    for line in lines {
        out.extend_from_slice(line.as_bytes());
        out.resize(out.len() + 80 - line.len(), b' ');
    }
}

pub(super) fn put(out: &mut Vec<u8>, number: i32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn padded(out: &mut Vec<u8>, bytes: &[u8], multiple: usize, with: u8) {
    out.extend_from_slice(bytes);
    out.resize(out.len() + bytes.len().next_multiple_of(multiple) - bytes.len(), with);
}

/// As much of the text as fits so many bytes.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The same with a mark where something is left out.
pub(super) fn shortened(text: &str, bytes: usize) -> String {
    if text.len() <= bytes { text.to_owned() } else { format!("{}…", cut(text, bytes - '…'.len_utf8())) }
}

/// Whether a cell's text is longer than the file holds.
pub(super) fn is_cut(layout: &Layout<'_>, row: usize) -> bool {
    layout.width == TEXT_MAX && matches!(layout.variable.cell(row), Cell::Text(text) if text.len() > TEXT_MAX)
}
