//! How long an export of 20,000 rows × 300 columns takes, and how large it is: `cargo bench -p khaosat-reports --bench export`.

#![expect(clippy::expect_used, reason = "a measurement that cannot run must stop")]

use std::collections::BTreeMap;
use std::time::Instant;

use estimation::table::{Cells, Column, MissingReason};
use problem::Language;
use reports::export::data::{Category, DataFormat, DataOptions, DataSet, Group, Kind, Origin, Variable, files};

const N_ROWS: usize = 20_000;
const N_COLUMNS: usize = 300;

fn main() {
    let began = Instant::now();
    let data = data_set();
    println!("{N_ROWS} × {N_COLUMNS}, made and hashed in {:.2} s", began.elapsed().as_secs_f64());
    for format in DataFormat::ALL {
        // The best of three: the rest is the machine's other work.
        let mut best = f64::INFINITY;
        let mut n_bytes = 0;
        for _ in 0..3 {
            let began = Instant::now();
            let made = files(&data, format, DataOptions::default()).expect("exported");
            best = best.min(began.elapsed().as_secs_f64());
            n_bytes = made.iter().map(|file| file.bytes.len()).sum::<usize>();
        }
        println!("{:8} {best:6.2} s  {:7.1} MB", format.name(), n_bytes as f64 / 1e6);
    }
}

/// As a questionnaire has them: two thirds categories, the rest whole numbers, weights and short texts; a fifth is missing.
fn data_set() -> DataSet {
    let variables = (0..N_COLUMNS).map(|place| {
        let at = |row: usize| (row * 7_919 + place * 104_729) % 1_000;
        let reasons: BTreeMap<usize, MissingReason> =
            (0..N_ROWS).filter(|row| at(*row) < 200).map(|row| (row, MissingReason::NotApplicable)).collect();
        let (kind, cells) = match place % 12 {
            0 => (Kind::Number, Cells::Numeric((0..N_ROWS).map(|row| at(row) as f64 / 7.0).collect())),
            1 => (Kind::Number, Cells::Numeric((0..N_ROWS).map(|row| at(row) as f64).collect())),
            2 => {
                let labels = (0..1_000).map(|number| format!("Thôn Đông số {number}")).collect();
                (Kind::Text, Cells::Categorical { codes: (0..N_ROWS).map(|row| at(row) as u32).collect(), labels })
            }
            _ => {
                let categories: Vec<Category> =
                    (1..=5).map(|code| Category::new(code.to_string(), format!("Mức hài lòng thứ {code}"))).collect();
                let labels = categories.iter().map(|category| category.code.clone()).collect();
                let codes = (0..N_ROWS).map(|row| (at(row) % 5) as u32).collect();
                (Kind::Category(categories), Cells::Categorical { codes, labels })
            }
        };
        let cells = match cells {
            Cells::Numeric(mut values) => {
                reasons.keys().for_each(|row| values[*row] = f64::NAN);
                Cells::Numeric(values)
            }
            Cells::Categorical { mut codes, labels } => {
                reasons.keys().for_each(|row| codes[*row] = Cells::MISSING_CODE);
                Cells::Categorical { codes, labels }
            }
        };
        Variable {
            name: format!("q{place}"),
            label: format!("Câu hỏi số {place}"),
            section: String::new(),
            relevant: String::new(),
            kind,
            group: Group::Answer,
            multiple: None,
            column: Column { cells, missing_reasons: reasons },
        }
    });
    DataSet::new(Origin::default(), Language::Vi, N_ROWS, variables.collect()).expect("a data set")
}
