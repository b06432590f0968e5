//! Numbers and margins as people write them.

use super::*;
use crate::imports::Table;

#[test]
fn a_number_is_read_in_the_only_way_it_can_be_read_or_not_at_all() {
    for (text, expected) in [
        ("812340", 812_340.0),
        ("1.234.567", 1_234_567.0),
        ("1,234,567", 1_234_567.0),
        ("1 234 567", 1_234_567.0),
        ("12,5", 12.5),
        ("12.5", 12.5),
        ("48 %", 48.0),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("0,25", 0.25),
    ] {
        assert_eq!(number(text), Some(expected), "{text}");
    }
    for text in
        ["1.234", "1,234", "", "x", "-5", "1.2.3", "1..2", "12.34.567,1", "1e3", "NaN", "inf", "1,23,456", ".5", "5."]
    {
        assert_eq!(number(text), None, "{text}");
    }
}

fn table(text: &str) -> Table {
    Table::read("margins.csv", text.as_bytes(), None).expect("a table")
}

#[test]
fn rows_of_one_variable_are_a_margin_in_either_language() {
    let vietnamese = table("Biến;Nhóm;Tổng thể;Đơn vị\nsex;1;48,5;%\nsex;2;51,5;%\nage;18-39;1.200.500;người\n");
    let english =
        table("variable,category,total,unit\nsex,1,48.5,share\nsex,2,51.5,share\nage,18-39,1200500,persons\n");
    let found = margins_of_table(&vietnamese, "a census").expect("margins");
    assert_eq!(found, margins_of_table(&english, "a census").expect("margins"));
    assert_eq!((found.len(), found[0].unit, found[0].totals.len()), (2, MarginUnit::Share, 2));
    assert_eq!(found[1].totals[0].total, 1_200_500.0);
    assert_eq!(found[1].source, "a census");
}

#[test]
fn everything_wrong_with_a_file_is_told_at_once_with_its_row() {
    let problems = margins_of_table(
        &table("variable,category,total,unit\nsex,1,1.234,\n,2,5,\nsex,2,5,cows\nage,1,5,persons\nage,2,5,share\n"),
        "",
    )
    .expect_err("four faults");
    let told: Vec<(&str, Option<usize>)> =
        problems.iter().map(|one| (one.code, one.place.as_ref().and_then(|place| place.row))).collect();
    assert_eq!(
        told,
        [("margin_number", Some(2)), ("margin_blank", Some(3)), ("margin_unit", Some(4)), ("margin_unit", Some(6))]
    );
    let missing = margins_of_table(&table("a,b\n1,2\n"), "").expect_err("no such columns");
    assert_eq!(missing.len(), 3);
}
