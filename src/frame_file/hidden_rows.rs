//! The rows of a sheet that the spreadsheet hides (a filter, or by hand), which the reader of cells does not tell.

use std::io::{BufReader, Cursor, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;

/// Row numbers from 1. A workbook whose parts cannot be followed hides nothing: its cells were read by then.
pub(super) fn hidden_rows(bytes: &[u8], sheet: &str) -> Vec<usize> {
    let mut hidden = Vec::new();
    let Some(part) = part_of(bytes, sheet) else { return hidden };
    let mut row = 0;
    // Without `r` a row is the one after the row before it.
    each_element(bytes, &part, |element| {
        if element.local_name().as_ref() == "row" {
            row = attribute(element, "r").and_then(|number| number.parse().ok()).unwrap_or(row + 1);
            let is_hidden = attribute(element, "hidden").is_some_and(|value| value == "1" || value == "true");
            hidden.extend(is_hidden.then_some(row));
        }
    });
    hidden
}

/// The part of the package that holds a sheet, by way of its relationship.
fn part_of(bytes: &[u8], sheet: &str) -> Option<String> {
    let (mut relationship, mut target) = (None, None);
    each_element(bytes, "xl/workbook.xml", |element| {
        if element.local_name().as_ref() == "sheet" && attribute(element, "name").as_deref() == Some(sheet) {
            relationship = attribute(element, "id");
        }
    });
    let relationship = relationship?;
    each_element(bytes, "xl/_rels/workbook.xml.rels", |element| {
        if attribute(element, "Id").as_deref() == Some(relationship.as_str()) {
            target = attribute(element, "Target");
        }
    });
    let target = target?;
    Some(target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned))
}

/// The value of an attribute by its local name: prefixes are the writer's choice.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}

fn each_element(bytes: &[u8], part: &str, mut each: impl FnMut(&BytesStart<'_>)) {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return };
    let Ok(file) = archive.by_name(part) else { return };
    let mut reader = Reader::from_reader(BufReader::new(file.take(1 << 32)));
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element) | Event::Empty(element)) => each(&element),
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
        buffer.clear();
    }
}
