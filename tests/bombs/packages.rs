//! Workbooks that are none: packages that lie, overlap, lead out or unpack without end.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const MIB: usize = 1024 * 1024;

const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>"#;
const RELATIONSHIPS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="survey" sheetId="1" r:id="rId1"/><sheet name="choices" sheetId="2" r:id="rId2"/><sheet name="settings" sheetId="3" r:id="rId3"/></sheets></workbook>"#;
const BOOK_RELATIONSHIPS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet3.xml"/><Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const SHEET: &str =
    r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#;

fn sheet(rows: &str) -> String {
    format!("{SHEET}<sheetData>{rows}</sheetData></worksheet>")
}

fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).expect("begun");
        writer.write_all(content).expect("written");
    }
    writer.finish().expect("finished").into_inner()
}

/// A workbook with this first sheet, these shared strings and one more part.
fn workbook(first: &str, strings: &str, more: Option<(&str, &[u8])>) -> Vec<u8> {
    let empty = sheet("");
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", RELATIONSHIPS.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", BOOK_RELATIONSHIPS.as_bytes()),
        ("xl/worksheets/sheet1.xml", first.as_bytes()),
        ("xl/worksheets/sheet2.xml", empty.as_bytes()),
        ("xl/worksheets/sheet3.xml", empty.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
    ];
    parts.extend(more);
    package(&parts)
}

fn strings(items: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{items}</sst>"#
    )
}

/// Overwrites fields of every entry of the directory: at an offset behind its signature.
fn forged(mut bytes: Vec<u8>, offset: usize, value: &[u8]) -> Vec<u8> {
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").collect();
    for at in places {
        bytes[at + offset..at + offset + value.len()].copy_from_slice(value);
    }
    bytes
}

/// Name, and the file.
pub(super) fn all(elsewhere: &str) -> Vec<(&'static str, Vec<u8>)> {
    let plain = || sheet(r#"<row r="1"><c r="A1"><v>1</v></c></row>"#);
    let none = strings("");
    let laughs: String = std::iter::once("<!DOCTYPE sst [<!ENTITY a0 \"ha\">".to_owned())
        .chain((1..10).map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10))))
        .chain(std::iter::once("]><sst><si><t>&a9;</t></si></sst>".to_owned()))
        .collect();
    let outside = format!("<!DOCTYPE w [<!ENTITY x SYSTEM \"{elsewhere}\">]>{}", plain().replace("<v>1<", "<v>&x;<"));
    let far: String = (1..20_000).map(|row| format!(r#"<row r="{row}"><c r="ALL{row}"><v>1</v></c></row>"#)).collect();
    let merged: String = (0..5_000).map(|_| r#"<mergeCell ref="A1:ALL8000"/>"#).collect();
    let merged = format!(
        "{SHEET}<sheetData>{}</sheetData><mergeCells>{merged}</mergeCells></worksheet>",
        (1..8_000).map(|row| format!(r#"<row r="{row}"><c r="A{row}"><v>1</v></c></row>"#)).collect::<String>()
    );
    let names: Vec<String> = (0..10_000).map(|at| format!("{at}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let nested = {
        let zeros = package(&[("zeros", &vec![0; 2 * MIB])]);
        let inner: Vec<(String, &[u8])> = (0..10).map(|at| (at.to_string(), &zeros[..])).collect();
        let inner: Vec<(&str, &[u8])> = inner.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        package(&inner)
    };
    let claims = format!(r#"{SHEET}<dimension ref="A1:XFD1048576"/><sheetData/></worksheet>"#);
    let attributes: String = (0..50_000).map(|at| format!(" a{at}=\"\"")).collect();
    let depth = 50_000;
    let mut cut = workbook(&plain(), &none, None);
    cut.truncate(cut.len() / 2);
    vec![
        ("a sheet of spaces, a thousandth packed", workbook(&sheet(&" ".repeat(16 * MIB)), &none, None)),
        ("a sheet of empty rows", workbook(&sheet(&"<row/>".repeat(2 * MIB)), &none, None)),
        ("a flood of shared strings", workbook(&plain(), &strings(&"<si><t>a</t></si>".repeat(MIB)), None)),
        ("a flood of empty shared strings", workbook(&plain(), &strings(&"<si/>".repeat(3 * MIB)), None)),
        (
            "one shared string without end",
            workbook(&plain(), &strings(&format!("<si><t>{}</t></si>", "a".repeat(16 * MIB))), None),
        ),
        ("a sheet that claims all cells there are", workbook(&claims, &none, None)),
        ("rows with one cell far to the right", workbook(&sheet(&far), &none, None)),
        ("merged regions over each other", workbook(&merged, &none, None)),
        ("laughs", workbook(&plain(), &laughs, None)),
        ("an entity from elsewhere", workbook(&outside, &none, None)),
        ("an element of fifty thousand attributes", workbook(&sheet(&format!("<row{attributes}/>")), &none, None)),
        (
            "elements in each other",
            workbook(&sheet(&format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth))), &none, None),
        ),
        ("ten thousand parts", package(&many)),
        ("packages in a package", nested.clone()),
        ("a workbook with a package in it", workbook(&plain(), &none, Some(("xl/media/image1.png", &nested)))),
        ("a part above the package", workbook(&plain(), &none, Some(("../../etc/passwd", b"x")))),
        ("a part with an absolute name", workbook(&plain(), &none, Some(("/etc/passwd", b"x")))),
        ("a part with a drive in its name", workbook(&plain(), &none, Some(("C:\\autoexec.bat", b"x")))),
        ("parts that lie over each other", forged(workbook(&plain(), &none, None), 20, &(MIB as u32).to_le_bytes())),
        ("sizes that say four gigabytes", forged(workbook(&plain(), &none, None), 24, &u32::MAX.to_le_bytes())),
        ("sizes that say nothing", forged(workbook(&sheet(&" ".repeat(16 * MIB)), &none, None), 24, &[0; 4])),
        ("all parts at one place", forged(workbook(&plain(), &none, None), 42, &[0; 4])),
        ("a method nobody knows", forged(workbook(&plain(), &none, None), 10, &[99, 0])),
        ("encrypted parts", forged(workbook(&plain(), &none, None), 8, &[1, 0])),
        ("half a workbook", cut),
        ("an end that promises everything", {
            let mut bytes = workbook(&plain(), &none, None);
            let at = bytes.len() - 22;
            bytes[at + 8..at + 12].copy_from_slice(&[0xff; 4]);
            bytes
        }),
        ("a stored sheet of noise", {
            let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
            let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            writer.start_file("xl/workbook.xml", stored).expect("begun");
            let noise: Vec<u8> = (0_u32..MIB as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
            writer.write_all(&noise).expect("written");
            writer.finish().expect("finished").into_inner()
        }),
    ]
}
