//! The parts of a DOCX that are the same in every paper, and the archive.

use std::io::{Cursor, Write};

use problem::Problems;

use crate::export::failed;

/// Twentieths of a point of a millimetre.
pub(super) fn twips(mm: f64) -> i64 {
    (mm * 1440.0 / 25.4).round() as i64
}

/// English metric units of a millimetre.
pub(super) fn emu(mm: f64) -> i64 {
    (mm * 36_000.0).round() as i64
}

/// Margins of Nghị định 30/2020: top and bottom 20–25 mm, left 30–35, right 15–20.
pub(super) const TOP_MM: f64 = 20.0;
pub(super) const BOTTOM_MM: f64 = 20.0;
pub(super) const LEFT_MM: f64 = 30.0;
pub(super) const RIGHT_MM: f64 = 20.0;
/// A4.
pub(super) const PAGE_MM: (f64, f64) = (210.0, 297.0);
/// What is left for the text.
pub(super) const TEXT_MM: f64 = PAGE_MM.0 - LEFT_MM - RIGHT_MM;

const MAIN: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// Namespaces of the document's root.
pub(super) const NAMESPACES: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
    xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
    xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" \
    xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
    xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"";

/// Times New Roman 14, Vietnamese; headings keep with what follows.
fn styles(language: &str) -> String {
    let font = "<w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"Times New Roman\" w:cs=\"Times New Roman\"/>";
    let mut text = format!(
        "{HEAD}<w:styles xmlns:w=\"{MAIN}\"><w:docDefaults><w:rPrDefault><w:rPr>{font}<w:sz w:val=\"28\"/><w:szCs w:val=\"28\"/>\
         <w:lang w:val=\"{language}\" w:eastAsia=\"{language}\" w:bidi=\"ar-SA\"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/></w:style>"
    );
    for level in 1..=3 {
        text.push_str(&format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"Heading{level}\"><w:name w:val=\"heading {level}\"/><w:basedOn w:val=\"Normal\"/>\
             <w:next w:val=\"Normal\"/><w:pPr><w:keepNext/><w:spacing w:before=\"120\" w:after=\"60\"/><w:ind w:firstLine=\"567\"/>\
             <w:outlineLvl w:val=\"{}\"/></w:pPr><w:rPr><w:b/><w:bCs/>{}</w:rPr></w:style>",
            level - 1,
            if level == 3 { "<w:i/><w:iCs/>" } else { "" }
        ));
    }
    text.push_str(
        "<w:style w:type=\"paragraph\" w:styleId=\"Caption\"><w:name w:val=\"caption\"/><w:basedOn w:val=\"Normal\"/><w:pPr><w:spacing \
         w:before=\"120\" w:after=\"60\"/><w:jc w:val=\"center\"/></w:pPr><w:rPr><w:b/><w:bCs/><w:sz w:val=\"26\"/><w:szCs w:val=\"26\"/></w:rPr></w:style>\
         <w:style w:type=\"paragraph\" w:styleId=\"Header\"><w:name w:val=\"header\"/><w:basedOn w:val=\"Normal\"/></w:style></w:styles>",
    );
    text
}

/// What a document says about itself.
pub(super) struct About<'a> {
    pub(super) title: &'a str,
    pub(super) language: &'a str,
    /// What stands across every page; empty for nothing.
    pub(super) watermark: &'a str,
}

/// Grey words across the page, as Word itself writes them: a shape of the header, behind the text.
fn across(watermark: &str, number: usize) -> String {
    if watermark.is_empty() {
        return String::new();
    }
    let words = crate::xml::escaped(watermark);
    // Letters as large as the page allows: about half an em a letter over 150 mm.
    let width = (watermark.chars().count() as f64 * 26.0).clamp(240.0, 460.0);
    format!(
        "<w:r><w:pict><v:shapetype id=\"_x0000_t136\" coordsize=\"21600,21600\" o:spt=\"136\" adj=\"10800\" \
         path=\"m@7,l@8,m@5,21600l@6,21600e\"><v:formulas><v:f eqn=\"sum #0 0 10800\"/><v:f eqn=\"prod #0 2 1\"/><v:f eqn=\"sum 21600 0 @1\"/>\
         <v:f eqn=\"sum 0 0 @2\"/><v:f eqn=\"sum 21600 0 @3\"/><v:f eqn=\"if @0 @3 0\"/><v:f eqn=\"if @0 21600 @1\"/><v:f eqn=\"if @0 0 @2\"/>\
         <v:f eqn=\"if @0 @4 21600\"/><v:f eqn=\"mid @5 @6\"/><v:f eqn=\"mid @8 @5\"/><v:f eqn=\"mid @7 @8\"/><v:f eqn=\"mid @6 @7\"/>\
         <v:f eqn=\"sum @6 0 @5\"/></v:formulas><v:path textpathok=\"t\" o:connecttype=\"custom\" \
         o:connectlocs=\"@9,0;@10,10800;@11,21600;@12,10800\" o:connectangles=\"270,180,90,0\"/><v:textpath on=\"t\" fitshape=\"t\"/></v:shapetype>\
         <v:shape id=\"watermark{number}\" o:spid=\"_x0000_s{}\" type=\"#_x0000_t136\" alt=\"{words}\" style=\"position:absolute;margin-left:0;margin-top:0;\
         width:{width}pt;height:60pt;rotation:315;z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:margin;\
         mso-position-vertical:center;mso-position-vertical-relative:margin\" fillcolor=\"#d9d9d9\" stroked=\"f\"><v:textpath \
         style=\"font-family:&quot;Times New Roman&quot;;font-size:1pt\" string=\"{words}\"/></v:shape></w:pict></w:r>",
        2048 + number
    )
}

/// The archive of a document with its pictures.
pub(super) fn packed(document: &str, pictures: &[Vec<u8>], about: &About<'_>) -> Result<Vec<u8>, Problems> {
    let About { title, language, watermark } = *about;
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let settings = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    let mut part = |name: &str, content: &[u8]| -> Result<(), Problems> {
        archive.start_file(name, settings).map_err(failed)?;
        archive.write_all(content).map_err(failed)?;
        Ok(())
    };
    let types = "application/vnd.openxmlformats-officedocument.wordprocessingml";
    part(
        "[Content_Types].xml",
        format!(
            "{HEAD}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" \
             ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>\
             <Default Extension=\"png\" ContentType=\"image/png\"/><Override PartName=\"/word/document.xml\" ContentType=\"{types}.document.main+xml\"/>\
             <Override PartName=\"/word/styles.xml\" ContentType=\"{types}.styles+xml\"/><Override PartName=\"/word/header1.xml\" \
             ContentType=\"{types}.header+xml\"/><Override PartName=\"/word/header2.xml\" ContentType=\"{types}.header+xml\"/><Override PartName=\"/word/settings.xml\" ContentType=\"{types}.settings+xml\"/>\
             <Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/></Types>"
        )
        .as_bytes(),
    )?;
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    part(
        "_rels/.rels",
        format!(
            "{HEAD}<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"word/document.xml\"/>\
             <Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" \
             Target=\"docProps/core.xml\"/></Relationships>"
        )
        .as_bytes(),
    )?;
    part(
        "docProps/core.xml",
        format!(
            "{HEAD}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{}</dc:title><dc:language>{language}</dc:language></cp:coreProperties>",
            crate::xml::escaped(title)
        )
        .as_bytes(),
    )?;
    part("word/styles.xml", styles(language).as_bytes())?;
    part(
        "word/settings.xml",
        format!("{HEAD}<w:settings xmlns:w=\"{MAIN}\"><w:compat><w:compatSetting w:name=\"compatibilityMode\" w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat></w:settings>").as_bytes(),
    )?;
    let namespaces = format!(
        "xmlns:w=\"{MAIN}\" xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\""
    );
    // The first page has no number.
    part(
        "word/header2.xml",
        format!(
            "{HEAD}<w:hdr {namespaces}><w:p><w:pPr><w:pStyle w:val=\"Header\"/></w:pPr>{}</w:p></w:hdr>",
            across(watermark, 2)
        )
        .as_bytes(),
    )?;
    let behind = across(watermark, 1);
    part(
        "word/header1.xml",
        format!(
            "{HEAD}<w:hdr {namespaces}><w:p><w:pPr><w:pStyle w:val=\"Header\"/><w:jc w:val=\"center\"/></w:pPr><w:r><w:fldChar \
             w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r><w:r><w:fldChar \
             w:fldCharType=\"separate\"/></w:r><w:r><w:t>2</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>{behind}</w:p></w:hdr>"
        )
        .as_bytes(),
    )?;
    let mut relations = format!(
        "{HEAD}<Relationships xmlns=\"{package}\"><Relationship Id=\"rIdStyles\" Type=\"{office}/styles\" Target=\"styles.xml\"/>\
         <Relationship Id=\"rIdSettings\" Type=\"{office}/settings\" Target=\"settings.xml\"/>\
         <Relationship Id=\"rIdHeader\" Type=\"{office}/header\" Target=\"header1.xml\"/>\
         <Relationship Id=\"rIdFirst\" Type=\"{office}/header\" Target=\"header2.xml\"/>"
    );
    for number in 1..=pictures.len() {
        relations.push_str(&format!(
            "<Relationship Id=\"rIdPicture{number}\" Type=\"{office}/image\" Target=\"media/picture{number}.png\"/>"
        ));
    }
    relations.push_str("</Relationships>");
    part("word/_rels/document.xml.rels", relations.as_bytes())?;
    for (number, picture) in (1..).zip(pictures) {
        part(&format!("word/media/picture{number}.png"), picture)?;
    }
    part("word/document.xml", document.as_bytes())?;
    Ok(archive.finish().map_err(failed)?.into_inner())
}
