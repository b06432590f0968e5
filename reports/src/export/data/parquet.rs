//! A data set as Apache Parquet: columns of their own types, the codebook and the facts in the file's metadata.
//!
//! Parquet knows only "missing". A column that lacks answers for a reason has a companion `NAME__missing` with the reason
//! (`dont_know`, `refused`, `not_applicable`): numbers stay numbers that can be added up.

use std::io::Cursor;

use polars::prelude::{Column as PolarsColumn, DataFrame, DataType, IntoColumn, NamedFrom, Series};
use polars_io::parquet::write::{KeyValueMetadata, ParquetCompression, ParquetWriter};
use problem::Problems;
use serde_json::{Value, json};

use super::dataset::{Cell, DataSet, Kind, Variable, missing_mark};
use crate::export::failed;

/// The bytes of the `.parquet`.
///
/// # Errors
/// `export_failed` when the writer fails.
pub fn bytes(data: &DataSet) -> Result<Vec<u8>, Problems> {
    let mut columns = Vec::with_capacity(data.variables().len());
    for variable in data.variables() {
        columns.push(column(variable, data.n_rows()).map_err(failed)?);
        columns.extend(reasons(variable, data.n_rows()));
    }
    let mut frame = DataFrame::new(data.n_rows(), columns).map_err(failed)?;
    let mut out = Cursor::new(Vec::new());
    let metadata = vec![
        ("khaosat.about".to_owned(), data.facts_json().to_string()),
        ("khaosat.codebook".to_owned(), codebook(data).to_string()),
    ];
    ParquetWriter::new(&mut out)
        // The only compression that every reader has and that needs no other library here.
        .with_compression(ParquetCompression::Snappy)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
        .finish(&mut frame)
        .map_err(failed)?;
    Ok(out.into_inner())
}

fn column(variable: &Variable, n_rows: usize) -> Result<PolarsColumn, polars::prelude::PolarsError> {
    let name = variable.name.as_str().into();
    let cells = || (0..n_rows).map(|row| variable.cell(row));
    Ok(match &variable.kind {
        Kind::Number => {
            let values: Vec<Option<f64>> = cells().map(number).collect();
            Series::new(name, values).into_column()
        }
        Kind::Date => {
            let days: Vec<Option<i32>> = cells().map(|cell| number(cell).map(|days| days as i32)).collect();
            Series::new(name, days).cast(&DataType::Date)?.into_column()
        }
        Kind::Category(categories) => {
            let numbers = variable.category_numbers();
            let are_codes =
                categories.iter().zip(&numbers).all(|(category, number)| category.code == number.to_string());
            if are_codes && !categories.is_empty() {
                let codes: Vec<Option<i32>> = cells()
                    .map(|cell| if let Cell::Category(position) = cell { Some(numbers[position]) } else { None })
                    .collect();
                Series::new(name, codes).into_column()
            } else {
                let codes: Vec<Option<&str>> = cells()
                    .map(|cell| {
                        if let Cell::Category(position) = cell {
                            Some(categories[position].code.as_str())
                        } else {
                            None
                        }
                    })
                    .collect();
                Series::new(name, codes).into_column()
            }
        }
        Kind::Text => {
            let texts: Vec<Option<&str>> =
                cells().map(|cell| if let Cell::Text(text) = cell { Some(text) } else { None }).collect();
            Series::new(name, texts).into_column()
        }
    })
}

fn number(cell: Cell<'_>) -> Option<f64> {
    if let Cell::Number(number) = cell { Some(number) } else { None }
}

/// The companion of a column that lacks answers for a reason.
fn reasons(variable: &Variable, n_rows: usize) -> Option<PolarsColumn> {
    if variable.missing_kinds().is_empty() {
        return None;
    }
    let words: Vec<Option<&str>> = (0..n_rows)
        .map(|row| match variable.cell(row) {
            Cell::Missing(reason) => missing_mark(reason).map(|mark| word(mark.letter)),
            _ => None,
        })
        .collect();
    Some(Series::new(companion(&variable.name).as_str().into(), words).into_column())
}

/// The name of the column of reasons.
pub(super) fn companion(name: &str) -> String {
    format!("{name}__missing")
}

/// The reason as the API writes it.
pub(super) fn word(letter: char) -> &'static str {
    match letter {
        'a' => "dont_know",
        'b' => "refused",
        _ => "not_applicable",
    }
}

/// The codebook for programs.
pub(super) fn codebook(data: &DataSet) -> Value {
    let of = |variable: &Variable| {
        let categories: Vec<Value> = variable
            .categories()
            .iter()
            .map(|category| json!({ "code": category.code, "label": category.label }))
            .collect();
        json!({
            "name": variable.name, "label": variable.label, "section": variable.section,
            "relevant": variable.relevant, "categories": categories,
            "question": variable.multiple.as_ref().map(|multiple| &multiple.question),
        })
    };
    data.variables().iter().map(of).collect()
}
