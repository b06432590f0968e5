//! A data set as Stata's .dta, release 118 (Stata 14 and later).
//!
//! # Source
//! Stata's own description, `help dta`. Missing answers are the extended missing values `.a` (don't know), `.b` (refused) and
//! `.c` (not applicable); an answer that never came is `.`. Categories are numbers with value labels, one set for each list of
//! choices. What does not fit a label of 80 characters stands whole in the variable's notes.

use std::collections::BTreeMap;

use problem::{Problem, Problems};

use super::dataset::{Cell, DataSet, Kind, MISSING, Variable};
use super::names;
use super::stata_types::{DAYS, Missing, Storage, text};

/// Characters of a label, and bytes of one field of a name or a label.
const LABEL_LENGTH: usize = 80;
const NAME_FIELD: usize = 129;
const FORMAT_FIELD: usize = 57;
const LABEL_FIELD: usize = 321;
/// Variables that this release can count.
const VARIABLES_MAX: usize = 32_767;
/// Bytes of a note, and of one value label.
const NOTE_MAX: usize = 60_000;
const VALUE_LABEL_MAX: usize = 32_000;

/// The bytes of the `.dta`.
///
/// # Errors
/// `export_too_large` for more than 32,767 variables.
pub fn bytes(data: &DataSet) -> Result<Vec<u8>, Problems> {
    if data.variables().len() > VARIABLES_MAX {
        return Err(Problem::new(
            "export_too_large",
            "Stata không chứa hết các cột",
            "Stata does not hold that many columns",
        )
        .expected(format!("{VARIABLES_MAX}"))
        .got(data.variables().len().to_string())
        .into());
    }
    let names = names::stata(data.variables().iter().map(|variable| variable.name.as_str()));
    let storages: Vec<Storage> = data.variables().iter().map(|variable| Storage::of(variable, data)).collect();
    let sets = LabelSets::of(data);
    let mut file = File { out: Vec::with_capacity(data.n_rows() * data.variables().len() * 2), map: Vec::new() };
    file.header(data);
    file.dictionary(data, &names, &storages, &sets);
    file.notes(data, &names);
    let texts = file.rows(data, &storages);
    file.mark();
    file.tag("<strls>");
    for ((row, variable), text) in &texts {
        file.out.extend_from_slice(b"GSO");
        file.out.extend_from_slice(&(*variable as u32).to_le_bytes());
        file.out.extend_from_slice(&(*row as u64).to_le_bytes());
        file.out.push(130);
        file.out.extend_from_slice(&(text.len() as u32 + 1).to_le_bytes());
        file.out.extend_from_slice(text.as_bytes());
        file.out.push(0);
    }
    file.tag("</strls>");
    file.value_labels(&sets);
    Ok(file.finished())
}

/// The sets of value labels, each once, and the set of each variable.
struct LabelSets {
    sets: Vec<(String, Vec<(i32, String)>)>,
    of_variable: Vec<Option<usize>>,
}

impl LabelSets {
    fn of(data: &DataSet) -> Self {
        let mut known: BTreeMap<Vec<(i32, String)>, usize> = BTreeMap::new();
        let mut first = Vec::new();
        let of_variable = data
            .variables()
            .iter()
            .map(|variable| {
                let labels = value_labels(variable, data);
                if labels.is_empty() {
                    return None;
                }
                Some(*known.entry(labels.clone()).or_insert_with(|| {
                    first.push((variable.name.as_str(), labels));
                    first.len() - 1
                }))
            })
            .collect();
        let names = names::stata(first.iter().map(|(name, _)| *name));
        let sets = names.into_iter().zip(first).map(|(name, (_, labels))| (name, labels)).collect();
        Self { sets, of_variable }
    }
}

/// Words of the numbers of a variable: its categories, and the missing values that occur in it.
fn value_labels(variable: &Variable, data: &DataSet) -> Vec<(i32, String)> {
    if variable.kind == Kind::Text {
        return Vec::new();
    }
    let categories = variable.categories();
    let mut labels: Vec<(i32, String)> =
        variable.category_numbers().into_iter().zip(categories.iter().map(|category| category.label.clone())).collect();
    // One list of choices has one set, so all reasons are in it.
    let marks = if categories.is_empty() { variable.missing_kinds() } else { MISSING.iter().collect() };
    for mark in marks {
        labels.push((Missing::of(Some(mark.reason)).as_long(), mark.words(data.language).to_owned()));
    }
    labels
}

struct File {
    out: Vec<u8>,
    /// Where the parts begin.
    map: Vec<u64>,
}

impl File {
    fn tag(&mut self, tag: &str) {
        self.out.extend_from_slice(tag.as_bytes());
    }

    /// A part begins here.
    fn mark(&mut self) {
        self.map.push(self.out.len() as u64);
    }

    /// A text in a field of so many bytes, with a zero behind it.
    fn field(&mut self, text: &str, field: usize) {
        let text = within(text, field - 1);
        self.out.extend_from_slice(text.as_bytes());
        self.out.resize(self.out.len() + field - text.len(), 0);
    }

    fn header(&mut self, data: &DataSet) {
        self.mark();
        self.tag("<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>");
        self.out.extend_from_slice(&(data.variables().len() as u16).to_le_bytes());
        self.tag("</K><N>");
        self.out.extend_from_slice(&(data.n_rows() as u64).to_le_bytes());
        self.tag("</N><label>");
        let label = short_label(&format!("{} – {}", data.origin.round_name, data.origin.form_title));
        self.out.extend_from_slice(&(label.len() as u16).to_le_bytes());
        self.tag(&label);
        // No time: when it was exported stands in the notes.
        self.tag("</label><timestamp>\0</timestamp></header>");
        self.mark();
        self.tag("<map>");
        self.out.resize(self.out.len() + 14 * 8, 0);
        self.tag("</map>");
    }

    fn dictionary(&mut self, data: &DataSet, names: &[String], storages: &[Storage], sets: &LabelSets) {
        self.mark();
        self.tag("<variable_types>");
        for storage in storages {
            self.out.extend_from_slice(&storage.code().to_le_bytes());
        }
        self.tag("</variable_types>");
        self.mark();
        self.tag("<varnames>");
        for name in names {
            self.field(name, NAME_FIELD);
        }
        self.tag("</varnames>");
        self.mark();
        self.tag("<sortlist>");
        self.out.resize(self.out.len() + 2 * (names.len() + 1), 0);
        self.tag("</sortlist>");
        self.mark();
        self.tag("<formats>");
        for (storage, variable) in storages.iter().zip(data.variables()) {
            self.field(&storage.format(&variable.kind), FORMAT_FIELD);
        }
        self.tag("</formats>");
        self.mark();
        self.tag("<value_label_names>");
        for set in &sets.of_variable {
            self.field(set.map_or("", |set| sets.sets[set].0.as_str()), NAME_FIELD);
        }
        self.tag("</value_label_names>");
        self.mark();
        self.tag("<variable_labels>");
        for variable in data.variables() {
            self.field(&short_label(&variable.label), LABEL_FIELD);
        }
        self.tag("</variable_labels>");
    }

    /// The facts of the export, whole labels and original names, as notes that Stata shows with `notes`.
    fn notes(&mut self, data: &DataSet, names: &[String]) {
        self.mark();
        self.tag("<characteristics>");
        let facts: Vec<String> = data.facts().into_iter().map(|(label, value)| format!("{label}: {value}")).collect();
        self.noted("_dta", &facts);
        for (name, variable) in names.iter().zip(data.variables()) {
            let mut notes = Vec::new();
            if *name != variable.name {
                notes.push(format!("name: {}", variable.name));
            }
            if variable.label.chars().count() > LABEL_LENGTH {
                notes.push(variable.label.clone());
            }
            if let Some(multiple) = &variable.multiple {
                notes.push(format!("{} = {}: {}", multiple.question, multiple.choice.code, multiple.label));
            }
            self.noted(name, &notes);
        }
        self.tag("</characteristics>");
    }

    fn noted(&mut self, name: &str, notes: &[String]) {
        if notes.is_empty() {
            return;
        }
        self.characteristic(name, "note0", &notes.len().to_string());
        for (number, note) in notes.iter().enumerate() {
            self.characteristic(name, &format!("note{}", number + 1), note);
        }
    }

    fn characteristic(&mut self, variable: &str, name: &str, content: &str) {
        let content = within(content, NOTE_MAX);
        self.tag("<ch>");
        self.out.extend_from_slice(&((2 * NAME_FIELD + content.len() + 1) as u32).to_le_bytes());
        self.field(variable, NAME_FIELD);
        self.field(name, NAME_FIELD);
        self.tag(content);
        self.tag("\0</ch>");
    }

    /// Gives the long texts by row and variable from 1, the order in which Stata reads them; each is kept once.
    fn rows<'a>(
        &mut self,
        data: &'a DataSet,
        storages: &[Storage],
    ) -> BTreeMap<(usize, usize), std::borrow::Cow<'a, str>> {
        self.mark();
        self.tag("<data>");
        let numbers: Vec<Vec<i32>> = data.variables().iter().map(Variable::category_numbers).collect();
        let mut texts = BTreeMap::new();
        let mut known: BTreeMap<std::borrow::Cow<'a, str>, (usize, usize)> = BTreeMap::new();
        for row in 0..data.n_rows() {
            for (place, (variable, storage)) in data.variables().iter().zip(storages).enumerate() {
                match storage {
                    Storage::Fixed(width) => {
                        let text = text(variable, row);
                        self.tag(&text);
                        self.out.resize(self.out.len() + usize::from(*width) - text.len(), 0);
                    }
                    Storage::Elsewhere => {
                        let text = text(variable, row);
                        let at = if text.is_empty() {
                            (0, 0)
                        } else {
                            *known.entry(text).or_insert_with_key(|text| {
                                texts.insert((row + 1, place + 1), text.clone());
                                (place + 1, row + 1)
                            })
                        };
                        self.out.extend_from_slice(&(at.0 as u16).to_le_bytes());
                        self.out.extend_from_slice(&(at.1 as u64).to_le_bytes()[..6]);
                    }
                    _ => {
                        let number = match variable.cell(row) {
                            Cell::Number(days) if variable.kind == Kind::Date => Ok(days + DAYS),
                            Cell::Number(number) => Ok(number),
                            Cell::Category(position) => Ok(f64::from(numbers[place][position])),
                            Cell::Missing(reason) => Err(Missing::of(reason)),
                            Cell::Text(_) => Err(Missing::of(None)),
                        };
                        storage.push(&mut self.out, number);
                    }
                }
            }
        }
        self.tag("</data>");
        texts
    }

    fn value_labels(&mut self, sets: &LabelSets) {
        self.mark();
        self.tag("<value_labels>");
        for (name, labels) in &sets.sets {
            let mut sorted: Vec<(i32, &str)> =
                labels.iter().map(|(number, label)| (*number, within(label, VALUE_LABEL_MAX))).collect();
            sorted.sort_unstable();
            let length: usize = sorted.iter().map(|(_, label)| label.len() + 1).sum();
            self.tag("<lbl>");
            self.out.extend_from_slice(&((8 + 8 * sorted.len() + length) as u32).to_le_bytes());
            self.field(name, NAME_FIELD);
            self.out.extend_from_slice(&[0; 3]);
            self.out.extend_from_slice(&(sorted.len() as u32).to_le_bytes());
            self.out.extend_from_slice(&(length as u32).to_le_bytes());
            let mut offset = 0_u32;
            for (_, label) in &sorted {
                self.out.extend_from_slice(&offset.to_le_bytes());
                offset += label.len() as u32 + 1;
            }
            for (number, _) in &sorted {
                self.out.extend_from_slice(&number.to_le_bytes());
            }
            for (_, label) in &sorted {
                self.tag(label);
                self.out.push(0);
            }
            self.tag("</lbl>");
        }
        self.tag("</value_labels>");
    }

    fn finished(mut self) -> Vec<u8> {
        self.mark();
        self.tag("</stata_dta>");
        self.mark();
        // The map stands behind its own tag, the second part.
        let mut at = self.map[1] as usize + "<map>".len();
        for place in &self.map {
            self.out[at..at + 8].copy_from_slice(&place.to_le_bytes());
            at += 8;
        }
        self.out
    }
}

/// A label of at most 80 characters, with a mark where it goes on in the notes.
fn short_label(label: &str) -> String {
    if label.chars().count() <= LABEL_LENGTH {
        return label.to_owned();
    }
    let mut short: String = label.chars().take(LABEL_LENGTH - 1).collect();
    short.push('…');
    short
}

/// As much of the text as fits so many bytes.
fn within(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
