//! A paper form that two people typed: where the two entries differ, and what a third look decided. Nothing is taken from either entry
//! where they differ; only an explicit third value ends a difference.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use problem::{Place, Problem, Problems};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::statistics::clopper_pearson_interval;

/// One person's typing of all forms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entries {
    /// The column that names the form.
    pub key: String,
    /// All columns but the key, in their order.
    pub fields: Vec<String>,
    /// By form: the cells in the order of `fields`.
    pub forms: BTreeMap<String, Vec<String>>,
}

/// A field that was typed in two ways.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FieldDifference {
    /// The form.
    pub form: String,
    /// The field.
    pub field: String,
    /// As the first typed it.
    pub first: String,
    /// As the second typed it.
    pub second: String,
}

/// How two entries compare.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DoubleEntry {
    /// Forms that both typed.
    pub n_forms: usize,
    /// Cells of these forms.
    pub n_fields: usize,
    /// The differences, by form and in the order of the fields.
    pub differences: Vec<FieldDifference>,
    /// Forms that only the first typed.
    pub only_first: Vec<String>,
    /// Forms that only the second typed.
    pub only_second: Vec<String>,
    /// Share of cells that differ.
    pub rate: Option<f64>,
    /// Its 95 % interval, exact (Clopper and Pearson), cells taken as independent.
    pub interval: Option<(f64, f64)>,
}

/// What a third look decided of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The form.
    pub form: String,
    /// The field.
    pub field: String,
    /// The value that holds; it may be one of the two, another, or empty.
    pub value: String,
    /// Its row in the table, for messages.
    pub row: usize,
}

fn slip(vi: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem::new("double_entry", vi, en)
}

/// A table as rows of cells in NFC, with its headings. A comma or a semicolon separates.
pub(crate) fn table(bytes: &[u8]) -> Result<(Vec<String>, Vec<Vec<String>>), Problems> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| slip("tệp không phải UTF-8", "the file is not UTF-8").got(error.to_string()))?;
    let text: String = text.strip_prefix('\u{feff}').unwrap_or(text).nfc().collect();
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let (mut rows, mut problems) = (Vec::new(), Problems::none());
    for (number, record) in reader.records().enumerate() {
        match record {
            Ok(record) => rows.push(record.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()),
            Err(error) => problems.push(
                slip("không đọc được dòng này", "this row cannot be read")
                    .at(Place::row(number + 1))
                    .got(error.to_string()),
            ),
        }
    }
    if rows.is_empty() {
        problems.push(slip("tệp không có dòng tiêu đề", "the file has no heading row"));
    }
    problems.into_result(())?;
    let headings = rows.remove(0);
    let mut problems = Problems::none();
    for (at, heading) in headings.iter().enumerate() {
        if heading.is_empty() || headings[..at].contains(heading) {
            problems.push(
                slip("tên cột trống hoặc lặp lại", "a heading is empty or there twice")
                    .at(Place::cell(1, heading.clone()))
                    .got(format!("{heading:?}")),
            );
        }
    }
    for (at, row) in rows.iter().enumerate() {
        if row.len() != headings.len() {
            problems.push(
                slip("số ô của dòng khác số cột", "the row has another number of cells than there are columns")
                    .at(Place::row(at + 2))
                    .expected(headings.len().to_string())
                    .got(row.len().to_string()),
            );
        }
    }
    problems.into_result((headings, rows))
}

impl Entries {
    /// Reads one entry: a CSV with headings, forms named by the column `key`.
    ///
    /// # Errors
    /// `double_entry` for a missing column, rows of another width, forms without a name or typed twice.
    pub fn from_csv(bytes: &[u8], key: &str) -> Result<Self, Problems> {
        let (headings, rows) = table(bytes)?;
        let Some(at) = headings.iter().position(|heading| heading == key) else {
            return Err(slip(format!("thiếu cột {key}"), format!("column {key} is missing"))
                .at(Place::cell(1, key))
                .got(headings.join(", "))
                .into());
        };
        let mut made = Self {
            key: key.to_owned(),
            fields: headings.into_iter().filter(|heading| heading != key).collect(),
            forms: BTreeMap::new(),
        };
        let mut problems = Problems::none();
        for (number, mut row) in rows.into_iter().enumerate() {
            let form = row.remove(at);
            let place = Place::cell(number + 2, key);
            if form.is_empty() {
                problems.push(slip("phiếu không có mã", "the form has no name").at(place));
                continue;
            }
            match made.forms.entry(form) {
                Entry::Vacant(free) => {
                    free.insert(row);
                }
                Entry::Occupied(taken) => problems.push(
                    slip("phiếu được nhập hai lần trong một tệp", "the form was typed twice in one file")
                        .at(place)
                        .got(taken.key()),
                ),
            }
        }
        problems.into_result(made)
    }
}

/// Compares two entries, cell by cell.
///
/// # Errors
/// `double_entry` where the two files do not have the same columns.
pub fn compare_entries(first: &Entries, second: &Entries) -> Result<DoubleEntry, Problems> {
    let (a, b): (BTreeSet<&String>, BTreeSet<&String>) =
        (first.fields.iter().collect(), second.fields.iter().collect());
    let mut problems = Problems::none();
    for field in a.symmetric_difference(&b) {
        problems.push(
            slip("cột chỉ có ở một trong hai tệp", "the column is in one of the two files only")
                .at(Place::cell(1, (*field).clone())),
        );
    }
    problems.into_result(())?;
    let mut made = DoubleEntry {
        only_first: first.forms.keys().filter(|form| !second.forms.contains_key(*form)).cloned().collect(),
        only_second: second.forms.keys().filter(|form| !first.forms.contains_key(*form)).cloned().collect(),
        ..DoubleEntry::default()
    };
    let place_in_second: Vec<Option<usize>> =
        first.fields.iter().map(|field| second.fields.iter().position(|other| other == field)).collect();
    for (form, cells) in &first.forms {
        let Some(others) = second.forms.get(form) else { continue };
        made.n_forms += 1;
        for ((field, cell), place) in first.fields.iter().zip(cells).zip(&place_in_second) {
            let other = place.and_then(|place| others.get(place)).map(String::as_str).unwrap_or_default();
            made.n_fields += 1;
            if cell != other {
                made.differences.push(FieldDifference {
                    form: form.clone(),
                    field: field.clone(),
                    first: cell.clone(),
                    second: other.to_owned(),
                });
            }
        }
    }
    made.rate = (made.n_fields > 0).then(|| made.differences.len() as f64 / made.n_fields as f64);
    made.interval = clopper_pearson_interval(made.differences.len(), made.n_fields, 0.05);
    Ok(made)
}

/// Reads what a third look decided: columns `form`, `field`, `value`.
///
/// # Errors
/// `double_entry` for missing columns and for a field that is decided twice.
pub fn resolutions_from_csv(bytes: &[u8]) -> Result<Vec<Resolution>, Problems> {
    let (headings, rows) = table(bytes)?;
    let mut problems = Problems::none();
    let mut column = |name: &str| {
        let at = headings.iter().position(|heading| heading == name);
        if at.is_none() {
            problems
                .push(slip(format!("thiếu cột {name}"), format!("column {name} is missing")).at(Place::cell(1, name)));
        }
        at.unwrap_or_default()
    };
    let (form, field, value) = (column("form"), column("field"), column("value"));
    problems.into_result(())?;
    let mut seen = BTreeSet::new();
    let (mut made, mut problems) = (Vec::new(), Problems::none());
    for (number, row) in rows.into_iter().enumerate() {
        let one = Resolution {
            form: row[form].clone(),
            field: row[field].clone(),
            value: row[value].clone(),
            row: number + 2,
        };
        if !seen.insert((one.form.clone(), one.field.clone())) {
            problems.push(
                slip("ô này được quyết định hai lần", "this field is decided twice")
                    .at(Place::row(one.row))
                    .got(format!("{} {}", one.form, one.field)),
            );
        }
        made.push(one);
    }
    problems.into_result(made)
}

/// The agreed entry: what both typed alike, and what the third look decided where they did not.
///
/// # Errors
/// `double_entry` for each difference without a decision, each form that only one typed, and each decision about a field on which the two
/// agree or that is not there: somebody meant another.
pub fn resolve(
    first: &Entries,
    second: &Entries,
    compared: &DoubleEntry,
    resolutions: &[Resolution],
) -> Result<Entries, Problems> {
    let mut problems = Problems::none();
    for form in compared.only_first.iter().chain(&compared.only_second) {
        problems.push(
            slip("phiếu mới được nhập một lần", "the form was typed once only")
                .at(Place::column(form))
                .hint("nhập lại phiếu này rồi so lại", "type it a second time and compare again"),
        );
    }
    let decided: BTreeMap<(&str, &str), &Resolution> =
        resolutions.iter().map(|one| ((one.form.as_str(), one.field.as_str()), one)).collect();
    let open: BTreeSet<(&str, &str)> =
        compared.differences.iter().map(|one| (one.form.as_str(), one.field.as_str())).collect();
    for one in compared.differences.iter().filter(|one| !decided.contains_key(&(one.form.as_str(), one.field.as_str())))
    {
        problems.push(
            slip(
                "hai lần nhập khác nhau mà chưa có giá trị thứ ba",
                "the two entries differ and no third value is given",
            )
            .at(Place::column(format!("{} · {}", one.form, one.field)))
            .got(format!("{:?} / {:?}", one.first, one.second))
            .hint(
                "đối chiếu phiếu giấy, ghi vào tệp quyết định: form,field,value",
                "look at the paper form and write into the file of decisions: form,field,value",
            ),
        );
    }
    for one in resolutions.iter().filter(|one| !open.contains(&(one.form.as_str(), one.field.as_str()))) {
        problems.push(
            slip("ô này không có gì phải quyết định", "there is nothing to decide of this field")
                .at(Place::row(one.row))
                .got(format!("{} {}", one.form, one.field)),
        );
    }
    problems.into_result(())?;
    let mut agreed = first.clone();
    agreed.forms.retain(|form, _| second.forms.contains_key(form));
    for (form, cells) in &mut agreed.forms {
        for (field, cell) in agreed.fields.iter().zip(cells) {
            if let Some(one) = decided.get(&(form.as_str(), field.as_str())) {
                cell.clone_from(&one.value);
            }
        }
    }
    Ok(agreed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIRST: &str = "case_id,a,b\nh1,1,có\nh2,2,không\nh3,3,\n";
    const SECOND: &str = "b,case_id,a\ncó,h1,1\nkhông,h2,3\nx,h4,1\n";

    fn entries(text: &str) -> Entries {
        Entries::from_csv(text.as_bytes(), "case_id").expect("an entry")
    }

    fn compared() -> (Entries, Entries, DoubleEntry) {
        let (first, second) = (entries(FIRST), entries(SECOND));
        let compared = compare_entries(&first, &second).expect("the same columns");
        (first, second, compared)
    }

    #[test]
    fn differences_are_listed_whatever_the_order_of_columns() {
        let (_, _, compared) = compared();
        assert_eq!((compared.n_forms, compared.n_fields), (2, 4));
        let told: Vec<(&str, &str, &str, &str)> = compared
            .differences
            .iter()
            .map(|one| (one.form.as_str(), one.field.as_str(), one.first.as_str(), one.second.as_str()))
            .collect();
        assert_eq!(told, [("h2", "a", "2", "3")]);
        assert_eq!(
            (compared.only_first.as_slice(), compared.only_second.as_slice()),
            (["h3".to_owned()].as_slice(), ["h4".to_owned()].as_slice())
        );
        // binom.test(1, 4), R 4.
        let (low, high) = compared.interval.expect("an interval");
        assert!((low - 0.006_309_463_3).abs() < 1e-9 && (high - 0.805_879_550_1).abs() < 1e-9, "{low} {high}");
    }

    #[test]
    fn only_an_explicit_third_value_ends_a_difference() {
        let (first, second) = (entries("case_id,a,b\nh1,1,x\nh2,2,y\n"), entries("case_id,a,b\nh1,1,x\nh2,3,z\n"));
        let compared = compare_entries(&first, &second).expect("the same columns");
        let decide = |text: &str| resolutions_from_csv(text.as_bytes()).expect("decisions");
        assert_eq!(resolve(&first, &second, &compared, &[]).expect_err("two are open").len(), 2);
        let wrong = decide("form,field,value\nh2,a,3\nh1,a,1\nh9,a,1\n");
        assert_eq!(resolve(&first, &second, &compared, &wrong).expect_err("one open, two about nothing").len(), 3);
        let right = decide("form;field;value\nh2;a;7\nh2;b;\n");
        let agreed = resolve(&first, &second, &compared, &right).expect("agreed");
        assert_eq!(agreed.forms["h2"], ["7", ""]);
        assert_eq!(agreed.forms["h1"], ["1", "x"]);
        let (first, second, compared) = super::tests::compared();
        assert_eq!(
            resolve(&first, &second, &compared, &decide("form,field,value\nh2,a,2\n")).expect_err("typed once").len(),
            2
        );
    }

    #[test]
    fn the_same_words_in_another_form_of_unicode_are_the_same() {
        let (first, second) = (entries("case_id,a\nh1,\u{1ed9}\n"), entries("case_id,a\nh1, o\u{323}\u{302} \n"));
        assert!(compare_entries(&first, &second).expect("the same columns").differences.is_empty());
    }

    #[test]
    fn every_slip_of_a_file_is_told() {
        let slips = |text: &str| Entries::from_csv(text.as_bytes(), "case_id").map_or_else(|found| found.len(), |_| 0);
        assert_eq!(slips(""), 1);
        assert_eq!(slips("a,b\n1,2\n"), 1);
        assert_eq!(slips("case_id,a,a\n1,2,3\n"), 1);
        assert_eq!(slips("case_id,a\nh1,1,2\nh2\n"), 2);
        assert_eq!(slips("case_id,a\n,1\nh1,1\nh1,2\n"), 2);
        assert_eq!(slips("case_id,a\n"), 0, "no forms yet");
        assert!(Entries::from_csv(&[0xff, 0xfe], "case_id").is_err());
        assert!(compare_entries(&entries("case_id,a\n"), &entries("case_id,b\n")).expect_err("columns").len() == 2);
        assert_eq!(resolutions_from_csv(b"form,value\n").expect_err("field").len(), 1);
        assert_eq!(resolutions_from_csv(b"form,field,value\na,b,1\na,b,2\n").expect_err("twice").len(), 1);
    }

    proptest! {
        #[test]
        fn decided_differences_give_an_entry_both_agree_with(cells in proptest::collection::vec(("[ab]", "[ab]", "[a-c]"), 1..30)) {
            let text = |pick: &dyn Fn(&(String, String, String)) -> String| {
                cells.iter().enumerate().fold("case_id,q\n".to_owned(), |text, (at, one)| format!("{text}h{at:02},{}\n", pick(one)))
            };
            let (first, second) = (entries(&text(&|one| one.0.clone())), entries(&text(&|one| one.1.clone())));
            let compared = compare_entries(&first, &second).expect("the same columns");
            let slow = cells.iter().filter(|one| one.0 != one.1).count();
            prop_assert_eq!(compared.differences.len(), slow);
            let decided: Vec<Resolution> = cells
                .iter()
                .enumerate()
                .filter(|(_, one)| one.0 != one.1)
                .map(|(at, one)| Resolution { form: format!("h{at:02}"), field: "q".to_owned(), value: one.2.clone(), row: at })
                .collect();
            let agreed = resolve(&first, &second, &compared, &decided).expect("agreed");
            for (at, one) in cells.iter().enumerate() {
                let expected = if one.0 == one.1 { &one.0 } else { &one.2 };
                prop_assert_eq!(&agreed.forms[&format!("h{at:02}")][0], expected);
            }
        }
    }
}
